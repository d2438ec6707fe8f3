"""Ways from a row, matter or document to its page; where this site has no such page there is simply no link."""

from __future__ import annotations

from urllib.parse import quote

from suyuan.site.web.reach import opened_named
from suyuan.site.web.regulation.centre_shown import evidence_way
from suyuan.verbs.snapshot import Snapshot

OWNED = {"capability": "capability", "need": "need", "resource": "resource"}
"""Kind of a row that is named by its owner and its id → the name of its page."""
LISTS = {"capability": "capabilities", "need": "match", "resource": "resources", "person": "people",
         "centre": "centres", "training_base": "bases", "commitment": "commitments"}  # fmt: skip
"""Kind of a row → the name of the list where it can be looked for."""


def way(name: str, *args: str) -> str | None:
    """The address of a page, None where this site has no such page or its reader may not open it."""
    return opened_named(name, *args)


def row_way(kind: str, id: str, owner: str = "") -> str | None:
    """The page of a register row, else the list in which it is found by its id."""
    own = way(OWNED[kind], owner, id) if kind in OWNED and owner else way(kind, id)
    if own is None and kind in LISTS:
        found = way(LISTS[kind])
        return f"{found}?q={quote(id)}" if found else None
    return own


def item_way(known: Snapshot, address: str) -> str | None:
    """The page of a piece of evidence: rows of owners are «row:kind/owner/id»."""
    kind, _, rest = address.partition(":")
    if kind == "row":
        of, _, named = rest.partition("/")
        owner, _, id = named.rpartition("/")
        return row_way(of, id, owner)
    return evidence_way(known, address)


def matter_way(procedure: str, number: str) -> str | None:
    """The page of a matter; of a contest or a training application its own."""
    own = {"contest": "contest", "training": "training"}.get(procedure)
    return (way(own, number) if own else None) or way("matter", procedure, number)
