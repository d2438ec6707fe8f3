"""Writing a file so that it is there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


def write_whole(
    path: Path, data: bytes, incoming: Path | None = None, replace: bool = True, sealed: bool = False
) -> bool:
    """Write a fresh file, flush it to the disk, then move it to its name; whether it is new there.

    incoming: folder on the same disk for the fresh file, that of the name where None; replace: an existing file gives
    way, else it stays and the answer is no; sealed: readable only. Raises OSError, and then nothing is there.
    """
    folder = incoming or path.parent
    folder.mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = folder / f".{os.getpid()}-{secrets.token_hex(8)}.part"
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if sealed:
            part.chmod(0o444)
        if replace:
            os.replace(part, path)
        else:
            os.link(part, path)  # fails where there is one already: the first counts
    except FileExistsError:
        return False
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    flush_folder(path.parent)
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
