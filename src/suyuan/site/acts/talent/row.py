"""One row of a register typed into a form: the columns of its template, read as a workbook's cells are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from suyuan.procedure.register import Context
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.site.acts import clock, service
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.talent import authorise
from suyuan.site.acts.talent.people import View, own_laboratory
from suyuan.talent.joined import shares
from suyuan.verbs.register.cells import Table
from suyuan.verbs.register.columns.table import Column, columns
from suyuan.verbs.register.workbook import rows_from_table

KINDS: Mapping[str, str] = {"competence_unit": "U", "requirement": "Q", "training_base": "B", "course": "C"}
"""Kinds of rows with a form of their own → how their ids begin."""
LEFT_OUT = ("interval.low", "interval.high", "interval.unit", "document", "demo", "status", "equipment")
"""Columns that the form does without: they say a thing twice, or belong to a workbook."""
_CELL = re.compile(r"row!([A-Z]+)\d+")


def asked(kind: str) -> tuple[Column, ...]:
    """The columns that the form of a kind asks for."""
    return tuple(column for column in columns(kind).columns if column.path not in LEFT_OUT)


def free_id(seen: View, kind: str) -> str:
    """The next id that no row of the own organisation bears: U-07 after U-06."""
    taken, number = _taken(seen, kind), 1
    while f"{KINDS[kind]}-{number:02d}" in taken:
        number += 1
    return f"{KINDS[kind]}-{number:02d}"


def _taken(seen: View, kind: str) -> frozenset[str]:
    own = own_laboratory(seen)
    return frozenset(row.id for register, row in seen.known.deliveries(kind) if shares(register.organisation, own))


def add(user: User, seen: View, kind: str, given: Mapping[str, str]) -> str:
    """Put one new row in. given: path of a column → what was typed. Returns its id.

    Raises PermissionDenied; Refused with everything that is wrong, each at the path of its column: nothing is kept.
    """
    service.require(user, *service.MAY_DELIVER[kind])
    own = own_laboratory(seen)
    if not own:
        raise Refused(finding("site.people.laboratory", ""))
    fields = asked(kind)
    texts = {column.path: given.get(column.path, "").strip() for column in fields}
    texts["id"] = texts["id"] or free_id(seen, kind)
    missing = [finding("typed.field.missing", c.path, field=c.zh) for c in fields if c.required and not texts[c.path]]
    if missing:
        raise Refused(*missing)
    if texts["id"] in _taken(seen, kind):
        raise Refused(finding("site.row.taken", "id", id=texts["id"]))
    table = Table("row", (tuple(c.head for c in fields), tuple(texts[c.path] or None for c in fields)))
    taken = rows_from_table(kind, table, Context(own, clock.today()))
    wrong = errors(taken.findings)
    if wrong:
        raise Refused(*(_placed(item, fields) for item in wrong))
    if not taken.rows:
        raise Refused(finding("site.row.example", "id"))
    try:
        authorise.put(user, own, kind, taken.rows[0])
    except Refused as refused:
        raise Refused(*(_placed(item, fields) for item in refused.findings)) from None
    return texts["id"]


def _placed(item: Finding, fields: tuple[Column, ...]) -> Finding:
    """A finding at the path of its column: of a cell by its letters, of a field by its name."""
    cell = _CELL.match(item.where)
    if cell:
        place = 0
        for letter in cell[1]:
            place = place * 26 + ord(letter) - ord("A") + 1
        return replace(item, where=fields[place - 1].path if place <= len(fields) else "")
    name = item.where.split("/")[0]
    return replace(item, where=next((c.path for c in fields if c.path.split(".")[0] == name), ""))
