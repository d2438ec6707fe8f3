"""A review: scores of several reviewers by criteria, how far they agree, who stands apart, how sure the ranking is.

A reviewer with a conflict is named and their scores never enter. A score that is missing is unknown: a total without
all its criteria is unknown too, and is counted apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.procedure.agreement import Apart, Intraclass, Kendall, intraclass, kendall_w, standing_apart
from suyuan.procedure.conflict import Conflict
from suyuan.procedure.procedure import Text
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[Any]
DRAWS = 2000
MOST_SCORES = 1_000_000


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion. weight: above 0; low, high: ends of its scale; source, status: of the weight."""

    id: str
    title: Text
    weight: float = 1.0
    low: float = 0.0
    high: float = 100.0
    source: str = ""
    status: str = "proposed"


@dataclass(frozen=True, slots=True)
class Score:
    """What a reviewer gives a subject for a criterion; of two the later counts."""

    reviewer: str
    subject: str
    criterion: str
    value: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """Places of subjects, best first. order: indices of the subjects that have a mean; place, low, high: place of each
    subject and the interval of it, from resampling the reviewers; first: how often each is first; unranked ones NaN."""

    order: tuple[int, ...]
    place: Array
    low: Array
    high: Array
    first: Array
    level: float


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a review says.

    subjects (n), reviewers (m), those that count; total (m, n): weighted mean of the criteria on a scale 0 to 1, NaN
    where a criterion is missing; mean, median, s (sample standard deviation), low, high, count (n,); missing: what was
    not scored (reviewer, subject, criterion); refused: conflicts, by which reviewers are out; concordance, agreement:
    Kendall's W and ICC(2,1), None where they cannot be found; apart: reviewers against the others; ranking.
    """

    subjects: tuple[str, ...]
    reviewers: tuple[str, ...]
    total: Array
    mean: Array
    median: Array
    s: Array
    low: Array
    high: Array
    count: Array
    missing: tuple[tuple[str, str, str], ...]
    refused: tuple[Conflict, ...]
    concordance: Kendall | None
    agreement: Intraclass | None
    apart: Apart
    ranking: Ranking
    findings: tuple[Finding, ...] = ()

    @property
    def spread(self) -> Array:
        """Range of the totals of each subject."""
        return np.asarray(self.high - self.low)


@dataclass(frozen=True, slots=True)
class Panel:
    """What is reviewed by whom. competing: whether subjects compete, then a reviewer with a conflict with one of them
    judges none; else only not that one. conflicts: from `conflict.barred`."""

    criteria: tuple[Criterion, ...]
    reviewers: tuple[str, ...]
    subjects: tuple[str, ...]
    conflicts: tuple[Conflict, ...] = ()
    competing: bool = True
    level: float = 0.95


@dataclass(slots=True)
class _Grid:
    values: Array
    found: list[Finding] = field(default_factory=list)


def reviewed(panel: Panel, scores: Iterable[Score], seed: int = 1, draws: int = DRAWS) -> Reviewed:
    """Means, spread, agreement and ranking of the subjects of a panel.

    Total of reviewer j for subject i: Σ w_c (x_c − low_c)/(high_c − low_c) / Σ w_c.
    seed, draws: of the resampling of reviewers with replacement (bootstrap) that says how sure a place is.
    Raises Refused for criteria that are none. A score of nobody on the panel, for no subject, or off its scale is told
    and does not count.

    >>> panel = Panel((Criterion("q", {}),), ("a", "b", "c"), ("x", "y"))
    >>> given = [Score(r, s, "q", v) for r, s, v in [("a", "x", 80), ("b", "x", 90), ("a", "y", 60), ("b", "y", 70)]]
    >>> found = reviewed(panel, given)
    >>> found.mean.round(3).tolist(), len(found.missing), found.ranking.first.tolist()
    ([0.85, 0.65], 2, [1.0, 0.0])
    """
    _criteria(panel.criteria)
    grid = _grid(panel, list(scores))
    out = {c.reviewer for c in panel.conflicts if panel.competing or not panel.subjects}
    rows = [j for j, name in enumerate(panel.reviewers) if name not in out]
    reviewers = tuple(panel.reviewers[j] for j in rows)
    values = grid.values[rows]
    found = [*(c.finding() for c in panel.conflicts), *grid.found]
    total = _totals(panel.criteria, values)
    missing = _missing(panel, reviewers, values)
    if missing:
        found.append(finding("procedure.review.missing", "scores", "warning", count=len(missing), of=values.size))
    with np.errstate(all="ignore"):
        count = np.sum(~np.isnan(total), axis=0)
        columns = _columns(total, count)
    for i in np.flatnonzero(count == 0):
        found.append(finding("procedure.review.unscored", "scores", "warning", subject=panel.subjects[i]))
    apart = standing_apart(total)
    for j in np.flatnonzero(apart.deviates):
        away = f"{apart.shift[j]:+.3f}"
        found.append(finding("procedure.review.apart", "reviewers", "warning", reviewer=reviewers[j], shift=away))
    return Reviewed(
        panel.subjects, reviewers, total, *columns, count, missing, panel.conflicts, kendall_w(total),
        intraclass(total, panel.level), apart, ranking(total, seed, draws, panel.level), tuple(found),
    )  # fmt: skip


def _columns(total: Array, count: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Mean, median, s, low, high of each subject; NaN where nobody scored it, s also where one did."""
    names = ("mean", "median", "s", "low", "high")
    columns = {name: np.full(total.shape[1], math.nan) for name in names}
    some, several = count > 0, count > 1
    if some.any():
        columns["mean"][some] = np.nanmean(total[:, some], axis=0)
        columns["median"][some] = np.nanmedian(total[:, some], axis=0)
        columns["low"][some] = np.nanmin(total[:, some], axis=0)
        columns["high"][some] = np.nanmax(total[:, some], axis=0)
    if several.any():
        columns["s"][several] = np.nanstd(total[:, several], axis=0, ddof=1)
    mean, median, s, low, high = (columns[name] for name in names)
    return mean, median, s, low, high


