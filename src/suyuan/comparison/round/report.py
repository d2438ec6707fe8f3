"""The report of a round: protocol, events, inputs, evaluations and outcomes as one value, made once for each draft.

Whatever it says can be recomputed from what it holds (`suyuan.verbs.comparison.rerun`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from suyuan.comparison.round.evaluation import Evaluation, Progress, evaluate
from suyuan.comparison.round.events import OF_MEMBER, Event, verify
from suyuan.comparison.round.inputs import Covariance, inputs
from suyuan.comparison.round.judge import Verdict
from suyuan.comparison.round.protocol import Protocol, Text
from suyuan.comparison.round.standing import Standing, remedied, standing, submissions
from suyuan.comparison.round.submission import Submission
from suyuan.comparison.round.words import worded
from suyuan.quantity.finding import Finding, Refused, finding

State = Literal["draft_a", "draft_b", "final"]
STATES: tuple[State, ...] = ("draft_a", "draft_b", "final")
Viewer = Literal["pilot", "participant", "public"]


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """What the round found about one member and one measurand, by the protocol's method.

    value, U: as reported (U as stated, else k·u); d, U_d: degree of equivalence; score_name, score, limit; verdict; why
    (see `judge.Why`, or the reason of `Inputs.missing`); standards: (issuer, number) of the member's own standards;
    measured_by: the person; measured: the day; remedied: day on which a help plan was closed. None where unknown.
    """

    member: str
    laboratory: Text
    measurand: str
    name: Text
    quantity: str
    unit: str
    nominal: str
    measured: date | None
    value: float | None
    U: float | None
    d: float | None
    U_d: float | None
    score_name: str
    score: float | None
    limit: float
    verdict: Verdict
    why: str
    standards: tuple[tuple[str, str], ...] = ()
    measured_by: str = ""
    remedied: date | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """version: of the report, counted over its drafts; issued: the day; software: name and version of the program;
    protocol_digest: by which the protocol was frozen; blind: names, persons and certificates are left out."""

    state: State
    version: int
    issued: date
    software: str
    protocol: Protocol
    protocol_digest: str
    events: tuple[Event, ...]
    evaluations: tuple[Evaluation, ...]
    outcomes: tuple[OutcomeRow, ...]
    findings: tuple[Finding, ...] = ()
    blind: bool = False

    @property
    def number(self) -> str:
        return self.protocol.number

    @property
    def anonymous(self) -> bool:
        """Whether it is a copy without what the protocol, the events and the submissions need to be held against their
        digests: of a blind round, or for the public, which is not told who did what."""
        return self.blind or not any(e.person for e in self.events)

    @property
    def standing(self) -> Standing:
        """Where the round stood when the report was made."""
        return standing(self.protocol, self.events)


@dataclass(frozen=True, slots=True)
class Issue:
    """How a report is issued: state, version, day and software; all come from outside, as a pure room has no clock."""

    state: State
    issued: date
    software: str
    version: int = 1


def make_report(
    protocol: Protocol,
    events: Sequence[Event],
    issue: Issue,
    covariances: Mapping[str, Covariance] | None = None,
    progress: Progress | None = None,
) -> Report:
    """The report of a round as it stands after its events.

    covariances: by measurand, as the graph found them. Raises Refused where the chain of events is broken, where
    submissions are not closed yet, or a sealed one has neither been opened nor recorded as unopened: nobody sees a
    value before.
    """
    broken = verify(events)
    if broken:
        raise Refused(*broken)
    where = standing(protocol, events)
    if where.phase in ("prepared", "invited", "open"):
        early = finding("comparison.report.early", "events", phase=where.phase, closes=protocol.closes)
        raise Refused(*worded((early,)))
    sealed = [m.code for m in where.members.values() if m.state == "sealed"]
    if sealed:
        raise Refused(finding("comparison.event.still_sealed", "members", members=", ".join(sealed)))
    given = inputs(where, covariances)
    evaluations = evaluate(protocol, given, progress)
    rows = outcomes(where, evaluations)
    found = tuple(told(where, evaluations, rows))
    return Report(
        issue.state, issue.version, issue.issued, issue.software, protocol, protocol.digest, tuple(events), evaluations,
        rows, found,
    )  # fmt: skip


def told(where: Standing, evaluations: Iterable[Evaluation], rows: Iterable[OutcomeRow]) -> Iterator[Finding]:
    """What a reader must know beside the numbers: of the submissions, of who needs help, of results without a day."""
    for code, (_, findings) in submissions(where).items():
        yield from (replace(f, where=f"{code}{f.where}") for f in findings)
    for member, measurand in to_help(where, evaluations):
        yield finding("comparison.report.to_help", f"{member}/{measurand}", "warning", member=member,
                      measurand=measurand)  # fmt: skip
    for row in rows:
        if row.value is not None and row.measured is None:
            place = f"{row.member}/{row.measurand}"
            yield finding("comparison.report.no_evidence", place, "warning", member=row.member, measurand=row.measurand)


def to_help(where: Standing, evaluations: Iterable[Evaluation]) -> tuple[tuple[str, str], ...]:
    """Members and measurands whose result is not satisfactory and for which no help plan was ever opened."""
    return tuple(
        (lab, e.measurand.id)
        for e in evaluations
        if e.methods
        for lab, verdict in zip(e.labs, e.methods[0].judged.verdict, strict=True)
        if verdict == "unsatisfactory" and where.plan(lab, e.measurand.id) is None
    )


def outcomes(where: Standing, evaluations: Iterable[Evaluation]) -> tuple[OutcomeRow, ...]:
    """The outcome of every member for every measurand, also of those without a result, which stay undetermined."""
    read = {code: found for code, (found, _) in submissions(where).items()}
    return tuple(_rows(where, evaluations, read))


def _rows(
    where: Standing, evaluations: Iterable[Evaluation], read: Mapping[str, Submission | None]
) -> Iterator[OutcomeRow]:
    rule, wanted = where.protocol.decision, where.protocol.reference.method
    for e in evaluations:
        found, m = e.found(wanted), e.measurand
        for member in where.protocol.members:
            code = member.code
            submission = read.get(code)
            at = e.labs.index(code) if code in e.labs else None
            start = OutcomeRow(
                code, member.organisation, m.id, m.name, m.quantity, m.unit, m.nominal, None, None, None, None, None,
                rule.score, None, rule.limit, "undetermined", e.inputs.missing.get(code, "no_reference"),
                submission.standards if submission else (), submission.measured_by if submission else "",
                remedied(where, code, m.id),
            )  # fmt: skip
            if at is None:
                yield _unjudged(start, submission)
                continue
            measured = e.inputs.measured[at] or (e.inputs.pilot_days[-1] if e.inputs.pilot_days else None)
            row = replace(start, measured=measured, value=float(e.inputs.value[at]), U=_known(e.inputs.U[at]))
            if found is not None:
                j = found.judged
                row = replace(row, d=_known(j.d[at]), U_d=_known(j.U_d[at]), score=_known(j.score[at]),
                              verdict=j.verdict[at], why=j.why[at])  # fmt: skip
            yield row


def _unjudged(row: OutcomeRow, submission: Submission | None) -> OutcomeRow:
    """A value without an uncertainty is shown, though nothing can be said of it."""
    results = [r for r in submission.results if r.measurand == row.measurand] if submission else []
    return replace(row, value=results[0].value, measured=results[0].measured) if results else row


def _known(x: float) -> float | None:
    return float(x) if math.isfinite(x) else None


def blinded(report: Report, viewer: Viewer, member: str = "") -> Report:
    """The report as somebody may see it. viewer: pilot, participant, public; member: the participant's own code.

    Before the final report of a blind comparison nobody but the pilot sees which laboratory a code is: organisations,
    accounts, persons, certificates, the opened documents of others and the link to an earlier comparison are left out.
    The public sees a final report only, and only where the protocol says so, else Refused; accounts, contacts and who
    did what are never shown to it: it sees the chain of events, and cannot verify it, as each digest holds the person.
    """
    final = report.state == "final"
    if viewer == "public" and not (final and report.protocol.public):
        raise Refused(finding("comparison.report.not_public", "state", number=report.number, state=report.state))
    if viewer == "pilot" or (final and viewer == "participant") or (not report.protocol.blind and viewer != "public"):
        return report
    if final:
        members = tuple(replace(m, account="", contact="") for m in report.protocol.members)
        events = tuple(replace(e, person="") for e in report.events)
        return replace(report, protocol=replace(report.protocol, members=members), events=events)
    members = tuple(
        m if m.code == member else replace(m, organisation={"zh": m.code, "en": m.code}, account="", contact="")
        for m in report.protocol.members
    )
    events = tuple(_covered(e, member) for e in report.events)
    rows = tuple(
        o if o.member == member
        else replace(o, laboratory={"zh": o.member, "en": o.member}, standards=(), measured_by="")
        for o in report.outcomes
    )  # fmt: skip
    protocol = replace(report.protocol, members=members, linking=None)
    evaluations = tuple(_through_covered(e) for e in report.evaluations)
    said = tuple(_certificates_covered(f) for f in report.findings)
    return replace(
        report, protocol=protocol, events=events, outcomes=rows, evaluations=evaluations, findings=said, blind=True
    )


_SHOWN = frozenset(
    (
        "commitment", "size", "measurand", "decision", "reason", "draft", "agrees", "protocol", "field", "old", "new",
        "standard", "to", "condition", "closed",
    )
)  # fmt: skip
"""What a participant sees of the events about others: nothing that tells who they are."""


def _covered(event: Event, member: str) -> Event:
    if member and event.member == member:  # its own, but not which account of the pilot did something about it
        return event if event.kind in OF_MEMBER else replace(event, person="")
    shown = {key: value for key, value in event.content.items() if key in _SHOWN}
    return replace(event, person="", content=shown)


_OF_CERTIFICATES = frozenset(("through", "standard", "issuer", "number", "place", "name", "reason"))


def _certificates_covered(told: Finding) -> Finding:
    """What is said of certificates, without which: whose standard it is could tell who a laboratory is."""
    if not told.code.startswith("comparison.round."):
        return told
    shown = tuple((key, "—" if key in _OF_CERTIFICATES else text) for key, text in told.parameters)
    return replace(told, where="" if told.code == "comparison.round.attached" else told.where, parameters=shown)


def _through_covered(evaluation: Evaluation) -> Evaluation:
    """How much two results are correlated is shown, through whose certificate is not; nor the link, as the results of
    an earlier comparison are published with names."""
    shared = tuple(replace(s, through=()) for s in evaluation.inputs.shared)
    told = tuple(f for f in evaluation.findings if not f.code.startswith("comparison.link."))
    return replace(evaluation, inputs=replace(evaluation.inputs, shared=shared), linked=None, findings=told)
