"""A message: readings of one or several streams as a sender puts them, in JSON, in lines of text or as SensorThings.

    {"suyuan": "readings-1", "sender": "plant-7", "run": "a1", "sequence": 12, "readings": [
      {"stream": "t1", "unit": "degC", "time": ["2026-01-01T00:00:00Z", …], "value": [20.15, …], "flag": ["", …]}]}

Times are ISO 8601 with a zone, whole numbers («time_unit»: us, ms or s since 1970), or {"first": …, "step": seconds}.
Values are numbers, or counts of a stated resolution; null is a missing reading. A sender that numbers its messages from
1 makes a loss visible. What cannot be read is told by its place, and never raised: whoever receives keeps the message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import NoneType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.series.block import NO_TIME
from suyuan.series.resolution import LARGEST, decimal

KIND = "readings-1"
EARLIEST = 10**14
"""µs: a whole number below it (March 1973) is taken for one in another unit, not for a time."""
LATEST = 4 * 10**15
TIME_UNITS = {"us": 1, "ms": 1000, "s": 1_000_000}
TEXTS = ("quantity", "unit", "instrument", "place", "configuration", "owner", "licence", "title")
LONGEST = 200
_KNOWN = frozenset(
    (*TEXTS, "suyuan", "sender", "run", "sequence", "readings", "stream", "time", "time_unit", "value", "count",
     "resolution", "flag", "flags", "u", "sampling")
)  # fmt: skip
_TOPIC = re.compile(r"Datastreams\(([^)/]{1,100})\)")

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Readings of one stream in a message.

    time (n,): µs; value (n,): in the stream's unit, NaN where missing, or count (n,) of the resolution with missing
    (n,); flag (n,): index into flags; u: own standard uncertainty, one or (n,); said: what the message says of the
    stream, as text; key: another name of the stream (the id of a datastream); printed: the last
    place in which values are printed, where no resolution is stated.
    """

    stream: str
    time: NDArray[np.int64]
    value: NDArray[np.float64] | None = None
    count: NDArray[np.int64] | None = None
    missing: NDArray[np.bool_] | None = None
    resolution: Decimal | None = None
    flag: NDArray[np.int32] | None = None
    flags: tuple[str, ...] = ("",)
    u: float | NDArray[np.float64] | None = None
    said: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    printed: float | None = None

    def __len__(self) -> int:
        return len(self.time)

    def of(self, rows: Array) -> Part:
        """Some of the readings; rows: which (n,)."""
        cut = {name: getattr(self, name) for name in ("time", "value", "count", "missing", "flag", "u")}
        kept: dict[str, Any] = {name: x[rows] for name, x in cut.items() if isinstance(x, np.ndarray)}
        return replace(self, **kept)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as read. sender, run: «» where not stated; sequence: None where not stated; findings: those of severity
    error say what of it was not read."""

    sender: str = ""
    run: str = ""
    sequence: int | None = None
    parts: tuple[Part, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def readings(self) -> int:
        """How many readings it has."""
        return sum(map(len, self.parts))

    @property
    def whole(self) -> bool:
        """Whether all of it was read."""
        return not errors(self.findings)


def read(payload: bytes, via: str = "") -> Message:
    """A message from its bytes. via: topic or path on which it came, which may name a datastream.

    >>> made = read(b'{"stream": "t1", "time": "2026-01-01T00:00:00Z", "value": 20.15, "sender": "p", "sequence": 1}')
    >>> made.sequence, made.parts[0].value.tolist(), made.parts[0].time.tolist()
    (1, [20.15], [1767225600000000])
    >>> [f.code for f in read(b"{").findings]
    ['live.message.broken']
    """
    from suyuan.lake.live import lines

    head = payload.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    try:
        if head in (b"{", b"["):
            return _json(payload, via)
        if head == b"":
            return Message(findings=(finding("live.message.empty", via),))
        return lines.read(payload)
    except Refused as refused:
        return Message(findings=refused.findings)


def _json(payload: bytes, via: str) -> Message:
    try:
        content = json.loads(payload.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise Refused(finding("live.message.encoding", f"byte {error.start}")) from None
    except (ValueError, RecursionError) as error:  # a broken text, NaN, a number of ten thousand digits
        place = f"line {error.lineno} column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        said = error.msg if isinstance(error, json.JSONDecodeError) else str(error)[:80]
        raise Refused(finding("live.message.broken", place, reason=said)) from None
    if isinstance(content, dict) and ("stream" in content or "readings" in content or "suyuan" in content):
        return _ours(content)
    return _sensorthings(content, payload, via)


def _no_constant(text: str) -> Any:
    raise ValueError(text)


def _ours(content: dict[str, Any]) -> Message:
    """Our own form; parts that cannot be read are told, the others are read."""
    if content.get("suyuan", KIND) != KIND:
        raise Refused(finding("live.message.kind", "/suyuan", given=str(content["suyuan"])[:40], kind=KIND))
    found: list[Finding] = []
    numbered = _numbered(content, found)
    rows = content.get("readings", [content])
    if not isinstance(rows, list) or not rows:
        raise Refused(finding("live.message.field", "/readings", field="readings", given=_shown(rows)))
    parts = []
    unread = set(content) - _KNOWN
    for at, row in enumerate(rows):
        where = "" if row is content else f"/readings/{at}"
        if not isinstance(row, dict):
            found.append(finding("live.message.field", where, field="readings", given=_shown(row)))
            continue
        unread |= set(row) - _KNOWN
        try:
            parts.append(_part(row, where, found))
        except Refused as refused:
            found += refused.findings
    if unread:
        found.append(finding("live.message.unread", "", "note", keys=", ".join(sorted(unread))[:120]))
    return Message(*numbered, tuple(p for p in parts if len(p)), tuple(found))


def _numbered(content: Mapping[str, Any], found: list[Finding]) -> tuple[str, str, int | None]:
    """Who sent it, and which of the sender's messages it is."""
    sender, run = (_text(content, name, "") for name in ("sender", "run"))
    sequence = content.get("sequence")
    if sequence is None:
        return sender, run, None
    if type(sequence) is not int or not 0 <= sequence < 2**62:
        found.append(finding("live.message.sequence", "/sequence", "warning", given=_shown(sequence)))
        return sender, run, None
    if not sender:
        found.append(finding("live.message.sender", "/sender", "warning", sequence=sequence))
        return sender, run, None
    return sender, run, sequence


