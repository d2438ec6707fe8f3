"""Values of a calculation as multiples of a step: numbers with 15 digits and more have no last place of their own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.formats.printed import DIGITS
from suyuan.quantity.finding import Refused
from suyuan.series.resolution import LARGEST, counts_of, derived, ratio, values_of

KEPT = 15
"""Decimal digits that every double holds: digits of the largest value that are kept where no resolution is known."""


@dataclass(frozen=True, slots=True)
class Rounded:
    """Values as multiples of a step. value (n,): NaN where there was none; step; count: values that were changed;
    change: the largest change, in the unit of the values."""

    value: NDArray[np.float64]
    step: Decimal
    count: int
    change: float


def computed(value: NDArray[np.float64]) -> bool:
    """Whether values are those of a calculation: no last place in common, or one after more digits than an instrument
    prints.

    >>> computed(np.array([20.15, 20.1])), computed(np.array([1 / 3, 3.31121478737747]))
    (False, True)
    """
    known = value[np.isfinite(value)]
    if not known.size:
        return False
    try:
        step = derived(known)
    except Refused:
        return True
    return len(str(int(np.abs(counts_of(known, step)[0]).max()))) > DIGITS


def finest(value: NDArray[np.float64]) -> Decimal:
    """The power of ten that keeps 15 digits of the largest value (n,), from 1e-18 to 1.

    >>> finest(np.array([277.777777777778, 0.5]))
    Decimal('1E-12')
    """
    largest = float(np.abs(value[np.isfinite(value)]).max(initial=0.0))
    place = -18 if largest == 0.0 else math.floor(math.log10(largest)) + 1 - KEPT
    return Decimal(format(Decimal(1).scaleb(min(max(place, -18), 0)), "f"))


def rounded(value: NDArray[np.float64], step: Decimal) -> Rounded | None:
    """The multiple of the step nearest to each value (n,); None where a count of steps would not be exact.

    >>> one = rounded(np.array([0.00605515800906498, 0.5]), Decimal("0.0001"))
    >>> one.value.tolist(), one.count, round(one.change, 9)
    ([0.0061, 0.5], 1, 4.4842e-05)
    """
    multiple, power = ratio(step)
    known = np.isfinite(value)
    whole = np.rint(value[known] * float(power) / float(multiple))
    if not (np.abs(whole) <= LARGEST).all():
        return None
    made = np.array(value, dtype=np.float64)
    made[known] = values_of(whole.astype(np.int64), step)
    changed = np.abs(made[known] - value[known])
    real = changed > 4 * np.spacing(np.abs(value[known]))
    return Rounded(made, step, int(real.sum()), float(changed[real].max(initial=0.0)))
