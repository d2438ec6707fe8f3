"""A model propagated over the rows of a table: values, sensitivities and components as columns.

y = f(x₁ … x_J) a row, first order (GUM 5.1.2, E.3). The recorded program is run on columns and swept backwards for the
partial derivatives; the component for an influence is Σ (∂f/∂x)·c, and a sum over rows is linear, so its components
are sums of components: each influence is one more summed column. Nothing is read here: `Propagated.rows` and
`Propagated.sums` give unbound expressions, which an engine of columns runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block, Dense
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.formula.model import Model
from suyuan.quantity.formula.text import spelling
from suyuan.quantity.influence import Influence
from suyuan.quantity.program import run
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import ONE, Unit
from suyuan.series.column import Column, Sheet, number_of
from suyuan.series.reading import Independent, Input, Reading, Shared, check
from suyuan.series.recorded import Recorded, recorded

Array = NDArray[Any]
Entry = Any
"""What stands in a row: a Column, or a float where all rows agree."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """How an influence enters: component r of a row is Σ_t table[t, r] · term t.

    weights: (r, elements) of the components on the influence's elements, with orthonormal rows, or None where they are
    the elements themselves.
    """

    influence: Influence
    table: Array
    weights: Array | None

    def enters(self, terms: Sequence[Entry]) -> bool:
        """Whether the influence enters an output with these terms."""
        taken = np.any(self.table != 0.0, axis=1)
        return any(not _nothing(x) for x, used in zip(terms, taken, strict=True) if used)


@dataclass(frozen=True, slots=True)
class Own:
    """What the rows of one reading have of their own: component of an output = scale · column."""

    name: str
    given: Independent
    scale: float
    columns: tuple[Entry, ...]

    def enters(self, output: int) -> bool:
        """Whether it enters an output."""
        return not _nothing(self.columns[output])


def _nothing(x: Entry) -> bool:
    return not isinstance(x, Column) and x == 0.0


@dataclass(frozen=True, slots=True)
class Propagated:
    """A model on the columns of a table, first order; see `propagated`.

    outputs: names; values: each output's column; terms: sensitivities times what they multiply, a term and an output;
    lineages: influence by influence, from the terms; own: reading by reading; columns: the names that a row needs;
    relation: the unbound expression that stands for the table, None for a table of that name.
    """

    model: Recorded
    table: str
    columns: tuple[str, ...]
    sheet: Sheet
    slots: tuple[Entry, ...]
    values: tuple[Entry, ...]
    terms: tuple[tuple[Entry, ...], ...]
    lineages: tuple[Lineage, ...]
    own: tuple[Own, ...]
    slopes: tuple[Mapping[int, Entry], ...] = field(repr=False)
    relation: Any = field(default=None, repr=False)

    @property
    def outputs(self) -> tuple[str, ...]:
        return self.model.outputs

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Units that do not fit, as warnings."""
        return self.model.findings

    def unit(self, output: str) -> Unit:
        """The unit of an output; 1 for a sum within a formula."""
        return self.model.units.get(output, ONE)

    def source(self, keys: Sequence[str] = (), more: Sequence[str] = (), complete: bool = True) -> Any:
        """The unbound table: its complete rows with numbers in double precision, or the rows with an empty cell.

        keys: columns that are passed on; more: further columns that a row needs.
        """
        import ibis

        numbers = tuple(dict.fromkeys((*self.columns, *more)))
        of_any_type = ibis.expr.datatypes.unknown
        named = dict.fromkeys((*keys, *numbers), of_any_type)
        table = ibis.table(named, name=self.table) if self.relation is None else self.relation
        if not complete:
            return table.filter(_any(table[name].isnull() for name in numbers)).select(*keys)
        whole = table.filter([table[name].notnull() for name in numbers])
        return whole.select(*keys, **{number_of(name, keys): whole[name].cast("float64") for name in numbers})


def propagated(
    model: Formula | Model | Callable[..., Any],
    inputs: Mapping[str, Input],
    unit: str | Mapping[str, str] | None = None,
    table: str = "readings",
    relation: Any = None,
) -> Propagated:
    """Propagate a model over the columns of a table, first order, without reading it.

    model: a formula, a model of several outputs, or a Python function of its inputs by name; the latter with units as
    in `propagate`, formulas on plain numbers in the declared units. inputs: name → `Reading` (a column), scalar
    `Quantity` or number. unit: of the result (name → unit for several); table: name of the table;
    relation: an unbound Ibis expression with the columns, where the rows are an answer themselves (a join).
    Raises Refused for what cannot be said on columns, with its place.

    >>> from suyuan.quantity.quantity import quantity
    >>> factor = quantity(2.74, 0.02, "kg/kg", label="emission factor")
    >>> p = propagated(Formula("fuel*factor"), {"fuel": Reading("fuel", "kg"), "factor": factor}, "kg")
    >>> p.outputs, p.columns, len(p.lineages)
    (('result',), ('fuel',), 1)
    """
    for name, given in inputs.items():
        check(name, given)
    if not any(isinstance(given, Reading) for given in inputs.values()):
        raise Refused(finding("series.input.no_column", "inputs"))
    program_of = recorded(model, inputs, unit)
    by_name = {name: given for name, given in _spelled(inputs).items() if name in program_of.inputs}
    used = [by_name[name] for name in program_of.inputs]
    readings = [x for x in used if isinstance(x, Reading)]
    columns = tuple(dict.fromkeys(name for x in readings for name in x.columns))
    if not columns:
        raise Refused(finding("series.input.no_column", "model"))
    sheet = Sheet()
    program = program_of.program
    steps, _ = program.needed(program.outputs)
    slots = [_start(sheet, x) for x in (*used, *program.values()[len(used) :])]
    with np.errstate(all="ignore"):
        run(steps, slots)
        slopes = tuple(
            {slot: bar for slot, bar in program.sweep(steps, slots, output).items() if slot < len(used)}
            for output in program.outputs
        )
        _check_numbers(program_of, steps, slots)
        terms, lineages = _lineages(sheet, used, slopes)
        own = _own(sheet, program_of.inputs, used, slopes)
    values = tuple(slots[slot] for slot in program.outputs)
    return Propagated(program_of, table, columns, sheet, tuple(slots), values, terms, lineages, own, slopes, relation)


