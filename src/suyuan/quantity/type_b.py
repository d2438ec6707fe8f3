"""Type B evaluation: value and standard uncertainty from limits, certificates and judgement (GUM 4.3, JCGM 101 6.4).

Each distribution has one function; `from_case_parameters` reads the same from a case document.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity.coverage import coverage_factor
from suyuan.quantity.distribution import histogram_moments
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.formula.text import nearest
from suyuan.quantity.influence import Parameters
from suyuan.quantity.type_a.readings import mean, readings

if TYPE_CHECKING:
    from suyuan.quantity.quantity import Quantity
    from suyuan.quantity.unit import Unit


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What is known of an input quantity after evaluation.

    value, u: estimate and standard uncertainty for first and second order; dof: degrees of freedom, infinite unless
    stated; distribution: a name of `distribution.LAWS`, or «constant»; parameters: what Monte Carlo needs besides.
    """

    value: float
    u: float
    dof: float = math.inf
    distribution: str = "normal"
    parameters: Parameters = ()

    def quantity(self, unit: str | Unit = "1", label: str = "") -> Quantity:
        """A quantity of this value in a unit, with an influence of its own.

        >>> print(rectangular(0.0, half_width=0.5).quantity("V"))
        0.00(29) V
        """
        from suyuan.quantity.quantity import quantity

        return quantity(
            self.value, None if self.distribution == "constant" else self.u, unit, dof=self.dof,
            distribution=self.distribution, label=label, parameters=self.parameters,
        )  # fmt: skip


def normal(mean: float, std: float, dof: float = math.inf) -> Evaluated:
    """Normal: u = std."""
    _positive_or_zero("normal", std=std)
    return Evaluated(mean, std, dof, "normal")


def normal_from_expanded(
    mean: float, U: float, k: float | None = None, p: float | None = None, dof: float = math.inf
) -> Evaluated:
    """Normal from an expanded uncertainty: u = U/k, k stated or the quantile for p and dof (GUM 4.3.3, 4.3.4).

    The degrees of freedom are never inferred from k. Raises `Refused` without k and p.

    >>> normal_from_expanded(1000.000325, 240e-6, k=3).u * 1e6           # g and µg, GUM 4.3.3
    80.0
    """
    _positive_or_zero("normal", U=U)
    if k is None:
        if p is None:
            raise Refused(finding("evaluation.coverage.missing", "normal"))
        k = float(coverage_factor(p, dof))
    _positive("normal", k=k)
    return Evaluated(mean, U / k, dof, "normal")


def rectangular(centre: float, half_width: float, dof: float = math.inf) -> Evaluated:
    """Rectangle: u = a/√3 (GUM 4.3.7).

    >>> round(rectangular(16.52e-6, 0.40e-6).u * 1e6, 2)                 # 1/°C, GUM 4.3.7
    0.23
    """
    _positive_or_zero("rectangular", half_width=half_width)
    return Evaluated(centre, half_width / math.sqrt(3), dof, "rectangular")


def triangular(centre: float, half_width: float, dof: float = math.inf) -> Evaluated:
    """Symmetric triangle: u = a/√6 (GUM 4.3.9)."""
    _positive_or_zero("triangular", half_width=half_width)
    return Evaluated(centre, half_width / math.sqrt(6), dof, "triangular")


def arcsine(centre: float, half_width: float, dof: float = math.inf) -> Evaluated:
    """Arcsine (U-shaped), a quantity that cycles between its limits: u = a/√2 (JCGM 101 6.4.6)."""
    _positive_or_zero("arcsine", half_width=half_width)
    return Evaluated(centre, half_width / math.sqrt(2), dof, "arcsine")


def curvilinear_trapezoid(centre: float, half_width: float, d: float, dof: float = math.inf) -> Evaluated:
    """Rectangle whose limits are known within ±d: u = √(a²/3 + d²/9) (JCGM 101 6.4.3).

    >>> round(curvilinear_trapezoid(0, 0.5, 0.1).u, 4)
    0.2906
    """
    _positive_or_zero("curvilinear_trapezoid", half_width=half_width, d=d)
    if d > half_width:
        code = "evaluation.parameter.inexactness"
        raise Refused(finding(code, "curvilinear_trapezoid", d=d, half_width=half_width))
    u = math.sqrt(half_width**2 / 3 + d**2 / 9)
    return Evaluated(centre, u, dof, "curvilinear_trapezoid", (("half_width", half_width), ("d", d)))


