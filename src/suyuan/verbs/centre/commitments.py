"""Evidence of commitments looked up in a snapshot: matters, facts, documents, rows; «*» stands for any."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from suyuan.centre.commitments import Progress, Shown, progress
from suyuan.centre.facts import Fact
from suyuan.centre.records import Commitment
from suyuan.procedure.matter import Matter
from suyuan.procedure.standing import documents_of
from suyuan.verbs.centre.facts import all_facts
from suyuan.verbs.centre.register_of_centres import Entry, register_of_centres
from suyuan.verbs.matter.matters import PROCEDURES, stands
from suyuan.verbs.snapshot import Snapshot

_MOST = 20
"""Addresses named for one clause."""


def commitments(snapshot: Snapshot, rows: Iterable[Commitment] | None = None) -> tuple[Progress, ...]:
    """Clause by clause where the commitments of a snapshot's registers (or other ones) stand on its day."""
    looked = _Looked(snapshot)
    wanted = snapshot.rows("commitment") if rows is None else tuple(rows)
    return tuple(progress(row, [looked.shown(a) for a in row.evidence], snapshot.day) for row in wanted)


class _Looked:
    """A snapshot in which addresses are looked up; facts are made once, when first asked for."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        return all_facts(self.snapshot)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        return register_of_centres(self.snapshot)

    @cached_property
    def documents(self) -> Mapping[str, date | None]:
        """SHA-256 → day, of everything that the snapshot rests on or that a matter brought."""
        evidence = self.snapshot.evidence
        found: dict[str, date | None] = {c.digest: c.issued or c.ended for c in evidence.certificates}
        found |= {r.digest: r.day for r in evidence.results}
        found |= {r.digest: r.day for r in self.snapshot.documents.registers if r.day <= self.snapshot.day}
        for matter in self.snapshot.matters:
            for event in matter.events:
                found |= dict.fromkeys(documents_of(event).values(), event.time.date())
        for row in self.snapshot.rows("centre_record"):
            if row.document and row.day <= self.snapshot.day:
                found.setdefault(row.document, row.day)
        return found

    def shown(self, address: str) -> Shown:
        """What one address shows on the day."""
        kind, _, rest = address.partition(":")
        name, _, wanted = rest.partition("#")
        look = _LOOKS.get(kind)
        return Shown(address, "absent") if look is None else look(self, address, name, wanted)


def _matter(at: _Looked, address: str, name: str, wanted: str) -> Shown:
    """A matter is complete in its wanted state, or once it ended well where none is named."""
    found = [m for m in at.snapshot.matters if fnmatchcase(f"{m.procedure}/{m.number}", name)]
    if not found:
        return Shown(address, "absent")
    reached = [m for m in found if _reached(at, m, wanted)]
    chosen = reached or found
    day = max(m.events[-1].time.date() for m in chosen)
    names = tuple(f"matter:{m.procedure}/{m.number}" for m in chosen[:_MOST])
    text = {
        "zh": f"{len(found)} 项，其中 {len(reached)} 项已达到",
        "en": f"{len(found)} found, {len(reached)} reached it",
    }
    return Shown(address, "complete" if reached else "partial", day, text, names)


_ILL_ENDED = ("rejected", "stopped", "cancelled", "unsolved", "withdrawn", "refused", "revoked", "dropped")


def _reached(at: _Looked, matter: Matter, wanted: str) -> bool:
    if matter.procedure not in PROCEDURES:
        return False
    where = stands(matter, at.snapshot.day)
    if wanted:
        return where.reached(wanted) is not None
    return where.ended and where.state.name not in _ILL_ENDED


def _fact(at: _Looked, address: str, name: str, wanted: str) -> Shown:
    """Good facts of a centre and kind, at least so many; declared ones do not count, and what several centres share, a
    person or a standard of one laboratory, counts once."""
    shown = [f for f in at.facts if f.good and f.origin != "declared" and fnmatchcase(f"{f.centre}/{f.kind}", name)]
    good = list({_thing(f): f for f in shown}.values())
    least = int(wanted) if wanted.isdigit() else 1
    if not good:
        return Shown(address, "absent")
    days = [f.valid_from for f in good if f.valid_from is not None]
    text = {"zh": f"{len(good)} 项，需要 {least} 项", "en": f"{len(good)} found, {least} wanted"}
    names = tuple(dict.fromkeys(f.evidence for f in good if f.evidence))[:_MOST]
    return Shown(address, "complete" if len(good) >= least else "partial", max(days, default=None), text, names)


def _thing(fact: Fact) -> tuple[object, ...]:
    """What a fact is about, whichever centre it is a fact of."""
    return fact.kind, fact.subject, fact.group, fact.evidence, fact.valid_from, fact.detail.get("year")


def _document(at: _Looked, address: str, name: str, wanted: str) -> Shown:
    if name not in at.documents:
        return Shown(address, "absent")
    return Shown(address, "complete", at.documents[name], None, (f"document:{name}",))


def _row(at: _Looked, address: str, name: str, wanted: str) -> Shown:
    """A register row: complete where it is there (for a centre's record: with its document)."""
    kind, _, id = name.partition("/")
    found = [row for row in _rows(at, kind) if fnmatchcase(str(row.id), id)]
    if not found:
        return Shown(address, "absent")
    proven = [row for row in found if getattr(row, "document", "-")]
    days = [day for row in found if isinstance(day := getattr(row, "day", None), date)]
    names = tuple(f"row:{kind}/{row.id}" for row in found[:_MOST])
    return Shown(address, "complete" if proven else "partial", max(days, default=None), None, names)


def _rows(at: _Looked, kind: str) -> Iterator[Any]:
    yield from at.snapshot.rows(kind)


def _scope(at: _Looked, address: str, name: str, wanted: str) -> Shown:
    """Centres of a scope that reached a state, by their life cycle or by a sourced record."""
    entries = [entry for entry in at.entries if entry.centre.scope == name]
    reached = [(entry, event.day) for entry in entries for event in entry.events
               if event.state == wanted and event.origin != "declared"]  # fmt: skip
    if not entries:
        return Shown(address, "absent")
    ids = tuple(dict.fromkeys(f"row:centre/{entry.centre.id}" for entry, _ in reached))
    text = {"zh": f"{len(entries)} 家，其中 {len(ids)} 家已达到", "en": f"{len(entries)} found, {len(ids)} reached it"}
    day = max((day for _, day in reached), default=None)
    return Shown(address, "complete" if reached else "partial", day, text, ids[:_MOST])


_LOOKS: Mapping[str, Callable[[_Looked, str, str, str], Shown]] = {
    "matter": _matter, "fact": _fact, "document": _document, "row": _row, "scope": _scope,
}  # fmt: skip