def _check_numbers(model: Recorded, steps: Sequence[Any], slots: Sequence[Entry]) -> None:
    """Refuse a step that has no value whatever the rows hold."""
    for step in steps:
        value = slots[step.result]
        if not isinstance(value, Column) and not np.isfinite(value):
            where, part = model.pieces.get(step.result, ("model", step.ufunc.__name__))
            raise Refused(finding("series.value.scalar", where, part=part, value=value))


def _spelled(inputs: Mapping[str, Input]) -> dict[str, Input]:
    return {**{spelling(name): given for name, given in inputs.items()}, **inputs}


def _start(sheet: Sheet, given: Any) -> Any:
    """What stands in a slot before the program is run: a column, a number, or nothing yet."""
    if given is None:
        return None
    if isinstance(given, Reading):
        return sheet.source(given.column)
    if np.ndim(given):
        raise Refused(finding("series.operand.shape", "model", shape=np.shape(given)))
    return float(given.value if isinstance(given, Quantity) else given)


def _times(a: Entry, b: Entry) -> Entry:
    """a·b without a multiplication by one."""
    if isinstance(a, float) and a == 1.0:
        return b
    if isinstance(b, float) and b == 1.0:
        return a
    return a * b


def _lineages(
    sheet: Sheet, used: Sequence[Input], slopes: Sequence[Mapping[int, Entry]]
) -> tuple[tuple[tuple[Entry, ...], ...], tuple[Lineage, ...]]:
    """Terms (slope times a column of components, or slope alone) and what each influence takes of them."""
    terms: list[tuple[Entry, ...]] = []
    place: dict[tuple[int, str, bool], int] = {}
    taken: dict[str, tuple[Influence, dict[int, Array]]] = {}

    def take(slot: int, column: str, relative: bool, influence: Influence, components: Array) -> None:
        key = (slot, column, relative)
        if key not in place:
            place[key] = len(terms)
            factor = sheet.source(column) if column else 1.0
            if relative:
                factor = _times(factor, sheet.source(used[slot].column))  # type: ignore[union-attr]
            terms.append(tuple(_times(row[slot], factor) if slot in row else 0.0 for row in slopes))
        known, rows = taken.setdefault(influence.id, (influence, {}))
        blocks.check_same(known, influence)
        term = place[key]
        rows[term] = rows[term] + components if term in rows else components

    for slot, given in enumerate(used):
        if not any(slot in row for row in slopes):
            continue
        if isinstance(given, Quantity):
            for part in given.blocks.values():
                take(slot, "", False, part.influence, blocks.components(part, ())[:, 0])
        elif isinstance(given, Reading):
            for shared in given.shared:
                column, size = _size(shared)
                take(slot, column, shared.relative, shared.influence, size)
    return tuple(terms), tuple(_lineage(influence, rows, len(terms)) for influence, rows in taken.values())


def _size(shared: Shared) -> tuple[str, Array]:
    """The column of a component («» for a number) and its number on each element."""
    size = np.zeros(shared.influence.size)
    if isinstance(shared.component, str):
        size[shared.element] = 1.0
        return shared.component, size
    size[shared.element] = shared.component
    return "", size


def _lineage(influence: Influence, rows: Mapping[int, Array], count: int) -> Lineage:
    """Few components stand for many elements: as many as there are terms, by a QR of what the terms take."""
    matrix = np.zeros((count, influence.size))
    for term, components in rows.items():
        matrix[term] = components
    if influence.size <= len(rows):
        return Lineage(influence, matrix, None)
    some = list(rows)
    q, r = np.linalg.qr(matrix[some].T)
    table = np.zeros((count, len(some)))
    table[some] = r.T
    signs = np.where(np.diag(r) < 0.0, -1.0, 1.0)  # a single term keeps its sign
    return Lineage(influence, table * signs, (q * signs).T)


def _own(
    sheet: Sheet, names: Sequence[str], used: Sequence[Input], slopes: Sequence[Mapping[int, Entry]]
) -> tuple[Own, ...]:
    found = []
    for slot, (name, given) in enumerate(zip(names, used, strict=True)):
        if not isinstance(given, Reading) or given.independent is None or not any(slot in row for row in slopes):
            continue
        own = given.independent
        scale, factor = (1.0, sheet.source(own.u)) if isinstance(own.u, str) else (float(own.u), 1.0)
        if own.relative:
            factor = _times(factor, sheet.source(given.column))
        columns = tuple(_times(row[slot], factor) if slot in row else 0.0 for row in slopes)
        found.append(Own(own.label or name, own, scale, columns))
    return tuple(found)


def _any(conditions: Iterable[Any]) -> Any:
    result = None
    for condition in conditions:
        result = condition if result is None else result | condition
    return result


def block_of(lineage: Lineage, components: Array) -> Block:
    """The block of some values from their components (r, *S)."""
    return Block(lineage.influence, None, Dense(components, lineage.weights))
