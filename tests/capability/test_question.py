"""From a product and its tolerance to a need: what follows, what is told, and what is refused."""

import json
import math

import pytest

from suyuan.capability.asking.pasted import unpasted
from suyuan.capability.asking.question import checks, conditions, draft, uses
from suyuan.capability.capability import Capability
from suyuan.capability.interval import Interval
from suyuan.capability.matching.match import match
from suyuan.capability.target import rule_named
from suyuan.capability.taxonomy import fits, item_named, quantities
from suyuan.capability.uncertainty import Uncertainty, Value
from suyuan.quantity.finding import errors, sentences
from suyuan.quantity.unit import parse_unit

SHAFT = {"check": "diameter", "nominal": "30", "unit": "mm", "tolerance": "0.01", "use": "accept", "site": "lab"}


def _draft(**changed):
    return draft({k: v for k, v in (SHAFT | changed).items() if v is not None})


def _codes(**changed):
    found = _draft(**changed)
    assert found.need is None
    return [f.code for f in found.findings if f.severity == "error"]


def test_every_row_of_the_rules_names_what_exists():
    for row in checks().values():
        assert row["quantity"] in quantities()
        assert all(fits(row["quantity"], parse_unit(unit)) is not False for unit in row["units"])
        assert row["units"] and set(row["asks"]) <= set(conditions())
    for row in uses().values():
        assert rule_named(row["rule"]) is not None
    assert len({row["quantity"] for row in checks().values()}) == len(checks())


@pytest.mark.parametrize("check", list(checks()))
@pytest.mark.parametrize("use", list(uses()))
def test_every_check_with_every_use_gives_a_need_and_tells_each_step(check, use):
    unit = checks()[check]["units"][0]
    found = draft({"check": check, "nominal": "50", "unit": unit, "tolerance": "2", "use": use})
    need = found.need
    assert need is not None and not found.findings
    assert need.target is not None and math.isclose(need.target.U, 2.0 * rule_named(uses()[use]["rule"]).share)
    ends = (50.0, 50.0) if uses()[use]["instrument"] else (46.0, 54.0)  # only products may lie outside their limits
    assert (need.interval.low, need.interval.high) == ends
    assert {ask.name for ask in found.asks} == set(checks()[check]["asks"])
    for step in found.steps:
        for language in ("zh", "en"):
            assert step.severity == "note" and "?" not in " ".join(sentences(step, language).values())
    assert [s.code for s in found.steps].count("capability.target.derived") == 1


@pytest.mark.parametrize(
    ("changed", "low", "high"),
    [
        ({"tolerance": "10", "tolerance_unit": "um"}, 29.98, 30.02),
        ({"tolerance": "1", "tolerance_unit": "%"}, 29.4, 30.6),
        ({"tolerance": None, "low": "29.99", "high": "30.03"}, 29.97, 30.05),
        ({"tolerance": None, "nominal": None, "low": "29.99", "high": "30.03"}, 29.97, 30.05),
        ({"tolerance": None, "nominal": None, "high": "0.02"}, 0.0, 0.03),  # from nil to the limit, never below nil
        ({"tolerance": None, "low": "29"}, 28.5, 30.5),
    ],
)
def test_tolerances_in_every_form(changed, low, high):
    need = _draft(**changed).need
    assert need.interval.low == pytest.approx(low, abs=1e-12) and need.interval.high == pytest.approx(high, abs=1e-12)


def test_a_class_is_a_percentage_of_the_nominal_value():
    found = draft({"check": "pressure", "nominal": "10", "unit": "MPa", "class": "1.6级", "use": "instrument",
                   "item": "精密压力表"})  # fmt: skip
    assert found.need.tolerance.half_width == pytest.approx(0.16)
    assert math.isclose(found.need.target.U, 0.16 / 3) and found.need.item == item_named("precision pressure gauge")
    assert _codes(tolerance=None, **{"class": "H7"}) == ["capability.question.class_unknown"]


