"""`suyuan gaps`: what firms need and nobody is shown to have, gathered and ranked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import service
from suyuan.cli.language import one_of, term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Refused, finding

if TYPE_CHECKING:
    from suyuan.capability.gaps.gap import Gap
    from suyuan.verbs.matching.gaps import Gaps


@dataclass(frozen=True, kw_only=True)
class AskedGaps(service.OnDay):
    """Of all needs, or of one industry or centre."""

    industry: Annotated[str, typer.Option("--industry", metavar="ID", help=term("help.gaps.industry"))] = ""
    centre: Annotated[str, typer.Option("--centre", metavar="ID", help=term("help.gaps.centre"))] = ""
    drafts: Annotated[bool, typer.Option("--drafts", help=term("help.gaps.drafts"))] = False
    own: Annotated[bool, typer.Option("--own", help=term("help.gaps.own"))] = False


def run(asked: AskedGaps) -> Answer:
    """Clusters of proven gaps, the weightiest first; needs that nobody can judge apart."""
    from suyuan.capability.gaps.industry import industry
    from suyuan.verbs.matching.gaps import gaps_of, gaps_of_centre, gaps_of_industry

    if asked.industry and asked.centre:
        raise Refused(finding("cli.service.one", "suyuan gaps", options="--industry, --centre"))
    at, damaged = service.on_day(asked)
    if asked.industry:
        if industry(asked.industry) is None:
            raise unknown_industry(asked.industry)
        found = gaps_of_industry(at, asked.industry, asked.drafts)
    elif asked.centre:
        found = gaps_of_centre(at, service.named(at.rows("centre"), asked.centre, "centre"), asked.own)
    else:
        found = gaps_of(at)
    # A draft that makes no need is no fault of the data folder.
    told = (replace(item, severity="warning") if item.severity == "error" else item for item in found.findings)
    return Answer(_plain(found), lambda page: _show(page, found), (*damaged, *told))


def unknown_industry(given: str) -> Refused:
    """That there is no such industry, with those that there are."""
    from suyuan.capability.gaps.industry import industries

    known = ", ".join(item.id for item in industries())
    return Refused(finding("cli.industry.unknown", given, given=given[:60], known=known))


def _plain(found: Gaps) -> dict[str, Any]:
    from suyuan.report.service.shown import gap_rows

    return {
        "day": found.day, "counts": dict(found.counts), "needs": len(found.needs),
        "clusters": [
            {"id": row.id, "title": dict(row.title) if row.shown else {}, "weight": row.weight, "firms": row.firms,
             "verdict": row.verdict, "shown": row.shown}
            for row in gap_rows(found.ranking)
        ],
        "gaps": [_gap(item) for item in found.gaps], "unknown": [_gap(item) for item in found.unknown],
    }  # fmt: skip


def _gap(item: Gap) -> dict[str, Any]:
    from suyuan.capability.matching.gates import listed

    if item.need.confidential:
        return {"need": item.need.id, "quantity": item.need.quantity, "verdict": item.kind}
    return {
        "need": item.need.id, "organisation": dict(item.need.organisation), "quantity": item.need.quantity,
        "verdict": item.kind, "gate": item.gate, "missing": listed(item.missing),
        "factor": item.factor, "nearest": list(item.nearest) if item.nearest else None,
    }  # fmt: skip


def _show(page: Page, found: Gaps) -> None:
    from suyuan.report.service.shown import gap_rows, sized

    page.facts((term(f"verdict.{kind}"), count) for kind, count in found.counts.items())
    rows = gap_rows(found.ranking)
    if rows:
        page.title(term("gaps.sized" if sized(found.ranking) else "gaps.unsized"))
        page.table(service.columns("id", "title", "weight", "firms", "verdict"), [
            [row.id, one_of(row.title) if row.shown else term("gaps.masked"), service.number(row.weight), row.firms,
             term(f"verdict.{row.verdict}")]
            for row in rows
        ], (2, 3))  # fmt: skip
    for title, gaps in (("gaps.each", found.gaps), ("gaps.unknown", found.unknown)):
        if gaps:
            page.title(term(title))
            page.table(service.columns("need", "title", "verdict", "gate", "missing", "nearest"), map(_line, gaps))


def _line(item: Gap) -> list[object]:
    from suyuan.capability.matching.gates import listed

    verdict = term(f"verdict.{item.kind}")
    if item.need.confidential:
        return [item.need.id, term("gaps.masked"), verdict, "", "", ""]
    gates = ", ".join(term(f"gate.{name}") for name in item.gates or ((item.gate,) if item.gate else ()))
    return [item.need.id, one_of(item.need.title), verdict, gates, listed(item.missing), " ".join(item.nearest or ())]
