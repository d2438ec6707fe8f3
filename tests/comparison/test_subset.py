"""The largest consistent subset against an enumeration of all subsets, independent and correlated."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import chdtri

from suyuan.comparison.consensus import subset
from suyuan.comparison.consensus.correlated_subset import consistent_subsets
from suyuan.comparison.consensus.subset import independent_subsets, largest_consistent_subset
from suyuan.comparison.equivalence import degrees_of_equivalence
from suyuan.quantity.finding import LANGUAGES, Refused, sentences

from .published import agrees, key_comparisons

SEED = 20260101
Array = np.ndarray[Any, Any]


def enumerated(x: Array, covariance: Array) -> list[tuple[float, tuple[int, ...]]]:
    """All consistent subsets of the largest size, by chi2: every subset in turn."""
    for k in range(x.size, 1, -1):
        found = []
        for members in itertools.combinations(range(x.size), k):
            inverse = np.linalg.inv(covariance[np.ix_(members, members)])
            part = x[list(members)]
            r = part - inverse.sum(axis=0) @ part / inverse.sum()
            chi2 = float(r @ inverse @ r)
            if chi2 <= chdtri(k - 1, 0.05):
                found.append((chi2, members))
        if found:
            return sorted(found)
    return []


def limits(n: int) -> Array:
    return np.array([chdtri(k - 1, 0.05) if k > 1 else 0.0 for k in range(1, n + 1)])


@pytest.mark.parametrize("case", key_comparisons("largest_consistent_subset"), ids=lambda c: c.id)
def test_published(case: Any) -> None:
    found = largest_consistent_subset(case.x, case.u, case.inside, labs=case.labs)
    inside = [lab for lab, kept in zip(case.labs, found.further["included"], strict=True) if kept]
    got = {"value": found.value, "u": found.u, "chi2": found.further["chi2"], "size": found.further["size"]}
    agrees(case, "largest_consistent_subset", {**got, "labs": inside})


@pytest.mark.parametrize("seed", range(40))
def test_as_enumerated(seed: int) -> None:
    rng = np.random.default_rng(SEED + seed)
    n = int(rng.integers(2, 10))
    x, u = rng.normal(0.0, 3.0, n), rng.uniform(0.3, 2.0, n)
    wanted = enumerated(x, np.diag(u**2))
    found = independent_subsets(x, u, limits(n))
    if not wanted:
        assert len(found[0].members) == 1
        return
    assert (found[0].chi2, found[0].members) == (pytest.approx(wanted[0][0], rel=1e-9), wanted[0][1])
    assert len(found) > 1 or len(wanted) == 1
    if len(wanted) > 1:
        assert found[1].members == wanted[1][1], "the second best, too"


@pytest.mark.parametrize("seed", range(25))
def test_correlated_as_enumerated(seed: int) -> None:
    rng = np.random.default_rng(SEED + seed)
    n = int(rng.integers(3, 9))
    x, u = rng.normal(0.0, 2.5, n), rng.uniform(0.3, 2.0, n)
    covariance = np.diag(u**2) + np.outer(u, u) * rng.uniform(0.0, 0.8) + np.diag(rng.uniform(0.0, 0.2, n))
    wanted = enumerated(x, covariance)
    found = consistent_subsets(x, covariance, limits(n))
    if wanted:
        assert found[0][0] == wanted[0][1] and found[0][1] == pytest.approx(wanted[0][0], rel=1e-7, abs=1e-9)
    else:
        assert len(found[0][0]) == 1


def test_diagonal_covariance_is_no_covariance() -> None:
    rng = np.random.default_rng(SEED)
    x, u = np.concatenate([rng.normal(0, 1, 9), rng.normal(0, 12, 5)]), rng.uniform(0.5, 1.5, 14)
    plain, matrix = largest_consistent_subset(x, u), largest_consistent_subset(x, u, covariance=np.diag(u**2))
    assert plain.further["included"].tolist() == matrix.further["included"].tolist()
    assert float(plain.value) == pytest.approx(float(matrix.value), rel=1e-9)


@given(
    rows=st.lists(st.tuples(st.integers(-20, 20), st.integers(1, 6)), min_size=3, max_size=8),
    scale=st.sampled_from([1e-12, 1.0, 1e12]),
    shift=st.sampled_from([0.0, 1e3]),
)
@settings(max_examples=80, deadline=None)
def test_rounded_results_in_any_unit(rows: Any, scale: float, shift: float) -> None:
    """Whole numbers make equal distances and equal chi2 everywhere; a unit or an origin changes nothing."""
    x, u = (np.array(column, float) for column in zip(*rows, strict=True))
    wanted = enumerated(x, np.diag(u**2))
    if not wanted:
        with pytest.raises(Refused):
            largest_consistent_subset((x + shift) * scale, u * scale)
        return
    found = largest_consistent_subset((x + shift) * scale, u * scale)
    best = [members for chi2, members in wanted if chi2 <= wanted[0][0] + 1e-7]
    assert int(found.further["size"]) == len(wanted[0][1])
    assert float(found.further["chi2"]) == pytest.approx(wanted[0][0], rel=1e-6, abs=1e-7)
    assert tuple(np.flatnonzero(found.further["included"])) in best


def test_a_laboratory_left_out_has_a_degree_of_equivalence() -> None:
    x, u = np.array([10.0, 10.1, 9.9, 14.0]), np.full(4, 0.2)
    found = largest_consistent_subset(x, u, labs=("A", "B", "C", "D"))
    doe = degrees_of_equivalence(x, u, found)
    assert doe.u[3] == pytest.approx(np.hypot(0.2, float(found.u))) and doe.u[0] < 0.2
    assert dict(found.findings[0].parameters)["out"] == "D"


def test_a_tie_is_named() -> None:
    """Two pairs that agree equally well: the first in the order of the data, and a warning that names the other."""
    found = largest_consistent_subset([0.0, 1.0, 10.0, 11.0], np.ones(4), labs=("A", "B", "C", "D"))
    assert found.further["included"].tolist() == [True, True, False, False]
    told = found.findings[-1]
    assert told.code == "comparison.subset.not_unique" and told.severity == "warning"
    assert "−A −B +C +D" in dict(told.parameters)["others"]
    for language in LANGUAGES:
        assert "?" not in "".join(sentences(told, language).values())


def test_of_equal_results_the_first_stay() -> None:
    """Three results are one and the same, and one of them is too many: it is the last in the order of the data."""
    x, u = np.array([7.0, 9.4, 7.0, 7.0, 9.4, 9.4]), np.ones(6)
    found = independent_subsets(x, u, np.array([0.0, 1.0, 1.0, 6.5, 1.0, 1.0]))
    assert found[0].members == (0, 1, 2, 3) and found[0].chi2 == pytest.approx(0.75 * 2.4**2)


def test_all_equal() -> None:
    found = largest_consistent_subset([5.0, 5.0, 5.0], [0.1, 0.2, 0.3])
    assert float(found.further["chi2"]) == 0.0 and int(found.further["size"]) == 3 and found.findings == ()


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("subset.none", lambda: largest_consistent_subset([0.0, 100.0, 300.0], np.ones(3))),
        ("results.few", lambda: largest_consistent_subset([0.0], [1.0])),
        ("uncertainty.not_positive", lambda: largest_consistent_subset([0.0, 1.0], [1.0, 0.0])),
        ("subset.probability", lambda: largest_consistent_subset([0.0, 1.0], [1.0, 1.0], p=1.0)),
        ("covariance.singular", lambda: largest_consistent_subset([0.0, 1.0], np.ones(2), covariance=np.ones((2, 2)))),
        ("results.shape", lambda: largest_consistent_subset(np.zeros((2, 3)), np.ones((2, 3)))),
    ],
)
def test_bad_input_is_told(code: str, asked: Any) -> None:
    with pytest.raises(Refused) as told:
        asked()
    assert told.value.findings[0].code == f"comparison.{code}"


def test_a_search_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from suyuan.comparison.consensus import correlated_subset

    monkeypatch.setattr(correlated_subset, "NODES", 20_000)
    rng = np.random.default_rng(SEED)
    x, u = rng.normal(0.0, 4.0, 40), np.ones(40)
    with pytest.raises(Refused) as told:
        largest_consistent_subset(x, u, covariance=np.eye(40) + 0.1)
    assert told.value.findings[0].code == "comparison.subset.large"


@pytest.mark.parametrize("sharp", [1e-9, 1e-50, 1e-101])
def test_a_result_that_is_far_away_and_very_sharp_is_one_like_others(sharp: float) -> None:
    x, u = np.array([195.8, 196.7, 197.2, 197.9, 198.29]), np.array([1.3, sharp, 1.0, 0.95, 0.25])
    found = largest_consistent_subset(x, u)
    assert found.further["included"].tolist() == [True, True, True, True, False]


def test_points_that_are_left_out_hold_no_subset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above some size only crossings near a large consistent subset are looked at: the subsets are the same."""
    draw = np.random.default_rng(5)
    for spread in (0.0, 0.5, 3.0):
        n = int(draw.integers(61, 90))
        u = 10.0 ** draw.uniform(-1.0, 1.0, n)
        x = draw.normal(0.0, u) + draw.normal(0.0, spread, n) + 30.0 * (draw.random(n) < 0.1)
        critical = np.concatenate([[0.0], chdtri(np.arange(1, n), 0.05)])
        pruned = subset.independent_subsets(x, u, critical)[:2]
        monkeypatch.setattr(subset, "MANY", 10**9)
        assert subset.independent_subsets(x, u, critical)[:2] == pruned
        monkeypatch.undo()
