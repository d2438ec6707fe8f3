"""Sums over rows, by group: values, signed components of every shared influence, squares of what each row has alone.

y = Σ w·f(x): c(y) = Σ w·c for a shared influence, u²(y) = Σ (w·c)² for independent ones (GUM 5.2.2). What is summed is
one column for each input and what multiplies it, not one for each influence: the influences are taken afterwards, on
the groups.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.block import Block, Dense
from suyuan.quantity.block import Own as OwnBlock
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.influence import Influence
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import ONE, Unit, parse_unit
from suyuan.series.column import Column
from suyuan.series.propagated import Own, Propagated, block_of
from suyuan.series.rows import check_names, components_of, count_rows, identities, plain, suffix, unit_text

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of groups as quantities.

    keys: column → value of each group; quantities: output → array over the groups (0-d without groups), correlated
    through the shared influences with everything else that has them; count: rows in each; weight: Σw, or the count;
    missing: rows with an empty cell, in no sum.
    """

    keys: Mapping[str, Array]
    quantities: Mapping[str, Quantity]
    count: Array
    weight: Array
    missing: Array
    findings: tuple[Finding, ...] = ()

    def mean(self, output: str) -> Quantity:
        """The (weighted) mean over the rows of each group."""
        result: Quantity = self.quantities[output] * (1.0 / self.weight)
        return result


@dataclass(frozen=True, slots=True)
class Sums:
    """A query for sums over the rows of a propagated model; see `sums`.

    expression: unbound Ibis table: the keys, `rows` (how many count), `valued` (how many of them gave a number for
    every sum, since some engines answer NULL where others raise), `weight` (Σw), value, component_1 … (signed sums, one
    an influence; more where one has several elements), own_1 … (sums of squares, one a reading), named with the output
    where there are several; missing: the keys and `rows` with an empty cell; legend: column → what it is; identities:
    as in `Rows`.
    """

    propagated: Propagated
    by: tuple[str, ...]
    expression: Any
    missing: Any
    legend: Mapping[str, str]
    unit_of_weight: Unit
    identities: tuple[str, ...]

    def read(self, answer: Mapping[str, Any], missing: Mapping[str, Any]) -> Totals:
        """The two answers (column → array) as quantities.

        Raises Refused where no row counts, or a sum is not finite: `failures` says why.
        """
        p = self.propagated
        count = plain(answer["rows"])
        if count.size == 0 or (not self.by and count[0] == 0.0):
            raise Refused(finding("series.rows.none", p.table, missing=int(np.sum(plain(missing["rows"])))))
        numbers = {name: plain(answer[name]) for name in (*self.legend, "weight")}
        bad = ~np.all(np.isfinite(np.array(list(numbers.values()))), axis=0) | (plain(answer["valued"]) < count)
        if np.any(bad):
            raise Refused(finding("series.sum.not_finite", p.table, count=int(np.sum(bad)), groups=count.size))
        if not self.by:
            count, numbers = count[0], {name: column[0] for name, column in numbers.items()}
        quantities = self._quantities(numbers)
        if p.model.after is not None:
            quantities = self._after(quantities, count)
        left, findings = self._missing(answer, missing)
        shape = np.shape(count)
        keys = {name: np.asarray(answer[name]) for name in self.by}
        return Totals(keys, quantities, np.asarray(count), np.asarray(numbers["weight"]), left.reshape(shape), findings)

    def _quantities(self, numbers: Mapping[str, Any]) -> dict[str, Quantity]:
        p = self.propagated
        own = [_own_blocks(self, q, part, numbers) for q, part in enumerate(p.own)]
        found = {}
        for o, output in enumerate(p.outputs):
            end = suffix(p, output)
            parts: dict[str, Block] = {}
            for lineage, names in components_of(p):
                if lineage.enters([term[o] for term in p.terms]):
                    parts[lineage.influence.id] = block_of(lineage, np.array([numbers[name + end] for name in names]))
            parts |= {b[o].influence.id: b[o] for b, part in zip(own, p.own, strict=True) if part.enters(o)}
            found[output] = Quantity(numbers["value" + end], p.unit(output) * self.unit_of_weight, parts)
        return found

    def _after(self, totals: Mapping[str, Quantity], count: Any) -> dict[str, Quantity]:
        """What a formula makes of its sums."""
        p = self.propagated
        assert p.model.after is not None
        found = {}
        for name, y in p.model.after(totals, count).items():
            result = y if isinstance(y, Quantity) else Quantity(np.asarray(y, float), ONE, {})
            bad = ~(np.isfinite(result.value) & np.isfinite(result.u))
            if np.any(bad):
                raise Refused(
                    finding("series.sum.not_finite", f"{p.table} ({name})", count=int(np.sum(bad)), groups=bad.size)
                )
            found[name] = result.relabelled(p.unit(name))
        return found

    def _missing(self, answer: Mapping[str, Any], missing: Mapping[str, Any]) -> tuple[Array, tuple[Finding, ...]]:
        """Rows left out of each group; a warning where there are some, and for groups that have no other rows."""
        p = self.propagated
        groups = _groups(answer, self.by)
        left = dict(zip(_groups(missing, self.by), plain(missing["rows"]), strict=True))
        counts = np.array([left.pop(group, 0.0) for group in groups])
        total = int(np.sum(plain(missing["rows"])))
        findings = []
        if total:
            rows = total + int(np.sum(plain(answer["rows"])))
            names = ", ".join(p.columns)
            findings.append(finding("series.rows.missing", p.table, "warning", missing=total, rows=rows, columns=names))
        empty = [group for group, number in left.items() if number]
        if empty and self.by:
            some = "; ".join(", ".join(group) for group in empty[:3])
            findings.append(finding("series.group.empty", p.table, "warning", count=len(empty), groups=some))
        return counts, tuple(findings)


