"""Dataset version: what was published, so that it can be cited and computed again.

It names streams with spans of time, the digests of their blocks, the certificates as they were known at one moment and
the software. Citation: «id@version sha256:…», the digest of its document. A version is never changed; another state is
another version.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from suyuan.quantity.correction import Correction
from suyuan.quantity.fields import Fields, canonical, open_document
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.series.dataset.attributes import Attribute, attribute_of, grade_named
from suyuan.series.dataset.certificate_document import as_known, document_digest
from suyuan.series.dataset.moment import moment_in, text_of
from suyuan.series.stream import Stream

KIND = "dataset"
LARGEST = 64 * 2**20
_NAME = re.compile(r"[\w][\w.\-]{0,99}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Part:
    """One stream of a dataset. stream: as declared; first, last: µs, first ≤ time < last, None for all; blocks: digests
    of those with a reading in it, in order; readings: that it gives, one a time; u: standard uncertainty that each
    reading has of its own where its block states none, in the stream's unit, None where nobody has stated it."""

    stream: Stream
    first: int | None
    last: int | None
    blocks: tuple[str, ...]
    readings: int
    u: float | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """A certificate of a dataset: id of the correction, issuer and number, digest of its document as known then."""

    id: str
    certificate: str
    digest: str


@dataclass(frozen=True, slots=True)
class Head:
    """What a person says of a dataset version. id, version: letters, digits, «.», «-», «_»; title, description:
    language → text; classification: sort of data; grade: a name of `rules/grades.json`; attributes: further rows;
    counting: rule by which one of several readings of a time counts; usable: rule of use, which says whether flagged
    readings count, «» for the default."""

    id: str
    version: str
    title: Mapping[str, str]
    description: Mapping[str, str] = field(default_factory=dict)
    licence: str = ""
    classification: str = ""
    grade: str = "general"
    publisher: str = ""
    attributes: tuple[Attribute, ...] = ()
    counting: str = ""
    usable: str = ""


@dataclass(frozen=True, slots=True)
class DatasetVersion:
    """A published version. known: knowledge time of the certificates, µs; software: what computed; digest: SHA-256 of
    its document."""

    head: Head
    parts: tuple[Part, ...]
    certificates: tuple[Named, ...]
    known: int
    software: str
    digest: str = ""

    @property
    def name(self) -> str:
        """id@version"""
        return f"{self.head.id}@{self.head.version}"

    @property
    def citation(self) -> str:
        """id@version sha256:…"""
        return f"{self.name} sha256:{self.digest}"

    def part(self, stream: str) -> Part | None:
        """The part of a stream."""
        return next((p for p in self.parts if p.stream.id == stream), None)


