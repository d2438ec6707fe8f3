"""Covariance: dense and sparse ways agree, large requests are refused before they cost anything."""

from __future__ import annotations

import math

import numpy as np
import pytest

from suyuan.quantity import block as blocks
from suyuan.quantity import covariance as module
from suyuan.quantity.covariance import correlation, covariance
from suyuan.quantity.finding import Refused
from suyuan.quantity.quantity import Quantity, joint, quantity, stack

Tables = dict[str, np.ndarray]


def tables(q: Quantity) -> Tables:
    """The definition's full tables of components (elements, values), by influence."""
    return {key: blocks.components(part, q.shape) for key, part in q.blocks.items()}


def by_definition(a: Tables, b: Tables) -> np.ndarray:
    """Σ over shared elements of component · component, (values of a, values of b)."""
    values = [next(iter(t.values())).shape[1] for t in (a, b)]
    return sum((a[key].T @ b[key] for key in a if key in b), np.zeros(values))


def family(n: int) -> list[Quantity]:
    """Quantities of every structure over one influence array and one joint group."""
    x = quantity(np.linspace(1.0, 2.0, n), np.linspace(0.01, 0.02, n))
    s, t = joint([1.0, 2.0], [0.05, 0.03], [[1.0, -0.4], [-0.4, 1.0]])
    group = stack(joint(np.ones(40).tolist(), [0.01] * 40, 0.3 * np.eye(40) + 0.7))
    return [
        x, x * s + t, x.sum() * s, x - x.mean(), x[1:] - x[:-1], x[:7].sum(), x[[5, 5, 1]] * t, s,
        (x * x).sum() / x.sum() * x[:9], x[: n // 6 * 6].reshape(-1, 6).sum(axis=1), x[:12].reshape(3, 4).mean(axis=0),
        group * s, group.sum() + x[3], group[2:5] * x[:3] + x.mean() * s,
    ]  # fmt: skip


def test_every_pair_of_structures_agrees_with_the_definition() -> None:
    members = [(q, tables(q)) for q in family(60)]
    for a, first in members:
        for b, second in members:
            expected = by_definition(first, second)
            np.testing.assert_allclose(covariance(a, b), expected.reshape(a.shape + b.shape), rtol=1e-10, atol=1e-16)
        np.testing.assert_allclose(np.diag(covariance(a, a).reshape(a.size, a.size)), a.variance.ravel(), rtol=1e-9)


def test_the_sparse_way_agrees_too() -> None:
    n = 21_000
    few = [q[:50] if q.ndim == 1 and q.size > 50 else q for q in family(n)]
    members = [(q, tables(q)) for q in few]
    assert n * 50 > 1_000_000  # else the kernel takes the way of full tables
    for a, first in members:
        for b, second in members[:5]:
            expected = by_definition(first, second)
            np.testing.assert_allclose(covariance(a, b), expected.reshape(a.shape + b.shape), rtol=1e-10, atol=1e-16)


def test_correlation() -> None:
    a, b = joint([1.0, 2.0], [0.1, 0.2], [[1.0, 0.25], [0.25, 1.0]])
    assert correlation(a, b) == pytest.approx(0.25, rel=1e-14)
    assert covariance(a, b) == pytest.approx(0.005, rel=1e-14)
    assert math.isnan(float(correlation(a, quantity(1.0, None))))
    matrix = correlation(stack([a, b]), stack([a, b]))
    np.testing.assert_allclose(matrix, [[1.0, 0.25], [0.25, 1.0]], rtol=1e-14)
    assert covariance(quantity(1.0, 0.1), quantity(1.0, 0.1)) == 0.0


def test_units_multiply() -> None:
    a = quantity(1.0, 0.1, "m")
    assert covariance(a.to("mm"), a) == pytest.approx(100.0 * 0.1)


@pytest.mark.parametrize("act", [covariance, correlation])
def test_too_large_is_refused_at_once(act: object) -> None:
    n = 300_000
    x = quantity(np.zeros(n), 0.1)
    assert n * n > module.LARGEST
    with pytest.raises(Refused) as refused:
        act(x, x)  # type: ignore[operator]
    assert refused.value.findings[0].code == "quantity.covariance.too_large"
    one = covariance(x, x.mean())
    np.testing.assert_allclose(one, 0.01 / n)
