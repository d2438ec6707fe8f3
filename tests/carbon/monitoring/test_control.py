"""Tests of channels reach their hours: out of control as the scheme's row says, lines of a QAL2, bias of a flow."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest

from suyuan.carbon.monitoring.filed import read_stacks
from suyuan.carbon.monitoring.hours.minutes import Mark, Minutes
from suyuan.quantity.budget import by_certificate, by_influence
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, Refused, sentences
from suyuan.quantity.quantity import Quantity
from suyuan.verbs.carbon.control import moment
from suyuan.verbs.carbon.monitored import Stacked, evidence_of, stack_years

from .test_stacks_in_claims import (
    CERTIFICATES,
    FLOW,
    HOURS,
    OVERRIDES,
    STACK,
    YEAR,
    ZONE,
    certificate,
    known,
    plant,
    rows,
)

DAYS = [date(YEAR, 3, 1) + timedelta(days=7 * n) for n in range(5)]
ADMITTED = [*OVERRIDES, *({**OVERRIDES[0], "row": row} for row in (
    "hj75.control_span", "hj75.zero_control", "hj75.span_control", "part75.control_span", "part75.rata_due",
    "part75.bias_adjusted"))]  # fmt: skip
REFERENCE = [12.0, 12.4, 11.8, 12.2, 12.6, 11.9, 12.1, 12.3, 12.5]


def hour(day: date) -> int:
    return int(np.searchsorted(HOURS.begin, moment(day, ZONE)))


def checks(drifts: list[float], kind: str = "span", **more: Any) -> bytes:
    """A check of a gas of 15 % a week; drifts: of each in percent of a full scale of 20 %."""
    name, value = next(iter(more.items())) if more else ("full_scale", 20)
    head = f"stack,channel,kind,day,reading,reference,unit,{name}"
    return "\n".join([head, *(f"S1,co2,{kind},{day},{15 + 0.2 * x},15,%,{value}"
                              for day, x in zip(DAYS, drifts, strict=True))]).encode()  # fmt: skip


@cache
def all_measured() -> bytes:
    return rows(status=["N"] * len(HOURS))


@cache
def all_rows() -> bytes:
    return rows()


@cache
def of_rows(given: bytes) -> tuple[Minutes, tuple[Finding, ...]]:
    """Rows as read, once."""
    (filed,) = read_stacks(Fields(plant(STACK).content), YEAR)
    minutes, told = known(given).rows(filed, HOURS)
    return minutes, tuple(told)


def stacked(
    overrides: list[dict[str, str]] = ADMITTED, table: bytes | None = None, given: bytes | None = None, **changes: Any
) -> Stacked:
    """The stack's year. table: its checks; given: its rows."""
    read = of_rows(given or all_measured())
    how = replace(known(), rows=lambda filed, hours: read, files={"checks.csv": table or b""}.__getitem__)
    (one,) = stack_years(plant({**STACK, **changes}, overrides=overrides), how)
    for item in one.findings:
        for language in ("zh", "en"):
            assert "{" not in "".join(sentences(item, language).values())
    return one


def out(one: Stacked) -> np.ndarray:
    return np.flatnonzero(one.year.reason & np.uint16(Mark.OUT_OF_CONTROL))


def codes(one: Stacked) -> dict[str, Any]:
    return {item.code.removeprefix("carbon_monitoring."): dict(item.parameters) for item in one.findings}


@pytest.mark.parametrize(("kind", "far", "wild"), [("span", 9.9, False), ("span", 10.1, True), ("zero", 4.9, False),
                                                   ("zero", 5.1, True)])  # fmt: skip
def test_a_drift_beyond_control_takes_its_hours_until_it_is_passed(kind: str, far: float, wild: bool) -> None:
    one = stacked(table=checks([0.0, 1.0, far, far, 0.0], kind), checks={"file": "checks.csv"})
    hours = out(one)
    if not wild:
        assert not len(hours) and not [code for code in codes(one) if code.startswith("control")]
        return
    assert (hours[0], hours[-1]) == (hour(DAYS[2]), hour(DAYS[4]) + 23) and len(hours) == 15 * 24
    assert codes(one)["control.applied"]["hours"] == "360"
    assert np.isnan(one.year.value[hours]).all() and one.year.complete
    assert {"hj75.control_span", f"hj75.{kind}_control"} <= {str(row["id"]) for row in one.year.used}


def test_an_unconfirmed_row_takes_no_hour_and_tells_which_it_would() -> None:
    one = stacked(OVERRIDES, checks([0.0, 0.0, 11.0, 0.0, 0.0]), checks={"file": "checks.csv"})
    assert not len(out(one)) and codes(one)["control.not_applied"]["hours"] == "192"
    assert "hj75.control_span" not in {str(row["id"]) for row in one.year.used}


