"""QIF 2.1 and 3.0: counts against XPath and SOURCES.md, studies as declared, hostile XML."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lxml import etree

from suyuan.lake.formats import qif
from suyuan.lake.formats.imported import NO_TIME, Imported
from suyuan.quantity.finding import Refused

SAMPLES = {
    "WIDGET_QIF_RESULTS.QIF": Counter(PASS=37, FAIL=5),
    "QIF_Results_Sample.QIF": Counter(PASS=7, FAIL=4, BASIC_OR_TED=2),
    "qif21_capability_subgroups.QIF": None,
    "qif21_linearity.QIF": Counter(PASS=3),
    "SheetMetal_QIF_Results_6_samples.QIF": None,
}


def sample(reference: Path, name: str) -> bytes:
    return (reference / "data" / "qif" / name).read_bytes()


def statuses(made: Imported) -> Counter[str]:
    return Counter(s for stream in made.streams for s in stream.labels["status"])


@pytest.mark.parametrize("name", SAMPLES)
def test_every_measured_value_once(reference: Path, name: str) -> None:
    """The count and the values by XPath of our own: members of the lists of measured characteristics."""
    data = sample(reference, name)
    made = qif.read(data)
    tree = etree.fromstring(data)
    expected: Any = tree.xpath(
        "//*[local-name()='CharacteristicMeasurements' or local-name()='CharacteristicActuals']"
        "/*/*[local-name()='Value']"
    )
    values = np.concatenate([s.value for s in made.streams])
    assert len(values) == len(expected)
    assert np.sort(values).tolist() == sorted(float(e.text) for e in expected)
    if SAMPLES[name] is not None:
        assert statuses(made) == SAMPLES[name]
    assert all((s.time == NO_TIME).all() for s in made.streams), "QIF states no time a reading"


def test_sheet_metal_by_part(reference: Path) -> None:
    """6 parts of 38 characteristics, 34 point profile and 4 position each; fails 0, 2, 2, 0, 0, 10."""
    made = qif.read(sample(reference, "SheetMetal_QIF_Results_6_samples.QIF"))
    rows = [
        (part, status, stream.facts["characteristic"])
        for stream in made.streams
        for part, status in zip(stream.labels["part"], stream.labels["status"], strict=True)
    ]
    parts = sorted({part for part, _, _ in rows})
    assert parts == [f"SN580280{i}" for i in range(1, 7)]
    for part, fails in zip(parts, (0, 2, 2, 0, 0, 10), strict=True):
        own = [r for r in rows if r[0] == part]
        assert len(own) == 38
        assert Counter(kind for _, _, kind in own) == {"PointProfile": 34, "Position": 4}
        assert sum(status == "FAIL" for _, status, _ in own) == fails
    assert {s.unit for s in made.streams} == {"mm"} and {s.instrument for s in made.streams} == {"CMM"}
    assert made.streams[0].facts["tolerance"] == "4"


def test_declared_study_stays_as_declared(reference: Path) -> None:
    made = qif.read(sample(reference, "qif21_capability_subgroups.QIF"))
    (stream,) = made.streams
    assert made.version == "2.1.0" and stream.name == "Top_Diameter_2.000"
    assert (stream.facts["nominal"], stream.facts["minimum"], stream.facts["maximum"]) == ("2.000", "1.800", "2.200")
    assert stream.unit == "" and [f.code for f in made.findings] == ["formats.unit.missing"]
    assert len(set(stream.labels["part"])) == 30 and stream.resolution == 0.001
    planned, declared = made.facts["studies"]
    assert planned["stated"]["CpkThreshold/Limit"] == "1.33"
    stats = {k.rpartition("/")[2]: v for k, v in declared["stated"].items()}
    assert stats["TotalNumber"] == "30" and float(stats["Average"]) == pytest.approx(stream.value.mean(), abs=1e-8)
    assert [len(g) for g in declared["subgroups"]] == [3] * 10
    by_id = dict(zip(stream.labels["measurement"], stream.value, strict=True))
    assert {i for g in declared["subgroups"] for i in g} <= by_id.keys()


def test_plan_and_resources_hold_no_readings(reference: Path) -> None:
    plan = qif.read(sample(reference, "sheetMetalPlan.QIF"))
    assert plan.streams == () and len(plan.facts["characteristics"]) == 21 and len(plan.facts["plan"]) == 1
    machine = qif.read(sample(reference, "MeasurementResourcesBrep.qif"))
    assert machine.streams == ()
    assert machine.facts["devices"] == [{"id": "1", "kind": "CartesianCMM", "Name": "CMM1"}]
    assert machine.unread["MeasurementResources/XYZ"] == 10, "shapes of the machine are counted, not read"


def test_device_of_a_study(reference: Path) -> None:
    made = qif.read(sample(reference, "qif21_linearity.QIF"))
    (device,) = made.facts["devices"]
    assert device["SerialNumber"] == "1234-5678" and device["LinearResolution/LinearValue"] == ".0005"
    assert {s.instrument for s in made.streams} == {"1234-5678"}


DOCUMENT = """<QIFDocument xmlns="http://qifstandards.org/xsd/qif3" versionQIF="3.0.0">
 <MeasurementResources><MeasurementDevices><MeasurementDevice id="9"><SerialNumber>C1</SerialNumber>
  <Calibration><CalibrationDate>2026-01-02</CalibrationDate></Calibration></MeasurementDevice></MeasurementDevices>
 </MeasurementResources>
 <FileUnits><PrimaryUnits><LinearUnit><SIUnitName>meter</SIUnitName><UnitName>mm</UnitName>
  <UnitConversion><Factor>{factor}</Factor></UnitConversion></LinearUnit></PrimaryUnits></FileUnits>
 <Characteristics><CharacteristicItems><DiameterCharacteristicItem id="1"><Name>D</Name>
  <CharacteristicNominalId>77</CharacteristicNominalId></DiameterCharacteristicItem></CharacteristicItems></Characteristics>
 <Results><MeasurementResultsSet>{results}</MeasurementResultsSet></Results></QIFDocument>"""
RESULT = """<MeasurementResults id="2"><MeasuredCharacteristics><CharacteristicMeasurements n="{n}">{rows}
 </CharacteristicMeasurements></MeasuredCharacteristics></MeasurementResults>"""
ROW = """<DiameterCharacteristicMeasurement id="{id}"><Status><CharacteristicStatusEnum>PASS</CharacteristicStatusEnum>
 </Status><CharacteristicItemId>1</CharacteristicItemId><Value combinedUncertainty="0.002">{value}</Value>
 </DiameterCharacteristicMeasurement>"""


def document(rows: str, n: int = 1, factor: str = "0.001", twice: bool = False) -> bytes:
    result = RESULT.format(n=n, rows=rows)
    return DOCUMENT.format(factor=factor, results=result * (2 if twice else 1)).encode()


def test_uncertainty_calibration_and_dangling_reference() -> None:
    made = qif.read(document(ROW.format(id=3, value="10.02")))
    (stream,) = made.streams
    assert stream.u is not None and stream.u.tolist() == [0.002] and stream.resolution == 0.01
    assert made.facts["devices"][0]["Calibration/CalibrationDate"] == "2026-01-02"
    assert "formats.qif.reference" in [f.code for f in made.findings]


def test_results_that_stand_twice_count_once() -> None:
    made = qif.read(document(ROW.format(id=3, value="10.02"), twice=True))
    assert made.streams[0].value.tolist() == [10.02] and made.unread["repeated measurement"] == 1


def test_one_identifier_with_two_values_is_told_and_both_are_kept() -> None:
    made = qif.read(document(ROW.format(id=3, value="10.02") + ROW.format(id=3, value="10.03"), n=2))
    assert made.streams[0].value.tolist() == [10.02, 10.03]
    assert "formats.qif.identifier" in [f.code for f in made.findings]


def test_wrong_count_factor_and_number() -> None:
    made = qif.read(document(ROW.format(id=3, value="ten"), n=5, factor="0.0254"))
    assert {"formats.qif.count", "formats.qif.factor", "formats.number.unreadable"} <= {f.code for f in made.findings}
    assert np.isnan(made.streams[0].value).all()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'<!DOCTYPE a [<!ENTITY b "c">]><QIFDocument>&b;</QIFDocument>', "certificate.xml.dtd"),
        (b"<a>" * 400 + b"</a>" * 400, "certificate.xml.too_deep"),
        (b"<QIFDocument xmlns='http://qifstandards.org/xsd/qif3'>", "certificate.xml.broken"),
        (b"<QIFDocument/>", "formats.file.other"),
        (b"", "certificate.xml.empty"),
    ],
)
def test_hostile_or_foreign_xml_is_refused_with_its_place(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        qif.read(data)
    assert refused.value.findings[0].code == code and refused.value.findings[0].where


def test_many_faults_are_counted_not_listed() -> None:
    rows = "".join(ROW.format(id=i, value="x") for i in range(10, 310))
    made = qif.read(document(rows, n=300))
    assert sum(f.code == "formats.number.unreadable" for f in made.findings) == 100
    assert made.unread["further formats.number.unreadable"] == 200 and len(made.streams[0].value) == 300
