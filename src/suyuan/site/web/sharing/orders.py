"""Orders: mine as customer, mine to answer, and how fast and for whom services are done."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from suyuan.capability.sharing.order import Orders, Share, Times, queue, share, times
from suyuan.site.acts import service
from suyuan.site.acts.closing import challenge as opening
from suyuan.site.acts.day import today_only
from suyuan.site.acts.matters import matter as matters
from suyuan.site.acts.matters.matter import Seen
from suyuan.site.acts.sharing import order as acts
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.houses import houses
from suyuan.site.web.matters.words import known_terms, left, linked_html, matter_way, state_of, way
from suyuan.site.web.parts.sentence import counted
from suyuan.site.web.parts.text import both, day_text, text_html

PAGE = 40


def orders(request: HttpRequest) -> HttpResponse:
    """Orders in which I have a part, what waits first; times and shares for those who answer or regulate."""
    today_only(request.GET.get("day", ""))
    user: Any = request.user
    known = service.now_known()
    views = matters.listed(user, "order")
    mine = [_row(v, known, "customer") for v in views if "customer" in v.roles]
    others = [_row(v, known, "provider") for v in views if "provider" in v.roles]
    for rows in (mine, others):
        rows.sort(key=lambda r: (r["ended"], not r["turn"], r["due"] is None, r["due"] or known.day))
    for n, row in enumerate(r for r in (*others, *mine) if r["turn"]):
        row["first"] = n == 0
    answers = service.may(user, *acts.ANSWER) or service.may(user, *acts.SEE_ALL)
    columns = acts.columns(user, known) if answers else None
    context = {
        "lead": both(_lead(mine, others, "zh"), _lead(mine, others, "en")),
        "mine": mine[:PAGE], "mine_total": len(mine), "others": others[:PAGE], "others_total": len(others),
        "may_order": opening.may_open(user, "order"), "answers": bool(others),
        "from": [(way("capabilities"), "rooms.capabilities"), (way("resources"), "rooms.resources")],
        "statistics": statistics(columns) if columns is not None and len(columns) else None,
        "all": service.may(user, *acts.SEE_ALL),
    }  # fmt: skip
    return render(request, "orders.html", context)


def _lead(mine: list[dict[str, Any]], others: list[dict[str, Any]], language: Language) -> str:
    answer, wait = [r for r in others if r["turn"]], [r for r in mine if r["turn"]]
    late = sum(r["late"] for r in answer)
    parts = []
    if answer:
        said = term("orders.lead.answer", language, orders=counted("orders", len(answer), language))
        parts.append(said[:1].upper() + said[1:])
        if late:
            parts.append(term("orders.lead.late", language, n=late))
    if wait:
        said = term("orders.lead.mine", language, orders=counted("orders", len(wait), language))
        parts.append(said[:1].upper() + said[1:])
    if not parts:
        under_way = sum(not r["ended"] for r in (*mine, *others))
        key = "orders.lead.under_way" if under_way else "orders.lead.none"
        parts.append(term(key, language, orders=counted("orders", under_way, language) if under_way else ""))
        parts[0] = parts[0][:1].upper() + parts[0][1:]
    return (" " if language == "en" else "").join(parts)


def _row(view: Seen, known: Any, part: str) -> dict[str, Any]:
    fields = view.matter.fields
    provider = str(fields.get("provider", ""))
    id = str(fields.get("capability") or fields.get("resource") or "")
    turn = view.where.keeper == part and bool(view.steps)
    offer = view.matter.last("offered")
    return {
        "number": view.matter.number, "address": matter_way(view.matter), "state": state_of(view.where),
        "title": text_html(view.matter.title, beside=True), "provider": house(known, provider),
        "customer": text_html(view.matter.organisation),
        "what": linked_html(way("capability", provider, id) if fields.get("capability") else "", id),
        "turn": turn, "ended": view.where.ended, "due": view.where.due, "left": left(view.where, known.day),
        "late": bool(view.where.overdue), "price": str(offer.content.get("price", "")) if offer is not None else "",
        "asked": day_text(view.matter.events[0].time if view.matter.events else None),
    }  # fmt: skip


def house(known: Any, name: str) -> Any:
    """A laboratory by the name that a document gives, in the language of the page where its register has one."""

    def made() -> dict[str, Any]:
        every = [c.laboratory for c in known.capabilities] + [r.organisation for r in known.rows("resource")]
        return {said: names for names in every for said in names.values()}

    return text_html(known.once("houses by name", made).get(name, {"": name})) if name else ""


# ---------------------------------------------------------------- numbers


def statistics(columns: Orders) -> dict[str, Any]:
    """Response times by provider, waiting of outside and own customers, share of outside customers by region."""
    names = sorted({str(p) for p in columns.provider})
    rows = [{"name": houses(name), **_times(times((of := columns.of(name)).response)),
             "service": _times(times(of.service)),
             "share": _share(share(of)), "orders": len(of)} for name in names]  # fmt: skip
    whole = share(columns)
    outside, own = queue(columns)
    return {
        "rows": rows, "most": max((r["ninety_value"] for r in rows if r["ninety_value"]), default=1.0),
        "response": _times(times(columns.response)), "service": _times(times(columns.service)),
        "outside": _times(outside), "own": _times(own), "share": _share(whole), "regions": _regions(whole),
        "sectors": _regions(share(columns, "sector"), region=False),
        "satisfaction": _mean(columns.satisfaction), "lead": both(_said(columns, "zh"), _said(columns, "en")),
    }  # fmt: skip


def _said(columns: Orders, language: Language) -> str:
    found, of = times(columns.response), share(columns)
    parts = []
    if found.count:
        parts.append(term("orders.said.times", language, median=days(found.median), ninety=days(found.ninety),
                          n=found.count))  # fmt: skip
    if found.open:
        parts.append(term("orders.said.open", language, n=found.open))
    if math.isfinite(of.low):
        parts.append(term("orders.said.share", language, share=_range(of)))
    return (" " if language == "en" else "").join(parts)


def days(value: float) -> str:
    """Days with one decimal, «» where unknown; what is shorter than an hour or two is not nought.

    >>> days(2.0), days(0.01), days(math.nan)
    ('2.0', '< 0.1', '')
    """
    if not math.isfinite(value):
        return ""
    return "< 0.1" if 0.0 < value < 0.05 else f"{value:.1f}"


def _times(found: Times) -> dict[str, Any]:
    return {"median": days(found.median), "ninety": days(found.ninety), "count": found.count, "open": found.open,
            "median_value": found.median if math.isfinite(found.median) else None,
            "ninety_value": found.ninety if math.isfinite(found.ninety) else None}  # fmt: skip


def _range(of: Share) -> str:
    low, high = round(100 * of.low), round(100 * of.high)
    return f"{low} %" if low == high else f"{low} % … {high} %"


def _share(of: Share) -> dict[str, Any]:
    known = math.isfinite(of.low)
    return {"said": _range(of) if known else "", "outside": of.outside, "own": of.own, "unknown": of.unknown}


def region_name(code: str) -> Any:
    """A region by its code: the province, with the code."""
    key = f"region.{code[:2]}"
    if not code or key not in known_terms():
        return code or both(term("none.unknown", "zh"), term("none.unknown", "en"))
    return both(term(key, "zh"), term(key, "en"))


def _regions(of: Share, region: bool = True) -> list[dict[str, Any]]:
    """Provinces (or sectors) of the outside customers."""
    merged: dict[str, int] = {}
    for code, count in of.groups.items():
        key = code[:2] if region else code
        merged[key] = merged.get(key, 0) + count
    most = max(merged.values(), default=1)
    return [
        {"name": region_name(code) if region else code or term("none.unknown"), "code": code, "count": n, "most": most,
         "share": f"{100 * n / (of.outside or 1):.0f} %"}
        for code, n in sorted(merged.items(), key=lambda pair: -pair[1])
    ]  # fmt: skip


def _mean(values: Any) -> dict[str, Any] | None:
    known = values[~np.isnan(values)]
    if not known.size:
        return None
    return {"mean": f"{float(known.mean()):.1f}", "count": int(known.size)}


def order_address(lab: str, id: str, need: str = "", kind: str = "") -> str:
    """Where an order for a capability (or a resource) is placed."""
    from urllib.parse import urlencode

    query = {k: v for k, v in (("lab", lab), ("id", id), ("need", need), ("kind", kind)) if v}
    return f"{reverse('order_new')}?{urlencode(query)}"
