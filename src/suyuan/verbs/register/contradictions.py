"""Capabilities of one delivery that promise one measurement twice, beside each other and beside what is registered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from suyuan.capability.capability import Capability
from suyuan.capability.holding.overlap import overlaps
from suyuan.procedure.register import Register
from suyuan.quantity.finding import Finding, finding
from suyuan.verbs.register.cells import Refused

MOST = 200
"""Findings that are told one by one."""

Placed = tuple[str, Capability]
"""A capability with where it stands in what was delivered: «校准测量能力!5», «/rows/capability/3»."""


def contradictions(delivered: Iterable[Placed], registered: Iterable[Capability] = ()) -> tuple[Finding, ...]:
    """What `overlaps` says of pairs with at least one delivered row, each at the places of both.

    registered: what counts already; a row of the same laboratory and id is replaced by the delivered one. At most
    `MOST` are told one by one, warnings first.
    """
    places: dict[tuple[str, str], str] = {}
    rows: dict[tuple[str, str], Capability] = {}
    for place, item in delivered:
        places[item.key], rows[item.key] = place, item
    laboratories = {item.key[0] for item in rows.values()}
    others = [item for item in registered if item.key not in rows and item.key[0] in laboratories]
    told = [_placed(item, places) for item in overlaps((*rows.values(), *others))]
    kept = sorted((item for item in told if item is not None), key=lambda item: item.severity != "warning")
    if len(kept) <= MOST:
        return tuple(kept)
    return (*kept[:MOST], finding("capability.support.overlap.many", "", kept[MOST].severity, count=len(kept) - MOST))


def _placed(item: Finding, places: Mapping[tuple[str, str], str]) -> Finding | None:
    """A finding at the places of its two rows; None where neither was delivered."""
    said = dict(item.parameters)
    there = [places.get((said["laboratory"], said[which])) for which in ("first", "second")]
    known = [place for place in there if place is not None]
    return Finding(item.code, "; ".join(known), item.severity, item.parameters, item.rule) if known else None


def other_houses(organisation: Mapping[str, str], delivered: Iterable[Capability]) -> tuple[Finding, ...]:
    """That rows of a delivery are another laboratory's: they count as that one's, and take the place of its own."""
    names = set(organisation.values())
    others = [item for item in delivered if not names & set(item.laboratory.values())]
    labs = dict.fromkeys(item.key[0] for item in others)
    if not others:
        return ()
    first = next(iter(organisation.values()), "—")
    return (finding("register.whose.others", "", "warning", organisation=first, count=len(others),
                    labs=", ".join(list(labs)[:5])),)  # fmt: skip


def in_register(
    register: Register, document: bytes, refused: Iterable[Refused] = (), registered: Iterable[Capability] = ()
) -> tuple[Finding, ...]:
    """The same of a register in JSON, whose rows are named by their JSON pointers.

    document: that the register was read from; refused: rows of it that did not go in.
    """
    delivered = register.rows.get("capability", ())
    if not delivered:
        return ()
    bad = {place for one in refused for place in one.places}
    places: dict[str, str] = {}
    for at, row in enumerate(json.loads(document)["rows"]["capability"]):
        place = f"/rows/capability/{at}"
        if place not in bad and isinstance(row, dict):
            places.setdefault(str(row.get("id", "")).strip(), place)
    told = contradictions(((places.get(item.id, ""), item) for item in delivered), registered)
    return (*other_houses(register.organisation, delivered), *told)
