"""The meters of a unit with rates, classes and due days, and its control plan with what departs from it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from suyuan.carbon.management.meters import Meter, Rate, rates
from suyuan.carbon.management.plan import Plan
from suyuan.carbon.words import word
from suyuan.quantity.table import load
from suyuan.site.acts import clock, store
from suyuan.site.acts.carbon import held
from suyuan.site.acts.carbon.held import Filed
from suyuan.site.language import LANGUAGES, Language
from suyuan.site.web.carbon.rules import status
from suyuan.site.web.carbon.shown import claim_way, own_text, percent, reference, said, spans
from suyuan.site.web.houses import houses
from suyuan.site.web.parts.sentence import joined
from suyuan.site.web.parts.text import both, pick
from suyuan.verbs.carbon.register import AHEAD, Instrument, register

RANK = {"withdrawn": 0, "overdue": 1, "ended": 2, "missing": 3, "no_certificate": 4, "unknown": 5, "due": 6, "valid": 7}
LOOK = {"overdue": "expired", "ended": "expired", "no_certificate": "missing"}


@require_safe
def meters(request: HttpRequest, digest: str) -> HttpResponse:
    """The page of a plant's document."""
    plant = held.plant_of(request.user, digest)
    claims = held.claims_from(Filed(digest, "", plant), held.claims(request.user))
    behind = claims[-1].evidence if claims else ()
    found = register(plant, clock.today(), store.evidence(), behind)
    kept, plan, told, shares = found.meters, found.plan, found.told, rates(found.meters)
    rows = sorted(
        (_meter(one, found.states[one.id]) for one in kept), key=lambda row: (RANK[row["state"]], str(row["due"] or ""))
    )
    return render(request, "carbon_meters.html", {
        "plant": plant, "digest": digest, "enterprise": houses(plant.enterprise),
        "lead": both(*(_lead(kept, shares, told, plan, language) for language in LANGUAGES)),
        "rates": [_rate(one) for one in shares], "meters": rows, "told": told, "plan": plan,
        "parameters": [_parameter(one) for one in plan.parameters] if plan else [],
        "departs": found.departs, "ahead": AHEAD,
        "instruments": [_instrument(one) for one in found.instruments],
        "claims": [{"way": claim_way(one.digest), "made": one.made, "year": one.year} for one in claims],
        "anew": f"{reverse('carbon_new')}?from={digest}" if held.may_make(request.user, plant.enterprise) else "",
    })  # fmt: skip


def _lead(kept: Any, shares: Any, told: Any, plan: Plan | None, language: Language) -> Any:
    if not kept:
        lines = [said("carbon.meters.lead.none", language)]
    else:
        short = sum(one.kept is False for one in shares)
        overdue = sum(one.code in ("carbon.meter.overdue", "carbon.meter.ended") for one in told)
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


def _meter(one: Meter, state: str) -> dict[str, Any]:
    rows = {str(row["kind"]): row for row in load("suyuan.carbon", "management.classes")}
    row = rows.get(one.kind)
    return {
        "meter": one, "state": state, "key": f"carbon.meter.{state}", "due": one.due, "name": one.name or one.id,
        "look": LOOK.get(state, state),
        "kind": pick(word("meter", one.kind))[0] if one.kind else "",
        "carrier": pick(word("carrier", one.carrier))[0], "level": pick(word("level", one.level))[0],
        "accuracy": f"{one.accuracy:g}" if one.accuracy is not None else "",
        "wanted": f"{row['value']:g}" if row else "", "status": status(row) if row else None,
        "coarse": row is not None and one.accuracy is not None and one.accuracy > float(row["value"]),
        "certificate": reference(one.issuer, one.number) if one.number and one.fitted else None,
    }  # fmt: skip


def _instrument(one: Instrument) -> dict[str, Any]:
    return {"stack": one.stack, "role": pick(word("channel", one.role))[0], "name": one.name, "certificates": [
        reference(item.issuer, item.number) | {"months": spans(item.months), "state": state or "absent",
                                               "ended": item.valid_until}
        for item, state in one.certificates]}  # fmt: skip


def _parameter(one: Any) -> dict[str, Any]:
    names = ("instrument", "frequency", "laboratory", "substitute", "responsible")
    return {"stream": one.stream, "factor": pick(word("factor", one.factor))[0],
            "method": pick(word("method", one.method))[0],
            **{name: own_text(getattr(one, name)) for name in names}}  # fmt: skip
