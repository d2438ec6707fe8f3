"""Evaluate a case: inputs to a result with uncertainty, budget and verdict (GUM clauses 4 to 7, JCGM 106).

A case and the evidence in, an evaluation out. The formula sees plain numbers in the declared units; the inputs keep
their influences, so the result is correlated with everything that shares a standard with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from suyuan.certificate.certificate import Certificate, Text
from suyuan.certificate.quantities import quantities
from suyuan.quantity import type_a, type_b
from suyuan.quantity.block import Block, Dense
from suyuan.quantity.budget import BudgetRow, by_input
from suyuan.quantity.conformity import Verdict, decide
from suyuan.quantity.coverage import Expanded, expanded
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.formula import check_at
from suyuan.quantity.influence import Influence, Source, fresh_id, identity
from suyuan.quantity.quantity import Quantity, joint, quantity
from suyuan.quantity.unit import ONE, Unit, parse_unit
from suyuan.traceability.evidence import Evidence
from suyuan.traceability.lookup import QuantitiesOf, lookup
from suyuan.verbs.case_form import Case, CaseEntry, Limits, read_case

Bounds = Literal["larger", "independent", "together"]


@dataclass(frozen=True, slots=True)
class Input:
    """One input as it entered the model: quantity in the declared unit, and the entry that it came from."""

    name: str
    quantity: Quantity
    entry: CaseEntry
    certificate: Certificate | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """One result. budget: by input; sensitivities: ∂y/∂x by input name, result unit per input unit."""

    name: str
    quantity: Quantity
    expanded: Expanded
    budget: tuple[BudgetRow, ...]
    sensitivities: Mapping[str, float]
    limits: Limits | None = None
    verdict: Verdict | None = None

    @property
    def value(self) -> float:
        return float(self.quantity.value)

    @property
    def u(self) -> float:
        return float(self.quantity.u)

    @property
    def unit(self) -> Unit:
        return self.quantity.unit


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An evaluated case. document: the case with the identity of this evaluation and the digests of the certificates
    used filled in, so that it evaluates to the same quantities anywhere."""

    case: Case
    document: Mapping[str, Any]
    inputs: Mapping[str, Input]
    outputs: Mapping[str, Output]
    findings: tuple[Finding, ...]
    title: Text


def evaluate(
    document: Mapping[str, Any],
    evidence: Evidence | None = None,
    evaluation: str = "",
    bounds: Bounds = "larger",
) -> Evaluation:
    """Evaluate a case document, first order.

    evidence: where inputs of distribution «certificate» are looked up; evaluation: 32 hexadecimal digits that identify
    the case's own influences (the case's own `evaluation` wins; a fresh one is drawn where neither is given);
    bounds: what counts where a certificate leaves correlations open. Raises Refused with every fault found.
    """
    case, findings = read_case(document)
    for wanted in case.want:
        if wanted != "first_order":
            raise Refused(_not_built(wanted, "model", ""))
    run = case.evaluation or evaluation or fresh_id()
    known = evidence or Evidence()
    result = _evaluate(case, known, run, findings, None)
    several = _certificates_used_twice(result)
    if several and bounds != "independent":
        other = _evaluate(case, known, run, findings, lambda c: quantities(c, together=True))
        result = other if bounds == "together" else _larger(result, other, several)
    return result


def _not_built(want: str, kind: str, distribution: str) -> Finding:
    return finding("case.want.not_built", want=want, kind=kind, distribution=distribution)


def _evaluate(
    case: Case, evidence: Evidence, run: str, findings: Sequence[Finding], of: QuantitiesOf | None
) -> Evaluation:
    collected = list(findings)
    inputs = _inputs(case, evidence, run, collected, of)
    plain = {name: item.quantity.relabelled(ONE) for name, item in inputs.items()}
    collected += _domain(case, plain)
    if errors(collected):
        raise Refused(*collected)
    results = case.model.evaluate(plain)
    slopes = _sensitivities(case, plain)
    collected += _dimensions(case, inputs)
    outputs = {}
    for name in case.outputs:
        outputs[name] = _output(case, name, results[name], slopes, inputs, collected)
    collected += _vanishing(inputs, outputs)
    if errors(collected):
        raise Refused(*collected)
    pinned = _pinned(case, run, inputs)
    return Evaluation(case, pinned, inputs, outputs, tuple(dict.fromkeys(collected)), case.title)


