"""Calibration intervals from counts: the observed share in tolerance, the models, and where each meets the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from suyuan.report.figures.dress import (
    COLOURS,
    INK,
    INK2,
    Axis,
    Size,
    checked,
    drawn,
    named,
    number_axis,
    remembered,
    room_of,
)
from suyuan.report.figures.participants import legend_below, legend_lines

Floats = NDArray[np.float64]
DASHES: Any = ("-", (0, (5, 3)), (0, (5, 2, 1, 2)), (0, (1, 1.6)))


@dataclass(frozen=True, slots=True)
class Observed:
    """t, share: (n,) of each bin, share in percent; u: (n,) standard uncertainty of the share, √(p(1 − p)/n)."""

    t: Floats
    share: Floats
    u: Floats


@dataclass(frozen=True, slots=True)
class Model:
    """name; t, share: (m,) of its curve, in percent; interval: where it meets the target, nan where it does not."""

    name: str
    t: Floats
    share: Floats
    interval: float


@remembered
def reliability_figure(
    observed: Observed, models: tuple[Model, ...], target: float, axes: tuple[Axis, str], words: tuple[str, str],
    size: Size = "wide",
) -> str:  # fmt: skip
    """Shares in tolerance over time with the models; a mark where a curve meets the target.

    target: in percent; words: observed share, target. Returns the SVG as text. Raises ValueError for numbers that are
    not finite and for more models than colours.
    """
    checked("reliability", observed.t, observed.share, observed.u)
    if len(models) > len(COLOURS):
        raise ValueError(f"at most {len(COLOURS)} models are drawn, not {len(models)}")
    handles = [Line2D([], [], color=INK, marker="o", markersize=4.4, markeredgewidth=0, linewidth=1.0, label=words[0])]
    handles += [Line2D([], [], color=COLOURS[n], linestyle=DASHES[n], linewidth=1.3, label=model.name)
                for n, model in enumerate(models)]  # fmt: skip
    handles.append(Line2D([], [], color=INK2, linewidth=0.9, label=words[1]))
    lines = legend_lines([str(h.get_label()) for h in handles], size)

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        plane.axhline(target, color=INK2, linewidth=0.9, zorder=1)
        for n, model in enumerate(models):
            plane.plot(model.t, model.share, color=COLOURS[n], linestyle=DASHES[n], linewidth=1.3, zorder=2)
            if np.isfinite(model.interval) and model.interval <= model.t[-1]:
                plane.plot([model.interval], [target], "D", color=COLOURS[n], markersize=4.4, markeredgewidth=0,
                           zorder=4)  # fmt: skip
        plane.errorbar(observed.t, observed.share, observed.u, fmt="o", color=INK, elinewidth=1.0, capsize=2,
                       markersize=4.4, markeredgewidth=0, zorder=3)  # fmt: skip
        plane.set_xlim(0.0, 1.04 * float(observed.t.max()))
        plane.set_ylim(0.0, 104.0)
        number_axis(plane.xaxis, room_of(size))
        number_axis(plane.yaxis, 150.0)
        named(plane, axes[0].label(), axes[1])
        legend_below(figure, handles, size)

    return drawn(size, 3.1 + 14.0 * lines / 72.0, paint)
