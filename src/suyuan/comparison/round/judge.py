"""The verdict on each result by the decision rule of the protocol, and what a reader wants beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from suyuan.comparison.equivalence import Equivalence
from suyuan.comparison.results import Consensus
from suyuan.comparison.round.inputs import Inputs
from suyuan.comparison.round.protocol import DecisionRule, Measurand

Array = NDArray[Any]
Verdict = Literal["satisfactory", "questionable", "unsatisfactory", "undetermined"]
Why = Literal["", "score", "largest_U", "own_reference", "no_score", "no_uncertainty"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What is said of each of n laboratories, columns (n,).

    d, u_d, U_d: degree of equivalence; score: by the decision rule, zeta = d/u(d), D_percent = 100 d/x_ref, ratio =
    U/U_ref: not a number where there is none; verdict; why: what it rests on where it is not satisfactory: the score,
    an uncertainty above the largest allowed or not stated, or that the result is the reference itself.
    """

    d: Array
    u_d: Array
    U_d: Array
    score: Array
    zeta: Array
    D_percent: Array
    ratio: Array
    verdict: tuple[Verdict, ...]
    why: tuple[Why, ...]


def judge(rule: DecisionRule, measurand: Measurand, given: Inputs, reference: Consensus, found: Equivalence) -> Judged:
    """The scores and verdicts of n laboratories against one reference value.

    E_n = d/(k·u(d)) with k the coverage factor of the rule, ζ = d/u(d), z = d/σ_pt, z′ = d/√(σ_pt² + u²(x_ref)),
    D% = 100·d/x_ref; the covariance of each result with the reference value is in u(d). Satisfactory where
    |score| ≤ limit (≤ `questionable` where that is set, questionable between them) and U ≤ the largest U allowed.
    """
    value, u_ref = float(reference.value), float(reference.u)
    floor = 1e-7 * np.hypot(np.nan_to_num(given.u), u_ref)  # beneath it a result is the reference itself
    own = found.u <= floor
    with np.errstate(divide="ignore", invalid="ignore"):
        zeta = np.where(own, math.nan, found.d / found.u)
        percent = 100.0 * found.d / value if value else np.full(found.d.shape, math.nan)
        ratio = given.U / (rule.coverage * u_ref) if u_ref else np.full(found.d.shape, math.nan)
    scores = {"En": zeta / found.k, "zeta": zeta, "D_percent": percent}
    if measurand.sigma_pt is not None:
        scores["z"] = found.d / measurand.sigma_pt
        scores["z_prime"] = found.d / math.hypot(measurand.sigma_pt, u_ref)
    score = np.asarray(scores.get(rule.score, np.full(found.d.shape, math.nan)))
    pairs = [
        _verdict(rule, measurand, float(s), float(U), bool(o)) for s, U, o in zip(score, given.U, own, strict=True)
    ]
    verdict, why = tuple(v for v, _ in pairs), tuple(w for _, w in pairs)
    return Judged(found.d, found.u, found.U, score, zeta, percent, ratio, verdict, why)


def _verdict(rule: DecisionRule, measurand: Measurand, score: float, U: float, own: bool) -> tuple[Verdict, Why]:
    if own:
        return "undetermined", "own_reference"
    if not math.isfinite(score):
        return "undetermined", "no_score" if math.isfinite(U) else "no_uncertainty"
    if abs(score) > rule.limit:
        return "unsatisfactory", "score"
    if measurand.largest_U is not None and not measurand.largest_U >= U:
        return ("unsatisfactory", "largest_U") if math.isfinite(U) else ("undetermined", "no_uncertainty")
    if rule.questionable is not None and abs(score) > rule.questionable:
        return "questionable", "score"
    return "satisfactory", ""
