"""The Quantity: a value with its unit, its uncertainty and its influences.

Array first (a scalar is the 0-d case), immutable, eager. Every operation applies the chain rule of the derivative
table to the blocks of its operands, so two quantities that share an influence stay correlated whatever happens.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block, Dense, Own
from suyuan.quantity.derivative import operation, unit_rule
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence, Parameters, Source, correlation_factor, fresh_id
from suyuan.quantity.operators import Operators
from suyuan.quantity.unit import ONE, Unit, convert, parse_unit, ratio

Array = NDArray[Any]


class Quantity(Operators):
    """Values (any shape) in one unit, with components for every influence; see `quantity` and `joint` to make one."""

    __slots__ = ("_blocks", "_unit", "_value")
    __array_priority__ = 1000.0
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: ArrayLike, unit: Unit, parts: Mapping[str, Block]) -> None:
        array = np.array(value, dtype=float)
        array.setflags(write=False)
        self._value = array
        self._unit = unit
        self._blocks = dict(parts)

    @classmethod
    def _of(cls, value: Array, unit: Unit, parts: dict[str, Block]) -> Quantity:
        """Take over freshly computed arrays without a copy."""
        self = object.__new__(cls)
        array = np.asarray(value, dtype=float)
        array.setflags(write=False)
        self._value, self._unit, self._blocks = array, unit, parts
        return self

    @property
    def value(self) -> Array:
        """The estimates, read-only; shape () for a scalar."""
        return self._value

    @property
    def unit(self) -> Unit:
        return self._unit

    @property
    def shape(self) -> tuple[int, ...]:
        return self._value.shape

    @property
    def ndim(self) -> int:
        return self._value.ndim

    @property
    def size(self) -> int:
        return self._value.size

    @property
    def blocks(self) -> Mapping[str, Block]:
        """Influence id → block of components, in the quantity's unit."""
        return self._blocks

    @property
    def variance(self) -> Array:
        """u², in the square of the unit (for °C: K²); the shape of the value."""
        result: Any = 0.0
        for part in self._blocks.values():
            result = result + blocks.variance(part)
        if np.shape(result) != self.shape:
            result = np.broadcast_to(result, self.shape)
        return np.asarray(np.maximum(result, 0.0))

    @property
    def u(self) -> Array:
        """Combined standard uncertainty u_c(y) (GUM 5.1.2, 5.2.2), the shape of the value."""
        return np.asarray(np.sqrt(self.variance))

    @property
    def dof(self) -> Array:
        """Effective degrees of freedom by Welch-Satterthwaite (GUM G.4.1); infinite where no component is finite."""
        denominator = np.zeros(self.shape)
        for part in self._blocks.values():
            if math.isfinite(part.influence.dof):
                denominator = denominator + blocks.fourth_powers(part, self.shape) / part.influence.dof
        with np.errstate(divide="ignore", invalid="ignore"):
            dof = self.variance**2 / denominator
        return np.asarray(np.where(denominator > 0.0, dof, np.inf))

    def influences(self) -> tuple[Influence, ...]:
        """All influences, in the order in which they entered."""
        return tuple(part.influence for part in self._blocks.values())

    def to(self, unit: str | Unit) -> Quantity:
        """The same quantity in another unit of its dimension; a temperature point converts with its offset."""
        target = parse_unit(unit) if isinstance(unit, str) else unit
        if target == self._unit:
            return self
        return Quantity._of(
            np.asarray(convert(self._value, self._unit, target)),
            target,
            _linear([(ratio(self._unit.as_difference(), target.as_difference()), self)], self.shape),
        )

    def relabelled(self, unit: Unit) -> Quantity:
        """The same numbers under another unit: the door of a formula, which sees plain numbers in declared units."""
        return Quantity._of(self._value, unit, self._blocks)

    def same_as(self, other: Quantity, tolerance: float = 1e-12) -> bool:
        """Equal as quantities: same shape and dimension, and self − other is nothing.

        |Δ| ≤ tolerance · max(|value|, u) and u²(Δ) ≤ tolerance · u²(self), for each value; the second is on variances
        because rounding enters there. Two equal numbers with independent influences are not the same quantity.
        """
        if self.shape != other.shape or not other._unit.converts_to(self._unit):
            return False
        difference = self - other.to(self._unit)
        span = np.maximum(np.abs(self._value), self.u)
        same = np.abs(difference._value) <= tolerance * span
        return bool(np.all(same & (difference.variance <= tolerance * self.variance)))

    def sum(self, axis: int | None = None, dtype: None = None, out: None = None) -> Quantity:
        """Σ over all values or one axis: exact, O(n), without any n × n matrix."""
        if out is not None:
            _refuse_out()
        if self._unit.kind == "point":
            raise Refused(finding("quantity.unit.point", unit=self._unit.symbol, operation="sum"))
        return self._summed(axis)

    def mean(self, axis: int | None = None, dtype: None = None, out: None = None) -> Quantity:
        """Arithmetic mean over all values or one axis; a mean of temperature points is a point."""
        if out is not None:
            _refuse_out()
        count = self.size if axis is None else self.shape[axis]
        if count == 0:
            raise Refused(finding("quantity.value.not_finite", where="mean"))
        summed = self._summed(axis)
        return Quantity._of(summed._value / count, self._unit, _linear([(1.0 / count, summed)], summed.shape))

    def _summed(self, axis: int | None) -> Quantity:
        if axis is not None:
            axis = range(self.ndim)[axis]
        parts = {key: blocks.total(part, self.shape, axis) for key, part in self._blocks.items()}
        return Quantity._of(np.asarray(self._value.sum(axis=axis)), self._unit, parts)

    def reshape(self, *shape: int) -> Quantity:
        """The same values in another shape; elements keep their identity."""
        value = self._value.reshape(*shape)
        parts = {key: blocks.reshape(part, self.shape, value.shape) for key, part in self._blocks.items()}
        return Quantity._of(value, self._unit, parts)

    def __getitem__(self, key: Any) -> Quantity:
        value = np.asarray(self._value[key])
        return Quantity._of(value, self._unit, {i: blocks.select(b, key, self.shape) for i, b in self._blocks.items()})

    def __len__(self) -> int:
        return len(self._value)

    def __iter__(self) -> Iterator[Quantity]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"Quantity({self._value!r} {self._unit.symbol}, u={self.u!r})"

    def __bool__(self) -> bool:
        raise TypeError("the truth of a quantity is not defined: compare its estimate, or use a decision rule")

    def __float__(self) -> NoReturn:
        raise TypeError("a quantity is not a float: use .value, and keep its uncertainty")

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("np.asarray would lose the uncertainty: use .value")

    def __eq__(self, other: object) -> bool:
        raise TypeError("== is not defined for quantities: use a.same_as(b), or compare estimates by .value")

    def __ne__(self, other: object) -> bool:
        raise TypeError("!= is not defined for quantities: use a.same_as(b), or compare estimates by .value")

    def __lt__(self, other: Any) -> Any:
        return np.less(self, other)

    def __le__(self, other: Any) -> Any:
        return np.less_equal(self, other)

    def __gt__(self, other: Any) -> Any:
        return np.greater(self, other)

    def __ge__(self, other: Any) -> Any:
        return np.greater_equal(self, other)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if kwargs.get("out") is not None:
            _refuse_out()
        if ufunc is np.add and method == "reduce" and kwargs.keys() <= {"axis"}:
            return inputs[0].sum(kwargs.get("axis", 0))
        if method != "__call__" or kwargs:
            raise Refused(finding("quantity.operation.unlisted", operation=f"{ufunc.__name__}.{method}"))
        return ufunc(*_estimates(*inputs)) if ufunc in _COMPARISONS else apply(ufunc, *inputs)

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        listed = _FUNCTIONS.get(function)
        if listed is None:
            raise Refused(finding("quantity.operation.unlisted", operation=function.__name__))
        return listed(*args, **kwargs)


