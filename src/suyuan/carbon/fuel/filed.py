"""A source stream as its carbon manager files it, read strictly: amounts, factors, laboratory reports, components.

Nothing is guessed: a month, unit, factor or origin that is absent is a finding with its place and what to write.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon import factor as published
from suyuan.carbon.claim.claim import BALANCE, MONTHS, Evidence
from suyuan.carbon.fuel.amounts import amounts_told, contents_told, levels_told
from suyuan.carbon.fuel.basis import BASES
from suyuan.carbon.fuel.calculation import Rounding, plain
from suyuan.carbon.fuel.filed_component import YEAR, read_components
from suyuan.carbon.fuel.filed_factor import DEFAULT, GROSS, MEASURED, NET, Given, Whose, read_factor
from suyuan.carbon.fuel.laboratory import (
    Report,
    carbon_as_received,
    carbon_per_heat,
    heat_of,
    late,
    moisture_idle,
    moisture_unstated,
    of_other_year,
    outliers,
    placed,
)
from suyuan.carbon.fuel.plausible import out_of_range, ranges
from suyuan.carbon.fuel.stream import ALL_FACTORS, FACTORS, KINDS, SourceStream
from suyuan.carbon.fuel.units import COUNTED, MASS, amount_unit
from suyuan.carbon.rule import Rules
from suyuan.carbon.words import named
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Refused, errors, finding

EXAMPLES = {"carbon_per_heat": '{"rule": "penalty_carbon_per_heat"}',
            "heat_value": '{"table": "China sector guidelines", "fuel": "anthracite"}'}  # fmt: skip
"""What a month without a report takes its carbon from, as the text to write."""


def read_stream(
    fields: Fields, held: Rules, rounding: Rounding, owner: tuple[str, str, int, str], made: date | None
) -> SourceStream | None:
    """One source stream, or None with its faults reported.

    owner: enterprise, unit, year and sector whose stream it is; made: day of the document, by which what it stands on
    must have been there.
    """
    before = len(fields.found)
    name, kind = fields.text("name", True), fields.choice("kind", KINDS)
    known = FACTORS.get(kind, ALL_FACTORS)
    times, per = _unit(fields, kind)
    enterprise, unit, year, sector = owner
    heat = fields.choice("heat_basis", (NET, GROSS), NET)
    whose = Whose(name, kind, per, fields.text("fuel") or name, heat, enterprise, unit, year, sector, made, held)
    amount, levels = _amount(fields, whose, times)
    reports = tuple(read_report(one, whose) for one in fields.several("reports"))
    defaults, operated = _defaults(fields, reports), _truths(fields, "operated")
    given: dict[str, Given] = {}
    for factor in known[1:]:
        if fields.has(factor) and per and (found := read_factor(fields, factor, whose)) is not None:
            given[factor] = found
            fields.found.extend(contents_told(plain(found.value), factor, whose, fields.where(factor, "value")))
    _two_ways(fields, name, bool(reports), defaults)
    if kind in BALANCE and defaults:
        fields.report("carbon.balance.defaults", "defaults", name=name)
    rows = {factor: one.row for factor, one in given.items() if one.row is not None}
    of_rows = {factor: row for factor, row in rows.items() if given[factor].origin == DEFAULT}
    components, evidence = read_components(fields, known, of_rows, whose)
    evidence += tuple(item for one in given.values() for item in one.evidence)
    fields.asked |= {"note", "meter"}
    fields.close()
    if amount is None or errors(fields.found[before:]):
        return None
    values: dict[str, Any] = {factor: one.value for factor, one in given.items()}
    origins = {factor: one.origin for factor, one in given.items()}
    if reports:
        there = amount if levels is None else np.ones(MONTHS)  # a stock that does not change has its carbon too
        carbon = _reported(fields, reports, there, defaults, whose)
        if carbon is None:
            return None
        values["carbon"], origins["carbon"] = carbon, MEASURED
        evidence += tuple(Evidence(f"{name} {one.month}", one.issuer, one.number, "", None, (one.month,), name,
                                   "carbon", True) for one in reports)  # fmt: skip
    stream = SourceStream(name, kind, amount, values, components, {}, evidence, defaults, rounding, operated, (),
                          origins, levels, fields.pointer, heat_of(reports),
                          frozenset(moisture_unstated(reports)))  # fmt: skip
    counted = {factor: row for factor, row in rows.items() if stream.counts(factor)}
    told = [item for factor, row in counted.items()
            for item in published.foreign(row, year, sector, held, stream.where(factor))]  # fmt: skip
    return replace(stream, rows=counted, told=tuple(dict.fromkeys(told)))


def _unit(fields: Fields, kind: str) -> tuple[float, str]:
    """What amounts are multiplied by, and the unit in which they count; «» where that is not known."""
    text = fields.text("amount_unit")
    if not kind:
        return 1.0, ""
    if not text:
        fields.report("carbon.amount.absent", "amount_unit", known=", ".join(COUNTED[kind]),
                      **named("kind", "kind", kind))  # fmt: skip
        return 1.0, ""
    try:
        return amount_unit(text, kind)
    except Refused as refused:
        said: dict[str, Any] = dict(refused.findings[0].parameters)
        fields.report(refused.findings[0].code, "amount_unit", **said, **named("kind", "kind", kind))
        return 1.0, ""


Amounts = tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]
"""Amounts by month (12,), and of a stock its levels (13,)."""


def _amount(fields: Fields, whose: Whose, times: float) -> Amounts:
    """Amounts by month in the unit in which they count, none of them negative; of a stock its levels and changes."""
    stock = whose.kind == "stock"
    wanted = MONTHS + stock
    values = read_months(fields, whose.name, 1 - stock)
    if values and len(values) != wanted:
        code = "carbon.balance.levels" if stock else "carbon.fuel.months"
        fields.report(code, "amount", name="amount", given=len(values), months=wanted)
    below = [month for month, value in enumerate(values, start=1) if value < 0.0]
    if below:
        fields.report("carbon.amount.negative", "amount", below[0] - 1, name=whose.name, month=below[0],
                      given=f"{values[below[0] - 1]:g}", further=", ".join(map(str, below[1:])))  # fmt: skip
    if len(values) != wanted:
        return None, None
    found = np.array(values) * times
    if stock:
        fields.found.extend([] if below else levels_told(found, whose, times, fields.where("amount")))
        return np.diff(found), found
    if not below and whose.per:
        fields.found.extend(amounts_told(found, whose, times, fields.where("amount")))
    return found, None


def read_months(fields: Fields, name: str, first: int = 1) -> list[float]:
    """The amounts of a document as typed, none where one is absent or no number; a text that is read as a number
    otherwise than it is written is told.

    name: whose amounts; first: month of the first one, 0 for the levels of a stock.
    """
    given = fields.content.get("amount")
    listed = given if isinstance(given, list) else []
    empty = [at for at, one in enumerate(listed) if one is None or one == ""]
    if empty or not fields.has("amount"):
        fields.report("carbon.amount.empty", "amount", *empty[:1], name=name,
                      months=", ".join(str(at + first) for at in empty))  # fmt: skip
        fields.asked.add("amount")
        return []
    numbers = fields.numbers("amount", True)
    for at, (one, number) in enumerate(zip(listed, numbers, strict=False)):
        if one.strip() != number.printed:
            fields.report("carbon.amount.read", "amount", at, severity="warning", name=name, month=at + first,
                          given=one[:40], value=number.printed)  # fmt: skip
    return [number.value for number in numbers]


def _defaults(fields: Fields, reports: tuple[Report, ...]) -> frozenset[int]:
    """Months whose carbon was not measured beside others with reports."""
    found = frozenset(int(n.value) for n in fields.numbers("defaults"))
    if bad := sorted(found - YEAR):
        fields.report("carbon.report.month", "defaults", given=", ".join(map(str, bad)))
    both = sorted(found & {one.month for one in reports})
    if both:
        fields.report("carbon.report.default", "defaults", months=", ".join(map(str, both)))
    if found and not reports:
        fields.report("carbon.report.no_reports", "defaults", severity="warning",
                      months=", ".join(map(str, sorted(found))))  # fmt: skip
        return frozenset()
    return found


def _two_ways(fields: Fields, name: str, reports: bool, defaults: frozenset[int]) -> None:
    """Findings where a stream's carbon comes about in two ways, or in none for a month of its defaults."""
    way = {factor: fields.has(factor) for factor in ("carbon", "carbon_per_heat", "heat_value")}
    if way["carbon"] and reports:
        fields.report("carbon.stream.two_ways", "carbon", name=name, one_key="reports", other_key="carbon")
    for factor in ("carbon_per_heat", "heat_value"):
        if way[factor] and way["carbon"]:
            fields.report("carbon.stream.two_ways", factor, name=name, one_key="carbon", other_key=factor)
        if way[factor] and reports and not defaults:
            fields.report("carbon.stream.two_ways", factor, name=name, one_key="reports", other_key=factor)
        if defaults and reports and not way[factor]:
            fields.report("carbon.report.default_factor", factor, name=name, example=EXAMPLES[factor],
                          months=", ".join(map(str, sorted(defaults))), key=factor,
                          **named("factor", "factor", factor))  # fmt: skip


