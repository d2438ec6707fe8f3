"""Run rules: patterns of points inside the limits that chance hardly makes; sets of rules are dated data.

Rules of `rules/run_rules.json`, each of one of five forms:
beyond (`count` of `of` successive points beyond `sigma` on one side), same_side (`of` points), trend (`of` points
steadily up or down), alternating (`of` points up and down), within (`of` points within `sigma`), both_sides (`of`
points beyond `sigma`, on whichever side).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.assurance.control_chart import Chart
from suyuan.assurance.criteria import ruled
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.table import Row, load

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """Where a rule speaks. rule: set and number («nelson 2»); points: numbers of the points, from 1, at which a pattern
    is complete."""

    rule: str
    points: NDArray[np.int64]


def run_rules(
    chart: Chart, rules: str = "western_electric", where: str = "chart"
) -> tuple[tuple[Signal, ...], tuple[Finding, ...]]:
    """Signals of a set of run rules on a chart; each finding names the rule and its source.

    rules: western_electric, nelson. Raises Refused for a set that is not known.

    >>> chart = Chart("individuals", np.array([0.0, 2.5, 0.1, 2.2, 0.0]), 0.0, 3.0, -3.0, 1.0)
    >>> [(s.rule, s.points.tolist()) for s in run_rules(chart)[0]]
    [('western_electric 2', [4])]
    """
    rows = [row for row in load("suyuan.assurance", "run_rules") if row["set"] == rules]
    if not rows:
        known = ", ".join(sorted({str(row["set"]) for row in load("suyuan.assurance", "run_rules")}))
        raise Refused(finding("assurance.chart.rules_unknown", f"{where}.rules", given=str(rules)[:40], known=known))
    z = (chart.points - chart.centre) / chart.sigma
    signals, told = [], []
    for row in rows:
        points = np.flatnonzero(pattern(z, row)) + 1
        if points.size:
            name = f"{rules} {row['number']}"
            signals.append(Signal(name, points))
            shown = ", ".join(map(str, points[:10].tolist())) + (", …" if points.size > 10 else "")
            texts = {"name": name, "points": shown, "pattern_zh": row["zh"], "pattern_en": row["en"]}
            told.append(finding("assurance.chart.run", where, "warning", ruled(row), **texts))
    return tuple(signals), tuple(told)


def rule_named(name: str) -> Row | None:
    """The row of a rule by its name of a signal, None for one that is not known.

    >>> rule_named("nelson 2")["of"]
    9
    """
    return next((row for row in load("suyuan.assurance", "run_rules") if f"{row['set']} {row['number']}" == name), None)


def pattern(z: ArrayLike, row: Row) -> Bools:
    """At which points, in units of sigma from the centre, a pattern is complete; (n,)."""
    x = np.asarray(z, np.float64)
    form, length = row["form"], int(row["of"])
    sigma = float(row.get("sigma", 0.0))
    if form == "beyond":
        least = int(row["count"])
        return np.asarray(
            ((_run(x > sigma, length) >= least) & (x > sigma)) | ((_run(x < -sigma, length) >= least) & (x < -sigma))
        )
    if form == "same_side":
        return _either((x > 0.0, x < 0.0), length)
    if form == "within":
        return _either((np.abs(x) < sigma,), length)
    if form == "both_sides":
        return _either((np.abs(x) > sigma,), length)
    steps = np.diff(x, prepend=x[:1])
    if form == "trend":
        return _either((steps > 0.0, steps < 0.0), length - 1)
    turned = np.zeros(x.size, bool)
    turned[2:] = steps[2:] * steps[1:-1] < 0.0
    return _either((turned,), length - 2)


def _either(conditions: Iterable[Bools], length: int) -> Bools:
    return np.asarray(np.logical_or.reduce([_run(c, length) == length for c in conditions]))


def _run(condition: Bools, length: int) -> NDArray[np.int64]:
    """How many of the last `length` points meet a condition, (n,)."""
    total = np.concatenate(([0], np.cumsum(condition)))
    before = np.maximum(np.arange(1, total.size) - length, 0)
    return np.asarray(total[1:] - total[before], np.int64)
