"""Signed records, packets and SensorThings broken at random: told or refused, never a traceback, never «verified»."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suyuan.lake.formats.recognise import READERS, recognise
from suyuan.quantity.finding import Finding, Refused, finding_table

from .test_hj212 import packet
from .test_recognise import taken_in
from .test_sensorthings import ROWS, UNIT, document
from .test_signed_charging import ROW, _sml, record

SMALL = {
    "ocmf": b"<values><value><signedData format='OCMF'>" + record([ROW, {"TX": "E", "RV": 13}]).encode()
    + b"</signedData><publicKey encoding='hex'>00</publicKey></value></values>",
    "edl40": _sml(123456, 1_700_000_000),
    "pcdf": b"128.8.0(ST:200501162017)(CT:200501162025)(CD:000217)(TV:1)(BV:0)(RV:0003.276*kWh)(HW:1)(PK:04ab)(SG:30)",
    "hj212": packet("DataTime=20240501080000;w01018-Rtd=31.2,w01018-Flag=N;011-Avg=1,011-Flag=D")
    + packet("DataTime=20240501080100;a21026-Rtd=8.25", "QN=1;CN=2061;MN=M2;PNUM=2;PNO=1;"),
    "sensorthings": document({"value": [{"name": "T", "unitOfMeasurement": UNIT, "Observations": ROWS}]}),
}  # fmt: skip


def spoiled(data: bytes, cut: int, at: int, byte: int, kind: int) -> bytes:
    """A file cut short, with a byte changed, a piece doubled or taken out, or two marks exchanged."""
    at %= len(data)
    if kind == 0:
        return data[: cut % len(data)]
    if kind == 1:
        return data[:at] + bytes([byte]) + data[at + 1 :]
    if kind == 2:
        return data[:at] + data[at // 2 : at] + data[at:]
    if kind == 3:
        return data.replace(b";", b"##").replace(b'"result"', b'"unitOfMeasurement"')
    return data[:at] + data[at + 1 + cut % 20 :]


@pytest.mark.parametrize("kind", sorted(SMALL))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
            well_told(refused.findings)
            assert refused.findings
            continue
        well_told(made.findings)
        for stream in made.streams:
            rows = len(stream.value)
            assert len(stream.time) == rows and all(len(v) == rows for v in stream.labels.values())
            assert stream.flag is None or (len(stream.flag) == rows and stream.flag.max() < len(stream.flags))
        assert all(n > 0 for n in made.unread.values())
        taken_in(made)


def well_told(findings: tuple[Finding, ...]) -> None:
    """Every finding has its sentences, and every word in them its parameter."""
    for item in findings:
        assert item.code in finding_table()
        for text in item.to_json()["en"].values():
            assert "?" not in text or "?" in str(item.parameters) + item.where, (item, text)
