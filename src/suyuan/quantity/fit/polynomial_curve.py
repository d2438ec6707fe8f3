"""Polynomials as curves: a basis in which a fit is well conditioned, and the exact way back to powers of x.

Inside a fit the polynomial is Σ cₖ Tₖ(t), Chebyshev polynomials of t = (x − middle)/half, −1 ≤ t ≤ 1 over the data.
Coefficients of powers of x − origin are a linear map of these, computed in fractions and rounded once.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ChebyshevCurve:
    """Σ cₖ Tₖ((x − middle)/half). names, origin: of the powers of x − origin in which it is shown."""

    degree: int
    middle: float
    half: float
    names: tuple[str, ...]
    origin: float

    def shown(self, p: Array) -> Array:
        return np.asarray(to_powers(self.degree, self.middle, self.half, self.origin) @ p)

    def basis(self, x: Array) -> Array:
        return np.asarray(chebyshev.chebvander((x - self.middle) / self.half, self.degree))

    def value(self, x: Array, p: Array) -> Array:
        return np.asarray(chebyshev.chebval((x - self.middle) / self.half, p))

    def slopes(self, x: Array, p: Array) -> tuple[Array, Array, Array]:
        t = (x - self.middle) / self.half
        table: Array = np.asarray(chebyshev.chebvander(t, self.degree), dtype=float)
        return table @ p, table, self._derivative(t, p, 1)

    def curvature(self, x: Array, p: Array) -> tuple[Array, Array, Array]:
        t, k = (x - self.middle) / self.half, self.degree + 1
        mixed = np.stack([self._derivative(t, row, 1) for row in np.eye(k)], axis=-1)
        return self._derivative(t, p, 2), mixed, np.zeros((x.size, k, k))

    def _derivative(self, t: Array, p: Array, order: int) -> Array:
        slopes = chebyshev.chebder(p, order) / self.half**order
        return np.asarray(chebyshev.chebval(t, slopes)) + np.zeros_like(t)


@dataclass(frozen=True, slots=True)
class PowerCurve:
    """Σ pₖ (x − origin)ᵏ: the form in which results are given."""

    degree: int
    origin: float
    names: tuple[str, ...]

    def shown(self, p: Array) -> Array:
        return p

    def value(self, x: Array, p: Array) -> Array:
        return np.asarray(np.polynomial.polynomial.polyval(x - self.origin, p))

    def slopes(self, x: Array, p: Array) -> tuple[Array, Array, Array]:
        z = x - self.origin
        table: Array = np.asarray(np.polynomial.polynomial.polyvander(z, self.degree), dtype=float)
        return self.value(x, p), table, self._derivative(z, p, 1)

    def curvature(self, x: Array, p: Array) -> tuple[Array, Array, Array]:
        z, k = x - self.origin, self.degree + 1
        mixed = np.stack([self._derivative(z, row, 1) for row in np.eye(k)], axis=-1)
        return self._derivative(z, p, 2), mixed, np.zeros((x.size, k, k))

    def _derivative(self, z: Array, p: Array, order: int) -> Array:
        polynomial = np.polynomial.polynomial
        return np.asarray(polynomial.polyval(z, polynomial.polyder(p, order))) + np.zeros_like(z)


def to_powers(degree: int, middle: float, half: float, origin: float) -> Array:
    """T (k, k): coefficients of powers of z = x − origin are T c; t = α z + β, α = 1/half, β = (origin − middle)/half.

    >>> to_powers(2, 0.0, 1.0, 0.0).tolist()      # T₂ = 2 t² − 1
    [[1.0, 0.0, -1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0]]
    """
    alpha = 1 / Fraction(half)
    beta = (Fraction(origin) - Fraction(middle)) * alpha
    rows: list[list[Fraction]] = [[Fraction(1)], [beta, alpha]]
    for _ in range(2, degree + 1):  # Tₖ₊₁ = 2 t Tₖ − Tₖ₋₁
        last, before = rows[-1], rows[-2]
        following = [Fraction(0)] * (len(last) + 1)
        for j, c in enumerate(last):
            following[j] += 2 * beta * c
            following[j + 1] += 2 * alpha * c
        for j, c in enumerate(before):
            following[j] -= c
        rows.append(following)
    table = np.zeros((degree + 1, degree + 1))
    for k, row in enumerate(rows[: degree + 1]):
        table[: len(row), k] = [float(c) for c in row]
    return table
