"""Claims, plants' years and verifiers' statements of this site: which there are, who may see them, what stands.

A claim of an enterprise is seen by who sees the readings of the house, by who regulates or reviews, and by the people
of the enterprise itself, as the register of persons has them. Everybody else sees the published factors only.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.fuel.filed_determination import Determination
from suyuan.carbon.management.verification import Statement
from suyuan.carbon.plant import Plant
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.site.acts import service, store
from suyuan.site.acts.matters.matter import name_of
from suyuan.site.acts.series import held as readings
from suyuan.site.records.document import Documents
from suyuan.site.records.log import Log
from suyuan.store.correcting import learned, made_at
from suyuan.traceability.evidence import Statement as Said
from suyuan.verbs.carbon.claims import plant_told
from suyuan.verbs.carbon.order import last as last
from suyuan.verbs.carbon.order import standing as standing

SEE = (*readings.SEE, "regulate", "judge", "verify")
"""Acts of which one shows every claim."""
MAKE = ("evaluate", "issue", "direct")
"""Acts of which one makes claims of any unit; who asks for an enterprise makes those of their own."""
VERIFY = ("verify", "judge", "regulate", "issue")
OVERSEE = ("regulate", "steward")
PAGES = {"plant": "carbon_meters", "claim": "carbon_claim", "verification": "carbon_statement",
         "factor": "carbon_factor"}  # fmt: skip
"""Kind of a document → the page that shows it."""
KINDS = tuple(PAGES)


class Owned(Protocol):
    """What belongs to an enterprise."""

    @property
    def enterprise(self) -> str: ...


@dataclass(frozen=True, slots=True, eq=False)
class Filed:
    """A plant's year as it is kept. digest: of its document; added: when it came, as text that sorts."""

    digest: str
    added: str
    plant: Plant


def own(user: Any) -> frozenset[str]:
    """Names of the enterprises that employ somebody, as others say: who enters oneself as of an enterprise is not."""
    name = name_of(user)
    if not name:
        return frozenset()
    mine = set(Log.objects.filter(act="delivered", user=name).values_list("digest", flat=True))
    rows = [row for register, row in service.now_known().deliveries("person") if register.digest not in mine]
    return frozenset(text for row in rows if row.account == name for text in row.organisation.values())


def maker(digest: str) -> str:
    """The account that made a claim on this site, «» where it came another way."""
    row = Log.objects.filter(act="claimed", digest=digest).order_by("id").first()
    return str(row.user) if row is not None else ""


def arrived(claim: Claim) -> date:
    """The day on which a claim was handed in here; its own day for one that came another way."""
    row = Log.objects.filter(act="claimed", digest=claim.digest).order_by("id").first()
    return timezone.localdate(row.time) if row is not None else claim.made


def may_see(user: Any, one: Owned) -> bool:
    """Whether somebody may see a claim or a plant's year."""
    return service.may(user, *SEE) or one.enterprise in own(user)


def may_make(user: Any, enterprise: str = "") -> bool:
    """Whether somebody may make claims: of an enterprise, of any at all where none is named."""
    if service.may(user, *MAKE):
        return True
    mine = own(user) if service.may(user, "ask") else frozenset()
    return enterprise in mine if enterprise else bool(mine)


def not_yours(user: Any, enterprise: str) -> Finding:
    """That a document bears the name of an enterprise whose claims somebody may not make, with those that one may."""
    mine = sorted(own(user))
    near = difflib.get_close_matches(enterprise, mine, 1, 0.5)
    return finding("site.carbon.enterprise", "/enterprise", given=enterprise[:120], mine="、".join(mine)[:400] or "—",
                   near="".join(near))  # fmt: skip


def may_verify(user: Any) -> bool:
    """Whether somebody may sample a claim and state on it."""
    return service.may(user, *VERIFY)


def listed(user: Any, rows: Documents) -> Documents:
    """Rows of documents without those of carbon of enterprises whose claims somebody may not see."""
    if service.may(user, *SEE):
        return rows
    return rows.exclude(Q(kind__in=KINDS) & ~Q(issuer__in=own(user)))


def guard(user: Any, kind: str, digest: str) -> None:
    """PermissionDenied for the bytes of a carbon document that somebody may not see; other kinds pass."""
    if kind not in KINDS:
        return
    try:
        value = store.store().value(digest)
    except Refused:
        value = None
    if not isinstance(value, Claim | Plant | Statement | Determination) or not may_see(user, value):
        raise PermissionDenied


# ---------------------------------------------------------------- what there is


def _of_kind(kind: str) -> tuple[list[tuple[str, str, Any]], list[Finding]]:
    """(digest, when added, value) of the documents of a kind, oldest first, and why some cannot be read."""
    found: list[tuple[str, str, Any]] = []
    told: list[Finding] = []
    for entry in store.store().documents():
        if entry.kind != kind:
            continue
        try:
            found.append((entry.digest, entry.added, store.store().value(entry.digest)))
        except Refused as refused:
            told += refused.findings
    return found, told


