"""Where a round stands: a fold of its events, pure, so that anybody with the events finds the same.

Nothing of what a submission holds is in the events before it is revealed: a commitment, a size, a time.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from suyuan.comparison.round.events import Event, EventKind, Phase
from suyuan.comparison.round.help_plan import HelpPlan, advanced, opened
from suyuan.comparison.round.protocol import Protocol
from suyuan.comparison.round.read_submission import read_submission
from suyuan.comparison.round.submission import Submission
from suyuan.quantity.fields import canonical, open_document
from suyuan.quantity.finding import Finding

Answer = Literal["", "invited", "accepted", "declined", "withdrawn"]
Choice = Literal["in", "out", "kept", "dropped"]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A commitment: SHA-256, size of the envelope, when it was made, and when it was taken back or replaced."""

    commitment: str
    size: str
    time: datetime
    replaced: datetime | None = None


@dataclass(frozen=True, slots=True)
class MemberState:
    """Where one member stands. answer: to the invitation; reason: of a refusal or withdrawal; commitments: all that it
    sealed, the replaced ones too; document: what was revealed, None before; unopened: why an envelope stays closed."""

    code: str
    answer: Answer = ""
    reason: str = ""
    commitments: tuple[Sealed, ...] = ()
    document: bytes | None = None
    unopened: str = ""

    @property
    def sealed(self) -> Sealed | None:
        """The commitment that counts."""
        return next((c for c in self.commitments if c.replaced is None), None)

    @property
    def active(self) -> bool:
        return self.answer == "accepted"

    @property
    def state(self) -> str:
        """One word: how far this member is."""
        if self.answer == "withdrawn":
            return "withdrawn"
        if self.document is not None:
            return "revealed"
        return "unopened" if self.unopened else "sealed" if self.sealed else self.answer or "not_invited"


