"""Corrections for tests, and what they do said again without arrays: one reading after another, dense matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from suyuan.quantity import block as blocks
from suyuan.quantity.correction import Correction
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.quantity import Quantity, joint, quantity
from suyuan.quantity.unit import ONE

LEAF = "f" * 32


def leaf() -> Quantity:
    """One reference, the same wherever it is named."""
    return quantity(0.0, 1.0, id=LEAF, label="reference")


def gained(id: str, valid_from: int, known_from: int = 0, instrument: str = "PT-01", **more: Any) -> Correction:
    """Gain and offset, correlated, with a part from the reference."""
    rng = np.random.default_rng(sum(map(ord, id)))
    gain, offset = 1.0 + rng.normal(0.0, 1e-3), rng.normal(0.0, 0.1)
    a, b = joint([gain, offset], [2e-3, 4e-2], [[1.0, -0.5], [-0.5, 1.0]], id=f"{sum(map(ord, id)):032x}", label=id)
    parameters = {"gain": a, "offset": b + 0.03 * leaf()}
    return Correction(id, instrument, Formula("gain*raw + offset"), parameters, valid_from, known_from, **more)


def counting(
    corrections: Sequence[Correction], instrument: str, time: int, known: int
) -> tuple[str, Correction | None]:
    """(status, correction) as the case form says it, word for word."""
    seen = [c for c in corrections if c.known_from <= known]
    alive = [c for c in seen if c.instrument == instrument and not any(c.id in other.supersedes for other in seen)]
    begun = [c for c in alive if c.valid_from <= time]
    if not begun:
        return "no_certificate", None
    one = max(begun, key=lambda c: (c.valid_from, c.known_from, alive.index(c)))
    if one.withdrawn_known is not None and one.withdrawn_known <= known:
        return "withdrawn", one
    if one.superseded_known is not None and one.superseded_known <= known:
        return "superseded", one
    if one.valid_until is not None and one.valid_until <= time:
        return "expired", one
    return "valid", one


def one_by_one(model: Formula, parameters: dict[str, Quantity], raw: Sequence[float]) -> Quantity:
    """Corrected values by operators on quantities, as one array."""
    plain = {name: q.relabelled(ONE) for name, q in parameters.items()}
    found: Quantity = model.evaluate({**plain, "raw": quantity(np.asarray(raw, float))})
    return found


def matrix(q: Quantity) -> np.ndarray:
    """The whole covariance matrix (n, n), which the code never builds."""
    total = np.zeros((q.size, q.size))
    for part in q.blocks.values():
        rows = blocks.components(part, q.shape)
        total += rows.T @ rows
    return total
