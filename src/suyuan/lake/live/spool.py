"""The sender's side of a bad network: messages are on the disk until somebody has told that they are kept elsewhere.

A spool is a journal of messages ready to send, with the number of the last message of each run, so that a sender that
died goes on where it was and no number is used twice. A segment is taken away when all of it is delivered; after a
crash what was delivered of the oldest segment is sent again, and the receiver knows it.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from pathlib import Path
from secrets import token_hex
from typing import Any

from suyuan.lake.durable import write_whole
from suyuan.lake.live.journal import Journal, Record, Segment
from suyuan.lake.live.owned import owned
from suyuan.lake.running import first_line
from suyuan.lake.table import now
from suyuan.quantity.finding import Refused, finding

SEGMENT = 4 * 2**20
RUNS = 10_000
"""Runs whose last number is remembered; a file is one."""


class Spool:
    """Messages on their way. most: bytes that they may take on the disk; one process at once.

    sender: by which the receiver knows us: as given, else as the folder keeps it.
    Raises Refused where another process has the folder, or where it cannot be written or read.
    """

    def __init__(self, folder: Path, most: int = 1024 * 2**20, sender: str = "") -> None:
        self.folder = folder
        self._owner = owned(folder)
        try:
            state: dict[str, Any] = {}
            if (folder / "sender.json").is_file():
                state = json.loads((folder / "sender.json").read_text("utf-8"))
            self._runs: OrderedDict[str, int] = OrderedDict(state.get("runs", {}))
            self.sender = sender or str(state.get("sender") or f"sender-{token_hex(4)}")
            self.run = str(state.get("run") or token_hex(6))
            self._journal = Journal(folder / "spool", most)
        except (ValueError, OSError, AttributeError) as error:
            self._owner.close()
            raise Refused(finding("live.state.broken", str(folder), reason=first_line(error))) from None
        except BaseException:
            self._owner.close()
            raise
        self._journal.follow(int(state.get("segment", 0)))
        self._lock = threading.RLock()
        self._left: dict[int, int] = {}
        for segment in self._journal.closed:
            for record in self._journal.records(segment):
                run, _, number = record.via.rpartition(" ")
                self._runs[run] = max(self._runs.get(run, 0), int(number))
                self._left[segment.number] = self._left.get(segment.number, 0) + 1
        self._delivered: dict[int, set[int]] = {}
        self._changed = True
        self._save()

    def last(self, run: str) -> int:
        """The number of the last message of a run, 0 where there is none."""
        with self._lock:
            return self._runs.get(run, 0)

    def put(self, run: str, messages: list[bytes]) -> None:
        """Keep messages of a run, numbered on from the last. Raises Refused live.spool.full, and then none is kept."""
        with self._lock:
            first = self._runs.get(run, 0) + 1
            some = [Record(now(), f"{run} {first + at}", message) for at, message in enumerate(messages)]
            if sum(len(r.payload) + 100 for r in some) > self._journal.room:
                raise Refused(finding("live.spool.full", str(self.folder), limit=self._journal.most))
            number = self._journal.write(some)
            self._left[number] = self._left.get(number, 0) + len(some)
            self._runs[run] = first + len(some) - 1
            self._runs.move_to_end(run)
            self._changed = True
            if self._journal.open_size >= SEGMENT:
                self._journal.close()

    @property
    def waiting(self) -> int:
        """How many messages are not delivered."""
        with self._lock:
            return sum(self._left.values()) - sum(map(len, self._delivered.values()))

    def segment(self) -> tuple[Segment, list[Record]] | None:
        """The oldest segment and its messages; None where there is nothing to send."""
        with self._lock:
            if not self._journal.closed:
                self._journal.close()
            closed = self._journal.closed
            return (closed[0], list(self._journal.records(closed[0]))) if closed else None

    def delivered(self, segment: int, position: int) -> None:
        """Note that a message is kept by the receiver; a segment that is delivered is taken away."""
        with self._lock:
            done = self._delivered.setdefault(segment, set())
            done.add(position)
            if len(done) < self._left.get(segment, 0):
                return
            self._save()  # numbers first: they must not come again
            self._journal.retire(segment)
            self._left.pop(segment, None)
            self._delivered.pop(segment, None)

    def _save(self) -> None:
        if not self._changed:
            return
        while len(self._runs) > RUNS:
            self._runs.popitem(last=False)
        segments = [s.number for s in self._journal.closed]
        state = {"suyuan": "sender-1", "sender": self.sender, "run": self.run, "runs": self._runs,
                 "segment": max(segments, default=0)}  # fmt: skip
        write_whole(self.folder / "sender.json", json.dumps(state).encode(), replace=True)
        self._changed = False

    def close(self) -> None:
        """Leave the folder to others."""
        with self._lock:
            self._journal.close()
            self._save()
        self._owner.close()
