"""The page of a capability: whether it holds on the day and why, what it can, what it rests on, what needs it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString

from suyuan.capability.capability import Capability
from suyuan.capability.matching.gate import Support
from suyuan.capability.uncertainty import at, unit_at
from suyuan.quantity.finding import Finding, Refused, sentences
from suyuan.report.service.need_curve import Curve, Wanted
from suyuan.report.service.proof import Lines
from suyuan.site.acts import clock
from suyuan.site.acts.closing.challenge import may_open
from suyuan.site.acts.matching import capability as acts
from suyuan.site.acts.matching import need as needs
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.days import asked_day, day_context
from suyuan.site.web.matching.match_parts import (
    capability_way,
    condition_row,
    interval_html,
    item_word,
    need_title,
    need_way,
    quantity_name,
    quantity_word,
    spoken,
    spread,
    standing_row,
    symbol_html,
    uncertainty_html,
)
from suyuan.site.web.matching.need_figure import need_figure, ticks
from suyuan.site.web.matching.need_parts import region_name
from suyuan.site.web.parts.number import quantity_html
from suyuan.site.web.parts.sentence import sentence
from suyuan.site.web.parts.text import both, day_text, pick, text_html, unbroken
from suyuan.site.web.regulation.centre_shown import source_said
from suyuan.site.web.ways import certificate_way, toward
from suyuan.verbs.snapshot import Snapshot

POINTS = 65
TOLD = 12
REST = {"complete": "valid", "broken": "broken", "unknown": "unknown"}
CHAINS = {"complete": "complete", "broken": "broken", "unknown": "unknown", "unstated": "unknown"}
OUTCOMES = {"satisfactory": "passed", "unsatisfactory": "failed"}
TESTED = {"supported": "passed", "contradicted": "failed", "untested": "not_checked"}


def capability(request: HttpRequest, laboratory: str, id: str) -> HttpResponse:
    """The page, on the day asked for."""
    snapshot = needs.on(asked_day(request))
    day = day_context(snapshot)
    item = acts.named(snapshot, f"{laboratory}/{id}")
    support = needs.supports(snapshot).get(item.key) or Support()
    holding = acts.holding(item, support, snapshot)
    context = {
        "order": _order_way(item, request) if not day["past"] else "",
        "history": _history(snapshot, item) if "history" in request.GET else None,
        "item": item,
        "title": item.measurand or {},
        "kind": quantity_name(item.quantity),
        "holding": holding,
        "says": term(f"capability.{holding}", "en"),
        "lead": lead(item, support, holding, snapshot),
        "facts": _facts(item),
        "conditions": [condition_row(name, value) for name, value in item.conditions.items()],
        "U": uncertainty_html(item.uncertainty, item.interval.unit),
        "U_rows": _U_rows(item),
        "figure": _figure(item),
        "standings": [standing_row(s, snapshot.day) for s in item.standings],
        "standards": _standards(snapshot, item),
        "chain": CHAINS[support.chain],
        "tested": TESTED[support.tested],
        "tested_word": f"capability.tested.{support.tested}",
        "outcomes": _outcomes(snapshot, item),
        "claims": [f for f in support.findings if f.code.startswith("capability.support.")
                   and ".standard." not in f.code and ".comparison." not in f.code],
        "overlaps": acts.overlapping_with(snapshot, item),
        "persons": support.persons,
        "needs": _needs(snapshot, item, request),
        "budget": _budget(item, snapshot),
        **day,
    }  # fmt: skip
    return render(request, "capability.html", context)


def _order_way(item: Capability, request: HttpRequest) -> str:
    """Where the capability is ordered; «» for who may not order."""
    if not may_open(request.user, "order"):
        return ""
    return f"{reverse('order_new')}?{urlencode({'lab': item.key[0], 'id': item.id})}"


# ---------------------------------------------------------------- the answer


def lead(item: Capability, support: Support, holding: str, snapshot: Snapshot) -> SafeString:
    """Whether it holds, and why not, in a sentence."""
    return both(_said(item, support, holding, snapshot, "zh"), _said(item, support, holding, snapshot, "en"))


def _said(item: Capability, support: Support, holding: str, snapshot: Snapshot, language: Language) -> SafeString:
    day = day_text(snapshot.day, language)
    today = snapshot.day == clock.today()
    when = term("capability.when.today", language) if today else day
    if holding == "holds":
        count = len(item.standards)
        return sentence("capability.says.holds", language, when=when, count=count)
    reason = _reason(item, support, snapshot, language)
    return sentence(f"capability.says.{holding}", language, when=when, reason=reason)


def _reason(item: Capability, support: Support, snapshot: Snapshot, language: Language) -> str:
    day = snapshot.day
    if not (item.valid_from or day) <= day <= (item.valid_until or day):
        return term("capability.reason.not_in_force", language)
    worst: Finding | None = next((f for f in support.findings if f.severity == "error"), None)
    worst = worst or next((f for f in support.findings if f.severity == "warning"), None)
    if worst is not None and (support.chain != "complete" or support.tested == "contradicted"):
        return sentences(spoken(worst, language), language)["what"]
    if support.persons is None and item.persons:
        return term("capability.reason.persons_unknown", language, asked=item.persons)
    if item.persons and support.persons is not None and support.persons < item.persons:
        return term("capability.reason.persons", language, asked=item.persons, count=support.persons)
    return term(f"capability.reason.{support.chain}", language)


# ---------------------------------------------------------------- what it can


def _facts(item: Capability) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = [
        ("match.need.interval", interval_html(item.interval)),
        ("match.need.item", text_html(item.item_name) if item.item_name else item_word(item.item) or
         term("match.need.any_item")),
    ]  # fmt: skip
    if item.interval_of:
        rows.append(("capability.interval_of", quantity_name(item.interval_of)))
    if item.analyte:
        rows.append(("match.new.analyte", item.analyte))
    if item.method:
        rows.append(("word.method", unbroken(item.method)))
    if item.region:
        rows.append(("match.need.region", region_name(item.region)))
    if item.place:
        rows.append(("capability.place", text_html(item.place)))
    if item.days is not None:
        rows.append(("capability.time", term("capability.days", days=f"{item.days:g}")))
    if item.price is not None:
        rows.append(("capability.costs", term("capability.price", price=f"{item.price:g}", currency=item.currency)))
    if item.capacity is not None:
        rows.append(("capability.capacity", term("capability.capacity.n", n=f"{item.capacity:g}")))
    if item.valid_until is not None:
        rows.append(("word.valid_until", day_text(item.valid_until)))
    if item.source:
        rows.append(("word.source", source_said(item.source)))
    return rows


def _values(item: Capability, places: Iterable[float]) -> list[tuple[float, float]]:
    """U at some places; those where nothing is stated are left out."""
    if item.uncertainty is None:
        return []
    y = np.array(list(places), float)
    try:
        U = at(item.uncertainty, y, item.interval.unit)
    except Refused:
        return []
    return [(float(a), float(b)) for a, b in zip(y, U, strict=True) if np.isfinite(b)]


def _U_rows(item: Capability) -> list[dict[str, Any]]:
    """U in figures at round places of the interval: the table of the figure."""
    low, high = item.interval.low, item.interval.high
    if item.uncertainty is None or not (np.isfinite(low) and np.isfinite(high)):
        return []
    unit = unit_at(item.uncertainty, item.interval.unit)
    inner = [t for t in ticks(low, high, 5) if low < t < high]
    return [
        {"place": quantity_html(f"{place:.6g}", unit=item.interval.unit), "U": spread(U, unit)}
        for place, U in _values(item, dict.fromkeys((low, *inner, high)))
    ]


def _figure(item: Capability) -> SafeString | None:
    """U over the interval."""
    low, high = item.interval.low, item.interval.high
    if item.uncertainty is None or not (np.isfinite(low) and np.isfinite(high)) or low == high:
        return None
    pairs = _values(item, np.linspace(low, high, POINTS))
    if len(pairs) < 2:
        return None
    x, U = (np.array(column) for column in zip(*pairs, strict=True))
    unit = unit_at(item.uncertainty, item.interval.unit)
    lines = Lines((Curve(item.id, x, U, True),), Wanted(np.array([low, high]), None), item.interval.unit.symbol,
                  unit.symbol)  # fmt: skip
    return need_figure(lines, term("capability.figure.label", id=item.id), ("", ""))


def _budget(item: Capability, snapshot: Snapshot) -> list[dict[str, Any]]:
    known = snapshot.evidence.by_key
    unit = item.uncertainty.unit if item.uncertainty is not None else None
    return [
        {
            "label": t.label or {"": t.symbol}, "symbol": symbol_html(t.symbol), "u": spread(t.u, unit), "size": t.u,
            "largest": max(other.u for other in item.budget), "source": t.source,
            "certificate": " ".join(t.certificate) if t.certificate else "",
            "way": certificate_way(known[t.certificate][-1].digest) if t.certificate and t.certificate in known else "",
        }
        for t in sorted(item.budget, key=lambda t: -t.u)
    ]  # fmt: skip


# ---------------------------------------------------------------- on what it rests


def _standards(snapshot: Snapshot, item: Capability) -> list[dict[str, Any]]:
    rows = []
    for key, rest in acts.standards(snapshot, item).items():
        held = snapshot.evidence.by_key.get(key, ())
        digest = held[-1].digest if held else ""
        told = next((f for f in rest.findings if f.severity == "error"), None)
        told = told or next((f for f in rest.findings if f.severity != "note"), None)
        rows.append({
            "issuer": key[0], "number": key[1], "state": REST[rest.state], "word": f"capability.chain.{rest.state}",
            "way": certificate_way(digest) if digest else "", "trace": toward("trace", digest) if digest else "",
            "what_if": toward("what_if", digest) if digest else "",
            "until": held[-1].valid_until if held else None, "held": bool(held), "why": told,
        })  # fmt: skip
    order = ("broken", "unknown", "valid")
    return sorted(rows, key=lambda row: order.index(row["state"]))


def _outcomes(snapshot: Snapshot, item: Capability) -> list[dict[str, Any]]:
    """Comparisons of its standards, and of its laboratory in its kind."""
    names, keys = set(item.laboratory.values()), set(item.standards)
    found = [
        o for o in snapshot.evidence.outcomes
        if keys.intersection(o.standards) or (names.intersection(o.laboratory.values()) and o.quantity == item.quantity)
    ]  # fmt: skip
    return [
        {
            "comparison": o.comparison, "measurand": o.measurand, "measured": o.measured,
            "state": OUTCOMES.get(o.verdict, "unknown"),
            "word": f"capability.outcome.{o.verdict}", "score": o.score_name,
            "number": "" if o.score is None else f"{o.score:+.2f}".replace("-", "−"), "remedied": o.remedied,
        }
        for o in sorted(found, key=lambda o: o.measured, reverse=True)[:TOLD]
    ]  # fmt: skip


def _needs(snapshot: Snapshot, item: Capability, request: HttpRequest) -> list[dict[str, Any]]:
    """The needs of its measurand, and whether it meets each; of a confidential one the kind alone."""
    pairs = needs.meets(snapshot, item)[:50]
    known = needs.known(snapshot)
    views = needs.views([known[name] for name, _ in pairs], request.user)
    iso, rows = day_context(snapshot)["iso"], []
    for (name, failed), view in zip(pairs, views, strict=True):
        gates = [gate for gate in failed.split() if gate != "logistics"]
        rows.append({
            "whole": view.whole, "title": need_title(view.need), "id": view.need.id, "way": need_way(name, day=iso),
            "kind": quantity_word(view.need.quantity), "meets": not gates,
            "gates": [f"match.gate.{gate}" for gate in gates],
        })  # fmt: skip
    return sorted(rows, key=lambda row: (not row["meets"], row["id"]))


def _history(snapshot: Snapshot, item: Capability) -> list[dict[str, Any]]:
    """How it stood a year back, looked at on the first of each month; of equal neighbours the oldest is told."""
    rows: list[dict[str, Any]] = []
    for day, state, support in acts.history(snapshot, item):
        why = next((f for f in support.findings if f.severity == "error"), None) if support is not None else None
        if rows and rows[-1]["state"] == state:
            rows[-1] |= {"day": day, "iso": day.isoformat()}
            continue
        rows.append({"day": day, "iso": day.isoformat(), "state": state, "why": why if state != "holds" else None})
    return rows


def on_certificate(key: tuple[str, str]) -> dict[str, Any] | None:
    """What rests on a certificate, for its page, and what would be lost if it ran out today; None for nothing."""
    snapshot = needs.on(None)
    found = acts.rest_on(snapshot, key)
    if not found:
        return None
    try:
        after = acts.if_expired(snapshot, key)
    except Refused:
        after = None
    held = acts.states(snapshot)
    ways = {id(need): need_way(name) for name, (_, need) in needs.known(snapshot).items()}
    lost = {changed.capability.key for changed in after.lost} if after is not None else set()
    turned = [t for t in after.needs if t.worse and not t.need.confidential] if after is not None else []
    return {
        "rows": [
            {"lab": pick(c.laboratory)[0], "id": unbroken(c.id), "way": capability_way(c.key), "holding": held[c.key],
             "lost": c.key in lost, "kind": quantity_word(c.quantity), "interval": interval_html(c.interval)}
            for c in found[:TOLD]
        ],
        "total": len(found),
        "needs": [{"id": t.need.id, "title": need_title(t.need), "before": t.before.verdict, "after": t.after.verdict,
                   "way": ways.get(id(t.need), "")}
                  for t in turned[:TOLD]],
        "hidden": sum(t.worse and t.need.confidential for t in after.needs) if after is not None else 0,
    }  # fmt: skip
