"""How values of centres stand on a page: ways to their evidence, values with their units, figures with their tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import quote

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from suyuan.capability.gaps.gap import need_key
from suyuan.capability.gaps.industry import industry, parameters
from suyuan.centre.facts import Fact
from suyuan.centre.guideline import Gate, Indicator, Rule
from suyuan.report.papers.document import Cell, Number, Table, Word
from suyuan.report.service.drawn import Drawn, pick
from suyuan.report.service.units import unit_behind
from suyuan.site.language import Language, current
from suyuan.site.terms import term, term_table
from suyuan.site.web.parts.number import digits
from suyuan.site.web.parts.state import state_html
from suyuan.site.web.parts.text import both, safe, text_html, unbroken
from suyuan.site.web.reach import opened_named
from suyuan.verbs.snapshot import Snapshot

WORD_STATES = {"good": "passed", "bad": "failed", "warn": "unknown"}
GOODS: Mapping[bool | None, str] = {True: "passed", False: "failed", None: "unknown"}
SHARES = ("share", "weighted_share")

# ---------------------------------------------------------------- ways to the evidence

_ROWS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "capability": (("capabilities", "q"),),
    "need": (("match", "q"),),
    "person": (("person", "path"), ("people", "q")),
    "competence_unit": (("people", "q"),),
    "resource": (("resource", "path"), ("resources", "q")),
    "course": (("bases", "q"),),
    "centre": (("centre", "path"),),
}
"""Kind of register row → names of pages that show it, the best first, and how they take its id."""


def way(name: str, *args: object) -> str | None:
    """The address of a page, None where this site has no such page or its reader may not open it."""
    return opened_named(name, *(str(a) for a in args))


def evidence_way(known: Snapshot, address: str) -> str | None:
    """Where the evidence at an address can be looked at, None where nothing of it has a page."""
    kind, _, rest = address.partition(":")
    if kind == "document":
        return document_way(known, rest)
    if kind == "matter":
        procedure, _, number = rest.partition("#")[0].partition("/")
        return way("matter", procedure, number)
    if kind == "certificate":
        return way("trace", rest)
    if kind == "comparison":
        number = rest.split(":")[1] if rest.startswith("comparison:") else rest.partition(":")[0]
        return way("comparison_public", number)
    if kind == "parameter":
        return parameter_way(rest)
    if kind == "row":
        of, _, id = rest.partition("/")
        return row_way(of, id, known)
    return None


def parameter_way(id: str) -> str | None:
    """The row of a key parameter on the page of its industry; of another id, the industry of that id."""
    parameter = parameters().get(id)
    if parameter is None:
        return way("industry", id) if industry(id) else way("industries")
    page = way("industry", parameter.industry)
    return f"{page}#{id}" if page else None


def document_way(known: Snapshot, digest: str) -> str | None:
    """A certificate's page, else the file itself."""
    certificates = known.once("digests of certificates", lambda: {c.digest for c in known.evidence.certificates})
    return way("certificate", digest) if digest in certificates else way("centre_file", digest)


def row_way(kind: str, id: str, known: Snapshot | None = None) -> str | None:
    """The page of a register row. known: where the owner of a capability or need is looked up, whose page bears it."""
    if known is not None and kind in ("capability", "need"):
        owners = known.once(f"owners of {kind}", lambda: _owners(known, kind))
        found = way(kind, owners[id], id) if id in owners else None
        if found:
            return found
    for name, how in _ROWS.get(kind, ()):
        found = way(name, id) if how == "path" else way(name)
        if found:
            return found if how == "path" else f"{found}?q={quote(id)}"
    return None


def _owners(known: Snapshot, kind: str) -> dict[str, str]:
    """Id → name of the laboratory or organisation whose row it is."""
    if kind == "capability":
        return {c.id: c.key[0] for c in reversed(known.capabilities)}
    return {need.id: need_key(need)[0] for need in reversed(known.needs)}


def evidence_html(known: Snapshot, address: str, said: object = "") -> SafeString:
    """The address of a piece of evidence, as a link where there is a page of it."""
    if not address:
        return format_html('<span class="mute">{}</span>', term("centres.no_evidence"))
    shown = said or evidence_said(address)
    place = evidence_way(known, address)
    return format_html('<a href="{}">{}</a>', place, shown) if place else format_html("{}", shown)


def evidence_said(address: str) -> SafeString:
    """An address in words: what kind of thing, and its number."""
    kind, colon, rest = address.partition(":")
    if not colon:
        return format_html("{} {}", term("centres.evidence.centre_record"), unbroken(address))
    if kind == "row":
        kind, _, rest = rest.partition("/")
    if kind == "comparison":
        rest = rest.removeprefix("comparison:").partition(":")[0]
    if kind == "document":
        rest = f"{rest[:8]}…"
    if kind == "matter":
        rest = rest.partition("/")[2]
    key = f"centres.evidence.{kind}"
    return format_html("{} {}", term(key) if key in term_table() else kind, unbroken(rest))


# ---------------------------------------------------------------- values


