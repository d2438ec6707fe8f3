"""What happened in a matter, as far as its reader may know: events, documents, states, who holds which role."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.html import format_html

from suyuan.centre.rectification import closures_of
from suyuan.procedure.attachment import Attachment
from suyuan.procedure.matter import Event
from suyuan.procedure.standing import documents_of
from suyuan.quantity.finding import Refused
from suyuan.site.acts import store
from suyuan.site.acts.matters import matter as acts
from suyuan.site.acts.matters.matter import Seen
from suyuan.site.terms import term
from suyuan.site.web.houses import houses
from suyuan.site.web.matters.words import in_both, person_names, way, worded
from suyuan.site.web.parts.text import day_text, text_html

STEERING = frozenset(("organiser", "secretary", "chair", "office", "bureau", "authority"))
"""Roles that see everything of a matter, also the scores of others and who reviews."""
INSIDE: Mapping[str, tuple[str, ...]] = {"challenge": ("review_report", "contract", "task_book", "milestone_report",
                                                       "result_report", "acceptance")}  # fmt: skip
"""Procedure → documents that only those read who have a role in the matter."""


def sees_all(view: Seen) -> bool:
    """Whether somebody sees everything of a matter: who steers it, or everybody where nothing in it is for few."""
    if STEERING & set(view.roles):
        return True
    return not any(few(view, e) for e in view.matter.events) and not INSIDE.get(view.procedure.name)


def few(view: Seen, event: Event) -> bool:
    """Whether an event is for few eyes: scores of somebody else, who reviews, which bidder."""
    if event.person == view.me and view.me:
        return False
    if event.act in ("scored", "declared"):
        return True
    named = event.content.get("roles")
    return isinstance(named, Mapping) and "reviewer" in named and "reviewer" not in view.roles


def open_document(view: Seen, name: str) -> bool:
    return name not in INSIDE.get(view.procedure.name, ()) or bool(view.roles)


def holders_shown(view: Seen, role: str) -> tuple[str, ...]:
    """Who holds a role, as far as the reader may know."""
    if role == "reviewer" and not ({"reviewer", *STEERING} & set(view.roles)):
        return ()
    return view.matter.holders(role) or (acts_of_role(role) if role in acts.ACT_OF_ROLE else ())


def acts_of_role(role: str) -> tuple[str, ...]:
    """The accounts that hold a role in every matter."""
    from suyuan.site.acts.matters.form import accounts

    return tuple(a.get_username() for a in accounts((acts.ACT_OF_ROLE[role],)))


def roles(view: Seen) -> list[dict[str, Any]]:
    rows = []
    for role, title in view.procedure.roles.items():
        held = holders_shown(view, role)
        secret = role == "reviewer" and not held and bool(view.matter.holders(role))
        rows.append(
            {"title": in_both(title), "names": person_names(held), "secret": secret, "mine": role in view.roles}
        )
    return rows


def documents(view: Seen) -> list[dict[str, Any]]:
    """Every document that was brought, the newest first."""
    rows = []
    for event in reversed(view.matter.events):
        if few(view, event):
            continue
        for name, digest in files_of(event).items():
            if not digest:
                continue
            file = file_of(digest)
            rows.append({
                "name": document_named(view, name), "digest": digest,
                "address": way("matter_file", view.procedure.name, view.matter.number, digest)
                if open_document(view, name) else "",
                "file": file.name if file is not None else "", "day": day_text(event.time),
                "step": _step_title(view, event.act),
            })  # fmt: skip
    return rows


def files_of(event: Event) -> dict[str, str]:
    """Every file that an event names, the evidence of each closure of a rectification among them."""
    return {**documents_of(event), **{f"closure_evidence/{n}": sha for n, sha in closures_of(event).items()}}


def document_named(view: Seen, name: str) -> Any:
    """What a document of a matter is called, with the number of the finding that it closes."""
    kind, _, number = name.partition("/")
    title = in_both(view.procedure.documents.get(kind, {"": name}))
    return format_html("{} {}", title, number) if number else title


def file_of(digest: str) -> Attachment | None:
    try:
        value = store.store().value(digest)
    except Refused:
        return None
    return value if isinstance(value, Attachment) else None


def _step_title(view: Seen, act: str) -> Any:
    step = view.procedure.step(act)
    return in_both(step.title if step is not None else {"": act})


def moment(time: datetime) -> str:
    """Day and minute in the time of the site."""
    local = timezone.localtime(time)
    return f"{day_text(local.date())} {local:%H:%M}"


def events(view: Seen) -> list[dict[str, Any]]:
    rows = []
    for place, event in enumerate(view.matter.events, 1):
        hidden = few(view, event) and not sees_all(view)
        role = event.role if event.role in view.procedure.roles else ""
        secret = role == "reviewer" and hidden
        rows.append({
            "place": place, "time": moment(event.time), "title": _step_title(view, event.act),
            "who": "" if secret else person_names((event.person,)), "secret": hidden,
            "role": in_both(view.procedure.roles[role]) if role else event.role,
            "said": [] if hidden else _said(view, event), "digest": event.digest,
        })  # fmt: skip
    return rows[::-1]


def _said(view: Seen, event: Event) -> list[tuple[Any, str]]:
    """What an event says, in words; documents and scores stand elsewhere."""
    rows: list[tuple[Any, str]] = []
    for name, value in event.content.items():
        label = in_both(view.procedure.fields.get(name, {"": name}))
        if name == "roles" and isinstance(value, Mapping):
            for role, held in value.items():
                title = in_both(view.procedure.roles.get(role, {"": role}))
                rows.append((title, person_names([held] if isinstance(held, str) else held)))
        elif name.startswith("verdict_"):
            rows.append((label, term(f"match.verdict.{value}")))
        elif name == "milestones" and isinstance(value, list):
            rows += [
                (label, f"{row.get('name', '')} {said_plainly('day', str(row.get('day', '')))}")
                for row in value
                if isinstance(row, Mapping)
            ]
        elif name == "declaration":
            rows += [(label, said) for said in _ties(value)]
        elif name == "findings" and isinstance(value, list):
            rows += [(label, f"{n}. {text}") for n, text in enumerate(value, 1)]
        elif isinstance(value, str):
            rows.append((label, term(f"result.{value}") if name == "result_kind" else said_plainly(name, value)))
        elif isinstance(value, Mapping) and value.keys() <= {"zh", "en"} and any(value.values()):
            rows.append((label, text_html(value)))
    return rows


def said_plainly(name: str, value: str) -> str:
    """What was typed as the page tells it: a day as a day, a price with its unit.

    >>> said_plainly("approach", "by comparison"), said_plainly("price", "260"), said_plainly("price", "on request")
    ('by comparison', '260 CNY', 'on request')
    """
    if _DAY.fullmatch(value):
        try:
            return day_text(date.fromisoformat(value))
        except ValueError:
            return value
    if name == "need":
        return houses(value)
    if name in _PEOPLE:
        return person_names((value,))
    return f"{value} CNY" if name == "price" and _NUMBER.fullmatch(value) else value


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_PEOPLE = ("mentor", "signer")
"""Contents that name an account."""
_NUMBER = re.compile(r"\d+(\.\d+)?")


def _ties(given: Any) -> list[Any]:
    """A declaration in words: that there is none, or each tie with its other party."""
    ties = given if isinstance(given, list) else []
    known = [tie for tie in ties if isinstance(tie, Mapping)]
    said = [format_html("{} {}", worded("tie", str(tie.get("kind", ""))), str(tie.get("other", ""))) for tie in known]
    return said or ([worded("matter", "declaration.none")] if given == "none" else [])


def stays(view: Seen) -> list[dict[str, Any]]:
    """The states in order, with how long each lasted and by how many days it was late."""
    rows = []
    for stay in view.where.history:
        if stay.entered is None and stay.left is None:
            continue
        state = view.procedure.state(stay.state)
        last = stay is view.where.history[-1]
        rows.append({
            "title": in_both(state.title if state else {"": stay.state}), "here": last and not view.where.ended,
            "since": day_text(stay.entered) if stay.entered else "", "until": day_text(stay.left) if stay.left else "",
            "days": None if last and view.where.ended else stay.days, "due": day_text(stay.due) if stay.due else "",
            "late": stay.late, "late_unit": "matter.days.working" if stay.working else "matter.days",
        })  # fmt: skip
    return [row for row in rows if row["since"]]