def _criteria(criteria: Sequence[Criterion]) -> None:
    """Criteria that something can be scored by."""
    if not criteria or len({c.id for c in criteria}) < len(criteria):
        raise Refused(finding("procedure.review.criteria", "criteria", count=len(criteria)))
    for c in criteria:
        if not (math.isfinite(c.weight) and c.weight > 0 and math.isfinite(c.high - c.low) and c.low < c.high):
            raise Refused(
                finding("procedure.review.criterion", "criteria", id=c.id, weight=c.weight, low=c.low, high=c.high)
            )


def _grid(panel: Panel, scores: list[Score]) -> _Grid:
    """Scores on a grid (reviewer, subject, criterion); what does not belong there is told."""
    if len(scores) > MOST_SCORES:
        raise Refused(finding("procedure.review.many", "scores", count=len(scores), limit=MOST_SCORES))
    places: tuple[Mapping[str, int], ...] = (
        {name: j for j, name in enumerate(panel.reviewers)},
        {name: i for i, name in enumerate(panel.subjects)},
        {c.id: k for k, c in enumerate(panel.criteria)},
    )
    grid = _Grid(np.full([len(place) for place in places], math.nan))
    barred = {(c.reviewer, c.subject) for c in panel.conflicts}
    for number, score in enumerate(scores):
        names = (score.reviewer, score.subject, score.criterion)
        where = f"scores/{number}"
        if (score.reviewer, score.subject) in barred:
            grid.found.append(finding("procedure.review.barred", where, reviewer=score.reviewer, subject=score.subject))
        elif any(name not in place for name, place in zip(names, places, strict=True)):
            grid.found.append(finding("procedure.review.stranger", where, "warning", reviewer=names[0],
                                      subject=names[1], criterion=names[2]))  # fmt: skip
        else:
            criterion = panel.criteria[places[2][score.criterion]]
            if criterion.low <= score.value <= criterion.high:
                index = tuple(place[name] for name, place in zip(names, places, strict=True))
                grid.values[index] = score.value
            else:
                grid.found.append(finding("procedure.review.scale", where, "warning", reviewer=names[0],
                                          subject=names[1], criterion=names[2], given=f"{score.value:g}",
                                          low=f"{criterion.low:g}", high=f"{criterion.high:g}"))  # fmt: skip
    return grid


