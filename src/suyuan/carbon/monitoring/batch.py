"""Hours of some months as quantities: the parts of the rate, and the rate itself, over all of them at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.channel import Sums, gathered, together
from suyuan.carbon.monitoring.month import Course, Month
from suyuan.quantity.block import Block, Own, every_element
from suyuan.quantity.influence import Influence, Source, identity
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import ONE, parse_unit

Array = NDArray[Any]
RATE = parse_unit("t/h")


@dataclass(frozen=True, eq=False)
class Batch:
    """Months that were made together.

    months; hour: month → number of its first hour in the batch; valid: part → which hours count (h,); every: in which
    all parts do; parts: part → quantity of unit 1 over its hours that count, or its constant; rates: month → t/h over
    its hours in which all parts count, absent where there is none.
    """

    months: tuple[Month, ...]
    hour: Mapping[int, int]
    valid: Mapping[str, NDArray[np.bool_]]
    every: NDArray[np.bool_]
    parts: Mapping[str, Any]
    rates: Mapping[int, Quantity]

    def inside(self, month: int) -> slice:
        """The hours of a month in the batch."""
        first = self.hour[month]
        return slice(first, first + next(len(one) for one in self.months if one.number == month))


def batch(months: Sequence[Month], course: Course, whole: bool = True) -> Batch:
    """The quantities of some months.

    whole: whether lost hours are replaced as a whole, by the rate; what hours have of their own is then kept as one
    element an hour. Raises Refused where a sum has no uncertainty.
    """
    first = np.concatenate(([0], np.cumsum([len(month) for month in months]))).tolist()
    begin = np.concatenate([course.calendar.begin[course.calendar.of_month(month.number)] for month in months])
    factors = course.model.factors
    valid = {factor: np.concatenate([month.valid[factor] for month in months]) for factor in factors}
    every = np.logical_and.reduce([valid[factor] for factor in factors])
    parts = {
        factor: _part(factor, months, first, begin, valid[factor], course)
        for factor in factors
        if not course.model.roles(factor) or valid[factor].any()
    }
    rates: dict[int, Quantity] = {}
    if every.any():
        rate = _rate(course, parts, valid, every)
        places = np.concatenate(([0], np.cumsum(every)))
        for month, at in zip(months, first, strict=False):
            part = slice(int(places[at]), int(places[at + len(month)]))
            if part.stop > part.start:
                mine = rate[part]
                rates[month.number] = _one_own(mine, course.model.stack.id, int(begin[at])) if whole else mine
    hour = {month.number: at for month, at in zip(months, first, strict=False)}
    return Batch(tuple(months), hour, valid, every, parts, rates)


def _part(
    factor: str, months: Sequence[Month], first: Sequence[int], begin: Array, valid: Array, course: Course
) -> Any:
    """One part of the rate over its hours that count."""
    source = " ".join(dict.fromkeys(month.source for month in months if month.source))
    x = {}
    for role in course.model.roles(factor):
        rows = together([_moved(month.sums[role], at) for month, at in zip(months, first, strict=False)])
        x[role] = gathered(course.held[role], rows, valid, begin, source).means().relabelled(ONE)
    return getattr(course.model, factor)(x)


def _moved(rows: Sums, offset: int) -> Sums:
    return Sums(rows.hour + offset, rows.window, rows.count, rows.reading, rows.curve)


def _rate(
    course: Course, parts: Mapping[str, Any], valid: Mapping[str, NDArray[np.bool_]], every: NDArray[np.bool_]
) -> Quantity:
    x = {}
    for factor in course.model.factors:
        part = parts[factor]
        whole = part.ndim == 0 or bool((valid[factor] == every).all())
        x[factor] = part if whole else part[every[valid[factor]]]
    rate: Quantity = course.model.rate(x)
    return rate.relabelled(RATE)


OWN = "scatter of readings"
"""Text of the source of what readings have of their own."""


def _one_own(q: Quantity, stack: str, begin: int) -> Quantity:
    """The same with one independent element a value in the place of several: u² = Σ c²."""
    own = {key: part.own for key, part in q.blocks.items() if part.own is not None and part.dense is None}
    if not own:
        return q
    u = np.sqrt(sum((np.square(one.coefficient).sum(axis=0) for one in own.values()), np.zeros(q.size)))
    mark = identity("carbon rate own", stack, str(begin), hashlib.sha256(u.tobytes()).hexdigest(), *sorted(own))
    influence = Influence(mark, q.size, u, unit="t/h", label=stack, source=Source(text=OWN))
    blocks = {key: part for key, part in q.blocks.items() if key not in own}
    blocks[mark] = Block(influence, Own(every_element(q.size), u[None]))
    return Quantity(q.value, q.unit, blocks)
