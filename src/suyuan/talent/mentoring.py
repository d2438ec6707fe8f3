"""Mentoring (指导帮扶): who failed a comparison is paired with somebody who can do it, and followed until it is closed.

An expert has a satisfactory result of the same quantity (computed from a released comparison), or is authorised for it
as an assessor or to work independently, and belongs to another organisation. Help is spread: of equal experts the one
with the fewest to help comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from suyuan.capability.taxonomy import quantity_key
from suyuan.certificate.certificate import Text
from suyuan.comparison.round.help_plan import HelpPlan
from suyuan.quantity.finding import Finding, finding, in_both
from suyuan.talent.columns import CODE, columns, states
from suyuan.talent.gap import employers
from suyuan.talent.joined import Records, shares
from suyuan.traceability.evidence import Outcome

Follow = Literal["none", "opened", "cause", "action", "remeasured", "closed"]
RUNS = ("assessor", "independent", "signatory")
"""Levels of units whose holders can help."""


@dataclass(frozen=True, slots=True)
class Expert:
    """Somebody who can help with a quantity. satisfied: comparisons that he passed; level: «assessor», «independent»,
    … of an authorisation that holds, «» without; organisations: that he works for."""

    person: str
    satisfied: tuple[str, ...]
    level: str
    organisations: tuple[Text, ...]
    score: float | None


@dataclass(frozen=True, slots=True)
class Pair:
    """One failed result with who may help, the best first. outcome; person: who measured, None where nobody knows;
    experts: all that there are; mentor: chosen so that help is spread, None without any; follow: where the help plan
    stands; found: what stands in the way."""

    outcome: Outcome
    person: str | None
    experts: tuple[Expert, ...]
    mentor: str | None
    follow: Follow
    found: tuple[Finding, ...] = ()


PlanKey = tuple[str, str, str]
"""Number of the comparison, member, measurand."""


def experts(records: Records, outcomes: Iterable[Outcome], quantity: str, day: date) -> tuple[Expert, ...]:
    """Who can help with a quantity on a day: the most experienced first.

    A person whose own last failure in the quantity is not remedied helps nobody. Order: passed comparisons and
    authorised, passed, authorised; then the number passed, then the smallest |score|.
    """
    key = quantity_key(quantity)
    passed: dict[str, list[Outcome]] = {}
    failed: set[str] = set()
    for outcome in outcomes:
        person = records.measured.get(outcome.id)
        if person is None or quantity_key(outcome.quantity) != key or not outcome.quantity or outcome.measured > day:
            continue
        if outcome.verdict == "satisfactory":
            passed.setdefault(person, []).append(outcome)
        elif outcome.verdict == "unsatisfactory" and (outcome.remedied is None or outcome.remedied > day):
            failed.add(person)
    levels = _levels(records, key, day)
    rows = []
    for person in dict.fromkeys((*passed, *levels)):
        works = employers(records, person, day)
        if person in failed or not works:
            continue
        scores = [abs(o.score) for o in passed.get(person, []) if o.score is not None]
        numbers = tuple(o.comparison for o in passed.get(person, []))
        rows.append(Expert(person, numbers, levels.get(person, ""), works, min(scores, default=None)))
    return tuple(sorted(rows, key=_rank))


def _rank(expert: Expert) -> tuple[int, int, float, str]:
    kind = 0 if expert.satisfied and expert.level else 1 if expert.satisfied else 2 if expert.level == "assessor" else 3
    return (kind, -len(expert.satisfied), 9.0 if expert.score is None else expert.score, expert.person)


def _levels(records: Records, key: str, day: date) -> dict[str, str]:
    """Person → best level of an authorisation for the quantity that holds on the day."""
    found: dict[str, str] = {}
    for granted, code in zip(records.authorisations, states(columns(records), day).of_authorisation, strict=True):
        unit = records.units.get(granted.unit)
        if code != CODE["authorised"] or unit is None or quantity_key(unit.quantity) != key:
            continue
        level = "assessor" if unit.activity == "assess" else unit.level
        if level in RUNS and (granted.person not in found or RUNS.index(level) < RUNS.index(found[granted.person])):
            found[granted.person] = level
    return found


def pairs(
    records: Records, outcomes: Iterable[Outcome], day: date, plans: Mapping[PlanKey, HelpPlan] | None = None
) -> tuple[Pair, ...]:
    """Every failed result that is not remedied on a day, with who may help; the worst score first.

    plans: help plans of the rounds by comparison, member and measurand, for where the help stands; a plan's own expert
    is the mentor. Who belongs to the same laboratory is no expert for it.
    """
    given = tuple(outcomes)
    failures = [
        o for o in given
        if o.verdict == "unsatisfactory" and o.measured <= day and (o.remedied is None or o.remedied > day)
    ]  # fmt: skip
    by_quantity = {q: experts(records, given, q, day) for q in {o.quantity for o in failures} if q}
    helping: dict[str, int] = {}
    rows = []
    for outcome in sorted(failures, key=lambda o: (-abs(o.score or 0.0), o.id)):
        plan = (plans or {}).get((outcome.comparison, outcome.member, outcome.measurand))
        able = tuple(
            e for e in by_quantity.get(outcome.quantity, ())
            if not any(shares(works, outcome.laboratory) for works in e.organisations)
        )  # fmt: skip
        mentor = _mentor(records, able, plan, helping)
        if mentor is not None:
            helping[mentor] = helping.get(mentor, 0) + 1
        follow: Follow = "none" if plan is None else _follow(plan)
        rows.append(Pair(outcome, records.measured.get(outcome.id), able, mentor, follow, _told(outcome, able)))
    return tuple(rows)


def _mentor(
    records: Records, able: tuple[Expert, ...], plan: HelpPlan | None, helping: Mapping[str, int]
) -> str | None:
    if plan is not None and plan.expert:
        named = records.known_as.get(plan.expert, ())
        return named[0] if len(named) == 1 else plan.expert
    best = [e for e in able if _rank(e)[0] == _rank(able[0])[0]]
    return min(best, key=lambda e: (helping.get(e.person, 0), _rank(e))).person if best else None


def _follow(plan: HelpPlan) -> Follow:
    states_: dict[str, Follow] = {
        "opened": "opened", "cause": "cause", "action": "action", "remeasured": "remeasured", "closed": "closed",
    }  # fmt: skip
    return states_.get(plan.state, "opened")


def _told(outcome: Outcome, able: tuple[Expert, ...]) -> tuple[Finding, ...]:
    where = f"comparison/{outcome.comparison}"
    laboratory = in_both("laboratory", outcome.laboratory)
    if not outcome.quantity:
        return (finding("talent.record.no_quantity", where, "note", "", comparison=outcome.comparison,
                        measurand=outcome.measurand),)  # fmt: skip
    if not able:
        return (finding("talent.mentoring.nobody", where, "warning", "", comparison=outcome.comparison,
                        measurand=outcome.measurand, quantity=outcome.quantity, **laboratory),)  # fmt: skip
    return ()
