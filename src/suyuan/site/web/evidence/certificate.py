"""One certificate (or saved result): what it states, on what it rests, what became of it, how far it was checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods

from suyuan.certificate.certificate import Certificate
from suyuan.certificate.ladder import Ladder
from suyuan.quantity.archive.archive import load
from suyuan.quantity.finding import Finding, Refused
from suyuan.quantity.quantity import Quantity
from suyuan.report.papers.sheet import sheet
from suyuan.site.acts import clock, store
from suyuan.site.acts.carbon import held as carbon
from suyuan.site.acts.evidence import anchor as anchor_acts
from suyuan.site.acts.evidence import certificate as acts
from suyuan.site.acts.evidence import document, what_if
from suyuan.site.acts.matters import file_guard
from suyuan.site.acts.sharing import register
from suyuan.site.acts.talent import signing
from suyuan.site.records.document import Document
from suyuan.site.terms import term
from suyuan.site.web.carbon.hanging import hanging
from suyuan.site.web.evaluating import budget as budgets
from suyuan.site.web.evidence import anchor, parts
from suyuan.site.web.evidence.lead import lead, root_breaks
from suyuan.site.web.evidence.results import Limits, Shown, Single, shown, symbol_of, value_rows
from suyuan.site.web.evidence.tested import tested
from suyuan.site.web.matching import capability
from suyuan.site.web.ways import certificate_way, evaluation_way, toward
from suyuan.traceability.attached import body
from suyuan.traceability.chain import Chain
from suyuan.traceability.evidence import Evidence, SavedResult
from suyuan.traceability.graph import Node
from suyuan.traceability.impact import output_places
from suyuan.traceability.lookup import certificate_quantities
from suyuan.verbs.case_form import Case, read_case
from suyuan.verbs.evaluate import Evaluation
from suyuan.verbs.trace import chain_of


@dataclass
class View:
    """Everything that is known of one document, gathered for its page."""

    row: Document
    evidence: Evidence
    node: Node | None = None
    certificate: Certificate | None = None
    saved: SavedResult | None = None
    quantities: Mapping[str, Quantity] = field(default_factory=dict)
    chain: Chain | None = None
    ladder: Ladder | None = None
    case: Case | None = None
    evaluation: Evaluation | None = None
    why: tuple[Finding, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    damaged: tuple[Finding, ...] = ()


def one(request: HttpRequest, digest: str) -> HttpResponse:
    """The page of a document; a digest may be shortened to its first eight digits."""
    row = found(digest)
    register.guard(request.user, row)
    file_guard.guard(request.user, row)
    carbon.guard(request.user, row.kind, row.digest)
    if row.digest != digest:
        return redirect(certificate_way(row.digest))
    if row.kind in carbon.KINDS:
        return redirect(carbon.PAGES[row.kind], row.digest)
    view = gathered(row)
    if view.node is None and view.certificate is None:
        return render(request, "document.html", _plain(view))
    return render(
        request, "certificate.html", _context(request, view) | {"declare": anchor.form(request, row, view.chain)}
    )


@require_http_methods(["GET", "POST"])
def declare(request: HttpRequest, digest: str) -> HttpResponse:
    """Declare this certificate an anchor; whatever is wrong, its page comes back with the form as it was typed."""
    row = found(digest)
    if row.kind not in ("dcc", "typed"):
        raise Http404
    if request.method == "GET":
        # The other language of a form that came back, or its address typed by hand.
        return redirect(f"{certificate_way(row.digest)}#declare")
    given = {name: request.POST.get(f"anchor-{name}", "") for name in anchor_acts.FIELDS}
    try:
        added = anchor_acts.declare(request.user, (row.issuer, row.number), given, anchor.declarant(request))
    except Refused as refused:
        view = gathered(row)
        shown = {"declare": anchor.form(request, row, view.chain, given, refused.findings)}
        return render(request, "certificate.html", _context(request, view) | shown, status=422)
    said = "anchor.form.done" if added.new else "anchor.form.known"
    messages.success(request, term(said, number=row.number))
    return redirect(f"{certificate_way(row.digest)}#chain")


def found(digest: str) -> Document:
    """The row of a digest, with its state today; 404 where there is none, or several begin like this."""
    document.current()
    rows = Document.objects.on(clock.today(), clock.due()).filter(digest__startswith=digest)[:2]
    if len(rows) != 1:
        raise Http404
    return rows[0]


def gathered(row: Document) -> View:
    """What the page shows, from the documents themselves."""
    evidence, graph = store.evidence(), store.graph()
    view = View(row, evidence)
    if row.digest in graph.number_of:
        view.node = graph.node(row.digest)
    try:
        value = store.store().value(row.digest)
    except Refused as refused:
        view.damaged = refused.findings
        return view
    if isinstance(value, Certificate):
        view.certificate = value
        view.quantities, view.why = certificate_quantities(value)
        view.ladder = acts.ladder(row.digest)
    elif isinstance(value, SavedResult):
        view.saved = value
        try:
            view.quantities = load(value.archive, value.number).results
        except Refused as refused:
            view.damaged = refused.findings
    if view.node is not None:
        try:
            view.chain = chain_of(evidence, row.digest, graph=graph)
        except Refused as refused:
            view.why = (*view.why, *refused.findings)
        _evaluated(view, view.node)
    return view


def _evaluated(view: View, node: Node) -> None:
    """The attached case, evaluated again from the certificates that it names."""
    if node.case is None:
        return
    try:
        view.case = read_case(node.case)[0]
    except Refused as refused:
        view.why = (*view.why, *refused.findings)
        return
    view.evaluation, why = budgets.evaluated(node.case, view.evidence)
    view.why = (*view.why, *why)
    if view.certificate is not None:
        view.places = output_places(view.certificate, node.case, view.case.outputs)
    else:
        view.places = {name: name for name in view.case.outputs}


def _context(request: HttpRequest, view: View) -> dict[str, Any]:
    results = _results(view)
    broken = root_breaks(view.chain)
    compared = tested(view.evidence, view.row.issuer, view.row.number, clock.today())
    against = compared["against"] if compared is not None else ()
    return {
        "row": view.row,
        "certificate": view.certificate,
        "saved": view.saved,
        "title": _title(view),
        "name": view.row.name,
        "results": results,
        "lead": lead(view.row, results, broken, _statements_about(view), against),
        "about": [parts.statement_row(s, view.evidence) for s in _statements_about(view)],
        "facts": parts.facts(view.row, view.certificate, view.saved),
        "equipment": parts.equipment(view.certificate, view.chain, view.evidence) if view.certificate else [],
        "conditions": parts.conditions(view.certificate) if view.certificate else [],
        "statements": parts.statements(view.certificate) if view.certificate else [],
        "methods": parts.methods(view.certificate) if view.certificate else [],
        "attachments": parts.attachments(view.certificate, view.row.digest) if view.certificate else [],
        "replaces": parts.references(view.certificate.substitutes, view.evidence) if view.certificate else [],
        "previous": parts.references(view.certificate.previous, view.evidence) if view.certificate else [],
        "hanging": hanging(request.user, view.row.issuer, view.row.number) if view.certificate else [],
        "rests": capability.on_certificate((view.row.issuer, view.row.number)) if view.certificate else None,
        "signed": signing.history(view.row.digest),
        "chain": view.chain,
        "steps": parts.steps(view.chain, view.row.digest) if view.chain is not None else [],
        "chain_state": view.row.chain,
        "broken": broken,
        "first_expiry": parts.first_expiry(view.chain),
        "users": parts.users(view.row.digest),
        "tested": compared,
        "budget": _budget(request, view),
        "budget_of": [s for s in results.singles if s.place in view.quantities] if len(results.singles) > 1 else [],
        "budget_place": _asked_place(request, view),
        "rungs": parts.rungs(view.ladder, view.row, view.chain) if view.ladder is not None else [],
        "ladder_says": parts.ladder_says(view.ladder) if view.ladder is not None else "",
        "ladder_findings": [f for f in view.ladder.findings if f.severity != "note"] if view.ladder else [],
        "damaged": view.damaged,
        "why": [f for f in view.why if f.severity == "error"],
        "evaluation_way": evaluation_way(view.row.digest) if view.node is not None and view.node.case else "",
        "trace": toward("trace", view.row.digest),
        "what_if": toward("what_if", view.row.digest) if view.row.touches else None,
        "what_if_way": toward("what_if", view.row.digest),
        "may_withdraw": view.certificate is not None and what_if.may_adopt(request.user),
    }


def _title(view: View) -> str:
    if view.saved is not None:
        return "cert.title.result"
    act = view.certificate.act if view.certificate is not None else ""
    return "word.verification_certificate" if act == "legal_verification" else "word.calibration_certificate"


def _results(view: View) -> Shown:
    """The results with the limits and titles of the attached case."""
    limits: dict[str, Limits] = {}
    titles: dict[str, Any] = {}
    if view.case is not None:
        for name, place in view.places.items():
            stated = view.case.limits.get(name)
            if stated is not None:
                limits[place] = Limits(stated.lower, stated.upper, view.case.guard_factor)
            if view.case.single and view.case.title:
                titles[place] = view.case.title
    if view.certificate is not None:
        return shown(view.certificate, view.quantities, limits, titles)
    return Shown([_saved_single(name, view, limits, titles) for name in view.quantities
                  if view.quantities[name].size == 1])  # fmt: skip


def _saved_single(name: str, view: View, limits: Mapping[str, Limits], titles: Mapping[str, Any]) -> Single:
    """A result of a saved evaluation, written as it would be issued."""
    from suyuan.verbs.issue import printed

    y = view.quantities[name]
    output = view.evaluation.outputs.get(name) if view.evaluation is not None else None
    value, k = float(np.ravel(y.value)[0]), float(output.expanded.k) if output is not None else None
    spread = None if output is None else float(output.expanded.U)
    digits, told = printed(value, spread) if spread is not None else (f"{value:.12g}", None)
    bounds = limits.get(name)
    return Single(
        name, titles.get(name) or {"": name}, digits, y.unit.symbol, told, None if k is None else f"{k:.4g}",
        f"{output.expanded.p:.4g}" if output is not None else None, value, spread, bounds,
        output.verdict.state if output is not None and output.verdict is not None else "",
        lower="" if bounds is None or bounds.lower is None else f"{bounds.lower:.12g}",
        upper="" if bounds is None or bounds.upper is None else f"{bounds.upper:.12g}",
    )  # fmt: skip


def _statements_about(view: View) -> list[Any]:
    return [s for s in view.evidence.statements if (s.issuer, s.number) == (view.row.issuer, view.row.number)]


def _asked_place(request: HttpRequest, view: View) -> str:
    scalars = [place for place, q in view.quantities.items() if q.size == 1]
    asked = request.GET.get("of", "")
    return asked if asked in scalars else (scalars[0] if scalars else "")


def _budget(request: HttpRequest, view: View) -> budgets.Budget | None:
    """The budget of the asked result; only where an archive says what it is made of."""
    place = _asked_place(request, view)
    y = view.quantities.get(place)
    has_archive = view.saved is not None or (
        view.certificate is not None and any("suyuan_archive" in a.ref_types for a in view.certificate.attachments)
    )
    if y is None or not has_archive or not float(y.u):
        return None
    name = next((n for n, p in view.places.items() if p == place), "")
    output = view.evaluation.outputs.get(name) if view.evaluation is not None else None
    stated = view.certificate.at(place) if view.certificate is not None else None
    k = stated.uncertainty.k if stated is not None and stated.uncertainty is not None else None
    if k is None and output is not None:
        k = float(output.expanded.k)
    case = view.node.case if view.node is not None else None
    one_value = y if y.ndim == 0 else y[0]
    return budgets.budget(one_value, k, request.GET.get("budget", ""), output, case, view.evidence, view.why)


def _plain(view: View) -> dict[str, Any]:
    """A statement, an anchor, a policy, or what can no longer be read."""
    try:
        text = acts.original(view.row.digest).decode("utf-8", "replace")
    except Refused as refused:
        text, view.damaged = "", refused.findings
    return {"row": view.row, "kind": f"kind.{view.row.kind}", "text": text[:20_000], "why": view.damaged,
            "facts": parts.facts(view.row, None, None)}  # fmt: skip


# ---------------------------------------------------------------- bytes


def original(request: HttpRequest, digest: str) -> HttpResponse:
    """The bytes as they came, never shown as a page of ours."""
    row = found(digest)
    register.guard(request.user, row)
    file_guard.guard(request.user, row)
    carbon.guard(request.user, row.kind, row.digest)
    try:
        data = acts.original(row.digest)
    except Refused:
        raise Http404 from None
    kind = "application/xml" if row.kind == "dcc" else "application/json"
    return download(data, row.filename or f"{row.number or row.digest[:12]}.{kind.rpartition('/')[2]}", kind)


def attachment(request: HttpRequest, digest: str, number: str) -> HttpResponse:
    """A file carried inside a certificate, as a download: its content is a stranger's."""
    view = found(digest)
    try:
        value = store.store().value(view.digest)
    except Refused:
        raise Http404 from None
    if not isinstance(value, Certificate) or int(number) >= len(value.attachments):
        raise Http404
    carried = value.attachments[int(number)]
    return download(carried.content, carried.name or f"file-{number}", "application/octet-stream")


