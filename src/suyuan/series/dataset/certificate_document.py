"""Corrections as documents that travel: the model's text, its parameters with influences, both time axes.

    {"suyuan": "applied_correction", "id", "instrument", "model": "gain*raw + offset", "parameters": {…archive…},
     "issuer", "number", "raw_unit", "unit", "range": [low, high], "valid_from", "valid_until", "known_from",
     "supersedes": […],
     "superseded_known", "withdrawn_known", "configuration", "place", "quantity"}

Two digests: that of the content says what the certificate states, that of the document also what was known of it when
(its withdrawal above all). Nodes that know of a withdrawal at different times agree about the content.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from suyuan.quantity.archive.archive import dump, load
from suyuan.quantity.correction import Correction
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.quantity import Quantity
from suyuan.series.dataset.moment import moment_in, text_of

KIND = "applied_correction"
STANDING = ("known_from", "superseded_known", "withdrawn_known", "supersedes")
"""Fields that say what somebody knew, not what the certificate states."""


def correction_fields(correction: Correction) -> dict[str, Any]:
    """The fields of a correction's document. Raises Refused for a model that is a Python function."""
    if not isinstance(correction.model, Formula):
        raise Refused(finding("sharing.correction.function", correction.id))
    parameters = {name: _ordered(q) for name, q in sorted(correction.parameters.items())}
    row = {
        "suyuan": KIND, "id": correction.id, "instrument": correction.instrument, "model": correction.model.text,
        "parameters": json.loads(dump(parameters)), "issuer": correction.issuer, "number": correction.number,
        "raw_unit": correction.raw_unit, "unit": correction.unit,
        "range": None if correction.range is None else [float(x) for x in correction.range],
        "valid_from": text_of(correction.valid_from), "valid_until": text_of(correction.valid_until),
        "known_from": text_of(correction.known_from), "supersedes": list(correction.supersedes),
        "superseded_known": text_of(correction.superseded_known),
        "withdrawn_known": text_of(correction.withdrawn_known),
        "configuration": correction.configuration, "place": correction.place, "quantity": correction.quantity,
    }  # fmt: skip
    return {key: value for key, value in row.items() if value not in (None, "", [])}


def _ordered(q: Quantity) -> Quantity:
    """The same with its influences in the order of their identities: one content, one text."""
    return Quantity(q.value, q.unit, {id: q.blocks[id] for id in sorted(q.blocks)})


def correction_document(correction: Correction) -> bytes:
    """A correction as its document: the same bytes wherever it is written."""
    return _bytes(correction_fields(correction))


