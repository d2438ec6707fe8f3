"""Monte Carlo: published examples, sharing, threads, arrays, branches, the adaptive procedure."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity import type_b
from suyuan.quantity.covariance import correlation
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.montecarlo.interval import shortest, symmetric
from suyuan.quantity.montecarlo.moments import chunk_moments, merged
from suyuan.quantity.montecarlo.simulation import Simulated, monte_carlo
from suyuan.quantity.montecarlo.stream import CHUNK
from suyuan.quantity.montecarlo.trials import MOST_TRIALS, numerical_tolerance
from suyuan.quantity.propagate import propagate
from suyuan.quantity.quantity import Quantity, joint, quantity

from .numbered import numbered_identities  # noqa: F401


def of(x: type_b.Evaluated, **more: Any) -> Quantity:
    return quantity(x.value, x.u, dof=x.dof, distribution=x.distribution, parameters=x.parameters, **more)


def mass(m: Any, dm: Any, a: Any, w: Any, r: Any) -> Any:
    return (m + dm) * (1 + (a - 1.2) * (1 / w - 1 / r)) - 100_000


def mass_inputs() -> list[Quantity]:
    """JCGM 101:2008 table 5, mg and kg/m³."""
    return [
        of(type_b.normal(100_000.0, 0.05)), of(type_b.normal(1.234, 0.02)), of(type_b.rectangular(1.2, 0.1)),
        of(type_b.rectangular(8000.0, 1000.0)), of(type_b.rectangular(8000.0, 50.0)),
    ]  # fmt: skip


def block_inputs() -> list[Quantity]:
    """JCGM 101:2008 table 10, nm and °C."""
    return [
        of(type_b.student_t(50_000_623.0, 25.0, 18.0)), of(type_b.student_t(215.0, 6.0, 24.0)),
        of(type_b.student_t(0.0, 4.0, 5.0)), of(type_b.student_t(0.0, 7.0, 8.0)),
        of(type_b.rectangular(11.5e-6, 2e-6)), of(type_b.normal(-0.1, 0.2)), of(type_b.arcsine(0.0, 0.5)),
        of(type_b.curvilinear_trapezoid(0.0, 1e-6, 1e-7)), of(type_b.curvilinear_trapezoid(0.0, 0.05, 0.025)),
    ]  # fmt: skip


def block(ls: Any, d: Any, d1: Any, d2: Any, alpha: Any, theta: Any, delta: Any, da: Any, dt: Any) -> Any:
    return ls + d + d1 + d2 - ls * (da * (theta + delta) + alpha * dt) - 50_000_000


# ---------------------------------------------------------------- published


@pytest.mark.parametrize(("shape", "high"), [("normal", 3.92), ("rectangular", 3.88)])
def test_additive_model(shape: str, high: float) -> None:
    """JCGM 101:2008 9.2.2 and 9.2.3, tables 2 and 3."""
    inputs = [quantity(0.0, 1.0, distribution=shape) for _ in range(4)]
    y = monte_carlo(lambda *x: x[0] + x[1] + x[2] + x[3], *inputs, trials=1_000_000)
    assert (y.mean, y.u) == pytest.approx((0.0, 2.0), abs=0.008)
    assert y.symmetric == pytest.approx((-high, high), abs=0.02)
    assert y.trials == y.draws.size == 1_000_000


def test_mass() -> None:
    """JCGM 101:2008 9.3, table 6."""
    y = monte_carlo(mass, *mass_inputs(), trials=1_000_000, threads=2)
    assert y.mean == pytest.approx(1.2341, abs=0.0004)
    assert y.u == pytest.approx(0.0754, abs=0.0003)
    assert y.shortest == pytest.approx((1.0834, 1.3825), abs=0.003)


@pytest.mark.parametrize(
    ("x1", "mean", "u", "low", "high"),
    [
        (0.0, 50e-6, 50e-6, 0.0, 150e-6),
        (0.010, 150e-6, 112e-6, 0.0, 367e-6),
        (0.050, 2551e-6, 502e-6, 1590e-6, 3543e-6),
    ],
)
def test_comparison_loss(x1: float, mean: float, u: float, low: float, high: float) -> None:
    """JCGM 101:2008 9.4.2, r = 0."""
    y = monte_carlo(lambda a, b: a**2 + b**2, quantity(x1, 0.005), quantity(0.0, 0.005), trials=1_000_000)
    assert y.mean == pytest.approx(mean, abs=1.5e-6)
    assert y.u == pytest.approx(u, abs=1.5e-6)
    assert y.shortest == pytest.approx((low, high), abs=1.2e-5)
    assert y.shortest.low >= 0.0


def test_gauge_block() -> None:
    """JCGM 101:2008 9.5: 838 nm, 36 nm, shortest 99 % interval [745, 932] nm."""
    y = monte_carlo(block, *block_inputs(), p=0.99, trials=1_000_000)
    assert (round(y.mean), round(y.u)) == (838, 36)
    assert y.shortest == pytest.approx((745.0, 932.0), abs=2.0)


# ---------------------------------------------------------------- sharing and threads


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_threads_change_nothing(threads: int) -> None:
    wanted = monte_carlo(mass, *(inputs := mass_inputs()), trials=5 * CHUNK + 1000, seed=3)
    found = monte_carlo(mass, *inputs, trials=5 * CHUNK + 1000, seed=3, threads=threads)
    assert (found.mean, found.u, found.symmetric, found.shortest) == (
        wanted.mean, wanted.u, wanted.symmetric, wanted.shortest,
    )  # fmt: skip
    assert np.array_equal(found.draws, wanted.draws)


def test_threads_change_nothing_of_the_adaptive_procedure() -> None:
    inputs = block_inputs()
    wanted, found = (monte_carlo(block, *inputs, digits=1, p=0.99, threads=n) for n in (1, 3))
    assert wanted.trials == found.trials and np.array_equal(found.draws, wanted.draws)
    assert wanted.run.adaptive.delta == found.run.adaptive.delta


def test_the_seed_counts() -> None:
    x = quantity(0.0, 1.0)
    a, b, c = (monte_carlo(lambda x: x * 1.0, x, trials=20_000, seed=s) for s in (0, 1, 0))
    assert np.array_equal(a.draws, c.draws) and not np.array_equal(a.draws, b.draws)


def test_fewer_draws_are_the_first_of_more() -> None:
    x, z = quantity(0.0, 1.0, distribution="arcsine"), quantity(0.0, 1.0)
    few, more = (monte_carlo(lambda x, z: x + z, x, z, trials=n).run.paired() for n in (10_001, 40_000))
    assert np.array_equal(few, more[:, :10_001])


def test_two_laboratories_that_share_a_standard() -> None:
    """Two separate runs with one seed: the correlation of their draws is that of first order."""
    standard = of(type_b.student_t_std(10.0, 0.3, 20.0), label="standard")
    mine, yours = quantity(0.0, 0.2, distribution="rectangular"), quantity(0.0, 0.4, distribution="triangular")

    def first(s: Any, e: Any) -> Any:
        return s + e

    def second(e: Any, s: Any) -> Any:
        return 2.0 * s - e

    a = monte_carlo(first, standard, mine, trials=200_000, seed=5)
    b = monte_carlo(second, yours, standard, trials=200_000, seed=5)
    theory = 2.0 * 0.09 / math.sqrt((0.09 + 0.04) * (4.0 * 0.09 + 0.16))
    found = float(np.corrcoef(a.run.paired()[0], b.run.paired()[0])[0, 1])
    assert found == pytest.approx(theory, abs=0.005)
    assert float(correlation(first(standard, mine), second(yours, standard))) == pytest.approx(theory, rel=1e-12)
    other = monte_carlo(second, yours, standard, trials=200_000, seed=6)
    assert abs(np.corrcoef(a.run.paired()[0], other.run.paired()[0])[0, 1]) < 0.01
    assert np.array_equal(np.sort(a.run.paired()[0]), a.draws)


def test_results_of_models_are_drawn_from_their_influences() -> None:
    """A quantity that came out of a model is not normal: it is what its influences make of it."""
    a, b = (quantity(0.0, 1.0, distribution="rectangular") for _ in range(2))
    total = propagate(lambda a, b: a + b, a, b)
    y = monte_carlo(lambda t, a: t - a, total, a, trials=100_000)
    assert np.all(np.abs(y.draws) <= math.sqrt(3.0) * (1 + 1e-12))
    assert y.u == pytest.approx(1.0, abs=0.01)


# ---------------------------------------------------------------- structure, arrays, branches


def test_structure_is_that_of_the_model() -> None:
    x, y = quantity(3.0, 0.1, "V"), quantity(2.0, 0.1, "A")
    ratio = monte_carlo(lambda v, i: {"R": v / i, "P": v * i}, v=x, i=y, trials=20_000)
    assert set(ratio) == {"R", "P"} and ratio["R"].run is ratio["P"].run
    assert ratio["R"].run.names == ("R", "P")
    assert ratio["P"].unit.dsi == "\\volt\\ampere"
    pair = monte_carlo(lambda v, i: (v, i), x, y, trials=20_000)
    assert type(pair) is tuple and isinstance(pair[0], Simulated)
    assert monte_carlo(lambda v, i: [v + v], x, y, trials=20_000)[0].u == pytest.approx(0.2, abs=0.01)


def test_units_are_converted() -> None:
    a, b = quantity(1.0, 0.001, "m"), quantity(5.0, 0.5, "mm")
    y = monte_carlo(lambda a, b: a + b, a, b, trials=50_000)
    wanted = propagate(lambda a, b: a + b, a, b)
    assert y.unit == wanted.unit
    assert y.mean == pytest.approx(float(wanted.value), abs=1e-4)
    assert y.u == pytest.approx(float(wanted.u), rel=0.02)


def test_units_are_converted_on_sampled_numbers() -> None:
    a, b = quantity([1.0, 2.0], 0.001, "m"), quantity([5.0, 7.0], 0.5, "mm")
    y = monte_carlo(lambda a, b: (a + b).sum(), a, b, trials=50_000)
    wanted = (a + b).sum()
    assert (y.mean, y.u) == (pytest.approx(float(wanted.value), abs=1e-4), pytest.approx(float(wanted.u), rel=0.02))


def test_arrays() -> None:
    x = quantity(np.array([1.0, 2.0, 3.0]), [0.1, 0.2, 0.3], distribution="rectangular")
    s = quantity(5.0, 0.5)
    weights = np.array([1.0, 10.0, 100.0])
    y = monte_carlo(lambda x, s, w: w * x + s, x, s, weights, trials=200_000)
    wanted = weights * x + s
    np.testing.assert_allclose(y.mean, wanted.value, atol=5 * np.max(wanted.u) / math.sqrt(y.trials))
    np.testing.assert_allclose(y.u, wanted.u, rtol=0.01)
    np.testing.assert_allclose(y.run.correlation(), correlation(wanted, wanted), atol=0.01)
    assert y.draws.shape == (3, 200_000) and y.symmetric.low.shape == (3,)
    np.testing.assert_array_equal(y.quantile(0.5), [np.median(row) for row in y.draws])
    assert y.run.names == ("result[0]", "result[1]", "result[2]")


def test_two_axes_and_broadcasting() -> None:
    x = quantity(np.arange(6.0).reshape(2, 3), 0.1)
    t = quantity(np.array([10.0, 20.0, 30.0]), 0.2)
    for model in (lambda x, t: x * t, lambda x, t: (x * t)[:, :] * 1.0):  # recorded, sampled
        y = monte_carlo(model, x, t, trials=40_000)
        wanted = x * t
        assert y.mean.shape == (2, 3)
        np.testing.assert_allclose(y.u, wanted.u, rtol=0.03)


def test_reductions_and_indices() -> None:
    x = quantity(np.array([1.0, 2.0, 4.0]), [0.1, 0.2, 0.3])
    model = {
        "sum": lambda x: x.sum(), "np.sum": lambda x: np.sum(x), "mean": lambda x: np.mean(x), "last": lambda x: x[-1],
        "dot": lambda x: np.dot(x, np.array([1.0, -1.0, 2.0])), "dots": lambda x: x[..., 0], "loop": lambda x: sum(x),
    }  # fmt: skip
    for name, f in model.items():
        y, wanted = monte_carlo(f, x, trials=40_000), f(x)
        assert y.u == pytest.approx(float(wanted.u), rel=0.02), name
        assert y.mean == pytest.approx(float(wanted.value), abs=0.02), name


def test_lists_of_quantities() -> None:
    xs = [quantity(float(i), 0.1) for i in range(3)]
    y = monte_carlo(lambda xs, k: xs[0] + k["a"] * xs[2], xs, {"a": xs[1]}, trials=40_000)
    assert y.u == pytest.approx(0.1 * math.sqrt(1 + 4 + 1), rel=0.02)


def test_powers() -> None:
    """Some powers are computed by a cheaper function; the draws must be those of the power."""
    x = quantity(2.0, 0.1)
    draws = monte_carlo(lambda x: x, x, trials=10_000).draws
    for n in (-2.0, -1.0, 0.5, 1.0, 2.0, 3.0, 2.5):
        found = monte_carlo(lambda x, n=n: x**n, x, trials=10_000).draws
        np.testing.assert_allclose(found, np.sort(draws**n), rtol=1e-14)


def test_formulas() -> None:
    """The text of a user is a model too, also one that sums vectors."""
    a, b, v = quantity(2.0, 0.1), quantity(1.0, 0.05), quantity(np.array([1.0, 2.0, 3.0]), 0.1)
    for text, inputs in (("a**2*exp(-b) + 1/2", (a, b)), ("sum(v)/a + mean(v)*b", (v, a, b))):
        formula = Formula(text)
        found = monte_carlo(formula, *inputs, trials=60_000)
        wanted = propagate(formula, *inputs)
        assert found.mean == pytest.approx(float(wanted.value), abs=0.02)
        assert found.u == pytest.approx(float(wanted.u), rel=0.03)


def test_shapes_of_sampled_numbers() -> None:
    """What a model may do with an array, beside what a quantity gives for the same."""
    x = quantity(np.arange(1.0, 7.0).reshape(2, 3), 0.01)
    for model in (
        lambda x: x.reshape(3, 2)[0] * 1.0, lambda x: x.reshape((6,))[-1], lambda x: x.sum(0),
        lambda x: x.mean(axis=-1), lambda x: x[1, ::2], lambda x: x[..., [0, 2]],
        lambda x: np.stack([x[0, 0], x[1, 1]]) * np.array([1.0, 2.0]),
        lambda x: sum(row[0] for row in x) + x.size + len(x), lambda x: x[:, None, 1],
    ):  # fmt: skip
        found, wanted = monte_carlo(model, x, trials=20_000), model(x)
        assert np.shape(found.mean) == wanted.shape
        np.testing.assert_allclose(found.mean, wanted.value, atol=0.01)
        np.testing.assert_allclose(found.u, wanted.u, rtol=0.04)


def test_conditions_combine() -> None:
    z = quantity(0.0, 1.0)
    y = monte_carlo(lambda z: np.where((z > -1.0) & ~(z >= 1.0) | (z > 3.0), z, 0.0), z, trials=50_000)
    assert np.all((np.abs(y.draws) <= 1.0) | (y.draws > 3.0)) and y.draws[-1] > 3.0
    v = quantity(np.array([0.0, 0.5]), 1.0)
    both = monte_carlo(lambda v: v.sum() if (v > 0.0).all() else v[0] * 0.0, v, trials=50_000)
    some = monte_carlo(lambda v: v.sum() if (v > 0.0).any() else v[0] * 0.0, v, trials=50_000)
    assert np.mean(both.draws > 0.0) == pytest.approx(0.5 * 0.6915, abs=0.01)  # Φ(0)·Φ(0.5)
    assert np.mean(some.draws != 0.0) == pytest.approx(1.0 - 0.5 * (1.0 - 0.6915), abs=0.01)


def test_branches_are_taken_draw_by_draw() -> None:
    """max(x, 0) of a standard normal: mean 1/√(2π), variance ½ − 1/(2π)."""

    def rectified(x: Any) -> Any:
        if x > 0.0:
            return x * 1.0
        return x * 0.0

    y = monte_carlo(rectified, quantity(0.0, 1.0), trials=200_000)
    assert y.mean == pytest.approx(1.0 / math.sqrt(2.0 * math.pi), abs=0.006)
    assert y.u == pytest.approx(math.sqrt(0.5 - 0.5 / math.pi), abs=0.006)
    other = monte_carlo(lambda x: np.where(x > 0.0, x, 0.0), quantity(0.0, 1.0, id="f" * 32), trials=200_000)
    assert other.mean == pytest.approx(y.mean, abs=0.006)
    piecewise = monte_carlo(lambda x: x if not (x < -1.0 or x > 1.0) else x * 0.0, quantity(0.0, 1.0), trials=100_000)
    assert np.all(np.abs(piecewise.draws) <= 1.0)


def test_iteration_until_it_converges() -> None:
    """Newton's root of each draw: the parts of a chunk leave the loop at different times."""

    def root(a: Any) -> Any:
        x = a * 1.0
        while abs((better := 0.5 * (x + a / x)) - x) > 1e-9:
            x = better
        return better

    a = quantity(2.0, 0.3)
    assert np.allclose(
        monte_carlo(root, a, trials=30_000).draws, monte_carlo(lambda a: np.sqrt(a), a, trials=30_000).draws, rtol=1e-12
    )


