"""propagate(model, …) is the operators, only faster: values, u, dof, influences, covariance with the inputs; and it
agrees with plain Monte Carlo where the model is nearly linear."""

from __future__ import annotations

import math
import pickle
import tracemalloc
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from suyuan.quantity import propagate as module
from suyuan.quantity.components import Deferred
from suyuan.quantity.covariance import covariance
from suyuan.quantity.finding import Refused
from suyuan.quantity.program import NotRecordable, record
from suyuan.quantity.propagate import propagate
from suyuan.quantity.quantity import Quantity, joint, quantity, stack

from .oracle import check_against, models, world

QUIET = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Drawn = tuple[Callable[..., Any], int]


def same(a: Any, b: Any, *with_: Quantity) -> None:
    """Two results agree in everything that a quantity is."""
    assert type(a) is type(b)
    if isinstance(a, tuple | list):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            same(x, y, *with_)
    elif isinstance(a, Mapping):
        assert list(a) == list(b)
        for key in a:
            same(a[key], b[key], *with_)
    elif isinstance(a, Quantity):
        assert (a.shape, a.unit) == (b.shape, b.unit)
        assert set(a.blocks) == set(b.blocks)
        np.testing.assert_allclose(a.value, b.value, rtol=1e-13, atol=1e-300)
        np.testing.assert_allclose(a.u, b.u, rtol=1e-9, atol=1e-13)
        np.testing.assert_allclose(a.dof, b.dof, rtol=1e-6)
        for x in with_:
            if a.size * x.size <= 1_000_000:
                np.testing.assert_allclose(covariance(a, x), covariance(b, x), rtol=1e-9, atol=1e-15)
    else:
        assert a == b