def _bytes(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()


def document_digest(correction: Correction) -> str:
    """SHA-256 of the document, with what was known of the certificate when."""
    return hashlib.sha256(correction_document(correction)).hexdigest()


def content_digest(correction: Correction) -> str:
    """SHA-256 of what the certificate states, whoever knew of it when."""
    fields = correction_fields(correction)
    return hashlib.sha256(_bytes({k: v for k, v in fields.items() if k not in STANDING})).hexdigest()


def as_known(corrections: Iterable[Correction], known: int) -> tuple[Correction, ...]:
    """The corrections as they were known at a moment in µs: what was learnt later is taken away."""
    found = []
    for one in corrections:
        if one.known_from > known:
            continue
        later = {
            name: None
            for name in ("superseded_known", "withdrawn_known")
            if (time := getattr(one, name)) is not None and time > known
        }
        found.append(replace(one, **later) if later else one)  # type: ignore[arg-type]
    return tuple(found)


def read_correction(document: bytes, where: str = "") -> Correction:
    """The correction of a document. Raises Refused with all that is wrong with it."""
    try:
        content = json.loads(document.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Refused(finding("sharing.document.broken", where)) from None
    if not isinstance(content, dict) or content.get("suyuan") != KIND:
        raise Refused(finding("sharing.document.kind", where, expected=KIND))
    row = Fields(content, where)
    times = {name: moment_in(row, name, name == "valid_from" or name == "known_from") for name in _TIMES}
    model, parameters = row.text("model", required=True), row.inner("parameters", required=True)
    texts = {name: row.text(name, name in ("id", "instrument")) for name in _TEXTS}
    limits, supersedes = content.get("range"), content.get("supersedes", [])
    pair = isinstance(limits, list) and len(limits) == 2 and all(type(x) in (int, float) for x in limits)
    if limits is not None and not pair:
        row.report("typed.field.type", "range", field="range", expected_zh="两个数", expected_en="two numbers")
    if not isinstance(supersedes, list) or not all(isinstance(x, str) for x in supersedes):
        row.report("typed.field.type", "supersedes", field="supersedes", expected_zh="文字的列表",
                   expected_en="list of texts")  # fmt: skip
    if row.found or parameters is None:
        raise Refused(*row.found)
    archive = load(json.dumps(parameters.content, ensure_ascii=False).encode("utf-8", "surrogatepass"), where)
    valid_from, known_from = times.pop("valid_from"), times.pop("known_from")
    assert valid_from is not None and known_from is not None
    return Correction(
        texts.pop("id"), texts.pop("instrument"), Formula(model), archive.results, valid_from, known_from,
        range=(float(limits[0]), float(limits[1])) if limits is not None else None, supersedes=tuple(supersedes),
        **times, **{key: text for key, text in texts.items() if text},  # type: ignore[arg-type]
    )  # fmt: skip


_TIMES = ("valid_from", "valid_until", "known_from", "superseded_known", "withdrawn_known")
_TEXTS = ("id", "instrument", "issuer", "number", "raw_unit", "unit", "configuration", "place", "quantity")


# ---------------------------------------------------------------- several sources


@dataclass(frozen=True, slots=True)
class Agreed:
    """Certificates of several sources as one set. corrections: one an id, with the earliest news of its withdrawal;
    disputed: ids whose contents differ, which are in no set; findings: who says what."""

    corrections: tuple[Correction, ...]
    disputed: tuple[str, ...]
    findings: tuple[Finding, ...]


def agreed(sources: Mapping[str, Iterable[Correction]]) -> Agreed:
    """The certificates of several nodes together.

    sources: name of a node → its corrections. One id with two contents is a conflict that names both sources, and
    neither is taken: who is right is for people to say. One content with other news (one node knows of a withdrawal) is
    taken with the news, and told.
    """
    known: dict[str, list[tuple[str, Correction]]] = {}
    for name, corrections in sources.items():
        for one in corrections:
            known.setdefault(one.id, []).append((name, one))
    taken, disputed, found = [], [], []
    for id, held in known.items():
        digests = [content_digest(one) for _, one in held]
        other = next((i for i, digest in enumerate(digests) if digest != digests[0]), None)
        if other is not None:
            disputed.append(id)
            found.append(
                finding("sharing.certificate.conflict", id, certificate=held[0][1].certificate, first=held[0][0],
                        second=held[other][0], first_digest=digests[0][:16], second_digest=digests[other][:16])
            )  # fmt: skip
            continue
        taken.append(_newest(id, held, found))
    return Agreed(tuple(taken), tuple(disputed), tuple(found))


def _newest(id: str, held: list[tuple[str, Correction]], found: list[Finding]) -> Correction:
    """One content with all that is known of it; what not every source knows is told."""
    one = held[0][1]
    news: dict[str, Any] = {
        "known_from": min(c.known_from for _, c in held),
        "supersedes": tuple(dict.fromkeys(id for _, c in held for id in c.supersedes)),
    }
    for field in ("superseded_known", "withdrawn_known"):
        times = [(time, name) for name, c in held if (time := getattr(c, field)) is not None]
        if times:
            news[field] = min(times)[0]
        if times and len(times) < len(held):
            unaware = ", ".join(name for name, c in held if getattr(c, field) is None)
            what = ("已撤销", "withdrawn") if field == "withdrawn_known" else ("已被取代", "superseded")
            found.append(
                finding("sharing.certificate.news", id, "warning", certificate=one.certificate, first=min(times)[1],
                        second=unaware, what_zh=what[0], what_en=what[1])
            )  # fmt: skip
    return replace(one, **news)
