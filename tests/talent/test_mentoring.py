"""Who failed is paired with who can do it elsewhere; leaders have work behind their name."""

from __future__ import annotations

from datetime import UTC, date, datetime

from suyuan.comparison.round.help_plan import HelpPlan
from suyuan.procedure.matter import Event, Matter
from suyuan.quantity.finding import LANGUAGES, sentences
from suyuan.talent.leader import profile, profiles
from suyuan.talent.mentoring import pairs
from tests.talent.made import DAY, LAB, OTHER, granted, outcome, person, records, shown, unit

THIRD = {"zh": "演示丙所"}
PASSED = date(2026, 3, 1)


def test_an_expert_passed_elsewhere_and_help_is_spread() -> None:
    failed = tuple(outcome("unsatisfactory", PASSED, member=f"L{n}", score=2.0 - 0.1 * n) for n in range(2))
    good = tuple(
        outcome("satisfactory", PASSED, p, laboratory=lab, member=p)
        for p, lab in (("P-2", LAB), ("P-3", OTHER), ("P-4", THIRD))
    )
    known = records(person(), person("P-2", "演示乙"), person("P-3", "演示丁", OTHER), person("P-4", "演示戊", THIRD),
                    unit(), outcomes=(*failed, *good))  # fmt: skip
    found = pairs(known, (*failed, *good), DAY)
    assert [p.outcome.score for p in found] == [2.0, 1.9]
    assert [p.person for p in found] == ["P-1", "P-1"]
    assert {e.person for e in found[0].experts} == {"P-3", "P-4"}
    assert {p.mentor for p in found} == {"P-3", "P-4"}
    assert [p.follow for p in found] == ["none", "none"]


def test_passed_and_authorised_comes_before_passed_before_an_assessor() -> None:
    failed = outcome("unsatisfactory", PASSED)
    good = tuple(outcome("satisfactory", PASSED, p, laboratory=OTHER, member=p) for p in ("P-2", "P-3"))
    known = records(
        person(), *(person(f"P-{n}", f"演示{n}", OTHER) for n in (2, 3, 4, 5)), unit(), unit("U-2", activity="assess"),
        granted("A-3", "P-3", laboratory=OTHER), granted("A-4", "P-4", "U-2", laboratory=OTHER),
        granted("A-5", "P-5", "U-2", laboratory=OTHER, valid_until=date(2026, 5, 1)), outcomes=(failed, *good),
    )  # fmt: skip
    (found,) = pairs(known, (failed, *good), DAY)
    assert [e.person for e in found.experts] == ["P-3", "P-2", "P-4"] and found.mentor == "P-3"


def test_who_failed_too_or_left_helps_nobody_and_that_is_told() -> None:
    failed = (
        outcome("unsatisfactory", PASSED),
        outcome("unsatisfactory", PASSED, "P-2", laboratory=OTHER, member="L2"),
    )
    good = (outcome("satisfactory", date(2025, 3, 1), "P-2", laboratory=OTHER),
            outcome("satisfactory", PASSED, "P-3", laboratory=OTHER, member="L3"))  # fmt: skip
    known = records(person(), person("P-2", "演示乙", OTHER), person("P-3", "演示丙", OTHER, employed_until=PASSED),
                    unit(), outcomes=(*failed, *good))  # fmt: skip
    found = pairs(known, (*failed, *good), DAY)
    assert [(p.experts, p.mentor) for p in found] == [((), None)] * 2
    for told in (f for p in found for f in p.found):
        assert told.code == "talent.mentoring.nobody"
        assert all("?" not in "".join(sentences(told, language).values()) for language in LANGUAGES)


def test_the_help_plan_of_the_round_is_followed_and_a_remedied_failure_is_gone() -> None:
    failed = outcome("unsatisfactory", PASSED)
    known = records(person(), person("P-3", "演示丙", OTHER), unit(), outcomes=(failed,))
    plan = HelpPlan("L1", "gb50", "演示丙", PASSED, ("温度未稳定",), ("改恒温时间",))
    (found,) = pairs(known, (failed,), DAY, {("演示比对-1", "L1", "gb50"): plan})
    assert (found.follow, found.mentor) == ("action", "P-3")
    assert pairs(known, (outcome("unsatisfactory", PASSED, remedied=date(2026, 5, 1)),), DAY) == ()


def research(number: str, organisation: dict[str, str], **roles: tuple[str, ...]) -> Matter:
    began = Event("proposed", datetime(2026, 2, 1, tzinfo=UTC), "x", "leader")
    return Matter("research", number, {"zh": "演示课题"}, organisation, roles=roles, events=(began,))


def test_what_stands_behind_a_name() -> None:
    known = records(
        person(leader=True, account="demo-1"), person("P-2", "演示乙", leader=True), person("P-3", "演示丙"),
        unit("U-T", activity="teach"), granted("A-T", "P-1", "U-T"),
        shown("E-1", "paper", document="a" * 64), shown("E-2", "project", date(2026, 7, 1)), 
        shown("E-3", "project", good=False), shown("E-4", "paper", person="P-3"),
    )  # fmt: skip
    matters = (research("N-1", OTHER, leader=("demo-1",)), research("N-2", OTHER, leader=("演示甲",)),
               research("N-3", LAB, leader=("演示甲",), office=("演示丙",)))  # fmt: skip
    found = profile(known, matters, "P-1", DAY)
    assert [w.address for w in found.works] == ["research/N-3", "research/N-1", "evidence/E-1"]
    assert (found.leader, found.teaches, found.number("paper"), found.number("research")) == (True, 1, 1, 2)
    everybody = profiles(known, matters, DAY)
    assert [p.person for p in everybody] == ["P-1", "P-2", "P-3"]
    assert [f.code for p in everybody for f in p.found] == ["talent.leader.nothing", "talent.leader.unproven"]
