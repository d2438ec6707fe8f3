"""Registers in and out: a workbook of an organisation, what became of its rows, what counts today, what is wrong.

Good rows go in. The others come back as a workbook of their own, kept for whoever handed them in until they are fetched
again or a month has gone by.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404

from suyuan.capability.capability import Capability
from suyuan.capability.need import Need
from suyuan.procedure.register import Register
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.report.papers.read_sheet import read_sheets
from suyuan.report.papers.sheet import Page, workbook
from suyuan.site.acts import clock
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.matching import capability as capabilities
from suyuan.site.acts.matching import need as needs
from suyuan.site.acts.service import MAY_DELIVER, deliver_document, may, now_known, organisations_of, require
from suyuan.site.acts.sharing.no_table import no_table
from suyuan.site.acts.store import store
from suyuan.site.records.document import Document
from suyuan.verbs.register.cells import Refused as RefusedRows
from suyuan.verbs.register.cells import Table
from suyuan.verbs.register.columns.table import KINDS
from suyuan.verbs.register.contradictions import in_register
from suyuan.verbs.register.refused import refused_rows
from suyuan.verbs.register.registers import read
from suyuan.verbs.register.workbook import kind_of, refused_tables, register_from_workbook, table_of
from suyuan.verbs.register.workbook import template as empty_tables
from suyuan.verbs.snapshot import Snapshot

LARGEST = 32 * 2**20
KEPT = 31 * 86400
"""Seconds for which refused rows are kept."""
PERSONAL = ("person", "evidence", "authorisation", "authorisation_event")
"""Kinds of rows that speak of persons."""
_TOKEN = re.compile(r"[0-9a-f]{32}")
TOLD = 200
"""Findings that are shown on the page; all of them stand beside their rows in the workbook that comes back."""


Wrong = tuple[str, Mapping[str, str]]


@dataclass(frozen=True)
class Taken:
    """What became of one file. name; digest: of the register, «» where none was kept; rows: how many went in, by kind;
    refused: how many did not; wrong: (place, what is wrong by language) of the first of them; token: of the workbook
    that comes back, «» for none; findings: about the file and its rows."""

    name: str
    digest: str = ""
    rows: Mapping[str, int] = field(default_factory=dict)
    refused: int = 0
    wrong: tuple[Wrong, ...] = ()
    token: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def count(self) -> int:
        return sum(self.rows.values())


def kinds_of(user: User) -> tuple[str, ...]:
    """The kinds of rows that somebody may deliver."""
    return tuple(kind for kind in KINDS if may(user, *MAY_DELIVER[kind]))


# ---------------------------------------------------------------- in


def take(user: User, name: str, document: bytes, organisation: Mapping[str, str]) -> Taken:
    """Take a file in: a workbook or CSV of an organisation, or a register as JSON. Nothing typed is lost."""
    if not kinds_of(user):
        require(user, "steward")
    if len(document) > LARGEST:
        return Taken(name, findings=(finding("site.file.large", name, size=f"{len(document) / 2**20:.0f}",
                                             limit=f"{LARGEST / 2**20:.0f}"),))  # fmt: skip
    if document.lstrip()[:1] == b"{":
        return _json(user, name, document)
    if (other := no_table(document, name)) is not None:
        return Taken(name, findings=(other,))
    tables, found = read_sheets(document, name)
    if not tables:
        return Taken(name, findings=found)
    allowed, told = _allowed(user, tables)
    if not allowed:
        return Taken(name, findings=(*found, *told))
    number = f"R-{clock.now():%Y%m%d-%H%M%S-%f}"
    there = now_known().capabilities
    made, refused, about = register_from_workbook(allowed, organisation, clock.today(), number, registered=there)
    if made is None:
        wrong = _wrong(refused)
        return Taken(name, "", {}, len(wrong), wrong[:TOLD], _keep(refused), _loose((*found, *told, *about), wrong))
    try:
        kept = deliver_document(user, made, f"{number}.json")
    except Refused as refusal:
        refused = (*refused, *_foreign(made, refusal.findings))
        wrong, token = _wrong(refused), _keep(refused)
        findings = _loose((*found, *told, *about), wrong)
        return Taken(name, "", {}, len(wrong), wrong[:TOLD], token, (*findings, *_beside(refusal.findings, wrong)))
    refused = (*refused, *_foreign(made, kept.foreign))
    wrong, token = _wrong(refused), _keep(refused)
    findings = _loose((*found, *told, *about), wrong)
    return Taken(name, kept.digest, _counts(kept.digest), len(wrong), wrong[:TOLD], token, findings)


def _json(user: User, name: str, document: bytes) -> Taken:
    there = now_known().capabilities
    try:
        kept = deliver_document(user, document, name)
    except Refused as refusal:
        empty = any(item.code == "register.empty" for item in refusal.findings)
        back = refused_rows(document) if empty else _foreign(document, refusal.findings)
        wrong = _wrong(back)
        return Taken(name, "", {}, len(wrong), wrong[:TOLD], _keep(back), _beside(refusal.findings, wrong))
    back = refused_rows(document, {item.where: item for item in kept.foreign}) if kept.refused else ()
    wrong = _wrong(back)
    value = store().value(kept.digest)
    about = in_register(value, document, back, there) if isinstance(value, Register) else ()
    findings = _beside((*kept.findings, *about), wrong)
    return Taken(name, kept.digest, _counts(kept.digest), len(wrong), wrong[:TOLD], _keep(back), findings)


def _foreign(document: bytes, found: Iterable[Finding]) -> tuple[RefusedRows, ...]:
    """The rows of a register that are others' to deliver, as they come back."""
    beside = {item.where: item for item in found if item.code.startswith("register.whose.")}
    return refused_rows(document, beside) if beside else ()


