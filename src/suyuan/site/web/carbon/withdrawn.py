"""On the day's page: certificates withdrawn under standing claims, and evidence that stands behind two units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.safestring import SafeString

from suyuan.carbon.claim.claim import Claim
from suyuan.site.acts.carbon.withdrawn import Withdrawn, withdrawn
from suyuan.site.language import LANGUAGES, Language
from suyuan.site.terms import term
from suyuan.site.web.carbon.shown import claim_way, reference, role_said, tonnes
from suyuan.site.web.houses import houses
from suyuan.site.web.parts.number import digits
from suyuan.site.web.parts.sentence import joined, sentence
from suyuan.site.web.parts.text import both, day_text, unbroken
from suyuan.verbs.carbon.shared import Shared

NAMED = 4
"""Numbers of reports that a row names."""
GONE = 3
"""Withdrawn certificates that a lead names."""


def withdrawn_rows(found: Iterable[Withdrawn]) -> list[dict[str, Any]]:
    """Rows of the list of withdrawn certificates."""
    return [
        reference(one.evidence.issuer, one.evidence.number) | {
            "role": role_said(one.evidence), "unit": one.claim.unit, "enterprise": houses(one.claim.enterprise),
            "claim": claim_way(one.claim.digest) + "#today", "year": one.claim.year,
            "word": f"state.{one.statement.kind}", "from": day_text(one.statement.day),
            "known": one.statement.known, "tonnes": tonnes(one.tonnes) if one.tonnes is not None else "",
            "lost": lost_said(one), "checks": not one.counted,
        }
        for one in found
    ]  # fmt: skip


def lost_said(one: Withdrawn) -> str:
    """What a unit lost with a certificate: running hours of its stack, months of a factor."""
    if one.unknown:
        return term("carbon.day.withdrawn.unknown")
    if one.hours is None:
        return term("carbon.day.withdrawn.months", months=_months(one.months))
    hours = one.hours
    return term("carbon.day.withdrawn.hours", more=hours.more, all=hours.all, legal=hours.legal)


def _months(months: tuple[int, ...]) -> str:
    whole = len(months) > 1 and months == tuple(range(months[0], months[-1] + 1))
    return f"{months[0]}–{months[-1]}" if whole else ", ".join(map(str, months))


def shared_rows(found: Iterable[Shared]) -> list[dict[str, Any]]:
    """Rows of the list of evidence behind two units."""
    return [
        {
            "units": [{"way": claim_way(c.digest), "unit": c.unit, "year": c.year, "enterprise": houses(c.enterprise)}
                      for c in (one.claim, one.other)],
            "tables": term("carbon.day.shared.tables", n=len(one.tables)) if one.tables else "",
            "reports": ", ".join(one.reports[:NAMED]),
            "rest": digits(str(len(one.reports) - NAMED)) if len(one.reports) > NAMED else "",
        }
        for one in found
    ]  # fmt: skip


def gone_lead(claim: Claim) -> Any:
    """What stands behind the tonnes of a claim and was withdrawn since, heaviest first; nothing where all holds."""
    found = withdrawn((claim,))[:GONE]
    said = [joined(gone_said(found, language), language) for language in LANGUAGES]
    return both(*said) if said[0] else ""


def gone_said(found: Iterable[Withdrawn], language: Language) -> Iterator[SafeString]:
    """A sentence for each withdrawn certificate that carries tonnes of the claimed value."""
    for one in found:
        if one.counted and one.tonnes:
            yield sentence(f"carbon.claim.gone.{one.statement.kind}", language, number=unbroken(one.evidence.number),
                           role=role_said(one.evidence, language), day=day_text(one.statement.day, language),
                           tonnes=tonnes(one.tonnes))  # fmt: skip
