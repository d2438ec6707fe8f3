"""The hours of a monitored stack on the verifier's page: a month, its hours, an hour's readings and certificates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.monitoring.minutes import Mark
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.notation import number
from suyuan.quantity.unit import parse_unit
from suyuan.series.asof import Status
from suyuan.site.acts.carbon import stacks
from suyuan.site.acts.carbon import verifying as acts
from suyuan.site.acts.carbon.held import Filed
from suyuan.site.acts.carbon.verifying import Hour, Reading, Running
from suyuan.site.terms import term
from suyuan.site.web.carbon.shown import K, reference
from suyuan.site.web.parts.number import quantity_html
from suyuan.site.web.series.ways import stream_way
from suyuan.site.web.ways import toward
from suyuan.store.zone import house_zone
from suyuan.verbs.carbon.monitored import Stacked

MONTHS = range(1, 13)
READINGS = 60
"""Readings of a channel that the page shows; the stream has all."""


def hours_shown(behind: Filed, claim: Claim, given: Mapping[str, str]) -> dict[str, Any]:
    """What the page says of the stacks: years by month, the hours of the month asked for, the hour asked for."""
    try:
        years = stacks.years(behind.plant, behind.digest, claim.made)
    except Refused as refused:
        return {"stack_told": refused.findings}
    one = next((y for y in years if y.year.stack == given.get("stack", "")), years[0] if years else None)
    if one is None:
        return {}
    month, told = _whole(given, "month", 1, 12)
    shown: dict[str, Any] = {
        "stack": one.year.stack, "scheme_of": one.year.scheme, "stack_told": told,
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
        "why": _why(hour.reason), "row": hour.row, "channels": [_channel(r, one) for r in opened.readings],
    }  # fmt: skip


def _channel(one: Reading, stacked: Stacked) -> dict[str, Any]:
    zone, certificate = house_zone(), one.certificate
    row = reference(certificate.issuer, certificate.number) if certificate is not None else None
    digest = row["way"].rpartition("/")[2] if row and row["way"] else ""
    way = ""
    if not stacked.filed.table and one.rows:
        first, last = (int(one.rows[at][0].timestamp() * 1e6) for at in (0, -1))
        way = stream_way(one.column, first=first, last=last + 60_000_000)
    return {
        "role": f"carbon.role.{one.role}", "column": one.column, "way": way, "instrument": one.instrument,
        "unit": parse_unit(one.unit).symbol, "certificate": row, "trace": toward("trace", digest) if digest else None,
        "state": one.state.word if one.state != Status.VALID else "valid", "total": len(one.rows),
        "rows": [(when.astimezone(zone).strftime("%H:%M:%S"), number(value, 8) if value is not None
                  else term("data.status.missing")) for when, value in one.rows[:READINGS]],
    }  # fmt: skip