def _wrong(refused: Iterable[RefusedRows]) -> tuple[Wrong, ...]:
    return tuple((place, told) for one in refused for place, told in zip(one.places, one.told, strict=True))


def _beside(found: Iterable[Finding], wrong: Sequence[Wrong]) -> tuple[Finding, ...]:
    """What is said of a JSON register but for what stands beside a refused row."""
    places = {place for place, _ in wrong}

    def of_row(item: Finding) -> bool:
        return "/".join(item.where.split("/")[:4]) in places

    return tuple(item for item in found if item.severity != "note" and not of_row(item))[:TOLD]


def _counts(digest: str) -> dict[str, int]:
    value = store().value(digest)
    return {kind: len(rows) for kind, rows in value.rows.items() if rows} if isinstance(value, Register) else {}


def _allowed(user: User, tables: Sequence[Table]) -> tuple[list[Table], tuple[Finding, ...]]:
    """The tables whose kind somebody may deliver; of the others it is told."""
    kept: list[Table] = []
    told: list[Finding] = []
    for table in tables:
        kind = kind_of(table)
        if kind is not None and not may(user, *MAY_DELIVER[kind]):
            told.append(finding("site.service.kind", table.name, kind=kind))
        else:
            kept.append(table)
    return (kept if any(kind_of(t) is not None for t in kept) or not told else []), tuple(told)


def _loose(found: Iterable[Finding], wrong: Sequence[Wrong]) -> tuple[Finding, ...]:
    """What is said of the file as a whole; what stands beside a refused row is told there."""
    places = {place for place, _ in wrong}
    rows = {place.partition("!")[2].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for place in places}

    def of_row(item: Finding) -> bool:
        cell = item.where.partition(" ")[0].partition("!")[2]
        return cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") in rows

    return tuple(item for item in found if item.severity != "note" and not of_row(item))[:TOLD]


# ---------------------------------------------------------------- refused rows


