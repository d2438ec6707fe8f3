"""Grants and the log of uses: who may use what until when; requests with their next step; every use a line."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from suyuan.quantity.finding import Finding, Refused
from suyuan.series.dataset.grant import MASKS
from suyuan.series.dataset.moment import moment_of
from suyuan.site.acts.matters.matter import Seen, my_turn
from suyuan.site.acts.series import sharing
from suyuan.site.acts.series.sharing import Held
from suyuan.site.language import LANGUAGES, Language
from suyuan.site.terms import term
from suyuan.site.web.parts.sentence import sentence
from suyuan.site.web.parts.text import both, pick
from suyuan.site.web.series import ticks
from suyuan.site.web.series.ways import split
from suyuan.store.zone import house_zone
from suyuan.verbs.matter.guards_sharing import last_asked, use_of

LINES = 50
TONES = {"valid": "ok", "revoked": "bad", "expired": "warn", "early": "mute"}
MARKS = {"valid": "ok", "revoked": "withdrawn", "expired": "expired", "early": "wait"}


@require_http_methods(["GET", "HEAD", "POST"])
def grants(request: HttpRequest) -> HttpResponse:
    """The page; POST `do`: revoke a grant, or step a request."""
    found: tuple[Finding, ...] = ()
    typed = {
        k: request.POST.get(k, "").replace("\x00", "").strip()[:2000]
        for k in ("do", "grant", "reason", "number", "act", "text", "classification", "risk", "step", "back")
    }
    if request.method == "POST":
        try:
            if typed["do"] == "revoke":
                sharing.revoke(request.user, typed["grant"], typed["reason"])
                messages.success(request, term("data.grant.done", grant=typed["grant"]))
            else:
                masks = [m for m in request.POST.getlist("masks") if m in MASKS]
                sharing.step(request.user, typed["number"], typed["act"], typed["text"], {**typed, "masks": masks})
                messages.success(request, term("data.request.stepped", number=typed["number"]))
            back = sharing.version_named(request.user, typed["back"]) if typed["back"] else None
            return redirect("data_grants") if back is None else redirect("dataset", back.name)
        except Refused as refused:
            found = refused.findings
    held, damaged = sharing.grants(request.user)
    lines, chain = sharing.log(request.user)
    views = sharing.requests(request.user)
    context = {
        "lead": both(*(_lead(held, len(lines), views, lang) for lang in LANGUAGES)),
        "found": found,
        "typed": typed,
        "damaged": damaged,
        "grants": [_grant(h) for h in held],
        "requests": [shown_request(v, request.user) for v in views[:40]],
        "lines": [_line(line) for line in lines[:LINES]],
        "total": len(lines),
        "chain": chain,
        "may": sharing.may_publish(request.user),
    }
    return render(request, "data_grants.html", context, status=422 if found else 200)


def _lead(held: tuple[Held, ...], uses: int, views: list[Seen], language: Language) -> Any:
    waiting = sum(my_turn(v) for v in views)
    key = "data.grants.lead.waiting" if waiting else "data.grants.lead"
    return sentence(
        key, language, valid=sum(h.state == "valid" for h in held), total=len(held), uses=uses, waiting=waiting
    )


def _grant(one: Held) -> dict[str, Any]:
    grant, zone = one.grant, house_zone()
    name = f"{grant.dataset}@{grant.version}" if grant.version else grant.dataset
    return {
        "g": grant,
        "state": one.state,
        "tone": TONES[one.state],
        "mark": MARKS[one.state],
        "name": name,
        "way": reverse("dataset", args=[name]),
        "begin": ticks.local(grant.begin, zone),
        "end": None if grant.end is None else ticks.local(grant.end - 1, zone),
        "purpose": "、".join(grant.purpose),
        "ladder": f"data.ladder.{grant.ladder}",
        "revocation": one.revocation,
        "revoked": None if one.revocation is None else ticks.local(one.revocation.time, zone),
        "masks": [f"data.mask.{m}" for m in grant.masks],
        "step": grant.step,
        "columns": [f"data.column.{c}" for c in grant.columns],
        "licence": grant.licence,
        "conditions": pick(split(grant.conditions))[0],
    }


def shown_request(view: Seen, user: Any) -> dict[str, Any]:
    """A request as a row, with the steps that somebody may take."""
    version = sharing.version_named(user, str(view.matter.fields.get("dataset", "")))
    use = use_of(last_asked(view.matter))
    state = view.procedure.state(view.where.state.name)
    steps = [
        {"act": step.act, "title": pick(step.title)[0] or step.act}
        for step, _ in view.steps
        if step.act not in ("asked", "asked_again", "extended")
    ]
    dataset = str(view.matter.fields.get("dataset", ""))
    return {
        "number": view.matter.number,
        "title": view.matter.title,
        "who": pick(view.matter.organisation)[0],
        "state": state.title if state is not None else {"": view.where.state.name},
        "due": view.where.due,
        "purpose": "、".join(map(str, use.get("purpose", ()))),
        "ladder": f"data.ladder.{use.get('ladder', 'metadata')}",
        "begin": _day(use.get("begin")),
        "end": _day(use.get("end"), 1),
        "steps": steps,
        "way": reverse("matter", args=["data_request", view.matter.number]),
        "dataset": dataset,
        "dataset_way": reverse("dataset", args=[dataset]) if version else "",
        "ended": view.where.ended,
        "assess": any(step["act"] == "assessed" for step in steps),
        "approve": any(step["act"] == "approved" for step in steps),
        "masks": [(m, f"data.mask.{m}") for m in MASKS],
        "grade": version.head.grade if version else "",
    }


def _day(text: Any, less: int = 0) -> str:
    """The day of a moment in a document, by the clock of the house; less: µs before, for an end that is not in it."""
    at = moment_of(str(text or ""))
    return "" if at is None else ticks.local(at - less, house_zone()).strftime("%Y-%m-%d")


def _line(line: Any) -> dict[str, Any]:
    use = line.use
    return {
        "number": line.number,
        "when": ticks.local(use.time, house_zone()),
        "who": use.who,
        "grant": use.grant,
        "dataset": use.dataset.partition(" ")[0],
        "act": use.act,
        "rows": use.rows,
        "purpose": use.purpose,
        "note": use.note,
        "digest": line.digest,
        "bad": use.act == "refused",
    }
