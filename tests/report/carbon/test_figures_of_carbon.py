"""Figures of carbon draw what they are given: whole and once, the same bytes for the same values, no nonsense."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from suyuan.report.figures.carbon.hours import CLASSES, HourField, _boxes, _cuts, hours_figure
from suyuan.report.figures.carbon.months import Months, months_figure
from suyuan.report.figures.carbon.waterfall import MOST, Ends, Fall, waterfall_figure
from suyuan.report.figures.dress import Axis

WORDS = tuple(f"word {name}" for name in CLASSES)
TONNES = Axis("CO₂", "t")
CAUSES = {"rule": "rule", "data": "data", "rest": "rest"}


def field(seed: int = 1, days: int = 40) -> HourField:
    rng = np.random.default_rng(seed)
    codes = np.where(rng.random((days, 24)) < 0.1, rng.integers(-1, len(CLASSES), (days, 24)), 0).astype(np.int8)
    codes[5:8] = 4
    return HourField(date(2025, 1, 1), codes)


def test_boxes_cover_a_mask_once() -> None:
    for number in range(len(CLASSES)):
        mask = field(number).codes == number
        drawn = np.zeros(mask.shape, int)
        for x0, y0, x1, y1 in _boxes(mask, True):
            drawn[x0:x1, y0:y1] += 1
        assert (drawn == mask).all()


def test_rows_of_days_join_at_months() -> None:
    assert _cuts(date(2025, 1, 1), 365, 2) == [(0, 181), (181, 365)]
    assert _cuts(date(2025, 1, 1), 365, 3) == [(0, 120), (120, 243), (243, 365)]
    assert _cuts(date(2025, 7, 1), 92, 1) == [(0, 92)]


def test_a_field_names_only_what_is_there() -> None:
    calm = HourField(date(2025, 7, 1), np.zeros((31, 24), np.int8))
    drawn = hours_figure(calm, WORDS, ("day", "hour"))
    assert "word measured" in drawn and "word standing" not in drawn
    drawn = hours_figure(field(), WORDS, ("day", "hour"), "narrow")
    assert all(word in drawn for word in WORDS) and drawn == hours_figure(field(), WORDS, ("day", "hour"), "narrow")
    assert "<image" not in drawn


@pytest.mark.parametrize(
    "codes", [np.zeros((0, 24), np.int8), np.zeros((3, 23), np.int8), np.full((3, 24), 7, np.int8)]
)
def test_a_field_of_another_shape_is_refused(codes: Any) -> None:
    with pytest.raises(ValueError, match=r"hours of|places among|days of"):
        hours_figure(HourField(date(2025, 1, 1), codes), WORDS, ("day", "hour"))


def test_months_draw_whiskers_and_lines() -> None:
    values = np.linspace(90.0, 110.0, 12)
    series = (Months("best", values, np.full(12, 2.0)), Months("legal", values + 1.0))
    drawn = months_figure(tuple(range(1, 13)), series, TONNES, "month")
    assert "best" in drawn and "legal" in drawn and "CO₂ / t" in drawn
    for wrong in ((Months("a", values[:3]),), (), (Months("a", np.full(12, np.nan)),), series * 3):
        with pytest.raises(ValueError, match=r"lengths|series|finite"):
            months_figure(tuple(range(1, 13)), wrong, TONNES, "month")


def test_a_waterfall_leads_from_one_total_to_the_other() -> None:
    ends = Ends(("before", "100 t", 100.0), ("after", "97 t", 97.0))
    falls = [Fall("a rule", "−5", -5.0, "rule"), Fall("coal", "+2", 2.0, "data")]
    drawn = waterfall_figure(ends, falls, TONNES, CAUSES)
    assert all(word in drawn for word in ("a rule", "coal", "100 t", "97 t", "−5")) and "rest" not in drawn
    for wrong in (falls[:1], [*falls, Fall("x", "", float("nan"), "rest")],
                  [*falls, *(Fall(str(n), "", 0.0, "rest") for n in range(MOST))]):  # fmt: skip
        with pytest.raises(ValueError, match=r"lead|finite|up to"):
            waterfall_figure(ends, wrong, TONNES, CAUSES)
