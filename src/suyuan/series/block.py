"""Block: readings of one stream under one instrument and configuration, as they came; never changed.

Late data are a further block, and so is a correction of what a device sent: nothing is overwritten. A block is known by
what it holds: its digest is the same on every machine, so the same readings delivered twice are seen to be the same.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity.finding import Refused, finding
from suyuan.series.resolution import counts_of, decimal, derived, values_of
from suyuan.series.stream import Stream

if TYPE_CHECKING:
    from suyuan.series.periods import Periods

NO_TIME = np.iinfo(np.int64).min
"""A reading without a time (the number of NumPy's «not a time»)."""


@dataclass(frozen=True, eq=False)
class Block:
    """Readings in the order in which they came; times may repeat and go back.

    stream: id of the stream; instrument, configuration: under which all were taken; resolution: unit per count;
    time (n,): µs since 1970-01-01T00:00Z, `NO_TIME` where not known; count (n,): value = count·resolution;
    missing (n,): readings without value, None where there are none; flag (n,): index into `legend`, the device's own
    marks, None where it makes none; u: standard uncertainty that each reading has of its own, in the stream's unit: a
    number, (n,), or None where nobody has stated it; received: µs, when the block was known; source: digest of the file
    or message that it came from.
    Raises Refused where lengths or types do not fit.
    """

    stream: str
    instrument: str
    time: NDArray[np.int64]
    count: NDArray[np.int64]
    resolution: Decimal
    configuration: str = ""
    missing: NDArray[np.bool_] | None = None
    flag: NDArray[np.int32] | None = None
    legend: tuple[str, ...] = ("",)
    u: float | NDArray[np.float64] | None = None
    received: int = 0
    source: str = ""

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "resolution", decimal(self.resolution, f"{self.stream}.resolution"))
        for name, kind in (("time", np.int64), ("count", np.int64), ("missing", np.bool_), ("flag", np.int32)):
            given = getattr(self, name)
            if given is not None:
                put(self, name, _column(given, kind, f"{self.stream}.{name}", len(self.time)))
        if self.missing is not None and not self.missing.any():
            put(self, "missing", None)
        put(self, "legend", tuple(self.legend))
        if self.flag is not None and self.flag.size:
            low, high = int(self.flag.min()), int(self.flag.max())
            if low < 0 or high >= len(self.legend):
                raise Refused(
                    finding("series.block.flag", f"{self.stream}.flag", low=low, high=high, size=len(self.legend))
                )
        if self.u is not None:
            u = _spread(self.u, f"{self.stream}.u", len(self.time))
            put(self, "u", None if isinstance(u, np.ndarray) and not u.size else u)  # of no reading

    def __len__(self) -> int:
        return len(self.time)

    def beside(
        self, stream: Stream, count: ArrayLike, missing: ArrayLike | None = None, u: ArrayLike | None = None,
        ends: tuple[int, int] | None = None,
    ) -> Block:  # fmt: skip
        """Readings of another stream at the times of this block (a row of one logger): the times are checked once.

        count (n,), missing (n,), u: as of any block; instrument and resolution are the stream's; ends: the smallest and
        the largest count, where the file says them (statistics of Parquet do): counts are not searched for them then.
        """
        made = Block(
            stream.id, stream.instrument, self.time, np.asarray(count), stream.resolution,
            missing=None if missing is None else np.asarray(missing),
            u=u if u is None or isinstance(u, float) else np.asarray(u, float),
            received=self.received, source=self.source,
        )  # fmt: skip
        made.__dict__["order"] = self.order  # cached properties of the times alone
        made.__dict__["_known_runs"] = self._known_runs
        if ends is not None:
            made.__dict__["ends"] = ends
        return made

    @property
    def value(self) -> NDArray[np.float64]:
        """Readings (n,) in the stream's unit, not corrected; NaN where one is missing."""
        value = values_of(self.count, self.resolution)
        if self.missing is not None:
            value[self.missing] = np.nan
        return value

    @cached_property
    def order(self) -> NDArray[np.int64] | None:
        """Positions in the order of time, equal times as they came; None where the readings stand in it."""
        if len(self) < 2 or bool(np.all(self.time[1:] >= self.time[:-1])):
            return None
        return np.argsort(self.time, kind="stable")

    def places(self, part: slice) -> Any:
        """Where a part of the readings in the order of time stands: a slice, or positions."""
        return part if self.order is None else self.order[part]

    @cached_property
    def untimed(self) -> int:
        """How many readings have no time; they stand first in the order of time."""
        if not len(self) or self.time[0 if self.order is None else self.order[0]] != NO_TIME:
            return 0
        return int(np.count_nonzero(self.time == NO_TIME))

    def runs(self, periods: Periods | None, start: int, stop: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The periods (g,) of the readings start … stop − 1 in the order of time, and where in them each begins (g,);
        all of them have a time. Streams at the same times look once."""
        if periods is None:
            return np.zeros(1, np.int64), np.zeros(1, np.int64)
        found = self._known_runs.get(periods)
        if found is None:
            number, edges = periods.runs(self.time[self.places(slice(self.untimed, len(self)))])
            found = self._known_runs[periods] = (number, edges + self.untimed)
        number, edges = found
        some = slice(int(edges.searchsorted(start, side="right")) - 1, int(edges.searchsorted(stop)))
        begun = edges[some] - start
        begun[0] = 0
        return number[some], begun

    @cached_property
    def _known_runs(self) -> dict[Any, tuple[NDArray[np.int64], NDArray[np.int64]]]:
        return {}

    @cached_property
    def ends(self) -> tuple[int, int]:
        """The smallest and the largest count, also of missing readings; (0, 0) of no reading."""
        return (int(self.count.min()), int(self.count.max())) if len(self) else (0, 0)

    @cached_property
    def span(self) -> tuple[int, int] | None:
        """First and last time, µs; None where no reading has one."""
        known = self.time[self.time != NO_TIME] if len(self) and self.time.min() == NO_TIME else self.time
        return (int(known.min()), int(known.max())) if known.size else None

    @cached_property
    def digest(self) -> str:
        """SHA-256 over what the block holds (not over when and whence it came), in hexadecimal digits.

        The bytes: a line of canonical JSON (UTF-8, NFC, keys sorted), a line feed, then time and count as signed 64-bit
        numbers, missing as bytes 0 and 1, flag as signed 32-bit numbers and u as 64-bit floats, all little-endian, each
        only where there is one. A missing reading counts 0, a negative zero is zero.
        """
        head = {
            "suyuan": "block-1", "stream": self.stream, "instrument": self.instrument, "n": len(self),
            "configuration": self.configuration, "resolution": format(self.resolution, "f"),
            "legend": list(self.legend) if self.flag is not None else None, "missing": self.missing is not None,
            "u": "array" if isinstance(self.u, np.ndarray) else None if self.u is None else repr(self.u + 0.0),
        }  # fmt: skip
        text = json.dumps(head, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(unicodedata.normalize("NFC", text).encode("utf-8") + b"\n")
        count = self.count if self.missing is None else np.where(self.missing, 0, self.count)
        for array, kind in ((self.time, "<i8"), (count, "<i8"), (self.missing, "u1"), (self.flag, "<i4")):
            if array is not None:
                digest.update(np.ascontiguousarray(array, dtype=kind).tobytes())
        if isinstance(self.u, np.ndarray):
            digest.update(np.ascontiguousarray(self.u + 0.0, dtype="<f8").tobytes())
        return digest.hexdigest()


def without(block: Block, some: NDArray[np.bool_]) -> Block:
    """A block in which some more readings (n,) are missing."""
    return replace(block, missing=some if block.missing is None else block.missing | some)


def _column(given: Any, kind: Any, where: str, size: int) -> NDArray[Any]:
    """A column of whole numbers or truths, read-only."""
    array = np.asarray(given)
    if array.size and kind is not np.bool_ and array.dtype.kind not in "iuM":
        raise Refused(finding("series.block.type", where, type=array.dtype))
    if array.dtype.kind == "M":
        array = array.astype("datetime64[us]")
    if array.ndim != 1 or len(array) != size:
        raise Refused(finding("series.block.length", where, shape=array.shape, size=size))
    return _locked(array.astype(kind, copy=False))


def _spread(given: Any, where: str, size: int) -> float | NDArray[np.float64]:
    if isinstance(given, float) and 0.0 <= given < np.inf:
        return given
    array = np.asarray(given, dtype=np.float64)
    if array.ndim and array.shape != (size,):
        raise Refused(finding("series.block.length", where, shape=array.shape, size=size))
    if not np.all(np.isfinite(array)) or np.min(array, initial=0.0) < 0.0:
        raise Refused(finding("quantity.uncertainty.negative", where=where, u=np.min(array)))
    return float(array) if array.ndim == 0 else _locked(array)


def _locked(array: NDArray[Any]) -> NDArray[Any]:
    """An array that nobody can write: one that somebody may write is copied, so that a block stays what it is."""
    if array.flags.writeable:
        array = array.copy()
        array.setflags(write=False)
    return array


@dataclass(frozen=True, slots=True)
class Arrived:
    """How readings came: received: µs, when they were known; source: digest of what they came in; configuration: of
    the instrument; flag, legend and u: as in `Block`."""

    received: int = 0
    source: str = ""
    configuration: str = ""
    flag: ArrayLike | None = None
    legend: Sequence[str] = field(default=("",))
    u: ArrayLike | None = None


def from_values(
    stream: Stream,
    time: ArrayLike,
    value: ArrayLike,
    arrived: Arrived | None = None,
    resolution: Decimal | str | None = None,
    derive: bool = False,
) -> Block:
    """A block from values as numbers, which must be multiples of the resolution.

    time (n,): µs or NumPy times; value (n,): in the stream's unit, NaN where a reading is missing; resolution: the
    stream's where None; derive: find the coarsest power of ten that all values are multiples of instead.
    Raises Refused for infinite values, and for values that are no multiples, with their number and the first.

    >>> s = Stream("t1", "temperature", "degC", "PT-01", resolution=Decimal("0.01"))
    >>> b = from_values(s, [0, 60_000_000], [20.15, float("nan")])
    >>> b.count.tolist(), b.missing.tolist()
    ([2015, 0], [False, True])
    """
    how = arrived or Arrived()
    numbers = np.asarray(value, dtype=np.float64)
    missing = np.isnan(numbers)
    where = f"{stream.id}.value"
    if np.isinf(numbers).any():
        at = int(np.flatnonzero(np.isinf(numbers))[0])
        raise Refused(finding("series.block.infinite", where, row=at + 1, count=int(np.isinf(numbers).sum())))
    known = numbers[~missing]
    if derive and resolution is None:
        unit = derived(known, where) if known.size else stream.resolution
    else:
        unit = stream.resolution if resolution is None else decimal(resolution, where)
    count = np.zeros(numbers.shape, dtype=np.int64)
    count[~missing], bad = counts_of(known, unit)
    if bad.any():
        at = int(np.flatnonzero(~missing)[np.flatnonzero(bad)[0]])
        first = repr(float(numbers[at]))
        about: dict[str, Any] = {"count": int(bad.sum()), "size": known.size, "row": at + 1, "first": first}
        raise Refused(finding("series.block.no_multiple", where, resolution=format(unit, "f"), **about))
    for made in (count, missing):
        made.setflags(write=False)  # they are ours, and need no copy
    return Block(
        stream.id, stream.instrument, np.asarray(time), count, unit, how.configuration, missing,
        None if how.flag is None else np.asarray(how.flag), tuple(how.legend),
        how.u if how.u is None else np.asarray(how.u, float), how.received, how.source,
    )  # fmt: skip
