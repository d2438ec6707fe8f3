"""Readings of a lake as certificates correct them: one reading a time counts, block by block, by arrays or an engine.

What counts among late, repeated and conflicting readings is said by `suyuan.lake.marks`; which certificate by the
corrections and the knowledge time that are handed in. Nothing of it is written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.asof import corrected_sums
from suyuan.lake.marks import Marked, marked
from suyuan.lake.readings import open_on, untimed_of
from suyuan.lake.running import Running
from suyuan.lake.said import COLUMN, Spoken, marked_on, spoken
from suyuan.lake.table import Lake
from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.series.asof import Subject, Windows, windows
from suyuan.series.asof_columns import corrected
from suyuan.series.block import Block
from suyuan.series.gathered import Gathered, together
from suyuan.series.gathering import gather_views
from suyuan.series.periods import Periods
from suyuan.series.quality import use
from suyuan.series.stream import Stream
from suyuan.series.view import View, correct, with_marks
from suyuan.series.windows_table import Source, Table


@dataclass(frozen=True, slots=True)
class Span:
    """Which readings: of one stream, first ≤ time < last in µs (None: open); version: of the lake, the newest where
    None; rule: which of several readings of a time counts; u: standard uncertainty that each reading has of its own, in
    the stream's unit, where its block states none (None: not known); usable: rule of use, which says whether flagged
    readings count, the default where None."""

    stream: str
    first: int | None = None
    last: int | None = None
    version: int | None = None
    rule: str | None = None
    u: float | None = None
    usable: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Counting:
    """The readings of a span that count, as blocks; marked: all that were kept; source: what was read, as text;
    places: where the readings of each block stand among all that were kept; said: by whom what is said against any;
    untimed: readings of the stream without a time, which are in no span."""

    stream: Stream
    blocks: tuple[Block, ...]
    marked: Marked
    source: str
    places: tuple[NDArray[np.int64], ...]
    said: Spoken
    untimed: int = 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Readings that are late, repeated or in conflict, and those without a time."""
        return (*self.marked.findings, *without_time(self.stream.id, self.untimed))


def stream_of(lake: Lake, name: str) -> Stream:
    """The stream of an id. Raises Refused for one that is not declared, with those that sound like it."""
    import difflib

    known = {stream.id: stream for stream in lake.streams()}
    if name not in known:
        near = ", ".join(difflib.get_close_matches(name, known, 3, 0.4) or list(known)[:5])
        raise Refused(finding("lake.stream.none", name, near=near or "—"))
    return known[name]


def counting(lake: Lake, span: Span) -> Counting:
    """The readings of a span that count, oldest block first. Raises Refused for an unknown stream or rule."""
    stream = stream_of(lake, span.stream)
    found = marked(lake, span.stream, span.first, span.last, rule=span.rule, version=span.version)
    said = spoken(lake, span.stream, span.usable)
    return counted(stream, span, found, said, untimed_of(lake, span.stream, span.version))


def counted(stream: Stream, span: Span, found: Marked, said: Spoken, untimed: int = 0) -> Counting:
    """What counts of readings that are marked, as blocks, oldest first."""
    made, places, read = [], [], []
    for number, where in _places(found):
        row = found.blocks[number]
        read.append(row["digest"])
        places.append(where)
        at: Any = slice(int(where[0]), int(where[-1]) + 1) if where[-1] - where[0] + 1 == len(where) else where
        own = found.u[at]
        stated = not np.isnan(own).any()
        same = stated and bool((own == own[0]).all())
        flag = found.flag[at] if (found.flag[at] >= 0).all() else None
        made.append(
            Block(
                row["stream"], row["instrument"], found.time[at], found.count[at], Decimal(row["resolution"]),
                row["configuration"] or "", found.missing[at], flag,
                ("",) if flag is None else found.legend(number),
                (float(own[0]) if same else own) if stated else None, row["received"] or 0, row["source"] or "",
            )
        )  # fmt: skip
    return Counting(stream, tuple(made), found, source_of(span, read), tuple(places), said, untimed)


def _places(found: Marked) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Number of each block, oldest first, and where its readings that count stand (n,)."""
    taken = np.flatnonzero(found.counts)
    block = found.block[taken]
    if not (block[1:] >= block[:-1]).all():
        order = np.argsort(block, kind="stable")
        taken, block = taken[order], block[order]
    begin = np.flatnonzero(np.append(len(block) > 0, block[1:] != block[:-1]))
    for first, last in zip(begin, [*begin[1:], len(block)], strict=True):
        yield int(block[first]), taken[first:last]


def without_time(stream: str, count: int) -> tuple[Finding, ...]:
    """That readings of a stream have no time, and so are in no result."""
    return (finding("series.readings.untimed", stream, "warning", "", count=count),) if count else ()


def source_of(span: Span, digests: Sequence[str]) -> str:
    """What was read: so that the same sums are the same quantity, whoever made them."""
    asked = [span.stream, span.first, span.last, span.rule, span.u, *([span.usable] if span.usable else [])]
    text = json.dumps([*asked, sorted(digests)])
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def subject_of(stream: Stream, block: Block) -> Subject:
    """What a certificate must be about to count for a block."""
    return Subject.of(stream, block.instrument, block.configuration)


def unit_of(held: Sequence[Windows], stream: Stream) -> str:
    """One unit for the values of several blocks: of the first certificate that gives any, else the stream's."""
    for one in held:
        for window in one.usable:
            correction = one.corrections[window]
            if correction is not None:
                return str(correction.unit)
    return stream.unit


