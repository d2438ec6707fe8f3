"""Calibration curves in use: prediction, inverse, their influences, extrapolation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.covariance import covariance
from suyuan.quantity.finding import Refused
from suyuan.quantity.fit.calibration_curve import inverse, predict
from suyuan.quantity.fit.curve import fit_curve
from suyuan.quantity.fit.polynomial import fit_line, fit_polynomial
from suyuan.quantity.quantity import quantity

from .test_fit import code

ISO_X, ISO_Y = [1, 2, 3, 4, 5, 6], [3.3, 5.6, 7.1, 9.3, 10.7, 12.1]


def test_forward_and_inverse_of_iso_28037() -> None:
    """ISO/TS 28037:2010, example of the weighted line: 8.017(406) at 3.5(2); 4.913(322) at 10.5(5)."""
    fit = fit_line(ISO_X, ISO_Y, u_y=0.5)
    y, none = predict(fit, 3.5, 0.2)
    x, nothing = inverse(fit, 10.5, 0.5)
    assert not none and not nothing
    assert (float(y.value.round(3)), float(y.u.round(3))) == (8.017, 0.406)
    assert (float(x.value.round(3)), float(x.u.round(3))) == (4.913, 0.322)


def test_prediction_of_gum_h3() -> None:
    """JCGM 100:2008 H.3.4: b(30 °C) = −0.1494(41) °C, with 9 degrees of freedom; 30 °C is beyond the readings."""
    t = [21.521, 22.012, 22.512, 23.003, 23.507, 23.999, 24.513, 25.002, 25.503, 26.01, 26.511]
    b = [-0.171, -0.169, -0.166, -0.159, -0.164, -0.165, -0.156, -0.157, -0.159, -0.161, -0.16]
    y, findings = predict(fit_line(t, b, x_origin=20.0), 30.0)
    assert (float(y.value.round(4)), float(y.u.round(4))) == (-0.1494, 0.0041)
    assert float(y.dof) == pytest.approx(9.0)
    assert [(f.code, f.severity) for f in findings] == [("fit.extrapolation", "warning")]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 100_000))
def test_closed_forms_of_the_line(seed: int) -> None:
    """u_y² = var a + t² var b + 2t cov + b² u_x²; u_x² = (u_y² + var a + t² var b + 2t cov)/b²."""
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(0, 10, 8)) + 0.01 * np.arange(8)
    origin = float(rng.uniform(-5, 5))
    fit = fit_line(x, 1.0 - 2.0 * x + rng.normal(0, 0.2, 8), u_y=rng.uniform(0.1, 0.3, 8), x_origin=origin)
    (a, b), v = fit.estimates, fit.covariance
    at, u = rng.uniform(0, 10, (2, 3)), rng.uniform(0.01, 0.5, (2, 3))
    y, _ = predict(fit, at, u)
    t = at - origin
    assert np.allclose(y.value, a + b * t, rtol=1e-12)
    assert np.allclose(y.u**2, v[0, 0] + t**2 * v[1, 1] + 2 * t * v[0, 1] + b**2 * u**2, rtol=1e-9)
    back, _ = inverse(fit, y.value, u)
    assert back.shape == (2, 3)
    assert np.allclose(back.value, at, rtol=1e-9, atol=1e-12)
    assert np.allclose(back.u**2, (u**2 + v[0, 0] + t**2 * v[1, 1] + 2 * t * v[0, 1]) / b**2, rtol=1e-7)


def test_there_and_back_again_leaves_only_what_came_in() -> None:
    """inverse(predict(x)) is x with its influences: what the curve brings cancels, for line, polynomial and curve."""
    x = np.linspace(0.5, 4.0, 9)
    fits = [
        fit_line(x, 1.0 + 2.0 * x, u_y=0.1),
        fit_polynomial(x, 1.0 + 2.0 * x + 0.3 * x**2, 2, u_y=0.1, u_x=0.02),
        fit_curve("a*exp(b*x)", x, 2.0 * np.exp(0.4 * x) + 0.01 * np.sin(9 * x), {"a": 1.0, "b": 0.5}),
    ]
    for fit in fits:
        q = quantity([1.0, 2.0, 3.5], [0.1, 0.2, 0.3])
        y, _ = predict(fit, q)
        back, _ = inverse(fit, y)
        assert np.allclose(back.value, q.value, rtol=1e-13)
        assert np.allclose((back - q).u, 0.0, atol=1e-9)
        assert float(y.u[0]) > 0.0


def test_inverse_of_a_curve_is_implicit() -> None:
    """dx = (dy − Σ fᵢ dpᵢ)/f_x against solving again with each parameter moved."""
    x = np.linspace(0.0, 3.0, 10)
    fit = fit_curve("a*exp(-b*x) + c", x, 3 * np.exp(-0.8 * x) + 0.5 + 0.01 * np.sin(7 * x), [1.0, 1.0, 0.0])
    p, v = fit.estimates, fit.covariance
    found, _ = inverse(fit, [1.0, 2.5], 0.02)

    def again(a: float, b: float, c: float, y: np.ndarray) -> np.ndarray:
        return -np.log((y - c) / a) / b

    y, h = np.array([1.0, 2.5]), 1e-6
    by_p = np.array([(again(*(p + e), y) - again(*(p - e), y)) / (2 * h) for e in h * np.eye(3)])
    by_y = (again(*p, y + h) - again(*p, y - h)) / (2 * h)
    assert np.allclose(found.value, again(*p, y), rtol=1e-12)
    assert np.allclose(found.u**2, np.einsum("iy,ij,jy->y", by_p, v, by_p) + by_y**2 * 4e-4, rtol=1e-6)
    cov = by_p.T @ v @ by_p
    assert float(covariance(found, found)[0, 1]) == pytest.approx(float(cov[0, 1]), rel=1e-6)


def test_a_shared_standard_cancels_between_calibration_and_use() -> None:
    """An offset of the standard moves curve and reading alike, so it leaves x alone."""
    offset = quantity(0.0, 0.3, label="standard")
    fit = fit_line(ISO_X, quantity(ISO_Y, 0.1) + offset, "weighted")
    with_it, _ = inverse(fit, quantity(8.0, 0.05) + offset)
    without, _ = inverse(fit_line(ISO_X, ISO_Y, u_y=0.1), 8.0, 0.05)
    apart, _ = inverse(fit, 8.0, float(np.hypot(0.05, 0.3)))
    weights = float(with_it.u)
    assert float(apart.u) > 2.0 * weights
    assert weights == pytest.approx(float(without.u), rel=1e-6)


def test_readings_take_the_scatter_of_the_fit() -> None:
    x = np.arange(8.0)
    fit = fit_line(x, 1.0 + x + 0.1 * np.sin(5 * x))
    four, _ = inverse(fit, 4.0, readings=4)
    one, _ = inverse(fit, 4.0)
    stated, _ = inverse(fit, 4.0, 0.0)
    assert fit.s is not None
    assert float(four.u**2 - stated.u**2) == pytest.approx(fit.s**2 / 4 / fit.estimates[1] ** 2, rel=1e-9)
    assert float(one.u**2 - stated.u**2) == pytest.approx(fit.s**2 / fit.estimates[1] ** 2, rel=1e-9)
    assert 6.0 <= float(four.dof) < 12.0


def test_units_pass_through() -> None:
    x, y = quantity([0.0, 50.0, 100.0], None, "°C"), quantity([100.0, 119.4, 138.5], 0.01, "ohm")
    fit = fit_polynomial(x, y, 1)
    r, _ = predict(fit, quantity(323.15, 0.1, "K").to("°C"))
    assert r.unit == y.unit
    t, _ = inverse(fit, quantity(0.1194, 1e-5, "kΩ"))
    assert t.unit == x.unit and 49.0 < float(t.value) < 51.0


PARABOLA = fit_polynomial([0.0, 1.0, 2.0, 3.0, 4.0], [4.0, 1.0, 0.0, 1.0, 4.0], 2, u_y=0.1)
CURVE = fit_curve("a*log(x) + b", [1.0, 2.0, 3.0, 4.0], [0.0, 0.7, 1.1, 1.4], {"a": 1.0, "b": 0.0}, u_y=0.1)
BAD: list[tuple[Any, Any, dict[str, Any], str, str]] = [
    (PARABOLA, 2.0, {}, "fit.inverse.several", "y/0"),
    (PARABOLA, [2.0, 9.0], {"interval": (2.0, 4.0)}, "fit.inverse.none", "y/1"),
    (PARABOLA, 2.0, {"interval": (4.0, 2.0)}, "fit.interval", "interval"),
    (PARABOLA, np.nan, {}, "fit.points.not_finite", "y/0"),
    (PARABOLA, "a", {}, "fit.points.form", "y"),
    (PARABOLA, 2.0, {"readings": 3}, "fit.readings", "readings"),
    (PARABOLA, quantity(2.0, 0.1), {"u_y": 0.1}, "fit.points.twice", "u_y"),
    (CURVE, 0.5, {"interval": (-1.0, 2.0)}, "fit.model.not_finite", "interval"),
]


@pytest.mark.parametrize(("fit", "y", "known", "wanted", "where"), BAD)
def test_what_has_no_inverse_is_refused(fit: Any, y: Any, known: dict[str, Any], wanted: str, where: str) -> None:
    with pytest.raises(Refused) as refused:
        inverse(fit, y, **known)
    assert code(refused) == (wanted, where)


def test_flat_curves_and_points_without_value() -> None:
    flat = fit_line([1.0, 2.0, 3.0, 4.0], [1.0, 1.0, 1.0, 1.0])
    for known in ({}, {"u_y": 0.1}):
        with pytest.raises(Refused) as refused:
            inverse(flat, 1.0, **known)
        assert code(refused) == ("fit.inverse.flat", "y/0")
    with pytest.raises(Refused) as refused:
        predict(CURVE, [2.0, -1.0])
    assert code(refused) == ("fit.model.not_finite", "predict/1")
    with pytest.raises(Refused) as refused:
        predict(CURVE, 2.0, -0.1)
    assert refused.value.findings[0].code == "quantity.uncertainty.negative"


def test_roots_on_one_branch_and_at_its_ends() -> None:
    x, none = inverse(PARABOLA, [4.0, 2.0, 1.0], 0.1, interval=(2.0, 4.0))
    assert np.allclose(x.value, [4.0, 2.0 + np.sqrt(2.0), 3.0], rtol=1e-12)
    assert not none
    _, findings = inverse(CURVE, 2.0, 0.1, interval=(1.0, 20.0))
    assert [f.code for f in findings] == ["fit.extrapolation"]
    many, _ = inverse(CURVE, np.linspace(0.1, 1.3, 5000), 0.1)
    again, _ = predict(CURVE, many.value)
    assert np.allclose(again.value, np.linspace(0.1, 1.3, 5000), rtol=1e-12)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_every_reading_of_one_branch_comes_back(sign: float) -> None:
    """Rising and falling, many at once, the ends of the interval and nothing at all."""
    x = np.linspace(0.0, 4.0, 9)
    fit = fit_polynomial(x, sign * (1.0 + 2.0 * x + 0.3 * x**2), 2, u_y=0.1)
    at = np.concatenate([np.random.default_rng(1).uniform(0, 4, 10_000), [1e-9, 4.0 - 1e-9], x[1:-1]])
    y, _ = predict(fit, at)
    back, findings = inverse(fit, y.value, 0.1)
    assert np.allclose(back.value, at, atol=1e-12)
    assert not findings
    nothing, none = inverse(fit, np.zeros(0), 0.1)
    assert nothing.shape == predict(fit, [])[0].shape == (0,) and not none
    with pytest.raises(Refused) as refused:
        inverse(fit, [sign * 5.0, sign * 100.0], 0.1)
    assert code(refused) == ("fit.inverse.none", "y/1")


def test_prediction_at_very_many_places_stays_small() -> None:
    """u of each of 200 000 values and the covariance of two of them, without a matrix of all."""
    fit = fit_line(ISO_X, ISO_Y, u_y=0.5)
    at = np.linspace(1.0, 6.0, 200_000)
    y, _ = predict(fit, at)
    v = fit.covariance
    assert np.allclose(y.u**2, v[0, 0] + at**2 * v[1, 1] + 2 * at * v[0, 1], rtol=1e-9)
    wanted = v[0, 0] + at[0] * at[-1] * v[1, 1] + (at[0] + at[-1]) * v[0, 1]
    assert float(covariance(y[0], y[-1])) == pytest.approx(float(wanted), rel=1e-9)
