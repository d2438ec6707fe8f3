"""The register of centres: who there is, in which state, by which dated and sourced events; a directory and a map.

No status is stored. It follows from the life cycle (a matter), or, for a centre whose life cycle is not kept here, from
recorded events. Two sources may date one event differently: both stand, and the register says that they differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from suyuan.centre.records import Centre
from suyuan.certificate.certificate import Text
from suyuan.procedure.matter import Matter
from suyuan.procedure.read import procedure
from suyuan.procedure.standing import standing
from suyuan.quantity.finding import Finding, finding, in_both
from suyuan.verbs.snapshot import Snapshot

PACKAGE = "suyuan.centre"


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """A centre reached a state on a day, by a source. evidence: address of the matter or record; origin: matter,
    recorded (with a document or a source) or declared."""

    centre: str
    state: str
    day: date
    source: str
    evidence: str
    origin: str
    title: Text


@dataclass(frozen=True, slots=True)
class Entry:
    """One centre as the register shows it. state: the latest that is known, «» where none is; since: its day;
    overdue: days beyond the deadline of the life cycle, in its unit (working: working days); events: all, by day;
    findings: where sources differ."""

    centre: Centre
    state: str
    title: Text
    since: date | None
    due: date | None
    overdue: int
    events: tuple[StatusEvent, ...]
    matter: str
    findings: tuple[Finding, ...]
    working: bool = False


def register_of_centres(snapshot: Snapshot) -> tuple[Entry, ...]:
    """All centres of the registers on the day of a snapshot, by scope, grade and name."""
    records: dict[str, list[StatusEvent]] = {}
    for event in _recorded(snapshot):
        records.setdefault(event.centre, []).append(event)
    cycles: dict[str, Matter] = {}
    for matter in snapshot.matters_of("centre"):
        cycles[str(matter.fields.get("centre", ""))] = matter
    order = {"national": 0, "provincial": 1, "municipal": 2}
    entries = [_entry(snapshot, row, records.get(row.id, []), cycles.get(row.id)) for row in snapshot.rows("centre")]
    return tuple(sorted(entries, key=lambda e: (e.centre.scope, order.get(e.centre.grade, 3), e.centre.id)))


def _recorded(snapshot: Snapshot) -> Iterable[StatusEvent]:
    titles = {state.name: state.title for state in procedure(PACKAGE, "centre").states}
    for row in snapshot.rows("centre_record"):
        if row.kind == "status" and row.day <= snapshot.day:
            state, source = row.detail.get("state", ""), row.detail.get("source", "")
            yield StatusEvent(
                row.centre, state, row.day, source or row.document, f"row:centre_record/{row.id}",
                "recorded" if row.document or source else "declared", titles.get(state, row.title),
            )  # fmt: skip


def _entry(snapshot: Snapshot, row: Centre, recorded: list[StatusEvent], matter: Matter | None) -> Entry:
    lived, state, title, since, due, late = _life(snapshot, row, matter)
    events = tuple(sorted((*recorded, *lived), key=lambda e: (e.day, e.origin)))
    if matter is None and events:
        last = max((e for e in events if e.origin != "declared"), key=lambda e: e.day, default=events[-1])
        state, title, since = last.state, last.title, last.day
    number = "" if matter is None else f"matter:{matter.procedure}/{matter.number}"
    return Entry(row, state, title, since, due, late[0], events, number, tuple(_differing(row, events)), late[1])


Life = tuple[list[StatusEvent], str, Text, date | None, date | None, tuple[int, bool]]


def _life(snapshot: Snapshot, row: Centre, matter: Matter | None) -> Life:
    if matter is None:
        return [], "", {}, None, None, (0, False)
    rules = procedure(PACKAGE, "centre")
    stands = standing(rules, matter, snapshot.day)
    address = f"matter:{matter.procedure}/{matter.number}"
    events = []
    for passage in stands.history:
        state = rules.state(passage.state)
        if passage.entered is not None and passage.by is not None and state is not None:
            day = passage.entered.date()
            events.append(StatusEvent(row.id, passage.state, day, passage.by.person, address, "matter", state.title))
    since = None if stands.since is None else stands.since.date()
    return events, stands.state.name, stands.state.title, since, stands.due, (stands.overdue, stands.working)


def _differing(row: Centre, events: Iterable[StatusEvent]) -> Iterable[Finding]:
    """States that are reached once in a life and that two sources date differently."""
    days: dict[str, dict[date, list[str]]] = {}
    for event in events:
        if event.state in ("approved_to_prepare", "established", "revoked", "renamed_merged"):
            days.setdefault(event.state, {}).setdefault(event.day, []).append(event.source or event.evidence)
    titles = {event.state: event.title for event in events}
    for state, found in days.items():
        if len(found) > 1:
            said = "; ".join(f"{day}: {', '.join(sources)}" for day, sources in sorted(found.items()))
            title = in_both("title", titles[state], state)
            yield finding("centre.register.differing", row.id, "warning", said=said, **title)


def directory(entries: Iterable[Entry]) -> Mapping[str, Mapping[str, tuple[Entry, ...]]]:
    """The register by grade, industry, region, scope and state: what → value → entries."""
    listed = tuple(entries)
    keys: Mapping[str, Callable[[Entry], str]] = {
        "grade": lambda e: e.centre.grade, "industry": lambda e: e.centre.industry or "—",
        "region": lambda e: e.centre.region or "—", "scope": lambda e: e.centre.scope,
        "state": lambda e: e.state or "—",
    }  # fmt: skip
    found: dict[str, dict[str, tuple[Entry, ...]]] = {}
    for name, key in keys.items():
        groups = found.setdefault(name, {})
        for entry in listed:
            groups[key(entry)] = (*groups.get(key(entry), ()), entry)
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """A region of the map: its code (GB/T 2260, as the rows give it) and the centres there, by state."""

    region: str
    centres: tuple[str, ...]
    states: Mapping[str, int]


def map_places(entries: Iterable[Entry]) -> tuple[Place, ...]:
    """What a map of the register shows; centres without a region stand under «»."""
    regions: dict[str, list[Entry]] = {}
    for entry in entries:
        regions.setdefault(entry.centre.region, []).append(entry)
    places = []
    for region, there in sorted(regions.items()):
        states: dict[str, int] = {}
        for entry in there:
            states[entry.state or "unknown"] = states.get(entry.state or "unknown", 0) + 1
        places.append(Place(region, tuple(entry.centre.id for entry in there), states))
    return tuple(places)
