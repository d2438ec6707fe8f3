"""Declare where chains end: a certificate needs no parent because the laboratory says so, and from what source."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied

from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.site.acts import store
from suyuan.site.acts.evidence import document
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.log import told
from suyuan.store.folder import Added, plain_name
from suyuan.traceability.anchor import anchor_document, read_anchor
from suyuan.traceability.evidence import Anchor, Key
from suyuan.traceability.resolve import latest

DECLARE = "records.declare"
FIELDS = ("kind", "name_zh", "name_en", "source", "scheme", "level", "valid_until")
_LONGEST = 2000


def may_declare(user: User) -> bool:
    """Whether somebody may declare anchors."""
    return bool(getattr(user, "has_perm", lambda _: False)(DECLARE))


def declared(key: Key) -> Anchor | None:
    """The declaration that holds for an issuer and number, if there is one."""
    return latest([a for a in store.evidence().anchors if (a.issuer, a.number) == key])


def read_form(key: Key, given: Mapping[str, str], by: str) -> tuple[bytes, Anchor, tuple[Finding, ...]]:
    """The document that a form declares, with remarks that do not stop it. Raises Refused with what is wrong.

    key: issuer and number of the certificate; given: `FIELDS` as typed; by: who declares it.
    """
    text = {name: given.get(name, "").strip()[:_LONGEST] for name in FIELDS}
    fields = {name: text[name] for name in ("kind", "source", "scheme", "level", "valid_until") if text[name]}
    name = {lang: text[f"name_{lang}"] for lang in ("zh", "en") if text[f"name_{lang}"]}
    issuer, number = key
    data = anchor_document({**fields, "name": name, "issuer": issuer, "number": number, "declared_by": by})
    anchor, found = read_anchor(data)
    if anchor is None:
        raise Refused(*found)
    held = declared(key)
    if held is not None and held.digest != anchor.digest and latest((held, anchor)) is held:
        # Of several declarations the one that ends last holds: this one would be kept and change nothing.
        until = held.valid_until.isoformat() if held.valid_until is not None else "—"
        raise Refused(finding("site.anchor.held", "/valid_until", until=until))
    return data, anchor, found


def declare(user: User, key: Key, given: Mapping[str, str], by: str) -> Added:
    """Keep the declaration, with a line in the log; chains that end at this certificate are whole from then on.

    Raises PermissionDenied without the permission `records.declare`, and Refused with what is wrong; then nothing is
    kept.
    """
    if not may_declare(user):
        raise PermissionDenied
    data, anchor, _ = read_form(key, given, by)
    added = store.store().add(data, f"anchor {plain_name(anchor.number)}.json")
    if not added.stored or errors(added.findings):
        raise Refused(*added.findings)
    if added.new:
        told("declared", user.get_username(), added.digest, issuer=anchor.issuer, number=anchor.number,
             kind=anchor.kind, source=anchor.source)  # fmt: skip
    document.current()
    return added
