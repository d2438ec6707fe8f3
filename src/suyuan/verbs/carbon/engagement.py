"""A verifier's engagement from its document, the statement that follows, and what became of the claim that it is on.

`"suyuan": "carbon-verification"` names the claim by its digest, the verifier and the day, the scheme of materiality,
size and seed of the sample, and for each item what was found.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.management.statement import engagement
from suyuan.carbon.management.verification import Engagement, Statement, sample, statement
from suyuan.quantity.fields import open_document
from suyuan.quantity.finding import Finding, Refused, errors, finding

KIND = "carbon-verification"


def read_engagement(data: bytes) -> tuple[Engagement | None, tuple[Finding, ...]]:
    """The engagement of a document, or None with every fault and its JSON pointer."""
    fields, found = open_document(data, KIND)
    if fields is None:
        return None, tuple(found)
    read = engagement(fields)
    fields.close()
    told = tuple(dict.fromkeys(fields.found))
    return (None if errors(told) else read), told


def statement_on(claim: Claim, did: Engagement) -> Statement:
    """The statement on a claim. Raises Refused where the engagement is on another claim, and as `statement` does."""
    if not claim.digest.startswith(did.claim.strip().lower()):
        raise Refused(finding("carbon.verify.claim", "claim", given=did.claim[:16], wanted=claim.digest[:16]))
    return statement(claim, replace(did, claim=claim.digest))


def superseding(one: Statement, known: Iterable[Statement]) -> Statement | None:
    """The statement that takes the place of another."""
    return next((other for other in known if other.engagement.supersedes == one.digest), None) if one.digest else None


def standing(known: Iterable[Statement]) -> tuple[Statement, ...]:
    """Those that none supersedes."""
    held = tuple(known)
    gone = {one.engagement.supersedes for one in held}
    return tuple(one for one in held if one.digest not in gone)


def superseded(claim: str, claims: Iterable[Claim]) -> tuple[Finding, ...]:
    """That a claim, by its digest, has been superseded, so that nobody states on it; nothing where it stands."""
    return tuple(
        finding("carbon.statement.claim_superseded", claim[:12], digest=claim[:12], later=over.digest[:12],
                made=over.made.isoformat())
        for over in claims if over.supersedes == claim
    )[:1]  # fmt: skip


def in_order(made: Statement, known: Iterable[Statement], claims: Iterable[Claim]) -> None:
    """Refuse a statement beside one of the same verifier that stands on the same claim, or after one that does not, and
    one on a claim that another one has superseded. claims: all that a store holds."""
    did = made.engagement
    if found := superseded(did.claim, claims):
        raise Refused(*found)
    key = (did.claim, did.verifier)
    mine = [one for one in standing(known) if (one.engagement.claim, one.issuer) == key and one.digest != made.digest]
    if did.supersedes and did.supersedes not in [one.digest for one in mine]:
        held = ", ".join(one.digest[:12] for one in mine) or "—"
        raise Refused(finding("carbon.statement.supersedes", "supersedes", given=did.supersedes[:12],
                              verifier=did.verifier, known=held))  # fmt: skip
    if mine and not did.supersedes:
        raise Refused(finding("carbon.statement.stands", "supersedes", verifier=did.verifier,
                              day=mine[-1].day.isoformat(), digest=mine[-1].digest[:12]))  # fmt: skip


def _of(one: Statement, claim: Claim) -> bool:
    """Whether legal value and sample are those of a claim, drawn again."""
    return one.legal == claim.legal and one.sample == sample(claim, one.engagement.size, one.engagement.seed)


def told(one: Statement, claims: Iterable[Claim], known: Iterable[Statement]) -> tuple[Finding, ...]:
    """What became of a statement: superseded itself, its claim superseded or not here.

    claims, known: all that a store holds.
    """
    found, held = [], tuple(claims)
    where = one.engagement.claim[:12]
    other = superseding(one, known)
    if other is not None:
        found.append(finding("carbon.statement.superseded", where, "warning", later=other.digest[:12],
                             day=other.day.isoformat(), reason=other.engagement.reason))  # fmt: skip
    if not any(claim.digest == one.engagement.claim for claim in held):
        found.append(finding("carbon.statement.claim_absent", where, "warning", digest=where))
    found += [finding("carbon.statement.other_sample", where, digest=where) for claim in held
              if claim.digest == one.engagement.claim and not _of(one, claim)]  # fmt: skip
    later = next((claim for claim in held if claim.supersedes == one.engagement.claim), None)
    if later is not None:
        found.append(finding("carbon.statement.claim_superseded", where, "warning", digest=where,
                             later=later.digest[:12], made=later.made.isoformat()))  # fmt: skip
    return tuple(found)