def test_temperatures() -> None:
    """Points in °C and K: the zero of the scale moves as for quantities."""
    a, b = quantity(20.0, 0.1, "degC"), quantity(288.15, 0.2, "K")
    y, wanted = monte_carlo(lambda a, b: a - b, a, b, trials=20_000), a - b
    assert y.mean == pytest.approx(float(wanted.value), abs=0.01) and y.unit == wanted.unit


def test_constants() -> None:
    y = monte_carlo(
        lambda a, b: {"a": a * 2.0, "b": b * 3.0, "c": 5.0}, quantity(2.0), quantity(1.0, 0.1), trials=10_000
    )
    assert (y["a"].mean, y["a"].u, y["c"].mean, y["c"].u) == (4.0, 0.0, 5.0, 0.0)
    assert y["b"].u == pytest.approx(0.3, rel=0.05)


def test_an_output_without_spread() -> None:
    y = monte_carlo(lambda x: x - x, quantity(3.0, 1.0))
    assert (y.mean, y.u, tuple(y.symmetric), tuple(y.shortest)) == (0.0, 0.0, (0.0, 0.0), (0.0, 0.0))
    assert y.run.adaptive.reached and y.run.adaptive.batches == 2


# ---------------------------------------------------------------- adaptive procedure


def test_numerical_tolerance() -> None:
    """JCGM 101:2008 7.9.2, examples: 0.035 g with two digits is 35·10⁻³ g, with one 4·10⁻² g; 2 K is 2·10⁰ K."""
    assert float(numerical_tolerance(0.035, 2)) == pytest.approx(0.0005)
    assert float(numerical_tolerance(0.035, 1)) == pytest.approx(0.005)
    assert float(numerical_tolerance(2.0, 1)) == pytest.approx(0.5)
    assert float(numerical_tolerance(0.0996, 2)) == pytest.approx(0.005)  # rounds to 0.10
    assert float(numerical_tolerance(0.0, 2)) == 0.0