def _totals(criteria: Sequence[Criterion], values: Array) -> Array:
    """Weighted mean over the criteria, each on 0 to 1; NaN where one is missing."""
    weight = np.array([c.weight for c in criteria])
    low, high = np.array([c.low for c in criteria]), np.array([c.high for c in criteria])
    return np.asarray(((values - low) / (high - low)) @ (weight / weight.sum()))


def _missing(panel: Panel, reviewers: Sequence[str], values: Array) -> tuple[tuple[str, str, str], ...]:
    barred = {(c.reviewer, c.subject) for c in panel.conflicts}
    listed = ((reviewers[j], panel.subjects[i], panel.criteria[k].id) for j, i, k in np.argwhere(np.isnan(values)))
    return tuple(row for row in listed if row[:2] not in barred)


def ranking(total: Array, seed: int = 1, draws: int = DRAWS, level: float = 0.95) -> Ranking:
    """Places by the mean of totals (m reviewers, n subjects), and how sure they are when the reviewers are resampled.

    A place is 1 + number of better subjects + ½ of those that are equal. With one reviewer nothing can be resampled:
    then the interval is unknown. Reviewers without any total are left aside.
    """
    total = total[~np.all(np.isnan(total), axis=1)]
    m, n = total.shape
    known = ~np.isnan(total)
    filled = np.where(known, total, 0.0)
    mean = _means(np.ones((1, m)), filled, known)[0]
    place = _places(mean[None, :])[0]
    order = tuple(int(i) for i in np.argsort(place, kind="stable") if not np.isnan(place[i]))
    nothing = np.full(n, math.nan)
    if m < 2 or draws < 1 or not order:
        return Ranking(order, place, nothing, nothing, nothing, level)
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(m, np.full(m, 1 / m), size=draws).astype(float)
    places = _places(_means(counts, filled, known))
    first, tail = _first(places), (1 - level) / 2
    low, high = nothing.copy(), nothing.copy()
    ranked = ~np.isnan(place)
    low[ranked], high[ranked] = np.nanquantile(
        places[:, ranked], (tail, 1 - tail), axis=0, method="closest_observation"
    )
    first[~ranked] = math.nan
    return Ranking(order, place, low, high, first, level)


def _means(counts: Array, filled: Array, known: Array) -> Array:
    """Means of the subjects for rows of how often each reviewer counts; NaN where nobody who counts scored one."""
    number = counts @ known
    with np.errstate(all="ignore"):
        return np.asarray(np.where(number > 0, counts @ filled / number, math.nan)).round(12)


def _places(means: Array) -> Array:
    """Places in each row, 1 the best; equal ones share the middle of theirs; unknown ones have none."""
    ordered = np.sort(-means, axis=1)
    places = np.empty_like(means)
    for row, line, values in zip(places, ordered, -means, strict=True):
        row[:] = (np.searchsorted(line, values, "left") + np.searchsorted(line, values, "right") + 1) / 2
    places[np.isnan(means)] = math.nan
    return places


def _first(places: Array) -> Array:
    """How often each is first; several at the top share it."""
    best = np.nanmin(np.where(np.isnan(places), np.inf, places), axis=1, keepdims=True)
    top = places == best
    return np.asarray((top / np.maximum(top.sum(axis=1, keepdims=True), 1)).mean(axis=0))
