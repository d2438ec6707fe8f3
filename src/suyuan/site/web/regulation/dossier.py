"""The dossier and the annual report of a centre: what is in them, every fault at its place, and the files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from suyuan.centre.dossier import STAGES, Computed, Dossier, computed, documents
from suyuan.centre.dossier_checks import completeness
from suyuan.quantity.finding import Finding, Refused, errors
from suyuan.report.service.annual import median_days, outside_share
from suyuan.report.service.units import unit_behind
from suyuan.site.acts import clock
from suyuan.site.acts.matters.called import names_of
from suyuan.site.acts.regulation import centre as centres
from suyuan.site.acts.regulation import dossier as acts
from suyuan.site.language import Language, current
from suyuan.site.terms import term
from suyuan.site.web.parts.number import digits
from suyuan.site.web.parts.sentence import counted, sentence
from suyuan.site.web.parts.text import both
from suyuan.site.web.regulation.centre_shown import document_way, evidence_html, row_way, source_said
from suyuan.verbs.centre.annual import Year
from suyuan.verbs.snapshot import Snapshot

PLACES = ("document", "centre", "needs", "capability", "person", "money", "milestone", "reviewer")
SHOWN = 4
"""So many addresses of evidence stand beside a number."""


def dossier(request: HttpRequest, id: str) -> HttpResponse:
    """Completeness first: every finding at its place; then the papers and the numbers that the records give."""
    user: Any = request.user
    day = centres.day_of(request.GET.get("day", ""))
    known = centres.on(day)
    stage = acts.stage_of(request.GET.get("stage", ""))
    of = acts.dossier(known, id, stage, user)
    found = completeness(of)
    return render(request, "dossier.html", {
        "row": of.centre, "known": known, "of": of, "stage": stage, "lead": lead(found, of),
        "stages": [(s, f"centres.stage.{s}", s == stage) for s in STAGES],
        "places": places(found, of, known), "errors": len(errors(found)), "papers": papers(known, of),
        "numbers": [number(known, one) for one in computed(of).values()],
        "directs": centres.directs(user, of.centre), "forms": ("docx", "pdf", "json"),
        "query": f"?stage={stage}" + (f"&day={day}" if day else ""), "day_query": f"?day={day}" if day else "",
        "ahead": day is not None and day > clock.today(),
    })  # fmt: skip


def lead(found: tuple[Finding, ...], of: Dossier) -> SafeString:
    """Whether it is complete, and how much is not."""
    return both(_lead(found, "zh"), _lead(found, "en"))


def _lead(found: tuple[Finding, ...], language: Language) -> SafeString:
    wrong, rest = len(errors(found)), len(found) - len(errors(found))
    if not found:
        return sentence("dossier.lead.complete", language)
    key = "dossier.lead.both" if wrong and rest else "dossier.lead.wrong" if wrong else "dossier.lead.rest"
    said = sentence(key, language, wrong=counted("faults", wrong, language), rest=counted("faults", rest, language))
    return SafeString(said[:1].upper() + said[1:])


def place_way(known: Snapshot, of: Dossier, where: str) -> str:
    """The page on which a fault can be looked at: a capability's, a person's, else the part of the centre's page."""
    part, _, rest = where.partition("/")
    id = rest.partition("/")[0]
    found = row_way(part, id, known) if part in ("capability", "person", "need") and id else None
    centre = reverse("centre", args=[of.centre.id])
    anchors = {"needs": "demand", "capability": "capabilities", "person": "people", "money": "money", "centre": "life",
               "document": "deliver"}  # fmt: skip
    return found or f"{centre}#{anchors.get(part, 'life')}"


def places(found: tuple[Finding, ...], of: Dossier, known: Snapshot) -> list[dict[str, Any]]:
    """The findings by the part of the dossier in which they lie."""
    groups: dict[str, list[Finding]] = {}
    for item in found:
        groups.setdefault(item.where.partition("/")[0], []).append(item)
    order = {name: n for n, name in enumerate(PLACES)}
    return [
        {
            "key": f"dossier.place.{name}" if name in order else "dossier.place.other",
            "name": name,
            "found": [([item], place_way(known, of, item.where)) for item in rows],
        }
        for name, rows in sorted(groups.items(), key=lambda pair: order.get(pair[0], 99))
    ]


def papers(known: Snapshot, of: Dossier) -> list[dict[str, Any]]:
    """The documents of the dossier: which are there, of what day, by whom."""
    rows, people = [], names_of({paper.signed for paper in of.papers if paper.signed})
    for row in documents():
        if of.centre.scope not in row["scopes"]:
            continue
        paper = of.paper(row["name"])
        asked = row["required"] and STAGES.index(row["stage"]) <= STAGES.index(of.stage)
        rows.append(
            {
                "title": {"zh": row["zh"], "en": row["en"]},
                "asked": asked,
                "paper": paper,
                "signed": people.get(paper.signed, {}) if paper else {},
                "state": "passed" if paper and paper.digest else "missing" if asked else "open",
                "word": "dossier.there" if paper and paper.digest else "dossier.absent" if asked else "dossier.not_yet",
                "address": document_way(known, paper.digest) if paper and paper.digest else None,
                "source": source_said(row["source"]),
            }
        )
    return rows


def number(known: Snapshot, one: Computed) -> dict[str, Any]:
    """A number with what was counted."""
    value = (
        None if one.value is None else digits(f"{one.value:.0f}" if one.value == int(one.value) else f"{one.value:.1f}")
    )
    return {
        "title": one.title, "value": value, "unit": unit_behind(one.unit, current()),
        "evidence": [evidence_html(known, address) for address in one.evidence[:SHOWN]],
        "more": max(0, len(one.evidence) - SHOWN),
    }  # fmt: skip


