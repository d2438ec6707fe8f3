"""The day's work of carbon: what ends, who is late, what lies near an edge, what changed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.management.meters import Ending, ending
from suyuan.carbon.management.oversight import Deadline, Moved, Near, beside, deadlines, moved, near
from suyuan.carbon.monitoring.filed import read_stacks
from suyuan.carbon.plant import Plant
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Refused
from suyuan.quantity.table import Row, load
from suyuan.site.acts.carbon import held, stacks
from suyuan.site.acts.carbon.held import Filed
from suyuan.site.acts.carbon.sharing import pairs
from suyuan.site.acts.carbon.withdrawn import Withdrawn, withdrawn
from suyuan.verbs.carbon.accuracy import accuracies
from suyuan.verbs.carbon.monitored import Stacked
from suyuan.verbs.carbon.shared import Shared

AHEAD = 60
"""Days before its end from which a certificate is told."""
CLOSE = 0.03
"""Relative distance from an edge that counts as near."""


@dataclass(frozen=True, slots=True)
class Late:
    """What a unit owes by one rule and is not here, or came late. months: those concerned, 0 for the year; days: of the
    worst; done: whether all of it came in the end; over: whether it is what took the place of what came before."""

    enterprise: str
    unit: str
    year: int
    row: Row
    months: tuple[int, ...]
    days: int
    done: bool
    over: bool = False


@dataclass(frozen=True, slots=True)
class Retest:
    """A test of a channel that is to be repeated. kind: of `filed_tests.KINDS`; day: on which it was done; until: last
    day for which it holds, None where it failed; days: until then, negative where that is over; row: of the rule that
    judges it, None where its report says until when it holds."""

    enterprise: str
    unit: str
    stack: str
    role: str
    kind: str
    day: date
    until: date | None
    days: int
    row: Row | None


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """A number of a unit near an edge of a rule, with the row that has the edge. kind: word of what lies near."""

    claim: Claim
    kind: str
    detail: str
    near: Near
    row: Row


@dataclass(frozen=True, slots=True, eq=False)
class Due:
    """What of some claims waits for somebody: certificates that end, what is late or came late, tests to repeat,
    certificates that were withdrawn."""

    ending: tuple[Ending, ...] = ()
    late: tuple[Late, ...] = ()
    retests: tuple[Retest, ...] = ()
    withdrawn: tuple[Withdrawn, ...] = ()

    @property
    def owed(self) -> tuple[Late, ...]:
        """What is late and not here yet."""
        return tuple(one for one in self.late if not one.done)

    def __bool__(self) -> bool:
        return bool(self.ending or self.owed or self.retests or self.withdrawn)


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """What there is to do. unclaimed: plants' years of units without any claim; unknown: deadlines of which nothing is
    recorded here, so that nobody is called late by them."""

    claims: tuple[Claim, ...]
    standing: tuple[Claim, ...]
    unclaimed: tuple[Filed, ...]
    due: Due
    unknown: tuple[Row, ...]
    near: tuple[Edge, ...]
    moved: tuple[Moved, ...]
    shared: tuple[Shared, ...]


def day(user: Any, today: date) -> Day:
    """The day's work of somebody."""
    claims, plants = held.claims(user), held.plants(user)
    last = held.last(claims)
    units = {(one.enterprise, one.unit) for one in claims}
    unclaimed = {(p.plant.enterprise, p.plant.unit): p for p in plants
                 if (p.plant.enterprise, p.plant.unit) not in units}  # fmt: skip
    unknown = tuple(row for row in load("suyuan.carbon", "management.deadlines") if row["name"] == "monthly_evidence")
    edges = [edge for one in last for edge in _edges(one, held.plant_behind(one))]
    return Day(
        claims, last, tuple(unclaimed.values()), due(claims, today), unknown,
        tuple(sorted(edges, key=lambda edge: abs(edge.near.margin))), moved(held.standing(claims)), pairs(user),
    )  # fmt: skip


def due(claims: tuple[Claim, ...], today: date) -> Due:
    """What of some claims waits for somebody: of each unit by its last one."""
    last = held.last(claims)
    found = [item for one in last for item in late(one, held.plant_behind(one), claims, today)]
    tests = [item for one in last for item in retests(one, today)]
    return Due(ending(last, today, AHEAD), tuple(sorted(found, key=lambda o: (o.done, -o.days))),
               tuple(sorted(tests, key=lambda o: o.days)), withdrawn(last))  # fmt: skip


def own_due(user: Any, today: date) -> Due:
    """What waits in the enterprise that employs somebody; nothing for who is of none."""
    mine = held.own(user)
    return due(tuple(one for one in held.all_claims() if one.enterprise in mine), today) if mine else Due()


# ---------------------------------------------------------------- deadlines


def late(claim: Claim, behind: Filed | None, known: tuple[Claim, ...], today: date) -> list[Late]:
    """What a unit owed by today for the year of its last claim and the years since, this one too, and is late."""
    found = []
    for year in range(claim.year, today.year + 1):
        done = _done(claim, behind, known, year)
        asked = [one for one in deadlines(claim.unit, year, done) if _recorded(one, behind)]
        found += _superseding(claim, year, asked)
        by_row: dict[str, list[Deadline]] = {}
        for one in asked:
            if one.late(today):
                by_row.setdefault(str(one.row["id"]), []).append(one)
        for rows in by_row.values():
            found.append(Late(claim.enterprise, claim.unit, year, rows[0].row, tuple(r.month for r in rows),
                              max(r.late(today) for r in rows), all(r.done is not None for r in rows)))  # fmt: skip
    return found


