"""Missing-data substitution: which valid hours a lost one is replaced by, as the scheme in force says.

The rules are rows; the code has the operators that they name: the largest or the mean of the last n valid hours, the
mean of the hour before and after, the larger of that mean and a percentile of the last n, mean and k standard
deviations, and the potential value that the monitoring plan states. A substitute is conservative by design: it is a
bias, no uncertainty. What replaces an hour is told as hours with weights, so that a quantity is replaced as its value
is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.rule import Rules
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.quantity import Quantity

Array = NDArray[Any]
SUBJECT = "substitution"


@dataclass(frozen=True, slots=True)
class Gap:
    """Lost hours start … stop − 1. back: hours before this one are looked back on, by default before the gap; whole:
    (start, stop) of the gap that this is a part of, where it runs into the next period."""

    start: int
    stop: int
    back: int | None = None
    whole: tuple[int, int] | None = None

    @property
    def ends(self) -> tuple[int, int]:
        """Of the whole gap."""
        return self.whole or (self.start, self.stop)

    @property
    def hours(self) -> int:
        """Of the whole gap: how long it is decides the rule."""
        start, stop = self.ends
        return stop - start


@dataclass(frozen=True, slots=True)
class Substitute:
    """What a lost hour of a gap is replaced by: Σ weight · value of hours, plus `plus`; one for all hours of the gap.

    value: NaN where there is none; hours, weights: of which valid hours it is made; rule: id of the row; how: the
    operator that decided; looked_back: hours that were there to look back on; the potential value is `plus` alone, and
    so is mean and spread (`spread` is then its factor); wanted: hours to look back on by the rule; span: from the first
    hour that it depends on to behind the last, None where that is not told; error: of a value that was entered, 0 with
    the uncertainty that its hours have together.
    """

    gap: Gap
    value: float
    hours: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()
    rule: str = ""
    how: str = ""
    looked_back: int = 0
    spread: float = 0.0
    wanted: int = 0
    span: tuple[int, int] | None = None
    error: Quantity | None = None

    @property
    def known(self) -> bool:
        return math.isfinite(self.value)


@dataclass(frozen=True, eq=False)
class Series:
    """Hours in their order. value (n,); valid (n,): which of them count; potential: the value of the monitoring plan
    where a rule asks for it, None where it states none; lowest: whether the conservative side is the small one."""

    value: NDArray[np.float64]
    valid: NDArray[np.bool_]
    potential: float | None = None
    lowest: bool = False

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """The valid hours, ascending."""
        return np.flatnonzero(self.valid)

    @cached_property
    def there(self) -> NDArray[np.float64]:
        """The values of the valid hours."""
        return self.value[self.places]

    def last(self, before: int, count: int) -> slice:
        """The last `count` valid hours before one, among `places`."""
        end = int(self.places.searchsorted(before))
        return slice(max(end - count, 0), end)

    def next(self, after: int, count: int) -> slice:
        """The first `count` valid hours from one on, among `places`."""
        begin = int(self.places.searchsorted(after))
        return slice(begin, begin + count)

    def back(self, before: int, count: int) -> NDArray[np.int64]:
        """The last `count` valid hours before one, ascending."""
        return self.places[self.last(before, count)]

    def ahead(self, after: int, count: int) -> NDArray[np.int64]:
        """The first `count` valid hours from one on, ascending."""
        return self.places[self.next(after, count)]

    def beside(self, gap: Gap) -> tuple[int, ...]:
        """The valid hour before and the one after a gap, as far as they are there."""
        start, stop = gap.ends
        return (*self.back(start, 1).tolist(), *self.ahead(stop, 1).tolist())


def band(rules: Rules, availability: float, subject: str = SUBJECT) -> Mapping[str, Any] | None:
    """The row of an availability in percent: that with the largest «from» not above it; None where none reaches so low.

    subject: what the names of the rows begin with. Only the row that is used is noted in `rules.used`.
    """
    fit = [name for name, least in edges(rules, subject).items() if least <= availability]
    return rules.row(fit[-1]) if fit else None


def edges(rules: Rules, subject: str = SUBJECT) -> dict[str, float]:
    """Name of each row of a subject that has bands → least availability of its band, ascending."""
    rows = {name: row["value"] for name, row in rules.rows.items() if name.startswith(f"{subject}.")}
    least = {name: float(says["from"]) for name, says in rows.items() if "from" in says}
    return dict(sorted(least.items(), key=lambda pair: pair[1]))


def substitute(rules: Rules, series: Series, gap: Gap, availability: float) -> tuple[Substitute, tuple[Finding, ...]]:
    """What the lost hours of a gap are replaced by.

    availability: in percent, as the scheme counts it. Returns the substitute, with NaN where there is nothing to make
    it of, and findings.
    """
    row = band(rules, availability)
    if row is None:
        where = f"hours.{gap.start}"
        told = finding("carbon_monitoring.substitution.no_band", where, "error", rules.scheme, scheme=rules.scheme,
                       availability=f"{availability:.2f}", hours=gap.hours, gaps=1, last=where)  # fmt: skip
        return Substitute(gap, math.nan), (told,)
    return by_row(row, series, gap)


def by_row(
    row: Mapping[str, Any], series: Series, gap: Gap, pool: Series | None = None
) -> tuple[Substitute, tuple[Finding, ...]]:
    """The same by a row: «within» up to its number of hours, «beyond» above it. pool: as in `by_act`."""
    return by_act(acted(row, gap), str(row["id"]), series, gap, pool)


def acted(row: Mapping[str, Any], gap: Gap) -> Mapping[str, Any]:
    """What a row does with a gap of such a length."""
    says = row["value"]
    act: Mapping[str, Any] = says["within" if says["hours"] is None or gap.hours <= says["hours"] else "beyond"]
    return act


def by_act(
    act: Mapping[str, Any], rule: str, series: Series, gap: Gap, pool: Series | None = None
) -> tuple[Substitute, tuple[Finding, ...]]:
    """The same by one operator. rule: id of the row that names it; pool: the hours that may be looked back on, all
    where it is left out; the hours before and after a gap are always those of the series."""
    where = f"hours.{gap.start}"
    if act["take"] == "potential" and series.potential is None:
        return Substitute(gap, math.nan, rule=rule), (
            finding("carbon_monitoring.substitution.potential", where, "error", rule, hours=gap.hours, gaps=1,
                    last=where),
        )  # fmt: skip
    made = OPERATORS[act["take"]](series, pool or series, gap, act, rule)
    wanted = int(act.get("hours", 0))
    if not made.known:
        return made, (finding("carbon_monitoring.substitution.nothing", where, "error", made.rule, hours=gap.hours,
                              gaps=1, last=where),)  # fmt: skip
    if made.looked_back < wanted:
        short = finding("carbon_monitoring.substitution.short", where, "warning", made.rule, there=made.looked_back,
                        wanted=wanted, gaps=1, last=where)  # fmt: skip
        return made, (short,)
    return made, ()


def _largest(series: Series, pool: Series, gap: Gap, act: Mapping[str, Any], rule: str) -> Substitute:
    wanted = int(act["hours"])
    last = pool.last(_back(gap), wanted)
    found = pool.there[last]
    if not len(found):
        return Substitute(gap, math.nan, rule=rule, how="largest")
    best = int(found.argmin() if series.lowest else found.argmax())
    first, at, end = (int(pool.places[place]) for place in (last.start, last.start + best, last.stop - 1))
    span = first, end + 1
    return Substitute(gap, float(found[best]), (at,), (1.0,), rule, "largest", len(found), 0.0, wanted, span)


def _mean(series: Series, pool: Series, gap: Gap, act: Mapping[str, Any], rule: str) -> Substitute:
    back = pool.back(_back(gap), int(act["hours"]))
    if not len(back):
        return Substitute(gap, math.nan, rule=rule, how="mean")
    each = (1.0 / len(back),) * len(back)
    return Substitute(gap, float(np.mean(pool.value[back])), tuple(back.tolist()), each, rule, "mean", len(back))


def _neighbours(series: Series, pool: Series, gap: Gap, act: Mapping[str, Any], rule: str) -> Substitute:
    beside = series.beside(gap)
    if len(beside) < 2:
        return Substitute(gap, math.nan, rule=rule, how="neighbours")
    return Substitute(gap, float(np.mean(series.value[list(beside)])), beside, (0.5, 0.5), rule, "neighbours")


def _larger(series: Series, pool: Series, gap: Gap, act: Mapping[str, Any], rule: str) -> Substitute:
    """The percentile is nearest rank: element ⌈p·n⌉ of the sorted values is an hour that was measured."""
    mean = _neighbours(series, pool, gap, act, rule)
    back = pool.back(_back(gap), int(act["hours"]))
    if not len(back):
        return mean
    order = back[np.argsort(pool.value[back], kind="stable")]
    rank = max(math.ceil(float(act["percentile"]) / 100.0 * len(order) - 1e-9), 1)
    at = int(order[len(order) - rank if series.lowest else rank - 1])
    value = float(pool.value[at])
    chosen = mean.known and (mean.value <= value if series.lowest else mean.value >= value)
    if chosen:
        return Substitute(gap, mean.value, mean.hours, mean.weights, rule, "neighbours", len(back))
    return Substitute(gap, value, (at,), (1.0,), rule, "percentile", len(back))


def _mean_and_spread(series: Series, pool: Series, gap: Gap, act: Mapping[str, Any], rule: str) -> Substitute:
    value = series.there
    if len(value) < 2:
        return Substitute(gap, math.nan, rule=rule, how="mean_and_spread")
    k = float(act["factor"])
    found = float(np.mean(value) + k * np.std(value, ddof=1))
    return Substitute(gap, found, (), (), rule, "mean_and_spread", len(value), k)


def _potential(series: Series, pool: Series, gap: Gap, act: Mapping[str, Any], rule: str) -> Substitute:
    value = math.nan if series.potential is None else float(series.potential)
    return Substitute(gap, value, (), (), rule, "potential")


OPERATORS = {
    "largest": _largest, "mean": _mean, "neighbours": _neighbours, "larger": _larger,
    "mean_and_spread": _mean_and_spread, "potential": _potential,
}  # fmt: skip


def _back(gap: Gap) -> int:
    start = gap.ends[0]
    return start if gap.back is None else min(gap.back, start)


def gaps_of(lost: Array) -> list[Gap]:
    """Runs of lost hours in a column of truths (n,).

    >>> [(g.start, g.stop) for g in gaps_of(np.array([True, False, True, True, False]))]
    [(0, 1), (2, 4)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([0], np.asarray(lost, np.int8), [0]))))
    return [Gap(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def taken_out(value: Array, gaps: Sequence[tuple[int, int]]) -> Series:
    """A series with the hours of gaps taken out, all together; NaN is no valid hour either.

    Raises Refused for a gap that is none or beyond the series, and for gaps that meet: those are one gap, and how long
    it is decides the rule.
    """
    numbers = np.asarray(value, float)
    valid = np.isfinite(numbers)
    for at, (start, stop) in enumerate(gaps):
        if not 0 <= start < stop <= len(numbers):
            raise Refused(finding("carbon_monitoring.gap.place", f"gaps.{at}", start=start, stop=stop,
                                  size=len(numbers)))  # fmt: skip
        valid[start:stop] = False
    ordered = sorted(gaps)
    for (_, end), (begin, stop) in pairwise(ordered):
        if begin <= end:
            where = f"gaps.{list(gaps).index((begin, stop))}"
            raise Refused(finding("carbon_monitoring.gap.meet", where, start=begin, end=end))
    return Series(numbers, valid)
