"""Draws of one standardised element, by distribution: z of `distribution.Law`, written for speed (JCGM 101:2008 6.4).

A `Sampler` fills an array with a raw variate r whose z is scale·r + shift, so that x = v + c·z is one multiplication
and one addition in place. Only uniform, exponential and gamma variates come from the generator:

- normal: two at a time from two uniforms (Box and Muller), cosine and sine from one tangent of the half angle;
- Student's t: √(ν (U^(−2/ν) − 1)) times the cosine of an independent uniform angle, which is exact (Bailey 1994);
- arcsine: the sine of a uniform angle.

Through the tangent because it is the cheapest of the three functions where NumPy has vector code for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.distribution import LAWS, histogram_moments, law
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence

Array = NDArray[np.float64]
Fill = Callable[[np.random.Generator, Array, Array], None]
"""(generator, array to fill, array of the same length to work in); the length is even."""


@dataclass(frozen=True, slots=True)
class Sampler:
    """z = scale·r + shift for the r that `fill` draws. std: standard deviation of z, infinite where there is none."""

    fill: Fill
    scale: float = 1.0
    shift: float = 0.0
    std: float = 1.0


def sampler(influence: Influence, element: int = 0) -> Sampler:
    """How one element of an influence is drawn.

    The elements of a joint group are its factors: standard normal, whatever the group's distribution (its common
    divisor, where the group is Student's t, is drawn apart: `divisor`). Shapes of the parameters count, not their
    size: u is the influence's. Raises Refused for a distribution without law and for a missing parameter.
    """
    if influence.joint:
        return NORMAL
    make = SAMPLERS.get(influence.distribution)
    if make is None:
        law(influence.distribution)  # refuses it by name
        raise AssertionError(influence.distribution)
    try:
        return make(influence, element, dict(influence.parameters))
    except KeyError as error:
        raise Refused(finding(
            "montecarlo.parameter.missing", influence.label or influence.id, distribution=influence.distribution,
            parameter=error.args[0],
        )) from None  # fmt: skip


def divisor(influence: Influence) -> Fill | None:
    """√(χ²/ν) of a joint group with distribution Student's t, drawn once for all its elements; else None."""
    if not (influence.joint and influence.distribution == "student_t" and math.isfinite(influence.dof)):
        return None
    half = 0.5 * influence.dof

    def fill(generator: np.random.Generator, out: Array, work: Array) -> None:
        generator.standard_gamma(half, out=out)
        out /= half
        np.sqrt(out, out=out)

    return fill


def normal(generator: np.random.Generator, out: Array, work: Array) -> None:
    """Standard normal: √(−2 ln U)·(cos, sin)(2πV), with w = 2/(1 + t²), t = tan(π(V − ½)): cos = w − 1, sin = t·w."""
    half = out.size // 2
    radius, t, first, second = work[:half], work[half:], out[:half], out[half:]
    generator.random(out=work)
    np.negative(radius, out=radius)
    np.log1p(radius, out=radius)  # ln(1 − U): 1 − U is never 0
    radius *= -2.0
    np.sqrt(radius, out=radius)
    t -= 0.5
    t *= math.pi
    np.tan(t, out=t)
    np.multiply(t, t, out=first)
    first += 1.0
    np.divide(2.0, first, out=first)
    np.multiply(t, first, out=second)
    second *= radius
    first -= 1.0
    first *= radius


def half_sine(generator: np.random.Generator, out: Array, work: Array) -> None:
    """½ sin(πV − π/2) = t/(1 + t²), t = tan(½π(V − ½)): the arcsine law on ±½."""
    generator.random(out=out)
    out -= 0.5
    out *= 0.5 * math.pi
    np.tan(out, out=out)
    np.multiply(out, out, out=work)
    work += 1.0
    out /= work


def uniform(generator: np.random.Generator, out: Array, work: Array) -> None:
    generator.random(out=out)


def _normal(influence: Influence, element: int, p: Mapping[str, Any]) -> Sampler:
    return NORMAL


def _student(influence: Influence, element: int, p: Mapping[str, Any]) -> Sampler:
    dof = influence.dof
    if not math.isfinite(dof):
        return NORMAL
    u = element_u(influence, element)
    s = float(p["scale"]) / u if "scale" in p and u > 0.0 else 1.0
    power = -2.0 / dof

    def fill(generator: np.random.Generator, out: Array, work: Array) -> None:
        half_sine(generator, out, work)
        generator.random(out=work)
        np.negative(work, out=work)
        np.log1p(work, out=work)
        work *= power
        np.expm1(work, out=work)
        np.sqrt(work, out=work)
        out *= work

    return Sampler(fill, 2.0 * s * math.sqrt(dof), 0.0, s * math.sqrt(dof / (dof - 2.0)) if dof > 2.0 else math.inf)


