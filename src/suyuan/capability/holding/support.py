"""What a capability rests on, computed for a day: the chains of its standards, comparisons, and its own claims.

    certificates of the standards ─ valid on the day, whole chain up to an anchor ─┐
    comparisons until the day ─ supported, contradicted, untested ─────────────────┼─▶ support of a capability
    what it claims, held against what the certificates state (`claim`) ────────────┘

A standard whose certificate is not at hand is unknown: neither broken nor nil. Each standard is judged once, however
many capabilities share it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from suyuan.capability.capability import Capability
from suyuan.capability.holding.claim import Claim, claims
from suyuan.capability.interval import Interval
from suyuan.capability.matching.cover import contains
from suyuan.capability.matching.gate import OTHER_KIND, Support
from suyuan.capability.taxonomy import quantity_key
from suyuan.certificate.certificate import Certificate
from suyuan.certificate.validity import state as validity
from suyuan.quantity.finding import Finding, Refused, Severity, finding
from suyuan.quantity.unit import parse_unit
from suyuan.traceability.evidence import Evidence, Key, Outcome, Statement
from suyuan.traceability.graph import amends
from suyuan.traceability.outcome import Stand, Tested, of_any_standard, of_laboratory
from suyuan.traceability.resolve import describe
from suyuan.traceability.survey import Survey

State = Literal["complete", "broken", "unknown"]
NOT_AT_HAND = frozenset({"missing", "ambiguous", "empty"})
"""Breaks that say that a document higher up is not at hand: nobody knows whether the chain is whole."""


@dataclass(frozen=True, slots=True)
class Rest:
    """How one standard stands on the day: its certificate and everything above it."""

    state: State
    findings: tuple[Finding, ...] = ()


def supports(
    capabilities: Iterable[Capability],
    survey: Survey,
    evidence: Evidence,
    day: date,
    persons: Mapping[tuple[str, str], int] | None = None,
    lacking: Mapping[tuple[str, str], str] | None = None,
    known: date | None = None,
) -> dict[tuple[str, str], Support]:
    """Key of a capability → what it rests on, on a day.

    survey: of the graph of the same evidence; persons: key → persons who may do it on the day (from `talent`); one that
    is not in it is not known; lacking: key → «perform» or «sign», for which the fewer are there; known: the day of
    which the evidence is, where the day of the service lies ahead of it: what runs out in between is told as such.

    A capability's chain is «broken» where a standard's certificate is expired, withdrawn, superseded or not yet valid,
    or anything above it is broken; «unknown» where a certificate is not at hand, or none states
    its kind of quantity (`carrying`); «unstated» where no standard is named;
    else «complete». Comparisons contradict while a failed result is not remedied.
    """
    all_ = tuple(capabilities)
    rests = standards_on({key for c in all_ for key in c.standards}, survey, evidence, day, known)
    tests = _Tests(evidence, day)
    held = {key: _current(evidence, key, day) for key in rests}
    at_hand = {key: certificate for key, certificate in held.items() if certificate is not None}
    own = claims(all_, at_hand, evidence.anchors)
    chains: dict[tuple[Key, ...], tuple[Chain, tuple[Finding, ...]]] = {}
    made: dict[tuple[object, ...], Support] = {}
    result: dict[tuple[str, str], Support] = {}
    for c in all_:
        if c.standards not in chains:
            chains[c.standards] = _joined([rests[key] for key in c.standards])
        tested, doubts = tests.of(c)
        claim, count = own.get(c.key, Claim()), None if persons is None else persons.get(c.key)
        fewer = "" if lacking is None else lacking.get(c.key, "")
        shared = (c.standards, tested, doubts, claim, count, fewer)
        if shared not in made:
            chain, found = chains[c.standards]
            told = (*found, *doubts, *claim.findings)
            if chain == "complete" and any(item.code == OTHER_KIND for item in claim.findings):
                chain = "unknown"  # whole, but of something else
            made[shared] = Support(chain, told, tested, count, fewer, claim.reach)
        result[c.key] = made[shared]
    return result


Chain = Literal["complete", "broken", "unknown", "unstated"]


def _joined(rests: Sequence[Rest]) -> tuple[Chain, tuple[Finding, ...]]:
    if not rests:
        return "unstated", (finding("capability.support.standard.none", severity="warning"),)
    states = {rest.state for rest in rests}
    state: Chain = "broken" if "broken" in states else "unknown" if "unknown" in states else "complete"
    return state, tuple(dict.fromkeys(item for rest in rests for item in rest.findings))


# ---------------------------------------------------------------- standards


def standards_on(
    keys: Iterable[Key], survey: Survey, evidence: Evidence, day: date, known: date | None = None
) -> dict[Key, Rest]:
    """Issuer and number → how that standard stands on a day. known: of which the evidence is, None: the same."""
    statements: dict[Key, list[Statement]] = {}
    for statement in evidence.statements:
        statements.setdefault((statement.issuer, statement.number), []).append(statement)
    newer = tuple(c for c in evidence.certificates if c.substitutes and (c.issued or date.min) <= day)
    found = {key: _standard(key, survey, evidence, day, statements.get(key, ()), newer) for key in keys}
    if known is None or known >= day:
        return found
    return {key: _ahead(rest, evidence, key, day, known) for key, rest in found.items()}


def _ahead(rest: Rest, evidence: Evidence, key: Key, day: date, known: date) -> Rest:
    """The same where the day lies ahead: a certificate that holds today and ends before the wished day."""
    certificate = _current(evidence, key, day)
    end = certificate.valid_until if certificate is not None else None
    if certificate is None or end is None or not known <= end < day:
        return rest
    named = " ".join(key).strip()
    told = finding("capability.support.standard.ends", named, named=named, end=end, day=day)
    return Rest(rest.state, tuple(told if item.code == "validity.expired" else item for item in rest.findings))


def _standard(
    key: Key,
    survey: Survey,
    evidence: Evidence,
    day: date,
    statements: Iterable[Statement],
    newer: Sequence[Certificate],
) -> Rest:
    where = " ".join(key).strip()
    versions = _versions(evidence, key, day)
    if not versions:
        return _anchor(key, evidence, day, where)
    if len(versions) > 1:
        held = "; ".join(describe(version) for version in versions)
        return Rest(
            "unknown", (finding("capability.support.standard.ambiguous", where, "warning", named=where, versions=held),)
        )
    certificate = versions[0]
    state, found = validity(certificate, day, statements)
    wrong = state in ("expired", "withdrawn", "superseded", "not_yet")
    told = [_weighed(item, wrong) for item in found]
    for other in newer:
        if amends(other, certificate):
            wrong = True
            told.append(finding("traceability.use.replaced", where, old=describe(certificate), new=describe(other),
                                issued=other.issued or "—", day=day))  # fmt: skip
    ended = _ended(evidence, key, day, where)
    wrong, told = wrong or bool(ended), [*told, *ended]
    above = survey.touched.get(certificate.digest, ())
    told += [item.finding for item in above]
    if wrong or any(item.kind not in NOT_AT_HAND for item in above):
        return Rest("broken", tuple(told))
    return Rest("unknown" if above else "complete", tuple(told))


def _weighed(item: Finding, wrong: bool) -> Finding:
    """What forbids use is an error; that nobody stated an end is only to be known."""
    severity: Severity = "error" if wrong and item.code != "validity.withdrawn_later" else item.severity
    severity = "note" if item.code == "validity.unknown" else severity
    return Finding(item.code, item.where, severity, item.parameters, item.rule)


def _versions(evidence: Evidence, key: Key, day: date) -> tuple[Certificate, ...]:
    """The certificates of a name, without those that a later one of the same name replaces by the day."""
    known = evidence.by_key.get(key, ())
    if len(known) < 2:
        return known
    issued = [c for c in known if (c.issued or date.min) <= day] or list(known)
    return tuple(c for c in issued if not any(amends(other, c) for other in issued if other is not c))


def _current(evidence: Evidence, key: Key, day: date) -> Certificate | None:
    versions = _versions(evidence, key, day)
    return versions[0] if len(versions) == 1 else None


def _anchor(key: Key, evidence: Evidence, day: date, where: str) -> Rest:
    """A name that only a declared anchor bears: the national standard itself, say."""
    declared = [anchor for anchor in evidence.anchors if (anchor.issuer, anchor.number) == key]
    if not declared:
        return Rest("unknown", (finding("capability.support.standard.unknown", where, "warning", named=where),))
    ended = _ended(evidence, key, day, where)
    if ended:
        return Rest("broken", ended)
    if any(anchor.valid_until is None for anchor in declared):
        return Rest("complete", (finding("traceability.anchor.validity_unknown", where, "note", named=where),))
    return Rest("complete")


def _ended(evidence: Evidence, key: Key, day: date, where: str) -> tuple[Finding, ...]:
    """That the last declaration of a name as an anchor has run out by the day; the survey knows the days of
    calibrations only, and this is the day of the service."""
    ends = [anchor.valid_until for anchor in evidence.anchors if (anchor.issuer, anchor.number) == key]
    known = [end for end in ends if end is not None]
    if not known or len(known) < len(ends) or day <= max(known):
        return ()
    return (finding("traceability.anchor.expired", where, named=where, end=max(known), day=day),)


# ---------------------------------------------------------------- comparisons

Tries = tuple[Stand, tuple[Finding, ...]]


class _Tests:
    """Outcomes looked up by standard and by laboratory, each answer worked out once."""

    def __init__(self, evidence: Evidence, day: date) -> None:
        self._day = day
        self._of_standard: dict[Key, list[Outcome]] = {}
        self._of_laboratory: dict[str, list[Outcome]] = {}
        for outcome in evidence.outcomes:
            for key in outcome.standards:
                self._of_standard.setdefault(key, []).append(outcome)
            for name in set(outcome.laboratory.values()):
                self._of_laboratory.setdefault(name, []).append(outcome)
        self._known: dict[tuple[object, ...], Tries] = {}

    def of(self, c: Capability) -> Tries:
        """What comparisons say of a capability: of its standards, and of its laboratory in its kind of quantity."""
        names = tuple(c.laboratory.values())
        if not any(key in self._of_standard for key in c.standards) and not any(
            n in self._of_laboratory for n in names
        ):
            return "untested", ()
        place = (names, c.standards, c.quantity, c.interval)
        if place not in self._known:
            self._known[place] = self._asked(c, names)
        return self._known[place]

    def _asked(self, c: Capability, names: tuple[str, ...]) -> Tries:
        on_standards = [o for key in c.standards for o in self._of_standard.get(key, ())]
        kind = quantity_key(c.quantity)
        there = [o for name in names for o in self._of_laboratory.get(name, ())]
        in_laboratory = [o for o in there if quantity_key(o.quantity) == kind and _concerns(o, c.interval)]
        found = (
            of_any_standard(Evidence(outcomes=_once(on_standards)), c.standards, self._day),
            of_laboratory(Evidence(outcomes=_once(in_laboratory)), names, self._day),
        )
        return _verdict(found)


def _once(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    return tuple({outcome.id: outcome for outcome in outcomes}.values())


def _verdict(found: Iterable[Tested]) -> Tries:
    told = tuple(found)
    states = {tested.state for tested in told}
    state: Stand = "contradicted" if "contradicted" in states else "supported" if "supported" in states else "untested"
    failed = _once(outcome for tested in told for outcome in tested.contradicts)
    return state, tuple(_failed(outcome) for outcome in failed)


def _failed(outcome: Outcome) -> Finding:
    laboratory = next(iter(outcome.laboratory.values()), outcome.member)
    score = "—" if outcome.score is None else f"{outcome.score:+.2f}".replace("-", "−")
    return finding(
        "capability.support.comparison.failed", f"{outcome.comparison} {outcome.measurand}", laboratory=laboratory,
        comparison=outcome.comparison, measurand=outcome.measurand, measured=outcome.measured,
        score=outcome.score_name, number=score,
    )  # fmt: skip


_NOMINAL = re.compile(r"\s*([-+−]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*(\S.*?)\s*")


def _concerns(outcome: Outcome, interval: Interval) -> bool:
    """Whether a comparison was held at a point of the interval; where its nominal value says nothing, it counts."""
    found = _NOMINAL.fullmatch(outcome.nominal)
    if found is None:
        return True
    try:
        point = Interval(float(found[1].replace("−", "-")), float(found[1].replace("−", "-")), parse_unit(found[2]))
        at = point.to(interval.unit).low
    except Refused:
        return True
    return contains((interval.low, interval.high), (at, at))
