"""A table as a person keeps it: cells with their places, before anybody knows what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

Value = str | int | float | bool | date | None
"""What a cell can hold; a date with a time is its day."""

WRONG = "错在哪里 what is wrong"
"""Head of the column that a refused row comes back with."""
AS_DELIVERED = "交来的原行 row as delivered"
"""Head of the column that holds a row as JSON, where it came as such; not read."""


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet. name: of the sheet, or of the file where there are no sheets; rows: cells row by row, ragged; first:
    number of the first row as the sheet counts; source: name of the file; lost: row and column, from 0, of formulas
    whose value the file does not keep; spread: of cells that bear the value of a merged range that begins elsewhere."""

    name: str
    rows: tuple[tuple[Value, ...], ...]
    first: int = 1
    source: str = ""
    lost: frozenset[tuple[int, int]] = frozenset()
    spread: frozenset[tuple[int, int]] = frozenset()

    def place(self, row: int, column: int | None = None) -> str:
        """Where a cell stands as a spreadsheet says it. row, column: counted from 0 within `rows`.

        >>> Table("能力", ()).place(16, 1), Table("能力", ()).place(4)
        ('能力!B17', '能力!5')
        """
        return f"{self.name}!{'' if column is None else letters(column)}{self.first + row}"


@dataclass(frozen=True, slots=True)
class Refused:
    """Rows of one kind that did not go in. heads: of the columns as they were given; rows: cells as they were given;
    wrong: what is wrong with each, in words of both languages; places: where each stood; told: the same by language."""

    kind: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    wrong: tuple[str, ...]
    places: tuple[str, ...] = ()
    told: tuple[Mapping[str, str], ...] = ()


def letters(column: int) -> str:
    """The letters of a column counted from 0.

    >>> letters(0), letters(25), letters(26), letters(701), letters(702)
    ('A', 'Z', 'AA', 'ZZ', 'AAA')
    """
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(ord("A") + rest) + found
    return found
