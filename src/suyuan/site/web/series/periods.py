"""Hours and days of a stream as a table of a page and as a workbook: value, U, completeness, status, certificates."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from suyuan.lake.written.files import one_file
from suyuan.quantity.notation import notate
from suyuan.report.papers.sheet import Page, workbook
from suyuan.series.summary import within
from suyuan.site.acts.series.held import K
from suyuan.site.terms import term
from suyuan.site.web.parts.number import digits
from suyuan.site.web.series import ticks
from suyuan.site.web.series.seen import Seen, seen
from suyuan.site.web.series.ways import stream_way
from suyuan.store.zone import house_zone

PAGE = 15
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA = {"nc": "application/x-netcdf", "json": "application/json", "zip": "application/zip"}
"""Formats of other people: netCDF, SensorThings, a Frictionless data package."""
MANY = 1_048_000
"""Rows that a sheet of Excel holds, with room for the head."""


def table(look: Seen, page: str) -> dict[str, Any] | None:
    """One page of the periods of the span; None where there are none."""
    found = look.held.periods(look.kind)
    if found is None:
        return None
    made, why = found
    a = int(np.searchsorted(made.end, look.first, side="right"))
    b = int(np.searchsorted(made.begin, look.last, side="left"))
    pages = max(1, -(-(b - a) // PAGE))
    number = min(int(page), pages) if page.isascii() and page.isdigit() and len(page) < 8 and int(page) else pages
    if not page or page == "1":
        number = 1
    start = a + (number - 1) * PAGE
    rows = [_period(look, made, why, i) for i in range(start, min(start + PAGE, b))]
    return {
        "rows": rows,
        "total": b - a,
        "page": number,
        "pages": pages,
        "valued": int(made.known[a:b].sum()),
        "before": look.query(page=number - 1, by=look.kind) if number > 1 else "",
        "after": look.query(page=number + 1, by=look.kind) if number < pages else "",
        "first": number * PAGE - PAGE + 1 if b > a else 0,
        "last": min(number * PAGE, b - a),
    }


def _period(look: Seen, made: Any, why: Any, i: int) -> dict[str, Any]:
    value, U = float(made.value[i]), K * float(made.u[i])
    written = notate(value, U) if math.isfinite(value) else None
    share = float(made.share[i])
    begin = ticks.local(int(made.begin[i]), house_zone())
    state = str(why.status[i])
    return {
        "name": begin.strftime("%Y-%m-%d" if look.kind == "day" else "%Y-%m-%d %H:%M"),
        "way": stream_way(look.held.stream.id) + look.query(first=int(made.begin[i]), last=int(made.end[i])),
        "value": digits(written.value_text or "") if written else "",
        "U": digits(written.uncertainty_text or "") if written else "",
        "share": share if math.isfinite(share) else None,
        "valued": int(made.valued[i]),
        "readings": int(made.readings[i]),
        "state": state,
        "certificates": why.certificates[i],
        "tone": "ok" if state == "valid" else "bad" if state == "withdrawn" else "warn",
    }


@require_safe
def excel(request: HttpRequest, id: str) -> HttpResponse:
    """The hours or days of the span with U, completeness, status and certificates."""
    look = seen(request, id)
    found = look.held.periods(look.kind)
    heads = [
        term(f"data.table.{name}") for name in ("begin", "end", "value", "U", "completeness", "state", "certificate")
    ]
    heads[2] += f" / {look.held.unit}"
    heads[3] += f" / {look.held.unit} (k = {K:g})"
    title = look.held.stream.id
    body = workbook([Page(title, heads, _lines(look, found), (18, 18, 14, 14, 14, 22, 34))])
    answer = HttpResponse(body, content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="suyuan-{look.kind}.xlsx"'
    return answer


@require_safe
def taken(request: HttpRequest, id: str, form: str) -> HttpResponse:
    """The same in a format of other people, with what u is made of; 404 for a span without a period."""
    look = seen(request, id)
    found = look.held.periods(look.kind)
    kept = None if found is None else (found[0].end > look.first) & (found[0].begin < look.last)
    if found is None or kept is None or not kept.any():
        raise Http404
    content = one_file(look.held.stream, within(found[0], kept), f".{form}")[0]
    answer = HttpResponse(content, content_type=MEDIA[form])
    answer["Content-Disposition"] = f'attachment; filename="suyuan-{look.kind}.{form}"'
    return answer


def _lines(look: Seen, found: Any) -> Iterator[list[Any]]:
    if found is None:
        return
    made, why = found
    zone = house_zone()
    for i in np.flatnonzero((made.end > look.first) & (made.begin < look.last))[:MANY]:
        value, U, share = (float(x) for x in (made.value[i], K * made.u[i], made.share[i]))
        yield [
            *(ticks.local(int(t), zone).replace(tzinfo=None) for t in (made.begin[i], made.end[i])),
            *(x if math.isfinite(x) else None for x in (value, U, share)),
            term(f"data.status.{why.status[i]}"),
            ", ".join(why.certificates[i]),
        ]
