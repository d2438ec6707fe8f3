"""One table and the same inputs twice: as columns with declared uncertainty, and as array quantities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block, Dense, Own
from suyuan.quantity.influence import Influence
from suyuan.quantity.quantity import Quantity, joint, quantity
from suyuan.quantity.unit import ONE
from suyuan.series.reading import Independent, Input, Reading, Shared

ROWS = 40
FIRST = Influence("1" * 32, u=np.ones(1), label="certificate 1")
SECOND = Influence("2" * 32, size=3, u=np.ones(3), dof=7.0, label="certificate 2")
OWN = {"a": "a" * 32, "b": "b" * 32}


@dataclass(frozen=True)
class World:
    """table: columns a, b, c (readings), ca, ub (sizes), w (weight), g (group); the two sets of inputs."""

    table: pa.Table
    columns: dict[str, Input]
    arrays: dict[str, Any]

    def of_group(self, label: str) -> dict[str, Any]:
        """The arrays of one group."""
        mask = np.array(self.table["g"].to_pylist()) == label
        return {name: q[mask] if isinstance(q, Quantity) and q.ndim else q for name, q in self.arrays.items()}


def world(seed: int) -> World:
    """a: FIRST relative, SECOND[1] by a column, noise a number; b: FIRST absolute, noise by a column, 5 degrees of
    freedom; c: exact; k, m: one joint group; s: a mean of ten readings; e: an exact number."""
    rng = np.random.default_rng(seed)
    a, b, c = (rng.uniform(0.5, 1.5, ROWS) for _ in range(3))
    ca, ub, w = rng.uniform(-0.02, 0.02, ROWS), rng.uniform(0.001, 0.02, ROWS), rng.uniform(0.5, 2.0, ROWS)
    g = np.array(["east", "north", "west"])[rng.integers(0, 3, ROWS)]
    table = pa.table({"a": a, "b": b, "c": c, "ca": ca, "ub": ub, "w": w, "g": g, "id": np.arange(ROWS)})
    k, m = joint([1.2, 0.7], [0.03, 0.02], [[1.0, -0.4], [-0.4, 1.0]], dof=12)
    s = quantity(rng.uniform(0.9, 1.1, 10), 0.04, dof=9).mean()
    columns: dict[str, Input] = {
        "a": Reading(
            "a",
            independent=Independent(0.01, id=OWN["a"]),
            shared=(Shared(FIRST, 0.02, relative=True), Shared(SECOND, "ca", element=1)),
        ),
        "b": Reading("b", independent=Independent("ub", dof=5.0, id=OWN["b"]), shared=(Shared(FIRST, -0.03),)),
        "c": Reading("c"),
        "k": k,
        "m": m,
        "s": s,
        "e": 1.5,
    }
    part = Own(np.full((1, ROWS), 1), ca[None])
    arrays = {
        "a": _with(
            quantity(a, 0.01, id=OWN["a"]),
            Block(FIRST, None, Dense(0.02 * a[None])),
            Block(SECOND, part),
        ),
        "b": _with(quantity(b, ub, dof=5.0, id=OWN["b"]), Block(FIRST, None, Dense(np.full((1, ROWS), -0.03)))),
        "c": quantity(c),
        "k": k,
        "m": m,
        "s": s,
        "e": 1.5,
    }
    return World(table, columns, arrays)


def _with(q: Quantity, *parts: Block) -> Quantity:
    return Quantity(q.value, ONE, {**q.blocks, **{part.influence.id: part for part in parts}})


def same_total(found: Quantity, expected: Quantity, size: float, own: tuple[str, ...] = tuple(OWN.values())) -> None:
    """Two scalar results agree in value, u, effective degrees of freedom, and every influence sum.

    size: what the terms amount to before they cancel; rounding is relative to it.
    """
    close = {"rtol": 1e-12, "atol": 1e-12 * size}
    np.testing.assert_allclose(found.value, expected.value, **close)
    np.testing.assert_allclose(found.u, expected.u, **close)
    for key, part in expected.blocks.items():
        if key not in found.blocks:  # what cannot contribute may be left out
            np.testing.assert_allclose(blocks.variance(part), 0.0, atol=1e-24 * size**2)
        elif key in own:  # many independent elements have become one
            np.testing.assert_allclose(
                np.sqrt(blocks.variance(found.blocks[key])), np.sqrt(blocks.variance(part)), **close
            )
        else:
            np.testing.assert_allclose(blocks.components(found.blocks[key], ()), blocks.components(part, ()), **close)
    assert set(found.blocks) <= set(expected.blocks)
