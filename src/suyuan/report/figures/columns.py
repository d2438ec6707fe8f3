"""Columns of numbers on paper: equal decimals, one power of ten in the head, the places that the uncertainties give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from suyuan.quantity.finding import LANGUAGES
from suyuan.quantity.notation import LARGEST_LOSS, MINUS, decimal, rounded, rounded_uncertainty
from suyuan.report.figures.dress import Axis, power_of
from suyuan.report.papers.document import Number, Text

FINEST = 12
"""Decimals that a column has at most."""


@dataclass(frozen=True, slots=True)
class Places:
    """How the values of one quantity are written in a column. power: of ten, in the head; place: of the last digit, as
    a power of ten of the quantity itself."""

    power: int
    place: int

    @classmethod
    def of(cls, uncertainties: ArrayLike, values: ArrayLike = ()) -> Places:
        """The place that gives the middle uncertainty two digits and the smallest at least one.

        uncertainties: those above zero count; values: of the same quantity, for the power of ten.

        >>> Places.of([0.12, 0.31, 0.25]), Places.of([9.1e-9, 2.5e-8], [1e-7])
        (Places(power=0, place=-2), Places(power=-9, place=-9))
        """
        spread = np.ravel(np.asarray(uncertainties, float))
        spread = spread[np.isfinite(spread) & (spread > 0.0)]
        both = np.concatenate([np.ravel(np.asarray(values, float)), spread])
        power = power_of(both)
        if spread.size == 0:
            finite = np.abs(both[np.isfinite(both) & (both != 0.0)])
            return cls(power, (int(np.floor(np.log10(finite.max()))) - 5) if finite.size else 0)
        middle = rounded_uncertainty(float(np.median(spread))).adjusted() - 1
        least = rounded_uncertainty(float(spread.min())).adjusted()
        return cls(power, max(min(middle, least), power - FINEST))

    def head(self, name: str, unit: str) -> Text:
        """«𝑑 / nm», the same in both languages."""
        label = Axis(name, unit).label(self.power)
        return dict.fromkeys(LANGUAGES, label)

    def value(self, value: float, *, sign: bool = False, bad: bool = False) -> Number:
        """An estimate at the column's place; infinite and missing ones as they are."""
        return Number(self._text(value, sign), value, "bad" if bad else "")

    def spread(self, value: float) -> Number:
        """An uncertainty at the column's place, up where the nearest would lower it by more than 5 %."""
        exact = decimal(value)
        if exact is None or exact.is_infinite() or exact <= 0:
            return self.value(value)
        near = rounded(exact, self.place)
        if near < exact * (1 - LARGEST_LOSS):
            near = rounded(exact, self.place) + rounded(1, 0).scaleb(self.place)
        return Number(self._digits(float(near), False), value)

    def _text(self, value: float, sign: bool) -> str:
        if np.isnan(value):
            return "?"
        if np.isinf(value):
            return (MINUS if value < 0 else "+" if sign else "") + "∞"
        return self._digits(float(rounded(value, self.place)), sign)

    def _digits(self, value: float, sign: bool) -> str:
        exact = decimal(value)
        assert exact is not None
        text = format(abs(rounded(exact, self.place).scaleb(-self.power)), "f" if self.place <= self.power else ".0f")
        negative = value < 0.0 and any(digit in "123456789" for digit in text)
        positive = sign and value > 0.0 and any(digit in "123456789" for digit in text)
        return (MINUS if negative else "+" if positive else "") + text


SCORE = Places(0, -2)
"""Scores are written with two decimals."""


def scores(values: Iterable[float], limit: float) -> tuple[Number, ...]:
    """Scores with their sign, marked where they pass the limit; one that rounds to the limit but passes it has the
    digits that show so.

    >>> [n.text for n in scores([0.5, -1.854, 1.0004], 1.0)]
    ['+0.50', '−1.85', '+1.0004']
    """
    return tuple(score(value, limit) for value in values)


def score(value: float, limit: float) -> Number:
    """One score, as `scores` writes them."""
    bad = abs(value) > limit
    for place in range(-2, -8, -1):
        written = Places(0, place)
        if not bad or not np.isfinite(value) or abs(float(rounded(value, place))) > limit:
            break
    return written.value(value, sign=True, bad=bad)
