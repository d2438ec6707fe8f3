"""`suyuan match`: a need against capabilities: the verdict, the gates, and what would help."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import reading, register_files, service
from suyuan.cli.command import Data, Day, today
from suyuan.cli.language import language, one_of, term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Finding, Refused, finding, sentences

if TYPE_CHECKING:
    from suyuan.capability.matching.compose import Composite
    from suyuan.capability.matching.gate import Examined
    from suyuan.capability.matching.match import Match
    from suyuan.capability.need import Need
    from suyuan.procedure.register import Register
    from suyuan.verbs.snapshot import Snapshot

MOST = 12
"""Capabilities in the table; `--json` has all."""


@dataclass(frozen=True)
class MatchNeed:
    """What is asked for."""

    need: Annotated[Path | None, typer.Argument(metavar="NEED", help=term("help.need"))] = None
    capabilities: Annotated[
        Path | None, typer.Option("--capabilities", metavar="FILE", help=term("help.capabilities"))
    ] = None  # fmt: skip
    data: Data = None
    day: Day = ""
    stated: Annotated[bool, typer.Option("--stated", help=term("help.stated"))] = False
    id: Annotated[str, typer.Option("--id", metavar="ID", help=term("help.match.id"))] = ""
    every: Annotated[bool, typer.Option("--all", help=term("help.match.all"))] = False
    pdf: Annotated[Path | None, typer.Option("--proof", "--pdf", metavar="FILE", help=term("help.match.pdf"))] = None


def run(asked: MatchNeed) -> Answer:
    """The matches of the needs of a file, of one of the data folder, or of all of them."""
    from suyuan.verbs.matching.match import match_all
    from suyuan.verbs.matching.written import match_json
    from suyuan.verbs.snapshot import Documents, snapshot

    if asked.capabilities is None and asked.data is None:
        raise Refused(
            finding("cli.option.needs", "match", option="match", needed="--capabilities FILE / --data FOLDER")
        )
    if asked.need is None and not asked.id and not asked.every:
        raise Refused(finding("cli.match.nothing", "match"))
    if asked.pdf is not None:
        reading.free(asked.pdf)
    day = reading.read_day(asked.day, "--day") or today()
    evidence, damaged = reading.evidence_of(asked.data)
    documents = reading.open_store(asked.data).service() if asked.data is not None else Documents()
    delivered = list(documents.registers)
    told: list[Finding] = list(damaged)
    if asked.capabilities is not None:
        register, found = _register(asked.capabilities, "capability", day)
        delivered.append(register)
        told += found
    at = snapshot(evidence, replace(documents, registers=tuple(delivered)), day)
    needs, found = _needs(asked, at)
    told += found
    matches = match_all(at, needs, "stated" if asked.stated else "evidence")
    if not matches:
        raise Refused(finding("cli.match.no_need", str(asked.need or asked.data)), *told)
    values: dict[str, Any] = {"day": day.isoformat(), "matches": [match_json(item) for item in matches]}
    if asked.pdf is not None:
        values["written"] = _proof(matches, asked.pdf, day)
    table = asked.every and len(matches) > 1

    def show(page: Page) -> None:
        _table(page, matches) if table else _show(page, matches)
        if asked.pdf is not None:
            page.text(service.written(asked.pdf))

    return Answer(values, show, tuple(told))


def _needs(asked: MatchNeed, at: Snapshot) -> tuple[tuple[Need, ...], tuple[Finding, ...]]:
    """Which needs are asked about: those of the file, else those of the data folder; of them the one of an id."""
    found: tuple[Finding, ...] = ()
    needs: tuple[Need, ...] = at.needs
    if asked.need is not None:
        register, found = _register(asked.need, "need", at.day)
        needs = tuple(register.rows.get("need", ()))
    return (
        (service.named(needs, asked.id, "need", None if asked.need is not None else at),) if asked.id else needs
    ), found


def _proof(matches: tuple[Match, ...], out: Path, day: date) -> str:
    """The proof of the one match, written."""
    from suyuan.report.service.proof import proof_document, proof_fields

    if len(matches) > 1:
        ids = ", ".join(item.need.id for item in matches[:MOST])
        raise Refused(finding("cli.match.several", "--proof", count=len(matches), ids=ids))
    found = matches[0]
    service.write_document(
        proof_document(found, day, masked=True), proof_fields(found, True), out, ("pdf", "docx", "html", "json", "xlsx")
    )
    return str(out)


def _register(path: Path, kind: str, day: date) -> tuple[Register, tuple[Finding, ...]]:
    """The register in a file (JSON, .xlsx, .csv), and what is wrong with its rows; Refused where no row can be read."""
    from suyuan.verbs.matching.written import register_of

    if register_files.is_table(path):
        # A row that is left out is told; what the others can is not changed by it.
        table, told = register_files.register_in(path, day)
        return table, tuple(replace(item, severity="warning") if item.severity == "error" else item for item in told)
    register, found = register_of(reading.read_object(path), kind, day.isoformat())
    named = tuple(reading.in_file(item, path) for item in found)
    if register is None:
        raise Refused(*named)
    return register, named


def _table(page: Page, matches: tuple[Match, ...]) -> None:
    """All needs, one line each."""
    page.table(service.columns("id", "title", "quantity", "interval", "verdict", "who"), [_line(m) for m in matches])


def _line(found: Match) -> list[object]:
    from suyuan.capability.matching.gates import between
    from suyuan.cli import words

    need = found.need
    verdict = term(f"verdict.{found.verdict}"), "green" if found.verdict == "can" else "bold red"
    if need.confidential:
        return [need.id, "", need.quantity, "", verdict, ""]
    near = found.single or ((found.nearest,) if found.nearest is not None else ())
    who = ", ".join(_name(item) for item in near[:3])
    if found.verdict == "can" and not found.single:
        who = " + ".join(_name(item) for item in (*found.composite, *found.several)[0].members)
    return [need.id, one_of(need.title), words.quantity(need.quantity), between(need.interval), verdict, who]


def _show(page: Page, matches: tuple[Match, ...]) -> None:
    for found in matches:
        _one(page, found)


def _one(page: Page, found: Match) -> None:
    from suyuan.capability.matching.gates import between, listed
    from suyuan.cli import words
    from suyuan.report.service.need_words import size_text

    need = found.need
    page.title(need.id if need.confidential else f"{need.id}  {one_of(need.title)}".rstrip())
    page.text(term(f"verdict.{found.verdict}"), "green" if found.verdict == "can" else "bold red")
    if need.confidential:
        return
    target = need.target
    wanted = "" if target is None else size_text(target.U, target.unit, 4)
    page.facts((
        (term("match.quantity"), words.quantity(need.quantity)), (term("match.interval"), between(need.interval)),
        (term("match.target"), wanted), (term("match.uncovered"), listed(found.uncovered)),
        (term("match.adequate"), listed(found.adequate)),
        (term("match.single"), ", ".join(_name(item) for item in found.single)),
        *((term("match.together"), _together(item)) for item in (*found.composite, *found.several)[:MOST]),
        (term("match.examined"), len(found.examined)), (term("match.others"), found.others),
    ))  # fmt: skip
    if found.nearest is not None and found.verdict != "can":
        page.title(f"{term('match.nearest')}{term('mark.colon')}{_name(found.nearest)}")
        page.table(
            [term("match.gate"), term("match.state"), term("match.reason")],
            [[term(f"gate.{g.name}"), term(f"gatestate.{g.state}"), _said(g.findings)] for g in found.nearest.gates],
        )
    if len(found.examined) > 1:
        page.title(term("match.all"))
        page.table([term("match.capability"), term("match.failed")], [
            [_name(item), ", ".join(term(f"gate.{name}") for name in item.failed) or "✓"]
            for item in found.examined[:MOST]
        ])  # fmt: skip
    if found.routes and found.verdict != "can":
        page.title(term("match.routes"))
        for route in found.routes:
            page.text(f"  · {sentences(route.said, language().value)['what']}")
    page.findings(found.findings)


def _together(found: Composite) -> str:
    """Who meets which part, and the certificates or influences that tie the parts."""
    from suyuan.capability.matching.gates import listed

    parts = " + ".join(f"{_name(e)} ({listed(part)})" for e, part in zip(found.members, found.parts, strict=True))
    ties = ", ".join(" ".join(s.certificate) if s.certificate else s.identity[:8] for s in found.shared)
    return f"{parts}; {term('match.shared')} {ties}" if ties else parts


def _name(item: Examined) -> str:
    return f"{one_of(item.capability.laboratory)} {item.capability.id}".strip()


def _said(found: tuple[Finding, ...]) -> str:
    from suyuan.cli import words

    return sentences(words.spoken(found[0]), language().value)["what"] if found else ""
