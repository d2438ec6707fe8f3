"""A round of a comparison from beginning to report: read from a file, its covariance from the graph, its report.

A round on file needs no server: protocol, submissions, decisions and corrections become the events that a site would
have recorded, at the moments that the protocol names.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from suyuan.comparison.round.admission import admitted
from suyuan.comparison.round.evaluation import Progress
from suyuan.comparison.round.events import Event, EventKind, verify
from suyuan.comparison.round.plausibility import beside_others, plausible
from suyuan.comparison.round.protocol import Protocol
from suyuan.comparison.round.read import read_events, read_protocol
from suyuan.comparison.round.read_submission import read_submission
from suyuan.comparison.round.report import Issue, Report, make_report
from suyuan.comparison.round.seal import commit
from suyuan.comparison.round.standing import Standing, standing, submissions
from suyuan.comparison.round.submission import Submission
from suyuan.comparison.round.words import worded
from suyuan.comparison.round.write import PROTOCOL, SUBMISSION
from suyuan.quantity.fields import Fields, Printed, canonical, open_document
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.comparison.round_covariance import round_covariances
from suyuan.verbs.comparison.round_standards import below_standards

KIND = "comparison-round"
LARGEST = 64_000_000
DECIDED = ("member", "measurand", "decision", "reason", "person")
CORRECTED = ("member", "measurand", "field", "old", "new", "reason", "person", "measured")


@dataclass(frozen=True, slots=True)
class Round:
    """A protocol and the events of its round."""

    protocol: Protocol
    events: tuple[Event, ...]

    @property
    def standing(self) -> Standing:
        return standing(self.protocol, self.events)


def read_round(document: bytes) -> tuple[Round, tuple[Finding, ...]]:
    """A round on file, and what is to be said of its submissions.

    document: JSON with "suyuan": "comparison-round", `protocol`, and either `events` as a site recorded them, or
    `submissions` with, where there are any, `decisions` and `corrections`. Raises Refused for what cannot be used.
    """
    root, found = open_document(document, KIND, LARGEST)
    if root is None:
        raise Refused(*worded(found))
    inner = root.inner("protocol", required=True)
    if inner is None:
        raise Refused(*worded(found))
    protocol, told = read_protocol(canonical({**inner.content, "suyuan": PROTOCOL}))
    found.extend(_below("/protocol", told))
    if protocol is None:
        raise Refused(*errors(found))
    recorded = root.has("events")
    events = read_events(root.several("events")) if recorded else tuple(_recorded(protocol, root, found))
    root.close()
    if recorded:
        found.extend(verify(events))
    if errors(found):
        raise Refused(*worded(errors(found)))
    return Round(protocol, admitted(protocol, events)), worded(found)


def _below(where: str, told: Sequence[Finding]) -> Iterator[Finding]:
    for f in told:
        yield replace(f, where=where + f.where)


def _recorded(protocol: Protocol, root: Fields, found: list[Finding]) -> Iterator[Event]:
    """The events of a round that took place without a site."""
    documents: dict[str, bytes] = {}
    for i, row in enumerate(root.several("submissions", required=True)):
        content = {"protocol": protocol.digest, **row.content, "suyuan": SUBMISSION}
        document = canonical(content)
        submission, told = read_submission(document, protocol)
        found.extend(_below(f"/submissions/{i}", told))
        if submission is None:
            continue
        if submission.member in documents:
            row.report("comparison.event.revealed", "member", member=submission.member)
        documents[submission.member] = document
        found.extend(_below(f"/submissions/{i}", plausible(submission, protocol)))
    decided = [_texts(row, DECIDED) for row in root.several("decisions")]
    corrected = [_texts(row, CORRECTED) for row in root.several("corrections")]
    if errors(found):
        return
    closes = protocol.closes
    begin = datetime.combine(protocol.opens, time(), closes.tzinfo)
    first = min(begin, closes)
    before = first - timedelta(days=1) if first.year > 1 else first  # there is no day before the first of all
    others = [m for m in protocol.members if not m.pilot]
    for member in others:
        yield _event("invited", before, protocol, member.code)
    for member in others:
        if member.code in documents:
            yield _event("accepted", before, protocol, member.code)
    yield _event("opened", before, protocol, "", {"protocol": protocol.digest})
    for code, document in documents.items():
        sealed = {"commitment": commit(document, _nonce(document)), "size": len(document)}
        yield _event("sealed", closes, protocol, code, sealed)
    yield _event("closed", closes, protocol)
    for code, document in documents.items():
        coded = base64.b64encode(document).decode("ascii")
        yield _event("revealed", closes, protocol, code, {"nonce": _nonce(document).hex(), "document": coded})
    yield from _said("corrected", corrected, protocol)
    yield from _said("decided", decided, protocol)


def _said(kind: EventKind, rows: Sequence[Mapping[str, str]], protocol: Protocol) -> Iterator[Event]:
    """Corrections or decisions of a file as events: what somebody must answer for is never signed by «file»."""
    for row in rows:
        content = {key: text for key, text in row.items() if key not in ("member", "person")}
        yield Event(kind, protocol.closes, row.get("person", ""), row.get("member", ""), content)


def _nonce(document: bytes) -> bytes:
    """What is on file is open to its reader: a nonce that anybody can find hides nothing, and need not."""
    return hashlib.sha256(b"suyuan-comparison-file-1" + document).digest()


def _texts(row: Fields, keys: tuple[str, ...]) -> dict[str, str]:
    """Texts of a row, numbers by their digits."""
    found = {}
    row.asked.update(keys)
    for key in keys:
        value = row.content.get(key)
        text = str(value) if isinstance(value, Printed) else row.text(key)
        if text:
            found[key] = text
    row.close()
    return found


def _event(
    kind: EventKind, when: datetime, protocol: Protocol, member: str = "", content: Mapping[str, Any] | None = None
) -> Event:
    """An event by whose part it is: the account in the protocol, else «file»."""
    account = protocol.pilot.account
    if kind not in ("invited", "opened", "decided", "closed", "revealed"):
        account = next((m.account for m in protocol.members if m.code == member), "")
    return Event(kind, when, account or "file", member, content or {})


def report_of(
    played: Round, issue: Issue, evidence: Evidence | None = None, progress: Progress | None = None
) -> Report:
    """The report of a round: covariances from the graph, evaluation by every method of the protocol, outcomes.

    evidence: certificates of a store; what is attached to submissions is read beside. Raises Refused before closing,
    for an altered chain, or while a sealed result is neither opened nor recorded as unopened.
    """
    where = played.standing
    read: Mapping[str, Submission] = {}
    told: tuple[Finding, ...] = ()
    covariances = None
    if where.phase not in ("prepared", "invited", "open"):
        read = {code: found for code, (found, _) in submissions(where).items() if found is not None}
        covariances, told = round_covariances(played.protocol, read, evidence)
        if evidence is not None:
            told = (*told, *below_standards(played.protocol, read, evidence))
    report = make_report(played.protocol, played.events, issue, covariances, progress)
    return replace(report, findings=(*report.findings, *told, *beside(played.protocol, played.events, read)))


def beside(protocol: Protocol, events: Sequence[Event], read: Mapping[str, Submission]) -> tuple[Finding, ...]:
    """What a report says of its submissions beside each other, of the way of the standards, and of events that nobody
    recorded."""
    found = (*beside_others(read, protocol), *_never_there(protocol, events, read))
    if reconstructed(events):
        return (*found, finding("comparison.report.reconstructed", "events", "note"))
    return found


def _never_there(protocol: Protocol, events: Sequence[Event], read: Mapping[str, Submission]) -> Iterator[Finding]:
    """Results on a standard that, by the record of its way, never came to the member; without a record nothing."""
    moves = [(str(e.content.get("standard", "")), e) for e in events if e.kind in ("sent", "arrived")]
    there = {(standard, e.member) for standard, e in moves if e.kind == "arrived"}
    for standard in dict.fromkeys(standard for standard, _ in moves):
        measurands = [m.id for m in protocol.measurands if m.standard == standard]
        for code, submission in read.items():
            reported = any(r.measurand in measurands for r in submission.results)
            if reported and code != protocol.pilot.code and (standard, code) not in there:
                yield finding("comparison.report.not_arrived", code, "warning", member=code, standard=standard)


def reconstructed(events: Sequence[Event]) -> bool:
    """Whether the events were made from a file: each submission opened with the nonce that anybody finds from it."""
    opened = [e.content for e in events if e.kind == "revealed"]
    return bool(opened) and all(_open_to_all(content) for content in opened)


def _open_to_all(content: Mapping[str, Any]) -> bool:
    try:
        document = base64.b64decode(str(content.get("document", "")), validate=True)
    except ValueError:
        return False
    return content.get("nonce") == _nonce(document).hex()


def check_succession(old: Protocol, new: Protocol, opened: bool) -> tuple[Finding, ...]:
    """Whether a protocol may take the place of another: the next version of the same number, before the round opens."""
    if opened:
        return (finding("comparison.protocol.frozen", "version", number=old.number, version=old.version),)
    if new.number != old.number or new.version != old.version + 1:
        return (
            finding("comparison.protocol.succession", "version", number=old.number, old=old.version, new=new.version,
                    wanted=old.version + 1),
        )  # fmt: skip
    return ()
