"""Many needs against many capabilities at once, by columns: the same gates and verdicts as `match`, without reasons.

A pair is a need and a capability that agree in measurand; of each pair one byte says which gates it does not pass. What
has no closed form (a matrix, a free formula) is handed to `adequacy.compare`, and only where the gates that a proof
needs besides are passed; elsewhere it stays `OPEN`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.capability.matching.adequacy import Adequacy, compare
from suyuan.capability.matching.adequacy_columns import Pairs, adequate, suffices
from suyuan.capability.matching.columns import (
    ABSOLUTE,
    EXACT,
    FIRST,
    LAST,
    RELATIVE,
    STANDINGS,
    Bools,
    Bytes,
    CapabilityColumns,
    Codes,
    Floats,
    in_si,
)
from suyuan.capability.matching.cover import GUARD
from suyuan.capability.matching.match import Verdict
from suyuan.capability.matching.screen_pairs import Chunk, chunks, raised, unsure
from suyuan.capability.matching.screen_rests import (
    BITS,
    CHAIN,
    CONDITIONS,
    INTERVAL,
    LOGISTICS,
    OPEN,
    PEOPLE,
    STANDING,
    UNCERTAINTY,
    Rests,
    gates_of,
    unbound,
)
from suyuan.capability.need import Need

PROOF = CONDITIONS | CHAIN | PEOPLE | STANDING
ALONE = PROOF | INTERVAL | UNCERTAINTY
COMPARED = ((False, False), (True, False), (False, True))
"""How U meets its target: alike, U alone a fraction, the target alone a fraction; `squared` and `ranged` of `Pairs`."""


@dataclass(frozen=True, slots=True)
class Screen:
    """The answers to n needs. verdict: of each; single: of each the capabilities that can alone; at: n + 1 offsets into
    the pairs; capability: of each pair, its place in the order given; failed: of each pair the bits of the gates that
    it does not pass. Where pairs were not kept, `at` is all zero."""

    verdict: tuple[Verdict, ...]
    single: tuple[Codes, ...]
    at: NDArray[np.int64]
    capability: Codes
    failed: Bytes

    def of(self, need: int) -> tuple[Codes, Bytes]:
        """Capabilities that agree in measurand with a need, and their bits."""
        pairs = slice(int(self.at[need]), int(self.at[need + 1]))
        return self.capability[pairs], self.failed[pairs]

    def gates(self, need: int) -> dict[int, tuple[str, ...]]:
        """Capability → names of the gates that it does not pass, in their order, for one need."""
        return {int(c): gates_of(int(bits)) for c, bits in zip(*self.of(need), strict=True)}

    def counts(self, need: int) -> dict[str, int]:
        """Gate → how many capabilities do not pass it, for one need."""
        bits = self.of(need)[1]
        return {name: int(np.count_nonzero(bits & bit)) for name, bit in BITS.items()}


def screen(
    columns: CapabilityColumns,
    needs: Sequence[Need],
    rests: Rests | None = None,
    day: date | None = None,
    keep: bool = True,
) -> Screen:
    """Screen capabilities for needs.

    rests: from `resting`, in the order in which the capabilities were given; None: nothing is asked of them; day: that
    is asked for, on which the service is judged unless a need wishes a later one; None asks for no validity; keep:
    whether the pairs are kept (a byte and a number each). Needs with another day of the service rest on something
    else: `screen_days.by_day` asks for it.

    >>> from suyuan.capability.capability import Capability
    >>> from suyuan.capability.interval import Interval
    >>> from suyuan.capability.need import Target
    >>> from suyuan.capability.uncertainty import Uncertainty, Value
    >>> from suyuan.quantity.unit import parse_unit
    >>> Nm = parse_unit("N.m")
    >>> has = [Capability("a", {"en": "East"}, "torque", Interval(5.0, 1000.0, Nm), Uncertainty(Value(0.01))),
    ...        Capability("b", {"en": "South"}, "torque", Interval(0.5, 200.0, Nm), Uncertainty(Value(0.006)))]
    >>> wants = Need("D2", {"en": "factory"}, "torque", Interval(100.0, 800.0, Nm), Target(0.008))
    >>> found = screen(CapabilityColumns.of(has), [wants])
    >>> found.verdict, found.gates(0)
    (('not_accurate',), {0: ('uncertainty',), 1: ('interval',)})
    """
    ordered = unbound(len(columns)) if rests is None else rests.ordered(columns.origin)
    verdicts: dict[int, Verdict] = {}
    single: dict[int, Codes] = {}
    pairs: dict[int, tuple[Codes, Bytes]] = {}
    for chunk in chunks(columns, needs, day):
        view = _View(columns, chunk)
        bits = view.judged(ordered)
        origin = columns.origin.take(chunk.position)
        rows = np.flatnonzero((bits & ALONE) == 0)
        cuts = np.searchsorted(rows, [span.stop for span in chunk.span.values()])
        able = np.split(origin.take(rows), cuts[:-1])
        single |= {number: np.sort(part) for number, part in zip(chunk.span, able, strict=True)}
        verdicts |= zip(chunk.span, _verdicts(view, bits), strict=True)
        if keep:
            pairs |= {number: (origin[span], bits[span]) for number, span in chunk.span.items()}
    every, none = range(len(needs)), (np.zeros(0, np.int32), np.zeros(0, np.uint8))
    sizes = [len(pairs[number][0]) if keep else 0 for number in every]
    kept = [np.concatenate([none[side], *(pairs[number][side] for number in every if keep)]) for side in (0, 1)]
    at = np.concatenate([[0], np.cumsum(np.array(sizes, np.int64))])
    return Screen(tuple(verdicts[n] for n in every), tuple(single[n] for n in every), at, kept[0], kept[1])


# ---------------------------------------------------------------- gates


class _View:
    """The pairs of a chunk with what both sides say of them. meets: intervals of one dimension that have a common part;
    low, high: of it, in SI units; begins, ends: it reaches that end of the need; good_low, good_high: U suffices there,
    or nobody has looked; denied: the evidence contradicts U."""

    def __init__(self, columns: CapabilityColumns, chunk: Chunk) -> None:
        self.columns, self.chunk, self.position = columns, chunk, chunk.position
        self.level = bool(chunk.numbers.level.all())
        numbers = chunk.numbers
        own_low, own_high = columns.low[self.position], columns.high[self.position]
        need_low, need_high = self.of(numbers.low), self.of(numbers.high)
        self.begins: Bools = own_low <= self.of(raised(numbers.low, 1))
        self.ends: Bools = own_high >= self.of(raised(numbers.high, -1))
        self.meets: Bools = own_low <= self.of(raised(numbers.high, 1))
        self.meets &= own_high >= self.of(raised(numbers.low, -1))
        if not numbers.same.all():
            self.meets &= self.of(numbers.same)
        self.high: Floats = np.minimum(own_high, need_high)
        self.low: Floats = np.minimum(np.maximum(own_low, need_low), self.high)
        self.good_low, self.good_high = np.ones((2, len(self.position)), bool)
        self.denied: Bools = np.zeros(len(self.position), bool)

    @cached_property
    def task(self) -> NDArray[np.intp]:
        """Which task each pair is of."""
        return self.of(np.arange(len(self.chunk.tasks)))

    @cached_property
    def limit(self) -> Floats:
        """(U_target/k)² of each pair."""
        return self.of(self.chunk.numbers.limit)

    @cached_property
    def form(self) -> Bytes:
        """How each pair's capability states U."""
        return self.columns.form.take(self.position)

    def of(self, column: NDArray[Any]) -> NDArray[Any]:
        """A number of each task, for each pair."""
        return np.repeat(column, self.chunk.counts)

    def judged(self, rests: Rests) -> Bytes:
        """The bits of all pairs."""
        bits: Bytes = rests.bits[self.position]
        self.denied = (bits & UNCERTAINTY) > 0
        if np.isfinite(rests.low).any():
            beyond = (self.low < rests.low[self.position]) | (self.high > rests.high[self.position])
            bits |= (self.meets & beyond) * np.uint8(CHAIN)
        tests = (self.meets & self.begins & self.ends, self.chunk.met, self._standing(), self._logistics())
        for passed, bit in zip(tests, (INTERVAL, CONDITIONS, STANDING, LOGISTICS), strict=True):
            bits |= ~passed * np.uint8(bit)
        looked = np.full(len(bits), 6, np.uint8)  # of each pair: enough 1, good at its low end 2, at its high end 4
        for rows, pairs in self.comparable(self.meets):
            enough, low, high = suffices(self.columns, pairs).view(np.uint8)
            looked[rows] = enough | (low << 1) | (high << 2)
        self.good_low, self.good_high = (looked & 2) > 0, (looked & 4) > 0
        bits |= ((looked & 1) ^ 1) * np.uint8(UNCERTAINTY)
        for row in self.beyond:
            if bits[row] & PROOF:
                bits[row] |= OPEN
            elif _enough(self.compared(int(row))):
                bits[row] &= np.uint8(255 - UNCERTAINTY)
        bits |= self.denied * np.uint8(UNCERTAINTY)
        return bits

    def _standing(self) -> Bools:
        columns, position, numbers = self.columns, self.position, self.chunk.numbers
        result = np.ones(len(position), bool)
        undated = np.isnan(numbers.day)  # begins before any last day and ends after any first one
        before = self.of(np.where(undated, LAST, numbers.day).astype(np.int32))
        after = self.of(np.where(undated, FIRST, numbers.day).astype(np.int32)) if undated.any() else before
        if (columns.valid_from != FIRST).any() or (columns.valid_until != LAST).any():
            result = (columns.valid_from[position] <= before) & (columns.valid_until[position] >= after)
        if (numbers.serving >= 0).any():
            accepted = (numbers.serving[:, None] >> np.arange(len(STANDINGS))) & 1 > 0
            accepted = np.pad(accepted, ((0, 0), (0, 1)))  # the last column is for −1: no standing
            row = self.of(np.arange(len(accepted)) * accepted.shape[1])
            granted = self.of(numbers.serving < 0)
            for kind, since, until in zip(columns.standing, columns.since, columns.until, strict=True):
                right = accepted.take(row + kind[position], mode="wrap")
                right &= until[position] >= after
                if (since != FIRST).any():
                    right &= since[position] <= before
                granted |= right
            result &= granted
        return result

    def _logistics(self) -> Bools:
        """Days and price within what is asked for; not stated is not within."""
        result = np.ones(len(self.position), bool)
        numbers = self.chunk.numbers
        for asked, given in ((numbers.days, self.columns.days), (numbers.price, self.columns.price)):
            if not np.isinf(asked).all():
                most = self.of(asked)
                result &= np.isinf(most) | (given[self.position] <= most)
        return result

    @cached_property
    def alike(self) -> Bytes:
        """How U of each pair is held against its target by columns, as in `COMPARED`; 0 where it cannot be."""
        columns, numbers = self.columns, self.chunk.numbers
        relative = self.form == RELATIVE
        able = relative | (self.form == ABSOLUTE)
        targets = ~np.isnan(numbers.limit)
        if not targets.all():
            able &= self.of(targets)
        odd = numbers.other | ~numbers.own_unit | ~numbers.level | (numbers.zero != 0.0)
        if odd.any() or not columns.regular:
            some = np.flatnonzero(self.of(odd)) if columns.regular else np.arange(len(self.position))
            able[some] &= self._fits(self.position[some], self.task[some])
        if not (np.isfinite(numbers.low) & np.isfinite(numbers.high)).all():
            able &= np.isfinite(self.low) & np.isfinite(self.high)
        fraction: Bools = self.of(numbers.fraction)
        found: Bytes = (relative != fraction).view(np.uint8)
        found += (fraction > relative).view(np.uint8)
        found += np.uint8(1)
        found *= able.view(np.uint8)
        return found

    def comparable(self, which: Bools) -> Iterator[tuple[NDArray[np.intp], Pairs]]:
        """Those of some pairs whose U can be held against a target by columns, by what U and target are."""
        columns, numbers = self.columns, self.chunk.numbers
        found = self.alike * which.view(np.uint8)
        for code, (squared, ranged) in enumerate(COMPARED, start=1):
            own = np.flatnonzero(found == code)
            if len(own):
                position, limit = self.position.take(own), self.limit.take(own)
                delta = columns.zero[position] - numbers.zero[self.task[own]] if ranged else limit
                low, high = self.low.take(own), self.high.take(own)
                yield own, Pairs(position, low, high, limit, delta, squared, ranged, level=self.level)

    def _fits(self, position: NDArray[np.intp], task: NDArray[np.intp]) -> Bools:
        """Whether units and scales of U and target let them be compared."""
        columns, numbers = self.columns, self.chunk.numbers
        other, fraction, relative = numbers.other[task], numbers.fraction[task], columns.form[position] == RELATIVE
        plain = other | (columns.zero[position] == numbers.zero[task])
        unit = np.where(relative, numbers.own_unit[task], columns.U_unit[position] == numbers.U_unit[task])
        return np.asarray(np.where(relative & fraction, plain, unit & ~(other & (relative != fraction))))

    @cached_property
    def beyond(self) -> NDArray[np.intp]:
        """Pairs that columns cannot judge: a matrix, a formula, fractions of values on two scales."""
        form = self.form
        hard = form == EXACT
        numbers = self.chunk.numbers
        if self.columns.zero.any() or numbers.zero.any():
            scales = (form == RELATIVE) & self.of(numbers.fraction & ~numbers.other)
            hard |= scales & (self.columns.zero[self.position] != self.of(numbers.zero))
        if not hard.any():
            return np.zeros(0, np.intp)
        return np.flatnonzero(hard & self.meets & ~np.isnan(self.of(numbers.limit)))

    def compared(self, row: int) -> Adequacy:
        """One pair by the exact comparison."""
        need = self.chunk.need(row)
        c = self.columns.given[int(self.columns.origin[self.position[row]])]
        if c.uncertainty is None or need.target is None:
            return Adequacy()
        other = bool(c.interval_of or need.interval_of)
        return compare(c.uncertainty, c.interval, need.interval, need.target, need.conditions, other)


