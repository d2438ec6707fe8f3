"""Tables from strangers: text with separators, spreadsheets and Parquet as columns, and columns as numbers.

The first rows may be remarks, the last ones empty; a row with too few or too many cells is kept aside and counted.
Cells stay text until someone asks for numbers, so that the digits as printed can still be counted.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.formats.decoded import decoded
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    import pyarrow as pa

SEPARATORS = ("\t", ";", ",", "|")
_LOOKED_AT = 300
_DIGITS = 13
"""Digits that an instrument prints: more of them are a computer's, and say nothing of its resolution."""
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"


@dataclass(frozen=True, slots=True)
class Table:
    """A table as read. columns: name → cells (n,), text or typed; lines (n,): line of each row in the file; head: the
    lines before the header, as cells; unread: what was left out, counted; separator: «» where the file has none."""

    columns: Mapping[str, pa.Array]
    lines: NDArray[np.int64]
    head: tuple[tuple[str, ...], ...] = ()
    unread: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    separator: str = ""
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of numbers. value (n,): NaN where there is none; flag (n,): index into flags: «» or the text that
    stands in place of a number; resolution: last printed place, None where not known."""

    value: NDArray[np.float64]
    flag: NDArray[np.int64] | None
    flags: tuple[str, ...]
    resolution: float | None
    findings: tuple[Finding, ...] = ()


def layout(text: str) -> tuple[str, int]:
    """The separator of a table, under which most lines have equally many cells, and the index of its header line.

    >>> layout("Test:,25209\\nDate;T\\n1;2,5\\n2;2,6\\n")
    (';', 1)
    """
    lines = text[: 400 * _LOOKED_AT].splitlines()[:_LOOKED_AT]
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
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    text, encoding = decoded(content, name)
    found_separator, found_header = layout(text)
    separator = separator or found_separator
    start = found_header if header is None else header
    top = list(_first_lines(text, start + 1))
    if not separator or len(top) <= start:
        raise Refused(finding("formats.table.no_header", f"{name} line {start + 1}".strip()))
    names = _unique(_cells(top[start], separator))
    aside: list[tuple[int, str]] = []

    def keep_aside(row: arrow_csv.InvalidRow) -> str:
        aside.append((row.number or 0, row.text))
        return "skip"

    body = content if encoding == "utf-8" else text.encode()
    try:
        read = arrow_csv.read_csv(
            pa.BufferReader(body),
            read_options=arrow_csv.ReadOptions(
                use_threads=False, skip_rows=start + 1, column_names=names, block_size=1 << 24
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
    lines = _lines(read.num_rows, start + 2, [n for n, _ in aside])
    table = Table(
        {n: read[n].combine_chunks() for n in names},
        lines,
        tuple(tuple(_cells(line, separator)) for line in top[:start]),
        separator=separator,
        encoding=encoding,
    )
    return _tidied(table, aside)


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
    found = []
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
    return Table(columns, lines, table.head, counted, tuple(found), table.separator, table.encoding)


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


def numbers(
    cells: pa.Array,
    column: str,
    lines: NDArray[np.int64],
    decimal: str = ".",
    missing: Iterable[str] = (),
) -> Numbers:
    """A column of cells as numbers.

    cells (n,): text or numbers; column, lines (n,): for findings; decimal: «.» or «,»; missing: what stands for «no
    value», as printed («-200»): such a cell is NaN and keeps its code as flag. What is no number is NaN and keeps its
    text as flag, with one finding for the column.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    codes = tuple(missing)
    if not pa.types.is_string(cells.type) and not pa.types.is_large_string(cells.type):
        return _typed(cells, column, codes)
    if decimal == "." and (plain_read := _all_numbers(cells, codes)) is not None:
        return plain_read
    texts = pc.ascii_trim_whitespace(pc.fill_null(cells, ""))
    plain = pc.replace_substring(texts, ",", ".") if decimal == "," else texts
    plain = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), plain)
    coded = pc.is_in(texts, value_set=pa.array(codes, pa.string()))
    plain = pc.if_else(coded, pa.scalar(None, pa.string()), plain)
    try:
        value = np.array(plain.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    except pa.ArrowInvalid:
        plain = pc.if_else(pc.match_substring_regex(plain, _NUMBER), plain, pa.scalar(None, pa.string()))
        value = np.array(plain.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    value[~np.isfinite(value)] = np.nan
    coded_rows = np.asarray(coded)
    for code in codes:
        number = _number(code, decimal)
        if number is not None:
            coded_rows = coded_rows | (value == number)
    value[coded_rows] = np.nan
    bad = np.isnan(value) & ~coded_rows & np.asarray(pc.not_equal(texts, ""))
    found = []
    if bad.any():
        first = int(np.argmax(bad))
        line, given = int(lines[first]), texts[first].as_py()[:40]
        found.append(
            finding(
                "formats.number.unreadable", f"line {line}", "warning", column=column, count=int(bad.sum()), given=given
            )
        )
    flag, flags = _flagged(texts, coded_rows | bad)
    return Numbers(value, flag, flags, _resolution(plain), tuple(found))


def _all_numbers(cells: pa.Array, codes: tuple[str, ...]) -> Numbers | None:
    """A column in which every cell is a number, which most are; None where one is not."""
    import pyarrow as pa

    try:
        value = np.array(cells.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    except pa.ArrowInvalid:
        return None
    if not np.isfinite(value).all():
        return None
    known = [n for c in codes if (n := _number(c, ".")) is not None]
    coded = np.isin(value, known) if known else np.zeros(len(value), dtype=bool)
    flag, flags = _flagged(cells, coded)
    value[coded] = np.nan
    return Numbers(value, flag, flags, _resolution(cells))


def _typed(cells: pa.Array, column: str, codes: tuple[str, ...]) -> Numbers:
    import pyarrow as pa

    try:
        value = np.array(cells.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise Refused(finding("formats.number.type", column, column=column, type=str(cells.type))) from None
    known = [n for c in codes if (n := _number(c, ".")) is not None]
    coded = np.isin(value, known)
    texts = pa.array([str(v) for v in known], pa.string()) if known else None
    value[coded] = np.nan
    if texts is None or not coded.any():
        return Numbers(value, None, ("",), None)
    return Numbers(value, np.where(coded, 1, 0), ("", codes[0]), None)


def _number(text: str, decimal: str) -> float | None:
    try:
        return float(text.replace(",", ".") if decimal == "," else text)
    except ValueError:
        return None


def _flagged(texts: pa.Array, rows: NDArray[np.bool_]) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    """The texts that stand in place of numbers, as flags."""
    import pyarrow as pa

    if not rows.any():
        return None, ("",)
    kept = texts.take(pa.array(np.flatnonzero(rows))).dictionary_encode()
    flag = np.zeros(len(rows), dtype=np.int64)
    flag[rows] = np.asarray(kept.indices, dtype=np.int64) + 1
    return flag, ("", *kept.dictionary.to_pylist())


def _resolution(plain: pa.Array) -> float | None:
    """The last printed place of a column: 0.01 for «12.50»; None without numbers or with a computer's digits."""
    import pyarrow.compute as pc

    longest = pc.max(pc.binary_length(plain)).as_py()
    if longest is None:
        return None
    if longest > _DIGITS:
        longest = pc.max(pc.binary_length(pc.ascii_ltrim(plain, "+-0."))).as_py()
    if any(pc.any(pc.match_substring(plain, e)).as_py() for e in "eE"):
        unique = pc.unique(plain).to_pylist()[:10_000]
        shown = [Decimal(t) for t in unique if t]
        wide = max((len(d.as_tuple().digits) for d in shown), default=0)
        places = -min((e for d in shown if isinstance(e := d.as_tuple().exponent, int)), default=0)
    else:
        wide = longest
        point = pc.find_substring(plain, ".")
        after = pc.subtract(pc.subtract(pc.binary_length(plain), point), 1)
        places = pc.max(pc.if_else(pc.less(point, 0), 0, after)).as_py() or 0
    return None if wide > _DIGITS else float(Decimal(1).scaleb(-places))


def texts(cells: pa.Array) -> NDArray[Any]:
    """A column as an object array of text: one Python string a different text, not one a row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    coded = pc.fill_null(cells.cast(pa.string()), "").dictionary_encode()
    return np.asarray(coded.dictionary.to_pylist(), dtype=object)[np.asarray(coded.indices)] if len(cells) else _NONE


_NONE: NDArray[Any] = np.zeros(0, dtype=object)
