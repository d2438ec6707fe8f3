"""A mapping guessed from a table, for a person to look at: each guess with its reason, no guess used unseen."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.formats.clock import times
from suyuan.lake.formats.column_mapping import ColumnMapping, TimeColumns, ValueColumn
from suyuan.lake.formats.delimited import Table, parquet, separated, workbook
from suyuan.lake.formats.header_unit import header
from suyuan.lake.formats.imported import NO_TIME
from suyuan.lake.formats.printed import numbers
from suyuan.quantity.finding import Finding, finding

if TYPE_CHECKING:
    import pyarrow as pa

_LOOKED_AT = 2000
"""Rows that are looked at for formats; missing codes are sought in all."""
MOST = 0.5
"""Share of cells above which a column is one of numbers, or of times: the others are bad cells, counted and kept."""
_AS_GOOD = 0.95
"""Share of what the best pattern of times reads, from which another one is as good."""

_DATES = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d.%m.%Y", "%d.%m.%y", "%Y%m%d", "%Y年%m月%d日", "%d-%m-%Y")
_CLOCKS = ("%H:%M:%S", "%H:%M", "%H.%M.%S", "%H时%M分%S秒")
_CODES = ("-200", "-999", "-9999", "-99999", "-99", "-999.9", "-999.99", "-888", "9999", "99999", "9999.9")
_WORDS = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "--", "-", "/", "无", "缺测")
_FLAGS = re.compile(r"flag|status|quality|qc|标志|标记|状态|质量", re.IGNORECASE)
_ROWS = re.compile(r"(id|no\.?|nr|index|row|rec(ord)?|data ?point|point|#|序号|编号|行号)?", re.IGNORECASE)
_LONG_VALUE = re.compile(r"value|reading|result|measurement|wert|值|数值|读数|测值|结果", re.IGNORECASE)
_LONG_NAME = re.compile(
    r"(parameter|channel|tag|signal|sensor|variable|measurand|name|indicator|参数|指标|测点|项目|因子|变量|通道)(名称)?",
    re.IGNORECASE,
)
_UNIT = re.compile(r"units?|einheit|单位|计量单位", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping and why. reasons: one note for each guess, a warning where two readings are possible; sample: column →
    its first cells, for a preview."""

    mapping: ColumnMapping
    reasons: tuple[Finding, ...]
    sample: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass
class _Guess:
    table: Table
    decimal: str = "."
    reasons: list[Finding] = field(default_factory=list)

    def note(self, code: str, column: str, **parameters: object) -> None:
        self.reasons.append(finding(code, column, "note", "", column=column, **parameters))


def propose(content: bytes, name: str = "") -> Proposal:
    """A mapping for a CSV, Excel or Parquet table, guessed from names and cells.

    content: the file; name: for findings. Raises Refused where the table cannot be read at all.

    >>> made = propose(b"Date;Time;CO [mg/m3]\\n31/03/2024;18.00.00;2,6\\n01/04/2024;19.00.00;-200\\n")
    >>> made.mapping.time.patterns, made.mapping.decimal, made.mapping.values[0].unit, made.mapping.missing
    (('%d/%m/%Y %H.%M.%S',), ',', 'mg/m3', ('-200',))
    """
    kind, table = any_table(content, name)
    guess = _Guess(table)
    columns = dict(table.columns)
    guess.decimal = _decimal(guess, columns)
    time = _time(guess, columns)
    rest = {c: cells for c, cells in columns.items() if c not in time.columns}
    numeric = {c: value for c, cells in rest.items() if (value := _numeric(guess, c, cells)) is not None}
    others = [c for c in rest if c not in numeric]
    missing = _missing(guess, numeric)
    long = _long(guess, numeric, others)
    flag = next((c for c in others if _FLAGS.search(c)), "")
    rows = [c for c, v in numeric.items() if _is_row_number(c, v)]
    for column in rows:
        guess.note("formats.proposed.row_number", column)
    chosen = [long[1]] if long else [c for c in numeric if c not in rows]
    values = tuple(_value(guess, c, flag if len(chosen) == 1 else "") for c in chosen)
    taken = {*(long or ()), *(v.flag for v in values)}
    mapping = ColumnMapping(
        values=values,
        time=time,
        format=kind,
        layout="long" if long else "wide",
        separator=table.separator,
        decimal=guess.decimal,
        missing=missing,
        labels=tuple(c for c in others if c not in taken and c and _few(rest[c])),
        names=long[0] if long else "",
        units=long[2] if long else "",
    )
    sample = {c: tuple(str(v) for v in cells[:5].to_pylist()) for c, cells in columns.items()}
    return Proposal(mapping, tuple(guess.reasons), sample)


def clock_of(table: Table) -> tuple[str, TimeColumns, tuple[Finding, ...]]:
    """The decimal mark and the time of a table of a known kind, and what is doubtful of them.

    Where day and month cannot be told apart there is no time, and the finding says so.
    """
    guess = _Guess(table)
    guess.decimal = _decimal(guess, table.columns)
    time = _time(guess, table.columns)
    doubt = tuple(r for r in guess.reasons if r.severity == "warning")
    if doubt:
        column = " ".join(time.columns)
        told = finding("formats.time.day_or_month", column, "warning", column=column)
        return guess.decimal, TimeColumns(), (told,)
    return guess.decimal, time, ()


