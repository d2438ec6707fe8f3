"""Budgets: shares that add to one, what inputs have in common in a row of its own, owners told apart, rows that unfold,
and intermediate results that stand for the influences behind them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suyuan.quantity.archive.archive import dump, load
from suyuan.quantity.block import Block, Dense
from suyuan.quantity.budget import BudgetRow, by_certificate, by_element, by_influence, by_input, by_source
from suyuan.quantity.constant import constant
from suyuan.quantity.covariance import covariance
from suyuan.quantity.finding import Refused
from suyuan.quantity.influence import Influence, Source, identity
from suyuan.quantity.intermediate import by_intermediate
from suyuan.quantity.quantity import Quantity, joint, quantity, stack

from .oracle import models, world


def named(rows: Sequence[BudgetRow]) -> dict[str, BudgetRow]:
    assert len({row.name for row in rows}) == len(rows)
    return {row.name: row for row in rows}


def test_mass_of_a_weight_by_influence() -> None:
    """Three influences with sensitivities 1, −2 and 0.5: signed contributions, largest share first."""
    a = quantity(1.0, 0.3, "g", label="standard", source=Source("NMI", "M-1", "0"), dof=12)
    b = quantity(2.0, 0.2, "g", label="comparator", distribution="rectangular")
    c = quantity(4.0, 0.1, "K", label="air")
    y = a - 2.0 * b + quantity(0.5, None, "g/K") * c
    rows = by_influence(y)
    assert [row.name for row in rows] == ["comparator", "standard", "air"]
    assert [row.contribution for row in rows] == pytest.approx([-0.4, 0.3, 0.05])
    assert [row.sensitivity for row in rows] == pytest.approx([-2.0, 1.0, 0.5])
    assert [row.u for row in rows] == pytest.approx([0.2, 0.3, 0.1])
    assert [row.distribution for row in rows] == ["rectangular", "normal", "normal"]
    assert [row.dof for row in rows] == [math.inf, 12, math.inf]
    assert sum(row.share for row in rows) == pytest.approx(1.0, rel=1e-14)


def test_correlation_has_a_row_of_its_own_gum_5_2_2() -> None:
    """y = x₁ − x₂ with r = 0.8: the common row is negative and all shares add to 1."""
    x1, x2 = joint([10.0, 9.0], [0.3, 0.4], [[1.0, 0.8], [0.8, 1.0]], "V")
    x3 = quantity(1.0, 0.1, "V")
    y = x1 - x2 + x3
    rows = by_input(y, {"x1": x1, "x2": x2, "x3": x3}, {"x1": 1.0, "x2": -1.0, "x3": 1.0})
    assert rows[-1].name == "correlation"
    assert rows[-1].share == pytest.approx(-2 * 0.8 * 0.3 * 0.4 / (0.09 + 0.16 + 0.01 - 0.192))
    assert rows[-1].contribution == pytest.approx(-math.sqrt(0.192))
    assert sum(row.share for row in rows) == pytest.approx(1.0, rel=1e-12)
    assert [row.name for row in rows[:-1]] == ["x2", "x1", "x3"]


def test_inputs_that_share_a_standard_have_something_in_common() -> None:
    standard = quantity(1.0, 0.03, "mm", source=Source("NMI", "S-1", "0"))
    x1 = standard + quantity(0.0, 0.04, "mm")
    x2 = standard + quantity(0.0, 0.01, "mm")
    rows = named(by_input(x1 + x2, {"x1": x1, "x2": x2}, {"x1": 1.0, "x2": 1.0}))
    assert rows["correlation"].share == pytest.approx(2 * 0.0009 / (0.0025 + 0.001 + 0.0018))
    assert sum(row.share for row in rows.values()) == pytest.approx(1.0, rel=1e-12)


def test_independent_inputs_have_no_common_row() -> None:
    x1, x2, k = quantity(2.0, 0.1, "V"), quantity(4.0, 0.2, "A"), quantity(5.0, None)
    y = k * x1 / x2
    rows = named(by_input(y, {"x1": x1, "x2": x2, "k": k}, {"x1": 1.25, "x2": -0.625, "k": 0.5}))
    assert set(rows) == {"x1", "x2", "k"}
    assert sum(row.share for row in rows.values()) == pytest.approx(1.0, rel=1e-12)
    assert (rows["k"].distribution, rows["k"].share) == ("constant", 0.0)


def test_a_constant_in_the_model_has_a_row_of_its_own() -> None:
    """What the result depends on beside its inputs is named, and shares add to 1."""
    x, g = quantity(2.0, 0.1, "m", label="x"), constant("G_N") * 1e10
    y = x * g
    rows = by_input(y, {"x": x}, {"x": float(g.value)})
    assert [row.name for row in rows] == ["x", "G_N"] and rows[1].source == Source("CODATA", "2022", "G_N")
    assert rows[1].contribution == pytest.approx(float(2.0 * g.u)) and sum(rows.share) == pytest.approx(1.0)


def test_owners_are_told_apart() -> None:
    """Two issuers may use one number; influences without a certificate stand together."""
    a = quantity(1.0, 0.3, source=Source("Lab A", "7", "0"), dof=5)
    b = quantity(1.0, 0.4, source=Source("Lab A", "7", "1"), dof=8)
    c = quantity(1.0, 0.1, source=Source("Lab B", "7", "0"))
    d, e = quantity(1.0, 0.2, label="reading"), quantity(1.0, 0.2, label="air")
    y = a + b + c + d + e
    rows = by_certificate(y)
    assert [(row.source.issuer, row.name) for row in rows] == [("Lab A", "7"), ("", ""), ("Lab B", "7")]
    assert [row.contribution for row in rows] == pytest.approx([0.5, math.sqrt(0.08), 0.1])
    assert rows[0].dof == pytest.approx(0.5**4 / (0.3**4 / 5 + 0.4**4 / 8))
    assert sum(row.share for row in rows) == pytest.approx(1.0, rel=1e-12)
    assert set(rows[0].influences) == {i.id for q in (a, b) for i in q.influences()}
    sources = by_source(y)
    assert {row.name for row in sources} == {"Lab A 7 0", "Lab A 7 1", "Lab B 7 0", "reading", "air"}
    assert sum(row.share for row in sources) == pytest.approx(1.0, rel=1e-12)


def test_dof_of_a_group_counts_its_elements() -> None:
    readings = quantity(np.zeros(4), 0.2, label="readings", dof=3)
    row = named(by_source(readings.mean()))["readings"]
    assert row.dof == pytest.approx(12.0)


def test_result_without_uncertainty() -> None:
    y = quantity(1.0, None) * 2.0
    assert by_influence(y) == by_source(y) == by_certificate(y) == ()
    x = quantity(1.0, 0.0)
    assert [row.share for row in by_input(x, {"x": x}, {"x": 1.0})] == [0.0]


def test_unit_without_a_dsi_word_is_still_named() -> None:
    x: Quantity = quantity(1.0, 0.1, "in", label="gauge")
    assert by_influence(x)[0].unit == "in"
    assert by_input(x, {"x": x}, {"x": 1.0})[0].unit == "in"


# ---------------------------------------------------------------- columns and what they unfold into


def test_a_budget_is_a_sequence_of_rows() -> None:
    y = sum((quantity(1.0, 0.1 * i, label=f"x{i}") for i in range(1, 6)), quantity(0.0, None))
    rows = by_influence(y)
    assert len(rows) == 5 and [r.name for r in rows] == ["x5", "x4", "x3", "x2", "x1"]
    assert rows[-1] == rows[4] and rows[1:3] == (rows[1], rows[2]) and tuple(rows) == rows[:]
    assert rows == tuple(rows) and rows != rows[:-1] and rows[0] in rows
    np.testing.assert_allclose(rows.contribution, [0.5, 0.4, 0.3, 0.2, 0.1])
    np.testing.assert_allclose(rows.share, [r.share for r in rows])
    with pytest.raises(IndexError):
        rows[5]
    head, _, first, *_ = repr(rows).splitlines()
    assert head == "Budget, 5 rows" and first.split() == ["x5", "0.5", "1", "0.5", "45.5", "%"]


def test_an_influence_array_unfolds_into_its_elements() -> None:
    """A sum of readings: one row, whose parts are the readings; by element each reading has a row."""
    u = np.array([0.3, 0.1, 0.2])
    readings = quantity([1.0, 2.0, 3.0], u, "V", label="readings", dof=4)
    offset = quantity(0.0, 0.25, "V", label="offset")
    weights = np.array([1.0, -2.0, 0.5])
    y = (weights * readings).sum() + offset
    (first, second) = by_influence(y)
    assert (first.name, second.name) == ("readings", "offset")
    assert first.contribution == pytest.approx(float(np.linalg.norm(weights * u)))
    assert [r.name for r in first.parts] == ["readings[0]", "readings[1]", "readings[2]"]
    assert [r.contribution for r in first.parts] == pytest.approx([0.3, -0.2, 0.1])
    assert [r.sensitivity for r in first.parts] == pytest.approx([1.0, -2.0, 0.5])
    assert sum(r.share for r in first.parts) == pytest.approx(first.share) and not second.parts
    every = by_element(y)
    assert [r.name for r in every] == ["readings[0]", "offset", "readings[1]", "readings[2]"]
    assert sum(every.share) == pytest.approx(1.0)
    assert every[0].unit == "\\volt" and every[0].dof == 4


def test_rows_by_owner_and_by_input_unfold() -> None:
    a = quantity(1.0, 0.3, source=Source("Lab A", "7", "0"), label="a")
    b = quantity(1.0, 0.4, source=Source("Lab A", "7", "1"), label="b")
    c = quantity(1.0, 0.1, label="c")
    x = a + 2.0 * b
    y = x + c
    (seven, _) = by_certificate(y)
    assert [(r.name, r.contribution) for r in seven.parts] == [("b", pytest.approx(0.8)), ("a", pytest.approx(0.3))]
    assert sum(r.share for r in seven.parts) == pytest.approx(seven.share)
    row = named(by_input(3.0 * y, {"x": x, "c": c}, {"x": 3.0, "c": 3.0}))["x"]
    assert [(r.name, r.contribution) for r in row.parts] == [("b", pytest.approx(2.4)), ("a", pytest.approx(0.9))]
    assert sum(r.share for r in row.parts) == pytest.approx(row.share)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(models())
def test_all_budgets_of_any_scalar_add_to_its_variance(drawn: tuple[Callable[..., Any], int]) -> None:
    model, seed = drawn
    w = world(seed)
    for q in model(*w.quantities):
        if not q.size:
            continue
        y = q.reshape(-1)[0] if q.ndim else q
        variance = float(y.variance)
        for budget in (by_influence, by_element, by_source, by_certificate):
            rows = budget(y)
            assert sum(r.contribution**2 for r in rows) == pytest.approx(variance, rel=1e-9, abs=1e-15)
            assert all(a >= b for a, b in zip(rows.share, rows.share[1:], strict=False))
            for r in rows:
                if r.parts:
                    assert sum(p.contribution**2 for p in r.parts) == pytest.approx(r.contribution**2, rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=8), st.integers(0, 99))
def test_what_inputs_have_in_common_is_the_sum_over_pairs(users: list[int], seed: int) -> None:
    """Against 2 Σ c c' u(x, x') pair by pair: scalars, elements of an array, sums of it, a joint group."""
    rng = np.random.default_rng(seed)
    readings = quantity(rng.uniform(1, 2, 4), rng.uniform(0.1, 0.3, 4))
    p, q = joint([1.0, 2.0], [0.1, 0.2], [[1.0, -0.4], [-0.4, 1.0]])
    s = quantity(1.0, 0.2)
    pool = [s, s * 2.0 + p, q, readings[1], readings.sum(), readings.mean() - readings[2] + q]
    inputs = {f"x{i}": pool[k] + quantity(0.0, 0.01) for i, k in enumerate(users)}
    slopes = {name: float(c) for name, c in zip(inputs, rng.uniform(-2, 2, len(inputs)), strict=True)}
    y = sum((slopes[n] * x for n, x in inputs.items()), quantity(0.0, None))
    rows = named(by_input(y, inputs, slopes))
    names = list(inputs)
    common = sum(
        2.0 * slopes[a] * slopes[b] * float(covariance(inputs[a], inputs[b]))
        for i, a in enumerate(names) for b in names[:i]
    )  # fmt: skip
    share = rows["correlation"].share if "correlation" in rows else 0.0
    assert share == pytest.approx(common / float(y.variance), rel=1e-9, abs=1e-11)
    assert sum(r.share for r in rows.values()) == pytest.approx(1.0, rel=1e-9)


def test_a_hundred_thousand_influences_and_five_thousand_inputs() -> None:
    """Columns, not objects: the answer is right at a size where a row each and pairs of inputs were too slow."""
    rng = np.random.default_rng(1)
    c = rng.normal(size=100_000)
    many = [Influence(identity("many", str(i)), 1, np.ones(1), label=str(i)) for i in range(1000)]
    y = Quantity(0.0, quantity(1.0).unit, {m.id: Block(m, None, Dense(c[i : i + 1])) for i, m in enumerate(many)})
    rows = by_influence(y)
    np.testing.assert_array_equal(np.abs(rows.contribution), np.sort(np.abs(c[:1000]))[::-1])
    assert rows[0].name == str(np.argmax(np.abs(c[:1000])))
    readings = quantity(np.zeros(100_000), np.abs(c), "1", label="r")
    every = by_element(readings.sum())
    np.testing.assert_allclose(every.contribution, np.sort(np.abs(c))[::-1])
    assert every[0].name == f"r[{np.argmax(np.abs(c))}]"
    shared = quantity(1.0, 0.5)
    inputs = {f"x{i}": shared + quantity(0.0, 0.1) for i in range(5000)}
    total = stack(list(inputs.values())).sum()
    found = by_input(total, inputs, dict.fromkeys(inputs, 1.0))
    assert found[-1].name == "correlation"
    assert found[-1].share == pytest.approx(0.25 * 5000 * 4999 / (0.25 * 5000**2 + 0.01 * 5000))


def test_only_one_number_has_a_budget() -> None:
    for view in (by_influence, by_element, by_source, by_certificate):
        with pytest.raises(Refused) as refused:
            view(quantity([1.0, 2.0], 0.1))
        assert refused.value.findings[0].code == "quantity.budget.not_scalar"


# ---------------------------------------------------------------- intermediate results


def laboratory_a() -> Quantity:
    """A certificate with forty lines of its own on a national standard."""
    standard = quantity(10.0, 0.02, "V", source=Source("NMI", "S-1", "0"), id=identity("NMI", "S-1", "0"))
    lines = [quantity(0.0, 0.001 * (i + 1), "V", label=f"line {i}") for i in range(40)]
    return sum(lines, standard)


def test_a_certificate_stands_for_its_forty_lines() -> None:
    """Through the archive: laboratory B names what it got from A, and unfolds it."""
    data = dump({"v": laboratory_a()}, issued=Source("Lab A", "A-123"))
    v = load(data).results["v"]
    reading = quantity(0.5, 0.03, "V", label="reading")
    y = v * 3.0 - reading
    rows = by_intermediate(y, {"certificate A-123": v})
    assert [row.name for row in rows] == ["certificate A-123", "reading"]
    assert rows[0].sensitivity == pytest.approx(3.0) and rows[0].contribution == pytest.approx(3.0 * float(v.u))
    assert rows[0].u == pytest.approx(float(v.u)) and rows[0].value == float(v.value)
    assert rows[1].contribution == pytest.approx(-0.03)
    assert sum(row.share for row in rows) == pytest.approx(1.0, rel=1e-12)
    assert len(rows[0].parts) == 41 and rows[0].parts[0].contribution == pytest.approx(0.12)
    assert sum(part.share for part in rows[0].parts) == pytest.approx(rows[0].share)
    assert {part.source.number for part in rows[0].parts} == {"A-123", "S-1"}


def test_what_enters_in_two_ways_stands_twice_and_in_common() -> None:
    """The national standard behind A's certificate is used by B directly too."""
    v = laboratory_a()
    standard = quantity(10.0, 0.02, "V", source=Source("NMI", "S-1", "0"), id=identity("NMI", "S-1", "0"))
    y = 2.0 * v - standard
    rows = named(by_intermediate(y, {"A": v}))
    variance = float(y.variance)
    assert rows["A"].sensitivity == pytest.approx(2.0)
    (rest,) = (r for r in rows.values() if r.source.number == "S-1")
    assert rest.contribution == pytest.approx(-0.02) and rest.share == pytest.approx(0.0004 / variance)
    assert rows["correlation"].share == pytest.approx(-2 * 2.0 * 0.0004 / variance)
    assert sum(r.share for r in rows.values()) == pytest.approx(1.0, rel=1e-12)
    apart = named(by_intermediate(standard * 1.0, {"A": v}))
    assert apart["A"].share == 0.0 and apart["A"].sensitivity == 0.0 and len(apart) == 2


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4))
def test_any_linear_use_is_found(seed: int, count: int) -> None:
    """Sensitivities, shares and what is in common, against the covariances of the terms."""
    rng = np.random.default_rng(seed)
    shared = quantity(1.0, 0.2, label="shared")
    curve = quantity(rng.uniform(1, 2, 3), rng.uniform(0.05, 0.1, 3)) + 0.5 * shared
    given_: dict[str, Quantity] = {}
    for i in range(count):
        own = quantity(rng.uniform(1, 2, 3), rng.uniform(0.1, 0.2, 3)).sum()
        given_[f"x{i}"] = own * quantity(1.0, 0.01) * quantity(2.0, 0.1) + float(rng.uniform(-1, 1)) * shared
    slopes = rng.uniform(0.5, 2.0, count) * rng.choice([-1.0, 1.0], count)
    weights = rng.uniform(-1.0, 1.0, 3)
    reading = quantity(0.0, 0.3, label="reading")
    terms = [c * x for c, x in zip(slopes, given_.values(), strict=True)] + [(weights * curve).sum(), reading]
    y = sum(terms, quantity(0.0, None))
    budget = by_intermediate(y, {**given_, "curve": curve})
    rows = named(budget)
    variance = float(y.variance)
    for name, term in zip([*given_, "curve", "reading"], terms, strict=True):
        assert rows[name].share == pytest.approx(float(term.variance) / variance, rel=1e-6)
    for name, c in zip(given_, slopes, strict=True):
        assert rows[name].sensitivity == pytest.approx(c, rel=1e-6)
        assert sum(p.share for p in rows[name].parts) == pytest.approx(rows[name].share, rel=1e-6)
    common = 2.0 * sum(float(covariance(a, b)) for i, a in enumerate(terms) for b in terms[:i])
    share = rows["correlation"].share if "correlation" in rows else 0.0
    assert share == pytest.approx(common / variance, rel=1e-6, abs=1e-8)
    assert sum(budget.share) == pytest.approx(1.0, rel=1e-9)


