"""Why an hour or day has no value, and which certificates stand behind a result and how many of its readings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.series.asof import Status
from suyuan.series.gathered import Gathered
from suyuan.series.summary import Resampled
from suyuan.series.view import View


@dataclass(frozen=True, slots=True, eq=False)
class Reasons:
    """One row a period. status: «valid», «with_flagged» where it counts readings that somebody speaks against,
    «incomplete» where too few readings have a value, else the commonest reason of its readings, «no_reading» where
    there is none; certificates: names, in the order of their use."""

    status: NDArray[Any]
    certificates: tuple[tuple[str, ...], ...]


def reasons(found: Resampled, sums: Gathered) -> Reasons:
    """Reasons and certificates of the periods of a resampling; sums: those that it was made of."""
    size = len(found.number)
    counts = np.zeros((size, len(Status)), dtype=np.int64)
    period, status, count = sums.tally
    np.add.at(counts, (np.searchsorted(found.number, period), status), count)
    counts[:, Status.VALID] = 0
    words = np.array([s.word for s in Status], dtype=object)
    said = np.where(counts.any(axis=1), words[counts.argmax(axis=1)], "no_reading")
    said = np.where(found.valued > 0, "incomplete", said)
    named: list[dict[str, None]] = [{} for _ in range(size)]
    for at, rule in zip(np.searchsorted(found.number, sums.period).tolist(), sums.rule.tolist(), strict=True):
        named[at].update(dict.fromkeys(sums.rules[rule].certificates))
    good = np.where(found.flagged > 0, "with_flagged", "valid") if found.flagged is not None else "valid"
    return Reasons(np.where(found.known, good, said), tuple(tuple(one) for one in named))


def behind(given: Gathered | Iterable[View]) -> dict[str, int]:
    """Id of a correction → readings with a value that it corrects, in sums or in views."""
    used: dict[str, int] = {}
    if isinstance(given, Gathered):
        ids = [rule.correction.id for rule in given.rules]
        pairs = [(ids[rule], count) for rule, count in zip(given.rule.tolist(), given.count.tolist(), strict=True)]
    else:
        pairs = [
            (one.id, count)
            for view in given
            for one, count in zip(view.windows.corrections, _under(view).tolist(), strict=True)
            if one is not None and count
        ]
    for id, count in pairs:
        used[id] = used.get(id, 0) + count
    return used


def _under(view: View) -> NDArray[np.int64]:
    """Readings with a value under each window."""
    return np.bincount(view.window[view.status == Status.VALID], minlength=len(view.windows))
