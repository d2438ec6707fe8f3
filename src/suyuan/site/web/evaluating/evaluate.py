"""The page «evaluate»: one form, sent whole; it comes back with everything that was typed, and the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST

from suyuan.quantity.constant import known as constants
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.formula.model import read_model
from suyuan.site.acts import clock, store
from suyuan.site.acts.evaluating import calculation
from suyuan.site.acts.evaluating import draft as drafts
from suyuan.site.acts.evaluating import evaluate as act
from suyuan.site.acts.evaluating.draft import FIELDS, KINDS, SLOTS, WITHOUT_DOF, Draft, Row
from suyuan.site.acts.evaluating.evaluate import EVALUATE, ISSUE, PICKS, may
from suyuan.site.acts.evaluating.wants import WANTS
from suyuan.site.acts.evidence import document
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.evaluating import calculate, methods, outcome, places, take
from suyuan.site.web.parts.text import pick
from suyuan.site.web.shell import laboratory
from suyuan.site.web.ways import evaluation_way
from suyuan.verbs.examples import example

LARGEST = 8 * 2**20
KEPT = 40


@require_http_methods(["GET", "HEAD", "POST"])
def evaluate(request: HttpRequest) -> HttpResponse:
    """Open, write, evaluate, keep; each button sends the whole form."""
    document.current()
    if request.method != "POST":
        return _begin(request)
    given = request.POST
    draft, do = drafts.from_form(given), given.get("do", "evaluate")
    verb, _, detail = do.partition(":")
    if verb == "open":
        return _open(request, draft)
    if verb == "json":
        return _json(request, draft)
    if verb == "xlsx":
        return take.evaluation(act.answer(draft)) or page(request, draft, (), shown=True)
    if verb == "svg":
        return _picture(request, draft, detail)
    if verb == "save":
        return _save(request, draft)
    if verb == "issue":
        return _toward_issue(request, draft)
    if verb == "back":
        return _back(request)
    changed, found = _changed(draft, verb, detail, given)
    return page(request, changed, found, shown=verb == "evaluate" or given.get("shown") == "1")


def blank() -> Draft:
    """A form to begin with: today, and room for two inputs."""
    return Draft(rows=(Row(), Row()), day=clock.today().isoformat())


def _begin(request: HttpRequest) -> HttpResponse:
    """A new form, or the case of a certificate or result (`?from=`), perhaps with a standard replaced."""
    key, by, instead = (request.GET.get(name, "")[:300] for name in ("from", "by", "instead"))
    published = example(request.GET.get("example", "")[:100])
    if published is not None and published.kind == "model":
        given = drafts.from_case(published.document)
        # what needs many draws is computed when asked for
        return page(request, given, (), shown=not published.trials, source=published.source)
    if not key:
        return page(request, blank(), ())
    try:
        draft, found = act.opened(key, instead=instead, by=by)
    except Refused as refused:
        return page(request, blank(), refused.findings, status=404)
    newer = store.evidence().by_digest.get(by)
    again = newer.number if newer is not None and draft.same else ""
    return page(request, draft, found, shown=True, again=again)


def _changed(
    draft: Draft, verb: str, detail: str, given: Mapping[str, str]
) -> tuple[Draft, tuple[Finding, ...]]:  # fmt: skip
    """The draft after a button that changes its form."""
    rows = list(draft.rows)
    if verb == "add":
        return replace(draft, rows=(*draft.rows, Row())), ()
    if verb == "remove" and detail.isdecimal() and int(detail) < len(rows):
        del rows[int(detail)]
        return replace(draft, rows=tuple(rows) or (Row(),)), ()
    if verb == "correlate":
        return replace(draft, correlations=(*draft.correlations, ("", "", ""))), ()
    if verb == "names":
        known = set(drafts.rows_named(draft))
        wanted = [name for name in lacking(draft) if name not in known]
        kept = tuple(row for row in draft.rows if not row.empty)
        return replace(draft, rows=(*kept, *(Row(name) for name in wanted))), ()
    if verb == "use":
        try:
            return draft.with_row(act.chosen(detail, set(drafts.rows_named(draft)), _day(draft))), ()
        except Refused as refused:
            return draft, refused.findings
    return draft, ()


def lacking(draft: Draft) -> list[str]:
    """Names that the formula uses and no input or definition gives."""
    model, _ = read(draft)
    if model is None:
        return []
    known = {*drafts.rows_named(draft), *(name for name, _ in drafts.named_lines(draft.definitions)[0])}
    known |= {c.symbol for c in constants()}
    return [name for name in model.inputs if name not in known]


def read(draft: Draft, names: list[str] | None = None) -> tuple[Any, tuple[Finding, ...]]:
    """The model of a draft, or the findings with their columns."""
    case, found = drafts.document(replace(draft, rows=()))
    body = case["input"]
    model, told = read_model(body["model"], body.get("definitions"), names)
    return model, (*(f for f in found if f.where == "definitions"), *told)


def _day(draft: Draft) -> date:
    try:
        return date.fromisoformat(draft.day.strip())
    except ValueError:
        return clock.today()


# ---------------------------------------------------------------- buttons that lead elsewhere


def _open(request: HttpRequest, draft: Draft) -> HttpResponse:
    upload = request.FILES.get("file")
    try:
        if upload is None:
            raise Refused(finding("site.evaluate.no_file", "file"))
        if (upload.size or 0) > LARGEST:
            raise Refused(finding("case.too_large", str(upload.name), size=upload.size, limit=LARGEST))
        data, name = upload.read(), str(upload.name or "")
        case = calculation.read(data, name)
        if case["kind"] != "model":
            return calculate.opened(request, case)
        draft = act.uploaded(data, name)
    except Refused as refused:
        return page(request, draft, refused.findings, status=422)
    return page(request, draft, (), shown=True)


def _json(request: HttpRequest, draft: Draft) -> HttpResponse:
    data, found = act.exported(draft)
    if errors(found):
        return page(request, draft, (), shown=True, status=422)
    response = HttpResponse(data, content_type="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="case.json"'
    return response


def _picture(request: HttpRequest, draft: Draft, detail: str) -> HttpResponse:
    """A figure of the outcome as a file, for a report: «budget:y», «distribution:y»."""
    made = act.answer(draft)
    what, _, name = detail.partition(":")
    drawn = methods.picture(made, what, name) if made.evaluation is not None else None
    if drawn is None:
        return page(request, draft, (), shown=True)
    response = HttpResponse(drawn, content_type="image/svg+xml")
    response.headers["Content-Disposition"] = f'attachment; filename="{what}.svg"'
    return response


def _save(request: HttpRequest, draft: Draft) -> HttpResponse:
    number = request.POST.get("save_number", "")[:200]
    try:
        added, _ = act.save(request.user, draft, number, pick(laboratory(), "zh")[0])
    except Refused as refused:
        return page(request, draft, refused.findings, shown=True, status=422)
    said, then = term("evaluate.saved", number=number), term("evaluate.saved.next")
    messages.success(request, format_html('{} <a href="{}">{}</a>', said, evaluation_way(added.digest), then))
    return HttpResponseRedirect(reverse("trace", args=[added.digest]))


def _toward_issue(request: HttpRequest, draft: Draft) -> HttpResponse:
    from suyuan.site.web.evaluating.issue import first

    fixed = act.settled(draft)
    made = act.answer(fixed)
    if not made.usable:
        return page(request, draft, (), shown=True, status=422)
    return first(request, made)


def _back(request: HttpRequest) -> HttpResponse:
    """From the page «issue»: the case as it was."""
    try:
        draft = act.uploaded(request.POST.get("case", "").encode("utf-8"), "case")
    except Refused as refused:
        return page(request, blank(), refused.findings, status=422)
    return page(request, draft, (), shown=True)


# ---------------------------------------------------------------- the page


def page(
    request: HttpRequest, draft: Draft, found: tuple[Finding, ...], *, shown: bool = False, status: int = 200,
    again: str = "", source: str = "",
) -> HttpResponse:  # fmt: skip
    """The form with all that was typed; with `shown` the answer below it."""
    made = act.answer(draft) if shown else None
    told = tuple(dict.fromkeys((*found, *(made.findings if made is not None else ()))))
    if made is not None and made.faults:
        told = errors(told)  # what else was found is about numbers that mean nothing
    if made is not None and made.evaluation is None and status == 200:
        status = 422
    words = request.POST.get("pick", "")[:200]
    searched = request.POST.get("do") == "search" or bool(words)
    names = [name for name in dict.fromkeys(drafts.rows_named(draft))]
    context: dict[str, Any] = {
        "draft": draft,
        "title": draft.title_zh if current() == "zh" else draft.title_en or draft.title_zh,
        "rows": [_row(n, row, draft, made) for n, row in enumerate(draft.rows)],
        "kinds": [{"kind": kind, "term": f"evaluate.kind.{kind}"} for kind in KINDS if kind != "certificate"],
        "names": names,
        "several": len(draft.targets) > 1 or bool(draft.targets[0].name),
        "check": check_context(draft) if draft.model.strip() else None,
        "made": made,
        "outputs": outcome.outputs(made) if made is not None else [],
        "answer": outcome.answer_html(made) if made is not None else "",
        "region": methods.region_of(made) if made is not None else None,
        "chain": outcome.chain_view(made) if made is not None and made.usable else None,
        "findings": [places.placed(f, draft) for f in told],
        "beside": places.beside(told, draft),
        "wrong": len(errors(told)),
        "unusable": made is not None and bool(made.faults),
        "again": again,
        "source": source,
        "wants": _wants(draft),
        "samplings": _also(("fixed", "1", "2"), draft.methods.sampling),
        "intervals": _also(("", "shortest"), draft.methods.interval),
        "pick": words,
        "kept": kept(),
        "may_save": may(request.user, EVALUATE),
        "may_issue": may(request.user, ISSUE),
        "save_number": request.POST.get("save_number", "")[:200],
        **(pick_context(words, _day(draft)) if searched else {}),
    }
    return render(request, "evaluate.html", context, status=status)


def _wants(draft: Draft) -> list[dict[str, Any]]:
    """The methods that may be ticked; first order where nothing is said."""
    want = draft.methods.want or WANTS[:1]
    return [{"want": w, "term": f"evaluate.want.{w}", "ticked": w in want} for w in WANTS]


def _also(offered: tuple[str, ...], chosen: str) -> tuple[str, ...]:
    """What a select offers, and whatever a case says besides."""
    return offered if chosen in offered else (*offered, chosen)


def kept() -> list[dict[str, str]]:
    """Certificates and saved results that carry a case, the newest first."""
    nodes = [n for n in store.graph().nodes if n.case is not None]
    nodes.sort(key=lambda n: (n.day or date.min, n.number), reverse=True)
    return [{"id": n.id, "text": f"{n.number} · {pick(n.name)[0]}"} for n in nodes[:KEPT]]


def _row(
    n: int, row: Row, draft: Draft, made: act.Answer | None
) -> dict[str, Any]:  # fmt: skip
    """One input: its fields, what its certificate says, what it was evaluated as."""
    fields = [
        {"slot": slot, "name": f"in-{n}-{slot}", "value": getattr(row, slot), "term": f"evaluate.slot.{key}"}
        for key, slot in zip(FIELDS.get(row.kind, ()), SLOTS, strict=False)
    ]
    shown = {field["slot"] for field in fields}
    hidden = [(f"in-{n}-{slot}", getattr(row, slot)) for slot in SLOTS if slot not in shown]
    evaluated = None
    if made is not None and made.evaluation is not None:
        taken = made.evaluation.inputs.get(row.name.strip())
        evaluated = taken.quantity if taken is not None else None
    taken_from = act.of_row(row, _day(draft)) if row.kind == "certificate" else None
    return {
        "n": n, "row": row, "fields": fields, "hidden": hidden,
        "pick": outcome.pick_view(taken_from, row) if taken_from is not None else None,
        "evaluated": outcome.evaluated_html(evaluated) if evaluated is not None else "",
        "other": outcome.other_text(row), "dof": row.kind not in WITHOUT_DOF,
    }  # fmt: skip


# ---------------------------------------------------------------- pieces that htmx asks for


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """What is wrong with the formula, with the column marked."""
    draft = drafts.from_form(request.POST)
    return render(request, "part/formula.html", {"check": check_context(draft) if draft.model.strip() else None})


def check_context(draft: Draft) -> Mapping[str, Any]:
    """The formula read: the names that it uses, those that no input gives, and each fault with its line and column."""
    model, found = read(draft)
    return {
        "names": ", ".join(model.inputs) if model is not None else "",
        "lacking": ", ".join(lacking(draft)),
        "faults": [_fault(f, draft) for f in found if f.severity == "error"],
    }


def _fault(item: Finding, draft: Draft) -> dict[str, Any]:
    """A finding with the text that it is about and a mark below its column."""
    place, _, column = item.where.rpartition(":")
    body = drafts.document(replace(draft, rows=()))[0]["input"]
    texts: dict[str, str] = {f"definitions.{name}": text for name, text in (body.get("definitions") or {}).items()}
    if isinstance(body["model"], dict):
        texts |= {f"model.{name}": text for name, text in body["model"].items()}
    else:
        texts["model"] = body["model"]
    line = texts.get(place, "")
    at = int(column) if column.isdecimal() else 0
    return {"finding": item, "line": line, "mark": " " * (at - 1) + "▲" if 0 < at <= len(line) + 1 else ""}


@require_POST
def picks(request: HttpRequest) -> HttpResponse:
    """Values of stored certificates for the words in the search field."""
    draft = drafts.from_form(request.POST)
    return render(request, "part/picks.html", pick_context(request.POST.get("pick", "")[:200], _day(draft)))


def pick_context(words: str, day: date) -> dict[str, Any]:
    """The first values that were found."""
    found = act.picks(words, day)
    return {"picks": [outcome.pick_view(p) for p in found[:PICKS]], "pick_total": len(found), "searched": True}