def _folder() -> Path:
    folder = Path(str(settings.DATA)) / "returned"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _keep(refused: Iterable[RefusedRows]) -> str:
    """The rows that did not go in as a workbook, under a name that nobody guesses; «» for none."""
    tables = refused_tables(refused)
    if not tables:
        return ""
    folder = _folder()
    for old in folder.glob("*.xlsx"):
        if old.stat().st_mtime < time.time() - KEPT:
            old.unlink(missing_ok=True)
    token = secrets.token_hex(16)
    path = folder / f"{token}.xlsx"
    part = path.with_suffix(".part")
    part.write_bytes(workbook([_page(table) for table in tables]))
    part.replace(path)
    return token


def returned(token: str) -> bytes:
    """The workbook of a token. Raises Http404 where there is none."""
    path = _folder() / f"{token}.xlsx"
    if not _TOKEN.fullmatch(token) or not path.is_file():
        raise Http404
    return path.read_bytes()


def _page(table: Table) -> Page:
    heads, *rows = table.rows
    widths = [min(48, max(12, len(str(head)) + 2)) for head in heads]
    return Page(table.name, [str(h or "") for h in heads], [list(map(_plain, row)) for row in rows], widths)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, bool) else value


# ---------------------------------------------------------------- out


def template(kind: str) -> bytes:
    """An empty workbook of a kind, with an example and how to fill it in."""
    if kind not in KINDS:
        raise Http404
    return workbook([_page(table) for table in empty_tables((kind,))])


def may_export(user: User, kind: str) -> bool:
    """Whether somebody may have the rows of a kind: those that speak of persons only who works with them."""
    return kind in KINDS and (kind not in PERSONAL or may(user, *MAY_DELIVER[kind], "steward", "regulate"))


def export(user: User, kind: str) -> bytes:
    """What counts today of a kind, as a workbook that can be handed in again; without what others keep confidential."""
    if kind not in KINDS:
        raise Http404
    if not may_export(user, kind):
        require(user, "steward")
    snapshot = now_known()
    rows = list(snapshot.rows(kind))
    if kind == "need":
        rows = [view.need for view in needs.views(list(needs.known(snapshot).values()), user) if view.whole]
    return workbook([_page(table_of(kind, rows))])


def may_see(user: User, register: Register) -> bool:
    """Whether somebody may have the bytes of a delivery: nothing confidential of others, no persons of others."""
    if any(kind in PERSONAL and rows for kind, rows in register.rows.items()) and not may(
        user, "authorise", "direct", "teach", "steward", "regulate"
    ):
        return False
    rows = register.rows.get("need", ())
    return all(view.whole for view in needs.views([(register, row) for row in rows], user))


def guard(user: User, row: Document) -> None:
    """Raises Http404 where a document is a delivery whose bytes somebody may not have."""
    if row.kind != "register":
        return
    try:
        value = store().value(row.digest)
    except Refused:
        return
    if isinstance(value, Register) and not may_see(user, value):
        raise Http404


# ---------------------------------------------------------------- what there is, what is wrong


@dataclass(frozen=True)
class Delivery:
    """One delivery as somebody sees it. register; counts: rows by kind; removed: how many were taken out."""

    register: Register
    counts: Mapping[str, int]
    removed: int = 0


def deliveries(snapshot: Snapshot, user: User) -> list[Delivery]:
    """All deliveries until the day, the newest first; of confidential needs of others nothing is told, neither how many
    nor whose: a delivery that holds nothing else is left out."""
    found = [r for r in snapshot.documents.registers if r.day <= snapshot.day]
    ordered = sorted(enumerate(found), key=lambda pair: (pair[1].day, pair[0]), reverse=True)
    secret = _secret([(r, need) for r in found for need in r.rows.get("need", ())], user)
    names = {(r.owner, need.id) for r, need in secret}
    told = [_told(r, [need.id for other, need in secret if other is r], names) for _, r in ordered]
    return [one for one in told if one is not None]


