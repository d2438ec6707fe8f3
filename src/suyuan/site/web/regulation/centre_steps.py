"""Steps of a matter on the page of what it is about: what each asks for, what stands against it now, and its form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from suyuan.centre.rectification import raised
from suyuan.procedure.procedure import Procedure, Step
from suyuan.quantity.finding import LANGUAGES, Finding, Refused, errors, finding
from suyuan.site.acts import clock
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.matters import matter
from suyuan.site.acts.matters.called import called
from suyuan.site.acts.matters.matter import Seen
from suyuan.site.web.matters.words import late_as
from suyuan.site.web.regulation.centre_shown import source_said, way

LISTS = ("findings", "missing")
"""Fields that are several texts, one a line."""
DAYS = ("due",)
LONG = ("reason", "result", "conclusion", "findings", "missing")
ELSEWHERE = frozenset(("named", "declared", "scored"))
"""Steps of a panel that have a form of their own."""


def forms(view: Seen, guards: Mapping[str, Mapping[str, Any]], given: Mapping[str, str] | None = None) -> list[Any]:
    """The steps that somebody may take now, each with its form and what its guards say."""
    found: dict[str, dict[str, Any]] = {}
    for step, role in view.steps:
        if step.act in found or step.act in ELSEWHERE:
            continue
        found[step.act] = form(view.procedure, step, guards.get(step.act, {}), given or {}) | {
            "role": view.procedure.roles.get(role, {"": role}), "key": role, "matter": view,
            "closures": closures(view) if step.act == "submitted" else [],
        }  # fmt: skip
    return list(found.values())


def closures(view: Seen) -> list[dict[str, Any]]:
    """The findings of a rectification, each with the evidence of its closure where it is there."""
    return [{"n": row.number, "text": row.text, "digest": row.digest} for row in raised(view.where.taken) or ()]


def form(law: Procedure, step: Step, guards: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """One step. against: what its guards find; unsure: guards of which nobody can say."""
    against = [item for name in step.guards for item in called(guards.get(name) or ()) if item.severity == "error"]
    later = {item.code for item in against if item.where.startswith("content/")}
    return {
        "act": step.act,
        "title": step.title,
        "source": source_said(step.source),
        "status": step.status,
        "documents": [{"name": name, "title": law.documents.get(name, {"": name})} for name in step.documents],
        "fields": [field(law, name, given) for name in step.fields if name != "closures"],
        "against": [item for item in against if item.code not in later],
        "guards": [
            {"title": law.guards.get(name, {"": name}), "state": _state(guards.get(name))} for name in step.guards
        ],
    }


def _state(found: Any) -> str:
    if found is None:
        return "unknown"
    if errors(found) and all(item.where.startswith("content/closures") for item in errors(found)):
        return "not_checked"  # it looks at what is handed in
    return "failed" if errors(found) else "passed"


def field(law: Procedure, name: str, given: Mapping[str, str]) -> dict[str, Any]:
    """One field of a step's form."""
    return {
        "name": name, "title": law.fields.get(name, {"": name}), "value": given.get(f"f-{name}", ""),
        "long": name in LONG, "day": name in DAYS, "list": name in LISTS, "roles": name == "roles",
    }  # fmt: skip


def content_of(request: HttpRequest, user: User, law: Procedure, step: Step) -> dict[str, Any]:
    """What an event brings, from its form; files are kept as they come.

    Raises Refused where a field or a document is missing, before anything is kept.
    """
    found: list[Finding] = []
    content: dict[str, Any] = {}
    for name in step.fields:
        if name == "closures":
            continue
        given_ = request.POST.getlist(f"f-{name}")
        text = (" ".join(given_) if name == "roles" else "".join(given_[-1:])).strip()[:20_000]
        if not text:
            found.append(missing(f"f-{name}", law.fields.get(name, {})))
        else:
            content[name] = _value(name, text, found)
            if name == "roles" and (chair := request.POST.get("f-chair", "").strip()[:150]):
                content[name] |= {"chair": [chair]}
    given = {key: file for key, file in request.FILES.items() if isinstance(file, UploadedFile)}
    closures = {key.removeprefix("c-"): file for key, file in given.items() if key.startswith("c-")}
    files = {name: given.get(f"d-{name}") for name in step.documents}
    found += [missing(f"d-{name}", law.documents.get(name, {})) for name, file in files.items() if file is None]
    if found:
        raise Refused(*found)
    if files:
        content["documents"] = {
            name: kept(user, file) for name, file in files.items() if isinstance(file, UploadedFile)
        }
    if closures:
        content["closures"] = {n: kept(user, f) for n, f in closures.items()}
    return content


def missing(name: str, title: Mapping[str, str]) -> Finding:
    """A field or a document that a step asks for, by the name that the form has for it."""
    key = name.partition("-")[2] or name
    said = {f"field_{language}": title.get(language) or key for language in LANGUAGES}
    return finding("typed.field.missing", name, "error", "", field=key, **said)


def _value(name: str, text: str, found: list[Finding]) -> Any:
    if name in LISTS:
        return [line.strip() for line in text.splitlines() if line.strip()]
    if name == "roles":
        return {"reviewer": [part for part in text.replace("，", ",").replace("、", ",").replace(",", " ").split()]}
    if name in DAYS:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = None
        if day is None or day < clock.today():
            found.append(finding("centre.page.day", f"f-{name}", given=text[:40]))
    return text


def kept(user: User, file: UploadedFile) -> str:  # type: ignore[type-arg, unused-ignore]
    """Keep an uploaded file; its digest."""
    return matter.attach(user, file.name or "file", file.content_type or "", file.read())


def standing_context(view: Seen) -> dict[str, Any]:
    """Where a matter stands, for a page that tells of it."""
    where = view.where
    return {
        "procedure": view.procedure.title, "number": view.matter.number, "title": view.matter.title,
        "address": way("matter", view.matter.procedure, view.matter.number), "state": where.state.title,
        "ended": where.ended, "due": where.due, "overdue": where.overdue, "since": where.since,
        "late_as": late_as("centres.overdue", where),
        "keeper": view.procedure.roles.get(where.keeper, {"": where.keeper}) if where.keeper else {},
        "mine": where.keeper in view.roles and not where.ended, "missing": where.missing,
        "untold": [f for f in where.findings if f.code == "procedure.calendar.empty" and where.due and not where.ended],
        "mark": "passed" if where.ended else "due" if where.overdue else "waiting", "key": view.key,
    }  # fmt: skip


def beside(findings: Iterable[Finding], prefix: str = "") -> dict[str, list[Finding]]:
    """Findings by the field that they are about."""
    found: dict[str, list[Finding]] = {}
    for item in findings:
        found.setdefault(prefix + item.where, []).append(item)
    return found
