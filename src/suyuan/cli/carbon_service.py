"""`suyuan carbon`: what a plant lacks as needs that the catalogue of services answers; a measure before and after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import reading, service
from suyuan.cli.carbon import columns, plant_of, read_claim_file
from suyuan.cli.carbon_manage import ClaimFile, Pairs, pairs
from suyuan.cli.carbon_tonnes import spread, tonnes
from suyuan.cli.command import Out
from suyuan.cli.language import one_of, term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suyuan.capability.matching.match import Match
    from suyuan.carbon.claim.claim import Claim
    from suyuan.carbon.claim.improved import Improved, Moved
    from suyuan.carbon.plant import Plant
    from suyuan.verbs.carbon.needs import Wanted


@dataclass(frozen=True, kw_only=True)
class AskNeeds(service.OnDay):
    """What a claim's measurements lack, and who can give it."""

    claim: ClaimFile
    plant: Annotated[Path | None, typer.Option("--plant", metavar="PLANT", help=term("help.carbon.needs.plant"))] = None
    least: Annotated[float, typer.Option("--least", metavar="SHARE", help=term("help.carbon.least"))] = 0.1
    left: Annotated[float, typer.Option("--left", metavar="FACTOR", help=term("help.carbon.left"))] = 0.5
    by: Annotated[str, typer.Option("--by", metavar="YYYY-MM-DD", help=term("help.carbon.wished"))] = ""
    region: Annotated[str, typer.Option("--region", metavar="CODE", help=term("help.carbon.where"))] = ""
    out: Out = None


@dataclass(frozen=True, kw_only=True)
class AskImproved:
    """Before and after a measure, or before and what is only supposed."""

    before: Annotated[Path, typer.Argument(metavar="BEFORE", help=term("help.carbon.improved.before"))]
    after: Annotated[Path | None, typer.Argument(metavar="AFTER", help=term("help.carbon.improved.after"))] = None
    better: Pairs = None


# ---------------------------------------------------------------- what is lacking, and who can


def needs(asked: AskNeeds) -> Answer:
    """Each link that a plant lacks and each measurement that is worth a better one, as a need with its match."""
    from suyuan.verbs.carbon.lacks import lacks
    from suyuan.verbs.carbon.needs import delivery, wanted
    from suyuan.verbs.matching.match import match_all

    for option, share, lowest in (("--least", asked.least, 0.0), ("--left", asked.left, 0.01)):
        if not lowest <= share <= 1.0:
            raise Refused(finding("carbon.needs.least", option, option=option, given=f"{share:g}",
                                  lowest=f"{lowest:g}"))  # fmt: skip
    if asked.out is not None:
        reading.free(asked.out)
    claim, by = read_claim_file(asked.claim), reading.read_day(asked.by, "--by")
    at, damaged = service.on_day(asked)
    plant = plant_of(asked.plant)[0] if asked.plant is not None else plant_in(asked.data, claim)
    found, told = lacks(claim, at.evidence, at.day, plant, asked.least, asked.left)
    made = wanted(claim, found, at.evidence, at.day, by, asked.region)
    matches = match_all(at, [one.need for one in made])
    if asked.out is not None:
        reading.write_new(asked.out, delivery(claim, made, at.day))
    u = float(claim.best.u)
    values = {"unit": claim.unit, "year": claim.year, "day": at.day, "u": u, "unit_of_values": "tCO2",
              "needs": [_need_json(one, match, u) for one, match in zip(made, matches, strict=True)],
              **({"written": str(asked.out)} if asked.out is not None else {})}  # fmt: skip
    findings: tuple[Finding, ...] = (*damaged, *told, *(item for one in made for item in one.findings))

    def show(page: Page) -> None:
        page.title(f"{claim.enterprise}  {claim.unit}  {claim.year}")
        _needs(page, made, matches, u)
        if asked.out is not None:
            page.text(service.written(asked.out))

    return Answer(values, show, tuple(dict.fromkeys(findings)))


def plant_in(folder: Path, claim: Claim) -> Plant | None:
    """The document that a claim names, in a data folder; None where it is bound to none and where that is not there."""
    from suyuan.carbon.plant import Plant

    store = reading.open_store(folder)
    if not any(entry.digest == claim.plant for entry in store.documents()):
        return None
    found = store.value(claim.plant)
    return found if isinstance(found, Plant) else None


def _need_json(one: Wanted, match: Match, u: float) -> dict[str, Any]:
    lack = one.lack
    behind = lack.behind
    return {
        "need": dict(one.row), "thing": lack.name, "reasons": list(lack.reasons), "service": lack.service["id"],
        "places": [list(place) for place in lack.places], "counted": lack.counted,
        "certificate": f"{behind.issuer} {behind.number}".strip() if behind and not behind.sample else None,
        "until": lack.until, "u": lack.u, "share": lack.share, "left": lack.left, "U_saved": lack.saved(u),
        "verdict": match.verdict, "can": [list(item.capability.key) for item in match.single],
        "nearest": list(match.nearest.capability.key) if match.nearest is not None else None,
        "failed": list(match.nearest.failed) if match.nearest is not None else [],
    }  # fmt: skip


