"""Witnessed practice: two sheets, mandatory steps, agreement, what nobody saw."""

from __future__ import annotations

from typing import Any

import pytest

from suyuan.talent.contest.witnessed import Sheet, assess, checklists, read_sheet

STEPS = [step.id for step in checklists()["pressure_gauge"].steps]


def sheet(assessor: str = "A", **change: Any) -> Sheet:
    given: dict[str, Any] = {
        "person": "Li", "assessor": assessor, "checklist": "pressure_gauge", "serial": "S-1", "certificate": "C-1",
        "shares": dict.fromkeys(STEPS, 1),
    }  # fmt: skip
    for key, value in change.items():
        if key in given:
            given[key] = value
        else:
            given["shares"][key] = value
    made, _ = read_sheet(given)
    assert made is not None
    return made


def test_every_checklist_adds_to_a_hundred_and_has_mandatory_steps() -> None:
    for checklist in checklists().values():
        assert sum(step.weight for step in checklist.steps) == 100.0
        assert any(step.mandatory for step in checklist.steps) and checklist.status == "proposed"


def test_two_assessors_who_agree() -> None:
    found = assess([sheet("A"), sheet("B")])
    assert (found.low, found.high, found.passed, found.agreement) == (1.0, 1.0, True, 1.0)
    assert found.kappa is None and not found.findings  # nothing was ever not done: chance alone agrees


def test_a_mandatory_step_that_one_assessor_fails_fails_the_whole() -> None:
    found = assess([sheet("A"), sheet("B", leak=0)])
    assert found.failed == ("leak",) and found.passed is False and found.apart == ("leak",)
    assert found.low == pytest.approx(0.95)


def test_a_step_that_nobody_saw_is_unknown() -> None:
    shares = {name: 1 for name in STEPS if name != "rise"}
    found = assess([sheet("A", shares=shares), sheet("B", shares=shares)])
    assert found.unseen == ("rise",) and found.low == pytest.approx(0.85) and found.high == pytest.approx(1.0)


def test_a_mandatory_step_that_nobody_saw_leaves_it_open() -> None:
    shares = {name: 1 for name in STEPS if name != "leak"}
    found = assess([sheet("A", shares=shares), sheet("B", shares=shares)])
    assert found.passed is None and found.unseen_mandatory == ("leak",)


def test_sheets_that_do_not_go_together() -> None:
    codes = {f.code for f in assess([sheet("A"), sheet("A"), sheet("B", serial="S-2")]).findings}
    assert codes == {"contest.practice.sheet", "contest.practice.item"}
    assert {f.code for f in assess([sheet("A")]).findings} == {"contest.practice.alone"}
    assert assess([]).passed is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"checklist": "nothing"}, "contest.practice.checklist"),
        ({"assessor": "Li"}, "contest.practice.self"),
        ({"serial": ""}, "typed.field.missing"),
        ({"shares": {"leak": 3}}, "contest.practice.share"),
        ({"shares": {"dance": 1}}, "contest.practice.share"),
    ],
)
def test_bad_sheets(change: dict[str, Any], code: str) -> None:
    given = {
        "person": "Li", "assessor": "A", "checklist": "pressure_gauge", "serial": "S-1", "certificate": "C-1",
        "shares": {"leak": 1},
    }  # fmt: skip
    made, found = read_sheet(given | change)
    assert code in {f.code for f in found}
    assert (made is None) == (code in ("contest.practice.checklist", "contest.practice.self"))
