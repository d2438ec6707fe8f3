"""Complex quantities against finite differences, Monte Carlo and their identities; degrees of freedom against figures
that another program (GTC 1.5.1, `willink_hall`) gives for the same inputs."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.complex_quantity import complex_quantity, polar
from suyuan.quantity.covariance import bivariate, correlation, covariance
from suyuan.quantity.derivative import OF_COMPLEX, OPERATIONS
from suyuan.quantity.finding import Refused
from suyuan.quantity.propagate import propagate
from suyuan.quantity.quantity import Quantity, joint, quantity, stack
from suyuan.quantity.unit import ONE, parse_unit

QUIET = settings(max_examples=80, deadline=None)
Matrix = np.ndarray


def code(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.findings[0].code


@st.composite
def estimates(draw: st.DrawFn) -> tuple[complex, Matrix, Quantity]:
    """An estimate away from 0 and from the branch cut, its 2 × 2 covariance, and the quantity."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    value = complex(rng.uniform(0.3, 2.0) * np.exp(1j * rng.uniform(-2.5, 2.5)))
    first, second = rng.uniform(0.001, 0.1, 2)
    r = float(rng.choice([0.0, 1.0, -1.0, *rng.uniform(-0.95, 0.95, 5)]))
    v = np.array([[first**2, r * first * second], [r * first * second, second**2]])
    return value, v, complex_quantity(value, complex(first, second), r=r, dof=float(rng.integers(2, 40)))


def jacobian(f: Callable[[Any], Any], z: complex) -> Matrix:
    """∂(Re f, Im f)/∂(Re z, Im z) by central differences of fourth order."""
    columns = []
    for step in (1e-3, 1e-3j):
        d = (8.0 * (f(z + step) - f(z - step)) - (f(z + 2 * step) - f(z - 2 * step))) / 12e-3
        columns.append([np.real(d), np.imag(d)])
    return np.array(columns).T


UNARY: dict[str, Callable[[Any], Any]] = {
    "negative": lambda z: -z,
    "positive": lambda z: +z,
    "square": np.square,
    "reciprocal": np.reciprocal,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log10": np.log10,
    "log1p": lambda z: np.log1p(z * z * 0.1 + 1.0),
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "arcsin": lambda z: np.arcsin(0.2 * z),
    "arccos": lambda z: np.arccos(0.2 * z),
    "arctan": lambda z: np.arctan(0.2 * z),
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": lambda z: np.tanh(0.5 * z),
    "absolute": np.absolute,
    "conjugate": np.conjugate,
    "real": np.real,
    "imag": np.imag,
    "angle": np.angle,
    "power": lambda z: z**2.5,
    "complex power": lambda z: z ** (1.5 - 0.5j),
    "base": lambda z: 2.0**z,
    "mixed": lambda z: (3.0 - 1j) * z / (z + 4.0) + 1j - abs(z) * z,
    "half and half": lambda z: np.conjugate(z) ** 2 * np.exp(1j * np.angle(z)),
}


def test_every_row_of_the_table_is_tried() -> None:
    names = {row.name for row in (*OPERATIONS.values(), *OF_COMPLEX.values())}
    assert names <= set(UNARY) | {"add", "subtract", "multiply", "divide", "arctan2", "hypot"}


@pytest.mark.parametrize("name", UNARY)
@settings(max_examples=25, deadline=None)
@given(drawn=estimates())
def test_operations_by_finite_differences(name: str, drawn: tuple[complex, Matrix, Quantity]) -> None:
    """V_y = J V Jᵀ with J from differences of the plain function (JCGM 102, 6.2)."""
    value, v, z = drawn
    f = UNARY[name]
    y = f(z)
    assert isinstance(y, Quantity) and complex(y.value) == pytest.approx(complex(f(value)), rel=1e-12)
    j = jacobian(f, value)
    expected = j @ v @ j.T
    np.testing.assert_allclose(bivariate(y), expected, rtol=1e-6, atol=1e-9 * np.trace(expected) + 1e-22)
    np.testing.assert_allclose(bivariate(y), covariance(y, y) if y.is_complex else expected, atol=1e-9)
    if y.is_complex:
        assert complex(y.u) == pytest.approx(complex(*np.sqrt(np.maximum(np.diag(expected), 0.0))), rel=1e-5, abs=1e-9)
    else:
        assert float(y.u) == pytest.approx(math.sqrt(expected[0, 0]), rel=1e-5, abs=1e-10)
    # together with the input: Cov(y, z) = J V; a real result has no second row
    cross = np.where([[True], [y.is_complex]], j @ v, 0.0)
    np.testing.assert_allclose(covariance(y, z), cross, rtol=1e-5, atol=1e-9)


