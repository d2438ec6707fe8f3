"""Scores of laboratories as columns with the lines of the decision rule, a plane a measurand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from suyuan.report.figures.dress import (
    ACCENT,
    BAD,
    COLOURS,
    DASHED,
    INK,
    INK3,
    PAPER,
    TEXT,
    WARN,
    WASH,
    Floats,
    Size,
    close,
    drawn,
    named,
    number_axis,
    remembered,
    room_of,
    shortened,
    written,
)
from suyuan.report.figures.marks import handle, marked
from suyuan.report.figures.participants import (
    FINE,
    Participants,
    arranged,
    legend_below,
    legend_lines,
    room_beside,
    signed,
    write_below,
)

Bools = NDArray[np.bool_]
MOST = 12
"""Planes of one figure."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores for one measurand. name: of the measurand; values: (n,) one a participant, nan where it gave no result."""

    name: str
    values: Floats


@dataclass(frozen=True, slots=True)
class Rule:
    """|score| ≤ questionable satisfies, ≤ limit is questionable, beyond it is not satisfactory; questionable equal to
    the limit where there is no middle. name: of the score («𝐸n», «ζ»), upright at the ordinate."""

    name: str
    limit: float
    questionable: float


@dataclass(frozen=True, slots=True)
class ScoreWords:
    """Words of the legend; a kind of column that does not occur is left out. cut: a column beyond the plane bears its
    number."""

    satisfactory: str
    questionable: str
    unsatisfactory: str
    missing: str
    mine: str = ""


@remembered
def scores_figure(
    scores: Sequence[Scores], names: tuple[str, ...], rule: Rule, words: ScoreWords, size: Size = "wide",
    mine: int | None = None,
) -> str:  # fmt: skip
    """A column a laboratory and a plane a measurand, from the smallest score to the largest.

    A satisfactory score is an open column, a questionable one is filled half dark, one that is not satisfactory is dark
    and bears a triangle. With several measurands all planes have the same order, that of the mean score, so that one
    laboratory stands in one line; who gave no result has a cross. Columns are cut at four times the limit, with their
    number.
    Returns the SVG as text. Raises ValueError for lengths that differ, infinite scores, more than 12 measurands, a
    measurand without any score, or limits that are not 0 < questionable ≤ limit.
    """
    n = len(names)
    participants = Participants(names, mine=mine)
    participants.check()
    if not 0 < len(scores) <= MOST:
        raise ValueError(f"a figure shows one to {MOST} measurands, not {len(scores)}")
    for one in scores:
        if one.values.shape != (n,) or np.isinf(one.values).any() or np.isnan(one.values).all():
            raise ValueError(f"scores of «{one.name}»: {n} finite numbers are wanted, not a number where there is none")
    if not 0.0 < rule.questionable <= rule.limit < np.inf:
        raise ValueError(f"limits of a score: 0 < {rule.questionable} ≤ {rule.limit} does not hold")
    every = np.stack([one.values for one in scores])
    failed = np.asarray((np.abs(every) > rule.limit).any(axis=0))
    participants = Participants(names, failed=failed, mine=mine)
    order = np.argsort(_mean(every), kind="stable")
    below = arranged([names[i] for i in order], room_of(size, 46.0), participants.foremost(order)).height
    tall = 2.0 if len(scores) == 1 else 1.05
    lines = legend_lines([h.get_label() for h in _handles(every, rule, words, mine)], size)

    def paint(figure: Figure) -> None:
        planes = figure.subplots(len(scores), 1, sharex=True, squeeze=False)[:, 0]
        close(figure, 0.05)
        reach = _reach(every, rule)
        for k, (plane, one) in enumerate(zip(planes, scores, strict=True)):
            plane.set_xlim(-0.7, n - 0.3)
            plane.set_ylim(-reach, reach)
            number_axis(plane.yaxis, 72.0 * tall * 0.9)
            signed(plane.yaxis)
            _columns(plane, one.values[order], rule, [int(i) for i in order], participants, n)
            _lines(plane, rule)
            plane.spines["bottom"].set_visible(False)
            plane.tick_params(axis="x", which="both", length=0, labelbottom=False)
            plane.set_xticks([])
            named(plane, "", rule.name if k == 0 else "")
            if one.name:
                plane.set_title(shortened(one.name, 240.0), loc="right", fontsize=TEXT, pad=8 if k == 0 else 2)
        room = room_beside(size, planes[-1].yaxis)
        labels = arranged([names[i] for i in order], room, participants.foremost(order))
        write_below(planes[-1], labels, participants, order)
        legend_below(figure, _handles(every, rule, words, mine), size)

    return drawn(size, 0.4 + (tall + 0.12) * len(scores) + (below + 14.0 * lines) / 72.0, paint)