def _text(row: Mapping[str, Any], name: str, where: str) -> str:
    """A short text without control characters; «» where it is absent."""
    given = row.get(name)
    if given is None:
        return ""
    text = str(given).strip() if type(given) in (str, int, float) else ""
    if not text and given == "":
        return ""
    if not text or len(text) > LONGEST or not text.isprintable():
        raise Refused(finding("live.message.field", f"{where}/{name}", field=name, given=_shown(given)))
    return text


def _part(row: dict[str, Any], where: str, found: list[Finding]) -> Part:
    stream = _text(row, "stream", where)
    if not stream:
        raise Refused(finding("live.message.no_stream", f"{where}/stream"))
    said = {name: text for name in (*TEXTS, "sampling") if (text := _text(row, name, where))}
    stated = _text(row, "resolution", where)
    resolution = decimal(stated, f"{where}/resolution") if stated else None
    name = "count" if "count" in row else "value"
    if name not in row:
        raise Refused(finding("live.message.no_value", f"{where}/value", stream=stream))
    if name == "count" and resolution is None:
        raise Refused(finding("live.message.no_resolution", f"{where}/resolution", stream=stream))
    given = row[name] if isinstance(row[name], list) else [row[name]]
    numbers, missing = _numbers(given, name, where)
    size = len(given)
    time = _time(row, size, where)
    flag, flags = _flag(row, size, where)
    part = Part(
        stream, time, None if name == "count" else numbers, numbers if name == "count" else None,
        missing if name == "count" else None, resolution, flag, flags, _own(row, size, where), said,
    )  # fmt: skip
    return kept(part, where, found)


