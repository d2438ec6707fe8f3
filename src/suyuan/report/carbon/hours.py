"""The hours of stacks on paper: what became of each, month by month, and the ledger with every one of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.minutes import Mark
from suyuan.carbon.monitoring.hours.month import REASONS
from suyuan.carbon.monitoring.hours.stack import UNITS
from suyuan.carbon.monitoring.year.year import StackYear
from suyuan.carbon.words import word
from suyuan.quantity.finding import Finding
from suyuan.report.carbon.annual import Beside, months_blocks
from suyuan.report.carbon.told import (
    COVERAGE,
    Head,
    Paper,
    count,
    facts,
    finding_fields,
    findings,
    heads,
    paper,
    percent,
    say,
    section,
    summed,
    term,
    tonnes,
    two,
    unknown,
    what,
)
from suyuan.report.figures.carbon.hours import CLASSES, HOURS, HourField, hours_figure
from suyuan.report.papers.document import Block, Cell, Language, Number, Paragraph, Table, Text, Word
from suyuan.verbs.carbon.monitored import evidence_of

OF_REASON: Mapping[int, str] = {
    Mark.NO_CERTIFICATE: "no_certificate", Mark.OUT_OF_CONTROL: "instrument", Mark.FAULT: "instrument",
    Mark.OUT_OF_RANGE: "instrument", Mark.IMPLAUSIBLE: "instrument", Mark.MAINTENANCE: "care",
    Mark.CALIBRATION: "care", Mark.MISSING: "missing", Mark.NOT_OPERATING: "standing",
}  # fmt: skip
"""Why an hour is lost → its class in the figure."""
BAD_SHARE = 0.9
"""Below this share of valid hours a month is marked, so that somebody looks; no rule says so."""


def ledger(
    head: Head, years: Sequence[StackYear], language: Language = "both", months: Iterable[int] | None = None,
    told: Sequence[Finding] = (),
) -> Paper:  # fmt: skip
    """The hour ledger of stacks: field, months, methods, certificates, and all hours in the workbook and the data.

    months: to tell, those that were read by default; told: findings of rows, certificates and hours, else those that
    the years know themselves.
    """
    wanted = tuple(months or ())
    blocks: list[Block] = [Paragraph(_lead(years), "lead"), *missing_alert(years)]
    for year in years:
        blocks += [section_of(year), *_stack(year, language, wanted or year.asked)]
    told = told or [item for year in years for item in year.findings]
    blocks += findings(told)
    stacks = [{**stack_fields(year), "hours": hour_columns(year, wanted or year.asked)} for year in years]
    fields = {"unit_of_mass": "t", "unit_of_rate": "t/h", "stacks": stacks, "findings": finding_fields(told)}
    return paper(head, blocks, fields)


def missing_alert(years: Sequence[StackYear]) -> list[Block]:
    """What nobody may overlook: running hours without any legal value; nothing where there is none."""
    lost = sum(int(((year.operating > 0.0) & np.isnan(year.legal)).sum()) for year in years)
    return [Paragraph(term("alert.missing", n=lost), "alert")] if lost else []


def section_of(year: StackYear) -> Block:
    """The heading of a stack."""
    heading = section("stack")
    return type(heading)({one: f"{text} {year.stack}" for one, text in heading.text.items()}, 1)


def _lead(years: Sequence[StackYear]) -> Text:
    ran, measured = (sum(counted(year)[n] for year in years) for n in (0, 1))
    missing = sum(float(year.missing("legal").sum()) for year in years)
    legal = sum(float(year.total("legal").value) for year in years)
    best, unknown = (_sum([year.total("best") for year in years]),
                     sum(float(year.missing("best").sum()) for year in years))  # fmt: skip
    return term("lead.ledger", stacks=len(years), ran=ran, measured=measured,
                share=f"{100 * measured / ran:.1f}" if ran else "?", lost=ran - measured,
                legal=summed(legal, missing),
                best=summed(float(best.value), unknown, COVERAGE * float(best.u)))  # fmt: skip


def _sum(values: Sequence[Any]) -> Any:
    total = values[0]
    for one in values[1:]:
        total = total + one
    return total


def counted(year: StackYear, hours: NDArray[np.bool_] | None = None) -> tuple[int, int]:
    """Running hours and measured ones, of some hours or all."""
    ran = year.operating > 0.0
    if hours is not None:
        ran = ran & hours
    return int(ran.sum()), int((ran & ~np.isnan(year.value)).sum())


def _stack(year: StackYear, language: Language, months: Sequence[int]) -> Iterator[Block]:
    yield facts(
        ("scheme", word("scheme", year.scheme)), ("hours", f"{np.isin(year.calendar.month, months).sum()}"),
        ("zone", str(year.calendar.zone)), ("complete", Word(term("word.yes"), "good") if year.complete else
                                            Word(term("word.incomplete"), "bad")),
    )  # fmt: skip
    yield from field_blocks(year, language, months)
    at = [n for n, month in enumerate(year.asked) if month in months]
    legal, best = year.by_month("legal"), year.by_month("best")
    numbers = tuple(year.asked[n] for n in at)
    yield from months_blocks(numbers, np.asarray(legal.value)[at],
                             (np.asarray(best.value)[at], np.asarray(best.u)[at]), language,
                             Beside(year.missing("legal")[at]))  # fmt: skip
    yield methods_of_hours(year)
    yield certificates_table(year)
    yield hours_table(year, months)


# ---------------------------------------------------------------- the field


def field_of(year: StackYear, months: Sequence[int]) -> HourField:
    """The classes of hours by day and local hour. Of two hours that clocks show as one the worse is kept."""
    keep = np.flatnonzero(np.isin(year.calendar.month, months))
    day = year.calendar.day[keep].astype(np.int64)
    first = int(day.min())
    codes = np.full((int(day.max()) - first + 1, HOURS), -1, np.int8)
    clock = np.array([int(told[11:13]) for told in told_hours(year, keep)])
    np.maximum.at(codes, (day - first, clock), classes_of(year)[keep])
    return HourField(date(year.calendar.year, 1, 1) + timedelta(days=first), codes)


def field_blocks(year: StackYear, language: Language, months: Sequence[int]) -> Iterator[Block]:
    """The field as figure, and its table by month."""
    field = field_of(year, months)
    words = tuple(say(f"class.{name}", language) for name in CLASSES)
    axes = (say("figure.days", language), say("figure.hour", language))
    ran, measured = counted(year, np.isin(year.calendar.month, months))
    label = term("alt.hours", ran=ran, measured=measured, lost=ran - measured)
    yield two(lambda size: hours_figure(field, words, axes, size), term("figure.hours", stack=year.stack), label)
    yield classes_table(year, months)


def classes_table(year: StackYear, months: Sequence[int]) -> Table:
    """Hours of each month by what became of them."""
    classes = classes_of(year)
    rows = []
    for month in months:
        inside = year.calendar.month == month
        codes = classes[inside]
        numbers = [int((codes == n).sum()) for n in range(len(CLASSES))]
        ran, measured = counted(year, inside)
        share = measured / ran if ran else None
        low = share is not None and share < BAD_SHARE
        cell = percent(share)
        marked: Cell = Number(cell.text, cell.value, "bad") if low and isinstance(cell, Number) else cell
        rows.append((count(month), count(ran), *(count(n) for n in numbers), marked))
    columns = (*heads("month", "running"), *(term(f"class.{name}") for name in CLASSES), *heads("valid_percent"))
    return Table(term("table.classes"), columns, tuple(rows), "r" * len(columns), (term("note.classes"),), "classes",
                 size="small")  # fmt: skip


def classes_of(year: StackYear) -> NDArray[np.int8]:
    """The class of each hour (h,), −1 where it was not read."""
    rank = {name: n for n, name in enumerate(CLASSES)}
    codes = np.full(len(year.calendar), -1, np.int8)
    known = ~np.isnan(year.operating)
    ran = known & (year.operating > 0.0)
    codes[ran] = rank["missing"]
    for mark, name in OF_REASON.items():
        codes[known & (year.reason == int(mark))] = rank[name]
    codes[ran & ~np.isnan(year.value)] = rank["measured"]
    codes[known & ~ran] = rank["standing"]
    codes[ran & np.isnan(year.legal)] = rank["unknown"]
    return codes


# ---------------------------------------------------------------- tables


def methods_of_hours(year: StackYear) -> Table:
    """Running hours and legal tonnes by method: measured, each rule row that replaced hours, missing."""
    rows = {str(row["id"]): row for row in year.used}
    shares = list(year.shares.items())
    total = float(year.total("legal").value)
    written = tonnes([t for _, (_, t) in shares])
    cells = []
    for n, (name, (hours, t)) in enumerate(shares):
        missing = name == "missing"
        named: Text = term(f"method.{name}") if name in ("measured", "missing") else what(rows[name])
        cells.append((named, "" if name in ("measured", "missing") else name, count(round(hours, 1)),
                      unknown() if missing else written[n], unknown() if missing else
                      percent(t / total if total else None, 2)))  # fmt: skip
    return Table(term("table.hours_methods"), heads("method", "row", "hours", "legal", "share"), tuple(cells), "llrrr",
                 (term("text.bias"),), "methods")  # fmt: skip


def certificates_of(year: StackYear, months: Sequence[int] = ()) -> list[tuple[str, str, int, int, int]]:
    """Which certificate stands behind which hours: role, certificate, first and last hour of the year, measured hours.

    A constant's certificate stands behind all hours. months: that are told, all where empty.
    """
    inside = np.flatnonzero(np.isin(year.calendar.month, months or range(1, 13)))
    ends, measured = (int(inside[0]), int(inside[-1]) + 1), ~np.isnan(year.value)
    found: list[tuple[str, str, int, int, int]] = []
    for role, one in year.made.course.held.items():
        windows = one.windows
        for n in windows.usable.tolist():
            edges = np.searchsorted(year.calendar.begin, [windows.start[n], windows.end[n]])
            first, last = (int(at) for at in edges.clip(*ends))
            certificate = windows.corrections[n]
            if first < last and certificate is not None:
                named = f"{certificate.issuer} {certificate.number}".strip()
                if found and found[-1][:2] == (role, named) and found[-1][3] == first - 1:
                    first = found.pop()[2]  # one that goes on: a statement that was not known yet begins inside
                found.append((role, named, first, last - 1, int(measured[first:last].sum())))
    constants = {(e.factor, f"{e.issuer} {e.number}".strip()) for e in evidence_of(year)
                 if e.factor in year.made.course.model.stack.constants}  # fmt: skip
    first, last = ends
    whole = int(measured[first:last].sum())
    return found + [(name, named, first, last - 1, whole) for name, named in sorted(constants)]


def certificates_table(year: StackYear, months: Sequence[int] = ()) -> Table:
    """The certificates that corrected each channel, with the hours for which each counted. months: as before."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (term(f"role.{role}"), named, *(told[:16].replace("T", "\u2007") for told in told_hours(year, ends)),
         count(hours))
        for role, named, *ends, hours in certificates_of(year, months)
    )  # fmt: skip
    return Table(term("table.certificates"), heads("channel", "certificate", "from", "to", "measured"), rows, "llllr",
                 (term("note.certificates"),), f"certificates {year.stack}")  # fmt: skip


