"""What an answer looks like: a sentence, figures drawn for both widths, tables of numbers; the parts of their cells."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe

from suyuan.quantity.finding import Finding, finding
from suyuan.quantity.notation import notate
from suyuan.report.figures.dress import Size
from suyuan.site.terms import term
from suyuan.site.web.parts.number import digits, plain, unit_html
from suyuan.site.web.parts.plot import plot_html
from suyuan.site.web.parts.text import term_html

MOST_SHOWN = 60
"""Rows of a long table that the page shows; the case holds them all."""


@dataclass(frozen=True)
class Cell:
    """One cell of a table; number: it stands at the right."""

    html: SafeString | str
    number: bool = True


@dataclass(frozen=True)
class Table:
    """heads: as HTML, the first names the rows; numbers: which columns stand at the right; total: rows there are."""

    caption: str
    heads: tuple[SafeString | str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int = 0

    @property
    def columns(self) -> list[tuple[SafeString | str, bool]]:
        """Heads, each with whether its column stands at the right."""
        first = self.rows[0] if self.rows else ()
        return [(head, n < len(first) and first[n].number) for n, head in enumerate(self.heads)]

    @property
    def labelled(self) -> list[list[tuple[str, Cell]]]:
        """Rows of cells, each with the head of its column as plain text: on a narrow page it stands before the cell."""
        labels = [strip_tags(str(head)) for head in self.heads]
        return [list(zip(labels, row, strict=True)) for row in self.rows[:MOST_SHOWN]]


@dataclass(frozen=True)
class Section:
    """One section: its name in the term table, a figure, tables, a note below them."""

    name: str
    figure: SafeString | str = ""
    tables: tuple[Table, ...] = ()
    note: SafeString | str = ""
    beside: bool = False
    """Figure and first table side by side where there is room."""


@dataclass(frozen=True)
class Shown:
    """An answer. sentence: what a person would say aloud; sections: the evidence; findings: about the showing."""

    sentence: SafeString
    sections: tuple[Section, ...]
    findings: tuple[Finding, ...] = ()


# ---------------------------------------------------------------- figures


def figure(draw: Callable[[Size], str], label: str, name: str) -> tuple[SafeString, tuple[Finding, ...]]:
    """A figure drawn for a wide and for a narrow page; a finding where it cannot be drawn.

    label: the finding that the figure shows, read aloud; name: keeps the figures of one page apart.
    """
    sizes: tuple[Size, ...] = ("wide", "narrow")
    try:
        drawn = [plot_html(draw(size), label, name=f"{name}-{size}", kind=size) for size in sizes]
    except (ArithmeticError, ValueError) as error:
        return SafeString(""), (finding("site.calculate.figure", name, "note", reason=str(error)),)
    return mark_safe("".join(drawn)), ()


# ---------------------------------------------------------------- cells


def text(value: object) -> Cell:
    """Words."""
    return Cell(value if isinstance(value, SafeString) else format_html("{}", value), False)


def named(key: str, symbol: SafeString | str = "") -> Cell:
    """The name of a row from the term table, with the symbol of the quantity."""
    return Cell(format_html("{} {}", term_html(key), symbol) if symbol else term_html(key), False)


def number(value: Any, significant: int = 6) -> Cell:
    """A number without uncertainty; null is unknown."""
    if value is None:
        return Cell(format_html('<span class="mute">{}</span>', term("none.unknown")))
    return Cell(digits(plain(value, significant)))


def rounded(value: float, u: float | None) -> Cell:
    """A value to the place of its standard uncertainty, as its table gives it."""
    if u is None or not u > 0.0:
        return number(value, 9)
    written = notate(value, u)
    return Cell(digits(written.value_text or ""))


def column(values: Iterable[Any], decimals: int | None = None) -> list[Cell]:
    """The numbers of a column with equal decimals: as many as stated, else as the longest of them has.

    decimals above nine, and numbers that are not finite, are written one by one.
    """
    values = [float(v) for v in values]
    finite = [v for v in values if math.isfinite(v)]
    after = max((_after(v) for v in finite), default=0) if decimals is None else max(0, decimals)
    if after > 9 or any(abs(v) >= 1e12 for v in finite):
        return [number(v, 10) for v in values]
    return [Cell(digits(f"{v:.{after}f}")) if math.isfinite(v) else number(None) for v in values]


def _after(value: float) -> int:
    """Decimals of the shortest text of a number, of twelve significant digits at most."""
    text, _, power = f"{value:.12g}".partition("e")
    return max(0, len(text.partition(".")[2]) - int(power or 0))


def place_of(u: float) -> int:
    """Decimals at which an uncertainty, or a spread, shows two digits."""
    return max(0, 1 - math.floor(math.log10(u))) if u > 0.0 and math.isfinite(u) else 3


def spread(u: float | None) -> Cell:
    """A standard or expanded uncertainty to two digits."""
    if u is None:
        return number(None)
    return Cell(digits(notate(u, u).uncertainty_text or "0") if u > 0.0 else digits("0"))


def sym(symbol: str, sub: str = "") -> SafeString:
    """A symbol in italics, its subscript upright."""
    return format_html('<i class="sy">{}</i>{}', symbol, format_html("<sub>{}</sub>", sub) if sub else "")


def with_unit(symbol: SafeString | str, unit: str) -> SafeString:
    """«U / µm» for the head of a column."""
    return format_html("{} /{}", symbol, unit_html(unit)) if unit not in ("", "1") else format_html("{}", symbol)


def concise(value: float, u: float | None, unit: str = "") -> str:
    """«1.757(160) mV/°C»: a value with its standard uncertainty in brackets, as plain text for sentences."""
    shown_unit = "" if unit in ("", "1") else unit
    if u is None or not u > 0.0:
        return f"{plain(value, 8)} {shown_unit}".strip()
    return notate(value, u, shown_unit or "1").concise or plain(value)


def listed(caption: str, heads: Sequence[SafeString | str], rows: Sequence[Sequence[Cell]]) -> Table:
    """A table; a page shows its first rows where there are many."""
    return Table(caption, tuple(heads), tuple(tuple(row) for row in rows), len(rows))
