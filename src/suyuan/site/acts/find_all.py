"""One search over everything that somebody may see: certificates, capabilities, needs, persons, centres, matters,
resources. The index is made once a snapshot; what may not be seen is left out of the answer, and of its number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from django.http import Http404

from suyuan.capability.asking.search import Index, words_of
from suyuan.capability.interval import Interval
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.matching import need as needs
from suyuan.site.acts.matching import sight
from suyuan.site.acts.matters import matter as matters
from suyuan.site.acts.public import PERSONS
from suyuan.site.acts.service import may, now_known
from suyuan.site.terms import term, term_table
from suyuan.verbs.matter.matters import PROCEDURES
from suyuan.verbs.snapshot import Snapshot

KINDS = ("certificate", "capability", "need", "centre", "person", "resource", "matter")
LONGEST = 200
MOST = 400
"""Hits that are looked at; of more the best."""
NEAR = 0.3
"""Hits that score less than this share of the best one are left out."""
Text = Mapping[str, str]
Key = tuple[str, str, str]
"""Kind, owner («» for none, of a matter its procedure), id; of a certificate its digest."""


@dataclass(frozen=True)
class Row:
    """Something that can be found. number: as it is called; title, owner: texts; interval: that it holds, if any."""

    key: Key
    number: str
    title: Text
    owner: Text
    words: tuple[str, ...]
    interval: Interval | None = None


@dataclass(frozen=True)
class Found:
    """What a search found. rows: kind → rows, the best first; the kinds in the order of their best row."""

    rows: Mapping[str, tuple[Row, ...]]

    @property
    def count(self) -> int:
        """How many in all."""
        return sum(len(rows) for rows in self.rows.values())

    @property
    def only(self) -> Row | None:
        """The one row, where there is but one."""
        return next(iter(self.rows.values()))[0] if self.count == 1 else None


def rows(known: Snapshot) -> Mapping[Key, Row]:
    """Everything that can be found, by its key."""
    return known.once("rows to be found", lambda: {row.key: row for row in _rows(known)})


def indexed(known: Snapshot, kind: str = "") -> Index:
    """The words of everything that can be found, or of what is of one kind."""

    def made() -> Index:
        listed = [row for row in rows(known).values() if not kind or row.key[0] == kind]
        return Index.of(((row.key, row.words) for row in listed), [row.interval for row in listed])

    return known.once(f"index of {kind or 'everything'}", made)


def _rows(known: Snapshot) -> Iterator[Row]:
    for cap in known.capabilities:
        title = cap.measurand or cap.item_name or {"": cap.quantity}
        yield Row(("capability", cap.key[0], cap.id), cap.id, title, cap.laboratory,
                  _words(cap.id, *words_of(cap), *cap.laboratory.values()), cap.interval)  # fmt: skip
    for register, need in known.deliveries("need"):
        title = need.title or need.measurand or {"": need.quantity}
        yield Row(("need", register.owner, need.id), need.id, title, need.organisation,
                  _words(need.id, need.quantity, need.item, *title.values(), *need.measurand.values(),
                         *need.organisation.values(), *need.product.values()), need.interval)  # fmt: skip
    yield from _others(known)


def _others(known: Snapshot) -> Iterator[Row]:
    for centre in known.rows("centre"):
        yield Row(("centre", "", centre.id), centre.id, centre.name, centre.host,
                  _words(centre.id, *centre.name.values(), *centre.host.values(), *centre.laboratories))  # fmt: skip
    persons = {person.id: person for person in known.rows("person")}
    for person in persons.values():
        yield Row(("person", "", person.id), person.id, person.name, person.organisation,
                  _words(person.id, *person.name.values(), *person.organisation.values(), *person.title.values(),
                         *person.branch.values()))  # fmt: skip
    for register, r in known.deliveries("resource"):
        yield Row(("resource", register.owner, r.id), r.id, r.name, r.organisation,
                  _words(r.id, *r.name.values(), r.quantity, r.item, r.kind, *r.organisation.values(),
                         r.certificate[1] if r.certificate else "", *_region(r.region), *r.place.values()),
                  r.interval)  # fmt: skip
    for matter in known.matters:
        if matter.procedure in PROCEDURES:
            yield Row(("matter", matter.procedure, matter.number), matter.number, matter.title, matter.organisation,
                      _words(matter.number, *matter.title.values(), *matter.organisation.values()))  # fmt: skip


def _region(code: str) -> tuple[str, ...]:
    """The names of a province by its code; none where nobody knows it."""
    key = f"region.{code[:2]}"
    return (term(key, "zh"), term(key, "en")) if code and key in term_table() else ()


def _words(*given: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in given if word))


# ---------------------------------------------------------------- the answer


def find(
    user: User, query: str, kind: str = "", documents: Iterable[Row] = (), on: Snapshot | None = None
) -> Found:  # fmt: skip
    """What somebody may see of what a query finds. kind: only of this one, «» for all; documents: certificates and
    results that their own search found; they stand first; on: what is known, today's where none is given."""
    query = query.replace("\x00", "").strip()[:LONGEST]
    if not query:
        return Found({})
    known = now_known() if on is None else on
    table = rows(known)
    keys = dict.fromkeys(_exact(table, query))
    hits = indexed(known, kind).search(query, MOST)
    keys |= dict.fromkeys(hit.key for hit in hits if hit.score >= NEAR * hits[0].score)  # type: ignore[misc]
    sees = _Sees(user, known)
    found: dict[str, list[Row]] = {}
    numbered = {row.key for row in map(table.__getitem__, _exact(table, query))}
    for row in (*documents, *(table[key] for key in keys)):
        if (kind and row.key[0] != kind) or not (row.key[0] == "certificate" or sees(row)):
            continue
        if sees.masked(row):
            if row.key not in numbered:
                continue  # found by words that are not to be known
            row = replace(row, title={}, owner={})
        found.setdefault(row.key[0], []).append(row)
    return Found({name: tuple(listed) for name, listed in found.items()})


