"""What an order is for: the capability and whether it holds today, the need and its verdict, price, days, times."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.html import format_html

from suyuan.capability.capability import Capability
from suyuan.capability.need import Need
from suyuan.capability.sharing.order import orders as columns_of
from suyuan.procedure.matter import Matter
from suyuan.site.acts import service
from suyuan.site.acts.matching import sight
from suyuan.site.acts.matters.matter import Seen
from suyuan.site.acts.sharing.order import by_transfer
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.houses import houses
from suyuan.site.web.matters.drawn import verdict_html
from suyuan.site.web.matters.words import linked_html, need_title, need_way, way
from suyuan.site.web.parts.state import state_html
from suyuan.site.web.parts.text import day_text, text_html
from suyuan.site.web.sharing.orders import days, region_name
from suyuan.verbs.matching.match import match_need, supports_on
from suyuan.verbs.matching.what_holds import carried

BOTH: tuple[Language, ...] = ("zh", "en")


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
        "provider": houses(provider), "holds": holds,
        "what": linked_html(
            way("capability", provider, id) if id else way("resources"), id or fields.get("resource", "")
        ),
        "need": _need(user, known, str(fields.get("need", "")), row, view.matter),
        "days_from": day_said(content.get("from")), "days_until": day_said(content.get("until")),
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


def _need(user: Any, known: Any, name: str, capability: Any, of: Matter) -> dict[str, Any] | None:
    """The need of an order: does this capability meet it today, and does the offer keep to its limits?"""
    need = sight.need_named(known, name) if name else None
    if need is None:
        return {"title": name, "address": "", "verdict": "", "alone": "", "limits": []} if name else None
    hide = sight.hidden(need, sight.open_keys(user, known))
    match = match_need(known, need)
    alone = capability is not None and any(e.capability.key == capability.key for e in match.single)
    return {
        "title": need_title(need, hide), "address": "" if hide else need_way(need),
        "verdict": verdict_html(match.verdict),
        "alone": _meets(known, need, capability, alone) if capability is not None else "",
        "limits": [] if hide else limits(need, of),
    }  # fmt: skip


def suffices(user: Any, known: Any, name: str, row: Any) -> Any:
    """Whether a capability alone meets the need that an order names, told before it is sent; «» where none is named or
    it is not to be seen."""
    need = sight.need_named(known, name) if name else None
    if need is None or not isinstance(row, Capability) or sight.hidden(need, sight.open_keys(user, known)):
        return ""
    alone = any(e.capability.key == row.key for e in match_need(known, need).single)
    return _meets(known, need, row, alone)


def _meets(known: Any, need: Need, capability: Capability, alone: bool) -> Any:
    """Whether the ordered capability meets the need: alone, by a transfer standard that it calibrates, or not."""
    chain = None if alone else by_transfer(known, need, capability)
    if chain is not None:
        zh, en = (term("orders.meets.transfer", x, id=chain.transfer.id) for x in BOTH)
        return state_html("passed", chinese=zh, english=en)
    return state_html("passed" if alone else "failed", key="orders.meets" if alone else "orders.meets.not")


def limits(need: Need, of: Matter) -> list[dict[str, Any]]:
    """The limits of money and time that a need states, each against what is offered."""
    offer, asked = of.last("offered"), of.events[0].time.date() if of.events else None
    content = offer.content if offer is not None else {}
    price, until = number_in(content.get("price")), day_in(content.get("until"))
    days = (until - asked).days if until is not None and asked is not None else None
    rows = []
    for name, most, given in (("price", need.price_most, price), ("days", need.days_most, days)):
        if most is None:
            continue
        word, state = ("unknown", "open") if given is None else ("kept", "passed") if given <= most else ("over", "due")
        rows.append(
            {
                "said": term(f"orders.limit.{name}", most=f"{most:g}"),
                "state": state_html(state, key=f"orders.limit.{word}", tone="warn" if word == "over" else ""),
            }
        )
    return rows


def number_in(given: Any) -> float | None:
    """A number as an offer names it; None where it names none.

    >>> number_in("1800.50"), number_in("after inspection"), number_in(None)
    (1800.5, None, None)
    """
    try:
        return float(str(given).replace(",", ""))
    except ValueError:
        return None


def day_said(given: Any) -> str:
    """A day of an offer as the page tells days; what is none stays as it was typed."""
    day = day_in(given)
    return day_text(day) if day is not None else str(given or "")


def day_in(given: Any) -> date | None:
    """A day as an offer names it; None where it names none.

    >>> day_in("2026-03-12"), day_in("")
    (datetime.date(2026, 3, 12), None)
    """
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        return None
