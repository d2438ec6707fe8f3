"""What somebody who pilots a first round gets wrong is said before it costs the round."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from suyuan.comparison.round.admission import admit
from suyuan.comparison.round.evaluation import evaluate
from suyuan.comparison.round.events import KINDS as KINDS_OF_EVENTS
from suyuan.comparison.round.events import Phase
from suyuan.comparison.round.inputs import inputs
from suyuan.comparison.round.kinds import KINDS, fitting
from suyuan.comparison.round.plausibility import plausible
from suyuan.comparison.round.protocol import DriftRule, Leg, Measurand, Route
from suyuan.comparison.round.read import read_protocol
from suyuan.comparison.round.read_submission import read_submission
from suyuan.comparison.round.route import check_route, route_suggestion
from suyuan.comparison.round.standing import Answer, standing
from suyuan.comparison.round.submission import Reported, Submission
from suyuan.comparison.round.words import ANSWERS, EVENTS, FIELDS, PHASES
from suyuan.comparison.round.write import protocol_document, protocol_fields, submission_fields
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Finding, Refused, sentences
from suyuan.quantity.unit import parse_unit
from tests.comparison.rounds import CODES, event, played, protocol, submission


def told(document: bytes) -> set[str]:
    return {f.code for f in read_protocol(document)[1]}


# ---------------------------------------------------------------- drift and route


@pytest.mark.parametrize(
    ("kind", "rule", "fits"),
    [
        ("ring", DriftRule("none"), True),
        ("ring", DriftRule("linear"), False),
        ("ring", DriftRule("linear", repeats=2), True),
        ("ring", DriftRule("random_walk"), False),
        ("ring", DriftRule("polynomial", 2, 9), False),  # two stays determine a line, however often it is measured
        ("petal", DriftRule("linear"), True),
        ("petal", DriftRule("polynomial", 2), False),
        ("petal", DriftRule("polynomial", 2, 2), True),
        ("star", DriftRule("polynomial", 2), True),
        ("star", DriftRule("polynomial", 3), False),
    ],
)
def test_a_drift_model_needs_a_route_that_supports_it(kind: Any, rule: DriftRule, fits: bool) -> None:
    legs = route_suggestion(kind, CODES, date(2026, 1, 5), 14, petal=2)
    made = protocol(route=Route(kind, legs), drift=rule)
    read, found = read_protocol(protocol_document(made))
    assert ("comparison.route.drift" not in {f.code for f in found}) is fits and (read == made) is fits


def test_repeats_in_a_stay_of_one_day_are_one() -> None:
    legs = route_suggestion("ring", CODES, date(2026, 1, 5), 1)
    made = protocol(route=Route("ring", legs), drift=DriftRule("linear", repeats=5))
    assert "comparison.route.drift" in {f.code for f in check_route(made)}


@pytest.mark.parametrize("rule", [{"model": "spline"}, {"model": 3}, {"model": "linear", "repeats": "0"}])
def test_a_drift_rule_that_is_none_is_a_finding(rule: dict[str, Any]) -> None:
    found = read_protocol(canonical({**protocol_fields(protocol()), "drift": rule}))
    assert found[0] is None and "drift" in found[1][0].where


def test_the_published_example_still_reads() -> None:
    example = json.loads((Path(__file__).parents[2] / "docs/example/comparison-round.json").read_text("utf-8"))
    read, found = read_protocol(canonical({**example["protocol"], "suyuan": "comparison-protocol"}))
    assert read is not None and read.drift.model == "linear" and not [f for f in found if f.severity == "error"]


def test_a_pilot_that_measured_too_seldom_leaves_the_drift_in_and_says_so() -> None:
    made = protocol("pilot", drift=DriftRule("linear"))
    given = inputs(standing(made, played(made, {"P": 0.0, "A": 0.01, "B": 0.02})))
    twice = [replace(g, pilot_days=(date(2026, 1, 5), date(2026, 3, 5)), pilot_values=g.value[:2]) for g in given]
    for e in evaluate(made, twice):
        (said,) = [f for f in e.findings if f.code == "comparison.report.no_drift"]
        assert said.severity == "error" and "未修正漂移" in sentences(said, "zh")["what"]
        assert (
            "drift not taken out" in sentences(said, "en")["what"]
            and "u" not in sentences(said, "en")["remedy"].split()
        )
        assert e.travelled.drift is None and list(e.travelled.x) == list(e.inputs.value)


def test_a_stay_that_ends_before_it_begins_is_told_with_the_other_faults() -> None:
    fields = protocol_fields(protocol())
    legs = [dict(leg) for leg in fields["route"]["legs"]]
    legs[1]["leaves"] = legs[1]["arrives"] - timedelta(days=1)
    wrong = {**fields, "route": {"kind": "ring", "legs": legs}, "closes": "soon", "version": "0"}
    codes = told(canonical(wrong))
    assert {"comparison.route.order", "comparison.protocol.moment", "comparison.protocol.version"} <= codes
    found = read_protocol(canonical({**fields, "route": {"kind": "star", "legs": legs}}))[1]
    listed = [f.code for f in found]
    assert listed.count("comparison.route.order") == 1 and "comparison.route.star" in listed
    legs[0]["arrives"] = "yesterday"
    assert "comparison.route.order" in told(canonical({**fields, "route": {"kind": "ring", "legs": legs}}))
    assert "comparison.field.missing" in told(canonical({**fields, "route": {"kind": "ring"}}))


def test_a_route_of_one_day_is_asked_about() -> None:
    day = date(2026, 2, 1)
    legs = tuple(Leg("TS-1", code, day, day) for code in (*CODES, "P"))
    found = check_route(protocol(route=Route("ring", legs)))
    assert [(f.code, f.severity) for f in found] == [("comparison.route.one_day", "warning")]


# ---------------------------------------------------------------- before sealing


def before_sealing(value: float, U: float = 30.0, day: date | None = date(2026, 1, 20), **about: Any) -> list[Finding]:
    wanted = {"low": -500.0, "high": 500.0, "nominal": "100 mm"} | about
    one = Measurand("D", {"en": "deviation"}, "length", "nm", "TS-1", **wanted)
    made = protocol(measurands=(one,))
    result = Reported("D", value, U=U, k=2.0, measured=day)
    return list(plausible(Submission(made.digest, "A", (result,)), made))


def code_of(found: list[Finding]) -> list[str]:
    return [f.code.removeprefix("comparison.plausible.") for f in found]


def test_a_plausible_deviation_says_nothing() -> None:
    assert before_sealing(42.0) == []


@pytest.mark.parametrize(
    ("value", "U", "about", "codes"),
    [
        (100.000042, 30.0, {}, ["nominal"]),
        (100.000042, 3e-5, {}, ["nominal", "small"]),
        (1.00000042e8, 30.0, {}, ["nominal"]),
        (4.2e-5, 3e-5, {}, ["small"]),
        (100.2, 30.0, {}, []),  # a deviation beside the number of the nominal, but not that number
        (100.02, 30.0, {"nominal": "100 nm"}, []),  # the nominal itself is plausible
        (100.02, 30.0, {"nominal": "100 mm", "low": 50.0}, []),  # no deviation: zero is not plausible
    ],
)
def test_a_value_in_another_unit_or_the_nominal_itself(
    value: float, U: float, about: dict[str, Any], codes: list[str]
) -> None:
    assert code_of(before_sealing(value, U, **about)) == codes


@pytest.mark.parametrize(
    ("value", "factor"), [(48000.0, "10⁻³"), (-4.8e8, "10⁻⁶"), (501.0, "10⁻³"), (4.8e11, "10⁻⁹"), (1e14, "")]
)
def test_the_factor_is_the_nearest_usual_step(value: float, factor: str) -> None:
    (found,) = [f for f in before_sealing(value) if f.code == "comparison.plausible.range"]
    assert dict(found.parameters)["factor"] == factor
    assert not factor or factor in sentences(found, "zh")["what"]


def test_a_point_in_the_wrong_place_is_ten() -> None:
    (found,) = [f for f in before_sealing(10.0, nominal="", low=99.0, high=101.0) if "range" in f.code]
    assert dict(found.parameters)["factor"] == "10"


def test_sizes_are_plain_numbers_with_their_unit() -> None:
    (found,) = before_sealing(42.0, 48000.0)
    assert "24000 nm 大于合理范围的宽度 1000 nm" in sentences(found, "zh")["what"]
    assert "24000 nm for D is larger than the width of the plausible range, 1000 nm" in sentences(found, "en")["what"]


def test_a_result_without_its_day_is_no_evidence() -> None:
    (found,) = before_sealing(42.0, day=None)
    assert found.severity == "note" and "没有测量日期的结果不能作为能力的证据" in sentences(found, "zh")["why"]


# ---------------------------------------------------------------- what does not belong together


@pytest.mark.parametrize("unit", KINDS)
def test_every_word_for_a_kind_goes_with_its_unit_and_with_no_other(unit: str) -> None:
    """Each word of a kind is accepted with its own unit, and refused with one of a dimension that no kind has."""
    assert parse_unit(unit).dimension != parse_unit("kg*m*s").dimension
    for word in (kind.replace("_", " ") for kind in KINDS[unit].split()):
        measurand = Measurand("M", {"en": word}, word, unit, "TS-1")
        assert not list(fitting(measurand, "")), word
        assert [f.code for f in fitting(replace(measurand, unit="kg*m*s"), "")] == ["comparison.protocol.kind"], word


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"quantity": "长度", "unit": "kg"}, ("kind", "error")),
        ({"quantity": "Mass", "unit": "nm"}, ("kind", "error")),
        ({"quantity": "amount of  substance", "unit": "kg"}, ("kind", "error")),
        ({"quantity": "voltage", "unit": "µV/V"}, ("kind", "warning")),
        ({"quantity": "温度", "unit": "°C", "nominal": "20 °C"}, None),
        ({"quantity": "voltage", "unit": "mV"}, None),
        ({"quantity": "colour of sound", "unit": "kg"}, None),
        ({"nominal": "100"}, ("nominal", "warning")),
        ({"nominal": "100mm"}, None),
        ({"nominal": "100 kg"}, ("nominal_unit", "warning")),
        ({"nominal": "about a hand"}, None),
        ({"nominal": "3 hands"}, None),
    ],
)
def test_quantity_unit_and_nominal_value_belong_together(about: dict[str, str], said: tuple[str, str] | None) -> None:
    fields = protocol_fields(protocol())
    measurand = {**fields["measurands"][0], "low": "", "high": "", **about}
    found = read_protocol(canonical({**fields, "measurands": [measurand]}))[1]
    assert [(f.code.removeprefix("comparison.protocol."), f.severity) for f in found] == ([said] if said else [])


def test_one_organisation_twice_is_asked_about() -> None:
    fields = protocol_fields(protocol())
    members = [dict(m) for m in fields["members"]]
    members[3]["organisation"] = members[1]["organisation"]
    read, found = read_protocol(canonical({**fields, "members": members}))
    assert read is not None and [(f.code, f.where) for f in found] == [
        ("comparison.protocol.same_organisation", "/members/3")
    ]


# ---------------------------------------------------------------- words


def test_every_event_and_phase_has_a_name() -> None:
    assert set(EVENTS) == set(KINDS_OF_EVENTS) and set(PHASES) == set(get_args(Phase))
    assert set(ANSWERS) == {a or "—" for a in get_args(Answer)}
    fields = protocol_fields(protocol())
    rows: list[Any] = [fields, *(fields[key] for key in ("reference", "drift", "form", "decision", "route"))]
    rows += [fields[key][0] for key in ("members", "measurands", "standards")]
    rows.append(submission_fields(submission(protocol(), "A")))
    rows.append(rows[-1]["results"][0])
    assert {key for row in rows for key in row} - set(FIELDS) == {"suyuan"}


def test_findings_speak_of_fields_in_words() -> None:
    fields = protocol_fields(protocol())
    measurand = {**fields["measurands"][0], "sigma_pt": "-1", "largest_U": "0"}
    del fields["number"]
    found = read_protocol(canonical({**fields, "measurands": [measurand]}))[1]
    chinese, english = (" ".join(" ".join(sentences(f, x).values()) for f in found) for x in ("zh", "en"))
    assert [f.code for f in found] == ["comparison.field.missing", *["comparison.protocol.positive"] * 2]
    for text in (chinese, english):
        assert "sigma_pt" not in text and "largest_U" not in text
    assert "缺少「编号」" in chinese and "纸质" not in chinese and "能力评定标准差" in chinese
    assert "the number is missing" in english and "largest expanded uncertainty" in english


def test_a_negative_uncertainty_is_said_once() -> None:
    made = protocol()
    row = {"measurand": "L1", "value": "100", "U": "-1", "k": "2", "measured": "2026-01-20"}
    found = read_submission(canonical({**submission_fields(submission(made, "A")), "results": [row]}), made)[1]
    assert [f.code for f in found] == ["comparison.protocol.positive"]


def test_events_and_phases_are_named_in_words() -> None:
    made = protocol()
    where = standing(made, played(made, {"P": 0.0, "A": 0.01}))
    said = []
    for wrong in (event("corrected", 1, "A"), event("invited", 1, "A"), event("remeasured", 1, "A")):
        with pytest.raises(Refused) as refused:
            admit(where, wrong)
        said.append(refused.value.findings[0])
    assert "事件「更正」没有理由" in sentences(said[0], "zh")["what"] and said[0].where == "content/reason"
    assert "phase “closed”, where “invitation” cannot happen" in sentences(said[1], "en")["what"]
    assert "草案 A、草案 B、终稿" in sentences(said[2], "zh")["why"]
