"""Months of little that are no slip: the ends of a standstill, and the steps in which a unit is set to work.

Fuel to start with is a thousandth of a month's coal, as kilograms typed for tonnes are. So a month beside one of nil is
no slip by itself, nor is a run of months that each burn several times what the one before did; whether the unit stood
still then is what its stack shows (`suyuan.carbon.sector.scale`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.table import Row, load


def standstill(amount: NDArray[np.float64], ratio: NDArray[np.float64], kind: str) -> NDArray[np.bool_]:
    """The months (12,) of little beside one of nil, and those of a run up or down, with the month that it leads to.

    amount: (12,), none negative; ratio: of each month to the others, NaN where there is none; kind: of the stream:
    bought power and heat do not fall with a standstill.

    >>> coal = np.array([0, 3, 150, 9e3, 6e4, 13e4, 13e4, 13e4, 20, 0, 0, 13e4])
    >>> (np.flatnonzero(standstill(coal, coal / 13e4, "combustion")) + 1).tolist()
    [2, 3, 4, 5, 6, 9]
    """
    (row,) = (one for one in load("suyuan.carbon", "amounts") if one["of"] == "standstill")
    if kind not in row["kinds"]:
        return np.zeros(amount.shape, bool)
    nil = np.pad(amount == 0.0, 1)
    beside: NDArray[np.bool_] = (amount > 0.0) & (ratio <= float(row["high"])) & (nil[:-2] | nil[2:])
    return beside | _run(amount, row) | _run(amount[::-1], row)[::-1]


def _run(amount: NDArray[np.float64], row: Row) -> NDArray[np.bool_]:
    """The months of runs that begin with the year or after nil, and in which each month is several times the last."""
    found = np.zeros(amount.shape, bool)
    before = np.append(0.0, amount[:-1])
    for first in np.flatnonzero((amount > 0.0) & (before == 0.0)).tolist():
        end = first + 1
        while end < len(amount) and amount[end] >= float(row["value"]) * amount[end - 1]:
            end += 1
        found[first:end] = end - first >= row["months"]
    return found
