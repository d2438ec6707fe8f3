"""The tests of a stack's channels and what follows for its hours: times out of control, calibration lines, bias.

Tests and checks come from the stack's document («tests», «checks»). A failed one, or one that is overdue, puts hours
out of control as the scheme's row says; a QAL2 whose line corrects becomes a correction with its valid range; the bias
adjustment of 40 CFR 75 multiplies the flow that a RATA found to read low, from its day until the next one. A RATA that
finds a significant bias of either sign corrects the best estimate, under any scheme.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

import numpy as np

from suyuan.carbon.monitoring.filed import Filed
from suyuan.carbon.monitoring.hours.bias import PROPORTIONAL, Bias
from suyuan.carbon.monitoring.quality import drift, qal2, qal3, rata
from suyuan.carbon.monitoring.quality.calibrated_range import Ranged
from suyuan.carbon.monitoring.quality.control import Test
from suyuan.carbon.monitoring.quality.filed_tests import FiledTest
from suyuan.carbon.rule import Rules, rules
from suyuan.carbon.words import named
from suyuan.quantity.correction import Correction, gain_and_offset
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.verbs.carbon.checks import CheckSeries, read_checks
from suyuan.verbs.carbon.files import Files

PARAMETERS = {"co2": "gas", "o2": "gas", "moisture": "moisture", "flow": "flow", "velocity": "flow"}
"""Role of a channel → what its relative accuracy is judged as; others are not."""
BIAS, REFERENCE = "bias found by RATA", "reference method"
"""Texts of the sources of what is not known of a correction."""
BAF, ADJUSTED = "bias adjustment", "bias_adjusted"
FACTOR = "baf"
"""Name of the factor of bias among the parameters of a correction."""


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """What the tests of a stack say. tests; corrections: all that there were, with calibration lines and bias
    adjustments; findings; biases: known ones, of the best estimate."""

    tests: tuple[Test, ...]
    corrections: tuple[Correction, ...]
    findings: tuple[Finding, ...]
    biases: tuple[Bias, ...] = ()


def tested(filed: Filed, zone: tzinfo, corrections: tuple[Correction, ...], files: Files | None, end: int) -> Tested:
    """The tests of a stack, judged by its scheme. end: µs, of the year.

    Raises Refused for a test that cannot be judged, and for checks that are not at hand or are no table.
    """
    told: list[Finding] = []
    found = list(_checked(filed, zone, files, told)) if filed.checks else []
    lines: dict[str, qal2.Qal2] = {}
    factors: list[tuple[FiledTest, rata.Rata]] = []
    for one in sorted(filed.tests, key=lambda test: test.day):
        try:
            made = _judged(one, filed, zone, lines, factors)
        except Refused as refused:
            raise Refused(*(replace(item, where=f"{one.pointer}/{item.where}".rstrip("/"))
                            for item in refused.findings)) from None  # fmt: skip
        if made is None:
            told.append(finding("carbon_monitoring.control.unjudged", one.pointer, "warning", scheme=filed.rules.scheme,
                                **named("role", "channel", one.role), **named("test", "test", one.kind)))  # fmt: skip
            continue
        found.append(made)
        if one.kind == "qal2" and one.corrects and made.passed:
            corrections = (*corrections, _line(one, lines[one.role], filed, zone))
    adjusted, more = _adjusted(filed, zone, corrections, factors, end)
    biases, known = _biases(filed, zone, factors, end)
    return Tested(tuple(found), adjusted, (*told, *more, *known), biases)


def moment(day: date, zone: tzinfo, over: bool = False) -> int:
    """µs at which a day begins by the clocks of a zone, or is over."""
    begin = datetime.combine(day + timedelta(days=int(over)), time(), zone)
    return round(begin.timestamp() * 1e6)


# ---------------------------------------------------------------- judging


def _judged(
    one: FiledTest, filed: Filed, zone: tzinfo, lines: dict[str, qal2.Qal2], factors: list[tuple[FiledTest, rata.Rata]]
) -> Test | None:
    """A test with its outcome; None where the scheme does not judge it."""
    due = moment(one.until, zone, True) if one.until else None
    if one.kind == "rata":
        found, _ = rata.relative_accuracy(rules("40 CFR 75", one.day), one.reference, one.monitor)
        passed, next_due = _accurate(one, found, filed.rules, zone)
        if passed is None:
            return None
        if passed:
            factors.append((one, found))
        return Test(one.role, "rata", moment(one.day, zone), moment(one.day, zone, True), passed, due or next_due)
    norm = rules(qal2.SCHEME, one.day)
    if one.kind == "qal2":
        sigma = qal2.spread_allowed(norm, one.elv, one.interval_fraction)
        lines[one.role], _ = qal2.calibrated(norm, one.monitor, one.reference, sigma, one.zero, one.method, one.days)
        passed = lines[one.role].passes
    elif one.role in lines:
        last = lines[one.role]
        passed = qal2.surveyed(norm, last.line, one.monitor, one.reference, last.sigma_0)[0].passes
    else:
        raise Refused(finding("carbon_monitoring.control.no_line", "kind", **named("role", "channel", one.role)))
    start, last = moment(one.day, zone), lines[one.role]
    channel = filed.stack.channel(one.role)
    assert channel is not None  # a test is of a channel
    ranged = Ranged(one.role, channel.column, filed.stack.load, one.day, start, last.line, last.valid_max,
                    one.kind == "qal2")  # fmt: skip
    valid = ranged if passed or one.kind == "ast" else None
    return Test(one.role, one.kind, start, moment(one.day, zone, True), passed, due, valid)


def _accurate(one: FiledTest, found: rata.Rata, law: Rules, zone: tzinfo) -> tuple[bool | None, int | None]:
    """Whether a RATA passes, None where the scheme has no limit for it, and when the next one is due."""
    parameter = PARAMETERS.get(one.role)
    if parameter is not None and f"rata_{parameter}" in law.rows:
        word = rata.next_test(found, rata.limits(law, parameter, one.speed))
        if word == "failed" or "rata_due" not in law.rows:
            return word != "failed", None
        return True, moment(quarters_later(one.day, int(law.rows["rata_due"]["value"][word])), zone)
    if parameter == "gas" and "gas_accuracy" in law.rows:
        return drift.gas_accuracy(law, found.ra_percent).passes, None
    if one.role == "velocity" and "flow_error" in law.rows:
        return drift.velocity(law, float(np.mean(one.monitor)), found.mean_reference).passes, None
    return None, None


def quarters_later(day: date, quarters: int) -> date:
    """The first day after the last of so many quarters behind that of a day."""
    month = (day.month - 1) // 3 * 3 + 3 * (quarters + 1)
    return date(day.year + month // 12, month % 12 + 1, 1)


def _checked(filed: Filed, zone: tzinfo, files: Files | None, told: list[Finding]) -> Iterator[Test]:
    """The zero and span checks of the stack's file."""
    if files is None:
        raise Refused(finding("assurance_studies.file.not_at_hand", f"{filed.pointer}/checks", name=filed.checks[:120]))
    every = read_checks(files(filed.checks), filed.checks)
    mine = [one for one in every if one.stack == filed.stack.id]
    if not mine:
        told.append(finding("carbon_monitoring.control.no_check", f"{filed.pointer}/checks", "warning",
                            stack=filed.stack.id, known=", ".join(sorted({one.stack for one in every}))))  # fmt: skip
    for series in mine:
        role = next((c.role for c in filed.stack.channels if series.channel in (c.role, c.column, c.instrument)), "")
        passed = _passes(series, filed.rules) if role else None
        if passed is None:
            told.append(finding("carbon_monitoring.control.unjudged", f"{filed.pointer}/checks", "warning",
                                scheme=filed.rules.scheme, **named("role", "channel", role or series.channel),
                                **named("test", "test", series.kind)))  # fmt: skip
            continue
        for day, good in zip(series.days, passed, strict=True):
            yield Test(role, series.kind, moment(day, zone), moment(day, zone, True), good)