def told_hours(year: StackYear, hours: Iterable[int]) -> list[str]:
    """Hours by local clocks with their offset."""
    return [year.calendar.told(int(hour)) for hour in hours]


def reason_of(mark: int) -> Text:
    """Why an hour is lost, in words; «» for one that was measured."""
    return term(f"reason.{Mark(mark).name}") if mark else term("method.measured")


def hours_table(year: StackYear, months: Sequence[int]) -> Table:
    """Every hour: state, rate, legal value, best estimate, the means of its channels. Only in the workbook."""
    keep = np.flatnonzero(np.isin(year.calendar.month, months))
    channels = _channels(year)
    names = {int(mark): reason_of(int(mark)) for mark in (0, *REASONS, Mark.NOT_OPERATING)}
    stood = names[int(Mark.NOT_OPERATING)]
    rows = []
    for hour, told in zip(keep.tolist(), told_hours(year, keep), strict=True):
        ran = year.operating[hour]
        state = stood if ran == 0.0 else names[int(year.reason[hour])]
        rule = year.rules_of_hours[year.rule[hour]] if year.rule[hour] >= 0 else ""
        numbers = (year.value[hour], year.legal[hour], year.best[hour], *(c[hour] for c in channels.values()))
        rows.append((told, _raw(ran), state, rule, *map(_raw, numbers)))
    columns = (*heads("hour", "operating", "state", "row", "rate", "legal", "best"),
               *(_channel_head(role) for role in channels))  # fmt: skip
    return Table(term("table.hours", stack=year.stack), columns, tuple(rows), "lrll" + "r" * (3 + len(channels)), (),
                 f"hours {year.stack}", True)  # fmt: skip


