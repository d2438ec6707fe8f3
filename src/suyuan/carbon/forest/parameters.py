"""Equations as posteriors, and what their parameters err by: one error for all trees and forests that use an equation.

A row of `forest.equations`, or an equation that a document states for a species, gives standard uncertainties of
intercept and slope of the line in ln AGB, and their correlation, which is nearly −1 and must not be left out. Two
independent unit errors stand behind both, each an influence with the equation's identity: forests that share an
equation share them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.forest.montecarlo import Posterior
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.quantity.table import Row

MEAN, MEDIAN = "mean", "median"
GIVES = (MEAN, MEDIAN)
"""What a·exp(slope·x) is of trees of one size: the mean (the correction of the logarithm is in a), or the median."""
LABELS = ("intercept and slope together", "slope alone")


@dataclass(frozen=True, slots=True)
class Parameters:
    """u_intercept: of ln a; u_slope: of the slope; r: their correlation; name: of the equation; key: its identity;
    source: of the numbers. Raises Refused for a negative u or a correlation outside −1 to 1."""

    u_intercept: float
    u_slope: float
    r: float
    name: str
    key: tuple[str, ...]
    source: str = ""

    def __post_init__(self) -> None:
        if not (self.u_intercept >= 0.0 and self.u_slope >= 0.0 and -1.0 <= self.r <= 1.0):
            given = f"{self.u_intercept:g}, {self.u_slope:g}, {self.r:g}"
            raise Refused(finding("carbon.forest.parameters", self.name, given=given))

    def moves(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """What each unit error moves intercept and slope by: the columns of a square root of their covariance.

        >>> [[round(one, 4) for one in move] for move in Parameters(0.02, 0.003, -0.8, "x", ("x",)).moves()]
        [[0.02, -0.0024], [0.0, 0.0018]]
        """
        alone = self.u_slope * math.sqrt(1.0 - self.r**2)
        return (self.u_intercept, self.r * self.u_slope), (0.0, alone)


@dataclass(frozen=True, slots=True)
class Equation:
    """AGB = a·exp(slope·x), kg, with x = ln(ρ^p·H^q·D^r). powers: p, q, r; gives: one of GIVES; parameters: None where
    nobody states what they err by; species: whose trees it is for, «» for all that have none of their own; low, high:
    diameters that it was fitted to, cm; residual_sd: of ln AGB, None for that of the forest."""

    name: str
    a: float
    slope: float
    powers: tuple[float, float, float]
    gives: str = MEAN
    parameters: Parameters | None = None
    species: str = ""
    low: float = 0.0
    high: float = math.inf
    residual_sd: float | None = None

    def intercept(self, sd: float) -> float:
        """Of the fitted line, the median of a tree: ln a, less ½sd² where a gives the mean.

        >>> round(Equation("chave_2014_eq4", 0.0673, 0.976, (1.0, 1.0, 2.0)).intercept(0.357), 4)
        -2.7623
        """
        return math.log(self.a) - (0.5 * sd**2 if self.gives == MEAN else 0.0)


def equation_of(row: Row) -> Equation:
    """The equation of a row of `forest.equations`. Raises Refused for one that is no power of ρ, H and D."""
    if "powers" not in row:
        raise Refused(finding("carbon.forest.needs", "equation", equation=row["name"], needs=row["needs"][-1]))
    p, q, r = (float(one) for one in row["powers"])
    a, slope = (float(one) for one in row["value"])
    stated = None
    if "u_parameters" in row:
        u_intercept, u_slope = (float(one) for one in row["u_parameters"])
        stated = Parameters(u_intercept, u_slope, float(row["r_parameters"]), str(row["name"]),
                            ("rule", str(row["id"])), str(row["source_parameters"]))  # fmt: skip
    return Equation(str(row["name"]), a, slope, (p, q, r), str(row["gives"]), stated)


Shares = tuple[tuple[Parameters, NDArray[np.float64]], ...]
"""Parameters of an equation, and 1 for each tree that follows it, 0 for the others."""


def posterior_of(
    equations: Sequence[Equation], which: NDArray[np.int64], residual_sd: float
) -> tuple[Posterior, Shares]:
    """The posterior of the trees, each after its own equation, and the parameters that move it.

    which: index of each tree's equation; residual_sd: of ln AGB about the line where the equation has none.
    """
    sd = [residual_sd if one.residual_sd is None else one.residual_sd for one in equations]
    lines = np.array([[one.intercept(s), one.slope, s, *one.powers] for one, s in zip(equations, sd, strict=True)])
    intercept, slope, spread, p, q, r = (lines if len(equations) == 1 else lines[which]).T
    shares = tuple((one.parameters, np.asarray(which == at, float)) for at, one in enumerate(equations)
                   if one.parameters is not None)  # fmt: skip
    if len(equations) == 1:
        return Posterior(intercept, slope, spread, (float(p[0]), float(q[0]), float(r[0]))), shares
    return Posterior(intercept[None], slope[None], spread[None], (p, q, r)), shares


def with_parameters(mean: Quantity, shares: Shares, posterior: Posterior, of: Callable[[Posterior], float]) -> Quantity:
    """A mean per hectare, t, with what the parameters contribute: ½(f(+) − f(−)) for each unit error.

    of: the mean that a posterior gives, from the same draws each time, so that their noise cancels in the difference.
    """
    found: Any = mean
    for one, trees in shares:
        for label, (intercept, slope) in zip(LABELS, one.moves(), strict=True):
            of_trees = trees[None] if posterior.intercept.ndim == 2 else 1.0
            up, down = (posterior.moved(s * intercept * of_trees, s * slope * of_trees) for s in (1.0, -1.0))
            unit = quantity(0.0, 1.0, "t", label=f"equation {one.name}: {label}", source=Source(text=one.source),
                            id=identity(*one.key, label))  # fmt: skip
            found = found + (of(up) - of(down)) / 2.0 * unit
    return found  # type: ignore[no-any-return]
