"""Review panels: what waits for me, a panel as reviewer, chair and secretary see it, and rectifications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from suyuan.quantity.finding import Finding, Refused
from suyuan.site.acts import service
from suyuan.site.acts.matters import matter
from suyuan.site.acts.matters import panel as acts
from suyuan.site.acts.matters.called import names_of
from suyuan.site.acts.matters.matter import Seen
from suyuan.site.acts.matters.panel import Review
from suyuan.site.acts.regulation import centre as centres
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.matters.panels_shown import agreement, subjects_context, waiting_said
from suyuan.site.web.parts.sentence import counted, sentence
from suyuan.site.web.parts.text import both
from suyuan.site.web.regulation.centre_shown import title_in, way
from suyuan.site.web.regulation.centre_steps import closures, content_of, forms, standing_context
from suyuan.verbs.matter.panels import comments_of, declared

TIES = ("adviser", "contract", "shareholder", "family", "co_worker", "student", "supervisor", "declared")


def panels(request: HttpRequest) -> HttpResponse:
    """The panels in which somebody has a part, what waits first; and all rectifications."""
    user: Any = request.user
    views = matter.listed(user, acts.PANEL)
    rows = [panel_row(acts.seen_review(view, user)) for view in views]
    rows.sort(key=lambda row: (not row["waits"], row["ended"], str(row["due"] or "9999")))
    fixes = [rectification(view) for view in acts.rectifications(user)]
    return render(request, "panels.html", {
        "lead": lead(rows, fixes), "rows": rows, "fixes": fixes, "may_name": service.may(user, "regulate"),
        "judges": service.may(user, "judge"),
    })  # fmt: skip


def panel_row(of: Review) -> dict[str, Any]:
    """One panel as a row."""
    view = of.view
    scores = view.where.state.name == "scoring" and bool(of.lacking)
    declares = of.reviewer and not of.declared and view.where.state.name in ("named", "scoring")
    waits = scores or declares
    return standing_context(view) | {
        "page": reverse("panel", args=[view.matter.number]), "waits": waits,
        "subjects": [row.name if row else {"": id} for id, row in of.subjects],
        "part": "panels.part.reviewer" if of.reviewer else "panels.part.keeper" if of.keeps else "panels.part.other",
        "mine_given": bool(of.mine), "declares": declares,
    }  # fmt: skip


def rectification(view: Seen) -> dict[str, Any]:
    """One rectification: findings with the evidence of their closure."""
    id = str(view.matter.fields.get("centre", ""))
    rows = [row | {"file": way("matter_file", *view.key, row["digest"]) if row["digest"] else ""}
            for row in closures(view)]  # fmt: skip
    return standing_context(view) | {
        "centre": view.matter.title, "centre_way": (way("centre", id) or "") + "#life", "findings": rows,
    }  # fmt: skip


def lead(rows: list[dict[str, Any]], fixes: list[dict[str, Any]]) -> SafeString:
    """What waits for me."""
    return both(_lead(rows, fixes, "zh"), _lead(rows, fixes, "en"))


def _lead(rows: list[dict[str, Any]], fixes: list[dict[str, Any]], language: Language) -> SafeString:
    waits = [row for row in rows if row["waits"]]
    late = [row for row in fixes if row["overdue"] and not row["ended"]]
    open_ = [row for row in fixes if not row["ended"]]
    if waits:
        said = sentence("panels.lead.waits", language, n=counted("panels", len(waits), language))
    else:
        said = sentence("panels.lead.nothing" if rows else "panels.lead.none", language)
    if open_:
        key = "panels.lead.late" if late else "panels.lead.fixes"
        more = sentence(
            key, language, n=counted("fixes", len(open_), language), late=counted("fixes", len(late), language)
        )
        said = SafeString(said + (" " if language == "en" else "") + more[:1].upper() + more[1:])
    return SafeString(said[:1].upper() + said[1:])


# ---------------------------------------------------------------- one panel


def panel(request: HttpRequest, number: str) -> HttpResponse:
    """A panel as whoever looks may see it."""
    return page(request, number)


def page(
    request: HttpRequest,
    number: str,
    found: Iterable[Finding] = (),
    given: Mapping[str, str] | None = None,
    done: str = "",
) -> HttpResponse:
    """found: what was wrong with an act; given: what was typed, which stays; done: the act that it was."""
    user: Any = request.user
    of = acts.review(number, user)
    view, found = of.view, tuple(found)
    names = names_of((*of.panel.reviewers, *view.matter.holders("chair"), view.me))
    steps = forms(view, centres.guards_now(view), given) if view.steps else []
    for s in steps:
        for f in s["fields"]:
            if f["roles"]:
                f["choices"] = _experts(view.matter.holders("reviewer"))
                f["chairs"] = _experts(view.matter.holders("chair"))
    scoring = view.where.state.name == "scoring" and of.reviewer
    barred = of.conflicts_of(view.me)
    return render(request, "panel.html", {
        "of": of, "view": view, "number": number, "m": standing_context(view), "lead": both(
            waiting_said(of, names, "zh"), waiting_said(of, names, "en")),
        "subjects": subjects_context(of, given or {}, found), "criteria": of.panel.criteria,
        "scoring": scoring and not barred and of.declared,
        "barred": of.conflicts_said(view.me) if barred and of.reviewer else (),
        "reviewers": [_reviewer(of, name, names) for name in of.panel.reviewers],
        "chair": [names.get(name, {"": name}) for name in view.matter.holders("chair")],
        "may_declare": of.reviewer and view.where.state.name in ("named", "scoring"),
        "declared": of.declared,
        "comment": (given or {}).get("comment", comments_of(view.matter).get(view.me, "")),
        "rectify": [
            {"id": row.id, "name": row.name, "lines": "\n".join(lines),
             "host": centres.hosts_of(centres.on(None), row.id)}
            for row, lines in acts.to_rectify(of, user)
        ],
        "ties": TIES, "steps": steps, "found": [] if done == "score" and all(f.where.startswith("s-") for f in found)
        else found, "done": done, "given": given or {}, "post_to": reverse("panel_act", args=[number]),
        "agreement": agreement(of, names) if of.reviewed is not None else None, "open_step": done,
    })  # fmt: skip


def _experts(here: Iterable[str]) -> list[dict[str, Any]]:
    """All who may review, for a choice; those who do now are ticked."""
    return [
        {"account": j.username, "name": {"zh": j.last_name, "en": j.first_name}, "work": acts.employer(j.username),
         "here": j.username in here}
        for j in acts.judges()
    ]  # fmt: skip


def _reviewer(of: Review, name: str, names: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """One reviewer: whether in conflict, declared, and, for who keeps the panel, how many scores are there."""
    counts = dict(of.given)
    own = sum(len(row) for row in of.mine.values())
    return {
        "name": names.get(name, {"": name}),
        "mine": name == of.view.me,
        "conflicts": of.conflicts_said(name),
        "declared": name in declared(of.view.matter),
        "count": counts.get(name, own if name == of.view.me else None),
        "all": of.wanted,
        "out": bool(of.conflicts_of(name)),
        "work": acts.employer(name) if of.keeps else "",
    }


@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """One act in a panel; where it is refused the page comes back with what was typed."""
    user: Any = request.user
    done = request.POST.get("do", "")
    try:
        _do(request, user, number, done)
    except Refused as refused:
        return page(request, number, refused.findings, request.POST.dict(), done)
    messages.success(
        request, term(f"panels.done.{done}" if done in ("declare", "score", "rectify") else "panels.done.step")
    )
    return redirect("panel", number)


def _do(request: HttpRequest, user: Any, number: str, done: str) -> None:
    post = request.POST
    if done == "declare":
        ties = [
            {"kind": kind, "other": other.strip()[:200]}
            for kind, other in zip(post.getlist("kind"), post.getlist("other"), strict=False)
            if other.strip() and kind in TIES
        ]
        acts.declare(user, number, post.get("interests") == "none", ties, post.get("work", ""))
        return
    if done == "score":
        of = acts.review(number, user)
        acts.give_scores(
            user,
            number,
            {
                (subject, c.id): post.get(f"s-{subject}-{c.id}", "")[:40]
                for subject, _ in of.subjects
                for c in of.panel.criteria
            },
            post.get("comment", ""),
        )
        return
    if done == "rectify":
        lines = [line.strip() for line in post.get("findings", "")[:8000].splitlines() if line.strip()]
        host = post.get("host", "").replace("，", ",").split(",")
        acts.rectify(user, number, post.get("centre", ""), lines, [name.strip() for name in host if name.strip()])
        return
    view = matter.seen(acts.PANEL, number, user)
    step = view.procedure.step(done)
    if step is None:
        raise Http404
    if done == "opened" and not request.FILES:
        content: dict[str, Any] = {"documents": {"material": acts.material(user, acts.review(number, user))}}
    else:
        content = content_of(request, user, view.procedure, step)
    matter.step(user, acts.PANEL, number, done, content, post.get("role", ""))


# ---------------------------------------------------------------- naming one


def panel_new(request: HttpRequest) -> HttpResponse:
    """Name a panel: centres, reviewers with a check of conflicts, chair."""
    user: Any = request.user
    service.require(user, "regulate")
    found: tuple[Finding, ...] = ()
    if request.method == "POST":
        post = request.POST
        reviewers = {name: post.get(f"work-{name}", "").strip()[:200] for name in post.getlist("reviewer")}
        try:
            view = acts.name_panel(
                user, post.get("title", ""), post.getlist("subject"), reviewers, post.get("chair", "")
            )
        except Refused as refused:
            found = refused.findings
        else:
            messages.success(request, term("panels.done.named"))
            return redirect("panel", view.matter.number)
    known = centres.on(None)
    asked = request.POST.getlist("subject") or request.GET.getlist("centre")
    picked = request.POST.getlist("reviewer")
    return render(
        request,
        "panel_new.html",
        {
            "centres": [
                {"id": e.centre.id, "name": e.centre.name, "host": e.centre.host, "here": e.centre.id in asked}
                for e in centres.register(known)
            ],
            "judges": [
                {
                    "account": j.username,
                    "name": {"zh": j.last_name, "en": j.first_name},
                    "work": acts.employer(j.username),
                    "typed": request.POST.get(f"work-{j.username}", ""),
                    "here": j.username in picked,
                }
                for j in acts.judges()
            ],
            "found": found,
            "given": request.POST.dict(),
            "title": title_in({}, "zh"),
        },
    )
