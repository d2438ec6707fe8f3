"""How the numbers of a quantity are kept: as float64 or complex128, a single real number as a float, and so that nobody
can change them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Refused, finding

Array = NDArray[Any]


def kind_of(value: Any) -> type:
    """The kind of number that a value is kept as: float, or complex if it has complex numbers."""
    return complex if np.iscomplexobj(value) else float


def numbers(given: Any, where: str, kind: type = float, own: bool = True) -> Array:
    """Numbers as an array, of its own unless that is not wanted; anything else is refused."""
    try:
        return np.array(given, dtype=kind, copy=own or None)
    except (TypeError, ValueError, OverflowError):
        raise Refused(finding("quantity.value.form", where=where, given=repr(given)[:60])) from None


def kept(array: Array) -> Any:
    """A single real number as a float, anything else as an array that nobody can change."""
    return float(array) if array.ndim == 0 and array.dtype.kind == "f" else locked(array)


def locked(array: Array) -> Array:
    """The array, read-only from now on."""
    array.setflags(write=False)
    return array
