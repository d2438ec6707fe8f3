"""Correlation matrices that are none: the nearest valid one, the pair to blame, and what the finding says."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.finding import Refused, sentences
from suyuan.quantity.nearest_correlation import allowed, complaint, nearest_correlation
from suyuan.quantity.quantity import joint


def symmetric(seed: int, m: int, reach: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.uniform(-reach, reach, (m, m)), 1)
    return np.eye(m) + upper + upper.T


def test_published_example() -> None:
    """Higham 2002, IMA J. Numer. Anal. 22, section 5: tridiagonal (−1, 2, −1) of order 4."""
    a = 2.0 * np.eye(4) - np.eye(4, k=1) - np.eye(4, k=-1)
    expected = [[1, -0.8084, 0.1916, 0.1068], [-0.8084, 1, -0.6562, 0.1916],
                [0.1916, -0.6562, 1, -0.8084], [0.1068, 0.1916, -0.8084, 1]]  # fmt: skip
    x = nearest_correlation(a)
    assert x == pytest.approx(np.array(expected), abs=5e-5)


def test_nearest_of_three() -> None:
    """By symmetry the nearest matrix to (r, r, −r), r = 0.9, has r = ½."""
    x = nearest_correlation([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    assert x[0, 1] == pytest.approx(0.5, abs=1e-9) and x[0, 2] == pytest.approx(-0.5, abs=1e-9)


@given(seed=st.integers(0, 10_000), m=st.integers(2, 6), reach=st.floats(0.3, 2.0))
@settings(max_examples=60, deadline=None)
def test_nearest_is_valid_and_nearer_than_others(seed: int, m: int, reach: float) -> None:
    a = symmetric(seed, m, reach)
    x = nearest_correlation(a)
    assert np.array_equal(x, x.T) and np.all(np.diagonal(x) == 1.0)
    assert np.linalg.eigvalsh(x)[0] > -1e-9
    if np.linalg.eigvalsh(a)[0] >= 0.0:
        assert x == pytest.approx(a, abs=1e-9)
    rng = np.random.default_rng(seed)
    for _ in range(20):  # random valid neighbours of x are not nearer
        g = rng.normal(size=(m, m))
        other = g @ g.T
        other /= np.sqrt(np.outer(np.diagonal(other), np.diagonal(other)))
        t = rng.uniform(0.0, 0.2)
        assert np.linalg.norm(a - x) <= np.linalg.norm(a - ((1.0 - t) * x + t * other)) + 1e-7


@given(seed=st.integers(0, 10_000), m=st.integers(2, 5))
@settings(max_examples=60, deadline=None)
def test_allowed_interval_is_where_the_matrix_is_valid(seed: int, m: int) -> None:
    a = symmetric(seed, m, 0.9)
    bounds = allowed(a, 0, 1)

    def valid(r: float) -> bool:
        b = a.copy()
        b[0, 1] = b[1, 0] = r
        return bool(np.linalg.eigvalsh(b)[0] >= -1e-9)

    if bounds is None:
        assert not any(valid(r) for r in np.linspace(-1.0, 1.0, 41))
        return
    low, high = bounds
    assert valid(low + 1e-6 * (high - low)) and valid(high - 1e-6 * (high - low))
    assert low <= -1.0 + 1e-12 or not valid(low - 0.01)
    assert high >= 1.0 - 1e-12 or not valid(high + 0.01)


@pytest.mark.parametrize(
    ("matrix", "blame", "nearest"),
    [
        ([[1, 1.2], [1.2, 1]], "r(A, B) = 1.2", "r(A, B) = 1"),
        ([[1, 0.2], [0.3, 1]], "r(A, B) = 0.2 ≠ r(B, A) = 0.3", "r(A, B) = r(B, A)"),
        ([[1, math.nan], [math.nan, 1]], "r(A, B) = nan", "—"),
        ([[2, 0], [0, 1]], "r(A, A) = 2", "r(A, A) = 1"),
    ],
)
def test_the_finding_names_the_pair(matrix: list[list[float]], blame: str, nearest: str) -> None:
    with pytest.raises(Refused) as caught:
        joint([1.0, 1.0], [0.1, 0.1], matrix, label="A, B")
    invalid, item = caught.value.findings
    assert (invalid.code, item.code) == ("quantity.correlation.invalid", "quantity.correlation.pair")
    assert invalid.where == item.where == "A, B"
    assert dict(item.parameters) == {"blame": blame, "nearest": nearest}
    for language in ("zh", "en"):
        assert blame in sentences(item, language)["what"] and nearest in sentences(item, language)["remedy"]


def test_one_wrong_pair_among_many_is_found() -> None:
    """A valid matrix with one entry spoilt: blamed with the interval that it must lie in."""
    rng = np.random.default_rng(3)
    g = rng.normal(size=(5, 6))
    r = g @ g.T
    r /= np.sqrt(np.outer(np.diagonal(r), np.diagonal(r)))
    low, high = allowed(r, 1, 3)  # type: ignore[misc]
    r[1, 3] = r[3, 1] = high + 0.5 * (1.0 - high)
    blame, _ = complaint(r, list("abcde"))
    assert blame.startswith("r(b, d) = ") and f"[{low:.4g}, {high:.4g}]" in blame


@given(seed=st.integers(0, 10_000), m=st.integers(2, 4))
@settings(max_examples=40, deadline=None)
def test_what_the_finding_proposes_is_accepted(seed: int, m: int) -> None:
    """Copying the printed values into the matrix makes it valid, at their four digits."""
    a = symmetric(seed, m, 1.3)
    names = [f"x{i}" for i in range(m)]
    try:
        joint([0.0] * m, [1.0] * m, a, label=", ".join(names))
        return
    except Refused as refused:
        nearest = dict(refused.findings[1].parameters)["nearest"]
    for i, j, r in re.findall(r"r\(x(\d), x(\d)\) = (\S+?)(?:,|$)", nearest):
        a[int(i), int(j)] = a[int(j), int(i)] = float(r)
    assert len(joint([0.0] * m, [1.0] * m, a)) == m


def test_wide_matrices_are_told_without_names() -> None:
    """Where the label is not a list of the inputs they have numbers; no single pair mends this one."""
    blame, nearest = complaint(symmetric(1, 12, 0.9), ["a group"])
    assert re.fullmatch(r"r\(\d+, \d+\) = \S+, r\(\d+, \d+\) = \S+, r\(\d+, \d+\) = \S+", blame)
    assert nearest.count("r(") == 6 and nearest.endswith("…")
    assert complaint(symmetric(1, 400, 0.9))[1] == "—"
    assert complaint(np.zeros((0, 0)))[1] == "m×m" and complaint(np.ones((2, 3)))[0] == "2×3"
