"""Scaled integers: a reading is a count of units in the last place, and the resolution says how large one is.

value = count · resolution with the resolution an exact decimal m·10^−k, so value = count·m/10^k: one division of whole
numbers, which is the double nearest to the printed decimal. A product with the double nearest to the resolution would
miss it in one case of three.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Refused, finding

Array = NDArray[Any]
MOST_DIGITS = 18
"""Digits after the point of a resolution: 10^18 is the largest power of ten of an int64."""
LARGEST = 2**53
"""Counts up to which every whole number is a double."""
ULPS = 4
"""Units in the last place of a double by which a value may miss its decimal: what a sum or a unit factor leaves."""


def decimal(text: Decimal | str | int | float, where: str = "resolution") -> Decimal:
    """A resolution as an exact decimal above zero, in one spelling. Raises Refused for anything else.

    >>> decimal("0.00010"), decimal(0.1), decimal("5e-3")
    (Decimal('0.0001'), Decimal('0.1'), Decimal('0.005'))
    """
    return _decimal(str(text), where)


@lru_cache(maxsize=256)
def _decimal(text: str, where: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        raise Refused(finding("series.resolution.wrong", where, given=text[:40])) from None
    if not number.is_finite() or number <= 0:
        raise Refused(finding("series.resolution.wrong", where, given=text[:40]))
    number = number.normalize()
    multiple, power = ratio(number)
    if multiple > LARGEST or power > 10**MOST_DIGITS:
        raise Refused(finding("series.resolution.wrong", where, given=text[:40]))
    return Decimal(format(number, "f"))


@lru_cache(maxsize=256)
def ratio(resolution: Decimal) -> tuple[int, int]:
    """(m, 10^k) with resolution = m/10^k, both whole.

    >>> ratio(Decimal("0.0025")), ratio(Decimal("20"))
    ((25, 10000), (20, 1))
    """
    _, digits, exponent = resolution.as_tuple()
    assert isinstance(exponent, int)
    whole = int("".join(map(str, digits)))
    return (whole * 10**exponent, 1) if exponent >= 0 else (whole, 10**-exponent)


def values_of(count: Array, resolution: Decimal) -> Array:
    """Values (n,) of counts (n,), each the double nearest to the decimal.

    >>> values_of(np.array([3, 1002]), Decimal("0.1")).tolist()
    [0.3, 100.2]
    """
    multiple, power = ratio(resolution)
    if multiple == 1:
        return np.asarray(count / float(power))
    value = count * float(multiple)
    return np.asarray(np.divide(value, float(power), out=value) if power != 1 else value)


def counts_of(value: Array, resolution: Decimal) -> tuple[Array, Array]:
    """Counts (n,) of finite values (n,), and which of the values are no multiple of the resolution."""
    multiple, power = ratio(resolution)
    with np.errstate(all="ignore"):
        whole = np.rint(value * float(power) / float(multiple))
        bad = ~(np.abs(whole) <= LARGEST)
        count = np.where(bad, 0.0, whole).astype(np.int64)
        miss = np.abs(values_of(count, resolution) - value)
        bad |= miss > ULPS * np.spacing(np.abs(value))
    return count, bad


def derived(value: Array, where: str = "value") -> Decimal:
    """The coarsest power of ten, at most 1, of which all finite values (n,) are multiples.

    Raises Refused where there is none: numbers of a calculation have no last place.

    >>> derived(np.array([20.15, 20.1, 3.0]))
    Decimal('0.01')
    """
    few = value[: min(len(value), 1000)]
    for digits in range(MOST_DIGITS + 1):
        resolution = Decimal(1).scaleb(-digits)
        if counts_of(few, resolution)[1].any() or counts_of(value, resolution)[1].any():
            continue
        return Decimal(format(resolution, "f"))
    raise Refused(finding("series.resolution.none", where, count=len(value)))
