"""The standing of every authorisation for a date, as columns: what `standing` says of one, in one pass over all.

Days are numbers, persons and units are indexes. What does not depend on the day (who works for whom, which resumption
covers which revision, which evidence speaks for which unit) is worked out once in `columns`; `states` compares days
only. An item of evidence speaks for a scope: one unit, all units of a quantity, or all; a cell is a person and a scope.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.capability.taxonomy import quantity_key
from suyuan.talent.joined import Contradiction, Records, concerns
from suyuan.talent.records import EVIDENCE_KINDS, EvidenceItem, Requirement
from suyuan.talent.standing import ROUNDING, STATES, State, cleared, employments, other_edition

Days = NDArray[np.int64]
Flags = NDArray[np.bool_]
NEVER = date.max.toordinal()
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
class Scopes:
    """Numbers of scopes: units first, then «all», then quantities."""

    units: Mapping[str, int]
    quantities: Mapping[str, int]
    quantity_of: Days

    @property
    def count(self) -> int:
        return len(self.units) + 1 + len(self.quantities)

    def of(self, unit: str, quantity: str) -> int | None:
        """The scope of evidence; None where it speaks for nothing that there is."""
        if unit:
            return self.units.get(unit)
        if not quantity:
            return len(self.units)
        number = self.quantities.get(quantity_key(quantity))
        return None if number is None else len(self.units) + 1 + number

    def covering(self, unit: int) -> tuple[int, int, int]:
        """The three scopes that a unit lies in."""
        return unit, len(self.units), len(self.units) + 1 + int(self.quantity_of[unit])


@dataclass(frozen=True)
class Items:
    """Evidence in order of kind, scope, day. first: where a kind and scope begins, flat, (kinds·scopes + 1,)."""

    person: Days
    day: Days
    until: Days
    good: Flags
    value: NDArray[np.float64]
    order: Days
    first: Days
    cell: Days = field(repr=False)
    ends: Mapping[int, Days] = field(repr=False, default_factory=dict)


@dataclass(frozen=True)
class Columns:
    """The records as arrays. person, unit: (n,) indexes of each authorisation, −1 where nobody knows them;
    start, end: (n,) days; the rest: tables that name an authorisation, or cells, by index."""

    persons: tuple[str, ...]
    units: tuple[str, ...]
    person: Days
    unit: Days
    start: Days
    end: Days
    other: Flags
    employed: tuple[Days, Days, Days]  # authorisation, first and last day of an employment
    withdrawn: tuple[Days, Days]  # authorisation, day
    stopped: tuple[Days, Days, Flags]  # authorisation, day, whether suspended; in order of their days
    revised: tuple[Days, Days, Days]  # authorisation, day, day from which it is covered again; in order of their days
    basis: tuple[Days, Days, Days]  # authorisation, last day of the evidence, its kind
    against: tuple[Days, Days, Days]  # cell, first day, first day on which it is remedied
    items: Items
    rules: tuple[tuple[int, Requirement], ...]  # unit, what it asks for
    scopes: Scopes


def columns(records: Records) -> Columns:
    """The records as arrays, in the order of their authorisations. One pass in Python; then every day is cheap."""
    persons, units = tuple(records.persons), tuple(records.units)
    at_person = {id: n for n, id in enumerate(persons)}
    scopes = _scopes(records, units)
    rows = records.authorisations
    person = _days(at_person.get(a.person, -1) for a in rows)
    unit = _days(scopes.units.get(a.unit, -1) for a in rows)
    employed, withdrawn, stopped, revised, basis = _of_authorisations(records)
    rules = tuple((scopes.units[r.unit], r) for r in records.requirements if r.unit in scopes.units)
    return Columns(
        persons, units, person, unit,
        _days(a.valid_from.toordinal() for a in rows),
        _days(NEVER if a.valid_until is None else a.valid_until.toordinal() for a in rows),
        np.array([a.unit in records.units and other_edition(a, records.units[a.unit]) for a in rows], bool),
        employed, withdrawn, stopped, revised, basis, _against(records, at_person, scopes),
        _items(records, at_person, scopes, {r.months for _, r in rules if r.months}), rules, scopes,
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
                basis.append((n, item.valid_until.toordinal(), EVIDENCE_KINDS.index(item.kind)))
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


def _against(records: Records, at_person: Mapping[str, int], scopes: Scopes) -> tuple[Days, Days, Days]:
    rows = []
    for c in records.contradictions:
        if c.person in at_person:
            until = NEVER + 1 if c.until is None else c.until.toordinal()
            for scope in _concerned(c, records, scopes):
                rows.append((at_person[c.person] * scopes.count + scope, c.start.toordinal(), until))
    cell, start, until_day = _table(rows, 3)
    return cell, start, until_day


def _concerned(against: Contradiction, records: Records, scopes: Scopes) -> Iterator[int]:
    """The scopes that something speaks against: of a nominal value the units whose interval holds it."""
    scope = scopes.of(against.unit, against.quantity)
    if against.point is None and scope is not None:
        yield scope
    elif scope is not None:
        yield from (n for id, n in scopes.units.items() if concerns(against, records.units[id]))


def _items(records: Records, at_person: Mapping[str, int], scopes: Scopes, months: set[int]) -> Items:
    kept: list[tuple[EvidenceItem, int, int]] = []
    for item in records.evidence:
        scope = scopes.of(item.unit, item.quantity)
        if item.person in at_person and scope is not None:
            kept.append((item, at_person[item.person], EVIDENCE_KINDS.index(item.kind) * scopes.count + scope))
    group = _days(g for _, _, g in kept)
    day = _days(e.day.toordinal() for e, _, _ in kept)
    # of one day the later row is the later item, whichever scope it has: `order` counts over all of them
    by_day = np.argsort(day, kind="stable")
    place = np.empty_like(by_day)
    place[by_day] = np.arange(len(by_day))
    sort = np.lexsort((place, group))
    until = _days(NEVER if e.valid_until is None else e.valid_until.toordinal() for e, _, _ in kept)[sort]
    value = np.array([np.nan if e.value is None else e.value for e, _, _ in kept], float)[sort]
    person = _days(p for _, p, _ in kept)[sort]
    good = np.array([e.good for e, _, _ in kept], bool)[sort]
    group, day = group[sort], day[sort]
    first = np.searchsorted(group, np.arange(len(EVIDENCE_KINDS) * scopes.count + 1))
    cell = person * scopes.count + group % scopes.count
    ends = {m: np.minimum(until, _after_months(day, m)) for m in months}
    return Items(person, day, until, good, value, place[sort], first, cell, {0: until, **ends})


_EPOCH = date(1970, 1, 1).toordinal()


def _after_months(days: Days, months: int) -> Days:
    """As `standing.after_months`, for day numbers."""
    given = (days - _EPOCH).astype("datetime64[D]")
    month = given.astype("datetime64[M]")
    within = (given - month.astype("datetime64[D]")).astype(np.int64)
    later = month + np.timedelta64(months, "M")
    start = later.astype("datetime64[D]").astype(np.int64) + _EPOCH
    length = (later + np.timedelta64(1, "M")).astype("datetime64[D]").astype(np.int64) + _EPOCH - start
    end: Days = np.minimum(start + np.minimum(within, length - 1), NEVER)
    return end


# ---------------------------------------------------------------- one day


def states(given: Columns, day: date) -> Matrix:
    """The state of every authorisation, and of every person and unit, on a day; equal to `standing.standing`."""
    on = day.toordinal()
    of = _of_each(given, on)
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
    lapsed = _lapsed(given, on)
    faults: list[tuple[Flags, State]] = [
        ((given.person < 0) | (given.unit < 0), "unknown"),
        (withdrawn, "withdrawn"),
        (on < given.start, "not_yet"),
        (given.end < on, "expired"),
        (~has_job, "not_authorised"),
        (~in_job & had_job, "expired"),
        (~in_job, "not_yet"),
        (suspended, "suspended"),
        (revised, "method_revised"),
        (lapsed, "evidence_lapsed"),
    ]
    return np.select([f for f, _ in faults], [CODE[s] for _, s in faults], CODE["authorised"]).astype(np.int8)


def _marked(of: Days, n: int) -> Flags:
    flags = np.zeros(n, bool)
    flags[of] = True
    return flags


def _last(of: Days, flag: Flags, chosen: Flags, n: int) -> Flags:
    """The flag of the last chosen row of each authorisation; rows stand in order of their days."""
    flags = np.zeros(n, bool)
    flags[of[chosen]] = flag[chosen]  # of several rows of one the last is kept
    return flags


def _jobs(given: Columns, on: int, n: int) -> tuple[Flags, Flags, Flags]:
    of, start, end = given.employed
    return _marked(of, n), _marked(of[(start <= on) & (on <= end)], n), _marked(of[start <= on], n)


def _lapsed(given: Columns, on: int) -> Flags:
    """Whether evidence is missing, an authorisation's basis ran out, or a failed comparison or assessment is open."""
    lapsed = _unmet(given, on)
    known = (given.person >= 0) & (given.unit >= 0)
    count = given.scopes.count
    cell, start, until = given.against
    flat = np.zeros(len(given.persons) * count, bool)
    flat[cell[(start <= on) & (on < until)]] = True
    person = given.person[known]
    unit = given.unit[known]
    for scope in _three(given, unit):
        lapsed[known] |= flat[person * count + scope]
    return lapsed | _basis(given, on)


