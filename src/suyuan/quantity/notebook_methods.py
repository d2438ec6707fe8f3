"""Simulations, validations, second order and fits as HTML tables, for notebooks: strings alone (see `notebook`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from suyuan.quantity.notebook import cut, dof_text, ends_of, findings_html, place_text, shown, symbol, table

if TYPE_CHECKING:
    from suyuan.quantity.fit.fit import Fit
    from suyuan.quantity.montecarlo.simulation import Simulated
    from suyuan.quantity.montecarlo.validation import Validation
    from suyuan.quantity.second_order import SecondOrder

DIGITS = 6
"""Of values and ends of intervals; a simulation has seldom more."""


def simulated_html(s: Simulated) -> str:
    """Mean, u and both coverage intervals of the draws; what warns of them stands before."""
    columns = (s.mean, s.u, s.symmetric.low, s.symmetric.high, s.shortest.low, s.shortest.high)
    heads = ("平均 mean", "u", "对称 symmetric", "", "最短 shortest", "")
    title = f"p = {shown(s.p, 6)}, M = {shown(float(s.trials), 9)}" + _unit(s.unit)
    return findings_html(s.findings) + _rows(heads, columns, title)


def second_order_html(y: SecondOrder) -> str:
    """Value, u of both orders, the shift of the mean, and the degrees of freedom."""
    heads = ("值 value", "u", "一阶 u first order", "均值偏移 shift")
    return _rows(heads, (y.value, y.u, y.u_first, y.shift), _unit(y.unit).removeprefix(", "))


def validation_html(v: Validation) -> str:
    """Coverage intervals of first and second order beside Monte Carlo, and whether each is validated."""
    rows: list[Sequence[str]] = []
    for order, name in ((v.first, "一阶 first order"), (v.second, "二阶 second order")):
        if order is not None:
            ends = (order.interval.low, order.interval.high, order.d_low, order.d_high)
            rows.append([name, *map(_first, ends), _verdict(order.validated)])
    rows.append(["蒙特卡洛 Monte Carlo", _first(v.low), _first(v.high), "", "", ""])
    title = f"p = {shown(v.p, 6)}, δ = {_first(v.delta)}{_unit(v.simulated.unit)}"
    heads = ("", "低 low", "高 high", "d low", "d high", "通过 validated")
    return findings_html(v.findings) + table(heads, rows, title)


def fit_html(f: Fit) -> str:
    """Parameters with their uncertainties; method, n, ν and s or χ² above."""
    rows = [
        [name, shown(float(value), 9), shown(float(u), 3), symbol(unit)]
        for name, value, u, unit in zip(f.names, f.estimates, f.u, f.units, strict=True)
    ]
    quality = f"s = {shown(f.s, 4)}" if f.s is not None else f"χ² = {shown(f.chi_squared, 4)}"
    title = f"{f.method}, n = {f.n}, ν = {dof_text(float(f.dof))}, {quality}"
    return findings_html(f.findings) + table(("参数 parameter", "值 value", "u", "单位 unit"), rows, title)


def _rows(heads: Sequence[str], columns: Sequence[Any], title: str) -> str:
    """One row a value; of many the first and the last."""
    shape = np.shape(columns[0])
    if shape == ():
        return table(heads, [[shown(float(x), DIGITS) for x in columns]], title)
    flat = [np.ravel(x) for x in columns]
    places = ends_of(flat[0].size)
    cells = [[place_text(shape, i), *(shown(float(x[i]), DIGITS) for x in flat)] for i in places]
    left = flat[0].size - len(places)
    if left:
        cells = [[*row, *[""] * (len(heads) + 1 - len(row))] for row in cut(cells, left)]
    return table(("", *heads), cells, title)


def _unit(unit: Any) -> str:
    text = symbol(unit)
    return f", {text}" if text else ""


def _first(x: Any) -> str:
    """A number, or the first and the count of many."""
    values = np.ravel(x)
    return shown(float(values[0]), DIGITS) + (f" … ({values.size})" if values.size > 1 else "")


def _verdict(validated: Any) -> str:
    values = np.ravel(validated)
    if values.size > 1:
        return f"{int(np.count_nonzero(values))}/{values.size}"
    return "是 yes" if bool(values[0]) else "否 no"