def test_adaptive_stop() -> None:
    inputs = mass_inputs()
    one = monte_carlo(mass, *inputs, digits=1)
    two = monte_carlo(mass, *inputs, digits=2)
    for y, digits, delta in ((one, 1, 0.005), (two, 2, 0.0005)):
        found = y.run.adaptive
        assert found.reached and found.digits == digits and not y.findings
        assert float(found.delta[0]) == pytest.approx(delta)
        assert np.all(found.deviation <= found.delta)
        assert y.trials == found.batches * found.batch and found.batch % CHUNK == 0
        assert y.symmetric == pytest.approx((1.08445, 1.38348), abs=2 * delta)  # of 2·10⁷ draws
    assert two.trials > one.trials
    fixed = monte_carlo(mass, *inputs, trials=two.trials)
    assert np.array_equal(fixed.draws, two.draws) and fixed.u == two.u


def test_adaptive_stop_is_the_first_at_which_all_is_stable() -> None:
    """JCGM 101:2008 7.9.4 c) to k), written again from the draws in their order."""
    y = monte_carlo(mass, *mass_inputs(), digits=1, seed=4)
    found, draws = y.run.adaptive, y.run.paired()[0]
    rows = []
    for h, batch in enumerate(draws.reshape(-1, found.batch), 1):
        ordered = np.sort(batch)
        rows.append([batch.mean(), batch.std(ddof=1), *symmetric(ordered, 0.95)])
        if h == 1:
            continue
        table = np.array(rows)
        spread = np.sqrt(((table - table.mean(axis=0)) ** 2).sum(axis=0) / (h * (h - 1)))
        delta = float(numerical_tolerance(draws[: h * found.batch].std(ddof=1), 1))
        stable = bool(np.all(2.0 * spread <= delta))
        assert stable == (h == found.batches)
    assert float(found.deviation[0]) == pytest.approx(2.0 * spread.max(), rel=1e-9)


