"""A graph on a narrow page: one spot a row, its lines in lanes at the left, as in the history of a document.

Every spot comes after all its parents; the line of a parent keeps its lane down to its last child.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Lanes:
    """order: ids from top to bottom; lane: id → 0, 1, …; last: id → row of its last child (its own without one)."""

    order: tuple[str, ...]
    lane: Mapping[str, int]
    last: Mapping[str, int]

    @property
    def count(self) -> int:
        return max(self.lane.values(), default=0) + 1


def lanes(ids: Sequence[str], lines: Iterable[tuple[str, str]], apart: frozenset[str] = frozenset()) -> Lanes:
    """Rows and lanes.

    ids: in the order in which roots shall come; lines: (parent, child) without circles; apart: spots that need a lane
    of their own from above (their line is cut while the parent's goes on).
    """
    up: dict[str, list[str]] = {id: [] for id in ids}
    down: dict[str, list[str]] = {id: [] for id in ids}
    for a, b in dict.fromkeys(lines):
        up[b].append(a)
        down[a].append(b)
    order = _rows(ids, up, down)
    row = {id: n for n, id in enumerate(order)}
    last = {id: max([row[id], *(row[child] for child in down[id])]) for id in order}
    lane: dict[str, int] = {}
    for n, id in enumerate(order):
        busy = {lane[other] for other in order[:n] if last[other] > n or (id in apart and last[other] == n)}
        ending = sorted(lane[parent] for parent in up[id] if last[parent] == n and id not in apart)
        free = (at for at in range(len(order) + 1) if at not in busy)
        lane[id] = ending[0] if ending else next(free)
    return Lanes(tuple(order), lane, last)


def _rows(ids: Sequence[str], up: Mapping[str, list[str]], down: Mapping[str, list[str]]) -> list[str]:
    """Each spot right after the last of its parents; what ends soon comes before what goes on."""
    depth: dict[str, int] = {}
    for id in reversed(_parents_first(ids, up, down)):
        depth[id] = 1 + max((depth[child] for child in down[id]), default=0)
    order: list[str] = []
    placed: set[str] = set()
    waiting = [id for id in reversed(ids) if not up[id]]
    while waiting:
        id = waiting.pop()
        if id in placed or any(parent not in placed for parent in up[id]):
            continue
        placed.add(id)
        order.append(id)
        waiting.extend(sorted(down[id], key=lambda child: -depth[child]))
    return order


def _parents_first(ids: Sequence[str], up: Mapping[str, list[str]], down: Mapping[str, list[str]]) -> list[str]:
    left = {id: len(up[id]) for id in ids}
    ready = [id for id in ids if not left[id]]
    for id in ready:
        for child in down[id]:
            left[child] -= 1
            if not left[child]:
                ready.append(child)
    return ready