def value_like(table: Table, column: str) -> bool:
    """Whether most cells of a column that hold something are numbers."""
    guess = _Guess(table)
    guess.decimal = _decimal(guess, table.columns)
    return bool(column) and _numeric(guess, column, table.columns[column]) is not None


def any_table(content: bytes, name: str = "") -> tuple[str, Table]:
    """A table by the first bytes of its file, and the format: excel, parquet or csv."""
    if content[:4] == b"PK\x03\x04":
        return "excel", workbook(content, name)
    if content[:4] == b"PAR1":
        return "parquet", parquet(content, name)
    return "csv", separated(content, name)


def _decimal(guess: _Guess, columns: Mapping[str, pa.Array]) -> str:
    """A comma where cells like «2,6» are more than cells like «2.6» and the comma does not separate."""
    if guess.table.separator in (",", ""):
        return "."
    counts = {mark: sum(_matching(c, rf"^[+-]?\d+{re.escape(mark)}\d+$") for c in columns.values()) for mark in ",."}
    if counts[","] > counts["."]:
        guess.note("formats.proposed.decimal", "", count=counts[","])
        return ","
    return "."


def _matching(cells: pa.Array, pattern: str) -> int:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(cells.type):
        return 0
    return int(pc.sum(pc.match_substring_regex(cells[:_LOOKED_AT], pattern)).as_py() or 0)


def _time(guess: _Guess, columns: Mapping[str, pa.Array]) -> TimeColumns:
    """The first column, or pair of a date and a clock, that reads as time in most of its cells."""
    import pyarrow as pa

    dates: dict[str, tuple[str, ...]] = {}
    clocks: dict[str, str] = {}
    for column, cells in columns.items():
        if pa.types.is_timestamp(cells.type) or pa.types.is_date(cells.type):
            guess.note("formats.proposed.time", column, pattern=str(cells.type))
            return TimeColumns((column,))
        if not pa.types.is_string(cells.type):
            continue
        every = {d: [f"{d}{gap}{c}" for gap in (" ", "/") for c in _CLOCKS] for d in _DATES}
        if both := _fitting(cells, every):
            return _told(guess, (column,), both)
        if fit := _fitting(cells, {d: [d] for d in _DATES}):
            dates[column] = fit
        elif clock := _clock(cells):
            clocks[column] = clock
    if not dates:
        return _named_time(guess, columns)
    date = next(iter(dates))
    if clocks:
        clock_column, pattern = next(iter(clocks.items()))
        return _told(guess, (date, clock_column), tuple(f"{d} {pattern}" for d in dates[date]))
    return _told(guess, (date,), dates[date])


def _clock(cells: pa.Array) -> str:
    """The pattern of a clock that reads most cells; «» where none does."""
    some = _different(cells)
    best, share = max(((c, _share(some, f"%Y-%m-%d {c}", "2000-01-01 ")) for c in _CLOCKS), key=itemgetter(1))
    return best if share > MOST else ""


_TIME = re.compile(
    r"(.*\b)?(date|time|datetime|timestamp|datum|zeit|uhrzeit)(\b.*)?|.*(日期|时间|时刻)([(（\[].*)?", re.IGNORECASE
)
_GEODETIC = re.compile(r"\W*datum\W*", re.IGNORECASE)
"""German for a date, and what coordinates refer to."""
_EPOCHS = (("unix s", 1e9), ("unix ms", 1e12), ("unix us", 1e15))


def _named_time(guess: _Guess, columns: Mapping[str, pa.Array]) -> TimeColumns:
    """A column that is called time though no pattern reads it: counted seconds, else for a person to say how."""
    for column, cells in columns.items():
        if not _TIME.fullmatch(column) or (_GEODETIC.fullmatch(column) and not _dated(cells)):
            continue
        value = _numeric(guess, column, cells)
        if value is None:
            first = next((str(c) for c in cells[:_LOOKED_AT].to_pylist() if c), "")
            guess.reasons.append(
                finding("formats.proposed.time_unknown", column, "warning", column=column, given=first[:40])
            )
            return TimeColumns((column,))
        known = value[np.isfinite(value)]
        for pattern, unit in _EPOCHS:  # 2001 to 2065
            if len(known) and known.min() >= unit and known.max() < 3 * unit:
                guess.note("formats.proposed.time", column, pattern=pattern)
                return TimeColumns((column,), (pattern,))
    return TimeColumns()


def _dated(cells: pa.Array) -> bool:
    """Whether the first cell that holds something has two groups of digits, as each printed date has."""
    first = next((str(c) for c in cells[:_LOOKED_AT].to_pylist() if c), "")
    return re.search(r"\d\W+\d", first) is not None


