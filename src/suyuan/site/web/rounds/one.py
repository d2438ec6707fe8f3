"""The page of a round, one for pilot and participants: where it stands, what can be done, what happened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST

from suyuan.comparison.round.write import events_fields
from suyuan.quantity.finding import Finding, Refused
from suyuan.site.acts import clock
from suyuan.site.acts.rounds import correction as corrections
from suyuan.site.acts.rounds import one as acts
from suyuan.site.acts.rounds.one import Seen
from suyuan.site.language import Language
from suyuan.site.records.comparison import SealedEnvelope
from suyuan.site.terms import term, term_table
from suyuan.site.web.parts.sentence import counted
from suyuan.site.web.parts.text import both, unbroken
from suyuan.site.web.rounds.doing import acts_of, content_of
from suyuan.site.web.rounds.facts import called, facts, moment_in, moment_text, short_moment, title_of
from suyuan.site.web.rounds.figures import kept_late, way, way_label
from suyuan.site.web.rounds.help_plans import plans
from suyuan.site.web.rounds.listed import PHASES
from suyuan.site.web.rounds.results import results, verdict_sentence
from suyuan.site.web.rounds.submitted import submitted


def comparison(request: HttpRequest, number: str) -> HttpResponse:
    """The round as whoever looks may see it."""
    return page(request, acts.seen(number, request.user))


def page(
    request: HttpRequest, view: Seen, found: Iterable[Finding] = (), given: Mapping[str, str] | None = None,
    done: str = "",
) -> HttpResponse:  # fmt: skip
    """found: what was wrong with an act; given: what was typed, which stays; done: the act that it was."""
    found = tuple(found)
    shown = results(view) if view.shows_values else ()
    listed = acts_of(view, given or {})
    stays, until, opened = transport(view), _until(view), submitted(view)
    for stay, days in zip(stays, kept_late(stays, until), strict=True):
        stay["kept"] = term("comparison.way.late", days=days) if days else ""
    context = {
        "view": view,
        "number": view.row.number,
        "title": title_of(view.protocol),
        "lead": lead(view, shown),
        "state": PHASES[view.where.phase],
        "word": f"comparison.phase.{view.where.phase}",
        "acts": [a for a in listed if a.first],
        "more": [a for a in listed if not a.first],
        "done": done,
        "found": found,
        "waiting_for": waiting_for(view),
        "results": shown,
        "facts": facts(view.protocol, named=view.named),
        "members": [_member(view, c) | {"values": opened["values"].get(c, "")} for c in view.where.members],
        **opened,
        "sealing": sealing(view),
        "transport": stays,
        "way": way(view, stays, until),
        "way_label": way_label(stays),
        **said(view),
        "plans": plans(view),
        "events": [_event(view, n, e) for n, e in enumerate(view.events, 1)],
        "versions": view.row.versions.all(),
        "frozen": view.where.phase not in ("prepared", "invited"),
        "report": view.row.reports.exists(),
        "may_events": view.where.phase == "final" or (view.part == "pilot" and view.where.phase != "open"),
    }  # fmt: skip
    return render(request, "comparison.html", context)


@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """One act in a round; where it is refused the page comes back with what was typed."""
    user: Any = request.user
    view = acts.seen(number, user)
    done = request.POST.get("do", "")
    try:
        _do(user, view, done, request.POST)
    except Refused as refused:
        return page(request, acts.seen(number, user), refused.findings, request.POST.dict(), done)
    messages.success(request, term(f"comparison.done.{done}"))
    return redirect("comparison", number=number)


DONE = frozenset((
    "accepted", "declined", "arrived", "sent", "withdrawn", "retracted", "unopened", "decided", "corrected", "cause",
    "action", "help_opened", "remeasured", "help_closed", "help_kept", "invite", "open", "code", "reopened",
))  # fmt: skip


def _do(user: Any, view: Seen, done: str, post: Any) -> None:
    number = view.row.number
    if done not in DONE:
        raise Http404
    if done == "invite":
        for state in view.where.members.values():
            if state.answer == "":
                acts.happen(user, number, "invited", {}, state.code)
    elif done == "open":
        acts.open_round(user, number)
    elif done == "code":
        acts.hand_over(user, number, post.get("code", "")[:400])
    elif done == "reopened":
        acts.open_again(user, number)
    elif done == "corrected":
        _, content, _ = content_of(done, post)
        corrections.correct(user, view, content)
    else:
        kind, content, about = content_of(done, post)
        acts.happen(user, number, kind, content, about)


def protocol_json(request: HttpRequest, number: str) -> HttpResponse:
    """The protocol's exact bytes, for whoever has a part in the round and may know the names in it."""
    view = acts.seen(number, request.user)
    if not view.named:
        raise Http404
    return _file(bytes(view.row.protocol), f"{number}-protocol.json")


