"""What differs between two versions of a dataset: blocks, certificates, and what became of the value of each time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.correction import Correction
from suyuan.series.asof import Status
from suyuan.series.changed import Change, classified
from suyuan.series.dataset.version import DatasetVersion, Part
from suyuan.series.view import View

Array = NDArray[Any]
Known = Mapping[str, Correction]
"""The certificates of a version by id, as it cites them."""
Seen = Callable[[DatasetVersion, Part], Sequence[View]]
"""The corrected readings of one stream of a version."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks of one stream: digests that came, that went, and how many stayed."""

    stream: str
    came: tuple[str, ...]
    went: tuple[str, ...]
    stayed: int


@dataclass(frozen=True, slots=True)
class Difference:
    """certificates: (came, went, other content) by name; values: stream → `Change` → readings of times that both
    versions have; worst: stream → the largest |Δ|/u of these, infinite where a value is gone; lost, gained: stream →
    readings with a value whose time only one version has; flagged: stream → of the values that are gone, those that the
    rule of use takes out; told: what people said that differs, «span» and «u» of streams among it;
    withdrawn: certificates that only the second version knows to be withdrawn, and from when on, µs."""

    before: str
    after: str
    told: tuple[str, ...]
    blocks: tuple[Blocks, ...]
    certificates: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    values: dict[str, dict[Change, int]]
    worst: dict[str, float]
    lost: dict[str, int]
    gained: dict[str, int]
    flagged: dict[str, int]
    withdrawn: tuple[tuple[str, int], ...] = ()

    @property
    def beyond(self) -> int:
        """Readings whose value changed by more than its u, or is gone."""
        changed = sum(n for one in self.values.values() for c, n in one.items() if c in (Change.MORE, Change.GONE))
        return changed + sum(self.lost.values())


def difference(before: DatasetVersion, after: DatasetVersion, known: tuple[Known, Known], seen: Seen) -> Difference:
    """The difference of two versions of a dataset, as each gives its readings; known: certificates of each."""
    heads = [{**_head(v), "known": str(v.known), "software": v.software} for v in (before, after)]
    told = tuple(key for key in heads[0] if heads[0][key] != heads[1][key])
    streams = sorted({p.stream.id for v in (before, after) for p in v.parts})
    blocks = tuple(_blocks(name, before.part(name), after.part(name)) for name in streams)
    old, new = ({n.id: n for n in v.certificates} for v in (before, after))
    gone = tuple(id for id in new if _is_withdrawn(id, *known))
    other = tuple(
        new[id].certificate for id in new if id in old and old[id].digest != new[id].digest and id not in gone
    )
    came = tuple(new[id].certificate for id in new if id not in old and id not in gone)
    withdrawn = tuple((new[id].certificate, known[1][id].valid_from) for id in gone)
    went = tuple(old[id].certificate for id in old if id not in new)
    made = Difference(before.name, after.name, told, blocks, (came, went, other), {}, {}, {}, {}, {}, withdrawn)
    for name in streams:
        parts = ((v, v.part(name)) for v in (before, after))
        a, b = (_Column.of(() if part is None else seen(v, part)) for v, part in parts)
        _count(made, name, a, b)
    return made


def _is_withdrawn(id: str, before: Known, after: Known) -> bool:
    """Whether a certificate, or a later piece («id 1») of one that was cited before, is newly known to be withdrawn."""
    if after[id].withdrawn_known is None:
        return False
    return (id in before and before[id].withdrawn_known is None) or (
        id not in before and id.rpartition(" ")[0] in before
    )


def _head(version: DatasetVersion) -> dict[str, object]:
    head = version.head
    return {
        "title": dict(head.title), "description": dict(head.description), "licence": head.licence,
        "classification": head.classification, "grade": head.grade, "publisher": head.publisher,
        "attributes": head.attributes, "counting": head.counting, "usable": head.usable,
        "streams": {p.stream.id for p in version.parts},
        "span": {p.stream.id: (p.first, p.last) for p in version.parts}, "u": {p.stream.id: p.u for p in version.parts},
    }  # fmt: skip


def _blocks(stream: str, before: Part | None, after: Part | None) -> Blocks:
    old = before.blocks if before else ()
    new = after.blocks if after else ()
    was, now = set(old), set(new)
    return Blocks(stream, tuple(d for d in new if d not in was), tuple(d for d in old if d not in now), len(was & now))


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """The readings of a stream in order of time (n,): value and u, NaN for none; status; id of the correction."""

    time: Array
    value: Array
    u: Array
    status: Array
    by: Array

    @classmethod
    def of(cls, views: Sequence[View]) -> _Column:
        empty = np.zeros(0)
        names = [
            np.array([c.id if c is not None else "" for c in v.windows.corrections] + [""], object)[v.window]
            for v in views
        ]
        found = cls(
            np.concatenate([np.zeros(0, np.int64), *(v.block.time for v in views)]),
            np.concatenate([empty, *(v.value for v in views)]), np.concatenate([empty, *(v.u for v in views)]),
            np.concatenate([np.zeros(0, np.int8), *(v.status for v in views)]),
            np.concatenate([np.zeros(0, object), *names]),
        )  # fmt: skip
        return found.at(np.argsort(found.time, kind="stable"))

    def at(self, where: Array) -> _Column:
        return replace(self, time=self.time[where], value=self.value[where], u=self.u[where],
                       status=self.status[where], by=self.by[where])  # fmt: skip

    def valued(self, but: Array) -> int:
        """Readings with a value at other places than some."""
        rest = np.ones(len(self.time), bool)
        rest[but] = False
        return int((~np.isnan(self.value[rest])).sum())


def _count(made: Difference, stream: str, before: _Column, after: _Column) -> None:
    """Count what became of the readings of one stream."""
    _, i, j = np.intersect1d(before.time, after.time, return_indices=True)
    made.lost[stream], made.gained[stream] = before.valued(i), after.valued(j)
    a, b = before.at(i), after.at(j)
    other = (a.by != b.by) | ~((a.u == b.u) | (np.isnan(a.u) & np.isnan(b.u)))
    kind, ratio = classified(a.value, a.u, b.value, other.astype(bool))
    made.values[stream] = {c: int((kind == c).sum()) for c in Change if c is not Change.SAME and (kind == c).any()}
    made.worst[stream] = float(ratio.max(initial=0.0))
    made.flagged[stream] = int(((kind == Change.GONE) & (b.status == Status.FLAGGED)).sum())
