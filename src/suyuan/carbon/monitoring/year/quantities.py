"""Sums over hours as quantities: the influences of certificates, constants, scatter and gaps put on tables.

Certificates are put on after sums were made, so what they have in common stays in common.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.year.biased import terms
from suyuan.carbon.monitoring.year.tables import More, Tables
from suyuan.carbon.monitoring.year.totals import MASS, Weights
from suyuan.quantity.block import Block, Dense, check_same, combine
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence
from suyuan.quantity.linear_map import linear_map
from suyuan.quantity.quantity import Quantity
from suyuan.series.form import Applied

if TYPE_CHECKING:
    from suyuan.carbon.monitoring.year.made import Made

Array = NDArray[Any]


def quantity_of(made: Made, found: Tables, more: More) -> Quantity:
    """Legal and best sums of some periods, one after the other (2p,), in t; every block is dense."""
    periods = found.periods
    value = np.concatenate([one.value for one in periods]) if periods else np.zeros(0)
    blocks = _shared(made, found.constants, found.slopes, found.rules, _before(made, periods, more), value)
    for one in found.scatter.values():
        blocks[one.influence.id] = Block(one.influence, None, Dense(_entering(one.column, len(periods)), one.weights))
    gaps = _gaps(made, periods)
    return Quantity(value, MASS, {**blocks, **{one.id: Block(one, None, Dense(scale)) for one, scale in gaps}})


def totals_of(made: Made, found: Tables, more: More) -> tuple[Quantity, Quantity]:
    """Legal and best sums of all periods together, in t; each has only what it depends on."""
    value = np.add.reduce([one.value for one in found.periods]) if found.periods else np.zeros(2)
    constants = {name: _together(column) for name, column in found.constants.items()}
    slopes = {name: _together(table) for name, table in found.slopes.items()}
    earlier = [(_together(rows), quantity) for rows, quantity in _before(made, found.periods, more)]
    tables: list[tuple[Influence, Array]] = []
    for block in _shared(made, constants, slopes, found.rules, earlier, value).values():
        assert block.dense is not None
        scale, weights = block.dense.scale, block.dense.weights
        tables.append((block.influence, scale.T if weights is None else scale.T @ weights))
    tables += [(one.influence, one.both) for one in found.scatter.values()]
    tables += _gaps_together(made, found.periods)
    both: tuple[dict[str, Block], dict[str, Block]] = {}, {}
    for one, table in tables:
        for blocks, row in zip(both, table, strict=True):
            if np.count_nonzero(row):
                blocks[one.id] = Block(one, None, Dense(row))
    return Quantity(value[0], MASS, both[0]), Quantity(value[1], MASS, both[1])


def _together(table: Array) -> Array:
    """Sums of p periods (2p, …) as sums of all (2, …)."""
    return np.asarray(np.add.reduce(table.reshape(-1, 2, *table.shape[1:]), axis=0))


def _shared(
    made: Made, constants: Mapping[str, Array], slopes: Mapping[str, Array], rules: Mapping[str, Sequence[Applied]],
    earlier: Sequence[tuple[Array, Quantity]], value: Array,
) -> dict[str, Block]:  # fmt: skip
    """Influence → what certificates, constants and the time before the year bring to sums."""
    terms = [*earlier, *((column[:, None], made.course.model.quantity(name).reshape(1))
                         for name, column in constants.items())]  # fmt: skip
    parts: dict[str, list[Block]] = {}
    for name, table in slopes.items():
        for part in _certified(rules[name], name, table):
            parts.setdefault(part.influence.id, []).append(part)
    for key, part in linear_map(value, terms, MASS).blocks.items():
        parts.setdefault(key, []).append(part)
    return {key: same[0] if len(same) == 1 else combine([(1.0, one, 1) for one in same], value.shape)
            for key, same in parts.items()}  # fmt: skip


def _before(made: Made, periods: Sequence[Weights], more: More) -> list[tuple[Array, Quantity]]:
    """What hours before the year, values that were entered and known biases bring to each sum."""
    found = []
    for at, (period, further) in enumerate(zip(periods, more, strict=True)):
        pairs = [*further.get("", ()), *terms(made, period)]
        if made.hours_before is not None and period.earlier.any():
            pairs.append((period.earlier, made.hours_before))
        for table, quantity in pairs:
            rows = np.zeros((2 * len(periods), table.shape[1]))
            rows[2 * at : 2 * at + 2] = table
            found.append((rows, quantity))
    return found


def _entering(columns: Array, periods: int) -> Array:
    """Which sums (c, 2p) columns of entries enter, 1 or 0."""
    found = np.zeros((len(columns), 2 * periods))
    both = columns < periods
    at = np.arange(len(columns))
    found[at[both], 2 * columns[both]] = found[at[both], 2 * columns[both] + 1] = 1.0
    found[at[~both], columns[~both] - periods] = 1.0
    return found


def _certified(rules: Sequence[Applied], name: str, slopes: NDArray[np.float64]) -> Iterator[Block]:
    """What the certificates of a channel bring to sums. slopes (2p, rules, k).

    An influence of few elements has their components; one of many (a mean of many readings) rows of weights.
    """
    if not np.isfinite(slopes).all():
        raise Refused(finding("series.sums.no_slope", name))
    few: dict[str, list[Array]] = {}
    many: dict[str, list[tuple[Array, Array]]] = {}
    marks: dict[str, Influence] = {}
    for at, rule in enumerate(rules):
        small, rows, large = _stacked(rule)
        made = slopes[:, at, : len(rows)] @ rows
        for influence, part in small:
            check_same(marks.setdefault(influence.id, influence), influence)
            few.setdefault(influence.id, []).append(made[:, part])
        for influence, components in large:
            check_same(marks.setdefault(influence.id, influence), influence)
            many.setdefault(influence.id, []).append((slopes[:, at, : len(components)].T, components))
    for key, parts in few.items():
        yield Block(marks[key], None, Dense((parts[0] if len(parts) == 1 else sum(parts[1:], parts[0])).T))
    for key, pairs in many.items():
        scale, weights = (np.concatenate([pair[i] for pair in pairs]) for i in (0, 1))
        yield Block(marks[key], None, Dense(scale, weights))


@lru_cache(maxsize=4096)
def _stacked(
    rule: Applied,
) -> tuple[list[tuple[Influence, slice]], Array, list[tuple[Influence, Array]]]:
    """The influences of a certificate: those of few elements with their places in one table (k, elements) of all, and
    those of many with their own (k, elements)."""
    count, small, large, tables, done = len(rule.names), [], [], [np.zeros((len(rule.names), 0))], 0
    for influence, rows in rule.influences:
        if influence.size > count:
            large.append((influence, rows))
            continue
        small.append((influence, slice(done, done + influence.size)))
        tables.append(rows)
        done += influence.size
    return small, np.concatenate(tables, axis=1), large


def _gaps(made: Made, periods: Sequence[Weights]) -> list[tuple[Influence, Array]]:
    """What is not known of gaps, (elements, 2p): one error for all hours of a gap, and of gaps that hang together, in
    the best estimate only."""
    scales: dict[int, NDArray[np.float64]] = {}
    for at, one in enumerate(periods):
        for guess, share in one.gaps:
            month, element = made.unknown.place[guess.gap.start]
            if month not in scales:
                scales[month] = np.zeros((made.unknown.of_month[month].size, 2 * len(periods)))
            scales[month][element, 2 * at + 1] += share * guess.sd
    return [(made.unknown.of_month[month], scale) for month, scale in scales.items()]


def _gaps_together(made: Made, periods: Sequence[Weights]) -> list[tuple[Influence, Array]]:
    """The same for all periods together, (2, elements)."""
    scales = {month: np.zeros((2, influence.size)) for month, influence in made.unknown.of_month.items()}
    for one in periods:
        for guess, share in one.gaps:
            month, element = made.unknown.place[guess.gap.start]
            scales[month][1, element] += share * guess.sd
    return [(made.unknown.of_month[month], scale) for month, scale in scales.items()]
