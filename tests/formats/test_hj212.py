"""HJ 212: the public packets, the standard's example, and packets made here with right and wrong checksums."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.lake.formats import hj212
from suyuan.lake.formats.hj212_packets import checksums, packets
from suyuan.lake.formats.imported import NO_TIME, Imported, RawStream
from suyuan.lake.formats.recognise import read, recognise
from suyuan.lake.intake import Given, brought
from suyuan.quantity.finding import Refused
from suyuan.quantity.table import load
from suyuan.quantity.unit import parse_unit

HEAD = "QN=20240501080000000;ST=32;CN=2011;PW=654321;MN=M1;Flag=5;"


def crc(data: bytes) -> int:
    """Appendix A word for word: one byte, one bit after the other."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ byte
        for _ in range(8):
            register = (register >> 1) ^ 0xA001 if register & 1 else register >> 1
    return register


def packet(area: str, head: str = HEAD, end: str = "\r\n") -> bytes:
    data = f"{head}CP=&&{area}&&".encode()
    return b"##%04d%s%04X" % (len(data), data, crc(data)) + end.encode()


def codes(made: Imported) -> list[str]:
    return [f.code for f in made.findings]


def by_name(made: Imported) -> dict[str, RawStream]:
    return {s.name: s for s in made.streams}


def test_three_of_the_five_public_packets_have_a_wrong_checksum(reference: Path) -> None:
    content = (reference / "data" / "hj212" / "packets.txt").read_bytes()
    assert recognise(content) == "hj212"
    made = read(content)
    assert {k: made.facts[k] for k in ("packets", "checksum wrong", "length wrong")} == {
        "packets": 5, "checksum wrong": 3, "length wrong": 0,
    }  # fmt: skip
    found = packets(content)
    assert found.stated.tolist() == [136, 204, 213, 289, 303]
    assert found.checksum_fits.tolist() == [False, False, False, True, True]
    values = sum(len(s.value) for s in made.streams)
    assert values == content.count(b"-Rtd=") + content.count(b"-Avg=") + 2  # nothing is dropped; Min and Max of one
    assert "lake.hj212.checksum" in codes(made) and "lake.hj212.length" not in codes(made)
    old = by_name(made)["011-Rtd"]
    assert (old.quantity, old.unit, old.value.tolist()) == ("化学需氧量", "mg/L", [231.0])
    assert old.flag_texts.tolist() == ["N; checksum"]
    assert by_name(made)["a214-Rtd"].flag_texts.tolist() == ["N"]
    assert old.time[0] == np.datetime64("2016-08-23T16:38:17", "us").astype(int)  # 00:38:17 in China
    assert made.local and made.facts["zone"] == "Asia/Shanghai" and "lake.hj212.zone" in codes(made)
    assert "lake.hj212.twice" in codes(made)  # a21 stands twice in the third
    assert "lake.hj212.parts" in codes(made)  # PNO=0002 of PNUM=0002, the first is not there


def test_the_password_is_not_kept(reference: Path) -> None:
    made = read((reference / "data" / "hj212" / "packets.txt").read_bytes())
    assert "123456" not in repr(made)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=60), min_size=1, max_size=8))
def test_checksums_of_many_are_those_of_each(many: list[bytes]) -> None:
    body = np.frombuffer(b"".join(many), dtype=np.uint8)
    ends = np.cumsum([len(one) for one in many])
    found = checksums(body, ends - [len(one) for one in many], ends)
    assert found.tolist() == [crc(one) for one in many]


@pytest.mark.parametrize("end", ["\r\n", "\n", "", "\\r\\n", "\\r\\n\r\n"])
def test_packets_may_follow_in_any_way(end: str) -> None:
    one, two = packet("DataTime=20240501080000;w01018-Rtd=31.2,w01018-Flag=N", end=end), packet("DataTime=1", end=end)
    made = hj212.read(one + two + one)
    assert (made.facts["packets"], made.facts["checksum wrong"], made.facts["length wrong"]) == (3, 0, 0)
    assert by_name(made)["w01018-Rtd"].value.tolist() == [31.2, 31.2]


