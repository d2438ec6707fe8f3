"""Lines and polynomials: published cases, NIST's certified values, covariance algebra, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.covariance import covariance
from suyuan.quantity.finding import Refused
from suyuan.quantity.fit import distance as fit_distance
from suyuan.quantity.fit import estimate as fit_estimate
from suyuan.quantity.fit import exact as fit_exact
from suyuan.quantity.fit.fit import Fit
from suyuan.quantity.fit.polynomial import fit_line, fit_polynomial
from suyuan.quantity.linear_map import correlated
from suyuan.quantity.quantity import quantity

NIST = json.loads((Path(__file__).parent / "reference" / "nist_strd_fits.json").read_text("utf-8"))
GDR: dict[str, Any] = {
    "x": [1.2, 1.9, 2.9, 4.0, 4.7, 5.9],
    "y": [3.4, 4.4, 7.2, 8.5, 10.8, 13.5],
    "u_x": 0.2,
    "u_y": [0.2, 0.2, 0.2, 0.4, 0.4, 0.4],
}


def digits(got: Any, certified: Any) -> float:
    """The least number of digits in which two lists of numbers agree."""
    a, b = np.asarray(got, float), np.asarray(certified, float)
    error = np.abs(a - b) / np.where(b == 0.0, 1.0, np.abs(b))
    return float(-np.log10(max(float(error.max()), 1e-17)))


def code(refused: pytest.ExceptionInfo[Refused]) -> tuple[str, str]:
    return refused.value.findings[0].code, refused.value.findings[0].where


@pytest.mark.parametrize("case", NIST["linear"], ids=lambda c: c["name"])
def test_certified_linear_cases_to_the_last_digit(case: dict[str, Any]) -> None:
    """NIST StRD prints 15 digits; Filip has degree 10 and a condition number of 1e15."""
    fit = fit_polynomial(case["x"], case["y"], case["degree"])
    certified = case["certified"]
    assert digits(fit.estimates, certified["coefficients"]) > 14.2
    assert digits(fit.u, certified["u"]) > 14.2
    assert fit.s is not None
    assert digits([fit.s], [certified["s"]]) > 14.2


@pytest.mark.parametrize("case", NIST["linear"], ids=lambda c: c["name"])
def test_certified_linear_cases_without_exact_arithmetic(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The way of very many points, on the same cases: rounding costs Wampler digits, never Filip."""
    monkeypatch.setattr(fit_exact, "MOST_SUMS", 0)
    fit = fit_polynomial(case["x"], case["y"], case["degree"])
    certified = case["certified"]
    scale = np.abs(case["y"]).max()
    assert digits(fit.estimates, certified["coefficients"]) > (8.0 if scale > 1e5 else 12.0)
    assert digits(fit.u + scale, np.array(certified["u"]) + scale) > 12.0


def test_ozone_line_of_norris_by_the_line_itself() -> None:
    case = NIST["linear"][0]
    fit = fit_line(case["x"], case["y"])
    assert fit.names == ("intercept", "slope")
    assert digits(fit.estimates, case["certified"]["coefficients"]) > 14.2


def test_thermometer_of_gum_h3() -> None:
    """JCGM 100:2008 H.3: printed values of Table H.6 and H.3.4."""
    x = [21.521, 22.012, 22.512, 23.003, 23.507, 23.999, 24.513, 25.002, 25.503, 26.01, 26.511]
    y = [-0.171, -0.169, -0.166, -0.159, -0.164, -0.165, -0.156, -0.157, -0.159, -0.161, -0.16]
    fit = fit_line(x, y, x_origin=20)
    assert fit.estimates.round(5).tolist() == [-0.17120, 0.00218]
    assert (fit.u[0].round(4), fit.u[1].round(5), fit.correlation[0, 1].round(3)) == (0.0029, 0.00067, -0.930)
    assert fit.s is not None and round(fit.s, 4) == 0.0035
    assert fit.dof == 9 and np.allclose(fit.parameters.dof, 9.0)
    assert np.allclose(fit.residuals.sum(), 0.0, atol=1e-12)


