"""What charts tell: control charts of every kind, stability of a measuring system, check standards."""

from __future__ import annotations

from typing import Any

import numpy as np

from suyuan.assurance.control_chart import LAMBDA, LIMIT
from suyuan.report.figures.dress import Axis, italic
from suyuan.report.figures.study.chart import ChartWords, Course, chart_figure, cusum_figure
from suyuan.report.papers.document import Cell, Number, Table, Text, Word
from suyuan.report.study.gauges import facts
from suyuan.report.study.signals import limits, named, pattern_of, sides, signals
from suyuan.report.study.told import (
    Told,
    Values,
    cell,
    column,
    digits,
    floats,
    listed,
    measured,
    spread,
    spread_cell,
    term,
    value_cell,
    with_unit,
)

ZONES = ("individuals", "xbar_r", "xbar_s", "c", "u", "p", "np")
COVERAGE = 2.0


def control_chart(t: Told) -> None:
    """Whether and where the chart says «out of control»; the chart itself."""
    chart = str(t.body.get("chart", "individuals"))
    if chart == "cusum":
        _cusum(t)
        return
    a, name = t.answer, term(f"chart.name.{chart}")
    points = floats(a["t2"] if chart.startswith("t2") else a["points"])
    runs = sorted({p for rule in (a.get("signals") or {}).values() for p in rule})
    _lead(t, a, points.size, runs)
    centre = None if chart.startswith("t2") else float(a["centre"])
    course = _course(t, a, points, centre, chart, runs)
    spread_of = a.get("spread")
    lower = None if spread_of is None else _spread_course(t, spread_of)
    words = _words(t, bool(t.body.get("rules")) or chart in ZONES, chart)
    caption = term("chart.caption" if course.sigma is not None else "chart.caption.plain", chart=name)
    t.draw(lambda size: chart_figure(course, lower, words, size), caption, _limits_of(t, a, chart))
    t.parts.append(
        signals(
            a.get("outside") or [], a.get("signals") if chart in ZONES else {}, (spread_of or {}).get("outside") or []
        )
    )
    t.parts.append(_points(t, a, points, chart, runs))


def _lead(t: Told, a: Values, n: int, runs: list[int]) -> None:
    count = int(a["n_outside"])
    out = a.get("outside") or []
    beside = (a.get("spread") or {}).get("outside") or []
    if not count and beside:
        t.sentence = term("chart.lead.spread", n=n, count=len(beside), first=beside[0])
    elif count:
        t.sentence = term("chart.lead.outside", n=n, count=count, first=out[0] if out else "?")
    elif runs:
        rule = next(name for name, points in a["signals"].items() if runs[0] in points)
        t.sentence = term("chart.lead.runs", n=n, first=runs[0], rule=named(rule), pattern=pattern_of(rule))
    else:
        t.sentence = term("chart.lead.fine", n=n)


def _course(t: Told, a: Values, points: Any, centre: float | None, chart: str, runs: list[int]) -> Course:
    ucl, lcl = (np.broadcast_to(floats(np.atleast_1d(a[k])), points.shape).copy() for k in ("ucl", "lcl"))
    sigma = None
    if centre is not None and chart in ZONES:
        sigma = (ucl - centre) / float(t.body.get("limit_factor") or LIMIT)
    behind = np.asarray(t.body["values"], np.float64) if chart == "ewma" else None
    name = italic("T") + "²" if chart.startswith("t2") else t.say("chart.word.z" if chart == "ewma" else "word.value")
    unit = "" if chart.startswith("t2") or chart in ("c", "u", "p", "np") else t.unit
    outside = np.asarray(a.get("outside") or [], np.int64)
    low = None if chart.startswith("t2") else lcl
    return Course(Axis(name, unit), points, centre, ucl, low, sigma, outside, np.asarray(runs, np.int64), behind)


def _spread_course(t: Told, a: Values) -> Course:
    points = floats(a["points"])
    ucl, lcl = (np.full(points.shape, float(a[k])) for k in ("ucl", "lcl"))
    axis = Axis(t.say("chart.axis.s" if a.get("chart") == "s" else "chart.axis.range"), t.unit)
    return Course(axis, points, float(a["centre"]), ucl, lcl, None, np.asarray(a.get("outside") or [], np.int64))


