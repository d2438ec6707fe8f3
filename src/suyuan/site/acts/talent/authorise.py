"""What is written about persons: grant, suspend, resume, withdraw, a new edition of a method, evidence.

Everything goes in as rows of the laboratory's register, which is only added to; what is wrong stands at its field.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from suyuan.certificate.certificate import Text, one_line
from suyuan.procedure.attachment import attachment_document, odd_kind
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.site.acts import clock, service, store
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.matters.matter import LARGEST_FILE
from suyuan.site.acts.talent.people import AUTHORISE, View, authorisation, own_laboratory, view
from suyuan.talent.gap import employers
from suyuan.talent.joined import Records, own, shares
from suyuan.talent.records import Authorisation
from suyuan.talent.standing import Standing, State, after_months, of_authorisation, requirements_met
from suyuan.verbs.register.registers import read


def raw(id: str, organisation: Text) -> str:
    """The id as the register of an organisation writes it: what was made unique by the owner's name is its own row."""
    before, mark, owner = id.rpartition("@")
    return before if mark and owner == own(organisation, "zh") else id


def by(seen: View) -> str:
    """How somebody signs in a register: as the person that the account is, else by the account."""
    laboratory = own_laboratory(seen)
    return raw(seen.me[0], laboratory) if seen.me else seen.account


def put(user: User, organisation: Text, kind: str, row: Mapping[str, Any]) -> tuple[str, tuple[Finding, ...]]:
    """Put one row in. Returns the digest of the delivery and what is to be known about the row.

    Raises PermissionDenied; Refused with the row's own findings, each at its field, where it cannot be used.
    """
    service.require(user, *service.MAY_DELIVER[kind])
    if not organisation:
        raise Refused(finding("site.people.laboratory", "laboratory"))
    given = {key: value for key, value in row.items() if value not in ("", None, [], {})}
    fields = {
        "suyuan": "register", "organisation": dict(organisation), "day": clock.today().isoformat(),
        "number": f"R-{clock.now():%Y%m%d-%H%M%S-%f}", "rows": {kind: [given]},
    }  # fmt: skip
    document = canonical(fields)
    register, found = read(document)
    if register is None or register.refused:
        told = [item for item in found if item.code != "register.empty"]
        raise Refused(*(replace(_at_field(item, kind), severity="error") for item in told or found))
    done = service.deliver_document(user, document)
    return done.digest, tuple(_at_field(item, kind) for item in found)


def _at_field(item: Finding, kind: str) -> Finding:
    """A finding of the only row with the name of its field as the place."""
    place = item.where.partition(f"/rows/{kind}/0/")[2]
    return replace(item, where=place.split("/")[0]) if place else item


def new_id(prefix: str) -> str:
    """An id that no row bears yet."""
    return f"{prefix}-{clock.now():%Y%m%d-%H%M%S-%f}"


def text_of(zh: str, en: str = "") -> dict[str, str]:
    """A text in two languages; where one is missing the other stands for it."""
    zh, en = zh.strip(), en.strip()
    return {"zh": zh or en, "en": en or zh} if zh or en else {}


def grant(user: User, seen: View, given: Mapping[str, str], basis: Sequence[str]) -> tuple[str, Standing]:
    """Grant an authorisation from today on. given: person, unit, valid_from, valid_until, edition; lacking: what the
    person was told is missing (`shown_lacking`), for a grant that is meant all the same.

    Returns its id and what it is worth today. Raises PermissionDenied; Refused with everything that is wrong.
    """
    service.require(user, AUTHORISE)
    laboratory, records = own_laboratory(seen), seen.records
    person, unit = given.get("person", ""), given.get("unit", "")
    found = []
    if person not in records.persons:
        found.append(finding("site.people.no_person", "person", given=person or "—"))
    elif not any(shares(e, laboratory) for e in employers(records, person, clock.today())):
        found.append(
            finding("site.people.not_ours", "person", **_both(person=records.name(person), laboratory=laboratory))
        )
    if unit not in records.units:
        found.append(finding("site.people.no_unit", "unit", given=unit or "—"))
    if not basis:
        found.append(finding("site.people.no_basis", "basis"))
    foreign = [id for id in basis if not _is_of(records, id, person)]
    found += [finding("site.people.foreign_basis", "basis", given=id) for id in foreign]
    found += _days(given, "valid_from", "valid_until")
    ends = _day(given.get("valid_until", ""))
    if ends is not None and ends < clock.today():
        found.append(finding("site.people.past", "valid_until", day=ends, today=clock.today()))
    found = found or [*_too_long(records, given), *_granted_already(seen, given, laboratory)]
    if not found and given.get("lacking", "") != shown_lacking(seen, person, unit):
        found = [finding("site.people.lacking", "lacking", **_both(person=records.name(person)))]
    if found:
        raise Refused(*found)
    id = new_id("A")
    row = {
        "id": id, "person": raw(person, laboratory), "unit": raw(unit, laboratory),
        "granted": clock.today().isoformat(), "valid_from": given.get("valid_from", "").strip(),
        "valid_until": given.get("valid_until", "").strip(), "by": by(seen),
        "basis": [raw(b, laboratory) for b in basis], "edition": given.get("edition", "").strip(),
    }  # fmt: skip
    put(user, laboratory, "authorisation", row)
    after = view(user)
    granted = next(
        a for a in reversed(after.records.authorisations) if a.id.partition("@")[0] == id and a.person == person
    )
    return granted.id, of_authorisation(after.records, granted, clock.today())


