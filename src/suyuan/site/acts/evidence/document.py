"""The rows over the store: made for what is new, and made anew from the files at any time.

Every page calls `current()` first. It costs one `stat` while nothing has changed; otherwise it adds rows for the new
documents and computes again what follows from them (chains of what rests on them, statements about others).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from threading import RLock

from django.db import transaction

from suyuan.certificate.certificate import Certificate, StatedQuantity
from suyuan.certificate.ladder import Ladder, climb, climb_value
from suyuan.certificate.typed import read_typed
from suyuan.comparison.round.protocol import Protocol
from suyuan.comparison.round.report import Report
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.unit import parse_unit
from suyuan.site.acts import store
from suyuan.site.acts.log import told
from suyuan.site.acts.rounds.adopt import adopt_all
from suyuan.site.records.document import Document, Stated
from suyuan.site.records.log import Log
from suyuan.store.index import Entry
from suyuan.traceability.attached import attached_case, body
from suyuan.traceability.breaks import Break
from suyuan.traceability.chain import Chain, chain
from suyuan.traceability.evidence import Anchor, Evidence, Key, SavedResult
from suyuan.traceability.graph import Graph, amends
from suyuan.verbs.trace import known_wrong

_lock = RLock()
_seen: tuple[int, int, int] | None = None

CLIMBED = ("well_formed", "schema", "rules", "units", "meaning")
"""Rungs that follow from the bytes alone, kept with the row."""


def current() -> None:
    """Bring the rows up to date with the store, if anything was added (by this process or another)."""
    global _seen
    with _lock:
        mark = _mark()
        if mark == _seen and mark is not None:
            return
        entries = {entry.digest: entry for entry in store.store().documents()}
        rows = dict(Document.objects.values_list("digest", "added"))
        # A row whose time of adding is not the store's belongs to another folder, or to an index that was remade.
        gone = [d for d, added in rows.items() if d not in entries or added != _added(entries[d])]
        fresh = [entry for digest, entry in entries.items() if digest not in rows]
        if gone:
            _write(list(entries.values()), everything=True)
        elif fresh:
            _write(fresh, everything=not rows)
        if fresh:
            _tell(fresh)
        # The mark taken before reading: what another thread added meanwhile is not in these rows yet.
        _seen = mark


def rebuild(user: str = "") -> tuple[int, tuple[Finding, ...]]:
    """Make the store's index and all rows again from the files, and the rounds of released comparisons that are gone.
    Returns how many documents, and what is lost or damaged."""
    global _seen
    with _lock:
        found = store.store().rebuild()
        entries = store.store().documents()
        _write(list(entries), everything=True)
        told("rebuilt", user, documents=len(entries))
        _seen = _mark()
        _, refused = adopt_all()
        return len(entries), (*found, *refused)


def _added(entry: Entry) -> datetime:
    return datetime.fromisoformat(entry.added)


def _mark() -> tuple[int, int, int] | None:
    try:
        stat = (store.store().folder / "index.jsonl").stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _tell(fresh: list[Entry]) -> None:
    """Documents that nobody brought through a page were found in the folder: one line, not one a document."""
    told_of = set(Log.objects.filter(digest__in=[e.digest for e in fresh]).values_list("digest", flat=True))
    unknown = [entry for entry in fresh if entry.digest not in told_of]
    if unknown:
        one = unknown[0] if len(unknown) == 1 else None
        name = f"{one.issuer} {one.number}".strip() if one else ""
        told("found", "", one.digest if one else "", documents=len(unknown), name=name)


# ---------------------------------------------------------------- rows


@transaction.atomic
def _write(entries: list[Entry], everything: bool) -> None:
    evidence, graph = store.evidence(), store.graph()
    if everything:
        Document.objects.all().delete()
    by = dict(Log.objects.filter(act__in=("received", "typed")).values_list("digest", "user"))
    made = [_row(entry, by.get(entry.digest, "")) for entry in entries]
    Document.objects.bulk_create([document for document, _ in made], batch_size=200)
    Stated.objects.bulk_create([row for _, rows in made for row in rows], batch_size=500)
    digests = {entry.digest for entry in entries}
    _statements(evidence, None if everything else digests)
    _chains(evidence, graph, None if everything else _touched(evidence, graph, entries))


def _row(entry: Entry, received_by: str) -> tuple[Document, list[Stated]]:
    document = Document(
        digest=entry.digest, kind=entry.kind, issuer=entry.issuer, number=entry.number, size=entry.size,
        filename=entry.name, added=_added(entry), received_by=received_by, issued=entry.day,
    )  # fmt: skip
    stated: list[Stated] = []
    try:
        value = store.store().value(entry.digest)
    except Refused as refused:
        # The file is lost or damaged: the row stays and says so, instead of the document silently vanishing.
        document.rungs, document.errors, value = {"well_formed": "failed"}, len(refused.findings), {}
    if isinstance(value, Certificate):
        stated = _certificate(document, value)
    elif isinstance(value, SavedResult):
        document.name_zh, document.name_en = _named(value.title)
    elif isinstance(value, Protocol | Report):
        document.name_zh, document.name_en = _named((value if isinstance(value, Protocol) else value.protocol).title)
    elif isinstance(value, Anchor):
        document.name_zh, document.name_en = _named(value.name)
        document.valid_until = value.valid_until
    words = [document.issuer, document.number, document.name_zh, document.name_en, entry.name]
    words += [w for s in stated for w in (s.name_zh, s.name_en, s.unit)]
    if isinstance(value, Certificate):
        words += [value.basis, value.customer]
        words += [i.value for item in value.items for i in item.identifications]
        words += [w for item in value.items for w in (item.manufacturer, item.model)]
    document.search = " ".join(dict.fromkeys(w.casefold() for w in words if w))
    return document, stated


def _certificate(document: Document, value: Certificate) -> list[Stated]:
    name = value.items[0].name if value.items else {}
    document.name_zh, document.name_en = _named(name)
    document.act = value.act
    document.began, document.ended, document.issued = value.began, value.ended, value.issued
    document.valid_until = value.valid_until
    document.used_from = value.ended or value.issued or value.began
    ladder = _climbed(document)
    rungs = [rung for rung in ladder.rungs if rung.name in CLIMBED]
    document.rungs = {rung.name: rung.state for rung in rungs}
    found = [f for rung in rungs for f in rung.findings]
    document.errors = sum(f.severity == "error" for f in found)
    document.warnings = sum(f.severity == "warning" for f in found)
    stated = [_stated(document, q) for q in value.quantities()]
    case, _ = attached_case(value)
    title = body(case).get("title") if case is not None else None
    if len(stated) == 1 and isinstance(title, dict):
        # A result of a single formula has no name of its own; its case says what it is.
        stated[0].name_zh, stated[0].name_en = _named({str(k): str(v) for k, v in title.items()})
    return stated


def _climbed(document: Document) -> Ladder:
    data = store.store().read(document.digest)
    return climb_value(*read_typed(data)) if document.kind == "typed" else climb(data, store.store().schemas())


def _stated(document: Document, q: StatedQuantity) -> Stated:
    zh, en = _named(q.name)
    symbol, dimension = q.unit, ""
    try:
        unit = parse_unit(q.unit)
        symbol, dimension = unit.symbol, ",".join(str(e) for e in unit.dimension)
    except Refused:
        pass
    known = q.value[q.value == q.value] if q.value.size else q.value
    one, stated = q.value.size == 1, q.uncertainty
    spread = ""
    if one and stated is not None and stated.value.size:
        spread = stated.printed[0] if stated.printed else f"{float(stated.value[0]):.6g}"
    return Stated(
        document=document, place=q.place[:200], name_zh=zh, name_en=en, unit=symbol[:200], dimension=dimension[:80],
        count=int(q.value.size), low=float(known.min()) if known.size else None,
        high=float(known.max()) if known.size else None, printed=(q.printed[0] if one and q.printed else "")[:60],
        spread=spread[:60], spread_kind=stated.kind if stated is not None else "",
    )  # fmt: skip


def _named(text: Mapping[str, str]) -> tuple[str, str]:
    """Chinese and English of a text; where it has neither, whatever there is stands for both."""
    english = text.get("en", "")
    chinese = text.get("zh", "") or ("" if english else next((v for v in text.values() if v), ""))
    return chinese, english


# ---------------------------------------------------------------- what follows from all documents together


def _statements(evidence: Evidence, only: set[str] | None) -> None:
    """Withdrawn and replaced: from statements, and from certificates that say what they replace."""
    first: dict[tuple[str, Key], date] = {}
    for statement in evidence.statements:
        place = (f"{statement.kind}_on", (statement.issuer, statement.number))
        first[place] = min(first.get(place, statement.day), statement.day)
    for (column, (issuer, number)), since in first.items():
        Document.objects.certificates().filter(issuer=issuer, number=number).update(**{column: since})
    for newer in evidence.certificates:
        if not newer.substitutes or (only is not None and newer.digest not in only):
            continue
        for older in evidence.certificates:
            if older is not newer and amends(newer, older):
                day = newer.issued or newer.ended
                if day is not None:
                    Document.objects.filter(digest=older.digest, superseded_on=None).update(superseded_on=day)


def _touched(evidence: Evidence, graph: Graph, entries: Iterable[Entry]) -> set[str]:
    """Nodes whose chain may be another one now: the new ones, whatever bears their names, and what rests on these."""
    keys = {(entry.issuer, entry.number) for entry in entries}
    for entry in entries:
        certificate = evidence.by_digest.get(entry.digest)
        for reference in certificate.substitutes if certificate is not None else ():
            keys.add((reference.issuer or entry.issuer, reference.number))
    numbers = {number for _, number in keys}
    seeds = [i for i, node in enumerate(graph.nodes) if node.number in numbers]
    below = graph.arcs.downstream(seeds) if seeds else ()
    above = graph.arcs.upstream(seeds) if seeds else ()
    return {graph.nodes[i].id for i in (*seeds, *below, *above)}


def _chains(evidence: Evidence, graph: Graph, only: set[str] | None) -> None:
    wanted = [n for n in graph.nodes if n.kind in ("certificate", "result") and (only is None or n.id in only)]
    rows = Document.objects.in_bulk([node.id for node in wanted])
    for node in wanted:
        row = rows.get(node.id)
        if row is None:
            continue
        try:
            way = chain(graph, evidence, node.id)
        except Refused as refused:
            row.chain, row.breaks = "broken", [_kept("circle", node.id, f) for f in refused.findings]
        else:
            row.chain = chain_state(way)
            row.breaks = [_kept(b.kind, b.node, b.finding) for b in own_breaks(way)]
        row.touches = sum(1 for n in graph.downstream(node.id) if n.kind in ("certificate", "result"))
    changed = [rows[node.id] for node in wanted if node.id in rows]
    Document.objects.bulk_update(changed, ["chain", "breaks", "touches"], batch_size=200)


def chain_state(way: Chain) -> str:
    """complete; broken: something in it is wrong; unknown: what it names is not at hand."""
    if way.complete:
        return "complete"
    return "broken" if known_wrong(way) else "unknown"


def own_breaks(way: Chain) -> list[Break]:
    """The breaks at the target itself: of its own uses, or of itself; those further up belong to others."""
    own = [b for b in way.breaks if (b.link.child if b.link is not None else b.node) == way.target.id]
    return [b for b in own if b.severity == "error"]


def _kept(kind: str, node: str, item: Finding) -> dict[str, object]:
    return {
        "kind": kind, "node": node, "code": item.code, "where": item.where, "severity": item.severity,
        "rule": item.rule, "parameters": dict(item.parameters),
    }  # fmt: skip


def kept_finding(row: Mapping[str, object]) -> Finding:
    """The finding of a kept break."""
    parameters = row["parameters"]
    assert isinstance(parameters, dict)
    severity = row["severity"]
    assert severity in ("error", "warning", "note")
    return finding(str(row["code"]), str(row["where"]), severity, str(row["rule"]), **parameters)
