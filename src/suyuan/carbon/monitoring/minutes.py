"""The minutes of a stack, and what speaks against each.

What speaks against a minute is a set of marks: flags of the device, a reading that is not there or stands outside the
calibrated range, no certificate, an implausible value. The marks are united first and counted afterwards: an hour that
loses ten minutes to a calibration and ten others to a fault has lost twenty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntFlag
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
        for word in self.legend:
            if word not in CLASSES:
                raise Refused(finding("carbon_monitoring.flag.unknown", "flags", flag=word[:40],
                                      known=", ".join(CLASSES)))  # fmt: skip
        return np.array([int(CLASSES[word]) for word in self.legend], np.uint16)


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
        step = np.diff(self.time)
        if bool((step > 0).all()):
            return self, np.zeros(0, np.int64)
        order = np.argsort(self.time, kind="stable")
        time = self.time[order]
        again = np.append(False, time[1:] == time[:-1])
        return self.taken(order[~again]), time[again]


@dataclass(frozen=True, eq=False)
class Limits:
    """What is plausible. low, high: by role, in the units of the model; codes: numbers that stand for «missing»."""

    low: Mapping[str, float]
    high: Mapping[str, float]
    codes: tuple[float, ...] = ()


def flagged(minutes: Minutes, load: str = "") -> dict[str, NDArray[np.uint16]]:
    """Role → marks of the flags that concern it (n,); under «» those that concern all. A load of zero says that the
    unit does not burn."""
    found: dict[str, NDArray[np.uint16]] = {"": np.zeros(len(minutes), np.uint16)}
    for one in minutes.flags:
        marks = one.table[one.code]
        for role in one.roles or ("",):
            found[role] = found[role] | marks if role in found else marks
    if load:
        given = minutes.columns.get(load)
        if given is None:
            raise Refused(finding("carbon_monitoring.minutes.column", load, role="load",
                                  known=", ".join(minutes.columns)))  # fmt: skip
        off = given <= 0.0
        if off.any():
            found[""] = found[""] | np.where(off, np.uint16(Mark.NOT_OPERATING), np.uint16(0))
    return found