def views(
    found: Counting, corrections: Sequence[Correction], known: int, u: float | None = None, unit: str = "",
    told: int | None = None,
) -> tuple[View, ...]:  # fmt: skip
    """The correction view of each block, all in one unit; u: as in `Span`.

    What a rule of use takes out follows from the flags that were known at `known`; told: moment in µs whose flags are
    shown beside the readings, `known` where None.
    """
    subjects = [subject_of(found.stream, block) for block in found.blocks]
    held = {subject: windows(corrections, known, subject) for subject in dict.fromkeys(subjects)}
    target = unit or unit_of(list(held.values()), found.stream)
    seen = [
        correct(block, found.stream, held[subject], random=u, unit=target)
        for block, subject in zip(found.blocks, subjects, strict=True)
    ]
    marks = _marks(found, known, known if told is None else told)
    if marks is None:
        return tuple(seen)
    out = marks >= use.OUT
    return tuple(with_marks(view, marks[at], out[at]) for view, at in zip(seen, found.places, strict=True))


def _marks(found: Counting, known: int, told: int) -> NDArray[np.uint8] | None:
    """The marks of all readings that were kept: who speaks at `told`, what is taken out at `known`."""
    marks = found.said.until(known).marks(found.marked)
    if told == known:
        return marks
    later = found.said.until(told).marks(found.marked)
    if marks is None or later is None:
        return later if marks is None else marks & np.uint8(use.OUT)
    return np.asarray((later & np.uint8(use.OUT - 1)) | (marks & np.uint8(use.OUT)))


def sums(found: Counting, seen: Sequence[View], periods: Periods | None) -> Gathered:
    """The sums of views by period. Raises Refused where no reading counts."""
    if not seen:
        raise Refused(finding("series.sums.none", found.stream.id))
    return gather_views(seen, periods, sources=[found.source] * len(seen))


def sums_on(
    engine: Running, lake: Lake, span: Span, corrections: Sequence[Correction], known: int, periods: Periods | None
) -> Gathered:
    """The same by an engine: readings stay where they are, only sums come back, and who speaks against them goes there.

    Raises Refused as `corrected_sums`, for an unknown stream, and where no reading counts.
    """
    stream = stream_of(lake, span.stream)
    standing = open_on(
        lake, engine, streams=[span.stream], first=span.first, last=span.last, version=span.version,
        counting=span.rule or "first",
    )  # fmt: skip
    rows = [row for row in standing.blocks.to_pylist() if meets(row, span)]
    if not rows:
        raise Refused(finding("series.sums.none", span.stream))
    sources = {row["block"]: _source_of(row, stream, span.u) for row in rows}
    held = [windows(corrections, known, s.subject) for s in {id(s): s for s in sources.values()}.values()]
    ends = [(max(row["first"], span.first or row["first"]), min(row["last"], span.last or row["last"])) for row in rows]
    said = spoken(lake, span.stream, span.usable).until(known)
    name = marked_on(engine, "readings", rows, said)
    table = Table(
        name or "readings", key="block", text=False, u="u", mark=COLUMN if name else "",
        span=(min(a for a, _ in ends), max(b for _, b in ends)),
        version=source_of(span, [row["digest"] for row in rows]),
    )  # fmt: skip
    query = corrected(sources, corrections, known, periods, unit_of(held, stream), table, statuses=True)
    answers = corrected_sums(engine, query)
    if not answers:
        raise Refused(finding("series.sums.none", span.stream))
    return replace(together(answers.values()), source=table.version)


def meets(row: Mapping[str, Any], span: Span) -> bool:
    """Whether a block may have readings in a span."""
    if row["stream"] != span.stream or row["first"] is None:
        return False
    return (span.last is None or row["first"] < span.last) and (span.first is None or row["last"] >= span.first)


def _source_of(row: Mapping[str, Any], stream: Stream, u: float | None) -> Source:
    return Source(
        stream, Subject.of(stream, row["instrument"], row["configuration"] or ""), Decimal(row["resolution"]),
        row["u"] if row["u"] is not None else u,
    )  # fmt: skip
