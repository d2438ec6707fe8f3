"""Datasets of a lake: publish a version, check that it can be computed again, compare two, read one corrected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from suyuan.lake import readings
from suyuan.lake.corrected import Span, counting
from suyuan.lake.corrected import views as corrected_views
from suyuan.lake.marks import counting_rule
from suyuan.lake.pieces import marked_pieces
from suyuan.lake.shelf import Shelf, newest
from suyuan.lake.table import Lake
from suyuan.lake.upkeep import publish, published
from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.series.asof import Status
from suyuan.series.cited import Citation
from suyuan.series.dataset.certificate_document import as_known
from suyuan.series.dataset.compared import Difference, difference
from suyuan.series.dataset.grant import LADDER
from suyuan.series.dataset.standing import Withdrawn, withdrawn
from suyuan.series.dataset.version import DatasetVersion, Head, Part, Wanted, check, cited, made, sealed
from suyuan.series.quality.use import counted, findings, usable_rule
from suyuan.series.view import View


def shelf_of(lake: Lake) -> Shelf:
    """What a lake shares."""
    return Shelf(lake.folder / "sharing")


def publish_dataset(
    lake: Lake, head: Head, wanted: Sequence[Wanted], corrections: Iterable[Correction], known: int, software: str = ""
) -> DatasetVersion:
    """Publish what is there now as a version that can be cited; its readings are kept for good.

    corrections: all that there are; those that were known at `known` (µs) are kept beside. Raises Refused as `made`,
    and where the name stands for another content.
    """
    shelf, number = shelf_of(lake), lake.version
    rule = usable_rule(datetime.now(UTC).date(), head.usable)
    head = replace(head, counting=str(counting_rule(head.counting or None)["name"]), usable=head.usable and rule["id"])
    rows = lake.blocks(version=number).sort_by([("written", "ascending"), ("block", "ascending")]).to_pylist()
    every = tuple(corrections)
    version = _counted(lake, made(head, wanted, lake.streams(), rows, (known, every), software), number)
    shelf.add_certificates(as_known(every, known))
    shelf.add_dataset(version)
    if version.name not in published(lake):  # also where an earlier attempt ended before this
        publish(lake, version.name, number)
    return version


def _counted(lake: Lake, version: DatasetVersion, number: int) -> DatasetVersion:
    """The version with as many readings of each stream as it gives: of its span, one a time."""
    spans = [Span(p.stream.id, p.first, p.last, number, version.head.counting) for p in version.parts]
    counts = [sum(int(piece.counts.sum()) for piece in marked_pieces(lake, span)) for span in spans]
    parts = [replace(p, readings=n) for p, n in zip(version.parts, counts, strict=True)]
    return sealed(replace(version, parts=tuple(parts)))


def checked(lake: Lake, version: DatasetVersion) -> tuple[Finding, ...]:
    """Whether a version can be computed again: every block there with its digest, every certificate as cited."""
    shelf, number = shelf_of(lake), lake_version(lake, version)
    standing = readings.standing(lake, number)
    there, found = set(standing.blocks["digest"].to_pylist()), []
    corrections, damaged = shelf.documents()
    found += [*damaged, *check(version, there, corrections)]
    for part in version.parts:
        for digest in part.blocks:
            if digest in there:
                try:
                    readings.block(lake, digest, number)
                except Refused as refused:
                    found += refused.findings
    return tuple(found)


def lake_version(lake: Lake, version: DatasetVersion) -> int | None:
    """The version of the lake that is kept under a dataset version's name; None where it has none."""
    return published(lake).get(version.name)


def views(
    lake: Lake, version: DatasetVersion, part: Part, corrections: Sequence[Correction], live: int | None = None,
    told: int | None = None,
) -> tuple[View, ...]:  # fmt: skip
    """The corrected readings of one stream of a dataset, one a time by its rule of counting, less those that its rule
    of use takes out by the flags that were known when it was made.

    corrections: as known at the version's moment; live: a moment in µs, then what came since is there too, and
    corrections are as known at that moment; told: moment in µs whose flags are shown beside the readings.
    Raises Refused where the lake holds other blocks than are cited.
    """
    number = None if live is not None else lake_version(lake, version)
    last = part.last if live is None else None
    head = version.head
    found = counting(lake, Span(part.stream.id, part.first, last, number, head.counting, part.u, head.usable or None))
    digests = [row["digest"] for row in found.marked.blocks]
    used = {digests[i] for i in np.unique(found.marked.block)}
    other = (used - set(part.blocks)) | (set(part.blocks) - set(digests))
    if other and live is None:
        raise Refused(finding("sharing.dataset.block", version.name, stream=part.stream.id, count=len(other),
                              first=min(other)[:16]))  # fmt: skip
    known = version.known if live is None else live
    return corrected_views(replace(found, stream=part.stream), corrections, known, part.u, told=told)


