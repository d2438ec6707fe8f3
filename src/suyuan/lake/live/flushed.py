"""What was appended to a lake is brought to the disk, before what it was made of is thrown away.

A process that is killed loses nothing that it has written; a machine that loses its power may. The files that the logs
of a lake's tables name since the last call are flushed, then the logs and their folders.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import unquote

from suyuan.disk.whole import flush_folder
from suyuan.lake.table import Lake

TABLES = ("streams", "readings", "blocks")


class Flushed:
    """Flushes the tables of one lake. What stood when it was made is taken to be on the disk, up to `since`."""

    def __init__(self, lake: Lake, since: dict[str, int] | None = None) -> None:
        self._lake = lake
        self.versions = dict(since or {name: int(lake.table(name).version()) for name in TABLES})

    def flush(self) -> None:
        """Flush what each table's log names since the last call. Raises OSError."""
        for name in TABLES:
            folder = self._lake.folder / name
            last = self.versions[name]
            while (log := folder / "_delta_log" / f"{last + 1:020d}.json").is_file():
                self._flush_commit(folder, log)
                last += 1
            if last != self.versions[name]:
                flush_folder(folder / "_delta_log")
                self.versions[name] = last

    def _flush_commit(self, folder: Path, log: Path) -> None:
        folders = set()
        for line in log.read_text("utf-8").splitlines():
            added = json.loads(line).get("add")
            if added and (path := folder / unquote(added["path"])).is_file():  # a merge may have replaced it
                _flush(path)
                folders.add(path.parent)
        for one in folders:
            flush_folder(one)
        _flush(log)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
