"""Centres on the site: the card of one or of all on a day, its life cycle, and what its director delivers.

Everything shown is computed from the snapshot of the day that is asked for; nothing of it is kept but the snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404

from suyuan.centre.guideline import Guideline
from suyuan.centre.records import Centre, CentreRecord
from suyuan.centre.scorecard import Scorecard
from suyuan.procedure.attachment import read_attachment
from suyuan.quantity.finding import Refused, finding
from suyuan.site.acts import clock, service, store
from suyuan.site.acts.day import FAR
from suyuan.site.acts.day import day_of as asked
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.matching import sight
from suyuan.site.acts.matters import matter
from suyuan.verbs.centre.register_of_centres import Entry, register_of_centres
from suyuan.verbs.centre.score import Scored, guideline_of, scorecards, versions_of
from suyuan.verbs.matter.matters import outlook
from suyuan.verbs.snapshot import Snapshot, snapshot

CYCLES = ("centre", "candidate", "annual_assessment", "periodic_review", "rectification")
"""Procedures whose matters are about one centre (field «centre»)."""
PRIVATE = ("order", "bid")
"""Procedures whose matters are between their parties: to others they only count."""


@dataclass(frozen=True)
class Known:
    """One centre on a day. entry: as the register shows it; guideline: by which it is measured, None where there is
    none for its scope; scored: the cards of all centres under it; card: its own."""

    snapshot: Snapshot
    row: Centre
    entry: Entry
    guideline: Guideline | None
    scored: Scored | None
    card: Scorecard | None


def day_of(text: str) -> date | None:
    """The day that somebody asks for, which may lie ahead; None for today. Raises `day.NoDay`."""
    return asked(text, FAR)


def first_known(known: Snapshot, id: str) -> date | None:
    """The day of the first register that names a centre; None where none does."""

    def made() -> dict[str, date]:
        first: dict[str, date] = {}
        for register in sorted(known.documents.registers, key=lambda r: r.day, reverse=True):
            first |= {row.id: register.day for row in register.rows.get("centre", ())}
        return first

    return known.once("first days of centres", made).get(id)


def on(day: date | None) -> Snapshot:
    """What is known on a day."""
    return service.now_known(day)


def register(known: Snapshot) -> tuple[Entry, ...]:
    """All centres of the registers, worked out once for a snapshot."""
    return known.once("register of centres", lambda: register_of_centres(known))


def scored_by(known: Snapshot, guideline: Guideline) -> Scored:
    """The cards of all centres of a guideline's scope, worked out once for a snapshot."""
    name = f"scores {guideline.number} {guideline.version} {guideline.digest}"
    return known.once(name, lambda: scorecards(known, guideline))


def centre(known: Snapshot, id: str, version: str = "") -> Known:
    """One centre with its card; 404 where no register names it on that day.

    version: of the guideline, «» for the one in force.
    """
    entry = next((one for one in register(known) if one.centre.id == id), None)
    if entry is None:
        raise Http404
    return of_entry(known, entry, version)


def of_entry(known: Snapshot, entry: Entry, version: str = "") -> Known:
    """The same for an entry of the register."""
    guideline = guideline_of(known, entry.centre, version) or guideline_of(known, entry.centre)
    if guideline is None:
        return Known(known, entry.centre, entry, None, None, None)
    made = scored_by(known, guideline)
    return Known(known, entry.centre, entry, guideline, made, made.card(entry.centre.id))


def versions(at: Known) -> tuple[Guideline, ...]:
    """The versions of the guideline that a centre is measured by."""
    return () if at.guideline is None else versions_of(at.snapshot, at.guideline.number)


def earlier(known: Snapshot, days: tuple[date, ...]) -> tuple[Snapshot, ...]:
    """What was known on earlier days, from what is known now; kept with the snapshot of now."""

    def made() -> tuple[Snapshot, ...]:
        return tuple(snapshot(known.evidence, known.documents, day) for day in days)

    return known.once(f"earlier {days}", made)


