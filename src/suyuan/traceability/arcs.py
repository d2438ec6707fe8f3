"""Arcs between numbered nodes, as two int32 tables (CSR, forward and reverse), with NumPy frontier closure.

A closure touches each arc once; nothing is a Python object per node, so a million arcs are walked in tens of
milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.sparse import csgraph

Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Arcs:
    """Arcs parent → child between nodes 0 … count − 1, without circles (`acyclic` removes them first).

    down_start (count + 1,), down (arcs,): children of node i are down[down_start[i]:down_start[i + 1]]; up alike.
    """

    count: int
    down_start: Ints
    down: Ints
    up_start: Ints
    up: Ints

    @classmethod
    def between(cls, parent: ArrayLike, child: ArrayLike, count: int) -> Arcs:
        """From two equally long lists of node numbers; an arc given twice counts once."""
        rows, columns = np.asarray(parent, np.int32).ravel(), np.asarray(child, np.int32).ravel()
        matrix = sparse.csr_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(count, count))
        back = matrix.tocsc()
        return cls(
            count,
            matrix.indptr.astype(np.int32),
            matrix.indices.astype(np.int32),
            back.indptr.astype(np.int32),
            back.indices.astype(np.int32),
        )

    def downstream(self, seeds: ArrayLike) -> Ints:
        """All nodes that rest on a seed, without the seeds, in order of distance."""
        return _closure(self.down_start, self.down, seeds, self.count)

    def upstream(self, seeds: ArrayLike) -> Ints:
        """All nodes that a seed rests on, without the seeds, in order of distance."""
        return _closure(self.up_start, self.up, seeds, self.count)

    @cached_property
    def levels(self) -> Ints:
        """Longest path from a node without parents, for each node (count,)."""
        level = np.zeros(self.count, np.int32)
        waiting = np.diff(self.up_start)
        frontier = np.flatnonzero(waiting == 0).astype(np.int32)
        depth = 0
        while frontier.size:
            level[frontier] = depth
            children, times = np.unique(_gather(self.down_start, self.down, frontier), return_counts=True)
            waiting[children] -= times.astype(waiting.dtype)
            frontier = children[waiting[children] == 0]
            depth += 1
        return level

    @cached_property
    def order(self) -> Ints:
        """A topological order: every parent stands before its children."""
        return np.argsort(self.levels, kind="stable").astype(np.int32)


def circles(parent: ArrayLike, child: ArrayLike, count: int) -> tuple[NDArray[np.bool_], Ints]:
    """Which arcs lie in a circle, and for each node the number of its strongly connected component."""
    rows, columns = np.asarray(parent, np.int32).ravel(), np.asarray(child, np.int32).ravel()
    if not np.isin(rows, columns).any():  # nobody both uses and is used
        return np.zeros(len(rows), np.bool_), np.arange(count, dtype=np.int32)
    matrix = sparse.csr_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(count, count))
    _, label = csgraph.connected_components(matrix, directed=True, connection="strong")
    return np.asarray(label[rows] == label[columns]), np.asarray(label, np.int32)


def _gather(start: Ints, target: Ints, nodes: Ints) -> Ints:
    """The targets of all arcs that leave `nodes`, concatenated."""
    first = start[nodes]
    length = start[nodes + 1] - first
    total = int(length.sum())
    if not total:
        return np.zeros(0, np.int32)
    shift = np.repeat(first - np.concatenate(([0], np.cumsum(length)[:-1])), length)
    return np.asarray(target[shift + np.arange(total)], np.int32)


def _closure(start: Ints, target: Ints, seeds: ArrayLike, count: int) -> Ints:
    frontier = np.unique(np.asarray(seeds, np.int32).ravel())
    seen = np.zeros(count, np.bool_)
    seen[frontier] = True
    owner = np.zeros(count, np.int32)
    found = [np.zeros(0, np.int32)]
    while frontier.size:
        reached = _gather(start, target, frontier)
        reached = reached[~seen[reached]]
        # The last writer owns a node: that keeps one of several arcs to it without sorting.
        owner[reached] = np.arange(len(reached), dtype=np.int32)
        frontier = reached[owner[reached] == np.arange(len(reached), dtype=np.int32)]
        seen[frontier] = True
        found.append(frontier)
    return np.concatenate(found)
