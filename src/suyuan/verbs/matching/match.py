"""Match needs with everything that is known on a day: capabilities, what they rest on, and who is authorised.

    snapshot ─ capabilities, supports (chains, comparisons), persons ─▶ match of a need

Nothing is asked of a laboratory that can be computed: an expired certificate, a failed comparison or an authorisation
that runs out changes the answer on the day it is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from suyuan.capability.capability import Capability
from suyuan.capability.holding.support import supports
from suyuan.capability.matching.compose import Transfer
from suyuan.capability.matching.gate import Proof, Support
from suyuan.capability.matching.gates import agrees
from suyuan.capability.matching.match import Match, match
from suyuan.capability.need import Need
from suyuan.capability.taxonomy import kinds_asked, quantity_key
from suyuan.verbs.matching.transfers import transfers_for
from suyuan.verbs.people.standing import staff
from suyuan.verbs.snapshot import Snapshot

Key = tuple[str, str]


def persons_on(snapshot: Snapshot, capabilities: Iterable[Capability] | None = None) -> dict[Key, int]:
    """Key of a capability → persons who are authorised for it on the snapshot's day: the smaller of those who perform
    and those who sign, where its laboratory has units of competence for both.

    Counted for capabilities that ask for persons; where nobody knows (`talent.authorised_persons`) it is left out: not
    known is not none.
    """
    return {key: count for key, (count, _) in _fewest(snapshot, capabilities).items() if count is not None}


def _fewest(
    snapshot: Snapshot, capabilities: Iterable[Capability] | None = None, day: date | None = None
) -> dict[Key, tuple[int | None, str | None]]:
    asking = [c for c in (snapshot.capabilities if capabilities is None else capabilities) if c.persons]
    return {key: one.fewest() for key, one in staff(snapshot, asking, day).items()}


def supports_on(
    snapshot: Snapshot, capabilities: Iterable[Capability] | None = None, day: date | None = None
) -> dict[Key, Support]:
    """What carries each capability on a day, by what the snapshot knows: chains, comparisons, persons.

    capabilities: None for all, then it is kept; day: of the service, None for the snapshot's. Of a day that lies ahead
    no document is known yet: the certificates and authorisations of today are asked whether they hold until then.
    """
    ahead = None if day is None or day <= snapshot.day else day

    def of(known: tuple[Capability, ...]) -> dict[Key, Support]:
        fewest = _fewest(snapshot, known, ahead)
        persons = {key: count for key, (count, _) in fewest.items() if count is not None}
        lacking = {key: activity for key, (_, activity) in fewest.items() if activity}
        on = ahead or snapshot.day
        return supports(known, snapshot.survey, snapshot.evidence, on, persons, lacking, snapshot.day)

    if capabilities is None:
        return snapshot.once(f"supports with persons {ahead or ''}", lambda: of(snapshot.capabilities))
    return of(tuple(capabilities))


def supports_for(snapshot: Snapshot, need: Need, carried: Mapping[Key, Support]) -> Mapping[Key, Support]:
    """What carries the capabilities of a need's kind on its day of the service. carried: on the snapshot's day."""
    day = need.service_day(snapshot.day)
    if day is None or day <= snapshot.day:
        return carried
    name = f"supports of {' '.join(kinds_asked(need.quantity, need.item))} on {day}"
    return snapshot.once(name, lambda: supports_on(snapshot, _of_kind(snapshot, need), day))


def match_need(
    snapshot: Snapshot,
    need: Need,
    proof: Proof = "evidence",
    carried: Mapping[Key, Support] | None = None,
    capabilities: Iterable[Capability] | None = None,
    transfers: Iterable[Transfer] | None = None,
) -> Match:
    """Match one need with what is known on the snapshot's day.

    carried: from `supports_on` for the snapshot's day; None: computed here, for those that agree in measurand only;
    capabilities: instead of the registered ones; transfers: transfer standards that may stand between, None for those
    of the registers. Everything is judged on the day of the service (`Need.service_day`): the wished day where it does
    not lie before the snapshot's.
    """
    known = _of_kind(snapshot, need) if capabilities is None else tuple(capabilities)
    between, told = transfers_for(snapshot, need) if transfers is None else (tuple(transfers), ())
    day = need.service_day(snapshot.day)
    if carried is None or (day is not None and day > snapshot.day):
        carried = supports_on(snapshot, known if between else [item for item in known if agrees(need, item)], day)
    found = match(need, known, carried, snapshot.day, proof, between)
    unlike = len(snapshot.capabilities) - len(known) if capabilities is None else 0
    return replace(found, others=found.others + unlike, findings=(*found.findings, *told))


def _of_kind(snapshot: Snapshot, need: Need) -> tuple[Capability, ...]:
    """The registered capabilities of a need's kind of quantity, looked up."""
    return asked_of(need, snapshot.once("capabilities by kind", lambda: by_kind(snapshot.capabilities)))


def asked_of(need: Need, known: Mapping[str, tuple[Capability, ...]]) -> tuple[Capability, ...]:
    """The capabilities of the kinds of quantity under which a need may be answered. known: from `by_kind`."""
    return tuple(item for kind in kinds_asked(need.quantity, need.item) for item in known.get(kind, ()))


def by_kind(capabilities: Iterable[Capability]) -> dict[str, tuple[Capability, ...]]:
    """Kind of quantity → its capabilities, in their order."""
    found: dict[str, list[Capability]] = {}
    for item in capabilities:
        found.setdefault(quantity_key(item.quantity), []).append(item)
    return {kind: tuple(items) for kind, items in found.items()}


def match_all(snapshot: Snapshot, needs: Iterable[Need] | None = None, proof: Proof = "evidence") -> tuple[Match, ...]:
    """Match several needs, by default the registered ones; what carries the capabilities is computed once."""
    carried = supports_on(snapshot)
    return tuple(match_need(snapshot, need, proof, carried) for need in (snapshot.needs if needs is None else needs))
