"""Columns of numbers as people paste them from a worksheet, with the place of every cell that is none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from suyuan.quantity.finding import Finding, finding
from suyuan.site.acts.numbers import number_of

MOST_ROWS = 10_000
TOLD = 6
"""Cells that are named one by one; of more only the first are."""
_BETWEEN = re.compile(r"[\s,;，；、]+")


def rows_of(text: str, where: str) -> tuple[list[list[float]], tuple[Finding, ...]]:
    """Rows of numbers, and what in them is no number.

    Cells stand between tabs, else between blanks, commas or semicolons; an empty line is left out, and so is a first
    line without any number (the names of the columns). where: the field of the form, named in the findings.

    >>> rows_of("x\\ty\\n1\\t2.5\\n2\\t3", "data")[0]
    [[1.0, 2.5], [2.0, 3.0]]
    """
    rows: list[list[float]] = []
    wrong: list[Finding] = []
    lines = [(n, cells) for n, line in enumerate(text.splitlines(), 1) if (cells := cells_of(line))]
    if len(lines) > MOST_ROWS:
        wrong.append(finding("site.calculate.rows", where, rows=len(lines), most=MOST_ROWS))
        lines = lines[:MOST_ROWS]
    for place, (n, cells) in enumerate(lines):
        numbers = [number_of(cell) for cell in cells]
        if place == 0 and all(number is None for number in numbers) and len(lines) > 1:
            continue
        for column, (cell, number) in enumerate(zip(cells, numbers, strict=True), 1):
            if number is None and len(wrong) < TOLD:
                wrong.append(finding("site.calculate.cell", where, line=n, column=column, given=cell[:30] or "∅"))
        rows.append([0.0 if number is None else number for number in numbers])
    return rows, tuple(wrong)


def cells_of(line: str) -> list[str]:
    """The cells of one line."""
    if "\t" in line:
        cells = [cell.strip() for cell in line.split("\t")]
        return cells if any(cells) else []
    return [cell for cell in _BETWEEN.split(unicodedata.normalize("NFKC", line).strip()) if cell]


def columns_of(
    text: str, names: Sequence[str], where: str, needed: int | None = None
) -> tuple[dict[str, list[float]], tuple[Finding, ...]]:
    """The columns by name; needed: so many at least (all of them, unless stated)."""
    least = len(names) if needed is None else needed
    rows, wrong = rows_of(text, where)
    if not rows and not wrong:
        return {name: [] for name in names}, (finding("site.calculate.no_data", where, columns=", ".join(names)),)
    found = list(wrong)
    if not found:
        width = len(rows[0])
        for n, row in enumerate(rows, 1):
            if not least <= len(row) <= len(names) or len(row) != width:
                wanted = str(len(names)) if least == len(names) else f"{least} … {len(names)}"
                told = finding(
                    "site.calculate.columns", where, row=n, count=len(row), wanted=wanted, columns=", ".join(names)
                )
                return {name: [] for name in names}, (told,)
    width = min((len(row) for row in rows), default=0)
    return {name: [row[n] for row in rows] for n, name in enumerate(names) if n < width}, tuple(found)


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