def recorded(model: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
    try:
        record(model, args, kwargs)
    except NotRecordable:
        return False
    return True


@QUIET
@given(models(elementwise=True, outputs=3))
def test_recorded_models_equal_operators_and_oracle(drawn: Drawn) -> None:
    model, seed = drawn
    w = world(seed)
    assert recorded(model, *w.quantities)
    results = propagate(model, *w.quantities)
    same(results, model(*w.quantities), *w.quantities)
    value, components = w.jacobian(lambda *x: model(*x)[0])
    check_against(results[0], value, components, w)


@QUIET
@given(models(elementwise=True, outputs=2))
def test_slices_change_nothing(drawn: Drawn) -> None:
    model, seed = drawn
    w = world(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SLICE", 3)
        same(propagate(model, *w.quantities), model(*w.quantities), *w.quantities)


@QUIET
@given(models(elementwise=True, outputs=2))
def test_forgotten_components_are_found_again(drawn: Drawn) -> None:
    """Value, u, sum and mean before the components are asked for, then everything."""
    model, seed = drawn
    w = world(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SLICE", 3)
        patch.setattr(module, "LARGE", 0)
        results = propagate(model, *w.quantities)
    for got, expected in zip(results, model(*w.quantities), strict=True):
        np.testing.assert_allclose(got.u, expected.u, rtol=1e-9, atol=1e-13)
        total, mean = got.sum(), got.mean()
        np.testing.assert_allclose(total.u, expected.sum().u, rtol=1e-9, atol=1e-13)
        np.testing.assert_allclose(mean.u, expected.mean().u, rtol=1e-9, atol=1e-13)
        same(total, expected.sum(), *w.quantities)
        same(mean, expected.mean(), *w.quantities)
        same(got, expected, *w.quantities)
        same(got * 2.0 - got, expected, *w.quantities)


def test_a_large_result_forgets_its_components_until_asked() -> None:
    n = 200_000
    a, b = joint([1.2, 0.3], [0.01, 0.02], [[1, 0.3], [0.3, 1]], dof=9)
    x, t = quantity(np.linspace(1.0, 2.0, n), 1e-3, dof=5), quantity(np.linspace(0.0, 1.0, n), 2e-3)
    model = lambda a, b, x, t: (a * x + b) * np.exp(-t)  # noqa: E731
    y, z = propagate(model, a, b, x, t), model(a, b, x, t)
    assert isinstance(y._components, Deferred) and y._components._blocks is None
    np.testing.assert_allclose(y.u, z.u, rtol=1e-12)
    assert float(y.sum().u) == pytest.approx(float(z.sum().u), rel=1e-12)
    assert float(y.mean().u) == pytest.approx(float(z.mean().u), rel=1e-12)
    assert y._components._blocks is None
    same(y[:50], z[:50], a, x[:50])
    assert y._components._blocks is not None
    same(y.sum(), z.sum(), a, b, x.mean())
    for again in (pickle.loads(pickle.dumps(propagate(model, a, b, x[:70_000], t[:70_000]))), y[:70_000]):
        assert again[3].same_as(z[3]) and float(again.sum().u) == pytest.approx(float(z[:70_000].sum().u), rel=1e-12)


def test_forgotten_components_are_those_of_the_arrays_as_they_were() -> None:
    n = 100_000
    x, given, around = quantity(np.linspace(1.0, 2.0, n), 1e-3), np.full(n, 2.0), np.full(n, 3.0)
    y = propagate(lambda x, factor: x * factor * around, x, given)
    assert isinstance(y._components, Deferred) and y._components._blocks is None
    given[:], around[:] = 7.0, 0.0
    np.testing.assert_allclose((y - 6.0 * x).u, 0.0, atol=1e-15)


def test_numbers_alone_run_by_operators() -> None:
    seen = []

    def model(a: Any, b: Any) -> Any:
        seen.append(type(a))
        return a * b if a > b else a / b

    a, b = quantity(2.0, 0.1), quantity(3.0, 0.1)
    same(propagate(model, a, b), a / b, a, b)
    assert seen == [Quantity]


@QUIET
@given(models(outputs=2))
def test_any_model_equals_operators(drawn: Drawn) -> None:
    model, seed = drawn
    w = world(seed)
    same(propagate(model, *w.quantities), model(*w.quantities), *w.quantities)


# ---------------------------------------------------------------- sizes and shapes


@pytest.mark.parametrize("n", [1, 2, 16_383, 16_384, 16_385, 40_000])
def test_slices_and_what_remains(n: int) -> None:
    a, b, c = joint([1.2, 0.3, 0.5], [0.01, 0.02, 0.005], [[1, 0.3, -0.2], [0.3, 1, 0.1], [-0.2, 0.1, 1]], dof=9)
    x = quantity(np.linspace(1.0, 2.0, n), np.linspace(1e-3, 2e-3, n), dof=5)
    t = quantity(np.linspace(0.0, 1.0, n), 2e-3)
    model = lambda a, b, c, x, t: (a * x + b) * np.exp(-c * t)  # noqa: E731
    assert recorded(model, a, b, c, x, t)
    y, z = propagate(model, a, b, c, x, t), model(a, b, c, x, t)
    same(y, z, a, b, c, x.mean(), t[:3])
    same(y.sum(), z.sum(), a, x.mean())
    assert covariance(y[n - 1], x[n - 1]) == pytest.approx(float(covariance(z[n - 1], x[n - 1])), rel=1e-12)


@pytest.mark.parametrize(
    ("rows", "columns"),
    [((5, 1), (7,)), ((5, 1), (1, 7)), ((1, 40_000), (3, 1)), ((40_000, 1), (3,)), ((200, 1), (300,))],
)
def test_broadcasting(rows: tuple[int, ...], columns: tuple[int, ...]) -> None:
    s = quantity(2.0, 0.1)
    x = quantity(np.arange(1.0, math.prod(rows) + 1.0).reshape(rows), 0.1)
    y = quantity(np.arange(1.0, math.prod(columns) + 1.0).reshape(columns), 0.2, dof=3)
    model = lambda s, x, y: np.log(x) * y * s + x - np.sqrt(y)  # noqa: E731
    assert recorded(model, s, x, y)
    same(propagate(model, s, x, y), model(s, x, y), s)
    few = (..., slice(0, 2))
    got, expected = propagate(model, s, x, y), model(s, x, y)
    np.testing.assert_allclose(covariance(got[few][:2], x[:2]), covariance(expected[few][:2], x[:2]), rtol=1e-12)


def test_a_linear_shared_part_stays_one_number() -> None:
    s, y = quantity(2.0, 0.1), quantity(np.ones(3), 0.1)
    model = lambda s, y: 2.0 * s + y * np.ones((50_000, 1))  # noqa: E731
    assert recorded(model, s, y)
    block = propagate(model, s, y).blocks[s.influences()[0].id]
    assert block.dense is not None and block.dense.scale.size == 1


def test_outputs_keep_their_own_shapes() -> None:
    a, x = quantity(2.0, 0.1, "V"), quantity(np.ones(4), 0.1, "A")
    model = lambda a, x: {"scalar": a * 2.0, "vector": a / x, "input": x, "again": a * 2.0}  # noqa: E731
    assert recorded(model, a, x)
    result = propagate(model, a, x)
    assert [q.shape for q in result.values()] == [(), (4,), (4,), ()]
    same(result, model(a, x), a, x)
    assert set(result["input"].blocks) == set(x.blocks)


@pytest.mark.parametrize(
    "model",
    [
        lambda a, x: a * x,
        lambda a, x: (a * x, x),
        lambda a, x: [a * x, x],
        lambda a, x: {"y": a * x},
        lambda a, x: (a * x,),
        lambda a, x: (a * x, 5.0),
        lambda a, x: 5.0,
        lambda a, x: (),
        lambda a, x: {},
    ],
)
def test_the_form_of_the_answer_is_the_models(model: Callable[..., Any]) -> None:
    a, x = quantity(2.0, 0.1), quantity(np.ones(4), 0.1)
    same(propagate(model, a, x), model(a, x), a, x)


@pytest.mark.parametrize("shape", [(), (1,), (0,), (0, 3), (3, 0), (1, 1, 1)])
def test_edges_of_shape(shape: tuple[int, ...]) -> None:
    s, x = quantity(2.0, 0.1, dof=4), quantity(np.ones(shape), 0.2)
    for model in (
        lambda s, x: s * np.sin(x) + x,
        lambda s, x: s + x,
        lambda s, x: x + 1.0,
        lambda s, x: x * x[None],
    ):
        same(propagate(model, s, x), model(s, x), s, x)


# ---------------------------------------------------------------- arguments


def test_plain_arguments_are_passed_as_they_are() -> None:
    x = quantity(np.ones(5), 0.1, "m")

    def model(x: Any, n: int, table: np.ndarray, *, mode: str, factor: float) -> Any:
        total = 0.0 * x * factor
        for i in range(n):
            total = total + x * table * math.floor(factor) * i
        return total**1 if mode == "sum" else total / n

    table = np.arange(5.0)
    for mode in ("sum", "mean"):
        arguments: dict[str, Any] = {"mode": mode, "factor": 2.5}
        assert recorded(model, x, 4, table, **arguments)
        same(propagate(model, x, 4, table, **arguments), model(x, 4, table, **arguments), x)
    same(propagate(lambda x, p: x**p, x, 3), x**3, x)
    same(propagate(lambda x, p: x**p, x, quantity(3.0, None)), x**3, x)
    same(propagate(lambda x, p: x ** (p * 2.0), x, quantity(1.0, None)), x**2, x)


def test_one_quantity_in_two_places_is_one_quantity() -> None:
    for x in (quantity(3.0, 0.1), quantity(np.arange(1.0, 6.0), 0.1), quantity([1.0, 2.0], 0.1) * quantity(2.0, 0.3)):
        same(propagate(lambda x, y: x - y, x, x), x - x, x)
        assert not np.any(propagate(lambda x, y: x - y, x, x).u)
        same(propagate(lambda x, y: x * y, x, x), x * x, x)
    x = quantity(np.arange(1.0, 20.0), 0.1)
    same(propagate(lambda x, y: x - y, x[1:], x[:-1]), x[1:] - x[:-1], x)
    same(propagate(lambda x, y: x / y, x, x.sum()), x / x.sum(), x)
    same(propagate(lambda x, m: x - m, x, x.mean()), x - x.mean(), x)
    same(propagate(lambda x, y: x * y, x[[0, 0, 3]], x[[3, 0, 0]]), x[[0, 0, 3]] * x[[3, 0, 0]], x)


def test_correlated_groups_and_what_closes_over() -> None:
    members = joint([1.0, 2.0, 3.0], [0.1, 0.2, 0.3], 0.5 * np.eye(3) + 0.5, "V", dof=6)
    bundle = stack(members)
    model = lambda a, b, v: a * b / v  # noqa: E731
    same(propagate(model, *members[:2], bundle), model(*members[:2], bundle), *members)
    outside = quantity(2.0, 0.1)
    same(
        propagate(lambda a: outside * a + outside, members[0] / members[1]),
        outside * (members[0] / members[1]) + outside,
    )


def test_an_influence_of_an_unused_input_does_not_appear() -> None:
    a, b = quantity(1.0, 0.1), quantity(np.ones(7), 0.1)
    assert recorded(lambda a, b: 2.0 * a, a, b)
    result = propagate(lambda a, b: 2.0 * a, a, b)
    assert result.shape == () and set(result.blocks) == set(a.blocks)


@pytest.mark.parametrize(
    "model",
    [
        lambda x: x if x[0] > 0.0 else -x,
        lambda x: x.sum() * x,
        lambda x: np.sum(x),
        lambda x: x - np.mean(x),
        lambda x: stack([x[0], x[1] * x[0]]),
        lambda x: np.dot(x, x),
        lambda x: x[::-1] + x,
        lambda x: x.reshape(-1, 1) * x,
        lambda x: x * float(x.value[0]),
        lambda x: np.where(x > 1.5, 1.0, 0.0) * x,
        lambda x: x * (np.array([1.0, 5.0, 1.0]) < x),
        lambda x: sum((x[i] for i in range(len(x))), 0.0),
    ],
)
def test_models_that_cannot_be_recorded_run_by_operators(model: Callable[..., Any]) -> None:
    x = quantity([1.0, 2.0, 3.0], 0.1)
    assert not recorded(model, x)
    same(propagate(model, x), model(x), x)


# ---------------------------------------------------------------- units


def test_units_are_those_of_the_operators() -> None:
    v, i = quantity([5.0, 6.0], 0.01, "V"), quantity(20.0, 0.1, "mA")
    power = propagate(lambda v, i: v * i + quantity(0.0, None, "W"), v, i)
    same(power, v * i + quantity(0.0, None, "W"), v, i)
    model = lambda v, i: (v / i, v * i, np.sqrt(v * v), np.hypot(v, v * 2.0), v + v.unit.factor * v)  # noqa: E731
    same(propagate(model, v, i), model(v, i), v, i)
    mixed = lambda a, b: (a + b, b - a, np.arctan2(a, b), np.sin(a / b))  # noqa: E731
    a, b = quantity(1.0, 0.1, "m"), quantity([900.0, 1000.0], 1.0, "mm")
    assert recorded(mixed, a, b)
    same(propagate(mixed, a, b), mixed(a, b), a, b)


def test_temperatures_are_those_of_the_operators() -> None:
    t, f, k = quantity(23.0, 0.02, "degC"), quantity(70.0, 0.1, "degF"), quantity([1.0, 2.0], 0.1, "K")
    for model in (
        lambda t, f, k: t - f,
        lambda t, f, k: t + k,
        lambda t, f, k: k + t,
        lambda t, f, k: f + k,
        lambda t, f, k: (t + k) - f,
        lambda t, f, k: (t - f) * k,
    ):
        same(propagate(model, t, f, k), model(t, f, k), t, f, k)
    alpha = quantity(11.5e-6, 1e-6, "1/K")
    assert recorded(lambda t, k, alpha: 1.0 + alpha * ((t + k) - t), t, k, alpha)


@pytest.mark.parametrize(
    "model",
    [
        lambda t, x: t + t,
        lambda t, x: np.hypot(t, t),
        lambda t, x: t * x,
        lambda t, x: np.exp(x),
        lambda t, x: np.floor(x),
        lambda t, x: x + 1.0,
        lambda t, x: np.add(x, x, out=np.zeros(2)),
    ],
)
def test_what_the_operators_refuse_is_refused(model: Callable[..., Any]) -> None:
    t, x = quantity(20.0, 0.1, "degC"), quantity([1.0, 2.0], 0.1, "m")
    with pytest.raises(Refused) as by_operators:
        model(t, x)
    with pytest.raises(Refused) as by_model:
        propagate(model, t, x)
    assert by_model.value.findings == by_operators.value.findings


def test_shapes_that_do_not_broadcast_raise_as_in_numpy() -> None:
    with pytest.raises(ValueError, match=r"broadcast|shape mismatch"):
        propagate(lambda x, y: x + y, quantity(np.ones(3), 0.1), quantity(np.ones(4), 0.1))


# ---------------------------------------------------------------- Monte Carlo and memory


@pytest.mark.parametrize("seed", range(6))
def test_monte_carlo_agrees(seed: int) -> None:
    """Nearly linear random models: mean, u and correlation within five standard errors of a million draws."""
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.5, 1.5, 6)
    factor = rng.normal(size=(3, 3))
    v = factor @ factor.T
    d = np.sqrt(np.diag(v))
    spread = rng.uniform(1e-4, 3e-4, 4)
    a, b, c = joint(p[:3].tolist(), spread[:3].tolist(), v / np.outer(d, d))
    x = quantity(p[3], spread[3])
    root = np.linalg.cholesky(v / np.outer(d, d)) * spread[:3, None]

    def model(a: Any, b: Any, c: Any, x: Any) -> Any:
        y = (a * x + p[4] * b) * np.exp(-c * x) / (1.0 + x**2)
        return y, np.sin(a * b) + p[5] * np.sqrt(c + x)

    y, z = propagate(model, a, b, c, x)
    n = 1_000_000
    abc = np.asarray(p[:3])[:, None] + root @ rng.standard_normal((3, n))
    my, mz = model(*abc, p[3] + spread[3] * rng.standard_normal(n))
    for q, draws in ((y, my), (z, mz)):
        error = float(q.u) / math.sqrt(n)
        bias = 1e-6  # of the second order, |f''| u²
        assert abs(draws.mean() - float(q.value)) < 5 * error + bias
        assert abs(draws.std() - float(q.u)) < 5 * error / math.sqrt(2) + 1e-3 * float(q.u)
    r = float(covariance(y, z) / (y.u * z.u))
    assert abs(np.corrcoef(my, mz)[0, 1] - r) < 5 * (1 - r * r) / math.sqrt(n) + 1e-3


def test_memory_is_that_of_the_result() -> None:
    """n = 4·10⁵: value and u are 6 MiB; all other arrays are slices only. With three shared rows and two own ones,
    which are evaluated again when asked for, 19 MiB more."""
    n = 400_000
    a, b, c = joint([1.2, 0.3, 0.5], [0.01, 0.02, 0.005], np.eye(3))
    x, t = quantity(np.linspace(1.0, 2.0, n), 1e-3), quantity(np.linspace(0.0, 1.0, n), 2e-3)
    tracemalloc.start()
    y = propagate(lambda a, b, c, x, t: (a * x + b) * np.exp(-c * t), a, b, c, x, t)
    assert float(y.sum().u) > 0.0 and y.u.shape == (n,)
    lean = tracemalloc.get_traced_memory()[1] / 2**20
    assert y.size == n and len(y.blocks) == 3
    top = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    assert lean < 2 * n * 8 / 2**20 + 6.0
    assert top < 8 * n * 8 / 2**20 + 6.0


def test_single_values_of_an_array_propagate() -> None:
    """Elements picked out of an array have own components of a scalar; this once failed."""
    x = quantity([1.0, 2.0], [0.1, 0.2])
    y = propagate(lambda a, b: a * b, x[0], x[1])
    assert float(y.u) == pytest.approx(float((x[0] * x[1]).u))
