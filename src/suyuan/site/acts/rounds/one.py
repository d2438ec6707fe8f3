"""Rounds of comparisons on the site: who sees what, what happens next, and the closing by the clock.

The round itself is a pure value (`comparison.round`): here its protocol, events and envelopes are loaded, an event is
admitted under a lock, and kept. Before closing no table, log line or page holds a value.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404

from suyuan.comparison.round.admission import admit
from suyuan.comparison.round.events import Event, event_fields
from suyuan.comparison.round.plausibility import plausible
from suyuan.comparison.round.protocol import Member, Protocol
from suyuan.comparison.round.read import read_protocol
from suyuan.comparison.round.read_submission import read_submission
from suyuan.comparison.round.seal import (
    Envelope,
    envelope_document,
    house_key,
    open_envelope,
    opening_code,
    read_envelope,
    read_opening_code,
    seal,
)
from suyuan.comparison.round.standing import Standing, standing
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Finding, Refused, errors, finding, sentences
from suyuan.site.acts import clock
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.log import told
from suyuan.site.records.comparison import Round, RoundEvent, SealedEnvelope
from suyuan.site.secret import sealing_key

PILOT, TAKE_PART = "records.pilot", "records.take_part"
Part = Literal["pilot", "member", ""]


@dataclass(frozen=True)
class Seen:
    """A round as somebody sees it. part: pilot, member, «» for neither; me: the code of one's own laboratory."""

    row: Round
    protocol: Protocol
    events: tuple[Event, ...]
    where: Standing
    part: Part
    me: str

    @property
    def mine(self) -> Member | None:
        return self.protocol.member(self.me)

    @property
    def shows_values(self) -> bool:
        """Whether results may be seen: by the pilot once all are opened, by participants from draft A on."""
        phase = self.where.phase
        return phase in ("draft_a", "draft_b", "final") or (self.part == "pilot" and phase == "closed")

    @property
    def named(self) -> bool:
        """Whether laboratories appear by name: to the pilot always, to others on release or where nothing is blind."""
        return self.part == "pilot" or self.where.phase == "final" or not self.protocol.blind


@dataclass(frozen=True)
class Receipt:
    """What a member gets for a sealed submission. code: its opening code where it keeps it itself; shown once."""

    commitment: str
    time: datetime
    code: str = ""


def may(user: User, permission: str) -> bool:
    """Whether somebody holds a permission."""
    return bool(getattr(user, "has_perm", lambda _: False)(permission))


def part_in(protocol: Protocol, user: User) -> tuple[Part, str]:
    """What somebody is in a round, by account and permission, and the code of the own laboratory."""
    name = user.get_username() if getattr(user, "is_authenticated", False) else ""
    mine = next((m for m in protocol.members if m.account and m.account == name), None)
    if mine is None:
        return "", ""
    if mine.pilot:
        return ("pilot", mine.code) if may(user, PILOT) else ("", "")
    return ("member", mine.code) if may(user, TAKE_PART) else ("", "")


def protocol_of(row: Round) -> Protocol:
    """The protocol that holds; its bytes were checked when they were saved."""
    return _protocol(bytes(row.protocol))


@lru_cache(maxsize=256)
def _protocol(document: bytes) -> Protocol:
    protocol, found = read_protocol(document)
    if protocol is None:
        raise Refused(*errors(found))
    return protocol


def event_of(row: RoundEvent) -> Event:
    """One event from its bytes."""
    fields = json.loads(bytes(row.document))
    return Event(
        fields["kind"], datetime.fromisoformat(fields["time"]), fields.get("person", ""), fields.get("member", ""),
        fields.get("content", {}), fields.get("before", ""), row.digest,
    )  # fmt: skip


def seen(number: str, user: User) -> Seen:
    """The round with a number as somebody with a part in it sees it; who has none gets 404, as for no round at all.

    The first look after closing opens what was sealed.
    """
    row = Round.objects.filter(number=number).first()
    if row is None:
        raise Http404
    protocol = protocol_of(row)
    part, me = part_in(protocol, user)
    if not part:
        raise Http404
    settle(row)
    return _seen(row, protocol, part, me)


def _seen(row: Round, protocol: Protocol, part: Part, me: str) -> Seen:
    events = tuple(event_of(e) for e in row.events.all())
    where = standing(protocol, events)
    return Seen(row, protocol, events, where, part, me)


def everyones(number: str) -> Seen:
    """A released round whose protocol lets everybody see the report; 404 for any other."""
    row = Round.objects.filter(number=number, public=True, phase="final").first()
    if row is None:
        raise Http404
    return _seen(row, protocol_of(row), "", "")


