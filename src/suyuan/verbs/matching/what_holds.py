"""What still holds when something happens: which capabilities lose their support, and which needs change their verdict.

    before ─ a certificate expires or is withdrawn, a comparison fails, a day passes ─▶ after

Both sides are snapshots; a what-if is a snapshot with the event laid over its evidence, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from suyuan.capability.capability import Capability
from suyuan.capability.matching.gate import Proof, Support
from suyuan.capability.matching.gates import agrees
from suyuan.capability.matching.match import Match, Supports, Verdict, match
from suyuan.capability.need import Need
from suyuan.quantity.finding import Finding, Refused
from suyuan.traceability.evidence import Evidence, Key, Outcome, Statement
from suyuan.verbs.matching.match import asked_of, by_kind, supports_for, supports_on
from suyuan.verbs.snapshot import Snapshot

# ---------------------------------------------------------------- what is asked of a snapshot


def answers(
    snapshot: Snapshot,
    needs: Iterable[Need],
    known: Supports | None = None,
    proof: Proof = "evidence",
    capabilities: Iterable[Capability] | None = None,
) -> tuple[Match, ...]:
    """The matches of needs with the capabilities of a snapshot, in their order.

    known: what `match.supports_on` gave for the snapshot's day, None: computed here; capabilities: only these, None for
    all.
    """
    known = supports_on(snapshot) if known is None else known
    all_ = snapshot.capabilities if capabilities is None else tuple(capabilities)
    kinds = by_kind(all_)
    result = []
    for need in needs:
        alike = asked_of(need, kinds)
        found = match(need, alike, supports_for(snapshot, need, known), snapshot.day, proof)
        result.append(replace(found, others=found.others + len(all_) - len(alike)))
    return tuple(result)


def carried(capability: Capability, support: Support | None, day: date) -> bool:
    """Whether a capability may be relied upon: in force on the day, chain complete, no comparison against it."""
    in_force = (capability.valid_from or date.min) <= day <= (capability.valid_until or date.max)
    return in_force and support is not None and support.chain == "complete" and support.tested != "contradicted"


# ---------------------------------------------------------------- what changed


@dataclass(frozen=True, slots=True)
class Changed:
    """A capability whose support is another one. before, after: None where it was, or is, not registered; findings:
    what is said after and was not said before (of a loss: why)."""

    capability: Capability
    before: Support | None
    after: Support | None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Turned:
    """A need with another verdict. before, after: the matches."""

    before: Match
    after: Match

    @property
    def need(self) -> Need:
        return self.after.need

    @property
    def verdicts(self) -> tuple[Verdict, Verdict]:
        return self.before.verdict, self.after.verdict

    @property
    def worse(self) -> bool:
        """Whether it could be met before and cannot now, or less of it is covered."""
        return _ORDER.index(self.after.verdict) < _ORDER.index(self.before.verdict)


_ORDER = ("cannot", "partly", "not_accurate", "unknown", "can")


@dataclass(frozen=True, slots=True)
class WhatHolds:
    """lost, gained: capabilities that may no longer, or may now, be relied upon; shaken: neither, but with another
    chain or other comparisons; needs: those whose verdict changed, the worse first."""

    lost: tuple[Changed, ...] = ()
    gained: tuple[Changed, ...] = ()
    shaken: tuple[Changed, ...] = ()
    needs: tuple[Turned, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether all is as it was."""
        return not (self.lost or self.gained or self.shaken or self.needs)


def events_on_capabilities(before: Snapshot, after: Snapshot, proof: Proof = "evidence") -> WhatHolds:
    """What the capabilities and needs of two snapshots have lost and gained between them.

    Only those needs are matched again that agree in measurand with a capability that changed, or with one that will
    have changed on their day of the service.
    """
    was, now = supports_on(before), supports_on(after)
    lost, gained, shaken = [], [], []
    old = {c.key: c for c in before.capabilities}
    new = {c.key: c for c in after.capabilities}
    for key in dict.fromkeys((*old, *new)):
        c = new.get(key) or old[key]
        one, other = was.get(key), now.get(key)
        held = key in old and carried(old[key], one, before.day)
        holds = key in new and carried(new[key], other, after.day)
        changed = Changed(c, one, other, _said(one, other))
        if held and not holds:
            lost.append(changed)
        elif holds and not held:
            gained.append(changed)
        elif (one is None) != (other is None) or old.get(key) != new.get(key) or _state(one) != _state(other):
            shaken.append(changed)
    moved = [item.capability for item in (*lost, *gained, *shaken)]
    moved += [old[c.key] for c in moved if c.key in old and old[c.key] != c]
    return WhatHolds(tuple(lost), tuple(gained), tuple(shaken), _turned(before, after, was, now, moved, proof))


