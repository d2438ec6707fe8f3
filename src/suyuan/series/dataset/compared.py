"""What differs between two versions of a dataset: blocks, certificates, and how many values changed beyond their u."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from suyuan.quantity.correction import Correction
from suyuan.series.asof import Subject, windows
from suyuan.series.block import Block
from suyuan.series.changed import Change, changed
from suyuan.series.dataset.certificate_document import as_known
from suyuan.series.dataset.version import DatasetVersion, Part

Sets = tuple[Iterable[Correction], Iterable[Correction]]


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks of one stream: digests that came, that went, and how many stayed."""

    stream: str
    came: tuple[str, ...]
    went: tuple[str, ...]
    stayed: int


@dataclass(frozen=True, slots=True)
class Difference:
    """certificates: (came, went, other content) by name; values: stream → `Change` → readings of the blocks that
    stayed; worst: stream → the largest |Δ|/u, infinite where a value is gone; told: fields of the head that differ."""

    before: str
    after: str
    told: tuple[str, ...]
    blocks: tuple[Blocks, ...]
    certificates: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    values: dict[str, dict[Change, int]]
    worst: dict[str, float]

    @property
    def beyond(self) -> int:
        """Readings whose value changed by more than its u, or is gone."""
        return sum(n for one in self.values.values() for c, n in one.items() if c in (Change.MORE, Change.GONE))


def difference(
    before: DatasetVersion, after: DatasetVersion, corrections: Sets, block: Callable[[str], Block]
) -> Difference:
    """The difference of two versions of a dataset.

    corrections: those at hand for the first and for the second; block: digest → block.
    """
    heads = [{**_head(v), "known": str(v.known), "software": v.software} for v in (before, after)]
    told = tuple(key for key in heads[0] if heads[0][key] != heads[1][key])
    streams = sorted({p.stream.id for v in (before, after) for p in v.parts})
    blocks = tuple(_blocks(name, before.part(name), after.part(name)) for name in streams)
    old, new = ({n.id: n for n in v.certificates} for v in (before, after))
    other = tuple(new[id].certificate for id in new if id in old and old[id].digest != new[id].digest)
    came = tuple(new[id].certificate for id in new if id not in old)
    went = tuple(old[id].certificate for id in old if id not in new)
    sets = (as_known(corrections[0], before.known), as_known(corrections[1], after.known))
    values: dict[str, dict[Change, int]] = {}
    worst: dict[str, float] = {}
    for name in streams:
        a, b = before.part(name), after.part(name)
        if a is not None and b is not None:
            values[name], worst[name] = _values(a, b, sets, (before.known, after.known), block)
    return Difference(before.name, after.name, told, blocks, (came, went, other), values, worst)


def _head(version: DatasetVersion) -> dict[str, object]:
    head = version.head
    return {
        "title": dict(head.title), "description": dict(head.description), "licence": head.licence,
        "classification": head.classification, "grade": head.grade, "publisher": head.publisher,
        "attributes": head.attributes, "counting": head.counting,
    }  # fmt: skip


def _blocks(stream: str, before: Part | None, after: Part | None) -> Blocks:
    old = before.blocks if before else ()
    new = after.blocks if after else ()
    was, now = set(old), set(new)
    return Blocks(stream, tuple(d for d in new if d not in was), tuple(d for d in old if d not in now), len(was & now))


def _values(
    before: Part, after: Part, sets: tuple[tuple[Correction, ...], ...], known: tuple[int, int],
    block: Callable[[str], Block],
) -> tuple[dict[Change, int], float]:  # fmt: skip
    counts: dict[Change, int] = {}
    worst = 0.0
    stayed = set(before.blocks)
    for digest in (d for d in after.blocks if d in stayed):
        one = block(digest)
        subject = Subject.of(after.stream, one.instrument, one.configuration)
        held = [windows(corrections, moment, subject) for corrections, moment in zip(sets, known, strict=True)]
        found = changed(one, after.stream, held[0], held[1], after.u)
        for change, number in found.counts.items():
            counts[change] = counts.get(change, 0) + number
        worst = max(worst, float(found.ratio.max(initial=0.0)))
    return counts, worst