def _passes(series: CheckSeries, law: Rules) -> list[bool] | None:
    """Whether each check passes: by QAL3 with s_AMS, by the scheme's limit of control with a full scale; None where
    neither judges."""
    name = f"{series.kind}_control"
    if name in law.rows and series.full_scale is not None:
        limit = float(law.rows[name]["value"])
        return [abs(drift.drift(law, series.kind, float(x), series.reference, series.full_scale).value) <= limit
                for x in series.readings]  # fmt: skip
    if series.s_ams is None:
        return None
    norm = rules(qal2.SCHEME, series.days[-1])
    chart, _ = qal3.shewhart(norm, series.readings, series.reference, series.s_ams)
    good = np.ones(len(series.readings), bool)
    good[chart.outside - 1] = False
    first = 0
    while first < len(good):  # after a signal the instrument is set right, and the sums begin again
        sums, _ = qal3.cumulative(norm, series.readings[first:], series.reference, series.s_ams)
        if sums.first_signal is None:
            break
        first += sums.first_signal
        good[first - 1] = False
    return [bool(one) for one in good]


# ---------------------------------------------------------------- corrections


def _line(one: FiledTest, found: qal2.Qal2, filed: Filed, zone: tzinfo) -> Correction:
    """The line of a QAL2 as a correction: ŷ = ȳ + slope·(x − x̄), with the scatter of the pairs about it.

    Valid for signals whose value is from zero to the upper end of the valid range, from the day of the test on.
    """
    channel = filed.stack.channel(one.role)
    assert channel is not None  # a test is of a channel
    x, y = np.array(one.monitor), np.array(one.reference)
    middle, line = float(x.mean()), found.line
    fitted = 2 if found.method == "a" else 1  # parameters of the line
    spread = found.s_D * math.sqrt((found.n - 1) / max(found.n - fitted, 1))
    source = Source(one.issuer, one.number, "0")

    def known(name: str, value: float, u: float, unit: str) -> Quantity:
        return quantity(value, u, unit, label=f"QAL2 {name}", id=identity(one.issuer, one.number, name), source=source)

    if found.method == "a":
        slope = known("slope", line.slope, spread / math.sqrt(float(np.sum((x - middle) ** 2))), "1")
        offset = known("level", float(y.mean()), spread / math.sqrt(found.n), channel.unit) - slope * quantity(
            middle, None, channel.unit)  # fmt: skip
    else:
        slope = known("slope", line.slope, spread / math.sqrt(found.n) / abs(middle - one.zero), "1")
        offset = slope * quantity(-one.zero, None, channel.unit)
    model, parameters = gain_and_offset(slope, offset)
    ends = sorted((level - line.intercept) / line.slope for level in (0.0, found.valid_max))
    return Correction(
        f"QAL2 {one.issuer} {one.number} {one.role}", channel.instrument, model, parameters, moment(one.day, zone),
        moment(one.day, zone), one.issuer, one.number, channel.unit, channel.unit, (ends[0], ends[1]),
        moment(one.until, zone, True) if one.until else None,
    )  # fmt: skip


