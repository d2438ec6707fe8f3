"""From a segment of the journal to the lake: blocks are appended, then the segment is done with.

Each step can be done again: blocks of the same messages have the same digests, and the lake leaves out those that it
has; what is kept aside has the name of its segment; last the state is put in place whole, and only then the segment is
taken away. So a process may die at any point, and every message that was acknowledged counts once.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from suyuan.lake.durable import write_whole
from suyuan.lake.live.flushed import Flushed
from suyuan.lake.live.gathered import Arrival, gathered
from suyuan.lake.live.journal import Record
from suyuan.lake.live.message import Message
from suyuan.lake.live.message import read as read_message
from suyuan.lake.live.sequences import Sequences
from suyuan.lake.running import first_line
from suyuan.lake.table import Lake
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.finding import from_json as finding_from
from suyuan.series.stream import Stream

RECENT = 10_000
"""Messages whose digest is remembered, so that one that is delivered again is known."""
STATE = "state.json"

Entry = tuple[Record, Message]


@dataclass(frozen=True, slots=True)
class Cut:
    """What one segment gave. messages: that came; repeated: that were known; aside: kept aside, wholly or partly, with
    the readings that were not loaded in lost; readings, blocks: new in the lake; findings: what is worth telling."""

    messages: int
    repeated: int
    aside: int
    lost: int
    readings: int
    blocks: int
    findings: tuple[Finding, ...]


def understood(record: Record) -> Message:
    """A message from the journal; what nobody foresaw is a finding like every other."""
    try:
        return read_message(record.payload, record.via)
    except Exception as error:  # the message is kept, and those after it are read
        return Message(findings=(finding("live.message.unforeseen", record.via, kind=type(error).__name__),))


class Cutter:
    """Cuts segments into the lake. folder: beside the journal; Raises Refused where its state cannot be read."""

    def __init__(self, lake: Lake, folder: Path) -> None:
        self.lake, self.folder = lake, folder
        path = folder / STATE
        try:
            state: Mapping[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
            self.done = int(state.get("segment", 0))
            self.sequences = Sequences(state.get("senders", ()))
            digests = base64.b64decode(state.get("recent", ""))
            self.counts: Counter[str] = Counter(state.get("counts", {}))
            self.reasons: dict[str, list[Any]] = dict(state.get("reasons", {}))
            since = state.get("flushed")
        except (ValueError, TypeError, OSError) as error:
            raise Refused(finding("live.state.broken", str(path), reason=first_line(error))) from None
        self._recent: OrderedDict[bytes, None] = OrderedDict(
            (digests[at : at + 16], None) for at in range(0, len(digests), 16)
        )
        self._flushed = Flushed(lake, since)
        self._told: set[tuple[str, str]] = set()
        self.gaps = self.sequences.open()

    def cut(self, segment: int, entries: Iterable[Entry]) -> Cut:
        """Bring the messages of a segment into the lake. Raises Refused where the lake does not take them; then the
        state is that of before, and the same can be done again."""
        if segment <= self.done:
            return Cut(0, 0, 0, 0, 0, 0, ())
        before = self.sequences.rows(), self._recent.copy(), self.counts.copy()
        reasons = {code: list(row) for code, row in self.reasons.items()}
        try:
            return self._cut(segment, entries)
        except BaseException:
            self.sequences, self._recent, self.counts = Sequences(before[0]), before[1], before[2]
            self.reasons = reasons
            raise

    def _cut(self, segment: int, entries: Iterable[Entry]) -> Cut:
        fresh, found, repeated, total = self._fresh(entries)
        known = {stream.id: stream for stream in self.lake.streams()}
        made = gathered(
            (
                Arrival(at, record.received, digest, part)
                for at, (record, message, digest) in enumerate(fresh)
                for part in message.parts
            ),
            known,
        )
        found += [f for f in made.told if self._first_time(f)]
        appended_readings, blocks = self._append(made.streams, made.blocks)
        aside, lost = self._aside(segment, fresh, made.lost)
        found += self.sequences.changes()
        self.counts.update(messages=total, repeated=repeated, aside=aside, lost=lost, readings=appended_readings,
                           blocks=blocks)  # fmt: skip
        self._keep(segment)
        return Cut(total, repeated, aside, lost, appended_readings, blocks, tuple(found))

    def _fresh(self, entries: Iterable[Entry]) -> tuple[list[tuple[Record, Message, str]], list[Finding], int, int]:
        """Messages that were not seen before."""
        fresh, found, repeated, total = [], [], 0, 0
        again: Counter[str] = Counter()
        for record, message in entries:
            total += 1
            key = _key(record, message)
            if key in self._recent:
                self._recent.move_to_end(key)
                repeated += 1
                continue
            self._recent[key] = None
            if message.sequence is not None and not self.sequences.take(message.sender, message.run, message.sequence):
                again[f"{message.sender} {message.run}".strip()] += 1
            fresh.append((record, message, hashlib.sha256(record.payload).hexdigest()))
        while len(self._recent) > RECENT:
            self._recent.popitem(last=False)
        found += [finding("live.sequence.again", s, "warning", count=n) for s, n in again.items()]
        return fresh, found, repeated, total

    def _first_time(self, item: Finding) -> bool:
        """Whether something was not told of this stream before."""
        key = item.code, item.where
        if key in self._told or len(self._told) > RECENT:
            return False
        self._told.add(key)
        return True

    def _append(self, streams: Mapping[str, Stream], blocks: list[Any]) -> tuple[int, int]:
        if not blocks:
            return 0, 0
        self.lake.declare(streams.values())
        done = self.lake.append(blocks)
        try:
            self._flushed.flush()
        except OSError as error:
            raise Refused(finding("lake.append.failed", str(self.lake.folder), reason=first_line(error))) from None
        return done.readings, len(done.new)

    def _aside(
        self, segment: int, fresh: list[tuple[Record, Message, str]], lost: Mapping[int, list[tuple[Finding, int]]]
    ) -> tuple[int, int]:
        """Keep the messages of which something was not loaded, whole, with the reasons; how many, and readings."""
        lines, readings = [], 0
        for at, (record, message, _) in enumerate(fresh):
            refused = lost.get(at, [])
            reasons = [*errors(message.findings), *(f for f, _ in refused)]
            if not reasons:
                continue
            self._recent.pop(_key(record, message), None)  # once the reason is gone, the same message may come again
            not_loaded = sum(n for _, n in refused)
            readings += not_loaded + sum(_count(f) for f in errors(message.findings))
            self.reasons.setdefault(reasons[0].code, [0, reasons[0].to_json()])[0] += 1
            lines.append(dead_letter(record, reasons, message.readings - not_loaded))
        if lines:
            write_whole(self.folder / "aside" / f"{segment:012d}.jsonl", b"".join(lines), replace=True)
        return len(lines), readings

    def _keep(self, segment: int) -> None:
        state = {
            "suyuan": "live-1", "segment": segment, "senders": self.sequences.rows(),
            "recent": base64.b64encode(b"".join(self._recent)).decode(), "counts": dict(self.counts),
            "flushed": self._flushed.versions, "reasons": self.reasons,
        }  # fmt: skip
        write_whole(self.folder / STATE, json.dumps(state, ensure_ascii=False).encode(), replace=True)
        self.done, self.gaps = segment, self.sequences.open()


def _key(record: Record, message: Message) -> bytes:
    """By what a message is known again: its bytes, and without a number also the way on which it came."""
    numbered = message.sequence is not None
    return hashlib.sha256(record.payload if numbered else record.via.encode() + b"\0" + record.payload).digest()[:16]


def _count(item: Finding) -> int:
    """How many readings a finding speaks of."""
    text = dict(item.parameters).get("count", "0")
    return int(text) if text.isdecimal() else 0


def dead_letter(record: Record, reasons: Sequence[Finding], loaded: int) -> bytes:
    """A line of JSON: the message as it came, why it was not loaded, and how many of its readings were."""
    try:
        payload: dict[str, str] = {"payload": record.payload.decode("utf-8")}
    except UnicodeDecodeError:
        payload = {"payload_base64": base64.b64encode(record.payload).decode()}
    row = {"received": record.received, "via": record.via, "loaded": loaded, "reasons": [f.to_json() for f in reasons]}
    return json.dumps({**row, **payload}, ensure_ascii=False).encode() + b"\n"


def dead_letters(folder: Path) -> Iterable[tuple[Record, int, tuple[Finding, ...]]]:
    """The messages that are kept aside: each with how many of its readings were loaded, and the reasons."""
    for path in sorted((folder / "aside").glob("*.jsonl")):
        for line in path.read_text("utf-8").rstrip("\n").split("\n"):
            row = json.loads(line)
            text = row.get("payload")
            payload = base64.b64decode(row["payload_base64"]) if text is None else text.encode()
            record = Record(row["received"], row["via"], payload)
            yield record, row["loaded"], tuple(finding_from(f) for f in row["reasons"])
