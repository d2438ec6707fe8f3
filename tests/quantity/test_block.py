"""Blocks: each structure against its full table of components, and the structures that large data must keep."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block, Dense, Own, coalesce, combine, components, every_element
from suyuan.quantity.dof import fourth_powers
from suyuan.quantity.influence import Influence

SIZE = 7
SHAPE = (2, 3)
FIXED = settings(max_examples=200, deadline=None)


def influence(size: int = SIZE, joint: bool = False) -> Influence:
    return Influence("0" * 32, size, np.ones(size), joint=joint)


ONE, JOINT = influence(), influence(joint=True)


@st.composite
def any_block(draw: st.DrawFn, joint: bool = False) -> Block:
    """A block over SHAPE with any mix of own parts, identity and weighted dense parts, some axes of length 1."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    own = dense = None
    kind = draw(st.sampled_from(["own", "identity", "weights", "own+identity", "own+weights"]))
    ends = draw(st.sampled_from([(2, 3), (1, 3), (2, 1), (1, 1)]))
    if "own" in kind:
        slots = draw(st.integers(1, 4))
        own = coalesce(rng.integers(0, SIZE, (slots, *SHAPE)), rng.normal(size=(slots, *SHAPE)))
        if slots == 1:
            own = Own(rng.integers(0, SIZE, (1, *ends)), rng.normal(size=(1, *SHAPE)))
    if "identity" in kind:
        dense = Dense(rng.normal(size=(SIZE, *ends)))
    if "weights" in kind:
        rank = draw(st.integers(1, 4))
        dense = Dense(rng.normal(size=(rank, *ends)), rng.normal(size=(rank, SIZE)))
    return Block(JOINT if joint else ONE, own, dense)


