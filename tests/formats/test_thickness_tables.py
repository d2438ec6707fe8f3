"""Thickness tables of ships: places, roles, units, and thicknesses that cannot be."""

from __future__ import annotations

import io

import pytest

from suyuan.lake.formats import thickness
from suyuan.lake.formats.imported import NO_TIME
from suyuan.quantity.finding import Refused

SHEET = (
    "Probe: 5 MHz twin\nVelocity: 5920 m/s\n"
    "Date,Frame,Side,Original thickness (mm),Gauged thickness (mm),Diminution (%)\n"
    "2026-03-14,12,P,12.0,10.9,9.2\n2026-03-14,12,S,12.0,11.1,7.5\n2026-03-15,13,P,12.0,14.2,\n2026-03-15,13,S,12.0,0,\n"
)


def test_table() -> None:
    made = thickness.read(SHEET.encode(), zone="Asia/Shanghai")
    by_role = {s.facts["role"]: s for s in made.streams}
    measured = by_role["measured"]
    assert by_role.keys() == {"measured", "original", "diminution"}
    assert (
        measured.value.tolist() == [10.9, 11.1, 14.2, 0.0] and measured.unit == "mm" and measured.quantity == "length"
    )
    assert measured.labels["Frame"].tolist() == ["12", "12", "13", "13"]
    assert measured.labels["Side"].tolist() == ["P", "S", "P", "S"]
    assert (measured.time != NO_TIME).all() and by_role["diminution"].quantity == ""
    assert made.facts["test"] == {"Probe": "5 MHz twin", "Velocity": "5920 m/s"}
    told = {f.code: dict(f.parameters)["lines"] for f in made.findings if f.code != "formats.time.local"}
    assert told == {"formats.thickness.impossible": "7", "formats.thickness.above": "6"}
    assert made.unread == {}


def test_chinese_workbook_with_unit_in_the_head() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (
        ["单位：mm"],
        ["部位", "肋位", "原始厚度", "实测厚度"],
        ["外板", 12, 12, 10.9],
        ["外板", 13, 12, 11.25],
    ):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    made = thickness.read(stream.getvalue())
    assert {s.unit for s in made.streams} == {"mm"} and made.streams[1].value.tolist() == [10.9, 11.25]
    assert made.streams[1].labels["部位"].tolist() == ["外板", "外板"] and made.streams[1].resolution == 0.01


def test_no_unit_is_told_and_no_thickness_is_refused() -> None:
    made = thickness.read("部位,实测厚度\n甲板,9.5\n甲板,9.4\n".encode("gb18030"))
    assert [f.code for f in made.findings] == ["formats.unit.missing"] and made.streams[0].unit == ""
    with pytest.raises(Refused) as refused:
        thickness.read(b"a,b\n1,2\n2,3\n")
    assert refused.value.findings[0].code == "formats.thickness.columns"