# ---------------------------------------------------------------- making


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be published of one stream: first ≤ time < last in µs, None for all; u: as in `Part`."""

    stream: str
    first: int | None = None
    last: int | None = None
    u: float | None = None


def made(
    head: Head,
    wanted: Iterable[Wanted],
    streams: Iterable[Stream],
    blocks: Iterable[Mapping[str, Any]],
    known: tuple[int, Iterable[Correction]],
    software: str = "",
) -> DatasetVersion:
    """A version from what counts in a lake.

    streams, blocks: of one version of the lake (rows with stream, digest, instrument, first, last, n, in order); known:
    the knowledge time in µs, and all corrections; those of the blocks' instruments that were known then are cited.
    Raises Refused for names that are none, a grade that is unknown, streams that are not there or have no block.
    """
    asked, declared, rows = tuple(wanted), {s.id: s for s in streams}, list(blocks)
    found = list(_wrong_head(head))
    if not asked:
        found.append(finding("sharing.dataset.empty", head.id))
    parts, instruments = [], set()
    for one in asked:
        mine = [row for row in rows if row["stream"] == one.stream and _within(row, one.first, one.last)]
        if one.stream not in declared or not mine:
            found.append(finding("sharing.dataset.stream", head.id, stream=one.stream))
            continue
        instruments |= {row["instrument"] for row in mine}
        digests, readings = tuple(row["digest"] for row in mine), sum(int(row["n"]) for row in mine)
        parts.append(Part(declared[one.stream], one.first, one.last, digests, readings, one.u))
    if len({one.stream for one in asked}) < len(asked):
        found.append(finding("sharing.dataset.twice", head.id))
    if found:
        raise Refused(*found)
    moment, corrections = known
    cited = sorted(
        (Named(c.id, c.certificate, document_digest(c)) for c in as_known(corrections, moment)
         if c.instrument in instruments), key=lambda n: n.id,
    )  # fmt: skip
    return sealed(DatasetVersion(head, tuple(sorted(parts, key=lambda p: p.stream.id)), tuple(cited), moment, software))


def _within(row: Mapping[str, Any], first: int | None, last: int | None) -> bool:
    """Whether a block has a reading in a span; one without any time only where everything is asked for."""
    if row["first"] is None:
        return first is None and last is None
    return (last is None or row["first"] < last) and (first is None or row["last"] >= first)


def _wrong_head(head: Head) -> Iterable[Finding]:
    for key, text in (("id", head.id), ("version", head.version)):
        if _NAME.fullmatch(text) is None:
            yield finding("sharing.dataset.name", key, given=text[:60])
    if not any(head.title.values()):
        yield finding("typed.field.missing", "title", field="title")
    if grade_named(head.grade) is None:
        yield finding("sharing.dataset.grade", "grade", given=head.grade[:40])


def sealed(version: DatasetVersion) -> DatasetVersion:
    """The version that knows the digest of its document."""
    return replace(version, digest=hashlib.sha256(dataset_document(version)).hexdigest())


# ---------------------------------------------------------------- document


def dataset_fields(version: DatasetVersion) -> dict[str, Any]:
    """The fields of a version's document."""
    head = version.head
    return {
        "suyuan": KIND, "id": head.id, "version": head.version, "title": dict(head.title),
        "description": dict(head.description), "licence": head.licence, "classification": head.classification,
        "grade": head.grade, "publisher": head.publisher, "counting": head.counting,
        "attributes": [a.fields() for a in head.attributes],
        "streams": [_part_fields(part) for part in version.parts],
        "certificates": [{"id": n.id, "certificate": n.certificate, "digest": n.digest} for n in version.certificates],
        "known": text_of(version.known), "software": version.software,
        **({"usable": head.usable} if head.usable else {}),
    }  # fmt: skip


def _part_fields(part: Part) -> dict[str, Any]:
    s = part.stream
    return {
        "id": s.id, "quantity": s.quantity, "unit": s.unit, "instrument": s.instrument, "place": s.place,
        "resolution": format(s.resolution, "f"), "sampling": None if s.sampling is None else repr(float(s.sampling)),
        "owner": s.owner, "licence": s.licence, "title": s.title, "first": text_of(part.first),
        "last": text_of(part.last), "readings": part.readings, "u": None if part.u is None else repr(float(part.u)),
        "blocks": list(part.blocks),
    }  # fmt: skip


def dataset_document(version: DatasetVersion) -> bytes:
    """A version as its canonical document, whose SHA-256 is its digest."""
    return canonical(dataset_fields(version))


