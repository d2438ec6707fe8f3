"""Every register of the demo goes out as a workbook, through .xlsx bytes, and comes back as the same rows."""

from __future__ import annotations

import json
from datetime import date

import pytest

from suyuan.centre.dossier_checks import completeness
from suyuan.procedure.register import Register
from suyuan.report.papers.read_sheet import read_sheets
from suyuan.report.service.dossier import dossier_document
from suyuan.report.service.tables import tables_xlsx
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.centre.dossier import dossier_on
from suyuan.verbs.register.registers import read
from suyuan.verbs.register.workbook import register_from_workbook, table_of
from suyuan.verbs.snapshot import Documents, snapshot
from tests.demonstration import demonstration

DAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def registers() -> list[Register]:
    folder = demonstration(DAY)
    found = []
    for path in sorted((folder / "documents").rglob("*")):
        if path.is_file() and path.read_bytes().lstrip().startswith(b"{"):
            content = json.loads(path.read_bytes())
            if content.get("suyuan") == "register":
                register, _ = read(path.read_bytes())
                assert register is not None, path
                found.append(register)
    return found


def test_registers_survive_a_workbook(registers: list[Register]) -> None:
    kinds = set()
    for register in registers:
        filled = {kind: rows for kind, rows in register.rows.items() if rows}
        sheets, found = read_sheets(tables_xlsx([table_of(kind, rows) for kind, rows in filled.items()]), "x.xlsx")
        assert not found
        document, refused, told = register_from_workbook(
            sheets, register.organisation, register.day, register.number, register.demo
        )
        assert not refused, refused[0].wrong[:3]
        assert not [item for item in told if item.severity == "error"]
        assert document is not None
        back, _ = read(document)
        assert back is not None
        for kind, rows in filled.items():
            assert back.rows[kind] == rows, (register.number, kind)
            kinds.add(kind)
    assert {"capability", "need", "resource", "transfer", "person", "authorisation", "centre", "centre_record"} <= kinds


def test_dossiers_of_the_demo_are_made(registers: list[Register]) -> None:
    """Each centre of the demo has a dossier that can be printed, and its findings name real places."""
    at = snapshot(Evidence(), Documents(tuple(registers)), DAY)
    centres = at.rows("centre")
    assert centres
    for centre in centres:
        dossier = dossier_on(at, centre.id)
        assert dossier is not None
        told = completeness(dossier)
        assert told and all(item.where for item in told)
        assert dossier_document(dossier).blocks
