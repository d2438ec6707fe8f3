"""`suyuan match`: a need against capabilities: the verdict, the gates, and what would help."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli import reading
from suyuan.cli.command import Data, Day, today
from suyuan.cli.language import language, one_of, term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Finding, Refused, finding, sentences

if TYPE_CHECKING:
    from suyuan.capability.gates import Examined
    from suyuan.capability.match import Match
    from suyuan.procedure.register import Register

MOST = 12
"""Capabilities in the table; `--json` has all."""


@dataclass(frozen=True)
class MatchNeed:
    """What is asked for."""

    need: Annotated[Path, typer.Argument(metavar="NEED", help=term("help.need"))]
    capabilities: Annotated[
        Path | None, typer.Option("--capabilities", metavar="FILE", help=term("help.capabilities"))
    ] = None  # fmt: skip
    data: Data = None
    day: Day = ""
    stated: Annotated[bool, typer.Option("--stated", help=term("help.stated"))] = False


def run(asked: MatchNeed) -> Answer:
    """The matches of all needs of a file."""
    from suyuan.verbs.match import match_all
    from suyuan.verbs.match_written import match_json
    from suyuan.verbs.snapshot import Documents, snapshot

    if asked.capabilities is None and asked.data is None:
        raise Refused(
            finding("cli.option.needs", "match", option="match", needed="--capabilities FILE / --data FOLDER")
        )
    day = reading.read_day(asked.day, "--day") or today()
    evidence, damaged = reading.evidence_of(asked.data)
    documents = reading.open_store(asked.data).service() if asked.data is not None else Documents()
    delivered = list(documents.registers)
    told: list[Finding] = list(damaged)
    if asked.capabilities is not None:
        register, found = _register(asked.capabilities, "capability", day.isoformat())
        delivered.append(register)
        told += found
    needs, found = _register(asked.need, "need", day.isoformat())
    told += found
    at = snapshot(evidence, Documents(tuple(delivered), documents.matters, documents.guidelines), day)
    matches = match_all(at, needs.rows.get("need", ()), "stated" if asked.stated else "evidence")
    if not matches:
        raise Refused(finding("cli.match.no_need", str(asked.need)), *told)
    values = {"day": day.isoformat(), "matches": [match_json(item) for item in matches]}
    return Answer(values, lambda page: _show(page, matches), tuple(told))


def _register(path: Path, kind: str, day: str) -> tuple[Register, tuple[Finding, ...]]:
    """The register in a file, and what is wrong with its rows; Refused where no row can be read."""
    from suyuan.verbs.match_written import register_of

    register, found = register_of(reading.read_object(path), kind, day)
    named = tuple(reading.in_file(item, path) for item in found)
    if register is None:
        raise Refused(*named)
    return register, named


def _show(page: Page, matches: tuple[Match, ...]) -> None:
    for found in matches:
        _one(page, found)


def _one(page: Page, found: Match) -> None:
    from suyuan.capability.gates import between, listed

    need = found.need
    page.title(f"{need.id}  {one_of(need.title)}".rstrip())
    page.text(term(f"verdict.{found.verdict}"), "green" if found.verdict == "can" else "bold red")
    if need.confidential:
        return
    target = need.target
    wanted = (
        "" if target is None else f"{target.U:.4g} {target.unit.symbol}" if target.unit else f"{100 * target.U:.4g} %"
    )
    page.facts((
        (term("match.quantity"), need.quantity), (term("match.interval"), between(need.interval)),
        (term("match.target"), wanted), (term("match.uncovered"), listed(found.uncovered)),
        (term("match.adequate"), listed(found.adequate)),
        (term("match.single"), ", ".join(_name(item) for item in found.single)),
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
    if found.routes:
        page.title(term("match.routes"))
        for route in found.routes:
            page.text(f"  · {sentences(route.said, language().value)['what']}")
    page.findings(found.findings)


def _name(item: Examined) -> str:
    return f"{one_of(item.capability.laboratory)} {item.capability.id}".strip()


def _said(found: tuple[Finding, ...]) -> str:
    return sentences(found[0], language().value)["what"] if found else ""
