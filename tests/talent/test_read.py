"""Rows about persons: what is written reads back, what cannot be right is told with its place and keeps its row out."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.procedure.register import read_register
from suyuan.quantity.finding import LANGUAGES, sentences
from suyuan.talent import base, programme, read
from suyuan.talent.base import Course, TrainingBase
from suyuan.talent.programme import Participation, Programme
from suyuan.talent.records import (
    ACTIVITIES,
    EVIDENCE_KINDS,
    LEVELS,
    Authorisation,
    AuthorisationEvent,
    CompetenceUnit,
    EvidenceItem,
    Person,
    Requirement,
)
from suyuan.talent.write import KINDS, register_document
from tests.talent.made import LAB, interval

READERS = {
    "person": read.person, "competence_unit": read.competence_unit, "requirement": read.requirement,
    "evidence": read.evidence, "authorisation": read.authorisation, "authorisation_event": read.authorisation_event,
    "training_base": base.training_base, "course": base.course, "programme": programme.programme,
}  # fmt: skip
DAY = date(2026, 6, 1)
word = st.text("abc 演示", min_size=1, max_size=6).map(str.strip).filter(bool)
text = st.fixed_dictionaries({"zh": word, "en": word})
past = st.integers(0, 3000).map(lambda n: DAY - timedelta(n))
number = st.floats(0.001, 1e6)
ids = st.lists(word, max_size=3, unique=True).map(tuple)
sha = st.sampled_from(["", "a" * 64])
keys = st.lists(st.tuples(word, word), max_size=2).map(tuple)
intervals = st.sampled_from(
    [None, interval(0.5, 100.0, "mm"), interval(-40.0, 300.0, "°C"), interval(0.1 + 0.2, float("inf"), "N·m")]
)
rows = st.one_of(
    st.builds(Person, word, text, text, word, text, text, st.booleans(), st.none(), past),
    st.builds(CompetenceUnit, word, text, st.sampled_from(ACTIVITIES), word, word, st.sampled_from(["", "JJG 146"]),
              st.sampled_from(["", "2011"]), intervals, word, st.sampled_from(LEVELS)),
    st.builds(Requirement, word, word, st.sampled_from(EVIDENCE_KINDS), st.sampled_from(["count", "sum", "latest"]),
              number, st.integers(0, 120), word, st.sampled_from(["proposed", "confirmed"])),
    st.builds(EvidenceItem, word, word, st.sampled_from(EVIDENCE_KINDS), past, word, st.one_of(st.none(), number),
              st.booleans(), st.just(date(2031, 1, 1)), st.just("P-9"), sha, text,
              st.dictionaries(word, word, max_size=2), word),
    st.builds(Authorisation, word, word, word, text, past, st.just(DAY), st.just(date(2031, 1, 1)), st.just("P-9"),
              ids, word),
    st.builds(AuthorisationEvent, word, word, st.sampled_from(["suspended", "method_revised"]), past, word, text,
              st.just("JJG 146"), st.just("2011")),
    st.builds(TrainingBase, word, text, text, word, text, ids, ids, keys, ids, st.one_of(st.none(), st.integers(1, 99)),
              past, st.just(DAY), sha, word, st.just(False), text, ids),
    st.builds(Course, word, word, text, ids, st.just(("training", "exam")), number, st.integers(1, 9),
              st.integers(1, 9), keys, ids, number, st.just("CNY"), word, st.just(False), past, st.just(DAY)),
    st.builds(Programme, word, text, st.integers(2000, 2040), ids, text, word, st.sampled_from(["higher", "lower"]),
              st.integers(1, 99), st.lists(st.builds(Participation, word, text, st.none() | number, number, past),
                                           max_size=3, unique_by=lambda p: p.person).map(tuple), sha, word,
              st.just(False), text, past, st.just(DAY)),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(rows, min_size=1, max_size=4, unique_by=lambda row: (type(row), row.id)))
def test_what_is_written_reads_back(values: list[Any]) -> None:
    register, found = read_register(register_document(LAB, "R-1", DAY, values), READERS)
    assert [f for f in found if f.code not in ("talent.course.units", "talent.authorisation.basis")] == []
    assert register is not None
    for value in values:
        assert value in register.rows[KINDS[type(value)]]


GOOD: dict[str, dict[str, Any]] = {
    "person": {"id": "P-1", "name": "演示甲"},
    "competence_unit": {"id": "U-1", "title": "量块", "activity": "sign", "quantity": "length"},
    "requirement": {"id": "R-1", "unit": "U-1", "kind": "training"},
    "evidence": {"id": "E-1", "person": "P-1", "kind": "training", "day": "2026-01-01"},
    "authorisation": {
        "id": "A-1",
        "person": "P-1",
        "unit": "U-1",
        "granted": "2026-01-01",
        "by": "P-9",
        "basis": ["E-1"],
    },
    "authorisation_event": {"id": "X-1", "authorisation": "A-1", "kind": "suspended", "day": "2026-02-01"},
    "training_base": {"id": "B-1", "name": "演示基地"},
    "course": {"id": "K-1", "title": "课程", "units": ["U-1"]},
    "programme": {"id": "G-1", "title": "行动", "year": "2026", "participants": ["P-1", "P-2"]},
}
FAULTS = [
    (
        "person",
        {"employed_from": "2026-05-01", "employed_until": "2026-04-01"},
        "talent.row.backwards",
        "employed_until",
    ),
    ("person", {"name": ""}, "typed.field.missing", "name"),
    ("competence_unit", {"activity": "singing"}, "typed.field.choice", "activity"),
    ("competence_unit", {"level": "expert"}, "typed.field.choice", "level"),
    (
        "competence_unit",
        {"interval": {"low": "100", "high": "0.5", "unit": "mm"}},
        "talent.interval.backwards",
        "interval/low",
    ),
    ("competence_unit", {"interval": {"low": "1", "high": "2"}}, "typed.field.missing", "interval/unit"),
    ("competence_unit", {"interval": {"unit": "mm"}}, "talent.interval.ends", "interval"),
    ("competence_unit", {"interval": {"low": "1", "unit": "smoot²"}}, "quantity.unit.unknown", "interval/unit"),
    ("competence_unit", {"method": "JJG 146-2011", "edition": "2020"}, "talent.unit.editions", "edition"),
    ("requirement", {"kind": "luck"}, "typed.field.choice", "kind"),
    ("requirement", {"least": "0"}, "talent.row.positive", "least"),
    ("requirement", {"months": "-1"}, "talent.row.outside", "months"),
    ("requirement", {"months": "1e30"}, "talent.row.outside", "months"),
    ("evidence", {"day": "2026-06-02"}, "talent.row.future", "day"),
    ("evidence", {"valid_until": "2025-01-01"}, "talent.row.backwards", "valid_until"),
    ("evidence", {"detail": {"U": "0.03"}}, "talent.evidence.unit", "detail/U"),
    ("evidence", {"document": "my.pdf"}, "talent.row.digest", "document"),
    ("evidence", {"kind": "witnessed", "by": "P-1"}, "talent.evidence.own", "by"),
    ("evidence", {"good": "maybe"}, "typed.field.type", "good"),
    ("authorisation", {"valid_from": "2025-12-31"}, "talent.authorisation.past", "valid_from"),
    ("authorisation", {"valid_until": "2025-12-31"}, "talent.row.backwards", "valid_until"),
    ("authorisation", {"granted": "2026-07-01"}, "talent.row.future", "granted"),
    ("authorisation", {"granted": "2026-02-30"}, "typed.date.impossible", "granted"),
    ("authorisation", {"by": "P-1"}, "talent.authorisation.own", "by"),
    ("authorisation", {"basis": "E-1"}, "typed.field.type", "basis"),
    ("authorisation_event", {"kind": "forgotten"}, "typed.field.choice", "kind"),
    ("authorisation_event", {"authorisation": ""}, "typed.field.missing", "authorisation"),
    ("training_base", {"equipment": ["C-1"]}, "typed.field.type", "equipment"),
    ("training_base", {"capacity": "0"}, "talent.row.outside", "capacity"),
    ("course", {"days": "1e9"}, "talent.row.outside", "days"),
    ("course", {"gives": ["luck"]}, "talent.row.word", "gives/0"),
    ("course", {"start": "2026-05-02", "end": "2026-05-01"}, "talent.row.backwards", "end"),
    ("programme", {"year": "20266"}, "talent.programme.year", "year"),
    ("programme", {"participants": ["P-1", "P-1"]}, "talent.programme.twice", "participants"),
]


def delivered(**kinds: list[dict[str, Any]]) -> bytes:
    head = {"suyuan": "register", "organisation": {"zh": "演示甲所"}, "number": "R-1", "day": "2026-06-01"}
    return json.dumps({**head, "rows": kinds}).encode()


def test_a_contest_without_its_unit_goes_in_and_is_told() -> None:
    row = {**GOOD["evidence"], "kind": "contest"}
    register, found = read_register(delivered(evidence=[row, {**row, "id": "E-2", "unit": "U-1"}]), READERS)
    assert register is not None and register.refused == 0 and len(register.rows["evidence"]) == 2
    told = [(f.code, f.where, f.severity) for f in found]
    assert told == [("talent.evidence.contest_unit", "/rows/evidence/0/unit", "warning")]


@pytest.mark.parametrize(("kind", "change", "code", "place"), FAULTS)
def test_each_fault_is_told_with_its_place_and_the_good_rows_go_in(
    kind: str, change: dict[str, Any], code: str, place: str
) -> None:
    bad, good = {**GOOD[kind], **change}, {**GOOD[kind], "id": "good"}
    register, found = read_register(delivered(**{kind: [bad, good]}), READERS)
    assert register is not None and [row.id for row in register.rows[kind]] == ["good"]
    assert register.refused == 1
    told = [f for f in found if f.code == code]
    assert [f.where for f in told] == [f"/rows/{kind}/0/{place}"]
    for language in LANGUAGES:
        assert "?" not in "".join(sentences(told[0], language).values())


@pytest.mark.parametrize("kind", GOOD)
def test_the_least_that_a_row_needs(kind: str) -> None:
    register, found = read_register(delivered(**{kind: [GOOD[kind]]}), READERS)
    assert register is not None and register.refused == 0 and found == ()
    if kind == "person":
        assert register.rows[kind][0].organisation == {"zh": "演示甲所"}


def test_ten_thousand_rows_with_three_hundred_bad_ones() -> None:
    rows = [{**GOOD["evidence"], "id": f"E-{n}", **({"day": "2027-01-01"} if n % 33 == 0 and n < 9900 else {})}
            for n in range(10_000)]  # fmt: skip
    register, found = read_register(delivered(evidence=rows), READERS)
    assert register is not None and register.refused == 300 and len(register.rows["evidence"]) == 9700
    assert len(found) == 300 and found[1].where == "/rows/evidence/33/day"


def test_an_edition_behind_the_method_is_taken_apart() -> None:
    register, _ = read_register(
        delivered(competence_unit=[{**GOOD["competence_unit"], "method": "JJG 146-2011"}]), READERS
    )
    assert register is not None
    assert (register.rows["competence_unit"][0].method, register.rows["competence_unit"][0].edition) == (
        "JJG 146",
        "2011",
    )


FIELDS = (
    "id", "person", "unit", "units", "day", "granted", "valid_from", "valid_until", "interval", "detail", "basis",
    "name", "participants", "equipment", "instructors", "year", "start", "end", "gives", "seats", "days", "hours",
    "least", "months", "good", "value", "by", "method", "edition", "organisation", "laboratory", "leader", "title",
    "capacity", "kind", "planned",
)  # fmt: skip
scalar = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
junk = st.recursive(
    scalar | st.sampled_from(["9999-12-31", "0001-01-01", "1e400", "mm", "P-1", "1e9"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["low", "high", "unit", "zh", "U"]), inner)
    ),
    max_leaves=5,
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(GOOD)), st.dictionaries(st.sampled_from(FIELDS), junk, max_size=4))
def test_whatever_stands_in_a_row_is_told_and_never_raises(kind: str, change: dict[str, Any]) -> None:
    register, _ = read_register(delivered(**{kind: [{**GOOD[kind], **change}, {**GOOD[kind], "id": "good"}]}), READERS)
    if change.get("id") != "good":
        assert register is not None and "good" in [row.id for row in register.rows[kind]]
        assert register.refused + len(register.rows[kind]) + len(register.removed[kind]) == 2
