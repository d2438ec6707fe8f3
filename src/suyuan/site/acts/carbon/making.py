"""A claim from a plant's document: looked at first, then made whole, document and claim, or nothing.

The same year can be made again at any time by what the store knows then: «as claimed» beside «as of today».
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import date
from threading import Lock
from typing import Any

from django.core.exceptions import PermissionDenied

from suyuan.carbon.claim.claim import Claim, document
from suyuan.carbon.plant import Plant, read_plant, untimely
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.site.acts import clock, store
from suyuan.site.acts.carbon import held, stacks
from suyuan.site.acts.evidence import document as rows
from suyuan.site.acts.log import told
from suyuan.verbs.carbon.claims import Claimed, Monitored, claim_of
from suyuan.verbs.carbon.monitored import Stacked, monitored
from suyuan.verbs.carbon.woods import wooded

LARGEST = 4_000_000
"""Bytes of a plant's document; a year of a unit takes some ten thousand."""


REMEMBERED = 12
Computed = tuple[Claimed | None, tuple[Stacked, ...], tuple[Finding, ...]]
_lock = Lock()
_computed: OrderedDict[tuple[Any, ...], tuple[Any, Computed]] = OrderedDict()
"""What was asked and of which readings → the documents that it was made of, and the answer."""


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A plant's document as read. data: its bytes; plant: None where it cannot be read; made: the claim that it would
    give, None where there can be none; findings: all that is to be said."""

    data: bytes
    digest: str
    plant: Plant | None
    made: Claimed | None
    stacked: tuple[Stacked, ...]
    findings: tuple[Finding, ...]


def draft(data: bytes, supersedes: str = "", reason: str = "") -> Draft:
    """A plant's document and the claim that it would give; nothing is written. What is wrong is told, never raised.

    supersedes, reason: of the claim, where another one stands; it is then made today, else on the document's day.
    """
    if len(data) > LARGEST:
        return Draft(data[:0], "", None, None, (), (finding("site.carbon.large", "", limit=LARGEST // 1_000_000),))
    plant, found = read_plant(data)
    if plant is None:
        return Draft(data, "", None, None, (), found)
    data = _kept(plant, data)
    digest = hashlib.sha256(data).hexdigest()
    if supersedes:
        plant = replace(plant, made=clock.today(), supersedes=supersedes, reason=reason)
    if late := untimely(plant, clock.today()):
        return Draft(data, digest, plant, None, (), (*found, *late))
    made, years, more = computed(plant, digest, plant.made)
    return Draft(data, digest, plant, made, years, tuple(dict.fromkeys((*found, *more))))


def _kept(plant: Plant, data: bytes) -> bytes:
    """The bytes of a document that is kept already and says the same: a page hands it in with other ends of lines."""
    same = [one for one in held.plants_of(plant.issuer, plant.number) if one.plant.content == plant.content]
    exact = hashlib.sha256(data).hexdigest()
    if not same or any(one.digest == exact for one in same):
        return data
    return store.store().read(same[-1].digest)


def computed(plant: Plant, key: str, day: date | None) -> Computed:
    """The claim of a plant's year by what was known at the end of a day, now where None; its stacks; what is told.
    None where there can be no claim, with every reason.

    key: digest of the plant's document, to which the claim is bound. The answer is remembered as long as neither
    documents nor readings change.
    """
    evidence = store.evidence()
    mark = (key, day, plant.made, plant.supersedes, plant.reason, stacks.readings_mark())
    with _lock:
        if mark in _computed and _computed[mark][0] is evidence:
            return _computed[mark][1]
    found = _compute(plant, key, day)
    with _lock:
        _computed[mark] = evidence, found
        while len(_computed) > REMEMBERED:
            _computed.popitem(last=False)
    return found


def _compute(plant: Plant, key: str, day: date | None) -> Computed:
    try:
        years = stacks.years(plant, key, day)
        brought = monitored(plant, years)
        if plant.content.get("forests"):
            brought = brought + wooded(plant, stacks.files())
    except Refused as refused:
        return None, (), refused.findings
    try:
        made = claim_of(plant, brought, store.evidence(), key)
    except Refused as refused:
        return None, years, refused.findings
    return made, years, made.findings


def brought(plant: Plant) -> Monitored:
    """What stacks and forests bring to a plant's claim by what was known at the end of its day; Refused as they are."""
    found = monitored(plant, stacks.made(plant, plant.made)) if stacks.has_stacks(plant) else Monitored()
    return found + wooded(plant, stacks.files()) if plant.content.get("forests") else found


def keep(user: Any, made: Draft) -> str:
    """Keep the plant's document and its claim, both or neither; the digest of the claim.

    Raises PermissionDenied; Refused where the draft gives no claim, where it supersedes none that stands for its unit
    and year, or where another one stands and is not superseded.
    """
    if made.plant is None or made.made is None:
        raise Refused(*(errors(made.findings) or (finding("site.carbon.nothing", ""),)))
    if not held.may_make(user, made.plant.enterprise):
        raise PermissionDenied
    claim = made.made.claim
    data = document(claim)
    digest = hashlib.sha256(data).hexdigest()
    known = held.claims(user)
    if any(one.digest == digest for one in known):
        return digest  # the very same claim, once more
    check_order(claim, known)
    name = f"{claim.unit}-{claim.year}"
    added = store.store().add_all([(f"plant-{name}.json", made.data), (f"claim-{name}.json", data)])
    refused = [item for one in added if not one.stored for item in errors(one.findings)]
    if refused:
        raise Refused(*refused)
    if added[1].new:
        told("claimed", user.get_username(), added[1].digest, number=claim.number, issuer=claim.enterprise,
             supersedes=claim.supersedes[:12])  # fmt: skip
    rows.current()
    return added[1].digest


def check_order(claim: Claim, known: tuple[Claim, ...]) -> None:
    """Refuse a claim beside one that stands for the same unit and year, or after one that is not there."""
    key = (claim.enterprise, claim.unit, claim.year)
    same = [one for one in known if (one.enterprise, one.unit, one.year) == key]
    stands = held.standing(same)
    if claim.supersedes:
        if claim.supersedes not in {one.digest for one in stands}:
            raise Refused(finding("site.carbon.supersedes", "/supersedes", given=claim.supersedes[:12],
                                  unit=claim.unit, year=claim.year))  # fmt: skip
    elif stands:
        raise Refused(finding("site.carbon.stands", "/supersedes", unit=claim.unit, year=claim.year,
                              made=stands[-1].made.isoformat()))  # fmt: skip