def table(block: Block, shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    return components(block, shape).reshape(block.influence.size, *shape)


@FIXED
@given(any_block())
def test_variance_and_fourth_powers(block: Block) -> None:
    full = table(block)
    np.testing.assert_allclose(np.broadcast_to(blocks.variance(block), SHAPE), np.sum(full**2, axis=0), rtol=1e-12)
    np.testing.assert_allclose(fourth_powers(block, SHAPE), np.sum(full**4, axis=0), rtol=1e-9, atol=1e-12)


@FIXED
@given(any_block(joint=True))
def test_a_joint_group_is_one_variance(block: Block) -> None:
    np.testing.assert_allclose(fourth_powers(block, SHAPE), np.sum(table(block) ** 2, axis=0) ** 2, rtol=1e-12)


@FIXED
@given(any_block(), any_block(), any_block(), st.integers(0, 1000))
def test_chain_rule(a: Block, b: Block, c: Block, seed: int) -> None:
    partial = np.random.default_rng(seed).normal(size=SHAPE)
    result = combine([(partial, a, 2), (-1.0, b, 2), (1.0, c, 2)], SHAPE)
    np.testing.assert_allclose(table(result), partial * table(a) - table(b) + table(c), rtol=1e-12, atol=1e-12)
    again = combine([(1.0, result, 2), (-1.0, result, 2)], SHAPE)
    np.testing.assert_allclose(np.broadcast_to(blocks.variance(again), SHAPE), 0.0, atol=1e-26)


@FIXED
@given(any_block(), st.sampled_from([None, 0, 1]))
def test_totals(block: Block, axis: int | None) -> None:
    expected = table(block).sum(axis=(1, 2) if axis is None else axis + 1)
    result = blocks.total(block, SHAPE, axis)
    np.testing.assert_allclose(table(result, expected.shape[1:]), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        np.broadcast_to(blocks.variance(result), expected.shape[1:]), np.sum(expected**2, axis=0), rtol=1e-9, atol=1e-14
    )


@FIXED
@given(any_block(), any_block())
def test_stack_select_reshape(a: Block, b: Block) -> None:
    whole = blocks.stack([(0, a, 2), (2, b, 2)], (3, *SHAPE))
    expected = np.stack([table(a), np.zeros((SIZE, *SHAPE)), table(b)], axis=1)
    np.testing.assert_allclose(table(whole, (3, *SHAPE)), expected, atol=1e-15)
    for key in (
        (slice(None, None, -1), 1),
        (..., [2, 0, 0]),
        (2, slice(None), [1, 1]),
        np.array([True, False, True]),
        -1,
    ):
        picked = blocks.select(whole, key, (3, *SHAPE))
        shape = np.zeros((3, *SHAPE))[key].shape
        wanted = np.stack([row[key] for row in expected])
        np.testing.assert_allclose(table(picked, shape), wanted, atol=1e-15)
        np.testing.assert_allclose(
            np.broadcast_to(blocks.variance(picked), shape), np.sum(wanted**2, axis=0), rtol=1e-9
        )
    flat = blocks.reshape(whole, (3, *SHAPE), (9, 2))
    np.testing.assert_allclose(table(flat, (9, 2)), expected.reshape(SIZE, 9, 2), atol=1e-15)


def test_coalesce_leaves_one_slot_an_element() -> None:
    index = np.array([[3, 1], [3, 2], [3, 1]])
    own = coalesce(index, np.array([[1.0, 1.0], [2.0, 5.0], [-3.0, 4.0]]))
    full = components(Block(ONE, own), (2,))
    np.testing.assert_array_equal(full[[3, 1, 2], [0, 1, 1]], [0.0, 5.0, 5.0])
    assert np.sum(own.coefficient**2, axis=0).tolist() == [0.0, 50.0]
    assert coalesce(np.zeros((0, 2), int), np.zeros((0, 2))).index.shape == (0, 2)


def test_the_index_of_all_elements_is_one_object() -> None:
    assert every_element(1000) is every_element(1000)
    with pytest.raises(ValueError, match="read-only"):
        every_element(1000)[0, 0] = 5


def test_weights_that_nearly_cancel_keep_their_digits() -> None:
    """1 − (1 − 1e-10): from the Gram matrix the variance would be lost in rounding (1e-16 of 1)."""
    weights = np.array([[1.0, 0.0], [1.0, 1e-10]])
    block = Block(influence(2), None, Dense(np.array([[1.0, 1.0], [-1.0, -1.0]]), weights))
    np.testing.assert_allclose(np.sqrt(blocks.variance(block)), 1e-10, rtol=1e-5)


def test_a_single_value_has_no_own_part_beside_a_dense_one() -> None:
    """So that Σ − Σ, reached in two ways, is nothing rather than the root of a rounding error."""
    n = 100
    sum_ = Block(influence(n), None, Dense(np.ones(1), np.ones((1, n))))
    one_by_one = Block(influence(n), Own(np.arange(n), np.ones(n)))
    difference = combine([(1.0, sum_, 0), (-1.0, one_by_one, 0)], ())
    assert difference.own is None and float(blocks.variance(difference)) == 0.0


def test_large_structures_stay_narrow() -> None:
    """Shared parts keep length 1, a full sum is one row, and a mean taken from its values stays one row."""
    n = 50_000
    x = Block(influence(n), Own(every_element(n), np.ones((1, n))), None)
    shared = Block(influence(1), None, Dense(np.ones((1, 1))))
    assert blocks.select(shared, slice(1, None), (n,)).dense.scale.shape == (1, 1)  # type: ignore[union-attr]
    total = blocks.total(x, (n,), None)
    assert total.dense is not None and total.dense.weights is not None and total.dense.weights.shape == (1, n)
    centred = combine([(1.0, x, 1), (-1.0 / n, total, 0)], (n,))
    assert centred.own is not None and centred.own.index.shape == (1, n)
    assert centred.dense is not None and centred.dense.scale.size == 1
    part = blocks.total(blocks.select(x, slice(0, 60), (n,)), (60,), None)
    assert part.own is not None and part.own.index.shape == (60,)
    spread = combine([(1.0, x, 1), (1.0, part, 0)], (n,))
    assert spread.own is not None and spread.own.index.shape == (1, n)


def test_fourth_powers_of_many_rows_go_value_by_value() -> None:
    rng = np.random.default_rng(1)
    weights, scale = rng.normal(size=(40, 300)), rng.normal(size=(40, 500))
    block = Block(influence(300), None, Dense(scale, weights))
    np.testing.assert_allclose(fourth_powers(block, (500,)), np.sum((weights.T @ scale) ** 4, axis=0), rtol=1e-9)
    empty = Block(influence(300), None, Dense(np.zeros((40, 0)), weights))
    assert fourth_powers(empty, (0,)).shape == (0,)
    assert math.isclose(float(fourth_powers(Block(ONE, None, Dense(np.full(SIZE, 2.0))), ())), 16.0 * SIZE)
