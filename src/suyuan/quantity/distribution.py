"""Distributions of one random element: distribution function, density and quantile, all standardised.

A quantity with estimate v and standard uncertainty u (as first order sees it) is x = v + u·z. A `Law` is the
distribution of z. Its mean is 0; its standard deviation is 1, but for Student's t by scale, where u is the scale and
the standard deviation √(ν/(ν − 2)) times larger, or infinite (JCGM 101:2008 6.4; 6.4.9 for t).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from suyuan.quantity.finding import Refused, finding

Array = NDArray[np.float64]
Function = Callable[[Array], Array]
Value = float | tuple[float, ...]
Parameters = Sequence[tuple[str, Value]]


@dataclass(frozen=True, slots=True)
class Law:
    """Distribution of a standardised element.

    name: one of `LAWS`; low, high: ends of the support; std: standard deviation, infinite where there is none;
    cdf, pdf, ppf: elementwise functions of arrays; atoms: the values themselves where the law is a sample, else ();
    kinks: points inside the support where the density is not smooth; upper: 1 − cdf and its inverse where the law
    knows them better than by subtraction.
    """

    name: str
    low: float
    high: float
    std: float
    cdf: Function
    pdf: Function
    ppf: Function
    atoms: tuple[float, ...] = ()
    kinks: tuple[float, ...] = ()
    upper: tuple[Function, Function] | None = None

    def above(self, z: Array) -> Array:
        """P(Z > z), with its digits where it is small."""
        return 1.0 - self.cdf(z) if self.upper is None else self.upper[0](z)

    def from_above(self, q: Array) -> Array:
        """z with P(Z > z) = q."""
        return self.ppf(1.0 - q) if self.upper is None else self.upper[1](q)


def _mirrored(cdf: Function, ppf: Function) -> tuple[Function, Function]:
    """The upper tail of a law that is symmetric about 0."""
    return lambda z: cdf(-z), lambda q: -ppf(q)


def law(name: str, u: float = 1.0, dof: float = math.inf, parameters: Parameters = ()) -> Law:
    """The law of an element with this distribution, standard uncertainty, degrees of freedom and parameters.

    parameters: as `type_b` and `Influence` keep them, in the quantity's unit (half_width, d, beta, scale, shape,
    values, edges, counts). «unknown» is taken as normal (JCGM 101 6.4.7: only a mean and a standard deviation).
    Raises Refused for a name without law.

    >>> t = law("student_t", 25.0, dof=18.0, parameters=(("scale", 25.0),))
    >>> round(float(t.ppf(np.array(0.995))), 3), round(t.std, 4)
    (2.878, 1.0607)
    """
    made = LAWS.get(name)
    if made is None:
        raise Refused(finding("evaluation.distribution.unknown", name, distribution=name, nearest="",
                              known=" ".join(LAWS)))  # fmt: skip
    return made(u, dof, dict(parameters))


def cdf_at(x: ArrayLike, value: float, u: float, of: Law) -> Array:
    """P(X ≤ x) for X = value + u·z."""
    return of.cdf((np.asarray(x, float) - value) / u)


# ---------------------------------------------------------------- smooth and bounded laws


def _normal(u: float, dof: float, p: Mapping[str, Any]) -> Law:
    return Law("normal", -math.inf, math.inf, 1.0, special.ndtr,
               lambda z: np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi), special.ndtri,
               upper=_mirrored(special.ndtr, special.ndtri))  # fmt: skip


def _student(u: float, dof: float, p: Mapping[str, Any]) -> Law:
    if not math.isfinite(dof):
        return _normal(u, dof, p)
    s = float(p.get("scale", u)) / u
    std = s * math.sqrt(dof / (dof - 2.0)) if dof > 2.0 else math.inf
    front = math.exp(special.gammaln(0.5 * (dof + 1.0)) - special.gammaln(0.5 * dof)) / math.sqrt(dof * math.pi) / s

    def cdf(z: Array) -> Array:
        return np.asarray(special.stdtr(dof, z / s))

    def ppf(q: Array) -> Array:
        return np.asarray(s * special.stdtrit(dof, q))

    return Law("student_t", -math.inf, math.inf, std, cdf,
               lambda z: front * (1.0 + (z / s) ** 2 / dof) ** (-0.5 * (dof + 1.0)), ppf,
               upper=_mirrored(cdf, ppf))  # fmt: skip


def _rectangular(u: float, dof: float, p: Mapping[str, Any]) -> Law:
    return _trapezoid_of("rectangular", 1.0)


def _triangular(u: float, dof: float, p: Mapping[str, Any]) -> Law:
    return _trapezoid_of("triangular", 0.0)


def _trapezoid(u: float, dof: float, p: Mapping[str, Any]) -> Law:
    return _trapezoid_of("trapezoid", float(p["beta"]))


def _trapezoid_of(name: str, beta: float) -> Law:
    """Base half-width w, top half-width β·w, variance w²(1 + β²)/6 = 1 (JCGM 101 6.4.4)."""
    w = math.sqrt(6.0 / (1.0 + beta * beta))
    top, height = beta * w, 1.0 / (w * (1.0 + beta))
    slope = height / (w - top) if beta < 1.0 else 0.0
    corner = 0.5 * height * (w - top)  # probability of one sloping side

    def cdf(z: Array) -> Array:
        side = np.minimum(w - np.minimum(np.abs(z), w), w - top)
        outer = 0.5 * slope * side * side
        inner = height * np.maximum(top - np.abs(z), 0.0)
        tail = np.where(np.abs(z) >= top, outer, corner + inner)
        return np.where(z < 0.0, tail, 1.0 - tail)

    def pdf(z: Array) -> Array:
        x = np.abs(z)
        return np.where(x > w, 0.0, np.where(x <= top, height, slope * (w - x)))

    def ppf(q: Array) -> Array:
        tail = np.minimum(q, 1.0 - q)
        sloping = w - np.sqrt(2.0 * tail / slope) if slope else np.full(np.shape(q), w)
        x = np.where(tail < corner, sloping, top - (tail - corner) / height)
        return np.where(np.asarray(q) < 0.5, -x, x)

    kinks = tuple(sorted({-top, top})) if beta < 1.0 else ()
    return Law(name, -w, w, 1.0, cdf, pdf, ppf, kinks=kinks, upper=_mirrored(cdf, ppf))


def _arcsine(u: float, dof: float, p: Mapping[str, Any]) -> Law:
    w = math.sqrt(2.0)

    def pdf(z: Array) -> Array:
        inside = np.abs(z) < w
        return np.where(inside, 1.0 / (math.pi * np.sqrt(np.where(inside, w * w - z * z, 1.0))), 0.0)

    def cdf(z: Array) -> Array:
        return 0.5 + np.arcsin(np.clip(z / w, -1.0, 1.0)) / math.pi

    def ppf(q: Array) -> Array:
        return w * np.sin(math.pi * (np.asarray(q) - 0.5))

    return Law("arcsine", -w, w, 1.0, cdf, pdf, ppf, upper=_mirrored(cdf, ppf))


def _curvilinear(u: float, dof: float, p: Mapping[str, Any]) -> Law:
    """Density ln((w + d)/max(|z|, w − d))/(4 d) on ±(w + d) (JCGM 101 6.4.3.4)."""
    w, d = float(p["half_width"]) / u, float(p["d"]) / u
    if d < 1e-9 * w:
        return _rectangular(u, dof, p)
    inner, outer = w - d, w + d
    flat = (math.log(outer / inner) if inner > 0.0 else math.inf) / (4.0 * d)
    at_inner = inner * flat if inner > 0.0 else 0.0

    def half(x: Array) -> Array:
        """P(0 < z ≤ x)."""
        y = np.clip(x, inner, outer)
        rest = (y - inner) * math.log(outer) - (special.xlogy(y, y) - y) + (special.xlogy(inner, inner) - inner)
        return np.where(x < inner, np.minimum(x, inner) * (flat if inner > 0.0 else 0.0), at_inner + rest / (4.0 * d))

    def pdf(z: Array) -> Array:
        x = np.maximum(np.abs(z), inner)
        with np.errstate(divide="ignore"):
            return np.where(x < outer, np.log(outer / np.minimum(x, outer)) / (4.0 * d), 0.0)

    def ppf(q: Array) -> Array:
        wanted = np.abs(np.asarray(q, float) - 0.5)
        low, high = np.zeros_like(wanted), np.full_like(wanted, outer)
        for _ in range(60):  # the density vanishes at the ends and may be infinite at 0: halving always arrives
            middle = 0.5 * (low + high)
            less = half(middle) < wanted
            low, high = np.where(less, middle, low), np.where(less, high, middle)
        return np.where(np.asarray(q) < 0.5, -high, high)

    def cdf(z: Array) -> Array:
        return 0.5 + np.sign(z) * half(np.abs(z))

    kinks = tuple(sorted({-inner, inner}))
    return Law("curvilinear_trapezoid", -outer, outer, 1.0, cdf, pdf, ppf, kinks=kinks, upper=_mirrored(cdf, ppf))


def _gamma(u: float, dof: float, p: Mapping[str, Any]) -> Law:
    return _gamma_of("gamma", float(p["shape"]))


def _exponential(u: float, dof: float, p: Mapping[str, Any]) -> Law:
    return _gamma_of("exponential", 1.0)


def _gamma_of(name: str, k: float) -> Law:
    """z = (G − k)/√k, G gamma with shape k and scale 1 (JCGM 101 6.4.10, 6.4.11)."""
    root = math.sqrt(k)

    def g_of(z: Array) -> Array:
        # Where k < 1 the probability near 0 is steep: what rounding leaves of g = 0 must not count.
        g = k + root * np.asarray(z, float)
        return np.where(g < 8e-16 * k, 0.0, g)

    def pdf(z: Array) -> Array:
        g = g_of(z)
        at_zero = np.where(np.asarray(z, float) < -root, 0.0, root if k == 1.0 else 0.0)
        with np.errstate(divide="ignore"):
            return np.where(g > 0.0, root * np.exp(special.xlogy(k - 1.0, g) - g - special.gammaln(k)),
                            at_zero)  # fmt: skip

    return Law(name, -root, math.inf, 1.0, lambda z: special.gammainc(k, g_of(z)),
               pdf, lambda q: (special.gammaincinv(k, q) - k) / root, upper=(
                   lambda z: special.gammaincc(k, g_of(z)),
                   lambda q: (special.gammainccinv(k, q) - k) / root))  # fmt: skip


# ---------------------------------------------------------------- laws from data


def _sample(u: float, dof: float, p: Mapping[str, Any]) -> Law:
    """The values themselves, each with the same probability (JCGM 101 5.4, 6.5: what an earlier simulation left)."""
    values = np.asarray(p["values"], float)
    z = np.sort((values - values.mean()) / u)
    n = z.size

    def ppf(q: Array) -> Array:
        return np.asarray(z[np.clip(np.ceil(np.asarray(q) * n).astype(int) - 1, 0, n - 1)])

    def pdf(x: Array) -> Array:
        raise Refused(finding("evaluation.distribution.no_density", "sample"))

    return Law("sample", float(z[0]), float(z[-1]), 1.0,
               lambda x: np.searchsorted(z, x, side="right") / n, pdf, ppf, tuple(z.tolist()))  # fmt: skip


def _histogram(u: float, dof: float, p: Mapping[str, Any]) -> Law:
    """Rectangles over bins, each with its share of the counts."""
    edges, counts = np.asarray(p["edges"], float), np.asarray(p["counts"], float)
    mean, _ = histogram_moments(edges, counts)
    z = (edges - mean) / u
    share = counts / counts.sum()
    rising = np.concatenate([[0.0], np.cumsum(share)])
    height = share / np.diff(z)

    def pdf(x: Array) -> Array:
        bin_ = np.clip(np.searchsorted(z, x, side="right") - 1, 0, height.size - 1)
        return np.where((x >= z[0]) & (x <= z[-1]), height[bin_], 0.0)

    return Law("histogram", float(z[0]), float(z[-1]), 1.0, lambda x: np.interp(x, z, rising), pdf,
               lambda q: np.interp(q, rising, z), kinks=tuple(z[1:-1].tolist()))  # fmt: skip


def histogram_moments(edges: Array, counts: Array) -> tuple[float, float]:
    """Mean and standard deviation of a histogram whose bins are rectangles."""
    share, middle, width = counts / counts.sum(), 0.5 * (edges[1:] + edges[:-1]), np.diff(edges)
    mean = float(share @ middle)
    return mean, math.sqrt(float(share @ ((middle - mean) ** 2 + width**2 / 12.0)))


LAWS: Mapping[str, Callable[[float, float, Mapping[str, Any]], Law]] = {
    "normal": _normal,
    "unknown": _normal,
    "student_t": _student,
    "rectangular": _rectangular,
    "triangular": _triangular,
    "trapezoid": _trapezoid,
    "arcsine": _arcsine,
    "curvilinear_trapezoid": _curvilinear,
    "gamma": _gamma,
    "exponential": _exponential,
    "sample": _sample,
    "histogram": _histogram,
}
"""Law by the distribution of an influence."""
