"""The inputs of a case as quantities: from certificates, from readings, or stated with a distribution."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from suyuan.certificate.accuracy_class import rows as class_rows
from suyuan.certificate.certificate import Certificate
from suyuan.certificate.quantities import ARCHIVE
from suyuan.quantity.constant import SET, constant, known
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, joint, quantity
from suyuan.quantity.type_a.readings import observed_together, readings
from suyuan.quantity.type_b import Evaluated, from_case_parameters
from suyuan.quantity.unit import ONE, Unit, parse_unit
from suyuan.traceability.evidence import Evidence
from suyuan.traceability.lookup import QuantitiesOf, lookup
from suyuan.verbs.case_form import Case, CaseEntry
from suyuan.verbs.series.summary_input import asked
from suyuan.verbs.wants import called

UNCORRELATED = ("certificate", "observations", "constant", "series")


@dataclass(frozen=True, slots=True)
class Input:
    """One input as it entered the model: quantity in the declared unit, and the entry that it came from."""

    name: str
    quantity: Quantity
    entry: CaseEntry
    certificate: Certificate | None = None

    @property
    def from_archive(self) -> bool:
        """The certificate carries an archive, so the correlation of its values is known."""
        used = self.certificate
        return used is not None and any(ARCHIVE in a.ref_types for a in used.attachments)


def read_inputs(
    case: Case, evidence: Evidence, run: str, findings: list[Finding], of: QuantitiesOf | None
) -> dict[str, Input]:
    """All inputs of a case by name; findings are appended. Raises Refused with every fault of every input."""
    result: dict[str, Input] = {}
    grouped = {name for pair in case.correlations for name in pair[:2]}
    grouped |= {name for group in case.observed_together for name in group}
    together = _correlated_inputs(case, run, findings)
    for entry in case.entries:
        try:
            if entry.name in grouped and entry.name in together:
                result[entry.name] = Input(entry.name, together[entry.name], entry)
            elif entry.distribution == "certificate":
                result[entry.name] = _from_certificate(entry, evidence, findings, of)
            elif entry.distribution == "series":
                result[entry.name] = _from_series(entry, evidence, findings)
            else:
                result[entry.name] = Input(entry.name, _typed(entry, case, run, findings), entry)
        except Refused as refused:
            findings.extend(called(located(refused.findings, entry.where), entry.name))
    for name in case.model.inputs:
        if name not in result and name not in (e.name for e in case.entries):
            result[name] = _constant(name, findings)
    if errors(findings):
        raise Refused(*findings)
    return result


def _constant(name: str, findings: list[Finding]) -> Input:
    """A name that no input gives and the table of constants knows, in the coherent unit of the SI."""
    row = next(c for c in known() if c.symbol == name)
    label = {"zh": row.zh, "en": row.en}
    findings.append(finding("evaluation.constant", f"/input/model ({name})", "note", name=name, zh=row.zh, en=row.en))
    entry = CaseEntry(name, "constant", {}, "/input/model", unit=row.unit, label=label, source=SET)
    return Input(name, constant(name), entry)


def located(findings: Sequence[Finding], where: str) -> list[Finding]:
    """Findings that do not know their place get that of the input."""
    return [f if f.where else replace(f, where=where) for f in findings]


def _from_certificate(entry: CaseEntry, evidence: Evidence, findings: list[Finding], of: QuantitiesOf | None) -> Input:
    assert entry.reference is not None
    value, found = lookup(evidence, entry.reference, entry.place, entry.index, of)
    findings.extend(found)
    if value.ndim:
        raise Refused(finding("evaluation.list.no_index", where=entry.where, name=entry.name, count=value.size))
    if entry.unit is None:
        findings.append(
            finding("evaluation.unit.missing", entry.where, "warning", name=entry.name, unit=value.unit.symbol)
        )
    else:
        value = _converted(value, parse_unit(entry.unit), entry, findings)
    used = evidence.find(entry.reference)
    findings.extend(_by_class(entry, used))
    return Input(entry.name, value, entry, used)


def _from_series(entry: CaseEntry, evidence: Evidence, findings: list[Finding]) -> Input:
    """A summary of readings, with all influences of the certificates that correct them."""
    value = evidence.summaries.get(asked(entry.parameters))
    if value is None:
        raise Refused(finding("series_join.summary.absent", entry.where, stream=entry.parameters.get("stream")))
    if entry.unit is not None:
        value = _converted(value, parse_unit(entry.unit), entry, findings)
    return Input(entry.name, value, entry)


def _converted(value: Quantity, unit: Unit, entry: CaseEntry, findings: list[Finding]) -> Quantity:
    """The value in the input's unit; °C read as kelvin, or kelvin as °C, is told: it may have been a difference."""
    there = value.to(unit)
    if (value.unit.kind == "point") != (unit.kind == "point"):
        findings.append(
            finding(
                "evaluation.unit.point", entry.where, "warning", name=entry.name,
                given=f"{float(value.value):g} {value.unit.symbol}", used=f"{float(there.value):g} {unit.symbol}",
            )
        )  # fmt: skip
    return there


