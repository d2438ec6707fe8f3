"""Small files of a lake that are there whole or not at all, and one writer at a time.

The store has the same for documents; a lake and a store stand on one floor and do not know each other.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from suyuan.lake.running import first_line
from suyuan.quantity.finding import Refused, finding


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`, waiting for whoever has it; a process that dies gives it back by itself."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        if os.name == "nt":
            _windows(file.fileno())
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        yield


def _windows(handle: int) -> None:
    import msvcrt

    while True:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
            return
        except OSError:  # held by another process
            time.sleep(0.02)


def write_whole(path: Path, data: bytes, replace: bool = False) -> bool:
    """Put a file in its place, flushed to the disk; whether it is new there.

    replace: an existing one gives way; else it stays, and the answer says no. Raises Refused where the disk does not
    take it; then nothing is there.
    """
    part = path.parent / f".{os.getpid()}-{secrets.token_hex(6)}.part"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if replace:
                os.replace(part, path)
            else:
                os.link(part, path)  # fails where there is one already: the first counts
        finally:
            with contextlib.suppress(OSError):
                part.unlink()
        flush_folder(path.parent)
    except FileExistsError:
        return False
    except OSError as error:
        raise Refused(finding("sharing.file.unwritable", str(path), reason=first_line(error))) from None
    return True


def flush_folder(folder: Path) -> None:
    """Bring a folder's list of names to the disk, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
