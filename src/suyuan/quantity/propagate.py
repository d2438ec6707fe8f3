"""Propagation of a whole model: first order, on arrays, in slices that stay in the cache.

y = f(x₁ … x_J), u²(y) = Σᵢ Σⱼ (∂f/∂xᵢ)(∂f/∂xⱼ) u(xᵢ, xⱼ)  (GUM 5.2.2, E.3). One forward run and one reverse sweep of
the recorded model a slice give all partial derivatives; the chain rule of the blocks gives the components. Of a large
result only value and uncertainty are kept; its components are evaluated again when somebody asks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from suyuan.quantity.block import Block
from suyuan.quantity.collect import SLICE, Elementwise, Grid, Kept, Mixed, Shape, Summed, plan
from suyuan.quantity.components import Blocks
from suyuan.quantity.program import NotRecordable, Program, record, run
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.uncertain import check_finite

LARGE = 5 * SLICE
"""Values of a result whose components are forgotten until somebody asks."""


def propagate(model: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Evaluate a model on quantities (and plain numbers or arrays), first order.

    model: a Python function of its arguments in ufuncs and arithmetic; it may return one quantity, a tuple, a list or
    a dict. Arguments broadcast as in NumPy. The same as model(*args, **kwargs), only faster; a model that cannot be
    recorded (it branches on values, sums, or has complex numbers) is evaluated by operators, so it may be called
    twice. Returns what the model returns. Raises Refused where the operators would.

    >>> from suyuan.quantity.quantity import quantity
    >>> r = propagate(lambda v, i: v / i, quantity(5.0, 0.01, "V"), quantity(0.02, 1e-4, "A"))
    >>> round(float(r.value), 6), r.unit.dsi
    (250.0, '\\\\volt\\\\ampere\\\\tothe{-1}')
    """
    if not any(np.ndim(x) for x in (*args, *kwargs.values()) if isinstance(x, Quantity | np.ndarray)):
        return model(*args, **kwargs)  # of numbers the operators make the same program and sweep it once
    try:
        program = record(model, args, kwargs)
    except NotRecordable:
        return model(*args, **kwargs)
    shapes = program.shapes()
    together: dict[Shape, list[int]] = {}
    for slot in dict.fromkeys(program.outputs):
        together.setdefault(shapes[slot], []).append(slot)
    results: dict[int, Quantity] = {}
    with np.errstate(all="ignore"):  # what has no value is refused at the end
        for shape, slots in together.items():
            results |= _evaluate(program, slots, Grid.of(shape), shapes)
    return program.rebuild([results[slot] for slot in program.outputs])


def _evaluate(
    program: Program, slots: Sequence[int], grid: Grid, shapes: Sequence[Shape], keep: bool = False
) -> dict[int, Quantity]:
    """Outputs of one shape: what has the axis is computed slice by slice, the rest once.

    keep: keep the components of large results too.
    """
    steps, used = program.needed(slots)
    values = program.values()
    run((s for s in steps if not grid.cuts(shapes[s.result])), values)
    cut = [slot for slot in used if grid.cuts(shapes[slot]) and values[slot] is not None]
    sliced = [s for s in steps if grid.cuts(shapes[s.result])]
    sinks = {slot: _sink(program, slot, grid, shapes, keep) for slot in slots}
    found = {slot: np.empty(grid.shape) for slot in slots}
    fresh = {step.result for step in sliced}.intersection(slots)
    local = list(values)
    for at in grid.slices(SLICE):
        for slot in cut:
            local[slot] = values[slot][at]
        run(sliced, local, {slot: found[slot][at] for slot in fresh})
        for slot, sink in sinks.items():
            if slot not in fresh:
                found[slot][at] = local[slot]
            sink.take(program.sweep(steps, local, slot), at)
        for step in sliced:
            local[step.result] = None  # its memory serves the next slice while it is still in the cache
    for value in found.values():
        check_finite("propagate", value)
    return {slot: Quantity._of(found[slot], program.units[slot], sink.components()) for slot, sink in sinks.items()}


def _sink(program: Program, slot: int, grid: Grid, shapes: Sequence[Shape], keep: bool) -> Kept | Summed:
    """What collects one output."""
    _, used = program.needed([slot])
    users: dict[str, dict[int, Block]] = {}
    for position, q in enumerate(program.inputs):
        if position in used:
            for key, part in q.blocks.items():
                users.setdefault(key, {})[position] = part
    plans = [plan(parts, grid) for parts in users.values()]
    lean = [p for p in plans if not isinstance(p, Mixed) and (not isinstance(p, Elementwise) or p.in_order)]
    if keep or grid.size <= LARGE or not plans or len(lean) < len(plans):
        return Kept(plans, grid)

    def make() -> Blocks:
        return _evaluate(program, [slot], grid, shapes, keep=True)[slot]._components.blocks

    return Summed(lean, grid, make)
