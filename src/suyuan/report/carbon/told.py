"""How the papers of carbon are written: their words, columns of tonnes, and what each says of its claim."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.valued import value_said
from suyuan.carbon.words import influence, source_said, word
from suyuan.quantity.budget import Budget, BudgetRow
from suyuan.quantity.finding import Finding
from suyuan.quantity.influence import Source
from suyuan.quantity.notation import grouped, rounded_uncertainty
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


def summed(value: float, hours: float, U: float = 0.0, sign: bool = False) -> Text:
    """A sum of tonnes with its U where there is one, and the hours that it leaves out; a word where nothing was summed,
    so that what is unknown is never a number with U = 0."""
    if math.isfinite(known(value, hours)):
        text = sentence(value, sign=True) if sign else estimate(value, U).removesuffix(" t")
        return marked(text, hours)
    return {one: f"{said}（{lacking(hours)[one]}）" if one == "zh" else f"{said} ({lacking(hours)[one]})"
            for one, said in unknown().items()} if hours else unknown()  # fmt: skip


def known(value: float, hours: float) -> float:
    """A sum of which some hours are left out, NaN where nothing was summed: unknown is not nil."""
    return math.nan if hours and not value else value


def same(text: str) -> Text:
    """A text that is the same in every language."""
    return {"zh": text, "en": text}


def joined(texts: Sequence[Text]) -> Text:
    """Several texts as one; nothing where there is none."""
    return {"zh": "；".join(one["zh"] for one in texts), "en": "; ".join(one["en"] for one in texts)} if texts else {}


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


def tonnes(values: Iterable[float | None], sign: bool = False, beside: Iterable[float] = ()) -> list[Cell]:
    """Plain tonnes of a column with equal decimals: four digits of the largest, no decimals from 100 t on. beside: of
    the column whose decimals it has too, since it is the difference to it."""
    given = [math.nan if value is None else float(value) for value in values]
    sizes = [abs(value) for value in (*given, *beside) if math.isfinite(value) and value]
    place = math.floor(math.log10(max(sizes))) - 3 if sizes and max(sizes) < 100.0 else 0
    places = Places(0, place)
    return [places.value(value, sign=sign) if math.isfinite(value) else unknown() for value in given]


def with_u(
    values: Sequence[float], U: Sequence[float], least: Sequence[bool] = (), sign: bool = False
) -> tuple[list[Cell], list[Cell]]:  # fmt: skip
    """Best estimates and expanded uncertainties, each at the place of the two digits of its U.

    least: whether each U is a lower bound, «≥». What is not known is «unknown», a U that nobody states «not stated».
    """
    bounds = tuple(least) or (False,) * len(values)
    pairs = [_with_u(v, one, bound, sign) for v, one, bound in zip(values, U, bounds, strict=True)]
    return [best for best, _ in pairs], [wide for _, wide in pairs]


def _with_u(value: float, U: float, least: bool, sign: bool) -> tuple[Cell, Cell]:
    if not (math.isfinite(value) and math.isfinite(U)):
        return unknown(), unknown()
    if not U > 0.0:
        wide: Cell = term("word.not_stated") if value or least else Number("0", 0.0)
        return tonnes([value], sign)[0], wide
    places = Places(0, rounded_uncertainty(U).adjusted() - 1)
    return places.value(value, sign=sign), _least(places.spread(U), least)


def relative(U: float, value: float, least: bool = False) -> Cell:
    """U over its value in percent, to two digits; nothing where one of both is nil or unknown."""
    if not (value and U > 0.0 and math.isfinite(value)):
        return {}
    share = 100.0 * U / abs(value)
    return _least(Places(0, rounded_uncertainty(share).adjusted() - 1).spread(share), least)


def _least(U: Number, least: bool) -> Number:
    """A cell of U as a lower bound, where it is one."""
    return replace(U, text=f"≥ {U.text}") if least else U


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


def count(value: float) -> Number:
    """A count, or hours where fractions of one are rare."""
    return Number(f"{value:.1f}".removesuffix(".0"), float(value))


def sentence(value: float, U: float | None = None, sign: bool = False) -> str:
    """Tonnes within a sentence, as `tonnes` or `with_u` write them."""
    cell = with_u([value], [U], sign=sign)[0][0] if U else tonnes([value], sign)[0]
    return grouped(cell.text, NARROW) if isinstance(cell, Number) else "?"


def bounded(U: float, least: bool = False) -> str:
    """U after its letter, in tonnes: «= 84 000 t», «≥ 84 000 t»; «= ?» where nobody states any."""
    return f"{'≥' if least else '='} {sentence(U, U)} t" if U > 0.0 else "= ?"


def estimate(value: float, U: float, least: bool = False) -> str:
    """A best estimate with its U, in tonnes: «2 934 000 t ± 56 000 t», «2 934 000 t, U ≥ 56 000 t»."""
    if not U > 0.0:
        return f"{sentence(value)} t"
    return f"{sentence(value, U)} t" + (f", U {bounded(U, True)}" if least else f" ± {sentence(U, U)} t")


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


def what(row: Mapping[str, Any]) -> Text:
    """What a rule row is about, by its name where it says nothing more."""
    found = {one: str(row.get(f"what_{one}") or "") for one in ("zh", "en")}
    if any(found.values()):
        return found
    if "carrier" in row:
        carrier, level = word("carrier", str(row["carrier"])), word("level", str(row["level"]))
        return {one: f"{carrier[one]} · {level[one]}" for one in ("zh", "en")}
    if row.get("kind"):
        return word("meter", str(row["kind"]))
    return word("scheme", str(row.get("name") or row.get("scheme") or row["id"]))


def rule_table(rows: Sequence[Mapping[str, Any]], key: str = "table.rules") -> Table:
    """Rule rows with value, status, clause and source."""
    cells = tuple((str(row["id"]), what(row), value_said(row), status(row), _source(row))
                  for row in sorted(rows, key=lambda row: str(row["id"])))  # fmt: skip
    return Table(term(key), heads("row", "what", "value", "status", "source"), cells, "lllll", (), "rules",
                 size="small")  # fmt: skip


def _source(row: Mapping[str, Any]) -> Text:
    clause = str(row.get("clause") or "")
    return {one: f"{clause} {text}".strip() for one, text in source_said(str(row["source"])).items()}


def certificate(source: Source) -> Cell:
    """A certificate by issuer and number; the place of the number within it is for who computes."""
    return " ".join(filter(None, (source.issuer, source.number))) or term("word.no_certificate")


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
    """The name of a row in a figure, which has room for one language and no issuer; the table has both."""
    one: Literal["zh", "en"] = "en" if language == "en" else "zh"
    if which == "certificate":
        return row.source.number or row.source.issuer or term("word.no_certificate")[one]
    return influence(row.name)[one] if row.name else term("word.unnamed")[one]


def _budget_row(row: BudgetRow, which: str) -> tuple[Cell, ...]:
    size, part = with_u([1.0], [abs(row.contribution)])[1][0], percent(row.share)
    if which == "certificate":
        return certificate(row.source), size, part
    named = influence(row.name) if row.name else term("word.unnamed")
    return named, certificate(row.source) if row.source.number else term("word.no_certificate"), size, part


def _budget_table(rows: Sequence[tuple[Cell, ...]], which: str, whole: int) -> Table:
    columns = ("certificate", "u", "share") if which == "certificate" else ("influence", "certificate", "u", "share")
    note = (term("note.budget", shown=len(rows), whole=whole),) if whole > len(rows) else (term("note.contribution"),)
    side = "lrr" if which == "certificate" else "llrr"
    return Table(term(f"table.budget.{which}"), heads(*columns), tuple(rows), side, note, f"budget {which}")


def _whole(rows: Sequence[tuple[Cell, ...]], which: str) -> Table:
    table = _budget_table(rows, which, len(rows))
    return Table(term(f"table.budget.{which}.all"), table.heads, table.rows, table.alignment, table.notes,
                 f"budget {which} all", True)  # fmt: skip
