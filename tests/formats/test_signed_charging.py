"""Signed charging records: the facts of the public samples, and records signed here."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from suyuan.lake.formats import edl40, ocmf, pcdf, sml
from suyuan.lake.formats.imported import NO_TIME, Imported
from suyuan.lake.formats.recognise import read, recognise
from suyuan.quantity.finding import Refused

FACTS: dict[str, tuple[str, str, dict[str, int]]] = {
    "test_ocmf_keba_kcp30.xml": ("ocmf", "OCMF", {"verified": 1}),
    "test_ocmf_keba_kcp30_fail.xml": ("ocmf", "OCMF", {"failed": 1}),
    "20211007-device-with-evt-ocmf-sss-ses.xml": ("ocmf", "OCMF", {"verified": 2}),
    "Ocmf_Example_OBIS_98.8.0_2.8.0.xml": ("ocmf", "OCMF", {"verified": 1}),
    "edl-40-01.xml": ("edl40", "EDL40", {"verified": 1}),
    "valid.pcdf": ("pcdf", "PCDF", {"verified": 1}),
    "SIGinvalid.pcdf": ("pcdf", "PCDF", {"failed": 1}),
}


def codes(made: Imported) -> list[str]:
    return [f.code for f in made.findings]


@pytest.mark.parametrize("name", FACTS)
def test_the_samples_have_the_verdicts_of_their_sources(reference: Path, name: str) -> None:
    content = (reference / "data" / "ocmf" / name).read_bytes()
    kind, format, states = FACTS[name]
    assert recognise(content) == kind
    made = read(content)
    assert (made.format, made.facts["signatures"]) == (format, states)


@pytest.mark.parametrize("name", FACTS)
def test_one_changed_digit_is_seen(reference: Path, name: str) -> None:
    content = (reference / "data" / "ocmf" / name).read_bytes()
    if name.startswith("Ocmf"):
        changed = content.replace(b'"RV" : "1.0"', b'"RV" : "1.1"')
    elif FACTS[name][0] == "ocmf":
        changed = content.replace(b'"RV":0,', b'"RV":1,').replace(b'"RV":0.2597', b'"RV":0.2598')
    elif FACTS[name][0] == "edl40":
        changed = content.replace(b"0c cb", b"0c cc")
    else:
        changed = content.replace(b"0003.276", b"0003.277")
    assert changed != content
    made = read(changed)
    assert set(made.facts["signatures"]) == {"failed"} and "signature.bytes.changed" in codes(made)
    kept = next(f for f in made.findings if f.code == "lake.signed.kept")
    assert all("signature failed" in text for s in made.streams for text in s.flag_texts)
    assert "signature failed" in dict(kept.parameters)["mark"], "kept, and the mark is named"


def test_import_and_export_are_two_streams_and_text_is_a_value(reference: Path) -> None:
    made = read((reference / "data" / "ocmf" / "Ocmf_Example_OBIS_98.8.0_2.8.0.xml").read_bytes())
    first, second = made.streams
    assert (first.name, second.name) == ("1-0:98.8.0.FF", "1-0:2.8.0.FF")
    assert first.value.tolist() == [0.0, 1.0] and second.value.tolist() == [1.0, 2.0]
    assert (first.resolution, first.unit, second.unit) == (0.1, "kWh", "kWh")
    assert second.facts["direction"] == "export" and "direction" not in first.facts
    assert "lake.ocmf.register" in codes(made)
    assert first.flag_texts.tolist() == ["time I", "time I"] and "lake.ocmf.clock" in codes(made)
    assert first.instrument == "1XXX0128200099" and first.facts["gateway serial"] == "1XXX0028200099"
    assert first.time[0] == np.datetime64("2021-09-02T10:29:53", "us").astype(int)
    assert first.labels["transaction"].tolist() == ["B", "E"] and first.labels["signature"].tolist() == ["verified"] * 2


def test_pages_follow_and_a_meter_that_is_not_well_says_so(reference: Path) -> None:
    made = read((reference / "data" / "ocmf" / "20211007-device-with-evt-ocmf-sss-ses.xml").read_bytes())
    [stream] = made.streams
    assert stream.labels["pagination"].tolist() == ["T2", "T3"] and "lake.ocmf.pagination" not in codes(made)
    assert stream.flag_texts.tolist() == ["meter E; errors Et"] * 2
    assert {"lake.ocmf.status", "lake.ocmf.errors"} <= set(codes(made))
    assert made.unread["RD/XV"] == 2 and made.unread["ID"] == 2  # a person is not copied


def test_a_clock_that_is_not_set_is_no_time(reference: Path) -> None:
    made = read((reference / "data" / "ocmf" / "edl-40-01.xml").read_bytes())
    [stream] = made.streams
    assert (stream.name, stream.value.tolist(), stream.unit, stream.resolution) == (
        "1-0:1.17.0*255",
        [327.5],
        "Wh",
        0.1,
    )
    assert stream.time.tolist() == [NO_TIME] and stream.flag_texts.tolist() == ["clock not set"]
    assert stream.labels["clock"].tolist() == ["777"] and stream.labels["pagination"].tolist() == ["33"]
    assert stream.instrument == "09014553591103956940"


def test_pcdf_times_need_a_zone(reference: Path) -> None:
    content = (reference / "data" / "ocmf" / "valid.pcdf").read_bytes()
    [stream] = pcdf.read(content).streams
    assert stream.time.tolist() == [NO_TIME] and (stream.value.tolist(), stream.resolution) == ([3.276], 0.001)
    made = pcdf.read(content, zone="Europe/Berlin")
    assert made.local and made.streams[0].time[0] == np.datetime64("2020-05-01T14:20:25", "us").astype(int)


def test_a_key_from_elsewhere_governs(reference: Path) -> None:
    content = (reference / "data" / "ocmf" / "test_ocmf_keba_kcp30.xml").read_bytes()
    own = content.split(b'encoding="hex">')[1].split(b"<")[0].decode()
    made = ocmf.read(content, keys={"17619300": own})
    assert made.facts["records"][0]["trusted"] is True and "signature.key.own" not in codes(made)
    other, _ = _key()
    assert ocmf.read(content, keys={"": other}).facts["signatures"] == {"failed": 1}
    assert ocmf.read(content, keys={"17619300": "no key"}).facts["signatures"] == {"cannot_verify": 1}
    bare = content.replace(own.encode(), b"")
    assert ocmf.read(bare).facts["signatures"] == {"cannot_verify": 1}
    assert "signature.key.missing" in codes(ocmf.read(bare))


# ---------------------------------------------------------------- records made here


def _key() -> tuple[str, ec.EllipticCurvePrivateKey]:
    private = ec.generate_private_key(ec.SECP256R1())
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return private.public_key().public_bytes(serialization.Encoding.DER, form).hex(), private


PUBLIC, PRIVATE = _key()


def record(rows: list[dict[str, Any]], encode: str = "hex", **more: Any) -> str:
    """An OCMF record signed with our key."""
    payload = json.dumps({"FV": "1.0", "MS": "M1", "PG": "T1", **more, "RD": rows}, indent=1)
    signature = PRIVATE.sign(payload.encode(), ec.ECDSA(hashes.SHA256()))
    text = signature.hex() if encode == "hex" else base64.b64encode(signature).decode()
    return f"OCMF|{payload}|" + json.dumps({"SA": "ECDSA-secp256r1-SHA256", "SE": encode, "SD": text})


ROW = {"TM": "2024-05-01T08:00:00,000+0200 S", "TX": "B", "RV": 12.30, "RI": "1-0:1.8.0", "RU": "kWh", "ST": "G"}


@pytest.mark.parametrize("encode", ["hex", "base64"])
def test_bare_records_keep_their_bytes(encode: str) -> None:
    content = "\n".join([record([ROW], encode), record([ROW], encode, PG="T2")]).encode()
    assert recognise(content) == "ocmf"
    made = ocmf.read(content, keys={"M1": PUBLIC})
    assert made.facts["signatures"] == {"verified": 2} and not made.findings
    assert made.streams[0].flag is None
    packed = ocmf.read(content.replace(b"\n ", b""), keys={"M1": PUBLIC})  # one blank less is another message
    assert packed.facts["signatures"] == {"failed": 2}


def test_fields_that_are_not_repeated_are_those_before() -> None:
    rows = [ROW, {"TM": "2024-05-01T09:00:00,000+0200 S", "TX": "C", "RV": "13.0"}, {"TX": "E", "RV": 13.5}]
    [stream] = ocmf.read(record(rows).encode(), keys={"": PUBLIC}).streams
    assert stream.value.tolist() == [12.3, 13.0, 13.5] and stream.labels["transaction"].tolist() == ["B", "C", "E"]
    assert stream.time[1] == stream.time[2] > stream.time[0]


def test_an_event_without_a_value_is_missing_not_zero() -> None:
    rows = [ROW, {"TX": "X", "ST": "D"}]
    made = ocmf.read(record(rows).encode())
    assert np.isnan(made.streams[0].value[1]) and made.streams[0].flag_texts[1] == "meter D"


def test_a_gap_in_the_pages_and_a_falling_register() -> None:
    low = {**ROW, "TX": "E", "RV": 11.0}
    made = ocmf.read("\n".join([record([ROW, low]), record([ROW], PG="T4")]).encode(), keys={"": PUBLIC})
    assert {"lake.ocmf.pagination", "lake.ocmf.falls"} <= set(codes(made))


def test_a_million_equal_findings_stay_readable() -> None:
    made = ocmf.read("\n".join(record([ROW], PG=f"T{n}") for n in range(1, 60)).encode())
    assert codes(made).count("signature.key.missing") == 20 and made.unread["further signature.key.missing"] == 39


def _octets(content: bytes) -> bytes:
    size = len(content) + 1
    return bytes([size]) + content if size < 16 else bytes([0x80 | (size + 1) >> 4, (size + 1) & 15]) + content


def _sml(value: int, seconds: int, drop: bytes = b"", register: bytes = edl40.SIGNED_REGISTER) -> bytes:
    """An SML file with one signed reading, as EDL40 has it."""

    def number(x: int, size: int = 4) -> bytes:
        return bytes([0x60 | size + 1]) + x.to_bytes(size, "big")

    private = ec.generate_private_key(ec.SECP192R1())
    server = bytes(range(10))
    time = b"\x72\x62\x03\x73" + number(seconds) + b"\x53\x00\x3c\x53\x00\x3c"
    entries = {
        b"v": _octets(register) + number(0) + time + b"\x62\x1e\x52\xff\x59" + value.to_bytes(8, "big") + b"\x01",
        b"s": _octets(bytes.fromhex("810060080001"))
        + b"\x01\x01\x01\x01\x72\x62\x01\x72\x62\x01"
        + number(7)
        + b"\x01",
        b"p": _octets(bytes.fromhex("8180817101ff")) + b"\x01\x01\x01\x01" + number(3) + b"\x01",
        b"c": _octets(bytes.fromhex("8182815401ff")) + b"\x01" + time + b"\x01\x01" + _octets(b"contract") + b"\x01",
    }
    listed = b"".join(b"\x77" + e for k, e in entries.items() if k not in drop)
    local = (seconds + 7200).to_bytes(4, "little")
    message = server + local + b"\0" + (7).to_bytes(4, "little") + (3).to_bytes(4, "little") + register
    message += b"\x1e\xff" + value.to_bytes(8, "little") + b"\0\x01" + b"contract".ljust(128, b"\0") + local
    from cryptography.hazmat.primitives.asymmetric import utils

    r, s = utils.decode_dss_signature(private.sign(message.ljust(320, b"\0"), ec.ECDSA(hashes.SHA256())))
    signature = r.to_bytes(24, "big") + s.to_bytes(24, "big") + b"\0\x01"
    count = bytes([0x70 | 4 - len(drop)])
    body = b"\x77\x01" + _octets(server) + b"\x01\x01" + count + listed + _octets(signature) + b"\x01"
    sent = b"\x76\x02\x01\x62\x00\x62\x00\x72\x65\x00\x00\x07\x01" + body + b"\x63\x00\x00\x00"
    whole = sml.START + sent + bytes.fromhex("1b1b1b1b1a00")
    form = serialization.PublicFormat.UncompressedPoint
    point = private.public_key().public_bytes(serialization.Encoding.X962, form)[1:]
    data = (whole + sml.crc(whole).to_bytes(2, "little")).hex()
    return (
        f"<values><value><signedData>{data}</signedData><publicKey>{point.hex()}</publicKey></value></values>".encode()
    )


def test_edl40_made_here_is_verified_and_timed() -> None:
    made = edl40.read(_sml(123456, 1_700_000_000))
    assert made.facts["signatures"] == {"verified": 1} and codes(made) == ["signature.key.own"]
    [stream] = made.streams
    assert stream.time.tolist() == [1_700_000_000_000_000] and stream.value.tolist() == [12345.6]


@pytest.mark.parametrize("drop", [b"s", b"p", b"c"])
def test_edl40_without_a_part_cannot_be_verified(drop: bytes) -> None:
    made = edl40.read(_sml(1, 1_700_000_000, drop))
    assert made.facts["signatures"] == {"cannot_verify": 1} and "lake.sml.signature" in codes(made)
    assert made.streams[0].value.tolist() == [0.1]


def test_edl40_of_another_register_is_read_and_not_judged() -> None:
    made = edl40.read(_sml(1, 1_700_000_000, register=bytes.fromhex("0100010800ff")))
    assert made.facts["signatures"] == {"cannot_verify": 1} and "signature.scheme.unconfirmed" in codes(made)
    assert made.streams[0].name == "1-0:1.8.0*255"


def test_a_wrong_transport_checksum_is_flagged() -> None:
    content = _sml(1, 1_700_000_000)
    at = content.index(b"</signedData>") - 2
    changed = content[:at] + (b"00" if content[at : at + 2] != b"00" else b"11") + content[at + 2 :]
    made = edl40.read(changed)
    assert "lake.sml.checksum" in codes(made) and made.streams[0].flag_texts.tolist() == ["transport checksum"]
    assert made.facts["signatures"] == {"verified": 1}


@pytest.mark.parametrize("content", [b"OCMF|", b"OCMF|{}", b"OCMF|[]|{}", b"<values></values>"])
def test_records_without_content(content: bytes) -> None:
    for reader in (ocmf.read, edl40.read, pcdf.read):
        try:
            assert not reader(content).streams
        except Refused as refused:
            assert refused.findings
