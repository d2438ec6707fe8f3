"""QAL3: whether zero and span readings stay in control between calibrations, by the charts of the house.

The limits come from s_AMS, the standard deviation that QAL1 found for the instrument, not from the readings themselves.
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from suyuan.assurance.control_chart import Chart, Cusum, cusum, said
from suyuan.assurance.observations import above_zero, column, number
from suyuan.carbon.rule import Rules
from suyuan.quantity.finding import Finding


def shewhart(
    rules: Rules, readings: ArrayLike, reference: float, s_ams: float, where: str = "readings"
) -> tuple[Chart, tuple[Finding, ...]]:
    """Readings against reference ± 2 s_AMS.

    readings (n,): of zero or span gas; reference: what the gas is. Returns the chart and findings. Raises Refused.

    Source: EN 14181, 7 (from memory).
    """
    x, centre = column(readings, where), number(reference, f"{where}.reference")
    sigma = above_zero(s_ams, f"{where}.s_ams")
    half = float(rules.value("qal3_shewhart")) * sigma
    chart = Chart("shewhart", x, centre, centre + half, centre - half, sigma)
    return chart, said(chart, where)


def cumulative(
    rules: Rules, readings: ArrayLike, reference: float, s_ams: float, where: str = "readings"
) -> tuple[Cusum, tuple[Finding, ...]]:
    """Cumulative sums of readings − reference with k = 0.501 s_AMS and h = 2.85 s_AMS, to see a drift early.

    Returns sums and findings. Raises Refused.

    Source: EN 14181, 7 and annex (from memory).
    """
    sigma = above_zero(s_ams, f"{where}.s_ams")
    k, h = float(rules.value("qal3_allowance")) * sigma, float(rules.value("qal3_decision")) * sigma
    return cusum(readings, reference, k, h, where)