def apply(ufunc: np.ufunc, *inputs: Any) -> Quantity:
    """One operation of the derivative table on quantities and plain numbers (which have unit 1)."""
    row = operation(ufunc)
    units = [x._unit if isinstance(x, Quantity) else ONE for x in inputs]
    exponent = _exponent(inputs) if ufunc is np.power else None
    rule = unit_rule(ufunc, units, exponent)
    values, factors = [], []
    for x, unit, wanted in zip(inputs, units, rule.wanted, strict=True):
        values.append(_plain(x, unit, wanted))
        factors.append(1.0 if unit == wanted else ratio(unit.as_difference(), wanted.as_difference()))
    value = np.asarray(ufunc(*values))
    terms = []
    for x, factor, partial in zip(inputs, factors, row.partials, strict=True):
        if isinstance(x, Quantity) and x._blocks:
            slope = partial(values, value)
            terms.append((slope if factor == 1.0 else slope * factor, x))
    return Quantity._of(value, rule.result, _linear(terms, value.shape))


def _plain(x: Any, unit: Unit, wanted: Unit) -> Array:
    value = x._value if isinstance(x, Quantity) else np.asarray(x, dtype=float)
    return value if unit == wanted else np.asarray(convert(value, unit, wanted))


def _exponent(inputs: Sequence[Any]) -> float | None:
    """The constant exponent of a power, if it is one number without uncertainty."""
    power = inputs[1]
    if isinstance(power, Quantity):
        return float(power._value) if power.ndim == 0 and not power._blocks and power._unit == ONE else None
    return float(power) if np.ndim(power) == 0 else None


