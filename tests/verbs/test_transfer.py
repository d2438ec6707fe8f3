"""Transfer standards as register rows: workbook and back, what is wrong, and that only those with a chain count."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from suyuan.capability.need import Need
from suyuan.cli.demo.service.resources import transfers
from suyuan.procedure.register import Context
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, errors
from suyuan.report.papers.read_sheet import read_sheets
from suyuan.report.service.tables import tables_xlsx
from suyuan.store.folder import Store
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.matching.transfers import transfers_for, transfers_on
from suyuan.verbs.register.registers import read, readers
from suyuan.verbs.register.workbook import register_from_workbook, table_of
from suyuan.verbs.snapshot import Documents, snapshot
from tests.demonstration import demonstration

DAY = date(2026, 3, 14)


def test_transfer_standards_survive_a_workbook() -> None:
    for rows in transfers().values():
        found: list[Finding] = []
        context = Context({"zh": "演示"}, DAY, True)
        values = [readers()["transfer"](Fields(row, "", found), context) for row in rows]
        assert not errors(found) and None not in values
        sheets, _ = read_sheets(tables_xlsx([table_of("transfer", values)]), "x.xlsx")
        document, refused, _ = register_from_workbook(sheets, {"zh": "演示"}, DAY, "T", True)
        assert not refused and document is not None
        back, _ = read(document)
        assert back is not None and list(back.rows["transfer"]) == values


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"uncertainty": None}, "capability.transfer.no_uncertainty"),
        ({"available_from": "2026-05-01", "available_until": "2026-01-01"}, "capability.transfer.period"),
        ({"interval": {"low": "60", "high": "0.5", "unit": "mm"}}, "capability.read.backwards"),
        ({"item": ""}, "typed.field.missing"),
    ],
)
def test_a_transfer_standard_that_is_wrong_is_told_and_left_out(change: dict[str, Any], code: str) -> None:
    row = {k: v for k, v in ({**next(iter(transfers().values()))[0], **change}).items() if v is not None}
    found: list[Finding] = []
    assert readers()["transfer"](Fields(row, "", found), Context({"zh": "演示"}, DAY, True)) is None
    assert code in {f.code for f in found}


def test_one_whose_certificate_does_not_hold_is_told_and_does_not_count() -> None:
    """A certificate that nobody has at hand shows no chain: the standard stays out, with the reason at the need."""
    row = {**next(iter(transfers().values()))[0], "standards": [{"issuer": "nobody", "number": "0"}]}
    rows = [row, {**row, "id": "T-2", "standards": []},
            {**row, "id": "T-3", "standards": [], "available_until": "2026-03-13"}]  # fmt: skip
    document = {"suyuan": "register", "organisation": {"zh": "演示"}, "number": "T", "day": DAY.isoformat(),
                "rows": {"transfer": rows}}  # fmt: skip
    register, _ = read(json.dumps(document).encode())
    assert register is not None
    between = transfers_on(snapshot(Evidence(), Documents((register,)), DAY))
    assert [item.id for item in between.usable] == ["T-2"]
    wants = replace(_need(), item="cmm", conditions={"site": "on-site"})
    usable, told = between.of(wants)
    assert [item.id for item in usable] == ["T-2"]
    assert [(f.code, f.severity) for f in told] == [("capability.transfer.broken", "warning")]
    assert between.of(replace(wants, conditions={"site": "lab"})) == ((), ())


def test_a_need_for_later_asks_for_its_own_day() -> None:
    """One that can be had today and no more then does not count; one that comes until then does."""
    row = {**next(iter(transfers().values()))[0], "standards": []}
    rows = [{**row, "id": "T-now", "available_until": "2026-05-31"}, {**row, "id": "T-then",
            "available_from": "2026-06-01"}]  # fmt: skip
    document = {"suyuan": "register", "organisation": {"zh": "演示"}, "number": "T", "day": DAY.isoformat(),
                "rows": {"transfer": rows}}  # fmt: skip
    register, _ = read(json.dumps(document).encode())
    assert register is not None
    known = snapshot(Evidence(), Documents((register,)), DAY)
    wants = replace(_need(), item="cmm", conditions={"site": "on-site"})
    later = replace(wants, id="N-2", day=date(2026, 9, 1))
    assert [[item.id for item in transfers_for(known, need)[0]] for need in (wants, later)] == [["T-now"], ["T-then"]]
    assert [item.id for item in transfers_for(known, replace(wants, day=date(2025, 1, 1)))[0]] == ["T-now"]


def test_a_certificate_that_runs_out_before_the_service_does_not_carry() -> None:
    """The standard's certificate holds today and has run out ten years later."""
    day = date(2026, 11, 23)
    store = Store(demonstration(day))
    there = store.service()
    known = snapshot(store.evidence(), there, day)
    proven = next(c for c in known.capabilities if c.id == "CITY-L-01")
    keys = [{"issuer": issuer, "number": number} for issuer, number in proven.standards]
    row = {**next(iter(transfers().values()))[0], "id": "T-held", "standards": keys}
    document = {"suyuan": "register", "organisation": {"zh": "演示"}, "number": "T", "day": day.isoformat(),
                "rows": {"transfer": [row]}}  # fmt: skip
    register, _ = read(json.dumps(document).encode())
    assert register is not None
    known = snapshot(store.evidence(), replace(there, registers=(*there.registers, register)), day)
    wants = replace(_need(), item="cmm", conditions={"site": "on-site"})
    assert "T-held" in {item.id for item in transfers_for(known, wants)[0]}
    usable, told = transfers_for(known, replace(wants, day=date(2036, 11, 1)))
    assert "T-held" not in {item.id for item in usable} and "capability.transfer.broken" in {f.code for f in told}


def _need() -> Need:
    read_need = readers()["need"](
        Fields({"id": "N", "quantity": "length", "interval": {"low": "1", "high": "50", "unit": "mm"},
                "target": {"U": "1", "unit": "um", "k": "2"}}, "", []), Context({"zh": "厂"}, DAY, True),
    )  # fmt: skip
    assert isinstance(read_need, Need)
    return read_need
