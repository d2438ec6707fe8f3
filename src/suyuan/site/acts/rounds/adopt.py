"""Released reports of the store as rounds: what a report holds makes the rows of its round again.

A report holds its protocol and all events up to its release; the release itself is one event more, which names the
report's own digest. Envelopes are not in it: what was sealed stands in the events as it was opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, time

from django.db import transaction
from django.utils import timezone

from suyuan.comparison.round.admission import admit, admitted
from suyuan.comparison.round.events import Event, event_fields, verify
from suyuan.comparison.round.read_report import read_report
from suyuan.comparison.round.report import Report
from suyuan.comparison.round.standing import standing
from suyuan.comparison.round.write import protocol_document
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.site.acts import store
from suyuan.site.acts.log import told
from suyuan.site.records.comparison import ProtocolVersion, Round, RoundEvent, RoundReport
from suyuan.store.index import Entry
from suyuan.store.recognise import in_file

LONGEST = 100
"""Characters of a number; what the column of a round holds."""


def adopt_all() -> tuple[int, tuple[Finding, ...]]:
    """Make a round of every released report of the store that is none yet. Returns how many, and what was wrong.

    Where several reports bear one number, the highest version counts.
    """
    held = set(RoundReport.objects.values_list("digest", flat=True))
    fresh = [e for e in store.store().documents() if e.kind == "comparison" and e.digest not in held]
    made, found = 0, list[Finding]()
    for _, document, name in _newest(fresh, found):
        try:
            made += adopt(document)
        except Refused as refused:
            found.extend(in_file(refused.findings, name))
    return made, tuple(found)


def _newest(entries: Iterable[Entry], found: list[Finding]) -> list[tuple[Report, bytes, str]]:
    """The released report of the highest version of each number, with its bytes and the name of its file."""
    newest: dict[str, tuple[Report, bytes, str]] = {}
    for entry in entries:
        try:
            document = store.store().read(entry.digest)
        except Refused as refused:
            found.extend(refused.findings)
            continue
        report, _ = read_report(document)
        if report is None or report.state != "final" or report.blind:
            continue
        known = newest.get(report.number)
        if known is None or known[0].version < report.version:
            newest[report.number] = report, document, entry.name
    return list(newest.values())


def adopt(document: bytes) -> bool:
    """Make the round of a released report: its row, its protocol, its events, the report; all of it or nothing.

    document: the bytes of the report, which are kept as they are. A round whose last events were lost gets them again.
    Returns whether anything was made: False where the site holds it all. Raises Refused for what is no report, for a
    broken chain of events or an event that was not allowed, for a protocol that is not the frozen one, and where the
    site knows another history of that number.
    """
    report, found = read_report(document)
    if report is None:
        raise Refused(*errors(found))
    events, digest = _history(report, document), hashlib.sha256(document).hexdigest()
    if standing(report.protocol, events).phase != "final":
        return False
    with transaction.atomic():
        row = Round.objects.select_for_update().filter(number=report.number).first()
        here = _held(row, report)
        if len(here) > len(report.events):
            return False
        row = _begun(report, events[0].time) if row is None else row
        RoundEvent.objects.bulk_create([
            RoundEvent(
                round=row, place=place, kind=e.kind, time=e.time, member=e.member, document=canonical(event_fields(e)),
                digest=e.digest,
            )
            for place, e in enumerate(events) if place >= len(here)
        ])  # fmt: skip
        RoundReport.objects.create(round=row, stage="final", document=document, digest=digest, time=events[-1].time)
        row.phase = "final"
        row.save(update_fields=["phase"])
        told("round_adopted", "", digest, number=report.number)
    return True


def _begun(report: Report, first: datetime) -> Round:
    """The row of a round with the protocol that held."""
    protocol = report.protocol
    document, account = protocol_document(protocol), protocol.pilot.account
    row = Round.objects.create(
        number=protocol.number, version=protocol.version, protocol=document, digest=protocol.digest, phase="prepared",
        closes=protocol.closes, public=protocol.public, account=account, added=first,
    )  # fmt: skip
    ProtocolVersion.objects.create(
        round=row, version=protocol.version, document=document, digest=protocol.digest, time=first, person=account
    )
    return row


def _held(row: Round | None, report: Report) -> list[str]:
    """Digests of the events that the site holds; those of the report must be the same. Raises Refused."""
    here = [] if row is None else list(row.events.values_list("digest", flat=True))
    theirs = [e.digest for e in report.events]
    if row is not None and (not here or here[: len(theirs)] != theirs[: len(here)]):
        raise Refused(finding("site.comparison_adopt.other", "events", number=report.number))
    return here


def _history(report: Report, document: bytes) -> tuple[Event, ...]:
    """The events of a report, each checked, and behind them the release. Raises Refused."""
    protocol = report.protocol
    if len(protocol.number) > LONGEST:
        raise Refused(finding("site.comparison_adopt.number", "number", given=protocol.number[:40],
                              size=len(protocol.number), limit=LONGEST))  # fmt: skip
    if report.protocol_digest != protocol.digest:
        raise Refused(finding("site.comparison_adopt.protocol", "protocol", given=protocol.digest[:12],
                              frozen=report.protocol_digest[:12] or "—"))  # fmt: skip
    broken = verify(report.events)
    if broken:
        raise Refused(*broken)
    events = admitted(protocol, report.events)
    where = standing(protocol, events)
    if where.phase != "draft_b" or report.state != "final" or where.time is None:
        return events
    # The report says on which day it was released, not when: the earliest moment of that day that its events allow.
    day = timezone.make_aware(datetime.combine(report.issued, time()))
    content = {"draft": hashlib.sha256(document).hexdigest()}
    person = protocol.pilot.account or protocol.pilot.code
    return (*events, admit(where, Event("final", max(day, where.time), person, "", content)))
