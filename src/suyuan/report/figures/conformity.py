"""Decisions as curves: how likely an item is accepted, and what risks a guard band leaves to consumer and producer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from suyuan.report.figures.dress import (
    ACCENT,
    COLOURS,
    DASHED,
    INK,
    PAPER,
    WARN,
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
    rising,
    room_of,
)

Ends = tuple[float | None, float | None]
WRONG_PASS, WRONG_FAIL = COLOURS[1], COLOURS[2]


@dataclass(frozen=True, slots=True)
class OperatingNames:
    """Words of the operating characteristic: its ordinate, the two kinds of limits, the two kinds of wrong decision."""

    ordinate: str
    tolerance: str
    acceptance: str
    wrongly_accepted: str
    wrongly_rejected: str


@remembered
def operating_characteristic_figure(
    x: Floats, accepted: Floats, tolerance: Ends, acceptance: Ends, axis: Axis, names: OperatingNames,
    size: Size = "wide",
) -> str:  # fmt: skip
    """Probability of acceptance against the true value of an item.

    x: (n,) true values, rising, in the unit of the axis; accepted: (n,) probabilities; tolerance, acceptance: lower and
    upper limits, None where a side is open. Washed: accepted though outside the tolerance, and rejected though inside;
    how large a risk that is depends on which items come. Returns the SVG as text.
    """
    checked("operating characteristic", x, accepted)
    if not rising(x):
        raise ValueError("operating characteristic: fewer than two true values, or they do not rise")
    power = power_of(x[[0, -1]])
    factor = 10.0**-power

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        places = _with_limits(x, tolerance)
        chance = np.interp(places, x, accepted)
        inside = _inside(places, tolerance)
        drawn_at = places * factor
        plane.fill_between(drawn_at, chance, 0.0, where=~inside, color=WRONG_PASS, alpha=0.35, linewidth=0)
        plane.fill_between(drawn_at, chance, 1.0, where=inside, color=WRONG_FAIL, alpha=0.4, linewidth=0)
        _limits(plane, acceptance, factor, ACCENT, DASHED)
        _limits(plane, tolerance, factor, INK, "-")
        plane.plot(x * factor, accepted, color=INK, linewidth=1.5)
        plane.set_xlim(x[0] * factor, x[-1] * factor)
        plane.set_ylim(0.0, 1.0)
        number_axis(plane.xaxis, room_of(size))
        plane.set_yticks([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
        named(plane, axis.label(power), names.ordinate)
        figure.legend(handles=_handles(names), loc="outside lower left", ncols=2, columnspacing=1.6)

    return drawn(size, 3.35, paint)


def _handles(names: OperatingNames) -> list[Any]:
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], color=INK, linewidth=1.2, label=names.tolerance),
        Line2D([], [], color=ACCENT, linewidth=1.2, linestyle=DASHED, label=names.acceptance),
        Patch(facecolor=WRONG_PASS, alpha=0.35, label=names.wrongly_accepted),
        Patch(facecolor=WRONG_FAIL, alpha=0.4, label=names.wrongly_rejected),
    ]


def _with_limits(x: Floats, limits: Ends) -> Floats:
    """Each limit once just below and once just above, so that the wash ends at it."""
    near = [np.nextafter(limit, way) for limit in limits if limit is not None for way in (-np.inf, np.inf)]
    inside = [place for place in (*near, *(e for e in limits if e is not None)) if x[0] < place < x[-1]]
    return np.unique(np.concatenate([x, inside]))


def _inside(x: Floats, limits: Ends) -> NDArray[np.bool_]:
    lower, upper = limits
    low = -np.inf if lower is None else lower
    high = np.inf if upper is None else upper
    result: NDArray[np.bool_] = (x >= low) & (x <= high)
    return result


def _limits(plane: Any, limits: Ends, factor: float, colour: str, line: Any) -> None:
    for limit in limits:
        if limit is not None:
            plane.axvline(limit * factor, color=colour, linewidth=1.1, linestyle=line)


# ---------------------------------------------------------------- risks against the guard band


@dataclass(frozen=True, slots=True)
class Risk:
    """One risk as a curve. values: (n,) as fractions of 1; at: the risk at the guard band in use."""

    name: str
    values: Floats
    at: float | None = None


@remembered
def risk_figure(
    guard: Floats, risks: Sequence[Risk], axis: Axis, ordinate: str, *, used: tuple[float, str] | None = None,
    target: tuple[float, str] | None = None, size: Size = "wide",
) -> str:  # fmt: skip
    """Risks in percent against the width of the guard band.

    guard: (n,) in the unit of the axis, rising; risks: one to four; used: the guard band in use and its name, drawn as
    an upright line; target: the wanted risk (fraction of 1) and its name. Returns the SVG as text.
    """
    if not 1 <= len(risks) <= len(COLOURS):
        raise ValueError(f"a figure shows one to {len(COLOURS)} risks, not {len(risks)}")
    if not rising(guard):
        raise ValueError("fewer than two guard bands, or they do not rise")
    for risk in risks:
        checked(f"risk «{risk.name}»", guard, risk.values)
    power = power_of(guard)
    factor = 10.0**-power

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        top = 100.0 * max([*(float(r.values.max()) for r in risks), target[0] if target else 0.0])
        plane.set_xlim(guard[0] * factor, guard[-1] * factor)
        plane.set_ylim(0.0, top * 1.08 or 1.0)
        for n, risk in enumerate(risks):
            dash = ("-", DASHED, "-.", ":")[n]
            plane.plot(guard * factor, 100.0 * risk.values, color=COLOURS[n], linestyle=dash, linewidth=1.4)
        if used is not None:
            _used(plane, used, risks, factor)
        ends = [(100.0 * float(r.values[-1]), r.name, COLOURS[n]) for n, r in enumerate(risks)]
        if target is not None:
            plane.axhline(100.0 * target[0], color=WARN, linewidth=1.5)
            ends.append((100.0 * target[0], target[1], WARN))
        _at_the_end(plane, ends)
        number_axis(plane.xaxis, room_of(size, 46.0 + max(breadth(text) for _, text, _ in ends)))
        number_axis(plane.yaxis, 140.0)
        named(plane, axis.label(power), f"{ordinate} / %")

    return drawn(size, 3.0, paint)


def _at_the_end(plane: Any, ends: Sequence[tuple[float, str, str]]) -> None:
    """Each name at the right end of its line, pushed up where it would lie on the axis or on another."""
    top = plane.get_ylim()[1]
    line = top * 13.0 / 165.0
    free = 0.4 * line
    for height, text, colour in sorted(ends):
        place = max(height, free)
        free = place + line
        plane.annotate(
            text, (1.0, place), xycoords=("axes fraction", "data"), xytext=(5, 0), textcoords="offset points",
            va="center", color=colour, annotation_clip=False,
        )  # fmt: skip


def _used(plane: Any, used: tuple[float, str], risks: Sequence[Risk], factor: float) -> None:
    place = used[0] * factor
    plane.axvline(place, color=INK, linewidth=0.9, dashes=(2, 2), zorder=0)
    low, high = plane.get_xlim()
    right = place > 0.5 * (low + high)
    plane.annotate(
        used[1], (place, 1.0), xycoords=("data", "axes fraction"), xytext=(-4 if right else 4, -2),
        textcoords="offset points", ha="right" if right else "left", va="top",
    )  # fmt: skip
    for n, risk in enumerate(risks):
        if risk.at is not None:
            plane.plot(
                [place], [100.0 * risk.at], marker="os^D"[n], markersize=5.5, color=COLOURS[n], markeredgecolor=PAPER,
                markeredgewidth=0.8, linestyle="none", clip_on=False, zorder=5,
            )  # fmt: skip
