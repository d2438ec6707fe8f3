"""The page of a matter: where it stands in a sentence, what I can do now, what happened; its files and its chain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html

from suyuan.capability.challenges.research import linked
from suyuan.procedure.matter import Matter, verify
from suyuan.quantity.finding import Finding, Refused, errors
from suyuan.site.acts import service
from suyuan.site.acts.matching import sight
from suyuan.site.acts.matters import matter as acts
from suyuan.site.acts.matters.form import Asked, Filled, filled
from suyuan.site.acts.matters.matter import Seen
from suyuan.site.acts.matters.tip import lost_end
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.matters.form import form_of
from suyuan.site.web.matters.happened import documents, events, holders_shown, roles, sees_all, stays
from suyuan.site.web.matters.words import (
    MASKED,
    in_both,
    lacking_said,
    lead,
    matter_way,
    need_title,
    need_way,
    plainly,
    state_of,
    way,
    worded,
)
from suyuan.site.web.parts.sentence import sentence
from suyuan.site.web.parts.text import text_html
from suyuan.verbs.matter.matters import PROCEDURES

ABOUT: Mapping[str, tuple[str, str]] = {
    "challenge": ("part/matter_challenge.html", "suyuan.site.web.closing.challenges_about:challenge"),
    "call": ("part/matter_call.html", "suyuan.site.web.closing.challenges_about:call"),
    "bid": ("part/matter_bid.html", "suyuan.site.web.closing.challenges_about:bid"),
    "order": ("part/matter_order.html", "suyuan.site.web.sharing.orders_about:order"),
    "research": ("part/matter_research.html", "suyuan.site.web.closing.research_about:research"),
    "conversion": ("part/matter_conversion.html", "suyuan.site.web.closing.research_about:conversion"),
}
"""Procedure → template part about what its matters are for, and «module:function» that gives its context."""
OWN_PAGE: Mapping[str, str] = {"contest": "contest"}
"""Procedure → page of its own, where alone its steps are taken."""
LISTS: Mapping[str, str] = {
    "challenge": "challenges", "call": "challenges", "bid": "challenges", "order": "orders", "research": "research",
    "conversion": "research",
}  # fmt: skip
"""Procedure → the list that one comes from."""
BOTH: tuple[Language, ...] = ("zh", "en")


def matter(request: HttpRequest, procedure: str, number: str) -> HttpResponse:
    """The page; with POST a step."""
    user: Any = request.user
    view = acts.seen(procedure, number, user)
    if procedure in OWN_PAGE:
        return redirect(OWN_PAGE[procedure], number)
    if request.method != "POST":
        return _page(request, view)
    act = request.POST.get("do", "")
    step = view.procedure.step(act)
    if step is None:
        raise Http404
    given = filled(user, Asked(view.procedure, view.matter, step), request.POST, request.FILES)
    try:
        if errors(given.findings):
            raise Refused(*given.findings)
        acts.step(user, procedure, number, act, given.content, request.POST.get("role", ""))
    except Refused as refused:
        return _page(request, acts.seen(procedure, number, user), act, given, refused.findings)
    messages.success(request, term("matter.done", step=plainly(step.title)))
    return redirect(f"{matter_way(view.matter)}#now")


def _page(
    request: HttpRequest, view: Seen, done: str = "", given: Filled | None = None, found: tuple[Finding, ...] = ()
) -> HttpResponse:
    user: Any = request.user
    hide = masked(user, view.matter)
    now, more = forms(view, done, given, found)
    context = {
        "view": view,
        "matter": view.matter,
        "number": view.matter.number,
        "kind": in_both(view.procedure.title),
        "title": in_both(MASKED) if hide else text_html(view.matter.title, beside=True),
        "organisation": in_both(MASKED) if hide else text_html(view.matter.organisation, beside=True),
        "state": state_of(view.where),
        "lead": _lead_of(view, hide),
        "now": now,
        "more": more,
        "lost": [f for f in found if done not in {s["act"] for s in (*now, *more)}],
        "documents": [] if hide else documents(view),
        "events": [row | {"said": [], "who": ""} if hide else row for row in events(view)],
        "stays": stays(view),
        "roles": [] if hide else roles(view),
        "links": _links(user, view),
        "odd": [
            replace(f, where="") if f.code == "procedure.calendar.empty" else f
            for f in (*view.where.findings, *verify(view.matter), *lost_end(view.matter))
            if f.severity != "note" or f.code == "procedure.calendar.empty"
        ],
        "list": way(LISTS.get(view.procedure.name, "")),
        "list_word": f"nav.{LISTS.get(view.procedure.name, '')}",
        "mine": [in_both(view.procedure.roles[r]) for r in view.roles],
        "hide": hide,
        "whole": sees_all(view),
    }  # fmt: skip
    if view.procedure.name in ABOUT:
        template, place = ABOUT[view.procedure.name]
        context |= {"about": template, **_function(place)(user, view, hide)}
    return render(request, "matter.html", context)


def _lead_of(view: Seen, hide: bool) -> Any:
    """Where it stands; first of all that a reviewer's declaration or scores are missing."""
    return lead(view.where, () if hide else holders_shown(view, view.where.keeper), _before(view))


