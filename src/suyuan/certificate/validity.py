"""Whether a certificate may be relied upon on a day of use; the day is an argument, never today.

Two times are kept apart: `day` of a statement is when it takes effect, `known` when we learned of it. A use is judged
by its own day: before a withdrawal's day the certificate was valid *then*, and yet what stands on it must be looked at
again, which is a finding. With `known_by` one asks what could be known at some time: later statements are left out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Literal, Protocol

from suyuan.certificate.certificate import Certificate
from suyuan.quantity.finding import Finding, Severity, finding

_RULE = "ISO/IEC 17025:2017, 7.8.8, 7.10"

State = Literal["valid", "expired", "not_yet", "withdrawn", "superseded", "unknown"]


class DatedStatement(Protocol):
    """What a statement about a certificate must offer; `suyuan.traceability.evidence.Statement` does."""

    @property
    def kind(self) -> Literal["withdrawn", "superseded"]: ...
    @property
    def issuer(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def day(self) -> date: ...
    @property
    def known(self) -> date: ...
    @property
    def replaced_by(self) -> tuple[str, str] | None: ...


def state(
    certificate: Certificate,
    day: date,
    statements: Iterable[DatedStatement] = (),
    known_by: date | None = None,
) -> tuple[State, tuple[Finding, ...]]:
    """The state of a certificate on a day of use, with what a person must know about it.

    The first of these that holds: withdrawn, superseded (day ≥ the statement's day), not_yet (day < end of the
    calibration, else issue), expired (day > valid until; the last day counts), unknown (no valid-until stated), valid.

    day: the day of use; statements: all statements known, about any certificate; known_by: leave out statements
    learned later.

    Returns (state, findings): a state other than valid carries its finding; valid may carry a warning that a later
    withdrawal reaches back to this use. Source: ISO/IEC 17025:2017, 7.8.8 (amendments) and 7.10 (nonconforming work).
    """
    where = f"{certificate.issuer} {certificate.number}".strip()
    about = sorted(
        (s for s in statements if _same(s, certificate) and (known_by is None or s.known <= known_by)),
        key=lambda s: (s.kind != "withdrawn", s.day),
    )
    found: list[Finding] = []
    verdict: State | None = None
    for statement in about:
        if statement.day <= day:
            if verdict is None or verdict == statement.kind:
                verdict = statement.kind
            found.append(_told(statement, "error" if statement.kind == "withdrawn" else "warning", where, day))
        elif statement.kind == "withdrawn":
            found.append(_told(statement, "warning", where, day))
    calendar, told = _calendar(certificate, day, where)
    return verdict or calendar, (*found, *told)


def _calendar(certificate: Certificate, day: date, where: str) -> tuple[State, tuple[Finding, ...]]:
    """What the printed dates alone say."""
    start = certificate.ended or certificate.issued or certificate.began
    end = certificate.valid_until
    if start is not None and day < start:
        return "not_yet", (finding("validity.not_yet", where, day=day, start=start),)
    if end is not None and day > end:
        return "expired", (finding("validity.expired", where, day=day, end=end, days=(day - end).days),)
    notes: tuple[Finding, ...] = ()
    if certificate.issued is not None and day < certificate.issued:
        notes = (finding("validity.before_issue", where, "note", day=day, issued=certificate.issued),)
    if end is None:
        return "unknown", (*notes, finding("validity.unknown", where, "warning", day=day))
    return "valid", notes


def _told(statement: DatedStatement, severity: Severity, where: str, day: date) -> Finding:
    by = " ".join(statement.replaced_by) if statement.replaced_by else "-"
    about: dict[str, object] = {"day": day, "since": statement.day, "known": statement.known, "replaced_by": by}
    if statement.day > day:
        return finding("validity.withdrawn_later", where, severity, _RULE, **about)
    if statement.kind == "withdrawn":
        return finding("validity.withdrawn", where, severity, _RULE, **about)
    return finding("validity.superseded", where, severity, _RULE, **about)


def _same(statement: DatedStatement, certificate: Certificate) -> bool:
    return _plain(statement.issuer) == _plain(certificate.issuer) and _plain(statement.number) == _plain(
        certificate.number
    )


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
