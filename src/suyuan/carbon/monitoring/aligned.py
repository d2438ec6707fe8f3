"""Streams of a data base as the minutes of a stack: several streams, each with times of its own, on one axis of time.

Streams of one logger have the same times, and nothing is moved then. Where they differ, a time at which a stream has no
reading is a missing reading of that stream; nothing is interpolated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.minutes import CLASSES, Flags, Minutes
from suyuan.quantity.finding import Refused, finding
from suyuan.series.block import NO_TIME, Block

Array = NDArray[Any]


def minutes_of(
    blocks: Mapping[str, Sequence[Block]], classes: Mapping[str, str], roles: Mapping[str, Sequence[str]] | None = None
) -> Minutes:
    """The minutes of a stack from blocks of its streams.

    blocks: column → blocks of its stream, in the order in which they count: of several readings of one time the first
    counts; classes: mark of a device → class of a flag (a key of `minutes.CLASSES`), «» is «measured» unless said;
    roles: column → roles of the channels that its marks concern, all where absent. Readings without a time are left
    out. Raises Refused for a mark without a class, and where there is no reading at all.

    >>> from decimal import Decimal
    >>> block = Block("co2", "G-1", np.array([0, 60_000_000]), np.array([1200, 1210]), Decimal("0.01"))
    >>> minutes_of({"co2": [block]}, {}).columns["co2"].tolist()
    [12.0, 12.1]
    """
    series = {name: _one(some) for name, some in blocks.items()}
    times = [one[0] for one in series.values() if len(one[0])]
    if not times:
        raise Refused(finding("carbon_monitoring.minutes.none", ", ".join(blocks)))
    first = times[0]
    same = all(len(one) == len(first) and np.array_equal(one, first) for one in times)
    axis = first if same else np.unique(np.concatenate(times))
    columns: dict[str, Any] = {}
    flags = []
    for name, (time, value, mark, legend) in series.items():
        at = slice(None) if same and len(time) else np.searchsorted(axis, time)
        columns[name] = np.full(len(axis), np.nan)
        columns[name][at] = value
        if any(legend):
            code = np.zeros(len(axis), np.int32)
            code[at] = mark
            concerned = tuple((roles or {}).get(name, ()))
            flags.append(Flags(code, tuple(_class(word, classes, name) for word in legend), concerned))
    source = " ".join(block.digest for some in blocks.values() for block in some)
    return Minutes(axis, columns, tuple(flags), source)


def _class(word: str, classes: Mapping[str, str], name: str) -> str:
    found = classes.get(word, "measured" if not word else "")
    if found not in CLASSES:
        raise Refused(finding("carbon_monitoring.flag.unknown", name, flag=word[:40], known=", ".join(CLASSES)))
    return found


def _one(blocks: Iterable[Block]) -> tuple[NDArray[np.int64], Array, Array, tuple[str, ...]]:
    """Time, value, mark and legend of one stream, ascending, one reading a time: a reading that is there counts before
    one that is missing, and an earlier block before a later one."""
    some = tuple(blocks)
    words = tuple(dict.fromkeys(("", *(word for block in some for word in block.legend))))
    if not some:
        return np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64), words
    time = np.concatenate([block.time for block in some])
    value = np.concatenate([block.value for block in some])
    marks = [
        np.zeros(len(block), np.int64)
        if block.flag is None
        else np.array([words.index(word) for word in block.legend])[block.flag]
        for block in some
    ]
    mark = np.concatenate(marks)
    if len(time) > 1 and not (time[1:] > time[:-1]).all():
        order = np.lexsort((np.isnan(value), time))
        time, value, mark = time[order], value[order], mark[order]
        keep = np.append(True, time[1:] != time[:-1])
        time, value, mark = time[keep], value[keep], mark[keep]
    known = time != NO_TIME
    return (time, value, mark, words) if known.all() else (time[known], value[known], mark[known], words)
