"""A listener: what comes in at its doors is on the disk before it is acknowledged, and in the lake soon after.

One thread writes: it takes all messages that wait, writes them with one flush, and only then tells the doors that each
is kept. Another cuts: segments that are full or old become blocks. Where the lake or the disk is slower than the
senders, the journal fills up to its bound, and the doors say «later»: nothing is taken that cannot be kept.
"""

from __future__ import annotations

import json
import os
import threading
import time as clock
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from suyuan.lake.live.cut import Cut, Cutter, Entry, understood
from suyuan.lake.live.foreseen import Foreseen, Verdict
from suyuan.lake.live.journal import Journal, Record
from suyuan.lake.live.message import Message
from suyuan.lake.live.owned import owned
from suyuan.lake.table import Lake, now
from suyuan.quantity.finding import Finding, Refused, finding

NAME = "live"
"""The folder of a listener, beside the lake."""
LONGEST_WAIT = 30.0
"""Seconds between two tries to put into the lake what it did not take."""
LARGEST_SEGMENT = 32 * 2**20
"""Bytes of a segment, which is in memory while it is cut."""
TOLD_MOST = 4_000_000
"""Bytes of the file of findings, before an older one is replaced by it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """journal: bytes on the disk; waiting: messages that wait to be written, beyond which a door says «too many»;
    readings, seconds: when a segment becomes blocks; message: bytes of one message."""

    journal: int = 256 * 2**20
    waiting: int = 256
    readings: int = 200_000
    seconds: float = 30.0
    message: int = 8 * 2**20


@dataclass(slots=True)
class Offered:
    """A message at a door. done: called once, with None when it is kept, else with why it is not; message: as read,
    where the door has read it; patient: it waits for room, however long, and is refused only when all ends; verdict:
    what is known of it before it is in the lake, by whoever asked first."""

    record: Record
    done: Callable[[Finding | None, Message | None], None]
    message: Message | None = None
    patient: bool = False
    size: int = 0
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """What a listener has done since it was started (kept: messages, readings; refused: told to come later; unfit:
    refused at the door, since nothing of them can go in), what the lake has got from this folder in all, what waits,
    and what is wrong: gaps: messages that are missing; trouble: why the lake takes nothing; aside_reasons: a row a
    first reason for which messages lie aside, with their number and the finding of the first of them."""

    kept: int
    readings: int
    refused: int
    waiting: int
    journal: int
    lake_messages: int
    lake_readings: int
    repeated: int
    aside: int
    gaps: int
    trouble: Finding | None
    unfit: int = 0
    aside_reasons: tuple[dict[str, Any], ...] = ()


class Listener:
    """Receives messages for a lake. folder: for the journal and what is kept aside; one process at once.

    Raises Refused where another process has the folder, or where it cannot be written.
    """

    def __init__(self, lake: Lake, folder: Path, limits: Limits | None = None) -> None:
        self.folder, self.limits = folder, limits or Limits()
        self._owner = owned(folder)
        try:
            self._journal = Journal(folder / "journal", self.limits.journal)
            self._cutter = Cutter(lake, folder)
        except BaseException:
            self._owner.close()
            raise
        for segment in self._journal.closed:
            if segment.number <= self._cutter.done:  # its readings are in the lake
                self._journal.retire(segment.number)
        self._journal.follow(self._cutter.done)
        self._unseen = {segment.number for segment in self._journal.closed}
        self._foreseen = Foreseen(lake)
        self._change = threading.Condition()
        self._queue: deque[Offered] = deque()
        self._entries: dict[int, list[Entry]] = {}
        self._open: list[Entry] = []
        self._open_readings, self._opened = 0, 0.0
        self._stopping = self._written = False
        self._kept = self._readings = self._refused = self._unfit = self._aside_large = 0
        self._large: Finding | None = None
        self.trouble: Finding | None = None
        self.full: Finding | None = None
        self._threads = [threading.Thread(target=run, name=f"suyuan-{run.__name__}", daemon=True)
                         for run in (self._write, self._cut)]  # fmt: skip

    def start(self) -> Listener:
        """Begin; what a process left that died before is brought into the lake first."""
        for thread in self._threads:
            thread.start()
        return self

    # ------------------------------------------------------------ doors

    def offer(self, offered: Offered) -> None:
        """Put a message before the writer. Raises Refused: live.listener.full (the journal has no room),
        live.listener.busy (too many wait), live.listener.stopping.
        """
        offered.size = len(offered.record.payload) + len(offered.record.via) + 64
        with self._change:
            if self._stopping:
                raise Refused(finding("live.listener.stopping"))
            if not offered.patient:
                waiting = sum(o.size for o in self._queue)
                if self._journal.room < waiting + offered.size:
                    self._refused += 1
                    raise Refused(finding("live.listener.full", str(self.folder), limit=self.limits.journal))
                if len(self._queue) >= self.limits.waiting:
                    self._refused += 1
                    raise Refused(finding("live.listener.busy", str(self.folder), limit=self.limits.waiting))
            self._queue.append(offered)
            self._change.notify_all()

    def foresee(self, message: Message) -> Verdict:
        """What of a message can never go in, as far as it is known now."""
        return self._foreseen.verdict(message, self._unseen.isdisjoint(s.number for s in self._journal.closed))

    def unfit(self) -> None:
        """Count a message that a door has refused, since nothing of it can go in."""
        with self._change:
            self._unfit += 1

    @property
    def waiting(self) -> int:
        """How many messages wait to be written."""
        return len(self._queue)

    # ------------------------------------------------------------ writing

    def _write(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._takeable() or self._stopping, timeout=self._until_cut())
                some = self._take()
                over = self._stopping and (not some or self.full is not None)
                if over and some:  # the disk took nothing the last time
                    self._queue.extendleft(reversed(some))
                    some = []
            if some:
                self._keep(some)
            if over or self._due():
                self._end_segment()
            if over:
                break
        with self._change:
            self._written = True
            for rest in self._queue:
                rest.done(finding("live.listener.stopping"), None)
            self._queue.clear()
            self._change.notify_all()

    def _takeable(self) -> bool:
        return bool(self._queue) and (self._queue[0].size <= self._journal.room or self._huge(self._queue[0]))

    def _huge(self, offered: Offered) -> bool:
        return offered.size > self._journal.most // 2

    def _take(self) -> list[Offered]:
        """As many as there is room for, in the order in which they came."""
        some: list[Offered] = []
        room = self._journal.room
        while self._queue and len(some) < 1000 and (self._queue[0].size <= room or self._huge(self._queue[0])):
            if self._huge(self._queue[0]) and some:
                break
            some.append(self._queue.popleft())
            room -= some[-1].size
        return some

    def _keep(self, some: list[Offered]) -> None:
        """Write messages and flush them, then tell their doors."""
        entries = []
        wrong: Finding | None = None
        try:
            for offered in some:
                if self._huge(offered):
                    self._put_beside(offered)
            small = [o for o in some if not self._huge(o)]
            for offered in small:
                offered.message = offered.message or understood(offered.record)
                offered.verdict = offered.verdict or self.foresee(offered.message)
                entries.append((offered.record, offered.message))
            if small:
                self._journal.write(o.record for o in small)
            self.full = None
        except Refused as refused:
            wrong = self.full = refused.findings[0]
        if wrong is None and entries:
            for offered in small:
                if offered.verdict is not None and offered.verdict.streams:
                    self._foreseen.keep(offered.verdict.streams)
            if not self._open:
                self._opened = clock.monotonic()
            self._open += entries
            more = sum(m.readings for _, m in entries)
            self._open_readings += more
            self._readings += more
        self._kept += 0 if wrong else len(some)
        if wrong is not None:
            with self._change:
                self._queue.extendleft(reversed([o for o in some if o.patient]))
        for offered in some:
            if wrong is None or not offered.patient:
                offered.done(wrong, offered.message)
        if wrong is not None:
            clock.sleep(1.0)  # a full disk is not asked again and again

    def _put_beside(self, offered: Offered) -> None:
        """Keep a message that the journal cannot hold in a file of its own; it is not loaded."""
        import hashlib

        from suyuan.lake.durable import write_whole

        digest = hashlib.sha256(offered.record.payload).hexdigest()[:16]
        write_whole(self.folder / "aside" / f"{digest}.large", offered.record.payload, replace=True)
        self._aside_large += 1
        told = finding("live.message.large", f"{digest}.large", size=len(offered.record.payload))
        self._large = self._large or told
        self._tell(0, (told,))

    def _until_cut(self) -> float:
        if not self._open:
            return 1.0
        return max(0.01, min(1.0, self._opened + self.limits.seconds - clock.monotonic()))

    def _due(self) -> bool:
        """Whether the segment becomes blocks: by its readings, its age, or its share of the journal."""
        return bool(self._open) and (
            self._open_readings >= self.limits.readings
            or clock.monotonic() - self._opened >= self.limits.seconds
            or self._journal.open_size >= min(self._journal.most // 4, LARGEST_SEGMENT)
        )

    def _end_segment(self) -> None:
        with self._change:
            number = self._journal.close()
            if number is not None and len(self._entries) < 2:  # more are read from the disk again
                self._entries[number] = self._open
            self._open, self._open_readings = [], 0
            self._change.notify_all()

    # ------------------------------------------------------------ cutting

    def _cut(self) -> None:
        wait = 1.0
        while True:
            with self._change:
                self._change.wait_for(lambda: bool(self._journal.closed) or self._written, timeout=1.0)
                segments, last = self._journal.closed, self._written
            for segment in segments:
                entries = self._entries.pop(segment.number, None)
                try:
                    if entries is None:
                        entries = [(r, understood(r)) for r in self._journal.records(segment)]
                    made = self._cutter.cut(segment.number, entries)
                except Exception as error:  # the journal keeps it, and it is tried again
                    self.trouble = error.findings[0] if isinstance(error, Refused) else finding(
                        "live.listener.unforeseen", str(segment.path.name), kind=type(error).__name__
                    )  # fmt: skip
                    break
                self.trouble, wait = None, 1.0
                self._tell(segment.number, (*self._journal.findings, *made.findings))
                self._journal.findings.clear()
                with self._change:
                    self._journal.retire(segment.number)
                    self._change.notify_all()
            if last and (not self._journal.closed or self.trouble):
                return
            if self.trouble:
                with self._change:
                    self._change.wait_for(lambda: self._stopping, timeout=wait)
                wait = min(2.0 * wait, LONGEST_WAIT)

    def _tell(self, segment: int, found: tuple[Finding, ...]) -> None:
        """Add findings to the file of what was told."""
        if not found:
            return
        path = self.folder / "told.jsonl"
        lines = [json.dumps({"at": now(), "segment": segment, **f.to_json()}, ensure_ascii=False) for f in found]
        try:
            if path.is_file() and path.stat().st_size > TOLD_MOST:
                os.replace(path, path.with_suffix(".older.jsonl"))
            with path.open("a", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")
        except OSError:  # the readings are in the lake; what is told here can be seen from them
            return

    # ------------------------------------------------------------ state

    def status(self) -> Status:
        """What was done, and what waits."""
        counts: Any = dict(self._cutter.counts)
        gaps = sum(b - a + 1 for spans in self._cutter.gaps.values() for a, b in spans)
        return Status(
            self._kept, self._readings, self._refused, len(self._queue), self._journal.size,
            counts.get("messages", 0), counts.get("readings", 0), counts.get("repeated", 0),
            counts.get("aside", 0) + self._aside_large, gaps, self.trouble or self.full, self._unfit,
            tuple({"count": count, **told} for count, told in self._reasons()),
        )  # fmt: skip

    def _reasons(self) -> list[tuple[int, dict[str, Any]]]:
        """First reasons for which messages lie aside, the commonest first."""
        rows = [(int(count), dict(told)) for count, told in list(self._cutter.reasons.values())]
        if self._large is not None:
            rows.append((self._aside_large, self._large.to_json()))
        return sorted(rows, key=lambda row: -row[0])

    def findings(self) -> tuple[Finding, ...]:
        """What a person should know: gaps that are open, messages kept aside, a lake that takes nothing."""
        found = []
        for (sender, run), gaps in self._cutter.gaps.items():
            count = sum(b - a + 1 for a, b in gaps)
            found.append(finding("live.sequence.gap", f"{sender} {run}".strip(), "warning", count=count,
                                 first=gaps[0][0], last=gaps[-1][1], open=count))  # fmt: skip
        if aside := self.status().aside:
            found.append(finding("live.message.aside", str(self.folder / "aside"), "warning", count=aside))
        if self._journal.closed and self.trouble is not None:
            found.append(self.trouble)
        return tuple(found)

    def stop(self) -> None:
        """End cleanly: what was taken is written, and brought into the lake where it takes it."""
        with self._change:
            self._stopping = True
            self._change.notify_all()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        self._owner.close()


__all__ = ["Cut", "Limits", "Listener", "Offered", "Status"]