def _told(register: Register, hidden: Sequence[str], names: set[tuple[str, str]]) -> Delivery | None:
    counts = {kind: len(rows) for kind, rows in register.rows.items() if rows}
    taken = {kind: len(ids) for kind, ids in register.removed.items()}
    taken["need"] = sum((register.owner, name) not in names for name in register.removed.get("need", ()))
    if hidden:
        counts["need"] -= len(hidden)
    counts, removed = {kind: n for kind, n in counts.items() if n}, sum(taken.values())
    whole = not hidden and removed == sum(map(len, register.removed.values()))
    return Delivery(register, counts, removed) if whole or counts or removed else None


def _secret(pairs: Sequence[tuple[Register, Need]], user: User) -> list[tuple[Register, Need]]:
    """Those needs of which somebody must not learn that they are: confidential, and of another organisation."""
    kept = [pair for pair in pairs if pair[1].confidential]
    hidden = [(view.register, view.need) for view in needs.views(kept, user) if not view.whole]
    own = organisations_of(user) if hidden and user.get_username() else frozenset()
    return [(register, need) for register, need in hidden if own.isdisjoint(register.organisation.values())]


def counts(snapshot: Snapshot, user: User) -> Mapping[str, int]:
    """Kind → rows that count on the day, without confidential needs of others."""
    secret = len(_secret(snapshot.deliveries("need"), user))
    return {kind: len(snapshot.rows(kind)) - (secret if kind == "need" else 0) for kind in KINDS}


@dataclass(frozen=True)
class Defect:
    """Something that a steward has to see to. kind: of the group; owner: whose; found: what."""

    kind: str
    owner: str
    found: Finding


def defects(snapshot: Snapshot) -> tuple[Defect, ...]:
    """What is wrong in the registers, the worst first: what readers said, overlaps, standards that nobody has, persons
    that nobody knows, needs without a target."""

    def made() -> tuple[Defect, ...]:
        rows = [*_read(snapshot), *_overlaps(snapshot), *_carried(snapshot), *_needs(snapshot)]
        weight = {"error": 0, "warning": 1, "note": 2}
        return tuple(sorted(rows, key=lambda d: weight[d.found.severity]))

    return snapshot.once("defects of registers", made)


def _read(snapshot: Snapshot) -> Iterator[Defect]:
    """What readers said of the deliveries that still count."""
    counting = {r.digest for kind in KINDS for r, _ in snapshot.deliveries(kind)}
    for register in snapshot.documents.registers:
        if register.digest not in counting and not register.refused:
            continue
        try:
            _, found = read(store().read(register.digest))
        except Refused as refused:
            found = refused.findings
        yield from (Defect("read", register.owner, item) for item in found if item.severity != "note")


def _overlaps(snapshot: Snapshot) -> Iterator[Defect]:
    for item in capabilities.overlapping(snapshot):
        yield Defect("overlap", str(dict(item.parameters)["laboratory"]), item)


def _carried(snapshot: Snapshot) -> Iterator[Defect]:
    support = needs.supports(snapshot)
    for c in snapshot.capabilities:
        carried = support.get(c.key)
        if carried is None:
            continue
        where = f"{c.key[0]} {c.id}"
        if carried.chain == "unstated":
            yield Defect("standard", c.key[0], finding("site.service.no_standard", where, "warning", id=c.id))
        for item in carried.findings:
            if carried.chain in ("unknown", "broken") and item.severity != "note" and ".standard." in item.code:
                yield Defect("standard", c.key[0], Finding(item.code, where, item.severity, item.parameters))
        yield from _persons(c, carried.persons, where)


def _persons(c: Capability, persons: int | None, where: str) -> Iterator[Defect]:
    if c.persons and persons is None:
        told = finding("site.service.persons_unknown", where, "warning", id=c.id, asked=c.persons)
        yield Defect("person", c.key[0], told)


def _needs(snapshot: Snapshot) -> Iterator[Defect]:
    for register, need in snapshot.deliveries("need"):
        if need.target is None and not need.confidential:
            where = f"{register.owner} {need.id}"
            yield Defect("need", register.owner, finding("site.service.no_target", where, "warning", id=need.id))


def of_day(day: date | None = None) -> Snapshot:
    """What is known on a day."""
    return now_known(day)
