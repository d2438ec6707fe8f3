"""Lines from a spreadsheet, put into the form of a submission; whatever is not taken is said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.site.acts.rounds.one import Seen
from suyuan.site.acts.rounds.submission import MOST_ROWS, Form

TITLES = {
    "measurand": ("被测量", "被测量标识", "标识", "参数", "measurand", "identifier", "id", "item"),
    "value": ("值", "测得值", "结果", "测量结果", "测量值", "value", "result", "measured value", "x"),
    "U": ("U", "扩展不确定度", "扩展不确定度U", "expanded uncertainty", "expanded uncertainty u"),
    "u": ("u", "标准不确定度", "标准不确定度u", "standard uncertainty", "standard uncertainty u"),
    "k": ("k", "包含因子", "包含因子k", "coverage factor", "coverage factor k"),
    "dof": ("自由度", "degrees of freedom", "dof", "ν"),
    "measured": ("测量日期", "日期", "date", "day", "measured on", "date of measurement", "day of measurement"),
}
"""Titles of columns, in Chinese and English."""
_NAMED = {title.replace(" ", ""): column for column, titles in TITLES.items() for title in titles}
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]0?0:00(?::00)?)?")


def pasted(view: Seen, form: Form, text: str) -> tuple[Form, tuple[Finding, ...]]:
    """The form with lines from a spreadsheet, and what was not taken.

    A line holds measurand, value, U and k (or u and degrees of freedom) and the day; without a measurand it belongs to
    the row of the form with its number. A row of titles may come first, and then says which column is which. Raises
    Refused for lines that name no measurand.
    """
    known = {m.id for m in view.protocol.measurands}
    usual = ["value", *(("U", "k") if view.protocol.form.uncertainty == "expanded" else ("u", "dof")), "measured"]
    lines = list(_lines(text))
    told: list[Finding] = []
    ignored: list[str] = []
    columns: Sequence[str] | None = None
    if lines and (columns := _titles(lines[0][1], known)) is not None:
        told.append(finding("site.comparison.paste_titles", "paste", "note", given=" | ".join(lines[0][1])))
        del lines[0]
    rows, filled = [dict(row) for row in form.rows], set[int]()
    for n, (line, cells) in enumerate(lines):
        if n >= MOST_ROWS:
            ignored.append(f"{line} …")
            break
        names = columns if columns is not None else ["measurand", *usual] if cells[0] in known else usual
        by_name = dict(zip(names, cells, strict=False))
        name = by_name.pop("measurand", None)
        if name is None:
            at = n if n < len(rows) else -1
        else:
            at = next((i for i, row in enumerate(rows) if row["measurand"] == name and i not in filled), -1)
        if at < 0:
            raise Refused(finding("site.comparison.pasted", "paste", line=line, known=", ".join(sorted(known))))
        filled.add(at)
        extra = [*cells[len(names) :], *(c for title, c in zip(names, cells, strict=False) if not title)]
        ignored += [f"{line}: {cell}" for cell in extra if cell]
        for column, cell in by_name.items():
            taken = _day(cell) if column == "measured" else cell
            if column and cell and taken:
                rows[at][column] = taken
            elif column and cell:
                ignored.append(f"{line}: {cell}")
    if ignored:
        told.append(finding("site.comparison.paste_ignored", "paste", "warning", cells="; ".join(ignored[:12])))
    return replace(form, rows=tuple(rows)), tuple(told)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of every line that holds something."""
    for n, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield n, [c.strip() for c in (line.split("\t") if "\t" in line else line.replace("；", ";").split(";"))]


def _titles(cells: Sequence[str], known: set[str]) -> list[str] | None:
    """Columns that a row of titles names, «» for one that is not known; None where it is no such row."""
    if cells[0] in known or any(_number(c) for c in cells):
        return None
    named = [_column(c) for c in cells]
    return named if any(named) else None


def _column(title: str) -> str:
    """The column of a title; its unit, behind a stroke or in brackets, says nothing here."""
    bare = re.split(r"[/(（\[]", title, maxsplit=1)[0].replace(" ", "")
    return _NAMED.get(bare) or _NAMED.get(bare.lower(), "")


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _day(cell: str) -> str:
    """A day as a spreadsheet writes it, in the form of ISO 8601; «» for anything else."""
    found = _DAY.fullmatch(cell)
    if found is None:
        return ""
    try:
        return date(*map(int, found.groups())).isoformat()
    except ValueError:
        return ""
