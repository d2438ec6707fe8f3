"""Take an instrument, or one certificate of it, from a stream, and take that back: looked at first, then declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied

from suyuan.lake.effect import Effect, State, effect
from suyuan.quantity.finding import Refused, finding
from suyuan.series.asof import Subject, unfit
from suyuan.series.stream import Stream
from suyuan.site.acts import clock, store
from suyuan.site.acts.evidence import document
from suyuan.site.acts.log import told
from suyuan.site.acts.series import held
from suyuan.site.acts.service import may
from suyuan.store.correcting import declared, since
from suyuan.store.folder import plain_name
from suyuan.store.zone import house_zone
from suyuan.verbs.series.declared import Declared, moment_of
from suyuan.verbs.series.detachment import Wanted, detachment, standing
from suyuan.verbs.series.what_if import Known

DECLARE = ("steward", "receive")


@dataclass(frozen=True)
class Detaching:
    """What would be declared, and what it does to the stream; effect: None where no reading changes."""

    document: bytes
    declared: Declared
    effect: Effect | None


def may_detach(user: Any) -> bool:
    """Whether somebody may say which certificates correct a stream."""
    return may(user, *DECLARE)


def wanted_of(user: Any, stream: Stream, given: Mapping[str, str]) -> Wanted:
    """What a form asks for. given: `since`, `instrument`, `certificate` (a digest), `reason`, `again`."""
    certificate = store.evidence().by_digest.get(given.get("certificate", ""))
    key = None if certificate is None else (certificate.issuer, certificate.number)
    if given.get("again"):
        row = next((d for d in standing_of(stream.id) if d.digest == given["again"]), None)
        if row is None:
            raise Refused(finding("series_join.taken.none", "again", stream=stream.id, instrument=stream.instrument))
        key = (row.issuer, row.number) if row.number else None
        given = {**given, "instrument": row.instrument}
    return Wanted(
        stream, given.get("instrument", ""), key, given.get("since", ""), clock.now().isoformat(),
        bool(given.get("again")), given.get("reason", ""), user.get_username(),
    )  # fmt: skip


def look(user: Any, wanted: Wanted) -> Detaching:
    """What it would do; nothing is written. Raises PermissionDenied, Refused for what cannot be declared."""
    if not may_detach(user):
        raise PermissionDenied
    kept = store.store()
    known = Known(store.evidence(), declared(kept), since(kept), house_zone(), clock.today(), kept.bounds() or "")
    made, one = detachment(wanted, known.declared)
    moment = moment_of(clock.now(), house_zone())
    before, after = known.join(), known.join(declared=(*known.declared, one))
    pair = State(before.corrections, moment), State(after.corrections, moment)
    found = effect(held.held(wanted.stream.id).found, *pair)
    return Detaching(made, one, found if found.counts else None)


def declare(user: Any, wanted: Wanted) -> Declared:
    """Keep the document, with a line in the log. Raises PermissionDenied, Refused; then nothing is kept."""
    made = look(user, wanted)
    added = store.store().add(made.document, f"{plain_name(wanted.stream.id)}.json")
    if not added.stored:
        raise Refused(*added.findings)
    act = "attached" if wanted.again else "detached"
    one = made.declared
    told(act, user.get_username(), added.digest, name=wanted.stream.id, number=one.number or one.instrument,
         reason=wanted.reason)  # fmt: skip
    document.current()
    return one


def standing_of(stream: str) -> list[Declared]:
    """What has been taken from a stream and not taken back."""
    return [one for one in standing(declared(store.store())).values() if one.stream == stream]


def unfit_for(stream: Stream, instrument: str, configuration: str = "") -> tuple[Any, ...]:
    """The warning where a stream's unit goes with no correction of the instrument."""
    return unfit(held.join().corrections, Subject.of(stream, instrument, configuration))
