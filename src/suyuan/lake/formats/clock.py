"""Times as a file prints them, to microseconds since 1970-01-01T00:00Z: whole columns, and nothing guessed.

A time with its zone is read in that zone. One without is read in the zone that the caller names, which is told; where
none is named, or where the hour happened twice or never because the clocks changed, the instant is not known and stays
`NO_TIME`. Which of two hours it was may be said (`doubled`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.formats.doubled import FOLDS, told_apart
from suyuan.lake.formats.imported import NO_TIME
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    import pyarrow as pa

ISO = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")
_OFFSET = r":\d\d([.,]\d+)? ?(Z|[+-]\d\d:?\d\d)$"
_FRACTION = r":\d\d[.,]\d+$"
_MINUTE = 60_000_000


@dataclass(frozen=True, slots=True)
class Times:
    """A column of times. instant (n,): µs since 1970-01-01T00:00Z, or `NO_TIME`; local (n,): as printed, `NO_TIME`
    where unreadable; zoned: whether the file states the zones itself; findings: with the line of the first fault."""

    instant: NDArray[np.int64]
    local: NDArray[np.int64]
    zoned: bool
    findings: tuple[Finding, ...] = ()

    @property
    def labels(self) -> dict[str, NDArray[Any]]:
        """The time as printed, where the instant is not known: so that nothing is lost."""
        if not (self.instant == NO_TIME).any() or (self.local == NO_TIME).all():
            return {}
        return {"local time": self.local.view("M8[us]")}


@dataclass
class _Reading:
    column: str
    lines: NDArray[np.int64]
    zone: str = ""
    fold: str = ""
    found: list[Finding] = field(default_factory=list)

    def told(self, code: str, rows: NDArray[np.bool_], **parameters: object) -> None:
        """One finding for all rows with one fault: how many, and the line of the first."""
        if not rows.any():
            return
        line = int(self.lines[int(np.argmax(rows))])
        known = {"column": self.column, "count": int(rows.sum()), "line": line, **parameters}
        self.found.append(finding(code, f"line {line}", "warning", "", **known))


def times(
    texts: pa.Array | pa.ChunkedArray,
    patterns: Sequence[str] = ISO,
    zone: str = "",
    column: str = "",
    lines: NDArray[np.int64] | None = None,
    *,
    fold: str = "",
) -> Times:
    """A column of printed times as instants.

    texts (n,): strings, or timestamps of a typed file; patterns: strptime patterns without fraction and zone, the
    first that fits counts; zone: IANA name for times without one; column: its name, lines (n,): of the file, both for
    findings; fold: which of two hours it was, where the clock showed one twice (`doubled.FOLDS`).
    Raises Refused formats.time.zone_unknown, formats.time.fold_unknown.

    >>> import pyarrow as pa
    >>> int(times(pa.array(["2004-03-10 18:00"]), zone="Europe/Rome").instant[0]) // 10**6
    1078938000
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = np.arange(1, len(texts) + 1) if lines is None else lines
    reading = _Reading(column, rows, zone, fold)
    if fold not in FOLDS:
        raise Refused(finding("formats.time.fold_unknown", column, given=fold[:40], known=", ".join(FOLDS[1:])))
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    if pa.types.is_date(texts.type):
        texts = texts.cast(pa.timestamp("us"))
    if pa.types.is_timestamp(texts.type):
        stamps = texts.cast(pa.timestamp("us", texts.type.tz), safe=False)
        local = _whole(stamps)
        if texts.type.tz is not None:
            return Times(local, local, True)
        return _instants(local, local != NO_TIME, reading)
    if patterns and patterns[0] == ISO[0] and (plain := _plain(texts, len(patterns) == 1)) is not None:
        return _instants(plain, np.ones(len(plain), dtype=bool), reading)
    blank = np.asarray(pc.fill_null(pc.equal(pc.utf8_trim_whitespace(texts), ""), True))
    bare, offset, has_offset = _without_offset(pc.fill_null(pc.utf8_trim_whitespace(texts), ""))
    bare, fraction = _without_fraction(bare)
    local = _parsed(bare, patterns)
    known = local != NO_TIME
    local[known] += fraction[known]
    example = texts[int(np.argmax(~known & ~blank))].as_py() if len(texts) else ""
    reading.told("formats.time.unreadable", ~known & ~blank, given=str(example)[:40])
    zoned = known & has_offset
    _mixed(known & ~has_offset, zoned, offset, reading)
    result = _instants(local, known & ~has_offset, reading)
    result.instant[zoned] = local[zoned] - offset[zoned]
    return Times(result.instant, local, bool(zoned.any()) and bool(zoned[known].all()), tuple(reading.found))


