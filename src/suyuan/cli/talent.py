"""`suyuan talent`: who may do what on a day, what a person lacks, what ends, what rests on one person."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import reading, service
from suyuan.cli.language import language, one_of, term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from suyuan.talent import gap
    from suyuan.talent.joined import Records
    from suyuan.talent.signing import Permission, Subject
    from suyuan.verbs.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True)
class Who(service.OnDay):
    """What is to be done, as far as it is stated."""

    activity: Annotated[str, typer.Option("--activity", metavar="WORD", help=term("help.talent.activity"))] = "sign"
    quantity: Annotated[str, typer.Option("--quantity", metavar="KIND", help=term("help.talent.quantity"))]
    item: Annotated[str, typer.Option("--item", metavar="TEXT", help=term("help.talent.item"))] = ""
    method: Annotated[str, typer.Option("--method", metavar="NUMBER", help=term("help.talent.method"))] = ""
    start: Annotated[str, typer.Option("--from", metavar="X", help=term("help.talent.from"))] = ""
    end: Annotated[str, typer.Option("--to", metavar="X", help=term("help.talent.to"))] = ""
    unit: Annotated[str, typer.Option("--unit", metavar="UNIT", help=term("help.talent.unit"))] = ""
    site: Annotated[str, typer.Option("--site", metavar="WORD", help=term("help.talent.site"))] = ""
    laboratory: Annotated[str, typer.Option("--laboratory", metavar="NAME", help=term("help.talent.laboratory"))] = ""


@dataclass(frozen=True, kw_only=True)
class Gaps(service.OnDay):
    """Whose gaps."""

    person: Annotated[str, typer.Argument(metavar="PERSON", help=term("help.talent.person"))]


@dataclass(frozen=True, kw_only=True)
class Expiring(service.OnDay):
    """How far one looks ahead."""

    days: Annotated[int, typer.Option("--days", min=0, max=36_500, help=term("help.talent.days"))] = 90


@dataclass(frozen=True, kw_only=True)
class Risks(service.OnDay):
    """Of one laboratory, or of all."""

    laboratory: Annotated[str, typer.Option("--laboratory", metavar="NAME", help=term("help.talent.laboratory"))] = ""


@dataclass(frozen=True, kw_only=True)
class AskedMatrix(service.OnDay):
    """Persons × units, on the screen or as a figure."""

    figure: Annotated[Path | None, typer.Option("--figure", metavar="FILE", help=term("help.talent.figure"))] = None


def who(asked: Who) -> Answer:
    """Those who may first; then the others with what stands against them. Exit 1 where nobody may."""
    from suyuan.talent.asked import strange
    from suyuan.talent.records import ACTIVITIES
    from suyuan.talent.signing import Subject
    from suyuan.verbs.people.standing import records_on, who_may

    at, damaged = service.on_day(asked)
    records = records_on(at)
    if asked.activity not in ACTIVITIES:
        raise service.word_of("activity", asked.activity, ACTIVITIES)
    if unknown := strange(records, asked.quantity, asked.item, asked.site):
        raise Refused(*(replace(item, where=f"--{item.where}") for item in unknown))
    method, edition = _method(asked.method)
    laboratory = {"": asked.laboratory} if asked.laboratory else {}
    subject: Subject = Subject(asked.quantity, asked.item, method, edition, _interval(asked), asked.site, laboratory)
    found = who_may(at, subject, asked.activity)
    if asked.laboratory:
        found = tuple(item for item in found if _of(records, item, asked.laboratory))
    may = [item for item in found if item.state == "authorised"]
    zh, en = service.both(f"activity.{asked.activity}")
    none = () if may else (finding("cli.talent.none", asked.quantity, day=at.day, activity_zh=zh, activity_en=en),)
    values = {"day": at.day, "activity": asked.activity, "may": [_permission(records, item) for item in may],
              "others": [_permission(records, item) for item in found if item not in may]}  # fmt: skip
    return Answer(values, lambda page: _who(page, records, found), (*damaged, *none))


def _method(text: str) -> tuple[str, str]:
    from suyuan.talent.read import split_method

    return split_method(text)


def _interval(asked: Who) -> Any:
    from suyuan.capability.interval import Interval
    from suyuan.quantity.unit import parse_unit

    if not (asked.start or asked.end):
        return None
    if not asked.unit:
        raise Refused(finding("cli.talent.interval", "--unit"))
    low, high = _number(asked.start, "--from"), _number(asked.end, "--to")
    if low > high:
        raise Refused(finding("cli.talent.backwards", "--from", low=f"{low:g}", high=f"{high:g}"))
    return Interval(low, high, parse_unit(asked.unit))


def _number(text: str, option: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Refused(finding("cli.talent.number", option, given=text[:40]))
    return value


def _of(records: Records, item: Permission, laboratory: str) -> bool:
    """Whether an authorisation was granted by a laboratory; one without an authorisation is nobody's."""
    granted = next((a for a in records.authorisations if a.id == item.authorisation), None)
    return granted is not None and laboratory in granted.laboratory.values()


