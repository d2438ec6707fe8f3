"""What a case wants beyond first order: second order (GUM 5.1.2 note), Monte Carlo (JCGM 101), and the validation of
both orders by it (JCGM 101 clause 8)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from suyuan.quantity.coverage import Expanded, expanded
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.influence import identity
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.second_order import second_order
from suyuan.verbs.case_form import Case

if TYPE_CHECKING:
    from suyuan.quantity.montecarlo.simulation import Simulated
    from suyuan.quantity.montecarlo.validation import Validation

THREADS = 2
"""At work in one run; the result is the same for any number."""
OPTIONS = frozenset(("trials", "digits", "seed"))
"""Fields of a case that are arguments of a method by the same name."""
Inputs = Mapping[str, Quantity]


@dataclass(frozen=True, slots=True)
class Further:
    """By output name. findings: errors say why something that was wanted cannot be had."""

    second_order: Mapping[str, Expanded] = field(default_factory=dict)
    monte_carlo: Mapping[str, Simulated] = field(default_factory=dict)
    validation: Mapping[str, Validation] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def further(case: Case, inputs: Mapping[str, Inputs]) -> Further:
    """Second order, Monte Carlo and validation of the outputs, where the case wants them.

    inputs: output → the inputs as they enter it, plain numbers in their declared units; outputs with the same inputs
    are simulated together. Never raises: what a method cannot do is left out, and the reason stands in the findings.
    """
    done: dict[str, dict[str, Any]] = {want: {} for want in METHODS}
    findings = list(_undrawn(case))
    for want in (w for w in done if w in case.want):
        groups = [[name] for name in case.outputs] if want == "second_order" else _together(case, inputs)
        for names in groups:
            try:
                found = METHODS[want](case, names, inputs[names[0]])
                done[want] |= found
                findings += [f for y in found.values() for f in getattr(y, "findings", ())]
            except Refused as refused:
                findings += [replace(f, where=_pointer(f.where, case, names)) for f in refused.findings]
    return Further(**done, findings=tuple(dict.fromkeys(findings)))


def _undrawn(case: Case) -> Iterator[Finding]:
    """Degrees of freedom that first order uses and draws do not: only a t distribution has them."""
    if {"monte_carlo", "validation"} & set(case.want):
        for entry in case.entries:
            if math.isfinite(entry.dof) and entry.distribution == "normal":
                yield finding("evaluation.dof.not_drawn", entry.where, "warning", name=entry.name, dof=f"{entry.dof:g}")


def _pointer(where: str, case: Case, outputs: Sequence[str]) -> str:
    """A place as the methods name it, argument, option or nothing, as a place of the case."""
    entry = next((e.where for e in case.entries if e.name == where), "")
    option = f"/input/{where}" if where in OPTIONS else ""
    return entry or option or (where if where not in ("", "model") else f"/input/model ({', '.join(outputs)})")


def _together(case: Case, inputs: Mapping[str, Inputs]) -> list[list[str]]:
    groups: dict[int, list[str]] = {}
    for name in case.outputs:
        groups.setdefault(id(inputs[name]), []).append(name)
    return list(groups.values())


def _keyed(case: Case, inputs: Inputs) -> list[Quantity]:
    """The inputs for draws. Draws are keyed by influence; a case that bears no identity of its own yet would get other
    draws each time, so its influences count by their order. With an identity two cases share what they have in common.
    """
    if case.evaluation:
        return list(inputs.values())
    own = [i for q in inputs.values() for i in q.influences() if not i.source.number]
    place = {i.id: identity("draws", str(n)) for n, i in enumerate(dict.fromkeys(own))}
    return [
        Quantity(q.value, q.unit, {
            place.get(key, key): replace(b, influence=replace(b.influence, id=place.get(key, key)))
            for key, b in q.blocks.items()
        })
        for q in inputs.values()
    ]  # fmt: skip


def _second_order(case: Case, outputs: Sequence[str], inputs: Inputs) -> dict[str, Expanded]:
    found = second_order(case.model.in_order(list(inputs), outputs), *inputs.values())
    return {
        name: expanded(float(y.value), float(y.u), float(y.dof), case.probability, case.truncate_dof)
        for name, y in found.items()
    }


def _monte_carlo(case: Case, outputs: Sequence[str], inputs: Inputs) -> dict[str, Simulated]:
    from suyuan.quantity.montecarlo.simulation import simulate
    from suyuan.quantity.montecarlo.trials import Settings

    how = case.sampling
    settings = Settings(
        case.probability, how.trials if how.digits is None else None, how.digits or 2, how.seed, THREADS, how.interval
    )
    found: dict[str, Simulated] = simulate(
        case.model.in_order(list(inputs), outputs), _keyed(case, inputs), {}, settings
    )
    return found


def _validation(case: Case, outputs: Sequence[str], inputs: Inputs) -> dict[str, Validation]:
    from suyuan.quantity.montecarlo.validation import validate

    how = case.sampling
    found: dict[str, Validation] = validate(
        case.model.in_order(list(inputs), outputs), *_keyed(case, inputs), p=case.probability, digits=how.digits or 2,
        interval=how.interval, seed=how.seed, threads=THREADS,
    )  # fmt: skip
    return found


METHODS: Mapping[str, Callable[[Case, Sequence[str], Inputs], Mapping[str, Any]]] = {
    "second_order": _second_order,
    "monte_carlo": _monte_carlo,
    "validation": _validation,
}