def _rectangular(influence: Influence, element: int, p: Mapping[str, Any]) -> Sampler:
    return Sampler(uniform, 2.0 * math.sqrt(3.0), -math.sqrt(3.0))


def _triangular(influence: Influence, element: int, p: Mapping[str, Any]) -> Sampler:
    return _trapezoid_of(0.0)


def _trapezoid(influence: Influence, element: int, p: Mapping[str, Any]) -> Sampler:
    return _trapezoid_of(float(p["beta"]))


def _trapezoid_of(beta: float) -> Sampler:
    """The sum of two rectangles of half-widths w(1 ± β)/2 (JCGM 101 6.4.4)."""
    w = math.sqrt(6.0 / (1.0 + beta * beta))

    def fill(generator: np.random.Generator, out: Array, work: Array) -> None:
        generator.random(out=out)
        generator.random(out=work)
        if beta > 0.0:
            out *= 1.0 + beta
            work *= 1.0 - beta
        out += work

    return Sampler(fill, w, -w)


def _arcsine(influence: Influence, element: int, p: Mapping[str, Any]) -> Sampler:
    return Sampler(half_sine, 2.0 * math.sqrt(2.0))


def _curvilinear(influence: Influence, element: int, p: Mapping[str, Any]) -> Sampler:
    """A half-width uniform in w ± d, then uniform between its ends (JCGM 101 6.4.3.4)."""
    w, d = float(p["half_width"]), float(p["d"])

    def fill(generator: np.random.Generator, out: Array, work: Array) -> None:
        generator.random(out=work)
        work *= 2.0 * d
        work += w - d
        generator.random(out=out)
        out -= 0.5
        out *= work

    return Sampler(fill, 2.0 / math.sqrt(w * w / 3.0 + d * d / 9.0))


def _gamma(influence: Influence, element: int, p: Mapping[str, Any]) -> Sampler:
    shape = float(p["shape"])

    def fill(generator: np.random.Generator, out: Array, work: Array) -> None:
        generator.standard_gamma(shape, out=out)

    return Sampler(fill, 1.0 / math.sqrt(shape), -math.sqrt(shape))


def _exponential(influence: Influence, element: int, p: Mapping[str, Any]) -> Sampler:
    def fill(generator: np.random.Generator, out: Array, work: Array) -> None:
        generator.random(out=out)
        np.negative(out, out=out)
        np.log1p(out, out=out)

    return Sampler(fill, -1.0, -1.0)


def _sample(influence: Influence, element: int, p: Mapping[str, Any]) -> Sampler:
    """One of the values, each as probable as any other."""
    values = np.array(p["values"], float)
    mean, std = float(values.mean()), float(values.std())

    def fill(generator: np.random.Generator, out: Array, work: Array) -> None:
        np.take(values, generator.integers(0, values.size, out.size), out=out, mode="clip")

    return Sampler(fill, 1.0 / std, -mean / std) if std > 0.0 else Sampler(uniform, 0.0)


def _histogram(influence: Influence, element: int, p: Mapping[str, Any]) -> Sampler:
    """The quantile of a uniform number: a broken line over the summed counts."""
    edges, counts = np.array(p["edges"], float), np.array(p["counts"], float)
    mean, std = histogram_moments(edges, counts)
    rising = np.concatenate([[0.0], np.cumsum(counts / counts.sum())])

    def fill(generator: np.random.Generator, out: Array, work: Array) -> None:
        generator.random(out=work)
        out[:] = np.interp(work, rising, edges)

    return Sampler(fill, 1.0 / std, -mean / std)


def element_u(influence: Influence, element: int) -> float:
    """The physical standard uncertainty of one element; 1 where the influence states none."""
    u = np.asarray(influence.u, float).ravel()
    return float(u[element] if u.size > 1 else u[0]) if u.size else 1.0


NORMAL = Sampler(normal)
SAMPLERS: Mapping[str, Callable[[Influence, int, Mapping[str, Any]], Sampler]] = {
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
"""How each law of `distribution.LAWS` is drawn."""
assert SAMPLERS.keys() == LAWS.keys()