def _inputs(
    case: Case, evidence: Evidence, run: str, findings: list[Finding], of: QuantitiesOf | None
) -> dict[str, Input]:
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
            else:
                result[entry.name] = Input(entry.name, _typed(entry, case, run, findings), entry)
        except Refused as refused:
            findings.extend(refused.findings)
    if errors(findings):
        raise Refused(*findings)
    return result


def _from_certificate(
    entry: CaseEntry, evidence: Evidence, findings: list[Finding], of: QuantitiesOf | None
) -> Input:
    assert entry.reference is not None
    value, found = lookup(evidence, entry.reference, entry.place, entry.index, of)
    findings.extend(found)
    if value.ndim:
        raise Refused(
            finding("evaluation.list.no_index", where=entry.where, name=entry.name, count=value.size)
        )
    if entry.unit is None:
        findings.append(
            finding("evaluation.unit.missing", entry.where, "warning", name=entry.name, unit=value.unit.symbol)
        )
    else:
        value = value.to(parse_unit(entry.unit))
    return Input(entry.name, value, entry, evidence.find(entry.reference))


def _unit(entry: CaseEntry) -> Unit:
    return parse_unit(entry.unit) if entry.unit else ONE


def _typed(entry: CaseEntry, case: Case, run: str, findings: list[Finding]) -> Quantity:
    """An input stated in the case itself: its influence is the evaluation's own, named by evaluation and input."""
    value, u, dof, shape = _stated(entry, case, findings)
    dof = min(dof, entry.dof)
    if u == 0.0:
        return quantity(value, None, _unit(entry))
    return quantity(
        value, u, _unit(entry), dof=dof, distribution=shape, label=_label(entry),
        source=Source(text=entry.source), id=identity(run, entry.name), parameters=_parameters(entry),
    )  # fmt: skip


def _stated(entry: CaseEntry, case: Case, findings: list[Finding]) -> tuple[float, float, float, str]:
    if entry.distribution == "observations":
        readings = type_a.readings(entry.parameters.get("values"), case.columns, _constants(case), entry.where)
        mean, found = type_a.mean(readings, where=entry.where)
        findings.extend(found)
        return float(mean.mean), float(mean.u), float(mean.dof), "student_t"
    stated, found = type_b.from_case_parameters(entry.distribution, entry.parameters, where=entry.where)
    findings.extend(found)
    return stated.value, stated.u, stated.dof, entry.distribution


def _constants(case: Case) -> dict[str, float]:
    return {
        e.name: float(e.parameters["value"])
        for e in case.entries
        if e.distribution == "constant" and isinstance(e.parameters.get("value"), int | float)
    }


def _label(entry: CaseEntry) -> str:
    return entry.label.get("zh") or next(iter(entry.label.values()), "") or entry.name


def _parameters(entry: CaseEntry) -> tuple[tuple[str, float], ...]:
    numbers = ((k, v) for k, v in sorted(entry.parameters.items()) if isinstance(v, int | float))
    return tuple((k, float(v)) for k, v in numbers)


