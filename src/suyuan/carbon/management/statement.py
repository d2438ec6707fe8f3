"""A verification statement as a document: bound to one claim by its digest, written once, read with its own arithmetic.

`"suyuan": "carbon-statement"` holds the claim's digest and legal value, verifier and day, the row that says what is
material, the sample with size and seed, what was found, and the opinion. Whoever reads it computes the opinion again
from the sample, so that a changed digit shows.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from suyuan.carbon.management.verification import (
    TOPICS,
    Engagement,
    Misstatement,
    Opined,
    Population,
    Remark,
    Sampled,
    Statement,
    opined,
)
from suyuan.carbon.rule import read_row, written
from suyuan.quantity.fields import Fields, canonical, open_document
from suyuan.quantity.finding import Finding, Refused, errors, finding

KIND = "carbon-statement"
DIGEST = re.compile(r"[0-9a-f]{64}")
COMPUTED = ("stated", "projected", "unseen", "limit", "opinion")


def document(one: Statement) -> bytes:
    """A statement as canonical JSON; the same statement gives the same bytes."""
    did, found = one.engagement, one.opined
    return canonical({
        "suyuan": KIND, "claim": did.claim, "enterprise": one.enterprise, "unit": one.unit, "year": one.year,
        "legal": one.legal, "U": one.U, "U_is_least": one.least or None, "population": one.population.tonnes,
        "verifier": did.verifier, "day": did.day, "note": did.note,
        "supersedes": did.supersedes, "reason": did.reason, "materiality": did.scheme,
        "size": did.size, "seed": did.seed,
        "row": written(one.row),
        "sample": [{"part": s.part, "month": s.month, "tonnes": s.tonnes, "hits": s.hits} for s in one.sample],
        "found": [misstated(item) for item in did.misstatements],
        "remarks": [{"topic": r.topic, "text": r.text, "tonnes": r.tonnes, "corrected": r.corrected or None}
                    for r in did.remarks],
        **{name: getattr(found, name) for name in COMPUTED},
    })  # fmt: skip


def misstated(item: Misstatement) -> dict[str, Any]:
    """What was found in an item, as fields of a document."""
    return {"part": item.part, "month": item.month, "tonnes": item.found, "note": item.note}


def read_statement(data: bytes) -> tuple[Statement | None, tuple[Finding, ...]]:
    """The statement of a document, or None with what is wrong with it: its opinion has to follow from its sample."""
    fields, found = open_document(data, KIND)
    if fields is None or errors(found):
        return None, tuple(found)
    read = _read(fields, hashlib.sha256(data).hexdigest())
    if read is None or errors(fields.found):
        return None, tuple(dict.fromkeys(fields.found))
    for name in COMPUTED:
        written, computed = str(fields.content.get(name)), str(getattr(read.opined, name))
        if written != computed:
            fields.report("carbon.statement.altered", name, name=name, stated=written[:70], computed=computed[:70])
    return (None if errors(fields.found) else read), tuple(dict.fromkeys(fields.found))


def _read(fields: Fields, digest: str) -> Statement | None:
    did, row = engagement(fields), fields.inner("row", True)
    whose = [fields.text(key, True) for key in ("enterprise", "unit")]
    year, tonnes = fields.whole("year"), fields.numbers("population", True)
    numbers = [fields.number(name, True) for name in ("legal", "U")]
    bound = _truth(fields, "U_is_least")
    drawn = tuple(_sampled(one) for one in fields.several("sample", True))
    fields.asked.update(COMPUTED)
    fields.close()
    if did is not None and not DIGEST.fullmatch(did.claim):
        fields.report("carbon.statement.claim", "claim", given=did.claim[:70])
    values = [n.value for n in numbers if n is not None]
    if did is None or row is None or year is None or len(values) < 2 or errors(fields.found):
        return None
    legal, spread = values
    population = Population(tuple(one.value for one in tonnes))
    try:
        kept = read_row(row.content)
        found: Opined = opined(legal, population, drawn, did, kept)
    except Refused as refused:
        fields.found.extend(refused.findings)
        return None
    except (KeyError, OverflowError, TypeError, ValueError) as error:
        fields.found.append(finding("carbon.claim.damaged", "row", reason=str(error)[:120]))
        return None
    return Statement(did, whose[0], whose[1], year, legal, spread, population, drawn, kept, found, digest, bound)


def engagement(fields: Fields) -> Engagement | None:
    """What a verifier did, from the fields of a record or of a statement; None with faults in `fields.found`."""
    claim, verifier, day = fields.text("claim", True), fields.text("verifier", True), fields.day("day", True)
    scheme, note = fields.text("materiality", True), fields.text("note")
    supersedes, reason = fields.text("supersedes"), fields.text("reason")
    size, seed = fields.whole("size"), fields.whole("seed")
    for name, value in (("size", size), ("seed", seed)):
        if value is None:
            fields.report("typed.field.missing", name, field=name)
    if claim and len(claim) < 12:
        fields.report("carbon.verify.claim", "claim", given=claim, wanted="…")
    items = tuple(one for inner in fields.several("found") if (one := _misstatement(inner)) is not None)
    remarks = tuple(more for inner in fields.several("remarks") if (more := _remark(inner)) is not None)
    rest = _truth(fields, "rest_checked")
    if errors(fields.found) or day is None or size is None or seed is None:
        return None
    return Engagement(claim, verifier, day, scheme, size, seed, items, note, supersedes, reason, remarks, rest)


def _misstatement(fields: Fields) -> Misstatement | None:
    part, month, tonnes = fields.text("part", True), _month(fields), fields.number("tonnes", True)
    note = fields.text("note")
    fields.close()
    if month is None or tonnes is None:
        return None
    return Misstatement(part, month, tonnes.value, note)


def _remark(fields: Fields) -> Remark | None:
    said, text, tonnes = fields.choice("topic", TOPICS), fields.text("text", True), fields.number("tonnes")
    topic = next((one for one in TOPICS if one == said), None)
    corrected = _truth(fields, "corrected")
    fields.close()
    if topic is None or not text:
        return None
    return Remark(topic, text, tonnes.value if tonnes else 0.0, corrected)


def _truth(fields: Fields, name: str) -> bool:
    value = fields.content.get(name)
    fields.asked.add(name)
    if value is not None and not isinstance(value, bool):
        fields.report("typed.field.type", name, field=name, expected_zh="true 或 false", expected_en="true or false")
    return value is True


def _sampled(fields: Fields) -> Sampled:
    part, month, tonnes, hits = (
        fields.text("part", True),
        _month(fields),
        fields.number("tonnes", True),
        fields.whole("hits"),
    )
    fields.close()
    return Sampled(part, month or 0, tonnes.value if tonnes else 0.0, hits or 0)


def _month(fields: Fields) -> int | None:
    month = fields.whole("month")
    if month is None or not 1 <= month <= 12:
        fields.report("carbon.report.month", "month", given=fields.content.get("month", "—"))
        return None
    return month
