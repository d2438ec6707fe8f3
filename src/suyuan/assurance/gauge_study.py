"""Gauges against each other, and the scatter of a measuring process in three levels: readings, days, runs.

The three-level analysis takes averages and standard deviations of occasions as a laboratory keeps them; full tables of
readings have `quantity.type_a.nested`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.assurance.observations import column, not_negative, table
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class GaugeBias:
    """Bias of each gauge from the mean of all gauges. gauge: names; mean_bias, s_bias: mean and standard deviation over
    artefacts, (g,); deviations: (g, a)."""

    gauge: tuple[str, ...]
    mean_bias: Array
    s_bias: Array
    deviations: Array


@dataclass(frozen=True, slots=True, eq=False)
class ThreeLevels:
    """Standard deviations in three levels. runs: names; s_level1: within occasions, (2,), and s_level1_pooled over all;
    s_level2: between occasions, within artefact, (2,), with dof_level2; s_level3: between runs, of single artefacts,
    over `artefacts` of them; differences: second run less first of each artefact."""

    runs: tuple[str, str]
    s_level1: Array
    s_level1_pooled: float
    s_level2: Array
    dof_level2: Array
    s_level3: float
    artefacts: tuple[str, ...]
    differences: Array


def gauge_bias(
    gauge: Sequence[object], values: ArrayLike, where: str = "gauge_bias"
) -> tuple[GaugeBias, tuple[Finding, ...]]:
    """Mean and scatter over artefacts of a gauge's deviation from the mean of all gauges for that artefact.

    gauge: names, (g,); values: (g, artefacts), each at least 2. Returns the study, and a warning for each gauge whose
    deviations all have one sign while their mean is beyond 3 s/√a. Raises Refused.

    >>> b, _ = gauge_bias([1, 2], [[1.0, 2.0], [1.2, 2.4]])
    >>> b.mean_bias.round(3).tolist(), b.s_bias.round(4).tolist()
    ([-0.15, 0.15], [0.0707, 0.0707])

    Source: NIST/SEMATECH e-Handbook, 2.5.3.1.2.
    """
    x = table(values, f"{where}.artefacts", ("gauge", "artefact"), (2, 2))
    names = tuple(label(g) for g in gauge)
    if len(names) != x.shape[0] or len(set(names)) < len(names):
        text = f"gauge {len(set(names))}, rows {x.shape[0]}"
        raise Refused(finding("assurance.study.lengths", f"{where}.gauge", lengths=text))
    d = x - np.mean(x, axis=0)
    mean, s = np.mean(d, axis=1), np.std(d, axis=1, ddof=1)
    told = []
    one_sign = np.all(d > 0.0, axis=1) | np.all(d < 0.0, axis=1)
    for i in np.flatnonzero(one_sign & (np.abs(mean) > 3.0 * s / math.sqrt(x.shape[1]))):
        texts = {"gauge": names[i], "bias": f"{mean[i]:.3g}", "s": f"{s[i]:.2g}"}
        told.append(finding("assurance.gauge.biased", where, "warning", **texts))
    return GaugeBias(names, mean, s, d), tuple(told)


def three_levels(
    run: Sequence[object], artefact: Sequence[object], values: ArrayLike, stds: ArrayLike, where: str = "nested"
) -> tuple[ThreeLevels, tuple[Finding, ...]]:
    """Three levels of scatter from averages and standard deviations of occasions, in two runs.

    s1 = √mean(s²) of a run; s2² = Σ (ȳ − ȳ_artefact)²/Σ (n − 1) within a run; s3 = √(mean(d²)/2), d the difference of
    the two run means of an artefact. run: two different names, (n,); artefact: (n,); values: averages; stds: of equal
    degrees of freedom. Returns the levels and findings. Raises Refused.

    >>> t, _ = three_levels([1, 1, 2, 2], ["a", "a", "a", "a"], [1.0, 3.0, 2.0, 4.0], [0.3, 0.4, 0.3, 0.4])
    >>> t.s_level1.round(4).tolist(), t.s_level2.round(4).tolist(), round(t.s_level3, 4)
    ([0.3536, 0.3536], [1.4142, 1.4142], 0.7071)

    Source: NIST/SEMATECH e-Handbook, 2.6.1.
    """
    y, s = column(values, f"{where}.values"), column(stds, f"{where}.stds")
    runs, artefacts = [label(r) for r in run], [label(a) for a in artefact]
    sizes = {"values": y.size, "stds": s.size, "run": len(runs), "artefact": len(artefacts)}
    if len(set(sizes.values())) > 1:
        text = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise Refused(finding("assurance.study.lengths", where, lengths=text))
    for i in np.flatnonzero(s < 0.0)[:1]:
        not_negative(float(s[i]), f"{where}.stds.{int(i)}")
    run_names, r = _numbered(runs)
    names, a = _numbered(artefacts)
    if len(run_names) != 2:
        raise Refused(finding("assurance.gauge.two_runs", f"{where}.run", n=len(run_names)))
    cell = r * len(names) + a
    n = np.bincount(cell, minlength=2 * len(names)).reshape(2, -1)
    with np.errstate(invalid="ignore"):
        means = np.bincount(cell, y, minlength=n.size).reshape(2, -1) / n
    dof = np.sum(np.maximum(n - 1, 0), axis=1)
    if np.any(dof < 1):
        run_name = run_names[int(np.argmin(dof))]
        raise Refused(finding("assurance.gauge.no_repeats", f"{where}.artefact", run=run_name))
    s1 = np.sqrt(np.bincount(r, s * s, minlength=2) / np.bincount(r, minlength=2))
    s2 = np.sqrt(np.bincount(r, np.square(y - means[r, a]), minlength=2) / dof)
    both = np.all(n > 0, axis=0)
    if not np.any(both):
        raise Refused(finding("assurance.gauge.no_common", f"{where}.artefact"))
    d = (means[1] - means[0])[both]
    told = []
    if not np.all(both):
        missing = ", ".join(name for name, there in zip(names, both, strict=True) if not there)
        told.append(finding("assurance.gauge.in_one_run", f"{where}.artefact", "warning", artefacts=missing))
    kept = tuple(name for name, there in zip(names, both, strict=True) if there)
    pooled, s3 = math.sqrt(float(np.mean(s * s))), math.sqrt(float(np.mean(d * d)) / 2.0)
    return ThreeLevels((run_names[0], run_names[1]), s1, pooled, s2, dof, s3, kept, d), tuple(told)


def label(value: object) -> str:
    """A name as text; a whole number without its point.

    >>> label(2362.0), label("A")
    ('2362', 'A')
    """
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _numbered(names: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    """Different names in the order of their first place, and each name's number."""
    order = list(dict.fromkeys(names))
    number = {name: i for i, name in enumerate(order)}
    return order, np.array([number[name] for name in names], np.int64)
