"""Messages: three forms, and what is told of bad ones."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.lake.live.cut import understood
from suyuan.lake.live.journal import Record
from suyuan.lake.live.message import read
from suyuan.lake.live.sequences import Numbers, Sequences

T0 = 1_767_225_600_000_000


def made(**fields: Any) -> bytes:
    return json.dumps({"stream": "t1", "time": "2026-01-01T00:00:00Z", "value": 20.15, **fields}).encode()


def codes(payload: bytes, via: str = "") -> list[str]:
    return [f.code for f in read(payload, via).findings]


def test_the_forms_say_the_same() -> None:
    several = {"time": [T0, T0 + 60_000_000], "flag": ["", "N"], "u": [0.01, 0.02]}
    by_value = read(made(**several, value=[20.15, None]))
    regular = read(made(**{**several, "time": {"first": "2026-01-01T08:00:00+08:00", "step": 60}}, value=[20.15, None]))
    seconds = read(made(**{**several, "time": [T0 // 10**6, T0 // 10**6 + 60]}, time_unit="s", value=[20.15, None]))
    lines = read(b"t1,2026-01-01T00:00:00Z,20.15,,0.01\nt1,2026-01-01T08:01:00+08:00,,N,0.02\n")
    for message in (by_value, regular, seconds, lines):
        assert message.findings == (), message.findings
        part = message.parts[0]
        assert part.time.tolist() == [T0, T0 + 60_000_000]
        np.testing.assert_array_equal(part.value, [20.15, np.nan])
        assert part.flag is not None and [part.flags[i] for i in part.flag] == ["", "N"]
        assert isinstance(part.u, np.ndarray) and part.u.tolist() == [0.01, 0.02]
    counts = json.loads(made(**several, count=[2015, None], resolution="0.01"))
    del counts["value"]
    part = read(json.dumps(counts).encode()).parts[0]
    assert part.count is not None and part.missing is not None and str(part.resolution) == "0.01"
    assert (part.count.tolist(), part.missing.tolist()) == ([2015, 0], [False, True])


def test_observations_of_sensorthings() -> None:
    observation = b'{"phenomenonTime": "2026-01-01T00:00:00Z", "result": 20.50, "resultQuality": "good"}'
    part = read(observation, "v1.1/Datastreams(7)/Observations").parts[0]
    assert (part.stream, part.key, part.printed, part.flags) == ("7", "7", 0.01, ("", "good"))
    inside = json.dumps({**json.loads(observation), "Datastream": {"@iot.id": 7}}).encode()
    assert read(inside).parts[0].stream == "7"
    assert "lake.sensorthings.orphan" in codes(observation)


BAD: list[tuple[bytes, str, int]] = [
    (b"", "live.message.empty", 0),
    (b"{", "live.message.broken", 0),
    (b"[" * 100_000, "live.message.broken", 0),
    (made(value=float("nan")), "live.message.broken", 0),
    (b"\xff\xfe{", "live.message.encoding", 0),
    (made(suyuan="readings-9"), "live.message.kind", 0),
    (b"hello", "live.message.unknown", 0),
    (b'{"hello": 1}', "live.message.unknown", 0),
    (made(stream=""), "live.message.no_stream", 0),
    (made(stream="a\nb"), "live.message.field", 0),
    (json.dumps({"stream": "t1", "time": T0}).encode(), "live.message.no_value", 0),
    (made(count=3), "live.message.no_resolution", 0),
    (made(value="20.15"), "live.message.number", 0),
    (made(value=True), "live.message.number", 0),
    (made(value=10**400), "live.message.number", 0),
    (made(count=2**60, resolution="0.1"), "live.message.number", 0),
    (made(value=[1, 2]), "live.message.length", 0),
    (made(flag=["a", "b"]), "live.message.length", 0),
    (made(flag=[3], flags=["a"]), "live.message.field", 0),
    (made(u=-1), "live.message.field", 0),
    (made(time="2026-01-01T00:00:00"), "live.message.time", 0),
    (made(time="2026-02-31T00:00:00Z"), "live.message.time", 0),
    (made(time=1767225600), "live.message.time", 0),
    (made(time=[T0, 5, T0], value=[1, 2, 3]), "live.message.time", 2),
    (made(value=[1e999, 2.0], time=[T0, T0]).replace(b"Infinity", b"1e999"), "live.message.infinite", 1),
    (made(sequence=-1, sender="p"), "live.message.sequence", 1),
    (made(sequence=1), "live.message.sender", 1),
    (made(colour="red"), "live.message.unread", 1),
    (b"t1,2026-01-01T00:00:00Z,20.15\nt1,2026-01-01\n", "live.message.columns", 1),
    (b"t1,2026-01-01T00:00:00Z,20.15\n,2026-01-01T00:00:00Z,1\n", "live.message.no_stream", 1),
]


@pytest.mark.parametrize(("payload", "code", "readings"), BAD, ids=[f"{i}-{c}" for i, (_, c, _) in enumerate(BAD)])
def test_what_is_wrong_is_told_and_the_rest_is_read(payload: bytes, code: str, readings: int) -> None:
    message = read(payload)
    assert code in [f.code for f in message.findings]
    assert message.readings == readings


@given(st.one_of(st.binary(max_size=300), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(("stream", "time", "value", "count", "flag", "flags", "u", "readings", "sequence", "sender",
                         "resolution", "result", "phenomenonTime", "Datastream", "first", "step", "time_unit")),
        inner, max_size=5), max_leaves=12).map(lambda v: json.dumps(v).encode())))  # fmt: skip
def test_nothing_is_raised(payload: bytes) -> None:
    """Whatever comes is a message, and nothing of it is a fault that nobody foresaw."""
    message = understood(Record(0, "x", payload))
    assert "live.message.unforeseen" not in [f.code for f in message.findings], payload
    assert message.parts or message.findings


@given(st.lists(st.integers(1, 60), max_size=80))
def test_numbers_are_spans(taken: list[int]) -> None:
    numbers, seen = Numbers(), set[int]()
    for one in taken:
        assert numbers.take(one) == (one not in seen)
        seen.add(one)
    missing = {n for first, last in numbers.missing() for n in range(first, last + 1)}
    assert missing == set(range(1, max(seen, default=0))) - seen
    assert all(a[1] + 1 < b[0] for a, b in zip(numbers.spans, numbers.spans[1:], strict=False))


def test_a_gap_is_told_and_closed() -> None:
    sequences = Sequences()
    for number in (1, 2, 6):
        sequences.take("p", "", number)
    (gap,) = sequences.changes()
    assert (gap.code, dict(gap.parameters)["count"], dict(gap.parameters)["open"]) == ("live.sequence.gap", "3", "3")
    for number in (4, 9):
        sequences.take("p", "", number)
    assert [(f.code, dict(f.parameters)["count"]) for f in sequences.changes()] == [
        ("live.sequence.gap", "2"), ("live.sequence.late", "1"),
    ]  # fmt: skip
    again = Sequences(json.loads(json.dumps(sequences.rows())))
    for number in (3, 5, 7, 8):
        again.take("p", "", number)
    assert [(f.code, dict(f.parameters)["open"]) for f in again.changes()] == [("live.sequence.late", "0")]
    assert again.open() == {}
    for number in range(1, 5000, 2):
        again.take("q", "", number)
    assert "live.sequence.many" in [f.code for f in again.changes()]