@QUIET
@given(estimates(), estimates())
def test_identities(first: tuple[complex, Matrix, Quantity], second: tuple[complex, Matrix, Quantity]) -> None:
    z, w = first[2], second[2]
    assert (z * z.conj()).real.same_as(abs(z) ** 2) and np.all(abs((z * z.conj()).imag.u) < 1e-15)
    assert np.exp(np.log(z)).same_as(z)
    assert polar(abs(z), z.phase()).same_as(z)
    assert (z.real + 1j * z.imag).same_as(z)
    assert np.hypot(z.real, z.imag).same_as(abs(z), 1e-9)
    assert np.arctan2(z.imag, z.real).same_as(z.phase(), 1e-9)
    assert (np.sqrt(z) ** 2).same_as(z) and (1.0 / (1.0 / z)).same_as(z)
    assert (z * w).conj().same_as(z.conj() * w.conj())
    assert abs(z * w).same_as(abs(z) * abs(w))
    assert (z / w * w).same_as(z) and (z + w - w).same_as(z)
    assert ((z * w).phase() - z.phase() - w.phase()).u < 1e-12
    product = z * w
    assert product.real.same_as(z.real * w.real - z.imag * w.imag, 1e-9)
    assert not z.same_as(w) and complex((z - z).u) == 0.0


@pytest.mark.parametrize("seed", range(3))
def test_monte_carlo(seed: int) -> None:
    """A two-port's input impedance with small uncertainties: covariance of all parts within five standard errors."""
    rng = np.random.default_rng(seed)
    n = 400_000
    values = rng.normal(size=3) + 1j * rng.normal(size=3) + 2.0
    u = rng.uniform(1e-4, 5e-4, 3) + 1j * rng.uniform(1e-4, 5e-4, 3)
    r = rng.uniform(-0.9, 0.9, 3)

    def model(a: Any, b: Any, c: Any) -> Any:
        return np.exp(-0.3 * a) * b / (1.0 + c * b), abs(a) * np.conjugate(c)

    given = [complex_quantity(v, s, r=q) for v, s, q in zip(values, u, r, strict=True)]
    draws = []
    for v, s, q in zip(values, u, r, strict=True):
        x, e = rng.standard_normal((2, n))
        draws.append(v + s.real * x + 1j * s.imag * (q * x + math.sqrt(1 - q * q) * e))
    y, d = stack(model(*given)), np.array(model(*draws))
    parts = np.concatenate([d.real, d.imag])
    found = np.cov(parts)
    expected = covariance(y, y).transpose(2, 0, 3, 1).reshape(4, 4)
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert np.max(np.abs(found - expected) / scale) < 5.0 * math.sqrt(2.0 / n) + 2e-3
    np.testing.assert_allclose(y.value, d.mean(axis=1), atol=5.0 * np.max(np.abs(y.u)) / math.sqrt(n) + 1e-6)


# ---------------------------------------------------------------- degrees of freedom

SPECS = ((1.5 + 0.7j, (0.96, -0.34, 0.27), 5), (2 - 1j, (0.51, 0.33, 0.31), 3), (0.4 + 1.2j, (0.45, 0.28, 1.65), 6))
"""Estimates, covariances and degrees of freedom; the covariances and dof are those of GTC's own tests."""


