"""Capabilities: the list with what one looks for, which hold today, and the same as an Excel file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.http import urlencode

from suyuan.report.papers.sheet import Page, workbook
from suyuan.site.acts.matching import capability as acts
from suyuan.site.acts.matching import need as needs
from suyuan.site.acts.matching.capability import Wanted
from suyuan.site.acts.service import may
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.days import asked_day, day_context, when
from suyuan.site.web.matching.match import hit_row
from suyuan.site.web.matching.match_parts import item_word, quantity_word
from suyuan.site.web.matching.need_parts import region_name
from suyuan.site.web.parts.text import both
from suyuan.verbs.register.workbook import table_of
from suyuan.verbs.snapshot import Snapshot

PAGE, LONGEST, MOST = 25, 200, 20_000
FILTERS = ("quantity", "item", "region", "laboratory", "holding")
STATES = ("holds", "fails", "unknown")
HEADS = (("laboratory", "match.capability"), ("quantity", "word.measurand"), ("low", "match.need.interval"),
         ("", "capability.U"), ("state", "word.state"))  # fmt: skip
SORTS = tuple(name for name, _ in HEADS if name)


def wanted_of(query: QueryDict) -> tuple[Wanted, int]:
    """What is asked, and the page; what is not understood is as if it had not been asked."""
    values = {name: query.get(name, "").replace("\x00", "").strip()[:LONGEST] for name in FILTERS}
    values["holding"] = values["holding"] if values["holding"] in STATES else ""
    sort, page = query.get("sort", ""), query.get("page", "1")
    return (
        Wanted(query.get("q", "").replace("\x00", "").strip()[:LONGEST], **values,
               sort=sort if sort.removeprefix("-") in SORTS else ""),
        min(int(page), 100_000) if page.isascii() and page.isdigit() and 0 < len(page) < 7 and int(page) else 1,
    )  # fmt: skip


def address(wanted: Wanted, page: int = 1, day: str = "") -> str:
    """`?…` of a question. day: a past one."""
    rows = {"q" if k == "words" else k: v for k, v in vars(wanted).items() if v}
    rows |= {"page": str(page)} if page > 1 else {}
    return f"?{urlencode(rows | ({'day': day} if day else {}))}"


def capabilities(request: HttpRequest) -> HttpResponse:
    """The list."""
    snapshot = needs.on(asked_day(request))
    said = day_context(snapshot)
    iso = said["iso"]
    wanted, page = wanted_of(request.GET)
    rows = acts.found(snapshot, wanted)
    held = acts.states(snapshot)
    last = max(1, -(-len(rows) // PAGE))
    page = min(page, last)
    shown = rows[(page - 1) * PAGE : page * PAGE]
    context = {
        "lead": _lead(snapshot),
        "wanted": wanted,
        "filtered": bool(wanted.words or any(getattr(wanted, name) for name in FILTERS)),
        "rows": [hit_row(c, hit, day=iso) | {"holding": held[c.key], "where": region_name(c.region) if c.region else ""}
                 for c, hit in shown],
        "total": len(rows), "page": page, "pages": last,
        "first": (page - 1) * PAGE + 1 if rows else 0, "last_shown": (page - 1) * PAGE + len(shown),
        "before": address(wanted, page - 1, iso) if page > 1 else "",
        "after": address(wanted, page + 1, iso) if page < last else "",
        "heads": _heads(wanted, iso),
        "choices": _choices(snapshot, wanted),
        "excel": address(wanted, day=iso),
        **said,
        "may_offer": may(request.user, "offer", "direct", "steward"),
        "demo_row": any(c.demo for c in snapshot.capabilities[:200]),
    }  # fmt: skip
    return render(request, "capabilities.html", context)


def _lead(snapshot: Snapshot) -> Any:
    held = list(acts.states(snapshot).values())
    count = {state: sum(h == state for h in held) for state in STATES}

    def said(language: Language) -> str:
        if not held:
            return term("capability.lead.none", language)
        day = when(snapshot.day, language)
        parts = [term(f"capability.lead.{s}", language, n=count[s], when=day) for s in STATES if count[s]]
        comma = "，" if language == "zh" else ", "
        return term("capability.lead", language, n=len(held), parts=comma.join(parts))

    return both(said("zh"), said("en"))


def _heads(wanted: Wanted, day: str) -> list[dict[str, Any]]:
    heads = []
    for name, key in HEADS:
        here = bool(name) and wanted.sort.removeprefix("-") == name
        turned = f"-{name}" if wanted.sort == name else name
        heads.append(
            {
                "term": key,
                "address": address(replace(wanted, sort=turned), day=day) if name else "",
                "sorted": ("descending" if wanted.sort.startswith("-") else "ascending") if here else "",
            }
        )
    return heads


def _choices(snapshot: Snapshot, wanted: Wanted) -> list[dict[str, Any]]:
    there = acts.choices(snapshot)
    labels: dict[str, Callable[[str], str]] = {
        "quantity": quantity_word,
        "item": item_word,
        "region": region_name,
        "laboratory": str,
    }
    listed: list[tuple[str, list[tuple[str, str]]]] = [
        (name, sorted(((v, labels[name](v)) for v in there[name]), key=lambda pair: pair[1])) for name in labels
    ]
    listed.append(("holding", [(state, term(f"capability.{state}")) for state in STATES]))
    return [
        {
            "name": name,
            "term": f"capability.filter.{name}",
            "options": [{"value": v, "label": label, "here": v == getattr(wanted, name)} for v, label in options],
        }
        for name, options in listed
    ]


def excel(request: HttpRequest) -> HttpResponse:
    """The list as it is filtered and sorted, all pages: the state of the day, then the row as a register has it."""
    snapshot = needs.on(asked_day(request))
    wanted, _ = wanted_of(request.GET)
    rows = [c for c, _ in acts.found(snapshot, wanted)][:MOST]
    held = acts.states(snapshot)
    table = table_of("capability", rows)

    def lines() -> Iterator[list[Any]]:
        for capability, line in zip(rows, table.rows[1:], strict=True):
            yield [capability.key[0], term(f"capability.{held[capability.key]}"), *line]

    heads = [term("capability.filter.laboratory"), term("word.state"), *map(str, table.rows[0])]
    body = workbook([Page(table.name, heads, lines(), (24, 14, *[18] * (len(heads) - 2)))])
    answer = HttpResponse(body, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    answer["Content-Disposition"] = f'attachment; filename="suyuan-capabilities-{snapshot.day}.xlsx"'
    return answer
