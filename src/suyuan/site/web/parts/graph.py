"""The layered graph of traceability: drawn wide (columns) and drawn again narrow (lanes), as SVG.

Arrow = dissemination. A spot is a rule with three lines of text. A break cuts its line by two bars with the mark, the
word and the date; below a break rules and lines are dashed in the break's colour. All text is escaped here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from suyuan.site.web.parts.lanes import Lanes, lanes
from suyuan.site.web.parts.layers import Part, bands, parts
from suyuan.site.web.parts.state import DRAWINGS


@dataclass(frozen=True, slots=True)
class Spot:
    """One certificate, result or end. tone: «», «warn», «bad» where it rests on a break; kind: anchor, step, result or
    missing; role: the word at the right of the narrow drawing;
    values, notes: what it gives and how long, the longest way to say it first; the first that fits is drawn."""

    id: str
    layer: int
    name: str
    values: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    tone: str = ""
    kind: str = "step"
    role: str = ""
    here: bool = False
    address: str = ""


@dataclass(frozen=True, slots=True)
class Cut:
    """A break: its mark, its word, a second line (number and date), its tone."""

    mark: str
    word: str
    note: str
    tone: str


@dataclass(frozen=True, slots=True)
class Line:
    """From parent to child. cut: a break of this use; tone: where the parent rests on a break itself; soft: the cut
    warns but does not forbid (the line goes on)."""

    parent: str
    child: str
    cut: Cut | None = None
    tone: str = ""
    soft: bool = False

    @property
    def below(self) -> str:
        """The tone of the line below its cut."""
        return self.cut.tone if self.cut and not self.soft else self.tone


@dataclass(frozen=True)
class Picture:
    """What is drawn. layers: layer → (name, second line); label: the finding that the figure shows, read aloud."""

    spots: tuple[Spot, ...]
    lines: tuple[Line, ...]
    layers: Mapping[int, tuple[str, str]]
    label: str = ""
    stems: Mapping[str, Cut] = field(default_factory=dict)
    """Parents all of whose uses are broken for one reason: the cut stands once, right below them."""


LEFT, PAGE, COLUMN, BETWEEN, WIDEST = 122.0, 1120.0, 249.5, 34.0, 5
NODE, PLAIN, CROOKED, BARS = 66.0, 52.0, 56.0, 26.0
STEM, FOOT = 54.0, 56.0
"""Height of a cut right below a parent, and right above a child."""


def graph_html(picture: Picture) -> SafeString:
    """Both drawings: `wide` for the screen and paper, `narrow` for a telephone."""
    wide = "".join(_Band(picture, row).svg(n) for n, row in enumerate(_bands(picture)))
    return mark_safe(f"{wide}{_Narrow(picture).svg()}")


def _bands(picture: Picture) -> list[list[tuple[Part, int]]]:
    ends = [(line.parent, line.child) for line in picture.lines]
    found = parts({spot.id: spot.layer for spot in picture.spots}, ends)
    tone = {spot.id: spot.tone for spot in picture.spots}

    def worst(part: Part) -> tuple[int, int]:
        tones = {tone.get(id, "") for id, _ in part.column}
        return (0 if "bad" in tones else 1 if "warn" in tones else 2, -len(part.column))

    return bands(sorted(found, key=worst), WIDEST)


# ------------------------------------------------------------------ text that fits


def width_of(text: str, size: float) -> float:
    """About how wide a text is drawn."""
    return size * sum(
        1.0 if ord(c) > 0x2E7F else 0.27 if c in " .,:;'|il()" else 0.63 if c.isupper() else 0.53 for c in text
    )


def fit(text: str, room: float, size: float) -> str:
    """The text, without what stands in full-width brackets where it is too long, else cut with «…»."""
    if width_of(text, size) <= room:
        return text
    while text.endswith("）") and "（" in text:
        text = text[: text.rindex("（")]
        if width_of(text, size) <= room:
            return text
    while text and width_of(text + "…", size) > room:
        text = text[:-1]
    return text.rstrip(" ，、,") + "…"


def _said(values: Sequence[str], room: float, size: float) -> str:
    """The first of several ways to say it that fits."""
    last = fit(values[-1], room, size) if values else ""
    return next((text for text in values if width_of(text, size) <= room), last)


def _value(text: str) -> str:
    """«U = 75 nm» with the symbol in italic."""
    for symbol in ("U", "u", "k", "c"):
        if text.startswith(f"{symbol} = "):
            return f'<tspan class="ts">{symbol}</tspan>{escape(text[1:])}'
    return str(escape(text))


def _text(kind: str, x: float, y: float, text: str, more: str = "") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}"{more}>{text}</text>' if text else ""


def _mark(mark: str, tone: str, x: float, y: float, size: float = 13.0) -> str:
    drawing = DRAWINGS.get(mark, DRAWINGS["unknown"])
    return (
        f'<g class="{tone}" transform="translate({x - size / 2:.1f} {y - size / 2:.1f}) scale({size / 14:.3f})" '
        f'fill="none" stroke-width="1.7">{drawing}</g>'
    )


def _arrow(tone: str, x: float, y: float) -> str:
    return (
        f'<path class="{tone or "wh"}" stroke-width="1.25" d="M{x - 3.5:.1f} {y - 6:.1f}L{x:.1f} {y:.1f}'
        f'L{x + 3.5:.1f} {y - 6:.1f}"/>'
    )


def _linked(spot: Spot, body: str) -> str:
    told = escape("，".join(part for part in (spot.name, *spot.values[:1], *spot.notes[:1]) if part))
    if not spot.address:
        return f'<g role="img" aria-label="{told}">{body}</g>'
    return f'<a href="{escape(spot.address)}" aria-label="{told}">{body}</a>'


def _cut_text(cuts: Sequence[Cut], x: float, y: float, room: float) -> str:
    """Word and second line beside a cut, on the colour of the paper so that lines behind do not run through."""
    word = fit(" · ".join(dict.fromkeys(cut.word for cut in cuts)), room, 13)
    note = fit(" · ".join(dict.fromkeys(cut.note for cut in cuts if cut.note)), room, 12)
    tone = "bad" if any(cut.tone == "bad" for cut in cuts) else "warn"
    wide = max(width_of(word, 13.5), width_of(note, 12)) + 2
    return (
        f'<rect class="bg" x="{x - 3:.1f}" y="{y - 14:.1f}" width="{wide + 4:.1f}" height="30"/>'
        + _text(f"tb t13 {tone}", x, y - 1, escape(word))
        + _text(tone, x, y + 13, escape(note))
    )


# ------------------------------------------------------------------ wide


class _Band:
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
            drawn += _text("tser", 0, y + 20, escape(fit(name, 96, 15)))
            drawn += _text("t2", 0, y + 37, escape(fit(second, 96, 12)))
        return drawn

    def _node(self, spot: Spot) -> str:
        x, y = self.x[spot.id, spot.layer], self.y[spot.layer]
        tone = spot.tone or ("ac" if spot.here else "ax")
        thick = 2.5 if spot.here else 2 if spot.kind == "result" else 1.5
        dash = ' stroke-dasharray="7 4"' if spot.tone else ""
        body = f'<rect class="bg" x="{x:.1f}" y="{y + 1:.1f}" width="{self.rule:.1f}" height="{NODE - 4:.0f}"/>'
        body += f'<path class="{tone}" stroke-width="{thick:g}"{dash} d="M{x:.1f} {y:.2f}H{x + self.rule:.1f}"/>'
        body += _text(f"t14 tb{' acc' if spot.here else ''}", x, y + 20, escape(fit(spot.name, self.rule, 14)))
        body += _text("t13", x, y + 39, _value(_said(spot.values, self.rule, 13)))
        body += _text("t2", x, y + 56, escape(_said(spot.notes, self.rule, 12)))
        return _linked(spot, body)

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
            return _stroke(tone, path + f"V{head:.1f}") + _arrow(tone, end, head)
        first = foot + 10
        drawn = _stroke(tone, path)
        drawn += _solid(line.below, f"M{end:.1f} {foot:.1f}V{first:.1f}M{end - 6:.1f} {first:.1f}h12")
        drawn += _solid(
            line.below, f"M{end - 6:.1f} {first + BARS:.1f}h12M{end:.1f} {first + BARS:.1f}V{head:.1f}"
        ) + _arrow(line.below, end, head)
        return drawn + _mark(cut.mark, cut.tone, end, first + BARS / 2)

    def _stems(self) -> Iterable[str]:
        for id, cut in self.picture.stems.items():
            spot = self.spots.get(id)
            if spot is None or (id, spot.layer) not in self.x or not any(line.parent == id for line in self.lines):
                continue
            x, y = self.x[id, spot.layer] + 10, self.y[spot.layer] + NODE
            first = y + 14
            yield _solid(
                cut.tone,
                f"M{x:.1f} {y:.1f}V{first:.1f}M{x - 6:.1f} {first:.1f}h12M{x - 6:.1f} {first + BARS:.1f}h12"
                f"M{x:.1f} {first + BARS:.1f}V{y + STEM:.1f}",
            )
            yield _mark(cut.mark, cut.tone, x, first + BARS / 2)
            yield _cut_text([cut], x + 17, first + BARS / 2, self.rule - 27)

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
                yield _cut_text(cuts, x, head - FOOT + 10 + BARS / 2, room)


def _bend(x: float, y: float, to: float, top: float) -> str:
    """Straight down, or a curve that leaves and arrives upright."""
    if abs(to - x) < 0.6:
        return f"V{top:.1f}"
    pull = min(44.0, (top - y) * 0.62)
    return f"C{x:.1f} {y + pull:.1f} {to:.1f} {top - pull * 1.15:.1f} {to:.1f} {top:.1f}"


def _stroke(tone: str, path: str) -> str:
    """A line: dashed in the break's colour where it lies below one."""
    return f'<path class="{tone} dash" stroke-width="1.5" d="{path}"/>' if tone else f'<path class="wh" d="{path}"/>'


