"""Keeping a protocol: a new round, or the next version of one that has not opened; its accounts are checked first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from django.core.exceptions import PermissionDenied
from django.db import transaction

from suyuan.comparison.round.protocol import Protocol
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.site.acts import clock
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.log import told
from suyuan.site.acts.rounds.one import PILOT, TAKE_PART, may, seen
from suyuan.site.records.comparison import ProtocolVersion, Round
from suyuan.verbs.comparison.round import check_succession


def save_protocol(user: User, document: bytes, protocol: Protocol, number: str = "") -> Round:
    """Keep a protocol as a new round, or as the next version of one that has not opened.

    Raises PermissionDenied without `records.pilot`, Refused for accounts that nobody has, a number that is taken, or a
    member that was invited and is gone.
    """
    if not may(user, PILOT):
        raise PermissionDenied
    now = clock.now()
    with transaction.atomic():
        row = Round.objects.select_for_update().filter(number=number or protocol.number).first()
        found = objections(user, protocol, number)
        if found:
            raise Refused(*found)
        fields = {
            "version": protocol.version, "protocol": document, "digest": protocol.digest, "closes": protocol.closes,
            "public": protocol.public, "account": user.get_username(),
        }  # fmt: skip
        if row is None:
            row = Round.objects.create(number=protocol.number, phase="prepared", added=now, **fields)
        else:
            for name, value in fields.items():
                setattr(row, name, value)
            row.save()
        ProtocolVersion.objects.create(
            round=row, version=protocol.version, document=document, digest=protocol.digest, time=now,
            person=user.get_username(),
        )  # fmt: skip
    told("round_protocol", user.get_username(), number=protocol.number, version=protocol.version)
    return row


def objections(user: User, protocol: Protocol, number: str = "") -> list[Finding]:
    """What stands against keeping a protocol on this site, found in the same way when it is only looked through.

    number: of the round whose next version it is, «» for a new one. Raises PermissionDenied for a round of another.
    """
    found = [*_accounts(protocol, user)]
    row = Round.objects.filter(number=number or protocol.number).first()
    if not number:
        taken = [finding("site.comparison.number_taken", "/number", number=protocol.number)] if row else []
        return found + taken
    before = seen(number, user)
    if row is None or before.part != "pilot":
        raise PermissionDenied
    told_of = check_succession(before.protocol, protocol, row.phase not in ("prepared", "invited"))
    found += [replace(f, where=f"/{'number' if protocol.number != number else f.where}") for f in told_of]
    codes = [m.code for m in protocol.members]
    return found + [
        finding("site.comparison.member_gone", "/members", member=m.code)
        for m in before.where.members.values() if m.answer and m.code not in codes
    ]  # fmt: skip


def _accounts(protocol: Protocol, user: User) -> Iterator[Finding]:
    """Members whose account nobody has, or may not take part; a pilot that is not the one who saves."""
    from django.contrib.auth.models import User as Account

    for n, member in enumerate(protocol.members):
        where = f"/members/{n}/account"
        if not member.account:
            yield finding("site.comparison.no_account", where, member=member.code)
            continue
        person = Account.objects.filter(username=member.account, is_active=True).first()
        if person is None or not person.has_perm(PILOT if member.pilot else TAKE_PART):
            yield finding("site.comparison.account", where, member=member.code, account=member.account)
        elif member.pilot and member.account != user.get_username():
            yield finding("site.comparison.pilot_account", where, account=member.account, mine=user.get_username())