def test_a_temperature_tolerance_is_a_difference():
    found = draft({"check": "温度", "nominal": "180", "unit": "℃", "tolerance": "9", "tolerance_unit": "degF",
                   "use": "process"})  # fmt: skip
    need = found.need
    assert math.isclose(need.target.U, 5.0 / 3) and need.target.unit.kind == "difference"
    assert (need.interval.low, need.interval.high) == (pytest.approx(170.0), pytest.approx(190.0))
    cold = draft({"check": "temperature", "nominal": "-300", "unit": "degC", "tolerance": "1", "use": "process"})
    assert [f.code for f in cold.findings] == ["capability.question.nominal_impossible"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"check": "happiness"}, "capability.question.check_unknown"),
        ({"check": None}, "typed.field.missing"),
        ({"use": "fun"}, "capability.question.use_unknown"),
        ({"unit": "kg"}, "capability.question.unit_dimension"),
        ({"unit": "furlongs!"}, "quantity.unit.unknown"),
        ({"unit": None}, "typed.field.missing"),
        ({"tolerance": "0"}, "capability.question.tolerance_zero"),
        ({"tolerance": "-0.1"}, "capability.question.tolerance_zero"),
        ({"tolerance": "nan"}, "typed.number.not_finite"),
        ({"tolerance": "a bit"}, "typed.number.syntax"),
        ({"tolerance": None}, "capability.question.tolerance_missing"),
        ({"tolerance_unit": "kg"}, "capability.question.unit_dimension"),
        ({"nominal": None}, "capability.question.nominal_missing"),
        ({"nominal": "-5"}, "capability.question.nominal_impossible"),
        ({"nominal": "0", "tolerance": "1", "tolerance_unit": "%"}, "capability.question.tolerance_of_zero"),
        ({"tolerance": None, "low": "31", "high": "32"}, "capability.question.nominal_outside"),
        ({"tolerance": None, "low": "32", "high": "31"}, "capability.question.limits_backwards"),
        ({"tolerance": None, "low": "31", "high": "31"}, "capability.question.limits_equal"),
        ({"tolerance": None, "nominal": None, "low": "31"}, "capability.question.limits_one"),
        ({"tolerance": None, "low": "31"}, "capability.question.nominal_outside"),
        ({"ambient_temperature": "20"}, "typed.field.missing"),
        ({"ambient_temperature": "20", "ambient_temperature_unit": "kg"}, "capability.question.unit_dimension"),
        ({"ambient_temperature_low": "25", "ambient_temperature_high": "15", "ambient_temperature_unit": "degC"},
         "capability.question.limits_backwards"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_where_it_stands(changed, code):
    assert code in _codes(**changed)


def test_several_faults_are_told_at_once():
    assert set(_codes(use="fun", unit="kg", ambient_temperature="20")) == {
        "capability.question.use_unknown", "capability.question.unit_dimension", "typed.field.missing",
    }  # fmt: skip


def test_a_doubtful_instrument_is_only_doubtful():
    found = _draft(item="声级计")
    assert found.need is not None and [f.code for f in found.findings] == ["capability.question.item_foreign"]
    assert [f.code for f in _draft(item="外径千分尺").findings] == []
    assert [f.code for f in _draft(item="quxometer").findings] == ["capability.question.item_unknown"]
    assert _draft(item="quxometer").need.item == "quxometer"


def test_answers_about_conditions_go_into_the_need_and_are_not_asked_again():
    found = _draft(ambient_temperature_low="19", ambient_temperature_high="21", ambient_temperature_unit="degC")
    assert found.asks == ()
    assert found.need.conditions["site"] == "lab"
    assert found.need.conditions["ambient_temperature"] == Interval(19.0, 21.0, parse_unit("degC"))


def test_the_need_can_be_matched():
    need = _draft().need
    mm, um = parse_unit("mm"), parse_unit("um")

    def has(U):
        return Capability("c", {"zh": "演示"}, "diameter", Interval(1.0, 100.0, mm), Uncertainty(Value(U), unit=um),
                          conditions={"site": ("实验室",)})  # fmt: skip

    assert match(need, [has(2.5)], proof="stated").verdict == "can"
    assert match(need, [has(2.6)], proof="stated").verdict == "not_accurate"


def test_whatever_is_typed_raises_nothing():
    for value in ("", " ", "1e999", "0x10", "١٢", "−5", "1,5", "\u0000", "💡", "a" * 5000, "1" * 60, None, 3, [], {}):
        for key in (*SHAFT, "low", "high", "class", "tolerance_unit", "item", "ambient_temperature", "product"):
            found = draft(SHAFT | {key: value})
            assert found.need is not None or found.findings, (key, value)
            assert json.dumps([f.to_json() for f in (*found.findings, *found.steps)])


# ---------------------------------------------------------------- instruments

WRENCH = {"check": "torque", "unit": "牛·米", "low": "20", "high": "180", "use": "instrument"}


def _wrench(**changed):
    return draft({k: v for k, v in (WRENCH | changed).items() if v is not None})


@pytest.mark.parametrize(
    "error", [{"class": "1"}, {"class": "1 级"}, {"tolerance": "1", "tolerance_unit": "%"}, {"class": "Class 1.0"},
              {"class": "1", "tolerance": "1", "tolerance_unit": "%"}],
)  # fmt: skip
def test_the_range_of_an_instrument_is_no_tolerance(error):
    found = _wrench(**error)
    assert found.need is not None and found.findings == ()
    assert (found.need.interval.low, found.need.interval.high) == (20.0, 180.0)
    assert found.need.target.relative and math.isclose(found.need.target.U, 0.01 / 3)
    codes = [s.code for s in found.steps]
    assert "capability.question.step_product" not in codes
    assert "capability.question.step_range" in codes and "capability.question.step_tolerance" not in codes
    for step in found.steps:
        assert "?" not in " ".join((*sentences(step, "zh").values(), *sentences(step, "en").values()))


def test_an_error_limit_in_a_unit_or_of_the_upper_end_is_absolute():
    for error in ({"tolerance": "1.8"}, {"tolerance": "1", "tolerance_unit": "%FS"}):
        need = _wrench(**error).need
        assert need.target.unit.symbol == "N·m" and math.isclose(need.target.U, 0.6)
    gauge = draft({"check": "pressure", "unit": "MPa", "low": "0", "high": "10", "class": "1.6", "use": "accept",
                   "item": "精密压力表"})  # fmt: skip
    assert math.isclose(gauge.need.target.U, 0.16 / 4) and gauge.need.interval.high == 10.0


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({}, ["mpe_missing"]),
        ({"low": None, "high": None, "class": "1"}, ["range_missing"]),
        ({"high": None, "class": "1"}, ["range_missing"]),
        ({"class": "1", "tolerance": "2", "tolerance_unit": "%"}, ["mpe_contradiction"]),
        ({"class": "1", "tolerance": "2"}, ["mpe_contradiction"]),
        ({"low": "0", "class": "1"}, ["mpe_at_zero"]),
        ({"low": "180", "high": "20", "class": "1"}, ["limits_backwards"]),
        ({"nominal": "300", "class": "1"}, ["nominal_outside"]),
        ({"class": "H7"}, ["class_unknown"]),
        ({"tolerance": "0"}, ["tolerance_zero"]),
        ({"low": None, "high": None}, ["range_missing", "mpe_missing"]),
    ],
)
def test_what_an_instrument_lacks_or_contradicts_is_told(changed, codes):
    found = _wrench(**changed)
    assert found.need is None
    assert [f.code.removeprefix("capability.question.") for f in found.findings] == codes
    for item in found.findings:
        assert "?" not in " ".join((sentences(item, "zh")["what"], sentences(item, "en")["what"]))


