"""One side of a change, rebuilt: a plant's year with its stacks and forests by what was known on a day.

A part whose rows are out of reach is taken as the claim has it, which is told; where there is no claim either, it is
unknown, and a total that it would count in is refused.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from suyuan.carbon.claim.claim import Claim, Part
from suyuan.carbon.fuel.stream import part_of
from suyuan.carbon.plant import Plant, read_plant
from suyuan.quantity.finding import Finding, Refused, errors, finding, reason
from suyuan.quantity.table import Row
from suyuan.verbs.carbon.claims import Monitored, counted, monitoring_counts

Bring = Callable[[Plant], Monitored]
"""A plant's year → what its stacks and forests bring, as known on its day; Refused where rows are out of reach."""
LISTS = {"stacks": "id", "forests": "name"}
"""Key of a document → the field that names its parts."""
KINDS = {"stacks": "monitoring", "forests": "forest"}


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """What a change starts from, or leads to. data: the document of the unit's year, None where it is not at hand;
    claim: that was made from it, with its day; bring: where stacks and forests come from, None where from nowhere."""

    data: bytes | None
    claim: Claim | None = None
    bring: Bring | None = None

    @property
    def day(self) -> str:
        """On which what is known counts, as text; «» for the day of the document."""
        return self.claim.made.isoformat() if self.claim is not None else ""

    def plant(self) -> Plant:
        """The plant's year as of the claim. Raises Refused for a document that is none."""
        assert self.data is not None
        found = plant_in(self.data)
        return found if self.claim is None else replace(found, made=self.claim.made)


@dataclass(eq=False)
class State:
    """A unit's year on the way from one side to the other. document: as JSON; swapped: rule rows in place of its own;
    brought: name → part of a stack or forest, None where it is unknown."""

    document: dict[str, Any]
    brought: dict[str, Part | None]
    swapped: dict[str, Row] = field(default_factory=dict)

    def parts(self) -> tuple[Part, ...]:
        """Its parts, with which of them count. Raises Refused where one that counts is unknown."""
        plant = plant_in(json.dumps(self.document, ensure_ascii=False).encode("utf-8"), self.swapped, True)
        missing = [name for name, part in self.brought.items() if part is None]
        forests = {str(one.get("name")) for one in self.document.get("forests", ())}
        told = [finding("carbon.change.unknown", name, part=name) for name in missing
                if name in forests or monitoring_counts(plant)]  # fmt: skip
        if told:
            raise Refused(*told)
        known = [part for part in self.brought.values() if part is not None]
        return counted([part_of(stream).part for stream in plant.streams], known, plant)

    @property
    def legal(self) -> float:
        """The legal value, tCO2."""
        return legal_of(self.parts())


def legal_of(parts: Sequence[Part]) -> float:
    """The legal value of what counts, tCO2."""
    return math.fsum(t for part in parts if part.counted for t in part.legal)


def plant_in(data: bytes, swapped: Mapping[str, Row] | None = None, mixed: bool = False) -> Plant:
    """The plant's year of a document (see `read_plant`). Raises Refused with every fault."""
    plant, told = read_plant(data, swapped, mixed)
    if plant is None:
        raise Refused(*told)
    return plant


def listed(content: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(key of the list, name, content) of each stack and forest of a document."""
    for key, name in LISTS.items():
        for one in content.get(key) or ():
            if isinstance(one, Mapping):
                yield key, str(one.get(name, "")), one


def rebuilt(side: Side, plant: Plant, told: list[Finding]) -> State:
    """The year of a side, with all stacks and forests; what cannot be rebuilt is told."""
    parts = {name: built(side, plant, key, one, told) for key, name, one in listed(plant.content)}
    assert side.data is not None
    return State(json.loads(side.data), parts)


def built(side: Side, plant: Plant, key: str, one: Mapping[str, Any], told: list[Finding]) -> Part | None:
    """One stack or forest; as claimed where it cannot be rebuilt, None where nobody knows it. Both are told."""
    name = str(one.get(LISTS[key], ""))
    try:
        return alone(side, plant, key, one, told)
    except Refused as refused:
        why = refused.findings
    told.extend(replace(item, severity="warning") if item.severity == "error" else item for item in why)
    claimed = None if side.claim is None else next(
        (part for part in side.claim.parts if (part.name, part.kind) == (name, KINDS[key])), None)  # fmt: skip
    if claimed is not None:
        told.append(finding("carbon.change.as_claimed", name, "warning", part=name, **reason(why[0])))
    elif key == "stacks" and not monitoring_counts(
        plant
    ):  # of one that counts the total itself says that it is unknown
        told.append(finding("carbon.change.unbuilt", name, "warning", part=name, **reason(why[0])))
    return claimed


def alone(side: Side, plant: Plant, key: str, one: Mapping[str, Any], told: list[Finding]) -> Part:
    """One stack or forest of a plant by itself; hours without a legal value of one that only checks are told.

    Raises Refused where its rows are out of reach, and where one that counts has hours without a legal value.
    """
    if side.bring is None:
        raise Refused(finding("carbon.change.no_rows", str(one.get(LISTS[key], ""))))
    bare = {name: value for name, value in plant.content.items() if name not in LISTS}
    found = side.bring(replace(plant, content={**bare, key: [one]}))
    if errors(found.findings):
        raise Refused(*errors(found.findings))
    told.extend(item for item in found.findings if item.code == "carbon.stack.incomplete")
    part = next((part for part in found.parts if part.kind == KINDS[key]), None)
    if part is None:
        raise Refused(*(found.findings or (finding("carbon.change.no_rows", str(one.get(LISTS[key], ""))),)))
    return part