def test_adaptive_gives_up_openly() -> None:
    """Student's t of 2.2 degrees of freedom: the variance exists, but u never settles to two digits."""
    y = monte_carlo(lambda x: x * 1.0, quantity(0.0, 1.0, dof=2.1, distribution="student_t"), p=0.9999)
    assert not y.run.adaptive.reached and y.trials <= MOST_TRIALS
    assert [f.code for f in y.findings] == ["montecarlo.adaptive.not_reached"]
    assert y.findings[0].severity == "warning"


def test_adaptive_batch_grows_with_p() -> None:
    y = monte_carlo(lambda x: x * 1.0, quantity(0.0, 1.0), p=0.9995, digits=1)
    assert y.run.adaptive.batch >= 200_000


# ---------------------------------------------------------------- samples


@given(st.lists(st.integers(0, 9), min_size=2, max_size=60), st.floats(0.05, 0.95))
def test_intervals_of_few_values(values: list[int], p: float) -> None:
    draws = np.sort(np.array(values, float))
    q = min(draws.size - 1, int(p * draws.size + 0.5))
    for low, high in (symmetric(draws, p), shortest(draws, p)):
        assert np.sum((draws >= low) & (draws <= high)) >= q + 1
    lengths = draws[q:] - draws[: draws.size - q]
    low, high = shortest(draws, p)
    assert high - low == lengths.min()