def events_json(request: HttpRequest, number: str) -> HttpResponse:
    """The chain of events: to the pilot unless results are sealed, to the others on release."""
    view = acts.seen(number, request.user)
    if not (view.where.phase == "final" or (view.part == "pilot" and view.where.phase != "open")):
        raise Http404
    listed = json.dumps(events_fields(view.events), ensure_ascii=False, indent=1)
    return _file(listed.encode("utf-8"), f"{number}-events.json")


def _file(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{_quoted(name)}"
    return response


def _quoted(name: str) -> str:
    from urllib.parse import quote

    return quote(name)


# ---------------------------------------------------------------- the answer


def lead(view: Seen, shown: Iterable[Any]) -> SafeString:
    """Where the round stands, as a person would say it."""
    return both(_lead(view, shown, "zh"), capital(_lead(view, shown, "en")))


def capital(said: SafeString) -> SafeString:
    """A sentence that begins with a capital letter."""
    return mark_safe(said[:1].upper() + said[1:])  # the first letter of what is safe already


def _lead(view: Seen, shown: Iterable[Any], language: Language) -> SafeString:
    where, phase = view.where, view.where.phase
    people = [m for m in where.members.values() if m.active]
    sealed = sum(1 for m in people if m.sealed is not None)
    if phase in ("prepared", "invited"):
        answered = sum(1 for m in where.members.values() if m.answer == "accepted") - 1
        asked = len(where.members) - 1
        none = ".none" if phase == "invited" and not answered else ""
        said = term(f"comparison.state.{phase}{none}", language, n=counted("laboratories", asked, language),
                    accepted=counted("laboratories", answered, language))  # fmt: skip
        return format_html("{}", said)
    if phase == "open":
        closes = moment_in(view.protocol.closes, language)
        key = f"comparison.state.open{'.all' if sealed == len(people) else '' if sealed else '.none'}"
        return format_html("{}", term(key, language, n=counted("laboratories", len(people), language),
                           sealed=counted("submissions", sealed, language), closes=closes))  # fmt: skip
    found = verdict_sentence(view, list(shown), language)
    stage = term(f"comparison.state.{phase}", language, waits=_waits(view, language))
    return format_html("{}{}{}", stage, " " if language == "en" and found else "", found)


def _waits(view: Seen, language: Language) -> str:
    waiting = [code for code in view.where.waiting]
    if not waiting:
        return term(f"comparison.state.{view.where.phase}.none", language)
    codes = term("comparison.and", language).join(waiting)
    return term(f"comparison.state.{view.where.phase}.some", language, codes=codes)


def waiting_for(view: Seen) -> str:
    """Whom the round waits for, where it is not me."""
    others = [c for c in view.where.waiting if c != view.me]
    if not others or view.where.phase in ("prepared",):
        return ""
    return term("comparison.waiting_for", codes=term("comparison.and").join(others))


# ---------------------------------------------------------------- who sealed what


SEALS: Mapping[str, tuple[str, str]] = {
    "not_invited": ("open", "mute"), "invited": ("waiting", ""), "accepted": ("open", "mute"),
    "declined": ("withdrawn", "mute"), "withdrawn": ("withdrawn", "mute"), "sealed": ("sealed", ""),
    "revealed": ("passed", ""), "unopened": ("undecided", "warn"),
}  # fmt: skip


def _member(view: Seen, code: str) -> dict[str, Any]:
    state = view.where.members[code]
    phase = view.where.phase
    word = state.state
    if word == "accepted" and phase == "open":
        word = "not_yet"
    elif word == "accepted" and phase not in ("prepared", "invited"):
        word = "no_result"
    mark, tone = SEALS.get(state.state, ("unknown", "warn"))
    kept = (
        SealedEnvelope.objects.filter(round=view.row, commitment=state.sealed.commitment).first()
        if state.sealed
        else None
    )
    return {
        "name": called(view, code), "mark": mark, "tone": "acc" if code == view.me and word == "not_yet" else tone,
        "word": f"comparison.member.{word}", "time": short_moment(state.sealed.time) if state.sealed else "",
        "latest": term("comparison.latest", day=short_moment(view.protocol.closes)) if word == "not_yet" else "",
        "digest": state.sealed.commitment if state.sealed else "", "hatch": state.state == "sealed",
        "own_code": kept is not None and kept.own_code, "mine": code == view.me, "why": state.reason or state.unopened,
        "replaced": sum(1 for c in state.commitments if c.replaced is not None),
        "pilot": view.protocol.pilot.code == code,
    }  # fmt: skip


def sealing(view: Seen) -> str:
    """The sentence above the table of seals."""
    if view.where.phase == "open":
        return term("comparison.sealed_until", day=moment_text(view.protocol.closes))
    return ""


# ---------------------------------------------------------------- the way of the standards


def transport(view: Seen) -> list[dict[str, Any]]:
    """Each leg as planned and as it was: arrived when, in what condition, sent on when; late ones say so."""
    rows = []
    today = timezone.localtime(clock.now()).date()
    for standard in view.protocol.standards:
        arrivals = [e for e in view.events if e.kind == "arrived" and e.content.get("standard") == standard.id]
        sendings = [e for e in view.events if e.kind == "sent" and e.content.get("standard") == standard.id]
        held = view.where.holders[standard.id]
        legs = [leg for leg in view.protocol.route.legs if leg.standard == standard.id]
        used = 0
        for n, leg in enumerate(legs):
            arrival = None
            if n and used < len(arrivals) and arrivals[used].member == leg.member:
                arrival = arrivals[used]
                used += 1
            there = n == 0 or arrival is not None
            since = arrival.time if arrival is not None else view.where.time
            left = [e for e in sendings if e.member == leg.member and (n == 0 or (since and e.time >= since))]
            sending = left[0] if there and left else None
            begun = view.where.phase not in ("prepared", "invited")
            came = timezone.localtime(arrival.time).date() if arrival else None
            late = (came or today) > leg.arrives and n > 0 and begun and (came is not None or held.member != leg.member)
            skipped = not view.where.members[leg.member].active
            rows.append({
                "standard": standard.id, "name": called(view, leg.member), "code": leg.member,
                "mine": leg.member == view.me,
                "arrives": leg.arrives, "leaves": leg.leaves, "planned": _planned(leg),
                "came": short_moment(arrival.time) if arrival else "", "first": n == 0,
                "condition": _condition(arrival.content) if arrival else "",
                "bad": arrival is not None and arrival.content.get("condition") != "good",
                "sent": short_moment(sending.time) if sending else "", "late": late and not skipped,
                "skipped": skipped and begun,
                "here": begun and not held.to and held.member == leg.member and there and sending is None,
                "coming": held.to == leg.member and arrival is None,
                "came_on": came if n else min(leg.arrives, _day(sending) or today) if begun else None,
                "left_on": _left(leg, came, _day(sending), today, n == len(legs) - 1),
            })  # fmt: skip
    return rows


def _day(event: Any) -> date | None:
    return timezone.localtime(event.time).date() if event is not None else None


def _left(leg: Any, came: date | None, sent: date | None, today: date, last: bool) -> date | None:
    """When a stay ended; the last one ends as planned, for nobody waits for the standard."""
    if sent is not None or not last or came is None:
        return sent
    end = max(came, leg.leaves)
    return end if end <= today else None


def _until(view: Seen) -> date:
    """The day up to which the way is drawn: today, once submissions are closed the last day of the round."""
    today = timezone.localtime(clock.now()).date()
    closes = timezone.localtime(view.protocol.closes).date()
    return today if view.where.phase in ("prepared", "invited", "open") else min(today, closes)


def _planned(leg: Any) -> str:
    return f"{short_moment(leg.arrives)} – {short_moment(leg.leaves)}"


def _condition(content: Mapping[str, Any]) -> SafeString:
    key = f"comparison.condition.{content.get('condition', '')}"
    word = term(key) if key in term_table() else str(content.get("condition", ""))
    remark = content.get("remark", "")
    return format_html('{}<span class="sub">{}</span>', word, remark) if remark else format_html("{}", word)


# ---------------------------------------------------------------- what was said and decided


def said(view: Seen) -> dict[str, list[dict[str, Any]]]:
    """Corrections, decisions and remarks, as the viewer may see them."""
    return {
        "corrections": [_correction(view, c) for c in view.where.corrections] if view.shows_values else [],
        "decisions": [_decision(view, d) for d in view.where.decisions] if view.shows_values else [],
        "remarks": [_remark(view, r) for r in view.where.remarks],
    }


def _correction(view: Seen, c: Any) -> dict[str, Any]:
    shown = view.part == "pilot" or c.member == view.me or view.shows_values
    return {
        "name": called(view, c.member), "measurand": c.measurand, "field": f"comparison.correct.{c.field}",
        "old": c.old or term("none.not_stated"), "new": c.new, "reason": c.reason, "time": short_moment(c.time),
        "shown": shown,
    }  # fmt: skip


def _decision(view: Seen, d: Any) -> dict[str, Any]:
    from suyuan.site.web.today import person

    return {
        "name": called(view, d.member), "measurand": d.measurand or term("comparison.every"),
        "choice": f"comparison.decision.{d.choice}", "reason": d.reason,
        "person": person(d.person) if view.part and view.named else "",
        "time": short_moment(d.time),
    }  # fmt: skip


def _remark(view: Seen, r: Any) -> dict[str, Any]:
    return {
        "name": called(view, r.member),
        "agrees": r.agrees,
        "text": r.text,
        "time": short_moment(r.time),
        "draft": r.draft,
    }


def _event(view: Seen, place: int, event: Any) -> dict[str, Any]:
    """One line of the log, without what it holds: results stand in the report, not here."""
    return {
        "place": place, "time": short_moment(event.time), "word": f"comparison.event.{event.kind}",
        "name": called(view, event.member) if event.member else unbroken(term("comparison.the_round")),
        "digest": event.digest, "mine": bool(event.member) and event.member == view.me,
    }  # fmt: skip
