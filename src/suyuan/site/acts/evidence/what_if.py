"""What if: a scenario about one standard, from what a person chose; and the act that records it as fact.

The trial writes nothing. Adopting writes one statement, dated and with its reason; certificates and results stay as
they are, and the chains show the break.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied

from suyuan.certificate.certificate import Certificate
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.unit import parse_unit, ratio
from suyuan.site.acts import store
from suyuan.site.acts.clock import today
from suyuan.site.acts.evaluating.numbers import number_of
from suyuan.site.acts.evidence import document
from suyuan.site.acts.log import told
from suyuan.store.folder import Added, plain_name
from suyuan.store.recognise import recognise
from suyuan.traceability.anchor import statement_document
from suyuan.traceability.evidence import Statement
from suyuan.traceability.graph import Node
from suyuan.traceability.impact import Impact
from suyuan.traceability.scenario import Replaced, Scenario, Shifted, Withdrawn
from suyuan.verbs.trace import impact_of

User = AbstractBaseUser | AnonymousUser
KINDS = ("withdrawn", "replaced", "shifted")
OTHER_ITEM = "traceability.impact.other_item"
LARGEST = 8 * 2**20


@dataclass(frozen=True)
class Asked:
    """What a person chose, as typed. by: digest of a stored certificate; file, name: a document that is only tried."""

    kind: str = ""
    by: str = ""
    file: bytes = b""
    name: str = ""
    place: str = ""
    d: str = ""
    unit: str = ""
    since: str = ""
    until: str = ""


def of(key: str) -> tuple[Node, Certificate]:
    """The stored certificate that a name means. Raises Refused where it is none, or only a result."""
    node = store.graph().named(key)
    if not isinstance(node.document, Certificate):
        raise Refused(finding("traceability.impact.no_certificate", node.title, named=node.title))
    return node, node.document


def trial(node: Node, certificate: Certificate, asked: Asked) -> Impact:
    """What the scenario would cost. Raises Refused where it does not fit; nothing is written."""
    return impact_of(store.evidence(), scenario(node, certificate, asked), store.graph())


def scenario(node: Node, certificate: Certificate, asked: Asked) -> Scenario:
    """The scenario that was chosen. Raises Refused with what is missing or wrong."""
    if asked.kind == "replaced":
        return Replaced(node.id, replacement(certificate, asked))
    if asked.kind == "shifted":
        return _shifted(node, certificate, asked)
    return Withdrawn(node.id)


def replacement(certificate: Certificate, asked: Asked) -> Certificate:
    """The certificate that is tried in place of the other: from the file, else from the store."""
    if asked.file:
        read = recognise(asked.file, asked.name)
        if not isinstance(read.value, Certificate):
            raise Refused(*(read.findings or (finding("site.what_if.no_certificate", asked.name),)))
        found = read.value
    else:
        stored = store.evidence().by_digest.get(asked.by)
        if stored is None:
            raise Refused(finding("site.what_if.choose", "replaced_by"))
        found = stored
    if found.digest == certificate.digest:
        raise Refused(finding("site.what_if.same", found.number))
    return found


def _shifted(node: Node, certificate: Certificate, asked: Asked) -> Shifted:
    """The shift in the certificate's own unit, whatever unit it was given in."""
    stated = certificate.at(asked.place)
    places = [q.place for q in certificate.quantities()]
    if stated is None:
        raise Refused(finding("traceability.impact.place", node.title, place=asked.place, places=", ".join(places)))
    number, unit = as_typed(asked)
    d = number_of(number)
    if d is None:
        raise Refused(finding("site.what_if.number", "d", given=asked.d[:60]))
    if unit:
        given, own = parse_unit(unit), parse_unit(stated.unit)
        if not given.converts_to(own):
            raise Refused(finding("site.what_if.unit", "unit", given=given.symbol, own=own.symbol))
        d *= ratio(given.as_difference(), own.as_difference())
    since, until = _day(asked.since, "from"), _day(asked.until, "to")
    between = None if since is until is None else (since or date.min, until or date.max)
    return Shifted(node.id, asked.place, d, between)


