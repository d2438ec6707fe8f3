"""Which reader a file asks for, by its bytes; and broken files: told or refused, never a traceback."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suyuan.lake.formats.imported import Imported
from suyuan.lake.formats.recognise import READERS, read, recognise
from suyuan.lake.intake import Given, brought
from suyuan.quantity.finding import Finding, Refused, finding_table

KINDS = {
    "qif": "qif",
    "qdas": "dfq",
    "battery": "cycler",
    "airquality": "mapped",
    "nist": "ruled",
}


@pytest.mark.parametrize("folder", KINDS)
def test_samples_by_content(reference: Path, folder: str) -> None:
    files = sorted((reference / "data" / folder).iterdir())
    assert files
    for file in files:
        assert recognise(file.read_bytes()) == KINDS[folder], file.name


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"110001+0000A110 81..00+00005387 82..00-00000992\n", "gsi"),
        (b"Point,X (m),Y (m)\n1,2,3\n2,3,4\n", "survey"),
        (b"Frame,Side,Thickness (mm)\n1,P,10\n2,S,11\n", "thickness"),
        (b"a,b\n1,2\n", "mapped"),
        ("点号;东坐标;北坐标\n1;2,5;3\n2;2,5;3\n".encode("gb18030"), "survey"),
    ],
)
def test_small_files_by_content(data: bytes, kind: str) -> None:
    assert recognise(data) == kind


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"<html></html>", b"PK\x03\x04broken", b"\x7fELF\0\0", b"words\nand words\n"]
)
def test_what_nobody_reads_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        recognise(data)


SMALL = {
    "qif": b"""<QIFDocument xmlns="http://qifstandards.org/xsd/qif3" versionQIF="3.0.0"><Characteristics>