def _groups(answer: Mapping[str, Any], by: Sequence[str]) -> list[tuple[str, ...]]:
    columns = [[str(x) for x in np.asarray(answer[name]).tolist()] for name in by]
    return list(zip(*columns, strict=True)) if by else [()] * len(answer["rows"])


def sums(propagated: Propagated, by: Sequence[str] = (), weight: str = "", weight_unit: str = "1") -> Sums:
    """The query for sums over all rows, or by groups.

    by: columns whose values make the groups; weight: a column that multiplies each row (an exact number, as the length
    of an interval), in `weight_unit`. A model with sums of its own gives what it makes of them. Raises Refused for the
    sum of temperatures that count from a conventional zero, and where a key has the name of a result.

    >>> from suyuan.quantity.formula.formula import Formula
    >>> from suyuan.series.propagated import propagated
    >>> from suyuan.series.reading import Independent, Reading
    >>> flow = Reading("flow", "t/h", Independent(0.02, relative=True))
    >>> query = sums(propagated(Formula("flow/60"), {"flow": flow}, "t"), by=["day"])
    >>> query.expression.columns
    ('day', 'rows', 'valued', 'weight', 'value', 'own_1')
    """
    import ibis

    p = propagated
    for output in p.outputs:
        if p.unit(output).kind == "point":
            raise Refused(finding("quantity.unit.point", unit=p.unit(output).symbol, operation="sum"))
    if weight and p.model.after is not None:
        raise Refused(finding("series.reduction.weight", p.table, weight=weight))
    entries, legend = _entries(p, p.sheet.source(weight) if weight else 1.0)
    summed = {x.index: x.core for row in entries.values() for _, x in row if isinstance(x, Column)}
    passing = {f"{word}_{i}": "" for i in summed for word in ("sum", "count")}
    check_names(by, {**legend, **passing, "rows": "", "valued": "", "weight": "", "one": ""})
    more = (weight,) if weight else ()
    table = p.sheet.table(p.source(by, more), {f"sum_{i}": x for i, x in summed.items()} or {"one": 1.0}, by)
    table = table.group_by(*by) if by else table
    made = {f"sum_{i}": _column(f"sum_{i}").sum() for i in summed}
    counts = {f"count_{i}": _column(f"sum_{i}").count() for i in summed}
    totals = table.aggregate(count_rows(), **made, **counts)
    valued = ibis.least(totals["rows"], *(totals[name] for name in counts))
    columns = {"valued": valued, **{name: _total(totals, entries[name]) for name in ("weight", *legend)}}
    empty = p.source(by, more, complete=False) if by else p.source(p.columns[:1], more, complete=False)
    marks = identities(p)
    missing = (empty.group_by(*by) if by else empty).aggregate(count_rows())
    return Sums(p, tuple(by), totals.select(*by, "rows", **columns), missing, legend, parse_unit(weight_unit), marks)


Row = list[tuple[float, Any]]
"""A result as Σ factor · Σ entry over rows."""


