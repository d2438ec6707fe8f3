"""Budgets: shares that add to one, what inputs have in common in a row of its own, owners told apart."""

from __future__ import annotations

import math

import numpy as np
import pytest

from suyuan.quantity.budget import BudgetRow, by_certificate, by_influence, by_input, by_source
from suyuan.quantity.influence import Source
from suyuan.quantity.quantity import Quantity, joint, quantity


def named(rows: tuple[BudgetRow, ...]) -> dict[str, BudgetRow]:
    assert len({row.name for row in rows}) == len(rows)
    return {row.name: row for row in rows}


def test_mass_of_a_weight_by_influence() -> None:
    """Three influences with sensitivities 1, −2 and 0.5: signed contributions, largest share first."""
    a = quantity(1.0, 0.3, "g", label="standard", source=Source("NMI", "M-1", "0"), dof=12)
    b = quantity(2.0, 0.2, "g", label="comparator", distribution="rectangular")
    c = quantity(4.0, 0.1, "K", label="air")
    y = a - 2.0 * b + quantity(0.5, None, "g/K") * c
    rows = by_influence(y)
    assert [row.name for row in rows] == ["comparator", "standard", "air"]
    assert [row.contribution for row in rows] == pytest.approx([-0.4, 0.3, 0.05])
    assert [row.sensitivity for row in rows] == pytest.approx([-2.0, 1.0, 0.5])
    assert [row.u for row in rows] == pytest.approx([0.2, 0.3, 0.1])
    assert [row.distribution for row in rows] == ["rectangular", "normal", "normal"]
    assert [row.dof for row in rows] == [math.inf, 12, math.inf]
    assert sum(row.share for row in rows) == pytest.approx(1.0, rel=1e-14)


def test_correlation_has_a_row_of_its_own_gum_5_2_2() -> None:
    """y = x₁ − x₂ with r = 0.8: the common row is negative and all shares add to 1."""
    x1, x2 = joint([10.0, 9.0], [0.3, 0.4], [[1.0, 0.8], [0.8, 1.0]], "V")
    x3 = quantity(1.0, 0.1, "V")
    y = x1 - x2 + x3
    rows = by_input(y, {"x1": x1, "x2": x2, "x3": x3}, {"x1": 1.0, "x2": -1.0, "x3": 1.0})
    assert rows[-1].name == "correlation"
    assert rows[-1].share == pytest.approx(-2 * 0.8 * 0.3 * 0.4 / (0.09 + 0.16 + 0.01 - 0.192))
    assert rows[-1].contribution == pytest.approx(-math.sqrt(0.192))
    assert sum(row.share for row in rows) == pytest.approx(1.0, rel=1e-12)
    assert [row.name for row in rows[:-1]] == ["x2", "x1", "x3"]


def test_inputs_that_share_a_standard_have_something_in_common() -> None:
    standard = quantity(1.0, 0.03, "mm", source=Source("NMI", "S-1", "0"))
    x1 = standard + quantity(0.0, 0.04, "mm")
    x2 = standard + quantity(0.0, 0.01, "mm")
    rows = named(by_input(x1 + x2, {"x1": x1, "x2": x2}, {"x1": 1.0, "x2": 1.0}))
    assert rows["correlation"].share == pytest.approx(2 * 0.0009 / (0.0025 + 0.001 + 0.0018))
    assert sum(row.share for row in rows.values()) == pytest.approx(1.0, rel=1e-12)


def test_independent_inputs_have_no_common_row() -> None:
    x1, x2, k = quantity(2.0, 0.1, "V"), quantity(4.0, 0.2, "A"), quantity(5.0, None)
    y = k * x1 / x2
    rows = named(by_input(y, {"x1": x1, "x2": x2, "k": k}, {"x1": 1.25, "x2": -0.625, "k": 0.5}))
    assert set(rows) == {"x1", "x2", "k"}
    assert sum(row.share for row in rows.values()) == pytest.approx(1.0, rel=1e-12)
    assert (rows["k"].distribution, rows["k"].share) == ("constant", 0.0)


def test_owners_are_told_apart() -> None:
    """Two issuers may use one number; influences without a certificate stand together."""
    a = quantity(1.0, 0.3, source=Source("Lab A", "7", "0"), dof=5)
    b = quantity(1.0, 0.4, source=Source("Lab A", "7", "1"), dof=8)
    c = quantity(1.0, 0.1, source=Source("Lab B", "7", "0"))
    d, e = quantity(1.0, 0.2, label="reading"), quantity(1.0, 0.2, label="air")
    y = a + b + c + d + e
    rows = by_certificate(y)
    assert [(row.source.issuer, row.name) for row in rows] == [("Lab A", "7"), ("", ""), ("Lab B", "7")]
    assert [row.contribution for row in rows] == pytest.approx([0.5, math.sqrt(0.08), 0.1])
    assert rows[0].dof == pytest.approx(0.5**4 / (0.3**4 / 5 + 0.4**4 / 8))
    assert sum(row.share for row in rows) == pytest.approx(1.0, rel=1e-12)
    assert set(rows[0].influences) == {i.id for q in (a, b) for i in q.influences()}
    sources = by_source(y)
    assert {row.name for row in sources} == {"Lab A 7 0", "Lab A 7 1", "Lab B 7 0", "reading", "air"}
    assert sum(row.share for row in sources) == pytest.approx(1.0, rel=1e-12)


def test_dof_of_a_group_counts_its_elements() -> None:
    readings = quantity(np.zeros(4), 0.2, label="readings", dof=3)
    row = named(by_source(readings.mean()))["readings"]
    assert row.dof == pytest.approx(12.0)


def test_result_without_uncertainty() -> None:
    y = quantity(1.0, None) * 2.0
    assert by_influence(y) == by_source(y) == by_certificate(y) == ()
    x = quantity(1.0, 0.0)
    assert [row.share for row in by_input(x, {"x": x}, {"x": 1.0})] == [0.0]


def test_unit_without_a_dsi_word_is_still_named() -> None:
    x: Quantity = quantity(1.0, 0.1, "in", label="gauge")
    assert by_influence(x)[0].unit == "in"
    assert by_input(x, {"x": x}, {"x": 1.0})[0].unit == "in"
