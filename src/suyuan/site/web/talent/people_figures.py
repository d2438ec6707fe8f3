"""The matrix of persons and units, and when authorisations end, as figures; the tables beside them hold the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.utils.safestring import SafeString

from suyuan.site.acts.talent.people import SOON, Cell, View
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.parts.plot import plot_html
from suyuan.site.web.parts.text import pick
from suyuan.site.web.talent.people_parts import name, title
from suyuan.talent.gap import Expiry, suspensions
from suyuan.talent.standing import WORDS

MOST_PERSONS, MOST_UNITS, MOST_ENDS = 40, 14, 24
Figures = Mapping[str, SafeString]
SIZES = ("wide", "narrow")


def matrix_figures(seen: View, cells: Sequence[Cell], inside: bool) -> Figures:
    """The rows of the table as a matrix, wide and narrow; {} where there is nothing, or more than can be read."""
    persons = tuple(dict.fromkeys(cell.person for cell in cells))
    units = tuple(sorted(dict.fromkeys(cell.unit for cell in cells)))
    if not persons or len(persons) > MOST_PERSONS or len(units) > MOST_UNITS:
        return {}
    row, column = ({id: n for n, id in enumerate(ids)} for ids in (persons, units))
    fields = tuple(sorted(((row[c.person], column[c.unit]), str(c.state)) for c in cells))
    who = tuple(name(seen.records, p) for p in persons)
    across = tuple(title(seen.records, u) for u in units)
    mine = next((row[p] for p in persons if p in seen.me), None)
    bad = sum(state in ("expired", "suspended", "evidence_lapsed", "method_revised") for _, state in fields)
    label = term("people.matrix.label", persons=len(who), units=len(across), bad=bad)
    return {
        size: plot_html(_matrix(who, across, fields, mine, current(), size), label, name=f"matrix-{size}", kind=size)
        for size in SIZES
    }


@lru_cache(maxsize=64)
def _matrix(who: Any, across: Any, fields: Any, mine: int | None, _: str, size: Any) -> str:
    from suyuan.report.figures.competence import State, competence_figure
    from suyuan.report.service.shown import LOOKS

    states = {key: State(pick(WORDS[key])[0], look.mark, look.tone) for key, look in LOOKS.items()}  # type: ignore[index]
    return competence_figure(who, across, dict(fields), states, size, mine=mine)


def ends_figures(seen: View, ends: Sequence[Expiry]) -> Figures:
    """When authorisations end, wide and narrow; {} where none does soon."""
    if not ends:
        return {}
    granted = {a.id: a for a in seen.records.authorisations}
    terms = tuple(
        (f"{name(seen.records, e.person)} · {title(seen.records, e.unit)}", granted[e.authorisation].valid_from,
         e.until, _gaps(seen, e))
        for e in ends[:MOST_ENDS]
    )  # fmt: skip
    label = term("people.ends.label", n=len(ends), days=SOON)
    return {
        size: plot_html(_ends(terms, seen.day, current(), size), label, name=f"ends-{size}", kind=size)
        for size in SIZES
    }


def _gaps(seen: View, end: Expiry) -> tuple[tuple[date, date], ...]:
    stretches = suspensions(seen.records, end.authorisation)
    return tuple((a, b or seen.day) for a, b in stretches if a <= (b or seen.day))


@lru_cache(maxsize=64)
def _ends(terms: Any, day: date, _: str, size: Any) -> str:
    from suyuan.report.figures.competence import ExpiryWords, Term, expiry_figure

    words = ExpiryWords(*(term(f"people.figure.{key}") for key in (
        "valid", "suspended", "expired", "due", "endless", "today")))  # fmt: skip
    return expiry_figure([Term(*row) for row in terms], day, day + timedelta(SOON), words, size)