def _entries(p: Propagated, weight: Any) -> tuple[dict[str, Row], dict[str, str]]:
    """What is summed for each column of the result, and the legend."""
    entries: dict[str, Row] = {"weight": [(1.0, weight)]}
    legend: dict[str, str] = {}
    for o, output in enumerate(p.outputs):
        end = suffix(p, output)
        entries["value" + end], legend["value" + end] = [(1.0, weighted(weight, p.values[o]))], f"Σ {output}"
        terms = [weighted(weight, term[o]) for term in p.terms]
        for lineage, names in components_of(p):
            for r, name in enumerate(names):
                row = [(float(f), x) for f, x in zip(lineage.table[:, r], terms, strict=True) if f != 0.0]
                entries[name + end] = row
                legend[name + end] = lineage.influence.label or lineage.influence.id
    for q, own in enumerate(p.own):
        columns = [weighted(weight, x) for x in own.columns]
        for a, b in combinations_with_replacement(range(len(columns)), 2):
            name = own_name(p, q, a, b)
            entries[name], legend[name] = [(own.scale**2, columns[a] * columns[b])], f"Σ u² {own.name}"
            if math.isfinite(own.given.dof) and a == b:
                square = columns[a] * columns[a]
                entries[name + "_fourth"], legend[name + "_fourth"] = [(own.scale**4, square * square)], ""
    return entries, legend


def weighted(weight: Any, x: Any) -> Any:
    return x if isinstance(weight, float) and weight == 1.0 else weight * x


def own_name(p: Propagated, q: int, a: int, b: int) -> str:
    """The column with Σ cₐ·c_b of one reading's own components."""
    if len(p.outputs) == 1:
        return f"own_{q + 1}"
    return f"own_{q + 1}_{p.outputs[a]}" + ("" if a == b else f"_{p.outputs[b]}")


def _column(name: str) -> Any:
    import ibis

    return ibis._[name]


def _total(totals: Any, row: Row) -> Any:
    """Σ factor · Σ entry in terms of the summed columns; what all rows agree in is multiplied by their number."""
    import ibis

    result: Any = None
    for factor, x in row:
        total = totals[f"sum_{x.index}"] if isinstance(x, Column) else totals["rows"].cast("float64")
        factor *= x.scale if isinstance(x, Column) else float(x)
        term = total if factor == 1.0 else total * factor
        result = term if result is None else result + term
    return ibis.literal(0.0) if result is None else result


def _own_blocks(query: Sums, q: int, own: Own, numbers: Mapping[str, Any]) -> list[Block]:
    """Blocks of the outputs for what a reading's rows have of their own: one anonymous element a group for one output,
    a group of as many as there are outputs for several, since they share the rows.
    """
    p = query.propagated
    count = len(p.outputs)
    covariance = np.array(
        [[numbers[own_name(p, q, min(a, b), max(a, b))] for a in range(count)] for b in range(count)], dtype=float
    )
    shape = covariance.shape[2:]
    variances = np.maximum(np.einsum("aa...->a...", covariance), 0.0)
    spread = np.sqrt(variances)
    size = math.prod(shape) * count
    dof = _dof(p, q, own, variances, numbers)
    u = spread.ravel() if count == 1 else np.ones(size)
    text = unit_text(p.unit(p.outputs[0])) if count == 1 else "\\one"
    mark = Influence(query.identities[q], size, u, dof, "normal", text, own.name)
    if not shape and count == 1:
        return [Block(mark, None, Dense(spread))]
    index = np.arange(size).reshape(count, *shape)
    if count == 1:
        return [Block(mark, OwnBlock(index, spread))]
    scale = np.where(spread > 0.0, spread, 1.0)
    values, vectors = np.linalg.eigh(np.moveaxis(covariance / (scale[:, None] * scale), (0, 1), (-2, -1)))
    factor = vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]
    rows = np.moveaxis(factor, (-2, -1), (0, 1)) * scale[:, None]
    return [Block(mark, OwnBlock(index, row)) for row in rows]


def _dof(p: Propagated, q: int, own: Own, variances: Array, numbers: Mapping[str, Any]) -> float:
    """Degrees of freedom of sums of independent parts by Welch-Satterthwaite: the smallest over groups and outputs."""
    if not math.isfinite(own.given.dof):
        return math.inf
    fourth = np.array([numbers[own_name(p, q, a, a) + "_fourth"] for a in range(len(p.outputs))])
    known = fourth > 0.0
    return float(np.min(own.given.dof * variances[known] ** 2 / fourth[known])) if np.any(known) else own.given.dof
