"""The answer first: what a person would say aloud about a certificate, before any table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString

from suyuan.site.acts import store
from suyuan.site.language import Language, current, spoken
from suyuan.site.records.document import Document
from suyuan.site.terms import term
from suyuan.site.web.evidence.results import Shown
from suyuan.site.web.parts.number import quantity_html
from suyuan.site.web.parts.sentence import joined, sentence
from suyuan.site.web.parts.text import day_text, unbroken
from suyuan.traceability.breaks import Break
from suyuan.traceability.chain import Chain
from suyuan.traceability.evidence import Statement

NAMED = 2
"""So many places of a break are named in a sentence."""


def lead(
    row: Document, results: Shown, broken: Sequence[Break], about: Sequence[Statement], against: Sequence[str] = ()
) -> SafeString:
    """What a person would say aloud: the value, the verdict, and whether one may rely on it.

    against: numbers of the comparisons that contradict the standard and are not remedied."""
    if current() == "en":
        return _lead(row, results, broken, (about, against), "en")
    english = _lead(row, results, broken, (about, against), "en")
    chinese = _lead(row, results, broken, (about, against), "zh")
    return format_html('{}<span class="en" lang="en">{}</span>', chinese, english)


def _lead(
    row: Document, results: Shown, broken: Sequence[Break], told: tuple[Sequence[Statement], Sequence[str]],
    language: Language,
) -> SafeString:  # fmt: skip
    about, against = told
    said = list(_values_said(results, language))
    for statement in about:
        said.append(sentence(f"cert.lead.{statement.kind}", language, day=day_text(statement.day, language)))
    if getattr(row, "state", "") == "expired":
        said.append(sentence("cert.lead.expired", language, day=day_text(row.valid_until, language)))
    if against:
        named = unbroken(term("today.and", language).join(dict.fromkeys(against)))
        said.append(sentence("cert.lead.contradicted", language, comparisons=named))
    if row.chain == "broken" and not any(s.kind == "withdrawn" for s in about):
        roots = list(dict.fromkeys(_root_title(b) for b in broken))
        named = unbroken(term("today.and", language).join(roots[:NAMED]))
        said.append(sentence("cert.lead.broken", language, roots=named))
    elif row.chain == "unknown":
        said.append(sentence("cert.lead.unknown", language))
    return joined(said, language)


def _values_said(results: Shown, language: Language) -> Iterator[SafeString]:
    if len(results.singles) == 1 and not results.lists:
        one = results.singles[0]
        with spoken(language):
            value = quantity_html(one.value, None if one.note else one.U, one.unit, k=one.k, stated=not one.note)
        if one.verdict:
            verdict = term(f"state.{one.verdict}", language)
            yield sentence("cert.lead.one_verdict", language, value=value, verdict=verdict)
        else:
            yield sentence("cert.lead.one", language, value=value)
    elif results.singles or results.lists:
        columns = sum(1 for table in results.lists for c in table.columns if not c.is_uncertainty)
        yield sentence("cert.lead.many", language, count=len(results.singles) + columns)
        for verdict, n in results.verdicts.items():
            yield sentence("cert.lead.verdicts", language, count=n, verdict=term(f"state.{verdict}", language))
    else:
        yield sentence("cert.lead.none", language)


def _root_title(item: Break) -> str:
    graph = store.graph()
    return graph.node(item.node).number or graph.node(item.node).title


def root_breaks(way: Chain | None) -> list[Break]:
    """The breaks that forbid use, each once."""
    return [b for b in way.breaks if b.severity == "error"] if way is not None else []
