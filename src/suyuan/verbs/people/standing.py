"""Persons on a day: who may do what, what is missing, what ends, who is the only one, what to train.

    snapshot ─ registers of persons, outcomes of comparisons, certificates ─▶ standing, gaps, risks, plan

Every answer is computed for the snapshot's day; nothing of it is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from suyuan.capability.capability import Capability
from suyuan.capability.taxonomy import quantity_chain, quantity_key
from suyuan.certificate.certificate import Certificate, Text, one_line
from suyuan.comparison.round.help_plan import HelpPlan
from suyuan.quantity.finding import Finding
from suyuan.talent import base as bases
from suyuan.talent import gap, leader, mentoring, plan, programme, signing
from suyuan.talent.columns import CODE, Columns, Matrix, columns, states
from suyuan.talent.joined import KINDS, Records, join
from suyuan.talent.record_checks import checks
from suyuan.talent.records import Activity, Authorisation, CompetenceUnit
from suyuan.talent.signing import Permission, Subject, covers, subject_of_capability
from suyuan.talent.standing import Standing, standing
from suyuan.verbs.snapshot import Snapshot

Key = tuple[str, str]
DOES: tuple[Activity, ...] = ("perform", "sign")
"""Activities that make a person count for a capability."""


def records_on(snapshot: Snapshot) -> Records:
    """The competence registers of a snapshot as one value, with what comparisons found about persons."""

    def made() -> Records:
        rows = {kind: [(register.owner, row) for register, row in snapshot.deliveries(kind)] for kind in KINDS}
        return join(rows, snapshot.evidence.outcomes)

    return snapshot.once("competence records", made)


def columns_on(snapshot: Snapshot) -> Columns:
    """The same as arrays."""
    return snapshot.once("competence columns", lambda: columns(records_on(snapshot)))


def states_on(snapshot: Snapshot) -> Matrix:
    """The state of every authorisation on the snapshot's day."""
    return snapshot.once("competence states", lambda: states(columns_on(snapshot), snapshot.day))


def findings(snapshot: Snapshot) -> tuple[Finding, ...]:
    """What is wrong with the competence registers as a whole."""
    return checks(records_on(snapshot))


def stands(snapshot: Snapshot, person: str, unit: str, laboratory: Text | None = None) -> Standing:
    """Where a person stands in a unit, with the reasons."""
    return standing(records_on(snapshot), person, unit, snapshot.day, laboratory)


def who_may(snapshot: Snapshot, subject: Subject, activity: Activity = "sign") -> tuple[Permission, ...]:
    """Who may do something with a subject: those who may first, the others with what stands against them."""
    return signing.may(records_on(snapshot), activity, subject, snapshot.day)


def matrix(snapshot: Snapshot, persons: Sequence[str] = (), units: Sequence[str] = ()) -> gap.Cells:
    """Persons × units with their states, () for all; the form of `report.figures.competence.competence_figure`."""
    return gap.matrix(records_on(snapshot), snapshot.day, persons, units, columns_on(snapshot))


def risks(snapshot: Snapshot, laboratory: Text | None = None) -> tuple[gap.Risk, ...]:
    """Units for which a laboratory has nobody, one, or several persons; the fewest first."""
    return gap.risks(records_on(snapshot), snapshot.day, laboratory, columns_on(snapshot))


def expiring(snapshot: Snapshot, days: int = 90) -> tuple[gap.Expiry, ...]:
    """What holds and ends within so many days."""
    return gap.expiring(records_on(snapshot), snapshot.day, days, columns_on(snapshot))


def gaps_of(snapshot: Snapshot, person: str) -> tuple[gap.Gap, ...]:
    """The units that are asked of a person, with what is missing and the courses that close it."""
    return gap.gaps_of(records_on(snapshot), person, snapshot.day, snapshot.rows("course"))


# ---------------------------------------------------------------- capabilities and key parameters


def authorised_persons(snapshot: Snapshot, capabilities: Iterable[Capability]) -> dict[Key, frozenset[str] | None]:
    """Key of a capability → persons who are authorised at its laboratory to perform or sign what it is about.

    None where nobody knows: the laboratory keeps no competence register, or nobody is shown to be authorised and the
    capability does not state what a unit asks for (its method, say). An empty set: nobody is.
    """
    found = staff(snapshot, capabilities)
    return {key: None if one.silent else one.persons for key, one in found.items()}


