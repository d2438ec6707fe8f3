"""Grants: who may use which part of a dataset, for what, until when, and how much of it is shown.

The sharing ladder, least first: metadata, statistics with u, masked or rounded rows, rows, live. A grant is never
changed: it ends, or it is revoked by a document of its own, with time and reason.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, cast

from suyuan.quantity.archive.archive import Disclosure
from suyuan.quantity.archive.disclosure import DISCLOSURES
from suyuan.quantity.fields import Fields, canonical, open_document
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.series.dataset.moment import moment_in, text_of
from suyuan.series.dataset.version import DatasetVersion
from suyuan.series.resolution import decimal

GRANT, REVOCATION = "grant", "revocation"
LADDER = ("metadata", "statistics", "rounded", "rows", "live")
COLUMNS = ("value", "u", "flag", "certificate")
MASKS = ("time_hour", "time_day", "instrument")
"""What may be hidden in rows: times by the hour or day, names of certificates and so of instruments."""
PERIODS = ("hour", "day", "span")
LEAST = 5
"""Readings that a statistic must rest on where the grant says no number: own proposal, official nowhere."""
_NAME = re.compile(r"[\w][\w.\-]{0,99}")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a grantee may do with a dataset.

    dataset: id; version: of it, «» for each; purpose: words of which one must be named at every use; begin, end: µs,
    begin ≤ now < end, end None where it has none; ladder: the highest step; streams: ids, () for all; first, last: µs,
    span of the readings; columns: of `COLUMNS`; step: rounding is not finer than this, in the unit of each stream,
    None: a step below u; masks: of `MASKS`; least: readings that a statistic rests on; period: of statistics, «span»
    for one over all; zone: of the days of statistics, «» for UTC; complete: share of the expected readings that a
    statistic rests on, None for the usual one, 0 for any; disclosure: of influences in statistics; request: number of
    the matter that approved it.
    """

    id: str
    dataset: str
    grantee: str
    purpose: tuple[str, ...]
    begin: int
    end: int | None = None
    version: str = ""
    licence: str = ""
    ladder: str = "statistics"
    streams: tuple[str, ...] = ()
    first: int | None = None
    last: int | None = None
    columns: tuple[str, ...] = ("value", "u")
    step: Decimal | None = None
    masks: tuple[str, ...] = ()
    least: int = LEAST
    period: str = "day"
    disclosure: Disclosure = "grouped"
    issued: int = 0
    by: str = ""
    request: str = ""
    conditions: str = ""
    digest: str = ""
    zone: str = ""
    complete: float | None = None


@dataclass(frozen=True, slots=True)
class Revocation:
    """That a grant no longer holds. time: µs, from when; reason; by: who."""

    grant: str
    time: int
    reason: str
    by: str = ""


def _wrong(grant: Grant) -> Iterable[Finding]:
    if _NAME.fullmatch(grant.id) is None:
        yield finding("sharing.dataset.name", "id", given=grant.id[:60])
    for key in ("dataset", "grantee", "purpose"):
        if not getattr(grant, key):
            yield finding("typed.field.missing", key, field=key)
    if grant.end is not None and grant.end <= grant.begin:
        yield finding("sharing.grant.period", grant.id, begin=text_of(grant.begin), end=text_of(grant.end))
    for key, given, allowed in (
        ("ladder", (grant.ladder,), LADDER), ("columns", grant.columns, COLUMNS), ("masks", grant.masks, MASKS),
        ("period", (grant.period,), PERIODS), ("disclosure", (grant.disclosure,), DISCLOSURES),
    ):  # fmt: skip
        for word in given:
            if word not in allowed:
                yield finding("sharing.grant.word", key, given=word[:40], allowed=", ".join(allowed))
    if grant.least < 2:
        yield finding("sharing.grant.least", grant.id, least=grant.least)
    if grant.complete is not None and not 0.0 <= grant.complete <= 1.0:
        yield finding("sharing.grant.complete", grant.id, given=f"{grant.complete:g}")


def made(grant: Grant) -> Grant:
    """The grant with the digest of its document. Raises Refused with all that is wrong with it."""
    found = tuple(_wrong(grant))
    if found:
        raise Refused(*found)
    return replace(grant, digest=hashlib.sha256(grant_document(grant)).hexdigest())


# ---------------------------------------------------------------- documents


