"""The service system of the demo: capabilities, needs, resources, persons, centres, matters. Everything is invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from suyuan.cli.demo.service import capabilities, centres, matters, needs, people, resources, standards
from suyuan.cli.demo.shelf import CITY, Row, Shelf, both
from suyuan.quantity.fields import canonical

MARKET = both("演示市场监督管理局", "demo market administration")
DELIVERED = 120
"""Registers were delivered so many days ago, unless a row is younger."""


def build(shelf: Shelf) -> None:
    """One register an organisation, then the matters, played by the steps behind the pages."""
    standards.build(shelf)
    for laboratory, rows in capabilities.capabilities().items():
        _register(shelf, capabilities.organisation(laboratory), {"capability": rows}, "CAP")
    for firm, wanted in needs.needs().items():
        _register(shelf, both(firm, needs.NAMES[firm]), {"need": wanted}, "NEED")
    for owner, shared in resources.resources().items():
        _register(shelf, both(owner, capabilities.NAMES[owner]), {"resource": shared}, "RES")
    _register(shelf, both(CITY, capabilities.NAMES[CITY]), people.register(shelf.today), "HR", days=0)
    _register(shelf, MARKET, centres.register(shelf.today), "CENTRE", days=0)
    matters.build(shelf)


def _register(
    shelf: Shelf, organisation: Mapping[str, str], rows: Mapping[str, Sequence[Row]], prefix: str, days: int = DELIVERED
) -> None:
    day = shelf.today - timedelta(days=days)
    number = f"DEMO-{prefix}-{abs(hash_of(organisation)):04d}"
    fields = {
        "suyuan": "register",
        "organisation": dict(organisation),
        "number": number,
        "day": day.isoformat(),
        "demo": True,
        "rows": {kind: list(given) for kind, given in rows.items()},
    }
    shelf.keep(canonical(fields), f"{number}.json")


def hash_of(names: Mapping[str, str]) -> int:
    """A small number that follows from a name, the same in every demo."""
    return sum(ord(letter) * place for place, letter in enumerate(names["zh"], 1)) % 10_000
