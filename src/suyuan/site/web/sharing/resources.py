"""Shared resources: what can be had where and of whom, with its traceability as it stands today; coverage by region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from suyuan.capability.sharing.resource import KINDS, TRACED, Resource, StatedU, coverage
from suyuan.capability.taxonomy import quantity_key
from suyuan.report.papers.sheet import sheet
from suyuan.report.service.shown import capability_by_region, coverage_by_region, regions_of
from suyuan.site.acts import clock, find_all, service
from suyuan.site.acts.closing import challenge as opening
from suyuan.site.acts.closing import gaps
from suyuan.site.language import Language, current
from suyuan.site.terms import term
from suyuan.site.web.closing.gaps import quantity_word, span
from suyuan.site.web.days import asked_day, day_context
from suyuan.site.web.matters.drawn import shown
from suyuan.site.web.matters.files import sent
from suyuan.site.web.matters.words import known_terms, way
from suyuan.site.web.parts.number import quantity_html
from suyuan.site.web.parts.sentence import counted
from suyuan.site.web.parts.state import state_html
from suyuan.site.web.parts.text import both, day_text, pick, text_html
from suyuan.site.web.sharing.orders import order_address, region_name
from suyuan.site.web.ways import broken_way, certificate_way
from suyuan.verbs.matching.match import supports_on
from suyuan.verbs.matching.what_holds import carried

PAGE = 30
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATES: Mapping[str, tuple[str, str]] = {
    "complete": ("passed", "resources.chain.complete"), "broken": ("broken", "resources.chain.broken"),
    "expired": ("expired", "resources.chain.expired"), "unknown": ("unknown", "resources.chain.unknown"),
    "untraced": ("unknown", "resources.chain.none"), "not_asked": ("open", "none.not_applicable"),
}  # fmt: skip


def resources(request: HttpRequest) -> HttpResponse:
    """The catalogue, filtered, with where it covers what."""
    user: Any = request.user
    known = service.now_known(asked_day(request))
    asked = _asked(request)
    every = known.rows("resource")
    chosen = _chosen(known, asked, user)
    page = max(1, min(asked["page"], -(-len(chosen) // PAGE) or 1))
    found = coverage(every, known.capabilities)
    states = {c.key: carried(c, supports_on(known).get(c.key), known.day) for c in known.capabilities}
    names = {f"{code}": region_text(code) for code in _codes(known)}
    context = {
        "lead": both(_lead(known, every, "zh"), _lead(known, every, "en")),
        "rows": [_row(known, r, user) for r in chosen[(page - 1) * PAGE : page * PAGE]],
        "total": len(chosen), "all": len(every), "page": page, "pages": -(-len(chosen) // PAGE) or 1,
        "before": _address(asked, page - 1) if page > 1 else "",
        "after": _address(asked, page + 1) if page * PAGE < len(chosen) else "",
        "choices": _choices(known, asked), "filtered": any(asked[k] for k in FILTERS),
        "coverage": {
            "kinds": [f"resource.{k}" for k in found.kinds],
            "rows": [{"name": region_name(code), "counts": _counts(found.kinds, row)}
                     for code, row in zip(found.regions, found.counts, strict=True)],
            "unknown": _counts(found.kinds, found.unknown) if int(found.unknown.sum()) else [],
        },
        "capability_map": shown(
            regions_of(_provinces(capability_by_region(known.capabilities, states, names)), current()), "held"
        ),
        "need_map": shown(regions_of(_provinces(coverage_by_region(gaps.all_gaps(known).matches, names)), current()),
                          "met"),
        "excel": _address(asked, 1), "registers": way("registers"),
        "may_register": service.may(user, *service.MAY_DELIVER["resource"]), **day_context(known),
    }  # fmt: skip
    return render(request, "resources.html", context)


FILTERS = ("kind", "quantity", "region", "words")


def _counts(kinds: Iterable[str], numbers: Iterable[Any]) -> list[tuple[str, int]]:
    """The counts of a row, each with the term of its kind: where the table folds it stands before its number."""
    return [(f"resource.{kind}", int(n)) for kind, n in zip(kinds, numbers, strict=True)]


def _codes(known: Any) -> set[str]:
    return {x.region for x in (*known.capabilities, *known.needs, *known.rows("resource")) if x.region}


def region_text(code: str) -> Mapping[str, str]:
    """The province of a code in both languages."""
    key = f"region.{code[:2]}"
    if key not in known_terms():
        return {"": code}
    return {"zh": term(key, "zh"), "en": term(key, "en")}


def _provinces(regions: Any) -> list[Any]:
    """Regions added up to provinces; one that is not known stays so only where nothing of it is known."""
    from suyuan.report.service.coverage_figures import Region

    found: dict[str, Any] = {}
    for one in regions:
        code = one.code[:2]
        old = found.get(code)
        have = one.have if old is None or old.have is None else old.have + (one.have or 0)
        found[code] = Region(code, region_text(code), have, one.want + (old.want if old is not None else 0))
    return [found[code] for code in sorted(found)]


def _lead(known: Any, every: Any, language: Language) -> str:
    if not every:
        return term("resources.lead.none", language)
    houses = {next(iter(r.organisation.values()), "") for r in every}
    broken = sum(chain_of(known, r)[0] in ("broken", "expired") for r in every)
    untold = sum(chain_of(known, r)[0] in ("untraced", "unknown") for r in every)
    many = counted("resources", len(every), language)
    said = term("resources.lead", language, resources=many[:1].upper() + many[1:], houses=len(houses))
    if broken:
        said += term("resources.lead.broken", language, n=broken)
    if untold:
        said += term("resources.lead.untold", language, n=untold)
    return said


# ---------------------------------------------------------------- what is asked


def _asked(request: HttpRequest) -> dict[str, Any]:
    page, kind = request.GET.get("page", "1"), request.GET.get("kind", "")
    return {
        "kind": kind if kind in KINDS else "", "quantity": request.GET.get("quantity", "")[:60],
        "region": request.GET.get("region", "")[:6], "words": request.GET.get("q", "").strip()[:100],
        "page": int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
        "day": request.GET.get("day", ""),
    }  # fmt: skip


def _address(asked: Mapping[str, Any], page: int) -> str:
    from urllib.parse import urlencode

    rows = {("q" if k == "words" else k): asked[k] for k in (*FILTERS, "day") if asked[k]}
    rows |= {"page": page} if page > 1 else {}
    return f"?{urlencode(rows)}"


def _chosen(known: Any, asked: Mapping[str, Any], user: Any) -> list[Resource]:
    """The resources that are asked for: by words as the one search of the house finds them, the best first."""
    kept = [
        ((owner, r.id), r)
        for owner, r in sorted(
            ((register.owner, r) for register, r in known.deliveries("resource")),
            key=lambda pair: (KINDS.index(pair[1].kind), pick(pair[1].organisation)[0], pair[1].id),
        )
        if (not asked["kind"] or r.kind == asked["kind"])
        and (not asked["quantity"] or quantity_key(r.quantity) == quantity_key(asked["quantity"]))
        and (not asked["region"] or r.region.startswith(asked["region"]))
    ]
    if not asked["words"]:
        return [r for _, r in kept]
    rows = find_all.find(user, asked["words"], "resource", on=known).rows.get("resource", ())
    place = {row.key[1:]: n for n, row in enumerate(rows)}
    return [r for key, r in sorted((p for p in kept if p[0] in place), key=lambda p: place[p[0]])]


def _choices(known: Any, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    every = known.rows("resource")
    provinces = sorted({r.region[:2] for r in every if r.region})
    listed = (
        ("kind", "resources.kind", [(k, term(f"resource.{k}")) for k in KINDS if any(r.kind == k for r in every)]),
        (
            "quantity",
            "word.quantity",
            [(q, quantity_word(q)) for q in sorted({r.quantity for r in every if r.quantity})],
        ),
        ("region", "resources.region", [(code, pick(region_text(code))[0]) for code in provinces]),
    )
    return [
        {"name": name, "term": key, "options": [{"value": v, "label": w, "here": v == asked[name]} for v, w in options]}
        for name, key, options in listed
    ]


# ---------------------------------------------------------------- rows


def chain_of(known: Any, r: Resource) -> tuple[str, str]:
    """The traceability of a resource today: state, digest of its certificate («» where none is at hand)."""
    if r.certificate is None:
        return ("untraced" if r.kind in TRACED else "not_asked"), ""
    held = known.evidence.by_key.get(r.certificate, ())
    if not held:
        return "unknown", ""
    newest = held[-1]
    if newest.valid_until is not None and newest.valid_until < known.day:
        return "expired", newest.digest
    survey = known.survey
    gone = newest.digest in survey.stated or bool(survey.touched.get(newest.digest))
    return ("broken" if gone else "complete"), newest.digest


def _row(known: Any, r: Resource, user: Any) -> dict[str, Any]:
    state, digest = chain_of(known, r)
    mark, key = STATES[state]
    lab = next(iter(r.organisation.values()), "")
    lab = r.organisation.get("zh") or lab
    there = r.available(known.day)
    return {
        "id": r.id, "name": text_html(r.name, beside=True), "kind": f"resource.{r.kind}",
        "organisation": text_html(r.organisation), "quantity": quantity_word(r.quantity) if r.quantity else "",
        "interval": span(r.interval) if r.interval is not None else "", "U": _U(r.U), "k": f"{r.U.k:g}" if r.U else "",
        "region": region_name(r.region), "place": text_html(r.place) if r.place else "",
        "chain": state_html(mark, key=key), "certificate": r.certificate[1] if r.certificate else "",
        "certificate_way": (broken_way(digest) if state == "broken" else certificate_way(digest)) if digest else "",
        "shared": f"shared.{r.shared}" if r.shared else "",
        "days": f"{r.days:g}" if r.days is not None else None, "price": r.price, "currency": r.currency,
        "capacity": r.capacity, "there": there, "until": day_text(r.available_until) if r.available_until else "",
        "order": order_address(lab, r.id, kind="resource") if there and opening.may_open(user, "order") else "",
    }  # fmt: skip


def _U(stated: StatedU | None) -> Any:
    if stated is None:
        return ""
    return quantity_html(100 * stated.U, unit="%") if stated.unit is None else quantity_html(stated.U, unit=stated.unit)


# ---------------------------------------------------------------- Excel


def excel(request: HttpRequest) -> HttpResponse:
    """The catalogue as it is filtered."""
    known = service.now_known(asked_day(request))
    heads = ("word.number", "resources.kind", "resources.name", "resources.name_en", "matter.organisation",
             "word.quantity", "gaps.low", "gaps.high", "word.unit", "resources.U", "resources.U_unit", "resources.k",
             "resources.certificate", "word.chain", "resources.region", "resources.shared", "resources.capacity",
             "resources.days", "resources.price", "resources.currency", "resources.contact")  # fmt: skip
    rows = [_cells(known, r) for r in _chosen(known, _asked(request), request.user)]
    body = sheet(term("rooms.resources"), [term(h) for h in heads], rows)
    return sent(body, f"suyuan-resources-{clock.today()}.xlsx", XLSX)


def _cells(known: Any, r: Resource) -> tuple[Any, ...]:
    low, high, unit = (r.interval.low, r.interval.high, r.interval.unit.symbol) if r.interval else (None, None, None)
    u = r.U
    return (
        r.id, term(f"resource.{r.kind}"), r.name.get("zh") or pick(r.name)[0], r.name.get("en"),
        pick(r.organisation)[0],
        quantity_word(r.quantity) if r.quantity else None, low, high, unit, u.U if u else None,
        (u.unit.symbol if u.unit else "1") if u else None, u.k if u else None,
        " ".join(r.certificate) if r.certificate else None, term(STATES[chain_of(known, r)[0]][1]), r.region or None,
        term(f"shared.{r.shared}") if r.shared else None, r.capacity, r.days, r.price, r.currency, r.contact or None,
    )  # fmt: skip
