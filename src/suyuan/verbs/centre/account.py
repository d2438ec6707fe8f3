"""The public account: indicators of a day, each a number with its definition, its unknown part and all its evidence.

    snapshot of a day ─ graph, registers, matters ─▶ items (counts, does not, unknown) ─▶ low … value … high

Nothing that somebody reports of himself is a number here: every indicator is counted from items that name a document,
a row or a matter. The same snapshot gives the same account, so that of a past day can be given again. The definitions
are our own proposals (`rules/account.json`), official nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from statistics import median
from typing import Literal

from suyuan.certificate.certificate import Text
from suyuan.quantity.table import load
from suyuan.verbs.centre.account_evidence import GATHERED, Item
from suyuan.verbs.snapshot import Snapshot

__all__ = ["GATHERED", "Change", "Indicator", "Item", "Value", "account", "change", "indicators", "region_names"]

PACKAGE = "suyuan.verbs"
Form = Literal["count", "share", "median"]


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is counted. form: count of items, share of those that count, or median of their sizes; unit; means: the
    definition in words; how: it is computed; good: «more» or «less» of it is better; window: days back from the day
    that are looked at, 0 for all; empty: what none at all is: «zero» (of things that happen) or «nothing» to count;
    source, status: of the definition."""

    id: str
    title: Text
    form: Form
    unit: str
    means: Text
    how: Text
    good: str
    window: int
    empty: str
    source: str
    status: str


@cache
def indicators() -> tuple[Indicator, ...]:
    """The indicators of the public account, in their order.

    >>> [i.id for i in indicators()][:2], indicators()[0].status
    (['centres', 'capabilities_hold'], 'proposed')
    """
    return tuple(
        Indicator(
            row["id"], _two(row, ""), row["form"], row["unit"], _two(row, "means_"), _two(row, "how_"), row["good"],
            row["window"], row["empty"], row["source"], row["status"],
        )
        for row in load(PACKAGE, "account")
    )  # fmt: skip


def _two(row: Mapping[str, str], before: str) -> Text:
    return {"zh": row[f"{before}zh"], "en": row[f"{before}en"]}


@cache
def region_names() -> Mapping[str, Text]:
    """First two digits of a region code → name of the province.

    >>> region_names()["31"]["en"]
    'Shanghai'
    """
    return {row["code"]: _two(row, "") for row in load(PACKAGE, "regions")}


@dataclass(frozen=True)
class Value:
    """An indicator on a day, with everything that it was counted from. kept: whether anything was registered by then:
    before that nothing is known, not zero."""

    indicator: Indicator
    day: date
    items: tuple[Item, ...]
    kept: bool = True

    @cached_property
    def counted(self) -> int:
        """Items that count."""
        return sum(1 for item in self.items if item.state == "counts")

    @cached_property
    def unknown(self) -> int:
        """Items of which nobody can say."""
        return sum(1 for item in self.items if item.state == "unknown")

    @property
    def total(self) -> int:
        """All items that were looked at."""
        return len(self.items)

    @property
    def low(self) -> float | None:
        """The unknown at its worst; None where there is nothing to count from."""
        return self._with(0)

    @property
    def high(self) -> float | None:
        """The unknown at its best."""
        return self._with(self.unknown)

    @property
    def value(self) -> float | None:
        """What is proven: the lower end; of a median the median itself."""
        return self.low

    def _with(self, more: int) -> float | None:
        if self.indicator.form == "count":
            zero = self.kept and self.indicator.empty == "zero"
            return float(self.counted + more) if self.items or zero else None
        if self.indicator.form == "share":
            return (self.counted + more) / self.total if self.total else None
        sizes = [item.size for item in self.items if item.size is not None and item.state == "counts"]
        return float(median(sizes)) if sizes else None

    @cached_property
    def groups(self) -> tuple[tuple[Text, str, int], ...]:
        """Items by why they count or do not: (why, state, how many), those that count first, then the most."""
        found: dict[tuple[str, str], tuple[Text, str, int]] = {}
        for item in self.items:
            key = (item.why.get("zh", ""), item.state)
            found[key] = (item.why, item.state, found[key][2] + 1 if key in found else 1)
        order = ("counts", "unknown", "does_not")
        return tuple(sorted(found.values(), key=lambda g: (order.index(g[1]), -g[2], g[0].get("zh", ""))))


def account(snapshot: Snapshot, wanted: Iterable[str] | None = None) -> tuple[Value, ...]:
    """The indicators on the day of a snapshot. wanted: ids, None for all; each is counted once a snapshot."""
    asked = None if wanted is None else set(wanted)
    return tuple(_value(snapshot, one) for one in indicators() if asked is None or one.id in asked)


def _value(snapshot: Snapshot, one: Indicator) -> Value:
    def made() -> Value:
        kept = bool(snapshot.matters) or any(r.day <= snapshot.day for r in snapshot.documents.registers)
        return Value(one, snapshot.day, tuple(GATHERED[one.id](snapshot, one.window)), kept)

    return snapshot.once(f"account {one.id}", made)


@dataclass(frozen=True, slots=True)
class Change:
    """An indicator on two days. difference: None where it has no value on one of them; better: whether what is proven
    is better than it was, None where it is the same or not known."""

    before: Value
    after: Value
    difference: float | None
    better: bool | None


def change(before: Value, after: Value) -> Change:
    """How an indicator has changed between two days."""
    if before.value is None or after.value is None:
        return Change(before, after, None, None)
    moved = after.value - before.value
    better = None if abs(moved) < 1e-12 else (moved > 0) == (after.indicator.good == "more")
    return Change(before, after, moved, better)
