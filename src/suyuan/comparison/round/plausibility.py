"""Whether what was reported is plausible: a slip of the pen is found when it is typed, not in draft A."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import numpy as np

from suyuan.comparison.round.kinds import nominal_parts, nominal_size
from suyuan.comparison.round.protocol import Measurand, Protocol
from suyuan.comparison.round.submission import Reported, Submission
from suyuan.quantity.finding import Finding, Severity, finding

FAR = 30.0
"""A stated U this many times larger or smaller than the median of the others was mostly typed in another unit."""
STEPS = ((-3, "⁻³"), (3, "³"), (-6, "⁻⁶"), (6, "⁶"), (-9, "⁻⁹"), (9, "⁹"), (-1, "⁻¹"), (1, ""), (-2, "⁻²"), (2, "²"))
"""Powers of ten by which a value is mostly wrong: a prefix of the unit first, the nearest of them, then the point."""
NOMINAL = 1e-3
"""Relative distance within which a value is the nominal one."""
SMALL = 1e-6
"""An expanded uncertainty below this share of the plausible range was mostly typed in another unit."""
USUAL_K = (1.0, 4.0)
"""A coverage factor outside of this is mostly a slip of the pen, and is asked about."""
BUDGET = 0.05
"""The u of a budget may differ from the stated one by rounding, 5 %."""


def plausible(submission: Submission, protocol: Protocol) -> tuple[Finding, ...]:
    """What looks wrong in a submission by itself, before it is sealed; an error cannot be judged later.

    Looks at: results missing or given twice, U or u missing or zero, k missing or not 2, value outside the range of its
    measurand (and by which power of ten it would be inside), the nominal value in place of a deviation, U far too
    small or too large for what is measured, a budget that does not add up to the stated u, a day
    outside the stay of the standard, budget or certificate that the protocol asks for.
    """
    return tuple(_looks(submission, protocol))


def _looks(submission: Submission, protocol: Protocol) -> Iterator[Finding]:
    named = [r.measurand for r in submission.results]
    pilot = protocol.pilot.code == submission.member
    for m in protocol.measurands:
        if m.id not in named:
            yield finding("comparison.plausible.missing", "/results", "warning", measurand=m.id)
    for i, result in enumerate(submission.results):
        where, measurand = f"/results/{i}", protocol.measurand(result.measurand)
        if measurand is None:
            continue
        yield from _twice(submission, i, pilot)
        yield from _value(result, measurand, where)
        yield from _instead(result, measurand, where)
        yield from _uncertainty(result, where, protocol)
        yield from _larger(result, measurand, where)
        yield from _day(submission.member, result, measurand, where, protocol)
    if protocol.form.certificate and not submission.files:
        yield finding("comparison.plausible.certificate", "/files")


def _twice(submission: Submission, i: int, pilot: bool) -> Iterator[Finding]:
    """A pilot measures again, on another day; a participant reports one result."""
    this, earlier = submission.results[i], submission.results[:i]
    same = [r for r in earlier if r.measurand == this.measurand]
    if same and (not pilot or this.measured is None or any(r.measured == this.measured for r in same)):
        yield finding("comparison.plausible.twice", f"/results/{i}", measurand=this.measurand)


def _value(result: Reported, m: Measurand, where: str) -> Iterator[Finding]:
    if (m.low is None or result.value >= m.low) and (m.high is None or result.value <= m.high):
        return
    low, high = (-math.inf if m.low is None else m.low), (math.inf if m.high is None else m.high)
    if _nominal_itself(result, m):
        return  # what a factor would make of it leads nowhere
    hint = next((f"10{text}" for p, text in STEPS if low <= result.value * 10.0**p <= high), "")
    low_text, high_text = "−∞" if m.low is None else _plain(m.low), "∞" if m.high is None else _plain(m.high)
    yield finding(
        "comparison.plausible.range", f"{where}/value", "warning", measurand=m.id, value=_plain(result.value, 12),
        factor=hint, low=low_text, high=high_text, unit=m.unit,
    )  # fmt: skip


def _nominal_itself(result: Reported, m: Measurand) -> bool:
    """Whether the value is the nominal one, by its number or its size, where the range says that a deviation is asked
    for: the nominal value is not in it, and zero is."""
    size, parts = nominal_size(m), nominal_parts(m.nominal)
    if (
        size is None
        or parts is None
        or m.low is None
        or m.high is None
        or not m.low <= 0.0 <= m.high
        or m.low <= size <= m.high
    ):
        return False
    return any(abs(abs(result.value) - x) <= NOMINAL * x for x in (abs(parts[0]), size))


def _instead(result: Reported, m: Measurand, where: str) -> Iterator[Finding]:
    """The nominal value, or something in its unit, where a deviation is asked for; an uncertainty of another unit."""
    if _nominal_itself(result, m):
        yield finding("comparison.plausible.nominal", f"{where}/value", "warning", measurand=m.id, unit=m.unit,
                      value=_plain(result.value, 12), nominal=m.nominal)  # fmt: skip
    u = result.standard
    stated = u if result.U is None else result.U
    if stated and m.low is not None and m.high is not None and stated < SMALL * (m.high - m.low):
        yield finding("comparison.plausible.small", f"{where}/U", "warning", measurand=m.id, U=_plain(stated),
                      unit=m.unit, width=_plain(m.high - m.low))  # fmt: skip


def _plain(x: float, digits: int = 6) -> str:
    """A number as a person writes it: without an exponent where that is short."""
    if x and not 1e-9 <= abs(x) < 1e15:
        return f"{x:.{digits}g}"
    return format(Decimal(f"{x:.{digits}g}"), "f").replace("-", "−")


def _uncertainty(result: Reported, where: str, protocol: Protocol) -> Iterator[Finding]:
    id = result.measurand
    if protocol.form.budget and not result.budget:
        yield finding("comparison.plausible.no_budget", f"{where}/budget", measurand=id)
    if result.U is not None and result.k is None and result.u is None:
        yield finding("comparison.plausible.no_k", f"{where}/k", measurand=id)
    if result.k is not None and result.k != 2.0:
        told: Severity = "note" if USUAL_K[0] <= result.k <= USUAL_K[1] else "warning"
        yield finding("comparison.plausible.k", f"{where}/k", told, measurand=id, k=result.k)
    u = result.standard
    if u is None:
        yield finding("comparison.plausible.no_u", f"{where}/U", measurand=id)
        return
    if u == 0.0:
        yield finding("comparison.plausible.zero", f"{where}/U", measurand=id)
        return
    if result.U is not None and result.k and result.u is not None and not _near(result.U / result.k, result.u):
        yield finding("comparison.plausible.U_and_u", f"{where}/u", measurand=id, u=result.u, of_U=result.U / result.k)
    of_budget = result.of_budget
    if of_budget is not None and not _near(of_budget, u):
        found, stated = f"{of_budget:.3g}", f"{u:.3g}"
        yield finding("comparison.plausible.budget", f"{where}/budget", "warning", measurand=id, budget=found,
                      stated=stated)  # fmt: skip


def _larger(result: Reported, m: Measurand, where: str) -> Iterator[Finding]:
    """An uncertainty larger than what is measured. A deviation may be smaller than its uncertainty, so a value is
    compared with it only where the range says that it is not near zero."""
    sizes = [] if (nominal := nominal_size(m)) is None else [(nominal, "标称值", "the nominal value")]
    if m.low is not None and m.high is not None:
        sizes.append((m.high - m.low, "合理范围的宽度", "the width of the plausible range"))
    if (m.low is not None and m.low > 0.0) or (m.high is not None and m.high < 0.0):
        sizes.append((abs(result.value), "结果的值", "the value of the result"))
    u = result.standard
    if u is None or not sizes or u <= min(sizes)[0]:
        return
    size, zh, en = min(sizes)
    yield finding("comparison.plausible.larger", f"{where}/U", "warning", measurand=m.id, u=_plain(u), unit=m.unit,
                  size=_plain(size), of_zh=zh, of_en=en)  # fmt: skip


def _near(a: float, b: float) -> bool:
    return abs(a - b) <= BUDGET * max(abs(a), abs(b))


def _day(member: str, result: Reported, m: Measurand, where: str, protocol: Protocol) -> Iterator[Finding]:
    legs, day = protocol.legs_of(member, m.standard), result.measured
    if day is None:
        yield finding("comparison.plausible.undated", f"{where}/measured", "note", measurand=m.id)
        if protocol.drift.model != "none":
            yield finding("comparison.plausible.no_day", f"{where}/measured", "warning", measurand=m.id)
        return
    if legs and not any(leg.arrives <= day <= leg.leaves for leg in legs):
        stays = "; ".join(f"{leg.arrives} … {leg.leaves}" for leg in legs)
        yield finding("comparison.plausible.day", f"{where}/measured", "warning", measurand=m.id, day=day, stays=stays)


def beside_others(submissions: Mapping[str, Submission], protocol: Protocol) -> tuple[Finding, ...]:
    """Stated uncertainties that are far from those of the others, once all are open: u in another unit, mostly.

    Also a value that lies a power of ten from the others' median. Only ever a warning: the member is asked, nothing is
    changed or left out.
    """
    return tuple(f for m in protocol.measurands for f in _outlying(m.id, submissions))


def _outlying(measurand: str, submissions: Mapping[str, Submission]) -> Iterable[Finding]:
    listed = [(code, r) for code, s in submissions.items() for r in s.results if r.measurand == measurand]
    usable = [(code, r.value, u) for code, r in listed if (u := r.standard)]
    if len(usable) < 4:
        return
    values, spreads = np.array([v for _, v, _ in usable]), np.array([u for *_, u in usable])
    for i, (code, value, u) in enumerate(usable):
        rest = np.arange(len(usable)) != i
        typical, middle = float(np.median(spreads[rest])), float(np.median(values[rest]))
        if not 1.0 / FAR < u / typical < FAR:
            yield finding("comparison.plausible.far", f"{code}/{measurand}", "warning", member=code,
                          measurand=measurand, ratio=f"{u / typical:.3g}")  # fmt: skip
        power = round(math.log10(value / middle)) if value * middle > 0.0 else 0
        # a value that a shift of the decimal point brings back among the others, from where u does not reach them
        apart = abs(value - middle) > 5.0 * math.hypot(u, typical)
        if power and apart and abs(value / 10.0**power - middle) < 0.05 * abs(middle):
            yield finding("comparison.plausible.decimal", f"{code}/{measurand}", "warning", member=code,
                          measurand=measurand, power=power)  # fmt: skip
