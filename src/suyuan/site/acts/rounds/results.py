"""Reports of a round: made at each stage, kept with their digest, and shown to each viewer as it may see them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from suyuan.comparison.round.events import Event
from suyuan.comparison.round.read_report import read_report
from suyuan.comparison.round.report import Issue, Report, State, Viewer, blinded
from suyuan.comparison.round.report_form import report_document
from suyuan.comparison.round.standing import standing
from suyuan.quantity.finding import Refused, finding
from suyuan.site.acts import clock, store
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.log import told
from suyuan.site.acts.rounds.one import Seen, _append, _moment, event_of, locked, protocol_of, seen
from suyuan.site.records.comparison import Round, RoundReport
from suyuan.verbs.comparison import round as verbs
from suyuan.verbs.comparison.round import report_of

NEXT: Mapping[str, State] = {"closed": "draft_a", "draft_a": "draft_b", "draft_b": "final"}
"""Phase → the report that the pilot prepares in it."""


def software() -> str:
    """Name and version of the program, as a report names it."""
    from suyuan import __version__

    return f"Suyuan {__version__}"


def stage_of(view: Seen) -> State | None:
    """The stage that a pilot prepares now."""
    return NEXT.get(view.where.phase)


def prepared(view: Seen, stage: State) -> Report:
    """The report of a stage as it would be handed out now, for the pilot. Raises Refused while anything is sealed."""
    if view.part != "pilot":
        raise PermissionDenied
    day = timezone.localtime(clock.now()).date()
    return _made(view.row.pk, view.where.last, Issue(stage, day, software(), len(view.where.drafts) + 1))


@lru_cache(maxsize=16)
def _made(pk: int, last: str, issue: Issue) -> Report:
    """The same events give the same numbers: worked out once for each digest of the last event."""
    row = Round.objects.get(pk=pk)
    events = tuple(event_of(e) for e in row.events.all())
    return report_of(verbs.Round(protocol_of(row), events), issue, store.evidence())


def release(user: User, number: str, stage: State) -> Seen:
    """Hand a report out: its digest becomes an event, its bytes are kept. Raises Refused where it is not the time."""
    before = seen(number, user)
    if before.part != "pilot":
        raise PermissionDenied
    report = prepared(before, stage)
    document = report_document(report)
    digest = hashlib.sha256(document).hexdigest()
    with locked(number) as row:
        where = standing(before.protocol, [event_of(e) for e in row.events.all()])
        if where.last != before.where.last:
            raise Refused(finding("site.comparison.changed", "events", number=number))
        now = _moment(where)
        event = Event(stage, now, user.get_username(), "", {"draft": digest})
        _append(row, before.protocol, where, event)
        RoundReport.objects.create(round=row, stage=stage, document=document, digest=digest, time=now)
    if stage == "final":
        _into_store(document, number)
    told(f"round_{stage}", user.get_username(), digest, number=number)
    return seen(number, user)


def _into_store(document: bytes, number: str) -> None:
    """A released report is a document like others, where the store knows its kind; the round keeps it anyway."""
    from suyuan.store.folder import plain_name

    added = store.store().add(document, f"comparison {plain_name(number)}.json")
    if not added.stored:
        told("refused", "", "", number=number, findings=[f.code for f in added.findings])


def kept(view: Seen) -> RoundReport | None:
    """The last report that was handed out, None before there is one."""
    found: RoundReport | None = view.row.reports.last()
    return found


def viewer_of(view: Seen) -> Viewer:
    """As whom somebody reads a report."""
    return "pilot" if view.part == "pilot" else "participant" if view.part else "public"


def shown(view: Seen) -> Report | None:
    """The report as the viewer may see it now: the pilot between closing and draft B the one in preparation, everybody
    else the last that was handed out. None where there is none."""
    if not view.shows_values:
        return None
    stage = stage_of(view)
    if view.part == "pilot" and stage in ("draft_a", "draft_b"):
        try:
            return prepared(view, stage)
        except Refused:
            return None
    row = kept(view)
    if row is None:
        return None
    return blinded(_read(row.pk, row.digest), viewer_of(view), view.me)


@lru_cache(maxsize=32)
def _read(pk: int, digest: str) -> Report:
    report, found = read_report(bytes(RoundReport.objects.get(pk=pk).document))
    if report is None:
        raise Refused(*found)
    return report
