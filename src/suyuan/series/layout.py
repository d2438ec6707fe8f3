"""Where periods lie among the rows of a slice, and which rows count how much: sums of columns by period."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.series.gathered import lengths

Array = NDArray[Any]
_WIDE = 12
"""Rows of a period from which on scalar products are faster."""


class Layout:
    """Periods among rows, and what each row counts.

    edges (p,): where each period begins; bad: rows that do not count, ascending, None for none; factor (n,): exact
    numbers by which rows are multiplied, None for 1. Of periods with equally many rows (all but the first and the last)
    a sum of products is one scalar product each, which needs no column for the products.
    """

    def __init__(self, edges: Array, rows: int, bad: Array | None = None, factor: Array | None = None) -> None:
        self.edges, self.rows, self.bad, self.factor = edges, rows, bad, factor
        self.size = lengths(edges, rows)

    @cached_property
    def _grid(self) -> tuple[int, int, int]:
        """Rows of every period but the first and the last, 0 where they differ; where the first whole one begins; where
        the last whole one ends."""
        size = self.size
        if len(size) < 4 or size[1] < _WIDE or (size[1:-1] != size[1]).any():
            return 0, 0, self.rows
        head = 0 if size[0] == size[1] else int(self.edges[1])
        return int(size[1]), head, self.rows if size[-1] == size[1] else int(self.edges[-1])

    @cached_property
    def count(self) -> Array:
        """How many rows of each period count (p,)."""
        if self.bad is None:
            return self.size.astype(float)
        return (self.size - lengths(np.searchsorted(self.bad, self.edges), len(self.bad))).astype(float)

    @cached_property
    def weight(self) -> Array | None:
        """What each row counts (n,), None for 1 of every row."""
        if self.bad is None:
            return self.factor
        found = np.ones(self.rows) if self.factor is None else self.factor.copy()
        found[self.bad] = 0.0
        return found

    @cached_property
    def weights(self) -> Array:
        """Σw of each period (p,)."""
        return self.count if self.factor is None else self.total(self.weight)

    def cut(self, most: int) -> Iterator[tuple[slice, slice, Layout]]:
        """Slices of at most so many rows, as periods and as rows: whole periods where one is short enough."""
        begin, period, edges = 0, 0, self.edges
        while begin < self.rows:
            end = self.rows
            if begin + most < end:
                end = int(edges[np.searchsorted(edges, begin + most, side="right") - 1])
                if end <= begin:  # one period is longer than a slice
                    end = begin + most
            last = len(edges) if end == self.rows else int(np.searchsorted(edges, end))
            yield slice(period, last), slice(begin, end), self._part(slice(period, last), slice(begin, end))
            begin, period = end, last if last < len(edges) and edges[last] == end else last - 1

    def _part(self, periods: slice, rows: slice) -> Layout:
        if rows.start == 0 and rows.stop == self.rows:
            return self
        edges, bad = self.edges[periods] - rows.start, self.bad
        edges[0] = 0
        if bad is not None:
            first, last = np.searchsorted(bad, (rows.start, rows.stop))
            bad = bad[first:last] - rows.start if last > first else None
        made = Layout(edges, rows.stop - rows.start, bad, None if self.factor is None else self.factor[rows])
        width, head, tail = self._grid
        if width and len(edges) > 1:  # whole periods: those that are cut are the same
            made.__dict__["_grid"] = (width, max(head - rows.start, 0), min(tail, rows.stop) - rows.start)
        return made

    def total(self, x: Any) -> Array:
        """Σ x of each period (p,)."""
        found: Array = np.add.reduceat(x, self.edges)
        return found

    def totals(self, table: Array) -> Array:
        """Σ x of each period (m, p) of several columns (m, n)."""
        width, head, tail = self._grid
        if not width:
            return np.asarray(np.add.reduceat(table, self.edges, axis=1))
        cut = table[:, head:tail].reshape(len(table), -1, width)
        return self._ends(table, np.matmul(cut, np.ones(width)), lambda part: np.add.reduce(part, axis=-1))

    def products(self, x: Array, y: Array) -> Array:
        """Σ x·y of each period (p,)."""
        width, head, tail = self._grid
        if not width:
            return self.total(x * y)
        found, (a, b) = np.empty(len(self.edges)), (z[head:tail].reshape(-1, width) for z in (x, y))
        np.vecdot(a, b, out=found[int(head > 0) : len(found) - int(tail < self.rows)])
        if head:
            found[0] = x[:head] @ y[:head]
        if tail < self.rows:
            found[-1] = x[tail:] @ y[tail:]
        return found

    def squares(self, table: Array) -> Array:
        """Σ x² of each period (m, p) of several columns (m, n)."""
        width, head, tail = self._grid
        if not width:
            return np.stack([self.total(x * x) for x in table])
        cut = table[:, head:tail].reshape(len(table), -1, width)
        return self._ends(table, np.vecdot(cut, cut), lambda part: np.vecdot(part, part))

    def _ends(self, table: Array, middle: Array, sums: Callable[[Array], Array]) -> Array:
        """The sums of the whole periods between those of the first and of the last one, where these are cut."""
        _, head, tail = self._grid
        parts = [sums(table[:, :head])[:, None]] if head else []
        parts.append(middle)
        if tail < self.rows:
            parts.append(sums(table[:, tail:])[:, None])
        return middle if len(parts) == 1 else np.concatenate(parts, axis=1)
