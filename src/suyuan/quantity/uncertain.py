"""The class Quantity: a value with its unit, uncertainty and influences (`quantity` has the verbs that make one).

Array first (a scalar is the 0-d case), real or complex, immutable. Every operation applies the chain rule of the
derivative table to its operands' components, so quantities that share an influence stay correlated whatever happens.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity import scalar
from suyuan.quantity.block import Block
from suyuan.quantity.components import NOTHING, Components
from suyuan.quantity.derivative import Operation, operation, unit_rule
from suyuan.quantity.dof import effective_dof
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence
from suyuan.quantity.kept import kept, kind_of, locked
from suyuan.quantity.operators import Operators
from suyuan.quantity.unit import ONE, Unit, convert, parse_unit, ratio

Array = NDArray[Any]


class Quantity(Operators):
    """Values (any shape) in one unit, with components for every influence; see `quantity` and `joint` to make one."""

    __slots__ = ("_components", "_unit", "_value")
    __array_priority__ = 1000.0
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: ArrayLike, unit: Unit, parts: Mapping[str, Block]) -> None:
        self._value = kept(np.array(value, dtype=kind_of(value)))
        self._unit = unit
        self._components = Components.of(parts)

    @classmethod
    def _of(cls, value: Any, unit: Unit, components: Components | Mapping[str, Block]) -> Quantity:
        """Take over a freshly computed value without a copy."""
        self = object.__new__(cls)
        self._value = value if type(value) is float else kept(np.asarray(value, dtype=kind_of(value)))
        self._unit = unit
        self._components = components if isinstance(components, Components) else Components.of(components)
        return self

    @property
    def value(self) -> Array:
        """The estimates, read-only; shape () for a scalar."""
        return locked(np.array(self._value)) if type(self._value) is float else self._value

    @property
    def unit(self) -> Unit:
        return self._unit

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self._value)

    @property
    def ndim(self) -> int:
        return np.ndim(self._value)

    @property
    def size(self) -> int:
        return np.size(self._value)

    @property
    def is_complex(self) -> bool:
        """Whether the values are complex numbers."""
        return np.iscomplexobj(self._value)

    @property
    def blocks(self) -> Mapping[str, Block]:
        """Influence id → block of components, in the quantity's unit."""
        return self._components.blocks

    @property
    def variance(self) -> Array:
        """u², in the square of the unit (for °C: K²), the shape of the value; complex: u²(Re) + j·u²(Im)."""
        return self._full(self._components.variance())

    @property
    def u(self) -> Array:
        """Combined standard uncertainty u_c(y) (GUM 5.1.2, 5.2.2), the shape of the value.

        Complex: u(Re) + j·u(Im), the two standard uncertainties in one number; how they are correlated is told by
        `covariance.bivariate` (JCGM 102).
        """
        return self._full(self._components.u())

    def _full(self, result: Any) -> Array:
        if type(self._value) is float:
            return np.array(result)
        full = result if np.shape(result) == self.shape else np.broadcast_to(result, self.shape)
        return np.asarray(full + 0j if self.is_complex else full)

    @property
    def dof(self) -> Array:
        """Effective degrees of freedom, infinite where no component is finite; see `dof.effective_dof`."""
        return effective_dof(self.blocks.values(), self.shape, self.is_complex)

    def influences(self) -> tuple[Influence, ...]:
        """All influences, in the order in which they entered."""
        return tuple(part.influence for part in self.blocks.values())

    def to(self, unit: str | Unit) -> Quantity:
        """The same quantity in another unit of its dimension; a temperature point converts with its offset."""
        target = parse_unit(unit) if isinstance(unit, str) else unit
        if target == self._unit:
            return self
        slope = ratio(self._unit.as_difference(), target.as_difference())
        return Quantity._of(convert(self._value, self._unit, target), target, linear([(slope, self)], self.shape))

    def relabelled(self, unit: Unit) -> Quantity:
        """The same numbers under another unit: the door of a formula, which sees plain numbers in declared units."""
        return Quantity._of(self._value, unit, self._components)

    def same_as(self, other: Quantity, tolerance: float = 1e-12) -> bool:
        """Equal as quantities: same shape and dimension, and self − other is nothing.

        |Δ| ≤ tolerance · max(|value|, u) and u²(Δ) ≤ tolerance · u²(self), for each value; the second is on variances
        because rounding enters there. Two equal numbers with independent influences are not the same quantity.
        """
        if self.shape != other.shape or not other._unit.converts_to(self._unit):
            return False
        difference = self - other.to(self._unit)
        same = np.abs(difference._value) <= tolerance * np.maximum(np.abs(self._value), np.abs(self.u))
        return bool(np.all(same & (_total(difference.variance) <= tolerance * _total(self.variance))))

    @property
    def real(self) -> Quantity:
        """The real part."""
        return apply(np.real, self) if self.is_complex else self

    @property
    def imag(self) -> Quantity:
        """The imaginary part; of a real quantity a constant zero."""
        if not self.is_complex:
            return Quantity._of(np.zeros(self.shape), self._unit.as_difference(), NOTHING)
        return apply(np.imag, self)

    def conjugate(self) -> Quantity:
        """The complex conjugate."""
        return apply(np.conjugate, self) if self.is_complex else self

    conj = conjugate

    def phase(self) -> Quantity:
        """The argument of a complex quantity in rad, in (−π, π]. Raises Refused for an uncertain value of 0."""
        return apply(np.angle, self)

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
        return Quantity._of(summed._value / count, self._unit, linear([(1.0 / count, summed)], summed.shape))

    def _summed(self, axis: int | None) -> Quantity:
        if axis is not None:
            axis = range(self.ndim)[axis]
        if type(self._value) is float:
            return self
        return Quantity._of(self._value.sum(axis=axis), self._unit, self._components.total(self.shape, axis))

    def reshape(self, *shape: int) -> Quantity:
        """The same values in another shape; elements keep their identity."""
        value = self.value.reshape(*shape)
        parts = {key: blocks.reshape(part, self.shape, value.shape) for key, part in self.blocks.items()}
        return Quantity._of(value, self._unit, Components.of(parts))

    def __getitem__(self, key: Any) -> Quantity:
        value = np.asarray(self.value[key])
        parts = {i: blocks.select(b, key, self.shape) for i, b in self.blocks.items()}
        return Quantity._of(value, self._unit, Components.of(parts))

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator[Quantity]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"Quantity({self.value!r} {self._unit.symbol}, u={self.u!r})"

    def __str__(self) -> str:
        from suyuan.quantity.written import text

        return text(self)

    def __format__(self, spec: str) -> str:
        from suyuan.quantity.written import formatted

        return formatted(self, spec)

    def _repr_html_(self) -> str:
        from suyuan.quantity.notebook import quantity_html

        return quantity_html(self)

    def __bool__(self) -> bool:
        raise TypeError("the truth of a quantity is not defined: compare its estimate, or use a decision rule")

    def __float__(self) -> NoReturn:
        raise TypeError("a quantity is not a float: use .value, and keep its uncertainty")

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("np.asarray would lose the uncertainty: use .value")

    def __eq__(self, other: object) -> bool:
        raise TypeError("== and != are not defined for quantities: use a.same_as(b), or compare estimates by .value")

    __ne__ = __eq__

    @staticmethod
    def _operate(ufunc: Any, *operands: Any) -> Any:
        """An operation on numbers at once; anything else goes through NumPy, which knows who must answer."""
        made = _of_numbers(ufunc, operands)
        return ufunc(*operands) if made is None else made

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if kwargs.get("out") is not None:
            _refuse_out()
        if ufunc is np.add and method == "reduce" and kwargs.keys() <= {"axis"}:
            return inputs[0].sum(kwargs.get("axis", 0))
        if method != "__call__" or kwargs:
            raise Refused(finding("quantity.operation.unlisted", operation=f"{ufunc.__name__}.{method}"))
        if ufunc in _COMPARISONS:
            return ufunc(*_estimates(ufunc, *inputs))
        made = _of_numbers(ufunc, inputs)
        return apply(ufunc, *inputs) if made is None else made

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        from suyuan.quantity.array_functions import FUNCTIONS

        listed = FUNCTIONS.get(function)
        if listed is None:
            raise Refused(finding("quantity.operation.unlisted", operation=function.__name__))
        try:
            inspect.signature(listed).bind(*args, **kwargs)
        except TypeError:
            given = f"{function.__name__}({', '.join(['…', *kwargs])})"
            raise Refused(finding("quantity.operation.unlisted", operation=given)) from None
        return listed(*args, **kwargs)


