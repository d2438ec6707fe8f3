"""Carbon and heat of a month against the other months, a basis beside a moisture that has no use, reports of another
year: slips that no range finds."""

from __future__ import annotations

from typing import Any

import pytest
from tests.carbon.test_plant_trusted import read

from suyuan.quantity.finding import Finding, sentences
from suyuan.verbs.carbon.book_examples import example


def coal(**changed: dict[int, Any]) -> dict[str, Any]:
    """The example's coal; changed: field of its reports → month → value, 0 for all months."""
    stream: dict[str, Any] = example("power")["streams"][0]
    for field, by in changed.items():
        for one in stream["reports"]:
            value = by.get(one["month"], by.get(0, one.get(field)))
            if value is None:
                one.pop(field, None)
            else:
                one[field] = value
    return stream


def told(stream: dict[str, Any], *codes: str, **more: Any) -> list[Finding]:
    content = example("power") | more
    year = {"year": content["year"], "made": content["made"], "overrides": content["overrides"]}
    return [item for item in read(stream, **year)[1] if item.code.startswith(codes)]


def test_months_of_one_coal_are_not_told() -> None:
    assert not told(coal(), "carbon.content", "carbon.report.moisture", "carbon.report.other_year")


def test_digits_that_changed_places_are_refused_without_a_heat_value() -> None:
    """16.1 for 61.1: 220 000 t went, and nothing was said."""
    (item,) = told(coal(carbon={1: 16.1}), "carbon.content")
    assert (item.code, item.severity, item.where) == ("carbon.content.month", "error", "/streams/0/reports/0")
    assert "0.26 times" in sentences(item, "en")["what"] and "16.1" in sentences(item, "zh")["why"]


def test_another_coal_is_told_and_what_is_admitted_stays() -> None:
    (item,) = told(coal(carbon={3: 44.0}), "carbon.content")
    assert (item.code, item.severity, item.where) == ("carbon.content.month_told", "warning", "/streams/0/reports/2")
    admitted = [*example("power")["overrides"], {"row": "content.month", "person": "王", "reason": "换煤",
                                                "day": "2023-02-01"}]  # fmt: skip
    (item,) = told(coal(carbon={1: 16.1}), "carbon.content", overrides=admitted)
    assert (item.code, item.severity) == ("carbon.content.month_admitted", "warning")
    assert "换煤" in sentences(item, "zh")["why"]


def test_a_factor_by_month_is_compared_too() -> None:
    stream = coal()
    del stream["reports"]
    stream["carbon"] = {"value": [0.55] * 5 + [0.95] + [0.55] * 6, "unit": "tC/t", "status": "stated"}
    (item,) = told(stream, "carbon.content")
    assert item.where == "/streams/0/carbon/value/5"


@pytest.mark.parametrize(("basis", "percent"), [("ar", "89.8"), ("d", "102.0")])
def test_a_basis_beside_a_moisture_without_use_is_told(basis: str, percent: str) -> None:
    """Carbon of air-dried coal typed as received is 11 % too much: (100 − 12)/(100 − 2) = 0.898."""
    (item,) = told(coal(basis={0: basis}), "carbon.report.moisture_idle")
    assert item.severity == "warning" and item.where == "/streams/0/reports/0/basis"
    assert f"{percent} %" in sentences(item, "en")["what"]
    assert not told(coal(basis={0: basis}, moisture_ad={0: None}), "carbon.report.moisture_idle")


def test_reports_of_another_year_are_refused() -> None:
    (item,) = told(coal(), "carbon.report.other_year", year=2021)
    assert item.severity == "error" and "2022" in sentences(item, "zh")["what"]
    late = coal(issued={3: "2023-02-20"})
    assert not told(late, "carbon.report.other_year")