@pytest.mark.parametrize(
    "error",
    [{"tolerance": "4", "tolerance_unit": "%"}, {"tolerance": "8"}, {"tolerance": "4", "tolerance_unit": "%FS"},
     {"class": "4"}],
)  # fmt: skip
def test_the_nominal_value_of_an_instrument_is_never_widened(error):
    """A wrench of 200 N·m ±4 % is calibrated at 200 N·m, not up to 216: it has no values there."""
    found = _wrench(low=None, high=None, nominal="200", **error)
    assert (found.need.interval.low, found.need.interval.high) == (200.0, 200.0) and found.findings == ()
    assert [s.code for s in found.steps if "step_" in s.code] == [
        f"capability.question.step_{word}" for word in ("point", "mpe", "use")
    ]
    upper = _wrench(low="40", high=None, nominal="200", **error).need
    assert (upper.interval.low, upper.interval.high) == (40.0, 200.0)


def test_a_surplus_answer_is_told_and_the_need_stands():
    assert [f.code for f in _wrench(nominal="100", **{"class": "1"}).findings] == [
        "capability.question.nominal_surplus"
    ]
    assert [f.code for f in _wrench(tolerance_unit="%", **{"class": "1"}).findings] == [
        "capability.question.surplus_unit"
    ]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"low": "29.99", "high": "30.03"}, "contradiction"),
        ({"check": "pressure", "unit": "MPa", "low": "29", "high": "31", "class": "1"}, "class_of_product"),
        ({"low": "29.98"}, "contradiction"),
        ({"low": "29.99", "high": "30.01", "nominal": None, "tolerance": "0.02"}, "contradiction"),
    ],
)
def test_two_answers_about_a_product_must_agree(changed, code):
    changed = {"tolerance": None, **changed} if "class" in changed else changed
    assert _codes(**changed) == [f"capability.question.{code}"]
    assert _draft(low="29.99", high="30.01").need is not None


# ---------------------------------------------------------------- pasted


