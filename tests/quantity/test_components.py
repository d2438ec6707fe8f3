"""Terms that are worked out when asked for: as the blocks would have it, at the cost of one sweep, however deep."""

from __future__ import annotations

import copy
import itertools
import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity import components as module
from suyuan.quantity.covariance import covariance
from suyuan.quantity.finding import Refused
from suyuan.quantity.propagate import propagate
from suyuan.quantity.quantity import Quantity, joint, quantity
from suyuan.quantity.scalar import _ROWS
from suyuan.quantity.unit import ONE

from .oracle import BINARY, UNARY, check_against, check_covariance, world

QUIET = settings(max_examples=150, deadline=None)


@st.composite
def programs(draw: st.DrawFn) -> tuple[list[tuple[Any, int, int]], int]:
    """Operations on single numbers: a function and the places of its operands in the pool."""
    steps: list[tuple[Any, int, int]] = []
    size = 8
    for _ in range(draw(st.integers(1, 25))):
        i, j = draw(st.integers(0, size - 1)), draw(st.integers(0, size - 1))
        if draw(st.booleans()):
            steps.append((BINARY[draw(st.sampled_from(sorted(BINARY)))], i, j))
        else:
            steps.append((UNARY[draw(st.sampled_from(sorted(UNARY)))], i, -1))
        size += 1
    return steps, draw(st.integers(0, 500))


def run(steps: list[tuple[Any, int, int]], pool: list[Any]) -> list[Any]:
    for f, i, j in steps:
        pool.append(f(pool[i]) if j < 0 else f(pool[i], pool[j]))
    return pool