@dataclass(frozen=True, slots=True)
class Holding:
    """Who has a standard: member, or on its way from it to another (`to`), since when, in what condition."""

    member: str
    to: str = ""
    since: datetime | None = None
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A result is in or out of the reference value, an outlier kept or dropped: by whom, why; the last one counts."""

    member: str
    measurand: str
    choice: Choice
    reason: str
    person: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Correction:
    """A number that a member corrects after closing; the old one stays visible. measured: the day of the result that
    is meant, where a member has several of one measurand."""

    member: str
    measurand: str
    field: str
    old: str
    new: str
    reason: str
    person: str
    time: datetime
    measured: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A report that was handed out: its state, digest and time."""

    state: Literal["draft_a", "draft_b", "final"]
    digest: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Remark:
    """What a member says of a draft."""

    member: str
    draft: str
    agrees: bool
    text: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a round stands after its events; `last` is the digest of the last one; changed: what was corrected, decided
    or opened behind the present draft A, as «kind member», so that the draft no longer says what the round found."""

    protocol: Protocol
    phase: Phase = "prepared"
    members: Mapping[str, MemberState] = field(default_factory=dict)
    holders: Mapping[str, Holding] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    corrections: tuple[Correction, ...] = ()
    drafts: tuple[Draft, ...] = ()
    remarks: tuple[Remark, ...] = ()
    changed: tuple[str, ...] = ()
    help_plans: tuple[HelpPlan, ...] = ()
    time: datetime | None = None
    last: str = ""

    @property
    def draft(self) -> Draft | None:
        return self.drafts[-1] if self.drafts else None

    @property
    def waiting(self) -> tuple[str, ...]:
        """Members from whom the present phase wants something: an answer, a submission, an opening, a remark."""
        people = self.members.values()
        if self.phase == "invited":
            return tuple(m.code for m in people if m.answer == "invited")
        if self.phase == "open":
            return tuple(m.code for m in people if m.active and m.sealed is None)
        if self.phase == "closed":
            return tuple(m.code for m in people if m.state == "sealed")
        if self.phase == "draft_a" and self.draft is not None:
            done = {r.member for r in self.remarks if r.draft == self.draft.digest}
            return tuple(m.code for m in people if m.state == "revealed" and m.code not in done)
        return ()

    @property
    def remarks_end(self) -> datetime | None:
        """When draft B need not wait for remarks any longer."""
        draft = self.draft
        return draft.time + timedelta(days=self.protocol.remark_days) if draft and draft.state == "draft_a" else None

    def plan(self, member: str, measurand: str) -> HelpPlan | None:
        """The latest help plan of a member for a measurand."""
        return next((p for p in reversed(self.help_plans) if (p.member, p.measurand) == (member, measurand)), None)

    def contributes(self, member: str, measurand: str) -> tuple[bool, str]:
        """Whether a result counts in the reference value by protocol and decisions, and why it does not."""
        chosen = self.protocol.reference.contributors
        verdict, why = (not chosen or member in chosen), "" if not chosen or member in chosen else "protocol"
        if self.members[member].answer == "withdrawn":
            return False, f"withdrawn: {self.members[member].reason}"
        for d in self.decisions:
            if d.member == member and d.measurand in ("", measurand):
                verdict, why = d.choice in ("in", "kept"), d.reason
        return verdict, "" if verdict else why


def standing(protocol: Protocol, events: Iterable[Event]) -> Standing:
    """Fold the events of a round, which `admission.admit` admitted; `events.verify` checks the chain."""
    members = {m.code: MemberState(m.code, "accepted" if m.pilot else "") for m in protocol.members}
    pilot = next((m.code for m in protocol.members if m.pilot), "")
    start = Standing(protocol, members=members, holders={s.id: Holding(pilot) for s in protocol.standards})
    for event in events:
        start = after(start, event)
    return start


def after(before: Standing, event: Event) -> Standing:
    """The standing behind one more event."""
    found = replace(_STEPS[event.kind](before, event), time=event.time, last=event.digest)
    if before.phase == "draft_a" and event.kind in _CHANGES:
        return replace(found, changed=(*before.changed, f"{event.kind} {event.member}"))
    return found


_CHANGES = frozenset(("corrected", "decided", "revealed"))
"""What changes the numbers of a draft A that is out."""


def _member(s: Standing, e: Event, **changes: Any) -> Standing:
    return replace(s, members={**s.members, e.member: replace(s.members[e.member], **changes)})


def _text(e: Event, key: str) -> str:
    return str(e.content.get(key, ""))


def _answered(answer: Answer) -> Step:
    return lambda s, e: _member(s, e, answer=answer, reason=_text(e, "reason"))


def _invited(s: Standing, e: Event) -> Standing:
    return replace(_member(s, e, answer="invited"), phase="invited")


def _phase(phase: Phase) -> Step:
    return lambda s, e: replace(s, phase=phase)


def _replaced(s: Standing, e: Event) -> tuple[Sealed, ...]:
    listed = s.members[e.member].commitments
    return tuple(c if c.replaced is not None else replace(c, replaced=e.time) for c in listed)


def _sealed(s: Standing, e: Event) -> Standing:
    new = Sealed(_text(e, "commitment"), _text(e, "size"), e.time)
    return _member(s, e, commitments=(*_replaced(s, e), new))


def _retracted(s: Standing, e: Event) -> Standing:
    return _member(s, e, commitments=_replaced(s, e))


def _sent(s: Standing, e: Event) -> Standing:
    standard = _text(e, "standard")
    moved = replace(s.holders[standard], to=_text(e, "to"), since=e.time, condition=_text(e, "condition"))
    return replace(s, holders={**s.holders, standard: moved})


def _arrived(s: Standing, e: Event) -> Standing:
    there = Holding(e.member, "", e.time, _text(e, "condition"))
    return replace(s, holders={**s.holders, _text(e, "standard"): there})


def _revealed(s: Standing, e: Event) -> Standing:
    return _member(s, e, document=base64.b64decode(_text(e, "document")), unopened="")


def _unopened(s: Standing, e: Event) -> Standing:
    return _member(s, e, unopened=_text(e, "reason"))


def _corrected(s: Standing, e: Event) -> Standing:
    made = Correction(
        e.member, _text(e, "measurand"), _text(e, "field"), _text(e, "old"), _text(e, "new"), _text(e, "reason"),
        e.person, e.time, _text(e, "measured"),
    )  # fmt: skip
    return replace(s, corrections=(*s.corrections, made))


def _decided(s: Standing, e: Event) -> Standing:
    choice: Any = _text(e, "decision")
    made = Decision(e.member, _text(e, "measurand"), choice, _text(e, "reason"), e.person, e.time)
    return replace(s, decisions=(*s.decisions, made))


def _drafted(state: Literal["draft_a", "draft_b", "final"]) -> Step:
    return lambda s, e: replace(s, phase=state, drafts=(*s.drafts, Draft(state, _text(e, "draft"), e.time)), changed=())


def _remarked(s: Standing, e: Event) -> Standing:
    said = Remark(e.member, _text(e, "draft"), e.content.get("agrees") is True, _text(e, "text"), e.time)
    return replace(s, remarks=(*s.remarks, said))


def _help_opened(s: Standing, e: Event) -> Standing:
    return replace(s, help_plans=(*s.help_plans, opened(e)))


def _help(s: Standing, e: Event) -> Standing:
    current = s.plan(e.member, _text(e, "measurand"))
    plans = tuple(advanced(p, e) if p is current else p for p in s.help_plans)
    return replace(s, help_plans=plans)


Step = Callable[[Standing, Event], Standing]
_STEPS: Mapping[EventKind, Step] = {
    "invited": _invited,
    "accepted": _answered("accepted"),
    "declined": _answered("declined"),
    "opened": _phase("open"),
    "sent": _sent,
    "arrived": _arrived,
    "sealed": _sealed,
    "retracted": _retracted,
    "withdrawn": _answered("withdrawn"),
    "closed": _phase("closed"),
    "revealed": _revealed,
    "unopened": _unopened,
    "corrected": _corrected,
    "decided": _decided,
    "draft_a": _drafted("draft_a"),
    "remarked": _remarked,
    "draft_b": _drafted("draft_b"),
    "final": _drafted("final"),
    "help_opened": _help_opened,
    "cause": _help,
    "action": _help,
    "remeasured": _help,
    "help_closed": _help,
}


def rows_meant(results: object, measurand: str, measured: str) -> list[dict[str, Any]]:
    """The results of a submission's document that a correction means."""
    listed = results if isinstance(results, list) else []
    return [
        row for row in listed
        if isinstance(row, dict) and row.get("measurand") == measurand and measured in ("", row.get("measured"))
    ]  # fmt: skip


