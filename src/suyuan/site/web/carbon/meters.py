"""The meters of a unit with rates, classes and due days, and its control plan with what departs from it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from suyuan.carbon.management.meters import Meter, Rate, examined, rates, read_meters
from suyuan.carbon.management.plan import Plan, followed, read_plan
from suyuan.carbon.words import word
from suyuan.certificate import validity
from suyuan.certificate.certificate import CertificateReference
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, Refused
from suyuan.quantity.table import load
from suyuan.site.acts import clock, store
from suyuan.site.acts.carbon import held, making
from suyuan.site.acts.carbon.held import Filed
from suyuan.site.language import LANGUAGES, Language
from suyuan.site.web.carbon.shown import claim_way, own_text, percent, reference, said, status
from suyuan.site.web.houses import houses
from suyuan.site.web.parts.sentence import joined
from suyuan.site.web.parts.text import both, pick

AHEAD = 60
RANK = {"withdrawn": 0, "overdue": 1, "ended": 2, "missing": 3, "no_certificate": 4, "unknown": 5, "due": 6, "valid": 7}
LOOK = {"overdue": "expired", "ended": "expired", "no_certificate": "missing"}


@require_safe
def meters(request: HttpRequest, digest: str) -> HttpResponse:
    """The page of a plant's document."""
    plant = held.plant_of(request.user, digest)
    fields = Fields(plant.content)
    kept, plan = read_meters(fields), read_plan(fields)
    shares, told = rates(kept), (*fields.found, *examined(kept, clock.today(), AHEAD))
    filed = Filed(digest, "", plant)
    claims = held.claims_from(filed, held.claims(request.user))
    rows = sorted((_meter(one) for one in kept), key=lambda row: (RANK[row["state"]], str(row["due"] or "")))
    return render(request, "carbon_meters.html", {
        "plant": plant, "digest": digest, "enterprise": houses(plant.enterprise),
        "lead": both(*(_lead(kept, shares, told, plan, language) for language in LANGUAGES)),
        "rates": [_rate(one) for one in shares], "meters": rows, "told": told, "plan": plan,
        "parameters": [_parameter(one) for one in plan.parameters] if plan else [],
        "departs": _departs(filed, plan, kept), "ahead": AHEAD,
        "claims": [{"way": claim_way(one.digest), "made": one.made, "year": one.year} for one in claims],
        "anew": f"{reverse('carbon_new')}?from={digest}" if held.may_make(request.user, plant.enterprise) else "",
    })  # fmt: skip


def _lead(kept: Any, shares: Any, told: Any, plan: Plan | None, language: Language) -> Any:
    if not kept:
        lines = [said("carbon.meters.lead.none", language)]
    else:
        short = sum(one.kept is False for one in shares)
        overdue = sum(one.code == "carbon.meter.overdue" for one in told)
        lines = [said("carbon.meters.lead", language, needed=len(kept), fitted=sum(one.fitted for one in kept))]
        if short:
            lines.append(said("carbon.meters.lead.short", language, n=short))
        if overdue:
            lines.append(said("carbon.meters.lead.overdue", language, n=overdue))
    lines.append(said("carbon.meters.lead.plan" if plan else "carbon.meters.lead.no_plan", language,
                      version=plan.version if plan else ""))  # fmt: skip
    return joined(lines, language)


def _rate(one: Rate) -> dict[str, Any]:
    return {"carrier": pick(word("carrier", one.carrier))[0], "level": pick(word("level", one.level))[0],
            "fitted": one.fitted,
            "needed": one.needed, "rate": percent(one.rate, 0), "kept": one.kept,
            "wanted": percent(one.wanted, 0) if one.wanted is not None else "",
            "status": status({"status": one.status}) if one.status else None}  # fmt: skip


def _meter(one: Meter) -> dict[str, Any]:
    state = _state(one)
    rows = {str(row["kind"]): row for row in load("suyuan.carbon", "management.classes")}
    row = rows.get(one.kind)
    return {
        "meter": one, "state": state, "key": f"carbon.meter.{state}", "due": one.due, "name": one.name or one.id,
        "look": LOOK.get(state, state),
        "carrier": pick(word("carrier", one.carrier))[0], "level": pick(word("level", one.level))[0],
        "accuracy": f"{one.accuracy:g}" if one.accuracy is not None else "",
        "wanted": f"{row['value']:g}" if row else "", "status": status(row) if row else None,
        "coarse": row is not None and one.accuracy is not None and one.accuracy > float(row["value"]),
        "certificate": reference(one.issuer, one.number) if one.number else None,
    }  # fmt: skip


def _state(one: Meter) -> str:
    """What of a meter needs a person first: its certificate by the statements known and its end, then its due day."""
    today = clock.today()
    if not one.fitted:
        return "missing"
    evidence = store.evidence()
    certificate = evidence.find(CertificateReference(one.issuer, one.number)) if one.number else None
    now = validity.state(certificate, today, evidence.statements)[0] if certificate is not None else ""
    if now in ("withdrawn", "superseded"):
        return "withdrawn"
    if one.due is not None and one.due < today:
        return "overdue"
    if now == "expired":
        return "ended"
    if not one.number:
        return "no_certificate"
    if one.due is None:
        return "unknown"
    return "due" if one.due <= today + timedelta(days=AHEAD) else "valid"


def _parameter(one: Any) -> dict[str, Any]:
    names = ("instrument", "frequency", "laboratory", "substitute", "responsible")
    return {"stream": one.stream, "factor": pick(word("factor", one.factor))[0],
            "method": pick(word("method", one.method))[0],
            **{name: own_text(getattr(one, name)) for name in names}}  # fmt: skip


def _departs(filed: Filed, plan: Plan | None, kept: tuple[Meter, ...]) -> tuple[Finding, ...]:
    """What departs from the plan in the claim that the document gives on its day; else why there is none."""
    try:
        made, _, found = making.computed(filed.plant, filed.digest, filed.plant.made)
    except Refused as refused:
        return refused.findings
    if made is None:
        return found
    return followed(plan, made.claim, filed.plant.streams, kept)
