"""What a study tells: a sentence, figures with their tables, tables; and how its words and numbers are written."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Finding, finding
from suyuan.quantity.notation import behind, grouped, notate, number
from suyuan.report.figures.columns import Places
from suyuan.report.figures.dress import Size
from suyuan.report.papers.document import Cell, Language, Number, Table, Text, said
from suyuan.report.papers.words import said_of
from suyuan.report.service.drawn import Drawn

Floats = NDArray[np.float64]
Values = Mapping[str, Any]
Part = Drawn | Table
SIGNIFICANT = 4


@dataclass
class Told:
    """Collects what a study tells. language: of the words in figures; sentence, parts, findings: as made so far."""

    body: Values
    answer: Values
    language: Language = "zh"
    sentence: Text = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    found: tuple[Finding, ...] = ()

    def say(self, key: str) -> str:
        """A word of a figure."""
        return " ".join(words for _, words in said(term(key), self.language))

    @property
    def unit(self) -> str:
        unit = str(self.body.get("unit") or "")
        return "" if unit == "1" else unit

    def has(self, code: str) -> bool:
        """Whether the study told such a finding."""
        return any(f.code == code for f in self.found)

    def draw(self, make: Callable[[Size], str], caption: Text, table: Table) -> None:
        """A figure with its table; the table alone, and a note, where the figure cannot be drawn."""
        try:
            with np.errstate(all="ignore"):
                wide, narrow = make("wide"), make("narrow")
        except (ArithmeticError, ValueError) as error:
            self.findings.append(finding("study_table.figure", table.sheet, "note", reason=str(error)[:200]))
            self.parts.append(table)
            return
        label = {one: f"{self.sentence.get(one, '')} {caption.get(one, '')}".strip() for one in ("zh", "en")}
        self.parts.append(Drawn(wide, narrow, caption, label, table))


def term(key: str, /, **parameters: object) -> Text:
    """A text of the words of studies."""
    return said_of("study", key, **parameters)


def same(text: str) -> Text:
    """A text that is the same in every language."""
    return {"zh": text, "en": text}


def joined(*texts: Text) -> Text:
    """Sentences one after the other, in English with a blank between."""
    return {"zh": "".join(t.get("zh", "") for t in texts),
            "en": " ".join(words for t in texts if (words := t.get("en", "").strip()))}  # fmt: skip


def digits(value: Any, significant: int = SIGNIFICANT) -> str:
    """A statistic in a sentence; what is not known is «?»."""
    if value is None or not math.isfinite(float(value)):
        return "?"
    return grouped(number(float(value), significant))


def measured(value: float, u: float | None, unit: str = "") -> str:
    """A value to the place of its uncertainty, with its unit."""
    if u is None or not u > 0.0 or not math.isfinite(u):
        return digits(value, 5) + behind(unit)
    written = notate(value, u)
    return grouped(written.value_text) + behind(unit)


def spread(U: float | None, unit: str = "") -> str:
    """An expanded uncertainty to two digits, with its unit."""
    if U is None or not math.isfinite(U):
        return "?"
    return grouped(notate(U, U).uncertainty_text or "0") + behind(unit)


def cell(value: Any, significant: int = SIGNIFICANT, bad: bool = False) -> Cell:
    """A number of a table, or «unknown»."""
    if value is None or not math.isfinite(float(value)):
        return term("word.unknown")
    return Number(number(float(value), significant) or "", float(value), "bad" if bad else "")


def spread_cell(u: Any) -> Cell:
    """An uncertainty of a table, to two digits."""
    if u is None or not math.isfinite(float(u)):
        return term("word.unknown")
    return Number(notate(u, u).uncertainty_text or "0", float(u))


def value_cell(value: Any, u: Any) -> Cell:
    """A value of a table to the place of its uncertainty."""
    if value is None or u is None or not float(u) > 0.0:
        return cell(value, 6)
    return Number(notate(value, u).value_text or "", float(value))


def column(values: Iterable[Any], significant: int = SIGNIFICANT) -> list[Cell]:
    """Numbers with equal decimals: those that give the largest so many digits."""
    known = [None if v is None or not math.isfinite(float(v)) else float(v) for v in values]
    sizes = [abs(v) for v in known if v]
    if not sizes:
        return [cell(v) for v in known]
    place = math.floor(math.log10(max(sizes))) + 1 - significant
    if max(sizes) >= 1e6 or max(sizes) < 1e-4:
        return [cell(v, significant) for v in known]
    places = Places(0, min(place, 0))
    return [term("word.unknown") if v is None else places.value(v) for v in known]


def with_unit(key: str, unit: str) -> Text:
    """«mean / mm» for a head."""
    return {one: f"{text} / {unit}" if unit else text for one, text in term(key).items()}


def listed(
    name: str, caption: Text, heads: Sequence[Text], rows: Sequence[Sequence[Cell]], *, alignment: str = "",
    notes: tuple[Text, ...] = (),
) -> Table:  # fmt: skip
    """A table whose first column names the row; name: of its sheet."""
    sides = alignment or "l" + "r" * (len(heads) - 1)
    return Table(caption, tuple(heads), tuple(tuple(row) for row in rows), sides, notes, name,
                 only_sheet=len(rows) > MOST_PRINTED)  # fmt: skip


MOST_PRINTED = 120
"""Rows that a paper prints; the workbook has all."""


def floats(values: Any) -> Floats:
    """Numbers of an answer; null is not a number."""
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)
