"""Stability of a measuring system: one reference part measured in small groups over time.

A chart of means and ranges shows whether anything changed; the slope of the means says how fast it drifts, and with the
certified value as a quantity the bias at each time carries the certificate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from suyuan.assurance.bias import about_reference
from suyuan.assurance.control_chart import Chart, x_bar_r
from suyuan.assurance.criteria import criterion
from suyuan.assurance.observations import column, enough, table
from suyuan.assurance.run_rules import Signal, run_rules
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.fit.polynomial import fit_line
from suyuan.quantity.quantity import Quantity, quantity


@dataclass(frozen=True, slots=True, eq=False)
class Stability:
    """Result of a stability study. means, ranges: the charts; signals: of run rules on the means; drift: slope of the
    means on time as a quantity; bias: of each mean from the reference as one array quantity (its influence shared),
    None without a reference."""

    means: Chart
    ranges: Chart
    signals: tuple[Signal, ...]
    drift: Quantity
    bias: Quantity | None


def stability(
    time: ArrayLike,
    readings: ArrayLike,
    reference: Quantity | None = None,
    rules: str = "western_electric",
    where: str = "stability",
) -> tuple[Stability, tuple[Finding, ...]]:
    """Stability study: x̄-R chart of a reference part over time with run rules, and the drift of its means.

    time: (k,), different, in any unit; readings: (k, m), m at least 2; reference: the certified value. Returns the
    study and findings. Raises Refused.

    >>> s, _ = stability([0, 1, 2, 3], [[9.9, 10.1], [10.0, 10.2], [10.1, 10.3], [10.2, 10.4]])
    >>> round(float(s.drift.value), 6), s.means.n_outside
    (0.1, 0)

    Source: AIAG MSA, 4th ed., chapter III (from memory).
    """
    x = table(readings, f"{where}.readings", ("subgroup", "reading"), (3, 2))
    t = column(time, f"{where}.time", 3)
    if t.size != x.shape[0]:
        text = f"time {t.size}, readings {x.shape[0]}"
        raise Refused(finding("assurance.study.lengths", where, lengths=text))
    enough(int(np.unique(t).size), 2, f"{where}.time", "reading")
    (means, ranges), told = x_bar_r(x, where=where)
    signals, patterns = run_rules(means, rules, where)
    y = quantity(means.points, None, "1" if reference is None else reference.unit)
    drift = fit_line(t, y, "ordinary", x_origin=float(np.mean(t))).parameter("slope")
    b, u, alpha = float(drift.value), float(drift.u), criterion("alpha")
    p = 2.0 * float(stdtr(t.size - 2, -abs(b / u))) if u > 0.0 else math.nan
    moved: tuple[Finding, ...] = ()
    if p < alpha.low:
        texts = {"slope": f"{b:.4g}", "u": f"{u:.2g}", "p": f"{p:.2g}"}
        moved = (finding("assurance.check.drift", where, "warning", **texts),)
    bias = None
    exact: tuple[Finding, ...] = ()
    if reference is not None:
        exact = about_reference(reference, where)
        own = float(means.sigma)
        bias = quantity(means.points, own, reference.unit, label="mean of a group") - reference
    return Stability(means, ranges, signals, drift, bias), (*exact, *told, *patterns, *moved)
