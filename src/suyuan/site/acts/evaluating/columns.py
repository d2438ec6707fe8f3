"""Columns of numbers as people paste them from a worksheet, with the place of every cell that is none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from suyuan.quantity.finding import Finding, finding
from suyuan.site.acts.evaluating.cells import TOLD, Line, lines_of
from suyuan.site.acts.evaluating.numbers import MOST, number_of

MOST_ROWS = 10_000
CALLED: Mapping[str, str] = {
    **dict.fromkeys(("x", "X", "自变量"), "x"),
    **dict.fromkeys(("y", "Y", "因变量"), "y"),
    **dict.fromkeys(("u_x", "ux", "u(x)", "u_X", "uX", "u(X)", "x的不确定度", "x不确定度", "x的标准不确定度"), "u_x"),
    **dict.fromkeys(("u_y", "uy", "u(y)", "u_Y", "uY", "u(Y)", "y的不确定度", "y不确定度", "y的标准不确定度"), "u_y"),
    **dict.fromkeys(("u", "不确定度", "标准不确定度", "uncertainty", "standarduncertainty"), "u"),
    **dict.fromkeys(("mean", "average", "平均值", "均值", "平均"), "mean"),
    **dict.fromkeys(("s", "std", "sd", "标准差", "标准偏差"), "s"),
}
"""What people write above a column → the column; «u» belongs to the column left of it. A capital U is the expanded
uncertainty, which no column holds."""


def rows_of(text: str, where: str, single: bool = False) -> tuple[list[list[float]], tuple[Finding, ...]]:
    """Rows of numbers, and what in them is no number or can be read in two ways.

    An empty line is left out, and so is a first line without any number (the names of the columns); what parts cells
    and what `single` means is said in `lines_of`. where: the field of the form, named in the findings.

    >>> rows_of("x\\ty\\n1\\t2.5\\n2\\t3", "data")[0]
    [[1.0, 2.5], [2.0, 3.0]]
    """
    _, rows, wrong = _read(text, where, single)
    return rows, wrong


def _read(text: str, where: str, single: bool) -> tuple[Line | None, list[list[float]], tuple[Finding, ...]]:
    """The line that names the columns, the rows of numbers, and what is wrong."""
    lines, doubts = lines_of(text, where, single)
    wrong = list(doubts)
    if len(lines) > MOST_ROWS:
        wrong.append(finding("site.calculate.rows", where, rows=len(lines), most=MOST_ROWS))
        lines = lines[:MOST_ROWS]
    head = lines[0] if len(lines) > 1 and all(number_of(cell) is None for cell in lines[0].cells) else None
    rows: list[list[float]] = []
    for line in lines[head is not None :]:
        numbers = [number_of(cell) for cell in line.cells]
        for column, (cell, number) in enumerate(zip(line.cells, numbers, strict=True), 1):
            if number is None and len(wrong) < TOLD:
                told = finding("site.calculate.cell", where, line=line.n, column=column, given=cell[:30] or "∅")
                wrong.append(told)
        rows.append([0.0 if number is None else number for number in numbers])
    return head, rows, tuple(wrong)


def readings_of(text: str, where: str) -> tuple[list[float], list[str], tuple[Finding, ...]]:
    """Readings pasted from a worksheet or typed: (numbers, what is none, what can be read in two ways).

    >>> readings_of("20.1\\t20.3\\n20.2; x", "values")
    ([20.1, 20.3, 20.2], ['x'], ())
    """
    lines, doubts = lines_of(text, where, single=True)
    cells = [cell for line in lines for cell in line.cells if cell][: MOST + 1]
    numbers = [(cell, number_of(cell)) for cell in cells]
    wrong = [] if doubts else [cell[:30] for cell, number in numbers if number is None]
    return [number for _, number in numbers if number is not None], wrong, doubts


def columns_of(
    text: str, names: Sequence[str], where: str, needed: int | None = None
) -> tuple[dict[str, list[float]], tuple[Finding, ...]]:
    """The columns by name; needed: so many at least (all of them, unless stated).

    A first line of names settles which column is which; without one they stand in the order of `names`.
    """
    least = len(names) if needed is None else needed
    head, rows, wrong = _read(text, where, single=least < len(names))
    none: dict[str, list[float]] = {name: [] for name in names}
    if wrong:
        return none, wrong
    if not rows:
        return none, (finding("site.calculate.no_data", where, columns=", ".join(names)),)
    order, told = _order(head, names, least, where)
    if told is not None:
        return none, (told,)
    fewest, most = (least, len(names)) if head is None else (len(order), len(order))
    width = len(rows[0])
    for n, row in enumerate(rows, 1):
        if not fewest <= len(row) <= most or len(row) != width:
            wanted = str(most) if fewest == most else f"{fewest} … {most}"
            columns = ", ".join(order)
            told = finding("site.calculate.columns", where, row=n, count=len(row), wanted=wanted, columns=columns)
            return none, (told,)
    found = {name: [row[n] for row in rows] for n, name in enumerate(order) if n < width}
    return {name: found[name] for name in names if name in found}, ()


def _order(
    head: Line | None, names: Sequence[str], least: int, where: str
) -> tuple[tuple[str, ...], Finding | None]:  # fmt: skip
    """Which column is which, by the line above them."""
    if head is None:
        return tuple(names), None
    order: list[str] = []
    for cell in head.cells:
        name = called(cell)
        if name == "u" and order:
            name = f"u_{order[-1]}"
        if name not in names or name in order:
            known = ", ".join(names)
            return (), finding("site.calculate.heading", where, line=head.n, given=cell[:30] or "∅", known=known)
        order.append(name)
    missing = [name for name in names[:least] if name not in order]
    if missing:
        return (), finding("site.calculate.missing", where, missing=", ".join(missing), given=", ".join(order))
    return tuple(order), None


def called(cell: str) -> str:
    """The column that a heading names, with or without a unit behind it; «» where it is none.

    >>> called("u(x) / mm"), called("Y (mV)"), called("U(x)")
    ('u_x', 'y', '')
    """
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", cell))
    bare = re.sub(r"/.*$|\[[^\]]*\]$", "", plain)
    for text in (bare, re.sub(r"\([^()]*\)$", "", bare)):
        if text in CALLED:
            return CALLED[text]
    return ""


def pasted(*columns: Sequence[object]) -> str:
    """Columns as a worksheet takes them: one row a line, tabs between."""
    return "\n".join(
        "\t".join("" if cell is None else shown(cell) for cell in row) for row in zip(*columns, strict=False)
    )


def shown(value: object) -> str:
    """A number as its shortest text: 2.0 is 2."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "" if value is None else str(value)
    text = repr(value)
    return text[:-2] if text.endswith(".0") else text
