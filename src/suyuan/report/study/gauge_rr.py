"""What a gauge R&R study tells: shares of the total variation and of the tolerance, all methods side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from suyuan.assurance.criteria import criterion
from suyuan.assurance.gauge_rr import side
from suyuan.report.figures.dress import Axis
from suyuan.report.figures.study.gauge import Bars, Crossed, components_figure, interaction_figure, readings_figure
from suyuan.report.papers.document import Cell, Number, Table, Text
from suyuan.report.study.told import Told, Values, column, digits, floats, joined, listed, same, term, with_unit

RR_ROWS = (
    ("repeat", "EV", "s_repeatability", "percent_EV"), ("operator", "AV", "", "percent_AV"),
    ("grr", "GRR", "s_grr", "percent_GRR"), ("part", "PV", "s_part", "percent_PV"), ("total", "TV", "s_total", ""),
)  # fmt: skip
"""Source, its key in the range method and in an analysis of variance, and the key of its share."""


def gauge_rr(t: Told) -> None:
    """Sentence, readings by part and operator, components by method, interaction; all methods side by side."""
    readings = np.asarray(t.body["readings"], np.float64)
    methods = _methods(t.answer)
    best = next((name for name in methods if name.startswith("*")), "")
    _lead(t, methods, best)
    nested = t.body.get("design") == "nested"
    operators, parts = _names(t.body, readings.shape, nested)
    study = Crossed(readings, operators, parts)
    axis = Axis(t.say("word.reading"), t.unit)
    names = (t.say("word.part"), t.say("word.operator"))
    _components(t, methods)
    means = np.mean(readings, axis=2)
    heads = [term("word.operator"), *(same(p) for p in parts), with_unit("word.mean", t.unit)]
    places = [column([*row, float(np.mean(row))]) for row in means]
    table = listed("means", term("grr.table.means"), heads,
                   [[same(o), *row] for o, row in zip(operators, places, strict=True)])  # fmt: skip
    if nested:
        t.draw(lambda size: readings_figure(study, axis, names, size), term("grr.caption.readings"), table)
        t.parts.append(_methods_table(t, methods))
        return
    t.draw(lambda size: interaction_figure(study, (names[0], axis), size), term("grr.caption.interaction"), table)
    t.draw(lambda size: readings_figure(study, axis, names, size), term("grr.caption.readings"), _anova_table(t))


def _methods(answer: Values) -> dict[str, Values]:
    """Name of a method (the advised one with a star) → its numbers."""
    if "components" in answer:
        return {"*nested_anova": answer["components"]}
    anova = answer["anova"]
    found = {("*" if anova["advised"] == n else "") + n: anova[n] for n in ("with_interaction", "pooled") if anova[n]}
    return {**found, **({"ranges": answer["average_range"]} if answer.get("average_range") else {})}


def _lead(t: Told, methods: Mapping[str, Values], best: str) -> None:
    """Share of the total variation and of the tolerance, each with its verdict; then the bands with their source."""
    wanted = criterion("ndc")
    chosen, ranges = methods[best], methods.get("ranges")
    share, of_tolerance = chosen["percent_GRR"], _of_tolerance(chosen)
    variation = term("grr.lead", share=_share(share), verdict=_verdict(share))
    if of_tolerance is None:
        tolerance = term("grr.lead.no_tolerance")
    else:
        multiple = digits((t.body.get("sigma_multiples") or [6.0])[0], 3)
        tolerance = term("grr.lead.tolerance", share=_share(of_tolerance), verdict=_verdict(of_tolerance), m=multiple)
    if ranges is None:
        both = term("grr.one")
    else:
        others = [(share, ranges["percent_GRR"]), (of_tolerance, _of_tolerance(ranges))]
        apart = [o for own, o in others if own is not None and o is not None and side(own) != side(o)]
        both = term("grr.apart", other=_share(apart[0])) if apart else term("grr.same")
    t.sentence = joined(variation, tolerance, both, _bands_note())
    if chosen["ndc"] is not None:
        t.sentence = joined(t.sentence, term("grr.more", ndc=math.floor(chosen["ndc"]), wanted=f"{wanted.low:g}"))


def _share(share: float | None) -> str:
    return "?" if share is None else f"{share:.1f}"


def _verdict(share: float | None) -> Text:
    return term("word.unknown") if share is None else term(f"grr.{('good', 'conditional', 'bad')[side(share)]}")


def _of_tolerance(row: Values) -> float | None:
    """Share of the tolerance for the first sigma multiple; None without a tolerance."""
    shares = row.get("percent_tolerance")
    return float(shares[0]) if shares else None


def _names(body: Values, shape: tuple[int, ...], nested: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    def of(field: str, n: int, letters: bool) -> tuple[str, ...]:
        own = body.get(field)
        if isinstance(own, list) and len(own) == n:
            return tuple(str(name) for name in own)
        return tuple(chr(65 + i) if letters and n <= 26 else str(i + 1) for i in range(n))

    return of("operators", shape[0], True), of("" if nested else "parts", shape[1], False)


def _method(name: str) -> Text:
    text = term(f"method.{name.lstrip('*')}")
    return joined(text, term("method.advised")) if name.startswith("*") else text


def _amount(row: Values, source: tuple[str, str, str, str], ranges: bool) -> float | None:
    if ranges:
        return row.get(source[1])
    if source[2]:
        return row.get(source[2])
    return math.hypot(row["s_operator"], row["s_interaction"])


def _components(t: Told, methods: Mapping[str, Values]) -> None:
    sources = RR_ROWS[:4]
    names = [t.say(f"grr.source.{name}") for name, *_ in sources]
    shares = [floats([row.get(key) for row in methods.values()]) for *_, key in sources]
    of_tolerance = [_of_tolerance(row) for row in methods.values()]
    judged: tuple[int, ...] = (2,)
    if any(v is not None for v in of_tolerance):
        names.append(t.say("grr.source.tolerance"))
        shares.append(floats(of_tolerance))
        judged = (2, 4)
    limits = criterion("percent_GRR")
    bars = Bars(
        tuple(names), tuple(t_plain(t, n) for n in methods), np.array(shares), (limits.low, limits.high), judged,
    )  # fmt: skip
    key = "share" if len(judged) == 1 else "shares"
    axis, caption = t.say(f"grr.axis.{key}"), term("grr.caption.components" if key == "share" else "grr.caption.shares")
    t.draw(lambda size: components_figure(bars, axis, size), caption, _methods_table(t, methods))


def t_plain(t: Told, name: str) -> str:
    """A method's name as the legend bears it."""
    return t.say(f"method.{name.lstrip('*')}")


