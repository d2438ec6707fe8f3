"""The rubric: how marks are given, as data that is published before any answer is taken.

Its digest stands in the opening event of a contest; marks under another rubric are refused. The rubric of the house is
our own proposal and official nowhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from suyuan.certificate.certificate import Text
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Finding, finding
from suyuan.quantity.table import load

GRADING = "1"
"""Version of the grading rules in code (shares of parts, partial credit, U_max, patterns: `docs/contest.md`). It stands
in the rubric, so that marks given under other rules are told."""
PARTS = ("theory", "practice", "data")
ITEM_PARTS = ("value", "uncertainty", "k", "decision", "extra", "rounding", "budget")


TEAM_MARKS = ("mean", "sum")
TEAM_TIES = ("shared", "best_member")


@dataclass(frozen=True, slots=True)
class TeamRule:
    """How teams are ranked. mark: «mean» or «sum» of the totals of members; best: how many of the best members count,
    0 for all; least: members that a team must have to be ranked; ties: whether equals share a place or the better best
    member decides."""

    mark: str = "mean"
    best: int = 0
    least: int = 2
    ties: str = "shared"

    def fields(self) -> dict[str, Any]:
        """The rule as it stands in the rubric."""
        return {"mark": self.mark, "best": self.best, "least": self.least, "ties": self.ties}


@dataclass(frozen=True, slots=True)
class Rubric:
    """name, version; parts: theory, practice, data → weight; item: part of a data task → weight (parts that a task does
    not ask for are left out); ties: parts that decide between equal totals, in order; pass_mark: of the total of 100,
    None where nobody passes or fails; status: of the rule; grading: version of the rules that a part is graded by;
    team: how teams are ranked, None where persons alone are."""

    name: str
    version: str
    title: Text
    parts: Mapping[str, float]
    item: Mapping[str, float]
    ties: tuple[str, ...]
    pass_mark: float | None
    source: str
    status: str
    grading: str = GRADING
    team: TeamRule | None = None

    def fields(self) -> dict[str, Any]:
        """The rubric as the fields of its document."""
        return {
            "name": self.name, "version": self.version, "title": dict(self.title), "parts": dict(self.parts),
            "item": dict(self.item), "ties": list(self.ties), "pass_mark": self.pass_mark, "source": self.source,
            "status": self.status, "grading": self.grading, **({"team": self.team.fields()} if self.team else {}),
        }  # fmt: skip

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form, by which an opening event names the rubric."""
        return hashlib.sha256(canonical(self.fields())).hexdigest()


def from_fields(row: Mapping[str, Any]) -> tuple[Rubric | None, tuple[Finding, ...]]:
    """A rubric from the fields of its document; None with findings for weights that are none or parts unknown."""
    found: list[Finding] = []
    weights: dict[str, dict[str, float]] = {}
    for key, known in (("parts", PARTS), ("item", ITEM_PARTS)):
        given = row.get(key)
        weights[key] = {}
        for name, weight in (given if isinstance(given, Mapping) else {}).items():
            size = _weight(weight)
            if name not in known or size is None:
                found.append(finding("contest.rubric.weight", f"/{key}/{name}", name=name, given=str(weight)[:40],
                                     known=", ".join(known)))  # fmt: skip
            else:
                weights[key][name] = size
        if not sum(weights[key].values()) > 0.0:
            found.append(finding("contest.rubric.weight", f"/{key}", name=key, given="—", known=", ".join(known)))
    given = row.get("ties", ())
    ties = tuple(str(name) for name in given) if isinstance(given, (list, tuple)) else ("?",)
    for name in ties:
        if name not in PARTS:
            found.append(finding("contest.rubric.weight", "/ties", name=name, given="—", known=", ".join(PARTS)))
    grading = str(row.get("grading", GRADING))
    if grading != GRADING:
        found.append(finding("contest.rubric.grading", "/grading", given=grading[:20], known=GRADING))
    team, wrong = _team(row.get("team"))
    found += wrong
    if found:
        return None, tuple(found)
    mark, title = _weight(row.get("pass_mark")), row.get("title", {})
    return Rubric(
        str(row.get("name", "")), str(row.get("version", "")), title if isinstance(title, Mapping) else {},
        weights["parts"], weights["item"], ties, mark, str(row.get("source", "")), str(row.get("status", "proposed")),
        team=team,
    ), ()  # fmt: skip


def _team(given: Any) -> tuple[TeamRule | None, list[Finding]]:
    """The rule for teams, None where there is none; findings for a word or a number that cannot be."""
    if given in (None, "", {}):
        return None, []
    row = given if isinstance(given, Mapping) else {"mark": given}
    mark, ties = str(row.get("mark", "mean")), str(row.get("ties", "shared"))
    best, least = _whole(row.get("best", 0)), _whole(row.get("least", 2))
    faults = [
        *([("mark", mark, ", ".join(TEAM_MARKS))] if mark not in TEAM_MARKS else []),
        *([("ties", ties, ", ".join(TEAM_TIES))] if ties not in TEAM_TIES else []),
        *([("best", row.get("best"), "0…99")] if best is None else []),
        *([("least", row.get("least"), "1…99")] if not least else []),
    ]
    found = [finding("contest.rubric.team", f"/team/{name}", name=name, given=str(value)[:40], known=known)
             for name, value, known in faults]  # fmt: skip
    return (None if found else TeamRule(mark, best or 0, least or 1, ties)), found


def _whole(value: Any) -> int | None:
    """A whole number from 0 to 99, or None."""
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and int(text) < 100 else None


def _weight(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        size = float(value)
    except (TypeError, ValueError):
        return None
    return size if 0.0 <= size < 1e6 else None


@cache
def rubrics() -> Mapping[str, Rubric]:
    """The rubrics of the house by name.

    >>> sum(rubrics()["general"].parts.values()), rubrics()["general"].status
    (100.0, 'proposed')
    """
    made = (from_fields(row)[0] for row in load("suyuan.talent.contest", "rubric.rubrics"))
    return {rubric.name: rubric for rubric in made if rubric is not None}
