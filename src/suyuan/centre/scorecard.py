"""Scorecards of all centres at once: values, scores by curve, totals as intervals, gates; each opens down to its facts.

    total ∈ [Σ w·s_low, Σ w·s_high],  s = 0 … 1 where unknown

What is not known stands apart, never as zero and never as full. A gate that is not passed says so beside the total and
takes nothing from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from numpy.typing import NDArray

from suyuan.centre.columns import BAD, GOOD, UNKNOWN, FactColumns
from suyuan.centre.guideline import Condition, Gate, Guideline, Indicator, Rule
from suyuan.centre.measure import Floats, Measured, chosen, measured, paired
from suyuan.certificate.certificate import Text


@dataclass(frozen=True, slots=True)
class Judgement:
    """What reviewers say of one judged indicator or gate. mean: of their scores, 0 to 1; spread: standard deviation
    between them, None for fewer than two; reviewers: how many, without those in conflict."""

    mean: float
    spread: float | None = None
    reviewers: int = 1


Judgements = Mapping[tuple[str, str], Judgement]
"""(centre, id of indicator or gate) → what the reviewers say."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a score was computed from: enough to compute it again and to see that it is the same."""

    guideline: str
    version: str
    guideline_digest: str
    day: date
    inputs: str
    code: str


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator of one centre. low, high: interval of the value; score_low, score_high; unknown: nothing is known
    of it; facts: how many were looked at; spread: between reviewers, in score."""

    indicator: Indicator
    condition: str
    low: float
    high: float
    score_low: float
    score_high: float
    unknown: bool
    facts: int
    spread: float | None = None

    @property
    def points(self) -> tuple[float, float]:
        """What it brings to the total."""
        return self.indicator.weight * self.score_low, self.indicator.weight * self.score_high


@dataclass(frozen=True, slots=True)
class GateRow:
    """One gate of one centre. passed: None where it is not known; low, high: of its value, NaN where it has none."""

    gate: Gate
    passed: bool | None
    low: float
    high: float
    facts: int


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One centre's card. low, high: of the total, in points of `total`; conditions: id → (low, high, of how much);
    spread: of the total between reviewers, in points, None where nobody judged."""

    centre: str
    low: float
    high: float
    total: float
    rows: tuple[Row, ...]
    gates: tuple[GateRow, ...]
    conditions: Mapping[str, tuple[float, float, float]]
    provenance: Provenance
    spread: float | None = None

    @property
    def unknown(self) -> tuple[Row, ...]:
        """The indicators of which nothing is known, listed apart."""
        return tuple(row for row in self.rows if row.unknown)

    @property
    def passed(self) -> bool | None:
        """Whether all gates are passed: False if one is not, None if one is not known."""
        states = [gate.passed for gate in self.gates]
        return False if False in states else None if None in states else True

    def row(self, indicator: str) -> Row | None:
        """The row of an indicator."""
        return next((row for row in self.rows if row.indicator.id == indicator), None)


