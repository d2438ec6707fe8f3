"""Facts that follow from the graph: standards, links, capabilities, needs met, key parameters, comparisons."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from suyuan.capability.capability import Capability
from suyuan.capability.gaps.industry import KeyParameter, need_of
from suyuan.capability.holding.support import NOT_AT_HAND, standards_on, supports
from suyuan.capability.matching.gates import agrees
from suyuan.capability.matching.match import Match, Verdict, match
from suyuan.capability.taxonomy import quantity_key
from suyuan.centre.facts import Fact
from suyuan.certificate.certificate import Certificate, one_line
from suyuan.quantity.finding import errors
from suyuan.traceability.evidence import Key
from suyuan.traceability.graph import Link, Node

if TYPE_CHECKING:
    from suyuan.verbs.centre.facts import Subject

GOODS = {"complete": True, "broken": False, "unknown": None, "unstated": None}
YEARS = 5
"""How long a comparison backs a capability: our own proposal, as in the draft guideline."""
USED: tuple[str, ...] = ("case", "equipment", "condition")
"""Links that show a standard or instrument in use."""


def standards(of: Subject) -> Iterator[Fact]:
    """Measurement standards: what the laboratories' certificates and results show in use, and what their capabilities
    name. Of one thing (by its serial number) the latest certificate counts, used yet or not."""
    latest = _latest(of)
    keys = [key for key, _ in latest]
    rests = standards_on(keys, of.snapshot.survey, of.snapshot.evidence, of.snapshot.day)
    for key, certificate in latest:
        title = certificate.items[0].name if certificate is not None and certificate.items else {}
        yield Fact(
            of.centre.id, "standard", " ".join(key), GOODS[rests[key].state], title=title,
            evidence=f"document:{certificate.digest}" if certificate is not None else "",
        )  # fmt: skip


def _latest(of: Subject) -> list[tuple[Key, Certificate | None]]:
    latest: dict[tuple[str, ...], tuple[date, Key, Certificate | None]] = {}
    shown = dict(_shown(of))
    things = {thing(key, certificate) for key, certificate in shown.items()}
    renewed = {c.key: c for name in things for c in of.world.by_thing.get(name, ())}
    for key, certificate in (shown | renewed).items():
        name, day = thing(key, certificate), _issued(certificate)
        if name not in latest or latest[name][0] < day:
            latest[name] = (day, key, certificate)
    return [(key, certificate) for _, key, certificate in latest.values()]


def _shown(of: Subject) -> Iterator[tuple[Key, Certificate | None]]:
    graph, evidence = of.snapshot.graph, of.snapshot.evidence
    for node in (node for name in sorted(of.names) for node in of.world.by_issuer.get(name, ())):
        for link in graph.parents(node.id):
            parent = graph.node(link.parent)
            if link.kind in USED and (parent.number or parent.issuer):
                yield parent.key, parent.document if isinstance(parent.document, Certificate) else None
    for capability in of.capabilities:
        for key in capability.standards:
            versions = evidence.by_key.get(key, ())
            yield key, versions[-1] if versions else None


def thing(key: Key, certificate: Certificate | None) -> tuple[str, ...]:
    """What a thing is known by: maker and serial number, else the name of its certificate."""
    item = certificate.items[0] if certificate is not None and certificate.items else None
    serial = next((i.value for i in item.identifications if i.issuer == "manufacturer"), "") if item else ""
    return (item.manufacturer, item.model, one_line(serial)) if item and serial else ("", *key)


def _issued(certificate: Certificate | None) -> date:
    return date.min if certificate is None else certificate.ended or certificate.issued or date.min


def chain_links(of: Subject) -> Iterator[Fact]:
    """The links that the chains of claimed capabilities, and of the standards in use, need, each once: each claimed
    standard as it stands on the day, and every use above. What is not at hand is unknown; so is the chain of a
    capability that names no standard."""
    graph, claimed = of.snapshot.graph, dict[Key, Capability]()
    for capability in of.capabilities:
        if not capability.standards:
            yield Fact(of.centre.id, "chain_link", f"capability {capability.id}", None, evidence=_row(capability))
        for key in capability.standards:
            claimed.setdefault(key, capability)
    yield from _claimed(of, claimed)
    start = dict.fromkeys(
        node.id for key in (*claimed, *(key for key, _ in _latest(of))) for node in of.world.by_key.get(key, ())
    )
    above = start | dict.fromkeys(node.id for first in start for node in graph.upstream(first))
    for id in above:
        for link in of.world.links_of.get(id, ()):
            yield _of_link(of, link, graph.node(id), graph.node(link.parent))
        if id in of.world.loose_ends:
            node = graph.node(id)
            yield Fact(of.centre.id, "chain_link", f"{node.title} ↑", False, evidence=_document(node))


def _claimed(of: Subject, claimed: Mapping[Key, Capability]) -> Iterator[Fact]:
    """Whether each claimed standard may be used on the day; what lies above it has links of its own."""
    survey = of.snapshot.survey
    alone = replace(survey, breaks=tuple(b for b in survey.breaks if b.severity != "error"))
    rests = standards_on(claimed, alone, of.snapshot.evidence, of.snapshot.day)
    for key, capability in claimed.items():
        nodes, codes = of.world.by_key.get(key, ()), sorted({f.code for f in errors(rests[key].findings)})
        yield Fact(
            of.centre.id, "chain_link", " ".join(key), GOODS[rests[key].state],
            evidence=(_document(nodes[-1]) if nodes else "") or _row(capability),
            detail={"breaks": ", ".join(codes)} if codes else {},
        )  # fmt: skip


def _of_link(of: Subject, link: Link, child: Node, parent: Node) -> Fact:
    """A use as the survey judges it; what a withdrawn certificate says of its own standards counts no more."""
    survey = of.snapshot.survey
    kinds = {b.kind for b in survey.breaks_of(link) if b.severity == "error"}
    withdrawn = survey.stated.get(child.id, ("",))[0] == "withdrawn"
    good = False if withdrawn or kinds - NOT_AT_HAND else None if kinds else True
    told = sorted({*kinds, *(("withdrawn",) if withdrawn else ())})
    return Fact(
        of.centre.id, "chain_link", f"{child.title} ← {parent.title}", good, evidence=_document(child),
        detail={"breaks": ", ".join(told)} if told else {},
    )  # fmt: skip


def _document(node: Node) -> str:
    digest = getattr(node.document, "digest", "")
    return f"document:{digest}" if digest else ""


def capabilities(of: Subject) -> Iterator[Fact]:
    """Claimed capabilities: chain and comparisons hold, a budget is given, a recent comparison backs them while they
    hold."""
    backed = _backed(of)
    for c in of.capabilities:
        support = of.supports[c.key]
        good = GOODS[support.chain]
        if support.tested == "contradicted" or (c.valid_until or date.max) < of.snapshot.day:
            good = False
        if good and errors(support.findings):
            good = False
        title = c.measurand or c.item_name
        yield Fact(of.centre.id, "capability", c.id, good, group=c.quantity, evidence=_row(c), title=title)
        budget = bool(c.budget) and c.uncertainty is not None
        yield Fact(of.centre.id, "budget", c.id, budget, evidence=_row(c), origin="recorded", title=title)
        # a comparison backs only a capability that holds
        compared = good if backed[c.key] else False
        yield Fact(of.centre.id, "capability_compared", c.id, compared, evidence=_row(c), title=title)


def _backed(of: Subject) -> dict[tuple[str, str], bool]:
    """Key of a capability → whether a satisfactory comparison of the last years stands behind it."""
    day, evidence = of.snapshot.day, of.snapshot.evidence
    first = date(day.year - YEARS, day.month, min(day.day, 28))
    recent = tuple(o for o in evidence.outcomes if o.measured >= first)
    if not recent:
        return dict.fromkeys(of.supports, False)
    found = supports(of.capabilities, of.snapshot.survey, replace(evidence, outcomes=recent), day)
    return {key: support.tested == "supported" for key, support in found.items()}


def _row(c: Capability) -> str:
    return f"row:capability/{c.id}"


# ---------------------------------------------------------------- needs and parameters


_MET: dict[Verdict, bool | None] = {
    "can": True, "unknown": None, "cannot": False, "partly": False, "not_accurate": False,
}  # fmt: skip


def needs(of: Subject) -> Iterator[Fact]:
    """The demand list: who asks, whether each need is stated so that it can be answered, whether the centre meets it,
    and with how much to spare."""
    for need in of.needs:
        address, name = f"row:need/{need.id}", next(iter(need.organisation.values()), "")
        if name:
            yield Fact(of.centre.id, "enterprise", one_line(name), True, evidence=address, title=need.organisation)
        stated = need.target is not None or need.tolerance is not None
        yield Fact(of.centre.id, "need_stated", need.id, stated, evidence=address, title=need.title)
        found = match(need, of.capabilities, of.supports, of.snapshot.day)
        weight = float(need.criticality)
        detail = {"verdict": found.verdict}
        yield Fact(
            of.centre.id, "need", need.id, _MET[found.verdict], weight=weight, evidence=address, title=need.title,
            detail=detail,
        )  # fmt: skip
        spare = _spare(found)
        if found.verdict == "can" and spare is not None:
            yield Fact(of.centre.id, "adequacy", need.id, True, spare, evidence=address, title=need.title)


def _spare(found: Match) -> float | None:
    """U_target/U of the best capability that meets the whole need alone; None where only several together do."""
    ratios = [e.adequacy.worst.ratio for e in found.single if e.adequacy.worst is not None]
    least = min(ratios, default=0.0)
    return 1.0 / least if least > 0.0 else None


def parameters(of: Subject) -> Iterator[Fact]:
    """Key parameters of the industry: met by supported capabilities; and the stage × node cells that they lie in."""
    if of.industry is None:
        return
    cells: dict[tuple[str, str], bool] = {}
    supported = [c for c in of.capabilities if of.supports[c.key].chain == "complete"]
    for parameter in of.industry.parameters:
        address, good = f"parameter:{parameter.id}", of.met[parameter.id]
        yield Fact(of.centre.id, "parameter", parameter.id, good, evidence=address, title=parameter.name,
                   detail={"status": parameter.status})  # fmt: skip
        for stage in parameter.stages:
            for node in parameter.nodes:
                served = any(_serves(c, parameter, stage, node) for c in supported)
                cells[stage, node] = cells.get((stage, node), False) or served or good is True
    for (stage, node), served in cells.items():
        yield Fact(of.centre.id, "matrix_cell", f"{stage} × {node}", served, evidence=f"parameter:{of.centre.industry}")


def parameter_met(of: Subject, parameter: KeyParameter) -> bool | None:
    """Unknown where the parameter gives no need, or where the capabilities do not state its conditions."""
    need, _ = need_of(parameter)
    if need is None:
        return None
    near = [c for c in of.capabilities if agrees(need, c)]
    if not near:
        return False
    found = match(need, near, of.supports, of.snapshot.day)
    unsure = any(item.code == "capability.match.unsure" for item in found.findings)
    return None if unsure and found.verdict != "can" else _MET[found.verdict]


def _serves(c: Capability, parameter: KeyParameter, stage: str, node: str) -> bool:
    same = quantity_key(c.quantity) == quantity_key(parameter.quantity)
    return same and stage in c.stages and node in c.nodes


def scope(of: Subject) -> Iterator[Fact]:
    """What the centre is for: one class of the industry tree; unknown where it names none."""
    named = of.centre.industry
    good = None if not named else of.industry is not None
    yield Fact(of.centre.id, "scope", named or "—", good, evidence=f"row:centre/{of.centre.id}", origin="recorded")


def comparisons(of: Subject) -> Iterator[Fact]:
    """Participations in released comparisons; a failure counts as one until a re-measurement remedied it."""
    for outcome in of.snapshot.evidence.outcomes:
        if not of.owns(outcome.laboratory):
            continue
        good = {"satisfactory": True, "unsatisfactory": outcome.remedied is not None}.get(outcome.verdict)
        yield Fact(
            of.centre.id, "comparison", f"{outcome.comparison} {outcome.measurand}", good, outcome.score,
            group=outcome.quantity, valid_from=outcome.measured, title=outcome.name,
            evidence="comparison:" + outcome.id.removeprefix("comparison:"),
        )  # fmt: skip


MEASURED: tuple[Callable[[Subject], Iterator[Fact]], ...] = (
    standards, chain_links, capabilities, needs, parameters, scope, comparisons,
)  # fmt: skip
