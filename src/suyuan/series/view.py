"""The correction view: readings as the certificates of their time correct them, as known at some moment.

A pure function of (block, corrections, knowledge time). y = f(raw; p): value and status a reading; all is kept as a
rule a segment (a run of readings under one certificate), and values, what is random and what each certificate
contributes become columns only when somebody asks: sums are made without them. Nothing here is stored as truth: another
knowledge time is another view.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.block import LARGEST
from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import Unit, parse_unit
from suyuan.series.asof import Status, Subject, Windows, windows
from suyuan.series.block import NO_TIME, Block
from suyuan.series.form import Applied, applied, slices
from suyuan.series.resolution import values_of
from suyuan.series.stream import Stream

Array = NDArray[Any]


_VALID = int(Status.VALID)


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Readings start … stop − 1, in the order of time, in one window; rule: what corrects them, None for nothing."""

    window: int
    start: int
    stop: int
    rule: Applied | None


@dataclass(frozen=True, eq=False)
class View:
    """A block as corrected; see `correct`. Columns are in the order of the block.

    unit: of the values; random_of_reading: the standard uncertainty that each reading has of its own, in the stream's
    unit, None where it is not known; marks (n,): who speaks against each reading (`quality.use`), None where nobody
    does; out (n,): readings that have a value and do not count, None for none, and the status that they bear instead.
    """

    block: Block
    stream: Stream
    windows: Windows
    segments: tuple[Segment, ...]
    unit: Unit
    random_of_reading: float | NDArray[np.float64] | None
    marks: NDArray[np.uint8] | None = None
    out: NDArray[np.bool_] | None = None
    out_status: Status = Status.FLAGGED

    def __len__(self) -> int:
        return len(self.block)

    @property
    def value(self) -> NDArray[np.float64]:
        """Corrected values (n,); NaN where there is none."""
        return self._columns[0]

    @property
    def status(self) -> NDArray[np.int8]:
        """Codes of `Status` (n,)."""
        return self._columns[1]

    @cached_property
    def _columns(self) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
        value, status = np.empty(len(self)), np.zeros(len(self), dtype=np.int8)
        for segment in self.segments:
            if segment.rule is None:
                at = self.positions(segment)
                value[at], status[at] = np.nan, self.without(segment)
            else:
                _apply(self, segment, segment.rule, value, status)
        missing = self.block.missing
        if missing is not None:
            value[missing], status[missing] = np.nan, Status.MISSING
        if self.out is not None:
            gone = self.out & (status == Status.VALID)
            value[gone], status[gone] = np.nan, self.out_status
        for array in (value, status):
            array.setflags(write=False)
        return value, status

    @cached_property
    def _ends(self) -> NDArray[np.float64]:
        """The smallest and the largest reading of the block, in the stream's unit."""
        return np.asarray(values_of(np.array(self.block.ends), self.block.resolution))

    def without(self, segment: Segment) -> Status:
        """Why a segment that nothing corrects has no values."""
        return Status.NO_TIME if segment.window < 0 else Status(int(self.windows.status[segment.window]))

    def whole(self, rule: Applied) -> bool:
        """Whether all readings of the block have a status of `VALID` under a rule, before its model has been run."""
        known = self._whole.get(id(rule))
        if known is None:
            inside = rule.correction.range is None or rule.outside(rule.raw(self._ends)) is None
            known = self._whole[id(rule)] = inside and self.block.missing is None and self.out is None
        return known

    @cached_property
    def _whole(self) -> dict[int, bool]:
        return {}

    def standing(self, at: Any, rule: Applied) -> NDArray[np.int8] | None:
        """Codes of `Status` of readings at some places of a segment, before its model has been run; None: all valid."""
        if self.whole(rule):
            return None
        count = self.block.count[at]
        outside = None
        if rule.correction.range is not None and len(count):
            ends = np.array([count.min(), count.max()])
            outside = rule.outside(rule.raw(values_of(ends, self.block.resolution)))
        missing = None if self.block.missing is None else self.block.missing[at]
        out = None if self.out is None else self.out[at]
        if outside is None and not any(one is not None and one.any() for one in (missing, out)):
            return None
        status = np.zeros(len(count), np.int8)
        if outside is not None:
            beyond = rule.outside(rule.raw(self.readings(at)))
            status = np.where(False if beyond is None else beyond, np.int8(Status.OUTSIDE), status)
        if missing is not None:
            status = np.where(missing, np.int8(Status.MISSING), status)
        if out is not None:
            status = np.where(out & (status == Status.VALID), np.int8(self.out_status), status)
        return status if status.any() else None

    @property
    def known(self) -> int:
        """The knowledge time, µs."""
        return self.windows.known

    @cached_property
    def window(self) -> NDArray[np.int64]:
        """The window of each reading (n,); −1 without a time."""
        found = np.full(len(self), -1, dtype=np.int64)
        for segment in self.segments:
            found[self.positions(segment)] = segment.window
        return found

    @cached_property
    def random(self) -> NDArray[np.float64]:
        """u of what each value has of its own (n,): |∂y/∂reading|·u; NaN where there is no value or u is not known."""
        found = np.full(len(self), np.nan)
        for segment, rule in self._ruled():
            for part in slices(segment.start, segment.stop):
                at = self._at(part)
                own, _ = rule.slopes(rule.raw(self.readings(at)))
                found[at] = np.abs(own) * self.own_u(at)
        found[self.status != Status.VALID] = np.nan
        return found

    @cached_property
    def u(self) -> NDArray[np.float64]:
        """Combined standard uncertainty of each value (n,); NaN where there is no value or a part is not known."""
        return self._combined(self.own_u)

    @cached_property
    def u_known(self) -> NDArray[np.float64]:
        """The same with what is known of it: at least so large, where readings of their own have no stated u."""
        return self.u if self.random_of_reading is not None else self._combined(lambda at: 0.0)

    def _combined(self, own_u: Callable[[Any], Any]) -> NDArray[np.float64]:
        found = np.full(len(self), np.nan)
        for segment, rule in self._ruled():
            for part in slices(segment.start, segment.stop):
                at = self._at(part)
                own, rows = rule.slopes(rule.raw(self.readings(at)))
                variance = (own * own_u(at)) ** 2
                for a, first in enumerate(rows):
                    variance = variance + first * first * rule.covariance[a, a]
                    for b in np.flatnonzero(rule.covariance[a, :a]):
                        variance = variance + 2.0 * first * rows[b] * rule.covariance[a, b]
                found[at] = np.sqrt(np.maximum(variance, 0.0))
        found[self.status != Status.VALID] = np.nan
        return found

    def influences(self) -> Mapping[str, Any]:
        """Influence id → influence, of all certificates that count here."""
        return {i.id: i for _, rule in self._ruled() for i, _ in rule.influences}

    def sensitivity(self, influence: str, element: int = 0) -> NDArray[np.float64]:
        """The signed component of each value (n,) for an influence: Σ (∂y/∂p)·c; zero where it does not enter, NaN
        where there is no value."""
        found = np.where(self.status == Status.VALID, 0.0, np.nan)
        for segment, rule in self._ruled():
            given = [rows[:, element] for i, rows in rule.influences if i.id == influence]
            if not given:
                continue
            for part in slices(segment.start, segment.stop):
                at = self._at(part)
                _, slopes = rule.slopes(rule.raw(self.readings(at)))
                found[at] += sum(slope * c for slope, c in zip(slopes, given[0], strict=True))
        return found

    def quantity(self, at: Sequence[int] | Array | None = None) -> Quantity:
        """Some readings (all by default) as one array of quantities, correlated as the certificates say.

        at: positions in the block. Raises Refused where one has no value, or what it has of its own is not known.
        """
        from suyuan.series.gathering import each_reading

        where = np.arange(len(self)) if at is None else np.asarray(at, dtype=np.int64)
        bad = self.status[where] != Status.VALID
        if bad.any():
            first = int(where[np.flatnonzero(bad)[0]])
            about: dict[str, Any] = {
                "row": first + 1,
                "status": Status(int(self.status[first])).word,
                "count": int(bad.sum()),
            }
            raise Refused(finding("series.view.no_value", self.stream.id, **about))
        if len(where) * max(len(self.influences()), 1) > LARGEST:
            entries = len(where) * len(self.influences())
            raise Refused(finding("quantity.components.too_large", entries=entries, values=len(where)))
        once, again = np.unique(where, return_inverse=True)
        return each_reading(self, once)[again]

    @cached_property
    def counts(self) -> Mapping[Status, int]:
        """How many readings there are of each status that occurs."""
        number = np.bincount(self.status, minlength=len(Status))
        return {status: int(number[status]) for status in Status if number[status]}

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What is doubtful about the windows, and how many readings have no value and why; as warnings."""
        found = list(self.windows.findings)
        for status, count in self.counts.items():
            if status != Status.VALID:
                about: dict[str, Any] = {
                    "count": count,
                    "rows": len(self),
                    "status_zh": _ZH[status],
                    "status_en": _EN[status],
                }
                found.append(finding("series.view.without_value", self.stream.id, "warning", **about))
        if self.random_of_reading is None and Status.VALID in self.counts:
            found.append(finding("series.view.u_unknown", self.stream.id, "warning"))
        return tuple(found)

    # ------------------------------------------------------------ segments

    def positions(self, segment: Segment) -> Any:
        """Where the readings of a segment stand in the block: a slice, or positions in the order of time."""
        return self._at(slice(segment.start, segment.stop))

    def _at(self, part: slice) -> Any:
        return part if self.block.order is None else self.block.order[part]

    def readings(self, at: Any) -> Array:
        """Uncorrected readings at some places, in the stream's unit; a missing one is 0."""
        return values_of(self.block.count[at], self.block.resolution)

    def own_u(self, at: Any) -> Any:
        """u of what each reading has of its own, a number or an array; NaN where it is not known."""
        u = self.random_of_reading
        return np.nan if u is None else u[at] if isinstance(u, np.ndarray) else u

    def _ruled(self) -> Iterator[tuple[Segment, Applied]]:
        for segment in self.segments:
            if segment.rule is not None:
                yield segment, segment.rule


