"""What gauge studies tell: R&R with all methods side by side, bias, linearity, type 1, agreement, three levels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import stdtrit

from suyuan.assurance.criteria import criterion
from suyuan.report.figures.dress import Axis
from suyuan.report.figures.participants import Participants
from suyuan.report.figures.study.capability import Lines, histogram_figure, linearity_figure
from suyuan.report.figures.study.errors import Errors, errors_figure
from suyuan.report.figures.study.gauge import (
    Bars,
    Crossed,
    components_figure,
    interaction_figure,
    readings_figure,
)
from suyuan.report.papers.document import Cell, Number, Table, Text, Word
from suyuan.report.study.told import (
    Told,
    Values,
    cell,
    column,
    digits,
    floats,
    joined,
    listed,
    measured,
    same,
    spread,
    spread_cell,
    term,
    value_cell,
    with_unit,
)

RR_ROWS = (
    ("repeat", "EV", "s_repeatability", "percent_EV"), ("operator", "AV", "", "percent_AV"),
    ("grr", "GRR", "s_grr", "percent_GRR"), ("part", "PV", "s_part", "percent_PV"), ("total", "TV", "s_total", ""),
)  # fmt: skip
"""Source, its key in the range method and in an analysis of variance, and the key of its share."""
SPREAD = 3.0
"""Standard deviations of a mean within which a gauge is not told to be biased (`assurance.gauge_study`)."""


# ---------------------------------------------------------------- gauge R&R


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
    limits, wanted = criterion("percent_GRR"), criterion("ndc")
    chosen = methods[best]
    share, ndc = chosen["percent_GRR"], chosen["ndc"]
    side = _side(share)
    verdict = term(f"grr.{('good', 'conditional', 'bad')[side]}") if side is not None else term("word.unknown")
    ends = {"low": f"{limits.low:g}", "high": f"{limits.high:g}"}
    ranges = methods.get("ranges")
    if ranges is None:
        both = term("grr.one")
    elif _side(ranges["percent_GRR"]) == side:
        both = term("grr.same", **ends)
    else:
        both = term("grr.apart", other=digits(ranges["percent_GRR"], 3))
    t.sentence = term("grr.lead", share=digits(share, 3), verdict=verdict, both=both)
    if ndc is not None:
        more = term("grr.more", ndc=math.floor(ndc), wanted=f"{wanted.low:g}")
        t.sentence = joined(t.sentence, {"zh": more["zh"], "en": " " + more["en"]})


def _side(share: float | None) -> int | None:
    limits = criterion("percent_GRR")
    return None if share is None else int(share >= limits.low) + int(share > limits.high)


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
    share = np.array([floats([row.get(key) for row in methods.values()]) for *_, key in sources])
    limits = criterion("percent_GRR")
    bars = Bars(
        tuple(t.say(f"grr.source.{name}") for name, *_ in sources), tuple(t_plain(t, n) for n in methods), share,
        (limits.low, limits.high), 2,
    )  # fmt: skip
    axis = t.say("grr.axis.share")
    table = _methods_table(t, methods)
    t.draw(lambda size: components_figure(bars, axis, size), term("grr.caption.components"), table)


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
        bad = [_side(row.get(key)) == 2 if key == "percent_GRR" else False for row in methods.values()]
        values = [row.get(key) for row in methods.values()]
        rows.append([label, *(_percent(v, b) for v, b in zip(values, bad, strict=True))])
    rows.append([term("grr.row.ndc"), *(_percent(row.get("ndc"), False) for row in methods.values())])
    if any(row.get("percent_tolerance") for row in methods.values()):
        rows.append([term("grr.row.tolerance"), *(_percents(row.get("percent_tolerance")) for row in methods.values())])
    return listed("methods", term("grr.table"), heads, rows)


def _percents(values: Any) -> Cell:
    """Shares of the tolerance, one for each sigma multiple; none of a method that does not give them."""
    if not isinstance(values, list) or not values:
        return {"zh": "不适用", "en": "not applicable"}
    return _percent(values[0], False) if len(values) == 1 else same(", ".join(f"{v:.1f}" for v in values))


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


# ---------------------------------------------------------------- one gauge against references


def facts(rows: Sequence[tuple[Text, Any]]) -> Table:
    """Statistics by name."""
    made = [[name, value if isinstance(value, dict | Number | Word | str) else cell(value, 6)] for name, value in rows]
    return listed("statistics", term("word.statistics"), [term("word.quantity"), term("word.value")], made)


def bias_study(t: Told) -> None:
    """Whether the mean is off the reference; readings as a histogram."""
    a = t.answer
    bias, U = a["bias"], a.get("U")
    key = "yes" if U is not None and abs(bias["value"]) > U else "no"
    t.sentence = term(f"bias.lead.{key}", bias=measured(bias["value"], U, t.unit), U=spread(U, t.unit))
    rows = [
        (term("bias.row.n"), a["n"]), (with_unit("bias.row.mean", t.unit), value_cell(a["mean"], bias["u"])),
        (with_unit("bias.row.s", t.unit), spread_cell(a["s"])),
        (with_unit("bias.row.bias", t.unit), value_cell(bias["value"], bias["u"])),
        (with_unit("bias.row.u", t.unit), spread_cell(bias["u"])), (with_unit("bias.row.U", t.unit), spread_cell(U)),
        (term("bias.row.t"), cell(a["t"], 3)), (term("bias.row.p"), cell(a["p"], 2)),
    ]  # fmt: skip
    values = np.asarray(t.body["values"], np.float64)
    lines = Lines(centre=reference_of(t.body))
    axes = (Axis(t.say("word.reading"), t.unit), t.say("word.count"))
    words = ("", "", t.say("word.reference"), "")
    t.draw(lambda size: histogram_figure(values, lines, axes, words, size), term("bias.caption"), facts(rows))


def reference_of(body: Values, name: str = "reference") -> float:
    """The reference value alone."""
    given = body[name]
    return float(given["value"] if isinstance(given, Mapping) else given)


def type_1(t: Told) -> None:
    """Cg and Cgk against the criterion; readings between reference ± 0.1 T."""
    a, wanted = t.answer, criterion("Cg").low
    if a["Cg"] is None or a["Cgk"] is None:
        t.sentence = term("type1.lead.unknown")
    else:
        key = "yes" if min(a["Cg"], a["Cgk"]) >= wanted else "no"
        t.sentence = term(f"type1.lead.{key}", Cg=digits(a["Cg"], 3), Cgk=digits(a["Cgk"], 3), wanted=f"{wanted:g}")
    counts = t.body.get("counts")
    values = np.asarray(t.body["values"], np.float64)
    values = np.repeat(values, np.asarray(counts, np.int64)) if counts else values
    middle, width = reference_of(t.body), float(t.body["tolerance"])
    lines = Lines(middle - 0.1 * width, middle + 0.1 * width, middle)
    axes = (Axis(t.say("word.reading"), t.unit), t.say("word.count"))
    words = ("−0.1 T", "+0.1 T", t.say("word.reference"), "")
    rows = [
        (term("bias.row.n"), a["n"]), (with_unit("bias.row.mean", t.unit), value_cell(a["mean"], a["bias"]["u"])),
        (with_unit("bias.row.s", t.unit), spread_cell(a["s"])),
        (with_unit("bias.row.bias", t.unit), value_cell(a["bias"]["value"], a["bias"]["u"])),
        (with_unit("bias.row.u", t.unit), spread_cell(a["bias"]["u"])), (same("Cg"), cell(a["Cg"], 3)),
        (same("Cgk"), cell(a["Cgk"], 3)),
        *([(term("type1.row.resolution"), a["resolution_percent"])] if a.get("resolution_percent") is not None else []),
    ]  # fmt: skip
    t.draw(lambda size: histogram_figure(values, lines, axes, words, size), term("type1.caption"), facts(rows))


def linearity(t: Told) -> None:
    """How the bias changes with the reference; the line with its confidence band."""
    a = t.answer
    reference = np.asarray(t.body["reference"], np.float64)
    readings = [np.asarray(row, np.float64) for row in t.body["readings"]]
    x = np.concatenate([np.full(row.size, r) for r, row in zip(reference, readings, strict=True)])
    y = np.concatenate([row - r for r, row in zip(reference, readings, strict=True)])
    at = np.linspace(x.min(), x.max(), 101)
    half = _band(a, x, at)
    on_line = a["intercept"] + a["slope"] * reference
    p = a["p_slope"]
    mean = digits(float(np.mean(a["bias_mean"])), 3) + (f" {t.unit}" if t.unit else "")
    if p is not None and p < criterion("alpha").low:
        low, high = (digits(a["intercept"] + a["slope"] * end, 3) for end in (x.min(), x.max()))
        unit = f" {t.unit}" if t.unit else ""
        t.sentence = term("lin.lead.yes", slope=digits(a["slope"], 3), p=digits(p, 2), first=low, last=high + unit)
    else:
        t.sentence = term("lin.lead.no", slope=digits(a["slope"], 3), p=digits(p, 2), mean=mean)
    heads = [with_unit("word.reference", t.unit), with_unit("word.bias", t.unit), with_unit("lin.head.at_line", t.unit)]
    rows = list(zip(column(reference), column(a["bias_mean"]), column(on_line), strict=True))
    note = term(
        "lin.note", a=digits(a["intercept"]), b=digits(a["slope"]), ua=digits(a["u_intercept"], 2),
        ub=digits(a["u_slope"], 2), R=digits(a["R_squared"]), s=digits(a["s"], 3),
    )  # fmt: skip
    table = listed("bias", term("lin.caption"), heads, rows, alignment="rrr", notes=(note,))
    axes = (Axis(t.say("word.reference"), t.unit), Axis(t.say("word.bias"), t.unit))
    words = (t.say("word.reading"), t.say("word.mean"), t.say("lin.word.line"), t.say("lin.word.band"))
    line = (float(a["intercept"]), float(a["slope"]))
    t.draw(lambda size: linearity_figure((x, y), line, (at, half), axes, words, size), term("lin.caption"), table)


def _band(a: Values, x: Any, at: Any) -> Any:
    """Half-width of the 95 % confidence band of the line: t·s·√(1/n + (x − x̄)²/Σ(x − x̄)²)."""
    factor = float(stdtrit(a["dof"], 0.975)) * float(a["s"] or 0.0)
    middle = float(np.mean(x))
    return factor * np.sqrt(1.0 / x.size + np.square(at - middle) / float(np.sum(np.square(x - middle))))


# ---------------------------------------------------------------- decisions, gauges, levels


def attribute_agreement(t: Told) -> None:
    """The lowest kappa of two appraisers, and what each did right."""
    a = t.answer
    names, limits = list(a["kappa"]), criterion("kappa")
    pairs = [(k, one, other) for n, one in enumerate(names) for other in names[n + 1 :]
             if (k := a["kappa"][one][other]) is not None]  # fmt: skip
    if pairs:
        low, one, other = min(pairs)
        verdict = "good" if low > limits.high else "poor" if low < limits.low else "fair"
        t.sentence = term("agree.lead", low=digits(low, 2), a=one, b=other, verdict=term(f"agree.{verdict}"),
                          all=a["n_all_agree"], parts=a["n_parts"])  # fmt: skip
    else:
        t.sentence = term("agree.lead.unknown")
    rows = [[same(str(n)), *(cell(a["kappa"][n][m], 3) for m in names)] for n in names]
    t.parts.append(listed("kappa", term("agree.table"), [term("word.appraiser"), *(same(n) for n in names)], rows))
    right = a.get("n_right")
    heads = [term("word.appraiser"), term("agree.consistent")]
    heads += [term("agree.right"), term("agree.kappa_reference")] if right else []
    own: list[list[Cell]] = []
    for n in names:
        row: list[Cell] = [same(n), cell(a["n_consistent"][n])]
        own.append([*row, cell(right[n]), cell(a["kappa_reference"][n], 3)] if right else row)
    t.parts.append(listed("appraisers", term("agree.own"), heads, own))


def gauge_bias(t: Told) -> None:
    """Gauges that deviate one way on every artefact."""
    a = t.answer
    names = tuple(str(name) for name in a["gauge"])
    deviations = np.asarray(a["deviations"], np.float64)
    n = deviations.shape[1]  # artefacts
    told = {dict(f.parameters).get("gauge") for f in t.found if f.code == "assurance.gauge.biased"}
    one_way = np.array([name in told for name in names], bool)
    some = [name for name, way in zip(names, one_way, strict=True) if way]
    key = "some" if some else "none"
    t.sentence = term(f"gauges.lead.{key}", n=len(names), count=len(some), names=", ".join(some))
    mean, s = floats(a["mean_bias"]), np.nan_to_num(floats(a["s_bias"]))
    heads = [term("word.gauge"), term("word.state"), with_unit("word.bias", t.unit), with_unit("gauges.head.s", t.unit)]
    rows = [
        [same(name), Word(term("state.biased"), "bad") if way else Word(term("state.fine"), "good"), b, sd]
        for name, way, b, sd in zip(names, one_way, column(mean), column(s), strict=True)
    ]
    table = listed("gauges", term("gauges.caption"), heads, rows, alignment="llrr")
    found = Errors(Participants(names, failed=one_way), mean, SPREAD * s / math.sqrt(n))
    words = (t.say("gauges.whisker"), "", t.say("state.biased"))
    axis = Axis(t.say("word.bias"), t.unit)
    t.draw(lambda size: errors_figure(found, axis, words, size), term("gauges.caption"), table)


def nested(t: Told) -> None:
    """Standard deviations of three levels."""
    a = t.answer
    two = [v for v in a["s_level2"].values() if v is not None]
    pooled = math.sqrt(sum(v * v for v in two) / len(two)) if two else None
    t.sentence = term("nested.lead", one=digits(a["s_level1_pooled"], 3), two=digits(pooled, 3),
                      three=digits(a["s_level3"], 3))  # fmt: skip
    heads = [term("nested.head.run"), with_unit("nested.head.s1", t.unit), with_unit("nested.head.s2", t.unit),
             term("grr.anova.dof")]  # fmt: skip
    runs = list(a["s_level1"])
    first, second = column(a["s_level1"][r] for r in runs), column(a["s_level2"].get(r) for r in runs)
    rows = [[same(r), x, y, cell(a["dof_level2"].get(r))] for r, x, y in zip(runs, first, second, strict=True)]
    t.parts.append(listed("runs", term("nested.table"), heads, rows))
    differences = a["differences"]
    own = [[same(k), v] for k, v in zip(differences, column(differences.values()), strict=True)]
    t.parts.append(
        listed("differences", term("nested.table.differences"), [term("nested.head.artefact"),
               with_unit("nested.table.differences", t.unit)], own)
    )  # fmt: skip