def _permission(records: Records, item: Permission) -> dict[str, Any]:
    return {
        "person": item.person, "name": _person(records, item.person), "unit": item.unit, "state": item.state,
        "authorisation": item.authorisation, "until": item.until, "reasons": [f.to_json() for f in item.reasons],
    }  # fmt: skip


def _person(records: Records, id: str) -> str:
    rows = records.persons.get(id)
    return one_of(rows[0].name) if rows else id


def _unit(records: Records, id: str) -> str:
    row = records.units.get(id)
    return one_of(row.title) if row is not None else id


def _state(state: str) -> str:
    from suyuan.talent.standing import WORDS

    return one_of(WORDS[state])  # type: ignore[index]


def _who(page: Page, records: Records, found: tuple[Permission, ...]) -> None:
    if found:
        page.table(service.columns("person", "name", "state", "unit_of_competence", "until", "reason"), [
            [item.person, _person(records, item.person),
             (_state(item.state), "green" if item.state == "authorised" else "bold red"),
             _unit(records, item.unit), item.until or "", service.said(item.reasons)]
            for item in found
        ])  # fmt: skip


def gaps(asked: Gaps) -> Answer:
    """The units that are asked of a person: where they stand, what is missing, which courses help."""
    from suyuan.verbs.people.standing import gaps_of, records_on

    at, damaged = service.on_day(asked)
    records = records_on(at)
    person = _named(records, asked.person)
    found = [item for item in gaps_of(at, person) if item.missing or item.state != "authorised"]
    values = {"day": at.day, "person": person, "name": _person(records, person), "gaps": [_gap(g) for g in found]}

    def show(page: Page) -> None:
        page.title(f"{_person(records, person)}  {person}")
        if not found:
            page.text(term("talent.no_gaps"), "green")
        rows = [
            [_unit(records, g.unit) if not n else "", _state(g.state) if not n else "", service.said((m.why,)),
             ", ".join(m.courses)]
            for g in found for n, m in enumerate(g.missing)
        ]  # fmt: skip
        if rows:
            page.table(service.columns("unit_of_competence", "state", "missing", "courses"), rows)

    return Answer(values, show, damaged)


def _named(records: Records, given: str) -> str:
    """The id of a person by id, account or name; Refused where nobody, or several, bear it."""
    found = records.known_as.get(given, ())
    if given in records.persons:
        return given
    if len(found) != 1:
        raise service.unknown("person", given, [*found, *records.persons] if found else records.persons)
    return str(found[0])


def _gap(item: gap.Gap) -> dict[str, Any]:
    return {
        "unit": item.unit, "state": item.state, "until": item.until,
        "missing": [{"kind": m.kind, "why": m.why.to_json(), "courses": list(m.courses)} for m in item.missing],
    }  # fmt: skip


