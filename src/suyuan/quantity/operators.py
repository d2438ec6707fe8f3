"""Operators shared by everything that a measurement model may be run on: quantities and recorded variables.

Each operator is the NumPy ufunc of the same meaning; what a ufunc does with the operands is the class's own affair.
"""

from __future__ import annotations

from typing import Any, NoReturn, Self

import numpy as np


class Operators:
    """Arithmetic by ufuncs; comparison of estimates is left to the class; in-place change is refused."""

    __slots__ = ()

    def __add__(self, other: Any) -> Self:
        return np.add(self, other)  # type: ignore[no-any-return]

    def __radd__(self, other: Any) -> Self:
        return np.add(other, self)  # type: ignore[no-any-return]

    def __sub__(self, other: Any) -> Self:
        return np.subtract(self, other)  # type: ignore[no-any-return]

    def __rsub__(self, other: Any) -> Self:
        return np.subtract(other, self)  # type: ignore[no-any-return]

    def __mul__(self, other: Any) -> Self:
        return np.multiply(self, other)  # type: ignore[no-any-return]

    def __rmul__(self, other: Any) -> Self:
        return np.multiply(other, self)  # type: ignore[no-any-return]

    def __truediv__(self, other: Any) -> Self:
        return np.true_divide(self, other)  # type: ignore[no-any-return]

    def __rtruediv__(self, other: Any) -> Self:
        return np.true_divide(other, self)  # type: ignore[no-any-return]

    def __pow__(self, other: Any) -> Self:
        return np.power(self, other)  # type: ignore[no-any-return]

    def __rpow__(self, other: Any) -> Self:
        return np.power(other, self)  # type: ignore[no-any-return]

    def __neg__(self) -> Self:
        return np.negative(self)  # type: ignore[call-overload, no-any-return]

    def __pos__(self) -> Self:
        return np.positive(self)  # type: ignore[call-overload, no-any-return]

    def __abs__(self) -> Self:
        return np.absolute(self)  # type: ignore[call-overload, no-any-return]

    def _in_place(self, other: Any) -> NoReturn:
        raise TypeError("a quantity does not change in place: write y = y + x")

    __iadd__ = __isub__ = __imul__ = __itruediv__ = __ipow__ = _in_place
