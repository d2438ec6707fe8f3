"""Least squares of a polynomial in exact arithmetic: the decimals that were written, whole numbers to the end.

A float is read back as the shortest decimal that makes it, which is what a person wrote. Sums, elimination and
residuals are then exact; rounding happens once, at the end, so a design as nearly singular as NIST's Filip loses
nothing. Cost grows with n·degree and with the digits: for some ten thousand sums at most; `affordable` tells.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MOST_SUMS = 60_000
"""n·(3·degree + 2): powers and sums of some ten milliseconds."""
MOST_DIGITS = 40
"""Decimal digits of the whole numbers that x and y become; beyond that a float fit is as good and much faster."""
MOST_GROWTH = 2_880
"""digits·degree²: the length to which the numbers of the elimination grow; a tenth of a second."""


@dataclass(frozen=True, slots=True, eq=False)
class ExactFit:
    """coefficients: constant first, correctly rounded; factor: F (p, p) with F Fᵀ = (XᵀWX)⁻¹; rss: Σ w r²."""

    coefficients: Array
    factor: Array
    rss: float


def affordable(x: Array, y: Array, degree: int, origin: float = 0.0) -> bool:
    """Whether exact arithmetic is done in a moment."""
    if x.size * (3 * degree + 2) > MOST_SUMS:
        return False
    digits = []
    for a in (np.append(x, origin), y):
        size = np.abs(a[a != 0.0])
        digits.append(17.0 + (math.log10(size.max()) - math.log10(size.min()) if size.size else 0.0))
    return max(digits) < MOST_DIGITS and digits[0] * degree * degree <= MOST_GROWTH


def polynomial(x: Array, y: Array, weights: Array | None, degree: int, origin: float) -> ExactFit:
    """Coefficients b of Σ bₖ (x − origin)ᵏ with least Σ w (y − …)².

    weights: positive floats, taken as exactly what they are; None: all one. There must be more than `degree`
    different x.
    """
    xs, x_power = _whole([*x.tolist(), float(origin)])
    ys, y_power = _whole(y.tolist())
    shift = xs.pop()
    xs = [v - shift for v in xs]
    ws, w_power = _binary(weights.tolist()) if weights is not None else ([1] * len(xs), 0)
    normal, right, squares = _sums(xs, ys, ws, degree)
    lower, pivots = _factored(normal)
    solution = _solved(lower, pivots, right)
    rss = Fraction(squares) - sum((b * t for b, t in zip(solution, right, strict=True)), Fraction(0))
    in_x, in_y, in_w = Fraction(10) ** x_power, Fraction(10) ** y_power, Fraction(2) ** w_power
    coefficients = [float(b * in_y / in_x**k) for k, b in enumerate(solution)]
    inverse = _inverse_transposed(lower)
    factor = [
        [_root_of(f, pivot * in_w, in_x**k) for f, pivot in zip(row, pivots, strict=True)]
        for k, row in enumerate(inverse)
    ]
    return ExactFit(np.array(coefficients), np.array(factor), float(rss * in_y**2 * in_w))


def _whole(values: Sequence[float]) -> tuple[list[int], int]:
    """Whole numbers m and a power t with value = m·10ᵗ, from the shortest decimals."""
    decimals = [Decimal(repr(v)).as_tuple() for v in values]
    exponents = [int(d.exponent) for d in decimals]
    power = min((e for e, v in zip(exponents, values, strict=True) if v), default=0)
    whole = []
    for d, exponent in zip(decimals, exponents, strict=True):
        digits = int("".join(map(str, d.digits)))
        value = digits * 10 ** (exponent - power) if digits else 0
        whole.append(-value if d.sign else value)
    return whole, power


def _binary(weights: Sequence[float]) -> tuple[list[int], int]:
    """Whole numbers m and a power s with weight = m·2ˢ, exactly."""
    ratios = [w.as_integer_ratio() for w in weights]
    shift = max(below.bit_length() - 1 for _, below in ratios)
    return [above << (shift - (below.bit_length() - 1)) for above, below in ratios], -shift


def _sums(xs: list[int], ys: list[int], ws: list[int], degree: int) -> tuple[list[list[int]], list[int], int]:
    """Normal matrix Σ w xʲ⁺ᵏ, right side Σ w xᵏ y, and Σ w y²."""
    powers, right = [], []
    row = list(ws)
    for k in range(2 * degree + 1):
        powers.append(sum(row))
        if k <= degree:
            right.append(sum(a * b for a, b in zip(row, ys, strict=True)))
        if k < 2 * degree:
            row = [a * b for a, b in zip(row, xs, strict=True)]
    normal = [[powers[j + k] for k in range(degree + 1)] for j in range(degree + 1)]
    return normal, right, sum(w * y * y for w, y in zip(ws, ys, strict=True))


def _factored(normal: list[list[int]]) -> tuple[list[list[Fraction]], list[Fraction]]:
    """N = L D Lᵀ with ones on the diagonal of L."""
    size = len(normal)
    lower = [[Fraction(int(i == j)) for j in range(size)] for i in range(size)]
    pivots: list[Fraction] = []
    for j in range(size):
        column = [
            Fraction(normal[i][j]) - sum((lower[i][k] * lower[j][k] * pivots[k] for k in range(j)), Fraction(0))
            for i in range(j, size)
        ]
        pivots.append(column[0])
        for i in range(j + 1, size):
            lower[i][j] = column[i - j] / column[0]
    return lower, pivots


def _solved(lower: list[list[Fraction]], pivots: list[Fraction], right: list[int]) -> list[Fraction]:
    size = len(pivots)
    z: list[Fraction] = []
    for i in range(size):
        z.append(Fraction(right[i]) - sum((lower[i][k] * z[k] for k in range(i)), Fraction(0)))
    b = [value / pivot for value, pivot in zip(z, pivots, strict=True)]
    for i in range(size - 1, -1, -1):
        b[i] -= sum((lower[k][i] * b[k] for k in range(i + 1, size)), Fraction(0))
    return b


def _inverse_transposed(lower: list[list[Fraction]]) -> list[list[Fraction]]:
    """L⁻ᵀ, upper triangular: its columns over the roots of the pivots make the factor of N⁻¹."""
    size = len(lower)
    inverse = [[Fraction(0)] * size for _ in range(size)]
    for j in range(size):
        inverse[j][j] = Fraction(1)
        for i in range(j + 1, size):
            inverse[i][j] = -sum((lower[i][k] * inverse[k][j] for k in range(j, i)), Fraction(0))
    return [[inverse[i][k] for i in range(size)] for k in range(size)]


def _root_of(numerator: Fraction, pivot: Fraction, scale: Fraction) -> float:
    """numerator/(scale·√pivot), rounded once at the end."""
    if not numerator:
        return 0.0
    square = (numerator / scale) ** 2 / pivot
    shift = max(0, 128 - (square.numerator.bit_length() - square.denominator.bit_length()))
    shift += shift % 2
    root = Fraction(math.isqrt((square.numerator << shift) // square.denominator), 1 << (shift // 2))
    return float(root if numerator > 0 else -root)
