"""What an order is for: the capability and whether it holds today, the need and its verdict, price, days, times."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html

from suyuan.capability.sharing.order import orders as columns_of
from suyuan.site.acts import service
from suyuan.site.acts.matching import sight
from suyuan.site.acts.matters.matter import Seen
from suyuan.site.web.matters.drawn import verdict_html
from suyuan.site.web.matters.words import linked_html, need_title, need_way, way
from suyuan.site.web.parts.state import state_html
from suyuan.site.web.parts.text import text_html
from suyuan.site.web.sharing.orders import days, region_name
from suyuan.verbs.matching.match import match_need, supports_on
from suyuan.verbs.matching.what_holds import carried


def order(user: Any, view: Seen, hide: bool) -> dict[str, Any]:
    """The facts of an order, computed today."""
    known = service.now_known()
    fields = view.matter.fields
    provider, id = str(fields.get("provider", "")), str(fields.get("capability", ""))
    row = next((c for c in known.capabilities if c.id == id and provider in c.laboratory.values()), None)
    holds: Any = ""
    if row is not None:
        good = carried(row, supports_on(known).get(row.key), known.day)
        holds = state_html("passed" if good else "failed", key="orders.holds" if good else "orders.holds.not")
    offer = next((e for e in reversed(view.matter.events) if e.content.get("from")), None)
    content = offer.content if offer is not None else fields
    numbers = columns_of((view.matter,))
    return {
        "provider": provider, "holds": holds,
        "what": linked_html(
            way("capability", provider, id) if id else way("resources"), id or fields.get("resource", "")
        ),
        "need": _need(user, known, str(fields.get("need", "")), row),
        "days_from": str(content.get("from", "")), "days_until": str(content.get("until", "")),
        "price": next((str(e.content["price"]) for e in reversed(view.matter.events) if e.content.get("price")), ""),
        "currency": row.currency if row is not None else "",
        "send_to": _place(row) if view.where.state.name == "accepted" else "",
        "region": region_name(str(fields.get("customer_region", ""))), "sector": str(fields.get("customer_sector", "")),
        "impartiality": str(fields.get("impartiality", "")),
        "response": days(float(numbers.response[0])) if len(numbers) else "",
        "service": days(float(numbers.service[0])) if len(numbers) else "",
    }  # fmt: skip


def _place(row: Any) -> Any:
    """Where the thing is sent: place and laboratory of the capability's row; of a place without a name the region."""
    if row is None:
        return ""
    names = {code: name for code, name in row.place.items() if code in ("", "zh", "en")}
    code = str(row.place.get("region", ""))
    place: Any = text_html(names) if names else region_name(code) if code else ""
    return format_html("{} {}", text_html(row.laboratory), place)


def _need(user: Any, known: Any, name: str, capability: Any) -> dict[str, Any] | None:
    """The need of an order: does this capability meet it today?"""
    need = sight.need_named(known, name) if name else None
    if need is None:
        return {"title": name, "address": "", "verdict": "", "alone": ""} if name else None
    hide = sight.hidden(need, sight.open_keys(user, known))
    match = match_need(known, need)
    alone = capability is not None and any(e.capability.key == capability.key for e in match.single)
    return {
        "title": need_title(need, hide), "address": "" if hide else need_way(need),
        "verdict": verdict_html(match.verdict),
        "alone": state_html("passed" if alone else "failed", key="orders.meets" if alone else "orders.meets.not")
        if capability is not None else "",
    }  # fmt: skip