def _adjusted(
    filed: Filed, zone: tzinfo, every: tuple[Correction, ...], factors: Sequence[tuple[FiledTest, rata.Rata]], end: int
) -> tuple[tuple[Correction, ...], list[Finding]]:
    """Corrections with the bias adjustment of 40 CFR 75 from the day of each passed RATA until the next one."""
    row = filed.rules.rows.get(ADJUSTED)
    told: list[Finding] = []
    if row is None:
        return every, told
    mine = [(one, found) for one, found in factors if PARAMETERS.get(one.role) in row["value"]]
    low = [(one, found) for one, found in mine if found.baf > 1.0]
    if not low:
        return every, told
    admitted = _admitted(filed.rules)
    for one, found in low:
        code = "carbon_monitoring.bias.applied" if admitted else "carbon_monitoring.bias.not_applied"
        told.append(finding(code, one.pointer, "warning", str(row["id"]), row=row["id"], factor=f"{found.baf:.3f}",
                            day=one.day.isoformat(), **named("role", "channel", one.role)))  # fmt: skip
    if not admitted:
        return every, told
    filed.rules.row(ADJUSTED)
    instruments = {channel.instrument: channel.role for channel in filed.stack.channels}
    adjusted: list[Correction] = []
    for each in every:
        adjusted += _parts(each, [pair for pair in mine if pair[0].role == instruments.get(each.instrument)], zone, end)
    return tuple(adjusted), told


