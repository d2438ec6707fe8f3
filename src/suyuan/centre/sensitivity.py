"""How firmly a ranking stands: against other weights, against what is not known, and how little would turn it round.

Weights are drawn from a Dirichlet distribution about the guideline's own, w ~ Dir(κ·w/Σw); of each draw all centres are
ranked at once. Rank 1 is best. The draws are an argument's seed, so the same question has the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from suyuan.centre.measure import Floats
from suyuan.centre.scorecard import Scorecards

Unknown = Literal["low", "high", "middle", "uniform"]
"""What is taken for an unknown score in the draws: 0, 1, the middle, or a draw between the two."""
_BATCH = 4_000_000
"""Numbers held at once."""


@dataclass(frozen=True)
class Sensitivity:
    """centres: c names; shares: (c, c), share of the draws in which a centre has a rank; best, worst: (c,), ranks that
    the centre has at the guideline's own weights when the unknown is at its best for it and worst for the others, and
    the other way round; before: (c, c), share of draws in which the centre of the row ranks before that of the column;
    draws; concentration κ; unknown: how unknown scores were taken."""

    centres: tuple[str, ...]
    shares: Floats
    best: NDArray[np.int64]
    worst: NDArray[np.int64]
    before: Floats
    draws: int
    concentration: float
    unknown: Unknown

    def unsure(self, level: float = 0.95) -> tuple[tuple[str, str, float], ...]:
        """Pairs whose order holds in less than a share of the draws: (first, second, share), the closest first."""
        found = []
        for i, first in enumerate(self.centres):
            for j in range(i + 1, len(self.centres)):
                share = float(self.before[i, j])
                a, b, held = (first, self.centres[j], share) if share >= 0.5 else (self.centres[j], first, 1.0 - share)
                if held < level:
                    found.append((a, b, held))
        return tuple(sorted(found, key=lambda pair: pair[2]))


def sensitivity(
    cards: Scorecards, draws: int = 2000, concentration: float = 100.0, seed: int = 1, unknown: Unknown = "uniform"
) -> Sensitivity:
    """Ranks of all centres under drawn weights.

    draws: how many; concentration κ: the larger, the nearer to the guideline's weights (a weight of share p varies by
    √(p(1−p)/(κ+1))); unknown: how unknown scores are taken. An indicator without weight stays without.
    Raises ValueError for a number of draws or a concentration that is not positive.
    """
    if draws < 1 or not concentration > 0.0:
        raise ValueError("draws and concentration must be positive")
    rng, count = np.random.default_rng(seed), len(cards.centres)
    used = cards.weights > 0.0
    low, high = cards.score_low[:, used], cards.score_high[:, used]
    shares, before = np.zeros((count, count)), np.zeros((count, count))
    step, done = max(1, _BATCH // max(1, count * max(count, int(used.sum())))), 0
    while done < draws:
        batch = min(step, draws - done)
        weights = rng.dirichlet(concentration * cards.weights[used] / cards.weights.sum(), batch)
        totals = _totals(low, high, weights, unknown, rng)
        above = totals[:, :, None] > totals[:, None, :]
        rank = 1 + np.count_nonzero(above, axis=1)
        before += np.count_nonzero(above, axis=0)
        tied = np.ones(rank.shape, np.int64)
        if _any_tie(totals):
            equal = totals[:, :, None] == totals[:, None, :]
            tied = np.count_nonzero(equal, axis=1)
            before += 0.5 * np.count_nonzero(equal, axis=0)
        for extra in range(int(tied.max())):  # those that share a place share its ranks
            here = tied > extra
            at = np.broadcast_to(np.arange(count), rank.shape)[here] * count + (rank + extra)[here] - 1
            shares += np.bincount(at, (1.0 / tied)[here], count * count).reshape(count, count)
        done += batch
    np.fill_diagonal(before, draws / 2.0)
    best, worst = rank_interval(*cards.total)
    return Sensitivity(cards.centres, shares / draws, best, worst, before / draws, draws, concentration, unknown)


def _any_tie(totals: Floats) -> bool:
    ordered = np.sort(totals, axis=1)
    return bool((ordered[:, 1:] == ordered[:, :-1]).any())


def _totals(low: Floats, high: Floats, weights: Floats, unknown: Unknown, rng: np.random.Generator) -> Floats:
    """Totals (draws, centres)."""
    if unknown == "uniform" and (high > low).any():
        share = rng.random((weights.shape[0], *low.shape))
        return np.asarray(np.einsum("dci,di->dc", low + (high - low) * share, weights))
    part = {"low": 0.0, "high": 1.0}.get(unknown, 0.5)
    return np.asarray(weights @ (low + (high - low) * part).T)


def rank_interval(low: Floats, high: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Best and worst rank of totals in intervals.

    best = 1 + number of centres whose low lies above the own high; worst = number whose high is not below the own low.

    >>> [r.tolist() for r in rank_interval(np.array([60.0, 50.0, 10.0]), np.array([70.0, 65.0, 20.0]))]
    [[1, 1, 3], [2, 2, 3]]
    """
    best = 1 + (low[None, :] > high[:, None]).sum(axis=1)
    worst = 1 + (high[None, :] > low[:, None]).sum(axis=1)
    self_counted = high > low
    return best, worst - self_counted


@dataclass(frozen=True, slots=True)
class Swap:
    """The smallest change of weights that lets the second draw level. moved: weight that must go from some indicators
    to another, in points of the total; share: of the sum of weights; gives: indicator → weight that it gives up; to:
    indicator that receives it; None where no weights could do it (`moved` is then infinite)."""

    first: str
    second: str
    gap: float
    moved: float
    share: float
    gives: dict[str, float]
    to: str | None


def smallest_swap(cards: Scorecards, first: str, second: str, at: Literal["low", "high", "middle"] = "middle") -> Swap:
    """The least weight that must be moved between indicators so that two centres have the same total.

    min ½·Σ|δ_i| under Σδ = 0, w + δ ≥ 0, Σ(w_i + δ_i)(s_ai − s_bi) = 0. Each unit moved from i to j lowers the gap by
    d_i − d_j, so all goes to the indicator with the smallest d, taken from those with the largest d first, each until
    it is empty: exact, no search. Judged by weights in use: an indicator of weight zero receives nothing.
    at: where unknown scores are taken. Raises KeyError for a centre without a card.
    """
    part = {"low": 0.0, "middle": 0.5, "high": 1.0}[at]
    scores = cards.score_low + (cards.score_high - cards.score_low) * part
    rows = {name: i for i, name in enumerate(cards.centres)}
    a, b = rows[first], rows[second]
    weights, names = cards.weights, [indicator.id for indicator in cards.indicators]
    difference = scores[a] - scores[b]
    gap = float(weights @ difference)
    if gap < 0.0:
        return smallest_swap(cards, second, first, at)
    used = np.flatnonzero(weights > 0.0)
    to = int(used[np.argmin(difference[used])])
    left, moved, gives = gap, 0.0, {}
    for i in used[np.argsort(-difference[used], kind="stable")]:
        gain = float(difference[i] - difference[to])
        if left <= 0.0 or gain <= 0.0:
            break
        amount = min(float(weights[i]), left / gain)
        gives[names[i]], moved, left = amount, moved + amount, left - amount * gain
    if left > 1e-9 * max(1.0, gap):
        return Swap(first, second, gap, float("inf"), float("inf"), {}, None)
    return Swap(first, second, gap, moved, moved / float(weights.sum()), gives, names[to])
