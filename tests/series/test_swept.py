"""Sums straight from counts (lines, products of lines) against every row as quantities; gaps, weights and failures."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from suyuan.quantity.correction import Correction, polynomial, table
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.propagate import propagate
from suyuan.quantity.quantity import Quantity, joint, quantity
from suyuan.series.asof import Status
from suyuan.series.block import Block
from suyuan.series.form import applied
from suyuan.series.gathered import Gathered, together
from suyuan.series.gathering import gather, gather_views
from suyuan.series.periods import HOUR, Periods
from suyuan.series.several import Seen, gather_blocks, gather_several
from suyuan.series.stream import Stream
from suyuan.series.swept import plan
from suyuan.series.view import View, correct

NAMES = ("a", "b", "c")
LEAF = quantity(0.0, 1.0, id="e" * 32, label="reference")
PRODUCTS = ("a*b/c", "-2*a*1e-3*(273.15/(b + 5))*(1 - c/100)", "a*(21 - 11)/(21 - c)*b/3.6")
OTHERS = ("a*b - c", "log(a/b)*c", "a*a/b + 0*c", "sqrt(a)*(1 - c/100)*b", "3*a + b/2 - c")


def correction(name: str, model: str, begin: int, rng: np.random.Generator) -> Correction:
    """A line, a polynomial or a table, with a part from the reference."""
    g, o = joint([1.0 + rng.normal(0, 0.01), 0.1], [0.01, 0.05], [[1.0, 0.4], [0.4, 1.0]], ["1", "1"])
    o = o + 0.03 * LEAF
    given: tuple[Any, dict[str, Quantity]] = {
        "line": (Formula("gain*raw + offset"), {"gain": g, "offset": o}),
        "turned": (Formula("(raw - offset)/gain"), {"gain": g, "offset": o}),
        "curve": polynomial([o, g, quantity(1e-3, 1e-4)]),
        "table": table([0.0, 10.0, 30.0], [o, 0.1 * g, o]),
    }[model]
    return Correction(f"{name}{model}{begin}", name, *given, begin, 0, raw_unit="kPa", unit="kPa", range=(1.0, 20.0))


def views(seed: int, models: tuple[str, ...], rows: int = 400, irregular: bool = False) -> dict[str, View]:
    """Three streams at the same times, whose certificates change at times of their own; gaps, readings out of range."""
    rng = np.random.default_rng(seed)
    time = np.arange(rows) * (HOUR // 20) + (rng.integers(0, HOUR // 40, rows) if irregular else HOUR // 3)
    found: dict[str, View] = {}
    first: Block | None = None
    for place, (name, model) in enumerate(zip(NAMES, models, strict=True)):
        stream = Stream(name, "pressure", "kPa", name, resolution=Decimal("0.01"))
        made = [correction(name, model, begin, rng) for begin in (0, int(time[111 + 17 * place]))]
        count = rng.integers(500, 1500, rows)
        count[7 + place] = 3000
        missing = rng.random(rows) < (0.03 if place == 1 else 0.0)
        count[missing] = 0
        u: Any = 0.02 if place else rng.uniform(0.01, 0.03, rows)
        if first is None:
            first = Block(name, name, time, count, stream.resolution, missing=missing, u=u)
        block = first if name == first.stream else first.beside(stream, count, missing, u)
        found[name] = correct(block, stream, made, known=1)
    return found


def by_rows(text: str, seen: dict[str, View], periods: Periods | None, weight: np.ndarray) -> list[Quantity]:
    """Σ w·z of each period from rows as quantities."""
    used = Formula(text).names
    time = next(iter(seen.values())).block.time
    good = weight != 0.0
    for name in used:
        good = good & (seen[name].status == Status.VALID)
    number = np.zeros(len(time), np.int64) if periods is None else periods.number(time)
    found = []
    for one in np.unique(number[good]):
        at = np.flatnonzero(good & (number == one))
        rows = {name: seen[name].quantity(at) / quantity(1.0, 0.0, seen[name].unit.symbol) for name in used}
        found.append((propagate(Formula(text), **rows) * weight[at]).sum())
    return found


def same(sums: Gathered, expected: list[Quantity]) -> None:
    found = sums.total(expected[0].unit)
    np.testing.assert_allclose(found.value, [float(q.value) for q in expected], rtol=1e-12)
    np.testing.assert_allclose(found.u, [float(q.u) for q in expected], rtol=1e-10)


@pytest.mark.parametrize("text", PRODUCTS + OTHERS)
@pytest.mark.parametrize("models", [("line", "turned", "line"), ("line", "curve", "table")])
def test_sums_are_those_of_rows_as_quantities(text: str, models: tuple[str, ...]) -> None:
    seen = views(len(text), models)
    weight = np.where(np.arange(400) % 9 == 0, 0.0, np.random.default_rng(1).uniform(0.2, 1.0, 400))
    used = {name: seen[name] for name in Formula(text).names}
    for periods in (Periods("hour"), None):
        same(gather_several(Formula(text), used, "1", "z", periods, weight), by_rows(text, seen, periods, weight))
        kept = weight != 0.0
        same(gather_several(Formula(text), used, "1", "z", periods, kept), by_rows(text, seen, periods, kept * 1.0))


@pytest.mark.parametrize("text", [PRODUCTS[1], OTHERS[0]])
@pytest.mark.parametrize("long", [7, 20, 64])
def test_sums_do_not_depend_on_where_columns_are_cut(text: str, long: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices of whole hours, of a part of one, and of days as one period; regular hours and others."""
    for irregular in (False, True):
        seen = views(3, ("line",) * 3, irregular=irregular)
        weight = np.where(np.arange(400) % 9 == 0, 0.0, 0.5)
        for periods in (Periods("hour"), Periods("day"), None):
            whole = gather_several(Formula(text), seen, "1", "z", periods, weight, "s")
            with monkeypatch.context() as patch:
                patch.setattr("suyuan.series.swept.SLICE", long)
                patch.setattr("suyuan.series.swept.LONG", long)
                cut = gather_several(Formula(text), seen, "1", "z", periods, weight, "s")
            for name in ("period", "rule", "count", "weight", "value", "own", "slope"):
                np.testing.assert_allclose(getattr(cut, name), getattr(whole, name), rtol=1e-10, atol=1e-12)


