"""QAL2 and AST: calibration of an automated measuring system against a reference method, and the test of its scatter.

A calibration function is found by method a (a line) or b (a line through the signal at zero); the deviations from it
must scatter no more than the confidence interval of the limit value allows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from suyuan.assurance.observations import above_zero, column, fraction, number, same_length
from suyuan.carbon.rule import Rules
from suyuan.quantity.finding import Finding, Refused, finding

SCHEME = "EN 14181"
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """ŷ = intercept + slope·x."""

    intercept: float
    slope: float

    def __call__(self, x: Any) -> Any:
        return self.intercept + self.slope * x


@dataclass(frozen=True, slots=True)
class Qal2:
    """Result of a QAL2. a, b: calibration functions by both methods, b None where its divisor is zero; method: the one
    that the test stands on; s_D: standard deviation of y − ŷ; passes: s_D ≤ sigma_0·kv; valid_max: upper end of the
    valid calibration range."""

    n: int
    a: Line
    b: Line | None
    method: str
    s_D: float
    kv: float
    sigma_0: float
    passes: bool
    valid_max: float

    @property
    def line(self) -> Line:
        """The calibration function of the method."""
        return self.a if self.method == "a" or self.b is None else self.b


@dataclass(frozen=True, slots=True)
class Ast:
    """Result of an annual surveillance test. mean_difference: D̄ of y − ŷ; limit: t₀.₉₅·s_D/√n + sigma_0."""

    n: int
    mean_difference: float
    s_D: float
    kv: float
    sigma_0: float
    t: float
    limit: float
    variability_passes: bool
    function_passes: bool

    @property
    def passes(self) -> bool:
        return self.variability_passes and self.function_passes


@lru_cache(maxsize=256)
def k_v(n: int) -> float:
    """k_v = √(χ²₀.₅(n − 1)/(n − 1)): the median of a standard deviation of n values, in that of the law.

    n: pairs, 2 or more. Raises Refused.

    >>> round(k_v(15), 4)
    0.9761

    Source: EN 14181, table of the variability test; it prints 0.9761 at 15.
    """
    if n < 2:
        raise Refused(finding("carbon_monitoring.pairs.few", "n", count=n, least=2, what="k_v"))
    return math.sqrt(float(stats.chi2.median(n - 1)) / (n - 1))


def spread_allowed(rules: Rules, elv: float, interval_fraction: float) -> float:
    """sigma_0 = P·ELV/1.96: what the confidence interval P of a limit value allows as a standard deviation."""
    above_zero(elv, "elv")
    return fraction(interval_fraction, "interval_fraction") * elv / float(rules.value("coverage"))


def calibrated(
    rules: Rules,
    x: ArrayLike,
    y: ArrayLike,
    sigma_0: float,
    zero: float,
    method: str = "a",
    days: int | None = None,
) -> tuple[Qal2, tuple[Finding, ...]]:
    """Both calibration functions, the variability test and the valid range.

    a: slope Sxy/Sxx, intercept ȳ − slope·x̄; b: slope ȳ/(x̄ − zero), intercept −slope·zero. D = y − ŷ,
    s_D = √(Σ(D − D̄)²/(n − 1)) ≤ sigma_0·k_v(n); valid up to 1.1·max ŷ.

    x (n,): signal; y (n,): reference method under the conditions of the signal; sigma_0: from `spread_allowed`, in the
    unit of y; zero: signal at zero; method: «a» or «b»; days: on how many days the pairs were measured, None where that
    is not said.
    Returns the result and findings. Raises Refused.

    Source: EN 14181, 6.4 to 6.7.
    """
    signal, reference, told = _pairs(rules, x, y, "qal2_pairs")
    if days is not None and days < int(rules.value("qal2_days")):
        told = (*told, finding("carbon_monitoring.pairs.days", "x", "warning", SCHEME, days=days,
                               least=rules.value("qal2_days")))  # fmt: skip
    offset, sigma_0 = number(zero, "zero"), above_zero(sigma_0, "sigma_0")
    middle = float(np.mean(signal))
    square = float(np.sum((signal - middle) ** 2))
    if square == 0.0:
        raise Refused(finding("carbon_monitoring.pairs.no_spread", "x", what="x"))
    slope = float(np.sum((signal - middle) * (reference - np.mean(reference)))) / square
    a = Line(float(np.mean(reference)) - slope * middle, slope)
    b = None
    if middle != offset:
        through = float(np.mean(reference)) / (middle - offset)
        b = Line(-through * offset, through)
    chosen = a if method == "a" else b
    if chosen is None:
        raise Refused(finding("carbon_monitoring.pairs.at_zero", "zero", zero=f"{offset:g}"))
    s_D = float(np.std(reference - chosen(signal), ddof=1))
    kv = k_v(signal.size)
    valid_max = float(rules.value("valid_range")) * float(np.max(chosen(signal)))
    return Qal2(signal.size, a, b, method, s_D, kv, sigma_0, s_D <= sigma_0 * kv, valid_max), told


def surveyed(rules: Rules, line: Line, x: ArrayLike, y: ArrayLike, sigma_0: float) -> tuple[Ast, tuple[Finding, ...]]:
    """Annual surveillance: whether the calibration function and the scatter still hold.

    s_D ≤ 1.5·sigma_0·k_v(n) and |D̄| ≤ t₀.₉₅(n − 1)·s_D/√n + sigma_0.

    line: from the QAL2; x, y (n,): five pairs or more. Returns the result and findings. Raises Refused.

    Source: EN 14181, 8 (from memory).
    """
    signal, reference, told = _pairs(rules, x, y, "ast_pairs")
    D = reference - line(signal)
    n, s_D, mean = signal.size, float(np.std(D, ddof=1)), float(np.mean(D))
    kv, t = k_v(n), float(stats.t.ppf(float(rules.value("ast_confidence")), n - 1))
    limit = t * s_D / math.sqrt(n) + above_zero(sigma_0, "sigma_0")
    scatter = s_D <= float(rules.value("ast_factor")) * sigma_0 * kv
    return Ast(n, mean, s_D, kv, sigma_0, t, limit, scatter, abs(mean) <= limit), told


def _pairs(rules: Rules, x: ArrayLike, y: ArrayLike, rule: str) -> tuple[Array, Array, tuple[Finding, ...]]:
    """Two columns of one length, two pairs or more; a warning where the rule wants more."""
    signal, reference = column(x, "x", 2), column(y, "y", 2)
    same_length("y", x=signal, y=reference)
    least = int(rules.value(rule))
    if signal.size >= least:
        return signal, reference, ()
    few = finding("carbon_monitoring.pairs.few", "x", "warning", SCHEME, count=signal.size, least=least, what=SCHEME)
    return signal, reference, (few,)