@dataclass(frozen=True)
class Scorecards:
    """c centres by i indicators and g gates.

    low, high: values (c, i); score_low, score_high: scores (c, i), 0 and 1 where unknown; facts: looked at (c, i);
    spread: between reviewers (c, i), NaN where not judged; gates: 1 passed, 0 failed, −1 unknown (c, g); gate_low,
    gate_high, gate_facts: their values (c, g).
    """

    guideline: Guideline
    day: date
    columns: FactColumns
    low: Floats
    high: Floats
    score_low: Floats
    score_high: Floats
    unknown: NDArray[np.bool_]
    facts: NDArray[np.int64]
    spread: Floats
    gates: NDArray[np.int8]
    gate_low: Floats
    gate_high: Floats
    gate_facts: NDArray[np.int64]
    judgements: Judgements = field(default_factory=dict)

    @property
    def centres(self) -> tuple[str, ...]:
        return self.columns.centres

    @cached_property
    def indicators(self) -> tuple[Indicator, ...]:
        """In the order of the columns of the tables."""
        return indicators(self.guideline)

    @cached_property
    def weights(self) -> Floats:
        """(i,)"""
        return np.array([indicator.weight for indicator in self.indicators], float)

    @cached_property
    def total(self) -> tuple[Floats, Floats]:
        """Lower and upper ends of the totals (c,), in points of the sum of weights."""
        return self.score_low @ self.weights, self.score_high @ self.weights

    @cached_property
    def provenance(self) -> Provenance:
        """The digest of the inputs is worked out when somebody asks."""
        judged = "".join(f"\0{c}\0{i}\0{j}" for (c, i), j in sorted(self.judgements.items()))
        inputs = self.columns.digest + (f"+{_digest(judged)}" if judged else "")
        return Provenance(
            self.guideline.number, self.guideline.version, self.guideline.digest, self.day, inputs, code_version()
        )

    def card(self, centre: str) -> Scorecard:
        """One centre's card. Raises KeyError for a centre that has none."""
        if centre not in self.centres:
            raise KeyError(centre)
        at = self.centres.index(centre)
        of = [condition.id for condition in self.guideline.conditions for _ in condition.indicators]
        rows = tuple(
            Row(
                indicator, of[i], float(self.low[at, i]), float(self.high[at, i]), float(self.score_low[at, i]),
                float(self.score_high[at, i]), bool(self.unknown[at, i]), int(self.facts[at, i]),
                None if np.isnan(self.spread[at, i]) else float(self.spread[at, i]),
            )
            for i, indicator in enumerate(self.indicators)
        )  # fmt: skip
        gates = tuple(
            GateRow(
                gate, None if self.gates[at, g] == UNKNOWN else bool(self.gates[at, g]), float(self.gate_low[at, g]),
                float(self.gate_high[at, g]), int(self.gate_facts[at, g]),
            )
            for g, gate in enumerate(self.guideline.gates)
        )  # fmt: skip
        squares = [(row.indicator.weight * row.spread) ** 2 for row in rows if row.spread is not None]
        return Scorecard(
            centre, float(self.total[0][at]), float(self.total[1][at]), float(self.weights.sum()), rows, gates,
            {c.id: _condition(rows, c.id) for c in self.guideline.conditions}, self.provenance,
            float(np.sqrt(sum(squares))) if squares else None,
        )  # fmt: skip

    def facts_of(self, centre: str, id: str) -> Mapping[str, NDArray[np.int64]]:
        """Which facts made an indicator or a gate: «good», «bad», «unknown», and «against» for the lower part of a
        ratio → positions in what the columns were made from. Empty where reviewers judge."""
        rule = self._rule(id)
        if rule is None or centre not in self.centres:
            return {}
        at = self.centres.index(centre)
        lower = None
        if rule.measure == "ratio":
            facts, lower = paired(self.columns, rule, self.day)
        else:
            facts = chosen(self.columns, rule, self.day)
        own = facts.centre == at
        names = {"good": GOOD, "bad": BAD, "unknown": UNKNOWN}
        order = self.columns.order
        found = {name: np.sort(order[facts.rows[own & (facts.good == state)]]) for name, state in names.items()}
        if lower is not None:
            found["against"] = np.sort(order[lower.rows[lower.centre == at]])
        return found

    def _rule(self, id: str) -> Rule | None:
        gates = {gate.id: gate_rule(gate) for gate in self.guideline.gates}
        return gates.get(id) or next((row.rule for row in self.indicators if row.id == id), None)


def indicators(guideline: Guideline) -> tuple[Indicator, ...]:
    """All indicators, in order."""
    return tuple(indicator for condition in guideline.conditions for indicator in condition.indicators)


def gate_rule(gate: Gate) -> Rule | None:
    """The rule of a gate; one that asks for a document counts the document's facts; None where it is judged."""
    if gate.document:
        return Rule("count", "document", where={"name": gate.document})
    return gate.rule


def score(columns: FactColumns, guideline: Guideline, day: date, judgements: Judgements | None = None) -> Scorecards:
    """The scorecards of all centres of the columns under a guideline on a day.

    judgements: what reviewers say of judged indicators (score 0 to 1) and gates (at least one half passes).
    """
    said = {} if judgements is None else judgements
    parts = indicators(guideline)
    shape = (len(columns.centres), len(parts))
    low, high, spread = np.full(shape, -np.inf), np.full(shape, np.inf), np.full(shape, np.nan)
    least, most, facts = np.zeros(shape), np.ones(shape), np.zeros(shape, np.int64)
    known: dict[tuple[object, ...], Measured] = {}
    for i, indicator in enumerate(parts):
        if indicator.rule is None:
            judged(columns, indicator.id, said, (low[:, i], high[:, i], facts[:, i], spread[:, i]))
            least[:, i], most[:, i] = np.maximum(low[:, i], 0.0), np.minimum(high[:, i], 1.0)
            continue
        found = _once(known, columns, indicator.rule, day)
        low[:, i], high[:, i], facts[:, i] = found.low, found.high, found.facts
        least[:, i], most[:, i] = scored(indicator.curve, found)
    unknown = (facts == 0) | (np.isneginf(low) & np.isposinf(high))
    return Scorecards(
        guideline, day, columns, low, high, least, most, unknown, facts, spread,
        *_gates(columns, guideline, day, said, known), said,
    )  # fmt: skip