def trapezoid(centre: float, half_width: float, beta: float, dof: float = math.inf) -> Evaluated:
    """Symmetric trapezoid, the sum of two rectangles: u = a·√((1 + β²)/6), β = top/base (JCGM 101 6.4.4, GUM 4.3.9).

    >>> round(trapezoid(0.0, 1.0, 0.5).u, 4)
    0.4564
    """
    _positive_or_zero("trapezoid", half_width=half_width, beta=beta)
    if beta > 1.0:
        raise Refused(finding("evaluation.parameter.beta", "trapezoid", beta=f"{beta:g}"))
    u = half_width * math.sqrt((1.0 + beta * beta) / 6.0)
    return Evaluated(centre, u, dof, "trapezoid", (("half_width", half_width), ("beta", beta)))


def exponential(mean: float, dof: float = math.inf) -> Evaluated:
    """Exponential, a positive quantity of which only the mean is known: u = mean (JCGM 101 6.4.10)."""
    _positive("exponential", mean=mean)
    return Evaluated(mean, mean, dof, "exponential")


def student_t(location: float, scale: float, dof: float) -> Evaluated:
    """Student's t by its scale: u = scale with dof (JCGM 101 6.4.9); its standard deviation is larger."""
    _positive_or_zero("student_t", scale=scale)
    return Evaluated(location, scale, dof, "student_t", (("scale", scale),))


def student_t_std(mean: float, std: float, dof: float) -> Evaluated:
    """Student's t by its standard deviation: u = std with dof; scale = std·√((ν − 2)/ν) for draws."""
    _positive_or_zero("student_t_std", std=std)
    if not dof > 2:
        raise Refused(finding("evaluation.student.dof", "student_t_std", dof=f"{dof:g}"))
    scale = std * math.sqrt((dof - 2) / dof) if math.isfinite(dof) else std
    return Evaluated(mean, std, dof, "student_t", (("scale", scale),))


def gamma(shape: float, scale: float, dof: float = math.inf) -> Evaluated:
    """Gamma: value = shape·scale, u = √shape·scale (JCGM 101 6.4.11)."""
    _positive("gamma", shape=shape, scale=scale)
    return Evaluated(shape * scale, math.sqrt(shape) * scale, dof, "gamma", (("shape", shape), ("scale", scale)))


def sample(values: ArrayLike, dof: float = math.inf) -> Evaluated:
    """A sample that stands for the distribution itself, such as the draws of an earlier simulation: mean and standard
    deviation of the values. Readings of which the mean is wanted are «observations»."""
    array = numbers_of("sample", "values", values)
    if array.size < 2:
        raise Refused(finding("evaluation.readings.few", "sample", n=array.size, wanted=2))
    return Evaluated(float(array.mean()), float(array.std()), dof, "sample", (("values", tuple(array.tolist())),))


def histogram(edges: ArrayLike, counts: ArrayLike, dof: float = math.inf) -> Evaluated:
    """A histogram: n + 1 rising edges and n counts; within a bin every value is as probable.

    >>> round(histogram([0.0, 1.0, 2.0], [1, 1]).u * math.sqrt(12), 9)
    2.0
    """
    ends, weights = numbers_of("histogram", "edges", edges), numbers_of("histogram", "counts", counts)
    if weights.size < 1 or ends.size != weights.size + 1 or np.any(np.diff(ends) <= 0.0):
        raise Refused(finding("evaluation.histogram.edges", "histogram", edges=ends.size, counts=weights.size))
    if np.any(weights < 0.0) or not weights.sum() > 0.0:
        raise Refused(finding("evaluation.histogram.counts", "histogram"))
    mean, u = histogram_moments(ends, weights)
    return Evaluated(mean, u, dof, "histogram", (("edges", tuple(ends.tolist())), ("counts", tuple(weights.tolist()))))


