"""Blocks: the components of a quantity for one influence, kept small by structure.

For an influence of m standardised elements and a quantity of shape S the full table of components would be
(m, *S). It is never built; a block keeps two parts, whose sum it is:

own:   component c[s] on element i[s], for a few slots s of each value (one slot for independent readings);
dense: Σ_r weights[r, element] · scale[r, value]. No weights means the identity, so r counts the elements: shared
       standards, joint groups and low-rank factors. With weights it is what a sum over independent readings leaves.

Arrays have a leading slot or rank axis and then S, or axes of length 1 where all values agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence

Array = NDArray[Any]
Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Own:
    """index, coefficient: (slots, *S). No two slots of one value name the same element."""

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


@lru_cache(maxsize=64)
def every_element(size: int) -> Array:
    """The index (1, size) of a quantity whose values are the elements themselves, in order; one object a size."""
    index = np.arange(size)[None, :]
    index.setflags(write=False)
    return index


Term = tuple[Any, Block, int]
"""A partial derivative (float, or array of the result's shape), a block, and the number of axes of its quantity."""


def combine(terms: Sequence[Term], shape: Shape) -> Block:
    """Σ partial · block over blocks of one influence: the chain rule for one influence."""
    influence = terms[0][1].influence
    for _, block, _ in terms[1:]:
        check_same(influence, block.influence)
    ndim = len(shape)
    own = [(p, pad(b.own.index, n, ndim), pad(b.own.coefficient, n, ndim)) for p, b, n in terms if b.own]
    dense = [(p, pad(b.dense.scale, n, ndim), b.dense.weights) for p, b, n in terms if b.dense]
    return Block(influence, _combine_own(own, shape), _combine_dense(dense, shape, influence.size))


def check_same(a: Influence, b: Influence) -> None:
    """Refuse two influences of one identity with different content, naming both sources."""
    if a is not b and a.content() != b.content():
        raise Refused(finding("quantity.identity.conflict", where=a.id, first=a.source, second=b.source))


def pad(array: Array, have: int, want: int) -> Array:
    """Insert axes of length 1 after the first, so that a block of `have` axes broadcasts against `want`."""
    return array if have == want else array.reshape(array.shape[:1] + (1,) * (want - have) + array.shape[1:])


def _times(partial: Any, array: Array) -> Array:
    if isinstance(partial, float) and partial == 1.0:
        return array
    return np.multiply(partial, array)


def _combine_own(parts: Sequence[tuple[Any, Array, Array]], shape: Shape) -> Own | None:
    if not parts:
        return None
    first = parts[0][1]
    if all(index is first or np.array_equal(index, first) for _, index, _ in parts):
        total = _times(parts[0][0], parts[0][2])
        for partial, _, coefficient in parts[1:]:
            total = total + _times(partial, coefficient)
        return Own(first, total)
    index = np.concatenate([np.broadcast_to(i, (i.shape[0], *shape)) for _, i, _ in parts])
    coefficient = np.concatenate([np.broadcast_to(_times(p, c), (i.shape[0], *shape)) for p, i, c in parts])
    return coalesce(index, coefficient)


def coalesce(index: Array, coefficient: Array) -> Own:
    """Merge slots of one value that name the same element, so that a variance is a sum of squares over slots."""
    if index.shape[0] == 1:
        return Own(index, coefficient)
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


def _combine_dense(
    parts: Sequence[tuple[Any, Array, Array | None]], shape: Shape, size: int
) -> Dense | None:
    if not parts:
        return None
    weights = parts[0][2]
    if all(w is weights for _, _, w in parts):
        total = _times(parts[0][0], parts[0][1])
        for partial, scale, _ in parts[1:]:
            total = total + _times(partial, scale)
        return Dense(total, weights)
    eye = np.eye(size) if any(w is None for _, _, w in parts) else None
    table = np.concatenate([eye if w is None else w for _, _, w in parts if w is not None or eye is not None])
    scales = [_times(p, s) for p, s, _ in parts]
    ends = np.broadcast_shapes(*(s.shape[1:] for s in scales))
    scale = np.concatenate([np.broadcast_to(s, (s.shape[0], *ends)) for s in scales])
    return collapse(Dense(scale, table))


def collapse(dense: Dense) -> Dense:
    """One row is enough where all values share the same combination of weights."""
    if dense.weights is None or dense.scale.shape[0] == 1 or dense.scale[0].size != 1:
        return dense
    row = dense.scale.reshape(1, -1) @ dense.weights
    return Dense(np.ones((1,) + (1,) * (dense.scale.ndim - 1)), row)


def select(block: Block, key: Any, shape: Shape) -> Block:
    """The block of quantity[key]: elements keep their identity."""
    at = (slice(None), *key) if isinstance(key, tuple) else (slice(None), key)

    def pick(array: Array) -> Array:
        return np.broadcast_to(array, (array.shape[0], *shape))[at]

    own = block.own and Own(pick(block.own.index), pick(block.own.coefficient))
    dense = block.dense and Dense(pick(block.dense.scale), block.dense.weights)
    return Block(block.influence, own, dense)


def reshape(block: Block, old: Shape, new: Shape) -> Block:
    """The block of a quantity reshaped from `old` to `new`."""

    def shaped(array: Array) -> Array:
        return np.broadcast_to(array, (array.shape[0], *old)).reshape(array.shape[0], *new)

    own = block.own and Own(shaped(block.own.index), shaped(block.own.coefficient))
    dense = block.dense and Dense(shaped(block.dense.scale), block.dense.weights)
    return Block(block.influence, own, dense)


def total(block: Block, shape: Shape, axis: int | None) -> Block:
    """The block of the sum over all values (axis None) or over one axis.

    A full sum turns own components into one row of weights: O(n), and exact.
    """
    if axis is None:
        return _full_total(block, shape)
    own = dense = None
    if block.own:
        index = np.broadcast_to(block.own.index, (block.own.index.shape[0], *shape))
        coefficient = np.broadcast_to(block.own.coefficient, index.shape)
        rest = shape[:axis] + shape[axis + 1 :]
        slots = index.shape[0] * shape[axis]
        own = coalesce(
            np.moveaxis(index, axis + 1, 1).reshape(slots, *rest),
            np.moveaxis(coefficient, axis + 1, 1).reshape(slots, *rest),
        )
    if block.dense:
        scale = block.dense.scale
        full = np.broadcast_to(scale, (scale.shape[0], *shape))
        dense = Dense(full.sum(axis=axis + 1), block.dense.weights)
    return Block(block.influence, own, dense)


def _full_total(block: Block, shape: Shape) -> Block:
    parts: list[tuple[Any, Array, Array | None]] = []
    if block.own:
        index = np.broadcast_to(block.own.index, (block.own.index.shape[0], *shape))
        coefficient = np.broadcast_to(block.own.coefficient, index.shape)
        if block.own.index is every_element(block.influence.size):
            row = coefficient[0]
        else:
            row = np.bincount(index.ravel(), coefficient.ravel(), minlength=block.influence.size)
        parts.append((1.0, np.ones(1), row[None, :]))
    if block.dense:
        scale = block.dense.scale
        count = 1
        for have, want in zip(scale.shape[1:], shape, strict=True):
            count *= want if have == 1 else 1
        summed = scale.reshape(scale.shape[0], -1).sum(axis=1) * count
        parts.append((1.0, summed, block.dense.weights))
    return Block(block.influence, None, _combine_dense(parts, (), block.influence.size))


def variance(block: Block) -> Array:
    """The variance that this influence brings to each value: Σ over elements of component²; shape broadcasts to S."""
    result: Any = 0.0
    own, dense = block.own, block.dense
    if own is not None:
        result = _squares(own.coefficient)
    if dense is not None:
        if dense.weights is None:
            result = result + _squares(dense.scale)
        else:
            gram = dense.weights @ dense.weights.T
            result = result + np.einsum("r...,r...->...", np.tensordot(gram, dense.scale, axes=1), dense.scale)
        if own is not None:
            result = result + 2.0 * np.sum(own.coefficient * dense_at(dense, own.index), axis=0)
    return np.asarray(result)


def _squares(array: Array) -> Array:
    return array[0] * array[0] if array.shape[0] == 1 else np.einsum("r...,r...->...", array, array)


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
    table = np.zeros((size, count))
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


def fourth_powers(block: Block, shape: Shape) -> Array:
    """Σ over independent elements of component⁴ (for a joint group: variance²), for Welch-Satterthwaite; shape S."""
    if block.influence.joint:
        return np.broadcast_to(variance(block), shape) ** 2
    if block.dense is None and block.own is not None:
        return np.broadcast_to(np.sum(block.own.coefficient**4, axis=0), shape)
    if block.own is None and block.dense is not None and block.dense.weights is None:
        return np.broadcast_to(np.sum(block.dense.scale**4, axis=0), shape)
    if block.dense is not None and block.dense.weights is not None and block.dense.scale.shape[0] == 1:
        weighted = block.dense.scale[0] ** 4 * np.sum(block.dense.weights**4)
        if block.own is not None:
            shared = dense_at(block.dense, block.own.index)
            weighted = weighted + np.sum((block.own.coefficient + shared) ** 4 - shared**4, axis=0)
        return np.broadcast_to(weighted, shape)
    result = np.empty(int(np.prod(shape, dtype=int)))
    step = max(1, 4_000_000 // block.influence.size)
    flat = reshape(block, shape, (result.size,))
    for start in range(0, result.size, step):
        part = select(flat, slice(start, start + step), (result.size,))
        result[start : start + step] = np.sum(components(part, (min(step, result.size - start),)) ** 4, axis=0)
    return result.reshape(shape)