def test_both_code_tables_and_a_file_that_mixes_them() -> None:
    area = "DataTime=20240501080000;w01018-Rtd=31.2,w01018-Flag=N;011-Rtd=32,011-Flag=N;B01-Rtd=1.5;02-Rtd=7"
    made = hj212.read(packet(area) + packet("DataTime=20240501080100;a21026-Rtd=8.25,a21026-Flag=D;w00000-Cou=12"))
    streams = by_name(made)
    assert {n: (s.quantity, s.unit, s.facts["edition"]) for n, s in streams.items()} == {
        "w01018-Rtd": ("化学需氧量", "mg/L", "2017"), "011-Rtd": ("化学需氧量", "mg/L", "2005"),
        "B01-Rtd": ("污水", "L/s", "2005"), "02-Rtd": ("二氧化硫", "mg/m3", "2005"),
        "a21026-Rtd": ("二氧化硫", "mg/m3", "2017"), "w00000-Cou": ("污水", "m3", "2017"),
    }  # fmt: skip
    assert streams["011-Rtd"].facts["same code"] == "w01018" and streams["02-Rtd"].facts["same code"] == "a21026"
    assert "lake.hj212.mixed" in codes(made)
    [state] = [f for f in made.findings if f.code == "lake.hj212.state"]
    assert dict(state.parameters)["flag"] == "D" and "故障" in state.to_json()["zh"]["what"]


def test_minutes_hours_and_days_are_streams_of_their_own() -> None:
    area = "DataTime=20240501080000;w01018-Avg=31.2,w01018-Min=30.0,w01018-Max=33,w01018-Flag=N"
    heads = [HEAD.replace("2011", command) for command in ("2051", "2061", "2031")]
    made = hj212.read(b"".join(packet(area, head) for head in heads))
    assert {(s.name, s.facts["interval"]) for s in made.streams} == {
        (f"w01018-{kind}", interval) for kind in ("Avg", "Min", "Max") for interval in ("minutes", "hour", "day")
    }
    assert all(s.flag_texts.tolist() == ["N"] for s in made.streams)


def test_a_flag_belongs_to_its_own_value() -> None:
    area = "DataTime=20240501080000;w01018-Rtd=1,w01018-Flag=N;w01018-Rtd=2,w01018-Flag=M;w21003-Rtd=3;w21003-Flag=T"
    streams = by_name(hj212.read(packet(area)))
    assert streams["w01018-Rtd"].flag_texts.tolist() == ["N", "M"]
    assert streams["w21003-Rtd"].flag_texts.tolist() == ["T"]


def test_length_and_checksum_faults_keep_the_values() -> None:
    good = packet("DataTime=20240501080000;w01018-Rtd=31.2,w01018-Flag=N")
    longer = b"##0200" + good[6:]
    wrong = good.replace(b"31.2", b"31.3")
    made = hj212.read(good + longer + wrong)
    stream = by_name(made)["w01018-Rtd"]
    assert stream.value.tolist() == [31.2, 31.2, 31.3]
    assert stream.flag_texts.tolist() == ["N", "N; length", "N; checksum"]
    assert stream.labels["packet"].tolist() == [1, 2, 3]
    told = {f.code: dict(f.parameters) for f in made.findings}
    assert told["lake.hj212.length"]["packet"] == "2" and told["lake.hj212.checksum"]["packet"] == "3"


def test_text_before_between_and_a_packet_cut_off() -> None:
    good = packet("DataTime=20240501080000;w01018-Rtd=31.2,w01018-Flag=N")
    made = hj212.read(b"half a packet&&1234\r\n" + good + b"noise\r\n" + good + good[:60])
    assert by_name(made)["w01018-Rtd"].value.tolist() == [31.2, 31.2]
    assert {"lake.hj212.outside", "lake.hj212.content", "lake.hj212.length"} <= set(codes(made))
    assert made.unread["packet without a data area"] == 1


def test_values_that_are_none_and_times_that_are_none() -> None:
    made = hj212.read(
        packet("DataTime=20241301080000;w01018-Rtd=-,w01018-Flag=B;w21003-Rtd=0.5") + packet("w21003-Rtd=1")
    )
    streams = by_name(made)
    assert np.isnan(streams["w01018-Rtd"].value).all() and streams["w01018-Rtd"].flag_texts.tolist() == ["B; -"]
    assert (streams["w21003-Rtd"].time == NO_TIME).all() and streams["w21003-Rtd"].value.tolist() == [0.5, 1.0]
    assert streams["w21003-Rtd"].labels["time as printed"].tolist() == ["20241301080000", ""]
    assert {"formats.time.unreadable", "formats.number.unreadable"} <= set(codes(made))


def test_a_meaning_from_memory_says_so() -> None:
    made = hj212.read(packet("DataTime=20240501080000;011-Rtd=1,011-Flag=M;w21003-Rtd=1,w21003-Flag=M"))
    told = [f.to_json()["en"]["what"] for f in made.findings if f.code == "lake.hj212.state"]
    assert ["memory" in t for t in told] == [True, False]


