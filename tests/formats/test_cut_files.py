"""Files cut at any place: what is whole before the cut loads, never a half of it, and the place is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from suyuan.lake.formats import edl40, ocmf, qif, recognise
from suyuan.lake.formats.imported import Imported
from suyuan.lake.intake import Given, brought
from suyuan.quantity.finding import Refused


def sample(reference: Path, kind: str, name: str) -> bytes:
    return (reference / "data" / kind / name).read_bytes()


def measured(made: Imported) -> dict[str, tuple[float, str]]:
    """Identifier of each measurement → its value and status."""
    return {
        str(i): (float(v), str(s))
        for one in made.streams
        for i, v, s in zip(one.labels["measurement"], one.value, one.labels["status"], strict=True)
    }


def test_a_qif_file_cut_in_its_results(reference: Path) -> None:
    data = sample(reference, "qif", "WIDGET_QIF_RESULTS.QIF")
    whole = measured(qif.read(data))
    counts = []
    for at in range(len(data) * 6 // 10, len(data) - 20, 2711):
        part = data[:at]
        try:
            made = qif.read(part)
        except Refused:
            continue
        ended = len(re.findall(rb"</\w+CharacteristicMeasurement>", part))
        found = measured(made)
        counts.append(len(found))
        assert len(found) == ended, "all that ended before the cut, and no more"
        assert found.items() <= whole.items(), "each as in the whole file"
        [told] = [f for f in made.findings if f.code == "formats.xml.cut"]
        assert told.severity == "error" and told.where == f"line {part.count(10) + 1}"
    assert max(counts) > 3 and len(set(counts)) > 2


def test_containers_cut_between_and_in_their_records(reference: Path) -> None:
    for kind, name in ((ocmf, "20211007-device-with-evt-ocmf-sss-ses.xml"), (edl40, "edl-40-01.xml")):
        data = sample(reference, "ocmf", name)
        [value] = re.findall(rb"<value.*</value>", data, re.DOTALL)
        two = data.replace(value, value + value)
        made = kind.read(two[: two.rindex(b"</signedData>") - 30])  # type: ignore[attr-defined]
        left = 2 * data.count(b"</value>") - 1
        assert made.facts["signatures"] == {"verified": left} and len(made.facts["records"]) == left
        assert "formats.xml.cut" in {f.code for f in made.findings}
        with pytest.raises(Refused) as refused:
            recognise.read(data[: len(data) // 2])
        assert [f.code for f in refused.value.findings] == ["certificate.xml.broken"], "nothing whole is before it"


def test_a_fault_before_the_end_is_no_cut(reference: Path) -> None:
    data = sample(reference, "qif", "WIDGET_QIF_RESULTS.QIF").replace(b"</Header>", b"</Heade>")
    with pytest.raises(Refused) as refused:
        qif.read(data)
    assert [f.code for f in refused.value.findings] == ["certificate.xml.broken"]


@pytest.mark.parametrize(
    ("name", "count"), [("sheetMetalPlan.QIF", "21"), ("MeasurementResourcesBrep.qif", "0")]
)  # fmt: skip
def test_a_plan_is_whole_and_holds_no_readings(reference: Path, name: str, count: str) -> None:
    made = qif.read(sample(reference, "qif", name))
    [told] = [f for f in made.findings if f.code == "formats.qif.no_results"]
    assert told.severity == "note" and dict(told.parameters)["characteristics"] == count
    assert brought(made, Given(received=1)) == ()


def test_every_changed_byte_of_a_meter_message_is_told(reference: Path) -> None:
    """A digit of the message changed anywhere: refused, or loaded with an error and a mark on each reading."""
    data = sample(reference, "ocmf", "edl-40-01.xml")
    begin = data.index(b">", data.index(b"<signedData")) + 1
    end = data.index(b"</signedData>")
    for at in range(begin + 2, end - 2, 7):
        if not re.match(rb"[0-9a-fA-F]", data[at : at + 1]):
            continue
        changed = b"1" if data[at : at + 1] != b"1" else b"2"
        bad = data[:at] + (b"x" if at % 2 else changed) + data[at + 1 :]
        try:
            made = edl40.read(bad)
        except Refused as refused:
            codes = {f.code for f in refused.findings}
            assert codes & {"lake.sml.broken", "lake.sml.damaged"} and "formats.file.other" not in codes, at
            continue
        assert any(f.severity == "error" for f in made.findings), at
        assert all(mark for one in made.streams for mark in one.flag_texts.tolist()), at
        assert "signature.bytes.missing" not in {f.code for f in made.findings}, at
