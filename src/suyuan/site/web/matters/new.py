"""Opening a matter: its head, what it is about, and the form of its first step, on one page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from suyuan.capability.challenges.challenge import named
from suyuan.quantity.finding import Finding, Refused
from suyuan.site.acts import service
from suyuan.site.acts.closing import challenge as acts
from suyuan.site.acts.closing import gaps
from suyuan.site.acts.closing.challenge import OPENING, Opened
from suyuan.site.acts.matching import sight
from suyuan.site.acts.matters import matter as matters
from suyuan.site.acts.matters.form import Filled, filled
from suyuan.site.acts.matters.matter import name_of
from suyuan.site.acts.sharing import order as orders
from suyuan.site.terms import term
from suyuan.site.web.closing.challenges import need_rows
from suyuan.site.web.closing.gaps import capability_name, gap_row
from suyuan.site.web.houses import houses
from suyuan.site.web.matters.drawn import verdict_html
from suyuan.site.web.matters.form import form_of, told
from suyuan.site.web.matters.words import capability_way, in_both, linked_html, matter_way, plainly, way
from suyuan.site.web.parts.text import text_html
from suyuan.site.web.sharing import orders_about
from suyuan.verbs.matter.matters import procedure_named

HEAD = ("title", "title_en", "organisation", "organisation_en")
ABOUT = ("need", "call", "challenge", "lab", "id", "kind", "project", "result")
MORE: Mapping[str, tuple[str, ...]] = {
    "order": ("from", "until", "customer_region", "customer_sector", "impartiality"), "bid": ("partners", "team"),
    "challenge": ("met_reason",), "research": ("need",),
}  # fmt: skip
"""Procedure → further contents of the head that a person may type."""
AT_HEAD = frozenset((*HEAD, "need", "call", "capability", "fields", "number", "from", "until", "met_reason"))


def order(request: HttpRequest) -> HttpResponse:
    """Place an order for a capability or a resource."""
    return new(request, "order")


def new(request: HttpRequest, procedure: str) -> HttpResponse:
    """The page; with POST the matter is opened. A refused one comes back as it was typed."""
    user: Any = request.user
    source = request.POST if request.method == "POST" else request.GET
    given = {key: str(source.get(key, "")) for key in (*HEAD, *ABOUT, *MORE.get(procedure, ()))}
    if request.method != "POST" and not given.get("from"):
        given.pop("from", None)  # then the day that the need wishes
    given["lab"], given["id"] = given["lab"] or source.get("provider", ""), given["id"] or source.get("capability", "")
    try:
        opened = acts.opening(user, procedure, given)
    except Refused as refused:
        return _choose(request, procedure, given, refused.findings)
    if request.method != "POST":
        return _page(request, procedure, opened, given)
    # What was cleared is missing, and never filled in behind somebody's back.
    matter = opened.matter
    if not source.get("title", "-").strip():
        matter = replace(matter, title={})
    if not source.get("organisation", "-").strip():
        matter = replace(matter, organisation={})
    opened = replace(opened, matter=matter)
    form = filled(user, opened.asked, request.POST, request.FILES)
    try:
        view = acts.open_it(user, opened, form.content, form.findings)
    except Refused as refused:
        return _page(request, procedure, opened, given, form, refused.findings)
    messages.success(request, term(f"opened.{procedure}", number=view.matter.number))
    return redirect(matter_way(view.matter))


def _page(
    request: HttpRequest, procedure: str, opened: Opened, given: Mapping[str, str], form: Filled | None = None,
    found: tuple[Finding, ...] = (),
) -> HttpResponse:  # fmt: skip
    user: Any = request.user
    known = service.now_known()
    found = tuple(_of_gap(f) if procedure == "research" else f for f in found)
    head = [f for f in found if _at_head(f)]
    rest = [f for f in found if not _at_head(f)]
    step = form_of(opened.asked, opened.role, name_of(user), form, rest)
    step["first"] = True
    organisations = sight.organisations_of(user, known)
    about = _about(user, known, procedure, opened, given)
    rows = _head(opened, given, head, procedure)
    if procedure == "research":
        rows = _with_gaps(user, known, given, rows)
    if procedure == "challenge" and not (about["met"] or given.get("met_reason")):
        rows = [row for row in rows if row["name"] != "met_reason"]
    asked = {row["name"] for row in rows}
    key = "new.booking" if "resource" in opened.matter.fields else f"new.{procedure}"
    context = {
        "procedure": procedure, "title_key": key, "lead_key": f"{key}.lead", "wrong": len(found),
        "s": _with_needs(user, known, opened, step), "head": rows,
        "hidden": [(key, given[key]) for key in ABOUT if given.get(key) and key not in asked
                   and (key != "need" or procedure != "order")],
        "about": about,
        "organisations": [text for o in organisations for text in o.values()],
        "found": [f for f in head if f.where.split("/")[0] not in asked], "fixed": procedure == "challenge",
    }  # fmt: skip
    return render(request, "matter_new.html", context)


def _of_gap(item: Finding) -> Finding:
    """What is said about the links of a project is about the gap that is chosen."""
    return replace(item, where="need") if item.where == "fields/links" else item


def _with_gaps(user: Any, known: Any, given: Mapping[str, str], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The gap that a project is to close is chosen among those that are open; a challenge names it otherwise."""
    if given.get("challenge"):
        return [row for row in rows if row["name"] != "need"]
    keys = sight.open_keys(user, known)
    there = [g.need for g in gaps.all_gaps(known).gaps if not sight.hidden(g.need, keys)]
    options = {named(n): f"{named(n)} {plainly(n.title or n.measurand)}".strip() for n in there}
    chosen = sight.need_named(known, given["need"]) if given.get("need") else None
    value = named(chosen) if chosen is not None else given.get("need", "")
    if value:
        options.setdefault(value, value)
    for row in rows:
        if row["name"] == "need":
            row |= {"value": value, "needed": True, "options": [("", term("matter.choose")), *options.items()]}
    return sorted(rows, key=lambda row: row["name"] != "need")


