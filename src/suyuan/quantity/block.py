"""Blocks: the components of a quantity for one influence, kept small by structure.

For an influence of m standardised elements and a quantity of shape S the full table of components would be
(m, *S). It is never built; a block keeps two parts, whose sum it is:

own:   component c[s] on element i[s], for a few slots s of each value (one slot for independent readings);
dense: Σ_r weights[r, element] · scale[r, value]. No weights means the identity, so r counts the elements: shared
       standards, joint groups and low-rank factors. With weights it is what a sum over independent readings leaves.

Components of a complex quantity are complex: the elements are real, their effect on the value is not. Weights are
always real, so that real part and conjugate of a block are those of its scale and coefficient.

Arrays have a leading slot or rank axis and then S, or axes of length 1 where all values agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence, conflict

Array = NDArray[Any]
Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Own:
    """index, coefficient: (slots, *S). No two slots of one value name the same element, unless one of them is 0."""

    index: Array
    coefficient: Array


@dataclass(frozen=True, slots=True, eq=False)
class Dense:
    """scale: (r, *S); weights: (r, m), or None for the identity."""

    scale: Array
    weights: Array | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """All components of one quantity for one influence."""

    influence: Influence
    own: Own | None = None
    dense: Dense | None = None


def axes(block: Block) -> int:
    """The number of axes of the quantity that a block belongs to."""
    if block.own is not None:
        return block.own.index.ndim - 1
    return block.dense.scale.ndim - 1 if block.dense is not None else 0


@lru_cache(maxsize=16)
def every_element(size: int) -> Array:
    """The index (1, size) of a quantity whose values are the elements themselves, in order; one object a size."""
    index = np.arange(size)[None, :]
    index.setflags(write=False)
    return index


Term = tuple[Any, Block, int]
"""A partial derivative (float, or array of the result's shape), a block, and the number of axes of its quantity."""


FEW = 16
"""Up to so many values are handled as rows of weights where their elements are many."""


LARGEST = 50_000_000
"""Own components of one result, every slot counted: with what merging them needs, about 2 GB."""


def combine(terms: Sequence[Term], shape: Shape) -> Block:
    """Σ partial · block over blocks of one influence: the chain rule for one influence."""
    influence, ndim = terms[0][1].influence, len(shape)
    own: list[tuple[Any, Array, Array]] = []
    dense: list[tuple[Any, Array, Array | None]] = []
    for partial, block, n in terms:
        check_same(influence, block.influence)
        if block.dense is not None:
            dense.append((partial, pad(block.dense.scale, n, ndim), block.dense.weights))
        if block.own is None:
            continue
        count = math.prod(block.own.index.shape[1:])
        long = block.own.index.shape[0] > FEW >= count and count * influence.size <= LARGEST
        if long and math.prod(shape) > count:
            rows = as_rows(influence, block.own)  # a sum over many elements must not repeat them for every value
            dense.append((partial, pad(rows.scale, n, ndim), rows.weights))
        else:
            own.append((partial, pad(block.own.index, n, ndim), pad(block.own.coefficient, n, ndim)))
    return settled(influence, _combine_own(own, shape), _combine_dense(dense), shape)


def as_rows(influence: Influence, own: Own) -> Dense:
    """Own components of a few values as one row of weights a value."""
    index, size = own.index, influence.size
    coefficient = np.broadcast_to(own.coefficient, np.broadcast_shapes(own.coefficient.shape, index.shape))
    ends, count = coefficient.shape[1:], math.prod(coefficient.shape[1:])
    where = np.broadcast_to(index, coefficient.shape).reshape(-1, count) + size * np.arange(count)
    table = _sums(where.ravel(), coefficient.ravel(), count * size).reshape(count, size)
    return _real_weights(np.eye(count).reshape(count, *ends), table)


def _sums(index: Array, coefficient: Array, size: int) -> Array:
    """The sum of the coefficients on each element, added in order."""
    if np.iscomplexobj(coefficient):
        return _sums(index, coefficient.real, size) + 1j * _sums(index, coefficient.imag, size)
    return np.bincount(index, coefficient, minlength=size)


def _real_weights(scale: Array, weights: Array) -> Dense:
    """Rows of complex weights become two rows of real ones."""
    if np.iscomplexobj(weights):
        return Dense(np.concatenate([scale, 1j * scale]), np.concatenate([weights.real, weights.imag]))
    return Dense(scale, weights)


def mapped(block: Block, function: Callable[[Array], Array]) -> Block:
    """The block with a function of all components that is linear over the reals: np.real, np.imag, np.conjugate."""
    own = block.own and Own(block.own.index, function(block.own.coefficient))
    dense = block.dense and Dense(function(block.dense.scale), block.dense.weights)
    return Block(block.influence, own, dense)


def is_complex(block: Block) -> bool:
    """Whether components are complex numbers."""
    own, dense = block.own, block.dense
    return (own is not None and own.coefficient.dtype.kind == "c") or (
        dense is not None and dense.scale.dtype.kind == "c"
    )


def settled(influence: Influence, own: Own | None, dense: Dense | None, shape: Shape) -> Block:
    """A block; for a single value an own part beside a dense one is folded into it, so that what cancels cancels
    exactly, and one of many elements becomes a row of weights."""
    many = own is not None and own.index.shape[0] > FEW and influence.size <= FEW * own.index.shape[0]
    if shape or own is None or not (dense or many):
        return Block(influence, own, dense)
    row = _sums(own.index, own.coefficient, influence.size)
    if dense is None:
        return Block(influence, None, _real_weights(np.ones(1), row[None]))
    if dense.weights is None:
        return Block(influence, None, Dense(dense.scale + row))
    return Block(influence, None, _real_weights(np.ones(1), (dense.scale @ dense.weights + row)[None]))


def check_same(a: Influence, b: Influence) -> None:
    """Refuse two influences of one identity with different content, naming both sources."""
    if a is not b and a.content() != b.content():
        raise Refused(conflict(a, b))


def pad(array: Array, have: int, want: int) -> Array:
    """Insert axes of length 1 after the first, so that a block of `have` axes broadcasts against `want`."""
    return array if have == want else array.reshape(array.shape[:1] + (1,) * (want - have) + array.shape[1:])


def _times(partial: Any, array: Array) -> Array:
    if isinstance(partial, float) and partial == 1.0:
        return array
    return np.asarray(np.multiply(partial, array))


def _combine_own(parts: Sequence[tuple[Any, Array, Array]], shape: Shape) -> Own | None:
    if not parts:
        return None
    first = parts[0][1]
    if all(index is first or np.array_equal(index, first) for _, index, _ in parts):
        total = _times(parts[0][0], parts[0][2])
        for partial, _, coefficient in parts[1:]:
            total = total + _times(partial, coefficient)
        return Own(first, total)
    entries = sum(len(i) for _, i, _ in parts) * math.prod(shape)
    if entries > LARGEST:
        raise Refused(finding("quantity.components.too_large", entries=entries, values=math.prod(shape)))
    index = np.concatenate([np.broadcast_to(i, (i.shape[0], *shape)) for _, i, _ in parts])
    coefficient = np.concatenate([np.broadcast_to(_times(p, c), (i.shape[0], *shape)) for p, i, c in parts])
    return coalesce(index, coefficient)


def coalesce(index: Array, coefficient: Array) -> Own:
    """Merge slots of one value that name the same element, so that a variance is a sum of squares over slots."""
    if index.shape[0] <= 1:
        return Own(index, coefficient)
    if index.ndim == 1 and len(index) > FEW:
        named, where = np.unique(index, return_inverse=True)
        return Own(named, _sums(where, coefficient, len(named)))
    order = np.argsort(index, axis=0, kind="stable")
    index = np.take_along_axis(index, order, axis=0)
    coefficient = np.take_along_axis(np.array(coefficient), order, axis=0)
    for slot in range(index.shape[0] - 1, 0, -1):
        same = index[slot] == index[slot - 1]
        if same.any():
            coefficient[slot - 1] += np.where(same, coefficient[slot], 0.0)
            coefficient[slot] = np.where(same, 0.0, coefficient[slot])
    kept = (coefficient != 0.0).reshape(coefficient.shape[0], -1).any(axis=1)
    kept[0] = True
    return Own(index[kept], coefficient[kept])


def _combine_dense(parts: Sequence[tuple[Any, Array, Array | None]]) -> Dense | None:
    if not parts:
        return None
    tables = [w for _, _, w in parts if w is not None]
    scales = [_times(p, s) for p, s, _ in parts]
    if not tables or (
        len(tables) == len(parts) and all(w is tables[0] or np.array_equal(w, tables[0]) for w in tables)
    ):
        total = scales[0]
        for scale in scales[1:]:
            total = total + scale
        return Dense(total, tables[0] if tables else None)
    if len(tables) < len(parts):  # the identity has a row for every element, so weighted parts are no larger in full
        plain = [
            (1.0, s if w is None else np.tensordot(w.T, s, 1), None) for s, (_, _, w) in zip(scales, parts, strict=True)
        ]
        return _combine_dense(plain)
    ends = np.broadcast_shapes(*(s.shape[1:] for s in scales))
    scale = np.concatenate([np.broadcast_to(s, (s.shape[0], *ends)) for s in scales])
    return collapse(Dense(scale, np.concatenate(tables)))


def collapse(dense: Dense) -> Dense:
    """One row is enough where all values share the same combination of weights."""
    if dense.weights is None or dense.scale.shape[0] == 1 or dense.scale[0].size != 1:
        return dense
    row = dense.scale.reshape(1, -1) @ dense.weights
    return _real_weights(np.ones((1,) + (1,) * (dense.scale.ndim - 1)), row)


def select(block: Block, key: Any, shape: Shape) -> Block:
    """The block of quantity[key]: elements keep their identity."""
    keys = key if isinstance(key, tuple) else (key,)
    basic = all(
        k is None or k is ... or (isinstance(k, slice | int | np.integer) and not isinstance(k, bool)) for k in keys
    )

    def pick(array: Array) -> Array:
        full = np.broadcast_to(array, (array.shape[0], *shape))
        if basic:
            return _narrow(full[(slice(None), *keys)])
        return np.stack([row[key] for row in full])  # row by row: lists apart in a key would move the first axis

    own = block.own and Own(pick(block.own.index), pick(block.own.coefficient))
    dense = block.dense and Dense(pick(block.dense.scale), block.dense.weights)
    return Block(block.influence, own, dense)


def _narrow(array: Array) -> Array:
    """Length 1 again on the axes along which a view repeats itself."""
    ends = [slice(None) if step else slice(0, 1) for step in array.strides[1:]]
    return array[(slice(None), *ends)]


def stack(rows: Sequence[tuple[int, Block, int]], shape: Shape) -> Block:
    """The block of an array of `shape` from (row, block, axes of its quantity); other rows have no component."""
    influence, ndim = rows[0][1].influence, len(shape) - 1
    for _, block, _ in rows[1:]:
        check_same(influence, block.influence)
    own: Own | None = None
    dense: Dense | None = None
    owned = [(row, b.own, n) for row, b, n in rows if b.own is not None]
    if owned:
        slots = max(part.index.shape[0] for _, part, _ in owned)
        kind = np.result_type(*(part.coefficient for _, part, _ in owned))
        own = Own(np.zeros((slots, *shape), dtype=int), np.zeros((slots, *shape), dtype=kind))
        for row, mine, n in owned:
            own.index[: len(mine.index), row] = pad(mine.index, n, ndim)
            own.coefficient[: len(mine.index), row] = pad(mine.coefficient, n, ndim)
    shared = [(row, b.dense, n) for row, b, n in rows if b.dense is not None]
    if shared and all(part.weights is shared[0][1].weights for _, part, _ in shared):
        kind = np.result_type(*(part.scale for _, part, _ in shared))
        scale = np.zeros((shared[0][1].scale.shape[0], *shape), dtype=kind)
        for row, part, n in shared:
            scale[:, row] = pad(part.scale, n, ndim)
        dense = Dense(scale, shared[0][1].weights)
    elif shared:
        lines = np.eye(shape[0]).reshape(shape[0], shape[0], *[1] * ndim)
        dense = _combine_dense([(lines[row], pad(part.scale, n, ndim + 1), part.weights) for row, part, n in shared])
    return Block(influence, own, dense)


def reshape(block: Block, old: Shape, new: Shape) -> Block:
    """The block of a quantity reshaped from `old` to `new`."""

    def shaped(array: Array) -> Array:
        return np.broadcast_to(array, (array.shape[0], *old)).reshape(array.shape[0], *new)

    own = block.own and Own(shaped(block.own.index), shaped(block.own.coefficient))
    dense = block.dense and Dense(shaped(block.dense.scale), block.dense.weights)
    return Block(block.influence, own, dense)


def total(block: Block, shape: Shape, axis: int | None) -> Block:
    """The block of the sum over all values (axis None) or over one axis.

    A sum keeps the elements of its terms, one slot each; a few long sums become rows of weights: O(n), and exact.
    """
    rest: Shape = () if axis is None else shape[:axis] + shape[axis + 1 :]
    along = tuple(range(1, len(shape) + 1)) if axis is None else (axis + 1,)
    own: Own | None = None
    parts: list[tuple[Any, Array, Array | None]] = []
    if block.own is not None and 0 not in shape:
        index = np.broadcast_to(block.own.index, (block.own.index.shape[0], *shape))
        coefficient = np.broadcast_to(block.own.coefficient, index.shape)
        merged = [_first(a, along, rest) for a in (index, coefficient)]
        count, size = math.prod(rest), block.influence.size
        if axis is None and in_order(index, size):
            rows = _real_weights(np.ones(1), merged[1][None])
            parts.append((1.0, rows.scale, rows.weights))
        elif count <= FEW < merged[0].shape[0] and count * size <= FEW * index.size:
            rows = as_rows(block.influence, Own(*merged))
            parts.append((1.0, rows.scale, rows.weights))
        else:
            own = coalesce(*merged)
    if block.dense is not None:
        scale = block.dense.scale
        repeated = math.prod(shape[a - 1] for a in along if scale.shape[a] == 1)
        parts.append((1.0, scale.sum(axis=along) * repeated, block.dense.weights))
    return settled(block.influence, own, _combine_dense(parts), rest)


def _first(array: Array, along: tuple[int, ...], rest: Shape) -> Array:
    """The summed axes joined with the slots."""
    return np.moveaxis(array, along, range(1, len(along) + 1)).reshape(-1, *rest)


def in_order(index: Array, size: int) -> bool:
    """Whether the values are the elements themselves in order; sees views of `every_element` only."""
    if index.shape[0] != 1 or index.size != size or not np.may_share_memory(index, every_element(size)):
        return False
    return bool(index.flags.c_contiguous and index.flat[0] == 0)


def variance(block: Block) -> Array:
    """The variance that this influence brings to each value: Σ over elements of component²; shape broadcasts to S.

    Complex: that of the real part, and as imaginary part that of the imaginary part.
    """
    if is_complex(block):
        return variance(mapped(block, np.real)) + 1j * variance(mapped(block, np.imag))
    result: Any = 0.0
    own, dense = block.own, block.dense
    if own is not None:
        result = _squares(own.coefficient)
    if dense is not None:
        result = result + _squares(dense.scale if dense.weights is None else _rotated(dense))
        if own is not None:
            result = result + 2.0 * np.sum(own.coefficient * dense_at(dense, own.index), axis=0)
    return np.asarray(result)


def _rotated(dense: Dense) -> Array:
    """R · scale with Rᵀ R = weights · weightsᵀ. R comes from a QR of the weights, since in their Gram matrix rows that
    nearly cancel would lose half the digits."""
    assert dense.weights is not None
    if dense.weights.shape[0] == 1:
        return np.asarray(dense.scale * np.linalg.norm(dense.weights))
    return np.asarray(np.tensordot(np.linalg.qr(dense.weights.T, mode="r"), dense.scale, 1))


def _squares(array: Array) -> Array:
    if array.ndim == 1 and len(array) > 1:
        return np.asarray(array @ array)
    return np.asarray(array[0] * array[0] if array.shape[0] == 1 else np.einsum("r...,r...->...", array, array))


def dense_at(dense: Dense, index: Array) -> Array:
    """The dense part's component on the named elements: (slots, *S)."""
    if dense.weights is None:
        ends = np.broadcast_shapes(dense.scale.shape[1:], index.shape[1:])
        scale = np.broadcast_to(dense.scale, (dense.scale.shape[0], *ends))
        return np.take_along_axis(scale, np.broadcast_to(index, (index.shape[0], *ends)), axis=0)
    return np.asarray(np.einsum("rs...,r...->s...", dense.weights[:, index], dense.scale))


def components(block: Block, shape: Shape) -> Array:
    """The full table (m, n) of components on every element; only for few elements or few values."""
    count = int(np.prod(shape, dtype=int))
    size = block.influence.size
    table = np.zeros((size, count), dtype=complex if is_complex(block) else float)
    if block.dense is not None:
        scale = block.dense.scale
        full = np.broadcast_to(scale, (scale.shape[0], *shape)).reshape(scale.shape[0], count)
        table += full if block.dense.weights is None else block.dense.weights.T @ full
    if block.own is not None:
        slots = block.own.index.shape[0]
        index = np.broadcast_to(block.own.index, (slots, *shape)).reshape(slots, count)
        coefficient = np.broadcast_to(block.own.coefficient, (slots, *shape)).reshape(slots, count)
        np.add.at(table, (index, np.arange(count)[None, :]), coefficient)
    return table
