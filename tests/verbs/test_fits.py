"""Cases of fits through their adapters: published cases, every option of the form, every wrong field at its place."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from suyuan.quantity.finding import Refused
from suyuan.verbs.fits import curve_fit, line_fit, polynomial_fit

from ..reference.compare import differences

ROOT = Path(__file__).resolve().parents[1]
KINDS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "line_fit": line_fit,
    "polynomial_fit": polynomial_fit,
    "curve_fit": curve_fit,
}
CASES = [
    c for c in json.loads((ROOT / "reference" / "uncertainty.json").read_text("utf-8")) if c["kind"] in KINDS
]  # fmt: skip
NIST = json.loads((ROOT / "quantity" / "reference" / "nist_strd_fits.json").read_text("utf-8"))

ORDINARY = {"method": "ordinary", "x": [1.0, 2.0, 3.0, 4.0], "y": [1.1, 1.9, 3.2, 3.8]}
WEIGHTED = {**ORDINARY, "method": "weighted", "u_y": [0.1, 0.1, 0.2, 0.1]}
BOTH = {**WEIGHTED, "method": "errors_in_both", "u_x": [0.1, 0.2, 0.1, 0.1]}
CURVE = {
    "model": "a*exp(-b*x)",
    "parameters": ["a", "b"],
    "start": [[1.0, 1.0], [4.0, 0.1]],
    "x": [0.0, 1.0, 2.0, 3.0],
    "y": [3.0, 1.9, 1.1, 0.7],
}


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_published_cases(case: dict[str, Any]) -> None:
    got = KINDS[case["kind"]](case["input"])
    assert not differences(case["expected"], got, case["tolerance"])
    json.dumps(got, allow_nan=False)


def test_curve_and_polynomial_of_nist_in_the_form_of_a_case() -> None:
    misra = next(c for c in NIST["nonlinear"] if c["name"] == "Misra1a")
    names = list(misra["start"][0])
    got = curve_fit(
        {"model": misra["model"], "parameters": names, "start": [list(s.values()) for s in misra["start"]],
         "x": misra["x"], "y": misra["y"]}
    )  # fmt: skip
    expected = misra["certified"]
    assert not differences({k: expected[k] for k in ("parameters", "u", "rss", "s", "dof")}, got, {"*": {"rel": 1e-10}})
    filip = next(c for c in NIST["linear"] if c["name"] == "Filip")
    got = polynomial_fit({"x": filip["x"], "y": filip["y"], "degree": 10})
    wanted = {**filip["certified"], "n": 82, "dof": 71}
    assert not differences(wanted, got, {"*": {"rel": 1e-13}})


def test_each_option_of_the_line() -> None:
    got = line_fit({**ORDINARY, "predict": [{"x": 2.5}, {"x": 2.5, "u_x": 0.1}], "inverse": [{"y": [2.0, 2.2]}]})
    assert got["dof"] == 2 and "chi_squared" not in got
    assert got["predict"][1]["u_y"] ** 2 - got["predict"][0]["u_y"] ** 2 == pytest.approx((0.1 * got["slope"]) ** 2)
    shifted = line_fit({**ORDINARY, "x_origin": 2.5})
    assert shifted["intercept"] == pytest.approx(got["predict"][0]["y"])
    assert shifted["u_intercept"] == pytest.approx(got["predict"][0]["u_y"])
    t = got["inverse"][0]["x"]
    spread = got["u_intercept"] ** 2 + t * t * got["u_slope"] ** 2 + 2 * t * got["covariance"]
    assert got["inverse"][0]["u_x"] ** 2 == pytest.approx((got["s"] ** 2 / 2 + spread) / got["slope"] ** 2)
    weighted = line_fit({**WEIGHTED, "inverse": [{"y": 2.0, "u_y": 0.1}], "predict": []})
    assert weighted["chi_squared_per_dof"] == pytest.approx(weighted["chi_squared"] / 2)
    assert "s" not in weighted and len(weighted["residuals"]) == 4
    exact = line_fit({**BOTH, "sensitivity": "exact"})
    assert exact["slope"] == pytest.approx(line_fit(BOTH)["slope"])
    assert exact["u_slope"] != line_fit(BOTH)["u_slope"]
    matrix = np.diag(np.square([*BOTH["u_x"], *BOTH["u_y"]])).tolist()
    whole = line_fit({**ORDINARY, "method": "errors_in_both", "covariance": matrix})
    assert whole["u_slope"] == pytest.approx(line_fit(BOTH)["u_slope"])
    general = line_fit({**ORDINARY, "method": "generalised", "covariance": np.diag([0.01, 0.01, 0.04, 0.01]).tolist()})
    assert general["u_slope"] == pytest.approx(weighted["u_slope"])


def test_curves_and_polynomials_take_uncertainties_too() -> None:
    spread = {"method": "errors_in_both", "u_y": 0.1, "u_x": [0.1, 0.1, 0.1, 0.1]}
    weighted = curve_fit({**CURVE, "method": "weighted", "u_y": 0.1})
    assert weighted["chi_squared"] == pytest.approx(curve_fit(CURVE)["rss"] / 0.01)
    assert curve_fit({**CURVE, **spread})["u"]["b"] > weighted["u"]["b"]
    body = without(ORDINARY, "method")
    line = polynomial_fit({**body, "degree": 1, **spread, "x_origin": 1.0})
    same = line_fit({**ORDINARY, **spread, "x_origin": 1.0})
    assert line["coefficients"] == [same["intercept"], same["slope"]]
    assert line["covariance"][0][1] == same["covariance"]


def test_warnings_stand_at_their_rows() -> None:
    got = line_fit({**WEIGHTED, "predict": [{"x": 2.0}, {"x": 9.0}], "inverse": [{"y": -3, "u_y": 0.1}], "colour": 1})
    places = {f["where"]: (f["code"], f["severity"]) for f in got["findings"]}
    assert places["/input/predict/1/x"] == ("fit.extrapolation", "warning")
    assert places["/input/inverse/0/y"] == ("fit.extrapolation", "warning")
    assert places["/input/colour"] == ("case.field.unknown", "warning")


def test_starts_that_disagree_are_told() -> None:
    """sin has a minimum at every alias of the frequency; which one is reached depends on the start."""
    x = np.linspace(0.0, 3.0, 12)
    y = np.sin(2.0 * x) + 0.05 * np.cos(9.0 * x)
    body = {"model": "sin(w*x)", "parameters": ["w"], "start": [[2.1], [25.0]], "x": x.tolist(), "y": y.tolist()}
    with pytest.raises(Refused) as refused:
        curve_fit(body)
    found = refused.value.findings[0]
    assert (found.code, found.where) == ("fit.start.disagree", "/input/start/1")
    assert curve_fit({**body, "start": [[2.1], [1.9]]})["parameters"]["w"] == pytest.approx(2.0, abs=0.05)


def without(body: dict[str, Any], *names: str) -> dict[str, Any]:
    return {k: v for k, v in copy.deepcopy(body).items() if k not in names}


BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("line_fit", without(ORDINARY, "method"), "case.field.missing", "/input/method"),
    ("line_fit", {**ORDINARY, "method": "best"}, "case.field.wrong", "/input/method"),
    ("line_fit", without(ORDINARY, "x"), "case.field.missing", "/input/x"),
    ("line_fit", {**ORDINARY, "x": [1, 2, "3", 4]}, "case.field.wrong", "/input/x/2"),
    ("line_fit", {**ORDINARY, "x": [1, 2, True, 4]}, "case.field.wrong", "/input/x/2"),
    ("line_fit", {**ORDINARY, "y": [1, float("nan"), 3, 4]}, "case.field.wrong", "/input/y/1"),
    ("line_fit", {**ORDINARY, "y": "1, 2"}, "case.field.wrong", "/input/y"),
    ("line_fit", {**ORDINARY, "y": [1, 2, 3]}, "fit.points.lengths", "/input/y"),
    ("line_fit", {**ORDINARY, "x": [1, 1, 1, 1]}, "fit.x.equal", "/input/x"),
    ("line_fit", {**ORDINARY, "x": [1, 2, 10**400, 4]}, "case.field.wrong", "/input/x/2"),
    ("line_fit", {**ORDINARY, "predict": [{"x": 10**400}]}, "case.field.wrong", "/input/predict/0/x"),
    ("line_fit", {**ORDINARY, "predict": [{"x": 1.0, "u_x": 1e300}]}, "fit.result.not_finite", "/input/predict/0"),
    ("line_fit", {**ORDINARY, "inverse": [{"y": 1.0, "u_y": 1e300}]}, "fit.result.not_finite", "/input/inverse/0"),
    ("line_fit", {**ORDINARY, "x": [1e-200, 2e-200, 3e-200, 4e-200]}, "fit.result.not_finite", "/input/x"),
    ("line_fit", {**ORDINARY, "x": [1e200, 2e200, 3e200, 4e200]}, "fit.result.not_finite", "/input/x"),
    ("line_fit", {**ORDINARY, "x_origin": "0"}, "case.field.wrong", "/input/x_origin"),
    ("line_fit", {**ORDINARY, "u_y": [1, 1, 1, 1]}, "fit.case.unused", "/input/u_y"),
    ("line_fit", {**ORDINARY, "covariance": [[1]]}, "fit.case.unused", "/input/covariance"),
    ("line_fit", {**WEIGHTED, "u_x": [1, 1, 1, 1]}, "fit.case.unused", "/input/u_x"),
    ("line_fit", without(WEIGHTED, "u_y"), "case.field.missing", "/input/u_y"),
    ("line_fit", without(BOTH, "u_x"), "case.field.missing", "/input/u_x"),
    ("line_fit", {**WEIGHTED, "u_y": [0.1, 0.1, 0.0, 0.1]}, "fit.uncertainty.not_positive", "/input/u_y/2"),
    ("line_fit", {**WEIGHTED, "u_y": -0.1}, "fit.uncertainty.not_positive", "/input/u_y/0"),
    ("line_fit", {**ORDINARY, "method": "generalised"}, "case.field.missing", "/input/covariance"),
    ("line_fit", {**ORDINARY, "method": "generalised", "covariance": [[1, 2]]}, "case.field.wrong",
     "/input/covariance/0"),
    ("line_fit", {**ORDINARY, "method": "generalised", "covariance": (np.eye(4) - 0.5).tolist()},
     "fit.covariance.not_positive", "/input/y"),
    ("line_fit", {**ORDINARY, "sensitivity": "best"}, "case.field.wrong", "/input/sensitivity"),
    ("line_fit", {**ORDINARY, "predict": {"x": 1}}, "case.field.wrong", "/input/predict"),
    ("line_fit", {**ORDINARY, "predict": [{"x": 1}, {"u_x": 1}]}, "case.field.missing", "/input/predict/1/x"),
    ("line_fit", {**ORDINARY, "predict": [{"x": 1, "u_x": -1}]}, "case.field.wrong", "/input/predict/0/u_x"),
    ("line_fit", {**ORDINARY, "predict": [{"x": 1, "u": 1}]}, "case.field.wrong", "/input/predict/0/u"),
    ("line_fit", {**WEIGHTED, "inverse": [{"y": 2}]}, "case.field.missing", "/input/inverse/0/u_y"),
    ("line_fit", {**ORDINARY, "inverse": [{"y": [2, "a"]}]}, "case.field.wrong", "/input/inverse/0/y/1"),
    ("line_fit", {**ORDINARY, "inverse": [{"y": []}]}, "case.field.wrong", "/input/inverse/0/y"),
    ("line_fit", {**WEIGHTED, "inverse": [{"y": [2, 3]}]}, "fit.case.readings", "/input/inverse/0/y"),
    ("line_fit", {**ORDINARY, "inverse": [{"y": [2, 3], "u_y": 1}]}, "fit.case.unused", "/input/inverse/0/u_y"),
    ("line_fit", {**ORDINARY, "y": [1, 1, 1, 1], "inverse": [{"y": 1, "u_y": 0}]}, "fit.inverse.flat",
     "/input/inverse/0"),
    ("polynomial_fit", without(ORDINARY, "method"), "case.field.missing", "/input/degree"),
    ("polynomial_fit", {**without(ORDINARY, "method"), "degree": 1.5}, "case.field.wrong", "/input/degree"),
    ("polynomial_fit", {**without(ORDINARY, "method"), "degree": 3}, "fit.points.few", "/input/x"),
    ("curve_fit", without(CURVE, "model"), "case.field.missing", "/input/model"),
    ("curve_fit", {**CURVE, "model": "a*exp(-k*x)"}, "formula.name.unknown", "/input/model:8"),
    ("curve_fit", {**CURVE, "model": "a*x"}, "fit.model.names", "/input/model"),
    ("curve_fit", {**CURVE, "model": "a*exp(-b*sum(x))"}, "fit.model.form", "/input/model"),
    ("curve_fit", {**CURVE, "parameters": "a"}, "case.field.wrong", "/input/parameters"),
    ("curve_fit", {**CURVE, "parameters": ["a", "a"]}, "case.field.wrong", "/input/parameters"),
    ("curve_fit", {**CURVE, "model": "pi*x", "parameters": ["pi"], "start": [[1.0]]}, "formula.name.reserved",
     "/input/parameters/0"),
    ("curve_fit", {**CURVE, "model": "a*x", "parameters": ["1a"], "start": [[1.0]]}, "formula.name.invalid",
     "/input/parameters/0"),
    ("curve_fit", {**CURVE, "start": [1, [2]]}, "case.field.wrong", "/input/start/0"),
    ("curve_fit", {**CURVE, "start": [1]}, "case.field.wrong", "/input/start"),
    ("curve_fit", {**CURVE, "start": [1, "2,5"]}, "case.field.wrong", "/input/start/1"),
    ("curve_fit", {**CURVE, "start": [[1.0, 1.0], [1.0]]}, "case.field.wrong", "/input/start/1"),
    ("curve_fit", {**CURVE, "start": [[1.0, None]]}, "case.field.wrong", "/input/start/0/1"),
    ("curve_fit", {**CURVE, "model": "a*log(b - x)"}, "fit.model.not_finite", "/input/start/0"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "body", "code", "where"), BAD)
def test_wrong_fields_are_named_at_their_place(kind: str, body: dict[str, Any], code: str, where: str) -> None:
    with pytest.raises(Refused) as refused:
        KINDS[kind](body)
    assert (code, where) in [(f.code, f.where) for f in refused.value.findings]
    assert all(f.severity == "error" for f in refused.value.findings)


def test_a_reading_without_u_y_has_the_scatter_of_an_ordinary_line() -> None:
    fitted = line_fit({**ORDINARY, "inverse": [{"y": 2.5}, {"y": [2.5]}]})
    given = line_fit({**ORDINARY, "inverse": [{"y": 2.5, "u_y": fitted["s"]}]})
    assert fitted["inverse"][0] == pytest.approx(given["inverse"][0], rel=1e-12)
    assert fitted["inverse"][1] == fitted["inverse"][0]


def test_one_start_needs_no_list_of_its_own() -> None:
    assert curve_fit({**CURVE, "start": CURVE["start"][0]}) == curve_fit({**CURVE, "start": CURVE["start"][:1]})
