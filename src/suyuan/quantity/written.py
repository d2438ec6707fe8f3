"""Quantities and what is made of them as lines of text: `str(q)`, f-strings, and what a prompt shows.

A quantity is written by the rules of `notation`; the kernel loads this module when somebody asks for text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from suyuan.quantity.notation import INFINITE, Notation, grouped, notate, number

if TYPE_CHECKING:
    from suyuan.quantity.budget import Budget
    from suyuan.quantity.fit.fit import Fit
    from suyuan.quantity.montecarlo.simulation import Simulated
    from suyuan.quantity.montecarlo.validation import Validation
    from suyuan.quantity.second_order import SecondOrder
    from suyuan.quantity.uncertain import Quantity
    from suyuan.quantity.unit import Unit

MOST, ENDS, ROWS = 6, 3, 12
"""Values of an array that are all shown; at each end where there are more; rows of a table."""
_OURS = re.compile(r"(?:\.(\d+))?([cp])")
_PLACED = re.compile(r"(?:.?[<>^])?\d+")
Writer = Callable[[float, float | None, str], str]
"""Value, standard uncertainty (None: there is none) and symbol of the unit → text."""


def text(q: Quantity) -> str:
    """A quantity in concise notation: the standard uncertainty in units of the last place; long arrays shortened.

    >>> from suyuan.quantity.quantity import quantity
    >>> text(quantity(10.00235528, 0.0001624, "kohm")).replace("\\u2009", " ")
    '10.002 36(16) kΩ'
    >>> text(quantity([1.0, 2.0], 0.1, "V"))
    '[1.00(10), 2.00(10)] V'
    """
    return _all(q, _notated("concise", 2))


def formatted(q: Quantity, spec: str) -> str:
    """A quantity by a format specification.

    '' and 'c': concise, '10.002 36(16) kΩ'; 'p': '(10.002 36 ± 0.000 16) kΩ'; '.1p': so many digits of u; a width as
    of texts ('>24'); what formats a float ('.2f'): the value by it, u with two digits. Raises ValueError for any other.
    """
    ours = _OURS.fullmatch(spec)
    if not spec or _PLACED.fullmatch(spec):
        return format(text(q), spec)
    if ours is not None:
        return _all(q, _notated("concise" if ours[2] == "c" else "pair", max(1, int(ours[1] or 2))))
    try:
        format(0.0, spec)
    except ValueError:
        raise ValueError(f"{spec!r} does not format a quantity: use '', c, p, .1p, a width, or as of floats") from None
    return _all(q, lambda value, u, unit: _by_spec(value, u, unit, spec))


def _by_spec(value: float, u: float | None, unit: str, spec: str) -> str:
    """The spread keeps its own digits: written as 0.00 it would be told as nothing."""
    tail = f" {unit}" if unit else ""
    spread = None if u is None else notate(0.0, u).uncertainty_text
    return format(value, spec) + tail if spread is None else f"({format(value, spec)} ± {grouped(spread)}){tail}"


def _notated(form: str, digits: int) -> Writer:
    def write(value: float, u: float | None, unit: str) -> str:
        written: Notation = notate(value, u, unit or "1", digits=digits)
        return grouped(written.concise if form == "concise" else written.pair)

    return write


def _all(q: Quantity, write: Writer) -> str:
    """A scalar, or the first and last values of an array with their unit behind."""
    symbol = "" if q.unit.symbol == "1" else q.unit.symbol
    if q.shape == ():
        return _one(q.value[()], q.u[()], symbol, write)
    values, spreads = q.value.ravel(), np.ravel(q.u)
    cells = [_one(values[i], spreads[i], "", write) for i in _ends(values.size)]
    body = "[" + ", ".join(_cut(cells, values.size)) + "]" + (f" {symbol}" if symbol else "")
    return body if q.ndim == 1 and values.size <= MOST else f"{body} ({' × '.join(map(str, q.shape))})"


def _one(value: Any, u: Any, symbol: str, write: Writer) -> str:
    if np.iscomplexobj(value):
        real, imag = (_one(v, s, "", write) for v, s in ((value.real, np.real(u)), (value.imag, np.imag(u))))
        return f"({real} + j·{imag})" + (f" {symbol}" if symbol else "")
    return write(float(value), float(u) if u > 0.0 else None, symbol)


def _ends(count: int) -> list[int]:
    return list(range(count)) if count <= MOST else [*range(ENDS), *range(count - ENDS, count)]


def _cut(cells: list[str], count: int) -> list[str]:
    return cells if count <= MOST else [*cells[:ENDS], "…", *cells[ENDS:]]


# ---------------------------------------------------------------- what a prompt shows


def budget_text(rows: Budget) -> str:
    """Rows of a budget: name, u, sensitivity, contribution, share."""
    heads = ("", "u", "c", "|c|·u", "share")
    lines = [
        (row.name, _unit_behind(_number(row.u, 3), row.unit), _number(row.sensitivity, 4),
         _number(abs(row.contribution), 3), f"{100.0 * row.share:.1f} %")
        for row in rows[:ROWS]
    ]  # fmt: skip
    left = len(rows) - len(lines)
    return _table(f"Budget, {len(rows)} rows", [heads, *lines, *([(f"… {left}", "", "", "", "")] if left else [])])


def fit_text(f: Fit) -> str:
    """Parameters of a fit with their standard uncertainties, and how well it fits."""
    quality = f"s = {_number(f.s, 4)}" if f.s is not None else f"χ² = {_number(f.chi_squared, 4)}"
    lines = [
        (name, grouped(notate(float(value), float(u) if u > 0.0 else None, unit).concise))
        for name, value, u, unit in zip(f.names, f.estimates, f.u, f.units, strict=True)
    ]
    return _table(f"Fit, {f.method}, n = {f.n}, ν = {f.dof}, {quality}", lines) + _warned(f.findings)


def simulated_text(s: Simulated) -> str:
    """Mean, u and the coverage intervals of a simulation."""
    lines = [
        ("mean", _numbers(s.mean)), ("u", _numbers(s.u, 3)),
        ("symmetric", f"[{_numbers(s.symmetric.low)}, {_numbers(s.symmetric.high)}]"),
        ("shortest", f"[{_numbers(s.shortest.low)}, {_numbers(s.shortest.high)}]"),
    ]  # fmt: skip
    head = f"Simulated{_in(s.unit)}, p = {_number(s.p, 6)}, M = {_number(float(s.trials), 9)}"
    return _table(head, lines) + _warned(s.findings)


def second_order_text(y: SecondOrder) -> str:
    """Value, u of both orders, and the shift of the mean."""
    lines = [("value", _numbers(y.value)), ("u", _numbers(y.u, 3)), ("u first order", _numbers(y.u_first, 3)),
             ("shift", _numbers(y.shift, 3)), ("ν", _numbers(y.dof, 3))]  # fmt: skip
    return _table(f"SecondOrder{_in(y.unit)}", lines)


def validation_text(v: Validation) -> str:
    """Coverage intervals of both orders beside that of Monte Carlo, and whether each is validated."""
    lines = []
    for name, order in (("first order", v.first), ("second order", v.second)):
        if order is not None:
            ends = f"[{_numbers(order.interval.low)}, {_numbers(order.interval.high)}]"
            passed = np.ravel(order.validated)
            lines.append((name, ends, "validated" if passed.all() else "not validated"))
    lines.append(("Monte Carlo", f"[{_numbers(v.low)}, {_numbers(v.high)}]", ""))
    head = f"Validation{_in(v.simulated.unit)}, p = {_number(v.p, 6)}, δ = {_numbers(v.delta, 3)}"
    return _table(head, lines) + _warned(v.findings)


def evaluation_text(outputs: Mapping[str, Any], findings: Iterable[Any]) -> str:
    """Results of an evaluation: y ± U with k and p, the verdict where there is one, and what speaks against them."""
    lines = []
    for name, output in outputs.items():
        q, spread = output.quantity, output.expanded
        both = grouped(notate(float(q.value), float(spread.U), q.unit).pair)
        state = "" if output.verdict is None else str(output.verdict.state)
        lines.append((name, both, f"k = {_number(spread.k, 3)}", f"p = {_number(spread.p, 4)}", state))
    return _table("Evaluation", lines) + _warned(findings)


def _warned(findings: Iterable[Any]) -> str:
    return "".join(f"\n  ! {code}" for code in dict.fromkeys(f.code for f in findings if f.severity != "note"))


def _in(unit: Unit) -> str:
    return "" if unit.symbol == "1" else f" in {unit.symbol}"


def _unit_behind(digits: str, unit: str) -> str:
    from suyuan.quantity.finding import Refused
    from suyuan.quantity.unit import parse_unit

    try:
        symbol = parse_unit(unit).symbol if unit else "1"
    except Refused:  # a group of several has none
        symbol = "1"
    return digits if symbol == "1" or not digits else f"{digits} {symbol}"


def _number(x: float | None, digits: int = 6) -> str:
    if x is None:
        return ""
    return INFINITE if math.isinf(x) and x > 0.0 else grouped(number(float(x), digits)) or "?"


def _numbers(x: Any, digits: int = 6) -> str:
    """A number, or the first and last of many."""
    if np.ndim(x) == 0:
        return _number(float(x), digits)
    flat = np.ravel(x)
    return "[" + ", ".join(_cut([_number(float(flat[i]), digits) for i in _ends(flat.size)], flat.size)) + "]"


def _table(head: str, rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    lines = [
        "  " + "  ".join(c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    ]
    return "\n".join([head, *(line.rstrip() for line in lines)])
