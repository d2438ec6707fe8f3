"""What a trial comes to in sentences: what was supposed, how many verdicts change, how the value itself moves."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.safestring import SafeString

from suyuan.certificate.certificate import Certificate
from suyuan.certificate.quantities import quantities
from suyuan.site.acts import store
from suyuan.site.acts.carbon.resting import Resting
from suyuan.site.acts.evidence import what_if as act
from suyuan.site.acts.evidence.what_if import Asked
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.carbon.resting import answer_said
from suyuan.site.web.evidence.picture import figure, in_both, name_of
from suyuan.site.web.evidence.results import symbol_of
from suyuan.traceability.graph import USES, Node
from suyuan.traceability.impact import Impact
from suyuan.traceability.impact_rows import Row
from suyuan.traceability.scenario import Replaced, Shifted, hits

NOTHING = Resting((), False)


def answer_html(impact: Impact, claims: Resting = NOTHING) -> SafeString:
    """How many verdicts change, and that claims of carbon rest on it: what a person would say aloud."""
    return in_both(lambda: answer(impact, claims))


def answer(impact: Impact, claims: Resting = NOTHING) -> str:
    """The sentence in the language of the page."""
    told = [term("what_if.answer.other_item")] if any(f.code == act.OTHER_ITEM for f in impact.findings) else []
    told += _told_of_rows(impact) if impact.rows else [_nothing(impact, bool(claims))]
    told += [answer_said(claims)] if claims else []
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


def _nothing(impact: Impact, claimed: bool) -> str:
    """Why nothing changes: a shift of nil, a window without a use, values that stay, or nobody who uses it. claimed:
    whether claims of carbon use it, which are no results."""
    scenario = impact.scenario
    users = [link for link in store.graph().children(impact.seed.id) if link.kind in USES]
    if not users:
        return term("what_if.answer.none" + (".claimed" if claimed else ""))
    if isinstance(scenario, Shifted):
        if scenario.d == 0.0:
            return term("what_if.answer.nil")
        if not any(hits(scenario, store.graph().node(link.child).day) for link in users):
            return term("what_if.answer.window")
    return term("what_if.answer.unmoved")


def changes(row: Row) -> bool:
    """Whether the verdict is another one."""
    return bool(row.old and row.new and row.old.verdict != row.new.verdict)


def scenario_html(node: Node, impact: Impact, asked: Asked) -> SafeString:
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


def value_html(certificate: Certificate, impact: Impact) -> SafeString | str:
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
