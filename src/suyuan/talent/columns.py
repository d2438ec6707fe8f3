"""The standing of every authorisation for a date, as columns: what `standing` says of one, in one pass over all.

Days are numbers, persons and units are indexes. What does not depend on the day (who works for whom, which resumption
covers which revision, which evidence speaks for which authorisation) is worked out once in `columns`; `states` compares
days only. Evidence speaks for a scope: one unit, all units of a quantity, or all; tables are joined by sorted keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.capability.taxonomy import quantity_key
from suyuan.talent.joined import Contradiction, Records, concerns, of_no_unit
from suyuan.talent.records import EVIDENCE_KINDS, EvidenceItem
from suyuan.talent.scopes import KINDS, NEVER, Cells, Days, Scopes, later_by_months, matched
from suyuan.talent.standing import ROUNDING, STATES, State, cleared, employments, other_edition

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
_KIND = {kind: n for n, kind in enumerate(EVIDENCE_KINDS)}
CODE: Mapping[State, int] = {state: code for code, state in enumerate(STATES)}


@dataclass(frozen=True)
class Matrix:
    """Persons × units on a day. states: index into `standing.STATES` of the best authorisation of any laboratory;
    of_authorisation: the same for each authorisation, in the order of the records."""

    persons: tuple[str, ...]
    units: tuple[str, ...]
    states: NDArray[np.int8]
    of_authorisation: NDArray[np.int8]

    def state(self, person: str, unit: str) -> State:
        """The state of one field; «unknown» for a person or unit that there is not."""
        p, u = self._person.get(person), self._unit.get(unit)
        return "unknown" if p is None or u is None else STATES[self.states[p, u]]

    @cached_property
    def _person(self) -> dict[str, int]:
        return {id: n for n, id in enumerate(self.persons)}

    @cached_property
    def _unit(self) -> dict[str, int]:
        return {id: n for n, id in enumerate(self.units)}


@dataclass(frozen=True)
class Asked:
    """Requirements of authorisations, and the evidence that speaks for each. A cell is an authorisation and one of its
    unit's requirements; cell, day, end, good, value: (m,) of each pair of a cell and an item, in order of cell and day;
    of: (c,) authorisation of a cell; enough: what it asks for; latest: whether the last item alone counts."""

    cell: Days
    day: Days
    end: Days
    good: Flags
    value: Floats
    of: Days
    enough: Floats
    latest: Flags


@dataclass(frozen=True)
class Based:
    """What authorisations rest on and has an end, and what may stand in its place. of, until: (b,) authorisation and
    last day; row, day, end: (m,) of each pair of such a basis and a good item of its kind."""

    of: Days
    until: Days
    row: Days
    day: Days
    end: Days


@dataclass(frozen=True)
class Columns:
    """The records as arrays. person, unit: (n,) indexes of each authorisation, −1 where nobody knows them; start, end:
    (n,) days; other: meant for another edition than the unit; renewed: another took its
    place; the rest: tables that name an authorisation by index."""

    persons: tuple[str, ...]
    units: tuple[str, ...]
    person: Days
    unit: Days
    start: Days
    end: Days
    other: Flags
    renewed: Flags
    employed: tuple[Days, Days, Days]  # authorisation, first and last day of an employment
    withdrawn: tuple[Days, Days]  # authorisation, day
    stopped: tuple[Days, Days, Flags]  # authorisation, day, whether suspended; in order of their days
    revised: tuple[Days, Days, Days]  # authorisation, day, day from which it is covered again; in order of their days
    against: tuple[Days, Days, Days]  # authorisation, first day, first day on which it is remedied
    based: Based
    asked: Asked


def columns(records: Records) -> Columns:
    """The records as arrays, in the order of their authorisations. One pass in Python; then every day is cheap."""
    persons, units = tuple(records.persons), tuple(records.units)
    at_person = {id: n for n, id in enumerate(persons)}
    scopes = _scopes(records, units)
    rows = records.authorisations
    person = _days(at_person.get(a.person, -1) for a in rows)
    unit = _days(scopes.units.get(a.unit, -1) for a in rows)
    employed, withdrawn, stopped, revised, basis = _of_authorisations(records)
    items = _items(records, at_person, scopes)
    cells = Cells(person, unit, scopes)
    return Columns(
        persons, units, person, unit,
        _days(a.valid_from.toordinal() for a in rows),
        _days(NEVER if a.valid_until is None else a.valid_until.toordinal() for a in rows),
        np.array([a.unit in records.units and other_edition(a, records.units[a.unit]) for a in rows], bool),
        np.array([a.id in records.renewed for a in rows], bool),
        employed, withdrawn, stopped, revised, _against(records, at_person, cells), _based(basis, items, cells),
        _asked(records, items, cells),
    )  # fmt: skip


def _days(values: Iterable[int]) -> Days:
    return np.fromiter(values, np.int64)


def _table(rows: Sequence[tuple[Any, ...]], width: int) -> tuple[Days, ...]:
    given = np.array(rows, np.int64).reshape(len(rows), width)
    return tuple(given[:, n] for n in range(width))


def _scopes(records: Records, units: tuple[str, ...]) -> Scopes:
    keys = [quantity_key(records.units[id].quantity) for id in units]
    quantities = {key: n for n, key in enumerate(dict.fromkeys(keys))}
    return Scopes({id: n for n, id in enumerate(units)}, quantities, _days(quantities[key] for key in keys))


def _of_authorisations(records: Records) -> tuple[Any, ...]:
    """Employments, withdrawals, suspensions, revisions and dated basis of each authorisation."""
    employed: list[tuple[int, int, int]] = []
    withdrawn: list[tuple[int, int]] = []
    stopped: list[tuple[int, int, int]] = []
    revised: list[tuple[int, int, int]] = []
    basis: list[tuple[int, int, int]] = []
    for n, granted in enumerate(records.authorisations):
        employed += [(n, a.toordinal(), b.toordinal()) for a, b in employments(records, granted)]
        for id in granted.basis:
            item = records.evidence_of.get(id)
            if item is not None and item.valid_until is not None:
                basis.append((n, item.valid_until.toordinal(), _KIND[item.kind]))
        events = records.events.get(granted.id, ())
        for event in events:
            day = event.day.toordinal()
            if event.kind == "withdrawn":
                withdrawn.append((n, day))
            elif event.kind == "method_revised":
                since = cleared(granted, event, events)
                revised.append((n, day, NEVER + 1 if since is None else since.toordinal()))
            else:
                stopped.append((n, day, event.kind == "suspended"))
    of, on, flag = _table(stopped, 3)
    return (
        _table(employed, 3),
        _table(withdrawn, 2),
        (of, on, flag.astype(bool)),
        _table(revised, 3),
        _table(basis, 3),
    )


# ---------------------------------------------------------------- joins


@dataclass(frozen=True)
class _Items:
    """Evidence sorted by key (person, kind, scope). order: of all items by day, later rows later."""

    key: Days
    day: Days
    until: Days
    good: Flags
    value: Floats
    order: Days


def _items(records: Records, at_person: Mapping[str, int], scopes: Scopes) -> _Items:
    kept: list[tuple[EvidenceItem, int]] = []
    for item in records.evidence:
        scope = None if of_no_unit(item) else scopes.of(item.unit, item.quantity)
        if item.person in at_person and scope is not None:
            kept.append((item, (at_person[item.person] * KINDS + _KIND[item.kind]) * scopes.count + scope))
    key = _days(k for _, k in kept)
    day = _days(e.day.toordinal() for e, _ in kept)
    order = np.empty(len(day), np.int64)
    order[np.argsort(day, kind="stable")] = np.arange(len(day))
    sort = np.argsort(key, kind="stable")
    return _Items(
        key[sort], day[sort],
        _days(NEVER if e.valid_until is None else e.valid_until.toordinal() for e, _ in kept)[sort],
        np.array([e.good for e, _ in kept], bool)[sort],
        np.array([np.nan if e.value is None else e.value for e, _ in kept], float)[sort], order[sort],
    )  # fmt: skip


def _asked(records: Records, items: _Items, cells: Cells) -> Asked:
    rules = [(cells.scopes.units[r.unit], r) for r in records.requirements if r.unit in cells.scopes.units]
    rules.sort(key=lambda pair: pair[0])
    rows = np.flatnonzero(cells.known(np.arange(len(cells.person))))
    at, rule = matched(_days(unit for unit, _ in rules), cells.unit[rows])
    of = rows[at]
    months = _days(r.months for _, r in rules)[rule]
    counts = np.array([r.measure == "count" for _, r in rules], bool)[rule]
    cell, item = cells.joined(of, _days(_KIND[r.kind] for _, r in rules)[rule], items.key)
    sort = np.lexsort((items.order[item], cell))
    cell, item = cell[sort], item[sort]
    end = np.minimum(
        items.until[item], np.where(months[cell] > 0, later_by_months(items.day[item], months[cell]), NEVER)
    )
    return Asked(
        cell, items.day[item], end, items.good[item], np.where(counts[cell], 1.0, items.value[item]), of,
        np.array([r.least * (1.0 - ROUNDING) for _, r in rules], float)[rule],
        np.array([r.measure == "latest" for _, r in rules], bool)[rule],
    )  # fmt: skip


def _based(basis: tuple[Days, Days, Days], items: _Items, cells: Cells) -> Based:
    of, until, kind = (column[cells.known(basis[0])] for column in basis)
    row, item = cells.joined(of, kind, items.key)
    good = items.good[item]
    row, item = row[good], item[good]
    return Based(of, until, row, items.day[item], items.until[item])


def _against(records: Records, at_person: Mapping[str, int], cells: Cells) -> tuple[Days, Days, Days]:
    """Authorisations and the days on which something speaks against their person's competence for their unit."""
    rows = []
    for c in records.contradictions:
        if c.person in at_person:
            until = NEVER + 1 if c.until is None else c.until.toordinal()
            for scope in _concerned(c, records, cells.scopes):
                at = at_person[c.person] * KINDS * cells.scopes.count + scope
                rows.append((at, c.start.toordinal(), until))
    key, start, end = _table(sorted(rows), 3)
    of = np.flatnonzero(cells.known(np.arange(len(cells.person))))
    row, entry = cells.joined(of, np.zeros_like(of), key)
    return of[row], start[entry], end[entry]


