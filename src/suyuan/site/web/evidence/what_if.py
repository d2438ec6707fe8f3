"""The page «what if»: one standard changed, every result downstream old and new; the trial writes nothing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from suyuan.certificate.certificate import Certificate
from suyuan.certificate.quantities import quantities
from suyuan.quantity.finding import Finding, Refused, finding, sentences
from suyuan.report.papers.sheet import Cell, sheet
from suyuan.site.acts import clock, store
from suyuan.site.acts.evidence import document
from suyuan.site.acts.evidence import what_if as act
from suyuan.site.acts.evidence.what_if import Asked
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.evidence.picture import certificate_address, figure, in_both, name_of, tight
from suyuan.site.web.evidence.results import symbol_of
from suyuan.site.web.evidence.trace import title_html, unknown
from suyuan.site.web.parts.text import day_text, pick
from suyuan.site.web.reach import opened_named
from suyuan.traceability.attached import body
from suyuan.traceability.graph import USES, Node
from suyuan.traceability.impact import Impact
from suyuan.traceability.impact_rows import Row
from suyuan.traceability.scenario import Replaced, Shifted, hits

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHOICES = 12


@require_http_methods(["GET", "HEAD", "POST"])
def what_if(request: HttpRequest, key: str = "") -> HttpResponse:
    """Choose, evaluate, look; export; adopt."""
    document.current()
    wanted = key or request.GET.get("of", "")
    if not wanted:
        return HttpResponseRedirect(reverse("trace"))
    if not key:
        return HttpResponseRedirect(reverse("what_if", args=[wanted]))
    try:
        node, certificate = act.of(key)
    except Refused as refused:
        return unknown(request, key, refused.findings)
    given = request.POST if request.method == "POST" else request.GET
    asked, found = _asked(request, given)
    if request.method == "POST" and given.get("do") == "adopt":
        return _adopt(request, node, certificate, asked)
    return _answer(request, node, certificate, asked, found)


def _asked(request: HttpRequest, given: Mapping[str, str]) -> tuple[Asked, tuple[Finding, ...]]:
    """What was chosen; a file comes with the request, or is carried from the trial before."""
    found: tuple[Finding, ...] = ()
    name, data = given.get("carried_name", "")[:200], b""
    upload = request.FILES.get("file")
    if upload is not None:
        name = str(upload.name or "")[:200]
        if (upload.size or 0) > act.LARGEST:
            found = (finding("site.what_if.large", name, limit=act.LARGEST // 2**20),)
        else:
            data = upload.read()
    elif given.get("carried"):
        try:
            data = base64.b64decode(given["carried"], validate=True)
        except (binascii.Error, ValueError):
            found = (finding("site.what_if.choose", "file"),)
    if given.get("by") and upload is None and given.get("by") != "file":
        data, name = b"", ""
    texts = {field: given.get(field, "")[:300] for field in ("kind", "by", "place", "d", "unit")}
    asked = Asked(**texts, file=data, name=name, since=given.get("from", "")[:40], until=given.get("to", "")[:40])
    return asked, found


def _answer(
    request: HttpRequest, node: Node, certificate: Certificate, asked: Asked, found: tuple[Finding, ...],
    status: int = 200, wrong: str = "",
) -> HttpResponse:  # fmt: skip
    impact: Impact | None = None
    if asked.kind in act.KINDS and (not found or wrong == "adopt"):
        try:
            impact = act.trial(node, certificate, asked)
        except Refused as refused:
            found = refused.findings
    if impact is not None and _given(request, "format") == "xlsx":
        return _excel(node, impact, asked)
    same, alike = act.candidates(certificate)
    statement = act.said(certificate)
    by = impact.scenario.by if impact is not None and isinstance(impact.scenario, Replaced) else None
    context: dict[str, Any] = {
        "node": node,
        "certificate": certificate,
        "name": name_of(node),
        "title": title_html("what_if.title", node),
        "address": certificate_address(node.id),
        "data_way": opened_named("data_impact", certificate.digest),
        "day": clock.today(),
        "asked": asked,
        "carried": base64.b64encode(asked.file).decode("ascii") if asked.file else "",
        "same": [_choice(c) for c in same[:CHOICES]],
        "alike": [_choice(c) for c in alike[:CHOICES]],
        "chosen_by": asked.by or (same[0].digest if same and not asked.file else ""),
        "places": _places(certificate),
        "findings": found,
        "impact": impact,
        "rows": [Line.of(row, node, by) for row in impact.rows] if impact is not None else [],
        "scenario": _scenario_html(node, impact, asked) if impact is not None else "",
        "answer": answer_html(impact) if impact is not None else "",
        "meaningless": impact is not None and act.meaningless(impact),
        "value": _value_html(certificate, impact) if impact is not None else "",
        "query": _query(asked),
        "adopt": _adoption(request, certificate, asked, by) if _may_become_fact(impact) else None,
        "statement": statement,
        "statement_word": term(f"state.{statement.kind}") if statement is not None else "",
        "statement_by": _by_text(statement) if statement is not None else "",
        "wrong": wrong,
        "confirm": _to_confirm(request, node, asked, by) if wrong == "confirm" else "",
    }
    return render(request, "what_if.html", context, status=status)


def _may_become_fact(impact: Impact | None) -> bool:
    """A shift is only supposed; a replacement that says nothing about this standard is none."""
    return impact is not None and not isinstance(impact.scenario, Shifted) and not act.meaningless(impact)


def _given(request: HttpRequest, name: str) -> str:
    return str((request.POST if request.method == "POST" else request.GET).get(name, ""))


def _choice(certificate: Certificate) -> dict[str, Any]:
    item = pick(certificate.items[0].name)[0] if certificate.items else ""
    first = next((q for q in certificate.quantities() if q.value.size == 1), None)
    shown = (
        f"{first.printed[0] if first.printed else first.value[0]} {symbol_of(first.unit)}" if first is not None else ""
    )
    return {
        "digest": certificate.digest, "number": certificate.number, "issuer": certificate.issuer, "item": item,
        "value": shown, "day": certificate.issued or certificate.ended,
    }  # fmt: skip


def _places(certificate: Certificate) -> list[dict[str, str]]:
    return [{"place": q.place, "name": pick(q.name)[0] or q.place, "unit": symbol_of(q.unit)}
            for q in certificate.quantities()]  # fmt: skip


def _query(asked: Asked) -> str:
    fields = {"kind": asked.kind, "by": asked.by, "place": asked.place, "d": asked.d, "unit": asked.unit}
    return urlencode({k: v for k, v in {**fields, "from": asked.since, "to": asked.until}.items() if v})


# ---------------------------------------------------------------- sentences


def answer_html(impact: Impact) -> SafeString:
    """How many verdicts change: what a person would say aloud."""
    return in_both(lambda: answer(impact))


def answer(impact: Impact) -> str:
    """The sentence in the language of the page."""
    told = [term("what_if.answer.other_item")] if any(f.code == act.OTHER_ITEM for f in impact.findings) else []
    told += _told_of_rows(impact) if impact.rows else [_nothing(impact)]
    return ("" if current() == "zh" else " ").join(told)


def _told_of_rows(impact: Impact) -> list[str]:
    """What changes, what is lost, and what cannot be computed: three different things."""
    lost = [row for row in impact.rows if row.state == "no_traceable_value"]
    unknown = [row for row in impact.rows if row.state == "not_computable"]
    moved = len(impact.rows) - len(lost) - len(unknown)
    counts: dict[str, Any] = {"untouched": impact.untouched, "unknown": len(unknown)}
    told = []
    if lost:
        passed = sum(1 for row in lost if row.old is not None and row.old.verdict == "pass")
        key = "what_if.answer.lost" + (".one" if len(lost) == 1 else "")
        told.append(term(key, lost=len(lost), pass_=passed, **counts))
    elif moved:
        changed = sum(1 for row in impact.rows if changes(row))
        key = "what_if.answer.changed" if changed else "what_if.answer.same"
        how = ".one" if (changed or moved) == 1 else ""
        told.append(term(key + how, changed=changed, rows=moved, **counts))
    if unknown:
        key = "what_if.answer.unknown" if told else "what_if.answer.unknown.all"
        told.append(term(key + (".one" if len(unknown) == 1 else ""), **counts))
    return told


def _nothing(impact: Impact) -> str:
    """Why nothing changes: a shift of nil, a window without a use, values that stay, or nobody who uses it."""
    scenario = impact.scenario
    users = [link for link in store.graph().children(impact.seed.id) if link.kind in USES]
    if not users:
        return term("what_if.answer.none")
    if isinstance(scenario, Shifted):
        if scenario.d == 0.0:
            return term("what_if.answer.nil")
        if not any(hits(scenario, store.graph().node(link.child).day) for link in users):
            return term("what_if.answer.window")
    return term("what_if.answer.unmoved")


def changes(row: Row) -> bool:
    """Whether the verdict is another one."""
    return bool(row.old and row.new and row.old.verdict != row.new.verdict)


def _scenario_html(node: Node, impact: Impact, asked: Asked) -> SafeString:
    return in_both(lambda: scenario_text(node, impact, asked))


def scenario_text(node: Node, impact: Impact, asked: Asked) -> str:
    """What was supposed, in words."""
    scenario, name = impact.scenario, f"{name_of(node)} {node.number}"
    if isinstance(scenario, Replaced):
        return term("what_if.scenario.replaced", name=name, by=scenario.by.number)
    if isinstance(scenario, Shifted):
        stated = node.document.at(scenario.place) if isinstance(node.document, Certificate) else None
        d, unit = act.as_typed(asked)
        unit = symbol_of(unit or (stated.unit if stated is not None else ""))
        return term("what_if.scenario.shifted", name=name, d=d, unit=unit, window=_window(scenario.between))
    return term("what_if.scenario.withdrawn", name=name)


def _window(between: tuple[date, date] | None) -> str:
    if between is None:
        return term("what_if.window.always")
    first, last = between
    if first == date.min:
        return term("what_if.window.until", last=last)
    return term("what_if.window.since" if last == date.max else "what_if.window", first=first, last=last)


def _value_html(certificate: Certificate, impact: Impact) -> SafeString | str:
    """How the certified value itself moves, where one value is replaced by one."""
    if not isinstance(impact.scenario, Replaced):
        return ""
    old, new = (_first(c) for c in (certificate, impact.scenario.by))
    return in_both(lambda: term("what_if.value", old=old, new=new)) if old and new else ""


def _first(certificate: Certificate) -> str:
    table = quantities(certificate)[0]
    for q in certificate.quantities():
        value = table.get(q.place)
        if value is None or value.ndim or q.uncertainty is None or q.uncertainty.kind != "expanded":
            continue
        spread = float(q.uncertainty.value[0])
        return figure(float(q.value[0]), spread, value.unit.symbol)
    return ""


# ---------------------------------------------------------------- the table


@dataclass(frozen=True)
class Line:
    """One row of the table. again: opens its evaluation with the replacement."""

    row: Row
    name: str
    number: str
    address: str
    lower: float | None
    upper: float | None
    changed: bool
    what: str
    again: str

    @classmethod
    def of(cls, row: Row, seed: Node, by: Certificate | None) -> Line:
        node = row.node
        lower, upper = _limits(row)
        # only who used the standard itself is evaluated again with the other one; the rest waits for new parents
        uses = any(link.parent == seed.id for link in store.graph().parents(node.id))
        again = ""
        if node.case is not None and uses and by is not None and by.digest in store.evidence().by_digest:
            again = f"{reverse('evaluate')}?from={node.id}&instead={seed.id}&by={by.digest}"
        several = row.output if node.case is not None and isinstance(body(node.case).get("model"), dict) else ""
        what = several if row.index is None else f"{several}[{row.index}]"
        return cls(
            row, name_of(node), node.number, certificate_address(node.id), lower, upper, changes(row), what,
            again,
        )  # fmt: skip


def _limits(row: Row) -> tuple[float | None, float | None]:
    case = body(row.node.case) if row.node.case is not None else {}
    limits = case.get("limits")
    if not isinstance(limits, dict):
        return None, None
    if not set(limits) <= {"lower", "upper"}:
        limits = limits.get(row.output)
    if not isinstance(limits, dict):
        return None, None
    ends = [limits.get("lower"), limits.get("upper")]
    lower, upper = (float(e) if isinstance(e, int | float) else None for e in ends)
    return lower, upper


def _excel(node: Node, impact: Impact, asked: Asked) -> HttpResponse:
    heads = [
        term("what_if.result"), term("word.number"), term("word.unit"), f"{term('what_if.old')}", "U",
        term("what_if.old.verdict"), term("what_if.new"), "U", term("what_if.new.verdict"), "Δ",
        term("what_if.relative"), term("what_if.state"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [_cells(row) for row in impact.rows]
    rows += [[], [scenario_text(node, impact, asked)], [answer(impact)], [term("what_if.trial")]]
    data = sheet(term("what_if.sheet"), heads, rows, (34, 20, 8, 16, 12, 12, 16, 12, 12, 12, 10, 18))
    response = HttpResponse(data, content_type=XLSX)
    response.headers["Content-Disposition"] = 'attachment; filename="what-if.xlsx"'
    return response


def _cells(row: Row) -> list[Cell]:
    old, new = row.old, row.new
    how = term("what_if.how.evaluated") if row.state == "evaluated" else term(f"state.{row.state}")
    if row.state == "not_computable":
        how = ": ".join([how, *dict.fromkeys(sentences(f, current())["what"] for f in row.findings)])
    return [
        name_of(row.node), row.node.number, row.unit,
        old.value if old else None, old.U if old else None, term(f"state.{old.verdict}") if old and old.verdict else "",
        new.value if new else None, new.U if new else None, term(f"state.{new.verdict}") if new and new.verdict else "",
        row.delta, row.relative, how,
    ]  # fmt: skip


# ---------------------------------------------------------------- adopt


def _adoption(request: HttpRequest, certificate: Certificate, asked: Asked, by: Certificate | None) -> dict[str, Any]:
    """Whether the scenario may become fact here, and if not, why."""
    why = ""
    if not act.may_adopt(request.user):
        why = term("what_if.adopt.not_allowed")
    elif by is not None and by.digest not in store.evidence().by_digest:
        why = term("what_if.adopt.only_stored")
    key = "what_if.adopt.replace" if asked.kind == "replaced" else "what_if.adopt.withdraw"
    return {
        "why": why, "act": term(key), "day": _given(request, "day") or clock.today().isoformat(),
        "reason": _given(request, "reason"), "source": _given(request, "source"),
        "kind": _given(request, "statement") or "withdrawn", "by": by,
    }  # fmt: skip


def _to_confirm(request: HttpRequest, node: Node, asked: Asked, by: Certificate | None) -> SafeString:
    """What will be written, in one sentence, before it is."""
    kind = "superseded" if by is not None and request.POST.get("statement") == "superseded" else "withdrawn"
    day = date.fromisoformat(request.POST.get("day", ""))
    touched = sum(1 for n in store.graph().downstream(node.id) if n.kind in ("certificate", "result"))

    def told() -> str:
        return term(
            "what_if.confirm" + (".one" if touched == 1 else ""), name=f"{name_of(node)} {node.number}",
            day=day_text(day), word=term(f"state.{kind}"), touched=touched,
            by=term("what_if.adopt.already.by", by=by.number) if by is not None else "",
        )  # fmt: skip

    return in_both(told)


def _adopt(request: HttpRequest, node: Node, certificate: Certificate, asked: Asked) -> HttpResponse:
    try:
        by = act.replacement(certificate, asked) if asked.kind == "replaced" else None
        if by is not None and by.digest not in store.evidence().by_digest:
            raise Refused(finding("site.what_if.only_stored", by.number, number=by.number))
        if by is not None and act.meaningless(act.trial(node, certificate, asked)):
            raise Refused(finding("site.what_if.meaningless", by.number, number=by.number))
        day = date.fromisoformat(request.POST.get("day", ""))
        act.before_adopting(request.user, request.POST.get("reason", "")[:2000])
        if request.POST.get("confirm") != "1":
            return _answer(request, node, certificate, asked, (), wrong="confirm")
        act.adopt(
            request.user, certificate, request.POST.get("statement", "withdrawn"), by, day,
            request.POST.get("reason", "")[:2000], request.POST.get("source", "")[:500],
        )  # fmt: skip
    except Refused as refused:
        return _answer(request, node, certificate, asked, refused.findings, 422, "adopt")
    except ValueError:
        wrong = finding("site.what_if.day", "day", given=request.POST.get("day", "")[:40])
        return _answer(request, node, certificate, asked, (wrong,), 422, "adopt")
    said = act.said(certificate)
    word = term(f"state.{said.kind}") if said is not None else ""
    told = tight(term("what_if.adopt.done", name=node.number, day=day_text(day), word=word))
    messages.success(request, told)
    return HttpResponseRedirect(reverse("trace", args=[node.id]))


def _by_text(statement: Any) -> str:
    return term("what_if.adopt.already.by", by=statement.replaced_by[1]) if statement.replaced_by else ""
