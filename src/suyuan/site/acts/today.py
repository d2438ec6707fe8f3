"""The day's work, computed from what the documents say: what is broken, what runs out, who waits, what happened.

Each thing is told once, at its root: a withdrawn standard is one broken thing however many results rest on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from threading import Lock
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from suyuan.quantity.finding import Finding, Refused
from suyuan.site.acts import clock, store
from suyuan.site.acts.carbon import held as claims
from suyuan.site.acts.evidence import document
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.service import now_known
from suyuan.site.acts.sharing import register as registers
from suyuan.site.records.document import Document
from suyuan.site.records.log import Log
from suyuan.traceability.attached import body
from suyuan.traceability.evidence import Evidence, Statement
from suyuan.traceability.graph import Graph, Node
from suyuan.traceability.impact import Impact
from suyuan.traceability.scenario import Replaced, Scenario, Withdrawn
from suyuan.verbs.trace import OPEN, impact_of

WORST = (
    "withdrawn", "failed", "comparison_failed", "wrong_digest", "conflict", "ambiguous", "circle", "influence_absent",
    "expired", "anchor_expired", "not_yet_valid", "declared_untraceable", "out_of_range",
)  # fmt: skip
"""Kinds of breaks, the worst first; others follow."""
OF_THE_STANDARD = ("expired", "anchor_expired", "not_yet_valid", "comparison_failed")
"""Breaks whose root is the standard: several users of it are one broken thing."""
PARTIES_ONLY = ("round_", "m_", "matter_")
"""How acts begin in the log that only those read who have a part in them."""
UNTOLD = ("attached", "answered", "badge")
"""Further acts of which the first page does not tell."""
RECENT = 30
SINCE_SHOWN = 15


@dataclass(frozen=True)
class Broken:
    """One broken thing. kind: of `WORST`; root: the document at fault; users: those whose own use is at fault;
    touched: everything that rests on it; statement, impact: for a withdrawn standard."""

    kind: str
    root: Node
    users: tuple[Node, ...] = ()
    touched: tuple[Node, ...] = ()
    findings: tuple[Finding, ...] = ()
    statement: Statement | None = None
    impact: Impact | None = None
    row: Document | None = None

    @property
    def rank(self) -> tuple[int, int, str]:
        place = WORST.index(self.kind) if self.kind in WORST else len(WORST)
        return (place, -len(self.touched), self.root.number)

    @property
    def verdicts_changed(self) -> int:
        """Results that would not bear the verdict that they bear, once evaluated again."""
        rows = self.impact.rows if self.impact is not None else ()
        return sum(1 for r in rows if r.old and r.old.verdict and r.new and r.new.verdict != r.old.verdict)


@dataclass(frozen=True)
class Ending:
    """What runs out. users: certificates and results that rest on it; anchor: it is also where chains end."""

    row: Document
    days: int
    users: int
    anchor: bool


@dataclass(frozen=True)
class Waiting:
    """Who waits for what. kind: issue (a saved result), parent (certificates that are not at hand), remark
    (findings that want a reason); since: from when on."""

    kind: str
    row: Document
    since: date
    blocked: bool = False
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True)
class Day:
    """Everything that the first page tells."""

    day: date
    broken: tuple[Broken, ...]
    ending: tuple[Ending, ...]
    waiting: tuple[Waiting, ...]
    since: tuple[Log, ...]
    more_since: int = 0
    documents: int = 0
    next_end: Document | None = None
    names: Mapping[str, Document] = field(default_factory=dict)

    @property
    def touched(self) -> int:
        """How many certificates and results rest on something broken, each counted once."""
        return len({node.id for thing in self.broken for node in thing.touched})


def day(user: User | None = None) -> Day:
    """The day's work as of now. user: who reads it; without one, only those deliveries are told that all may know."""
    document.current()
    today = clock.today()
    evidence, graph = store.evidence(), store.graph()
    rows = Document.objects.on(today, clock.due())
    known = {row.digest: row for row in rows}
    # What happens in a round or a matter is for those who have a part in it; they read it there.
    lines = Log.objects.filter(time__gte=_yesterday(today)).exclude(act__in=UNTOLD)
    for beginning in PARTIES_ONLY:
        lines = lines.exclude(act__startswith=beginning)
    lines = lines.exclude(digest__in=_untold(user, set(lines.values_list("digest", flat=True))))
    count = lines.count()
    later = [r for r in known.values() if r.valid_until and r.valid_until > clock.due() and r.state == "valid"]  # type: ignore[attr-defined]
    return Day(
        today,
        tuple(sorted(_broken(evidence, graph, known, today), key=lambda b: b.rank)),
        tuple(_ending(evidence, known, today)),
        tuple(sorted(_waiting(evidence, graph, known, today), key=lambda w: w.since)),
        tuple(lines[:SINCE_SHOWN]),
        max(0, count - SINCE_SHOWN),
        len(known),
        min(later, key=lambda r: r.valid_until or date.max, default=None),
        known,
    )


def _untold(user: User | None, digests: set[str]) -> set[str]:
    """Deliveries of which somebody must not learn that they are: they hold nothing but confidential needs of others."""
    known = now_known()
    there = {r.digest for r in known.documents.registers if r.digest in digests}
    if not there:
        return set()
    reader = AnonymousUser() if user is None else user
    return there - {one.register.digest for one in registers.deliveries(known, reader)}


def _yesterday(today: date) -> datetime:
    return timezone.make_aware(datetime.combine(today - timedelta(days=1), time.min))


# ---------------------------------------------------------------- broken