def _concerned(against: Contradiction, records: Records, scopes: Scopes) -> Iterator[int]:
    """The scopes that something speaks against: of a nominal value the units whose interval holds it."""
    scope = scopes.of(against.unit, against.quantity)
    if against.point is None and scope is not None:
        yield scope
    elif scope is not None:
        yield from (n for id, n in scopes.units.items() if concerns(against, records.units[id]))


# ---------------------------------------------------------------- one day


def states(given: Columns, day: date) -> Matrix:
    """The state of every authorisation, and of every person and unit, on a day; equal to `standing.standing`."""
    of = _of_each(given, day.toordinal())
    found = np.full((len(given.persons), len(given.units)), CODE["not_authorised"], np.int8)
    known = (given.person >= 0) & (given.unit >= 0)
    np.minimum.at(found, (given.person[known], given.unit[known]), of[known])
    return Matrix(given.persons, given.units, found, of)


def _of_each(given: Columns, on: int) -> NDArray[np.int8]:
    """The first of the faults of `standing`, in its order, for each authorisation."""
    n = len(given.person)
    has_job, in_job, had_job = _jobs(given, on, n)
    gone, day = given.withdrawn
    withdrawn = _marked(gone[day <= on], n)
    at, day, suspends = given.stopped
    suspended = _last(at, suspends, day <= on, n)
    at, day, covered = given.revised
    revised = np.where(_marked(at[day <= on], n), _last(at, covered > on, day <= on, n), given.other)
    faults: list[tuple[Flags, State]] = [
        ((given.person < 0) | (given.unit < 0), "unknown"),
        (withdrawn, "withdrawn"),
        (on < given.start, "not_yet"),
        (given.renewed & (given.end < on), "superseded"),
        (given.end < on, "expired"),
        (~has_job, "not_authorised"),
        (~in_job & had_job, "expired"),
        (~in_job, "not_yet"),
        (suspended, "suspended"),
        (revised, "method_revised"),
        (_lapsed(given, on, n), "evidence_lapsed"),
    ]
    return np.select([f for f, _ in faults], [CODE[s] for _, s in faults], CODE["authorised"]).astype(np.int8)


