"""Effective degrees of freedom of a quantity from those of its influences.

Real: ν = u⁴ / Σ uᵢ⁴/νᵢ (Welch-Satterthwaite, GUM G.4.1). Inputs that were observed together form one joint group; the
group counts as one component whose variance contains its covariances (R. Willink, A generalization of the
Welch-Satterthwaite formula for use with correlated uncertainty components, Metrologia 44 (2007) 340-349).

Complex: with the covariance matrix V = Σ Vᵢ of real and imaginary part,

    ν = (2 V₁₁² + V₁₁V₂₂ + V₁₂² + 2 V₂₂²) / Σ (2 Vᵢ₁₁² + Vᵢ₁₁Vᵢ₂₂ + Vᵢ₁₂² + 2 Vᵢ₂₂²)/νᵢ,

which equates the total variance of the elements of the matrices (R. Willink and B. D. Hall, A classical method for
uncertainty analysis with multidimensional data, Metrologia 39 (2002) 361-369). For a real number both are the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.block import FEW, Block, Dense, dense_at, variance

Array = NDArray[Any]
Shape = tuple[int, ...]
SMALLEST = 1e-100
"""Variances below this, or above its reciprocal, are brought to 1 first: their squares leave the range of floats."""


def effective_dof(parts: Iterable[Block], shape: Shape, is_complex: bool = False) -> Array:
    """Effective degrees of freedom of each value (formulas above); infinite where no component of finite dof is left.

    parts: the blocks of one quantity; shape: its shape; is_complex: whether its values are complex numbers.
    """
    parts = tuple(parts)
    moments = [_moments(part, shape, is_complex) for part in parts]
    total: Any = sum(moments, np.zeros((3 if is_complex else 1, *shape)))
    size = total[0] + total[-1]
    known = (size > 0.0) & (size < math.inf)
    if np.any(known & ((size < SMALLEST) | (size > 1.0 / SMALLEST))):
        factor = 1.0 / np.sqrt(np.where(known, size, 1.0))
        return effective_dof([blocks.combine([(factor, part, len(shape))], shape) for part in parts], shape, is_complex)
    denominator = np.zeros(shape)
    for part, mine in zip(parts, moments, strict=True):
        if math.isfinite(part.influence.dof):
            fourth = _complex_fourth(part, shape, mine) if is_complex else fourth_powers(part, shape)
            denominator = denominator + fourth / part.influence.dof
    with np.errstate(divide="ignore", invalid="ignore"):
        dof = _scalar_of(total) / denominator
    return np.asarray(np.where(denominator > 0.0, dof, np.inf))


def _moments(part: Block, shape: Shape, is_complex: bool) -> Array:
    """The variance that one influence brings to each value, (1, *S), or (V₁₁, V₁₂, V₂₂)."""
    return _bivariate(part, shape) if is_complex else np.broadcast_to(variance(part), shape)[None]


def _scalar_of(moments: Array) -> Array:
    """v² of a variance; 2 V₁₁² + V₁₁V₂₂ + V₁₂² + 2 V₂₂² of (V₁₁, V₁₂, V₂₂)."""
    if len(moments) == 1:
        return np.asarray(moments[0] ** 2)
    first, mixed, second = moments
    return np.asarray(2.0 * first**2 + first * second + mixed**2 + 2.0 * second**2)


def _bivariate(part: Block, shape: Shape) -> Array:
    """(V₁₁, V₁₂, V₂₂) of real and imaginary part that one influence brings to each value."""
    first, second = (variance(blocks.mapped(part, f)) for f in (np.real, np.imag))
    above, below = (variance(blocks.mapped(part, f)) for f in (_sum, _difference))
    return np.stack([np.broadcast_to(x, shape) for x in (first, (above - below) / 4.0, second)])


def _complex_fourth(part: Block, shape: Shape, moments: Array) -> Array:
    """The same form of each independent element, added; a joint group is one element."""
    if part.influence.joint:
        return _scalar_of(moments)
    first, second, above, below = (
        fourth_powers(blocks.mapped(part, f), shape) for f in (np.real, np.imag, _sum, _difference)
    )
    mixed = (above + below - 2.0 * first - 2.0 * second) / 12.0  # Σ a²b² from fourth powers of a, b, a + b, a − b
    return np.asarray(2.0 * first + 2.0 * mixed + 2.0 * second)


def _sum(z: Array) -> Array:
    return np.asarray(np.real(z) + np.imag(z))


def _difference(z: Array) -> Array:
    return np.asarray(np.real(z) - np.imag(z))


def fourth_powers(block: Block, shape: Shape) -> Array:
    """Σ over independent elements of component⁴ (for a joint group: variance²), for Welch-Satterthwaite; shape S."""
    own, dense = block.own, block.dense
    result: Any = 0.0
    if block.influence.joint:
        result = variance(block) ** 2
    elif dense is None and own is not None:
        result = np.sum(own.coefficient**4, axis=0)
    elif dense is not None:
        result = np.sum(dense.scale**4, axis=0) if dense.weights is None else _weighted_fourth(dense)
        if own is not None:
            shared = dense_at(dense, own.index)
            result = result + np.sum((own.coefficient + shared) ** 4 - shared**4, axis=0)
    return np.broadcast_to(result, shape)


def _weighted_fourth(dense: Dense) -> Array:
    """Σₑ (Σᵣ wᵣₑ sᵣ)⁴, by the matrix of Σₑ wₐwᵦw꜀w_d for few rows, else value by value."""
    assert dense.weights is not None
    rank, size = dense.weights.shape
    if rank <= FEW:
        pairs = (dense.weights[:, None] * dense.weights).reshape(-1, size)
        values = (dense.scale[:, None] * dense.scale).reshape(rank * rank, *dense.scale.shape[1:])
        return np.asarray(np.sum(values * np.tensordot(pairs @ pairs.T, values, 1), axis=0))
    flat = dense.scale.reshape(rank, -1)
    step = max(1, 4_000_000 // size)
    starts = range(0, flat.shape[1], step)
    sums = [np.sum((dense.weights.T @ flat[:, i : i + step]) ** 4, axis=0) for i in starts]
    return np.concatenate([np.zeros(0), *sums]).reshape(dense.scale.shape[1:])
