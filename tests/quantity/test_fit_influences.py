"""What a fit hands on: every influence of its data through K, against finite differences, Monte Carlo and algebra."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.block import components
from suyuan.quantity.covariance import covariance
from suyuan.quantity.fit.curve import fit_curve
from suyuan.quantity.fit.fit import Fit
from suyuan.quantity.fit.polynomial import fit_line, fit_polynomial
from suyuan.quantity.linear_map import correlated, linear_map, shared_elements
from suyuan.quantity.quantity import Quantity, joint, quantity, stack

X = np.array([0.3, 1.1, 1.9, 3.2, 4.0, 4.8, 6.1])
Y = np.array([0.9, 2.3, 4.6, 5.9, 8.9, 9.2, 12.9])
U_X = np.array([0.2, 0.1, 0.3, 0.2, 0.25, 0.1, 0.2])
U_Y = np.array([0.3, 0.2, 0.4, 0.3, 0.5, 0.2, 0.3])


def components_of(fit: Fit, q: Quantity) -> np.ndarray:
    """Components (elements, k) of the parameters on the one influence of q."""
    (key,) = q.blocks
    return components(fit.parameters.blocks[key], fit.parameters.shape)


def finite_differences(estimates: Callable[[np.ndarray], np.ndarray], data: np.ndarray, h: float = 1e-4) -> np.ndarray:
    """dp/d(data), (n, k), central."""
    steps = h * np.eye(data.size)
    return np.array([(estimates(data + e) - estimates(data - e)) / (2.0 * h) for e in steps])


def the_line(x: Any, y: Any, **known: Any) -> Fit:
    return fit_line(x, y, **known)


def the_parabola(x: Any, y: Any, **known: Any) -> Fit:
    return fit_polynomial(x, y, 2, **known)


def the_curve(x: Any, y: Any, **known: Any) -> Fit:
    return fit_curve("a*exp(b*x) + c", x, y, {"a": 5.0, "b": 0.15, "c": -4.0}, **known)


@pytest.mark.parametrize("method", ["weighted", "errors_in_both"])
@pytest.mark.parametrize("fit", [the_line, the_parabola, the_curve])
def test_exact_sensitivity_is_the_derivative_of_the_estimates(fit: Callable[..., Fit], method: str) -> None:
    """dp/dx and dp/dy by fitting again with each value moved; weights stay."""
    x, y = quantity(X, U_X), quantity(Y, U_Y)
    found = fit(x, y, method=method, sensitivity="exact")

    def again(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        known: dict[str, Any] = {"u_y": U_Y} if method == "weighted" else {"u_y": U_Y, "u_x": U_X}
        return fit(a, b, **known).estimates

    by_x = finite_differences(lambda a: again(a, Y), X) * U_X[:, None]
    by_y = finite_differences(lambda b: again(X, b), Y) * U_Y[:, None]
    scale = np.abs(by_x).max() + np.abs(by_y).max()
    assert np.allclose(components_of(found, x), by_x, atol=3e-6 * scale)
    assert np.allclose(components_of(found, y), by_y, atol=3e-6 * scale)


@pytest.mark.parametrize("fit", [the_line, the_parabola, the_curve])
def test_exact_sensitivity_with_full_covariance(fit: Callable[..., Fit]) -> None:
    rng = np.random.default_rng(4)
    mixed = rng.normal(size=(14, 14))
    u = np.concatenate([U_X, U_Y])
    matrix = 0.2 * np.outer(u, u) * (np.eye(14) + 0.2 * mixed @ mixed.T / 14)
    data = np.concatenate([X, Y])
    both = correlated(data, matrix)
    found = fit(both[:7], both[7:], sensitivity="exact")
    assert found.method == "errors_in_both"
    k = finite_differences(lambda d: fit(d[:7], d[7:], covariance=matrix).estimates, data).T
    assert np.allclose(found.covariance, k @ matrix @ k.T, rtol=1e-5)
    apart = fit(quantity(X, U_X), quantity(Y, U_Y), sensitivity="exact")
    dense = fit(X, Y, covariance=np.diag(u**2), sensitivity="exact")
    assert np.allclose(apart.covariance, dense.covariance, rtol=1e-7)


def test_gauss_newton_is_exact_for_y_of_a_linear_curve() -> None:
    y = quantity(Y, U_Y)
    k = finite_differences(lambda b: fit_polynomial(X, b, 2, u_y=U_Y).estimates, Y)
    assert np.allclose(components_of(fit_polynomial(X, y, 2), y), k * U_Y[:, None], rtol=1e-7, atol=1e-9)


def test_exact_ordinary_curve_has_the_residuals_in_its_hessian() -> None:
    """s² K Kᵀ with K of the estimates themselves, by finite differences; NIST's form is s² (JᵀJ)⁻¹."""
    exact, plain = the_curve(X, Y, sensitivity="exact"), the_curve(X, Y)
    k = finite_differences(lambda b: the_curve(X, b).estimates, Y).T
    assert exact.s is not None
    assert np.allclose(exact.covariance, exact.s**2 * k @ k.T, rtol=1e-5)
    assert not np.allclose(exact.covariance, plain.covariance, rtol=1e-3)


def test_a_common_standard_does_not_vanish_in_an_ordinary_fit() -> None:
    """The offset of a standard used for all points moves the intercept by itself; residuals never show it."""
    standard = quantity(0.0, 0.7, label="standard")
    own = quantity(np.zeros(7), 0.05)
    plain, fit = fit_line(X, Y), fit_line(X, Y + standard + own, "ordinary")
    added = fit.covariance - plain.covariance
    assert np.allclose(added, [[0.49, 0.0], [0.0, 0.0]], atol=1e-12)
    assert float(covariance(fit.parameters, standard)[0]) == pytest.approx(0.49, rel=1e-12)
    assert fit.s == pytest.approx(plain.s, rel=1e-12)
    (key,) = own.blocks
    assert key not in fit.parameters.blocks  # one point each: the scatter shows it already


