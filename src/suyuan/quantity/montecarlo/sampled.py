"""Sampled numbers: what a model is run on where it cannot be recorded, because it sums, indexes or looks at values.

A sampled number has the shape of its quantity; behind it stand the draws, as one more, last axis of the array, so that
NumPy's broadcasting, which aligns shapes at their end, pairs draw with draw. A condition on values holds for some
draws and not for others: the draws are then parted, and the model is run once for each part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.array_functions import diff, together_in_rank
from suyuan.quantity.derivative import operation, unit_rule
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.operators import Operators
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import ONE, Unit, convert, parse_unit

Array = NDArray[Any]
PARTS = 256
"""Parts of one chunk that a model's branches may make."""


class Parted(Exception):
    """A condition holds for some of the draws only; `mask` says for which."""

    def __init__(self, mask: Array) -> None:
        super().__init__("the draws part here")
        self.mask = mask


class Condition:
    """The outcome of a comparison, draw by draw, along the last axis."""

    __slots__ = ("_holds",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, holds: Array) -> None:
        self._holds = holds

    def __bool__(self) -> bool:
        if self._holds.ndim != 1:
            raise ValueError("the truth of an array is ambiguous: use .any() or .all()")
        if self._holds.all():
            return True
        if self._holds.any():
            raise Parted(self._holds)
        return False

    def all(self) -> Condition:
        return Condition(np.asarray(self._holds.all(axis=tuple(range(self._holds.ndim - 1)))))

    def any(self) -> Condition:
        return Condition(np.asarray(self._holds.any(axis=tuple(range(self._holds.ndim - 1)))))

    def __and__(self, other: Any) -> Condition:
        return Condition(self._holds & _holds(other))

    def __or__(self, other: Any) -> Condition:
        return Condition(self._holds | _holds(other))

    def __invert__(self) -> Condition:
        return Condition(~self._holds)

    __rand__, __ror__ = __and__, __or__

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        return _function(function, args, kwargs)