def _at_head(item: Finding) -> bool:
    return item.where.split("/")[0] in AT_HEAD


def gaps_options(user: Any, known: Any) -> list[tuple[str, str]]:
    """The needs that somebody may see, as choices."""
    keys = sight.open_keys(user, known)
    mine = {text for o in sight.organisations_of(user, known) for text in o.values()}
    needs = sorted(
        (n for n in known.needs if not sight.hidden(n, keys)),
        key=lambda n: (not (mine & set(n.organisation.values())), named(n)),
    )
    return [(named(n), f"{named(n)} {plainly(n.title or n.measurand)}".strip()) for n in needs]


def _with_needs(user: Any, known: Any, opened: Opened, step: dict[str, Any]) -> dict[str, Any]:
    """An order for a capability chooses its need among those of its measurand; a resource is booked for a need or for
    a purpose in words."""
    if opened.matter.procedure != "order":
        return step
    capability = orders.capability_of(known, opened.matter.fields)
    for field in (f for f in step["fields"] if f["name"] == "need"):
        if capability is None:
            field |= {"kind": "text", "label": term("new.f.purpose"), "list": [v for v, _ in gaps_options(user, known)]}
            continue
        fit = {named(n) for n in orders.needs_for(user, known, capability)}
        options = {value: said for value, said in gaps_options(user, known) if value in fit}
        if field["value"]:  # what was asked for stays, also where it is refused
            options.setdefault(field["value"], dict(gaps_options(user, known)).get(field["value"], field["value"]))
        field |= {"kind": "select", "options": [("", term("matter.choose")), *options.items()]}
    return step


def _head(
    opened: Opened, given: Mapping[str, str], found: list[Finding], procedure: str
) -> list[dict[str, Any]]:  # fmt: skip
    """The fields of the head; what follows from the need of a challenge is not asked again."""
    rows = []
    names = ("title", "title_en") if procedure == "challenge" else HEAD
    left_out = _not_asked(opened, found)
    must = ("title", "organisation", "met_reason")
    for name in (n for n in (*names, *MORE.get(procedure, ())) if n not in left_out):
        text = opened.matter.title if name.startswith("title") else opened.matter.organisation
        code = "en" if name.endswith("_en") else "zh"
        usual = (text.get(code) or (text.get("", "") if code == "zh" else "")) if name in HEAD else ""
        if name in ("from", "until"):
            usual = str(opened.matter.fields.get(name, ""))
        mine = [f for f in found if f.where.split("/")[0] == name]
        rows.append({
            "name": name, "label": f"new.f.{name}", "value": given.get(name) or usual, "told": told(mine),
            "bad": bool(mine), "day": name in ("from", "until"), "needed": name in must,
            "list": name.startswith("organisation"),
        })  # fmt: skip
    return rows


