"""What the parameters of a published equation err by: one error for all trees, inventories and forests that use it.

A row of `forest.equations` states it where its source does: standard uncertainties of intercept and slope of the line
in ln AGB, and their correlation, which is nearly −1 and must not be left out. Two independent unit errors stand behind
both parameters, each an influence with the equation's identity, so forests that share an equation share them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from suyuan.carbon.forest.montecarlo import Posterior, of_mean
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.quantity.table import Row

LABELS = ("equation: intercept and slope together", "equation: slope alone")


@dataclass(frozen=True, slots=True)
class Parameters:
    """u_intercept: of ln a; u_slope: of the slope; r: their correlation; id: of the equation's row; source: of the
    numbers. Raises Refused for a negative u or a correlation outside −1 to 1."""

    u_intercept: float
    u_slope: float
    r: float
    id: str
    source: str = ""

    def __post_init__(self) -> None:
        if not (self.u_intercept >= 0.0 and self.u_slope >= 0.0 and -1.0 <= self.r <= 1.0):
            given = f"{self.u_intercept:g}, {self.u_slope:g}, {self.r:g}"
            raise Refused(finding("carbon.forest.parameters", self.id, given=given))

    def moves(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """What each unit error moves intercept and slope by: the columns of a square root of their covariance.

        >>> [[round(one, 4) for one in move] for move in Parameters(0.02, 0.003, -0.8, "x").moves()]
        [[0.02, -0.0024], [0.0, 0.0018]]
        """
        alone = self.u_slope * math.sqrt(1.0 - self.r**2)
        return (self.u_intercept, self.r * self.u_slope), (0.0, alone)


def parameters_of(row: Row) -> Parameters | None:
    """What a row states of its parameters, None where it states nothing."""
    if "u_parameters" not in row:
        return None
    u_intercept, u_slope = row["u_parameters"]
    return Parameters(float(u_intercept), float(u_slope), float(row["r_parameters"]), str(row["id"]),
                      str(row["source_parameters"]))  # fmt: skip


def posterior_of(row: Row, residual_sd: float) -> Posterior:
    """The posterior of an equation's row, whose a gives the mean of a tree. residual_sd: of ln AGB about the line.

    Raises Refused for an equation that is no power of ρ, H and D.
    """
    if "powers" not in row:
        raise Refused(finding("carbon.forest.needs", "equation", equation=row["name"], needs=row["needs"][-1]))
    p, q, r = (float(one) for one in row["powers"])
    a, slope = row["value"]
    return of_mean(float(a), float(slope), residual_sd, (p, q, r))


def with_parameters(
    mean: Quantity, parameters: Parameters | None, posterior: Posterior, of: Callable[[Posterior], float]
) -> Quantity:
    """A mean per hectare, t, with what the parameters contribute: ½(f(+) − f(−)) for each unit error.

    of: the mean that a posterior gives, from the same draws each time, so that their noise cancels in the difference.
    """
    found: Any = mean
    if parameters is None:
        return mean
    for label, (intercept, slope) in zip(LABELS, parameters.moves(), strict=True):
        effect = (of(posterior.moved(intercept, slope)) - of(posterior.moved(-intercept, -slope))) / 2.0
        unit = quantity(0.0, 1.0, "t", label=label, source=Source(text=parameters.source),
                        id=identity("rule", parameters.id, label))  # fmt: skip
        found = found + effect * unit
    return found  # type: ignore[no-any-return]
