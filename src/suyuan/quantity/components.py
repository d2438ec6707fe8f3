"""Components of a quantity: how its values depend on influences, worked out when somebody asks.

A scalar made by arithmetic keeps the terms of its last operation only, pairs of a partial derivative and an operand:
dy = Σ pᵢ·dxᵢ. Asked for its uncertainty it runs one reverse sweep over all that stands behind it, so a sum of n terms
costs O(n) and not O(n²), and what nobody asks for costs nothing. Arrays have their blocks at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block, Dense, Term
from suyuan.quantity.influence import Influence

Array = NDArray[Any]
Blocks = dict[str, Block]
Flat = dict[tuple[str, int], float]
"""The components of one real number: (influence id, element) → component."""


FEW = 64
"""A number that depends on no more elements than this is kept flat; beyond, blocks are quicker."""


class Components:
    """What one quantity is made of: terms not yet worked out, flat components of a single number, or blocks.

    Immutable as seen from outside: whatever form is kept, it says the same.
    """

    __slots__ = ("_blocks", "_flat", "_met", "_origin", "_terms")

    def __init__(
        self,
        terms: Sequence[tuple[float, Components]] | None,
        parts: Blocks | None = None,
        flat: Flat | None = None,
        origin: dict[str, Influence] | None = None,
    ) -> None:
        self._terms = terms
        self._met = False
        self._blocks = parts
        self._flat = flat
        self._origin = origin

    @classmethod
    def of(cls, parts: Mapping[str, Block]) -> Components:
        """The components with these blocks."""
        return cls(None, dict(parts)) if parts else NOTHING

    def __reduce__(self) -> tuple[Any, ...]:
        return Components.of, (self.blocks,)  # worked out, so that a long history is not copied with it

    @property
    def blocks(self) -> Blocks:
        """Influence id → block."""
        if self._blocks is None:
            if self._terms is not None:
                self._work_out()
            if self._blocks is None:
                self._blocks = self._made()
        return self._blocks

    def _made(self) -> Blocks:
        """Blocks from the form that is kept instead."""
        return _gathered(self._flat or {}, self._origin or {})

    def flat(self) -> Flat | None:
        """(influence id, element) → component of a single number, None where it is kept as blocks."""
        if self._terms is not None:
            self._work_out()
        return self._flat

    def variance(self) -> Any:
        """u², of a shape that broadcasts to that of the values; complex numbers as in `block.variance`."""
        factor, part, steps = 1.0, self, 0
        while part._terms is not None and len(part._terms) == 1:  # a factor, a function of one variable: no sweep
            ((partial, part),) = part._terms
            factor, steps = factor * partial, steps + 1
        if steps > 1:
            self._terms = [(factor, part)]  # who goes on from here need not walk this way again
        return factor * factor * part._variance() if steps else self._variance()

    def u(self) -> Any:
        """Standard uncertainty; complex numbers: u(Re) + j·u(Im)."""
        variance = self.variance()
        if type(variance) is float:
            return math.sqrt(variance)
        if np.iscomplexobj(variance):
            return np.sqrt(np.real(variance)) + 1j * np.sqrt(np.imag(variance))
        return np.sqrt(variance)

    def _variance(self) -> Any:
        if self._terms is not None:
            self._work_out()
        if self._flat is not None:
            return sum([c * c for c in self._flat.values()], 0.0)
        result: Any = 0.0
        for part in self.blocks.values():
            result = result + blocks.variance(part)
        return result

    def total(self, shape: tuple[int, ...], axis: int | None) -> Components:
        """The components of the sum over all values, or over one axis."""
        return Components.of({key: blocks.total(part, shape, axis) for key, part in self.blocks.items()})

    def _work_out(self, whole: bool = False) -> None:
        """From terms to flat components; to blocks where a number depends on very many elements."""
        flat: Flat = {}
        origin: dict[str, Influence] = {}
        rest: list[tuple[float, Components]] = []
        swept = _swept(self, whole)
        for bar, leaf in swept:
            if leaf._flat is None and not leaf._flatten():
                rest.append((bar, leaf))
                continue
            for id, influence in leaf._origin.items():  # type: ignore[union-attr]
                have = origin.setdefault(id, influence)
                if have is not influence:
                    blocks.check_same(have, influence)
            for key, component in leaf._flat.items():  # type: ignore[union-attr]
                flat[key] = flat.get(key, 0.0) + bar * component
        if rest:
            gathered: dict[str, list[Term]] = {key: [(1.0, b, 0)] for key, b in _gathered(flat, origin).items()}
            for bar, leaf in rest:
                for id, part in leaf.blocks.items():
                    gathered.setdefault(id, []).append((bar, part, 0))
            entered = dict.fromkeys(id for _, leaf in swept for id in (leaf._origin or leaf.blocks))
            self._blocks = {id: blocks.combine(gathered[id], ()) for id in entered}
        else:
            self._flat, self._origin = flat, origin
        self._terms = None

    def _flatten(self) -> bool:
        """Find the flat form of a single number's blocks, if it has few elements."""
        if self._blocks is None:
            return False
        flat: Flat = {}
        for key, part in self._blocks.items():
            if part.dense is not None:
                if part.dense.weights is not None or len(part.dense.scale) > FEW:
                    return False
                flat |= {(key, i): c for i, c in enumerate(part.dense.scale.tolist())}
            if part.own is not None:
                if len(part.own.index) > FEW:
                    return False
                for i, c in zip(part.own.index.tolist(), part.own.coefficient.tolist(), strict=True):
                    flat[key, i] = flat.get((key, i), 0.0) + c
        if len(flat) > FEW:
            return False
        self._flat, self._origin = flat, {key: part.influence for key, part in self._blocks.items()}
        return True


