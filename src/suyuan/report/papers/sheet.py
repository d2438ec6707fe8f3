"""Tables as an Excel workbook: a sheet a table, a head row that stays, numbers as numbers and days as days.

Text is written as text even where it begins like a formula: what a certificate says is data, never a program.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter


@dataclass(frozen=True, slots=True)
class LowerBound:
    """A number of which only this much is known: it stays a number, and its cell shows «≥» before it."""

    value: float


Cell = str | int | float | date | LowerBound | None
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PLAIN = re.compile(r"(?![=#])[^\x00-\x1f\ud800-\udfff\ufffe\uffff]*\Z")
LONGEST = 32_767
"""Characters that a cell can hold."""


@dataclass(frozen=True, slots=True)
class Page:
    """One table. title: of its sheet; heads: one text a column; rows: cells, None is left empty; widths: of the
    columns, in characters."""

    title: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int] = ()


def sheet(title: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]], widths: Sequence[int] = ()) -> bytes:
    """An .xlsx of one table, with the fields of `Page`. Returns the bytes of the file."""
    return workbook([Page(title, heads, rows, widths)])


def workbook(pages: Sequence[Page]) -> bytes:
    """An .xlsx of several tables, a sheet each; titles that are equal get a number. Returns the bytes of the file."""
    book = Workbook(write_only=True)
    for number, table in enumerate(pages, 1):
        title = re.sub(r"[\[\]:*?/\\]", " ", table.title)[:31] or str(number)
        taken = {name.casefold() for name in book.sheetnames}
        _write(book.create_sheet(title if title.casefold() not in taken else f"{title[:26]} {number}"), table)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _write(page: Any, table: Page) -> None:
    page.freeze_panes = "A2"
    for n, width in enumerate(table.widths, 1):
        page.column_dimensions[get_column_letter(n)].width = width
    head = []
    for text in table.heads:
        cell = _cell(page, text)
        cell.font = Font(bold=True)
        head.append(cell)
    page.append(head)
    for row in table.rows:
        page.append([value if _is_plain(value) else _cell(page, value) for value in row])


def _is_plain(value: Cell) -> bool:
    """Whether a value can stand as it is: nothing in it could be taken for a formula, an error or a control sign."""
    if isinstance(value, str):
        return len(value) <= LONGEST and _PLAIN.match(value) is not None
    return type(value) in (float, int)


def _cell(page: Any, value: Cell) -> Any:
    if isinstance(value, str):
        cell = WriteOnlyCell(page, _UNWRITABLE.sub("", value)[:LONGEST])
        cell.data_type = "s"
        return cell
    if isinstance(value, LowerBound):
        cell = WriteOnlyCell(page, value.value)
        cell.number_format = '"≥ "General'
        return cell
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.replace(tzinfo=None)
    cell = WriteOnlyCell(page, value)
    if isinstance(value, date) and not isinstance(value, datetime):
        cell.number_format = "yyyy-mm-dd"
    return cell
