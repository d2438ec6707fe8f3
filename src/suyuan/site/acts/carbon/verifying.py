"""A verifier's acts: the sample that anybody can draw again, what was found in it, the hours of a monitored stack."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from django.core.exceptions import PermissionDenied

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.management.statement import document
from suyuan.carbon.management.verification import TOPICS, Engagement, Misstatement, Remark, Sampled, Statement, Topic
from suyuan.carbon.monitoring.hours.minutes import Mark, Minutes
from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.quantity import Quantity
from suyuan.series.asof import Status
from suyuan.site.acts import clock, store
from suyuan.site.acts.carbon import held, stacks
from suyuan.site.acts.carbon.withdrawn import withdrawn
from suyuan.site.acts.evaluating.numbers import number_of
from suyuan.site.acts.evidence import document as index
from suyuan.site.acts.log import told
from suyuan.verbs.carbon.engagement import in_order, standing, statement_on, superseded
from suyuan.verbs.carbon.monitored import Stacked

REMARKS = 3
"""Findings beside the sample that the form has room for."""
_GROUPED = re.compile(r"(?<=\d)[,\u00a0\u2009 ](?=\d{3}(?:\D|$))")
"""What stands between groups of three digits."""


def name_of(user: Any) -> str:
    """Under which name somebody states."""
    return str(user.get_full_name() or user.get_username())


def drafted(user: Any, claim: Claim, asked: Asked, errors: Iterable[Misstatement]) -> Statement:
    """The statement that somebody would make on a claim; nothing is kept.

    Raises PermissionDenied; Refused as `statement_on` does, and on a claim that is superseded."""
    if not held.may_verify(user):
        raise PermissionDenied
    engagement = Engagement(claim.digest, name_of(user), clock.today(), asked.scheme, asked.size, asked.seed,
                            tuple(errors), "", asked.supersedes, asked.reason, asked.remarks,
                            asked.rest_checked)  # fmt: skip
    if found := (*barred(user, claim), *_unsaid(claim, asked.remarks)):
        raise Refused(*found)
    return statement_on(claim, engagement)


def _unsaid(claim: Claim, remarks: Iterable[Remark]) -> tuple[Finding, ...]:
    """Certificates behind the claimed tonnes that were withdrawn and that no remark names: whoever reads the statement
    has to learn of them."""
    said = " ".join(remark.text for remark in remarks)
    gone = {one.evidence.number: one for one in withdrawn((claim,)) if one.counted and one.tonnes
            and one.statement.kind == "withdrawn"}  # fmt: skip
    return tuple(
        finding("site.carbon.withdrawn_unsaid", number, number=number, day=one.statement.day.isoformat(),
                tonnes=f"{one.tonnes:.0f}")
        for number, one in gone.items() if number not in said
    )  # fmt: skip


def barred(user: Any, claim: Claim) -> tuple[Finding, ...]:
    """Why somebody may not state on a claim: it is superseded, or one made it or is of its enterprise, and
    verification is another's."""
    digest, found = claim.digest[:12], [*superseded(claim.digest, held.all_claims())]
    if held.maker(claim.digest) == user.get_username():
        found.append(finding("site.carbon.own_claim", digest))
    elif claim.enterprise in held.own(user):
        found.append(finding("site.carbon.own_enterprise", digest, enterprise=claim.enterprise[:120]))
    return tuple(found)


def keep(user: Any, made: Statement) -> str:
    """Keep a statement as a document, a line in the log; its digest.

    Raises PermissionDenied; Refused where one of the same verifier stands on the claim and is not superseded.
    """
    if not held.may_verify(user):
        raise PermissionDenied
    data = document(made)
    digest = hashlib.sha256(data).hexdigest()
    known = held.statements(user)
    if any(one.digest == digest for one in known):
        return digest  # the very same statement, once more
    every = held.all_claims()
    for claim in (one for one in every if one.digest == made.engagement.claim):
        if found := barred(user, claim):
            raise Refused(*found)
    in_order(made, known, every)
    added = store.store().add(data, f"statement-{made.unit}-{made.year}.json")
    if not added.stored:
        raise Refused(*added.findings)
    told("verified", user.get_username(), digest, number=made.number, issuer=made.enterprise,
         opinion=made.opined.opinion)  # fmt: skip
    index.current()
    return digest


def mine(user: Any, claim: Claim) -> Statement | None:
    """The standing statement of somebody on a claim."""
    found = [one for one in standing(held.statements_on(claim.digest)) if one.issuer == name_of(user)]
    return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class Asked:
    """What sample, and what is material; which statement of one's own is superseded, and why; what was found beside the
    sample, and whether all items without an entry were looked at and agree."""

    scheme: str
    size: int
    seed: int
    supersedes: str = ""
    reason: str = ""
    remarks: tuple[Remark, ...] = ()
    rest_checked: bool = False


# ---------------------------------------------------------------- monitored stacks


@dataclass(frozen=True, slots=True)
class Running:
    """An hour of a month. number: in the year; told: by local clocks; value: measured t/h, None where lost; legal,
    best: t, None where there is none; reason: mark that it was lost by, 0 where measured; row: that replaced it."""

    number: int
    told: str
    value: float | None
    legal: float | None
    best: float | None
    reason: int
    row: str