def kept(part: Part, where: str, found: list[Finding]) -> Part:
    """A part without the readings whose time is not known or whose value is infinite; those are told."""
    unknown = part.time == NO_TIME
    endless = np.zeros(len(part), bool) if part.value is None else np.isinf(part.value)
    for code, bad in (("live.message.time", unknown), ("live.message.infinite", endless)):
        if bad.any():
            about = {"stream": part.stream, "count": int(bad.sum()), "size": len(part), "row": int(np.argmax(bad)) + 1}
            found.append(Finding(code, where, "error", tuple(sorted((k, str(v)) for k, v in about.items()))))
    bad = unknown | endless
    return part.of(~bad) if bad.any() else part


def _numbers(given: list[Any], name: str, where: str) -> tuple[Array, Array | None]:
    """Numbers and which are missing; null is missing, anything that is no number is refused."""
    types = set(map(type, given))
    allowed = {int, NoneType} if name == "count" else {int, float, NoneType}
    if not types <= allowed:
        at = next(i for i, v in enumerate(given) if type(v) not in allowed)
        raise Refused(finding("live.message.number", f"{where}/{name}/{at}", given=_shown(given[at]), row=at + 1))
    if name == "value":
        try:
            return np.array(given, dtype=np.float64), None
        except OverflowError:
            raise Refused(finding("live.message.number", f"{where}/{name}", given="…", row="?")) from None
    missing = np.array([v is None for v in given], dtype=bool) if NoneType in types else None
    whole = [0 if v is None else v for v in given] if missing is not None else given
    if whole and not -LARGEST <= min(whole) <= max(whole) <= LARGEST:
        at = next(i for i, v in enumerate(whole) if abs(v) > LARGEST)
        raise Refused(finding("live.message.number", f"{where}/{name}/{at}", given=_shown(whole[at]), row=at + 1))
    return np.array(whole, dtype=np.int64), missing


def _time(row: Mapping[str, Any], size: int, where: str) -> NDArray[np.int64]:
    """Times (n,) in µs; `NO_TIME` where one is not known."""
    given = row.get("time")
    unit = row.get("time_unit", "us")
    if unit not in TIME_UNITS:
        raise Refused(finding("live.message.field", f"{where}/time_unit", field="time_unit", given=_shown(unit)))
    if isinstance(given, dict):
        return _regular(given, unit, size, where)
    several = given if isinstance(given, list) else [] if given is None else [given]
    if len(several) != size:
        raise Refused(finding("live.message.length", f"{where}/time", field="time", given=len(several), size=size))
    return instants(several, unit, where)


def _regular(given: Mapping[str, Any], unit: str, size: int, where: str) -> NDArray[np.int64]:
    step: Any = given.get("step")
    if type(step) not in (int, float) or not 0 < step < 10**9 or given.get("first") is None:
        raise Refused(finding("live.message.field", f"{where}/time", field="time", given=_shown(given)))
    first = int(instants([given["first"]], unit, where)[0])
    if first == NO_TIME:
        return np.full(size, NO_TIME)
    return np.asarray(first + np.rint(np.arange(size) * (step * 1e6)).astype(np.int64))


def instants(given: list[Any], unit: str = "us", where: str = "") -> NDArray[np.int64]:
    """Times as µs since 1970; one that is not known or cannot be is `NO_TIME`.

    >>> instants(["2026-01-01T00:00:00+08:00", "yesterday"]).tolist()[0], instants([1767225600], "s").tolist()
    (1767196800000000, [1767225600000000])
    """
    types = set(map(type, given))
    if types <= {int}:
        try:
            time = np.array(given, dtype=np.int64)
        except OverflowError:
            return np.full(len(given), NO_TIME)
        return whole_times(time, TIME_UNITS[unit])
    if types <= {str, NoneType}:
        import pyarrow as pa

        from suyuan.lake.formats.clock import times

        return times(pa.array(given, pa.string()), column="time").instant
    mixed = [instants([one], unit, where)[0] if type(one) in (int, str) else NO_TIME for one in given]
    return np.array(mixed, dtype=np.int64)


