"""Which certificate counts at a time, as known at another: half-open windows of time for one instrument.

Among the corrections of the instrument that are known at K and not superseded by another one known at K, the one with
the latest start of validity at or before t counts. Where it is withdrawn by K, superseded by K without a replacement,
or at its end of validity, there is no value: an earlier certificate does not come back, and a raw value is never given
for a corrected one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.unit import parse_unit
from suyuan.series.block import NO_TIME
from suyuan.series.stream import Stream

Array = NDArray[Any]
FIRST, LAST = NO_TIME + 1, int(np.iinfo(np.int64).max)
"""The first moment that is one, and the end of the last window."""
_RULE = "ISO/IEC 17025:2017, 6.4.13, 7.8.8"


class Status(IntEnum):
    """Why a reading has a corrected value, or has none; `WITHOUT`: none, and nobody has asked why; `FLAGGED`: it has a
    certificate, but a rule of use takes it out."""

    VALID = 0
    NO_CERTIFICATE = 1
    WITHDRAWN = 2
    EXPIRED = 3
    SUPERSEDED = 4
    OUTSIDE = 5
    MISSING = 6
    NO_TIME = 7
    FAILED = 8
    WITHOUT = 9
    FLAGGED = 10

    @property
    def word(self) -> str:
        """The name in small letters, as tables and JSON have it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Subject:
    """What a certificate is about: an instrument, in a configuration, at a place, and what it measures.

    A correction that names a configuration, a place or a kind of quantity holds for that one only; one that names none
    holds for all.
    stream, unit: whose readings are asked for, and their unit: one instrument may measure several quantities, and a
    correction belongs to those readings only that convert to what it corrects; «» for any.
    """

    instrument: str
    configuration: str = ""
    place: str = ""
    stream: str = ""
    unit: str = ""
    quantity: str = ""

    @classmethod
    def of(cls, stream: Stream, instrument: str, configuration: str = "") -> Subject:
        """The subject of readings of a stream that were made with an instrument."""
        return cls(instrument, configuration, stream.place, stream.id, stream.unit, stream.quantity)

    def takes(self, correction: Correction) -> bool:
        """Whether a correction belongs to it."""
        return self.named_by(correction) and self.fits(correction)

    def named_by(self, correction: Correction) -> bool:
        """Whether a correction is about this instrument, configuration, place and kind of quantity."""
        return (
            correction.instrument == self.instrument
            and correction.configuration in ("", self.configuration)
            and correction.place in ("", self.place)
            and correction.quantity in ("", self.quantity)
        )

    def fits(self, correction: Correction) -> bool:
        """Whether the readings convert to what a correction corrects."""
        return not self.unit or parse_unit(self.unit).converts_to(correction.unit_of_raw)


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Windows of one subject, in order, from the first moment to the last without a gap.

    start, end (w,): µs, each window is start ≤ t < end; status (w,): codes of `Status`; corrections (w): the one that
    counts, also where it is withdrawn or expired; None where there is none. findings: what is doubtful.
    """

    subject: Subject
    known: int
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    status: NDArray[np.int8]
    corrections: tuple[Correction | None, ...]
    findings: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return len(self.start)

    def at(self, time: Array) -> NDArray[np.int64]:
        """The window of each time (n,); −1 for «no time»."""
        return np.searchsorted(self.start, time, side="right") - 1

    @property
    def usable(self) -> NDArray[np.int64]:
        """The windows that give a value."""
        return np.flatnonzero(self.status == Status.VALID)


def windows(corrections: Iterable[Correction], known: int, subject: Subject) -> Windows:
    """The windows of one subject as known at a time.

    corrections: all that there are, of any instrument; known: µs, knowledge time.
    Raises Refused where two have one id, or some supersede one another in a ring.
    """
    return windows_of(corrections, known, (subject,))[0]


def windows_of(corrections: Iterable[Correction], known: int, subjects: Iterable[Subject]) -> tuple[Windows, ...]:
    """The windows of several subjects, in the order given; corrections are looked through once for all."""
    every = tuple(corrections)
    _check(every)
    seen = [one for one in every if one.known_from <= known]
    replaced = {old for one in seen for old in one.supersedes}
    of_instrument: dict[str, list[Correction]] = {}
    for one in seen:
        if one.id not in replaced:
            of_instrument.setdefault(one.instrument, []).append(one)
    found = []
    for subject in subjects:
        current, findings = _current(of_instrument.get(subject.instrument, ()), subject)
        found.append(_windows(current, known, subject, findings if current else (*findings, *unfit(seen, subject))))
    return tuple(found)


def _windows(current: Sequence[Correction], known: int, subject: Subject, findings: tuple[Finding, ...]) -> Windows:
    """The windows of what counts from some time on."""
    start: list[int] = [FIRST]
    held: list[tuple[Status, Correction | None]] = [(Status.NO_CERTIFICATE, None)]
    for at, one in enumerate(current):
        end = current[at + 1].valid_from if at + 1 < len(current) else LAST
        status = _standing(one, known)
        _add(start, held, one.valid_from, (status, one))
        if status == Status.VALID and one.valid_until is not None and one.valid_until < end:
            _add(start, held, one.valid_until, (Status.EXPIRED, one))
        off = detached_from(one, known, subject) if one.detached else None
        if off is not None and off < end:
            _cut(start, held, max(off, one.valid_from))
    starts = np.array(start, dtype=np.int64)
    return Windows(
        subject,
        known,
        starts,
        np.array([*start[1:], LAST], dtype=np.int64),
        np.array([status for status, _ in held], dtype=np.int8),
        tuple(one for _, one in held),
        findings,
    )


def _add(start: list[int], held: list[tuple[Status, Correction | None]], at: int, what: Any) -> None:
    """One more window; one that begins where the last began takes its place."""
    at = max(at, FIRST)
    if at == start[-1]:
        start.pop()
        held.pop()
    start.append(at)
    held.append(what)


def _cut(start: list[int], held: list[tuple[Status, Correction | None]], at: int) -> None:
    """From a moment on nothing corrects the readings."""
    while start[-1] >= max(at, FIRST) and len(start) > 1:
        start.pop()
        held.pop()
    _add(start, held, at, (Status.NO_CERTIFICATE, None))


def detached_from(one: Correction, known: int, subject: Subject) -> int | None:
    """From when on a correction has been taken from a stream, as known at a time; None where it has not."""
    return min((d.start for d in one.detached if d.stream == subject.stream and d.known(known)), default=None)


def unfit(corrections: Iterable[Correction], subject: Subject) -> tuple[Finding, ...]:
    """The warning that no correction of an instrument goes with the unit of a stream; none where one does, and where
    the instrument has been taken from the stream."""
    every = tuple(corrections)
    replaced = {old for one in every for old in one.supersedes}
    mine = [one for one in every if subject.named_by(one) and one.id not in replaced]
    if not mine or any(subject.fits(one) for one in mine):
        return ()
    if all(any(d.stream == subject.stream and d.lifted_known is None for d in one.detached) for one in mine):
        return ()
    about = {
        "stream": subject.stream, "unit": parse_unit(subject.unit).symbol, "instrument": subject.instrument,
        "certificates": ", ".join(dict.fromkeys(one.certificate for one in mine)),
        "raw": ", ".join(dict.fromkeys(one.unit_of_raw.symbol for one in mine)),
    }  # fmt: skip
    return (finding("series.asof.unit", subject.stream, "warning", _RULE, **about),)


def _standing(one: Correction, known: int) -> Status:
    if one.withdrawn_known is not None and one.withdrawn_known <= known:
        return Status.WITHDRAWN
    if one.superseded_known is not None and one.superseded_known <= known:
        return Status.SUPERSEDED  # a known replacement would have taken its place
    return Status.VALID


def _current(given: Iterable[Correction], subject: Subject) -> tuple[list[Correction], tuple[Finding, ...]]:
    """What counts from some time on, in the order of these times, one for each; of several the latest known."""
    mine = [one for one in given if subject.takes(one)]
    mine.sort(key=lambda one: (one.valid_from, one.known_from))
    kept: list[Correction] = []
    findings = []
    for one in mine:
        if kept and kept[-1].valid_from == one.valid_from:
            if _narrower(kept[-1], one):
                continue
            if _narrower(one, kept[-1]):
                kept[-1] = one
                continue
            about = {"first": kept[-1].certificate, "second": one.certificate}
            findings.append(finding("series.asof.two_at_once", subject.instrument, "warning", _RULE, **about))
            kept.pop()
        kept.append(one)
    return kept, tuple(findings)


def _narrower(one: Correction, other: Correction) -> bool:
    """Whether a correction names all that another one names of its scope, and more."""
    pairs = [(getattr(one, name), getattr(other, name)) for name in ("configuration", "place", "quantity")]
    return all(a == b or (a and not b) for a, b in pairs) and any(a and not b for a, b in pairs)


def mixed(corrections: Iterable[Correction], subjects: Iterable[Subject]) -> tuple[Finding, ...]:
    """The warning that one correction of an instrument corrects readings of several quantities, and names none.

    subjects: all that an instrument's readings are about, of all its streams.
    """
    every, mine = tuple(corrections), tuple(subjects)
    replaced = {old for one in every for old in one.supersedes}
    found = []
    for one in every:
        if one.quantity or one.id in replaced:
            continue
        kinds = sorted({s.quantity for s in mine if s.quantity and s.takes(one)})
        if len(kinds) > 1:
            found.append(finding("series.asof.mixed", one.instrument, "warning", _RULE, certificate=one.certificate,
                                 instrument=one.instrument, kinds=", ".join(kinds)))  # fmt: skip
    return tuple(dict.fromkeys(found))


def _check(every: Sequence[Correction]) -> None:
    """Refuse two corrections of one id, and rings of supersession."""
    by_id = {one.id: one for one in every}
    if len(by_id) < len(every):
        ids = [one.id for one in every]
        twice = sorted({i for i in ids if ids.count(i) > 1}) if len(ids) < 10_000 else []
        raise Refused(finding("series.asof.twice", ", ".join(twice[:5]), count=len(ids) - len(by_id)))
    done: set[str] = set()
    for one in every:
        if not one.supersedes:
            continue
        path: dict[str, None] = {}
        waiting = [(one.id, False)]
        while waiting:
            here, left = waiting.pop()
            if left:
                path.pop(here, None)
                done.add(here)
                continue
            if here in path:
                raise Refused(finding("series.asof.ring", here, ids=", ".join([*path, here][:6])))
            if here in done or here not in by_id:
                continue
            path[here] = None
            waiting.append((here, True))
            waiting.extend((old, False) for old in by_id[here].supersedes)
