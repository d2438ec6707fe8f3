"""Tables in columns of blanks below a line of dashes, as published data sets print them (NIST Dataplot files).

The text above the rule is the description. Its own count of lines to skip need not be right: the rule is where the
data start.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import numpy as np

from suyuan.lake.formats.column_mapping import ColumnMapping, ValueColumn
from suyuan.lake.formats.decoded import decoded
from suyuan.lake.formats.delimited import Table
from suyuan.lake.formats.header_unit import header
from suyuan.lake.formats.imported import Imported
from suyuan.lake.formats.mapped import applied
from suyuan.lake.formats.proposed import value_like
from suyuan.quantity.finding import Finding, Refused, finding

_RULE = re.compile(r"\s*(-{8,}|={8,})\s*")


def is_ruled(text: str) -> bool:
    """Whether a line of dashes stands below a line of words and above one of numbers."""
    return _rule(text.splitlines()) > 0


def read(content: bytes, *, name: str = "", zone: str = "", fold: str = "") -> Imported:
    """A table below a rule of dashes: one stream a column of numbers, in the order of the file.

    Columns beyond the words above the rule are named by their number. A row with another number of cells than most is
    kept aside and counted. Facts: «description», the lines above the table. Raises Refused formats.file.other.

    >>> made = read(b"Source: invented\\nX   Y\\n-----------\\n2.  0.20024\\n4.  0.40056\\n")
    >>> [(s.name, s.value.tolist(), s.resolution) for s in made.streams]
    [('X', [2.0, 4.0], 1.0), ('Y', [0.20024, 0.40056], 1e-05)]
    """
    text, encoding = decoded(content, name)
    lines = text.splitlines()
    rule = _rule(lines)
    if not rule:
        raise Refused(finding("formats.file.other", name or "line 1", format="ruled table", given=text[:40].strip()))
    table = _table(lines, rule, encoding)
    numeric = tuple(c for c in table.columns if value_like(table, c))
    values = tuple(ValueColumn(c, header(c).name, unit=header(c).unit) for c in numeric)
    plan = ColumnMapping(values, labels=tuple(c for c in table.columns if c not in numeric))
    made = applied(table, plan, (zone, fold))
    nameless = sum(not v.unit for v in values)
    told = [f for f in made.findings if f.code != "formats.time.none"]
    if nameless:
        told.append(finding("formats.unit.missing", f"line {rule}", "warning", count=nameless))
    description = "\n".join(line.rstrip() for line in lines[: rule - 1]).strip()
    facts = {"rows": len(table.lines), "encoding": encoding, "description": description}
    return replace(made, format="ruled table", findings=tuple(told), facts=facts)


def _rule(lines: list[str]) -> int:
    """The index of the rule, 0 where there is none: index 0 would have no words above it."""
    for i, line in enumerate(lines[:500]):
        if i and _RULE.fullmatch(line) and lines[i - 1].split() and i + 1 < len(lines):
            first = lines[i + 1].split()
            if first and all(re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", c) for c in first[:1]):
                return i
    return 0


def _table(lines: list[str], rule: int, encoding: str) -> Table:
    import pyarrow as pa

    rows = [(i + 1, line.split()) for i, line in enumerate(lines) if i > rule and line.strip(" \t\x1a")]
    width = Counter(len(cells) for _, cells in rows).most_common(1)[0][0]
    words = lines[rule - 1].split()
    names = [words[i] if i < len(words) else f"column {i + 1}" for i in range(width)]
    names = [n if names.index(n) == i else f"{n} ({i + 1})" for i, n in enumerate(names)]
    good = [(at, cells) for at, cells in rows if len(cells) == width]
    odd = [(at, cells) for at, cells in rows if len(cells) != width]
    found: tuple[Finding, ...] = ()
    if odd:
        at, given = odd[0][0], " ".join(odd[0][1])[:60]
        found = (finding("formats.table.width", f"line {at}", "warning", count=len(odd), line=at, given=given),)
    columns = {n: pa.array([cells[i] for _, cells in good], pa.string()) for i, n in enumerate(names)}
    unread = {"row of another width": len(odd)} if odd else {}
    aside = tuple((at, lines[at - 1]) for at, _ in odd)
    return Table(columns, np.array([at for at, _ in good], dtype=np.int64), (), unread, found, "", encoding, aside)
