"""What of an older year of a stack still holds where only certificates changed.

A gap whose look-back lies in hours that are as before has the substitute that it had, and a month the sums that it had
where all hours that they are made of are as before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.lost.beside import Beside
from suyuan.carbon.monitoring.lost.estimate import Estimate, Guesses
from suyuan.carbon.monitoring.lost.lost import RATE, Before, Former, Replaced
from suyuan.carbon.monitoring.year.rates import Rates
from suyuan.carbon.rule import Rules
from suyuan.quantity.influence import Influence

if TYPE_CHECKING:
    from suyuan.carbon.monitoring.hours.batch import Measured
    from suyuan.carbon.monitoring.year.made import Made
    from suyuan.carbon.monitoring.year.tables import Tables
    from suyuan.carbon.monitoring.year.totals import Scattered, Unknown
    from suyuan.carbon.monitoring.year.year import StackYear


@dataclass(frozen=True, eq=False)
class Kept:
    """What is taken over; nothing by default.

    fresh: places of the months whose means are others; own, unknown, scatters, tables: as far as they had been asked
    for; former: how lost hours were replaced; guesses: best estimates; changed (r + 1,): how many running hours before
    each have another rate now; months: places of those whose sums hold.
    """

    fresh: tuple[int, ...] = ()
    own: Mapping[str, Scattered] = field(default_factory=dict)
    unknown: Unknown | None = None
    scatters: Mapping[int, Influence] = field(default_factory=dict)
    tables: Tables | None = None
    former: Former | None = None
    guesses: Guesses | None = None
    changed: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    months: frozenset[int] = frozenset()

    @property
    def besides(self) -> tuple[Beside, ...]:
        """Gaps with the valid hours beside them, as before."""
        return () if self.guesses is None else self.guesses.besides

    def estimates(self) -> dict[int, list[Estimate]]:
        """First lost hour of gaps that hang together → what most likely left the stack, where that is as before."""
        if self.guesses is None:
            return {}
        first = self.changed[[int(one.hours[0]) for one in self.guesses.found]]
        last = self.changed[[int(one.hours[-1]) + 1 for one in self.guesses.found]]
        found: dict[int, list[Estimate]] = {}
        for one, same in zip(self.guesses.found, (first == last).tolist(), strict=True):
            if same:
                found.setdefault(one.group, []).append(one)
        return found


def kept(old: Made, months: Mapping[int, Measured]) -> Kept:
    """What holds where the same hours ran, and are lost for the same.

    Only what had been worked out is held, and not the older year itself: it may have been made from one before it.
    """
    fresh = tuple(at for at, number in enumerate(months) if months[number] is not old.months[number])
    there = vars(old)
    scatters = {at: one for at, one in there.get("scatters", {}).items() if at not in fresh}
    return Kept(fresh, there.get("own", {}), there.get("unknown"), scatters, there.get("tables"))


def with_rates(held: Kept, previous: StackYear, rules: Rules, rates: Rates, before: Before) -> Kept:
    """With best estimates where the same hours count, and with substitutes where lost hours are moreover replaced as a
    whole, by hours of this year."""
    old, hours = previous.made, hours_of(previous.made, held.fresh)
    there, measured = rates.measured[hours], old.rates.measured[hours]
    if not np.array_equal(there, measured):
        return held
    changed = np.zeros(len(old.running) + 1, np.int64)
    changed[hours.start + 1 : hours.stop + 1] = np.cumsum(there & (rates.rate[hours] != old.rates.rate[hours]))
    changed[hours.stop + 1 :] = changed[hours.stop]
    held = replace(held, guesses=old.guesses, changed=changed)
    if RATE not in old.legal or "initial" in rules.rows:
        return held
    if before.values or old.before.values or before.hours != old.before.hours:
        return held
    return replace(held, former=Former(old.legal[RATE], {str(row["id"]): row for row in previous.used}, changed))


def hours_of(old: Made, places: Sequence[int]) -> slice:
    """The running hours from the first to the last of some months, by place."""
    return slice(old.spans[places[0]].start, old.spans[places[-1]].stop) if places else slice(0, 0)


def with_months(held: Kept, old: Made, legal: Replaced | None, guesses: Guesses) -> Kept:
    """With the months whose sums hold: they are as before, and so are all hours that stand for their lost ones."""
    if held.tables is None or held.former is None or held.guesses is None or legal is None:
        return replace(held, tables=None)
    before, guessed = {id(one) for one in held.former.legal.made}, {one.gap.start: one for one in held.guesses.found}
    anew = [one.gap for one in legal.made if id(one) not in before]
    anew += [one.gap for one in guesses.found if not one.stands_as(guessed.pop(one.gap.start, None))]
    anew += [one.gap for one in guessed.values()]  # of which nothing is said any more
    found, fresh = set(range(len(old.spans))) - set(held.fresh), [old.spans[at] for at in held.fresh]
    for at in tuple(found):
        span, period = old.spans[at], held.tables.periods[at]
        if any(gap.start < span.stop and gap.stop > span.start for gap in anew) or any(
            len(hour) and hour.min() < part.stop and hour.max() >= part.start and _within(hour, part)
            for part in fresh
            for hour, _ in period.further
        ):
            found.remove(at)
    return replace(held, months=frozenset(found))


def _within(hour: NDArray[np.int64], part: slice) -> bool:
    return bool(((hour >= part.start) & (hour < part.stop)).any())
