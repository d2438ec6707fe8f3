"""Covariance and correlation of any two quantities: whatever influences they share, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.quantity import Quantity

Array = NDArray[Any]
LARGEST = 100_000_000


def covariance(a: Quantity, b: Quantity) -> Array:
    """u(aᵢ, bⱼ) = Σ over shared influence elements of component·component (GUM F.1.2.3), shape a.shape + b.shape.

    Units: the product of the two units. Dense only on request: refuses more than 10⁸ entries.
    """
    if a.size * b.size > LARGEST:
        raise Refused(finding("quantity.covariance.too_large", entries=a.size * b.size))
    result = np.zeros((a.size, b.size))
    for key, first in a.blocks.items():
        second = b.blocks.get(key)
        if second is not None:
            blocks.check_same(first.influence, second.influence)
            result += _block_covariance(first, a.shape, second, b.shape)
    return result.reshape(a.shape + b.shape)


def correlation(a: Quantity, b: Quantity) -> Array:
    """r(aᵢ, bⱼ) = u(aᵢ, bⱼ) / (u(aᵢ) u(bⱼ)) (GUM 5.2.2); not a number where one of them has no uncertainty."""
    spread = np.multiply.outer(a.u, b.u)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(spread > 0.0, covariance(a, b) / spread, np.nan))


def _block_covariance(a: Block, a_shape: tuple[int, ...], b: Block, b_shape: tuple[int, ...]) -> Array:
    elements = a.influence.size
    left, right = int(np.prod(a_shape, dtype=int)), int(np.prod(b_shape, dtype=int))
    if elements * max(left, right) <= 1_000_000:
        return np.asarray(blocks.components(a, a_shape).T @ blocks.components(b, b_shape))
    own_a, dense_a = _sparse(a, a_shape), _dense(a, a_shape)
    own_b, dense_b = _sparse(b, b_shape), _dense(b, b_shape)
    result = np.zeros((left, right))
    if own_a is not None and own_b is not None:
        result += (own_a @ own_b.T).toarray()
    for scale, weights in dense_a:
        if own_b is not None:
            result += scale.T @ (weights @ own_b.T if weights is not None else own_b.T.toarray())
        for other, more in dense_b:
            if weights is None and more is None:
                result += scale.T @ other
            else:
                result += scale.T @ _gram(weights, more) @ other
    if own_a is not None:
        for other, more in dense_b:
            result += (own_a @ more.T if more is not None else own_a.toarray()) @ other
    return result


def _sparse(part: Block, shape: tuple[int, ...]) -> Any:
    if part.own is None:
        return None
    from scipy.sparse import csr_array

    count = int(np.prod(shape, dtype=int))
    slots = part.own.index.shape[0]
    index = np.broadcast_to(part.own.index, (slots, *shape)).reshape(slots, count)
    coefficient = np.broadcast_to(part.own.coefficient, (slots, *shape)).reshape(slots, count)
    rows = np.broadcast_to(np.arange(count), (slots, count))
    return csr_array((coefficient.ravel(), (rows.ravel(), index.ravel())), shape=(count, part.influence.size))


def _dense(part: Block, shape: tuple[int, ...]) -> list[tuple[Array, Array | None]]:
    if part.dense is None:
        return []
    scale = part.dense.scale
    return [(np.broadcast_to(scale, (scale.shape[0], *shape)).reshape(scale.shape[0], -1), part.dense.weights)]


def _gram(a: Array | None, b: Array | None) -> Array:
    """weights · weightsᵀ where None stands for the identity; not both None."""
    if a is None or b is None:
        return a if a is not None else np.asarray(b).T
    return np.asarray(a @ b.T)
