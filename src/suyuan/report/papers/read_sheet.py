"""Spreadsheets that people hand in: .xlsx and .csv bytes to tables of cells with their places.

No formula is evaluated and no macro, link or picture is looked at: where a cell bears a formula, the value that the
spreadsheet program kept is taken and told, because it can be older than what it was made of. Limits keep a file that
unpacks to more than anybody typed from filling the memory.
"""

from __future__ import annotations

import csv
import re
import zipfile
from datetime import date, datetime
from datetime import time as Time
from io import BytesIO, StringIO
from typing import Any

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.verbs.register.cells import Table, Value, letters

MAX_BYTES = 32 * 2**20
MAX_UNPACKED = 512 * 2**20
MAX_ROWS = 200_000
MAX_COLUMNS = 256
MAX_CELLS = 5_000_000
SEEN = 4
"""Places that are gone through for each cell that is kept: a row with one cell far to the right is mostly empty."""
MAX_TOLD = 20
"""Formulas and merged ranges that are told one by one; of more the number is told."""
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_AS_THEY_ARE = frozenset((int, float, bool, type(None)))
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_sheets(document: bytes, name: str = "") -> tuple[tuple[Table, ...], tuple[Finding, ...]]:
    """The tables of a spreadsheet.

    document: bytes of an .xlsx or of a .csv in UTF-8 or GB 18030; name: of the file, for the places of findings. Which
    of both it is, its bytes say and not its name. Returns the tables with at least one cell filled, hidden sheets
    among them (told), and findings; no table where the file cannot be read. Never raises for what a person sends.
    """
    if not document:
        return (), (finding("workbook.file.empty", name),)
    if len(document) > MAX_BYTES:
        return (), (finding("workbook.file.large", name, size=len(document), limit=MAX_BYTES),)
    if document.startswith(_OLD_EXCEL):
        return (), (finding("workbook.file.old", name),)
    if document.startswith(b"PK"):
        return _xlsx(document, name)
    return _csv(document, name)


# ---------------------------------------------------------------- .xlsx


def _xlsx(document: bytes, name: str) -> tuple[tuple[Table, ...], tuple[Finding, ...]]:
    try:
        return _opened(document, name)
    except Refused as refused:
        return (), refused.findings
    except Exception as error:  # openpyxl meets broken files with whatever it stumbles over
        return (), (finding("workbook.file.broken", name, detail=f"{type(error).__name__}: {error}"[:200]),)


def _opened(document: bytes, name: str) -> tuple[tuple[Table, ...], tuple[Finding, ...]]:
    from openpyxl import load_workbook

    with zipfile.ZipFile(BytesIO(document)) as packed:
        names = set(packed.namelist())
        unpacked = sum(entry.file_size for entry in packed.infolist())
        if not any(entry.startswith("xl/") for entry in names):
            raise Refused(finding("workbook.file.foreign", name))
        if unpacked > MAX_UNPACKED:
            raise Refused(finding("workbook.file.large", name, size=unpacked, limit=MAX_UNPACKED))
    book = load_workbook(BytesIO(document), read_only=True, data_only=False, keep_links=False)
    kept: Any = None
    tables, found = [], []
    cells = 0
    try:
        for page in book.worksheets:
            rows, formulas = _cells(page)
            cells += sum(map(len, rows))
            if cells > MAX_CELLS:
                raise Refused(finding("workbook.file.cells", name, limit=MAX_CELLS))
            if formulas:
                kept = kept or load_workbook(BytesIO(document), read_only=True, data_only=True, keep_links=False)
                found += _valued(rows, formulas, kept[page.title], page.title)
            spread, merged = _filled(rows, _merges(document, page), page.title)
            found += merged
            if any(value is not None for row in rows for value in row):
                lost = frozenset(place for place in formulas if rows[place[0]][place[1]] is None)
                tables.append(Table(page.title, tuple(map(tuple, rows)), 1, name, lost, spread))
                if page.sheet_state != "visible":
                    found.append(finding("workbook.sheet.hidden", page.title, "warning", sheet=page.title))
    finally:
        book.close()
        if kept is not None:
            kept.close()
    if not tables:
        found.append(finding("workbook.file.empty", name))
    return tuple(tables), tuple(found)


def _cells(page: Any) -> tuple[list[list[Value]], list[tuple[int, int]]]:
    """Cells of a page, and where formulas stand."""
    page.reset_dimensions()  # what the file says of its size can be wrong
    rows: list[list[Value]] = []
    formulas: list[tuple[int, int]] = []
    seen = 0
    for number, row in enumerate(page.iter_rows()):
        seen += len(row)
        if seen > SEEN * MAX_CELLS:
            raise Refused(finding("workbook.file.cells", page.title, limit=MAX_CELLS))
        if number >= MAX_ROWS:
            raise Refused(finding("workbook.file.rows", page.title, limit=MAX_ROWS))
        if any(cell.value is not None for cell in row[MAX_COLUMNS:]):
            place = f"{page.title}!{number + 1}"
            raise Refused(finding("workbook.file.columns", place, limit=MAX_COLUMNS))
        line: list[Value] = []
        for column, cell in enumerate(row[:MAX_COLUMNS]):
            value = cell.value
            if value is not None and cell.data_type == "f":
                formulas.append((number, column))
                value = None
            line.append(value if type(value) in _AS_THEY_ARE else _plain(value))
        while line and line[-1] is None and (number, len(line) - 1) not in formulas[-len(line) :]:
            line.pop()
        rows.append(line)
    while rows and not rows[-1] and not any(at == len(rows) - 1 for at, _ in formulas[-MAX_COLUMNS:]):
        rows.pop()
    return rows, formulas


