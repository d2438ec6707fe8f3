"""Archives: results written apart and read together, and still correlated.

One archive holds the influences once, then for each result its values and blocks by influence id. Numbers are the
shortest decimals that read back to the same float. Bytes in, bytes out; version 1 is read for ever (see the reference
files in the tests). What comes from outside is never trusted: whatever is wrong with it is a finding. Large arrays
have a form of their own with the same content: `archive_columns`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from suyuan.quantity import block as blocks
from suyuan.quantity.archive import rows
from suyuan.quantity.archive.disclosure import Disclosure, disclosed
from suyuan.quantity.archive.rows import DAMAGE, LARGEST
from suyuan.quantity.block import Block
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.influence import Influence, Source, conflict
from suyuan.quantity.quantity import Quantity

__all__ = ["VERSION", "Archive", "Disclosure", "dump", "load", "merge"]
VERSION = 1
BODY = ("disclosure", "influences", "results", "intermediate")
Shown = Mapping[tuple[str, str], Quantity]
"""(part of the archive, name) → quantity as it will be written."""


@dataclass(frozen=True, slots=True)
class Archive:
    """results: name → quantity as reported; intermediate: named quantities on the way (inputs, standards)."""

    results: Mapping[str, Quantity]
    intermediate: Mapping[str, Quantity] = field(default_factory=dict)
    digest: str = ""
    disclosure: str = "full"


def dump(
    results: Mapping[str, Quantity],
    intermediate: Mapping[str, Quantity] | None = None,
    disclosure: Disclosure = "full",
    name: str = "",
    issued: Source | None = None,
) -> bytes:
    """Results (and named intermediate ones) as bytes.

    disclosure: see `disclosure.disclosed`; for «opaque» the one influence bears `name`, and intermediate results are
    left out. issued: the certificate that will carry the archive; influences that no certificate stands behind become
    its own, so that the next laboratory reads «certificate A-123» and not «some reading».
    Covariance between the results, and for «full» and «grouped» with everything that shares a kept
    influence, is preserved. What two archives of one laboratory have in common without a certificate behind it stays
    in common only when disclosed in full, or in one archive. Raises Refused for values or components that are not
    finite, for one identity with two contents, and for results too many to merge.
    """
    shown, influences = to_show(results, intermediate, disclosure, name, issued)
    body: dict[str, Any] = {
        "disclosure": disclosure,
        "influences": [rows.influence_row(i) for i in influences.values()],
        "results": {},
        "intermediate": {},
    }
    for (part, key), q in shown.items():
        body[part][key] = rows.quantity_row(q)
    document = {"suyuan": "archive", "version": VERSION, "sha256": _digest(body), **body}
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1).encode("utf-8")


def to_show(
    results: Mapping[str, Quantity],
    intermediate: Mapping[str, Quantity] | None,
    disclosure: Disclosure,
    name: str,
    issued: Source | None,
) -> tuple[Shown, dict[str, Influence]]:
    """What an archive in any form holds: quantities as disclosed, and all their influences by identity."""
    given = {("results", key): q for key, q in results.items()}
    if disclosure != "opaque":
        given |= {("intermediate", key): q for key, q in (intermediate or {}).items()}
    for (_, key), q in given.items():
        if not np.all(np.isfinite(q.value)) or not (_finite(q) or np.all(np.isfinite(q.variance))):
            raise Refused(finding("quantity.value.not_finite", where=key))
    _influences(given.values())
    shown = disclosed(given, disclosure, name)
    if issued is not None:
        shown = {key: rows.attributed(q, issued) for key, q in shown.items()}
    influences = _influences(shown.values())
    largest = max((i.size for i in influences.values()), default=0)
    if largest > LARGEST:
        raise Refused(finding("quantity.archive.too_large", values=largest, elements=largest, disclosure=disclosure))
    return shown, influences


def _finite(q: Quantity) -> bool:
    """Whether all variances are surely finite, by one pass over the components: Σ component² bounds each of them."""
    total = 0.0
    for part in q.blocks.values():
        if (part.own is not None and part.dense is not None) or (
            part.dense is not None and part.dense.weights is not None
        ):
            return False
        array = part.own.coefficient if part.own is not None else part.dense.scale if part.dense is not None else _NONE
        with np.errstate(over="ignore", invalid="ignore"):
            total += float(abs(np.vdot(array, array)))
    return total < 1e300


_NONE = np.zeros(0)


def _influences(quantities: Iterable[Quantity]) -> dict[str, Influence]:
    """All influences by identity. Raises Refused for one identity with two contents."""
    found: dict[str, Influence] = {}
    for q in quantities:
        for influence in q.influences():
            blocks.check_same(found.setdefault(influence.id, influence), influence)
    return found


def load(data: bytes, where: str = "") -> Archive:
    """An archive from its bytes. Raises Refused if it is damaged, altered or of an unknown version."""
    try:
        document = _document(data)
        version, stated = document["version"], document["sha256"]
        if document["suyuan"] != "archive":
            raise ValueError("not an archive")
    except DAMAGE as error:
        raise unreadable(where, error) from None
    if type(version) is not int or version != VERSION:
        raise Refused(finding("quantity.archive.version", where=where, version=str(version)[:20]))
    try:
        body = {key: document[key] for key in BODY}
        digest = _digest(body)
    except DAMAGE as error:
        raise unreadable(where, error) from None
    if digest != stated:
        raise Refused(finding("quantity.archive.altered", where=where))
    return of_body(body, digest, where)


def of_body(body: Mapping[str, Any], digest: str, where: str, in_order: Any = None) -> Archive:
    """The archive that a document's body describes. Raises Refused for whatever is wrong with it."""
    try:
        influences = {row["id"]: rows.influence(row) for row in rows.a_list(body["influences"])}
        if len(influences) != len(body["influences"]):
            raise ValueError("one identity stands twice")
        results, between = (
            {str(key): rows.quantity(row, influences, in_order) for key, row in body[part].items()}
            for part in ("results", "intermediate")
        )
        return Archive(results, between, digest, rows.text(body["disclosure"]))
    except Refused as refused:
        raise Refused(*(replace(f, where=f.where or where) for f in refused.findings)) from None
    except DAMAGE as error:
        raise unreadable(where, error) from None


