"""What a change of certificates does to a stream of a lake: readings, hours, days and the whole, before and after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.corrected import Counting, subject_of, sums, unit_of, views
from suyuan.lake.table import Lake
from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Refused
from suyuan.quantity.quantity import Quantity
from suyuan.series.asof import Subject, windows
from suyuan.series.changed import Change, Changed, ChangedPeriods, Stretch, changed, changed_periods, differing
from suyuan.series.periods import Periods
from suyuan.series.summary import Resampled, mean, resample


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What is known: corrections, as known at a moment in µs."""

    corrections: tuple[Correction, ...]
    known: int


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """A summary before and after; None where there is none. ratio: |Δ|/u of the earlier, infinite where it is gone."""

    kind: str
    before: Quantity | None
    after: Quantity | None
    ratio: float


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """What changed in a stream. blocks: of readings that changed; counts: `Change` → readings; stretches: worst first;
    periods: hours or days that changed, by kind; mean: of all readings; times: µs, of the readings that changed,
    ascending; unit: of all values."""

    stream: str
    unit: str
    blocks: tuple[Changed, ...]
    stretches: tuple[Stretch, ...]
    periods: dict[str, ChangedPeriods]
    mean: Summary | None
    times: NDArray[np.int64]

    @property
    def counts(self) -> dict[Change, int]:
        """`Change` → readings."""
        return {c: n for c in Change if (n := sum(one.counts.get(c, 0) for one in self.blocks))}

    @property
    def worst(self) -> float:
        """The largest |Δ|/u of a reading; infinite where a value is gone."""
        return max((float(one.ratio.max(initial=0.0)) for one in self.blocks), default=0.0)


def effect(
    found: Counting, before: State, after: State, periods: Iterable[Periods] = (), u: float | None = None
) -> Effect:
    """Readings, periods and the mean of a span, under two states of knowledge.

    periods: hours and days that are compared; u: what each reading has of its own, where its block says nothing.
    """
    held = [
        [windows(state.corrections, state.known, subject_of(found.stream, block)) for state in (before, after)]
        for block in found.blocks
    ]
    unit = unit_of([one for pair in held for one in pair], found.stream)
    blocks = tuple(
        changed(block, found.stream, a, b, random=u, unit=unit)
        for block, (a, b) in zip(found.blocks, held, strict=True)
    )  # fmt: skip
    times = np.concatenate([b.time[c.at] for b, c in zip(found.blocks, blocks, strict=True)] or [np.zeros(0, np.int64)])
    stretches = sorted((s for one in blocks for s in one.stretches), key=lambda s: (-s.worst, s.start))
    by_kind: dict[str, ChangedPeriods] = {}
    for one in periods:
        pair = [_resampled(found, state, one, u, unit) for state in (before, after)]
        if pair[0] is not None and pair[1] is not None:
            by_kind[one.kind] = changed_periods(pair[0], pair[1])
    return Effect(
        found.stream.id, unit, blocks, tuple(stretches), by_kind, _means(found, before, after, u, unit),
        np.sort(times),
    )  # fmt: skip


def _resampled(found: Counting, state: State, periods: Periods, u: float | None, unit: str) -> Resampled | None:
    seen = views(found, state.corrections, state.known, u, unit)
    try:
        return resample(sums(found, seen, periods), found.stream, None)
    except Refused:
        return None  # nothing is known of what readings have of their own: then readings alone are compared


def _means(found: Counting, before: State, after: State, u: float | None, unit: str) -> Summary | None:
    pair = [_mean(found, state, u, unit) for state in (before, after)]
    old, new = pair
    if old is None and new is None:
        return None
    ratio = 0.0
    if old is not None and new is None:
        ratio = float("inf")
    elif old is not None and new is not None and float(old.u) > 0.0:
        ratio = abs(float(new.value) - float(old.value)) / float(old.u)
    return Summary("mean", old, new, ratio)


def _mean(found: Counting, state: State, u: float | None, unit: str) -> Quantity | None:
    try:
        return mean(sums(found, views(found, state.corrections, state.known, u, unit), None))
    except Refused:
        return None


def value_of(q: Quantity | None) -> tuple[float | None, float | None]:
    """Value and u as plain numbers; None for none."""
    return (None, None) if q is None else (float(q.value), float(q.u))


def touched_streams(lake: Lake, before: State, after: State) -> tuple[str, ...]:
    """The streams of which some reading may be corrected differently; no reading is opened for this."""
    places = {stream.id: stream.place for stream in lake.streams()}
    spans: dict[tuple[str, Subject], tuple[int, int]] = {}
    for row in lake.blocks().to_pylist():
        if row["first"] is None or row["stream"] not in places:
            continue
        subject = Subject(row["instrument"], row["configuration"] or "", places[row["stream"]])
        low, high = spans.get((row["stream"], subject), (row["first"], row["last"]))
        spans[row["stream"], subject] = (min(low, row["first"]), max(high, row["last"]))
    by_subject: dict[Subject, list[tuple[int, int]]] = {}
    found: dict[str, None] = {}
    for (name, subject), (low, high) in spans.items():
        if subject not in by_subject:
            a, b = (windows(state.corrections, state.known, subject) for state in (before, after))
            by_subject[subject] = [(start, end) for start, end, _, _ in differing(a, b)]
        if any(start <= high and end > low for start, end in by_subject[subject]):
            found[name] = None
    return tuple(found)
