"""The observations of a study as checked arrays: numbers, finite, of one shape; else a finding that names the place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity.finding import Refused, finding

Array = NDArray[np.float64]
LARGEST = 1e100
BEARABLE = "0, ±(1e-100 … 1e100)"
"""Magnitudes of numbers, and how a finding writes them."""
AXES = {
    "operator": ("操作者", "operators"),
    "part": ("零件", "parts"),
    "trial": ("重复次数", "trials"),
    "subgroup": ("子组", "subgroups"),
    "reading": ("读数", "readings"),
    "variable": ("变量", "variables"),
    "appraiser": ("评价人", "appraisers"),
    "gauge": ("量具", "gauges"),
    "artefact": ("样品", "artefacts"),
    "point": ("点", "points"),
    "day": ("天", "days"),
    "reference": ("参考值", "reference values"),
}
"""Word of an axis → its name in Chinese and English."""


def table(values: ArrayLike, where: str, axes: Sequence[str], least: Sequence[int]) -> Array:
    """Observations with one axis a word, each at least so long.

    values: nested lists or an array; axes: words of AXES; least: smallest length of each axis. Raises Refused for what
    is no number or not finite, rows of different length, too few or too many axes, an axis that is too short.

    >>> table([[1, 2], [3, 4]], "readings", ("part", "trial"), (2, 2)).shape
    (2, 2)
    """
    even(values, where, len(axes))
    try:
        array = np.array(values, np.float64)
    except (TypeError, ValueError, OverflowError):
        raise Refused(finding("assurance.study.numbers", where, place=_not_a_number(values))) from None
    if array.ndim != len(axes):
        raise Refused(_shape(where, axes, array.shape))
    if array.dtype.kind == "f" and _has_text(values):
        raise Refused(finding("assurance.study.numbers", where, place=_not_a_number(values)))
    bad = ~np.isfinite(array)
    if np.any(bad):
        place = ", ".join(str(int(i) + 1) for i in np.argwhere(bad)[0])
        raise Refused(finding("assurance.study.numbers", where, place=place))
    bearable(array, where)
    for word, size, wanted in zip(axes, array.shape, least, strict=True):
        enough(size, wanted, where, word)
    return array


def bearable(array: Array, where: str) -> None:
    """Refuse numbers whose squares leave the range of floats: the largest above 1e100, or below 1e-100."""
    size = np.abs(array)
    most = float(np.max(size, initial=0.0))
    if most > LARGEST or 0.0 < most < 1.0 / LARGEST:
        at = np.unravel_index(int(np.argmax(size)), size.shape)
        place = ".".join(str(int(i)) for i in at)
        given = f"{array[at]:g}"
        raise Refused(finding("assurance.study.number", f"{where}.{place}", given=given, interval=BEARABLE))


def column(values: ArrayLike, where: str, least: int = 1, word: str = "reading") -> Array:
    """One column of at least so many finite numbers; raises Refused."""
    return table(values, where, (word,), (least,))


def enough(size: int, wanted: int, where: str, word: str) -> None:
    """Refuse where there are fewer than wanted."""
    if size < wanted:
        zh, en = AXES[word]
        raise Refused(finding("assurance.study.few", where, n=size, wanted=wanted, of_zh=zh, of_en=en))


def even(values: Any, where: str, depth: int) -> None:
    """Refuse nested lists whose rows differ in length, and name the first that does."""
    if isinstance(values, np.ndarray) or depth < 2:
        return
    level: list[tuple[tuple[int, ...], Any]] = [((), values)]
    for _ in range(depth - 1):
        if not all(isinstance(row, Sequence) and not isinstance(row, str) for _, row in level):
            return  # the shape is told where it is checked
        level = [((*path, i), row) for path, rows in level for i, row in enumerate(rows)]
        sized = [(path, len(row)) for path, row in level if isinstance(row, Sequence | np.ndarray)]
        for path, size in sized:
            if size != sized[0][1]:
                place = ", ".join(str(i + 1) for i in path)
                raise Refused(finding("assurance.study.ragged", where, place=place, n=size, first_n=sized[0][1]))


def same_length(where: str, **columns: Array) -> None:
    """Refuse columns of different length."""
    sizes = {name: len(column) for name, column in columns.items()}
    if len(set(sizes.values())) > 1:
        text = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise Refused(finding("assurance.study.lengths", where, lengths=text))


def above_zero(value: Any, where: str) -> float:
    """A finite number above zero; raises Refused."""
    return _bounded(value, where, lambda x: x > 0.0, "> 0")


def not_negative(value: Any, where: str) -> float:
    """A finite number from zero; raises Refused."""
    return _bounded(value, where, lambda x: x >= 0.0, "≥ 0")


def fraction(value: Any, where: str) -> float:
    """A number above 0 and at most 1; raises Refused."""
    return _bounded(value, where, lambda x: 0.0 < x <= 1.0, "(0, 1]")


def number(value: Any, where: str) -> float:
    """A finite number; raises Refused."""
    return _bounded(value, where, lambda x: True, "(−∞, ∞)")


def _bounded(value: Any, where: str, inside: Any, interval: str) -> float:
    plain = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    try:
        found = float(value) if plain else math.nan
    except OverflowError:  # whole digits beyond all floats
        found = math.inf
    if not (math.isfinite(found) and inside(found)):
        raise Refused(finding("assurance.study.number", where, given=str(value)[:40], interval=interval))
    if abs(found) > LARGEST or (found != 0.0 and abs(found) < 1.0 / LARGEST and not inside(0.0)):
        raise Refused(finding("assurance.study.number", where, given=str(value)[:40], interval=BEARABLE))
    return found


def _shape(where: str, axes: Sequence[str], shape: tuple[int, ...]) -> Any:
    zh, en = (" × ".join(AXES[word][i] for word in axes) for i in (0, 1))
    got = "×".join(map(str, shape)) or "1"
    return finding("assurance.study.shape", where, axes_zh=zh, axes_en=en, got=got)


def _has_text(values: Any) -> bool:
    """Whether a text or a truth value hides among numbers: NumPy would read "1.5" and True as numbers."""
    if isinstance(values, np.ndarray):
        return values.dtype.kind not in "fiu"
    return bool(_places(values))


def _not_a_number(values: Any) -> str:
    places = _places(values)
    return ", ".join(str(i + 1) for i in places[0]) if places else "—"


def _places(values: Any, path: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    if isinstance(values, np.ndarray):
        values = values.tolist()
    if isinstance(values, list | tuple):
        if set(map(type, values)) <= {float, int}:
            return []
        return [place for i, value in enumerate(values) for place in _places(value, (*path, i))]
    plain = isinstance(values, int | float | np.integer | np.floating) and not isinstance(values, bool)
    return [] if plain else [path or (0,)]
