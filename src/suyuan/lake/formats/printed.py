"""Columns of cells as numbers and as text: what is no number keeps its text as a flag, and the digits are counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Finding, Refused, Severity, finding

if TYPE_CHECKING:
    import pyarrow as pa

DIGITS = 13
"""Digits that an instrument prints: more of them are a computer's, and say nothing of its resolution."""
FIRST = 5
"""Lines that are named of those with a code for «no value»."""
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of numbers. value (n,): NaN where there is none; flag (n,): index into flags: «» or the text that
    stands in place of a number; resolution: last printed place, None where not known."""

    value: NDArray[np.float64]
    flag: NDArray[np.int64] | None
    flags: tuple[str, ...]
    resolution: float | None
    findings: tuple[Finding, ...] = ()


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
    return Numbers(value, flag, flags, last_place(plain), tuple(found))


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
    return Numbers(value, flag, flags, last_place(cells))


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


def told_codes(
    read: Numbers, codes: Iterable[str], column: str, lines: NDArray[np.int64], proposed: bool
) -> list[Finding]:
    """Which codes for «no value» a column held, how many and in which lines; a warning where they were only guessed."""
    known = {n for c in codes for mark in ".," if (n := _number(c, mark)) is not None} | set(codes)
    found = []
    for index, text in enumerate(read.flags):
        if read.flag is None or known.isdisjoint({text, *(_number(text, mark) for mark in ".,")} - {"", None}):
            continue
        at = np.flatnonzero(read.flag == index)
        if len(at):
            first = ", ".join(str(int(n)) for n in lines[at[:FIRST]]) + (" …" if len(at) > FIRST else "")
            severity: Severity = "warning" if proposed else "note"
            where = f"line {int(lines[at[0]])}"
            found.append(finding("formats.missing.code", where, severity, column=column, given=text, count=len(at),
                                 rows=len(lines), lines=first))  # fmt: skip
    return found


def last_place(plain: pa.Array) -> float | None:
    """The last printed place of a column: 0.01 for «12.50»; None without numbers or with a computer's digits."""
    import pyarrow.compute as pc

    longest = pc.max(pc.binary_length(plain)).as_py()
    if longest is None:
        return None
    if longest > DIGITS:
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
    return None if wide > DIGITS else float(Decimal(1).scaleb(-places))


def texts(cells: pa.Array) -> NDArray[Any]:
    """A column as an object array of text: one Python string a different text, not one a row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    coded = pc.fill_null(cells.cast(pa.string()), "").dictionary_encode()
    return np.asarray(coded.dictionary.to_pylist(), dtype=object)[np.asarray(coded.indices)] if len(cells) else _NONE


_NONE: NDArray[Any] = np.zeros(0, dtype=object)
