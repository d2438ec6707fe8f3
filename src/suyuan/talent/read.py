"""Rows of registers about persons: who they are, what can be mastered, what it asks for, what was shown and granted.

    {"id": "A-7", "person": "P-3", "unit": "U-length", "granted": "2026-01-05", "valid_until": "2028-01-04",
     "by": "…", "basis": ["E-12"]}

An interval is {"low": "0.5", "high": "100", "unit": "mm"}; an end that is left out is open. What cannot be right is
told with its place and keeps its row out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any, cast

from suyuan.capability.interval import Interval
from suyuan.procedure.register import Context
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, Refused, errors
from suyuan.quantity.table import STATUSES
from suyuan.quantity.unit import Unit, parse_unit
from suyuan.talent.records import (
    ACTIVITIES,
    EVIDENCE_KINDS,
    HAPPENINGS,
    LEVELS,
    Activity,
    Authorisation,
    AuthorisationEvent,
    CompetenceUnit,
    EvidenceItem,
    EvidenceKind,
    Happening,
    Level,
    Person,
    Requirement,
)

_SHA256 = re.compile(r"[0-9a-f]{64}")
_EDITION = re.compile(r"(.*?\d.*?)\s*[-—–:：]\s*((?:19|20)\d{2})")
MOST_MONTHS = 1200
"""A hundred years: what is asked for longer than that is asked for ever (0)."""
MEASURES = ("count", "sum", "latest")


@lru_cache(maxsize=65536)
def split_method(text: str) -> tuple[str, str]:
    """Number and edition of a specification.

    >>> split_method("JJG 146-2011"), split_method("ISO 3650:1998"), split_method("in-house 7")
    (('JJG 146', '2011'), ('ISO 3650', '1998'), ('in-house 7', ''))
    """
    text = " ".join(text.split())
    match = _EDITION.fullmatch(text)
    return (match[1], match[2]) if match else (text, "")


def person(row: Fields, context: Context) -> Person | None:
    """A person of an organisation; where the row names none, of the one whose register it is."""
    before = len(row.found)
    value = Person(
        row.text("id", required=True),
        row.names("name", required=True),
        row.names("organisation") or context.organisation,
        row.text("account"),
        row.names("title"),
        row.names("branch"),
        truth(row, "leader"),
        row.day("employed_from"),
        row.day("employed_until"),
        truth(row, "demo") or context.demo,
    )
    in_order(row, ("employed_from", value.employed_from), ("employed_until", value.employed_until))
    return value if usable(row, before) else None


def competence_unit(row: Fields, _: Context) -> CompetenceUnit | None:
    """What can be mastered. An edition that stands behind the number of the method is taken apart from it."""
    before = len(row.found)
    method, edition = split_method(row.text("method"))
    value = CompetenceUnit(
        row.text("id", required=True),
        row.names("title", required=True),
        cast("Activity", row.choice("activity", ACTIVITIES)),
        row.text("quantity", required=True),
        row.text("item"),
        method,
        row.text("edition") or edition,
        interval(row, "interval"),
        row.text("site"),
        cast("Level", row.choice("level", LEVELS, "independent")),
    )
    if edition and value.edition != edition:
        row.report("talent.unit.editions", "edition", method=method, first=edition, second=value.edition)
    return value if usable(row, before) else None


def requirement(row: Fields, _: Context) -> Requirement | None:
    """What a unit asks for."""
    before = len(row.found)
    least, months = row.number("least"), whole(row, "months", 0, MOST_MONTHS)
    if least is not None and least.value <= 0.0:
        row.report("talent.row.positive", "least", field="least", given=least.printed)
    value = Requirement(
        row.text("id", required=True),
        row.text("unit", required=True),
        cast("EvidenceKind", row.choice("kind", EVIDENCE_KINDS)),
        cast("Any", row.choice("measure", MEASURES, "count")),
        1.0 if least is None else least.value,
        months or 0,
        row.text("source"),
        row.choice("status", sorted(STATUSES), "proposed"),
    )
    return value if usable(row, before) else None


def evidence(row: Fields, context: Context) -> EvidenceItem | None:
    """One piece of evidence. Its day lies not behind the day of the register; a U in its detail has a unit."""
    before = len(row.found)
    value, day = row.number("value"), row.day("day", required=True)
    item = EvidenceItem(
        row.text("id", required=True),
        row.text("person", required=True),
        cast("EvidenceKind", row.choice("kind", EVIDENCE_KINDS)),
        day or date.min,
        row.text("unit"),
        None if value is None else value.value,
        truth(row, "good", True),
        row.day("valid_until"),
        row.text("by"),
        digest(row, "document"),
        row.names("title"),
        _detail(row),
        row.text("quantity"),
    )
    if day is not None and day > context.day:
        row.report("talent.row.future", "day", field="day", given=day, day=context.day)
    in_order(row, ("day", day), ("valid_until", item.valid_until))
    if item.detail.get("U") and not (item.detail.get("unit") or item.detail.get("U_unit")):
        row.report("talent.evidence.unit", "detail", "U", given=item.detail["U"])
    if item.kind == "contest" and not item.unit:
        row.report("talent.evidence.contest_unit", "unit", severity="warning", id=item.id)
    if item.by and item.by == item.person and item.kind in ("witnessed", "exam"):
        row.report("talent.evidence.own", "by", person=item.person)
    return item if usable(row, before) else None


def authorisation(row: Fields, context: Context) -> Authorisation | None:
    """An authorisation. Its period does not begin before it was granted: what was signed in between stays unsigned."""
    before = len(row.found)
    granted = row.day("granted", required=True)
    valid_from, valid_until = row.day("valid_from"), row.day("valid_until")
    value = Authorisation(
        row.text("id", required=True),
        row.text("person", required=True),
        row.text("unit", required=True),
        row.names("laboratory") or context.organisation,
        granted or date.min,
        valid_from or granted or date.min,
        valid_until,
        row.text("by", required=True),
        words(row, "basis"),
        row.text("edition"),
    )
    if granted is not None and granted > context.day:
        row.report("talent.row.future", "granted", field="granted", given=granted, day=context.day)
    if granted is not None and valid_from is not None and valid_from < granted:
        row.report("talent.authorisation.past", "valid_from", id=value.id, given=valid_from, granted=granted)
    in_order(row, ("valid_from", valid_from or granted), ("valid_until", valid_until))
    if value.by and value.by == value.person:
        row.report("talent.authorisation.own", "by", id=value.id, person=value.person)
    if not value.basis:
        row.report("talent.authorisation.basis", "basis", severity="warning", id=value.id)
    return value if usable(row, before) else None


def authorisation_event(row: Fields, _: Context) -> AuthorisationEvent | None:
    """What happened to an authorisation; a revision names its method or one authorisation, the rest always one."""
    before = len(row.found)
    kind = row.choice("kind", HAPPENINGS)
    method, edition = split_method(row.text("method"))
    value = AuthorisationEvent(
        row.text("id", required=True),
        row.text("authorisation", required=bool(kind) and (kind != "method_revised" or not method)),
        cast("Happening", kind),
        row.day("day", required=True) or date.min,
        row.text("by"),
        row.names("reason"),
        method,
        row.text("edition") or edition,
    )
    return value if usable(row, before) else None


# ---------------------------------------------------------------- parts of rows


def usable(row: Fields, before: int) -> bool:
    """Whether no error was told since so many findings."""
    return not errors(row.found[before:])


def truth(row: Fields, key: str, default: bool = False) -> bool:
    """True or false."""
    if not row.has(key):
        return default
    value = row.content[key]
    if not isinstance(value, bool):
        row.report("typed.field.type", key, field=key, expected_zh="true 或 false", expected_en="true or false")
    return value is True


def words(row: Fields, key: str) -> tuple[str, ...]:
    """A list of texts."""
    given = row.content[key] if row.has(key) else []
    if not isinstance(given, list) or not all(isinstance(word, str) for word in given):
        row.report("typed.field.type", key, field=key, expected_zh="文字的列表", expected_en="list of texts")
        return ()
    return tuple(str(word).strip() for word in given if str(word).strip())


def choices(row: Fields, key: str, allowed: Iterable[str]) -> tuple[str, ...]:
    """A list of some words out of a few; what is none of them is told."""
    known = tuple(allowed)
    given = words(row, key)
    for n, word in enumerate(given):
        if word not in known:
            row.report("talent.row.word", key, n, field=key, given=word, allowed=", ".join(known))
    return tuple(word for word in given if word in known)


def whole(row: Fields, key: str, least: int, most: int) -> int | None:
    """A whole number between two; what lies outside is told, and None."""
    number = row.whole(key)
    if number is not None and not least <= number <= most:
        row.report("talent.row.outside", key, field=key, given=row.content[key], least=least, most=most)
        return None
    return number


def digest(row: Fields, key: str) -> str:
    """SHA-256 of a stored document, «» where there is none."""
    text = row.text(key).lower()
    if text and _SHA256.fullmatch(text) is None:
        row.report("talent.row.digest", key, field=key, given=text[:20])
        return ""
    return text


def in_order(row: Fields, first: tuple[str, date | None], second: tuple[str, date | None]) -> None:
    """Tells where the second day lies before the first."""
    if first[1] is not None and second[1] is not None and second[1] < first[1]:
        row.report("talent.row.backwards", second[0], field=second[0], given=second[1], first=first[0], day=first[1])


def interval(row: Fields, key: str) -> Interval | None:
    """A measuring interval, None where there is none or it cannot be read."""
    inner = row.inner(key)
    if inner is None:
        return None
    low, high, unit = inner.number("low"), inner.number("high"), _unit(inner)
    inner.close()
    if low is None and high is None:
        inner.report("talent.interval.ends")
    elif low is not None and high is not None and low.value > high.value:
        inner.report("talent.interval.backwards", "low", low=low.printed, high=high.printed)
    elif unit is not None:
        return Interval(-math.inf if low is None else low.value, math.inf if high is None else high.value, unit)
    return None


def _unit(row: Fields) -> Unit | None:
    text = row.text("unit", required=True)
    if not text:
        return None
    try:
        return parse_unit(text)
    except Refused as refusal:
        row.found.extend(Finding(f.code, row.where("unit"), "error", f.parameters, f.rule) for f in refusal.findings)
        return None


def _detail(row: Fields) -> dict[str, Any]:
    inner = row.inner("detail")
    return {} if inner is None else {key: _plain(value) for key, value in inner.content.items()}


def _plain(value: Any) -> Any:
    """A typed value with numbers as the text they were typed as."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, bool) else str(value)
