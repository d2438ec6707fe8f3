"""What of a message can never go into the lake, known before it is kept: so that its sender hears of it at once.

The streams are those of the lake, and those that messages declare which are kept and not yet in it. They are read again
when the log of the lake's streams has a newer commit, which one look at the disk tells. What is said of a stream is
judged once, by the first reading of it; values are not judged here.
"""

from __future__ import annotations

import threading
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from suyuan.lake.live.gathered import Arrival, gathered
from suyuan.lake.live.message import Message, Part
from suyuan.lake.table import Lake
from suyuan.quantity.finding import Finding
from suyuan.series.stream import Stream

REMEMBERED = 10_000
"""Streams that wait for the lake, and things said of streams that are known to be right."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a door knows of a message. findings: why parts of it can never go in; readings: those that may; streams:
    that it declares."""

    findings: tuple[Finding, ...] = ()
    readings: int = 0
    streams: Mapping[str, Stream] = field(default_factory=dict)

    @property
    def hopeless(self) -> bool:
        """Whether nothing of it can go in."""
        return bool(self.findings) and not self.readings


class Foreseen:
    """Judges messages by the streams of a lake; several doors may ask at once."""

    def __init__(self, lake: Lake) -> None:
        self._lake = Lake(lake.folder)  # the other one is the cutter's
        self._lock = threading.Lock()
        self._version = -1
        self._known: dict[str, Stream] = {}
        self._waiting: dict[str, Stream] = {}
        self._right: set[tuple[Any, ...]] = set()

    def verdict(self, message: Message, settled: bool = True) -> Verdict:
        """What can be known of a message. settled: no message waits that this process has not seen, so that a stream
        which is not known is none."""
        with self._lock:
            if not self._newest():
                return Verdict((), message.readings)
            found: list[Finding] = []
            streams: dict[str, Stream] = {}
            readings = 0
            known = ChainMap(streams, self._known, self._waiting)
            for part in message.parts:
                why = self._judged(part, known, streams, settled)
                found += why
                readings += 0 if why else len(part)
            return Verdict(tuple(found), readings, streams)

    def keep(self, streams: Mapping[str, Stream]) -> None:
        """Note streams of a message that is kept."""
        with self._lock:
            self._waiting |= {id: stream for id, stream in streams.items() if id not in self._known}
            while len(self._waiting) > REMEMBERED:
                self._waiting.pop(next(iter(self._waiting)))

    def _judged(
        self, part: Part, known: Mapping[str, Stream], streams: dict[str, Stream], settled: bool
    ) -> tuple[Finding, ...]:
        id = part.key if part.key in known else part.stream
        said = (id, frozenset(part.said.items()), part.resolution, part.u is None)
        there = np.flatnonzero(~np.isnan(part.value) if part.value is not None else ~_missing(part))
        if said in self._right or not len(there) or (id not in known and not settled):
            return ()
        try:
            mine = {id: known[id]} if id in known else {}
            made = gathered([Arrival(0, 0, "", part.of(there[:1]))], mine)
        except Exception:  # nobody foresaw it: the message is kept, and the cutter tells
            return ()
        if made.lost:
            return tuple(f for some in made.lost.values() for f, _ in some)
        streams |= {key: stream for key, stream in made.streams.items() if key not in self._known}
        if (id in self._known or id in self._waiting) and len(self._right) < REMEMBERED:
            self._right.add(said)
        return ()

    def _newest(self) -> bool:
        """The streams as they are now; whether they are known."""
        log = self._lake.folder / "streams" / "_delta_log" / f"{self._version + 1:020d}.json"
        if self._version >= 0 and not log.is_file():
            return True
        try:
            version = int(self._lake.table("streams").version())
            fresh = {stream.id: stream for stream in self._lake.streams(version)}
        except Exception:  # a lake that cannot be read is told by whoever writes to it
            return self._version >= 0
        same = {id for id, stream in fresh.items() if self._known.get(id, self._waiting.get(id)) == stream}
        self._version, self._known = version, fresh
        self._right = {said for said in self._right if said[0] in same}
        self._waiting = {id: stream for id, stream in self._waiting.items() if id not in self._known}
        return True


def _missing(part: Part) -> Any:
    return np.zeros(len(part), np.bool_) if part.missing is None else part.missing