def _state(support: Support | None) -> tuple[str, str, int | None]:
    return ("", "", None) if support is None else (support.chain, support.tested, support.persons)


def _said(before: Support | None, after: Support | None) -> tuple[Finding, ...]:
    old = set(before.findings) if before is not None else set()
    return tuple(item for item in (after.findings if after is not None else ()) if item not in old)


def _turned(
    before: Snapshot, after: Snapshot, was: Supports, now: Supports, moved: list[Capability], proof: Proof
) -> tuple[Turned, ...]:
    kinds = by_kind(moved)
    concerned = [
        need for need in after.needs
        if any(agrees(need, c) for c in asked_of(need, kinds))
        or supports_for(before, need, {}) != supports_for(after, need, {})
    ]  # fmt: skip
    pairs = zip(answers(before, concerned, was, proof), answers(after, concerned, now, proof), strict=True)
    turned = [Turned(one, other) for one, other in pairs if one.verdict != other.verdict]
    return tuple(sorted(turned, key=lambda t: not t.worse))


# ---------------------------------------------------------------- what if


@dataclass(frozen=True, slots=True)
class Expired:
    """The certificate is no longer valid on the day of the snapshot."""

    key: Key


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The certificate is withdrawn on the day of the snapshot, and nothing replaces it."""

    key: Key


@dataclass(frozen=True, slots=True)
class Failed:
    """A laboratory fails a comparison on the day of the snapshot. laboratory: names; quantity: kind; standards: those
    that it used; nominal: the point, «» where it concerns the whole kind."""

    laboratory: Mapping[str, str]
    quantity: str
    standards: tuple[Key, ...] = ()
    nominal: str = ""


WhatIf = Expired | Withdrawn | Failed


def what_if(snapshot: Snapshot, event: WhatIf) -> Snapshot:
    """The snapshot with an event laid over its evidence. Raises Refused for a certificate that is not at hand."""
    return replace(snapshot, evidence=_laid_over(snapshot, event))


def holds_if(snapshot: Snapshot, event: WhatIf) -> WhatHolds:
    """What would be lost if an event happened on the day of a snapshot."""
    return events_on_capabilities(snapshot, what_if(snapshot, event))


def _laid_over(snapshot: Snapshot, event: WhatIf) -> Evidence:
    evidence, day = snapshot.evidence, snapshot.day
    if isinstance(event, Failed):
        outcome = Outcome(
            "what-if", f"what-if:{event.quantity}", "—", dict(event.laboratory), event.quantity, {}, "1", day,
            "unsatisfactory", "En", None, 0.0, None, None, None, event.quantity, event.nominal, event.standards,
        )  # fmt: skip
        return replace(evidence, outcomes=(*evidence.outcomes, outcome))
    if event.key not in evidence.by_key:
        snapshot.graph.named(event.key)  # says what is known of the name
    if isinstance(event, Withdrawn):
        said = Statement("withdrawn", *event.key, day, day, source="what-if")
        return replace(evidence, statements=(*evidence.statements, said))
    ended = day - timedelta(days=1)
    return replace(evidence, certificates=tuple(
        replace(c, valid_until=min(c.valid_until or ended, ended)) if c.key == event.key else c
        for c in evidence.certificates
    ))  # fmt: skip


def resting_on(snapshot: Snapshot, key: Key) -> tuple[Capability, ...]:
    """The capabilities that rest on a certificate, directly or through their standards; none where it is not known."""
    try:
        node = snapshot.graph.named(key)
    except Refused:
        return tuple(c for c in snapshot.capabilities if key in c.standards)
    below = {key, node.key, *(child.key for child in snapshot.graph.downstream(node.id))}
    return tuple(c for c in snapshot.capabilities if below.intersection(c.standards))