def _exact(table: Mapping[Key, Row], query: str) -> Iterator[Key]:
    """Rows whose number is the query, then those whose number begins with it."""
    low = query.casefold()
    numbers = [(row.number.casefold(), key) for key, row in table.items()]
    yield from (key for number, key in numbers if number == low)
    if len(low) > 2:
        yield from (key for number, key in numbers if number.startswith(low) and number != low)


class _Sees:
    """What somebody may see, each asked when it is needed."""

    def __init__(self, user: User, known: Snapshot) -> None:
        self.user, self.known = user, known
        self.persons = may(user, *PERSONS)
        self.needs = needs.known(known)
        self.matters = {(m.procedure, m.number): m for m in known.matters}

    def __call__(self, row: Row) -> bool:
        kind, owner, id = row.key
        if kind == "person":
            return self.persons
        if kind == "need":
            pair = self.needs.get(f"{owner}/{id}")
            return pair is not None and (not pair[1].confidential or needs.views([pair], self.user)[0].whole)
        if kind == "matter":
            return self._matter(owner, id)
        if kind == "resource":
            return self._resource(id, owner)
        return True

    def masked(self, row: Row) -> bool:
        """Whether only the number of a matter may be told: it is about a confidential need."""
        kind, procedure, number = row.key
        return kind == "matter" and sight.masked(self.user, self.matters[procedure, number])

    def _matter(self, procedure: str, number: str) -> bool:
        try:
            matters.seen(procedure, number, self.user)
        except Http404:
            return False
        return True

    def _resource(self, id: str, owner: str) -> bool:
        """One for the own house only is for those who keep the registers."""
        inside = self.known.once(
            "resources of the own house",
            lambda: {(g.owner, r.id) for g, r in self.known.deliveries("resource") if r.shared == "inside"},
        )
        return (owner, id) not in inside or may(self.user, "offer", "direct", "steward")