def _words(t: Told, zones: bool, chart: str = "") -> ChartWords:
    return ChartWords(
        t.say("chart.axis.point"), t.say("chart.word.ucl"), t.say("chart.word.centre"), t.say("chart.word.lcl"),
        t.say("state.outside"), t.say("state.run") if zones else "", t.say("chart.word.z") if chart == "ewma" else "",
        t.say("word.value") if chart == "ewma" else "",
    )  # fmt: skip


def _limits_of(t: Told, a: Values, chart: str) -> Table:
    """Centre and limits of a chart, and of the chart of its spread."""
    unit = "" if chart.startswith("t2") or chart in ("c", "u", "p", "np") else t.unit
    if chart.startswith("t2"):
        return limits([(term("chart.name.t2"), {"ucl": a["ucl"], "lcl": 0.0, "ucl_future": a["ucl_future"]})], "")
    rows = [(term("word.value") if chart != "ewma" else term("chart.word.z"), a)]
    beside = a.get("spread")
    if beside:
        rows.append((term("chart.axis.s" if beside.get("chart") == "s" else "chart.axis.range"), beside))
    return limits(rows, unit)


def _state(i: int, outside: set[int], runs: set[int]) -> Cell:
    if i in outside:
        return Word(term("state.outside"), "bad")
    return Word(term("state.run"), "warn") if i in runs else Word(term("state.fine"), "good")


def _points(t: Told, a: Values, points: Any, chart: str, runs: list[int]) -> Table:
    outside = set(a.get("outside") or [])
    several = chart.startswith("t2")
    name: Text = {"zh": "*T*²", "en": "*T*²"} if several else with_unit("word.value", t.unit)
    if several:
        name = dict.fromkeys(("zh", "en"), italic("T") + "²")
    heads = [term("word.number"), term("word.state"), name]
    written = column(points, 5)
    rows: list[list[Cell]] = []
    parts = a.get("parts")
    for i, value in enumerate(written, 1):
        row = [Number(str(i), i), _state(i, outside, set(runs)), value]
        rows.append([*row, Number(*_largest(parts[i - 1]))] if parts else row)
    if parts:
        heads.append(term("chart.head.parts"))
    sides = "rlr" + ("r" if parts else "")
    return listed("points", term("chart.table"), heads, rows, alignment=sides)


def _largest(row: Any) -> tuple[str, float]:
    n = int(np.argmax(floats(row))) + 1
    return str(n), float(n)


def _cusum(t: Told) -> None:
    a, h = t.answer, float(t.body["h"])
    high, low = (floats(a[key].values()) for key in ("S_high", "S_low"))
    first = a["first_signal"]
    key = "chart.lead.cusum" if first is not None else "chart.lead.cusum_fine"
    t.sentence = term(key, n=high.size, first=first)
    axis = Axis(t.say("chart.axis.sum"), t.unit)
    words = tuple(t.say(k) for k in ("chart.axis.point", "chart.word.high", "chart.word.low", "state.outside"))
    heads = [term("word.number"), term("word.state"), with_unit("word.value", t.unit),
             with_unit("chart.word.high", t.unit), with_unit("chart.word.low", t.unit)]  # fmt: skip
    values = floats(t.body["values"])
    rows = [
        [Number(str(i), i), _state(i, {i} if max(hi, lo) > h else set(), set()), x, a_, b_]
        for i, (hi, lo, x, a_, b_) in enumerate(
            zip(high, low, column(values, 5), column(high), column(low), strict=True), 1)
    ]  # fmt: skip
    ends = [(term("chart.axis.sum"), {"centre": a["centre"], "ucl": h, "lcl": -h})]
    t.draw(lambda size: cusum_figure(high, low, h, axis, (words[0], words[1], words[2], words[3]), size),
           term("chart.caption.cusum"), limits(ends, t.unit, "chart.head.target"))  # fmt: skip
    up, down = ((np.flatnonzero(sums > h) + 1).tolist() for sums in (high, low))
    t.parts.append(sides({"chart.word.high": up, "chart.word.low": down}))
    t.parts.append(listed("points", term("chart.table"), heads, rows, alignment="rlrrr"))


