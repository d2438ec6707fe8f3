"""AQDEF in its long and its compact form: counts against grep, groups, encodings, broken lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from suyuan.lake.formats import dfq
from suyuan.lake.formats.imported import NO_TIME
from suyuan.quantity.finding import Refused

SAMPLES = (
    "attributiveDfq_attributiveCharacteristic_and_errorLogSheet.dfq",
    "basicDfq_singlePart_threeCharacteristics.dfq",
    "basicDfq_threeParts_differentNumberOfCharacteristics.dfq",
    "characteristicHierarchy_twoParts_singleGroup_twoCharacteristics.dfq",
)


def sample(reference: Path, name: str) -> bytes:
    return (reference / "data" / "qdas" / name).read_bytes()


@pytest.mark.parametrize("name", SAMPLES)
def test_counts_agree_with_grep(reference: Path, name: str) -> None:
    data = sample(reference, name)
    made = dfq.read(data, zone="Europe/Prague")
    count = len(re.findall(rb"^K00(?:01|20)/", data, re.MULTILINE))
    assert sum(len(s.value) for s in made.streams) == count
    assert len(made.streams) == len(re.findall(rb"^K2000/", data, re.MULTILINE))
    assert sum(int((s.time != NO_TIME).sum()) for s in made.streams) == len(re.findall(rb"^K0004/", data, re.MULTILINE))
    assert made.unread == {} and made.local
    assert {f.code for f in made.findings} <= {"formats.unit.missing", "formats.time.local"}
    assert sum(f.code == "formats.time.local" for f in made.findings) == 1  # one zone for all


def test_three_parts(reference: Path) -> None:
    made = dfq.read(sample(reference, SAMPLES[2]), zone="UTC")
    assert [len(s.value) for s in made.streams] == [8, 1, 1, 1, 3, 3, 3, 3, 3]
    assert [s.place for s in made.streams] == ["<part_number_1>"] + ["<part_number_2>"] * 3 + ["<part_number_3>"] * 5
    first = made.streams[0]
    assert first.value.tolist() == [1.6, 1.7, 1.8, 1.9, 2.0, 2.1, 2.2, 2.3] and first.resolution == 0.1
    assert first.time[0] == 1_357_053_511_000_000, "2013-01-01T15:18:31Z"
    assert (first.facts["nominal"], first.facts["lower limit"], first.facts["upper limit"]) == ("1.5", "1.0", "2.0")


def test_attributive_characteristics(reference: Path) -> None:
    made = dfq.read(sample(reference, SAMPLES[0]), zone="UTC")
    assert [s.value.tolist() for s in made.streams] == [[1.0], [8.0]]
    assert [s.labels["sample size"].tolist() for s in made.streams] == [["1000"], ["155000"]]
    assert {s.unit for s in made.streams} == {"1"}


def test_groups(reference: Path) -> None:
    made = dfq.read(sample(reference, SAMPLES[3]), zone="UTC")
    assert [s.facts["group"] for s in made.streams] == [
        "<group_1>",
        "<group_1>",
        "<group_4>",
        "<group_4> / <characteristic_code_5>",
        "<group_4> / <characteristic_code_5>",
    ]


HEAD = "K0100 2\nK1001/1 {part}\nK2002/1 d\nK2142/1 mm\nK2002/2 r\nK2142/2 µm\nK2106/2 0.8\nK2076/2 2025-05-01\n"
COMPACT = (
    "12.01\x140\x1401.02.2024/08:00:00\x14\x14B7\x0f0.8\x14255\x1401.02.2024/08:00:01\n"
    "12.02\x140\x1401.02.2024/08:05:00\x0f0.9\n"
)


def test_compact_form_equals_long_form() -> None:
    compact = dfq.read((HEAD.format(part="shaft") + COMPACT).encode(), zone="Asia/Shanghai")
    long = dfq.read(
        (
            HEAD.format(part="shaft") + "K0001/1 12.01\nK0002/1 0\nK0004/1 01.02.2024/08:00:00\nK0006/1 B7\n"
            "K0001/2 0.8\nK0002/2 255\nK0004/2 01.02.2024/08:00:01\n"
            "K0001/1 12.02\nK0004/1 01.02.2024/08:05:00\nK0001/2 0.9\n"
        ).encode(),
        zone="Asia/Shanghai",
    )
    for one, other in zip(compact.streams, long.streams, strict=True):
        assert one.value.tolist() == other.value.tolist() and one.time.tolist() == other.time.tolist()
        assert one.flag_texts.tolist() == other.flag_texts.tolist() and one.unit == other.unit
        assert {k: v.tolist() for k, v in one.labels.items()} == {k: v.tolist() for k, v in other.labels.items()}
    assert compact.streams[1].flag_texts.tolist() == ["attribute 255", ""]
    assert compact.streams[0].labels["batch"].tolist() == ["B7", ""]
    assert compact.streams[1].time[1] == NO_TIME
    remarks = compact.streams[1].facts
    assert (remarks["expanded uncertainty K2106"], remarks["calibration remark K2076"]) == ("0.8", "2025-05-01")


@pytest.mark.parametrize(
    ("encoding", "part"), [("latin-1", "Prüfmaß"), ("gb18030", "曲轴"), ("utf-8", "曲轴"), ("utf-16", "轴")]
)
def test_encodings(encoding: str, part: str) -> None:
    text = HEAD.format(part=part) if encoding not in ("gb18030",) else HEAD.format(part=part).replace("µm", "um")
    made = dfq.read((text + "K0001/1 1.5\n").encode(encoding))
    assert made.streams[0].place == part and made.facts["encoding"] == encoding
    assert made.streams[1].unit == ("um" if encoding == "gb18030" else "µm")


def test_zero_index_holds_for_all_and_unknown_keys_are_counted() -> None:
    made = dfq.read(
        b"K1001/0 P\nK2142/0 mm\nK2001/1 a\nK2001/2 b\nK0001/1 1\nK0001/2 2\nK0006/0 B1\nK2999/1 x\nK9001/1 y\n"
    )
    assert [s.unit for s in made.streams[-2:]] == ["mm", "mm"] and {s.place for s in made.streams[-2:]} == {"P"}
    assert [s.labels["batch"].tolist() for s in made.streams[-2:]] == [["B1"], ["B1"]]
    assert made.unread["K2999"] == 1 and made.unread["K9001"] == 1


def test_faults_are_told_once_with_their_line() -> None:
    made = dfq.read(
        b"K0100 3\nK2001/1 a\nK2142/1 mm\nK2110/1 5\nK2111/1 4\nK0004/1 01.01.2024/00:00:00\n"
        b"K0001/1 1,5\nK0001/1 x\nnonsense\nnonsense\n1\x0f2\n"
    )
    codes = {f.code: f for f in made.findings}
    assert codes["formats.dfq.line"].where == "line 9" and dict(codes["formats.dfq.line"].parameters)["count"] == "2"
    assert codes["formats.dfq.orphan"].where == "line 6" and codes["formats.dfq.characteristic"].where == "line 11"
    assert {"formats.dfq.count", "formats.dfq.limits", "formats.number.unreadable"} <= codes.keys()
    assert made.streams[0].value[0] == 1.5 and made.streams[0].flag_texts.tolist() == ["", "x", ""]


def test_times_without_a_zone_are_not_instants() -> None:
    made = dfq.read(
        b"K2001/1 a\nK2142/1 mm\nK0001/1 1\nK0004/1 01.02.2024/08:00:00\nK0001/1 2\nK0004/1 31.02.2024/08:00:00\n"
    )
    (stream,) = made.streams
    assert (stream.time == NO_TIME).all() and not made.local
    assert str(stream.labels["local time"][0]).startswith("2024-02-01T08:00:00")
    assert stream.labels["time as printed"].tolist()[1] == "31.02.2024/08:00:00"
    assert {"formats.time.no_zone", "formats.time.unreadable"} <= {f.code for f in made.findings}


@pytest.mark.parametrize("data", [b"", b"hello", b"\x00\x01", b"K0100 1\n"])
def test_what_is_no_aqdef_is_refused(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        dfq.read(data)
    assert refused.value.findings[0].where
