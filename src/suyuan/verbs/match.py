"""Match needs with everything that is known on a day: capabilities, what they rest on, and who is authorised.

    snapshot ─ capabilities, supports (chains, comparisons), persons ─▶ match of a need

Nothing is asked of a laboratory that can be computed: an expired certificate or a failed comparison changes the answer
on the day it is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from suyuan.capability.capability import Capability
from suyuan.capability.compose import Transfer
from suyuan.capability.gates import Proof, Support
from suyuan.capability.match import Match, match
from suyuan.capability.need import Need
from suyuan.capability.support import supports
from suyuan.verbs.snapshot import Snapshot

Key = tuple[str, str]


def supports_on(
    snapshot: Snapshot, persons: Mapping[Key, int] | None = None, capabilities: Iterable[Capability] | None = None
) -> dict[Key, Support]:
    """What carries each capability on the snapshot's day.

    persons: key of a capability → authorised persons on the day, where `talent` could count them; one that is not in it
    is not known. Computed once for many needs.
    """
    known = snapshot.capabilities if capabilities is None else tuple(capabilities)
    return supports(known, snapshot.survey, snapshot.evidence, snapshot.day, persons)


def match_need(
    snapshot: Snapshot,
    need: Need,
    proof: Proof = "evidence",
    carried: Mapping[Key, Support] | None = None,
    capabilities: Iterable[Capability] | None = None,
    transfers: Iterable[Transfer] = (),
) -> Match:
    """Match one need with what is known on the snapshot's day.

    carried: from `supports_on`, computed here where it is None; capabilities: instead of the registered ones;
    transfers: transfer standards that may stand between. The day of the need counts for periods of standings, the day
    of the snapshot for certificates, since nobody knows those of the future.
    """
    known = snapshot.capabilities if capabilities is None else tuple(capabilities)
    carried = supports_on(snapshot, None, known) if carried is None else carried
    return match(need, known, carried, snapshot.day, proof, transfers)


def match_all(
    snapshot: Snapshot,
    needs: Iterable[Need] | None = None,
    proof: Proof = "evidence",
    carried: Mapping[Key, Support] | None = None,
) -> tuple[Match, ...]:
    """Match several needs, by default the registered ones; supports are computed once."""
    carried = supports_on(snapshot) if carried is None else carried
    return tuple(match_need(snapshot, need, proof, carried) for need in (snapshot.needs if needs is None else needs))


def would_match(snapshot: Snapshot, need: Need, better: Capability, proof: Proof = "evidence") -> tuple[Match, Match]:
    """A need before and after a capability is there: the capability of the same key is replaced, or it is added.

    For a closed gap (before and after evidence) and for «what if» on a page.
    """
    before = match_need(snapshot, need, proof)
    others = tuple(item for item in snapshot.capabilities if item.key != better.key)
    return before, match_need(snapshot, need, proof, capabilities=(*others, better))


def on_day(need: Need, day: date) -> Need:
    """A need as if the service were wanted on a day."""
    return replace(need, day=day)
