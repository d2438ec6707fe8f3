"""Match a need with capabilities: a verdict, its proof, and what would help where it cannot be met.

With covered(y): some capability passes measurand, interval and conditions at y; proven(y): one that also passes chain,
people and standing has U ≤ U_target at y:

    测不了 cannot: nothing of the need is covered          测不全 partly: a part is covered
    测不准 not_accurate: all is covered, not all is proven  能测 can: all is proven

Without a target nobody can say how well is well enough: all covered is then `unknown`, never `can`. Where nothing is
covered, but some capability would cover if a condition that it does not state were met, that is `unknown` too: its
laboratory is to be asked before anybody publishes that it cannot be done.

A chain by a transfer standard is a route and changes no verdict: somebody has to set it up first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from suyuan.capability.capability import Capability
from suyuan.capability.interval import Interval
from suyuan.capability.matching.compose import Chain, Composite, Transfer, chains, composites, said
from suyuan.capability.matching.cover import Span, intervals, joined, spans, within, without
from suyuan.capability.matching.dominant import Dominant, dominant_term
from suyuan.capability.matching.gate import PROVEN, Examined, Proof, Support
from suyuan.capability.matching.gates import agrees, examine, listed
from suyuan.capability.matching.ranking import rank
from suyuan.capability.need import Need
from suyuan.capability.taxonomy import item_named, items, nearest_items
from suyuan.quantity.finding import Finding, finding, in_both

Verdict = Literal["cannot", "partly", "not_accurate", "can", "unknown"]
RouteKind = Literal[
    "improve", "narrow", "recalibrate", "show_evidence", "renew", "authorise", "state_uncertainty", "several",
    "transfer", "challenge",
]  # fmt: skip
Supports = Mapping[tuple[str, str], Support]


@dataclass(frozen=True, slots=True)
class Route:
    """Something that would help. said: what, why and what to do; keys: of the capabilities concerned; parts: of the
    need that it would meet, where not all."""

    kind: RouteKind
    said: Finding
    keys: tuple[tuple[str, str], ...] = ()
    parts: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """The answer to a need.

    day: of the service; examined: all that agree in measurand, at all gates, the nearest first; others: how many do not
    agree; single: those that can alone, ranked by place, price and time; composite: sets of one laboratory; several: of
    several; chains: by a transfer standard; covered, uncovered, adequate (proven), unproven: parts of the need in its
    unit; nearest: of those that cannot alone; dominant: the term of its budget to be improved; routes; findings: about
    the need itself; undone: chains that would do, were it not for what both steps rest on.
    """

    need: Need
    day: date | None
    verdict: Verdict
    examined: tuple[Examined, ...]
    others: int
    single: tuple[Examined, ...]
    composite: tuple[Composite, ...]
    several: tuple[Composite, ...]
    chains: tuple[Chain, ...]
    covered: tuple[Interval, ...]
    uncovered: tuple[Interval, ...]
    adequate: tuple[Interval, ...]
    unproven: tuple[Interval, ...]
    nearest: Examined | None
    dominant: Dominant | None
    routes: tuple[Route, ...]
    findings: tuple[Finding, ...]
    undone: tuple[Chain, ...] = ()


def match(
    need: Need,
    capabilities: Iterable[Capability],
    supports: Supports | None = None,
    day: date | None = None,
    proof: Proof = "evidence",
    transfers: Iterable[Transfer] = (),
) -> Match:
    """Match a need with capabilities.

    supports: key of a capability → what carries it on the day of the service; day: that is asked for, on which the
    service is judged unless the need wishes a later one (`Need.service_day`);
    proof: «evidence» asks for a chain that can be shown, «stated» takes a capability that names no standards with a
    warning; transfers: transfer standards that may stand between.

    >>> from suyuan.capability.need import Target
    >>> from suyuan.capability.uncertainty import RootSum, Uncertainty
    >>> from suyuan.quantity.unit import parse_unit
    >>> mm, um = parse_unit("mm"), parse_unit("um")
    >>> has = Capability("L1-01", {"en": "North"}, "length", Interval(0.5, 100.0, mm),
    ...                  Uncertainty(RootSum(0.03, 0.0003), unit=um))
    >>> wants = Need("N", {"en": "factory"}, "length", Interval(1.0, 100.0, mm), Target(0.05, um))
    >>> match(wants, [has], proof="stated").verdict
    'can'
    """
    known, supports = tuple(capabilities), supports or {}
    agreeing = [item for item in known if agrees(need, item)]
    examined = tuple(
        sorted((examine(need, item, supports.get(item.key), day, proof) for item in agreeing), key=_distance)
    )
    whole, unit = (need.interval.low, need.interval.high), need.interval.unit
    covered = within(whole, _covered(examined))
    adequate = within(whole, _adequate(examined, need))
    uncovered, unproven = without(whole, covered), without(whole, adequate)
    one, several, told = composites(need, examined)
    every = chains(need, known, transfers, supports, day, proof)
    by_chain, undone = tuple(c for c in every if c.can), tuple(c for c in every if not c.can)
    verdict = _verdict(need, covered, uncovered, unproven)
    if verdict == "cannot" and within(whole, _open(examined)):
        verdict = "unknown"
    nearest = next((item for item in examined if not item.can), None)
    dominant = dominant_term(need, nearest) if nearest is not None else None
    return Match(
        need, need.service_day(day), verdict, examined, len(known) - len(agreeing),
        tuple(sorted((item for item in examined if item.can), key=lambda e: rank(need, e.capability))),
        one, several, by_chain,
        intervals(covered, unit), intervals(uncovered, unit), intervals(adequate, unit), intervals(unproven, unit),
        nearest, dominant, tuple(_routes(need, verdict, examined, several, by_chain)),
        (*_wished(need, day), *_about(need, examined, verdict), *told), undone,
    )  # fmt: skip


def _distance(item: Examined) -> tuple[int, float, int, tuple[str, str]]:
    """Fewest gates first, then the smallest excess; what has no size comes after what has one, unknown after failed."""
    gates = [gate for gate in item.gates if gate.name in item.failed]
    missed = max((float("inf") if gate.margin is None else -gate.margin for gate in gates), default=0.0)
    return len(gates), missed, sum(gate.state == "unknown" for gate in gates), item.capability.key


def _covered(examined: Iterable[Examined]) -> list[Span]:
    return [(e.covered.low, e.covered.high) for e in examined if e.covered and e.passes("measurand", "conditions")]


def _open(examined: Iterable[Examined]) -> list[Span]:
    """What would be covered if all that is not known of conditions were met."""
    return [
        (e.covered.low, e.covered.high)
        for e in examined
        if e.covered and e.passes("measurand") and e.gate("conditions").state == "unknown"
    ]


def _adequate(examined: Iterable[Examined], need: Need) -> list[Span]:
    return [span for e in examined if e.passes(*PROVEN) for span in spans(e.adequacy.adequate, need.interval.unit)]


def _verdict(need: Need, covered: tuple[Span, ...], uncovered: tuple[Span, ...], unproven: tuple[Span, ...]) -> Verdict:
    if not covered:
        return "cannot"
    if uncovered:
        return "partly"
    if need.target is None:
        return "unknown"
    return "not_accurate" if unproven else "can"


def _wished(need: Need, day: date | None) -> Iterable[Finding]:
    """That the wished day lies before the day asked for, which then is the day of the service."""
    if need.day is not None and day is not None and need.day < day:
        yield finding("capability.match.wished_past", need.id, "warning", wished=need.day, day=day)


def _about(need: Need, examined: tuple[Examined, ...], verdict: Verdict) -> Iterable[Finding]:
    if need.target is None:
        yield finding("capability.match.no_target", need.id, "warning")
    if need.item and not examined and item_named(need.item) is None and (near := nearest_items(need.item)):
        yield finding("capability.match.item_unknown", need.id, "warning", given=need.item[:60], near=", ".join(near))
    if need.target is not None and need.target.relative and need.interval.low <= 0.0 <= need.interval.high:
        yield finding("capability.match.relative_at_zero", need.id, "warning")
    if verdict == "can" and (of := _item_open(need, examined)):
        words = {"items_zh": "、".join(items()[key].zh[0] for key in of),
                 "items_en": ", ".join(items()[key].en[0] for key in of)}  # fmt: skip
        yield finding(ITEM_OPEN, need.id, "warning", "", **words)
    unsure = [e.capability.id for e in examined if e.gate("conditions").state == "unknown"]
    if unsure and (verdict in ("cannot", "partly") or (verdict == "unknown" and not _covered(examined))):
        yield finding("capability.match.unsure", need.id, "warning", count=len(unsure), ids=", ".join(unsure[:5]))


ITEM_OPEN = "capability.match.item_open"
"""Code of what is told where the need names no item and all that prove it calibrate a class of instruments."""


def _item_open(need: Need, examined: tuple[Examined, ...]) -> tuple[str, ...]:
    """Classes of instruments that are calibrated by all who prove a need that names none: who calibrates gauge blocks
    need not measure a shaft. () where the need names one, or somebody measures without saying on what."""
    proven = [e for e in examined if e.passes(*PROVEN) and e.adequacy.adequate]
    named = [item_named(e.capability.item) or "" for e in proven]
    return tuple(dict.fromkeys(named)) if named and not need.item and all(key in items() for key in named) else ()


# ---------------------------------------------------------------- what would help

MOST = 3
"""Capabilities for which one kind of route is told."""


def _routes(
    need: Need, verdict: Verdict, examined: tuple[Examined, ...], several: tuple[Composite, ...],
    by_chain: tuple[Chain, ...],
) -> Iterable[Route]:  # fmt: skip
    if verdict == "can" and any(item.can for item in examined):
        return
    counted: dict[str, int] = {}
    for item in examined:
        for route in _routes_of(need, item):
            counted[route.kind] = counted.get(route.kind, 0) + 1
            if counted[route.kind] <= MOST:
                yield route
    for composite in several[:MOST]:
        keys = tuple(member.capability.key for member in composite.members)
        labs = ", ".join(composite.laboratories)
        yield Route(
            "several", finding("capability.route.several", "", "note", members=said(composite), labs=labs), keys
        )
    for chain in by_chain[:MOST]:
        told = {"transfer": chain.transfer.id, **_who(chain.capability.capability)}
        yield Route(
            "transfer", finding("capability.route.transfer", "", "note", **told), (chain.capability.capability.key,)
        )
    if verdict != "can":
        yield Route("challenge", finding("capability.route.challenge", need.id, "note"))


def _routes_of(need: Need, item: Examined) -> Iterable[Route]:
    key, who = (item.capability.key,), _who(item.capability)
    only = item.failed[0] if len(item.failed) == 1 else ""
    gate = item.gate(only) if only else None
    if only == "uncertainty" and gate is not None and gate.state == "failed" and not item.support.contradicts:
        term = dominant_term(need, item)
        if term is not None and term.needed is not None:
            told = {"term": term.term.symbol, "contribution": term.said(term.contribution),
                    "needed": term.said(term.needed)}  # fmt: skip
            yield Route("improve", finding("capability.route.improve", "", "note", **who, **told), key)
    if only == "uncertainty" and item.capability.uncertainty is None:
        yield Route("state_uncertainty", finding("capability.route.state", "", "note", **who), key)
    if item.failed and item.passes(*PROVEN) and (good := _widest(item, need)):
        parts = intervals(good, need.interval.unit)
        told = {"parts": listed(parts)}
        yield Route("narrow", finding("capability.route.narrow", "", "note", **who, **told), key, parts)
    if only == "chain" and gate is not None:
        if gate.state == "failed":
            yield Route("recalibrate", finding("capability.route.recalibrate", "", "note", **who), key)
        else:
            yield Route("show_evidence", finding("capability.route.show_evidence", "", "note", **who), key)
    if only == "standing":
        yield Route("renew", finding("capability.route.renew", "", "note", **who), key)
    if only == "people":
        yield Route("authorise", finding("capability.route.authorise", "", "note", **who), key)


def _widest(item: Examined, need: Need) -> tuple[Span, ...]:
    good = joined(spans(item.adequacy.adequate, need.interval.unit))
    return (max(good, key=lambda s: s[1] - s[0]),) if good else ()


def _who(capability: Capability) -> dict[str, str]:
    return {"id": capability.id, **in_both("lab", capability.laboratory, capability.key[0])}
