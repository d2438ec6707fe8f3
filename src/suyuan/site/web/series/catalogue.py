"""The catalogue of data: streams and datasets, found by words, quantity, theme and owner; the same as an Excel file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from suyuan.report.papers.sheet import Page, workbook
from suyuan.series.asof import Status
from suyuan.site.acts import clock
from suyuan.site.acts.series import catalogue as acts
from suyuan.site.acts.series.catalogue import KINDS, SORTS, Entry, Wanted
from suyuan.site.acts.series.held import may_see
from suyuan.site.language import LANGUAGES, Language
from suyuan.site.terms import term
from suyuan.site.web.matching.match_parts import quantity_word
from suyuan.site.web.parts.number import digits
from suyuan.site.web.parts.sentence import sentence
from suyuan.site.web.parts.text import both, pick
from suyuan.site.web.reach import opened_named
from suyuan.site.web.series import ticks
from suyuan.site.web.series.ways import heading, split, stream_way
from suyuan.store.zone import house_zone
from suyuan.verbs.series.found import near

PAGE, LONGEST = 25, 200
FILTERS = ("kind", "quantity", "theme", "owner", "state")
HEADS = (
    ("name", "data.head.name"),
    ("quantity", "word.quantity"),
    ("readings", "data.readings"),
    ("last", "data.head.last"),
    ("state", "word.state"),
)
STATES = tuple(
    s.word
    for s in Status
    if s in (Status.VALID, Status.NO_CERTIFICATE, Status.WITHDRAWN, Status.EXPIRED, Status.SUPERSEDED)
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def wanted_of(query: QueryDict) -> tuple[Wanted, int]:
    """What is asked, and the page; what is not understood is as if it had not been asked."""
    values = {name: query.get(name, "").replace("\x00", "").strip()[:LONGEST] for name in FILTERS}
    values["kind"] = values["kind"] if values["kind"] in KINDS else ""
    values["state"] = values["state"] if values["state"] in STATES else ""
    sort, page = query.get("sort", ""), query.get("page", "1")
    words = query.get("q", "").replace("\x00", "").strip()[:LONGEST]
    number = min(int(page), 100_000) if page.isascii() and page.isdigit() and 0 < len(page) < 7 and int(page) else 1
    return Wanted(words, **values, sort=sort if sort.removeprefix("-") in SORTS else ""), number


def address(wanted: Wanted, page: int = 1) -> str:
    """`?…` of a question."""
    rows = {"q" if k == "words" else k: getattr(wanted, k) for k in ("words", *FILTERS, "sort") if getattr(wanted, k)}
    return f"?{urlencode(rows | ({'page': str(page)} if page > 1 else {}))}"


def catalogue(request: HttpRequest) -> HttpResponse:
    """The list."""
    known = acts.catalogue(request.user)
    wanted, page = wanted_of(request.GET)
    rows = acts.found(known, wanted)
    last = max(1, -(-len(rows) // PAGE))
    page = min(page, last)
    shown = rows[(page - 1) * PAGE : page * PAGE]
    return render(
        request,
        "data.html",
        {
            "lead": both(*(_lead(known.entries, language) for language in LANGUAGES)),
            "wanted": wanted,
            "filtered": address(replace(wanted, sort="")) != "?",
            "rows": [_row(one, may_see(request.user)) for one in shown],
            "total": len(rows),
            "page": page,
            "pages": last,
            "first": (page - 1) * PAGE + 1 if rows else 0,
            "last_shown": (page - 1) * PAGE + len(shown),
            "before": address(wanted, page - 1) if page > 1 else "",
            "after": address(wanted, page + 1) if page < last else "",
            "heads": _heads(wanted),
            "choices": _choices(known, wanted),
            "excel": address(wanted),
            "near": _near(known, wanted) if not rows else [],
            "damaged": known.damaged,
            "import_way": opened_named("data_import"),
            "grants_way": opened_named("data_grants"),
            "publish_way": opened_named("dataset_new"),
        },
    )


def _near(known: acts.Catalogue, wanted: Wanted) -> list[dict[str, str]]:
    """Words of the catalogue near those that found nothing, each with its search."""
    if not wanted.words:
        return []
    words = near((one.words for one in known.entries), wanted.words)
    return [{"word": word, "way": address(Wanted(words=word[:LONGEST]))} for word in words]


def _lead(entries: tuple[Entry, ...], language: Language) -> Any:
    flows = [one for one in entries if one.kind == "stream"]
    if not entries:
        return sentence("data.lead.none", language)
    bad = sum(one.state not in ("", "valid") for one in flows)
    key = "data.lead" if bad else "data.lead.all"
    return sentence(
        key,
        language,
        streams=len(flows),
        datasets=len(entries) - len(flows),
        bad=bad,
        readings=digits(str(sum(one.readings for one in flows))),
    )


def _row(one: Entry, inside: bool) -> dict[str, Any]:
    zone = house_zone()
    way = reverse("dataset", args=[one.id]) if one.kind == "dataset" else stream_way(one.id) if inside else ""
    return {
        "way": way,
        "kind": one.kind,
        "title": heading(one.stream) if one.stream else pick(one.title)[0] or one.id,
        "id": one.id,
        "place": one.place,
        "quantities": [quantity_word(q) for q in one.quantity if q],
        "unit": one.unit,
        "owner": pick(split(one.owner))[0],
        "readings": one.readings,
        "state": one.state,
        "theme": [pick(split(t))[0] for t in one.theme if t],
        "tone": {"valid": "ok", "no_certificate": "warn", "withdrawn": "bad"}.get(one.state, "warn"),
        "first": None if one.first is None else ticks.local(one.first, zone),
        "last": None if one.last is None else ticks.local(one.last, zone),
    }


def _heads(wanted: Wanted) -> list[dict[str, Any]]:
    heads = []
    for name, key in HEADS:
        here = wanted.sort.removeprefix("-") == name
        turned = f"-{name}" if wanted.sort == name else name
        heads.append(
            {
                "term": key,
                "address": address(replace(wanted, sort=turned)),
                "right": name == "readings",
                "sorted": ("descending" if wanted.sort.startswith("-") else "ascending") if here else "",
            }
        )
    return heads


def _choices(known: acts.Catalogue, wanted: Wanted) -> list[dict[str, Any]]:
    listed: list[tuple[str, list[tuple[str, str]]]] = [
        ("kind", [(kind, term(f"data.kind.{kind}")) for kind in KINDS]),
        ("quantity", sorted(((q, quantity_word(q)) for q in known.by["quantity"]), key=lambda pair: pair[1])),
        ("theme", [(t, pick(split(t))[0]) for t in known.by["theme"]]),
        ("owner", [(o, pick(split(o))[0]) for o in known.by["owner"]]),
        ("state", [(s, term(f"data.status.{s}")) for s in STATES]),
    ]
    return [
        {
            "name": name,
            "term": f"data.filter.{name}",
            "options": [{"value": v, "label": label, "here": v == getattr(wanted, name)} for v, label in options],
        }
        for name, options in listed
        if options
    ]


def excel(request: HttpRequest) -> HttpResponse:
    """The list as it is filtered and sorted, all pages."""
    known = acts.catalogue(request.user)
    wanted, _ = wanted_of(request.GET)
    rows = acts.found(known, wanted)
    keys = (
        "data.filter.kind",
        "data.head.name",
        "data.head.id",
        "word.quantity",
        "word.unit",
        "data.filter.theme",
        "data.owner",
        "data.licence",
        "data.readings",
        "data.head.first",
        "data.head.last",
        "word.state",
    )
    body = workbook([Page(term("data.catalogue"), [term(key) for key in keys], _lines(rows), (10, 30, 30, 26, 10, 14))])
    answer = HttpResponse(body, content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="suyuan-data-{clock.today()}.xlsx"'
    return answer


def _lines(rows: list[Entry]) -> Iterator[list[Any]]:
    zone = house_zone()
    for one in rows:
        ends = [None if t is None else ticks.local(t, zone).replace(tzinfo=None) for t in (one.first, one.last)]
        yield [
            term(f"data.kind.{one.kind}"),
            heading(one.stream) if one.stream else pick(one.title)[0],
            one.id,
            ", ".join(map(quantity_word, one.quantity)),
            one.unit,
            ", ".join(one.theme),
            one.owner,
            one.licence,
            one.readings,
            *ends,
            term(f"data.status.{one.state}") if one.state else "",
        ]
