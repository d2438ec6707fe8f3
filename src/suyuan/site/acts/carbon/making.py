"""A claim from a plant's document: looked at first, then made whole, document and claim, or nothing.

The same year can be made again at any time by what the store knows then: «as claimed» beside «as of today».
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from types import MappingProxyType
from typing import Any

from django.core.exceptions import PermissionDenied

from suyuan.carbon.claim.claim import Claim, document
from suyuan.carbon.plant import Plant, read_plant, untimely
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.site.acts import clock, service, store
from suyuan.site.acts.carbon import held, stacks, tables
from suyuan.site.acts.evidence import document as rows
from suyuan.site.acts.log import told
from suyuan.site.acts.series import held as readings
from suyuan.store.correcting import made_at
from suyuan.verbs.carbon.book_examples import left_in
from suyuan.verbs.carbon.claims import Claimed, Monitored, claim_of
from suyuan.verbs.carbon.monitored import Stacked, monitored
from suyuan.verbs.carbon.order import against_former, difference_told, order_told
from suyuan.verbs.carbon.shared import files_named, shared, shared_told
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


def draft(
    user: Any, data: bytes, over: tuple[str, str] = ("", ""), given: Mapping[str, bytes] = MappingProxyType({})
) -> Draft:
    """A plant's document and the claim that it would give; nothing but its tables is kept. What is wrong is told.

    over: digest of the claim that it supersedes and why, where another one stands; it is then made today, else on the
    document's day; given: name → bytes of the tables that came beside the document.
    Raises PermissionDenied where somebody may not make claims of its enterprise.
    """
    if len(data) > LARGEST:
        return Draft(data[:0], "", None, None, (), (finding("site.carbon.large", "", limit=LARGEST // 1_000_000),))
    plant, found = read_plant(data)
    if plant is None:
        return Draft(data, "", None, None, (), (*found, *tables.take_beside(user, data, given)))
    if not held.may_make(user, plant.enterprise):
        return Draft(data, "", None, None, (), (held.not_yours(user, plant.enterprise),
                                                *tables.take_beside(user, data, given)))  # fmt: skip
    data = _kept(plant, data)
    digest = hashlib.sha256(data).hexdigest()
    if over[0]:
        plant = replace(plant, made=clock.today(), supersedes=over[0], reason=over[1])
    elif plant.made < clock.today():
        found = (*found, finding("site.carbon.backdated", "/made", "warning", made=plant.made.isoformat(),
                                 today=clock.today().isoformat()))  # fmt: skip
    if late := (*untimely(plant, clock.today()), *_lake(user, plant),
               *tables.take(plant.enterprise, files_named(plant), given)):  # fmt: skip
        return Draft(data, digest, plant, None, (), (*found, *late))
    made, years, more = computed(plant, digest, made_at(store.store(), "", plant.made))
    beside = _beside(user, plant, made.claim) if made is not None else tables.kept_told(given)
    return Draft(
        data, digest, plant, made, years, tuple(dict.fromkeys((*left_in(plant.content), *beside, *found, *more)))
    )


def _lake(user: Any, plant: Plant) -> tuple[Finding, ...]:
    """An error where a document rests on readings of the lake that somebody may not see."""
    streams = stacks.lake_streams(plant)
    if not streams or service.may(user, *readings.SEE):
        return ()
    return (finding("site.carbon.stream_not_yours", "/stacks", streams=", ".join(streams)[:200]),)


def _beside(user: Any, plant: Plant, claim: Claim) -> tuple[Finding, ...]:
    """What is to be said of a claim beside those that are kept: which stands, and what others rest on too."""
    known = held.all_claims()
    if hashlib.sha256(document(claim)).hexdigest() in {one.digest for one in known}:
        return ()  # the very same claim, once more
    mine = tables.of_plant(plant)
    found = shared(claim, held.standing(known), lambda one: mine if one is claim else tables.digests(one))
    former = difference_told(claim, (one for one in known if held.may_see(user, one)))
    sizes = (*former, *against_former(claim, known))
    return (*order_told(claim, known), *sizes, *shared_told(found, lambda one: held.may_see(user, one)))


def _kept(plant: Plant, data: bytes) -> bytes:
    """The bytes of a document that is kept already and says the same: a page hands it in with other ends of lines."""
    same = [one for one in held.plants_of(plant.issuer, plant.number) if one.plant.content == plant.content]
    exact = hashlib.sha256(data).hexdigest()
    if not same or any(one.digest == exact for one in same):
        return data
    return store.store().read(same[-1].digest)


def computed(plant: Plant, key: str, at: int | None) -> Computed:
    """The claim of a plant's year by what was known at a moment; its stacks; what is told. None where there can be no
    claim, with every reason.

    at: µs, None: as of now; key: digest of the plant's document, to which the claim is bound. The answer is remembered
    as long as neither documents nor readings change.
    """
    evidence = store.evidence()
    mark = (key, at, plant.made, plant.supersedes, plant.reason, stacks.state_of(plant))
    with _lock:
        if mark in _computed and _computed[mark][0] is evidence:
            return _computed[mark][1]
    found = _compute(plant, key, at)
    with _lock:
        _computed[mark] = evidence, found
        while len(_computed) > REMEMBERED:
            _computed.popitem(last=False)
    return found


def _compute(plant: Plant, key: str, at: int | None) -> Computed:
    try:
        years = stacks.years(plant, key, at)
        brought = monitored(plant, years)
        if plant.content.get("forests"):
            brought = brought + wooded(plant, stacks.files(plant.enterprise))
    except Refused as refused:
        return None, (), refused.findings
    try:
        made = claim_of(plant, brought, store.evidence(), key, held.factors())
    except Refused as refused:
        return None, years, refused.findings
    return made, years, made.findings


def brought(plant: Plant, at: int) -> Monitored:
    """What stacks and forests bring to a plant's claim by what was known at a moment, µs; Refused as they are."""
    found = monitored(plant, stacks.made(plant, at)) if stacks.has_stacks(plant) else Monitored()
    return found + wooded(plant, stacks.files(plant.enterprise)) if plant.content.get("forests") else found


def keep(user: Any, made: Draft) -> str:
    """Keep the plant's document and its claim, both or neither; the digest of the claim.

    Raises PermissionDenied; Refused where the draft gives no claim, where texts of an example stand in its document
    still, and as `order_told` says.
    """
    if made.plant is None or made.made is None:
        raise Refused(*(errors(made.findings) or (finding("site.carbon.nothing", ""),)))
    if not held.may_make(user, made.plant.enterprise):
        raise PermissionDenied
    if left := left_in(made.plant.content):
        raise Refused(*left)
    claim = made.made.claim
    data = document(claim)
    digest = hashlib.sha256(data).hexdigest()
    known = held.all_claims()
    if any(one.digest == digest for one in known):
        return digest  # the very same claim, once more
    if found := order_told(claim, known):
        raise Refused(*found)
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
