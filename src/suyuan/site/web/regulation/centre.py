"""The page of a centre: the answer first, then gates, conditions, indicators, and everything they are counted from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from suyuan.centre.scorecard import GateRow, Row, Scorecard
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.report.service.shown import score_of
from suyuan.site.acts import clock
from suyuan.site.acts.matters import matter
from suyuan.site.acts.matters.called import names_of
from suyuan.site.acts.regulation import centre as acts
from suyuan.site.acts.regulation.centre import Known
from suyuan.site.language import Language, current
from suyuan.site.terms import term
from suyuan.site.web.parts.sentence import counted, joined, sentence
from suyuan.site.web.parts.text import both
from suyuan.site.web.regulation.centre_fold import Folded, folded, indicators_said
from suyuan.site.web.regulation.centre_parts import parts
from suyuan.site.web.regulation.centre_past import past
from suyuan.site.web.regulation.centre_records import FORMS, PAPERS, UNITS, delivered
from suyuan.site.web.regulation.centre_shown import (
    GOODS,
    drawn_context,
    evidence_html,
    kept,
    listed,
    points,
    source_said,
    span,
    status_html,
    title_in,
    value_html,
    whole,
)
from suyuan.site.web.regulation.centre_steps import content_of, forms, standing_context
from suyuan.site.web.regulation.centres import row_context
from suyuan.verbs.snapshot import Snapshot

NAMED = 3
"""So many indicators are named in the answer."""


def centre(request: HttpRequest, id: str) -> HttpResponse:
    """A centre on the day, and under the version of the guideline, that is asked for."""
    return page(request, id)


def page(
    request: HttpRequest,
    id: str,
    found: Iterable[Finding] = (),
    given: Mapping[str, str] | None = None,
    done: str = "",
) -> HttpResponse:
    """found: what was wrong with an act; given: what was typed, which stays; done: the act that it was."""
    user: Any = request.user
    day = acts.day_of(request.GET.get("day", ""))
    version = request.GET.get("version", "")
    known = acts.on(day)
    first = acts.first_known(known, id)
    if first is not None and all(entry.centre.id != id for entry in acts.register(known)):
        return not_yet(request, known, id, first)
    at = acts.centre(known, id, version)
    chosen = at.guideline is not None and version == at.guideline.version
    query = {**({"day": day.isoformat()} if day else {}), **({"version": version} if chosen else {})}
    context = {
        "at": at,
        "known": known,
        "row": at.row,
        "head": row_context(at, day),
        "lead": lead(at),
        "gates": gates(at, acts.secret(user, known)),
        "conditions": conditions(at),
        "unknown": unknown(at),
        "figure": figure(at),
        "guideline_way": guideline_way(at),
        "query": f"?{urlencode(query)}" if query else "",
        "day_query": f"?day={day}" if day else "",
        "ahead": day is not None and day > clock.today(),
        "version_asked": version if chosen else "",
        "events": events(at),
        **parts(at, user),
        **past(at),
        "year": known.day.year - (1 if known.day.month < 4 else 0),
        "directs": acts.directs(user, at.row),
        "records": FORMS,
        "papers": PAPERS,
        "money_units": UNITS,
        "given": given or {},
        "done": done,
        "open_step": done.rpartition("/")[2],
        "found": tuple(found),
        "today": clock.today(),
        **life(at, user, given or {}),
    }
    return render(request, "centre.html", context)


def not_yet(request: HttpRequest, known: Snapshot, id: str, first: date) -> HttpResponse:
    """That no register named the centre on the day, and from which day on one does."""
    told = finding("centre.page.not_yet", "day", "warning", day=known.day, first=first)
    return render(request, "centre_not_yet.html", {
        "id": id, "told": [told], "first": first, "now": reverse("centre", args=[id]),
    }, status=404)  # fmt: skip


# ---------------------------------------------------------------- the answer


def lead(at: Known) -> SafeString:
    """Gates, the interval of the score, and where what is not known comes from."""
    return both(_lead(at, "zh"), _lead(at, "en"))


def _lead(at: Known, language: Language) -> SafeString:
    card = at.card
    if card is None:
        return sentence("centres.lead.no_guideline", language)
    said = [_gates_said(card, language)]
    width = card.high - card.low
    if width < 0.05:
        said.append(sentence("centres.lead.score_known", language, score=points(card.low), total=whole(card.total)))
        return joined(said, language)
    open_ = sorted(card.rows, key=lambda row: row.points[0] - row.points[1])
    named = [row for row in open_ if row.points[1] - row.points[0] >= 0.05][:NAMED]
    names = listed(
        [f"{title_in(r.indicator.title, language)} ({points(r.points[1] - r.points[0])})" for r in named], language
    )
    rest = sum(row.points[1] - row.points[0] >= 0.05 for row in open_) - len(named)
    key = "centres.lead.score" if not rest else "centres.lead.score_more"
    said.append(sentence(key, language, low=points(card.low), high=points(card.high), total=whole(card.total),
                         width=points(width), names=names, n=rest))  # fmt: skip
    return joined(said, language)


def _gates_said(card: Scorecard, language: Language) -> SafeString:
    failed = [row for row in card.gates if row.passed is False]
    open_ = sum(row.passed is None for row in card.gates)
    if not failed and not open_:
        return sentence("centres.lead.gates_passed", language)
    key = "centres.lead.gates_failed" if failed and not open_ else "centres.lead.gates_open" if not failed else (
        "centres.lead.gates_both")  # fmt: skip
    said = sentence(
        key, language, failed=counted("gates", len(failed), language), open=counted("gates", open_, language)
    )
    return SafeString(said[:1].upper() + said[1:])


# ---------------------------------------------------------------- gates and indicators


def gates(at: Known, secret: frozenset[str]) -> Folded | list[dict[str, Any]]:
    """All gates, those that are passed folded; none without a guideline."""
    rows = [gate(at, row, secret) for row in at.card.gates] if at.card else []
    return folded(rows, "gates", lambda row: row["passed"] is True) if rows else []


def gate(at: Known, row: GateRow, secret: frozenset[str]) -> dict[str, Any]:
    """One gate: whether it is passed, by what value against what limit, and the facts that stand against it."""
    facts = at.scored.opened(at.row.id, row.gate.id) if at.scored else {}
    counted_out = [*facts.get("bad", ()), *facts.get("unknown", ())]
    against = [fact for fact in counted_out if fact.evidence not in secret]
    limits = [(key, end) for key, end in (("least", row.gate.least), ("most", row.gate.most)) if end is not None]
    judged = row.gate.rule is None and not row.gate.document
    return {
        "id": row.gate.id,
        "title": row.gate.title,
        "state": GOODS[row.passed],
        "value": value_html(row.low, row.high, row.gate),
        "limits": [(f"centres.limit.{key}", value_html(end, end, row.gate)) for key, end in limits],
        "judged": judged,
        "document": row.gate.document,
        "facts": row.facts,
        "against": [
            evidence_html(at.snapshot, f.evidence, title_in(f.title, current(), f.subject)) for f in against[:3]
        ],
        "more": max(0, len(counted_out) - min(3, len(against))),
        "source": source_said(row.gate.source),
        "status": status_html(row.gate.status),
        "way": reverse("centre_facts", args=[at.row.id, row.gate.id]),
        "passed": row.passed,
    }


def conditions(at: Known) -> list[dict[str, Any]]:
    """The conditions with their indicators."""
    if at.card is None or at.guideline is None:
        return []
    card = at.card
    rows = {c.id: [indicator(at, row) for row in card.rows if row.condition == c.id] for c in at.guideline.conditions}
    return [
        {
            "id": c.id,
            "title": c.title,
            "score": span(*card.conditions[c.id][:2]),
            "of": points(card.conditions[c.id][2]),
            "rows": rows[c.id],
            "said": indicators_said(rows[c.id]),
        }
        for c in at.guideline.conditions
    ]


def indicator(at: Known, row: Row) -> dict[str, Any]:
    """One indicator of the card."""
    of = row.indicator
    return {
        "id": of.id,
        "title": of.title,
        "value": value_html(row.low, row.high, of),
        "unknown": row.unknown,
        "points": span(*row.points),
        "weight": points(of.weight),
        "facts": row.facts,
        "judged": of.judged,
        "spread": None if row.spread is None else points(of.weight * row.spread),
        "source": source_said(of.source),
        "status": status_html(of.status),
        "evidence": of.evidence,
        "way": reverse("centre_facts", args=[at.row.id, of.id]),
        "partly": not row.unknown and row.points[1] - row.points[0] >= 0.05,
    }


def unknown(at: Known) -> list[dict[str, Any]]:
    """The indicators of which nothing is known, by what they could bring."""
    rows = at.card.unknown if at.card else ()
    return [indicator(at, row) for row in sorted(rows, key=lambda row: -row.indicator.weight)]


def figure(at: Known) -> dict[str, Any] | None:
    """The score by condition, the unknown hatched."""
    if at.card is None or at.guideline is None:
        return None
    card, guideline = at.card, at.guideline
    name = f"score {at.row.id} {guideline.number} {guideline.version}"
    return drawn_context(kept(at.snapshot, name, lambda: score_of(card, guideline, current())), "score")


def guideline_way(at: Known) -> str:
    """The page of the guideline that counts."""
    return reverse("guideline", args=[at.guideline.number, at.guideline.version]) if at.guideline else ""


# ---------------------------------------------------------------- life cycle


def events(at: Known) -> list[dict[str, Any]]:
    """The dated events of the register, each with its source; what two sources date differently stands twice."""
    rows = []
    people = names_of({event.source for event in at.entry.events if event.origin == "matter"})
    for event in at.entry.events:
        rows.append(
            {
                "state": event.title,
                "day": event.day,
                "source": people.get(event.source, {"": event.source})
                if event.origin == "matter"
                else {"": event.source},
                "declared": event.origin == "declared",
                "evidence": evidence_html(at.snapshot, event.evidence),
            }
        )
    return rows


def life(at: Known, user: Any, given: Mapping[str, str]) -> dict[str, Any]:
    """The matters about the centre, and what somebody may do in them today."""
    views = acts.matters_of(user, at.row.id)
    shown = []
    if at.card is not None and at.card.total:
        ends = (100.0 * end / at.card.total for end in (at.card.low, at.card.high))
        given = {"f-score": "–".join(dict.fromkeys(f"{end:.1f}" for end in ends)), **given}
    for view in views:
        steps = [] if view.where.ended else forms(view, acts.guards_now(view) if view.steps else {}, given)
        shown.append(standing_context(view) | {"steps": steps})
    cycle = next((row for row in shown if row["key"][0] == "centre"), None)
    may = matter.everywhere(user)
    return {
        "cycle": cycle, "others": [row for row in shown if row is not cycle],
        "may_open": cycle is None and "bureau" in may, "may_rectify": "bureau" in may,
        "in_past": at.snapshot.day != clock.today(),
    }  # fmt: skip


@require_POST
def act(request: HttpRequest, id: str) -> HttpResponse:
    """One step in a matter about the centre, or the opening of one; where it is refused the page comes back."""
    user: Any = request.user
    procedure, number, done = (request.POST.get(name, "") for name in ("procedure", "number", "do"))
    at = acts.centre(acts.on(None), id)
    try:
        if not number:
            view = _opened(request, at, procedure, done)
        else:
            view = matter.seen(procedure, number, user)
            if str(view.matter.fields.get("centre", "")) != id:
                raise Http404
            step = view.procedure.step(done)
            content = content_of(request, user, view.procedure, step) if step else {}
            view = matter.step(user, procedure, number, done, content, request.POST.get("role", ""))
    except Refused as refused:
        return page(request, id, refused.findings, request.POST.dict(), f"{procedure}/{number}/{done}")
    step = view.procedure.step(done)
    messages.success(request, term("centres.done.step", step=title_in(step.title, current()) if step else done))
    return redirect(reverse("centre", args=[id]) + "#life")


def _opened(request: HttpRequest, at: Known, procedure: str, done: str) -> matter.Seen:
    """A life cycle, or a rectification, about the centre."""
    from suyuan.verbs.matter.matters import procedure_named

    user: Any = request.user
    if "bureau" not in matter.everywhere(user):
        raise PermissionDenied
    law = procedure_named(procedure if procedure in ("centre", "rectification") else "")
    step = law.step(done)
    content = content_of(request, user, law, step) if step else {}
    hosts = _hosts(request, at)
    me = (matter.name_of(user),)
    roles = {"host": hosts, "bureau": me, "authority": me}
    roles |= {"recommender": me} if procedure == "centre" else {"assessor": me}
    prefix = {"centre": "CENTRE", "rectification": "RECT"}[law.name]
    fields = {"centre": at.row.id, **({"guideline": at.guideline.number} if at.guideline else {})}
    new = matter.unopened(law.name, matter.numbered(law.name, prefix), at.row.name, at.row.host or at.row.name,
                          fields=fields, roles=roles, demo=at.row.demo)  # fmt: skip
    return matter.open_matter(user, new, done, "bureau", content)


def _hosts(request: HttpRequest, at: Known) -> tuple[str, ...]:
    """Accounts of the host: those that the life cycle names, else what was typed."""
    for one in at.snapshot.matters_of("centre"):
        if str(one.fields.get("centre", "")) == at.row.id and one.holders("host"):
            return one.holders("host")
    typed = request.POST.get("host", "").replace("，", ",").split(",")
    return tuple(name.strip() for name in typed if name.strip())


@require_POST
def record(request: HttpRequest, id: str) -> HttpResponse:
    """A record delivered by the director."""
    at = acts.centre(acts.on(None), id)
    try:
        delivered(request, at)
    except Refused as refused:
        return page(request, id, refused.findings, request.POST.dict(), "record")
    messages.success(request, term("centres.done.record"))
    return redirect(reverse("centre", args=[id]) + "#deliver")


def file(request: HttpRequest, digest: str) -> HttpResponse:
    """A file that proves a record of a centre, as it was delivered; never opened in the page."""
    user: Any = request.user
    name, _, content = acts.file_of(acts.on(None), user, digest)
    answer = HttpResponse(content, content_type="application/octet-stream")
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