_ZH = {
    Status.NO_CERTIFICATE: "当时没有证书", Status.WITHDRAWN: "证书已撤销", Status.EXPIRED: "证书已到期",
    Status.SUPERSEDED: "证书已被取代而替代者未知", Status.OUTSIDE: "超出校准范围", Status.MISSING: "缺测",
    Status.NO_TIME: "没有时间", Status.FAILED: "修正公式在此无值", Status.WITHOUT: "没有值",
    Status.FLAGGED: "有标记，按可用性规则不用",
}  # fmt: skip
_EN = {
    Status.NO_CERTIFICATE: "no certificate at their time", Status.WITHDRAWN: "certificate withdrawn",
    Status.EXPIRED: "certificate expired", Status.SUPERSEDED: "certificate superseded, replacement not known",
    Status.OUTSIDE: "outside the calibrated range", Status.MISSING: "reading missing", Status.NO_TIME: "no time",
    Status.FAILED: "the correction has no value here",
    Status.WITHOUT: "no value", Status.FLAGGED: "flagged, and taken out by the rule of use",
}  # fmt: skip


def correct(
    block: Block,
    stream: Stream,
    corrections: Iterable[Correction] | Windows,
    known: int | None = None,
    random: float | None = None,
    unit: str = "",
) -> View:
    """The correction view of a block.

    corrections: all that there are (those of the block's instrument are found), with known: the knowledge time in µs;
    or `Windows` made before. random: standard uncertainty that each reading has of its own, in the stream's unit, where
    the block states none; it is not known else. unit: of the values, by default that of the first certificate.

    Raises Refused for a block of another stream, units that do not convert, models that are none.
    """
    if block.stream != stream.id:
        raise Refused(finding("series.view.other_stream", stream.id, block=block.stream))
    held = (
        corrections if isinstance(corrections, Windows)
        else windows(corrections, _known(known, stream.id), Subject.of(stream, block.instrument, block.configuration))
    )  # fmt: skip
    target = _unit(held, stream, unit)
    segments = []
    for window, start, stop in _runs(block, held):
        rule = None
        if window >= 0 and held.status[window] == _VALID:
            one = held.corrections[window]
            assert one is not None
            rule = applied(one, stream.unit_of_values, target)
        segments.append(Segment(window, start, stop, rule))
    return View(block, stream, held, tuple(segments), target, block.u if block.u is not None else random)


