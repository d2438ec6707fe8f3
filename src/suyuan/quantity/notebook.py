"""Quantities, budgets and evaluations as HTML tables, for notebooks: strings alone, nothing else is imported.

Chinese and English stand side by side; all text is escaped; long arrays and budgets show their beginning and their end,
and say how much is left out. What a row sums up unfolds without a script.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Protocol

import numpy as np

from suyuan.quantity.budget import CORRELATION, Budget, BudgetRow, by_influence
from suyuan.quantity.finding import Finding, Refused, sentences
from suyuan.quantity.notation import INFINITE, grouped, notate, number
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import Unit, parse_unit

MOST, ENDS, PARTS = 20, 5, 8
"""Rows of a table; rows at each end where there are more; rows of what unfolds."""
SIGNS = {"error": "✗ 错误 error:", "warning": "! 警告 warning:"}
RIGHT = ' style="text-align:right"'
BUDGET = ("影响量 influence", "u", "单位 unit", "分布 distribution", "ν", "灵敏系数 c", "|c|·u", "份额 share")


class Output(Protocol):
    """What an output of an evaluation must have to be shown."""

    @property
    def quantity(self) -> Quantity: ...
    @property
    def expanded(self) -> Any: ...
    @property
    def budget(self) -> Sequence[BudgetRow]: ...


def quantity_html(q: Quantity) -> str:
    """A quantity as a table: a scalar with its largest influences, an array with its first and last values.

    >>> from suyuan.quantity.quantity import quantity
    >>> "50.000 623(25) mm" in quantity_html(quantity(50.000623, 25e-6, "mm")).replace("\\u2009", " ")
    True
    """
    if q.shape == ():
        head = table(("值 value", "u", "ν"), [_scalar(q)])
        if not q.blocks or np.iscomplexobj(q.value):
            return head
        rows = by_influence(q)
        return head + (budget_html(rows, q.unit) if len(rows) > 1 or rows[0].name else "")
    places = ends_of(q.size)
    flat = q.reshape(-1)[places] if q.size else q
    dof = np.atleast_1d(flat.dof)
    cells = [
        [place_text(q.shape, i), *_written(value, u, q.unit), dof_text(float(np.ravel(nu)[0]))]
        for i, value, u, nu in zip(places, flat.value.ravel(), flat.u.ravel(), dof, strict=False)
    ]
    left = q.size - len(places)
    title = f"{' × '.join(map(str, q.shape))} {escape(symbol(q.unit))}".strip()
    return table(("", "值 value", "u", "ν"), cut(cells, left), title)


def budget_html(rows: Sequence[BudgetRow], unit: Unit | None = None) -> str:
    """A budget as a table, largest first; what a row sums up unfolds. unit: of the contributions."""
    cells = [_budget_cells(row) for row in rows[:MOST]]
    left = len(rows) - len(cells)
    if left:
        shares = rows.share[MOST:] if isinstance(rows, Budget) else [row.share for row in rows[MOST:]]
        cells.append([f"… {left}", "", "", "", "", "", "", _percent(float(np.sum(shares)))])
    names = [f"{n} / {escape(symbol(unit))}" if unit and n == "|c|·u" and symbol(unit) else n for n in BUDGET]
    return table(names, cells)


def evaluation_html(outputs: Mapping[str, Output], findings: Iterable[Finding] = ()) -> str:
    """Results of an evaluation: findings first, since an error among them means that no number may be used; y ± U with
    k, p and ν, the verdict where there is one, and the budget of each."""
    parts = [findings_html(findings)]
    for name, output in outputs.items():
        q, spread = output.quantity, output.expanded
        both = notate(float(q.value), float(spread.U), q.unit).pair
        verdict = getattr(output, "verdict", None)
        row = [escape(name), gapped(both), shown(spread.k, 3), shown(spread.p, 4), dof_text(float(spread.dof))]
        heads = ["", "y ± U", "k", "p", "ν"]
        if verdict is not None:
            row.append(escape(str(verdict.state)))
            heads.append("判定 verdict")
        parts.append(table(heads, [row]) + budget_html(output.budget, q.unit))
    return "".join(parts)


def findings_html(findings: Iterable[Finding]) -> str:
    """Errors and warnings, one paragraph each, in both languages; notes are left out."""
    told = dict.fromkeys(f for f in findings if f.severity != "note")
    return "".join(
        f"<p>{SIGNS[f.severity]} {escape(sentences(f, 'zh')['what'])}<br>{escape(sentences(f, 'en')['what'])}</p>"
        for f in sorted(told, key=lambda f: f.severity)
    )


# ---------------------------------------------------------------- cells


def _scalar(q: Quantity) -> list[str]:
    return [*_written(q.value[()], q.u[()], q.unit), dof_text(float(np.ravel(q.dof)[0]))]


def _written(value: Any, u: Any, unit: Unit) -> list[str]:
    """A value in concise notation, and its u in full; a complex one part by part."""
    if isinstance(value, complex | np.complexfloating):
        real, imag = (_written(v, s, unit) for v, s in ((value.real, np.real(u)), (value.imag, np.imag(u))))
        return [f"{real[0]} + j·{imag[0]}", f"{real[1]} + j·{imag[1]}"]
    known = float(u) if u > 0.0 else None
    text = notate(float(value), known, unit).concise if math.isfinite(value) else None
    return [gapped(text), shown(known, 3) if known is not None else "0"]


def _budget_cells(row: BudgetRow) -> list[str]:
    common = row.name == CORRELATION and not row.influences
    name = "相关 correlation" if common else escape(row.name or "—")
    if str(row.source) and str(row.source) != row.name:
        name += f"<br><small>{escape(str(row.source))}</small>"
    if len(row.parts) > 1:
        parts = [[escape(p.name or "—"), shown(abs(p.contribution), 3), _percent(p.share)] for p in row.parts[:PARTS]]
        left = len(row.parts) - len(parts)
        inner = table(("", "|c|·u", ""), [*parts, [f"… {left}", "", ""]] if left else parts)
        name = f"<details><summary>{name}</summary>{inner}</details>"
    size = shown(abs(row.contribution), 3)
    return [
        name, shown(row.u, 3), _unit(row.unit), escape(row.distribution), dof_text(row.dof),
        shown(row.sensitivity, 4), f"−{size}" if row.share < 0.0 else size, _percent(row.share),
    ]  # fmt: skip


def _percent(share: float) -> str:
    return f"{100.0 * share:.1f} %".replace("-", "−")


def shown(x: float | None, digits: int) -> str:
    return "" if x is None else gapped(number(float(x), digits))


def gapped(text: str | None) -> str:
    return "—" if text is None else escape(grouped(text))


def dof_text(dof: float) -> str:
    return INFINITE if math.isinf(dof) else shown(dof, 3) or "—"


def _unit(text: str) -> str:
    """The unit of a row as people write it; a group of several has none."""
    try:
        return escape(symbol(parse_unit(text))) if text else ""
    except Refused:
        return ""


def symbol(unit: Unit) -> str:
    return "" if unit.symbol == "1" else unit.symbol


# ---------------------------------------------------------------- tables


def ends_of(count: int) -> list[int]:
    """Places shown of so many values."""
    if count <= MOST:
        return list(range(count))
    return [*range(MOST - ENDS), *range(count - ENDS, count)]


def cut(cells: list[list[str]], left: int) -> list[list[str]]:
    """A row that tells what is left out, where it is."""
    return [*cells[:-ENDS], [f"… {left}", "", "", ""], *cells[-ENDS:]] if left else cells


def place_text(shape: tuple[int, ...], at: int) -> str:
    return "[" + ", ".join(str(int(i)) for i in np.unravel_index(at, shape)) + "]"


def table(heads: Iterable[str], rows: Iterable[Sequence[str]], title: str = "") -> str:
    """Cells are HTML already; the first column is left-aligned, the rest right."""
    caption = f"<caption>{title}</caption>" if title else ""
    head = "".join(f"<th>{h}</th>" for h in heads)
    body = "".join(
        "<tr>" + "".join(f"<td{RIGHT if i else ''}>{c}</td>" for i, c in enumerate(row)) + "</tr>" for row in rows
    )
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
