"""No key of a table stands in a sentence for people: findings say carriers, factors and states by their words."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pytest

from suyuan.carbon.fuel.stream import SourceStream
from suyuan.carbon.management.meters import CARRIERS, LEVELS, Meter, examined
from suyuan.carbon.management.plan import METHODS, Parameter, Plan, followed
from suyuan.carbon.rule import rules
from suyuan.carbon.valued import value_said
from suyuan.carbon.words import source_said, word
from suyuan.quantity.finding import Finding, told
from suyuan.quantity.table import load

DAY = date(2026, 3, 1)


def chinese(found: Finding) -> str:
    """The sentences without the ids of meters and codes."""
    return re.sub(r"\[[a-z_.]+\]|/meters|\bM\d+\b|GB \d+|\d+ %", "", told(found, "zh"))


def test_what_meters_lack_is_said_in_the_language_of_the_reader() -> None:
    held = [Meter(f"M{n}", "", carrier, level, False) for n, (carrier, level) in
            enumerate((c, x) for c in CARRIERS for x in LEVELS)]  # fmt: skip
    coarse = Meter("M9", "", "electricity", "unit", True, "electricity meter", 5.0, "", "", "D", "1", date(2027, 1, 1))
    found = [item for item in examined([*held, coarse], DAY) if item.code != "carbon.meter.rates_ended"]
    assert {item.code for item in found} == {"carbon.meter.rate", "carbon.meter.coarse"}
    for item in found:
        assert not re.search(r"[a-z]{3,}", chinese(item)), told(item, "zh")
        assert "from memory, not confirmed" in told(item, "en")


def test_what_departs_from_a_plan_is_said_in_the_language_of_the_reader() -> None:
    given = {"heat_value": 20.0, "carbon_per_heat": 0.026, "oxidation": 0.99}
    stream = SourceStream("煤", "combustion", np.ones(12), given, defaults=frozenset({2}))
    rows = (Parameter("煤", "carbon_per_heat", "measured", "M1"), Parameter("煤", "oxidation", "default", "M2"))
    found = followed(Plan("1", 2025, rows, date(2024, 12, 1)), "unit 1", 2025, [stream])
    assert {item.code for item in found} == {"carbon.plan.absent", "carbon.plan.default", "carbon.plan.instrument"}
    for item in found:
        assert not re.search(r"[a-z]{3,}", chinese(item)), told(item, "zh")
        assert "_" not in re.sub(r"\[[a-z_.]+\]", "", told(item, "en"))


@pytest.mark.parametrize(
    ("group", "names"),
    [("carrier", CARRIERS), ("level", LEVELS), ("method", METHODS),
     ("status", {str(row["status"]) for row in load("suyuan.carbon", "management.fitting")})],
)  # fmt: skip
def test_each_key_has_a_word(group: str, names: tuple[str, ...]) -> None:
    for name in names:
        assert re.search(r"[\u4e00-\u9fff]", word(group, name)["zh"]), name


TABLES = ("factors.grid", "factors.fuels", "factors.constants", "management.fitting", "management.classes",
          "management.materiality", "management.deadlines", "certificates.admitted", "certificates.properties",
          "certificates.bases", "calculation", "ranges", "sectors", "schemes",
          "monitoring_china", "monitoring_europe", "monitoring_part75", "monitoring_plausible")  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_the_source_of_a_rule_row_has_chinese_words(table: str) -> None:
    """Names of documents stay; whatever else a source says has its piece in `sources.toml`."""
    for row in load("suyuan.carbon", table):
        said = source_said(str(row["source"]))
        for piece in said["zh"].split("；"):
            title = not re.search(r"[a-z]{3,}", piece)
            assert title or re.search(r"[\u4e00-\u9fff]", piece), (row["id"], piece)


def test_values_of_rows_are_words_in_chinese() -> None:
    """«alone 1440, load 4380 h» and «not operating» stood on Chinese papers."""
    schemes = ("HJ 75-2017", "EN 14181", "40 CFR 75", "plausibility")
    rows = [row for one in schemes for row in rules(one, date(2025, 1, 1)).rows.values()
            if not isinstance(row["value"], int | float)]  # fmt: skip
    left = {word for row in rows for word in re.findall("[a-z]{3,}", value_said(row)["zh"].replace("mmol/mol", ""))}
    assert rows and not left
