"""Outcomes of comparisons as evidence: what they support, what they contradict, and what a failed one touches.

A satisfactory result supports the laboratory's capability, the standards that it used and the person who measured; an
unsatisfactory one contradicts them until a re-measurement has closed the help plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from suyuan.certificate.certificate import Certificate
from suyuan.comparison.round.report import Report
from suyuan.traceability.evidence import Evidence, Key, Outcome

Stand = Literal["supported", "contradicted", "untested"]
Doubt = Literal["failed", "earlier"]


def outcomes(reports: Iterable[Report]) -> tuple[Outcome, ...]:
    """The outcomes of released comparisons: of each number the final report of the highest version.

    A draft, a report with covered names, and a row without a day of measurement (nothing was measured) are no evidence.
    """
    last: dict[str, Report] = {}
    for report in reports:
        if report.state == "final" and not report.blind:
            known = last.get(report.number)
            if known is None or (known.version, known.issued) < (report.version, report.issued):
                last[report.number] = report
    return tuple(
        Outcome(
            report.number, identity_of(report), row.member, row.laboratory, row.measurand, row.name, row.unit,
            row.measured, row.verdict, row.score_name, row.score, row.value, row.U, row.d, row.U_d,
            row.quantity, row.nominal, row.standards, row.measured_by, row.remedied,
            report.issued,
        )
        for report in last.values() for row in report.outcomes
        if row.measured is not None and row.value is not None
    )  # fmt: skip


def identity_of(report: Report) -> str:
    """What names a report in the graph: protocol, version and the last event that it rests on."""
    events = report.events[-1].digest if report.events else ""
    return f"comparison:{report.number}:{report.version}:{events[:16]}"


@dataclass(frozen=True, slots=True)
class Tested:
    """What comparisons say of one thing on a day.

    state: contradicted while a failed outcome is not remedied, supported where the rest has a satisfactory one,
    untested otherwise; supports, contradicts: the outcomes on either side, the latest first (a remedied failure
    supports again through its re-measurement and stands under `remedied`).
    """

    state: Stand
    supports: tuple[Outcome, ...] = ()
    contradicts: tuple[Outcome, ...] = ()
    remedied: tuple[Outcome, ...] = ()


def of_standard(evidence: Evidence, standard: Key, day: date) -> Tested:
    """What comparisons until a day say of a measurement standard, named by issuer and number of its certificate."""
    return of_any_standard(evidence, (standard,), day)


def of_any_standard(evidence: Evidence, standards: Iterable[Key], day: date) -> Tested:
    """What they say of one standard that has had several certificates."""
    known = set(standards)
    return _tested(evidence, lambda o: bool(known & set(o.standards)), day)


def of_laboratory(evidence: Evidence, names: Iterable[str], day: date, quantity: str = "") -> Tested:
    """What they say of a laboratory's capability. names: its name in any language; quantity: of one kind, «» of all."""
    known = set(names)
    return _tested(evidence, lambda o: bool(known & set(o.laboratory.values())) and quantity in ("", o.quantity), day)


def of_person(evidence: Evidence, person: str, day: date) -> Tested:
    """What they say of a person's competence, named as in the submissions."""
    return _tested(evidence, lambda o: bool(person) and o.measured_by == person, day)


def _tested(evidence: Evidence, chosen: Callable[[Outcome], bool], day: date) -> Tested:
    about = sorted((o for o in evidence.outcomes if chosen(o) and o.measured <= day), key=lambda o: o.measured)
    good = [o for o in about if o.verdict == "satisfactory"]
    bad = [o for o in about if o.verdict == "unsatisfactory"]
    healed = [o for o in bad if o.remedied is not None and o.remedied <= day]
    open_ = [o for o in bad if o not in healed]
    state: Stand = "contradicted" if open_ else "supported" if good or healed else "untested"
    return Tested(state, *(tuple(reversed(part)) for part in (good, open_, healed)))


def doubts(evidence: Evidence, child: Certificate | str, parent: Key, day: date) -> Iterable[tuple[Doubt, Outcome]]:
    """Failed comparisons that put one use of a standard in doubt.

    child: the certificate (or the name of the laboratory) that used the standard; parent: the standard; day: of use.
    «failed»: used from the day of the failed measurement on, and before its remedy; «earlier»: used before it, but
    after the laboratory's last satisfactory comparison with that standard: nobody knows since when it was wrong.
    """
    laboratory = child if isinstance(child, str) else child.issuer
    about = [o for o in evidence.outcomes if parent in o.standards and laboratory in o.laboratory.values()]
    for outcome in about:
        if outcome.verdict != "unsatisfactory" or (outcome.remedied is not None and day >= outcome.remedied):
            continue
        if day >= outcome.measured:
            yield "failed", outcome
            continue
        good = [o.measured for o in about if o.verdict == "satisfactory" and o.measurand == outcome.measurand]
        if not any(day <= last < outcome.measured for last in good):
            yield "earlier", outcome
