"""Scopes of evidence and joins of columns: which rows of one table belong to which of another, by sorted keys.

Evidence speaks for a scope: one unit of competence, all units of a quantity, or all. A key holds person, kind of
evidence and scope in one whole number; an authorisation is looked up under the three scopes that its unit lies in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from suyuan.capability.taxonomy import quantity_key
from suyuan.talent.records import EVIDENCE_KINDS

Days = NDArray[np.int64]
"""Day numbers, or indexes."""
NEVER = date.max.toordinal()
KINDS = len(EVIDENCE_KINDS)
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Scopes:
    """Numbers of scopes: units first, then «all», then quantities."""

    units: Mapping[str, int]
    quantities: Mapping[str, int]
    quantity_of: Days

    @property
    def count(self) -> int:
        return len(self.units) + 1 + len(self.quantities)

    def of(self, unit: str, quantity: str) -> int | None:
        """The scope of evidence; None where it speaks for nothing that there is."""
        if unit:
            return self.units.get(unit)
        if not quantity:
            return len(self.units)
        number = self.quantities.get(quantity_key(quantity))
        return None if number is None else len(self.units) + 1 + number

    def covering(self, unit: Days) -> tuple[Days, Days, Days]:
        """The three scopes that units lie in."""
        n = len(self.units)
        return unit, np.full_like(unit, n), n + 1 + self.quantity_of[unit]


@dataclass(frozen=True)
class Cells:
    """Authorisations as they are joined to what is known of persons and scopes."""

    person: Days
    unit: Days
    scopes: Scopes

    def known(self, of: Days) -> NDArray[np.bool_]:
        """Which rows name an authorisation whose person and unit are known."""
        return (self.person[of] >= 0) & (self.unit[of] >= 0)

    def joined(self, of: Days, kind: Days, keys: Days) -> tuple[Days, Days]:
        """Pairs of rows and entries: a row is an authorisation of known person and unit with a kind of evidence; an
        entry's key says its person, kind and scope, and the keys are sorted. Returns row and entry of each pair."""
        person_kind = self.person[of] * KINDS + kind
        pairs = [
            matched(keys, person_kind * self.scopes.count + scope) for scope in self.scopes.covering(self.unit[of])
        ]
        return np.concatenate([row for row, _ in pairs]), np.concatenate([entry for _, entry in pairs])


def matched(keys: Days, wanted: Days) -> tuple[Days, Days]:
    """For each wanted key the entries that have it: (row, entry) pairs. keys: sorted."""
    low, high = np.searchsorted(keys, wanted, "left"), np.searchsorted(keys, wanted, "right")
    count = high - low
    row = np.repeat(np.arange(len(wanted)), count)
    entry = np.arange(len(row)) - np.repeat(np.cumsum(count) - count - low, count)
    return row, entry


def later_by_months(days: Days, months: Days) -> Days:
    """As `standing.after_months`, for day numbers."""
    given = (days - _EPOCH).astype("datetime64[D]")
    month = given.astype("datetime64[M]")
    within = (given - month.astype("datetime64[D]")).astype(np.int64)
    later = month + months.astype("timedelta64[M]")
    start = later.astype("datetime64[D]").astype(np.int64) + _EPOCH
    length = (later + np.timedelta64(1, "M")).astype("datetime64[D]").astype(np.int64) + _EPOCH - start
    end: Days = np.minimum(start + np.minimum(within, length - 1), NEVER)
    return end