class Sampled(Operators):
    """Draws of a quantity in its unit; see the module."""

    __slots__ = ("_draws", "_unit")
    __array_priority__ = 2000.0
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, draws: Array, unit: Unit) -> None:
        self._draws, self._unit = draws, unit

    @property
    def draws(self) -> Array:
        """Shape of the quantity and, last, the draws."""
        return self._draws

    @property
    def unit(self) -> Unit:
        return self._unit

    @property
    def shape(self) -> tuple[int, ...]:
        return self._draws.shape[:-1]

    @property
    def ndim(self) -> int:
        return self._draws.ndim - 1

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=int))

    def to(self, unit: str | Unit) -> Sampled:
        target = parse_unit(unit) if isinstance(unit, str) else unit
        return self if target == self._unit else Sampled(np.asarray(convert(self._draws, self._unit, target)), target)

    def relabelled(self, unit: Unit) -> Sampled:
        return Sampled(self._draws, unit)

    @property
    def real(self) -> Sampled:
        return self._by(np.real)

    @property
    def imag(self) -> Sampled:
        return self._by(np.imag)

    def conjugate(self) -> Sampled:
        return self._by(np.conjugate)

    conj = conjugate

    def phase(self) -> Sampled:
        return self._by(np.angle)

    def _by(self, function: Callable[..., Any]) -> Sampled:
        """A function of the derivative table that is no ufunc."""
        return Sampled(np.asarray(function(self._draws)), unit_rule(function, [self._unit], None).result)

    def sum(self, axis: int | None = None, dtype: None = None, out: None = None) -> Sampled:
        if self._unit.kind == "point":
            raise Refused(finding("quantity.unit.point", unit=self._unit.symbol, operation="sum"))
        return Sampled(self._draws.sum(axis=self._axes(axis)), self._unit)

    def mean(self, axis: int | None = None, dtype: None = None, out: None = None) -> Sampled:
        return Sampled(self._draws.mean(axis=self._axes(axis)), self._unit)

    def _axes(self, axis: int | None) -> tuple[int, ...]:
        return tuple(range(self.ndim)) if axis is None else (range(self.ndim)[axis],)

    def reshape(self, *shape: Any) -> Sampled:
        wanted = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape
        full = np.empty(self.shape).reshape(wanted).shape  # settles a −1
        return Sampled(self._draws.reshape(*full, self._draws.shape[-1]), self._unit)

    def __getitem__(self, key: Any) -> Sampled:
        keys = key if isinstance(key, tuple) else (key,)
        if any(k is ... for k in keys):
            keys = (*keys, slice(None))  # else the dots would leave the axis of draws to the next index
        return Sampled(self._draws[keys], self._unit)

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("a scalar has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Sampled]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> NoReturn:
        raise TypeError("the truth of a quantity is not defined: compare it with something")

    def __float__(self) -> NoReturn:
        raise TypeError("a quantity is not a float")

    __int__ = __index__ = __array__ = __float__

    def __eq__(self, other: object) -> bool:
        raise TypeError("== is not defined for quantities")

    def __ne__(self, other: object) -> bool:
        raise TypeError("!= is not defined for quantities")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if ufunc is np.add and method == "reduce" and kwargs.keys() <= {"axis"}:
            return inputs[0].sum(kwargs.get("axis", 0))
        if method != "__call__" or kwargs:
            raise Refused(finding("quantity.operation.unlisted", operation=f"{ufunc.__name__}.{method}"))
        units = [_unit(x) for x in inputs]
        if ufunc in _COMPARISONS:
            return Condition(ufunc(*(_plain(x, u, units[0]) for x, u in zip(inputs, units, strict=True))))
        operation(ufunc)
        exponent = inputs[1] if ufunc is np.power and isinstance(inputs[1], int | float | np.number) else None
        rule = unit_rule(ufunc, units, None if exponent is None else float(exponent))
        values = [_plain(x, u, w) for x, u, w in zip(inputs, units, rule.wanted, strict=True)]
        return Sampled(np.asarray(ufunc(*values)), rule.result)

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        return _function(function, args, kwargs)


def _unit(x: Any) -> Unit:
    if isinstance(x, Quantity):
        raise Refused(finding("montecarlo.input.hidden", x.unit.symbol, value=f"{x!r}"[:80]))
    return x.unit if isinstance(x, Sampled) else ONE


def _plain(x: Any, unit: Unit, wanted: Unit) -> Array:
    """An operand as an array whose last axis is that of the draws, in the wanted unit."""
    if isinstance(x, Sampled):
        array = x.draws
    else:
        array = np.asarray(x, dtype=complex if np.iscomplexobj(x) else float)
        array = array[..., None] if array.ndim else array
    return array if unit == wanted else np.asarray(convert(array, unit, wanted))


def _holds(x: Any) -> Array:
    if isinstance(x, Condition):
        return x._holds
    array = np.asarray(x, bool)
    return array[..., None] if array.ndim else array


def _function(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    listed = _FUNCTIONS.get(function)
    if listed is None:
        raise Refused(finding("quantity.operation.unlisted", operation=function.__name__))
    return listed(*args, **kwargs)


def _where(condition: Any, a: Any, b: Any) -> Sampled:
    unit = next((x.unit for x in (a, b) if isinstance(x, Sampled)), ONE)
    return Sampled(np.where(_holds(condition), *(_plain(x, _unit(x), unit) for x in (a, b))), unit)


def _stack(items: Sequence[Any], axis: int = 0) -> Sampled:
    unit = next((x.unit for x in items if isinstance(x, Sampled)), ONE)
    arrays = np.broadcast_arrays(*(_plain(x, _unit(x), unit) for x in items))
    return Sampled(np.stack(arrays, axis=range(arrays[0].ndim)[axis]), unit)


def _concatenate(items: Sequence[Any], axis: int = 0) -> Sampled:
    unit = next((x.unit for x in items if isinstance(x, Sampled)), ONE)
    arrays = [_plain(x, _unit(x), unit) for x in items]
    together_in_rank({max(0, a.ndim - 1) for a in arrays}, "concatenate")
    count = max(a.shape[-1] for a in arrays)
    full = [np.broadcast_to(a, (*a.shape[:-1], count)) for a in arrays]
    return Sampled(np.concatenate(full, axis=range(full[0].ndim - 1)[axis]), unit)


def _cumsum(x: Sampled) -> Sampled:
    if x.unit.kind == "point":
        raise Refused(finding("quantity.unit.point", unit=x.unit.symbol, operation="cumsum"))
    return Sampled(np.cumsum(x.draws.reshape(-1, x.draws.shape[-1]), axis=0), x.unit)


def _dot(a: Any, b: Any) -> Any:
    if max(np.ndim(a), np.ndim(b)) > 1:
        raise Refused(finding("quantity.operation.unlisted", operation="dot of matrices"))
    product = a * b
    return product.sum() if np.ndim(a) and np.ndim(b) else product


_COMPARISONS = frozenset((np.less, np.less_equal, np.greater, np.greater_equal))
_FUNCTIONS: Mapping[Callable[..., Any], Callable[..., Any]] = {
    np.sum: lambda x, axis=None: x.sum(axis),
    np.mean: lambda x, axis=None: x.mean(axis),
    np.dot: _dot,
    np.stack: _stack,
    np.concatenate: _concatenate,
    np.where: _where,
    np.diff: diff,
    np.cumsum: _cumsum,
    np.real: lambda x: x.real,
    np.imag: lambda x: x.imag,
    np.angle: lambda x: x.phase(),
    np.shape: lambda x: x.shape,
    np.ndim: lambda x: x.ndim,
    np.size: lambda x: x.size,
}


def run_in_parts(model: Callable[[list[Sampled]], list[Array]], inputs: Sequence[Sampled], out: Sequence[Array]) -> int:
    """Run a model on draws, parting them wherever it branches; the number of parts.

    model: sampled inputs → arrays of its outputs; out: arrays to fill, draws last. Raises Refused where the branches
    make more than 256 parts: such a model decides by noise.
    """
    whole = np.arange(out[0].shape[-1])
    waiting, parts = [whole], 0
    while waiting:
        chosen = waiting.pop()
        all_of_it = chosen.size == whole.size
        taken = inputs if all_of_it else [Sampled(x.draws[..., chosen], x.unit) for x in inputs]
        try:
            results = model(list(taken))
        except Parted as parted:
            waiting += [chosen[~parted.mask], chosen[parted.mask]]
            if len(waiting) + parts > PARTS:
                raise Refused(finding("montecarlo.model.branches", "model", parts=PARTS)) from None
            continue
        parts += 1
        for target, result in zip(out, results, strict=True):
            target[..., slice(None) if all_of_it else chosen] = result
    return parts