def _mean(every: Floats) -> Floats:
    given = ~np.isnan(every)
    count = given.sum(axis=0)
    total = np.where(given, every, 0.0).sum(axis=0)
    mean: Floats = np.divide(total, count, out=np.full(count.shape, np.inf), where=count > 0)
    return mean


def _reach(every: Floats, rule: Rule) -> float:
    largest = float(np.nanmax(np.abs(every)))
    return 1.3 * min(max(largest, 1.15 * rule.limit), 4.0 * rule.limit)


def _columns(
    plane: Any, values: Floats, rule: Rule, order: Sequence[int], participants: Participants, n: int
) -> None:  # fmt: skip
    reach = plane.get_ylim()[1]
    cut = reach / 1.3
    wide = 0.62 if n <= 45 else 0.8
    edge = 0.9 if n <= 45 else 0.4 if n <= 100 else 0.0
    for place, (value, i) in enumerate(zip(values, order, strict=True)):
        if np.isnan(value):
            marked(plane, [place], [0.0], "withdrawn", colour=INK3, size=5.0 if n <= 45 else 3.0, zorder=4)
            continue
        colour, fill = _tone(float(value), rule, i == participants.mine)
        shown = float(np.clip(value, -cut, cut))
        plane.bar([place], [shown], wide, facecolor=fill, edgecolor=colour, linewidth=edge or 0.0, zorder=3)
        if edge == 0.0 and fill == PAPER:
            plane.bar([place], [shown], wide, facecolor=colour, alpha=0.55, linewidth=0, zorder=3)
        if abs(value) > rule.limit:
            _beyond(plane, place, float(value), shown, n)


def _tone(value: float, rule: Rule, mine: bool) -> tuple[str, str]:
    """Edge and filling of a column: without colour they still are paper, half dark and dark."""
    if abs(value) > rule.limit:
        return BAD, BAD
    if abs(value) > rule.questionable:
        return WARN, COLOURS[1]
    return (ACCENT, WASH) if mine else (INK, PAPER)


def _beyond(plane: Any, place: int, value: float, shown: float, n: int) -> None:
    """The triangle at the end of the column; where that is cut, its number beside it."""
    sign = 1.0 if value > 0.0 else -1.0
    reach = plane.get_ylim()[1]
    tip = shown + sign * 0.055 * reach * (1.0 if n <= 45 else 0.8)
    marked(plane, [place], [tip], "fail", colour=BAD, size=6.5 if n <= 45 else 4.5, zorder=5, clip_on=False)
    if abs(value) > abs(shown) + 1e-12:
        right = place > 0.8 * n
        plane.annotate(
            ("+" if sign > 0 else "") + written(value, 0 if abs(value) >= 100.0 else 1), (place, tip),
            xytext=(-5 if right else 5, 0), textcoords="offset points", ha="right" if right else "left",
            va="center_baseline", fontsize=FINE, color=BAD, zorder=6,
        )  # fmt: skip


def _lines(plane: Any, rule: Rule) -> None:
    plane.axhline(0.0, color=INK, linewidth=0.75, zorder=4)
    for sign in (-1.0, 1.0):
        plane.axhline(sign * rule.limit, color=BAD, linewidth=1.0, zorder=2)
        if rule.questionable < rule.limit:
            plane.axhline(sign * rule.questionable, color=WARN, linewidth=1.0, linestyle=DASHED, zorder=2)


def _handles(every: Floats, rule: Rule, words: ScoreWords, mine: int | None) -> list[Any]:
    large = np.abs(every)
    middle = (large > rule.questionable) & (large <= rule.limit)
    handles: list[Any] = [Patch(facecolor=PAPER, edgecolor=INK, linewidth=0.9, label=words.satisfactory)]
    if mine is not None and (large[:, mine] <= rule.questionable).any():
        handles.append(Patch(facecolor=WASH, edgecolor=ACCENT, linewidth=0.9, label=words.mine))
    if middle.any():
        handles.append(Patch(facecolor=COLOURS[1], edgecolor=WARN, linewidth=0.9, label=words.questionable))
    if (large > rule.limit).any():
        handles.append(handle("fail", BAD, words.unsatisfactory))
    if np.isnan(every).any():
        handles.append(handle("withdrawn", INK3, words.missing))
    values: list[tuple[float, Any, str]] = [(rule.limit, "-", BAD)]
    if rule.questionable < rule.limit:
        values.insert(0, (rule.questionable, DASHED, WARN))
    for value, dash, colour in values:
        handles.append(Line2D([], [], color=colour, linewidth=1.0, linestyle=dash, label=f"± {value:g}"))
    return handles