@pytest.mark.parametrize(
    ("model", "dof"),
    [
        (lambda x, y, z: x + y + z, 11.340977790491408),
        (lambda x, y, z: x * y * z, 9.613400718103817),
        (lambda x, y, z: x * y + z, 10.147193160126186),
        (lambda x, y, z: x / y - z, 7.324683355979577),
        (lambda x, y, z: x.conjugate() * y + z * z, 11.993033023133064),
        (lambda x, y, z: x, 5.0),
        (lambda x, y, z: 2j * y.conjugate(), 3.0),
        (lambda x, y, z: abs(x * y), 6.721559442189571),
        (lambda x, y, z: (x * y).phase(), 7.957730483750041),
    ],
)
def test_dof_of_willink_and_hall(model: Callable[..., Any], dof: float) -> None:
    given = [
        complex_quantity(v, math.sqrt(a) + 1j * math.sqrt(d), r=b / math.sqrt(a * d), dof=n)
        for v, (a, b, d), n in SPECS
    ]
    assert float(model(*given).dof) == pytest.approx(dof, rel=1e-12)


def test_dof_of_the_complex_case_by_its_own_formula() -> None:
    """Two circular inputs (u(Re) = u(Im), r = 0): every matrix is a multiple of I, so Welch-Satterthwaite remains."""
    a, b = complex_quantity(1 + 1j, 0.3 + 0.3j, dof=4), complex_quantity(2.0, 0.4 + 0.4j, dof=9)
    assert float((a + b).dof) == pytest.approx(0.25**2 / (0.09**2 / 4 + 0.16**2 / 9), rel=1e-12)
    assert float((a + 1.0).dof) == pytest.approx(4.0) and float(complex_quantity(1j, 1j, dof=4).dof) == pytest.approx(4)
    assert float(complex_quantity(1 + 1j, 1 + 1j).dof) == math.inf and float(quantity(1j).dof) == math.inf


def test_dof_of_independent_real_elements_in_a_complex_value() -> None:
    """z = x₁ + j·x₂ of real inputs: V = diag(u₁², u₂²), and each input is one component."""
    x, y = quantity(1.0, 0.3, dof=4), quantity(2.0, 0.4, dof=9)
    z = x + 1j * y
    a, b = 0.09, 0.16
    expected = (2 * a * a + a * b + 2 * b * b) / (2 * a * a / 4 + 2 * b * b / 9)
    assert float(z.dof) == pytest.approx(expected, rel=1e-12)
    many = quantity(np.zeros(6), 0.2, dof=5)
    total = (many * np.exp(1j * np.arange(6.0))).sum()
    c = 0.2 * np.exp(1j * np.arange(6.0))
    v = np.array([np.sum(c.real**2), np.sum(c.real * c.imag), np.sum(c.imag**2)])
    low = np.sum(2 * c.real**4 + 2 * c.real**2 * c.imag**2 + 2 * c.imag**4) / 5
    assert float(total.dof) == pytest.approx((2 * v[0] ** 2 + v[0] * v[2] + v[1] ** 2 + 2 * v[2] ** 2) / low, rel=1e-9)


# ---------------------------------------------------------------- arrays


