"""The evaluation of a round: for each measurand every method that the protocol names, its own first, judged alike."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from suyuan.comparison.advice import Advice, advise
from suyuan.comparison.equivalence import Equivalence, degrees_of_equivalence, pairwise
from suyuan.comparison.leave_one_out import references_without_each
from suyuan.comparison.methods import WITHOUT_U, Results, Settings, estimate
from suyuan.comparison.results import Consensus, covariance_matrix
from suyuan.comparison.round.inputs import Inputs, inputs_digest
from suyuan.comparison.round.judge import Judged, judge
from suyuan.comparison.round.link import LinkedRound, linked_round
from suyuan.comparison.round.protocol import Measurand, Protocol
from suyuan.comparison.round.travelled import Travelled, travelled
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[Any]
Progress = Callable[[str, float], None]
"""Told what is being evaluated and how much is done, 0 to 1."""
SLOW = ("median_monte_carlo", "hierarchical", "largest_consistent_subset", "linear_pool")
"""Methods, by the beginning of their names, that are not repeated for every laboratory left out of a large round."""
LARGE = 30


@dataclass(frozen=True, slots=True)
class Found:
    """What one method finds for one measurand of n laboratories, in its unit.

    consensus: the reference value with weights and covariances; U: expanded, coverage of the decision rule; judged: of
    each laboratory; chi2, dof, p: consistency of the contributors, not a number for a value from outside;
    left_value, left_u: reference value without each laboratory (n,), None where not worked out.
    """

    method: str
    consensus: Consensus
    U: float
    judged: Judged
    chi2: float
    dof: int
    p: float
    left_value: Array | None = None
    left_u: Array | None = None

    @property
    def value(self) -> float:
        return float(self.consensus.value)

    @property
    def u(self) -> float:
        return float(self.consensus.u)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One measurand. inputs: as reported; digest: of them; travelled: results at one date, where the standard drifted,
    else as they are; methods: the protocol's first, then those beside; refused: methods that give nothing, with why;
    pairs: degrees of equivalence between laboratories; advice: which methods suit the results, which decides nothing;
    linked: degrees of equivalence with an earlier comparison, None where the protocol links none; findings: what a
    reader must know."""

    measurand: Measurand
    inputs: Inputs
    digest: str
    travelled: Travelled
    methods: tuple[Found, ...] = ()
    refused: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    pairs: Equivalence | None = None
    advice: Advice | None = None
    linked: LinkedRound | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def labs(self) -> tuple[str, ...]:
        return self.inputs.labs

    def found(self, method: str) -> Found | None:
        """What a method finds, None where it was not asked for or gives nothing."""
        return next((f for f in self.methods if f.method == method), None)


def evaluate(protocol: Protocol, given: Iterable[Inputs], progress: Progress | None = None) -> tuple[Evaluation, ...]:
    """Evaluate every measurand by the protocol's method and those beside it.

    given: inputs of the measurands (`inputs.inputs`). A method that cannot answer is named with its findings and stops
    no other.
    """
    listed = [(i, m) for i in given if (m := protocol.measurand(i.measurand)) is not None]
    names = tuple(dict.fromkeys((protocol.reference.method, *protocol.reference.beside)))
    evaluations: list[Evaluation] = []

    def told(what: str) -> None:
        if progress is not None:
            progress(what, len(evaluations) / max(1, len(listed)))

    # Measurands do not know each other, and NumPy lets go of the interpreter while it counts.
    with ThreadPoolExecutor(max(1, min(len(listed), os.cpu_count() or 1))) as workers:
        tasks = [workers.submit(_evaluated, protocol, one, m, names) for one, m in listed]
        for (_, measurand), task in zip(listed, tasks, strict=True):
            told(measurand.id)
            evaluations.append(task.result())
    told("")
    return tuple(evaluations)