def test_errors_in_both_as_iso_28037_prints_it_and_as_the_estimates_move() -> None:
    """ISO/TS 28037:2010, clause 7: u(a) 0.4764, u(b) 0.1355, cov −0.0577, χ² 2.743; pushed through: 0.4804."""
    fit = fit_line(**GDR)
    assert fit.method == "errors_in_both"
    assert fit.estimates.round(4).tolist() == [0.5788, 2.1597]
    assert fit.u.round(4).tolist() == [0.4764, 0.1355]
    assert fit.covariance[0, 1].round(4) == -0.0577
    assert fit.chi_squared is not None and round(fit.chi_squared, 3) == 2.743
    assert fit.chi_squared_per_dof == pytest.approx(fit.chi_squared / 4)
    assert fit_line(**GDR, sensitivity="exact").u.round(4).tolist() == [0.4804, 0.1362]


def test_weighted_line_of_iso_28037_with_unequal_weights() -> None:
    """ISO/TS 28037:2010, clause 6, second example: a 0.885(530), b 2.057(178), cov −0.082, χ² 4.131."""
    x, u = [1, 2, 3, 4, 5, 6], [0.5, 0.5, 0.5, 1.0, 1.0, 1.0]
    fit = fit_line(x, [3.2, 4.3, 7.6, 8.6, 11.7, 12.8], u_y=u)
    assert fit.method == "weighted"
    assert fit.estimates.round(3).tolist() == [0.885, 2.057]
    assert fit.u.round(3).tolist() == [0.530, 0.178]
    assert fit.covariance[0, 1].round(3) == -0.082
    assert fit.chi_squared is not None and round(fit.chi_squared, 3) == 4.131


def test_correlated_x_and_correlated_y_of_iso_28037() -> None:
    """ISO/TS 28037:2010, clause 10: a 0.3424(20569), b 1.0012(90), cov −0.0129, χ² 1.772."""
    x, y = [50.4, 99.0, 149.9, 200.4, 248.5, 299.7, 349.1], [52.3, 97.8, 149.7, 200.1, 250.4, 300.9, 349.2]
    rows = ["0.5 0 .25 0 .25 0 .25", "0 1.25 1 0 0 1 1", ".25 1 1.5 0 .25 1 1.25", "0 0 0 1.25 1 1 1",
            ".25 0 .25 1 1.5 1 1.25", "0 1 1 1 1 2.25 2", ".25 1 1.25 1 1.25 2 2.5"]  # fmt: skip
    matrix = np.zeros((14, 14))
    matrix[:7, :7] = [[float(v) for v in row.split()] for row in rows]
    matrix[7:, 7:] = 4.0 * np.eye(7) + 1.0
    fit = fit_line(x, y, covariance=matrix)
    assert fit.estimates.round(4).tolist() == [0.3424, 1.0012]
    assert fit.u.round(4).tolist() == [2.0569, 0.0090]
    assert fit.covariance[0, 1].round(4) == -0.0129
    assert fit.chi_squared is not None and round(fit.chi_squared, 3) == 1.772
    assert not fit.findings


def test_iso_covariance_is_the_block_of_the_inverse_gauss_newton_matrix() -> None:
    """Written out over a, b and all ξ, without the elimination that the fit uses."""
    fit = fit_line(**GDR)
    x, u_x, u_y = np.array(GDR["x"]), np.full(6, 0.2), np.array(GDR["u_y"])
    xi = x - fit.x_residuals
    a, b = fit.estimates
    rows = np.zeros((12, 8))
    rows[:6, 2:] = np.diag(1.0 / u_x)
    rows[6:, 0], rows[6:, 1], rows[6:, 2:] = 1.0 / u_y, xi / u_y, np.diag(b / u_y)
    assert np.allclose(np.linalg.inv(rows.T @ rows)[:2, :2], fit.covariance, rtol=1e-10)
    misfit = np.concatenate([(x - xi) / u_x, (np.array(GDR["y"]) - a - b * xi) / u_y])
    assert np.allclose(rows.T @ misfit, 0.0, atol=1e-9)  # stationary
    assert float(misfit @ misfit) == pytest.approx(fit.chi_squared, rel=1e-12)


def random_covariance(rng: np.random.Generator, n: int, u: float) -> np.ndarray:
    mixed = rng.normal(size=(n, n))
    return u * u * (np.eye(n) + 0.3 * mixed @ mixed.T / n)


