"""Disclosure: how much of its own influences a laboratory shows when it hands results on.

full: everything. grouped: influences with a certificate behind them stay, the private rest loses names and merges.
opaque: one joint influence. Values, variances and covariances between the results are the same in all three.

Merged components T (elements × values) become R of T = Q·R: RᵀR = TᵀT, so all covariances stay, and which element
brought what can no longer be seen. With few elements and many values R is as low as there are elements.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.archive.rows import as_complex, as_real
from suyuan.quantity.block import Block, Dense
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence, Source, identity
from suyuan.quantity.quantity import Quantity

Disclosure = Literal["full", "grouped", "opaque"]
DISCLOSURES: tuple[Disclosure, ...] = ("full", "grouped", "opaque")
LARGEST, LONGEST = 50_000_000, 4e10
"""Entries of a table of components to be merged (0.4 GB), and entries times the shorter side (some seconds)."""
Key = TypeVar("Key", bound=Hashable)


def disclosed(results: Mapping[Key, Quantity], disclosure: Disclosure, name: str = "") -> dict[Key, Quantity]:
    """The same results with only those influences that are to be shown.

    name: of the one influence of an opaque disclosure. Effective degrees of freedom stay exact when grouped, since
    private influences with finite ones stay apart, without label, source or readings (so do large arrays); opaque
    results get the smallest of theirs. What merges is drawn as normal by a Monte Carlo method. The merged influence's
    identity follows from what it is made of: the same results, in any order, disclosed twice are still the same.
    Raises Refused for an unknown disclosure, and where too many values would have to be merged.
    """
    if disclosure not in DISCLOSURES:
        raise Refused(finding("quantity.archive.disclosure", disclosure=disclosure))
    if disclosure == "full":
        return dict(results)
    complex_ = {key for key, q in results.items() if np.iscomplexobj(q.value)}
    results = {key: as_real(q) if key in complex_ else q for key, q in results.items()}
    opaque = disclosure == "opaque"
    private = {i.id: i for q in results.values() for i in q.influences() if opaque or not i.source.number}
    merged = {key: i for key, i in private.items() if opaque or not math.isfinite(i.dof)}
    touched = sum(q.size for q in results.values() if not merged.keys().isdisjoint(q.blocks))
    if not opaque and _too_much(touched, sum(i.size for i in merged.values())):
        merged = {key: i for key, i in merged.items() if i.size == 1 or i.joint}
    elements = sum(i.size for i in merged.values())
    if _too_much(touched, elements):
        raise Refused(finding("quantity.archive.too_large", values=touched, elements=elements, disclosure=disclosure))
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
        shown = Quantity(q.value, q.unit, parts)
        answer[key] = as_complex(shown) if key in complex_ else shown
    return answer


def _too_much(values: int, elements: int) -> bool:
    entries = values * elements
    return entries > LARGEST or entries * min(values, elements) > LONGEST


def _anonymous(i: Influence) -> Influence:
    """The influence without label and source. Readings themselves (a sample, a histogram) are not shown either: what
    is left of them is a normal or t distribution; numbers that only shape a distribution stay."""
    kept = tuple((key, x) for key, x in i.parameters if not isinstance(x, tuple))
    named = i.distribution
    if len(kept) < len(i.parameters):
        kept, named = (), "student_t" if math.isfinite(i.dof) else "normal"
    return Influence(identity("private", i.id), i.size, i.u, i.dof, named, i.unit, joint=i.joint, parameters=kept)


def _merged(
    results: Mapping[Key, Quantity], merged: Mapping[str, Influence], name: str, opaque: bool
) -> dict[Key, Block]:
    """For each result its block on one joint influence, with the covariances that the merged influences gave."""
    touched = sorted((key for key, q in results.items() if not merged.keys().isdisjoint(q.blocks)), key=repr)
    if not touched:
        return {}
    quantities = [results[key] for key in touched]
    influences = [merged[id] for id in sorted(merged)]
    table = np.concatenate([_components(q, influences) for q in quantities], axis=1)
    factor = _triangular(table)
    made_of = hashlib.sha256(factor.tobytes()).hexdigest()  # another factor of the same table is another influence
    spread, unit = np.zeros(0), "\\one"  # factors fewer than the values have no u of their own
    if factor.shape[0] == factor.shape[1]:  # as many elements as values: those of a joint group of the values
        spread, unit = np.linalg.norm(factor, axis=0), _units(quantities)
    influence = Influence(
        identity("merged", name, *sorted(merged), made_of),
        len(factor),
        spread,
        min(float(np.min(q.dof, initial=math.inf)) for q in quantities) if opaque else math.inf,
        "normal",
        unit,
        name,
        Source(text=name),
        joint=True,
    )
    ends = np.cumsum([q.size for q in quantities])
    return {
        key: Block(influence, None, Dense(factor[:, end - q.size : end].reshape(len(factor), *q.shape)))
        for key, end, q in zip(touched, ends, quantities, strict=True)
    }


def _units(quantities: Sequence[Quantity]) -> str:
    """The unit of every value, as text; once where all are the same."""
    units = [q.unit.as_difference().dsi or q.unit.as_difference().symbol for q in quantities for _ in range(q.size)]
    return units[0] if len(set(units)) == 1 else " ".join(units)


def _triangular(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """R of table = Q·R with a diagonal that is not negative, so that there is only one; at least one row."""
    if table.size == 0:
        return np.zeros((1, table.shape[1]))
    factor = np.linalg.qr(table, mode="r")
    sign = np.where(np.diagonal(factor) < 0.0, -1.0, 1.0)
    return np.asarray(factor * sign[:, None])


def _components(q: Quantity, influences: Sequence[Influence]) -> NDArray[np.float64]:
    """Components (Σ sizes, n) of one result on all elements of the influences."""
    tables = []
    for influence in influences:
        part = q.blocks.get(influence.id)
        tables.append(np.zeros((influence.size, q.size)) if part is None else blocks.components(part, q.shape))
    return np.concatenate(tables)