# ---------------------------------------------------------------- stability and check standards


def stability_study(t: Told) -> None:
    """Whether the system changed over time: the chart of means and ranges, and the drift."""
    a = t.answer
    means, ranges, drift = a["means"], a["ranges"], a["drift"]
    U = COVERAGE * drift["u"] if drift["u"] is not None else None
    points = floats(means["points"])
    out = np.flatnonzero((points > means["ucl"]) | (points < means["lcl"])) + 1
    runs = sorted({p for rule in a["signals"].values() for p in rule})
    told = {"drift": measured(drift["value"], drift["u"], t.unit), "U": spread(U, t.unit), "n": points.size,
            "first": int(out[0]) if out.size else 0}  # fmt: skip
    key = "drift" if t.has("assurance.check.drift") else "outside" if out.size else "fine"
    t.sentence = term(f"stab.lead.{key}", **told)
    upper = _course(t, {**means, "outside": out.tolist()}, points, float(means["centre"]), "xbar_r", runs)
    r = floats(ranges["points"])
    outside_r = (np.flatnonzero((r > ranges["ucl"]) | (r < ranges["lcl"])) + 1).tolist()
    lower = _spread_course(t, {**ranges, "outside": outside_r})
    words = _words(t, True)
    heads = [with_unit("word.time", str(t.body.get("time_unit") or "")), term("word.state"),
             with_unit("word.mean", t.unit), with_unit("chart.axis.range", t.unit)]  # fmt: skip
    columns: list[list[Cell]] = [column(points, 5), column(r)]
    bias = a.get("bias")
    if bias:
        heads += [with_unit("word.bias", t.unit), with_unit("stab.head.U", t.unit)]
        columns += [column(bias["value"]), column(COVERAGE * floats(bias["u"]), 2)]
    rows = [
        [cell(time, 6), _state(i, set(out.tolist()), set(runs)), *cells]
        for i, (time, *cells) in enumerate(zip(t.body["time"], *columns, strict=True), 1)
    ]
    caption = term("chart.caption", chart=term("chart.name.xbar_r"))
    ends = limits([(term("word.mean"), means), (term("chart.axis.range"), ranges)], t.unit)
    t.draw(lambda size: chart_figure(upper, lower, words, size), caption, ends)
    t.parts.append(signals(out.tolist(), a["signals"], outside_r))
    t.parts.append(listed("groups", term("chart.table"), heads, rows, alignment="rl" + "r" * len(columns)))


def check_standard(t: Told) -> None:
    """Whether the measuring process is what it was: baseline, watched values, EWMA."""
    a = t.answer
    values = floats(t.body["values"])
    base, later = a.get("baseline"), a.get("monitored")
    _check_lead(t, a, later)
    rows: list[tuple[Text, Any]] = [
        (term("bias.row.n"), a["n"]), (with_unit("word.mean", t.unit), value_cell(a["mean"], a["s_level2"])),
        (with_unit("check.row.level2", t.unit), spread_cell(a["s_level2"])),
    ]  # fmt: skip
    rows += (
        [(with_unit("check.row.level1", t.unit), spread_cell(a["s_level1"]))] if a.get("s_level1") is not None else []
    )
    if a.get("slope") is not None:
        rows += [
            (_per_time(t, "check.row.slope"), value_cell(a["slope"], a["u_slope"])),
            (_per_time(t, "check.row.u_slope"), spread_cell(a["u_slope"])),
        ]
    if a.get("bias"):
        bias = a["bias"]
        rows.append((with_unit("check.row.bias", t.unit), value_cell(bias["value"], bias["u"])))
    if not base or not later:
        course = Course(Axis(t.say("word.value"), t.unit), values, float(a["mean"]))
        words = _words(t, False)
        t.draw(lambda size: chart_figure(course, None, words, size), term("check.caption", L="?"), facts(rows))
        return
    _watched(t, values, (base, later), rows)


