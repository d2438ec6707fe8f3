"""The page of a need: the verdict in a sentence, the need, the gates of the nearest, what closes the gap, who else, and
what can be done. Whatever is shown follows from what was known on the day asked for."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods

from suyuan.capability.matching.gate import Proof
from suyuan.capability.matching.match import Match
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.report.papers.all import MEDIA
from suyuan.report.service.files import files
from suyuan.report.service.need_sheet import need_fields, need_sheet
from suyuan.report.service.proof import proof_document, proof_fields
from suyuan.site.acts import clock
from suyuan.site.acts.closing.gaps import challenge_about
from suyuan.site.acts.day import since
from suyuan.site.acts.matching import need as acts
from suyuan.site.acts.matching.need import Seen
from suyuan.site.acts.matching.need_answer import answer as keep_answer
from suyuan.site.acts.matching.need_answer import answers, may_answer
from suyuan.site.acts.matters import matter as matters
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.days import asked_day, day_context
from suyuan.site.web.matching import need_parts as parts
from suyuan.site.web.matching.match_parts import dial, large, need_title, need_way, quantity_name
from suyuan.site.web.matching.need_lead import lead
from suyuan.site.web.matching.need_shop import shop
from suyuan.site.web.matching.need_transfer import carried
from suyuan.site.web.matters.words import matter_way
from suyuan.site.web.shell import address
from suyuan.verbs.snapshot import Snapshot

FORMS = ("pdf", "docx", "xlsx", "json")
SHEETS = ("docx", "pdf", "xlsx")


@require_http_methods(["GET", "POST"])
def need(request: HttpRequest, organisation: str, id: str) -> HttpResponse:
    """The page, or one of its files with `?as=`."""
    name = f"{organisation}/{id}"
    snapshot = acts.on(asked_day(request))
    # A need that was stated later is asked of the evidence of the day all the same.
    there = snapshot if name in acts.known(snapshot) else acts.on(None)
    view = acts.seen(there, name, request.user)
    told = () if there is snapshot else _stated_later(snapshot, view)
    if request.method == "POST":
        return _answered(request, snapshot, view, name)
    proof: Proof = "stated" if request.GET.get("proof") == "stated" else "evidence"
    found = acts.answer(snapshot, view.need, proof, name, "all" in request.GET)
    form = request.GET.get("as", "")
    if form:
        return _file(view, found, form, snapshot.day)
    if not view.whole:
        return render(request, "need_confidential.html", _masked(view, found, snapshot))
    return render(request, "need.html", _context(request, snapshot, view, found, proof) | {"told": told})


def _stated_later(snapshot: Snapshot, view: Seen) -> tuple[Finding, ...]:
    """That the need was stated after the day by whose evidence it is answered."""
    first = since(snapshot, "need", view.register.owner, view.need.id) or view.register.day
    return (finding("site.day.need_later", "day", "note", day=snapshot.day, first=first),)


def _masked(view: Seen, found: Match, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "kind": quantity_name(view.need.quantity), "verdict": found.verdict, "dial": dial(found.verdict),
        **day_context(snapshot), "demo_row": view.need.demo or view.register.demo,
    }  # fmt: skip


def _context(request: HttpRequest, snapshot: Snapshot, view: Seen, found: Match, proof: Proof) -> dict[str, Any]:
    name = "/".join(view.key)
    past = snapshot.day != clock.today()
    day = snapshot.day.isoformat() if past else ""
    best = found.single[0] if found.single else found.nearest
    challenge, ordered = _challenge(snapshot, view, request), "" if past else parts.named_for_order(view, request.user)
    replied = answers(view.register.digest, view.need.id)
    return {
        "view": view,
        "need": view.need,
        "title": need_title(view.need),
        "verdict": found.verdict,
        "large": large(found),
        "dial": dial(large(found)),
        "says": term(f"match.says.{large(found)}", "en"),
        "lead": lead(found),
        "facts": parts.facts(view, found),
        "conditions": parts.conditions(view.need),
        "why_target": parts.why_target(view.need),
        "best": parts.named(best, day) if best is not None else None,
        "gates": parts.gates(best) if best is not None else [],
        "figure": parts.figure(found),
        "dominant": parts.dominant(found, snapshot),
        "others": parts.others(found, "all" in request.GET, day, acts.agreeing(snapshot, view.need, name), ordered),
        "other_items": parts.other_items(view.need, acts.unlike(snapshot, view.need)),
        "together": parts.together(found, day),
        "carried": carried(found, day, ordered),
        "routes": parts.routes(found, day, name, request.user),
        "shop": shop(found, snapshot, day),
        "findings": found.findings,
        "acts": [] if past else parts.acts_of(found, view, name, request.user, address, challenge),
        **day_context(snapshot),
        "proof": proof,
        "other_proof": _other(request, "proof", "" if proof == "stated" else "stated"),
        "all_way": _other(request, "all", "1"),
        "files": [(form, _other(request, "as", form)) for form in FORMS],
        "sheets": [(form, _other(request, "as", f"sheet.{form}")) for form in SHEETS],
        "answers": replied,
        "change": f"{reverse('need_new')}?{urlencode({'of': name})}"
        if acts.may_change(view, request.user) and not past
        else "",
        "may_answer": may_answer(request.user) and not past,
        "state": "answered" if replied else "waiting",
        "demo_row": view.need.demo or view.register.demo,
    }


def _challenge(snapshot: Snapshot, view: Seen, request: HttpRequest) -> str:
    """The way to the challenge about a need; «» where there is none that somebody may see."""
    about = challenge_about(snapshot, view.need)
    if about is None:
        return ""
    try:
        matters.seen("challenge", about.number, request.user)
    except Http404:
        return ""
    return matter_way(about)


def _other(request: HttpRequest, key: str, value: str) -> str:
    asked = {k: v for k, v in request.GET.items() if k not in (key, "as")}
    if value:
        asked[key] = value
    return f"?{urlencode(asked)}" if asked else request.path


def _file(view: Seen, found: Match, form: str, day: date) -> HttpResponse:
    """The proof, or the sheet of the need, as a file."""
    sheet = form.startswith("sheet.")
    kind = form.removeprefix("sheet.")
    if kind not in (SHEETS if sheet else FORMS) or (sheet and not view.whole):
        raise Http404
    masked = not view.whole
    if sheet:
        document, fields = need_sheet(view.need, day), need_fields(view.need)
    else:
        document, fields = proof_document(found, day, masked=masked, language=current()), proof_fields(found, masked)
    try:
        made = files(document, fields, "both", (kind,))  # type: ignore[arg-type]
    except Refused as refused:
        raise Http404(str(refused)) from None
    (name, data), *_ = made.items()
    answer = HttpResponse(data, content_type=MEDIA[kind])  # type: ignore[index]
    answer.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return answer


def _answered(request: HttpRequest, snapshot: Snapshot, view: Seen, name: str) -> HttpResponse:
    """An answer of a laboratory to whoever has the need; or the need is taken out by whoever stated it."""
    if request.POST.get("do") == "remove" and acts.may_change(view, request.user) and not request.POST.get("sure"):
        messages.warning(request, term("match.remove.sure"))
        return redirect(need_way(name) + "#remove")
    if request.POST.get("do") == "remove":
        acts.take_out(request.user, view)
        messages.success(request, term("match.removed", id=view.need.id))
        return redirect("match")
    found = acts.answer(snapshot, view.need, "evidence", name)
    if not view.whole:
        raise Http404
    text = request.POST.get("text", "").strip()[:2000]
    keep_answer(request.user, view, found.verdict, text)
    messages.success(request, term("match.answer.kept"))
    return redirect(need_way(name) + "#answers")
