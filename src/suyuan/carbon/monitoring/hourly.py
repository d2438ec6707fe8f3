"""Hourly records as they are exchanged: statistics of columns, whether a result is the product of its factors, and
intensity. A missing code is missing; a zero is a value."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Refused, finding

Array = NDArray[np.float64]


def without_code(column: Array, codes: Sequence[float]) -> Array:
    """A column with NaN where a missing code stands."""
    return np.where(np.isin(column, list(codes)), np.nan, column)


@dataclass(frozen=True, slots=True)
class Consistency:
    """rows: of the table; compared: rows where nothing is missing; total: of the sum column, which is complete only
    where missing is 0."""

    rows: int
    compared: int
    total: float
    missing: int
    max_relative_difference: float


def consistency(result: Array, factors: Sequence[Array], total: Array) -> Consistency:
    """max |result − Π factors|/|result| over the hours in which all are there and the result is not zero.

    result, factors, total (n,): NaN where missing. The largest difference is NaN where no hour can be compared.
    """
    product = np.ones(len(result))
    for factor in factors:
        product = product * factor
    there = np.isfinite(product) & np.isfinite(result)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.where(
            result == 0.0, np.where(product == 0.0, 0.0, np.inf), np.abs(result - product) / np.abs(result)
        )
    largest = float(np.max(apart[there])) if there.any() else math.nan
    return Consistency(len(result), int(there.sum()), float(np.nansum(total)), int(np.isnan(total).sum()), largest)


STATISTICS = ("n", "mean", "sd", "p95")


def statistics(column: Array, names: Sequence[str]) -> dict[str, Any]:
    """n, mean, sd (n − 1) and p95 (type 7) of the cells that are there; NaN where there are too few.

    >>> statistics(np.array([1.0, 2.0, 3.0, np.nan]), ["n", "mean", "sd"])
    {'n': 3, 'mean': 2.0, 'sd': 1.0}
    """
    x = column[np.isfinite(column)]
    enough = {"n": 0, "mean": 1, "sd": 2, "p95": 1}
    made: dict[str, Callable[[], Any]] = {
        "n": lambda: len(x),
        "mean": lambda: float(np.mean(x)),
        "sd": lambda: float(np.std(x, ddof=1)),
        "p95": lambda: float(np.quantile(x, 0.95)),
    }
    return {name: made[name]() if len(x) >= enough[name] else math.nan for name in names}


def intensity(mass: Array, generation: Array) -> Mapping[str, float]:
    """mass, generation and mass/generation of sums over the cells that are there.

    Raises Refused where one has no cell, or nothing was generated: an intensity is then unknown, not zero.
    """
    for name, column in (("mass", mass), ("generation", generation)):
        if not np.isfinite(column).any():
            raise Refused(finding("carbon_monitoring.sum.empty", name, name=name))
    whole, made = float(np.nansum(mass)), float(np.nansum(generation))
    if made == 0.0:
        raise Refused(finding("carbon_monitoring.sum.zero", "generation"))
    return {"mass": whole, "generation": made, "intensity": whole / made}
