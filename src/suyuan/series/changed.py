"""What a certificate event changes: readings, segments and summaries before and after, worst first.

Before and after are two knowledge times, or two sets of corrections. A value that is gone outweighs any change; a
change is set against the standard uncertainty that the earlier value was given with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Finding, Refused
from suyuan.quantity.formula.formula import Formula
from suyuan.series.asof import Status, Windows
from suyuan.series.block import Block
from suyuan.series.gathered import Gathered
from suyuan.series.stream import Stream
from suyuan.series.view import View, correct

Array = NDArray[Any]


class Change(IntEnum):
    """What became of a value: nothing; |Δ| ≤ u; |Δ| > u; there was one; there is one now; it changed, and u of the
    earlier one is not known."""

    SAME = 0
    BELOW = 1
    MORE = 2
    GONE = 3
    CAME = 4
    U_UNKNOWN = 5

    @property
    def word(self) -> str:
        """The name in small letters, as tables and JSON have it."""
        return self.name.lower()


def classified(before: Array, u: Array, after: Array, differs: Array) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Codes of `Change` (n,), and |Δ|/u (n,): infinite for what is gone, 0 for what came, NaN where u is not known.

    before, after (n,): values, NaN for none; u (n,): of the earlier values, NaN where it is not known; differs (n,):
    anything else did (the certificate, the uncertainty).
    """
    had, has = ~np.isnan(before), ~np.isnan(after)
    change = np.abs(after - before)
    with np.errstate(all="ignore"):
        ratio = np.where(change > 0.0, change / u, 0.0)
    kind = np.where(differs | (change > 0.0), np.where(ratio > 1.0, Change.MORE, Change.BELOW), Change.SAME)
    kind = np.where(np.isnan(ratio), Change.U_UNKNOWN, kind)
    kind = np.where(had & ~has, Change.GONE, np.where(has & ~had, Change.CAME, kind))
    kind = np.where(~had & ~has, Change.SAME, kind)
    ratio = np.where(kind == Change.GONE, np.inf, np.where(kind == Change.CAME, 0.0, ratio))
    return kind.astype(np.int8), ratio


def _rank(ratio: Array) -> Array:
    """By what to sort, the worst first: a ratio that is not known stands between what is more than u and the rest."""
    return -np.where(np.isnan(ratio), 1.0, ratio)