def _by_class(entry: CaseEntry, used: Certificate | None) -> list[Finding]:
    """A class whose limit is not confirmed in a public text."""
    stated = used.at(entry.place) if used is not None else None
    row = class_rows().get(stated.class_row) if stated is not None and stated.class_row else None
    if row is None or row.get("status") == "confirmed":
        return []
    return [
        finding(
            "evaluation.class.not_confirmed", entry.where, "warning", name=entry.name, row=row["id"],
            status=row.get("status"),
        )
    ]  # fmt: skip


def _unit(entry: CaseEntry) -> Unit:
    return parse_unit(entry.unit) if entry.unit else ONE


def _typed(entry: CaseEntry, case: Case, run: str, findings: list[Finding]) -> Quantity:
    """An input stated in the case itself: its influence is the evaluation's own, named by evaluation and input."""
    stated = _stated(entry, case, findings)
    if stated.u == 0.0:
        return quantity(stated.value, None, _unit(entry))
    return quantity(
        stated.value, stated.u, _unit(entry), dof=stated.dof, distribution=stated.distribution, label=_label(entry),
        source=Source(text=entry.source), id=identity(run, entry.name), parameters=stated.parameters,
    )  # fmt: skip


def _stated(entry: CaseEntry, case: Case, findings: list[Finding]) -> Evaluated:
    """Value, u, dof and distribution of an input stated in the case itself. Raises Refused where there is none."""
    dof = None if math.isinf(entry.dof) else entry.dof
    columns = {**case.columns, **_constants(case)} if entry.distribution == "observations" else {}
    try:
        stated, found = from_case_parameters(entry.distribution, entry.parameters, entry.where, dof, columns)
    except Refused as refused:
        raise Refused(*called(_within(refused.findings, entry), entry.name)) from None
    findings.extend(called(_within(found, entry), entry.name))
    return stated


def _within(findings: Sequence[Finding], entry: CaseEntry) -> list[Finding]:
    """Findings of an expression over columns stand at its place in the case."""
    inner, place = f"{entry.where}.values", f"{entry.where}/parameters/values"
    return [replace(f, where=f.where.replace(inner, place, 1).replace("columns.", "/input/columns/")) for f in findings]


def _constants(case: Case) -> dict[str, float]:
    return {
        e.name: float(e.parameters["value"])
        for e in case.entries
        if e.distribution == "constant" and isinstance(e.parameters.get("value"), int | float)
    }


def _label(entry: CaseEntry) -> str:
    return entry.label.get("zh") or next(iter(entry.label.values()), "") or entry.name


