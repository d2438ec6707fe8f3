"""The key parameters of the industries: whole, honest about their status, and computable as needs."""

from __future__ import annotations

import json
import re
from importlib import resources

import pytest

from suyuan.capability.capability import NODES, STAGES
from suyuan.capability.gaps.industry import (
    KeyParameter,
    Requirement,
    industries,
    industry,
    need_of,
    parameters,
    shown_conditions,
    statuses,
    target_rules,
    wanted,
)
from suyuan.capability.interval import Interval
from suyuan.quantity.finding import LANGUAGES, sentences

ALL = tuple(parameters().values())


def test_seven_industries_with_both_names_and_status_counts() -> None:
    assert len(industries()) == 7 and all(set(item.name) == {"zh", "en"} for item in industries())
    assert sum(len(item.parameters) for item in industries()) == len(ALL) == 223  # no id twice
    assert statuses(ALL) == {"confirmed": 60, "from memory": 163}
    assert industry("shipbuilding").statuses == {"confirmed": 11, "from memory": 19}  # type: ignore[union-attr]
    assert industry("nonsense") is None


@pytest.mark.parametrize("parameter", ALL, ids=lambda p: p.id)
def test_each_row_is_whole(parameter: KeyParameter) -> None:
    assert parameter.low < parameter.high and parameter.source and set(parameter.difficulty) == {"zh", "en"}
    assert parameter.stages and set(parameter.stages) <= set(STAGES)
    assert parameter.nodes and set(parameter.nodes) <= set(NODES)
    assert parameter.status == "from memory" or parameter.confirmed  # what was read is named
    asked = parameter.requirement
    forms = (asked.value is not None, asked.relative is not None, bool(asked.accuracy_class),
             asked.lower is not None or asked.upper is not None)  # fmt: skip
    assert sum(forms) == 1


def test_every_kind_of_quantity_is_known() -> None:
    known = {row["key"] for row in json.loads(
        resources.files("suyuan.capability").joinpath("rules", "quantities.json").read_text("utf-8")
    )}  # fmt: skip
    assert {parameter.quantity for parameter in ALL} <= known


@pytest.mark.parametrize("parameter", ALL, ids=lambda p: p.id)
def test_each_parameter_is_a_need_or_says_why_not(parameter: KeyParameter) -> None:
    need, found = need_of(parameter)
    if need is None:
        assert parameter.unit == "dB" and [item.code for item in found] == ["capability.industry.unit.unusable"]
    else:
        asked = parameter.requirement
        lower_only = asked.lower is not None and asked.upper is None
        assert (need.target is None) == (asked.kind == "accuracy_class" or lower_only)
        assert need.status == parameter.status and need.source == parameter.source
        if need.target is not None:
            assert need.target.U > 0.0 and (need.target.unit is None or need.target.unit.kind == "difference")
            if need.target.unit is not None and not need.interval_of:
                assert need.target.unit.converts_to(need.interval.unit.as_difference())
    for item in found:
        for language in LANGUAGES:
            assert "{" not in " ".join(sentences(item, language).values())


def test_targets_follow_by_the_rule_that_is_named() -> None:
    bonding, _ = need_of(parameters()["ca-bonding"])  # at most 2.5 mΩ
    plate, told = need_of(parameters()["sb-plate-thickness"])  # −0.3 mm to +1.5 mm
    pack, _ = need_of(parameters()["ev-pack-voltage"])  # 1 % of full scale, 1000 V
    assert bonding is not None and bonding.target is not None and abs(bonding.target.U - 2.5 / 6) < 1e-12
    assert bonding.tolerance is not None and bonding.tolerance.rule == "one_sided_sixth"
    assert plate is not None and plate.target is not None and abs(plate.target.U - 0.3) < 1e-12
    assert dict(told[0].parameters)["status"] == "proposed"  # nobody published the 3: never shown as official
    assert pack is not None and pack.target is not None and pack.target.unit is not None
    assert abs(pack.target.U - 10.0 / 3) < 1e-12 and pack.target.unit.symbol == "V"


def test_a_lower_limit_alone_has_no_width_and_gives_no_target() -> None:
    """Insulation of at least 100 MΩ: a sixth of the limit would judge by the zone that fails."""
    need, found = need_of(parameters()["ca-harness-insulation"])
    assert need is not None and need.target is None and need.tolerance is None
    assert [(f.code, f.severity) for f in found] == [("capability.industry.target.lower_only", "note")]


def test_without_a_rule_there_is_no_target() -> None:
    none = {id: row for id, row in target_rules().items() if row["of"] != "tolerance"}
    need, found = need_of(parameters()["sb-plate-thickness"], none)
    assert need is not None and need.target is None
    assert [item.code for item in found] == ["capability.industry.target.no_rule"]


def test_a_class_gives_no_target_and_a_missing_k_is_told() -> None:
    need, found = need_of(parameters()["cb-grid-energy"])
    assert (
        need is not None
        and need.target is None
        and [item.code for item in found] == ["capability.industry.target.class"]
    )
    without = KeyParameter("x", "carbon", {"zh": "甲"}, {"zh": "乙"}, {"zh": "丙"}, "mass", 1.0, 2.0, "kg",
                           Requirement("target_uncertainty", 0.1, unit="kg"))  # fmt: skip
    need, found = need_of(without)
    assert need is not None and need.target is not None and need.target.k == 2.0
    assert [item.code for item in found] == ["capability.industry.target.coverage"]


def test_only_what_a_scope_states_is_a_condition_of_the_need() -> None:
    soc, _ = need_of(parameters()["ev-soc"])
    cut, _ = need_of(parameters()["sb-cut-size"])
    assert soc is not None and cut is not None
    assert isinstance(soc.conditions["temperature"], Interval) and not cut.conditions  # «workshop» is no interval
    assert wanted("up to 30 MPa") == Interval(0.0, 30.0, wanted("1 MPa").unit)  # type: ignore[union-attr]
    assert wanted("1 furlong-ish") == "1 furlong-ish"


def test_conditions_are_said_in_both_languages() -> None:
    for parameter in ALL:
        zh, en = shown_conditions(parameter, "zh"), shown_conditions(parameter, "en")
        assert len(zh) == len(en) == len(parameter.conditions)
        assert not [name for name, _ in zh if not re.search(r"[\u4e00-\u9fff]", name)]
        assert not [text for pair in en for text in pair if re.search(r"[\u4e00-\u9fff]|_", text)]
        # a Chinese reader meets Latin letters only as units, symbols and numbers of documents
        plain = [re.sub(r"Part \d+", "", text) for _, text in zh]
        assert not [text for text in plain if re.search(r"\b[a-z]{4,}\b", text)]


def test_tree_keeps_every_parameter() -> None:
    for item in industries():
        inside = [p for processes in item.tree.values() for found in processes.values() for p in found]
        assert sorted(p.id for p in inside) == sorted(p.id for p in item.parameters)


def test_a_relative_requirement_at_nil_is_told() -> None:
    code = "capability.industry.target.at_nil"
    told = {p.id for p in parameters().values() if code in [f.code for f in need_of(p)[1]]}
    assert {"ca-strain", "en-so2", "ev-cell-voltage"} <= told and len(told) == 8
    found = next(f for f in need_of(parameters()["en-so2"])[1] if f.code == code)
    assert found.severity == "warning" and "no meaning at 0" in sentences(found, "en")["what"]
