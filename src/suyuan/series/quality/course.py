"""Rules about the course of a stream: frozen, repeated, its clock, gaps, completeness, spikes.

A rule about values looks at readings with a time and a value, in the order of time. That a reading stands out says
«look»: whether the device is wrong or the world was is for a check measurement to say.
"""

from __future__ import annotations

import math

import numpy as np

from suyuan.series.block import NO_TIME
from suyuan.series.periods import HOUR, SECOND, Periods, offsets
from suyuan.series.quality.examined import Bools, Examined, Floats, Ints
from suyuan.series.quality.marks import meanings
from suyuan.series.quality.observed import Observation, in_order, seen
from suyuan.series.quality.rows import rule


def _valued(subject: Examined) -> tuple[Ints, Floats, Ints | None]:
    """Time and value of readings that have both, in the order of time, and their places in it (None: all).

    Of several readings of one time the first: a repeated delivery is told as one, and makes no run and no spread.
    """
    time, value = subject.course
    known = ~np.isnan(value)
    if known.all() and bool((time[1:] != time[:-1]).all()):
        return time, value, None
    at = np.flatnonzero(known)
    at = at[np.append(True, time[at[1:]] != time[at[:-1]])] if len(at) else at
    return time[at], value[at], at


def _spread(subject: Examined, mask: Bools, at: Ints | None) -> Bools:
    """A mask over the readings of `_valued` as one over the columns."""
    if at is not None:
        wide = np.zeros(len(subject.ordered), np.bool_)
        wide[at] = mask
        mask = wide
    return in_order(subject, mask)


# ---------------------------------------------------------------- values


def frozen(subject: Examined) -> tuple[Observation, ...]:
    """A value that stays the same too long for its own resolution.

    With p the share of successive readings that are equal (by the median run, so that one long run does not hide
    itself), chance makes a run of more than ln(α/n)/ln p in n readings with probability α; a run must besides have
    `least` readings and last `seconds`. Runs at exactly zero (a plant that stands still) are told as a note.
    """
    row = rule("frozen", subject.day)
    time, value, at = _valued(subject)
    if len(value) < 2:
        return ()
    edges = np.flatnonzero(value[1:] != value[:-1]) + 1
    begin, end = np.append(0, edges), np.append(edges, len(value))
    length = end - begin
    limit = run_limit(length, float(row["alpha"]), int(row["least"]))
    long = (length > limit) & (time[end - 1] - time[begin] >= float(row["seconds"]) * SECOND)
    found: list[Observation] = []
    for zero in (False, True):
        some = long & ((value[begin] == 0.0) == zero)
        if not some.any():
            continue
        change = np.zeros(len(value) + 1, np.int8)
        change[begin[some]] += 1
        change[end[some]] -= 1
        mask = np.cumsum(change[:-1], dtype=np.int8) > 0
        worst = int(np.argmax(np.where(some, length, 0)))
        about = {"runs": int(some.sum()), "longest": int(length[worst]), "value": f"{value[begin[worst]]:g}",
                 "unit": subject.stream.unit, "limit": int(limit), "resolution": f"{subject.resolution:g}"}  # fmt: skip
        found += seen(subject, row, _spread(subject, mask, at), "series_quality.frozen.value",
                      "note" if zero else None, **about)  # fmt: skip
    return tuple(found)


def run_limit(length: Ints, alpha: float, least: int) -> float:
    """The length up to which runs of equal readings are told to be chance; see `frozen`.

    length (r,): of all runs of a stream. Fewer than three runs say nothing of what is usual: `least` counts.

    >>> run_limit(np.ones(1000, int), 0.001, 20), round(run_limit(np.full(300, 5), 0.001, 20))
    (20.0, 64)
    """
    usual = float(np.median(length)) if len(length) > 2 else 1.0
    if usual <= 1.0:
        return float(least)
    return max(float(least), math.log(alpha / float(length.sum())) / math.log(1.0 - 1.0 / usual))


def spike(subject: Examined) -> tuple[Observation, ...]:
    """Readings far from the median of their neighbours (Hampel): |x − median| > times·s. It says «look».

    The median is taken over `window` readings. s is the largest of 1.4826·MAD of what is left, 1.4826·MAD of successive
    differences divided by √2 (both over `scale` readings), and the resolution: where a trend is steep, a reading is
    often its own median, and the first alone would be too small.
    """
    from scipy.ndimage import median_filter

    row = rule("spike", subject.day)
    _, value, at = _valued(subject)
    window, scale = int(row["window"]), int(row["scale"])
    if len(value) < scale:
        return ()
    away = np.abs(value - median_filter(value, window))
    jump = np.abs(np.diff(value, append=value[-1:]))
    spread = np.maximum(median_filter(away, scale), median_filter(jump, scale) / math.sqrt(2.0))
    spread = np.maximum(1.4826 * spread, subject.resolution)
    mask = away > float(row["times"]) * spread
    if not mask.any():
        return ()
    ratio = away[mask] / spread[mask]
    return seen(subject, row, _spread(subject, mask, at), "series_quality.spike.look", window=window,
                times=f"{float(row['times']):g}", worst=f"{float(ratio.max()):.3g}")  # fmt: skip


