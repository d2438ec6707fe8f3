"""The quarterly quality report of stacks: capture, lost hours, days, zero and span checks with their limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from suyuan.carbon.management.oversight import beside
from suyuan.carbon.monitoring.hours.calendar import Calendar
from suyuan.carbon.monitoring.hours.minutes import Mark
from suyuan.carbon.monitoring.year.year import Kind, StackYear
from suyuan.carbon.rule import rules
from suyuan.carbon.words import word
from suyuan.quantity.finding import Finding
from suyuan.report.carbon.accuracy import accuracy_table
from suyuan.report.carbon.hours import (
    certificates_table,
    counted,
    field_blocks,
    missing_alert,
    reason_of,
    section_of,
    stack_fields,
    whole,
)
from suyuan.report.carbon.substituted import gaps_of_year
from suyuan.report.carbon.told import (
    COVERAGE,
    Head,
    Paper,
    count,
    facts,
    finding_fields,
    findings,
    heads,
    number,
    paper,
    percent,
    rule_table,
    say,
    section,
    summed,
    term,
    two,
    unknown,
)
from suyuan.report.figures.dress import Axis
from suyuan.report.figures.study.chart import ChartWords, Course, chart_figure, cusum_figure
from suyuan.report.papers.document import Block, Cell, Heading, Language, Number, Paragraph, Table, Text, Word
from suyuan.verbs.carbon.accuracy import Accuracy, accuracy_fields
from suyuan.verbs.carbon.checks import CheckSeries, Judged

FEW_CHECKS = 12
"""Checks of a series that a page prints beside its charts; of more only those beyond a limit."""
MOST_CHECKS = 60
"""Rows of checks and events that a page prints; the workbook has all."""


def quality_report(
    head: Head, years: Sequence[StackYear], quarter: int, checks: Sequence[Judged] = (), language: Language = "both",
    told: Sequence[Finding] = (), tests: Sequence[Accuracy] = (),
) -> Paper:  # fmt: skip
    """The quality of a quarter.

    years: of the stacks, each with months of the quarter at least; quarter: 1 to 4; checks: of their analysers in the
    quarter (`of_quarter`); told: findings, else those of the years; tests: of accuracy, of which those until the end of
    the quarter are shown.
    """
    months = tuple(range(3 * quarter - 2, 3 * quarter + 1))
    blocks: list[Block] = [
        Paragraph(_lead(years, quarter, months), "lead"),
        *missing_alert(years),
        capture_table(years, quarter, months),
    ]
    for year in years:
        blocks += [section_of(year), *_stack(year, quarter, months, language)]
    blocks += _checks(checks, language)
    tests = [one for one in tests if (one.day.year, (one.day.month + 2) // 3) <= (head.year, quarter)]
    blocks += [section("accuracy"), accuracy_table(tests, head.issued)] if tests else []
    rows = {str(row["id"]): row for year in years for row in year.used}
    rows |= {str(row["id"]): row for one in checks for row in one.rows}
    rows |= {str(one.row["id"]): one.row for one in tests if one.row is not None}
    told = told or [item for year in years for item in year.findings]
    told = [*_inside(told, years[0].calendar.year, months), *(item for one in checks for item in one.findings)]
    blocks += [section("rules"), rule_table(list(rows.values())), *findings(told)]
    fields = {"quarter": quarter, "unit_of_mass": "t", "findings": finding_fields(told),
              "stacks": [_fields(year, quarter, months) for year in years],
              "checks": [check_fields(one) for one in checks],
              "accuracy": [accuracy_fields(one) for one in tests]}  # fmt: skip
    return paper(head, blocks, fields)


def _inside(told: Sequence[Finding], year: int, months: Sequence[int]) -> Iterator[Finding]:
    """Findings of hours within the months, and those that name no hour."""
    for item in told:
        stamp = item.where[:7]
        known = stamp[:5] == f"{year}-" and stamp[5:].isdigit()
        if not known or int(stamp[5:]) in months:
            yield item


def _mask(calendar: Calendar, months: Sequence[int]) -> Any:
    return np.isin(calendar.month, months)


def _lead(years: Sequence[StackYear], quarter: int, months: Sequence[int]) -> Text:
    numbers = [counted(year, _mask(year.calendar, months)) for year in years]
    ran, measured = (sum(n[at] for n in numbers) for at in (0, 1))
    shares = [measured / ran for ran, measured in numbers if ran]
    return term("lead.quarter", quarter=quarter, ran=ran, measured=measured,
                share=f"{100 * measured / ran:.1f}" if ran else "?",
                least=f"{100 * min(shares):.1f}" if shares else "?")  # fmt: skip


def capture_table(years: Sequence[StackYear], quarter: int, months: Sequence[int]) -> Table:
    """Valid hours of each stack in the quarter, and how near an edge of the rule they lie."""
    rows = []
    for year in years:
        ran, measured = counted(year, _mask(year.calendar, months))
        share = measured / ran if ran else None
        edges = band_edges(year)
        close = None if share is None else beside(year.stack, "capture", 100 * share, edges)
        note: Cell = {}
        if close is not None:
            below = close.value < close.edge
            note = Word(term("note.below" if below else "note.above", edge=f"{close.edge:g}",
                             apart=f"{abs(close.value - close.edge):.1f}"), "bad" if below else "warn")  # fmt: skip
        replaced = [one for one in gaps_of_year(year) if one.made.known
                    and int(year.calendar.month[one.first]) in months]  # fmt: skip
        rows.append((year.stack, count(ran), count(measured), percent(share),
                     ", ".join(f"{edge:g}" for edge in edges) or unknown(), count(len(replaced)), note))  # fmt: skip
    columns = heads("stack", "running", "measured", "valid_percent", "edges", "replaced", "note")
    return Table(term("table.capture", quarter=quarter), columns, tuple(rows), "lrrrlrl", (term("note.capture"),),
                 "capture")  # fmt: skip


def band_edges(year: StackYear) -> list[float]:
    """Availabilities in percent from which another substitution counts, by all rows of the scheme in the year: one
    that fell too far to be substituted lies below an edge too."""
    rows = rules(year.scheme, date(year.calendar.year, 12, 31)).rows
    bands = [row["value"] for name, row in rows.items() if name.startswith("substitution.")]
    found = {float(band["from"]) for band in bands if isinstance(band, dict) and band.get("from")}
    return sorted(edge for edge in found if edge > 0.0)


def _stack(year: StackYear, quarter: int, months: Sequence[int], language: Language) -> Iterator[Block]:
    inside = _mask(year.calendar, months)
    ran_days = np.unique(year.calendar.day[inside & (year.operating > 0.0)])
    good = np.intersect1d(year.valid_days, ran_days)
    legal, best = (year.by_quarter(kind).get(quarter) for kind in ("legal", "best"))
    lost = _missing(year, "legal", months), _missing(year, "best", months)
    yield facts(
        ("scheme", word("scheme", year.scheme)), ("days", f"{len(good)} / {len(ran_days)}"),
        ("legal", None if legal is None else summed(float(legal.value), lost[0])),
        ("best", None if best is None else summed(float(best.value), lost[1], COVERAGE * float(best.u))),
    )  # fmt: skip
    yield from field_blocks(year, language, months)
    yield events_table(year, months)
    yield certificates_table(year, months)


def _missing(year: StackYear, kind: Kind, months: Sequence[int]) -> float:
    """Running hours of some months without a value."""
    return float(year.missing(kind)[[month in months for month in year.asked]].sum())


def events_table(year: StackYear, months: Sequence[int]) -> Table | Paragraph:
    """Long runs of minutes that do not count, where the scheme lists them."""
    rows = []
    for number_, one in year.made.months.items():
        if number_ not in months:
            continue
        events = one.month.events
        for begin, size, mark in zip(events.begin.tolist(), events.rows.tolist(), events.mark.tolist(), strict=True):
            hour = int(np.searchsorted(year.calendar.begin, begin, side="right") - 1)
            minutes = size * year.made.course.asks.step / 60.0
            told = year.calendar.told(hour)[:13].replace("T", " ")
            offset = (begin - int(year.calendar.begin[hour])) // 60_000_000
            rows.append((f"{told}:{offset:02d}", count(round(minutes, 1)), _marks(mark)))
    if not rows:
        return Paragraph(term("text.no_events"))
    return Table(term("table.events"), heads("from", "minutes", "reason"), tuple(rows), "lrl", (),
                 f"events {year.stack}", len(rows) > MOST_CHECKS)  # fmt: skip


def _marks(mark: int) -> Text:
    """All reasons of a run of minutes."""
    texts = [reason_of(int(one)) for one in Mark if mark & one] or [reason_of(int(Mark.MISSING))]
    return {one: ("、" if one == "zh" else ", ").join(text[one] for text in texts) for one in ("zh", "en")}


# ---------------------------------------------------------------- checks of analysers


def _checks(checks: Sequence[Judged], language: Language) -> Iterator[Block]:
    yield section("checks")
    if not checks:
        yield Paragraph(term("text.no_checks"), "alert")
        return
    yield _overview(checks)
    for one in checks:
        yield Heading(_named(one), 2)
        if one.chart is not None:
            yield from _charts(one, language)
        yield from _readings(one)


def _named(one: Judged) -> Text:
    s = one.series
    channel = word("channel", s.channel)
    return {lang: f"{s.stack} · {channel[lang]} · {text}" for lang, text in term(f"gas.{s.kind}").items()}


def _overview(checks: Sequence[Judged]) -> Table:
    rows = []
    for one in checks:
        s = one.series
        worst = max((abs(c.value) for c in one.drifts), default=None)
        limit = one.drifts[0].limit if one.drifts else None
        key = "unjudged" if one.chart is None and not one.drifts else "fail" if one.too_far else "pass"
        key = "signal" if key == "pass" and one.signals else key
        mark = {"unjudged": "warn", "signal": "warn", "fail": "bad", "pass": "good"}[key]
        rows.append((s.stack, word("channel", s.channel), term(f"gas.{s.kind}"), count(len(s.days)),
                     unknown() if one.chart is None else count(one.outside), number(worst, 2), number(limit, 2),
                     Word(term(f"word.{key}"), mark)))  # type: ignore[arg-type]  # fmt: skip
    columns = heads("stack", "channel", "gas", "checks", "outside", "drift_worst", "drift_limit", "verdict")
    return Table(term("table.checks"), columns, tuple(rows), "lllrrrrl", (), "checks")


def _charts(one: Judged, language: Language) -> Iterator[Block]:
    s, chart, sums = one.series, one.chart, one.sums
    assert chart is not None and sums is not None
    n = len(s.days)
    full = np.ones(n)
    axis = Axis(say("figure.reading", language), s.unit)
    course = Course(axis, chart.points, chart.centre, chart.ucl * full, chart.lcl * full, None, chart.outside)
    words = ChartWords(say("figure.check_number", language), "+2 s", say("figure.reference", language), "−2 s",
                       say("word.outside", language))  # fmt: skip
    named = _named(one)
    label = term("alt.chart", name=named, n=n, outside=one.outside)
    yield two(lambda size: chart_figure(course, None, words, size), term("figure.chart", name=named), label)
    told = (say("figure.check_number", language), say("figure.up", language), say("figure.down", language),
            say("word.outside", language))  # fmt: skip
    first = sums.first_signal
    label = term("alt.cusum.none" if first is None else "alt.cusum", name=named, first=first or 0)
    below = Axis(say("figure.sum", language), s.unit)
    yield two(lambda size: cusum_figure(sums.S_high, sums.S_low, sums.h, below, told, size),
              term("figure.cusum", name=named), label)  # fmt: skip


def _readings(one: Judged) -> Iterator[Table]:
    s = one.series
    out = set(() if one.chart is None else one.chart.outside.tolist())
    rows = []
    for n, (day, value) in enumerate(zip(s.days, s.readings.tolist(), strict=True), 1):
        far = bool(one.drifts) and not one.drifts[n - 1].passes
        state = Word(term("word.outside"), "bad") if n in out or far else Word(term("word.inside"), "good")
        judged: Cell = state if one.chart is not None or one.drifts else unknown()
        drift = one.drifts[n - 1].value if one.drifts else None
        rows.append((count(n), day.isoformat(), Number(f"{value:.6g}".replace("-", "\u2212"), value),
                     number(None if drift is None else drift, 2), judged))  # fmt: skip
    reading: Text = {k: f"{t} / {s.unit}" if s.unit else t for k, t in term("head.reading").items()}
    columns = (*heads("number", "day"), reading, *heads("drift", "verdict"))
    notes = (term("note.reference", reference=f"{s.reference:g} {s.unit}".strip(),
                  s="?" if s.s_ams is None else f"{s.s_ams:g} {s.unit}".strip()),)  # fmt: skip
    beyond = [row for row in rows if isinstance(row[-1], Word) and row[-1].mark == "bad"]
    few = len(rows) <= FEW_CHECKS
    if not few and beyond:
        yield Table(_with_name("table.readings.outside", one), columns, tuple(beyond), "rlrrl", notes,
                    f"{s.stack} {s.channel} {s.kind} beyond", len(beyond) > MOST_CHECKS)  # fmt: skip
    yield Table(_with_name("table.readings", one), columns, tuple(rows), "rlrrl", notes,
                f"{s.stack} {s.channel} {s.kind}", not few)  # fmt: skip


def _with_name(key: str, one: Judged) -> Text:
    return {k: f"{text} {_named(one)[k]}" for k, text in term(key).items()}


def of_quarter(series: CheckSeries, year: int, quarter: int) -> CheckSeries | None:
    """The checks of a quarter, None where there are none."""
    first = date(year, 3 * quarter - 2, 1)
    last = date(year + quarter // 4, 3 * quarter % 12 + 1, 1) - timedelta(days=1)
    kept = [n for n, day in enumerate(series.days) if first <= day <= last]
    if not kept:
        return None
    return replace(series, days=tuple(series.days[n] for n in kept), readings=series.readings[kept])


# ---------------------------------------------------------------- data


def _fields(year: StackYear, quarter: int, months: Sequence[int]) -> dict[str, Any]:
    ran, measured = counted(year, _mask(year.calendar, months))
    legal, best = (year.by_quarter(kind).get(quarter) for kind in ("legal", "best"))
    missing, unknown = _missing(year, "legal", months), _missing(year, "best", months)
    return {**stack_fields(year), "quarter_running": ran, "quarter_measured": measured,
            "quarter_missing": missing, "quarter_unknown": unknown,
            "quarter_capture": measured / ran if ran else None,
            "quarter_legal": None if legal is None else whole(legal.value, missing),
            "quarter_best": None if best is None else whole(best.value, unknown),
            "quarter_u": None if best is None else whole(best.u, unknown)}  # fmt: skip


def check_fields(one: Judged) -> dict[str, Any]:
    """Checks of an analyser as data."""
    s = one.series
    return {
        "stack": s.stack, "channel": s.channel, "kind": s.kind, "unit": s.unit, "days": list(s.days),
        "readings": s.readings.tolist(), "reference": s.reference, "s_ams": s.s_ams, "full_scale": s.full_scale,
        "outside": [] if one.chart is None else one.chart.outside.tolist(),
        "limits": None if one.chart is None else [float(one.chart.lcl), float(one.chart.ucl)],
        "drifts": [c.value for c in one.drifts], "drift_limit": one.drifts[0].limit if one.drifts else None,
        "rules": [str(row["id"]) for row in one.rows],
    }  # fmt: skip