def test_signals_of_qal3_reach_back_to_the_last_passed_check_in_europe() -> None:
    given: dict[str, Any] = {"rules": "EU 2018/2066", "checks": {"file": "checks.csv"}}
    one = stacked(table=checks([0.0, 0.1, 1.1, 0.0, 0.0], s_ams=0.1), **given)  # 0.22 % off, 2.2 s_AMS
    assert (out(one)[0], out(one)[-1]) == (hour(DAYS[1]) + 24, hour(DAYS[3]) + 23)
    none = stacked(table=checks([0.0, 0.1, 0.9, 0.0, 0.0], s_ams=0.1), **given)  # 1.8 s_AMS
    assert not len(out(none))
    unknown = stacked(table=checks([0.0, 0.1, 9.0, 0.0, 0.0]), **given)  # neither s_AMS nor a limit
    assert "control.unjudged" in codes(unknown)


def test_checks_of_another_stack_are_no_passed_checks() -> None:
    one = stacked(table=checks([0.0] * 5).replace(b"S1", b"S2"), checks={"file": "checks.csv"})
    assert codes(one)["control.no_check"]["known"] == "S2"


def rata(role: str, day: date, low: float, scatter: float = 0.02) -> dict[str, Any]:
    """Nine runs in which the monitor reads so many percent low."""
    monitor = [x * (1.0 - low / 100.0) + scatter * (-1) ** n for n, x in enumerate(REFERENCE)]
    return {"kind": "rata", "role": role, "day": day.isoformat(), "reference": REFERENCE, "monitor": monitor}


US: dict[str, Any] = {"rules": "40 CFR 75"}


def test_a_failed_rata_of_40_cfr_75_and_one_that_is_overdue() -> None:
    march, june = date(YEAR, 3, 10), date(YEAR, 6, 10)
    one = stacked(tests=[rata("co2", march, 12.0), rata("co2", june, 1.0)], **US)
    hours = out(one)
    assert (hours[0], hours[-1]) == (hour(march), hour(june) + 23)
    half = stacked(
        tests=[rata("co2", date(YEAR - 1, 11, 3), 9.0)], **US
    )  # half-yearly: to the end of the second quarter
    assert out(half)[0] == hour(date(YEAR, 7, 1)) and codes(half)["control.applied"]["why_en"] == "not repeated in time"
    whole = stacked(tests=[rata("co2", date(YEAR - 1, 11, 3), 1.0)], **US)
    assert not len(out(whole)) and not len(out(stacked(OVERRIDES, tests=[rata("co2", march, 12.0)], **US)))


def test_the_bias_of_a_flow_is_adjusted_and_that_of_co2_is_not() -> None:
    march = date(YEAR, 3, 10)
    plain = stacked(**US)
    one = stacked(tests=[rata("flow", march, 3.0, 0.0), rata("co2", march, 3.0, 0.0)], **US)
    ratio = one.year.value / plain.year.value
    first = hour(march)
    assert ratio[:first] == pytest.approx(1.0, rel=1e-12) and ratio[first:] == pytest.approx(1.031, rel=1e-12)
    assert "bias.applied" in codes(one) and not [f for f in one.findings if f.code == "carbon.stack.later"]
    back = stacked(tests=[rata("flow", march, 3.0, 0.0), rata("flow", date(YEAR, 6, 1), -3.0, 0.0)], **US)
    assert (back.year.value / plain.year.value)[hour(date(YEAR, 6, 1)) :] == pytest.approx(1.0, rel=1e-12)
    silent = stacked(OVERRIDES, tests=[rata("flow", march, 3.0, 0.0)], **US)
    assert codes(silent)["bias.not_applied"]["factor"] == "1.031"
    np.testing.assert_array_equal(silent.year.value, plain.year.value)
    assert {row.source.number for row in by_certificate(one.year.total("best"))} >= {"F-1", "G-1"}


def test_a_correction_that_is_a_function_is_adjusted_too() -> None:
    """Flow by a Python function and by the formula of the same line: 1.031 from the RATA on, and the same u."""
    march, june = date(YEAR, 3, 10), date(YEAR, 6, 1)
    tests = [rata("flow", march, 3.0, 0.0), rata("flow", june, -3.0, 0.0)]
    written = replace(CERTIFICATES[1], model=lambda raw, gain, offset: gain * raw + offset)
    (plain,), (one,), (formula,) = (
        stack_years(plant({**STACK, **US, "tests": given}, overrides=ADMITTED),
                    replace(known(every=(CERTIFICATES[0], flow)), rows=lambda filed, hours: of_rows(all_measured())))
        for given, flow in (([], written), (tests, written), (tests, CERTIFICATES[1])))  # fmt: skip
    ratio = one.year.value / plain.year.value
    assert ratio[: hour(march)] == pytest.approx(1.0, rel=1e-12) == ratio[hour(june) :]
    assert ratio[hour(march) : hour(june)] == pytest.approx(1.031, rel=1e-12) and "bias.applied" in codes(one)
    a, b = one.year.total(), formula.year.total()
    assert (float(a.value), float(a.u)) == pytest.approx((float(b.value), float(b.u)), rel=1e-9)


