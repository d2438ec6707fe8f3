"""Evaluate a case: inputs to a result with uncertainty, budget and verdict (GUM clauses 4 to 7, JCGM 106).

A case and the evidence in, an evaluation out. The formula sees plain numbers in the declared units; the inputs keep
their influences, so the result is correlated with everything that shares a standard with it. First order is always
evaluated, since lineage is linear; `further` adds what else the case wants.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from suyuan.certificate.certificate import Text
from suyuan.certificate.quantities import quantities
from suyuan.quantity.block import components
from suyuan.quantity.budget import BudgetRow, by_input
from suyuan.quantity.conformity.decision import Verdict, decide
from suyuan.quantity.coverage import Expanded, expanded
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.formula.check import check_model_at
from suyuan.quantity.formula.units import model_dimensions
from suyuan.quantity.influence import fresh_id
from suyuan.quantity.propagate import propagate
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.quantity.sensitivities import sensitivities
from suyuan.quantity.unit import ONE, Unit, parse_unit
from suyuan.traceability.evidence import Evidence
from suyuan.traceability.lookup import QuantitiesOf
from suyuan.verbs.bounds import Digests, matters, named, open_correlations, worse_together
from suyuan.verbs.case_form import Case, Limits, read_case
from suyuan.verbs.contradiction import settled
from suyuan.verbs.document import pointed
from suyuan.verbs.further import Further, further
from suyuan.verbs.inputs import Input, located, read_inputs

MEANINGLESS = frozenset(
    (
        "formula.unit.dimension",
        "formula.unit.scale",
        "formula.unit.result",
        "formula.unit.result_scale",
        "formula.unit.result_point",
        "formula.unit.points_added",
    )
)
"""Unit findings that make a result unusable."""


UNIT_MISSING = "evaluation.unit.result_missing"


@dataclass(frozen=True, slots=True)
class Output:
    """One result. budget: by input; sensitivities: ∂y/∂x by input name, result unit per input unit; inputs: as they
    entered this result, in their declared units as plain numbers."""

    name: str
    quantity: Quantity
    expanded: Expanded
    budget: Sequence[BudgetRow]
    sensitivities: Mapping[str, float]
    inputs: Mapping[str, Quantity]
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
    """An evaluated case.

    document: the case with the identity of this evaluation and the digests of the certificates used filled in, so that
    it evaluates to the same quantities anywhere; findings: an error among them means that the numbers must not be used;
    further: second order and Monte Carlo, where the case wants them.
    """

    case: Case
    document: Mapping[str, Any]
    inputs: Mapping[str, Input]
    outputs: Mapping[str, Output]
    findings: tuple[Finding, ...]
    title: Text
    further: Further = field(default_factory=Further)

    def __repr__(self) -> str:
        from suyuan.quantity.written import evaluation_text

        return evaluation_text(self.outputs, self.findings)

    def _repr_html_(self) -> str:
        from suyuan.quantity.notebook import evaluation_html

        return evaluation_html(self.outputs, self.findings)


def evaluate(
    document: Mapping[str, Any],
    evidence: Evidence | None = None,
    evaluation: str = "",
    bounds: str | None = None,
) -> Evaluation:
    """Evaluate a case document: first order, and what else it wants.

    evidence: where inputs of distribution «certificate» are looked up; evaluation: 32 hexadecimal digits that identify
    the case's own influences (the case's own `evaluation` wins; a fresh one is drawn where neither is given);
    bounds: what counts where a certificate leaves correlations open (the case's own choice wins; «larger» by default).
    Raises Refused with every fault found.
    """
    case, findings = read_case(document)
    run = case.evaluation or evaluation or fresh_id()
    known = evidence or Evidence()
    chosen = case.bounds or bounds or "larger"

    def under(digests: Digests | None) -> Evaluation:
        """The evaluation with the values of these certificates fully correlated (None: of all certificates)."""
        of: QuantitiesOf | None = None
        if digests is None or digests:
            of = lambda c: quantities(c, together=digests is None or c.digest in digests)  # noqa: E731
        return _evaluate(case, known, run, findings, of)

    result = under(None) if chosen == "together" else under(frozenset())
    groups = open_correlations(result.inputs)
    if chosen == "larger" and groups:
        result = _larger(result, groups, under)
    if groups or chosen == "together":
        body = {**result.document["input"], "bounds": chosen}
        result = replace(result, document={**result.document, "input": body})
    found = further(case, {name: o.inputs for name, o in result.outputs.items()})
    told = tuple(replace(f, severity="warning") for f in found.findings)  # first order stands without them
    outputs, refuted = settled(case, result.outputs, found)
    return replace(result, outputs=outputs, further=found, findings=(*result.findings, *told, *refuted))


def prepare(document: Mapping[str, Any], evidence: Evidence | None = None) -> tuple[Case, dict[str, Quantity]]:
    """A case and its inputs as plain numbers in their declared units, checked; nothing is evaluated.

    For methods that need no first order, which may not exist at the estimates. Raises Refused with every fault found.
    """
    case, findings = read_case(document)
    collected = list(findings)
    inputs = read_inputs(case, evidence or Evidence(), case.evaluation or fresh_id(), collected, None)
    plain = {name: item.quantity.relabelled(ONE) for name, item in inputs.items()}
    collected += _checked(case, plain)
    collected += errors(_dimensions(case, inputs))  # there is no first order beside which they could be shown
    if errors(collected):
        raise Refused(*collected)
    return case, plain


def _evaluate(
    case: Case, evidence: Evidence, run: str, findings: Sequence[Finding], of: QuantitiesOf | None
) -> Evaluation:
    collected = list(findings)
    inputs = read_inputs(case, evidence, run, collected, of)
    plain = {name: item.quantity.relabelled(ONE) for name, item in inputs.items()}
    collected += _checked(case, plain)
    if errors(collected):
        raise Refused(*collected)
    names = list(plain)
    model = case.model.in_order(names)
    results = propagate(model, *plain.values())
    slopes = {
        output: {names[at]: float(c) for at, c in row.items()}
        for output, row in sensitivities(model, *plain.values()).items()
    }
    units = _dimensions(case, inputs)
    outputs = {}
    for name in case.outputs:
        outputs[name] = _output(case, name, results[name], slopes[name], inputs, plain, collected)
    if not {"second_order", "monte_carlo"} & set(case.want):
        collected += _vanishing({n: i for n, i in inputs.items() if n in case.model.inputs}, outputs)
    if errors(collected):
        raise Refused(*collected)
    if errors(units):
        outputs = {name: _undecided(output) for name, output in outputs.items()}
    pinned = _pinned(case, run, inputs)
    return Evaluation(case, pinned, inputs, outputs, tuple(dict.fromkeys((*units, *collected))), case.title)


def _checked(case: Case, inputs: Mapping[str, Quantity]) -> list[Finding]:
    """What is wrong with the model at the estimates."""
    found = check_model_at(case.model, {name: float(q.value) for name, q in inputs.items()})
    return pointed(found, {e.name: e.where for e in case.entries})


def _dimensions(case: Case, inputs: Mapping[str, Input]) -> list[Finding]:
    """The unit check of every formula. A sum of mm and nm, of mm and kg, or a result declared in another unit than it
    has gives plain numbers that mean nothing: the numbers are shown, but the evaluation is not usable."""
    stated = {name: item.quantity.unit for name, item in inputs.items() if item.entry.unit is not None}
    declared = {name: _declared(case, name) for name in case.units}
    found = pointed(model_dimensions(case.model, stated, declared)[1], {e.name: e.where for e in case.entries})
    if any(u.dimension != ONE.dimension for u in stated.values()) and not case.units:
        found.append(finding(UNIT_MISSING, "/input/unit", "warning"))
    return [replace(f, severity="error") if f.code in MEANINGLESS else f for f in found]


def _declared(case: Case, name: str) -> Unit:
    """The unit that the case declares for an output; a fault stands at its place."""
    try:
        return parse_unit(case.units[name])
    except Refused as refused:
        raise Refused(*located(refused.findings, f"/input/unit ({name})")) from None


def _undecided(output: Output) -> Output:
    """No conformity is stated on a number whose unit is not known."""
    if output.verdict is None or output.limits is None:
        return output
    verdict = decide(output.value, None, output.limits.lower, output.limits.upper, output.verdict.guard_factor)
    return replace(output, verdict=verdict)


def _output(
    case: Case, name: str, y: Any, slopes: Mapping[str, float], inputs: Mapping[str, Input],
    plain: Mapping[str, Quantity], findings: list[Finding],
) -> Output:  # fmt: skip
    result = y if isinstance(y, Quantity) else quantity(float(y))
    if not np.isfinite(result.value) or not np.isfinite(result.u):
        raise Refused(*findings, finding("evaluation.result.not_finite", where=f"/input/model ({name})", name=name))
    result = result.relabelled(_declared(case, name) if name in case.units else ONE)
    spread = expanded(float(result.value), float(result.u), float(result.dof), case.probability, case.truncate_dof)
    rows = by_input(result, {n: i.quantity for n, i in inputs.items()}, slopes)
    limits, verdict = case.limits.get(name), None
    blind = _blind(name, result, slopes, inputs)
    findings.extend(blind)
    if limits is not None:
        U = None if blind else float(spread.U)  # what first order does not see is unknown, not nil
        verdict = decide(float(result.value), U, limits.lower, limits.upper, case.guard_factor)
        findings.extend(() if blind else verdict.findings)
    return Output(name, result, spread, rows, slopes, plain, limits, verdict)


def _blind(name: str, result: Quantity, slopes: Mapping[str, float], inputs: Mapping[str, Input]) -> list[Finding]:
    """u(y) = 0 although inputs are uncertain: all sensitivities vanish, or the squares underflow (then Refused)."""
    if float(result.u) > 0.0:
        return []
    where = f"/input/model ({name})"
    if any(np.any(components(part, ())) for part in result.blocks.values()):
        raise Refused(finding("evaluation.underflow", where=where, name=name))
    if all(float(i.quantity.u) == 0.0 for i in inputs.values()):
        return []
    if any(slopes[n] * float(i.quantity.u) != 0.0 for n, i in inputs.items()):
        return []  # what the inputs share cancels: zero it is
    return [finding("evaluation.first_order.blind", where, "warning", name=name)]


def _vanishing(inputs: Mapping[str, Input], outputs: Mapping[str, Output]) -> list[Finding]:
    """Inputs with an uncertainty that no output sees at first order."""
    return [
        finding("evaluation.sensitivity.vanishing", item.entry.where, "warning", name=name, u=f"{float(u):.3g}")
        for name, item in inputs.items()
        if (u := item.quantity.u) > 0.0 and all(o.sensitivities[name] == 0.0 for o in outputs.values())
    ]


def _larger(
    independent: Evaluation, groups: Mapping[str, tuple[Input, ...]], under: Callable[[Digests], Evaluation]
) -> Evaluation:
    """Each output under the bounds that make it largest, and both told where they differ."""
    made: dict[Digests, Evaluation] = {frozenset(): independent}
    outputs, notes = {}, []
    for name, output in independent.outputs.items():
        worst = worse_together(groups, output.sensitivities)
        outputs[name] = made.setdefault(worst, under(worst)).outputs[name]
        for digest, rows in groups.items():
            if matters(rows, output.sensitivities, output.u**2) and rows[0].certificate is not None:
                alone = frozenset({digest})
                other = made.setdefault(alone, under(alone)).outputs[name]
                notes.append(
                    finding(
                        "evaluation.bounds", named(rows[0].certificate), "warning", output=name,
                        number=rows[0].certificate.number, independent=_U(output), together=_U(other),
                    )
                )  # fmt: skip
    return replace(independent, outputs=outputs, findings=(*independent.findings, *notes))


def _U(output: Output) -> str:
    return f"{float(output.expanded.U):.3g} {output.unit.symbol}".strip()


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


def unusable(evaluation: Evaluation) -> tuple[Finding, ...]:
    """Why an evaluation must be neither saved nor issued; empty where nothing forbids it."""
    return tuple(f for f in evaluation.findings if f.severity == "error" or f.code == UNIT_MISSING)


Evaluate = Callable[[Mapping[str, Any], Evidence], Evaluation]
