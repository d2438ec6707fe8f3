"""Complex quantities from estimates: real and imaginary part with their uncertainties and correlation.

A complex quantity is one `Quantity` whose values and components are complex; the influences behind it are real, two
for each estimate (JCGM 102:2011 treats it as a quantity of two real outputs). Every holomorphic operation of the
derivative table applies; |z|, phase, real and imaginary part give real quantities that stay correlated with z.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity.block import Block, Own
from suyuan.quantity.components import NOTHING, Components
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence, Source, fresh_id
from suyuan.quantity.kept import locked, numbers
from suyuan.quantity.uncertain import Quantity
from suyuan.quantity.unit import Unit, parse_unit

Array = NDArray[Any]


def complex_quantity(
    value: ArrayLike,
    u: ArrayLike | None,
    unit: str | Unit = "1",
    *,
    r: ArrayLike = 0.0,
    dof: float = math.inf,
    distribution: str = "normal",
    label: str = "",
    source: Source | None = None,
    id: str | None = None,
) -> Quantity:
    """A complex quantity with one joint influence of two elements for each estimate.

    V = [[u²(Re), r·u(Re)·u(Im)], [r·u(Re)·u(Im), u²(Im)]]

    value: complex estimates, any shape; u: u(Re) + j·u(Im) in the unit, broadcast to the value's shape (None makes a
    constant); r: correlation coefficient of the two parts, −1 … 1. Several estimates are one group that was observed
    together: independent, but with one dof. Raises Refused where a number is not finite, u is negative or real
    (it must be said for both parts), or r is beyond ±1.

    >>> z = complex_quantity(3 + 4j, 0.1 + 0.2j, "V", r=0.5)
    >>> round(float(abs(z).value), 6), round(float(abs(z).u), 6)
    (5.0, 0.196977)
    """
    array = numbers(value, label, complex)
    resolved = parse_unit(unit) if isinstance(unit, str) else unit
    if not np.all(np.isfinite(array)):
        raise Refused(finding("quantity.value.not_finite", where=label))
    if resolved.kind == "point":
        raise Refused(finding("quantity.unit.point", unit=resolved.symbol, operation="complex"))
    if u is None:
        return Quantity._of(array, resolved, NOTHING)
    first, second = _parts(u, label)
    r = numbers(r, label)
    for given in (first, r):
        try:
            np.broadcast_to(given, array.shape)
        except ValueError:
            code = "quantity.uncertainty.shape"
            raise Refused(finding(code, where=label, u=given.shape, value=array.shape)) from None
    if not np.all(np.abs(r) <= 1.0):
        raise Refused(finding("quantity.correlation.invalid", where=label))
    if not dof > 0.0:
        raise Refused(finding("quantity.dof.not_positive", where=label, dof=dof))
    # z = x + j·y with x = u(Re)·e₁ and y = u(Im)·(r·e₁ + √(1−r²)·e₂)
    coefficient = np.empty((2, *array.shape), dtype=complex)
    coefficient[0], coefficient[1] = first + 1j * second * r, 1j * second * np.sqrt(1.0 - r * r)
    spread = np.stack([np.broadcast_to(x, array.shape).ravel() for x in (first, second)], axis=1).ravel()
    difference = resolved.as_difference()
    influence = Influence(
        id or fresh_id(), 2 * array.size, locked(spread), float(dof), distribution,
        difference.dsi or difference.symbol, label, source or Source(), True,
        (("r1,0", float(r)),) if r.ndim == 0 else (),
    )  # fmt: skip
    index = np.arange(2 * array.size).reshape(array.size, 2).T.reshape(2, *array.shape)
    part = Block(influence, Own(locked(index), locked(coefficient)), None)
    return Quantity._of(array, resolved, Components.of({influence.id: part}))


def polar(magnitude: Any, phase: Any) -> Quantity:
    """The complex quantity r·exp(jφ), whose parts are correlated as magnitude and phase require.

    magnitude: r, a quantity or plain number; phase: φ, a quantity in rad (or any unit of angle) or plain radians.
    """
    result: Quantity = magnitude * np.exp(1j * phase)
    return result


def _parts(u: ArrayLike, where: str) -> tuple[Array, Array]:
    if not np.iscomplexobj(u):
        raise Refused(finding("quantity.complex.uncertainty", where=where))
    given = np.asarray(u, dtype=complex)
    for part in (given.real, given.imag):
        if not np.all(np.isfinite(part)) or np.any(part < 0.0):
            raise Refused(finding("quantity.uncertainty.negative", where=where, u=np.min(part)))
    return given.real, given.imag