def test_parts_of_a_split_message() -> None:
    parts = [packet(f"DataTime=20240501080000;w01018-Rtd={n}", HEAD + f"PNUM=3;PNO={n};") for n in (1, 2, 3)]
    assert "lake.hj212.parts" not in codes(hj212.read(b"".join(parts)))
    assert "lake.hj212.parts" in codes(hj212.read(parts[0] + parts[2]))


def test_unknown_codes_flags_and_fields_are_told() -> None:
    made = hj212.read(packet("DataTime=20240501080000;x99-Rtd=1,x99-Flag=Q,x99-Odd=7;Loose;PolId=3"))
    assert {"lake.hj212.code", "lake.hj212.flag"} <= set(codes(made))
    assert made.unread == {"-Odd": 1, "field without a key": 1, "PolId": 1}
    assert made.streams[0].unit == "" and made.streams[0].quantity == ""


def test_chinese_in_a_packet() -> None:
    data = (HEAD + "CP=&&DataTime=20240501080000;i11001-Info=//维护//;w01018-Rtd=5&&").encode("gb18030")
    made = hj212.read(b"##%04d%s%04X" % (len(data), data, crc(data)))
    assert by_name(made)["w01018-Rtd"].value.tolist() == [5.0] and made.facts["checksum wrong"] == 0


def test_another_zone_may_be_named() -> None:
    one = packet("DataTime=20240501080000;w01018-Rtd=5")
    east, utc = (hj212.read(one, zone=z).streams[0].time[0] for z in ("", "UTC"))
    assert utc - east == 8 * 3_600_000_000
    with pytest.raises(Refused, match=r"formats\.time\.zone_unknown"):
        hj212.read(one, zone="Mars/Olympus")


def test_a_hundred_thousand_packets_are_columns() -> None:
    area = "DataTime=202405010800%02d;a21026-Rtd=%.3f,a21026-Flag=N;a21002-Rtd=0.033,a21002-Flag=M;a01006-Rtd=101.9"
    made = hj212.read(b"".join(packet(area % (n, n / 1000)) for n in range(50)) * 2000)
    assert made.facts["packets"] == 100_000 and made.facts["checksum wrong"] == 0
    streams = by_name(made)
    assert all(len(s.value) == 100_000 for s in streams.values())
    assert streams["a21026-Rtd"].value[:50].tolist() == [n / 1000 for n in range(50)]
    assert set(streams["a21002-Rtd"].flag_texts.tolist()) == {"M"} and streams["a01006-Rtd"].flag is None


def test_the_tables_are_sound() -> None:
    rows = load("suyuan.lake", "hj212.codes")
    names = [(r["edition"], r["code"]) for r in rows]
    assert len(set(names)) == len(names) and len({r["code"] for r in rows}) == len(rows)
    known = {r["code"]: r for r in rows}
    for row in rows:
        for unit in (row["unit"], row["total_unit"]):
            assert not unit or parse_unit(unit)
        if row["same"]:
            assert known[row["same"]]["same"] == row["code"] and known[row["same"]]["zh"] == row["zh"]


def test_particles_too_few_for_ng_are_told_and_the_unit_may_be_said() -> None:
    """35 in ng/m3 is no air outdoors: it is told, and «--unit» counts, as no packet names a unit."""
    data = b"".join(
        packet(
            f"DataTime=202405010{h}0000;a34004-Rtd=3{h}.5,a34004-Flag=N;a34002-Rtd=0.06{h};a05002-Rtd=1.3;a20044-Rtd=8"
        )
        for h in range(5)
    )
    made = hj212.read(data)
    told = {f.where: dict(f.parameters)["likely"] for f in made.findings if f.code == "lake.hj212.size"}
    assert told == {"a34004-Rtd": "µg/m3", "a34002-Rtd": "mg/m3", "a05002-Rtd": "mg/m3"}, "lead may be that little"
    plain = {one.name: one for one in brought(made, Given(received=1))}
    assert (stream := plain["a34004-Rtd"].stream) is not None and stream.unit == "ng/m3"
    said = {one.name: one for one in brought(made, Given(received=1, units={"a34004-Rtd": "µg/m3"}))}
    assert (stream := said["a34004-Rtd"].stream) is not None and stream.unit == "µg/m3"
    whole = hj212.read(data.replace(b"a34004-Rtd=3", b"a34004-Rtd=99993"))
    assert "a34004-Rtd" not in {f.where for f in whole.findings if f.code == "lake.hj212.size"}


def test_a_confirmed_unit_is_not_overruled() -> None:
    made = hj212.read(packet("DataTime=20240501000000;a21026-Rtd=30.1"))
    with pytest.raises(Refused, match="mg/m3"):
        brought(made, Given(received=1, units={"a21026-Rtd": "µg/m3"}))
