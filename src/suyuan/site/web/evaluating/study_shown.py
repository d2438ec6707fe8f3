"""What a study tells, on a page: its sentence, figures with their tables, and the rows whose cells are at fault."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from suyuan.quantity.finding import Finding, sentences
from suyuan.report.papers.document import Cell, Number, Table, Text, Word, plain, runs, said, spoken_cell
from suyuan.report.service.drawn import Drawn
from suyuan.report.study.told import Part
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.parts.number import digits
from suyuan.site.web.parts.state import mark_html
from suyuan.site.web.parts.text import both
from suyuan.verbs.register.cells import Table as Sheet

MOST = 30
"""Rows of a table that a page shows; the report holds them all."""
BESIDE, ROOM = 4, 44
"""Columns, and Latin letters in a row, that a table may have to stand beside its figure."""
ROWS = 8
"""Rows at fault that a page shows."""
MARKS = {"good": ("ok", ""), "bad": ("fail", "bad"), "warn": ("undecided", "warn"), "": ("", "")}
_PLACE = re.compile(r"!([A-Z]{1,3})(\d+)$")


def styled(text: str) -> SafeString:
    """Letters of symbols in italics, indices low and high."""
    tags = {"italic": '<i class="sy">{}</i>', "sub": "<sub>{}</sub>", "sup": "<sup>{}</sup>", "": "{}"}
    return format_html_join("", "{}", ((format_html(tags[style], part),) for part, style in runs(text)))


def sentence(text: Text) -> SafeString:
    """The answer: Chinese with the English below it, or English alone."""
    return both(styled(text.get("zh", "")), styled(text.get("en", "")))


def one(text: Text) -> SafeString:
    """A text in the language of the page."""
    found = said(text, current())
    return styled(found[0][1] if found else "")


def parts(given: Iterable[Part]) -> list[dict[str, Any]]:
    """Figures with their tables, and tables alone, as `study.html` shows them."""
    found = []
    for n, part in enumerate(given):
        table = part.table if isinstance(part, Drawn) else part
        row: dict[str, Any] = {
            "key": f"studies.part.{table.sheet}", "table": shown(table), "caption": one(table.caption), "n": n,
        }  # fmt: skip
        if isinstance(part, Drawn):
            row |= {"wide": part.wide, "narrow": part.narrow, "caption": one(part.caption),
                    "label": one_plain(part.alternative), "name": f"study{n}",
                    "beside": _slender(table)}  # fmt: skip
        found.append(row)
    return found


def one_plain(text: Text) -> str:
    """A text in the language of the page, for attributes."""
    return plain(text, current())


def shown(table: Table) -> dict[str, Any]:
    """A table for a page: of many rows those that need a person come first."""
    rows, rest = list(table.rows), ""
    if len(rows) > MOST:
        rows = sorted(rows, key=_calm)[:MOST]
        rest = term("table.rest", shown=MOST, total=len(table.rows))
    right = [letter == "r" for letter in table.alignment]
    heads = [one(head) for head in table.heads]
    return {
        "heads": [{"said": h, "right": r} for h, r in zip(heads, right, strict=True)],
        "rows": [
            [{"said": written(c), "right": right[n], "head": one_plain(table.heads[n]), "first": n == 0}
             for n, c in enumerate(row)]
            for row in rows
        ],
        "notes": [one(note) for note in table.notes],
        "rest": rest,
    }  # fmt: skip


def _slender(table: Table) -> bool:
    """Whether a table has room beside its figure: no cell is broken, a head may be."""
    if len(table.heads) > BESIDE:
        return False
    words = [max((len(w.encode("gb18030")) for w in one_plain(head).split()), default=0) for head in table.heads]
    cells = [
        max(len(spoken_cell(row[n], current()).encode("gb18030")) for row in table.rows) for n in range(len(words))
    ]
    return sum(max(pair) + 3 for pair in zip(words, cells, strict=True)) <= ROOM


def _calm(row: Sequence[Cell]) -> bool:
    """Whether nothing in a row needs a person."""
    return not any(isinstance(c, Word | Number) and c.mark in ("bad", "warn") for c in row)


def written(cell: Cell) -> SafeString:
    """A cell: numbers with their gaps, states as mark and word."""
    if isinstance(cell, Word):
        mark, tone = MARKS[cell.mark]
        return format_html('<span class="st {}">{}{}</span>', tone, mark_html(mark) if mark else "", one(cell.text))
    if isinstance(cell, Number):
        number = digits(cell.text)
        return format_html('<span class="bad">{}</span>', number) if cell.mark == "bad" else number
    return one(cell) if not isinstance(cell, str) else styled(cell)


def excerpt(sheet: Sheet, found: Sequence[Finding]) -> dict[str, Any] | None:
    """The rows whose cells are at fault, with the heads and, under each such cell, what is wrong with it."""
    at: dict[int, dict[int, Finding]] = {}
    for item in found:
        place = _PLACE.search(item.where)
        if place is not None:
            row, column = int(place[2]) - sheet.first, _column(place[1])
            at.setdefault(row, {}).setdefault(column, item)
    rows = sorted(row for row in at if 0 < row < len(sheet.rows))
    if not rows:
        return None
    width = max(len(sheet.rows[0]), *(len(sheet.rows[row]) for row in rows))
    return {
        "heads": [_text(sheet, 0, n) for n in range(width)],
        "rows": [
            {"number": sheet.first + row, "cells": [_cell(sheet, row, n, at[row].get(n)) for n in range(width)]}
            for row in rows[:ROWS]
        ],
        "shown": min(len(rows), ROWS), "total": len(rows),
    }  # fmt: skip


def _column(letters: str) -> int:
    value = 0
    for letter in letters:
        value = 26 * value + ord(letter) - 64
    return value - 1


def _text(sheet: Sheet, row: int, column: int) -> str:
    cells = sheet.rows[row]
    value = cells[column] if column < len(cells) else None
    return "" if value is None else str(value)[:60]


def _cell(sheet: Sheet, row: int, column: int, item: Finding | None) -> dict[str, Any]:
    head = _text(sheet, 0, column)
    text = _text(sheet, row, column)
    if item is None:
        return {"text": text, "bad": "", "head": head}
    told = sentences(item, current())
    return {"text": text or term("studies.empty_cell"), "bad": told["remedy"], "head": head}
