"""A random variable x = value + u·z: probabilities of intervals and expectations, for every law.

Expectations are taken over the probability, not over x: ∫ g(x) dF(x) = ∫₀¹ g(F⁻¹(q)) dq. So a density that is infinite
somewhere (arcsine, gamma of small shape) or has a heavy tail (t) does no harm. Between points where the integrand is
not smooth a double-exponential rule is used (Takahasi and Mori 1974), which bears end points of any kind.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity.distribution import Law, law
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.type_b import Evaluated, numbers_of

Array = NDArray[np.float64]
LARGEST_BREAKS = 2_000
"""Pieces of an integral beyond which few nodes a piece are enough: a histogram of many bins."""


def _no_points() -> Array:
    return np.zeros(0)


@dataclass(frozen=True, slots=True)
class Variable:
    """What is known of a quantity: x = value + u·z, z distributed as `law`.

    points: the values themselves, rising and each as probable as the others, where the knowledge is a sample or a
    constant; then the law is not asked. singular: the density is infinite somewhere.
    """

    value: float
    u: float
    law: Law
    points: Array = field(default_factory=_no_points)
    singular: bool = False

    @property
    def discrete(self) -> bool:
        """Known by its values, without a density."""
        return self.points.size > 0

    def inside(self, low: ArrayLike, high: ArrayLike) -> Array:
        """P(low ≤ X ≤ high), the ends included; broadcast; 0 where low exceeds high."""
        a, b = np.broadcast_arrays(np.asarray(low, float), np.asarray(high, float))
        if self.discrete:
            count = np.searchsorted(self.points, b, "right") - np.searchsorted(self.points, a, "left")
            return np.asarray(np.maximum(count, 0) / self.points.size)
        za, zb = (a - self.value) / self.u, (b - self.value) / self.u
        # Above the estimate the upper tail is taken, so that small probabilities keep their digits.
        p = np.where(za > 0.0, self.law.above(za) - self.law.above(zb), self.law.cdf(zb) - self.law.cdf(za))
        return np.asarray(np.where(a > b, 0.0, np.clip(p, 0.0, 1.0)))

    def outside(self, low: ArrayLike, high: ArrayLike) -> Array:
        """P(X < low) + P(X > high), for low ≤ high."""
        a, b = np.asarray(low, float), np.asarray(high, float)
        if self.discrete:
            below = np.searchsorted(self.points, a, "left")
            above = self.points.size - np.searchsorted(self.points, b, "right")
            return np.asarray((below + above) / self.points.size)
        return np.asarray(self.law.cdf((a - self.value) / self.u) + self.law.above((b - self.value) / self.u))

    def density(self, x: ArrayLike) -> Array:
        """f(x). Raises Refused for a variable that is known by its values."""
        if self.discrete:
            raise Refused(finding("evaluation.distribution.no_density", self.law.name))
        return np.asarray(self.law.pdf((np.asarray(x, float) - self.value) / self.u) / self.u)

    def quantile(self, q: float) -> float:
        """The least x with P(X ≤ x) ≥ q."""
        if self.discrete:
            return float(self.points[min(max(math.ceil(q * self.points.size) - 1, 0), self.points.size - 1)])
        return self.value + self.u * float(self.law.ppf(np.asarray(q)))

    def quantile_from_above(self, q: float) -> float:
        """x with P(X > x) = q; for a sample the least x with P(X > x) ≤ q."""
        return self.quantile(1.0 - q) if self.discrete else self.value + self.u * float(
            self.law.from_above(np.asarray(q))
        )  # fmt: skip

    def features(self) -> Array:
        """Where the distribution is not smooth: ends of the support and kinks of the density, in x."""
        z = np.array([self.law.low, self.law.high, *self.law.kinks])
        return np.asarray(self.value + self.u * z[np.isfinite(z)])

    def nodes(self, breaks: ArrayLike = ()) -> tuple[Array, Array]:
        """Points x and weights w with Σ w g(x) = E g(X) for g smooth between the breaks; exact for a sample."""
        if self.discrete:
            return self.points, np.full(self.points.size, 1.0 / self.points.size)
        z = (np.asarray(breaks, float).ravel() - self.value) / self.u
        z = np.concatenate([z[np.isfinite(z)], self.law.kinks, [0.0]])
        z = np.unique(np.clip(z, self.law.low, self.law.high))
        few = z.size > LARGEST_BREAKS
        q, weight = _pieces(np.append(0.0, self.law.cdf(z[z <= 0.0])), few)
        p, more = _pieces(np.append(0.0, self.law.above(z[z >= 0.0])[::-1]), few)
        x = np.concatenate([self.law.ppf(q), self.law.from_above(p)])
        return self.value + self.u * x, np.concatenate([weight, more])


def variable(known: Evaluated) -> Variable:
    """The random variable of an evaluated input (`type_b`); a constant, or an input with u = 0, is certain.

    >>> from suyuan.quantity.type_b import gamma
    >>> float(variable(gamma(4.0, 0.25)).outside(-math.inf, 2.0).round(3))      # µm, JCGM 106:2012 9.5.4
    0.042
    """
    if known.distribution == "constant" or known.u == 0.0:
        return certain(known.value)
    made = law(known.distribution, known.u, known.dof, known.parameters)
    if made.atoms:
        points = np.sort(np.asarray(dict(known.parameters)["values"], float))
        return Variable(known.value, known.u, made, points)
    shape = dict(known.parameters).get("shape", 1.0)
    singular = made.name == "arcsine" or (made.name == "gamma" and isinstance(shape, float) and shape < 1.0)
    return Variable(known.value, known.u, made, singular=singular)


def certain(value: float) -> Variable:
    """A variable that has one value only."""
    return Variable(value, 0.0, _SAMPLE, np.array([value], float))


def from_quantity(result: Quantity) -> Variable:
    """The random variable of a result as first order knows it: t with scale u and its effective degrees of freedom,
    normal where these are infinite (JCGM 101:2008 6.4.9, GUM G.4). In the unit of the quantity.

    result: a single value. Raises Refused for an array.

    >>> from suyuan.quantity.quantity import quantity
    >>> q = from_quantity(quantity(5.0, 0.1, "mm", dof=4.0))
    >>> q.law.name, round(float(q.inside(-math.inf, 5.2)), 4)
    ('student_t', 0.9419)
    """
    if result.ndim:
        raise Refused(finding("risk.quantity.array", "result", rule="JCGM 106:2012", count=result.size))
    value, u, dof = float(result.value), float(result.u), float(result.dof)
    if u == 0.0:
        return certain(value)
    return Variable(value, u, law("student_t", u, dof, (("scale", u),)))


def from_draws(draws: ArrayLike) -> Variable:
    """The random variable that a sample stands for, such as the draws of a Monte Carlo simulation (JCGM 101 7.5).

    draws: at least two finite numbers, any shape. Raises Refused otherwise.
    """
    points = np.sort(numbers_of("sample", "draws", draws))
    if points.size < 2:
        raise Refused(finding("evaluation.readings.few", "draws", n=points.size, wanted=2))
    return Variable(float(points.mean()), float(points.std()), _SAMPLE, points)


_SAMPLE = law("sample", 1.0, parameters=(("values", (0.0,)),))
"""The law of a variable that is known by its points: it has the name, the points do the work."""


def ladder(points: ArrayLike, scale: float, reach: float) -> Array:
    """The points, and steps from each that double from `scale` to `reach`: breaks for what changes fast near them."""
    centre = np.asarray(points, float).ravel()
    centre = np.asarray(centre[np.isfinite(centre)])
    if not (scale > 0.0 and math.isfinite(scale)):
        return centre
    doublings = int(np.clip(math.ceil(math.log2(max(reach / scale, 1.0))) if reach / scale < 2.0**40 else 40, 3, 40))
    steps = scale * 2.0 ** np.arange(-1, doublings + 1)
    return np.asarray(np.add.outer(centre, np.concatenate([-steps, [0.0], steps])).ravel())


def _pieces(edges: Array, few: bool) -> tuple[Array, Array]:
    """Nodes and weights for the integral over rising edges, piece by piece."""
    start, width = edges[:-1], np.diff(edges)
    start, width = start[width > 0.0], width[width > 0.0]
    from_start, from_end, weight = _rule(8 if few else 40)
    left = from_start <= from_end
    position = np.where(left, start[:, None] + width[:, None] * from_start,
                        (start + width)[:, None] - width[:, None] * from_end)  # fmt: skip
    nodes: Array = np.clip(position, 1e-300, 1.0).ravel()
    return nodes, (width[:, None] * weight).ravel()


@cache
def _rule(half: int) -> tuple[Array, Array, Array]:
    """Double-exponential rule on (0, 1): distance from the start, from the end, and weight of 2·half + 1 nodes."""
    t = np.linspace(-3.5, 3.5, 2 * half + 1)
    s = math.pi * np.sinh(t)
    from_start, from_end = 1.0 / (1.0 + np.exp(-s)), 1.0 / (1.0 + np.exp(s))
    weight = np.cosh(t) * from_start * from_end
    return from_start, from_end, weight / weight.sum()
