"""Discipline leaders and who may become one: the projects, papers and specifications behind each name."""

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
from suyuan.site.web.parts.text import both, pick
from suyuan.site.web.talent.people_parts import person_way
from suyuan.talent.gap import employers
from suyuan.talent.leader import Profile
from suyuan.verbs.people import standing as verbs


def leaders(request: HttpRequest) -> HttpResponse:
    """The list: leaders first, then who else has works to show."""
    seen = people_acts.view(request.user)
    found = verbs.leaders(seen.known)
    return render(request, "people_leaders.html", {"lead": lead(found), "rows": [_row(seen, one) for one in found]})


def lead(found: Sequence[Profile]) -> SafeString:
    """The answer: how many leaders, with how many works that something proves."""
    return both(*(_sentence(found, code) for code in ("zh", "en")))


def _sentence(found: Sequence[Profile], language: Language) -> str:
    named = [one for one in found if one.leader]
    if not named:
        return term("leaders.lead.none", language)
    works = sum(len(one.works) for one in named)
    proven = sum(work.proven for one in named for work in one.works)
    said = term("leaders.lead", language, leaders=len(named), works=works, proven=proven)
    others = len(found) - len(named)
    if others:
        said += (" " if language == "en" else "") + term("leaders.lead.others", language, others=others)
    return said


def _row(seen: View, one: Profile) -> dict[str, Any]:
    works = employers(seen.records, one.person, seen.day)
    return {
        "name": one.name, "address": person_way(one.person), "leader": one.leader, "branch": one.branch,
        "organisation": works[0] if works else {}, "teaches": one.teaches, "found": one.found,
        "works": [
            {"kind": f"people.work.{w.kind}", "title": pick(w.title)[0], "day": w.day, "proven": w.proven}
            for w in one.works
        ],
    }  # fmt: skip