def numbers_of(distribution: str, name: str, values: ArrayLike) -> NDArray[np.float64]:
    """A list of finite numbers as an array. Raises Refused for anything else."""
    try:
        array = np.asarray(values, np.float64).ravel()
    except (TypeError, ValueError):
        array = np.array([np.nan])
    if not np.all(np.isfinite(array)):
        code = "evaluation.parameter.form"
        raise Refused(finding(code, distribution, parameter=name, value=repr(values)[:60]))
    return array


def constant(value: float) -> Evaluated:
    """A number without uncertainty, such as a defined constant."""
    return Evaluated(value, 0.0, math.inf, "constant")


def dof_from_relative(relative_uncertainty: float) -> float:
    """Degrees of freedom of a u that is itself known to Δu/u.

    ν ≈ ½ (Δu/u)⁻² (GUM G.4.2, formula G.3). Raises `Refused` unless 0 < Δu/u.

    >>> dof_from_relative(0.25), round(dof_from_relative(0.10))          # GUM G.4.2 and H.1.6
    (8.0, 50)
    """
    if not (math.isfinite(relative_uncertainty) and relative_uncertainty > 0):
        raise Refused(finding("evaluation.relative_uncertainty", "relative_uncertainty", value=relative_uncertainty))
    return 0.5 / relative_uncertainty**2


DISTRIBUTIONS: Mapping[str, Callable[..., Evaluated]] = {
    "normal": normal,
    "rectangular": rectangular,
    "triangular": triangular,
    "trapezoid": trapezoid,
    "arcsine": arcsine,
    "curvilinear_trapezoid": curvilinear_trapezoid,
    "student_t": student_t,
    "student_t_std": student_t_std,
    "gamma": gamma,
    "exponential": exponential,
    "sample": sample,
    "histogram": histogram,
    "constant": constant,
}
"""Distributions of the case form but `observations`; the parameters are those of the function."""
ALIASES: Mapping[str, tuple[str, ...]] = {
    "normal": ("gaussian", "gauss", "正态", "正态分布"),
    "rectangular": ("uniform", "flat", "rect", "矩形", "均匀", "矩形分布", "均匀分布"),
    "triangular": ("triangle", "三角", "三角分布"),
    "trapezoid": ("trapezium", "梯形", "梯形分布"),
    "arcsine": ("u", "u-shaped", "u_shaped", "反正弦", "反正弦分布"),
    "student_t": ("t", "student", "t分布"),
    "observations": ("type_a", "readings", "measurements", "data", "a", "a类", "读数"),
    "constant": ("const", "exact", "fixed", "常数"),
    "mean": ("mu", "value", "x", "estimate", "centre", "center", "location"),
    "std": ("sigma", "s", "u", "sd", "stdev", "stddev", "std_dev", "standard_deviation", "uncertainty"),
    "centre": ("mean", "mu", "value", "x", "estimate", "middle", "location"),
    "half_width": ("a", "width", "halfwidth", "half-width", "limit", "half_range"),
    "location": ("mean", "mu", "value", "x", "centre", "center"),
    "scale": ("sigma", "std", "s", "u"),
    "dof": ("nu", "df", "degrees_of_freedom", "v"),
    "value": ("mean", "mu", "x", "constant"),
    "values": ("readings", "data", "x", "observations", "samples"),
}
"""Names of distributions and parameters → other words that people use for them, in small letters."""
LISTS = frozenset(("values", "edges", "counts"))
"""Parameters that are lists of numbers."""


