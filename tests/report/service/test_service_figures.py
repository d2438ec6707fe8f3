"""Figures of the service system: words for each, a table with the same numbers, the same bytes, faults refused."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from suyuan.report.figures.dress import Axis
from suyuan.report.papers.document import Number
from suyuan.report.service.coverage_figures import (
    Gap,
    MoneyYear,
    Region,
    fund_drawn,
    gap_drawn,
    matrix_drawn,
    region_drawn,
)
from suyuan.report.service.drawn import Drawn, both
from suyuan.report.service.need_curve import Curve, NeedWords, Wanted, need_drawn
from suyuan.report.service.score_figures import Bar, Judged, rank_drawn, reviewers_drawn, score_drawn

X = np.linspace(1.0, 100.0, 50)
CAPTION = both("图", "figure")
AXES = (Axis("l", "mm"), Axis("U", "nm"))


def need(lacking: tuple[tuple[float, float], ...] = ((80.0, 100.0),)) -> Drawn:
    curves = [Curve("演示甲 1", X, np.hypot(30.0, 0.5 * X), True), Curve("演示乙 2", X[:20], np.full(20, 20.0))]
    return need_drawn(curves, Wanted(X, np.full(50, 50.0), lacking), AXES, CAPTION, NeedWords())


MADE: dict[str, Callable[[], Drawn]] = {
    "need": need,
    "score": lambda: score_drawn([Bar("人才", 12.0, 15.0, 20.0), Bar("资金", 8.0, 8.0, 10.0)], CAPTION),
    "ranks": lambda: rank_drawn(["甲", "乙"], np.array([[0.97, 0.03], [0.03, 0.97]]), ([1, 2], [1, 2]), CAPTION),
    "reviewers": lambda: reviewers_drawn([Judged("定位", (0.2, 0.9)), Judged("场地", (0.5, float("nan")))], CAPTION),
    "matrix": lambda: matrix_drawn({("design", "component"): (1, 2), ("test", "system"): (0, 2)}, CAPTION),
    "regions": lambda: region_drawn([Region("310000", both("甲", "A"), 3, 4),
                                     Region("320000", both("乙", "B"), None, 4)], CAPTION),
    "gaps": lambda: gap_drawn([Gap("G1", both("台阶", "step"), 60.0, 12, "cannot"),
                               Gap("G2", both("机密", "secret"), 80.0, 4, "partly", False)], CAPTION),
    "money": lambda: fund_drawn([MoneyYear(2025, 3e6, 1e6), MoneyYear(2026, 4e6, None)], CAPTION),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_a_figure_has_words_a_table_and_two_sizes(name: str) -> None:
    drawn = MADE[name]()
    assert drawn == MADE[name]()
    for svg in (drawn.wide, drawn.narrow):
        assert svg.lstrip().startswith("<?xml") and svg.rstrip().endswith("</svg>") and "<dc:date>" not in svg
    assert drawn.wide != drawn.narrow
    for language in ("zh", "en"):
        assert len(drawn.alternative[language]) > 10
    assert drawn.table.rows and all(len(row) == len(drawn.table.heads) for row in drawn.table.rows)
    assert len(drawn.table.alignment) == len(drawn.table.heads)


def test_the_words_say_what_is_wrong() -> None:
    assert "80–100 mm 上没有一项够准" in need().alternative["zh"]
    assert "整个区间有能力够准" in need(()).alternative["zh"]
    assert "人才" in MADE["score"]().alternative["zh"] and "资金" not in MADE["score"]().alternative["zh"]
    assert "定位" in MADE["reviewers"]().alternative["zh"]
    assert "试验×系统" in MADE["matrix"]().alternative["zh"]
    assert "2025" in MADE["money"]().alternative["en"]


def test_unknown_is_a_word_and_never_a_zero() -> None:
    assert MADE["regions"]().table.rows[1][2] == {"zh": "未知", "en": "unknown"}
    assert MADE["money"]().table.rows[1][2] == {"zh": "未知", "en": "unknown"}


def test_a_confidential_gap_is_masked_in_figure_and_table() -> None:
    drawn = MADE["gaps"]()
    assert "机密" not in drawn.wide + drawn.narrow + str(drawn.table) + str(drawn.alternative)
    assert "secret" not in str(drawn.table) + str(drawn.alternative)
    assert "80" not in str(drawn.table.rows[-1]) and drawn.table.rows[-1][3] == drawn.table.rows[-1][4]


def test_the_table_has_the_numbers_of_the_figure() -> None:
    rows = MADE["score"]().table.rows
    assert [cell.value for cell in rows[0][1:] if isinstance(cell, Number)] == [12.0, 15.0, 20.0]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: score_drawn([], CAPTION),
        lambda: score_drawn([Bar("x", 5.0, 4.0, 10.0)], CAPTION),
        lambda: rank_drawn(["甲"], np.zeros((2, 2)), ([1], [1]), CAPTION),
        lambda: reviewers_drawn([Judged("x", (1.2,))], CAPTION),
        lambda: region_drawn([], CAPTION),
        lambda: gap_drawn([], CAPTION),
        lambda: fund_drawn([MoneyYear(2025, -1.0, None)], CAPTION),
        lambda: need_drawn([], Wanted(X, None), AXES, CAPTION, NeedWords()),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw: Callable[[], Drawn]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        draw()


def test_many_rows_are_cut_in_the_figure_and_kept_in_the_table() -> None:
    drawn = score_drawn([Bar(f"中心{n}", 1.0, 2.0, 3.0) for n in range(120)], CAPTION)
    assert len(drawn.table.rows) == 120 and "中心110" not in drawn.wide
