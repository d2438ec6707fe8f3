"""Rule tables: dated, sourced rows of data beside the code that reads them.

A row is a mapping with at least `source` (document, clause or address) and `status`: «confirmed» (read in a text that
attributes it), «recomputed» (follows from a definition and was computed again), «from memory» (may be wrong; enters a
claim only by a named override), «proposed» (our own choice, official nowhere). Optional `valid_from` and `valid_to` are
ISO dates; a year alone counts from 1 January, or to 31 December.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from suyuan.quantity.finding import Refused, finding

Row = Mapping[str, Any]

STATUSES = frozenset({"confirmed", "recomputed", "from memory", "proposed"})


@cache
def load(package: str, name: str) -> tuple[Row, ...]:
    """The rows of `rules/<file>.json` in a package; «file.section» names a list inside the file.

    package: dotted name of the package whose `rules` folder holds the file;
    name: file without ending, then the keys that lead to a list, joined by dots.
    Returns the rows in their order, read-only.
    Raises Refused `quantity.table.row` when a row lacks its source or status or has an impossible date.

    >>> load("suyuan.quantity", "codes.quantity_kinds")[0]["kind_zh"]
    '长度'
    """
    file, *keys = name.split(".")
    content: Any = json.loads(resources.files(package).joinpath("rules", f"{file}.json").read_text("utf-8"))
    for key in keys:
        content = content[key]
    return checked(content, f"{package}/rules/{file}.json {'.'.join(keys)}".strip())


def checked(rows: object, where: str) -> tuple[Row, ...]:
    """Rows as read-only mappings, each with source, status and possible dates; else Refused."""
    if not isinstance(rows, list | tuple):
        raise Refused(finding("quantity.table.row", where, fault="list", number="", value=type(rows).__name__))
    return tuple(_checked(row, number, where) for number, row in enumerate(rows, start=1))


def _checked(row: object, number: int, where: str) -> Row:
    def refuse(fault: str, value: object) -> Refused:
        return Refused(finding("quantity.table.row", where, fault=fault, number=number, value=value))

    if not isinstance(row, Mapping):
        raise refuse("mapping", type(row).__name__)
    source = row.get("source")
    if not isinstance(source, str) or not source.strip():
        raise refuse("source", source)
    if row.get("status") not in STATUSES:
        raise refuse("status", row.get("status"))
    for key, last in (("valid_from", False), ("valid_to", True)):
        try:
            _day(row.get(key), last)
        except (ValueError, TypeError):
            raise refuse(key, row[key]) from None
    return MappingProxyType(dict(row))


def valid_on(rows: Iterable[Row], day: date) -> tuple[Row, ...]:
    """Those rows that are in force on a day; both ends count, an end that is not given is open.

    >>> rows = load("suyuan.quantity", "codes.regulation_dates")
    >>> [r["edition"] for r in valid_on(rows, date(2024, 1, 1)) if r["number"] == "JJG 99"]
    ['2022']
    """
    return tuple(
        row
        for row in rows
        if (_day(row.get("valid_from"), False) or date.min) <= day <= (_day(row.get("valid_to"), True) or date.max)
    )


def _day(text: str | int | None, last: bool) -> date | None:
    """An ISO date; a year alone is its first or its last day."""
    if text is None:
        return None
    text = str(text)
    if len(text) == 4 and text.isdigit():
        return date(int(text), 12, 31) if last else date(int(text), 1, 1)
    return date.fromisoformat(text)


# ---------------------------------------------------------------- kinds of quantity


@dataclass(frozen=True, slots=True)
class QuantityKind:
    """A kind of quantity (VIM 1.2) with its names in both languages and its SI unit.

    zh, en: names, the preferred one first; symbol: in plain letters («rho»); unit: usual spelling; dsi: D-SI
    spelling, None where D-SI has none; note: what to mind; status: of the row.
    """

    zh: tuple[str, ...]
    en: tuple[str, ...]
    symbol: str
    unit: str
    dsi: str | None
    note: str
    status: str


@cache
def kinds() -> tuple[QuantityKind, ...]:
    """The kinds of quantity of the house, in the order of the fields of metrology.

    >>> len(kinds()), kinds()[0].zh, kinds()[0].unit
    (91, ('长度',), 'm')
    """
    return tuple(
        QuantityKind(
            zh=tuple(row["kind_zh"].split("、")),
            en=(row["kind_en"],),
            symbol=row["symbol"],
            unit=row["unit"],
            dsi=row["dsi"],
            note=row.get("note", ""),
            status=row["status"],
        )
        for row in load("suyuan.quantity", "codes.quantity_kinds")
    )


@cache
def _kinds_by_name() -> Mapping[str, QuantityKind]:
    return {name.casefold(): kind for kind in kinds() for name in (*kind.zh, *kind.en)}


def kind_named(name: str) -> QuantityKind | None:
    """The kind with a Chinese or English name; None where the house knows none.

    >>> kind_named("压强").en, kind_named("Mass").zh, kind_named("nonsense")
    (('pressure',), ('质量',), None)
    """
    return _kinds_by_name().get(" ".join(name.split()).casefold())
