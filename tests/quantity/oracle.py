"""An independent answer for first-order propagation: the whole model in plain NumPy, one complex step an element.

Every elementary random element of every input has a column. The derivative with respect to it is the imaginary part
of the model at value + i·h·component; no table, no block and no rule of the kernel is used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from suyuan.quantity.quantity import Quantity, joint, quantity

STEP = 1e-30
Model = Callable[..., Any]


@dataclass(frozen=True)
class World:
    """Inputs as quantities and as values with their tables of components (elements, *shape)."""

    quantities: tuple[Quantity, ...]
    values: tuple[np.ndarray, ...]
    tables: tuple[np.ndarray, ...]
    groups: tuple[tuple[slice, float, bool], ...]

    def jacobian(self, model: Model) -> tuple[np.ndarray, np.ndarray]:
        """Value of the model, and its components on every element."""
        value = np.asarray(model(*self.values))
        rows = []
        for element in range(self.tables[0].shape[0]):
            moved = [v + 1j * STEP * t[element] for v, t in zip(self.values, self.tables, strict=True)]
            rows.append(np.broadcast_to(np.imag(np.asarray(model(*moved))) / STEP, value.shape))
        return value, np.array(rows).reshape(len(rows), *value.shape)

    def dof(self, components: np.ndarray) -> np.ndarray:
        """Welch-Satterthwaite from the components (GUM G.4.1); a joint group counts as one variance."""
        denominator: Any = 0.0
        for where, dof, one in self.groups:
            part = components[where]
            denominator = denominator + (np.sum(part**2, axis=0) ** 2 if one else np.sum(part**4, axis=0)) / dof
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(denominator > 0.0, np.sum(components**2, axis=0) ** 2 / denominator, math.inf)


def world(seed: int) -> World:
    """Scalars, a joint group, vectors, a column, a matrix: a () b () c () d () x (4,) y (4,) z (3, 1) w (3, 4)."""
    rng = np.random.default_rng(seed)
    matrix = np.array([[1.0, 0.6, -0.3], [0.6, 1.0, 0.2], [-0.3, 0.2, 1.0]])
    values: list[np.ndarray] = [rng.uniform(0.5, 1.5, shape) for shape in ((), (), (), (), (4,), (4,), (3, 1), (3, 4))]
    spread = [rng.uniform(0.01, 0.1, np.shape(v)) for v in values]
    quantities = list(joint([float(v) for v in values[:3]], [float(s) for s in spread[:3]], matrix, dof=7))
    tables, groups, start = [], [(slice(0, 3), 7.0, True)], 3
    total = 3 + sum(v.size for v in values[3:])
    root = np.linalg.cholesky(matrix) * np.array(spread[:3], dtype=float)[:, None]
    for row in root:
        table = np.zeros(total)
        table[:3] = row
        tables.append(table)
    for v, s, dof in zip(values[3:], spread[3:], (5.0, math.inf, 9.0, 4.0, 30.0), strict=True):
        quantities.append(quantity(v, s, dof=dof))
        table = np.zeros((total, v.size))
        table[start + np.arange(v.size), np.arange(v.size)] = s.ravel()
        tables.append(table.reshape(total, *v.shape))
        groups.append((slice(start, start + v.size), dof, False))
        start += v.size
    return World(tuple(quantities), tuple(values), tuple(tables), tuple(groups))


# ---------------------------------------------------------------- random models

UNARY: dict[str, Callable[[Any], Any]] = {
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "arctan": np.arctan,
    "exp": lambda x: np.exp(np.tanh(x)),
    "square": lambda x: np.square(np.sin(x)),
    "sqrt": lambda x: np.sqrt(2.0 + np.sin(x)),
    "log": lambda x: np.log(3.0 - np.cos(x)),
    "power": lambda x: (2.0 + np.tanh(x)) ** 1.5,
    "negative": lambda x: -x,
    "reciprocal": lambda x: 1.0 / (3.0 + np.sin(x)),
    "affine": lambda x: 0.3 * x - 1.25,
    "itself": lambda x: x * x - x,
}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: np.tanh(x) * np.cos(y),
    "divide": lambda x, y: np.sin(x) / (2.0 + np.cos(y)),
    "power": lambda x, y: (2.0 + np.sin(x)) ** np.tanh(y),
}


def _keys(draw: Any, shape: tuple[int, ...]) -> Any:
    """A key of any kind that NumPy allows for this shape."""
    kinds = ["slice", "reversed", "new", "dots"]
    if shape and shape[0] > 0:
        kinds += ["integer", "gather", "mask"]
    if len(shape) == 3 and min(shape) > 0:
        kinds.append("apart")
    kind = draw(st.sampled_from(kinds))
    if kind == "apart":
        return (0, slice(None), [0, shape[2] - 1])
    if kind == "integer":
        return draw(st.integers(-shape[0], shape[0] - 1))
    if kind == "gather":
        return draw(st.lists(st.integers(0, shape[0] - 1), min_size=1, max_size=6))
    if kind == "mask":
        return np.array(draw(st.lists(st.booleans(), min_size=shape[0], max_size=shape[0])))
    if kind == "new" or not shape:
        return (None, ...)
    if kind == "dots":
        return (..., slice(0, max(1, shape[-1] - 1)))
    return slice(None, None, -1) if kind == "reversed" else slice(draw(st.integers(0, 2)), None)


def _step(draw: Any, pool: list[np.ndarray], elementwise: bool) -> Callable[[list[Any]], Any]:
    """One more operation on the pool of values so far, as a function of the pool."""
    i = draw(st.integers(0, len(pool) - 1))
    j = draw(st.integers(0, len(pool) - 1))
    x = pool[i]
    kinds = ["unary", "binary", "binary", "constant"]
    if not elementwise:
        kinds += ["index", "index", "sum", "mean", "reshape", "stack"]
    kind = draw(st.sampled_from(kinds))
    if kind == "binary" and _broadcast(x, pool[j]):
        both = BINARY[draw(st.sampled_from(sorted(BINARY)))]
        return lambda p: both(p[i], p[j])
    if kind == "stack" and _broadcast(x, pool[j]):
        shape = np.broadcast_shapes(x.shape, pool[j].shape)
        return lambda p: np.stack([p[i] + np.zeros(shape), p[j] + np.zeros(shape), p[i] + np.zeros(shape)])
    if kind == "constant":
        factor = np.random.default_rng(i + 7 * j).uniform(-1.0, 1.0, x.shape)
        return lambda p: p[i] * factor + np.cos(factor)
    if kind == "index":
        key = _keys(draw, x.shape)
        return lambda p: p[i][key]
    if kind in ("sum", "mean") and x.size:
        axis = draw(st.sampled_from([None, *range(x.ndim), *range(-x.ndim, 0)]))
        return lambda p: getattr(p[i], kind)(axis=axis)
    if kind == "reshape":
        return lambda p: p[i].reshape(-1) if x.ndim != 1 or x.size % 2 else p[i].reshape(2, -1)
    alone = UNARY[draw(st.sampled_from(sorted(UNARY)))]
    return lambda p: alone(p[i])


def _broadcast(x: np.ndarray, y: np.ndarray) -> bool:
    try:
        return bool(math.prod(np.broadcast_shapes(x.shape, y.shape)) <= 60)
    except ValueError:
        return False


@st.composite
def models(draw: Any, elementwise: bool = False, outputs: int = 2) -> tuple[Model, int]:
    """A random model of the eight inputs of a world, with several outputs, and the seed of the world."""
    seed = draw(st.integers(0, 1_000))
    pool = [np.asarray(v) for v in world(seed).values]
    steps: list[Callable[[list[Any]], Any]] = []
    for _ in range(draw(st.integers(1, 9))):
        step = _step(draw, pool, elementwise)
        result = np.asarray(step(pool))
        if result.size <= 60 and result.ndim <= 3:
            steps.append(step)
            pool.append(result)
    chosen = [draw(st.integers(max(0, len(pool) - 4), len(pool) - 1)) for _ in range(outputs - 1)]

    def model(*inputs: Any) -> tuple[Any, ...]:
        values: list[Any] = list(inputs)
        for step in steps:
            values.append(step(values))
        return tuple(values[i] for i in (len(values) - 1, *chosen))

    return model, seed


def check_against(q: Quantity, value: np.ndarray, components: np.ndarray, w: World) -> None:
    """Value, u and dof of one result against the oracle."""
    assert q.shape == value.shape
    np.testing.assert_allclose(q.value, value, rtol=1e-12, atol=1e-14)
    variance = np.sum(components**2, axis=0)
    # A block that mixes own and shared parts has its variance to rounding of its terms: 1e-16 of the squares.
    np.testing.assert_allclose(q.variance, variance, rtol=1e-9, atol=1e-14)
    solid = variance > 1e-12
    dof = np.asarray(w.dof(components))
    # Beyond 1e12 the finite components are rounding themselves, in their fourth powers.
    np.testing.assert_allclose(np.minimum(q.dof, 1e12)[solid], np.minimum(dof, 1e12)[solid], rtol=1e-6)


def check_covariance(covariance: np.ndarray, first: np.ndarray, second: np.ndarray) -> None:
    """A covariance against the oracle's components."""
    expected = np.tensordot(first, second, axes=(0, 0))
    assert covariance.shape == expected.shape
    np.testing.assert_allclose(covariance, expected, rtol=1e-9, atol=1e-14)


def outputs_of(results: Any) -> Sequence[Quantity]:
    """The results that are quantities."""
    return [r for r in results if isinstance(r, Quantity)]
