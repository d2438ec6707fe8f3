"""Constants of charts and ranges: printed tables, exact values, simulated ranges."""

from __future__ import annotations

import math

import numpy as np
import pytest

from suyuan.assurance.gauge_rr import k_constants
from suyuan.assurance.range_constants import c4, d2, d2_star, d3, printed
from suyuan.quantity.finding import Refused

# n: d2, d3, c4 as every textbook table prints them.
TABLE = {
    2: (1.128, 0.853, 0.7979), 3: (1.693, 0.888, 0.8862), 4: (2.059, 0.880, 0.9213), 5: (2.326, 0.864, 0.9400),
    6: (2.534, 0.848, 0.9515), 7: (2.704, 0.833, 0.9594), 8: (2.847, 0.820, 0.9650), 9: (2.970, 0.808, 0.9693),
    10: (3.078, 0.797, 0.9727), 15: (3.472, 0.756, 0.9823), 20: (3.735, 0.729, 0.9869), 25: (3.931, 0.708, 0.9896),
}  # fmt: skip


@pytest.mark.parametrize("n", TABLE)
def test_as_printed(n: int) -> None:
    assert (round(d2(n), 3), round(d3(n), 3), round(c4(n), 4)) == TABLE[n]


def test_two_and_three_are_exact() -> None:
    assert math.isclose(d2(2), 2 / math.sqrt(math.pi), rel_tol=1e-12)
    assert math.isclose(d2(3), 3 / math.sqrt(math.pi), rel_tol=1e-12)
    assert math.isclose(d3(2), math.sqrt(2 - 4 / math.pi), rel_tol=1e-9)


def test_against_simulated_ranges() -> None:
    rng = np.random.default_rng(6)
    ranges = np.ptp(rng.standard_normal((400_000, 7)), axis=1)
    assert abs(float(ranges.mean()) - d2(7)) < 5 * d3(7) / math.sqrt(400_000)
    assert abs(float(ranges.std()) - d3(7)) < 0.005


@pytest.mark.parametrize(
    ("operators", "parts", "trials", "printed_k"),
    [(3, 10, 3, (0.5908, 0.5231, 0.3146)), (2, 5, 2, (0.8862, 0.7071, 0.4030))],
)
def test_k_constants_of_the_manual(
    operators: int, parts: int, trials: int, printed_k: tuple[float, float, float]
) -> None:
    k = k_constants(operators, parts, trials)
    assert (round(k.K1, 4), round(k.K2, 4), round(k.K3, 4)) == printed_k


def test_d2_star_tends_to_d2() -> None:
    assert d2_star(3, 10**9) == pytest.approx(d2(3), rel=1e-9)
    assert printed(d2(3)) == 1.693


@pytest.mark.parametrize("n", [1, 0, -3, 2.5, True, 10**6])
def test_no_size(n: object) -> None:
    with pytest.raises(Refused) as caught:
        d2(n)  # type: ignore[arg-type]
    assert caught.value.findings[0].code == "assurance.study.subgroup"
