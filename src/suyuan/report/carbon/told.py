"""How the papers of carbon are written: their words, columns of tonnes, and what each says of its claim."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.words import word
from suyuan.quantity.budget import Budget, BudgetRow
from suyuan.quantity.finding import Finding
from suyuan.quantity.notation import grouped
from suyuan.report.figures.budget import Term, budget_figure
from suyuan.report.figures.columns import Places
from suyuan.report.figures.dress import Axis, Size, italic
from suyuan.report.papers.document import (
    Block,
    Cell,
    Document,
    Facts,
    Figure,
    Findings,
    Heading,
    Language,
    Number,
    Paragraph,
    Table,
    Text,
    Word,
    said,
)
from suyuan.report.papers.words import said_of

COVERAGE = 2.0
"""Expanded uncertainties of the papers are U = 2 u, as everywhere in a claim."""
NARROW = "\u202f"
"""The gap of a number within a sentence: lines do not break there."""
SHOWN = 3
"""Findings of one sort that a page prints; the data have all."""
PRINTED = 24
"""Rows of a budget that a page prints; the workbook has all."""
MARKS: Mapping[str, str] = {"from memory": "warn", "proposed": "warn", "constructed": "warn", "confirmed": "good"}
"""Status of a rule row → mark; a row that nobody checked is never shown like one that was."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper: the document, and the same as data, which JSON is and the PDF carries."""

    document: Document
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """What every paper is about. claim, plant: SHA-256 of the claim and of the document of the unit's year, «» where
    there is none; known: the day by whose knowledge it was computed, None where that is not told."""

    kind: str
    enterprise: str
    unit: str
    year: int
    issued: date
    claim: str = ""
    more: str = ""
    demo: bool = False
    plant: str = ""
    known: date | None = None

    @classmethod
    def of(cls, kind: str, claim: Claim, issued: date, more: str = "") -> Head:
        """Of a claim, which was computed by what was known on its day."""
        known = claim.made if claim.made > date.min else None
        return cls(
            kind, claim.enterprise, claim.unit, claim.year, issued, claim.digest, more, False, claim.plant, known
        )

    @property
    def bound(self) -> Facts:
        """To what the paper is bound."""
        return facts(("digest", self.claim), ("plant", self.plant or term("word.unbound")),
                     ("known", self.known.isoformat() if self.known is not None else None))  # fmt: skip


def term(key: str, /, **parameters: object) -> Text:
    """A text of the words of carbon."""
    return said_of("carbon", key, **parameters)


def lacking(hours: float) -> Text:
    """That a sum leaves running hours out, in words; nothing where it leaves none."""
    return term("word.lacking", n=f"{hours:.6g}") if hours else {}


def marked(text: str, hours: float) -> Text:
    """A sum within a sentence, with the hours that it leaves out."""
    return {one: f"{text} t（{said}）" if one == "zh" else f"{text} t ({said})" for one, said in lacking(hours).items()
            } if hours else same(f"{text} t")  # fmt: skip


def known(value: float, hours: float) -> float:
    """A sum of which some hours are left out, NaN where nothing was summed: unknown is not nil."""
    return math.nan if hours and not value else value


def same(text: str) -> Text:
    """A text that is the same in every language."""
    return {"zh": text, "en": text}


def heads(*keys: str) -> tuple[Text, ...]:
    """Heads of a table."""
    return tuple(term(f"head.{key}") for key in keys)


def paper(head: Head, blocks: Iterable[Block], fields: Mapping[str, Any]) -> Paper:
    """A paper with its title and number; sections are numbered in their order."""
    kind = term(f"paper.{head.kind}")
    title = {one: f"{head.enterprise} {head.unit} {head.year}{head.more} {text}" for one, text in kind.items()}
    number = f"{head.unit}-{head.year}{head.more}-{head.kind}".replace(" ", "-")
    about = {"suyuan": f"carbon-{head.kind}", "enterprise": head.enterprise, "unit": head.unit, "year": head.year,
             "issued": head.issued, "of": head.claim or head.plant, "claim": head.claim, "document": head.plant,
             "known": head.known}  # fmt: skip
    made = Document(number, title, tuple(_numbered(_with(head.bound, blocks))), head.issued, {}, kind, head.demo)
    return Paper(made, {**about, **fields})


def _with(bound: Facts, blocks: Iterable[Block]) -> Iterable[Block]:
    """The blocks with what the paper is bound to after its answer and its alerts."""
    given = list(blocks)
    at = next((n for n, one in enumerate(given) if not isinstance(one, Paragraph) or one.kind == "note"), len(given))
    return [*given[:at], bound, *given[at:]]


def _numbered(blocks: Iterable[Block]) -> Iterable[Block]:
    n = 0
    for block in blocks:
        if isinstance(block, Heading) and block.level == 1:
            n += 1
            block = Heading(block.text, 1, str(n))
        yield block


