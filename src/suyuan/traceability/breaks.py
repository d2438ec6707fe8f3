"""What can be wrong with one use of one standard: each check is a function, all stand in `CHECKS`.

Everything is judged with the day of use, never with today. A check says nothing where it cannot know; what it would
have needed is a note, not a break.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import numpy as np

from suyuan.certificate.certificate import Certificate
from suyuan.certificate.validity import state as validity
from suyuan.quantity.archive.archive import load
from suyuan.quantity.finding import Finding, Refused, Severity, finding
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import parse_unit
from suyuan.traceability.attached import ARCHIVE, CaseInput, attachment
from suyuan.traceability.evidence import Anchor, Evidence, SavedResult
from suyuan.traceability.graph import Graph, Link, Node, amends
from suyuan.traceability.lookup import certificate_quantities
from suyuan.traceability.outcome import Doubt, doubts
from suyuan.traceability.resolve import describe, fault, named

BreakKind = Literal[
    "missing", "wrong_digest", "ambiguous", "empty", "circle", "expired", "not_yet_valid", "withdrawn", "superseded",
    "influence_absent", "below_parent", "out_of_range", "declared_untraceable", "no_anchor", "anchor_expired",
    "day_unknown", "validity_unknown", "not_disclosed", "point_unknown", "digest_unchecked", "comparison_failed",
]  # fmt: skip

_OF_VALIDITY: Mapping[str, BreakKind] = {
    "validity.expired": "expired",
    "validity.not_yet": "not_yet_valid",
    "validity.before_issue": "not_yet_valid",
    "validity.withdrawn": "withdrawn",
    "validity.withdrawn_later": "withdrawn",
    "validity.superseded": "superseded",
}

_OF_DOUBT: Mapping[Doubt, str] = {
    "failed": "traceability.use.comparison_failed",
    "earlier": "traceability.use.comparison_earlier",
}


@dataclass(frozen=True, slots=True)
class Break:
    """One fault of a chain. link: the use at fault, None where a node itself is; node: id of the node at fault."""

    kind: BreakKind
    finding: Finding
    node: str
    link: Link | None = None

    @property
    def severity(self) -> Severity:
        return self.finding.severity


@dataclass
class Known:
    """What the nodes of a chain state, read once each."""

    _stated: dict[str, Mapping[str, Quantity]] = field(default_factory=dict)

    def stated(self, node: Node) -> Mapping[str, Quantity]:
        """Place (for a saved result: output) → quantity; empty where nothing usable is stated."""
        if node.id not in self._stated:
            self._stated[node.id] = self._read(node)
        return self._stated[node.id]

    def disclosure(self, node: Node) -> str:
        """How much of its influences a node shows: full, grouped, opaque, or «» without an archive."""
        data = _archive(node)
        if data is None:
            return ""
        try:
            shown = json.loads(data)["disclosure"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return ""
        return str(shown)

    def _read(self, node: Node) -> Mapping[str, Quantity]:
        if isinstance(node.document, Certificate):
            return certificate_quantities(node.document)[0]
        if isinstance(node.document, SavedResult) and node.document.archive:
            try:
                return load(node.document.archive, node.title).results
            except Refused:
                return {}
        return {}


@dataclass(frozen=True)
class Use:
    """One link with all that its checks need. day: the day of use, None if unknown."""

    graph: Graph
    evidence: Evidence
    known: Known
    link: Link
    child: Node
    parent: Node
    day: date | None

    @property
    def where(self) -> str:
        place = f": {self.link.where}" if self.link.where else ""
        return f"{self.child.title}{place}"

    def broken(self, kind: BreakKind, item: Finding) -> Break:
        return Break(kind, item, self.parent.id, self.link)


def reference_leads(use: Use) -> Iterator[Break]:
    """The reference leads to one document, whose bytes are the ones meant."""
    link = use.link
    if link.circle:
        yield use.broken("circle", finding("traceability.graph.circle", use.where, members=use.parent.title))
    if link.resolution is None:
        return
    wrong = fault(link.resolution, link.reference, use.where)
    if wrong is not None and link.state in ("missing", "wrong_digest", "ambiguous", "empty"):
        yield use.broken(link.state, wrong)
    elif not link.resolution.checked:
        note = finding(
            "traceability.link.digest_unchecked", use.where, "note",
            named=named(link.reference), algorithm=link.reference.algorithm,
        )  # fmt: skip
        yield use.broken("digest_unchecked", note)


def valid_on_day(use: Use) -> Iterator[Break]:
    """The parent was valid on the day of use: dates, withdrawal, replacement."""
    parent = use.parent.document
    if not isinstance(parent, Certificate):
        return
    if use.day is None:
        note = finding("traceability.use.day_unknown", use.where, "note", named=use.child.title)
        yield use.broken("day_unknown", note)
        return
    _, found = validity(parent, use.day, use.evidence.statements)
    for item in found:
        kind = _OF_VALIDITY.get(item.code)
        # withdrawn is withdrawn: what was measured before in good faith has to be evaluated again all the same
        severity = "error" if kind == "withdrawn" else item.severity
        at = finding(item.code, use.where, severity, item.rule, **_told(item, use))
        if kind is not None:
            yield use.broken(kind, at)
        elif item.code == "validity.unknown":
            yield use.broken("validity_unknown", finding(item.code, use.where, "note", item.rule, **_told(item, use)))
    for newer in use.evidence.certificates:
        if newer.substitutes and amends(newer, parent):
            yield use.broken("superseded", _replaced(use, parent, newer))


def _told(item: Finding, use: Use) -> dict[str, Any]:
    return {**dict(item.parameters), "named": use.parent.title}


def _replaced(use: Use, parent: Certificate, newer: Certificate) -> Finding:
    before = newer.issued is not None and use.day is not None and newer.issued <= use.day
    return finding(
        "traceability.use.replaced" if before else "traceability.use.replaced_later", use.where,
        "error" if before else "warning", old=describe(parent), new=describe(newer),
        issued=newer.issued or "—", day=use.day or "—",
    )  # fmt: skip


def anchor_valid(use: Use) -> Iterator[Break]:
    """The declared anchor was valid on the day of use."""
    anchor = use.parent.document
    if not isinstance(anchor, Anchor):
        return
    if anchor.valid_until is None:
        note = finding("traceability.anchor.validity_unknown", use.where, "note", named=use.parent.title)
        yield use.broken("validity_unknown", note)
    elif use.day is not None and use.day > anchor.valid_until:
        item = finding(
            "traceability.anchor.expired", use.where, named=use.parent.title, end=anchor.valid_until, day=use.day
        )
        yield use.broken("anchor_expired", item)


def declared(use: Use) -> Iterator[Break]:
    """The child itself says that it used the standard outside its validity range, or without traceability."""
    reference = use.link.reference
    if reference.in_validity_range is False:
        item = finding("traceability.use.declared_out_of_range", use.where, named=use.parent.title)
        yield use.broken("out_of_range", item)
    if reference.traceable is False:
        item = finding("traceability.use.declared_untraceable", use.where, named=use.parent.title)
        yield use.broken("declared_untraceable", item)


def inside_range(use: Use) -> Iterator[Break]:
    """Each input was used inside the calibrated range of the place it was taken from."""
    if not isinstance(use.parent.document, Certificate):
        return
    for taken in use.link.uses:
        stated = use.parent.document.at(taken.place)
        if stated is None or (stated.lower is None and stated.upper is None):
            continue
        lower = "−∞" if stated.lower is None else f"{stated.lower:g}"
        upper = "∞" if stated.upper is None else f"{stated.upper:g}"
        told: dict[str, Any] = {"named": use.parent.title, "input": taken.name, "unit": _shown(stated.range_unit)}
        told |= {"lower": lower, "upper": upper}
        if taken.at is None:
            yield use.broken("point_unknown", finding("traceability.use.point_unknown", use.where, "note", **told))
        elif _outside(taken.at, stated.lower, stated.upper):
            item = finding("traceability.use.out_of_range", use.where, at=f"{taken.at:g}", **told)
            yield use.broken("out_of_range", item)


def _shown(unit: str) -> str:
    """A unit as people write it; one that is not known stays as it stands."""
    try:
        return parse_unit(unit).symbol
    except Refused:
        return unit


def _outside(at: float, lower: float | None, upper: float | None) -> bool:
    return (lower is not None and at < lower) or (upper is not None and at > upper) or not np.isfinite(at)


def influence_kept(use: Use) -> Iterator[Break]:
    """The parent's influences stand in the child's budget; without an archive the total is at least compared."""
    parent = _used(use)
    if not parent or use.child.kind == "missing":
        return
    told: dict[str, Any] = {"named": use.parent.title, "child": use.child.title}
    shown = use.known.disclosure(use.child)
    ids = {i.id for q in parent for i in q.influences() if shown != "grouped" or i.source.number}
    if shown in ("full", "grouped") and ids:
        child = {i.id: i.source for q in use.known.stated(use.child).values() for i in q.influences()}
        # values of one certificate taken as fully correlated stand under one influence of that certificate
        named = any((s.issuer, s.number) == (use.parent.issuer, use.parent.number) for s in child.values())
        if child and not named and not ids & child.keys():
            yield use.broken("influence_absent", finding("traceability.use.influence_absent", use.where, **told))
        return
    below = _below(use, parent)
    said = {(i.source.issuer, i.source.number) for q in use.known.stated(use.child).values() for i in q.influences()}
    if below is None and (use.parent.issuer, use.parent.number) in said:
        return  # without an archive too: a paper that says what this standard contributes
    if below is not None:
        yield use.broken("below_parent", below)
    elif any(q.influences() for q in parent):
        yield use.broken("not_disclosed", finding("traceability.use.not_disclosed", use.where, "note", **told))


def _used(use: Use) -> list[Quantity]:
    """The parent's quantities that were used: those the case names, else all."""
    if not isinstance(use.parent.document, Certificate):
        return []
    stated = use.known.stated(use.parent)
    if use.link.uses:
        return [_picked(stated[taken.place], taken) for taken in use.link.uses if taken.place in stated]
    return list(stated.values())


