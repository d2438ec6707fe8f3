"""The day's work of the service system on the first page: a sentence for each thing, then its rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from suyuan.centre.commitments import Progress
from suyuan.site.acts import today_service as acts
from suyuan.site.acts.matters.matter import Seen
from suyuan.site.acts.service import may
from suyuan.site.acts.today_service import Lost, Mine, Work
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.account.ways import matter_way, row_way, way
from suyuan.site.web.carbon.due import due_said, today_rows
from suyuan.site.web.matching.match import WHOSE
from suyuan.site.web.matters.words import late_as
from suyuan.site.web.parts.sentence import count, counted, joined, sentence
from suyuan.site.web.parts.text import both, pick, text_html, unbroken
from suyuan.site.web.ways import broken_way, certificate_way

SHOWN = 12
LABORATORY = ("receive", "evaluate", "issue", "declare", "withdraw")
"""Acts of which one makes certificates somebody's daily work: their sections stand first."""
OVERSEES = ("direct", "regulate", "steward", "pilot", "take_part")
"""Acts for which they stand below; for everybody else with work of another kind they are left out."""
OTHERS = ("ask", "judge", "teach", "learn", "verify")
VERDICT_MARKS = {
    "can": "passed", "not_accurate": "fail", "partly": "undecided", "cannot": "missing", "unknown": "unknown",
}  # fmt: skip


def service_context(request: HttpRequest, broken: bool) -> dict[str, Any]:
    """What the first page tells of the service system. broken: whether the page tells of certificates already."""
    whose = next(iter(request.session.get(WHOSE, {}).values()), "")
    asks = may(request.user, "ask") and not may(request.user, "direct")
    work = acts.work(request.user, whose)
    place = places(request.user)
    carbon = today_rows(work.carbon)
    return {
        "place": place,
        "service": {
            "waiting": [_matter(view, work.day) for view in work.waiting[:SHOWN]], "all_waiting": len(work.waiting),
            "reviews": [_matter(view, work.day) for view in work.reviews[:SHOWN]], "all_reviews": len(work.reviews),
            "lost": [_lost(item, work) for item in work.lost[:SHOWN]], "all_lost": len(work.lost),
            "lost_way": f"{reverse('public_indicator', args=['capabilities_hold'])}?state=does_not#evidence",
            "turned": [_turned(item) for item in work.turned[:SHOWN]], "all_turned": len(work.turned),
            "ends": [_end(item, work) for item in work.ends[:SHOWN]], "all_ends": len(work.ends),
            "single": [_single(item, work) for item in work.single[:SHOWN]], "all_single": len(work.single),
            "people": way("people"),
            "needs": [_need(item) for item in work.needs[:SHOWN]], "all_needs": len(work.needs),
            "need_new": way("need_new") if asks else None, "match": way("match"),
            "learning": [_matter(view, work.day) for view in work.learning[:SHOWN]], "all_learning": len(work.learning),
            "practice": way("practice") if place == "none" and may(request.user, "learn") else None,
            "refused": [
                {"owner": r.owner, "number": r.number, "n": r.refused, "day": r.day, "way": certificate_way(r.digest)}
                for r in work.refused[:SHOWN]
            ], "all_refused": len(work.refused), "registers": way("registers"),
            "late": [_late(row) for row in work.late[:SHOWN]], "all_late": len(work.late),
            "commitments": way("commitments"),
            "carbon": carbon[:SHOWN], "all_carbon": len(carbon),
        },
        "service_lead": lead(work, place != "none"),
        "certificates_shown": place != "none" or broken,
    }  # fmt: skip


def places(user: Any) -> str:
    """Where the sections of certificates stand: «above» the service system, «below» it, or «none»."""
    if may(user, *LABORATORY) or not may(user, *OVERSEES, *OTHERS):
        return "above"
    return "below" if may(user, *OVERSEES) else "none"


# ---------------------------------------------------------------- the sentence


def lead(work: Work, more: bool) -> SafeString:
    """The service system in a sentence. more: whether another one stands beside it: then nothing needs no word."""
    if work.nothing and more:
        return SafeString("")
    return both(_lead(work, "zh"), _lead(work, "en"))


def _lead(work: Work, language: Language) -> SafeString:
    parts: list[SafeString] = []

    def say(key: str, n: int, **more: Any) -> None:
        if n:
            how = "one" if n == 1 else "many"
            said = counted(f"service.{key}", n, language)
            said = said[:1].upper() + said[1:] if language == "en" else said
            parts.append(sentence(f"service.lead.{key}.{how}", language, n=said, **more))

    say("waiting", len(work.waiting))
    say("reviews", len(work.reviews))
    if work.overdue:
        parts.append(sentence("service.lead.overdue" + (".one" if work.overdue == 1 else ".many"), language,
                              n=count(work.overdue, language)))  # fmt: skip
    _said_needs(work, language, parts)
    wrong = [item for item in work.lost if not item.unknown]
    say("lost", len(wrong), all=len(work.lost))
    say("overdue_commitments", len(work.late))
    say("turned", sum(1 for item in work.turned if item.worse))
    say("ends", len(work.ends))
    say("single", len(work.single))
    say("learning", len(work.learning))
    say("refused", len(work.refused), rows=sum(r.refused for r in work.refused))
    parts += due_said(work.carbon, language)
    return joined(parts or [sentence("service.lead.nothing", language)], language)


