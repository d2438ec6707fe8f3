"""A verifier's engagement from its document: how the sample was drawn, what was found in it, and the statement.

`"suyuan": "carbon-verification"` names the claim by its digest, the verifier and the day, the scheme of materiality,
size and seed of the sample, and for each item what was found. The sample is drawn again, so that nobody can choose it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.management.verification import (
    Misstatement,
    Sampled,
    Statement,
    materiality,
    sample,
    verified,
)
from suyuan.quantity.fields import Fields, open_document
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.table import Row

KIND = "carbon-verification"


@dataclass(frozen=True, slots=True)
class Engagement:
    """What a verifier did. claim: digest of the claim, whole or its first 12 digits at least; misstatements: of items,
    also those that turned out right."""

    claim: str
    verifier: str
    day: date
    scheme: str
    size: int
    seed: int
    misstatements: tuple[Misstatement, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Verified:
    """A statement with the sample that it stands on and the row that says what is material."""

    engagement: Engagement
    sample: tuple[Sampled, ...]
    statement: Statement
    row: Row


def read_engagement(data: bytes) -> tuple[Engagement | None, tuple[Finding, ...]]:
    """The engagement of a document, or None with every fault and its JSON pointer."""
    fields, found = open_document(data, KIND)
    if fields is None:
        return None, tuple(found)
    fields.found.extend(found)
    claim, verifier, day = fields.text("claim", True), fields.text("verifier", True), fields.day("day", True)
    scheme, note = fields.text("materiality", True), fields.text("note")
    size, seed = fields.whole("size"), fields.whole("seed")
    for name, value in (("size", size), ("seed", seed)):
        if value is None:
            fields.report("typed.field.missing", name, field=name)
    if claim and len(claim) < 12:
        fields.report("carbon.verify.claim", "claim", given=claim, wanted="…")
    items = tuple(one for inner in fields.several("found") if (one := _misstatement(inner)) is not None)
    fields.close()
    if errors(fields.found) or day is None or size is None or seed is None:
        return None, tuple(dict.fromkeys(fields.found))
    return Engagement(claim, verifier, day, scheme, size, seed, items, note), tuple(dict.fromkeys(fields.found))


def _misstatement(fields: Fields) -> Misstatement | None:
    part, month, tonnes = fields.text("part", True), fields.whole("month"), fields.number("tonnes", True)
    note = fields.text("note")
    corrected = fields.content.get("corrected", False)
    fields.asked.add("corrected")
    if not isinstance(corrected, bool):
        fields.report("typed.field.type", "corrected", field="corrected", expected_zh="true 或 false",
                      expected_en="true or false")  # fmt: skip
    fields.close()
    if month is None or not 1 <= month <= 12:
        fields.report("carbon.report.month", "month", given=fields.content.get("month", "—"))
        return None
    return None if tonnes is None else Misstatement(part, month, tonnes.value, note, corrected is True)


def statement_on(claim: Claim, engagement: Engagement) -> Verified:
    """The statement on a claim. Raises Refused where the engagement is on another claim, and as `verified` does."""
    if not claim.digest.startswith(engagement.claim.strip().lower()):
        raise Refused(finding("carbon.verify.claim", "claim", given=engagement.claim[:16], wanted=claim.digest[:16]))
    drawn = sample(claim, engagement.size, engagement.seed)
    _, row = materiality(engagement.scheme, claim.legal)
    made = verified(claim, drawn, engagement.misstatements, engagement.scheme, engagement.verifier, engagement.day)
    return Verified(engagement, drawn, made, row)
