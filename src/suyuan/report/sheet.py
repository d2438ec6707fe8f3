"""A table as an Excel workbook: one sheet, a head row that stays, numbers as numbers and days as days.

Text is written as text even where it begins like a formula: what a certificate says is data, never a program.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

Cell = str | int | float | date | None
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LONGEST = 32_767
"""Characters that a cell can hold."""


def sheet(title: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]], widths: Sequence[int] = ()) -> bytes:
    """An .xlsx of one table.

    title: of the sheet; heads: one text a column; rows: cells, None is left empty; widths: of the columns, in
    characters. Returns the bytes of the file.
    """
    book = Workbook(write_only=True)
    page = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31] or "1")
    page.freeze_panes = "A2"
    for n, width in enumerate(widths, 1):
        page.column_dimensions[get_column_letter(n)].width = width
    head = []
    for text in heads:
        cell = _cell(page, text)
        cell.font = Font(bold=True)
        head.append(cell)
    page.append(head)
    for row in rows:
        page.append([_cell(page, value) for value in row])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(page: Any, value: Cell) -> Any:
    if isinstance(value, str):
        cell = WriteOnlyCell(page, _UNWRITABLE.sub("", value)[:LONGEST])
        cell.data_type = "s"
        return cell
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.replace(tzinfo=None)
    cell = WriteOnlyCell(page, value)
    if isinstance(value, date) and not isinstance(value, datetime):
        cell.number_format = "yyyy-mm-dd"
    return cell
