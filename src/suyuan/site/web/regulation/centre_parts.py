"""The parts of a centre's page that are counted from its records: standards, people, capabilities, demand, money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from suyuan.centre.dossier import Claimed, Staff
from suyuan.centre.facts import Fact
from suyuan.centre.funds import UNIT
from suyuan.certificate.certificate import one_line
from suyuan.quantity.finding import Finding
from suyuan.report.service.coverage_figures import matrix_drawn
from suyuan.report.service.drawn import both as texts
from suyuan.report.service.shown import money_of
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.regulation import centre as acts
from suyuan.site.acts.regulation.centre import Known
from suyuan.site.acts.talent.training import opened_for
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.matching.match_parts import interval_html, uncertainty_html
from suyuan.site.web.matters.words import late_as
from suyuan.site.web.regulation.centre_fold import folded
from suyuan.site.web.regulation.centre_shown import (
    GOODS,
    document_way,
    drawn_context,
    evidence_html,
    kept,
    row_way,
    unit_word,
    way,
)
from suyuan.traceability.evidence import Key
from suyuan.verbs.centre.dossier import dossier_on
from suyuan.verbs.centre.facts import facts, names_of
from suyuan.verbs.matching.gaps import Gaps, gaps_of_centre
from suyuan.verbs.matter.matters import stands
from suyuan.verbs.people.standing import mentoring_pairs

VERDICTS: Mapping[str, tuple[str, str]] = {
    "can": ("passed", "ok"), "not_accurate": ("failed", "bad"), "partly": ("undecided", "warn"),
    "cannot": ("broken", "bad"), "unknown": ("unknown", "warn"),
}  # fmt: skip
"""Verdict of a need → mark and tone."""
PEOPLE: Mapping[str, str] = {"valid": "valid", "expired": "expired", "suspended": "undecided", "withdrawn": "withdrawn",
                             "none": "open"}  # fmt: skip
MECHANISMS = ("mechanism", "agreement", "specification", "novelty", "training", "environment", "stability")


def parts(at: Known, user: User) -> dict[str, Any]:
    """All of them."""
    dossier = dossier_on(at.snapshot, at.row.id, "run")
    if dossier is None:
        return {}
    found = facts(at.snapshot, at.row.id)
    return {
        "standards": folded(standards(at, found), "standards", lambda row: row["state"] == "valid"),
        "links": [sum(f.kind == "chain_link" and f.good is good for f in found) for good in (True, False, None)],
        "people": folded([_person(one) for one in dossier.staff], "people", lambda row: row["state"] == "valid"),
        "failed": failed(at, user),
        "behind": [_behind(f) for f in found if f.kind == "parameter_persons"],
        "capabilities": folded(
            [_claim(at, one) for one in dossier.capabilities], "capabilities", lambda row: bool(row["supported"])
        ),
        "demand": folded(demand(at, user), "demand", lambda row: row["verdict"] == "can"),
        "projects": projects(at, acts.secret(user, at.snapshot)),
        "matrix": matrix_figure(at),
        "money": money(at),
        "recorded": folded(
            [_recorded(at, f) for f in found if f.kind in MECHANISMS],
            "recorded",
            lambda row: row["state"] == "passed" and not row["declared"],
        ),
        "services": services(found),
    }


# ---------------------------------------------------------------- standards


def standards(at: Known, found: Iterable[Fact]) -> list[dict[str, Any]]:
    """What certificates and their chains show in use, those that fail first."""
    rows = []
    by_digest = {c.digest: c for c in at.snapshot.evidence.certificates}
    for fact in found:
        if fact.kind != "standard":
            continue
        certificate = by_digest.get(fact.evidence.partition(":")[2])
        until = None if certificate is None else certificate.valid_until
        withdrawn = certificate is not None and _withdrawn(at, certificate.key)
        state = "withdrawn" if withdrawn and not fact.good else (
            "expired" if until is not None and until < at.snapshot.day else
            "valid" if fact.good else "unknown" if fact.good is None else "broken")  # fmt: skip
        rows.append({
            "title": fact.title, "subject": fact.subject, "until": until, "state": state, "good": fact.good,
            "known": certificate is not None,
            "address": document_way(at.snapshot, certificate.digest) if certificate else None,
            "trace": way("trace", certificate.digest) if certificate else None,
        })  # fmt: skip
    order = {False: 0, None: 1, True: 2}
    return sorted(rows, key=lambda row: (order[row["good"]], row["until"] is None, str(row["until"])))


def _withdrawn(at: Known, key: Key) -> bool:
    return any(s.kind == "withdrawn" and (s.issuer, s.number) == key for s in at.snapshot.evidence.statements)


# ---------------------------------------------------------------- people


def _person(one: Staff) -> dict[str, Any]:
    return {
        "id": one.id, "name": one.name, "units": one.units, "until": one.valid_until, "state": PEOPLE[one.state],
        "word": f"centres.person.{one.state}", "address": row_way("person", one.id),
        "tone": "bad" if one.state in ("expired", "withdrawn") else "warn" if one.state == "suspended" else "",
    }  # fmt: skip


def failed(at: Known, user: User) -> list[dict[str, Any]]:
    """Results of the centre's laboratories that failed in a comparison and are not remedied, each with its help."""
    names = names_of(at.row)
    rows = []
    for pair in mentoring_pairs(at.snapshot):
        about = pair.outcome
        if not any(one_line(name) in names for name in about.laboratory.values()):
            continue
        opened = opened_for(user, pair)
        rows.append({
            "comparison": about.comparison, "measurand": about.measurand, "laboratory": about.laboratory,
            "measured": about.measured, "report": way("comparison_public", about.comparison),
            "help": None if opened is None or opened.where.ended else {
                "number": opened.matter.number, "state": opened.where.state.title,
                "address": way("mentoring_one", opened.matter.number),
            },
        })  # fmt: skip
    return rows


