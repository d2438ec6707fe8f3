"""How good the questions were: difficulty, discrimination, reliability of the paper (classical test theory).

Difficulty p: mean credit of an item. Discrimination: correlation of the item with the total of the other items.
Cronbach's α = k/(k − 1)·(1 − Σ s_i²/s_T²); of items with all or nothing it is KR-20. What was not answered counts as 0,
as it did in the marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Finding, finding
from suyuan.talent.contest.theory import PaperMarks

FEW = 10
"""Persons below which the statistics say little (proposed)."""
WEAK = 0.1


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """names: of the items; difficulty, discrimination: (k,), not a number where an item has no spread; answered: (k,)
    part of persons who answered; alpha: reliability, not a number for fewer than two items or persons without spread;
    kr20: whether all credits are 0 or 1, so that alpha is KR-20; persons: n."""

    names: tuple[str, ...]
    difficulty: NDArray[np.float64]
    discrimination: NDArray[np.float64]
    answered: NDArray[np.float64]
    alpha: float
    kr20: bool
    persons: int
    findings: tuple[Finding, ...] = ()


def item_statistics(marked: Sequence[PaperMarks]) -> ItemStatistics:
    """Statistics of a paper that several persons wrote; items that not all were asked are left out."""
    common = [set(paper.shares) for paper in marked]
    names = tuple(sorted(set.intersection(*common))) if common else ()
    raw = np.array([[paper.shares[name] for name in names] for paper in marked], np.float64)
    raw = raw.reshape(len(marked), len(names))
    known = np.isfinite(raw)
    credits = np.where(known, raw, 0.0)
    n, k = credits.shape
    with np.errstate(all="ignore"):
        difficulty = credits.mean(axis=0) if n else np.full(k, np.nan)
        answered = known.mean(axis=0) if n else np.full(k, np.nan)
    found = [finding("contest.paper.persons", "", "note", n=n, few=FEW)] if n < FEW else []
    discrimination = _discrimination(credits)
    for i in np.flatnonzero(discrimination < WEAK):
        if n >= FEW:
            found.append(
                finding("contest.paper.weak", names[i], "note", question=names[i], r=f"{discrimination[i]:.2f}")
            )
    kr20 = bool(np.all((credits == 0.0) | (credits == 1.0)))
    return ItemStatistics(names, difficulty, discrimination, answered, alpha(credits), kr20, n, tuple(found))


def alpha(credits: NDArray[np.float64]) -> float:
    """Cronbach's α of credits, shape (persons, items); not a number where it is not defined.

    >>> round(alpha(np.array([[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0]], float)), 3)
    0.75
    """
    n, k = credits.shape
    if n < 2 or k < 2:
        return float("nan")
    total = float(np.var(credits.sum(axis=1), ddof=1))
    return float(k / (k - 1.0) * (1.0 - np.var(credits, axis=0, ddof=1).sum() / total)) if total > 0.0 else float("nan")


def _discrimination(credits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlation of each item with the total of the others, shape (k,)."""
    n, k = credits.shape
    if n < 2:
        return np.full(k, np.nan)
    rest = credits.sum(axis=1, keepdims=True) - credits
    a, b = credits - credits.mean(axis=0), rest - rest.mean(axis=0)
    with np.errstate(all="ignore"):
        size = np.sqrt((a * a).sum(axis=0) * (b * b).sum(axis=0))
        return np.asarray(np.where(size > 1e-12, (a * b).sum(axis=0) / size, np.nan))