def section(key: str) -> Heading:
    """A heading of the first level."""
    return Heading(term(f"section.{key}"), 1)


def facts(*rows: tuple[str, Cell | str | None]) -> Facts:
    """Names and what they are; what is empty or None is left out."""
    return Facts(tuple((term(f"fact.{key}"), value) for key, value in rows if value not in (None, "")))


def findings(items: Sequence[Finding]) -> list[Block]:
    """What to know, worst first, of each sort the first few; nothing where nothing is."""
    order = {"error": 0, "warning": 1, "note": 2}
    told = sorted(dict.fromkeys(items), key=lambda item: order.get(item.severity, 3))
    if not told:
        return []
    sorts: dict[str, list[Finding]] = {}
    for item in told:
        sorts.setdefault(item.code, []).append(item)
    shown = tuple(item for mine in sorts.values() for item in mine[:SHOWN])
    more = [term("note.more", code=code, n=len(mine) - SHOWN) for code, mine in sorts.items() if len(mine) > SHOWN]
    return [section("findings"), Findings(shown), *(Paragraph(text, "note") for text in more)]


def finding_fields(items: Sequence[Finding]) -> list[dict[str, Any]]:
    """All findings as data."""
    return [{"code": f.code, "where": f.where, "severity": f.severity, "parameters": dict(f.parameters)}
            for f in dict.fromkeys(items)]  # fmt: skip


def digest_of(data: bytes) -> str:
    """SHA-256 of a document."""
    return hashlib.sha256(data).hexdigest()


# ---------------------------------------------------------------- cells


def unknown() -> Text:
    """The word for what is not known."""
    return term("word.unknown")


def tonnes(values: Iterable[float | None], sign: bool = False) -> list[Cell]:
    """Plain tonnes of a column with equal decimals: four digits of the largest, no decimals from 1000 t on."""
    given = [math.nan if value is None else float(value) for value in values]
    sizes = [abs(value) for value in given if math.isfinite(value) and value]
    place = min(0, math.floor(math.log10(max(sizes))) - 3) if sizes else 0
    places = Places(0, place)
    return [places.value(value, sign=sign) if math.isfinite(value) else unknown() for value in given]


def with_u(values: Sequence[float], U: Sequence[float]) -> tuple[list[Cell], list[Cell]]:
    """Best estimates and expanded uncertainties, at the place that the uncertainties give; plain tonnes without."""
    if not any(one > 0.0 for one in U):
        return tonnes(values), tonnes([one if math.isfinite(v) else None for v, one in zip(values, U, strict=True)])
    there = [math.isfinite(v) and math.isfinite(one) for v, one in zip(values, U, strict=True)]
    places = Places(0, Places.of(np.asarray([one for one, good in zip(U, there, strict=True) if good])).place)
    return ([places.value(v) if good else unknown() for v, good in zip(values, there, strict=True)],
            [places.spread(one) if good else unknown() for one, good in zip(U, there, strict=True)])  # fmt: skip


def by_row(values: Sequence[float], U: Sequence[float]) -> tuple[list[Cell], list[Cell]]:
    """The same for rows of different size: each by its own uncertainty; «not stated» where there is none."""
    pairs = [with_u([v], [one]) for v, one in zip(values, U, strict=True)]
    return [best[0] for best, _ in pairs], [
        wide[0] if one > 0.0 else term("word.not_stated") for (_, wide), one in zip(pairs, U, strict=True)
    ]


def apart(legal: float, best: float) -> float:
    """Legal less best, 0 where only the last digits of the computer differ."""
    return 0.0 if math.isclose(legal, best, rel_tol=1e-11, abs_tol=1e-9) else legal - best


def number(value: float | None, decimals: int) -> Cell:
    """A number with fixed decimals, or «unknown»."""
    if value is None or not math.isfinite(value):
        return unknown()
    return Places(0, -decimals).value(float(value))


def percent(share: float | None, decimals: int = 1) -> Cell:
    """A share in percent; heads of such columns say «%»."""
    return number(None if share is None else 100.0 * share, decimals)


def at_least(bound: object, *cells: Cell) -> tuple[Cell, ...]:
    """Cells of U as a lower bound, where it is one: some factor has no stated uncertainty."""
    return tuple(replace(one, text=f"≥ {one.text}") if bound and isinstance(one, Number) else one for one in cells)


def count(value: float) -> Number:
    """A count, or hours where fractions of one are rare."""
    return Number(f"{value:.1f}".removesuffix(".0"), float(value))


def sentence(value: float, U: float | None = None, sign: bool = False) -> str:
    """Tonnes within a sentence, as `tonnes` or `with_u` write them."""
    cell = with_u([value], [U])[0][0] if U else tonnes([value], sign)[0]
    return grouped(cell.text, NARROW) if isinstance(cell, Number) else "?"


