"""Registers: hand a workbook in and get back what is wrong, fetch templates and what counts today, see the defects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_safe

from suyuan.quantity.finding import finding
from suyuan.site.acts import clock
from suyuan.site.acts.service import may
from suyuan.site.acts.sharing import register as acts
from suyuan.site.acts.sharing.register import Taken
from suyuan.site.language import Language, current
from suyuan.site.terms import term
from suyuan.site.web.matching.match import WHOSE
from suyuan.site.web.parts.text import both
from suyuan.site.web.ways import certificate_way
from suyuan.verbs.register.columns.table import KINDS, columns

PAGE = 25
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "POST"])
def registers(request: HttpRequest) -> HttpResponse:
    """The page, and what became of a file that was handed in."""
    kinds = acts.kinds_of(request.user)
    taken: list[Taken] = []
    status = 200
    whose = request.session.get(WHOSE, {})
    organisation = dict(whose)
    if request.method == "POST":
        if not kinds:
            raise PermissionDenied
        organisation = _organisation(request)
        taken = _taken(request, organisation)
        if organisation.get("zh"):
            request.session[WHOSE] = organisation
        if not any(one.digest for one in taken):
            status = 422
    snapshot = acts.of_day()
    rows = acts.deliveries(snapshot, request.user)
    page, pages = _page(request, len(rows))
    counts = acts.counts(snapshot, request.user)
    context = {
        "lead": _lead(taken) if taken else None,
        "taken": [_became(one) for one in taken],
        "kinds": [_kind(kind, counts[kind], request) for kind in KINDS],
        "mine": [k for k in kinds], "may_deliver": bool(kinds),
        "asked_kind": request.GET.get("kind", "") if request.GET.get("kind", "") in KINDS else "",
        "organisation": organisation.get("zh", ""), "organisation_en": organisation.get("en", ""),
        "no_organisation": request.method == "POST" and not organisation.get("zh"),
        "organisations": sorted({one.register.owner for one in rows}),
        "rows": [_delivery(one, request) for one in rows[(page - 1) * PAGE : page * PAGE]],
        "total": len(rows), "page": page, "pages": pages,
        "before": f"?{urlencode({'page': page - 1})}#deliveries" if page > 1 else "",
        "after": f"?{urlencode({'page': page + 1})}#deliveries" if page < pages else "",
        "steward": may(request.user, "steward", "regulate"),
        "defects": len(acts.defects(snapshot)) if may(request.user, "steward", "regulate") else 0,
        "limit": acts.LARGEST // 2**20,
    }  # fmt: skip
    return render(request, "registers.html", context, status=status)


def _page(request: HttpRequest, total: int) -> tuple[int, int]:
    pages = max(1, -(-total // PAGE))
    text = request.GET.get("page", "1")
    page = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    return min(max(page, 1), pages), pages


def _organisation(request: HttpRequest) -> dict[str, str]:
    names = {"zh": request.POST.get("organisation", ""), "en": request.POST.get("organisation_en", "")}
    return {language: said for language, text in names.items() if (said := text.replace("\x00", "").strip()[:400])}


def _taken(request: HttpRequest, organisation: Mapping[str, str]) -> list[Taken]:
    files = request.FILES.getlist("files")
    if not files:
        return [Taken("", findings=(finding("site.register.no_file", "files"),))]
    done = []
    for file in files:
        name = str(file.name or "")[:200]
        document = file.read() if (file.size or 0) <= acts.LARGEST else b"\0" * (acts.LARGEST + 1)
        if not organisation.get("zh") and document.lstrip()[:1] != b"{":
            done.append(Taken(name, findings=(finding("site.service.organisation", term("match.new.organisation")),)))
        else:
            done.append(acts.take(request.user, name, document, organisation))
    return done


# ---------------------------------------------------------------- what the page says


def _lead(taken: list[Taken]) -> SafeString:
    went, back = sum(one.count for one in taken), sum(one.refused for one in taken)

    def said(language: Language) -> str:
        parts = [term("registers.lead.in", language, n=went)] if went else [term("registers.lead.none", language)]
        if back:
            parts.append(term("registers.lead.back", language, n=back))
        return (" " if language == "en" else "").join(parts)

    return both(said("zh"), said("en"))


def _became(one: Taken) -> dict[str, Any]:
    return {
        "name": one.name, "count": one.count, "refused": one.refused,
        "kinds": [(kind_name(kind), n) for kind, n in one.rows.items()],
        "state": "failed" if not one.digest else "warning" if one.refused or one.findings else "passed",
        "word": "registers.refused" if not one.digest else "registers.kept",
        "way": certificate_way(one.digest) if one.digest else "",
        "digest": one.digest,
        "wrong": [(place, told[current()]) for place, told in one.wrong[:30]],
        "more": max(0, one.refused - len(one.wrong[:30])),
        "back": f"{reverse('registers_refused')}?token={one.token}" if one.token else "",
        "findings": one.findings[:30],
    }  # fmt: skip


def kind_name(kind: str) -> str:
    """What a kind of row is called."""
    title = columns(kind).title
    return title["zh"] if current() == "zh" else title["en"]


def _kind(kind: str, count: int, request: HttpRequest) -> dict[str, Any]:
    return {
        "kind": kind, "name": kind_name(kind), "count": count, "mine": kind in acts.kinds_of(request.user),
        "template": reverse("register_template", args=[kind]),
        "export": reverse("register_export", args=[kind]) if count and acts.may_export(request.user, kind) else "",
    }  # fmt: skip


def _delivery(one: acts.Delivery, request: HttpRequest) -> dict[str, Any]:
    r = one.register
    return {
        "organisation": r.organisation, "number": r.number, "day": r.day, "digest": r.digest, "demo": r.demo,
        "kinds": [(kind_name(kind), n) for kind, n in one.counts.items()], "refused": r.refused,
        "removed": one.removed,
        "way": certificate_way(r.digest) if r.digest and acts.may_see(request.user, r) else "",
    }  # fmt: skip


# ---------------------------------------------------------------- files and defects


@require_safe
def refused(request: HttpRequest) -> HttpResponse:
    """The rows that did not go in."""
    if not acts.kinds_of(request.user):
        raise PermissionDenied
    return _excel(acts.returned(request.GET.get("token", "")), f"suyuan-refused-{clock.today()}.xlsx")


@require_safe
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty workbook of a kind."""
    return _excel(acts.template(kind), f"suyuan-template-{kind}.xlsx")