def _plain(value: Any) -> Value:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, str):
        return value if value.strip() else None
    if value is None or isinstance(value, bool | int | float | date):
        return value
    return value.isoformat() if isinstance(value, Time) else str(value)


def _valued(rows: list[list[Value]], formulas: list[tuple[int, int]], page: Any, title: str) -> list[Finding]:
    """Put the values that the program kept in the place of formulas."""
    wanted = {}
    places = set(formulas)
    page.reset_dimensions()
    for number, row in enumerate(page.iter_rows(values_only=True)):
        for column, value in enumerate(row[:MAX_COLUMNS]):
            if (number, column) in places:
                wanted[number, column] = _plain(value)
    lost = []
    for number, column in formulas:
        value = wanted.get((number, column))
        rows[number][column] = value
        if value is None:
            lost.append(f"{title}!{letters(column)}{number + 1}")
    found = [finding("workbook.cell.formula_lost", place, "warning") for place in lost[:MAX_TOLD]]
    first = formulas[0]
    place = f"{title}!{letters(first[1])}{first[0] + 1}"
    return [finding("workbook.cell.formula", place, "warning", count=len(formulas)), *found]


def _merges(document: bytes, page: Any) -> list[tuple[int, int, int, int]]:
    """Merged ranges as (first row, first column, last row, last column), from 0."""
    path = str(getattr(page, "_worksheet_path", "")).lstrip("/")
    with zipfile.ZipFile(BytesIO(document)) as packed:
        if path not in packed.namelist():
            return []
        found = _MERGED.findall(packed.read(path)[-4_000_000:])
    return [(int(a) - 1, _number(x), int(b) - 1, _number(y)) for x, a, y, b in found]


def _number(text: bytes) -> int:
    value = 0
    for letter in text:
        value = 26 * value + letter - 64
    return value - 1


def _filled(
    rows: list[list[Value]], merges: list[tuple[int, int, int, int]], title: str
) -> tuple[frozenset[tuple[int, int]], list[Finding]]:
    """Every cell of a merged range bears its value: a laboratory's name beside ten rows belongs to all ten. The cells
    that were filled so, and what is told of them."""
    count = 0
    spread = set()
    for top, left, bottom, right in merges:
        if top >= len(rows) or left >= len(rows[top]) or rows[top][left] is None:
            continue
        value = rows[top][left]
        count += 1
        for number in range(top, min(bottom + 1, len(rows))):
            line = rows[number]
            line.extend([None] * (min(right, MAX_COLUMNS - 1) + 1 - len(line)))
            for column in range(left, min(right, MAX_COLUMNS - 1) + 1):
                if line[column] is None:
                    line[column] = value
                    spread.add((number, column))
    if not count:
        return frozenset(), []
    first = merges[0]
    place = f"{title}!{letters(first[1])}{first[0] + 1}"
    return frozenset(spread), [finding("workbook.cell.merged", place, "note", count=count)]


# ---------------------------------------------------------------- .csv


def _csv(document: bytes, name: str) -> tuple[tuple[Table, ...], tuple[Finding, ...]]:
    text = _decoded(document)
    if text is None or "\x00" in text[:4096]:
        return (), (finding("workbook.file.foreign", name),)
    try:
        parted = list(csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text)))
    except csv.Error as error:
        return (), (finding("workbook.file.broken", name, detail=str(error)),)
    if len(parted) > MAX_ROWS:
        return (), (finding("workbook.file.rows", name, limit=MAX_ROWS),)
    wide = next((n for n, row in enumerate(parted, 1) if any(cell.strip() for cell in row[MAX_COLUMNS:])), None)
    if wide is not None:
        return (), (finding("workbook.file.columns", f"{name}!{wide}", limit=MAX_COLUMNS),)
    rows = tuple(tuple(cell if cell.strip() else None for cell in row[:MAX_COLUMNS]) for row in parted)
    if not any(value is not None for row in rows for value in row):
        return (), (finding("workbook.file.empty", name),)
    title = re.sub(r"\.csv$", "", name, flags=re.IGNORECASE) or "csv"
    return (Table(title, rows, 1, name),), ()


def _decoded(document: bytes) -> str | None:
    for encoding in ("utf-8-sig", "gb18030", "utf-16"):
        if encoding == "utf-16" and document[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            text = document.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "gb18030" or not re.search("[\x00-\x08\x0e-\x1f\ue000-\uf8ff]", text[:4096]):
            return text
    return None


def _delimiter(text: str) -> str:
    """Of comma, semicolon and tab the one that the first line has most of outside quotes."""
    first = re.sub(r'"[^"]*"', "", text[:8192].partition("\n")[0])
    return max(",;\t", key=first.count)
