"""Reliability models: the probability R(t) that an instrument is still in tolerance a time t after its calibration.

Each model is written as x = w·k(t; p), with R = exp(−x) or R = erf(x/√2): one scale w and at most one shape p. For a
given shape the likelihood of binned observations is log-concave in w (exp(−x) and 1 − exp(−x), erf and erfc are), so
it has one maximum there; over the shape it is searched on a grid of its whole range. Given the time T at which R is a
target, w follows from p: the likelihood of T, the best over all shapes, needs no derivative and no normal
approximation. The models are those of NASA-HDBK-8739.19-5 and NCSLI RP-1; parameters a and b as in the table below.

| model | R(t) | x | k | shape |
|---|---|---|---|---|
| exponential | exp(−at) | at | t | |
| weibull | exp(−(at)^b) | (at)^b | t^b | b |
| mixed_exponential | (1 + at)^(−b) | b ln(1 + at) | ln(1 + at) | a |
| random_walk | erf(1/√(2(a + bt))) | 1/√(a + bt) | 1/√(1 − f + ft) | f = b/(a + b) |
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtri, erf, erfc, log_ndtr, ndtri, xlogy

Array = NDArray[np.float64]
FURTHEST = 300.0  # of ln x: beyond it R is 0 or 1 for every purpose, and no product overflows
STEPS, ROUNDS, POINTS = 60, 9, 21


@dataclass(frozen=True, slots=True)
class Observed:
    """Bins of calibrations: time since the one before, as a multiple of `unit`; n calibrated; g found in tolerance."""

    t: Array
    n: Array
    g: Array
    unit: float


@dataclass(frozen=True, slots=True)
class Model:
    """A reliability model.

    log_k: (ln t, shape) → ln k; time: (x at the target, ln w, shape) → t; parameters: (ln w, shape) → (a, b), b is nan
    where the model has none; lowest, highest: range of the shape; low, high: what R tends to at its ends («constant»,
    «step», «exponential», or nothing to be said); normal: R = erf(x/√2), else exp(−x).
    """

    name: str
    log_k: Callable[[Array, Array], Array]
    time: Callable[[float, float, float], float]
    parameters: Callable[[float, float], tuple[float, float]]
    lowest: float = 0.0
    highest: float = 0.0
    low: str = ""
    high: str = ""
    normal: bool = False

    @property
    def count(self) -> int:
        """Number of parameters."""
        return 1 if self.lowest == self.highest else 2

    def reliability(self, t: ArrayLike, a: float, b: float) -> Array:
        """R(t) of given parameters; t: any shape, in the unit of 1/a (random walk: of 1/b)."""
        time = np.asarray(t, np.float64)
        if self.normal:
            with np.errstate(divide="ignore"):
                return np.asarray(erf(1.0 / np.sqrt(2.0 * (a + b * time))))
        if self.name == "mixed_exponential":
            return np.asarray(np.exp(-b * np.log1p(a * time)))  # 1 + at would round a small at away
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(-((a * time) ** (1.0 if self.count == 1 else b))))


def _exp(x: float) -> float:
    """eˣ without overflow: near the end of its shapes a model has parameters without measure."""
    return math.exp(min(max(x, -500.0), 500.0))


def _walk_log_k(log_t: Array, p: Array) -> Array:
    return -0.5 * np.logaddexp(-np.logaddexp(0.0, p), log_t - np.logaddexp(0.0, -p))


def _walk_time(x: float, log_w: float, p: float) -> float:
    if x <= 0.0:  # a target so low that its quantile is nil
        return math.inf
    return (_exp(2.0 * (log_w - math.log(x))) * (1.0 + math.exp(-p))) - math.exp(-p)


def _walk_parameters(log_w: float, p: float) -> tuple[float, float]:
    start, growth = -np.logaddexp(0.0, p), -np.logaddexp(0.0, -p)
    return _exp(start - 2.0 * log_w), _exp(growth - 2.0 * log_w)


MODELS = {
    model.name: model
    for model in (
        Model(
            "exponential",
            lambda log_t, p: log_t + 0.0 * p,
            lambda x, log_w, p: x * _exp(-log_w),
            lambda log_w, p: (_exp(log_w), math.nan),
        ),
        Model(
            "weibull",
            lambda log_t, p: np.exp(p) * log_t,
            lambda x, log_w, p: _exp((math.log(x) - log_w) / math.exp(p)),
            lambda log_w, p: (_exp(log_w / math.exp(p)), math.exp(p)),
            -25.0, 5.0, "constant", "step",
        ),
        Model(
            "mixed_exponential",
            lambda log_t, p: np.log(np.log1p(np.exp(p + log_t))),
            lambda x, log_w, p: math.expm1(min(x * _exp(-log_w), 500.0)) / math.exp(p),
            lambda log_w, p: (math.exp(p), _exp(log_w)),
            -25.0, 60.0, "exponential", "constant",
        ),
        Model(
            "random_walk", _walk_log_k, _walk_time, _walk_parameters,
            -34.0, 34.0, "constant", "", True,
        ),
    )
}  # fmt: skip


def log_likelihood(model: Model, observed: Observed, log_w: Array, p: Array) -> Array:
    """Σ g ln R + (n − g) ln(1 − R) over the bins, for scales and shapes of one shape (m,)."""
    log_x = np.clip(log_w[:, None] + model.log_k(np.log(observed.t), p[:, None]), -FURTHEST, FURTHEST)
    x = np.exp(log_x)
    with np.errstate(divide="ignore", over="ignore"):
        if model.normal:
            z = x / math.sqrt(2.0)
            inside = np.where(z > 0.7, np.log1p(-erfc(z)), np.log(erf(z)))
            outside = np.log(erfc(z))
        else:
            inside, outside = -x, np.log(-np.expm1(-x))
    out = observed.n - observed.g
    return np.asarray(
        np.sum(np.multiply(observed.g, inside, where=observed.g > 0, out=np.zeros_like(x)), axis=1)
        + np.sum(np.multiply(out, outside, where=out > 0, out=np.zeros_like(x)), axis=1)
    )


def saturated(observed: Observed) -> float:
    """The log-likelihood of the observed fractions themselves, which no model can exceed."""
    share, out = observed.g / observed.n, observed.n - observed.g
    return float(np.sum(xlogy(observed.g, share) + xlogy(out, out / observed.n)))


def fit(model: Model, observed: Observed) -> tuple[float, float, float, str]:
    """(ln w, shape, log-likelihood) at the maximum, and what the model tends to if that lies at an end of its shapes.

    Some must be in and some out of tolerance.
    """

    def profile(p: Array) -> Array:
        return log_likelihood(model, observed, best_scale(model, observed, p), p)

    p, height, end = _highest(profile, model)
    return float(best_scale(model, observed, np.array([p]))[0]), p, height, end


def best_scale(model: Model, observed: Observed, p: Array) -> Array:
    """ln w of the largest likelihood for each shape, by bisection of the slope, which falls."""
    log_k = model.log_k(np.log(observed.t), p[:, None])
    out = observed.n - observed.g

    def slope(log_w: Array) -> Array:
        x = np.exp(np.clip(log_w[:, None] + log_k, -FURTHEST, FURTHEST))
        with np.errstate(over="ignore", under="ignore"):
            if not model.normal:
                return np.asarray(np.sum(x * (out / np.expm1(x) - observed.g), axis=1))
            density = -0.5 * np.square(x) - 0.5 * math.log(2.0 * math.pi)
            gain = 2.0 * np.exp(density) / erf(x / math.sqrt(2.0))
            return np.asarray(np.sum(x * (observed.g * gain - out * np.exp(density - log_ndtr(-x))), axis=1))

    # The slope is positive where every x is tiny and negative where every x is large.
    low, high = -np.max(log_k, axis=1) - 50.0, -np.min(log_k, axis=1) + 10.0
    for _ in range(STEPS + 10):
        middle = 0.5 * (low + high)
        rises = slope(middle) > 0.0
        low, high = np.where(rises, middle, low), np.where(rises, high, middle)
    return np.asarray(0.5 * (low + high))


def at_target(model: Model, target: float) -> float:
    """x at which R is the target."""
    return float(ndtri(0.5 + 0.5 * target)) if model.normal else -math.log(target)


def limits(
    model: Model, observed: Observed, target: float, interval: float, height: float, confidence: float
) -> tuple[float, float]:
    """Times between which the profile likelihood of the interval is within χ²(1)/2 of its maximum.

    {T: 2(L_max − max_p L(T, p)) ≤ χ²_{1, confidence}}; 0 and inf where the likelihood never falls so far.
    interval, limits in multiples of `observed.unit`; height: L_max.
    """
    drop = 0.5 * float(chdtri(1.0, 1.0 - confidence))
    log_x = math.log(at_target(model, target))

    def inside(log_time: float) -> bool:
        def given(p: Array) -> Array:
            log_w = log_x - model.log_k(np.full((1, 1), log_time), p[:, None])[:, 0]
            return log_likelihood(model, observed, log_w, p)

        return height - _highest(given, model)[1] <= drop

    found = []
    for side, nowhere in ((-1.0, 0.0), (1.0, math.inf)):
        near, width = math.log(interval), 0.25
        while inside(far := near + side * width):
            near, width = far, 2.0 * width
            if width > 64.0:
                break
        if width > 64.0:
            found.append(nowhere)
            continue
        for _ in range(34):
            middle = 0.5 * (near + far)
            near, far = (middle, far) if inside(middle) else (near, middle)
        found.append(math.exp(near))
    return found[0], found[1]


def _highest(of: Callable[[Array], Array], model: Model) -> tuple[float, float, str]:
    """Shape of the largest value, that value, and the word for an end of the range if it is there."""
    if model.count == 1:
        return 0.0, float(of(np.zeros(1))[0]), ""
    grid = np.linspace(model.lowest, model.highest, 171)
    values = of(grid)
    best, edges = int(np.argmax(values)), (float(values[0]), float(values[-1]))
    p, height = float(grid[best]), float(values[best])
    step = float(grid[1] - grid[0])
    for _ in range(ROUNDS):
        zoom = np.clip(np.linspace(p - step, p + step, POINTS), model.lowest, model.highest)
        values = of(zoom)
        best = int(np.argmax(values))
        if values[best] >= height:
            p, height = float(zoom[best]), float(values[best])
        step *= 0.2
    slack = 1e-9 * (1.0 + abs(height))  # towards an end the likelihood is flat: equal there is at the end
    for edge, end, word in ((edges[0], model.lowest, model.low), (edges[1], model.highest, model.high)):
        if edge >= height - slack:
            return end, edge, word
    return p, height, ""
