"""A matter of training or mentoring on its page: where it stands, what I can do now, what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone

from suyuan.procedure.procedure import Procedure
from suyuan.quantity.finding import Finding, Refused
from suyuan.site.acts.matters.matter import Seen
from suyuan.site.acts.talent import training as acts
from suyuan.site.acts.talent.people import View
from suyuan.site.terms import term
from suyuan.site.web.parts.text import both, pick
from suyuan.site.web.talent.people_parts import beside, called, options
from suyuan.talent.joined import own

GRAVE = ("refused", "withdrawn", "missed", "ended", "declined")


def act(request: HttpRequest, procedure: str, number: str) -> tuple[str, dict[str, str], tuple[Finding, ...]]:
    """Take the step that a form asks for. Returns its name, what was typed, and what stands against it."""
    name = request.POST.get("act", "")[:40]
    given = {
        key: str(value)[:2000] for key, value in request.POST.items()
        if key not in ("csrfmiddlewaretoken", "act") and isinstance(value, str)
    }  # fmt: skip
    files = {
        key: (str(file.name or "file"), str(file.content_type or ""), file.read())
        for key, file in request.FILES.items()
        if not isinstance(file, list)
    }
    try:
        done = acts.step(request.user, procedure, number, name, given, files)
    except Refused as refused:
        return name, given, refused.findings
    title = next((s.title for s in done.procedure.steps if s.act == name), {})
    messages.success(request, term("training.done", step=pick(title)[0], state=pick(done.where.state.title)[0]))
    return name, given, ()


def steps(view: Seen, tried: str, given: Mapping[str, str], found: Iterable[Finding]) -> list[dict[str, Any]]:
    """The steps that I may take now, each as a form; one that was refused keeps what was typed."""
    rows = []
    told = tuple(found)
    possible = list({step.act: step for step, _ in view.steps}.values())
    possible.sort(key=lambda s: s.act in GRAVE)
    for n, step in enumerate(possible):
        mine = step.act == tried
        names = (*step.fields, *step.documents)
        at, loose = beside(told if mine else (), names)
        typed = given if mine else {}
        rows.append({
            "act": step.act, "title": step.title, "first": n == 0 and step.act not in GRAVE,
            "fields": [_field(view.procedure, name, typed, at, name in step.documents) for name in names],
            "loose": loose, "open": mine and bool(told),
            "guards": [view.procedure.guards.get(g, {}) for g in step.guards],
        })  # fmt: skip
    return rows


def unplaced(view: Seen, tried: str, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What stands against a step that the page does not offer."""
    return () if tried in {step.act for step, _ in view.steps} else found


def _field(
    law: Procedure, name: str, given: Mapping[str, str], at: Mapping[str, Any], document: bool
) -> dict[str, Any]:
    title = (law.documents if document else law.fields).get(name, {"zh": name, "en": name})
    row: dict[str, Any] = {
        "name": name, "title": both(own(title, "zh"), own(title, "en")), "value": given.get(name, ""),
        "told": at.get(name, []), "bad": name in at, "type": "file" if document else "text",
    }  # fmt: skip
    if name == "start":
        row["type"] = "date"
    elif name in ("reason", "cause", "action"):
        row["area"] = True
    elif name == "passed":
        choices = (
            ("", term("people.choose")),
            ("true", term("evidence.good.yes")),
            ("false", term("evidence.good.no")),
        )
        row["options"] = options(choices, given.get(name, ""))
    elif name == "score":
        row["numeric"] = True
    return row


def history(view: Seen, seen: View) -> list[dict[str, Any]]:
    """What happened, the newest first."""
    titles = {s.act: s.title for s in view.procedure.steps}
    rows = []
    for event in reversed(view.matter.events):
        plain = {k: v for k, v in event.content.items() if k not in ("documents", "roles")}
        said = [(view.procedure.fields.get(k, {"": k}), str(v)) for k, v in plain.items() if isinstance(v, str) and v]
        documents = event.content.get("documents")
        rows.append({
            "day": timezone.localtime(event.time).date(), "title": titles.get(event.act, {"": event.act}),
            "person": called(seen, (event.person,)), "said": said,
            "role": view.procedure.roles.get(event.role, {"": event.role}),
            "documents": [(view.procedure.documents.get(k, {"": k}), str(d)) for k, d in documents.items()]
            if isinstance(documents, dict) else [],
        })  # fmt: skip
    return rows


def course_line(view: Seen) -> list[dict[str, Any]]:
    """The states on the way with the present one: the ladder of the matter, without those that end it badly."""
    ahead = [
        s for s in view.procedure.states if s.name not in ("new", "refused", "missed", "withdrawn", "ended", "waiting")
    ]
    names = [s.name for s in ahead]
    here = names.index(view.where.state.name) if view.where.state.name in names else -1
    return [{"title": s.title, "here": n == here, "done": here >= 0 and n < here} for n, s in enumerate(ahead)]
