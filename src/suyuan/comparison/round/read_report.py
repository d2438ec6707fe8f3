"""A report from its document, with the numbers as they are printed there; nothing is recomputed but the matrices that
are not written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, cast, get_args

import numpy as np
from numpy.typing import NDArray

from suyuan.comparison.results import Consensus
from suyuan.comparison.round.evaluation import Evaluation, Found, advised, between_pairs
from suyuan.comparison.round.inputs import Inputs, Shared
from suyuan.comparison.round.judge import Judged, Verdict, Why
from suyuan.comparison.round.link import LinkedRound
from suyuan.comparison.round.protocol import Protocol
from suyuan.comparison.round.read import read_events, read_protocol, truth
from suyuan.comparison.round.report import STATES, OutcomeRow, Report, State
from suyuan.comparison.round.report_form import JUDGED, LARGEST, REPORT
from suyuan.comparison.round.travelled import Travelled, travelled
from suyuan.quantity.fields import Fields, canonical, open_document
from suyuan.quantity.finding import Finding, Refused, Severity, errors

Array = NDArray[Any]


def read_report(document: bytes) -> tuple[Report | None, tuple[Finding, ...]]:
    """The report of a document, or None with findings that say why it is none.

    document: UTF-8 JSON with "suyuan": "comparison-report". `verbs.comparison.rerun` says whether it is true.
    """
    root, found = open_document(document, REPORT, LARGEST)
    if root is None:
        return None, tuple(found)
    state = cast(State, root.choice("state", STATES))
    version, issued, software = root.whole("version"), root.day("issued", required=True), root.text("software")
    inner = root.inner("protocol", required=True)
    protocol, told = (None, ()) if inner is None else read_protocol(canonical(inner.content))
    found.extend(replace(f, where=f"/protocol{f.where}") for f in told if f.severity == "error")
    events = read_events(root.several("events"))
    if errors(found) or protocol is None or issued is None:
        return None, tuple(found)
    try:
        with np.errstate(all="ignore"):  # numbers that somebody altered
            evaluations = tuple(_evaluation(protocol, f) for f in root.several("measurands"))
        outcomes = tuple(_outcome(f) for f in root.several("outcomes"))
        told_there = tuple(_finding(f.content) for f in root.several("findings"))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, Refused) as fault:
        root.report("comparison.report.broken", "measurands", reason=f"{type(fault).__name__} {fault}"[:200])
        return None, tuple(found)
    report = Report(
        state, version or 1, issued, software, protocol, root.text("protocol_digest"), events, evaluations, outcomes,
        told_there, truth(root, "blind", False),
    )  # fmt: skip
    return (None if errors(found) else report), tuple(found)


def _array(values: Any) -> Array:
    """A column of numbers; None is unknown."""
    return np.array([math.nan if v is None else float(v) for v in values or ()], float)


def _word(value: Any) -> str:
    """A text; anything else is a fault of the document."""
    if not isinstance(value, str):
        raise ValueError(repr(value)[:40])
    return value


def _words(values: Any) -> tuple[str, ...]:
    return tuple(_word(v) for v in values)


def _texts(values: Any) -> dict[str, str]:
    """Names or texts by key."""
    if not isinstance(values, Mapping):
        raise ValueError(repr(values)[:40])
    return {key: _word(text) for key, text in values.items()}


def _truths(values: Any) -> Array:
    if not all(isinstance(v, bool) for v in values):
        raise ValueError("true, false")
    return np.array(list(values), bool)


def _one(value: Any) -> float:
    return math.nan if value is None else float(value)


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if value else None


def _inputs(c: Mapping[str, Any]) -> Inputs:
    dof = _array(c["dof"])
    matrix = c.get("covariance")
    shared = tuple(
        Shared(_word(s["first"]), _word(s["second"]), float(s["r"]), _words(s.get("through", ())))
        for s in c.get("shared", ())
    )
    return Inputs(
        measurand=_word(c["measurand"]), labs=_words(c.get("labs", ())), value=_array(c["value"]), u=_array(c["u"]),
        U=_array(c["U"]), k=_array(c["k"]), dof=np.where(np.isnan(dof), math.inf, dof),
        contributing=_truths(c["contributing"]), reasons=_words(c["reasons"]),
        measured=tuple(_day(d) for d in c["measured"]), text=tuple(_texts(t) for t in c["text"]),
        digests=_words(c["digests"]),
        pilot=c.get("pilot", ""), pilot_days=tuple(date.fromisoformat(d) for d in c.get("pilot_days", ())),
        pilot_values=_array(c.get("pilot_values")),
        covariance=None if matrix is None else np.array([_array(row) for row in matrix]), shared=shared,
        missing=_texts(c.get("missing", {})),
    )  # fmt: skip


_EMPTY = {key: () for key in ("value", "u", "U", "k", "dof", "contributing", "reasons", "measured", "text", "digests")}


def _evaluation(protocol: Protocol, f: Fields) -> Evaluation:
    c = f.content
    measurand = protocol.measurand(c["measurand"])
    if measurand is None:
        raise ValueError(c["measurand"])
    given = _inputs({**_EMPTY, **c["inputs"]})
    moved = Travelled(_array(c.get("x")), _array(c.get("u")), None)
    columns = (*(getattr(given, key) for key in _EMPTY), moved.x, moved.u)
    if any(len(column) != given.n for column in columns) or given.measurand != measurand.id:
        raise ValueError(f"inputs {measurand.id}")
    if given.covariance is not None and given.covariance.shape != (given.n, given.n):
        raise ValueError(f"covariance {measurand.id}")
    recomputed, _ = travelled(protocol, given)
    moved = Travelled(moved.x, moved.u, recomputed.covariance, recomputed.drift, recomputed.days)
    between = between_pairs(moved, protocol.decision.coverage)
    methods = tuple(_found(m, given.n, protocol.decision.coverage) for m in c.get("methods", ()))
    refused = {_word(r["method"]): tuple(_finding(x) for x in r.get("findings", ())) for r in c.get("refused", ())}
    told = tuple(_finding(x) for x in c.get("findings", ()))
    return Evaluation(
        measurand, given, _word(c["digest"]), moved, methods, refused, between, advised(given, moved),
        None if c.get("linked") is None else _linked(c["linked"], given.n), told,
    )  # fmt: skip


def _linked(c: Mapping[str, Any], n: int) -> LinkedRound:
    columns = {key: _array(c[key]) for key in ("d", "u_d", "U_d", "weights", "differences")}
    if any(x.size != n for x in columns.values()):
        raise ValueError("linked")
    return LinkedRound(
        number=_word(c["number"]), correction=_one(c["correction"]), u=_one(c["u"]), linking=_words(c["linking"]),
        chi2=_one(c.get("chi2")), dof=int(c["dof"]), p=_one(c.get("p")),
        findings=tuple(_finding(x) for x in c.get("findings", ())), **columns,
    )  # fmt: skip


def _found(c: Mapping[str, Any], n: int, k: float) -> Found:
    further = {_word(x["name"]): _array(x.get("values")).reshape([int(s) for s in x.get("shape", ())])
               for x in c.get("further", ())}  # fmt: skip
    low, high = (None if c.get(key) is None else np.asarray(_one(c[key])) for key in ("low", "high"))
    consensus = Consensus(
        np.asarray(_one(c["value"])), np.asarray(_one(c["u"])), _array(c["weights"]), _array(c["covariance"]),
        np.asarray(_one(c.get("tau"))), low, high, further, tuple(_finding(x) for x in c.get("findings", ())),
    )  # fmt: skip
    columns = {key: _array(c[key]) for key in JUDGED}
    verdict, why = tuple(c["verdict"]), tuple(c["why"])
    if not set(verdict) <= set(get_args(Verdict)) or not set(why) <= set(get_args(Why)):
        raise ValueError("verdict")
    if any(x.size != n for x in (*columns.values(), consensus.weights, consensus.covariance)) or len(verdict) != n:
        raise ValueError(c["method"])
    judged = Judged(verdict=verdict, why=why, **columns)
    left = tuple(None if c.get(key) is None else _array(c[key]) for key in ("left_value", "left_u"))
    return Found(_word(c["method"]), consensus, _one(c["U"]), judged, _one(c.get("chi2")), int(c.get("dof", 0)),
                 _one(c.get("p")), *left)  # fmt: skip


def _outcome(f: Fields) -> OutcomeRow:
    c = f.content
    value, U, d, U_d, score = (None if c.get(k) is None else float(c[k]) for k in ("value", "U", "d", "U_d", "score"))
    texts = {
        key: _word(c.get(key, ""))
        for key in ("member", "measurand", "quantity", "unit", "nominal", "score_name", "why")
    }
    if c["verdict"] not in get_args(Verdict):
        raise ValueError(c["verdict"])
    return OutcomeRow(
        **texts, value=value, U=U, d=d, U_d=U_d, score=score, laboratory=_texts(c.get("organisation", {})),
        name=_texts(c.get("name", {})), limit=float(c["limit"]), verdict=c["verdict"], measured=_day(c.get("measured")),
        remedied=_day(c.get("remedied")),
        standards=tuple((_word(s["issuer"]), _word(s["number"])) for s in c.get("standards", ())),
        measured_by=_word(c.get("measured_by", "")),
    )  # fmt: skip


def _finding(c: Mapping[str, Any]) -> Finding:
    severity = cast(Severity, c.get("severity", "error"))
    if severity not in get_args(Severity):
        raise ValueError(repr(severity)[:40])
    parameters = tuple(sorted(_texts(c.get("parameters", {})).items()))
    return Finding(_word(c["code"]), _word(c.get("where", "")), severity, parameters, _word(c.get("rule", "")))
