"""Acts on certificates: take files in, type one in, climb its ladder, hand out its bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied

from suyuan.certificate.certificate import Certificate
from suyuan.certificate.ladder import Ladder
from suyuan.certificate.typed import read_typed, to_document
from suyuan.quantity.finding import Finding, errors, finding
from suyuan.quantity.quantity import Quantity
from suyuan.site.acts import clock, store
from suyuan.site.acts.evidence import document
from suyuan.site.acts.log import told
from suyuan.store.folder import Added, plain_name
from suyuan.traceability.lookup import certificate_quantities
from suyuan.verbs.check import check

RECEIVE = "records.receive"
LARGEST_FILE = 32 * 2**20
"""A certificate with its figures and archive is some megabytes at most; what is larger is something else."""

User = AbstractBaseUser | AnonymousUser


class File(Protocol):
    """What is needed of an uploaded file."""

    @property
    def name(self) -> str | None: ...
    @property
    def size(self) -> int | None: ...
    def read(self) -> bytes: ...


def may_receive(user: User) -> bool:
    """Whether somebody may take certificates in."""
    return bool(getattr(user, "has_perm", lambda _: False)(RECEIVE))


def receive(user: User, files: Iterable[File]) -> tuple[Added, ...]:
    """Take files in: the good ones are kept, the others are findings; each is a line in the log.

    Raises PermissionDenied without the permission `records.receive`, Refused where the folder cannot be written.
    """
    _allow(user)
    done = [_one(file) for file in files]
    for added in done:
        if added.new:
            told("received", _name(user), added.digest, name=added.name, issuer=added.issuer, number=added.number)
        elif not added.stored:
            told("refused", _name(user), "", name=added.name, code=added.findings[0].code if added.findings else "")
    document.current()
    return tuple(done)


def _one(file: File) -> Added:
    name = plain_name(str(file.name or ""))
    size = file.size or 0
    if size > LARGEST_FILE:
        item = finding("site.file.large", name, size=_megabytes(size), limit=_megabytes(LARGEST_FILE))
        return Added(name, "", None, False, findings=(item,))
    return store.store().add(file.read(), name)


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.0f}"


@dataclass(frozen=True)
class Typed:
    """What a typed form amounts to before it is kept. quantities: by place, as an evaluation would take them."""

    document: bytes
    certificate: Certificate | None
    quantities: Mapping[str, Quantity]
    findings: tuple[Finding, ...]

    @property
    def usable(self) -> bool:
        return self.certificate is not None and not errors(self.findings)


def typed(fields: Mapping[str, Any]) -> Typed:
    """Read a typed form as the certificate that it would become; nothing is kept."""
    data = to_document(fields)
    certificate, found = read_typed(data)
    if certificate is None:
        return Typed(data, None, {}, found)
    by_place, told_of = certificate_quantities(certificate)
    same = [c for c in store.evidence().by_key.get(certificate.key, ()) if c.digest != certificate.digest]
    twice = [
        finding(
            "site.typed.exists", "/number", "warning", issuer=c.issuer, number=c.number, digest=c.digest[:12]
        )
        for c in same[:3]
    ]  # fmt: skip
    today = clock.today()
    days = {name: getattr(certificate, name) for name in ("received", "began", "ended", "issued")}
    ahead = [
        finding("site.typed.future", f"/{name}", "warning", given=day.isoformat(), today=today.isoformat())
        for name, day in days.items()
        if day is not None and day > today
    ]
    found = tuple(dict.fromkeys((*found, *told_of, *twice, *ahead)))
    return Typed(data, certificate, by_place, found)


def type_in(user: User, fields: Mapping[str, Any]) -> tuple[Typed, Added | None]:
    """Keep a typed certificate. Returns what it amounts to, and what became of it (None where it is not usable).

    Raises PermissionDenied without the permission `records.receive`.
    """
    _allow(user)
    made = typed(fields)
    if not made.usable or made.certificate is None:
        return made, None
    added = store.store().add(made.document, f"{plain_name(made.certificate.number)}.json")
    if added.new:
        told("typed", _name(user), added.digest, issuer=added.issuer, number=added.number)
    document.current()
    return made, added


def ladder(digest: str, day: date | None = None) -> Ladder:
    """The whole ladder of a stored certificate. Raises Refused where its file is lost or damaged."""
    return check(store.store().read(digest), store.store().schemas(), store.evidence(), day, store.graph())


def original(digest: str) -> bytes:
    """The bytes as they came. Raises Refused where they are lost or changed."""
    return store.store().read(digest)


def _allow(user: User) -> None:
    if not may_receive(user):
        raise PermissionDenied


def _name(user: User) -> str:
    return user.get_username()
