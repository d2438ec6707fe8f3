"""Teams of a contest: marks and places by the published rule of the rubric; without one there are no teams.

A team is what persons named when they enrolled: an organisation or a name of their own. Its mark is the mean or the sum
of the totals of its members, of all or of the best of them. A total that is an interval makes the mark one; places go
by its lower end, as those of persons do. A team with fewer members than the rule asks for has a mark and no place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from suyuan.talent.contest.marks import PersonMarks
from suyuan.talent.contest.rubric import TeamRule


@dataclass(frozen=True, slots=True)
class TeamPlace:
    """A team. rank: None where it has too few members; members: all, the best first; counted: those whose totals make
    the mark; low, high: of the mark."""

    rank: int | None
    team: str
    members: tuple[str, ...]
    counted: tuple[str, ...]
    low: float
    high: float


def team_places(
    marked: Sequence[PersonMarks], teams: Mapping[str, str], rule: TeamRule | None
) -> tuple[TeamPlace, ...]:
    """The teams in order, equals sharing a place (1, 2, 2, 4); those without a place last; () without a rule.

    teams: person → team; who named none is in no team.

    >>> given = [PersonMarks(p, {}, low, low, None) for p, low in (("a", 90), ("b", 70), ("c", 80), ("d", 79), ("e", 99))]
    >>> named = {"a": "甲队", "b": "甲队", "c": "乙队", "d": "乙队", "e": "丙队"}
    >>> [(t.rank, t.team, t.low) for t in team_places(given, named, TeamRule("mean"))]
    [(1, '甲队', 80.0), (2, '乙队', 79.5), (None, '丙队', 99.0)]
    """  # noqa: E501
    if rule is None:
        return ()
    groups: dict[str, list[PersonMarks]] = {}
    for one in marked:
        if teams.get(one.person):
            groups.setdefault(teams[one.person], []).append(one)
    found = [_team(name, held, rule) for name, held in groups.items()]
    lows = {one.person: one.low for one in marked}

    def measure(team: TeamPlace) -> tuple[float, ...]:
        best = (round(lows[team.members[0]], 6),) if rule.ties == "best_member" else ()
        return (round(team.low, 6), *best)

    ordered = sorted(found, key=lambda t: (*(-x for x in measure(t)), t.team))
    places: list[TeamPlace] = []
    for team in ordered:
        if len(team.members) >= rule.least:
            same = bool(places) and measure(places[-1]) == measure(team)
            places.append(replace(team, rank=places[-1].rank if same else 1 + len(places)))
    return (*places, *(team for team in ordered if len(team.members) < rule.least))


def _team(name: str, held: Sequence[PersonMarks], rule: TeamRule) -> TeamPlace:
    ordered = sorted(held, key=lambda one: (-one.low, one.person))
    count = min(rule.best or len(ordered), len(ordered))
    low = sum(sorted((one.low for one in held), reverse=True)[:count])
    high = sum(sorted((one.high for one in held), reverse=True)[:count])
    share = count if rule.mark == "mean" else 1
    persons = tuple(one.person for one in ordered)
    return TeamPlace(None, name, persons, persons[:count], low / share, high / share)
