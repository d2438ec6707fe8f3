"""The way of a travelling standard: who holds it when, as agreed and as it happened, and who is late.

A row a participant and a bar a stay; a line leads from each stay to the next. So a ring is a staircase, a star returns
to the pilot's row after each stay, and a petal after each group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from suyuan.report.figures.days import day_axis
from suyuan.report.figures.dress import (
    ACCENT,
    BAD,
    HAIR,
    INK,
    INK3,
    PAPER,
    TEXT,
    WASH,
    WIDTH,
    Size,
    breadth,
    drawn,
    remembered,
    shortened,
)
from suyuan.report.figures.marks import handle, marked
from suyuan.report.figures.participants import FINE, legend_below, legend_lines

MOST = 48
"""Rows of one standard; of more participants those that are neither late nor one's own share a row."""
ROW = 15.0


@dataclass(frozen=True, slots=True)
class Stay:
    """A standard with one participant. standard, member: names; arrives, leaves: as agreed; arrived, left: as it
    happened, None where it has not, or is not known."""

    standard: str
    member: str
    arrives: date
    leaves: date
    arrived: date | None = None
    left: date | None = None

    @property
    def due(self) -> date:
        """When it is to be sent on: as agreed, or after as many days as were agreed where it arrived late."""
        if self.arrived is None:
            return self.leaves
        return max(self.leaves, self.arrived + (self.leaves - self.arrives))

    def late(self, today: date) -> int:
        """Days that the standard was kept, or is, beyond what is due: who received it late is not late for that.

        >>> from datetime import date
        >>> Stay("TS-1", "B", date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 6)).late(date(2026, 3, 15))
        2
        """
        if self.arrived is None:
            return 0
        return max(0, ((today if self.left is None else self.left) - self.due).days)


@dataclass(frozen=True, slots=True)
class RouteWords:
    """Words of the figure. late: with «{days}» where their number stands («迟 {days} 天»); others: name of the shared
    row, with «{n}»; lateness: what the hatched end of a bar is."""

    agreed: str
    kept: str
    held: str
    lateness: str
    late: str
    today: str
    others: str = "{n}"


