"""What a quality rule looks at: the blocks of one stream as they came, and what certificates say of their readings.

Columns hold the readings one block after another. Rules that follow the course of time use `ordered`. Nothing is
altered, left out or repaired here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Finding, Refused
from suyuan.quantity.quantity import Quantity
from suyuan.series.asof import Subject, Windows, windows
from suyuan.series.block import NO_TIME, Block
from suyuan.series.stream import Stream
from suyuan.series.view import View, correct

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class Adjusted:
    """What a certificate states of an instrument as found and as left.

    certificate: issuer and number; instrument; found, left (n,): the same quantity before and after adjustment or
    repair, correlated as far as the certificate says; time: µs, from when it counts.
    """

    certificate: str
    instrument: str
    found: Quantity
    left: Quantity
    time: int


@dataclass(frozen=True, slots=True, eq=False)
class Companion:
    """A second stream of the same thing that grows with the current: charge, capacity, energy, state of charge.

    time (m,): µs, ascending; value (m,).
    """

    stream: str
    time: Ints
    value: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Circumstances:
    """What is known beside the readings. now: this moment, µs (also says which rules are in force); zone: of local
    clocks; adjusted: from certificates; broken: id of a correction → findings about the chain of its certificate, None
    where nobody has looked; companion: of an electric current."""

    now: int
    zone: tzinfo = UTC
    adjusted: tuple[Adjusted, ...] = ()
    broken: Mapping[str, tuple[Finding, ...]] | None = None
    companion: Companion | None = None


@dataclass(frozen=True, eq=False)
class Examined:
    """The subject of a check. blocks, views: of one stream, each block with its correction view; around: what is known
    beside them; told: certificates that do not fit. Columns (n,) hold the readings one block after another."""

    stream: Stream
    blocks: tuple[Block, ...]
    views: tuple[View, ...]
    around: Circumstances
    told: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return int(self.starts[-1])

    @property
    def day(self) -> date:
        """The day (UTC) whose rules are in force."""
        return (_EPOCH + timedelta(microseconds=self.around.now)).date()

    @property
    def known(self) -> int:
        """The knowledge time, µs; the moment of the check where there is no block."""
        return self.views[0].known if self.views else self.around.now

    @cached_property
    def starts(self) -> Ints:
        """Where each block begins, and the number of all readings."""
        return np.cumsum([0, *map(len, self.blocks)], dtype=np.int64)

    @cached_property
    def time(self) -> Ints:
        """µs, `NO_TIME` where not known."""
        return _joined([b.time for b in self.blocks], np.int64)

    @cached_property
    def value(self) -> Floats:
        """As read, in the stream's unit; NaN where missing."""
        return _joined([b.value for b in self.blocks], np.float64)

    @cached_property
    def status(self) -> NDArray[np.int8]:
        """Codes of `Status`."""
        return _joined([v.status for v in self.views], np.int8)

    @cached_property
    def resolution(self) -> float:
        """The coarsest resolution of the blocks, in the stream's unit."""
        return max((float(b.resolution) for b in self.blocks), default=float(self.stream.resolution))

    @cached_property
    def _rising(self) -> bool:
        return len(self.time) < 2 or bool((self.time[1:] >= self.time[:-1]).all())

    @cached_property
    def ordered(self) -> Ints:
        """Positions in the order of time, equal times as they came; those without a time are left out."""
        order = np.arange(len(self), dtype=np.int64) if self._rising else np.argsort(self.time, kind="stable")
        return order[int(np.searchsorted(self.time[order], NO_TIME, side="right")) :]

    @cached_property
    def course(self) -> tuple[Ints, Floats]:
        """Time and value in the order of time."""
        if len(self.ordered) == len(self) and self._rising:
            return self.time, self.value
        return self.time[self.ordered], self.value[self.ordered]

    @cached_property
    def marks(self) -> tuple[tuple[str, ...], NDArray[np.int32]]:
        """The device's own marks: the different ones, and which one each reading has."""
        words: dict[str, int] = {"": 0}
        parts = []
        for block in self.blocks:
            if block.flag is None:
                parts.append(np.zeros(len(block), np.int32))
                continue
            codes = np.array([words.setdefault(text, len(words)) for text in block.legend], np.int32)
            parts.append(codes[block.flag])
        return tuple(words), _joined(parts, np.int32)

    def marked(self, fits: Callable[[str, date], bool]) -> Bools:
        """Readings whose mark fits on the day of the check."""
        texts, code = self.marks
        return np.asarray(np.array([fits(text, self.day) for text in texts], np.bool_)[code])

    @cached_property
    def windows(self) -> tuple[tuple[Windows, Bools], ...]:
        """The different windows of certificates, and which readings stand under them."""
        found: dict[Subject, tuple[Windows, list[int]]] = {}
        for number, view in enumerate(self.views):
            found.setdefault(view.windows.subject, (view.windows, []))[1].append(number)
        made = []
        for held, numbers in found.values():
            mask = np.zeros(len(self), np.bool_)
            for number in numbers:
                mask[self.starts[number] : self.starts[number + 1]] = True
            made.append((held, mask))
        return tuple(made)


def _joined(parts: Sequence[NDArray[Any]], kind: Any) -> NDArray[Any]:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.zeros(0, kind)


def examined(
    stream: Stream,
    blocks: Iterable[Block],
    corrections: Iterable[Correction],
    known: int,
    around: Circumstances | None = None,
    u: float | None = None,
) -> Examined:
    """The subject of a check of some blocks of a stream, oldest first known.

    corrections: all that there are; known: knowledge time, µs; around: this moment is the knowledge time where None;
    u: standard uncertainty that each reading has of its own where its block states none, in the stream's unit.
    Certificates whose units or models do not fit the stream correct nothing, and are told (`Examined.told`).
    """
    some, every = tuple(blocks), tuple(corrections)
    subjects = [Subject.of(stream, b.instrument, b.configuration) for b in some]
    held = {subject: windows(every, known, subject) for subject in dict.fromkeys(subjects)}
    views, told = _views(stream, some, [held[subject] for subject in subjects], u)
    return Examined(stream, some, views, around or Circumstances(known), told)


def _views(
    stream: Stream, blocks: tuple[Block, ...], held: Sequence[Windows], u: float | None
) -> tuple[tuple[View, ...], tuple[Finding, ...]]:
    """The view of each block; certificates that do not fit the stream are told, and correct nothing."""
    unit = next((c.unit for w in held for i in w.usable if (c := w.corrections[i]) is not None), stream.unit)
    told = [f for one in held for f in one.findings if f.code == "series.asof.unit"]
    views = []
    for block, one in zip(blocks, held, strict=True):
        try:
            views.append(correct(block, stream, one, random=u, unit=unit))
        except Refused as refused:
            told += refused.findings
            views.append(correct(block, stream, windows((), one.known, one.subject), random=u, unit=stream.unit))
    return tuple(views), tuple(dict.fromkeys(told))
