"""What a claim lacks, and who can give it: each as a need with its verdict, a way into the form of needs, verifiers."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from suyuan.carbon.claim.claim import Claim
from suyuan.site.acts.carbon import held
from suyuan.site.acts.carbon import service as acts
from suyuan.site.acts.carbon.service import Answered, Services
from suyuan.site.language import LANGUAGES, Language
from suyuan.site.web.carbon.shown import K, about, claim_way, percent, reference, said, spread
from suyuan.site.web.houses import houses
from suyuan.site.web.matching.match_parts import (
    capability_way,
    interval_html,
    item_word,
    laboratory,
    need_way,
    quantity_word,
    target_html,
)
from suyuan.site.web.matching.need_direct import values_of
from suyuan.site.web.matching.need_lead import lead
from suyuan.site.web.parts.text import both, text_html
from suyuan.verbs.carbon.lacks import LEAST

SHOWN = 3
"""Capabilities that are named for one need."""
STATES = {"none": "missing", "broken": "broken", "ended": "expired", "large": "due"}


@require_safe
def services(request: HttpRequest, digest: str) -> HttpResponse:
    """The page of what a claim's measurements lack."""
    one = held.claim_of(request.user, digest)
    found = acts.services(one, held.plant_behind(one))
    may_state = acts.may_state(request.user)
    return render(request, "carbon_services.html", {
        "claim": one, "enterprise": houses(one.enterprise), "k": K, "way": claim_way(one.digest),
        "lead": both(*(_lead(found, language) for language in LANGUAGES)),
        "rows": _rows(one, found, may_state), "may_state": may_state, "findings": found.findings,
        "least": percent(LEAST, 0), "open": any(row.match.verdict != "can" for row in found.rows),
        "verifiers": [
            {"name": text_html(row.name), "who": text_html(row.organisation), "days": row.days, "price": row.price,
             "way": f"{reverse('resources')}?kind=expert"}
            for row in found.verifiers
        ],
    })  # fmt: skip


def _lead(found: Services, language: Language) -> Any:
    if not found.rows:
        return said("carbon.services.lead.none", language)
    can = sum(row.match.verdict == "can" for row in found.rows)
    return said("carbon.services.lead", language, all=len(found.rows), can=can, open=len(found.rows) - can)


def _rows(claim: Claim, found: Services, may_state: bool) -> list[dict[str, Any]]:
    """All rows; the first that nobody can give and that is not stated yet is where one acts first."""
    rows = [_row(claim, row, may_state) for row in found.rows]
    first = next((row for row in rows if row["state"] and not row["kept"] and row["verdict"] != "can"), None)
    return [row | {"first": row is first} for row in rows]


def _row(claim: Claim, row: Answered, may_state: bool) -> dict[str, Any]:
    lack, need, match = row.wanted.lack, row.wanted.need, row.match
    behind = lack.behind if lack.behind is not None and not lack.behind.sample else None
    return {
        "title": text_html(need.title), "parts": lack.parts, "counted": lack.counted,
        "reasons": [(f"carbon.lack.{reason}", STATES[reason]) for reason in lack.reasons],
        "certificate": reference(behind.issuer, behind.number) if behind else None,
        "findings": lack.findings, "until": need.day, "interval": interval_html(need.interval),
        "target": target_html(need.target), "u": spread(K * lack.u) if lack.u else "", "share": percent(lack.share, 0),
        "saved": about(lack.saved(float(claim.best.u))) if lack.left < 1.0 and lack.u else "",
        "verdict": match.verdict, "lead": lead(match),
        "who": [{"way": capability_way(item.capability.key), "lab": laboratory(item.capability),
                 "id": item.capability.id} for item in match.single[:SHOWN]],
        "kept": need_way(row.kept) if row.kept else "", "state": _form(claim, row) if may_state else "",
    }  # fmt: skip


def _form(claim: Claim, row: Answered) -> str:
    """The form of needs, filled in with what follows from the claim; what it does not ask for comes from the key
    parameter of the industry."""
    need = row.wanted.need
    values = {
        **values_of(need), "quantity": quantity_word(need.quantity), "item": item_word(need.item), "way": "direct",
        "organisation": claim.enterprise, "parameter": need.parameter,
    }  # fmt: skip
    return f"{reverse('need_new')}?{urlencode({key: value for key, value in values.items() if value})}"