def _reported(
    fields: Fields, reports: tuple[Report, ...], amount: NDArray[np.float64], defaults: frozenset[int], whose: Whose
) -> Any:
    """Carbon as received of laboratory reports (12,), 0 where none is needed; None with what is wrong reported."""
    before = len(fields.found)
    if whose.per != MASS:
        fields.report("carbon.report.not_mass", "reports", name=whose.name, unit=whose.per)
        return None
    for at, one in enumerate(reports):
        if 1 <= one.month <= MONTHS and amount[one.month - 1] == 0.0:
            fields.report("carbon.report.nothing_burnt", "reports", at, name=whose.name, month=one.month,
                          number=one.number)  # fmt: skip
    idle = frozenset(int(place) + 1 for place in np.flatnonzero(amount == 0.0))
    try:
        carbon = carbon_as_received(reports, defaults | idle)
        told = [*late(reports, whose.year, whose.rules), *outliers(reports, whose.rules)]
        if dry := moisture_unstated(reports):
            told.append(finding("carbon.report.moisture_u", f"reports/{dry[0]}", "warning", name=whose.name,
                                months=", ".join(map(str, dry))))  # fmt: skip
        told += moisture_idle(reports, whose.name)
        told += of_other_year(reports, whose.year) if whose.made is not None else ()
        for factor, content in (("carbon", plain(carbon)), ("heat_value", heat_of(reports))):
            told += contents_told(content, factor, whose, "reports", "/{month}")
        ratio = carbon_per_heat(reports)
    except Refused as refused:
        fields.found.extend(placed(refused.findings, reports, fields.where("reports")))
        return None
    some = np.where(plain(carbon) > 0.0, plain(carbon), math.nan)
    of_flow = [(some, "carbon", whose.kind)] if whose.kind in BALANCE else []
    for value, factor, kind in (*of_flow, (ratio, "carbon_per_heat", "combustion")):
        bands, said = ranges(kind, factor, whose.per, whose.fuel), {"name": whose.name, "factor": factor}
        told += [replace(item, where=f"reports/{dict(item.parameters)['month']}")
                 for item in out_of_range(value, bands, whose.rules.overrides, "", whose.day, **said)]  # fmt: skip
    fields.found.extend(placed(told, reports, fields.where("reports")))
    return None if errors(fields.found[before:]) else carbon


