"""The service system on the site: one snapshot of everything known on a day, kept as long as nothing is added.

Documents come from the store, matters from the records; pages ask here and nowhere else. `deliver` puts a register in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from threading import Lock
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Max

from suyuan.procedure.matter import Matter
from suyuan.procedure.register import LARGEST, REGISTER, Register
from suyuan.quantity.fields import Fields, canonical, open_document
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.site.acts import clock, store
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.log import told
from suyuan.site.acts.matters.kept import matter_of
from suyuan.site.acts.talent.contest_seal import visible
from suyuan.site.records.log import Log
from suyuan.site.records.matter import MatterEvent, MatterRecord
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.register import whose
from suyuan.verbs.register.registers import read
from suyuan.verbs.snapshot import Documents, Snapshot, snapshot

_lock = Lock()
_kept: dict[date, _Kept] = {}
_MOST_DAYS, _FEW_DAYS, _MANY_ROWS = 6, 2, 20_000
"""Days whose snapshots are kept, and how many where the registers have many rows: what follows from such a day is
large."""
MAY_DELIVER: Mapping[str, tuple[str, ...]] = {
    "capability": ("offer", "direct", "steward"),
    "need": ("ask", "direct", "regulate", "steward"),
    "resource": ("offer", "direct", "steward"),
    "transfer": ("offer", "direct", "steward"),
    "person": ("authorise", "direct", "steward"),
    "competence_unit": ("authorise", "direct", "teach"),
    "requirement": ("authorise", "direct", "teach"),
    "evidence": ("authorise", "direct", "teach"),
    "authorisation": ("authorise",),
    "authorisation_event": ("authorise", "steward"),
    "training_base": ("teach", "direct", "regulate"),
    "course": ("teach",),
    "programme": ("teach", "regulate"),
    "centre": ("direct", "regulate", "steward"),
    "centre_record": ("direct",),
    "commitment": ("regulate",),
}
"""Kind of register row → the acts of which one is needed to deliver it."""


def now_known(day: date | None = None) -> Snapshot:
    """What is known on a day, today where none is said; the same value until something is added."""
    asked = day or clock.today()
    evidence, documents, newest = store.evidence(), store.store().service(), _newest()
    with _lock:
        kept = _kept.get(asked)
    if kept is not None and _still(kept, evidence, documents, newest):
        return kept[3]
    made = snapshot(evidence, replace(documents, matters=_matters(documents.matters)), asked)
    return _keep(asked, (evidence, documents, newest, made))


_Kept = tuple[Evidence, Documents, int, Snapshot]


def _still(kept: _Kept, evidence: Evidence, documents: Documents, newest: int) -> bool:
    return kept[0] is evidence and kept[1] is documents and kept[2] == newest


def _keep(day: date, fresh: _Kept) -> Snapshot:
    """Keep a snapshot; where another thread was first, its one counts, so that no work on it is lost. Those that
    something was added to since are let go, and days above the number; today's stays, since it is asked for most."""
    today, rows = clock.today(), sum(len(rows) for r in fresh[1].registers for rows in r.rows.values())
    most = _MOST_DAYS if rows < _MANY_ROWS else _FEW_DAYS
    with _lock:
        other = _kept.get(day)
        if other is not None and _still(other, *fresh[:3]):
            return other[3]
        for old in [d for d, kept in _kept.items() if d == day or not _still(kept, *fresh[:3])]:
            del _kept[old]
        for old in [d for d in _kept if d != today][: max(len(_kept) + 1 - most, 0)]:
            del _kept[old]
        _kept[day] = fresh
    return fresh[3]


def _newest() -> int:
    return MatterEvent.objects.aggregate(last=Max("id"))["last"] or 0


def _matters(stored: Iterable[Matter]) -> tuple[Matter, ...]:
    """Matters of the records; those of the store that the records do not hold stand as they were delivered.

    What a running contest keeps secret is in none of them.
    """
    kept = MatterRecord.objects.prefetch_related("events")
    rows = {(row.procedure, row.number): visible(matter_of(row), "") for row in kept}
    others = (visible(m, "") for m in stored if (m.procedure, m.number) not in rows)
    return (*others, *rows.values())


# ---------------------------------------------------------------- registers


@dataclass(frozen=True)
class Delivered:
    """What became of a delivery. digest: of the register, «» where none could be kept; rows: how many went in;
    refused: how many did not; findings: about rows, each with its place; foreign: those about rows that are not for
    this person to deliver, among the findings."""

    digest: str
    rows: int
    refused: int
    findings: tuple[Finding, ...] = ()
    foreign: tuple[Finding, ...] = ()


def may(user: User, *acts: str) -> bool:
    """Whether somebody holds one of some acts."""
    has = getattr(user, "has_perm", lambda _: False)
    return any(has(f"records.{act}") for act in acts)


def require(user: User, *acts: str) -> None:
    """PermissionDenied for whoever holds none of some acts."""
    if not may(user, *acts):
        raise PermissionDenied


def organisations_of(user: User) -> frozenset[str]:
    """Names of the organisations that somebody speaks for: employers by the register of persons, houses of the centres
    whose life cycle names them as host, and those for which the same account delivered before."""
    rooted, founded = _houses(user)
    return rooted | founded


