"""The sums of one view by period: from counts where certificates are lines in the reading, else from each value."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block, Own
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence, identity
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import ONE, Unit
from suyuan.series.asof import Status
from suyuan.series.form import Applied, Line
from suyuan.series.gathered import NO_TALLY, Gathered, Tally, block_of, lengths, merged, stacked, tallied, together
from suyuan.series.layout import Layout
from suyuan.series.periods import Periods
from suyuan.series.resolution import ratio
from suyuan.series.rows import unit_text
from suyuan.series.view import Segment, View

Array = NDArray[Any]


def gather(
    view: View, periods: Periods | None = None, weight: Array | None = None, weight_unit: Unit = ONE,
    kept: Array | None = None, source: str = "",
) -> Gathered:  # fmt: skip
    """The sums of a view by period.

    periods: hours or days; one sum of all where None. weight (n,): an exact number a reading, in the order of the
    block, 1 where None; kept (n,): readings that may count, the others are told as without a value; source: what was
    read, as text, where the caller knows it (a lake knows digests), else the block is digested. Where a certificate is
    a line in the reading its sums follow from the number of readings and their sum, which counts give exactly.
    """
    if weight is not None and np.shape(weight) != (len(view),):
        raise Refused(finding("series.sums.weights", view.stream.id, shape=np.shape(weight), size=len(view)))
    return _joined([_gathered(view, periods, weight, kept)], view, periods, weight_unit, source or view.block.digest)


def gather_views(
    views: Sequence[View], periods: Periods | None = None, kept: Sequence[Array | None] | None = None,
    sources: Sequence[str] | None = None,
) -> Gathered:  # fmt: skip
    """The sums of the views of some blocks of one stream by period; kept, sources: of each, as in `gather`.

    Raises Refused for no view, and for views of other streams or with other units.
    """
    if not views or any((v.stream.id, v.unit) != (views[0].stream.id, views[0].unit) for v in views):
        return together(gather(view, periods) for view in views)  # which refuses
    digests = sources or [view.block.digest for view in views]
    every = [
        _gathered(view, periods, None, mine) for view, mine in zip(views, kept or [None] * len(views), strict=True)
    ]
    return _joined(every, views[0], periods, ONE, " ".join(sorted(set(digests))))


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Sums of the segments of a view, the rule of each, the tally, and who speaks against readings with a value."""

    rows: list[_Rows]
    rules: list[Applied]
    tally: list[Tally]
    flagged: Tally


def _gathered(view: View, periods: Periods | None, weight: Array | None, kept: Array | None) -> _Found:
    block = view.block
    found = _Found([], [], [], NO_TALLY if view.marks is None else _spoken_against(view, periods))
    lost = None if kept is None else np.flatnonzero(~(kept if block.order is None else kept[block.order]))
    for segment in view.segments:
        if segment.window < 0:
            continue  # without a time there is no period
        at, size = view.positions(segment), segment.stop - segment.start
        number, edges = block.runs(periods, segment.start, segment.stop)
        mine = None if lost is None else lost[slice(*lost.searchsorted((segment.start, segment.stop)))] - segment.start
        line = None if segment.rule is None or weight is not None else segment.rule.line
        status = status_in(view, segment, at)
        if line is not None and status is None:
            layout = Layout(edges, size, mine if mine is not None and len(mine) else None)
            found.rows.append(_straight(view, line, at, number, layout))
            found.tally.append(tallied(number, layout.size, layout.count.astype(np.int64)))
            found.rules.append(segment.rule)  # type: ignore[arg-type]
            continue
        if mine is not None and len(mine):
            status = np.zeros(size, np.int8) if status is None else status.copy()
            status[mine] = Status.WITHOUT
        found.tally.extend(_tallied(number, status, edges, size))
        if segment.rule is None or (status is not None and status.all()):
            continue
        valid = None if status is None else status == 0
        found.rows.append(
            _straight(view, line, at, number, Layout(edges, size, None if valid is None else np.flatnonzero(~valid)))
            if line is not None
            else _summed(view, segment, (number, edges), valid, weight)
        )
        found.rules.append(segment.rule)
    return found


