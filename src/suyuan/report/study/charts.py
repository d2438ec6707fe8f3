"""What charts tell: control charts of every kind, stability of a measuring system, check standards."""

from __future__ import annotations

from typing import Any

import numpy as np

from suyuan.assurance.control_chart import LAMBDA, LIMIT
from suyuan.report.figures.dress import Axis, italic
from suyuan.report.figures.study.chart import ChartWords, Course, chart_figure, cusum_figure
from suyuan.report.papers.document import Cell, Number, Table, Text, Word
from suyuan.report.study.gauges import facts
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
    table = _points(t, a, points, chart, runs)
    t.draw(lambda size: chart_figure(course, lower, words, size), caption, table)


def _lead(t: Told, a: Values, n: int, runs: list[int]) -> None:
    count = int(a["n_outside"])
    out = a.get("outside") or []
    beside = (a.get("spread") or {}).get("outside") or []
    if not count and beside:
        t.sentence = term("chart.lead.spread", n=n, count=len(beside), first=beside[0])
    elif count:
        t.sentence = term("chart.lead.outside", n=n, count=count, first=out[0] if out else "?")
    elif runs:
        t.sentence = term("chart.lead.runs", n=n, first=runs[0])
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


def _limits_note(a: Values) -> Text:
    ends = {}
    for key in ("centre", "ucl", "lcl"):
        value = a[key]
        several = isinstance(value, list)
        ends[key] = f"{digits(min(value), 5)} … {digits(max(value), 5)}" if several and len(value) else digits(
            None if several else value, 6)  # fmt: skip
    return term("chart.row.limits", **ends)


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
    notes = [] if several else [_limits_note(a)]
    if several:
        notes.append(term("chart.row.limits", centre=0, ucl=digits(a["ucl"], 5), lcl=0))
    if runs:
        notes.append(_rules_note(a))
    if parts:
        heads.append(term("chart.head.parts"))
    sides = "rlr" + ("r" if parts else "")
    return listed("points", term("chart.table"), heads, rows, alignment=sides, notes=tuple(notes))


def _largest(row: Any) -> tuple[str, float]:
    n = int(np.argmax(floats(row))) + 1
    return str(n), float(n)


def _rules_note(a: Values) -> Text:
    said = "; ".join(f"{rule}: {', '.join(map(str, points))}" for rule, points in a["signals"].items() if points)
    return term("chart.rules", points=said)


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
    table = listed("points", term("chart.table"), heads, rows, alignment="rlrrr")
    t.draw(lambda size: cusum_figure(high, low, h, axis, (words[0], words[1], words[2], words[3]), size),
           term("chart.caption.cusum"), table)  # fmt: skip


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
        columns += [column(bias["value"]), column([COVERAGE * u for u in bias["u"]], 2)]
    rows = [
        [cell(time, 6), _state(i, set(out.tolist()), set(runs)), *cells]
        for i, (time, *cells) in enumerate(zip(t.body["time"], *columns, strict=True), 1)
    ]
    notes = (_limits_note(means), *((_rules_note(a),) if runs else ()))
    table = listed("groups", term("chart.table"), heads, rows, alignment="rl" + "r" * len(columns), notes=notes)
    caption = term("chart.caption", chart=term("chart.name.xbar_r"))
    t.draw(lambda size: chart_figure(upper, lower, words, size), caption, table)


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
            (term("check.row.slope"), value_cell(a["slope"], a["u_slope"])),
            (term("check.row.u_slope"), spread_cell(a["u_slope"])),
        ]
    if a.get("bias"):
        bias = a["bias"]
        rows.append((with_unit("check.row.bias", t.unit), value_cell(bias["value"], bias["u"])))
    if not base or not later:
        course = Course(Axis(t.say("word.value"), t.unit), values, float(a["mean"]))
        words = _words(t, False)
        t.draw(lambda size: chart_figure(course, None, words, size), term("check.caption", L="?"), facts(rows))
        return
    _watched(t, values, base, later)
    t.parts.append(facts(rows))


def _check_lead(t: Told, a: Values, later: Values | None) -> None:
    if later is None:
        s = digits(a["s_level2"], 3) + (f" {t.unit}" if t.unit else "")
        t.sentence = term("check.lead.plain", mean=measured(a["mean"], a["s_level2"], t.unit), s=s, n=a["n"])
        return
    out, first = later["n_outside"], later["first_signal"]
    key = "signal" if first is not None else "outside" if out else "fine"
    t.sentence = term(f"check.lead.{key}", n=later["n"], out=out, first=first)


def _watched(t: Told, values: Any, base: Values, later: Values) -> None:
    """The values with the limits of the baseline, and below the EWMA of those that are watched."""
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
    note = _limits_note({"centre": base["mean"], "ucl": high, "lcl": low})
    table = listed("values", term("chart.table"), heads, rows, alignment="rlr", notes=(note,))
    t.draw(lambda size: chart_figure(course, None, words, size, start=n + 1), term("check.caption", L=f"{L:g}"), table)
    z = floats(later["z"])
    down, up = later["ewma_limits"]
    beyond = np.flatnonzero((z < down) | (z > up)) + 1
    smooth = Course(Axis(t.say("chart.word.z"), t.unit), z, float(base["mean"]), np.full(z.shape, up),
                    np.full(z.shape, down), None, beyond, None, shown[n:])  # fmt: skip
    named = _words(t, False, "ewma")
    own = [[Number(str(i), i), _state(i, set(beyond.tolist()), set()), v, w]
           for i, (v, w) in enumerate(zip(column(shown[n:], 6), column(z, 6), strict=True), 1)]  # fmt: skip
    heads = [term("word.number"), term("word.state"), with_unit("word.value", t.unit),
             with_unit("chart.word.z", t.unit)]  # fmt: skip
    note = _limits_note({"centre": base["mean"], "ucl": up, "lcl": down})
    table = listed("ewma", term("chart.word.z"), heads, own, alignment="rlrr", notes=(note,))
    caption = term("check.caption.ewma", weight=f"{weight:g}")
    t.draw(lambda size: chart_figure(smooth, None, named, size), caption, table)
