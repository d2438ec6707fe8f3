"""Attribute agreement: kappa by counting pairs, limits of agreement, refusals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from suyuan.assurance.attribute_agreement import attribute_agreement, fleiss
from suyuan.quantity.finding import Refused

SHAPES = st.tuples(st.integers(2, 4), st.integers(1, 8), st.integers(1, 3))
DECISIONS = SHAPES.flatmap(lambda s: arrays(np.int64, s, elements=st.integers(0, 2)))


def counted(x: list[int], y: list[int]) -> float:
    n = len(x)
    observed = sum(a == b for a, b in zip(x, y, strict=True)) / n
    chance = sum((x.count(c) / n) * (y.count(c) / n) for c in set(x) | set(y))
    return math.nan if chance > 1 - 1e-12 else (observed - chance) / (1 - chance)


@settings(max_examples=80, deadline=None)
@given(DECISIONS, st.data())
def test_against_counting(x: Any, data: Any) -> None:
    a, p, r = x.shape
    names = [f"a{i}" for i in range(a)]
    right = data.draw(st.lists(st.integers(0, 3), min_size=p, max_size=p))
    found, _ = attribute_agreement(names, x.tolist(), right)
    for i in range(a):
        mine = x[i].ravel().tolist()
        assert found.n_consistent[i] == sum(len(set(row)) == 1 for row in x[i].tolist())
        assert found.n_right is not None and found.kappa_reference is not None
        assert found.n_right[i] == sum(set(row) == {c} for row, c in zip(x[i].tolist(), right, strict=True))
        expected = counted(mine, np.repeat(right, r).tolist())
        assert found.kappa_reference[i] == pytest.approx(expected, nan_ok=True, abs=1e-12)
        for j in range(a):
            if i != j:
                expected = counted(mine, x[j].ravel().tolist())
                assert found.kappa[i, j] == pytest.approx(expected, nan_ok=True, abs=1e-12)
    assert found.n_all_agree == sum(len(set(x[:, k].ravel().tolist())) == 1 for k in range(p))


def test_fleiss_published() -> None:
    """Fleiss (1971), as in every textbook: 14 raters, 10 items, 5 categories, kappa 0.210."""
    table = [[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1], [7, 7, 0, 0, 0],
             [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]]  # fmt: skip
    raters = np.array([np.repeat(np.arange(5), row) for row in table]).T
    assert fleiss(raters, 5) == pytest.approx(0.210, abs=0.0005)


def test_words_and_numbers() -> None:
    found, _ = attribute_agreement(["甲", "乙"], [[["合格"], ["不合格"]], [["合格"], ["合格"]]])
    assert found.categories == ("不合格", "合格")
    assert found.kappa[0, 1] == pytest.approx(0.0)


def test_one_category_is_unknown() -> None:
    found, told = attribute_agreement(["A", "B"], [[[1], [1]], [[1], [1]]])
    assert math.isnan(found.kappa[0, 1])
    assert [f.code for f in told] == ["assurance.agreement.one_category"]


@pytest.mark.parametrize(
    ("names", "decisions"),
    [
        (["A", "A"], [[[1]], [[0]]]), ([], []), (["A"], [[[1]], [[0]]]), (["A", "B"], [[[1], [1]], [[0]]]),
        (["A", "B"], [[[1]], [[None]]]), (["A", "B"], [[[1]], [[0.5]]]), (["A", "B"], [[[1]], [[math.nan]]]),
        (["A", "B"], [[1], [0]]), (["A", ""], [[[1]], [[0]]]), ("AB", [[[1]], [[0]]]), (["A", "B"], "xy"),
    ],
)  # fmt: skip
def test_refused(names: Any, decisions: Any) -> None:
    with pytest.raises(Refused):
        attribute_agreement(names, decisions)
