"""A capability (CMC): what a laboratory offers to measure, over which interval, under which conditions, how well.

What it rests on is named, not told: certificates of its standards, its laboratory, its persons. Whether it holds on a
day is computed from the graph (`support`), so an expired certificate or a failed comparison changes it at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from suyuan.capability.interval import Interval
from suyuan.capability.uncertainty import Uncertainty
from suyuan.certificate.certificate import Text
from suyuan.traceability.evidence import Key

StandingKind = Literal["accredited", "authorised", "cmc", "examined"]
"""Accredited (认可), metrologically authorised (计量授权), a published CMC, an examined standard (计量标准考核)."""
STAGES = ("design", "production", "test", "use", "maintenance", "disposal")
NODES = ("material", "component", "equipment", "system", "service")
Stated = tuple[str, ...] | Interval
"""A condition as a capability states it: the words that it accepts, or an interval of a quantity."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A standing with its period; both days count; None: not stated. body, number: who granted it, under which number;
    source: document where that can be read."""

    kind: StandingKind
    body: str = ""
    number: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    source: str = ""

    @property
    def checkable(self) -> bool:
        """Whether anybody can look it up: it says who granted it and under which number."""
        return bool(self.body and self.number)

    def holds(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return (self.valid_from or date.min) <= day <= (self.valid_until or date.max)


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a capability's budget, at the point where U is largest unless it says otherwise.

    symbol, label; u: standard uncertainty contribution in the U unit (a fraction where U is relative); slope: further
    part in proportion to the quantity value, per interval unit, joined as root sum of squares; certificate: of the
    standard that it comes from, if any; identity: of the influence, hexadecimal, so that two capabilities with the same
    standard know of each other; source: where the figure comes from.
    """

    symbol: str
    label: Text
    u: float
    slope: float = 0.0
    certificate: Key | None = None
    identity: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Capability:
    """A calibration and measurement capability.

    id: unique within the laboratory; laboratory: names; quantity: kind of quantity (`quantities` of the rules, or any
    word); measurand: in words; item: class of instrument or artefact («» for any); item_name: as the scope prints it;
    analyte: what is measured in mixtures; interval: of the quantity, or of `interval_of` (another quantity than the
    measurand: current of an energy meter); conditions: name → accepted words or interval (medium, matrix, frequency,
    site, voltage …); method: specification with its edition; standings; standards: issuer and number of the
    certificates of its measurement standards; budget; stages, nodes: of life cycle and industry chain that it serves;
    place: region code and name; days: to the result; price, currency: of one piece; capacity: pieces a month;
    persons: how many authorised persons it needs (0: none asked for); industry, parameters: ids of key parameters that
    it claims to serve; source, status: of the row.
    """

    id: str
    laboratory: Text
    quantity: str
    interval: Interval
    uncertainty: Uncertainty | None = None
    measurand: Text = field(default_factory=dict)
    item: str = ""
    item_name: Text = field(default_factory=dict)
    analyte: str = ""
    interval_of: str = ""
    conditions: Mapping[str, Stated] = field(default_factory=dict)
    method: str = ""
    standings: tuple[Standing, ...] = ()
    standards: tuple[Key, ...] = ()
    budget: tuple[Term, ...] = ()
    stages: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    region: str = ""
    place: Text = field(default_factory=dict)
    days: float | None = None
    price: float | None = None
    currency: str = "CNY"
    capacity: float | None = None
    persons: int = 0
    parameters: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    source: str = ""
    status: str = ""
    demo: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What names it among all: first name of the laboratory, id."""
        return (self.laboratory.get("zh") or next(iter(self.laboratory.values()), ""), self.id)
