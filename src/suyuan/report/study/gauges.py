"""What gauge studies tell: bias, linearity, type 1, agreement, gauges against each other, three levels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import stdtrit

from suyuan.assurance.criteria import criterion
from suyuan.assurance.gauge_study import label
from suyuan.quantity.notation import behind
from suyuan.report.figures.dress import Axis
from suyuan.report.figures.participants import Participants
from suyuan.report.figures.study.agreement import Decided, agreement_figure
from suyuan.report.figures.study.capability import Lines, histogram_figure, linearity_figure
from suyuan.report.figures.study.errors import Errors, errors_figure
from suyuan.report.papers.document import Cell, Number, Table, Text, Word
from suyuan.report.study.told import (
    Told,
    Values,
    cell,
    column,
    digits,
    floats,
    listed,
    measured,
    same,
    spread,
    spread_cell,
    term,
    value_cell,
    with_unit,
)

SPREAD = 3.0
"""Standard deviations of a mean within which a gauge is not told to be biased (`assurance.gauge_study`)."""


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
        shown = f"{low:.2f}".replace("-", "−")
        t.sentence = term("agree.lead", low=shown, a=one, b=other, verdict=term(f"agree.{verdict}"),
                          all=a["n_all_agree"], parts=a["n_parts"])  # fmt: skip
    else:
        t.sentence = term("agree.lead.unknown")
    rows = [[same(str(n)), *(_kappa(a["kappa"][n][m]) for m in names)] for n in names]
    table = listed("kappa", term("agree.table"), [term("word.appraiser"), *(same(n) for n in names)], rows)
    found, words = _decided(t, tuple(str(n) for n in names)), (t.say("agree.word.same"), t.say("agree.word.differs"))
    t.draw(lambda size: agreement_figure(found, t.say("word.part"), words, size), term("agree.caption"), table)
    right = a.get("n_right")
    heads = [term("word.appraiser"), term("agree.consistent")]
    heads += [term("agree.right"), term("agree.kappa_reference")] if right else []
    own: list[list[Cell]] = []
    for n in names:
        row: list[Cell] = [same(n), cell(a["n_consistent"][n])]
        own.append([*row, cell(right[n]), _kappa(a["kappa_reference"][n])] if right else row)
    t.parts.append(listed("appraisers", term("agree.own"), heads, own))


def _decided(t: Told, names: tuple[str, ...]) -> Decided:
    """Where a decision differs from the reference, or from what most decided where there is none."""
    decisions = np.array([[[label(one) for one in cell] for cell in row] for row in t.body["decisions"]], np.str_)
    right = t.body.get("reference")
    if right:
        wanted = np.array([label(one) for one in right], np.str_)
    else:
        by_part = [np.unique(part.ravel(), return_counts=True) for part in np.swapaxes(decisions, 0, 1)]
        wanted = np.array([words[np.argmax(counts)] for words, counts in by_part], np.str_)
    parts = tuple(str(i + 1) for i in range(decisions.shape[1]))
    return Decided(names, parts, np.asarray(decisions != wanted[None, :, None]))


def _kappa(value: float | None) -> Cell:
    """A kappa to two places; poor agreement is marked."""
    if value is None:
        return term("word.unknown")
    return Number(f"{value:.2f}".replace("-", "−"), value, "bad" if value < criterion("kappa").low else "")


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
    one, two_, three = (digits(s, 3) + behind(t.unit) for s in (a["s_level1_pooled"], pooled, a["s_level3"]))
    t.sentence = term("nested.lead", one=one, two=two_, three=three)
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
