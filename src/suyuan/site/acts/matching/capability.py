"""Capabilities: which there are, which hold today and why, the search over their words, what rests on a standard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from suyuan.capability.asking.search import Hit, Index
from suyuan.capability.capability import Capability
from suyuan.capability.holding.overlap import overlaps
from suyuan.capability.holding.support import Rest, standards_on
from suyuan.capability.matching.gate import Support
from suyuan.capability.taxonomy import quantity_key
from suyuan.quantity.finding import Finding
from suyuan.site.acts.day import missing
from suyuan.traceability.evidence import Key
from suyuan.verbs.matching.match import supports_on
from suyuan.verbs.matching.what_holds import Expired, WhatHolds, carried, holds_if, resting_on
from suyuan.verbs.snapshot import Snapshot
from suyuan.verbs.snapshot import snapshot as snapshot_of

Holding = Literal["holds", "fails", "unknown"]
MOST_HITS = 400
"""Hits of a search that are looked through."""


def known(snapshot: Snapshot) -> Mapping[str, Capability]:
    """«laboratory/id» → capability, of all that count on the day."""

    def made() -> dict[str, Capability]:
        return {f"{c.key[0]}/{c.id}": c for c in snapshot.capabilities}

    return snapshot.once("capabilities by name", made)


def named(snapshot: Snapshot, name: str) -> Capability:
    """A capability by «laboratory/id»; 404 where there is none on the day."""
    found = known(snapshot).get(name)
    if found is None:
        laboratory, _, id = name.rpartition("/")
        raise missing(snapshot, "capability", laboratory, id)
    return found


def holding(capability: Capability, support: Support | None, snapshot: Snapshot) -> Holding:
    """Whether a capability holds on the day: in force, chain complete, not contradicted, persons enough; unknown where
    nobody can say."""
    if carried(capability, support, snapshot.day):
        if not capability.persons:
            return "holds"
        count = support.persons if support is not None else None
        return "unknown" if count is None else "holds" if count >= capability.persons else "fails"
    day = snapshot.day
    if support is None or not (capability.valid_from or day) <= day <= (capability.valid_until or day):
        return "fails"
    return "fails" if support.tested == "contradicted" or support.chain == "broken" else "unknown"


def states(snapshot: Snapshot) -> Mapping[tuple[str, str], Holding]:
    """Key → whether each capability holds on the day, worked out once."""

    def made() -> dict[tuple[str, str], Holding]:
        support = supports_on(snapshot)
        return {c.key: holding(c, support.get(c.key), snapshot) for c in snapshot.capabilities}

    return snapshot.once("capabilities that hold", made)


# ---------------------------------------------------------------- search and filters


@dataclass(frozen=True)
class Wanted:
    """What a reader asks of the list. words; quantity: key of a kind; item; region; laboratory; holding; sort."""

    words: str = ""
    quantity: str = ""
    item: str = ""
    region: str = ""
    laboratory: str = ""
    holding: str = ""
    sort: str = ""


_indexed: list[tuple[tuple[Capability, ...], Index]] = []


def index(snapshot: Snapshot) -> Index:
    """The words of all capabilities, indexed; the same until capabilities are added, whatever else is."""

    def made() -> Index:
        for given, kept in _indexed:
            if given == snapshot.capabilities:
                return kept
        fresh = Index.of_capabilities(snapshot.capabilities)
        _indexed[:] = [(snapshot.capabilities, fresh)]
        return fresh

    return snapshot.once("index of capabilities", made)


def search(snapshot: Snapshot, words: str, most: int = MOST_HITS) -> tuple[tuple[Capability, Hit], ...]:
    """The capabilities that a query finds, best first, each with why."""
    by_key = known(snapshot)
    hits = index(snapshot).search(words, most)
    return tuple((by_key["/".join(map(str, hit.key))], hit) for hit in hits if isinstance(hit.key, tuple))


def found(snapshot: Snapshot, wanted: Wanted) -> list[tuple[Capability, Hit | None]]:
    """The capabilities that answer a question, sorted; without words and sort by kind and laboratory."""
    rows: list[tuple[Capability, Hit | None]]
    rows = list(search(snapshot, wanted.words)) if wanted.words else [(c, None) for c in snapshot.capabilities]
    held = states(snapshot)
    tests: list[tuple[str, Callable[[Capability], str]]] = [
        (wanted.quantity, lambda c: quantity_key(c.quantity)), (wanted.item, lambda c: c.item),
        (wanted.region, lambda c: c.region[:2]), (wanted.laboratory, lambda c: c.key[0]),
        (wanted.holding, lambda c: held[c.key]),
    ]  # fmt: skip
    for value, of in tests:
        if value:
            rows = [row for row in rows if of(row[0]) == value]
    return _sorted(rows, wanted, held)


_WORST = ("fails", "unknown", "holds")


def _sorted(
    rows: list[tuple[Capability, Hit | None]], wanted: Wanted, held: Mapping[tuple[str, str], Holding]
) -> list[tuple[Capability, Hit | None]]:
    name, down = wanted.sort.removeprefix("-"), wanted.sort.startswith("-")
    if not name:
        return rows if wanted.words else sorted(rows, key=lambda r: (r[0].quantity, r[0].key))
    if name == "state":
        return sorted(rows, key=lambda r: (_WORST.index(held[r[0].key]), r[0].key), reverse=down)
    if name == "low":
        return sorted(rows, key=lambda r: (r[0].interval.low, r[0].key), reverse=down)
    if name == "laboratory":
        return sorted(rows, key=lambda r: r[0].key, reverse=down)
    return sorted(rows, key=lambda r: (r[0].quantity, r[0].item, r[0].key), reverse=down)


def choices(snapshot: Snapshot) -> Mapping[str, Sequence[str]]:
    """Name of a filter → what there is to choose from."""

    def made() -> dict[str, tuple[str, ...]]:
        some = snapshot.capabilities
        return {
            "quantity": tuple(sorted({quantity_key(c.quantity) for c in some})),
            "item": tuple(sorted({c.item for c in some if c.item})),
            "region": tuple(sorted({c.region[:2] for c in some if c.region})),
            "laboratory": tuple(sorted({c.key[0] for c in some})),
        }

    return snapshot.once("choices of capabilities", made)


# ---------------------------------------------------------------- what one rests on


def standards(snapshot: Snapshot, capability: Capability) -> Mapping[Key, Rest]:
    """Each standard of a capability → how it stands on the day."""
    return standards_on(capability.standards, snapshot.survey, snapshot.evidence, snapshot.day)


MONTHS = 12


def history(snapshot: Snapshot, capability: Capability) -> list[tuple[date, Holding | None, Support | None]]:
    """How a capability stood on the day and on the first of each of the twelve months before, the newest first; None
    where it was not registered."""

    def made() -> list[tuple[date, Holding | None, Support | None]]:
        found: list[tuple[date, Holding | None, Support | None]] = []
        for day in _days(snapshot.day):
            there = snapshot_of(snapshot.evidence, snapshot.documents, day)
            then = next((c for c in there.capabilities if c.key == capability.key), None)
            support = supports_on(there, [then])[then.key] if then is not None else None
            found.append((day, holding(then, support, there) if then is not None else None, support))
        return found

    return snapshot.once(f"history of {capability.key}", made)


def _days(day: date) -> list[date]:
    days, year, month = [day], day.year, day.month
    for _ in range(MONTHS):
        days.append(date(year, month, 1))
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    return list(dict.fromkeys(days))


def overlapping(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Rows of one laboratory that promise the same twice, of the whole register."""
    return snapshot.once("overlaps", lambda: overlaps(snapshot.capabilities))


def overlapping_with(snapshot: Snapshot, capability: Capability) -> tuple[Finding, ...]:
    """The same of one capability's laboratory and kind."""
    kind = quantity_key(capability.quantity)
    alike = [c for c in snapshot.capabilities if c.key[0] == capability.key[0] and quantity_key(c.quantity) == kind]
    told = overlaps(alike)
    return tuple(f for f in told if capability.id in (dict(f.parameters)["first"], dict(f.parameters)["second"]))


def rest_on(snapshot: Snapshot, key: Key) -> tuple[Capability, ...]:
    """The capabilities that rest on a certificate, directly or through their standards."""
    return resting_on(snapshot, key)


def if_expired(snapshot: Snapshot, key: Key) -> WhatHolds:
    """What would be lost if a certificate ran out today."""
    return snapshot.once(f"holds if {key} expired", lambda: holds_if(snapshot, Expired(key)))