def test_arrays_of_complex_values_keep_their_elements() -> None:
    rng = np.random.default_rng(5)
    value = rng.normal(size=(3, 4)) + 1j * rng.normal(size=(3, 4))
    u = rng.uniform(0.1, 1.0, (3, 4)) + 1j * rng.uniform(0.1, 1.0, (3, 4))
    z = complex_quantity(value, u, "V", r=0.4)
    x = quantity(np.arange(1.0, 5.0), 0.1, "A")
    np.testing.assert_allclose(z.u, u, rtol=1e-12)
    np.testing.assert_allclose(z[1, ::-1].u, u[1, ::-1], rtol=1e-12)
    np.testing.assert_allclose(correlation(z[0, 0], z[0, 0]), [[1, 0.4], [0.4, 1]], rtol=1e-12)
    assert not np.any(covariance(z[0, 0], z[0, 1]))
    total, by_hand = z.sum(), z[0, 0]
    for i, j in np.ndindex(3, 4):
        by_hand = by_hand + z[i, j] if (i, j) != (0, 0) else by_hand
    assert total.same_as(by_hand) and total.mean().same_as(by_hand)
    np.testing.assert_allclose(bivariate(z.sum()), bivariate(z).sum(axis=(0, 1)), rtol=1e-12)
    assert z.mean().same_as(total / 12.0) and (z - z.mean()).sum().u == pytest.approx(0.0, abs=1e-12)
    power = z * x
    assert power.shape == (3, 4) and power.unit.converts_to(parse_unit("W"))
    assert power[1, 2].same_as(z[1, 2] * x[2]) and power.sum(axis=0)[2].same_as((z[:, 2] * x[2]).sum())
    assert stack([z[0], z[1]])[1, 3].same_as(z[1, 3]) and z.reshape(12)[5].same_as(z[1, 1])
    assert stack([z[0, 0], x[0] * quantity(1.0, None, "ohm")]).value.dtype == complex
    gathered = z[[0, 0, 2]]
    assert (gathered[0] - gathered[1]).sum().same_as(quantity(0j, None, "V"))
    assert abs(z)[2, 1].same_as(abs(z[2, 1])) and z.conj()[0].same_as(z[0].conj())


Pair = tuple[Any, Any]
"""Real and imaginary part as two real quantities, which know nothing of complex numbers."""


def _times(a: Pair, b: Pair) -> Pair:
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


def _exp(a: Pair) -> Pair:
    size = np.exp(0.1 * a[0])
    return size * np.cos(0.1 * a[1]), size * np.sin(0.1 * a[1])


def _over(a: Pair, b: Pair) -> Pair:
    square = b[0] * b[0] + b[1] * b[1] + 1.0
    return (a[0] * b[0] + a[1] * b[1]) / square, (a[1] * b[0] - a[0] * b[1]) / square


def _both(f: Callable[[Any], Any]) -> Callable[[Pair], Pair]:
    return lambda a: (f(a[0]), f(a[1]))


MODELS: list[tuple[int, Callable[..., Any], Callable[..., Pair]]] = [
    (2, lambda a, b: a + b, lambda a, b: (a[0] + b[0], a[1] + b[1])),
    (2, lambda a, b: a - b.conj(), lambda a, b: (a[0] - b[0], a[1] + b[1])),
    (2, lambda a, b: a * b, _times),
    (2, lambda a, b: a * b.conj() / (b * b.conj() + 1.0), _over),
    (1, lambda a: np.exp(0.1 * a), _exp),
    (1, lambda a: (0.5 - 1j) * a, lambda a: (0.5 * a[0] + a[1], 0.5 * a[1] - a[0])),
    (1, lambda a: 1j * a.imag + abs(a + 9.0), lambda a: (np.hypot(a[0] + 9.0, a[1]), a[1])),
    (1, lambda a: a[..., ::-1], _both(lambda x: x[..., ::-1])),
    (1, lambda a: a[..., [0, 0, 2]], _both(lambda x: x[..., [0, 0, 2]])),
    (1, lambda a: a - a.mean(), _both(lambda x: x - x.mean())),
    (1, lambda a: a.sum(axis=0) * 0.1 + a, _both(lambda x: x.sum(axis=0) * 0.1 + x)),
    (1, lambda a: a * a.sum() * 0.05, lambda a: _times(a, (a[0].sum() * 0.05, a[1].sum() * 0.05))),
    (2, lambda a, b: stack([a, b])[1], lambda a, b: (stack([a[0], b[0]])[1], stack([a[1], b[1]])[1])),
]  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(MODELS) - 1), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=7
    ),
    st.integers(0, 1000),
)
def test_any_model_is_that_of_its_two_parts(steps: list[tuple[int, int, int]], seed: int) -> None:
    """Random models of arrays in complex arithmetic, and written out in real parts: one result in everything."""
    rng = np.random.default_rng(seed)
    given = [quantity(rng.normal(size=shape), rng.uniform(0.01, 0.1, shape), dof=9) for shape in ((3,), (2, 3), (3,))]
    given += joint(rng.normal(size=2).tolist(), [0.1, 0.05], [[1.0, 0.6], [0.6, 1.0]], dof=5)
    z = complex_quantity(rng.normal(size=(3,)) + 1j, 0.05 + 0.02j, r=-0.3)
    whole: list[Any] = [
        given[0] + 1j * given[1],
        given[2] * np.exp(1j * given[3]),
        given[3] + 1j * given[4] + 0j * given[0],
        z,
    ]
    parts: list[Pair] = [
        (given[0] + 0.0 * given[1], given[1] + 0.0 * given[0]),
        (given[2] * np.cos(given[3]), given[2] * np.sin(given[3])),
        (given[3] + 0.0 * given[0], given[4] + 0.0 * given[0]),
        (z.real, z.imag),
    ]
    for which, i, j in steps:
        count, mine, theirs = MODELS[which]
        at = [k % len(whole) for k in (i, j)[:count]]
        if which == len(MODELS) - 1 and whole[at[0]].shape != whole[at[1]].shape:
            continue
        y, pair = mine(*[whole[k] for k in at]), theirs(*[parts[k] for k in at])
        if np.max(np.abs(y.value)) < 1e3 and y.shape[-1:] == (3,):
            whole.append(y)
            parts.append(pair)
        for found, expected in zip((y.real, y.imag), pair, strict=True):
            np.testing.assert_allclose(found.value, expected.value, rtol=1e-9, atol=1e-9)
            np.testing.assert_allclose(found.u, expected.u, rtol=1e-6, atol=1e-9)
            np.testing.assert_allclose(
                covariance(found, given[1]), covariance(expected, given[1]), rtol=1e-6, atol=1e-9
            )
        cross = covariance(*pair).reshape(y.size, y.size).diagonal().reshape(y.shape)
        np.testing.assert_allclose(bivariate(y)[..., 0, 1], cross, rtol=1e-6, atol=1e-9 * (1 + np.max(np.abs(cross))))