# ---------------------------------------------------------------- several readings of one time


def _again(subject: Examined) -> tuple[Bools, Bools]:
    """Readings that repeat an earlier one of their time, and those of times with different values; in time order."""
    time, value = subject.course
    size = len(time)
    twin = time[1:] == time[:-1]
    same, differs = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    if not twin.any():
        return same, differs
    near = np.zeros(size, np.bool_)
    near[1:] |= twin
    near[:-1] |= twin
    at = np.flatnonzero(near)
    at = at[~np.isnan(value[at])]  # a missing reading neither repeats nor contradicts
    if not len(at):
        return same, differs
    t, v = time[at], value[at]
    first = np.append(0, np.flatnonzero(np.diff(t)) + 1)
    low, high = np.minimum.reduceat(v, first), np.maximum.reduceat(v, first)
    sizes = np.diff(np.append(first, len(t)))
    differs[at] = np.repeat(low < high, sizes)
    order = np.lexsort((np.arange(len(t)), v, t))
    repeated = np.append(False, (t[order][1:] == t[order][:-1]) & (v[order][1:] == v[order][:-1]))
    same[at[order[repeated]]] = True
    return same, differs


def duplicate_same(subject: Examined) -> tuple[Observation, ...]:
    """Readings that repeat the value of a time; one of them is the reading, the others are told."""
    row = rule("duplicate_same", subject.day)
    mask = in_order(subject, _again(subject)[0])
    return seen(subject, row, mask, "series_quality.duplicate.same")


def duplicate_differs(subject: Examined) -> tuple[Observation, ...]:
    """All readings of a time for which there are different values."""
    row = rule("duplicate_differs", subject.day)
    mask = in_order(subject, _again(subject)[1])
    return seen(subject, row, mask, "series_quality.duplicate.differs", times=len(np.unique(subject.time[mask])))


# ---------------------------------------------------------------- the clock


def clock_unknown(subject: Examined) -> tuple[Observation, ...]:
    """Readings without a time."""
    row = rule("clock_unknown", subject.day)
    return seen(subject, row, subject.time == NO_TIME, "series_quality.clock.unknown")


def clock_back(subject: Examined) -> tuple[Observation, ...]:
    """Readings that a block gives after one of a later time."""
    row = rule("clock_back", subject.day)
    mask, far = np.zeros(len(subject), np.bool_), 0
    for number, block in enumerate(subject.blocks):
        time = block.time
        if len(time) < 2 or bool((time[1:] >= time[:-1]).all()):
            continue
        reached = np.maximum.accumulate(time)
        back = (time < reached) & (time != NO_TIME)
        mask[subject.starts[number] : subject.starts[number + 1]] = back
        far = max(far, int((reached - time)[back].max(initial=0)))
    return seen(subject, row, mask, "series_quality.clock.back", seconds=f"{far / SECOND:g}")


def clock_future(subject: Examined) -> tuple[Observation, ...]:
    """Readings of a time after the moment when they were known, or after now."""
    row = rule("clock_future", subject.day)
    slack = round(float(row["seconds"]) * SECOND)
    mask, far = np.zeros(len(subject), np.bool_), 0
    for number, block in enumerate(subject.blocks):
        limit = min(block.received or subject.around.now, subject.around.now)
        late = block.time > limit + slack
        mask[subject.starts[number] : subject.starts[number + 1]] = late
        far = max(far, int(block.time[late].max(initial=limit)) - limit)
    return seen(subject, row, mask, "series_quality.clock.future", seconds=f"{far / SECOND:g}")


def clock_unsynchronised(subject: Examined) -> tuple[Observation, ...]:
    """Readings whose device says that its clock was not synchronised."""
    row = rule("clock_unsynchronised", subject.day)
    mask = subject.marked(lambda text, day: "clock" in meanings(text, day))
    return seen(subject, row, mask, "series_quality.clock.unsynchronised")


