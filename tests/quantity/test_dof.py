"""Effective degrees of freedom: independent inputs, groups observed together, complex values; against simulated
experiments and figures that another program (GTC 1.5.1) gives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.block import Block, Dense, Own, mapped
from suyuan.quantity.complex_quantity import complex_quantity
from suyuan.quantity.coverage import expanded
from suyuan.quantity.dof import effective_dof
from suyuan.quantity.influence import Influence
from suyuan.quantity.quantity import Quantity, joint, quantity

H2 = [[1.0, -0.36, 0.86], [-0.36, 1.0, -0.65], [0.86, -0.65, 1.0]]


def impedance() -> tuple[Quantity, ...]:
    """GUM H.2: V, I, φ from five simultaneous readings, four degrees of freedom together."""
    return joint(
        [4.999, 19.661e-3, 1.04446],
        [0.0032, 0.0095e-3, 0.00075],
        H2,
        ["V", "A", "rad"],
        dof=4,
        distribution="student_t",
    )


def test_what_was_observed_together_counts_once() -> None:
    v, i, phi = impedance()
    for y in (v / i, v / i * np.cos(phi), v / i * np.sin(phi), v):
        assert float(y.dof) == pytest.approx(4.0, rel=1e-12)
    assert v.influences()[0].distribution == "student_t" and v.influences()[0].joint
    y = v / i * np.cos(phi) * quantity(1.0, 0.002, dof=7)
    assert float(y.u) == pytest.approx(0.2648755392803131) and float(y.dof) == pytest.approx(8.010987053098223)
    e = expanded(float(y.value), float(y.u), float(y.dof), 0.95, truncate=True)
    assert e.dof == 8.0


def test_two_groups_and_a_known_influence() -> None:
    a, b = joint([1.0, 2.0], [0.1, 0.2], [[1.0, 0.5], [0.5, 1.0]], dof=5)
    c, d = joint([3.0, 4.0], [0.3, 0.1], [[1.0, -0.7], [-0.7, 1.0]], dof=8)
    first = 0.3**2 + 0.8**2 + 2 * 0.5 * 0.3 * 0.8
    second = 0.3**2 + 0.2**2 - 2 * 0.7 * 0.3 * 0.2
    y = a * c + b * d
    assert float(y.dof) == pytest.approx((first + second) ** 2 / (first**2 / 5 + second**2 / 8), rel=1e-12)
    assert float(y.dof) == pytest.approx(5.477771969996471)
    assert float((y + quantity(0.0, 0.5)).dof) == pytest.approx(8.505188530309987)
    z = complex_quantity(1 + 2j, 0.1 + 0.2j, dof=6) * a + 1j * c * d
    pair, real, imaginary = (0.01, 0.0, 0.04), (0.01, 0.02, 0.04), (0.0, 0.0, 1.2**2 + 0.3**2 - 2 * 0.7 * 1.2 * 0.3)
    below = form(*pair) / 6 + form(*real) / 5 + form(*imaginary) / 8
    total = np.sum([pair, real, imaginary], axis=0)
    assert float(z.dof) == pytest.approx(float(form(*total) / below), rel=1e-12)


@pytest.mark.parametrize("seed", range(2))
def test_simulated_experiments(seed: int) -> None:
    """y = 2a − b + c of a pair with six simultaneous readings and a mean of four: the estimated variance of y spreads
    like χ²_ν/ν with ν as stated, since ν = 2 E²/Var."""
    rng = np.random.default_rng(seed)
    trials = 60_000
    v = np.array([[0.04, 0.015], [0.015, 0.01]])
    pair = rng.standard_normal((trials, 6, 2)) @ np.linalg.cholesky(v).T
    other = 0.5 * rng.standard_normal((trials, 4))
    combined = (2.0 * pair[..., 0] - pair[..., 1]).var(axis=1, ddof=1) / 6 + other.var(axis=1, ddof=1) / 4
    found = 2.0 * combined.mean() ** 2 / combined.var()
    u = np.sqrt(np.diag(v) / 6)
    a, b = joint([0.0, 0.0], u.tolist(), v / np.sqrt(np.outer(np.diag(v), np.diag(v))), dof=5)
    y = 2.0 * a - b + quantity(0.0, 0.25, dof=3)
    assert float(y.u) ** 2 == pytest.approx(combined.mean(), rel=0.01)
    assert float(y.dof) == pytest.approx(found, rel=0.06)


def test_simulated_complex_experiments() -> None:
    """The total variance of the estimated covariance matrix is that of a Wishart matrix with ν degrees of freedom:
    Var V₁₁ + Var V₁₂ + Var V₂₂ = (2 V₁₁² + V₁₁V₂₂ + V₁₂² + 2 V₂₂²)/ν."""
    rng = np.random.default_rng(7)
    trials = 60_000
    total, given = 0.0, []
    for n, v in ((5, [[0.04, 0.015], [0.015, 0.02]]), (9, [[0.01, -0.01], [-0.01, 0.09]])):
        readings = rng.standard_normal((trials, n, 2)) @ np.linalg.cholesky(np.array(v)).T
        centred = readings - readings.mean(axis=1, keepdims=True)
        total = total + np.einsum("tni,tnj->tij", centred, centred) / (n - 1) / n
        s = np.sqrt(np.diag(v) / np.array(n))
        given.append(complex_quantity(0j, complex(*s), r=v[0][1] / n / (s[0] * s[1]), dof=n - 1))
    m = np.asarray(total).mean(axis=0)
    form = 2 * m[0, 0] ** 2 + m[0, 0] * m[1, 1] + m[0, 1] ** 2 + 2 * m[1, 1] ** 2
    spread = np.asarray(total).var(axis=0)
    found = form / (spread[0, 0] + spread[0, 1] + spread[1, 1])
    assert float((given[0] + given[1]).dof) == pytest.approx(found, rel=0.05)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_blocks_of_any_structure(seed: int, joined: bool) -> None:
    """Own, shared and weighted parts, real and complex, against the full table of components."""
    rng = np.random.default_rng(seed)
    size, shape = 6, (2, 3)
    influence = Influence("0" * 32, size, np.ones(size), dof=4.0, joint=joined)

    def noise(*of: int) -> np.ndarray:
        return np.asarray(rng.normal(size=of) + 1j * rng.normal(size=of))

    index = np.stack([rng.permutation(size)[:2] for _ in range(6)], axis=1).reshape(2, *shape)
    own = Own(index, noise(2, *shape)) if seed % 3 else None
    dense = Dense(noise(3, *shape), rng.normal(size=(3, size))) if seed % 2 else Dense(noise(size, 1, 3))
    part = Block(influence, own, dense if seed % 5 else None) if own else Block(influence, None, dense)
    for f, is_complex in ((np.real, False), (np.asarray, True)):
        block = mapped(part, f)
        table = np.zeros((size, *shape), dtype=complex)
        if block.dense is not None:
            w = np.eye(size) if block.dense.weights is None else block.dense.weights
            table = table + np.einsum("re,r...->e...", w, np.broadcast_to(block.dense.scale, (len(w), *shape)))
        if block.own is not None:
            for slot in range(2):
                for at in np.ndindex(*shape):
                    table[(block.own.index[(slot, *at)], *at)] += block.own.coefficient[(slot, *at)]
        a, b = table.real, table.imag
        v = [np.sum(x, axis=0) for x in (a * a, a * b, b * b)]
        rows = [(v[0], v[1], v[2])] if joined else [(p * p, p * q, q * q) for p, q in zip(a, b, strict=True)]
        below = sum(form(*row) for row in rows) / 4.0
        np.testing.assert_allclose(effective_dof([block], shape, is_complex), form(*v) / below, rtol=1e-7)


def form(first: Any, mixed: Any, second: Any) -> np.ndarray:
    """2 V₁₁² + V₁₁V₂₂ + V₁₂² + 2 V₂₂²."""
    return np.asarray(2 * first**2 + first * second + mixed**2 + 2 * second**2)


@pytest.mark.parametrize(
    "make",
    [
        lambda: quantity(1.0, None),
        lambda: quantity(1.0, 0.1) - quantity(2.0, 0.2),
        lambda: quantity(1.0, 0.0, dof=3),
        lambda: quantity(1.0, 0.1, dof=3) * 0.0,
        lambda: complex_quantity(1j, 0j, dof=3),
    ],
)
def test_infinite_where_nothing_finite_is_left(make: Callable[[], Quantity]) -> None:
    assert float(make().dof) == math.inf


@pytest.mark.parametrize("scale", [1e-150, 1e-90, 1e-60, 1e60, 1e90, 1e150])
def test_the_scale_of_a_quantity_changes_nothing(scale: float) -> None:
    """Fourth powers of 1e-90 are nothing as floats, those of 1e90 infinite; degrees of freedom have no unit."""
    x, y = quantity(1.0, 0.3, dof=4), quantity([1.0, 2.0], [0.2, 0.0], dof=7)
    z = complex_quantity(1 + 2j, 0.3 + 0.1j, r=0.4, dof=5) * x
    for q in (x, y, x + y, y.sum() - x, z, y * z):
        np.testing.assert_allclose((q * scale).dof, q.dof, rtol=1e-12)
