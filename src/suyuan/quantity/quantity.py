"""Making quantities: from a value and its standard uncertainty, correlated ones, several as one array."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.array_functions import stack
from suyuan.quantity.block import Block, Dense, Own
from suyuan.quantity.components import NOTHING, Components, element
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.influence import SHAPES, Influence, Parameters, Source, correlation_factor, fresh_id
from suyuan.quantity.kept import locked, numbers
from suyuan.quantity.uncertain import Quantity
from suyuan.quantity.unit import Unit, parse_unit

__all__ = ["Quantity", "joint", "quantity", "stack"]
Array = NDArray[Any]


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
    makes a constant. A complex value takes a complex u (see `complex_quantity`); dof: degrees of freedom;
    distribution: a name of `distribution.LAWS`, and parameters what its shape needs besides u.
    Raises Refused for a negative or not finite u or value, an unknown unit or distribution.

    u is the *standard* uncertainty whatever the distribution: a rectangle ±a has u = a/√3, a triangle a/√6, an arcsine
    distribution a/√2, a certificate's U has u = U/k. `suyuan.quantity.type_b` has a function for each, whose answer
    makes the quantity: `type_b.rectangular(7.5, half_width=0.5).quantity("mV")`,
    `type_b.normal_from_expanded(1.0, U=240e-6, k=3).quantity("g")`.

    >>> float(quantity(50.000623, 25e-6, "mm", dof=18).u)
    2.5e-05
    >>> print(quantity(20.0, 0.5 / 3**0.5, "degC", distribution="rectangular"))         # 20 °C ± 0.5 °C
    20.00(29) °C
    """
    resolved = parse_unit(unit) if isinstance(unit, str) else unit
    if not isinstance(resolved, Unit):
        raise Refused(finding("quantity.unit.unknown", where=label, unit=repr(unit)[:60]))
    if distribution not in SHAPES:
        raise Refused(_no_shape(distribution, label))
    if _is_number(value, u) and dof > 0.0:
        # numbers come by the thousand, one object each
        spread = locked(np.array([u]))
        influence = Influence(
            id or fresh_id(), 1, spread, float(dof), distribution, _size_of(resolved), label, source or Source(), False,
            parameters,
        )  # fmt: skip
        return Quantity._of(value, resolved, element(influence, float(spread[0])))
    if _is_complex(value) or (u is not None and _is_complex(u)):
        return _of_complex(value, u, unit, dof, distribution, label, source, id, parameters)
    array = numbers(value, label)
    if not _is_finite(array):
        raise Refused(finding("quantity.value.not_finite", where=label))
    if u is None:
        return Quantity._of(array, resolved, NOTHING)
    given = locked(numbers(u, label))
    _check_spread(given, dof, label)
    try:
        spread = np.broadcast_to(given, array.shape)  # one array stands behind the influence and the components
    except ValueError:
        raise Refused(finding("quantity.uncertainty.shape", where=label, u=given.shape, value=array.shape)) from None
    influence = Influence(
        id or fresh_id(), array.size, spread.reshape(-1), float(dof), distribution,
        _size_of(resolved), label, source or Source(), False, parameters,
    )  # fmt: skip
    if array.ndim == 0:
        return Quantity._of(array, resolved, element(influence, float(spread)))
    index = blocks.every_element(array.size)
    if array.ndim > 1:
        index = index.reshape(1, *array.shape)
    part = Block(influence, Own(index, spread[None]), None)
    return Quantity._of(array, resolved, Components.of({influence.id: part}))


def _no_shape(distribution: str, where: str) -> Finding:
    from suyuan.quantity.type_b import likely

    known = sorted(SHAPES)
    near = likely(str(distribution), known)
    code = "evaluation.distribution.unknown"
    return finding(code, where, distribution=distribution, nearest=near, known=" ".join(known))


def _is_number(value: Any, u: Any) -> bool:
    """Whether this is one real number with an uncertainty that needs no further check."""
    return isinstance(value, float) and isinstance(u, float) and math.isfinite(value) and 0.0 <= u < math.inf


def _of_complex(
    value: ArrayLike, u: ArrayLike | None, unit: str | Unit, dof: float, distribution: str, label: str,
    source: Source | None, id: str | None, parameters: Parameters,
) -> Quantity:  # fmt: skip
    from suyuan.quantity.complex_quantity import complex_quantity

    if parameters:
        raise Refused(finding("quantity.complex.distribution", where=label, distribution=distribution))
    return complex_quantity(value, u, unit, dof=dof, distribution=distribution, label=label, source=source, id=id)


def _is_complex(given: Any) -> bool:
    try:
        return np.iscomplexobj(given)
    except (TypeError, ValueError):  # no regular array
        return False


def _is_finite(array: Array) -> bool:
    """Whether all numbers are finite; a finite sum says so in one pass that needs no memory."""
    with np.errstate(over="ignore", invalid="ignore"):
        return math.isfinite(np.add.reduce(array, axis=None)) or bool(np.all(np.isfinite(array)))


def _check_spread(u: Array, dof: float, where: str) -> None:
    if not _is_finite(u) or np.min(u, initial=0.0) < 0.0:
        raise Refused(finding("quantity.uncertainty.negative", where=where, u=np.min(u)))
    if not dof > 0.0:
        raise Refused(finding("quantity.dof.not_positive", where=where, dof=dof))


def _size_of(unit: Unit) -> str:
    """The unit of an uncertainty as text: D-SI where it has a word, else as printed."""
    difference = unit.as_difference()
    return difference.dsi or difference.symbol


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
    if distribution not in SHAPES:
        raise Refused(_no_shape(distribution, label))
    matrix, estimates, spread = numbers(correlation, label), numbers(values, label), locked(numbers(u, label))
    _check_spread(spread, dof, label)
    if not np.all(np.isfinite(estimates)):
        raise Refused(finding("quantity.value.not_finite", where=label))
    names = [units] * estimates.size if isinstance(units, str | Unit) else list(units)
    n = estimates.size
    if estimates.ndim != 1 or spread.shape != (n,) or matrix.shape != (n, n) or len(names) != n:
        shapes = f"{estimates.shape}, {spread.shape}, {matrix.shape}, {len(names)}"
        raise Refused(finding("quantity.joint.shape", where=label, shapes=shapes))
    factor = correlation_factor(matrix, label)
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
