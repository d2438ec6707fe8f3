"""Retention: which blocks a rule of age would let go, which stay since a published version cites them, and doing it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from suyuan.lake.datasets import shelf_of
from suyuan.lake.table import Lake
from suyuan.lake.upkeep import compact, old_blocks, retire, vacuum
from suyuan.quantity.finding import Refused


@dataclass(frozen=True, slots=True)
class Aged:
    """A block that ends before the moment asked for. readings: how many; first, last: µs; cited: by which versions of
    datasets, empty where it goes."""

    digest: str
    stream: str
    readings: int
    first: int | None
    last: int | None
    cited: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Retained:
    """What was done. blocks: let go; dropped: rows that merging left out; files: taken away."""

    blocks: int
    dropped: int
    files: int


def cited_blocks(lake: Lake) -> dict[str, tuple[str, ...]]:
    """Digest of a block → versions of datasets that cite it. Raises Refused where one is damaged: what it cites is not
    known."""
    versions, damaged = shelf_of(lake).datasets()
    if damaged:
        raise Refused(*damaged)
    found: dict[str, list[str]] = {}
    for version in versions:
        for digest in {digest for part in version.parts for digest in part.blocks}:
            found.setdefault(digest, []).append(version.name)
    return {digest: tuple(names) for digest, names in found.items()}


def aged(lake: Lake, before: int, streams: Collection[str] | None = None) -> tuple[Aged, ...]:
    """The blocks that end before a moment in µs (of some streams, or of all), by stream and time."""
    cited = cited_blocks(lake)
    rows = old_blocks(lake, before, streams).sort_by([("stream", "ascending"), ("first", "ascending")]).to_pylist()
    return tuple(
        Aged(r["digest"], r["stream"], r["n"], r["first"], r["last"], cited.get(r["digest"], ())) for r in rows
    )


def retain(lake: Lake, before: int, streams: Collection[str] | None = None) -> Retained:
    """Let the blocks go that nothing published cites, merge the files that held them, take away what nobody needs.

    Files go by the rule of keeping (`upkeep.keeping_rule`): a week after nothing refers to them, never those of a
    published version. Until then an earlier version of the lake still has the readings.
    """
    gone = retire(lake, before, streams, cited_blocks(lake))
    merged = compact(lake) if gone else None
    return Retained(gone, merged.dropped if merged else 0, vacuum(lake))