def longest(records: Records, unit: str) -> int:
    """Months after which the last of a unit's requirements is to be met anew; 0 where none is."""
    return max((rule.months for rule in records.asked.get(unit, ())), default=0)


def shown_lacking(seen: View, person: str, unit: str) -> str:
    """The requirements that a person does not meet today, as a form says which of them it told; «» where all are."""
    if person not in seen.records.persons or unit not in seen.records.units:
        return ""
    asked = requirements_met(seen.records, person, seen.records.units[unit], clock.today())
    return " ".join((person, unit, *(m.requirement.id for m in asked))) if not all(m.good for m in asked) else ""


def _too_long(records: Records, given: Mapping[str, str]) -> Iterable[Finding]:
    """A grant that outlives all that its unit asks for."""
    months, ends = longest(records, given["unit"]), _day(given.get("valid_until", ""))
    last = after_months(max(_day(given.get("valid_from", "")) or clock.today(), clock.today()), months)
    if months and ends is not None and ends > last:
        yield finding("site.people.too_long", "valid_until", day=ends, last=last, months=months)


def _granted_already(seen: View, given: Mapping[str, str], laboratory: Text) -> Iterable[Finding]:
    """The same grant, to the same day, that still holds or may be resumed."""
    ends, edition = _day(given.get("valid_until", "")), given.get("edition", "").strip()
    for a in seen.records.granted.get((given["person"], given["unit"]), ()):
        state = of_authorisation(seen.records, a, clock.today()).state
        same = shares(a.laboratory, laboratory) and (a.valid_until, a.edition) == (ends, edition)
        if same and state not in ("withdrawn", "expired", "superseded"):
            yield finding("site.people.granted", "unit", id=a.id.partition("@")[0], day=a.granted)


def _both(**texts: Text) -> dict[str, Any]:
    """Texts as parameters of a finding, in both languages."""
    return {f"{name}_{x}": own(text, x) or "—" for name, text in texts.items() for x in ("zh", "en")}


def _is_of(records: Records, id: str, person: str) -> bool:
    item = records.evidence_of.get(id)
    return item is not None and item.person == person


EVENTS = ("suspended", "resumed", "withdrawn")


def happened(user: User, seen: View, id: str, kind: str, given: Mapping[str, str]) -> None:
    """Suspend, resume or withdraw an authorisation. given: day, reason, reason_en, edition.

    Raises PermissionDenied; Refused where the step does not follow, or day or reason are missing.
    """
    service.require(user, AUTHORISE)
    granted = authorisation(seen.records, id)
    if granted is None or kind not in EVENTS:
        raise Refused(finding("site.people.no_authorisation", "kind", given=id))
    laboratory = granted.laboratory
    if not shares(laboratory, own_laboratory(seen)):
        raise Refused(finding("site.people.other_laboratory", "kind", **_both(laboratory=laboratory)))
    found = list(_days(given, "day"))
    day = _day(given.get("day", ""))
    if not given.get("reason", "").strip():
        found.append(finding("site.people.no_reason", "reason"))
    if day is None and not found:
        found.append(finding("site.people.no_day", "day"))
    if day is not None and day < granted.granted:
        found.append(finding("site.people.before_grant", "day", day=day, granted=granted.granted))
    fault = _follows(seen.records, granted, kind, given.get("edition", ""))
    if fault is not None:
        found.append(fault)
    if errors(found):
        raise Refused(*found)
    assert day is not None
    row = {
        "id": new_id("AE"), "authorisation": raw(id, laboratory), "kind": kind, "day": day.isoformat(), "by": by(seen),
        "reason": text_of(given.get("reason", ""), given.get("reason_en", "")),
        "edition": given.get("edition", "").strip(),
    }  # fmt: skip
    put(user, laboratory, "authorisation_event", row)


