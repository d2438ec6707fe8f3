"""What other programs get wrong, as regression tests: each first shows that the data provoke the defect."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import stdtrit

from suyuan.comparison.consensus import dersimonian_laird, hartung_knapp, mandel_paule, power_moderated_mean, reml
from suyuan.comparison.equivalence import pairwise

LEAD_IN_WINE = (  # mg/l, CCQM-K30, the nine results of the reference value
    np.array([2.893, 2.936, 2.94, 2.96, 2.98, 3.0, 3.001, 3.07, 3.13]),
    np.array([0.0206572769953, 0.0125, 0.0165, 0.0333333333333, 0.100502512563, 0.05, 0.068, 0.085, 0.06]),
)


@pytest.fixture(scope="module")
def published(reference: Path) -> dict[str, tuple[Any, Any]]:
    """The results of published key comparisons that enter their reference values."""
    path = reference / "comparison.json"
    if not path.is_file():
        pytest.skip(f"no published comparisons at {path}")
    found = {}
    for case in json.loads(path.read_text("utf-8")):
        if case["kind"] == "key_comparison":
            rows = [row for row in case["input"]["data"] if row.get("in_kcrv", True)]
            x, u = (np.array([row[key] for row in rows], float) for key in ("value", "u"))
            found[case["id"]] = (x, u)
    return found


def left(x: Any, u: Any, t: float) -> float:
    w = 1.0 / (u**2 + t)
    return float(w @ (x - w @ x / w.sum()) ** 2) - (len(x) - 1)


def newton_from_the_variance(x: Any, u: Any) -> float:
    """The iteration that starts beyond the root, falls below zero, is set to zero there and called converged."""
    t = float(np.var(x, ddof=1))
    for _ in range(200):
        w = 1.0 / (u**2 + t)
        r = x - w @ x / w.sum()
        t += (float(w @ r**2) - (len(x) - 1)) / float(w**2 @ r**2)
        if t < 0.0:
            return 0.0
    return t


def agrees_with_root(x: Any, u: Any) -> bool:
    """Whether ours is the root; returns whether the other iteration missed a positive one."""
    found = float(mandel_paule(x, u).further["tau2"])
    if left(x, u, 0.0) <= 0.0:
        assert found == 0.0
        return False
    assert found > 0.0
    assert left(x, u, found) == pytest.approx(0.0, abs=1e-9 * len(x))
    return newton_from_the_variance(x, u) == 0.0


def test_mandel_paule_finds_the_root_of_published_sets(published: dict[str, tuple[Any, Any]]) -> None:
    missed = [name for name, (x, u) in published.items() if agrees_with_root(x, u)]
    assert {"kc-triple", "sir-ba-133-2022", "kc-k88"} <= set(missed)


def test_mandel_paule_finds_the_root_of_random_sets() -> None:
    rng = np.random.default_rng(20260107)
    missed = 0
    for _ in range(300):
        u = 10.0 ** rng.uniform(-1.0, 1.0, 20)
        missed += agrees_with_root(rng.normal(0.0, 1.0, 20) * np.hypot(u, 0.5), u)
    assert missed > 100, "the iteration from the variance would have said zero for these"


def test_the_factor_q_of_the_modified_interval_is_applied_once() -> None:
    """Applied to the standard error and again to the interval it makes it √q too wide: by a fifth for these data."""
    base, found = dersimonian_laird(*LEAD_IN_WINE), hartung_knapp(*LEAD_IN_WINE, modified=True)
    q = float(found.further["q"])
    assert q == pytest.approx(1.4516, abs=5e-5)
    half = float(found.high - found.low) / 2.0
    assert half == pytest.approx(float(stdtrit(8, 0.975) * base.u) * q**0.5, rel=1e-12)
    assert half < float(stdtrit(8, 0.975) * base.u) * q * 0.9


def test_differences_of_pairs_change_sign_with_their_order() -> None:
    rng = np.random.default_rng(20260107)
    x, u = rng.normal(0.0, 1.0, (5, 8)), rng.uniform(0.1, 1.0, (5, 8))
    matrix = np.diag(u[0] ** 2) + 0.01
    for pairs in (pairwise(x, u), pairwise(x, u, matrix)):
        np.testing.assert_array_equal(pairs.d, -np.swapaxes(pairs.d, -1, -2))
        np.testing.assert_array_equal(pairs.U, np.swapaxes(pairs.U, -1, -2))
        assert np.all(np.einsum("...ii->...i", pairs.d) == 0.0)
        assert np.any(pairs.d != np.swapaxes(pairs.d, -1, -2))


@pytest.mark.parametrize("scale", [1.0, 1e-2, 1e-7, 1e6])
def test_restricted_likelihood_knows_no_unit(published: dict[str, tuple[Any, Any]], scale: float) -> None:
    """Values of 10⁴ to 10⁵ kBq, on which an iteration with absolute steps or tolerances does not converge."""
    for name, (x, u) in published.items():
        if name.startswith("sir-"):
            assert np.median(x) > 1e3
            first, other = reml(x, u), reml(scale * x, scale * u)
            assert float(other.tau) == pytest.approx(scale * float(first.tau), rel=1e-9, abs=0.0)
            t = float(first.further["tau2"])
            near = [restricted(x, u, t * factor) for factor in (0.999, 1.0, 1.001)]
            assert t == 0.0 or near[1] == max(near)


def restricted(x: Any, u: Any, t: float) -> float:
    w = 1.0 / (u**2 + t)
    return float(np.log(w).sum() - np.log(w.sum()) - w @ (x - w @ x / w.sum()) ** 2)


def test_a_power_moderated_u_below_what_the_weights_give_is_told() -> None:
    """The published u² can be far below Σw²u²; nobody should judge by it unwarned."""
    found = power_moderated_mean([0.0, 0.1], [1.0, 10.0], covariance=[[1.0, 9.9], [9.9, 100.0]])
    assert "comparison.power_moderated.narrow" in [f.code for f in found.findings]
    plain = power_moderated_mean([10.0, 10.1, 9.9, 10.4], [0.1, 0.1, 0.1, 0.1])
    assert "comparison.power_moderated.narrow" not in [f.code for f in plain.findings]
