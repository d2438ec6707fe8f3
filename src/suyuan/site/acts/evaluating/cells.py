"""Pasted text to cells: what a comma and a blank mean is settled for the whole text, and asked where two readings are
possible. A wrong guess would be a wrong number that nobody sees."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from suyuan.quantity.finding import Finding, finding
from suyuan.site.acts.evaluating.numbers import number_of

TOLD = 6
"""Lines that are named one by one; of more only the first are."""
_SIGN = r"[+\-\u2212]?"
_THOUSANDS = re.compile(_SIGN + r"[1-9]\d{0,2}(,\d{3})+(\.\d*)?")
_DOTTED = re.compile(_SIGN + r"[1-9]\d{0,2}(\.\d{3})+,\d+")
_DECIMAL = re.compile(_SIGN + r"\d+,\d+([eE][+-]?\d+)?")
_LOOSE = re.compile(r"\s*,\s+|\s+,\s*|,$|^,")
_LIST = str.maketrans({"\uff0c": ", ", "\u3001": ", ", "\uff1b": ";"})
"""Marks of Chinese lists: none of them is ever a decimal comma."""


@dataclass(frozen=True)
class Line:
    """One line that is not empty. n: its number in the text; cells: without the empty ones at its end."""

    n: int
    cells: tuple[str, ...]


def lines_of(text: str, where: str, single: bool = False) -> tuple[list[Line], tuple[Finding, ...]]:
    """Lines of cells, and the lines that can be read in two ways.

    Tabs and semicolons part cells; where there are any, a comma inside a cell is a decimal comma. Without them blanks
    part cells, and a comma does where it cannot be a decimal comma: a blank follows it, the same run has a decimal
    point, the head of the columns is parted by commas, or the lines are a table with decimal points. single: the lines
    hold single numbers, so that «1 234.5» may be one.

    >>> [line.cells for line in lines_of("1,01;1,02", "data")[0]]
    [('1.01', '1.02')]
    >>> [item.code for item in lines_of("1,01", "data")[1]]
    ['site.calculate.comma']
    """
    plain = unicodedata.normalize("NFKC", text.translate(_LIST))
    rows = [(n, line) for n, line in enumerate(plain.splitlines(), 1) if line.strip(" \t;,")]
    if any("\t" in line or ";" in line for _, line in rows):
        return _parted(rows, where)
    return _bare(rows, where, single)


# ---------------------------------------------------------------- with tabs or semicolons


def _parted(rows: list[tuple[int, str]], where: str) -> tuple[list[Line], tuple[Finding, ...]]:
    """Cells between tabs and semicolons; a comma in a cell is decimal unless it may part thousands."""
    split = [(n, line, [cell for part in re.split(r"[\t;]", line) for cell in _inner(part)]) for n, line in rows]
    cells = [cell for _, _, found in split for cell in found]
    commas = [cell for cell in cells if "," in cell and re.search(r"\d,\d", cell)]
    sure = any(_DECIMAL.fullmatch(cell) and not _THOUSANDS.fullmatch(cell) for cell in commas)
    points = any(_pointed(cell) for cell in cells)
    lines, told = [], []
    for n, _, found in split:
        read = []
        for cell in found:
            if cell not in commas:
                read.append(cell)
            elif _DOTTED.fullmatch(cell) or (_THOUSANDS.fullmatch(cell) and ("." in cell or cell.count(",") > 1)):
                told.append(_thousands(where, n, cell))
            elif _DECIMAL.fullmatch(cell) and sure and not points:
                read.append(cell.replace(",", "."))
            elif _DECIMAL.fullmatch(cell):
                told.append(_asked(where, n, cell, cell.replace(",", "."), cell.replace(",", "")))
            else:
                read.append(cell)
        while read and not read[-1]:
            read.pop()
        lines.append(Line(n, tuple(read)))
    return _without_empty(lines), tuple(told[:TOLD])


def _inner(part: str) -> list[str]:
    """One cell, or several that blanks or commas with blanks part inside it."""
    cell = part.strip()
    pieces = re.split(r"\s*,\s+|\s+", cell)
    if len(pieces) > 1 and number_of(cell) is None and all(number_of(p.replace(",", ".")) is not None for p in pieces):
        return pieces
    return [cell]


def _without_empty(lines: list[Line]) -> list[Line]:
    """Columns that are empty in every line are none: a worksheet copies them along."""
    width = max((len(line.cells) for line in lines), default=0)
    used = [any(n < len(line.cells) and line.cells[n] for line in lines) for n in range(width)]
    return [Line(line.n, tuple(c for n, c in enumerate(line.cells) if used[n])) for line in lines]


# ---------------------------------------------------------------- with blanks and commas only


def _bare(rows: list[tuple[int, str]], where: str, single: bool) -> tuple[list[Line], tuple[Finding, ...]]:
    """Cells between blanks, and between commas that cannot be decimal."""
    heads = bool(rows) and "," in rows[0][1] and not re.search(r"\d,\d", rows[0][1]) and _wordy(rows[0][1])
    widths = {len(_cells(line)) for _, line in rows}
    # rows of a table in which others bear decimal points; a lone comma among readings may be a slip for a point
    points = (
        not single and len(widths) == 1 and max(widths) > 1 and any(_pointed(c) for _, r in rows for c in _cells(r))
    )
    lines, told = [], []
    for n, line in rows:
        wrong = None if heads else _doubtful(line, n, where, points)
        wrong = wrong or (_blanks(line, n, where, single) if "," not in line else None)
        if wrong is not None:
            told.append(wrong)
        lines.append(Line(n, tuple(_cells(line))))
    return lines, tuple(told[:TOLD])


def _cells(line: str) -> list[str]:
    return [cell for cell in re.split(r"[\s,]+", line.strip()) if cell]


def _doubtful(line: str, n: int, where: str, points: bool) -> Finding | None:
    """A line whose comma may be decimal or part thousands."""
    for chunk in re.split(r"\s+", _LOOSE.sub(" ", line.strip())):
        if not re.search(r"\d,\d", chunk):
            continue
        parts = chunk.split(",")
        if _THOUSANDS.fullmatch(chunk) or _DOTTED.fullmatch(chunk):
            if len(parts) == 2 and "." not in chunk and not points:
                return _asked(where, n, line, chunk.replace(",", "."), "; ".join(parts))
            return _thousands(where, n, chunk)
        padded = any(re.fullmatch(r"0\d+(\.\d*)?", part) for part in parts[1:])
        if not (points or "." in chunk) and (len(parts) % 2 == 0 or padded):
            decimal = "; ".join(".".join(parts[k : k + 2]) for k in range(0, len(parts), 2))
            return _asked(where, n, line, decimal, "; ".join(parts))
    return None


def _blanks(line: str, n: int, where: str, single: bool) -> Finding | None:
    """A line in which a blank may part thousands: «1 234.5», «10 000»."""
    for found in re.finditer(r"(?<![\d.])([1-9]\d{0,2})((?: \d{3})+)(\.\d*)?(?![\d.])", line):
        zero = re.search(r" 0\d\d", found[0])
        if zero or (single and (len(found[1]) < 3 or found[3])):
            return finding(
                "site.calculate.blank", where, line=n, text=line.strip()[:40], one=found[0].replace(" ", ""),
                two=found[0].replace(" ", "; "),
            )  # fmt: skip
    return None


# ---------------------------------------------------------------- what is told


def _pointed(cell: str) -> bool:
    """A number with a decimal point."""
    return "." in cell and "," not in cell and number_of(cell) is not None


def _wordy(line: str) -> bool:
    """No cell of the line is a number."""
    return all(number_of(cell) is None for cell in _cells(line))


def _asked(where: str, n: int, text: str, one: str, two: str) -> Finding:
    return finding("site.calculate.comma", where, line=n, text=text.strip()[:40], one=one[:40], two=two[:40])


def _thousands(where: str, n: int, cell: str) -> Finding:
    plain = cell.replace(".", "").replace(",", ".") if _DOTTED.fullmatch(cell) else cell.replace(",", "")
    return finding("site.calculate.thousands", where, line=n, text=cell[:40], plain=plain[:40])