def total_least_squares(x: Any, y: Any, matrix: np.ndarray, degree: int, start: Any) -> np.ndarray:
    """The same minimum sought by a general optimiser over parameters and all ξ."""
    from scipy.optimize import least_squares

    root = np.linalg.inv(np.linalg.cholesky(matrix))
    n = len(x)

    def residual(theta: np.ndarray) -> np.ndarray:
        xi = theta[degree + 1 :]
        return root @ np.concatenate([x - xi, y - np.polynomial.polynomial.polyval(xi, theta[: degree + 1])])

    found = least_squares(residual, np.concatenate([start, x]), xtol=1e-15, ftol=1e-15, gtol=1e-15)
    assert n
    return found.x[: degree + 1]


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_errors_in_both_with_full_covariance_is_the_minimum(degree: int) -> None:
    rng = np.random.default_rng(degree)
    x = np.linspace(0.0, 3.0, 12) + rng.normal(0, 0.05, 12)
    y = 1.0 + 2.0 * x - 0.3 * x**2 + rng.normal(0, 0.05, 12)
    matrix = random_covariance(rng, 24, 0.05)
    fit = fit_polynomial(x, y, degree, covariance=matrix)
    assert fit.method == "errors_in_both"
    wanted = total_least_squares(x, y, matrix, degree, fit_polynomial(x, y, degree).estimates)
    assert np.allclose(fit.estimates, wanted, rtol=1e-6, atol=1e-8)


def test_covariance_within_each_point_needs_no_matrix() -> None:
    """x and y of a point that share an influence, points apart: the same as the full matrix."""
    rng = np.random.default_rng(5)
    x, y = np.linspace(1, 6, 6), 2.0 + 3.0 * np.linspace(1, 6, 6) + rng.normal(0, 0.2, 6)
    both = quantity(np.zeros(6), 0.1)
    qx, qy = x + both + quantity(np.zeros(6), 0.1), y + 0.5 * both + quantity(np.zeros(6), 0.2)
    fit = fit_line(qx, qy)
    matrix = np.block([[covariance(qx, qx), covariance(qx, qy)], [covariance(qy, qx), covariance(qy, qy)]])
    other = fit_line(x, y, covariance=matrix)
    assert np.allclose(fit.estimates, other.estimates, rtol=1e-10)
    assert np.allclose(fit.covariance, other.covariance, rtol=1e-9)
    for sensitivity in ("gauss_newton", "exact"):
        a = fit_line(qx, qy, sensitivity=sensitivity)
        b = fit_line(x, y, covariance=matrix, sensitivity=sensitivity)
        assert np.allclose(a.covariance, b.covariance, rtol=1e-8)


def test_generalised_line_is_gauss_markov() -> None:
    rng = np.random.default_rng(2)
    x, y = np.arange(8.0), rng.normal(size=8)
    matrix = random_covariance(rng, 8, 0.3)
    fit = fit_line(x, y, covariance=matrix)
    design = np.stack([np.ones(8), x], axis=1)
    inverse = np.linalg.inv(matrix)
    wanted = np.linalg.inv(design.T @ inverse @ design)
    assert fit.method == "generalised"
    assert np.allclose(fit.covariance, wanted, rtol=1e-10)
    assert np.allclose(fit.estimates, wanted @ design.T @ inverse @ y, rtol=1e-10)
    r = y - design @ fit.estimates
    assert fit.chi_squared == pytest.approx(float(r @ inverse @ r), rel=1e-10)
    same = fit_line(x, correlated(y, matrix))
    assert np.allclose(same.covariance, fit.covariance, rtol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 4), st.booleans())
def test_weighted_covariance_and_influences_agree(seed: int, degree: int, few: bool) -> None:
    """(XᵀWX)⁻¹, and K·u of each reading, by plain linear algebra."""
    rng = np.random.default_rng(seed)
    n = degree + 1 + int(rng.integers(0, 8))
    x, u = np.sort(rng.uniform(-2, 3, n)) + 0.1 * np.arange(n), rng.uniform(0.1, 1.0, n)
    y = rng.normal(size=n)
    q = quantity(y, u)
    fit = fit_polynomial(x, q, degree, x_origin=0.5)
    design = np.vander(x - 0.5, degree + 1, increasing=True)
    wanted = np.linalg.inv(design.T @ (design / u[:, None] ** 2))
    scale = np.sqrt(np.outer(np.diag(wanted), np.diag(wanted)))
    condition = np.linalg.cond(design)
    assert np.all(np.abs(fit.covariance - wanted) <= 1e-13 * condition**2 * scale)
    k = wanted @ design.T / u**2
    assert np.allclose(covariance(fit.parameters, q), k * u**2, atol=1e-12 * condition**2 * np.abs(k).max())
    if few and fit.dof:
        assert fit.chi_squared is not None
        r = y - design @ fit.estimates
        assert fit.chi_squared == pytest.approx(float(np.sum((r / u) ** 2)), rel=1e-6, abs=1e-18)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["ordinary", "weighted", "errors_in_both"]))
