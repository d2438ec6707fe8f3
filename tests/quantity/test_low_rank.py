"""Quantities with a given covariance: the factor's rank, what is dropped, what is refused, and any operation compared
with the dense matrix."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.archive.archive import dump, load
from suyuan.quantity.correlated import correlated
from suyuan.quantity.covariance import correlation, covariance
from suyuan.quantity.finding import Refused
from suyuan.quantity.propagate import propagate
from suyuan.quantity.quantity import Quantity, joint, quantity, stack

QUIET = settings(max_examples=100, deadline=None)


@st.composite
def covariances(draw: st.DrawFn) -> np.ndarray:
    """A covariance matrix of any rank, with values of very different size and perhaps some without uncertainty."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n, r = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    factor = rng.normal(size=(n, r)) * 10.0 ** rng.integers(-4, 4, (n, 1))
    factor[rng.uniform(size=n) < 0.15] = 0.0
    return factor @ factor.T


@QUIET
@given(covariances())
def test_the_covariance_is_the_given_one_and_the_rank_is_its_own(v: np.ndarray) -> None:
    n = len(v)
    q = correlated(np.arange(float(n)), covariance=v, unit="mV")
    scale = np.sqrt(np.outer(np.diag(v), np.diag(v)))
    assert np.all(np.abs(covariance(q, q) - v) <= 1e-9 * scale)
    if not np.any(v):
        assert q.influences() == () and not np.any(q.u)
        return
    (influence,) = q.influences()
    assert influence.joint and influence.u.shape == (influence.size,) and influence.size <= n
    scale_free = np.divide(v, scale, out=np.zeros_like(v), where=scale > 0)
    assert influence.size <= np.linalg.matrix_rank(scale_free, tol=1e-12)
    dense = q.blocks[influence.id].dense
    assert dense is not None and dense.weights is None
    gram = dense.scale @ dense.scale.T
    largest = max(np.max(influence.u, initial=0.0), 1e-300) ** 2
    np.testing.assert_allclose(gram, np.diag(influence.u**2), atol=1e-12 * largest)


@QUIET
@given(covariances(), st.integers(0, 1000))
def test_operations_agree_with_the_dense_matrix(v: np.ndarray, seed: int) -> None:
    """y = A·g(x) with a picked, reversed and broadcast operand: Jacobian times matrix times Jacobian."""
    n = len(v)
    rng = np.random.default_rng(seed)
    x = correlated(rng.uniform(0.5, 1.5, n), covariance=1e-4 * v / max(np.max(v), 1e-300))
    v = covariance(x, x)
    weights = rng.normal(size=n)
    keys = rng.integers(0, n, 4)
    eye = np.eye(n)
    slope = np.diag(np.cos(x.value))
    for y, jacobian in (
        (np.sin(x), slope),
        (x[keys], eye[keys]),
        (x[::-1] * weights + x, (eye[::-1] * weights[:, None]) + eye),
        ((x * weights).sum(), weights),
        (np.sin(x).mean(), slope.mean(axis=0)),
        (x[:, None] - x.mean(), (eye - 1.0 / n)[:, None]),
        (x.reshape(1, n)[0] / x[0], eye / x.value[0] - np.outer(x.value / x.value[0] ** 2, eye[0])),
        (stack([x[0], x[n - 1]]), eye[[0, n - 1]]),
        (propagate(lambda a, b: a * b + np.exp(a), x, x[0]), np.diag(x.value[0] + np.exp(x.value))
         + np.outer(x.value, eye[0])),
    ):  # fmt: skip
        table = np.asarray(jacobian).reshape(-1, n)
        expected = table @ v @ table.T
        bound = 1e-9 * np.max(np.abs(table)) ** 2 * np.trace(v) + 1e-30
        np.testing.assert_allclose(covariance(y, y).reshape(expected.shape), expected, rtol=0, atol=bound)
        np.testing.assert_allclose(np.square(y.u).ravel(), np.diag(expected), rtol=0, atol=bound)


def test_a_million_values_of_ten_effects() -> None:
    """No table of n × n: the peak is a few times the factor."""
    n, r = 1_000_000, 10
    rng = np.random.default_rng(1)
    factor = rng.standard_normal((n, r))
    tracemalloc.start()
    q = correlated(np.zeros(n), factor=factor, unit="K", dof=12)
    top = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert top < 3.5 * factor.nbytes
    np.testing.assert_allclose(q.u[::1000], np.linalg.norm(factor[::1000], axis=1), rtol=1e-12)
    assert float(q.sum().u) == pytest.approx(np.linalg.norm(factor.sum(axis=0)), rel=1e-9)
    assert q.influences()[0].size == r and float(q[17].dof) == pytest.approx(12.0)
    np.testing.assert_allclose(covariance(q[:3], q[:3]), factor[:3] @ factor[:3].T, rtol=1e-9)


def test_directions_of_no_weight_are_left_out() -> None:
    one = np.array([1.0, 2.0, 3.0])
    assert correlated(one, covariance=np.outer(one, one)).influences()[0].size == 1
    assert correlated(one, factor=np.stack([one, one, 2 * one], axis=1)).influences()[0].size == 1
    assert correlated(one, factor=np.stack([one, 1e-20 * one[::-1]], axis=1)).influences()[0].size == 1
    assert correlated(one, factor=np.ones((3, 9))).influences()[0].size == 1
    nothing = correlated(one, covariance=np.zeros((3, 3)))
    assert nothing.influences() == () and not np.any(nothing.u) and np.all(np.isinf(nothing.dof))
    assert not np.any((nothing * 2.0).sum().u)
    mixed = correlated(one, covariance=np.diag([1e-18, 0.0, 1e6]))
    np.testing.assert_allclose(mixed.u, [1e-9, 0.0, 1e3], rtol=1e-9)


