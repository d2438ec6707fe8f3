"""Decision by the simple rule with guard band; probability of conformity."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.quantity.conformity.decision import decide, decide_array, probability_conforming, usable
from suyuan.quantity.finding import sentences


@pytest.mark.parametrize(
    ("value", "state"),
    [
        *((-1.3, "fail"), (-1.1, "undecided"), (-0.9, "undecided"), (-0.7, "pass"), (0, "pass")),
        *((0.7, "pass"), (0.9, "undecided"), (1.1, "undecided"), (1.3, "fail")),
    ],
)
def test_two_limits(value: float, state: str) -> None:
    verdict = decide(value, 0.2, -1, 1)
    assert verdict.state == state
    assert verdict.w == pytest.approx(0.2)
    assert verdict.lower_margin == pytest.approx(value + 1)
    assert verdict.upper_margin == pytest.approx(1 - value)
    assert verdict.margin == pytest.approx(1 - abs(value))
    assert usable(verdict)


def test_one_limit() -> None:
    assert [decide(x, 0.1, lower=5).state for x in (5.2, 5.05, 4.95, 4.8)] == ["pass", "undecided", "undecided", "fail"]
    assert [decide(x, 0.1, upper=5).state for x in (4.8, 4.95, 5.05, 5.2)] == ["pass", "undecided", "undecided", "fail"]
    verdict = decide(4.0, 0.1, upper=5)
    assert verdict.lower_margin is None and verdict.margin == 1.0


def test_simple_acceptance_is_always_decided() -> None:
    assert [decide(x, 0.5, -1, 1, guard_factor=0).state for x in (-1.01, -1, 1, 1.01)] == [
        "fail",
        "pass",
        "pass",
        "fail",
    ]


def test_guard_factor_scales_the_band() -> None:
    assert decide(0.85, 0.2, -1, 1).state == "undecided"
    assert decide(0.85, 0.2, -1, 1, guard_factor=0.5).state == "pass"
    assert decide(0.75, 0.2, -1, 1, guard_factor=1.5).state == "undecided"


@given(st.integers(-10_000, 10_000), st.integers(0, 500), st.integers(-5_000, 0), st.integers(1, 5_000))
def test_decimal_boundaries_decide_as_decimals(value: int, spread: int, lower: int, upper: int) -> None:
    """A value exactly on the boundary in decimals passes, whatever the binary fractions make of it."""
    exact = "undecided"
    if lower + spread <= value <= upper - spread:
        exact = "pass"
    elif value < lower - spread or value > upper + spread:
        exact = "fail"
    assert decide(value / 1000, spread / 1000, lower / 1000, upper / 1000).state == exact


def test_rounding_never_flips() -> None:
    assert decide(0.9000001, 0.1, upper=1).state == "undecided"  # 0.90 when printed
    assert decide(0.8999999, 0.1, upper=1).state == "pass"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((1, 0.1, None, None), "conformity.limits.absent"),
        ((1, 0.1, 2, 0), "conformity.limits.reversed"),
        ((1, 0.1, math.nan, 2), "conformity.limits.unknown"),
        ((1, 0.1, -math.inf, math.inf), "conformity.limits.absent"),
        ((1, None, 0, 2), "conformity.uncertainty.unknown"),
        ((1, math.nan, 0, 2), "conformity.uncertainty.unknown"),
        ((1, math.inf, 0, 2), "conformity.uncertainty.unknown"),
        ((1, -0.1, 0, 2), "conformity.uncertainty.negative"),
        ((math.nan, 0.1, 0, 2), "conformity.value.unknown"),
        ((1, 0.1, 0, 2, -1), "conformity.guard_factor"),
        ((1, 0.1, 0, 2, math.nan), "conformity.guard_factor"),
    ],
)
def test_what_forbids_a_decision(arguments: tuple[float, ...], code: str) -> None:
    verdict = decide(*arguments)
    assert verdict.state == "undecided"
    assert code in [f.code for f in verdict.findings if f.severity == "error"]
    assert not usable(verdict)
    for item in verdict.findings:
        for language in ("zh", "en"):
            assert all(sentences(item, language).values())
            assert "?" not in "".join(sentences(item, language).values())


def test_unknown_limit_does_not_let_a_failure_pass_as_decided() -> None:
    """With one limit stated but unreadable nothing is decided, not even far beyond the other."""
    assert decide(10, 0.1, math.nan, 2).state == "undecided"


def test_limits_narrower_than_the_guard_bands() -> None:
    verdict = decide(0, 1.5, -1, 1)
    assert verdict.state == "undecided"
    assert [(f.code, f.severity) for f in verdict.findings] == [("conformity.zone.empty", "warning")]
    assert decide(5, 1.5, -1, 1).state == "fail"
    assert decide(0, 1.0, -1, 1).findings == ()


def test_array_agrees_with_scalars() -> None:
    rng = np.random.default_rng(1)
    value, spread = rng.normal(0, 1, 200), rng.uniform(0, 0.5, 200)
    spread[3] = math.nan
    array = decide_array(value, spread, -1, [1.0] * 200)
    words = {1: "pass", 0: "undecided", -1: "fail"}
    expected = [decide(x, s, -1, 1).state for x, s in zip(value, spread, strict=True)]
    assert [words[int(s)] for s in array.state] == expected
    assert set(expected) == {"pass", "undecided", "fail"}
    assert np.allclose(array.upper_margin, 1 - value)
    assert [f.code for f in array.findings] == ["conformity.uncertainty.unknown"]


def test_probability_of_conformity() -> None:
    assert probability_conforming(0, 1, lower=-1.96, upper=1.96) == pytest.approx(0.95, abs=1e-4)
    assert probability_conforming(0, 1, dof=5, lower=-2.5706, upper=2.5706) == pytest.approx(0.95, abs=1e-4)
    assert probability_conforming(1, 0, upper=1) == 1
    assert probability_conforming(1.1, 0, upper=1) == 0
    assert probability_conforming(20, 1, upper=0) == pytest.approx(2.7536e-89, rel=1e-3)
    assert 0 < probability_conforming(-20, 1, lower=0) < 1e-80
    assert math.isnan(probability_conforming(1, math.nan, upper=1))  # type: ignore[arg-type]
    assert math.isnan(probability_conforming(1, -1, upper=1))  # type: ignore[arg-type]
    both = probability_conforming([0, 3], 1, [math.inf, 4], -1, 1)
    assert both == pytest.approx([0.6827, 0.0580 - 0.0081], abs=1e-3)


def test_a_pass_with_r_1_has_at_least_97_5_per_cent() -> None:
    """ILAC-G8: with w = U and k = 2 a value on the acceptance limit conforms with more than 97.5 %."""
    assert decide(0.8, 0.2, upper=1).state == "pass"
    assert probability_conforming(0.8, 0.1, upper=1) > 0.975


def test_published_case(reference: Path) -> None:
    cases = json.loads((reference / "uncertainty.json").read_text("utf-8"))
    rows = cases if isinstance(cases, list) else cases["cases"]
    found = [c for c in rows if c["kind"] == "conformity" and "value" in c["input"]]
    assert found
    for case in found:
        known, limits = case["input"]["value"]["parameters"], case["input"]["limits"]
        p = probability_conforming(known["mean"], known["std"], math.inf, limits.get("lower"), limits.get("upper"))
        assert p == pytest.approx(case["expected"]["p_conforming"], abs=case["tolerance"]["p_conforming"]["abs"])