def grant_fields(grant: Grant) -> dict[str, Any]:
    """The fields of a grant's document."""
    return {
        "suyuan": GRANT, "id": grant.id, "dataset": grant.dataset, "version": grant.version, "grantee": grant.grantee,
        "purpose": list(grant.purpose), "licence": grant.licence, "begin": text_of(grant.begin),
        "end": text_of(grant.end), "ladder": grant.ladder, "streams": list(grant.streams),
        "first": text_of(grant.first), "last": text_of(grant.last), "columns": list(grant.columns),
        "step": None if grant.step is None else format(grant.step, "f"), "masks": list(grant.masks),
        "least": grant.least, "period": grant.period, "disclosure": grant.disclosure, "issued": text_of(grant.issued),
        "by": grant.by, "request": grant.request, "conditions": grant.conditions,
        **({"zone": grant.zone} if grant.zone else {}),
        **({} if grant.complete is None else {"complete": repr(float(grant.complete))}),
    }  # fmt: skip


def grant_document(grant: Grant) -> bytes:
    """A grant as its canonical document."""
    return canonical(grant_fields(grant))


def _words(row: Fields, key: str) -> tuple[str, ...]:
    row.asked.add(key)
    given = row.content.get(key, [])
    if not isinstance(given, list) or not all(isinstance(word, str) for word in given):
        row.report("typed.field.type", key, field=key, expected_zh="文字的列表", expected_en="list of texts")
        return ()
    return tuple(given)


def read_grant(document: bytes) -> tuple[Grant | None, tuple[Finding, ...]]:
    """The grant of a document, or None with what is wrong with it."""
    root, found = open_document(document, GRANT)
    return (None, tuple(found)) if root is None else grant_of(root)


def grant_of(root: Fields) -> tuple[Grant | None, tuple[Finding, ...]]:
    """The grant that fields describe, or None with what is wrong with it."""
    found = root.found
    root.asked.add("suyuan")
    texts = {key: root.text(key) for key in ("version", "licence", "by", "request", "conditions", "zone")}
    names = {key: root.text(key, required=True) for key in ("id", "dataset", "grantee")}
    lists = {key: _words(root, key) for key in ("purpose", "streams", "columns", "masks")}
    times = {key: moment_in(root, key, key == "begin") for key in ("begin", "end", "first", "last", "issued")}
    ladder, period = root.choice("ladder", LADDER), root.choice("period", PERIODS, "day")
    disclosure, least = root.choice("disclosure", DISCLOSURES, "grouped"), root.whole("least")
    text, step, complete = root.text("step"), None, root.number("complete")
    if text:
        try:
            step = decimal(text, root.where("step"))
        except Refused as refused:
            found.extend(refused.findings)
    root.close()
    if errors(found) or times["begin"] is None:
        return None, tuple(found)
    grant = Grant(
        **names, purpose=lists["purpose"], begin=times["begin"], end=times["end"], ladder=ladder,
        streams=lists["streams"], first=times["first"], last=times["last"], columns=lists["columns"], step=step,
        masks=lists["masks"], least=LEAST if least is None else least, period=period,
        disclosure=cast(Disclosure, disclosure), issued=times["issued"] or 0,
        complete=None if complete is None else complete.value, **texts,
    )  # fmt: skip
    wrong = tuple(_wrong(grant))
    return (None if wrong else made(grant)), (*found, *wrong)


def revocation_document(revocation: Revocation) -> bytes:
    """A revocation as its canonical document."""
    return canonical({
        "suyuan": REVOCATION, "grant": revocation.grant, "time": text_of(revocation.time),
        "reason": revocation.reason, "by": revocation.by,
    })  # fmt: skip


def read_revocation(document: bytes) -> tuple[Revocation | None, tuple[Finding, ...]]:
    """The revocation of a document, or None with what is wrong with it."""
    root, found = open_document(document, REVOCATION)
    return (None, tuple(found)) if root is None else revocation_of(root)


def revocation_of(root: Fields) -> tuple[Revocation | None, tuple[Finding, ...]]:
    """The revocation that fields describe, or None with what is wrong with it."""
    root.asked.add("suyuan")
    grant, reason = root.text("grant", required=True), root.text("reason", required=True)
    time, by = moment_in(root, "time", required=True), root.text("by")
    root.close()
    if errors(root.found) or time is None:
        return None, tuple(root.found)
    return Revocation(grant, time, reason, by), tuple(root.found)


# ---------------------------------------------------------------- permission


@dataclass(frozen=True, slots=True)
class Asked:
    """A use that somebody asks for. streams: () for all granted; first, last: µs, None for all granted; columns: () for
    all granted; ladder: step, «» for the granted one."""

    grantee: str
    purpose: str
    streams: tuple[str, ...] = ()
    first: int | None = None
    last: int | None = None
    columns: tuple[str, ...] = ()
    ladder: str = ""


