"""The hours of a monitored stack on the verifier's page: a month, its hours, an hour's readings and certificates."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import numpy as np

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.monitoring.hours.minutes import Mark
from suyuan.carbon.monitoring.hours.stack import CONSTANTS, UNITS, Model
from suyuan.carbon.monitoring.lost.lost import RATE
from suyuan.carbon.monitoring.year.year import StackYear
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.notation import number
from suyuan.quantity.unit import parse_unit
from suyuan.series.asof import Status
from suyuan.site.acts.carbon import held, stacks
from suyuan.site.acts.carbon import verifying as acts
from suyuan.site.acts.carbon.held import Filed
from suyuan.site.acts.carbon.verifying import Hour, Reading, Running
from suyuan.site.terms import term
from suyuan.site.web.carbon.rules import scheme_said
from suyuan.site.web.carbon.shown import K, reference
from suyuan.site.web.parts.number import quantity_html
from suyuan.site.web.series.ways import stream_way
from suyuan.site.web.ways import toward
from suyuan.store.zone import house_zone
from suyuan.verbs.carbon.monitored import Stacked

MONTHS = range(1, 13)
READINGS = 60
"""Readings of a channel that the page shows; the stream has all."""
HOUR = 3600
"""Seconds between rows from which on a row is an hour and no reading."""
NEIGHBOURS = 12
"""Hours behind a substitute that the page names."""
SYMBOLS = {"co2": "CO₂", "o2": "O₂", "velocity": "v", "flow": "F", "temperature": "T", "pressure": "p", "moisture": "h",
           "area": "A", "Fc": "Fc", "Fd": "Fd"}  # fmt: skip
"""Role of a channel or constant → its symbol in the formula."""
UNIT_SIGNS = {"%": "%", "m/s": "m/s", "m3/h": "m³/h", "K": "K", "Pa": "Pa", "m2": "m²", "1": ""}
PART_SIGNS = {"concentration": "x", "flow": "q", "moisture": "h"}
PART_UNITS = {RATE: "t/h", "concentration": "", "flow": "m³/h", "moisture": "%"}


def hours_shown(behind: Filed, claim: Claim, given: Mapping[str, str]) -> dict[str, Any]:
    """What the page says of the stacks: years by month, the hours of the month asked for, the hour asked for."""
    try:
        years = stacks.years(behind.plant, behind.digest, held.known_at(claim))
    except Refused as refused:
        return {"stack_told": refused.findings}
    one = next((y for y in years if y.year.stack == given.get("stack", "")), years[0] if years else None)
    if one is None:
        return {}
    month, told = _whole(given, "month", 1, 12)
    shown: dict[str, Any] = {
        "stack": one.year.stack, "scheme_of": scheme_said(one.year.scheme), "stack_told": told,
        "all_stacks": [{"name": y.year.stack, "way": _way(y.year.stack), "here": y is one} for y in years],
        "by_month": [_month(one, m, m == month) for m in MONTHS],
    }  # fmt: skip
    number_, more = _whole(given, "hour", 0, len(one.year.calendar) - 1)
    shown["stack_told"] = (*told, *more)
    if number_ is not None:
        try:
            opened = acts.hour_of(one, number_, behind.plant.enterprise)
        except Refused as refused:
            return shown | {"stack_told": (*shown["stack_told"], *refused.findings)}
        month = int(one.year.calendar.month[number_])
        shown["by_month"] = [_month(one, m, m == month) for m in MONTHS]
        shown["opened"] = _hour(opened, one)
    if month is not None:
        hours = acts.hours_of(one, month)
        lost = [hour for hour in hours if hour.value is None]
        only = given.get("lost") == "1"
        rows = lost if only else hours
        shown |= {"month": month, "hours": [_row(hour, one, number_) for hour in rows], "lost": len(lost),
                  "ran": len(hours), "only": only, "every": _way(one.year.stack, month=month) + "#month",
                  "those": _way(one.year.stack, month=month, lost=1) + "#month"}  # fmt: skip
    return shown


def _whole(given: Mapping[str, str], name: str, least: int, most: int) -> tuple[int | None, tuple[Finding, ...]]:
    text = given.get(name, "").strip()[:12]
    if not text:
        return None, ()
    if text.isascii() and text.isdigit() and least <= int(text) <= most:
        return int(text), ()
    code = "site.carbon.hour" if name == "hour" else "site.carbon.number"
    return None, (finding(code, name, given=text, name=name, least=least),)


def _way(stack: str, **more: object) -> str:
    return f"?{urlencode({'stack': stack, **{k: str(v) for k, v in more.items()}})}"


def _month(one: Stacked, month: int, here: bool) -> dict[str, Any]:
    year = one.year
    part = year.calendar.of_month(month)
    ran = year.operating[part] > 0.0
    lost = int((ran & (year.reason[part] != 0)).sum())
    return {"month": month, "ran": int(ran.sum()), "lost": lost, "here": here,
            "way": _way(year.stack, month=month) + "#hours",
            "share": f"{100 * (1 - lost / ran.sum()):.1f}" if ran.any() else ""}  # fmt: skip


def _row(hour: Running, one: Stacked, here: int | None) -> dict[str, Any]:
    return {"told": _clock(hour.told), "value": _number(hour.value), "legal": _number(hour.legal),
            "best": _number(hour.best), "why": _why(hour.reason), "row": hour.row, "here": hour.number == here,
            "lost": hour.value is None, "way": _way(one.year.stack, hour=hour.number) + "#hour"}  # fmt: skip


def _clock(told: str) -> str:
    return told[5:16].replace("T", " ") + (f" {told[16:]}" if told[16:] not in ("", "+08:00") else "")


def _number(value: float | None) -> str:
    return f"{value:.2f}" if value is not None else ""


def _why(reason: int) -> list[str]:
    return [f"carbon.mark.{(mark.name or '').lower()}" for mark in Mark if reason & mark]


def _hour(opened: Hour, one: Stacked) -> dict[str, Any]:
    hour = opened.running
    measured = opened.measured
    return {
        "told": hour.told, "value": quantity_html(float(measured.value), K * float(measured.u), "t/h", k=K)
        if measured is not None else "", "legal": _number(hour.legal), "best": _number(hour.best),
        "why": _why(hour.reason), "row": hour.row,
        "again": recomputed(one, hour.number), "channels": [_channel(r, one) for r in opened.readings],
    }  # fmt: skip


def recomputed(one: Stacked, number_: int) -> dict[str, Any]:
    """With what an hour can be computed again by hand: the formula, each corrected mean, the constants, the parts.

    Nothing of a measurement for one that is lost; then the replacement with the hours that it is made of.
    """
    year = one.year
    made, model = year.made, year.made.course.model
    places = np.flatnonzero(made.running.place == number_).tolist()
    if not places:
        return {}
    at = places[0]
    means = [_term(SYMBOLS[role], f"role.{role}", column.value[at], UNIT_SIGNS[UNITS[role]])
             for role, column in made.channels.items()]  # fmt: skip
    constants = [_term(SYMBOLS.get(name, name), f"role.{name}", value, UNIT_SIGNS.get(CONSTANTS[name], ""))
                 for name, value in model.constants.items()]  # fmt: skip
    law = [_term("ρ", "hour.density", model.density, "kg/m³"), _term("T₀", "hour.T0", model.temperature, "K"),
           _term("p₀", "hour.p0", model.pressure, "Pa")]  # fmt: skip
    law += [_term("O₂ₐ", "hour.air", model.air, "%")] if model.air else []
    parts = [_term(PART_SIGNS[factor], f"hour.part.{factor}", column[at], PART_UNITS[factor])
             for factor, column in made.rates.parts.items()]  # fmt: skip
    rate = _term("m", "hour.part.rate", made.rates.rate[at], PART_UNITS[RATE])
    return {"formula": _formula(model), "terms": [*means, *constants, *law], "parts": [*parts, rate],
            "share": f"{made.running.share[at]:.4g}",
            "substitutes": _substitutes(one, at)}  # fmt: skip


def _term(symbol: str, name: str, value: float, unit: str) -> dict[str, str]:
    """A row of what an hour is computed with; what is unknown has no unit."""
    return {"symbol": symbol, "name": f"carbon.{name}", "value": _five(value),
            "unit": unit if math.isfinite(value) else ""}  # fmt: skip


def _formula(model: Model) -> list[str]:
    """The model as people write it: concentration, flow, rate."""
    stack = model.stack
    gas = "x = CO₂ / 100" if stack.gas.role == "co2" else "x = Fc/Fd · (O₂ₐ − O₂) / O₂ₐ"
    raw = "F" if stack.mover.role == "flow" else "v · A · 3600"
    flow = f"q = {raw}" if stack.mover.standard else f"q = {raw} · (T₀/T) · (p/p₀)"
    wet = "" if not stack.needs_moisture else " · (1 − h/100)" if stack.gas_basis == "dry" else " / (1 − h/100)"
    return [gas, flow, f"m = x · q · ρ{wet} / 1000"]


def _substitutes(one: Stacked, at: int) -> list[dict[str, Any]]:
    """What replaces an hour, by target: the row, how, the value, the hours of which it is made. at: running hour."""
    year, found = one.year, []
    place = year.made.running.place
    for target, replaced in year.made.legal.items():
        for made in replaced.made:
            if not made.gap.start <= at + replaced.ahead < made.gap.stop:
                continue
            hours = [{"told": _told(year, place, hour - replaced.ahead), "weight": f"{weight:.4g}",
                      "way": _hour_way(one, place, hour - replaced.ahead),
                      "value": _five(_before(year, target, hour - replaced.ahead))}
                     for hour, weight in zip(made.hours, made.weights, strict=True)]  # fmt: skip
            found.append({"target": f"carbon.hour.part.{target}", "row": made.rule,
                          "how": f"carbon.hour.how.{made.how}" if made.known else "", "value": _five(made.value),
                          "unit": PART_UNITS[target], "back": made.looked_back, "hours": hours[:NEIGHBOURS],
                          "more": max(0, len(hours) - NEIGHBOURS), "known": made.known})  # fmt: skip
    return found


def _told(year: StackYear, place: Any, at: int) -> str:
    return _clock(year.calendar.told(int(place[at]))) if 0 <= at < len(place) else term("carbon.hour.year_before")


def _hour_way(one: Stacked, place: Any, at: int) -> str:
    return _way(one.year.stack, hour=int(place[at])) + "#hour" if 0 <= at < len(place) else ""


def _before(year: StackYear, target: str, at: int) -> float:
    """The measured value of a target in a running hour; NaN for one of the year before."""
    rates = year.made.rates
    column = rates.rate if target == RATE else rates.parts[target]
    return float(column[at]) if 0 <= at < len(column) else math.nan


def _five(value: float) -> str:
    if not math.isfinite(value):
        return term("none.unknown")
    return f"{value:,.0f}".replace(",", "\u2009") if abs(value) >= 1e5 else str(number(float(value), 6))


def _channel(one: Reading, stacked: Stacked) -> dict[str, Any]:
    zone, certificate = house_zone(), one.certificate
    row = reference(certificate.issuer, certificate.number) if certificate is not None else None
    digest = row["way"].rpartition("/")[2] if row and row["way"] else ""
    way = ""
    if not stacked.filed.table and one.rows:
        first, last = (int(one.rows[at][0].timestamp() * 1e6) for at in (0, -1))
        way = stream_way(one.column, first=first, last=last + 60_000_000)
    marks = one.marks or ((),) * len(one.rows)
    return {
        "step": stacked.filed.stack.step >= HOUR, "role": f"carbon.role.{one.role}",
        "column": one.column, "way": way, "instrument": one.instrument,
        "unit": parse_unit(one.unit).symbol, "certificate": row, "trace": toward("trace", digest) if digest else None,
        "state": one.state.word if one.state != Status.VALID else "valid", "total": len(one.rows),
        "rows": [(when.astimezone(zone).strftime("%H:%M:%S"), number(value, 8) if value is not None
                  else term("data.status.missing"), [f"carbon.mark.{mark}" for mark in marked])
                 for (when, value), marked in zip(one.rows[:READINGS], marks[:READINGS], strict=True)],
    }  # fmt: skip
