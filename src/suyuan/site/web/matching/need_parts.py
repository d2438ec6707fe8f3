"""The parts of the page of a need as rows: facts, gates, the budget of the nearest, others, combinations, routes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from suyuan.capability.capability import Capability
from suyuan.capability.gaps.industry import parameters
from suyuan.capability.matching.dominant import budget_at_worst
from suyuan.capability.matching.gate import Examined
from suyuan.capability.matching.gates import listed, measurand
from suyuan.capability.matching.match import Match, Route
from suyuan.capability.matching.ranking import why_first
from suyuan.capability.need import Need
from suyuan.capability.target import arithmetic, rule_named
from suyuan.quantity.finding import sentences
from suyuan.quantity.notation import fraction_unit
from suyuan.report.service.coverage_figures import NODES, STAGES
from suyuan.report.service.proof import Lines, match_lines
from suyuan.site.acts.closing.challenge import may_open
from suyuan.site.acts.matching.need import Seen
from suyuan.site.acts.matching.need_answer import may_answer
from suyuan.site.acts.service import may
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.houses import houses
from suyuan.site.web.matching.match_parts import (
    capability_way,
    column,
    compared,
    condition_row,
    first_failed,
    gate_row,
    interval_html,
    item_word,
    laboratory,
    minus,
    quantity_word,
    spoken,
    spread,
    symbol_html,
    target_html,
    tolerance_html,
    unit_of,
)
from suyuan.site.web.matching.need_figure import need_figure
from suyuan.site.web.matching.need_shop import routine
from suyuan.site.web.parts.number import quantity_html
from suyuan.site.web.parts.sentence import counted
from suyuan.site.web.parts.text import day_text, text_html, unbroken
from suyuan.site.web.ways import certificate_way
from suyuan.verbs.snapshot import Snapshot

SHOWN = 12
"""Other capabilities in the table until all are asked for."""


# ---------------------------------------------------------------- the need


def facts(view: Seen, found: Match) -> list[tuple[str, Any]]:
    """Key of a term and what the need says of it; what was not said and does not matter is left out."""
    need = view.need
    words = [item_word(need.item), need.analyte]
    measurand = text_html(need.measurand) if need.measurand else quantity_word(need.quantity)
    rows: list[tuple[str, Any]] = [
        ("match.need.measurand", measurand),
        ("match.need.interval", interval_html(need.interval)),
        ("match.need.target", target_html(need.target)),
        ("match.need.item", ", ".join(w for w in words if w) or term("match.need.any_item")),
    ]
    if need.tolerance is not None:
        rows.append(("match.need.tolerance", tolerance_html(need.tolerance)))
    used = [text_html(t) for t in (need.product, need.process) if t]
    if used:
        rows.append(("match.need.use", format_html_join(term("match.and"), "{}", ((said,) for said in used))))
    if (parameter := parameters().get(need.parameter)) is not None:
        there = f"{reverse('industry', args=[parameter.industry])}#{parameter.id}"
        rows.append(("match.new.parameter", format_html('<a href="{}">{}</a>', there, text_html(parameter.name))))
    placed = [text_html(table[word]) for table, word in ((STAGES, need.stage), (NODES, need.node)) if word in table]
    if placed:
        rows.append(("match.need.stage", format_html_join(term("match.and"), "{}", ((said,) for said in placed))))
    if need.standing:
        rows.append(("match.need.standing", term(f"capability.standing.{need.standing}")))
    if need.volume:
        rows.append(("match.need.volume", need.volume))
    if need.region:
        rows.append(("match.need.region", region_name(need.region)))
    limits = [term("match.need.days", days=f"{need.days_most:g}")] if need.days_most is not None else []
    limits += [term("match.need.price", price=f"{need.price_most:g}")] if need.price_most is not None else []
    if limits:
        rows.append(("match.need.limits", term("match.and").join(limits)))
    if need.day:
        rows.append(("match.need.day", day_text(need.day)))
    who = text_html(need.organisation or view.register.organisation)
    rows.append(("match.need.by", format_html("{}{}{}", who, term("match.and"), day_text(view.register.day))))
    if need.confidential:
        rows.append(("match.need.confidential", term("match.need.confidential.says")))
    return rows


def region_name(code: str) -> str:
    """A region by its code, in words where the first two digits are known."""
    key = f"match.region.{code[:2]}"
    word = term(key)
    return f"{word} ({code})" if word != key else code


def conditions(need: Need) -> list[dict[str, Any]]:
    """The conditions of the need in words."""
    return [condition_row(name, value) for name, value in need.conditions.items()]


def why_target(need: Need) -> dict[str, Any] | None:
    """How the target follows from the tolerance; None where it was stated."""
    rule = rule_named(need.tolerance.rule) if need.tolerance is not None else None
    if rule is None:
        return None
    return {"label": text_html(rule.label), "arithmetic": arithmetic(rule), "source": rule.source,
            "status": f"match.status.{rule.status.replace(' ', '_')}"}  # fmt: skip


# ---------------------------------------------------------------- the nearest


def named(item: Examined, day: str = "") -> dict[str, Any]:
    """A capability with the way to its page."""
    c = item.capability
    return {"lab": laboratory(c), "id": unbroken(c.id), "way": capability_way(c.key, day), "can": item.can}


def gates(item: Examined) -> list[dict[str, Any]]:
    """All gates of a capability."""
    return [gate_row(gate) for gate in item.gates]


def figure(found: Match) -> dict[str, Any] | None:
    """U along the interval; None where there is nothing to draw."""
    lines = match_lines(found)
    if lines is None:
        return None
    first = lines.curves[0].name
    lines = _readable(lines)
    lacking = listed(found.unproven) or term("match.figure.nowhere")
    count = counted("capabilities", len(lines.curves), figures=True)
    label = term("match.figure.label", count=count, first=first, lacking=lacking)
    words = (term("match.figure.needed"), term(f"match.verdict.{found.verdict}"))
    return {"svg": need_figure(lines, label, words), "k": f"{found.need.target.k:g}" if found.need.target else ""}


def _readable(lines: Lines) -> Lines:
    """The lines in ppm where per cent would need five digits behind the point."""
    U = lines.wanted.U
    if lines.U_unit != "%" or U is None or fraction_unit(float(U.max()) / 100.0)[1] == "%":
        return lines
    curves = tuple(replace(curve, U=curve.U * 1e4) for curve in lines.curves)
    return replace(lines, curves=curves, wanted=replace(lines.wanted, U=U * 1e4), U_unit="ppm")


def dominant(found: Match, snapshot: Snapshot) -> dict[str, Any] | None:
    """The budget of the nearest where U is largest against its target, and what would close the gap."""
    item = found.nearest
    if item is None or (found.verdict == "can" and found.single):
        return None
    rows, worst, target = budget_at_worst(found.need, item), item.adequacy.worst, found.need.target
    if not rows or worst is None or target is None:
        return None
    unit = worst.U_unit
    combined = worst.U / target.k
    scale, shown = unit_of(combined, unit)
    rest = max(0.0, combined**2 - sum(row.u**2 for row in rows))
    known = {
        key: node.digest for key, node in _nodes(snapshot, [r.term.certificate for r in rows if r.term.certificate])
    }
    sizes = [*(row.u * scale for row in rows), math.sqrt(rest) * scale, combined * scale]
    *shown_u, shown_rest, shown_all = column(sizes, most=combined * scale)
    listed_rows = [
        {
            "label": row.term.label or {"": row.term.symbol}, "symbol": symbol_html(row.term.symbol), "u": u,
            "size": row.u, "share": row.share, "source": row.term.source,
            "certificate": houses(" ".join(row.term.certificate)) if row.term.certificate else "",
            "way": certificate_way(known[row.term.certificate]) if row.term.certificate in known else "",
        }
        for row, u in zip(rows, shown_u, strict=True)
    ]  # fmt: skip
    if rest > (0.05 * combined) ** 2:
        label = {"zh": term("match.budget.rest", "zh"), "en": term("match.budget.rest", "en")}
        listed_rows.append({"label": label, "symbol": "", "u": shown_rest,
                            "size": math.sqrt(rest), "share": rest / combined**2, "source": "", "certificate": "",
                            "way": ""})  # fmt: skip
    return {
        "rows": listed_rows, "unit": shown, "combined": shown_all, "largest": combined,
        "combined_size": combined, "U": spread(worst.U, unit), "k": f"{target.k:g}",
        "place": quantity_html(f"{worst.place:.6g}", unit=worst.unit), "name": named(item),
        "closes": _closes(found, rows[0].share),
    }  # fmt: skip


def _nodes(snapshot: Snapshot, keys: list[Any]) -> list[tuple[Any, Any]]:
    return [(key, snapshot.evidence.by_key[key][-1]) for key in keys if key in snapshot.evidence.by_key]


def _closes(found: Match, share: float) -> dict[str, Any] | None:
    """What the largest term would have to become."""
    top = found.dominant
    if top is None:
        return None
    worst = found.nearest.adequacy.worst if found.nearest is not None else None
    return {
        "label": text_html(top.term.label) if top.term.label else top.term.symbol, "symbol": top.term.symbol,
        "share": share, "now": spread(top.contribution, top.unit),
        "needed": spread(top.needed, top.unit) if top.needed is not None else "",
        "target": spread(worst.target, top.unit) if worst is not None else "",
    }  # fmt: skip


# ---------------------------------------------------------------- others


def others(found: Match, whole: bool, day: str, agreeing: int, ordered: str = "") -> dict[str, Any]:
    """All capabilities that agree in measurand, those that can first, then the nearest. agreeing: how many agree, also
    where only the nearest were examined; ordered: the need as an order names it, «» where nobody may order."""
    order = [*found.single, *(item for item in found.examined if not item.can)]
    shown = order if whole else order[:SHOWN]
    worst = next((i.adequacy.worst for i in order if i.adequacy.worst is not None), None)
    scale, unit = unit_of(worst.target, worst.U_unit) if worst is not None else (1.0, "")
    marked = found.single[0] if found.single else found.nearest
    return {
        "rows": [
            _other(item, day, item is marked)
            | {"U": U, "order": order_way(item, ordered) if ordered and item.can else ""}
            for item, U in zip(shown, _column(shown, found, scale), strict=True)
        ],
        "unit": unit, "shown": len(shown), "total": max(agreeing, len(order)),
        "unlike": found.others - max(0, agreeing - len(order)),
        "why_first": why_first(found.need, [item.capability for item in found.single]),
        "looked": len(found.examined) + found.others,
    }  # fmt: skip


def _column(shown: list[Examined], found: Match, scale: float) -> list[str]:
    """U of each at its worst place, with the decimals that the target needs."""
    target = found.need.target
    worst = [item.adequacy.worst for item in shown]
    values = [None if w is None else w.U * scale for w in worst]
    least = min((w.target * scale for w in worst if w is not None), default=0.0)
    known = [v for v in values if v is not None and math.isfinite(v) and v > 0.0]
    return column(values, most=max(10.0 * min(known, default=0.0), least if target is not None else 0.0))


def offer(item: Examined) -> str:
    """Days and price of a capability in words; «» where neither is stated."""
    c = item.capability
    said = [term("capability.days", days=f"{c.days:g}")] if c.days is not None else []
    said += [term("capability.price", price=f"{c.price:g}", currency=c.currency)] if c.price is not None else []
    return term("match.and").join(said)


def _other(item: Examined, day: str, marked: bool) -> dict[str, Any]:
    worst = item.adequacy.worst
    failed = first_failed(item)
    c = item.capability
    return {
        **named(item, day), "marked": marked, "failed": failed,
        "place": quantity_html(f"{worst.place:.6g}", unit=worst.unit) if worst is not None else "",
        "offer": offer(item), "region": region_name(c.region) if c.region else "",
        "why": failed["say"] if failed else "",
    }  # fmt: skip


def other_items(need: Need, capabilities: Sequence[Capability]) -> dict[str, Any]:
    """Capabilities of the same kind of quantity on another item, each with its item and interval: they are no answer,
    and still nearer than another quantity."""
    rows = [
        {"lab": laboratory(c), "id": unbroken(c.id), "way": capability_way(c.key), "item": item_word(c.item),
         "interval": interval_html(c.interval),
         "why": next((sentences(spoken(f), current())["what"] for f in measurand(need, c).findings
                      if f.severity == "error"), "")}
        for c in capabilities[:SHOWN]
    ]  # fmt: skip
    return {"rows": rows, "total": len(capabilities)}


def together(found: Match, day: str) -> list[dict[str, Any]]:
    """Sets of capabilities that meet the need together, with the standards that their parts share."""
    made = []
    for one, composite in [*((True, c) for c in found.composite), *((False, c) for c in found.several)][:SHOWN]:
        members = [
            {**named(member, day), "parts": listed(parts)}
            for member, parts in zip(composite.members, composite.parts, strict=True)
        ]
        shared = [houses(" ".join(s.certificate)) if s.certificate else s.identity[:12] for s in composite.shared]
        made.append({"members": members, "one": one, "shared": shared})
    return made


# ---------------------------------------------------------------- routes and acts


def routes(found: Match, day: str, name: str, user: Any) -> list[dict[str, Any]]:
    """What would help, each with whom it concerns."""
    labs = {item.capability.key: laboratory(item.capability) for item in found.examined}
    daily = routine(found)
    return [_route(route, day, labs) for route in found.routes if not (daily and route.kind == "challenge")]


def _route(route: Route, day: str, labs: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    told = sentences(spoken(route.said), current())
    who = route.keys[0] if len(route.keys) == 1 else None
    return {
        "kind": f"match.route.{route.kind}", "what": houses(minus(told["what"])), "why": told["why"],
        "remedy": told["remedy"], "who": labs.get(who, houses(who[0])) if who else "",
        "way": capability_way(who, day) if who else "",
    }  # fmt: skip


def named_for_order(view: Seen, user: Any) -> str:
    """A need as an order names it; «» for who may not order."""
    return " ".join(view.key) if may_open(user, "order") else ""


def order_way(item: Examined, ordered: str) -> str:
    """Where a capability is ordered for a need."""
    lab, id = item.capability.key
    return f"{reverse('order_new')}?{urlencode({'provider': lab, 'capability': id, 'need': ordered})}"


def acts_of(
    found: Match, view: Seen, name: str, user: Any, address: Callable[[str], str | None], there: str = ""
) -> list[dict[str, Any]]:
    """What may be done with the answer, the first one being the one to do. there: the way to the challenge about the
    need, «» where there is none that somebody may see."""
    made: list[dict[str, Any]] = []
    if found.single and (ordered := named_for_order(view, user)):
        made.append({"term": "match.act.order", "way": order_way(found.single[0], ordered)})
    elif found.chains and found.verdict != "can" and (ordered := named_for_order(view, user)):
        made.append({"term": "match.act.order_transfer", "way": order_way(found.chains[0].capability, ordered)})
    if may_answer(user) and not view.mine:
        made.append({"term": "match.act.answer", "way": "#answer"})
    challenge = _challenge(address)
    if there:
        made.append({"term": "match.act.challenge_there", "way": there})
    call = challenge and not there and found.verdict != "can" and may(user, "ask", "direct", "regulate")
    opening = {"way": f"{challenge}?{urlencode({'need': ' '.join(view.key)})}"}
    if call and not routine(found):
        made.append({"term": "match.act.challenge", **opening})
    if challenge and found.verdict in ("cannot", "partly", "not_accurate") and may(user, "offer", "direct"):
        project = challenge.replace("/challenge/", "/research/")
        made.append({"term": "match.act.research", "way": f"{project}?{urlencode({'need': ' '.join(view.key)})}"})
    if call and routine(found):  # an instrument on the market does; whoever still wants an open call may have it
        made.append({"term": "match.act.challenge_still", **opening})
    return made


def _challenge(address: Callable[[str], str | None]) -> str | None:
    from django.urls import NoReverseMatch

    try:
        return reverse("matter_new", args=["challenge"])
    except NoReverseMatch:
        return address("challenge_new")


def marked(text: str) -> SafeString:
    """A name in which identifiers do not break."""
    return unbroken(text)


__all__ = ["acts_of", "compared", "conditions", "dominant", "facts", "figure", "gates", "named", "others", "routes",
           "together", "why_target"]  # fmt: skip
