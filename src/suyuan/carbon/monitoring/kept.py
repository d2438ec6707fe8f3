"""What of an older year of a stack still holds where only certificates changed.

A gap whose look-back lies in hours that are as before has the substitute that it had, and a month the sums that it had
where all hours that they are made of are as before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.lost import RATE, Before, Estimate, Replaced, Running
from suyuan.carbon.monitoring.substitution import Gap, Substitute
from suyuan.carbon.rule import Rules
from suyuan.quantity.table import Row

if TYPE_CHECKING:
    from suyuan.carbon.monitoring.batch import Measured
    from suyuan.carbon.monitoring.made import Made
    from suyuan.carbon.monitoring.tables import Tables
    from suyuan.carbon.monitoring.year import StackYear


@dataclass(frozen=True, eq=False)
class Kept:
    """What is taken over.

    legal, guesses: gap → what it had; rows: id → rule as it was; changed (r + 1,): how many running hours before each
    have another rate now; tables: of the older months; months: places of those whose rows hold.
    """

    legal: Mapping[Gap, Substitute] = field(default_factory=dict)
    guesses: Mapping[Gap, Estimate] = field(default_factory=dict)
    rows: Mapping[str, Row] = field(default_factory=dict)
    changed: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    tables: Tables | None = None
    months: frozenset[int] = frozenset()

    def _stands(self, first: int, stop: int) -> bool:
        return bool(self.changed[first] == self.changed[stop])

    def substitute(self, gap: Gap, row: Mapping[str, Any]) -> Substitute | None:
        """What replaces a gap by a row, where that is as before."""
        old = self.legal.get(gap)
        if old is None or old.span is None or old.rule != row["id"] or self.rows.get(old.rule) != row:
            return None
        return old if self._stands(*old.span) else None

    def estimate(self, gap: Gap) -> Estimate | None:
        """What most likely left the stack in a gap, where that is as before."""
        old = self.guesses.get(gap)
        return old if old is not None and self._stands(int(old.hours[0]), int(old.hours[-1]) + 1) else None


def kept(
    previous: StackYear | None, rules: Rules, months: Mapping[int, Measured], running: Running,
    rate: NDArray[np.float64], before: Before,
) -> Kept:  # fmt: skip
    """What holds: nothing, unless the same hours ran and count, and lost ones are replaced as a whole by hours of this
    year."""
    if previous is None or RATE not in previous.made.legal or "initial" in rules.rows:
        return Kept()
    old, there = previous.made, np.isfinite(rate)
    same = list(old.months) == list(months) and running.same(old.running) and np.array_equal(there, old.measured)
    if not same or before.values or old.before.values or before.hours != old.before.hours:
        return Kept()
    changed = np.concatenate(([0], np.cumsum(there & (rate != old.rates[0]))))
    # a substitute with a finding is made again, so that the finding is told again
    short = {one.gap for one in old.legal[RATE].made if one.looked_back < one.wanted}
    legal = {one.gap: one for one in old.legal[RATE].made if one.known and one.gap not in short}
    rows = {str(row["id"]): row for row in previous.used}
    return Kept(legal, {one.gap: one for one in old.guesses}, rows, changed)


def with_months(
    held: Kept, old: Made | None, months: Mapping[int, Measured], legal: Replaced | None, guesses: Sequence[Estimate]
) -> Kept:
    """With the months whose sums hold: they are as before, and so are all hours that stand for their lost ones."""
    if old is None or legal is None or not (held.legal or held.guesses) or "tables" not in old.__dict__:
        return held
    anew = [one.gap for one in legal.made if held.legal.get(one.gap) is not one]
    anew += [one.gap for one in guesses if held.guesses.get(one.gap) is not one]
    other = [at for at, number in enumerate(months) if months[number] is not old.months[number]]
    found = set(range(len(months))) - set(other)
    for at in tuple(found):
        span, period = old.spans[at], old.tables.periods[at]
        hours = [hour for hour, _ in period.further]
        if any(gap.start < span.stop and gap.stop > span.start for gap in anew) or any(
            bool(((hour >= old.spans[k].start) & (hour < old.spans[k].stop)).any()) for k in other for hour in hours
        ):
            found.remove(at)
    return replace(held, tables=old.tables, months=frozenset(found))
