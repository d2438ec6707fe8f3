"""Small files of a lake that are there whole or not at all."""

from __future__ import annotations

from pathlib import Path

from suyuan.disk import whole
from suyuan.lake.running import first_line
from suyuan.quantity.finding import Refused, finding


def write_whole(path: Path, data: bytes, replace: bool = False) -> bool:
    """Put a file in its place, flushed to the disk; whether it is new there.

    replace: an existing one gives way; else it stays, and the answer says no. Raises Refused where the disk does not
    take it; then nothing is there.
    """
    try:
        return whole.write_whole(path, data, replace=replace)
    except OSError as error:
        raise Refused(finding("sharing.file.unwritable", str(path), reason=first_line(error))) from None
