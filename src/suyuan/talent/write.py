"""Rows of registers about persons from their values: the inverse of `read`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from suyuan.capability.interval import Interval
from suyuan.quantity.fields import canonical
from suyuan.talent.base import Course, TrainingBase
from suyuan.talent.programme import Participation, Programme
from suyuan.talent.records import (
    Authorisation,
    AuthorisationEvent,
    CompetenceUnit,
    EvidenceItem,
    Person,
    Requirement,
)

KINDS: Mapping[type, str] = {
    Person: "person",
    CompetenceUnit: "competence_unit",
    Requirement: "requirement",
    EvidenceItem: "evidence",
    Authorisation: "authorisation",
    AuthorisationEvent: "authorisation_event",
    TrainingBase: "training_base",
    Course: "course",
    Programme: "programme",
}
"""Class of a value → kind of its row."""


def row_of(value: Any) -> dict[str, Any]:
    """A value as its row: days as YYYY-MM-DD, numbers as text, nothing empty.

    >>> row_of(Requirement("R-1", "U-1", "training", "sum", 16.0, 24))["least"]
    '16'
    """
    written = {f.name: _written(getattr(value, f.name)) for f in fields(value)}
    return {name: inner for name, inner in written.items() if inner not in (None, "", [], {})}


def register_document(organisation: Mapping[str, str], number: str, day: date, values: Iterable[Any],
                      demo: bool = False) -> bytes:  # fmt: skip
    """A register with the rows of some values, as its document."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for value in values:
        rows.setdefault(KINDS[type(value)], []).append(row_of(value))
    head = {"suyuan": "register", "organisation": dict(organisation), "number": number, "day": day.isoformat()}
    return canonical({**head, **({"demo": True} if demo else {}), "rows": rows})


def _written(value: Any) -> Any:
    if isinstance(value, Interval):
        ends = {"low": value.low, "high": value.high}
        return {name: number(x) for name, x in ends.items() if math.isfinite(x)} | {"unit": value.unit.symbol}
    if isinstance(value, Participation):
        return row_of(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, Mapping):
        return dict(value)
    return [_written(inner) for inner in value]


def number(x: float) -> str:
    """A number as text that reads back to itself."""
    text = repr(float(x))
    return text.removesuffix(".0")
