"""Tables of the workbooks as .xlsx: templates, what comes back, exports. The same bytes for the same tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from suyuan.report.papers.packed import undated
from suyuan.report.papers.sheet import Page, workbook
from suyuan.verbs.register.cells import Table, Value
from suyuan.verbs.register.columns.table import spelled

STAMP = datetime(2020, 1, 1)
"""Day that the file's own record bears: a workbook is filled in by others, whose program writes its own."""


def tables_xlsx(tables: Iterable[Table]) -> bytes:
    """An .xlsx of tables, a sheet each, the first row as its heads. Raises ValueError for no table."""
    pages = [_page(table) for table in tables]
    if not pages:
        raise ValueError("a workbook has a table at least")
    return undated(workbook(pages), STAMP)


def _page(table: Table) -> Page:
    head = tuple("" if value is None else str(value) for value in (table.rows[0] if table.rows else ()))
    widths = [_width(table, n, text) for n, text in enumerate(head)]
    return Page(table.name, head, table.rows[1:], widths)


def _width(table: Table, column: int, head: str) -> int:
    longest = max((_breadth(row[column]) for row in table.rows[1:200] if column < len(row)), default=0)
    return max(9, min(60, 2 + max(min(len(spelled(head)) * 2, 24), longest)))


def _breadth(value: Value) -> int:
    return 0 if value is None else sum(2 if letter > "\u2e7f" else 1 for letter in str(value))