@dataclass(frozen=True, slots=True)
class Permission:
    """A use that is allowed: what of it, as far as both grant and question reach."""

    grant: Grant
    dataset: DatasetVersion
    purpose: str
    streams: tuple[str, ...]
    first: int | None
    last: int | None
    columns: tuple[str, ...]
    ladder: str


def permitted(
    grant: Grant, revoked: Iterable[Revocation], dataset: DatasetVersion, asked: Asked, now: int
) -> Permission | tuple[Finding, ...]:
    """Whether a use is allowed: the permission, or every reason against it.

    revoked: revocations that are known, of any grant; now: µs.
    """
    against = [*_standing(grant, revoked, now), *_beyond(grant, dataset, asked)]
    if against:
        return tuple(against)
    every = tuple(p.stream.id for p in dataset.parts)
    granted = grant.streams or every
    ladder = asked.ladder or grant.ladder
    return Permission(
        grant, dataset, asked.purpose, tuple(s for s in every if s in granted and s in (asked.streams or granted)),
        _later(grant.first, asked.first), _earlier(grant.last, asked.last), asked.columns or grant.columns, ladder,
    )  # fmt: skip


def allowed(grant: Grant, revoked: Iterable[Revocation], dataset: DatasetVersion, asked: Asked, now: int) -> Permission:
    """The permission. Raises Refused with every reason against it."""
    found = permitted(grant, revoked, dataset, asked, now)
    if not isinstance(found, Permission):
        raise Refused(*found)
    return found


def _standing(grant: Grant, revoked: Iterable[Revocation], now: int) -> Iterable[Finding]:
    """What is against a grant whatever is asked."""
    for one in revoked:
        if one.grant == grant.id and one.time <= now:
            yield finding("sharing.grant.revoked", grant.id, time=text_of(one.time), reason=one.reason)
    if now < grant.begin:
        yield finding("sharing.grant.early", grant.id, begin=text_of(grant.begin), now=text_of(now))
    if grant.end is not None and now >= grant.end:
        yield finding("sharing.grant.over", grant.id, end=text_of(grant.end), now=text_of(now))


def still_standing(grant: Grant, revoked: Iterable[Revocation], now: int) -> tuple[Finding, ...]:
    """What is against any further use of a grant, also of what it gave before; () where nothing is."""
    return tuple(_standing(grant, revoked, now))


def _beyond(grant: Grant, dataset: DatasetVersion, asked: Asked) -> Iterable[Finding]:
    """Where a question goes beyond a grant."""
    if grant.dataset != dataset.head.id or grant.version not in ("", dataset.head.version):
        granted = f"{grant.dataset}@{grant.version or '*'}"
        yield finding("sharing.grant.dataset", grant.id, granted=granted, asked=dataset.name)
    if asked.grantee != grant.grantee:
        yield finding("sharing.grant.grantee", grant.id, granted=grant.grantee, asked=asked.grantee or "—")
    if asked.purpose not in grant.purpose:
        purposes = ", ".join(grant.purpose)
        yield finding("sharing.grant.purpose", grant.id, granted=purposes, asked=asked.purpose or "—")
    if asked.ladder and asked.ladder not in LADDER:
        yield finding("sharing.grant.word", "ladder", given=asked.ladder[:40], allowed=", ".join(LADDER))
    elif asked.ladder and LADDER.index(asked.ladder) > LADDER.index(grant.ladder):
        yield finding("sharing.grant.ladder", grant.id, granted=grant.ladder, asked=asked.ladder)
    for word in asked.columns:
        if word not in grant.columns:
            yield finding("sharing.grant.column", grant.id, granted=", ".join(grant.columns) or "—", asked=word[:40])
    there = {p.stream.id for p in dataset.parts}
    for stream in asked.streams:
        if stream not in there or (grant.streams and stream not in grant.streams):
            yield finding("sharing.grant.stream", grant.id, asked=stream[:60])
    early = asked.first is not None and grant.first is not None and asked.first < grant.first
    late = asked.last is not None and grant.last is not None and asked.last > grant.last
    if early or late:
        first, last = text_of(grant.first) or "—", text_of(grant.last) or "—"
        yield finding("sharing.grant.span", grant.id, first=first, last=last)


def _later(a: int | None, b: int | None) -> int | None:
    return max((x for x in (a, b) if x is not None), default=None)


def _earlier(a: int | None, b: int | None) -> int | None:
    return min((x for x in (a, b) if x is not None), default=None)


def listed_for(grants: Mapping[str, Grant], grantee: str) -> tuple[Grant, ...]:
    """The grants of one grantee, by id."""
    return tuple(sorted((g for g in grants.values() if g.grantee == grantee), key=lambda g: g.id))