def test_origin_and_order_change_nothing(seed: int, method: str) -> None:
    rng = np.random.default_rng(seed)
    x = np.arange(7.0) + rng.uniform(-0.3, 0.3, 7)
    y = 1.0 + 2.0 * x + rng.normal(0, 0.1, 7)
    known: dict[str, Any] = {
        "ordinary": {},
        "weighted": {"u_y": rng.uniform(0.1, 0.2, 7)},
        "errors_in_both": {"u_y": rng.uniform(0.1, 0.2, 7), "u_x": rng.uniform(0.01, 0.1, 7)},
    }[method]
    fit = fit_line(x, y, method, **known)
    moved = fit_line(x, y, method, **known, x_origin=3.0)
    turn = np.array([[1.0, 3.0], [0.0, 1.0]])
    assert np.allclose(moved.estimates, turn @ fit.estimates, rtol=1e-9)
    assert np.allclose(moved.covariance, turn @ fit.covariance @ turn.T, rtol=1e-8)
    order = rng.permutation(7)
    mixed = fit_line(x[order], y[order], method, **{name: value[order] for name, value in known.items()})
    assert np.allclose(mixed.estimates, fit.estimates, rtol=1e-10)
    assert np.allclose(mixed.standardised, fit.standardised[order], rtol=1e-6, atol=1e-9)


