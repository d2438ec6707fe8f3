"""What-if scenarios about one standard, and how they are laid over the evidence.

Nothing is written: a scenario becomes substitutes, shifts and overrides of an `Evidence` value, and every evaluation
that reads its inputs through `lookup` sees it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from suyuan.certificate.certificate import Certificate
from suyuan.quantity.block import components
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.traceability.evidence import Evidence, Key, Shift
from suyuan.traceability.graph import Node
from suyuan.traceability.lookup import certificate_quantities, shifted


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The certificate is withdrawn and nothing replaces it."""

    key: Key | str


@dataclass(frozen=True, slots=True)
class Replaced:
    """The certificate is replaced by another one, with its own values, uncertainties and influences."""

    key: Key | str
    by: Certificate


@dataclass(frozen=True, slots=True)
class Shifted:
    """The standard was off: true value = certified + d at `place`, in the certificate's unit.

    d: one number, or one for each element of a list; between: first and last day on which it was off (both count),
    None for always. Only results that used the standard itself within these days are hit, and what rests on them.
    """

    key: Key | str
    place: str
    d: Shift
    between: tuple[date, date] | None = None


Scenario = Withdrawn | Replaced | Shifted

LARGEST = 20_000_000
"""Components that a linear statement may need at once; beyond, it is «not computable» rather than slow."""


def hits(scenario: Scenario, day: date | None) -> bool:
    """Whether a use of the standard on this day is concerned; an unknown day is taken as inside the window."""
    if not isinstance(scenario, Shifted) or scenario.between is None or day is None:
        return True
    return scenario.between[0] <= day <= scenario.between[1]


class Overlay:
    """Two views of an evidence under a scenario: for users of the standard inside the window, and for the rest.

    Both grow together while the walk goes down: what an intermediate certificate would state is laid over both.
    Evaluation happens parents first, so what a result reads is complete when it reads it.
    """

    def __init__(self, evidence: Evidence, seed: Node, scenario: Scenario) -> None:
        self._seed, self._scenario = seed, scenario
        self._changed: dict[str, Mapping[str, Quantity]] = {}
        overrides = MappingProxyType(self._changed)
        self.outside = replace(evidence, overrides=overrides)
        self.inside = self.outside
        if isinstance(scenario, Replaced):
            self.inside = replace(evidence, overrides=overrides, substitutes={seed.id: scenario.by})
        elif isinstance(scenario, Shifted):
            check_shift(seed, scenario)
            self.inside = replace(evidence, overrides=overrides, shifts={seed.id: {scenario.place: scenario.d}})

    def view(self, hit: bool) -> Evidence:
        """The evidence that a result reads; hit: it used the standard inside the window."""
        return self.inside if hit else self.outside

    def put(self, node: Node, places: Mapping[str, Quantity]) -> None:
        """What a re-evaluated certificate would state now."""
        self._changed[node.id] = places

    def changes(self, node: Node) -> tuple[tuple[Quantity, Quantity], ...]:
        """(old, new) of each quantity that a changed certificate would give differently."""
        old, new = stated(node), self._after(node)
        pairs = ((old[place], new[place]) for place in new if place in old)
        return tuple((a, b) for a, b in pairs if a.size == b.size and a.unit.converts_to(b.unit))

    def _after(self, node: Node) -> Mapping[str, Quantity]:
        if node.id != self._seed.id:
            return self._changed.get(node.id, {})
        if isinstance(self._scenario, Replaced):
            return certificate_quantities(self._scenario.by)[0]
        if isinstance(self._scenario, Shifted):
            place = self._scenario.place
            return {place: shifted(stated(node)[place], self._scenario.d)}
        return {}


def stated(node: Node) -> Mapping[str, Quantity]:
    """What the certificate of a node states, by place."""
    return certificate_quantities(node.document)[0] if isinstance(node.document, Certificate) else {}


def check_shift(seed: Node, scenario: Shifted) -> None:
    """Refuse a place that the certificate does not give, a d that does not fit, a window that ends before it begins."""
    where = f"{seed.title}: {scenario.place}"
    table = stated(seed)
    value = table.get(scenario.place)
    if value is None:
        places = ", ".join(table) or "—"
        raise Refused(finding("traceability.impact.place", where, place=scenario.place, places=places))
    d = np.asarray(scenario.d, float)
    if not np.all(np.isfinite(d)) or (d.ndim and d.shape != value.shape):
        raise Refused(finding("traceability.impact.shift", where, d=scenario.d, length=value.size))
    if scenario.between is not None and scenario.between[0] > scenario.between[1]:
        first, last = scenario.between
        raise Refused(finding("traceability.impact.window", where, first=first, last=last))


def linear_shift(y: Quantity, changes: Iterable[tuple[Quantity, Quantity]], own: frozenset[str]) -> Quantity | None:
    """y moved along its archived sensitivities: y + Σ c·(new − old), with c = ∂y/∂x found from shared influences.

    The components a of y and b of x on the influences that only the standard brings give c from a = c·b; None where
    they do not (y shows none of them, or they contradict each other): then no linear statement is possible.

    changes: (old, new) of each changed quantity of the standard; own: ids of the influences to compare.
    """
    pairs = [(_flat(old), _flat(new)) for old, new in changes]
    flat = _flat(y)
    ids = sorted(id for id in own if id in flat.blocks or any(id in old.blocks for old, _ in pairs))
    sizes = {i.id: i.size for q in (flat, *(old for old, _ in pairs)) for i in q.influences()}
    values, elements = sum(old.size for old, _ in pairs), sum(sizes[id] for id in ids)
    if not pairs or not ids or flat.size * values > 1_000_000 or elements * (flat.size + values) > LARGEST:
        return None
    rows = np.concatenate([_components(old, ids, (flat, *(o for o, _ in pairs))) for old, _ in pairs], axis=1)
    target = _components(flat, ids, (flat, *(o for o, _ in pairs)))
    if not np.any(target):
        return None
    slopes = np.linalg.lstsq(rows, target, rcond=1e-12)[0]
    if not np.allclose(rows @ slopes, target, rtol=0.0, atol=1e-9 * float(np.max(np.abs(target)))):
        return None
    moved = _moved(flat, pairs, slopes)
    return moved.reshape(*y.shape) if y.ndim else moved[0]


def _moved(y: Quantity, pairs: Sequence[tuple[Quantity, Quantity]], slopes: NDArray[np.float64]) -> Quantity:
    """y + Σ slopes·(new − old); slopes: a row for each element of the changed quantities, a column for each of y."""
    row = 0
    unit = y.unit.as_difference()
    for old, new in pairs:
        moved = new.to(old.unit) - old
        for j in range(old.size):
            slope = quantity(slopes[row], None, unit / old.unit.as_difference())
            y = y + (slope * moved[j]).to(unit)
            row += 1
    return y


def _flat(q: Quantity) -> Quantity:
    return q if q.ndim == 1 else q.reshape(q.size)


def _components(q: Quantity, ids: Sequence[str], all_: Sequence[Quantity]) -> NDArray[np.float64]:
    """Components on every element of the named influences, (Σ sizes, n); an absent influence has none."""
    sizes = {i.id: i.size for other in all_ for i in other.influences()}
    tables = []
    for id in ids:
        part = q.blocks.get(id)
        tables.append(np.zeros((sizes[id], q.size)) if part is None else components(part, q.shape))
    return np.concatenate(tables)
