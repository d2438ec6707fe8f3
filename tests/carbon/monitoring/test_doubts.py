"""Bad minutes and wrong declarations: each a finding with its hour and a remedy, and nothing counted in silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from suyuan.carbon.monitoring.equation import evaluated
from suyuan.carbon.monitoring.hours.minutes import Flags, Mark, Minutes
from suyuan.carbon.monitoring.hours.stack import Stack, checked, density, model
from suyuan.carbon.monitoring.year.ledger import substituted
from suyuan.carbon.monitoring.year.still import standing
from suyuan.carbon.rule import rules
from suyuan.quantity.finding import Finding, Refused, sentences
from suyuan.quantity.quantity import quantity

from .stacks import (
    HJ75,
    HOURS,
    KNOWN,
    MINUTE,
    PART75,
    area,
    certificate,
    certificates,
    channels,
    law,
    minutes,
    plant,
    year,
)

FIRST = HOURS.of_month(2).start


def changed(given: Minutes, role: str, part: slice, values: Any) -> Minutes:
    given.columns[role][part] = values
    return given


def told(found: Any, code: str) -> Finding:
    one = next(f for f in found.findings if f.code == f"carbon_monitoring.{code}")
    for language in ("zh", "en"):
        assert "{" not in "".join(sentences(one, language).values())
    return one


def test_zero_co2_while_the_unit_burns_is_missing() -> None:
    given = changed(minutes(2), "co2", slice(60 * 300, 60 * 303), 0.0)
    found, _ = year(HJ75, {2: given})
    one = told(found, "zero.co2")
    assert one.where == HOURS.told(FIRST + 300)
    assert dict(one.parameters)["minutes"] == "180"
    assert np.isnan(found.value[FIRST + 300 : FIRST + 303]).all()
    assert (found.legal[FIRST + 300 : FIRST + 303] > 0.0).all()
    assert (found.reason[FIRST + 300 : FIRST + 303] == Mark.IMPLAUSIBLE).all()


def test_zero_co2_of_a_unit_that_stands_is_no_finding() -> None:
    given = changed(minutes(2, lost=[(60 * 300, 180, 3)]), "co2", slice(60 * 300, 60 * 303), 0.0)
    found, _ = year(HJ75, {2: given})
    assert not [f for f in found.findings if "zero" in f.code]
    by_load = changed(minutes(2), "co2", slice(60 * 300, 60 * 303), 0.0)
    load = np.full(len(by_load), 300.0)
    load[60 * 300 : 60 * 303] = 0.0
    by_load = Minutes(by_load.time, {**by_load.columns, "load": load}, by_load.flags, "x")
    other, _ = year(HJ75, {2: by_load}, plant(load="load"))
    assert not [f for f in other.findings if "zero" in f.code]
    np.testing.assert_array_equal(other.operating, found.operating)
    assert float(other.total().value) == float(found.total().value)


def test_a_load_of_zero_while_the_gas_burns_is_a_missing_load() -> None:
    """300 hours in which the load was not recorded count by their gas; a column that stands at 2 % CO2 does not."""
    given = minutes(2)
    load = np.full(len(given), 300.0)
    load[60 * 300 : 60 * 600] = 0.0
    zero = Minutes(given.time, {**given.columns, "load": load}, given.flags, "x")
    found, _ = year(HJ75, {2: zero}, plant(load="load"))
    one = told(found, "zero.load")
    assert dict(one.parameters)["hours"] == "300" and one.where == HOURS.told(FIRST + 300)
    assert one.severity == "error" and found.complete
    assert float(found.total().value) == pytest.approx(float(year(HJ75, {2: given})[0].total().value), rel=1e-12)
    for shown, burns in ((2.90, False), (2.93, True)):  # 1.01·x + 0.05 against the 3 % of the row
        flat = Minutes(zero.time, {**zero.columns, "co2": np.where(load > 0, given.columns["co2"], shown)}, (), "x")
        other, _ = year(HJ75, {2: flat}, plant(load="load"))
        assert bool([f for f in other.findings if f.code.endswith("zero.load")]) == burns
        assert (other.operating[FIRST + 400] == 1.0) == burns


def test_moisture_of_nearly_nothing_is_missing() -> None:
    zero, _ = year(HJ75, {2: changed(minutes(2), "moisture", slice(0, 60 * 690), 0.0)})
    assert (zero.reason[FIRST : FIRST + 690] == Mark.IMPLAUSIBLE).all()
    low, _ = year(HJ75, {2: changed(minutes(2), "moisture", slice(60 * 300, 60 * 303), 0.38)})  # 1.02·x + 0.1 < 0.5
    assert dict(told(low, "implausible.value").parameters)["hours"] == "3"
    dry, _ = year(HJ75, {2: changed(minutes(2), "moisture", slice(60 * 300, 60 * 303), 0.40)})
    assert not dry.findings


def test_missing_shown_as_zero_or_as_a_code() -> None:
    zero, _ = year(HJ75, {2: changed(minutes(2), "velocity", slice(60 * 300, 60 * 303), 0.0)})
    assert dict(told(zero, "zero.missing").parameters)["role_en"] == "velocity"
    for code in (-9.0, -9999.0, np.nan, np.inf):
        lost, _ = year(HJ75, {2: changed(minutes(2), "moisture", slice(60 * 300, 60 * 303), code)})
        assert (lost.reason[FIRST + 300 : FIRST + 303] == Mark.MISSING).all()
        assert float(lost.total().value) == pytest.approx(float(zero.total().value), rel=1e-12)


def test_swapped_units_are_named() -> None:
    given = minutes(2)
    found, _ = year(HJ75, {2: changed(given, "temperature", slice(None), given.columns["temperature"] + 273.15)})
    one = told(found, "unit.swapped")
    assert (dict(one.parameters)["recorded"], dict(one.parameters)["fitting"]) == ("degC", "K")
    assert not found.complete and np.isnan(found.value[FIRST : FIRST + 696]).all()


@pytest.mark.parametrize(("role", "factor", "unit", "low", "high"), [
    ("velocity", 3.6, "km/h", 39.0, 64.0), ("moisture", 0.01, "1", 0.077, 0.083), ("co2", 1e4, "ppm", 116_000, 134_000),
    ("co2", 0.01, "1", 0.116, 0.134), ("pressure", 10.0, "hPa", 1013.0, 1015.0),
])  # fmt: skip
def test_another_unit_is_named_once_with_the_numbers_that_were_recorded(
    role: str, factor: float, unit: str, low: float, high: float
) -> None:
    given = {m: changed(one, role, slice(None), one.columns[role] * factor) for m in (2, 3) for one in [minutes(m)]}
    found, _ = year(HJ75, given)
    (one,) = [f for f in found.findings if f.code.split(".")[1] in ("unit", "columns", "implausible", "outside")]
    shown = dict(one.parameters)
    assert (one.code, shown["fitting"], shown["months"]) == ("carbon_monitoring.unit.swapped", unit, "2")
    assert low < float(shown["low"]) <= float(shown["high"]) < high and one.where == HOURS.told(FIRST)
    assert told(found, "unit.swapped")


def test_exchanged_columns_are_named_as_such() -> None:
    def swapped(month: int) -> Minutes:
        one = minutes(month)
        columns = {**one.columns, "temperature": one.columns["pressure"], "pressure": one.columns["temperature"] / 2.0}
        return Minutes(one.time, columns, one.flags, "x")

    found, _ = year(HJ75, {2: swapped(2), 3: swapped(3)})
    one = told(found, "columns.exchanged")
    shown = dict(one.parameters)
    assert {shown["role_en"], shown["other_en"]} == {"pressure", "temperature"} and shown["unit"] == "degC"
    assert 50.0 < float(shown["low"]) < float(shown["high"]) < 62.0  # as recorded, no pascal
    assert not [f for f in found.findings if ".unit." in f.code]
    odd, _ = year(HJ75, {2: changed(minutes(2), "pressure", slice(None), 3000.0)})
    assert told(odd, "unit.unclear")


@pytest.mark.parametrize(("scale", "unit"), [(1.0, "kPa"), (1000.0, "Pa")])
def test_a_gauge_pressure_is_named(scale: float, unit: str) -> None:
    """101.35 kPa and less than half a kilopascal below the air are one gas."""
    given = minutes(2)
    below = (given.columns["pressure"] - 101.9) * scale
    found, _ = year(HJ75, {2: changed(given, "pressure", slice(None), below)}, with_channel("pressure", unit=unit),
                    every=[*certificates()[:3], certificate("pressure"), certificates()[4]])  # fmt: skip
    shown = dict(told(found, "unit.gauge").parameters)
    assert shown["recorded"] == unit and -0.6 * scale < float(shown["low"]) < float(shown["high"]) < 0.0


def stood(hours: int, **others: float) -> Minutes:
    """A month in which CO2 stands from hour 300 on; others: stand all the time."""
    given = minutes(2, lost=[(60 * 310, 60, 2)])
    for name, value in others.items():
        changed(given, name, slice(None), value)
    return changed(given, "co2", slice(60 * 300, 60 * (300 + hours)), 12.49)


def test_a_reading_stands_still_across_lost_hours() -> None:
    """With every second hour lost no two hours that follow one another had a mean, and nothing was told."""
    value = np.arange(200.0)
    value[20:120] = np.where(np.arange(100) % 2, np.nan, 7.0)
    (one,) = standing(value, 48)
    assert (one.first, one.last, one.hours) == (20, 118, 50)
    assert standing(value, 51) == [] == standing(np.full(9, np.nan), 2) == standing(np.zeros(0), 2)


def test_a_reading_that_stands_still_is_told() -> None:
    """48 hours by the row plausible.still_hours, of which one is lost to a fault: 49 are wanted, and stay measured."""
    found, _ = year(HJ75, {2: stood(49)})
    one = told(found, "still.value")
    shown = dict(one.parameters)
    assert (one.where, one.severity) == (HOURS.told(FIRST + 300), "warning")
    assert (shown["hours"], shown["value"]) == ("48", "12.49")
    assert (shown["last"], shown["status_zh"]) == (HOURS.told(FIRST + 348), "自拟，非官方")
    assert np.isfinite(found.value[FIRST + 348])
    less, _ = year(HJ75, {2: stood(48)})
    assert not [f for f in less.findings if "still" in f.code]


def test_a_plant_that_stands_as_a_whole_is_no_frozen_reading() -> None:
    rest = {"velocity": 14.0, "temperature": 120.0, "pressure": 101.3, "moisture": 8.0}
    found, _ = year(HJ75, {2: stood(200, **rest)})
    told_of = [dict(f.parameters)["role_en"] for f in found.findings if "still" in f.code]
    assert told_of == ["velocity", "temperature", "pressure", "moisture"]  # CO2 moved before and after, these never
    loaded = stood(200, **rest)
    load = 300.0 + np.arange(len(loaded)) % 60 + np.arange(len(loaded)) // 60
    moving, _ = year(HJ75, {2: Minutes(loaded.time, {**loaded.columns, "load": load}, loaded.flags, "x")},
                     plant(load="load"))  # fmt: skip
    assert len([f for f in moving.findings if "still" in f.code]) == 5


def test_readings_outside_the_calibrated_range_are_told() -> None:
    """A temperature in degrees Fahrenheit is plausible in Celsius; the range of the certificate shows it."""
    every = [certificate(one.instrument[:-2], range=(90.0, 140.0) if one.instrument == "temperature-1" else None)
             for one in certificates()]  # fmt: skip
    given = minutes(2)
    hot, _ = year(HJ75, {2: changed(given, "temperature", slice(None), given.columns["temperature"] * 1.8 + 32.0)},
                  every=every)  # fmt: skip
    assert dict(told(hot, "unit.swapped").parameters)["fitting"] == "degF"
    some, _ = year(HJ75, {2: changed(minutes(2), "temperature", slice(6000, 6120), 150.0)}, every=every)
    shown = dict(told(some, "outside.value").parameters)
    assert (shown["allowed"], shown["low"], shown["hours"]) == ("90 … 140 degC", "150", "2")


def test_gaps_are_told_once_by_reason_with_their_times() -> None:
    """Three gaps that nothing replaces, in a quarter of 60 % capture, are one finding; rows that replace are told."""
    lost = [(60 * h, 60 * 92, 2) for h in (100, 300, 500)]
    found, _ = year(HJ75, {2: minutes(2, lost=lost)})
    (one,) = [f for f in found.findings if f.code == "carbon_monitoring.substitution.no_band"]
    shown = dict(one.parameters)
    assert (one.where, shown["gaps"], shown["hours"], shown["last"]) == (
        HOURS.told(FIRST + 100), "3", "276", HOURS.told(FIRST + 500))  # fmt: skip
    assert not [f for f in found.findings if f.where.startswith("hours.")]
    over, _ = year(HJ75, {m: minutes(m, lost=[(0, 60 * 720, 2)]) for m in (3, 4)})  # a gap over the end of a quarter
    (one,) = [f for f in over.findings if f.code == "carbon_monitoring.substitution.no_band"]
    assert dict(one.parameters)["hours"] == "1440"
    kept, _ = year(HJ75, {2: minutes(2, lost=[(60 * 300, 60 * 5, 2)])})
    shown = dict(told(kept, "substituted.hours").parameters)
    assert (shown["hours"], shown["row"]) == ("5", "hj75.substitution.1")
    assert float(shown["legal"]) == pytest.approx(float(np.nansum(kept.legal[FIRST + 300 : FIRST + 305])), abs=0.5)


def test_substituted_hours_without_a_best_estimate_say_so_in_words() -> None:
    """«最佳估计 ? t» stood there."""
    found, _ = year(HJ75, {2: minutes(2, lost=[(60 * 300, 60 * 5, 2)])})
    one = next(f for f in found.findings if f.code.endswith("substituted.hours"))
    gone = replace(found, best=np.full_like(found.best, np.nan))
    (told_of,) = [f for f in substituted(gone) if f.rule == one.rule]
    assert sentences(told_of, "zh")["what"].endswith("最佳估计 未知") and "?" not in sentences(told_of, "en")["what"]
    assert sentences(one, "zh")["what"].endswith(" t")


def test_a_stack_may_say_what_is_plausible_for_it() -> None:
    given = minutes(2)
    hot = changed(given, "temperature", slice(None), given.columns["temperature"] + 400.0)
    turbine, _ = year(HJ75, {2: hot}, plant(plausible={"temperature": (500.0, 900.0)}))
    assert turbine.complete and not turbine.findings
    boiler, _ = year(HJ75, {2: hot})
    assert dict(told(boiler, "unit.swapped").parameters)["fitting"] == "K"


def test_an_implausible_stretch_is_told_with_its_range() -> None:
    found, _ = year(HJ75, {2: changed(minutes(2), "velocity", slice(60 * 300, 60 * 303), 700.0)})
    one = told(found, "implausible.value")
    assert dict(one.parameters)["hours"] == "3"


def test_a_certificate_that_ends_in_march() -> None:
    every = [one for one in certificates() if one.instrument != "co2-1"]
    end = int(HOURS.begin[HOURS.of_month(3).start + 100])
    every.append(certificate("co2", until=end))
    found, _ = year(HJ75, {3: minutes(3)}, every=every)
    one = told(found, "certificate.hours")
    assert one.where == HOURS.told(HOURS.of_month(3).start + 100)
    assert dict(one.parameters)["hours"] == "644" and dict(one.parameters)["status_zh"] == "已过期"
    assert (found.reason[HOURS.of_month(3).start + 100 : HOURS.of_month(3).stop] == Mark.NO_CERTIFICATE).all()


def test_readings_outside_the_calibrated_range_do_not_count() -> None:
    every = [certificate(one.instrument[:-2], range=(0.0, 14.5) if one.instrument == "velocity-1" else None)
             for one in certificates()]  # fmt: skip
    found, _ = year(HJ75, {2: minutes(2)}, every=every)
    assert (found.reason == Mark.OUT_OF_RANGE).any()


def test_rows_that_come_twice_and_hours_without_rows() -> None:
    given = minutes(2)
    twice = given.taken(np.r_[0:6000, 5940:6000, 6600 : len(given)])
    found, _ = year(HJ75, {2: twice})
    assert dict(told(found, "hour.twice").parameters)["rows"] == "60"
    one = told(found, "hour.missing")
    assert dict(one.parameters)["hours"] == "10" and one.where == HOURS.told(FIRST + 100)
    gone, _ = year(HJ75, {2: given.taken(np.r_[0:6000, 6600 : len(given)])})
    assert float(gone.total().value) == float(found.total().value)
    mixed, _ = year(HJ75, {2: given.taken(np.random.default_rng(0).permutation(len(given)))})
    assert float(mixed.total().value) == pytest.approx(float(year(HJ75, {2: given})[0].total().value), rel=1e-12)


def test_columns_and_flags_that_do_not_fit_are_refused() -> None:
    given = minutes(2, hours=3)
    with pytest.raises(Refused):
        Minutes(given.time, {"co2": np.zeros(3)})
    with pytest.raises(Refused):
        year(HJ75, {2: Minutes(given.time, {"co2": given.columns["co2"]})})
    with pytest.raises(Refused):
        Flags(np.zeros(3, np.int8), ("measured", "asleep")).table  # noqa: B018
    with pytest.raises(Refused):
        year(HJ75, {2: given}, plant(load="load"))


# ---------------------------------------------------------------- declarations


def codes(stack: Stack) -> list[str]:
    try:
        return [f.code.removeprefix("carbon_monitoring.") for f in checked(stack)]
    except Refused as refused:
        return [f.code.removeprefix("carbon_monitoring.") for f in refused.findings]


def with_channel(role: str, **changes: Any) -> Stack:
    return plant(channels=tuple(replace(c, **changes) if c.role == role else c for c in channels()))


def test_bases_and_units_of_a_stack() -> None:
    assert codes(plant()) == []
    assert codes(with_channel("velocity", unit="m3")) == ["stack.amount"]
    assert codes(with_channel("velocity", unit="kg")) == ["stack.unit"]
    assert codes(with_channel("velocity", basis="dry")) == ["basis.moisture_idle", "basis.velocity"][::-1]
    assert codes(with_channel("velocity", standard=True)) == ["basis.velocity"]
    assert codes(with_channel("co2", basis="damp")) == ["stack.basis"]
    assert codes(with_channel("co2", basis="wet")) == ["basis.moisture_idle"]
    assert codes(plant(constants={})) == ["stack.lacks"]
    assert codes(plant(constants={"area": quantity(3.0, 0.1, "m")})) == ["stack.constant"]
    assert codes(plant(channels=channels()[1:])) == ["stack.lacks"]
    assert codes(plant(channels=(*channels(), channels()[0]))) == ["stack.role"]
    oxygen = replace(channels()[0], role="o2", basis="wet")
    assert codes(plant(channels=(oxygen, *channels()[1:]))) == ["stack.lacks", "basis.oxygen"]


X = {"co2": 12.0, "velocity": 15.0, "temperature": 393.15, "pressure": 101325.0, "moisture": 8.0}


def rate(stack: Stack, scheme: str = HJ75, **more: float) -> float:
    made = model(stack, law(scheme))
    x = {name: np.array([value]) for name, value in {**X, **more}.items()}
    found = made.rate({name: made.part(name, x) for name in made.factors})
    return float(np.ravel(getattr(found, "value", found))[0])


def test_moisture_is_applied_exactly_once() -> None:
    dry_gas = rate(plant())
    wet_gas = rate(plant(channels=channels(co2="wet")))
    assert dry_gas == pytest.approx(wet_gas * 0.92)
    flow = replace(channels()[1], role="flow", column="flow", unit="m3/h", basis="dry", standard=True)
    dry_flow = plant(channels=(channels()[0], flow, *channels()[2:]))
    assert rate(dry_flow, flow=1e6) == pytest.approx(0.12 * 1e6 * 44.0095 / 22.414 / 1000.0)
    wet_on_dry = plant(channels=(channels(co2="wet")[0], flow, *channels()[2:]))
    assert rate(wet_on_dry, flow=1e6) == pytest.approx(rate(dry_flow, flow=1e6) / 0.92)


def test_the_model_is_that_of_the_notes() -> None:
    flow = 15.0 * 38.5 * 3600.0 * 273.15 / 393.15
    assert rate(plant(channels=channels(co2="wet"))) == pytest.approx(0.12 * flow * 44.0095 / 22.414 / 1000.0)


def test_oxygen_instead_of_co2() -> None:
    oxygen = replace(channels()[0], role="o2", column="o2")
    constants = {"area": area(), "Fc": quantity(1800.0, 5.0), "Fd": quantity(9780.0, 30.0)}
    stack = plant(channels=(oxygen, *channels()[1:]), constants=constants)
    us = rules(PART75, date(2024, 1, 1))
    co2 = evaluated(us, "F-14A", {"Fc": 1800.0, "Fd": 9780.0, "o2_percent": 6.0})
    assert rate(stack, o2=6.0) == pytest.approx(rate(plant(), co2=co2), rel=1e-12)


def test_the_american_form_is_f_11() -> None:
    """CO2 wet: the model under 40 CFR 75 gives what F-11 gives, in tonnes instead of short tons."""
    stack = plant(channels=channels(co2="wet"))
    us = law(PART75)
    scf = 15.0 * 38.5 * 3600.0 * 293.15 / 393.15 / 0.3048**3
    short = evaluated(us, "F-11", {"co2_percent": 12.0, "flow_scfh": scf})
    assert rate(stack, PART75) == pytest.approx(short * 0.90718474, rel=1e-12)
    assert density(us) == pytest.approx(1.8261, abs=1e-4)


def test_equations_of_the_appendix_agree_among_themselves() -> None:
    us = law(PART75)
    x = {"flow_scfh": 64e6, "h2o_percent": 9.0, "Fc": 1800.0, "Fd": 9780.0}
    dry = 11.0
    assert evaluated(us, "F-2", {**x, "co2_percent": dry}) == pytest.approx(
        evaluated(us, "F-11", {**x, "co2_percent": dry * 0.91}))  # fmt: skip
    assert evaluated(us, "F-16", {**x, "co2_percent": dry}) == pytest.approx(
        evaluated(us, "F-15", {**x, "co2_percent": dry * 0.91}))  # fmt: skip
    assert evaluated(us, "F-18", {**x, "o2_percent": 6.0}) == pytest.approx(
        evaluated(us, "F-17", {**x, "o2_percent": 6.0 * 0.91}))  # fmt: skip
    with pytest.raises(Refused):
        evaluated(us, "F-99", x)


@pytest.mark.parametrize(("name", "oxygen", "refused"), [
    ("F-17", 19.0, False), ("F-17", 19.02, True), ("F-17", 21.5, True), ("F-18", 20.89, False), ("F-18", 20.9, True),
    ("F-14A", 21.5, True),
])  # fmt: skip
def test_oxygen_of_air_gives_no_heat_and_more_no_negative_one(name: str, oxygen: float, refused: bool) -> None:
    """0.209·(100 − 9) = 19.019 % is the oxygen of air with 9 % of water."""
    x = {"flow_scfh": 64e6, "h2o_percent": 9.0, "Fc": 1800.0, "Fd": 9780.0, "o2_percent": oxygen}
    if not refused:
        assert evaluated(law(PART75), name, x) > 0.0
        return
    with pytest.raises(Refused) as caught:
        evaluated(law(PART75), name, {**x, "o2_percent": np.array([5.0, oxygen])})
    assert caught.value.findings[0].code == "carbon_monitoring.equation.oxygen"


def test_hours_of_the_day_before_serve_as_look_back() -> None:
    from suyuan.carbon.monitoring.lost.lost import Before
    from suyuan.verbs.carbon.stack import course_of, stack_year

    given = {2: minutes(2, lost=[(0, 180, 2)])}
    course = course_of(plant(), law(), certificates(), KNOWN, 2024, HOURS.zone)
    earlier = quantity([300.0, 500.0, 400.0], [3.0, 5.0, 4.0], "t/h")
    found = stack_year(course, law(), KNOWN, given.__getitem__, (2,), Before({"rate": earlier}))
    assert found.legal[FIRST] == 500.0 and found.complete
    plain, _ = year(HJ75, given)
    assert float(found.total().value) == pytest.approx(float(plain.total().value) + 3 * 500.0)
    assert float(found.total().variance) == pytest.approx(float(plain.total().variance) + (3 * 5.0) ** 2, rel=1e-9)
    assert MINUTE == 60_000_000
