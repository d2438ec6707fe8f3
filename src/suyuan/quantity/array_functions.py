"""NumPy's functions, other than ufuncs, that quantities answer: reductions, joining, choosing, differences.

Elements keep their identity through all of them. What chooses among values (maximum, where) goes by the estimates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block, Dense, Own
from suyuan.quantity.components import Components
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.uncertain import Quantity, linear
from suyuan.quantity.unit import ONE, Unit

Array = NDArray[Any]
Place = tuple[tuple[slice, ...], Block, tuple[int, ...]]
"""Where the values of a block go in a larger array, the block, and the shape of its quantity."""


def stack(items: Sequence[Quantity | float]) -> Quantity:
    """One array quantity from several of equal shape, along a new first axis, in the unit of the first."""
    unit, members = _in_one_unit(items, first=True)
    shape = np.broadcast_shapes(*(q.shape for q in members))
    gathered: dict[str, list[tuple[int, Block, int]]] = {}
    for row, q in enumerate(members):
        for key, part in q.blocks.items():
            gathered.setdefault(key, []).append((row, part, q.ndim))
    full = (len(members), *shape)
    value = np.stack([np.broadcast_to(q.value, shape) for q in members])
    parts = {key: blocks.stack(rows, full) for key, rows in gathered.items()}
    return Quantity._of(value, unit, Components.of(parts))


def concatenate(items: Sequence[Quantity | Array], axis: int = 0) -> Quantity:
    """One array quantity from several, along an axis that they have, in the unit of the first quantity."""
    unit, members = _in_one_unit(items)
    together_in_rank({q.ndim for q in members}, "concatenate")
    value = np.concatenate([q.value for q in members], axis=axis)
    along = range(value.ndim)[axis]
    gathered: dict[str, list[Place]] = {}
    start = 0
    for q in members:
        end = start + q.shape[along]
        key = (*[slice(None)] * along, slice(start, end))
        for id, part in q.blocks.items():
            gathered.setdefault(id, []).append((key, part, q.shape))
        start = end
    parts = {id: _joined(places, value.shape) for id, places in gathered.items()}
    return Quantity._of(value, unit, Components.of(parts))


def where(condition: Any, a: Any, b: Any) -> Quantity:
    """The values of a where a condition on plain values holds, those of b elsewhere; one unit."""
    if isinstance(condition, Quantity):
        raise Refused(finding("quantity.operation.unlisted", operation="where(quantity, …)"))
    chosen = np.asarray(condition, bool)
    unit, (first, second) = _in_one_unit((a, b))
    value = np.where(chosen, first.value, second.value)
    terms = [(chosen.astype(float), first), ((~chosen).astype(float), second)]
    return Quantity._of(value, unit, linear(terms, value.shape))


def together_in_rank(ranks: set[int], operation: str) -> None:
    """Refuse arrays of different rank, and numbers, which have no axis to go along."""
    if ranks == {0} or len(ranks) > 1:
        told = ", ".join(map(str, sorted(ranks)))
        raise Refused(finding("quantity.shape.rank", operation=operation, ranks=told))


def diff(q: Any, n: int = 1, axis: int = -1) -> Any:
    """Differences of neighbours along an axis, n times."""
    before = (slice(None),) * range(q.ndim)[axis]
    for _ in range(n):
        q = q[(*before, slice(1, None))] - q[(*before, slice(None, -1))]
    return q


def cumsum(q: Quantity, axis: int | None = None) -> Quantity:
    """Running sums of a row of values. Raises Refused for a table along one axis, and for points of a scale.

    What is independent from value to value makes n²/2 components of n running sums; beyond the limit of components the
    sum is refused.
    """
    if q.ndim > 1 and axis is not None:
        raise Refused(finding("quantity.operation.unlisted", operation="cumsum of a table along an axis"))
    if q.unit.kind == "point":
        raise Refused(finding("quantity.unit.point", unit=q.unit.symbol, operation="cumsum"))
    row = q.reshape(-1)
    parts = {id: _running(part, row.size) for id, part in row.blocks.items()}
    return Quantity._of(np.cumsum(row.value), q.unit, Components.of(parts))


def _running(part: Block, n: int) -> Block:
    own: Own | None = None
    dense: Dense | None = None
    if part.dense is not None:
        scale = np.broadcast_to(part.dense.scale, (len(part.dense.scale), n))
        dense = Dense(np.cumsum(scale, axis=1), part.dense.weights)
    if part.own is not None:
        slots = len(part.own.index)
        if slots * n * n > blocks.LARGEST:
            raise Refused(finding("quantity.components.too_large", entries=slots * n * n, values=n))
        given = [np.broadcast_to(x, (slots, n)).reshape(-1, 1) for x in (part.own.index, part.own.coefficient)]
        entered = np.tile(np.arange(n), slots)[:, None] <= np.arange(n)
        own = blocks.coalesce(np.broadcast_to(given[0], entered.shape), given[1] * entered)
    return Block(part.influence, own, dense)


def _joined(places: Sequence[Place], full: tuple[int, ...]) -> Block:
    """The block of an array from blocks of parts of it that do not overlap; elsewhere there is no component."""
    influence = places[0][1].influence
    for _, part, _ in places[1:]:
        blocks.check_same(influence, part.influence)
    own: Own | None = None
    owned = [(key, part.own, shape) for key, part, shape in places if part.own is not None]
    if owned:
        slots = max(len(mine.index) for _, mine, _ in owned)
        kind = np.result_type(*(mine.coefficient for _, mine, _ in owned))
        own = Own(np.zeros((slots, *full), dtype=int), np.zeros((slots, *full), dtype=kind))
        for key, mine, shape in owned:
            at = (slice(len(mine.index)), *key)
            own.index[at] = np.broadcast_to(mine.index, (len(mine.index), *shape))
            own.coefficient[at] = np.broadcast_to(mine.coefficient, (len(mine.index), *shape))
    terms: list[blocks.Term] = []
    for key, whole, shape in places:
        if whole.dense is not None:
            rows = len(whole.dense.scale)
            scale = np.zeros((rows, *full), dtype=whole.dense.scale.dtype)
            scale[(slice(None), *key)] = np.broadcast_to(whole.dense.scale, (rows, *shape))
            terms.append((1.0, Block(influence, None, Dense(scale, whole.dense.weights)), len(full)))
    return Block(influence, own, blocks.combine(terms, full).dense if terms else None)


def _in_one_unit(items: Sequence[Any], first: bool = False) -> tuple[Unit, list[Quantity]]:
    """Quantities in one unit, that of the first quantity (or of the first item), plain numbers as constants."""
    given = [x if isinstance(x, Quantity) else Quantity(x, ONE, {}) for x in items]
    unit = given[0].unit if first else next(x.unit for x in items if isinstance(x, Quantity))
    return unit, [q.to(unit) for q in given]


def _dot(a: Any, b: Any) -> Quantity:
    if max(np.ndim(a), np.ndim(b)) > 1:
        raise Refused(finding("quantity.operation.unlisted", operation="dot of matrices"))
    product: Quantity = a * b
    return product.sum() if np.ndim(a) and np.ndim(b) else product


def _place(function: Callable[[Array], Any], name: str) -> Callable[[Quantity], int]:
    """The place of an extreme estimate, counted over all values."""

    def found(q: Quantity) -> int:
        if q.is_complex:
            raise Refused(finding("quantity.complex.order", operation=name))
        return int(function(q.value))

    return found


_largest, _smallest = _place(np.argmax, "maximum"), _place(np.argmin, "minimum")


def _taken(place: Callable[[Quantity], int]) -> Callable[[Quantity], Quantity]:
    return lambda q: q.reshape(-1)[place(q)] if math.prod(q.shape) else _nothing_to_take()


def _nothing_to_take() -> Quantity:
    raise Refused(finding("quantity.value.not_finite", where="max, min"))


FUNCTIONS: Mapping[Callable[..., Any], Callable[..., Any]] = {
    np.sum: lambda q, axis=None: q.sum(axis),
    np.mean: lambda q, axis=None: q.mean(axis),
    np.dot: _dot,
    np.stack: stack,
    np.concatenate: concatenate,
    np.where: where,
    np.diff: diff,
    np.cumsum: cumsum,
    np.max: _taken(_largest),
    np.min: _taken(_smallest),
    np.argmax: _largest,
    np.argmin: _smallest,
    np.shape: lambda q: q.shape,
    np.ndim: lambda q: q.ndim,
    np.size: lambda q: q.size,
    np.real: lambda q: q.real,
    np.imag: lambda q: q.imag,
    np.angle: lambda q: q.phase(),
}
"""Function → what answers it. Arguments that an answer does not know are refused by it."""
