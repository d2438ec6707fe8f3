"""What a quality rule saw: one observation however many readings it concerns, with its place and the rule's version.

A million bad readings are a number, some spans of time for people, and runs of rows for the flags that are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Finding, Severity, finding
from suyuan.quantity.table import Row
from suyuan.series.block import NO_TIME
from suyuan.series.dataset.moment import text_of
from suyuan.series.quality.examined import Bools, Examined, Ints

MOST = 100
"""Spans that an observation names at most; beyond, those that lie nearest to one another are told as one."""


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Stretches of time, in order, that hold all readings concerned. first, last (s,): µs, of the first and the last
    reading concerned, `NO_TIME` where not known; readings (s,): how many are concerned; among (s,): of how many."""

    first: Ints
    last: Ints
    readings: Ints
    among: Ints

    def __len__(self) -> int:
        return len(self.first)


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Rows of blocks without a gap. block (r,): position among the blocks examined; first, last (r,): rows, the latter
    the first that is not concerned."""

    block: Ints
    first: Ints
    last: Ints

    def __len__(self) -> int:
        return len(self.block)


@dataclass(frozen=True, eq=False)
class Observation:
    """What one rule saw in one stream.

    rule, version: of the row that was applied; stream; readings: how many are concerned; spans: where, for people;
    runs: exactly which, for flags; finding: the same in words. An observation about the stream itself (its unit, its
    certificates) concerns all readings that it makes doubtful.
    """

    rule: str
    version: int
    stream: str
    readings: int
    spans: Spans
    runs: Runs
    finding: Finding

    @property
    def first(self) -> int | None:
        """µs, of the first reading with a time that is concerned."""
        known = self.spans.first[self.spans.first != NO_TIME]
        return int(known.min()) if known.size else None

    @property
    def last(self) -> int | None:
        """µs, of the last one."""
        known = self.spans.last[self.spans.last != NO_TIME]
        return int(known.max()) if known.size else None

    def to_json(self) -> dict[str, Any]:
        """The observation for programs; spans as ISO 8601."""
        spans = zip(self.spans.first.tolist(), self.spans.last.tolist(), self.spans.readings.tolist(),
                    self.spans.among.tolist(), strict=True)  # fmt: skip
        return {
            "rule": self.rule, "version": self.version, "stream": self.stream, "readings": self.readings,
            "severity": self.finding.severity, "finding": self.finding,
            "spans": [{"first": _text(a), "last": _text(b), "readings": n, "among": m} for a, b, n, m in spans],
        }  # fmt: skip


def _text(time: int) -> str | None:
    return None if time == NO_TIME else text_of(time)


def ruled(row: Row) -> str:
    """How a finding names a rule: id, version, source, and the status where it is not confirmed."""
    known = row["status"] in ("confirmed", "recomputed")
    return f"{row['id']}@{row['version']} · {row['source']}" + ("" if known else f" ({row['status']})")


def seen(
    subject: Examined, row: Row, concerned: Bools, code: str, severity: Severity | None = None, **parameters: Any
) -> tuple[Observation, ...]:
    """One observation about some readings, or none where no reading is concerned.

    concerned (n,): in the order of the columns; code: of the finding, which has the parameters count and rows besides;
    severity: the row's where None.
    """
    count = int(np.count_nonzero(concerned))
    if not count:
        return ()
    spans = spans_of(subject, concerned)
    timed = spans.first != NO_TIME
    place = _place(subject.stream.id, spans.first[timed], spans.last[timed])
    given = {"count": count, "rows": len(subject), **parameters}
    item = finding(code, place, severity or row["severity"], ruled(row), **given)
    runs = runs_of(subject, concerned)
    return (Observation(str(row["id"]), int(row["version"]), subject.stream.id, count, spans, runs, item),)


def _place(stream: str, first: Ints, last: Ints) -> str:
    if not first.size:
        return stream
    begin, end = int(first.min()), int(last.max())
    span = text_of(begin) if begin == end else f"{text_of(begin)} … {text_of(end)}"
    return f"{stream}: {span}"


def spans_of(subject: Examined, concerned: Bools, most: int = MOST) -> Spans:
    """The stretches of time in which some readings lie, at most `most` of them; those without a time are one more."""
    time = subject.course[0]
    whole = len(subject.ordered) == len(subject) and subject.course[0] is subject.time
    at = np.flatnonzero(concerned if whole else concerned[subject.ordered])
    timeless = int(np.count_nonzero(concerned)) - len(at)
    parts: list[NDArray[np.int64]] = [np.zeros((4, 0), np.int64)]
    if timeless:
        parts.append(np.array([[NO_TIME], [NO_TIME], [timeless], [timeless]], np.int64))
    if len(at):
        cuts = np.flatnonzero(np.diff(at) > 1)
        if len(cuts) >= most:
            gap = time[at[cuts + 1]] - time[at[cuts]]
            cuts = np.sort(cuts[np.argpartition(gap, len(gap) - most + 1)[len(gap) - most + 1 :]])
        begin, end = np.append(0, cuts + 1), np.append(cuts, len(at) - 1)
        parts.append(np.stack([time[at[begin]], time[at[end]], end - begin + 1, at[end] - at[begin] + 1]))
    return Spans(*np.concatenate(parts, axis=1))


def runs_of(subject: Examined, concerned: Bools) -> Runs:
    """The rows of blocks in which some readings lie, without a gap."""
    at = np.flatnonzero(concerned)
    if not len(at):
        return Runs(*(np.zeros(0, np.int64) for _ in range(3)))
    block = np.searchsorted(subject.starts, at, side="right") - 1 if len(subject.blocks) > 1 else np.zeros_like(at)
    new = np.flatnonzero((np.diff(at) > 1) | (np.diff(block) > 0)) + 1
    begin, end = np.append(0, new), np.append(new, len(at)) - 1
    owner = block[begin]
    return Runs(owner, at[begin] - subject.starts[owner], at[end] - subject.starts[owner] + 1)


def in_order(subject: Examined, concerned: Bools) -> Bools:
    """A mask over the course of time as a mask over the columns."""
    if subject.course[0] is subject.time:
        return concerned
    found = np.zeros(len(subject), np.bool_)
    found[subject.ordered] = concerned
    return found


def numbered(numbers: Sequence[float], most: int = 5) -> str:
    """A few numbers as text."""
    return ", ".join(f"{x:g}" for x in numbers[:most]) + (", …" if len(numbers) > most else "")
