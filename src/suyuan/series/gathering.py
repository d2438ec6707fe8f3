"""The sums of one view by period: from counts where certificates are lines in the reading, else from each value."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from suyuan.series.gathered import NO_TALLY, VALID_WITHOUT, Gathered, block_of, lengths, merged, stacked
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
    block = view.block
    if weight is not None and np.shape(weight) != (len(view),):
        raise Refused(finding("series.sums.weights", view.stream.id, shape=np.shape(weight), size=len(view)))
    rows: list[_Rows] = []
    rules: list[Applied] = []
    tally: list[tuple[Array, Array, Array]] = []
    for segment in view.segments:
        if segment.window < 0:
            continue  # without a time there is no period
        at = view.positions(segment)
        number, edges = block.runs(periods, segment.start, segment.stop)
        mine = None if kept is None else kept[at]
        line = None if segment.rule is None or weight is not None else segment.rule.line
        status = status_in(view, segment, at)
        if line is not None and status is None:
            found, counted = _straight(view, line, at, (number, edges), None if mine is None or mine.all() else mine)
            tally.extend(counted)
            rows.append(found)
            rules.append(segment.rule)  # type: ignore[arg-type]
            continue
        if mine is not None:
            status = np.where(mine, np.int8(0) if status is None else status, np.int8(Status.WITHOUT))
        tally.extend(_tallied(number, status, edges, segment.stop - segment.start))
        if segment.rule is None or (status is not None and status.all()):
            continue
        valid = None if status is None else status == 0
        found = (_straight(view, line, at, (number, edges), valid)[0] if line is not None
                 else _summed(view, segment, (number, edges), valid, weight))  # fmt: skip
        rows.append(found)
        rules.append(segment.rule)
    made = _joined(view, periods, rows, rules, tally, weight_unit, source or block.digest)
    return replace(made, flagged=_spoken_against(view, periods))


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


def _spoken_against(view: View, periods: Periods | None) -> tuple[Array, Array, Array]:
    """(period, mark, readings) of the readings with a value that bear a mark."""
    if view.marks is None:
        return NO_TALLY
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


def _straight(
    view: View, line: Line, at: Any, runs: tuple[Array, Array], valid: Array | None
) -> tuple[_Rows, list[tuple[Array, Array, Array]]]:
    """The sums of one segment whose certificate is a line in the reading: n and Σ reading are enough; and its tally,
    where readings that do not count are told as without a value."""
    number, edges = runs
    count = view.block.count[at]
    rows = lengths(edges, len(count))
    one = None if valid is None else valid.astype(np.int64)
    size = rows if one is None else np.add.reduceat(one, edges)
    some = size > 0
    multiple, power = ratio(view.block.resolution)
    within = count if one is None else np.multiply(count, one, out=one)
    if max(map(abs, view.block.ends)) * len(count) < 2**62:  # sums are whole numbers of 64 bits
        reading = np.add.reduceat(within, edges) * float(multiple) / float(power)
    else:
        reading = np.add.reduceat(within * float(multiple) / float(power), edges)
    u, n = view.own_u(at), size.astype(float)
    if isinstance(u, np.ndarray):
        own = np.add.reduceat((u if valid is None else np.where(valid, u, 0.0)) ** 2, edges) * line.slope**2
    else:
        own = n * (line.slope * u) ** 2
    value = line.slope * reading + line.zero * n
    slope = n[:, None] * line.base + reading[:, None] * line.rate
    made = _Rows(number[some], size[some], n[some], value[some], own[some], slope[some])
    period, count_of = np.repeat(number, 2), np.stack([size, rows - size], axis=1).ravel()
    kinds, there = np.tile(VALID_WITHOUT, len(number)), count_of > 0
    return made, [(period[there], kinds[there], count_of[there])]


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
    view: View, periods: Periods | None, rows: Sequence[_Rows], rules: Sequence[Applied],
    tally: Sequence[tuple[Array, Array, Array]], weight_unit: Unit, source: str,
) -> Gathered:  # fmt: skip
    def column(name: str, kind: Any) -> Array:
        return np.concatenate([getattr(r, name) for r in rows]).astype(kind) if rows else np.zeros(0, kind)

    slope = stacked([r.slope for r in rows])
    empty = (np.zeros(0, np.int64), np.zeros(0, np.int8), np.zeros(0, np.int64))
    counted = tuple(np.concatenate(part) for part in zip(*tally, strict=True)) if tally else empty
    return Gathered(
        view.stream.id, view.unit, periods, column("period", np.int64),
        np.repeat(np.arange(len(rows)), [len(r.period) for r in rows]).astype(np.int64),
        column("count", np.int64), column("weight", float), column("value", float), column("own", float), slope,
        tuple(rules), merged(*counted), source, weight_unit,
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
