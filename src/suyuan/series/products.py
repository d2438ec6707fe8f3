"""Formulas that are products of lines: z = k·x₁^e₁ … x_m^e_m with each x a line in the count of one stream.

Then ∂z/∂x = e·z/x, and of the sums that a certificate needs one follows from another: with x = a·count + b,
Σ (∂z/∂x)·count = (e·Σz − b·Σ ∂z/∂x)/a. So a row costs one product and one quotient a stream, and no sweep. Where the
derivative table does not give these derivatives at a row, the formula is no such product. A mass flow of a stack
(concentration, flow, temperature, pressure, moisture) is of this kind, with an oxygen reference too.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.program import Instruction, Program, run

Array = NDArray[Any]
SAFE = 1e4
"""How much larger b may be than a·count before the quotient above would lose digits that the promise of 10⁻¹⁰ needs."""


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """k·Π x^e. slots (m): those of the x; powers (m,): e, each 1 or −1; factor: k."""

    slots: tuple[int, ...]
    powers: NDArray[np.float64]
    factor: float


def product(
    program: Program, steps: Sequence[Instruction], slots: Sequence[Any], lines: Sequence[int]
) -> Product | None:  # fmt: skip
    """The product that some steps make of some slots; None where they make something else.

    slots: numbers that are known; lines: slots that are columns.
    """
    held: dict[int, tuple[float, dict[int, int]]] = {slot: (1.0, {slot: 1}) for slot in lines}
    for step in steps:
        parts = [held.get(s, (float(slots[s]), {}) if np.ndim(slots[s]) == 0 and slots[s] is not None else None)
                 for s in step.operands]  # fmt: skip
        if step.ufunc not in (np.multiply, np.true_divide, np.negative) or None in parts:
            return None
        factor, powers = parts[0][0], dict(parts[0][1])  # type: ignore[index]
        if step.ufunc is np.negative:
            held[step.result] = (-factor, powers)
            continue
        sign = 1 if step.ufunc is np.multiply else -1
        other, more = parts[1]  # type: ignore[misc]
        for slot, power in more.items():
            powers[slot] = powers.get(slot, 0) + sign * power
        with np.errstate(all="ignore"):
            held[step.result] = (float(np.float64(factor) * np.float64(other) ** sign), powers)
    factor, powers = held.get(program.outputs[0], (0.0, {}))
    if not np.isfinite(factor) or not factor or not powers or set(powers) != set(lines):
        return None
    if any(abs(power) != 1 for power in powers.values()):
        return None
    order = tuple(sorted(powers, key=lambda slot: -powers[slot]))  # a product begins with what multiplies
    if powers[order[0]] < 0:
        return None
    found = Product(order, np.array([powers[slot] for slot in order], float), factor)
    return found if _agrees(found, program, steps, slots) else None


def _agrees(found: Product, program: Program, steps: Sequence[Instruction], slots: Sequence[Any]) -> bool:
    """Whether the derivative table has the same derivatives, at a row as good as any other."""
    row = list(slots)
    for number, slot in enumerate(found.slots):
        row[slot] = 1.5 + 0.25 * number
    run(steps, row)
    bars = program.sweep(steps, row, program.outputs[0])
    z = float(row[program.outputs[0]])
    wanted = [power * z / row[slot] for slot, power in zip(found.slots, found.powers, strict=True)]
    return bool(np.allclose([float(bars.get(slot, 0.0)) for slot in found.slots], wanted, rtol=1e-12, atol=0.0))


def quotients(made: Product, x: Array, z: Array, weight: Array | None) -> None:
    """Put w·z (n,), with z = Π x^e without its factor k, into a room (n,), and w·z/x in the place of x (m, n).

    weight (n,): of each row, 1 where None.
    """
    np.multiply(x[0], 1.0 if weight is None else weight, out=z)
    for row in range(1, len(x)):
        (np.multiply if made.powers[row] > 0.0 else np.true_divide)(z, x[row], out=z)
    np.true_divide(z, x, out=x)


_LINE = 8
"""Doubles of a line of the cache."""


class Room(threading.local):
    """Memory of a thread for the columns of one slice, used again for the next."""

    def __init__(self) -> None:
        self._held = np.empty(0)

    def table(self, columns: int, rows: int) -> Array:
        """Some columns (m, n), whatever they hold; each begins on a line of the cache of its own."""
        step = (rows // _LINE | 1) * _LINE + 2 * _LINE  # an odd number of lines, so that columns do not share places
        if len(self._held) < columns * step:
            held = np.empty(columns * step + _LINE)
            self._held = held[-(held.ctypes.data // held.itemsize) % _LINE :]
        return self._held[: columns * step].reshape(columns, step)[:, :rows]
