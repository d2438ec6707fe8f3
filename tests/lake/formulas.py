"""Formulas drawn at random for engines to agree on: logarithms, ratios, roots, exponentials, inputs used again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from suyuan.quantity import block as blocks
from suyuan.quantity.influence import Influence
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.series.reading import Independent, Input, Reading, Shared
from suyuan.series.sums import Sums, Totals

ROWS = 60
K = quantity(1.3, 0.02, label="k", id="b" * 32)
FIRST = Influence("1" * 32, u=np.ones(1), label="certificate 1")
SECOND = Influence("2" * 32, size=2, u=np.ones(2), label="certificate 2")


def table_of(seed: int) -> pa.Table:
    """Columns a, b, c in (0.5, 1.5), a size ca and a group g."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {name: rng.uniform(0.5, 1.5, ROWS) for name in "abc"}
    columns["ca"] = rng.uniform(-0.02, 0.02, ROWS)
    columns["g"] = np.array(["east", "north", "west"])[rng.integers(0, 3, ROWS)]
    return pa.table(columns)


def inputs_of(seed: int) -> dict[str, Input]:
    """a and b share an influence, a has one by a column, b noise; c is exact; k is a constant."""
    return {
        "a": Reading("a", independent=Independent(0.01, id="a" * 32),
                     shared=(Shared(FIRST, 0.02, relative=True), Shared(SECOND, "ca", element=1))),
        "b": Reading("b", independent=Independent(0.02, relative=True, id="c" * 32), shared=(Shared(FIRST, -0.03),)),
        "c": Reading("c"),
        "k": K,
    }  # fmt: skip


def formula_of(seed: int, depth: int = 4) -> str:
    """A formula of positive pieces, so that logarithms, roots and ratios have values everywhere."""
    rng = np.random.default_rng(seed)

    def piece(left: int) -> str:
        if left == 0 or rng.random() < 0.15:
            return str(rng.choice(["a", "b", "c", "k", "0.7"]))
        kind = int(rng.integers(0, 8))
        x = piece(left - 1)
        if kind == 0:
            return f"log(1.5 + {x})"
        if kind == 1:
            return f"sqrt({x})"
        if kind == 2:
            return f"exp(-{x})"
        if kind == 3:
            return f"({x})**2"
        y = piece(left - 1)
        return {4: f"({x} + {y})", 5: f"({x})*({y})", 6: f"({x})/(0.3 + {y})", 7: f"log(1 + a/b + {x})*a/({y} + b)"}[
            kind
        ]

    return f"({piece(depth)}) + a/b*k - log(b/a)*({piece(depth - 1)})"


def worst_difference(expected: Any, found: Any, query: Sums) -> float:
    """The greatest difference of value, u and every influence sum, group by group, in parts of the group's largest."""
    assert isinstance(expected, Totals) and isinstance(found, Totals)
    orders = [np.lexsort([np.asarray(t.keys[name]).astype(str) for name in query.by]) for t in (expected, found)]
    for name in query.by:
        np.testing.assert_array_equal(
            np.asarray(expected.keys[name])[orders[0]].astype(str), np.asarray(found.keys[name])[orders[1]].astype(str)
        )
    np.testing.assert_array_equal(expected.count[orders[0]], found.count[orders[1]])
    worst = 0.0
    for output, first in expected.quantities.items():
        second = found.quantities[output]
        scale = np.abs(first.value[orders[0]]) + first.u[orders[0]]
        for x, y in zip(_columns(first), _columns(second), strict=True):
            worst = max(worst, float(np.max(np.abs(x[..., orders[0]] - y[..., orders[1]]) / scale)))
    return worst


def _columns(q: Quantity) -> list[Any]:
    """Value, u, and the components for every influence; of independent ones the square root of their sum of squares."""
    found: list[Any] = [q.value, q.u]
    for key in sorted(q.blocks):
        part = q.blocks[key]
        own = part.own is not None  # an element a group: its components would be a square matrix
        found.append(np.sqrt(blocks.variance(part)) if own else blocks.components(part, q.value.shape))
    return found
