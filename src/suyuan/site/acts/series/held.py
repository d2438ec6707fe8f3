"""Streams of this site's lake as corrected, remembered as long as neither readings nor certificates change.

What is remembered is known by what it was made of: the commits of the lake, the evidence of the store, and the state of
knowledge. Two moments between which nothing became known are one state.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from threading import Lock, RLock
from typing import Any, Literal

import numpy as np
from django.conf import settings
from django.core.exceptions import PermissionDenied

from suyuan.lake.beside import NAME
from suyuan.lake.corrected import Counting, Span, counting, subject_of, sums, views
from suyuan.lake.flags import NAME as FLAGS
from suyuan.lake.table import Lake, now
from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Finding, Refused
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.table import Row
from suyuan.series.asof import FIRST, Status, Subject, Windows, windows
from suyuan.series.block import Block
from suyuan.series.course import Course, course
from suyuan.series.gathered import Gathered
from suyuan.series.periods import Periods
from suyuan.series.quality.use import counted_in, findings
from suyuan.series.reasons import Reasons, behind, reasons
from suyuan.series.shares import Share, shares
from suyuan.series.stream import Stream
from suyuan.series.summary import LEAST, Resampled, mean, resample
from suyuan.series.view import View
from suyuan.site.acts import store
from suyuan.site.acts.service import may
from suyuan.store.correcting import declared, since
from suyuan.store.zone import house_day, house_zone
from suyuan.verbs.series.corrections import Join, corrections
from suyuan.verbs.series.quality import untraced

K = 2.0
SEE = ("receive", "evaluate", "issue", "declare", "withdraw", "direct", "steward")
"""Acts of the house: who holds one may see its readings. Everybody else sees the catalogue."""
REMEMBERED = 6
"""Streams that are kept in memory, some 60 MB each at a million readings."""

_lock = RLock()
_join: tuple[Any, Join] | None = None
_held: OrderedDict[tuple[Any, ...], Held] = OrderedDict()
_counted: OrderedDict[tuple[Any, ...], Counting] = OrderedDict()


def may_see(user: Any) -> bool:
    """Whether somebody may see readings."""
    return may(user, *SEE)


def require_sight(user: Any) -> None:
    """PermissionDenied for who may not see readings."""
    if not may_see(user):
        raise PermissionDenied


# ---------------------------------------------------------------- lake and certificates


def lake() -> Lake | None:
    """The lake of this site; None where there is none yet."""
    folder = settings.DATA
    if folder is None or not (Path(folder) / NAME / "lake.json").is_file():
        return None
    return _opened(Path(folder) / NAME)


@cache
def _opened(folder: Path) -> Lake:
    return Lake(folder)


def state_of(held: Lake) -> tuple[str, ...]:
    """The newest commit of each table that an answer rests on: another one, another answer."""
    return (str(held.folder), *(_newest(held.folder / name) for name in ("blocks", "streams")))


def flags_state(held: Lake) -> str:
    """The newest commit of the flags: they change results, and not what the rules look at."""
    return _newest(held.folder / FLAGS)


def _newest(table: Path) -> str:
    """The newest commit of a table; «» where it is not there yet."""
    try:
        with os.scandir(table / "_delta_log") as entries:
            return max((e.name for e in entries if e.name.endswith(".json")), default="")
    except FileNotFoundError:
        return ""


def streams() -> Mapping[str, Stream]:
    """All streams by id."""
    held = lake()
    return {} if held is None else _streams(state_of(held))


@cache
def _streams(state: tuple[str, ...]) -> Mapping[str, Stream]:
    return {stream.id: stream for stream in Lake(state[0]).streams()}


def block_rows() -> list[dict[str, Any]]:
    """The rows of all blocks that count, in the order in which they were written."""
    held = lake()
    return [] if held is None else _block_rows(state_of(held))


_rows: tuple[Any, list[dict[str, Any]]] | None = None


def _block_rows(state: tuple[str, ...]) -> list[dict[str, Any]]:
    global _rows
    with _lock:
        if _rows is None or _rows[0] != state:
            _rows = state, Lake(state[0]).blocks().to_pylist()
        return _rows[1]


def join() -> Join:
    """The corrections that the documents of this site make; made once for each state of them."""
    global _join
    evidence = store.evidence()
    with _lock:
        if _join is None or _join[0] is not evidence:
            kept = store.store()
            made = corrections(evidence, declared(kept), since(kept), house_zone(), kept.bounds() or "")
            _join = evidence, made
        return _join[1]


# ---------------------------------------------------------------- one stream


@dataclass(eq=False)
class Held:
    """One stream, corrected as known at a moment; usable: rule of use that was applied."""

    stream: Stream
    known: int
    found: Counting
    views: tuple[View, ...]
    corrections: tuple[Correction, ...]
    findings: tuple[Finding, ...]
    usable: Row
    _made: dict[Any, Any] = field(default_factory=dict)
    _lock: Any = field(default_factory=Lock)

    def _once(self, key: Any, make: Any) -> Any:
        with self._lock:
            if key not in self._made:
                self._made[key] = make()
            return self._made[key]

    @property
    def course(self) -> Course:
        """What pictures are drawn from."""
        return self._once("course", lambda: course(self.views, K, self.stream.sampling))  # type: ignore[no-any-return]

    @property
    def unit(self) -> str:
        """Symbol of the unit of corrected values."""
        return self.views[0].unit.symbol if self.views else self.stream.unit_of_values.symbol

    @property
    def counts(self) -> Mapping[Status, int]:
        """Readings of each status that occurs."""
        return {s: n for s in Status if (n := sum(view.counts.get(s, 0) for view in self.views))}

    @property
    def flagged(self) -> int:
        """Readings with a value that the device, a rule or a person speaks against."""
        return counted_in(self.views)[0].get(0, 0)

    @property
    def told(self) -> tuple[Finding, ...]:
        """All that is to be said of the readings: how they came, flags, and certificates whose chain is broken."""
        return self._once("told", self._told)  # type: ignore[no-any-return]

    def _told(self) -> tuple[Finding, ...]:
        used = behind(self.views)
        flags = findings(self.stream.id, self.usable, *counted_in(self.views))
        return (*self.findings, *flags, *untraced(store.evidence(), join(), used, house_day()))

    def windows(self) -> list[Windows]:
        """Which certificate counts when, one a subject of the blocks."""
        kinds = {subject_of(self.stream, block): None for block in self.found.blocks}
        subjects = list(kinds) or [Subject.of(self.stream, self.stream.instrument)]
        return [windows(self.corrections, self.known, one) for one in subjects]

    def periods(self, kind: Literal["hour", "day"]) -> tuple[Resampled, Reasons] | None:
        """Hours or days of the whole stream; None where no reading counts, or what each has of its own is unknown."""
        return self._once(kind, lambda: self._periods(kind))  # type: ignore[no-any-return]

    def _periods(self, kind: Literal["hour", "day"]) -> tuple[Resampled, Reasons] | None:
        if not self.views:
            return None
        made: Gathered = sums(self.found, self.views, Periods(kind, house_zone()))
        try:
            found = resample(made, self.stream, LEAST if self.stream.sampling else None)
        except Refused:
            return None
        return found, reasons(found, made)

    def mean(self, first: int, last: int) -> tuple[Quantity | None, tuple[Share, ...], tuple[Finding, ...]]:
        """The mean of first ≤ time < last and its budget; why there is none."""
        return self._once(("mean", first, last), lambda: self._mean(first, last))  # type: ignore[no-any-return]

    def _mean(self, first: int, last: int) -> tuple[Quantity | None, tuple[Share, ...], tuple[Finding, ...]]:
        ends = [np.searchsorted(block.time, [first, last]).tolist() for block in self.found.blocks]
        part = replace(
            self.found,
            blocks=tuple(_between(block, a, b) for block, (a, b) in zip(self.found.blocks, ends, strict=True)),
            places=tuple(place[a:b] for place, (a, b) in zip(self.found.places, ends, strict=True)),
            source=f"{self.found.source} {first} {last}",
        )
        try:
            made = sums(part, views(part, self.corrections, self.known), None)
            found = mean(made)
            return found, shares(found, made, True), ()
        except Refused as refused:
            return None, (), refused.findings


def _between(block: Block, a: int, b: int) -> Block:
    """The readings a … b − 1 of a block; they stand in the order of time."""
    return Block(
        block.stream,
        block.instrument,
        block.time[a:b],
        block.count[a:b],
        block.resolution,
        block.configuration,
        None if block.missing is None else block.missing[a:b],
        None,
        ("",),
        block.u[a:b] if isinstance(block.u, np.ndarray) else block.u,
        block.received,
        block.source,
    )


def mine(made: Join, stream: Stream, rows: list[dict[str, Any]]) -> tuple[Correction, ...]:
    """The corrections that may count for some block of a stream."""
    kinds = {(row["instrument"], row["configuration"] or "") for row in rows} or {(stream.instrument, "")}
    subjects = [Subject.of(stream, i, c) for i, c in kinds]
    return tuple(one for one in made.corrections if any(s.named_by(one) for s in subjects))


def moments(some: tuple[Correction, ...]) -> list[int]:
    """When something became known of some corrections, ascending."""
    return sorted({t for c in some for t in c.moments})


def held(id: str, known: int | None = None, usable: str = "") -> Held:
    """A stream as known at a moment in µs, now where None; usable: rule of use, «» for the default.

    Raises KeyError for a stream that is not there.
    """
    place = lake()
    stream = streams()[id]
    assert place is not None
    state, made = state_of(place), join()
    some = mine(made, stream, [row for row in block_rows() if row["stream"] == id])
    asked = now() if known is None else known
    found = _counting(place, (*state, flags_state(place)), id, usable)
    said = [*moments(some), *(r.when for r in found.said.runs), *(p.when for p in found.said.people)]
    effective = max((t for t in said if t <= asked), default=FIRST)
    key = (found.source, state, flags_state(place), id, id_of(some), effective)
    with _lock:
        if key in _held:
            _held.move_to_end(key)
            return _held[key]
    fresh = Held(stream, effective, found, views(found, some, effective), some, found.findings, found.said.rule)
    with _lock:
        _held[key] = fresh
        while len(_held) > REMEMBERED:
            _held.popitem(last=False)
    return fresh


def _counting(place: Lake, state: tuple[str, ...], id: str, usable: str) -> Counting:
    """The readings that count, read once for each state of the lake, whatever is known of certificates."""
    key = (state, id, usable)
    with _lock:
        if key in _counted:
            _counted.move_to_end(key)
            return _counted[key]
    found = counting(place, Span(id, usable=usable or None))
    with _lock:
        _counted[key] = found
        while len(_counted) > REMEMBERED:
            _counted.popitem(last=False)
    return found


def id_of(some: tuple[Correction, ...]) -> tuple[Any, ...]:
    """What tells one set of corrections from another."""
    return tuple((c.id, c.known_from, c.withdrawn_known, c.superseded_known, c.supersedes, c.detached) for c in some)
