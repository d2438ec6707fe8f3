"""What a node offers to a grantee: a path and a query in, a status and a document out; of HTTP nothing is known here.

    /catalogue                                   entries of the datasets that are listed, or granted to whoever asks
    /grants                                      the grants of whoever asks, with their revocations
    /certificates?dataset=NAME                   certificates of a dataset that is granted at least by statistics
    /summary?dataset=NAME&grant=G&purpose=P      statistics with influences; each asking is a line of the log

A document has the same bytes as long as it says the same, so that its digest is its name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from suyuan.lake.datasets import shelf_of
from suyuan.lake.handed import hand_over
from suyuan.lake.shelf import grants_fields
from suyuan.lake.table import Lake
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.series.dataset.attributes import dcat, grade_named
from suyuan.series.dataset.certificate_document import as_known, correction_fields, document_digest
from suyuan.series.dataset.grant import LADDER, Asked, Grant, listed_for, still_standing
from suyuan.series.dataset.version import DatasetVersion

OK, UNKNOWN, FORBIDDEN, MISSING, BUSY = 200, 401, 403, 404, 503


@dataclass(frozen=True, slots=True)
class Offered:
    """An answer. status: of HTTP; data: a JSON document; digest: SHA-256 of it."""

    status: int
    data: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. path; query: name → value; token: of whoever asks; now: µs."""

    path: str
    query: Mapping[str, str]
    token: str
    now: int


def answer(lake: Lake, node: str, question: Question) -> Offered:
    """The answer of a node. node: its name. Nothing is raised: what is refused is a document of findings."""
    grantee = shelf_of(lake).grantee_of(question.token)
    if not grantee:
        return refused(UNKNOWN, finding("sharing.token.unknown", node))
    offer = OFFERS.get(question.path)
    if offer is None:
        return refused(MISSING, finding("sharing.node.path", question.path[:60], known=", ".join(OFFERS)))
    try:
        fields = offer(lake, grantee, question)
    except Refused as error:
        return refused(FORBIDDEN, *error.findings)
    return Offered(OK, _json({"node": node, **fields}))


def refused(status: int, *findings: Finding) -> Offered:
    """Findings as an answer."""
    return Offered(status, _json({"suyuan": "refused", "findings": [f.to_json() for f in findings]}))


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def _mine(lake: Lake, grantee: str) -> tuple[Grant, ...]:
    known, damaged = shelf_of(lake).grants()
    if damaged:
        raise Refused(*damaged)
    return listed_for({g.id: g for g in known}, grantee)


def _catalogue(lake: Lake, grantee: str, question: Question) -> Mapping[str, Any]:
    shelf = shelf_of(lake)
    standing = [g for g in _mine(lake, grantee) if not still_standing(g, shelf.revocations(), question.now)]
    granted = {g.dataset for g in standing}
    versions, _ = shelf.datasets()
    return {
        "suyuan": "catalogue",
        "datasets": [
            _entry(v, any(_shows(g, v) for g in standing)) for v in versions if v.head.id in granted or _listed(v)
        ],
    }


def _listed(version: DatasetVersion) -> bool:
    grade = grade_named(version.head.grade)
    return grade is not None and bool(grade["listed"])


def _entry(version: DatasetVersion, certificates: bool) -> Mapping[str, Any]:
    """A dataset in the catalogue; certificates are named to whoever may see them."""
    streams = [
        {"id": p.stream.id, "quantity": p.stream.quantity, "unit": p.stream.unit, "readings": p.readings}
        for p in version.parts
    ]
    return {"name": version.name, "digest": version.digest, "dcat": dcat(version, certificates), "streams": streams}


def _grants(lake: Lake, grantee: str, question: Question) -> Mapping[str, Any]:
    return grants_fields(_mine(lake, grantee), shelf_of(lake).revocations())


def _certificates(lake: Lake, grantee: str, question: Question) -> Mapping[str, Any]:
    shelf = shelf_of(lake)
    version = shelf.dataset(question.query.get("dataset", ""))
    standing = [g for g in _mine(lake, grantee) if _shows(g, version)]
    against = [still_standing(g, shelf.revocations(), question.now) for g in standing]
    if not any(found == () for found in against):
        found = tuple(f for some in against for f in some)
        raise Refused(*found or (finding("sharing.node.certificates", version.name, grantee=grantee),))
    corrections, damaged = shelf.certificates()
    if damaged:
        raise Refused(*damaged)
    cited = {n.id for n in version.certificates}
    instruments = {c.instrument for c in corrections if c.id in cited}  # also what was learnt of them since
    rows = [c for c in as_known(corrections, question.now) if c.instrument in instruments]
    return {
        "suyuan": "certificates", "dataset": version.citation,
        "certificates": [{"digest": document_digest(c), "document": correction_fields(c)} for c in rows],
    }  # fmt: skip


def _shows(grant: Grant, version: DatasetVersion) -> bool:
    """Whether a grant lets its holder know the certificates of a dataset."""
    here = grant.dataset == version.head.id and grant.version in ("", version.head.version)
    return here and LADDER.index(grant.ladder) >= LADDER.index("statistics") and "instrument" not in grant.masks


def _summary(lake: Lake, grantee: str, question: Question) -> Mapping[str, Any]:
    q = question.query
    asked = Asked(grantee, q.get("purpose", ""), tuple(filter(None, q.get("streams", "").split(","))),
                  ladder="statistics")  # fmt: skip
    handed = hand_over(lake, q.get("dataset", ""), q.get("grant", ""), asked, "json", question.now)
    return dict(json.loads(handed.data))


OFFERS: Mapping[str, Callable[[Lake, str, Question], Mapping[str, Any]]] = {
    "/catalogue": _catalogue, "/grants": _grants, "/certificates": _certificates, "/summary": _summary,
}  # fmt: skip
