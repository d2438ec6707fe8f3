"""A journal: messages on the disk, in the order in which they came, before anybody is told that they are kept.

A journal is a folder of segments. A segment is a file of records, each with its length and checksum; a record counts
once it is flushed to the disk. What a process was writing when it died is cut off by the next one; nobody was told that
it is kept. A record that is damaged later is put beside with its bytes, and those after it are read. Segments that are
done with are taken away whole.
"""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from suyuan.disk.whole import flush_folder
from suyuan.lake.durable import write_whole
from suyuan.lake.running import first_line
from suyuan.quantity.finding import Finding, Refused, finding

_HEAD = struct.Struct("<4sIIqH")
"""Mark, length of what follows, CRC-32 of the rest of the head and what follows, µs received, bytes of `via`."""
_MARK = b"\xf7SYj"
_ENDING = ".journal"


@dataclass(frozen=True, slots=True)
class Record:
    """A message as it came. received: µs since 1970-01-01T00:00Z; via: the topic or path; payload: its bytes."""

    received: int
    via: str
    payload: bytes

    def packed(self) -> bytes:
        """The record as it stands in a segment."""
        via = self.via.encode("utf-8", "replace")[:1000]
        rest = via + self.payload
        crc = zlib.crc32(rest, zlib.crc32(struct.pack("<qH", self.received, len(via))))
        return _HEAD.pack(_MARK, len(rest), crc, self.received, len(via)) + rest


@dataclass(frozen=True, slots=True)
class Segment:
    """One file of a journal. number: rises; size: bytes."""

    number: int
    path: Path
    size: int


class Journal:
    """The journal in a folder, to be written by one process at once.

    most: bytes that all segments may take. Raises Refused where the folder cannot be written.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self.folder, self.most = folder, most
        self.findings: list[Finding] = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._segments = {s.number: s for s in _segments(folder)}
        except OSError as error:
            raise Refused(finding("live.journal.unwritable", str(folder), reason=first_line(error))) from None
        self._file: int | None = None
        self._number = max(self._segments, default=0)
        self._size = 0
        for segment in list(self._segments.values()):
            if not segment.size:
                self.retire(segment.number)

    @property
    def size(self) -> int:
        """Bytes of all segments."""
        return sum(s.size for s in list(self._segments.values())) + self._size

    @property
    def open_size(self) -> int:
        """Bytes of the segment that is being written."""
        return self._size

    def follow(self, number: int) -> None:
        """Number new segments after this one, too: the numbers of segments that are gone do not come again."""
        self._number = max(self._number, number)

    @property
    def closed(self) -> list[Segment]:
        """The segments that are not being written, oldest first."""
        return [self._segments[number] for number in sorted(self._segments)]

    @property
    def room(self) -> int:
        """Bytes that may still come."""
        return self.most - self.size

    def write(self, records: Iterable[Record]) -> int:
        """Add records and flush them to the disk; the number of their segment. Raises Refused; then none is there."""
        packed = b"".join(record.packed() for record in records)
        try:
            if self._file is None:
                self._begin()
            assert self._file is not None
            view = memoryview(packed)
            while view:
                view = view[os.write(self._file, view) :]
            os.fdatasync(self._file) if hasattr(os, "fdatasync") else os.fsync(self._file)
        except OSError as error:
            self._take_back()
            raise Refused(finding("live.journal.unwritable", str(self.folder), reason=first_line(error))) from None
        self._size += len(packed)
        return self._number

    def _begin(self) -> None:
        path = self.folder / f"{self._number + 1:012d}{_ENDING}"
        self._file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
        self._number += 1
        self._size = 0
        flush_folder(self.folder)

    def _take_back(self) -> None:
        """Cut off what was half written: the disk may be full, and what follows must not stand behind a ruin."""
        if self._file is None:
            return
        try:
            os.ftruncate(self._file, self._size)
            os.lseek(self._file, self._size, os.SEEK_SET)
        except OSError:
            self.close()

    def close(self) -> int | None:
        """End the segment that is being written; its number, None where there is none."""
        if self._file is None:
            return None
        os.close(self._file)
        self._file = None
        path = self.folder / f"{self._number:012d}{_ENDING}"
        self._segments[self._number] = Segment(self._number, path, self._size)
        self._size = 0
        return self._number

    def retire(self, number: int) -> None:
        """Take a segment away; its messages are kept elsewhere."""
        segment = self._segments.pop(number, None)
        if segment is not None:
            segment.path.unlink(missing_ok=True)

    def records(self, segment: Segment) -> Iterator[Record]:
        """The records of a segment. A torn end is left out; damaged bytes are put beside, and told in `findings`."""
        content = segment.path.read_bytes()
        at = 0
        while at < len(content):
            record, end = _record(content, at)
            if record is not None:
                yield record
                at = end
                continue
            after = _next(content, at + 1)
            if after < len(content) or not _torn(content, at):
                self._beside(segment, content[at:after], at)
            at = after

    def _beside(self, segment: Segment, ruin: bytes, at: int) -> None:
        """Keep the bytes of a damaged record."""
        path = self.folder / f"{segment.number:012d}-{at}.damaged"
        with contextlib.suppress(Refused):
            write_whole(path, ruin)
        self.findings.append(finding("live.journal.damaged", str(path), bytes=len(ruin), segment=segment.number))


def _segments(folder: Path) -> list[Segment]:
    found = []
    for path in folder.glob(f"*{_ENDING}"):
        if path.stem.isdecimal():
            found.append(Segment(int(path.stem), path, path.stat().st_size))
    return sorted(found, key=lambda s: s.number)


def _record(content: bytes, at: int) -> tuple[Record | None, int]:
    """The record at a place and where the next begins; None where none that is whole begins there."""
    if len(content) - at < _HEAD.size:
        return None, at
    mark, length, crc, received, size = _HEAD.unpack_from(content, at)
    begin, end = at + _HEAD.size, at + _HEAD.size + length
    if mark != _MARK or end > len(content) or size > length:
        return None, at
    rest = content[begin:end]
    if zlib.crc32(rest, zlib.crc32(struct.pack("<qH", received, size))) != crc:
        return None, at
    return Record(received, rest[:size].decode("utf-8", "replace"), rest[size:]), end


def _next(content: bytes, at: int) -> int:
    """Where the next whole record begins; the end where there is none."""
    while (at := content.find(_MARK, at)) >= 0:
        if _record(content, at)[0] is not None:
            return at
        at += 1
    return len(content)


def _torn(content: bytes, at: int) -> bool:
    """Whether what stands at a place is the beginning of a record whose end was never written."""
    head = content[at : at + _HEAD.size]
    if len(head) < _HEAD.size:
        return head[:4] == _MARK[: len(head)] or not head.strip(b"\0")
    return (head[:4] == _MARK and at + _HEAD.size + _HEAD.unpack(head)[1] >= len(content)) or not content[at:].strip(
        b"\0"
    )
