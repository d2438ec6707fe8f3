"""Which slip would give this answer: the right treatment again with one typical mistake, and what it would print.

Each slip is a factor on the components of the budget, another formula for the value, or another last step. Those that
reproduce the given digits are named; several may. «Consistent with» is all that can be said: another mistake may give
the same digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from suyuan.quantity.conformity.decision import decide
from suyuan.quantity.coverage import coverage_factor
from suyuan.quantity.finding import Finding, finding
from suyuan.talent.contest.answers import Answer
from suyuan.talent.contest.tasks import ROOT3, Component, Input, evaluate, factor_k, number
from suyuan.talent.contest.variants import Variant

VALUES: Mapping[str, str] = {
    "correction.forgotten": "contest.slip.correction_forgotten",
    "correction.sign": "contest.slip.correction_sign",
    "correction.half": "contest.slip.correction_half",
    "difference.sign": "contest.slip.difference_sign",
    "error.sign": "contest.slip.error_sign",
    "lead.forgotten": "contest.slip.lead_forgotten",
    "lead.sign": "contest.slip.lead_sign",
    "temperature.forgotten": "contest.slip.temperature_forgotten",
    "fit.mean": "contest.slip.fit_mean",
    "E_n.linear": "contest.slip.en_linear",
    "E_n.standard": "contest.slip.en_standard",
    "E_n.own": "contest.slip.en_own",
}
"""Name of an alternative formula in a template → code of its finding."""
POWERS = (-6, -3, -2, -1, 1, 2, 3, 6)
NEAR = 0.015
"""What rounding in the middle of a calculation may change of U."""
WIDEST = 0.1
"""A U that is given coarser than this part of itself tells no slip from another."""


@dataclass(frozen=True, slots=True)
class ComponentSlip:
    """A mistake with one kind of component: factor on its standard uncertainty, None where it cannot be made."""

    code: str
    part: str
    factor: Callable[[Input], float | None]


COMPONENT_SLIPS = (
    ComponentSlip("contest.slip.certificate_k", "certificate", lambda i: i.k),
    ComponentSlip("contest.slip.certificate_forgotten", "certificate", lambda i: 0.0),
    ComponentSlip("contest.slip.half_width", "limit", lambda i: ROOT3),
    ComponentSlip("contest.slip.limit_as_U", "limit", lambda i: 0.5 * ROOT3),
    ComponentSlip("contest.slip.limit_forgotten", "limit", lambda i: 0.0),
    ComponentSlip("contest.slip.resolution_forgotten", "resolution", lambda i: 0.0),
    ComponentSlip("contest.slip.resolution_whole", "resolution", lambda i: 2.0),
    ComponentSlip("contest.slip.resolution_root", "resolution", lambda i: ROOT3),
    ComponentSlip("contest.slip.s_not_mean", "type_a", lambda i: math.sqrt(i.n) if i.n > 1 else None),
    ComponentSlip("contest.slip.n", "type_a", lambda i: None if i.pooled else math.sqrt((i.n - 1.0) / i.n)),
    ComponentSlip("contest.slip.type_a_forgotten", "type_a", lambda i: 0.0),
)


@dataclass(frozen=True, slots=True)
class Made:
    """A calculation of U with slips: the U that it gives and the findings that name them."""

    U: float
    slips: tuple[Finding, ...]


def same_value(variant: Variant, answer: Answer, value: float) -> bool:
    """Whether the given value is this one: within half a unit of its last place, and rounding on the way."""
    given = answer.number("value")
    U = variant.truth.U
    coarse = U if U > 0.0 else 0.02
    return given is not None and abs(given - value) <= min(0.501 * answer.place("value"), 0.5 * coarse) + 0.02 * coarse


def same_U(answer: Answer, U: float) -> bool:
    """Whether the given U is this one rounded: to nearest or up, by at most one unit of its last place."""
    given, place = answer.number("U"), answer.place("U")
    if given is None or not U > 0.0:
        return False
    widest = WIDEST * U
    low, high = min(0.501 * place, widest), min(1.001 * place, widest)
    return U - max(low, NEAR * U) <= given <= U + max(high, NEAR * U)


def diagnose(variant: Variant, answer: Answer) -> tuple[Finding, ...]:
    """The slips that are consistent with an answer, value before U before decision; empty where all is right.

    Every finding is a note. Where something is wrong and no typical slip gives it, that is said too.
    """
    found: list[Finding] = []
    if answer.value is not None and not same_value(variant, answer, variant.truth.value):
        found += _value(variant, answer) or [finding("contest.slip.value_none", "value", "note")]
    if variant.truth.U > 0.0 and answer.U is not None and not same_U(answer, variant.truth.U):
        found += _uncertainty(variant, answer) or [finding("contest.slip.U_none", "U", "note")]
    found += _lines(variant, answer)
    if variant.template.k and answer.k is None:
        found.append(finding("contest.slip.k_not_stated", "k", "note"))
    if answer.decision and answer.decision != variant.truth.decision:
        found += _decision(variant, answer)
    return tuple(found)


def _value(variant: Variant, answer: Answer) -> list[Finding]:
    values = {one.name: one.value for one in variant.inputs.values()}
    found = []
    for name, formula in variant.template.alternatives.items():
        if same_value(variant, answer, number(formula, values)):
            found.append(Finding(VALUES[name], "value", "note"))
    given, right = answer.number("value"), variant.truth.value
    if given is None:
        return found
    if "error.sign" not in variant.template.alternatives and same_value(variant, answer, -right):
        found.append(finding("contest.slip.error_sign", "value", "note"))
    for power in POWERS:
        moved = right * 10.0**power
        if abs(moved - given) <= 0.51 * answer.place("value") + 1e-3 * abs(moved) and right:
            found.append(finding("contest.slip.unit", "value", "note", power=f"10^{power}"))
    return found


def _uncertainty(variant: Variant, answer: Answer) -> list[Finding]:
    """Single slips that give the U, else pairs of slips; those of the fewest mistakes only."""
    down = _rounded_down(variant, answer)
    if down:
        return down
    fits = [made for made in _single(variant) if same_U(answer, made.U)] + _others(variant, answer)
    if not fits:
        fits = [made for made in _pairs(variant) if same_U(answer, made.U)]
    told: dict[Finding, None] = {}
    for made in fits:
        told.update(dict.fromkeys(made.slips))
    return list(told)


def _lines(variant: Variant, answer: Answer) -> list[Finding]:
    """Lines of the own budget that are no right contribution, but one with a slip: this points at the very line."""
    right, found = dict(variant.truth.budget or {}), list[Finding]()
    together = variant.truth.u

    def like(given: float, place: float, size: float) -> bool:
        return size > 0.0 and abs(given - size) <= max(min(0.51 * place, WIDEST * size), NEAR * size)

    for line in answer.budget:
        if any(like(line.u, line.place, size) for size in (*right.values(), together)):
            continue
        for slip, factors in _factors(variant):
            if len(factors) > 1:
                continue
            (component, factor), *_ = factors.items()
            if like(line.u, line.place, factor * right.get(".".join(component), 0.0)):
                told = _slip(variant, slip, factors, "budget", line.name[:40])
                found.append(told)
    return found


def _rounded_down(variant: Variant, answer: Answer) -> list[Finding]:
    given, place, right = answer.number("U"), answer.place("U"), variant.truth.U
    if given is None or not 0.5 * place < right - given < place or place > right:
        return []
    return [finding("contest.slip.rounded_down", "U", "note")]


def _single(variant: Variant) -> Iterator[Made]:
    """Every single slip: of one component, of all of a kind, of the combination, or of the last step."""
    for slip, factors in _factors(variant):
        u, dof = _combined(variant, factors)
        yield Made(factor_k(variant.template.k, dof) * u, (_slip(variant, slip, factors),))
    u, dof = variant.truth.u, variant.truth.dof
    yield from (Made(last(u, dof), (told,)) for last, told in _last_steps(variant))
    if any(one.with_ for one in variant.inputs.values()):
        alone = evaluate(variant.template.formula, variant.inputs, correlated=False)
        U = factor_k(variant.template.k, float(alone.dof)) * float(alone.u)
        yield Made(U, (finding("contest.slip.correlation_ignored", "U", "note"),))
    linear = sum((variant.truth.budget or {}).values())
    yield Made(variant.truth.k * linear, (finding("contest.slip.added_linearly", "U", "note"),))


def _pairs(variant: Variant) -> Iterator[Made]:
    """Two slips at once: of two kinds of components, or of one and in the last step."""
    whole: dict[str, tuple[ComponentSlip, dict[Component, float]]] = {}
    for row in _factors(variant):
        if row[0].code not in whole or len(row[1]) > len(whole[row[0].code][1]):
            whole[row[0].code] = row
    rows = list(whole.values())
    for slip, factors in rows:
        u, dof = _combined(variant, factors)
        first = _slip(variant, slip, factors)
        yield from (Made(last(u, dof), (first, told)) for last, told in _last_steps(variant))
    for (one, f), (other, g) in combinations(rows, 2):
        if one.part != other.part:
            u, dof = _combined(variant, f | g)
            told = (_slip(variant, one, f), _slip(variant, other, g))
            yield Made(factor_k(variant.template.k, dof) * u, told)


def _slip(
    variant: Variant, slip: ComponentSlip, factors: Mapping[Component, float], where: str = "U", line: str = ""
) -> Finding:
    return Finding(slip.code, where, "note", _inputs(variant, [name for name, _ in factors], line))


def _inputs(variant: Variant, names: Iterable[str], line: str = "") -> tuple[tuple[str, str], ...]:
    """Inputs by symbol and label in both languages, as parameters of a finding."""
    told = []
    for language, comma in (("en", ", "), ("zh", "、")):
        labels = [f"{n} {variant.inputs[n].label.get(language, '')}".strip() for n in names]
        told.append((f"input_{language}", comma.join(labels) + (f": {line}" if line else "")))
    return tuple(told)


def _factors(variant: Variant) -> Iterator[tuple[ComponentSlip, dict[Component, float]]]:
    """Slip and its factors: on one component at a time, and on all of the kind where there are several."""
    for slip in COMPONENT_SLIPS:
        able: dict[Component, float] = {}
        for one in variant.inputs.values():
            if slip.part in one.components():
                factor = slip.factor(one)
                if factor is not None:
                    able[one.name, slip.part] = factor
        for component, factor in able.items():
            yield slip, {component: factor}
        if len(able) > 1:
            yield slip, able


def _combined(variant: Variant, factors: Mapping[Component, float]) -> tuple[float, float]:
    result = evaluate(variant.template.formula, variant.inputs, factors)
    return float(result.u), float(result.dof)


def _last_steps(variant: Variant) -> Iterator[tuple[Callable[[float, float], float], Finding]]:
    """What may go wrong between u and U."""
    yield (lambda u, dof: u), finding("contest.slip.U_is_u", "U", "note")
    yield (lambda u, dof: 2.0 * factor_k(variant.template.k, dof) * u), finding("contest.slip.k_twice", "U", "note")
    yield (lambda u, dof: 3.0 * u), finding("contest.slip.k_three", "U", "note")
    if variant.template.k == "t95":
        yield (lambda u, dof: 2.0 * u), finding("contest.slip.dof_ignored", "U", "note")
        own = min((one.dof for one in variant.inputs.values() if one.kind in ("readings", "abba")), default=math.inf)
        k = float(coverage_factor(0.95, own))
        yield (lambda u, dof: k * u), finding("contest.slip.dof_type_a", "U", "note", dof=f"{own:g}")


def _others(variant: Variant, answer: Answer) -> list[Made]:
    """A U that is no U of this result at all."""
    found = []
    tolerance, right = variant.truth.tolerance, variant.truth.U
    for one in variant.inputs.values():
        if one.kind == "certificate" and same_U(answer, one.U):
            told = Finding("contest.slip.certificate_only", "U", "note", _inputs(variant, [one.name]))
            found.append(Made(one.U, (told,)))
    if tolerance is not None and same_U(answer, tolerance):
        found.append(Made(tolerance, (finding("contest.slip.tolerance_as_U", "U", "note"),)))
    for power in POWERS:
        if same_U(answer, right * 10.0**power):
            told = finding("contest.slip.unit", "U", "note", power=f"10^{power}")
            found.append(Made(right * 10.0**power, (told,)))
    return found


def _decision(variant: Variant, answer: Answer) -> list[Finding]:
    """Whether the decision follows from the value alone, or from the person's own numbers."""
    truth, found = variant.truth, []
    if variant.template.decision.get("rule") == "guard":
        simple = decide(truth.value, 0.0, truth.lower, truth.upper, 0.0).state
        if answer.decision == simple:
            found.append(finding("contest.slip.guard_forgotten", "decision", "note"))
        value, U = answer.number("value"), answer.number("U")
        with np.errstate(over="ignore"):  # whatever a person types
            own = "" if value is None or U is None else decide(value, U, truth.lower, truth.upper).state
        if own == answer.decision:
            found.append(finding("contest.slip.decision_follows", "decision", "note"))
    return found or [finding("contest.slip.decision_none", "decision", "note", right=truth.decision)]
