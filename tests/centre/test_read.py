"""Rows of centres in a register: the good ones go in, each bad one has its finding with its place."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from suyuan.centre.facts import Fact
from suyuan.centre.funds import funds
from suyuan.centre.read import centre, centre_record, commitment
from suyuan.procedure.register import Register, read_register
from suyuan.quantity.finding import LANGUAGES, Finding, sentences

READERS = {"centre": centre, "centre_record": centre_record, "commitment": commitment}
DAY = date(2026, 6, 1)
CENTRE = {
    "id": "c",
    "name": {"zh": "演示中心"},
    "grade": "municipal",
    "host": {"zh": "演示所"},
    "laboratories": ["演示所"],
}
RECORD = {"id": "r", "centre": "c", "kind": "mechanism", "title": {"zh": "委员会"}, "day": "2026-01-01"}
CLAUSE = {"id": "k", "document": "d", "clause": "1", "text": {"zh": "…"}}


def read(kind: str, *rows: dict[str, Any]) -> tuple[Register | None, tuple[Finding, ...]]:
    head = {"suyuan": "register", "organisation": {"zh": "演示局"}, "number": "1", "day": "2026-06-01"}
    register, found = read_register(json.dumps(head | {"rows": {kind: list(rows)}}).encode(), READERS)
    for item in found:
        assert "?" not in "".join(text for language in LANGUAGES for text in sentences(item, language).values()), item
    return register, found


def test_good_rows() -> None:
    register, found = read("centre", CENTRE)
    assert register is not None and not found
    row = register.rows["centre"][0]
    assert (row.scope, row.host_independent, row.laboratories) == ("centre", None, ("演示所",))
    register, found = read(
        "centre_record",
        RECORD | {"kind": "fund_plan", "value": "3", "unit": "万元", "year": "2026", "detail": {"a": "b"}},
    )
    assert register is not None and not found
    assert register.rows["centre_record"][0].detail == {"a": "b"}
    register, found = read("commitment", CLAUSE | {"evidence": ["matter:research/R-1", "fact:c/standard#3"]})
    assert register is not None and not found
    assert register.rows["commitment"][0].owner == {"zh": "演示局"}


FAULTS = [
    ("centre", CENTRE | {"grade": "galactic"}, "typed.field.choice", "grade"),
    ("centre", CENTRE | {"scope": "village"}, "typed.field.choice", "scope"),
    ("centre", CENTRE | {"host": None}, "typed.field.missing", "host"),
    ("centre", CENTRE | {"host_independent": "perhaps"}, "centre.field.truth", "host_independent"),
    ("centre", CENTRE | {"laboratories": [1]}, "centre.field.words", "laboratories"),
    ("centre", CENTRE | {"document": "letter.pdf"}, "centre.field.digest", "document"),
    ("centre_record", RECORD | {"kind": "poem"}, "typed.field.choice", "kind"),
    ("centre_record", RECORD | {"kind": "fund_plan", "value": "1"}, "centre.record.year", "year"),
    ("centre_record", RECORD | {"kind": "fund_plan", "value": "1", "year": "20026"}, "centre.record.year", "year"),
    ("centre_record", RECORD | {"kind": "fund_plan", "value": "-1", "year": "2026"}, "centre.record.negative", "value"),
    (
        "centre_record",
        RECORD | {"kind": "environment", "value": "1", "low": "3", "high": "2"},
        "centre.record.limits",
        "low",
    ),
    ("centre_record", RECORD | {"valid_until": "2025-01-01"}, "centre.record.period", "valid_until"),
    ("centre_record", RECORD | {"kind": "status"}, "centre.record.state", "detail"),
    ("commitment", CLAUSE | {"evidence": ["somewhere"]}, "centre.commitment.address", "evidence/0"),
    ("commitment", CLAUSE | {"due": "soon"}, "typed.date.impossible", "due"),
]


@pytest.mark.parametrize(
    ("kind", "row", "code", "where"), FAULTS, ids=[f"{f[0]}-{f[2]}-{i}" for i, f in enumerate(FAULTS)]
)
def test_a_bad_row_stays_out_and_the_good_one_goes_in(kind: str, row: dict[str, Any], code: str, where: str) -> None:
    good = {"centre": CENTRE, "centre_record": RECORD, "commitment": CLAUSE}[kind] | {"id": "good"}
    register, found = read(kind, row, good)
    assert register is not None and [r.id for r in register.rows[kind]] == ["good"] and register.refused == 1
    assert (code, f"/rows/{kind}/0/{where}") in [(f.code, f.where) for f in found]


def test_warnings_let_the_row_in() -> None:
    register, found = read("centre_record", RECORD | {"kind": "environment", "value": "20"})
    assert register is not None and register.refused == 0
    assert {f.code for f in found} == {"centre.record.limitless"}
    register, found = read("centre_record", RECORD | {"kind": "fund_plan", "year": "2026"})
    assert register is not None and [r.value for r in register.rows["centre_record"]] == [None]
    assert [(f.code, f.severity) for f in found] == [("centre.record.amount", "warning")]
    register, found = read("centre_record", RECORD | {"kind": "fund_plan", "year": "2026", "value": "50"})
    assert [(f.code, f.severity) for f in found] == [("centre.record.money_unit", "warning")]
    register, found = read("centre", {k: v for k, v in CENTRE.items() if k != "laboratories"})
    assert register is not None and [f.code for f in found] == ["centre.row.laboratories"]


def money(kind: str, year: int, value: float, source: str = "a") -> Fact:
    return Fact("c", kind, source, value=value, group=source, detail={"year": str(year)})


def test_money_is_compared_by_year_and_unknown_is_not_nothing() -> None:
    facts = [
        money("fund_plan", 2024, 100), money("fund_plan", 2025, 100), money("fund_plan", 2026, 100),
        money("fund_plan", 2027, 50),
        money("fund_actual", 2025, 60), money("fund_actual", 2025, 60, "b"),
        Fact("c", "fund_actual", "x", value=1e9, group="x", origin="declared", detail={"year": "2025"}),
    ]  # fmt: skip
    found = funds(facts, "c", date(2026, 7, 2))
    assert [(y.year, y.ratio) for y in found.years] == [(2024, None), (2025, 1.2), (2026, None), (2027, None)]
    assert found.effective_sources == pytest.approx(2.0)
    # 2026 half gone without an entry: half of 100 is taken as left, and 50 of 2027; 120 a year
    assert found.runway == pytest.approx(12 * (100 * (1 - 182 / 365) + 50) / 120)
    assert [f.code for f in found.warnings] == ["centre.funds.unknown", "centre.funds.runway"]
    bare = Fact("c", "fund_actual", "y", good=None, title={"zh": "没写金额"}, detail={"year": "2025"})
    unsure = funds([*facts, bare], "c", date(2026, 7, 2))
    assert [y.actual for y in unsure.years if y.year == 2025] == [None], "60 + 60 + unknown is unknown"
    assert unsure.effective_sources is None and unsure.runway is None
    assert unsure.warnings[0].code == "centre.funds.amount"
    nothing = funds([], "c", DAY)
    assert nothing.effective_sources is None and nothing.runway is None
    assert [f.code for f in nothing.warnings] == ["centre.funds.runway_unknown"]
    poor = funds([money("fund_plan", 2025, 100), money("fund_actual", 2025, 20)], "c", DAY)
    assert [f.code for f in poor.warnings] == [
        "centre.funds.off_plan",
        "centre.funds.one_source",
        "centre.funds.runway",
    ]


def test_what_has_not_happened_is_no_record() -> None:
    money = {"id": "F", "centre": "c", "kind": "fund_actual", "title": {"zh": "实际"}, "day": "2026-01-05",
             "value": "90", "unit": "万元", "year": "2030"}  # fmt: skip
    room = {"id": "E", "centre": "c", "kind": "environment", "title": {"zh": "温度"}, "day": "2031-01-01",
            "value": "20", "low": "19", "high": "21"}  # fmt: skip
    register, found = read("centre_record", money, room, money | {"kind": "fund_plan", "id": "P"})
    assert register is not None and [r.id for r in register.rows["centre_record"]] == ["P"]
    assert [f.code for f in found] == ["centre.record.actual_ahead", "centre.record.future"]
