"""A verdict in view of all methods: where Monte Carlo contradicts first order, nothing is decided.

First order decides by value ∓ r·U. Where the case wants Monte Carlo or its validation too, the same rule is applied to
the ends of that coverage interval, stretched by r from the mean; a different answer makes the verdict undecided, and
the evaluation can be neither saved nor issued.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from suyuan.quantity.conformity.decision import State, decide
from suyuan.quantity.finding import Finding, finding
from suyuan.verbs.case_form import Case, Limits
from suyuan.verbs.further import Further

if TYPE_CHECKING:
    from suyuan.verbs.evaluate import Output


def settled(case: Case, outputs: Mapping[str, Output], found: Further) -> tuple[dict[str, Output], tuple[Finding, ...]]:
    """The outputs with their verdicts, undecided where Monte Carlo says otherwise, and the findings about it."""
    result, findings = dict(outputs), list[Finding]()
    for name, output in outputs.items():
        where = f"/input/model ({name})"
        validation = found.validation.get(name)
        if validation is not None and not validation.first.validated:
            findings.append(finding("evaluation.first_order.refuted", where, "warning", name=name))
        interval = _interval(case, found, name)
        if output.verdict is None or output.limits is None or interval is None or output.verdict.state == "undecided":
            continue
        mean, low, high = interval
        r = case.guard_factor
        state = _state(mean - r * (mean - low), mean + r * (high - mean), output.limits)
        if state != output.verdict.state:
            findings.append(
                finding("evaluation.verdict.contradicted", where, name=name, low=f"{low:.6g}", high=f"{high:.6g}")
            )
            verdict = decide(output.value, None, output.limits.lower, output.limits.upper, r)
            result[name] = replace(output, verdict=verdict)
    return result, tuple(findings)


def _interval(case: Case, found: Further, name: str) -> tuple[float, float, float] | None:
    """Mean and coverage interval of the draws."""
    if name in found.validation:
        v = found.validation[name]
        return float(v.simulated.mean), float(v.low), float(v.high)
    if name in found.monte_carlo:
        s = found.monte_carlo[name]
        ends = s.shortest if case.sampling.interval == "shortest" else s.symmetric
        return float(s.mean), float(ends.low), float(ends.high)
    return None


def _state(low: float, high: float, limits: Limits) -> State:
    inside = (limits.lower is None or low >= limits.lower) and (limits.upper is None or high <= limits.upper)
    outside = (limits.lower is not None and high < limits.lower) or (limits.upper is not None and low > limits.upper)
    return "pass" if inside else "fail" if outside else "undecided"
