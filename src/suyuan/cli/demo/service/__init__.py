"""The service system of the demo: capabilities, needs, resources, persons, centres, matters. Everything is invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from suyuan.cli.demo.service import (
    capabilities,
    centres,
    closing,
    laboratories,
    matters,
    needs,
    people,
    resources,
    standards,
)
from suyuan.cli.demo.service.stage import MARKET
from suyuan.cli.demo.shelf import CITY, Row, Shelf, both
from suyuan.quantity.fields import canonical

DELIVERED = 120
"""Registers were delivered so many days ago; those of persons and centres again today."""


def build(shelf: Shelf) -> None:
    """One register an organisation, then the matters, played by the steps behind the pages."""
    standards.build(shelf)
    closing.certificates(shelf)
    closing.saved(shelf)
    for laboratory, rows in capabilities.capabilities().items():
        before = [closing.capability(improved=False)] if laboratory == laboratories.TORQUE else []
        _register(shelf, laboratories.organisation(laboratory), {"capability": [*rows, *before]}, "CAP")
    improved = {"capability": [closing.capability(improved=True)]}
    _register(shelf, laboratories.organisation(laboratories.TORQUE), improved, "CAP-NEW", closing.DELIVERED)
    for firm, wanted in needs.needs().items():
        staff = {"person": people.customers()} if firm == needs.BEARING else {}
        _register(shelf, both(firm, needs.NAMES[firm]), {"need": wanted, **staff}, "NEED")
    carried = resources.transfers()
    for owner, shared in resources.resources().items():
        offered = {"resource": shared, **({"transfer": carried[owner]} if owner in carried else {})}
        _register(shelf, both(owner, laboratories.NAMES[owner]), offered, "RES")
    city = both(CITY, laboratories.NAMES[CITY])
    for days in (DELIVERED, 0):
        _register(shelf, city, known_by(people.register(shelf.today), shelf.ago(days)), "HR", days)
        _register(shelf, MARKET, known_by(centres.register(shelf), shelf.ago(days)), "CENTRE", days)
    _register(shelf, MARKET, {"person": people.judges()}, "EXPERT")
    _register(shelf, MARKET, {"commitment": centres.commitments()}, "REPLY")
    matters.build(shelf)


def _register(
    shelf: Shelf, organisation: Mapping[str, str], rows: Mapping[str, Sequence[Row]], prefix: str, days: int = DELIVERED
) -> None:
    day = shelf.today - timedelta(days=days)
    number = f"DEMO-{prefix}-{hash_of(organisation):04d}" + ("" if days else "-B")
    fields = {
        "suyuan": "register",
        "organisation": dict(organisation),
        "number": number,
        "day": day.isoformat(),
        "demo": True,
        "rows": {kind: list(given) for kind, given in rows.items()},
    }
    shelf.keep(canonical(fields), f"{number}.json")


def known_by(rows: Mapping[str, Sequence[Row]], day: date) -> dict[str, list[Row]]:
    """Those rows whose own day, where they have one, is not behind a day."""
    return {
        kind: [row for row in given if str(row.get("granted") or row.get("day") or "") <= day.isoformat()]
        for kind, given in rows.items()
    }


def hash_of(names: Mapping[str, str]) -> int:
    """A small number that follows from a name, the same in every demo."""
    return sum(ord(letter) * place for place, letter in enumerate(names["zh"], 1)) % 10_000