@dataclass(frozen=True, slots=True)
class Staff:
    """Who stands behind a capability. may: activity → persons authorised for it; asked: activities for which its
    laboratory has a unit of competence; unsure: those for which it is not known whether somebody is; kept: whether the
    laboratory keeps a register of persons at all."""

    may: Mapping[Activity, frozenset[str]]
    asked: frozenset[Activity]
    unsure: frozenset[Activity]
    kept: bool

    @property
    def persons(self) -> frozenset[str]:
        """Those who may do any of it."""
        return frozenset().union(*self.may.values())

    @property
    def silent(self) -> bool:
        """Whether nobody knows of anybody."""
        return not self.kept or bool(self.unsure and not self.persons)

    def fewest(self) -> tuple[int | None, Activity | None]:
        """How many persons count: where both are asked for, the smaller of those who perform and those who sign, and
        which of them; else all. None: not known."""
        if not self.kept or not self.asked.issuperset(DOES):
            return (None if self.silent else len(self.persons)), None
        fewer = min(DOES, key=lambda activity: len(self.may[activity]))
        return (None if fewer in self.unsure and not self.may[fewer] else len(self.may[fewer])), fewer


def staff(snapshot: Snapshot, capabilities: Iterable[Capability], day: date | None = None) -> dict[Key, Staff]:
    """Key of a capability → who may perform and who may sign what it is about, at its laboratory. day: on which, by
    what the snapshot knows; None: its own."""
    records = records_on(snapshot)
    states_then = states_on(snapshot) if day is None else states(columns_on(snapshot), day)
    held, units = _held(records, states_then), _units(snapshot, records)
    abouts: dict[tuple[object, ...], int] = {}
    seen: dict[tuple[str, str, int], str] = {}
    asks: dict[tuple[tuple[str, ...], int], frozenset[Activity]] = {}
    found: dict[Key, Staff] = {}
    for capability in capabilities:
        subject = subject_of_capability(capability)
        about = (subject.quantity, subject.item, subject.method, subject.edition, subject.interval, subject.site)
        number = abouts.setdefault(about, len(abouts))  # looked up once, not for each authorisation
        persons: dict[Activity, set[str]] = {activity: set() for activity in DOES}
        unknown: set[Activity] = set()
        for granted in _for(held, capability.laboratory, subject.quantity):
            key = (granted.unit, granted.edition, number)
            if key not in seen:
                seen[key] = covers(records.units[granted.unit], subject, granted.edition)[0]
            activity = records.units[granted.unit].activity
            if seen[key] == "covered":
                persons[activity].add(granted.person)
            elif seen[key] == "unknown":
                unknown.add(activity)
        place = (tuple(capability.laboratory.values()), number)
        if place not in asks:
            asks[place] = frozenset(
                unit.activity for unit in _for(units, capability.laboratory, subject.quantity)
                if unit.activity in DOES and covers(unit, subject, "")[0] == "covered"
            )  # fmt: skip
        may = {activity: frozenset(names) for activity, names in persons.items()}
        found[capability.key] = Staff(
            may, asks[place], frozenset(unknown), bool(records.kept_by(capability.laboratory))
        )
    return found


def _units(snapshot: Snapshot, records: Records) -> Mapping[str, Mapping[str, list[CompetenceUnit]]]:
    """Name of a laboratory → kind of quantity → the units of competence that it delivered or ever authorised for."""
    pairs = [(one_line(name), row.id) for register, row in snapshot.deliveries("competence_unit")
             for name in register.organisation.values()]  # fmt: skip
    pairs += [(one_line(name), a.unit) for a in records.authorisations for name in a.laboratory.values()]
    found: dict[str, dict[str, list[CompetenceUnit]]] = {}
    for name, id in dict.fromkeys(pairs):
        if (unit := records.units.get(id)) is not None:
            found.setdefault(name, {}).setdefault(quantity_key(unit.quantity), []).append(unit)
    return found


Held = Mapping[str, Mapping[str, list[Authorisation]]]


def _held(records: Records, found: Matrix) -> Held:
    """Name of a laboratory → kind of quantity → its authorisations to perform or sign that hold."""
    held: dict[str, dict[str, list[Authorisation]]] = {}
    for granted, code in zip(records.authorisations, found.of_authorisation, strict=True):
        if code == CODE["authorised"] and records.units[granted.unit].activity in DOES:
            quantity = quantity_key(records.units[granted.unit].quantity)
            for name in {one_line(name) for name in granted.laboratory.values()}:
                held.setdefault(name, {}).setdefault(quantity, []).append(granted)
    return held


T = TypeVar("T")


def _for(held: Mapping[str, Mapping[str, list[T]]], laboratory: Text, quantity: str) -> Iterable[T]:
    """The authorisations or units of a laboratory for a kind of quantity and the broader ones."""
    for key in quantity_chain(quantity):
        for name in laboratory.values():
            yield from held.get(one_line(name), {}).get(key, ())


def authorised_counts(snapshot: Snapshot, capabilities: Iterable[Capability]) -> dict[Key, int | None]:
    """Key of a capability → number of its authorised persons, the smaller of those who perform and those who sign where
    its laboratory has units for both; None: not known."""
    return {key: one.fewest()[0] for key, one in staff(snapshot, capabilities).items()}


def authorised_count(snapshot: Snapshot, capability: Capability) -> int | None:
    """The same of one capability."""
    return authorised_counts(snapshot, (capability,))[capability.key]


