"""Papers of carbon of every kind, from constructed hours, checks, meters and a verifier's record."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from tests.report.carbon.year import claim, filed, made, stack

from suyuan.carbon.management.meters import NOTHING, Known, Meter, examined, state_of
from suyuan.carbon.management.plan import Plan, followed
from suyuan.carbon.management.tiers import tier_proofs
from suyuan.carbon.management.verification import sample
from suyuan.report.carbon.annual import annual_report
from suyuan.report.carbon.changed import change_document
from suyuan.report.carbon.cross_check import cross_check_paper
from suyuan.report.carbon.equipment import equipment_register
from suyuan.report.carbon.hours import ledger
from suyuan.report.carbon.quarter import of_quarter, quality_report
from suyuan.report.carbon.statement import verification_statement
from suyuan.report.carbon.substituted import substitution_log
from suyuan.report.carbon.tiers import tier_proof
from suyuan.report.carbon.told import Head, Paper
from suyuan.report.papers.document import Language
from suyuan.verbs.carbon.change import Change, Step
from suyuan.verbs.carbon.checks import judged, read_checks
from suyuan.verbs.carbon.claims import Standing
from suyuan.verbs.carbon.engagement import read_engagement, statement_on
from suyuan.verbs.carbon.register import Register

DAY = date(2026, 3, 2)
FOUND = 5000
"""Tonnes by which the verifier's first month is wrong."""


def head(kind: str, **more: Any) -> Head:
    return Head(kind, "Works", "unit 1", 2025, DAY, "a" * 64, **more)


def checks_table(**changed: Any) -> bytes:
    """Zero and span checks of a channel every third day from March on; the span drifts."""
    rows = ["stack,channel,kind,day,reading,reference,unit,s_ams,full_scale"]
    for n in range(20):
        day = date(2025, 3, 25) + timedelta(days=3 * n)
        rows.append(f"S1,co2,zero,{day},{0.03 * (-1) ** n},0,%,0.04,20")
        rows.append(f"S1,co2,span,{day},{15 + 0.04 * n},15,%,0.05,20")
    text = "\n".join(rows)
    for old, new in changed.get("instead", ()):
        text = text.replace(old, new)
    return text.encode()


def checks() -> list[Any]:
    found = [of_quarter(one, 2025, 2) for one in read_checks(checks_table(), "checks.csv")]
    return [judged(one, DAY) for one in found if one is not None]


def record(**changed: Any) -> bytes:
    first = sample(claim(), 200, 3)[0]
    return json.dumps({
        "suyuan": "carbon-verification", "claim": claim().digest, "verifier": "Verifier", "day": "2026-04-01",
        "materiality": "EU", "size": 200, "seed": 3, "rest_checked": True,
        "found": [{"part": first.part, "month": first.month, "tonnes": first.tonnes - FOUND, "note": "moisture basis"}],
        **changed,
    }).encode()  # fmt: skip


def statement() -> Paper:
    engagement, told = read_engagement(record())
    assert engagement is not None, told
    return verification_statement(claim(), statement_on(claim(), engagement))


def meters() -> list[Meter]:
    good = Meter("BS-1", "belt scale", "solid fuel", "unit", True, "belt weigher", 0.5, "bunker", "coal", "lab", "B-1",
                 date(2027, 1, 1))  # fmt: skip
    return [good, replace(good, id="BS-2", due=date(2026, 2, 1)), replace(good, id="E-1", carrier="electricity",
            level="equipment", fitted=False, due=None)]  # fmt: skip


def register_of(held: list[Meter], plan: Plan | None = None, states: Known = NOTHING) -> Register:
    """A register as a document with these meters would give it; states: of their certificates."""
    return Register(tuple(held), plan, {one.id: state_of(one, DAY, states) for one in held}, (),
                    examined(held, DAY, 60, states), followed(plan, "unit 1", 2025, [], held))  # fmt: skip


def steps(count: int = 3) -> Change:
    names = ["penalty_carbon_per_heat", *(f"stream {n}" for n in range(1, count))]
    found = tuple(Step("rule" if n == 0 else "data", name, "1", "2", 10.0 * (-1) ** n * (n + 1))
                  for n, name in enumerate(names))  # fmt: skip
    return Change(1000.0, 1000.0 + sum(step.effect for step in found), found, ("China 2021", "China 2022"))


def totals() -> tuple[Any, Any]:
    parts = {part.kind: part.months for part in claim().parts}
    return parts["monitoring"], parts["combustion"]


def _checked(language: Language) -> Paper:
    found = made().check
    assert found is not None
    return cross_check_paper(claim(), found, totals(), DAY, language)


def _tiers(language: Language) -> Paper:
    monitored = [part for part in claim().parts if part.kind == "monitoring"]
    return tier_proof(head("tiers"), tier_proofs(filed().streams, monitored, date(2025, 12, 31)))


def _annual(language: Language) -> Paper:
    states = {e: "withdrawn" for e in claim().evidence if e.number == "G-1"}
    return annual_report(claim(), DAY, language, states=Standing(states, {}), check=made().check, told=made().findings)


PAPERS: dict[str, Callable[[Language], Paper]] = {
    "annual": _annual,
    "ledger": lambda language: ledger(head("ledger"), [stack()], language),
    "quarter": lambda language: quality_report(head("quarter"), [stack()], 3, checks(), language),
    "substitution": lambda language: substitution_log(head("substitution"), [stack()]),
    "tiers": _tiers,
    "equipment": lambda language: equipment_register(head("equipment"), register_of(meters()), DAY),
    "cross-check": _checked,
    "verification": lambda language: statement(),
    "change": lambda language: change_document(head("change"), steps(), ("1" * 64, "2" * 64), language),
}