def test_long_sums_of_complex_values() -> None:
    n = 5000
    x = quantity(np.linspace(0.0, 1.0, n), 1e-3, dof=7)
    z = np.exp(2j * x)
    c = 2e-3j * np.exp(2j * x.value)
    total = z.sum()
    assert complex(total.u) == pytest.approx(complex(np.linalg.norm(c.real), np.linalg.norm(c.imag)), rel=1e-12)
    assert bivariate(total)[0, 1] == pytest.approx(np.sum(c.real * c.imag), rel=1e-9)
    assert total.conj().same_as(np.exp(-2j * x).sum()) and (total - z[::-1].sum()).u == pytest.approx(0.0, abs=1e-16)
    blocks = total.blocks[x.influences()[0].id]
    assert blocks.dense is not None and blocks.dense.weights is not None and not np.iscomplexobj(blocks.dense.weights)
    parts = stack([z[:2500].sum(), z[2500:].sum()])
    assert parts.sum().same_as(total) and abs(parts.sum()).same_as(abs(total))
    assert (parts * (1 + 1j)).sum().same_as(total * (1 + 1j))


def test_mixed_with_real_quantities_and_numbers() -> None:
    r, x = joint([50.0, 20.0], [0.1, 0.2], [[1.0, 0.7], [0.7, 1.0]], "ohm", dof=8)
    z = r + 1j * x
    assert z.unit == r.unit and z.real.same_as(r) and z.imag.same_as(x)
    assert correlation(z, z)[0, 1] == pytest.approx(0.7)
    v = quantity(230.0, 0.5, "V")
    current = v / z
    assert current.unit.converts_to(parse_unit("A"))
    assert abs(current).same_as(v / np.hypot(r, x), 1e-9)
    assert (z * 2).same_as(z + z) and (1j * z).imag.same_as(r) and (z - 0j * z).same_as(z)
    assert (z / quantity(1.0, None, "kohm")).to("1").value == pytest.approx(0.05 + 0.02j)
    assert float(z.dof) == pytest.approx(8.0)
    assert (z.to("mohm").to("ohm")).same_as(z)


