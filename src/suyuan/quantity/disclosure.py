"""Disclosure: how much of its own influences a laboratory shows when it hands results on.

full: everything. grouped: influences with a certificate behind them stay, the private rest loses names and merges.
opaque: one joint influence. Values, variances and covariances between the results are the same in all three.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block, Dense
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence, Source, correlation_factor, identity
from suyuan.quantity.quantity import Quantity

Disclosure = Literal["full", "grouped", "opaque"]
LARGEST = 10_000_000
"""Entries of a table of components to be merged."""
Key = TypeVar("Key", bound=Hashable)


def disclosed(results: Mapping[Key, Quantity], disclosure: Disclosure, name: str = "") -> dict[Key, Quantity]:
    """The same results with only those influences that are to be shown.

    name: of the one influence of an opaque disclosure. Effective degrees of freedom stay exact when grouped, since
    private influences with finite ones stay apart, without label or source (so do large arrays); opaque results get
    the smallest of theirs. The merged influence's identity follows from what it is made of: the same results
    disclosed twice are still the same. Raises Refused where too many values would have to be merged.
    """
    if disclosure == "full":
        return dict(results)
    opaque = disclosure == "opaque"
    private = {i.id: i for q in results.values() for i in q.influences() if opaque or not i.source.number}
    merged = {key: i for key, i in private.items() if opaque or not math.isfinite(i.dof)}
    values = sum(q.size for q in results.values())
    if not opaque and values * sum(i.size for i in merged.values()) > LARGEST:
        merged = {key: i for key, i in merged.items() if i.size == 1 or i.joint}
    elements = sum(i.size for i in merged.values())
    if merged and values * max(values, elements) > LARGEST:
        raise Refused(finding("quantity.archive.too_large", values=values, elements=elements, disclosure=disclosure))
    together = _merged(results, merged, name, opaque)
    answer = {}
    for key, q in results.items():
        parts: dict[str, Block] = {}
        for id, part in q.blocks.items():
            if id not in private:
                parts[id] = part
            elif id not in merged:
                other = _anonymous(part.influence)
                parts[other.id] = Block(other, part.own, part.dense)
        if key in together:
            parts[together[key].influence.id] = together[key]
        answer[key] = Quantity(q.value, q.unit, parts)
    return answer


def _anonymous(i: Influence) -> Influence:
    return Influence(identity("private", i.id), i.size, i.u, i.dof, i.distribution, i.unit, joint=i.joint)


def _merged(
    results: Mapping[Key, Quantity], merged: Mapping[str, Influence], name: str, opaque: bool
) -> dict[Key, Block]:
    """For each result its block on one joint influence, with the covariances that the merged influences gave."""
    touched = {key: q for key, q in results.items() if not merged.keys().isdisjoint(q.blocks)}
    if not touched:
        return {}
    table = np.concatenate([_components(q, list(merged.values())) for q in touched.values()], axis=1)
    spread = np.linalg.norm(table, axis=0)
    directions = table / np.where(spread > 0.0, spread, 1.0)
    matrix = directions.T @ directions
    np.fill_diagonal(matrix, 1.0)
    factor = correlation_factor(matrix, name)
    made_of = hashlib.sha256(table.tobytes()).hexdigest()
    influence = Influence(
        identity("merged", name, *sorted(merged), made_of),
        len(spread),
        spread,
        min(float(np.min(q.dof, initial=math.inf)) for q in touched.values()) if opaque else math.inf,
        "normal",
        " ".join(q.unit.as_difference().dsi or q.unit.as_difference().symbol for q in touched.values()),
        name,
        Source(text=name),
        joint=True,
    )
    scale = (factor * spread[:, None]).T
    ends = np.cumsum([q.size for q in touched.values()])
    return {
        key: Block(influence, None, Dense(scale[:, end - q.size : end].reshape(len(scale), *q.shape)))
        for end, (key, q) in zip(ends, touched.items(), strict=True)
    }


def _components(q: Quantity, influences: Sequence[Influence]) -> NDArray[np.float64]:
    """Components (Σ sizes, n) of one result on all elements of the influences."""
    tables = []
    for influence in influences:
        part = q.blocks.get(influence.id)
        tables.append(np.zeros((influence.size, q.size)) if part is None else blocks.components(part, q.shape))
    return np.concatenate(tables)
