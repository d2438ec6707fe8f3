"""Commitments of public replies and plans, clause by clause: text, owner, due day, and what the evidence says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString

from suyuan.centre.commitments import WORDS, Progress, Shown, counts
from suyuan.centre.read import ADDRESSES
from suyuan.centre.records import Commitment
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.report.papers.sheet import sheet
from suyuan.site.acts import public as acts
from suyuan.site.language import Language
from suyuan.site.terms import term, term_table
from suyuan.site.web.account.public import XLSX, day_context, day_query
from suyuan.site.web.parts.sentence import joined, sentence
from suyuan.site.web.parts.text import both, pick, text_html
from suyuan.site.web.regulation.centre_shown import evidence_said, evidence_way
from suyuan.verbs.snapshot import Snapshot

MARKS = {"done": "passed", "under_way": "waiting", "overdue": "expired", "no_evidence": "missing"}
SHOWN = {"complete": "passed", "partial": "waiting", "absent": "missing"}
ORDER = ("overdue", "no_evidence", "under_way", "done")
FIELDS = (
    "organisation_zh", "organisation_en", "id", "document", "clause", "text_zh", "text_en", "owner_zh", "owner_en",
    "due", "evidence", "source",
)  # fmt: skip
NEEDED = ("organisation_zh", "id", "document", "clause", "text_zh")
LONG = ("text_zh", "text_en", "evidence")
LONGEST = 4000


@login_not_required
def commitments(request: HttpRequest) -> HttpResponse:
    """The clauses with where each stands; whoever registers commitments finds the form below."""
    if request.method == "POST":
        return _post(request)
    typed: dict[str, str] = {}
    if request.GET.get("edit") and acts.may_commit(request.user):
        typed = _typed_of(request.GET["edit"])
    return _page(request, typed)


def _page(request: HttpRequest, typed: Mapping[str, str], found: tuple[Finding, ...] = ()) -> HttpResponse:
    day = acts.day_of(request.GET.get("day", ""))
    known = acts.on(day)
    rows = acts.clauses(known)
    inside, may = request.user.is_authenticated, acts.may_commit(request.user)
    ordered = sorted(rows, key=lambda r: (ORDER.index(r.status), r.commitment.due or date.max))
    return render(request, "commitments.html", day_context(day) | {
        "lead": both(_lead(rows, "zh"), _lead(rows, "en")), "rows": [_row(known, r, inside, may) for r in ordered],
        "may": may, "fields": [_field(name, typed, found) for name in FIELDS] if may else [],
        "faults": found, "typed": bool(typed), "kinds": ADDRESSES,
        "excel": f"{reverse('commitments_excel')}{day_query(day)}",
    })  # fmt: skip


def _lead(rows: tuple[Progress, ...], language: Language) -> SafeString:
    if not rows:
        return sentence("commitments.lead.none", language)
    number = counts(rows)
    key = "commitments.lead.all" if number["done"] else "commitments.lead.none_done"
    said = [sentence(key, language, all=len(rows), done=number["done"])]
    said += [
        sentence(f"commitments.lead.{status}", language, n=number[status])
        for status in ("under_way", "overdue", "no_evidence")
        if number[status]
    ]
    return joined(said, language)


def _row(known: Snapshot, row: Progress, inside: bool, may: bool) -> dict[str, Any]:
    c = row.commitment
    return {
        "id": c.id, "mark": MARKS[row.status], "zh": WORDS[row.status]["zh"], "en": WORDS[row.status]["en"],
        "document": c.document, "clause": c.clause, "text": c.text, "owner": text_html(c.owner), "due": c.due,
        "days": row.days, "late": row.days is not None and row.days < 0 and row.status != "done",
        "done_on": row.done_on, "source": c.source, "demo": c.demo,
        "complete": sum(1 for s in row.shown if s.state == "complete"), "all": len(row.shown),
        "shown": [_shown(known, s, inside) for s in row.shown],
        "edit": f"{reverse('commitments')}?edit={c.id}#form" if may else "",
    }  # fmt: skip


def _shown(known: Snapshot, shown: Shown, inside: bool) -> dict[str, Any]:
    return {
        "mark": SHOWN[shown.state], "key": f"commitments.shown.{shown.state}",
        "said": both(said_of(shown.address, "zh"), said_of(shown.address, "en")),
        "text": "" if shown.text is None else text_html(shown.text), "day": shown.day,
        "found": [{"said": evidence_said(a), "way": evidence_way(known, a) if inside else None} for a in shown.found],
    }  # fmt: skip


def said_of(address: str, language: Language) -> str:
    """What an address of evidence asks for, in words.

    >>> said_of("document:9f3c71be", "en")
    'document 9f3c71be'
    """
    kind, _, rest = address.partition(":")
    name, _, wanted = rest.partition("#")
    key = f"commitments.asks.{kind}"
    if key not in term_table():
        return address
    where, _, what = name.partition("/")
    if kind == "document":
        return term(key, language, name=name[:12])
    if kind == "fact":
        fact = f"commitments.fact.{what}"
        said = term(fact, language) if fact in term_table() else what
        return term(key, language, what=said, n=wanted or "1", where="" if where == "*" else where)
    if kind == "scope":
        scope = f"commitments.scope.{name}"
        state = _state("centre", wanted, language)
        return term(key, language, what=term(scope, language) if scope in term_table() else name, state=state)
    said = f"commitments.{'procedure' if kind == 'matter' else 'row'}.{where}"
    named = term(said, language) if said in term_table() else where
    one = "" if what == "*" else f" {what}"
    state = term("commitments.reached", language, state=_state(where, wanted, language)) if wanted else ""
    return f"{term(key, language, what=named)}{one}{state}"


def _state(procedure: str, state: str, language: Language) -> str:
    from suyuan.verbs.matter.matters import PROCEDURES, procedure_named

    found = procedure_named(procedure).state(state) if procedure in PROCEDURES else None
    return pick(found.title, language)[0] if found is not None else state


# ---------------------------------------------------------------- registering


def _post(request: HttpRequest) -> HttpResponse:
    if not acts.may_commit(request.user):
        raise PermissionDenied
    if request.POST.get("act") == "reply":
        done = acts.commit_reply(request.user)
        messages.success(request, term("commitments.told", n=done.rows))
        return redirect("commitments")
    typed = {name: request.POST.get(name, "").replace("\x00", "").strip()[:LONGEST] for name in FIELDS}
    try:
        if not typed["organisation_zh"] and not typed["organisation_en"]:
            raise Refused(finding("site.public.organisation", "/organisation_zh"))
        done = acts.commit(request.user, _two(typed, "organisation"), _row_of(typed))
    except Refused as refused:
        return _page(request, typed, refused.findings)
    messages.success(request, term("commitments.told", n=done.rows))
    return redirect("commitments")


def _two(typed: Mapping[str, str], name: str) -> dict[str, str]:
    return {language: text for language in ("zh", "en") if (text := typed[f"{name}_{language}"])}


def _row_of(typed: Mapping[str, str]) -> dict[str, Any]:
    evidence = [line for part in re.split(r"[\n,，；;]+", typed["evidence"]) if (line := part.strip())]
    row = {
        **{name: typed[name] for name in ("id", "document", "clause", "due", "source") if typed[name]},
        "text": _two(typed, "text"), "owner": _two(typed, "owner"), "evidence": evidence,
    }  # fmt: skip
    return {name: value for name, value in row.items() if value}


def _typed_of(id: str) -> dict[str, str]:
    """The form as it was when a clause was registered."""
    known = acts.on(acts.day_of(""))
    for register, c in known.deliveries("commitment"):
        if c.id == id:
            owner = register.organisation
            return _fields_of(c) | {f"organisation_{lang}": owner.get(lang, "") for lang in ("zh", "en")}
    return {}


def _fields_of(c: Commitment) -> dict[str, str]:
    two = {f"{name}_{lang}": getattr(c, name).get(lang, "") for name in ("text", "owner") for lang in ("zh", "en")}
    return two | {"id": c.id, "document": c.document, "clause": c.clause, "source": c.source,
                  "due": c.due.isoformat() if c.due else "", "evidence": "\n".join(c.evidence)}  # fmt: skip


def _field(name: str, typed: Mapping[str, str], found: tuple[Finding, ...]) -> dict[str, Any]:
    stem = name.removesuffix("_zh").removesuffix("_en")
    told = [item for item in found if _place(item) in (name, stem) and (stem == name or name.endswith("_zh"))]
    return {
        "name": name, "label": f"commitments.field.{name}", "value": typed.get(name, ""), "told": told,
        "needed": name in NEEDED, "area": name in LONG, "type": "date" if name == "due" else "text",
    }  # fmt: skip


def _place(item: Finding) -> str:
    """The field of the form that a finding about a row speaks of."""
    parts = [part for part in item.where.split("/") if part and not part.isdigit()]
    named = dict(item.parameters).get("field")
    last = str(named) if named in FIELDS or named in ("text", "owner") else next((p for p in reversed(parts)), "")
    return last if last not in ("rows", "commitment") else ""


@login_not_required
def excel(request: HttpRequest) -> HttpResponse:
    """The clauses as a workbook."""
    day = acts.day_of(request.GET.get("day", ""))
    heads = [term(f"commitments.head.{key}") for key in ("id", "document", "clause", "text", "owner", "due", "status",
                                                         "done_on", "evidence", "found", "day")]  # fmt: skip
    rows = (
        (r.commitment.id, r.commitment.document, r.commitment.clause, pick(r.commitment.text)[0],
         pick(r.commitment.owner)[0], r.commitment.due, pick(WORDS[r.status])[0], r.done_on,
         " ".join(r.commitment.evidence), " ".join(a for s in r.shown for a in s.found), day)
        for r in acts.clauses(acts.on(day))
    )  # fmt: skip
    answer = HttpResponse(sheet(term("commitments.title"), heads, rows, (8, 22, 8, 50, 24, 12, 16, 12, 40, 60, 12)),
                          content_type=XLSX)  # fmt: skip
    answer["Content-Disposition"] = f'attachment; filename="suyuan-commitments-{day}.xlsx"'
    return answer
