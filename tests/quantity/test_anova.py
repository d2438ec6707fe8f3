"""One-way and nested analysis of variance: published numbers, plain definitions, simulation of the components."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betaln

from suyuan.quantity.finding import Refused, finding_table, sentences
from suyuan.quantity.type_a.anova import one_way, one_way_from_means
from suyuan.quantity.type_a.nested import nested
from suyuan.quantity.type_a.observed import as_quantity

# GUM table H.9: ten days, five readings a day; µV above 10 V
DAYS = [172, 116, 13, 144, 106, 31, 60, 125, 163, 41]
STDS = [60, 77, 111, 101, 67, 93, 80, 73, 88, 86]


def codes(findings: tuple[Any, ...]) -> list[str]:
    for item in findings:
        assert item.code in finding_table()
        for language in ("zh", "en"):
            assert "?" not in "".join(sentences(item, language).values()), item
    return [item.code for item in findings]


def f_tail(upper: int, lower: int, F: float) -> float:
    """P(F' > F) by integrating the density of F."""
    a, b = upper / 2.0, lower / 2.0

    def density(f: float) -> float:
        return math.exp(a * math.log(a / b) + (a - 1) * math.log(f) - (a + b) * math.log1p(a * f / b) - betaln(a, b))

    return quad(density, F, math.inf, epsabs=1e-13)[0]


def test_gum_h5() -> None:
    """GUM H.5.2: s_a = 128 µV, s_b = 85 µV, F = 2.25; u = 18 µV with the effect, 13 µV without it (49 dof)."""
    a, findings = one_way_from_means(DAYS, STDS, 5)
    assert a.mean == pytest.approx(97.1) and (round(a.s_between), round(a.s_within)) == (128, 85)
    assert pytest.approx(2.25, abs=0.02) == a.F and (a.dof_between, a.dof_within) == (9.0, 40.0)
    assert (round(a.u_mean), round(a.u_all), a.dof_all) == (18, 13, 49.0)
    assert round(a.s_means) == 57 and round(a.sigma_between) == 43
    assert a.p == pytest.approx(f_tail(9, 40, a.F), abs=1e-10)
    # GUM H.5.2: F₀.₉₅(9, 40) = 2.12 and F₀.₉₇₅(9, 40) = 2.45, so significant at 5 %, not at 2.5 %.
    assert a.significant(0.05) and not a.significant(0.025)
    assert f_tail(9, 40, 2.12) == pytest.approx(0.05, abs=1e-3)
    assert codes(findings) == ["type_a.groups.effect"]


def test_readings_and_their_means_agree() -> None:
    rng = np.random.default_rng(1)
    for n in ([4] * 6, [2, 3, 5, 1, 4]):
        groups = [rng.normal(10.0 + rng.normal(), 0.5, k) for k in n]
        a, _ = one_way([g.tolist() for g in groups])
        stds = [g.std(ddof=1) if g.size > 1 else math.nan for g in groups]
        b, _ = one_way_from_means([g.mean() for g in groups], stds, n)
        for name in ("mean", "s_between", "s_within", "F", "p", "sigma_between", "u_mean", "mean_all", "u_all"):
            assert getattr(a, name) == pytest.approx(getattr(b, name), rel=1e-11), name


@given(st.lists(st.lists(st.floats(-100, 100), min_size=1, max_size=6), min_size=2, max_size=6))
@settings(max_examples=80, deadline=None)
def test_sums_of_squares_add_up(groups: list[list[float]]) -> None:
    """SS between + SS within = SS total; u of all readings as one sample is that of their plain standard deviation."""
    values = np.concatenate([np.array(g) for g in groups])
    if values.size <= len(groups):
        with pytest.raises(Refused) as caught:
            one_way(groups)
        assert codes(caught.value.findings) == ["type_a.groups.single"]
        return
    a, _ = one_way(groups)
    total = a.s_between**2 * a.dof_between + a.s_within**2 * a.dof_within
    assert total == pytest.approx(np.sum((values - values.mean()) ** 2), rel=1e-9, abs=1e-9)
    assert a.u_all == pytest.approx(values.std(ddof=1) / math.sqrt(values.size), rel=1e-9, abs=1e-9)
    assert a.mean_all == pytest.approx(values.mean(), abs=1e-9)
    assert a.of_all.s == pytest.approx(values.std(ddof=1), rel=1e-9, abs=1e-9)


def test_leading_axes() -> None:
    table = np.random.default_rng(2).normal(size=(3, 2, 4, 5))
    a, _ = one_way(table)
    assert np.shape(a.F) == (3, 2)
    one, _ = one_way(table[1, 0])
    assert a.F[1, 0] == pytest.approx(one.F) and a.p[1, 0] == pytest.approx(one.p)  # type: ignore[index]
    listed, _ = one_way(table.tolist())
    assert pytest.approx(a.F) == listed.F


@pytest.mark.parametrize("sizes", [[5] * 8, [2, 3, 8, 12, 5, 6, 2, 4]])
def test_components_are_unbiased(sizes: list[int]) -> None:
    """σ_B² and σ_W² come back on the average of many simulated experiments; u of the mean covers 95 %."""
    rng = np.random.default_rng(3)
    trials, sb, sw = 4000, 1.5, 0.7
    means = np.empty((trials, len(sizes)))
    stds = np.empty_like(means)
    for j, n in enumerate(sizes):
        rows = sb * rng.normal(size=(trials, 1)) + sw * rng.normal(size=(trials, n))
        means[:, j], stds[:, j] = rows.mean(axis=1), rows.std(axis=1, ddof=1)
    a, _ = one_way_from_means(means, stds, sizes)
    n = np.array(sizes)
    n0 = (n.sum() - (n**2).sum() / n.sum()) / (n.size - 1)
    raw = (np.square(a.s_between) - np.square(a.s_within)) / n0
    assert raw.mean() == pytest.approx(sb**2, rel=0.04)
    assert np.square(a.s_within).mean() == pytest.approx(sw**2, rel=0.02)
    assert np.mean(np.abs(a.mean) <= 2.3646 * a.u_mean) == pytest.approx(0.95, abs=0.012)  # t₀.₉₇₅(7)
    assert np.mean(np.abs(a.mean) <= 2.02 * a.u_all) < 0.85  # without the effect u is too small


def test_digits_survive_a_large_offset() -> None:
    rng = np.random.default_rng(4)
    table = rng.normal(size=(5, 4))
    a, b = one_way(table)[0], one_way(table + 1e7)[0]
    assert pytest.approx(a.F, rel=1e-6) == b.F and b.s_within == pytest.approx(a.s_within, rel=1e-7)


def test_no_scatter_within() -> None:
    a, findings = one_way([[1.0, 1.0], [2.0, 2.0]])
    assert codes(findings) == ["type_a.groups.no_scatter"] and a.s_within == 0.0 and a.u_mean == 0.5
    same, _ = one_way([[1.0, 1.0], [1.0, 1.0]])
    assert math.isnan(same.F) and math.isnan(same.p) and not same.significant()


def test_as_quantities() -> None:
    a, _ = one_way_from_means(DAYS, STDS, 5)
    with_effect, without = as_quantity(a.of_groups, "uV"), as_quantity(a.of_all, "uV")
    assert (float(with_effect.dof), float(without.dof)) == pytest.approx((9.0, 49.0))
    assert float(with_effect.u) == pytest.approx(a.u_mean) and float(without.u) == pytest.approx(a.u_all)


def test_nested_by_definition() -> None:
    rng = np.random.default_rng(5)
    L, K, J = 3, 4, 5
    y = 10.0 + rng.normal(size=(L, 1, 1)) + 0.5 * rng.normal(size=(L, K, 1)) + 0.2 * rng.normal(size=(L, K, J))
    n, findings = nested(y)
    assert findings == () and (n.dof1, n.dof2, n.dof3) == (48.0, 9.0, 2.0)
    assert n.s1**2 == pytest.approx(np.mean([y[i, k].var(ddof=1) for i in range(L) for k in range(K)]))
    assert n.s2**2 == pytest.approx(np.mean([y[i].mean(axis=1).var(ddof=1) for i in range(L)]))
    assert n.s3 == pytest.approx(y.mean(axis=(1, 2)).std(ddof=1))
    assert n.F_days == pytest.approx(J * n.s2**2 / n.s1**2) and n.p_days == pytest.approx(f_tail(9, 48, n.F_days))
    assert n.u_mean == pytest.approx(n.s3 / math.sqrt(3)) and n.of_runs.dof == 2.0
    parts = n.sigma_runs**2 + n.sigma_days**2 + n.sigma_readings**2
    assert n.u_reading**2 == pytest.approx(parts)


def test_nested_of_one_level_is_one_way() -> None:
    """Levels 1 and 2 within one run are the one-way analysis of its days."""
    y = np.random.default_rng(6).normal(size=(2, 4, 5))
    n, _ = nested(y)
    F = [one_way(run)[0] for run in y]
    assert n.s1**2 == pytest.approx(np.mean([f.s_within**2 for f in F]))
    assert n.s2**2 == pytest.approx(np.mean([f.s_means**2 for f in F]))
    many, _ = nested(np.stack([y, y + 1.0]))
    assert many.s3 == pytest.approx([n.s3, n.s3])


def test_nested_components_are_unbiased() -> None:
    rng = np.random.default_rng(8)
    T, L, K, J = 3000, 4, 3, 3
    y = 2.0 * rng.normal(size=(T, L, 1, 1)) + 1.0 * rng.normal(size=(T, L, K, 1)) + 0.5 * rng.normal(size=(T, L, K, J))
    n, _ = nested(y)
    assert np.mean(np.square(n.u_reading)) == pytest.approx(4.0 + 1.0 + 0.25, rel=0.05)
    assert np.mean(np.square(n.s2) - np.square(n.s1) / J) == pytest.approx(1.0, rel=0.05)
    assert np.mean(np.square(n.s3) - np.square(n.s2) / K) == pytest.approx(4.0, rel=0.06)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: one_way([[1.0, 2.0]]), "type_a.groups.few"),
        (lambda: one_way(np.array([1.0, 2.0])), "type_a.groups.few"),
        (lambda: one_way([]), "type_a.groups.few"),
        (lambda: one_way([[1.0], [2.0]]), "type_a.groups.single"),
        (lambda: one_way([[1.0, 2.0], []]), "evaluation.readings.empty"),
        (lambda: one_way([[1.0, 2.0], [math.nan, 2.0]]), "evaluation.readings.unknown"),
        (lambda: one_way([[1.0, None], [1.0, 2.0]]), "evaluation.readings.unknown"),
        (lambda: one_way([["a", "b"], ["c", "d"]]), "evaluation.readings.form"),
        (lambda: one_way("1, 2"), "evaluation.readings.form"),
        (lambda: one_way_from_means([1.0, 2.0], [1.0], 3), "type_a.groups.lengths"),
        (lambda: one_way_from_means([1.0, 2.0], [1.0, 1.0], [3]), "type_a.groups.lengths"),
        (lambda: one_way_from_means([1.0, 2.0], [1.0, 1.0], 2.5), "type_a.groups.size"),
        (lambda: one_way_from_means([1.0, 2.0], [1.0, -1.0], 3), "evaluation.uncertainty.negative"),
        (lambda: one_way_from_means([1.0, math.nan], [1.0, 1.0], 3), "type_a.groups.unknown"),
        (lambda: one_way_from_means([1.0, 2.0], [1.0, math.nan], 3), "evaluation.uncertainty.negative"),
        (lambda: nested([[1.0, 2.0], [3.0, 4.0]]), "type_a.nested.shape"),
        (lambda: nested([[[1.0, 2.0], [3.0, math.nan]]] * 2), "evaluation.readings.unknown"),
    ],
)
def test_bad_input(call: Callable[[], Any], code: str) -> None:
    with pytest.raises(Refused) as caught:
        call()
    assert codes(caught.value.findings) == [code]


