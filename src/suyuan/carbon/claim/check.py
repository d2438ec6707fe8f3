"""Cross-check of monitoring against calculation: ζ = (E₁ − E₂)/√(u₁² + u₂² − 2 cov), En = ζ/2.

The covariance is real where one flow calibration, gas standard, laboratory or load meter feeds both. Two numbers that
hang on the same certificate agree in its error, so their agreement is told with its correlation, and is called
confirmation only where they are nearly independent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from suyuan.quantity.covariance import covariance
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.influence import Source
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.table import load

Verdict = Literal["agree", "agree, dependent", "differ"]


@dataclass(frozen=True, slots=True)
class Common:
    """What both numbers hang on. label, source: of the influence; monitored, calculated: signed contributions, t."""

    label: str
    source: Source
    monitored: float
    calculated: float

    @property
    def covariance(self) -> float:
        """Part of the covariance, t²."""
        return self.monitored * self.calculated


@dataclass(frozen=True, slots=True)
class Check:
    """A cross-check. difference: monitored − calculated; correlation: cov/(u₁·u₂); verdict: «agree» only where |ζ| ≤ 2
    and the correlation is at most the row `cross_check.dependent`; common: largest part of the covariance first."""

    difference: float
    u_difference: float
    covariance: float
    correlation: float
    zeta: float
    En: float
    verdict: Verdict
    common: tuple[Common, ...]
    findings: tuple[Finding, ...]


def cross_check(monitored: Quantity, calculated: Quantity) -> Check:
    """How two annual totals agree, with what they have in common.

    monitored, calculated: scalars of one unit of mass. Raises Refused `carbon.check.no_u` where the difference has no
    uncertainty: then nothing can be said of agreement.

    >>> from suyuan.quantity.quantity import quantity
    >>> found = cross_check(quantity(1218e3, 30e3, "t"), quantity(1176e3, 14e3, "t"))
    >>> round(found.zeta, 4), round(found.En, 4), found.verdict
    (1.2687, 0.6343, 'agree')
    """
    calculated = calculated.to(monitored.unit)
    apart = monitored - calculated
    u = float(apart.u)
    if not u > 0.0:
        raise Refused(finding("carbon.check.no_u", "/input"))
    joint = float(covariance(monitored, calculated))
    spread = float(monitored.u) * float(calculated.u)
    r = joint / spread if spread > 0.0 else 0.0
    zeta = float(apart.value) / u
    most, limit = row("dependent"), row("agreement")
    verdict: Verdict = "differ" if abs(zeta) > limit else "agree" if r <= most else "agree, dependent"
    told = []
    if verdict == "differ":
        told.append(
            finding("carbon.check.differ", "/input", difference=f"{float(apart.value):.6g}", zeta=f"{zeta:.2f}")
        )
    if r > most:
        told.append(finding("carbon.check.dependent", "/input", "warning", r=f"{r:.2f}", limit=f"{most:g}"))
    return Check(
        float(apart.value), u, joint, r, zeta, zeta / 2.0, verdict, _common(monitored, calculated), tuple(told)
    )


def row(name: str) -> float:
    """A number of the cross-check's own rules."""
    return float(next(one["value"] for one in load("suyuan.carbon", "claims.cross_check") if one["name"] == name))


def _common(first: Quantity, second: Quantity) -> tuple[Common, ...]:
    """The influences that both have; of an array of elements the parts are summed with their own sign."""
    found = []
    for key in first.blocks.keys() & second.blocks.keys():
        influence = first.blocks[key].influence
        one, other = (_only(q, key) for q in (first, second))
        joint, spread = float(covariance(one, other)), float(other.u)
        mine = joint / spread if spread > 0.0 else 0.0
        if joint:
            found.append(Common(influence.label or key[:8], influence.source, mine, spread))
    return tuple(sorted(found, key=lambda c: -abs(c.covariance)))


def _only(q: Quantity, key: str) -> Quantity:
    """A quantity with one of its influences only."""
    return Quantity(q.value, q.unit, {key: q.blocks[key]})


def of_numbers(monitored: tuple[float, float], calculated: tuple[float, float], cov: float, unit: str) -> Check:
    """The check of two totals (value, u) whose covariance is stated. Raises Refused where it exceeds u₁·u₂."""
    from suyuan.quantity.quantity import joint, quantity

    (x, u), (y, v) = monitored, calculated
    if not cov:
        return cross_check(quantity(x, u, unit), quantity(y, v, unit))
    if abs(cov) > u * v * (1.0 + 1e-12):
        raise Refused(finding("carbon.check.covariance", "/input/covariance", given=f"{cov:g}", most=f"{u * v:g}"))
    r = math.copysign(min(abs(cov) / (u * v), 1.0), cov)
    first, second = joint([x, y], [u, v], [[1.0, r], [r, 1.0]], unit, label="stated covariance")
    return cross_check(first, second)