def expiring(asked: Expiring) -> Answer:
    """What holds and ends soon, the first to end first."""
    from suyuan.verbs.people.standing import expiring as ending
    from suyuan.verbs.people.standing import records_on

    at, damaged = service.on_day(asked)
    records = records_on(at)
    found = sorted(ending(at, asked.days), key=lambda e: (e.until, e.person, e.unit))
    values = {"day": at.day, "days": asked.days, "expiring": [asdict(item) for item in found]}

    def show(page: Page) -> None:
        if not found:
            page.text(term("talent.nothing_ends", days=asked.days), "green")
            return
        page.table(service.columns("until", "name", "unit_of_competence", "what", "evidence"), [
            [e.until, _person(records, e.person), _unit(records, e.unit), term(f"ends.{e.what}"), e.authorisation]
            for e in found
        ])  # fmt: skip

    return Answer(values, show, damaged)


def risks(asked: Risks) -> Answer:
    """Units by the number of persons who may do them, the fewest first; nobody is an error, one a warning."""
    from suyuan.verbs.people.standing import records_on
    from suyuan.verbs.people.standing import risks as resting

    at, damaged = service.on_day(asked)
    records = records_on(at)
    found = resting(at, {"": asked.laboratory} if asked.laboratory else None)
    values = {"day": at.day, "risks": [asdict(r) | {"level": r.level} for r in found]}
    told = [item for r in found for item in _risk(records, r)]

    def show(page: Page) -> None:
        page.table(service.columns("laboratory", "unit_of_competence", "level", "persons"), [
            [one_of(r.laboratory), _unit(records, r.unit),
             (term(f"level.{r.level}"), "green" if r.level == "shared" else "bold red"),
             ", ".join(_person(records, id) for id in r.persons)]
            for r in found
        ])  # fmt: skip

    return Answer(values, show, (*damaged, *told))


def _risk(records: Records, r: gap.Risk) -> tuple[Finding, ...]:
    unit, laboratory = _unit(records, r.unit), one_of(r.laboratory)
    if r.level == "nobody":
        return (finding("cli.talent.nobody", r.unit, unit=unit, laboratory=laboratory),)
    if r.level == "single":
        persons = ", ".join(_person(records, id) for id in r.persons)
        return (finding("cli.talent.alone", r.unit, "warning", persons=persons, unit=unit, laboratory=laboratory),)
    return ()


def matrix(asked: AskedMatrix) -> Answer:
    """Persons × units with their states; empty where nobody asked for it."""
    from suyuan.verbs.people.standing import matrix as cells_of
    from suyuan.verbs.people.standing import records_on

    if asked.figure is not None:
        reading.free(asked.figure)
    at, damaged = service.on_day(asked)
    records, found = records_on(at), cells_of(at)
    if asked.figure is not None:
        _draw(at, records, found, asked.figure)
    values = {
        "day": at.day, "persons": list(found.persons), "units": list(found.units),
        "cells": [[found.cells.get((n, m)) for m in range(len(found.units))] for n in range(len(found.persons))],
        "figure": asked.figure,
    }  # fmt: skip

    def show(page: Page) -> None:
        page.table([term("column.name"), *(_unit(records, id) for id in found.units)], [
            [_person(records, id), *(_cell(found.cells.get((n, m))) for m in range(len(found.units)))]
            for n, id in enumerate(found.persons)
        ])  # fmt: skip
        if asked.figure is not None:
            page.text(service.written(asked.figure))

    return Answer(values, show, damaged)


def _cell(state: str | None) -> str | tuple[str, str]:
    return "" if state is None else (_state(state), "green" if state == "authorised" else "")


def _draw(at: Snapshot, records: Records, found: gap.Cells, out: Path) -> None:
    from suyuan.report.service.shown import competence_of

    persons = {id: rows[0].name for id, rows in records.persons.items() if rows}
    units = {id: row.title for id, row in records.units.items()}
    drawn = competence_of(found, persons, units, language().value)
    if drawn is None:
        raise Refused(finding("cli.register.nothing", str(out), kind="person, competence_unit"))
    reading.write_new(out, drawn.wide.encode())


COMMANDS: tuple[tuple[str, Any, Any], ...] = (
    ("who", Who, who), ("gaps", Gaps, gaps), ("expiring", Expiring, expiring), ("risks", Risks, risks),
    ("matrix", AskedMatrix, matrix),
)  # fmt: skip