def test_models_of_complex_numbers_run_by_operators() -> None:
    x = quantity(np.linspace(0.1, 1.0, 50), 0.01)
    z = complex_quantity(1 + 1j, 0.1 + 0.1j)
    for model in (
        lambda x, z: abs(x * z + 1j),
        lambda x, z: np.exp(1j * x),
        lambda x, z: (z * x).real + x,
        lambda x, z: x * z,
        lambda x, z: x + np.array([1j]),
    ):
        assert propagate(model, x, z).same_as(model(x, z))


def test_real_quantities_have_parts_too() -> None:
    x = quantity(-2.0, 0.1, "V")
    assert x.real is x and float(x.imag.value) == 0.0 and float(x.imag.u) == 0.0
    assert x.conj() is x and np.conjugate(x).same_as(x)
    assert float(x.phase().value) == math.pi and float(x.phase().u) == 0.0
    assert not x.phase().is_complex and np.angle(x).unit == ONE
    assert np.real(x).same_as(x) and float(np.imag(x).value) == 0.0
    np.testing.assert_array_equal(bivariate(x), np.diag([float(x.variance), 0.0]))


def test_they_travel() -> None:
    z = complex_quantity([1 + 1j, 2.0], 0.1 + 0.2j, "V", r=0.5)
    for again in (copy.deepcopy(z), pickle.loads(pickle.dumps(z))):
        assert again.same_as(z) and again.influences()[0].content() == z.influences()[0].content()
    assert "j" in repr(z)


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda z: z < z, "quantity.complex.order"),
        (lambda z: z >= 1.0, "quantity.complex.order"),
        (lambda z: z.real > 1j, "quantity.complex.order"),
        (lambda z: np.arctan2(z, z), "quantity.complex.operation"),
        (lambda z: np.hypot(z, 1.0), "quantity.complex.operation"),
        (lambda z: abs(z - 1.0), "quantity.complex.zero"),
        (lambda z: (z - 1.0).phase(), "quantity.complex.zero"),
        (lambda z: quantity(0.0, 0.1).phase(), "quantity.complex.zero"),
        (lambda z: np.exp(complex_quantity(1j, 1j, "V")), "quantity.unit.dimension"),
        (lambda z: z + complex_quantity(1j, 1j, "V"), "quantity.unit.dimension"),
        (lambda z: complex_quantity(1j, 1j, "degC"), "quantity.unit.point"),
        (lambda z: complex_quantity(1j, 0.1), "quantity.complex.uncertainty"),
        (lambda z: quantity(1j, 0.1), "quantity.complex.uncertainty"),
        (lambda z: quantity(1j, 0.1j, parameters=(("a", 1.0),)), "quantity.complex.distribution"),
        (lambda z: complex_quantity(1j, -0.1 + 1j), "quantity.uncertainty.negative"),
        (lambda z: complex_quantity(1j, complex(0.1, math.nan)), "quantity.uncertainty.negative"),
        (lambda z: complex_quantity(complex(math.inf, 1), 1j), "quantity.value.not_finite"),
        (lambda z: complex_quantity(1j, 1 + 1j, r=1.5), "quantity.correlation.invalid"),
        (lambda z: complex_quantity(1j, 1 + 1j, r=math.nan), "quantity.correlation.invalid"),
        (lambda z: complex_quantity(1j, 1 + 1j, dof=0), "quantity.dof.not_positive"),
        (lambda z: np.floor(z), "quantity.operation.unlisted"),
    ],
)
def test_bad_input_is_a_finding(act: Callable[[Quantity], Any], expected: str) -> None:
    with pytest.raises(Refused) as refused:
        act(complex_quantity(1.0, 0.1 + 0.1j))
    assert code(refused) == expected


def test_a_constant_zero_has_a_modulus() -> None:
    assert float(abs(quantity(0j)).value) == 0.0 and float(quantity(0j).phase().value) == 0.0
    assert float(abs(complex_quantity(3 + 4j, None)).value) == 5.0