def download(request: HttpRequest, id: str, form: str) -> HttpResponse:
    """The dossier as Word, PDF, Excel or data."""
    known = centres.on(centres.day_of(request.GET.get("day", "")))
    user: Any = request.user
    of = acts.dossier(known, id, acts.stage_of(request.GET.get("stage", "")), user)
    try:
        return _answer(*acts.dossier_file(of, form), form)
    except Refused as refused:
        return _refused(request, reverse("centre_dossier", args=[id]), refused)


# ---------------------------------------------------------------- the year


def annual(request: HttpRequest, id: str, year: str) -> HttpResponse:
    """The year of a centre against the one before."""
    return _annual(request, id, int(year))


def _annual(request: HttpRequest, id: str, year: int, found: tuple[Finding, ...] = ()) -> HttpResponse:
    user: Any = request.user
    of = acts.year(id, year, user)
    row = of.now.centre
    reported = [
        v for v in centres.matters_of(user, id, "annual_assessment") if str(v.matter.fields.get("year")) == str(year)
    ]
    return render(request, "dossier_annual.html", {
        "row": row, "year": year, "of": of, "lead": annual_lead(of), "found": found,
        "numbers": compared(of), "orders": of.orders, "closed": of.closed, "happened": happened(of),
        "before": year - 1, "earlier": of.before is not None, "after": year + 1 if year < clock.today().year else None,
        "directs": centres.directs(user, row), "reported": reported, "forms": ("docx", "pdf", "json"),
        "part": year == clock.today().year,
    })  # fmt: skip


def annual_lead(of: Year) -> SafeString:
    """What the year brought, in a sentence."""
    return both(_annual_lead(of, "zh"), _annual_lead(of, "en"))


def _annual_lead(of: Year, language: Language) -> SafeString:
    now, then = computed(of.now), computed(of.before) if of.before is not None else {}
    supported, before = now["supported"].value, then["supported"].value if then else None
    said = sentence(
        "dossier.year.lead" if of.closed else "dossier.year.lead_none",
        language,
        year=of.year,
        supported=f"{supported or 0:.0f}",
        capabilities=f"{now['capabilities'].value or 0:.0f}",
        before=term("none.unknown", language) if before is None else f"{before:.0f}",
        met=f"{now['needs_met'].value or 0:.0f}",
        needs=f"{now['needs'].value or 0:.0f}",
        closed=counted("gaps_closed", len(of.closed), language),
    )
    if not of.orders:
        return said
    share, days = outside_share(of.orders), median_days(of.orders)
    low, high = (100.0 * end for end in share) if share else (0.0, 100.0)
    span = f"{low:.0f} %" if round(low) == round(high) else f"{low:.0f}–{high:.0f} %"
    more = sentence(
        "dossier.year.orders",
        language,
        n=counted("centre_orders", len(of.orders), language, figures=True),
        outside=span,
        days=term("none.unknown", language) if days is None else f"{days:g}",
    )
    return SafeString(said + (" " if language == "en" else "") + more)


def compared(of: Year) -> list[dict[str, Any]]:
    """Each number at the end of this year and of the one before."""
    now, then = computed(of.now), computed(of.before) if of.before is not None else {}
    known = centres.on(None)
    rows = []
    for name, one in now.items():
        old = then[name].value if name in then else None
        change = None if old is None or one.value is None else one.value - old
        said = "" if change is None else f"{change:+.0f}" if change == int(change) else f"{change:+.1f}"
        rows.append(number(known, one) | {
            "old": None if old is None else digits(f"{old:.0f}" if old == int(old) else f"{old:.1f}"),
            "change": said.replace("-", "−") if said not in ("+0", "-0") else "0",
        })  # fmt: skip
    return rows


def happened(of: Year) -> list[dict[str, Any]]:
    """What else happened in the year, the latest first."""
    known = centres.on(None)
    return [
        {"kind": one.kind, "title": one.title, "day": one.day, "good": one.good, "claimed": one.claimed,
         "evidence": evidence_html(known, one.address)}
        for one in sorted(of.happened, key=lambda one: one.day, reverse=True)
    ]  # fmt: skip


def annual_download(request: HttpRequest, id: str, year: str, form: str) -> HttpResponse:
    """The annual report as Word, PDF, Excel or data."""
    user: Any = request.user
    try:
        return _answer(*acts.annual_file(acts.year(id, int(year), user), form), form)
    except Refused as refused:
        return _refused(request, reverse("centre_annual", args=[id, year]), refused)


@require_POST
def annual_hand_in(request: HttpRequest, id: str, year: str) -> HttpResponse:
    """The report is handed in; where it is refused the page says why."""
    user: Any = request.user
    try:
        acts.hand_in(user, acts.year(id, int(year), user).now.centre, int(year))
    except Refused as refused:
        return _annual(request, id, int(year), refused.findings)
    messages.success(request, term("dossier.year.handed_in", year=year))
    return redirect("centre_annual", id, year)


# ---------------------------------------------------------------- files


def _answer(name: str, content: bytes, form: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=acts.FORMS[form])
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer


def _refused(request: HttpRequest, back: str, refused: Refused) -> HttpResponse:
    """A file that cannot be made here (no font for a PDF, say): the page that asked, with the reason."""
    from suyuan.quantity.finding import sentences
    from suyuan.site.language import current

    for item in refused.findings:
        messages.error(request, f"{sentences(item, current())['what']} {sentences(item, current())['remedy']}")
    return redirect(back)
