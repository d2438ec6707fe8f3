"""A key comparison whose laboratories state U with k in place of u."""

from __future__ import annotations

from typing import Any

import pytest

from suyuan.quantity.finding import Refused
from suyuan.verbs.cases import answer

ROWS = [{"lab": lab, "value": x, "u": u} for lab, x, u in (("A", 10.0, 0.3), ("B", 10.2, 0.4), ("C", 9.9, 1))]


def asked(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return answer({"kind": "key_comparison", "input": {"unit": "V", "methods": ["weighted_mean"], "data": rows}})


def test_U_over_k_is_u() -> None:
    stated = [
        {"lab": "A", "value": 10.0, "U": 0.6, "k": 2},
        {"lab": "B", "value": 10200, "U": 1000, "k": 2.5, "unit": "mV"},
        {**ROWS[2], "U": 2.02, "k": 2},  # both, as far as rounding goes
    ]
    found, same = asked(stated)["weighted_mean"], asked(ROWS)["weighted_mean"]
    assert found["value"] == pytest.approx(same["value"], rel=1e-14) and found["U"] == pytest.approx(same["U"])
    assert not [f for f in asked(stated)["findings"] if f["severity"] != "note"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"U": 0.6}, ("case.field.missing", "/input/data/0/k")),
        ({"U": 0.6, "k": 0}, ("case.field.wrong", "/input/data/0/k")),
        ({"U": -0.6, "k": 2}, ("case.field.wrong", "/input/data/0/U")),
        ({"U": 0.9, "k": 2, "u": 0.3}, ("comparison.case.U_and_u", "/input/data/0/u")),
    ],
)
def test_U_that_says_nothing_is_refused(row: dict[str, Any], told: tuple[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        asked([{"lab": "A", "value": 10.0, **row}, *ROWS[1:]])
    assert [(f.code, f.where) for f in refused.value.findings] == [told]