def _whole(stamps: pa.Array) -> NDArray[np.int64]:
    import pyarrow as pa
    import pyarrow.compute as pc

    return np.array(pc.fill_null(stamps.cast(pa.int64()), NO_TIME), dtype=np.int64)


def _plain(texts: pa.Array, to_the_second: bool) -> NDArray[np.int64] | None:
    """Times of a column in which every cell is an ISO 8601 date and time without a zone; None where one is not."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if to_the_second and (pc.min(pc.binary_length(texts)).as_py() or 0) < len("2024-01-01 00:00:00"):
        return None
    try:
        return _whole(texts.cast(pa.timestamp("us"))) if not texts.null_count else None
    except pa.ArrowInvalid:
        return None


def _without_offset(texts: pa.Array) -> tuple[pa.Array, NDArray[np.int64], NDArray[np.bool_]]:
    """Texts without «Z» or «+08:00», the offsets in microseconds, and which texts had one."""
    import pyarrow.compute as pc

    has = np.asarray(pc.match_substring_regex(texts, _OFFSET))
    offset = np.zeros(len(texts), dtype=np.int64)
    if has.any():
        tails = pc.replace_substring_regex(texts, r"^.*?(Z|[+-]\d\d:?\d\d)$", r"\1").dictionary_encode()
        each = np.array([_offset(t) for t in tails.dictionary.to_pylist()], dtype=np.int64)
        offset = np.where(has, each[np.asarray(tails.indices)], 0)
        texts = pc.if_else(has, pc.replace_substring_regex(texts, r" ?(Z|[+-]\d\d:?\d\d)$", ""), texts)
    return texts, offset, has


def _offset(tail: str) -> int:
    match = re.fullmatch(r"([+-])(\d\d):?(\d\d)", tail)
    if match is None:
        return 0
    return (int(match[2]) * 60 + int(match[3])) * _MINUTE * (-1 if match[1] == "-" else 1)


def _without_fraction(texts: pa.Array) -> tuple[pa.Array, NDArray[np.int64]]:
    """Texts without a fraction of the second, and that fraction in microseconds, cut after the sixth place."""
    import pyarrow as pa
    import pyarrow.compute as pc

    has = pc.match_substring_regex(texts, _FRACTION)
    if not pc.any(has).as_py():
        return texts, np.zeros(len(texts), dtype=np.int64)
    digits = pc.if_else(has, pc.replace_substring_regex(texts, r"^.*[.,](\d+)$", r"\1"), "0")
    six = pc.utf8_slice_codeunits(pc.utf8_rpad(digits, 6, "0"), 0, 6)
    return pc.if_else(has, pc.replace_substring_regex(texts, r"[.,]\d+$", ""), texts), np.asarray(
        six.cast(pa.int64()), dtype=np.int64
    )


def _parsed(texts: pa.Array, patterns: Sequence[str]) -> NDArray[np.int64]:
    import pyarrow.compute as pc

    plain = pc.replace_substring_regex(texts, r"^(\d{4}-\d\d?-\d\d?)T", r"\1 ")
    local = np.full(len(texts), NO_TIME, dtype=np.int64)
    for pattern in patterns:
        left = local == NO_TIME
        if not left.any():
            break
        stamps = pc.strptime(plain, format=pattern, unit="us", error_is_null=True)
        local = np.where(left, _existing(plain, stamps, pattern), local)
    return local


def _existing(texts: pa.Array, stamps: pa.Array, pattern: str) -> NDArray[np.int64]:
    """Parsed times without those that strptime makes of impossible days: 31 February is not 3 March."""
    import pyarrow as pa
    import pyarrow.compute as pc

    local = _whole(stamps)
    year = np.asarray(pc.fill_null(pc.year(stamps), 0))
    local[year < 1000] = NO_TIME
    early = (np.asarray(pc.fill_null(pc.day(stamps), 9)) <= 3) & (local != NO_TIME)
    if early.any():
        where = np.flatnonzero(early)
        printed = pc.strftime(stamps.take(pa.array(where)).cast(pa.timestamp("s"), safe=False), format=pattern)
        given = texts.take(pa.array(where))
        odd = where[~np.asarray(pc.fill_null(pc.equal(printed, given), False))]
        unique = texts.take(pa.array(odd)).dictionary_encode()
        bad = np.array([not _possible(t, pattern) for t in unique.dictionary.to_pylist()], dtype=bool)
        if len(bad):
            local[odd[bad[np.asarray(unique.indices)]]] = NO_TIME
    return local


def _possible(text: str, pattern: str) -> bool:
    try:
        datetime.strptime(text, pattern)
    except ValueError:
        return False
    return True


def _mixed(naive: NDArray[np.bool_], zoned: NDArray[np.bool_], offset: NDArray[np.int64], reading: _Reading) -> None:
    """Tell where one column has times of several zones: how many of each, and the line of the first."""
    kinds = [(_hours(int(o)), zoned & (offset == o)) for o in np.unique(offset[zoned])]
    if len(kinds) + bool(naive.any()) < 2:
        return
    bare = [({"zh": "无时区", "en": "no zone"}, naive)] if naive.any() else []
    every = [*(({"zh": name, "en": name}, rows) for name, rows in kinds), *bare]
    each: dict[str, list[str]] = {language: [] for language in ("zh", "en")}
    words = {"zh": "{name}：{n} 个，首见第 {line} 行", "en": "{name}: {n}, first in line {line}"}
    for names, rows in every:
        line = int(reading.lines[int(np.argmax(rows))])
        for language, parts in each.items():
            parts.append(words[language].format(name=names[language], n=int(rows.sum()), line=line))
    kinds_of = {"kinds_zh": "；".join(each["zh"]), "kinds_en": "; ".join(each["en"])}
    reading.told("formats.time.mixed", naive | zoned, zones=len(every), **kinds_of)


def _hours(offset: int) -> str:
    """An offset as it is printed: «+08:00».

    >>> _hours(8 * 60 * _MINUTE), _hours(-90 * _MINUTE)
    ('+08:00', '-01:30')
    """
    minutes = abs(offset) // _MINUTE
    return f"{'-' if offset < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"


def _instants(local: NDArray[np.int64], naive: NDArray[np.bool_], reading: _Reading) -> Times:
    """Local times in a zone as instants; those that the clock showed twice or never are not known, unless it is said
    which of the two they were."""
    import pyarrow as pa
    import pyarrow.compute as pc

    zone = reading.zone
    instant = np.full(len(local), NO_TIME, dtype=np.int64)
    if not zone:
        reading.told("formats.time.no_zone", naive)
        return Times(instant, local, False, tuple(reading.found))
    stamps = pa.array(local, mask=~naive).cast(pa.timestamp("us"))
    try:
        first, last = (
            _whole(pc.assume_timezone(stamps, zone, ambiguous=side, nonexistent=side))
            for side in ("earliest", "latest")
        )
    except pa.ArrowInvalid:
        raise Refused(finding("formats.time.zone_unknown", zone=zone)) from None
    doubtful = naive & (first != last)
    twice = doubtful & (last - first >= _MINUTE)
    instant[naive & ~doubtful] = first[naive & ~doubtful]
    reading.told("formats.time.local", naive, zone=zone)
    if twice.any():
        apart, chosen = told_apart(reading.fold, local, twice, first, last)
        instant[apart] = chosen[apart]
        reading.told("formats.time.fold", apart, zone=zone, fold=reading.fold)
        reading.told("formats.time.twice", twice & ~apart, zone=zone)
    reading.told("formats.time.never", doubtful & ~twice, zone=zone)
    return Times(instant, local, False, tuple(reading.found))


def folded(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings in which one sentence tells of all columns whose times carry no zone, as one zone was taken for all."""
    made: list[Finding] = []
    place, count = -1, 0
    for item in found:
        if item.code != "formats.time.local":
            made.append(item)
            continue
        count += int(dict(item.parameters)["count"])
        if place < 0:
            place = len(made)
            made.append(item)
        else:
            given = dict(made[place].parameters) | {"count": str(count)}
            made[place] = replace(made[place], parameters=tuple(sorted(given.items())))
    return tuple(made)


def seconds(text: str) -> float | None:
    """A duration «h:mm:ss(.fff)» in seconds; None where it is none.

    >>> seconds("08:10:00.500")
    29400.5
    """
    match = re.fullmatch(r"(\d+):([0-5]\d):([0-5]\d(?:\.\d+)?)", text.strip())
    if match is None:
        return None
    return timedelta(hours=int(match[1]), minutes=int(match[2]), seconds=float(match[3])).total_seconds()
