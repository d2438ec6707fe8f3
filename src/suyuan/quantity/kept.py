"""How the numbers of a quantity are kept: as float64 or complex128, a single real number as a float, and so that nobody
can change them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def kind_of(value: Any) -> type:
    """The kind of number that a value is kept as: float, or complex if it has complex numbers."""
    return complex if np.iscomplexobj(value) else float


def kept(array: Array) -> Any:
    """A single real number as a float, anything else as an array that nobody can change."""
    return float(array) if array.ndim == 0 and array.dtype.kind == "f" else locked(array)


def locked(array: Array) -> Array:
    """The array, read-only from now on."""
    array.setflags(write=False)
    return array
