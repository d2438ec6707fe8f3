"""`suyuan compare tested`: what released comparisons say of a laboratory, a measurement standard or a person."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import reading
from suyuan.cli.command import DataNeeded, Day, today
from suyuan.cli.language import one_of, term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from suyuan.traceability.evidence import Outcome
    from suyuan.traceability.outcome import Tested as Found

COLUMNS = ("comparison", "measurand", "laboratory", "measured", "d", "score", "verdict", "standard")


@dataclass(frozen=True)
class Tested:
    """Of whom or what, and on which day; without any of the three, all outcomes."""

    data: DataNeeded
    laboratory: Annotated[str, typer.Option("--laboratory", metavar="NAME", help=term("help.tested.laboratory"))] = ""
    standard: Annotated[str, typer.Option("--standard", metavar="NUMBER", help=term("help.tested.standard"))] = ""
    person: Annotated[str, typer.Option("--person", metavar="NAME", help=term("help.tested.person"))] = ""
    day: Day = ""


def run(asked: Tested) -> Answer:
    """The outcomes that support and contradict; a contradiction is a finding."""
    from suyuan.traceability import outcome as outcomes

    if sum(map(bool, (asked.laboratory, asked.standard, asked.person))) > 1:
        raise Refused(finding("cli.tested.one", "suyuan compare tested"))
    day = reading.read_day(asked.day, "--day") or today()
    evidence, damaged = reading.evidence_of(asked.data)
    if asked.standard:
        keys = {key for o in evidence.outcomes for key in o.standards if asked.standard in (key[1], " ".join(key))}
        found = outcomes.of_any_standard(evidence, keys, day)
    elif asked.person:
        found = outcomes.of_person(evidence, asked.person, day)
    else:
        names = (
            {asked.laboratory} if asked.laboratory else {n for o in evidence.outcomes for n in o.laboratory.values()}
        )
        found = outcomes.of_laboratory(evidence, names, day)
    told = (*damaged, *(_contradicted(o) for o in found.contradicts))
    values = {"state": found.state, "day": day} | {
        side: [asdict(o) for o in getattr(found, side)] for side in ("contradicts", "remedied", "supports")
    }
    return Answer(values, lambda page: _show(page, found), told)


def _contradicted(o: Outcome) -> Finding:
    score = "—" if o.score is None else f"{o.score:+.2f}".replace("-", "−")
    return finding("cli.tested.contradicted", o.comparison, laboratory=one_of(o.laboratory), measurand=o.measurand,
                   score=o.score_name, number=score, measured=o.measured)  # fmt: skip


def _show(page: Page, found: Found) -> None:
    page.title(term(f"tested.{found.state}"))
    rows = [_row(o, o in found.remedied) for o in (*found.contradicts, *found.remedied, *found.supports)]
    if rows:
        page.table([term(f"tested.column.{name}") for name in COLUMNS], rows, (4, 5))


def _row(o: Outcome, remedied: bool) -> list[Any]:
    from suyuan.quantity.notation import grouped, notate

    d = "" if o.d is None else grouped(notate(o.d, o.U_d, o.unit).pair or "")
    score = "" if o.score is None else f"{o.score_name} {o.score:+.2f}".replace("-", "−")
    verdict = term(f"compare.verdict.{o.verdict}")
    if remedied:
        verdict += term("tested.remedied", day=o.remedied)
    standards = ", ".join(" ".join(key) for key in o.standards)
    return [o.comparison, o.measurand, one_of(o.laboratory), o.measured, d, score, verdict, standards]


COMMANDS: tuple[tuple[str, Any, Any], ...] = (("tested", Tested, run),)
"""Name, what is asked, what runs: the group `compare` takes them in."""
