"""Entries of the catalogue: what is known of a stream, what it lacks, its proposed class, and DCAT."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from suyuan.quantity.finding import sentences
from suyuan.series.catalogue import (
    Holding,
    classified,
    dcat_catalogue,
    dcat_of,
    entries,
    held,
    incomplete,
    of_dataset,
    of_stream,
)
from suyuan.series.dataset.version import DatasetVersion, Head, Part
from suyuan.series.stream import Stream
from suyuan.verbs.series.found import found

DAY = date(2026, 11, 29)
SO2 = Stream(
    "stack1-so2", "mass concentration of SO2", "mg/m3", "CEMS-01", "1 号烟囱 / stack 1", Decimal("0.1"), 60.0,
    "演示电厂", "CC-BY-4.0", "SO2 of stack 1",
)  # fmt: skip
BARE = Stream("x1", "colour", "1", "?")
STREAMS = (
    SO2, BARE,
    Stream("cell-current", "electric current", "A", "BT-2", "电池实验室"),
    Stream("pile-energy", "有功电能", "kWh", "CP-0512", "5 号充电桩"),
    Stream("block-x", "coordinate x", "mm", "TS-11", "分段 B-12"),
    Stream("air-temperature", "Celsius temperature", "degC", "PT-01", "气象站"),
)  # fmt: skip


def _version(grade: str = "general") -> DatasetVersion:
    head = Head("stack", "1", {"zh": "烟囱排放", "en": "stack emissions"}, grade=grade, publisher="演示电厂")
    return DatasetVersion(head, (Part(SO2, None, None, ("0" * 64,), 10),), (), 0, "", "f" * 64)


def test_what_is_held_of_a_stream() -> None:
    rows = [{"stream": "a", "n": 5, "first": 10, "last": 20}, {"stream": "a", "n": 3, "first": None, "last": None}]
    assert held(rows)["a"] == Holding(10, 20, 8, 2)


def test_a_full_entry_lacks_nothing_and_a_bare_one_says_what() -> None:
    entry = of_stream(SO2, DAY, Holding(0, 60_000_000, 2, 1), ("A 1",))
    values = {(a.rule["scheme"], a.rule["name"]): a.value for a in entry.attributes}
    assert values["DCAT-AP", "dcat:temporalResolution"] == "PT60S"
    assert values["DB52/T 1597", "证书报告"] == "A 1"
    assert not incomplete(entry)
    told = incomplete(of_stream(BARE, DAY))
    names = {dict(f.parameters).get("name") for f in told}
    assert {"dct:title", "dct:license", "owner", "place"} <= names
    assert {f.code for f in told} == {"series_quality.catalogue.missing", "series_quality.catalogue.class"}
    assert all("?" not in sentences(f, language)["what"] for f in told for language in ("zh", "en"))


def test_a_class_is_proposed_by_dated_rows() -> None:
    row = classified(["mass concentration of SO2"], DAY)
    assert row is not None and row["status"] == "proposed" and row["name"] == "environment"
    assert classified(["mass concentration of SO2"], date(2020, 1, 1)) is None
    assert of_stream(BARE, DAY).grade == ""


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("二氧化硫", "stack1-so2"), ("SO2", "stack1-so2"), ("质量浓度", "stack1-so2"),
        ("sulphur dioxide", "stack1-so2"),
        ("烟道", "stack1-so2"), ("烟气在线监测", "stack1-so2"), ("电流", "cell-current"), ("current", "cell-current"),
        ("电量", "pile-energy"), ("active energy", "pile-energy"), ("充电桩", "pile-energy"),
        ("全站仪 坐标", "block-x"), ("测温", "air-temperature"), ("CP-0512", "pile-energy"),
    ],
)  # fmt: skip
def test_words_of_both_languages_find_it(query: str, first: str) -> None:
    hits = found(entries(STREAMS, (), DAY), query)
    assert hits and first in hits[0].entry.about and hits[0].why


def test_datasets_instruments_and_places_are_entries_too() -> None:
    every = entries(STREAMS, [_version()], DAY, None, {"CEMS-01": ("A 1",)})
    kinds = {e.kind for e in every}
    assert kinds == {"stream", "dataset", "instrument", "place"}
    assert found(every, "烟囱排放")[0].entry.id == "stack@1"
    assert any(h.entry.kind == "instrument" for h in found(every, "A 1"))
    assert not found(every, "盐雾试验箱")


def test_dcat_leaves_out_what_is_not_known_and_what_may_not_be_listed() -> None:
    entry = of_stream(SO2, DAY, Holding(0, 60_000_000, 2, 1))
    made = dcat_of(entry)
    assert made["@type"] == "dcat:Dataset" and made["dct:identifier"] == "stack1-so2"
    assert made["dct:temporal"]["dcat:startDate"] == {"@type": "xsd:dateTime", "@value": "1970-01-01T00:00:00Z"}
    assert made["dct:spatial"] == {"@type": "dct:Location", "skos:prefLabel": SO2.place}
    assert made["dcat:keyword"] == ["mass concentration of SO2", "质量浓度"]
    assert "dct:temporal" not in dcat_of(of_stream(SO2, DAY))
    secret = replace(entry, grade="important")
    catalogue = dcat_catalogue([entry, secret, of_dataset(_version())], [_version(), _version("core")], "lake")
    assert len(catalogue["dcat:dataset"]) == 2 and catalogue["suyuan:withheld"] == 2
    assert "@context" not in catalogue["dcat:dataset"][1]
