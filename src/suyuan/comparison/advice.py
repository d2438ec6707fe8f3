"""Which way to a reference value suits the results: advice with reasons, never a choice made for anyone.

The idea, to look at mutual consistency, symmetry and normality before a method is chosen, is that of the NIST Decision
Tree (A. Possolo, A. Koepke, D. Newton, M. R. Winchester, 2021). The questions asked here and their order are our own,
and so is the ranking; who contributes, and which method counts, is decided before the results are seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.consensus import consistency, generalised_least_squares, mandel_paule
from suyuan.comparison.results import contributors, covariance_matrix
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[Any]
LIMIT = 0.05
"""Probability below which a test speaks against what it asks."""
SMALL = 7
DOMINATES = 0.5
"""Share of the weight from which one result is most of the weighted mean."""
PULL = math.sqrt(0.5 * math.pi)
"""Makes the mean absolute deviation from the median estimate the standard deviation of a Gaussian."""


@dataclass(frozen=True, slots=True)
class Check:
    """A statistic and the probability of a more extreme one if the results are what the test asks: name, value, p."""

    name: str
    statistic: float
    p: float

    @property
    def speaks_against(self) -> bool:
        return self.p < LIMIT


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A method by its name in `METHODS`, with what speaks for it."""

    method: str
    reasons: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """tests: homogeneity, symmetry, normality, as far as there are enough results; ratio: dark uncertainty τ
    (Mandel-Paule) over the median of u; largest_weight: of the weighted mean; suggestions: the first suits best;
    cautions: what to know whichever is taken."""

    tests: tuple[Check, ...]
    ratio: float
    largest_weight: float
    suggestions: tuple[Suggestion, ...]
    cautions: tuple[Finding, ...]


def advise(
    x: ArrayLike,
    u: ArrayLike,
    contributing: ArrayLike | None = None,
    covariance: ArrayLike | None = None,
    *,
    dof: ArrayLike | None = None,
    labs: Sequence[str] | None = None,
) -> Advice:
    """Tests of the results and the methods that suit them, with reasons.

    Homogeneity: Q against χ²(n − 1) (with a covariance rᵀV⁻¹r). Symmetry, from four results: Miao, Gel and Gastwirth,
    √n(mean − median)/J, J = √(π/2)·mean|x − median|, against its limit N(0, π/2 − 1), rough for few results.
    Normality, from four: Shapiro and Wilk of (x − x_MP)/√(u² + τ²), Mandel-Paule.
    x, u: (n,) in one unit, two or more that contribute; covariance: (n, n); dof: (n,); labs: names for the reasons.
    Raises Refused for bad input.

    >>> found = advise([15, 15, 30, 18, 24, -9, 33, 12.5, 8.8], [9, 14, 10, 13, 9, 7, 9, 8.6, 10])
    >>> found.tests[0].name, round(found.tests[0].p, 4), found.suggestions[0].method
    ('homogeneity', 0.0126, 'hierarchical_bayes')
    """
    part, spread = contributors(x, u, contributing, 2)
    if part.x.ndim != 1:
        raise Refused(finding("comparison.results.shape", "value", u=spread.shape, values="(n,)"))
    n = part.x.size
    names = tuple(labs) if labs is not None else tuple(str(i + 1) for i in range(part.chosen.size))
    chosen = [names[i] for i in np.flatnonzero(part.chosen)]
    if covariance is None:
        test = consistency(x, u, contributing)
    else:
        whole = covariance_matrix(covariance, part.chosen.size)
        test = generalised_least_squares(x, whole, contributing)[1]
    tests = [Check("homogeneity", float(test.chi2), float(test.p))]
    random = mandel_paule(part.x, part.u)
    if n > 3 and np.ptp(part.x) > 0.0:
        tests.append(_symmetry(part.x))
        tests.append(_normality((part.x - random.value) / np.sqrt(part.u**2 + random.tau**2)))
    ratio = float(random.tau / np.median(part.u))
    weights = (part.u.min() / part.u) ** 2
    weights = weights / weights.sum()
    heaviest = int(np.argmax(weights))
    cautions = _cautions(n, float(weights[heaviest]), chosen[heaviest], dof, part.chosen)
    ranked = _correlated(tests) if covariance is not None else _independent(tests, ratio, n, cautions, dof is not None)
    return Advice(tuple(tests), ratio, float(weights[heaviest]), ranked, cautions)


