"""One person: what is held and on what it rests, what is missing, what was learned; for others the bare state."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString

from suyuan.site.acts import clock, service
from suyuan.site.acts.day import missing
from suyuan.site.acts.matters.matter import listed as matters
from suyuan.site.acts.talent import people as acts
from suyuan.site.acts.talent.people import View
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.parts.sentence import counted
from suyuan.site.web.parts.text import both, day_text, pick, text_html
from suyuan.site.web.reach import opened_named
from suyuan.site.web.regulation.centre_shown import source_said
from suyuan.site.web.talent.people_parts import (
    URGENT,
    called,
    dated,
    download,
    evidence_word,
    quoted,
    read_day,
    standing_html,
    title,
    unit_facts,
    what,
)
from suyuan.talent.gap import what_ends
from suyuan.talent.joined import own
from suyuan.talent.leader import Profile, Work, profile
from suyuan.talent.records import Authorisation, EvidenceItem
from suyuan.talent.standing import Met, State, of_authorisation
from suyuan.verbs.people import standing as verbs

TRAINED = ("training", "development", "exam", "supervised")
WON = ("contest",)
MARKS = {"suspended": "undecided", "resumed": "ok", "withdrawn": "withdrawn", "method_revised": "due"}


def person(request: HttpRequest, id: str) -> HttpResponse:
    """The page of a person; 404 where no register names one."""
    day = read_day(request.GET.get("day", ""))
    seen = acts.view(request.user, day)
    if id not in seen.records.persons:
        raise missing(seen.known, "person", "", id)
    whole = seen.whole(id)
    row = seen.records.persons[id][-1]
    held = sorted(acts.held(seen.known, id), key=lambda h: (URGENT.index(h[1]), -h[0].granted.toordinal(), h[0].unit))
    context: dict[str, Any] = {
        "id": id, "name": seen.records.name(id), "row": row if whole else None, "organisation": row.organisation,
        "whole": whole, "mine": id in seen.me, "day": seen.day, "past": seen.day != clock.today(),
        "dated": dated(seen.day), "demo": row.demo, "lead": lead(seen, id, held, whole),
        "units": [unit_shown(seen, a, state, whole) for a, state in held],
        "may": service.may(request.user, acts.AUTHORISE),
        "may_evidence": service.may(request.user, *service.MAY_DELIVER["evidence"]),
    }  # fmt: skip
    if whole:
        context |= _inside(request, seen, id)
    return render(request, "person.html", context)


def _inside(request: HttpRequest, seen: View, id: str) -> dict[str, Any]:
    records = seen.records
    evidence = sorted((e for e in records.evidence if e.person == id and e.day <= seen.day), key=lambda e: e.day)
    evidence.reverse()
    gaps = [g for g in verbs.gaps_of(seen.known, id) if g.missing]
    courses = {row.id: row for row in seen.known.rows("course")}
    shown = profile(records, seen.known.matters_of("research", "conversion"), id, seen.day)
    return {
        "evidence": [item_shown(seen, e) for e in evidence],
        "gaps": [
            {"unit": title(records, g.unit), "unit_id": g.unit, "state": standing_html(g.state),
             "missing": what(item.why for item in g.missing),
             "courses": [courses[c] for c in g.courses if c in courses]}
            for g in gaps
        ],
        "trained": [item_shown(seen, e) for e in evidence if e.kind in TRAINED],
        "won": [item_shown(seen, e) | _won(seen, e) for e in evidence if e.kind in WON],
        "works": [_work(work) for work in shown.works], "profile": shown if _leads(shown) else None,
        "applications": [
            {"number": m.matter.number, "title": m.matter.title, "state": m.where.state.title,
             "address": reverse("training", args=[m.matter.number])}
            for m in matters(request.user, "training") if _is_of(m.matter, id, seen)
        ],
    }  # fmt: skip


def _is_of(matter: Any, id: str, seen: View) -> bool:
    accounts = {row.account for row in seen.records.persons[id] if row.account}
    return matter.fields.get("person") == id or bool(accounts & set(matter.holders("applicant")))


def _leads(shown: Profile) -> bool:
    return shown.leader or bool(shown.works)


# ---------------------------------------------------------------- the answer


def lead(seen: View, id: str, held: Any, whole: bool) -> SafeString:
    """The answer: for how much the person is authorised, and what wants attention."""
    zh, en = (_sentence(seen, id, held, whole, code) for code in ("zh", "en"))
    return both(zh, en)


def _sentence(seen: View, id: str, held: Any, whole: bool, language: Language) -> str:
    who = own(seen.records.name(id), language)
    good = sum(state == "authorised" for _, state in held)
    parts = []
    key = "person.lead.good" if good else "person.lead.none"
    parts.append(term(key, language, name=who, many=counted("skills", good, language)))
    bad = [a for a, state in held if state in ("expired", "suspended", "evidence_lapsed", "method_revised")]
    if bad and whole:
        comma = "" if language == "zh" else ", "
        units = comma.join(quoted(own(seen.records.title(a.unit), language), language) for a in bad[:2])
        key = "person.lead.bad" + (".more" if len(bad) > 2 else "")
        parts.append(term(key, language, units=units, more=len(bad) - 2))
    text = ("；" if language == "zh" else "; ").join(parts) + ("。" if language == "zh" else ".")
    if seen.day != clock.today():
        return term("people.lead.on", language, day=day_text(seen.day, language)) + text
    return text


# ---------------------------------------------------------------- rows


def unit_shown(seen: View, granted: Authorisation, state: State, whole: bool) -> dict[str, Any]:
    if not whole and state != "authorised":
        state = "not_authorised"
    records = seen.records
    row: dict[str, Any] = {
        "unit": title(records, granted.unit), "facts": unit_facts(records.units.get(granted.unit)),
        "state": standing_html(state), "laboratory": granted.laboratory, "id": granted.id,
    }  # fmt: skip
    if not whole:
        return row
    found = of_authorisation(records, granted, seen.day)
    items = [records.evidence_of[e] for e in found.evidence if e in records.evidence_of]
    return row | {
        "whys": what(found.reasons), "until": found.until if found.authorised else None,
        "ends": f"people.until.{what_ends(records, granted, found)}" if found.until else "",
        "granted": granted, "by": called(seen, (granted.by,)),
        "met": [_met(met) for met in found.met], "evidence": [item_shown(seen, e) for e in items],
        "events": [
            {"day": e.day, "kind": f"people.event.{e.kind}", "mark": MARKS[e.kind], "by": called(seen, (e.by,)),
             "reason": e.reason, "edition": e.edition}
            for e in records.events.get(granted.id, ()) if e.day <= seen.day
        ],
    }  # fmt: skip


def _met(met: Met) -> dict[str, Any]:
    rule = met.requirement
    measure = term(f"people.measure.{rule.measure}")
    asks = term("people.asks", kind=evidence_word(rule.kind), measure=measure, least=f"{rule.least:g}")
    if rule.months:
        asks += term("people.asks.months", months=rule.months)
    return {"asks": asks, "good": met.good, "have": None if met.have is None else f"{met.have:g}", "until": met.until,
            "source": source_said(rule.source), "status": f"people.status.{rule.status.replace(' ', '_')}"}  # fmt: skip


def item_shown(seen: View, item: EvidenceItem) -> dict[str, Any]:
    comparison = str(item.detail.get("comparison") or "")
    computed = bool(item.detail.get("computed"))
    address = reverse("person_file", args=[item.document]) if item.document and not computed else ""
    said = pick(item.title)[0]
    return {
        "id": item.id, "kind": evidence_word(item.kind), "title": said, "day": item.day, "good": item.good,
        "until": item.valid_until, "by": called(seen, (item.by,)),
        "value": None if item.value is None else f"{item.value:g}",
        "unit": title(seen.records, item.unit) if item.unit else "", "address": address, "comparison": comparison,
        "computed": computed, "proven": bool(address or computed),
        "report": (opened_named("comparison_public", comparison) if computed and comparison else None) or "",
        "hours": item.kind in ("training", "development"),
    }  # fmt: skip


def _won(seen: View, item: EvidenceItem) -> dict[str, str]:
    """The contest that a result comes from, where it is one of this site, and the person's own badge."""
    if not any(m.number == item.by for m in seen.known.matters_of("contest")):
        return {}
    account = next((row.account for row in seen.records.persons[item.person] if row.account), "")
    badge = reverse("contest_badge", args=[item.by, account]) if item.good and account == seen.account else ""
    return {"contest": reverse("contest", args=[item.by]), "badge": badge}


def _work(work: Work) -> dict[str, Any]:
    kind = f"people.work.{work.kind}"
    return {"kind": kind, "title": text_html(work.title), "day": work.day, "role": work.role, "proven": work.proven}


def file(request: HttpRequest, digest: str) -> HttpResponse:
    """The document behind a piece of evidence, for whoever may see the person."""
    seen = acts.view(request.user)
    found = acts.file_of(seen, digest)
    if found is None:
        raise Http404
    return download(found)
