"""The index of a store: one JSON line a document, appended; derived, and rebuilt from the documents at any time.

A line torn by a crash is passed over; the document that it spoke of is found again by its file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from suyuan.store.recognise import KINDS, Kind


@dataclass(frozen=True, slots=True)
class Entry:
    """One document: what it is, and how it came in. added: UTC time of adding, ISO 8601; day: see `Recognised.day`."""

    digest: str
    kind: Kind
    issuer: str
    number: str
    day: date | None
    size: int
    name: str
    added: str


class Index:
    """The lines of one index file, read on as other processes append."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._entries: dict[str, Entry] = {}
        self._read_to = 0
        self._file = (0, 0)

    def entries(self) -> dict[str, Entry]:
        """Digest → entry, in the order of adding; reads what was appended since the last call."""
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            self._entries, self._read_to, self._file = {}, 0, (0, 0)
            return self._entries
        if (stat.st_dev, stat.st_ino) != self._file or stat.st_size < self._read_to:
            self._entries, self._read_to, self._file = {}, 0, (stat.st_dev, stat.st_ino)
        if stat.st_size > self._read_to:
            self._read_on()
        return self._entries

    def append(self, entries: Iterable[Entry]) -> None:
        """Add lines at the end, after a line break if a torn line stands there; the caller holds the lock."""
        with self.path.open("a+b") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    file.write(b"\n")
            file.write(b"".join(line(entry) for entry in entries))
            file.flush()
            os.fsync(file.fileno())

    def _read_on(self) -> None:
        with self.path.open("rb") as file:
            file.seek(self._read_to)
            data = file.read()
        whole = data.rfind(b"\n") + 1
        self._read_to += whole
        for raw in data[:whole].splitlines():
            entry = parse_line(raw)
            if entry is not None:
                self._entries.setdefault(entry.digest, entry)


def line(entry: Entry) -> bytes:
    """One line of the index file."""
    row = asdict(entry)
    row["day"] = entry.day.isoformat() if entry.day else None
    return json.dumps(row, ensure_ascii=False).encode("utf-8") + b"\n"


def parse_line(raw: bytes) -> Entry | None:
    """The entry of a line; None for a torn or foreign one."""
    try:
        row = json.loads(raw)
        day = date.fromisoformat(row["day"]) if row["day"] else None
        entry = Entry(
            str(row["digest"]), row["kind"], str(row["issuer"]), str(row["number"]), day, int(row["size"]),
            str(row["name"]), str(row["added"]),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return entry if entry.kind in KINDS and len(entry.digest) == 64 else None
