"""What a change of certificates does to a stream of a lake: readings, hours, days and the whole, before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.corrected import Counting, subject_of, sums, unit_of, views
from suyuan.lake.table import Lake
from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Finding, Refused, finding, sentences
from suyuan.series.asof import FIRST, LAST, Status, Subject, unfit, windows
from suyuan.series.block import without
from suyuan.series.changed import (
    Change,
    Changed,
    ChangedPeriods,
    Means,
    Stretch,
    changed,
    changed_periods,
    differing,
    largest,
    means_of,
)
from suyuan.series.periods import Periods
from suyuan.series.view import View


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What is known: corrections, as known at a moment in µs."""

    corrections: tuple[Correction, ...]
    known: int


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean, and its standard uncertainty: None where it is not known."""

    value: float
    u: float | None


Pair = tuple[Mean | None, Mean | None]


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """A summary before and after; None where there is none. readings: all that count; valued: those with a value,
    before and after; both: those with one before and after; same: the summary of these alone, before and after.
    ratio: |Δ|/u of the earlier over these readings, infinite where no reading is left to compare, NaN where u is not
    known."""

    kind: str
    before: Mean | None
    after: Mean | None
    readings: int
    valued: tuple[int, int]
    both: int
    same: Pair
    ratio: float

    @property
    def gone(self) -> int:
        """Readings that have no value any more."""
        return self.valued[0] - self.both

    @property
    def came(self) -> int:
        """Readings that had none before."""
        return self.valued[1] - self.both


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """What changed in a stream. blocks: of readings that changed; counts: `Change` → readings; stretches: worst first;
    periods: hours or days that changed, by kind; mean: of all readings; times: µs, of the readings that changed,
    ascending; unit: of all values; findings: why an uncertainty is not known."""

    stream: str
    unit: str
    blocks: tuple[Changed, ...]
    stretches: tuple[Stretch, ...]
    periods: dict[str, ChangedPeriods]
    mean: Summary | None
    times: NDArray[np.int64]
    findings: tuple[Finding, ...] = ()

    @property
    def counts(self) -> dict[Change, int]:
        """`Change` → readings."""
        return {c: n for c in Change if (n := sum(one.counts.get(c, 0) for one in self.blocks))}

    @property
    def worst(self) -> float:
        """The largest |Δ|/u of a reading; infinite where a value is gone."""
        return max((largest(one.ratio) for one in self.blocks), default=0.0)


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

    def corrected(some: Counting) -> _Two:
        return _Two(some, [views(some, state.corrections, state.known, u, unit) for state in (before, after)])

    whole = corrected(found)
    part = whole.same()
    same = None if part is None else corrected(part)
    by_kind: dict[str, ChangedPeriods] = {}
    told = list(whole.without_u())
    for one in periods:
        if whole.found.blocks:
            pair = whole.means(one)
            by_kind[one.kind] = changed_periods(*pair, None if same is None else same.means(one))
            told += [f for made in pair for f in made.why]
    return Effect(
        found.stream.id, unit, blocks, tuple(stretches), by_kind, _means(whole, same), np.sort(times),
        tuple(dict.fromkeys(told)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Two:
    """Readings as corrected before and after."""

    found: Counting
    seen: Sequence[tuple[View, ...]]

    def valued(self) -> tuple[int, int]:
        """Readings with a value, before and after."""
        before, after = (sum(int((v.status == Status.VALID).sum()) for v in some) for some in self.seen)
        return before, after

    def same(self) -> Counting | None:
        """Only the readings with a value before and after; None where those are all that have one."""
        both = [(a.status == Status.VALID) & (b.status == Status.VALID) for a, b in zip(*self.seen, strict=True)]
        count = sum(int(one.sum()) for one in both)
        if self.valued() == (count, count):
            return None
        blocks = tuple(without(block, ~one) for block, one in zip(self.found.blocks, both, strict=True))
        return replace(self.found, blocks=blocks, source=f"{self.found.source} same")

    def means(self, periods: Periods | None) -> tuple[Means, Means]:
        """By hours or days, or of all, before and after."""
        before, after = (means_of(sums(self.found, one, periods)) for one in self.seen)
        return before, after

    def whole(self) -> Pair:
        """The mean of all readings, before and after."""
        if not self.found.blocks:
            return None, None
        before, after = (_mean(one) for one in self.means(None))
        return before, after

    def without_u(self) -> tuple[Finding, ...]:
        """How many readings with a value have no stated uncertainty of their own, and since when."""
        times = []
        for a, b in zip(*self.seen, strict=True):
            if a.random_of_reading is None:
                some = (a.status == Status.VALID) | (b.status == Status.VALID)
                times.append(a.block.time[some])
        every = np.concatenate(times or [np.zeros(0, np.int64)])
        if not len(every):
            return ()
        first = f"{np.datetime64(int(every.min()), 'us').astype('datetime64[s]')}Z"
        stream = self.found.stream.id
        about: dict[str, Any] = {"count": len(every), "first": first, "stream": stream}
        return (finding("lake.effect.u_unknown", stream, "warning", **about),)


def _mean(made: Means) -> Mean | None:
    """The one mean; None where no reading has a value."""
    if not len(made.value) or np.isnan(made.value[0]):
        return None
    return Mean(float(made.value[0]), None if np.isnan(made.u[0]) else float(made.u[0]))


def _means(whole: _Two, same: _Two | None) -> Summary | None:
    """The mean of all readings before and after, and what changes where the same readings have a value."""
    before, after = whole.whole()
    if before is None and after is None:
        return None
    valued, alike = whole.valued(), whole if same is None else same
    old, new = alike.whole()
    ratio = 0.0
    if before is not None and (old is None or new is None):
        ratio = float("inf")
    elif old is not None and new is not None and new.value != old.value:
        ratio = float("nan") if old.u is None else abs(new.value - old.value) / old.u if old.u > 0.0 else 0.0
    readings = sum(len(block) for block in whole.found.blocks)
    return Summary("mean", before, after, readings, valued, alike.valued()[0], (old, new), ratio)


def value_of(mean: Mean | None) -> tuple[float | None, float | None]:
    """Value and u as plain numbers; None for none, and for a u that is not known."""
    return (None, None) if mean is None else (mean.value, mean.u)


def touched_streams(lake: Lake, before: State, after: State) -> tuple[str, ...]:
    """The streams of which some reading may be corrected differently; no reading is opened for this."""
    held = [_by_instrument(state.corrections) for state in (before, after)]
    found: dict[str, None] = {}
    for subject, (low, high) in spans(lake).items():
        some = [by.get(subject.instrument, ()) for by in held]
        if not some[0] and not some[1]:
            continue
        a, b = (windows(one, state.known, subject) for one, state in zip(some, (before, after), strict=True))
        if any(start <= high and end > low for start, end, _, _ in differing(a, b)):
            found[subject.stream] = None
    return tuple(found)


def spans(lake: Lake) -> dict[Subject, tuple[int, int]]:
    """What certificates must be about for the readings of a lake, with the first and the last time of those; µs."""
    streams = {stream.id: stream for stream in lake.streams()}
    found: dict[Subject, tuple[int, int]] = {}
    for row in lake.blocks().to_pylist():
        if row["first"] is None or row["stream"] not in streams:
            continue
        subject = Subject.of(streams[row["stream"]], row["instrument"], row["configuration"] or "")
        low, high = found.get(subject, (row["first"], row["last"]))
        found[subject] = (min(low, row["first"]), max(high, row["last"]))
    return found


@dataclass(frozen=True, slots=True)
class Resting:
    """Readings of a stream that a certificate corrects; first, last: µs, of the span in which it counts for them."""

    stream: str
    instrument: str
    certificate: str
    first: int
    last: int


def resting(lake: Lake, some: Iterable[Correction], state: State) -> tuple[Resting, ...]:
    """The streams that rest on some corrections, by stream and time; no reading is opened for this."""
    ids, held = {one.id for one in some}, _by_instrument(state.corrections)
    found: dict[tuple[str, str, str], tuple[int, int]] = {}
    for subject, (low, high) in spans(lake).items():
        seen = windows(held.get(subject.instrument, ()), state.known, subject)
        for at in seen.usable:
            one, start, end = seen.corrections[at], int(seen.start[at]), int(seen.end[at])
            if one is None or one.id not in ids or start > high or end <= low:
                continue
            key = subject.stream, subject.instrument, one.certificate
            first, last = found.get(key, (LAST, FIRST))
            found[key] = min(first, max(start, low)), max(last, min(end - 1, high))
    return tuple(sorted((Resting(*key, *ends) for key, ends in found.items()), key=lambda r: (r.stream, r.first)))


def unfit_streams(lake: Lake, some: Sequence[Correction], every: Sequence[Correction]) -> tuple[Finding, ...]:
    """Streams whose readings were made with the instrument of some corrections, and whose unit goes with none of every
    one: they are named, and nothing else of them is known."""
    instruments, held = {one.instrument for one in some}, _by_instrument(every)
    mine = [subject for subject in spans(lake) if subject.instrument in instruments]
    return tuple(dict.fromkeys(f for one in mine for f in unfit(held.get(one.instrument, ()), one)))


def not_computable(stream: str, refused: Refused) -> Finding:
    """That the effect on a stream cannot be computed, and why; others are computed all the same."""
    about: dict[str, Any] = {
        f"reason_{language}": "; ".join(sentences(f, language)["what"] for f in refused.findings)
        for language in ("zh", "en")
    }
    return finding("lake.effect.stream", stream, stream=stream, **about)


def _by_instrument(corrections: Iterable[Correction]) -> dict[str, list[Correction]]:
    found: dict[str, list[Correction]] = {}
    for one in corrections:
        found.setdefault(one.instrument, []).append(one)
    return found
