"""The page of an annual claim: legal value beside best estimate, on what both hang, and what they would be today."""

from __future__ import annotations

import hashlib
import math
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from suyuan.carbon.claim.claim import BURNT, Claim, unstated
from suyuan.quantity.budget import by_certificate, by_influence
from suyuan.quantity.finding import Refused
from suyuan.site.acts import store
from suyuan.site.acts.carbon import claim as acts
from suyuan.site.acts.carbon import held, sharing
from suyuan.site.acts.carbon.changing import predecessor
from suyuan.site.acts.carbon.claim import Improved
from suyuan.site.language import LANGUAGES, Language, current
from suyuan.site.web.carbon.documents import paper_answer, papers_of
from suyuan.site.web.carbon.figures import months_figures
from suyuan.site.web.carbon.parts import month_rows, part_row
from suyuan.site.web.carbon.rules import rule_rows, scheme_said
from suyuan.site.web.carbon.shown import (
    K,
    about,
    budget_rows,
    claim_way,
    in_both,
    influence_said,
    lacking,
    maker,
    of,
    own_text,
    percent,
    reference,
    relative,
    role_said,
    slug,
    spans,
    spread,
    tonnes,
)
from suyuan.site.web.carbon.statement import statement_row
from suyuan.site.web.carbon.today import today_shown
from suyuan.site.web.carbon.withdrawn import gone_lead
from suyuan.site.web.evidence.certificate import download
from suyuan.site.web.houses import houses
from suyuan.site.web.parts.sentence import joined, sentence
from suyuan.site.web.parts.text import both, unbroken
from suyuan.site.web.ways import certificate_way, toward
from suyuan.verbs.carbon.links import FactorLink

SHOWN, EVIDENCE = 12, 8
"""Rows of a budget that the page shows; of its evidence, the rest counted or folded."""
STATES = {"complete": "complete", "broken": "broken", "absent": "missing", "none": "open"}
CHECKED = {"agree": "satisfactory", "agree, unconfirmed": "undecided", "differ": "unsatisfactory"}


@require_safe
def claim(request: HttpRequest, digest: str) -> HttpResponse:
    """The page; `?by=certificate` another view of the budget, `?left-N=0.5` what better influences would give."""
    one = held.claim_of(request.user, digest)
    known = held.claims(request.user)
    behind = held.plant_behind(one)
    by = "certificate" if request.GET.get("by") == "certificate" else "influence"
    found = acts.behind(one)
    now = acts.today(one, behind) if behind is not None else None
    better = acts.improved(one, request.GET.dict())
    later = held.superseded_by(one, known)
    return render(request, "carbon_claim.html", {
        "claim": one, "came": held.arrived(one), "enterprise": houses(one.enterprise), "k": K,
        "lead": both(*(_lead(one, language) for language in LANGUAGES)), "gone": gone_lead(one),
        "parts": [part_row(part) for part in one.parts], "legal": tonnes(one.legal),
        "best": of(one.best, least=one.least),
        "lacking_all": lacking(one.missing, one.unknown),
        "month_rows": month_rows(one), "bias": tonnes(_bias(one), sign=True),
        "by": by, "budget": budget_rows((by_certificate if by == "certificate" else by_influence)(one.best), SHOWN),
        "u": spread(float(one.best.u)), "figures": months_figures(one),
        "scheme": scheme_said(one.scheme), "rules": rule_rows(one.rows, {o.row: o for o in one.overrides}),
        "links": _links(found.links), "lacking": sum(link.state != "complete" for link in found.links),
        "evidence": _evidences(one, found.states), "evidence_shown": EVIDENCE,
        "evidence_head": f":{EVIDENCE}", "evidence_tail": f"{EVIDENCE}:", "evidence_rest": len(one.evidence) - EVIDENCE,
        "factors": len(found.links),
        "check": _check(one), "today": today_shown(now, one), "better": _better(one, better), "behind": behind,
        "told": now.findings if now is not None else (), "plant_said": held.plant_said(one),
        "shared_said": sharing.told(request.user, one), "maker": maker(one.digest),
        "unstated": unstated(one.parts),
        "statements": [statement_row(item) for item in held.statements_on(one.digest)],
        "earlier": _related(one.supersedes, known), "later": claim_way(later.digest) if later else "",
        "later_claim": later, "reason": own_text(one.reason),
        "later_reason": own_text(later.reason) if later else "", "papers": papers_of(one, behind),
        **_ways(request, one, behind, later),
    }, status=422 if better.findings else 200)  # fmt: skip