def download(data: bytes, name: str, kind: str) -> HttpResponse:
    """Bytes to be saved; nothing in them may run on this site."""
    answer = HttpResponse(data, content_type=kind)
    plain = re.sub(r"[^\w.\- ()（）+]", "_", name)[:180] or "document"
    answer["Content-Disposition"] = content_disposition_header(True, plain)
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def values(request: HttpRequest, digest: str) -> HttpResponse:
    """All values of a certificate as an Excel file."""
    row = found(digest)
    value = store.store().value(row.digest)
    if not isinstance(value, Certificate):
        raise Http404
    heads, rows = value_rows(value)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return download(sheet(row.number, heads, rows, (10, 32, 8, 18, 12, 18, 16, 10)), f"{row.number}.xlsx", kind)


def as_json(request: HttpRequest, digest: str) -> HttpResponse:
    """The same as the page, for a program: values, uncertainties, references, states and findings."""
    view = gathered(found(digest))
    carbon.guard(request.user, view.row.kind, view.row.digest)
    row, c = view.row, view.certificate
    body_: dict[str, Any] = {
        "digest": row.digest, "kind": row.kind, "issuer": row.issuer, "number": row.number, "name": row.name,
        "issued": row.issued, "ended": row.ended, "valid_until": row.valid_until, "state": row.state,  # type: ignore[attr-defined]
        "chain": row.chain or None, "touches": row.touches,
        "results": [_quantity_json(q, view) for q in c.quantities()] if c is not None else [
            {"name": s.name, "value": s.value, "unit": s.unit, "U": s.U, "k": s.k, "verdict": s.verdict or None}
            for s in _results(view).singles
        ],
        "equipment": [
            {"name": dict(e.name), "issuer": e.certificate.issuer, "number": e.certificate.number,
             "algorithm": e.certificate.algorithm, "digest": e.certificate.digest}
            for e in (c.equipment if c is not None else ()) if e.certificate is not None
        ],
        "ladder": {r.name: {"state": r.state, "findings": [f.to_json() for f in r.findings]}
                   for r in (view.ladder.rungs if view.ladder is not None else ())},
        "breaks": [f.to_json() for f in view.chain.findings] if view.chain is not None else [],
        "findings": [f.to_json() for f in (*view.damaged, *view.why)],
        "case": body(view.node.case) if view.node is not None and view.node.case is not None else None,
    }  # fmt: skip
    return JsonResponse(body_, json_dumps_params={"ensure_ascii": False, "indent": 1})


def _quantity_json(q: Any, view: View) -> dict[str, Any]:
    stated = q.uncertainty
    return {
        "place": q.place, "name": dict(q.name), "value": [_plain_number(v) for v in q.value],
        "printed": list(q.printed), "unit": q.unit, "symbol": symbol_of(q.unit),
        "uncertainty": None if stated is None else {
            "kind": stated.kind, "value": [_plain_number(v) for v in stated.value], "printed": list(stated.printed),
            "k": stated.k, "p": stated.p, "dof": stated.dof, "distribution": stated.distribution,
        },
        "usable": q.place in view.quantities,
    }  # fmt: skip


def _plain_number(value: Any) -> float | None:
    """JSON knows no nan: what is no number is null."""
    number = float(value)
    return number if np.isfinite(number) else None