def status_in(view: View, segment: Segment, at: Any) -> NDArray[np.int8] | None:
    """Codes of `Status` of the readings of a segment, None where all are valid."""
    rule = segment.rule
    if rule is None:
        found: Any = np.full(segment.stop - segment.start, view.without(segment), np.int8)
        if view.block.missing is not None:
            found[view.block.missing[at]] = Status.MISSING
        return np.asarray(found)
    found = view.standing(at, rule) if rule.line is not None else view.status[at]
    return None if found is None or not found.any() else np.asarray(found)


def _spoken_against(view: View, periods: Periods | None) -> Tally:
    """(period, mark, readings) of the readings with a value that bear a mark."""
    assert view.marks is not None
    at = np.flatnonzero((view.marks > 0) & (view.status == Status.VALID))
    time = view.block.time[at]
    period = np.zeros(len(at), np.int64) if periods is None else periods.number(time)
    return merged(period, view.marks[at].astype(np.int64), np.ones(len(at), np.int64))


@dataclass(frozen=True, slots=True)
class _Rows:
    """Sums of one segment, a row a period; slope (p, k)."""

    period: Array
    count: Array
    weight: Array
    value: Array
    own: Array
    slope: Array


def _tallied(
    number: Array, status: Array | None, edges: Array, rows: int
) -> list[tuple[Array, Array, Array]]:  # fmt: skip
    size = lengths(edges, rows)
    if status is None:
        return [(number, np.zeros(len(number), np.int8), size)]
    found = []
    rest = size
    for code in map(int, Status):
        if not rest.any():
            break
        hit = status == code
        if hit.any():
            count = np.add.reduceat(hit.astype(np.int64), edges)
            found.append((number[count > 0], np.full(int((count > 0).sum()), code, np.int8), count[count > 0]))
            rest = rest - count
    return found


def _straight(view: View, line: Line, at: Any, number: Array, layout: Layout) -> _Rows:
    """The sums of one segment whose certificate is a line in the reading: n and Σ reading are enough."""
    count, bad, edges = view.block.count[at], layout.bad, layout.edges
    multiple, power = ratio(view.block.resolution)
    if bad is not None:
        count = count.copy()
        count[bad] = 0
    if max(map(abs, view.block.ends)) * len(count) < 2**62:  # sums are whole numbers of 64 bits
        reading = np.add.reduceat(count, edges) * float(multiple) / float(power)
    else:
        reading = np.add.reduceat(count * float(multiple) / float(power), edges)
    u, n = view.own_u(at), layout.count
    if isinstance(u, np.ndarray):
        if bad is not None:
            u = u.copy()
            u[bad] = 0.0
        own = np.add.reduceat(u**2, edges) * line.slope**2
    else:
        own = n * (line.slope * u) ** 2
    value, slope = line.slope * reading + line.zero * n, n[:, None] * line.base + reading[:, None] * line.rate
    some = np.flatnonzero(n)
    made = (number, n, n, value, own, slope)
    return _Rows(*(made if len(some) == len(n) else (column[some] for column in made)))


def _summed(
    view: View, segment: Segment, runs: tuple[Array, Array], valid: Array | None, weight: Array | None
) -> _Rows:  # fmt: skip
    """The sums of one segment's readings with a value, from each value."""
    (number, edges), rule = runs, segment.rule
    assert rule is not None
    at = view.positions(segment)
    size = lengths(edges, segment.stop - segment.start)
    if valid is not None:
        size = np.add.reduceat(valid, edges, dtype=np.int64)
        at = np.arange(segment.start, segment.stop)[valid] if isinstance(at, slice) else at[valid]
        number, size = number[size > 0], size[size > 0]
        edges = np.cumsum(size) - size
    value = view.value[at]
    w: Any = 1.0 if weight is None else weight[at]

    def total(x: Any) -> Array:
        """Σ over each run of an array, or of a number."""
        if isinstance(x, np.ndarray) and x.ndim:
            return np.add.reduceat(x, edges)
        return np.asarray(float(x) * size)

    own, slopes = rule.slopes(rule.raw(view.readings(at)))
    weights = total(w)
    columns = [total(w * s) if isinstance(s, np.ndarray) and s.ndim else float(s) * weights for s in slopes]
    return _Rows(
        number, size, weights, total(value if weight is None else w * value), total((w * own * view.own_u(at)) ** 2),
        np.stack(columns, axis=1) if columns else np.zeros((len(number), 0)),
    )  # fmt: skip


