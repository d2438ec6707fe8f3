"""The log of uses as a file: appended one line after the other, flushed to the disk before the append returns.

A line that a dying process left half-written is moved aside and told; all whole lines stay, and the chain goes on.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from suyuan.disk.lock import held
from suyuan.disk.whole import flush_folder
from suyuan.lake.durable import write_whole
from suyuan.lake.running import first_line
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.series.dataset.ledger import Line, Use, digest_of, next_line, verify

STEP = 8192


@dataclass(frozen=True, slots=True)
class Written:
    """A line that stands on the disk. digest: of it; findings: what was found half-written before it."""

    digest: str
    findings: tuple[Finding, ...] = ()


class Ledger:
    """The log at a path; there need be none yet."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, use: Use) -> Written:
        """Append one line and flush it. Raises Refused where the disk does not take it, or the last line is none."""
        with held(self.path.with_suffix(".lock")):
            try:
                fresh = not self.path.exists()
                with self.path.open("a+b", buffering=0) as file:
                    told = self._aside(file.fileno())
                    last = _last(file.fileno())
                    try:
                        line = next_line(last, use)
                    except (ValueError, KeyError, TypeError):
                        raise Refused(
                            finding("sharing.ledger.broken", str(self.path), number="—", fault="form")
                        ) from None
                    _all(file.fileno(), line + b"\n")
                    os.fsync(file.fileno())
                if fresh:
                    flush_folder(self.path.parent)
            except OSError as error:
                raise Refused(finding("sharing.file.unwritable", str(self.path), reason=first_line(error))) from None
        return Written(digest_of(line), told)

    def _aside(self, handle: int) -> tuple[Finding, ...]:
        """Move a half line away; () where the file ends with a whole one."""
        size = os.fstat(handle).st_size
        if not size or os.pread(handle, 1, size - 1) == b"\n":
            return ()
        end = _line_feed(handle, size) + 1
        half = os.pread(handle, size - end, end)
        name = f"{self.path.stem}.half-{hashlib.sha256(half).hexdigest()[:16]}"
        write_whole(self.path.with_name(name), half)
        os.ftruncate(handle, end)
        return (finding("sharing.ledger.aside", str(self.path), "warning", size=len(half), name=name),)

    def read(self, last: str = "") -> tuple[tuple[Line, ...], tuple[Finding, ...]]:
        """All lines up to the first broken one, and what is wrong with it; see `verify`."""
        data = self.path.read_bytes() if self.path.exists() else b""
        return verify(data, last, str(self.path))


def _all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


def _line_feed(handle: int, end: int) -> int:
    """The last line feed before a place; −1 where there is none."""
    while end > 0:
        begin = max(0, end - STEP)
        at = os.pread(handle, end - begin, begin).rfind(b"\n")
        if at >= 0:
            return begin + at
        end = begin
    return -1


def _last(handle: int) -> bytes:
    """The last whole line, «» where there is none."""
    size = os.fstat(handle).st_size
    if not size:
        return b""
    begin = _line_feed(handle, size - 1) + 1
    return os.pread(handle, size - 1 - begin, begin)
