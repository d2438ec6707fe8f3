"""Cross-check of monitoring against calculation: ζ = (E₁ − E₂)/√(u₁² + u₂² − 2 cov), En = ζ/2.

The covariance is real where one flow calibration, gas standard, laboratory or load meter feeds both. Two numbers that
hang on the same certificate agree in its error, and two wide numbers agree with almost anything. So a check says the
smallest difference that it would have seen, 2·u of the difference, and agreement is called confirmation only where the
totals are nearly independent, that difference is not material, and the hours were measured.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from suyuan.carbon.claim.claim import BURNT, MONTHS, TONNE, Part
from suyuan.carbon.claim.material import strictest
from suyuan.quantity.covariance import covariance
from suyuan.quantity.finding import Finding, Refused, Severity, finding
from suyuan.quantity.influence import Source
from suyuan.quantity.notation import grouped, rounded, rounded_uncertainty
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.table import Row, load

Verdict = Literal["agree", "agree, unconfirmed", "differ"]
Doubt = Literal["dependent", "weak", "incomplete", "bounded"]
"""Why agreement confirms nothing: common errors; blind to what is material; hours that were not measured; U of the
difference is only a lower bound."""
NARROW = "\u202f"


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
    """A cross-check. difference: monitored − calculated; seen: the smallest difference that it would have seen, with
    its share of the calculated total; material: what is material for that total by the strictest row there is;
    measured: share of the monitored total that measured hours make up, None where nothing is known of hours; verdict:
    «agree» only without doubts; common: largest part of the covariance first; left_out: months (1 to 12) that are not
    compared, since running hours of them are unknown; findings: its sentence, then its doubts; least: whether u of the
    difference and with it what would have been seen are lower bounds, and ζ an upper one.
    """

    difference: float
    u_difference: float
    covariance: float
    correlation: float
    zeta: float
    En: float
    seen: float
    seen_share: float
    material: float
    material_row: Row
    measured: float | None
    verdict: Verdict
    doubts: tuple[Doubt, ...]
    common: tuple[Common, ...]
    left_out: tuple[int, ...]
    findings: tuple[Finding, ...]
    least: bool = False

    @property
    def sentence(self) -> Finding:
        """What the check says, for every face the same."""
        return self.findings[0]


def cross_check(
    monitored: Quantity, calculated: Quantity, measured: float | None = None, unknown: Sequence[float] = (),
    least: bool = False,
) -> Check:  # fmt: skip
    """How two annual totals agree, with what they have in common and what the check would not have seen.

    monitored, calculated: scalars of one unit of mass; measured: share of the monitored total that measured hours make
    up; unknown: running hours by month of which nobody knows the tonnes, so that both totals are without those months;
    least: whether u of a total is a lower bound.
    Raises Refused `carbon.check.no_u` where the difference has no uncertainty: then nothing can be said.

    >>> from suyuan.quantity.quantity import quantity
    >>> found = cross_check(quantity(1218e3, 30e3, "t"), quantity(1176e3, 14e3, "t"))
    >>> round(found.zeta, 4), round(found.En, 4), found.verdict, found.doubts
    (1.2687, 0.6343, 'agree, unconfirmed', ('weak',))
    """
    calculated = calculated.to(monitored.unit)
    apart = monitored - calculated
    u = float(apart.u)
    if not u > 0.0:
        raise Refused(finding("carbon.check.no_u", "/input"))
    joint = float(covariance(monitored, calculated))
    spread = float(monitored.u) * float(calculated.u)
    r = joint / spread if spread > 0.0 else 0.0
    zeta, seen = float(apart.value) / u, row("agreement") * u
    _, by = strictest(float(calculated.to(TONNE).value))
    share = float(by["value"])
    total = abs(float(calculated.value))
    agree = abs(zeta) <= row("agreement")
    left_out = tuple(at + 1 for at, hours in enumerate(unknown) if hours)
    poor = measured is not None and not measured >= row("measured")
    doubts: tuple[Doubt, ...] = (
        *(("dependent",) if r > row("dependent") else ()),
        *(("weak",) if agree and seen > share * total else ()),
        *(("incomplete",) if poor or left_out else ()),
        *(("bounded",) if least else ()),
    )
    verdict: Verdict = "differ" if not agree else "agree, unconfirmed" if doubts else "agree"
    common = _common(monitored, calculated)
    found = Check(float(apart.value), u, joint, r, zeta, zeta / 2.0, seen, seen / total if total else math.inf,
                  share * total, by, measured, verdict, doubts, common, left_out, (), least)  # fmt: skip
    return replace(found, findings=(*_told(found, monitored.unit.symbol), *_hours(found, poor, math.fsum(unknown))))


def check_parts(parts: Iterable[Part]) -> Check | None:
    """Monitoring against what is calculated of the same gas, combustion or a carbon mass balance, of a claim's parts,
    over the months whose hours are all known.

    None where one of both is not there or makes no tonne, no hour is measured, no month is whole, or neither total of
    the whole months has an uncertainty, as where the unit stood still in all of them (see `unchecked`).
    """
    every = tuple(parts)
    stacks = [part for part in every if part.kind == "monitoring"]
    burnt = [part for part in every if part.kind in BURNT]
    unknown = np.zeros(MONTHS)
    for part in stacks:
        unknown += np.array(part.unknown or (0.0,) * MONTHS)
    whole = unknown == 0.0
    idle = all(not part.methods.get("measured") and any(part.unknown) for part in stacks)
    if not stacks or not burnt or idle or not whole.any():
        return None
    monitored, calculated = (_sum([part.months * whole for part in found]) for found in (stacks, burnt))
    if not np.any([part.months.value for part in burnt]) or not float((monitored - calculated).u) > 0.0:
        return None
    year = float(_sum([part.months for part in stacks]).to(TONNE).value)
    measured = math.fsum(part.methods.get("measured", 0.0) for part in stacks)
    least = any(part.least for part in (*stacks, *burnt))
    return cross_check(monitored, calculated, measured / year if year > 0.0 else 0.0, unknown.tolist(), least)


def unchecked(parts: Iterable[Part]) -> tuple[Finding, ...]:
    """What is to be told where a claim has both, monitoring and what is calculated, and they cannot be compared."""
    every = tuple(parts)
    stacks = [part for part in every if part.kind == "monitoring"]
    burnt = [part for part in every if part.kind in BURNT]
    if not stacks or not any(np.any(part.months.value) for part in burnt) or check_parts(every) is not None:
        return ()
    unknown = np.sum([part.unknown or (0.0,) * MONTHS for part in stacks], axis=0)
    months = ", ".join(str(month + 1) for month in np.flatnonzero(unknown).tolist())
    return (finding("carbon.check.not_made", "", "warning", hours=f"{unknown.sum():.6g}" if months else "",
                    months=months),)  # fmt: skip


def _sum(months: Sequence[Any]) -> Quantity:
    total = months[0].sum()
    for one in months[1:]:
        total = total + one.sum()
    return total  # type: ignore[no-any-return]


def _told(found: Check, unit: str) -> tuple[Finding, ...]:
    """The sentence of a check and its doubts."""
    U, r = 2.0 * found.u_difference, f"{found.correlation:.2f}".replace("-", "−")
    numbers = {
        "difference": _written(found.difference, U), "U": ("≥ " if found.least else "") + _written(U, U),
        "least": _written(found.seen, found.seen),
        "zeta": f"{found.zeta:+.2f}".replace("-", "−"), "r": r, "percent": f"{100.0 * found.seen_share:.1f}",
        "unit": unit,
    }  # fmt: skip
    sentence, severity = _SENTENCES[found.verdict]
    told = [finding(sentence, "", severity, **numbers)]
    if "dependent" in found.doubts:
        told.append(finding("carbon.check.dependent", "", "warning", r=r, limit=f"{row('dependent'):g}"))
    if found.least:
        told.append(finding("carbon.check.bounded", "", "warning"))
    if "weak" in found.doubts:
        told.append(finding("carbon.check.weak", "", "warning", least=numbers["least"], unit=unit,
                            material=_written(found.material, found.material), row=found.material_row["id"],
                            share=f"{100.0 * float(found.material_row['value']):g}"))  # fmt: skip
    return tuple(told)


def _hours(found: Check, poor: bool, unknown: float) -> Iterator[Finding]:
    """What is to be said of hours that were not measured, and of those that nobody knows."""
    if poor:
        yield finding("carbon.check.incomplete", "", "warning", limit=f"{100.0 * row('measured'):g}",
                      measured=f"{100.0 * (found.measured or 0.0):.1f}")  # fmt: skip
    if found.left_out:
        yield finding("carbon.check.unknown", "", "warning", hours=f"{unknown:g}",
                      months=", ".join(map(str, found.left_out)))  # fmt: skip


_SENTENCES: Mapping[Verdict, tuple[str, Severity]] = {
    "agree": ("carbon.check.agree", "note"), "agree, unconfirmed": ("carbon.check.unconfirmed", "warning"),
    "differ": ("carbon.check.differ", "warning"),
}  # fmt: skip


def _written(value: float, of: float) -> str:
    """A number at the place of two digits of another; as it is where the other is nil."""
    if not of > 0.0:
        return f"{value:g}"
    place = int(rounded_uncertainty(of).as_tuple().exponent)
    return grouped(f"{rounded(value, place):f}".replace("-", "−"), NARROW)


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