def _symmetry(x: Array) -> Check:
    """Miao, Gel and Gastwirth (2006): mean and median differ no more than in a symmetric distribution."""
    middle = float(np.median(x))
    spread = PULL * float(np.mean(np.abs(x - middle)))
    statistic = math.sqrt(x.size) * float(np.mean(x - middle)) / spread if spread > 0.0 else 0.0
    return Check("symmetry", statistic, math.erfc(abs(statistic) / math.sqrt(2.0 * (0.5 * math.pi - 1.0))))


def _normality(z: Array) -> Check:
    from scipy.stats import shapiro

    found = shapiro(z)
    return Check("normality", float(found.statistic), float(found.pvalue))


def _cautions(n: int, weight: float, lab: str, dof: ArrayLike | None, chosen: Array) -> tuple[Finding, ...]:
    told = []
    if n <= SMALL:
        told.append(finding("comparison.advice.few", "advice", "note", n=n))
    if weight > DOMINATES and n > 2:
        told.append(finding("comparison.advice.dominates", "advice", "note", lab=lab, percent=f"{100 * weight:.0f}"))
    if dof is not None:
        least = float(np.min(np.broadcast_to(np.asarray(dof, float), chosen.shape)[chosen]))
        if least < 10.0:
            told.append(finding("comparison.advice.small_dof", "advice", "note", dof=f"{least:g}"))
    return tuple(told)


def _correlated(tests: list[Check]) -> tuple[Suggestion, ...]:
    """Least squares where the results agree, a model with dark uncertainty first where they do not."""
    shared = finding("comparison.advice.correlated", "advice", "note")
    least = Suggestion("generalised_least_squares", (shared, _homogeneous(tests[0])))
    if not tests[0].speaks_against:
        return (least, Suggestion("median_monte_carlo", (finding("comparison.advice.robust", "advice", "note"),)))
    dark = Suggestion(
        "hierarchical_bayes", (_homogeneous(tests[0]), finding("comparison.advice.prior", "advice", "note"))
    )
    return (dark, Suggestion("median_monte_carlo", (finding("comparison.advice.robust", "advice", "note"),)),
            Suggestion("generalised_least_squares", (shared,)))  # fmt: skip


def _independent(
    tests: list[Check], ratio: float, n: int, cautions: tuple[Finding, ...], known_dof: bool
) -> tuple[Suggestion, ...]:
    homogeneous = _homogeneous(tests[0])
    robust = finding("comparison.advice.robust", "advice", "note")
    prior = finding("comparison.advice.prior", "advice", "note")
    dark = finding("comparison.advice.dark", "advice", "note", ratio=f"{ratio:.2g}")
    dominated = any(c.code == "comparison.advice.dominates" for c in cautions)
    median = Suggestion("median_monte_carlo", (robust,))
    subset = Suggestion("largest_consistent_subset", (finding("comparison.advice.subset", "advice", "note"),))
    moderated = finding("comparison.advice.moderated", "advice", "note")
    bayes = "hierarchical_bayes_dof" if known_dof and n > 2 else "hierarchical_bayes" if n > 2 else "mandel_paule"
    if not tests[0].speaks_against:
        first = [Suggestion("weighted_mean", (homogeneous,)), Suggestion("power_moderated_mean", (moderated,))]
        if dominated:
            first.reverse()
        return (*first, Suggestion("mandel_paule", (dark,)), median)
    symmetry, normality = _of(tests, "symmetry"), _of(tests, "normality")
    if symmetry is not None and symmetry.speaks_against:
        skewed = finding("comparison.advice.skewed", "advice", "note", p=f"{symmetry.p:.2g}")
        return (
            Suggestion("median_monte_carlo", (homogeneous, skewed, robust)),
            Suggestion(bayes, (dark, prior)),
            subset,
        )
    if normality is not None and normality.speaks_against:
        tails = finding("comparison.advice.tails", "advice", "note", p=f"{normality.p:.2g}")
        return (Suggestion("hierarchical_bayes_laplace", (homogeneous, tails, prior)), median, subset)
    return (
        Suggestion(bayes, (homogeneous, dark, prior) if n > 2 else (homogeneous, dark)),
        Suggestion("hartung_knapp_modified", (dark,)),
        Suggestion("power_moderated_mean", (moderated,)),
        median,
    )


def _of(tests: list[Check], name: str) -> Check | None:
    return next((t for t in tests if t.name == name), None)


def _homogeneous(test: Check) -> Finding:
    if test.speaks_against:
        return finding("comparison.advice.inconsistent", "advice", "note", q=f"{test.statistic:.4g}", p=f"{test.p:.2g}")
    return finding("comparison.advice.consistent", "advice", "note", q=f"{test.statistic:.4g}", p=f"{test.p:.2g}")