def flags_told(
    stream: str, seen: Sequence[View], usable: str, first: int | None = None, last: int | None = None
) -> tuple[Finding, ...]:
    """What whoever gets the readings of a stream with first ≤ time < last (µs) must know of flags; usable: rule of use,
    «» for the default."""
    marks, valid, out = [np.zeros(0, np.uint8)], 0, 0
    for view in seen:
        time = view.block.time
        inside = np.ones(len(view), bool) if first is None else time >= first
        inside &= True if last is None else time < last
        value = inside & (view.status == Status.VALID)
        valid, out = valid + int(value.sum()), out + int((inside & (view.status == Status.FLAGGED)).sum())
        marks += [] if view.marks is None else [view.marks[value]]
    mark, number = np.unique(np.concatenate(marks).astype(np.int64), return_counts=True)
    return findings(stream, usable_rule(datetime.now(UTC).date(), usable), counted(mark, number), valid, out)


def learn(lake: Lake, corrections: Iterable[Correction], moment: int) -> None:
    """Put what is now said of shared certificates beside what was said before. moment: µs."""
    shelf = shelf_of(lake)
    versions, _ = shelf.datasets()
    instruments = {p.stream.instrument for v in versions for p in v.parts}
    ids = {n.id for v in versions for n in v.certificates}
    shelf.add_certificates(
        c for c in as_known(corrections, moment)
        if c.instrument in instruments or c.id in ids or c.id.rpartition(" ")[0] in ids
    )  # fmt: skip


def standing(
    lake: Lake, version: DatasetVersion, moment: int, more: Iterable[Correction] = ()
) -> tuple[Withdrawn, ...]:
    """The certificates of a version that are withdrawn, as known at a moment in µs; more: corrections of documents that
    the lake has not learnt yet."""
    documents, _ = shelf_of(lake).documents()
    return withdrawn(version, newest((*documents, *more)), moment)


def compared(lake: Lake, before: DatasetVersion, after: DatasetVersion) -> Difference:
    """What differs between two versions of a dataset. Raises Refused where a block or a certificate is damaged."""
    shelf = shelf_of(lake)
    corrections, damaged = shelf.documents()
    if damaged:
        raise Refused(*damaged)
    held = {v.name: cited(v, corrections) for v in (before, after)}
    first, second = ({c.id: c for c in held[v.name]} for v in (before, after))
    return difference(
        before, after, (first, second), lambda version, part: views(lake, version, part, held[version.name])
    )


def citations(lake: Lake) -> tuple[Citation, ...]:
    """What rests on readings of a lake by sharing: published versions, and grants that show numbers of them.

    A grant counts also where it is over or revoked: its holder may have numbers that are no longer right.
    """
    shelf = shelf_of(lake)
    versions, _ = shelf.datasets()
    grants, _ = shelf.grants()
    found = [Citation("dataset", v.name, p.stream.id, p.first, p.last, v.known) for v in versions for p in v.parts]
    for grant in (g for g in grants if g.ladder != LADDER[0]):
        for version in (v for v in versions if v.head.id == grant.dataset and grant.version in ("", v.head.version)):
            for part in (p for p in version.parts if p.stream.id in (grant.streams or (p.stream.id,))):
                last = None if grant.ladder == "live" else part.last
                first, last = _both((part.first, last), (grant.first, grant.last))
                name = f"{grant.id} → {grant.grantee}"
                found.append(Citation("grant", name, part.stream.id, first, last, version.known))
    return tuple(dict.fromkeys(found))


def _both(a: tuple[int | None, int | None], b: tuple[int | None, int | None]) -> tuple[int | None, int | None]:
    """What two spans have in common."""
    first = max((x for x in (a[0], b[0]) if x is not None), default=None)
    return first, min((x for x in (a[1], b[1]) if x is not None), default=None)
