"""Where things stand in a layered graph: few crossings, short lines, whole columns. Nothing is drawn here.

Layers are given. Lines over several layers get a way point in each; barycentre sweeps order every layer (Sugiyama
1981); then each vertex gets a column, so that a parent stands above its child where it can. Unconnected parts are laid
out by themselves and put side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Vertex = tuple[str, int]
"""Id and layer: a spot in its own layer, a way point of the line «parent>child» in the layers between."""

SWEEPS = 12


@dataclass(frozen=True)
class Part:
    """One connected part. column: vertex → column; routes: (parent, child) → vertices from top to bottom."""

    column: Mapping[Vertex, int]
    routes: Mapping[tuple[str, str], tuple[Vertex, ...]]
    width: int

    @property
    def layers(self) -> tuple[int, ...]:
        return tuple(sorted({layer for _, layer in self.column}))


def parts(layer_of: Mapping[str, int], lines: Iterable[tuple[str, str]]) -> list[Part]:
    """The connected parts of a graph, each laid out; in the order of their first spot.

    layer_of: id → layer; lines: (parent, child), the parent in a higher layer (a smaller number).
    """
    ends = [(a, b) for a, b in dict.fromkeys(lines) if layer_of[a] < layer_of[b]]
    leader = {id: id for id in layer_of}

    def find(id: str) -> str:
        while leader[id] != id:
            leader[id] = leader[leader[id]]
            id = leader[id]
        return id

    for a, b in ends:
        leader[find(b)] = find(a)
    groups: dict[str, list[str]] = {}
    for id in layer_of:
        groups.setdefault(find(id), []).append(id)
    return [
        _part({id: layer_of[id] for id in group}, [e for e in ends if find(e[0]) == head])
        for head, group in groups.items()
    ]


def _part(layer_of: Mapping[str, int], ends: Sequence[tuple[str, str]]) -> Part:
    routes: dict[tuple[str, str], tuple[Vertex, ...]] = {}
    rows: dict[int, list[Vertex]] = {}
    for id, layer in layer_of.items():
        rows.setdefault(layer, []).append((id, layer))
    for a, b in ends:
        between = [(f"{a}>{b}", layer) for layer in range(layer_of[a] + 1, layer_of[b])]
        routes[a, b] = ((a, layer_of[a]), *between, (b, layer_of[b]))
        for vertex in between:
            rows.setdefault(vertex[1], []).append(vertex)
    up: dict[Vertex, list[Vertex]] = {}
    down: dict[Vertex, list[Vertex]] = {}
    for route in routes.values():
        for above, below in pairwise(route):
            up.setdefault(below, []).append(above)
            down.setdefault(above, []).append(below)
    ordered = _ordered([rows[layer] for layer in sorted(rows)], up, down)
    width = max(len(row) for row in ordered)
    return Part(_columns(ordered, up, down, width), routes, width)


def crossings(rows: Sequence[Sequence[Vertex]], down: Mapping[Vertex, list[Vertex]]) -> int:
    """How many pairs of lines cross between neighbouring rows."""
    count = 0
    for upper, lower in pairwise(rows):
        place = {vertex: i for i, vertex in enumerate(lower)}
        spans = [(i, place[below]) for i, vertex in enumerate(upper) for below in down.get(vertex, ())]
        count += sum((a - c) * (b - d) < 0 for n, (a, b) in enumerate(spans) for c, d in spans[:n])
    return count


def _ordered(
    rows: list[list[Vertex]], up: Mapping[Vertex, list[Vertex]], down: Mapping[Vertex, list[Vertex]]
) -> list[list[Vertex]]:
    """Rows with few crossings: the best of some sweeps down and up."""
    rows = _deep_first(rows, down)
    best, least = [list(row) for row in rows], crossings(rows, down)
    for sweep in range(SWEEPS):
        if not least:
            break
        downward = sweep % 2 == 0
        near = up if downward else down
        numbers = range(1, len(rows)) if downward else range(len(rows) - 2, -1, -1)
        for i in numbers:
            place = {vertex: float(n) for n, vertex in enumerate(rows[i - 1 if downward else i + 1])}
            rows[i] = _by_barycentre(rows[i], near, place)
        now = crossings(rows, down)
        if now < least:
            best, least = [list(row) for row in rows], now
    return best


def _deep_first(rows: list[list[Vertex]], down: Mapping[Vertex, list[Vertex]]) -> list[list[Vertex]]:
    """A first order: each vertex with what hangs below it together."""
    order: dict[Vertex, int] = {}

    def visit(vertex: Vertex) -> None:
        waiting = [vertex]
        while waiting:
            now = waiting.pop()
            if now not in order:
                order[now] = len(order)
                waiting.extend(reversed(down.get(now, ())))

    for row in rows:
        for vertex in row:
            visit(vertex)
    return [sorted(row, key=order.__getitem__) for row in rows]


def _by_barycentre(
    row: list[Vertex], near: Mapping[Vertex, list[Vertex]], place: Mapping[Vertex, float]
) -> list[Vertex]:
    def centre(n: int, vertex: Vertex) -> float:
        known = [place[other] for other in near.get(vertex, ()) if other in place]
        return sum(known) / len(known) if known else float(n)

    keys = {vertex: (centre(n, vertex), n) for n, vertex in enumerate(row)}
    return sorted(row, key=keys.__getitem__)


def _columns(
    rows: Sequence[Sequence[Vertex]],
    up: Mapping[Vertex, list[Vertex]],
    down: Mapping[Vertex, list[Vertex]],
    width: int,
) -> dict[Vertex, int]:
    """A column for each vertex, in the order of its row, near the columns of what it is joined to."""
    column = {vertex: n for row in rows for n, vertex in enumerate(row)}
    for sweep in range(6):
        downward = sweep % 2 == 0
        for row in rows if downward else reversed(rows):
            wanted = []
            for vertex in row:
                first, second = (up, down) if downward else (down, up)
                near = first.get(vertex) or second.get(vertex) or []
                wanted.append(sum(column[other] for other in near) / len(near) if near else None)
            column.update(zip(row, _assigned(wanted, width), strict=True))
    left = min(column.values())
    return {vertex: at - left for vertex, at in column.items()}


def _assigned(wanted: Sequence[float | None], width: int) -> list[int]:
    """Increasing whole columns below `width` with the least sum of distances to the wanted ones."""
    count = len(wanted)
    infinite = float("inf")
    # cost[i][s]: the best for the first i vertices, all of them left of column s
    cost = [[0.0] * (width + 1)] + [[infinite] * (width + 1) for _ in range(count)]
    taken = [[0] * (width + 1) for _ in range(count + 1)]
    for i, wish in enumerate(wanted, 1):
        for s in range(i, width + 1):
            here = cost[i - 1][s - 1] + (0.0 if wish is None else abs(s - 1 - wish))
            cost[i][s], taken[i][s] = here, s - 1
            if cost[i][s - 1] <= here:
                cost[i][s], taken[i][s] = cost[i][s - 1], taken[i][s - 1]
    result, s = [], width
    for i in range(count, 0, -1):
        result.append(taken[i][s])
        s = taken[i][s]
    return result[::-1]


def bands(found: Sequence[Part], widest: int) -> list[list[tuple[Part, int]]]:
    """Parts side by side while their columns fit: rows of (part, its first column)."""
    rows: list[list[tuple[Part, int]]] = []
    used: list[int] = []
    for part in found:
        for n, row in enumerate(rows):
            if used[n] + part.width <= widest:
                row.append((part, used[n]))
                used[n] += part.width
                break
        else:
            rows.append([(part, 0)])
            used.append(part.width)
    return rows
