"""Rules that ask certificates: calibrated then, inside the range, fine enough, no jump between certificates, traceable.

What certificates say is taken as of the reading and as known at the knowledge time of the check.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import errors
from suyuan.series.asof import Status, Windows
from suyuan.series.block import NO_TIME
from suyuan.series.form import Applied, applied
from suyuan.series.quality.examined import Bools, Examined, Floats
from suyuan.series.quality.observed import Observation, seen
from suyuan.series.quality.rows import rule

_SAID = {
    Status.NO_CERTIFICATE: ("当时没有证书", "there was no certificate at their time"),
    Status.WITHDRAWN: ("证书已撤销", "the certificate is withdrawn"),
    Status.EXPIRED: ("证书已到期", "the certificate had expired"),
    Status.SUPERSEDED: (
        "证书已被取代而替代者未知",
        "the certificate is superseded and its replacement is not known",
    ),
}


def calibrated(subject: Examined) -> tuple[Observation, ...]:
    """Readings for which no certificate counts, as of the reading and as known; one observation a reason."""
    row = rule("calibrated", subject.day)
    found: list[Observation] = []
    for status, (zh, en) in _SAID.items():
        mask = subject.status == status
        found += seen(subject, row, mask, "series_quality.calibrated.none", reason_zh=zh, reason_en=en)
    return tuple(found)


def calibrated_range(subject: Examined) -> tuple[Observation, ...]:
    """Readings outside the range that their certificate calibrated."""
    row = rule("calibrated_range", subject.day)
    return seen(subject, row, subject.status == Status.OUTSIDE, "series_quality.range.outside")


def resolution(subject: Examined) -> tuple[Observation, ...]:
    """Readings whose resolution is coarse against their u: |∂y/∂reading|·resolution/√12 above a share of u."""
    row = rule("resolution", subject.day)
    share, worst = float(row["share"]), 0.0
    mask = np.zeros(len(subject), np.bool_)
    for number, view in enumerate(subject.views):
        own = float(view.block.resolution) / math.sqrt(12.0)
        part = replace(view, random_of_reading=own).random
        u = view.u_known
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = np.where(u > 0.0, part / u, np.nan)
        coarse = ratio > share
        mask[subject.starts[number] : subject.starts[number + 1]] = coarse
        worst = max(worst, float(ratio[coarse].max(initial=0.0)))
    return seen(subject, row, mask, "series_quality.resolution.coarse", worst=f"{worst:.2g}", share=f"{share:g}",
                resolution=f"{subject.resolution:g}", unit=subject.stream.unit)  # fmt: skip


# ---------------------------------------------------------------- from certificate to certificate


@dataclass(frozen=True, slots=True)
class Step:
    """A difference of two corrections of one reading. d, u: in the unit of the values; raw: where it is largest against
    u."""

    d: float
    u: float
    raw: float

    @property
    def times(self) -> float:
        """|d|/u; infinite where u is nil and d is not."""
        return abs(self.d) / self.u if self.u > 0.0 else math.inf if self.d else 0.0


def step_between(subject: Examined, old: Correction, new: Correction, readings: Floats) -> Step | None:
    """What the value of a reading changes from one certificate to the next, where it is largest against its u.

    d = y_new(x) − y_old(x) with u²(d) = Σ over influences (c_new − c_old)²: a reference that both certificates rest on
    cancels as it should. readings (n,): at their 5 %, 50 % and 95 % points. None where units do not agree.
    """
    unit, target = subject.stream.unit_of_values, new.unit_of_value
    if not (old.unit_of_value.converts_to(target) and readings.size):
        return None
    rules = applied(old, unit, target), applied(new, unit, target)
    best: Step | None = None
    for x in np.unique(np.percentile(readings, [5.0, 50.0, 95.0])):
        (y0, c0), (y1, c1) = (_at(one, float(x)) for one in rules)
        square = sum(float(np.sum((c1.get(id, 0.0) - c0.get(id, 0.0)) ** 2)) for id in c0.keys() | c1.keys())
        step = Step(y1 - y0, math.sqrt(square), float(x))
        if math.isfinite(step.d) and math.isfinite(step.u) and (best is None or step.times > best.times):
            best = step
    return best


def _at(one: Applied, reading: float) -> tuple[float, Mapping[str, Any]]:
    """The corrected value of a reading and its components by influence."""
    raw, value = one.raw(np.array([reading])), np.empty(1)
    with np.errstate(all="ignore"):
        one.value(raw, value)
        _, slopes = one.slopes(raw)
    by_parameter = np.array([float(np.ravel(s)[0]) for s in slopes])
    return float(value[0]), {i.id: by_parameter @ rows for i, rows in one.influences}


def certificate_step(subject: Examined) -> tuple[Observation, ...]:
    """The jump of the corrected value from one certificate to the next above its u: the instrument has drifted, and the
    readings under the older certificate drifted with it."""
    row = rule("certificate_step", subject.day)
    found: list[Observation] = []
    limit = float(row["times"])
    for held, mask in subject.windows:
        for at, old, new in _successions(held):
            mine = _under(subject, held, mask, old)
            step = step_between(subject, old, new, subject.value[mine & ~np.isnan(subject.value)])
            if step is None or step.times <= limit:
                continue
            found += seen(
                subject, row, mine, "series_quality.step.jump", old=old.certificate, new=new.certificate,
                d=f"{step.d:.3g}", u=f"{step.u:.2g}", unit=new.unit, times=f"{step.times:.3g}", limit=f"{limit:g}",
                at=f"{step.raw:g}", instrument=held.subject.instrument, number=at,
            )  # fmt: skip
    return tuple(found)


def _successions(held: Windows) -> Iterator[tuple[int, Correction, Correction]]:
    """Corrections that follow one another, both of which give values."""
    usable = [(int(i), c) for i in held.usable if (c := held.corrections[i]) is not None]
    for (_, old), (i, new) in pairwise(usable):
        if old.id != new.id and old.certificate != new.certificate:
            yield i, old, new


def _under(subject: Examined, held: Windows, mask: Bools, one: Correction) -> Bools:
    """Readings in the windows of a correction."""
    own = [int(i) for i, c in enumerate(held.corrections) if c is one]
    inside: NDArray[np.bool_] = np.zeros(len(subject), np.bool_)
    for i in own:
        inside |= (subject.time >= held.start[i]) & (subject.time < held.end[i])
    return np.asarray(inside & mask & (subject.time != NO_TIME))


def as_found(subject: Examined) -> tuple[Observation, ...]:
    """As found against as left, both stated by a certificate: more than their u apart, the readings since the last
    certificate were taken with an instrument that was off."""
    row = rule("as_found", subject.day)
    found: list[Observation] = []
    limit = float(row["times"])
    for one in subject.around.adjusted:
        d = one.found - one.left
        value, u = np.atleast_1d(d.value), np.atleast_1d(d.u)
        with np.errstate(divide="ignore", invalid="ignore"):
            times = np.where(u > 0.0, np.abs(value) / u, np.where(value != 0.0, np.inf, 0.0))
        worst = int(np.argmax(times))
        if not times[worst] > limit:
            continue
        for held, mask in subject.windows:
            if held.subject.instrument != one.instrument:
                continue
            starts = [c.valid_from for c in held.corrections if c is not None and c.valid_from < one.time]
            mine = mask & (subject.time < one.time) & (subject.time >= max(starts, default=NO_TIME + 1))
            found += seen(
                subject, row, mine, "series_quality.as_found.off", certificate=one.certificate,
                instrument=one.instrument, d=f"{value[worst]:.3g}", u=f"{u[worst]:.2g}", unit=d.unit.symbol,
                times=f"{times[worst]:.3g}", limit=f"{limit:g}",
            )  # fmt: skip
    return tuple(found)


def traceable(subject: Examined) -> tuple[Observation, ...]:
    """Readings whose certificate rests on a chain that is broken; the breaks are handed in."""
    row = rule("traceable", subject.day)
    found: list[Observation] = []
    broken = subject.around.broken or {}
    wrong: dict[str, dict[str, None]] = {}
    masks: dict[str, Bools] = {}
    for held, mask in subject.windows:
        for correction in {c.id: c for c in held.corrections if c is not None}.values():
            told = errors(broken.get(correction.id, ()))
            if told:
                name = correction.certificate
                wrong.setdefault(name, {}).update(dict.fromkeys(f.code for f in told))
                nothing = np.zeros(len(subject), np.bool_)
                masks[name] = masks.get(name, nothing) | _under(subject, held, mask, correction)
    for name, codes in wrong.items():
        found += seen(subject, row, masks[name], "series_quality.chain.broken", certificate=name,
                      codes=", ".join(codes))  # fmt: skip
    return tuple(found)
