"""Gaps that one capability could close: clusters with their envelope need, ranked; and one need stated twice.

Two gaps belong together where kind of quantity, broadest class of item, analyte and failing gate agree, their
conditions can hold together, and their intervals overlap or adjoin. Whoever meets the envelope (widest interval,
smallest target, all conditions) meets every need of the cluster. The formula of the ranking is data
(`industry-ranking.json`), proposed by nobody but us; a size that is not known keeps a cluster apart, neither 0 nor 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.capability.gaps.gap import Gap, need_key
from suyuan.capability.interval import Interval
from suyuan.capability.matching.cover import at_most
from suyuan.capability.matching.gates import kept_conditions
from suyuan.capability.need import Need, Target, Wanted
from suyuan.capability.taxonomy import condition_word, item_chain, item_key, plain, quantity_key
from suyuan.quantity.formula.formula import Formula as Expression
from suyuan.quantity.table import Row, load
from suyuan.quantity.unit import ratio

PACKAGE = "suyuan.capability"
K = 2.0
"""Coverage factor of envelopes and of comparisons between targets."""


# ---------------------------------------------------------------- one need stated twice


@dataclass(frozen=True, slots=True)
class Merged:
    """Needs that ask for the same: need: one for all (firms added over organisations, the highest criticality, sizes
    added where all are known in one unit); several: the needs themselves."""

    need: Need
    several: tuple[Need, ...]


def merged(needs: Iterable[Need]) -> tuple[Merged, ...]:
    """The same need by several firms as one, in the order of the first of each.

    Same: quantity, item, analyte, conditions, interval and target after conversion, standing, stage and node.
    """
    groups: dict[tuple[Any, ...], list[Need]] = {}
    for need in needs:
        groups.setdefault(_signature(need), []).append(need)
    return tuple(Merged(_one(group), tuple(group)) for group in groups.values())


def _signature(need: Need) -> tuple[Any, ...]:
    what = (quantity_key(need.quantity), item_key(need.item), plain(need.analyte), plain(need.interval_of))
    return (
        *what,
        _digits(need.interval),
        _target_digits(need),
        _conditions(need),
        need.standing,
        need.stage,
        need.node,
    )


def _digits(interval: Interval) -> tuple[str, str, tuple[Any, ...]]:
    there = interval.to(interval.unit.coherent())
    return f"{there.low:.9g}", f"{there.high:.9g}", tuple(there.unit.dimension)


def _target_digits(need: Need) -> tuple[str, bool]:
    if need.target is None:
        return "", False
    U = need.target.U * K / need.target.k
    unit = need.target.unit
    return f"{U if unit is None else U * ratio(unit, unit.coherent()):.9g}", need.target.relative


def _conditions(need: Need) -> frozenset[tuple[str, Any]]:
    return frozenset(
        (plain(name), _digits(wanted) if isinstance(wanted, Interval) else condition_word(wanted))
        for name, wanted in need.conditions.items()
    )


def _one(group: Sequence[Need]) -> Need:
    size, unit = _size(group)
    return replace(
        group[0], firms=_firms(group), criticality=max(n.criticality for n in group), size=size, size_unit=unit,
        unstated=unstated_of(group),
        confidential=any(n.confidential for n in group),
    )  # fmt: skip


def unstated_of(needs: Iterable[Need]) -> tuple[str, ...]:
    """What of criticality and firms some needs leave open together: a criticality that one of them states stands for
    all, a number of firms is known where all state theirs."""
    of = [need.unstated for need in needs]
    found = ["criticality"] if of and all("criticality" in names for names in of) else []
    return (*found, *(["firms"] if any("firms" in names for names in of) else []))


def _firms(needs: Iterable[Need]) -> int:
    """Firms added over organisations: what one organisation says twice counts once."""
    firms: dict[str, int] = {}
    for need in needs:
        whose = need_key(need)[0]
        firms[whose] = max(firms.get(whose, 0), need.firms)
    return sum(firms.values())


def _size(needs: Iterable[Need]) -> tuple[float | None, str]:
    """Sizes added where all are known in one unit; of one organisation and id only once."""
    once = {need_key(need): need for need in needs}.values()
    units = {need.size_unit for need in once}
    sizes = [need.size for need in once]
    if len(units) != 1 or any(size is None for size in sizes):
        return None, ""
    return math.fsum(size for size in sizes if size is not None), units.pop()


# ---------------------------------------------------------------- clusters


MOST_CRITICAL = (1, 5)
"""Between which a criticality lies."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Gaps that belong together. envelope: the need that includes them all; gate: at which the nearest capabilities
    fail; firms: over all needs; size: None where that of any need is not known, or units differ;
    unstated: as in `Need`."""

    gaps: tuple[Gap, ...]
    envelope: Need
    gate: str
    firms: int
    criticality: int
    size: float | None
    size_unit: str
    unstated: tuple[str, ...] = ()

    @property
    def weight(self) -> tuple[float, float]:
        """Criticality × firms as an interval: a criticality that nobody stated may be 1 to 5; of firms that nobody
        counted there is the one that asks, so the upper end is infinite."""
        low, high = MOST_CRITICAL if "criticality" in self.unstated else (self.criticality, self.criticality)
        return float(low * self.firms), float("inf") if "firms" in self.unstated else float(high * self.firms)

    @property
    def kinds(self) -> Mapping[str, int]:
        """Kind of gap → how many."""
        found: dict[str, int] = {}
        for gap in self.gaps:
            found[gap.kind] = found.get(gap.kind, 0) + 1
        return found


def clusters(gaps: Iterable[Gap]) -> tuple[Cluster, ...]:
    """Gaps in clusters, each gap in one; from the lowest interval up, so that the answer does not depend on the order
    in which they are given. Gaps that are not proven (kind «unknown») only meet their like."""
    groups: dict[tuple[Any, ...], list[Gap]] = {}
    for gap in gaps:
        groups.setdefault(_group(gap), []).append(gap)
    rules = {row["id"]: float(row["value"]) for row in load(PACKAGE, "industry-ranking.adjoining")}
    return tuple(_cluster(members) for group in groups.values() for members in _apart(sorted(group, key=_order), rules))


def _group(gap: Gap) -> tuple[Any, ...]:
    need = gap.need
    chain = item_chain(need.item)
    what = (quantity_key(need.quantity), chain[-1] if chain else "", plain(need.analyte), plain(need.interval_of))
    return (*what, gap.gate, gap.proven, need.target is None, need.interval.unit.dimension)


def _order(gap: Gap) -> tuple[float, float, tuple[str, str]]:
    there = _si(gap.need.interval)
    return there.low, there.high, gap.key


def _si(interval: Interval) -> Interval:
    return interval.to(interval.unit.coherent())


@dataclass
class _Open:
    """A cluster that grows: its hull in SI units and the conditions that all of it can hold."""

    gaps: list[Gap]
    low: float
    high: float
    conditions: dict[str, Wanted]


def _apart(ordered: Sequence[Gap], rules: Mapping[str, float]) -> list[list[Gap]]:
    """Each gap joins the first cluster that it adjoins and whose conditions it can hold."""
    found: list[_Open] = []
    for gap in ordered:
        there = _si(gap.need.interval)
        for cluster in found:
            if _adjoin((cluster.low, cluster.high), (there.low, there.high), rules):
                both = together(cluster.conditions, gap.need.conditions)
                if both is not None:
                    cluster.gaps.append(gap)
                    cluster.high, cluster.conditions = max(cluster.high, there.high), both
                    break
        else:
            found.append(_Open([gap], there.low, there.high, dict(gap.need.conditions)))
    return [cluster.gaps for cluster in found]


def _adjoin(first: tuple[float, float], second: tuple[float, float], rules: Mapping[str, float]) -> bool:
    """Whether the second interval, which begins no lower, overlaps the first or lies just above it."""
    if at_most(second[0], first[1]):
        return True
    if first[1] > 0.0:
        return second[0] / first[1] <= rules["ratio"]
    return second[0] - first[1] <= rules["share"] * (second[1] - first[0])


def together(a: Mapping[str, Wanted], b: Mapping[str, Wanted]) -> dict[str, Wanted] | None:
    """Conditions of two needs at once: equal words, the hull of intervals that overlap (what a laboratory keeps within
    limits: the part that they share); None where they exclude each other. What only one of them states is kept."""
    result = dict(a)
    for name, wanted in b.items():
        known = result.get(name)
        if known is None:
            result[name] = wanted
        elif isinstance(known, Interval) and isinstance(wanted, Interval):
            if known.unit.dimension != wanted.unit.dimension:
                return None
            other = wanted.to(known.unit)
            if not (at_most(other.low, known.high) and at_most(known.low, other.high)):
                return None
            lows, highs = (known.low, other.low), (known.high, other.high)
            kept = name in kept_conditions()
            ends = (max(lows), min(highs)) if kept else (min(lows), max(highs))
            result[name] = Interval(*ends, known.unit)
        elif isinstance(known, str) and isinstance(wanted, str) and condition_word(known) == condition_word(wanted):
            continue
        else:
            return None
    return result


def _cluster(members: Sequence[Gap]) -> Cluster:
    needs = [gap.need for gap in members]
    size, unit = _size(needs)
    criticality = max(need.criticality for need in needs)
    return Cluster(
        tuple(members), envelope(needs), members[0].gate, _firms(needs), criticality, size, unit, unstated_of(needs),
    )  # fmt: skip


def envelope(needs: Sequence[Need]) -> Need:
    """The need that includes all of some needs of one measurand: widest interval, smallest target, all conditions.

    Target: the smallest, k = 2. Where some are relative and others absolute, a relative one counts as absolute with its
    value at the low end of its interval, where it is smallest (at nil it asks for nothing that could be met, and is
    left out). None where no need has one. Stage, node and item are kept where all agree.
    """
    first = needs[0]
    unit = first.interval.unit
    ends = [need.interval.to(unit) for need in needs]
    conditions: dict[str, Wanted] = {}
    for need in needs:
        conditions = together(conditions, need.conditions) or conditions
    size, size_unit = _size(needs)
    return replace(
        first, id="+".join(dict.fromkeys(need.id for need in needs)), tolerance=None,
        interval=Interval(min(e.low for e in ends), max(e.high for e in ends), unit), target=_smallest(needs),
        conditions=conditions, item=_common([n.item for n in needs]), stage=_agreed([n.stage for n in needs]),
        node=_agreed([n.node for n in needs]), criticality=max(n.criticality for n in needs), firms=_firms(needs),
        unstated=unstated_of(needs),
        size=size, size_unit=size_unit, confidential=any(n.confidential for n in needs),
    )  # fmt: skip


def _smallest(needs: Sequence[Need]) -> Target | None:
    stated = [(need, need.target) for need in needs if need.target is not None]
    if not stated:
        return None
    if all(target.relative for _, target in stated):
        return Target(min(target.U * K / target.k for _, target in stated), None, K)
    shown = next(target.unit for _, target in stated if target.unit is not None)
    sizes = []
    for need, target in stated:
        U = target.U * K / target.k
        if target.unit is not None:
            sizes.append(U * ratio(target.unit, shown))
            continue
        # a relative target of 5 °C is a share of 5, as it is stated, so its own unit is kept
        least = 0.0 if need.interval.low <= 0.0 <= need.interval.high else min(
            abs(need.interval.low), abs(need.interval.high)
        )  # fmt: skip
        if least > 0.0:
            sizes.append(U * least * ratio(need.interval.unit, shown))
    return Target(min(sizes), shown, K)


def _common(items: Sequence[str]) -> str:
    """The narrowest class that all items belong to, «» where one of them is any."""
    chains = [item_chain(item) for item in items]
    if not all(chains):
        return ""
    shared = [key for key in chains[0] if all(key in chain for chain in chains)]
    return items[0] if len({chain[0] for chain in chains}) == 1 else shared[0] if shared else ""


def _agreed(words: Sequence[str]) -> str:
    return words[0] if len(set(words)) == 1 else ""


# ---------------------------------------------------------------- ranking


@dataclass(frozen=True, slots=True)
class Ranked:
    """A cluster with its priority by the formula; None where a factor of it is not known."""

    cluster: Cluster
    score: float | None


@dataclass(frozen=True, slots=True)
class Ranking:
    """known: unit of size → clusters by falling score (scores in different units do not compare); apart: those whose
    size is not known, by the rule that needs none; rule, rule_apart: the rows, with status."""

    known: Mapping[str, tuple[Ranked, ...]]
    apart: tuple[Ranked, ...]
    rule: Row
    rule_apart: Row


def rank(found: Sequence[Cluster]) -> Ranking:
    """Clusters by criticality × firms × size, in one pass over columns; an unknown size stands apart, and so do a
    criticality and a number of firms that nobody stated: those by the lower end of what they may be."""
    rules = {row["id"]: row for row in load(PACKAGE, "industry-ranking.priority")}
    rule, without = rules["criticality_firms_size"], rules["criticality_firms"]
    open_ = [bool(c.unstated) for c in found]
    columns = {
        "criticality": np.array([c.weight[0] / c.firms for c in found], float),
        "firms": np.array([c.firms for c in found], float),
        "size": np.array([np.nan if c.size is None or o else c.size for c, o in zip(found, open_, strict=True)], float),
    }  # fmt: skip
    scores, plainly = _evaluated(rule, columns), _evaluated(without, columns)
    units = np.array([c.size_unit for c in found], dtype=object)
    known: dict[str, tuple[Ranked, ...]] = {}
    for unit in sorted({str(unit) for unit, score in zip(units, scores, strict=True) if not np.isnan(score)}):
        rows = np.flatnonzero((units == unit) & ~np.isnan(scores))
        known[unit] = tuple(Ranked(found[i], float(scores[i])) for i in rows[np.argsort(-scores[rows], kind="stable")])
    rest = np.flatnonzero(np.isnan(scores))
    apart = tuple(Ranked(found[i], None) for i in rest[np.argsort(-plainly[rest], kind="stable")])
    return Ranking(known, apart, rule, without)


def _evaluated(rule: Row, columns: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    expression = Expression(rule["formula"])
    given = {name: columns[name] for name in expression.names}
    return np.broadcast_to(np.asarray(expression.evaluate(given), float), columns["firms"].shape)
