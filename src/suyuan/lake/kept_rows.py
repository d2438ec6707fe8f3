"""Rows of a file that no reader can put into columns: kept as they stand, so that what is left out is not lost.

`LAKE/aside/SHA256.jsonl`, named by the digest of the file: what the file was, then a row a line.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from suyuan.lake.durable import write_whole
from suyuan.lake.formats.imported import Imported
from suyuan.quantity.finding import Finding, finding

FOLDER = "aside"
MOST = 64 * 2**20
"""Bytes that the rows of one file may take; what is beyond is told with its line. Our own choice."""


def keep_rows(lake: Path, imported: Imported, name: str, digest: str) -> tuple[Finding, ...]:
    """Write the rows of a file that were left out; nothing where there are none, and the same bytes when done again.

    lake: its folder; name, digest: of the file, SHA-256. Raises Refused where the disk does not take it.
    """
    if not imported.aside:
        return ()
    head = {"file": name, "sha256": digest, "format": imported.format, "rows": len(imported.aside)}
    lines, size, last = [json.dumps(head, ensure_ascii=False)], 0, 0
    for line, text in imported.aside:
        row = json.dumps({"line": line, "text": text}, ensure_ascii=False)
        size += len(row.encode("utf-8", "surrogatepass")) + 1
        if size > MOST:
            break
        lines.append(row)
        last = line
    place = lake / FOLDER / f"{digest}.jsonl"
    write_whole(place, ("\n".join(lines) + "\n").encode("utf-8", "replace"), replace=True)
    kept, count = len(lines) - 1, len(imported.aside)
    if kept < count:
        about: dict[str, Any] = {"count": count, "kept": kept, "line": last, "limit": MOST}
        return (finding("lake.intake.aside_part", str(place), "warning", **about),)
    return (finding("lake.intake.aside", str(place), "note", count=count),)
