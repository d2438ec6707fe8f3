"""xAPI statements: valid as made, every wrong part named."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.quantity.finding import Refused
from suyuan.talent.xapi import VERBS, Activity, Score, Told, faults, statement

TIME = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
WHO = ("https://suyuan.example/accounts", "p-007")
COURSE = Activity("urn:suyuan:course:mass", "course", {"zh": "质量计量", "en": "Mass metrology"})


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_makes_a_valid_statement(verb: str) -> None:
    told = Told(Score(86.5), success=verb != "failed", completion=True, hours=1.5, parent="urn:suyuan:programme:1")
    made = statement(WHO, verb, COURSE, TIME, told=told)
    assert not list(faults(made))
    assert made["result"]["score"]["scaled"] == 0.865 and made["result"]["duration"] == "PT5400S"
    assert made["actor"]["account"] == {"homePage": WHO[0], "name": WHO[1]}
    assert made == statement(WHO, verb, COURSE, TIME, told=told)  # the same again is one statement


def test_fractions_of_a_second_are_kept() -> None:
    first, second = (TIME.replace(microsecond=n) for n in (250_000, 250_001))
    made = [statement(WHO, "attended", COURSE, time, told=Told(hours=90.25 / 3600)) for time in (first, second, TIME)]
    assert [m["timestamp"][19:] for m in made] == [".250Z", ".250001Z", "Z"]
    assert [datetime.fromisoformat(m["timestamp"]) for m in made] == [first, second, TIME]
    assert made[0]["id"] != made[1]["id"] and made[0]["result"]["duration"] == "PT90.25S"
    assert not [fault for m in made for fault in faults(m)]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("id", "7"), ("actor", {"mbox": "mailto:x@example.com"}),
        ("actor", {"account": {"homePage": "x", "name": "y"}}),
        ("verb", {"id": "passed"}), ("verb", {"id": "http://x/y", "display": {"??": "x"}}), ("object", {}),
        ("object", {"id": "urn:x:y", "definition": {"type": "course"}}), ("timestamp", "yesterday"),
        ("timestamp", "2026-03-04T09:30:00"), ("result", {"score": {"scaled": 1.2}}),
        ("result", {"score": {"raw": 5, "min": 10, "max": 20}}), ("result", {"score": {"scaled": "1"}}),
        ("result", {"success": "yes"}), ("result", {"duration": "90 minutes"}), ("result", {"extensions": {"x y": 1}}),
        ("context", {"registration": "1"}), ("mood", "good"),
    ],
)  # fmt: skip
def test_what_xapi_does_not_allow_is_named(path: str, value: Any) -> None:
    found = list(faults(statement(WHO, "passed", COURSE, TIME) | {path: value}))
    assert len(found) == 1 and found[0].code == "contest.statement.field" and found[0].where.startswith(f"/{path}")


def test_statements_that_cannot_be_made() -> None:
    for call in (
        lambda: statement(WHO, "enjoyed", COURSE, TIME),
        lambda: statement(("not an iri", "x"), "passed", COURSE, TIME),
        lambda: statement(WHO, "passed", COURSE, TIME, told=Told(Score(120.0))),
        lambda: statement(WHO, "passed", COURSE, TIME, told=Told(Score(1.0, 0.0, 0.0))),
        lambda: statement(WHO, "passed", COURSE, datetime(2026, 1, 1)),
    ):
        with pytest.raises(Refused):
            call()


KEYS = st.sampled_from(["id", "actor", "verb", "object", "result", "score", "context", "account"])
LEAVES = st.none() | st.booleans() | st.text(max_size=5)


@given(st.recursive(LEAVES, lambda x: st.lists(x) | st.dictionaries(KEYS, x), max_leaves=9))
def test_no_document_brings_the_check_down(given: object) -> None:
    assert list(faults(given))
