"""Which certificate counts: windows against the sentence of the case form, for any history of certificates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Refused
from suyuan.series.asof import FIRST, LAST, Status, Subject, windows
from suyuan.series.block import NO_TIME

from .certificates import counting, gained

NAMES = "abcdefgh"
SUBJECT = Subject("PT-01")


@st.composite
def histories(draw: st.DrawFn) -> list[Correction]:
    """Up to eight certificates of two instruments; each may supersede earlier ones, be withdrawn, or end."""
    made: list[Correction] = []
    often = st.one_of(st.none(), st.integers(0, 12))
    for name in NAMES[: draw(st.integers(0, 8))]:
        start = draw(st.integers(0, 12))
        until = draw(st.one_of(st.none(), st.integers(start, 14)))
        one = gained(
            name,
            start,
            draw(st.integers(0, 12)),
            instrument=draw(st.sampled_from(["PT-01", "PT-01", "PT-02"])),
            valid_until=until,
            withdrawn_known=draw(often),
            superseded_known=draw(often),
            supersedes=tuple(draw(st.sets(st.sampled_from([c.id for c in made]))) if made else ()),
        )
        made.append(one)
    return made


@settings(max_examples=300, deadline=None)
@given(histories(), st.integers(-1, 14))
def test_windows_are_what_the_case_form_says(history: list[Correction], known: int) -> None:
    held = windows(history, known, SUBJECT)
    assert held.start[0] == FIRST and held.end[-1] == LAST
    assert (held.start[1:] == held.end[:-1]).all() and (held.start < held.end).all()
    for time in range(-1, 16):
        word, one = counting(history, "PT-01", time, known)
        at = int(held.at(np.array([time]))[0])
        assert Status(int(held.status[at])).word == word
        assert held.corrections[at] is one


def test_an_earlier_certificate_does_not_come_back() -> None:
    old, new = gained("a", 0), gained("b", 10, withdrawn_known=20)
    assert [s for s in windows([old, new], 19, SUBJECT).status] == [Status.NO_CERTIFICATE, Status.VALID, Status.VALID]
    assert windows([old, new], 20, SUBJECT).status[-1] == Status.WITHDRAWN


def test_a_withdrawn_replacement_does_not_revive_what_it_replaced() -> None:
    old, new = gained("a", 0), gained("b", 0, 5, supersedes=("a",), withdrawn_known=9)
    for known, status, one in ((4, Status.VALID, old), (5, Status.VALID, new), (9, Status.WITHDRAWN, new)):
        held = windows([old, new], known, SUBJECT)
        assert (held.status[-1], held.corrections[-1]) == (status, one)


def test_a_certificate_of_one_configuration_or_place_is_for_that_one() -> None:
    every = [gained("a", 0), gained("b", 5, configuration="10 V"), gained("c", 7, place="hall 2")]
    ids = [
        [c.id for c in windows(every, 9, subject).corrections if c]
        for subject in (
            SUBJECT,
            Subject("PT-01", "10 V"),
            Subject("PT-01", "10 V", "hall 2"),
            Subject("PT-01", "1 V", "hall 1"),
        )
    ]
    assert ids == [["a"], ["a", "b"], ["a", "b", "c"], ["a"]]


def test_two_from_one_moment_are_told() -> None:
    held = windows([gained("a", 3, 2), gained("b", 3, 1)], 9, SUBJECT)
    assert [c.id for c in held.corrections if c] == ["a"]  # known later
    assert [f.code for f in held.findings] == ["series.asof.two_at_once"]


def test_rings_and_doubles_are_refused() -> None:
    a, b = gained("a", 0, supersedes=("b",)), gained("b", 0, supersedes=("a",))
    with pytest.raises(Refused, match=r"series\.asof\.ring"):
        windows([a, b], 0, SUBJECT)
    with pytest.raises(Refused, match=r"series\.asof\.ring"):
        windows([replace(a, supersedes=("a",))], 0, SUBJECT)
    with pytest.raises(Refused, match=r"series\.asof\.twice"):
        windows([a, gained("a", 3)], 0, SUBJECT)


def test_a_long_chain_of_amendments_is_no_ring() -> None:
    chain = [gained(f"c{i}", i, i, supersedes=(f"c{i - 1}",) if i else ()) for i in range(2000)]
    held = windows(chain, 1500, SUBJECT)
    assert [c.id for c in held.corrections if c] == ["c1500"]


def test_no_time_is_in_no_window() -> None:
    assert windows([gained("a", 0)], 0, SUBJECT).at(np.array([NO_TIME, 0])).tolist() == [-1, 1]


def test_corrections_say_what_is_wrong() -> None:
    good = gained("a", 0)
    for changes, code in (
        ({"id": ""}, "nameless"),
        ({"valid_until": -1}, "times"),
        ({"range": (2.0, 1.0)}, "range"),
        ({"parameters": {"gain": good.parameters["gain"]}}, "missing"),
        ({"parameters": {**good.parameters, "slope": good.parameters["gain"]}}, "spare"),
    ):
        with pytest.raises(Refused, match=rf"series\.correction\.{code}"):
            replace(good, **changes)