def test_blocks_at_once_are_blocks_together() -> None:
    """A formula over two blocks, and one stream of them: sums, tally and source of each apart, put together."""
    both = [views(seed, ("line", "turned", "line")) for seed in (1, 2)]
    text, hours = PRODUCTS[0], Periods("hour")
    kept = [np.arange(400) % 7 > 0, np.arange(400) > 90]
    for weights in (kept, [None, None]):
        apart = together(gather_several(Formula(text), seen, "1", "z", hours, w, f"s{n}")
                         for n, (seen, w) in enumerate(zip(both, weights, strict=True)))  # fmt: skip
        blocks = [Seen(seen, w, f"s{n}") for n, (seen, w) in enumerate(zip(both, weights, strict=True))]
        equal(gather_blocks(Formula(text), blocks, "1", "z", hours), apart)
    for name in NAMES:
        seen_of = [seen[name] for seen in both]
        apart = together(
            gather(view, hours, kept=k, source=f"s{n}") for n, (view, k) in enumerate(zip(seen_of, kept, strict=True))
        )
        equal(gather_views(seen_of, hours, kept, ["s0", "s1"]), apart)


def equal(found: Gathered, expected: Gathered) -> None:
    assert found.source == expected.source
    for one, other in zip(found.tally, expected.tally, strict=True):
        assert one.tolist() == other.tolist()
    np.testing.assert_array_equal(found.numbers, expected.numbers)
    a, b = found.total(found.unit), expected.total(expected.unit)
    np.testing.assert_allclose(a.value, b.value, rtol=1e-13)
    np.testing.assert_allclose(a.u, b.u, rtol=1e-12)


def test_ends_that_a_file_states_are_believed() -> None:
    first = Block("a", "a", np.arange(3) * HOUR, np.array([1, 5, 3]), Decimal("0.01"))
    stream = Stream("b", "pressure", "kPa", "b", resolution=Decimal("0.01"))
    assert first.beside(stream, np.array([4, 2, 9])).ends == (2, 9)
    assert first.beside(stream, np.array([4, 2, 9]), ends=(1, 10)).ends == (1, 10)