def test_shortest_interval_finds_the_mode() -> None:
    draws = np.sort(np.random.default_rng(1).exponential(size=100_000))
    low, high = shortest(draws, 0.9)
    assert low == pytest.approx(0.0, abs=1e-3) and high == pytest.approx(math.log(10.0), abs=0.05)
    ends = symmetric(draws, 0.9)
    assert ends == pytest.approx((-math.log(0.95), -math.log(0.05)), abs=0.05)


def test_discrete_sample() -> None:
    x = of(type_b.sample([0.0] * 97 + [1.0] * 3))
    y = monte_carlo(lambda x: x * 1.0, x, trials=50_000)
    assert y.shortest == (0.0, 0.0) and y.symmetric == (0.0, 1.0)


def test_moments_keep_their_digits() -> None:
    """NIST StRD NumAcc4: mean 10 000 000.2, standard deviation 0.1, certified."""
    values = np.array([10_000_000.2] + [10_000_000.1, 10_000_000.3] * 500)
    parts = np.split(values, [200, 201, 700])
    rows = [chunk_moments(part, np.empty_like(part)) for part in parts]
    mean, std = merged([len(p) for p in parts], *(np.array(column) for column in zip(*rows, strict=True)))
    assert float(mean) == pytest.approx(10_000_000.2, abs=1e-8)
    assert float(std) == pytest.approx(0.1, abs=1e-8)


