"""Life-cycle stages × chain nodes (全寿命周期 × 全产业链): how much of an industry stands in each cell, and is covered.

coverage = covered/all, as an interval: what is not known counted as uncovered … as covered
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from suyuan.capability.capability import NODES, STAGES, Capability
from suyuan.capability.gaps.gap import need_key
from suyuan.capability.gaps.industry import KeyParameter
from suyuan.capability.matching.cover import spans, within, without
from suyuan.capability.matching.gate import Examined
from suyuan.capability.matching.match import Match
from suyuan.capability.need import Need

Known = Literal["covered", "open", "unknown"]
Place = tuple[str, str]
"""Stage and node."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is asked for: a key parameter or a need. stages, nodes: where it stands (both empty: nobody said); match:
    the answer to it, None where there is none (no unit, no target)."""

    id: str
    stages: tuple[str, ...]
    nodes: tuple[str, ...]
    match: Match | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. covered, open, unknown: ids of what stands in it; by: laboratories that cover some of it, each with how
    many of the ids."""

    covered: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    by: Mapping[str, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many stand in it."""
        return len(self.covered) + len(self.open) + len(self.unknown)

    @property
    def coverage(self) -> tuple[float, float] | None:
        """Share covered: with the unknown as uncovered, as covered; None where nothing stands in the cell."""
        if not self.count:
            return None
        return len(self.covered) / self.count, (len(self.covered) + len(self.unknown)) / self.count


@dataclass(frozen=True, slots=True)
class Matrix:
    """Cells by stage and node; a thing that stands in several cells counts in each. whole: each thing once; unplaced:
    ids for which no stage or no node is stated."""

    cells: Mapping[Place, Cell]
    whole: Cell
    unplaced: tuple[str, ...] = ()

    def stage(self, stage: str) -> tuple[Cell, ...]:
        """One row, in the order of the chain nodes."""
        return tuple(self.cells[stage, node] for node in NODES)


def entries(parameters: Iterable[KeyParameter], matches: Mapping[str, Match]) -> tuple[Entry, ...]:
    """Key parameters as entries; matches: id of a parameter → the answer to its need."""
    return tuple(Entry(p.id, p.stages, p.nodes, matches.get(p.id)) for p in parameters)


def entries_of_needs(
    needs: Iterable[Need],
    matches: Mapping[tuple[str, str], Match],
    parameters: Mapping[str, KeyParameter] | None = None,
) -> tuple[Entry, ...]:
    """Needs as entries, at their own stage and node, else at those of the key parameter that they stem from.

    matches: key of a need (`gap.need_key`) → its answer; parameters: id → key parameter.
    """
    known = parameters or {}
    result = []
    for need in needs:
        stem = known.get(need.parameter)
        stages = (need.stage,) if need.stage else stem.stages if stem is not None else ()
        nodes = (need.node,) if need.node else stem.nodes if stem is not None else ()
        result.append(Entry(need.id, stages, nodes, matches.get(need_key(need))))
    return tuple(result)


def matrix(of: Iterable[Entry]) -> Matrix:
    """The matrix of entries. In a cell only those capabilities count that serve its stage and node, or state none."""
    all_ = tuple(of)
    filled: dict[Place, list[tuple[str, Known, frozenset[str]]]] = {(s, n): [] for s in STAGES for n in NODES}
    for entry in all_:
        for place in ((s, n) for s in entry.stages for n in entry.nodes):
            if place in filled:
                filled[place].append((entry.id, *_answer(entry.match, place)))
    whole = _cell([(entry.id, *_answer(entry.match, None)) for entry in all_])
    unplaced = tuple(entry.id for entry in all_ if not entry.stages or not entry.nodes)
    return Matrix({place: _cell(found) for place, found in filled.items()}, whole, unplaced)


def serves(capability: Capability, place: Place | None) -> bool:
    """Whether a capability serves a stage and node; one that states none is not bound to any."""
    if place is None:
        return True
    stage, node = place
    return (not capability.stages or stage in capability.stages) and (not capability.nodes or node in capability.nodes)


def served(capabilities: Iterable[Capability]) -> Mapping[Place, tuple[tuple[str, str], ...]]:
    """Stage and node → keys of the capabilities that state both."""
    found: dict[Place, list[tuple[str, str]]] = {(s, n): [] for s in STAGES for n in NODES}
    for c in capabilities:
        for place in ((s, n) for s in c.stages for n in c.nodes):
            if place in found:
                found[place].append(c.key)
    return {place: tuple(keys) for place, keys in found.items()}


def _answer(match: Match | None, place: Place | None) -> tuple[Known, frozenset[str]]:
    if match is None:
        return "unknown", frozenset()
    if match.verdict == "unknown":
        return ("unknown" if _covered(match, place) else "open"), frozenset()
    if match.verdict != "can":
        return "open", frozenset()
    sets: list[tuple[Examined, ...]] = [(item,) for item in match.single]
    sets += [composite.members for composite in (*match.composite, *match.several)]
    able = [members for members in sets if all(serves(item.capability, place) for item in members)]
    if sets and not able:
        return "open", frozenset()
    return "covered", frozenset(item.capability.key[0] for members in able for item in members)


def _covered(match: Match, place: Place | None) -> bool:
    """Whether what serves a place covers the whole need, be it well enough or not."""
    over = match.need.interval
    whole = (over.low, over.high)
    able = [e.covered for e in match.examined if e.passes("measurand", "conditions") and serves(e.capability, place)]
    return not without(whole, within(whole, spans((part for part in able if part is not None), over.unit)))


def _cell(found: Iterable[tuple[str, Known, frozenset[str]]]) -> Cell:
    parts: dict[Known, list[str]] = {"covered": [], "open": [], "unknown": []}
    by: dict[str, int] = {}
    for id, known, laboratories in found:
        parts[known].append(id)
        for name in laboratories:
            by[name] = by.get(name, 0) + 1
    return Cell(tuple(parts["covered"]), tuple(parts["open"]), tuple(parts["unknown"]), dict(sorted(by.items())))
