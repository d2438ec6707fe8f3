"""`suyuan centre`, continued: what a centre hands in, who may be next, and what was promised in public."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import centre, reading, service
from suyuan.cli.command import Out, today
from suyuan.cli.language import one_of, term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from suyuan.centre.candidates import Missing, Readiness
    from suyuan.centre.commitments import Progress

FORMATS = ("docx", "pdf", "json", "html", "xlsx")
STAGES = ("apply", "run", "accept")
MOST = 6
"""Things missing that are named in the table; `--json` has all."""


@dataclass(frozen=True, kw_only=True)
class AskedDossier(service.OnDay):
    """The dossier of a centre; without a file only its check."""

    id: centre.Which
    out: Out = None
    stage: Annotated[str, typer.Option("--stage", metavar="WORD", help=term("help.centre.stage"))] = "apply"


@dataclass(frozen=True, kw_only=True)
class Annual(service.OnDay):
    """The yearly report of a centre."""

    id: centre.Which
    year: Annotated[int, typer.Argument(metavar="YEAR", min=1950, max=2200, help=term("help.centre.year"))]
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help=term("help.out"))]


@dataclass(frozen=True, kw_only=True)
class Candidates(service.OnDay):
    """All of a scope as candidates."""

    scope: Annotated[str, typer.Option("--scope", metavar="WORD", help=term("help.centre.scope"))] = "centre"
    guideline: centre.Number = ""


@dataclass(frozen=True, kw_only=True)
class Commitments(service.OnDay):
    """What was promised, clause by clause."""


def dossier(asked: AskedDossier) -> Answer:
    """The dossier made from records, with everything that its check finds; written where a file is named."""
    from suyuan.centre.dossier_checks import completeness
    from suyuan.report.service.dossier import dossier_document, dossier_fields
    from suyuan.verbs.centre.dossier import dossier_on

    if asked.stage not in STAGES:
        raise service.word_of("stage", asked.stage, STAGES)
    if asked.out is not None:
        reading.free(asked.out)
    at, damaged = service.on_day(asked)
    row = service.named(at.rows("centre"), asked.id, "centre")
    found = dossier_on(at, row.id, asked.stage)  # type: ignore[arg-type]
    assert found is not None
    names = {account: one_of(name) for account, name in service.people(at).items()}
    found = replace(found, papers=tuple(replace(p, signed=names.get(p.signed, p.signed)) for p in found.papers))
    told = completeness(found)
    fields = dossier_fields(found)
    if asked.out is not None:
        service.write_document(dossier_document(found), fields, asked.out, FORMATS)
    counted = {"capabilities": len(found.capabilities), "needs": len(found.needs), "staff": len(found.staff),
               "papers": len(found.papers), "findings": len(told)}  # fmt: skip

    def show(page: Page) -> None:
        page.title(f"{one_of(row.name)}  {found.number}")
        page.facts((term(f"dossier.{name}"), count) for name, count in counted.items())
        if asked.out is not None:
            page.text(service.written(asked.out))

    plain = {key: value for key, value in fields.items() if key not in ("suyuan", "findings")}
    return Answer({**plain, "counts": counted, "written": asked.out}, show, (*damaged, *told))


def annual(asked: Annual) -> Answer:
    """The report of a year, from what was known at its two ends."""
    from suyuan.report.service.annual import annual_document, annual_fields
    from suyuan.verbs.centre.annual import year_on

    reading.free(asked.out)
    day = reading.read_day(asked.day, "--day") or today()
    if asked.year > day.year:
        raise Refused(finding("cli.centre.year", "YEAR", year=asked.year, day=day))
    last = min(day, date(asked.year, 12, 31))
    now, damaged = service.known_on(asked.data, last)
    before, _ = service.known_on(asked.data, date(asked.year - 1, 12, 31))
    row = service.named(now.rows("centre"), asked.id, "centre")
    known = any(item.id == row.id for item in before.rows("centre"))
    found = year_on(before if known else None, now, row.id, asked.year)
    assert found is not None
    fields = annual_fields(found)
    service.write_document(annual_document(found), fields, asked.out, FORMATS)
    counted = {"orders": len(found.orders), "closed": len(found.closed), "happened": len(found.happened)}

    def show(page: Page) -> None:
        page.title(f"{one_of(row.name)}  {asked.year}")
        page.facts((term(f"annual.{name}"), count) for name, count in counted.items())
        if not known:
            page.text(term("annual.first"), "yellow")
        page.text(service.written(asked.out))

    values = {"centre": row.id, "year": asked.year, "numbers": fields["numbers"], "counts": counted}
    return Answer({**values, "written": asked.out}, show, damaged)


def candidates(asked: Candidates) -> Answer:
    """Who is ripe to be recommended, who nearly, and what the others lack first."""
    from suyuan.verbs.centre.score import scorecards

    at, damaged = service.on_day(asked)
    rows = [row for row in at.rows("centre") if row.scope == asked.scope]
    if not rows:
        raise service.word_of("scope", asked.scope, sorted({row.scope for row in at.rows("centre")}))
    guideline = centre.guideline_for(at, rows[0], asked.guideline, "")
    found = scorecards(at, guideline).readiness
    names = {row.id: row.name for row in rows}
    values = {"day": at.day, "guideline": [guideline.number, guideline.version, guideline.status],
              "candidates": [_ready(item) for item in found]}  # fmt: skip

    def show(page: Page) -> None:
        page.table(service.columns("id", "name", "readiness", "points", "gates", "missing"), [
            [r.centre, one_of(names[r.centre]), term(f"readiness.{r.stage}"), service.span(r.low, r.high),
             f"{r.gates_passed}/{r.gates}", ", ".join(map(_missing, r.missing[:MOST]))]
            for r in found
        ])  # fmt: skip

    return Answer(values, show, damaged)


def _ready(item: Readiness) -> dict[str, Any]:
    return {
        "centre": item.centre, "stage": item.stage, "low": item.low, "high": item.high,
        "gates_passed": item.gates_passed, "gates": item.gates,
        "missing": [{"kind": m.kind, "id": m.row.id, "title": dict(m.row.title), "points": m.points}
                    for m in item.missing],
    }  # fmt: skip


def _missing(item: Missing) -> str:
    points = f" {item.points:.1f}" if item.points else ""
    return f"{one_of(item.row.title)} ({term(f'missing.{item.kind}')}{points})"


def commitments(asked: Commitments) -> Answer:
    """Clause by clause with its evidence; an overdue one is an error. Without registered ones, the drafted reply."""
    from suyuan.centre.commitments import counts, reply_of_2024
    from suyuan.verbs.centre.commitments import commitments as followed

    at, damaged = service.on_day(asked)
    registered = at.rows("commitment")
    found = followed(at, registered or reply_of_2024())
    values = {"day": at.day, "registered": bool(registered), "counts": dict(counts(found)),
              "commitments": [_promise(item) for item in found]}  # fmt: skip
    told = tuple(_overdue(item) for item in found if item.status == "overdue")

    def show(page: Page) -> None:
        if not registered:
            page.text(term("commitments.drafted"), "yellow")
        page.table(service.columns("id", "clause", "commitment", "status", "due", "evidence"), map(_line, found))

    return Answer(values, show, (*damaged, *told))


def _promise(item: Progress) -> dict[str, Any]:
    row = item.commitment
    return {
        "id": row.id, "document": row.document, "clause": row.clause, "text": dict(row.text), "owner": dict(row.owner),
        "due": row.due, "status": item.status, "days": item.days, "done_on": item.done_on,
        "evidence": [{"address": s.address, "state": s.state, "found": list(s.found)} for s in item.shown],
    }  # fmt: skip


def _overdue(item: Progress) -> Finding:
    row = item.commitment
    return finding("cli.centre.overdue", row.id, id=row.id, days=abs(item.days or 0), text=one_of(row.text))


def _line(item: Progress) -> list[object]:
    from suyuan.centre.commitments import WORDS

    row = item.commitment
    style = {"done": "green", "overdue": "bold red"}.get(item.status, "")
    proof = "; ".join(f"{s.address} ({one_of(s.text) if s.text else term(f'shown.{s.state}')})" for s in item.shown)
    return [row.id, row.clause, one_of(row.text), (one_of(WORDS[item.status]), style), row.due or "", proof]


COMMANDS: tuple[tuple[str, Any, Any], ...] = (
    ("dossier", AskedDossier, dossier), ("annual", Annual, annual), ("candidates", Candidates, candidates),
    ("commitments", Commitments, commitments),
)  # fmt: skip