def _evaluated(protocol: Protocol, given: Inputs, measurand: Measurand, names: Sequence[str]) -> Evaluation:
    """One measurand by every method."""
    found, refused = [], {}
    with np.errstate(all="ignore"):  # what is beyond a float is a finding of the method, not a warning of NumPy
        evaluation = _prepared(protocol, given, measurand)
        for method in names:
            try:
                found.append(_found(protocol, evaluation, method, leave=method == names[0]))
            except Refused as why:
                refused[method] = why.findings
    return replace(evaluation, methods=tuple(found), refused=refused)


def _prepared(protocol: Protocol, given: Inputs, measurand: Measurand) -> Evaluation:
    moved, told = travelled(protocol, given)
    unknown = [lab for lab, u in zip(given.labs, given.u, strict=True) if math.isnan(u)]
    if unknown:
        told = (*told, finding("comparison.report.no_u", given.measurand, "warning", members=", ".join(unknown)))
    try:
        between = between_pairs(moved, protocol.decision.coverage)
    except Refused as why:  # of one measurand; the others stand
        between, told = None, (*told, *why.findings)
    try:
        linked = linked_round(protocol, given, moved)
    except Refused as why:
        linked, told = None, (*told, *(replace(f, where=given.measurand) for f in why.findings))
    return Evaluation(
        measurand, given, inputs_digest(given), moved, pairs=between, advice=advised(given, moved), linked=linked,
        findings=told,
    )  # fmt: skip


def between_pairs(moved: Travelled, k: float) -> Equivalence | None:
    """The matrices between laboratories; None for fewer than two, or where one states no uncertainty."""
    if moved.x.size < 2 or np.isnan(moved.u).any():
        return None
    return pairwise(moved.x, moved.u, moved.covariance, k)


def advised(given: Inputs, moved: Travelled) -> Advice | None:
    """Which methods suit the results, None where fewer than two contribute."""
    full = _results(given, moved, given.contributing & ~np.isnan(moved.u))
    if full.contributing.sum() < 2:
        return None
    try:
        return advise(full.x, full.u, full.contributing, full.covariance, dof=full.dof, labs=full.labs)
    except Refused:
        return None


def _found(protocol: Protocol, evaluation: Evaluation, method: str, leave: bool) -> Found:
    """One method on one measurand. Raises Refused where it gives no value."""
    given, moved = evaluation.inputs, evaluation.travelled
    if not given.n:
        raise Refused(finding("comparison.results.few", evaluation.measurand.id, n=0, wanted=1))
    reference = reference_value(protocol, given, moved, method)
    k = protocol.decision.coverage
    equivalence = _equivalence(moved, reference, k)
    judged = judge(protocol.decision, evaluation.measurand, given, reference, equivalence)
    chi2, dof = _consistency(given, moved, method)
    p = float(chdtrc(dof, chi2)) if dof > 0 else math.nan
    left: tuple[Array | None, Array | None] = (None, None)
    if leave and method not in ("pilot", "given"):
        left = _left_out(protocol, given, moved, method)
    return Found(method, reference, k * float(reference.u), judged, chi2, dof, p, *left)


def reference_value(protocol: Protocol, given: Inputs, moved: Travelled, method: str) -> Consensus:
    """The reference value by a method of `METHODS`, by the rule of the protocol."""
    return estimate(method, _asked(method, given, moved, given.contributing), _settings(protocol, given, moved, method))


def _settings(protocol: Protocol, given: Inputs, moved: Travelled, method: str) -> Settings:
    """What the protocol chose. Raises Refused where the pilot's value is asked for and the pilot has none."""
    rule, options = protocol.reference, {}
    if method == "pilot":
        at = given.labs.index(given.pilot) if given.pilot in given.labs else -1
        if at < 0 or math.isnan(moved.u[at]):
            raise Refused(finding("comparison.report.no_pilot", given.measurand, pilot=given.pilot))
        options = {"pilot": at}
    return Settings(rule.constants, rule.draws, rule.seed, rule.given.get(given.measurand), options)


