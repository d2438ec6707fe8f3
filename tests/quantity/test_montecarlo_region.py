"""Several outputs (JCGM 102:2011) and validation (JCGM 101:2008 clause 8)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from suyuan.quantity import type_b
from suyuan.quantity.complex_quantity import complex_quantity
from suyuan.quantity.finding import Refused
from suyuan.quantity.montecarlo.interval import symmetric
from suyuan.quantity.montecarlo.region import coverage_factor_ellipsoid, coverage_factor_rectangle, ellipsoid, rectangle
from suyuan.quantity.montecarlo.simulation import monte_carlo
from suyuan.quantity.montecarlo.validation import Validation, validate
from suyuan.quantity.quantity import joint, quantity

from .numbered import numbered_identities  # noqa: F401


def polar(x: Any, y: Any) -> dict[str, Any]:
    return {"mag": np.hypot(x, y), "phase": np.arctan2(y, x)}


def test_factors_of_a_gaussian() -> None:
    """JCGM 102:2011, p = 0.95."""
    assert [round(coverage_factor_ellipsoid(0.95, m), 2) for m in (1, 2, 3)] == [1.96, 2.45, 2.8]
    assert [round(coverage_factor_rectangle(0.95, m), 2) for m in (1, 2, 3)] == [1.96, 2.24, 2.39]
    assert coverage_factor_ellipsoid(0.99, 2) == pytest.approx(math.sqrt(-2.0 * math.log(0.01)), rel=1e-12)


def test_polar() -> None:
    """JCGM 102:2011 9.3, x1 = 0.001, uncorrelated."""
    found = monte_carlo(polar, quantity(0.001, 0.01), quantity(0.0, 0.01), trials=400_000)
    assert (found["mag"].mean, found["mag"].u) == pytest.approx((0.013, 0.007), abs=0.0006)
    assert found["phase"].mean == pytest.approx(0.0, abs=0.01)
    assert found["phase"].u == pytest.approx(1.744, abs=0.005)
    assert found["mag"].run.correlation()[0, 1] == pytest.approx(0.0, abs=0.01)


def rice(x1: float) -> tuple[float, float, float]:
    """Mean and standard deviation of the magnitude and standard deviation of the phase, by a sum over a fine grid."""
    z = np.linspace(-9.0, 9.0, 2401)
    w = np.exp(-0.5 * z * z)
    weight = np.outer(w, w) / w.sum() ** 2
    x, y = x1 + 0.01 * z[:, None], 0.01 * z[None, :]
    size = np.hypot(x, y)
    mean = float((weight * size).sum())
    return (
        mean,
        math.sqrt(float((weight * (size - mean) ** 2).sum())),
        math.sqrt(float((weight * np.arctan2(y, x) ** 2).sum())),
    )


@pytest.mark.parametrize("x1", [0.001, 0.010, 0.100])
def test_polar_by_quadrature(x1: float) -> None:
    found = monte_carlo(polar, quantity(x1, 0.01), quantity(0.0, 0.01), trials=400_000)
    mean, u_mag, u_phase = rice(x1)
    assert found["mag"].mean == pytest.approx(mean, rel=4e-3)
    assert found["mag"].u == pytest.approx(u_mag, rel=6e-3)
    assert found["phase"].u == pytest.approx(u_phase, rel=6e-3)


@pytest.mark.parametrize("r", [0.0, 0.9, -0.5])
def test_regions_of_a_gaussian(r: float) -> None:
    a, b = joint([1.0, 50.0], [0.1, 20.0], [[1.0, r], [r, 1.0]])
    run = monte_carlo(lambda a, b: (a, b), a, b, trials=300_000)[0].run
    oval, box = ellipsoid(run), rectangle(run)
    assert oval.k == pytest.approx(coverage_factor_ellipsoid(0.95, 2), abs=0.01)
    assert box.k <= coverage_factor_rectangle(0.95, 2) + 0.01  # which is on the safe side for any correlation
    for region in (oval, box):
        assert region.contains(run.draws).mean() == pytest.approx(0.95, abs=1e-5)
        assert region.names == ("0", "1")
    assert oval.volume == pytest.approx(math.pi * oval.k**2 * 0.1 * 20.0 * math.sqrt(1 - r * r), rel=0.02)
    assert box.volume == pytest.approx(4.0 * box.k**2 * 0.1 * 20.0, rel=0.02)
    assert ellipsoid(run, 0.5).k == pytest.approx(math.sqrt(2.0 * math.log(2.0)), abs=0.01)
    curve = oval.outline(41)
    inside = run.mean[:, None] + 0.999 * (curve - run.mean[:, None])
    outside = run.mean[:, None] + 1.001 * (curve - run.mean[:, None])
    assert oval.contains(inside).all() and not oval.contains(outside).any()
    assert bool(oval.contains(run.mean)) and bool(box.contains(run.mean))


def test_regions_of_three_outputs() -> None:
    """χ² with 3 degrees of freedom, from draws; and not Gaussian: a cube is its own rectangle."""
    xs = [quantity(0.0, 1.0) for _ in range(3)]
    run = monte_carlo(lambda a, b, c: (a + b, b + c, c), *xs, trials=200_000)[0].run
    assert ellipsoid(run).k == pytest.approx(2.80, abs=0.015)
    cube = monte_carlo(
        lambda *x: x, *[quantity(0.0, 1.0, distribution="rectangular") for _ in range(3)], trials=200_000
    )
    box = rectangle(cube[0].run)
    assert box.k == pytest.approx(math.sqrt(3.0) * 0.95 ** (1.0 / 3.0), abs=0.005)
    np.testing.assert_allclose(box.low, -box.high, atol=0.02)


def test_region_of_one_output_is_its_interval() -> None:
    y = monte_carlo(lambda x: x * 1.0, quantity(0.0, 1.0), trials=100_000)
    box = rectangle(y.run)
    assert (float(box.low[0]), float(box.high[0])) == pytest.approx(symmetric(y.draws, 0.95), abs=0.02)


# ---------------------------------------------------------------- clause 8


def mass(m: Any, dm: Any, a: Any, w: Any, r: Any) -> Any:
    return (m + dm) * (1 + (a - 1.2) * (1 / w - 1 / r)) - 100_000


def test_validation_of_the_mass() -> None:
    """JCGM 101:2008 9.3, table 6: first order fails by 0.0451 and 0.0430 mg, second passes; δ = 0.005 mg."""
    inputs = [quantity(100_000.0, 0.05), quantity(1.234, 0.02)] + [
        quantity(x.value, x.u, distribution=x.distribution)
        for x in (type_b.rectangular(1.2, 0.1), type_b.rectangular(8e3, 1e3), type_b.rectangular(8e3, 50.0))
    ]
    v = validate(mass, *inputs, digits=1, interval="shortest", threads=2)
    assert isinstance(v, Validation) and v.delta == pytest.approx(0.005)
    assert (v.first.d_low, v.first.d_high) == pytest.approx((0.0451, 0.0430), abs=0.003)
    assert (v.first.validated, v.second.validated) == (False, True)
    assert not v.findings and v.simulated.run.adaptive.reached
    assert np.all(v.simulated.run.adaptive.deviation <= 0.001)  # δ/5
    assert (v.low, v.high) == tuple(v.simulated.shortest)


def test_validation_of_a_linear_model() -> None:
    a, b = quantity(1.0, 0.3), quantity(2.0, 0.4)
    v = validate(lambda a, b: {"sum": a + b, "difference": a - b}, a, b, digits=1)
    assert set(v) == {"sum", "difference"}
    for one in v.values():
        assert one.first.validated is True and one.second.validated is True
        assert abs(one.first.interval.U - 1.96 * 0.5) < 1e-3


def test_validation_of_an_array() -> None:
    v = validate(lambda x: x * x, quantity(np.array([0.0, 100.0]), 0.1), digits=1)
    assert v.first.validated.tolist() == [False, True]


def test_validation_without_second_order() -> None:
    """A model that sums has no second order; the reason is told, the first order judged."""
    v = validate(lambda x: x.sum(), quantity(np.array([1.0, 2.0]), 0.1), digits=1)
    assert v.second is None and v.findings and v.first.validated is True


def test_validation_says_when_monte_carlo_is_not_stable() -> None:
    v = validate(lambda x: x * 1.0, quantity(0.0, 1.0, dof=2.1, distribution="student_t"), p=0.9999, digits=1)
    assert "montecarlo.adaptive.not_reached" in [f.code for f in v.findings]


# ---------------------------------------------------------------- complex


def test_complex_output_is_two_numbers() -> None:
    """z² of a complex quantity with correlated parts: means, spreads and correlation of real and imaginary part."""
    z = complex_quantity(3.0 + 4.0j, 0.1 + 0.2j, r=0.5)
    for model in (lambda z: z * z, lambda z: z * z if z.real > 0.0 else z * 0.0):  # recorded, sampled
        y = monte_carlo(model, z, trials=200_000)
        assert y.run.names == ("result.real", "result.imag")
        # Re z² = x² − y², Im z² = 2xy to first order
        slopes = np.array([[6.0, -8.0], [8.0, 6.0]])
        v = slopes @ np.array([[0.01, 0.01], [0.01, 0.04]]) @ slopes.T
        np.testing.assert_allclose(y.run.covariance(), v, rtol=0.02)
        assert (y.real.u, y.imag.u) == pytest.approx(tuple(np.sqrt(np.diag(v))), rel=0.02)
        assert y.mean == pytest.approx(-7.0 + 24.0j, abs=0.05)
        assert ellipsoid(y.run).contains(y.run.draws).mean() == pytest.approx(0.95, abs=1e-4)


def test_magnitude_and_phase_of_a_complex_input() -> None:
    z = complex_quantity(3.0 + 4.0j, 0.01 + 0.02j, "V", r=0.5)
    recorded = monte_carlo(lambda z: (abs(z), np.angle(z), z.real, z.imag), z, trials=100_000)
    sampled = monte_carlo(
        lambda z: (abs(z), np.angle(z), z.real, z.imag) if np.angle(z) > -9.0 else 0, z, trials=100_000
    )
    wanted = (abs(z), np.angle(z), z.real, z.imag)
    for one, other, q in zip(recorded, sampled, wanted, strict=True):
        assert one.mean == pytest.approx(float(q.value), rel=1e-3)
        assert one.u == pytest.approx(float(q.u), rel=0.01)
        assert np.allclose(one.draws, other.draws, rtol=1e-12) and one.unit == other.unit == q.unit


def test_complex_array() -> None:
    z = complex_quantity(np.array([1.0 + 1.0j, 2.0 - 1.0j]), 0.1 + 0.1j)
    y = monte_carlo(lambda z, k: {"z": z * k, "size": abs(z)}, z, quantity(2.0, 0.1), trials=50_000)
    assert y["z"].run.names[:4] == ("z.real[0]", "z.real[1]", "z.imag[0]", "z.imag[1]")
    np.testing.assert_allclose(y["z"].mean, 2.0 * z.value, atol=0.02)
    assert y["size"].mean.shape == (2,) and y["z"].real.draws.shape == (2, 50_000)


def test_complex_output_is_not_validated() -> None:
    with pytest.raises(Refused, match=r"montecarlo\.output\.complex"):
        validate(lambda z: z * 1.0, complex_quantity(1.0 + 1.0j, 0.1 + 0.1j), digits=1)