def value_html(low: float, high: float, of: Indicator | Gate) -> SafeString:
    """The value of an indicator or gate, as an interval where only that is known; «unknown» as a word."""
    rule, unit = of.rule, of.unit if isinstance(of, Indicator) else "1"
    if not (math.isfinite(low) or math.isfinite(high)):
        return format_html('<span class="mute">{}</span>', term("none.unknown"))
    ends = [value_text(end, rule) for end in (low, high) if math.isfinite(end)]
    said = digits(ends[0]) if len(set(ends)) == 1 else format_html("{}–{}", digits(ends[0]), digits(ends[-1]))
    shown = "%" if rule is not None and rule.measure in SHARES else unit_word(unit)
    return format_html('<span class="q">{}<span class="un">{}</span></span>', said, shown) if shown else said


def value_text(value: float, rule: Rule | None) -> str:
    """Digits of a value: shares in per cent, counts whole, others to three digits."""
    if rule is not None and rule.measure in SHARES:
        return f"{100.0 * value:.0f}"
    return f"{value:.0f}" if value == round(value) else f"{value:.3g}"


def unit_word(unit: str) -> str:
    """The unit of an indicator in words; nothing for a plain number."""
    key = f"centres.unit.{unit}"
    return term(key) if key in term_table() else unit_behind(unit, current())


def points(value: float) -> str:
    """Points of a score: one decimal.

    >>> points(46.62)
    '46.6'
    """
    return f"{value:.1f}"


def whole(value: float) -> str:
    """A full score: without decimals where it has none.

    >>> whole(100.0)
    '100'
    """
    return f"{value:g}"


def source_said(source: str) -> str:
    """The source of a rule in the language of the page, as far as its phrases are known; official texts stay."""
    if current() == "en" or not source:
        return source
    for phrase, said in _phrases():
        source = source.replace(phrase, said)
    return source.replace("; ", "；")


@cache
def _phrases() -> tuple[tuple[str, str], ...]:
    rows = [(row["en"], row["zh"]) for key, row in term_table().items() if key.startswith("source.")]
    return tuple(sorted(rows, key=lambda pair: -len(pair[0])))


def span(low: float, high: float, language: Language | None = None) -> str:
    """Points from … to …, one number where both ends are the same."""
    if points(low) == points(high):
        return points(low)
    return term("centres.span", language, low=points(low), high=points(high))


def good_html(fact: Fact) -> SafeString:
    """Whether a fact counts: mark and word."""
    return state_html(GOODS[fact.good], key=f"centres.good.{GOODS[fact.good]}")


def status_html(status: str) -> SafeString:
    """The status of a rule in words: what nobody published is never shown as official."""
    return format_html('<span class="mute">{}</span>', term(f"centres.status.{status.replace(' ', '_')}"))


def named(text: Mapping[str, str], otherwise: str = "") -> SafeString:
    """A name in the language of the page, else an id."""
    return text_html(text) if text else conditional_escape(otherwise)


def title_in(text: Mapping[str, str], language: Language, otherwise: str = "") -> str:
    """A title inside a sentence of a language."""
    return pick(text, language) or otherwise


def listed(parts: Sequence[object], language: Language | None = None) -> SafeString:
    """Several things, as the language joins them."""
    return SafeString(term("centres.and", language).join(str(safe(part)) for part in parts))


# ---------------------------------------------------------------- figures and tables


def cell_html(cell: Cell) -> SafeString:
    """A cell of a report's table."""
    if isinstance(cell, Number):
        body = digits(cell.text)
        return format_html('<span class="st bad">{}</span>', body) if cell.mark else body
    if isinstance(cell, Word):
        word = pick(cell.text, current())
        if not cell.mark:
            return conditional_escape(word)
        return state_html(
            WORD_STATES[cell.mark], chinese=pick(cell.text, "zh"), english=pick(cell.text, "en"), short=True
        )
    return unbroken(text_html(cell)) if isinstance(cell, str | Mapping) else conditional_escape(cell)


def table_context(table: Table) -> dict[str, Any]:
    """A report's table for `part/centre_table.html`."""
    right = [letter == "r" for letter in table.alignment]
    heads = [both(pick(head, "zh"), pick(head, "en")) for head in table.heads]
    plain = [pick(head, current()) for head in table.heads]
    return {
        "caption": pick(table.caption, current()),
        "heads": [{"said": head, "right": r} for head, r in zip(heads, right, strict=True)],
        "rows": [
            [
                {"said": cell_html(cell), "right": right[n], "head": plain[n], "first": n == 0}
                for n, cell in enumerate(row)
            ]
            for row in table.rows
        ],
        "notes": [pick(note, current()) for note in table.notes],
    }


def drawn_context(drawn: Drawn | None, name: str) -> dict[str, Any] | None:
    """A figure with its caption and table for `part/centre_figure.html`."""
    if drawn is None:
        return None
    return {
        "wide": drawn.wide,
        "narrow": drawn.narrow,
        "caption": both(pick(drawn.caption, "zh"), pick(drawn.caption, "en")),
        "label": pick(drawn.alternative, current()),
        "table": table_context(drawn.table),
        "name": name,
    }


def kept(known: Snapshot, name: str, make: Callable[[], Drawn | None]) -> Drawn | None:
    """A figure drawn once for a snapshot and language."""
    return known.once(f"figure {name} {current()}", make)