def clock_gap(subject: Examined) -> tuple[Observation, ...]:
    """Steps longer than `times` the sampling; the readings before and after each gap are named.

    Readings without a time that a block has between the two are there, and fill as many steps: `clock_unknown` tells of
    them.
    """
    row, sampling = rule("clock_gap", subject.day), subject.stream.sampling
    time = subject.course[0]
    if sampling is None or len(time) < 2:
        return ()
    step = np.diff(time) - _untimed_between(subject) * round(sampling * SECOND)
    gap = step > float(row["times"]) * sampling * SECOND
    if not gap.any():
        return ()
    mask = np.zeros(len(time), np.bool_)
    mask[1:] |= gap
    mask[:-1] |= gap
    lost = np.rint(step[gap] / (sampling * SECOND)) - 1.0
    return seen(subject, row, in_order(subject, mask), "series_quality.clock.gap", gaps=int(gap.sum()),
                lost=int(lost.sum()), longest=f"{float(step[gap].max()) / SECOND:g}")  # fmt: skip


def _untimed_between(subject: Examined) -> Ints:
    """How many readings without a time stand between each one and the next in the order of time, in their block."""
    at, untimed = subject.ordered, subject.time == NO_TIME
    if not untimed.any():
        return np.zeros(len(at) - 1, np.int64)
    before, after = at[:-1], at[1:]
    count = np.append(0, np.cumsum(untimed))
    between = count[after] - count[before]
    alone = between == after - before - 1  # nothing else stands between them
    block = np.searchsorted(subject.starts, at, side="right")
    return np.where(alone & (after > before) & (block[:-1] == block[1:]), between, 0)


def clock_doubled(subject: Examined) -> tuple[Observation, ...]:
    """The hour that clocks show twice, told once: one of its two hours is empty and the other has twice its readings.

    So it looks where local times were taken for one offset when clocks were set back.
    """
    row, sampling = rule("clock_doubled", subject.day), subject.stream.sampling
    time = subject.course[0]
    if sampling is None or len(time) < 2:
        return ()
    stretch = offsets(subject.around.zone, int(time[0]), int(time[-1]))
    mask = np.zeros(len(time), np.bool_)
    turns = 0
    for moment, before, after in zip(stretch.begin[1:], stretch.shift[:-1], stretch.shift[1:], strict=True):
        double = int(before - after)
        if double <= 0:
            continue
        cuts = np.searchsorted(time, [moment - double, moment, moment + double])
        first, second = int(cuts[1] - cuts[0]), int(cuts[2] - cuts[1])
        expected = double / SECOND / sampling
        if min(first, second) == 0 and max(first, second) >= float(row["times"]) * expected:
            mask[cuts[0] : cuts[2]] = True
            turns += 1
    return seen(subject, row, in_order(subject, mask), "series_quality.clock.doubled", turns=turns,
                zone=subject.around.zone)  # fmt: skip


# ---------------------------------------------------------------- completeness


def completeness(subject: Examined) -> tuple[Observation, ...]:
    """Periods with fewer than `least` of the readings that the sampling promises.

    The first and the last period count from the first and to the last reading. Periods without any reading lie between
    two readings that are named with them.
    """
    row, sampling = rule("completeness", subject.day), subject.stream.sampling
    time, value = subject.course
    if sampling is None or not len(time):
        return ()
    periods = Periods(row["period"], subject.around.zone)
    number = periods.number(time)
    new = np.append(0, np.flatnonzero(np.diff(number)) + 1)
    some = number[new]
    valued = np.add.reduceat((~np.isnan(value)).astype(np.int64), new)
    begin, end = periods.bounds(some)
    step = round(sampling * SECOND)
    span = np.minimum(end, int(time[-1]) + step) - np.maximum(begin, int(time[0]))
    expected = span / step
    poor = valued < float(row["least"]) * expected - 1e-9
    empty = np.flatnonzero(np.diff(some) > (1.5 if periods.kind == "day" else 1.5 * HOUR))
    mask = np.repeat(poor, np.diff(np.append(new, len(time))))
    for at in empty:
        mask[new[at + 1] - 1 : new[at + 1] + 1] = True
    without = int(sum(some[at + 1] - some[at] - 1 for at in empty)) if periods.kind == "day" else len(empty)
    least = float(np.min(np.where(poor, valued / np.maximum(expected, 1e-9), np.inf), initial=np.inf))
    return seen(subject, row, in_order(subject, mask), "series_quality.completeness.low", periods=int(poor.sum()),
                of=len(some), empty=without, share=f"{100.0 * min(least, 1.0):.0f}",
                least=f"{100.0 * float(row['least']):g}")  # fmt: skip
