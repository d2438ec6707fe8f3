"""Every way to a reference value by its name: one measurand in, a `Consensus` out.

Who contributes is an argument of the results; statistics exclude nobody. Whatever the method, degrees of equivalence
come from its `Consensus` by one formula (`equivalence.degrees_of_equivalence`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from suyuan.comparison import consensus
from suyuan.comparison.equivalence import reference_from_outside
from suyuan.comparison.results import Consensus, covariance_matrix, each, uncertainties, values
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Results:
    """What n laboratories found for one measurand, in one unit.

    labs: names; x, u: values and standard uncertainties (n,), u not a number where it is not stated; dof: degrees of
    freedom (n,), infinite where not stated; contributing: (n,) true for those that count in the reference value;
    covariance: (n, n) with u² in the diagonal, None where independent.
    """

    labs: tuple[str, ...]
    x: Array
    u: Array
    dof: Array
    contributing: Array
    covariance: Array | None = None

    @classmethod
    def of(cls, x: Any, u: Any, **more: Any) -> Results:
        """Results without names, all contributing, unless said otherwise."""
        x, u = np.asarray(x, float), np.asarray(u, float)
        given: dict[str, Any] = {"labs": tuple(str(i + 1) for i in range(x.size)), "dof": np.full(x.shape, np.inf),
                                 "contributing": np.ones(x.shape, bool)}  # fmt: skip
        return cls(x=x, u=u, **{**given, **more})


@dataclass(frozen=True, slots=True)
class Settings:
    """Choices that a method may read. constants: «exact», or «printed» as in the standards; draws, seed: of Monte
    Carlo; given: value and u of a reference from outside; options: «pilot», the name or place of the laboratory whose
    value is the reference; «dof», true to draw from Student's t; and arguments of methods by their names: «between»,
    «p», «tau_scale», «sigma_scale», «tied»."""

    constants: Literal["exact", "printed"] = "exact"
    draws: int = 1_000_000
    seed: int = 1
    given: tuple[float, float] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


Method = Callable[[Results, Settings], Consensus]


def estimate(method: str, results: Results, settings: Settings = Settings()) -> Consensus:
    """The reference value by a method of `METHODS`.

    Raises Refused for a name that is not known, and for bad input: each faulty number with the name of its laboratory.

    >>> found = estimate("weighted_mean", Results.of([10.0, 10.2], [0.3, 0.4]))
    >>> round(float(found.value), 3), round(float(found.u), 2)
    (10.072, 0.24)
    """
    if method not in METHODS:
        raise Refused(finding("comparison.method.unknown", "method", method=method, known=", ".join(METHODS)))
    unknown = sorted(set(settings.options) - OPTIONS)
    if unknown:
        known = ", ".join(sorted(OPTIONS))
        raise Refused(finding("comparison.option.unknown", "options", given=", ".join(unknown), known=known))
    check(results, method not in WITHOUT_U)
    found = METHODS[method](results, settings)
    return replace(found, findings=tuple(_named(told, results.labs) for told in found.findings))


def check(results: Results, u_needed: bool = True) -> None:
    """Raises Refused for results that are none: missing numbers, u not above zero or, if it is needed, not stated, a
    laboratory named twice, a covariance that is none or has another u in its diagonal. Each names the laboratories."""
    every = values(results.x, "value", results.labs)
    n = every.shape[-1]
    if every.ndim != 1 or len(results.labs) != n:
        raise Refused(finding("comparison.results.shape", "labs", u=f"({len(results.labs)},)", values=every.shape))
    twice = [lab for lab, count in Counter(results.labs).items() if count > 1]
    if twice:
        places = {lab: [str(i + 1) for i, name in enumerate(results.labs) if name == lab] for lab in twice}
        raise Refused(*(finding("comparison.labs.twice", "labs", lab=lab, count=len(p), places=", ".join(p))
                        for lab, p in places.items()))  # fmt: skip
    u = np.asarray(results.u, float)
    unstated = np.isnan(u) if not u_needed and u.shape == every.shape else np.zeros(n, bool)
    spread = uncertainties(np.where(unstated, 1.0, u) if unstated.any() else u, every.shape, "u", results.labs)
    if results.covariance is None:
        return
    own = np.sqrt(np.diagonal(covariance_matrix(results.covariance, n, results.labs)))
    apart = np.abs(own - spread) > 1e-6 * spread
    if np.any(apart & ~unstated):
        told = each("comparison.covariance.diagonal", "covariance", own, apart & ~unstated, results.labs)
        stated = [f"{spread[i]:g}" for i in np.flatnonzero(apart & ~unstated)]
        raise Refused(*(_with(f, stated=s) for f, s in zip(told, stated, strict=False)))


def _named(told: Finding, labs: tuple[str, ...]) -> Finding:
    """A finding about places with the names of the laboratories there."""
    given = dict(told.parameters)
    if "places" not in given or "labs" in given:
        return told
    return _with(told, labs=", ".join(labs[int(place) - 1] for place in given["places"].split(", ")))


def _with(told: Finding, **more: str) -> Finding:
    return replace(told, parameters=tuple(sorted({**dict(told.parameters), **more}.items())))


def _plain(act: Callable[..., Consensus]) -> Method:
    """An estimator that takes results alone."""
    return lambda r, s: act(r.x, r.u, r.contributing, r.covariance)


def _hartung_knapp(modified: bool) -> Method:
    def method(r: Results, s: Settings) -> Consensus:
        between = s.options.get("between", "dersimonian_laird")
        return consensus.hartung_knapp(r.x, r.u, r.contributing, r.covariance, modified, between)

    return method


def _least_squares(r: Results, s: Settings) -> Consensus:
    matrix = np.diag(np.asarray(r.u, float) ** 2) if r.covariance is None else r.covariance
    return consensus.generalised_least_squares(r.x, matrix, r.contributing)[0]


def _median(r: Results, s: Settings) -> Consensus:
    """Of a result that states no u the covariance is unknown; its chance to be in the middle is that of a middle u, so
    that the others keep theirs."""
    unknown = np.isnan(r.u)
    if unknown.all() or not unknown.any():
        return consensus.median(r.x, None if unknown.any() else r.u, r.contributing, r.covariance)
    u = np.where(unknown, np.median(r.u[~unknown]), r.u)
    matrix = None if r.covariance is None else np.where(np.isnan(r.covariance), np.diag(u**2), r.covariance)
    found = consensus.median(r.x, u, r.contributing, matrix)
    if found.findings:  # without scatter its uncertainty would rest on a u that nobody stated
        return consensus.median(r.x, None, r.contributing)
    return replace(found, covariance=np.where(unknown, np.nan, found.covariance))


def _algorithm_a(constants: str) -> Method:
    def method(r: Results, s: Settings) -> Consensus:
        chosen: Any = constants or s.constants
        tied = s.options.get("tied", "refuse")
        return consensus.algorithm_a_mean(r.x, r.u, r.contributing, r.covariance, chosen, tied)

    return method


def _subset(r: Results, s: Settings) -> Consensus:
    p = s.options.get("p", 0.05)
    return consensus.largest_consistent_subset(r.x, r.u, r.contributing, r.covariance, labs=r.labs, p=p)


def _median_draws(r: Results, s: Settings) -> Consensus:
    dof = r.dof if s.options.get("dof") else None
    return consensus.median_monte_carlo(r.x, r.u, r.contributing, r.covariance, dof=dof, draws=s.draws, seed=s.seed)


def _bayes(effects: Literal["gauss", "laplace"]) -> Method:
    def method(r: Results, s: Settings) -> Consensus:
        scale = s.options.get("tau_scale")
        return consensus.hierarchical_bayes(r.x, r.u, r.contributing, r.covariance, effects=effects, tau_scale=scale)

    return method


def _bayes_dof(r: Results, s: Settings) -> Consensus:
    scales = {name: s.options.get(name) for name in ("tau_scale", "sigma_scale")}
    return consensus.hierarchical_bayes_dof(r.x, r.u, r.contributing, r.covariance, dof=r.dof, **scales)


def _given(r: Results, s: Settings) -> Consensus:
    if s.given is None:
        raise Refused(finding("comparison.reference.missing", "given"))
    return reference_from_outside(*s.given, np.asarray(r.x).size)


def _pilot(r: Results, s: Settings) -> Consensus:
    """The pilot's own value, with weight 1: its degree of equivalence is zero and certain, by definition."""
    given = s.options.get("pilot")
    at = r.labs.index(given) if isinstance(given, str) and given in r.labs else given
    if not isinstance(at, int | np.integer) or isinstance(at, bool) or not 0 <= at < len(r.labs):
        known = ", ".join(r.labs[:20])
        raise Refused(finding("comparison.pilot.unknown", "pilot", given=given, known=known))
    return consensus.arithmetic_mean(r.x, r.u, np.arange(len(r.labs)) == at, r.covariance)


