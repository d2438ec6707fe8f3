"""Height from diameter: ln H = a + b·ln D + c·(ln D)², fitted to the trees whose height was measured.

Trees are weighted equally, or by D²H so that large trees, which carry the biomass, count more. The residual standard
deviation is always that of the unweighted residuals of ln H; with it the back-transform exp(½s²) takes out the bias of
the logarithm, and so the published heights of the BIOMASS vignette come out to 1e-14.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.forest.allometry import above_zero
from suyuan.quantity.finding import Refused, finding

Array = NDArray[np.float64]
Weights = Literal["none", "D2H"]
LEAST = 10
"""Trees with a measured height below which no model is fitted."""


@dataclass(frozen=True, slots=True, eq=False)
class HeightModel:
    """a, b, c of ln H; residual_sd: of ln H, unweighted; covariance (3, 3): of a, b, c; n: trees; low, high: of their
    diameters, cm."""

    a: float
    b: float
    c: float
    residual_sd: float
    covariance: Array
    n: int
    low: float
    high: float

    def log_height(self, log_diameter: Array) -> Array:
        """ln H of ln D."""
        return self.a + log_diameter * (self.b + self.c * log_diameter)

    def height(self, diameter: Array) -> Array:
        """Expected height, m: exp(ln H + ½s²). diameter: cm."""
        above_zero(diameter, "diameter")
        return np.asarray(np.exp(self.log_height(np.log(diameter)) + 0.5 * self.residual_sd**2))


def height_model(diameter: Array, height: Array, weights: Weights = "none") -> HeightModel:
    """The model fitted to trees with both; rows without a height (NaN) are left out.

    diameter: cm; height: m. Covariance of the parameters: (XᵀWX)⁻¹XᵀW²X(XᵀWX)⁻¹·s².
    Raises Refused for fewer than LEAST trees, for a value that is not above zero, and for diameters all alike.
    """
    diameter, height = np.asarray(diameter, float), np.asarray(height, float)
    known = np.isfinite(height) & np.isfinite(diameter)
    if int(known.sum()) < LEAST:
        raise Refused(finding("carbon.forest.heights", "height", n=int(known.sum()), least=LEAST))
    diameter, height = diameter[known], height[known]
    above_zero(diameter, "diameter")
    above_zero(height, "height")
    x, y = np.log(diameter), np.log(height)
    design = np.stack([np.ones_like(x), x, x**2], axis=1)
    weight = diameter**2 * height if weights == "D2H" else np.ones_like(x)
    weight = weight / weight.mean()
    root = np.sqrt(weight)
    if np.linalg.matrix_rank(design * root[:, None]) < 3:
        raise Refused(finding("carbon.forest.alike", "diameter"))
    found, *_ = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)
    residual = y - design @ found
    sd = float(np.sqrt(np.sum(residual**2) / (len(y) - 3)))
    bread = np.linalg.inv(design.T @ (design * weight[:, None]))
    covariance = bread @ (design.T @ (design * weight[:, None] ** 2)) @ bread * sd**2
    a, b, c = (float(one) for one in found)
    return HeightModel(a, b, c, sd, covariance, len(y), float(diameter.min()), float(diameter.max()))
