"""Whether contributors agree does not depend on which reference value the protocol takes of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from suyuan.comparison.round.evaluation import evaluate
from suyuan.comparison.round.protocol import ReferenceRule
from tests.comparison.rounds import protocol
from tests.comparison.test_round_evaluation import given

METHODS = ("arithmetic_mean", "weighted_mean", "median", "mandel_paule", "generalised_least_squares", "linear_pool")


def found(x: Any, u: Any, covariance: Any = None, contributing: Any = None, beside: Any = METHODS) -> dict[str, Any]:
    results = replace(given(list(x), list(u)), covariance=covariance)
    if contributing is not None:
        results = replace(results, contributing=np.asarray(contributing))
    (e,) = evaluate(protocol(reference=ReferenceRule("arithmetic_mean", beside=beside)), [results])
    return {f.method: f for f in e.methods}


def test_results_that_agree_are_not_called_inconsistent_about_their_plain_mean() -> None:
    """One of u = 100 beside two of u = 1, half its u away: the plain mean lies far from the two, and they agree."""
    methods = found([0.0, 0.5, 50.0], [1.0, 1.0, 100.0])
    for f in methods.values():
        assert f.dof == 2 and f.chi2 == pytest.approx(methods["weighted_mean"].chi2) and f.p > 0.5, f.method


def test_the_share_of_false_alarms_is_the_level_of_the_test() -> None:
    rng, u = np.random.default_rng(7), np.array([1.0, 1.0, 1.0, 5.0])
    shared = np.diag(u**2)
    shared[0, 1] = shared[1, 0] = 0.8
    drawn = rng.multivariate_normal(np.zeros(4), shared, 100)
    alarms = np.mean([found(x, u, shared, beside=())["arithmetic_mean"].p < 0.05 for x in drawn])
    assert alarms < 0.05 + 4 * (0.05 * 0.95 / 100) ** 0.5


def test_who_does_not_contribute_is_not_in_it_and_a_common_standard_cancels() -> None:
    x, u = [0.0, 0.0, 2.0, 90.0], np.array([1.0, 1.0, 2.0, 1.0])
    alone = found(x, u, contributing=[True, True, True, False])
    assert alone["arithmetic_mean"].chi2 == pytest.approx(4.0 / (1.0 / 2.0 + 4.0))
    common = found(x, np.sqrt(u**2 + 9.0), np.diag(u**2) + 9.0, [True, True, True, False])
    assert common["arithmetic_mean"].chi2 == pytest.approx(4.0 / (1.0 / 2.0 + 4.0))
