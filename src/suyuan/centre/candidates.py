"""The pipeline of candidates: «find one, nurture one; when one is ripe, recommend one».

Readiness is what the scorecard says: gates, the interval of the total, what is missing. Only a candidate of which every
gate is known to be passed is recommended, however high its score. A gate that reviewers judge is asked for later, since
a review follows a recommendation: while unknown it is listed and does not hold the candidate up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from suyuan.centre.funds import limit
from suyuan.centre.guideline import Gate, Indicator
from suyuan.centre.scorecard import Row, Scorecard, Scorecards

Stage = Literal["recommend", "nearly", "nurture"]
OPEN = 50.0
"""Per cent of the score that are open where a candidate is not placed before known ones: our own proposal."""
LEAST = 60.0
"""Least score in per cent where the guideline gives none: our own proposal."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What a candidate lacks. kind: a gate that is not passed, one that is not known, an indicator without evidence, or
    one that is known and low; points: what it could still bring to the total."""

    kind: Literal["gate_failed", "gate_unknown", "unknown", "low"]
    row: Gate | Indicator
    points: float = 0.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """One candidate. stage: recommend (all gates passed that evidence can answer, none failed, lower end of the
    score at least the limit), nearly (no gate failed, upper end at least the limit), nurture; low, high: of the score
    in per cent; missing: gates first, then by what they could bring."""

    centre: str
    stage: Stage
    low: float
    high: float
    gates_passed: int
    gates: int
    missing: tuple[Missing, ...]
    card: Scorecard

    @property
    def known(self) -> bool:
        """Whether enough is known to place it: some gate is passed or failed, or less than half of the score is open.

        One of which nearly nothing is known has a high upper end for that very reason.
        """
        return self.high - self.low < OPEN or any(g.passed is not None for g in self.card.gates)


def readiness(cards: Scorecards) -> tuple[Readiness, ...]:
    """All candidates, the ripest first; those of which nearly nothing is known last."""
    least = limit(cards.guideline, "candidate_least", LEAST)
    rows = [_ready(cards.card(centre), least) for centre in cards.centres]
    order: dict[Stage, int] = {"recommend": 0, "nearly": 1, "nurture": 2}
    return tuple(sorted(rows, key=lambda r: (not r.known, order[r.stage], -r.gates_passed, -r.low, -r.high, r.centre)))


def _ready(card: Scorecard, least: float) -> Readiness:
    low, high = (100.0 * end / card.total if card.total else 0.0 for end in (card.low, card.high))
    stage: Stage = "nurture"
    shown = [g.passed for g in card.gates if g.passed is not None or g.gate.rule is not None or g.gate.document]
    if all(passed is True for passed in shown) and low >= least:
        stage = "recommend"
    elif False not in shown and high >= least:
        stage = "nearly"
    passed = sum(gate.passed is True for gate in card.gates)
    return Readiness(card.centre, stage, low, high, passed, len(card.gates), _missing(card), card)


def _missing(card: Scorecard) -> tuple[Missing, ...]:
    gates = [Missing("gate_failed", g.gate) for g in card.gates if g.passed is False]
    gates += [Missing("gate_unknown", g.gate) for g in card.gates if g.passed is None]
    rows = [Missing("unknown" if row.unknown else "low", row.indicator, _open(row)) for row in card.rows]
    return (*gates, *sorted((row for row in rows if row.points > 1e-9), key=lambda row: -row.points))


def _open(row: Row) -> float:
    return row.indicator.weight * (1.0 - row.score_low)