def _of_numbers(ufunc: Any, operands: Sequence[Any]) -> Quantity | None:
    """An operation on real numbers, some of them quantities; None where an operand is anything else."""
    values, units, parts = [], [], []
    for x in operands:
        if type(x) is Quantity:
            values.append(x._value)
            units.append(x._unit)
            parts.append(x._components)
        elif isinstance(x, float | int):
            values.append(float(x))
            units.append(ONE)
            parts.append(NOTHING)
        else:
            return None
        if type(values[-1]) is not float:
            return None
    made = scalar.evaluated(ufunc, tuple(values), (units[0], units[-1]), parts)
    if made is None:
        return None
    self = object.__new__(Quantity)
    self._value, self._unit, self._components = made
    return self


def apply(ufunc: Any, *inputs: Any) -> Quantity:
    """One operation of the derivative table on quantities and plain numbers (which have unit 1)."""
    row = operation(ufunc)
    units = [x._unit if isinstance(x, Quantity) else ONE for x in inputs]
    exponent = _exponent(inputs) if ufunc is np.power else None
    rule = unit_rule(ufunc, units, exponent)
    values, factors = [], []
    for x, unit, wanted in zip(inputs, units, rule.wanted, strict=True):
        values.append(_plain(x, unit, wanted))
        factors.append(1.0 if unit == wanted else ratio(unit.as_difference(), wanted.as_difference()))
    value = _valued(row, values)
    parted = row.form != "linear" and (ufunc is np.angle or np.iscomplexobj(values[0]))
    if parted and ufunc in (np.absolute, np.angle) and inputs[0]._components is not NOTHING and not np.all(values[0]):
        raise Refused(finding("quantity.complex.zero", operation=row.name))
    terms = []
    for x, factor, partial in zip(inputs, factors, row.partials, strict=True):
        if isinstance(x, Quantity) and x._components is not NOTHING:
            slope = partial(values, value)
            terms.append((slope if factor == 1.0 else slope * factor, x))
    components = linear(terms, np.shape(value))
    if parted:
        change: Callable[[Array], Array] = np.conjugate if row.form == "conjugate" else np.real
        components = Components.of({key: blocks.mapped(b, change) for key, b in components.blocks.items()})
    return Quantity._of(value, rule.result, components)