def corrected_document(state: MemberState, corrections: Iterable[Correction]) -> bytes:
    """What a member revealed, with its corrections in it; the revealed bytes themselves stay in the events."""
    root, _ = open_document(state.document or b"", "comparison-result")
    mine = [c for c in corrections if c.member == state.code]
    if root is None or not mine:
        return state.document or b""
    content: dict[str, Any] = dict(root.content)
    for c in mine:
        for row in rows_meant(content.get("results"), c.measurand, c.measured):
            row[c.field] = c.new
    return canonical(content)


def submissions(where: Standing) -> Mapping[str, tuple[Submission | None, tuple[Finding, ...]]]:
    """The revealed submissions by member, corrections applied, with what was found on reading them.

    The digest of each is that of the bytes that were committed. A document that cannot be read gives None.
    """
    found: dict[str, tuple[Submission | None, tuple[Finding, ...]]] = {}
    for code, state in where.members.items():
        if state.document is None:
            continue
        original, told = read_submission(state.document, where.protocol)
        read = original
        if any(c.member == code for c in where.corrections):
            read, told = read_submission(corrected_document(state, where.corrections), where.protocol)
            if read is not None and original is not None:
                read = replace(read, digest=original.digest)
        found[code] = read, told
    return found


def received(where: Standing, member: str) -> tuple[Submission | None, Submission | None]:
    """What a member revealed as it was received, and with its corrections; None for what cannot be read."""
    state = where.members[member]
    if not state.document:
        return None, None
    first = read_submission(state.document, where.protocol)[0]
    if not any(c.member == member for c in where.corrections):
        return first, first
    return first, read_submission(corrected_document(state, where.corrections), where.protocol)[0]


def remedied(where: Standing, member: str, measurand: str) -> date | None:
    """The day on which a re-measurement closed the help plan of a result, None while none did."""
    plan = where.plan(member, measurand)
    return plan.closed if plan is not None else None