def _per_time(t: Told, key: str) -> Text:
    """The name of a drift with its unit: of the value, a unit of time."""
    time = str(t.body.get("time_unit") or "")
    if not (t.unit or time):
        return term(key)
    if time:
        return with_unit(key, f"({t.unit or '1'}/{time})")
    words = term("check.per_time")
    return {one: f"{text} / ({t.unit}/{words[one]})" for one, text in term(key).items()}


def _check_lead(t: Told, a: Values, later: Values | None) -> None:
    if later is None:
        s = digits(a["s_level2"], 3) + (f" {t.unit}" if t.unit else "")
        t.sentence = term("check.lead.plain", mean=measured(a["mean"], a["s_level2"], t.unit), s=s, n=a["n"])
        return
    out, first = later["n_outside"], later["first_signal"]
    key = "signal" if first is not None else "outside" if out else "fine"
    at = None if first is None else a["baseline"]["n"] + first  # as the figures count
    t.sentence = term(f"check.lead.{key}", n=later["n"], out=out, first=at)


def _watched(t: Told, values: Any, both: tuple[Values, Values], rows_of: list[tuple[Text, Any]]) -> None:
    """The values with the limits of the baseline, and below the EWMA of those that are watched; then every point."""
    base, later = both
    before = floats(t.body["time"]) < float(t.body["baseline_before"])
    order = np.concatenate([np.flatnonzero(before), np.flatnonzero(~before)])
    shown, n = values[order], int(np.count_nonzero(before))
    low, high = base["limits"]
    out = np.flatnonzero((shown < low) | (shown > high)) + 1
    L, weight = float(t.body.get("limit_factor") or LIMIT), float(t.body.get("ewma_lambda") or LAMBDA)
    sigma = np.full(shown.shape, float(base["s"]))
    course = Course(Axis(t.say("word.value"), t.unit), shown, float(base["mean"]), np.full(shown.shape, high),
                    np.full(shown.shape, low), sigma, out)  # fmt: skip
    words = _words(t, True)
    heads = [term("word.number"), term("word.state"), with_unit("word.value", t.unit)]
    every = zip(range(1, shown.size + 1), column(shown, 6), strict=True)
    rows = [[Number(str(i), i), _state(i, set(out.tolist()), set()), v] for i, v in every]
    every_value = listed("values", term("chart.table"), heads, rows, alignment="rlr")
    ends = limits([(term("word.value"), {"centre": base["mean"], "ucl": high, "lcl": low}),
                   (term("chart.word.z"), {"centre": base["mean"], "ucl": later["ewma_limits"][1],
                                           "lcl": later["ewma_limits"][0]})], t.unit)  # fmt: skip
    t.draw(lambda size: chart_figure(course, None, words, size, start=n + 1), term("check.caption", L=f"{L:g}"), ends)
    z = floats(later["z"])
    down, up = later["ewma_limits"]
    beyond = np.flatnonzero((z < down) | (z > up)) + 1
    smooth = Course(Axis(t.say("chart.word.z"), t.unit), z, float(base["mean"]), np.full(z.shape, up),
                    np.full(z.shape, down), None, beyond, None, shown[n:])  # fmt: skip
    ewma_words, at = _words(t, False, "ewma"), tuple(float(i) for i in range(n + 1, n + 1 + z.size))
    own = [[Number(str(n + i), n + i), _state(i, set(beyond.tolist()), set()), v, w]
           for i, (v, w) in enumerate(zip(column(shown[n:], 6), column(z, 6), strict=True), 1)]  # fmt: skip
    heads = [term("word.number"), term("word.state"), with_unit("word.value", t.unit),
             with_unit("chart.word.z", t.unit)]  # fmt: skip
    caption = term("check.caption.ewma", weight=f"{weight:g}")
    t.draw(lambda size: chart_figure(smooth, None, ewma_words, size, x=at), caption, facts(rows_of))
    t.parts.append(sides({"word.value": out.tolist(), "chart.word.z": (beyond + n).tolist()}))
    t.parts += [every_value, listed("ewma", term("chart.word.z"), heads, own, alignment="rlrr")]
