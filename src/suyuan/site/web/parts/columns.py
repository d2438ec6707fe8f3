"""The layered graph in columns, for the screen and for paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from django.utils.html import escape

from suyuan.site.web.parts.layers import Part, bands, parts
from suyuan.site.web.parts.pen import (
    Line,
    Picture,
    Spot,
    arrow,
    cut_text,
    fit,
    linked,
    mark,
    said,
    solid,
    stroke,
    text,
    value,
)

LEFT, PAGE, COLUMN, BETWEEN, WIDEST = 122.0, 1120.0, 249.5, 34.0, 5
NODE, PLAIN, CROOKED, BARS = 66.0, 52.0, 56.0, 26.0
STEM, FOOT = 54.0, 56.0
"""Height of a cut right below a parent, and right above a child."""


def rows(picture: Picture) -> list[list[tuple[Part, int]]]:
    ends = [(line.parent, line.child) for line in picture.lines]
    found = parts({spot.id: spot.layer for spot in picture.spots}, ends)
    tone = {spot.id: spot.tone for spot in picture.spots}

    def worst(part: Part) -> tuple[int, int]:
        tones = {tone.get(id, "") for id, _ in part.column}
        return (0 if "bad" in tones else 1 if "warn" in tones else 2, -len(part.column))

    return bands(sorted(found, key=worst), WIDEST)


class Band:
    """One row of parts side by side, as one SVG."""

    def __init__(self, picture: Picture, row: Sequence[tuple[Part, int]]) -> None:
        self.picture, self.row = picture, row
        self.spots = {spot.id: spot for spot in picture.spots}
        columns = max(first + part.width for part, first in row)
        self.pitch = max(150.0, min(COLUMN, (PAGE - LEFT + BETWEEN) / columns))
        self.rule = self.pitch - BETWEEN
        self.width = max(PAGE, LEFT + columns * self.pitch)
        self.x = {v: LEFT + (first + at) * self.pitch for part, first in row for v, at in part.column.items()}
        self.lines = [line for line in picture.lines if any((line.parent, line.child) in p.routes for p, _ in row)]
        self.routes = {ends: route for part, _ in row for ends, route in part.routes.items()}
        self.layers = sorted({layer for part, _ in row for layer in part.layers})
        self.entry = self._entries()
        self.head: dict[int, float] = {}
        self.foot: dict[int, float] = {}
        self.y = self._heights()

    def _entries(self) -> dict[tuple[str, str], float]:
        """Where each line enters its child: from left to right as its parents stand."""
        result: dict[tuple[str, str], float] = {}
        into: dict[str, list[Line]] = {}
        for line in self.lines:
            into.setdefault(line.child, []).append(line)
        for child, coming in into.items():
            coming.sort(key=lambda line: self.x[self.routes[line.parent, line.child][-2]])
            step = min(26.0, (self.rule - 30) / max(1, len(coming)))
            for n, line in enumerate(coming):
                result[line.parent, child] = self.x[self.routes[line.parent, child][-1]] + 10 + step * n
        return result

    def _heights(self) -> dict[int, float]:
        """The rule of each layer: more room where a line is cut or runs far."""
        result, y = {}, 4.75
        for above, below in pairwise([*self.layers, None]):
            assert above is not None
            result[above] = y
            if below is None:
                break
            y += NODE + self._gap(above, below)
        return result

    def _gap(self, above: int, below: int) -> float:
        """The room between two layers: for cuts at its head and foot, and for lines that run aside."""
        self.head[above] = self.foot[below] = 0.0
        crooked = False
        for (parent, child), route in self.routes.items():
            for start, end in pairwise(route):
                if start[1] != above or end[1] != below:
                    continue
                stem = start[0] == parent and parent in self.picture.stems
                line = self._line(parent, child)
                cut = line is not None and line.cut is not None and end[0] == child and parent not in self.picture.stems
                self.head[above] = max(self.head[above], STEM if stem else 0.0)
                self.foot[below] = max(self.foot[below], FOOT if cut else 0.0)
                to = self.entry[parent, child] if end[0] == child else self.x[end] + 10
                aside = self.x[start] != self.x[end] if len(route) == 2 and not stem else self.x[start] + 10 != to
                crooked = crooked or aside
        reserved = self.head[above] + self.foot[below]
        return reserved + (CROOKED if crooked else 12.0 if reserved else PLAIN)

    def _line(self, parent: str, child: str) -> Line | None:
        return next((line for line in self.lines if (line.parent, line.child) == (parent, child)), None)

    def svg(self, number: int) -> str:
        bottom = max(self.y.values()) + NODE + 4
        label = escape(self.picture.label) if number == 0 else ""
        body = "".join((self._margin(), *map(self._drawn, self.lines), *self._stems(), *self._cuts()))
        here = [s for s in self.picture.spots if (s.id, s.layer) in self.x]
        body += "".join(self._node(spot) for spot in here)
        named = f' role="group" aria-label="{label}"' if label else ' role="group"'
        kind = "wide" + (" more" if number else "")
        return (
            f'<svg class="{kind}" viewBox="0 0 {self.width:.0f} {bottom:.0f}" width="{self.width:.0f}" '
            f'height="{bottom:.0f}"{named}>{body}</svg>'
        )

    def _margin(self) -> str:
        drawn = ""
        for layer in self.layers:
            name, second = self.picture.layers.get(layer, ("", ""))
            y = self.y[layer]
            drawn += f'<path class="hl" d="M0 {y - 0.25:.1f}H88"/>'
            drawn += text("tser", 0, y + 20, escape(fit(name, 96, 15)))
            drawn += text("t2", 0, y + 37, escape(fit(second, 96, 12)))
        return drawn

    def _node(self, spot: Spot) -> str:
        x, y = self.x[spot.id, spot.layer], self.y[spot.layer]
        tone = spot.tone or ("ac" if spot.here else "ax")
        thick = 2.5 if spot.here else 2 if spot.kind == "result" else 1.5
        dash = ' stroke-dasharray="7 4"' if spot.tone else ""
        body = f'<rect class="bg" x="{x:.1f}" y="{y + 1:.1f}" width="{self.rule:.1f}" height="{NODE - 4:.0f}"/>'
        body += f'<path class="{tone}" stroke-width="{thick:g}"{dash} d="M{x:.1f} {y:.2f}H{x + self.rule:.1f}"/>'
        body += text(f"t14 tb{' acc' if spot.here else ''}", x, y + 20, escape(fit(spot.name, self.rule + 14, 15)))
        body += text("t13", x, y + 39, value(said(spot.values, self.rule, 13)))
        body += text("t2", x, y + 56, escape(said(spot.notes, self.rule, 12)))
        return linked(spot, body)

    def _drawn(self, line: Line) -> str:
        """The way of a line from the foot of its parent to the head of its child."""
        route = self.routes[line.parent, line.child]
        stem, cut = self.picture.stems.get(line.parent), line.cut
        x, y = self.x[route[0]] + 10, self.y[route[0][1]] + NODE
        end = self.entry[line.parent, line.child]
        if len(route) == 2 and self.x[route[0]] == self.x[route[1]] and not stem:
            x = end
        tone = stem.tone if stem is not None else line.tone
        cut = None if stem is not None else line.cut
        path = ""
        for vertex in route[1:]:
            last, above = vertex is route[-1], route[route.index(vertex) - 1][1]
            to = end if last else self.x[vertex] + 10
            top = self.y[vertex[1]]
            begin = y + self.head.get(above, 0.0)
            # a stem draws its own beginning; other lines go straight down beside it
            path += f"M{x:.1f} {begin if stem is not None and not path else y:.1f}V{begin:.1f}"
            path += _bend(x, begin, to, top - self.foot.get(vertex[1], 0.0))
            x, y = to, self.y[vertex[1]] + NODE
            if not last:
                path += f"V{y:.1f}"
        head = self.y[route[-1][1]]
        foot = head - self.foot.get(route[-1][1], 0.0)
        if cut is None or line.soft:
            return stroke(tone, path + f"V{head:.1f}") + arrow(tone, end, head)
        first = foot + 10
        drawn = stroke(tone, path)
        drawn += solid(line.below, f"M{end:.1f} {foot:.1f}V{first:.1f}M{end - 6:.1f} {first:.1f}h12")
        drawn += solid(
            line.below, f"M{end - 6:.1f} {first + BARS:.1f}h12M{end:.1f} {first + BARS:.1f}V{head:.1f}"
        ) + arrow(line.below, end, head)
        return drawn + mark(cut.mark, cut.tone, end, first + BARS / 2)

    def _stems(self) -> Iterable[str]:
        for id, cut in self.picture.stems.items():
            spot = self.spots.get(id)
            if spot is None or (id, spot.layer) not in self.x or not any(line.parent == id for line in self.lines):
                continue
            x, y = self.x[id, spot.layer] + 10, self.y[spot.layer] + NODE
            first = y + 14
            yield solid(
                cut.tone,
                f"M{x:.1f} {y:.1f}V{first:.1f}M{x - 6:.1f} {first:.1f}h12M{x - 6:.1f} {first + BARS:.1f}h12"
                f"M{x:.1f} {first + BARS:.1f}V{y + STEM:.1f}",
            )
            yield mark(cut.mark, cut.tone, x, first + BARS / 2)
            yield cut_text([cut], x + 17, first + BARS / 2, self.rule - 27)

    def _cuts(self) -> Iterable[str]:
        """The words beside the cuts of one child, right of its last line."""
        into: dict[str, list[Line]] = {}
        for line in self.lines:
            into.setdefault(line.child, []).append(line)
        for child, coming in into.items():
            cuts = [line.cut for line in coming if line.cut is not None and line.parent not in self.picture.stems]
            if cuts:
                x = max(self.entry[line.parent, child] for line in coming) + 17
                head = self.y[self.spots[child].layer]
                room = self.x[child, self.spots[child].layer] + self.rule + BETWEEN - 8 - x
                yield cut_text(cuts, x, head - FOOT + 10 + BARS / 2, room)


def _bend(x: float, y: float, to: float, top: float) -> str:
    """Straight down, or a curve that leaves and arrives upright."""
    if abs(to - x) < 0.6:
        return f"V{top:.1f}"
    pull = min(44.0, (top - y) * 0.62)
    return f"C{x:.1f} {y + pull:.1f} {to:.1f} {top - pull * 1.15:.1f} {to:.1f} {top:.1f}"