def _needs(page: Page, made: Sequence[Wanted], matches: Sequence[Match], u: float) -> None:
    if not made:
        page.text(term("carbon.needs.nothing"))
        return
    names = ("need", "reason", "share", "saved", "target", "by")
    page.table([*columns(*(f"carbon.needs.{name}" for name in names)), *columns("verdict", "who")], [
        [one_of(one.need.title), ", ".join(term(f"carbon.lack.{reason}") for reason in one.lack.reasons),
         f"{100 * one.lack.share:.1f} %" if one.lack.counted else term("carbon.checks_only"),
         spread(one.lack.saved(u)) if one.lack.left < 1.0 and one.lack.u else "", _target(one), str(one.need.day or ""),
         (term(f"carbon.needs.{match.verdict}"), "green" if match.verdict == "can" else "bold red"), _who(match)]
        for one, match in zip(made, matches, strict=True)
    ], (2, 3))  # fmt: skip
    if any(match.verdict != "can" for match in matches):
        page.text(term("carbon.needs.challenge"))


def _target(one: Wanted) -> str:
    from suyuan.report.service.need_words import size_text

    target = one.need.target
    return "" if target is None else size_text(target.U, target.unit, 3)


def _who(match: Match) -> str:
    """Who can, the first three; else who is nearest and at which gates it fails."""
    if match.single:
        return ", ".join(f"{one_of(one.capability.laboratory)} {one.capability.id}" for one in match.single[:3])
    if match.nearest is None:
        return ""
    failed = ", ".join(term(f"gate.{name}") for name in match.nearest.failed)
    return f"({one_of(match.nearest.capability.laboratory)} {match.nearest.capability.id}: {failed})"


# ---------------------------------------------------------------- before and after


def improved(asked: AskImproved) -> Answer:
    """What a measure was worth: U before and after by measurement, at the same tonnes."""
    from suyuan.carbon.claim.improved import improved as compared
    from suyuan.carbon.claim.improved import supposed

    better = pairs(asked.better)
    if (asked.after is None) == (not better):
        raise Refused(finding("cli.carbon.after_or_better", "AFTER"))
    before = read_claim_file(asked.before)
    found = supposed(before, better) if asked.after is None else compared(before, read_claim_file(asked.after))
    values = {
        "years": list(found.years), "tonnes": list(found.tonnes), "u": list(found.u),
        "U_relative": list(found.relative), "u_is_least": list(found.least), "U_saved": found.saved, "unit": "tCO2",
        "supposed": asked.after is None,
        "measurements": [
            {"name": row.name, "state": row.state, "effect": row.effect,
             "before": _side_json(row.before, row.share_before), "after": _side_json(row.after, row.share_after)}
            for row in found.rows
        ],
    }  # fmt: skip
    return Answer(values, lambda page: _improved(page, found), found.findings)


def _side_json(held: Any, share: float) -> dict[str, Any] | None:
    return None if held is None else {"u": held.u, "share": share, "certificates": list(held.numbers)}


def _improved(page: Page, found: Improved) -> None:
    from suyuan.carbon.claim.improved import merged

    before, after = (f"{spread(2 * u, least)} t ({spread(100 * share, least)} %)" for u, share, least in
                     zip(found.u, found.relative, found.least, strict=True))  # fmt: skip
    page.text(term("carbon.improved.said", before=before, after=after, saved=tonnes(found.saved)), "bold")
    page.table(columns("carbon.improved.what", "carbon.improved.certificates", "carbon.improved.u", "carbon.share",
                       "carbon.improved.effect", "status"), [
        [row.name or term("carbon.improved.rest"), _numbers(row), _pair(row, "u"), _pair(row, "share"),
         f"{row.effect:+,.4g}" if row.effect else "0", term(f"carbon.improved.{row.state}")]
        for row in merged(found, 12).rows
    ], (2, 3, 4))  # fmt: skip


def _numbers(row: Moved) -> str:
    """Certificates before and after; of many the first and how many."""
    sides = [held.numbers if held is not None else () for held in (row.before, row.after)]
    said = [side[0] + (f" +{len(side) - 1}" if len(side) > 1 else "") if side else "—" for side in sides]
    return "" if said == ["—", "—"] else said[0] if said[0] == said[1] else " → ".join(said)


def _pair(row: Moved, what: str) -> str:
    sides = (row.before, row.share_before), (row.after, row.share_after)
    if what == "u":
        return " → ".join("—" if held is None else spread(held.u) for held, _ in sides)
    return " → ".join("—" if held is None else f"{100 * share:.1f} %" for held, share in sides)


COMMANDS = (("needs", AskNeeds, needs), ("improved", AskImproved, improved))
