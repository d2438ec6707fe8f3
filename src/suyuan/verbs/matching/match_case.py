"""The case kind «match»: a demand and a list of capabilities in the exchange form, through the gates of the house.

The form has five gates. What it asks of them is the same as in `suyuan.capability.matching.gates`, with these choices:
kinds of quantity, items and analytes agree by their words; a chain is not asked for (`proof` «stated»); a condition
that a capability does not state is failed; logistics counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

from suyuan.capability.capability import Capability, Standing, StandingKind, Stated
from suyuan.capability.interval import Interval
from suyuan.capability.matching.compose import minimal_sets
from suyuan.capability.matching.gate import Examined
from suyuan.capability.matching.gates import examine
from suyuan.capability.need import Need, Target, Wanted
from suyuan.capability.taxonomy import plain
from suyuan.capability.uncertainty import RootSum, Uncertainty, Value
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.unit import Unit, parse_unit, ratio
from suyuan.verbs.document import number_in
from suyuan.verbs.wants import absent_or_wrong, wrong

ORDER = ("interval", "uncertainty", "conditions", "standing", "logistics")
NAMES = {"interval": "range"}
NO_STANDING = ("", "none", "no")
Row = Mapping[str, Any]


def match(body: Row) -> dict[str, Any]:
    """Match a demand with capabilities.

    body: {capabilities, demand}; see `docs/case.md`. Returns {single, composite, failed, findings}. A capability that
    cannot be read is a warning and is left out. Raises Refused for a demand that cannot be read.
    """
    rows = body.get("capabilities")
    if not isinstance(rows, list):
        raise Refused(
            absent_or_wrong(body, "capabilities", "/input", "rows", fields="id, lab, quantity, lo, hi, unit, …")
        )
    demand = body.get("demand")
    if not isinstance(demand, dict):
        raise Refused(absent_or_wrong(body, "demand", "/input", "object"))
    asked = _demand(demand)
    told: list[Finding] = []
    found: list[Examined] = []
    ids: dict[str, str] = {}
    for at, row in enumerate(rows):
        capability = _row(row, f"/input/capabilities/{at}", told)
        if capability is None:
            continue
        if capability.id in ids:
            place = f"/input/capabilities/{at}/id"
            told.append(finding("register.twice", place, "warning", id=capability.id, first=ids[capability.id]))
            continue
        ids[capability.id] = f"/input/capabilities/{at}"
        if _agrees(asked, capability):
            found.append(_examined(asked, capability))
    failed = {item.capability.id: _failed(item, asked) for item in found}
    return {
        "single": sorted(name for name, gates in failed.items() if not gates),
        "composite": _composite(asked.need, [item for item in found if failed[item.capability.id] == ["range"]]),
        "failed": {name: gates for name, gates in failed.items() if gates},
        "findings": [item.to_json() for item in told],
    }


@dataclass(frozen=True, slots=True)
class _Asked:
    """A demand. targets: each of which must be met; none: U is not asked for."""

    need: Need
    targets: tuple[Target, ...]


def _agrees(asked: _Asked, capability: Capability) -> bool:
    need = asked.need
    return plain(need.quantity) == plain(capability.quantity) and all(
        not wanted or plain(wanted) == plain(stated)
        for wanted, stated in ((need.item, capability.item), (need.analyte, capability.analyte))
    )


def _examined(asked: _Asked, capability: Capability) -> Examined:
    """At all gates; of several targets at the one that is hardest to meet."""
    several = [
        examine(replace(asked.need, target=target), capability, proof="stated") for target in asked.targets or (None,)
    ]
    return next((item for item in several if item.gate("uncertainty").state != "passed"), several[0])


def _failed(item: Examined, asked: _Asked) -> list[str]:
    """Names of the gates that are not passed. Over no common part no uncertainty is asked for."""
    names = []
    for name in ORDER:
        if name == "uncertainty" and (not asked.targets or item.covered is None):
            continue
        if item.gate(name).state != "passed":
            names.append(NAMES.get(name, name))
    return names


def _composite(need: Need, short: Sequence[Examined]) -> list[list[str]]:
    whole = (need.interval.low, need.interval.high)
    by_laboratory: dict[str, list[Examined]] = {}
    for item in short:
        by_laboratory.setdefault(item.capability.key[0], []).append(item)
    found = []
    for members in by_laboratory.values():
        parts = [(m.capability.id, [(m.covered.low, m.covered.high)] if m.covered else []) for m in members]
        sets, _ = minimal_sets(parts, whole)
        found += [sorted(members[i].capability.id for i in chosen) for chosen in sets]
    return sorted(found)


# ---------------------------------------------------------------- reading


class _Reader:
    """Fields of one object of a case; faults are collected."""

    def __init__(self, row: Row, where: str) -> None:
        self.row, self.where = row, where
        self.found: list[Finding] = []

    def text(self, name: str, required: bool = False) -> str:
        value = self.row.get(name)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or (required and not value.strip()):
            self.found.append(absent_or_wrong(self.row, name, self.where, "text"))
            return ""
        return value.strip()

    def number(self, name: str, required: bool = False, positive: bool = False) -> float | None:
        value = self.row.get(name)
        if value is None and not required:
            return None
        number = number_in(value)
        if not math.isfinite(number):
            self.found.append(absent_or_wrong(self.row, name, self.where, "number"))
            return None
        if positive and not number > 0.0:
            self.found.append(wrong(f"{self.where}/{name}", "positive", value))
            return None
        return number

    def unit(self, name: str, required: bool = False) -> Unit | None:
        text = self.text(name, required)
        if not text:
            return None
        try:
            return parse_unit(text)
        except Refused as refused:
            self.found += [replace(item, where=f"{self.where}/{name}") for item in refused.findings]
            return None

    def day(self, name: str) -> date | None:
        text = self.text(name)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            self.found.append(wrong(f"{self.where}/{name}", "date", text))
            return None

    def interval(self) -> Interval | None:
        low, high, unit = self.number("lo", True), self.number("hi", True), self.unit("unit", True)
        if low is None or high is None or unit is None:
            return None
        if low > high:
            told = {"low": f"{low:g}", "high": f"{high:g}", "unit": unit.symbol}
            self.found.append(finding("capability.read.backwards", f"{self.where}/lo", "error", "", **told))
            return None
        return Interval(low, high, unit)


def _demand(row: Row) -> _Asked:
    reader = _Reader(row, "/input/demand")
    quantity, interval = reader.text("quantity", True), reader.interval()
    conditions: dict[str, Wanted] = {n: w for n in ("matrix", "site") if (w := reader.text(n))}
    voltage = reader.number("voltage_V")
    if voltage is not None:
        conditions["voltage"] = Interval(voltage, voltage, parse_unit("V"))
    standing = reader.text("accreditation").lower()
    targets = tuple(_targets(reader, interval))
    day, most = reader.day("date"), reader.number("max_days")
    if reader.found or interval is None:
        raise Refused(*reader.found)
    need = Need(
        "demand", {}, quantity, interval, item=reader.text("item"), analyte=reader.text("analyte"),
        conditions=conditions, standing=cast("Any", "" if standing in NO_STANDING else standing), day=day,
        days_most=most,
    )  # fmt: skip
    return _Asked(need, targets)


def _targets(reader: _Reader, interval: Interval | None) -> Iterable[Target]:
    relative = reader.number("U_relative", positive=True)
    if relative is not None:
        yield Target(relative)
    absolute = reader.number("U_absolute", positive=True)
    if absolute is not None:
        unit = reader.unit("U_unit", True)
        if unit is None or interval is None:
            return
        if unit.dimension != interval.unit.dimension:
            told = {"given": unit.symbol, "unit": interval.unit.symbol}
            reader.found.append(finding("capability.read.U_dimension", f"{reader.where}/U_unit", "error", "", **told))
            return
        yield Target(absolute, unit)


def _row(row: Any, where: str, told: list[Finding]) -> Capability | None:
    """One capability, or None with warnings where it cannot be read."""
    if not isinstance(row, dict):
        told.append(replace(wrong(where, "object", row), severity="warning"))
        return None
    reader = _Reader(row, where)
    name, quantity, interval = reader.text("id", True), reader.text("quantity", True), reader.interval()
    uncertainty = _uncertainty(reader, interval)
    conditions = _conditions(reader)
    standing = reader.text("accreditation").lower()
    laboratory, days = reader.text("lab", True), reader.number("days")
    item, analyte, until = reader.text("item"), reader.text("analyte"), reader.day("valid_to")
    price, place = reader.number("fee"), reader.text("place")
    told += [replace(item, severity="warning") for item in reader.found]
    if errors(reader.found) or interval is None:
        return None
    named = ("stated", "stated")  # the form has a word for the standing only: it is taken as said
    standings = () if standing in NO_STANDING else (Standing(cast("StandingKind", standing), *named),)
    return Capability(
        name, {"": laboratory}, quantity, interval, uncertainty, item=item, analyte=analyte, conditions=conditions,
        standings=standings, place={"": place} if place else {}, days=days, price=price, valid_until=until,
    )  # fmt: skip


def _uncertainty(reader: _Reader, interval: Interval | None) -> Uncertainty | None:
    k = reader.number("k", positive=True) or 2.0
    relative, a = reader.number("u_rel", positive=True), reader.number("u_abs")
    b, per = reader.number("u_lin"), reader.unit("lin_per")
    unit = reader.unit("u_unit")
    if interval is None:
        return None
    if a is None and b is None:
        return None if relative is None else Uncertainty(Value(relative), k)
    unit = unit or interval.unit
    if unit.dimension != interval.unit.dimension:
        told = {"given": unit.symbol, "unit": interval.unit.symbol}
        reader.found.append(finding("capability.read.U_dimension", f"{reader.where}/u_unit", "error", "", **told))
        return None
    if b is None:
        return Uncertainty(Value(a or 0.0), k, unit.as_difference())
    try:
        slope = b * ratio(interval.unit, per or interval.unit)
    except Refused as refused:
        reader.found += [replace(item, where=f"{reader.where}/lin_per") for item in refused.findings]
        return None
    return Uncertainty(RootSum(a or 0.0, slope), k, unit.as_difference())


def _conditions(reader: _Reader) -> dict[str, Stated]:
    stated = reader.row.get("conditions")
    if stated is not None and not isinstance(stated, dict):
        reader.found.append(wrong(f"{reader.where}/conditions", "object", stated))
    given = {**(stated if isinstance(stated, dict) else {})}
    for name in ("matrix", "site", "voltage_max_V"):
        if reader.row.get(name) is not None:
            given.setdefault(name, reader.row[name])
    inner = _Reader(given, f"{reader.where}/conditions")
    result: dict[str, Stated] = {n: (w,) for n in ("matrix", "site") if (w := inner.text(n))}
    most = inner.number("voltage_max_V")
    if most is not None:
        result["voltage"] = Interval(-math.inf, most, parse_unit("V"))
    reader.found += inner.found
    return result