<CharacteristicItems n="1"><DiameterCharacteristicItem id="1"><Name>D</Name></DiameterCharacteristicItem>
</CharacteristicItems></Characteristics><Results><MeasurementResultsSet n="1"><MeasurementResults id="2">
<MeasuredCharacteristics><CharacteristicMeasurements n="1"><DiameterCharacteristicMeasurement id="3">
<Status><CharacteristicStatusEnum>PASS</CharacteristicStatusEnum></Status><CharacteristicItemId>1</CharacteristicItemId>
<Value>10.02</Value></DiameterCharacteristicMeasurement></CharacteristicMeasurements></MeasuredCharacteristics>
</MeasurementResults></MeasurementResultsSet></Results></QIFDocument>""",
    "dfq": b"K0100 2\nK1001/1 p\nK2001/1 a\nK2142/1 mm\nK2001/2 b\nK0001/1 1.5\n"
    b"K0002/1 255\nK0004/1 01.02.2024/08:00:00\n"
    b"1.6\x140\x1402.02.2024/08:00:00\x0f2\x140\nK5111/1 1\nK5113/2 1\nK5103/1 2\nK5102/2 1\n",
    "gsi": b"*110001+000000000PNC0055 21.002+0000000013384650 22.004+0000000005371500 31..06+0000000000123456\n",
    "cycler": b"Step Type,Step Time,Current(A),Voltage(V),DChg. Cap.(Ah),R(mO),Date\n"
    b"CC DChg,00:00:01,-1,3.3,0.1,0,2022-05-18 16:27:52\nRest,00:01:00.5,0,3.2,0.0,0,2022-05-18 16:28:52\n",
    "survey": "坐标系: 船体\n点号,X (mm),Y (mm),u X\nP1,1200.4,-30.5,0.3\nP2,1e3,-200,0.3\n".encode(),
    "thickness": b"unit: mm\nDate,Frame,Original thickness,Gauged thickness\n2026-03-14,12,12.0,10.9\n"
    b"2026-03-14,13,12.0,11\n",
    "ruled": b"words\nX Y\n----------\n1. 2.5\n2. 3.5\n",
    "mapped": "Date;Time;CO(GT);温度 (℃)\n10/03/2004;18.00.00;2,6;-200\n13/03/2004;19.00.00;-200;1,5\n".encode(),
}


def test_every_reader_has_a_small_file() -> None:
    assert SMALL.keys() <= READERS.keys()
    for kind, data in SMALL.items():
        assert isinstance(READERS[kind](data, zone="Europe/Rome"), Imported), kind


def spoiled(data: bytes, cut: int, at: int, byte: int, kind: int) -> bytes:
    """A file cut short, with a byte changed, a piece doubled, or its separators exchanged."""
    at %= len(data)
    if kind == 0:
        return data[: cut % len(data)]
    if kind == 1:
        return data[:at] + bytes([byte]) + data[at + 1 :]
    if kind == 2:
        return data[:at] + data[at // 2 : at] + data[at:]
    if kind == 3:
        return data.replace(b",", b";").replace(b"\x14", b",")
    return data[:at] + data[at + 1 + cut % 20 :]


@pytest.mark.parametrize("kind", sorted(SMALL))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 5000), st.integers(0, 5000), st.integers(0, 255), st.integers(0, 4)),
        min_size=1,
        max_size=3,
    )
)
def test_broken_files_never_give_a_traceback(kind: str, steps: list[tuple[int, int, int, int]]) -> None:
    data = SMALL[kind]
    for cut, at, byte, how in steps:
        data = spoiled(data, cut, at, byte, how) if data else data
    for by_content in (False, True):
        try:
            made = READERS[recognise(data) if by_content else kind](data, zone="Asia/Shanghai")
        except Refused as refused:
            assert refused.findings
            well_told(refused.findings)
            continue
        well_told(made.findings)
        for stream in made.streams:
            rows = len(stream.value)
            assert len(stream.time) == rows and all(len(v) == rows for v in stream.labels.values())
            assert stream.flag is None or (
                len(stream.flag) == rows and (not rows or stream.flag.max() < len(stream.flags))
            )
        assert all(n > 0 for n in made.unread.values())
        taken_in(made)


def taken_in(made: Imported) -> None:
    """What was read goes in or is refused, with its sentences; nothing else."""
    try:
        every = brought(made, Given({}, {}, {"": "mm"}, received=1))
    except Refused as refused:
        well_told(refused.findings)
        return
    for one in every:
        well_told(one.findings)
        assert one.block is not None or one.findings


def binary(kind: str) -> bytes:
    """A small workbook or Parquet file."""
    import io
    from datetime import datetime, timedelta

    begin, out = datetime(2026, 3, 1), io.BytesIO()
    rows = [(begin + timedelta(minutes=n), 20.0 + n / 10) for n in range(50)]
    if kind == "excel":
        openpyxl = pytest.importorskip("openpyxl")
        book = openpyxl.Workbook()
        for row in [("time", "T [degC]"), *rows]:
            book.active.append(row)
        book.save(out)
    else:
        import pyarrow as pa
        import pyarrow.parquet as arrow_parquet

        columns = {"time": pa.array([t for t, _ in rows], pa.timestamp("us")), "T [degC]": [v for _, v in rows]}
        arrow_parquet.write_table(pa.table(columns), out)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["excel", "parquet"])
def test_cut_and_flipped_workbooks_and_parquet_files_never_give_a_traceback(kind: str) -> None:
    data, draw = binary(kind), random.Random(6)
    whole = read(data, zone="UTC")
    assert [len(s.value) for s in whole.streams] == [50]
    taken_in(whole)
    spoilt = [data[: len(data) * n // 13] for n in range(1, 13)]
    for _ in range(40):
        at = draw.randrange(len(data))
        spoilt.append(data[:at] + bytes([data[at] ^ 1 << draw.randrange(8)]) + data[at + 1 :])
    for one in spoilt:
        try:
            taken_in(read(one, zone="UTC"))
        except Refused as refused:
            well_told(refused.findings)


def well_told(findings: tuple[Finding, ...]) -> None:
    """Every finding has its sentences, and every word in them its parameter."""
    for item in findings:
        assert item.code in finding_table()
        for text in item.to_json()["en"].values():
            assert "?" not in text or "?" in str(item.parameters), (item, text)