def status(row: Mapping[str, Any]) -> Word:
    """The status of a rule row."""
    said = str(row["status"])
    return Word(term("status." + said.replace(" ", "_")), MARKS.get(said, ""))  # type: ignore[arg-type]


def say(key: str, language: Language) -> str:
    """A word inside a figure."""
    return " ".join(words for _, words in said(term(key), language))


# ---------------------------------------------------------------- figures and tables that several papers have


def two(draw: Callable[[Size], str], caption: Text, alternative: Text) -> Figure:
    """A figure for the page and, drawn again, for a small screen."""
    return Figure(draw("wide"), caption, alternative, draw("narrow"))


def row_value(row: Mapping[str, Any]) -> str:
    """What a rule row says, with its unit."""
    value = row.get("value")
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    if isinstance(value, Mapping):
        text = _spelled(value)
    unit = str(row.get("unit") or "")
    return f"{text} {unit}".strip() if unit != "1" else text


def _spelled(value: Mapping[str, Any]) -> str:
    """What a row with several numbers says, in words."""
    inner = {key: f"({_spelled(one)})" if isinstance(one, Mapping) else one for key, one in value.items()}
    return ", ".join(f"{key} {one}" for key, one in inner.items() if one is not None)


def what(row: Mapping[str, Any]) -> Text:
    """What a rule row is about, by its name where it says nothing more."""
    found = {one: str(row.get(f"what_{one}") or "") for one in ("zh", "en")}
    if any(found.values()):
        return found
    if "carrier" in row:
        carrier, level = word("carrier", str(row["carrier"])), word("level", str(row["level"]))
        return {one: f"{carrier[one]} · {level[one]}" for one in ("zh", "en")}
    return same(str(row.get("name") or row.get("kind") or row.get("scheme") or row["id"]))


def rule_table(rows: Sequence[Mapping[str, Any]], key: str = "table.rules") -> Table:
    """Rule rows with value, status, clause and source."""
    cells = tuple(
        (str(row["id"]), what(row), row_value(row), status(row), f"{row.get('clause') or ''} {row['source']}".strip())
        for row in sorted(rows, key=lambda row: str(row["id"]))
    )  # fmt: skip
    return Table(term(key), heads("row", "what", "value", "status", "source"), cells, "lllll", (), "rules",
                 size="small")  # fmt: skip


def budget_blocks(budget: Budget, u: float, which: str, language: Language) -> list[Block]:
    """A budget by «influence» or «certificate»: figure and table; all rows in the workbook."""
    rows = list(budget)
    if not rows or not u > 0.0:
        return []
    terms = tuple(Term(_named(row, which, language), abs(row.contribution), row.share) for row in rows)
    names = (f"{italic('u')} = {sentence(u, COVERAGE * u)} t", say("figure.rest", language))
    axis = Axis(say("figure.contribution", language), "t")
    first = rows[0]
    label = term("alt.budget", name=_named(first, which, language), share=f"{100 * first.share:.0f}")
    drawn = two(lambda size: budget_figure(terms, u, axis, names, size), term(f"figure.budget.{which}"), label)
    made = [_budget_row(row, which) for row in rows]
    table = _budget_table(made[:PRINTED], which, len(made))
    return [drawn, table] if len(made) <= PRINTED else [drawn, table, _whole(made, which)]


def _named(row: BudgetRow, which: str, language: Language) -> str:
    if which == "certificate":
        return str(row.source) or say("word.no_certificate", language)
    return row.name or say("word.unnamed", language)


def _budget_row(row: BudgetRow, which: str) -> tuple[Cell, ...]:
    source: Cell = str(row.source) or term("word.no_certificate")
    size, part = Number(_short(abs(row.contribution)), abs(row.contribution)), percent(row.share)
    named: Cell = row.name or term("word.unnamed")
    return (source, size, part) if which == "certificate" else (named, source, size, part)


def _short(value: float) -> str:
    cell = with_u([value], [value])[1][0] if value > 0.0 else None
    return cell.text if isinstance(cell, Number) else "0"


def _budget_table(rows: Sequence[tuple[Cell, ...]], which: str, whole: int) -> Table:
    columns = ("certificate", "u", "share") if which == "certificate" else ("influence", "certificate", "u", "share")
    note = (term("note.budget", shown=len(rows), whole=whole),) if whole > len(rows) else (term("note.contribution"),)
    side = "lrr" if which == "certificate" else "llrr"
    return Table(term(f"table.budget.{which}"), heads(*columns), tuple(rows), side, note, f"budget {which}")


def _whole(rows: Sequence[tuple[Cell, ...]], which: str) -> Table:
    table = _budget_table(rows, which, len(rows))
    return Table(term(f"table.budget.{which}.all"), table.heads, table.rows, table.alignment, table.notes,
                 f"budget {which} all", True)  # fmt: skip
