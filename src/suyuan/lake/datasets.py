"""Datasets of a lake: publish a version, check that it can be computed again, compare two, read one corrected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from suyuan.lake import readings
from suyuan.lake.shelf import Shelf
from suyuan.lake.table import Lake
from suyuan.lake.upkeep import publish, published
from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Finding, Refused
from suyuan.series.asof import Subject, windows
from suyuan.series.block import NO_TIME, Block
from suyuan.series.dataset.certificate_document import as_known
from suyuan.series.dataset.compared import Difference, difference
from suyuan.series.dataset.version import DatasetVersion, Head, Part, Wanted, check, made
from suyuan.series.view import View, correct


def shelf_of(lake: Lake) -> Shelf:
    """What a lake shares."""
    return Shelf(lake.folder / "sharing")


def publish_dataset(
    lake: Lake, head: Head, wanted: Sequence[Wanted], corrections: Iterable[Correction], known: int, software: str = ""
) -> DatasetVersion:
    """Publish what counts now as a version that can be cited; its readings are kept for good.

    corrections: all that there are; those that were known at `known` (µs) are kept beside. Raises Refused as `made`,
    and where the name stands for another content.
    """
    shelf, number = shelf_of(lake), lake.version
    rows = lake.blocks(version=number).sort_by([("written", "ascending"), ("block", "ascending")]).to_pylist()
    every = tuple(corrections)
    version = made(head, wanted, lake.streams(), rows, (known, every), software)
    shelf.add_certificates(as_known(every, known))
    shelf.add_dataset(version)
    if version.name not in published(lake):  # also where an earlier attempt ended before this
        publish(lake, version.name, number)
    return version


def checked(lake: Lake, version: DatasetVersion) -> tuple[Finding, ...]:
    """Whether a version can be computed again: every block there with its digest, every certificate as cited."""
    shelf, number = shelf_of(lake), lake_version(lake, version)
    standing = readings.standing(lake, number)
    there, found = set(standing.blocks["digest"].to_pylist()), []
    corrections, damaged = shelf.certificates()
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


def views(lake: Lake, part: Part, known: int, corrections: tuple[Correction, ...], version: int | None,
          newest: bool = False) -> Iterator[View]:  # fmt: skip
    """The corrected blocks of one stream of a dataset, one in memory at a time; newest: also what came since."""
    for block in _blocks(lake, part, version, newest):
        subject = Subject(block.instrument, block.configuration, part.stream.place)
        held = windows(corrections, known, subject)
        yield correct(_within(block, part.first, None if newest else part.last), part.stream, held, random=part.u)


def _blocks(lake: Lake, part: Part, version: int | None, newest: bool) -> Iterator[Block]:
    if newest:
        yield from readings.blocks_between(lake, part.stream.id, part.first)
        return
    for digest in part.blocks:
        yield readings.block(lake, digest, version)


def _within(block: Block, first: int | None, last: int | None) -> Block:
    """The readings of a block inside a span."""
    if first is None and last is None:
        return block
    keep = block.time != NO_TIME
    if first is not None:
        keep &= block.time >= first
    if last is not None:
        keep &= block.time < last
    if keep.all():
        return block
    return Block(
        block.stream, block.instrument, block.time[keep], block.count[keep], block.resolution, block.configuration,
        None if block.missing is None else block.missing[keep], None if block.flag is None else block.flag[keep],
        block.legend, block.u[keep] if isinstance(block.u, np.ndarray) else block.u, block.received, block.source,
    )  # fmt: skip


def compared(lake: Lake, before: DatasetVersion, after: DatasetVersion) -> Difference:
    """What differs between two versions of a dataset. Raises Refused where a block or a certificate is damaged."""
    shelf = shelf_of(lake)
    corrections, damaged = shelf.certificates()
    if damaged:
        raise Refused(*damaged)
    number = lake_version(lake, before)
    return difference(before, after, (corrections, corrections), lambda digest: readings.block(lake, digest, number))