def _behind(fact: Fact) -> dict[str, Any]:
    """How many stand behind a unit of competence."""
    count = None if fact.value is None else int(fact.value)
    return {
        "title": fact.title or {"": fact.subject},
        "count": count,
        "state": "unknown" if count is None else "failed" if not count else "due" if count == 1 else "passed",
    }


# ---------------------------------------------------------------- capabilities and demand


def _claim(at: Known, one: Claimed) -> dict[str, Any]:
    """A claimed capability with why it holds today, or why not."""
    why = []
    for b in one.backings:
        if b.state != "valid":
            certificates = at.snapshot.evidence.by_key.get((b.issuer, b.number), ())
            place = document_way(at.snapshot, certificates[-1].digest) if certificates else None
            why.append({"said": term(f"centres.backing.{b.state}", number=b.number), "address": place})
    if not one.backings:
        why.append({"said": term("centres.backing.none"), "address": None})
    if one.chain is not True:
        why.append({"said": term("centres.chain.broken" if one.chain is False else "centres.chain.unknown"),
                    "address": None})  # fmt: skip
    if not one.terms:
        why.append({"said": term("centres.budget.none"), "address": None})
    if one.compared is False:
        why.append({"said": term("centres.compared.against"), "address": None})
    known = (c for c in at.snapshot.capabilities if c.id == one.id)
    row = next((c for c in known if one.laboratory in (*c.laboratory.values(), c.laboratory)), None)
    return {
        "id": one.id, "title": one.title, "laboratory": one.laboratory,
        "interval": interval_html(row.interval) if row is not None else one.interval,
        "U": uncertainty_html(row.uncertainty, row.interval.unit) if row is not None else one.uncertainty,
        "address": row_way("capability", one.id, at.snapshot), "supported": one.supported,
        "state": "passed" if one.supported else "unknown" if one.chain is None else "failed", "why": why,
        "persons": None if one.persons is None else len(one.persons), "compared": one.compared,
    }  # fmt: skip


def own_gaps(at: Known) -> Gaps:
    """The gaps of a centre's demand list when only its own capabilities count."""
    return at.snapshot.once(f"own gaps {at.row.id}", lambda: gaps_of_centre(at.snapshot, at.row, own=True))


