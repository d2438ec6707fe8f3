"""Discipline leaders (学科带头人) and who may become one: projects, papers and specifications behind each name.

Nothing here is a rank: what counts is listed with what proves it, and a leader without anything to show is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from suyuan.certificate.certificate import Text, one_line
from suyuan.procedure.matter import Matter
from suyuan.quantity.finding import Finding, finding, in_both
from suyuan.talent.joined import Records, shares
from suyuan.talent.records import EvidenceItem, Person

RESEARCH = ("research", "conversion")
"""Procedures whose matters are projects: research, and the way of a result to a standard."""


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of work. kind: project, paper, or the procedure of a matter; role: in which the person took part, «»
    where it is not said; proven: a document or a matter shows it; address: evidence/id or procedure/number."""

    kind: str
    title: Text
    day: date
    role: str
    proven: bool
    address: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What is behind a name. leader: registered as one; works: the newest first; teaches: number of units that the
    person was ever authorised to teach."""

    person: str
    name: Text
    branch: Text
    leader: bool
    works: tuple[Work, ...]
    teaches: int
    found: tuple[Finding, ...] = ()

    def number(self, *kinds: str) -> int:
        """How many works of some kinds."""
        return sum(work.kind in kinds for work in self.works)


def profile(records: Records, matters: Iterable[Matter], person: str, day: date) -> Profile:
    """What a person has to show on a day: projects, papers and specifications of the registers, and the matters of
    research and conversion in which the person has a role."""
    rows = records.persons.get(person, ())
    items = [
        e for kind in ("project", "paper") for e in records.shown.get((person, kind), ()) if e.day <= day and e.good
    ]
    works = [_of_item(e) for e in items]
    for matter in matters:
        if matter.procedure in RESEARCH and matter.events and matter.events[0].time.date() <= day:
            words = _words(rows, matter)
            roles = [role for role, names in matter.roles.items() if words & {one_line(n) for n in names}]
            if roles:
                began = matter.events[0].time.date()
                address = f"{matter.procedure}/{matter.number}"
                works.append(Work(matter.procedure, matter.title, began, ", ".join(sorted(roles)), True, address))
    works.sort(key=lambda w: (w.day, w.address), reverse=True)
    leader, branch = any(row.leader for row in rows), next((row.branch for row in rows if row.branch), {})
    granted = {a.unit for a in records.authorisations if a.person == person}
    teaches = sum(unit.id in granted for unit in records.of_activity.get("teach", ()))
    found = _told(records, person, leader, works)
    return Profile(person, records.name(person), branch, leader, tuple(works), teaches, found)


def _words(rows: Iterable[Person], matter: Matter) -> set[str]:
    """What a person is called in a matter: by account anywhere, by id or name in matters of the own organisation."""
    found = {one_line(row.account) for row in rows if row.account}
    own_rows = [row for row in rows if shares(row.organisation, matter.organisation)]
    return found | {one_line(w) for row in own_rows for w in (row.id, *row.name.values()) if w}


def _of_item(item: EvidenceItem) -> Work:
    return Work(item.kind, item.title, item.day, str(item.detail.get("role", "")), bool(item.document),
                f"evidence/{item.id}")  # fmt: skip


def _told(records: Records, person: str, leader: bool, works: list[Work]) -> tuple[Finding, ...]:
    names = in_both("person", records.name(person))
    if leader and not works:
        return (finding("talent.leader.nothing", f"person/{person}", "warning", "", **names),)
    unproven = sum(not work.proven for work in works)
    if unproven:
        return (finding("talent.leader.unproven", f"person/{person}", "note", "", n=unproven, **names),)
    return ()


def profiles(records: Records, matters: Iterable[Matter], day: date) -> tuple[Profile, ...]:
    """Leaders first, then everybody else who has a work to show: whom a laboratory may bring forward."""
    given = tuple(matters)
    found = [profile(records, given, person, day) for person in records.persons]
    shown = [p for p in found if p.leader or p.works]
    return tuple(sorted(shown, key=lambda p: (not p.leader, -len(p.works), p.person)))
