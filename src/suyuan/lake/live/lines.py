"""Lines of text: the shortest form that a device can print, one reading a line.

    #readings-1 sender=plant-7 run=a1 sequence=12
    t1,2026-01-01T00:00:00Z,20.15
    t1,2026-01-01T00:01:00Z,20.16,N,0.005

Stream, time (ISO 8601 with a zone, or whole µs since 1970), value; then the device's mark and the standard uncertainty
where all lines have them. The first line may be left out. An empty value is a missing reading; a text in place of a
number is one too, and stays as its mark.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.live.message import KIND, LONGEST, Message, Part, instants, kept, whole_times
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ("stream", "time", "value", "flag", "u")
_HEAD = re.compile(r"#\s*" + re.escape(KIND) + r"\b(.*)")


def read(payload: bytes) -> Message:
    """A message in lines. Raises Refused where none of it can be read.

    >>> made = read(b"#readings-1 sender=p sequence=3\\nt1,2026-01-01T00:00:00Z,20.15\\n")
    >>> made.sender, made.sequence, made.parts[0].value.tolist(), made.parts[0].printed
    ('p', 3, [20.15], 0.01)
    """
    found: list[Finding] = []
    try:
        text = payload.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(finding("live.message.encoding", f"byte {error.start}")) from None
    head, _, rest = text.partition("\n")
    numbered: tuple[str, str, int | None] = "", "", None
    first = 1
    if (told := _HEAD.fullmatch(head.strip())) is not None:
        numbered, text, first = _numbered(told[1], found), rest, 2
    table = _table(text, first, found)
    parts = [_part(table, rows, name, found) for name, rows in _by_stream(table, found)]
    return Message(*numbered, tuple(p for p in parts if len(p)), tuple(found))


def _numbered(text: str, found: list[Finding]) -> tuple[str, str, int | None]:
    said = dict(re.findall(r"(\w+)=(\S+)", text))
    sender, run, sequence = (said.get(name, "") for name in ("sender", "run", "sequence"))
    if not sequence:
        return sender[:LONGEST], run[:LONGEST], None
    if not re.fullmatch(r"\d{1,18}", sequence):
        found.append(finding("live.message.sequence", "line 1", "warning", given=sequence[:40]))
        return sender[:LONGEST], run[:LONGEST], None
    if not sender:
        found.append(finding("live.message.sender", "line 1", "warning", sequence=sequence))
        return "", "", None
    return sender[:LONGEST], run[:LONGEST], int(sequence)


def _table(text: str, first: int, found: list[Finding]) -> pa.Table:
    """The cells as text; lines with another number of them than the first are told and left out."""
    import pyarrow as pa
    import pyarrow.csv as csv

    start = next((line for line in text.splitlines() if line.strip()), "")
    columns = start.count(",") + 1
    if not 3 <= columns <= len(COLUMNS):
        raise Refused(finding("live.message.unknown", f"line {first}", given=start[:40]))
    bad: list[int] = []

    def skip(row: Any) -> str:
        bad.append(int(row.number or 0) + first - 1)
        return "skip"

    try:
        table = csv.read_csv(
            io.BytesIO(text.encode()),
            csv.ReadOptions(column_names=list(COLUMNS[:columns]), use_threads=False),
            csv.ParseOptions(invalid_row_handler=skip),
            csv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:
        raise Refused(finding("live.message.broken", "", reason=str(error).splitlines()[0][:120])) from None
    if bad:
        where = f"line {bad[0]}"
        found.append(finding("live.message.columns", where, count=len(bad), line=bad[0], columns=columns))
    return table.combine_chunks()


def _by_stream(table: pa.Table, found: list[Finding]) -> list[tuple[str, NDArray[np.int64]]]:
    """Streams in the order of their first line, and their rows."""
    import pyarrow.compute as pc

    coded = pc.utf8_trim_whitespace(_column(table, "stream")).dictionary_encode()
    codes = np.asarray(coded.indices)
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(len(coded.dictionary) + 1))
    made = []
    for at, name in enumerate(coded.dictionary.to_pylist()):
        rows = order[ends[at] : ends[at + 1]]
        if not name or len(name) > LONGEST or not name.isprintable():
            found.append(finding("live.message.no_stream", f"line {int(rows[0]) + 1}"))
        else:
            made.append((name, rows))
    return made


def _column(table: pa.Table, name: str) -> pa.Array:
    column = table[name]
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _part(table: pa.Table, rows: NDArray[np.int64], name: str, found: list[Finding]) -> Part:
    import pyarrow as pa
    import pyarrow.compute as pc

    from suyuan.lake.formats.printed import numbers

    def cells(column: str) -> pa.Array:
        return _column(table, column).take(pa.array(rows))

    read_values = numbers(cells("value"), name, rows + 1)
    found += read_values.findings
    time = _time(cells("time"))
    flag, flags = read_values.flag, read_values.flags
    if "flag" in table.column_names:
        own = pc.utf8_trim_whitespace(cells("flag")).to_numpy(zero_copy_only=False)
        texted = np.asarray(flags, dtype=object)[0 if flag is None else flag]
        both = np.where(own == "", texted, own).astype(str)
        known, index = np.unique(np.r_[np.array([""]), both], return_inverse=True)
        flag, flags = index[1:].astype(np.int64), tuple(str(k)[:LONGEST] for k in known)
    u = None
    if "u" in table.column_names:
        stated = numbers(cells("u"), f"{name} u", rows + 1).value
        good = np.isfinite(stated) & (stated >= 0.0)
        u = stated if good.all() else None
        if u is None and np.isfinite(stated).any():
            found.append(finding("live.message.u", name, "warning", count=int((~good).sum()), stream=name))
    index32 = None if flag is None or len(flags) < 2 else flag.astype(np.int32)
    part = Part(name, time, read_values.value, flag=index32, flags=flags, u=u, printed=read_values.resolution)
    return kept(part, name, found)


def _time(cells: pa.Array) -> NDArray[np.int64]:
    """Times of a column: whole µs, or ISO 8601 with a zone."""
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = pc.utf8_trim_whitespace(cells)
    try:
        return whole_times(np.array(plain.cast(pa.int64())))
    except pa.ArrowInvalid:
        return instants(plain.to_pylist())
