"""What a certificate does to readings: withdrawn, replaced, or as it is kept; and who has them. Nothing is written."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any

from suyuan.certificate.certificate import Certificate
from suyuan.lake.datasets import citations
from suyuan.lake.effect import Effect, State, effect, not_computable, resting, touched_streams, unfit_streams
from suyuan.lake.table import now
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.series.changed import Change
from suyuan.series.cited import Touched, touched
from suyuan.series.periods import Periods
from suyuan.site.acts import clock, store
from suyuan.site.acts.series import held
from suyuan.store.correcting import declared, since
from suyuan.store.zone import house_zone
from suyuan.verbs.series import what_if
from suyuan.verbs.series.what_if import Known, Pair

KINDS = ("kept", "withdrawn", "replaced")
BAD = (Change.MORE, Change.GONE)
REMEMBERED = 8
_lock = Lock()
_made: OrderedDict[tuple[Any, ...], tuple[Any, Impact]] = OrderedDict()
"""Event → the evidence that it was made of, and the impact."""


@dataclass(frozen=True)
class Impact:
    """effects: a stream each, the worst first; cited: datasets and grants whose readings change; findings; unknown: why
    what the event does cannot be computed."""

    effects: tuple[Effect, ...]
    cited: tuple[Touched, ...]
    findings: tuple[Finding, ...]
    unknown: tuple[Finding, ...] = ()

    def readings(self, *kinds: Change) -> int:
        """How many readings change so; in any way where no kind is named."""
        return sum(n for one in self.effects for c, n in one.counts.items() if not kinds or c in kinds)


def certificate_of(digest: str) -> Certificate | None:
    """The certificate that is kept under a digest; None for anything else."""
    found = store.evidence().by_digest.get(digest)
    return found if isinstance(found, Certificate) else None


def impact(certificate: Certificate, kind: str, day: date | None = None, by: str = "") -> Impact:
    """What the event does to the readings of this site. day: of a withdrawal, today where None; by: digest of what
    takes its place. Raises Refused where the event cannot be."""
    place = held.lake()
    if place is None:
        return Impact((), (), ())
    evidence = store.evidence()
    key = (held.state_of(place), certificate.digest, kind, day, by, clock.today())
    with _lock:
        if key in _made and _made[key][0] is evidence:
            return _made[key][1]
    found = _impact(certificate, kind, day or clock.today(), by)
    with _lock:
        _made[key] = evidence, found
        while len(_made) > REMEMBERED:
            _made.popitem(last=False)
    return found


def streams_of(certificate: Certificate) -> tuple[str, ...]:
    """The streams whose readings a certificate corrects, or corrected until it was withdrawn; no reading is opened."""
    place = held.lake()
    if place is None:
        return ()
    pair, moment = _pair(certificate, "kept", clock.today(), ""), now()
    joins = (pair.before, pair.after)
    return tuple(sorted({
        one.stream
        for join in joins for one in resting(place, join.of(certificate.digest), State(join.corrections, moment))
    }))  # fmt: skip


def _pair(certificate: Certificate, kind: str, day: date, by: str) -> Pair:
    kept = store.store()
    known = Known(store.evidence(), declared(kept), since(kept), house_zone(), clock.today(), kept.bounds() or "")
    if kind == "withdrawn":
        return what_if.withdrawn(known, certificate, day)
    if kind == "replaced":
        other = certificate_of(by)
        if other is None:
            raise Refused(finding("site.what_if.choose", "by"))
        return what_if.replaced(known, certificate, other)
    return what_if.happened(known, certificate)


def _impact(certificate: Certificate, kind: str, day: date, by: str) -> Impact:
    place = held.lake()
    assert place is not None
    pair, moment = _pair(certificate, kind, day, by), now()
    before, after = State(pair.before.corrections, moment), State(pair.after.corrections, moment)
    effects, told = [], list(pair.findings)
    for id in touched_streams(place, before, after):
        try:
            one = effect(held.held(id).found, before, after, (Periods("day", house_zone()),))
        except Refused as refused:
            told.append(not_computable(id, refused))
            continue
        if one.counts:
            effects.append(one)
            told += one.findings
    effects.sort(key=lambda e: (-e.worst, -sum(e.counts.get(c, 0) for c in BAD), e.stream))
    cited = touched(citations(place), {one.stream: one.times for one in effects})
    mine = (*pair.before.of(certificate.digest), *pair.after.of(certificate.digest))
    told += unfit_streams(place, mine, pair.after.corrections)
    return Impact(tuple(effects), cited, tuple(dict.fromkeys(told)), pair.unknown)
