"""Repeatability and reproducibility standard deviations of a method, with any number of replicates a laboratory.

Results stand as (…, p, n): measurands, laboratories, replicates. Unequal numbers are told by a mask; a laboratory that
is left out of the calculation is left out by a recorded decision of a person, never by a statistic.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.precision.decisions import NAMELESS, Names, OutlierDecision, kept_cells
from suyuan.comparison.proficiency.reported import mask_of
from suyuan.comparison.results import values
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.kept import numbers

Array = NDArray[Any]
LIMIT = 1.959963984540054 * math.sqrt(2.0)
"""Factor of r and R: the difference of two results exceeds it 5 times in 100. ISO 5725-6 and E691 round it to 2.8."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Each laboratory's results for a measurand taken together, shape (…, p).

    n: results that count, 0 where it reported none or was left out; mean: NaN where n is 0; s: NaN where n is below 2.
    """

    n: Array
    mean: Array
    s: Array


@dataclass(frozen=True, slots=True)
class Precision:
    """Precision of a method for each measurand, shape (…), in the unit of the results.

    p: laboratories that count; N: results that count; n_mean: n̄̄, the effective number of replicates; mean: general
    mean; s_r, s_L, s_R: repeatability, between-laboratory and reproducibility standard deviation; r, R: their limits;
    dof: degrees of freedom of s_r; cells: of each laboratory; decisions: every one, also of what was kept.
    """

    p: Array
    N: Array
    n_mean: Array
    mean: Array
    s_r: Array
    s_L: Array
    s_R: Array
    r: Array
    R: Array
    dof: Array
    cells: Cells
    decisions: tuple[OutlierDecision, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class PrecisionE691:
    """The same by ASTM E691, for equal numbers of replicates. s_x: standard deviation of the laboratory means; r, R:
    2.8 times s_r, s_R; other names as in `Precision`."""

    mean: Array
    s_x: Array
    s_r: Array
    s_R: Array
    r: Array
    R: Array


def replicates(rows: Sequence[Sequence[float]]) -> tuple[Array, Array]:
    """Rows of unequal length as an array (p, n) and the mask of what is there, for one measurand.

    >>> replicates([[1.0, 2.0], [3.0]])[1].tolist()
    [[True, True], [True, False]]
    """
    width = max((len(row) for row in rows), default=0)
    if not width:
        raise Refused(finding("comparison.results.few", "value", n=0, wanted=2))
    there = np.array([[j < len(row) for j in range(width)] for row in rows])
    array = np.full(there.shape, np.nan)
    array[there] = values(np.concatenate([numbers(row, "value").ravel() for row in rows]))
    return array, there


def cells_of(
    x: ArrayLike, reported: ArrayLike | None = None, decisions: Sequence[OutlierDecision] = (), names: Names = NAMELESS
) -> Cells:
    """Means and standard deviations of the laboratories, without those that a decision leaves out.

    x: (…, p, n); reported: (…, p, n) true where there is a result; decisions, names: see `kept_cells`. Raises Refused
    for a result that is missing without the mask saying so, and decisions that are not whole.
    """
    array = numbers(x, "value")
    if array.ndim < 2 or array.shape[-1] == 0:
        raise Refused(finding("comparison.precision.shape", "value", shape=array.shape))
    there = np.ones(array.shape, bool) if reported is None else mask_of(reported, array.shape)
    values(array[there], "value")
    there = there & kept_cells(decisions, names, array.shape[:-1])[..., None]
    n = there.sum(axis=-1)
    first = np.take_along_axis(array, np.argmax(there, axis=-1)[..., None], axis=-1)
    centred = np.where(there, array - np.where(there.any(axis=-1, keepdims=True), first, 0.0), 0.0)
    mean = centred.sum(axis=-1) / np.maximum(n, 1)
    squares = np.sum(np.where(there, centred - mean[..., None], 0.0) ** 2, axis=-1)
    s = np.sqrt(squares / np.maximum(n - 1, 1))
    return Cells(n, np.where(n > 0, first[..., 0] + mean, np.nan), np.where(n > 1, s, np.nan))


def repeatability(
    x: ArrayLike, reported: ArrayLike | None = None, decisions: Sequence[OutlierDecision] = (), names: Names = NAMELESS
) -> Precision:
    """Repeatability, between-laboratory and reproducibility standard deviations, and the limits r and R.

    s_r² = Σ(nᵢ − 1)sᵢ²/Σ(nᵢ − 1); s_d² = Σnᵢ(x̄ᵢ − m)²/(p − 1), m = Σnᵢx̄ᵢ/N; n̄̄ = (N − Σnᵢ²/N)/(p − 1);
    s_L² = max(0, (s_d² − s_r²)/n̄̄); s_R² = s_r² + s_L²; r, R = 1.96·√2 times s_r, s_R.
    x: (…, p, n) in one unit; reported: (…, p, n) true where there is a result, default all. decisions: what persons
    decided about laboratories; one that is not kept is left out, and needs a person and a reason; names: of
    laboratories (p) and measurands, by which decisions name them.
    Raises Refused for fewer than 2 laboratories, no replicates, missing results, decisions that are not whole.
    Source: ISO 5725-2, clause 7.

    >>> glucose = [[41.03, 41.45, 41.37], [41.17, 42, 41.15], [41.01, 40.68, 42.66], [39.37, 42.37, 42.63],
    ...            [41.88, 41.19, 41.32], [43.28, 40.5, 42.28], [41.08, 41.27, 39.02], [43.36, 42.65, 41.72]]
    >>> found = repeatability(glucose)                             # mg/dl, ASTM E691: s_r = 1.063
    >>> round(float(found.s_r), 4), float(found.s_L), round(float(found.r), 3)
    (1.0632, 0.0, 2.947)
    """
    cells = cells_of(x, reported, decisions, names)
    n, counts = cells.n, cells.n > 0
    p, total = counts.sum(axis=-1), n.sum(axis=-1)
    dof = np.sum(np.maximum(n - 1, 0), axis=-1)
    if p.size and (p.min() < 2 or dof.min() < 1):
        raise Refused(finding("comparison.precision.few", "value", p=int(p.min()), dof=int(dof.min())))
    s_r2 = np.sum(np.where(n > 1, (n - 1) * cells.s**2, 0.0), axis=-1) / dof
    origin = np.take_along_axis(cells.mean, np.argmax(counts, axis=-1)[..., None], axis=-1)
    centred = np.where(counts, cells.mean - origin, 0.0)
    middle = np.sum(n * centred, axis=-1) / total
    s_d2 = np.sum(n * (np.where(counts, centred - middle[..., None], 0.0)) ** 2, axis=-1) / (p - 1)
    n_mean = (total - np.sum(n.astype(float) ** 2, axis=-1) / total) / (p - 1)
    raw = (s_d2 - s_r2) / n_mean
    s_L2 = np.maximum(0.0, raw)
    s_r, s_R = np.sqrt(s_r2), np.sqrt(s_r2 + s_L2)
    below = int(np.sum(raw < 0.0))
    told = (finding("comparison.precision.no_between", "value", "note", measurands=below),) if below else ()
    return Precision(
        p=p, N=total, n_mean=n_mean, mean=origin[..., 0] + middle, s_r=s_r, s_L=np.sqrt(s_L2), s_R=s_R,
        r=LIMIT * s_r, R=LIMIT * s_R, dof=dof, cells=cells, decisions=tuple(decisions), findings=told,
    )  # fmt: skip


def repeatability_e691(
    x: ArrayLike, reported: ArrayLike | None = None, decisions: Sequence[OutlierDecision] = (), names: Names = NAMELESS
) -> PrecisionE691:
    """Precision by ASTM E691: s_r = √(mean of sᵢ²), s_R = max(s_r, √(s_x² + s_r²(n − 1)/n)), limits 2.8 s.

    Every laboratory that counts has the same number n of replicates, 2 or more, else Refused. Arguments as in
    `repeatability`. For equal numbers s_r and s_R are those of ISO 5725-2. Source: ASTM E691.

    >>> found = repeatability_e691([[1.0, 1.2], [2.0, 2.2], [1.5, 1.9]])
    >>> round(float(found.s_x), 4), round(float(found.s_r), 4), round(float(found.s_R), 4)
    (0.5033, 0.2, 0.5228)
    """
    cells = cells_of(x, reported, decisions, names)
    counts = cells.n > 0
    p, most = counts.sum(axis=-1), cells.n.max(axis=-1)
    if p.size and (p.min() < 2 or most.min() < 2):
        raise Refused(finding("comparison.precision.few", "value", p=int(p.min()), dof=int(most.min()) - 1))
    if np.any(counts & (cells.n != most[..., None])):
        raise Refused(finding("comparison.precision.unequal", "value"))
    mean = np.sum(np.where(counts, cells.mean, 0.0), axis=-1) / p
    away = np.where(counts, cells.mean - mean[..., None], 0.0)
    s_x = np.sqrt(np.sum(away**2, axis=-1) / (p - 1))
    s_r = np.sqrt(np.sum(np.where(counts, cells.s**2, 0.0), axis=-1) / p)
    s_R = np.maximum(s_r, np.sqrt(s_x**2 + s_r**2 * (most - 1) / most))
    return PrecisionE691(mean, s_x, s_r, s_R, 2.8 * s_r, 2.8 * s_R)