def _linear(terms: Sequence[tuple[Any, Quantity]], shape: tuple[int, ...]) -> dict[str, Block]:
    """Σ partial · blocks over quantities: the chain rule for all influences."""
    gathered: dict[str, list[blocks.Term]] = {}
    for partial, q in terms:
        for key, part in q._blocks.items():
            gathered.setdefault(key, []).append((partial, part, q.ndim))
    return {key: blocks.combine(list_, shape) for key, list_ in gathered.items()}


def _estimates(a: Any, b: Any) -> tuple[Array, Array]:
    """Both values in the unit of the first; a plain number has unit 1."""
    unit, other = (x._unit if isinstance(x, Quantity) else ONE for x in (a, b))
    return _plain(a, unit, unit), _plain(b, other, unit)


def _refuse_out() -> NoReturn:
    raise Refused(finding("quantity.operation.in_place"))


def quantity(
    value: ArrayLike,
    u: ArrayLike | None = None,
    unit: str | Unit = "1",
    *,
    dof: float = math.inf,
    distribution: str = "normal",
    label: str = "",
    source: Source | None = None,
    id: str | None = None,
    parameters: Parameters = (),
) -> Quantity:
    """A quantity with one influence of its own (an array: one influence with as many independent elements).

    value: estimates, any shape; u: standard uncertainty in the unit (K for °C), broadcast to the value's shape; None
    makes a constant. Raises Refused for a negative or not finite u or value.

    >>> float(quantity(50.000623, 25e-6, "mm", dof=18).u)
    2.5e-05
    """
    array = np.array(value, dtype=float)
    resolved = parse_unit(unit) if isinstance(unit, str) else unit
    if not np.all(np.isfinite(array)):
        raise Refused(finding("quantity.value.not_finite", where=label))
    if u is None:
        return Quantity(array, resolved, {})
    spread = np.broadcast_to(np.asarray(u, dtype=float), array.shape)
    _check_spread(spread, dof, label)
    influence = Influence(
        id or fresh_id(), array.size, _locked(np.array(spread).ravel()), float(dof), distribution,
        _size_of(resolved), label, source or Source(), False, parameters,
    )  # fmt: skip
    if array.ndim == 0:
        part = Block(influence, None, Dense(np.array([float(spread)])))
    else:
        index = every = blocks.every_element(array.size)
        if array.ndim > 1:
            index = every.reshape(1, *array.shape)
        part = Block(influence, Own(index, _locked(np.array(spread)[None])), None)
    return Quantity(array, resolved, {influence.id: part})


