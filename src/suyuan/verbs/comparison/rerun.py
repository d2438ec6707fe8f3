"""Rerun: recompute a comparison report from what it holds, and say «same» or exactly where it differs."""

from __future__ import annotations

import dataclasses
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from suyuan.comparison.round.evaluation import Evaluation, Progress, evaluate
from suyuan.comparison.round.events import verify
from suyuan.comparison.round.inputs import Covariance, inputs, inputs_digest, inputs_fields
from suyuan.comparison.round.read_report import read_report
from suyuan.comparison.round.report import Report, outcomes, told
from suyuan.comparison.round.report_form import finding_fields, measurand_fields, outcome_fields, report_document
from suyuan.comparison.round.standing import submissions
from suyuan.comparison.round.write import protocol_digest
from suyuan.quantity.finding import Finding, Refused
from suyuan.verbs.comparison.round import beside
from suyuan.verbs.comparison.round_covariance import correlated

TOLERANCE = 1e-9
"""Relative to the larger of the number and the uncertainty beside it: other processors round otherwise."""
OF_CERTIFICATES = "comparison.round."
"""How the codes begin of what is said about covariances from certificates, which a report need not hold."""
OF_THE_PILOT = ("pilot_values", "pilot_days")
OF_NOBODY = ("coefficients", "u_coefficients", "values", "shape", "through", "linking")
"""Columns that are of one laboratory or of none, beside those that have an element of each."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a report differs from what follows from it. kind: «protocol», «events», «inputs», «evaluation», «outcome»,
    «finding», or «printed» for what stands beside them; field: name of the number, code of the finding; printed,
    recomputed: as text."""

    kind: str
    measurand: str
    method: str
    lab: str
    field: str
    printed: str
    recomputed: str


@dataclass(frozen=True, slots=True)
class Rerun:
    """same: nothing differs; differences; unchecked: what the report does not hold (protocol, events and inputs of a
    copy of a blind round or for the public, covariances from certificates that are elsewhere, and what is said about
    these), so that it was taken as printed; numbers: how many were compared."""

    same: bool
    differences: tuple[Difference, ...]
    unchecked: tuple[str, ...]
    numbers: int
    report: Report
    findings: tuple[Finding, ...] = ()


def rerun(report: Report | bytes, progress: Progress | None = None) -> Rerun:
    """Recompute every number and finding of a report from its inputs, and its inputs from its events.

    report: a report or its document. Compared to 1e-9; a Monte Carlo method draws with the seed of the report. Raises
    Refused for a document that is no report.
    """
    said: tuple[Finding, ...] = ()
    found: list[Difference] = []
    unchecked: list[str] = []
    beside: tuple[Difference, ...] = ()
    if isinstance(report, bytes):
        read, said = read_report(report)
        if read is None:
            raise Refused(*said)
        beside = tuple(_as_read(report, read))
        report = read
    if report.anonymous:
        unchecked += ["protocol", "events", "inputs"]
    else:
        found.extend(_protocol(report))
        found.extend(_events(report))
        if not any(d.kind in ("protocol", "events") for d in found):
            found.extend(_inputs(report))
    from_certificates = any(f.code.startswith(OF_CERTIFICATES) for f in report.findings)
    if from_certificates or any(e.inputs.covariance is not None for e in report.evaluations):
        unchecked.append("covariance")
    again = evaluate(report.protocol, [e.inputs for e in report.evaluations], progress)
    counted = _Count()
    for printed, recomputed in zip(report.evaluations, again, strict=True):
        found.extend(_evaluation(report, printed, recomputed, counted))
    found.extend(_outcomes(report, again, counted))
    if not report.anonymous and not any(d.kind in ("protocol", "events") for d in found):
        found.extend(_told(report, again))
    found.extend(beside)
    return Rerun(not found, tuple(found), tuple(unchecked), counted.numbers, report, said)


@dataclass
class _Count:
    numbers: int = 0


def _as_read(document: bytes, report: Report) -> Iterator[Difference]:
    """What is printed beside the numbers (seeds, draws, constants, advice) and what follows from the rest."""
    printed, again = json.loads(document), json.loads(report_document(report))
    for path, a, b in _compared(printed, again, _Count()):
        if not _one_number(a, b):
            field = next((str(p) for p in reversed(path) if isinstance(p, str)), "")
            yield Difference("printed", *_named(printed, path), field, a, b)


def _one_number(a: str, b: str) -> bool:
    """Whether two texts are one number, written in two ways."""
    try:
        return float(a) == float(b)
    except ValueError:
        return False


def _named(printed: Mapping[str, Any], path: tuple[Any, ...]) -> tuple[str, str, str]:
    """Measurand, method and laboratory of a place in a report."""
    if len(path) < 2 or path[0] != "measurands" or not isinstance(path[1], int):
        return "", "", ""
    rows = printed["measurands"]
    inside = rows[path[1]] if path[1] < len(rows) else {}
    chosen = inside.get("methods", [])[path[3]] if path[2:3] == ("methods",) and len(path) > 3 else {}
    given = inside.get("inputs", {})
    lab = _lab(given.get("labs", []), given.get("pilot", ""), path[2:])
    return inside.get("measurand", ""), chosen.get("method", ""), lab


