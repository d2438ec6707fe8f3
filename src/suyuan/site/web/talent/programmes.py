"""Yearly skill programmes: who took part, and whether the measure got better, with how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from suyuan.site.acts.talent import people as people_acts
from suyuan.site.acts.talent.people import View
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.parts.text import both
from suyuan.site.web.talent.people_parts import name, person_way
from suyuan.talent.joined import own
from suyuan.talent.programme import Year
from suyuan.verbs.people import standing as verbs


def programmes(request: HttpRequest) -> HttpResponse:
    """All programmes, the newest first."""
    seen = people_acts.view(request.user)
    years = tuple(reversed(verbs.programmes(seen.known)))
    return render(request, "programmes.html", {"lead": lead(years), "rows": [_row(seen, year) for year in years]})


def lead(years: Sequence[Year]) -> SafeString:
    """The answer for the newest programme."""
    return both(*(_sentence(years, code) for code in ("zh", "en")))


def _sentence(years: Sequence[Year], language: Language) -> str:
    if not years:
        return term("programmes.lead.none", language)
    year, effect = years[0], years[0].effect
    given = {
        "title": own(year.programme.title, language)[:1].upper() + own(year.programme.title, language)[1:],
        "n": year.took_part,
        "pairs": effect.n,
    }
    if effect.difference is None or effect.low is None or effect.high is None:
        return term("programmes.lead.unmeasured", language, **given)
    given |= {"difference": _signed(effect.difference), "low": _signed(effect.low), "high": _signed(effect.high)}
    key = "better" if effect.low > 0 else "worse" if effect.high < 0 else "unsure"
    return term(f"programmes.lead.{key}", language, **given)


def _signed(x: float | None, digits: int = 1) -> str:
    return "" if x is None else f"{x:+.{digits}f}".replace("-", "−")


def _row(seen: View, year: Year) -> dict[str, Any]:
    programme, effect = year.programme, year.effect
    known = [(p, seen.records.known_as.get(p.person, ())) for p in programme.participants]
    return {
        "programme": programme, "took_part": year.took_part, "organisations": year.organisations,
        "planned": programme.planned, "effect": effect, "found": year.found, "unit": programme.unit,
        "before": None if effect.before is None else f"{effect.before:.1f}",
        "after": None if effect.after is None else f"{effect.after:.1f}",
        "difference": _signed(effect.difference), "low": _signed(effect.low), "high": _signed(effect.high),
        "size": _signed(effect.size, 2), "size_low": _signed(effect.size_low, 2),
        "size_high": _signed(effect.size_high, 2),
        "half": None if effect.low is None or effect.high is None else (effect.high - effect.low) / 2.0,
        "persons": [
            {"name": name(seen.records, ids[0]) if len(ids) == 1 else p.person, "before": p.before, "after": p.after,
             "change": _signed(p.after - p.before, 0) if p.before is not None and p.after is not None else "",
             "address": person_way(ids[0]) if len(ids) == 1 else ""}
            for p, ids in known if len(ids) == 1 and seen.whole(ids[0])
        ],
    }  # fmt: skip
