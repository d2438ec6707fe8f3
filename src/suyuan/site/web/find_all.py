"""The find box: everything by one question, the kind of each named; one certificate by its number leads straight."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString

from suyuan.site.acts import clock
from suyuan.site.acts import find_all as acts
from suyuan.site.acts.evidence import document
from suyuan.site.language import Language
from suyuan.site.records.document import CERTIFICATES
from suyuan.site.terms import term
from suyuan.site.web.account.ways import matter_way, row_way
from suyuan.site.web.evidence.find import Asked, find, only
from suyuan.site.web.matters.words import MASKED, in_both
from suyuan.site.web.parts.sentence import sentence
from suyuan.site.web.parts.text import both, text_html
from suyuan.site.web.ways import certificate_way
from suyuan.verbs.matter.matters import procedure_named

SHOWN, PAGE, MOST = 6, 100, 200


def find_all(request: HttpRequest) -> HttpResponse:
    """What a question finds; a number that only one thing bears leads straight to it."""
    document.current()
    query = request.GET.get("q", "").replace("\x00", "").strip()[: acts.LONGEST]
    kind = request.GET.get("kind", "")
    kind = kind if kind in acts.KINDS else ""
    exact = only(Asked(query)) if query and not kind else None
    if exact is not None:
        return redirect(certificate_way(exact.digest))
    found = acts.find(request.user, query, kind, _documents(query))
    one = found.only
    if one is not None and one.number.casefold() == query.casefold() and (way := _way(one)):
        return redirect(way)
    groups = [_group(name, rows, query, PAGE if kind else SHOWN) for name, rows in found.rows.items()]
    return render(request, "find.html", {
        "query": query, "kind": kind, "groups": groups, "count": found.count,
        "lead": both(_lead(query, groups, "zh"), _lead(query, groups, "en")),
        "certificates": f"{reverse('certificates')}?{urlencode({'q': query})}",
        "data": f"{reverse('data')}?{urlencode({'q': query})}",
        "all": f"{reverse('find')}?{urlencode({'q': query})}",
    })  # fmt: skip


def _documents(query: str) -> list[acts.Row]:
    """Certificates and results by their own search, which knows units and dimensions."""
    if not query:
        return []
    shown = find(Asked(query), clock.today(), clock.due()).filter(kind__in=(*CERTIFICATES, "result"))[:MOST]
    return [
        acts.Row(("certificate", "", d.digest), d.number or d.digest[:12],
                 {k: v for k, v in (("zh", d.name_zh), ("en", d.name_en)) if v}, {"": d.issuer}, ())
        for d in shown
    ]  # fmt: skip


def _lead(query: str, groups: list[dict[str, Any]], language: Language) -> SafeString:
    if not query:
        return sentence("find.lead.ask", language)
    if not groups:
        return sentence("find.lead.none", language, query=query)
    parts = [
        term(f"find.count.{group['kind']}.{'one' if group['all'] == 1 else 'many'}", language, n=group["all"])
        for group in groups
    ]
    return sentence("find.lead", language, found=term("find.and", language).join(parts))


def _group(kind: str, rows: tuple[acts.Row, ...], query: str, most: int) -> dict[str, Any]:
    more = f"{reverse('find')}?{urlencode({'q': query, 'kind': kind})}"
    return {
        "kind": kind, "title": f"find.kind.{kind}", "all": len(rows), "rows": [_row(row) for row in rows[:most]],
        "more": more if len(rows) > most and most == SHOWN else "",
    }  # fmt: skip


def _row(row: acts.Row) -> dict[str, Any]:
    return {
        "number": row.number, "title": _title(row), "owner": text_html(row.owner) if row.owner else "",
        "procedure": text_html(procedure_named(row.key[1]).title) if row.key[0] == "matter" else "", "way": _way(row),
    }  # fmt: skip


def _title(row: acts.Row) -> SafeString | str:
    """What it is called; of a matter without a title, that it is kept back."""
    if not row.title:
        return in_both(MASKED) if row.key[0] == "matter" else ""
    return text_html(row.title)


def _way(row: acts.Row) -> str | None:
    kind, owner, id = row.key
    if kind == "certificate":
        return certificate_way(id)
    if kind == "matter":
        return matter_way(owner, id)
    return row_way(kind, id, owner)
