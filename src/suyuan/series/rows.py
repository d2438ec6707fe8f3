"""The result of each row: value, combined standard uncertainty, and its component for every influence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.block import Block, every_element
from suyuan.quantity.block import Own as OwnBlock
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence, fresh_id
from suyuan.quantity.quantity import Quantity
from suyuan.series.column import Column
from suyuan.series.propagated import Own, Propagated, block_of

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """A query for the rows of a propagated model.

    expression: unbound Ibis table with the kept columns, value, u, component_1 … (one an influence; more where one has
    several elements) and own_1 … (one a reading with uncertainty of its own), named with the output where there are
    several; legend: column → what it is; missing: how many rows have an empty cell and stand in no result;
    identities: of what the rows of each reading have of their own, so that a query read twice gives equal quantities.
    """

    propagated: Propagated
    keep: tuple[str, ...]
    expression: Any
    missing: Any
    legend: Mapping[str, str]
    identities: tuple[str, ...]

    def read(self, answer: Mapping[str, Any]) -> dict[str, Quantity]:
        """The answer (column → array) as one array quantity an output, its elements in the order of the answer.

        Raises Refused where a value or a component is not finite; `failures` says why.
        """
        p = self.propagated
        numbers = {name: plain(answer[name]) for name in self.legend}
        bad = ~np.all(np.isfinite(np.array(list(numbers.values()))), axis=0)
        if np.any(bad):
            raise Refused(finding("series.rows.not_finite", p.table, count=int(np.sum(bad)), rows=bad.size))
        marks = [_influence(own, numbers, q, p, self.identities[q]) for q, own in enumerate(p.own)]
        found = {}
        for o, output in enumerate(p.outputs):
            end = suffix(p, output)
            parts: dict[str, Block] = {}
            for lineage, names in components_of(p):
                if not lineage.enters([term[o] for term in p.terms]):
                    continue
                part = block_of(lineage, np.array([numbers[name + end] for name in names]))
                parts[lineage.influence.id] = part
            for q, mark in enumerate(marks):
                if not p.own[q].enters(o):
                    continue
                index = every_element(mark.size)
                parts[mark.id] = Block(mark, OwnBlock(index, numbers[f"own_{q + 1}{end}"][None]))
            found[output] = Quantity(numbers["value" + end], p.unit(output), parts)
        return found


def rows(propagated: Propagated, keep: Sequence[str] = ()) -> Rows:
    """The query for the result of each row.

    keep: columns passed on, as a time or a key to sort by: a table has no order. Raises Refused for a model of sums,
    which has no result a row, and for a kept column whose name the results have.

    >>> from suyuan.quantity.formula.formula import Formula
    >>> from suyuan.series.propagated import propagated
    >>> from suyuan.series.reading import Independent, Reading
    >>> flow = Reading("flow", "t/h", Independent(0.02, relative=True))
    >>> rows(propagated(Formula("flow/60"), {"flow": flow}, "t"), ["minute"]).legend
    {'value': 'result / t', 'u': 'u(result)', 'own_1': 'flow'}
    """
    p = propagated
    if p.model.after is not None:
        raise Refused(finding("series.reduction.rows", p.table))
    wanted: dict[str, Any] = {}
    legend: dict[str, str] = {}
    for o, output in enumerate(p.outputs):
        end = suffix(p, output)
        squares: list[Any] = []
        wanted["value" + end], legend["value" + end] = p.values[o], f"{output} / {p.unit(output).symbol}"
        wanted["u" + end], legend["u" + end] = 0.0, f"u({output})"
        for lineage, names in components_of(p):
            for r, name in enumerate(names):
                entry = linear(lineage.table[:, r], [term[o] for term in p.terms])
                wanted[name + end], legend[name + end] = entry, lineage.influence.label or lineage.influence.id
                squares.append(entry * entry)
        for q, own in enumerate(p.own):
            entry = own.columns[o] * own.scale if own.scale != 1.0 else own.columns[o]
            wanted[f"own_{q + 1}{end}"], legend[f"own_{q + 1}{end}"] = entry, own.name
            squares.append(entry * entry)
        wanted["u" + end] = np.sqrt(sum(squares[1:], squares[0])) if squares else 0.0
    check_names(keep, legend)
    table = p.sheet.table(p.source(keep), wanted, keep)
    missing = p.source(complete=False, keys=p.columns[:1]).aggregate(count_rows())
    return Rows(p, tuple(keep), table, missing, legend, identities(p))


def count_rows() -> Any:
    """COUNT(*) of whatever table it stands with."""
    import ibis

    return ibis._.count().name("rows")


def check_names(keys: Sequence[str], results: Mapping[str, str]) -> None:
    for name in keys:
        if name in results:
            raise Refused(finding("series.column.reserved", name, name=name))


def suffix(p: Propagated, output: str) -> str:
    """What distinguishes the columns of one output of several."""
    return "" if len(p.outputs) == 1 else f"_{output}"


def components_of(p: Propagated) -> list[tuple[Any, list[str]]]:
    """Each lineage with the names of its columns."""
    found, number = [], 0
    for lineage in p.lineages:
        names = [f"component_{number + r + 1}" for r in range(lineage.table.shape[1])]
        number += len(names)
        found.append((lineage, names))
    return found


def linear(factors: Array, entries: Sequence[Any]) -> Any:
    """Σ factor · entry; a float where all entries are."""
    terms = [(float(f), x) for f, x in zip(factors, entries, strict=True) if f != 0.0]
    terms = [(f, x) for f, x in terms if isinstance(x, Column) or x != 0.0]
    total: Any = 0.0
    for f, x in terms:
        term = x if f == 1.0 else f * x
        total = term if isinstance(total, float) and total == 0.0 else total + term
    return total


def plain(column: Any) -> Array:
    """A column of an answer in double precision; an empty cell is not a number."""
    if isinstance(column, np.ma.MaskedArray):
        return np.asarray(np.ma.filled(column.astype(float), np.nan))
    return np.asarray(column, dtype=float)


def identities(p: Propagated) -> tuple[str, ...]:
    """An identity for each reading's own influence in one query: the given one, or a fresh one."""
    return tuple(own.given.id or fresh_id() for own in p.own)


def _influence(own: Own, numbers: Mapping[str, Array], q: int, p: Propagated, mark: str) -> Influence:
    """One influence array for what the rows of a reading have of their own; u as the result has it."""
    first = p.outputs[0]
    u = np.abs(numbers[f"own_{q + 1}{suffix(p, first)}"])
    given = own.given
    return Influence(mark, u.size, u, given.dof, given.distribution, unit_text(p.unit(first)), own.name)


def unit_text(unit: Any) -> str:
    """The unit of an uncertainty as text, as quantities have it."""
    difference = unit.as_difference()
    return str(difference.dsi or difference.symbol)