def _check_spread(u: Array, dof: float, where: str) -> None:
    if not np.all(np.isfinite(u)) or np.any(u < 0.0):
        raise Refused(finding("quantity.uncertainty.negative", where=where, u=np.min(u)))
    if not dof > 0.0:
        raise Refused(finding("quantity.dof.not_positive", where=where, dof=dof))


def _size_of(unit: Unit) -> str:
    """The unit of an uncertainty as text: D-SI where it has a word, else as printed."""
    difference = unit.as_difference()
    return difference.dsi or difference.symbol


def _locked(array: Array) -> Array:
    array.setflags(write=False)
    return array


def joint(
    values: Sequence[float],
    u: Sequence[float],
    correlation: ArrayLike,
    units: Sequence[str | Unit] | str | Unit = "1",
    *,
    dof: float = math.inf,
    distribution: str = "normal",
    label: str = "",
    source: Source | None = None,
    id: str | None = None,
) -> tuple[Quantity, ...]:
    """Correlated quantities from one joint influence.

    values, u: n estimates and standard uncertainties; correlation: (n, n), symmetric, unit diagonal, positive
    semidefinite, else Refused. Covariance V = D R D is kept as a factor L with L Lᵀ = R.
    """
    matrix = np.array(correlation, dtype=float)
    spread = _locked(np.array(u, dtype=float))
    _check_spread(spread, dof, label)
    if not np.all(np.isfinite(np.asarray(values, dtype=float))):
        raise Refused(finding("quantity.value.not_finite", where=label))
    factor = correlation_factor(matrix, label)
    names = [units] * len(values) if isinstance(units, str | Unit) else list(units)
    resolved = [parse_unit(x) if isinstance(x, str) else x for x in names]
    influence = Influence(
        id or fresh_id(), factor.shape[1], spread, float(dof), distribution,
        " ".join(_size_of(x) for x in resolved), label, source or Source(), True,
        tuple((f"r{i},{j}", float(matrix[i, j])) for i in range(len(matrix)) for j in range(i)),
    )  # fmt: skip
    return tuple(
        Quantity(v, unit, {influence.id: Block(influence, None, Dense(s * row))})
        for v, s, row, unit in zip(values, spread, factor, resolved, strict=True)
    )


def stack(items: Sequence[Quantity | float]) -> Quantity:
    """One array quantity from several of equal shape, along a new first axis, in the unit of the first."""
    given = [x if isinstance(x, Quantity) else quantity(x) for x in items]
    unit = given[0].unit
    members = [q.to(unit) for q in given]
    shape = np.broadcast_shapes(*(q.shape for q in members))
    gathered: dict[str, list[tuple[int, Block, int]]] = {}
    for row, q in enumerate(members):
        for key, part in q._blocks.items():
            gathered.setdefault(key, []).append((row, part, q.ndim))
    full = (len(members), *shape)
    value = np.stack([np.broadcast_to(q.value, shape) for q in members])
    return Quantity._of(value, unit, {key: blocks.stack(rows, full) for key, rows in gathered.items()})


def _dot(a: Any, b: Any) -> Quantity:
    if max(np.ndim(a), np.ndim(b)) > 1:
        raise Refused(finding("quantity.operation.unlisted", operation="dot of matrices"))
    product: Quantity = a * b
    return product.sum() if np.ndim(a) and np.ndim(b) else product


_COMPARISONS = frozenset((np.less, np.less_equal, np.greater, np.greater_equal))
_FUNCTIONS: Mapping[Callable[..., Any], Callable[..., Any]] = {
    np.sum: lambda q, axis=None: q.sum(axis),
    np.mean: lambda q, axis=None: q.mean(axis),
    np.dot: _dot,
    np.stack: stack,
    np.shape: lambda q: q.shape,
    np.ndim: lambda q: q.ndim,
    np.size: lambda q: q.size,
}
