"""The log of uses: lines chained by digest, so that none can be altered, left out or put in unseen.

A line is one JSON object in canonical form with the digest of the line before. What was cut off at the end is seen by
whoever kept the last digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Finding, finding
from suyuan.series.dataset.moment import moment_of, text_of

FIRST = hashlib.sha256(b"suyuan ledger-1").hexdigest()
"""What the first line names as the one before."""


@dataclass(frozen=True, slots=True)
class Use:
    """One use. time: µs; who: grantee; grant, dataset: id and citation; act: «read», «summary», «refused» …; rows:
    how many; columns; purpose; content: SHA-256 of what was handed over, «» where nothing was; note: why refused."""

    time: int
    who: str
    grant: str
    dataset: str
    act: str
    rows: int = 0
    columns: tuple[str, ...] = ()
    purpose: str = ""
    content: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was read. number from 1; before: digest that it names; digest: of its own bytes."""

    number: int
    use: Use
    before: str
    digest: str


def line_of(use: Use, number: int, before: str) -> bytes:
    """The bytes of a line, without its line feed."""
    return canonical({
        "number": number, "time": text_of(use.time), "who": use.who, "grant": use.grant, "dataset": use.dataset,
        "act": use.act, "rows": use.rows, "columns": list(use.columns), "purpose": use.purpose,
        "content": use.content, "note": use.note, "before": before,
    })  # fmt: skip


def digest_of(line: bytes) -> str:
    """SHA-256 of a line without its line feed."""
    return hashlib.sha256(line).hexdigest()


def next_line(last: bytes, use: Use) -> bytes:
    """The line that follows another («» where there is none). Raises ValueError where the last one is no line."""
    if not last:
        return line_of(use, 1, FIRST)
    return line_of(use, int(json.loads(last)["number"]) + 1, digest_of(last))


def verify(lines: bytes, last: str = "", where: str = "ledger") -> tuple[tuple[Line, ...], tuple[Finding, ...]]:
    """The lines up to the first broken one, and what is wrong with that one.

    lines: the whole log; last: a digest that somebody kept, which must be that of some line.
    """
    found: list[Line] = []
    before = FIRST
    *whole, rest = lines.split(b"\n")
    for number, line in enumerate(whole, start=1):
        read = _read(line, number)
        if isinstance(read, str) or read.before != before or read.number != number:
            fault = read if isinstance(read, str) else "chain"
            return tuple(found), (finding("sharing.ledger.broken", f"{where}:{number}", number=number, fault=fault),)
        found.append(read)
        before = read.digest
    if rest:
        return tuple(found), (finding("sharing.ledger.half", f"{where}:{len(whole) + 1}", "warning", size=len(rest)),)
    if last and last not in {FIRST, *(line.digest for line in found)}:
        return tuple(found), (finding("sharing.ledger.cut", where, count=len(found), last=last[:16]),)
    return tuple(found), ()


def _read(line: bytes, number: int) -> Line | str:
    try:
        row: Mapping[str, Any] = json.loads(line)
        if canonical(row) != line:
            return "form"
        time = moment_of(row["time"])
        if time is None:
            return "time"
        use = Use(
            time, row.get("who", ""), row.get("grant", ""), row.get("dataset", ""), row["act"],
            int(row["rows"]), tuple(row.get("columns", ())), row.get("purpose", ""), row.get("content", ""),
            row.get("note", ""),
        )  # fmt: skip
        return Line(int(row["number"]), use, row["before"], digest_of(line))
    except (ValueError, KeyError, TypeError, AttributeError):
        return "form"


def uses(lines: Iterable[Line], grant: str = "", dataset: str = "") -> tuple[Line, ...]:
    """The lines of a grant or of a dataset (id, name or citation), «» for all."""
    return tuple(
        line for line in lines
        if grant in ("", line.use.grant)
        and (not dataset or line.use.dataset == dataset or line.use.dataset.startswith((f"{dataset}@", f"{dataset} ")))
    )  # fmt: skip