def _joined(
    found: Sequence[_Found], view: View, periods: Periods | None, weight_unit: Unit, source: str
) -> Gathered:  # fmt: skip
    """The sums of some views of one stream as one; rules that are the same are one."""
    rows = [row for one in found for row in one.rows]
    rules = {id(rule): rule for one in found for rule in one.rules}
    place = {key: number for number, key in enumerate(rules)}
    places = [place[id(rule)] for one in found for rule in one.rules]

    def column(name: str, kind: Any) -> Array:
        return np.concatenate([getattr(r, name) for r in rows]).astype(kind, copy=False) if rows else np.zeros(0, kind)

    tallies = [part for one in found for part in one.tally], [one.flagged for one in found]
    tally, flagged = (merged(*map(np.concatenate, zip(NO_TALLY, *some, strict=True))) for some in tallies)
    return Gathered(
        view.stream.id, view.unit, periods, column("period", np.int64),
        np.repeat(np.array(places, np.int64), [len(r.period) for r in rows]), column("count", np.int64),
        column("weight", float), column("value", float), column("own", float), stacked([r.slope for r in rows]),
        tuple(rules.values()), tally, source, weight_unit, flagged,
    )  # fmt: skip


def each_reading(view: View, where: Array) -> Quantity:
    """Readings with a value as one array of quantities; see `View.quantity`."""
    if view.random_of_reading is None:
        raise Refused(finding("series.sums.u_unknown", view.stream.id))
    index = np.full(len(view), -1, dtype=np.int64)
    index[where] = np.arange(len(where))
    parts: dict[str, list[tuple[Array, Array, Array]]] = {}
    marks: dict[str, Influence] = {}
    for segment in view.segments:
        if segment.rule is None:
            continue
        positions = np.arange(segment.start, segment.stop)[None][0] if view.block.order is None else view.block.order[
            segment.start : segment.stop]  # fmt: skip
        positions = positions[index[positions] >= 0]
        if not len(positions):
            continue
        slope = _columns(view, segment, positions)
        for influence, rows in segment.rule.influences:
            blocks.check_same(marks.setdefault(influence.id, influence), influence)
            parts.setdefault(influence.id, []).append((index[positions], slope, rows))
    shared = {key: block_of(marks[key], given, len(where)) for key, given in parts.items()}
    u = np.nan_to_num(view.random[where])
    mark = identity("series reading", view.stream.id, view.block.digest, str(view.known), _digest(view.random))
    everyone = np.nan_to_num(view.random)
    own = {}
    if u.any():
        influence = Influence(mark, len(view), everyone, unit=unit_text(view.unit), label=view.stream.id)
        own = {mark: Block(influence, Own(where[None], u[None]))}
    return Quantity(view.value[where], view.unit, {**shared, **own})


def _columns(view: View, segment: Segment, positions: Array) -> Array:
    """∂y/∂parameter (n, k) at some readings of a segment."""
    assert segment.rule is not None
    _, slopes = segment.rule.slopes(segment.rule.raw(view.readings(positions)))
    return (
        np.stack([np.broadcast_to(s, positions.shape) for s in slopes], axis=1)
        if slopes
        else np.zeros((len(positions), 0))
    )


def _digest(array: Array) -> str:
    return hashlib.sha256(np.ascontiguousarray(array, "<f8").tobytes()).hexdigest()
