"""Covariance and correlation of any two quantities: whatever influences they share, and nothing else."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.quantity import Quantity

Array = NDArray[Any]
LARGEST = 25_000_000
"""Entries of a covariance matrix: 0.2 GB, a square one of 5000 values."""


def covariance(a: Quantity, b: Quantity) -> Array:
    """u(aᵢ, bⱼ) = Σ over shared influence elements of component·component (GUM F.1.2.3), shape a.shape + b.shape.

    Where one of them is complex, the matrix of real and imaginary part stands on two more axes (JCGM 102):
    shape a.shape + b.shape + (2, 2), the rows for a, the columns for b.

    Units: the product of the two units. Dense only on request: more than 25 million entries are Refused.
    """
    if a.is_complex or b.is_complex:
        rows = [np.stack([covariance(x, y) for y in (b.real, b.imag)], axis=-1) for x in (a.real, a.imag)]
        return np.stack(rows, axis=-2)
    if a.size * b.size > LARGEST:
        raise Refused(finding("quantity.covariance.too_large", entries=a.size * b.size))
    result = np.zeros((a.size, b.size))
    for key, first in a.blocks.items():
        second = b.blocks.get(key)
        if second is not None:
            blocks.check_same(first.influence, second.influence)
            result += _block_covariance(first, a.shape, second, b.shape)
    return result.reshape(a.shape + b.shape)


def bivariate(z: Quantity) -> Array:
    """The covariance matrix of real and imaginary part of each value (JCGM 102), shape z.shape + (2, 2).

    V = [[u²(Re), u(Re, Im)], [u(Re, Im), u²(Im)]], in the square of the unit; a real quantity has no second row.

    >>> from suyuan.quantity.complex_quantity import complex_quantity
    >>> bivariate(complex_quantity(3 + 4j, 0.1 + 0.2j, r=0.5)).round(9).tolist()
    [[0.01, 0.01], [0.01, 0.04]]
    """
    result = np.zeros((*z.shape, 2, 2))
    if not z.is_complex:
        result[..., 0, 0] = z.variance
        return result
    both = z.variance
    result[..., 0, 0], result[..., 1, 1] = both.real, both.imag
    # u²(x + y) − u²(x − y) = 4 u(x, y) value by value; x and y at one scale, so that the smaller keeps its digits
    first, second = np.sqrt(both.real), np.sqrt(both.imag)
    x = z.real / np.where(first > 0.0, first, 1.0)
    y = z.imag / np.where(second > 0.0, second, 1.0)
    result[..., 0, 1] = result[..., 1, 0] = first * second * ((x + y).variance - (x - y).variance) / 4.0
    return result


def correlation(a: Quantity, b: Quantity) -> Array:
    """r(aᵢ, bⱼ) = u(aᵢ, bⱼ) / (u(aᵢ) u(bⱼ)) (GUM 5.2.2); not a number where one of them has no uncertainty.

    Of complex quantities: as `covariance`, with two more axes.
    """
    joint = covariance(a, b)
    if a.is_complex or b.is_complex:
        spreads = [np.stack([q.real.u, q.imag.u], axis=-1) for q in (a, b)]
        outer = np.multiply.outer(*spreads)  # a.shape + (2,) + b.shape + (2,)
        return _ratio(joint, np.moveaxis(outer, a.ndim, -2))
    return _ratio(joint, np.multiply.outer(a.u, b.u))


def _ratio(joint: Array, spread: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(spread > 0.0, joint / spread, np.nan))


Factor = tuple[Any, Array | None]
"""S (r, n), dense or sparse, and weights W (r, m) or None for the identity: components Wᵀ S on the m elements."""


def _block_covariance(a: Block, a_shape: tuple[int, ...], b: Block, b_shape: tuple[int, ...]) -> Array:
    left, right = math.prod(a_shape), math.prod(b_shape)
    if a.influence.size * max(left, right) <= 1_000_000:
        return np.asarray(blocks.components(a, a_shape).T @ blocks.components(b, b_shape))
    result = np.zeros((left, right))
    for first in _factors(a, a_shape):
        for second in _factors(b, b_shape):
            product = _product(first, second)
            result += product if isinstance(product, np.ndarray) else product.toarray()
    return result


def _product(a: Factor, b: Factor) -> Any:
    """(W_aᵀ S_a)ᵀ (W_bᵀ S_b), in an order that never makes a table of all elements by all values."""
    (left, weights), (right, others) = a, b
    if weights is None:
        return left.T @ right if others is None else (left.T @ others.T) @ right
    return left.T @ (weights @ right if others is None else (weights @ others.T) @ right)


def _factors(part: Block, shape: tuple[int, ...]) -> list[Factor]:
    factors: list[Factor] = []
    count, size = math.prod(shape), part.influence.size
    if part.own is not None:
        from scipy.sparse import csr_array

        slots = part.own.index.shape[0]
        index = np.broadcast_to(part.own.index, (slots, *shape)).reshape(slots, count)
        coefficient = np.broadcast_to(part.own.coefficient, (slots, *shape)).reshape(slots, count)
        values = np.broadcast_to(np.arange(count), (slots, count))
        table = csr_array((coefficient.ravel(), (values.ravel(), index.ravel())), shape=(count, size))
        factors.append((table.T, None))
    if part.dense is not None:
        scale = part.dense.scale
        full = np.broadcast_to(scale, (scale.shape[0], *shape)).reshape(scale.shape[0], count)
        factors.append((full, part.dense.weights))
    return factors
