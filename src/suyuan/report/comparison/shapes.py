"""How results of a comparison lie, and whether their uncertainties can be: figures that reports and cases share.

Each function takes numbers and gives what draws the figure in a size, or None where the results have no such figure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.comparison.proficiency.density import FIRM, density
from suyuan.comparison.proficiency.spread import made
from suyuan.quantity.finding import Refused
from suyuan.report.figures.credibility import Contour, CredibilityWords, Deviations, duewer_figure, naji_figure
from suyuan.report.figures.density import DensityWords, Kernel, Upright, density_figure
from suyuan.report.figures.dress import Axis, Size, italic
from suyuan.report.figures.participants import Participants

Floats = NDArray[Any]
Draw = Callable[[Size], str]
Said = Callable[[str], str]
"""The word of a key, in the language of the figure."""
LEAST = 6
"""Results from which on a density says more than the results themselves."""
ZETA = (2.0, 3.0)
NARROWER = 0.6
"""Bandwidth of the second density over that of the first."""


def density_of(x: Floats, who: Participants, axis: Axis, say: Said, uprights: Sequence[Upright] = ()) -> Draw | None:
    """The kernel density of six results or more with its modes, and beside it that of a narrower bandwidth.

    A mode is marked where at least half of the resampled rounds have it, so that one laboratory alone makes none.
    """
    if x.size < LEAST:
        return None
    try:
        found = density(x)
        finer = density(x, NARROWER * found.bandwidth)
    except Refused:  # all results alike have no density
        return None
    unit = "" if axis.unit == "1" else axis.unit
    first, second = (f"{italic('h')} = {f.bandwidth:.3g} {unit}".strip() for f in (found, finer))
    kernels = [Kernel(first, found.x, found.y, np.sort(found.modes[found.support >= FIRM])),
               Kernel(second, finer.x, finer.y, np.empty(0))]  # fmt: skip
    words = DensityWords(say("figure.density"), say("figure.result"), say("figure.mode"),
                         failed=say("verdict.unsatisfactory"))  # fmt: skip
    return lambda size: density_figure(x, kernels, who, axis, words, uprights, size)


def modes_of(x: Floats) -> int:
    """How many modes at least half of the resampled rounds have; 0 where there is no density."""
    try:
        return int(np.sum(density(x).support >= FIRM))
    except Refused:
        return 0


def naji_of(d: Floats, u: Floats, u_ref: float, who: Participants, unit: str, say: Said) -> Draw | None:
    """Deviations against u², of those that state one, with the lines |ζ| = 2 and 3 of an independent reference."""
    known, chosen = _stated(d, u, who)
    if chosen.size < 2 or not np.isfinite(u_ref):
        return None
    contours = [Contour(f"|{italic('ζ')}| = {z:g}", z) for z in ZETA]
    square = f"{unit}²" if unit.isalpha() else f"({unit})²" if unit not in ("", "1") else ""
    axes = Axis(italic("u") + "²", square), Axis(italic("d"), unit)
    given = Deviations(d[chosen], u[chosen], u_ref)
    return lambda size: naji_figure(given, contours, known, axes, _words(say), size)


def duewer_of(d: Floats, u: Floats, who: Participants, say: Said) -> Draw | None:
    """Concordance against apparent precision, both over the robust spread of the deviations (MADe)."""
    known, chosen = _stated(d, u, who)
    if chosen.size < 3:
        return None
    s = float(made(d[chosen]).s)
    if not s > 0.0:
        return None
    contours = [Contour(f"|{italic('d')}|/{italic('u')} = {z:g}", z) for z in ZETA]
    axes = Axis(f"{italic('u')}/{italic('s')}", ""), Axis(f"{italic('d')}/{italic('s')}", "")
    given = Deviations(d[chosen], u[chosen])
    return lambda size: duewer_figure(given, s, contours, known, axes, _words(say), size)


def _stated(d: Floats, u: Floats, who: Participants) -> tuple[Participants, Floats]:
    """Those that have a deviation and state an uncertainty."""
    chosen = np.flatnonzero(np.isfinite(d) & np.isfinite(u))
    return part_of(who, chosen), chosen


def part_of(who: Participants, chosen: Floats) -> Participants:
    """Some of the participants, in their order."""
    contributing, failed = (None if f is None else np.asarray(f)[chosen] for f in (who.contributing, who.failed))
    return Participants(tuple(who.names[int(i)] for i in chosen), contributing, failed)


def _words(say: Said) -> CredibilityWords:
    return CredibilityWords(say("figure.result"), say("verdict.unsatisfactory"), beyond=say("figure.beyond"))
