"""Issue: an evaluated case becomes a certificate, after its chain has been looked at; and is kept.

A break in the chain, or a person who is not authorised for it, does not forbid issuing, but somebody has to say why in
writing, and the log keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied

from suyuan.certificate.certificate import Certificate, Identification, Item, Text
from suyuan.certificate.dcc_read import read
from suyuan.certificate.ladder import Ladder
from suyuan.quantity.archive.archive import Disclosure
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.site.acts import store
from suyuan.site.acts.evaluating.evaluate import ISSUE, User, may
from suyuan.site.acts.evidence import document as rows
from suyuan.site.acts.log import told
from suyuan.site.acts.talent import signing
from suyuan.store.folder import Added, plain_name
from suyuan.traceability.chain import Chain
from suyuan.verbs.check import check
from suyuan.verbs.evaluate import Evaluation, evaluate
from suyuan.verbs.issue import Particulars
from suyuan.verbs.issue import issue as written
from suyuan.verbs.trace import chain_of

DISCLOSURES: tuple[Disclosure, ...] = ("full", "grouped", "opaque")
REQUIRED = ("issuer", "number", "item", "serial", "customer", "calibrated_by", "approved_by", "ended", "issued")
FIELDS = (
    *REQUIRED, "item_en", "manufacturer", "model", "received", "began", "valid_until", "address", "method", "method_en",
    "norms", "disclosure", "remark", "reason",
)  # fmt: skip
DAYS = ("ended", "issued", "received", "began", "valid_until")


@dataclass(frozen=True)
class Ahead:
    """A certificate that is not issued yet: its bytes, what a reader will find, its ladder and its chain; signing: what
    stands against those who calibrated and approve it, where the laboratory keeps a competence register."""

    data: bytes
    certificate: Certificate
    ladder: Ladder
    chain: Chain
    findings: tuple[Finding, ...]
    signing: tuple[Finding, ...] = ()

    @property
    def deviations(self) -> tuple[Finding, ...]:
        """Why those who sign may not: issuing all the same is a deviation and needs a reason."""
        return errors(self.signing)

    @property
    def breaks(self) -> tuple[Finding, ...]:
        """What breaks the chain: issuing needs a reason for it."""
        return tuple(b.finding for b in self.chain.breaks if b.severity == "error")


def particulars(given: Mapping[str, str]) -> Particulars:
    """The particulars that a form states. Raises Refused with everything that is missing or wrong."""
    text = {name: given.get(name, "").strip()[:2000] for name in FIELDS}
    found = [
        finding("site.issue.missing", name)
        for name in REQUIRED
        if not (text[name] or (name == "item" and text["item_en"]))
    ]
    days: dict[str, date | None] = {}
    for name in DAYS:
        try:
            days[name] = date.fromisoformat(text[name]) if text[name] else None
        except ValueError:
            days[name] = None
            found.append(finding("site.issue.day", name, given=text[name][:40]))
    found += _order(days)
    if errors(found):
        raise Refused(*found)
    ended, issued = days["ended"], days["issued"]
    assert ended is not None and issued is not None
    return Particulars(
        issuer=text["issuer"], number=text["number"], item=_item(text), ended=ended, issued=issued,
        began=days["began"], received=days["received"], valid_until=days["valid_until"],
        issuer_address=text["address"], customer=text["customer"], persons=_persons(text),
        method=_both(text["method"], text["method_en"]), norms=tuple(filter(None, text["norms"].split("；"))),
        remarks=(_both(text["remark"], ""),) if text["remark"] else (),
        disclosure=next((d for d in DISCLOSURES if d == text["disclosure"]), "full"),
    )  # fmt: skip


def _order(days: Mapping[str, date | None]) -> list[Finding]:
    """Days in the order in which they happen."""
    found = []
    for first, then in (("received", "ended"), ("began", "ended"), ("ended", "issued"), ("ended", "valid_until")):
        a, b = days.get(first), days.get(then)
        if a is not None and b is not None and a > b:
            found.append(finding("site.issue.order", then, first=a, then=b))
    return found


def _item(text: Mapping[str, str]) -> Item:
    serial = Identification("manufacturer", text["serial"], {"zh": "出厂编号", "en": "Serial no."})
    return Item(_both(text["item"], text["item_en"]), text["manufacturer"], text["model"], (serial,))


def _both(zh: str, en: str) -> Text:
    return {k: v for k, v in (("zh", zh), ("en", en)) if v}


def _persons(text: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return ((text["calibrated_by"], "calibrated"), (text["approved_by"], "approved"))


def ahead(case: Mapping[str, Any], stated: Particulars, user: User | None = None) -> Ahead:
    """Evaluate, write, read again and check: exactly what the next laboratory will see. Nothing is kept.

    user: who is to issue it; whoever signs must be authorised.
    Raises Refused where it cannot be evaluated or written, or where the number is taken.
    """
    evidence = store.evidence()
    taken = evidence.by_key.get((stated.issuer, stated.number), ())
    if taken:
        raise Refused(finding("site.issue.number_used", "number", issuer=stated.issuer, number=stated.number))
    made: Evaluation = evaluate(case, evidence)
    if errors(made.findings):
        raise Refused(*errors(made.findings))
    if not stated.method:
        stated = replace(stated, method={"zh": "由测量模型评定", "en": "evaluated by a measurement model"})
    data = written(made, stated, evidence)
    certificate, found = read(data)
    if certificate is None or errors(found):
        raise Refused(*(errors(found) or (finding("site.issue.unreadable", stated.number),)))
    known = replace(evidence, certificates=(*evidence.certificates, certificate))
    chain = chain_of(known, certificate.digest)
    ladder = check(data, store.store().schemas(), evidence)
    against = signing.against(user, certificate, stated.issued)
    return Ahead(data, certificate, ladder, chain, tuple(dict.fromkeys((*made.findings, *found))), against)


def issue(user: User, case: Mapping[str, Any], given: Mapping[str, str]) -> Added:
    """Issue and keep the certificate; a line in the log, with the reason where its chain is broken.

    Raises PermissionDenied, and Refused with what is missing; then nothing is kept.
    """
    if not may(user, ISSUE):
        raise PermissionDenied
    stated = particulars(given)
    made = ahead(case, stated, user)
    reason = given.get("reason", "").strip()[:2000]
    if made.breaks and not reason:
        raise Refused(finding("site.issue.reason", "reason", count=len(made.breaks)), *made.breaks)
    if made.deviations and not reason:
        raise Refused(finding("site.issue.deviation", "reason"), *made.deviations)
    added = store.store().add(made.data, f"{plain_name(stated.number)}.xml")
    if not added.stored:
        raise Refused(*added.findings)
    told(
        "issued", user.get_username(), added.digest, issuer=stated.issuer, number=stated.number,
        reason=reason if made.breaks or made.deviations else "", breaks=[f.code for f in made.breaks] or None,
        deviations=[f.code for f in made.deviations] or None,
        signing=[f.to_json() for f in made.deviations] or None,
    )  # fmt: skip
    rows.current()
    return added