@pytest.mark.parametrize("given", ["25 ±0.01 mm", "Φ25±0.01mm", "25mm ± 0.01mm", "25 mm +/- 0.01"])
def test_a_drawing_pasted_into_one_field_is_taken_apart_and_it_is_said(given):
    found = _draft(nominal=given, tolerance=None, unit=None)
    assert found.findings == () and math.isclose(found.need.tolerance.half_width, 0.01)
    assert found.need.interval.unit.symbol == "mm" and found.steps[0].code == "capability.question.step_pasted"
    assert _draft(nominal=given).need is not None  # the same answers in their own fields agree
    assert "capability.question.pasted_contradiction" in _codes(nominal=given, tolerance="0.02")


def test_a_scale_of_a_procedure_is_told_the_same_way_in_the_form_and_in_a_register():
    from suyuan.quantity.finding import Refused

    (told,) = [f for f in _draft(check="hardness", nominal="60", unit="HRC").findings if f.where == "/unit"]
    with pytest.raises(Refused) as refused:
        parse_unit("HRC")
    assert sentences(told, "zh") == sentences(refused.value.findings[0], "zh")
    for scale in ("hardness", "hardness_vickers", "hardness_brinell"):  # what is advised can be done in the form
        followed = _draft(check=scale, nominal="60", tolerance="1", unit="1")
        assert followed.need is not None and followed.need.quantity.startswith("hardness_")


def test_all_that_is_missing_is_told_at_once():
    assert [f.where for f in draft({}).findings] == ["/check", "/unit", "/use", "/tolerance"]


def test_the_workshop_is_told_only_of_instruments_that_are_made_so_good() -> None:
    """A shaft of ±10 µm needs an instrument of ±1.9 µm: no calliper is that good, a micrometer is."""
    from suyuan.capability.asking.shop import shop_of

    fine, coarse = (draft({**SHAFT, "tolerance": half}).need for half in ("0.01", "0.2"))
    assert fine is not None and coarse is not None
    first, second = shop_of(fine), shop_of(coarse)
    assert first is not None and first.routine and set(first.items) == {"micrometer", "length_measuring_machine", "cmm"}
    assert second is not None and {"caliper", "micrometer"} <= set(second.items)


def test_the_status_of_a_rule_is_told_in_the_language_of_the_reader() -> None:
    for step in draft(SHAFT).steps:
        assert "from memory" not in sentences(step, "zh")["why"] and "proposed" not in sentences(step, "zh")["why"]


def test_all_faults_of_the_numbers_come_at_once_also_with_a_wrong_unit() -> None:
    found = draft({**SHAFT, "unit": "kg", "tolerance": "0", "low": "31", "high": "29"}).findings
    assert {f.code.rpartition(".")[2] for f in found if f.severity == "error"} >= {
        "unit_dimension", "limits_backwards", "tolerance_zero",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("轴 30 mm ±0.010 mm", {"nominal": "30", "tolerance": "0.010", "unit": "mm", "tolerance_unit": "mm"}),
        ("30 (+0.010/-0.010) mm", {"nominal": "30", "tolerance": "0.010", "unit": "mm"}),
        ("Φ30 +0.02 0 mm", {"nominal": "", "low": "30", "high": "30.02", "unit": "mm"}),
        ("30 mm", {"nominal": "30", "unit": "mm"}), ("5 m3/h", {"nominal": "5", "unit": "m3/h"}),
        ("1e5", {"nominal": "1e5"}),
    ],
)  # fmt: skip
def test_what_people_paste_is_taken_apart(given, wanted):
    made, told = unpasted({"nominal": given})
    assert {key: value.removesuffix(".00") for key, value in made.items()} == wanted
    assert not errors(told)


@pytest.mark.parametrize("given", ["30h7", "轴 30 H7", "30h7 mm"])
def test_a_fit_code_is_told_and_not_guessed(given):
    found = draft({"check": "diameter", "nominal": given, "unit": "mm", "use": "accept"})
    assert found.need is None and "capability.question.pasted_fit" in {f.code for f in found.findings}
    assert "capability.question.unit" not in {f.code for f in found.findings}


@pytest.mark.parametrize("unit", ["pH", "ph", "", "1"])
def test_acidity_is_of_unit_one_however_it_is_written(unit):
    found = draft({"check": "ph", "nominal": "7.00", "unit": unit, "tolerance": "0.02", "use": "accept"})
    assert found.need is not None and found.need.interval.unit.symbol == "1"
    assert (round(found.need.interval.low, 3), round(found.need.interval.high, 3)) == (6.96, 7.04)
    other = draft({"check": "diameter", "nominal": "7.00", "unit": "pH", "tolerance": "0.02", "use": "accept"})
    assert other.need is None