METHODS: Mapping[str, Method] = {
    "arithmetic_mean": _plain(consensus.arithmetic_mean),
    "weighted_mean": _plain(consensus.weighted_mean),
    "generalised_least_squares": _least_squares,
    "median": _median,
    "median_monte_carlo": _median_draws,
    "largest_consistent_subset": _subset,
    "dersimonian_laird": _plain(consensus.dersimonian_laird),
    "mandel_paule": _plain(consensus.mandel_paule),
    "reml": _plain(consensus.reml),
    "hartung_knapp": _hartung_knapp(False),
    "hartung_knapp_modified": _hartung_knapp(True),
    "power_moderated_mean": _plain(consensus.power_moderated_mean),
    "hierarchical_bayes": _bayes("gauss"),
    "hierarchical_bayes_laplace": _bayes("laplace"),
    "hierarchical_bayes_dof": _bayes_dof,
    "linear_pool": _plain(consensus.linear_pool),
    "algorithm_A": _algorithm_a(""),
    "algorithm_A_iso": _algorithm_a("printed"),
    "hampel": _plain(consensus.hampel_mean),
    "pilot": _pilot,
    "given": _given,
}
OPTIONS = frozenset({"pilot", "dof", "between", "p", "tau_scale", "sigma_scale", "tied"})
WITH_TAU = frozenset(
    (
        "dersimonian_laird", "mandel_paule", "reml", "hartung_knapp", "hartung_knapp_modified", "power_moderated_mean",
        "hierarchical_bayes", "hierarchical_bayes_laplace", "hierarchical_bayes_dof",
    )
)  # fmt: skip
"""Methods that estimate τ, which may be zero; of others there is none."""
WITHOUT_U = frozenset({"median", "algorithm_A", "algorithm_A_iso", "hampel", "given"})
"""Methods that need no stated uncertainties; degrees of equivalence still do."""
