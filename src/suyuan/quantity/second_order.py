"""Second order: what the curvature of a model adds to u, from the same model and the same derivative table.

u²(y) = Σᵢ gᵢ² + Σᵢ Σⱼ (½ hᵢⱼ² + gᵢ tᵢⱼⱼ), with g, h, t the first, second and third derivatives of y by the standardised
elements zᵢ of the influences (so gᵢ = fᵢ u(xᵢ) for independent inputs; GUM 5.1.2 note). The sums over a joint group do
not depend on how its factors are turned, so correlated normal inputs are covered too. The terms are exact for normal
influences and polynomials of second degree; for other distributions they are the GUM's approximation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.block import Block
from suyuan.quantity.derivative import operation
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.operators import Operators
from suyuan.quantity.program import NotRecordable, Program, record, run
from suyuan.quantity.propagate import propagate
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import Unit

Array = NDArray[Any]
SLICE = 65_536
"""Pairs of directions times values at a time."""
LARGEST = 2_000
"""Elements of influences; their pairs are all looked at."""


@dataclass(frozen=True, slots=True)
class SecondOrder:
    """Value and standard uncertainty to second order.

    value: f at the estimates; shift: ½ Σ hᵢᵢ, by which the mean of Y lies beside it; u: of second order; u_first: of
    first order; dof: effective degrees of freedom as first order has them; all in `unit`, of one shape.
    """

    value: Array
    u: Array
    u_first: Array
    shift: Array
    dof: Array
    unit: Unit

    def __repr__(self) -> str:
        from suyuan.quantity.written import second_order_text

        return second_order_text(self)

    def _repr_html_(self) -> str:
        from suyuan.quantity.notebook_methods import second_order_html

        return second_order_html(self)


class Jet(Operators):
    """A number with its derivative in one direction; nested three times it holds mixed third derivatives.

    Value and slope come from the derivative table, whose partials are themselves evaluated on the inner numbers.
    """

    __slots__ = ("primal", "tangent")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, primal: Any, tangent: Any) -> None:
        self.primal, self.tangent = primal, tangent

    @property
    def estimate(self) -> Any:
        """The plain numbers at the bottom."""
        inner = self.primal
        while isinstance(inner, Jet):
            inner = inner.primal
        return inner

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Jet:
        row = operation(ufunc)
        if method != "__call__" or kwargs:
            raise Refused(finding("quantity.operation.unlisted", operation=f"{ufunc.__name__}.{method}"))
        inner = [primal(x) for x in inputs]
        value, slope = ufunc(*inner), 0.0
        for x, partial in zip(inputs, row.partials, strict=True):
            if not _nothing(tangent(x)):
                part = partial(inner, value) * tangent(x)
                slope = part if _nothing(slope) else slope + part
        return Jet(value, slope)


def primal(x: Any) -> Any:
    """The number itself."""
    return x.primal if isinstance(x, Jet) else x


def tangent(x: Any) -> Any:
    """Its derivative; 0.0 for a plain number."""
    return x.tangent if isinstance(x, Jet) else 0.0


def _nothing(x: Any) -> bool:
    return isinstance(x, float) and x == 0.0


def second_order(model: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Evaluate a model to second order.

    model, args, kwargs: as for `propagate`. Returns a `SecondOrder` for each quantity that the model returns, in the
    same structure (one, tuple, list or dict). Raises Refused where a model branches on values or reduces, where an
    array takes its influences in an order that is not elementwise, for more than 2000 elements of influences, and
    where a second or third derivative does not exist at the estimates.

    >>> from suyuan.quantity.quantity import quantity
    >>> y = second_order(lambda a, b: a * b, quantity(0.0, 0.1), quantity(0.0, 0.2))    # first order sees nothing
    >>> round(float(y.u), 12), float(y.u_first)
    (0.02, 0.0)
    """
    first = propagate(model, *args, **kwargs)
    try:
        program = record(model, args, kwargs)
    except NotRecordable:
        raise Refused(finding("quantity.second_order.not_recordable")) from None
    given = _listed(first)
    done = [_of(program, slot, q) for slot, q in zip(program.outputs, given, strict=True)]
    if isinstance(first, Quantity):
        return done[0]
    return dict(zip(first, done, strict=True)) if isinstance(first, dict) else type(first)(done)


