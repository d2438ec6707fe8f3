"""What claims of two units rest on both, as somebody may know it: for the page of a claim and for the day's page."""

from __future__ import annotations

from typing import Any

from suyuan.carbon.claim.claim import Claim
from suyuan.quantity.finding import Finding
from suyuan.site.acts.carbon import held, tables
from suyuan.verbs.carbon.shared import Shared, shared, shared_told


def told(user: Any, claim: Claim) -> tuple[Finding, ...]:
    """Warnings of a claim: tables and reports that stand behind the claim of another unit too."""
    found = [one for one in shared(claim, held.standing(held.all_claims()), tables.digests) if one.grave]
    return shared_told(found, lambda one: held.may_see(user, one))


def pairs(user: Any) -> tuple[Shared, ...]:
    """Each two standing claims of two units, both of which somebody may see, that share a table or a report."""
    known = held.standing(held.claims(user))
    return tuple(one for at, claim in enumerate(known) for one in shared(claim, known[at + 1 :], tables.digests)
                 if one.grave)  # fmt: skip
