"""The power-moderated mean of key comparisons of radionuclides."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.consensus.random_effects import mandel_paule_tau
from suyuan.comparison.consensus.weighted import mean_by_precision, middle_of, scale_of
from suyuan.comparison.results import Consensus, contributors

Array = NDArray[Any]


def power_moderated_mean(x: ArrayLike, u: ArrayLike, contributing: ArrayLike | None = None) -> Consensus:
    """The power-moderated mean: between weighted and arithmetic mean, by how far the stated uncertainties hold.

    s: Mandel-Paule's τ; S² = n·max(u²(arithmetic mean from the scatter), u²(Mandel-Paule)); α = 2 − 3/n;
    w ∝ 1/[(u² + s²)^(α/2)·S^(2 − α)], u² = 1/Σ. tau holds s. Nobody is left out.
    x, u: (…, n) independent, two or more that contribute. Source: S. Pommé, J. Keightley, Metrologia 52 (2015) S200.

    >>> found = power_moderated_mean([10.0, 10.1, 9.9, 10.4], [0.1, 0.1, 0.1, 0.1])
    >>> round(float(found.value), 6), [round(float(w), 6) for w in found.weights]
    (10.1, [0.25, 0.25, 0.25, 0.25])
    """
    part, spread = contributors(x, u, contributing, 2)
    n, scale, tau = part.x.shape[-1], scale_of(part), mandel_paule_tau(part)
    dark = (part.u / scale[..., None]) ** 2 + ((tau / scale) ** 2)[..., None]
    spread_of_mean = np.var(part.x - middle_of(part), axis=-1, ddof=1) / scale**2 / n
    typical = n * np.maximum(spread_of_mean, 1.0 / np.sum(1.0 / dark, axis=-1))
    alpha = 2.0 - 3.0 / n
    precision = dark ** (-alpha / 2.0) * typical[..., None] ** (alpha / 2.0 - 1.0)
    return mean_by_precision(part, spread, precision, scale, tau)
