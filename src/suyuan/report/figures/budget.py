"""The budget of a result as bars: who contributes how much, the largest first, against the combined uncertainty."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib import ticker
from matplotlib.figure import Figure

from suyuan.report.figures.dress import (
    ACCENT,
    INK,
    INK2,
    PAPER,
    WIDTH,
    Axis,
    Size,
    breadth,
    drawn,
    named,
    number_axis,
    power_of,
    remembered,
    room_of,
    shortened,
)

MOST = 12
ROW: dict[Size, float] = {"wide": 0.235, "narrow": 0.36}


@dataclass(frozen=True, slots=True)
class Term:
    """One contribution. size: |c|·u in the unit of the axis, not negative; share: of the combined variance, as a
    fraction; negative where correlation takes away."""

    name: str
    size: float
    share: float


@remembered
def budget_figure(
    terms: Sequence[Term], combined: float, axis: Axis, names: tuple[str, str], size: Size = "wide"
) -> str:  # fmt: skip
    """One bar a contribution, with its share at the end; what correlation takes away is hollow with a minus.

    terms: in any order, at most twelve rows are drawn and the smaller ones are summed in quadrature; combined: the
    combined standard uncertainty, in the unit of the axis; names: of the combined uncertainty at its line, and of the
    sum of the smaller terms, where «{count}» stands for their number. Returns the SVG as text.
    """
    if not terms or not (combined > 0.0 and math.isfinite(combined)):
        raise ValueError("no contribution, or a combined uncertainty that is not greater than nil")
    if not all(math.isfinite(t.size) and t.size >= 0.0 and math.isfinite(t.share) for t in terms):
        raise ValueError("a contribution is not a finite number from nil")
    rows = shown(terms, names[1])
    power = power_of(combined)
    factor = 10.0**-power
    right = max(combined, *(t.size for t in rows)) * factor

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        for n, term in enumerate(rows):
            _bar(plane, n, term, factor, first=n == 0)
        plane.set_xlim(0.0, right * 1.1)
        plane.set_ylim(len(rows) - 0.4, -0.75 if size == "wide" else -1.0)
        taken = _names(plane, rows, size)
        plane.axvline(combined * factor, color=INK, linewidth=0.9, dashes=(2, 2), zorder=0)
        plane.annotate(
            names[0], (combined * factor, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 4),
            textcoords="offset points", ha="right", va="bottom",
        )  # fmt: skip
        number_axis(plane.xaxis, room_of(size, taken))
        named(plane, axis.label(power), "")

    return drawn(size, 0.72 + ROW[size] * len(rows), paint)


def shown(terms: Sequence[Term], rest: str) -> tuple[Term, ...]:
    """The rows that are drawn: the largest first, the smaller ones as one."""
    ordered = sorted(terms, key=lambda t: -t.size)
    if len(ordered) <= MOST:
        return tuple(ordered)
    small = ordered[MOST - 1 :]
    share = math.fsum(t.share for t in small)
    squares = math.fsum(math.copysign(t.size**2, t.share) for t in small)
    return (*ordered[: MOST - 1], Term(rest.format(count=len(small)), math.sqrt(abs(squares)), share))


def _bar(plane: Any, n: int, term: Term, factor: float, first: bool) -> None:
    negative = term.share < 0.0
    colour = ACCENT if first and not negative else INK2
    plane.barh(
        n, term.size * factor, height=0.34, color=PAPER if negative else colour, edgecolor=colour,
        linewidth=1.0 if negative else 0.0,
    )  # fmt: skip
    plane.annotate(
        share_text(term.share), (term.size * factor, n), xytext=(5, 0), textcoords="offset points", va="center",
        color=INK, bbox={"boxstyle": "square,pad=0.12", "facecolor": PAPER, "linewidth": 0},
    )  # fmt: skip


def share_text(share: float) -> str:
    """A share in percent with a real minus.

    >>> share_text(-0.124), share_text(0.004)
    ('−12 %', '< 1 %')
    """
    if 0.0 < abs(share) < 0.01:
        return "< 1 %" if share > 0.0 else "> \u22121 %"
    return f"{share * 100:.0f} %".replace("-", "\u2212")


def _names(plane: Any, rows: Sequence[Term], size: Size) -> float:
    """At the left of the bars; above them on a narrow page. Returns what they take of the width, in points."""
    plane.yaxis.set_minor_locator(ticker.NullLocator())
    plane.tick_params(axis="y", which="both", length=0, pad=6)
    if size == "wide":
        room = WIDTH[size] * 72.0 * 0.4
        plane.set_yticks(range(len(rows)), [shortened(t.name, room) for t in rows])
        return 24.0 + min(room, max(breadth(t.name) for t in rows))
    plane.set_yticks([])
    room = WIDTH[size] * 72.0 - 24.0
    for n, term in enumerate(rows):
        plane.annotate(
            shortened(term.name, room), (0.0, n - 0.24), xytext=(4, 0), textcoords="offset points", va="bottom",
            bbox={"boxstyle": "square,pad=0.05", "facecolor": PAPER, "linewidth": 0},
        )  # fmt: skip
    return 16.0
