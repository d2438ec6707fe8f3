"""A measurement need: what somebody must measure, over which interval, under which conditions, how well, for what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from suyuan.capability.interval import Interval
from suyuan.capability.uncertainty import Wanted
from suyuan.certificate.certificate import Text
from suyuan.quantity.unit import Unit

__all__ = ["Need", "Target", "Tolerance", "Wanted"]


@dataclass(frozen=True, slots=True)
class Target:
    """Target uncertainty (VIM 2.34), expanded. relative: `U` is a plain fraction of the value; unit: of an absolute U
    (as a difference), None where relative; k: that it is meant with."""

    U: float
    unit: Unit | None = None
    k: float = 2.0

    @property
    def relative(self) -> bool:
        return self.unit is None


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Limits of a product or process from which the target uncertainty follows.

    half_width: of the tolerance, in `unit`, or as a plain fraction where unit is None; rule: name of the decision rule
    (a row of the rules) that gives the target from it.
    """

    half_width: float
    unit: Unit | None
    rule: str


@dataclass(frozen=True, slots=True)
class Need:
    """A need. organisation: who has it; quantity, item, analyte, interval, conditions: as in a capability; target:
    None where nobody stated one (then no capability is good enough or not); tolerance: from which the target was worked
    out; standing: «» or the least standing that is asked for («accredited»: accredited or CMC); day: on which the
    service is wished (`service_day`); region; days_most, price_most: limits of time and money; stage, node: of life
    cycle and chain; product, process: in words; parameter: id of the key parameter that it stems from; criticality: 1
    to 5; firms: how many enterprises have it; unstated: which of these two nobody stated (they then hold what is
    usual, and are shown and ranked as unknown); size: of the market or volume, in `size_unit`; volume, tried: in words;
    confidential: only verdict and kind may be published.
    """

    id: str
    organisation: Text
    quantity: str
    interval: Interval
    target: Target | None = None
    tolerance: Tolerance | None = None
    title: Text = field(default_factory=dict)
    measurand: Text = field(default_factory=dict)
    item: str = ""
    analyte: str = ""
    interval_of: str = ""
    conditions: Mapping[str, Wanted] = field(default_factory=dict)
    standing: Literal["", "accredited", "authorised", "cmc", "examined"] = ""
    day: date | None = None
    region: str = ""
    days_most: float | None = None
    price_most: float | None = None
    stage: str = ""
    node: str = ""
    product: Text = field(default_factory=dict)
    process: Text = field(default_factory=dict)
    parameter: str = ""
    industry: str = ""
    criticality: int = 3
    firms: int = 1
    size: float | None = None
    size_unit: str = ""
    volume: str = ""
    tried: str = ""
    confidential: bool = False
    source: str = ""
    status: str = ""
    demo: bool = False
    unstated: tuple[str, ...] = ()

    def service_day(self, day: date | None) -> date | None:
        """The day of the service, on which everything is judged: the wished day where it does not lie before the day
        that is asked for, else that day; None where there is neither.

        >>> from suyuan.quantity.unit import parse_unit
        >>> need = Need("N", {}, "length", Interval(1.0, 2.0, parse_unit("mm")), day=date(2026, 7, 1))
        >>> need.service_day(date(2026, 3, 1)), need.service_day(date(2026, 9, 1))
        (datetime.date(2026, 7, 1), datetime.date(2026, 9, 1))
        """
        if self.day is None or day is None:
            return self.day or day
        return max(self.day, day)
