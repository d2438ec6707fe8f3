"""What a fit looks like: coefficients with their uncertainties, data and curve, residuals, and the curve used."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.utils.html import format_html
from django.utils.safestring import SafeString
from numpy.typing import NDArray

from suyuan.quantity.finding import Finding
from suyuan.quantity.formula.model import read_model
from suyuan.report.figures.dress import Axis, Size, italic
from suyuan.report.figures.fit import Curve, Data, Residuals, fit_figure
from suyuan.site.acts.evaluating.calculation import Calculation
from suyuan.site.terms import term
from suyuan.site.web.evidence.picture import in_both
from suyuan.site.web.evidence.results import symbol_of
from suyuan.site.web.shown import (
    Cell,
    Section,
    Shown,
    Table,
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
    text,
    with_unit,
)

Floats = NDArray[np.float64]
Body = Mapping[str, Any]
K = 2.0
"""Of the whiskers and of the band: U = 2 u."""
IN_A_SENTENCE = 6
"""Parameters that a sentence names."""
STEP = 1e-3
"""Of the differences that give the band of a curve, in standard uncertainties of its parameters."""


def shown(made: Calculation) -> Shown:
    """The answer of a fit."""
    assert made.answer is not None
    build = {"line_fit": _line, "polynomial_fit": _polynomial, "curve_fit": _curve}[made.kind]
    return build(made.input, made.answer)


def _units(body: Body) -> tuple[str, str]:
    return symbol_of(str(body.get("x_unit") or "")), symbol_of(str(body.get("y_unit") or ""))


def _array(values: Any) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _grid(body: Body) -> Floats:
    x = _array(body["x"])
    return np.linspace(x.min(), x.max(), 161)


def _coefficient_unit(body: Body, power: int) -> str:
    """The unit of the coefficient of xⁿ: mV/°C, mV/°C²."""
    x, y = ("" if unit == "1" else unit for unit in _units(body))
    if power == 1 and x == y:
        return ""
    raised = "" if power == 1 else str(power).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{y or '1'}/{x}{raised}" if x and power else y


def _judged(answer: Body, unit: str) -> str:
    """What is known of the residuals, as the last sentence."""
    if answer.get("s") is not None:
        return term("calc.fit.s", s=f"{answer['s']:.3g} {'' if unit == '1' else unit}".strip())
    if answer.get("chi_squared") is not None:
        return term("calc.fit.chi", chi=f"{answer['chi_squared']:.3g}", dof=answer["dof"])
    return ""


# ---------------------------------------------------------------- the three kinds


def _line(body: Body, answer: Body) -> Shown:
    a, b, u_a, u_b = (answer[key] for key in ("intercept", "slope", "u_intercept", "u_slope"))
    units = _coefficient_unit(body, 0), _coefficient_unit(body, 1)
    sentence = in_both(
        lambda: term(
            "calc.line.answer",
            a=concise(a, u_a, units[0]),
            b=concise(b, u_b, units[1]),
            note=_judged(answer, _units(body)[1]),
        )
    )
    rows = [
        (named("calc.intercept", sym("a")), rounded(a, u_a), spread(u_a), text(units[0] or "1")),
        (named("calc.slope", sym("b")), rounded(b, u_b), spread(u_b), text(units[1] or "1")),
    ]
    heads = (term("calc.coefficient"), term("word.value"), sym("u"), term("word.unit"))
    grid, x = _grid(body), _array(body["x"])
    t = grid - float(body.get("x_origin") or 0.0)
    variance = u_a**2 + (t * u_b) ** 2 + 2.0 * t * answer["covariance"]
    curve = Curve(term("calc.fig.line"), grid, a + b * t, K * np.sqrt(np.maximum(variance, 0.0)), term("calc.fig.band"))
    fitted = a + b * (x - float(body.get("x_origin") or 0.0))
    used = _used(body, answer)
    more = (Section("calc.used", "", used, term("calc.used.note")),) if used else ()
    table = listed(term("calc.coefficients"), heads, rows)
    return _shown(body, answer, sentence, "calc.coefficients", table, curve, fitted, more)


def _polynomial(body: Body, answer: Body) -> Shown:
    values, u = _array(answer["coefficients"]), answer["u"]
    rows = [
        (
            Cell(sym("b", str(n)), False),
            rounded(float(value), own),
            spread(own),
            text(_coefficient_unit(body, n) or "1"),
        )
        for n, (value, own) in enumerate(zip(values, u, strict=True))
    ]
    heads = (term("calc.coefficient"), term("word.value"), sym("u"), term("word.unit"))
    grid, origin = _grid(body), float(body.get("x_origin") or 0.0)
    powers = np.vander(grid - origin, values.size, increasing=True)
    variance = np.einsum("ni,ij,nj->n", powers, _array(answer["covariance"]), powers)
    curve = Curve(
        term("calc.fig.polynomial"),
        grid,
        powers @ values,
        K * np.sqrt(np.maximum(variance, 0.0)),
        term("calc.fig.band"),
    )
    fitted = np.polynomial.polynomial.polyval(_array(body["x"]) - origin, values)
    sentence = in_both(
        lambda: term(
            "calc.polynomial.answer", degree=values.size - 1, n=answer["n"], note=_judged(answer, _units(body)[1])
        )
    )
    table = listed(term("calc.coefficients"), heads, rows)
    return _shown(body, answer, sentence, "calc.coefficients", table, curve, _array(fitted))


def _curve(body: Body, answer: Body) -> Shown:
    values, u = answer["parameters"], answer["u"]
    rows = [(text(name), rounded(values[name], u[name]), spread(u[name])) for name in values]
    table = listed(term("calc.parameters"), (term("calc.parameter"), term("word.value"), sym("u")), rows)
    sentence = in_both(
        lambda: term("calc.curve.answer", several=_several(values, u), note=_judged(answer, _units(body)[1]))
    )
    grid = _grid(body)
    line, fitted = _on(body, values, grid), _on(body, values, _array(body["x"]))
    if line is None or fitted is None:
        return Shown(sentence, (Section("calc.parameters", "", (table, _quality(answer))),))
    band = _band(body, answer, grid)
    curve = Curve(term("calc.fig.curve"), grid, line, band, term("calc.fig.band") if band is not None else "")
    return _shown(body, answer, sentence, "calc.parameters", table, curve, fitted)


def _several(values: Mapping[str, float], u: Mapping[str, float]) -> str:
    """All parameters in a sentence; of very many the first ones and how many there are."""
    told = [f"{name} = {concise(value, u[name])}" for name, value in values.items()]
    more = [term("calc.curve.more", count=len(told))] if len(told) > IN_A_SENTENCE else []
    return term("strip.join").join((*told[:IN_A_SENTENCE], *more))


def _on(body: Body, values: Mapping[str, float], x: Floats) -> Floats | None:
    """The curve at some places; None where it cannot be had there."""
    model, _ = read_model(str(body["model"]), None, ["x", *values])
    if model is None:
        return None
    with np.errstate(all="ignore"):
        found = next(iter(model.evaluate({"x": x, **values}).values()))
    line: Floats = np.broadcast_to(np.asarray(found, dtype=np.float64), x.shape)
    return line if np.isfinite(line).all() else None


def _band(body: Body, answer: Body, grid: Floats) -> Floats | None:
    """2 u of the curve from the covariance of its parameters; slopes by central differences."""
    values, u = answer["parameters"], answer["u"]
    slopes = []
    for name, value in values.items():
        step = STEP * u[name] or 1e-6 * abs(value) or 1e-9
        up, down = (_on(body, {**values, name: value + way * step}, grid) for way in (1.0, -1.0))
        if up is None or down is None:
            return None
        slopes.append((up - down) / (2.0 * step))
    by = np.array(slopes)
    variance = np.einsum("in,ij,jn->n", by, _array(answer["covariance"]), by)
    return np.asarray(K * np.sqrt(np.maximum(variance, 0.0)))


# ---------------------------------------------------------------- what all three show


def _shown(
    body: Body, answer: Body, sentence: SafeString, name: str, table: Table, curve: Curve, fitted: Floats,
    more: Sequence[Section] = (),
) -> Shown:  # fmt: skip
    drawn, told = _drawn(body, answer, curve)
    sections = (
        Section(name, drawn, (table, _quality(answer)), term("calc.fit.note"), beside=True),
        *more,
        Section("calc.residuals", "", (_residual_table(body, answer, fitted),)),
    )
    return Shown(sentence, sections, told)


def _drawn(body: Body, answer: Body, curve: Curve) -> tuple[SafeString, tuple[Finding, ...]]:
    x, y = _array(body["x"]), _array(body["y"])
    x_unit, y_unit = _units(body)
    whiskers = {
        n: np.broadcast_to(K * _array(body[u]), x.shape) for n, u in (("U_x", "u_x"), ("U_y", "u_y")) if u in body
    }
    name = term("calc.fig.data_U") if whiskers else term("calc.fig.data")
    own = _array(answer["standardised_residuals"])
    residuals = Residuals(own, Axis(term("calc.standardised")), K) if np.isfinite(own).all() else None

    def draw(size: Size) -> str:
        axes = Axis(italic("x"), x_unit), Axis(italic("y"), y_unit)
        return fit_figure(Data(name, x, y, **whiskers), curve, residuals, axes, size)

    return figure(draw, term("calc.fit.said"), "fit")


def _quality(answer: Body) -> Table:
    """What is known of the fit as a whole."""
    chi = format_html("{}²", sym("χ"))
    known = (
        ("calc.correlation", sym("r"), "correlation"),
        ("calc.covariance", "", "covariance"),
        ("calc.s", sym("s"), "s"),
        ("calc.rss", "", "rss"),
        ("calc.chi", chi, "chi_squared"),
        ("calc.chi_dof", format_html("{}/{}", chi, sym("ν")), "chi_squared_per_dof"),
        ("word.degrees_of_freedom", sym("ν"), "dof"),
    )
    rows = [
        (named(key, symbol), number(answer[name], 5))
        for key, symbol, name in known
        if name in answer and not isinstance(answer[name], list | dict)
    ]
    return listed(term("calc.quality"), (term("calc.asked"), term("word.value")), rows)


def _residual_table(body: Body, answer: Body, fitted: Floats) -> Table:
    x_unit, y_unit = _units(body)
    x, y, own = _array(body["x"]), _array(body["y"]), _array(answer["standardised_residuals"])
    rest = y - fitted
    place = place_of(float(np.sqrt(np.mean(rest**2))))
    heads = (
        with_unit(sym("x"), x_unit), with_unit(sym("y"), y_unit), with_unit(term("calc.fitted"), y_unit),
        with_unit(term("calc.residual"), y_unit), term("calc.standardised"),
    )  # fmt: skip
    columns = (column(x), column(y), column(fitted, place), column(rest, place), column(own, 2))
    return listed(term("calc.residuals"), heads, list(zip(*columns, strict=True)))


def _used(body: Body, answer: Body) -> tuple[Table, ...]:
    """The line used forward and backward."""
    x_unit, y_unit = _units(body)
    ways = (("predict", "x", "y", (x_unit, y_unit)), ("inverse", "y", "x", (y_unit, x_unit)))
    tables = []
    for asked, given, found, units in ways:
        rows = []
        for question, row in zip(body.get(asked, ()), answer.get(asked, ()), strict=False):
            value, u = question[given], row[f"u_{found}"]
            mean = math.fsum(value) / len(value) if isinstance(value, list) else value
            rows.append((number(mean, 10), rounded(row[found], u), spread(u)))
        if rows:
            heads = (with_unit(sym(given), units[0]), with_unit(sym(found), units[1]), with_unit(sym("u"), units[1]))
            tables.append(listed(term(f"calc.{asked}"), heads, rows))
    return tuple(tables)