def factor(test: dict[str, Any]) -> tuple[float, float]:
    """Mean of the reference over that of the monitor, and its u from the scatter of the differences."""
    reference, monitor = np.array(test["reference"]), np.array(test["monitor"])
    level = monitor.mean()
    return float(reference.mean() / level), float(np.std(reference - monitor, ddof=1) / math.sqrt(len(monitor)) / level)


def of_bias(total: Quantity) -> float:
    """What is not known of corrections of a bias, t."""
    rows = [row for row in by_influence(total) if row.source.text == "bias found by RATA"]
    return math.hypot(*(row.contribution for row in rows))


@pytest.mark.parametrize(
    ("role", "low", "admitted", "baf"),
    [
        ("flow", 3.0, True, 1.031),
        ("flow", 3.0, False, 1.0),
        ("flow", -3.0, True, 1.0),
        ("co2", 3.0, True, 1.0),
        ("co2", -2.0, True, 1.0),
    ],
)
def test_the_best_estimate_is_corrected_for_a_known_bias_of_either_sign(
    role: str, low: float, admitted: bool, baf: float
) -> None:
    """The law adjusts a flow that reads low, by a factor without u; the best estimate stands on what the RATA found."""
    march = date(YEAR, 3, 10)
    test, at = rata(role, march, low), hour(march)
    overrides = ADMITTED if admitted else OVERRIDES
    plain, one = stacked(overrides, **US), stacked(overrides, tests=[test], **US)
    f, u = factor(test)
    before, after = slice(0, at), slice(at, None)
    assert one.year.legal[after] == pytest.approx(plain.year.legal[after] * baf, rel=1e-12)
    assert one.year.best[after] == pytest.approx(plain.year.best[after] * f, rel=1e-9)
    assert one.year.best[before] == pytest.approx(plain.year.best[before], rel=1e-12)
    best = one.year.total("best")
    assert float(best.value) == pytest.approx(one.year.best.sum(), rel=1e-12)
    assert np.asarray(one.year.by_month("best").value).sum() == pytest.approx(one.year.best.sum(), rel=1e-12)
    assert of_bias(best) == pytest.approx(one.year.best[after].sum() * u / f, rel=1e-6)
    flow = {row.source.number: row.contribution for row in by_certificate(best)}["F-1"]
    assert flow == pytest.approx(0.015 * one.year.best.sum(), rel=1e-6)
    assert of_bias(one.year.total("legal")) == 0.0
    assert codes(one)["bias.known"]["percent"] == f"{100 * (f - 1):+.2f}"


def test_a_bias_within_its_confidence_corrects_nothing() -> None:
    one = stacked(tests=[rata("flow", date(YEAR, 3, 10), 0.05, 0.1)], **US)
    np.testing.assert_array_equal(one.year.best, one.year.legal)
    assert "bias.known" not in codes(one)


def test_the_next_rata_ends_a_correction_and_the_reference_brings_its_u() -> None:
    march, june = date(YEAR, 3, 10), date(YEAR, 6, 1)
    test = {**rata("co2", march, 3.0), "u_reference": 2.0, "issuer": "lab", "number": "R-1"}
    one = stacked(tests=[test, rata("co2", june, 0.0, 0.1)])
    plain = stacked()
    span = slice(hour(march), hour(june))
    f, u = factor(test)
    ratio = one.year.best / plain.year.best
    assert ratio[span] == pytest.approx(f, rel=1e-9)
    assert np.delete(ratio, np.arange(span.start, span.stop)) == pytest.approx(1.0, rel=1e-12)
    assert "R-1" in {item.number for item in evidence_of(one.year)}
    within = one.year.best[span].sum() / f
    assert of_bias(one.year.total("best")) == pytest.approx(math.hypot(u, 0.02 * f) * within, rel=1e-6)


def test_lost_hours_are_estimated_from_corrected_ones() -> None:
    """Ten hours of a fault after the RATA: the hours beside them are corrected, and what they have in common stays."""
    table = all_rows()
    test = rata("co2", date(YEAR, 3, 10), 3.0)
    plain, one = (stacked(given=table, tests=tests) for tests in ([], [test]))
    f, u = factor(test)
    after = slice(hour(date(YEAR, 3, 10)), None)
    assert np.isnan(one.year.value[5000:5010]).all()
    assert one.year.best[5000:5010] == pytest.approx(plain.year.best[5000:5010] * f, rel=1e-9)
    assert of_bias(one.year.total("best")) == pytest.approx(one.year.best[after].sum() * u / f, rel=1e-6)
    gas = {row.source.number: row.contribution for row in by_certificate(one.year.total("best"))}["G-1"]
    assert gas == pytest.approx(0.005 * one.year.best.sum(), rel=1e-6)