def as_typed(asked: Asked) -> tuple[str, str]:
    """Number and unit of the shift as they were typed; a unit behind the number goes before that of its own field.

    >>> as_typed(Asked(d="100 nm", unit="mm")), as_typed(Asked(d="0.044", unit="um")), as_typed(Asked(d="1,5"))
    (('100', 'nm'), ('0.044', 'um'), ('1,5', ''))
    """
    text = asked.d.strip()
    if number_of(text) is None:
        for end in range(len(text) - 1, 0, -1):
            rest = text[end:].strip()
            if (rest[:1].isalpha() or rest[:1] in "°%") and number_of(text[:end]) is not None:
                return text[:end].strip(), rest
    return text, asked.unit.strip()


def meaningless(impact: Impact) -> bool:
    """A replacement of which nothing can be computed, or that is about another item: no fact to be recorded."""
    if not isinstance(impact.scenario, Replaced):
        return False
    if any(f.code == OTHER_ITEM for f in impact.findings):
        return True
    return bool(impact.rows) and all(row.state == "not_computable" for row in impact.rows)


def _day(text: str, where: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refused(finding("site.what_if.day", where, given=text[:40])) from None


def candidates(certificate: Certificate) -> tuple[list[Certificate], list[Certificate]]:
    """Stored certificates that may take its place: of the same item, and others that give the same kinds of quantity
    at the same places; the newest first."""
    mine = _numbers(certificate)
    kinds = _dimensions(certificate)
    same, alike = [], []
    for other in store.evidence().certificates:
        if other.digest == certificate.digest:
            continue
        if mine and mine & _numbers(other):
            same.append(other)
        elif kinds and all(_dimensions(other).get(place) == kind for place, kind in kinds.items()):
            alike.append(other)
    return _newest(same), _newest(alike)


def _numbers(certificate: Certificate) -> set[tuple[str, str]]:
    """What identifies its items: number, and who made them where that is said."""
    return {(i.value, item.manufacturer) for item in certificate.items for i in item.identifications if i.value}


def _dimensions(certificate: Certificate) -> dict[str, object]:
    table: dict[str, object] = {}
    for q in certificate.quantities():
        try:
            table[q.place] = (parse_unit(q.unit).dimension, q.value.size)
        except Refused:
            table[q.place] = q.unit
    return table


def _newest(found: Iterable[Certificate]) -> list[Certificate]:
    return sorted(found, key=lambda c: (c.issued or c.ended or date.min, c.number), reverse=True)


# ---------------------------------------------------------------- the act


def may_adopt(user: User) -> bool:
    """A reviewer, or who keeps the statements (the quality manager)."""
    has = getattr(user, "has_perm", lambda _: False)
    return bool(has("records.issue") or has("records.withdraw"))


def said(certificate: Certificate) -> Statement | None:
    """What was already stated about it; a withdrawal before a replacement."""
    about = [s for s in store.evidence().statements if (s.issuer, s.number) == certificate.key]
    return min(about, key=lambda s: (s.kind != "withdrawn", s.day), default=None)


def before_adopting(user: User, reason: str) -> None:
    """Raises PermissionDenied for who may not record it, Refused without a reason."""
    if not may_adopt(user):
        raise PermissionDenied
    if not reason.strip():
        raise Refused(finding("site.what_if.reason", "reason"))


def adopt(
    user: User, certificate: Certificate, kind: str, by: Certificate | None, day: date, reason: str, source: str = ""
) -> Added:
    """Record that a certificate is withdrawn or superseded; a line in the log.

    Raises PermissionDenied, and Refused without a reason or where the statement cannot be kept.
    """
    before_adopting(user, reason)
    fields: dict[str, object] = {
        "kind": "superseded" if kind == "superseded" and by is not None else "withdrawn",
        "issuer": certificate.issuer, "number": certificate.number, "day": day.isoformat(),
        "known": today().isoformat(), "reason": {"zh": reason.strip()}, "source": source.strip() or user.get_username(),
    }  # fmt: skip
    if by is not None:
        fields["replaced_by"] = {"issuer": by.issuer, "number": by.number}
    added = store.store().add(statement_document(fields), f"{fields['kind']}-{plain_name(certificate.number)}.json")
    if not added.stored:
        raise Refused(*added.findings)
    told(
        "adopted", user.get_username(), added.digest, kind=fields["kind"], number=certificate.number,
        issuer=certificate.issuer, of=certificate.digest, by=by.number if by is not None else "", reason=reason.strip(),
    )  # fmt: skip
    document.current()
    return added
