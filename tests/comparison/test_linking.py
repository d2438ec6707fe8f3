"""Linking two comparisons: the weighted correction, the least-squares system, and both against brute force."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.comparison.linking import link, linked, through
from suyuan.quantity.finding import Refused

D, U_D = [0.12, -0.05, 0.03], [0.08, 0.06, 0.07]
Y, U_Y = [0.30, 0.16, 0.21], [0.09, 0.07, 0.06]


def least_squares(d: Any, y: Any, V: Any, both: list[tuple[int, int]]) -> tuple[Any, Any]:
    """The whole design at once: biases of the CIPM laboratories, of the regional ones, then m; with covariance."""
    a, b, of = len(d), len(y), {j: i for i, j in both}
    design = np.zeros((a + b, a + b - len(both) + 1))
    design[:a, :a], design[a:, -1] = np.eye(a), 1.0
    column = a
    for j in range(b):
        if j in of:
            design[a + j, of[j]] = 1.0
        else:
            design[a + j, column], column = 1.0, column + 1
    inverse = np.linalg.inv(V)
    covariance = np.linalg.inv(design.T @ inverse @ design)
    return covariance @ design.T @ inverse @ np.concatenate([d, y]), covariance


def joint(r: float, others: list[float]) -> Any:
    """Covariance of D, Y and the results of further laboratories, r between the two of each linking one."""
    u = np.array([*U_D, *U_Y, *others])
    V = np.diag(u**2)
    for i in range(3):
        V[i, 3 + i] = V[3 + i, i] = r * u[i] * u[3 + i]
    return V


@pytest.mark.parametrize("r", [0.0, 0.3, -0.6])
def test_both_ways_agree_for_independent_laboratories(r: float) -> None:
    others = [0.10, 0.12]
    plain = link(D, U_D, Y, U_Y, r)
    apart = through([0.25, -0.1], others, plain)
    system = linked(D, [*Y, 0.25, -0.1], joint(r, others), [(i, i) for i in range(3)])
    assert system.link.correction == pytest.approx(plain.correction, rel=1e-12)
    assert system.link.u == pytest.approx(plain.u, rel=1e-12)
    assert system.equivalence.d[3:] == pytest.approx(apart.d, rel=1e-12)
    assert system.equivalence.U[3:] == pytest.approx(apart.U, rel=1e-12)
    assert system.regional == (3, 4)


def test_equal_weights_are_the_mean_of_the_differences() -> None:
    found = link(D, 0.05, Y, 0.05)
    assert found.correction == pytest.approx(np.mean(np.subtract(D, Y)))
    assert found.u == pytest.approx(0.05 * np.sqrt(2.0 / 3.0)) and found.weights == pytest.approx([1 / 3] * 3)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000))
def test_the_system_is_the_best_linear_unbiased_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b, both = 4, 6, [(0, 1), (3, 0), (2, 4)]
    root = rng.normal(size=(a + b, a + b))
    V = root @ root.T + 0.1 * np.eye(a + b)
    d, y = rng.normal(size=a), rng.normal(size=b)
    solved, covariance = least_squares(d, y, V, both)
    found = linked(d, y, V, both)
    assert found.equivalence.d[a:] == pytest.approx(solved[a:-1], abs=1e-8)
    assert found.covariance[a:, a:] == pytest.approx(covariance[a:-1, a:-1], rel=1e-6, abs=1e-9)
    assert found.link.correction == pytest.approx(-solved[-1], abs=1e-8)
    assert found.equivalence.d[:a].tolist() == d.tolist()
    assert np.array_equal(found.covariance[:a, :a], V[:a, :a])
    assert found.pairs.d == pytest.approx(-found.pairs.d.T)


def test_pairs_across_both_comparisons_by_monte_carlo() -> None:
    rng = np.random.default_rng(8)
    V, both = joint(0.3, [0.10, 0.12]), [(i, i) for i in range(3)]
    V[3, 6] = V[6, 3] = 0.5 * 0.09 * 0.10  # a regional laboratory that shares a standard with the first linking one
    found = linked(D, [*Y, 0.25, -0.1], V, both)
    drawn = rng.multivariate_normal([*D, *Y, 0.25, -0.1], V, 20_000)
    sample = np.array([linked(row[:3], row[3:], V, both).equivalence.d for row in drawn[:500]])
    assert np.cov(sample.T) == pytest.approx(found.covariance, abs=5.0 * 0.13**2 * np.sqrt(2.0 / 500))
    u = found.pairs.u
    assert u == pytest.approx(np.sqrt(np.add.outer(np.diag(found.covariance), np.diag(found.covariance))
                                      - 2.0 * found.covariance), abs=1e-12)  # fmt: skip


def test_all_contributors_of_a_weighted_mean_may_be_given() -> None:
    """Degrees of equivalence with a weighted mean are singular together: Σ w d = 0."""
    u = np.array([0.08, 0.06, 0.07, 0.09])
    V = np.zeros((7, 7))
    V[:4, :4] = np.diag(u**2) - 1.0 / np.sum(u**-2.0)
    V[4:, 4:] = np.diag([0.09, 0.07, 0.10]) ** 2
    found = linked([0.1, -0.05, 0.02, 0.01], [0.3, 0.16, 0.25], V, [(0, 0), (1, 1)])
    assert found.equivalence.u[:4] == pytest.approx(np.sqrt(np.diag(V)[:4]))
    assert np.all(np.isfinite(found.equivalence.U))


def test_what_is_told() -> None:
    assert [f.code for f in link([0.1], [0.1], [0.3], [0.1]).findings] == ["comparison.link.single"]
    far = link([0.1, 0.9], [0.05, 0.05], [0.1, 0.1], [0.05, 0.05])
    assert [f.code for f in far.findings] == ["comparison.link.inconsistent"]
    agree = link(D, U_D, Y, U_Y, 0.3)
    assert not agree.findings and agree.consistency is not None and agree.consistency.dof == 2


@pytest.mark.parametrize(
    ("given_", "code"),
    [
        (([0.1], [0.1], [0.1], [0.1], 1.0), "comparison.link.exact"),
        (([0.1], [0.1], [0.1], [0.1], 1.5), "comparison.link.correlation"),
        (([0.1], [0.1], [0.1], [0.1], "x"), "comparison.link.correlation"),
        (([0.1, 0.2], [0.1, 0.1], [0.1], [0.1], 0.0), "comparison.results.shape"),
        (([0.1], [0.0], [0.1], [0.1], 0.0), "comparison.uncertainty.not_positive"),
        (([], [], [], [], 0.0), "comparison.results.few"),
    ],
)
def test_bad_links(given_: tuple[Any, ...], code: str) -> None:
    with pytest.raises(Refused) as refused:
        link(*given_)
    assert [f.code for f in refused.value.findings] == [code]


@pytest.mark.parametrize(
    ("both", "code"),
    [([], "comparison.link.none"), ([(0, 0), (0, 1)], "comparison.link.twice"), ([(9, 0)], "comparison.link.twice")],
)
def test_bad_systems(both: list[tuple[int, int]], code: str) -> None:
    with pytest.raises(Refused) as refused:
        linked(D, Y, joint(0.0, []), both)
    assert [f.code for f in refused.value.findings] == [code]
