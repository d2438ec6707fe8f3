"""Conformity cases: every distribution as value, item and error, both sides, wanted risks, and every wrong field."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr, ndtri, stdtr

from suyuan.quantity.finding import Refused, finding_table, sentences
from suyuan.verbs.conformity import conformity

from ..reference.compare import differences

CASES = json.loads((Path(__file__).parents[1] / "reference" / "uncertainty.json").read_text("utf-8"))
Case = dict[str, Any]


def law(distribution: str, **parameters: Any) -> Case:
    return {"distribution": distribution, "parameters": parameters}


def gamma_cdf_4(x: float) -> float:
    """Distribution function of the gamma of shape 4 and scale 1, in closed form (Erlang)."""
    return 1.0 - math.exp(-x) * sum(x**k / math.factorial(k) for k in range(4))


# distribution, parameters, P(X ≤ 1.25) and P(X ≤ 0.5) in closed form
CLOSED: list[tuple[Case, float, float]] = [
    (law("normal", mean=1.0, std=0.5), float(ndtr(0.5)), float(ndtr(-1.0))),
    (law("normal", mean=1.0, U=1.0, k=2), float(ndtr(0.5)), float(ndtr(-1.0))),
    (law("rectangular", centre=1.0, half_width=1.0), 0.625, 0.25),
    (law("triangular", centre=1.0, half_width=1.0), 1.0 - 0.75**2 / 2.0, 0.125),
    (law("trapezoid", centre=1.0, half_width=1.0, beta=0.5), 0.5 + 0.25 / 1.5, (0.5**2 / 2.0) / (0.75)),
    (law("arcsine", centre=1.0, half_width=1.0), 0.5 + math.asin(0.25) / math.pi, 0.5 - math.asin(0.5) / math.pi),
    (law("student_t", location=1.0, scale=0.5, dof=5), float(stdtr(5, 0.5)), float(stdtr(5, -1.0))),
    (law("student_t_std", mean=1.0, std=0.5 * math.sqrt(5 / 3), dof=5), float(stdtr(5, 0.5)), float(stdtr(5, -1.0))),
    (law("gamma", shape=4, scale=0.25), gamma_cdf_4(5.0), gamma_cdf_4(2.0)),
    (law("exponential", mean=2.0), 1.0 - math.exp(-0.625), 1.0 - math.exp(-0.25)),
    (law("histogram", edges=[0, 1, 2], counts=[1, 3]), 0.25 + 0.75 * 0.25, 0.125),
    (law("sample", values=[0.4, 0.6, 1.0, 2.0]), 0.75, 0.25),
    (law("constant", value=1.0), 1.0, 0.0),
    (law("observations", values=[0.5, 1.0, 1.5, 1.0]), float(stdtr(3, 0.25 / math.sqrt(1 / 24))),
     float(stdtr(3, -0.5 / math.sqrt(1 / 24)))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "below", "under"), CLOSED, ids=lambda x: x["distribution"] if isinstance(x, dict) else ""
)
def test_value_of_every_distribution(value: Case, below: float, under: float) -> None:
    upper = conformity({"limits": {"upper": 1.25}, "value": value})
    assert upper == pytest.approx({"p_conforming": below, "p_nonconforming": 1.0 - below}, abs=1e-12)
    lower = conformity({"limits": {"lower": 0.5}, "value": value})
    assert lower["p_nonconforming"] == pytest.approx(under, abs=1e-12)
    both = conformity({"limits": {"lower": 0.5, "upper": 1.25}, "value": value, "unit": "mm"})
    assert both["p_conforming"] == pytest.approx(below - under, abs=1e-12)


def test_curvilinear_trapezoid_as_value() -> None:
    """JCGM 101 6.4.3: the integral over the half width of rectangles, uniform in a ± d."""
    widths = np.linspace(0.8, 1.2, 200_001)
    expected = np.trapezoid(np.clip(0.5 + 0.9 / (2.0 * widths), 0.0, 1.0), widths) / 0.4
    got = conformity(
        {"limits": {"upper": 0.9}, "value": law("curvilinear_trapezoid", centre=0.0, half_width=1.0, d=0.2)}
    )
    assert got["p_conforming"] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("item", [value for value, _, _ in CLOSED], ids=lambda x: x["distribution"])
@pytest.mark.parametrize("side", ["upper", "lower"])
def test_a_tiny_error_gives_the_risk_of_the_edge(item: Case, side: str) -> None:
    """Without error nobody is wrong; readings shifted by +0.1 accept (or reject) just the items within 0.1."""
    case = {"limits": {side: 0.75}, "item": item, "error": law("constant", value=0.0), "acceptance": {side: 0.75}}
    exact = conformity(case)
    assert (exact["consumer_risk"], exact["producer_risk"]) == (0.0, 0.0)
    shifted = conformity({**case, "error": law("constant", value=0.1)})
    between = conformity({"limits": {"lower": 0.65, "upper": 0.75}, "value": item})["p_conforming"]
    wrong = "producer_risk" if side == "upper" else "consumer_risk"
    right = "consumer_risk" if side == "upper" else "producer_risk"
    assert shifted[wrong] == pytest.approx(between, abs=1e-12) and shifted[right] == 0.0


@pytest.mark.parametrize("error", [value for value, _, _ in CLOSED], ids=lambda x: x["distribution"])
def test_error_of_every_distribution(error: Case) -> None:
    """A sample of items and the closed distribution function of the error: the sum over the items, by hand."""
    items = [-2.0, -0.5, 0.0, 0.25, 3.0]
    got = conformity({"limits": {"lower": -1.0, "upper": 1.0}, "item": law("sample", values=items), "error": error,
                      "acceptance": {"upper": 0.9}})  # fmt: skip
    chance = {x: conformity({"limits": {"upper": 0.9 - x}, "value": error})["p_conforming"] for x in items}
    assert got["consumer_risk"] == pytest.approx((chance[-2.0] + chance[3.0]) / 5.0, abs=1e-12)
    assert got["producer_risk"] == pytest.approx(sum(1.0 - chance[x] for x in items[1:4]) / 5.0, abs=1e-12)
    assert got["p_accepted"] == pytest.approx(sum(chance.values()) / 5.0, abs=1e-12)
    assert (got["p_conforming"], got["p_nonconforming"]) == (0.6, 0.4)


@pytest.mark.parametrize("case", [c for c in CASES if c["kind"] == "conformity"], ids=lambda c: c["id"])
def test_published(case: Case) -> None:
    assert not differences(case["expected"], conformity(case["input"]), case["tolerance"])


@pytest.mark.parametrize(("side", "limit"), [("upper", 1.0), ("lower", -1.0)])
def test_wanted_consumer_risk(side: str, limit: float) -> None:
    base = {
        "limits": {side: limit},
        "item": law("normal", mean=0.0, std=0.6),
        "error": law("normal", mean=0.0, std=0.2),
    }
    found = conformity({**base, "target_consumer_risk": 0.005})
    assert set(found["acceptance"]) == {side} and found["consumer_risk"] == pytest.approx(0.005, rel=1e-10)
    again = conformity({**base, "acceptance": found["acceptance"]})
    assert again["consumer_risk"] == pytest.approx(0.005, rel=1e-10)
    assert found["guard_band"][side] == pytest.approx(abs(limit - found["acceptance"][side]))
    mirrored = conformity({**base, "limits": {"upper": 1.0}, "target_consumer_risk": 0.005})
    assert abs(found["acceptance"][side]) == pytest.approx(mirrored["acceptance"]["upper"], rel=1e-9)


def test_wanted_risk_with_two_limits_is_symmetric() -> None:
    item, error = law("rectangular", centre=10.0, half_width=1.5), law("normal", mean=0.0, std=0.2)
    body = {"limits": {"lower": 9.0, "upper": 11.0}, "item": item, "error": error, "target_consumer_risk": 0.01}
    found = conformity(body)
    assert found["acceptance"]["upper"] - 10.0 == pytest.approx(10.0 - found["acceptance"]["lower"], rel=1e-12)
    assert found["consumer_risk"] == pytest.approx(0.01, rel=1e-9)


def test_one_sided_wanted_risk_in_closed_form() -> None:
    """All items at 2, one above the limit 1: P(reading accepted) = Φ((A − 2)/u), so A = 2 + u Φ⁻¹(risk)."""
    found = conformity({"limits": {"upper": 1.0}, "item": law("constant", value=2.0),
                        "error": law("normal", mean=0.0, std=0.2), "target_consumer_risk": 0.1})  # fmt: skip
    assert found["acceptance"]["upper"] == pytest.approx(2.0 + 0.2 * float(ndtri(0.1)), abs=1e-10)


def test_nothing_accepted_is_null() -> None:
    item, error = law("constant", value=2.0), law("constant", value=0.0)
    found = conformity({"limits": {"upper": 1.0}, "item": item, "error": error, "acceptance": {"upper": 1.0}})
    assert found["consumer_risk_accepted"] is None and found["producer_risk_rejected"] == 0.0
    json.dumps(found, allow_nan=False)


ITEM, ERROR = law("normal", mean=0.0, std=1.0), law("normal", mean=0.0, std=0.1)
GLOBAL = {"limits": {"upper": 1.0}, "item": ITEM, "error": ERROR, "acceptance": {"upper": 1.0}}


@pytest.mark.parametrize(
    ("body", "code", "where"),
    [
        ({"value": ITEM}, "case.field.missing", "/input/limits"),
        ({"limits": {"upper": 1.0}}, "case.field.missing", "/input/item"),
        ({**GLOBAL, "limits": {}}, "conformity.limits.absent", "/input/limits"),
        ({**GLOBAL, "limits": {"lower": 2.0, "upper": 1.0}}, "risk.interval.reversed", "/input/limits"),
        ({**GLOBAL, "limits": {"upper": "1"}}, "case.field.wrong", "/input/limits/upper"),
        ({**GLOBAL, "limits": {"upper": True}}, "case.field.wrong", "/input/limits/upper"),
        ({**GLOBAL, "limits": {"upper": math.inf}}, "case.field.wrong", "/input/limits/upper"),
        ({**GLOBAL, "limits": {"uper": 1.0}}, "case.field.unknown", "/input/limits/uper"),
        ({**GLOBAL, "acceptance": {"lower": 0.0}}, "risk.acceptance.side", "/input/acceptance"),
        ({**GLOBAL, "limits": {"lower": 2.0}, "acceptance": {"lower": 0.0, "upper": 1.0}}, "risk.acceptance.apart",
         "/input/acceptance"),
        ({**GLOBAL, "item": law("normal", mean=0.0, std=-1.0)}, "evaluation.parameter.negative", "/input/item"),
        ({**GLOBAL, "error": law("normal", mean=0.0)}, "evaluation.parameter.missing", "/input/error"),
        ({**GLOBAL, "error": law("gaussian", mean=0.0)}, "evaluation.distribution.unknown", "/input/error"),
        ({**GLOBAL, "error": {**ERROR, "dof": 3}}, "case.field.unknown", "/input/error/dof"),
        ({**GLOBAL, "error": 3}, "case.field.wrong", "/input/error"),
        ({k: v for k, v in GLOBAL.items() if k != "error"}, "case.field.missing", "/input/error"),
        ({**GLOBAL, "value": ITEM}, "case.field.wrong", "/input/value"),
        ({**GLOBAL, "target_consumer_risk": 0.01}, "case.field.wrong", "/input/acceptance"),
        ({**GLOBAL, "tolerance": 1}, "case.field.unknown", "/input/tolerance"),
    ],
)  # fmt: skip
def test_wrong_fields(body: Case, code: str, where: str) -> None:
    with pytest.raises(Refused) as caught:
        conformity(body)
    assert (code, where) in {(f.code, f.where) for f in caught.value.findings}
    for item in caught.value.findings:
        assert item.code in finding_table()
        assert all("?" not in "".join(sentences(item, language).values()) for language in ("zh", "en"))


@pytest.mark.parametrize(("risk", "code"), [
    (0.0, "case.field.wrong"), (1.0, "case.field.wrong"), ("1 %", "case.field.wrong"), (0.2, "risk.target.always_met"),
])  # fmt: skip
def test_wanted_risks_that_cannot_be(risk: Any, code: str) -> None:
    body = {name: value for name, value in GLOBAL.items() if name != "acceptance"}
    with pytest.raises(Refused) as caught:
        conformity({**body, "target_consumer_risk": risk})
    assert [(f.code, f.where) for f in caught.value.findings] == [(code, "/input/target_consumer_risk")]


def test_all_faults_at_once() -> None:
    with pytest.raises(Refused) as caught:
        conformity({"limits": {"lower": 2, "upper": 1}, "item": 1, "error": law("normal", std=1.0), "x": 1})
    assert len(caught.value.findings) >= 4


def test_numbers_beyond_all_floats_are_refused_at_their_place() -> None:
    item, error = law("normal", mean=0.0, std=1.0), law("normal", mean=0.0, std=0.1)
    wrong = [
        ({"limits": {"lower": -(10**400)}, "value": item}, "/input/limits/lower"),
        ({"limits": {"lower": -1.0}, "value": law("gamma", shape=4.0, scale=1e308)}, "/input/value"),
        ({"limits": {"lower": -1.0}, "item": item, "error": error, "target_consumer_risk": 10**400},
         "/input/target_consumer_risk"),
    ]  # fmt: skip
    for body, where in wrong:
        with pytest.raises(Refused) as refused:
            conformity(body)
        assert [f.where for f in refused.value.findings] == [where]


def test_an_error_of_almost_nothing_and_items_spread_over_everything() -> None:
    limits = {"lower": -1.0, "upper": 1.0}
    item, error = law("normal", mean=0.0, std=0.5), law("normal", mean=0.0, std=5e-324)
    tiny = conformity({"limits": limits, "item": item, "error": error, "acceptance": limits})
    assert tiny["consumer_risk"] == pytest.approx(0.0, abs=1e-12) == tiny["producer_risk"]
    wide = law("normal", mean=0.0, std=1e308)
    found = conformity({"limits": limits, "item": wide, "error": item, "acceptance": limits})
    assert found["p_accepted"] == pytest.approx(0.0, abs=1e-12)


def test_without_acceptance_limits_the_other_way_is_told() -> None:
    with pytest.raises(Refused) as caught:
        conformity({name: value for name, value in GLOBAL.items() if name != "acceptance"})
    (found,) = caught.value.findings
    assert found.where == "/input/acceptance"
    assert all("target_consumer_risk" in sentences(found, language)["what"] for language in ("zh", "en"))
