"""What rests on readings: a dataset, report or grant cites a span of a stream, and is asked again when one changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Citation:
    """That something rests on readings. kind: «dataset», «report», «grant» …; name: which one; stream: id; first, last:
    first ≤ time < last in µs, None where open; known: µs, knowledge time at which it was made, None where not said."""

    kind: str
    name: str
    stream: str
    first: int | None = None
    last: int | None = None
    known: int | None = None


@dataclass(frozen=True, slots=True)
class Touched:
    """A citation with the number of its readings that changed."""

    citation: Citation
    readings: int


def touched(citations: Iterable[Citation], changed: Mapping[str, NDArray[np.int64]]) -> tuple[Touched, ...]:
    """The citations whose readings changed, those with most first.

    changed: stream → times (n,) of readings that changed, µs, ascending.

    >>> times = {"t1": np.array([10, 20, 30])}
    >>> found = touched([Citation("report", "R-1", "t1", 15, 31), Citation("report", "R-2", "t1", 40, None)], times)
    >>> [(one.citation.name, one.readings) for one in found]
    [('R-1', 2)]
    """
    found = []
    for one in citations:
        times: Any = changed.get(one.stream)
        if times is None or not len(times):
            continue
        begin = 0 if one.first is None else int(np.searchsorted(times, one.first))
        end = len(times) if one.last is None else int(np.searchsorted(times, one.last))
        if end > begin:
            found.append(Touched(one, end - begin))
    return tuple(sorted(found, key=lambda t: (-t.readings, t.citation.kind, t.citation.name)))
