"""First order, second order and Monte Carlo of one result side by side, with their figure; two results as a region."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from django.utils.html import format_html
from django.utils.safestring import SafeString

from suyuan.quantity.finding import Refused
from suyuan.quantity.notation import MINUS, grouped
from suyuan.quantity.notation import number as written
from suyuan.quantity.unit import ratio
from suyuan.report.figures.budget import Term, budget_figure
from suyuan.report.figures.distribution import (
    Density,
    Draws,
    Interval,
    density_name,
    distribution_figure,
    interval_name,
)
from suyuan.report.figures.dress import Axis, Size, italic
from suyuan.report.figures.region import Ellipse, Rectangle, region_figure
from suyuan.site.acts.evaluating.evaluate import Answer
from suyuan.site.terms import term
from suyuan.site.web.evaluating.budget import handy
from suyuan.site.web.parts.number import digits, plain, unit_html
from suyuan.site.web.parts.state import state_html
from suyuan.site.web.parts.text import pick
from suyuan.site.web.shown import Cell, Table, column, figure, listed, number, sym, text, with_unit
from suyuan.verbs.evaluate import Output

if TYPE_CHECKING:
    from suyuan.quantity.montecarlo.simulation import Run, Simulated
    from suyuan.quantity.montecarlo.validation import Validation

BINS = 80
DRAWN = frozenset(("monte_carlo", "validation"))
"""What is wanted that needs draws."""
SHARE = 0.999
"""Of the draws that the figure shows; the rest lies in the tails."""


@dataclass(frozen=True)
class Methods:
    """The methods of one result. note: how the draws were made; told: what they say of first and second order; blind:
    the result by its draws, where first order sees no uncertainty at all."""

    table: Table
    figure: SafeString | str
    note: str
    told: str
    blind: SafeString | str = ""


def methods_of(made: Answer, name: str, o: Output) -> Methods | None:
    """The methods that were wanted besides first order; None where there is none."""
    if made.evaluation is None:
        return None
    found = made.evaluation.further
    second, validation = found.second_order.get(name), found.validation.get(name)
    simulated = _simulated(made, name)
    if second is None and simulated is None:
        return None
    rows: list[tuple[str, Any, Any, Any, Any]] = [_row(term("evaluate.want.first_order"), o.expanded)]
    verdicts = [validation.first.validated if validation is not None else None]
    if second is None and validation is not None and validation.second is not None:
        second = validation.second.interval
    if second is not None:
        rows.append(_row(term("evaluate.want.second_order"), second))
        judged = validation is not None and validation.second is not None
        verdicts.append(validation.second.validated if judged else None)  # type: ignore[union-attr]
    if simulated is not None:
        for kind in ("symmetric", "shortest"):
            ends = getattr(simulated, kind)
            told = f"{term('evaluate.want.monte_carlo')} {term(f'evaluate.interval.{kind}')}"
            rows.append((told, simulated.mean, simulated.u, ends.low, ends.high))
            verdicts.append(None)
    label = _called(made, name)
    drawn = figure(lambda size: _distribution(o, simulated, label, size), _said(simulated), f"d-{name}")[0]
    return Methods(
        _table(rows, verdicts if validation is not None else [], o), drawn,
        "" if simulated is None else _sampled(simulated), "" if validation is None else _judged(validation, o),
        _blind(o, simulated, made.evaluation.case.sampling.interval)
        if simulated is not None and o.u == 0.0 < float(simulated.u) else "",
    )  # fmt: skip


def _called(made: Answer, name: str) -> str:
    """What the result is called on an axis."""
    assert made.evaluation is not None
    several = len(made.evaluation.outputs) > 1
    return name if several else pick(made.evaluation.title)[0] or term("word.value")


def _blind(o: Output, s: Simulated, kind: str) -> SafeString:
    """Mean and interval of the draws."""
    told = term("evaluate.blind", interval=_written(o, s, kind), p=f"{s.p * 100:.4g}")
    mean = digits(plain(float(s.mean), 3))
    return format_html('{}{}<span class="ku">{}</span>', mean, unit_html(o.unit.symbol), told)


def _written(o: Output, s: Simulated, kind: str) -> str:
    """The interval with its unit, its ends to the third digit of u."""
    ends, u = getattr(s, kind), float(s.u)
    decimals = min(12, max(0, 2 - math.floor(math.log10(u)))) if u > 0.0 else 6
    low, high = (grouped(f"{float(e):.{decimals}f}".replace("-", MINUS)) for e in (ends.low, ends.high))
    return f"{low} … {high} {'' if o.unit.symbol == '1' else o.unit.symbol}".strip()


def sentence(made: Answer, name: str, o: Output) -> str:
    """What Monte Carlo adds to the answer of first order; «» where it was not wanted."""
    s = _simulated(made, name)
    if made.evaluation is None:
        return ""
    if s is None:
        return term("evaluate.answer.not_drawn") if DRAWN & set(made.evaluation.case.want) else ""
    validation = made.evaluation.further.validation.get(name)
    key = "evaluate.answer.monte_carlo"
    if validation is not None:
        key += ".validated" if validation.first.validated else ".not_validated"
    interval = _written(o, s, made.evaluation.case.sampling.interval)
    return term(key, interval=interval, p=f"{s.p * 100:.4g}")


def _simulated(made: Answer, name: str) -> Simulated | None:
    assert made.evaluation is not None
    found = made.evaluation.further
    validation = found.validation.get(name)
    return found.monte_carlo.get(name) or (validation.simulated if validation is not None else None)


def _row(name: str, e: Any) -> tuple[str, Any, Any, Any, Any]:
    return name, e.value, e.u, e.low, e.high


def _table(rows: list[tuple[str, Any, Any, Any, Any]], verdicts: list[bool | None], o: Output) -> Table:
    """Value, u and both ends to the third digit of the smallest u: there the methods differ."""
    spreads = [float(row[2]) for row in rows if float(row[2]) > 0.0]
    decimals = 2 - math.floor(math.log10(min(spreads))) if spreads else 3
    columns = [column([float(row[n]) for row in rows], decimals) for n in (1, 2, 3, 4)]
    names = [text(row[0]) for row in rows]
    unit = o.unit.symbol
    heads = [
        term("evaluate.method"), with_unit(term("word.value"), unit),
        with_unit(sym("u"), o.unit.as_difference().symbol), with_unit(term("evaluate.low"), unit),
        with_unit(term("evaluate.high"), unit),
    ]  # fmt: skip
    if verdicts:
        heads.append(term("evaluate.validated"))
        said = [Cell("", False) if v is None else text(_verdict(v)) for v in verdicts]
        return listed(term("evaluate.compared"), heads, list(zip(names, *columns, said, strict=True)))
    return listed(term("evaluate.compared"), heads, list(zip(names, *columns, strict=True)))


def _verdict(validated: bool) -> SafeString:
    return state_html("passed" if validated else "failed", short=True)


def _sampled(s: Simulated) -> str:
    """How many draws there were, and whether the adaptive procedure came to rest."""
    trials = grouped(str(s.trials))
    adaptive = s.run.adaptive
    if adaptive is None:
        return term("evaluate.sampled.fixed", trials=trials, seed=s.run.seed)
    key = "evaluate.sampled.reached" if adaptive.reached else "evaluate.sampled.not_reached"
    return term(key, trials=trials, batches=adaptive.batches, digits=adaptive.digits, seed=s.run.seed)


def _judged(v: Validation, o: Output) -> str:
    """What clause 8 says of both orders."""
    unit = o.unit.as_difference().symbol
    shown_unit = "" if unit in ("", "1") else f" {unit}"
    told = [_of_order("first_order", v.first.validated, v.first.d_low, v.first.d_high, shown_unit)]
    if v.second is not None:
        told.append(_of_order("second_order", v.second.validated, v.second.d_low, v.second.d_high, shown_unit))
    delta = f"{written(float(v.delta), 2)}{shown_unit}"
    return term("evaluate.validation", rows=term("evaluate.validation.join").join(told), delta=delta, digits=v.digits)


def _of_order(order: str, validated: bool, low: Any, high: Any, unit: str) -> str:
    key = "evaluate.validation.yes" if validated else "evaluate.validation.no"
    worst = max(float(low), float(high))
    return term(key, order=term(f"evaluate.want.{order}"), d=f"{written(worst, 2)}{unit}")


# ---------------------------------------------------------------- figures


def _said(s: Simulated | None) -> str:
    return term("evaluate.figure.said" if s is not None else "evaluate.figure.said.first")


def _distribution(o: Output, s: Simulated | None, label: str, size: Size) -> str:
    """Draws, the density of first order, and the intervals."""
    p = float(o.expanded.p)
    draws, intervals = None, []
    if s is not None and float(s.u) > 0.0:
        tail = (1.0 - SHARE) / 2.0
        low, high = float(s.quantile(tail)), float(s.quantile(1.0 - tail))
        if high > low:
            edges, counts = s.histogram(np.linspace(low, high, BINS + 1))
            draws = Draws(term("evaluate.want.monte_carlo"), edges, counts.astype(np.float64))
        for kind in ("symmetric", "shortest"):
            ends = getattr(s, kind)
            name = interval_name(term(f"evaluate.interval.{kind}"), p)
            intervals.append(Interval(name, float(ends.low), float(ends.high), float(s.mean)))
    density = None
    if o.u > 0.0:
        dof = float(o.expanded.dof)
        density = Density(density_name(term("evaluate.want.first_order"), dof, term("strip.join")), o.value, o.u, dof)
        name = interval_name(term("evaluate.want.first_order"), p)
        intervals.append(Interval(name, float(o.expanded.low), float(o.expanded.high), o.value, True))
    axis = Axis(label, o.unit.symbol)
    return distribution_figure(draws, density, intervals, axis, term("evaluate.figure.density"), size)


def _budget(o: Output, size: Size, labels: Mapping[str, str]) -> str:
    unit = handy(o.unit.as_difference(), o.u)
    factor = 1.0 if unit == o.unit.as_difference() else ratio(o.unit.as_difference(), unit)
    terms = [
        Term(labels.get(row.name, row.name), abs(row.contribution * factor), row.share)
        for row in o.budget
        if row.share or row.u
    ]
    names = (f"{term('word.combined')} {italic('u')} = {o.u * factor:.3g} {unit.symbol}", term("evaluate.figure.rest"))
    axis = Axis(f"|{italic('c')}| {italic('u')}", unit.symbol)
    return budget_figure(terms, o.u * factor, axis, names, size)


def picture(made: Answer, what: str, name: str) -> str | None:
    """A figure as a file: the budget, or the distribution; None where there is none."""
    if made.evaluation is None:
        return None
    o = made.evaluation.outputs.get(name) or next(iter(made.evaluation.outputs.values()))
    try:
        if what == "budget":
            return _budget(o, "wide", _labels(made))
        return _distribution(o, _simulated(made, o.name), _called(made, o.name), "wide")
    except ValueError:
        return None


def _labels(made: Answer) -> dict[str, str]:
    """What the inputs are called."""
    labels = {str(row.get("name")): pick(row.get("label"))[0] for row in made.case["input"]["inputs"]}
    return {name: f"{label} {name}" for name, label in labels.items() if label} | {
        "correlation": term("cert.budget.common")
    }


# ---------------------------------------------------------------- two results together


@dataclass(frozen=True)
class Region:
    """Two results as a region: figure and table."""

    figure: SafeString | str
    table: Table
    note: str


def region_of(made: Answer) -> Region | None:
    """The coverage regions of two results that were simulated together; None where that is not the question."""
    if made.evaluation is None or len(made.evaluation.outputs) != 2:
        return None
    names = list(made.evaluation.outputs)
    both = [_simulated(made, name) for name in names]
    if both[0] is None or both[1] is None or both[0].run is not both[1].run or both[0].run.draws is None:
        return None
    run = both[0].run
    try:
        return _region(run, names, [o.unit.symbol for o in made.evaluation.outputs.values()])
    except Refused:
        return None


def _region(run: Run, names: list[str], units: list[str]) -> Region:
    from suyuan.quantity.montecarlo.region import ellipsoid, rectangle

    e, r = ellipsoid(run), rectangle(run)
    order = [run.names.index(name) for name in names] if set(names) <= set(run.names) else [0, 1]
    centre, cov = e.centre[order], e.covariance[np.ix_(order, order)]
    half = (0.5 * (r.high - r.low))[order]
    assert run.draws is not None
    draws = run.draws[order].T
    p = float(e.p)
    shapes: list[Ellipse | Rectangle] = [
        Ellipse(interval_name(term("evaluate.region.ellipse"), p), centre, cov, float(e.k)),
        Rectangle(interval_name(term("evaluate.region.rectangle"), p), centre, half),
    ]
    axes = Axis(names[0], units[0]), Axis(names[1], units[1])
    drawn, _ = figure(
        lambda size: region_figure(draws, shapes, axes, term("evaluate.region.draws"), size),
        term("evaluate.region.said"), "region",
    )  # fmt: skip
    correlation = float(cov[0, 1] / math.sqrt(cov[0, 0] * cov[1, 1])) if cov[0, 0] > 0.0 < cov[1, 1] else math.nan
    rows = [
        (text(term("evaluate.region.ellipse")), format_k("p", float(e.k)), number(float(e.volume), 4)),
        (text(term("evaluate.region.rectangle")), format_k("q", float(r.k)), number(float(r.volume), 4)),
    ]
    heads = (term("evaluate.region"), sym("k"), term("evaluate.region.area"))
    note = term("evaluate.region.note", r=f"{correlation:.4f}".replace("-", "−"), trials=grouped(str(run.trials)))
    return Region(drawn, listed(term("evaluate.region"), heads, rows), note)


def format_k(sub: str, k: float) -> Cell:
    """«kₚ = 2.448»."""
    return Cell(format_html("{} = {}", sym("k", sub), f"{k:.3f}"))
