"""The page of a verification statement: opinion, what is material, sample and findings; whether its claim stands."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from suyuan.carbon.management.verification import Misstatement, Remark, Sampled, Statement
from suyuan.report.carbon.statement import verification_statement
from suyuan.site.acts import store
from suyuan.site.acts.carbon import held
from suyuan.site.language import LANGUAGES, Language
from suyuan.site.web.carbon.documents import FORMATS, answer_of
from suyuan.site.web.carbon.rules import scheme_said, source_of, status
from suyuan.site.web.carbon.shown import claim_way, own_text, said, tonnes
from suyuan.site.web.carbon.withdrawn import gone_lead
from suyuan.site.web.evidence.certificate import download
from suyuan.site.web.houses import houses
from suyuan.site.web.parts.text import both
from suyuan.verbs.carbon.engagement import superseding, told

STATES = {"reasonable": "satisfactory", "qualified": "undecided", "adverse": "unsatisfactory"}


@require_safe
def statement(request: HttpRequest, digest: str) -> HttpResponse:
    """The page."""
    one = held.statement_of(request.user, digest)
    claims, known = held.claims(request.user), held.statements(request.user)
    claim = next((c for c in claims if c.digest == one.engagement.claim), None)
    later, over = superseding(one, known), next((c for c in claims if c.supersedes == one.engagement.claim), None)
    return render(request, "carbon_statement.html", {
        "one": one, "statement": statement_shown(one), "enterprise": houses(one.enterprise), "claim": claim,
        "way": claim_way(one.engagement.claim) if claim is not None else "", "told": told(one, claims, known),
        "gone": gone_lead(claim) if claim is not None else "",
        "later": statement_way(later.digest) if later is not None else "",
        "later_claim": claim_way(over.digest) if over is not None else "",
        "lead": both(*(_lead(one, language) for language in LANGUAGES)), "reason": own_text(one.engagement.reason),
        "earlier": statement_way(one.engagement.supersedes) if one.engagement.supersedes else "",
        "sample": _sample(one), "status": status(one.row),
        "source": source_of(one.row),
        "files": [(form, reverse("carbon_statement_file", args=[digest, form])) for form in FORMATS if form != "json"]
        if claim is not None else [],
    })  # fmt: skip


def statement_way(digest: str) -> str:
    """The page of a statement."""
    return reverse("carbon_statement", args=[digest])


def statement_shown(one: Statement) -> dict[str, Any]:
    """Opinion and tonnes of a statement, as page and preview show them."""
    found = one.opined
    return {"one": one, "did": one.engagement, "scheme": scheme_said(one.engagement.scheme),
            "state": STATES[found.opinion], "key": f"carbon.opinion.{found.opinion}",
            "stated": tonnes(found.stated, sign=True), "projected": tonnes(found.projected, sign=True),
            "limit": tonnes(found.limit), "unseen": tonnes(found.unseen), "U": tonnes(one.U),
            "remarks": [_remark(r) for r in one.engagement.remarks], "findings": one.findings}  # fmt: skip


def _remark(one: Remark) -> dict[str, Any]:
    return {"topic": f"carbon.topic.{one.topic}", "text": own_text(one.text), "tonnes": tonnes(one.tonnes, sign=True),
            "corrected": one.corrected}  # fmt: skip


def statement_row(one: Statement) -> dict[str, Any]:
    """A statement in a row of a list."""
    known = held.statements_on(one.engagement.claim)
    return statement_shown(one) | {
        "way": statement_way(one.digest), "unit": one.unit, "year": one.year, "enterprise": houses(one.enterprise),
        "day": one.day, "verifier": own_text(one.issuer), "claim": claim_way(one.engagement.claim),
        "gone": superseding(one, known) is not None,
        "claim_gone": any(c.supersedes == one.engagement.claim for c in held.all_claims()),
    }  # fmt: skip


def _lead(one: Statement, language: Language) -> Any:
    found = one.opined
    return said(f"carbon.statement.lead.{found.opinion}", language, verifier=own_text(one.issuer),
                stated=tonnes(found.stated, sign=True), projected=tonnes(found.projected, sign=True),
                limit=tonnes(found.limit), unseen=tonnes(found.unseen))  # fmt: skip


def _sample(one: Statement) -> list[dict[str, Any]]:
    found = {(item.part, item.month): item for item in one.engagement.misstatements}
    return [_item(item, found.get((item.part, item.month))) for item in one.sample]


def _item(item: Sampled, error: Misstatement | None) -> dict[str, Any]:
    wrong = error is not None and error.found != item.tonnes
    return {"part": item.part, "month": item.month, "tonnes": tonnes(item.tonnes), "hits": item.hits,
            "found": tonnes(error.found) if error is not None and wrong else "",
            "error": tonnes(item.tonnes - error.found, sign=True) if error is not None and wrong else "",
            "note": own_text(error.note) if error is not None else ""}  # fmt: skip


@require_safe
def as_json(request: HttpRequest, digest: str) -> HttpResponse:
    """The document of a statement, byte for byte: its SHA-256 is its digest."""
    one = held.statement_of(request.user, digest)
    return download(store.store().read(digest), f"statement-{one.unit}-{one.year}.json", "application/json")


@require_safe
def document(request: HttpRequest, digest: str, form: str) -> HttpResponse:
    """The statement as a paper. Raises Http404 for another format, and where its claim is not here."""
    one = held.statement_of(request.user, digest)
    claims = held.claims(request.user)
    claim = next((c for c in claims if c.digest == one.engagement.claim), None)
    if claim is None or form not in FORMATS:
        raise Http404
    made = verification_statement(claim, one, told(one, claims, held.statements(request.user)))
    return answer_of(made, f"statement-{one.unit}-{one.year}", form)
