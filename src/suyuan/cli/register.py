"""`suyuan register`: rows that organisations deliver: checked, brought in, written out, and bad ones back to mend."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import reading, service
from suyuan.cli.command import DataNeeded, Day, Files, today
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.cli.register_files import Delivered, delivered
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from suyuan.capability.capability import Capability

MOST = 60
"""Bad rows in the table; `register refused` writes all."""
OutNeeded = Annotated[Path, typer.Option("--out", metavar="FILE", help=term("help.out"))]
Organisation = Annotated[str, typer.Option("--organisation", metavar="NAME", help=term("help.organisation"))]


@dataclass(frozen=True)
class Check:
    """Files to look at; nothing is kept."""

    files: Files
    day: Day = ""


@dataclass(frozen=True, kw_only=True)
class Import:
    """Files to bring in, with what a spreadsheet does not say itself."""

    files: Files
    data: DataNeeded
    organisation: Organisation = ""
    day: Day = ""
    number: Annotated[str, typer.Option("--number", metavar="NUMBER", help=term("help.register.number"))] = ""


@dataclass(frozen=True, kw_only=True)
class Template:
    """An empty workbook for some kinds of rows."""

    kinds: Annotated[list[str] | None, typer.Argument(metavar="KIND", help=term("help.kinds"))] = None
    out: OutNeeded


@dataclass(frozen=True, kw_only=True)
class Export(service.OnDay):
    """The rows of some kinds that count on a day, as a workbook."""

    kinds: Annotated[list[str] | None, typer.Argument(metavar="KIND", help=term("help.kinds"))] = None
    out: OutNeeded


@dataclass(frozen=True, kw_only=True)
class Bad:
    """The rows of a file that do not go in, as a workbook that can be mended."""

    file: Annotated[Path, typer.Argument(metavar="FILE", help=term("help.register.file"))]
    out: OutNeeded
    day: Day = ""


def check(asked: Check) -> Answer:
    """Good rows counted, bad rows with their place and what is wrong."""
    day = reading.read_day(asked.day, "--day") or today()
    several = [delivered(path, day) for path in asked.files]
    return _told(several, [_plain(one) for one in several])


def bring_in(asked: Import) -> Answer:
    """The good rows as one register a file in the data folder; the bad ones are told."""
    day = reading.read_day(asked.day, "--day") or today()
    if any(path.suffix.lower() != ".json" for path in asked.files) and not asked.organisation:
        raise Refused(finding("cli.register.organisation", ", ".join(map(str, asked.files))))
    there = _registered(asked.data, day)
    store = reading.open_store(asked.data, new=True)
    several: list[Delivered] = []
    for path in asked.files:
        several.append(delivered(path, day, asked.organisation, asked.number, registered=there))
        there += several[-1].capabilities
    rows, told = [], []
    for one in several:
        plain = _plain(one)
        if one.document is not None:
            added = store.add(one.document, f"{one.path.stem}.json")
            plain |= {"digest": added.digest, "new": added.new}
            told += [item for item in added.findings if item not in one.findings]
        rows.append(plain)
    return _told(several, rows, tuple(item for item in told if item.code.startswith("store.")))


def _registered(data: Path, day: date) -> list[Capability]:
    """The capabilities that count in a data folder already."""
    return list(service.known_on(data, day)[0].capabilities) if data.is_dir() else []


def _plain(one: Delivered) -> dict[str, Any]:
    register = one.register
    return {
        "file": str(one.path), "rows": one.good, "refused": one.bad,
        "number": register.number if register is not None else None,
        "organisation": dict(register.organisation) if register is not None else None,
        "bad": [
            {"kind": bad.kind, "place": place, "wrong": wrong}
            for bad in one.refused for place, wrong in zip(bad.places, bad.wrong, strict=True)
        ],
    }  # fmt: skip


def _told(several: list[Delivered], rows: list[dict[str, Any]], more: tuple[Finding, ...] = ()) -> Answer:
    """A table of files and one of bad rows. Exit 1 where a row is bad, 2 where no row of a file can be read."""
    of_rows = [item for one in several for item in one.findings if one.of_a_row(item)]
    others = [(one, item) for one in several for item in one.findings if not one.of_a_row(item)]
    unread = tuple(item for one, item in others if one.register is None)
    rest = tuple(item for one, item in others if one.register is not None)

    def show(page: Page) -> None:
        page.table(service.columns("file", "rows", "refused"), [
            [row["file"], ", ".join(f"{term('row.' + k)} {n}" for k, n in row["rows"].items()), row["refused"]]
            for row in rows
        ], (2,))  # fmt: skip
        bad = [[one["place"], one["wrong"]] for row in rows for one in row["bad"]]
        if bad:
            page.title(term("register.bad", count=len(bad)))
            page.table(service.columns("place", "reason"), bad[:MOST])
        page.findings((*rest, *more))

    bad_rows = (replace(item, severity="error") if item.severity == "warning" else item for item in of_rows)
    return Answer({"files": rows}, show, (*bad_rows, *rest, *more), unread, told=True)


def template(asked: Template) -> Answer:
    """The empty workbook, with one example row a kind and a sheet that explains the columns."""
    from suyuan.report.service.tables import tables_xlsx
    from suyuan.verbs.register.workbook import template as made

    kinds = _kinds(asked.kinds)
    reading.write_new(asked.out, tables_xlsx(made(kinds)))
    return _written(asked.out, {"kinds": list(kinds)})


def export(asked: Export) -> Answer:
    """Rows as a workbook with the heads of the template, so that they can be handed in again."""
    from suyuan.report.service.tables import tables_xlsx
    from suyuan.verbs.register.workbook import table_of

    reading.free(asked.out)
    at, damaged = service.on_day(asked)
    kinds = _kinds(asked.kinds)
    rows = {kind: at.rows(kind) for kind in kinds}
    counted = {kind: len(found) for kind, found in rows.items() if found}
    if not counted:
        raise Refused(finding("cli.register.nothing", str(asked.data), kind=", ".join(kinds)))
    reading.write_new(asked.out, tables_xlsx(table_of(kind, found) for kind, found in rows.items() if found))
    return _written(asked.out, {"rows": counted}, damaged)


def refused(asked: Bad) -> Answer:
    """The bad rows as they were, with a column that says what is wrong."""
    from suyuan.report.service.tables import tables_xlsx
    from suyuan.verbs.register.workbook import refused_tables

    reading.free(asked.out)
    found = delivered(asked.file, reading.read_day(asked.day, "--day") or today())
    if not found.refused:
        raise Refused(finding("cli.register.nothing", str(asked.file), kind=", ".join(found.good) or "—"))
    reading.write_new(asked.out, tables_xlsx(refused_tables(found.refused)))
    return _written(asked.out, {"refused": found.bad})


def _written(out: Path, values: dict[str, Any], told: tuple[Finding, ...] = ()) -> Answer:
    counts = values.get("rows") or {}

    def show(page: Page) -> None:
        page.text(service.written(out))
        page.facts((term(f"row.{kind}"), count) for kind, count in counts.items())

    return Answer({"written": str(out), **values}, show, told)


def _kinds(given: list[str] | None) -> tuple[str, ...]:
    """Kinds of rows, all of them where none is named."""
    from suyuan.verbs.register.registers import KINDS

    wrong = [kind for kind in given or () if kind not in KINDS]
    if wrong:
        raise Refused(finding("cli.register.kind", "KIND", given=wrong[0], known=", ".join(KINDS)))
    return tuple(given or KINDS)


COMMANDS: tuple[tuple[str, Any, Any], ...] = (
    ("check", Check, check), ("import", Import, bring_in), ("template", Template, template),
    ("export", Export, export), ("refused", Bad, refused),
)  # fmt: skip
