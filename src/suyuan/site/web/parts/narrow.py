"""The layered graph in lanes, drawn again for a narrow page: one spot a row."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import escape

from suyuan.site.web.parts.lanes import Lanes, lanes
from suyuan.site.web.parts.pen import (
    Cut,
    Line,
    Picture,
    Spot,
    fit,
    linked,
    mark,
    said,
    solid,
    stroke,
    text,
    value,
    width_of,
)

NARROW, ROW, BREAK, TEXT = 358.0, 54.0, 34.0, 84.0


class Narrow:
    """One spot a row, lanes at the left."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.spots = {spot.id: spot for spot in picture.spots}
        ends = [(line.parent, line.child) for line in picture.lines]
        ids = [spot.id for spot in sorted(picture.spots, key=lambda s: s.layer)]
        plain = lanes(ids, ends)
        place = {id: n for n, id in enumerate(plain.order)}
        self.cut_into = {
            line.child: [x for x in picture.lines if x.child == line.child and x.cut and x.parent not in picture.stems]
            for line in picture.lines
        }
        apart = frozenset(
            child
            for child, cuts in self.cut_into.items()
            if any(plain.last[line.parent] != place[child] for line in cuts)
        )
        self.at: Lanes = lanes(ids, ends, apart) if apart else plain
        self.step = min(17.0, 62.0 / max(1, self.at.count - 1))
        self.y: dict[str, float] = {}
        self.break_y: dict[str, float] = {}
        y = 14.0
        for id in self.at.order:
            if self.cut_into.get(id):
                self.break_y[id] = y
                y += BREAK
            self.y[id] = y
            y += ROW + (BREAK if id in self._stemmed() else 0)
        self.height = y - 14

    def _stemmed(self) -> set[str]:
        parents = {line.parent for line in self.picture.lines}
        return {id for id in self.picture.stems if id in parents}

    def x(self, id: str) -> float:
        return 9 + self.step * self.at.lane[id]

    def svg(self) -> str:
        body = "".join(self._line(line) for line in self.picture.lines)
        body += "".join(self._stem(id) for id in sorted(self._stemmed()))
        body += "".join(self._words(child, cuts) for child, cuts in self.cut_into.items() if cuts)
        body += "".join(self._node(self.spots[id]) for id in self.at.order)
        label = escape(self.picture.label)
        return (
            f'<svg class="narrow" viewBox="0 0 {NARROW:.0f} {self.height:.0f}" width="{NARROW:.0f}" '
            f'height="{self.height:.0f}" role="group" aria-label="{label}">{body}</svg>'
        )

    def _line(self, line: Line) -> str:
        x, y = self.x(line.parent), self.y[line.parent]
        to, head = self.x(line.child), self.y[line.child]
        stem = self.picture.stems.get(line.parent)
        if stem is not None:
            y += BREAK + 22
        tone = stem.tone if stem is not None else line.tone
        cut = line.cut if stem is None else None
        if cut is None or line.soft:
            return stroke(tone, f"M{x:.1f} {y:.1f}" + _hook(x, to, head))
        middle = self.break_y[line.child] - 4
        on_lane = x == to or self.at.last[line.parent] == self.at.order.index(line.child)
        at = x if on_lane else to
        drawn = stroke(tone, f"M{x:.1f} {y:.1f}" + (f"V{middle - 14:.1f}" if on_lane else _hook(x, to, middle - 12)))
        first, second = middle - 12, middle + 12
        drawn += solid(line.below, f"M{at:.1f} {first - 2:.1f}V{first:.1f}M{at - 5:.1f} {first:.1f}h10")
        drawn += solid(line.below, f"M{at - 5:.1f} {second:.1f}h10M{at:.1f} {second:.1f}" + _hook(at, to, head))
        return drawn + mark(cut.mark, cut.tone, at, middle, 12)

    def _stem(self, id: str) -> str:
        cut, x, y = self.picture.stems[id], self.x(id), self.y[id]
        first = y + 30
        drawn = solid(
            cut.tone,
            f"M{x:.1f} {y:.1f}V{first:.1f}M{x - 5:.1f} {first:.1f}h10M{x - 5:.1f} {first + 24:.1f}h10"
            f"M{x:.1f} {first + 24:.1f}V{y + BREAK + 22:.1f}",
        )
        return drawn + mark(cut.mark, cut.tone, x, first + 12, 12) + self._told([cut], first + 17)

    def _words(self, child: str, cuts: Sequence[Line]) -> str:
        return self._told([line.cut for line in cuts if line.cut is not None], self.break_y[child] + 1)

    def _told(self, cuts: Sequence[Cut], y: float) -> str:
        tone = "bad" if any(cut.tone == "bad" for cut in cuts) else "warn"
        words = dict.fromkeys(f"{cut.word} {cut.note}".strip() for cut in cuts)
        return text(f"tb t13 {tone}", TEXT, y, escape(fit(" · ".join(words), NARROW - TEXT, 13)))

    def _node(self, spot: Spot) -> str:
        x, y = self.x(spot.id), self.y[spot.id]
        tone = spot.tone or ("ac" if spot.here else "wh")
        if spot.kind == "result":
            shape = f'<rect class="bg" x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10"/>'
            shape += f'<rect class="{tone}" x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10"/>'
        else:
            shape = f'<circle class="bg" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
            shape += f'<circle class="{tone}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
        if spot.here:
            shape += f'<circle class="fac" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
        room = NARROW - TEXT - width_of(spot.role, 12) - 8
        body = f'<rect class="bg" x="{TEXT - 4:.0f}" y="{y - 13:.1f}" width="{NARROW - TEXT + 4:.0f}" height="40"/>'
        body += shape + text(f"t14 tb{' acc' if spot.here else ''}", TEXT, y + 4, escape(fit(spot.name, room, 14.6)))
        body += text("t2", NARROW, y + 4, escape(spot.role), ' text-anchor="end"')
        ways = [(value, note) for value in spot.values or ("",) for note in spot.notes or ("",)]
        told = ["；".join(filter(None, way)) for way in ways]
        return linked(spot, body + text("t13 t2", TEXT, y + 22, value(said(told, NARROW - TEXT, 12.6))))


def _hook(x: float, to: float, head: float) -> str:
    """Down the lane, then over into another lane at the end."""
    if abs(to - x) < 0.6:
        return f"V{head:.1f}"
    return f"V{head - 22:.1f}C{x:.1f} {head - 8:.1f} {to:.1f} {head - 16:.1f} {to:.1f} {head:.1f}"
