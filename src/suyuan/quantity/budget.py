"""The uncertainty budget: which input, influence, element, source or certificate brings how much of u²(y).

Shares are parts of the variance and add to 1; what two inputs have in common stands in a row of its own, because
neither owns it (it may be negative). A `Budget` keeps columns and makes a row only where one is asked for, so that a
result with 10⁵ influences costs a few arrays; a row unfolds into its `parts`, likewise only where asked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence, Source
from suyuan.quantity.quantity import Quantity

Array = NDArray[Any]
CORRELATION = "correlation"
"""Name of the row of what inputs have in common."""


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One line of a budget.

    name: of the input, influence, source or certificate; value, u: estimate and standard uncertainty in `unit`, None
    where a group has none of its own; sensitivity: ∂y/∂x; contribution: signed where there is one sensitivity, else
    the root of the group's variance, in the result's unit; share: part of u²(y); parts: the lines that this one sums
    up, with shares of the same u²(y), where it can be unfolded.
    """

    name: str
    contribution: float
    share: float
    value: float | None = None
    u: float | None = None
    unit: str = ""
    distribution: str = ""
    dof: float = math.inf
    sensitivity: float | None = None
    source: Source = field(default_factory=Source)
    influences: tuple[str, ...] = ()
    parts: Sequence[BudgetRow] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Columns:
    """A budget as arrays: contributions and shares in the order of the rows, and how the row at a place is made."""

    contribution: Array
    share: Array
    row: Callable[[int], BudgetRow]