def hosts_of(known: Snapshot, id: str) -> tuple[str, ...]:
    """Accounts of the host of a centre, as its life cycle or else another of its matters names them."""
    for one in sorted(known.matters_of(*CYCLES), key=lambda m: m.procedure != "centre"):
        if str(one.fields.get("centre", "")) == id and one.holders("host"):
            return one.holders("host")
    return ()


def secret(user: User, known: Snapshot) -> frozenset[str]:
    """Addresses of what somebody sees only to count: confidential needs, and matters that are between their parties."""
    keys = sight.open_keys(user, known)
    needs = (f"row:need/{need.id}" for need in known.needs if sight.hidden(need, keys))
    seen = {view.key for view in matter.listed(user, *PRIVATE)}
    others = (
        f"matter:{m.procedure}/{m.number}" for m in known.matters_of(*PRIVATE) if (m.procedure, m.number) not in seen
    )
    return frozenset((*needs, *others))


# ---------------------------------------------------------------- matters


def matters_of(user: User, id: str, *procedures: str) -> list[matter.Seen]:
    """The matters about a centre that somebody may see."""
    listed = matter.listed(user, *(procedures or CYCLES))
    return [view for view in listed if str(view.matter.fields.get("centre", "")) == id]


def guards_now(view: matter.Seen) -> Mapping[str, Any]:
    """Step → guard → what it finds, before anything is filled in."""
    return outlook(service.now_known(), view.matter, clock.now())


def directs(user: User, row: Centre) -> bool:
    """Whether somebody may deliver for a centre: who holds «direct», and where its life cycle names a host, is it."""
    if not service.may(user, "direct"):
        return False
    name = matter.name_of(user)
    hosts = [
        h
        for m in service.now_known().matters_of("centre")
        if str(m.fields.get("centre", "")) == row.id
        for h in m.holders("host")
    ]
    return not hosts or name in hosts


# ---------------------------------------------------------------- delivering


def deliver_record(user: User, row: Centre, fields: Mapping[str, Any], file: tuple[str, str, bytes] | None) -> str:
    """Put one record of a centre in, with the file that proves it; returns its id.

    fields: as `centre.read.centre_record` takes them, without id, centre and document; file: name, media type, bytes.
    Raises PermissionDenied, Refused with findings beside the fields: then neither row nor file is kept.
    """
    if not directs(user, row):
        raise PermissionDenied
    now = clock.now()
    kept: dict[str, Any] = {"id": f"{row.id}-{now:%Y%m%d-%H%M%S-%f}", "centre": row.id, **fields}
    checked(kept)
    if file is not None:
        kept["document"] = matter.attach(user, *file)
    named = row.host or row.name
    service.deliver(user, {code or "zh": text for code, text in named.items()}, {"centre_record": [kept]})
    return str(kept["id"])


def checked(row: Mapping[str, Any]) -> None:
    """Raises Refused for a record that its reader does not take, before a file of it is kept."""
    from suyuan.quantity.fields import canonical
    from suyuan.quantity.finding import errors
    from suyuan.verbs.register.registers import read

    made, found = read(canonical({
        "suyuan": "register", "organisation": "check", "number": "check", "day": clock.today().isoformat(),
        "rows": {"centre_record": [row]},
    }))  # fmt: skip
    if made is None or made.refused or errors(found):
        raise Refused(*[item for item in found if item.code != "register.empty"])


def file_of(known: Snapshot, user: User, digest: str) -> tuple[str, str, bytes]:
    """Name, media type and bytes of a file that a centre's records or a matter about a centre bring; 404 else."""
    rows: list[CentreRecord | Centre] = [*known.rows("centre_record"), *known.rows("centre")]
    named = {row.document for row in rows if row.document}
    for view in matter.listed(user, *CYCLES):
        named |= {str(sha) for sha in view.where.documents.values()}
    if digest not in named:
        raise Http404
    try:
        held, _ = read_attachment(store.store().read(digest))
    except Refused:
        raise Http404 from None
    if held is None:
        raise Http404
    return held.name, held.media, held.content


def no_file(name: str) -> Refused:
    """A record that is to be proven needs its file."""
    return Refused(finding("typed.field.missing", name, field=name))