def _ways(request: HttpRequest, one: Claim, behind: Any, later: Any) -> dict[str, Any]:
    """Where one goes on from here."""
    anew = ""
    if behind is not None and later is None and held.may_make(request.user, one.enterprise):
        anew = f"{reverse('carbon_new')}?from={behind.digest}&supersedes={one.digest}"
    change = ""
    first = predecessor(one, held.claims(request.user))
    if first is not None:
        change = f"{reverse('carbon_change')}?before={first.digest}&after={one.digest}"
    return {"anew": anew, "change": change, "verify": reverse("carbon_verify", args=[one.digest]),
            "meters": reverse("carbon_meters", args=[behind.digest]) if behind else ""}  # fmt: skip


def _lead(one: Claim, language: Language) -> Any:
    best = one.best
    lines = [sentence("carbon.claim.lead", language, year=one.year, legal=tonnes(one.legal),
                      best=of(best, least=one.least), U=relative(best, one.least))]  # fmt: skip
    lines += _hangs(one, language)
    admitted = sum(row["status"] == "from memory" for row in one.rows)
    if admitted:
        lines.append(sentence("carbon.claim.lead.memory", language, n=admitted))
    return joined(lines, language)


def _bias(one: Claim) -> float:
    """Legal value less best estimate, t; nil where they differ by what floating numbers lose."""
    apart = one.legal - float(one.best.value)
    return 0.0 if abs(apart) < 1e-9 * abs(one.legal) else apart


def _hangs(one: Claim, language: Language) -> list[Any]:
    """On what most of the uncertainty hangs: a certificate, or influences that have none."""
    named = [row for row in by_certificate(one.best) if row.source.number]
    bare = [row for row in by_influence(one.best) if not row.source.number]
    without = math.fsum(row.share for row in bare)
    lines = []
    if bare and without > 0.5:
        lines.append(sentence("carbon.claim.lead.bare", language, share=percent(without, 0),
                              name=influence_said(bare[0].name, language)))  # fmt: skip
    if named:
        lines.append(sentence("carbon.claim.lead.hangs", language, number=unbroken(named[0].source.number),
                              share=percent(named[0].share, 0)))  # fmt: skip
    return lines


def _related(digest: str, known: tuple[Claim, ...]) -> dict[str, Any] | None:
    if not digest:
        return None
    one = next((claim for claim in known if claim.digest == digest), None)
    return {"digest": digest, "claim": one, "way": claim_way(digest) if one else ""}


# ---------------------------------------------------------------- evidence


def _links(found: tuple[FactorLink, ...]) -> list[dict[str, Any]]:
    """A row for each factor and state; several certificates of one (monthly reports) stand in it."""
    groups: dict[tuple[str, str, str], list[FactorLink]] = {}
    for link in found:
        groups.setdefault((link.part, str(link.row["factor"]), link.state), []).append(link)
    order = ["broken", "absent", "none", "complete"]
    rows = [_group(links) for links in groups.values()]
    return sorted(rows, key=lambda row: order.index(row["word"]))


def _group(links: list[FactorLink]) -> dict[str, Any]:
    first = links[0]
    rows = list({str(row): row for row in (_certificate(link) for link in links if link.behind is not None)}.values())
    u = math.sqrt(math.fsum(link.u**2 for link in links))
    return {
        "part": first.part, "what": str(first.row[f"what_{current()}"]), "state": STATES[first.state],
        "word": first.state, "key": f"carbon.link.{first.state}", "u": spread(K * u) if u else "",
        "anchors": list(dict.fromkeys(end for link in links for end in link.anchors)),
        "findings": list(dict.fromkeys(item for link in links for item in link.findings)),
        "rows": rows, "many": len(rows) > 2,
    }  # fmt: skip


def _certificate(link: FactorLink) -> dict[str, Any]:
    assert link.behind is not None
    row = reference(link.behind.issuer, link.behind.number)
    digest = row["way"].rpartition("/")[2]
    return row | {"trace": toward("trace", digest) if digest else None, "months": spans(link.behind.months)}


