"""Flags of the device, of rules and of people are kept apart, the newest word counts, and readings stay as they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.finding import Refused, finding
from suyuan.series.quality.flags import Human, Readings, Run, flagged, readings_of, rows_of_runs, run_of
from suyuan.series.quality.use import usable, usable_rule
from tests.series.quality.streams import NOW, block, checked, clean

DAY = date(2026, 11, 29)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 599), min_size=1, max_size=300, unique=True), st.integers(1, 599))
def test_flags_are_exact_row_by_row(bad: list[int], cut: int) -> None:
    """Readings that cannot be, anywhere in two blocks: the flags are those readings and no other."""
    time, value = clean(600)
    value[bad] = -300.0
    found = checked([block(time[:cut], value[:cut]), block(time[cut:], value[cut:])], only=("impossible",))
    flags = flagged(readings_of(found.subject), [run_of(found)], [])
    assert set(np.flatnonzero(flags.computed["impossible"]).tolist()) == set(bad)
    assert set(np.unique(flags.computed["impossible"])) <= {0, 3}
    assert not flags.unasked.any()
    good = usable(flags, usable_rule(DAY, "cautious"), DAY)
    assert set(np.flatnonzero(~good).tolist()) == set(bad)


def test_the_newest_run_counts_for_the_rules_that_it_asked() -> None:
    time, value = clean(300)
    value[10] = -300.0
    one = block(time, value)
    first = run_of(checked(one))
    second = replace(run_of(checked(one, only=("spike",))), when=NOW + 1)
    readings = readings_of(checked(one).subject)
    flags = flagged(readings, [second, first], [])
    assert flags.computed["impossible"][10] == 3
    later = replace(first, when=NOW + 2, rule=first.rule[:0], severity=first.severity[:0], block=first.block[:0],
                    first=first.first[:0], last=first.last[:0])  # fmt: skip
    assert not flagged(readings, [first, later], []).computed["impossible"].any()
    nobody = flagged(readings, [], [])
    assert nobody.unasked.all()
    assert not usable(nobody, usable_rule(DAY, "cautious"), DAY).any(), "nobody knows is not «usable»"
    assert usable(nobody, usable_rule(DAY, "people"), DAY).all()


def test_a_broken_chain_speaks_against_no_reading_but_where_a_rule_wants_it_whole() -> None:
    time, value = clean(300)
    value[10] = -300.0
    one = block(time, value)
    found = checked(one, broken={"c1": (finding("traceability.anchor.absent", "c1", named="PTB 4711"),)})
    run = run_of(found)
    flags = flagged(readings_of(found.subject), [run], [])
    assert (flags.computed["traceable"] == 3).all()
    for rule, gone in (("all", 0), ("unflagged", 1), ("cautious", 1), ("strict", 300)):
        assert (~usable(flags, usable_rule(DAY, rule), DAY)).sum() == gone
    rows, _ = rows_of_runs([run], [one.digest])
    assert (rows[2] & 1 << 4).all() and np.flatnonzero(rows[2] & 1 << 3).tolist() == [10]


def test_a_person_has_the_last_word_where_the_rule_says_so() -> None:
    time, value = clean(300)
    value[10:12] = -300.0
    flag = np.zeros(300, np.int32)
    flag[50:60] = 1
    found = checked(block(time, value, flag=flag, legend=("N", "M")))
    readings = readings_of(found.subject)
    let = Human("t1", int(time[10]), int(time[11]), "good", "Li Wei", "test of the alarm", NOW)
    out = Human("t1", int(time[100]), int(time[110]), "bad", "Li Wei", "door open", NOW + 1)
    again = Human("t1", int(time[105]), int(time[110]), "good", "Zhao Min", "door was shut again", NOW + 2)
    flags = flagged(readings, [run_of(found)], [again, out, let])
    assert flags.people[flags.human[105]].who == "Zhao Min" and flags.human[0] == -1
    cautious = usable(flags, usable_rule(DAY, "cautious"), DAY)
    assert np.flatnonzero(~cautious).tolist() == [11, *range(50, 60), *range(100, 105)]
    strict = usable(flags, usable_rule(DAY, "strict"), DAY)
    assert not strict[10] and not strict[11]
    people = usable(flags, usable_rule(DAY, "people"), DAY)
    assert np.flatnonzero(~people).tolist() == list(range(100, 105))
    assert found.subject.blocks[0].count[11] == block(time, value).count[11]


@pytest.mark.parametrize(
    ("change", "code"),
    [({"verdict": "fine"}, "verdict"), ({"who": " "}, "reason"), ({"reason": ""}, "reason"), ({"last": 1}, "span")],
)
def test_a_flag_without_a_name_or_a_reason_is_refused(change: dict[str, object], code: str) -> None:
    fine = {"stream": "t1", "first": 1, "last": 2, "verdict": "bad", "who": "a", "reason": "b", "when": 0}
    with pytest.raises(Refused) as told:
        Human(**(fine | change))  # type: ignore[arg-type]
    assert told.value.findings[0].code == f"series_quality.flag.{code}"


def test_an_unknown_rule_of_use() -> None:
    with pytest.raises(Refused) as told:
        usable_rule(DAY, "whatever")
    assert told.value.findings[0].code == "series_quality.usable.unknown"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_rows_of_runs_are_those_that_are_flagged(seed: int) -> None:
    """Where the readings stay on an engine only rows go there: the same that `flagged` lays over arrays."""
    rng = np.random.default_rng(seed)
    sizes, digests = [40, 25, 30], ("a" * 64, "b" * 64, "c" * 64)
    runs = []
    for when in range(int(rng.integers(0, 5))):
        blocks = tuple(d for d in digests if rng.random() < 0.7)
        asked = {name: 1 for name in ("impossible", "spike", "frozen") if rng.random() < 0.7}
        size = int(rng.integers(0, 6)) if blocks and asked else 0
        block = rng.integers(0, max(len(blocks), 1), size)
        first = rng.integers(0, 20, size)
        last = first + rng.integers(1, 6, size)
        columns = rng.integers(0, max(len(asked), 1), size), rng.integers(1, 4, size), block, first, last
        runs.append(Run("t1", when, when, blocks, asked, *columns))
    block = np.repeat(np.arange(3), sizes)
    row = np.concatenate([np.arange(n) for n in sizes])
    held = flagged(Readings("t1", np.arange(len(row)), block, row, digests, (("",), np.zeros(len(row), int))), runs, ())
    found, asked = rows_of_runs(runs, digests)
    there = {(int(b), int(r)): int(s) for b, r, s in found.T}
    for at in range(len(row)):
        wanted = sum({1 << int(column[at]) for column in held.computed.values() if column[at]})
        assert there.get((int(block[at]), int(row[at])), 0) == wanted
    assert np.array_equal(~asked[block], held.unasked)