def _told(guess: _Guess, columns: tuple[str, ...], patterns: tuple[str, ...]) -> TimeColumns:
    guess.note("formats.proposed.time", " ".join(columns), pattern=patterns[0])
    if len(patterns) > 1:
        guess.reasons.append(
            finding("formats.proposed.day_or_month", columns[0], "warning", column=columns[0], other=patterns[1])
        )
    return TimeColumns(columns, patterns[:1])


def _fitting(cells: pa.Array, kinds: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The patterns, of each kind the one that reads most, that read most cells and nearly as many as the best does:
    more than one where day and month cannot be told apart, the best first."""
    some = _different(cells)
    if not len(some):
        return ()
    best = [max(((p, _share(some, p)) for p in patterns), key=itemgetter(1)) for patterns in kinds.values()]
    most = max(share for _, share in best)
    if most <= MOST:
        return ()
    best.sort(key=itemgetter(1), reverse=True)
    return tuple(p for p, share in best if share >= _AS_GOOD * most)


def _different(cells: pa.Array) -> pa.Array:
    """The different texts of the first cells that hold something."""
    import pyarrow.compute as pc

    some = cells[:_LOOKED_AT]
    return some.filter(pc.not_equal(some, "")).unique()


def _share(some: pa.Array, pattern: str, prefix: str = "") -> float:
    """The share of texts that a pattern reads; 0 where it reads none of twenty taken from all over."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if prefix and len(some):
        some = pc.binary_join_element_wise(pa.scalar(prefix), some, "")
    if len(some) > 20 and not _read(some.take(pa.array(np.linspace(0, len(some) - 1, 20).astype(np.int64))), pattern):
        return 0.0
    return _read(some, pattern) if len(some) else 0.0


def _read(cells: pa.Array, pattern: str) -> float:
    return float(np.mean(times(cells, (pattern,)).local != NO_TIME))


def _numeric(guess: _Guess, column: str, cells: pa.Array) -> NDArray[np.float64] | None:
    """The values of a column, where most of its cells that hold something are numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_temporal(cells.type) or pa.types.is_boolean(cells.type) or pa.types.is_nested(cells.type):
        return None
    if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
        some = cells[:_LOOKED_AT]
        some = some.filter(pc.invert(pc.is_in(some, value_set=pa.array(_WORDS))))
        mark = re.escape(guess.decimal)
        number = rf"^\s*[+-]?(\d+({mark}\d*)?|{mark}\d+)([eE][+-]?\d+)?\s*$"
        if not len(some) or _matching(some, number) <= MOST * len(some):
            return None
    elif not (pa.types.is_integer(cells.type) or pa.types.is_floating(cells.type) or pa.types.is_decimal(cells.type)):
        return None
    return numbers(cells, column, guess.table.lines, guess.decimal).value


def _missing(guess: _Guess, numeric: Mapping[str, NDArray[np.float64]]) -> tuple[str, ...]:
    """Codes that stand far outside everything else in their column."""
    found: dict[str, int] = {}
    for value in numeric.values():
        known = value[np.isfinite(value)]
        ends = (known.min(), known.max()) if len(known) else ()
        for code in _CODES:
            at = float(code)
            if at not in ends:
                continue
            count = int(np.sum(known == at))
            others = known[known != at]
            if count and _outside(at, others):
                found[code] = found.get(code, 0) + count
    for code, count in found.items():
        guess.note("formats.proposed.missing", "", given=code, count=count)
    return tuple(found)


def _outside(code: float, others: NDArray[np.float64]) -> bool:
    if not len(others):
        return True
    low, high = float(others.min()), float(others.max())
    if code < 0:
        return code < low and (low >= 0 or low - code > high - low)
    return code > high and code - high > high - low


def _long(guess: _Guess, numeric: Mapping[str, NDArray[np.float64]], others: list[str]) -> tuple[str, str, str] | None:
    """Columns of names, values and units, where the table has a row a reading."""
    value = [c for c in numeric if _LONG_VALUE.fullmatch(c)]
    name = [c for c in others if _LONG_NAME.fullmatch(c)]
    if len(value) != 1 or not name:
        return None
    guess.note("formats.proposed.long", name[0], value=value[0])
    return name[0], value[0], next((c for c in others if _UNIT.fullmatch(c)), "")


def _is_row_number(column: str, value: NDArray[np.float64]) -> bool:
    return bool(len(value) > 1 and (np.diff(value) == 1).all() and _ROWS.fullmatch(column.strip()))


def _value(guess: _Guess, column: str, flag: str) -> ValueColumn:
    head = header(column)
    if head.state == "stated":
        guess.note("formats.proposed.unit", column, unit=head.unit)
    elif head.state != "none":
        guess.reasons.append(
            finding("formats.unit.damaged", column, "warning", column=column, unit=head.likely)
            if head.state == "damaged"
            else finding("formats.proposed.no_unit", column, "note", column=column, given=head.likely)
        )
    return ValueColumn(column, head.name if head.state == "stated" else "", unit=head.unit, flag=flag)


def _few(cells: pa.Array) -> bool:
    import pyarrow as pa

    if not pa.types.is_string(cells.type):
        return False
    return len(cells[:_LOOKED_AT].unique()) <= max(20, min(len(cells), _LOOKED_AT) // 4)