def _protocol(report: Report) -> Iterator[Difference]:
    own = protocol_digest(report.protocol)
    if own != report.protocol_digest:
        yield Difference("protocol", "", "", "", "digest", report.protocol_digest, own)
    opened = [e.content.get("protocol") for e in report.events if e.kind == "opened"]
    if opened and opened[-1] != own:
        yield Difference("protocol", "", "", "", "opened", str(opened[-1]), own)


def _events(report: Report) -> Iterator[Difference]:
    for fault in verify(report.events):
        number = dict(fault.parameters).get("number", "")
        yield Difference("events", "", "", "", fault.code.rpartition(".")[2], number, "")


def _inputs(report: Report) -> Iterator[Difference]:
    """The inputs as they follow from the revealed submissions, corrections and decisions."""
    covariances = {
        e.measurand.id: Covariance(e.inputs.labs, e.inputs.covariance, e.inputs.shared)
        for e in report.evaluations if e.inputs.covariance is not None
    }  # fmt: skip
    try:
        again = {i.measurand: i for i in inputs(report.standing, covariances)}
    except (Refused, KeyError, ValueError, TypeError) as fault:
        yield Difference("events", "", "", "", "submissions", type(fault).__name__, "")
        return
    for e in report.evaluations:
        id = e.measurand.id
        if id not in again:
            yield Difference("inputs", id, "", "", "measurand", id, "")
            continue
        printed, fresh = inputs_fields(e.inputs), inputs_fields(again[id])
        for path, a, b in _compared(printed, fresh, _Count()):
            yield Difference("inputs", id, "", _lab(e.inputs.labs, e.inputs.pilot, path), path[0] if path else "", a, b)
        if e.digest != inputs_digest(again[id]):
            yield Difference("inputs", id, "", "", "digest", e.digest, inputs_digest(again[id]))


def _evaluation(report: Report, printed: Evaluation, fresh: Evaluation, counted: _Count) -> Iterator[Difference]:
    rule, id = report.protocol.reference, printed.measurand.id
    a, b = measurand_fields(printed, rule), measurand_fields(fresh, rule)
    methods = {m["method"]: m for m in b.pop("methods")}
    for m in a.pop("methods"):
        other = methods.pop(m["method"], None)
        if other is None:
            yield Difference("evaluation", id, m["method"], "", "method", m["method"], "")
            continue
        for path, x, y in _compared(m, other, counted):
            if report.anonymous and path[0] == "digest":  # of inputs of which a blind copy leaves something out
                continue
            lab = _lab(printed.labs, printed.inputs.pilot, path)
            yield Difference(*_kind(path, x, y, "evaluation", id, m["method"], lab))
    for name in methods:
        yield Difference("evaluation", id, name, "", "method", "", name)
    refused = [{r["method"]: r for r in f.pop("refused")} for f in (a, b)]
    for name in sorted({*refused[0]} | {*refused[1]}):
        x, y = (one.get(name, {}) for one in refused)
        if not x or not y:
            yield Difference("evaluation", id, name, "", "refused", name if x else "", name if y else "")
        for p, q in _sayings(x.get("findings", ()), y.get("findings", ())):
            yield Difference(*_kind(("findings",), p, q, "evaluation", id, name, ""))
    for path, x, y in _compared(a, b, counted):
        if not (report.anonymous and path[0] in ("inputs", "digest")):
            lab = _lab(printed.labs, printed.inputs.pilot, path)
            yield Difference(*_kind(path, x, y, "evaluation", id, "", lab))


def _kind(path: tuple[Any, ...], a: str, b: str, kind: str, *of: str) -> tuple[str, ...]:
    """What a difference is called: a finding by its code, a number by its name."""
    if path[-1] == "findings":
        return "finding", *of, (b if a == NOTHING else a).split(" ")[0], a, b
    return kind, *of, str(path[0]), a, b


def _told(report: Report, again: Sequence[Evaluation]) -> Iterator[Difference]:
    """What the report says of the round, as it follows from submissions, events and evaluations; not what it says of
    certificates."""
    where = report.standing
    try:
        read = {code: found for code, (found, _) in submissions(where).items() if found is not None}
        rows = outcomes(where, again)
        fresh = (*told(where, again, rows), *beside(report.protocol, report.events, read))
    except (Refused, KeyError, ValueError, TypeError):  # of events that were altered, as `_outcomes` says
        return
    # what the inputs say of shared sources is taken as printed, so it must be said; what else of certificates may be
    shared = {correlated(e.measurand.id, s) for e in report.evaluations for s in e.inputs.shared}
    printed = [f for f in report.findings if f in shared or not f.code.startswith(OF_CERTIFICATES)]
    fresh = (*fresh, *sorted(shared, key=str))
    for a, b in _sayings([finding_fields(f) for f in printed], [finding_fields(f) for f in fresh]):
        code, place = (b if a == NOTHING else a).split(" ")[:2]
        lab, _, measurand = place.replace("\u00a0", " ").partition("/")
        known = report.protocol.member(lab) is not None
        yield Difference("finding", measurand if report.protocol.measurand(measurand) else "", "",
                         lab if known else "", code, a, b)  # fmt: skip