def claims(user: Any) -> tuple[Claim, ...]:
    """The claims that somebody may see, in the order in which they were kept."""
    return tuple(value for _, _, value in _of_kind("claim")[0] if may_see(user, value))


def all_claims() -> tuple[Claim, ...]:
    """All claims, for what follows from one that somebody may see."""
    return tuple(value for _, _, value in _of_kind("claim")[0])


def plants(user: Any) -> tuple[Filed, ...]:
    """The plants' years that somebody may see, in the order in which they were kept."""
    return tuple(Filed(*row) for row in _of_kind("plant")[0] if may_see(user, row[2]))


def every_plant() -> tuple[Filed, ...]:
    """All plants' years, for what follows from one that somebody may see."""
    return tuple(Filed(*row) for row in _of_kind("plant")[0])


def statements(user: Any) -> tuple[Statement, ...]:
    """The verification statements that somebody may see, in the order in which they were kept."""
    return tuple(value for _, _, value in _of_kind("verification")[0] if may_see(user, value))


def statements_on(digest: str) -> tuple[Statement, ...]:
    """The statements on a claim, in the order in which they were kept."""
    return tuple(one for _, _, one in _of_kind("verification")[0] if one.engagement.claim == digest)


def determined(user: Any) -> tuple[Determination, ...]:
    """The determined factors that somebody may see, in the order in which they were kept."""
    return tuple(value for _, _, value in _of_kind("factor")[0] if may_see(user, value))


def factors() -> dict[str, Determination]:
    """All determined factors by their SHA-256, for the claims that cite them."""
    return {digest: one for digest, _, one in _of_kind("factor")[0]}


def damaged() -> tuple[Finding, ...]:
    """Why claims, plants' years or statements cannot be read."""
    return tuple(item for kind in KINDS for item in _of_kind(kind)[1])


def claim_of(user: Any, digest: str) -> Claim:
    """A claim. Raises Http404 where there is none, PermissionDenied, Refused where its document is damaged."""
    found = _value(digest, "claim")
    if not may_see(user, found):
        raise PermissionDenied
    return found  # type: ignore[no-any-return]


def plant_of(user: Any, digest: str) -> Plant:
    """A plant's year, with the same faults."""
    found = _value(digest, "plant")
    if not may_see(user, found):
        raise PermissionDenied
    return found  # type: ignore[no-any-return]


def statement_of(user: Any, digest: str) -> Statement:
    """A verification statement, with the same faults."""
    found = _value(digest, "verification")
    if not may_see(user, found):
        raise PermissionDenied
    return found  # type: ignore[no-any-return]


def beginning(user: Any, kind: str, start: str) -> tuple[str, ...]:
    """Digests of the documents of a kind that begin with some digits and that somebody may see."""
    return tuple(digest for digest, _, one in _of_kind(kind)[0] if digest.startswith(start) and may_see(user, one))


def _value(digest: str, kind: str) -> Any:
    if not any(entry.digest == digest and entry.kind == kind for entry in store.store().documents()):
        raise Http404
    return store.store().value(digest)


def known_at(claim: Claim) -> int:
    """µs of the last knowledge on which a claim stands (`suyuan.store.correcting.made_at`)."""
    return made_at(store.store(), claim.digest, claim.made)


def said_then(claim: Claim) -> tuple[Said, ...]:
    """The statements about certificates that were known when a claim was made."""
    return learned(store.store()).by(store.evidence().statements, known_at(claim))


def plant_behind(claim: Claim) -> Filed | None:
    """The plant's year that a claim names; None where it is bound to none, and where that is not here or damaged."""
    return next((one for one in plants_of(claim.issuer, claim.number) if one.digest == claim.plant), None)


def plants_of(enterprise: str, number: str) -> tuple[Filed, ...]:
    """The documents of one unit's year, in the order in which they were kept; damaged ones are left out."""
    found = []
    for entry in store.store().documents():
        if entry.kind == "plant" and (entry.issuer, entry.number) == (enterprise, number):
            try:
                value = store.store().value(entry.digest)
            except Refused:
                continue
            if isinstance(value, Plant):
                found.append(Filed(entry.digest, entry.added, value))
    return tuple(found)


def plant_said(claim: Claim) -> tuple[Finding, ...]:
    """What is to be said of the document that a claim was made from: bound to none, not here, superseded."""
    return plant_told(claim, [(one.digest, one.plant) for one in plants_of(claim.issuer, claim.number)])


def claims_from(filed: Filed, known: Iterable[Claim]) -> tuple[Claim, ...]:
    """The claims that were made from a plant's year."""
    return tuple(one for one in known if one.plant == filed.digest)


def superseded_by(claim: Claim, known: Iterable[Claim]) -> Claim | None:
    """The claim that takes the place of another."""
    return next((one for one in known if one.supersedes == claim.digest), None)