def test_which_formulas_are_products_of_lines() -> None:
    def made(text: str, model: str) -> bool:
        seen = views(1, (model,) * 3)
        used = sorted(Formula(text).names)
        members = tuple(rule for name in used if (rule := seen[name].segments[0].rule) is not None)
        from suyuan.series.several import _form

        return plan(_form(text, tuple(used)), members, (Decimal("0.01"),) * len(used)).made is not None

    assert all(made(text, "line") for text in PRODUCTS)
    assert not any(made(text, "line") for text in OTHERS[:4])
    assert not any(made(text, "curve") for text in PRODUCTS)


def test_a_correction_that_is_a_line_says_so() -> None:
    rng = np.random.default_rng(2)
    kinds = {m: applied(correction("a", m, 0, rng), Stream("a", "pressure", "kPa", "a").unit_of_values,
                        Stream("a", "pressure", "Pa", "a").unit_of_values)
             for m in ("line", "turned", "curve", "table")}  # fmt: skip
    assert [m for m, rule in kinds.items() if rule.line is not None] == ["line", "turned"]
    for m in ("line", "turned"):
        line, reading = kinds[m].line, np.linspace(-3.0, 17.0, 7)
        assert line is not None
        value = np.empty(7)
        kinds[m].value(kinds[m].raw(reading), value)
        own, slopes = kinds[m].slopes(kinds[m].raw(reading))
        np.testing.assert_allclose(line.slope * reading + line.zero, value, rtol=1e-14)
        np.testing.assert_allclose(np.broadcast_to(own, 7), line.slope, rtol=1e-14)
        for k, slope in enumerate(slopes):
            np.testing.assert_allclose(line.rate[k] * reading + line.base[k], np.broadcast_to(slope, 7), rtol=1e-13,
                                       atol=1e-10)  # fmt: skip


def test_rows_in_which_the_formula_has_no_value_are_told_and_left_out() -> None:
    seen = views(5, ("line",) * 3)
    text = "a*log(b - 7)"
    used = {"a": seen["a"], "b": seen["b"]}
    sums = gather_several(Formula(text), used, "1", "z", Periods("hour"))
    good = (seen["a"].status == Status.VALID) & (seen["b"].status == Status.VALID) & (seen["b"].value > 7.0)
    assert 0 < int(good.sum()) < 380
    assert int(sums.count.sum()) == int(good.sum())
    assert int(sums.readings(np.unique(sums.tally[0])).sum()) == 400
    told = dict.fromkeys(Status, 0)
    for code, n in zip(*sums.tally[1:], strict=True):
        told[Status(int(code))] += int(n)
    first = np.where(seen["a"].status != Status.VALID, seen["a"].status, seen["b"].status)  # the reason of each row
    first[(first == Status.VALID) & ~good] = Status.FAILED  # both streams have a value, and the formula none
    assert told == {status: int((first == status).sum()) for status in Status} and told[Status.FAILED] > 0
    assert sum(n for status, n in told.items() if status != Status.VALID) == 400 - int(good.sum())
    same(sums, by_rows(text, seen, Periods("hour"), good * 1.0))


@pytest.mark.parametrize("irregular", [False, True])
def test_one_stream_by_counts_is_the_stream_by_values(irregular: bool) -> None:
    seen = views(9, ("line", "turned", "curve"), irregular=irregular)
    for view in seen.values():
        for periods in (Periods("hour"), Periods("day"), None):
            found = gather(view, periods, kept=np.arange(400) % 11 > 0)
            by_value = gather(view, periods, weight=(np.arange(400) % 11 > 0) * 1.0)
            np.testing.assert_allclose(found.by_period(found.value), by_value.by_period(by_value.value), rtol=1e-12)
            np.testing.assert_allclose(found.total(view.unit).u, by_value.total(view.unit).u, rtol=1e-10)


def test_days_and_a_year_are_sums_of_hours_and_months_may_be_kept_apart() -> None:
    seen = views(3, ("line",) * 3)
    formula, hour = Formula("a*b/c"), Periods("hour")
    whole = gather_several(formula, seen, "1", "z", hour, source="all")
    assert np.array_equal(whole.days().numbers, np.unique(whole.numbers // (24 * HOUR)))
    same(whole.one(), by_rows("a*b/c", seen, None, np.ones(400)))
    halves = [gather_several(formula, seen, "1", "z", hour, mask, f"half {i}")
              for i, mask in enumerate((np.arange(400) < 200, np.arange(400) >= 200))]  # fmt: skip
    same(together(halves).one(), by_rows("a*b/c", seen, None, np.ones(400)))