@dataclass(frozen=True, slots=True)
class ParameterRisk:
    """How many persons stand behind a key parameter. capabilities: that serve it; persons: who may do one of them, None
    where nobody knows of any."""

    parameter: str
    capabilities: tuple[Key, ...]
    persons: frozenset[str] | None


def parameter_risks(snapshot: Snapshot) -> tuple[ParameterRisk, ...]:
    """For every key parameter that a capability claims to serve: the persons behind it; the fewest known first."""
    found = authorised_persons(snapshot, snapshot.capabilities)
    groups: dict[str, list[Key]] = {}
    for capability in snapshot.capabilities:
        for parameter in capability.parameters:
            groups.setdefault(parameter, []).append(capability.key)
    rows = []
    for parameter, keys in groups.items():
        known = [persons for key in keys if (persons := found[key]) is not None]
        rows.append(ParameterRisk(parameter, tuple(keys), frozenset().union(*known) if known else None))
    return tuple(sorted(rows, key=lambda r: (r.persons is None, len(r.persons or ()), r.parameter)))


# ---------------------------------------------------------------- training, leaders, mentoring


def base_standings(snapshot: Snapshot) -> tuple[bases.BaseStanding, ...]:
    """Every training base with what it can rely on: equipment, instructors, courses."""
    proof = (snapshot.evidence, snapshot.survey)
    courses = snapshot.rows("course")
    return tuple(
        bases.of_base(base, courses, records_on(snapshot), proof, snapshot.day)
        for base in snapshot.rows("training_base")
    )


def regions(snapshot: Snapshot) -> Mapping[str, str]:
    """Name of an organisation → region code, as capabilities, centres and training bases state it."""
    found: dict[str, str] = {}
    for capability in snapshot.capabilities:
        _located(found, capability.laboratory, capability.region)
    for centre in snapshot.rows("centre"):
        _located(found, {str(n): name for n, name in enumerate((*centre.host.values(), *centre.laboratories))},
                 centre.region)  # fmt: skip
    for base in snapshot.rows("training_base"):
        _located(found, base.organisation, base.region)
    return found


def _located(found: dict[str, str], names: Text, region: str) -> None:
    for name in names.values():
        if region:
            found.setdefault(one_line(name), region)


def demands(snapshot: Snapshot) -> tuple[gap.Demand, ...]:
    """Training that the gaps of the day ask for, per unit and region."""
    return gap.demand(records_on(snapshot), snapshot.day, snapshot.rows("course"), regions(snapshot))


def training_plan(snapshot: Snapshot, start: date | None = None, days: int = 365) -> plan.Plan:
    """A training plan from the gaps: courses with their runs and seats within the capacity of the bases.

    start: first day of the plan, the day after the snapshot's by default; days: how many are looked at.
    """
    ready = {one.course.id: one.ready for base in base_standings(snapshot) for one in base.courses}
    first = start or date.fromordinal(snapshot.day.toordinal() + 1)
    return plan.plan(demands(snapshot), snapshot.rows("course"), snapshot.rows("training_base"), first, days, ready)


def leaders(snapshot: Snapshot) -> tuple[leader.Profile, ...]:
    """Discipline leaders, then who else has projects, papers or specifications to show."""
    return leader.profiles(records_on(snapshot), snapshot.matters_of(*leader.RESEARCH), snapshot.day)


def programmes(snapshot: Snapshot) -> tuple[programme.Year, ...]:
    """Yearly skill programmes with participation and effect; who does not say for whom he works is looked up."""
    records = records_on(snapshot)

    def placed(one: programme.Participation) -> programme.Participation:
        known = records.known_as.get(one.person, ()) if not one.organisation else ()
        works = gap.employers(records, known[0], one.day or snapshot.day) if len(known) == 1 else ()
        return replace(one, organisation=works[0]) if works else one

    rows = (replace(p, participants=tuple(map(placed, p.participants))) for p in snapshot.rows("programme"))
    return programme.trend(rows)


def check_signing(
    snapshot: Snapshot, certificate: Certificate, day: date | None = None, signatories: Iterable[str] = (),
    deviation: str = "",
) -> tuple[Finding, ...]:  # fmt: skip
    """What stands against the signing of a certificate on a day, () where nothing does.

    day: of signing, the snapshot's by default; it is judged with all that the snapshot knows. signatories: who signs;
    by default those whom the certificate names. deviation: the reason for which it is signed all the same: errors
    become warnings that go on record.
    """
    on = day or snapshot.day
    return tuple(
        dict.fromkeys(signing.check_certificate(records_on(snapshot), certificate, on, signatories, deviation))
    )


def mentoring_pairs(
    snapshot: Snapshot, plans: Mapping[mentoring.PlanKey, HelpPlan] | None = None
) -> tuple[mentoring.Pair, ...]:
    """Failed comparisons with who may help. plans: help plans of the rounds, by comparison, member and measurand."""
    return mentoring.pairs(records_on(snapshot), snapshot.evidence.outcomes, snapshot.day, plans)
