"""Sensitivity coefficients against differences of the plain model and published figures."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from suyuan.quantity.complex_quantity import complex_quantity
from suyuan.quantity.finding import Refused
from suyuan.quantity.quantity import joint, quantity, stack
from suyuan.quantity.sensitivities import sensitivities

from .oracle import STEP, models, world


@settings(max_examples=100, deadline=None)
@given(models(outputs=2))
def test_every_argument_of_any_model(drawn: Any) -> None:
    model, seed = drawn
    w = world(seed)
    for n, found in enumerate(sensitivities(model, *w.quantities)):
        value = np.asarray(model(*w.values)[n])
        for place, x in enumerate(w.values):
            assert found[place].shape == value.shape + np.shape(x)
            for at in np.ndindex(np.shape(x)):
                moved = [np.asarray(v, dtype=complex) for v in w.values]
                moved[place] = moved[place].copy()
                moved[place][at] += 1j * STEP
                expected = np.imag(np.asarray(model(*moved)[n])) / STEP
                np.testing.assert_allclose(found[place][(..., *at)], expected, rtol=1e-9, atol=1e-12)


def test_gauge_block_gum_h1() -> None:
    """GUM H.1.3: c_s = c_d = 1, c_δα = −l_s·θ, c_δθ = −l_s·α_s, at l_s = 50.000 623 mm, α_s = 11.5·10⁻⁶ °C⁻¹ and
    θ = −0.1 °C."""

    def length(l_s: Any, d: Any, alpha_s: Any, theta: Any, d_alpha: Any, d_theta: Any) -> Any:
        return l_s + d - l_s * (d_alpha * theta + alpha_s * d_theta)

    inputs = {
        "l_s": quantity(50_000_623.0, 25.0, "nm"), "d": quantity(215.0, 9.7, "nm"),
        "alpha_s": quantity(11.5e-6, 1.2e-6, "1/K"), "theta": quantity(-0.1, 0.41, "K"),
        "d_alpha": quantity(0.0, 0.58e-6, "1/K"), "d_theta": quantity(0.0, 0.029, "K"),
    }  # fmt: skip
    found = {name: float(c) for name, c in sensitivities(length, **inputs).items()}
    assert found == pytest.approx(
        {"l_s": 1.0, "d": 1.0, "alpha_s": 0.0, "theta": 0.0, "d_alpha": 5_000_062.3, "d_theta": -575.0071645},
        rel=1e-12,
    )


def test_forms_of_arguments_and_results() -> None:
    a, b = joint([2.0, 3.0], [0.1, 0.1], [[1, 0.9], [0.9, 1]], "m")
    x = quantity([1.0, 2.0, 3.0], None)

    def model(a: Any, n: int, *, b: Any, x: Any) -> Any:
        return {
            "total": (a * x).sum() * n,
            "b": b,
            "plain": 5.0,
            "branch": a if a > b else b * b,
            "pair": stack([a, b]),
        }

    found = sensitivities(model, a, 4, b=b, x=x)
    assert list(found) == ["total", "b", "plain", "branch", "pair"] and list(found["total"]) == [0, "b", "x"]
    assert found["total"][0] == 24.0 and found["total"]["b"] == 0.0
    np.testing.assert_array_equal(found["total"]["x"], [8.0, 8.0, 8.0])
    assert found["branch"]["b"] == 6.0 and found["branch"][0] == 0.0
    np.testing.assert_array_equal(found["pair"]["b"], [0.0, 1.0])
    np.testing.assert_array_equal(found["plain"]["x"], np.zeros(3))
    assert sensitivities(lambda x: x[1] * x[2], x)[0].tolist() == [0.0, 3.0, 2.0]
    assert isinstance(sensitivities(lambda a: [a], a), list)
    assert found["b"]["b"] == 1.0, "the correlation of the inputs does not enter"


def test_a_wide_model_in_one_sweep() -> None:
    n = 5000
    each = [quantity(1.0 + i / n, 0.1) for i in range(n)]
    found = sensitivities(lambda *x: sum((a * b for a, b in itertools.pairwise(x)), 0.0), *each)
    assert len(found) == n
    assert float(found[17]) == pytest.approx(float(each[16].value + each[18].value))


def test_what_it_refuses() -> None:
    with pytest.raises(Refused) as refused:
        sensitivities(lambda z: abs(z), complex_quantity(1j, 1 + 1j))
    assert refused.value.findings[0].code == "quantity.complex.operation"
    with pytest.raises(Refused) as refused:
        sensitivities(lambda x: np.exp(1j * x), quantity(1.0, 0.1))
    assert refused.value.findings[0].code == "quantity.complex.operation"
    with pytest.raises(Refused) as refused:
        sensitivities(lambda x: x + 1.0, quantity(np.zeros(6000), None))
    assert refused.value.findings[0].code == "quantity.covariance.too_large"
    with pytest.raises(Refused) as refused:
        sensitivities(lambda x: x + 1.0, quantity(1.0, 0.1, "m"))
    assert refused.value.findings[0].code == "quantity.unit.dimension"
