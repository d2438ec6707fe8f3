"""Relative components of uncertainty: one error for all values (shared), or one for each (independent).

A belt scale's calibration, a laboratory's bias, a gas standard, an oxidation factor are one error in every month and
stack: their contributions add, they do not average out. Taken as independent, twelve months of one belt scale and one
laboratory understate u by a factor of two and more.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.quantity.unit import ONE, Unit


@dataclass(frozen=True, slots=True)
class Component:
    """One relative component.

    name: what errs; u_rel: relative standard uncertainty, 0.003 for 0.3 %; shared: one error for all values, else one
    for each; of: which factor of a product it belongs to, as text; source: the certificate that states it. With issuer
    and number its influence has their identity, so that it is the same one in every unit, month and plant; without, it
    is an influence of its own; places: of the values that it concerns, from 0 (a certificate that held until June),
    all where empty; stated: the value as its certificate prints it, where other quantities may stand on the very same
    one (a gas standard behind a stack's analyser and a laboratory's), so that they share its influence; key: identity
    where no certificate gives one, so that the same document read twice gives the same quantity; row: id of the rule
    row whose number errs, which is one error in every stream, plant and year that takes it, whatever u each states.
    Raises Refused for a u_rel that is negative or not finite.
    """

    name: str
    u_rel: float
    shared: bool = True
    of: str = ""
    source: Source = field(default_factory=Source)
    distribution: str = "normal"
    dof: float = math.inf
    places: frozenset[int] = frozenset()
    stated: Quantity | None = None
    key: str = ""
    row: str = ""

    @classmethod
    def of_certificate(
        cls, name: str, of: str, stated: Quantity, source: Source, places: frozenset[int] = frozenset()
    ) -> Component:
        """What a certificate's value, not zero, errs by: shared by all that hangs on it."""
        u_rel = float(stated.u) / abs(float(stated.value))
        return cls(name, u_rel, True, of, source, places=places, stated=stated)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.u_rel) and self.u_rel >= 0.0):
            raise Refused(finding("carbon.component.u", self.name, name=self.name, given=f"{self.u_rel:g}"))

    def factor(self, size: int) -> Quantity:
        """1 with this relative uncertainty: a scalar where shared, an array (size,) where not."""
        if self.stated is not None:
            made = self.stated.relabelled(ONE) / float(self.stated.value)
            return self._where(made, size)
        if self.row:
            error = quantity(0.0, 1.0, "1", dof=self.dof, distribution=self.distribution, label=self.name,
                             source=self.source, id=identity("rule row", self.row, self.of))  # fmt: skip
            return self._where(1.0 + self.u_rel * error, size)
        one: ArrayLike = 1.0 if self.shared else np.ones(size)
        known = self.source.issuer and self.source.number
        key = self.key or None
        if known:
            key = identity(self.source.issuer, self.source.number, self.source.place or self.name)
        if key is not None and not self.shared:
            key = identity(key, f"{size} values")
        made = quantity(one, self.u_rel, "1", dof=self.dof, distribution=self.distribution, label=self.name,
                        source=self.source, id=key)  # fmt: skip
        return self._where(made, size)

    def _where(self, made: Quantity, size: int) -> Quantity:
        """The factor at the values that it concerns, 1 elsewhere."""
        if not self.places:
            return made
        concerned = np.isin(np.arange(size), sorted(self.places)).astype(float)
        return 1.0 + (made - 1.0) * concerned  # type: ignore[no-any-return]


def with_components(values: ArrayLike | Quantity, components: Iterable[Component], unit: str | Unit = "1") -> Quantity:
    """Values (n,) times 1 ± u_rel of each component, as quantities that share what is shared.

    values: estimates in `unit`, or quantities with uncertainty of their own.

    >>> months = with_components([10.0, 20.0], [Component("belt scale", 0.01), Component("repeats", 0.02, False)], "t")
    >>> round(float(months.sum().u), 4), round(0.01 * 30, 4), round(0.02 * (10**2 + 20**2) ** 0.5, 4)
    (0.5385, 0.3, 0.4472)
    """
    found: Any = values if isinstance(values, Quantity) else quantity(np.asarray(values, float), None, unit)
    for one in components:
        found = found * one.factor(found.size)
    return found  # type: ignore[no-any-return]


def apart(components: Iterable[Component]) -> tuple[Component, ...]:
    """The same components, each independent from value to value: what is commonly, and wrongly, computed."""
    return tuple(replace(one, shared=False) for one in components)