@remembered
def route_figure(
    stays: Sequence[Stay], pilot: str, today: date, words: RouteWords, size: Size = "wide", *, mine: str | None = None
) -> str:
    """Who holds each standard when: an open bar as agreed, a dark one as it happened, its late end in bars, with a
    triangle and the number of days. A bar that lies behind its open one came late already.

    stays: of all standards, each in the order of its way; a participant has several where the standard came back;
    pilot: whose row is the first; today: until when a standard is shown as held. Returns the SVG as text. Raises
    ValueError for no stay, a stay that ends before it begins, and one that was left without arrival.
    """
    _refuse(stays)
    standards = list(dict.fromkeys(stay.standard for stay in stays))
    tables = [_rows([s for s in stays if s.standard == standard], pilot, today, mine) for standard in standards]
    low = min(min(s.arrives, s.arrived or s.arrives) for s in stays)
    high = max(max(s.leaves, s.left or s.leaves, today if s.late(today) else s.leaves) for s in stays)
    heights = [ROW * len(set(rows.values())) + (16.0 if len(standards) > 1 else 4.0) for rows in tables]
    handles = _handles(stays, today, words, low <= today <= high)
    lines = legend_lines([h.get_label() for h in handles], size)

    def paint(figure: Figure) -> None:
        planes = figure.subplots(len(standards), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
        longest = 110.0 if size == "wide" else 84.0
        beside = max(min(breadth(m) * FINE / TEXT, longest) for rows in tables for m in rows) + 16.0
        margin = 0.03 * max((high - low).days, 1)
        room = WIDTH[size] * 72.0 - beside
        for plane, standard, rows in zip(planes, standards, tables, strict=True):
            plane.set_xlim(low.toordinal() - margin, high.toordinal() + margin)
            own = [s for s in stays if s.standard == standard]
            _grid(plane, rows, words, (longest, mine))
            _ways(plane, own, rows)
            for stay in own:
                _stay(plane, stay, rows[stay.member], today, words, (mine, room))
            if low <= today <= high:
                plane.axvline(today.toordinal(), color=ACCENT, linewidth=1.0, linestyle=(0, (1.5, 2)), zorder=1)
            if len(standards) > 1:
                plane.set_title(shortened(standard, room), loc="left", fontsize=TEXT, pad=3)
            plane.tick_params(axis="x", which="both", labelbottom=plane is planes[-1])
            plane.spines["bottom"].set_visible(plane is planes[-1])
            if plane is not planes[-1]:
                plane.tick_params(axis="x", which="both", length=0)
        day_axis(planes[-1].xaxis, room)
        legend_below(figure, handles, size)

    return drawn(size, (sum(heights) + 30.0 + 14.0 * lines) / 72.0, paint)


def _refuse(stays: Sequence[Stay]) -> None:
    if not stays:
        raise ValueError("route: nobody holds a standard")
    for stay in stays:
        if stay.leaves < stay.arrives or (stay.left is not None and (stay.arrived is None or stay.left < stay.arrived)):
            raise ValueError(f"route: the stay of {stay.standard} with {stay.member} ends before it begins")


def _rows(stays: Sequence[Stay], pilot: str, today: date, mine: str | None) -> dict[str, int]:
    """The row of each participant: the pilot's first, then by the order of the way; of too many those share the last
    row that no reader looks for."""
    members = list(dict.fromkeys(stay.member for stay in stays))
    members.sort(key=lambda member: member != pilot)
    if len(members) <= MOST:
        return {member: n for n, member in enumerate(members)}
    sought = {s.member for s in stays if s.late(today) or (s.arrived is not None and s.left is None)} | {pilot, mine}
    alone = [member for member in members if member in sought][: MOST - 1]
    return {member: alone.index(member) if member in alone else len(alone) for member in members}


def _grid(plane: Any, rows: dict[str, int], words: RouteWords, how: tuple[float, str | None]) -> None:
    longest, mine = how
    names: dict[int, list[str]] = {}
    for member, row in rows.items():
        names.setdefault(row, []).append(member)
    count = len(names)
    plane.set_ylim(count - 0.4, -0.6)
    texts = [m[0] if len(m) == 1 else words.others.format(n=len(m)) for _, m in sorted(names.items())]
    cut = [shortened(text, longest * TEXT / FINE) for text in texts]
    plane.set_yticks(range(count), cut, fontsize=FINE)
    plane.tick_params(axis="y", which="both", length=0, pad=4)
    plane.minorticks_off()
    plane.spines["left"].set_visible(False)
    for row, label in enumerate(plane.get_yticklabels()):
        if texts[row] == mine:
            label.set_color(ACCENT)
            label.set_fontweight("bold")
        if row:
            plane.axhline(row - 0.5, color=HAIR, linewidth=0.5, zorder=0)


def _ways(plane: Any, stays: Sequence[Stay], rows: dict[str, int]) -> None:
    """From each stay to the next one, as it was or as it is agreed."""
    for before, after in pairwise(stays):
        gone = before.left is not None and after.arrived is not None
        start = before.left if before.left is not None else before.leaves
        end = after.arrived if after.arrived is not None else after.arrives
        plane.plot(
            [start.toordinal(), end.toordinal()], [rows[before.member], rows[after.member]], color=INK3,
            linewidth=0.7, linestyle="-" if gone else (0, (2, 2)), zorder=1,
        )  # fmt: skip


def _stay(plane: Any, stay: Stay, row: int, today: date, words: RouteWords, how: tuple[str | None, float]) -> None:
    mine, room = how
    colour = ACCENT if stay.member == mine else INK
    start, end = stay.arrives.toordinal(), stay.leaves.toordinal()
    plane.barh(
        [row], [max(end - start, 0.4)], 0.62, [start], facecolor=WASH if stay.member == mine else PAPER,
        edgecolor=colour, linewidth=0.8, zorder=2,
    )  # fmt: skip
    if stay.arrived is None:
        return
    first = stay.arrived.toordinal()
    last = (stay.left if stay.left is not None else max(today, stay.arrived)).toordinal()
    due = min(last, stay.due.toordinal())
    plane.barh([row], [max(due - first, 0.4)], 0.3, [first], color=colour, linewidth=0, zorder=3)
    late = stay.late(today)
    if stay.left is None:
        plane.plot([last], [row], ">", color=BAD if late else colour, markersize=6.5, markeredgewidth=0, zorder=5,
                   clip_on=False)  # fmt: skip
    if late:
        low, high = plane.get_xlim()
        # short uprights: «late» is read without its colour too
        step = 3.2 * (high - low) / room
        places = [due + step * n for n in range(int((last - due) / step) + 1)]
        plane.vlines(places, row - 0.2, row + 0.2, color=BAD, linewidth=1.2, zorder=4)
        plane.plot([due, last], [row, row], color=BAD, linewidth=0.9, zorder=4)
        text = words.late.format(days=late)
        left = last + (breadth(text) + 22.0) * (high - low) / room > high
        at = min(first, start) if left else last
        marked(plane, [at + (-9.0 if left else 9.0) * (high - low) / room], [row], "fail", colour=BAD, size=7.0,
               zorder=5, clip_on=False)  # fmt: skip
        plane.annotate(
            text, (at, row), xytext=(-15 if left else 15, 0), textcoords="offset points",
            ha="right" if left else "left", va="center_baseline", fontsize=FINE, color=BAD, zorder=5,
            annotation_clip=False, bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.5, "linewidth": 0},
        )  # fmt: skip


def _handles(stays: Sequence[Stay], today: date, words: RouteWords, within: bool) -> list[Any]:
    handles: list[Any] = [Patch(facecolor=PAPER, edgecolor=INK, linewidth=0.8, label=words.agreed)]
    if any(s.arrived is not None for s in stays):
        handles.append(Line2D([], [], color=INK, linewidth=4.0, solid_capstyle="butt", label=words.kept))
    if any(s.arrived is not None and s.left is None for s in stays):
        handles.append(Line2D([], [], linestyle="none", marker=">", color=INK, markersize=6.5, label=words.held))
    if any(s.late(today) for s in stays):
        handles.append(handle("fail", BAD, words.lateness))
    if within:
        handles.append(Line2D([], [], color=ACCENT, linewidth=1.0, linestyle=(0, (1.5, 2)), label=words.today))
    return handles
