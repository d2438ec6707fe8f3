"""The rows of a study's table by the columns of its layout: which column is which, and what stands in its cells."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from suyuan.quantity.finding import Finding, finding
from suyuan.verbs.assurance.columns import number_of
from suyuan.verbs.assurance.layouts import Column, Layout
from suyuan.verbs.assurance.roles import role
from suyuan.verbs.register.cells import Table, Value

TOLD = 20
"""Cells that are told one by one."""


@dataclass
class Reader:
    """The rows of a table by the columns of a layout. heads: name of a column → how this table calls it."""

    kind: str
    layout: Layout
    table: Table
    heads: Mapping[str, str] = field(default_factory=dict)
    at: dict[str, int] = field(default_factory=dict)
    further: dict[str, int] = field(default_factory=dict)
    rows: list[tuple[int, tuple[Value, ...]]] = field(default_factory=list)
    faults: list[Finding] = field(default_factory=list)
    told: list[Finding] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        filled = [(n, row) for n, row in enumerate(self.table.rows) if any(_text(cell) for cell in row)]
        names = [c.name for c in self.layout.columns]
        if not filled:
            self.faults.append(finding("study_table.empty", self.table.name, columns=", ".join(names)))
            return
        head = [_text(cell) for cell in filled[0][1]]
        while not head[-1]:
            head.pop()
        if names and all(math.isfinite(_value(cell)) for cell in head if cell) and all(head):
            self.at = {c.name: n for n, c in enumerate(c for c in self.layout.columns if c.needed) if n < len(head)}
            self.rows = filled
            self._chosen(filled[0][0], head)
        else:
            self.rows = filled[1:]
            self._named(filled[0][0], head)
        self._missing(filled[0][0], head)
        if not self.rows and not self.faults:
            self.faults.append(finding("study_table.empty", self.table.name, columns=", ".join(names)))

    def _missing(self, row: int, head: Sequence[str]) -> None:
        """What is needed and not there: which column is which cannot be guessed."""
        names, given = ", ".join(c.name for c in self.layout.columns), self._given(head)
        for column in self.layout.columns:
            if column.needed and column.name not in self.at and column.name not in self.heads:
                zh, en = role(self.kind, column.name)
                self.faults.append(
                    finding("study_table.column.missing", self.table.place(row), column=column.name, given=given,
                            columns=names, role_zh=zh, role_en=en)
                )  # fmt: skip

    def _given(self, head: Sequence[str]) -> str:
        """The heads that are there, each with what stands below it first."""
        below = self.rows[0][1] if self.rows else ()
        told = [f"{text} ({_text(below[n])[:12]} …)" if n < len(below) and _text(below[n]) else text
                for n, text in enumerate(head) if text]  # fmt: skip
        return ", ".join(told)[:300]

    def _chosen(self, row: int, head: Sequence[str]) -> set[int]:
        """Columns that a person named; returns their places."""
        plain = [_plain(text).casefold() for text in head]
        for name, wanted in self.heads.items():
            if all(c.name != name for c in self.layout.columns):
                continue
            key = wanted.casefold()
            places = [n for n, text in enumerate(head) if text.casefold() == key]
            places += [n for n, text in enumerate(plain) if text == key]
            if not places and wanted.isdecimal() and 1 <= int(wanted) <= len(head):
                places = [int(wanted) - 1]
            if places:
                self.at[name] = places[0]
            else:
                given = self._given(head)
                self.faults.append(
                    finding("study_table.column.absent", name, column=name, wanted=wanted[:40], given=given)
                )
        return set(self.at[name] for name in self.heads if name in self.at)

    def _named(self, row: int, head: Sequence[str]) -> None:
        """Which column is which, by what stands above it; units in brackets do not count."""
        chosen = self._chosen(row, head)
        free = [c for c in self.layout.columns if c.name not in self.heads]
        for n, text in enumerate(head):
            if n in chosen:
                continue
            column = next((c for c in free if _is(c, text) or _is(c, _plain(text))), None)
            if column is None and text:
                self.further[text] = n
            elif column is not None and column.name in self.at:
                self.faults.append(finding("study_table.column.twice", self.table.place(row, n), column=column.name))
            elif column is not None:
                self.at[column.name] = n
        if self.further and self.layout.shape != "open":
            known = ", ".join(c.name for c in self.layout.columns)
            given = ", ".join(self.further)[:200]
            place = self.table.place(row)
            self.told.append(finding("study_table.column.unused", place, "note", columns=given, known=known))

    def column(self, name: str, words: bool, place: int | None = None) -> list[tuple[Any, str]]:
        """Values of a column, each with the place of its cell."""
        at = self.at[name] if place is None else place
        found: list[tuple[Any, str]] = []
        for n, row in self.rows:
            cell = row[at] if at < len(row) else None
            where, text, line = self.table.place(n, at), _text(cell), self.table.first + n
            if not text:
                if self.layout.blank == "skipped":
                    continue
                if self.layout.blank == "refused" and len(self.faults) < TOLD:
                    self.faults.append(finding("study_table.cell.empty", where, line=line, column=name))
                found.append((None, where))
            elif words:
                found.append((text, where))
            else:
                value = _value(cell)
                if not math.isfinite(value) and len(self.faults) < TOLD:
                    self.faults.append(
                        finding("study_table.cell.number", where, line=line, column=name, given=text[:40])
                    )
                found.append((value, where))
        return found

    def put(self, pointer: str, cell: str) -> None:
        self.places.setdefault(pointer, cell)


def _plain(head: str) -> str:
    """A head without its unit."""
    return head.replace("（", "(").partition("(")[0].partition("/")[0].strip()


def _is(column: Column, text: str) -> bool:
    names = (column.name, column.field, *column.also)
    return bool(text) and text.casefold() in (name.casefold() for name in names if name)


def _text(cell: Value) -> str:
    return "" if cell is None else str(cell).strip()


def _value(cell: Value) -> float:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    return number_of(str(cell).replace("\u2212", "-").replace("\u2009", "")) if cell is not None else math.nan