def demand(at: Known, user: User) -> list[dict[str, Any]]:
    """Each need of the demand list with the centre's own verdict, worst first; of a confidential one its kind only."""
    rows = []
    secret = acts.secret(user, at.snapshot)
    verdicts = {
        f.subject: f.detail.get("verdict", "unknown") for f in facts(at.snapshot, at.row.id) if f.kind == "need"
    }
    for match in own_gaps(at).matches:
        need = match.need
        hidden = f"row:need/{need.id}" in secret
        verdict = verdicts.get(need.id, match.verdict)
        rows.append(
            {
                "hidden": hidden,
                "id": "" if hidden else need.id,
                "quantity": need.quantity,
                "title": need.title or need.measurand,
                "organisation": need.organisation,
                "verdict": verdict,
                "mark": VERDICTS[verdict][0],
                "tone": VERDICTS[verdict][1],
                "word": f"centres.verdict.{verdict}",
                "criticality": need.criticality,
                "firms": need.firms,
                "address": None if hidden else row_way("need", need.id, at.snapshot),
            }
        )
    order = list(VERDICTS)
    return sorted(rows, key=lambda row: (-order.index(row["verdict"]), -row["criticality"], row["id"]))


def projects(at: Known, secret: frozenset[str]) -> list[dict[str, Any]]:
    """Research, bids and conversions of the centre that somebody may see, with where they stand."""
    names = names_of(at.row)
    rows = []
    for matter in at.snapshot.matters_of("research", "bid", "conversion"):
        if f"matter:{matter.procedure}/{matter.number}" in secret:
            continue
        own = str(matter.fields.get("centre", "")) == at.row.id
        if own or any(one_line(name) in names for name in matter.organisation.values()):
            where = stands(matter, at.snapshot.day)
            rows.append({
                "number": matter.number, "title": matter.title, "state": where.state.title, "due": where.due,
                "overdue": where.overdue, "late_as": late_as("centres.overdue", where), "ended": where.ended,
                "kind": where.procedure.title,
                "address": way("matter", matter.procedure, matter.number),
            })  # fmt: skip
    return rows


def matrix_figure(at: Known) -> dict[str, Any] | None:
    """Stages × nodes that the industry has: those that a capability which holds serves, as they are counted."""
    found = [f for f in facts(at.snapshot, at.row.id) if f.kind == "matrix_cell"]
    if not found:
        return None
    cells = {(f.subject.partition(" × ")[0], f.subject.partition(" × ")[2]): (int(f.good is True), 1) for f in found}
    caption = texts("寿命周期阶段 × 产业链环节", "Life-cycle stage × chain node")
    drawn = kept(at.snapshot, f"matrix {at.row.id}", lambda: matrix_drawn(cells, caption, current()))
    note = texts(
        "1/1：有成立的能力为这一格服务；0/1：没有。", "1/1: a capability that holds serves the field; 0/1: none does."
    )
    return drawn_context(None if drawn is None else replace(drawn, table=replace(drawn.table, notes=(note,))), "matrix")


# ---------------------------------------------------------------- money and mechanisms


def money(at: Known) -> dict[str, Any] | None:
    """Plan and actual by year, sources, how long it lasts; None where there is no record of money."""
    if at.scored is None:
        return None
    found = at.scored.funds(at.row.id)
    unit = unit_word(UNIT)
    drawn = kept(at.snapshot, f"money {at.row.id}", lambda: money_of(found, current(), unit))
    figure = drawn_context(drawn, "money")
    if figure is None:
        return None
    warnings: tuple[Finding, ...] = found.warnings
    return {
        "figure": figure,
        "runway": found.runway,
        "sources": found.effective_sources,
        "warnings": warnings,
        "unit": unit,
        "named": sorted(((name, amount) for name, amount in found.sources.items()), key=lambda pair: -pair[1]),
    }


def _recorded(at: Known, fact: Fact) -> dict[str, Any]:
    declared = fact.origin == "declared"
    return {
        "kind": f"centres.record.{fact.kind}", "title": fact.title or {"": fact.subject}, "day": fact.valid_from,
        "state": "unknown" if declared else GOODS[fact.good], "declared": declared, "value": fact.value,
        "group": fact.group, "evidence": evidence_html(at.snapshot, fact.evidence),
    }  # fmt: skip


def services(found: Iterable[Fact]) -> dict[str, Any] | None:
    """Orders: how many, how many for outside customers, days to the result."""
    orders = [f for f in found if f.kind == "order"]
    if not orders:
        return None
    days = sorted(f.value for f in orders if f.value is not None)
    return {
        "orders": len(orders),
        "outside": sum(f.good is True for f in orders),
        "days": days[len(days) // 2] if days else None,
    }
