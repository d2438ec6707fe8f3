"""D-SI covariance matrices: of a list of real values, read into correlation where the reading is beyond doubt.

u(xᵢ) = √Vᵢᵢ, r(xᵢ, xⱼ) = Vᵢⱼ / (u(xᵢ)·u(xⱼ)). Read only if V is square of the list's size, symmetric, with positive
variances, |r| ≤ 1, without negative eigenvalue, and each element's unit is the product of the units of its row and
column. Anything else (complex values, one matrix for each value of a list) is a finding, and gives no correlation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from suyuan.certificate.certificate import Uncertainty
from suyuan.certificate.dsi_uncertainty import RULE, Report, both, local_name, numbers
from suyuan.certificate.xml import Element, place
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.unit import parse_unit

_MATRIX = frozenset(both("covarianceMatrix"))
_COLUMN = frozenset(both("column"))
_COVARIANCE = frozenset(both("covariance"))
_VALUE, _UNIT = frozenset(both("value")), frozenset(both("unit"))
_REGION = frozenset(both("ellipsoidalRegion", "rectangularRegion", "ellipsoidalRegionMU", "rectangularRegionMU"))

_LARGEST = 2000
_AGREE = 0.05


def covariance(
    region: Element, units: Sequence[str], count: int, stated: Uncertainty | None, report: Report
) -> tuple[Uncertainty | None, NDArray[np.float64] | None]:
    """Uncertainty and correlation of `count` real values from a coverage region.

    region: ellipsoidalRegion… or rectangularRegion…, or the multivariate wrapper around one; units: once or one for
    each value; stated: the uncertainty printed beside, which is kept if the matrix agrees with it within 5 %.
    Returns what is stated alone, and None for the correlation, where the matrix cannot be used (a finding says why).
    """
    inner = next((child for child in region if child.tag in _REGION), region)
    matrix = next((child for child in inner if child.tag in _MATRIX), None)
    if matrix is None:
        report(finding("certificate.dsi.construct", place(region), "warning", RULE, construct=local_name(region)))
        return stated, None
    try:
        variances = _matrix(matrix, list(units) * (count if len(units) == 1 else 1), count, report)
        return _read(matrix, variances, stated)
    except _Unread as unread:
        report(finding("certificate.dsi.covariance", place(unread.element), rule=RULE, reason=unread.reason))
        return stated, None


class _Unread(Exception):
    """Where a matrix stops being one that is read, and why."""

    def __init__(self, element: Element, reason: str) -> None:
        super().__init__(reason)
        self.element = element
        self.reason = reason


def _read(
    matrix: Element, variances: NDArray[np.float64], stated: Uncertainty | None
) -> tuple[Uncertainty | None, NDArray[np.float64]]:
    u = np.sqrt(np.diag(variances))
    correlation = variances / np.outer(u, u)
    if np.abs(correlation).max() > 1 + 1e-9 or np.linalg.eigvalsh(correlation).min() < -1e-8:
        raise _Unread(matrix, "not positive semidefinite")
    correlation = np.clip(correlation, -1.0, 1.0)
    if stated is None:
        printed = tuple(f"{x:.12g}" for x in u)
        return Uncertainty("standard", u, printed), correlation
    divisor = stated.k or (1.0 if stated.kind == "standard" else math.nan)
    if not bool((np.abs(stated.value / divisor - u) <= _AGREE * u).all()):
        raise _Unread(matrix, "differs from the stated uncertainty")
    return stated, correlation


def _matrix(matrix: Element, units: list[str], count: int, report: Report) -> NDArray[np.float64]:
    """The matrix as numbers in the units of the values; raises `_Unread` where its form is not that of reals.

    A column holds n cells of one value, or one cell with a list of n; n cells of n values would be n matrices.
    """
    columns = [child for child in matrix if child.tag in _COLUMN]
    if len(units) != count or count > _LARGEST or len(columns) != count:
        raise _Unread(matrix, f"{len(columns)} columns for {count} values")
    values = np.empty((count, count))
    for j, column in enumerate(columns):
        own: list[float] = []
        named: list[str] = []
        for cell in (child for child in column if child.tag in _COVARIANCE):
            number = next((child for child in cell if child.tag in _VALUE), None)
            text = next((child.text or "" for child in cell if child.tag in _UNIT), "")
            found = numbers(number, report)[1] if number is not None else None
            if found is None or not np.isfinite(found).all():
                raise _Unread(cell, "a covariance that is not a number")
            own.extend(found.tolist())
            written = text.split()
            named.extend(written * len(found) if len(written) == 1 else written)
        if len(own) != count or len(named) != count:
            raise _Unread(column, f"a column of {len(own)} covariances for {count} values")
        for i, unit in enumerate(named):
            if not _is_product(unit, units[i], units[j]):
                raise _Unread(column, f"{unit} ≠ {units[i]} · {units[j]}")
        values[:, j] = own
    if not bool((np.diag(values) > 0).all()) or not np.allclose(values, values.T, rtol=1e-6, atol=0.0):
        raise _Unread(matrix, "not symmetric, or a variance not positive")
    return (values + values.T) / 2.0


@lru_cache(maxsize=1024)
def _is_product(unit: str, a: str, b: str) -> bool:
    if unit in (a + b, b + a) or (a == b and unit == a + "\\tothe{2}"):
        return True
    try:
        # A covariance of temperatures is one of differences, whatever scale the points are on.
        product, x, y = (parse_unit(text.replace("\\degreecelsius", "\\kelvin")) for text in (unit, a, b))
    except Refused:
        return False
    same = product.dimension == tuple(p + q for p, q in zip(x.dimension, y.dimension, strict=True))
    return same and math.isclose(product.factor, x.factor * y.factor, rel_tol=1e-12)
