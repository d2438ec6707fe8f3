"""Quantities by operators against an independent oracle, published values, and the rules that protect them."""

from __future__ import annotations

import copy
import math
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from suyuan.quantity.complex_quantity import complex_quantity
from suyuan.quantity.correlated import correlated
from suyuan.quantity.covariance import correlation, covariance
from suyuan.quantity.finding import Refused
from suyuan.quantity.influence import Source
from suyuan.quantity.quantity import Quantity, joint, quantity, stack
from suyuan.quantity.unit import parse_unit

from .oracle import check_against, check_covariance, models, world

QUIET = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def code(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.findings[0].code


# ---------------------------------------------------------------- the oracle


@QUIET
@given(models(outputs=3))
def test_any_mix_of_operations_agrees_with_complex_steps(drawn: tuple[Callable[..., Any], int]) -> None:
    model, seed = drawn
    w = world(seed)
    results = model(*w.quantities)
    tables = []
    for n, q in enumerate(results):
        assert isinstance(q, Quantity)
        value, components = w.jacobian(lambda *x, n=n: model(*x)[n])
        check_against(q, value, components, w)
        tables.append(components)
    check_covariance(covariance(results[0], results[1]), tables[0], tables[1])
    check_covariance(covariance(results[0], results[0]), tables[0], tables[0])
    for x, table in zip(w.quantities, w.tables, strict=True):
        check_covariance(covariance(results[2], x), tables[2], table)


def test_lists_apart_in_a_key_keep_the_elements() -> None:
    value = np.arange(24.0).reshape(2, 3, 4)
    q = quantity(value, 1.0 + value)
    for key in ((0, slice(None), [1, 3]), ([0, 1], slice(None), [0, 3]), (slice(None), [0, 2], [1, 1])):
        part = q[key]
        np.testing.assert_array_equal(part.u, (1.0 + value)[key])
        np.testing.assert_array_equal(covariance(part, q).sum(axis=(-1, -2, -3)), (1.0 + value)[key] ** 2)


# ---------------------------------------------------------------- published


def test_ten_resistors_gum_5_2_2() -> None:
    """Ten 1 kΩ resistors compared with one standard of u = 100 mΩ: u(10 kΩ) = 1 Ω, not 0.32 Ω."""
    standard = quantity(1000.0, 0.1, "ohm", source=Source("NMI", "R-1"))
    ratios = quantity(np.ones(10), 0.0, "1")
    resistors = [standard * ratios[i] for i in range(10)]
    series = resistors[0]
    for r in resistors[1:]:
        series = series + r
    assert series.value == 10_000.0
    assert series.u == pytest.approx(1.0, rel=1e-12)
    assert (standard * ratios).sum().u == pytest.approx(1.0, rel=1e-12)
    np.testing.assert_allclose(correlation(resistors[0], resistors[1]), 1.0, rtol=1e-12)
    apart = [quantity(1000.0, 0.1, "ohm") for _ in range(10)]
    assert stack(apart).sum().u == pytest.approx(0.1 * math.sqrt(10.0), rel=1e-12)


def test_simultaneous_resistance_and_reactance_gum_h2() -> None:
    """GUM H.2, approach 1: V, I, φ from five readings; R, X, Z and their correlations as in table H.4."""
    v, i, phi = joint(
        [4.9990, 19.6610e-3, 1.04446], [0.0032, 0.0095e-3, 0.00075],
        [[1, -0.36, 0.86], [-0.36, 1, -0.65], [0.86, -0.65, 1]], ["V", "A", "rad"],
    )  # fmt: skip
    z = v / i
    r, x = z * np.cos(phi), z * np.sin(phi)
    assert [round(float(q.value), 3) for q in (r, x, z)] == [127.732, 219.847, 254.260]
    assert [round(float(q.u), 3) for q in (r, x, z)] == pytest.approx([0.071, 0.295, 0.236], abs=2e-3)
    found = [float(correlation(a, b)) for a, b in ((r, x), (r, z), (x, z))]
    assert found == pytest.approx([-0.588, -0.485, 0.993], abs=6e-3)


def test_dof_of_gauge_block_gum_h1() -> None:
    """GUM H.1.6: components 25, 9.7, 2.9, 16.6 nm (and some of infinite dof) of 32 nm give 16.7 degrees of freedom."""
    parts = [
        quantity(0.0, u, "nm", dof=dof) for u, dof in ((25, 18), (9.7, 25.6), (2.9, 50), (16.6, 2), (2.0, math.inf))
    ]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    assert total.dof == pytest.approx(16.7, abs=0.2)
    assert quantity(1.0, 0.1).dof == math.inf
    assert quantity(1.0, None).dof == math.inf


def test_dof_of_a_mean_is_that_of_its_elements() -> None:
    q = quantity(np.zeros(6), 0.3, dof=4)
    assert q.mean().dof == pytest.approx(24.0)
    assert (q[:3].mean() - q[3:].mean()).dof == pytest.approx(24.0)
    together = stack(joint([0.0] * 6, [0.3] * 6, np.eye(6), dof=4))
    assert together.mean().dof == pytest.approx(4.0)


# ---------------------------------------------------------------- memory


def peak(work: Callable[[], Any]) -> float:
    """MiB that the work holds at most at one time."""
    tracemalloc.start()
    work()
    top = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return top / 2**20


def test_large_arrays_stay_small() -> None:
    n = 100_000
    x = quantity(np.linspace(1.0, 2.0, n), 1e-3)
    table = quantity(np.ones((n, 3)), 1e-3)

    def centred() -> None:
        d = x - x.mean()
        np.testing.assert_allclose(d.u, 1e-3 * math.sqrt(1 - 1 / n), rtol=1e-12)
        assert float(d.sum().u) < 1e-10
        np.testing.assert_allclose((x / x.sum()).sum().u, 0.0, atol=1e-15)

    def differences() -> None:
        np.testing.assert_allclose((x[1:] - x[:-1]).u, 1e-3 * math.sqrt(2), rtol=1e-12)
        assert (x[1:] - x[:-1]).sum().u == pytest.approx(1e-3 * math.sqrt(2))
        windows = (x[2:] + x[1:-1] + x[:-2]) / 3.0
        np.testing.assert_allclose(windows.u, 1e-3 / math.sqrt(3), rtol=1e-12)
        squared = x * x
        np.testing.assert_allclose(squared.u, 2 * x.value * 1e-3, rtol=1e-12)

    def columns() -> None:
        d = table - table.mean(axis=0)
        np.testing.assert_allclose(d.u, 1e-3 * math.sqrt(1 - 1 / n), rtol=1e-12)

    def windows_summed() -> None:
        sums = [x[i : i + 60].sum() for i in range(0, n, 60)]
        assert stack(sums).sum().u == pytest.approx(1e-3 * math.sqrt(n), rel=1e-9)

    def stacked() -> None:
        many = stack([x[i] for i in range(2000)])
        np.testing.assert_array_equal(many.u, 1e-3)
        assert covariance(many[3], x[3]) == pytest.approx(1e-6)

    for work in (centred, differences, columns, windows_summed, stacked):
        assert peak(work) < 160.0, work.__name__


def test_what_would_fill_the_memory_is_refused() -> None:
    """A year of days by minutes less the mean day: 365 readings behind each of 525 600 values. One minute at a time."""
    x = quantity(np.zeros((365, 1440)), 1e-3)
    with pytest.raises(Refused) as refused:
        x - x.mean(axis=0)
    assert code(refused) == "quantity.components.too_large"
    column = x[:, 7] - x[:, 7].mean()
    np.testing.assert_allclose(column.u, 1e-3 * math.sqrt(1 - 1 / 365), rtol=1e-12)


def test_dof_of_large_arrays_with_shared_and_own_parts() -> None:
    n = 30_000
    x = quantity(np.linspace(1.0, 2.0, n), 1e-3, dof=10)
    y = (x - x.mean()) / x.sum() + x * (x * x).sum() / n**3
    some = [0, n // 2, n - 1]
    few = Quantity(y.value[some], y.unit, y[some].blocks)
    np.testing.assert_allclose(y.dof[some], few.dof, rtol=1e-9)
    assert peak(lambda: y.dof) < 100.0


# ---------------------------------------------------------------- cancellation


def test_what_is_the_same_cancels_exactly() -> None:
    x = quantity(np.linspace(1.0, 2.0, 50), 1e-3)
    by_hand = x[0]
    for i in range(1, 50):
        by_hand = by_hand + x[i]
    assert float((x.sum() - by_hand).u) < 1e-17
    assert x.sum().same_as(by_hand)
    assert (x - x.mean()).same_as(x - x.sum() / 50.0)


def test_same_as() -> None:
    a = quantity(100.0, 0.1, "mm")
    assert a.same_as(a) and a.same_as(a.to("m")) and (a * 2.0 / 2.0).same_as(a)
    assert not a.same_as(quantity(100.0, 0.1, "mm"))
    assert not a.same_as(a + quantity(1e-9, None, "mm"))
    assert not a.same_as(a * 1.0001)
    assert not a.same_as(a.relabelled(parse_unit("g")))
    assert not a.same_as(stack([a, a]))
    assert quantity(0.0, None).same_as(quantity(0.0, None))
    t = quantity(20.0, 0.01, "degC")
    assert t.same_as(t.to("K")) and not t.same_as(quantity(20.0, 0.01, "degC"))
    shifted = a + quantity(0.0, 1e-4, "mm")
    assert not a.same_as(shifted) and a.same_as(shifted, tolerance=1e-5)


# ---------------------------------------------------------------- temperature


def test_temperature_points_and_differences() -> None:
    a, b = quantity(23.0, 0.02, "degC"), quantity(20.0, 0.01, "degC")
    difference = a - b
    assert (difference.unit.kind, float(difference.value)) == ("difference", 3.0)
    assert difference.u == pytest.approx(math.hypot(0.02, 0.01))
    warmer = b + difference
    assert (warmer.unit.kind, float(warmer.value)) == ("point", 23.0)
    assert warmer.u == pytest.approx(0.02)
    assert (b + quantity(500.0, 1.0, "mK")).value == pytest.approx(20.5)
    assert (b + quantity(500.0, 1.0, "mK")).u == pytest.approx(math.hypot(0.01, 0.001))
    assert float(b.to("K").value) == 293.15 and float(b.to("K").u) == 0.01
    assert float(b.to("degF").value) == pytest.approx(68.0) and float(b.to("degF").u) == pytest.approx(0.018)
    length = quantity(100.0, 0.0, "mm") * (1.0 + quantity(11.5e-6, 1e-6, "1/K") * difference)
    assert length.value == pytest.approx(100.0 * (1.0 + 11.5e-6 * 3.0), rel=1e-15)
    assert quantity([20.0, 22.0], 0.1, "degC").mean().unit.kind == "point"
    assert (a > b) and not (a < b.to("K"))


@pytest.mark.parametrize(
    "act",
    [
        lambda t: t + t,
        lambda t: t * 2.0,
        lambda t: -t,
        lambda t: abs(t),
        lambda t: t / t,
        lambda t: t.sum(),
        lambda t: quantity(1.0, 0.1, "K") - t,
        lambda t: np.hypot(t, t),
        lambda t: np.arctan2(t, t),
        lambda t: np.exp(t),
        lambda t: t**2,
    ],
)
def test_temperature_points_refuse_products(act: Callable[[Quantity], Any]) -> None:
    with pytest.raises(Refused) as refused:
        act(quantity([20.0, 21.0], 0.01, "degC"))
    assert code(refused) in ("quantity.unit.point", "quantity.unit.dimension")


# ---------------------------------------------------------------- protection


def test_nothing_changes_in_place() -> None:
    given = np.array([1.0, 2.0])
    u = np.array([0.1, 0.2])
    q = quantity(given, u, "V")
    given[0] = u[0] = 99.0
    assert q.value[0] == 1.0 and q.u[0] == 0.1
    with pytest.raises(ValueError, match="read-only"):
        q.value[0] = 5.0
    with pytest.raises(ValueError, match="read-only"):
        q.influences()[0].u[0] = 5.0
    for part in (q[0], q[1:], q.reshape(2, 1), q + q, np.positive(q), q.to("mV"), q.sum(), stack([q, q])):
        assert not part.value.flags.writeable
    before = copy.deepcopy(q)
    for name in ("__iadd__", "__isub__", "__imul__", "__itruediv__", "__ipow__"):
        with pytest.raises(TypeError, match="in place"):
            getattr(q, name)(q)
    for act in (
        lambda: np.add(q, q, out=np.zeros(2)),
        lambda: q.sum(out=np.zeros(())),
        lambda: q.mean(out=np.zeros(())),
        lambda: np.add.reduce(q, out=np.zeros(())),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert code(refused) == "quantity.operation.in_place"
    plain = np.zeros(2)
    with pytest.raises(Refused):
        plain += q
    np.testing.assert_array_equal(q.value, before.value)
    np.testing.assert_array_equal(q.u, before.u)


@pytest.mark.parametrize(
    "act",
    [np.asarray, np.array, lambda q: np.array([q, q]), float, int, complex, bool, lambda q: q == q, lambda q: q != 1.0,
     hash, lambda q: [0, 1][q], math.sin],
)  # fmt: skip
def test_a_quantity_does_not_become_a_number(act: Callable[[Quantity], Any]) -> None:
    with pytest.raises(TypeError):
        act(quantity(1.0, 0.1))


@pytest.mark.parametrize(
    "act",
    [
        np.floor,
        np.isfinite,
        lambda q: np.maximum(q, 1.0),
        lambda q: np.equal(q, q),
        lambda q: np.add.accumulate(q),
        lambda q: np.multiply.reduce(q),
        lambda q: np.add.reduce(q, keepdims=True),
        lambda q: np.add.outer(q, q),
        lambda q: np.add(q, q, where=[True, False]),
        lambda q: np.matmul(q, q),
        lambda q: np.cumsum(q.reshape(2, 1), axis=0),
        lambda q: np.where(q, 1.0, q),
        lambda q: np.max(q, keepdims=True),
        np.median,
        np.prod,
        lambda q: np.dot(q.reshape(2, 1), q.reshape(1, 2)),
        lambda q: np.concatenate([q, q], dtype=float),
    ],
)
def test_unlisted_operations_are_refused(act: Callable[[Quantity], Any]) -> None:
    with pytest.raises(Refused) as refused:
        act(quantity([1.0, 2.0], 0.1))
    assert code(refused) == "quantity.operation.unlisted"


def test_listed_functions() -> None:
    q = quantity([1.0, 2.0], [0.1, 0.2])
    assert np.sum(q).same_as(q[0] + q[1]) and np.mean(q).same_as((q[0] + q[1]) / 2.0)
    assert np.add.reduce(q).same_as(q.sum())
    assert np.dot(q, np.array([3.0, 4.0])).same_as(3.0 * q[0] + 4.0 * q[1])
    assert np.dot(2.0, q).same_as(q * 2.0)
    assert np.stack([q, q]).same_as(stack([q, q]))
    assert (np.shape(q), np.ndim(q), np.size(q), len(q)) == ((2,), 1, 2, 2)
    assert [float(e.value) for e in q] == [1.0, 2.0]


def test_order_compares_estimates_in_one_unit() -> None:
    a, b = quantity(1.0, 10.0, "m"), quantity(900.0, 0.1, "mm")
    assert a > b and b < a and a >= b and b <= a
    np.testing.assert_array_equal(quantity([1.0, 3.0], 0.1) < np.array([2.0, 2.0]), [True, False])
    np.testing.assert_array_equal(np.array([2.0, 2.0]) > quantity([1.0, 3.0], 0.1), [True, False])
    with pytest.raises(Refused) as refused:
        assert a > 3.0
    assert code(refused) == "quantity.unit.dimension"


def test_conflict_of_identities_names_both_sources() -> None:
    a = quantity(1.0, 0.1, id="a" * 32, source=Source("Lab A", "A-1", "results/0"))
    b = quantity(1.0, 0.2, id="a" * 32, source=Source("Lab B", "B-7", "results/0"))
    for act in (lambda: (a + b).u, lambda: covariance(a, b), lambda: stack([a, b]), lambda: a.same_as(b)):
        with pytest.raises(Refused) as refused:
            act()
        assert code(refused) == "quantity.identity.conflict"
        assert "Lab A A-1" in str(refused.value) and "Lab B B-7" in str(refused.value)
    same = quantity(1.0, 0.1, id="a" * 32, label="read again", source=Source("Lab A", "A-1", "results/0"))
    assert float((a - same).u) == 0.0


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda: quantity(math.nan, 0.1), "quantity.value.not_finite"),
        (lambda: quantity([1.0, math.inf], 0.1), "quantity.value.not_finite"),
        (lambda: quantity(1.0, -0.1), "quantity.uncertainty.negative"),
        (lambda: quantity(1.0, math.nan), "quantity.uncertainty.negative"),
        (lambda: quantity(1.0, 0.1, dof=0), "quantity.dof.not_positive"),
        (lambda: quantity(1.0, 0.1, dof=math.nan), "quantity.dof.not_positive"),
        (lambda: quantity(1.0, 0.1, "furlongs per moon"), "quantity.unit.unknown"),
        (lambda: joint([1, math.nan], [1, 1], np.eye(2)), "quantity.value.not_finite"),
        (lambda: joint([1, 1], [1, -1], np.eye(2)), "quantity.uncertainty.negative"),
        (lambda: joint([1, 1], [1, 1], [[1, 0.5], [0.4, 1]]), "quantity.correlation.invalid"),
        (lambda: joint([1, 1], [1, 1], [[1, 1.1], [1.1, 1]]), "quantity.correlation.invalid"),
        (lambda: joint([1, 1], [1, 1], [[0.9999, 0], [0, 1]]), "quantity.correlation.invalid"),
        (lambda: joint([1, 1], [1, 1], [[1, math.nan], [math.nan, 1]]), "quantity.correlation.invalid"),
        (
            lambda: joint([0] * 3, [1] * 3, [[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]),
            "quantity.correlation.invalid",
        ),
        (lambda: joint([], [], []), "quantity.joint.shape"),
        (lambda: quantity(1.0, 0.1, "m") + quantity(1.0, 0.1, "s"), "quantity.unit.dimension"),
        (lambda: quantity(1.0, 0.1, "m") ** quantity(2.0, 0.1), "quantity.unit.dimension"),
        (lambda: quantity(1.0, 0.1, "m") ** math.inf, "quantity.unit.exponent"),
        (lambda: quantity([], None).mean(), "quantity.value.not_finite"),
    ],
)
def test_bad_input_is_a_finding(act: Callable[[], Any], expected: str) -> None:
    with pytest.raises(Refused) as refused:
        act()
    assert code(refused) == expected


def test_singular_correlation_is_accepted() -> None:
    a, b = joint([1.0, 2.0], [0.1, 0.2], [[1.0, 1.0], [1.0, 1.0]])
    assert (2.0 * a - b).u == pytest.approx(0.0, abs=1e-15)
    c, d = joint([1.0, 2.0], [0.1, 0.0], [[1.0, -1.0], [-1.0, 1.0]])
    assert (c + d).u == pytest.approx(0.1)


# ---------------------------------------------------------------- edges


def test_empty_arrays() -> None:
    q = quantity(np.zeros(0), 0.1, "m")
    for r in (q + 1.0 * q, q * q, q[:0], q.reshape(0, 1), q - q.sum()):
        assert r.size == 0 and r.u.size == 0 and r.dof.size == 0
    assert float(q.sum().value) == 0.0 and float(q.sum().u) == 0.0
    table = quantity(np.zeros((0, 3)), 0.1)
    assert table.sum(axis=0).shape == (3,) and not np.any(table.sum(axis=0).u)
    assert table.sum(axis=1).shape == (0,)
    assert covariance(q, quantity(1.0, 0.1)).shape == (0,)
    assert covariance(table.sum(axis=0), table).shape == (3, 0, 3)


def test_scalar_like_arrays() -> None:
    q = quantity(3.0, 0.1)
    assert q.shape == () and q.u.shape == () and q.value.shape == () and q.dof.shape == ()
    assert q[()].same_as(q) and q[None].shape == (1,) and q.sum().same_as(q) and q.reshape(1, 1).shape == (1, 1)
    assert (q + np.zeros((2, 3))).u.shape == (2, 3)
    one = quantity([3.0], 0.1)
    assert (one[0] - one.sum()).u == 0.0
    with pytest.raises(TypeError):
        len(q)


def test_derivatives_that_do_not_exist_show() -> None:
    """|x| and √x at 0 have no first-order uncertainty: not a number or infinite, never a quiet zero."""
    with np.errstate(all="ignore"):
        assert math.isnan(float(abs(quantity(0.0, 0.1)).u))
        assert not math.isfinite(float(np.sqrt(quantity(0.0, 0.1)).u))
        assert float((quantity(0.0, 0.1) ** 2).u) == 0.0
        assert float((quantity(0.0, 0.1) ** 0).u) == 0.0
        assert float((quantity(-2.0, 0.1) ** 3).u) == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("make", "wanted"),
    [
        (lambda: quantity("a", 0.1), "quantity.value.form"),
        (lambda: quantity(1.0, "x"), "quantity.value.form"),
        (lambda: quantity([[1.0], [2.0, 3.0]], 0.1), "quantity.value.form"),
        (lambda: quantity(10**400, 0.1), "quantity.value.form"),
        (lambda: quantity([1.0, 2.0, 3.0], [0.1, 0.2]), "quantity.uncertainty.shape"),
        (lambda: joint([1.0, 2.0], [0.1, 0.1], [[1.0]]), "quantity.joint.shape"),
        (lambda: joint([1.0, 2.0], [0.1], np.eye(2)), "quantity.joint.shape"),
        (lambda: joint([1.0, 2.0], [0.1, 0.1], np.eye(2), ["m"]), "quantity.joint.shape"),
        (lambda: correlated(["a"], covariance=[[1.0]]), "quantity.value.form"),
        (lambda: correlated([1.0], covariance=[["b"]]), "quantity.value.form"),
        (lambda: correlated([1.0], factor=[[1.0], [1.0, 2.0]]), "quantity.value.form"),
        (lambda: complex_quantity("x", 0.1 + 0.1j), "quantity.value.form"),
        (lambda: complex_quantity(1j, 0.1 + 0.1j, r="x"), "quantity.value.form"),
        (lambda: complex_quantity([1j, 2j], [0.1 + 0.1j] * 3), "quantity.uncertainty.shape"),
        (lambda: complex_quantity([1j, 2j], 0.1 + 0.1j, r=[0.1] * 3), "quantity.uncertainty.shape"),
        (lambda: complex_quantity(1j, [0.1 + 0.1j, 0.2 + 0.2j]), "quantity.uncertainty.shape"),
        (lambda: joint([1.0, "b"], [0.1, 0.1], np.eye(2)), "quantity.value.form"),  # type: ignore[list-item]
    ],
)
def test_what_is_no_number_or_does_not_fit_is_refused(make: Callable[[], Any], wanted: str) -> None:
    with pytest.raises(Refused) as refused:
        make()
    assert code(refused) == wanted
