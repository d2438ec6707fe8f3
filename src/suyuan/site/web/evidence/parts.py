"""What stands around the values of a certificate: facts, standards used, chain, ladder; each as rows for the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from suyuan.certificate.certificate import Certificate, CertificateReference, Identification
from suyuan.certificate.ladder import Ladder
from suyuan.certificate.validity import state as validity
from suyuan.quantity.finding import Finding, sentences
from suyuan.site.acts import store
from suyuan.site.language import current
from suyuan.site.records.document import Document
from suyuan.site.terms import term
from suyuan.site.web.evidence.results import single, symbol_of
from suyuan.site.web.parts.number import quantity_html
from suyuan.site.web.parts.sentence import sentence
from suyuan.site.web.parts.text import day_text, short_digest, term_html, text_html, unbroken
from suyuan.site.web.ways import certificate_way
from suyuan.traceability.chain import Chain
from suyuan.traceability.evidence import Anchor, Evidence, SavedResult, Statement
from suyuan.traceability.graph import Node
from suyuan.traceability.lookup import certificate_quantities
from suyuan.traceability.resolve import resolve

USERS_SHOWN = 12
NAMED = 2
KIB = 1024


@dataclass(frozen=True)
class Fact:
    """A line of the facts: the key of its word, what it says."""

    term: str
    said: Any


def statement_row(statement: Statement, evidence: Evidence) -> dict[str, Any]:
    """A withdrawal or replacement of this certificate."""
    by = statement.replaced_by
    found = evidence.by_key.get(by, ()) if by else ()
    return {
        "kind": statement.kind,
        "day": statement.day,
        "known": statement.known,
        "reason": statement.reason,
        "source": statement.source,
        "by": by[1] if by else "",
        "by_address": certificate_way(found[0].digest) if len(found) == 1 else "",
        "digest": statement.digest,
        "address": certificate_way(statement.digest) if statement.digest else "",
    }


# ---------------------------------------------------------------- facts


def facts(row: Document, certificate: Certificate | None, saved: SavedResult | None) -> list[Fact]:
    """Everything that stands on the first page of a paper certificate, and how the file came here."""
    listed: list[Fact] = [Fact("word.issuer", row.issuer or None)]
    if certificate is not None:
        listed += _certificate_facts(certificate)
    elif saved is not None:
        listed.append(Fact("word.day", day_text(saved.day)))
    elif row.valid_until:
        listed.append(Fact("word.valid_until", day_text(row.valid_until)))
    received = timezone.localtime(row.added)
    by = _person(row.received_by) if row.received_by else ""
    listed += [
        Fact("cert.form", _form(row, certificate)),
        Fact("cert.received_here", f"{day_text(received.date())} {received:%H:%M}" + (f", {by}" if by else "")),
        Fact("cert.file", row.filename or None),
        Fact("word.digest", format_html("{} {}", "sha256", short_digest(row.digest))),
    ]
    return [f for f in listed if f.said]


def _certificate_facts(c: Certificate) -> list[Fact]:
    listed: list[Fact] = []
    for item in c.items:
        listed.append(Fact("word.item", text_html(item.name, beside=True)))
        listed.append(Fact("cert.maker", " ".join(filter(None, (item.manufacturer, item.model)))))
        listed += [Fact("cert.identification", _identified(i)) for i in item.identifications]
    listed += [
        Fact("word.customer", c.customer),
        Fact("cert.item_received", c.received and day_text(c.received)),
        Fact("word.calibrated_on", _span(c)),
        Fact("word.issued_on", day_text(c.issued) if c.issued else term("none.not_stated")),
        Fact("word.valid_until", day_text(c.valid_until) if c.valid_until else term("none.not_stated")),
        Fact("cert.basis", c.basis),
        Fact("cert.place_of_performance", _place(c.place_of_performance)),
        Fact("cert.persons", term("today.and").join(dict.fromkeys(name for name, _ in c.persons))),
        Fact("cert.address", c.issuer_address),
        Fact("cert.software", term("today.and").join(" ".join(s) for s in c.software)),
    ]
    return listed


def _span(c: Certificate) -> str:
    if c.began and c.ended and c.began != c.ended:
        return f"{day_text(c.began)} – {day_text(c.ended)}"
    day = c.ended or c.began
    return day_text(day) if day else term("none.not_stated")


def _place(place: str) -> str:
    key = f"cert.place.{place}"
    said = term(key)
    return place if said == key else said


def _identified(i: Identification) -> SafeString:
    name = text_html(i.name) if i.name else SafeString("")
    return format_html("{} {}", unbroken(i.value), format_html('<span class="mute">{}</span>', name) if name else "")


def _form(row: Document, c: Certificate | None) -> str:
    size = f"{row.size / KIB:.0f} kB" if row.size >= 10 * KIB else f"{row.size} B"
    said = term(f"kind.{row.kind}")
    if c is not None and c.form == "dcc":
        said += f" DCC {c.version}"
    return f"{said}{term('strip.join')}{size}"


def _person(username: str) -> str:
    names = User.objects.filter(username=username).values_list("last_name", "first_name").first()
    return ((names[0] if current() == "zh" else names[1]) if names else "") or username


# ---------------------------------------------------------------- what it used, what uses it


def equipment(c: Certificate, way: Chain | None, evidence: Evidence) -> list[dict[str, Any]]:
    """Measurement standards used: the reference, whether its digest fits, and its validity on the day of use."""
    rows = []
    day = way.day if way is not None else c.ended
    for used in c.equipment:
        row: dict[str, Any] = {"name": used.name, "ids": [i.value for i in used.identifications if i.value]}
        reference = used.certificate
        if reference is not None:
            row |= _reference(reference, evidence)
            parent = evidence.by_digest.get(str(row["digest"]))
            if parent is not None and day is not None and row["hash"] != "wrong_digest":
                row["state"], _ = validity(parent, day, evidence.statements)
                if row["state"] == "valid" and _withdrawn_later(parent, evidence):
                    row["state"] = "withdrawn"
        rows.append(row)
    return rows


def _withdrawn_later(parent: Certificate, evidence: Evidence) -> bool:
    return any(s.kind == "withdrawn" and (s.issuer, s.number) == parent.key for s in evidence.statements)


def _reference(reference: CertificateReference, evidence: Evidence) -> dict[str, Any]:
    """A reference with what it led to. hash: agrees, wrong_digest, unchecked (another algorithm), none (no digest)."""
    found = resolve(evidence, reference)
    target = found.certificate
    checked: str = "unchecked" if reference.digest else "none"
    if reference.digest and found.state == "resolved" and found.checked:
        checked = "agrees"
    elif found.state != "resolved" and (found.state == "wrong_digest" or target is None):
        checked = found.state
    return {
        "issuer": reference.issuer,
        "number": reference.number,
        "address": certificate_way(target.digest) if target is not None else "",
        "digest": target.digest if target is not None else "",
        "cited": reference.digest,
        "hash": checked,
        "hash_term": f"cert.hash.{checked}",
        "hash_state": {"agrees": "valid", "wrong_digest": "failed", "missing": "missing"}.get(checked, "unknown"),
        "anchor": found.anchor.name if found.anchor is not None else None,
        "state": "",
    }


def references(listed: Iterable[CertificateReference], evidence: Evidence) -> list[dict[str, Any]]:
    """Certificates that this one replaces or continues."""
    return [_reference(reference, evidence) for reference in listed]


def users(digest: str) -> dict[str, Any]:
    """The certificates and results that used this one themselves, and how many rest on it in all."""
    graph = store.graph()
    if digest not in graph.number_of:
        return {"rows": [], "all": 0, "rest": 0}
    no_use = ("previous", "anchor", "tested")
    ids = dict.fromkeys(link.child for link in graph.children(digest) if link.kind not in no_use)
    rows = Document.objects.filter(digest__in=list(ids)[: USERS_SHOWN * 4]).order_by(F("issued").desc(nulls_last=True))
    shown = [{"row": row, "address": certificate_way(row.digest)} for row in rows[:USERS_SHOWN]]
    below = [n for n in graph.downstream(digest) if n.kind in ("certificate", "result")]
    return {"rows": shown, "all": len(below), "direct": len(ids), "rest": len(ids) - len(shown)}


def conditions(c: Certificate) -> list[dict[str, Any]]:
    """Influence conditions with their values."""
    return [
        {"name": k.name, "description": k.description, "state": k.state,
         "values": [single(q, None, None, None) for q in k.quantities if q.value.size == 1]}
        for k in c.conditions
    ]  # fmt: skip


def statements(c: Certificate) -> list[dict[str, Any]]:
    """What the certificate says in words."""
    return [
        {"text": s.text, "norm": s.norm, "rule": s.decision_rule, "day": s.day, "conformity": s.conformity,
         "state": s.conformity if s.conformity in ("pass", "fail") else "undecided" if s.conformity else ""}
        for s in c.statements
    ]  # fmt: skip


def methods(c: Certificate) -> list[dict[str, Any]]:
    """Methods with their norms, without the one that only carries our files; formula: the description is a model."""
    modelled = any("suyuan_case" in a.ref_types for a in c.attachments)
    return [
        {"name": m.name, "norms": m.norms, "description": m.description, "formula": modelled}
        for m in c.methods
        if "suyuan_attachments" not in m.ref_types and (m.name or m.norms or m.description)
    ]


def attachments(c: Certificate, digest: str) -> list[dict[str, Any]]:
    """Files carried inside, each to be fetched by its number."""
    return [
        {"name": a.name or f"{n}", "kind": a.media_type, "number": n, "digest": digest,
         "size": f"{len(a.content) / KIB:.1f} kB",
         "means": next((f"cert.file.{r}" for r in a.ref_types if r in ("suyuan_archive", "suyuan_case")), "")}
        for n, a in enumerate(c.attachments)
    ]  # fmt: skip


# ---------------------------------------------------------------- chain


def steps(way: Chain, here: str) -> list[dict[str, Any]]:
    """The chain on one line, the anchor first: one step a level, broken where a use below it is."""
    listed: list[dict[str, Any]] = []
    above: set[str] = set()
    for nodes in way.levels:
        ids = {node.id for node in nodes}
        faults = [b for b in way.breaks if b.severity == "error" and b.link is not None
                  and b.link.child in ids and b.link.parent in above]  # fmt: skip
        listed.append(
            {
                "name": _names(nodes, here),
                "say": _say(nodes[0]) if len(nodes) == 1 else _say_several(nodes),
                "here": here in ids,
                "state": _break_state(faults[0].kind) if faults else "",
                "address": "",
            }
        )
        above |= ids
    return listed


def _break_state(kind: str) -> str:
    return {"withdrawn": "withdrawn", "expired": "expired", "anchor_expired": "expired", "missing": "missing",
            "superseded": "superseded", "no_anchor": "missing",
            "comparison_failed": "unsatisfactory"}.get(kind, "broken")  # fmt: skip


def _names(nodes: Sequence[Node], here: str) -> SafeString:
    if any(node.id == here for node in nodes):
        result = any(node.id == here and node.kind == "result" for node in nodes)
        return sentence("chain.here.result" if result else "chain.here")
    shown = format_html_join(term("today.and"), "{}", ((_linked(node),) for node in nodes[:NAMED]))
    if len(nodes) <= NAMED:
        return shown
    return format_html("{} {}", shown, term("today.rest", count=len(nodes) - NAMED))


def _linked(node: Node) -> SafeString:
    name = text_html(node.name) if node.name else unbroken(node.number or term("none.unknown"))
    return format_html('<a href="{}">{}</a>', certificate_way(node.id), name) if node.kind == "certificate" else name


def _say(node: Node) -> list[Any]:
    lines: list[Any] = [unbroken(node.number)] if node.number and node.name else []
    if isinstance(node.document, Certificate):
        stated = [q for q in node.document.quantities() if q.value.size == 1]
        if len(stated) == 1:
            one = single(stated[0], None, None, None)
            if one.U is not None and not one.note:
                lines.append(format_html('<i class="sy">U</i> = {}', quantity_html(one.U, None, one.unit)))
    if isinstance(node.document, Anchor):
        lines.append(term(f"anchor.{node.document.kind}"))
    if node.kind == "missing":
        lines.append(term("state.missing"))
    if node.valid_until is not None:
        lines.append(term("cert.until", day=node.valid_until.isoformat()))
    return lines


def _say_several(nodes: Sequence[Node]) -> list[Any]:
    return [format_html_join(term("today.and"), "{}", ((unbroken(n.number),) for n in nodes[:NAMED] if n.number))]


def first_expiry(way: Chain | None) -> dict[str, Any] | None:
    """The standard of the chain that ends first."""
    if way is None or way.first_expiry is None:
        return None
    day, id = way.first_expiry
    node = store.graph().node(id)
    return {"day": day, "number": node.number, "name": node.name,
            "address": certificate_way(id) if node.kind == "certificate" else ""}  # fmt: skip


# ---------------------------------------------------------------- ladder


def rungs(ladder: Ladder, row: Document, way: Chain | None) -> list[dict[str, Any]]:
    """The nine rungs, each with one short sentence; what is wrong stands below in full."""
    c = ladder.certificate
    units = list(dict.fromkeys(symbol_of(q.unit) for q in c.quantities())) if c is not None else []
    usable = len(certificate_quantities(c)[0]) if c is not None else 0
    say: dict[str, str] = {
        "well_formed": ("XML" if row.kind == "dcc" else "JSON") + f", {row.size / KIB:.1f} kB",
        "schema": f"DCC {c.version}" if c is not None and c.form == "dcc" else term("rung.say.typed"),
        "units": term("today.and").join(units[:8]),
        "meaning": _many("rung.say.meaning", len(c.quantities()), usable=usable) if c is not None else "",
        "signature": term("rung.say.signed" if c is not None and c.signed else "rung.say.unsigned"),
        "revocation": term("rung.say.revocation"),
        "scope": term("rung.say.scope"),
    }
    if way is not None and way.complete:
        say["chain"] = _many("rung.say.chain", max(0, len(way.levels) - 1))
    rows = []
    for rung in ladder.rungs:
        grave = [f for f in rung.findings if f.severity != "note"]
        said: Any = say.get(rung.name, "")
        if rung.state in ("failed", "unknown") and grave:
            said = ""
        notes = [] if grave else [f for f in rung.findings if f.severity == "note"][:2]
        rows.append({"name": rung.name, "state": rung.state, "say": said, "findings": [*_once(grave), *_once(notes)]})
    return rows


def _once(found: Iterable[Finding]) -> list[Finding]:
    """Findings whose sentence differs."""
    return list({sentences(f, current())["what"]: f for f in found}.values())


def ladder_says(ladder: Ladder) -> SafeString:
    """How many rungs stand, and what follows."""
    states = [r.state for r in ladder.rungs]
    passed, failed = states.count("passed"), states.count("failed")
    open_ = len(states) - passed - failed
    key = "cert.ladder.failed" if failed else "cert.ladder.open" if open_ else "cert.ladder.whole"
    return term_html(key, passed=passed, failed=failed, open=open_)


def _many(key: str, count: int, **told: object) -> str:
    """A sentence about so many: one has a sentence of its own."""
    return term(f"{key}.one", None, **told) if count == 1 else term(key, None, count=count, **told)