def _listed(result: Any) -> list[Quantity]:
    if isinstance(result, Quantity):
        return [result]
    return list(result.values()) if isinstance(result, dict) else list(result)


def _of(program: Program, output: int, first: Quantity) -> SecondOrder:
    steps, used = program.needed([output])
    inputs = {slot: q for slot, q in enumerate(program.inputs) if slot in used and q.blocks}
    directions, count = _directions(inputs)
    extra, shift = np.zeros(first.shape), np.zeros(first.shape)
    for i, j in _pairs(count, max(1, first.size)):
        values = program.values()
        for slot, table in directions.items():
            d = [_along(table[k], first.ndim) for k in (i, j, j)]
            values[slot] = Jet(Jet(Jet(values[slot], d[0]), d[1]), d[2])
        with np.errstate(all="ignore"):
            run(steps, values)
        y, shape = values[output], (i.size, *first.shape)
        slopes = (tangent(primal(primal(y))), tangent(tangent(primal(y))), tangent(tangent(tangent(y))))
        g, h, t = (np.broadcast_to(x, shape) for x in slopes)
        extra += np.sum(0.5 * h * h + g * t, axis=0)
        shift += 0.5 * np.sum(h[i == j], axis=0)
    if not (np.all(np.isfinite(extra)) and np.all(np.isfinite(shift))):
        raise Refused(finding("quantity.second_order.no_derivative"))
    variance = first.variance + extra
    if np.any(variance < 0.0):  # the series of the variance is cut where its next terms would be as large
        raise Refused(finding("quantity.second_order.negative", variance=f"{float(np.min(variance)):.3g}"))
    return SecondOrder(first.value, np.sqrt(variance), first.u, shift, first.dof, first.unit)


def _pairs(count: int, size: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """All pairs (i, j) of directions, some at a time."""
    step = max(1, SLICE // size)
    for start in range(0, count * count, step):
        yield np.divmod(np.arange(start, min(count * count, start + step)), count)


def _along(table: Array, ndim: int) -> Array:
    """Directions (pairs, *shape) with axes of length 1, so that they broadcast against a result of `ndim` axes."""
    return table.reshape(table.shape[:1] + (1,) * (ndim + 1 - table.ndim) + table.shape[1:])


def _directions(inputs: Mapping[int, Quantity]) -> tuple[dict[int, Array], int]:
    """Input slot → its components (count, *shape) on every standardised element, and their number."""
    users: dict[str, list[tuple[int, Block]]] = {}
    for slot, q in inputs.items():
        for key, part in q.blocks.items():
            users.setdefault(key, []).append((slot, part))
    elements = [_elements(parts) for parts in users.values()]
    count = sum(len(next(iter(rows.values()))) for rows in elements)
    if count > LARGEST:
        raise Refused(finding("quantity.second_order.many", elements=count, limit=LARGEST))
    tables = {slot: np.zeros((count, *q.shape)) for slot, q in inputs.items()}
    start = 0
    for rows in elements:
        end = start + len(next(iter(rows.values())))
        for slot, components in rows.items():
            tables[slot][start:end] = components
        start = end
    return tables, count


def _elements(parts: Sequence[tuple[int, Block]]) -> dict[int, Array]:
    """For one influence: input slot → its components on independent elements, as few as hold them.

    Elementwise components are one direction: value s depends on its own element s only, whatever that is.
    """
    blocks = [part for _, part in parts]
    own = [b.own for b in blocks if b.own is not None]
    if not own:
        return {slot: _unweighted(part) for slot, part in parts}
    one = all(o.index.shape[0] == 1 and np.array_equal(o.index, own[0].index) for o in own)
    if not one or any(b.dense is not None for b in blocks) or np.unique(own[0].index).size < own[0].index.size:
        raise Refused(finding("quantity.second_order.structure", where=blocks[0].influence.label))
    return {slot: part.own.coefficient for slot, part in parts if part.own is not None}


def _unweighted(part: Block) -> Array:
    """Components on the elements themselves; what a sum left on many elements is refused if they are too many."""
    assert part.dense is not None
    scale, weights = part.dense.scale, part.dense.weights
    if weights is None:
        return scale
    if weights.shape[1] > LARGEST:
        raise Refused(finding("quantity.second_order.many", elements=weights.shape[1], limit=LARGEST))
    return np.asarray(np.tensordot(weights.T, scale, 1))
