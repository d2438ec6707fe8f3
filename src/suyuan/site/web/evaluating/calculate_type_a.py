"""What a Type A evaluation looks like: groups, one long series, coverage factors of regions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from django.utils.html import format_html

from suyuan.report.figures.distribution import Density, Draws, distribution_figure
from suyuan.report.figures.dress import Axis, Size
from suyuan.report.figures.figure import Axes, Points, values_figure
from suyuan.site.acts.evaluating.calculation import Calculation
from suyuan.site.terms import term
from suyuan.site.web.evidence.picture import in_both
from suyuan.site.web.evidence.results import symbol_of
from suyuan.site.web.shown import (
    Cell,
    Section,
    Shown,
    column,
    concise,
    figure,
    listed,
    named,
    number,
    place_of,
    rounded,
    spread,
    sym,
    with_unit,
)

ONE_BY_ONE = 60
"""Readings that are drawn one by one; more of them as a histogram."""
LEVEL = 0.05
OF_MEAN = format_html("{}/√{}", sym("s"), sym("n"))


def shown(made: Calculation) -> Shown:
    """The answer of a Type A case."""
    assert made.answer is not None
    build = {"anova": _anova, "summary_statistics": _series, "coverage_factor": _factors}[made.kind]
    return build(made.input, made.answer)


def _unit(body: Mapping[str, Any]) -> str:
    unit = symbol_of(str(body.get("unit") or ""))
    return "" if unit == "1" else unit


# ---------------------------------------------------------------- groups


def _anova(body: Mapping[str, Any], answer: Mapping[str, Any]) -> Shown:
    from scipy.special import fdtri

    unit = _unit(body)
    between, within = answer["dof_between"], answer["dof_within"]
    limit = float(fdtri(between, within, 1.0 - LEVEL))
    F = answer["F"]
    exceeds = F is not None and math.isfinite(F) and limit < F
    sentence = in_both(
        lambda: term(
            "calc.anova.differ" if exceeds else "calc.anova.alike",
            mean=concise(answer["mean"], answer["u_mean"], unit), F="∞" if F is None else f"{F:.3g}",
            limit=f"{limit:.3g}",
        )
    )  # fmt: skip
    rows = [
        (named("calc.mean"), rounded(answer["mean"], answer["u_mean"])),
        (named("calc.u_mean", sym("u")), spread(answer["u_mean"])),
        (named("calc.u_all"), spread(answer.get("u_all"))),
        (named("calc.s_means"), number(answer["s_means"], 4)),
        (named("calc.s_between", sym("s", "a")), number(answer["s_between"], 4)),
        (named("calc.s_within", sym("s", "b")), number(answer["s_within"], 4)),
        (named("calc.F", sym("F")), number(F, 4)),
        (named("calc.F_limit"), number(limit, 4)),
        (named("calc.dof_between"), number(between)),
        (named("calc.dof_within"), number(within)),
    ]
    table = listed(term("calc.anova"), (term("calc.asked"), with_unit(term("word.value"), "")), rows)
    means, stds = (np.asarray(body[key], dtype=np.float64) for key in ("group_means", "group_stds"))
    size = int(body["group_size"])
    own = stds / math.sqrt(size)
    axes = Axes(term("calc.fig.group"), Axis(term("calc.mean.short"), unit).label(), whole=True)
    points = Points(term("calc.mean.short"), np.arange(1.0, means.size + 1.0), means, 2.0 * own)

    def draw(size: Size) -> str:
        return values_figure([points], axes, size=size)

    drawn, told = figure(draw, term("calc.anova.said"), "groups")
    heads = (
        term("calc.fig.group"), with_unit(term("calc.mean.short"), unit), with_unit(sym("s"), unit),
        with_unit(OF_MEAN, unit),
    )  # fmt: skip
    place = max(place_of(float(u)) for u in own)
    columns = (
        [Cell(str(n + 1)) for n in range(means.size)],
        column(means, place),
        column(stds, place),
        column(own, place),
    )
    groups = listed(term("calc.groups"), heads, list(zip(*columns, strict=True)))
    note = term("calc.unit.note", unit=unit) if unit else ""
    return Shown(
        sentence,
        (
            Section("calc.anova", "", (table,), note),
            Section("calc.groups", drawn, (groups,), term("calc.groups.note"), True),
        ),
        told,
    )


# ---------------------------------------------------------------- one series


def _series(body: Mapping[str, Any], answer: Mapping[str, Any]) -> Shown:
    unit, n, s = _unit(body), answer["n"], answer["std"]
    of_mean = s / math.sqrt(n) if s is not None else None
    r = answer.get("autocorrelation")
    strong = r is not None and n > 2 and abs(r) > 2.0 / math.sqrt(n)
    sentence = in_both(
        lambda: term(
            "calc.series.correlated" if strong else "calc.series.answer", mean=concise(answer["mean"], of_mean, unit),
            n=n, r="" if r is None else f"{r:.2g}".replace("-", "−"),
        )
    )  # fmt: skip
    rows = [
        (named("calc.n", sym("n")), Cell(str(n))),
        (named("calc.mean"), rounded(answer["mean"], of_mean)),
        (named("calc.s_one", sym("s")), spread(s)),
        (named("calc.s_mean", OF_MEAN), spread(of_mean)),
        (named("calc.autocorrelation", sym("r", "1")), number(r, 4)),
    ]
    table = listed(term("calc.series"), (term("calc.asked"), with_unit(term("word.value"), unit)), rows)
    drawn, told = _series_figure(body, answer, unit)
    return Shown(sentence, (Section("calc.series", drawn, (table,), term("calc.series.note"), True),), told)


def _series_figure(body: Mapping[str, Any], answer: Mapping[str, Any], unit: str) -> tuple[Any, Any]:
    values = np.asarray(body.get("values", ()), dtype=np.float64)
    if values.size < 2 or not np.ptp(values) > 0.0:
        return "", ()
    if values.size <= ONE_BY_ONE:
        axes = Axes(term("calc.fig.reading"), Axis(term("word.value"), unit).label(), whole=True)
        points = Points(term("word.value"), np.arange(1.0, values.size + 1.0), values)

        def one_by_one(size: Size) -> str:
            return values_figure([points], axes, size=size)

        return figure(one_by_one, term("calc.series.said"), "series")
    counts, edges = np.histogram(values, bins=min(40, max(8, math.isqrt(values.size))))
    draws = Draws(term("calc.fig.readings"), edges, counts.astype(np.float64))
    density = Density(term("calc.fig.normal"), answer["mean"], answer["std"])

    def histogram(size: Size) -> str:
        return distribution_figure(draws, density, [], Axis(term("word.value"), unit), term("calc.fig.density"), size)

    return figure(histogram, term("calc.series.said"), "series")


# ---------------------------------------------------------------- coverage factors


def _factors(body: Mapping[str, Any], answer: Mapping[str, Any]) -> Shown:
    outputs, factors = body["outputs"], answer["k"]
    p = f"{float(body['probability']) * 100.0:.4g} %"

    def told() -> str:
        several = term("strip.join").join(f"k = {k:.3f} (m = {m})" for m, k in zip(outputs, factors, strict=True))
        return term("calc.factor.answer", p=p, several=several)

    sentence = in_both(told)
    rows = [(Cell(str(m)), Cell(f"{k:.3f}")) for m, k in zip(outputs, factors, strict=True)]
    table = listed(term("calc.factor"), (term("calc.factor.m"), sym("k")), rows)
    return Shown(sentence, (Section("calc.factor", "", (table,), term("calc.factor.note")),))
