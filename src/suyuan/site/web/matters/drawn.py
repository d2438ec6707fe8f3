"""Figures of the reports with their tables, on a page: a figure is never without its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from suyuan.report.papers.document import Cell, Number, Table, Word, plain
from suyuan.report.service.drawn import Drawn
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.matching import match_parts
from suyuan.site.web.matters.words import in_both
from suyuan.site.web.parts.plot import plot_html
from suyuan.site.web.parts.state import state_html

_MARKS = {"good": ("passed", ""), "bad": ("failed", "bad"), "warn": ("undecided", "warn")}


@dataclass(frozen=True)
class Shown:
    """A figure and its table as HTML. caption: of both, in words."""

    figure: SafeString
    table: SafeString
    caption: SafeString


def verdict_html(verdict: str) -> SafeString:
    """A verdict as mark and word, the same as where needs are matched; an unknown word of old is «unknown»."""
    return match_parts.verdict_html(verdict if verdict in match_parts.LOOKS else "unknown")


def shown(drawn: Drawn | None, name: str) -> Shown | None:
    """A drawn figure in both sizes and its table; None where nothing was drawn. name: keeps figures apart."""
    if drawn is None:
        return None
    label = plain(drawn.alternative, current())
    sizes = (("wide", drawn.wide), ("narrow", drawn.narrow))
    body = "".join(plot_html(svg, label, name=f"{name}-{size}", kind=size) for size, svg in sizes)
    return Shown(mark_safe(body), table_html(drawn.table), in_both(drawn.caption))


def table_html(table: Table) -> SafeString:
    """A table of a report as a table of the page; on a narrow one its rows become entries."""
    heads = [in_both(head) for head in table.heads]
    labels = [plain(head, current()) for head in table.heads]
    right = [sign == "r" for sign in table.alignment]
    top = "".join(
        format_html('<th{}>{}</th>', mark_safe(' class="r"') if at else "", head)
        for head, at in zip(heads, right, strict=True)
    )  # fmt: skip
    rows = "".join(_row(row, labels, right) for row in table.rows)
    notes = "".join(format_html('<p class="note mt">{}</p>', in_both(note)) for note in table.notes)
    caption = format_html('<caption class="vh">{}</caption>', plain(table.caption, current()))
    return mark_safe(
        f'<table class="stack first">{caption}<thead><tr>{top}</tr></thead><tbody>{rows}</tbody></table>{notes}'
    )


def _row(row: tuple[Cell, ...], labels: list[str], right: list[bool]) -> str:
    cells = []
    for n, (cell, label, at) in enumerate(zip(row, labels, right, strict=True)):
        if n == 0:
            cells.append(format_html('<th scope="row" class="w">{}</th>', _cell(cell)))
        else:
            cells.append(format_html('<td{} data-k="{}">{}</td>', mark_safe(' class="r"') if at else "", label,
                                     _cell(cell)))  # fmt: skip
    return f"<tr>{''.join(cells)}</tr>"


def _cell(cell: Cell) -> Any:
    if isinstance(cell, Number):
        return format_html('<span class="n">{}</span>', cell.text)
    if isinstance(cell, Word):
        mark = _MARKS.get(cell.mark)
        if mark is None:
            return in_both(cell.text)
        return state_html(mark[0], chinese=cell.text.get("zh", ""), english=cell.text.get("en", ""), tone=mark[1])
    if isinstance(cell, str):
        return cell or term("none.not_stated")
    return in_both(cell)