def _correlated_inputs(case: Case, run: str, findings: list[Finding]) -> dict[str, Quantity]:
    """Inputs with stated correlations and inputs observed together: one joint influence a group."""
    result: dict[str, Quantity] = {}
    entries = {e.name: e for e in case.entries}
    for group in _components(case.correlations):
        typed = [name for name in group if entries[name].distribution not in ("certificate", "observations", "constant")]
        if len(typed) < len(group):
            others = [name for name in group if name not in typed]
            findings.append(
                finding(
                    "evaluation.correlation.unsupported", where=entries[others[0]].where, first=others[0],
                    second=next(n for n in group if n != others[0]),
                )  # fmt: skip
            )
            continue
        matrix = np.eye(len(group))
        for a, b, r in case.correlations:
            if a in group:
                i, j = group.index(a), group.index(b)
                matrix[i, j] = matrix[j, i] = r
        stated = [_stated(entries[name], case, findings) for name in group]
        dof = min(min(s[2], entries[name].dof) for name, s in zip(group, stated, strict=True))
        members = joint(
            [s[0] for s in stated], [s[1] for s in stated], matrix, [_unit(entries[name]) for name in group],
            dof=dof, label=", ".join(group), id=identity(run, *group),
        )  # fmt: skip
        result.update(zip(group, members, strict=True))
    for group_together in case.observed_together:
        result.update(_observed(group_together, entries, case, run))
    return result


def _observed(
    group: Sequence[str], entries: Mapping[str, CaseEntry], case: Case, run: str
) -> dict[str, Quantity]:
    rows = [
        type_a.readings(entries[n].parameters.get("values"), case.columns, _constants(case), entries[n].where)
        for n in group
    ]
    lengths = {len(r) for r in rows}
    if len(lengths) != 1:
        raise Refused(
            finding(
                "case.field.wrong", where=entries[group[0]].where, field="observed_together",
                expected="as many readings in each of " + ", ".join(group),
            )  # fmt: skip
        )
    table = np.asarray(rows, dtype=float)
    n = table.shape[1]
    matrix = np.atleast_2d(np.cov(table, ddof=1)) / n
    u = np.sqrt(np.diag(matrix))
    scale = np.where(u > 0.0, u, 1.0)
    correlation = matrix / np.outer(scale, scale)
    np.fill_diagonal(correlation, 1.0)
    members = joint(
        table.mean(axis=1).tolist(), u.tolist(), correlation, [_unit(entries[name]) for name in group], dof=n - 1,
        distribution="student_t", label=", ".join(group), id=identity(run, *group),
    )  # fmt: skip
    return dict(zip(group, members, strict=True))


def _components(pairs: Sequence[tuple[str, str, float]]) -> list[list[str]]:
    """Names joined by correlations, group by group, in order of appearance."""
    groups: list[list[str]] = []
    for a, b, _ in pairs:
        touching = [g for g in groups if a in g or b in g]
        merged = [name for g in touching for name in g]
        merged += [name for name in (a, b) if name not in merged]
        groups = [g for g in groups if g not in touching] + [merged]
    return groups


def _domain(case: Case, plain: Mapping[str, Quantity]) -> list[Finding]:
    """What goes wrong in a formula at the estimates: division by zero, root of a negative number, overflow."""
    values: dict[str, Any] = {name: float(q.value) for name, q in plain.items()}
    findings: list[Finding] = []
    for name, formula in (*case.model.definitions, *case.model.outputs):
        findings += check_at(formula, values, where=f"/input/model ({name})")
        if errors(findings):
            return findings
        values[name] = formula.evaluate(values)
    return findings


def _sensitivities(case: Case, plain: Mapping[str, Quantity]) -> dict[str, dict[str, float]]:
    """∂y/∂x for every output and input: each input gets one probe influence of component 1."""
    probes = {}
    for name, q in plain.items():
        probe = Influence(identity("probe", name), label=name)
        probes[name] = Quantity(q.value, ONE, {probe.id: Block(probe, None, Dense(np.ones(1)))})
    results = case.model.evaluate(probes)
    table: dict[str, dict[str, float]] = {}
    for name, y in results.items():
        found = y.blocks if isinstance(y, Quantity) else {}
        table[name] = {
            x: float(found[key].dense.scale[0]) if (key := identity("probe", x)) in found else 0.0  # type: ignore[union-attr]
            for x in plain
        }
    return table


