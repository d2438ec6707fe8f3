"""The form of a step: fields, documents and guards of the procedure as what a person can fill in and read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from suyuan.capability.challenges.challenge import bids_of, needs_of
from suyuan.capability.challenges.research import RESULT_KINDS, milestones
from suyuan.procedure.conflict import Conflict
from suyuan.procedure.matter import Event
from suyuan.quantity.finding import Finding, errors, sentences
from suyuan.site.acts import clock, service
from suyuan.site.acts.closing.challenge import TARGETS
from suyuan.site.acts.matters.called import called
from suyuan.site.acts.matters.form import (
    CLOSURE,
    HELD_BY,
    MADE,
    MOST_ROWS,
    Asked,
    Filled,
    accounts,
    closures_asked,
    roles_named,
)
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.matters.words import in_both, person_names, plainly, worded
from suyuan.site.web.parts.state import MARKS
from suyuan.site.web.parts.text import text_html
from suyuan.verbs.matter.matters import evaluated
from suyuan.verbs.matter.panels import abouts_of, comments_of, conflicts_in, criteria_for, subjects_of
from suyuan.verbs.snapshot import Snapshot

DAYS = frozenset(("due", "from", "until"))
AREAS = frozenset(("reason", "finding", "comment", "conclusion", "approach", "condition", "result"))
VERDICTS = ("cannot", "partly", "not_accurate", "can")
TIES = ("family", "supervisor", "student", "co_worker", "shareholder", "adviser", "contract", "declared")
LOOKS_AT_CONTENT = frozenset((
    "scores_formed", "satisfaction_formed", "bid_linked", "milestone_known", "result_kind_known", "gap_closed",
    "first_or_reason", "declaration_formed", "panel_large_enough", "not_clashing", "resource_open", "other_need",
    "examples_recompute",
))  # fmt: skip
"""Guards that ask what is typed: before that they say nothing."""
Options = list[tuple[str, str]]


def told(found: Iterable[Finding]) -> list[dict[str, str]]:
    """Findings as what stands beside a field."""
    rows = []
    for item in found:
        mark, tone = MARKS[item.severity]
        said = sentences(item, current())
        rows.append({"mark": mark, "tone": tone, "word": term(f"state.{item.severity}"), "what": said["what"],
                     "remedy": said["remedy"]})  # fmt: skip
    return rows


def place_of(item: Finding) -> str:
    """The field that a finding is about: «reason», «doc-call», «guard-impartial»; «» for the whole."""
    parts = item.where.strip("/").split("/")
    if parts[:2] == ["content", "documents"] and len(parts) > 2:
        return f"doc-{parts[2]}"
    if parts[0] == "content" and len(parts) > 1:
        return parts[1]
    return f"guard-{parts[1]}" if parts[0] == "guards" and len(parts) > 1 else parts[0]


def shown_place(asked: Asked, item: Finding) -> Finding:
    """A finding with its place in the words of the form; «» where that is a guard or another part nobody can see."""
    words = asked.law.fields.get(place_of(item))
    return replace(item, where=plainly(words) if words else "")


def form_of(
    asked: Asked, role: str, me: str, given: Filled | None = None, found: Sequence[Finding] = (), outlook: bool = True
) -> dict[str, Any]:
    """One step as a form. given, found: what was typed and what is against it, where it was refused."""
    known = service.now_known()
    step, typed = asked.step, given.typed if given is not None else {}
    beside: dict[str, list[Finding]] = {}
    for item in found:
        beside.setdefault(place_of(item), []).append(item)
    kept = given.kept if given is not None else {}
    fields = [_field(asked, name, known, typed, beside.pop(name, [])) for name in step.fields]
    fields = [f | _closures(asked, kept) if f["name"] == "closures" else f for f in fields]
    if (asked.law.name, step.act) == ("challenge", "contracted"):
        fields.append(_plain("amount", worded("matter.field", "amount"), typed, [], kind="number", needed=False))
    if (asked.law.name, step.act) == ("challenge", "scored"):
        usual = comments_of(asked.matter).get(me, "")
        fields.append(_plain("comment", worded("panels", "comment"), typed, [], kind="area", needed=False, usual=usual))
    if (asked.law.name, step.act) == ("challenge", "chosen"):
        told_ = beside.pop("reason", [])
        fields.append(_plain("reason", worded("matter.field", "reason_not_first"), typed, told_, kind="area",
                             needed=False))  # fmt: skip
    documents = [_document(asked, name, typed, kept, beside.pop(f"doc-{name}", [])) for name in step.documents]
    guards = _guards(asked, role, me, known) if outlook else []
    said = {id(f) for g in guards for f in g["found"]}
    rest = [shown_place(asked, item) for items in beside.values() for item in items if id(item) not in said]
    return {
        "act": step.act, "title": in_both(step.title), "button": plainly(step.title), "role": role,
        "role_name": in_both(asked.law.roles.get(role, {"": role})), "fields": fields, "documents": documents,
        "guards": guards, "found": rest, "source": step.source, "status": step.status,
        "stopped": any(g["state"] == "failed" for g in guards), "refused": bool(found),
        "grave": _grave(asked), "stays": not step.after,
    }  # fmt: skip


def _grave(asked: Asked) -> bool:
    """Whether a step ends the matter in another way than it was meant."""
    after = asked.law.state(asked.step.after) if asked.step.after else None
    return after is not None and after.end and "reason" in asked.step.fields


def _value(typed: Mapping[str, Any], name: str, usual: str = "") -> str:
    value = typed.get(name, usual)
    return str(value[-1] if isinstance(value, list) and value else value if not isinstance(value, list) else usual)


def _plain(name: str, label: Any, typed: Mapping[str, Any], found: list[Finding], **more: Any) -> dict[str, Any]:
    usual = more.pop("usual", "")
    return {"name": name, "label": label, "value": _value(typed, name, usual), "told": told(found), "kind": "text",
            "bad": bool(errors(found)), "needed": True, **more}  # fmt: skip


def _field(asked: Asked, name: str, known: Snapshot, typed: Mapping[str, Any], found: list[Finding]) -> dict[str, Any]:
    label = in_both(asked.law.fields.get(name, {"": name}))
    special = _SPECIAL.get(name)
    if special is not None:
        return special(asked, known, typed) | {"name": name, "label": label, "told": told(found), "needed": True,
                                               "bad": bool(errors(found))}  # fmt: skip
    options = _options(asked, name, known)
    usual = str(asked.matter.fields.get("need", "")) if name == "need" else ""
    kind = "select" if options else "day" if name in DAYS else "area" if name in AREAS else "text"
    kind = "number" if name == "price" else kind
    return _plain(name, label, typed, found, kind=kind, options=options, usual=usual)


def _options(asked: Asked, name: str, known: Snapshot) -> Options:
    """The choices of a field that has a list of them."""
    matter, day = asked.matter, known.day
    match name:
        case "verdict_before" | "verdict_after":
            return [("", term("matter.choose"))] + [(v, term(f"match.verdict.{v}")) for v in VERDICTS]
        case "result_kind":
            return [("", term("matter.choose"))] + [(k, term(f"result.{k}")) for k in RESULT_KINDS]
        case "satisfaction":
            return [("", term("matter.choose"))] + [(str(n), term(f"satisfaction.{n}")) for n in (5, 4, 3, 2, 1)]
        case "target" if asked.law.name == "conversion":
            return [("", term("matter.choose"))] + [(t, term(f"target.{t}")) for t in TARGETS]
        case "milestone" if asked.law.name == "research":
            return [(m.name, m.name) for m in milestones(matter, day) if m.reached is None]
        case "bid":
            bids = bids_of(matter, known.matters, day)
            return [("", term("matter.choose"))] + [(b.number, f"{b.number} {plainly(b.organisation)}") for b in bids]
        case "into":
            others = [m for m in known.matters_of("challenge") if m.number != matter.number]
            return [("", term("matter.choose"))] + [(m.number, f"{m.number} {plainly(m.title)}") for m in others]
        case "capability" if asked.law.name == "challenge":
            return _able(asked, known)
    return []


def _able(asked: Asked, known: Snapshot) -> Options:
    """The capabilities that prove a challenge's needs today."""
    from suyuan.verbs.matching.match import match_need

    keys = [e.capability.key for n in needs_of(asked.matter, known.needs) or () for e in match_need(known, n).single]
    return [(f"{lab} {id}", f"{lab} {id}") for lab, id in dict.fromkeys(keys)]