def _enough(found: Adequacy) -> bool:
    return found.worst is not None and found.worst.suffices and not found.unstated


# ---------------------------------------------------------------- verdicts


def _verdicts(view: _View, bits: Bytes) -> list[Verdict]:
    """The verdicts of a chunk's needs; where only parts of several capabilities could do, all of these at once."""
    result: list[Verdict] = []
    pending: dict[int, NDArray[np.intp]] = {}
    owners = {task.number: task.need for task in view.chunk.tasks}
    spans = list(view.chunk.span.values())
    able, stated = (bits & ALONE) == 0, view.meets & ((bits & CONDITIONS) == 0)
    proven = view.meets & ((bits & PROOF) == 0) & ~view.denied
    good = proven & ((bits & UNCERTAINTY) == 0)
    over = (bits & INTERVAL) == 0
    flags = able.astype(np.uint8)
    tests = (stated, stated & over, proven & view.begins & view.good_low, proven & view.ends & view.good_high)
    for at, which in enumerate((*tests, proven & over), start=1):
        flags |= which * np.uint8(1 << at)
    found = _joined(flags, spans)
    alone, some, whole, first, last, sure = (((found >> at) & 1).tolist() for at in range(6))
    for at, (number, pairs) in enumerate(view.chunk.span.items()):
        need = owners[number]
        if alone[at]:
            result.append("can")
            continue
        covered: Verdict = "cannot" if not some[at] else "can"
        if some[at] and not whole[at]:
            covered = _covered(view, need, pairs, stated)
        if covered == "cannot" and _open(view, need, pairs):
            covered = "unknown"
        if covered != "can" or need.target is None:
            result.append(covered if covered != "can" else "unknown")
            continue
        result.append("not_accurate")
        if not first[at] or not last[at]:  # an end of the need is proven by nobody
            continue
        if sure[at] or _covered(view, need, pairs, proven) == "can":
            if _covered(view, need, pairs, good) == "can":
                result[-1] = "can"
            else:
                pending[at] = pairs.start + np.flatnonzero(proven[pairs])
    for at in _together(view, pending, [owners[number] for number in view.chunk.span]):
        result[at] = "can"
    return result


