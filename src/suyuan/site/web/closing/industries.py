"""Industries: product → process → key parameter as drafts, each with its status; what is covered, where, by whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString

from suyuan.capability.gaps.industry import (
    Industry,
    KeyParameter,
    industry,
    need_of,
    shown_conditions,
)
from suyuan.capability.gaps.industry import industries as all_industries
from suyuan.capability.matching.match import Match
from suyuan.capability.need import Need
from suyuan.quantity.finding import Refused, sentences
from suyuan.quantity.notation import behind
from suyuan.quantity.notation import number as digits
from suyuan.quantity.unit import parse_unit
from suyuan.report.service.proof import target_text
from suyuan.report.service.shown import matrix_of
from suyuan.site.acts import service
from suyuan.site.acts.closing import gaps as acts
from suyuan.site.acts.matching import sight
from suyuan.site.language import Language, current
from suyuan.site.terms import term
from suyuan.site.web.closing.gaps import gap_row, quantity_word, span, status_html
from suyuan.site.web.matters.drawn import shown, verdict_html
from suyuan.site.web.matters.words import in_both, need_title, need_way, way
from suyuan.site.web.parts.number import quantity_html
from suyuan.site.web.parts.sentence import counted
from suyuan.site.web.parts.text import both, pick, text_html
from suyuan.verbs.matching.gaps import matrix_of_industry, needs_of_industry


def industries(request: HttpRequest) -> HttpResponse:
    """The industries, each with how much of its key parameters is covered today."""
    known = service.now_known()
    drafts = acts.draft_gaps(known)
    rows = []
    for item in all_industries():
        counts = {k: 0 for k in ("can", "not_accurate", "partly", "cannot", "unknown")}
        of = {m.need.id: m for m in drafts[item.id].matches}
        for parameter in item.parameters:
            match = of.get(parameter.id)
            counts[match.verdict if match is not None else "unknown"] += 1
        rows.append({
            "item": item, "name": in_both(item.name), "address": reverse("industry", args=[item.id]),
            "count": len(item.parameters), "counts": list(counts.items()), "can": counts["can"],
            "statuses": [(status_html(s), n) for s, n in item.statuses.items()], "status": status_html(item.status),
            "firms": len({next(iter(n.organisation.values())) for n in needs_of_industry(known, item.id)}),
        })  # fmt: skip
    total = sum(len(item.parameters) for item in all_industries())
    context = {"rows": rows, "lead": both(_lead(rows, total, "zh"), _lead(rows, total, "en"))}
    return render(request, "industries.html", context)


def _lead(rows: list[dict[str, Any]], total: int, language: Language) -> str:
    can = sum(r["can"] for r in rows)
    confirmed = sum(i["item"].statuses.get("confirmed", 0) for i in rows)
    many = counted("industries", len(rows), language)
    return term("industries.lead", language, industries=many[:1].upper() + many[1:], total=total, can=can,
                confirmed=confirmed)  # fmt: skip


def one(request: HttpRequest, id: str) -> HttpResponse:
    """One industry: its tree, its matrix, registered needs."""
    item = industry(id)
    if item is None:
        raise Http404
    user: Any = request.user
    known = service.now_known()
    keys = sight.open_keys(user, known)
    found = acts.draft_gaps(known)[id]
    answers = {m.need.id: m for m in found.matches if m.need.id == m.need.parameter}
    gaps = {g.need.id: g for g in (*found.gaps, *found.unknown)}
    matrix = known.once(f"site matrix {id}", lambda: matrix_of_industry(known, id))
    by: dict[str, int] = dict(matrix.whole.by)
    needs = needs_of_industry(known, id)
    verdicts = {m.need.id: m.verdict for m in found.matches if m.need.id != m.need.parameter}
    context = {
        "item": item, "name": in_both(item.name),
        "lead": both(_lead_one(item, answers, "zh"), _lead_one(item, answers, "en")),
        "tree": [
            {"product": _product(processes), "processes": [
                {"name": text_html(of[0].process, beside=True),
                 "rows": [_parameter(p, answers.get(p.id), gaps) for p in of]}
                for of in processes.values()
            ]}
            for processes in item.tree.values()
        ],
        "drawn": shown(matrix_of(matrix, current()), "matrix"), "unplaced": len(matrix.unplaced),
        "by": sorted(by.items(), key=lambda pair: -pair[1]), "most": max(by.values(), default=1),
        "needs": [
            {"title": need_title(n, sight.hidden(n, keys)), "address": "" if sight.hidden(n, keys) else need_way(n),
             "verdict": verdict_html(verdicts.get(n.id, "unknown")), "quantity": quantity_word(n.quantity)}
            for n in needs
        ],
        "gaps_address": f"{reverse('gaps')}?industry={id}&drafts=1", "status": status_html(item.status),
        "source": item.source,
    }  # fmt: skip
    return render(request, "industry.html", context)


def _product(processes: Mapping[str, tuple[KeyParameter, ...]]) -> SafeString:
    return text_html(next(iter(processes.values()))[0].product, beside=True)


def _lead_one(item: Industry, answers: Mapping[str, Match], language: Language) -> str:
    can = sum(m.verdict == "can" for m in answers.values())
    silent = len(item.parameters) - sum(m.verdict != "unknown" for m in answers.values())
    said = term("industry.lead", language, total=len(item.parameters), can=can,
                confirmed=item.statuses.get("confirmed", 0))  # fmt: skip
    return said + (term("industry.lead.silent", language, n=silent) if silent else "")


def _parameter(parameter: KeyParameter, match: Match | None, gaps: Mapping[str, Any]) -> dict[str, Any]:
    need, told = need_of(parameter)
    gap = gaps.get(parameter.id)
    by = sorted({e.capability.key[0] for e in match.single}) if match is not None else []
    return {
        "id": parameter.id, "name": text_html(parameter.name, beside=True),
        "quantity": quantity_word(parameter.quantity),
        "interval": span(need.interval) if need is not None
        else f"{parameter.low:g} … {parameter.high:g}{behind(parameter.unit)}",
        "of": parameter.interval_of, "required": _required(parameter),
        "target": target_text(need) if need is not None else "",
        "warned": [sentences(f, current())["what"] for f in told if f.severity == "warning"],
        "status": status_html(_status(parameter)),
        "conditions": [(name, said) for name, said in shown_conditions(parameter, current())][:6],
        "source": parameter.source, "verdict": verdict_html(match.verdict if match is not None else "unknown"),
        "gap": gap_row(gap, False) if gap is not None else None, "by": ", ".join(by),
        "need_new": _stated(parameter, need),
    }  # fmt: skip


def _stated(parameter: KeyParameter, need: Need | None) -> str:
    """Where somebody states the need of a key parameter, its fields filled in as far as they are known."""
    if need is None:
        return way("need_new")
    target = need.target
    asked = {
        "title": pick(parameter.name)[0], "quantity": parameter.quantity, "interval_low": f"{parameter.low:g}",
        "interval_high": f"{parameter.high:g}", "interval_unit": parameter.unit,
        "target_U": "" if target is None else f"{100 * target.U if target.relative else target.U:.3g}",
        "target_unit": "" if target is None else "%" if target.unit is None else target.unit.symbol,
        "target_k": "" if target is None else f"{target.k:g}", "parameter": parameter.id,
    }  # fmt: skip
    return way("need_new", way="direct", **{key: text for key, text in asked.items() if text})


def _status(parameter: KeyParameter) -> str:
    """Confirmed, from memory, or partly: some of requirement, interval and conditions were read."""
    if parameter.status == "confirmed":
        return "confirmed" if "requirement" in parameter.confirmed or not parameter.confirmed else "partly"
    return "partly" if parameter.confirmed else parameter.status


def _required(parameter: KeyParameter) -> dict[str, Any]:
    """What the source asks for, in its own form."""
    asked = parameter.requirement
    if asked.kind == "accuracy_class":
        said: Any = asked.accuracy_class
    elif asked.relative is not None:
        said = quantity_html(100 * asked.relative, unit="%")
    elif asked.value is not None:
        said = quantity_html(asked.value, unit=_symbol(asked.unit))
    else:
        ends = [digits(x) or "" for x in (asked.lower, asked.upper) if x is not None]
        side = "" if len(ends) == 2 else "≥ " if asked.upper is None else "≤ "
        said = f"{side}{' … '.join(ends)} {_symbol(asked.unit)}".strip()
    sign = asked.kind in ("tolerance", "max_permissible_error") and asked.value is not None
    return {"kind": f"required.{asked.kind}", "said": said, "sign": sign or asked.relative is not None,
            "k": f"{asked.k:g}" if asked.k else ""}  # fmt: skip


def _symbol(unit: str) -> str:
    try:
        return parse_unit(unit).symbol
    except Refused:
        return unit
