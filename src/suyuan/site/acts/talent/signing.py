"""Who signs a certificate is asked for: those whom it names, and who issues it on the site, each on the day of issue.

Where the laboratory keeps a competence register and somebody is not authorised, issuing needs a reason: it then stands
as a deviation in the log and on the certificate's page. Where no register is kept nobody can say, and that is told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from suyuan.capability.taxonomy import plain
from suyuan.certificate.certificate import Certificate, Text
from suyuan.quantity.finding import Finding, from_json
from suyuan.site.acts import service
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.matters.matter import name_of
from suyuan.site.records.log import Log
from suyuan.talent.joined import Records
from suyuan.talent.signing import DONE_BY
from suyuan.verbs.people.standing import check_signing, records_on


def against(user: User | None, certificate: Certificate, day: date) -> tuple[Finding, ...]:
    """What stands against the signing of a certificate on a day: errors where somebody is not authorised, warnings
    where not enough is stated, one note where the laboratory keeps no register, () where nothing does.

    user: who issues it on the site, None where nobody does yet.
    """
    known = service.now_known()
    records, laboratory = records_on(known), {"": certificate.issuer}
    found = check_signing(known, certificate, day)
    if not records.kept_by(laboratory):
        return tuple(replace(item, severity="note") for item in found if item.code == "talent.sign.no_register")[:1]
    word = _signs_as(user, records, laboratory) if user is not None else ""
    if word and not _named(word, certificate, records, laboratory):
        found += check_signing(known, certificate, day, (word,))
    return tuple(dict.fromkeys(found))


def _signs_as(user: User, records: Records, laboratory: Text) -> str:
    """How the register knows who issues: by the account, else by the name; the account where it does not."""
    words = (name_of(user), getattr(user, "last_name", ""), getattr(user, "first_name", ""))
    return next((w for w in words if w and records.named(w, laboratory) is not None), words[0])


def _named(word: str, certificate: Certificate, records: Records, laboratory: Text) -> bool:
    """Whether the certificate names the same person as the one who signs: then he was asked for already."""
    person = records.named(word, laboratory) or word
    signers = [name for name, role in certificate.persons if DONE_BY.get(plain(role)) == "sign"]
    return any((records.named(name, laboratory) or name) == person for name in signers)


@dataclass(frozen=True)
class Signed:
    """One issue of a certificate on this site. account; reason: why it was issued all the same; deviations: what stood
    against it, () where nothing did."""

    time: datetime
    account: str
    reason: str
    deviations: tuple[Finding, ...]


def history(digest: str) -> tuple[Signed, ...]:
    """What the log says of the issue of a certificate, the first first."""
    rows = Log.objects.filter(digest=digest, act="issued").order_by("time", "id")
    return tuple(Signed(row.time, row.user, str(row.note.get("reason", "")), _findings(row.note)) for row in rows)


def _findings(note: dict[str, Any]) -> tuple[Finding, ...]:
    return tuple(from_json(item) for item in note.get("signing") or () if isinstance(item, dict))