def rounds_of(user: User) -> list[Seen]:
    """The rounds in which somebody has a part, those that need something first."""
    found = []
    for row in Round.objects.all():
        protocol = protocol_of(row)
        part, me = part_in(protocol, user)
        if part:
            settle(row)
            found.append(_seen(row, protocol, part, me))
    return found


def released() -> list[Round]:
    """Rounds whose report everybody may see."""
    return list(Round.objects.filter(public=True, phase="final"))


# ---------------------------------------------------------------- events


@contextmanager
def locked(number: str) -> Iterator[Round]:
    """The row of a round while nobody else adds to it; what fails leaves no trace."""
    with transaction.atomic():
        yield Round.objects.select_for_update().get(number=number)


def _append(row: Round, protocol: Protocol, where: Standing, event: Event) -> Standing:
    """Admit an event behind the last, keep it, and index the phase; within `locked` only."""
    placed = admit(where, event)
    place = RoundEvent.objects.filter(round=row).count()
    RoundEvent.objects.create(
        round=row, place=place, kind=placed.kind, time=placed.time, member=placed.member,
        document=canonical(event_fields(placed)), digest=placed.digest,
    )  # fmt: skip
    then = standing(protocol, (*(event_of(e) for e in row.events.all()),))
    if then.phase != row.phase:
        row.phase = then.phase
        row.save(update_fields=["phase"])
    return then


def _moment(where: Standing) -> datetime:
    """Now; never before the last event, whatever a second clock said."""
    now = clock.now()
    return max(now, where.time) if where.time is not None else now


def happen(user: User, number: str, kind: Any, content: Mapping[str, Any], member: str | None = None) -> Seen:
    """One event by somebody with a part in the round. member: whom it is about, the own laboratory where not said.

    Raises Http404 without a part, PermissionDenied for what is the pilot's, Refused for what is not allowed now.
    """
    before = seen(number, user)
    if kind in ONLY_PILOT and before.part != "pilot":
        raise PermissionDenied
    if kind in ("closed", "revealed", "sealed"):
        raise PermissionDenied
    with locked(number) as row:
        where = _seen(row, before.protocol, before.part, before.me).where
        about = before.me if member is None else member
        event = Event(kind, _moment(where), user.get_username(), about, content)
        _append(row, before.protocol, where, event)
    told(f"round_{kind}"[:20], user.get_username(), number=number, member=about)
    return seen(number, user)


ONLY_PILOT = frozenset(
    ("invited", "opened", "decided", "draft_a", "draft_b", "final", "help_opened", "help_closed", "unopened")
)


def open_round(user: User, number: str) -> Seen:
    """Freeze the protocol by its digest and let the round begin."""
    before = seen(number, user)
    if before.protocol.closes <= clock.now():
        raise Refused(finding("site.comparison.closes_past", "closes", closes=before.protocol.closes))
    return happen(user, number, "opened", {"protocol": before.protocol.digest}, "")


# ---------------------------------------------------------------- sealing and opening


def check_submission(view: Seen, document: bytes) -> tuple[Any, tuple[Finding, ...]]:
    """What a submission states, with all that is wrong with it or implausible; nothing is kept."""
    read, found = read_submission(document, view.protocol)
    if read is None:
        return None, tuple(found)
    return read, (*found, *plausible(read, view.protocol))


def seal_submission(user: User, number: str, document: bytes, own_code: bool) -> Receipt:
    """Seal a submission: the commitment becomes an event, the ciphertext is kept, the content is not.

    own_code: the key is not wrapped by the site; the receipt holds the opening code, which exists nowhere else.
    Raises Http404 without a part, Refused for what cannot be read, and after closing.
    """
    view = seen(number, user)
    if not may(user, TAKE_PART):
        raise PermissionDenied
    read, found = check_submission(view, document)
    if read is None or errors(found):
        raise Refused(*errors(found))
    if read.member != view.me:
        raise Refused(finding("site.comparison.not_mine", "member", given=read.member, mine=view.me))
    key, nonce = secrets.token_bytes(32), secrets.token_bytes(32)
    house = None if own_code else sealing_key(settings.DATA)
    envelope = seal(document, key, nonce, (view.protocol.digest, view.me), house)
    with locked(number) as row:
        where = _seen(row, view.protocol, view.part, view.me).where
        now = _moment(where)
        content = {"commitment": envelope.commitment, "size": str(envelope.size)}
        _append(row, view.protocol, where, Event("sealed", now, user.get_username(), view.me, content))
        SealedEnvelope.objects.create(
            round=row, member=view.me, commitment=envelope.commitment, time=now,
            document=envelope_document(envelope), own_code=own_code,
        )  # fmt: skip
    told("round_sealed", user.get_username(), number=number, member=view.me, commitment=envelope.commitment)
    return Receipt(envelope.commitment, now, opening_code(key) if own_code else "")