def _picked(value: Quantity, taken: CaseInput) -> Quantity:
    inside = taken.index is not None and value.ndim and 0 <= taken.index < value.shape[0]
    return value[taken.index] if inside else value


def _below(use: Use, parent: list[Quantity]) -> Finding | None:
    """The largest uncertainty of the child lies below the smallest of the parent, in the same dimension."""
    child = [q for q in use.known.stated(use.child).values() if q.size and q.influences()]
    for q in parent:
        if not q.size or not q.influences() or not any(q.unit.dimension):
            continue
        alike = [c.to(q.unit) for c in child if c.unit.converts_to(q.unit)]
        if not alike or len(alike) != len(child):
            continue
        least, most = float(np.min(q.u)), max(float(np.max(c.u)) for c in alike)
        if most < least * (1.0 - 1e-9):
            return finding(
                "traceability.use.below_parent", use.where, "warning", named=use.parent.title, child=use.child.title,
                u_child=f"{most:.3g}", u_parent=f"{least:.3g}", unit=q.unit.symbol,
            )  # fmt: skip
    return None


def stood_the_test(use: Use) -> Iterator[Break]:
    """No comparison contradicts what the laboratory measures with this standard."""
    if use.day is None or not use.evidence.outcomes:
        return
    for doubt, outcome in doubts(use.evidence, use.child.issuer, use.parent.key, use.day):
        item = finding(
            _OF_DOUBT[doubt], use.where, "error" if doubt == "failed" else "warning",
            named=use.parent.title, laboratory=use.child.issuer, comparison=outcome.comparison,
            measurand=outcome.measurand, score=outcome.score_name, measured=outcome.measured, day=use.day,
            number="—" if outcome.score is None else f"{outcome.score:+.2f}".replace("-", "−"),
        )  # fmt: skip
        yield use.broken("comparison_failed", item)


def _archive(node: Node) -> bytes | None:
    if isinstance(node.document, SavedResult):
        return node.document.archive or None
    if isinstance(node.document, Certificate):
        carried = attachment(node.document, ARCHIVE)
        return carried.content if carried is not None else None
    return None


Check = Callable[[Use], Iterator[Break]]

CHECKS: tuple[Check, ...] = (
    reference_leads,
    valid_on_day,
    anchor_valid,
    declared,
    inside_range,
    influence_kept,
    stood_the_test,
)
"""All checks of one use, in the order in which a person wants to hear of them."""
