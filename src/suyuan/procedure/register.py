"""A register: rows that an organisation keeps, delivered as documents; of each row the newest delivery counts.

    {"suyuan": "register", "organisation": {"zh": …}, "number": …, "day": …,
     "rows": {"capability": [{"id": …, …}, …], "person": […]}}

A delivery holds any kinds of rows. A row with "removed": true takes the row of its id out from that day on. A row that
cannot be read is a finding with its place; the others go in. Which kinds there are is the reader's argument.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from suyuan.procedure.procedure import Text
from suyuan.quantity.fields import Fields, open_document
from suyuan.quantity.finding import Finding, errors, finding

REGISTER = "register"
LARGEST = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Context:
    """What a row takes from its register where it does not say otherwise."""

    organisation: Text
    day: date
    demo: bool = False


RowReader = Callable[[Fields, Context], Any]
"""Reads one row; returns a value with an `id`, or None where a finding of severity error was reported."""


@dataclass(frozen=True, slots=True)
class Register:
    """One delivery. rows: kind → rows that could be read; removed: kind → ids taken out; refused: rows that could not
    be read; digest: SHA-256 of the document."""

    organisation: Text
    number: str
    day: date
    rows: Mapping[str, tuple[Any, ...]]
    removed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refused: int = 0
    demo: bool = False
    digest: str = ""

    @property
    def owner(self) -> str:
        """The first name of the organisation: what its rows are known under."""
        return self.organisation.get("zh") or next(iter(self.organisation.values()), "")


def read_register(document: bytes, readers: Mapping[str, RowReader]) -> tuple[Register | None, tuple[Finding, ...]]:
    """A register from its document, or None where its head cannot be read or no row of it can.

    readers: kind of row → its reader. Findings of a row carry its JSON pointer; an error in a row leaves that row out
    and is told as a warning about the register.
    """
    root, found = open_document(document, REGISTER, LARGEST)
    if root is None:
        return None, tuple(found)
    organisation, number = root.names("organisation", required=True), root.text("number", required=True)
    day, demo = root.day("day", required=True), root.content.get("demo") is True
    root.asked.update(("demo", "rows"))
    kinds = root.inner("rows", required=True)
    head_wrong = bool(errors(found)) or day is None or kinds is None
    if head_wrong or day is None or kinds is None:
        return None, tuple(found)
    context = Context(organisation, day, demo)
    rows: dict[str, tuple[Any, ...]] = {}
    removed: dict[str, tuple[str, ...]] = {}
    refused = 0
    for kind in kinds.content:
        if kind not in readers:
            kinds.report("register.kind", kind, severity="warning", kind=kind, known=", ".join(readers))
            continue
        given, other = _objects(kinds, kind)
        good, gone, bad = _rows(given, readers[kind], context)
        rows[kind], removed[kind] = good, gone
        refused += bad + other
    root.close()
    told = tuple(_as_warning(item) for item in found)
    register = Register(organisation, number, day, rows, removed, refused, demo, hashlib.sha256(document).hexdigest())
    if not any(rows.values()) and not any(removed.values()):
        return None, (*told, finding("register.empty", "/rows", refused=refused))
    return register, told


def _objects(kinds: Fields, kind: str) -> tuple[tuple[Fields, ...], int]:
    """The rows of a kind that are objects, and how many others there are; each of those is told, and keeps none out."""
    value = kinds.content[kind]
    if not isinstance(value, list):
        return kinds.several(kind), 0
    rows = tuple(Fields(v, kinds.where(kind, n), kinds.found) for n, v in enumerate(value) if isinstance(v, Mapping))
    for n, other in enumerate(value):
        if not isinstance(other, Mapping):
            place = kinds.where(kind, n)
            kinds.found.append(
                finding("typed.field.type", place, field=f"{kind}/{n}", expected_zh="对象", expected_en="an object")
            )
    return rows, len(value) - len(rows)


def _rows(given: Iterable[Fields], read: RowReader, context: Context) -> tuple[tuple[Any, ...], tuple[str, ...], int]:
    good: dict[str, Any] = {}
    places: dict[str, str] = {}
    gone: list[str] = []
    bad = 0
    for row in given:
        before = len(row.found)
        if row.content.get("removed") is True:
            name = row.text("id", required=True)
            gone += [name] if name else []
            bad += not name
            continue
        value = read(row, context)
        row.close()
        if value is None or errors(row.found[before:]):
            bad += 1
        elif value.id in good:
            bad += 1
            row.report("register.twice", "id", id=value.id, first=places[value.id])
        else:
            good[value.id], places[value.id] = value, row.pointer
    return tuple(good.values()), tuple(gone), bad


def _as_warning(item: Finding) -> Finding:
    """What keeps one row out keeps the register usable."""
    return Finding(item.code, item.where, "warning" if item.severity == "error" else item.severity, item.parameters)


Row = tuple[Register, Any]
"""A row with the delivery that it comes from."""


def merged(registers: Iterable[Register], kind: str, day: date) -> tuple[Row, ...]:
    """The rows of a kind that count on a day: of each organisation and id the newest delivery until then (of two of one
    day the later in the order given), without those taken out.

    A row that has a key of its own (a capability: laboratory and id) is known under that, whoever delivered it: the
    same row from two houses is one row. Whoever takes an id out takes out the own row and what the own register holds.
    """
    known: dict[tuple[str, str], Row | None] = {}
    for register in sorted((r for r in registers if r.day <= day), key=lambda r: r.day):
        owner = register.owner
        for row in register.rows.get(kind, ()):
            key = getattr(row, "key", None) or (owner, row.id)
            known.pop(key, None)
            known[key] = (register, row)
        if gone := set(register.removed.get(kind, ())):
            for key, kept in known.items():
                if key[1] in gone and (key[0] == owner or (kept is not None and kept[0].owner == owner)):
                    known[key] = None
    return tuple(row for row in known.values() if row is not None)
