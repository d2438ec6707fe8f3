"""What a certificate event changes, against the two views compared reading by reading."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.correction import Correction
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.quantity import quantity
from suyuan.series.asof import Subject, windows
from suyuan.series.block import Block
from suyuan.series.changed import (
    Change,
    changed,
    changed_periods,
    corrected_again,
    differing,
    means_of,
    same_correction,
)
from suyuan.series.gathering import gather
from suyuan.series.periods import HOUR, SECOND, Periods
from suyuan.series.stream import Stream
from suyuan.series.view import correct

from .certificates import gained
from .test_windows import histories

STREAM = Stream("t1", "", "1", "PT-01", resolution=Decimal("0.001"), sampling=600.0)
SUBJECT = Subject("PT-01")


def plain(id: str, valid_from: int, offset: float, known_from: int = 0, **more: object) -> Correction:
    """An offset with u = 0.1."""
    parameters = {"offset": quantity(offset, 0.1)}
    return Correction(id, "PT-01", Formula("raw + offset"), parameters, valid_from, known_from, **more)  # type: ignore[arg-type]


def block(n: int = 30, step: int = 1) -> Block:
    return Block("t1", "PT-01", np.arange(n) * step, np.arange(n) * 100, Decimal("0.001"), u=0.0)


@settings(max_examples=100, deadline=None)
@given(histories(), st.integers(0, 13), st.integers(0, 13))
def test_only_what_differs_is_listed(history: list[Correction], first: int, second: int) -> None:
    held, made = block(16), [windows(history, k, SUBJECT) for k in (first, second)]
    a, b = (correct(held, STREAM, w, unit="1") for w in made)
    found = changed(held, STREAM, made[0], made[1])
    names = [[(w.corrections[i], w.status[i]) for i in v.window] for v, w in zip((a, b), made, strict=True)]
    both = list(zip(np.isnan(a.value), np.isnan(b.value), *names, strict=True))
    expected = {i for i, (x, y, one, other) in enumerate(both) if x != y or (not x and one != other)}
    assert set(found.at.tolist()) == expected
    assert sum(sum(s.counts.values()) for s in found.stretches) == len(expected)
    for i, kind in zip(found.at.tolist(), found.kind.tolist(), strict=True):
        gone, came = np.isnan(b.value[i]), np.isnan(a.value[i])
        change = abs(b.value[i] - a.value[i])
        wanted = Change.GONE if gone else Change.CAME if came else Change.MORE if change > a.u[i] else Change.BELOW
        assert kind == wanted


def test_the_worst_stands_first() -> None:
    """A withdrawal, a large and a small amendment, and a certificate that is known late."""
    history = [
        plain("a", 3, 0.0), plain("b", 10, 0.0, withdrawn_known=5), plain("c", 15, 0.0),
        plain("c2", 15, 0.3, 5, supersedes=("c",)), plain("d", 20, 0.0), plain("d2", 20, 0.05, 5, supersedes=("d",)),
        plain("e", 0, 0.0, 5, valid_until=2),
    ]  # fmt: skip
    before, after = (windows(history, k, SUBJECT) for k in (4, 5))
    found = changed(block(), STREAM, before, after)
    order = [s.after for s in found.stretches]
    assert order == ["b", "c2", "d2", "e"]
    assert [s.status_after for s in found.stretches] == ["withdrawn", "valid", "valid", "valid"]
    assert found.counts == {Change.BELOW: 10, Change.MORE: 5, Change.GONE: 5, Change.CAME: 2}
    assert found.at.tolist() == [*range(10, 15), *range(15, 20), *range(20, 30), 0, 1]
    np.testing.assert_allclose(found.ratio[5:20], [3.0] * 5 + [0.5] * 10)
    assert corrected_again([3, 12], found) and not corrected_again([3, 4], found)
    assert not differing(before, before)


def test_two_sets_of_corrections_are_compared_by_content() -> None:
    """A scenario: the same certificate with another offset."""
    one, other = plain("a", 0, 0.0), plain("a", 0, 0.2)
    same = Correction("a", "PT-01", Formula("raw + offset"), dict(one.parameters), 0, 0)
    assert same_correction(one, same) and not same_correction(one, other)
    found = changed(block(3), STREAM, windows([one], 0, SUBJECT), windows([other], 0, SUBJECT))
    assert found.counts == {Change.MORE: 3}
    assert not changed(block(3), STREAM, windows([one], 0, SUBJECT), windows([same], 0, SUBJECT)).stretches


def test_hours_that_changed() -> None:
    held = block(60, 600 * SECOND)
    history = [gained("a", 0), plain("b", 2 * HOUR, 0.0), plain("b2", 2 * HOUR, 0.5, 5, supersedes=("b",)),
               plain("c", 6 * HOUR, 0.0, withdrawn_known=5)]  # fmt: skip
    before, after = (means_of(gather(correct(held, STREAM, history, k), Periods("hour"))) for k in (4, 5))
    found = changed_periods(before, after)
    assert [Change(k).word for k in found.kind] == ["gone"] * 4 + ["more"] * 4
    number = (found.number // HOUR).tolist()
    assert number[:4] == [6, 7, 8, 9] and sorted(number[4:]) == [2, 3, 4, 5]
    np.testing.assert_allclose(found.ratio[4:], 5.0)


def test_hours_without_a_stated_u_are_compared_by_value() -> None:
    """Unknown is not zero, and no reason to say nothing."""
    held = Block("t1", "PT-01", np.arange(60) * 600 * SECOND, np.arange(60) * 100, Decimal("0.001"))
    history = [gained("a", 0), plain("b", 2 * HOUR, 0.0), plain("b2", 2 * HOUR, 0.5, 5, supersedes=("b",)),
               plain("c", 6 * HOUR, 0.0, withdrawn_known=5)]  # fmt: skip
    before, after = (means_of(gather(correct(held, STREAM, history, k), Periods("hour"))) for k in (4, 5))
    found = changed_periods(before, after)
    assert [Change(k).word for k in found.kind] == ["gone"] * 4 + ["u_unknown"] * 4
    np.testing.assert_allclose(found.after[4:] - found.before[4:], 0.5)
    assert np.isnan(found.ratio[4:]).all() and np.isnan(found.u).all() and np.isinf(found.ratio[:4]).all()
