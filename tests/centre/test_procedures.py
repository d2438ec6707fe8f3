"""The life cycles as they stand in the rules: each guard has a check, each path of the note can be walked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from suyuan.procedure.admission import admit
from suyuan.procedure.matter import Event, Matter
from suyuan.procedure.procedure import Procedure
from suyuan.procedure.read import procedure
from suyuan.procedure.standing import standing
from suyuan.quantity.finding import Refused
from suyuan.verbs.matter.centre_guards import GUARDS, PROCEDURES

START = datetime(2024, 1, 1, 8, tzinfo=UTC)
SHA = "a" * 64
CONTENT = {"due": "2028-01-01", "roles": {"reviewer": ["reviewer"]}}


def walk(rules: Procedure, acts: list[str], failing: str = "") -> Matter:
    """Take steps with everything that they ask for; the guard `failing` nobody evaluated."""
    roles = {role: (role,) for role in rules.roles}
    matter = Matter(rules.name, "1", {"zh": "演示"}, {"zh": "演示"}, {"centre": "c"}, roles)
    for number, act in enumerate(acts):
        step = rules.step(act)
        assert step is not None, act
        content = {name: CONTENT.get(name, "x") for name in step.fields}
        content["documents"] = dict.fromkeys(step.documents, SHA)
        event = Event(act, START + timedelta(days=30 * number), step.actors[0], step.actors[0], content)
        matter = admit(rules, matter, event, {name: () for name in rules.guards if name != failing})
    return matter


TO_PREPARATION = ["taken_up", "applied", "recommended", "review_opened", "approved_to_prepare", "preparation_began"]
TO_OPERATION = [*TO_PREPARATION, "acceptance_requested", "established", "began_to_operate"]
PATHS = [
    ("centre", TO_OPERATION, "operating"),
    ("centre", ["taken_up", "applied", "returned", "resubmitted", "recommended"], "recommended"),
    ("centre", [*TO_PREPARATION[:4], "rejected"], "rejected"),
    ("centre", [*TO_PREPARATION, "extended", "acceptance_requested", "findings_raised", "rectified", "established"],
     "established"),
    ("centre", [*TO_OPERATION, "assessment_opened", "assessment_passed"], "operating"),
    ("centre", [*TO_OPERATION, "review_began", "review_failed", "rectification_closed"], "operating"),
    ("centre", [*TO_OPERATION, "review_began", "review_failed", "revoked"], "revoked"),
    ("centre", [*TO_OPERATION, "renamed_merged"], "renamed_merged"),
    ("centre", ["taken_up", "withdrawn"], "withdrawn"),
    ("rectification", ["opened", "planned", "submitted", "returned", "submitted", "closed"], "closed"),
    ("annual_assessment", ["reported", "returned", "reported", "passed"], "passed"),
    ("periodic_review", ["called", "extended", "reported", "review_opened", "passed"], "passed"),
    ("candidate", ["found", "nurturing_began", "progress_noted", "ripened", "recommended"], "recommended"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "acts", "end"), PATHS, ids=[f"{p[0]}-{p[1][-1]}" for p in PATHS])
def test_each_path_can_be_walked(name: str, acts: list[str], end: str) -> None:
    rules = procedure("suyuan.centre", name)
    matter = walk(rules, acts)
    stands = standing(rules, matter, matter.events[-1].time)
    assert stands.state.name == end
    assert {item.severity for item in stands.findings} <= {"note"}


def test_every_guard_of_the_rules_has_a_check() -> None:
    wanted = {guard for name in PROCEDURES for step in procedure("suyuan.centre", name).steps for guard in step.guards}
    assert wanted == set(GUARDS)


def test_every_step_and_deadline_is_proposed_or_from_memory_with_a_source() -> None:
    for name in PROCEDURES:
        for step in procedure("suyuan.centre", name).steps:
            assert step.source and step.status in ("proposed", "from memory"), step.act


def test_out_of_order_and_unknown_guards_are_refused() -> None:
    rules = procedure("suyuan.centre", "centre")
    with pytest.raises(Refused) as refused:
        walk(rules, ["taken_up", "established"])
    assert [f.code for f in refused.value.findings] == ["procedure.step.order"]
    for guard, acts in (
        ("gates_passed", TO_PREPARATION),
        ("reviewers_free", TO_PREPARATION),
        ("findings_closed", TO_OPERATION),
    ):
        with pytest.raises(Refused) as refused:
            walk(rules, acts, guard)
        assert "procedure.guard.unknown" in {f.code for f in refused.value.findings}


def test_every_overdue_stay_is_seen() -> None:
    rules = procedure("suyuan.centre", "rectification")
    matter = walk(rules, ["opened", "planned"])
    stands = standing(rules, matter, matter.events[-1].time + timedelta(days=100))
    assert stands.overdue == 10 and stands.keeper == "host"