def _asked(method: str, given: Inputs, moved: Travelled, contributing: Array) -> Results:
    """The results as a method takes them: one that weighs by u leaves out whoever states none, others take all."""
    if method in WITHOUT_U:
        return Results(given.labs, moved.x, moved.u, given.dof, contributing, moved.covariance)
    return _results(given, moved, contributing & ~np.isnan(moved.u))


def _results(given: Inputs, moved: Travelled, contributing: Array) -> Results:
    """The results with a uncertainty in every place, also of those that state none and do not contribute."""
    unknown = np.isnan(moved.u)
    if not unknown.any():
        return Results(given.labs, moved.x, moved.u, given.dof, contributing, moved.covariance)
    u = np.where(unknown, 1.0, moved.u)
    matrix = None if moved.covariance is None else moved.covariance.copy()
    if matrix is not None:
        matrix[unknown, unknown] = 1.0
    return Results(given.labs, moved.x, u, given.dof, contributing, matrix)


def _equivalence(moved: Travelled, reference: Consensus, k: float) -> Equivalence:
    """Degrees of equivalence; of a laboratory that states no uncertainty the difference alone."""
    unknown = np.isnan(moved.u)
    if not unknown.any():
        return degrees_of_equivalence(moved.x, moved.u, reference, k)
    shared = np.where(unknown, 0.0, reference.covariance)
    spread = np.where(unknown, 1.0, moved.u)
    found = degrees_of_equivalence(moved.x, spread, replace(reference, covariance=shared), k)
    u, U = (np.where(unknown, math.nan, x) for x in (found.u, found.U))
    return Equivalence(found.d, u, U, k)


def _consistency(given: Inputs, moved: Travelled, method: str) -> tuple[float, int]:
    """χ² = rᵀV⁻¹r of the contributors about their best mean, with dark uncertainty left out of V, and its degrees of
    freedom; for a value from outside there is none to consume one.

    About another reference value of the same results, such as the plain mean, χ² would be larger than its distribution
    has it, and results that agree be called inconsistent.
    """
    chosen = given.contributing & ~np.isnan(moved.u)
    dof = int(chosen.sum()) - 1
    if method in ("pilot", "given") or dof < 1:
        return math.nan, 0
    x, w = moved.x[chosen] - np.median(moved.x[chosen]), moved.u[chosen] ** -2.0
    if moved.covariance is None:
        return float(np.sum(w * (x - w @ x / w.sum()) ** 2)), dof
    V = covariance_matrix(moved.covariance[np.ix_(chosen, chosen)], dof + 1)
    scale = np.sqrt(np.diagonal(V))
    correlation = V / np.outer(scale, scale)
    one = np.linalg.lstsq(correlation, 1.0 / scale, rcond=None)[0] / scale
    r = (x - one @ x / one.sum()) / scale
    return float(r @ np.linalg.lstsq(correlation, r, rcond=None)[0]), dof


def _left_out(protocol: Protocol, given: Inputs, moved: Travelled, method: str) -> tuple[Array | None, Array | None]:
    """The reference value without each contributor in turn; without one that does not contribute it is the same."""
    if given.contributing.sum() < 3 or (given.n > LARGE and method.startswith(SLOW)):
        return None, None
    asked = _asked(method, given, moved, given.contributing)
    if asked.contributing.sum() < 2:
        return None, None
    left = references_without_each(asked, method, _settings(protocol, given, moved, method))
    return left.value, left.u


def verdicts(evaluations: Iterable[Evaluation]) -> Iterator[tuple[str, str, str, float]]:
    """Member, measurand, verdict and score by the protocol's method, for every laboratory that has a result."""
    for e in evaluations:
        if e.methods:
            judged = e.methods[0].judged
            for lab, verdict, score in zip(e.labs, judged.verdict, judged.score, strict=True):
                yield lab, e.measurand.id, verdict, float(score)
