"""The minutes of a stack, and what speaks against each.

What speaks against a minute is a set of marks: flags of the device, a reading that is not there or stands outside the
calibrated range, no certificate, an implausible value. The marks are united first and counted afterwards: an hour that
loses ten minutes to a calibration and ten others to a fault has lost twenty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntFlag
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Refused, finding

Array = NDArray[Any]


class Mark(IntFlag):
    """What speaks against a minute; several may."""

    MISSING = 1
    CALIBRATION = 2
    MAINTENANCE = 4
    FAULT = 8
    OUT_OF_CONTROL = 16
    OUT_OF_RANGE = 32
    IMPLAUSIBLE = 64
    NO_CERTIFICATE = 128
    NOT_OPERATING = 256


CLASSES: Mapping[str, int] = {
    "measured": 0, "missing": Mark.MISSING, "calibration": Mark.CALIBRATION, "maintenance": Mark.MAINTENANCE,
    "fault": Mark.FAULT, "out of control": Mark.OUT_OF_CONTROL, "out of range": Mark.OUT_OF_RANGE,
    "manual": Mark.MISSING, "not operating": Mark.NOT_OPERATING,
}  # fmt: skip
"""Class of a flag → its mark; a value that was typed in by hand is no measured one."""


@dataclass(frozen=True, slots=True, eq=False)
class Flags:
    """One column of flags. code (n,): index into legend; legend: class of each code; roles: of the channels that it
    concerns, all where empty."""

    code: NDArray[np.integer[Any]]
    legend: tuple[str, ...]
    roles: tuple[str, ...] = ()

    @property
    def table(self) -> NDArray[np.uint16]:
        """Code → mark. Raises Refused for a class that is none."""
        return _table(self.legend)


@lru_cache(maxsize=256)
def _table(legend: tuple[str, ...]) -> NDArray[np.uint16]:
    for word in legend:
        if word not in CLASSES:
            raise Refused(finding("carbon_monitoring.flag.unknown", "flags", flag=word[:40],
                                  known=", ".join(CLASSES)))  # fmt: skip
    found = np.array([int(CLASSES[word]) for word in legend], np.uint16)
    found.setflags(write=False)
    return found


@lru_cache(maxsize=256)
def _quiet(legend: tuple[str, ...]) -> int | None:
    """The only code that says nothing against a minute; None where there are several, or none."""
    codes = np.flatnonzero(_table(legend) == 0)
    return int(codes[0]) if len(codes) == 1 else None


@dataclass(frozen=True, eq=False)
class Minutes:
    """Rows of a stack. time (n,): µs since 1970-01-01T00:00Z; columns: name → (n,) as recorded, NaN where missing;
    flags: columns of flags; source: what was read, as text. Raises Refused for columns of another length."""

    time: NDArray[np.int64]
    columns: Mapping[str, NDArray[np.floating[Any]]]
    flags: tuple[Flags, ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        sizes = {name: len(column) for name, column in self.columns.items()}
        sizes |= {f"flags {at}": len(one.code) for at, one in enumerate(self.flags)}
        for name, size in sizes.items():
            if size != len(self.time):
                raise Refused(finding("carbon_monitoring.minutes.length", name, size=size, rows=len(self.time)))

    def __len__(self) -> int:
        return len(self.time)

    def taken(self, at: Any) -> Minutes:
        """Some rows."""
        return Minutes(
            self.time[at], {name: column[at] for name, column in self.columns.items()},
            tuple(Flags(one.code[at], one.legend, one.roles) for one in self.flags), self.source,
        )  # fmt: skip

    def ordered(self) -> tuple[Minutes, NDArray[np.int64]]:
        """The rows in the order of time, the first of each time; and the times that came again (r,)."""
        if bool((self.time[1:] > self.time[:-1]).all()):
            return self, np.zeros(0, np.int64)
        order = np.argsort(self.time, kind="stable")
        time = self.time[order]
        again = np.append(False, time[1:] == time[:-1])
        return self.taken(order[~again]), time[again]


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """Minutes that something speaks against, few among many: their places, ascending, and what speaks against each."""

    place: NDArray[np.int64]
    mark: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.place)

    def having(self, mark: int) -> NDArray[np.int64]:
        """The places of minutes with a mark."""
        found: NDArray[np.int64] = self.place[(self.mark & mark) != 0]
        return found


NOTHING = Marked(np.zeros(0, np.int64), np.zeros(0, np.uint16))


def marked(place: NDArray[np.int64], mark: int) -> Marked:
    """Minutes of one mark, by place, ascending."""
    return Marked(place, np.full(len(place), mark, np.uint16))


def united(parts: Iterable[Marked]) -> Marked:
    """What speaks against each minute, all together.

    >>> both = united([marked(np.array([1, 4]), 2), marked(np.array([4, 7]), 8)])
    >>> both.place.tolist(), both.mark.tolist()
    ([1, 4, 7], [2, 10, 8])
    """
    given = [one for one in parts if len(one)]
    if len(given) < 2:
        return given[0] if given else NOTHING
    place = np.concatenate([one.place for one in given])
    order = np.argsort(place, kind="stable")
    place = place[order]
    first = np.flatnonzero(np.append(True, place[1:] != place[:-1]))
    mark = np.concatenate([one.mark for one in given])[order]
    return Marked(place[first], np.bitwise_or.reduceat(mark, first))


def flagged(minutes: Minutes, still: NDArray[np.int64]) -> dict[str, Marked]:
    """Role → minutes with a flag that concerns it; under «» those that concern all. still: places of minutes in which
    the unit does not burn by its load."""
    found: dict[str, list[Marked]] = {"": [marked(still, Mark.NOT_OPERATING)]}
    for one in minutes.flags:
        quiet, table = _quiet(one.legend), one.table
        said = one.code != quiet if quiet is not None else table[one.code]  # usually one code says «measured»
        place = np.flatnonzero(said)
        for role in one.roles or ("",):
            found.setdefault(role, []).append(Marked(place, table[one.code[place]]))
    return {role: united(parts) for role, parts in found.items()}
