"""Operators shared by everything that a measurement model may be run on: quantities and recorded variables.

Each operator is the NumPy ufunc of the same meaning; what a ufunc does with the operands is the class's own affair.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np


class Operators:
    """Arithmetic and order by ufuncs; what equality means is left to the class; in-place change is refused."""

    __slots__ = ()

    def __lt__(self, other: Any) -> Any:
        return self._operate(np.less, self, other)

    def __le__(self, other: Any) -> Any:
        return self._operate(np.less_equal, self, other)

    def __gt__(self, other: Any) -> Any:
        return self._operate(np.greater, self, other)

    def __ge__(self, other: Any) -> Any:
        return self._operate(np.greater_equal, self, other)

    @staticmethod
    def _operate(ufunc: Any, *operands: Any) -> Any:
        """The ufunc of the operands; a class may know a shorter way."""
        return ufunc(*operands)

    def __add__(self, other: Any) -> Any:
        return self._operate(np.add, self, other)

    def __radd__(self, other: Any) -> Any:
        if type(other) is int and other == 0:  # what Python's sum() begins with is no number of any unit
            return self
        return self._operate(np.add, other, self)

    def __sub__(self, other: Any) -> Any:
        return self._operate(np.subtract, self, other)

    def __rsub__(self, other: Any) -> Any:
        return self._operate(np.subtract, other, self)

    def __mul__(self, other: Any) -> Any:
        return self._operate(np.multiply, self, other)

    def __rmul__(self, other: Any) -> Any:
        return self._operate(np.multiply, other, self)

    def __truediv__(self, other: Any) -> Any:
        return self._operate(np.true_divide, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._operate(np.true_divide, other, self)

    def __pow__(self, other: Any) -> Any:
        return self._operate(np.power, self, other)

    def __rpow__(self, other: Any) -> Any:
        return self._operate(np.power, other, self)

    def __neg__(self) -> Any:
        return self._operate(np.negative, self)

    def __pos__(self) -> Any:
        return self._operate(np.positive, self)

    def __abs__(self) -> Any:
        return self._operate(np.absolute, self)

    def _in_place(self, other: Any) -> NoReturn:
        raise TypeError("a quantity does not change in place: write y = y + x")

    __iadd__ = __isub__ = __imul__ = __itruediv__ = __ipow__ = _in_place