def _once(known: dict[tuple[object, ...], Measured], columns: FactColumns, rule: Rule, day: date) -> Measured:
    """The same rule in two rows of a guideline is counted once."""
    key = (rule.measure, rule.kind, rule.against, rule.years, tuple(sorted(rule.where.items())))
    if key not in known:
        known[key] = measured(columns, rule, day)
    return known[key]


def scored(curve: tuple[tuple[float, float], ...], found: Measured) -> tuple[Floats, Floats]:
    """Least and largest score of values in intervals, by a curve of straight lines that is flat outside; 0 and 1 where
    the value is unknown.

    >>> one = Measured(np.array([0.2]), np.array([0.9]), np.array([5]))
    >>> [float(end[0]) for end in scored(((0.0, 0.0), (0.5, 1.0), (1.0, 0.0)), one)]
    [0.19999999999999996, 1.0]
    """
    xs, ys = (np.array(column, float) for column in zip(*curve, strict=True))
    ends = [np.interp(end, xs, ys) for end in (found.low, found.high)]
    least, most = np.minimum(*ends), np.maximum(*ends)
    for x, y in curve:  # the curve may turn inside the interval
        inside = (found.low < x) & (x < found.high)
        least, most = np.where(inside, np.minimum(least, y), least), np.where(inside, np.maximum(most, y), most)
    return np.where(found.unknown, 0.0, least), np.where(found.unknown, 1.0, most)


def judged(
    columns: FactColumns, id: str, said: Judgements, into: tuple[Floats, Floats, NDArray[np.int64], Floats]
) -> None:
    """Write what reviewers say of one indicator or gate into its columns: low, high, reviewers, spread."""
    low, high, count, spread = into
    for at, centre in enumerate(columns.centres):
        opinion = said.get((centre, id))
        if opinion is not None and opinion.reviewers > 0:
            low[at] = high[at] = opinion.mean
            count[at] = opinion.reviewers
            spread[at] = np.nan if opinion.spread is None else opinion.spread


def _gates(
    columns: FactColumns, guideline: Guideline, day: date, said: Judgements, known: dict[tuple[object, ...], Measured]
) -> tuple[NDArray[np.int8], Floats, Floats, NDArray[np.int64]]:
    shape = (len(columns.centres), len(guideline.gates))
    state = np.full(shape, UNKNOWN)
    low, high, facts = np.full(shape, -np.inf), np.full(shape, np.inf), np.zeros(shape, np.int64)
    for g, gate in enumerate(guideline.gates):
        rule, least, most = gate_rule(gate), gate.least, gate.most
        if rule is None:
            judged(columns, gate.id, said, (low[:, g], high[:, g], facts[:, g], np.empty(shape[0])))
            least = 0.5 if least is None else least
        else:
            found = _once(known, columns, rule, day)
            low[:, g], high[:, g], facts[:, g] = found.low, found.high, found.facts
            least = 1.0 if gate.document and least is None else least
        floor, roof = -np.inf if least is None else least, np.inf if most is None else most
        missed = (high[:, g] < floor) | (low[:, g] > roof)
        met = (low[:, g] >= floor) & (high[:, g] <= roof)
        met &= least is not None or most is not None  # without a limit nobody can say that it is passed
        state[:, g] = np.where(facts[:, g] == 0, UNKNOWN, np.where(met, GOOD, np.where(missed, BAD, UNKNOWN)))
    return state, low, high, facts


def _condition(rows: tuple[Row, ...], id: str) -> tuple[float, float, float]:
    own = [row for row in rows if row.condition == id]
    return (
        sum(row.points[0] for row in own), sum(row.points[1] for row in own), sum(row.indicator.weight for row in own)
    )  # fmt: skip


def code_version() -> str:
    """The version of this package: another one may count otherwise."""
    try:
        return version("suyuan")
    except PackageNotFoundError:
        return "unknown"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def title_of(guideline: Guideline, id: str) -> Text:
    """The title of an indicator, gate or condition; empty for an id that the guideline does not have."""
    rows: tuple[Gate | Condition | Indicator, ...] = (
        *guideline.gates, *guideline.conditions, *indicators(guideline)
    )  # fmt: skip
    return next((row.title for row in rows if row.id == id), {})
