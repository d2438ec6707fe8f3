"""Signals of a control chart with known centre and standard deviation, for the task on check standards.

Two rules only, stated in the task: one point beyond 3s, or two of three successive points beyond 2s on one side.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

CLEAR = 0.06
"""How far from a limit, in s, a point must lie so that no rounding turns the answer."""


def first_signal(readings: Sequence[float], centre: float, s: float) -> tuple[int, bool]:
    """Number of the first point (from 1) that completes a signal, 0 without; and whether no point lies on a limit.

    readings: shape (n,); s: standard deviation of a point, above 0.

    >>> first_signal([0.1, 2.2, 0.5, 2.4, 0.0], 0.0, 1.0), first_signal([0.5, -0.4, 3.4], 0.0, 1.0)
    ((4, True), (3, True))
    """
    t = (np.asarray(readings, np.float64) - centre) / s
    clear = bool(np.all(np.abs(np.abs(t)[:, None] - np.array([2.0, 3.0])) > CLEAR))
    for i in range(t.size):
        last = t[max(0, i - 2) : i + 1]
        side = max(int(np.sum(last > 2.0)), int(np.sum(last < -2.0)))
        if abs(t[i]) > 3.0 or (side >= 2 and abs(t[i]) > 2.0):
            return i + 1, clear
    return 0, clear
