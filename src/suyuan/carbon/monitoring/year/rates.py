"""Rates of the running hours of a stack, the parts that they are made of, and their slopes.

Hours whose means are as in an older year have the rates that they had there; slopes are made where sums ask for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.stack import Model
from suyuan.carbon.monitoring.year.channelled import Channelled

Array = NDArray[Any]
Columns = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """parts: part of the rate → as measured (r,); rate (r,): t/h, NaN where an hour is lost; measured (r,): whether it
    is not."""

    parts: Columns
    rate: NDArray[np.float64]
    measured: NDArray[np.bool_]


def rates(model: Model, channels: Mapping[str, Channelled], size: int) -> Rates:
    """Of all running hours (size)."""
    return _of(model, {role: one.value for role, one in channels.items()}, size)


def rates_again(old: Rates, model: Model, channels: Mapping[str, Channelled], hours: slice) -> Rates:
    """Of all running hours, where only some may differ from an older year."""
    size = hours.stop - hours.start
    if not size:
        return old
    new = _of(model, {role: one.value[hours] for role, one in channels.items()}, size)
    parts = {factor: _put(old.parts[factor], column, hours) for factor, column in new.parts.items()}
    return Rates(parts, _put(old.rate, new.rate, hours), _put(old.measured, new.measured, hours))


def _put(before: Array, fresh: Array, hours: slice) -> Array:
    if np.array_equal(before[hours], fresh, equal_nan=fresh.dtype != bool):
        return before
    found = before.copy()
    found[hours] = fresh
    return found


def _of(model: Model, x: Columns, size: int) -> Rates:
    parts = {factor: np.broadcast_to(np.asarray(model.part(factor, x), float), size) for factor in model.factors}
    rate = np.broadcast_to(np.asarray(model.rate(parts), float), size)
    return Rates(parts, rate, np.isfinite(rate))


def gains(model: Model, channels: Mapping[str, Channelled], found: Rates, hours: slice) -> Columns:
    """Name of a channel or constant → ∂rate/∂name of running hours that follow one another, 0 where one is lost."""
    x = {role: one.value[hours] for role, one in channels.items()}
    lost = np.flatnonzero(~found.measured[hours])
    whole: dict[str, NDArray[np.float64]] = {}
    for factor, slope in model.slopes({factor: part[hours] for factor, part in found.parts.items()}).items():
        for name, rise in model.part_slopes(factor, x).items():
            both = np.asarray(slope * rise)
            both[lost] = 0.0
            if not np.isfinite(np.add.reduce(both)):  # a slope may be nowhere where there is a value
                both[~np.isfinite(both)] = 0.0
            whole[name] = whole[name] + both if name in whole else both
    return whole


def part_gains(model: Model, channels: Mapping[str, Channelled]) -> dict[str, Columns]:
    """Part of the rate → name → ∂part/∂name (r,), 0 where it cannot be had."""
    x = {role: one.value for role, one in channels.items()}
    size = max((len(column) for column in x.values()), default=0)
    return {
        factor: {
            name: np.nan_to_num(np.broadcast_to(rise, size)) for name, rise in model.part_slopes(factor, x).items()
        }
        for factor in model.factors
    }