# NIST StRD, analysis of variance, SiRstv: bulk resistivity of silicon wafers, five instruments, five days (Ω·cm)
SIRSTV = [
    [196.3052, 196.1240, 196.1890, 196.2569, 196.3403],
    [196.3042, 196.3825, 196.1669, 196.3257, 196.0422],
    [196.1303, 196.2005, 196.2889, 196.0343, 196.1811],
    [196.2795, 196.1748, 196.1494, 196.1485, 195.9885],
    [196.2119, 196.1051, 196.1850, 196.0052, 196.2090],
]


def test_strd_sirstv() -> None:
    """Certified: F = 1.18046237440255, residual standard deviation 0.104076068334656."""
    a, findings = one_way(SIRSTV)
    assert pytest.approx(1.18046237440255, rel=1e-10) == a.F
    assert a.s_within == pytest.approx(0.104076068334656, rel=1e-10)
    assert a.s_between**2 == pytest.approx(1.27865654e-2, rel=1e-10) and findings == ()


@pytest.mark.parametrize(("offset", "digits"), [(1.0, 1e-12), (1e6, 1e-7)])
def test_strd_simon_lesage(offset: float, digits: float) -> None:
    """NIST StRD SmLs01 and SmLs04 (Simon and Lesage 1989): 9 groups of 21; certified F = 21, residual sd 0.1."""
    means = [0.4, 0.3, 0.5, 0.3, 0.5, 0.3, 0.5, 0.3, 0.5]
    groups = [[offset + m] + [offset + m - 0.1, offset + m + 0.1] * 10 for m in means]
    a, _ = one_way(groups)
    assert pytest.approx(21.0, rel=digits) == a.F and a.s_within == pytest.approx(0.1, rel=digits)
