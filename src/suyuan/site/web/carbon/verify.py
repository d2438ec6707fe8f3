"""The verifier's page: the sample by tonnes, what is material, what was found, the statement; hours to certificates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.claim.material import materiality, schemes
from suyuan.carbon.management.verification import (
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
from suyuan.site.web.carbon.shown import claim_way, percent, said, tonnes
from suyuan.site.web.carbon.statement import statement_row, statement_shown
from suyuan.site.web.carbon.withdrawn import gone_lead
from suyuan.site.web.houses import houses
from suyuan.site.web.parts.text import both, day_text

SEED, LONGEST = 1, 600
"""Seed of a sample that nobody asked for; characters of a reason."""
ASKED = ("size", "seed", "scheme")
"""What a sample is asked with."""
KEPT = ("size", "seed", "scheme", "found", "note", "rest", "topic", "text", "over", "mended")
"""What a statement is asked with."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A sample as it was asked for. limit, row: what is material and the row that says so; told: what was asked
    wrongly."""

    size: int
    seed: int
    scheme: str
    limit: float = 0.0
    row: Row | None = None
    items: tuple[Sampled, ...] = ()
    told: tuple[Finding, ...] = ()


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, digest: str) -> HttpResponse:
    """The page; `?size=&seed=&scheme=` draw, `?stack=&month=&hour=` open an hour; POST shows the statement, `do=keep`
    makes it a document, `do=draw` draws again with what was filled in."""
    one = held.claim_of(request.user, digest)
    given, dropped = _given(one, request.POST) if request.method == "POST" else (request.GET.dict(), ())
    drawn = _drawn(one, given)
    told, statement = drawn.told, None
    if request.method == "POST" and not held.may_verify(request.user):
        raise PermissionDenied
    if request.method == "POST" and given.get("do") != "draw":
        try:
            statement = _stated(request.user, one, drawn, given)
            if given.get("do") == "keep":
                kept = acts.keep(request.user, statement)
                messages.success(request, term("carbon.statement.kept"))
                return redirect("carbon_statement", kept)
        except Refused as refused:
            told = (*told, *refused.findings)
    context = _claim(request, one, drawn) | _sample(one, drawn, given) | _hours(request, one)
    if statement is not None:
        context["statement"] = statement_shown(statement)
    told = (*told, *context["hours_told"])
    wrong = bool((*told, *context["stack_told"]))
    context["told"] = tuple(dict.fromkeys((*context["barred"], *dropped, *told)))
    return render(request, "carbon_verify.html", context, status=422 if wrong else 200)


def _given(one: Claim, posted: QueryDict) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """What was filled in, and of which sample: `was-size`, `was-seed`, `was-scheme` are those of the one on the page.
    Where another one is drawn, each finding goes with its item, and those of items that it does not have are told.
    """
    given = {name: str(text) for name, text in posted.items()}
    was = {name: given[f"was-{name}"] for name in ASKED if f"was-{name}" in given}
    if given.get("do") != "draw":
        return given | was, ()
    old = _drawn(one, given | was).items
    found = {(item.part, item.month): (given.get(f"found-{at}", ""), given.get(f"note-{at}", ""))
             for at, item in enumerate(old)}  # fmt: skip
    kept = {name: text for name, text in given.items() if name.partition("-")[0] not in ("found", "note", "rest")}
    for at, item in enumerate(_drawn(one, given).items):
        kept[f"found-{at}"], kept[f"note-{at}"] = found.pop((item.part, item.month), ("", ""))
    items = "; ".join(f"{part} {month}: {' '.join(filter(None, text))}"[:120]
                      for (part, month), text in found.items() if any(text))  # fmt: skip
    return kept, (finding("site.carbon.dropped", "sample", "warning", items=items[:600]),) if items else ()


def _stated(user: Any, one: Claim, drawn: _Drawn, given: dict[str, str]) -> Statement:
    """The statement that would be made with what was filled in. Raises Refused."""
    over = {name: given.get(name, "").replace("\x00", "").strip()[:LONGEST] for name in ("supersedes", "reason")}
    asked = acts.Asked(drawn.scheme, drawn.size, drawn.seed, **over, remarks=acts.read_remarks(given),
                       rest_checked="rest" in given)  # fmt: skip
    return acts.drafted(user, one, asked, acts.read_findings(one, drawn.items, given))


def _claim(request: HttpRequest, one: Claim, drawn: _Drawn) -> dict[str, Any]:
    """The claim, who may state on it, and what was stated."""
    later, barred = held.superseded_by(one, held.claims(request.user)), acts.barred(request.user, one)
    may = held.may_verify(request.user)
    return {"lead": both(*(_lead(one, drawn, later, language) for language in LANGUAGES)),
            "claim": one, "enterprise": houses(one.enterprise), "way": claim_way(one.digest), "gone": gone_lead(one),
            "later": claim_way(later.digest) if later is not None else "",
            "later_verify": reverse("carbon_verify", args=[later.digest]) if later is not None else "",
            "barred": barred if may and later is None else (), "may": may and not barred, "could": may,
            "mine": acts.mine(request.user, one),
            "known": [statement_row(item) for item in held.statements_on(one.digest)]}  # fmt: skip


def _sample(one: Claim, drawn: _Drawn, given: dict[str, str]) -> dict[str, Any]:
    """The sample with what was filled in."""
    row = drawn.row
    return {
        "size": drawn.size, "seed": drawn.seed, "scheme": drawn.scheme,
        "schemes": [(name, scheme_said(name)) for name in schemes()], "limit": tonnes(drawn.limit), "row": row,
        "status": status(row) if row is not None else None, "source": source_of(row) if row is not None else "",
        "drawn": [_sampled(at, item, given) for at, item in enumerate(drawn.items)], "months": _count(one),
        "topics": TOPICS, "rest": "rest" in given, "reason": given.get("reason", "")[:LONGEST],
        "remarks": [{"at": at, **{name: given.get(f"{name}-{at}", "")[:400] for name in ("topic", "text", "over")},
                     "mended": f"mended-{at}" in given} for at in range(acts.REMARKS)],
        "again": [(k, v) for k, v in given.items() if k.partition("-")[0] in KEPT],
    }  # fmt: skip


def _hours(request: HttpRequest, one: Claim) -> dict[str, Any]:
    """The hours of its stacks; where it has none and hours were asked for, that is told."""
    behind = held.plant_behind(one)
    if behind is not None and stacks.has_stacks(behind.plant):
        return {"stacks": True, "hours_told": (), "stack_told": ()} | hours_shown(behind, one, request.GET)
    asked = [name for name in ("hour", "month") if request.GET.get(name, "").strip()][:1]
    told = tuple(finding("site.carbon.no_hours", name, given=request.GET[name][:40]) for name in asked)
    return {"stacks": False, "hours_told": told, "stack_told": ()}


def _drawn(one: Claim, given: dict[str, str]) -> _Drawn:
    """The sample that was asked for; what is no number counts as the usual one, and is told. Where no size is asked
    for, that which reasonable assurance needs."""
    scheme = given.get("scheme", "")[:40] or schemes()[0]
    try:
        enough = needed(Population.of(one), materiality(scheme, one.legal)[0])
    except (Refused, ZeroDivisionError, ValueError):
        enough = 1
    found: list[Finding] = []
    numbers = []
    for name, usual, least in (("size", enough, 1), ("seed", SEED, 0)):
        text = given.get(name, "").strip()[:12]
        if text and not (text.isascii() and text.isdigit() and int(text) >= least):
            found.append(finding("site.carbon.number", name, given=text, name=name, least=least))
            text = ""
        numbers.append(int(text) if text else usual)
    size, seed = numbers
    try:
        limit, row = materiality(scheme, one.legal)
        return _Drawn(size, seed, scheme, limit, row, sample(one, size, seed), tuple(found))
    except Refused as refused:
        return _Drawn(size, seed, scheme, told=(*found, *refused.findings))


def _count(one: Claim) -> int:
    return sum(1 for part in one.parts if part.counted for t in part.legal if t)


def _sampled(at: int, item: Sampled, given: Any) -> dict[str, Any]:
    return {"at": at, "part": item.part, "month": item.month, "tonnes": tonnes(item.tonnes), "hits": item.hits,
            "found": given.get(f"found-{at}", "")[:40], "note": given.get(f"note-{at}", "")[:400]}  # fmt: skip


def _lead(one: Claim, drawn: _Drawn, later: Claim | None, language: Language) -> Any:
    if later is not None:
        return said("carbon.verify.lead.later", language, made=day_text(later.made, language))
    if not drawn.items:
        return said("carbon.verify.lead.none", language)
    whole = sum(abs(t) for part in one.parts if part.counted for t in part.legal)
    share = sum(abs(item.tonnes) for item in drawn.items) / whole if whole else math.nan
    return said("carbon.verify.lead", language, limit=tonnes(drawn.limit), n=len(drawn.items), share=percent(share))
