"""The demonstration's documents of a day, built once for all processes that test; everybody works on a copy."""

from __future__ import annotations

import fcntl
import shutil
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
"""The day of the site, whose time zone need not be that of the machine."""
_root: list[Path] = []


def kept_in(folder: Path) -> None:
    """Where what is built is kept for this run. folder: shared by its processes, gone with the run."""
    _root[:] = [folder]


def demonstration(day: date = TODAY) -> Path:
    """The documents of a day; not to be written to."""
    from suyuan.cli.demo import build

    folder = _root[0] / f"demonstration-{day}"
    with (_root[0] / f"demonstration-{day}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            making = folder.with_suffix(".making")
            build(making, day)
            making.rename(folder)
    return folder


def demonstration_in(folder: Path, day: date = TODAY) -> Path:
    """A copy of one's own, which the site takes for the demonstration. folder: is made. Returns it."""
    shutil.copytree(demonstration(day), folder, dirs_exist_ok=True)
    (folder / "DEMO").touch()
    return folder
