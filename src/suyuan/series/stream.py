"""Stream: one measurand of one instrument at one place, over time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.unit import Unit, parse_unit
from suyuan.series.resolution import decimal


@dataclass(frozen=True, slots=True)
class Stream:
    """What a series of readings is readings of; its blocks hold them.

    id: identity in the data base; quantity: kind of quantity («mass concentration of SO2»); unit: of the readings, as
    `parse_unit` reads it; instrument: identity of the measuring instrument, as certificates name it; place: site,
    feature or measuring point; resolution: unit per count, an exact decimal; sampling: seconds between readings, None
    where they come as they come; owner, licence, title: as the catalogue shows them.
    Raises Refused without an id, for an unknown unit, and for a resolution or sampling that is not above zero.

    >>> Stream("t1", "temperature", "degC", "PT-01", resolution=Decimal("0.010"), sampling=60).resolution
    Decimal('0.01')
    """

    id: str
    quantity: str
    unit: str
    instrument: str
    place: str = ""
    resolution: Decimal = Decimal(1)
    sampling: float | None = None
    owner: str = ""
    licence: str = ""
    title: str = ""

    def __post_init__(self) -> None:
        if not self.id.strip():
            raise Refused(finding("series.stream.no_id", self.title))
        parse_unit(self.unit)
        object.__setattr__(self, "resolution", decimal(self.resolution, f"{self.id}.resolution"))
        if self.sampling is not None and not 0.0 < self.sampling < math.inf:
            raise Refused(finding("series.stream.sampling", f"{self.id}.sampling", given=self.sampling))

    @property
    def unit_of_values(self) -> Unit:
        """The unit, read."""
        return parse_unit(self.unit)