def unreadable(where: str, error: Exception) -> Refused:
    """The finding for bytes that are no archive."""
    return Refused(finding("quantity.archive.unreadable", where=where, reason=repr(error)[:200]))


# ---------------------------------------------------------------- text and digest


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return row


_DECODER = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_object)
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), check_circular=False
)


def _document(data: bytes) -> Any:
    return _DECODER.decode(data.decode(json.detect_encoding(data), "surrogatepass"))


def _digest(body: Mapping[str, Any]) -> str:
    """SHA-256 of the body as JSON without blanks, names in order: what another program would compute."""
    return hashlib.sha256(_ENCODER.encode(body).encode("utf-8", "surrogatepass")).hexdigest()


# ---------------------------------------------------------------- several archives together


def merge(
    archives: Mapping[str, Archive], amended: Mapping[str, str] | None = None
) -> tuple[dict[str, Archive], tuple[Finding, ...]]:
    """Archives of several laboratories made ready to be used together.

    archives: by any name (laboratory, file, certificate), which findings bear; amended: identity of a superseded
    influence → identity of the one that takes its place. Same identity and same content is one influence; labels mean
    nothing. A superseded influence is renamed, with a warning: the result stays as it was computed, and is correlated
    with what was computed from the new one; where their contents differ (another u, say) a second warning asks for a
    new evaluation. Raises Refused for one identity with two contents, naming both sources, and for amendments that
    lead back to where they began.
    """
    last = {old: _last(old, amended or {}) for old in amended or {}}
    known: dict[str, Influence] = {}
    for archive in archives.values():
        for one in _influences(_quantities(archive)).values():
            blocks.check_same(known.setdefault(one.id, one), one)
    findings: list[Finding] = []
    renewed: dict[str, Influence] = {}
    for old, new in last.items():
        if old in known:
            renewed[old] = _renewed(known[old], new, known.get(new), findings)
            known.setdefault(new, renewed[old])
    for name, archive in archives.items():
        for old in (one for one in last if any(one in q.blocks for q in _quantities(archive))):
            findings.insert(0, _superseded(name, known[old], renewed[old]))
    if not renewed:
        return dict(archives), ()
    return {name: _amended(archive, renewed) for name, archive in archives.items()}, tuple(findings)


def _quantities(archive: Archive) -> list[Quantity]:
    return [*archive.results.values(), *archive.intermediate.values()]


def _last(old: str, amended: Mapping[str, str]) -> str:
    """The end of a chain of amendments."""
    seen, at = {old}, amended[old]
    while at in amended:
        if at in seen:
            raise Refused(finding("quantity.archive.amended_circle", where=old, identity=at))
        seen.add(at)
        at = amended[at]
    return at


def _renewed(old: Influence, id: str, new: Influence | None, findings: list[Finding]) -> Influence:
    """The influence that takes the place of a superseded one: that which an archive holds, else the old one renamed."""
    if new is None:
        return replace(old, id=id)
    if (old.size, old.joint) != (new.size, new.joint):
        raise Refused(conflict(old, new))
    if old.content() != new.content():
        findings.append(finding("quantity.archive.amended_content", old.id, "warning", old=_told(old), new=_told(new)))
    return new


def _superseded(name: str, old: Influence, new: Influence) -> Finding:
    return finding("quantity.archive.superseded", name, "warning", old=_told(old), new=_told(new), identity=old.id)


def _told(one: Influence) -> str:
    return str(one.source) or one.label or one.id[:8]


def _amended(archive: Archive, renewed: Mapping[str, Influence]) -> Archive:
    return replace(
        archive,
        results={key: _of(q, renewed) for key, q in archive.results.items()},
        intermediate={key: _of(q, renewed) for key, q in archive.intermediate.items()},
    )


def _of(q: Quantity, renewed: Mapping[str, Influence]) -> Quantity:
    """The quantity on renewed influences; where it depends on the old and on the new one, on their sum."""
    if renewed.keys().isdisjoint(q.blocks):
        return q
    gathered: dict[str, list[blocks.Term]] = {}
    for part in q.blocks.values():
        one = renewed.get(part.influence.id, part.influence)
        gathered.setdefault(one.id, []).append((1.0, Block(one, part.own, part.dense), q.ndim))
    return Quantity(q.value, q.unit, {id: blocks.combine(terms, q.shape) for id, terms in gathered.items()})
