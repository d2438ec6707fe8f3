"""Values that an enterprise determined for lost hours by a balance, where the scheme has no formula (EU 2018/2066, 45).

A document enters them under «substitutes» of a stack, each with its method, source and uncertainty: for a month, or
from one hour to another, one value for all of these or one an hour. Only hours that are lost take them. What nobody
knows of an entry is one error for all its hours, in the legal value; the best estimate stands on what was measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.calendar import Calendar
from suyuan.carbon.rule import Rules
from suyuan.carbon.words import named
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.quantity.unit import convert, parse_unit

Array = NDArray[Any]
ROW, HOW = "balance", "entered"
UNITS = {"flow": "m3/h", "moisture": "%"}
"""Part of the rate that may be entered → unit in which the model takes it; a flow is one at standard conditions."""
METHODS = ("mass balance", "energy balance")


@dataclass(frozen=True, slots=True, eq=False)
class Entered:
    """Values of a part of the rate. part: key of `UNITS`; value (1,) or (h,): for all hours, or one each, in the unit
    of the model; error: 0 with the standard uncertainty of all its hours together; method: of `METHODS`; source: in
    words; month, or begin and end: when, by local clocks where no offset is said; pointer: in the document."""

    part: str
    value: NDArray[np.float64]
    error: Quantity
    method: str
    source: str
    month: int | None
    begin: datetime | None
    end: datetime | None
    pointer: str

    def hours(self, hours: Calendar) -> slice:
        """The hours of the year that it is for. Raises Refused where it has values for others than these."""
        if self.month is not None:
            found = hours.of_month(self.month)
        else:
            assert self.begin is not None and self.end is not None
            found = slice(*np.searchsorted(hours.begin, [_moment(at, hours) for at in (self.begin, self.end)]).tolist())
        if len(self.value) not in (1, found.stop - found.start):
            raise Refused(finding("carbon_monitoring.entered.count", f"{self.pointer}/value", given=len(self.value),
                                  hours=found.stop - found.start))  # fmt: skip
        return found

    def idle(self) -> Finding:
        """That nothing takes it."""
        return finding("carbon_monitoring.entered.idle", self.pointer, "warning", **self.about())

    def about(self) -> dict[str, Any]:
        """What it is, in words."""
        return {**named("part", "channel", self.part), **named("method", "balance", self.method),
                "source": self.source}  # fmt: skip


def _moment(at: datetime, hours: Calendar) -> int:
    return round((at if at.tzinfo else at.replace(tzinfo=hours.zone)).timestamp() * 1e6)


# ---------------------------------------------------------------- as filed


def read_entered(one: Fields, stack: str, law: Rules) -> tuple[Entered, ...]:
    """What a stack's document enters, entries without a fault; faults are in `one.found`."""
    allowed = law.rows[ROW]["value"] if ROW in law.rows else ()
    found = [_entered(inner, stack, law, tuple(allowed)) for inner in one.several("substitutes")]
    return tuple(entry for entry in found if entry is not None)


def _entered(one: Fields, stack: str, law: Rules, allowed: Sequence[str]) -> Entered | None:
    before = len(one.found)
    part, method = one.choice("part", UNITS), one.choice("method", METHODS)
    unit, source = one.text("unit", True), one.text("source", True)
    values, month = one.numbers("value", True), one.whole("month")
    begin, end = (_time(one, key, month is None) for key in ("begin", "end"))
    u, expanded, k = (one.number(key) for key in ("u", "U", "k"))
    issuer, number = one.text("issuer"), one.text("number")
    one.text("note")
    one.close()
    if part and part not in allowed:
        one.report("carbon_monitoring.entered.scheme", "part", scheme=law.scheme, **named("part", "channel", part))
    if month is not None and not 1 <= month <= 12:
        one.report("carbon_monitoring.entered.month", "month", given=month)
    if begin and end and (begin.tzinfo is None) == (end.tzinfo is None) and begin >= end:
        one.report("carbon_monitoring.entered.order", "end", begin=begin.isoformat(), end=end.isoformat())
    if u is None and (expanded is None or k is None):
        one.report("typed.field.missing", "u", field="u")
    if any(x.value < 0.0 for x in values):
        one.report("carbon_monitoring.entered.negative", "value", least=min(values, key=lambda x: x.value).printed)
    if len(one.found) > before or not values:
        return None
    spread = u.value if u else expanded.value / k.value if expanded and k and k.value > 0.0 else -1.0
    given = np.array([x.value for x in values])
    key = identity(issuer, number, part) if issuer and number else identity(
        "carbon entered", stack, part, source, one.text("begin") or str(month))  # fmt: skip
    try:
        taken, scale = parse_unit(unit), parse_unit(UNITS[part])
        shift = convert(np.zeros(1), taken, scale)
        error = quantity(0.0, float((convert(np.array([spread]), taken, scale) - shift)[0]), UNITS[part], label=source,
                         id=key, source=Source(issuer, number, text=source))  # fmt: skip
        return Entered(part, np.asarray(convert(given, taken, scale), float), error, method, source, month, begin, end,
                       one.pointer)  # fmt: skip
    except Refused as refused:
        one.found.extend(refused.findings)
        return None


def _time(one: Fields, key: str, required: bool) -> datetime | None:
    text = one.text(key, required)
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        one.report("typed.date.impossible", key, field=key, given=text)
        return None