def test_an_element_of_two_points_is_shared_one_of_one_point_is_not() -> None:
    three = quantity([1.0, 2.0, 3.0], 0.1)
    q = three[[0, 1, 2, 0, 1]]
    (key,) = q.blocks
    kept = shared_elements([q])[key]
    assert kept is not None and kept.tolist() == [True, True, False]
    fit = fit_line(np.arange(5.0), q * np.ones(5), "ordinary")
    (row,) = [components(b, (2,)) for i, b in fit.parameters.blocks.items() if i == key]
    assert np.all(row[2] == 0.0) and np.all(row[:2] != 0.0)
    same = quantity(np.zeros(5), 0.1)  # x and y of each point: still one point
    assert not fit_line(np.arange(5.0) + same, q.value + same, "ordinary").parameters.blocks.keys() & same.blocks.keys()


def test_joint_groups_count_as_shared() -> None:
    y = stack(joint([1.0, 2.1, 2.9], [0.1, 0.1, 0.1], np.full((3, 3), 0.5) + 0.5 * np.eye(3)))
    assert fit_line([1, 2, 3], y).method == "generalised"
    ordinary = fit_line([1, 2, 3], y, "ordinary")
    assert len(ordinary.parameters.blocks) == 2
    known = np.array(covariance(y, y))
    design = np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 3.0]])
    k = np.linalg.pinv(design)
    assert ordinary.s is not None
    wanted = k @ (known + ordinary.s**2 * np.eye(3)) @ k.T
    assert np.allclose(ordinary.covariance, wanted, rtol=1e-9)


def test_weighted_fit_of_correlated_readings_has_their_full_covariance() -> None:
    """Weights from u alone, but K V Kᵀ from all that the readings share."""
    standard = quantity(1.0, 0.02)
    y = quantity(Y, U_Y) * standard
    fit = fit_line(X, y, "weighted")
    design = np.stack([np.ones(7), X], axis=1) / y.u[:, None]
    k = np.linalg.pinv(design) / y.u
    assert np.allclose(fit.covariance, k @ covariance(y, y) @ k.T, rtol=1e-9)
    assert fit_line(X, y).method == "generalised"


def test_monte_carlo_of_a_whole_calibration_with_a_shared_standard() -> None:
    """Line fitted in one laboratory with a standard that another laboratory uses for its reading."""
    rng = np.random.default_rng(3)
    draws = 20_000
    standard = quantity(0.0, 0.4, label="standard")
    y = 1.0 + 2.0 * X + standard + quantity(np.zeros(7), U_Y)
    fit = fit_line(X, y, "weighted")
    reading = 8.0 + standard + quantity(0.0, 0.1)
    x = (reading - fit.parameter("intercept")) / fit.parameter("slope")
    shift, noise = rng.normal(0, 0.4, draws), rng.normal(0, U_Y, (draws, 7))
    weights = 1.0 / np.array(y.u) ** 2
    design = np.stack([np.ones(7), X], axis=1)
    k = np.linalg.inv(design.T @ (design * weights[:, None])) @ (design * weights[:, None]).T
    a, b = k @ (1.0 + 2.0 * X[:, None] + shift + noise.T)
    simulated = (8.0 + shift + rng.normal(0, 0.1, draws) - a) / b
    assert float(x.u) == pytest.approx(simulated.std(), rel=0.03)
    alone = 8.0 + quantity(0.0, float(np.hypot(0.4, 0.1)))
    assert float(x.u) < 0.6 * float(((alone - fit.parameter("intercept")) / fit.parameter("slope")).u)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.integers(1, 20), st.integers(1, 40))
def test_a_linear_map_is_the_sum_of_products(seed: int, k: int, n: int) -> None:
    """K·q as blocks, against (K·q).sum and against K V Kᵀ, for shared, own, gathered, joint and summed influences."""
    rng = np.random.default_rng(seed)
    own = quantity(rng.normal(size=n), rng.uniform(0.1, 1, n))
    shared, few = quantity(1.0, 0.3), quantity([1.0, 2.0, 3.0], [0.1, 0.2, 0.3])
    tied = stack(joint([0.0, 1.0], [1.0, 2.0], [[1.0, 0.5], [0.5, 1.0]]))
    q = own * shared + few[rng.integers(0, 3, n)] + tied[rng.integers(0, 2, n)] + few.sum() * rng.normal(size=n)
    matrix = rng.normal(size=(k, n))
    found = linear_map(matrix @ q.value, [(matrix, q)])
    wanted = matrix @ covariance(q, q) @ matrix.T
    scale = np.sqrt(np.outer(np.diag(wanted), np.diag(wanted)))
    assert np.all(np.abs(covariance(found, found) - wanted) <= 1e-12 * scale.max())
    assert np.allclose(covariance(found, own), matrix @ covariance(q, own), atol=1e-12 * np.abs(matrix).sum())
    assert found.same_as((matrix * q[None, :]).sum(axis=1), 1e-9)
    twice = linear_map(np.zeros(k), [(matrix, q), (-matrix, q)])
    assert np.all(twice.u <= 1e-12 * np.abs(matrix).sum())


def test_degrees_of_freedom_pass_through() -> None:
    fit = fit_line(X, Y)
    both = fit.parameter("intercept") + 2.0 * fit.parameter("slope")
    assert float(both.dof) == pytest.approx(5.0)
    known = fit_line(X, quantity(Y, 0.2, dof=9.0), "weighted")
    assert np.all(known.parameters.dof > 9.0)
    assert known.dof == 5