def read_report(fields: Fields, whose: Whose) -> Report:
    """One laboratory report; what is wrong is in `found`, and the report is then not used."""
    names = ("carbon", "u_method", "u_month")
    other = ("moisture_ar", "moisture_ad", "ash_ar", "heat", "hydrogen", "sulphur", "u_moisture")
    found = {name: one.value if (one := fields.number(name, True)) else math.nan for name in names}
    more = {name: one.value if (one := fields.number(name)) else None for name in other}
    month, basis = fields.whole("month") or 0, fields.choice("basis", BASES)
    if not fields.has("month"):
        fields.report("typed.field.missing", "month", field="month")
    issuer, number = fields.text("issuer", True), fields.text("number", True)
    issued, accredited = fields.day("issued"), fields.text("accredited")
    fields.close()
    for name, value in (found | more).items():
        if value is not None:
            fields.found.extend(out_of_range(value, ranges("report", name), whose.rules.overrides, fields.where(name),
                                             whose.day, name=number, at=str(month)))  # fmt: skip
    total, sample = more["moisture_ar"], more["moisture_ad"]
    if total is not None and sample is not None and total < sample:
        fields.report("carbon.report.moistures", "moisture_ar", month=month, total=f"{total:g}", sample=f"{sample:g}")
    if issued is not None and whose.made is not None and 1 <= month <= MONTHS:
        end = date(whose.year + month // MONTHS, month % MONTHS + 1, 1) - timedelta(days=1)
        said: dict[str, Any] = {"month": month, "number": number, "day": issued.isoformat()}
        if issued < end:
            fields.report("carbon.report.early", "issued", year=whose.year, last=end.isoformat(), **said)
        if issued > whose.made:
            fields.report("carbon.report.after", "issued", made=whose.made.isoformat(), **said)
    return Report(
        month, issuer, number, found["carbon"], basis or "ar", found["u_method"], found["u_month"],  # type: ignore[arg-type]
        total, sample, more["ash_ar"], more["u_moisture"] or 0.0, more["heat"], more["hydrogen"], more["sulphur"],
        issued, accredited,
    )  # fmt: skip


def _truths(fields: Fields, key: str) -> NDArray[np.bool_] | None:
    fields.asked.add(key)
    value = fields.content.get(key)
    if value is None:
        return None
    if not (isinstance(value, list) and len(value) == MONTHS and all(isinstance(one, bool) for one in value)):
        fields.report("typed.field.type", key, field=key, expected_zh="12 个 true 或 false",
                      expected_en="12 times true or false")  # fmt: skip
        return None
    return np.array(value)
