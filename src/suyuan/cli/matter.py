"""`suyuan matter`: what goes through states: what waits for whom, one matter with its history, and a chain verified."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import reading, service
from suyuan.cli.command import today
from suyuan.cli.language import language, one_of, term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from suyuan.procedure.matter import Matter
    from suyuan.procedure.standing import Possible, Standing
    from suyuan.verbs.matter.matters import Waiting

SITE_RECORDS = "site.sqlite3"
"""What the site keeps beside the documents of its data folder: accounts, and the events of matters."""
People = Mapping[str, Mapping[str, str]]
Name = Annotated[str, typer.Argument(metavar="PROCEDURE", help=term("help.matter.procedure"))]


@dataclass(frozen=True, kw_only=True)
class ListOf(service.OnDay):
    """What waits, for one person or for all."""

    person: Annotated[str, typer.Option("--person", metavar="NAME", help=term("help.matter.person"))] = ""
    every: Annotated[bool, typer.Option("--all", help=term("help.matter.all"))] = False


@dataclass(frozen=True, kw_only=True)
class Show(service.OnDay):
    """One matter of the data folder."""

    procedure: Name
    number: Annotated[str, typer.Argument(metavar="NUMBER", help=term("help.matter.number"))]


@dataclass(frozen=True, kw_only=True)
class Check:
    """A matter in a file."""

    file: Annotated[Path, typer.Argument(metavar="FILE", help=term("help.matter.file"))]
    last: Annotated[str, typer.Option("--last", metavar="DIGEST", help=term("help.matter.last"))] = ""


@dataclass(frozen=True)
class Procedures:
    """The procedures of the house, or the steps of one."""

    procedure: Annotated[str, typer.Argument(metavar="PROCEDURE", help=term("help.matter.procedure"))] = ""


def listed(asked: ListOf) -> Answer:
    """What waits for whom, the most overdue first; one that is late is a warning."""
    from suyuan.verbs.matter.matters import PROCEDURES, stands, waiting

    at, damaged = service.on_day(asked)
    people = service.people(at)
    account = next((a for a, name in people.items() if asked.person and asked.person in name.values()), asked.person)
    rows = waiting(at.matters, at.day, account)
    ended = [stands(m, at.day) for m in at.matters if asked.every and m.procedure in PROCEDURES and m.events]
    ended = [where for where in ended if where.ended]
    values = {"day": at.day, "waiting": [_plain(row.standing, row.persons) for row in rows],
              "ended": [_plain(where, ()) for where in ended]}  # fmt: skip
    told = (*_on_site(asked.data), *(_late(row, people) for row in rows if row.standing.overdue))

    def show(page: Page) -> None:
        if not rows:
            page.text(term("matter.nothing"), "green")
        lines = [_line(row.standing, row.persons, people) for row in rows]
        lines += [_line(where, (), people) for where in ended]
        if lines:
            page.table(service.columns("procedure", "number", "title", "state", "due", "overdue", "turn"), lines, (5,))

    return Answer(values, show, (*damaged, *told))


def _on_site(data: Path) -> tuple[Finding, ...]:
    """That the site of this folder keeps what was done on its pages in records of its own, where it has any."""
    kept = data / SITE_RECORDS
    return (finding("cli.matter.on_site", str(data), "note", records=SITE_RECORDS),) if kept.is_file() else ()


def _who(persons: Iterable[str], people: People, role: str = "") -> str:
    """Names of accounts; one that no register knows stands behind its role."""
    left, right = ("（", "）") if language().value == "zh" else (" (", ")")
    return ", ".join(
        one_of(people.get(account, {})) or (f"{role}{left}{account}{right}" if role else account)
        for account in persons
    )  # fmt: skip


def _late(row: Waiting, people: People) -> Finding:
    where = row.standing
    zh, en = service.both(service.unit_of(where.overdue, where.working))
    return finding(
        "cli.matter.late", f"{row.matter.procedure}/{row.matter.number}", "warning", number=row.matter.number,
        procedure=one_of(where.procedure.title), days=where.overdue, due=where.due, unit_zh=zh, unit_en=en,
        who=_who(row.persons, people, _roles(where, [where.keeper])) or "—",
    )  # fmt: skip


def _plain(where: Standing, persons: Iterable[str]) -> dict[str, Any]:
    matter = where.matter
    return {
        "procedure": matter.procedure, "number": matter.number, "title": dict(matter.title),
        "state": where.state.name, "since": where.since and where.since.isoformat(), "due": where.due,
        "overdue": where.overdue, "working_days": where.working, "turn": where.keeper, "persons": list(persons),
        "ended": where.ended, "demo": matter.demo,
    }  # fmt: skip


def _line(where: Standing, persons: Iterable[str], people: People) -> list[object]:
    matter = where.matter
    role = one_of(where.procedure.roles.get(where.keeper, {}))
    turn = _who(persons, people, role) or (role if not where.ended else "")
    return [one_of(where.procedure.title), matter.number, one_of(matter.title), one_of(where.state.title),
            where.due or "", service.overdue(where.overdue, where.working), turn]  # fmt: skip


def show_one(asked: Show) -> Answer:
    """One matter: where it stands, how it came there, who may do what next, which documents are missing."""
    from suyuan.procedure.matter import verify
    from suyuan.verbs.matter.matters import stands

    at, damaged = service.on_day(asked)
    found = next((m for m in at.matters_of(asked.procedure) if m.number == asked.number), None)
    if found is None:
        near = ", ".join(f"{m.procedure} {m.number}" for m in at.matters[:12]) or "—"
        raise Refused(
            finding("cli.matter.none", asked.number, given=f"{asked.procedure} {asked.number}"[:80], near=near),
            *_on_site(asked.data),
        )
    where = stands(found, at.day)
    told = (*damaged, *_on_site(asked.data), *verify(found), *where.findings)
    people = service.people(at)
    return Answer(_whole(where), lambda page: _shown(page, where, people), told)


def check(asked: Check) -> Answer:
    """A matter's chain of digests and its steps. Refused for an altered, missing or moved event, which is no matter,
    and where the event that was recorded as the last is not in it."""
    from suyuan.procedure.matter import cut, last_digest
    from suyuan.procedure.read import read_matter
    from suyuan.verbs.matter.matters import stands

    found, told = read_matter(reading.read_bytes(asked.file))
    if found is None:
        raise Refused(*(reading.in_file(item, asked.file) for item in told))
    if asked.last and (short := cut(found, asked.last.strip().lower())):
        raise Refused(*(reading.in_file(item, asked.file) for item in short))
    last = found.events[-1].time if found.events else datetime.combine(today(), datetime.min.time())
    where = stands(found, last)
    named = tuple(reading.in_file(item, asked.file) for item in (*told, *where.findings))
    values = {**_whole(where), "sound": True, "events": len(found.events), "last": last_digest(found)}

    def show(page: Page) -> None:
        page.text(term("matter.sound", count=len(found.events)), "green")
        page.facts(((term("column.last"), last_digest(found)),))
        _shown(page, where, {})

    return Answer(values, show, tuple(dict.fromkeys(named)))


def _whole(where: Standing) -> dict[str, Any]:
    return _plain(where, where.keepers) | {
        "history": [{"state": p.state, "entered": p.entered and p.entered.isoformat(), "days": p.days, "due": p.due,
                     "late": p.late, "by": p.by.person if p.by else None} for p in where.history],
        "possible": [{"act": p.step.act, "title": dict(p.step.title), "persons": list(p.persons),
                      "documents": list(p.step.documents), "fields": list(p.step.fields),
                      "guards": list(p.step.guards)} for p in where.possible],
        "missing": list(where.missing), "documents": dict(where.documents),
    }  # fmt: skip


def _shown(page: Page, where: Standing, people: People) -> None:
    matter: Matter = where.matter
    page.title(f"{one_of(where.procedure.title)}  {matter.number}  {one_of(matter.title)}")
    page.facts((
        (term("column.state"), one_of(where.state.title)), (term("column.since"), where.since and where.since.date()),
        (term("column.due"), where.due),
        (term("column.overdue"), service.overdue(where.overdue, where.working) or None),
        (term("column.turn"), _who(where.keepers, people, _roles(where, [where.keeper]))),
        (term("column.missing"), ", ".join(_document(where, name) for name in where.missing)),
    ))  # fmt: skip
    page.table(service.columns("state", "since", "days", "due", "late", "by"), [
        [_state(where, p.state), p.entered.date() if p.entered else "", p.days, p.due or "", p.late or "",
         _who([p.by.person], people, _roles(where, [p.by.role])) if p.by else ""]
        for p in where.history
    ], (2, 4))  # fmt: skip
    if where.possible:
        page.title(term("matter.next"))
        page.table(service.columns("step", "title", "who", "documents"), [
            [p.step.act, one_of(p.step.title), _actors(where, p, people) or _roles(where, p.step.actors),
             ", ".join(_document(where, name) for name in p.step.documents)]
            for p in where.possible
        ])  # fmt: skip


def _actors(where: Standing, possible: Possible, people: People) -> str:
    """Who may take a step, each in the role that the matter gave."""
    roles = {p: [r for r in possible.step.actors if p in where.matter.holders(r)] for p in possible.persons}
    return ", ".join(_who([person], people, _roles(where, roles[person][:1])) for person in possible.persons)


def _state(where: Standing, name: str) -> str:
    state = where.procedure.state(name)
    return one_of(state.title) if state is not None else name


def _document(where: Standing, name: str) -> str:
    return one_of(where.procedure.documents.get(name, {})) or name


def _roles(where: Standing, names: Iterable[str]) -> str:
    return ", ".join(one_of(where.procedure.roles.get(name, {})) or name for name in names)


def procedures(asked: Procedures) -> Answer:
    """The procedures with their states and steps, each step with its status: nearly all are our proposals."""
    from suyuan.verbs.matter.matters import PROCEDURES, procedure_named

    if not asked.procedure:
        rows = [procedure_named(name) for name in PROCEDURES]
        values = {"procedures": [{"name": p.name, "version": p.version, "title": dict(p.title), "states": len(p.states),
                                  "steps": len(p.steps)} for p in rows]}  # fmt: skip

        def overview(page: Page) -> None:
            page.table(service.columns("procedure", "title", "states", "steps"),
                       [[p.name, one_of(p.title), len(p.states), len(p.steps)] for p in rows], (2, 3))  # fmt: skip

        return Answer(values, overview)
    if asked.procedure not in PROCEDURES:
        raise service.word_of("procedure", asked.procedure, PROCEDURES)
    one = procedure_named(asked.procedure)

    def show(page: Page) -> None:
        page.title(f"{one_of(one.title)}  {one.name} {one.version}")
        titles = {state.name: one_of(state.title) for state in one.states}
        page.table(service.columns("step", "title", "before", "after", "who", "status"), [
            [s.act, one_of(s.title), ", ".join(titles.get(name, name) for name in s.before) or "*",
             titles.get(s.after, s.after), ", ".join(one_of(one.roles.get(name, {})) or name for name in s.actors),
             term(f"status.{s.status.replace(' ', '_')}")]
            for s in one.steps
        ])  # fmt: skip

    return Answer({"procedure": one}, show)


COMMANDS: tuple[tuple[str, Any, Any], ...] = (
    ("list", ListOf, listed), ("show", Show, show_one), ("check", Check, check),
    ("procedures", Procedures, procedures),
)  # fmt: skip
