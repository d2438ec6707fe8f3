"""The meters of a unit's document with the state of their certificates, its monitoring instruments, and what departs.

What terminal, pages and papers say of meters and of the control plan comes from here, so that all say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from suyuan.carbon.claim.claim import Evidence as Behind
from suyuan.carbon.management.meters import Known, Meter, State, examined, read_meters, state_of
from suyuan.carbon.management.plan import Plan, followed, read_plan
from suyuan.carbon.plant import Plant
from suyuan.certificate.certificate import CertificateReference
from suyuan.certificate.validity import state
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, finding
from suyuan.traceability.evidence import Evidence

AHEAD = 60
"""Days before its due day from which a meter is told."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """An instrument of a monitored stack. role: its channel; certificates: behind the claim of the document, each with
    its state on the day, «absent» where the store does not have it, «» where none was asked."""

    stack: str
    role: str
    name: str
    certificates: tuple[tuple[Behind, str], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Register:
    """states: id of a meter → what of it needs a person first; instruments: of the stacks; told: faults of the document
    and what of the meters needs a person; departs: from the control plan."""

    meters: tuple[Meter, ...]
    plan: Plan | None
    states: Mapping[str, State]
    instruments: tuple[Instrument, ...]
    told: tuple[Finding, ...]
    departs: tuple[Finding, ...]


def register(plant: Plant, day: date, evidence: Evidence | None = None, behind: Sequence[Behind] = ()) -> Register:
    """The register of a document on a day.

    evidence: of a store, None where none is at hand; behind: the evidence of a claim of the document, which says which
    certificates stand behind the instruments of its stacks.
    """
    fields = Fields(plant.content)
    meters, plan = read_meters(fields), read_plan(fields)
    known = _states(((one.issuer, one.number) for one in meters), day, evidence)
    told = (*fields.found, *_strangers(plant.content, meters, plan), *examined(meters, day, AHEAD, known))
    return Register(
        meters, plan, {one.id: state_of(one, day, known, AHEAD) for one in meters},
        tuple(_instruments(plant, behind, day, evidence)), told,
        followed(plan, plant.unit, plant.year, plant.streams, meters),
    )  # fmt: skip


def departures(plant: Plant) -> tuple[Finding, ...]:
    """What departs from the control plan of a document that burns, processes or buys something, as warnings; before it
    the faults of plan and register, which are errors."""
    if not plant.streams:
        return ()
    fields = Fields(plant.content)
    meters, plan = read_meters(fields), read_plan(fields)
    departs = followed(plan, plant.unit, plant.year, plant.streams, meters)
    within = _due_within(plant.year, meters)
    return (*fields.found, *_strangers(plant.content, meters, plan), *within, *departs)


def _due_within(year: int, meters: Sequence[Meter]) -> Iterator[Finding]:
    """Meters that were to be calibrated again before the claimed year was over: by the register they were not."""
    for at, meter in enumerate(meters):
        if meter.fitted and meter.due is not None and meter.due < date(year, 12, 31):
            yield finding("carbon.register.due", f"/meters/{at}/due", "warning", id=meter.id, year=year,
                          due=meter.due.isoformat(), stream=meter.stream or "—")  # fmt: skip


def _strangers(content: Mapping[str, Any], meters: Sequence[Meter], plan: Plan | None) -> Iterator[Finding]:
    """What meters, plan and streams name that the document does not have."""
    sources = [str(one.get(key, "")) for of, key in (("streams", "name"), ("stacks", "id"), ("forests", "name"))
               for one in content.get(of) or ()]  # fmt: skip
    named = [(f"/meters/{at}/stream", meter.stream) for at, meter in enumerate(meters) if meter.stream]
    if plan is not None:
        named += [(f"/plan/parameters/{at}/stream", one.stream) for at, one in enumerate(plan.parameters)]
    for place, name in named:
        if name not in sources:
            yield finding("carbon.register.stream", place, "warning", given=name[:60], known=", ".join(sources)[:300])
    ids = [meter.id for meter in meters]
    for at, one in enumerate(content.get("streams") or ()):
        if (name := str(one.get("meter", ""))) and name not in ids:
            yield finding("carbon.register.meter", f"/streams/{at}/meter", "warning", given=name[:60],
                          known=", ".join(ids)[:300] or "—")  # fmt: skip


def _states(named: Iterable[tuple[str, str]], day: date, evidence: Evidence | None) -> Known:
    found = {}
    for issuer, number in named if evidence is not None else ():
        certificate = evidence.find(CertificateReference(issuer, number)) if evidence is not None and number else None
        if certificate is not None and evidence is not None:
            found[issuer, number] = state(certificate, day, evidence.statements)[0]
    return found


def _instruments(plant: Plant, behind: Sequence[Behind], day: date, evidence: Evidence | None) -> Iterable[Instrument]:
    states = _states(((one.issuer, one.number) for one in behind), day, evidence)
    for stack in plant.content.get("stacks") or ():
        for channel in stack.get("channels") or ():
            name, role = str(stack.get("id", "")), str(channel.get("role", ""))
            mine = [one for one in behind if one.part == name and one.role == f"{name} {role}"]
            found = tuple(
                (one, states.get((one.issuer, one.number), "absent") if evidence is not None else "") for one in mine
            )
            yield Instrument(name, role, str(channel.get("instrument", "")), found)