def _before(view: Seen) -> tuple[str, str]:
    """What a reviewer must know first, in Chinese and English: barred, or what is still to be brought."""
    if acts.barred(view) and not view.where.ended:
        return said_in_both("matter.barred")
    lacking = acts.scores_lacking(view)
    if not lacking:
        return "", ""
    if acts.declaration_missing(view):
        return said_in_both("matter.waits_for_declaration")
    if any(event.act == "scored" and event.person == view.me for event in view.matter.events):
        zh, en = (sentence("matter.scores_lack", x, what=lacking_said(lacking, x)) for x in BOTH)
        return zh, en
    return said_in_both("matter.waits_for_scores")


def said_in_both(key: str) -> tuple[str, str]:
    """A term in Chinese and English."""
    return term(key, "zh"), term(key, "en")


def _function(place: str) -> Callable[..., dict[str, Any]]:
    module, _, name = place.partition(":")
    made: Callable[..., dict[str, Any]] = getattr(import_module(module), name)
    return made


def masked(user: Any, of: Matter) -> bool:
    """Whether a matter is about a confidential need that somebody may not see (`sight.masked`)."""
    return sight.masked(user, of)


# ---------------------------------------------------------------- what can be done


def forms(
    view: Seen, done: str = "", given: Filled | None = None, found: tuple[Finding, ...] = ()
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The forms of the steps that somebody may take: the one to be done first, and the others.

    A step that ends the matter otherwise than meant, or that a guard stops now, is not the first.
    """
    made = []
    for step, role in _once(view):
        mine = step.act == done
        asked = Asked(view.procedure, view.matter, step)
        made.append(form_of(asked, role, view.me, given if mine else None, found if mine else ()))
    turn = acts.my_turn(view)
    reviews = "declared" if acts.declaration_missing(view) else "scored"
    made.sort(key=lambda f: (not f["refused"], f["act"] != reviews, f["grave"], f["stays"], f["stopped"]))
    if not made:
        return [], []
    primary = turn and not made[0]["grave"]
    made[0]["first"] = primary and not made[0]["stopped"]
    return (made[:1], made[1:]) if primary or made[0]["refused"] else ([], made)


def _once(view: Seen) -> list[tuple[Any, str]]:
    """Each step once, with the first role that allows it."""
    steps: dict[str, tuple[Any, str]] = {}
    for step, role in view.steps:
        steps.setdefault(step.act, (step, role))
    return list(steps.values())


# ---------------------------------------------------------------- what it is linked to


def _links(user: Any, view: Seen) -> list[dict[str, Any]]:
    """What the matter is linked to, and the matters that are linked to it."""
    known = service.now_known()
    rows: list[dict[str, Any]] = []
    links = view.matter.fields.get("links")
    for kind in links if isinstance(links, Mapping) else ():
        for name in linked(view.matter, kind):
            rows.append({"kind": worded("matter.link", kind), **_linked_to(user, known, kind, name)})
    for one in known.matters:
        if view.matter.number in linked(one, view.procedure.name):
            other = _seen(user, one)
            if other is None or (view.procedure.name == "challenge" and one.procedure == "bid"):
                continue  # bids have a table of their own, where names may be hidden
            rows.append({
                "kind": in_both(other.procedure.title), "address": matter_way(other.matter),
                "name": other.matter.number, "state": state_of(other.where),
                "title": in_both(MASKED) if masked(user, other.matter) else text_html(other.matter.title),
            })  # fmt: skip
    return rows


def _seen(user: Any, one: Matter) -> Seen | None:
    """A matter as somebody sees it, None where they do not."""
    try:
        return acts.seen(one.procedure, one.number, user)
    except Http404:
        return None


def _linked_to(user: Any, known: Any, kind: str, name: str) -> dict[str, Any]:
    if kind == "need":
        need = sight.need_named(known, name)
        if need is None:  # taken out, or two of one id
            hide = masked(user, Matter("", "", {}, {}, {"links": {"need": [name]}}))
            return {"name": "" if hide else name, "address": "", **({"title": in_both(MASKED)} if hide else {})}
        hide = sight.hidden(need, sight.open_keys(user, known))
        return {
            "name": "" if hide else format_html("{} {}", text_html(need.organisation), need.id),
            "address": "" if hide else need_way(need),
            "title": need_title(need, hide),
        }
    if kind in PROCEDURES:
        other = _seen(user, Matter(kind, name, {}, {}))
        if other is None:
            return {"name": name, "address": ""}
        title = in_both(MASKED) if masked(user, other.matter) else text_html(other.matter.title)
        return {"name": name, "address": matter_way(other.matter), "title": title, "state": state_of(other.where)}
    return {"name": name, "address": ""}
