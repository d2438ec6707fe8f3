"""The verifier's page: the sample by tonnes, what is material, what was found, the statement; hours to certificates."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.claim.material import materiality, schemes
from suyuan.carbon.management.verification import (
    MOST,
    TOPICS,
    Population,
    Sampled,
    Statement,
    needed,
    sample,
)
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.table import Row
from suyuan.site.acts.carbon import held, stacks
from suyuan.site.acts.carbon import verifying as acts
from suyuan.site.language import LANGUAGES, Language
from suyuan.site.terms import term
from suyuan.site.web.carbon.hours import hours_shown
from suyuan.site.web.carbon.rules import scheme_said, source_of, status
from suyuan.site.web.carbon.shown import claim_way, said, tonnes
from suyuan.site.web.carbon.statement import statement_row, statement_shown
from suyuan.site.web.houses import houses
from suyuan.site.web.parts.text import both

SEED = 1
KEPT = ("size", "seed", "scheme", "found", "note", "corrected", "rest", "topic", "text", "over", "mended")
"""What a statement is asked with."""


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, digest: str) -> HttpResponse:
    """The page; `?size=&seed=&scheme=` draw, `?stack=&month=&hour=` open an hour; POST shows the statement, `do=keep`
    makes it a document."""
    one = held.claim_of(request.user, digest)
    if request.method == "POST" and not held.may_verify(request.user):
        raise PermissionDenied
    given = request.POST if request.method == "POST" else request.GET
    size, seed, scheme, told = _asked(one, given)
    drawn: tuple[Sampled, ...] = ()
    limit, row = 0.0, None
    statement: Statement | None = None
    try:
        limit, row = materiality(scheme, one.legal)
        drawn = sample(one, size, seed)
        if request.method == "POST":
            errors = acts.read_findings(one, drawn, {k: str(v) for k, v in given.items()})
            over = {name: given.get(name, "").replace("\x00", "").strip()[:600] for name in ("supersedes", "reason")}
            statement = acts.drafted(
                request.user,
                one,
                acts.Asked(
                    scheme,
                    size,
                    seed,
                    **over,
                    remarks=acts.read_remarks({k: str(v) for k, v in given.items()}),
                    rest_checked="rest" in given,
                ),
                errors,
            )
            if given.get("do") == "keep":
                digest = acts.keep(request.user, statement)
                messages.success(request, term("carbon.statement.kept"))
                return redirect("carbon_statement", digest)
    except Refused as refused:
        told = (*told, *refused.findings)
    behind = held.plant_behind(one)
    context = {
        "claim": one, "enterprise": houses(one.enterprise), "way": claim_way(one.digest), "told": told,
        "lead": both(*(_lead(one, drawn, limit, row, language) for language in LANGUAGES)),
        "size": size, "seed": seed, "scheme": scheme,
        "schemes": [(name, scheme_said(name)) for name in schemes()], "most": MOST,
        "limit": tonnes(limit), "row": row, "status": status(row) if row is not None else None,
        "source": source_of(row) if row is not None else "",
        "drawn": [_sampled(at, item, given) for at, item in enumerate(drawn)], "months": _count(one),
        "covered": tonnes(sum(abs(item.tonnes) for item in drawn)), "may": held.may_verify(request.user),
        "statement": statement_shown(statement) if statement is not None else None, "behind": behind,
        "mine": acts.mine(request.user, one), "reason": given.get("reason", "")[:600],
        "known": [statement_row(item) for item in held.statements_on(one.digest)],
        "topics": TOPICS, "rest": "rest" in given,
        "remarks": [{"at": at, **{name: given.get(f"{name}-{at}", "")[:400] for name in ("topic", "text", "over")},
                     "mended": f"mended-{at}" in given} for at in range(acts.REMARKS)],
        "again": [(k, v) for k, v in given.items() if k.partition("-")[0] in KEPT],
        "stacks": behind is not None and stacks.has_stacks(behind.plant),
    }  # fmt: skip
    if context["stacks"] and behind is not None:
        context |= hours_shown(behind, one, request.GET)
    elif asked := [name for name in ("hour", "month") if request.GET.get(name, "").strip()]:
        told = (*told, finding("site.carbon.no_hours", asked[0], given=request.GET[asked[0]][:40]))
        context["told"] = told
    wrong: Any = context.get("stack_told", ())
    told = (*told, *wrong)
    return render(request, "carbon_verify.html", context, status=422 if told else 200)


def _asked(one: Claim, given: Any) -> tuple[int, int, str, tuple[Finding, ...]]:
    """Size, seed and scheme as asked; what is no number counts as the usual one, and is told. Where no size is asked
    for, that which reasonable assurance needs."""
    found: list[Finding] = []
    numbers = []
    scheme = given.get("scheme", "")[:40] or schemes()[0]
    try:
        enough = needed(Population.of(one), materiality(scheme, one.legal)[0])
    except (Refused, ZeroDivisionError, ValueError):
        enough = 1
    for name, usual, least in (("size", enough, 1), ("seed", SEED, 0)):
        text = given.get(name, "").strip()[:12]
        if text and not (text.isascii() and text.isdigit() and int(text) >= least):
            found.append(finding("site.carbon.number", name, given=text, name=name, least=least))
            text = ""
        numbers.append(int(text) if text else usual)
    return numbers[0], numbers[1], scheme, tuple(found)


def _count(one: Claim) -> int:
    return sum(1 for part in one.parts if part.counted for t in part.legal if t)


def _sampled(at: int, item: Sampled, given: Any) -> dict[str, Any]:
    return {"at": at, "part": item.part, "month": item.month, "tonnes": tonnes(item.tonnes), "hits": item.hits,
            "found": given.get(f"found-{at}", "")[:40], "note": given.get(f"note-{at}", "")[:400],
            "corrected": f"corrected-{at}" in given}  # fmt: skip


def _lead(one: Claim, drawn: tuple[Sampled, ...], limit: float, row: Row | None, language: Language) -> Any:
    if not drawn or row is None:
        return said("carbon.verify.lead.none", language)
    share = sum(abs(item.tonnes) for item in drawn) / max(
        sum(abs(t) for p in one.parts if p.counted for t in p.legal), 1e-9
    )
    return said("carbon.verify.lead", language, limit=tonnes(limit), n=len(drawn), share=f"{100 * share:.3g} %")