def largest(ratio: Array) -> float:
    """The largest |Δ|/u (n,) that is known; 0 where there is none."""
    return float(np.fmax.reduce(ratio, initial=0.0))


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Readings between two moments whose certificate went from one to another.

    start, end: µs; before, after: names of the certificates, «» for none; statuses: words of `Status`; counts: `Change`
    → readings; worst: the largest |Δ|/u, infinite where a value is gone.
    """

    start: int
    end: int
    before: str
    after: str
    status_before: str
    status_after: str
    counts: dict[Change, int]
    worst: float


@dataclass(frozen=True, slots=True, eq=False)
class Changed:
    """What changed in a block. at (c,): positions of readings that changed, worst first; kind, ratio (c,): as
    `classified`; before, after (c,): values; stretches: worst first."""

    stream: str
    at: NDArray[np.int64]
    kind: NDArray[np.int8]
    ratio: NDArray[np.float64]
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    stretches: tuple[Stretch, ...]

    @property
    def counts(self) -> dict[Change, int]:
        """`Change` → readings, of those that changed."""
        return {change: int((self.kind == change).sum()) for change in Change if (self.kind == change).any()}


def same_correction(a: Correction | None, b: Correction | None) -> bool:
    """Whether two corrections do the same: one object, or one id, model, units, range and parameters."""
    if a is b or a is None or b is None:
        return a is b
    model = a.model == b.model if isinstance(a.model, Formula) else a.model is b.model
    plain = (a.id, a.raw_unit, a.unit, a.range) == (b.id, b.raw_unit, b.unit, b.range)
    if not (model and plain and a.parameters.keys() == b.parameters.keys()):
        return False
    return all(q is b.parameters[name] or q.same_as(b.parameters[name], 0.0) for name, q in a.parameters.items())


def differing(before: Windows, after: Windows) -> list[tuple[int, int, int, int]]:
    """(start, end, window before, window after) of every stretch of time in which the certificate or its standing
    differs; neighbours that differ in the same way are one."""
    edges = np.union1d(before.start, after.start)
    ends = np.append(edges[1:], before.end[-1])
    found: list[tuple[int, int, int, int]] = []
    for start, end, a, b in zip(edges, ends, before.at(edges), after.at(edges), strict=True):
        if before.status[a] == after.status[b] and same_correction(before.corrections[a], after.corrections[b]):
            continue
        if found and found[-1][1] == start and found[-1][2:] == (a, b):
            found[-1] = (found[-1][0], int(end), int(a), int(b))
        else:
            found.append((int(start), int(end), int(a), int(b)))
    return found


def changed(
    block: Block, stream: Stream, before: Windows, after: Windows, random: float | None = None, unit: str = ""
) -> Changed:
    """The readings of a block that two states of knowledge correct differently; only those are evaluated.

    before, after: windows of the block's subject; random and unit as in `correct`.
    """
    time = block.time if block.order is None else block.time[block.order]
    target = unit or _unit(stream, before, after)
    parts: list[tuple[Array, Array, Array, Array, Array]] = []
    stretches = []
    for start, end, a, b in differing(before, after):
        low, high = np.searchsorted(time, [start, end], side="left")
        if low == high:
            continue
        at = np.arange(low, high) if block.order is None else block.order[low:high]
        piece = _piece(block, at)
        first, second = (correct(piece, stream, held, random=random, unit=target) for held in (before, after))
        kind, ratio = _compared(first, second)
        stretches.append(_stretch(before, after, (start, end, a, b), kind, ratio))
        taken = kind != Change.SAME
        parts.append((at[taken], kind[taken], ratio[taken], first.value[taken], second.value[taken]))
    every: list[Array] = [np.concatenate(c) for c in zip(*parts, strict=True)] if parts else [np.zeros(0)] * 5
    order = np.lexsort((every[0], _rank(every[2]), every[1] == Change.CAME))
    positions, kinds, ratios, old, new = (column[order] for column in every)
    worst = tuple(sorted((s for s in stretches if s.counts), key=lambda s: (-s.worst, s.start)))
    return Changed(stream.id, positions.astype(np.int64), kinds.astype(np.int8), ratios, old, new, worst)


def _unit(stream: Stream, *held: Windows) -> str:
    for one in held:
        for window in one.usable:
            correction = one.corrections[window]
            assert correction is not None
            return str(correction.unit)
    return stream.unit


def _piece(block: Block, at: Array) -> Block:
    """Some readings of a block as one of their own."""
    return Block(
        block.stream, block.instrument, block.time[at], block.count[at], block.resolution, block.configuration,
        None if block.missing is None else block.missing[at],
        u=block.u[at] if isinstance(block.u, np.ndarray) else block.u,
    )  # fmt: skip


def _compared(first: View, second: View) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Both have other certificates in this stretch, so every value that stays is at least touched."""
    return classified(first.value, first.u_known, second.value, np.ones(len(first), dtype=bool))


def _stretch(before: Windows, after: Windows, where: tuple[int, int, int, int], kind: Array, ratio: Array) -> Stretch:
    start, end, a, b = where
    names = [c.certificate if c is not None else "" for c in (before.corrections[a], after.corrections[b])]
    words = [Status(int(w.status[i])).word for w, i in ((before, a), (after, b))]
    counts = {change: int((kind == change).sum()) for change in Change if change and (kind == change).any()}
    return Stretch(start, end, names[0], names[1], words[0], words[1], counts, largest(ratio))


@dataclass(frozen=True, slots=True, eq=False)
class Means:
    """Means by hours or days, or of all readings as one period, as they are compared.

    number (g,): of the periods with a reading, ascending; value, u (g,): NaN where there is none, or u is not known;
    valued, readings (g,): readings with a value, and all; why: what speaks of u that is not known, beside readings
    without one of their own.
    """

    stream: str
    number: NDArray[np.int64]
    value: NDArray[np.float64]
    u: NDArray[np.float64]
    valued: NDArray[np.int64]
    readings: NDArray[np.int64]
    why: tuple[Finding, ...] = ()


