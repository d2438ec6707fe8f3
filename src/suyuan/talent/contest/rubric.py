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


@dataclass(frozen=True, slots=True)
class Rubric:
    """name, version; parts: theory, practice, data → weight; item: part of a data task → weight (parts that a task does
    not ask for are left out); ties: parts that decide between equal totals, in order; pass_mark: of the total of 100,
    None where nobody passes or fails; status: of the rule; grading: version of the rules that a part is graded by."""

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

    def fields(self) -> dict[str, Any]:
        """The rubric as the fields of its document."""
        return {
            "name": self.name, "version": self.version, "title": dict(self.title), "parts": dict(self.parts),
            "item": dict(self.item), "ties": list(self.ties), "pass_mark": self.pass_mark, "source": self.source,
            "status": self.status, "grading": self.grading,
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
    if found:
        return None, tuple(found)
    mark, title = _weight(row.get("pass_mark")), row.get("title", {})
    return Rubric(
        str(row.get("name", "")), str(row.get("version", "")), title if isinstance(title, Mapping) else {},
        weights["parts"], weights["item"], ties, mark, str(row.get("source", "")), str(row.get("status", "proposed")),
    ), ()  # fmt: skip


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
