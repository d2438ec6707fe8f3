"""Certificates: the list, with what one looks for, in what order; and the same as an Excel file."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from suyuan.quantity.notation import number as digits
from suyuan.report.papers.sheet import sheet
from suyuan.site.acts import clock
from suyuan.site.acts.carbon import held as carbon
from suyuan.site.acts.evidence import document
from suyuan.site.acts.evidence.certificate import may_receive
from suyuan.site.language import current
from suyuan.site.records.document import KINDS, STATES, Document, Documents, Stated
from suyuan.site.terms import term
from suyuan.site.web.evidence.find import CHAINS, DIMENSIONS, PAGE, Asked, find, only
from suyuan.site.web.ways import certificate_way

HEADS = (
    ("number", "word.certificate"),
    ("name", "list.about"),
    ("", "list.states"),
    ("valid_until", "word.valid_until"),
    ("state", "word.state"),
    ("touches", "list.touches"),
)
"""Name of the sort and word of each column."""
SHOWN = 3
"""So many quantities of a certificate stand in its row; the rest is counted."""
MOST = 20_000
"""Rows of an Excel file."""


def certificates(request: HttpRequest) -> HttpResponse:
    """The list; a number that only one document bears leads straight to it."""
    document.current()
    asked = Asked.of(request.GET)
    exact = only(asked)
    if exact is not None and not request.htmx:  # type: ignore[attr-defined]
        return redirect(certificate_way(exact.digest))
    rows = carbon.listed(request.user, find(asked, clock.today(), clock.due()))
    total = rows.count()
    last = max(1, -(-total // PAGE))
    page = min(asked.page, last)
    shown = list(rows[(page - 1) * PAGE : page * PAGE].prefetch_related("stated"))
    return render(
        request,
        "certificates.html",
        {
            "asked": asked,
            "rows": [_row(row) for row in shown],
            "heads": _heads(asked),
            "total": total,
            "all": Document.objects.certificates().count(),
            "first": (page - 1) * PAGE + 1 if total else 0,
            "last_shown": (page - 1) * PAGE + len(shown),
            "before": asked.address(page=page - 1) if page > 1 else "",
            "after": asked.address(page=page + 1) if page < last else "",
            "page": page,
            "pages": last,
            "choices": _choices(asked),
            "excel": asked.address(),
            "may_receive": may_receive(request.user),
        },
    )


def _row(row: Document) -> dict[str, Any]:
    stated = list(row.stated.all())
    return {
        "row": row,
        "address": certificate_way(row.digest),
        "stated": [_span(q) for q in stated[:SHOWN]],
        "rest": max(0, len(stated) - SHOWN),
        "broken": row.chain == "broken" or row.errors > 0,
        "kind": f"kind.short.{row.kind}",
    }


def _span(q: Stated) -> dict[str, Any]:
    """One quantity in a few characters: its value, or the stretch of its values."""
    low, high = q.printed or digits(q.low), digits(q.high)
    name = (q.name_zh if current() == "zh" else q.name_en) or q.name_zh or q.name_en
    expanded = q.spread if q.spread_kind == "expanded" else None
    return {
        "name": name,
        "low": low,
        "high": high if q.count > 1 and high != low else None,
        "unit": q.unit,
        "count": q.count,
        "U": expanded,
        "other": f"cert.short.{q.spread_kind}" if q.spread_kind and q.spread and not expanded else "",
        "spread": q.spread,
    }


def _heads(asked: Asked) -> list[dict[str, Any]]:
    """The heads that sort: a second press turns the order."""
    heads = []
    for name, key in HEADS:
        here = bool(name) and asked.sort.removeprefix("-") == name
        turned = f"-{name}" if (asked.sort == name) or (not here and name == "touches") else name
        heads.append(
            {
                "term": key,
                "address": asked.address(sort=turned) if name else "",
                "sorted": ("descending" if asked.sort.startswith("-") else "ascending") if here else "",
                "right": name == "touches",
            }
        )
    return heads


def _choices(asked: Asked) -> list[dict[str, Any]]:
    """The filters: name, label, choices with the present one marked; only quantities that there are."""
    there = set(Stated.objects.values_list("dimension", flat=True).distinct())
    name = 0 if current() == "zh" else 1
    quantities = [(key, (row[0], row[1])[name]) for key, row in DIMENSIONS.items() if key in there]
    kinds = [("all", term("list.kind.all")), *((k, term(f"kind.{k}")) for k in KINDS)]
    listed = [
        ("kind", "list.kind", term("list.kind.certificates"), kinds, asked.kind),
        ("state", "word.state", term("list.any"), [(s, term(f"state.{s}")) for s in STATES], asked.state),
        ("chain", "word.chain", term("list.any"), [(c, term(f"state.chain_{c}")) for c in CHAINS], asked.chain),
        ("quantity", "word.quantity", term("list.any"), quantities, asked.quantity),
    ]
    return [
        {
            "name": name,
            "term": key,
            "any": usual,
            "options": [{"value": value, "label": label, "here": value == now} for value, label in options],
        }
        for name, key, usual, options, now in listed
    ]


def excel(request: HttpRequest) -> HttpResponse:
    """The list as it is filtered and sorted, all pages."""
    document.current()
    found = find(Asked.of(request.GET), clock.today(), clock.due())
    rows = carbon.listed(request.user, found)[:MOST].prefetch_related("stated")
    keys = ("word.number", "word.issuer", "list.about", "list.about_en", "list.kind", "word.calibrated_on",
            "word.issued_on", "word.valid_until", "word.state", "word.chain", "list.touches", "list.states",
            "word.digest")  # fmt: skip
    body = sheet(
        term("nav.certificates"), [term(key) for key in keys], _cells(rows), (24, 24, 34, 34, 12, *[12] * 6, 40, 66)
    )
    answer = HttpResponse(body, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    answer["Content-Disposition"] = f'attachment; filename="suyuan-certificates-{clock.today()}.xlsx"'
    return answer


def _cells(rows: Documents) -> Any:
    for row in rows:
        said = "; ".join(
            f"{q['name']} {q['low']}{' … ' + q['high'] if q['high'] else ''}"
            f"{' ± ' + q['U'] if q['U'] else ''} {q['unit']}".strip()
            for q in map(_span, row.stated.all())
        )
        state = row.state  # type: ignore[attr-defined]
        yield (
            row.number, row.issuer, row.name_zh, row.name_en, term(f"kind.{row.kind}"), row.ended, row.issued,
            row.valid_until, term(f"state.{state}") if state else None,
            term(f"state.chain_{row.chain}") if row.chain else None, row.touches, said, row.digest,
        )  # fmt: skip