def _dimensions(case: Case, inputs: Mapping[str, Input]) -> list[Finding]:
    """The dimension check of every formula, where all its inputs state a unit."""
    if not case.units or any(i.entry.unit is None for i in inputs.values()):
        return []
    units = {name: item.quantity.unit for name, item in inputs.items()}
    _, findings = case.model.dimensions(units, {n: parse_unit(u) for n, u in case.units.items()})
    return list(findings)


def _output(
    case: Case, name: str, y: Any, slopes: Mapping[str, Mapping[str, float]], inputs: Mapping[str, Input],
    findings: list[Finding],
) -> Output:  # fmt: skip
    result = y if isinstance(y, Quantity) else quantity(float(y))
    if not np.isfinite(result.value) or not np.isfinite(result.u):
        raise Refused(*findings, finding("evaluation.result.not_finite", where=f"/input/model ({name})", name=name))
    unit = parse_unit(case.units[name]) if name in case.units else ONE
    result = result.relabelled(unit)
    spread = expanded(float(result.value), float(result.u), float(result.dof), case.probability, case.truncate_dof)
    rows = by_input(result, {n: i.quantity for n, i in inputs.items()}, slopes[name])
    limits, verdict = case.limits.get(name), None
    if limits is not None:
        verdict = decide(float(result.value), float(spread.U), limits.lower, limits.upper, case.guard_factor)
        findings.extend(verdict.findings)
        findings.extend(found)
    return Output(name, result, spread, rows, slopes[name], limits, verdict)


def _vanishing(inputs: Mapping[str, Input], outputs: Mapping[str, Output]) -> list[Finding]:
    """Inputs with an uncertainty that no output sees at first order."""
    return [
        finding("evaluation.sensitivity.vanishing", item.entry.where, "warning", name=name, u=f"{float(u):.3g}")
        for name, item in inputs.items()
        if (u := item.quantity.u) > 0.0 and all(o.sensitivities[name] == 0.0 for o in outputs.values())
    ]


def _certificates_used_twice(result: Evaluation) -> tuple[Certificate, ...]:
    """Certificates of which several values are used, without a stated correlation between them."""
    seen: dict[str, list[Input]] = {}
    for item in result.inputs.values():
        if item.certificate is not None:
            seen.setdefault(item.certificate.digest, []).append(item)
    return tuple(
        members[0].certificate
        for members in seen.values()
        if members[0].certificate is not None and _open_correlation(members)
    )


def _open_correlation(members: Sequence[Input]) -> bool:
    places = {(m.entry.place, m.entry.index) for m in members}
    shared = set.intersection(*(set(m.quantity.blocks) for m in members))
    return len(places) > 1 and not shared


def _larger(independent: Evaluation, together: Evaluation, several: Sequence[Certificate]) -> Evaluation:
    """For each evaluation as a whole the bound with the larger U counts, and both are told."""
    worse = max(
        (independent, together), key=lambda e: max(o.u / (abs(independent.outputs[n].u) or 1.0) for n, o in e.outputs.items())
    )
    notes = [
        finding(
            "evaluation.bounds", f"{c.issuer} {c.number}", "warning", number=c.number,
            independent=_us(independent), together=_us(together),
        )  # fmt: skip
        for c in several
    ]
    return replace(worse, findings=(*worse.findings, *notes))


def _us(evaluation: Evaluation) -> str:
    return ", ".join(f"{o.expanded.U:.3g} {o.unit.symbol}".strip() for o in evaluation.outputs.values())


def _pinned(case: Case, run: str, inputs: Mapping[str, Input]) -> dict[str, Any]:
    """The case document with the evaluation's identity and the digest of every certificate used."""
    body = dict(case.document["input"])
    rows = []
    for row in body["inputs"]:
        used = inputs[row["name"]].certificate
        if used is not None:
            parameters = {**row["parameters"], "issuer": used.issuer, "number": used.number, "sha256": used.digest}
            row = {**row, "parameters": parameters}
        rows.append(row)
    body["inputs"], body["evaluation"] = rows, run
    return {**{k: v for k, v in case.document.items() if k != "expected"}, "input": body}


Evaluate = Callable[[Mapping[str, Any], Evidence], Evaluation]
