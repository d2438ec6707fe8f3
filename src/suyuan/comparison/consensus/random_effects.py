"""Random-effects means: a common variance τ² between laboratories beyond what they state, by several rules.

x = μ + effect + error, effect of variance τ², error of covariance V (diagonal where independent). τ² is found in units
of the smallest stated variance, so that no unit and no size of the values matters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from suyuan.comparison.consensus.diagnostics import of_random_effects, where_true
from suyuan.comparison.consensus.directions import Directions, blocks, directions, scatter, weighed
from suyuan.comparison.consensus.restricted_likelihood import Peaks, peaks
from suyuan.comparison.results import Consensus, bounded
from suyuan.quantity.finding import Refused, finding

Array = NDArray[Any]
STEPS = 500
"""Steps for the between-laboratory variance: Newton needs a few, for data of all magnitudes some more."""


@dataclass(frozen=True, slots=True)
class Dark:
    """The variance between laboratories τ² of each measurand (…), in units of scale², and how it was found."""

    variance: Array
    peaks: Peaks | None = None


def dersimonian_laird(
    x: ArrayLike, u: ArrayLike | None, contributing: ArrayLike | None = None, covariance: ArrayLike | None = None
) -> Consensus:
    """The random-effects mean with the between-laboratory variance of DerSimonian and Laird.

    τ² = max(0, (Q − n + 1)/(Σw − Σw²/Σw)), then weights 1/(u² + τ²) and u² = 1/Σ of them, which does not know that τ
    is an estimate. With a covariance Q = rᵀV⁻¹r, the denominator tr V⁻¹ − 1ᵀV⁻²1/(1ᵀV⁻¹1), the weights (V + τ²I)⁻¹1.
    x, u: (…, n), two or more that contribute; covariance: (n, n), whose diagonal then stands for u. further: tau2.
    Source: R. DerSimonian, N. Laird, Controlled Clinical Trials 7 (1986) 177.

    >>> x = [15, 15, 30, 18, 24, -9, 33, 12.5, 8.8]       # nm, printed: 15.75, u 5.0, dark uncertainty 11.3
    >>> found = dersimonian_laird(x, [9, 14, 10, 13, 9, 7, 9, 8.6, 10])
    >>> round(float(found.value), 2), round(float(found.u), 2), round(float(found.tau), 1)
    (15.75, 5.0, 11.3)
    """
    return _mean(directions(x, u, contributing, covariance), "dersimonian_laird")


def mandel_paule(
    x: ArrayLike, u: ArrayLike | None, contributing: ArrayLike | None = None, covariance: ArrayLike | None = None
) -> Consensus:
    """The random-effects mean with the between-laboratory variance of Mandel and Paule.

    Σ(x − x_ref)²/(u² + τ²) = n − 1, with a covariance rᵀ(V + τ²I)⁻¹r = n − 1; τ = 0 where the left side is smaller at
    once. The left side is Σ c/(α + τ²) in the contrasts, so its inverse is concave in τ², and Newton on the inverse
    climbs from τ² = 0 to the only root and never passes it; from any start beyond the root, Newton on the left side
    itself may fall below zero and be taken for «no root».
    x, u: (…, n), two or more that contribute; covariance: (n, n), whose diagonal then stands for u. further: tau2.
    Source: R. C. Paule, J. Mandel, J. Res. NBS 87 (1982) 377.

    >>> found = mandel_paule([15, 15, 30, 18, 24, -9, 33, 12.5, 8.8], [9, 14, 10, 13, 9, 7, 9, 8.6, 10])
    >>> round(float(found.value), 3), round(float(found.tau), 3)
    (15.567, 9.442)
    """
    return _mean(directions(x, u, contributing, covariance), "mandel_paule")


def reml(
    x: ArrayLike, u: ArrayLike | None, contributing: ArrayLike | None = None, covariance: ArrayLike | None = None
) -> Consensus:
    """The random-effects mean with the between-laboratory variance of the greatest restricted likelihood.

    −2 log L = Σ log(u² + τ²) + log Σ 1/(u² + τ²) + Σ(x − μ)²/(u² + τ²), with a covariance log|V + τ²I| and so on. All
    maxima between τ² = 0 and Σ(x − x̄)², beyond which there is none, are bracketed and the highest is taken; where there
    are several a finding names them. No start value and no tolerance in the unit of the data.
    x, u: (…, n), two or more that contribute; covariance: (n, n), whose diagonal then stands for u. further: tau2,
    maxima (their number).
    Source: D. A. Harville, J. Am. Stat. Assoc. 72 (1977) 320.

    >>> x = [-0.889311333920205, -1.58538865720143, -1.34807314829969, -1.44155119002131, -0.217547322211296,
    ...      -0.786115585818864, -1.62089822359839, 0.0119523335238405, -0.469417648738149, -1.37134480347278,
    ...      -0.339358828338391, 0.445913400571379, -0.0173139482168798]
    >>> u = [0.570600354893, 0.441113501718, 0.644490469571, 0.141456819921, 0.226296646395, 0.0831000508779,
    ...      0.472247019654, 0.0629410779842, 0.23755885684, 0.270231000466, 0.11141011611, 0.72972998102,
    ...      0.26721650339]
    >>> found = reml(x, u)                # log risk ratios of BCG vaccine, printed −0.7145, 0.1798, τ² 0.3132
    >>> round(float(found.value), 4), round(float(found.u), 4), round(float(found.tau) ** 2, 4)
    (-0.7145, 0.1798, 0.3132)
    """
    return _mean(directions(x, u, contributing, covariance), "reml")


def hartung_knapp(
    x: ArrayLike,
    u: ArrayLike | None,
    contributing: ArrayLike | None = None,
    covariance: ArrayLike | None = None,
    modified: bool = False,
    between: Literal["dersimonian_laird", "mandel_paule", "reml"] = "dersimonian_laird",
) -> Consensus:
    """A random-effects mean whose uncertainty comes from the weighted scatter, with an interval of Student's t.

    q = Σw(x − x_ref)²/(n − 1), w = 1/(u² + τ²); u = √(q/Σw); x_ref ± t₀.₉₇₅(n − 1)·u. modified: q = max(1, q), once.
    between: the rule for τ². x, u: (…, n), two or more that contribute; covariance: (n, n). further: tau2, q.
    Where q < 1 makes u smaller than the weights give it, the covariances with participants shrink by the same factor,
    so that degrees of equivalence keep a variance that is not negative.
    Sources: J. Hartung, G. Knapp, Statist. Med. 20 (2001) 3875; K. Sidik, J. N. Jonkman, Statist. Med. 21 (2002) 3153;
    C. Röver, G. Knapp, T. Friede, BMC Med. Res. Methodol. 15 (2015) 99.

    >>> x = [2.893, 2.936, 2.94, 2.96, 2.98, 3, 3.001, 3.07, 3.13]                 # mg/l lead in wine, CCQM-K30
    >>> u = [0.0206572769953, 0.0125, 0.0165, 0.0333333333333, 0.100502512563, 0.05, 0.068, 0.085, 0.06]
    >>> found = hartung_knapp(x, u, modified=True)
    >>> round(float(found.further["q"]), 4), round(float(found.u), 4)
    (1.4516, 0.021)
    """
    d = directions(x, u, contributing, covariance)
    dark, told = _between(d, between, True)
    found = _by_variance(d, dark.variance)
    dof = d.y.shape[-1] - 1
    q = scatter(d.y, d.h, _precision(d, dark.variance))[0] / dof
    counted = np.maximum(q, 1.0) if modified else q
    spread = found.u * np.sqrt(counted)
    half = float(stdtrit(dof, 0.975)) * spread
    if not modified:
        told += where_true("comparison.hartung_knapp.narrow", q < 1.0, "note", q=q)
    return replace(
        found,
        u=spread,
        covariance=bounded(found.covariance, found.weights, spread),
        low=found.value - half,
        high=found.value + half,
        further={"tau2": found.tau**2, "q": counted},
        findings=told,
    )


def variance_between(d: Directions, rule: str) -> Dark:
    """τ² by a rule, for the directions of the contributors."""
    return RULES[rule](d)


def _mean(d: Directions, rule: str) -> Consensus:
    dark, told = _between(d, rule, False)
    found = _by_variance(d, dark.variance)
    further = {"tau2": found.tau**2}
    if dark.peaks is not None:
        further["maxima"] = dark.peaks.count
    return replace(found, further=further, findings=told)


def _between(d: Directions, rule: str, u_knows_tau: bool) -> tuple[Dark, tuple[Any, ...]]:
    if rule not in RULES:
        raise Refused(finding("comparison.method.unknown", "between", method=rule, known=", ".join(RULES)))
    dark = variance_between(d, rule)
    told = of_random_effects(d.scale * np.sqrt(dark.variance), d.y.shape[-1], u_knows_tau)
    if dark.peaks is not None:
        several = dark.peaks.count > 1
        single: dict[str, Any] = {}
        if several.size == 1 and np.all(several):
            taus = d.scale.flat[0] * np.sqrt(dark.peaks.found[np.argsort(-dark.peaks.height)])
            heights = np.sort(dark.peaks.height)[::-1]
            single = {"taus": ", ".join(f"{t:.4g}" for t in taus), "gap": f"{heights[0] - heights[1]:.2g}"}
        told += where_true("comparison.random_effects.two_maxima", several, "warning", **single)
    return dark, told


def _by_variance(d: Directions, t: Array) -> Consensus:
    return weighed(d, _precision(d, t), d.scale * np.sqrt(t))


def _precision(d: Directions, t: Array) -> Array:
    return np.asarray(1.0 / (d.v + t[..., None]))


def _dersimonian_laird(d: Directions) -> Dark:
    a = 1.0 / d.v
    chi2 = scatter(d.y, d.h, a)[0]
    others = np.array(a)
    largest = np.argmax(others, axis=-1)[..., None]
    top = np.take_along_axis(others, largest, axis=-1)[..., 0]
    np.put_along_axis(others, largest, 0.0, axis=-1)
    squares = 1.0 if d.h is None else np.asarray(d.h[largest[..., 0]] ** 2)
    share = others if d.h is None else others * d.h**2
    # Σa − Σ(ha)²/Σh²a without the difference that vanishes where one uncertainty is far below all others
    rest = share.sum(axis=-1)
    total = top * squares + rest
    spare = (top * rest + others.sum(axis=-1) * total - np.einsum("...i,...i->...", others, share)) / total
    return Dark(np.asarray(np.maximum((chi2 - (d.y.shape[-1] - 1)) / spare, 0.0)))


def _mandel_paule(d: Directions) -> Dark:
    dof, found = d.y.shape[-1] - 1, np.zeros(d.y.shape[:-1]).reshape(-1)
    for rows, y, v in blocks(d):
        found[rows] = _mandel_paule_rows(y, v, d.h, dof)
    return Dark(found.reshape(d.y.shape[:-1]))


def _mandel_paule_rows(y: Array, v: Array, h: Array | None, dof: int) -> Array:
    t, active = np.zeros(len(y)), np.arange(len(y))
    for _ in range(STEPS):
        chi2, slope = scatter(y[active], h, 1.0 / (v[active] + t[active, None]))
        step = np.where(chi2 > dof, chi2 * (chi2 / dof - 1.0) / np.where(slope > 0.0, slope, 1.0), 0.0)
        t[active] += step
        active = active[step > 4e-16 * t[active]]
        if active.size == 0:
            return t
    raise Refused(finding("comparison.iteration", "mandel_paule", steps=STEPS))


def _reml(d: Directions) -> Dark:
    found = peaks(d)
    return Dark(found.best, found)


RULES: dict[str, Callable[[Directions], Dark]] = {
    "dersimonian_laird": _dersimonian_laird,
    "mandel_paule": _mandel_paule,
    "reml": _reml,
}