def test_very_many_points_go_another_way_to_the_same_line(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(8)
    x = 1e6 + rng.uniform(0, 1, 300)
    y = 5.0 + 2.0 * x + rng.normal(0, 0.1, 300)
    q, u = quantity(y, rng.uniform(0.1, 0.3, 300)), quantity(x, 1e-3)
    ways: list[tuple[Fit, ...]] = []
    for most in (60_000, 0):
        monkeypatch.setattr(fit_exact, "MOST_SUMS", most)
        plain = fit_line(x, y, x_origin=1e6)
        ways.append((plain, fit_line(x, q, x_origin=1e6), fit_line(u, q, "weighted", x_origin=1e6)))
    for a, b in zip(*ways, strict=True):
        assert np.allclose(a.estimates, b.estimates, rtol=1e-12)
        assert np.allclose(a.covariance, b.covariance, rtol=1e-9)
        assert np.allclose(a.standardised, b.standardised, rtol=1e-6, atol=1e-6)
    assert ways[1][0].x_residuals.shape == (300,)
    assert fit_line(np.arange(2e5), 3.0 * np.arange(2e5)).estimates[1] == pytest.approx(3.0, rel=1e-14)


def test_standardised_residuals_have_unit_variance() -> None:
    """Over many data sets each standardised residual scatters by 1, whatever its leverage."""
    rng = np.random.default_rng(11)
    x, u = np.array([0.0, 1.0, 2.0, 3.0, 10.0]), np.array([0.1, 0.2, 0.1, 0.3, 0.2])
    found = np.array([fit_line(x, x + rng.normal(0, u), u_y=u).standardised for _ in range(400)])
    assert np.all(np.abs(found.std(axis=0) - 1.0) < 0.15)


def test_chi_squared_warns_where_model_and_uncertainty_do_not_fit() -> None:
    x = np.arange(6.0)
    bent = fit_line(x, x**2, u_y=0.1)
    assert [f.code for f in bent.findings] == ["fit.chi_squared.high"]
    assert bent.findings[0].severity == "warning"
    assert not fit_line(x, x + 0.05 * np.sin(9 * x), u_y=0.1).findings


def test_units_of_line_and_of_temperature() -> None:
    x, y = quantity([20.0, 25.0, 30.0], None, "°C"), quantity([100.0, 102.0, 104.1], 0.1, "ohm")
    fit = fit_line(x, y, x_origin=20.0)
    slope = fit.parameter("slope")
    assert slope.unit == y.unit / x.unit.as_difference()
    assert fit.parameter("intercept").unit == y.unit
    both = fit.parameter("intercept") + slope * quantity(5.0, None, "K")
    assert float(both.u) == pytest.approx(float(np.sqrt([1, 5] @ fit.covariance @ [1, 5])), rel=1e-9)


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"x": [1, 1, 1], "y": [1, 2, 3]}, "fit.x.equal", "x"),
    ({"x": [1, 2], "y": [1, 2]}, "fit.points.few", "x"),
    ({"x": [1, 2, 3], "y": [1, 2]}, "fit.points.lengths", "y"),
    ({"x": [1, 2, np.nan], "y": [1, 2, 3]}, "fit.points.not_finite", "x/2"),
    ({"x": [1, 2, 3], "y": [1, np.inf, 3]}, "fit.points.not_finite", "y/1"),
    ({"x": [[1, 2]], "y": [1, 2]}, "fit.points.form", "x"),
    ({"x": [1j, 2, 3], "y": [1, 2, 3]}, "fit.points.form", "x"),
    ({"x": "abc", "y": [1, 2]}, "fit.points.form", "x"),
    ({"x": [], "y": []}, "fit.points.few", "x"),
    ({"x": [1, 2, 3], "y": [1, 2, 3], "u_y": [0.1, 0.0, 0.1]}, "fit.uncertainty.not_positive", "u_y/1"),
    ({"x": [1, 2, 3], "y": [1, 2, 3], "u_y": -0.1}, "fit.uncertainty.not_positive", "u_y/0"),
    ({"x": [1, 2, 3], "y": [1, 2, 3], "u_y": 0.1, "u_x": [0.1, -1, 0.1]}, "fit.uncertainty.not_positive", "u_x/1"),
    ({"x": [1, 2, 3], "y": [1, 2, 3], "u_y": [0.1, 0.2]}, "fit.points.lengths", "u_y"),
    ({"x": [1, 2, 3], "y": [1, 2, 3], "method": "weighted"}, "fit.uncertainty.missing", "u_y"),
    ({"x": [1, 2, 3], "y": [1, 2, 3], "u_y": 1, "method": "errors_in_both"}, "fit.uncertainty.missing", "u_x"),
    ({"x": [1, 2, 3], "y": [1, 2, 3], "u_y": 1, "method": "ordinary"}, "fit.uncertainty.unused", "u_y"),
    ({"x": [1, 2, 3], "y": [1, 2, 3], "method": "best"}, "fit.method.unknown", "method"),
    ({"x": [1, 2, 3], "y": [1, 2, 3], "sensitivity": "best"}, "fit.sensitivity.unknown", "sensitivity"),
    ({"x": [1, 2, 3], "y": [1, 2, 3], "x_origin": np.nan}, "fit.points.not_finite", "x_origin"),
    ({"x": [1, 2, 3], "y": [1, 2, 3], "covariance": np.ones((2, 2))}, "fit.covariance.shape", "y"),
    ({"x": [1, 2, 3], "y": [1, 2, 3], "covariance": np.triu(np.ones((3, 3)))}, "fit.covariance.not_symmetric", "y"),
    ({"x": [1, 2, 3], "y": [1, 2, 3], "covariance": np.eye(3) - 0.9}, "fit.covariance.not_positive", "y"),
    ({"x": [1, 2, 3], "y": [1, 2, 3], "covariance": np.ones((3, 3))}, "fit.covariance.not_positive", "covariance"),
    ({"x": [1, 2, 3], "y": [1, 2, 3], "covariance": np.eye(3), "u_y": 1}, "fit.points.twice", "covariance"),
    ({"x": [1, 2, 3], "y": quantity([1, 2, 3], 0.1), "u_y": 1}, "fit.points.twice", "u_y"),
]


@pytest.mark.parametrize(("arguments", "wanted", "where"), BAD, ids=lambda a: a if isinstance(a, str) else "")
def test_what_cannot_be_fitted_is_refused_with_its_place(arguments: dict[str, Any], wanted: str, where: str) -> None:
    with pytest.raises(Refused) as refused:
        fit_line(**arguments)
    assert code(refused) == (wanted, where)