def _marked(of: Days, n: int) -> Flags:
    flags = np.zeros(n, bool)
    flags[of] = True
    return flags


def _last(of: Days, flag: Flags, chosen: Flags, n: int) -> Flags:
    """The flag of the last chosen row of each of n; rows stand in order of their days."""
    flags = np.zeros(n, bool)
    flags[of[chosen]] = flag[chosen]  # of several rows of one the last is kept
    return flags


def _jobs(given: Columns, on: int, n: int) -> tuple[Flags, Flags, Flags]:
    """Whether the person ever works for the laboratory, does on the day, did by the day."""
    of, start, end = given.employed
    return _marked(of, n), _marked(of[(start <= on) & (on <= end)], n), _marked(of[start <= on], n)


def _lapsed(given: Columns, on: int, n: int) -> Flags:
    """Whether evidence is missing, a basis ran out with nothing in its place, or a failure is open."""
    asked = given.asked
    lapsed = _marked(asked.of[~_met(asked, on)], n)
    of, start, until = given.against
    lapsed[of[(start <= on) & (on < until)]] = True
    based = given.based
    replaced = _marked(based.row[(based.day <= on) & (on <= based.end)], len(based.of))
    lapsed[based.of[(based.until < on) & ~replaced]] = True
    return lapsed


def _met(asked: Asked, on: int) -> Flags:
    """Which cells are met on a day."""
    n = len(asked.of)
    there = asked.day <= on
    counts = there & asked.good & (on <= asked.end)
    total = np.bincount(asked.cell, np.where(counts & ~np.isnan(asked.value), asked.value, 0.0), n)
    last = _last(asked.cell, counts & (asked.value >= asked.enough[asked.cell]), there, n)
    return np.where(asked.latest, last, total >= asked.enough)