def _open(view: _View, need: Need, pairs: slice) -> bool:
    """Whether some of it would be covered if all that is not known of conditions were met."""
    if not need.conditions or not view.meets[pairs].any():
        return False
    which = np.zeros(len(view.position), bool)
    which[pairs] = view.meets[pairs] & unsure(view.columns, need, view.position[pairs])
    return bool(which.any()) and _covered(view, need, pairs, which) != "cannot"


def _joined(flags: Bytes, spans: Sequence[slice]) -> Bytes:
    """The flags that any pair of each need has."""
    result = np.zeros(len(spans), np.uint8)
    own = [at for at, pairs in enumerate(spans) if pairs.stop > pairs.start]
    if own:
        result[own] = np.bitwise_or.reduceat(flags, [spans[at].start for at in own])
    return result


def _covered(view: _View, need: Need, pairs: slice, which: Bools) -> Verdict:
    """How much of a need the common parts of some of its pairs cover: cannot (nothing), partly, can (all)."""
    some = which[pairs]
    return _union(view.low[pairs][some], view.high[pairs][some], need)


def _union(low: Floats, high: Floats, need: Need) -> Verdict:
    """How much of a need spans cover, in SI units; single points count only where the need is one."""
    begin, end = in_si(need.interval)
    if begin < end:  # intervals that only meet may overlap by the rounding of a conversion
        noise = np.minimum(GUARD * np.maximum(np.abs(low), np.abs(high)), (end - begin) / 2.0)
        wide = high - low > noise
        low, high = low[wide], high[wide]
    if not len(low):
        return "cannot"
    order = np.argsort(low)
    low, reached = low[order], np.maximum.accumulate(high[order])
    slack = GUARD * max(abs(begin), abs(end))
    ends = low[0] <= begin + slack and end <= reached[-1] + slack
    return "can" if ends and bool((low[1:] - reached[:-1] <= slack).all()) else "partly"


def _together(view: _View, pending: Mapping[int, NDArray[np.intp]], needs: Sequence[Need]) -> list[int]:
    """Those needs, by their place in the chunk, that the parts on which U suffices cover together."""
    if not pending:
        return []
    rows = np.concatenate(list(pending.values()))
    which = np.zeros(len(view.position), bool)
    which[rows] = True
    found: list[tuple[NDArray[np.intp], Floats, Floats]] = [(rows[:0], np.zeros(0), np.zeros(0))]
    for usable, pairs in view.comparable(which):
        pair, *ends = adequate(view.columns, pairs)
        found.append((usable[pair], ends[0], ends[1]))
    row, low, high = (np.concatenate(column) for column in zip(*found, strict=True))
    for at in view.beyond[which[view.beyond]]:
        for span in view.compared(int(at)).adequate:
            a, b = in_si(span)
            row, low, high = np.append(row, at), np.append(low, a), np.append(high, b)
    order = np.argsort(row, kind="stable")
    row, low, high = row[order], low[order], high[order]
    met = []
    for at, own in pending.items():
        some = slice(*np.searchsorted(row, [own[0], own[-1] + 1]))
        if _union(low[some], high[some], needs[at]) == "can":
            met.append(at)
    return met