def _said_needs(work: Work, language: Language, parts: list[SafeString]) -> None:
    if work.needs:
        can = sum(1 for item in work.needs if item.verdict == "can")
        key = f"service.lead.needs.{'one' if len(work.needs) == 1 else 'many'}"
        every = ".all" if can == len(work.needs) else "" if can else ".none"
        parts.append(sentence(key + every, language, n=counted("service.needs", len(work.needs), language),
                              can=can, rest=len(work.needs) - can))  # fmt: skip


# ---------------------------------------------------------------- rows


def _matter(view: Seen, day: date) -> dict[str, Any]:
    where, due = view.where, view.where.due
    left = None if due is None else (due - day).days
    return {
        "title": text_html(view.matter.title), "number": view.matter.number, "kind": text_html(view.procedure.title),
        "state": text_html(where.state.title), "due": due, "late": where.overdue,
        "late_as": late_as("service.late", where),
        "left": "" if left is None or where.overdue else term("service.today" if left == 0 else "service.left", n=left),
        "steps": [text_html(step.title) for step, _ in view.steps[:3]], "more": max(0, len(view.steps) - 3),
        "way": matter_way(*view.key),
    }  # fmt: skip


def _late(row: Progress) -> dict[str, Any]:
    c = row.commitment
    since = None if c.due is None else c.due + timedelta(days=1)
    return {
        "since": since, "days": -(row.days or 0), "document": c.document, "clause": c.clause, "text": text_html(c.text),
        "owner": text_html(c.owner), "all": len(row.shown), "way": f"{reverse('commitments')}#c-{c.id}",
        "complete": sum(1 for shown in row.shown if shown.state == "complete"), "id": c.id, "demo": c.demo,
    }  # fmt: skip


def _lost(item: Lost, work: Work) -> dict[str, Any]:
    c = item.capability
    title = c.measurand or c.item_name or {"": c.quantity}
    cause = item.cause
    return {
        "id": c.id, "title": text_html(title), "laboratory": text_html(c.laboratory), "why": text_html(item.why),
        "mark": "unknown" if item.unknown else "broken", "since": item.since, "recent": item.recent,
        "cause": "" if cause is None or cause == c.key else unbroken(cause[1]),
        "cause_way": broken_way(item.document) if item.document else None,
        "needs": [_turned(t) for t in work.changed if _concerns(t, item)], "way": row_way("capability", c.id, c.key[0]),
    }  # fmt: skip


def _concerns(turned: Any, item: Lost) -> bool:
    keys = {e.capability.key for match in (turned.before, turned.after) for e in match.examined}
    return item.recent and item.capability.key in keys


def _turned(item: Any) -> dict[str, Any]:
    need = item.need
    title = {} if need.confidential else need.title or need.measurand
    return {
        "id": term("service.confidential") if need.confidential else need.id,
        "title": text_html(title or {"": need.quantity}), "before": f"service.verdict.{item.before.verdict}",
        "after": f"service.verdict.{item.after.verdict}", "mark": VERDICT_MARKS[item.after.verdict],
        "worse": item.worse, "way": None if need.confidential else row_way("need", need.id, _owner(need)),
    }  # fmt: skip


def _owner(need: Any) -> str:
    return pick(need.organisation, "zh")[0]


def _end(item: Any, work: Work) -> dict[str, Any]:
    return {
        "until": item.until, "left": term("service.left", n=(item.until - work.day).days),
        "pressing": (item.until - work.day).days <= 30, "what": f"service.ends.{item.what}",
        "person": _named(work.names, item.person), "unit": _named(work.names, item.unit),
        "way": row_way("person", item.person),
    }  # fmt: skip


def _single(item: Any, work: Work) -> dict[str, Any]:
    return {
        "unit": _named(work.names, item.unit), "laboratory": text_html(item.laboratory), "nobody": not item.persons,
        "persons": [{"name": _named(work.names, p), "way": row_way("person", p)} for p in item.persons],
    }  # fmt: skip


def _named(names: Mapping[str, Any], id: str) -> SafeString:
    return text_html(names[id]) if names.get(id) else format_html("{}", id)


def _need(item: Mine) -> dict[str, Any]:
    owner, _, id = item.name.rpartition("/")
    need = item.need
    return {
        "id": id, "title": text_html(need.title or need.measurand or {"": need.quantity}), "owner": owner,
        "mark": VERDICT_MARKS[item.verdict], "verdict": f"service.verdict.{item.verdict}",
        "before": f"service.verdict.{item.before}" if item.before else "", "way": row_way("need", id, owner),
    }  # fmt: skip
