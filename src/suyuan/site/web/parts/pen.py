"""Pen and paper of the layered graph: what is drawn, text that fits, lines, marks, cuts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.html import escape

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


def width_of(text: str, size: float) -> float:
    """About how wide a text is drawn."""
    return size * sum(
        1.0 if ord(c) > 0x2E7F else 0.27 if c in " .,:;'|il()" else 0.63 if c.isupper() else 0.53 for c in text
    )


_BRACKET = re.compile(r"\s*[（(][^（()）]*[)）]$")


def fit(text: str, room: float, size: float) -> str:
    """The text; where it is too long without what stands in brackets at its end, then with «…» in its middle: the
    numbers that tell two things apart mostly stand at the end."""
    while width_of(text, size) > room and _BRACKET.search(text):
        text = _BRACKET.sub("", text)
    if width_of(text, size) <= room:
        return text
    for kept in range(len(text) - 1, 1, -1):
        tail = text[len(text) - kept * 3 // 5 :]
        word = tail.find(" ")
        tail = tail[word + 1 :] if 0 <= word < 6 else tail
        short = text[: kept - kept * 3 // 5].rstrip(" ，、,") + "…" + tail.lstrip(" ，、,")
        if width_of(short, size) <= room:
            return short
    return "…"


def said(values: Sequence[str], room: float, size: float) -> str:
    """The first of several ways to say it that fits."""
    last = fit(values[-1], room, size) if values else ""
    return next((text for text in values if width_of(text, size) <= room), last)


def value(text: str) -> str:
    """«U = 75 nm» with the symbol in italic."""
    for symbol in ("U", "u", "k", "c"):
        if text.startswith(f"{symbol} = "):
            return f'<tspan class="ts">{symbol}</tspan>{escape(text[1:])}'
    return str(escape(text))


def text(kind: str, x: float, y: float, text: str, more: str = "") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}"{more}>{text}</text>' if text else ""


def mark(mark: str, tone: str, x: float, y: float, size: float = 13.0) -> str:
    drawing = DRAWINGS.get(mark, DRAWINGS["unknown"])
    return (
        f'<g class="{tone}" transform="translate({x - size / 2:.1f} {y - size / 2:.1f}) scale({size / 14:.3f})" '
        f'fill="none" stroke-width="1.7">{drawing}</g>'
    )


def arrow(tone: str, x: float, y: float) -> str:
    return (
        f'<path class="{tone or "wh"}" stroke-width="1.25" d="M{x - 3.5:.1f} {y - 6:.1f}L{x:.1f} {y:.1f}'
        f'L{x + 3.5:.1f} {y - 6:.1f}"/>'
    )


def linked(spot: Spot, body: str) -> str:
    told = escape("，".join(part for part in (spot.name, *spot.values[:1], *spot.notes[:1]) if part))
    if not spot.address:
        return f'<g role="img" aria-label="{told}">{body}</g>'
    return f'<a href="{escape(spot.address)}" aria-label="{told}">{body}</a>'


def cut_text(cuts: Sequence[Cut], x: float, y: float, room: float) -> str:
    """Word and second line beside a cut, on the colour of the paper so that lines behind do not run through."""
    word = fit(" · ".join(dict.fromkeys(cut.word for cut in cuts)), room, 13)
    note = fit(" · ".join(dict.fromkeys(cut.note for cut in cuts if cut.note)), room, 12)
    tone = "bad" if any(cut.tone == "bad" for cut in cuts) else "warn"
    wide = max(width_of(word, 13.5), width_of(note, 12)) + 2
    return (
        f'<rect class="bg" x="{x - 3:.1f}" y="{y - 14:.1f}" width="{wide + 4:.1f}" height="30"/>'
        + text(f"tb t13 {tone}", x, y - 1, escape(word))
        + text(tone, x, y + 13, escape(note))
    )


def stroke(tone: str, path: str) -> str:
    """A line: dashed in the break's colour where it lies below one."""
    return f'<path class="{tone} dash" stroke-width="1.5" d="{path}"/>' if tone else f'<path class="wh" d="{path}"/>'


def solid(tone: str, path: str) -> str:
    return f'<path class="{tone}" stroke-width="1.75" d="{path}"/>'
