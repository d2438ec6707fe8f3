"""Teams: marks and places by a published rule, from the events alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.talent.contest.test_marks import EMPTY, PUBLISHED, SEED, answered, finished, step

from suyuan.quantity.finding import LANGUAGES, sentences
from suyuan.talent.contest.marks import PersonMarks
from suyuan.talent.contest.rubric import TeamRule, from_fields, rubrics
from suyuan.talent.contest.teams import team_places
from suyuan.verbs.people.contest import results


def persons(**totals: float | tuple[float, float]) -> list[PersonMarks]:
    ends = {p: t if isinstance(t, tuple) else (t, t) for p, t in totals.items()}
    return [PersonMarks(p, {}, low, high, None) for p, (low, high) in ends.items()]


TEAMS = {"a": "甲", "b": "甲", "c": "甲", "d": "乙", "e": "乙", "f": "丙"}


def test_mean_sum_and_the_best_members() -> None:
    given = persons(a=90, b=60, c=30, d=70, e=(66, 96), f=100, x=99)
    mean = team_places(given, TEAMS, TeamRule("mean"))
    assert [(t.rank, t.team, t.low, t.high) for t in mean] == [
        (1, "乙", 68.0, 83.0), (2, "甲", 60.0, 60.0), (None, "丙", 100.0, 100.0)
    ]  # fmt: skip
    assert mean[1].members == ("a", "b", "c")
    total = team_places(given, TEAMS, TeamRule("sum"))
    assert [(t.rank, t.team, t.low) for t in total] == [(1, "甲", 180.0), (2, "乙", 136.0), (None, "丙", 100.0)]
    best = team_places(given, TEAMS, TeamRule("mean", best=1, least=1))
    assert [(t.rank, t.team, t.counted) for t in best] == [(1, "丙", ("f",)), (2, "甲", ("a",)), (3, "乙", ("d",))]


def test_equals_share_a_place_or_the_best_member_decides() -> None:
    given = persons(a=80, b=60, d=70, e=70, f=50)
    teams = {"a": "甲", "b": "甲", "d": "乙", "e": "乙", "f": "丙"}
    shared = team_places(given, teams, TeamRule("mean", least=1))
    assert [(t.rank, t.team) for t in shared] == [(1, "乙"), (1, "甲"), (3, "丙")]
    decided = team_places(given, teams, TeamRule("mean", least=1, ties="best_member"))
    assert [(t.rank, t.team) for t in decided] == [(1, "甲"), (2, "乙"), (3, "丙")]


def test_the_rule_stands_in_the_rubric_and_changes_its_digest_only_where_it_is() -> None:
    plain = rubrics()["general"]
    assert "team" not in plain.fields()
    ruled = replace(plain, team=TeamRule("sum", 3, 2, "best_member"))
    again, found = from_fields(ruled.fields())
    assert again == ruled and found == () and ruled.digest != plain.digest


@pytest.mark.parametrize(
    ("rule", "name"),
    [("median", "mark"), ({"mark": "mean", "best": "-1"}, "best"), ({"least": "0"}, "least"), ({"ties": "x"}, "ties")],
)
def test_a_rule_that_cannot_be_is_told(rule: object, name: str) -> None:
    made, found = from_fields(rubrics()["general"].fields() | {"team": rule})
    assert made is None and [(f.code, f.where) for f in found] == [("contest.rubric.team", f"/team/{name}")]
    for language in LANGUAGES:
        assert "?" not in "".join(sentences(found[0], language).values())


def test_a_contest_with_teams_is_computed_from_its_events() -> None:
    """The same marks with and without teams; a team is named at enrolment, by the organiser for others too."""
    rubric = replace(rubrics()["general"], team=TeamRule("mean"))
    given = PUBLISHED | {"rubric": rubric.fields(), "rubric_digest": rubric.digest}
    matter = step(EMPTY, "published", "organiser", "organiser", **given)
    matter = step(matter, "enrolled", "Li", "contestant", team=" 演示 甲队 ")
    matter = step(matter, "enrolled", "organiser", "organiser", person="Wang", team="演示 甲队")
    matter = step(matter, "enrolled", "Zhao", "contestant")
    matter = step(matter, "started", "organiser", "organiser")
    for person in ("Li", "Wang", "Zhao"):
        matter = answered(matter, person)
    matter = step(matter, "closed", "organiser", "organiser")
    found = results(step(matter, "revealed", "organiser", "organiser", seed=SEED.hex()))
    low = {one.marks.person: one.marks.low for one in found.ranked}
    assert [(t.rank, t.team, t.members, t.low) for t in found.teams] == [
        (1, "演示 甲队", ("Li", "Wang"), pytest.approx((low["Li"] + low["Wang"]) / 2))
    ]
    assert found.to_json()["teams"][0]["team"] == "演示 甲队"
    assert results(finished()).teams == () and "teams" not in results(finished()).to_json()