def _houses(user: User) -> tuple[frozenset[str], frozenset[str]]:
    """Names of own organisations: by what others delivered, and by own deliveries alone."""
    account, known = user.get_username(), now_known()
    mine = set(Log.objects.filter(act="delivered", user=account).values_list("digest", flat=True))
    rooted: set[str] = set()
    founded = {name for r in store.store().service().registers if r.digest in mine for name in r.organisation.values()}
    for register, row in known.deliveries("person"):
        if row.account == account:
            (founded if register.digest in mine else rooted).update(row.organisation.values())
    hosted = {m.fields.get("centre") for m in known.matters_of("centre") if account in m.holders("host")}
    for register, row in known.deliveries("centre"):
        if row.id in hosted:
            names = (*row.host.values(), *row.laboratories, *row.name.values())
            (founded if register.digest in mine else rooted).update(names)
    return frozenset(rooted), frozenset(founded - rooted)


def voice_of(user: User) -> whose.Voice:
    """For whom somebody speaks; for everybody whoever keeps the registers in order."""
    registers = store.store().service().registers
    taken = now_known().once("names that are taken", lambda: whose.taken(registers))
    rooted, founded = _houses(user)
    return whose.Voice(
        user.get_username(), frozenset(map(whose.bare, rooted | founded)), frozenset(map(whose.bare, rooted)), taken,
        may(user, *WHOLE), may(user, "teach"),
    )  # fmt: skip


WHOLE = ("steward", "regulate")
"""Acts that deliver for every organisation."""


def speaks_for(user: User, organisation: Mapping[str, str]) -> bool:
    """Whether somebody may change the rows of an organisation: each of its names is their own or new here; any for
    whoever keeps the registers in order."""
    return may(user, *WHOLE) or voice_of(user).speaks(organisation)


def deliver(
    user: User, organisation: Mapping[str, str], rows: Mapping[str, list[Mapping[str, Any]]], number: str = ""
) -> Delivered:
    """Put rows in as one register of an organisation: the good ones count, the others come back as findings.

    rows: kind → rows as the readers of the house take them. Raises PermissionDenied for a kind that the person may not
    deliver, Refused where not one row can be read.
    """
    for kind in rows:
        require(user, *MAY_DELIVER.get(kind, ("steward",)))
    now = clock.now()
    fields = {
        "suyuan": "register", "organisation": organisation, "day": clock.today().isoformat(),
        "number": number or f"R-{now:%Y%m%d-%H%M%S-%f}", "rows": rows,
    }  # fmt: skip
    return deliver_document(user, canonical(fields))


def deliver_document(user: User, document: bytes, name: str = "") -> Delivered:
    """The same for a register that is a document already. Of rows that are others' to deliver each comes back."""
    register, found = read(document)
    if register is None:
        raise Refused(*found)
    for kind in (*register.rows, *register.removed):
        require(user, *MAY_DELIVER.get(kind, ("steward",)))
    voice = voice_of(user)
    if not voice.speaks(register.organisation):
        raise Refused(finding("site.service.foreign", "/organisation", organisation=register.owner))
    foreign, refused = whose.foreign(voice, register, now_known()), register.refused
    back: tuple[Finding, ...] = ()
    if foreign:
        document, back = _without(document, foreign)
        own, _ = read(document)
        if own is None:
            raise Refused(*(replace(item, severity="error") for item in back), *found)
        register = own
    return _keep_register(user, document, name, register, Delivered("", 0, refused + len(back), (*back, *found), back))


def _keep_register(user: User, document: bytes, name: str, register: Register, done: Delivered) -> Delivered:
    added = store.store().add(document, name or "register.json")
    if not added.stored:
        raise Refused(*errors(added.findings))
    count = sum(len(kept) for kept in register.rows.values()) + sum(len(gone) for gone in register.removed.values())
    told("delivered", user.get_username(), digest=added.digest, number=added.number, rows=count,
         refused=done.refused)  # fmt: skip
    return replace(done, digest=added.digest, rows=count)


def _without(document: bytes, foreign: Iterable[whose.Foreign]) -> tuple[bytes, tuple[Finding, ...]]:
    """A register without some rows, and what is told of each at its place. All of one id go: only the first of them
    would have counted."""
    root, _ = open_document(document, REGISTER, LARGEST)
    if root is None:  # it was read before
        raise Refused(finding("typed.json.broken", message="register"))
    rows: dict[str, Any] = dict(root.content["rows"])
    found = []
    for kind, gone in _by_kind(foreign).items():
        kept, seen = [], set[str]()
        for at, row in enumerate(rows[kind]):
            id = Fields(row).text("id") if isinstance(row, Mapping) and row.get("removed") is not True else ""
            if id not in gone:
                kept.append(row)
            elif id not in seen:
                found.append(gone[id].told(f"/rows/{kind}/{at}"))
                seen.add(id)
        rows[kind] = kept
    return canonical({**root.content, "rows": {kind: kept for kind, kept in rows.items() if kept}}), tuple(found)


def _by_kind(foreign: Iterable[whose.Foreign]) -> dict[str, dict[str, whose.Foreign]]:
    found: dict[str, dict[str, whose.Foreign]] = {}
    for row in foreign:
        found.setdefault(row.kind, {})[row.id] = row
    return found
