"""The day that a page is asked for: the one reading of `?day=`, and what is said where no page can be given of it.

A day is written 2026-03-12. One that is none, that lies too far ahead, or before anything was known is never taken for
today: the page says what is wrong, with status 400. Something that was not known yet on a past day is said with status
404 and the day since which it is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from django.http import Http404

from suyuan.quantity.finding import Finding, finding
from suyuan.site.acts import clock, store
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.snapshot import Documents, Snapshot

FAR = 366 * 30
"""Days ahead for which pages answer that look forward (what ends, who may sign then)."""
_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SPOKEN = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]", re.ASCII)


def as_written(text: str) -> str:
    """A day as pages print it, in the one form in which days are kept; any other text as it is.

    >>> as_written("2027年3月1日"), as_written("2027 年 3 月 1 日"), as_written("2027-3-1")
    ('2027-03-01', '2027-03-01', '2027-3-1')
    """
    found = _SPOKEN.fullmatch(text.strip())
    return text if found is None else f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}"


class NoDay(Exception):
    """A day for which nothing can be shown. told: what is wrong with it; status: of the answer."""

    status = 400

    def __init__(self, told: Finding, first: date | None = None) -> None:
        super().__init__(told.code)
        self.told, self.first = told, first


class NotThen(NoDay, Http404):
    """Something that was not known yet on a past day. first: since when it is known."""

    status = 404


def day_of(text: str, ahead: int = 0) -> date | None:
    """The day that somebody asks for; None for today. ahead: days after today that can be answered.

    Raises NoDay for what is no day, and for one of which nothing is known.
    """
    text = as_written(text).strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if _WRITTEN.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise NoDay(finding("site.day.none", "day", given=text.replace("\x00", "")[:40]))
    today = clock.today()
    if day > today + timedelta(days=ahead):
        last = today + timedelta(days=ahead)
        raise NoDay(finding("site.day.ahead", "day", given=day, today=today, last=last))
    if day < today and day < (first := first_day() or today):
        raise NoDay(finding("site.day.before", "day", given=day, first=first), first)
    return None if day == today else day


def today_only(text: str) -> None:
    """For a page that answers of today alone: raises NoDay for every other day."""
    day = day_of(text)
    if day is not None:
        raise NoDay(finding("site.day.today_only", "day", given=day, today=clock.today()))


_first: list[tuple[Evidence, Documents, date | None]] = []


def first_day() -> date | None:
    """The first day of which anything is known; None where nothing is. Worked out anew when something is added."""
    evidence, documents = store.evidence(), store.store().service()
    for kept_evidence, kept_documents, day in _first:
        if kept_evidence is evidence and kept_documents is documents:
            return day
    made = min(_days(evidence, documents), default=None)
    _first[:] = [(evidence, documents, made)]
    return made


def _days(evidence: Evidence, documents: Documents) -> Iterator[date]:
    for certificate in evidence.certificates:
        if (known := certificate.issued or certificate.ended) is not None:
            yield known
    yield from (statement.known for statement in evidence.statements)
    yield from (result.day for result in evidence.results)
    yield from (outcome.measured for outcome in evidence.outcomes)
    yield from (register.day for register in documents.registers)
    yield from (matter.events[0].time.date() for matter in documents.matters if matter.events)


def since(known: Snapshot, kind: str, owner: str, id: str) -> date | None:
    """The day of the first register by which an organisation («» for any) delivered a row; None where none
    ever did."""

    def made() -> Mapping[tuple[str, str], date]:
        found: dict[tuple[str, str], date] = {}
        for register in known.documents.registers:
            for row in register.rows.get(kind, ()):
                for name in _names(register.owner, row):
                    key = (name, row.id)
                    found[key] = min(found.get(key, register.day), register.day)
        return found

    return known.once(f"first days of {kind}", made).get((owner, id))


def _names(owner: str, row: Any) -> Iterable[str]:
    key = getattr(row, "key", None)
    return {owner, key[0], ""} if isinstance(key, tuple) else {owner, ""}


def missing(known: Snapshot, kind: str, owner: str, id: str) -> Http404:
    """The answer where a row is not there on a day: that it was not known yet, or was taken out; plain 404 where nobody
    ever delivered it."""
    first = since(known, kind, owner, id)
    if first is None or known.day == clock.today():
        return Http404()
    if first <= known.day:
        return NotThen(finding("site.day.gone", "day", named=id, day=known.day, first=first), first)
    return NotThen(finding("site.day.not_yet", "day", named=id, day=known.day, first=first), first)