def test_what_lineage_does_not_settle_is_refused_or_given() -> None:
    a, b = quantity(1.0, 0.3, label="a"), quantity(1.0, 0.2, label="b")
    x = a + b
    with pytest.raises(Refused) as refused:
        by_intermediate(2.0 * x + a, {"x": x})  # 3 a + 2 b: which of the two enters in another way?
    assert refused.value.findings[0].code == "quantity.budget.ambiguous"
    rows = named(by_intermediate(2.0 * x + a, {"x": x}, {"x": 2.0}))
    assert rows["a"].contribution == pytest.approx(0.3) and rows["x"].sensitivity == 2.0
    assert sum(r.share for r in rows.values()) == pytest.approx(1.0)
    with pytest.raises(Refused) as refused:
        by_intermediate(x * 3.0, {"x": x, "twice": 2.0 * x})
    assert refused.value.findings[0].code == "quantity.budget.dependent"
    given_ = named(by_intermediate(x * 3.0, {"x": x, "twice": 2.0 * x}, {"x": 1.0, "twice": 1.0}))
    assert given_["twice"].share == pytest.approx(4 / 9) and given_["correlation"].share == pytest.approx(4 / 9)


def test_an_intermediate_without_uncertainty_brings_nothing() -> None:
    x, k = quantity(1.0, 0.1, label="x"), quantity(2.0, None)
    rows = named(by_intermediate(k * x, {"k": k, "x": x}))
    assert rows["k"].share == 0.0 and rows["k"].sensitivity is None and rows["x"].share == pytest.approx(1.0)
    assert by_intermediate(x, {}) == by_influence(x)


@pytest.mark.parametrize("scale", [1e-150, 1e-90, 1e90, 1e150])
def test_degrees_of_freedom_of_a_row_have_no_unit(scale: float) -> None:
    """Fourth powers of 1e-90 are nothing as floats, those of 1e90 infinite."""
    one, other = (Source("Laboratory A", "1", place) for place in ("x", "y"))
    y = quantity(1.0, 0.1, dof=4, source=one) + quantity([1.0, 2.0], 0.2, dof=6, source=other).sum()
    for view in (by_source, by_certificate):
        expected, found = ([row.dof for row in view(q)] for q in (y, y * scale))
        assert found == pytest.approx(expected, rel=1e-12) and all(math.isfinite(x) for x in expected)
