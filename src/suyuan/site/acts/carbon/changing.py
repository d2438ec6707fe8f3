"""From one claim to another: both years rebuilt by what was known when each claim was made, compared step by step."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from typing import Any

from suyuan.carbon.claim.claim import Claim
from suyuan.quantity.finding import Refused, finding
from suyuan.site.acts import store
from suyuan.site.acts.carbon import held, making, stacks
from suyuan.verbs.carbon.change import Change, change
from suyuan.verbs.carbon.rebuilt import Side

REMEMBERED = 8
_lock = Lock()
_changes: OrderedDict[tuple[str, ...], tuple[Any, Change]] = OrderedDict()
"""Digests of both claims and the state of the readings → the documents that were asked, and the answer."""


def between(before: Claim | None, after: Claim | None) -> Change:
    """How one claim became the other; remembered as long as neither documents nor readings change.

    Raises Refused where a claim is not there, for one claim twice, and where a part that counts is unknown.
    """
    if before is None or after is None:
        raise Refused(finding("site.carbon.before_after", "before" if before is None else "after"))
    if before.digest == after.digest:
        raise Refused(finding("carbon.change.same", before.digest[:12]))
    evidence = store.evidence()
    mark = (before.digest, after.digest, *stacks.readings_mark())
    with _lock:
        if mark in _changes and _changes[mark][0] is evidence:
            return _changes[mark][1]
    found = change(_side(before), _side(after))
    with _lock:
        _changes[mark] = evidence, found
        while len(_changes) > REMEMBERED:
            _changes.popitem(last=False)
    return found


def predecessor(claim: Claim, known: Iterable[Claim]) -> Claim | None:
    """The claim that this one supersedes, else the standing one of its unit's year before; never the claim itself."""
    held_all = tuple(known)
    key = (claim.enterprise, claim.unit, claim.year - 1)
    year = [one for one in held.standing(held_all) if (one.enterprise, one.unit, one.year) == key]
    return next(iter([one for one in held_all if one.digest == claim.supersedes] + year), None)


def _side(claim: Claim) -> Side:
    behind = held.plant_behind(claim)
    data = store.store().read(behind.digest) if behind is not None else None
    at = held.known_at(claim)
    return Side(data, claim, lambda plant: making.brought(plant, at))