def _methods_table(t: Told, methods: Mapping[str, Values]) -> Table:
    heads = [same(""), *(_method(name) for name in methods)]
    rows: list[list[Cell]] = []
    for source in RR_ROWS:
        amounts = [_amount(row, source, name == "ranges") for name, row in methods.items()]
        label: Text = {
            one: f"{text} / {t.unit}" if t.unit else text for one, text in term(f"grr.source.{source[0]}").items()
        }
        rows.append([label, *column(amounts)])
    for name, _, _, key in RR_ROWS[:4]:
        label = term("grr.row.share", name=term(f"grr.source.{name}"))
        values = [row.get(key) for row in methods.values()]
        bad = [key == "percent_GRR" and v is not None and side(v) == 2 for v in values]
        rows.append([label, *(_percent(v, b) for v, b in zip(values, bad, strict=True))])
    rows += _tolerance_rows(t, methods)
    rows.append([term("grr.row.ndc"), *(_percent(row.get("ndc"), False) for row in methods.values())])
    return listed("methods", term("grr.table"), heads, rows, notes=(_bands_note(),))


def _tolerance_rows(t: Told, methods: Mapping[str, Values]) -> list[list[Cell]]:
    """The share of the tolerance, a row a sigma multiple; one row that says «not stated» without a tolerance."""
    multiples = [float(m) for m in t.body.get("sigma_multiples") or [6.0]]
    rows: list[list[Cell]] = []
    for n, m in enumerate(multiples):
        shares = [(row.get("percent_tolerance") or [None] * len(multiples))[n] for row in methods.values()]
        if all(v is None for v in shares):
            return [[term("grr.row.tolerance"), *(term("grr.no_tolerance") for _ in methods)]]
        label = term("grr.row.of_tolerance", m=f"{m:g}")
        rows.append([label, *(_percent(v, v is not None and side(v) == 2) for v in shares)])
    return rows


def _bands_note() -> Text:
    limits = criterion("percent_GRR")
    return term("grr.bands", source=limits.source, status=term(f"status.{limits.status}"), low=f"{limits.low:g}",
                high=f"{limits.high:g}")  # fmt: skip


def _percent(value: float | None, bad: bool) -> Cell:
    if value is None:
        return term("word.unknown")
    return Number(f"{value:.1f}", value, "bad" if bad else "")


def _anova_table(t: Told) -> Table:
    anova = t.answer["anova"]
    heads = [same(""), term("grr.anova.SS"), term("grr.anova.dof")]
    names = ("part", "operator", "interaction", "repeat")
    sums = column([anova["SS"][name] for name in names], 6)
    rows: list[list[Cell]] = [
        [term(f"grr.anova.{name}"), s, Number(str(anova["dof"][name]), anova["dof"][name])]
        for name, s in zip(names, sums, strict=True)
    ]
    note = term("grr.anova.p", F=digits(anova["F_interaction"]), p=digits(anova["p_interaction"], 3))
    return listed("anova", term("grr.table.anova"), heads, rows, notes=(note,))