def _channel_head(role: str) -> Text:
    return {one: f"{text} / {UNITS[role]}" for one, text in term(f"role.{role}").items()}


def _raw(value: float) -> Cell:
    return "" if math.isnan(value) else Number(f"{value:.6g}", float(value))


def _channels(year: StackYear) -> dict[str, NDArray[np.float64]]:
    """Corrected means of the channels over all hours (h,), NaN where the unit stood or nothing counts."""
    found = {}
    for role, one in year.made.channels.items():
        column = np.full(len(year.calendar), np.nan)
        column[year.made.running.place] = one.value
        found[role] = column
    return found


# ---------------------------------------------------------------- data


def stack_fields(year: StackYear) -> dict[str, Any]:
    """A stack's year as data, without its hours."""
    legal, best = year.by_month("legal"), year.by_month("best")
    ran, measured = counted(year)
    missing, unknown_ = year.missing("legal"), year.missing("best")
    return {
        "stack": year.stack, "scheme": year.scheme, "months": list(year.asked), "running": ran, "measured": measured,
        "legal": whole(year.total("legal").value, missing.sum()), "missing": float(missing.sum()),
        "best": whole(year.total("best").value, unknown_.sum()), "unknown": float(unknown_.sum()),
        "u": whole(year.total("best").u, unknown_.sum()),
        "of_known_hours": {"legal": _finite(year.total("legal").value), "best": _finite(year.total("best").value)},
        "months_legal": _whole(legal.value, missing), "months_missing": missing.tolist(),
        "months_best": _whole(best.value, unknown_), "months_unknown": unknown_.tolist(),
        "months_u": _whole(best.u, unknown_),
        "capture": {str(quarter): value for quarter, value in year.capture.items()},
        "methods": {name: {"hours": hours, "tonnes": None if name == "missing" else t}
                    for name, (hours, t) in year.shares.items()},
        "certificates": [{"role": role, "certificate": named, "from": year.calendar.told(first),
                          "to": year.calendar.told(last), "measured": hours}
                         for role, named, first, last, hours in certificates_of(year)],
    }  # fmt: skip


def whole(value: Any, lost: float) -> float | None:
    """A sum as data: null where it leaves running hours out."""
    return None if lost else float(value)


def _whole(values: Any, lost: NDArray[np.float64]) -> list[float | None]:
    return [whole(one, hours) for one, hours in zip(np.asarray(values).tolist(), lost.tolist(), strict=True)]


def _finite(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None


def hour_columns(year: StackYear, months: Sequence[int]) -> dict[str, Any]:
    """The hours as columns; null where nothing is known."""
    keep = np.flatnonzero(np.isin(year.calendar.month, months))
    rule = [year.rules_of_hours[n] if n >= 0 else None for n in year.rule[keep].tolist()]
    return {
        "hour": told_hours(year, keep), "operating": _listed(year.operating[keep]),
        "reason": year.reason[keep].tolist(), "rule": rule, "rate": _listed(year.value[keep]),
        "legal": _listed(year.legal[keep]), "best": _listed(year.best[keep]),
        "channels": {role: _listed(column[keep]) for role, column in _channels(year).items()},
    }  # fmt: skip


def _listed(values: NDArray[np.float64]) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values.tolist()]
