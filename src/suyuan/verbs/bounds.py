"""Values of one certificate about whose correlation it says nothing: both limiting cases, and the larger one counts.

For each output and each certificate by itself: with cᵢ·uᵢ the contributions of its values, independent values bring
Σ (cᵢ uᵢ)², fully correlated ones (Σ cᵢ uᵢ)². The certificates do not know each other, so the largest u of an output is
that with the larger of the two for each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from suyuan.certificate.certificate import Certificate
from suyuan.quantity.quantity import Quantity
from suyuan.verbs.inputs import Input

Digests = frozenset[str]
NOTABLE = 1e-9


def open_correlations(inputs: Mapping[str, Input]) -> dict[str, tuple[Input, ...]]:
    """Digest of a certificate → the inputs that take several of its values, where their correlation is not stated."""
    members: dict[str, list[Input]] = {}
    for item in inputs.values():
        if item.certificate is not None and not item.from_archive:
            members.setdefault(item.certificate.digest, []).append(item)
    return {digest: tuple(rows) for digest, rows in members.items() if _any_open(rows)}


def _any_open(rows: Sequence[Input]) -> bool:
    return any(_place(a) != _place(b) and not _stated(a.quantity, b.quantity) for a, b in combinations(rows, 2))


def _place(item: Input) -> tuple[str, int | None]:
    return (item.entry.place, item.entry.index)


def _stated(a: Quantity, b: Quantity) -> bool:
    """A correlation is stated where both rest on one joint group."""
    return any(i.joint and i.id in b.blocks for i in a.influences())


def contributions(rows: Sequence[Input], sensitivities: Mapping[str, float]) -> tuple[float, float]:
    """What the values of one certificate bring to u² of an output: for r = 0 and for r = 1."""
    parts: dict[tuple[str, int | None], float] = {}
    for item in rows:
        part = sensitivities[item.name] * float(item.quantity.u)
        parts[_place(item)] = parts.get(_place(item), 0.0) + part
    return sum(p * p for p in parts.values()), sum(parts.values()) ** 2


def worse_together(groups: Mapping[str, Sequence[Input]], sensitivities: Mapping[str, float]) -> Digests:
    """The certificates whose values make this output worse when they are fully correlated."""
    found = set()
    for digest, rows in groups.items():
        independent, together = contributions(rows, sensitivities)
        if together > independent * (1.0 + NOTABLE):
            found.add(digest)
    return frozenset(found)


def matters(rows: Sequence[Input], sensitivities: Mapping[str, float], variance: float) -> bool:
    """Whether the choice changes u² of an output at all."""
    independent, together = contributions(rows, sensitivities)
    return abs(together - independent) > NOTABLE * max(variance, independent, together)


def named(certificate: Certificate) -> str:
    return f"{certificate.issuer} {certificate.number}".strip()
