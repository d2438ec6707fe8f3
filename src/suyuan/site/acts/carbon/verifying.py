"""A verifier's acts: the sample that anybody can draw again, what was found in it, the hours of a monitored stack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from django.core.exceptions import PermissionDenied

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.management.verification import Misstatement, Sampled
from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.table import load
from suyuan.series.asof import Status
from suyuan.site.acts import clock
from suyuan.site.acts.carbon import held, stacks
from suyuan.site.acts.log import told
from suyuan.verbs.carbon.engagement import Engagement, Verified, statement_on
from suyuan.verbs.carbon.monitored import Stacked


def schemes() -> tuple[str, ...]:
    """The schemes that say what is material."""
    return tuple(dict.fromkeys(str(row["scheme"]) for row in load("suyuan.carbon", "management.materiality")))


def state_on(user: Any, claim: Claim, asked: Asked, errors: Iterable[Misstatement]) -> Verified:
    """The statement of somebody on a claim; a line in the log. Raises PermissionDenied, Refused."""
    if not held.may_verify(user):
        raise PermissionDenied
    name = user.get_full_name() or user.get_username()
    engagement = Engagement(claim.digest, name, clock.today(), asked.scheme, asked.size, asked.seed, tuple(errors))
    made = statement_on(claim, engagement)
    told("verified", user.get_username(), claim.digest, number=claim.number, issuer=claim.enterprise,
         opinion=made.statement.opinion)  # fmt: skip
    return made


@dataclass(frozen=True, slots=True)
class Asked:
    """What sample, and what is material."""

    scheme: str
    size: int
    seed: int


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
    certificate; rows: (moment, reading as recorded, None where missing)."""

    role: str
    column: str
    unit: str
    instrument: str
    certificate: Correction | None
    state: Status
    rows: tuple[tuple[datetime, float | None], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Hour:
    """An hour with all that it stands on. measured: t/h with its certificates, None where it is lost."""

    running: Running
    measured: Quantity | None
    readings: tuple[Reading, ...]


def hour_of(one: Stacked, number: int) -> Hour:
    """An hour of a stack's year: its readings, and for each channel the certificate of the time.

    Raises Refused for a number beyond the year, and where rows can no longer be read.
    """
    year = one.year
    if not 0 <= number < len(year.calendar):
        raise Refused(finding("site.carbon.hour", "hour", given=number))
    first = int(year.calendar.begin[number])
    last = int(year.calendar.begin[number + 1]) if number + 1 < len(year.calendar) else year.calendar.end
    rows, _ = stacks.rows_of(one.filed, year.calendar)
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
        ))  # fmt: skip
    return Hour(_running(one, number), year.hour(number), tuple(found))


def _moment(time: int) -> datetime:
    return datetime.fromtimestamp(time / 1_000_000, UTC)


def read_findings(claim: Claim, drawn: tuple[Sampled, ...], given: Mapping[str, str]) -> list[Misstatement]:
    """What was typed about each sampled item: `found-N`, `note-N`, `corrected-N`.

    Raises Refused for what is no number and for a finding without a reason, each with its field.
    """
    made, told_ = [], []
    for at, one in enumerate(drawn):
        text = given.get(f"found-{at}", "").strip()
        note = given.get(f"note-{at}", "").strip()[:400]
        if not text:
            continue
        try:
            value = float(text.replace("−", "-").replace(" ", ""))
        except ValueError:
            value = np.nan
        if not (np.isfinite(value) and value >= 0.0):
            told_.append(finding("site.carbon.number", f"found-{at}", given=text[:40], name=one.part, least=0))
        elif not note:
            told_.append(finding("site.carbon.note", f"note-{at}", part=one.part, month=one.month))
        else:
            made.append(Misstatement(one.part, one.month, value, note, f"corrected-{at}" in given))
    if told_:
        raise Refused(*told_)
    return made