def _correlated_inputs(case: Case, run: str, findings: list[Finding]) -> dict[str, Quantity]:
    """Inputs with stated correlations and inputs observed together: one joint influence a group."""
    result: dict[str, Quantity] = {}
    entries = {e.name: e for e in case.entries}
    for group in _components(case.correlations):
        typed = [name for name in group if entries[name].distribution not in UNCORRELATED]
        if len(typed) < len(group):
            others = [name for name in group if name not in typed]
            findings.append(
                finding(
                    "evaluation.correlation.unsupported",
                    where=entries[others[0]].where,
                    first=others[0],
                    second=next(n for n in group if n != others[0]),
                )
            )
            continue
        matrix = np.eye(len(group))
        for a, b, r in case.correlations:
            if a in group:
                i, j = group.index(a), group.index(b)
                matrix[i, j] = matrix[j, i] = r
        stated = [_stated(entries[name], case, findings) for name in group]
        dofs = [s.dof for s in stated]
        dof = min(dofs)
        if dof < max(dofs):
            place = entries[group[0]].where
            findings.append(
                finding("evaluation.correlation.dof", place, "warning", names=", ".join(group), dof=f"{dof:g}")
            )
        shapes = {s.distribution for s in stated}
        together = "student_t" if shapes == {"student_t"} and all(_by_scale(s) for s in stated) else "normal"
        if "monte_carlo" in case.want and shapes != {together}:
            place, listed = entries[group[0]].where, ", ".join(sorted(shapes - {"normal"}))
            findings.append(
                finding("evaluation.correlation.shape", place, "warning", names=", ".join(group), shapes=listed)
            )
        try:
            members = joint(
                [s.value for s in stated], [s.u for s in stated], matrix, [_unit(entries[name]) for name in group],
                dof=dof, distribution=together, label=", ".join(group), id=identity(run, *group),
            )  # fmt: skip
        except Refused as refused:
            placed = (replace(f, where="/input/correlations") for f in refused.findings)
            findings.extend(called(placed, ", ".join(group)))
            continue
        result.update(zip(group, members, strict=True))
    for group_together in case.observed_together:
        means, found = _observed(group_together, entries, case, run)
        findings.extend(found)
        result.update(means)
    return result


def _by_scale(stated: Evaluated) -> bool:
    """Student's t whose u is its scale, not its standard deviation."""
    return dict(stated.parameters).get("scale") == stated.u


def _observed(
    group: Sequence[str], entries: Mapping[str, CaseEntry], case: Case, run: str
) -> tuple[dict[str, Quantity], tuple[Finding, ...]]:
    rows = {
        name: readings(entries[name].parameters.get("values"), case.columns, _constants(case), entries[name].where)
        for name in group
    }
    try:
        means, found = observed_together(rows)
    except Refused as refused:
        raise Refused(*(_of_member(f, entries) for f in refused.findings)) from None
    found = tuple(_of_member(f, entries) for f in found)
    members = joint(
        means.means.tolist(), means.u.tolist(), means.correlation, [_unit(entries[name]) for name in group],
        dof=float(means.dof), distribution="student_t", label=", ".join(group), id=identity(run, *group),
    )  # fmt: skip
    return dict(zip(group, members, strict=True)), found


def _of_member(item: Finding, entries: Mapping[str, CaseEntry]) -> Finding:
    """A finding of readings taken together, at the place of the input that it is about."""
    name = item.where.partition(".")[2]
    at = entries[name].where if name in entries else "/input/observed_together"
    return called([replace(item, where=at)], name or item.where)[0]


def _components(pairs: Sequence[tuple[str, str, float]]) -> list[list[str]]:
    """Names joined by correlations, group by group, in order of appearance."""
    groups: list[list[str]] = []
    for a, b, _ in pairs:
        touching = [g for g in groups if a in g or b in g]
        merged = [name for g in touching for name in g]
        merged += [name for name in (a, b) if name not in merged]
        groups = [g for g in groups if g not in touching] + [merged]
    return groups
