"""Sensitivity coefficients of a model: the partial derivatives of its results with respect to its arguments.

Each argument gets an influence of its own of component 1, and the model runs once; what the results then depend on, by
one reverse sweep for a single number, are the derivatives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block, Own
from suyuan.quantity.components import Components, element
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence
from suyuan.quantity.uncertain import Quantity

Array = NDArray[Any]
Place = int | str
"""An argument: its position, or its name."""


LARGEST = 25_000_000
"""Entries of one table of derivatives: 0.2 GB."""


def sensitivities(model: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The sensitivity coefficients cᵢ = ∂f/∂xᵢ at the estimates (GUM 5.1.3), whatever the uncertainties are.

    model: as for `propagate`; it may branch on values and sum. args, kwargs: real quantities (also constants) and
    anything else that the model takes. Two arguments that share influences are two arguments.

    Returns for one result a dict: position or name of each argument that is a quantity → array of shape
    result.shape + argument.shape, in the unit of the result over the unit of the argument; for a tuple, a list or a
    dict of results the same form of such dicts. Raises Refused where the operators would, for complex quantities and
    for tables of more than 25 million entries.

    >>> from suyuan.quantity.quantity import quantity
    >>> c = sensitivities(lambda v, i: v / i, quantity(5.0, 0.01, "V"), i=quantity(0.02, 1e-4, "A"))
    >>> {name: round(float(x), 6) for name, x in c.items()}
    {0: 50.0, 'i': -12500.0}
    """
    given: dict[Place, Any] = dict([*enumerate(args), *kwargs.items()])
    sizes = {place: x for place, x in given.items() if isinstance(x, Quantity)}
    moved = {place: _probe(place, x) if place in sizes else x for place, x in given.items()}
    result = model(*[moved[n] for n in range(len(args))], **{name: moved[name] for name in kwargs})
    if isinstance(result, Mapping):
        return {name: _derivatives(y, sizes) for name, y in result.items()}
    if isinstance(result, tuple | list):
        return type(result)([_derivatives(y, sizes) for y in result])
    return _derivatives(result, sizes)


def _probe(place: Place, x: Quantity) -> Quantity:
    """The quantity as the model's own variable: component 1 on influence elements of its own."""
    if x.is_complex:
        raise Refused(finding("quantity.complex.operation", operation="sensitivities"))
    influence = Influence(_id(place), x.size)
    if not x.ndim:
        return Quantity._of(float(x.value), x.unit, element(influence, 1.0))
    index = blocks.every_element(x.size).reshape(1, *x.shape)
    part = Block(influence, Own(index, np.broadcast_to(1.0, index.shape)))
    return Quantity._of(x.value, x.unit, Components.of({influence.id: part}))


def _id(place: Place) -> str:
    return f"argument {place!r}"


def _derivatives(y: Any, arguments: Mapping[Place, Quantity]) -> dict[Place, Array]:
    if not isinstance(y, Quantity):
        return {place: np.zeros((*np.shape(y), *x.shape)) for place, x in arguments.items()}
    if y.is_complex:
        raise Refused(finding("quantity.complex.operation", operation="sensitivities"))
    flat = y._components.flat()
    if flat is not None and not any(x.ndim for x in arguments.values()):
        return {place: np.array(flat.get((_id(place), 0), 0.0)) for place in arguments}
    return {place: _table(y, place, x) for place, x in arguments.items()}


def _table(y: Quantity, place: Place, x: Quantity) -> Array:
    entries = x.size * y.size
    if entries > LARGEST:
        raise Refused(finding("quantity.covariance.too_large", entries=entries))
    part = y.blocks.get(_id(place))
    full = np.zeros((x.size, y.size)) if part is None else blocks.components(part, y.shape)
    return np.ascontiguousarray(full.T).reshape((*y.shape, *x.shape))