def _not_asked(opened: Opened, found: list[Finding]) -> frozenset[str]:
    """What an order does not ask: how impartiality is kept of other houses, the sector for a resource."""
    fields = opened.matter.fields
    if opened.matter.procedure != "order":
        return frozenset()
    own = str(fields.get("provider")) in opened.matter.organisation.values() or fields.get("impartiality")
    return frozenset(() if own else ("impartiality",)) | frozenset(("customer_sector",) if "resource" in fields else ())


def _offer(row: Any) -> str:
    """Usual price and days of a capability or resource; «» where neither is stated."""
    said = [term("capability.price", price=f"{row.price:g}", currency=row.currency)] if row.price is not None else []
    said += [term("capability.days", days=f"{row.days:g}")] if row.days is not None else []
    return term("match.and").join(said)


def _about(user: Any, known: Any, procedure: str, opened: Opened, given: Mapping[str, str]) -> dict[str, Any]:
    """What the matter is about, in facts."""
    facts: list[tuple[str, Any]] = []
    gap, met = None, []
    if procedure in ("challenge", "research") and given.get("need"):
        from suyuan.capability.gaps.gap import gap as gap_of
        from suyuan.verbs.matching.match import match_need

        for row in need_rows(user, known, tuple(given["need"].split(acts.NEEDS))):
            match = match_need(known, row["need"])
            found = gap_of(match)
            gap = gap or (gap_row(found, row["hide"]) if found is not None else None)
            facts.append(("gaps.need", linked_html(row["address"], row["said"])))
            if procedure == "challenge" and match.verdict == "can":
                met.append({"need": row["need"].id, "by": _able(row["need"], match)})
            if gap is None:
                facts.append(("new.verdict", verdict_html(match.verdict)))
    if given.get("call"):
        facts.append(("matter.link.call", linked_html(way("matter", "call", given["call"]), given["call"])))
    if given.get("challenge"):
        facts.append(("matter.link.challenge", linked_html(way("matter", "challenge", given["challenge"]),
                                                           given["challenge"])))  # fmt: skip
    if procedure == "order":
        fields = opened.matter.fields
        id = str(fields.get("capability") or fields.get("resource"))
        of = orders.wanted(known, str(fields["provider"]), id, "resource" in fields)
        name = way("capability", str(fields["provider"]), id) if "capability" in fields else way("resources")
        title = {code: text for code, text in opened.matter.title.items() if text.strip()}
        facts += [("orders.provider", houses(fields["provider"])), ("orders.what", linked_html(name, id)),
                  ("orders.title", text_html(title or of.title, beside=True))]  # fmt: skip
        if suffices := orders_about.suffices(user, known, str(fields.get("need", "")), of.row):
            facts.append(("orders.this_one", suffices))
        if offer := _offer(of.row):
            facts.append(("new.offer", offer))
    if procedure == "conversion" and opened.matter.fields.get("result"):
        facts.append(("research.result", text_html(opened.matter.title)))
    return {"facts": facts, "gap": gap, "met": met}


def _able(need: Any, match: Any) -> list[dict[str, Any]]:
    """Who can meet a need alone, each with its page and the way to order there."""
    return [
        {"name": capability_name(e.capability.key), "address": capability_way(*e.capability.key),
         "order": way("order_new", lab=e.capability.key[0], id=e.capability.key[1], need=named(need))}
        for e in match.single[:5]
    ]  # fmt: skip


def _choose(request: HttpRequest, procedure: str, given: Mapping[str, str], found: tuple[Finding, ...]) -> HttpResponse:
    """Where it is not said what the matter is about: choose it, with what was typed kept in the address."""
    user: Any = request.user
    known = service.now_known()
    if procedure not in OPENING:
        raise Refused(*found)
    options: list[tuple[str, str]] = []
    if procedure in ("challenge", "research"):
        options = gaps_options(user, known)
    asked = bool(given.get("need") or given.get("id") or request.method == "POST")
    context = {
        "procedure": procedure, "title_key": f"new.{procedure}", "found": found if asked else (),
        "options": [{"value": v, "said": s, "on": v == given.get("need")} for v, s in options],
        "kept": [(k, given[k]) for k in ("call", "challenge") if given.get(k)],
        "capabilities": way("capabilities") if procedure == "order" else "", "resources": way("resources"),
        "need_new": way("need_new"), "name": in_both(procedure_named(procedure).title),
        "calls": [(v.matter.number, plainly(v.matter.title)) for v in matters.listed(user, "call")
                  if v.where.state.name == "collecting"] if procedure == "challenge" and not given.get("call") else [],
    }  # fmt: skip
    return render(request, "matter_choose.html", context)