def test_small_spread_on_a_large_value() -> None:
    y = monte_carlo(lambda x: x + 1e9, quantity(0.0, 1e-3), trials=100_000)
    assert y.u == pytest.approx(1e-3, rel=0.02)


def test_quantiles_and_histogram() -> None:
    y = monte_carlo(lambda x: x * 1.0, quantity(0.0, 1.0), trials=100_000)
    assert y.quantile(0.975) == pytest.approx(1.96, abs=0.03)
    assert y.quantile(0.0) == y.draws[0] and y.quantile(1.0) == y.draws[-1]
    edges, counts = y.histogram(50)
    wanted, _ = np.histogram(y.draws, edges)
    assert counts.tolist() == wanted.tolist() and counts.sum() == y.trials
    assert y.histogram(np.array([-1.0, 0.0, 1.0]))[1].sum() == np.sum((y.draws >= -1.0) & (y.draws <= 1.0))
    assert y.interval(0.5).high == pytest.approx(0.6745, abs=0.02)


# ---------------------------------------------------------------- against first order


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.floats(-5.0, 5.0).filter(lambda c: c == 0.0 or abs(c) > 1e-100), min_size=8, max_size=8),
    st.floats(-0.9, 0.9),
    st.integers(0, 10**9),
)
def test_linear_models_agree_with_propagation(c: list[float], r: float, seed: int) -> None:
    """Values, u and the covariance of two outputs of random linear models of shared and joint inputs."""
    a, b = joint([1.0, -2.0], [0.3, 0.1], [[1.0, r], [r, 1.0]])
    e, f = quantity(0.5, 0.2, distribution="rectangular"), quantity(2.0, 0.4, distribution="arcsine")

    def model(a: Any, b: Any, e: Any, f: Any) -> Any:
        return c[0] * a + c[1] * b + c[2] * e + c[3] * f, c[4] * a - c[5] * b + c[6] * e + c[7] * f

    n = 4 * CHUNK
    found = monte_carlo(model, a, b, e, f, trials=n, seed=seed)
    wanted = propagate(model, a, b, e, f)
    for y, q in zip(found, wanted, strict=True):
        assert abs(y.mean - float(q.value)) <= 5.5 * float(q.u) / math.sqrt(n) + 1e-12
        assert abs(y.u - float(q.u)) <= 5.5 * float(q.u) / math.sqrt(2.0 * n) + 1e-12
    if min(float(q.u) for q in wanted) > 1e-6:
        assert found[0].run.correlation()[0, 1] == pytest.approx(float(correlation(*wanted)), abs=5.5 / math.sqrt(n))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**9))
def test_recorded_and_sampled_models_agree(seed: int) -> None:
    """The same draws, whether the program is recorded or the model called on sampled numbers."""
    x, y, z = quantity(2.0, 0.1), quantity(1.0, 0.2, distribution="triangular"), quantity([1.0, 3.0], 0.1)

    def recorded(x: Any, y: Any, z: Any) -> Any:
        return np.exp(-y) * x**2 + np.sqrt(x) / (2.0 + y) - z * np.hypot(x, y)

    def sampled(x: Any, y: Any, z: Any) -> Any:
        return recorded(x, y, z)[:]

    a, b = (monte_carlo(f, x, y, z, trials=CHUNK + 100, seed=seed) for f in (recorded, sampled))
    np.testing.assert_allclose(a.draws, b.draws, rtol=1e-13)