NOTHING = "—"


def _sayings(printed: Sequence[Any], fresh: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """Findings that only one of two lists has, or whose parameters are others, as texts beside each other."""
    there, here = Counter(map(_saying, printed)), Counter(map(_saying, fresh))
    left, right = list((there - here).elements()), list((here - there).elements())
    for one in left:
        # the same code at the same place is the same finding, altered
        other = next((x for x in right if x.split(" ")[:2] == one.split(" ")[:2]), NOTHING)
        if other != NOTHING:
            right.remove(other)
        if not _same_words(one, other):
            yield one, other
    yield from ((NOTHING, other) for other in right)


def _rows(printed: Any) -> Sequence[Any]:
    """What stands where findings should: whatever is no list is one thing that is none."""
    return printed if isinstance(printed, list | tuple) else [printed] if printed else ()


def _saying(f: Any) -> str:
    """A finding as one line: code, place (one word), severity, parameters; what is none as it is printed."""
    if not isinstance(f, Mapping) or not isinstance(f.get("parameters", {}), Mapping):
        return str(f)
    where = str(f.get("where") or NOTHING).replace(" ", "\u00a0")
    parameters = " ".join(f"{key}={text}" for key, text in sorted(f.get("parameters", {}).items()))
    return f"{f.get('code', '')} {where} {f.get('severity', '')} {f.get('rule', '')} {parameters}"


def _same_words(a: str, b: str) -> bool:
    """Whether two lines are the same but for the last digits of numbers that another processor rounds otherwise."""
    x, y = ([word.rpartition("=")[::2] for word in text.split(" ")] for text in (a, b))
    return len(x) == len(y) and all(p == q or (p[0] == q[0] and _near(p[1], q[1])) for p, q in zip(x, y, strict=True))


def _near(a: str, b: str) -> bool:
    try:
        return math.isclose(float(a), float(b), rel_tol=TOLERANCE)
    except ValueError:
        return False


def _outcomes(report: Report, again: Sequence[Evaluation], counted: _Count) -> Iterator[Difference]:
    """Outcomes carry the numbers of the protocol's method; in a blind copy names are not compared."""
    if report.anonymous:
        return
    try:
        fresh = {(o.member, o.measurand): o for o in outcomes(report.standing, again)}
    except (Refused, KeyError, ValueError, TypeError) as fault:  # of events that were altered: what is wrong with them
        yield Difference("events", "", "", "", "submissions", type(fault).__name__, "")
        return
    for row in report.outcomes:
        other = fresh.pop((row.member, row.measurand), None)
        if other is None:
            yield Difference("outcome", row.measurand, "", row.member, "outcome", row.verdict, "")
            continue
        for path, x, y in _compared(outcome_fields(row), outcome_fields(other), counted):
            yield Difference("outcome", row.measurand, "", row.member, str(path[0]), x, y)
    for member, measurand in fresh:
        yield Difference("outcome", measurand, "", member, "outcome", "", fresh[member, measurand].verdict)


def _lab(labs: Sequence[str], pilot: str, path: tuple[Any, ...]) -> str:
    """The laboratory of a column's element; columns of the drift are of those whom the standard travelled to."""
    last = max((i for i, p in enumerate(path) if isinstance(p, str)), default=None)
    if last is None or last + 1 == len(path) or path[last] in OF_NOBODY:
        return ""
    field, at = path[last], path[last + 1 :]
    if field in OF_THE_PILOT:
        return pilot
    if "drift" in path:
        labs = [lab for lab in labs if lab != pilot]
    return labs[at[0]] if at[0] < len(labs) else ""


def _compared(
    a: Any, b: Any, counted: _Count, path: tuple[Any, ...] = (), scale: float = 0.0
) -> Iterator[tuple[tuple[Any, ...], str, str]]:
    """Places where two trees of fields differ, numbers by more than the tolerance."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        u = a.get("u")
        beside = abs(u) if isinstance(u, float) and math.isfinite(u) else scale
        for key in [*a, *(k for k in b if k not in a)]:
            if key == "findings":
                for x, y in _sayings(_rows(a.get(key)), _rows(b.get(key))):
                    yield (*path, key), x, y
            else:
                yield from _compared(a.get(key), b.get(key), counted, (*path, key), beside)
    elif isinstance(a, list | tuple) and isinstance(b, list | tuple) and len(a) == len(b):
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            yield from _compared(x, y, counted, (*path, i), scale)
    elif isinstance(a, float | int) and isinstance(b, float | int) and not isinstance(a, bool):
        counted.numbers += 1
        if a != b and not abs(a - b) <= TOLERANCE * max(abs(a), abs(b), scale) < math.inf:
            yield path, repr(a), repr(b)
    elif dataclasses.is_dataclass(a) or a != b:
        yield path, "—" if a is None else str(a)[:200], "—" if b is None else str(b)[:200]