def from_case_parameters(
    distribution: Any,
    parameters: Any,
    where: str = "",
    dof: Any = None,
    columns: Mapping[str, Any] | None = None,
) -> tuple[Evaluated, tuple[Finding, ...]]:
    """Evaluate an input as a case document describes it.

    distribution, parameters: as in the case form, and `normal` also as {mean, U, k} or {mean, U, p}; numbers may be
    decimal text. where: place for findings, e.g. «inputs.ls»; dof: the input's own degrees of freedom, None = not
    stated, infinite; columns: name → vector or number, for `observations` whose values are an expression.
    Returns the evaluation and warnings. Raises `Refused` with every fault of the parameters.

    >>> from_case_parameters("rectangular", {"centre": 1.15e-05, "half_width": 2e-06})[0].u
    1.154...e-06
    """
    if distribution == "observations":
        return _observations(parameters, where, columns)
    function = DISTRIBUTIONS.get(distribution) if isinstance(distribution, str) else None
    if function is None:
        known = [*DISTRIBUTIONS, "observations"]
        near = likely(str(distribution), known)
        code = "evaluation.distribution.unknown"
        raise Refused(finding(code, where, distribution=distribution, nearest=near, known=" ".join(known)))
    if not isinstance(parameters, Mapping):
        code = "evaluation.parameter.form"
        raise Refused(finding(code, where, parameter="parameters", value=repr(parameters)[:60]))
    if function is normal and "U" in parameters:
        function = normal_from_expanded
    given = dict(parameters)
    if dof is not None and distribution != "constant":
        given["dof"] = dof
    faults = tuple(_wrong_parameters(distribution, function, given, where))
    if faults:
        raise Refused(*faults)
    try:
        result = function(**{name: _argument(value) for name, value in given.items()})
    except Refused as refused:
        moved = (Finding(f.code, where, f.severity, f.parameters, f.rule) for f in refused.findings)
        raise Refused(*moved) from None
    if not (math.isfinite(result.value) and math.isfinite(result.u)):
        raise Refused(finding("evaluation.parameter.range", where, distribution=distribution))
    warn = result.u == 0 and distribution != "constant"
    return result, (finding("evaluation.uncertainty.zero", where, "warning"),) if warn else ()


def _wrong_parameters(
    distribution: str, function: Callable[..., Evaluated], given: Mapping[str, Any], where: str
) -> Iterator[Finding]:
    """Missing, unknown and non-numeric parameters; degrees of freedom that are none."""
    signature = inspect.signature(function).parameters
    known = [name for name in signature if name != "dof" or distribution.startswith("student")]
    required = [name for name, p in signature.items() if p.default is inspect.Parameter.empty]
    listed = " ".join(known)
    for name in required:
        if name not in given:
            code = "evaluation.parameter.missing"
            yield finding(code, where, distribution=distribution, parameter=name, known=listed)
    for name, value in given.items():
        if name not in signature:
            near = likely(str(name), known)
            code = "evaluation.parameter.unknown"
            yield finding(code, where, distribution=distribution, parameter=name, nearest=near, known=listed)
        elif name == "dof":
            if not _number(value) > 0:
                yield finding("evaluation.dof", where, value=value)
        elif not (isinstance(value, list) and name in LISTS) and not math.isfinite(_number(value)):
            yield finding("evaluation.parameter.form", where, parameter=name, value=repr(value)[:60])


def likely(word: str, known: Iterable[str]) -> str:
    """The known name of a distribution or parameter that a word probably means; «» where none is like it.

    >>> likely("uniform", DISTRIBUTIONS), likely("sigma", ["mean", "std"]), likely("halfwidth", ["half_width"])
    ('rectangular', 'std', 'half_width')
    """
    names = list(known)
    meant = [name for name in names if word.strip().casefold() in ALIASES.get(name, ())]
    return meant[0] if meant else nearest(word, names)


def _number(value: Any) -> float:
    """A number or a decimal text as float; nan for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan


def _argument(value: Any) -> Any:
    return value if isinstance(value, list) else float(value)


def _observations(
    parameters: Any, where: str, columns: Mapping[str, Any] | None
) -> tuple[Evaluated, tuple[Finding, ...]]:
    values = parameters.get("values") if isinstance(parameters, Mapping) else None
    if values is None:
        code = "evaluation.parameter.missing"
        raise Refused(finding(code, where, distribution="observations", parameter="values", known="values"))
    found, findings = mean(readings(values, columns, where=where).ravel(), where=where)
    if errors(findings):
        raise Refused(*findings)
    value, u = float(found.mean), float(found.u)
    return Evaluated(value, u, found.dof, "student_t", (("scale", u),)), findings


def _positive_or_zero(distribution: str, **parameters: float) -> None:
    for name, value in parameters.items():
        if not value >= 0:
            raise Refused(finding("evaluation.parameter.negative", distribution, parameter=name, value=f"{value:g}"))


def _positive(distribution: str, **parameters: float) -> None:
    for name, value in parameters.items():
        if not value > 0:
            raise Refused(finding("evaluation.parameter.positive", distribution, parameter=name, value=f"{value:g}"))