def test_polynomial_without_enough_different_x_or_of_no_degree() -> None:
    with pytest.raises(Refused) as refused:
        fit_polynomial([1, 1, 2, 2, 1], [1, 2, 3, 4, 5], 2)
    assert code(refused) == ("fit.x.equal", "x")
    assert dict(refused.value.findings[0].parameters)["names"] == "b2"
    for degree in (-1, 41, 1.5, True):
        with pytest.raises(Refused) as refused:
            fit_polynomial([1, 2, 3], [1, 2, 3], degree)  # type: ignore[arg-type]
        assert code(refused)[0] == "fit.degree"
    with pytest.raises(Refused) as refused:
        fit_line([1, 2, 3], [1, 2, 4]).parameter("offset")
    assert code(refused) == ("fit.parameter.unknown", "offset")


def test_exact_arithmetic_takes_the_decimals_that_were_written() -> None:
    """0.1, 0.2, 0.3 lie on a line only as decimals; numbers of very different size are left to floats."""
    fit = fit_line([0.1, 0.2, 0.3, 0.4], [0.1, 0.3, 0.5, 0.7])
    assert (fit.estimates.tolist(), fit.s) == ([-0.1, 2.0], 0.0)
    wide = fit_line([1e-300, 1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 1e100])
    assert np.all(np.isfinite(wide.covariance))
    for y in ([1.0, 2.0, 3.0, 1e200], [1e200, 2e200, 3e200, 5e200]):
        with pytest.raises(Refused) as refused:
            fit_line([1e-300 if y[0] == 1.0 else 0.0, 1.0, 2.0, 3.0], y)
        assert code(refused)[0] == "fit.result.not_finite"
    weights = fit_polynomial([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 2.5, 4.5], 1, u_y=[0.1, 0.2, 0.1, 0.3])
    design = np.vander([1.0, 2.0, 3.0, 4.0], 2, increasing=True) / np.array([0.1, 0.2, 0.1, 0.3])[:, None]
    wanted = np.linalg.lstsq(design, np.array([1.0, 2.0, 2.5, 4.5]) / [0.1, 0.2, 0.1, 0.3])[0]
    assert np.allclose(weights.estimates, wanted, rtol=1e-13)


def test_very_many_points_with_errors_in_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Gram matrix of tall problems against the orthogonal factor of short ones."""
    rng = np.random.default_rng(9)
    x = rng.uniform(100, 101, 400)
    y = 1.0 + 2.0 * x - 0.1 * (x - 100) ** 2 + rng.normal(0, 0.1, 400)
    plain = fit_polynomial(x, y, 2, u_x=0.02, u_y=0.1, x_origin=100.0)
    monkeypatch.setattr(fit_estimate, "TALL", 10)
    tall = fit_polynomial(x, y, 2, u_x=0.02, u_y=0.1, x_origin=100.0)
    assert np.allclose(tall.estimates, plain.estimates, rtol=1e-10)
    assert np.allclose(tall.covariance, plain.covariance, rtol=1e-9)


def test_x_alone_uncertain_is_the_line_the_other_way_round() -> None:
    x, y = np.array([1.0, 2.0, 3.0, 4.1]), np.array([1.0, 2.1, 2.9, 4.2])
    fit, turned = fit_line(x, y, u_x=0.1), fit_line(y, x, u_y=0.1)
    c, d = turned.estimates
    assert fit.method == "errors_in_both"
    assert np.allclose(fit.estimates, [-c / d, 1.0 / d], rtol=1e-10)
    assert fit.chi_squared == pytest.approx(turned.chi_squared, rel=1e-10)


def test_no_convergence_says_where_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_distance, "MOST_STEPS", 2)
    with pytest.raises(Refused) as refused:
        fit_line(**GDR)
    parameters = dict(refused.value.findings[0].parameters)
    assert code(refused)[0] == "fit.not_converged"
    assert parameters["evaluations"] == "2" and parameters["parameters"].startswith("intercept = 0.5")


def test_high_degrees_and_odd_origins_are_left_to_floats() -> None:
    """A moment at most: the numbers of an exact elimination grow with digits·degree²."""
    x, y = np.linspace(-1.0, 1.0, 60), np.exp(np.linspace(-1.0, 1.0, 60))
    assert fit_exact.affordable(x, y, 12)
    assert not fit_exact.affordable(x, y, 13)
    assert not fit_exact.affordable(x, y, 10, 1e-300)
    fit = fit_polynomial(x, y, 16)
    assert np.allclose(fit.estimates[:4], [1.0, 1.0, 0.5, 1.0 / 6.0], rtol=1e-9)
    assert np.max(np.abs(fit.residuals)) < 1e-14
