"""A budget in terms of named intermediate results: «certificate A-123» instead of laboratory A's forty lines.

Where a result y depends on an intermediate x through x alone, its components on the influences of x are c times those
of x: the sensitivity c = ∂y/∂x follows from the shared lineage. What is left stands in rows of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block, Dense
from suyuan.quantity.budget import (
    CORRELATION,
    Budget,
    BudgetRow,
    contributions,
    elements,
    influence_columns,
    ordered,
    scalar_parts,
    shares,
)
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence, Source
from suyuan.quantity.quantity import Quantity

Array = NDArray[Any]
EXACT = 1e-9
"""Residual components below this part of the terms they are the difference of are nothing."""
LARGEST = 25_000_000
"""Entries of the table of components of all intermediate results: 0.2 GB."""


@dataclass(frozen=True, slots=True)
class _Lineage:
    """Influences of the intermediate results; result (M,) and table (M, K) of components on their M elements.

    owner: (M,) which influence an element is of; group: (K,) which intermediate result a column is of.
    """

    influences: tuple[Influence, ...]
    result: Array
    table: Array
    owner: Array
    group: Array


def by_intermediate(
    y: Quantity, named: Mapping[str, Quantity], sensitivities: Mapping[str, float] | None = None
) -> Budget:
    """One row an intermediate result that y depends on, c·u(x), one an influence that is left, one for what is common.

    y: scalar result; named: name → scalar, or an array taken as a whole (a curve of one certificate); sensitivities:
    name → ∂y/∂x (for an array one an element) where they are known, for all names or for none; else they are found
    from the shared influences, which is exact where y depends linearly on x and the greater part of x's influences
    enters y through x alone. The parts of a row are the influences of that intermediate result. Shares add to 1.

    Raises Refused quantity.budget.dependent where two intermediate results are proportional, and
    quantity.budget.ambiguous where lineage does not settle the sensitivities.

    >>> from suyuan.quantity.quantity import quantity
    >>> certificate = quantity(50.000623, 25e-6, "mm", label="standard") + quantity(0.0, 6e-6, "mm", label="comparator")
    >>> y = 2.0 * certificate + quantity(0.0, 10e-6, "mm", label="reading")
    >>> [(row.name, round(row.share, 3), len(row.parts)) for row in by_intermediate(y, {"A-123": certificate})]
    [('A-123', 0.964, 2), ('reading', 0.036, 0)]
    """
    scalar_parts(y)
    lineage = _lineage(y, named)
    names = list(named)
    if sensitivities is None:
        _separable(lineage, names)
        slope = _solved(lineage, names)
    else:
        slope = np.concatenate(
            [np.zeros(0), *(np.broadcast_to(np.ravel(sensitivities[n]), (named[n].size,)) for n in names)]
        )
    return _budget(y, named, lineage, slope)


def _lineage(y: Quantity, named: Mapping[str, Quantity]) -> _Lineage:
    found = {i.id: i for x in named.values() for i in x.influences()}
    columns, size = sum(x.size for x in named.values()), sum(i.size for i in found.values())
    if columns * size > LARGEST:
        raise Refused(finding("quantity.covariance.too_large", entries=columns * size))
    table, mine = np.zeros((size, columns)), np.zeros(size)
    owner = np.repeat(np.arange(len(found)), [i.size for i in found.values()])
    start = 0
    for id, one in found.items():
        rows, column = slice(start, start + one.size), 0
        if id in y.blocks:
            blocks.check_same(y.blocks[id].influence, one)
            mine[rows] = elements(y.blocks[id])
        for x in named.values():
            if id in x.blocks:
                table[rows, column : column + x.size] = blocks.components(x.blocks[id], x.shape)
            column += x.size
        start += one.size
    group = np.repeat(np.arange(len(named)), [x.size for x in named.values()])
    return _Lineage(tuple(found.values()), mine, table, owner, group)


def _separable(of: _Lineage, names: Sequence[str]) -> None:
    """Refuse where a combination of the intermediate results cancels though none of its parts does."""
    if not of.table.size:
        return
    norm = np.linalg.norm(of.table, axis=0)
    unit = of.table / np.where(norm > 0.0, norm, 1.0)
    _, singular, rows = np.linalg.svd(unit, full_matrices=unit.shape[0] < unit.shape[1])
    rank = int(np.sum(singular > EXACT * singular[0]))
    for null in rows[rank:]:
        moved = [np.linalg.norm(unit[:, of.group == g] @ null[of.group == g]) for g in range(len(names))]
        if max(moved) > 1e-6:
            first, second = sorted(np.argsort(moved)[-2:].tolist())
            raise Refused(finding("quantity.budget.dependent", first=names[first], second=names[second]))


def _solved(of: _Lineage, names: Sequence[str]) -> Array:
    """Sensitivities c with table·c = result on the greater part of the influences."""
    norm = np.linalg.norm(of.table, axis=1)
    used = norm > 0.0
    table, mine = of.table[used] / norm[used, None], of.result[used] / norm[used]
    if not len(mine):
        return np.zeros(of.table.shape[1])
    weights = np.ones(len(mine))
    for _ in range(60):  # least absolute residuals: rows that enter in other ways too lose their weight
        root = np.sqrt(weights)
        slope = np.linalg.lstsq(table * root[:, None], mine * root, rcond=1e-12)[0]
        residual = np.abs(mine - table @ slope)
        if _exact(residual, table, mine, slope).all():
            return np.asarray(slope)
        weights = 1.0 / np.maximum(residual, 1e-13 * max(1e-300, float(np.max(np.abs(mine)))))
        weights /= weights.max()
    kept = _exact(residual, table, mine, slope, 1e-6)
    if kept.any():
        slope = np.linalg.lstsq(table[kept], mine[kept], rcond=1e-12)[0]
        kept = _exact(np.abs(mine - table @ slope), table, mine, slope)
    owners = of.owner[used]
    through, other = set(owners[kept].tolist()), set(owners[~kept].tolist())
    settled = kept.any() and np.linalg.matrix_rank(table[kept]) == np.linalg.matrix_rank(table)
    if not settled or len(through - other) <= len(other):
        raise Refused(finding("quantity.budget.ambiguous", names=", ".join(names)))
    return np.asarray(slope)


def _exact(residual: Array, table: Array, mine: Array, slope: Array, tolerance: float = EXACT) -> Array:
    nothing = 1e-3 * tolerance * float(np.max(np.abs(mine)))
    return np.asarray(residual <= tolerance * (np.abs(mine) + np.abs(table) @ np.abs(slope)) + nothing)


def _budget(y: Quantity, named: Mapping[str, Quantity], of: _Lineage, slope: Array) -> Budget:
    through = np.zeros((len(of.result), len(named)))
    for g in range(len(named)):
        through[:, g] = of.table[:, of.group == g] @ slope[of.group == g]
    left = of.result - through.sum(axis=1)
    left[np.abs(left) <= EXACT * (np.abs(of.result) + np.abs(through).sum(axis=1))] = 0.0
    rest = _rest(y, of, left)
    mine = contributions(scalar_parts(y))
    total = float(np.dot(mine, mine))
    others = influence_columns(rest, contributions(rest), total)
    common = float(np.sum(of.result**2 - np.sum(through**2, axis=1) - left**2))
    known = np.array([slope[of.group == g][0] if x.shape == () else math.nan for g, x in enumerate(named.values())])
    spread = np.linalg.norm(through, axis=0)
    contribution = np.concatenate([np.where(known < 0.0, -spread, spread), others.contribution])
    variance = contribution * contribution
    last = abs(common) > EXACT * max(total, float(variance.sum()))
    if last:
        contribution = np.append(contribution, math.copysign(math.sqrt(abs(common)), common))
        variance = np.append(variance, common)
    share = shares(variance, total)

    def row(i: int) -> BudgetRow:
        if i >= len(named) + len(rest):
            return BudgetRow(CORRELATION, float(contribution[i]), float(share[i]))
        if i >= len(named):
            return others.row(i - len(named))
        name = list(named)[i]
        return _row(name, named[name], float(contribution[i]), float(share[i]), slope[of.group == i], total)

    return Budget.of(ordered(contribution, share, row, int(last)))


def _rest(y: Quantity, of: _Lineage, left: Array) -> list[Block]:
    """Blocks of what the intermediate results do not explain."""
    known = {one.id for one in of.influences}
    rest = [part for id, part in y.blocks.items() if id not in known]
    for i, one in enumerate(of.influences):
        mine = left[of.owner == i]
        if np.any(mine):
            rest.append(Block(one, None, Dense(mine)))
    return rest


def _row(name: str, x: Quantity, contribution: float, share: float, slope: Array, total: float) -> BudgetRow:
    influences = x.influences()
    scalar = x.shape == ()
    return BudgetRow(
        name, contribution, share, float(x.value) if scalar else None, float(x.u) if scalar else None,
        (x.unit.dsi or x.unit.symbol) if scalar else "",
        influences[0].distribution if len(influences) == 1 else ("normal" if influences else "constant"),
        float(x.dof) if scalar else math.inf, float(slope[0]) if scalar and float(x.u) > 0.0 else None,
        _source(influences), tuple(i.id for i in influences), Budget(lambda: _unfolded(x, slope, total)),
    )  # fmt: skip


def _unfolded(x: Quantity, slope: Array, total: float) -> Any:
    weights = slope.reshape(x.shape)
    parts = []
    for part in x.blocks.values():
        moved = blocks.combine([(weights if x.ndim else float(weights), part, x.ndim)], x.shape)
        parts.append(blocks.total(moved, x.shape, None) if x.ndim else moved)
    return influence_columns(parts, contributions(parts), total)


def _source(influences: Sequence[Influence]) -> Source:
    """The one source of all, or the one certificate of all."""
    if not influences:
        return Source()
    first = influences[0].source
    if all(i.source == first for i in influences):
        return first
    same = all((i.source.issuer, i.source.number) == (first.issuer, first.number) for i in influences)
    return Source(first.issuer, first.number) if same else Source()