def _valued(row: Operation, values: Sequence[Any]) -> Any:
    """The value of an operation, which must be one; NumPy has no complex form of some (arctan2, hypot)."""
    try:
        with np.errstate(all="ignore"):
            value = row.ufunc(*values)
        check_finite(row.name, value)
        return value
    except TypeError:
        if not any(np.iscomplexobj(x) for x in values):
            raise
        raise Refused(finding("quantity.complex.operation", operation=row.name)) from None


def check_finite(operation: str, value: Any) -> None:
    """Refuse an operation that has no value (a logarithm of a negative number, a division by zero) or none in range."""
    if np.isfinite(np.sum(value)):
        return
    bad = ~np.isfinite(value)
    if np.any(bad):
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        where = ", ".join(map(str, first)) if first else "—"
        count, size = int(np.count_nonzero(bad)), int(np.size(value))
        raise Refused(finding("quantity.operation.no_value", operation=operation, count=count, size=size, index=where))


def _plain(x: Any, unit: Unit, wanted: Unit) -> Any:
    value = np.asarray(x._value if isinstance(x, Quantity) else x)
    value = value if value.dtype.kind in "fc" and value.dtype.itemsize >= 8 else np.asarray(value, dtype=kind_of(value))
    return value if unit == wanted else convert(value, unit, wanted)


def _exponent(inputs: Sequence[Any]) -> float | None:
    """The constant real exponent of a power, if it is one number without uncertainty."""
    power = inputs[1]
    if isinstance(power, Quantity):
        plain = type(power._value) is float and power._components is NOTHING and power._unit == ONE
        return power._value if plain else None
    return float(power) if np.ndim(power) == 0 and not np.iscomplexobj(power) else None


def linear(terms: Sequence[tuple[Any, Quantity]], shape: tuple[int, ...]) -> Components:
    """Σ partial · components over quantities: the chain rule for all influences."""
    if not terms:
        return NOTHING
    if not shape and all(type(q._value) is float and not np.iscomplexobj(slope) for slope, q in terms):
        return Components([(float(slope), q._components) for slope, q in terms])
    gathered: dict[str, list[blocks.Term]] = {}
    for partial, q in terms:
        for key, part in q.blocks.items():
            gathered.setdefault(key, []).append((partial, part, q.ndim))
    return Components.of({key: blocks.combine(list_, shape) for key, list_ in gathered.items()})


def _estimates(ufunc: np.ufunc, a: Any, b: Any) -> tuple[Any, Any]:
    """Both values in the unit of the first; a plain number has unit 1."""
    unit, other = (x._unit if isinstance(x, Quantity) else ONE for x in (a, b))
    first, second = _plain(a, unit, unit), _plain(b, other, unit)
    if np.iscomplexobj(first) or np.iscomplexobj(second):
        raise Refused(finding("quantity.complex.order", operation=ufunc.__name__))
    return first, second


def _total(variance: Array) -> Array:
    """The variance of a complex number in all directions: u²(Re) + u²(Im)."""
    return np.asarray(variance.real + variance.imag)


def _refuse_out() -> NoReturn:
    raise Refused(finding("quantity.operation.in_place"))


_COMPARISONS = frozenset((np.less, np.less_equal, np.greater, np.greater_equal))
