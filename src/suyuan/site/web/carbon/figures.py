"""Figures of a claim on its page: months, and the steps of a change, drawn wide and narrow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from django.utils.safestring import SafeString

from suyuan.carbon.claim.claim import MONTHS, Claim
from suyuan.report.figures.carbon.months import Months, months_figure
from suyuan.report.figures.carbon.waterfall import MOST, Ends, Fall, waterfall_figure
from suyuan.report.figures.dress import Axis, Size
from suyuan.site.terms import term
from suyuan.site.web.carbon.shown import K, grouped
from suyuan.site.web.parts.plot import plot_html
from suyuan.verbs.carbon.change import Change


def drawn(draw: Callable[[Size], str], label: str, name: str) -> dict[str, SafeString]:
    """A figure for wide and narrow pages; each says its finding aloud."""
    return {size: plot_html(draw(size), label, name=f"{name}-{size}", kind=size) for size in ("wide", "narrow")}


def months_figures(claim: Claim) -> dict[str, SafeString]:
    """Legal value and best estimate by month."""
    months = claim.months
    legal = np.sum([part.legal for part in claim.parts if part.counted], axis=0)
    series = (
        Months(term("carbon.best.plain"), np.asarray(months.value, float), K * np.asarray(months.u, float)),
        Months(term("carbon.legal.plain"), np.asarray(legal, float)),
    )
    numbers = tuple(range(1, MONTHS + 1))
    label = term("carbon.figure.months", unit=claim.unit, year=claim.year)
    axis = Axis(term("carbon.figure.axis"), "t")
    return drawn(lambda size: months_figure(numbers, series, axis, term("carbon.month"), size), label, "months")


def change_figures(found: Change, names: tuple[str, str], said: Callable[[Any], str]) -> dict[str, SafeString] | None:
    """From one total to another; None where there is no step. Beyond `MOST` steps the smaller ones are one."""
    steps = sorted(found.steps, key=lambda step: -abs(step.effect))
    kept = [step for step in found.steps if step in steps[: MOST - 1]] if len(steps) > MOST else list(found.steps)
    falls = [Fall(said(step), grouped(step.effect, True), step.effect, step.cause) for step in kept]
    rest = sum(step.effect for step in found.steps) - sum(fall.effect for fall in falls)
    if len(kept) < len(found.steps):
        falls.append(Fall(term("carbon.change.others"), grouped(rest, True), rest, "rest"))
    if not falls:
        return None
    ends = Ends((names[0], grouped(found.start), found.start), (names[1], grouped(found.end), found.end))
    causes = {cause: term(f"carbon.cause.{cause}") for cause in ("rule", "data", "known", "rest")}
    label = term("carbon.figure.change", start=grouped(found.start), end=grouped(found.end))
    axis = Axis(term("carbon.figure.axis"), "t")
    return drawn(lambda size: waterfall_figure(ends, falls, axis, causes, size), label, "change")