@pytest.mark.parametrize("scheme", ["HJ 75-2017", "40 CFR 75"])
def test_a_known_bias_stands_in_a_year_made_again(scheme: str) -> None:
    """Another flow certificate from July on, lost hours of a fault: what is taken over is as if made anew."""
    one = plant({**STACK, "rules": scheme, "tests": [rata("co2", date(YEAR, 3, 10), 3.0)]}, overrides=ADMITTED)
    july = moment(date(YEAR, 7, 1), ZONE)
    later = (CERTIFICATES[0], certificate("F-1", "F-1", FLOW, 0.015, "m3/h", valid_until=july),
             certificate("F-2", "F-1", FLOW * 1.01, 0.015, "m3/h", valid_from=july))  # fmt: skip
    first, second = (replace(known(every=every), rows=lambda filed, hours: of_rows(all_rows()))
                     for every in (CERTIFICATES, later))  # fmt: skip
    former = stack_years(one, first)
    for kind in ("legal", "best"):
        former[0].year.total(kind), former[0].year.by_month(kind)
    (again,), (anew,) = stack_years(one, second, former), stack_years(one, second)
    for kind in ("legal", "best"):
        a, b = again.year.total(kind), anew.year.total(kind)
        assert float(a.value) == pytest.approx(float(b.value), rel=1e-12)
        assert float(a.u) == pytest.approx(float(b.u), rel=1e-9)
        months = again.year.by_month(kind), anew.year.by_month(kind)
        np.testing.assert_allclose(months[0].u, months[1].u, rtol=1e-9)
    assert of_bias(again.year.total("best")) == pytest.approx(of_bias(anew.year.total("best")), rel=1e-9)
    assert of_bias(anew.year.total("best")) > 0.0


def test_the_line_of_a_qal2_corrects_and_its_range_ends() -> None:
    """Signals of the flow up to 945 000 m³/h: the line doubles them; valid to 1.1 of the largest value."""
    x = np.linspace(0.90e6, 0.945e6, 15)
    day = date(YEAR, 2, 1)
    one = {"kind": "qal2", "role": "flow", "day": day.isoformat(), "reference": (2.0 * x).tolist(), "days": 3,
           "monitor": x.tolist(), "elv": 2e6, "interval_fraction": 0.1, "zero": 0.0, "corrects": True,
           "issuer": "lab", "number": "Q-1"}  # fmt: skip
    found = stacked(tests=[one])
    plain, first = stacked(), hour(day)
    ratio = found.year.value[first:] / plain.year.value[first:]
    measured = np.isfinite(ratio)
    assert ratio[measured] == pytest.approx(2.0 / FLOW, rel=1e-9)
    raw = 1e6 + 1e3 * (np.arange(first, len(HOURS)) % 50)
    np.testing.assert_array_equal(measured, raw <= 1.1 * 0.945e6)
    assert (found.year.reason[first:][~measured] == Mark.OUT_OF_RANGE).all()
    assert np.array_equal(found.year.value[:first], plain.year.value[:first])
    assert "Q-1" in {item.number for item in evidence_of(found.year)}


def test_an_expired_qal2_and_an_ast_that_fails() -> None:
    x = np.linspace(9.0, 14.0, 15)
    first = {"kind": "qal2", "role": "co2", "day": f"{YEAR - 1}-02-01", "reference": x.tolist(), "monitor": x.tolist(),
             "elv": 20, "interval_fraction": 0.1, "zero": 0.0, "until": f"{YEAR}-09-30"}  # fmt: skip
    late = stacked(tests=[first], rules="EU 2018/2066")
    assert out(late)[0] == hour(date(YEAR, 10, 1))
    survey = {"kind": "ast", "role": "co2", "day": f"{YEAR}-05-05", "reference": (x[:5] + 4.0).tolist(),
              "monitor": x[:5].tolist()}  # fmt: skip
    failed = stacked(tests=[first, survey], rules="EU 2018/2066")
    assert out(failed)[0] == hour(date(YEAR, 5, 5))
    with pytest.raises(Refused) as refused:
        stacked(tests=[survey], rules="EU 2018/2066")
    assert refused.value.findings[0].code == "carbon_monitoring.control.no_line"
    with pytest.raises(Refused):
        stacked(tests=[{**survey, "role": "moisture"}])