def _solid(tone: str, path: str) -> str:
    return f'<path class="{tone}" stroke-width="1.75" d="{path}"/>'


# ------------------------------------------------------------------ narrow

NARROW, ROW, BREAK, TEXT = 358.0, 54.0, 34.0, 84.0


class _Narrow:
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
            return _stroke(tone, f"M{x:.1f} {y:.1f}" + _hook(x, to, head))
        middle = self.break_y[line.child] - 4
        on_lane = x == to or self.at.last[line.parent] == self.at.order.index(line.child)
        at = x if on_lane else to
        drawn = _stroke(tone, f"M{x:.1f} {y:.1f}" + (f"V{middle - 14:.1f}" if on_lane else _hook(x, to, middle - 12)))
        first, second = middle - 12, middle + 12
        drawn += _solid(line.below, f"M{at:.1f} {first - 2:.1f}V{first:.1f}M{at - 5:.1f} {first:.1f}h10")
        drawn += _solid(line.below, f"M{at - 5:.1f} {second:.1f}h10M{at:.1f} {second:.1f}" + _hook(at, to, head))
        return drawn + _mark(cut.mark, cut.tone, at, middle, 12)

    def _stem(self, id: str) -> str:
        cut, x, y = self.picture.stems[id], self.x(id), self.y[id]
        first = y + 30
        drawn = _solid(
            cut.tone,
            f"M{x:.1f} {y:.1f}V{first:.1f}M{x - 5:.1f} {first:.1f}h10M{x - 5:.1f} {first + 24:.1f}h10"
            f"M{x:.1f} {first + 24:.1f}V{y + BREAK + 22:.1f}",
        )
        return drawn + _mark(cut.mark, cut.tone, x, first + 12, 12) + self._told([cut], first + 17)

    def _words(self, child: str, cuts: Sequence[Line]) -> str:
        return self._told([line.cut for line in cuts if line.cut is not None], self.break_y[child] + 1)

    def _told(self, cuts: Sequence[Cut], y: float) -> str:
        tone = "bad" if any(cut.tone == "bad" for cut in cuts) else "warn"
        words = dict.fromkeys(f"{cut.word} {cut.note}".strip() for cut in cuts)
        return _text(f"tb t13 {tone}", TEXT, y, escape(fit(" · ".join(words), NARROW - TEXT, 13)))

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
        body += shape + _text(f"t14 tb{' acc' if spot.here else ''}", TEXT, y + 4, escape(fit(spot.name, room, 14)))
        body += _text("t2", NARROW, y + 4, escape(spot.role), ' text-anchor="end"')
        ways = [(value, note) for value in spot.values or ("",) for note in spot.notes or ("",)]
        told = ["；".join(filter(None, way)) for way in ways]
        return _linked(spot, body + _text("t13 t2", TEXT, y + 22, _value(_said(told, NARROW - TEXT, 12.6))))


def _hook(x: float, to: float, head: float) -> str:
    """Down the lane, then over into another lane at the end."""
    if abs(to - x) < 0.6:
        return f"V{head:.1f}"
    return f"V{head - 22:.1f}C{x:.1f} {head - 8:.1f} {to:.1f} {head - 16:.1f} {to:.1f} {head:.1f}"


def legend_svg(cut: Cut | None = None, *, dashed: bool = False) -> SafeString:
    """A short piece of line for the legend."""
    if cut is None:
        kind = "wh dash" if dashed else "wh"
        body = f'<path class="{kind}" d="M1 8h52"/>'
    else:
        body = _solid(cut.tone, "M1 8h13m0 -5v10M40 8h13M40 3v10") + _mark(cut.mark, cut.tone, 27, 8)
    return mark_safe(f'<svg class="lg" width="54" height="16" viewBox="0 0 54 16" aria-hidden="true">{body}</svg>')
