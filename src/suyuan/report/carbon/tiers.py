"""The tier proof: the uncertainty that each source reaches, against the limits of the tiers, with its budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from suyuan.carbon.claim.claim import Evidence
from suyuan.carbon.management.tiers import TierProof
from suyuan.carbon.words import influence
from suyuan.report.carbon.told import (
    Head,
    Paper,
    certificate,
    findings,
    heads,
    number,
    paper,
    rule_table,
    section,
    term,
    unknown,
)
from suyuan.report.papers.document import Block, Cell, Paragraph, Table, Word

SHOWN = 6
"""Largest influences of each source that the paper names."""


def tier_proof(head: Head, proofs: Sequence[TierProof], states: Mapping[Evidence, str] | None = None) -> Paper:
    """The proof of all sources; what has no limits or no stated uncertainty says so, and whose certificate did not hold
    over its months.

    states: of certificates as a store has them (`suyuan.verbs.carbon.claims.standing`), None where none was asked: then
    only their ends are known.
    """
    proven = [one for one in proofs if one.tier is not None]
    failed = [one for one in proven if one.tier == 0]
    key = "lead.tiers.none" if not proven else "lead.tiers.failed" if failed else "lead.tiers"
    lead = term(key, n=len(proofs), proven=len(proven), failed=len(failed), open=len(proofs) - len(proven))
    blocks: list[Block] = [
        Paragraph(lead, "lead"),
        *_doubts(head, proofs, states),
        section("tiers"),
        _table(proofs, _lapses(head, proofs, states)),
    ]
    blocks += [Paragraph(term("text.tiers"), "note"), section("sources"), *_budgets(proofs)]
    rows = {str(one.row["id"]): one.row for one in proofs if one.row is not None}
    blocks += [section("rules"), rule_table(list(rows.values())) if rows else Paragraph(term("text.no_limits"))]
    lapses = _lapses(head, proofs, states)
    sources = [{**_fields(one), "lapsed": [{"issuer": item.issuer, "number": item.number, "state": why,
                "valid_until": item.valid_until} for item, why in lapses[one.name]]} for one in proofs]  # fmt: skip
    return paper(head, [*blocks, *findings(())], {"coverage": 2.0, "sources": sources})


Lapses = Mapping[str, Sequence[tuple[Evidence, str]]]


def _lapses(head: Head, proofs: Sequence[TierProof], states: Mapping[Evidence, str] | None) -> Lapses:
    """Source → the certificates behind it that did not hold over the months for which they are used, with why."""
    found = {}
    for one in proofs:
        mine = []
        for item in one.evidence:
            ended = item.valid_until is not None and item.valid_until < item.last_day(head.year)
            name = ("expired" if ended else "valid") if states is None else states.get(item, "absent")
            if name not in ("valid", "used", "unknown"):
                mine.append((item, name))
        found[one.name] = mine
    return found


def _doubts(head: Head, proofs: Sequence[TierProof], states: Mapping[Evidence, str] | None) -> list[Block]:
    """What nobody may overlook: a tier whose certificate did not hold is reached on paper only."""
    return [
        Paragraph(term("alert.tier_lapsed", name=name, number=f"{item.issuer} {item.number}".strip(),
                       state=term(f"state.{why}"),
                       until=item.valid_until.isoformat() if item.valid_until else unknown()), "alert")
        for name, items in _lapses(head, proofs, states).items() for item, why in items
    ]  # fmt: skip


def _table(proofs: Sequence[TierProof], lapses: Lapses) -> Table:
    most = max((len(one.limits) for one in proofs), default=0)
    rows = []
    for one in proofs:
        limits = [number(limit, 1) for limit in one.limits] + [{} for _ in range(most - len(one.limits))]
        rows.append((one.name, term(f"kind.{one.kind}"), term(f"judged.{one.what}"), number(one.percent, 2), *limits,
                     _tier(one, bool(lapses[one.name]))))  # fmt: skip
    columns = (*heads("part", "kind", "judged", "U_percent"), *(term("head.tier_n", n=n + 1) for n in range(most)),
               *heads("tier"))  # fmt: skip
    return Table(term("table.tiers"), columns, tuple(rows), "lll" + "r" * (1 + most) + "l", (term("note.tiers"),),
                 "tiers")  # fmt: skip


def _tier(one: TierProof, lapsed: bool) -> Cell:
    if one.row is None:
        return term("word.no_limits")
    if one.tier is None:
        return Word(term("word.no_u"), "warn")
    if one.tier == 0:
        return Word(term("word.no_tier"), "bad")
    if lapsed:
        return Word(term("word.tier_lapsed", n=one.tier), "bad")
    return Word(term("word.tier", n=one.tier), "good")


def _budgets(proofs: Sequence[TierProof]) -> list[Block]:
    rows: list[tuple[Cell, ...]] = []
    for one in proofs:
        for row in list(one.budget)[:SHOWN]:
            if row.contribution:
                part = 100.0 * 2.0 * abs(row.contribution) / abs(one.value)
                named = influence(row.name) if row.name else term("word.unnamed")
                rows.append((one.name, named, certificate(row.source), number(part, 3), number(100 * row.share, 1)))
    if not rows:
        return [Paragraph(term("text.no_u"), "alert")]
    columns = heads("part", "influence", "certificate", "U_percent", "share")
    return [Table(term("table.tier_budget"), columns, tuple(rows), "lllrr", (term("note.tier_budget", n=SHOWN),),
                  "sources")]  # fmt: skip


def _fields(one: TierProof) -> dict[str, Any]:
    return {"name": one.name, "kind": one.kind, "judged": one.what, "value": one.value, "percent": one.percent,
            "limits": list(one.limits), "row": one.row["id"] if one.row is not None else None,
            "status": one.row["status"] if one.row is not None else None, "tier": one.tier}  # fmt: skip