def means_of(sums: Gathered) -> Means:
    """Means of sums by period, Σ y/n, each with its u where what the readings have of their own is known.

    Unknown is not zero: a period with a reading of which it is not known has a value, and no u.
    """
    number = np.unique(sums.tally[0]).astype(np.int64)
    valued, readings = sums.valued(number)
    value, u = np.full(len(number), np.nan), np.full(len(number), np.nan)
    known = sums.numbers
    if not len(known):
        return Means(sums.stream, number, value, u, valued, readings)
    at = np.searchsorted(number, known)
    value[at] = sums.by_period(sums.value) / sums.by_period(sums.weight)
    stated = ~np.isnan(sums.by_period(sums.own))
    if not stated.any():
        return Means(sums.stream, number, value, u, valued, readings)
    try:
        u[at[stated]] = sums.within(known[stated]).means().u
    except Refused as refused:  # a slope without a value, more components than are held
        return Means(sums.stream, number, value, u, valued, readings, refused.findings)
    return Means(sums.stream, number, value, u, valued, readings)


@dataclass(frozen=True, slots=True, eq=False)
class ChangedPeriods:
    """Hours or days that changed, worst first.

    number, kind, ratio, before, after (c,): as in `Changed`; u, u_after (c,): of the earlier and the later value, NaN
    where it is not known; readings (c,): all that count; valued, valued_after (c,): those with a value; both (c,):
    with one before and after, on which alone kind and ratio rest.
    """

    stream: str
    number: NDArray[np.int64]
    kind: NDArray[np.int8]
    ratio: NDArray[np.float64]
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    u: NDArray[np.float64]
    u_after: NDArray[np.float64]
    readings: NDArray[np.int64]
    valued: NDArray[np.int64]
    valued_after: NDArray[np.int64]
    both: NDArray[np.int64]

    @property
    def gone(self) -> NDArray[np.int64]:
        """Readings that have no value any more (c,)."""
        return self.valued - self.both

    @property
    def came(self) -> NDArray[np.int64]:
        """Readings that had none before (c,)."""
        return self.valued_after - self.both


def changed_periods(before: Means, after: Means, same: tuple[Means, Means] | None = None) -> ChangedPeriods:
    """The periods of one stream whose means differ in value, uncertainty, or in having one.

    same: both over the readings that have a value before and after, where those are not all: means of different
    readings differ whatever the certificate does, so these alone are compared.
    """
    number = np.union1d(before.number, after.number)
    old, u_old, valued, readings = _columns(before, number)
    new, u_new, valued_after, more = _columns(after, number)
    kind, ratio = classified(old, u_old, new, _differs(u_old, u_new))
    both = np.minimum(valued, valued_after)
    if same is not None:
        first, u_first, both, _ = _columns(same[0], number)
        second, u_second, _, _ = _columns(same[1], number)
        partly = (valued != both) | (valued_after != both)
        again = classified(first, u_first, second, _differs(u_first, u_second) | partly)
        some = partly & (both > 0)
        kind, ratio = np.where(some, again[0], kind), np.where(some, again[1], ratio)
        none = partly & (both == 0) & (valued > 0)  # what has a value now are other readings
        kind, ratio = np.where(none, np.int8(Change.GONE), kind), np.where(none, np.inf, ratio)
    order = np.lexsort((number, -np.abs(new - old), both - valued, _rank(ratio), kind == Change.CAME))
    order = order[kind[order] != Change.SAME]
    columns = (number, kind, ratio, old, new, u_old, u_new, np.maximum(readings, more), valued, valued_after, both)
    return ChangedPeriods(before.stream, *(column[order] for column in columns))


def _differs(u: Array, after: Array) -> Array:
    """Where the uncertainty alone has changed; a difference of rounding is none."""
    return ~np.isclose(u, after, rtol=1e-12, atol=0.0) & ~np.isnan(u) & ~np.isnan(after)


def _columns(one: Means, number: Array) -> tuple[Array, Array, Array, Array]:
    """Value, u, readings with a value and all readings of some periods; NaN and 0 where there are none."""
    found: list[Array] = [np.full(len(number), np.nan), np.full(len(number), np.nan)]
    found += [np.zeros(len(number), np.int64), np.zeros(len(number), np.int64)]
    at = np.searchsorted(number, one.number)
    for column, given in zip(found, (one.value, one.u, one.valued, one.readings), strict=True):
        column[at] = given
    return found[0], found[1], found[2], found[3]


def corrected_again(readings: Sequence[int], changed: Changed) -> bool:
    """Whether any of some readings of the block (positions) changed: what a report that cites them must ask."""
    return bool(np.isin(np.asarray(readings, dtype=np.int64), changed.at).any())