def _three(given: Columns, unit: Days) -> tuple[Days, Days, Days]:
    """The scopes that units lie in."""
    n = len(given.units)
    return unit, np.full_like(unit, n), n + 1 + given.scopes.quantity_of[unit]


def _basis(given: Columns, on: int) -> Flags:
    of, until, kind = given.basis
    flags = np.zeros(len(given.person), bool)
    rows = (until < on) & (given.person[of] >= 0) & (given.unit[of] >= 0)
    of, kind = of[rows], kind[rows]
    if not len(of):
        return flags
    items, count = given.items, given.scopes.count
    kinds = len(EVIDENCE_KINDS)
    holds = items.good & (items.day <= on) & (on <= items.until)
    bounds = items.first[np.arange(kinds + 1) * count]
    item_kind = np.searchsorted(bounds, np.arange(len(items.day)), side="right") - 1
    valid = np.unique((items.cell * kinds + item_kind)[holds])
    replaced = np.zeros(len(of), bool)
    for scope in _three(given, given.unit[of]):
        replaced |= np.isin((given.person[of] * count + scope) * kinds + kind, valid)
    flags[of[~replaced]] = True
    return flags


def _unmet(given: Columns, on: int) -> Flags:
    """Whether an authorisation's unit asks for evidence that its person has not in date."""
    flags = np.zeros(len(given.person), bool)
    if not given.rules:
        return flags
    sort = np.argsort(given.unit, kind="stable")
    first = np.searchsorted(given.unit[sort], np.arange(len(given.units) + 1))
    for unit, rule in given.rules:
        of = sort[first[unit] : first[unit + 1]]
        of = of[given.person[of] >= 0]
        if len(of):
            flags[of] |= ~_meets(given, unit, rule, on)[given.person[of]]
    return flags


def _meets(given: Columns, unit: int, rule: Requirement, on: int) -> Flags:
    """Which persons meet a requirement of a unit on a day."""
    items, count, n = given.items, given.scopes.count, len(given.persons)
    kind = EVIDENCE_KINDS.index(rule.kind) * count
    parts = [np.arange(items.first[kind + s], items.first[kind + s + 1]) for s in given.scopes.covering(unit)]
    rows = np.concatenate(parts)
    rows = rows[items.day[rows] <= on]
    ends = items.ends[rule.months]
    enough = rule.least * (1.0 - ROUNDING)
    if rule.measure == "latest":
        rows = rows[np.argsort(items.order[rows], kind="stable")]
        last = np.full(n, -1)
        last[items.person[rows]] = rows
        met = np.zeros(n, bool)
        has = np.flatnonzero(last >= 0)
        at = last[has]
        met[has] = items.good[at] & (ends[at] >= on) & (items.value[at] >= enough)
        return met
    rows = rows[items.good[rows] & (ends[rows] >= on)]
    if rule.measure == "count":
        return np.bincount(items.person[rows], minlength=n) >= enough
    value = items.value[rows]
    return np.bincount(items.person[rows], np.where(np.isnan(value), 0.0, value), minlength=n) >= enough
