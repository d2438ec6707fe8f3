"""Grading a data task by the comparison engine: a person is a participant, the truth is the assigned value.

Passed: |E_n| ≤ 1 *and* U ≤ U_max, because a large U alone buys a small E_n. Beside them ζ with the claimed u, z with
σ_pt of the job, and how credible the claimed U is against the right one. Over several items the pattern says more than
one score: padded, optimistic, or neither.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import chdtrc

from suyuan.comparison.proficiency.scores import Assigned, Stated, scores
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.talent.contest.answers import Answer, read_answer
from suyuan.talent.contest.diagnosis import diagnose, same_U, same_value
from suyuan.talent.contest.rounding import rounding
from suyuan.talent.contest.rubric import Rubric
from suyuan.talent.contest.variants import LARGEST_U, Variant

NOTHING: tuple[Finding, ...] = ()
ENOUGH = 3
"""Items below which nothing is said about a pattern."""
LARGEST_SCORE = 1e9
PADDED_EN = 0.3
SIGNIFICANT = 0.05
ADDS_UP = 0.05
"""Part of U by which the root sum of squares of the own budget may differ from it."""


@dataclass(frozen=True, slots=True)
class ItemGrade:
    """One graded answer.

    En, zeta, z, D: scores against the truth, None where what they need was not given; U_ratio: claimed over right U;
    En_ok, U_ok: the two conditions; passed: both, False where one fails, None where one is unknown; parts: what was
    asked → share of its marks between 0 and 1, None where nothing was given; mark: of 100 by the rubric; findings:
    about reading and rounding.
    """

    variant: Variant
    answer: Answer
    En: float | None = None
    zeta: float | None = None
    z: float | None = None
    D: float | None = None
    U_ratio: float | None = None
    En_ok: bool | None = None
    U_ok: bool | None = None
    parts: Mapping[str, float | None] = field(default_factory=dict)
    mark: float = 0.0
    findings: tuple[Finding, ...] = ()

    @property
    def slips(self) -> tuple[Finding, ...]:
        """What the answer is consistent with (see `diagnose`), computed when asked for: a ranking needs none."""
        return () if self.answer.value is None else diagnose(self.variant, self.answer)

    @property
    def passed(self) -> bool | None:
        """Whether the item is passed; None where it cannot be said."""
        known = (self.En_ok, self.U_ok) if self.variant.template.k else (self.En_ok,)
        return False if False in known else None if None in known else True

    def to_json(self) -> dict[str, Any]:
        """For pages and `--json`: with the truth, so only after closing or in practice."""
        truth = self.variant.truth
        return {
            "task": self.variant.id, "passed": self.passed, "mark": self.mark, "parts": dict(self.parts),
            "scores": {"En": self.En, "zeta": self.zeta, "z": self.z, "D": self.D, "U_ratio": self.U_ratio},
            "truth": {
                "true": truth.true, "value": truth.value, "U": truth.U, "k": truth.k, "U_max": truth.U_max,
                "dof": truth.dof if math.isfinite(truth.dof) else None, "decision": truth.decision,
                "extra": truth.extra, "budget": dict(truth.budget or {}),
            },
            "slips": [f.to_json() for f in self.slips], "findings": [f.to_json() for f in self.findings],
        }  # fmt: skip


def grade(variant: Variant, given: Mapping[str, Any] | Answer, rubric: Rubric) -> ItemGrade:
    """An answer graded against the truth of its variant, with marks by the rubric.

    given: the JSON object of an answer, or one that was read. What is not given has no share and earns nothing; it is
    told apart from what is wrong.
    """
    answer, told = (given, NOTHING) if isinstance(given, Answer) else read_answer(given, variant.template)
    truth = variant.truth
    if answer.value is None:
        parts: dict[str, float | None] = dict.fromkeys(_asked(variant, answer))
        return ItemGrade(variant, answer, parts=parts, findings=told)
    scored = _scores(variant, answer) if variant.template.k else {}
    En, U = scored.get("En"), answer.number("U")
    right = same_value(variant, answer, truth.value)
    if variant.template.k:
        En_ok = None if En is None else abs(En) <= 1.0
        U_ok = None if U is None else bool(truth.U_max * (1.0 + 1e-9) - U >= 0.0)
    else:
        En_ok, U_ok = right, None
    written = rounding(answer)
    shares = _shares(variant, answer, (right, En_ok, written))
    mark = _mark(shares, rubric)
    ratio = None if U is None or not truth.U > 0.0 else _bounded(U / truth.U)
    return ItemGrade(
        variant, answer, En, scored.get("zeta"), scored.get("z"), scored.get("D"), ratio, En_ok, U_ok, shares, mark,
        (*told, *written),
    )  # fmt: skip


def _scores(variant: Variant, answer: Answer) -> dict[str, float]:
    """Scores of one participant against the truth, which has no uncertainty: by the functions for comparisons."""
    value, U, k = answer.number("value"), answer.number("U"), answer.number("k")
    if value is None:
        return {}
    sigma = variant.truth.sigma_pt
    u = None if U is None or k is None or not U / k > 0.0 else [U / k]
    with np.errstate(all="ignore"):
        try:
            found = scores([value], Assigned(variant.truth.true, 0.0), sigma, Stated(u, None if U is None else [U]))
        except Refused:  # no denominator: U² is no number above zero
            return {}
    rows = {"En": found.En, "zeta": found.zeta, "z": found.z, "D": found.D}
    return {name: _bounded(float(row[0])) for name, row in rows.items() if row is not None}


def _bounded(score: float) -> float:
    """A score as JSON can hold it: what lies beyond 10⁹ is told as 10⁹."""
    return max(-LARGEST_SCORE, min(score, LARGEST_SCORE))


def _asked(variant: Variant, answer: Answer) -> tuple[str, ...]:
    """Parts of the mark that this task has; a budget is optional, so it counts only where one was given."""
    asks = variant.template.asks
    some = [("value", True), ("uncertainty", "U" in asks), ("k", "k" in asks), ("decision", "decision" in asks),
            ("extra", "extra" in asks), ("rounding", "U" in asks), ("budget", bool(answer.budget))]  # fmt: skip
    return tuple(name for name, there in some if there)


def _shares(
    variant: Variant, answer: Answer, seen: tuple[bool, bool | None, tuple[Finding, ...]]
) -> dict[str, float | None]:
    """Share of each part: value 1 where treated rightly, ½ where only |E_n| ≤ 1; U 1 where right, ½ within its limits;
    the rest right or not; rounding ½ for one fault, 0 for more."""
    (right, En_ok, written), truth = seen, variant.truth
    U = answer.number("U")
    within = U is not None and truth.U / LARGEST_U <= U <= truth.U_max
    k = answer.number("k")
    shares: dict[str, float | None] = {
        "value": 1.0 if right else 0.5 if En_ok and variant.template.k else 0.0,
        "uncertainty": None if U is None else 1.0 if same_U(answer, truth.U) else 0.5 if within else 0.0,
        "k": None if k is None else float(abs(k - truth.k) <= 0.01 * truth.k + 0.005),
        "decision": float(answer.decision == truth.decision) if answer.decision else None,
        "extra": _extra(variant, answer),
        "rounding": None if U is None else (1.0, 0.5, 0.0)[min(len(written), 2)],
        "budget": _budget(variant, answer),
    }
    return {name: shares[name] for name in _asked(variant, answer)}


def _extra(variant: Variant, answer: Answer) -> float | None:
    given, right = answer.number("extra"), variant.truth.extra
    if given is None or right is None:
        return None
    return float(abs(given - right) <= float(variant.template.rule["extra"]["tolerance"]) + 1e-12)


def _budget(variant: Variant, answer: Answer) -> float:
    """½ where the own lines add up to the own U, ½ where the largest line is the largest of the right budget."""
    sizes = [line.u for line in answer.budget]
    U, k = answer.number("U"), answer.number("k")
    parts = tuple((variant.truth.budget or {}).values())
    right, together = max(parts, default=0.0), math.hypot(*parts)
    joined = variant.truth.u / together if together else 1.0  # above 1 where inputs are correlated
    sums = [] if k is None else [k * math.hypot(*sizes) * f for f in (1.0, joined)]
    adds = U is not None and any(abs(total - U) <= ADDS_UP * U for total in sums)
    leads = bool(sizes) and abs(max(sizes) - right) <= 0.1 * right
    return 0.5 * adds + 0.5 * leads


def _mark(shares: Mapping[str, float | None], rubric: Rubric) -> float:
    """Marks of 100: weighted mean of the shares; what was not given counts as nothing."""
    weights = {name: rubric.item.get(name, 0.0) for name in shares}
    total = sum(weights.values())
    return 100.0 * sum(weights[name] * (share or 0.0) for name, share in shares.items()) / total if total else 0.0


# ---------------------------------------------------------------- several items


@dataclass(frozen=True, slots=True)
class Pattern:
    """What several items of a person say together.

    n: items with scores; chi_squared: Σζ² with n degrees of freedom, p: probability of at least that; U_ratio: median
    of claimed over right U; budget: «padded», «optimistic», «credible» or «unknown» (fewer than three items).
    """

    n: int
    chi_squared: float | None
    p: float | None
    U_ratio: float | None
    budget: str
    findings: tuple[Finding, ...] = ()


def pattern(items: Sequence[ItemGrade]) -> Pattern:
    """Whether a person's uncertainties are credible over several items.

    χ² = Σ ζ², ζ by the claimed u, n degrees of freedom. Padded: median |E_n| below 0.3 and median U above 1.5 times the
    right one. Optimistic: χ² improbable (p < 0.05) while no |z| exceeds 2, or median U below the right one over 1.5.
    """
    known = [i for i in items if i.zeta is not None and i.En is not None and i.U_ratio is not None]
    if not known:
        return Pattern(0, None, None, None, "unknown")
    zeta = np.array([i.zeta for i in known], np.float64)
    chi_squared = float(np.sum(zeta**2))
    p = float(chdtrc(len(known), chi_squared))
    ratio = float(np.median([i.U_ratio for i in known if i.U_ratio is not None]))
    if len(known) < ENOUGH:
        return Pattern(len(known), chi_squared, p, ratio, "unknown")
    typical = float(np.median(np.abs([i.En for i in known if i.En is not None])))
    z = [abs(i.z) for i in known if i.z is not None]
    n, size, rare = len(known), f"{ratio:.2g}", f"{p:.2g}"
    if typical < PADDED_EN and ratio > LARGEST_U:
        note = finding("contest.pattern.padded", "U", "warning", n=n, ratio=size, p=rare, En=f"{typical:.2g}")
        return Pattern(len(known), chi_squared, p, ratio, "padded", (note,))
    if (p < SIGNIFICANT and max(z, default=0.0) <= 2.0) or ratio < 1.0 / LARGEST_U:
        note = finding("contest.pattern.optimistic", "U", "warning", n=n, ratio=size, p=rare, chi=f"{chi_squared:.3g}")
        return Pattern(len(known), chi_squared, p, ratio, "optimistic", (note,))
    return Pattern(len(known), chi_squared, p, ratio, "credible")
