"""Tables from strangers: text with separators, spreadsheets and Parquet as columns.

The first rows may be remarks, the last ones empty; a row with too few or too many cells is kept aside and counted.
Cells stay text until someone asks for numbers (`printed`), so that the digits as printed can still be counted.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.formats.decoded import decoded
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    import pyarrow as pa

SEPARATORS = ("\t", ";", ",", "|")
_FEW = 3
"""Rows that a last one is compared with at least, before it is called shorter."""
_LOOKED_AT = 300


@dataclass(frozen=True, slots=True)
class Table:
    """A table as read. columns: name → cells (n,), text or typed; lines (n,): line of each row in the file; head: the
    lines before the header, as cells; unread: what was left out, counted; separator: «» where the file has
    none; aside: line and text of the rows of another width."""

    columns: Mapping[str, pa.Array]
    lines: NDArray[np.int64]
    head: tuple[tuple[str, ...], ...] = ()
    unread: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    separator: str = ""
    encoding: str = ""
    aside: tuple[tuple[int, str], ...] = ()


def layout(text: str) -> tuple[str, int]:
    """The separator of a table, under which most lines have equally many cells, and the index of its header line.

    >>> layout("Test:,25209\\nDate;T\\n1;2,5\\n2;2,6\\n")
    (';', 1)
    """
    lines = [line.rstrip("\r") for line in text[: 400 * _LOOKED_AT].split("\n")[:_LOOKED_AT]]
    best: tuple[float, str, int] = (0.0, "", 0)
    for separator in SEPARATORS:
        counts = [len(_cells(line, separator)) for line in lines]
        usual = Counter(c for c in counts[len(counts) // 2 :] if c > 1).most_common(1)
        if not usual:
            continue
        width = usual[0][0]
        score = sum(c == width for c in counts) * (1 + width / 1000)
        if score > best[0]:
            best = (score, separator, counts.index(width))
    return best[1], best[2]


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []


def separated(content: bytes, name: str = "", separator: str = "", header: int | None = None) -> Table:
    """A text table; separator and header (index of its line) are found where not given.

    Raises Refused formats.file.… and formats.table.no_header.
    """
    text, encoding = decoded(content, name)
    body = content if encoding == "utf-8" else text.encode()
    if "\n" not in text and "\r" in text:  # the line ends of old instruments
        text = text.replace("\r", "\n")
        body = text.encode()
    found_separator, found_header = layout(text)
    separator = separator or found_separator
    start = found_header if header is None else header
    top = list(_first_lines(text, start + 1))
    if not separator or len(top) <= start:
        raise Refused(finding("formats.table.no_header", f"{name} line {start + 1}".strip()))
    names = _unique(_cells(top[start], separator))
    read, aside = _arrow(body, names, start + 1, separator, name)
    found = (*_data_for_header(names, start + 1), *_cut(text, separator))
    lines = _lines(read.num_rows, start + 2, [n for n, _ in aside])
    table = Table(
        {n: read[n].combine_chunks() for n in names},
        lines,
        tuple(tuple(_cells(line, separator)) for line in top[:start]),
        findings=found,
        separator=separator,
        encoding=encoding,
    )
    return _tidied(table, aside)


def _arrow(
    body: bytes, names: list[str], skip: int, separator: str, name: str
) -> tuple[pa.Table, list[tuple[int, str]]]:
    """The rows below the header as text, and the line and text of those of another width."""
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    aside: list[tuple[int, str]] = []

    def keep_aside(row: arrow_csv.InvalidRow) -> str:
        aside.append((row.number or 0, row.text))
        return "skip"

    try:
        read = arrow_csv.read_csv(
            pa.BufferReader(body),
            read_options=arrow_csv.ReadOptions(
                use_threads=False, skip_rows=skip, column_names=names, block_size=1 << 24
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=separator,
                invalid_row_handler=keep_aside,
                ignore_empty_lines=False,
                newlines_in_values=b'"' in body,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        raise Refused(finding("formats.table.unreadable", name or "line 1", reason=str(error)[:120])) from None
    return read, aside


def _data_for_header(names: Iterable[str], line: int) -> tuple[Finding, ...]:
    """A table without a header loses its first row to it: that must be said."""
    given = [n for n in names if n]
    if not given or not all(re.fullmatch(r"[-+\d.,:/ TZ]*\d[-+\d.,:/ TZeE]*", n) for n in given):
        return ()
    return (finding("formats.table.header_is_data", f"line {line}", "warning", given=", ".join(given)[:60]),)


def _cut(text: str, separator: str) -> tuple[Finding, ...]:
    """A last row without a line end that is shorter, or has fewer decimals at its end, than any row before."""
    if not text or text[-1] in "\r\n":
        return ()
    *rows, last = (row.rstrip("\r") for row in text[-400 * _LOOKED_AT :].split("\n")[1:][-_LOOKED_AT:])
    rows = [row for row in rows if row]
    if len(rows) < _FEW or not last.strip():
        return ()
    shown, *others = ((len(row), _decimals(row, separator)) for row in (last, *rows))
    if not any(shown[i] < min(other[i] for other in others) for i in (0, 1)):
        return ()
    line = text.count("\n") + 1
    return (finding("formats.table.cut", f"line {line}", "warning", line=line, given=last[-60:]),)


def _decimals(row: str, separator: str) -> int:
    """Digits behind the decimal mark of the last number of a row."""
    match = re.search(r"[.,](\d*)\D*$", row.rpartition(separator)[2])
    return len(match[1]) if match else 0


def _first_lines(text: str, count: int) -> Iterable[str]:
    at = 0
    for _ in range(count):
        if at >= len(text):
            return
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        yield text[at:end].rstrip("\r")
        at = end + 1


def _unique(names: Iterable[str]) -> list[str]:
    """Names that differ: a repeated one gets its number, an empty one stays empty once and then counts as repeated."""
    seen: Counter[str] = Counter()
    made = []
    for name in (n.strip().strip("\ufeff") for n in names):
        seen[name] += 1
        made.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return made


def _lines(rows: int, first: int, aside: list[int]) -> NDArray[np.int64]:
    if not aside:
        return np.arange(first, first + rows, dtype=np.int64)
    every = np.arange(first, first + rows + len(aside), dtype=np.int64)
    return every[~np.isin(every, aside)][:rows]


def _tidied(table: Table, aside: list[tuple[int, str]]) -> Table:
    """Without rows and columns that hold nothing, which are counted; rows of another width are told."""
    import pyarrow.compute as pc

    unread: Counter[str] = Counter()
    columns = dict(table.columns)
    filled = {n: np.asarray(pc.not_equal(c, "")) for n, c in columns.items()}
    for name in [n for n, f in filled.items() if not f.any() and (not n or n.startswith(" ("))]:
        del columns[name], filled[name]
        unread["empty column"] += 1
    lines = table.lines
    some = np.logical_or.reduce(list(filled.values())) if filled else np.ones(0, dtype=bool)
    if len(some) and not some.all():
        unread["empty row"] += int((~some).sum())
        columns = {n: c.filter(some) for n, c in columns.items()}
        lines = lines[some]
    found = list(table.findings)
    odd = [(n, t) for n, t in aside if t.strip(" \t;,|")]
    unread["empty row"] += len(aside) - len(odd)
    if odd:
        unread["row of another width"] += len(odd)
        line = odd[0][0]
        found.append(
            finding("formats.table.width", f"line {line}", "warning", count=len(odd), line=line, given=odd[0][1][:60])
        )
    if not len(lines):
        found.append(finding("formats.table.empty", f"line {len(table.head) + 1}", "warning"))
    counted = {k: v for k, v in unread.items() if v}
    return Table(columns, lines, table.head, counted, tuple(found), table.separator, table.encoding, tuple(odd))


def workbook(content: bytes, name: str = "", sheet: str = "", header: int | None = None) -> Table:
    """A sheet of an Excel workbook; the first where none is named; header: index of its row, found where not given.

    Raises Refused formats.excel.….
    """
    import pyarrow as pa

    rows, other = _sheet_rows(content, name, sheet)
    widths = [sum(bool(c) for c in row) for row in rows[:_LOOKED_AT]]
    if not widths or max(widths) < 2:
        raise Refused(finding("formats.table.no_header", name or "row 1"))
    start = widths.index(max(widths)) if header is None else header
    if start >= len(rows):
        raise Refused(finding("formats.table.no_header", f"row {start + 1}"))
    width = max(len(r) for r in rows)
    names = _unique([*rows[start], *[""] * (width - len(rows[start]))])
    body = [[*r, *[""] * (width - len(r))] for r in rows[start + 1 :]]
    columns = {n: pa.array([r[i] for r in body], pa.string()) for i, n in enumerate(names)}
    lines = np.arange(start + 2, start + 2 + len(body), dtype=np.int64)
    table = _tidied(Table(columns, lines, tuple(tuple(r) for r in rows[:start])), [])
    unread = dict(table.unread) | ({"sheet": other} if other else {})
    return Table(table.columns, table.lines, table.head, unread, table.findings)


def _sheet_rows(content: bytes, name: str, sheet: str) -> tuple[list[list[str]], int]:
    """The cells of a sheet as text, and how many other sheets there are."""
    try:
        import openpyxl
    except ImportError:
        raise Refused(finding("formats.excel.missing", name)) from None
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        if sheet and sheet not in book.sheetnames:
            raise Refused(finding("formats.excel.sheet", name, sheet=sheet, known=", ".join(book.sheetnames)))
        chosen = book[sheet] if sheet else book.worksheets[0]
        rows = [[_cell(c) for c in row] for row in chosen.iter_rows(values_only=True)]
        return rows, len(book.sheetnames) - 1
    except Refused:
        raise
    except Exception as error:  # openpyxl raises what zip, XML and its own checks raise, on broken bytes anything
        raise Refused(finding("formats.excel.unreadable", name, reason=str(error)[:120])) from None


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return value.isoformat(sep=" ") if hasattr(value, "hour") and hasattr(value, "year") else str(value)


def parquet(content: bytes, name: str = "") -> Table:
    """A Parquet file as a table. Raises Refused formats.parquet.unreadable."""
    import pyarrow as pa
    import pyarrow.parquet as arrow_parquet

    try:
        read = arrow_parquet.read_table(pa.BufferReader(content))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Refused(finding("formats.parquet.unreadable", name, reason=str(error)[:120])) from None
    columns = {n: read.column(i).combine_chunks() for i, n in enumerate(_unique(read.column_names))}
    return Table(columns, np.arange(1, read.num_rows + 1, dtype=np.int64))
