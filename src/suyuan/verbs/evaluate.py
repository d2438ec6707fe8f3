"""Evaluate a case: inputs to a result with uncertainty, budget and verdict (GUM clauses 4 to 7, JCGM 106).

A case and the evidence in, an evaluation out. The formula sees plain numbers in the declared units; the inputs keep
their influences, so the result is correlated with everything that shares a standard with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from suyuan.certificate.certificate import Certificate, Text
from suyuan.certificate.quantities import quantities
from suyuan.quantity.block import Block, Dense
from suyuan.quantity.budget import BudgetRow, by_input
from suyuan.quantity.conformity import Verdict, decide
from suyuan.quantity.coverage import Expanded, expanded
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.formula_check import check_model_at
from suyuan.quantity.formula_units import model_dimensions
from suyuan.quantity.influence import Influence, fresh_id, identity
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.quantity.unit import ONE, Unit, parse_unit
from suyuan.traceability.evidence import Evidence
from suyuan.traceability.lookup import QuantitiesOf
from suyuan.verbs.case_form import Case, Limits, read_case
from suyuan.verbs.inputs import Input, read_inputs

Bounds = Literal["larger", "independent", "together"]


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
    bounds: Bounds | None = None,
) -> Evaluation:
    """Evaluate a case document, first order.

    evidence: where inputs of distribution «certificate» are looked up; evaluation: 32 hexadecimal digits that identify
    the case's own influences (the case's own `evaluation` wins; a fresh one is drawn where neither is given);
    bounds: what counts where a certificate leaves correlations open (the case's own choice wins; «larger» by default).
    Raises Refused with every fault found.
    """
    case, findings = read_case(document)
    for wanted in case.want:
        if wanted != "first_order":
            raise Refused(_not_built(wanted, "model", ""))
    run = case.evaluation or evaluation or fresh_id()
    known = evidence or Evidence()
    result = _evaluate(case, known, run, findings, None)
    several = _certificates_used_twice(result)
    chosen = case.bounds or bounds or "larger"
    if several and chosen != "independent":
        other = _evaluate(case, known, run, findings, lambda c: quantities(c, together=True))
        result = other if chosen == "together" else _larger(result, other, several)
    if several:
        body = {**result.document["input"], "bounds": chosen}
        result = replace(result, document={**result.document, "input": body})
    return result


def _not_built(want: str, kind: str, distribution: str) -> Finding:
    return finding("case.want.not_built", "/input/want", want=want, kind=kind, distribution=distribution)


def _evaluate(
    case: Case, evidence: Evidence, run: str, findings: Sequence[Finding], of: QuantitiesOf | None
) -> Evaluation:
    collected = list(findings)
    inputs = read_inputs(case, evidence, run, collected, of)
    plain = {name: item.quantity.relabelled(ONE) for name, item in inputs.items()}
    collected += check_model_at(case.model, {name: float(q.value) for name, q in plain.items()})
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
    return list(model_dimensions(case.model, units, {n: parse_unit(u) for n, u in case.units.items()})[1])


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

    def relative(e: Evaluation) -> float:
        return max(o.u / (independent.outputs[n].u or 1.0) for n, o in e.outputs.items())

    worse = max((independent, together), key=relative)
    notes = [
        finding(
            "evaluation.bounds",
            f"{c.issuer} {c.number}",
            "warning",
            number=c.number,
            independent=_us(independent),
            together=_us(together),
        )
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
