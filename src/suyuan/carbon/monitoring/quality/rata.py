"""RATA: relative accuracy of a monitor against a reference method, its limits, and the bias adjustment factor."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from suyuan.assurance.observations import column, same_length
from suyuan.carbon.rule import Rules
from suyuan.quantity.finding import Finding, Refused, finding

PARAMETERS = ("gas", "moisture", "flow")


@dataclass(frozen=True, slots=True)
class Rata:
    """mean_difference: d̄ of reference − monitor; cc: confidence coefficient; ra_percent: relative accuracy;
    baf: bias adjustment factor, 1 where d̄ ≤ |cc|."""

    n: int
    mean_difference: float
    sd: float
    t: float
    cc: float
    ra_percent: float
    baf: float
    mean_reference: float


def relative_accuracy(rules: Rules, reference: ArrayLike, monitor: ArrayLike) -> tuple[Rata, tuple[Finding, ...]]:
    """RA = 100·(|d̄| + |cc|)/mean reference, cc = t₀.₉₇₅(n − 1)·s/√n; BAF = 1 + |d̄|/mean monitor where d̄ > |cc|.

    reference, monitor (n,): paired runs in one unit, 2 or more. The adjustment is one-sided: a monitor that reads high
    is not corrected down. Returns the result and findings. Raises Refused.

    >>> from datetime import date
    >>> from suyuan.carbon.rule import rules
    >>> reference = [13.3, 12.2, 12.4, 12.2, 11.9, 12.2, 12.8, 11.8, 11.8]
    >>> monitor = [12.7, 11.8, 12.2, 11.9, 11.7, 11.9, 12.3, 11.7, 11.3]
    >>> found, _ = relative_accuracy(rules("40 CFR 75", date(2024, 1, 1)), reference, monitor)
    >>> round(found.ra_percent, 4), found.baf
    (3.8454, 1.029)

    Source: 40 CFR 75, appendix A, 7.3 and 7.6.
    """
    a, b = column(reference, "reference", 2), column(monitor, "monitor", 2)
    same_length("monitor", reference=a, monitor=b)
    d, n = a - b, a.size
    mean, sd, level = float(np.mean(d)), float(np.std(d, ddof=1)), float(np.mean(a))
    if level <= 0.0 or float(np.mean(b)) <= 0.0:
        where = "reference" if level <= 0.0 else "monitor"
        raise Refused(finding("carbon_monitoring.rata.level", where, mean=f"{min(level, float(np.mean(b))):g}"))
    t = round(float(stats.t.ppf(0.975, n - 1)), int(rules.value("t_decimals")))
    cc = t * sd / math.sqrt(n)
    baf = 1.0 + abs(mean) / float(np.mean(b)) if mean > abs(cc) else 1.0
    found = Rata(n, mean, sd, t, cc, 100.0 * (abs(mean) + abs(cc)) / level,
                 round(baf, int(rules.value("bias_decimals"))), level)  # fmt: skip
    least = int(rules.value("rata_runs"))
    if n >= least:
        return found, ()
    return found, (finding("carbon_monitoring.pairs.few", "reference", "warning", count=n, least=least, what="RATA"),)


def limits(rules: Rules, parameter: str, mean_reference_fps: float | None = None) -> Mapping[str, float]:
    """Largest relative accuracy, in percent, for the yearly and the half-yearly test, and the alternatives on |d̄|.

    parameter: gas, moisture (alternative in percent H2O), or flow (in fps, only where the mean of the reference method
    is known and at most 10 fps). Returns annual_percent, semiannual_percent, annual_alternative,
    semiannual_alternative; the last two only where there is one. Raises Refused.

    Source: 40 CFR 75, appendix B, 2.3.1.2.
    """
    if parameter not in PARAMETERS:
        raise Refused(finding("carbon_monitoring.rata.parameter", "parameter", name=str(parameter)[:40],
                              known=", ".join(PARAMETERS)))  # fmt: skip
    row = rules.value(f"rata_{parameter}")
    found = {"annual_percent": float(row["annual"]), "semiannual_percent": float(row["semiannual"])}
    slow = "up_to" not in row or (mean_reference_fps is not None and mean_reference_fps <= float(row["up_to"]))
    if "annual_alternative" in row and slow:
        found |= {name: float(row[name]) for name in ("annual_alternative", "semiannual_alternative")}
    return found


def next_test(found: Rata, allowed: Mapping[str, float]) -> str:
    """«yearly», «half-yearly» or «failed»: by relative accuracy, or by the mean difference where that is allowed."""
    for word, name in (("yearly", "annual"), ("half-yearly", "semiannual")):
        by_difference = abs(found.mean_difference) <= allowed.get(f"{name}_alternative", -1.0)
        if found.ra_percent <= allowed[f"{name}_percent"] or by_difference:
            return word
    return "failed"
