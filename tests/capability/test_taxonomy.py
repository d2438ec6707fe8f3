"""Words for kinds of quantity and classes of item: one word, one thing; every word of the draft lists is known."""

import json
import os
from pathlib import Path

import pytest

from suyuan.capability.taxonomy import (
    condition_word,
    dimension_of,
    fits,
    item_chain,
    item_named,
    items,
    plain,
    quantities,
    quantity_named,
    same_item,
    synonyms,
)
from suyuan.quantity.finding import Refused
from suyuan.quantity.table import kinds
from suyuan.quantity.unit import parse_unit

REFERENCE = Path(os.environ.get("SUYUAN_REFERENCE", Path(__file__).parents[3] / "shared" / "reference"))


@pytest.mark.parametrize("table", [quantities, items])
def test_a_name_names_one_thing(table):
    owner = {}
    for key, row in table().items():
        for name in {plain(n) for n in (key, *row.zh, *row.en)}:
            assert owner.setdefault(name, key) == key, name


@pytest.mark.parametrize("table", [quantities, items])
def test_what_is_broader_exists_and_ends(table):
    for key in table():
        seen = []
        while key:
            assert key not in seen
            seen.append(key)
            key = table()[key].broader


def test_a_narrower_kind_has_the_dimension_of_the_broader():
    for kind in quantities().values():
        if kind.broader and kind.unit is not None:
            broader = quantities()[kind.broader]
            assert broader.unit is not None and broader.unit.dimension == kind.unit.dimension, kind.key


def test_the_kinds_of_the_house_are_known():
    for kind in kinds():
        for name in (*kind.zh, *kind.en):
            key = quantity_named(name)
            assert key is not None, name
            unit = quantities()[key].unit
            assert unit is None or unit.dimension == parse_unit(kind.unit).dimension, name


def test_everyday_items_are_many_and_say_what_is_calibrated():
    assert len(items()) >= 120
    assert all(q in quantities() for item in items().values() for q in item.quantities)
    assert all(item.zh and item.en and item.quantities for item in items().values())


def _named(content, key):
    if isinstance(content, dict):
        if isinstance(content.get(key), str):
            yield content
        for inner in content.values():
            yield from _named(inner, key)
    elif isinstance(content, list):
        for inner in content:
            yield from _named(inner, key)


@pytest.mark.skipif(not (REFERENCE / "industry").is_dir(), reason="reference/industry is absent")
def test_every_quantity_of_the_draft_lists_is_known_with_the_dimension_of_its_interval():
    files = sorted((REFERENCE / "industry").glob("*.json"))
    rows = [row for file in files for row in _named(json.loads(file.read_text()), "quantity")]
    assert len(rows) > 200
    unknown, foreign = set(), []
    for row in rows:
        if quantity_named(row["quantity"]) is None:
            unknown.add(row["quantity"])
        try:
            unit = parse_unit((row.get("interval") or {})["unit"])
        except (KeyError, Refused):  # «g/m2/a» may be read in two ways
            continue
        if dimension_of(row["quantity"]) is not None and fits(row["quantity"], unit) is False:
            foreign.append((row["id"], row["quantity"], unit))
    assert not unknown
    # These name the interval of another quantity than the deviation that is wanted.
    assert {q for _, q, _ in foreign} <= {"relative_velocity_deviation"}


@pytest.mark.skipif(not (REFERENCE / "data/own").is_dir(), reason="reference/data/own is absent")
def test_quantities_and_items_of_the_constructed_cases_are_known():
    case = json.loads((REFERENCE / "data/own/capability_demand.json").read_text())
    for row in case["capabilities"]:
        assert quantity_named(row["quantity"]) == row["quantity"]
        assert same_item(row["item"], row["item_zh"]) == "same"
        assert item_named(row["item"]) in items()


@pytest.mark.parametrize(
    ("a", "b", "relation"),
    [
        ("扭力扳手", "扭矩扳子", "same"),
        ("噪声计", "声级计", "same"),
        ("CMM", "三坐标测量机", "same"),
        ("gauge blocks", "量块", "same"),
        ("充电机", "充电桩", ""),  # 充电机 alone is also what charges a fork lift
        ("非车载充电机", "直流充电桩", "same"),
        ("直流充电桩", "充电桩", "narrower"),
        ("充电桩", "交流充电桩", "broader"),
        ("直流充电桩", "交流充电桩", ""),
        ("数显扭矩扳子", "torque wrench", "narrower"),
        ("digital torque wrench", "扭力扳手", "narrower"),
        ("量块比较仪", "量块", ""),
        ("扭矩扳子检定仪", "扭矩扳子", ""),
        ("", "量块", "any"),
        ("Zeitgeist meter", "Zeitgeist Meter", "same"),
        ("Zeitgeist meter", "量块", ""),
    ],
)
def test_items_are_compared_by_what_they_are(a, b, relation):
    assert same_item(a, b) == relation


def test_the_relation_turns_round():
    turned = {"same": "same", "any": "any", "": "", "narrower": "broader", "broader": "narrower"}
    words = [*list(items())[:60], "数显扭矩扳子", ""]
    for a in words:
        for b in words:
            assert same_item(b, a) == turned[same_item(a, b)]


def test_a_head_is_whole_words_in_english():
    assert item_named("airscale") is None
    assert item_chain("kitchen scale") == ("kitchen scale", "scale")


def test_words_of_conditions_meet_in_both_languages():
    assert condition_word("氮气") == condition_word("N2") == condition_word("Nitrogen")
    assert condition_word("现场") != condition_word("实验室")
    assert all(len(group.words) > 1 for group in synonyms() if group.use == "search")
