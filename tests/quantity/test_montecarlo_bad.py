"""Monte Carlo refuses what it cannot do, with place and numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from suyuan.quantity.block import Block, Dense
from suyuan.quantity.finding import Finding, Refused, sentences
from suyuan.quantity.influence import Influence, fresh_id
from suyuan.quantity.montecarlo.region import coverage_factor_ellipsoid, coverage_factor_rectangle, ellipsoid, rectangle
from suyuan.quantity.montecarlo.simulation import monte_carlo
from suyuan.quantity.montecarlo.validation import validate
from suyuan.quantity.quantity import Quantity, joint, quantity
from suyuan.quantity.unit import ONE

from .numbered import numbered_identities  # noqa: F401


def refused(model: Any, *args: Any, **options: Any) -> Finding:
    with pytest.raises(Refused) as caught:
        monte_carlo(model, *args, **options)
    (found,) = caught.value.findings
    for language in ("zh", "en"):
        for text in sentences(found, language).values():
            assert "?" not in text and "？" not in text, text  # every parameter was given
    return found


def same(x: Any) -> Any:
    return x * 1.0


X = quantity(1.0, 0.1, label="x")


def test_model_fails_at_some_draws() -> None:
    voltage, gain = quantity(0.2, 0.1), quantity(2.0, 0.01)
    found = refused(lambda voltage, gain: gain * np.sqrt(voltage), voltage, gain, trials=100_000)
    given = dict(found.parameters)
    assert found.code == "montecarlo.model.fails"
    share = int(given["failed"]) / int(given["trials"])
    assert share == pytest.approx(0.5 * math.erfc(2.0 / math.sqrt(2.0)), abs=0.003)
    assert given["example"].startswith("voltage = -") and "gain = " in given["example"]


def test_failures_are_counted_alike_by_any_number_of_threads() -> None:
    voltage = quantity(0.2, 0.1)
    one, three = (refused(lambda v: np.sqrt(v), voltage, trials=100_000, threads=n) for n in (1, 3))
    assert one == three and "v = -" in dict(one.parameters)["example"]


def test_model_fails_in_the_adaptive_procedure() -> None:
    x = quantity(1.0, 0.4)
    one, three = (refused(lambda x: 1.0 / np.sqrt(x), x, threads=n) for n in (1, 3))
    assert one.code == "montecarlo.model.fails" and one == three


def test_model_fails_in_an_array() -> None:
    found = refused(lambda *v: np.log(v[0]), quantity(np.array([1.0, 5.0]), 0.4), trials=50_000)
    assert found.code == "montecarlo.model.fails" and "argument 1 = [" in dict(found.parameters)["example"]


@pytest.mark.parametrize("dof", [1.0, 1.5, 2.0])
def test_infinite_variance(dof: float) -> None:
    t = quantity(1.0, 0.1, dof=dof, distribution="student_t", label="three readings")
    found = refused(lambda a, b: a + b, X, t, trials=100_000)
    assert (found.code, found.where) == ("montecarlo.variance.infinite", "b")
    assert dict(found.parameters) == {"dof": f"{dof:g}", "influence": "three readings"}


def test_infinite_variance_of_a_group() -> None:
    a, b = joint([0.0, 0.0], [1.0, 1.0], np.eye(2), dof=2.0, distribution="student_t", label="pair")
    assert refused(lambda a, b: a + b, a, b, trials=10_000).code == "montecarlo.variance.infinite"


def test_two_degrees_of_freedom_of_a_normal_do_no_harm() -> None:
    assert monte_carlo(same, quantity(1.0, 0.1, dof=2.0), trials=10_000).u == pytest.approx(0.1, rel=0.05)


def test_too_few_draws() -> None:
    found = refused(same, X, trials=1999)
    assert (found.code, dict(found.parameters)["needed"]) == ("montecarlo.trials.few", "2000")
    assert monte_carlo(same, X, trials=2000).trials == 2000
    assert dict(refused(same, X, trials=9999, p=0.99).parameters)["needed"] == "10000"
    with pytest.raises(Refused, match=r"montecarlo\.trials\.few"):
        monte_carlo(same, X, trials=2000).interval(0.99)
    assert refused(same, X, p=1.0 - 1e-6).code == "montecarlo.trials.few"  # also more than the adaptive most


def test_too_many_draws() -> None:
    found = refused(same, X, trials=10**12)
    assert found.code == "montecarlo.trials.many"
    assert dict(found.parameters) == {"trials": "1000000000000", "most": "250000000", "size": "8e+03"}


@pytest.mark.parametrize("p", [0.0, 1.0, -0.5, 95, math.nan, True, "0.95", None])
def test_no_probability(p: Any) -> None:
    assert refused(same, X, trials=10_000, p=p).code == "evaluation.coverage.probability"


@pytest.mark.parametrize("trials", [0, -5, 1e6, 2.5, True, "many"])
def test_no_number_of_draws(trials: Any) -> None:
    assert refused(same, X, trials=trials).code == "montecarlo.trials.form"


@pytest.mark.parametrize("threads", [0, -1, 1.5, None, True])
def test_threads(threads: Any) -> None:
    assert refused(same, X, trials=10_000, threads=threads).code == "montecarlo.threads"


def test_seed_and_digits() -> None:
    assert refused(same, X, trials=10_000, seed=0.5).code == "montecarlo.seed"
    assert refused(same, X, digits=3).code == "montecarlo.digits"


def test_unknown_distribution_and_missing_parameter() -> None:
    of_old = Influence(fresh_id(), 1, np.array([0.1]), distribution="cauchy")  # as an archive may hold it
    found = refused(same, Quantity(1.0, ONE, {of_old.id: Block(of_old, None, Dense(np.array([0.1])))}), trials=10_000)
    assert found.code == "evaluation.distribution.unknown"
    found = refused(same, quantity(1.0, 0.1, distribution="trapezoid", label="t"), trials=10_000)
    assert (found.code, found.where) == ("montecarlo.parameter.missing", "t")
    assert dict(found.parameters) == {"distribution": "trapezoid", "parameter": "beta"}


def test_no_quantity_among_the_arguments() -> None:
    assert refused(lambda a: a, 3.0, trials=10_000).code == "montecarlo.input.none"


def test_no_output() -> None:
    assert refused(lambda x: (), X, trials=10_000).code == "montecarlo.output.none"
    assert refused(same, quantity(np.zeros(0), 0.1), trials=10_000).code == "montecarlo.output.none"


def test_two_contents_of_one_identity() -> None:
    a, b = quantity(1.0, 0.1, id="e" * 32), quantity(1.0, 0.2, id="e" * 32)
    with pytest.raises(Refused, match=r"quantity\.identity\.conflict"):
        monte_carlo(lambda a, b: a - b, a, b, trials=10_000)


def test_a_quantity_by_the_back_door() -> None:
    found = refused(lambda x: x + X, quantity(1.0, 0.1), trials=10_000)
    assert found.code == "montecarlo.input.hidden"


@pytest.mark.parametrize(
    "model",
    [
        lambda x: float(x),
        lambda x: x.value,
        lambda x: np.asarray(x),
        lambda x: "text",
        lambda x: x[3],
        lambda x: {x: 1},
    ],
)
def test_model_that_draws_cannot_pass(model: Any) -> None:
    assert refused(model, X, trials=10_000).code == "montecarlo.model.unsupported"


def test_unlisted_operation_and_units() -> None:
    assert refused(lambda x: np.cbrt(x), X, trials=10_000).code == "quantity.operation.unlisted"
    found = refused(lambda a, b: a + b, quantity(1.0, 0.1, "m"), quantity(1.0, 0.1, "s"), trials=10_000)
    assert found.code.startswith("quantity.unit")


def test_too_many_branches() -> None:
    def until(x: Any) -> Any:
        y, steps = x * 1.0, 0
        while y < 1e6 * x * x:
            y, steps = y * (1.0 + 1e-4 * x), steps + 1
            if steps > 3:
                for limit in np.linspace(0.0, 2.0, 600):
                    if x < limit:
                        return y
        return y

    assert refused(until, quantity(1.0, 0.4), trials=10_000).code == "montecarlo.model.branches"


def test_branches_of_other_structure() -> None:
    found = refused(lambda x: {"a": x} if x > 1.0 else {"b": x}, X, trials=10_000)
    assert found.code == "montecarlo.model.structure"


def test_too_large_input() -> None:
    code = "montecarlo.input.too_large"
    assert refused(lambda x: x.sum(), quantity(np.zeros(5000), 1.0), trials=10_000).code == code
    assert refused(lambda x: x * np.ones(10**6), X, trials=10_000).code == code
    assert refused(lambda x: x[:, None] * np.ones(10**6), quantity(np.ones(2), 0.1), trials=10_000).code == code


def test_overflow_is_not_silent() -> None:
    found = refused(lambda x: x * 1e200, X, trials=10_000)
    assert found.code == "montecarlo.output.overflow"


def test_histogram_of_an_array() -> None:
    y = monte_carlo(same, quantity(np.array([1.0, 2.0]), 0.1), trials=10_000)
    with pytest.raises(Refused, match=r"montecarlo\.output\.array"):
        y.histogram()
    with pytest.raises(Refused, match=r"coverage\.probability"):
        y.quantile(1.5)


def test_degenerate_region() -> None:
    pair = monte_carlo(lambda x: (x, 2.0 * x), X, trials=10_000)
    with pytest.raises(Refused, match=r"montecarlo\.region\.singular"):
        ellipsoid(pair[0].run)
    flat = monte_carlo(lambda x: (x, x - x), X, trials=10_000)
    with pytest.raises(Refused, match=r"montecarlo\.region\.singular"):
        rectangle(flat[0].run)


@pytest.mark.parametrize("outputs", [0, -1, 1.5, None])
def test_no_number_of_outputs(outputs: Any) -> None:
    for factor in (coverage_factor_ellipsoid, coverage_factor_rectangle):
        with pytest.raises(Refused, match=r"montecarlo\.region\.outputs"):
            factor(0.95, outputs)
        with pytest.raises(Refused, match=r"coverage\.probability"):
            factor(1.0, 2)


def test_validation_refuses_what_monte_carlo_refuses() -> None:
    with pytest.raises(Refused, match=r"montecarlo\.model\.fails"):
        validate(np.sqrt, quantity(0.1, 0.1))


def test_tails_without_variance_are_told_and_validate_nothing() -> None:
    """1/x has no variance where x may be zero; its interval holds, its u does not."""
    x = quantity(1.0, 1.0, id="1" * 32)
    y = monte_carlo(lambda x: 1.0 / x, x, trials=500_000)
    (told,) = y.findings
    assert (told.code, told.severity) == ("montecarlo.variance.unsettled", "warning")
    deviation = np.square(y.draws - y.mean)
    assert dict(told.parameters)["share"] == f"{100.0 * deviation.max() / deviation.sum():.0f}"
    with pytest.raises(Refused) as caught:
        validate(lambda x: 1.0 / x, x)
    assert caught.value.findings[0].code == "montecarlo.variance.unsettled"


def test_heavy_tails_that_have_a_variance_are_let_pass() -> None:
    for dof in (4.0, 8.0):
        t = quantity(0.0, 1.0, dof=dof, distribution="student_t", parameters=(("scale", 1.0),), id="2" * 32)
        assert not monte_carlo(same, t, trials=200_000).findings
    assert not monte_carlo(np.exp, quantity(0.0, 1.0, id="3" * 32), trials=200_000).findings


def test_draws_whose_squares_vanish_have_no_u_of_zero() -> None:
    assert refused(lambda x: x * 1e-200, X, trials=50_000).code == "montecarlo.output.overflow"
