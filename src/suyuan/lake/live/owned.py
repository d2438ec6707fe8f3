"""A folder that one process has at once: a second one is told so, and does not wait."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import BinaryIO

from suyuan.lake.running import first_line
from suyuan.quantity.finding import Refused, finding


def owned(folder: Path) -> BinaryIO:
    """Take a folder; whoever has the file that is returned has it, until it is closed or the process ends.

    Raises Refused where another process has it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "lock").open("a+b")
    except OSError as error:
        raise Refused(finding("live.journal.unwritable", str(folder), reason=first_line(error))) from None
    try:
        if sys.platform == "win32":  # pragma: no cover
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        who = file.read(40).decode("ascii", "replace").strip() or "?"
        file.close()
        raise Refused(finding("live.listener.taken", str(folder), process=who)) from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n".encode())
    file.flush()
    return file
