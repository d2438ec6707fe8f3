"""The heads of a table: where they stand, which column of the house each one is, and what is odd about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from suyuan.quantity.finding import Finding, finding, in_both
from suyuan.verbs.register.cells import AS_DELIVERED, WRONG, Table
from suyuan.verbs.register.columns.table import KINDS, Column, Columns, columns, factor, parted, spelled

LOOKED_AT = 15
"""Rows from the top among which the heads are looked for."""
NOT_READ = (spelled(WRONG), spelled(AS_DELIVERED))
"""Heads of columns that come back with refused rows and say nothing of them."""


@dataclass(frozen=True, slots=True)
class Heads:
    """Where the heads stand. row: the last row of them; columns: place → column; units, factors: place → unit and k in
    its head; conditions: place → name of a condition; texts: every head as given; unknown: heads that nobody knows;
    again: place of a column that is there already → place of the first, which alone is read."""

    row: int
    columns: Mapping[int, Column]
    units: Mapping[int, str]
    factors: Mapping[int, str]
    conditions: Mapping[int, str]
    texts: tuple[str, ...]
    unknown: Mapping[int, str]
    again: Mapping[int, int] = field(default_factory=dict)


def kind_of(table: Table) -> str | None:
    """The kind of row that a table holds: the one that its sheet is named after, else that most of its heads fit."""
    return _named(table) or _fitting(table)[0]


def told_kind(table: Table) -> Iterator[Finding]:
    """That the heads of a table fit another kind of row better than the one that its sheet is named after."""
    named = _named(table)
    other, known = _fitting(table) if named is not None else (None, 0)
    if named is None or other is None or other == named:
        return
    own = heads_of(columns(named), table)
    if known >= (0 if own is None else _known(columns(named), own)) + 3:
        said = {**in_both("kind", columns(named).title), **in_both("other", columns(other).title)}
        yield finding("workbook.sheet.other_kind", table.name, "warning", "", **said)


def _named(table: Table) -> str | None:
    name = spelled(table.name)
    for kind in KINDS:
        title = columns(kind).title
        if name in {spelled(t) for t in (*title.values(), kind, f"{title['zh']} {title['en']}")}:
            return kind
    return None


def _known(known: Columns, heads: Heads) -> int:
    """How many heads fit a kind of row, less two for each required one that is lacking."""
    own = {column.path for column in heads.columns.values()}
    return len(own) - 2 * sum(not has_column(column.path, own) for column in known.columns if column.required)


def _fitting(table: Table) -> tuple[str | None, int]:
    """The kind that most of the heads fit, with how many."""
    best: str | None = None
    most = 1
    for kind in KINDS:
        heads = heads_of(columns(kind), table)
        if heads is None:
            continue
        known = _known(columns(kind), heads)
        if known > most:
            best, most = kind, known
    return best, most


def heads_of(known: Columns, table: Table) -> Heads | None:
    """The row, or two rows on each other, with most of the known heads; None where there is none."""
    best: Heads | None = None
    for row in range(min(LOOKED_AT, len(table.rows))):
        single = [("" if v is None else str(v)) for v in table.rows[row]]
        for last, heads in ((row, single), (row + 1, _double(table, row, single))):
            if heads is not None:
                made = _matched(known, last, heads)
                if best is None or len(made.columns) > len(best.columns):
                    best = made
    return best if best is not None and best.columns else None


def _double(table: Table, row: int, upper: Sequence[str]) -> list[str] | None:
    """Heads in two rows, the upper one over several columns: «测量区间» over «下限», «上限», «单位»."""
    if row + 1 >= len(table.rows):
        return None
    lower = ["" if v is None else str(v) for v in table.rows[row + 1]]
    size = max(len(upper), len(lower))
    up, low = [*upper, *[""] * (size - len(upper))], [*lower, *[""] * (size - len(lower))]
    return [b if b and a != b else a for a, b in zip(up, low, strict=True)]


def _matched(known: Columns, row: int, heads: Sequence[str]) -> Heads:
    found: dict[int, Column] = {}
    units: dict[int, str] = {}
    factors: dict[int, str] = {}
    named: dict[int, str] = {}
    unknown: dict[int, str] = {}
    again: dict[int, int] = {}
    taken: dict[str, int] = {}
    for place, head in enumerate(heads):
        text = head.strip()
        word = spelled(text)
        rest, k = factor(text)
        bare, unit = parted(rest)
        column = known.known.get(word) or known.known.get(spelled(rest)) or known.known.get(spelled(bare))
        for mark in ("条件:", "condition:"):
            if word.startswith(mark):
                named[place] = text.replace("：", ":").partition(":")[2].strip()
        if column is not None and column.path not in taken:
            found[place] = column
            taken[column.path] = place
            if unit and known.known.get(word) is None:
                units[place] = unit
            if k:
                factors[place] = k
        elif column is not None and place not in named:
            again[place] = taken[column.path]
        elif text and place not in named and word not in NOT_READ:
            unknown[place] = text
    return Heads(row, found, units, factors, named, tuple(heads), unknown, again)


def has_column(path: str, own: set[str]) -> bool:
    """Whether a column, or a part of it in a column of its own, is among some paths."""
    return path in own or any(other.startswith(path + ".") for other in own)


def told_heads(known: Columns, heads: Heads, table: Table) -> Iterator[Finding]:
    """Heads that nobody knows, and columns that are there twice."""
    for place, text in heads.unknown.items():
        near = get_close_matches(spelled(text), list(known.known), 1, 0.6)
        nearest = known.known[near[0]].head if near else "—"
        where = table.place(heads.row, place)
        yield finding("workbook.column.unknown", where, "warning", column=text, nearest=nearest)
    for place, first in heads.again.items():
        yield finding("workbook.column.again", table.place(heads.row, place), "warning",
                      column=heads.texts[place].strip(), other=heads.texts[first].strip(),
                      first=table.place(heads.row, first))  # fmt: skip


STANDS_IN = {"quantity": "measurand.zh"}
"""Column that is lacking → column that is read in its place: scopes head the kind of quantity «被测量» too."""


def standing_in(known: Columns, heads: Heads, table: Table) -> tuple[Heads, list[Finding]]:
    """The heads with columns of `STANDS_IN` where a required one is lacking, which is told."""
    found, told = dict(heads.columns), []
    own = {column.path: place for place, column in found.items()}
    for lacking, other in STANDS_IN.items():
        column, place = known.at(lacking), own.get(other)
        if column is not None and column.required and lacking not in own and place is not None:
            found[place] = column
            where = table.place(heads.row, place)
            told.append(finding("workbook.column.stands_in", where, "warning", column=heads.texts[place].strip(),
                                taken=column.zh, taken_en=column.en))  # fmt: skip
    return replace(heads, columns=found), told
