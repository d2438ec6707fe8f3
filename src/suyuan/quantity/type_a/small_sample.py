"""A few readings: Student's t with n − 1 degrees of freedom, and what earlier measurements add (JCGM 101:2008 6.4.9).

With n readings and nothing else known, the quantity is x̄ + (s/√n)·t, t with n − 1 degrees of freedom. Its standard
deviation is √((n − 1)/(n − 3)) times s/√n, and infinite for two or three readings: a Monte Carlo evaluation then has no
standard uncertainty. A standard deviation from earlier measurements of the same kind mends that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike

from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.type_a.readings import mean

RULE = "JCGM 101:2008 6.4.9"


@dataclass(frozen=True, slots=True)
class ScaledT:
    """Knowledge of a mean as a scaled and shifted t: location + scale·t(dof).

    mean: the location; u: the scale, which is what first order takes with dof; std: standard deviation, infinite for
    dof of 2 or fewer; s: standard deviation of one reading; n: readings.
    """

    mean: float
    u: float
    dof: float
    std: float
    s: float
    n: int


def scaled_t(values: ArrayLike, where: str = "readings") -> tuple[ScaledT, tuple[Finding, ...]]:
    """The mean of n readings as a t distribution with n − 1 degrees of freedom.

    values: shape (n,), n at least 2, in one unit. Returns it and findings: for n of 2 or 3 a warning that its standard
    deviation is infinite. Raises Refused for fewer readings, or missing ones.

    >>> t, _ = scaled_t([10.0, 10.2, 10.4, 10.2])
    >>> round(t.u, 4), t.dof, round(t.std, 4)
    (0.0816, 3.0, 0.1414)
    """
    found, findings = mean(values, where=where)
    if errors(findings):
        raise Refused(*errors(findings))
    u = float(found.u)
    result = ScaledT(float(found.mean), u, found.dof, standard_deviation(u, found.dof), float(found.s), found.n)
    if math.isinf(result.std):
        findings = (*findings, finding("type_a.few.infinite", where, "warning", RULE, n=found.n))
    return result, findings


def scaled_t_with_prior(
    values: ArrayLike, prior_s: float, prior_dof: float, where: str = "readings"
) -> tuple[ScaledT, tuple[Finding, ...]]:
    """The mean of a few readings with a standard deviation known from earlier measurements of the same kind.

    Bayes with the conjugate prior of the variance (scaled inverse χ² of prior_s², prior_dof) and none for the mean:
    s_p² = (ν₀ s₀² + (n − 1) s²)/(ν₀ + n − 1), t with ν₀ + n − 1 degrees of freedom and scale s_p/√n (A. Gelman et al.,
    Bayesian Data Analysis, 3.2 and 3.3). One reading is enough. The new readings count beside the earlier ones, unlike
    in `type_a.mean_with_pooled` (GUM 4.2.4).
    prior_s: in the unit of the readings; prior_dof: its degrees of freedom, above 0.

    >>> t, _ = scaled_t_with_prior([10.0, 10.2], 0.1, 8.0)
    >>> t.dof, round(t.u, 4), round(t.std, 4)
    (9.0, 0.0745, 0.0845)
    """
    if not (math.isfinite(prior_s) and prior_s > 0.0):
        raise Refused(finding("evaluation.uncertainty.negative", f"{where}.prior_s", value=prior_s))
    if not (prior_dof > 0.0 and math.isfinite(prior_dof)):
        raise Refused(finding("evaluation.dof", f"{where}.prior_dof", value=prior_dof))
    found, findings = mean(values, where=where)
    kept = tuple(f for f in findings if f.code not in ("evaluation.readings.single", "evaluation.readings.constant"))
    if errors(kept):
        raise Refused(*errors(kept))
    own = (found.n - 1) * float(found.s) ** 2 if found.n > 1 else 0.0
    dof = prior_dof + found.n - 1
    s = math.sqrt((prior_dof * prior_s**2 + own) / dof)
    u = s / math.sqrt(found.n)
    return ScaledT(float(found.mean), u, dof, standard_deviation(u, dof), s, found.n), kept


def standard_deviation(scale: float, dof: float) -> float:
    """Standard deviation of scale·t(dof): scale·√(ν/(ν − 2)), infinite for ν of 2 or less."""
    if math.isinf(dof):
        return scale
    return scale * math.sqrt(dof / (dof - 2.0)) if dof > 2.0 else math.inf
