"""The uncertainty budget: which input, influence, source or certificate brings how much of u²(y).

Shares are parts of the variance and add to 1; what two inputs have in common stands in a row of its own, because
neither owns it (it may be negative).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block
from suyuan.quantity.covariance import covariance
from suyuan.quantity.influence import Influence, Source
from suyuan.quantity.quantity import Quantity


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One line of a budget.

    name: of the input, influence, source or certificate; value, u: estimate and standard uncertainty in `unit`, None
    where a group has none of its own; sensitivity: ∂y/∂x; contribution: signed where there is one sensitivity, else
    the root of the group's variance, in the result's unit; share: part of u²(y).
    """

    name: str
    contribution: float
    share: float
    value: float | None = None
    u: float | None = None
    unit: str = ""
    distribution: str = ""
    dof: float = math.inf
    sensitivity: float | None = None
    source: Source = field(default_factory=Source)
    influences: tuple[str, ...] = ()


def by_influence(y: Quantity) -> tuple[BudgetRow, ...]:
    """One row an influence of a scalar result, largest first (GUM Table H.1 without the names of inputs)."""
    total = float(y.variance)
    rows = []
    for part in y.blocks.values():
        influence, variance = part.influence, float(blocks.variance(part))
        contribution = math.sqrt(variance)
        own = None
        if influence.size == 1 and np.size(influence.u) == 1 and float(np.ravel(influence.u)[0]) > 0.0:
            own = float(np.ravel(influence.u)[0])
            contribution = float(blocks.components(part, ())[0, 0])
        rows.append(
            BudgetRow(
                influence.label or influence.id[:8],
                contribution,
                _share(variance, total),
                None,
                own,
                influence.unit if own is not None else "",
                influence.distribution,
                influence.dof,
                contribution / own if own else None,
                influence.source,
                (influence.id,),
            )
        )
    return _sorted(rows)


def by_source(y: Quantity) -> tuple[BudgetRow, ...]:
    """One row a source: the certificate and place, or the judgement, from which influences come."""
    return _grouped(y, lambda i: (str(i.source) or i.label or i.id[:8], i.source))


def by_certificate(y: Quantity) -> tuple[BudgetRow, ...]:
    """One row a certificate (issuer and number) from which influences come; what has none stands under «»."""
    return _grouped(
        y, lambda i: (i.source.number, Source(i.source.issuer, i.source.number) if i.source.number else Source())
    )


def by_input(y: Quantity, inputs: Mapping[str, Quantity], sensitivities: Mapping[str, float]) -> tuple[BudgetRow, ...]:
    """One row an input of the model, c·u(x), and one row for what the inputs have in common (GUM 5.2.2).

    y: scalar result; inputs: name → scalar; sensitivities: name → ∂y/∂x in result unit per input unit.
    """
    total = float(y.variance)
    rows, own = [], 0.0
    for name, x in inputs.items():
        contribution = sensitivities[name] * float(x.u)
        own += contribution**2
        influences = x.influences()
        rows.append(
            BudgetRow(
                name,
                contribution,
                _share(contribution**2, total),
                float(x.value),
                float(x.u),
                x.unit.dsi or x.unit.symbol,
                influences[0].distribution if len(influences) == 1 else ("normal" if influences else "constant"),
                float(x.dof),
                sensitivities[name],
                influences[0].source if len(influences) == 1 else Source(),
                tuple(i.id for i in influences),
            )
        )
    common = _common(inputs, sensitivities)
    ordered = list(_sorted(rows))
    if abs(common) > 1e-12 * max(total, own):
        size = math.copysign(math.sqrt(abs(common)), common)
        ordered.append(BudgetRow("correlation", size, _share(common, total)))
    return tuple(ordered)


def _common(inputs: Mapping[str, Quantity], sensitivities: Mapping[str, float]) -> float:
    """2 Σᵢ Σⱼ cᵢ cⱼ u(xᵢ, xⱼ) over pairs of inputs."""
    names, common = list(inputs), 0.0
    for i, a in enumerate(names):
        for b in names[:i]:
            if inputs[a].blocks.keys() & inputs[b].blocks.keys():
                common += 2.0 * sensitivities[a] * sensitivities[b] * float(covariance(inputs[a], inputs[b]))
    return common


def _grouped(y: Quantity, owner: Callable[[Influence], tuple[str, Source]]) -> tuple[BudgetRow, ...]:
    """One row for the influences of each owner (name and source); dof by Welch-Satterthwaite within the group."""
    total = float(y.variance)
    groups: dict[tuple[str, Source], list[Block]] = {}
    for part in y.blocks.values():
        groups.setdefault(owner(part.influence), []).append(part)
    rows = []
    for (name, source), parts in groups.items():
        group = Quantity(y.value, y.unit, {part.influence.id: part for part in parts})
        variance, ids = float(group.variance), tuple(part.influence.id for part in parts)
        rows.append(
            BudgetRow(
                name, math.sqrt(variance), _share(variance, total), dof=float(group.dof), source=source, influences=ids
            )
        )
    return _sorted(rows)


def _share(part: float, total: float) -> float:
    return part / total if total > 0.0 else 0.0


def _sorted(rows: list[BudgetRow]) -> tuple[BudgetRow, ...]:
    return tuple(sorted(rows, key=lambda row: -abs(row.share)))