def _admitted(law: Rules) -> bool:
    """Whether the scheme adjusts a bias: by a row that is confirmed, or admitted by name."""
    row = law.rows.get(ADJUSTED)
    return row is not None and (row["status"] != "from memory" or str(row["id"]) in law.overrides)


def _biases(
    filed: Filed, zone: tzinfo, factors: Sequence[tuple[FiledTest, rata.Rata]], end: int
) -> tuple[tuple[Bias, ...], list[Finding]]:
    """What the best estimate is corrected by: from each passed RATA with a significant bias until the next one.

    The factor is mean reference/mean monitor = 1 + d̄/mean monitor with u = s/(√n·mean monitor), and that of the
    reference method where it is stated; over the factor that the legal value has.
    """
    found, told = [], []
    row = filed.rules.rows.get(ADJUSTED)
    for role in dict.fromkeys(one.role for one, _ in factors if one.role in PROPORTIONAL):
        mine = [pair for pair in factors if pair[0].role == role]
        legal = row is not None and PARAMETERS.get(role) in row["value"] and _admitted(filed.rules)
        for at, (one, by) in enumerate(mine):
            if abs(by.mean_difference) <= abs(by.cc):
                continue
            level = by.mean_reference - by.mean_difference  # of the monitor
            applied = by.baf if legal else 1.0
            key = (one.issuer, one.number) if one.issuer and one.number else (filed.stack.id, one.day.isoformat())
            source = Source(one.issuer, one.number, text=BIAS)
            factor = quantity(by.mean_reference / level / applied, by.sd / math.sqrt(by.n) / level / applied,
                              label=f"{BIAS} {role}", id=identity(BIAS, *key, role), source=source)  # fmt: skip
            if one.u_reference:
                factor = factor * quantity(1.0, one.u_reference / 100.0, label=REFERENCE, source=source,
                                           id=identity(REFERENCE, *key, role))  # fmt: skip
            stop = moment(mine[at + 1][0].day, zone) if at + 1 < len(mine) else end
            found.append(Bias(role, moment(one.day, zone), stop, factor))
            told.append(finding("carbon_monitoring.bias.known", one.pointer, "warning", day=one.day.isoformat(),
                                percent=f"{100.0 * (by.mean_reference / level - 1.0):+.2f}", baf=f"{applied:.3f}",
                                u=f"{100.0 * float((factor * applied).u):.2g}",
                                **named("role", "channel", role)))  # fmt: skip
    return tuple(found), told


def _parts(
    one: Correction, factors: Sequence[tuple[FiledTest, rata.Rata]], zone: tzinfo, end: int
) -> Iterable[Correction]:
    """A correction cut where tests of its channel are, each part with the factor of its time."""
    if not factors:
        return [one]
    edges = [moment(test.day, zone) for test, _ in factors]
    last = end if one.valid_until is None else one.valid_until
    found = [] if one.valid_from >= edges[0] else [replace(one, valid_until=min(edges[0], last))]
    for at, (_, by) in enumerate(factors):
        start, stop = max(edges[at], one.valid_from), min(edges[at + 1] if at + 1 < len(edges) else last, last)
        if start >= stop:
            continue
        parameters = {**one.parameters, FACTOR: quantity(by.baf, None, "1", label=BAF)}
        supersedes = (*one.supersedes, *(f"{old} {BAF} {at}" for old in one.supersedes))
        found.append(replace(one, id=f"{one.id} {BAF} {at}", model=_times(one.model),
                             parameters=parameters, valid_from=start, supersedes=supersedes,
                             valid_until=None if one.valid_until is None and stop == end else stop))  # fmt: skip
    return found


def _times(model: Formula | Callable[..., Any]) -> Formula | Callable[..., Any]:
    """A model times the factor of bias."""
    return Formula(f"{FACTOR}*({model.text})") if isinstance(model, Formula) else _Times(model)


@dataclass(frozen=True, slots=True)
class _Times:
    """A model that is a Python function, times the factor of bias; two of one function are one, and recorded once."""

    model: Callable[..., Any]

    def __call__(self, **given: Any) -> Any:
        factor = given.pop(FACTOR)
        return factor * self.model(**given)
