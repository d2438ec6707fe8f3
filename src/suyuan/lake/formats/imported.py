"""What a reader makes of a foreign file: streams of raw values as columns, and what it did not read.

A reader never repairs: a value stands as the file states it, what the file does not say stays empty, and what the
reader does not understand is counted by its name, so that nobody takes a part of a file for the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Finding

NO_TIME = np.iinfo(np.int64).min
"""A reading whose time the file does not state (the same number as NumPy's «not a time»)."""
UNIT_FROM_TABLE = {"unit from": "a table that is not confirmed"}
"""The fact of a stream whose unit its file does not state: whoever brings it in may say another one."""


@dataclass(frozen=True, slots=True)
class RawStream:
    """The readings of one measurand in a file, in the order of the file.

    name: as the file calls it; quantity: kind of quantity, unit: as `quantity.unit.parse_unit` reads it, instrument:
    its identification, place: feature, site or point; each empty where the file does not say. time (n,): microseconds
    since 1970-01-01T00:00Z, `NO_TIME` where not stated; value (n,): as stated, NaN where the file gives none;
    resolution: the last place in which values are printed, in `unit`, None where that is not known; u (n,): standard
    uncertainty where the file states one; flag (n,): indices into `flags`, the device's own marks («» is none);
    labels: name → (n,) texts that belong to each reading (part, batch, operator); facts: what the file says of the
    whole stream (limits, nominal, calibration remarks), as text.
    """

    name: str
    time: NDArray[np.int64]
    value: NDArray[np.float64]
    quantity: str = ""
    unit: str = ""
    instrument: str = ""
    place: str = ""
    resolution: float | None = None
    u: NDArray[np.float64] | None = None
    flag: NDArray[np.int64] | None = None
    flags: tuple[str, ...] = ("",)
    labels: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def flag_texts(self) -> NDArray[Any]:
        """The device's mark of each reading (n,); empty where it gave none."""
        if self.flag is None:
            return np.full(len(self.value), "", dtype=object)
        return np.asarray(self.flags, dtype=object)[self.flag]


@dataclass(frozen=True, slots=True)
class Imported:
    """A file as read.

    format, version: as the file or the reader calls them; streams: in the order of the file; unread: name of an
    element, key, column or record → how many of them were not read; findings: what is wrong or doubtful, with its
    place in the file; facts: what the file says of itself; local: whether its times carry no zone, and were read in
    the zone that the caller named; elapsed (n,): seconds since the start of the file, of each row, where it counts the
    time so and states no time of day; elapsed_in: the column of it; aside: line and text of rows that were
    left out whole.
    """

    format: str
    version: str
    streams: tuple[RawStream, ...]
    unread: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    local: bool = False
    elapsed: NDArray[np.float64] | None = None
    elapsed_in: str = ""
    aside: tuple[tuple[int, str], ...] = ()