@QUIET
@given(programs(), st.integers(0, 2**20), st.sampled_from([64, 2, 0]))
def test_single_numbers_agree_with_complex_steps(
    drawn: tuple[list[tuple[Any, int, int]], int], asked: int, few: int
) -> None:
    """Whatever is asked for on the way, and whether numbers are kept flat or as blocks."""
    steps, seed = drawn
    w = world(seed)

    def chosen(x: tuple[Any, ...]) -> list[Any]:
        return [*x[:4], x[4][0], x[4][3], x[5][0], x[7].sum()]

    def model(*x: Any) -> Any:
        return run(steps, chosen(x))[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FEW", few)
        pool = chosen(w.quantities)
        for n, step in enumerate(steps):
            run([step], pool)
            if asked >> (n % 20) & 1:  # reading an uncertainty on the way must change nothing
                assert float(pool[-1].u) >= 0.0
        value, components = w.jacobian(model)
        y = pool[-1]
        assert isinstance(y, Quantity)
        check_against(y, value, components, w)
        for x, table in zip(w.quantities[:6], w.tables[:6], strict=True):
            check_covariance(covariance(y, x), components, table)
        assert pickle.loads(pickle.dumps(y)).same_as(y) and copy.deepcopy(y).same_as(y)


NUMBERS = st.floats(-30.0, 30.0).filter(lambda x: x == 0.0 or abs(x) > 1e-30)
"""Not so small that squares of slopes leave the range of floats."""


@QUIET
@given(NUMBERS, NUMBERS, st.sampled_from(sorted(_ROWS, key=lambda f: str(f.__name__))))
def test_numbers_and_arrays_of_one_value_agree(a: float, b: float, ufunc: Any) -> None:
    """Floats, or the machinery of arrays: the same value and u, also where there is none."""
    x, y = quantity(a, 0.1, id="a" * 32), quantity(b, 0.2, id="b" * 32)
    p, q = quantity([a], [0.1], id="a" * 32), quantity([b], [0.2], id="b" * 32)
    with np.errstate(all="ignore"):
        pairs = [((x,), (p,))] if ufunc.nin == 1 else [((x, y), (p, q)), ((x, b), (p, b)), ((a, y), (a, q))]
        for numbers, arrays in pairs:
            try:
                one = ufunc(*numbers)
            except Refused as refused:
                with pytest.raises(Refused) as again:
                    ufunc(*arrays)
                assert again.value.findings[0].code == refused.findings[0].code == "quantity.operation.no_value"
                continue
            many = ufunc(*arrays)
            np.testing.assert_allclose(one.value, many.value[0], rtol=1e-14)
            np.testing.assert_allclose(one.u, many.u[0], rtol=1e-12, atol=1e-16)
            assert one.shape == () and one.unit == many.unit and isinstance(one.value, np.ndarray)


@pytest.mark.parametrize(
    "act",
    [
        lambda x: x / 0.0,
        lambda x: 1.0 / (x - 2.0),
        lambda x: np.log(x - 2.0),
        lambda x: np.log(-x),
        lambda x: np.sqrt(-x),
        lambda x: np.exp(x * 1e3),
        lambda x: (-x) ** 0.5,
        lambda x: (x - 2.0) ** -1.0,
        lambda x: x**5000.0,
        lambda x: np.sin(x / 0.0),
    ],
)
def test_poles_and_overflow_are_refused(act: Any) -> None:
    """Never an error of Python's arithmetic, never a quiet infinity: the operation and the place are named."""
    for x in (quantity(2.0, 0.1), quantity([2.0], 0.1)):
        with pytest.raises(Refused) as refused:
            act(x)
        assert refused.value.findings[0].code == "quantity.operation.no_value"
    with pytest.raises(Refused) as refused:
        propagate(act, quantity([3.0, 2.0], 0.1))
    assert refused.value.findings[0].code == "quantity.operation.no_value"
    assert dict(refused.value.findings[0].parameters)["index"] in ("0", "1")


# ---------------------------------------------------------------- long and deep


def test_a_running_sum_of_a_hundred_thousand_steps() -> None:
    x, total = quantity(1.0, 0.1, "V"), quantity(0.0, None, "V")
    for _ in range(100_000):
        total = total + x
    assert float(total.u) == pytest.approx(1e4, rel=1e-12)
    scaled = x
    for _ in range(100_000):
        scaled = scaled * 1.00001
    assert float(scaled.u) == pytest.approx(0.1 * math.exp(1e5 * math.log1p(1e-5)), rel=1e-9)
    forgotten = x
    for _ in range(100_000):
        forgotten = forgotten + x
    del forgotten  # a chain that nobody asked for goes as quietly
    deep = x
    for _ in range(20_000):
        deep = deep + 0.5 * x
    assert float(pickle.loads(pickle.dumps(deep)).u) == pytest.approx(1000.1)


def test_thousands_of_influences_and_one_total() -> None:
    n = 5000
    u = np.linspace(0.01, 0.02, n)
    each = [quantity(1.0 + i / n, float(s), dof=5.0) for i, s in enumerate(u)]
    assert float(sum(each).u) == pytest.approx(np.linalg.norm(u), rel=1e-12)  # type: ignore[union-attr]

    def model(*x: Any) -> Any:
        total = x[0]
        for a, b in itertools.pairwise(x):
            total = total + a * b
        return total

    y = propagate(model, *each)
    values = np.array([float(q.value) for q in each])
    slope = np.append(values[1:], 0.0) + np.append(0.0, values[:-1])
    slope[0] += 1.0
    assert float(y.u) == pytest.approx(np.linalg.norm(slope * u), rel=1e-12)
    assert float(y.dof) == pytest.approx(np.sum((slope * u) ** 2) ** 2 / np.sum((slope * u) ** 4 / 5.0), rel=1e-9)
    assert len(y.blocks) == n and [i.id for i in y.influences()[:3]] == [q.influences()[0].id for q in each[:3]]


def test_elements_of_an_array_meet_again_in_a_sum() -> None:
    x = quantity(np.linspace(0.0, 1.0, 3000), np.linspace(0.1, 0.2, 3000))
    by_hand = sum(x)
    assert isinstance(by_hand, Quantity)
    assert by_hand.same_as(x.sum()) and float((by_hand - x.sum()).u) < 1e-13
    block = by_hand.blocks[x.influences()[0].id]
    assert block.dense is not None and block.dense.weights is not None


def test_what_many_results_share_is_worked_out_once() -> None:
    """A filter of 20 000 steps read at each step, and a thousand results of one long model: no sweep is repeated."""
    x, state = quantity(1.0, 0.1), quantity(0.0, 0.0)
    for _ in range(20_000):
        state = 0.9 * state + 0.1 * x
        doubled = state * 2.0 + 1.0
        assert float(doubled.u) <= 0.2 + 1e-12
    assert float(doubled.u) == pytest.approx(0.2)
    growing = x
    for _ in range(20_000):
        growing = growing * 1.0001
        assert float(growing.u) > 0.1
    assert float(growing.u) == pytest.approx(0.1 * 1.0001**20_000)
    long = x
    for i in range(3000):
        long = np.sin(long) + x * float(i % 3)
    results = [long * float(i) + x for i in range(1000)]
    assert float((results[7] - results[5] - 2.0 * long).u) == pytest.approx(0.0, abs=1e-12)
    spreads = [float(y.u) for y in results]
    assert spreads[0] == pytest.approx(0.1) and spreads[9] == pytest.approx(float((9.0 * long + x).u))


# ---------------------------------------------------------------- identity


def test_influences_stand_in_the_order_in_which_they_entered() -> None:
    a, b, c, d = (quantity(float(i), 0.1) for i in range(1, 5))
    x = quantity(np.ones(3), 0.1)
    ids = [q.influences()[0].id for q in (a, b, c, d, x)]
    for y, order in (
        (a + b * c - d, [0, 1, 2, 3]),
        (d * (a + b) / (c - a), [3, 0, 1, 2]),
        (b * x.sum() + a, [1, 4, 0]),
        (a - a + c, [0, 2]),
    ):
        assert [i.id for i in y.influences()] == [ids[n] for n in order]


def test_a_conflict_of_identities_shows_when_the_uncertainty_is_read() -> None:
    a, b = quantity(1.0, 0.1, id="a" * 32), quantity(1.0, 0.2, id="a" * 32)
    x = quantity(np.ones(100), 0.1)
    for y in (a + b, (a * 2.0) / (b + 1.0), a * x.sum() + b, np.exp(a) - np.sin(b)):
        for read in (lambda y=y: y.u, lambda y=y: y.blocks, lambda y=y: y.dof):
            with pytest.raises(Refused) as refused:
                read()
            assert refused.value.findings[0].code == "quantity.identity.conflict"


def test_units_of_numbers_are_those_of_arrays() -> None:
    v, i = quantity(5.0, 0.1, "V"), quantity(20.0, 0.1, "mA")
    assert (v / i).unit == (v / quantity([20.0], 0.1, "mA")).unit and (v * v).unit == np.square(v).unit
    assert (v / v).unit == ONE and (v**2.0).unit == (v * v).unit and (v**0.5).unit == np.sqrt(v).unit
    with pytest.raises(Refused):
        v + i
    with pytest.raises(Refused):
        v + 1.0
    a, b, c = joint([1.0, 2.0, 3.0], [0.1] * 3, np.eye(3) * 0.5 + 0.5, ["m", "mm", "1"])
    assert float((a + b).value) == pytest.approx(1.002) and (a + b).unit == a.unit
    assert float((a * c).u) == pytest.approx(0.1 * math.sqrt(9.0 + 1.0 + 3.0))