def possible(records: Records, granted: Authorisation, state: State) -> tuple[str, ...]:
    """What may happen to an authorisation next."""
    if state == "withdrawn":
        return ()
    events = [e.kind for e in records.events.get(granted.id, ()) if e.kind in EVENTS]
    stopped = bool(events) and events[-1] == "suspended"
    return ("resumed", "withdrawn") if stopped or state == "method_revised" else ("suspended", "withdrawn")


def _follows(records: Records, granted: Authorisation, kind: str, edition: str) -> Finding | None:
    events = [e.kind for e in records.events.get(granted.id, ())]
    last = next((e for e in reversed(events) if e in EVENTS), "")
    if "withdrawn" in events:
        return finding("site.people.withdrawn", "kind", id=granted.id)
    if kind == "suspended" and last == "suspended":
        return finding("site.people.suspended", "kind", id=granted.id)
    revised = "method_revised" in events and edition.strip()
    if kind == "resumed" and last != "suspended" and not revised:
        return finding("site.people.not_suspended", "kind", id=granted.id)
    return None


def touched(seen: View, laboratory: Text, method: str) -> tuple[Authorisation, ...]:
    """The authorisations of a laboratory that a revision of a method reaches."""
    from suyuan.talent.read import split_method

    name = one_line(split_method(method)[0])
    return tuple(
        a for a in seen.records.authorisations
        if shares(a.laboratory, laboratory) and a.unit in seen.records.units and name
        and one_line(seen.records.units[a.unit].method) == name
    )  # fmt: skip


def revise(user: User, seen: View, given: Mapping[str, str]) -> int:
    """Record that a method has a new edition: all authorisations for it stop until they are granted or resumed for it.

    given: method, edition, day, reason. Returns how many are reached. Raises PermissionDenied, Refused.
    """
    service.require(user, AUTHORISE)
    laboratory = own_laboratory(seen)
    method, edition = given.get("method", "").strip(), given.get("edition", "").strip()
    found = list(_days(given, "day"))
    reached = touched(seen, laboratory, method)
    if not method or not reached:
        found.append(finding("site.people.no_method", "method", given=method or "—"))
    if not edition:
        found.append(finding("site.people.no_edition", "edition"))
    if not given.get("day", "").strip():
        found.append(finding("site.people.no_day", "day"))
    if found:
        raise Refused(*found)
    row = {
        "id": new_id("AE"), "kind": "method_revised", "day": given["day"].strip(), "by": by(seen), "method": method,
        "edition": edition, "reason": text_of(given.get("reason", "")),
    }  # fmt: skip
    put(user, laboratory, "authorisation_event", row)
    return len(reached)


def add_evidence(user: User, seen: View, given: Mapping[str, str], file: tuple[str, str, bytes] | None) -> None:
    """Put one piece of evidence of a person in, with its document. given: fields of the row as they were typed.

    file: name, media type, content. Raises PermissionDenied, Refused; then nothing is kept.
    """
    service.require(user, *service.MAY_DELIVER["evidence"])
    laboratory, person = own_laboratory(seen), given.get("person", "")
    found = []
    if person not in seen.records.persons or not seen.whole(person):
        found.append(finding("site.people.no_person", "person", given=person or "—"))
    found += _days(given, "day", "valid_until")
    if file is not None and len(file[2]) > LARGEST_FILE:
        found.append(finding("site.matter.file", "document", name=file[0], limit=LARGEST_FILE // 2**20))
    if file is not None and not file[2]:
        found.append(finding("site.people.empty_file", "document", name=file[0]))
    elif file is not None:
        found += [replace(item, where="document") for item in odd_kind(file[0], file[2])]
    if errors(found):
        raise Refused(*found)
    document = attachment_document(*file) if file is not None else b""
    row = {
        "id": new_id("E"), "person": raw(person, laboratory), "unit": raw(given.get("unit", ""), laboratory),
        "kind": given.get("kind", ""), "day": given.get("day", "").strip(), "value": given.get("value", "").strip(),
        "good": given.get("good", "1") == "1", "valid_until": given.get("valid_until", "").strip(),
        "by": given.get("assessor", "").strip() or by(seen), "document": _digest(document),
        "title": text_of(given.get("title", ""), given.get("title_en", "")),
        "detail": {"course": given["course"]} if given.get("course") else {},
    }  # fmt: skip
    put(user, laboratory, "evidence", row)
    if document:  # only once the row is good: a refused row leaves no file behind
        added = store.store().add(document, file[0] if file is not None else "file")
        if not added.stored:
            raise Refused(*errors(added.findings))


def _digest(document: bytes) -> str:
    return hashlib.sha256(document).hexdigest() if document else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        return None


def _days(given: Mapping[str, str], *names: str) -> Iterable[Finding]:
    for name in names:
        text = given.get(name, "").strip()
        if text and _day(text) is None:
            yield finding("site.issue.day", name, given=text[:40])
