"""One cell of the workbook of a unit's year as a value of its document; what can mean two things is not guessed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from suyuan.verbs.register.cells import Table, Value
from suyuan.verbs.register.cells_read import FORMULA_ERRORS, NO, YES, day_of
from suyuan.verbs.register.forms import tidy

_BLANKS = re.compile(r"[+-]?\d{1,3}(?: \d{3})+(?:\.\d+)?")
"""A number whose thousands stand apart."""
_COMMAS = re.compile(r"[+-]?\d{1,3}(?:(?:,\d{3}){2,}(?:\.\d+)?|,\d{3}\.\d+)")
"""A number whose commas can only part thousands: «12,345» may be twelve and a bit."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with its place. lost: whether it bears a formula whose value the file does not keep; spread: whether its
    value is that of a merged range that begins elsewhere."""

    value: Value
    place: str
    lost: bool = False
    spread: bool = False

    @property
    def text(self) -> str:
        """What it says as one word; «» where it is empty."""
        return "" if self.value is None else str(whole(self.value)).strip()


def cell_of(table: Table, at: int, column: int) -> Cell:
    """The cell of a row and a column, from 0."""
    row = table.rows[at]
    value = row[column] if column < len(row) else None
    return Cell(value, table.place(at, column), (at, column) in table.lost, (at, column) in table.spread)


def value_of(kind: str, cell: Value) -> Any:
    """A cell as a value of the document.

    kind: of its column (`book_sheets`). Raises ValueError with a key of `CELL_WHY` or `WHY` as its reason; with another
    word, it is the explanation of the column that says what the cell should be.
    """
    if isinstance(cell, str) and cell.strip().upper() in FORMULA_ERRORS:
        raise ValueError("formula")
    if kind == "number":
        return _number(cell)
    if kind == "day":
        return _day(cell)
    if kind == "truth":
        return _truth(cell)
    if kind == "months":
        return _listed(str(whole(cell)))
    if kind == "names":
        pairs = [part.partition("=") for part in re.split(r"[;；\n]", str(cell)) if part.strip()]
        if not all(sign for _, sign, _ in pairs):
            raise ValueError(kind)
        return {mark.strip(): word.strip() for mark, _, word in pairs}
    if kind in ("given", "json"):
        return _given(kind, cell)
    return str(whole(cell)).strip()


def _given(kind: str, cell: Value) -> Any:
    text = str(cell).strip()
    value = json.loads(text) if text.startswith(("{", "[")) else _number(cell)  # JSONDecodeError is a ValueError
    if kind == "json" and not isinstance(value, dict | list):
        raise ValueError(kind)
    return value


def whole(cell: Value) -> Value:
    """A number without decimals as one, so that 3.0 is the text «3»."""
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def _number(cell: Value) -> Any:
    """A cell as a number. ValueError for a text that can be read in two ways, or in none.

    >>> _number(" １２ ３４５ "), _number("1,234,567"), _number("-0.5")
    (12345, 1234567, -0.5)
    """
    if isinstance(cell, bool | date):
        raise ValueError("number")
    if not isinstance(cell, str):
        return whole(cell)
    text = tidy(cell)
    if _BLANKS.fullmatch(text) or _COMMAS.fullmatch(text):
        text = re.sub("[ ,]", "", text)
    if "," in text:
        raise ValueError("comma")
    if not is_plain(text):
        raise ValueError("number")
    return whole(float(text))


def _day(cell: Value) -> str:
    """A day as the document writes it; what is none stays as it is, for the reader to tell.

    >>> _day("2025/3/1"), _day(date(2025, 3, 1)), _day("spring")
    ('2025-03-01', '2025-03-01', 'spring')
    """
    return day_of(cell) or str(whole(cell)).strip()


def is_plain(text: str) -> bool:
    """Whether a text is a number with digits and a point alone."""
    return text.isascii() and re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", text) is not None


def _truth(cell: Value) -> bool:
    if isinstance(cell, bool):
        return cell
    word = str(whole(cell)).strip().lower()
    if word not in YES + NO:
        raise ValueError("truth")
    return word in YES


def _listed(text: str) -> list[int]:
    """Months as people list them.

    >>> _listed("1-3, 8、12")
    [1, 2, 3, 8, 12]
    """
    found: list[int] = []
    for part in re.split(r"[,，、;；\s]+", text.strip()):
        first, sign, last = part.replace("–", "-").partition("-")
        if sign and int(last) < int(first):
            raise ValueError(part)
        found += range(int(first), int(last) + 1) if sign else [int(first)]
    return found
