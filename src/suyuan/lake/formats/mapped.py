"""CSV, Excel and Parquet tables by a mapping that is data: long tables column by column, nothing a row at a time."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.formats.clock import ISO, Times, times
from suyuan.lake.formats.column_mapping import UNIX, ColumnMapping, ValueColumn, read_mapping
from suyuan.lake.formats.delimited import Table, parquet, separated, workbook
from suyuan.lake.formats.imported import NO_TIME, Imported, RawStream
from suyuan.lake.formats.printed import Numbers, numbers, texts, told_codes
from suyuan.lake.formats.proposed import Proposal, propose
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ColumnMapping", "Proposal", "opened", "propose", "read", "read_mapping"]

_PER_UNIT = {"unix s": 1_000_000, "unix ms": 1_000, "unix us": 1}


def read(
    content: bytes, *, name: str = "", zone: str = "", fold: str = "", mapping: ColumnMapping | bytes | None = None
) -> Imported:
    """A table by a mapping of its columns.

    mapping: the mapping, or the bytes of its JSON document; where none is given the proposed one is used, and said.
    zone: for times without a zone where the mapping names none; fold: which of two hours it was, where the clock showed
    one twice and the mapping does not say. A code for «no value» (-200) gives NaN with the code
    as flag. A column that the mapping does not name is counted as unread.
    Raises Refused: formats.file.…, formats.table.…, formats.mapping.…, typed.….

    >>> table = b"t;T in C\\n2024-05-01 00:00;20,5\\n2024-05-01 01:00;-200\\n"
    >>> plan = ColumnMapping((ValueColumn("T in C", "T", unit="degC"),), decimal=",", missing=("-200",))
    >>> stream = read(table, mapping=plan).streams[0]
    >>> stream.value.tolist(), stream.flag_texts.tolist(), stream.resolution
    ([20.5, nan], ['', '-200'], 0.1)
    """
    found: list[Finding] = []
    if mapping is None:
        mapping = propose(content, name).mapping
        found.append(finding("formats.mapping.proposed", name, "warning", count=len(mapping.values)))
    plan = read_mapping(mapping) if isinstance(mapping, bytes) else mapping
    return applied(opened(content, plan, name), plan, (zone, fold), tuple(found))


def applied(
    table: Table, plan: ColumnMapping, clocks: tuple[str, str] = ("", ""), found: tuple[Finding, ...] = ()
) -> Imported:
    """A table that is already open, read by a mapping of its columns.

    clocks: zone and fold of times for which the mapping names none; found: findings to begin with.
    """
    zone, fold = clocks
    if zone and plan.time.zone and zone != plan.time.zone:
        raise Refused(finding("formats.mapping.zone", "/time/zone", stated=plan.time.zone, given=zone))
    run = _Run(table, plan, plan.time.zone or zone, plan.time.fold or fold, found=[*table.findings, *found])
    run.check()
    clock = run.clock()
    streams = run.wide(clock) if plan.layout == "wide" else run.long(clock)
    unread = Counter(table.unread)
    for column, cells in table.columns.items():
        if column not in run.used:
            filled = _filled(cells)
            unread[f"column {column}" if filled else "empty column"] += filled or 1
    facts: dict[str, Any] = {"mapping": plan.to_json(), "rows": len(table.lines), "encoding": table.encoding}
    if any(any(row) for row in table.head):
        facts["head"] = [list(row) for row in table.head]
    local = bool(run.zone) and not clock.zoned and bool((clock.instant != NO_TIME).any())
    return Imported(plan.format, "", streams, dict(unread), tuple(run.found), facts, local, aside=table.aside)


def opened(content: bytes, plan: ColumnMapping, name: str = "") -> Table:
    """The table that a mapping is for."""
    header = plan.header - 1 if plan.header else None
    if plan.format == "parquet":
        return parquet(content, name)
    if plan.format == "excel":
        return workbook(content, name, plan.sheet, header)
    return separated(content, name, plan.separator, header)


def _nearest(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, 1, 0.5)
    return near[0] if near else ""


def _filled(cells: pa.Array) -> int:
    """How many cells of a column hold something."""
    import pyarrow as pa
    import pyarrow.compute as pc

    present = len(cells) - cells.null_count
    if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
        present -= pc.sum(pc.equal(cells, "")).as_py() or 0
    return int(present)


@dataclass
class _Run:
    """One table being read by one mapping."""

    table: Table
    plan: ColumnMapping
    zone: str
    fold: str
    found: list[Finding] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def check(self) -> None:
        """Every column that the mapping names must be there."""
        plan = self.plan
        wanted = [("/time/columns", c) for c in plan.time.columns] + [("/labels", c) for c in plan.labels]
        wanted += [(f"/values/{i}", c) for i, v in enumerate(plan.values) for c in (v.column, v.flag, v.u) if c]
        wanted += [(place, c) for place, c in (("/names", plan.names), ("/units", plan.units)) if c]
        lost = [(place, c) for place, c in wanted if c not in self.table.columns]
        if lost:
            raise Refused(
                *(
                    finding("formats.mapping.column", place, column=c, nearest=_nearest(c, list(self.table.columns)))
                    for place, c in lost
                )
            )
        self.used |= {c for _, c in wanted}

    def clock(self) -> Times:
        """The time of each row."""
        import pyarrow as pa
        import pyarrow.compute as pc

        plan, rows = self.plan.time, len(self.table.lines)
        if not plan.columns:
            nothing = np.full(rows, NO_TIME, dtype=np.int64)
            self.found.append(finding("formats.time.none", "", "warning"))
            return Times(nothing, nothing, False)
        cells = [self.table.columns[c] for c in plan.columns]
        label = " ".join(plan.columns)
        if plan.patterns and plan.patterns[0] in UNIX:
            return self._unix(cells[0], label, _PER_UNIT[plan.patterns[0]])
        if len(cells) > 1:
            as_text = [c if pa.types.is_string(c.type) else c.cast(pa.string()) for c in cells]
            cells = [pc.binary_join_element_wise(*as_text, " ")]
        kind = cells[0].type
        if not (pa.types.is_string(kind) or pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
            cells = [cells[0].cast(pa.string())]
        made = times(cells[0], plan.patterns or ISO, self.zone, label, self.table.lines, fold=self.fold)
        self.found += made.findings
        return made

    def _unix(self, cells: pa.Array, label: str, factor: int) -> Times:
        read = numbers(cells, label, self.table.lines)
        self.found += read.findings
        known = np.isfinite(read.value) & (np.abs(read.value) < 2**62 / factor)
        whole = np.floor(np.where(known, read.value, 0.0))
        part = np.rint((np.where(known, read.value, 0.0) - whole) * factor)
        instant = np.where(known, whole.astype(np.int64) * factor + part.astype(np.int64), NO_TIME)
        return Times(instant, instant, True)

    def wide(self, clock: Times) -> tuple[RawStream, ...]:
        """One stream a value column; all share times and labels."""
        labels = self._labels() | clock.labels
        return tuple(self._stream(value, clock.instant, labels) for value in self.plan.values)

    def _labels(self) -> dict[str, NDArray[Any]]:
        return {c: texts(self.table.columns[c]) for c in self.plan.labels}

    def _numbers(self, value: ValueColumn) -> tuple[Numbers, NDArray[np.float64] | None]:
        plan, table = self.plan, self.table
        codes = (*plan.missing, *value.missing)
        read = numbers(table.columns[value.column], value.column, table.lines, plan.decimal, codes)
        guessed = any(f.code == "formats.mapping.proposed" for f in self.found)
        self.found += (*read.findings, *told_codes(read, codes, value.column, table.lines, guessed))
        if not value.u:
            return read, None
        u = numbers(table.columns[value.u], value.u, table.lines, plan.decimal, codes)
        self.found += u.findings
        return read, u.value

    def _stream(self, value: ValueColumn, instant: NDArray[np.int64], labels: dict[str, NDArray[Any]]) -> RawStream:
        plan = self.plan
        read, u = self._numbers(value)
        flag, flags = self._flags(value, read)
        return RawStream(
            name=value.name or value.column,
            time=instant,
            value=read.value,
            quantity=value.quantity,
            unit=value.unit,
            instrument=value.instrument or plan.instrument,
            place=value.place or plan.place,
            resolution=value.resolution or read.resolution,
            u=u,
            flag=flag,
            flags=flags,
            labels=labels,
            facts={"column": value.column},
        )

    def _flags(self, value: ValueColumn, read: Numbers) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
        """The device's mark of each row; where it gave none, the text that stands in place of a number."""
        if not value.flag:
            return read.flag, read.flags
        marks = texts(self.table.columns[value.flag])
        own = np.asarray(read.flags, dtype=object)[0 if read.flag is None else read.flag]
        both = np.where(marks != "", marks, own)
        known, index = np.unique(both.astype(str), return_inverse=True)
        ordered = [str(k) for k in known]
        if ordered and ordered[0] == "":
            return index.astype(np.int64), tuple(ordered)
        return index.astype(np.int64) + 1, ("", *ordered)

    def long(self, clock: Times) -> tuple[RawStream, ...]:
        """One stream for each name (and unit) in the column of names, in the order of their first rows."""
        import pyarrow as pa
        import pyarrow.compute as pc

        plan, table, value = self.plan, self.table, self.plan.values[0]
        whole = self._stream(value, clock.instant, self._labels() | clock.labels)
        names = table.columns[plan.names].cast(pa.string())
        units = table.columns[plan.units].cast(pa.string()) if plan.units else pa.array([""] * len(names), pa.string())
        key = pc.binary_join_element_wise(pc.fill_null(names, ""), pc.fill_null(units, ""), "\x1f").dictionary_encode()
        codes = np.asarray(key.indices)
        order = np.argsort(codes, kind="stable")
        ends = np.searchsorted(codes[order], np.arange(len(key.dictionary) + 1))
        made = []
        for i, text in enumerate(key.dictionary.to_pylist()):
            rows = order[ends[i] : ends[i + 1]]
            label, _, unit = text.partition("\x1f")
            made.append(_taken(whole, rows, label, unit or value.unit))
        return tuple(made)


def _taken(stream: RawStream, rows: NDArray[np.int64], name: str, unit: str) -> RawStream:
    return RawStream(
        name=name,
        time=stream.time[rows],
        value=stream.value[rows],
        quantity=stream.quantity,
        unit=unit,
        instrument=stream.instrument,
        place=stream.place,
        resolution=stream.resolution,
        u=None if stream.u is None else stream.u[rows],
        flag=None if stream.flag is None else stream.flag[rows],
        flags=stream.flags,
        labels={k: v[rows] for k, v in stream.labels.items()},
        facts=stream.facts,
    )
