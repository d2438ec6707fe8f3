"""The same centre under two versions of a guideline, or on two days: what changed in the score, and why.

Between the two cards each indicator's points change by its weight, its curve, its value or because it is new or gone;
the parts sum to the whole change, so nothing is left unexplained.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from suyuan.centre.guideline import Gate
from suyuan.centre.scorecard import GateRow, Row, Scorecard

Why = Literal["added", "removed", "rule", "curve", "weight", "value", "judged", "same"]


@dataclass(frozen=True, slots=True)
class Change:
    """One indicator. before, after: its points (low, high), None where the version does not have it; why: reasons, the
    first one first; by_weight, by_score: parts of the change of the middle of its points, which sum to it."""

    id: str
    why: tuple[Why, ...]
    before: Row | None
    after: Row | None
    by_weight: float
    by_score: float

    @property
    def change(self) -> float:
        """Change of the middle of the points, each as a share of its card's total times 100."""
        return self.by_weight + self.by_score


@dataclass(frozen=True, slots=True)
class GateChange:
    """A gate whose limit, rule or answer is another, or that only one version has."""

    id: str
    before: GateRow | None
    after: GateRow | None
    limit_changed: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """before, after: the cards; changes: indicator by indicator, in the order of the later one, gone ones last; gates:
    those that differ; change: of the middle of the total, in per cent of the full score."""

    before: Scorecard
    after: Scorecard
    changes: tuple[Change, ...]
    gates: tuple[GateChange, ...]

    @property
    def change(self) -> float:
        return _middle(self.after) - _middle(self.before)


def compare(before: Scorecard, after: Scorecard) -> Comparison:
    """What changed between two cards of one centre.

    With p = 100·w/Σw and s the middle of the score: p₂s₂ − p₁s₁ = (p₂ − p₁)·(s₁ + s₂)/2 + (s₂ − s₁)·(p₁ + p₂)/2, the
    part of the weight and the part of the score. Raises ValueError for cards of two centres.
    """
    if before.centre != after.centre:
        raise ValueError(f"cards of {before.centre} and of {after.centre}")
    old, new = ({row.indicator.id: row for row in card.rows} for card in (before, after))
    ids = dict.fromkeys((*new, *old))
    changes = tuple(_change(id, old.get(id), new.get(id), before.total, after.total) for id in ids)
    return Comparison(before, after, changes, tuple(_gates(before, after)))


def _change(id: str, old: Row | None, new: Row | None, old_total: float, new_total: float) -> Change:
    p1, s1 = _part(old, old_total)
    p2, s2 = _part(new, new_total)
    if old is None or new is None:
        return Change(id, ("removed" if new is None else "added",), old, new, p2 * s2 - p1 * s1, 0.0)
    why: list[Why] = []
    if old.indicator.rule != new.indicator.rule:
        why.append("judged" if None in (old.indicator.rule, new.indicator.rule) else "rule")
    if old.indicator.curve != new.indicator.curve:
        why.append("curve")
    if abs(p1 - p2) > 1e-12:
        why.append("weight")
    if (old.low, old.high, old.unknown) != (new.low, new.high, new.unknown):
        why.append("value")
    return Change(id, tuple(why) or ("same",), old, new, (p2 - p1) * (s1 + s2) / 2.0, (s2 - s1) * (p1 + p2) / 2.0)


def _part(row: Row | None, total: float) -> tuple[float, float]:
    if row is None or not total:
        return 0.0, 0.0
    return 100.0 * row.indicator.weight / total, (row.score_low + row.score_high) / 2.0


def _middle(card: Scorecard) -> float:
    return 50.0 * (card.low + card.high) / card.total if card.total else 0.0


def _gates(before: Scorecard, after: Scorecard) -> list[GateChange]:
    old, new = ({row.gate.id: row for row in card.gates} for card in (before, after))
    found = []
    for id in dict.fromkeys((*new, *old)):
        first, second = old.get(id), new.get(id)
        if first is None or second is None:
            found.append(GateChange(id, first, second, True))
        elif _limit(first.gate) != _limit(second.gate) or first.passed != second.passed:
            found.append(GateChange(id, first, second, _limit(first.gate) != _limit(second.gate)))
    return found


def _limit(gate: Gate) -> tuple[object, ...]:
    return gate.rule, gate.least, gate.most, gate.document
