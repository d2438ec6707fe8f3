"""What a reader must know of a reference value before using it, as findings: few, and only where they matter."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Finding, Severity, finding

Array = NDArray[Any]
FEW = 7
"""With fewer laboratories the variance between them is hardly estimated."""
LEVEL = 0.05


def where_true(code: str, which: Array, severity: Severity, **numbers: Any) -> tuple[Finding, ...]:
    """A finding if it is true of any measurand; of several how many, of a single one the numbers to four digits."""
    count = int(np.count_nonzero(which))
    if not count:
        return ()
    one = {name: _text(value, np.asarray(which)) for name, value in numbers.items()}
    many = {} if np.size(which) == 1 else {"count": count, "total": np.size(which)}
    return (finding(code, "results", severity, "", **one, **many),)


def of_random_effects(tau: Array, n: int, u_knows_tau: bool) -> tuple[Finding, ...]:
    """Few laboratories, τ at its bound, and a u that takes τ as known."""
    told: tuple[Finding, ...] = ()
    if n < FEW:
        told = (finding("comparison.random_effects.few", "results", "note", "", n=n),)
    told += where_true("comparison.random_effects.bound", tau == 0.0, "note")
    if not u_knows_tau:
        told += where_true("comparison.random_effects.u_without_tau", tau > 0.0, "note", tau=tau)
    return told


def of_consistency(chi2: Array, dof: int, p: Array, birge: Array) -> tuple[Finding, ...]:
    """Results that scatter more than stated, beyond chance or within it."""
    bad = p < LEVEL
    told = where_true("comparison.consistency.failed", bad, "warning", chi2=chi2, dof=dof, p=p, birge=birge)
    return told + where_true("comparison.consistency.birge", (birge > 1.0) & ~bad, "note", birge=birge, p=p)


def _text(value: Any, which: Array) -> str:
    """One number as it is, of many those where it is true: from … to …."""
    if isinstance(value, int | str):
        return str(value)
    chosen = np.asarray(value)[which]
    low, high = float(np.min(chosen)), float(np.max(chosen))
    return f"{low:.4g}" if low == high else f"{low:.4g} … {high:.4g}"
