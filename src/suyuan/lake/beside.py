"""The lake of a data folder: `DATA/lake`, beside the documents that the store keeps there."""

from __future__ import annotations

from pathlib import Path

from suyuan.lake.table import Lake
from suyuan.quantity.finding import Refused, finding

NAME = "lake"


def lake_of(data: Path | str, new: bool = False) -> Lake:
    """The lake of a data folder; new: made where there is none. Raises Refused where there is none."""
    folder = Path(data) / NAME
    if new:
        return Lake.create(folder)
    if not (folder / "lake.json").is_file():
        raise Refused(finding("lake.data.none", str(folder), data=data))
    return Lake(folder)
