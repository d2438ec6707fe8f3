"""Values that an enterprise determined for lost hours by a balance, where the scheme has no formula (EU 2018/2066, 45).

A document enters them under «substitutes» of a stack, each with its method, source and uncertainty: for a month, or
from one hour to another, one value for all of these or one an hour. Only hours that are lost take them. What nobody
knows of an entry is one error for all its hours, in the legal value; the best estimate stands on what was measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.calendar import Calendar
from suyuan.carbon.monitoring.lost import Replaced, Running
from suyuan.carbon.monitoring.substitution import Gap, Substitute, gaps_of
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


# ---------------------------------------------------------------- in the year


def balanced(
    law: Rules, running: Running, part: str, value: Array, entered: Sequence[Entered], hours: Calendar
) -> tuple[Replaced, tuple[Finding, ...]]:
    """The legal values of a part over the running hours, lost ones as entered; NaN where nothing was.

    value (r,): as measured, NaN where it is lost. Raises Refused for two entries of one hour.
    """
    mine = [one for one in entered if one.part == part]
    owner, legal = np.full(len(value), -1), value.copy()
    told: list[Finding] = []
    for at, one in enumerate(mine):
        span = one.hours(hours)
        inside = slice(*np.searchsorted(running.place, [span.start, span.stop]).tolist())
        if (owner[inside] >= 0).any():
            raise Refused(finding("carbon_monitoring.entered.twice", one.pointer, **named("part", "channel", part)))
        owner[inside] = at
        each = one.value if len(one.value) == 1 else one.value[running.place[inside] - span.start]
        lost = np.isnan(value[inside])
        legal[inside] = np.where(lost, each, value[inside])
        told.append(_told(one, value, legal, np.flatnonzero(lost) + inside.start, running, hours))
    row = str(law.row(ROW)["id"]) if mine else ""
    taken = np.isnan(value) & (owner >= 0)
    made = tuple(_substitutes(taken, owner, legal, mine, row))
    rule = np.where(taken, 0, -1).astype(np.int16)
    return Replaced(part, 0, legal, made, ((),) * len(made), rule, (row,) if made else ()), tuple(told)


def _substitutes(taken: Array, owner: Array, legal: Array, mine: Sequence[Entered], row: str) -> Iterator[Substitute]:
    """Runs of lost hours of one entry and one value."""
    for gap in gaps_of(taken):
        part = slice(gap.start, gap.stop)
        other = (np.diff(owner[part]) != 0) | (np.diff(legal[part]) != 0)
        edges = [gap.start, *(np.flatnonzero(other) + gap.start + 1).tolist(), gap.stop]
        for start, stop in pairwise(edges):
            one = Gap(start, stop, None, (gap.start, gap.stop))
            yield Substitute(one, float(legal[start]), (), (), row, HOW, error=mine[int(owner[start])].error)


def _told(one: Entered, value: Array, legal: Array, lost: Array, running: Running, hours: Calendar) -> Finding:
    """What an entry replaced, beside as many measured hours around: the comparison that the regulation asks for."""
    if not len(lost):
        return one.idle()
    there = np.flatnonzero(np.isfinite(value))
    first, last = there.searchsorted([lost[0], lost[-1]])
    side = -(-len(lost) // 2)
    beside = value[np.concatenate([there[max(first - side, 0) : first], there[last : last + side]])]
    return finding(
        "carbon_monitoring.entered.applied", hours.told(int(running.place[lost[0]])), "note", hours=len(lost),
        last=hours.told(int(running.place[lost[-1]])), mean=_shown(float(legal[lost].mean())), unit=UNITS[one.part],
        beside=_shown(float(beside.mean())) if len(beside) else "?", **one.about(),
    )  # fmt: skip


def _shown(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1e4 else f"{value:.4g}"