def whole_times(time: NDArray[np.int64], factor: int = 1) -> NDArray[np.int64]:
    """Whole numbers (n,) of `factor` µs as times; one that is no time of ours is not known."""
    known = (time >= EARLIEST // factor) & (time <= LATEST // factor)
    return np.where(known, time * np.where(known, factor, 1), NO_TIME)


def _flag(row: Mapping[str, Any], size: int, where: str) -> tuple[NDArray[np.int32] | None, tuple[str, ...]]:
    """The device's marks: a text for all, a text a reading, or indices into «flags»."""
    given = row.get("flag")
    if given is None:
        return None, ("",)
    if isinstance(given, str):
        given = [given] * size
    if not isinstance(given, list) or len(given) != size:
        shown = len(given) if isinstance(given, list) else _shown(given)
        raise Refused(finding("live.message.length", f"{where}/flag", field="flag", given=shown, size=size))
    legend = row.get("flags")
    types = set(map(type, given))
    if legend is not None and types <= {int}:
        good = isinstance(legend, list) and all(type(t) is str for t in legend)
        if not good or (given and not 0 <= min(given) <= max(given) < len(legend)):
            raise Refused(finding("live.message.field", f"{where}/flags", field="flags", given=_shown(legend)))
        return np.array(given, dtype=np.int32), tuple(str(t)[:LONGEST] for t in legend)
    if not types <= {str, NoneType}:
        raise Refused(finding("live.message.field", f"{where}/flag", field="flag", given=_shown(given[:3])))
    known: dict[str, int] = {"": 0}
    index = np.array([known.setdefault((t or "")[:LONGEST], len(known)) for t in given], dtype=np.int32)
    return (index, tuple(known)) if len(known) > 1 else (None, ("",))


def _own(row: Mapping[str, Any], size: int, where: str) -> float | NDArray[np.float64] | None:
    given = row.get("u")
    if given is None:
        return None
    several = given if isinstance(given, list) else [given]
    if not set(map(type, several)) <= {int, float} or (isinstance(given, list) and len(given) != size):
        raise Refused(finding("live.message.field", f"{where}/u", field="u", given=_shown(given)))
    u = np.array(several, dtype=np.float64)
    if not np.isfinite(u).all() or (u < 0.0).any():
        raise Refused(finding("live.message.field", f"{where}/u", field="u", given=_shown(given)))
    return u if isinstance(given, list) else float(u[0])


def _shown(given: object) -> str:
    text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


def _sensorthings(content: Any, payload: bytes, via: str) -> Message:
    """Observations of SensorThings; a topic or path may name the datastream of a bare one."""
    from suyuan.lake.formats.sensorthings import is_sensorthings
    from suyuan.lake.formats.sensorthings import read as observations

    named = _TOPIC.search(via)
    bare = isinstance(content, dict) and "result" in content and not any(k.startswith("Datastream") for k in content)
    if bare and named:
        head, _, rest = payload.partition(b"{")  # the text itself, so that numbers keep their digits
        stream = json.dumps({"@iot.id": named[1].strip("'")}).encode()
        payload = head + b'{"Datastream": ' + stream + b", " + rest
    if not is_sensorthings(payload.decode("utf-8", "replace")):
        raise Refused(finding("live.message.unknown", via, given=payload[:40].decode("utf-8", "replace")))
    made = observations(payload)
    found = [f for f in made.findings if not f.code.startswith("formats.unit.")]  # the lake may know the unit
    parts = []
    for at, raw in enumerate(made.streams):
        said = {n: t for n in ("quantity", "unit", "instrument", "place") if (t := getattr(raw, n))}
        u = raw.u if raw.u is not None and np.isfinite(raw.u).all() else None
        flag = None if raw.flag is None else raw.flag.astype(np.int32)
        part = Part(
            raw.name, raw.time, raw.value, flag=flag, flags=raw.flags, u=u, said=said, key=raw.facts.get("id", ""),
            printed=raw.resolution,
        )  # fmt: skip
        parts.append(kept(part, f"/{at}", found))
    if made.unread.get("observation without a datastream"):
        found.append(finding("live.message.orphan", via, count=made.unread["observation without a datastream"]))
    return Message(parts=tuple(p for p in parts if len(p)), findings=tuple(found))