def _evidences(one: Claim, states: Any) -> list[dict[str, Any]]:
    """All evidence, what did not hold at the end of the year first."""
    order = ["withdrawn", "superseded", "expired", "not_yet", "absent", "unknown", "due", "used", "valid"]
    rows = [_evidence(one, item, states) for item in one.evidence]
    return sorted(rows, key=lambda row: order.index(row["state"]) if row["state"] in order else 0)


def _evidence(one: Claim, item: Any, states: Any) -> dict[str, Any]:
    row = reference(item.issuer, item.number)
    return row | {"role": role_said(item), "part": item.part, "months": spans(item.months), "until": item.valid_until,
                  "state": states.now.get(item, "absent"), "then": states.then.get(item, "absent"),
                  "digest": item.digest,
                  "way": certificate_way(item.digest) if item.digest and not row["way"] and _there(item.digest)
                  else row["way"]}  # fmt: skip


def _there(digest: str) -> bool:
    return any(entry.digest == digest for entry in store.store().documents())


# ---------------------------------------------------------------- check, today, what is better


def _check(one: Claim) -> dict[str, Any] | None:
    try:
        found = acts.check(one)
    except Refused as refused:
        return {"findings": refused.findings}
    if found is None:
        return _unchecked(one)
    return {
        "difference": tonnes(found.difference, K * found.u_difference, True), "zeta": f"{found.zeta:+.2f}",
        "En": f"{found.En:+.2f}", "r": f"{found.correlation:.2f}", "verdict": f"carbon.verdict.{slug(found.verdict)}",
        "state": CHECKED[found.verdict],
        "findings": found.findings,
        "common": [{"label": influence_said(c.label), "issuer": houses(c.source.issuer),
                    **reference(c.source.issuer, c.source.number),
                    "share": percent(c.covariance / found.covariance, 0) if found.covariance else ""}
                   for c in found.common[:SHOWN]], "total": len(found.common),
    }  # fmt: skip


def _unchecked(one: Claim) -> dict[str, Any] | None:
    """Why there is nothing to compare; nothing of a claim of removals, of which nobody expects it."""
    kinds = {part.kind for part in one.parts}
    if kinds <= {"forest"}:
        return None
    lacks = "stack" if "monitoring" not in kinds else "burnt" if kinds.isdisjoint(BURNT) else "hour"
    return {"none": f"carbon.check.no_{lacks}"}


def _better(one: Claim, found: Improved) -> dict[str, Any]:
    places = {name: at for at, name in enumerate(dict.fromkeys(row.name for row in by_influence(one.best)))}
    rows = [{"at": places[m.name], "name": influence_said(m.name),
             "sources": [(s.number, houses(s.issuer)) for s in m.sources if s.number],
             "share": percent(m.share), "left": f"{m.factor:g}", "asked": m.name in found.asked,
             "saved": about(m.saved), "after": about(K * m.u_after)} for m in found.rows[:8]]  # fmt: skip
    before, after = about(K * found.u_before), about(K * found.u_after)
    saved = percent(1.0 - found.u_after / found.u_before) if found.u_before else ""
    key = "carbon.better.result" if found.asked else "carbon.better.now"
    return {"rows": rows, "total": len(found.rows), "asked": bool(found.asked), "findings": found.findings,
            "said": in_both(key, before=before, after=after, saved=saved)}  # fmt: skip


# ---------------------------------------------------------------- files


@require_safe
def as_json(request: HttpRequest, digest: str) -> HttpResponse:
    """The document of a claim, byte for byte: its SHA-256 is its digest."""
    one = held.claim_of(request.user, digest)
    data = store.store().read(digest)
    assert hashlib.sha256(data).hexdigest() == digest
    return download(data, f"claim-{one.unit}-{one.year}.json", "application/json")


@require_safe
def document(request: HttpRequest, digest: str, kind: str, form: str) -> HttpResponse:
    """A paper of a claim as PDF, Word, Excel, web page or JSON."""
    one = held.claim_of(request.user, digest)
    return paper_answer(one, held.plant_behind(one), kind, form)