def _superseding(claim: Claim, year: int, asked: Iterable[Deadline]) -> list[Late]:
    """A claim that took the place of another after the day on which the year's claim was due."""
    came = held.arrived(claim)
    return [Late(claim.enterprise, claim.unit, year, one.row, (0,), (came - one.due).days, True, True)
            for one in asked if one.name == "annual_report" and claim.supersedes and claim.year == year
            and came > one.due and one.done != came]  # fmt: skip


def _recorded(one: Deadline, behind: Filed | None) -> bool:
    """Whether it would be here if it were done: monthly reports of a unit that files them, and the report of a year."""
    if one.name == "annual_report":
        return True
    return one.name == "carbon_report" and behind is not None and bool(_reports(behind.plant))


def _reports(plant: Plant) -> list[Mapping[str, Any]]:
    return [report for stream in plant.content.get("streams", ()) for report in stream.get("reports", ())]


def retests(claim: Claim, today: date) -> list[Retest]:
    """The tests of a unit's monitors that failed, that no longer hold, or that soon will not: of each channel the last
    of its kind, by the documents of its last claim's year and the years since."""
    last: dict[tuple[str, str, str], Retest] = {}
    for year in range(claim.year, today.year + 1):
        for filed in held.plants_of(claim.enterprise, f"{claim.unit} {year}"):
            for one in _tests(claim, filed.plant, today):
                key = (one.stack, one.role, one.kind)
                if key not in last or last[key].day <= one.day:
                    last[key] = one
    return [one for one in last.values() if one.days <= AHEAD]


def _tests(claim: Claim, plant: Plant, today: date) -> list[Retest]:
    try:
        stacks_ = read_stacks(Fields(plant.content), plant.year, plant.overrides)
        judged = {(one.stack, one.role, one.day, one.kind): one for one in accuracies(stacks_)}
    except Refused:
        return []  # its page says why
    found = []
    for filed in stacks_:
        for test in filed.tests:
            one = judged.get((filed.stack.id, test.role, test.day, test.kind))
            failed = one is not None and one.outcome == "failed"
            until = None if failed else one.until if one is not None else test.until
            if until is None and not failed:
                continue  # nothing says until when it holds
            days = ((until or test.day) - today).days
            found.append(Retest(claim.enterprise, claim.unit, filed.stack.id, test.role, test.kind, test.day, until,
                                days, one.row if one is not None else None))  # fmt: skip
    return found


def _done(claim: Claim, behind: Filed | None, known: tuple[Claim, ...], year: int) -> dict[tuple[str, int], date]:
    key = (claim.enterprise, claim.unit, year)
    mine = [held.arrived(one) for one in known if (one.enterprise, one.unit, one.year) == key]
    done = {("annual_report", 0): min(mine)} if mine else {}
    filed = [] if behind is None else [behind] if year == claim.year else held.plants_of(
        claim.enterprise, f"{claim.unit} {year}")  # fmt: skip
    for report in (report for one in filed for report in _reports(one.plant)):
        try:
            issued = date.fromisoformat(str(report.get("issued", "")))
            done["carbon_report", int(report["month"])] = issued
        except (ValueError, KeyError, TypeError):
            continue  # no day of issue: not known to have come
    return done


# ---------------------------------------------------------------- edges


def _edges(claim: Claim, behind: Filed | None) -> list[Edge]:
    found = []
    for row in load("suyuan.carbon", "management.materiality"):
        if "up_to" in row:
            found += [Edge(claim, "materiality", str(row["scheme"]), one, row)
                      for one in near(claim.unit, "legal", [claim.legal], [float(row["up_to"])], CLOSE)]  # fmt: skip
    for stacked in _stacks(claim, behind):
        found += capture_edges(claim, stacked)
    return found


def _stacks(claim: Claim, behind: Filed | None) -> tuple[Stacked, ...]:
    """By what was known when the claim was made."""
    if behind is None:
        return ()
    try:
        return stacks.years(behind.plant, behind.digest, held.known_at(claim))
    except Refused:
        return ()  # its page says why


def warmed(_: object) -> None:
    """Make the stacks behind the last claims, which the day's page asks for, before anybody asks."""
    for claim in held.last(held.all_claims()):
        _stacks(claim, held.plant_behind(claim))


def capture_edges(claim: Claim, stacked: Stacked) -> list[Edge]:
    """Quarters of a stack whose capture rate lies below an edge of the substitution of its scheme, however far, or
    above one by little."""
    bands = [row for name, row in stacked.filed.rules.rows.items() if name.startswith("substitution.")]
    rows = {float(row["value"]["from"]): row for row in bands
            if isinstance(row["value"], Mapping) and row["value"].get("from")}  # fmt: skip
    found = []
    for quarter, share in stacked.year.capture.items():
        one = beside(claim.unit, "capture", share, list(rows), CLOSE) if math.isfinite(share) else None
        if one is not None:
            found.append(Edge(claim, "capture", f"{stacked.year.stack} Q{quarter}", one, rows[one.edge]))
    return found
