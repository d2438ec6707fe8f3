"""The papers of a claim as files: annual report, ledger, substitutions, quarters, tiers, register, check, change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.management.tiers import tier_proofs
from suyuan.quantity.finding import Refused
from suyuan.report.carbon.annual import annual_report
from suyuan.report.carbon.changed import change_document
from suyuan.report.carbon.cross_check import cross_check_paper
from suyuan.report.carbon.equipment import equipment_register
from suyuan.report.carbon.hours import ledger
from suyuan.report.carbon.quarter import quality_report
from suyuan.report.carbon.substituted import substitution_log
from suyuan.report.carbon.tiers import tier_proof
from suyuan.report.carbon.told import Head, Paper
from suyuan.report.papers.all import MEDIA
from suyuan.report.service.files import files
from suyuan.site.acts import clock, store
from suyuan.site.acts.carbon import claim as acts
from suyuan.site.acts.carbon import held, stacks
from suyuan.site.acts.carbon.changing import between, predecessor
from suyuan.site.acts.carbon.held import Filed
from suyuan.site.web.evidence.certificate import download
from suyuan.verbs.carbon.accuracy import accuracies
from suyuan.verbs.carbon.claims import held_over
from suyuan.verbs.carbon.engagement import standing
from suyuan.verbs.carbon.monitored import Stacked, monitored
from suyuan.verbs.carbon.register import register

FORMATS = ("pdf", "docx", "xlsx", "html", "json")


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """What papers of a claim are made from. behind: the document it was made from, None where it is not here."""

    claim: Claim
    behind: Filed | None

    def head(self, kind: str, more: str = "") -> Head:
        """What a paper of the claim is about."""
        return Head.of(kind, self.claim, clock.today(), more)

    @property
    def content(self) -> Mapping[str, Any]:
        """Of the document; nothing where it is not here."""
        return self.behind.plant.content if self.behind is not None else {}

    def years(self) -> tuple[Stacked, ...]:
        """The stacks by what was known when the claim was made."""
        assert self.behind is not None
        return stacks.years(self.behind.plant, self.behind.digest, held.known_at(self.claim))

    def before(self) -> Claim | None:
        """The claim that this one supersedes, else the standing one of the unit's year before."""
        return predecessor(self.claim, held.all_claims())


def _annual(desk: Desk) -> Paper:
    behind = acts.behind(desk.claim)
    return annual_report(desk.claim, clock.today(), "both", states=behind.states, check=acts.check(desk.claim),
                         links=behind.links, told=held.plant_said(desk.claim),
                         verified=standing(held.statements_on(desk.claim.digest)),
                         plant=desk.behind.plant if desk.behind is not None else None)  # fmt: skip


def _ledger(desk: Desk) -> Paper:
    return ledger(desk.head("ledger"), [one.year for one in desk.years()])


def _substitution(desk: Desk) -> Paper:
    return substitution_log(desk.head("substitution"), [one.year for one in desk.years()])


def _quarter(number: int) -> Callable[[Desk], Paper]:
    def made(desk: Desk) -> Paper:
        stacked = desk.years()
        tests = accuracies([one.filed for one in stacked])
        head = desk.head("quarter", f"-Q{number}")
        return quality_report(head, [one.year for one in stacked], number, tests=tests)

    return made


def _tiers(desk: Desk) -> Paper:
    assert desk.behind is not None
    plant = desk.behind.plant
    parts = [part for part in monitored(plant, desk.years()).parts if part.kind == "monitoring"]
    states = held_over([e for stream in plant.streams for e in stream.evidence], plant.year, store.evidence())
    return tier_proof(desk.head("tiers"), tier_proofs(plant.streams, parts, date(plant.year, 12, 31)), states)


def _equipment(desk: Desk) -> Paper:
    assert desk.behind is not None
    found = register(desk.behind.plant, clock.today(), store.evidence(), desk.claim.evidence)
    return equipment_register(desk.head("equipment"), found, clock.today())


def _cross_check(desk: Desk) -> Paper:
    check = acts.check(desk.claim)
    assert check is not None
    sums: dict[str, Any] = {}
    for part in desk.claim.parts:
        if part.kind in ("monitoring", "combustion"):
            sums[part.kind] = sums[part.kind] + part.months if part.kind in sums else part.months
    return cross_check_paper(desk.claim, check, (sums["monitoring"], sums["combustion"]), clock.today())


def _change(desk: Desk) -> Paper:
    before = desk.before()
    assert before is not None
    return change_document(desk.head("change"), between(before, desk.claim), (before.digest, desk.claim.digest))


def _monitored(desk: Desk) -> bool:
    return bool(desk.content.get("stacks"))


def _checked(desk: Desk) -> bool:
    try:
        return acts.check(desk.claim) is not None
    except Refused:
        return False


PAPERS: Mapping[str, tuple[Callable[[Desk], bool], Callable[[Desk], Paper]]] = {
    "annual": (lambda _: True, _annual),
    "cross-check": (_checked, _cross_check),
    "tiers": (lambda desk: desk.behind is not None, _tiers),
    "change": (lambda desk: desk.before() is not None, _change),
    "equipment": (lambda desk: bool(desk.content.get("meters")), _equipment),
    "ledger": (_monitored, _ledger),
    "substitution": (_monitored, _substitution),
    **{f"quarter-{n}": (_monitored, _quarter(n)) for n in (1, 2, 3, 4)},
}
"""Kind of paper → whether a claim has it, and what makes it."""


def papers_of(claim: Claim, behind: Filed | None) -> list[dict[str, Any]]:
    """The papers that a claim has, each with its files."""
    desk = Desk(claim, behind)
    return [
        {"key": f"carbon.paper.{kind.partition('-')[0] if kind.startswith('quarter') else kind}",
         "n": kind[-1] if kind.startswith("quarter") else "",
         "files": [(form, reverse("carbon_claim_file", args=[claim.digest, kind, form])) for form in FORMATS]}
        for kind, (has, _) in PAPERS.items() if has(desk)
    ]  # fmt: skip


def paper_answer(claim: Claim, behind: Filed | None, kind: str, form: str) -> HttpResponse:
    """One paper as a file. Raises Http404 for a kind that the claim has not, Refused (a font, rows that are gone)."""
    desk = Desk(claim, behind)
    if kind not in PAPERS or form not in FORMATS or not PAPERS[kind][0](desk):
        raise Http404
    return answer_of(PAPERS[kind][1](desk), f"{kind}-{claim.unit}-{claim.year}", form)


def answer_of(paper: Paper, name: str, form: str) -> HttpResponse:
    """A paper as a download, marked where its data are the demo's."""
    document = replace(paper.document, demo=settings.DEMO)
    made = files(document, paper.fields, "both", (form,))  # type: ignore[arg-type]
    return download(next(iter(made.values())), f"{name}.{form}", MEDIA[form])  # type: ignore[index]
