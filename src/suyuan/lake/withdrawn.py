"""Blocks that should not have come in: taken out by a word of a person, never deleted, brought back by another word.

A word is a row of the table of blocks, added like any other: from its version on the block is in no answer; earlier
versions, and what cites them, have it as before. Its readings stay in their files, also when these are merged. The
same block delivered again stays out.
"""

from __future__ import annotations

from typing import Any

from suyuan.lake.table import Lake, marks_of
from suyuan.quantity.finding import Refused, finding

SHORTEST = 8
"""Digits by which a block may be named."""


def withdraw(lake: Lake, block: str, who: str, reason: str) -> dict[str, Any]:
    """Take a block out; its row with `withdrawn`, `who`, `reason`, `at` (µs) and the new `version` of the lake.

    block: its digest, or the beginning of it; who, reason: as they are kept.
    Raises Refused lake.block.unknown, lake.withdrawn.several, lake.withdrawn.already, lake.withdrawn.said.
    """
    return _said(lake, block, who, reason, True)


def restore(lake: Lake, block: str, who: str, reason: str) -> dict[str, Any]:
    """Bring a block back that was taken out. Raises Refused as `withdraw` does, and lake.withdrawn.not."""
    return _said(lake, block, who, reason, False)


def withdrawn(lake: Lake, stream: str | None = None) -> list[dict[str, Any]]:
    """The blocks that are out, last taken out first: their rows with `who`, `reason` and `at`, µs."""
    marks = marks_of(lake.rows_of_blocks(stream))
    out = [{**row, "at": row["written"]} for row in marks.values() if row["withdrawn"]]
    return sorted(out, key=lambda row: -int(row["at"]))


def history(lake: Lake) -> list[dict[str, Any]]:
    """Every word that took a block out or brought it back, in the order in which they were said."""
    rows = lake.rows_of_blocks().to_pylist()
    said = [{**row, "at": row["written"]} for row in rows if row.get("withdrawn") is not None]
    return sorted(said, key=lambda row: int(row["at"]))


def _said(lake: Lake, block: str, who: str, reason: str, out: bool) -> dict[str, Any]:
    who, reason = who.strip(), reason.strip()
    if not who or not reason:
        raise Refused(finding("lake.withdrawn.said", "who" if not who else "reason"))
    row: dict[str, Any] = _found(lake, block)
    digest = row["digest"]
    mark = marks_of(lake.rows_of_blocks(row["stream"])).get(digest)
    if out and mark is not None and mark["withdrawn"]:
        raise Refused(finding("lake.withdrawn.already", digest, who=mark["who"], reason=mark["reason"]))
    if not out and (mark is None or not mark["withdrawn"]):
        raise Refused(finding("lake.withdrawn.not", digest))
    said = {**row, "withdrawn": out, "who": who, "reason": reason}
    version = lake.mark(said)
    return {**said, "version": version}


def _found(lake: Lake, block: str) -> dict[str, Any]:
    """The row of the block that a digest, or the beginning of one, names."""
    named = block.strip().lower()
    rows = lake.blocks(withdrawn=True).to_pylist() if len(named) >= SHORTEST else []
    found: list[dict[str, Any]] = [row for row in rows if row["digest"].startswith(named)]
    if not found:
        raise Refused(finding("lake.block.unknown", block, lake=lake.folder))
    if len(found) > 1:
        raise Refused(finding("lake.withdrawn.several", block, count=len(found)))
    [row] = found
    return row
