"""GSI-8 and GSI-16 words with their units and signs; point tables that must declare their frame."""

from __future__ import annotations

import io

import pytest

from suyuan.lake.formats import gsi, survey
from suyuan.lake.formats.imported import Imported
from suyuan.quantity.finding import Refused

# the block structure as documented for Leica instruments (totalopenstation manual, Autodesk help)
GSI_8 = b"110001+0000A110 81..00+00005387 82..00-00000992\n110002+0000A111 81..00+00007586 82..00-00003031\n"
GSI_16 = (
    b"*110001+000000000PNC0055 21.002+0000000013384650 22.002+0000000005371500 31..06+0000000000123456\n"
    b"*110002+000000000PNC0056 21.002+0000000012802530 22.004+0000000009030300 31..08-0000000000012345\n"
)


def codes(made: Imported) -> list[str]:
    return [f.code for f in made.findings]


def test_gsi_8() -> None:
    made = survey.read(GSI_8)
    easting, northing = made.streams
    assert made.format == "GSI" and made.version == "8"
    assert easting.value.tolist() == [5.387, 7.586] and northing.value.tolist() == [-0.992, -3.031]
    assert easting.labels["point"].tolist() == ["A110", "A111"] and easting.resolution == 0.001
    assert codes(made) == ["formats.survey.datum"], "GSI never states its frame"


def test_gsi_16_units() -> None:
    made = survey.read(GSI_16)
    assert made.version == "16"
    by_unit = {(s.name, s.facts["unit code"]): s for s in made.streams}
    assert by_unit["horizontal angle", "2"].value.tolist() == [133.8465, 128.0253]
    assert by_unit["horizontal angle", "2"].unit == "gon"
    assert by_unit["vertical angle", "4"].value.tolist() == pytest.approx([90 + 30 / 60 + 30 / 3600])
    assert by_unit["slope distance", "6"].value.tolist() == [12.3456]
    assert by_unit["slope distance", "8"].value.tolist() == [-0.12345]
    assert by_unit["slope distance", "8"].resolution == 1e-5


def test_mil_feet_levels_and_remarks() -> None:
    made = gsi.read(
        b"110001+00000001 21.105+16000000 31..01+00001000 331.28+00135742 71....+000NAIL1 98....+00000001\n"
    )
    values = {s.name: (s.value.tolist(), s.unit) for s in made.streams}
    assert values["horizontal angle"] == ([pytest.approx(90.0)], "deg"), "1600 of 6400 mil"
    assert values["slope distance"] == ([1.0], "ft") and values["backsight staff reading"] == ([1.35742], "m")
    assert made.facts["remark 1"] == ["1: NAIL1"] and made.unread == {"word 98": 1}


def test_a_bad_word_takes_no_good_one_with_it() -> None:
    made = gsi.read(
        GSI_8 + b"110003+0000A112 81..00+0000X387 82..00-00000992\n110004+0000A1 81..02+00000001 82..00+00000001\n"
    )
    assert made.streams[1].labels["point"].tolist() == ["A110", "A111", "A112", ""]
    assert made.unread == {"value": 2, "word": 1, "point": 1}
    assert {"formats.gsi.value", "formats.gsi.word", "formats.gsi.point"} <= set(codes(made))


def test_sexagesimal_minutes_must_be_below_sixty() -> None:
    made = gsi.read(b"110001+00000001 21.104+09060000\n")
    assert made.streams == () and "formats.gsi.value" in codes(made)


POINTS = (
    "# 坐标系: 船体坐标系\n# unit: mm\n点号,X,Y,Z,u X,X 设计,备注\n"
    "P1,1200.4,-30.5,12.0,0.3,1200.0,焊缝\nP2,2400.1,30.2,11.5,0.3,2400.0,\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_point_table(encoding: str) -> None:
    made = survey.read(POINTS.encode(encoding))
    assert made.facts["frame"] == "船体坐标系" and made.findings == () and made.unread == {}
    assert [s.name for s in made.streams] == ["x", "y", "z", "x design"] and {s.unit for s in made.streams} == {"mm"}
    x = made.streams[0]
    assert x.u is not None and x.u.tolist() == [0.3, 0.3] and x.labels["point"].tolist() == ["P1", "P2"]
    assert x.labels["备注"].tolist() == ["焊缝", ""] and made.streams[3].facts["role"] == "design"


def test_frame_in_a_column_and_none_at_all() -> None:
    made = survey.read(b"Point;E (m);N (m);H (m);Datum\n1;5,25;6,5;1,0;CGCS2000\n2;5,5;6,75;1,5;CGCS2000\n")
    assert [s.name for s in made.streams] == ["easting", "northing", "height"]
    assert made.streams[0].value.tolist() == [5.25, 5.5] and codes(made) == []
    assert made.streams[0].labels["Datum"].tolist() == ["CGCS2000"] * 2
    made = survey.read(b"Point,E,N\n1,5,6\n2,5,6\n")
    assert codes(made) == ["formats.unit.missing", "formats.survey.datum"]
    assert [f.severity for f in made.findings] == ["warning", "error"]


def test_points_from_a_workbook() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["frame: yard"], ["Point", "X (mm)", "Y (mm)"], ["P1", 1.5, 2], ["P2", 3, None]):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    made = survey.read(stream.getvalue())
    assert made.streams[0].value.tolist() == [1.5, 3.0] and made.streams[0].facts["frame"] == "yard"
    assert made.streams[1].value[0] == 2.0


def test_coordinates_without_names_are_not_guessed() -> None:
    with pytest.raises(Refused) as refused:
        survey.read(b"1001,500.123,200.456,10.2\n1002,501.123,201.456,10.3\n")
    assert refused.value.findings[0].code == "formats.survey.columns"
