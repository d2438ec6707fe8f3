"""What somebody can do in a round now: each act with its fields; the first one bears the filled button."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse

from suyuan.comparison.round.admission import CHOICES, CORRECTABLE
from suyuan.site.acts.rounds.one import Seen
from suyuan.site.acts.rounds.waiting import Wait, next_leg, travels, waits
from suyuan.site.terms import term
from suyuan.site.web.rounds.facts import plainly
from suyuan.site.web.rounds.listed import left, wait_way

CONDITIONS = ("good", "packaging", "scratched", "damaged")
Options = list[tuple[str, str]]


@dataclass(frozen=True)
class Act:
    """One act. kind: what is done; fields: what it asks; words: keys of its name and of the note beside it; address:
    of another page where it is done there; first: the one that the reader should do."""

    kind: str
    fields: tuple[Mapping[str, Any], ...] = ()
    note: str = ""
    left: str = ""
    address: str = ""
    first: bool = False
    about: str = ""
    buttons: tuple[tuple[str, str], ...] = ()
    grave: bool = False

    @property
    def name(self) -> str:
        return f"comparison.act.{self.kind}"


def acts_of(view: Seen, given: Mapping[str, str]) -> list[Act]:
    """Everything that can be done now, the first first. given: what was typed, where it comes back."""
    listed = [act for wait in waits(view) for act in _of_wait(view, wait, given)]
    listed += _others(view, given)
    urgent = bool(waits(view))
    return [replace(act, first=urgent and not n) for n, act in enumerate(listed)]


def _field(name: str, given: Mapping[str, str], *, options: Options | None = None, **more: Any) -> dict[str, Any]:
    value = given.get(name, more.pop("value", ""))
    return {"name": name, "label": f"comparison.f.{name}", "value": value, "options": options, "type": "text", **more}


def _conditions() -> Options:
    return [(c, term(f"comparison.condition.{c}")) for c in CONDITIONS]


def _of_wait(view: Seen, wait: Wait, given: Mapping[str, str]) -> Iterator[Act]:
    more: dict[str, Any] = {"left": left(wait), "about": wait.about}
    kind = wait.kind
    if kind == "answer":
        reason = _field("reason", given, hint="decline")
        yield Act(
            "answer",
            (reason,),
            buttons=(("accepted", "comparison.do.accept"), ("declined", "comparison.do.decline")),
            **more,
        )
    elif kind == "arrive":
        seen_on_arrival = (
            _hidden("standard", wait.about),
            _field("condition", given, options=_conditions()),
            _field("remark", given),
        )
        yield Act("arrive", seen_on_arrival, buttons=(("arrived", "comparison.do.arrived"),), **more)
    elif kind == "send":
        leg = next_leg(view, wait.about)
        to = [(m.code, plainly(view, m.code)) for m in view.protocol.members if m.code != view.me]
        fields = (
            _hidden("standard", wait.about), _field("to", given, options=to, value=leg.member if leg else ""),
            _field("condition", given, options=_conditions()), _field("remark", given),
        )  # fmt: skip
        yield Act(
            "send",
            fields,
            note=_whither(view, leg.member if leg else ""),
            buttons=(("sent", "comparison.do.sent"),),
            **more,
        )
    elif kind in ("submit", "check", "draft_a", "draft_b", "final"):
        yield Act(kind, address=wait_way(view, wait), **more)
    elif kind == "code":
        opening = _field("code", given) | {"label": "comparison.f.opening_code"}
        yield Act("code", (opening,), buttons=(("code", "comparison.do.code"),), **more)
    elif kind in ("invite", "open"):
        note = view.protocol.digest if kind == "open" else ""
        yield Act(
            kind,
            note=term("comparison.freezes", digest=note) if note else "",
            buttons=((kind, f"comparison.do.{kind}"),),
            **more,
        )
    elif kind in ("cause", "action"):
        yield Act(
            kind,
            (_hidden("measurand", wait.about), _field("text", given, area=True)),
            buttons=((kind, f"comparison.do.{kind}"),),
            **more,
        )
    elif kind == "remeasure":
        yield Act(
            kind, _remeasured(view, wait.about, given), buttons=(("remeasured", "comparison.do.remeasure"),), **more
        )
    elif kind == "help_close":
        member, _, measurand = wait.about.partition(" ")
        of_plan = (_hidden("member", member), _hidden("measurand", measurand), _field("reason", given))
        buttons = (("help_closed", "comparison.do.help_close"), ("help_kept", "comparison.do.help_keep"))
        yield Act(kind, of_plan, buttons=buttons, **more)


def _whither(view: Seen, code: str) -> str:
    """Where the standard goes next: whoever sends it must know the address, blind codes or not."""
    member = view.protocol.member(code)
    if member is None:
        return ""
    from suyuan.site.web.parts.text import pick

    return term(
        "comparison.send.to",
        code=code,
        organisation=pick(member.organisation)[0],
        contact=member.contact or term("none.not_stated"),
    )


def _hidden(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "value": value, "hidden": True}


def _remeasured(view: Seen, measurand: str, given: Mapping[str, str]) -> tuple[dict[str, Any], ...]:
    names = ("value", "U", "k", "reference_value", "reference_U", "reference_k")
    example = term("comparison.f.k.example")
    numbers = tuple(
        _field(name, given, numeric=True, placeholder=example if name in ("k", "reference_k") else "") for name in names
    )
    more = (_field("compared_with", given), _field("measured", given, type="date"))
    return (_hidden("measurand", measurand), *numbers, *more)


def _others(view: Seen, given: Mapping[str, str]) -> Iterator[Act]:
    """What can be done and need not."""
    where, phase = view.where, view.where.phase
    mine = where.members.get(view.me)
    measurands = [(m.id, m.id) for m in view.protocol.measurands]
    if view.part == "pilot":
        people = [(m.code, plainly(view, m.code)) for m in view.protocol.members]
        if phase in ("prepared", "invited"):
            yield Act("protocol", address=reverse("comparison_protocol", args=[view.row.number]))
        if phase == "invited" and where.waiting:
            yield Act(
                "open",
                note=term("comparison.freezes", digest=view.protocol.digest),
                buttons=(("open", "comparison.do.open"),),
            )
        sealed = [(m.code, plainly(view, m.code)) for m in where.members.values() if m.state == "sealed"]
        if phase == "closed" and sealed:
            which = (_field("member", given, options=sealed), _field("reason", given))
            note = term("comparison.unopened.note")
            yield Act("unopened", which, note=note, buttons=(("unopened", "comparison.do.unopened"),))
        if phase == "closed" and any(m.state == "unopened" for m in where.members.values()):
            yield Act(
                "reopened", note=term("comparison.reopened.note"), buttons=(("reopened", "comparison.do.reopened"),)
            )
        if phase in ("closed", "draft_a"):
            every = [("", term("comparison.every")), *measurands]
            decisions = [(c, term(f"comparison.decision.{c}")) for c in CHOICES]
            yield Act("decide", (
                _field("member", given, options=people), _field("measurand", given, options=every),
                _field("decision", given, options=decisions), _field("reason", given),
            ), buttons=(("decided", "comparison.do.decide"),))  # fmt: skip
        if phase == "draft_a":
            yield Act("draft_a_again", address=reverse("comparison_report", args=[view.row.number]))
    if mine is None:
        return
    if phase in ("closed", "draft_a", "draft_b") and mine.active:
        for wait in travels(view):
            yield from _of_wait(view, Wait(wait.kind, None, wait.about), given)
    if phase in ("closed", "draft_a") and mine.document is not None:
        fields = [(f, term(f"comparison.correct.{f}")) for f in CORRECTABLE]
        yield Act("correct", (
            _field("measurand", given, options=measurands), _field("field", given, options=fields),
            _field("new", given), _field("reason", given),
        ), note=term("comparison.correct.note"), buttons=(("corrected", "comparison.do.correct"),))  # fmt: skip
    if phase == "open" and mine.active and mine.sealed is not None:
        yield Act("replace", address=reverse("comparison_submit", args=[view.row.number]))
        yield Act("retract", (_field("reason", given),), buttons=(("retracted", "comparison.do.retract"),))
    if view.part == "member" and phase in ("invited", "open", "closed") and mine.answer == "accepted":
        yield Act(
            "withdraw", (_field("reason", given),), buttons=(("withdrawn", "comparison.do.withdraw"),), grave=True
        )


def content_of(kind: str, post: Mapping[str, str]) -> tuple[str, dict[str, Any], str | None]:
    """(kind of event, its content, the member that it is about or None for one's own) of what was sent."""
    keys: Mapping[str, tuple[str, ...]] = {
        "accepted": (), "declined": ("reason",), "arrived": ("standard", "condition", "remark"),
        "sent": ("standard", "to", "condition", "remark"), "withdrawn": ("reason",), "retracted": ("reason",),
        "unopened": ("reason",), "decided": ("measurand", "decision", "reason"),
        "corrected": ("measurand", "field", "new", "reason"), "cause": ("measurand", "text"),
        "action": ("measurand", "text"), "help_opened": ("measurand", "expert"),
        "remeasured": (
            "measurand", "value", "U", "k", "reference_value", "reference_U", "reference_k", "compared_with",
            "measured",
        ),
    }  # fmt: skip
    about = post.get("member") if kind in ("unopened", "decided", "help_opened") else None
    content: dict[str, Any] = {key: post.get(key, "").strip()[:2000] for key in keys.get(kind, ())}
    if kind in ("help_closed", "help_kept"):
        content = {
            "measurand": post.get("measurand", ""),
            "closed": kind == "help_closed",
            "reason": post.get("reason", "").strip()[:2000],
        }
        return "help_closed", content, post.get("member")
    return kind, content, about