def _broken(evidence: Evidence, graph: Graph, rows: Mapping[str, Document], today: date) -> Iterable[Broken]:
    yield from _withdrawn(evidence, graph, rows, today)
    of_standards: dict[tuple[str, str], list[tuple[Node, Finding]]] = {}
    for row in rows.values():
        node = _node(graph, row.digest)
        if node is None:
            continue
        if row.errors:
            yield Broken("failed", node, (node,), (node, *_below(graph, node)), row=row)
        own: dict[tuple[str, str], list[Finding]] = {}
        for kept in row.breaks:
            kind, parent = str(kept["kind"]), str(kept["node"])
            if kind in OPEN or kind == "withdrawn" or row.superseded_on is not None:
                continue
            item = document.kept_finding(kept)
            if kind in OF_THE_STANDARD:
                of_standards.setdefault((kind, parent), []).append((node, item))
            else:
                own.setdefault((kind, parent), []).append(item)
        for (kind, _), found in own.items():
            yield Broken(kind, node, (node,), (node, *_below(graph, node)), tuple(found), row=row)
    for (kind, parent), uses in of_standards.items():
        root = _node(graph, parent)
        if root is not None:
            users = _each(node for node, _ in uses)
            touched = _each(n for user in users for n in (user, *_below(graph, user)))
            yield Broken(kind, root, users, touched, tuple(item for _, item in uses), row=rows.get(parent))


def _withdrawn(evidence: Evidence, graph: Graph, rows: Mapping[str, Document], today: date) -> Iterable[Broken]:
    claimed = {(item.issuer, item.number) for one in claims.standing(claims.all_claims()) for item in one.evidence}
    for statement in evidence.statements:
        if statement.kind != "withdrawn" or statement.day > today:
            continue
        for certificate in evidence.by_key.get((statement.issuer, statement.number), ()):
            node = _node(graph, certificate.digest)
            if node is None:
                continue
            below = _below(graph, node)
            rested = (statement.issuer, statement.number) in claimed
            if below or rested or (today - statement.known).days <= RECENT:
                links = [link for link in graph.children(node.id) if link.kind not in ("previous", "tested")]
                users = _each(graph.node(link.child) for link in links)
                yield Broken(
                    "withdrawn", node, users, below, (), statement,
                    impact(evidence, graph, node, statement) if below else None, rows.get(node.id),
                )  # fmt: skip


def _each(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Every node once, in the order of the first."""
    return tuple({node.id: node for node in nodes}.values())


def _below(graph: Graph, node: Node) -> tuple[Node, ...]:
    return tuple(n for n in graph.downstream(node.id) if n.kind in ("certificate", "result"))


def _node(graph: Graph, id: str) -> Node | None:
    return graph.nodes[graph.number_of[id]] if id in graph.number_of else None


_impacts: tuple[Evidence | None, dict[str, Impact | None]] = (None, {})
_lock = Lock()


def impact(evidence: Evidence, graph: Graph, node: Node, statement: Statement) -> Impact | None:
    """What the withdrawal costs: with the certificate that replaces it where that is at hand. Remembered as long as
    nothing is added; None where it cannot be walked."""
    global _impacts
    with _lock:
        if _impacts[0] is not evidence:
            _impacts = (evidence, {})
        kept = _impacts[1]
    if node.id not in kept:
        found = evidence.by_key.get(statement.replaced_by, ()) if statement.replaced_by else ()
        scenario: Scenario = Replaced(node.id, found[0]) if len(found) == 1 else Withdrawn(node.id)
        try:
            kept[node.id] = impact_of(evidence, scenario, graph)
        except Refused:
            kept[node.id] = None
    return kept[node.id]


# ---------------------------------------------------------------- runs out, waits


def _ending(evidence: Evidence, rows: Mapping[str, Document], today: date) -> Iterable[Ending]:
    """Certificates that run out soon, and anchors whose certificate is not at hand; the soonest first."""
    anchors = {(a.issuer, a.number) for a in evidence.anchors}
    held = {(r.issuer, r.number) for r in rows.values() if r.is_certificate}
    due = [r for r in rows.values() if r.state == "due" and r.valid_until is not None]  # type: ignore[attr-defined]
    for row in sorted(due, key=lambda r: (r.valid_until or date.max, r.number)):
        key = (row.issuer, row.number)
        if row.kind == "anchor" and key in held:
            continue
        days = ((row.valid_until or today) - today).days
        yield Ending(row, days, row.touches, key in anchors)


def _waiting(evidence: Evidence, graph: Graph, rows: Mapping[str, Document], today: date) -> Iterable[Waiting]:
    issued = {_evaluation(node) for node in graph.nodes if node.kind == "certificate"} - {""}
    for row in rows.values():
        node = _node(graph, row.digest)
        if node is None or row.state in ("withdrawn", "superseded"):  # type: ignore[attr-defined]
            continue
        since = timezone.localtime(row.added).date()
        if row.kind == "result" and _evaluation(node) not in issued:
            yield Waiting("issue", row, node.day or since, row.chain == "broken")
        elif row.is_certificate and row.chain == "unknown":
            lacking = tuple(dict.fromkeys(_lacking(graph, node)))
            yield Waiting("parent", row, since, lacking=lacking)
        elif row.is_certificate and row.warnings and not row.errors:
            yield Waiting("remark", row, since)


def _evaluation(node: Node) -> str:
    inside: Mapping[str, Any] = body(node.case) if node.case is not None else {}
    return str(inside.get("evaluation") or "")


def _lacking(graph: Graph, node: Node) -> Iterable[str]:
    """What the certificate names and nobody has brought; «» for a certificate that ends nowhere."""
    for link in graph.parents(node.id):
        parent = graph.node(link.parent)
        if parent.kind == "missing":
            yield parent.title