def with_marks(view: View, marks: NDArray[np.uint8], out: NDArray[np.bool_]) -> View:
    """The view that knows who speaks against its readings (n,); those of `out` (n,) have no value any more."""
    return replace(view, marks=marks, out=out if out.any() else None)


def _known(known: int | None, where: str) -> int:
    if known is None:
        raise Refused(finding("series.view.no_knowledge_time", where))
    return known


def _unit(held: Windows, stream: Stream, wanted: str) -> Unit:
    """The unit of the values: the wanted one, else that of the first certificate that counts, else the stream's."""
    if wanted:
        return parse_unit(wanted)
    for status, one in zip(held.status.tolist(), held.corrections, strict=True):
        if status == _VALID and one is not None:
            found: Unit = one.unit_of_value
            return found
    return stream.unit_of_values


def _runs(block: Block, held: Windows) -> Iterator[tuple[int, int, int]]:
    """(window, start, stop) of readings in the order of time; window −1 for those without a time."""
    if not len(block):
        return
    time = block.time if block.order is None else block.time[block.order]
    untimed = int(np.searchsorted(time, NO_TIME, side="right")) if time[0] == NO_TIME else 0
    if untimed:
        yield -1, 0, untimed
        if untimed == len(time):
            return
    first, last = (int(held.start.searchsorted(t, side="right")) - 1 for t in (time[untimed], time[-1]))
    begin = untimed
    for window in range(first, last + 1):  # a month has few, often one
        end = len(time) if window == last else int(time.searchsorted(held.end[window], side="left"))
        if end > begin:
            yield window, begin, end
        begin = end


def _apply(view: View, segment: Segment, rule: Applied, value: Array, status: Array) -> None:
    """Values of one segment, slice by slice; where there is none, why."""
    missing = view.block.missing

    def mark(at: Any, bad: Array, code: Status) -> None:
        value[at] = np.where(bad, np.nan, value[at])
        status[at] = np.where(bad, code, status[at])

    with np.errstate(all="ignore"):
        for part in slices(segment.start, segment.stop):
            at = view._at(part)
            raw = rule.raw(view.readings(at))
            found = value[at] if isinstance(at, slice) else np.empty(len(raw))
            rule.value(raw, found)
            if not isinstance(at, slice):
                value[at] = found
            outside = rule.outside(raw) if missing is None else _but(rule.outside(raw), missing[at])
            if outside is not None:
                mark(at, outside, Status.OUTSIDE)
            if not np.isfinite(np.add.reduce(found)):
                bad = ~np.isfinite(found)
                mark(at, bad if outside is None else bad & ~outside, Status.FAILED)


def _but(outside: Array | None, missing: Array) -> Array | None:
    return None if outside is None else outside & ~missing
