"""What is wrong with a dossier: each check is a function of the dossier that yields findings with their place.

A reviewer reads «where» to find the thing: capability/C-3, need/N-7, document/task_book. An error keeps the dossier
from being handed in; a warning must be answered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from suyuan.centre.dossier import Claimed, Dossier, computed, documents, limit, numbers_said, wanted
from suyuan.centre.funds import SCALES
from suyuan.quantity.finding import Finding, finding, in_both

Check = Callable[[Dossier], Iterator[Finding]]
RULE = "suyuan.centre/rules/dossier.json"


def completeness(dossier: Dossier) -> tuple[Finding, ...]:
    """Everything that is missing, contradictory, expired or unproven, in the order of the dossier; () for a sound one.

    Source: faults that panels name in public (material not complete, scope too wide, claims without proof); limits are
    proposed (`rules/dossier.json`).
    """
    return tuple(item for check in CHECKS for item in check(dossier))


# ---------------------------------------------------------------- documents


def _missing(dossier: Dossier) -> Iterator[Finding]:
    for row in wanted(dossier):
        paper = dossier.paper(row["name"])
        where = f"document/{row['name']}"
        if paper is None:
            yield finding("dossier.document.missing", where, rule=RULE, title_zh=row["zh"], title_en=row["en"])
        elif not paper.digest:
            yield finding("dossier.document.unstored", where, rule=RULE, title_zh=row["zh"], title_en=row["en"])


def _papers(dossier: Dossier) -> Iterator[Finding]:
    rows = {row["name"]: row for row in documents()}
    names = Counter(paper.name for paper in dossier.papers)
    for paper in dossier.papers:
        row = rows.get(paper.name)
        where = f"document/{paper.name}"
        if row is None:
            yield finding("dossier.document.unknown", where, "warning", name=paper.name, known=", ".join(rows))
            continue
        title: dict[str, Any] = {"title_zh": row["zh"], "title_en": row["en"]}
        if names[paper.name] > 1:
            yield finding("dossier.document.twice", where, **title)
        if paper.day is None:
            yield finding("dossier.document.undated", where, **title)
        elif paper.day > dossier.day:
            yield finding("dossier.document.future", where, day=paper.day, today=dossier.day, **title)
        if paper.valid_until is not None and paper.valid_until < dossier.day:
            yield finding("dossier.document.expired", where, until=paper.valid_until, **title)
        if row["signed"] and not paper.signed:
            yield finding("dossier.document.unsigned", where, **title)
        if paper.centre and paper.centre not in dossier.centre.name.values():
            yield finding("dossier.document.centre", where, given=paper.centre, name=dossier.name, **title)


def _same_file(dossier: Dossier) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for paper in dossier.papers:
        if paper.digest and first.setdefault(paper.digest, paper.name) != paper.name:
            other = first[paper.digest]
            yield finding("dossier.document.same", f"document/{paper.name}", name=paper.name, other=other)


def _order(dossier: Dossier) -> Iterator[Finding]:
    rows = {row["name"]: row for row in documents()}
    for paper in dossier.papers:
        for name in rows.get(paper.name, {}).get("after", ()):
            other = dossier.paper(name)
            if other is not None and other.day is not None and paper.day is not None and paper.day < other.day:
                yield finding(
                    "dossier.document.order", f"document/{paper.name}", rule=RULE, day=paper.day, other=other.day,
                    title_zh=rows[paper.name]["zh"], title_en=rows[paper.name]["en"],
                    before_zh=rows[name]["zh"], before_en=rows[name]["en"],
                )  # fmt: skip


# ---------------------------------------------------------------- the centre


def _host(dossier: Dossier) -> Iterator[Finding]:
    centre = dossier.centre
    if not any(centre.host.values()):
        yield finding("dossier.host.missing", f"centre/{centre.id}")
    elif centre.host_independent is None:
        yield finding("dossier.host.unknown", f"centre/{centre.id}", "error", "", **in_both("host", centre.host))
    elif not centre.host_independent:
        yield finding("dossier.host.dependent", f"centre/{centre.id}", "error", "", **in_both("host", centre.host))
    if centre.host_independent and not centre.document:
        yield finding("dossier.host.unproven", f"centre/{centre.id}", "warning", "", **in_both("host", centre.host))


def _scope(dossier: Dossier) -> Iterator[Finding]:
    if not dossier.centre.industry and dossier.centre.scope == "centre":
        yield finding("dossier.scope.none", f"centre/{dossier.centre.id}")
    kinds = {dossier.centre.industry} - {""}
    for kind, items in (("capability", dossier.capabilities), ("need", dossier.needs)):
        for item in items:
            if item.industry and item.industry not in kinds:
                if len(kinds) >= limit("industries_most"):
                    own = ", ".join(sorted(kinds))
                    yield finding("dossier.scope.mixed", f"{kind}/{item.id}", rule=RULE, given=item.industry, own=own)
                else:
                    kinds.add(item.industry)


# ---------------------------------------------------------------- needs


def _needs(dossier: Dossier) -> Iterator[Finding]:
    seen: dict[tuple[str, str, str, str], str] = {}
    for need in dossier.needs:
        where = f"need/{need.id}"
        if not need.organisation:
            yield finding("dossier.need.organisation", where)
        if not need.interval:
            yield finding("dossier.need.interval", where)
        if not need.target:
            yield finding("dossier.need.target", where)
        if need.met is None:
            yield finding("dossier.need.undecided", where, "warning")
        key = (need.organisation, need.quantity, need.interval, need.target)
        if seen.setdefault(key, need.id) != need.id and all(key):
            yield finding("dossier.need.twice", where, other=seen[key], organisation=need.organisation)


def _enterprises(dossier: Dossier) -> Iterator[Finding]:
    if "demand_survey" not in {row["name"] for row in wanted(dossier)}:
        return
    count, least = len({need.organisation for need in dossier.needs if need.organisation}), dossier.enterprises_least
    least = limit("enterprises_least") if least is None else least  # the gate's number; ours where no gate gives one
    if count < least:
        yield finding("dossier.enterprises.few", "needs", rule=RULE, count=count, least=f"{least:g}")


# ---------------------------------------------------------------- capabilities


def _capabilities(dossier: Dossier) -> Iterator[Finding]:
    if not dossier.capabilities and dossier.centre.scope in ("centre", "carbon_centre"):
        yield finding("dossier.capability.none", "capabilities")
    names = Counter(claim.id for claim in dossier.capabilities)
    for claim in dossier.capabilities:
        where = f"capability/{claim.id}"
        if names[claim.id] > 1:
            yield finding("dossier.capability.twice", where, id=claim.id)
        if not claim.interval:
            yield finding("dossier.capability.interval", where)
        if not claim.uncertainty:
            yield finding("dossier.capability.uncertainty", where)
        if claim.terms < 1:
            yield finding("dossier.capability.budget", where)
        if claim.chain is not True:
            code = "dossier.capability.chain" if claim.chain is False else "dossier.capability.chain_unknown"
            yield Finding(code, where)
        if claim.compared is False:
            yield finding("dossier.capability.comparison", where)
        if claim.laboratory not in dossier.centre.laboratories:
            own = ", ".join(dossier.centre.laboratories)
            yield finding("dossier.capability.foreign", where, laboratory=claim.laboratory, own=own)
        if claim.standing_until is not None and claim.standing_until < dossier.day:
            yield finding("dossier.capability.standing", where, until=claim.standing_until)
        yield from _backings(claim, dossier.day, where)
        yield from _authorised(claim, dossier, where)


def _backings(claim: Claimed, day: date, where: str) -> Iterator[Finding]:
    if not claim.backings:
        yield finding("dossier.capability.certificates", where)
    for one in claim.backings:
        place = f"{where}/certificate/{one.number}"
        if one.state == "withdrawn":
            yield finding("dossier.capability.withdrawn", place, issuer=one.issuer, number=one.number)
        elif one.state == "expired" or (one.valid_until is not None and one.valid_until < day):
            until = one.valid_until or "—"
            yield finding("dossier.capability.expired", place, issuer=one.issuer, number=one.number, until=until)
        elif one.state == "unknown":
            yield finding("dossier.capability.certificate_unknown", place, issuer=one.issuer, number=one.number)


def _authorised(claim: Claimed, dossier: Dossier, where: str) -> Iterator[Finding]:
    if claim.persons is None:
        yield finding("dossier.capability.persons_unknown", where)
        return
    staff = {one.id: one for one in dossier.staff}
    good = [one for one in claim.persons if one in staff and staff[one].state == "valid"]
    for one in claim.persons:
        if one not in staff:
            yield finding("dossier.capability.person", where, person=one)
    if len(good) < limit("persons_least"):
        least = f"{limit('persons_least'):g}"
        yield finding("dossier.capability.persons", where, rule=RULE, count=len(good), least=least)


# ---------------------------------------------------------------- persons


def _staff(dossier: Dossier) -> Iterator[Finding]:
    hosts = {*dossier.centre.host.values(), *dossier.centre.laboratories, *dossier.centre.partners}
    for one in dossier.staff:
        where, name = f"person/{one.id}", in_both("name", one.name)
        if one.state == "expired" or (
            one.state == "valid" and one.valid_until is not None and one.valid_until < dossier.day
        ):
            yield finding("dossier.person.lapsed", where, "error", "", until=one.valid_until or "—", **name)
        elif one.state in ("suspended", "withdrawn"):
            yield finding("dossier.person.suspended", where, "error", "", **name)
        elif one.state == "none":
            yield finding("dossier.person.unauthorised", where, "error", "", **name)
        if one.employed_until is not None and one.employed_until < dossier.day:
            yield finding("dossier.person.left", where, "error", "", day=one.employed_until, **name)
        if one.organisation not in hosts:
            yield finding("dossier.person.foreign", where, "warning", "", organisation=one.organisation, **name)


# ---------------------------------------------------------------- money and milestones


def _money(dossier: Dossier) -> Iterator[Finding]:
    for line in dossier.money:
        where = f"fund/{line.id}"
        if not line.source:
            yield finding("dossier.fund.source", where)
        if line.amount is None:
            yield finding("dossier.fund.amount", where)
        elif line.amount < 0.0:
            yield finding("dossier.fund.negative", where, amount=f"{line.amount:g}")
        if line.unit not in SCALES:
            yield finding("dossier.fund.unit", where, given=line.unit, known="、".join(SCALES))
        if line.year is None:
            yield finding("dossier.fund.year", where)
        elif line.kind == "actual" and line.year > dossier.day.year:
            yield finding("dossier.fund.future", where, year=line.year, today=dossier.day)
        if not line.document:
            yield finding("dossier.fund.document", where, "warning")
    years = {line.year for line in dossier.money if line.kind == "plan" and line.year is not None}
    if len(years) < limit("fund_years_least"):
        least = f"{limit('fund_years_least'):g}"
        yield finding("dossier.fund.years", "funds", rule=RULE, count=len(years), least=least)


def _milestones(dossier: Dossier) -> Iterator[Finding]:
    by_id = {one.id: one for one in dossier.milestones}
    for one in dossier.milestones:
        where = f"milestone/{one.id}"
        if one.start is None or one.end is None:
            yield finding("dossier.milestone.undated", where)
            continue
        if one.end < one.start:
            yield finding("dossier.milestone.backwards", where, start=one.start, end=one.end)
        if not one.owner:
            yield finding("dossier.milestone.owner", where)
        if dossier.term is not None and not (dossier.term[0] <= one.start and one.end <= dossier.term[1]):
            yield finding("dossier.milestone.term", where, first=dossier.term[0], last=dossier.term[1])
        for name in one.after:
            other = by_id.get(name)
            if other is None:
                yield finding("dossier.milestone.unknown", where, other=name)
            elif other.end is not None and one.start < other.end:
                yield finding("dossier.milestone.order", where, start=one.start, other=name, end=other.end)


# ---------------------------------------------------------------- reviewers and numbers


def _reviewers(dossier: Dossier) -> Iterator[Finding]:
    if not dossier.reviewers:
        return
    own = {*dossier.centre.host.values(), *dossier.centre.laboratories, *dossier.centre.partners}
    staff = {name for one in dossier.staff for name in one.name.values()}
    for one in dossier.reviewers:
        where = f"reviewer/{one.name}"
        if one.organisation in own:
            yield finding("dossier.reviewer.conflict", where, name=one.name, organisation=one.organisation)
        if one.name in staff:
            yield finding("dossier.reviewer.own", where, name=one.name)
        if one.conflicts:
            yield finding("dossier.reviewer.declared", where, name=one.name, conflict="; ".join(one.conflicts))
    count, least = len({one.name for one in dossier.reviewers}), limit("reviewers_least")
    if count < least:
        yield finding("dossier.reviewer.few", "reviewers", rule=RULE, count=count, least=f"{least:g}")


def _numbers(dossier: Dossier) -> Iterator[Finding]:
    known = computed(dossier)
    for said in numbers_said(dossier):
        number = known[said.name]
        where = f"document/{said.paper}"
        title_zh, title_en = number.title["zh"], number.title["en"]
        if number.value is None:
            yield finding("dossier.number.unproven", where, title_zh=title_zh, title_en=title_en, words=said.words)
        elif abs(said.value - number.value) > _rounding(said.words, said.value):
            yield finding("dossier.number.disagrees", where, given=f"{said.value:g}", computed=f"{number.value:.6g}",
                          title_zh=title_zh, title_en=title_en, words=said.words)  # fmt: skip


def _rounding(words: str, value: float) -> float:
    """Half of the last digit that was written."""
    digits = f"{value:g}".partition(".")[2]
    return 0.5 * 10.0 ** -len(digits) if "." in words or "%" in words or "万" in words else 1e-9


def _one(text: object) -> str:
    values = dict(text) if hasattr(text, "items") else {}  # type: ignore[call-overload]
    return str(values.get("zh") or next(iter(values.values()), ""))


CHECKS: tuple[Check, ...] = (
    _missing, _papers, _same_file, _order, _host, _scope, _enterprises, _needs, _capabilities, _staff, _money,
    _milestones, _reviewers, _numbers,
)  # fmt: skip