def hours_of(one: Stacked, month: int) -> list[Running]:
    """The running hours of a month."""
    year = one.year
    part = year.calendar.of_month(month)
    return [_running(one, at) for at in range(part.start, part.stop) if year.operating[at] > 0.0]


def _running(one: Stacked, at: int) -> Running:
    year = one.year
    row = year.rules_of_hours[int(year.rule[at])] if year.rule[at] >= 0 else ""
    return Running(at, year.calendar.told(at), _plain(year.value[at]), _plain(year.legal[at]), _plain(year.best[at]),
                   int(year.reason[at]), row)  # fmt: skip


def _plain(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A channel in an hour. certificate: that counted when it was taken, None where none did; state: of the channel's
    certificate; rows: (moment, reading as recorded, None where missing); marks: of each row, what its flags say of this
    channel, in words of marks, nothing where it was measured."""

    role: str
    column: str
    unit: str
    instrument: str
    certificate: Correction | None
    state: Status
    rows: tuple[tuple[datetime, float | None], ...]
    marks: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Hour:
    """An hour with all that it stands on. measured: t/h with its certificates, None where it is lost."""

    running: Running
    measured: Quantity | None
    readings: tuple[Reading, ...]


def hour_of(one: Stacked, number: int, enterprise: str) -> Hour:
    """An hour of a stack's year: its readings, and for each channel the certificate of the time. enterprise: of whose
    tables rows are.

    Raises Refused for a number beyond the year, and where rows can no longer be read.
    """
    year = one.year
    if not 0 <= number < len(year.calendar):
        raise Refused(finding("site.carbon.hour", "hour", given=number))
    first = int(year.calendar.begin[number])
    last = int(year.calendar.begin[number + 1]) if number + 1 < len(year.calendar) else year.calendar.end
    rows, _ = stacks.rows_of(enterprise)(one.filed, year.calendar)
    a, b = (int(x) for x in np.searchsorted(rows.time, [first, last]))
    found = []
    for role, channel in year.made.course.held.items():
        window = int(channel.windows.at(np.array([first]))[0])
        column = rows.columns[channel.channel.column][a:b]
        pairs = tuple(
            zip(map(_moment, rows.time[a:b].tolist()), map(_plain, column * channel.channel.resolution), strict=True)
        )
        found.append(Reading(
            role, channel.channel.column, channel.channel.unit, channel.channel.instrument,
            channel.windows.corrections[window], Status(int(channel.windows.status[window])), pairs,
            _marks(rows, role, slice(a, b)),
        ))  # fmt: skip
    return Hour(_running(one, number), year.hour(number), tuple(found))


def _marks(rows: Minutes, role: str, part: slice) -> tuple[tuple[str, ...], ...]:
    """What the flags of some rows say of a channel."""
    found = np.zeros(len(rows.time[part]), np.uint16)
    for one in rows.flags:
        if not one.roles or role in one.roles:
            found |= one.table[one.code[part]]
    return tuple(tuple((mark.name or "").lower() for mark in Mark if code & mark) for code in found.tolist())


def _moment(time: int) -> datetime:
    return datetime.fromtimestamp(time / 1_000_000, UTC)


def read_findings(claim: Claim, drawn: tuple[Sampled, ...], given: Mapping[str, str]) -> list[Misstatement]:
    """What was typed about each sampled item: `found-N`, `note-N`.

    Raises Refused for what is no number and for a finding without a reason, each with its field.
    """
    made, told_ = [], []
    for at, one in enumerate(drawn):
        text = given.get(f"found-{at}", "").strip()
        note = given.get(f"note-{at}", "").strip()[:400]
        if not text:
            continue
        value = number_of(_GROUPED.sub("", text))
        if value is None:
            told_.append(finding("site.carbon.tonnes", f"found-{at}", given=text[:40], name=one.part))
        elif not note and value != one.tonnes:
            told_.append(finding("site.carbon.note", f"note-{at}", part=one.part, month=one.month))
        else:
            made.append(Misstatement(one.part, one.month, value, note))
    if told_:
        raise Refused(*told_)
    return made


def read_remarks(given: Mapping[str, str]) -> tuple[Remark, ...]:
    """What was typed beside the sample: `topic-N`, `text-N`, `over-N` (tonnes that the claim has too many), `mended-N`.

    Raises Refused for tonnes that are no number, and for tonnes without a text."""
    made, wrong = [], []
    for at in range(REMARKS):
        text, over = (given.get(f"{name}-{at}", "").strip()[:400] for name in ("text", "over"))
        if not text and not over:
            continue
        value = number_of(_GROUPED.sub("", over)) if over else 0.0
        topic: Topic = next((one for one in TOPICS if one == given.get(f"topic-{at}")), "other")
        if value is None:
            wrong.append(finding("site.carbon.tonnes", f"over-{at}", given=over[:40], name=text[:40]))
        elif not text:
            wrong.append(finding("site.carbon.remark", f"text-{at}"))
        else:
            made.append(Remark(topic, text, value, f"mended-{at}" in given))
    if wrong:
        raise Refused(*wrong)
    return tuple(made)