@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """What counts today of a kind."""
    return _excel(acts.export(request.user, kind), f"suyuan-{kind}-{clock.today()}.xlsx")


def _excel(data: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(data, content_type=EXCEL)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


GROUPS = ("read", "overlap", "standard", "person", "need")


@require_safe
def defects(request: HttpRequest) -> HttpResponse:
    """What a steward has to see to."""
    if not may(request.user, "steward", "regulate"):
        raise PermissionDenied
    found = acts.defects(acts.of_day())
    group, owner = request.GET.get("group", ""), request.GET.get("owner", "")
    if group and group not in GROUPS:
        raise Http404
    shown = [d for d in found if (not group or d.kind == group) and (not owner or d.owner == owner)]
    page, pages = _page(request, len(shown))
    asked: dict[str, str | int] = {k: v for k, v in (("group", group), ("owner", owner)) if v}
    context = {
        "lead": _defects_lead(len(found), len({d.owner for d in found})),
        "groups": [(name, f"registers.defect.{name}", sum(d.kind == name for d in found)) for name in GROUPS],
        "group": group, "owner": owner, "owners": sorted({d.owner for d in found}),
        "rows": shown[(page - 1) * PAGE : page * PAGE], "total": len(shown), "page": page, "pages": pages,
        "before": f"?{urlencode({**asked, 'page': page - 1})}" if page > 1 else "",
        "after": f"?{urlencode({**asked, 'page': page + 1})}" if page < pages else "",
        "day": clock.today(),
    }  # fmt: skip
    return render(request, "registers_defects.html", context)


def _defects_lead(count: int, owners: int) -> SafeString:
    key = "registers.defects.lead" if count else "registers.defects.none"
    return both(term(key, "zh", count=count, owners=owners) if count else term(key, "zh"),
                term(key, "en", count=count, owners=owners) if count else term(key, "en"))  # fmt: skip
