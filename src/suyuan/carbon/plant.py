"""The year of a unit as its carbon manager files it: the document «carbon-plant», read strictly.

Source streams by month, with where each factor comes from (measured, laboratory reports, a rule row, a published
factor), its components of uncertainty and their certificates; overrides of rows that nobody checked. Nothing is
guessed: a month, factor or oxidation that is absent is a finding.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from suyuan.carbon import factor as published
from suyuan.carbon.claim.claim import MONTHS, Evidence
from suyuan.carbon.component import Component
from suyuan.carbon.fuel.basis import BASES
from suyuan.carbon.fuel.calculation import EXACT, HALVES, Rounding
from suyuan.carbon.fuel.laboratory import Report, carbon_as_received, heat_as_received, late, outliers
from suyuan.carbon.fuel.stream import FACTORS, KINDS, SourceStream
from suyuan.carbon.rule import Override, Rules, rules
from suyuan.quantity.fields import Fields, open_document
from suyuan.quantity.finding import Finding, Refused, errors
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.quantity.table import Row

KIND = "carbon-plant"
LEGAL = ("calculation", "monitoring")
"""What the legal total stands on; the other, where it is there, checks it."""


@dataclass(frozen=True, slots=True, eq=False)
class Plant:
    """A unit's year. rules: of its scheme at the end of the year, with the overrides; streams: what it burns, converts,
    buys and sells; content: the document as read, for what other rooms take from it (stacks, meters)."""

    enterprise: str
    unit: str
    sector: str
    year: int
    rules: Rules
    streams: tuple[SourceStream, ...]
    made: date
    by: str
    overrides: tuple[Override, ...]
    supersedes: str
    reason: str
    content: Mapping[str, Any]

    @property
    def issuer(self) -> str:
        """Whose document it is, as a store lists it."""
        return self.enterprise

    @property
    def number(self) -> str:
        """Unit and year, as a store lists it."""
        return f"{self.unit} {self.year}"


def read_plant(data: bytes, swapped: Mapping[str, Row] | None = None) -> tuple[Plant | None, tuple[Finding, ...]]:
    """A plant's year from its document, or None with every fault, each with its JSON pointer.

    swapped: name → row of another scheme that is to be read in place of its own, for «same data, new rule».
    """
    fields, found = open_document(data, KIND)
    if fields is None:
        return None, tuple(found)
    fields.found.extend(found)
    enterprise, unit = fields.text("enterprise", True), fields.text("unit", True)
    sector, scheme = fields.text("sector", True), fields.text("scheme", True)
    year, made = fields.whole("year"), fields.day("made", True)
    overrides = tuple(_override(one) for one in fields.several("overrides"))
    by, supersedes, reason = fields.text("by"), fields.text("supersedes"), fields.text("reason")
    rounding = _rounding(fields)
    if year is None or not 1990 <= year <= 2200:
        fields.report("typed.field.missing", "year", field="year")
        year = 0
    held = _rules(fields, scheme, year, overrides) if year else None
    if held is not None and swapped:
        held.rows = {**held.rows, **swapped}
    owner = (enterprise, unit, str(year), sector)
    streams = tuple(_stream(one, held, year, rounding, owner) for one in fields.several("streams")) if held else ()
    fields.choice("legal_basis", LEGAL, "calculation")
    for key in ("stacks", "forests", "meters", "plan", "title", "note", "production"):
        fields.asked.add(key)
    fields.close()
    told = tuple(dict.fromkeys(fields.found))
    if errors(told) or held is None or made is None:
        return None, told
    kept = tuple(one for one in streams if one is not None)
    return Plant(enterprise, unit, sector, year, held, kept, made, by, overrides, supersedes, reason,
                 fields.content), told  # fmt: skip


def _rules(fields: Fields, scheme: str, year: int, overrides: tuple[Override, ...]) -> Rules | None:
    try:
        return rules(scheme, date(year, 12, 31), overrides)
    except Refused as refused:
        fields.found.extend(refused.findings)
        return None


def _override(fields: Fields) -> Override:
    row, person, reason = (fields.text(key, True) for key in ("row", "person", "reason"))
    day = fields.day("day", True)
    fields.close()
    return Override(row, person, reason, day or date.min)


def _rounding(fields: Fields) -> Rounding:
    inner = fields.inner("round")
    if inner is None:
        return EXACT
    half = inner.choice("half", HALVES, "up")
    steps = {key: inner.whole(key) for key in inner.content if key != "half"}
    try:
        return Rounding({key: value for key, value in steps.items() if value is not None}, half or "up")
    except Refused as refused:
        fields.found.extend(refused.findings)
        return EXACT


def _stream(fields: Fields, held: Rules, year: int, rounding: Rounding, owner: Sequence[str]) -> SourceStream | None:
    """One source stream, or None with its faults reported. owner: enterprise, unit, year and sector that it is of."""
    before = len(errors(fields.found))
    name, kind = fields.text("name", True), fields.choice("kind", KINDS)
    amount = _months(fields, "amount")
    components, evidence = _components(fields, kind, name, owner[:3])
    reports = tuple(_report(one) for one in fields.several("reports"))
    defaults = frozenset(int(n.value) for n in fields.numbers("defaults"))
    operated = _truths(fields, "operated")
    given: dict[str, Any] = {}
    rows: dict[str, Row] = {}
    for factor in FACTORS.get(kind, ())[1:]:
        if fields.has(factor):
            given[factor], row = _factor(fields, kind, factor, held)
            rows |= {factor: row} if row is not None else {}
    told = [item for factor, row in rows.items()
            for item in published.foreign(row, year, owner[-1], held.overrides, f"{name}/{factor}")]  # fmt: skip
    if reports and len(errors(fields.found)) == before:
        given |= _reported(fields, reports, given, year, held)
        evidence += tuple(
            Evidence(f"{name} {one.month}", one.issuer, one.number, "", None, (one.month,), name, "carbon", True)
            for one in reports
        )
    for key in ("amount_unit", "fuel", "note", "meter"):
        fields.asked.add(key)
    fields.close()
    if len(errors(fields.found)) > before or amount is None:
        return None
    return SourceStream(name, kind, amount, given, components, tuple(rows.values()), evidence, defaults, rounding,
                        operated, tuple(dict.fromkeys(told)))  # fmt: skip


def _reported(
    fields: Fields, reports: tuple[Report, ...], given: Mapping[str, Any], year: int, held: Rules
) -> dict[str, Any]:
    """What laboratory reports give: carbon as received, and the heat value where none is given otherwise."""
    try:
        found: dict[str, Any] = {"carbon": carbon_as_received(reports)} if "carbon_per_heat" not in given else {}
        heat = heat_as_received(reports)
        fields.found.extend(late(reports, year, held))
        fields.found.extend(outliers(reports, held))
    except Refused as refused:
        fields.found.extend(refused.findings)
        return {}
    return found | ({"heat_value": heat} if "heat_value" not in given and np.isfinite(heat).all() else {})


def _factor(fields: Fields, kind: str, name: str, held: Rules) -> tuple[Any, Row | None]:
    """A factor as numbers, or by the name of a rule row, of a published default or of a grid factor."""
    if not isinstance(fields.content.get(name), Mapping):
        numbers = [one.value for one in fields.numbers(name, True)]
        if len(numbers) not in (1, MONTHS):
            fields.report("carbon.fuel.months", name, name=name, given=len(numbers), months=MONTHS)
        return (numbers[0] if len(numbers) == 1 else np.array(numbers)), None
    inner = fields.inner(name) or fields
    try:
        if inner.has("rule"):
            row = held.row(inner.text("rule", True))
        elif inner.has("table"):
            row = published.fuel_default(inner.text("fuel", True), inner.text("table", True))
        else:
            year = inner.whole("year") or 0
            row = published.grid_factor(inner.text("purpose", True), year, inner.text("region") or "全国")
        value = published.given_by(row, kind, name)
    except Refused as refused:
        fields.found.extend(refused.findings)
        return math.nan, None
    inner.close()
    return value, row


def _components(
    fields: Fields, kind: str, part: str, owner: Sequence[str]
) -> tuple[tuple[Component, ...], tuple[Evidence, ...]]:
    """The components of uncertainty of a stream, and the certificates behind them."""
    made, evidence = [], []
    whose = [str(fields.content.get("name", "")), fields.pointer, *owner]
    for one in fields.several("components"):
        name, of = one.text("name", True), one.choice("of", FACTORS.get(kind, ("amount",)))
        shared = _truth(one, "shared")
        printed = _printed(one)
        given = one.number("u_rel") or one.number("U_rel")
        k = one.number("k")
        issuer, number, place = (one.text(key) for key in ("issuer", "number", "place"))
        until, months = one.day("valid_until"), tuple(int(n.value) for n in one.numbers("months"))
        if any(not 1 <= month <= MONTHS for month in months):
            one.report("carbon.report.month", "months", given=", ".join(map(str, months)))
        if given is None and not one.has("value"):
            one.report("typed.field.missing", "u_rel", field="u_rel")
        elif one.has("U_rel") and k is None:
            one.report("typed.field.missing", "k", field="k")
        one.close()
        source, places = Source(issuer, number, place), frozenset(month - 1 for month in months)
        try:
            if printed is not None:
                made.append(Component.of_certificate(name, of, printed, source, places))
            elif given is not None:
                u = given.value / (k.value if one.has("U_rel") and k is not None and k.value > 0.0 else 1.0)
                key = identity("component", *whose, one.pointer, of, name)
                made.append(Component(name, u, shared, of, source, places=places, key=key))
        except Refused as refused:
            fields.found.extend(refused.findings)
        if number:
            evidence.append(Evidence(name, issuer, number, "", until, months, part, of))
    return tuple(made), tuple(evidence)


def _printed(one: Fields) -> Quantity | None:
    """A component's value as its certificate prints it, with the certificate's own influence; None where not given."""
    if not one.has("value"):
        return None
    value, U, k = one.number("value", True), one.number("U", True), one.number("k", True)
    unit, place = one.text("unit", True), one.text("place", True)
    issuer, number = one.text("issuer", True), one.text("number", True)
    if value is None or U is None or k is None or not (unit and place and issuer and number):
        return None
    if value.value == 0.0 or k.value <= 0.0 or U.value < 0.0 or one.content.get("shared") is not True:
        one.report("carbon.component.printed", "value", value=value.printed, U=U.printed, k=k.printed)
        return None
    try:
        return quantity(value.value, U.value / k.value, unit, label=number, source=Source(issuer, number, place),
                        id=identity(issuer, number, place))  # fmt: skip
    except Refused as refused:
        one.found.extend(refused.findings)
        return None


def _report(fields: Fields) -> Report:
    """One laboratory report; what is wrong is in `found`, and the report is then not used."""
    names = ("carbon", "u_method", "u_month")
    needed = {name: one.value if (one := fields.number(name, True)) else math.nan for name in names}
    other = {
        name: one.value if (one := fields.number(name)) else None
        for name in ("moisture_ar", "moisture_ad", "ash_ar", "heat", "hydrogen", "sulphur")
    }
    moisture = fields.number("u_moisture")
    month, basis = fields.whole("month"), fields.choice("basis", BASES)
    issuer, number = fields.text("issuer", True), fields.text("number", True)
    issued, accredited = fields.day("issued"), fields.text("accredited")
    fields.close()
    return Report(
        month or 0, issuer, number, needed["carbon"], basis or "ar", needed["u_method"], needed["u_month"],  # type: ignore[arg-type]
        other["moisture_ar"], other["moisture_ad"], other["ash_ar"], moisture.value if moisture else 0.0,
        other["heat"], other["hydrogen"], other["sulphur"], issued, accredited,
    )  # fmt: skip


def _months(fields: Fields, key: str) -> np.ndarray | None:
    values = [one.value for one in fields.numbers(key, True)]
    if values and len(values) != MONTHS:
        fields.report("carbon.fuel.months", key, name=key, given=len(values), months=MONTHS)
    return np.array(values) if len(values) == MONTHS else None


def _truth(fields: Fields, key: str) -> bool:
    fields.asked.add(key)
    value = fields.content.get(key)
    if not isinstance(value, bool):
        fields.report("typed.field.type", key, field=key, expected_zh="true 或 false", expected_en="true or false")
    return value is True


def _truths(fields: Fields, key: str) -> np.ndarray | None:
    fields.asked.add(key)
    value = fields.content.get(key)
    if value is None:
        return None
    if not (isinstance(value, list) and len(value) == MONTHS and all(isinstance(one, bool) for one in value)):
        fields.report("typed.field.type", key, field=key, expected_zh="12 个 true 或 false",
                      expected_en="12 times true or false")  # fmt: skip
        return None
    return np.array(value)