class Deferred(Components):
    """Blocks that would fill the memory and that few ask for: computed when asked for, their uncertainty known before.

    make: computes the blocks; u: standard uncertainties of the values; total: that of their sum, where it is known.
    """

    __slots__ = ("_known", "_make", "_total")

    def __init__(self, make: Callable[[], Blocks], u: Any, total: float | None = None) -> None:
        super().__init__(None)
        self._make: Callable[[], Blocks] | None = make
        self._known, self._total = u, total

    def _made(self) -> Blocks:
        assert self._make is not None
        made, self._make = self._make(), None  # what it held is no longer needed
        return made

    def u(self) -> Any:
        return self._known

    def _variance(self) -> Any:
        return self._known * self._known

    def total(self, shape: tuple[int, ...], axis: int | None) -> Components:
        if axis is not None or self._total is None:
            return super().total(shape, axis)
        return Deferred(lambda: super(Deferred, self).total(shape, None).blocks, self._total)


NOTHING = Components(None, {}, {}, {})
"""The components of a constant."""


def element(influence: Influence, component: float) -> Components:
    """The components of a number with one influence of one element."""
    return Components(None, None, {(influence.id, 0): component}, {influence.id: influence})


def _swept(root: Components, whole: bool) -> Sequence[tuple[float, Components]]:
    """The derivatives of a number with respect to all worked-out components behind it: one reverse sweep.

    In the order in which these entered. Loops, not recursion: a running sum may be a hundred thousand steps deep.
    whole: go through everything; else what an earlier sweep has met is worked out first, since a third may follow.
    """
    terms = root._terms or ()
    if all([part._terms is None for _, part in terms]):
        return terms
    order: list[tuple[int, Sequence[tuple[float, Components]]]] = []
    bars: dict[int, float] = {}
    leaves: list[Components] = []
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if type(node) is tuple:
            order.append(node)
            continue
        key = id(node)
        if key in bars:
            continue
        bars[key] = 0.0
        if node._met and not whole and node is not root and node._terms is not None:
            node._work_out(whole=True)
        node._met = True
        terms = node._terms
        if terms is None:
            leaves.append(node)
            continue
        stack.append((key, terms))
        stack.extend([part for _, part in reversed(terms)])
    bars[id(root)] = 1.0
    for key, terms in reversed(order):
        bar = bars[key]
        for partial, part in terms:
            bars[id(part)] += bar * partial
    return [(bars[id(leaf)], leaf) for leaf in leaves]


def _gathered(flat: Flat, origin: Mapping[str, Influence]) -> Blocks:
    """Flat components as blocks."""
    entries: dict[str, tuple[list[int], list[float]]] = {id: ([], []) for id in origin}
    for (id, index), component in flat.items():
        indices, components = entries[id]
        indices.append(index)
        components.append(component)
    made: Blocks = {}
    for id, (indices, components) in entries.items():
        influence = origin[id]
        if influence.size <= FEW and 2 * len(indices) > influence.size:
            scale = np.zeros(influence.size)
            scale[indices] = components
            made[id] = Block(influence, None, Dense(scale))
        else:
            own = blocks.coalesce(np.array(indices, dtype=int), np.array(components, dtype=float))
            made[id] = blocks.settled(influence, own, None, ())
    return made
