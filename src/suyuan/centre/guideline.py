"""A guideline as data: gates, conditions with weighted indicators, curves, documents, limits; each with its source.

No weight or limit is official unless its source is. The same centre can be scored under two versions of a guideline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from suyuan.certificate.certificate import Text

Measure = Literal["count", "sum", "share", "weighted_share", "median", "least", "distinct", "ratio", "years"]
"""How facts become one value: number of good ones; sum of their values; good ÷ all; the same weighted; median value;
smallest value of a group; number of different subjects; sum of one kind ÷ sum of another; years covered."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How an indicator is computed from facts. measure; kind: of the facts, of which only good ones count in the
    upper part; against: kind of the facts in the lower part of a ratio; years: only facts of the last years (0: all);
    where: detail name → wanted value."""

    measure: Measure
    kind: str
    against: str = ""
    years: float = 0.0
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator. rule; unit: of its value («%», «1», «d»); curve: (value, score) points ascending, straight lines
    between, flat outside, scores 0 to 1; weight; evidence: what must be shown; judged: whether reviewers score
    it (then there is no rule); source, status: of indicator and weight."""

    id: str
    title: Text
    weight: float
    rule: Rule | None = None
    unit: str = "1"
    curve: tuple[tuple[float, float], ...] = ()
    evidence: Text = field(default_factory=dict)
    judged: bool = False
    source: str = ""
    status: str = "proposed"


@dataclass(frozen=True, slots=True)
class Condition:
    """One of the conditions (people, infrastructure, key-parameter capability, innovation, funds)."""

    id: str
    title: Text
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """What must hold before anything is scored: a rule with the least value, or a document, or a judgement."""

    id: str
    title: Text
    rule: Rule | None = None
    least: float | None = None
    most: float | None = None
    document: str = ""
    source: str = ""
    status: str = "proposed"


@dataclass(frozen=True, slots=True)
class Guideline:
    """A guideline. scope: centre, data_base, training_base, carbon_centre; gates, conditions; procedure:
    name of the life cycle; documents: of the dossier (name → title); criteria: of reviewers; limits: named numbers
    (days, years) with source and status; valid_from: of the version."""

    number: str
    version: str
    title: Text
    scope: str
    gates: tuple[Gate, ...]
    conditions: tuple[Condition, ...]
    procedure: str = "centre"
    documents: Mapping[str, Text] = field(default_factory=dict)
    limits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    valid_from: date | None = None
    valid_until: date | None = None
    source: str = ""
    status: str = "proposed"
    digest: str = ""