# ---------------------------------------------------------------- fields of their own shape


def _roles(asked: Asked, known: Snapshot, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Accounts to be ticked, a group a role, each with the conflicts that are known of it."""
    groups = []
    for role in roles_named(asked.law, asked.step):
        chosen = typed.get(f"role-{role}", list(asked.matter.holders(role)))
        people = accounts(HELD_BY.get(role, ()))
        against = _conflicts(asked, known, role, [a.get_username() for a in people])
        groups.append({
            "role": role, "label": in_both(asked.law.roles.get(role, {"": role})),
            "people": [
                {"name": a.get_username(), "said": person_names([a.get_username()]), "on": a.get_username() in chosen,
                 "against": against.get(a.get_username(), [])}
                for a in people
            ],
        })  # fmt: skip
    return {"kind": "roles", "groups": groups}


def _conflicts(asked: Asked, known: Snapshot, role: str, names: list[str]) -> dict[str, list[str]]:
    """Account → what conflicts it would have as a reviewer."""
    if role != "reviewer" or not names:
        return {}
    event = Event(asked.step.act, clock.now(), "", "", {"roles": {"reviewer": names}})
    found: dict[str, list[str]] = {}
    for conflict in conflicts_in(known, asked.matter, known.day, event):
        found.setdefault(conflict.reviewer, []).append(_conflict(conflict))
    return found


def _conflict(conflict: Conflict) -> str:
    return sentences(called((conflict.finding(),))[0], current())["what"]


def _scores(asked: Asked, known: Snapshot, typed: Mapping[str, Any]) -> dict[str, Any]:
    """A table of criteria by subjects; what was given before stands in it."""
    subjects = subjects_of(known, asked.matter, known.day)
    titles = {m.number: m.organisation for m in known.matters_of("bid")}
    rows = [
        {
            "title": text_html(c.title or {"": c.id}, beside=True), "weight": f"{c.weight:g}",
            "low": f"{c.low:g}", "high": f"{c.high:g}", "status": c.status,
            "cells": [{"name": f"score-{s}-{c.id}", "subject": s, "criterion": plainly(c.title) or c.id,
                       "value": _value(typed, f"score-{s}-{c.id}")} for s in subjects],
        }
        for c in criteria_for(asked.matter)
    ]  # fmt: skip
    heads = [{"subject": s, "name": text_html(titles[s]) if s in titles else ""} for s in subjects]
    return {"kind": "scores", "rows": rows, "heads": heads}


def _milestones(asked: Asked, known: Snapshot, typed: Mapping[str, Any]) -> dict[str, Any]:
    count = max(4, sum(1 for n in range(MOST_ROWS) if _value(typed, f"milestones-{n}-name")))
    rows = [
        {"n": n, "name": _value(typed, f"milestones-{n}-name"), "day": _value(typed, f"milestones-{n}-day")}
        for n in range(count)
    ]
    return {"kind": "milestones", "rows": rows}


def _declaration(asked: Asked, known: Snapshot, typed: Mapping[str, Any]) -> dict[str, Any]:
    rows = [
        {"n": n, "kind": _value(typed, f"declaration-{n}-kind"), "other": _value(typed, f"declaration-{n}-other")}
        for n in range(3)
    ]
    options = [(tie, term(f"tie.{tie}")) for tie in TIES]
    return {"kind": "declaration", "rows": rows, "options": options, "none": _value(typed, "declaration-none"),
            "about": _about(asked, known)}  # fmt: skip


def _about(asked: Asked, known: Snapshot) -> list[dict[str, Any]]:
    """Whom a declaration speaks of: each bid, or other subject, with the organisations and persons behind it."""
    found = []
    for about in abouts_of(known, asked.matter, known.day):
        names = dict.fromkeys(n for part, held in about.parties.items() if part != "person" for n in held)
        people = dict.fromkeys(about.parties.get("person", ()))
        found.append({"subject": about.subject, "names": [*names, *(person_names([n]) for n in people)]})
    return found


def _examples(asked: Asked, known: Snapshot, typed: Mapping[str, Any]) -> dict[str, Any]:
    before: Any = next((e.content["examples"] for e in reversed(asked.matter.events) if e.content.get("examples")), [])
    rows = []
    for n in range(4):
        old = before[n] if n < len(before) and not typed else {}
        stated = "; ".join(f"{k} = {v}" for k, v in dict(old.get("stated", {})).items())
        rows.append({"n": n, "case": _value(typed, f"examples-{n}-case", str(old.get("case", ""))),
                     "stated": _value(typed, f"examples-{n}-stated", stated)})  # fmt: skip
    saved = [(r.digest, plainly(r.title) or r.digest[:12]) for r in known.evidence.results]
    return {"kind": "examples", "rows": rows, "saved": saved}


def _closures(asked: Asked, kept: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Each finding of a rectification with the file that closes it."""
    rows = []
    for row in closures_asked(asked):
        digest, file = kept.get(f"{CLOSURE}{row.number}", ("", ""))
        rows.append({"n": row.number, "text": row.text, "name": f"{CLOSURE}{row.number}", "there": bool(row.digest),
                     "digest": digest, "file": file})  # fmt: skip
    return {"kind": "closures", "rows": rows}


_SPECIAL = {
    "roles": _roles, "scores": _scores, "milestones": _milestones, "declaration": _declaration, "examples": _examples,
}  # fmt: skip


def _document(
    asked: Asked, name: str, typed: Mapping[str, Any], kept: Mapping[str, tuple[str, str]], found: list[Finding]
) -> dict[str, Any]:
    digest, file = kept.get(name, ("", ""))
    return {
        "name": name, "label": in_both(asked.law.documents.get(name, {"": name})), "told": told(found),
        "bad": bool(errors(found)), "digest": digest, "file": file,
        "made": name in MADE and asked.law.name in ("challenge", "research"),
        "numbered": name == "certificate", "number": _value(typed, f"number-{name}"),
    }  # fmt: skip


def _guards(asked: Asked, role: str, me: str, known: Snapshot) -> list[dict[str, Any]]:
    """The guards of a step as they stand now."""
    event = Event(asked.step.act, clock.now(), me, role)
    answers = evaluated(known, asked.matter, event, asked.step.guards)
    rows = []
    for name in asked.step.guards:
        given = answers.get(name)
        found = None if given is None else called(given)
        failed = found is None or bool(errors(found))
        waits = failed and (name in LOOKS_AT_CONTENT or ("roles" in asked.step.fields and name == "reviewers_free")
                            or ("bid" in asked.step.fields and name == "scores_there")
                            or ("closures" in asked.step.fields and name == "evidence_shown"))  # fmt: skip
        state = "not_checked" if waits else "unknown" if found is None else "failed" if failed else "passed"
        reasons = [] if waits or not found else [sentences(f, current())["what"] for f in errors(found)]
        rows.append({
            "name": name, "said": in_both(asked.law.guards.get(name, {"": name})), "state": state,
            "key": "matter.guard.when_sent" if waits else "", "reasons": reasons[:4], "more": max(0, len(reasons) - 4),
            "found": list(found or ()),
        })  # fmt: skip
    return rows
