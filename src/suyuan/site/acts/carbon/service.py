"""What a claim's measurements lack, and which capabilities of the catalogue answer it, by what is known today."""

from __future__ import annotations

from dataclasses import dataclass

from suyuan.capability.matching.match import Match
from suyuan.capability.sharing.resource import Resource
from suyuan.carbon.claim.claim import Claim
from suyuan.quantity.finding import Finding
from suyuan.site.acts.carbon.held import Filed
from suyuan.site.acts.matching import need as needs
from suyuan.site.acts.service import may
from suyuan.verbs.carbon.lacks import lacks
from suyuan.verbs.carbon.needs import Wanted, wanted

CLAIM = "carbon claim"
"""Item of the resources that verify."""


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """A lack as a need, its match, and «organisation/id» of the same need where it is registered already, else «»."""

    wanted: Wanted
    match: Match
    kept: str


@dataclass(frozen=True, slots=True, eq=False)
class Services:
    """rows: what moves most tonnes first; verifiers: who offers to verify claims; findings: what nobody can be asked
    for."""

    rows: tuple[Answered, ...]
    verifiers: tuple[Resource, ...]
    findings: tuple[Finding, ...]


def services(claim: Claim, filed: Filed | None) -> Services:
    """The needs of a claim with their matches; worked out once for what is known. filed: its plant's year."""
    snapshot = needs.on(None)
    plant = filed.plant if filed is not None else None

    def made() -> Services:
        found, told = lacks(claim, snapshot.evidence, snapshot.day, plant)
        made = wanted(claim, found, snapshot.evidence, snapshot.day)
        known = needs.known(snapshot)
        rows = []
        for one in made:
            name = f"{claim.enterprise}/{one.need.id}"
            rows.append(Answered(one, needs.answer(snapshot, one.need), name if name in known else ""))
        verifiers = tuple(row for row in snapshot.rows("resource") if row.item == CLAIM)
        return Services(tuple(rows), verifiers, (*told, *(item for one in made for item in one.findings)))

    if not claim.digest:
        return made()
    found: Services = snapshot.once(f"services of the claim {claim.digest} {filed.digest if filed else ''}", made)
    return found


def may_state(user: object) -> bool:
    """Whether somebody may state needs."""
    return may(user, *needs.STATE)  # type: ignore[arg-type]
