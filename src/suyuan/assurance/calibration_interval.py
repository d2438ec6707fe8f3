"""Calibration intervals: how long an instrument may be used before it is calibrated again.

Three questions. From counts of what was found in tolerance after various times: when does the reliability fall to a
target, by each of several models, and how far are the models apart (`from_attributes`)? From measured drift: when does
the uncertainty of its prediction reach a target (`from_drift`)? From the counts at the present interval: does it keep
the target, or should it be changed (`interval_test`)? An interval is a decision of the laboratory; what is returned is
what the data say about it, with its own uncertainty.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, chdtrc

from suyuan.assurance.reliability import MODELS, Model, Observed, at_target, fit, limits, saturated
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[np.float64]
SUPPORTED = 2.0
"""Difference in AIC to the best model up to which a model has substantial support (Burnham and Anderson, 2002)."""
MISFIT = 0.05
"""Probability of so large a deviance below which a model is said not to describe the data."""
FURTHEST = 1e20
"""Multiple of the mean observed time beyond which a reliability is constant for every purpose."""
SPREAD = "NASA-HDBK-8739.19-5"


@dataclass(frozen=True, slots=True)
class ReliabilityFit:
    """A reliability model fitted to counts.

    model; a, b: its parameters (b is nan where it has none); log_likelihood; aic = 2·parameters − 2·log_likelihood;
    interval: time at which R is the target, nan where there is none (a finding says why); lower, upper: limits of the
    interval by its profile likelihood, 0 and inf where the data set none; deviance from the observed fractions, its
    dof, and the probability p of a larger one (approximate in small bins; nan without dof).
    """

    model: str
    a: float
    b: float
    log_likelihood: float
    aic: float
    interval: float
    lower: float
    upper: float
    deviance: float
    dof: int
    p: float


@dataclass(frozen=True, slots=True)
class AttributesInterval:
    """Intervals by several reliability models.

    fits: in the order asked for; target: reliability at the end of the interval; confidence: of each lower and upper;
    best: the model of the least AIC; supported: the models with an AIC at most 2 above it; shortest, longest: interval
    over those of them that have one, nan where none has.
    """

    fits: tuple[ReliabilityFit, ...]
    target: float
    confidence: float
    best: str
    supported: tuple[str, ...]
    shortest: float
    longest: float

    def __getitem__(self, model: str) -> ReliabilityFit:
        return next(f for f in self.fits if f.model == model)


@dataclass(frozen=True, slots=True)
class DriftInterval:
    """Drift since calibration as a polynomial without constant, and the interval that its prediction allows.

    coefficients: b₁ … bₘ; covariance: s²(XᵀX)⁻¹, shape (m, m); s: residual standard deviation; dof = n − m; u0:
    uncertainty at calibration; u_target; interval: time at which the predicted uncertainty reaches u_target.
    """

    coefficients: Array
    covariance: Array
    s: float
    dof: int
    u0: float
    u_target: float
    interval: float

    def predicted(self, t: ArrayLike) -> tuple[Array, Array]:
        """Drift b₁t + … + bₘtᵐ at times t, and its uncertainty √(u0² + vᵀCv + s²), v = (t … tᵐ); shape of t."""
        powers = np.asarray(t, np.float64)[..., None] ** np.arange(1, self.coefficients.size + 1)
        variance = np.einsum("...i,ij,...j->...", powers, self.covariance, powers)
        return np.asarray(powers @ self.coefficients), np.sqrt(self.u0**2 + variance + self.s**2)


@dataclass(frozen=True, slots=True)
class IntervalTest:
    """Observed against wanted reliability at the end of the present interval.

    observed = in tolerance/n; lower, upper: its exact limits; decision: keep, shorten (reliability below the target)
    or lengthen (above it).
    """

    observed: float
    lower: float
    upper: float
    decision: Literal["keep", "shorten", "lengthen"]


def from_attributes(
    time: ArrayLike,
    n: ArrayLike,
    in_tolerance: ArrayLike,
    target: float,
    models: Sequence[str] = tuple(MODELS),
    confidence: float = 0.95,
    where: str = "interval",
) -> tuple[AttributesInterval, tuple[Finding, ...]]:
    """Calibration interval from counts of instruments found in tolerance (binomial, maximum likelihood).

    log L = Σ g ln R(t) + (n − g) ln(1 − R(t)); AIC = 2k − 2 log L; interval T with R(T) = target, and its limits
    {T: 2(log L_max − max log L given T) ≤ χ²₁}. Models: `assurance.reliability`.
    time: since the last calibration, per bin, any unit; n, in_tolerance: calibrated and found in tolerance per bin;
    target: reliability in (0, 1); models: names; confidence: of the limits, in (0, 1). Shape (bins,).
    Returns the fits with their spread, and findings; an interval that does not exist is nan, with an error.
    Raises Refused for times or counts that are none, all in or all out of tolerance, fewer bins than parameters.

    >>> found, _ = from_attributes([21, 42, 63, 84, 140, 189, 269.5, 346.5], [4, 6, 14, 13, 22, 49, 18, 6],
    ...                            [4, 5, 9, 8, 12, 20, 9, 2], 0.8)         # NASA-HDBK-8739.19-5, table 5-1, days
    >>> [(f.model, round(f.interval, 1), round(f.aic, 1)) for f in found.fits[:2]]
    [('exponential', 53.2, 177.5), ('weibull', 29.4, 177.7)]
    >>> round(found.shortest, 1), round(found.longest, 1)
    (29.4, 53.2)

    Source: NASA-HDBK-8739.19-5, table 5-1; the binomial method of NCSLI RP-1 (S2) asks the same question.
    """
    for name, value in (("target", target), ("confidence", confidence)):
        _probability(value, f"{where}.{name}")
    observed = _bins(time, n, in_tolerance, where)
    chosen = [_model(name, where) for name in dict.fromkeys(models)]
    if not chosen:
        raise Refused(finding("assurance.interval.model", f"{where}.models", model="—", known=", ".join(MODELS)))
    distinct = observed.t.size
    for model in chosen:
        if distinct < model.count:
            code = "assurance.interval.bins"
            raise Refused(finding(code, where, model=model.name, bins=distinct, wanted=model.count))
    fits, findings = [], []
    for model in chosen:
        found, said = _fitted(model, observed, target, confidence, where)
        fits.append(found)
        findings += said
    result = _spread(tuple(fits), target, confidence)
    if result.longest > result.shortest:
        texts = {k: f"{v:.4g}" for k, v in (("shortest", result.shortest), ("longest", result.longest))}
        models_text = ", ".join(result.supported)
        findings.append(finding("assurance.interval.spread", where, "note", SPREAD, models=models_text, **texts))
    return result, tuple(findings)


def from_drift(
    time: ArrayLike, drift: ArrayLike, degree: int, u0: float, u_target: float, where: str = "interval"
) -> tuple[DriftInterval, tuple[Finding, ...]]:
    """Calibration interval from measured drift: until the uncertainty of the predicted drift reaches a target.

    drift = b₁t + … + bₘtᵐ by least squares; C = s²(XᵀX)⁻¹; the first T with u0² + vᵀCv + s² = u_target²,
    v = (T … Tᵐ). The predicted drift itself is taken as corrected for.
    time: since calibration, shape (n,), any unit; drift: as found less as left, in its unit, shape (n,); degree m;
    u0: standard uncertainty at calibration; u_target: the largest that use allows; both in the unit of drift.
    Returns the interval and findings. Raises Refused for times or drifts that are none, too few or too few distinct
    ones, drifts without scatter, a target that is exceeded at calibration.

    >>> found, _ = from_drift([70, 86, 104, 135, 167, 173], [0.1, 0.11, 0.251, 0.299, 0.403, 0.615],
    ...                       2, 0.28, 0.5)                                # NASA-HDBK-8739.19-5, tables 7-2 to 7-7
    >>> round(found.interval, 2), round(found.s, 4)                        # days
    (327.15, 0.0708)

    Source: NASA-HDBK-8739.19-5, tables 7-2, 7-3 and 7-7.
    """
    t, y = _column(time, f"{where}.time"), _column(drift, f"{where}.drift")
    _same_length(where, time=t, drift=y)
    _positive_times(t, where)
    if not (isinstance(degree, int) and not isinstance(degree, bool) and degree >= 1):
        raise Refused(finding("assurance.interval.degree", f"{where}.degree", got=degree))
    for name, value in (("u0", u0), ("u_target", u_target)):
        if not (math.isfinite(value) and (value > 0.0 or (name == "u0" and value == 0.0))):
            raise Refused(finding("assurance.interval.uncertainty", f"{where}.{name}", got=value))
    distinct = int(np.unique(t).size)
    if t.size < degree + 1 or distinct < degree:
        code = "assurance.interval.drifts"
        raise Refused(finding(code, where, n=t.size, distinct=distinct, degree=degree, wanted=degree + 1))
    unit = float(np.max(t))
    powers = np.arange(1, degree + 1)
    q, r = np.linalg.qr((t / unit)[:, None] ** powers)
    scaled = np.linalg.solve(r, q.T @ y)
    residual = y - (t / unit)[:, None] ** powers @ scaled
    dof = t.size - degree
    s = math.sqrt(float(residual @ residual) / dof)
    if not s > 1e-12 * float(np.max(np.abs(y))):
        raise Refused(finding("assurance.interval.no_scatter", where, n=t.size))
    inverse = np.linalg.inv(r)
    covariance = s**2 * (inverse @ inverse.T)
    room = u_target**2 - u0**2 - s**2
    if not room > 0.0:
        start = f"{math.hypot(u0, s):.4g}"
        raise Refused(finding("assurance.interval.exceeded", f"{where}.u_target", start=start, target=f"{u_target:g}"))
    interval = unit * _first_reach(covariance, room)
    scale = unit ** -powers.astype(np.float64)
    result = DriftInterval(scaled * scale, covariance * np.outer(scale, scale), s, dof, u0, u_target, interval)
    return result, _beyond(interval, t, "drift", where)


def interval_test(
    n: int, in_tolerance: int, target: float, confidence: float = 0.95, where: str = "interval"
) -> tuple[IntervalTest, tuple[Finding, ...]]:
    """Does the present interval keep the target reliability? Exact binomial test, two-sided.

    lower = B⁻¹(α/2; g, n − g + 1), upper = B⁻¹(1 − α/2; g + 1, n − g), α = 1 − confidence; keep where they hold the
    target between them, else shorten (upper below it) or lengthen (lower above it). By how much is not said: that
    needs a model of the reliability, or a rule of the laboratory.
    n: calibrations at the end of the present interval; in_tolerance: g of them; target, confidence in (0, 1).
    Returns the test, and a warning where n is too small for it ever to ask for a longer interval. Raises Refused.

    >>> interval_test(20, 15, 0.95)[0].decision
    'shorten'

    Source: the question is that of NCSLI RP-1, method A3; limits by Clopper and Pearson, Biometrika 26 (1934) 404–413.
    """
    for name, value in (("target", target), ("confidence", confidence)):
        _probability(value, f"{where}.{name}")
    _counts(np.array([n], np.float64), np.array([in_tolerance], np.float64), where)
    tail = 0.5 * (1.0 - confidence)
    out = n - in_tolerance
    lower = float(betaincinv(in_tolerance, out + 1, tail)) if in_tolerance else 0.0
    upper = float(betaincinv(in_tolerance + 1, out, 1.0 - tail)) if out else 1.0
    decision: Literal["keep", "shorten", "lengthen"] = "keep"
    if upper < target:
        decision = "shorten"
    elif lower > target:
        decision = "lengthen"
    result = IntervalTest(in_tolerance / n, lower, upper, decision)
    wanted = math.floor(math.log(tail) / math.log(target)) + 1
    if decision == "keep" and n < wanted:
        code, text = "assurance.interval.blind", f"{target:g}"
        return result, (finding(code, where, "warning", n=n, wanted=wanted, target=text),)
    return result, ()


def _fitted(
    model: Model, observed: Observed, target: float, confidence: float, where: str
) -> tuple[ReliabilityFit, list[Finding]]:
    log_w, shape, height, end = fit(model, observed)
    a, b = model.parameters(log_w, shape)
    if model.name == "random_walk":
        a, b = (0.0 if shape == model.highest else a), b / observed.unit
    else:
        a /= observed.unit
    said: list[Finding] = []
    interval, lower, upper = math.nan, math.nan, math.nan
    if end in ("constant", "step"):
        code = "assurance.interval.no_decline" if end == "constant" else "assurance.interval.step"
        a, b = math.nan, math.nan
        said.append(finding(code, where, model=model.name))
    else:
        if end == "exponential":
            said.append(finding("assurance.interval.limiting", where, "warning", model=model.name, limit=end))
            a, b = 0.0, math.inf
        interval = observed.unit * model.time(at_target(model, target), log_w, shape)
        if interval <= 0.0:
            start = f"{float(model.reliability(0.0, a, b)):.3g}"
            code = "assurance.interval.never"
            said.append(finding(code, where, model=model.name, start=start, target=f"{target:g}"))
            interval = math.nan
        elif not 1.0 / FURTHEST < interval / observed.unit < FURTHEST:
            said.append(finding("assurance.interval.no_decline", where, model=model.name))
            interval = math.nan
        else:
            low, high = limits(model, observed, target, interval / observed.unit, height, confidence)
            lower, upper = low * observed.unit, high * observed.unit
            said += _beyond(interval, observed.t * observed.unit, model.name, where)
    dof = observed.t.size - model.count
    deviance = max(2.0 * (saturated(observed) - height), 0.0)
    p = float(chdtrc(dof, deviance)) if dof > 0 else math.nan
    if dof == 0:
        said.append(finding("assurance.interval.unjudged", where, "warning", model=model.name, bins=model.count))
    elif p < MISFIT:
        said.append(finding("assurance.interval.misfit", where, "warning", model=model.name, p=f"{p:.2g}"))
    aic = 2.0 * model.count - 2.0 * height
    return ReliabilityFit(model.name, a, b, height, aic, interval, lower, upper, deviance, dof, p), said


def _spread(fits: tuple[ReliabilityFit, ...], target: float, confidence: float) -> AttributesInterval:
    best = min(fits, key=lambda f: f.aic)
    supported = tuple(f for f in fits if f.aic <= best.aic + SUPPORTED)
    known = [f.interval for f in supported if not math.isnan(f.interval)] or [math.nan]
    names = tuple(f.model for f in supported)
    return AttributesInterval(fits, target, confidence, best.model, names, min(known), max(known))


def _first_reach(covariance: Array, room: float) -> float:
    """The least positive root of Σ C_ij T^(i+j) = room, in the scale of the covariance."""
    m = covariance.shape[0]
    polynomial = np.zeros(2 * m + 1)
    np.add.at(polynomial, np.add.outer(np.arange(1, m + 1), np.arange(1, m + 1)), covariance)
    polynomial = polynomial / room
    polynomial[0] = -1.0
    roots = np.polynomial.polynomial.polyroots(polynomial)
    real = roots.real[(np.abs(roots.imag) <= 1e-7 * np.abs(roots)) & (roots.real > 0.0)]
    # vᵀCv is positive definite, so it grows from 0 beyond all bounds and a root exists.
    return float(np.min(real))


def _beyond(interval: float, t: Array, model: str, where: str) -> tuple[Finding, ...]:
    """A warning where the interval lies outside the observed times."""
    least, most = float(np.min(t)), float(np.max(t))
    if least <= interval <= most:
        return ()
    texts = {k: f"{v:.4g}" for k, v in (("interval", interval), ("least", least), ("most", most))}
    return (finding("assurance.interval.extrapolated", where, "warning", model=model, **texts),)


def _bins(time: ArrayLike, n: ArrayLike, in_tolerance: ArrayLike, where: str) -> Observed:
    t, count = _column(time, f"{where}.time"), _column(n, f"{where}.n")
    good = _column(in_tolerance, f"{where}.in_tolerance")
    _same_length(where, time=t, n=count, in_tolerance=good)
    _positive_times(t, where)
    _counts(count, good, where)
    total, found = int(np.sum(count)), int(np.sum(good))
    if found == total:
        raise Refused(finding("assurance.interval.all_in", where, n=total, longest=f"{float(np.max(t)):g}"))
    if found == 0:
        raise Refused(finding("assurance.interval.all_out", where, n=total, shortest=f"{float(np.min(t)):g}"))
    unit = math.exp(float(np.average(np.log(t), weights=count)))
    times, bin_of = np.unique(t, return_inverse=True)
    total_of, good_of = (np.bincount(bin_of, c).astype(np.float64) for c in (count, good))
    return Observed(times / unit, total_of, good_of, unit)


def _column(values: ArrayLike, where: str) -> Array:
    try:
        column = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        raise Refused(finding("assurance.interval.numbers", where)) from None
    if column.ndim != 1 or not np.all(np.isfinite(column)):
        raise Refused(finding("assurance.interval.numbers", where))
    return column


def _same_length(where: str, **columns: Array) -> None:
    sizes = {name: column.size for name, column in columns.items()}
    if len(set(sizes.values())) != 1 or 0 in sizes.values():
        text = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise Refused(finding("assurance.interval.lengths", where, lengths=text))


def _positive_times(t: Array, where: str) -> None:
    bad = np.flatnonzero(t <= 0.0)
    if bad.size:
        first = int(bad[0])
        raise Refused(finding("assurance.interval.time", f"{where}.time", first=first + 1, got=f"{t[first]:g}"))


def _counts(n: Array, good: Array, where: str) -> None:
    whole = (np.floor(n) == n) & (np.floor(good) == good) & (n >= 1.0) & (good >= 0.0) & (good <= n)
    bad = np.flatnonzero(~whole)
    if bad.size:
        i = int(bad[0])
        raise Refused(finding("assurance.interval.counts", where, first=i + 1, n=f"{n[i]:g}", good=f"{good[i]:g}"))


def _probability(value: float, where: str) -> None:
    if not 0.0 < value < 1.0:
        raise Refused(finding("assurance.interval.probability", where, got=value))


def _model(name: str, where: str) -> Model:
    if name not in MODELS:
        raise Refused(finding("assurance.interval.model", f"{where}.models", model=name, known=", ".join(MODELS)))
    return MODELS[name]
