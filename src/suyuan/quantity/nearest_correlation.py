"""A matrix that is no correlation matrix: which pair is to blame, and which valid matrix is nearest.

Nearest in the Frobenius norm, by alternating projections with Dykstra's correction: N. J. Higham, IMA Journal of
Numerical Analysis 22 (2002) 329–343. Blame by leaving one out: the pair whose own value, changed alone and least,
makes the matrix valid; else the input without which the rest is valid.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
TOLERANCE = 1e-9
"""What rounding may do to a matrix: asymmetry, diagonal, and the least eigenvalue below zero."""
SHOWN = 6
LARGEST_SINGLE, LARGEST = 40, 300
"""Inputs up to which pairs are tried one by one, and up to which the nearest matrix is sought for a message."""


def nearest_correlation(matrix: ArrayLike, least: float = 0.0, tolerance: float = 1e-12) -> Array:
    """The correlation matrix nearest to a symmetric one, in the Frobenius norm.

    matrix: (m, m), finite; made symmetric first. least: its least eigenvalue wanted, at least about this; tolerance:
    relative change a step at which the iteration ends.

    >>> a = [[2, -1, 0, 0], [-1, 2, -1, 0], [0, -1, 2, -1], [0, 0, -1, 2]]      # Higham 2002, section 5
    >>> nearest_correlation(a).round(4).tolist()[0]
    [1.0, -0.8084, 0.1916, 0.1068]
    """
    y = np.asarray(matrix, np.float64)
    y = 0.5 * (y + y.T)
    correction = np.zeros_like(y)
    size = max(1.0, float(np.linalg.norm(y)))
    for _ in range(2_000):
        before = y
        r = y - correction
        values, vectors = np.linalg.eigh(r)
        x = (vectors * np.maximum(values, least)) @ vectors.T
        correction = x - r
        y = x.copy()
        np.fill_diagonal(y, 1.0)
        if np.linalg.norm(y - before) <= tolerance * size and np.linalg.norm(y - x) <= 100.0 * tolerance * size:
            break
    # What the last projection left of the diagonal is scaled away, so that the result is one to the last digit.
    values, vectors = np.linalg.eigh(y)
    x = (vectors * np.maximum(values, least)) @ vectors.T
    scale = 1.0 / np.sqrt(np.diagonal(x))
    result = np.clip(x * np.outer(scale, scale), -1.0, 1.0)
    np.fill_diagonal(result, 1.0)
    return np.asarray(0.5 * (result + result.T))


def well_formed(matrix: Array) -> bool:
    """Square, finite, symmetric, ones in the diagonal, nothing beyond ±1; it may still have a negative eigenvalue."""
    return bool(
        matrix.ndim == 2
        and matrix.shape[0] == matrix.shape[1] > 0
        and np.all(np.isfinite(matrix))
        and np.all(np.abs(matrix - matrix.T) <= TOLERANCE)
        and np.all(np.abs(np.diagonal(matrix) - 1.0) <= TOLERANCE)
        and np.all(np.abs(matrix) <= 1.0 + TOLERANCE)
    )


def complaint(matrix: ArrayLike, names: Sequence[str] = ()) -> tuple[str, str]:
    """What is wrong with a matrix that is no correlation matrix, and what would be right, as text.

    Returns (blame, nearest): «r(a, b) = 1.2» and «r(a, b) = 1»; names: of the inputs, else their numbers from 1.
    """
    given = np.asarray(matrix, np.float64)
    if given.ndim != 2 or given.shape[0] != given.shape[1] or given.shape[0] == 0:
        return "×".join(map(str, given.shape)) or "0", "m×m"
    m = len(given)
    name = list(names) if len(names) == m else [str(i + 1) for i in range(m)]
    if not np.all(np.isfinite(given)):
        i, j = (int(x) for x in np.argwhere(~np.isfinite(given))[0])
        return f"r({name[i]}, {name[j]}) = {given[i, j]}", "—"
    diagonal = np.flatnonzero(np.abs(np.diagonal(given) - 1.0) > TOLERANCE)
    if diagonal.size:
        i = int(diagonal[0])
        return f"r({name[i]}, {name[i]}) = {given[i, i]:.6g}", f"r({name[i]}, {name[i]}) = 1"
    apart = np.abs(given - given.T) > TOLERANCE
    if np.any(apart):
        i, j = sorted(int(x) for x in np.argwhere(apart)[0])
        pair = f"r({name[i]}, {name[j]}) = {given[i, j]:.6g} ≠ r({name[j]}, {name[i]}) = {given[j, i]:.6g}"
        return pair, f"r({name[i]}, {name[j]}) = r({name[j]}, {name[i]})"
    beyond = np.argwhere(np.triu(np.abs(given) > 1.0 + TOLERANCE, 1))
    if len(beyond):
        blame = [f"r({name[i]}, {name[j]}) = {given[i, j]:.6g}" for i, j in beyond[:SHOWN]]
        return ", ".join(blame), _changes(given, name)
    return _blame(given, name), _changes(given, name)


def _blame(given: Array, name: Sequence[str]) -> str:
    """The pair that alone can mend it with the least change, and the values it may have; else the inputs."""
    m = len(given)
    best: tuple[float, int, int, float, float] | None = None
    single = [k for k in range(m) if m <= LARGEST_SINGLE and _sound(given, k)]
    for i, j in combinations(single, 2):
        bounds = allowed(given, i, j)
        if bounds is not None:
            change = max(bounds[0] - given[i, j], given[i, j] - bounds[1], 0.0)
            if best is None or change < best[0]:
                best = (change, i, j, *bounds)
    if best is not None:
        _, i, j, low, high = best
        return f"r({name[i]}, {name[j]}) = {given[i, j]:.6g} ∉ [{low:.4g}, {high:.4g}]"
    vector = np.linalg.eigh(given)[1][:, 0]
    worst = sorted(np.argsort(-np.abs(vector))[:3].tolist())
    pairs = [f"r({name[i]}, {name[j]}) = {given[i, j]:.6g}" for i, j in combinations(worst, 2)]
    return ", ".join(pairs)


def allowed(matrix: ArrayLike, i: int, j: int) -> tuple[float, float] | None:
    """The values of r_ij for which the matrix is one, all others kept; None where there is none.

    With the others in the set K, r_ij must lie within b·K⁻¹c ± √((1 − b·K⁻¹b)(1 − c·K⁻¹c)), b and c the correlations of
    i and j with K: the partial correlation of the two lies between −1 and 1.
    """
    given = np.asarray(matrix, np.float64)
    rest = [k for k in range(len(given)) if k not in (i, j)]
    inner, b, c = given[np.ix_(rest, rest)], given[rest, i], given[rest, j]
    if not rest:
        return -1.0, 1.0
    if not (_sound(given, i) and _sound(given, j)):
        return None
    inverse = np.linalg.pinv(inner, rcond=1e-10, hermitian=True)
    middle = float(b @ inverse @ c)
    half = math.sqrt(max(1.0 - float(b @ inverse @ b), 0.0) * max(1.0 - float(c @ inverse @ c), 0.0))
    return max(middle - half, -1.0), min(middle + half, 1.0)


def _sound(given: Array, without: int) -> bool:
    """Whether the matrix is one without this input."""
    kept = [k for k in range(len(given)) if k != without]
    return bool(np.linalg.eigvalsh(given[np.ix_(kept, kept)])[0] >= -TOLERANCE)


def _changes(given: Array, name: Sequence[str]) -> str:
    """The pairs that the nearest matrix changes most, with its values in four digits."""
    if len(given) > LARGEST:
        return "—"
    valid = _printable(given)
    changed = [p for p in combinations(range(len(given)), 2) if valid[p] != given[p]]
    changed.sort(key=lambda p: -abs(valid[p] - given[p]))
    text = ", ".join(f"r({name[i]}, {name[j]}) = {valid[i, j]:g}" for i, j in changed[:SHOWN])
    return text + (" …" if len(changed) > SHOWN else "")


def _printable(given: Array) -> Array:
    """The nearest matrix in four digits, kept off the edge so far that rounding does not make it invalid again."""
    least = 0.0
    for _ in range(8):
        nearest = nearest_correlation(given, least, 1e-7)
        rounded = np.round(nearest, 4) + 0.0
        valid = np.where(np.abs(nearest - given) <= 5e-5, given, rounded)
        if np.linalg.eigvalsh(valid)[0] >= -TOLERANCE:
            break
        least = 10.0 * least if least else 1e-6 * len(given)
    return np.asarray(valid)