class Budget(Sequence[BudgetRow]):
    """Rows of a budget, largest first (what inputs have in common last); a sequence of `BudgetRow`.

    contribution, share: the columns as arrays, without a row being made.
    """

    __slots__ = ("_columns", "_make")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, make: Callable[[], Columns]) -> None:
        self._make, self._columns = make, None

    @classmethod
    def of(cls, columns: Columns) -> Budget:
        """The budget of columns that are there already."""
        self = cls(lambda: columns)
        self._columns = columns
        return self

    @property
    def columns(self) -> Columns:
        if self._columns is None:
            self._columns = self._make()
        return self._columns

    _columns: Columns | None

    @property
    def contribution(self) -> Array:
        """Contributions in the result's unit, in the order of the rows."""
        return self.columns.contribution

    @property
    def share(self) -> Array:
        """Parts of u²(y), in the order of the rows; they add to 1."""
        return self.columns.share

    def __len__(self) -> int:
        return len(self.columns.share)

    @overload
    def __getitem__(self, at: int) -> BudgetRow: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[BudgetRow, ...]: ...
    def __getitem__(self, at: int | slice) -> BudgetRow | tuple[BudgetRow, ...]:
        if isinstance(at, slice):
            return tuple(self.columns.row(i) for i in range(*at.indices(len(self))))
        return self.columns.row(range(len(self))[at])

    def __iter__(self) -> Iterator[BudgetRow]:
        return map(self.columns.row, range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def __repr__(self) -> str:
        from suyuan.quantity.written import budget_text

        return budget_text(self)

    def _repr_html_(self) -> str:
        from suyuan.quantity.notebook import budget_html

        return budget_html(self)


def ordered(contribution: Array, share: Array, row: Callable[[int], BudgetRow], last: int = 0) -> Columns:
    """Columns with the largest share first; `row` counts before ordering; the last few keep their place."""
    end = len(share) - last
    size = -np.abs(share[:end])
    order = np.argsort(size)
    sizes = size[order]
    if np.any(sizes[1:] == sizes[:-1]):  # equals keep the order in which they entered; a stable sort takes longer
        order = np.argsort(size, kind="stable")
    if last:
        order = np.concatenate([order, np.arange(end, len(share))])
    return Columns(contribution[order], share[order], lambda at: row(int(order[at])))


def shares(variance: Array, total: float) -> Array:
    """Parts of the whole; none where there is no uncertainty."""
    return variance / total if total > 0.0 else np.zeros_like(variance)


# ---------------------------------------------------------------- influences and their elements


def by_influence(y: Quantity) -> Budget:
    """One row an influence of a scalar result, largest first (GUM Table H.1 without the names of inputs).

    An influence array is one row, whose parts are its elements.
    """
    parts = scalar_parts(y)
    contribution = contributions(parts)
    return Budget.of(influence_columns(parts, contribution, float(np.sum(contribution * contribution))))


def by_element(y: Quantity) -> Budget:
    """One row an element of each influence of a scalar result, largest first; a joint group counts as one.

    O(m) for m elements in all, and a sort: a year of readings summed has a row a reading.
    """
    parts = scalar_parts(y)
    contribution = contributions(parts)
    return Budget.of(_element_columns(parts, contribution, float(np.sum(contribution * contribution))))


def scalar_parts(y: Quantity, where: str = "") -> list[Block]:
    """The blocks of a real scalar. Raises Refused for an array or a complex value, which have no one budget."""
    if y.shape != () or np.iscomplexobj(y.value):
        raise Refused(finding("quantity.budget.not_scalar", where=where, shape=y.shape))
    return list(y.blocks.values())


def contributions(parts: Sequence[Block]) -> Array:
    """What each block of a scalar brings: the component where its influence has one element, else the root of its
    variance."""
    return np.fromiter(map(_contribution, parts), float, len(parts))


def _contribution(part: Block) -> float:
    dense = part.dense
    if part.own is None and dense is not None and dense.weights is None and dense.scale.size == 1:
        return dense.scale[0]  # type: ignore[no-any-return]
    if part.influence.size == 1:
        return float(elements(part)[0])
    return math.sqrt(float(blocks.variance(part)))


def elements(part: Block) -> Array:
    """Components of a scalar on every element of the influence, shape (m,)."""
    size, own, dense = part.influence.size, part.own, part.dense
    table: Array | None = None
    if dense is not None:
        scale = dense.scale.reshape(-1)
        if dense.weights is None:
            table = scale
        else:
            table = dense.weights[0] * scale[0] if len(scale) == 1 else scale @ dense.weights
    if own is None:
        return np.zeros(size) if table is None else table
    row = np.bincount(own.index.reshape(-1), own.coefficient.reshape(-1), minlength=size)
    return row if table is None else table + row


def influence_columns(parts: Sequence[Block], contribution: Array, total: float) -> Columns:
    """Rows by influence of blocks whose contributions are known, as shares of a total variance."""
    share = shares(contribution * contribution, total)

    def row(i: int) -> BudgetRow:
        one, size = parts[i].influence, float(contribution[i])
        u = _own_u(one)
        unfolded: Sequence[BudgetRow] = ()
        if one.size > 1 and not one.joint:
            unfolded = Budget(lambda: _element_columns(parts[i : i + 1], contribution[i : i + 1], total))
        return BudgetRow(
            one.label or one.id[:8], size, float(share[i]), None, u, one.unit if u is not None else "",
            one.distribution, one.dof, size / u if u else None, one.source, (one.id,), unfolded,
        )  # fmt: skip

    return ordered(contribution, share, row)


def _own_u(one: Influence, element: int = 0) -> float | None:
    """The standard uncertainty of an influence of one element (or of an element), where it is known."""
    u = np.atleast_1d(one.u)
    if u.shape != (one.size,) or (one.size > 1 and one.joint):
        return None
    return float(u[element]) if u[element] > 0.0 else None


def _element_columns(parts: Sequence[Block], contribution: Array, total: float) -> Columns:
    sizes = np.fromiter((1 if p.influence.joint else p.influence.size for p in parts), int, len(parts))
    starts = np.cumsum(sizes) - sizes
    if len(parts) == 1 and sizes[0] > 1:
        each = elements(parts[0])
    elif np.all(sizes == 1):
        each = contribution
    else:
        each = np.repeat(contribution, sizes)
        for i in np.flatnonzero(sizes != 1).tolist():
            each[starts[i] : starts[i] + sizes[i]] = elements(parts[i])
    share = shares(each * each, total)

    def row(at: int) -> BudgetRow:
        i = int(np.searchsorted(starts, at, side="right")) - 1
        one, element, size = parts[i].influence, at - int(starts[i]), float(each[at])
        u = _own_u(one, element)
        name = one.label or one.id[:8]
        return BudgetRow(
            f"{name}[{element}]" if sizes[i] > 1 else name, size, float(share[at]), None, u,
            one.unit if u is not None else "", one.distribution, one.dof, size / u if u else None, one.source,
            (one.id,),
        )  # fmt: skip

    return ordered(each, share, row)


# ---------------------------------------------------------------- owners of influences


def by_source(y: Quantity) -> Budget:
    """One row a source: the certificate and place, or the judgement, from which influences come."""
    return _grouped(y, _source_key, lambda i: (str(i.source) or i.label or i.id[:8], i.source))


def by_certificate(y: Quantity) -> Budget:
    """One row a certificate (issuer and number) from which influences come; what has none stands under «»."""
    return _grouped(
        y,
        lambda i: (i.source.issuer, i.source.number) if i.source.number else None,
        lambda i: (i.source.number, Source(i.source.issuer, i.source.number) if i.source.number else Source()),
    )


def _source_key(i: Influence) -> Hashable:
    s = i.source
    key = (s.issuer, s.number, s.place, s.text)
    return key if any(key) else i.label or i.id[:8]


def _grouped(
    y: Quantity, key: Callable[[Influence], Hashable], named: Callable[[Influence], tuple[str, Source]]
) -> Budget:
    """One row for the influences of each owner; dof by Welch-Satterthwaite within the group."""
    parts = scalar_parts(y)
    contribution = contributions(parts)
    squared = contribution * contribution
    total = float(np.sum(squared))
    groups: dict[Hashable, int] = {}
    owners = np.fromiter((groups.setdefault(key(p.influence), len(groups)) for p in parts), int, len(parts))
    variance = np.bincount(owners, squared, minlength=len(groups))
    root, share = np.sqrt(variance), shares(variance, total)
    size = math.sqrt(total) or 1.0  # fourth powers of what is of the size of 1 stay in the range of floats
    penalty = np.bincount(owners, _fourths(parts, contribution, size), minlength=len(groups))
    by_owner = np.argsort(owners, kind="stable")
    ends = np.cumsum(np.bincount(owners, minlength=len(groups)))

    def row(g: int) -> BudgetRow:
        members = by_owner[(int(ends[g - 1]) if g else 0) : int(ends[g])]
        mine = [parts[i] for i in members]
        dof = float((root[g] / size) ** 4 / penalty[g]) if penalty[g] > 0.0 else math.inf
        ids, (name, source) = tuple(part.influence.id for part in mine), named(mine[0].influence)
        unfolded = Budget(lambda: influence_columns(mine, contribution[members], total))
        return BudgetRow(name, float(root[g]), float(share[g]), dof=dof, source=source, influences=ids, parts=unfolded)

    return Budget.of(ordered(root, share, row))


def _fourths(parts: Sequence[Block], contribution: Array, size: float) -> Array:
    """Σ (component/size)⁴/ν of each block, 0 where ν is infinite."""
    dof = np.fromiter((part.influence.dof for part in parts), float, len(parts))
    fourth: Array = (contribution / size) ** 4 / dof
    for i in np.flatnonzero(np.isfinite(dof)).tolist():
        if parts[i].influence.size > 1:
            each = contribution[i] if parts[i].influence.joint else elements(parts[i])  # a joint group is one variance
            fourth[i] = np.sum((each / size) ** 4) / dof[i]
    return fourth


# ---------------------------------------------------------------- inputs of a model


def by_input(y: Quantity, inputs: Mapping[str, Quantity], sensitivities: Mapping[str, float]) -> Budget:
    """One row an input of the model, c·u(x), and one row for what the inputs have in common (GUM 5.2.2).

    y: scalar result; inputs: name → scalar; sensitivities: name → ∂y/∂x in result unit per input unit. The parts of a
    row are the influences of that input. What y depends on beside its inputs (a constant in the formula) has a row an
    influence, so that shares add to 1.
    """
    names, given = list(inputs), list(inputs.values())
    slope = np.array([sensitivities[name] for name in names], dtype=float)
    each = [contributions(scalar_parts(x, name)) for name, x in inputs.items()]
    u = np.sqrt([float(np.dot(part, part)) for part in each])
    mine = contributions(scalar_parts(y))
    common, total = _common(given, slope), float(np.dot(mine, mine))
    theirs = {id for x in given for id in x.blocks}
    rest = [part for id, part in y.blocks.items() if id not in theirs]
    beside = contributions(rest)
    others = influence_columns(rest, beside, total)
    contribution = np.concatenate([slope * u, others.contribution])
    variance = contribution * contribution
    last = abs(common) > 1e-12 * max(total, float(variance.sum()))
    if last:
        contribution = np.append(contribution, math.copysign(math.sqrt(abs(common)), common))
        variance = np.append(variance, common)
    share = shares(variance, total)

    def row(i: int) -> BudgetRow:
        if len(names) <= i < len(names) + len(rest):
            return others.row(i - len(names))
        if i >= len(names):
            return BudgetRow(CORRELATION, float(contribution[i]), float(share[i]))
        x, c = given[i], float(slope[i])
        influences = x.influences()
        one = influences[0] if len(influences) == 1 else None
        return BudgetRow(
            names[i], float(contribution[i]), float(share[i]), float(x.value), float(u[i]),
            x.unit.dsi or x.unit.symbol, one.distribution if one else ("normal" if influences else "constant"),
            float(x.dof), c, one.source if one else Source(), tuple(i.id for i in influences), unfolded(x, c, total),
        )  # fmt: skip

    return Budget.of(ordered(contribution, share, row, int(last)))


def unfolded(x: Quantity, slope: float, total: float) -> Budget:
    """The influences of a scalar that enters a result with this sensitivity, as shares of its variance; made when
    looked at."""

    def columns() -> Columns:
        parts = [blocks.combine([(slope, part, 0)], ()) for part in x.blocks.values()]
        return influence_columns(parts, contributions(parts), total)

    return Budget(columns)


def _common(inputs: Sequence[Quantity], slope: Array) -> float:
    """2 Σᵢ Σⱼ cᵢ cⱼ u(xᵢ, xⱼ) over pairs of inputs, by influence: each brings (Σ cᵢ component)² − Σ (cᵢ component)²."""
    users: dict[str, list[blocks.Term]] = {}
    for x, c in zip(inputs, slope.tolist(), strict=True):
        for id, part in x.blocks.items():
            users.setdefault(id, []).append((c, part, 0))
    common = 0.0
    for terms in users.values():
        if len(terms) > 1:
            together = float(blocks.variance(blocks.combine(terms, ())))
            common += together - math.fsum(c * c * float(blocks.variance(part)) for c, part, _ in terms)
    return common
