"""Readings: a column of measured values, and where its uncertainty comes from.

Two kinds of uncertainty, as in a laboratory: what all rows share (the standard, the certificate, the correction),
component c with an influence that has an identity; and what each row has of its own (noise, resolution). A value that
is not a column (a constant, a calibration factor) is a scalar `Quantity` with its influences, shared by all rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import Unit

Size = float | str
"""A number, or the name of a column that holds one a row."""


@dataclass(frozen=True, slots=True)
class Shared:
    """The component of a reading for one shared influence.

    component: c·u in the reading's unit, with its sign, as a number or a column; relative: in parts of the value
    instead; element: which element of an influence of several.
    """

    influence: Influence
    component: Size
    relative: bool = False
    element: int = 0


@dataclass(frozen=True, slots=True)
class Independent:
    """The uncertainty that each row has of its own.

    u: standard uncertainty in the reading's unit, a number or a column; relative: in parts of the value instead; dof:
    degrees of freedom of each; label: the name of the influence (the input's name where empty); id: its identity
    (32 hexadecimal digits; a fresh one a query is drawn where empty).
    """

    u: Size
    relative: bool = False
    dof: float = math.inf
    distribution: str = "normal"
    label: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """An input that is a column: `column` holds estimates in `unit`; without uncertainties it is exact."""

    column: str
    unit: str | Unit = "1"
    independent: Independent | None = None
    shared: tuple[Shared, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that must hold a value in a row that counts."""
        sizes = [s.component for s in self.shared] + ([self.independent.u] if self.independent else [])
        return (self.column, *(s for s in sizes if isinstance(s, str)))


Input = Reading | Quantity | float


def check(name: str, given: Input) -> None:
    """Refuse what cannot be an input: an array beside columns, a component or u that is no number."""
    if isinstance(given, Quantity):
        if given.ndim:
            raise Refused(finding("series.input.array", f"inputs.{name}", name=name, shape=given.shape))
        return
    if not isinstance(given, Reading):
        if not math.isfinite(given):
            raise Refused(finding("quantity.value.not_finite", where=f"inputs.{name}"))
        return
    for part in given.shared:
        if not isinstance(part.component, str) and not math.isfinite(part.component):
            raise Refused(finding("series.input.component", f"inputs.{name}", name=name, component=part.component))
        if not 0 <= part.element < part.influence.size:
            raise Refused(
                finding(
                    "series.input.element", f"inputs.{name}", name=name, element=part.element, size=part.influence.size
                )
            )
    own = given.independent
    if own is not None and not isinstance(own.u, str) and not 0.0 <= own.u < math.inf:
        raise Refused(finding("quantity.uncertainty.negative", where=f"inputs.{name}", u=own.u))
    if own is not None and not own.dof > 0.0:
        raise Refused(finding("quantity.dof.not_positive", where=f"inputs.{name}", dof=own.dof))
