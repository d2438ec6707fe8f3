"""Fits of curves: the certified nonlinear cases of NIST from both starts, errors in both, what is refused."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.finding import Refused
from suyuan.quantity.fit.curve import Curve, fit_curve
from suyuan.quantity.fit.recorded_curve import read_curve
from suyuan.quantity.formula.formula import Formula

from .test_fit import code, digits

NIST = json.loads((Path(__file__).parent / "reference" / "nist_strd_fits.json").read_text("utf-8"))
BEYOND_DOUBLE = {"Lanczos1"}
"""Residuals of 1e-13 on values of 2.5: rounding of y alone leaves three digits of s; extended precision gives six."""


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("case", NIST["nonlinear"], ids=lambda c: c["name"])
def test_certified_nonlinear_cases_from_both_starts(case: dict[str, Any], start: int) -> None:
    """NIST StRD prints 11 digits of parameters, standard deviations, residual sum of squares."""
    model: Any = case["model"]
    y = np.array(case["y"])
    if case["name"] == "Nelson":  # two variables; the second is a column that the function knows
        x2 = np.array(case["x2"])
        y = np.log(y)

        def model(x: Any, b1: Any, b2: Any, b3: Any) -> Any:
            return b1 - b2 * x * np.exp(-b3 * x2)

    fit = fit_curve(model, case["x"], y, case["start"][start])
    certified = case["certified"]
    least = 5.5 if case["name"] in BEYOND_DOUBLE else 10.0
    if np.finfo(np.longdouble).eps > 1e-18:  # a machine without extended precision
        least = 0.3 if case["name"] in BEYOND_DOUBLE else 5.0 if case["name"] == "Lanczos2" else 9.0
    assert fit.dof == certified["dof"]
    assert digits(fit.estimates, list(certified["parameters"].values())) > 9.9
    assert digits(fit.u, list(certified["u"].values())) > least
    assert digits([fit.rss], [certified["rss"]]) > least
    assert fit.s is not None
    assert digits([fit.s], [certified["s"]]) > least


@pytest.mark.parametrize("name", ["NoInt1", "NoInt2"])
def test_certified_lines_through_the_origin(name: str) -> None:
    """NIST StRD, linear without constant: slope, standard deviation, s."""
    x, y, wanted = {
        "NoInt1": (range(60, 71), range(130, 141), (2.07438016528926, 0.0165289256198347, 3.56753034006338)),
        "NoInt2": ([4, 5, 6], [3, 4, 4], (0.727272727272727, 0.0420827318078432, 0.369274472937998)),
    }[name]
    fit = fit_curve("b*x", list(x), list(y), {"b": 1.0})
    assert digits([fit.estimates[0], fit.u[0], fit.s], wanted) > 13.5


def test_a_formula_and_a_function_are_the_same_curve() -> None:
    x, y = np.linspace(0.0, 4.0, 9), 3.0 * np.exp(-0.7 * np.linspace(0.0, 4.0, 9)) + 0.01 * np.cos(np.arange(9.0))
    start = {"a": 1.0, "b": 1.0}
    fits = [
        fit_curve(Curve("a*exp(-b*t)", "t"), x, y, start),
        fit_curve(Formula("a*exp(-b*x)"), x, y, [1.0, 1.0]),
        fit_curve(lambda x, a, b: a * np.exp(-b * x), x, y, [1.0, 1.0]),
        fit_curve(lambda x, *p: p[0] * np.exp(-p[1] * x), x, y, [1.0, 1.0]),
        fit_curve(Curve(lambda x, a, b: a * np.exp(-b * x), units={"a": "V"}), x, y, {"b": 1.0, "a": 1.0}),
    ]
    for fit in fits[1:]:
        assert np.allclose(fit.estimates, fits[0].estimates, rtol=1e-13)
        assert np.allclose(fit.covariance, fits[0].covariance, rtol=1e-10)
    assert fits[3].names == ("p1", "p2")
    assert fits[4].parameter("a").unit.symbol == "V"


def test_errors_in_both_of_a_curve_is_the_minimum_over_all_points() -> None:
    """The same sum made least by a general optimiser over parameters and all ξ."""
    from scipy.optimize import least_squares

    rng = np.random.default_rng(6)
    x = np.linspace(0.2, 4.0, 14)
    y = 3.0 * np.exp(-0.9 * x) + 0.5 + rng.normal(0, 0.03, 14)
    x = x + rng.normal(0, 0.05, 14)
    fit = fit_curve("a*exp(-b*x) + c", x, y, {"a": 1.0, "b": 1.0, "c": 0.0}, u_x=0.05, u_y=0.03)

    def residual(theta: np.ndarray) -> np.ndarray:
        (a, b, c), xi = theta[:3], theta[3:]
        return np.concatenate([(x - xi) / 0.05, (y - a * np.exp(-b * xi) - c) / 0.03])

    found = least_squares(residual, np.concatenate([[1, 1, 0], x]), xtol=1e-15, ftol=1e-15, gtol=1e-15)
    assert np.allclose(fit.estimates, found.x[:3], rtol=1e-6)
    assert fit.chi_squared == pytest.approx(2.0 * found.cost, rel=1e-9)
    assert np.allclose(fit.covariance, np.linalg.inv(found.jac.T @ found.jac)[:3, :3], rtol=1e-4)
    assert np.allclose(x - fit.x_residuals, found.x[3:], atol=1e-7)


def test_errors_in_both_with_large_residuals_still_settle() -> None:
    """Six points that hardly show the curve: Gauss-Newton alone creeps here for hundreds of steps."""
    rng = np.random.default_rng(14)
    n = int(rng.integers(5, 15))
    true = np.sort(rng.uniform(0.2, 5, n))
    scale = rng.choice([0.01, 0.05, 0.2])
    u_x, u_y = rng.uniform(0.5, 1.5, n) * scale, rng.uniform(0.5, 1.5, n) * scale * 2
    x, y = true + rng.normal(0, u_x), 3.0 * np.exp(-0.8 * true) + 0.3 + rng.normal(0, u_y)
    fit = fit_curve("a*exp(-b*x) + c", x, y, [3.0, 0.8, 0.3], u_x=u_x, u_y=u_y)
    xi = x - fit.x_residuals
    value, by_p, slope = fit.curve.slopes(xi, fit.estimates)
    pull = (y - value) / u_y**2
    assert np.allclose(by_p.T @ pull, 0.0, atol=1e-7)
    assert np.allclose((x - xi) / u_x**2 + slope * pull, 0.0, atol=1e-7)


def test_weighted_and_generalised_curves() -> None:
    """(Jᵀ V⁻¹ J)⁻¹ with J by finite differences."""
    rng = np.random.default_rng(7)
    x = np.linspace(0.0, 3.0, 10)
    y = 2.0 / (1.0 + np.exp(1.0 - 2.0 * x)) + rng.normal(0, 0.01, 10)
    mixed = rng.normal(size=(10, 10))
    matrix = 1e-4 * (np.eye(10) + 0.3 * mixed @ mixed.T / 10)
    start = {"a": 1.0, "b": 0.5, "c": 1.0}
    model = "a/(1 + exp(b - c*x))"

    def f(p: np.ndarray) -> np.ndarray:
        return p[0] / (1.0 + np.exp(p[1] - p[2] * x))

    for known, v in (({"u_y": np.sqrt(np.diag(matrix))}, np.diag(np.diag(matrix))), ({"covariance": matrix}, matrix)):
        fit = fit_curve(model, x, y, start, **known)
        p = fit.estimates
        jacobian = np.stack([(f(p + e) - f(p - e)) / 2e-5 for e in 1e-5 * np.eye(3)], axis=1)
        inverse = np.linalg.inv(v)
        assert np.allclose(jacobian.T @ inverse @ (y - f(p)), 0.0, atol=1e-5)
        assert np.allclose(fit.covariance, np.linalg.inv(jacobian.T @ inverse @ jacobian), rtol=1e-6)


MODELS = [
    "a*exp(-b*x)*c", "a + b*log(x + c)", "a*x**b + c", "b**x*a - c", "a*sin(b*x + c)", "sqrt(a + x)*cosh(b*x/5)/c",
    "atan2(a*x, b) + hypot(x, c)", "a*tanh(b*x) + acos(x/9)*asin(c/9)", "abs(a - x*b)*c", "a/(x + b) - c*x**2",
    "log10(a + x)*cos(b)*tan(c/9)", "(x - a)**3 + b*x/c",
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(MODELS), st.integers(0, 10_000))
def test_second_derivatives_of_a_recorded_curve(text: str, seed: int) -> None:
    """The table differentiated by itself, against differences of the first derivatives."""
    rng = np.random.default_rng(seed)
    x, p = rng.uniform(0.5, 3.0, 5), rng.uniform(0.4, 1.6, 3)
    curve, _ = read_curve(text, {"a": 1.0, "b": 1.0, "c": 1.0}, x)
    f_xx, f_xp, f_pp = curve.curvature(x, p)
    h = 1e-6
    if text.startswith("abs"):  # no derivative at the kink
        h = min(h, 0.1 * float(np.min(np.abs(p[0] - x * p[1]))))
    slopes = {s: curve.slopes(x + s * h, p) for s in (1, -1)}
    assert np.allclose(f_xx, (slopes[1][2] - slopes[-1][2]) / (2 * h), rtol=1e-5, atol=1e-6)
    assert np.allclose(f_xp, (slopes[1][1] - slopes[-1][1]) / (2 * h), rtol=1e-5, atol=1e-6)
    for j, e in enumerate(h * np.eye(3)):
        wanted = (curve.slopes(x, p + e)[1] - curve.slopes(x, p - e)[1]) / (2 * h)
        assert np.allclose(f_pp[:, :, j], wanted, rtol=1e-5, atol=1e-6)


def test_parameters_that_are_nil_and_data_without_scatter() -> None:
    x = np.linspace(0.0, 4.0, 12)
    fit = fit_curve("a + b*x + c*x**2", x, 1.0 + 2.0 * x, {"a": 0.5, "b": 1.0, "c": 3.0})
    assert np.allclose(fit.estimates, [1.0, 2.0, 0.0], atol=1e-15)
    assert np.all(fit.u < 1e-14)
    nothing = fit_curve("a*exp(-b*x) + c", x, 0.25 + 0.5 * np.exp(-2.0 * x), {"a": 1.0, "b": 1.0, "c": 0.0})
    assert np.allclose(nothing.estimates, [0.5, 2.0, 0.25], rtol=1e-14)


X = np.linspace(0.0, 4.0, 12)
BAD: list[tuple[Any, Any, Any, str, str]] = [
    ("a*b*x", 2.0 * X + 0.1 * np.sin(9.0 * X), {"a": 1.0, "b": 1.0}, "fit.parameters.undetermined", "fit"),
    ("a + b*exp(c*x)", 1.0 + 2.0 * X, {"a": 1.0, "b": 1.0, "c": 0.5}, "fit.parameters.undetermined", "fit"),
    ("sqrt(x + a)", np.sqrt(X) - 0.5, {"a": 1.0}, "fit.not_converged", "fit"),
    ("a*log(b*x + c)", X, {"a": 1.0, "b": -1.0, "c": 1.0}, "fit.model.not_finite", "fit"),
    ("a*x + k", X, {"a": 1.0}, "fit.model.names", "model"),
    ("a*x", X, {"a": 1.0, "k": 1.0}, "fit.model.names", "model"),
    ("a*x", X, [1.0, 2.0], "fit.model.names", "model"),
    ("a*x", X, {"a": float("nan")}, "fit.parameter.start", "start.a"),
    ("a*x", X, {"a": "1"}, "fit.parameter.start", "start.a"),
    ("a*sum(x)", X, {"a": 1.0}, "fit.model.form", "model"),
    ("a*(x", X, {"a": 1.0}, "formula.parenthesis", "model:3"),
    (lambda x, a: a * x if x > 0 else x, X, {"a": 1.0}, "fit.model.form", "model"),
    (lambda x, a: 3.0, X, {"a": 1.0}, "fit.model.form", "model"),
    (lambda x, a: a * x, X, {"b": 1.0}, "fit.model.names", "model"),
    ("a*x + b", X[:2], {"a": 1.0, "b": 1.0}, "fit.points.lengths", "y"),
]


@pytest.mark.parametrize(("model", "y", "start", "wanted", "where"), BAD)
def test_what_cannot_be_fitted_is_refused(model: Any, y: Any, start: Any, wanted: str, where: str) -> None:
    with pytest.raises(Refused) as refused:
        fit_curve(model, X, y, start)
    assert code(refused) == (wanted, where)


def test_too_few_points_and_a_unit_of_no_parameter() -> None:
    with pytest.raises(Refused) as refused:
        fit_curve("a*x + b", [1.0, 2.0], [1.0, 2.0], {"a": 1.0, "b": 1.0})
    assert code(refused) == ("fit.points.few", "x")
    assert fit_curve("a*x + b", [1.0, 2.0], [1.0, 2.0], {"a": 2.0, "b": 1.0}, u_y=0.1).dof == 0
    with pytest.raises(Refused) as refused:
        fit_curve(Curve("a*x + b", units={"k": "m"}), X, X, {"a": 1.0, "b": 1.0})
    assert code(refused) == ("fit.parameter.unknown", "units.k")
    with pytest.raises(Refused) as refused:
        fit_curve("a*x + b", X, X, {"a": 1.0, "b": 1.0}, sensitivity="best")  # type: ignore[arg-type]
    assert code(refused) == ("fit.sensitivity.unknown", "sensitivity")


def test_a_power_law_through_the_origin() -> None:
    """ln x and x^(b−1) have no value at x = 0, but the fit has."""
    x, y = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0, 1.0, 1.4, 1.8])

    def estimates(values: Any) -> Any:
        return fit_curve("a*x**b", x, values, {"a": 1.0, "b": 1.0}, u_y=0.1).estimates

    slopes = [(estimates(y + 1e-4 * e) - estimates(y - 1e-4 * e)) / 2e-4 for e in np.eye(4)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = fit_curve("a*x**b", x, y, {"a": 1.0, "b": 1.0}, u_y=0.1, sensitivity="exact")
        plain = fit_curve("a*x**b", x, y, {"a": 1.0, "b": 1.0})
    assert fit.u == pytest.approx(0.1 * np.linalg.norm(slopes, axis=0), rel=1e-5)
    assert np.all(np.isfinite(plain.standardised)) and plain.estimates == pytest.approx(fit.estimates, rel=1e-6)
    with pytest.raises(Refused) as refused:
        fit_curve("a*x**b", x, y, {"a": 1.0, "b": 0.5}, u_x=0.1, u_y=0.1, method="errors_in_both")
    assert code(refused) == ("fit.model.upright", "x/0")