def test_shapes_units_and_dof() -> None:
    q = correlated([[1.0, 2.0], [3.0, 4.0]], covariance=np.eye(4) * 0.04 + 0.01, unit="mm", dof=6, label="table")
    assert q.shape == (2, 2) and q.unit.symbol == "mm"
    assert correlation(q[0, 0], q[1, 1]) == pytest.approx(0.2)
    assert float(q.sum().dof) == pytest.approx(6.0) and float((q * 2.0).to("m")[0, 1].u) == pytest.approx(
        2e-3 * math.sqrt(0.05)
    )
    (influence,) = q.influences()
    assert (influence.unit, influence.label, influence.dof) == ("\\milli\\metre", "table", 6.0)


def test_the_same_as_a_joint_group_of_quantities() -> None:
    matrix = np.array([[1.0, -0.36, 0.86], [-0.36, 1.0, -0.65], [0.86, -0.65, 1.0]])
    u = np.array([0.0032, 0.0095, 0.00075])
    one = correlated([4.999, 19.661, 1.04446], covariance=matrix * np.outer(u, u), dof=4)
    many = joint([4.999, 19.661, 1.04446], u.tolist(), matrix, dof=4)
    y, z = one[0] / one[1] * np.cos(one[2]), many[0] / many[1] * np.cos(many[2])
    assert float(y.u) == pytest.approx(float(z.u), rel=1e-12)
    assert float(y.dof) == float(z.dof) == pytest.approx(4.0)


def test_archives_keep_it() -> None:
    v = np.array([[0.04, 0.02, 0.0], [0.02, 0.01, 0.0], [0.0, 0.0, 0.09]])
    q = correlated([1.0, 2.0, 3.0], covariance=v, unit="V", dof=5)
    back = load(dump({"q": q, "sum": q.sum()}))
    again = back.results["q"]
    assert again.same_as(q) and back.results["sum"].same_as(q.sum())
    assert again.influences()[0].content() == q.influences()[0].content()
    np.testing.assert_allclose(covariance(again, q), v, atol=1e-16)


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda: correlated([1.0, 2.0]), "quantity.covariance.which"),
        (lambda: correlated([1.0], covariance=[[1.0]], factor=[[1.0]]), "quantity.covariance.which"),
        (lambda: correlated([1.0, 2.0], covariance=[[1.0]]), "quantity.covariance.invalid"),
        (lambda: correlated([1.0, 2.0], covariance=[[1.0, 0.5], [0.4, 1.0]]), "quantity.covariance.invalid"),
        (lambda: correlated([1.0, 2.0], covariance=[[-1.0, 0.0], [0.0, 1.0]]), "quantity.covariance.invalid"),
        (lambda: correlated([1.0, 2.0], covariance=[[0.0, 0.1], [0.1, 1.0]]), "quantity.covariance.invalid"),
        (lambda: correlated([1.0, 2.0], covariance=[[1.0, math.nan], [math.nan, 1.0]]), "quantity.covariance.invalid"),
        (lambda: correlated([1.0, 2.0], factor=[[1.0], [2.0], [3.0]]), "quantity.covariance.invalid"),
        (lambda: correlated([1.0, 2.0], factor=[1.0, 2.0]), "quantity.covariance.invalid"),
        (lambda: correlated([1.0, 2.0], factor=[[math.inf], [1.0]]), "quantity.covariance.invalid"),
        (lambda: correlated(np.zeros(6000), covariance=np.broadcast_to(0.0, (6000, 6000))),
         "quantity.covariance.too_large"),
        (lambda: correlated([math.nan], covariance=[[1.0]]), "quantity.value.not_finite"),
        (lambda: correlated([1.0], covariance=[[1.0]], dof=-1), "quantity.dof.not_positive"),
        (lambda: correlated([1.0], covariance=[[1.0]], unit="furlongs per moon"), "quantity.unit.unknown"),
    ],
)  # fmt: skip
def test_bad_input_is_a_finding(act: Callable[[], Any], expected: str) -> None:
    with pytest.raises(Refused) as refused:
        act()
    assert refused.value.findings[0].code == expected


def test_the_direction_of_a_negative_variance_is_named() -> None:
    """r(0, 1) = r(1, 2) = 0.9 and r(0, 2) = −0.9 contradict each other: x₀ − x₁ + x₂ would have a negative variance."""
    v = np.array([[1.0, 0.9, 0.0, -0.9], [0.9, 1.0, 0.0, 0.9], [0.0, 0.0, 1.0, 0.0], [-0.9, 0.9, 0.0, 1.0]])
    scale = np.array([1e-6, 1.0, 1e3, 5.0])
    with pytest.raises(Refused) as refused:
        correlated(np.zeros(4), covariance=v * np.outer(scale, scale), label="readings")
    first = refused.value.findings[0]
    assert first.code == "quantity.covariance.indefinite"
    parameters = dict(first.parameters)
    assert float(parameters["eigenvalue"]) == pytest.approx(-0.8)
    assert "x[2]" not in str(parameters["direction"]) and str(parameters["direction"]).count("0.58") == 3


def test_small_rounding_of_a_singular_matrix_is_accepted() -> None:
    v = np.array([[1.0, 1.0], [1.0, 1.0]]) + 1e-12 * np.array([[0.0, 1.0], [1.0, 0.0]])
    q = correlated([1.0, 2.0], covariance=v)
    assert q.influences()[0].size == 1 and float((q[0] - q[1]).u) < 1e-6
    assert isinstance(q, Quantity) and quantity(1.0, 0.1).ndim == 0
