"""The page of a certificate's impact on readings, datasets and grantees; sorted by what changed more than its u."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from suyuan.certificate.certificate import Certificate
from suyuan.lake.effect import Effect, value_of
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.unit import parse_unit
from suyuan.report.papers.sheet import Page, workbook
from suyuan.series.changed import Change
from suyuan.site.acts.day import as_written
from suyuan.site.acts.evidence.what_if import candidates
from suyuan.site.acts.series import held
from suyuan.site.acts.series import impact as acts
from suyuan.site.acts.series.held import K, require_sight
from suyuan.site.acts.series.impact import BAD, KINDS, Impact
from suyuan.site.language import LANGUAGES, Language
from suyuan.site.terms import term
from suyuan.site.web.carbon.resting import lost_lines, resting_said
from suyuan.site.web.parts.number import digits
from suyuan.site.web.parts.sentence import sentence
from suyuan.site.web.parts.text import both, pick
from suyuan.site.web.series import ticks
from suyuan.site.web.series.ways import heading, split, stream_way
from suyuan.site.web.ways import certificate_way
from suyuan.store.zone import house_zone

DAYS, CHOICES = 8, 12
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORDS = {Change.MORE: "more", Change.GONE: "gone", Change.CAME: "came", Change.U_UNKNOWN: "u_unknown"}
COLUMNS = (Change.MORE, Change.GONE, Change.CAME)


@require_safe
def impact(request: HttpRequest, digest: str) -> HttpResponse:
    """The page; `?format=xlsx` its rows as a workbook."""
    require_sight(request.user)
    certificate = acts.certificate_of(digest)
    if certificate is None:
        raise Http404
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else "kept"
    found: tuple[Finding, ...] = ()
    made: Impact | None = None
    text = as_written(request.GET.get("day", "")[:40]).strip()
    try:
        made = acts.impact(certificate, kind, _day(text), request.GET.get("by", "")[:64])
    except Refused as refused:
        found = refused.findings
    if made is not None and request.GET.get("format") == "xlsx":
        return _excel(certificate, made)
    same, alike = candidates(certificate)
    claims = resting_said(request.user, certificate.issuer, certificate.number)
    return render(
        request,
        "data_impact.html",
        {
            "certificate": certificate,
            "way": certificate_way(digest),
            "kind": kind,
            "found": found,
            "day": text,
            "kinds": [(k, f"data.impact.{k}", k == kind) for k in KINDS],
            "by": request.GET.get("by", ""),
            "choices": [*same, *alike][:CHOICES],
            "made": made,
            "k": K,
            "cited": _cited(made) if made else [],
            "lead": both(*(_lead(certificate, made, kind, bool(claims), lang) for lang in LANGUAGES)) if made else "",
            "rows": [_row(one) for one in made.effects] if made else [],
            "claims": claims,
            "lost": lost_lines(request.user, certificate.issuer, certificate.number) if kind == "kept" else (),
            "told": (*made.unknown, *made.findings) if made else (),
        },
        status=422 if found else 200,
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(finding("site.data.moment", "day", given=text)) from None


def _lead(certificate: Certificate, made: Impact, kind: str, claimed: bool, language: Language) -> Any:
    """claimed: whether claims of carbon rest on it, whose hours are not among the readings."""
    if made.unknown and not made.effects:
        return sentence("data.impact.lead.unknown", language, number=certificate.number)
    if not made.effects and claimed:
        key = "carbon.rests.no_readings" + ("" if kind == "kept" else ".event")
        return sentence(key, language, number=certificate.number)
    if not made.effects:
        return sentence(
            f"data.impact.lead.none.{'kept' if kind == 'kept' else 'event'}", language, number=certificate.number
        )
    return sentence(
        f"data.impact.lead.{kind}",
        language,
        number=certificate.number,
        streams=len(made.effects),
        readings=digits(str(made.readings())),
        bad=digits(str(made.readings(*BAD))),
        cited=len(made.cited),
    )


def _row(one: Effect) -> dict[str, Any]:
    zone, stream = house_zone(), held.streams()[one.stream]
    mean = one.mean
    old = (None, None) if mean is None else value_of(mean.before)
    new = (None, None) if mean is None else value_of(mean.after)
    return {
        "id": one.stream,
        "title": heading(stream),
        "owner": pick(split(stream.owner))[0],
        "unit": parse_unit(one.unit).symbol,
        "way": stream_way(one.stream, first=int(one.times[0]), last=int(one.times[-1]) + 1_000),
        "readings": sum(one.counts.values()),
        "first": ticks.local(int(one.times[0]), zone),
        "last": ticks.local(int(one.times[-1]), zone),
        "worst": _ratio(one.worst),
        "gone": math.isinf(one.worst),
        "counts": [(f"data.change.{WORDS.get(c, 'less')}", n, c in BAD) for c, n in one.counts.items()],
        "old": old[0],
        "old_U": None if old[1] is None else K * old[1],
        "new": new[0],
        "new_U": None if new[1] is None else K * new[1],
        "old_share": None if mean is None else f"{mean.valued[0]}/{mean.readings}",
        "new_share": None if mean is None else f"{mean.valued[1]}/{mean.readings}",
        "left": None if mean is None or not mean.gone else (mean.gone, mean.readings, mean.both),
        "same": None if mean is None or not (mean.gone or mean.came) or not mean.both else _ratio(mean.ratio),
        "both": 0 if mean is None else mean.both,
        "days": _days(one),
        "more": max(0, _size(one) - DAYS),
    }


def _ratio(value: float) -> str:
    return "" if math.isinf(value) or math.isnan(value) else f"{value:.2g}"


def _size(one: Effect) -> int:
    made = one.periods.get("day")
    return 0 if made is None else len(made.number)


def _days(one: Effect) -> list[dict[str, Any]]:
    """The days that change most, first those whose value is gone."""
    made = one.periods.get("day")
    if made is None:
        return []
    rows = []
    for i in range(min(DAYS, len(made.number))):
        pair = [(float(v), K * float(u)) for v, u in ((made.before[i], made.u[i]), (made.after[i], made.u_after[i]))]
        (old, old_U), (new, new_U) = (
            (v if math.isfinite(v) else None, U if math.isfinite(U) else None) for v, U in pair
        )
        n, valued, later = (int(c[i]) for c in (made.readings, made.valued, made.valued_after))
        rows.append(
            {
                "share": f"{valued}/{n}" if valued == later else f"{valued}/{n} → {later}/{n}",
                "left": int(made.gone[i]) if later else 0,
                "day": str(np.datetime64(int(made.number[i]), "D")),
                "old": old,
                "old_U": old_U,
                "new": new,
                "new_U": new_U,
                "ratio": _ratio(float(made.ratio[i])),
                "unknown": math.isnan(made.ratio[i]),
            }
        )
    return rows


def _cited(made: Impact) -> list[dict[str, Any]]:
    return [
        {
            "kind": one.citation.kind,
            "name": one.citation.name,
            "stream": one.citation.stream,
            "readings": one.readings,
            "way": reverse("dataset", args=[one.citation.name])
            if one.citation.kind == "dataset"
            else reverse("data_grants"),
        }
        for one in made.cited
    ]


def _excel(certificate: Certificate, made: Impact) -> HttpResponse:
    keys = (
        "data.kind.stream",
        "data.owner",
        "data.readings",
        "data.change.more",
        "data.change.gone",
        "data.change.came",
        "data.since",
        "data.until",
        "data.impact.worst",
    )
    cited = ("data.filter.kind", "data.head.name", "data.kind.stream", "data.readings")
    body = workbook(
        [
            Page(
                term("data.impact.streams"), [term(k) for k in keys], _lines(made), (28, 28, 12, 14, 14, 12, 20, 20, 12)
            ),
            Page(
                term("data.impact.cited"),
                [term(k) for k in cited],
                (
                    [term(f"data.cited.{c.citation.kind}"), c.citation.name, c.citation.stream, c.readings]
                    for c in made.cited
                ),
                (14, 36, 28, 12),
            ),
        ]
    )
    answer = HttpResponse(body, content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="suyuan-impact-{certificate.digest[:12]}.xlsx"'
    return answer


def _lines(made: Impact) -> Iterator[list[Any]]:
    zone = house_zone()
    for one in made.effects:
        ends = [ticks.local(int(t), zone).replace(tzinfo=None) for t in (one.times[0], one.times[-1])]
        worst = term("data.change.gone") if math.isinf(one.worst) else round(one.worst, 3)
        yield [
            one.stream,
            held.streams()[one.stream].owner,
            sum(one.counts.values()),
            *(one.counts.get(c, 0) for c in COLUMNS),
            *ends,
            worst,
        ]
