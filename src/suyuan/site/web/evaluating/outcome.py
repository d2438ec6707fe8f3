"""What an evaluation looks like: results with their strips, budgets in four views, the chain ahead, picked values."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.safestring import SafeString

from suyuan.quantity.budget import by_influence
from suyuan.quantity.notation import number as shown_number
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import ratio
from suyuan.site.acts import store
from suyuan.site.acts.evaluating.draft import Row
from suyuan.site.acts.evaluating.evaluate import Answer, Pick
from suyuan.site.acts.evaluating.numbers import number_of
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.evaluating import budget as budgets
from suyuan.site.web.evaluating.budget import Budget
from suyuan.site.web.evaluating.methods import Methods, methods_of, sentence
from suyuan.site.web.evidence.picture import certificate_address, figure, in_both, name_of, word
from suyuan.site.web.parts.number import plain, quantity_html
from suyuan.site.web.parts.text import pick, text_html
from suyuan.traceability.chain import Chain
from suyuan.traceability.graph import Link, Node
from suyuan.verbs.evaluate import Output
from suyuan.verbs.trace import AHEAD

VIEWS = ("input", "influence", "source", "certificate")


@dataclass(frozen=True)
class OutputView:
    """One result as shown. dof: as text; views: name of the view → budget; methods: side by side, where more than first
    order was wanted."""

    name: str
    output: Output
    symbol: str
    U: float
    k: str
    p: float
    dof: str
    verdict: str
    lower: float | None
    upper: float | None
    views: list[tuple[str, Budget]]
    methods: Methods | None = None
    exact: str = ""


def outputs(made: Answer) -> list[OutputView]:
    """All results of an evaluation."""
    if made.evaluation is None:
        return []
    return [_output(name, o, made) for name, o in made.evaluation.outputs.items()]


def _output(name: str, o: Output, made: Answer) -> OutputView:
    spread = o.expanded
    evidence = store.evidence()
    views = [
        (view, budgets.budget(o.quantity, float(spread.k), view, o, made.case, evidence))
        for view in VIEWS if view != "influence"
    ]  # fmt: skip
    views.insert(1, ("influence", _by_influence(o, views[0][1])))
    limits = o.limits
    return OutputView(
        name if len(made.evaluation.outputs) > 1 else "",  # type: ignore[union-attr]
        o, o.unit.symbol, float(spread.U), f"{float(spread.k):.3g}", float(spread.p),
        "∞" if math.isinf(float(spread.dof)) else (shown_number(float(spread.dof), 3) or ""),
        o.verdict.state if o.verdict is not None else "", limits.lower if limits is not None else None,
        limits.upper if limits is not None else None, views, methods_of(made, name, o),
        exact(o) if blind(o) else "",
    )  # fmt: skip


def _by_influence(o: Output, like: Budget) -> Budget:
    """The view that the certificate page has not: one row an influence."""
    unit = o.unit.as_difference()
    chosen = budgets.handy(unit, o.u)
    factor = 1.0 if unit == chosen else ratio(unit, chosen)
    evidence = store.evidence()
    rows = []
    for row in by_influence(o.quantity):
        size = abs(row.contribution * factor)
        found = evidence.by_key.get((row.source.issuer, row.source.number), ()) if row.source.number else ()
        rows.append(
            budgets.Row(
                {"": row.name}, "", *budgets.own(row), row.distribution,
                "∞" if math.isinf(row.dof) else (shown_number(row.dof, 3) or ""), size,
                budgets.signed(row, size, o.u * factor),
                row.share, row.source.number or row.source.text,
                certificate_address(found[0].digest) if found else "", False, budgets.estimate(row),
                budgets.sensitivity(row, o.unit),
            )
        )  # fmt: skip
    return replace(like, view="influence", rows=tuple(rows), without="")


# ---------------------------------------------------------------- sentences


def blind(o: Output) -> bool:
    """Whether first order sees no uncertainty though inputs have some: «± 0» would be read as a result."""
    return o.u == 0.0 and any(row.u for row in o.budget)


def exact(o: Output) -> str:
    """The value alone, and why it has no uncertainty here."""
    symbol = "" if o.unit.symbol == "1" else o.unit.symbol
    return term("evaluate.answer.exact", value=f"{plain(o.value, 9)} {symbol}".strip())


def answer_html(made: Answer) -> SafeString:
    """The result and the verdict as a sentence; or how much is wrong."""
    return in_both(lambda: _answer(made))


def _answer(made: Answer) -> str:
    if made.evaluation is None:
        wrong = sum(1 for f in dict.fromkeys(made.findings) if f.severity == "error")
        return term("evaluate.not_yet" + (".one" if wrong == 1 else ""), count=wrong)
    if made.faults:
        return term("evaluate.not_usable" + (".one" if len(made.faults) == 1 else ""), count=len(made.faults))
    told = []
    for name, o in made.evaluation.outputs.items():
        spread = o.expanded
        title = pick(made.evaluation.title)[0] if len(made.evaluation.outputs) == 1 else name
        value = figure(o.value, float(spread.U), o.unit.symbol)
        more = sentence(made, name, o)
        if more and o.u == 0.0:
            value = term("evaluate.answer.blind")
        elif blind(o):
            value = exact(o)
        # a name of several results is a symbol of the model; a title is words, which equal nothing
        key = "evaluate.answer" if len(made.evaluation.outputs) > 1 else "evaluate.answer.titled"
        text = term(key, name=title or term("evaluate.answer.y"), value=value)
        text += f"{term('strip.join')}k = {float(spread.k):.3g}" if o.u > 0.0 or not more else ""
        text += more
        if o.verdict is not None:
            text += term("strip.join") + term(f"state.{o.verdict.state}")
        told.append(text)
    end = "。" if current() == "zh" else "."
    return ("；" if current() == "zh" else "; ").join(told) + end


# ---------------------------------------------------------------- inputs


def pick_view(found: Pick, row: Row | None = None) -> dict[str, Any]:
    """A value of a certificate as shown: value ± U, state on the day, range, and whether it is used outside."""
    q = found.stated
    symbol = found.quantity.unit.symbol
    item = found.certificate.items[0].name if found.certificate.items else {}
    ranged = q.lower is not None or q.upper is not None
    at = number_of(row.at) if row is not None and row.at.strip() else None
    outside = at is not None and ((q.lower is not None and at < q.lower) or (q.upper is not None and at > q.upper))
    label = pick(q.name)[0] or q.place
    return {
        "token": found.token, "number": found.certificate.number, "issuer": found.certificate.issuer,
        "address": certificate_address(found.certificate.digest), "item": pick(item)[0],
        "what": label if found.index is None else f"{label} [{found.index + 1}]",
        "value": quantity_html(found.value, found.U, symbol, k=found.k, stated=True), "state": found.state,
        "until": found.certificate.valid_until,
        "range": _range(q.lower, q.upper, q.range_unit) if ranged else "", "range_unit": q.range_unit,
        "ranged": ranged, "outside": outside,
    }  # fmt: skip


def _range(lower: float | None, upper: float | None, unit: str) -> str:
    ends = ["−∞" if lower is None else f"{lower:g}", "∞" if upper is None else f"{upper:g}"]
    return term("evaluate.range", lower=ends[0].replace("-", "−"), upper=ends[1].replace("-", "−"), unit=unit)


def evaluated_html(q: Quantity) -> SafeString:
    """«value, u» of an input as the model saw it."""
    spread = float(q.u)
    value = quantity_html(shown_number(float(q.value), 9) or "", None, q.unit.symbol)
    if spread <= 0.0:
        return value
    shown = quantity_html(shown_number(spread, 2) or "", None, q.unit.as_difference().symbol)
    return SafeString(f'{value}{term("strip.join")}<i class="sy">u</i> = {shown}')


def other_text(row: Row) -> str:
    """A kind that the page cannot edit, in words."""
    if row.kind != "other":
        return ""
    try:
        kept = json.loads(row.raw)
    except ValueError:
        return ""
    parameters = kept.get("parameters") if isinstance(kept, dict) else None
    told = ", ".join(f"{k} = {v}" for k, v in parameters.items()) if isinstance(parameters, Mapping) else ""
    return f"{kept.get('distribution', '')} {told}"[:200] if isinstance(kept, dict) else ""


# ---------------------------------------------------------------- the chain ahead


def chain_view(made: Answer) -> dict[str, Any] | None:
    """The chain that the result will have: one line of steps for each certificate used, and the answer."""
    if made.evaluation is None or made.chain is None:
        return None
    return chain_lines(made.chain)


def chain_lines(way: Chain) -> dict[str, Any]:
    """Steps from the end to the target, one line for each standard that the target used itself."""
    own = [link for link in way.links if link.child == way.target.id and not link.circle]
    lines = [_steps(way, link) for link in own if link.kind != "anchor"]
    breaks = [b for b in way.breaks if b.severity == "error" and not (not own and b.kind == "no_anchor")]
    # plain text: a sentence of the page takes it in, and escapes it there
    anchors = term("trace.answer.and").join(name_of(n) for n in way.anchors)
    return {
        "complete": way.complete, "none": not lines, "lines": lines, "anchors": anchors,
        "findings": [b.finding for b in breaks],
    }  # fmt: skip


def _steps(way: Chain, link: Link) -> list[dict[str, Any]]:
    """From the highest end down to the target, by the longest way."""
    nodes = {placed_.node.id: placed_.node for placed_ in way.nodes}
    up: dict[str, list[Link]] = {}
    for other in way.links:
        if not other.circle:
            up.setdefault(other.child, []).append(other)
    levels = {p.node.id: p.level for p in way.nodes}
    steps, at, seen = [_step(way.target, link, way)], link.parent, {way.target.id}
    while True:
        above = max(up.get(at, ()), key=lambda other: -levels[other.parent], default=None)
        steps.append(_step(nodes[at], above, way))
        seen.add(at)
        if above is None or above.parent in seen:
            break
        at = above.parent
    return steps[::-1]


def _step(node: Node, above: Link | None, way: Chain) -> dict[str, Any]:
    """One step; the state is that of the use by which it rests on the step above."""
    breaks = [b for b in way.breaks_of(above) if b.severity == "error"] if above is not None else []
    kinds = [b.kind for b in breaks]
    here = node.id == way.target.id
    state = (
        {"expired": "expired", "withdrawn": "withdrawn", "missing": "missing"}.get(kinds[0], "broken") if kinds else ""
    )
    name: Any = term("evaluate.chain.here") if here and node.id == AHEAD else text_html(node.name or node.number)
    told = [", ".join(word(kind) for kind in dict.fromkeys(kinds))] if state == "broken" else []
    if node.valid_until is not None:
        told.append(term("trace.until", day=node.valid_until))
    return {
        "name": name, "say": [*([node.number] if node.id != AHEAD else []), *told], "here": here, "state": state,
        "address": certificate_address(node.id) if node.kind == "certificate" and not here else "",
    }  # fmt: skip