def settle(row: Round) -> None:
    """Close a round whose time is over and open what the site can open; once, whoever comes first."""
    if row.phase != "open" or clock.now() < row.closes:
        return
    with locked(row.number) as held:
        if held.phase == "open":
            protocol = protocol_of(held)
            where = _seen(held, protocol, "", "").where
            where = _append(held, protocol, where, Event("closed", _moment(where), "", "", {}))
            for member in protocol.members:
                where = _open_one(held, protocol, where, member.code)
            told("round_closed", "", number=held.number)
    row.refresh_from_db()


def open_again(user: User, number: str) -> Seen:
    """Try once more what the site could not open, after its key or its database was restored. Raises Refused."""
    view = seen(number, user)
    if view.part != "pilot":
        raise PermissionDenied
    with locked(number) as row:
        where = _seen(row, view.protocol, view.part, view.me).where
        for code, state in where.members.items():
            envelope, own_code = _envelope(row, where, code)
            if state.state == "unopened" and not own_code and state.sealed is not None:
                where = _append(row, view.protocol, where, _opened(where, code, envelope))
    told("round_reopened", user.get_username(), number=number)
    return seen(number, user)


def _envelope(row: Round, where: Standing, member: str) -> tuple[Envelope | None, bool]:
    """The envelope that counts for a member, and whether the member keeps its code."""
    state = where.members[member]
    if state.sealed is None or not state.active:
        return None, False
    kept = SealedEnvelope.objects.filter(round=row, member=member, commitment=state.sealed.commitment).first()
    if kept is None:
        return None, False
    envelope, _ = read_envelope(bytes(kept.document))
    return envelope, kept.own_code


def _open_one(row: Round, protocol: Protocol, where: Standing, member: str) -> Standing:
    """Open one envelope by the site's key; what does not open becomes an event with its reason, and stays."""
    state = where.members[member]
    if state.sealed is None or not state.active:
        return where
    envelope, own_code = _envelope(row, where, member)
    if own_code:
        return where  # the member hands its code over; until then nobody can open it
    try:
        return _append(row, protocol, where, _opened(where, member, envelope))
    except Refused as refused:
        first = refused.findings[0]
        told("round_unopened", "", number=row.number, member=member, code=first.code)
        reason = sentences(first, "zh")["what"] + " / " + sentences(first, "en")["what"]
        return _append(row, protocol, where, Event("unopened", _moment(where), "", member, {"reason": reason}))


def _opened(where: Standing, member: str, envelope: Envelope | None) -> Event:
    """What the site's key opens, as the event that reveals it. Raises Refused."""
    state = where.members[member]
    if envelope is None or state.sealed is None:
        raise Refused(finding("site.comparison.envelope_gone", "envelope", member=member))
    opened = open_envelope(envelope, house_key(envelope, sealing_key(settings.DATA)), state.sealed.commitment)
    return _revealed(where, member, "", opened.nonce, opened.content)


def _revealed(where: Standing, member: str, person: str, nonce: bytes, content: bytes) -> Event:
    document = base64.b64encode(content).decode("ascii")
    return Event("revealed", _moment(where), person, member, {"nonce": nonce.hex(), "document": document})


def hand_over(user: User, number: str, code: str) -> Seen:
    """A member hands its opening code over after closing; its envelope is opened with it. Raises Refused."""
    view = seen(number, user)
    key = read_opening_code(code)
    if view.where.phase in ("prepared", "invited", "open"):
        raise Refused(finding("site.comparison.code_early", "code", closes=view.protocol.closes))
    with locked(number) as row:
        where = _seen(row, view.protocol, view.part, view.me).where
        state = where.members[view.me]
        envelope, _ = _envelope(row, where, view.me)
        if envelope is None or state.sealed is None:
            raise Refused(finding("comparison.event.not_sealed", "member", member=view.me))
        opened = open_envelope(envelope, key, state.sealed.commitment)
        _append(row, view.protocol, where, _revealed(where, view.me, user.get_username(), opened.nonce, opened.content))
    told("round_revealed", user.get_username(), number=number, member=view.me)
    return seen(number, user)
