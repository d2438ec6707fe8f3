"""Results of a comparison about their reference value: the key-comparison figure, and reference values side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import NullLocator
from numpy.typing import NDArray

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
    Axis,
    Floats,
    Size,
    breadth,
    checked,
    drawn,
    named,
    number_axis,
    power_of,
    remembered,
    room_of,
    shortened,
)
from suyuan.report.figures.marks import handle, marked
from suyuan.report.figures.participants import (
    FINE,
    Participants,
    arranged,
    legend_below,
    room_beside,
    signed,
    write_below,
)

MANY = 45
"""From so many participants on, whiskers go without caps and dots are small."""
OPEN = 14.0
"""How far in points the dots go from a point without uncertainty."""
DOTS: Any = (0, (1.0, 1.6))


@dataclass(frozen=True, slots=True)
class Whiskers:
    """One result a participant. values: (n,) xᵢ, or degrees of equivalence Dᵢ; U: (n,) its expanded uncertainty, nan
    where none is stated; dark: (n,) the same with the uncertainty between laboratories in it, k·√(u² + τ²) ≥ U, None
    where there is none."""

    values: Floats
    U: Floats
    dark: Floats | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """The reference value and its expanded uncertainty, both 0 in a figure of Dᵢ without a band; whole: the value that
    is 100 % on the second axis, None for none."""

    value: float
    U: float
    whole: float | None = None


@dataclass(frozen=True, slots=True)
class EquivalenceWords:
    """Words of the figure; an empty one is left out of the legend. relative: name of the second axis, without unit;
    beyond: that a whisker goes beyond the figure; unknown: that no uncertainty is stated."""

    contributing: str
    excluded: str
    failed: str
    mine: str = ""
    whisker: str = ""
    dark: str = ""
    band: str = ""
    relative: str = ""
    beyond: str = ""
    unknown: str = ""


@remembered
def equivalence_figure(
    whiskers: Whiskers, participants: Participants, line: Line, axis: Axis, words: EquivalenceWords,
    size: Size = "wide", *, deviations: bool = False,
) -> str:  # fmt: skip
    """Results with whiskers ± U about the reference line and its band, from the smallest to the largest.

    A filled dot counts in the reference value, a hollow one does not; a triangle with its word marks what failed; the
    thin second whisker includes the uncertainty between laboratories. A whisker longer than all others by far is cut
    and ends in an arrow head. Where no uncertainty is stated, dots go up and down from the point and end nowhere.
    axis: the ordinate; deviations: the ordinate bears Dᵢ, its numbers get a sign. Returns the SVG as text. Raises
    ValueError for lengths that differ, values that are not finite, U that is infinite or negative, a second whisker
    shorter than the first, or a whole of 0.
    """
    _refuse(whiskers, participants, line)
    order = np.argsort(whiskers.values, kind="stable")
    low, high = _limits(whiskers, line, any(map(participants.fails, range(len(order)))))
    power = power_of(np.array([low, high]))
    factor = 10.0**-power
    ordered = [participants.names[i] for i in order]
    below = arranged(ordered, room_of(size, 80.0), participants.foremost(order)).height

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        plane.set_xlim(-0.6, len(order) - 0.4)
        plane.set_ylim(low * factor, high * factor)
        number_axis(plane.yaxis, 180.0)
        if deviations:
            signed(plane.yaxis)
        named(plane, "", axis.label(power))
        axes = [plane.yaxis]
        if line.whole is not None:
            axes.append(_percent(plane, line, factor, words.relative).yaxis)
        room = room_beside(size, *axes)
        _reference(plane, line, factor)
        _results(plane, whiskers, participants, order, factor)
        direct = bool(words.failed) and breadth(words.failed) * FINE / TEXT <= room / len(order)
        _failed(plane, whiskers, participants, order, factor, words.failed if direct else "")
        plane.spines["bottom"].set_visible(False)
        plane.set_xticks([])
        labels = arranged(ordered, room, participants.foremost(order))
        write_below(plane, labels, participants, order)
        legend_below(figure, _handles(whiskers, participants, line, words, direct, (low, high)), size)

    return drawn(size, 2.95 + below / 72.0, paint)


def _refuse(whiskers: Whiskers, participants: Participants, line: Line) -> None:
    spreads = [whiskers.U] if whiskers.dark is None else [whiskers.U, whiskers.dark]
    participants.check(whiskers.values, *(np.where(np.isnan(spread), 0.0, spread) for spread in spreads))
    known = ~np.isnan(whiskers.U)
    if not (whiskers.U[known] >= 0.0).all() or not line.U >= 0.0:
        raise ValueError("an expanded uncertainty is negative")
    if whiskers.dark is not None and not (whiskers.dark[known] >= whiskers.U[known] * (1.0 - 1e-9)).all():
        raise ValueError("dark: a whisker with more uncertainty is shorter than that without")
    if not np.isfinite([line.value, line.U]).all():
        raise ValueError("reference value: a number is not finite")
    if line.whole is not None and (line.whole == 0.0 or not np.isfinite(line.whole)):
        raise ValueError("whole: nothing is relative to 0 or to what is not finite")


def _reach(whiskers: Whiskers) -> Floats:
    """How far whiskers go; nil where none is known."""
    reach = whiskers.U if whiskers.dark is None else whiskers.dark
    return np.where(np.isnan(whiskers.U), 0.0, reach)


def _limits(whiskers: Whiskers, line: Line, failed: bool) -> tuple[float, float]:
    """All values, and all whiskers but those that would press the rest flat."""
    reach = _reach(whiskers)
    known = reach[~np.isnan(whiskers.U)]
    kept = np.minimum(reach, 3.0 * float(np.median(known)) if known.size else 0.0)
    low = min(float((whiskers.values - kept).min()), line.value - line.U)
    high = max(float((whiskers.values + kept).max()), line.value + line.U)
    room = high - low or abs(high) * 0.1 or 1.0
    return low - (0.18 if failed else 0.05) * room, high + 0.05 * room


def _percent(plane: Any, line: Line, factor: float, name: str) -> Any:
    """The same ordinate as percent of the whole, from the reference line."""
    right = plane.twinx()
    assert line.whole is not None
    ends = [100.0 * (end / factor - line.value) / line.whole for end in plane.get_ylim()]
    power = power_of(np.array(ends))
    right.set_ylim(*(end * 10.0**-power for end in ends))
    number_axis(right.yaxis, 150.0)
    signed(right.yaxis)
    right.spines["right"].set_visible(True)
    right.spines["bottom"].set_visible(False)
    right.set_xticks([])
    right.set_title(Axis(name, "%").label(power) if name else "%", loc="right", fontsize=TEXT, pad=8)
    return right


def _reference(plane: Any, line: Line, factor: float) -> None:
    if line.U > 0.0:
        low, high = (line.value - line.U) * factor, (line.value + line.U) * factor
        plane.axhspan(low, high, color=WASH, linewidth=0, zorder=0)
        for edge in (low, high):
            plane.axhline(edge, color=ACCENT, linewidth=0.6, linestyle=(0, (4, 2)), zorder=1)
    plane.axhline(line.value * factor, color=INK, linewidth=0.9, zorder=1)


def _results(plane: Any, whiskers: Whiskers, participants: Participants, order: NDArray[Any], factor: float) -> None:
    many, crowd = order.size > MANY, order.size > 2 * MANY
    cap = 0.0 if many else 3.0
    low, high = plane.get_ylim()
    for place, i in enumerate(order):
        value, colour = float(whiskers.values[i]) * factor, participants.colour(int(i))
        thick = 1.5 if i == participants.mine else 0.4 if crowd else 0.9 if many else 1.1
        if np.isnan(whiskers.U[i]):
            _open(plane, place, value, colour, thick)
        elif whiskers.dark is not None:
            _whisker(plane, place, value, float(whiskers.dark[i]) * factor, colour, (0.5, 0.6 * cap, low, high))
        if not np.isnan(whiskers.U[i]):
            _whisker(plane, place, value, float(whiskers.U[i]) * factor, colour, (thick, cap, low, high))
        plane.plot(
            [place], [value], "o", color=colour, zorder=4,
            markersize=(2.2 if crowd else 3.2 if many else 5.2) + 0.6 * (i == participants.mine),
            markerfacecolor=PAPER if participants.hollow(int(i)) else colour, markeredgewidth=0.9,
        )  # fmt: skip


def _open(plane: Any, place: int, value: float, colour: str, thick: float) -> None:
    """Dots up and down from a point of which nobody knows how far it reaches."""
    low, high = plane.get_ylim()
    reach = OPEN * (high - low) / 180.0
    plane.plot([place, place], [value - reach, value + reach], color=colour, linewidth=thick, linestyle=DOTS, zorder=3)


def _whisker(plane: Any, place: int, value: float, reach: float, colour: str, how: tuple[float, ...]) -> None:
    thick, cap, low, high = how
    ends = [max(value - reach, low), min(value + reach, high)]
    plane.plot([place, place], ends, color=colour, linewidth=thick, zorder=3, solid_capstyle="butt")
    for end, cut, head in ((ends[0], value - reach < low, "v"), (ends[1], value + reach > high, "^")):
        if cut:
            plane.plot([place], [end], head, color=colour, markersize=4.0, clip_on=False, markeredgewidth=0, zorder=3)
        elif cap:
            plane.plot(
                [place], [end], "_", color=colour, markersize=2.0 * cap, markeredgewidth=max(0.8, thick), zorder=3
            )


def _failed(
    plane: Any, whiskers: Whiskers, participants: Participants, order: NDArray[Any], factor: float, word: str
) -> None:
    """A triangle under each that failed, and the word below it; many stand in one row at the bottom."""
    low, high = plane.get_ylim()
    point = (high - low) / 180.0
    for place, i in enumerate(order):
        if not participants.fails(int(i)):
            continue
        foot = float(whiskers.values[i] - _reach(whiskers)[i]) * factor - 8.0 * point
        foot = max(low + (16.0 if word else 5.0) * point, -np.inf if order.size > MANY else foot)
        size = 7.5 if order.size <= MANY else 5.0
        marked(plane, [place], [foot], "fail", colour=BAD, size=size, zorder=5, clip_on=False)
        if word:
            plane.annotate(
                word, (place, foot), xytext=(0, -6), textcoords="offset points", ha="center", va="top", color=BAD,
                fontsize=FINE, annotation_clip=False,
            )  # fmt: skip


def _handles(
    whiskers: Whiskers, participants: Participants, line: Line, words: EquivalenceWords, direct: bool,
    limits: tuple[float, float],
) -> list[Any]:  # fmt: skip
    n = range(len(participants.names))
    hollow, failed = any(participants.hollow(i) for i in n), any(participants.fails(i) for i in n)
    dot: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 5.2, "color": INK, "markeredgewidth": 0.9}
    handles: list[Any] = [Line2D([], [], label=words.contributing if hollow else "", **dot)]
    if hollow:
        handles.append(Line2D([], [], markerfacecolor=PAPER, label=words.excluded, **dot))
    if participants.mine is not None:
        handles.append(Line2D([], [], label=words.mine, **(dot | {"color": ACCENT})))
    if failed and not direct:
        handles.append(handle("fail", BAD, words.failed))
    unknown = np.isnan(whiskers.U)
    if not unknown.all():
        handles.append(Line2D([], [], color=INK, linewidth=1.1, label=words.whisker))
    if unknown.any():
        handles.append(Line2D([], [], color=INK, linewidth=1.1, linestyle=DOTS, label=words.unknown))
    if whiskers.dark is not None:
        handles.append(Line2D([], [], color=INK, linewidth=0.5, label=words.dark))
    if line.U > 0.0:
        handles.append(Patch(facecolor=WASH, edgecolor=ACCENT, linewidth=0.6, linestyle=(0, (4, 2)), label=words.band))
    reach = _reach(whiskers)
    if (whiskers.values - reach < limits[0]).any() or (whiskers.values + reach > limits[1]).any():
        handles.append(
            Line2D([], [], linestyle="none", marker="^", color=INK, markersize=4.0, markeredgewidth=0,
                   label=words.beyond)
        )  # fmt: skip
    return handles


# ---------------------------------------------------------------- reference values of several methods


@dataclass(frozen=True, slots=True)
class Estimates:
    """What several methods find for one reference value. names: n methods; values: (n,); low, high: (n,) ends of their
    intervals; chosen: the one that the protocol fixed."""

    names: tuple[str, ...]
    values: Floats
    low: Floats
    high: Floats
    chosen: int | None = None


@remembered
def references_figure(
    estimates: Estimates, axis: Axis, results: Floats | None = None, names: tuple[str, str] = ("", ""),
    size: Size = "wide",
) -> str:  # fmt: skip
    """Reference values of several methods, a row each, so that one sees how much the choice decides.

    The chosen method is accented and filled, its interval goes on as a band through the others, which are hollow.
    results: (m,) of the laboratories, shown as strokes on the lowest row; names: of the band and of these strokes, for
    the legend. Returns the SVG as text. Raises ValueError for lengths that differ, numbers that are not finite, ends
    that do not enclose their value, or a choice that is none of the rows.
    """
    checked("reference values", estimates.values, estimates.low, estimates.high, np.zeros(len(estimates.names)))
    n = len(estimates.names)
    if n == 0 or (estimates.chosen is not None and not 0 <= estimates.chosen < n):
        raise ValueError(f"reference values: there are {n}, the chosen one is {estimates.chosen}")
    if not ((estimates.low <= estimates.values) & (estimates.values <= estimates.high)).all():
        raise ValueError("reference values: an interval does not enclose its value")
    strokes = np.empty(0) if results is None else np.asarray(results, dtype=np.float64)
    checked("results", strokes)
    power = power_of(estimates.low, estimates.high)
    factor = 10.0**-power

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        longest = 160.0 if size == "wide" else 96.0
        labels = [shortened(name, longest) for name in estimates.names]
        room = WIDTH[size] * 72.0 - max(breadth(label) for label in labels) - 24.0
        _estimate_rows(plane, estimates, factor)
        low, high = float(estimates.low.min()) * factor, float(estimates.high.max()) * factor
        margin = 0.06 * (high - low) or abs(high) * 0.1 or 1.0
        plane.set_xlim(low - margin, high + margin)
        seen = strokes[(strokes * factor >= low - margin) & (strokes * factor <= high + margin)] * factor
        plane.vlines(seen, n - 0.35, n + 0.15, color=INK3, linewidth=0.9)
        plane.set_ylim(n + (0.15 if seen.size else -0.4), -0.7)
        plane.set_yticks(range(n), labels)
        plane.tick_params(axis="y", which="both", length=0, pad=6)
        plane.spines["left"].set_visible(False)
        number_axis(plane.xaxis, room)
        plane.yaxis.set_minor_locator(NullLocator())
        if estimates.chosen is not None:
            plane.get_yticklabels()[estimates.chosen].set_color(ACCENT)
        named(plane, axis.label(power), "")
        handles: list[Any] = []
        if estimates.chosen is not None:
            handles.append(Patch(facecolor=WASH, edgecolor=ACCENT, linewidth=0.6, label=names[0]))
        if seen.size:
            handles.append(
                Line2D([], [], linestyle="none", marker="|", color=INK3, markersize=7, markeredgewidth=0.9,
                       label=names[1])
            )  # fmt: skip
        legend_below(figure, handles, size)

    return drawn(size, 0.75 + 0.25 * n + (0.25 if any(names) else 0.0), paint)


def _estimate_rows(plane: Any, estimates: Estimates, factor: float) -> None:
    chosen = estimates.chosen
    if chosen is not None:
        plane.axvspan(
            estimates.low[chosen] * factor, estimates.high[chosen] * factor, color=WASH, linewidth=0, zorder=0
        )
        plane.axvline(estimates.values[chosen] * factor, color=ACCENT, linewidth=0.6, zorder=1)
    for row in range(len(estimates.names)):
        colour = ACCENT if row == chosen else INK
        ends = [estimates.low[row] * factor, estimates.high[row] * factor]
        if row:
            plane.axhline(row - 0.5, color=HAIR, linewidth=0.5, zorder=0)
        plane.plot(ends, [row, row], color=colour, linewidth=1.6 if row == chosen else 1.1, zorder=3)
        plane.plot(ends, [row, row], "|", color=colour, markersize=6, markeredgewidth=1.1, zorder=3)
        plane.plot(
            [estimates.values[row] * factor], [row], "o", color=colour, markersize=5,
            markerfacecolor=colour if row == chosen else PAPER, markeredgewidth=1.0, zorder=4,
        )  # fmt: skip
