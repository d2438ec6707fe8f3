"""The data-quality control plan: how each parameter of a year is obtained, versioned and bound to that year.

A plan says for each parameter of each source stream the method, instrument, frequency, laboratory, substitute and who
is responsible. A year is claimed by the plan that was filed for it; what departs from the plan is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from suyuan.carbon.fuel.stream import SourceStream
from suyuan.carbon.management.meters import Meter
from suyuan.carbon.words import named
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, finding

METHODS = ("measured", "calculated", "default", "monitored")


@dataclass(frozen=True, slots=True)
class Parameter:
    """How one parameter is obtained. stream, factor: what it is; method: one of METHODS; instrument: id of a meter;
    frequency, laboratory, substitute, responsible: as filed."""

    stream: str
    factor: str
    method: str
    instrument: str = ""
    frequency: str = ""
    laboratory: str = ""
    substitute: str = ""
    responsible: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A version of a plan. year: that it is filed for; filed: day of filing, None before; supersedes: its predecessor's
    version, with the reason."""

    version: str
    year: int
    parameters: tuple[Parameter, ...]
    filed: date | None = None
    supersedes: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed between two versions: parameter «stream · factor», field, before and after; «» where absent."""

    parameter: str
    field: str
    before: str
    after: str


def read_plan(content: Fields) -> Plan | None:
    """The plan of a plant's document (key «plan»), None where it has none; faults in `content.found`."""
    inner = content.inner("plan")
    if inner is None:
        return None
    rows = []
    for one in inner.several("parameters"):
        rows.append(Parameter(
            one.text("stream", True), one.text("factor", True), one.choice("method", METHODS), one.text("instrument"),
            one.text("frequency"), one.text("laboratory"), one.text("substitute"), one.text("responsible"),
        ))  # fmt: skip
        one.close()
    year = inner.whole("year")
    if year is None:
        inner.report("typed.field.missing", "year", field="year")
    plan = Plan(inner.text("version", True), year or 0, tuple(rows), inner.day("filed"), inner.text("supersedes"),
                inner.text("reason"))  # fmt: skip
    inner.close()
    return plan


def differences(before: Plan, after: Plan) -> tuple[Difference, ...]:
    """What two versions say differently, parameter by parameter, in the order of the first.

    >>> old = Plan("1", 2025, (Parameter("coal", "carbon", "default"),))
    >>> [d.field for d in differences(old, Plan("2", 2025, (Parameter("coal", "carbon", "measured"),)))]
    ['method']
    """
    first, second = ({f"{p.stream} · {p.factor}": p for p in plan.parameters} for plan in (before, after))
    found = []
    for key in dict.fromkeys((*first, *second)):
        for one in fields(Parameter)[2:]:
            old = str(getattr(first[key], one.name)) if key in first else ""
            new = str(getattr(second[key], one.name)) if key in second else ""
            if old != new:
                found.append(Difference(key, one.name, old, new))
    return tuple(found)


def followed(
    plan: Plan | None, unit: str, year: int, streams: Sequence[SourceStream], meters: Sequence[Meter] = ()
) -> tuple[Finding, ...]:
    """Where the year of a unit departs from the plan of that year.

    Told: no plan, a plan of another year, one filed after the year began, a stream or factor without a parameter, a
    default where the plan says measured, an instrument that the register does not have.
    """
    if plan is None:
        return (finding("carbon.plan.none", unit, "warning", year=year),)
    told = []
    if plan.year != year:
        told.append(finding("carbon.plan.year", plan.version, "warning", plan=plan.year, year=year))
    if plan.filed is None:
        told.append(finding("carbon.plan.not_filed", plan.version, "warning", version=plan.version))
    elif plan.filed > date(year, 1, 1) and not plan.supersedes:
        told.append(finding("carbon.plan.late", plan.version, "warning", version=plan.version,
                            day=plan.filed.isoformat(), year=year))  # fmt: skip
    planned = {(p.stream, p.factor): p for p in plan.parameters}
    for stream in streams:
        for factor in ("amount", *stream.given):
            row = planned.get((stream.name, factor))
            if row is None:
                told.append(finding("carbon.plan.absent", stream.name, "warning", stream=stream.name,
                                    **named("factor", "factor", factor)))  # fmt: skip
            elif row.method == "measured" and stream.defaults and factor in ("carbon", "carbon_per_heat"):
                told.append(finding("carbon.plan.default", stream.name, "warning", stream=stream.name,
                                    months=", ".join(map(str, sorted(stream.defaults))),
                                    **named("factor", "factor", factor)))  # fmt: skip
    known = {meter.id for meter in meters}
    told += [
        finding("carbon.plan.instrument", p.instrument, "warning", instrument=p.instrument, stream=p.stream,
                **named("factor", "factor", p.factor))
        for p in plan.parameters if p.instrument and p.instrument not in known
    ]  # fmt: skip
    return tuple(told)