def read_dataset(document: bytes) -> tuple[DatasetVersion | None, tuple[Finding, ...]]:
    """The version of a document, or None with what is wrong with it."""
    root, found = open_document(document, KIND, LARGEST)
    if root is None:
        return None, tuple(found)
    head = Head(
        root.text("id", required=True), root.text("version", required=True), root.names("title", required=True),
        root.names("description"), root.text("licence"), root.text("classification"), root.text("grade", required=True),
        root.text("publisher"), tuple(attribute_of(row) for row in root.several("attributes")), root.text("counting"),
        root.text("usable"),
    )  # fmt: skip
    parts = tuple(p for row in root.several("streams", required=True) if (p := _part(row)) is not None)
    certificates = tuple(_named(row) for row in root.several("certificates"))
    known, software = moment_in(root, "known", required=True), root.text("software")
    root.close()
    found.extend(_wrong_head(head) if not errors(found) else ())
    if errors(found) or known is None:
        return None, tuple(found)
    version = sealed(DatasetVersion(head, parts, certificates, known, software))
    return replace(version, digest=hashlib.sha256(canonical(root.content)).hexdigest()), tuple(found)


def _part(row: Fields) -> Part | None:
    texts = {key: row.text(key) for key in ("quantity", "place", "owner", "licence", "title")}
    id, unit, instrument = (row.text(key, required=True) for key in ("id", "unit", "instrument"))
    resolution = row.text("resolution", required=True)
    sampling, u, readings = row.number("sampling"), row.number("u"), row.whole("readings")
    first, last = moment_in(row, "first"), moment_in(row, "last")
    blocks = row.content.get("blocks")
    row.asked.add("blocks")
    if not isinstance(blocks, list) or not all(isinstance(b, str) and _DIGEST.fullmatch(b) for b in blocks):
        row.report("typed.digest", "blocks", given=str(blocks)[:70])
        blocks = []
    row.close()
    if errors(row.found):
        return None
    try:
        stream = Stream(
            id, texts.pop("quantity"), unit, instrument, resolution=resolution,  # type: ignore[arg-type]
            sampling=None if sampling is None else sampling.value, **texts,
        )  # fmt: skip
    except Refused as refused:
        row.found.extend(replace(f, where=row.where()) for f in refused.findings)
        return None
    own = None if u is None or not math.isfinite(u.value) or u.value < 0.0 else u.value
    return Part(stream, first, last, tuple(blocks), readings or 0, own)


def _named(row: Fields) -> Named:
    made = Named(row.text("id", required=True), row.text("certificate"), row.text("digest", required=True))
    row.close()
    return made


# ---------------------------------------------------------------- checking


def check(version: DatasetVersion, blocks: Iterable[str], corrections: Iterable[Correction]) -> tuple[Finding, ...]:
    """What of a version is no longer there: a block, or a certificate as it was cited.

    blocks: digests of the blocks at hand; corrections: at hand, of any knowledge time from the version's on.
    Whether a block holds what its digest says is seen by reading it (`suyuan.lake.sharing.checked`).
    """
    there, found = set(blocks), []
    for part in version.parts:
        gone = [digest for digest in part.blocks if digest not in there]
        if gone:
            found.append(finding("sharing.dataset.block", version.name, stream=part.stream.id, count=len(gone),
                                 first=gone[0][:16]))  # fmt: skip
    held = as_known(corrections, version.known)
    right = {(c.id, document_digest(c)) for c in held}
    ids = {c.id for c in held}
    for cited in version.certificates:
        if cited.id not in ids:
            found.append(finding("sharing.dataset.certificate", version.name, certificate=cited.certificate))
        elif (cited.id, cited.digest) not in right:
            found.append(finding("sharing.dataset.certificate_other", version.name, certificate=cited.certificate))
    return tuple(found)


def cited(version: DatasetVersion, corrections: Iterable[Correction]) -> tuple[Correction, ...]:
    """The certificates that a version cites, as they were known then, whatever was learnt since.

    corrections: all documents at hand, several of one id where more was learnt. Raises Refused where one is missing.
    """
    every = tuple(corrections)
    wrong = check(version, (d for p in version.parts for d in p.blocks), every)
    if wrong:
        raise Refused(*wrong)
    wanted = {(n.id, n.digest) for n in version.certificates}
    found = {c.id: c for c in as_known(every, version.known) if (c.id, document_digest(c)) in wanted}
    return tuple(found[id] for id in sorted(found))
