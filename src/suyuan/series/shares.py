"""The budget of a summary of readings: what each parameter of each certificate contributes, and what several share.

y = Σ w·f(raw; p): the component of y for a parameter p is S_p·u(p) with S_p = Σ w·∂f/∂p. A certificate that states how
gain and offset are correlated has one joint influence for both; its rows are told apart, and what the correlation adds
or takes away is a row of its own, u² = Σ_p (S_p u_p)² + 2 Σ_p<q S_p S_q cov(p, q). A reference on which several
certificates rest is one row: there its parts stand or fall together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.block import variance
from suyuan.quantity.correction import points_of
from suyuan.quantity.influence import Influence
from suyuan.quantity.quantity import Quantity
from suyuan.series.gathered import Gathered

Kind = Literal["parameter", "correlation", "shared", "own"]
Parts = dict[tuple[str, str], NDArray[np.float64]]
LEAST = 1e-12
"""Share of a variance below which a correlation is that of rounding."""


@dataclass(frozen=True, slots=True)
class Share:
    """One row. kind: a parameter of a certificate; the correlation of its parameters; a reference that several rows of
    this budget rest on; what readings have of their own, or what else is in the result. certificate: issuer and number;
    parameter: its name in the model, of a table its point («20 °C»), «» where it is none; variance: in the square of
    the result's unit, below zero where a correlation takes away."""

    kind: Kind
    influence: Influence
    certificate: str
    parameter: str
    variance: float

    @property
    def u(self) -> float:
        """The square root of the variance, with its sign."""
        return math.copysign(math.sqrt(abs(self.variance)), self.variance)


def shares(result: Quantity, sums: Gathered, mean: bool) -> tuple[Share, ...]:
    """The budget of a scalar summary, the largest first; its variances add up to u² of the result.

    result: mean, total or integral of all that was gathered; sums: what it was made of; mean: whether it is Σ w·y/Σw.
    """
    one = sums.one()
    scale = 1.0 / float(one.weight.sum()) if mean else 1.0
    parts: dict[str, Parts] = {}
    for number in np.unique(one.rule).tolist():
        rule = one.rules[number]
        total = one.slope[one.rule == number].sum(axis=0) * scale
        points = points_of(rule.correction)
        for influence, rows in rule.influences:
            held = parts.setdefault(influence.id, {})
            for at, name in enumerate(rule.names):
                if rows[at].any():
                    key = rule.correction.certificate, points.get(name, name)
                    held[key] = held.get(key, np.zeros(influence.size)) + total[at] * rows[at]
    found: list[Share] = []
    for influence in result.influences():
        whole = float(np.asarray(variance(result.blocks[influence.id])).sum())
        found += _rows(influence, parts.get(influence.id, {}), whole)
    return tuple(sorted(found, key=lambda share: -abs(share.variance)))


def _rows(influence: Influence, parts: Mapping[tuple[str, str], NDArray[Any]], whole: float) -> list[Share]:
    """The rows of one influence, whose variances add up to the whole."""
    if not parts:
        return [Share("own", influence, "", "", whole)]
    certificates = {certificate for certificate, _ in parts}
    source = f"{influence.source.issuer} {influence.source.number}".strip()
    if len(certificates) > 1 or (source and source not in certificates):
        return [Share("shared", influence, source, "", whole)]
    rows = [Share("parameter", influence, *key, float(part @ part)) for key, part in parts.items()]
    rest = whole - sum(row.variance for row in rows)
    if abs(rest) > LEAST * max(whole, *(row.variance for row in rows)):
        names = ", ".join(name for _, name in parts)
        rows.append(Share("correlation", influence, next(iter(certificates)), names, rest))
    return [row for row in rows if row.variance]
