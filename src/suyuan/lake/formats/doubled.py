"""The hour that the clock shows twice when it is set back: which of the two it was, where somebody says how to tell.

Without a word the instant is not known. «first» and «second» take one of the two for all times; «order» takes the order
of the rows: where they stand in the order of time, the clock goes back once within the hour, and there the second
passage begins.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDS = ("", "order", "first", "second")
"""What may be said of a doubled hour; «»: nothing, the instant is not known."""
_DAY = 86_400_000_000

Array = NDArray[Any]


def told_apart(fold: str, local: Array, twice: Array, first: Array, last: Array) -> tuple[Array, Array]:
    """Which doubled times are told apart, and their instants.

    fold: one of `FOLDS`; local (n,): as printed, µs; twice (n,): rows whose time happened twice; first, last (n,): the
    instants of the first and of the second passage (the same for other rows). Returns (n,) truths and (n,) instants.

    >>> hour = 3_600_000_000
    >>> local = np.array([1, 2, 2, 3]) * hour  # set back from 3 to 2
    >>> twice = np.array([False, True, True, False])
    >>> first, last = (local - np.array(offset) * hour for offset in ([2, 2, 2, 1], [2, 1, 1, 1]))
    >>> known, instant = told_apart("order", local, twice, first, last)
    >>> known.tolist(), (instant // hour).tolist()
    ([False, True, True, False], [-1, 0, 1, 2])
    """
    if fold in ("first", "second"):
        return twice.copy(), first if fold == "first" else last
    known, instant = np.zeros(len(local), dtype=bool), first.copy()
    if fold != "order":
        return known, instant
    rows = np.flatnonzero(twice)
    days = local[rows] // _DAY
    for day in np.unique(days):
        some = rows[days == day]
        made = _by_order(some, local, twice, first, last)
        if made is not None:
            known[some], instant[some] = True, made
    return known, instant


def _by_order(some: Array, local: Array, twice: Array, first: Array, last: Array) -> Array | None:
    """The instants of the rows of one doubled hour; None where their order does not tell the two passages apart."""
    step = np.diff(local[some])
    back = np.flatnonzero(step < 0)
    if not len(back):
        back = np.flatnonzero(step == 0)  # one reading an hour: the same time twice
    if len(back) != 1:
        return None
    cut = int(back[0]) + 1
    made: Array = np.concatenate([first[some[:cut]], last[some[cut:]]])
    begin, end = int(some[0]), int(some[-1])
    unknown = np.iinfo(np.int64).min
    between = ~twice[begin : end + 1] & (local[begin : end + 1] != unknown)
    before = first[begin - 1] if begin else unknown
    after = first[end + 1] if end + 1 < len(first) else unknown
    ordered = (np.diff(made) >= 0).all() and before <= made[0] and (after == unknown or after >= made[-1])
    return made if ordered and not between.any() else None
