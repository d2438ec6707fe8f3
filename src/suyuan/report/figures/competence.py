"""Who can do what on a day: persons against units of competence with the state of each, and when authorisations end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from suyuan.report.figures.days import day_axis
from suyuan.report.figures.dress import (
    ACCENT,
    BAD,
    HAIR,
    INK,
    INK2,
    PAPER,
    TEXT,
    WARN,
    WASH,
    WIDTH,
    Size,
    breadth,
    drawn,
    remembered,
    shortened,
)
from suyuan.report.figures.marks import TONES, Mark, Tone, handle, marked
from suyuan.report.figures.participants import FINE, legend_below, legend_lines

ROW = 18.0
_TINT: Mapping[Tone, tuple[str, float]] = {
    "ok": (INK, 0.0), "warn": (WARN, 0.16), "bad": (BAD, 0.16), "mute": (INK2, 0.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class State:
    """How a state looks and what it is called: mark, word, and tone (ok, warn, bad, mute)."""

    word: str
    mark: Mark
    tone: Tone


@remembered
def competence_figure(
    persons: tuple[str, ...], units: tuple[str, ...], cells: Mapping[tuple[int, int], str],
    states: Mapping[str, State], size: Size = "wide", *, mine: int | None = None,
) -> str:  # fmt: skip
    """A row a person and a column a unit of competence; each field bears the mark of its state, with a tint where a
    person must act, and its word where that fits; all marks stand below with their words.

    cells: (person, unit) → key of `states`; a field that is missing is left open: nobody asked for it; mine: the row of
    the reader. Returns the SVG as text. Raises ValueError for no person or unit, places that there are not, and states
    without a look.
    """
    _refuse((len(persons), len(units)), cells, states, mine)
    used = [state for key, state in states.items() if key in set(cells.values())]
    lines = legend_lines([state.word for state in used], size)
    longest = 96.0 if size == "wide" else 76.0
    beside = min(max(breadth(p) * FINE / TEXT for p in persons), longest) + 8.0
    room = WIDTH[size] * 72.0 - beside - 8.0
    field = min(room / len(units), 110.0)
    widest = max(breadth(u) * FINE / TEXT for u in units)
    lying = widest + 6.0 <= field
    above = FINE + 8.0 if lying else min(widest, 100.0) + 10.0
    words = max([breadth(state.word) * FINE / TEXT for state in used], default=0.0) + 20.0 <= field
    row = ROW if len(persons) <= 40 else 12.0
    tall = row * len(persons) + above + 14.0 * lines + 12.0

    def paint(figure: Figure) -> None:
        figure.set_layout_engine("none")
        plane = figure.add_subplot()
        wide = WIDTH[size] * 72.0
        plane.set_position(
            (beside / wide, 1.0 - (above + row * len(persons)) / tall, field * len(units) / wide,
             row * len(persons) / tall)
        )  # fmt: skip
        plane.set_xlim(0, len(units))
        plane.set_ylim(len(persons), 0)
        plane.set_axis_off()
        _fields(plane, cells, states, (field, row, words))
        _rules(plane, len(persons), len(units))
        if mine is not None:
            plane.add_patch(Rectangle((0, mine), len(units), 1, facecolor=WASH, linewidth=0, zorder=0))
        common: dict[str, Any] = {"fontsize": FINE, "annotation_clip": False, "textcoords": "offset points"}
        for n, person in enumerate(persons):
            plane.annotate(
                shortened(person, longest * TEXT / FINE), (0, n + 0.5), xytext=(-6, 0), ha="right",
                va="center_baseline", color=ACCENT if n == mine else INK,
                fontweight="bold" if n == mine else "normal", **common,
            )  # fmt: skip
        for n, unit in enumerate(units):
            plane.annotate(
                shortened(unit, (field - 4.0 if lying else 100.0) * TEXT / FINE), (n + 0.5, 0), xytext=(0, 5),
                ha="center", va="bottom", rotation=0 if lying else 90, color=INK, **common,
            )  # fmt: skip
        legend_below(figure, [handle(s.mark, TONES[s.tone], s.word) for s in used], size)

    return drawn(size, tall / 72.0, paint)


def _refuse(
    shape: tuple[int, int], cells: Mapping[tuple[int, int], str], states: Mapping[str, State], mine: int | None
) -> None:
    if 0 in shape:
        raise ValueError(f"competence: {shape[0]} persons and {shape[1]} units make no matrix")
    for (person, unit), key in cells.items():
        if not (0 <= person < shape[0] and 0 <= unit < shape[1]):
            raise ValueError(f"competence: there is no field {(person, unit)} in {shape}")
        if key not in states:
            raise ValueError(f"competence: the state {key!r} has no look")
    if mine is not None and not 0 <= mine < shape[0]:
        raise ValueError(f"mine: there is no place {mine} among {shape[0]} persons")


def _fields(
    plane: Any, cells: Mapping[tuple[int, int], str], states: Mapping[str, State], how: tuple[float, float, bool]
) -> None:
    """All fields of one state at once: tints as one path, marks as one line."""
    field, row, words = how
    size = min(9.0, 0.62 * row, 0.8 * field)
    for key, state in states.items():
        places = sorted(place for place, value in cells.items() if value == key)
        if not places:
            continue
        colour, alpha = _TINT[state.tone]
        if alpha:
            corners = [
                xy for p, u in places for xy in ((u, p), (u + 1, p), (u + 1, p + 1), (u, p + 1), (u, p))
            ]  # fmt: skip
            codes = ([Path.MOVETO] + [Path.LINETO] * 3 + [Path.CLOSEPOLY]) * len(places)
            plane.add_patch(PathPatch(Path(corners, codes), facecolor=colour, alpha=alpha, linewidth=0, zorder=1))
        shift = (8.0 / field) if words else 0.5
        marked(plane, [u + shift + (0.03 if words else 0.0) for _, u in places], [p + 0.5 for p, _ in places],
               state.mark, colour=TONES[state.tone], size=size, zorder=3)  # fmt: skip
        if words:
            for p, u in places:
                plane.annotate(
                    state.word, (u + shift + 0.03, p + 0.5), xytext=(8, 0), textcoords="offset points", ha="left",
                    va="center_baseline", fontsize=FINE, color=TONES[state.tone], zorder=3,
                )  # fmt: skip


def _rules(plane: Any, persons: int, units: int) -> None:
    plane.hlines(range(1, persons), 0, units, color=HAIR, linewidth=0.6, zorder=2)
    plane.vlines(range(1, units), 0, persons, color=HAIR, linewidth=0.6, zorder=2)
    plane.plot([0, units], [0, 0], color=INK, linewidth=0.9, clip_on=False, zorder=2)
    plane.plot([0, units], [persons, persons], color=INK, linewidth=0.9, clip_on=False, zorder=2)


# ---------------------------------------------------------------- when authorisations end


@dataclass(frozen=True, slots=True)
class Term:
    """An authorisation or a piece of evidence. name: of person and activity; start, until: its days, until None where
    it has no end; gaps: days from … to … on which it was suspended."""

    name: str
    start: date
    until: date | None
    gaps: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True, slots=True)
class ExpiryWords:
    """Words of the figure: valid, suspended, expired, ends soon, without end, today."""

    valid: str
    suspended: str
    expired: str
    due: str
    endless: str
    today: str


@remembered
def expiry_figure(
    terms: Sequence[Term], today: date, soon: date, words: ExpiryWords, size: Size = "wide", *, most: int = 60
) -> str:
    """A bar a term, the first to end at the top, with today's line; what ends by `soon` or ended bears mark and day.

    An ended bar is open, a suspended stretch is a dashed line, one without end goes on as an arrow head. Of more than
    `most` terms the first to end are drawn; the table beside the figure has all.
    soon: the last day that counts as soon, not before today. Returns the SVG as text. Raises ValueError for no term, a
    term or a gap that ends before it begins, and `soon` before today.
    """
    if not terms or most < 1 or soon < today:
        raise ValueError("expiry: there is no term, or «soon» lies before today")
    for term in terms:
        if (term.until is not None and term.until < term.start) or any(b < a for a, b in term.gaps):
            raise ValueError(f"expiry: «{term.name}» ends before it begins")
    order = sorted(terms, key=lambda term: (term.until or date.max, term.name))[:most]
    ends = [term.until for term in order if term.until is not None]
    span = max([*ends, soon]).toordinal() - today.toordinal()
    # what began long ago is cut at the left: the eye looks for the ends
    low = max(min(term.start for term in order).toordinal(), min([*ends, today]).toordinal() - max(2 * span, 60))
    high = max([*ends, soon]).toordinal()
    handles = _expiry_handles(order, today, soon, words)
    lines = legend_lines([h.get_label() for h in handles], size)
    row = 15.0 if len(order) <= 40 else 12.0

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        longest = 120.0 if size == "wide" else 92.0
        names = [shortened(term.name, longest * TEXT / FINE) for term in order]
        room = WIDTH[size] * 72.0 - max(breadth(name) * FINE / TEXT for name in names) - 16.0
        scale = (high - low) / max(room - 76.0, 60.0)
        texts = [t.until.toordinal() + 76.0 * scale for t in order if t.until is not None and t.until <= soon]
        right = max([high + 0.04 * (high - low), *texts])
        plane.set_xlim(low - 0.02 * (high - low), right)
        plane.set_ylim(len(order) - 0.4, -0.6)
        plane.axvspan(today.toordinal(), soon.toordinal(), color=WASH, linewidth=0, zorder=0)
        plane.axvline(today.toordinal(), color=ACCENT, linewidth=1.0, linestyle=(0, (1.5, 2)), zorder=1)
        for n, term in enumerate(order):
            if n:
                plane.axhline(n - 0.5, color=HAIR, linewidth=0.5, zorder=0)
            _term(plane, term, n, (today, soon), (low, high))
        plane.set_yticks(range(len(order)), names, fontsize=FINE)
        plane.tick_params(axis="y", which="both", length=0, pad=4)
        plane.spines["left"].set_visible(False)
        plane.minorticks_off()
        day_axis(plane.xaxis, room)
        legend_below(figure, handles, size)

    return drawn(size, (row * len(order) + 34.0 + 14.0 * lines) / 72.0, paint)


def _term(plane: Any, term: Term, row: int, days: tuple[date, date], view: tuple[int, int]) -> None:
    today, soon = days
    start = max(term.start.toordinal(), view[0])
    end = plane.get_xlim()[1] - 0.02 * (view[1] - view[0]) if term.until is None else term.until.toordinal()
    ended = term.until is not None and term.until < today
    if end > start:
        plane.barh(
            [row], [end - start], 0.34, [start], facecolor=PAPER if ended else INK2, edgecolor=INK2, linewidth=0.8,
            zorder=2,
        )  # fmt: skip
    for a, b in term.gaps:
        ends = max(a.toordinal(), start), min(b.toordinal(), end)
        if ends[1] > ends[0]:
            plane.barh([row], [ends[1] - ends[0]], 0.5, [ends[0]], facecolor=PAPER, linewidth=0, zorder=3)
            plane.plot(ends, [row, row], color=WARN, linewidth=1.4, linestyle=(0, (2, 1.5)), zorder=4)
    if term.until is None:
        plane.plot([end], [row], ">", color=INK2, markersize=7, markeredgewidth=0, zorder=4)
    elif term.until <= soon:
        mark, colour = _ending(ended)
        low, high = plane.get_xlim()
        plane.annotate(
            term.until.isoformat(), (end, row), xytext=(16, 0), textcoords="offset points", ha="left",
            va="center_baseline", fontsize=FINE, color=colour, zorder=5,
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.4, "linewidth": 0, "alpha": 0.85},
        )  # fmt: skip
        marked(plane, [end + 9.0 * (high - low) / 290.0], [row], mark, colour=colour, size=7.5, zorder=5)


def _ending(ended: bool) -> tuple[Mark, str]:
    return ("expired", BAD) if ended else ("due", WARN)


def _expiry_handles(order: Sequence[Term], today: date, soon: date, words: ExpiryWords) -> list[Any]:
    bar: dict[str, Any] = {"linestyle": "none", "marker": "s", "markersize": 5.5, "color": INK2}
    handles: list[Any] = [Line2D([], [], linewidth=5.0, color=INK2, solid_capstyle="butt", label=words.valid)]
    if any(term.until is not None and term.until < today for term in order):
        handles.append(handle("expired", BAD, words.expired))
    if any(term.until is not None and today <= term.until <= soon for term in order):
        handles.append(handle("due", WARN, words.due))
    if any(term.gaps for term in order):
        handles.append(Line2D([], [], color=WARN, linewidth=1.4, linestyle=(0, (2, 1.5)), label=words.suspended))
    if any(term.until is None for term in order):
        handles.append(Line2D([], [], label=words.endless, **(bar | {"marker": ">"})))
    handles.append(Line2D([], [], color=ACCENT, linewidth=1.0, linestyle=(0, (1.5, 2)), label=words.today))
    return handles
