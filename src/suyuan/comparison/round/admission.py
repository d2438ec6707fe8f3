"""Which event is admitted where a round stands: each rule is a function; `RULES` says which an event must pass."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from suyuan.comparison.round.events import KINDS, OF_MEMBER, OF_PILOT, Event, EventKind, Phase, chained
from suyuan.comparison.round.help_plan import remeasurement
from suyuan.comparison.round.protocol import Protocol
from suyuan.comparison.round.seal import commit
from suyuan.comparison.round.standing import Standing, after, corrected_document, rows_meant, standing
from suyuan.comparison.round.words import worded
from suyuan.quantity.fields import Fields, open_document
from suyuan.quantity.finding import Finding, Refused, finding

CORRECTABLE = ("value", "U", "k", "u", "dof", "measured")
CHOICES = ("in", "out", "kept", "dropped")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TRAVELS: tuple[Phase, ...] = ("open", "closed", "draft_a", "draft_b", "final")
_HELP: tuple[Phase, ...] = ("draft_a", "draft_b", "final")
PHASES: Mapping[EventKind, tuple[Phase, ...]] = {
    "invited": ("prepared", "invited"),
    "accepted": ("invited", "open"),
    "declined": ("invited", "open"),
    "opened": ("prepared", "invited"),
    "sent": _TRAVELS,
    "arrived": _TRAVELS,
    "sealed": ("open",),
    "retracted": ("open",),
    "withdrawn": ("invited", "open", "closed"),
    "closed": ("open",),
    "revealed": ("closed", "draft_a"),
    "unopened": ("closed",),
    "corrected": ("closed", "draft_a"),
    "decided": ("closed", "draft_a"),
    "draft_a": ("closed", "draft_a"),
    "remarked": ("draft_a", "draft_b"),
    "draft_b": ("draft_a",),
    "final": ("draft_b",),
    "help_opened": _HELP,
    "cause": _HELP,
    "action": _HELP,
    "remeasured": _HELP,
    "help_closed": _HELP,
}
"""Phases in which each kind of event may happen."""


def admit(where: Standing, event: Event) -> Event:
    """The event behind the last one of the round, chained to it. Raises Refused where it is not allowed there.

    event: before and digest are set here; its time may not be earlier than that of the last event.
    """
    if event.kind not in KINDS:
        raise Refused(finding("comparison.event.kind", "kind", kind=str(event.kind)[:40]))
    placed = chained(event, where.last)
    for rule in (*_GENERAL, *RULES.get(event.kind, ())):
        found = rule(where, placed)
        if found is not None:
            raise Refused(*worded((found,)))
    return placed


def admitted(protocol: Protocol, events: Iterable[Event]) -> tuple[Event, ...]:
    """A row of events, each admitted where the ones before it lead; Refused at the first that is not allowed."""
    where, listed = standing(protocol, ()), []
    for event in events:
        placed = admit(where, event)
        where = after(where, placed)
        listed.append(placed)
    return tuple(listed)


Rule = Callable[[Standing, Event], Finding | None]


def _text(e: Event, key: str) -> str:
    value = e.content.get(key, "")
    return value if isinstance(value, str) else ""


def _in_time(s: Standing, e: Event) -> Finding | None:
    if e.time.tzinfo is None:
        return finding("comparison.protocol.zone", "time", field="time", given=e.time)
    if s.time is not None and e.time < s.time:
        return finding("comparison.event.earlier", "time", kind=e.kind, given=e.time, last=s.time)
    return None


def _in_phase(s: Standing, e: Event) -> Finding | None:
    if s.phase in PHASES[e.kind]:
        return None
    if e.kind == "revealed":
        return finding("comparison.event.early", "kind", member=e.member, closes=s.protocol.closes)
    if e.kind == "sealed" and s.phase != "prepared" and s.phase != "invited":
        return finding("comparison.event.late", "kind", member=e.member, closes=s.protocol.closes)
    return finding("comparison.event.phase", "kind", kind=e.kind, phase=s.phase, allowed=", ".join(PHASES[e.kind]))


_NO_MEMBER = frozenset(("opened", "closed", "draft_a", "draft_b", "final", "sent"))


def _of_member(s: Standing, e: Event) -> Finding | None:
    if e.kind in _NO_MEMBER and not e.member:
        return None
    if e.member not in s.members:
        known = ", ".join(s.members)
        return finding("comparison.event.member", "member", kind=e.kind, member=e.member or "—", known=known)
    return None


_BY_THE_CLOCK = frozenset(("closed", "revealed", "unopened"))


def _by_whom(s: Standing, e: Event) -> Finding | None:
    """Somebody does it, and where accounts are named in the protocol, the one whose part it is."""
    if not e.person:
        return None if e.kind in _BY_THE_CLOCK else finding("comparison.event.person", "person", kind=e.kind)
    own = s.protocol.pilot.account if e.kind in OF_PILOT else ""
    if e.kind in OF_MEMBER or e.kind == "withdrawn":
        member = s.protocol.member(e.member)
        own = member.account if member is not None else ""
    if own and e.person != own:
        return finding("comparison.event.not_his", "person", kind=e.kind, person=e.person, member=e.member or "—")
    return None


_REASONED = frozenset(("declined", "withdrawn", "unopened", "corrected", "decided", "retracted"))


def _with_reason(s: Standing, e: Event) -> Finding | None:
    if e.kind in _REASONED and not _text(e, "reason"):
        return finding("comparison.event.reason", "content/reason", kind=e.kind)
    return None


_GENERAL: tuple[Rule, ...] = (_in_time, _in_phase, _of_member, _by_whom, _with_reason)


def _answers(*allowed: str) -> Rule:
    def rule(s: Standing, e: Event) -> Finding | None:
        answer = s.members[e.member].answer
        if answer in allowed:
            return None
        return finding("comparison.event.answer", "member", kind=e.kind, member=e.member, state=answer or "—")

    return rule


def _frozen(s: Standing, e: Event) -> Finding | None:
    if _text(e, "protocol") != s.protocol.digest or not s.protocol.digest:
        given, expected = _text(e, "protocol")[:12], s.protocol.digest[:12]
        return finding("comparison.event.protocol", "content/protocol", given=given, expected=expected)
    active = [m.code for m in s.members.values() if m.active]
    if len(active) < 2:
        return finding("comparison.event.alone", "members", active=", ".join(active))
    return None


def _holder_sends(s: Standing, e: Event) -> Finding | None:
    standard, to = _text(e, "standard"), _text(e, "to")
    held = s.holders.get(standard)
    if held is None:
        return finding("comparison.event.standard", "content/standard", given=standard, known=", ".join(s.holders))
    if held.to:
        return finding("comparison.event.on_its_way", "content/standard", standard=standard, to=held.to)
    if e.member and e.member != held.member:
        return finding("comparison.event.holder", "member", standard=standard, holder=held.member, member=e.member)
    if to not in s.members or to == held.member:
        return finding(
            "comparison.event.member", "content/to", kind=e.kind, member=to or "—", known=", ".join(s.members)
        )
    return None


def _arrives_where_sent(s: Standing, e: Event) -> Finding | None:
    standard = _text(e, "standard")
    held = s.holders.get(standard)
    if held is None:
        return finding("comparison.event.standard", "content/standard", given=standard, known=", ".join(s.holders))
    if held.to != e.member:
        return finding("comparison.event.holder", "member", standard=standard, holder=held.to or held.member,
                       member=e.member)  # fmt: skip
    if not _text(e, "condition"):
        return finding("comparison.event.condition", "content/condition", standard=standard)
    return None


def _before_closing(s: Standing, e: Event) -> Finding | None:
    if e.time > s.protocol.closes:
        return finding("comparison.event.late", "time", member=e.member, closes=s.protocol.closes)
    return None


def _commitment(s: Standing, e: Event) -> Finding | None:
    given = _text(e, "commitment")
    if not _SHA256.fullmatch(given):
        return finding("comparison.event.commitment", "content/commitment", given=given[:70])
    extra = sorted(set(e.content) - {"commitment", "size", "envelope"})
    if extra:
        return finding("comparison.event.tells", "content", keys=", ".join(extra))
    return None


def _has_sealed(s: Standing, e: Event) -> Finding | None:
    state = s.members[e.member]
    if state.sealed is None or state.answer == "withdrawn":
        return finding("comparison.event.not_sealed", "member", member=e.member)
    return None


def _not_before_closing(s: Standing, e: Event) -> Finding | None:
    if e.time < s.protocol.closes:
        return finding("comparison.event.not_yet", "time", closes=s.protocol.closes, given=e.time)
    return None


def _fits_commitment(s: Standing, e: Event) -> Finding | None:
    state = s.members[e.member]
    if state.document is not None:
        return finding("comparison.event.revealed", "member", member=e.member)
    try:
        content = base64.b64decode(_text(e, "document"), validate=True)
        given = commit(content, bytes.fromhex(_text(e, "nonce")))
    except (binascii.Error, ValueError, Refused):
        given = ""
    recorded = state.sealed.commitment if state.sealed is not None else ""
    if given != recorded:
        return finding("comparison.seal.other", "content", member=e.member, given=given[:12] or "—",
                       recorded=recorded[:12])  # fmt: skip
    return None


def _correction(s: Standing, e: Event) -> Finding | None:
    """What is corrected is there, was as stated, and becomes something that can be read."""
    state, key, new = s.members[e.member], _text(e, "field"), _text(e, "new")
    if state.document is None:
        return finding("comparison.event.not_revealed", "member", member=e.member)
    if key not in CORRECTABLE:
        return finding("comparison.event.field", "content/field", given=key, known=", ".join(CORRECTABLE))
    root, _ = open_document(corrected_document(state, s.corrections), "comparison-result")
    measurand = _text(e, "measurand")
    rows = rows_meant(root.content.get("results") if root else None, measurand, _text(e, "measured"))
    if len(rows) != 1:
        return finding("comparison.event.which", "content/measurand", measurand=measurand or "—", n=len(rows))
    old = rows[0].get(key)
    if ("" if old is None else str(old).strip()) != _text(e, "old"):
        return finding("comparison.event.old", "content/old", given=_text(e, "old") or "—", stands=old or "—")
    reader = Fields({key: new})
    read = reader.day(key, required=True) if key == "measured" else reader.number(key, required=True)
    return None if isinstance(read, date) or read is not None else reader.found[0]


def _decision(s: Standing, e: Event) -> Finding | None:
    if _text(e, "decision") not in CHOICES:
        given, known = _text(e, "decision") or "—", ", ".join(CHOICES)
        return finding("comparison.event.choice", "content/decision", given=given, known=known)
    return _measurand(s, e) if _text(e, "measurand") else None


def _measurand(s: Standing, e: Event) -> Finding | None:
    if s.protocol.measurand(_text(e, "measurand")) is None:
        known = ", ".join(m.id for m in s.protocol.measurands)
        given = _text(e, "measurand") or "—"
        return finding("comparison.submission.measurand", "content/measurand", given=given, known=known)
    return None


def _draft(s: Standing, e: Event) -> Finding | None:
    """A draft has a digest; one after a change is another one than those that were remarked on before."""
    if s.changed and e.kind == "draft_a" and any(d.digest == _text(e, "draft") for d in s.drafts):
        return finding("comparison.event.same_draft", "content/draft", given=_text(e, "draft")[:12])
    if not _SHA256.fullmatch(_text(e, "draft")):
        return finding("comparison.event.digest", "content/draft", given=_text(e, "draft")[:70] or "—")
    return None


def _all_opened(s: Standing, e: Event) -> Finding | None:
    closed = [m.code for m in s.members.values() if m.state == "sealed"]
    if closed:
        return finding("comparison.event.still_sealed", "members", members=", ".join(closed))
    if not any(m.state == "revealed" for m in s.members.values()):
        return finding("comparison.event.nothing", "members")
    return None


def _this_draft(s: Standing, e: Event) -> Finding | None:
    current = s.draft.digest if s.draft is not None else ""
    if _text(e, "draft") != current:
        return finding("comparison.event.draft", "content/draft", given=_text(e, "draft")[:12] or "—",
                       current=current[:12])  # fmt: skip
    if e.content.get("agrees") is not True and not _text(e, "text"):
        return finding("comparison.event.says_nothing", "content/text", member=e.member)
    return None


def _unchanged(s: Standing, e: Event) -> Finding | None:
    """Nothing reaches draft B that the participants have not seen in a draft A."""
    if not s.changed:
        return None
    return finding("comparison.event.changed", "draft", what=", ".join(s.changed))


def _remarks_in(s: Standing, e: Event) -> Finding | None:
    end = s.remarks_end
    if s.waiting and end is not None and e.time < end:
        return finding("comparison.event.remarks", "members", members=", ".join(s.waiting), until=end)
    return None


def _no_open_plan(s: Standing, e: Event) -> Finding | None:
    plan = s.plan(e.member, _text(e, "measurand"))
    if plan is not None and plan.closed is None:
        return finding("comparison.event.help_open", "content/measurand", member=e.member, measurand=plan.measurand)
    if not _text(e, "expert"):
        return finding("comparison.event.expert", "content/expert")
    return None


def _open_plan(s: Standing, e: Event) -> Finding | None:
    plan = s.plan(e.member, _text(e, "measurand"))
    if plan is None or plan.closed is not None:
        measurand = _text(e, "measurand") or "—"
        return finding("comparison.event.no_help", "content/measurand", member=e.member, measurand=measurand)
    if e.kind in ("cause", "action") and not _text(e, "text"):
        return finding("comparison.event.reason", "content/text", kind=e.kind)
    if e.kind == "remeasured":
        if not plan.actions:
            return finding("comparison.event.no_action", "content", member=e.member, measurand=plan.measurand)
        if remeasurement(e.content) is None:
            return finding("comparison.event.remeasured", "content")
    if e.kind == "help_closed" and e.content.get("closed") is True:
        if not plan.causes:
            return finding("comparison.event.no_cause", "content", member=e.member, measurand=plan.measurand)
        if not plan.remeasured:
            return finding("comparison.event.not_remeasured", "content", measurand=plan.measurand)
        score = plan.remeasured[-1].En
        if abs(score) > 1.0:
            return finding("comparison.event.still_failed", "content", measurand=plan.measurand, En=f"{score:.2f}")
    return None


_PRESENT = _answers("accepted")
RULES: Mapping[EventKind, tuple[Rule, ...]] = {
    "invited": (_answers("", "invited"),),
    "accepted": (_answers("invited", "declined"),),
    "declined": (_answers("invited", "accepted"),),
    "opened": (_frozen,),
    "sent": (_holder_sends,),
    "arrived": (_arrives_where_sent,),
    "sealed": (_PRESENT, _before_closing, _commitment),
    "retracted": (_PRESENT, _before_closing, _has_sealed),
    "withdrawn": (_answers("invited", "accepted"),),
    "closed": (_not_before_closing,),
    "revealed": (_has_sealed, _fits_commitment),
    "unopened": (_has_sealed,),
    "corrected": (_correction,),
    "decided": (_decision,),
    "draft_a": (_draft, _all_opened),
    "remarked": (_PRESENT, _this_draft),
    "draft_b": (_draft, _unchanged, _remarks_in),
    "final": (_draft,),
    "help_opened": (_measurand, _no_open_plan),
    "cause": (_open_plan,),
    "action": (_open_plan,),
    "remeasured": (_open_plan,),
    "help_closed": (_open_plan,),
}
"""What an event must pass beside time, phase, member, person and reason."""
