"""The rows behind the rules: which rule is in force on a day, in which version, with which numbers, by whose word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

from suyuan.quantity.table import Row, load, valid_on

PACKAGE = "suyuan.series.quality"


@cache
def in_force(day: date) -> Mapping[str, Row]:
    """Rule id → its row on a day.

    >>> row = in_force(date(2026, 11, 29))["frozen"]
    >>> row["version"], row["status"]
    (1, 'proposed')
    """
    return {str(row["id"]): row for row in valid_on(load(PACKAGE, "rules.rules"), day)}


def rule(id: str, day: date) -> Row:
    """The row of a rule that is in force."""
    return in_force(day)[id]


def rows_of(section: str, day: date) -> tuple[Row, ...]:
    """The rows of a section (codes, limits, registers, usable …) that are in force."""
    return valid_on(load(PACKAGE, f"rules.{section}"), day)


@cache
def of_chain() -> frozenset[str]:
    """The rules that speak of the chain of a certificate, and not of the reading itself.

    >>> sorted(of_chain())
    ['traceable']
    """
    return frozenset(str(row["id"]) for row in load(PACKAGE, "rules.rules") if row.get("about") == "chain")
