"""Cases of capability: with measurement uncertainty, and a supplier's declared statistics recomputed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from suyuan.assurance.capability_index import against_declared, capability, real_capability
from suyuan.quantity.finding import Finding, errors, finding
from suyuan.verbs.assurance.form import Answer, StudyForm, answered, asked_of
from suyuan.verbs.document import number_in
from suyuan.verbs.wants import absent_or_wrong, wrong

W = "/input"


def capability_with_uncertainty(body: Mapping[str, Any]) -> Answer:
    """Cp_real[i][j] of Q_MP[i] and Cp_observed[j], and refused: whether any has no real solution (null there, with an
    error that names the pair); findings. Raises Refused for what is no number.

    >>> capability_with_uncertainty({"Q_MP": [0.4], "Cp_observed": [1.67]})["refused"]
    True
    """
    form = StudyForm(body, ("Q_MP", "Cp_observed"))
    form.required("Q_MP", "Cp_observed")
    form.done()
    found, told = asked_of(lambda: real_capability(form.body["Q_MP"], form.body["Cp_observed"], W))
    return answered(form, {"Cp_real": found, "refused": bool(errors(told))}, told)


def declared_statistics(body: Mapping[str, Any]) -> Answer:
    """n, mean, s, n_out_of_tolerance; declared, overall and within {Cp, Cpk}; also lower, upper, characteristic,
    findings.

    Of a QIF file (see `qif.extracted`), or values with lower, upper and declared {Cp, Cpk}; subgroup_size,
    within_estimator «range»; u: standard uncertainty of one measurement, with it and both limits also Q_MP and Cp_real,
    null where none exists. Raises Refused.
    """
    fields = ("values", "lower", "upper", "declared", "subgroup_size", "within_estimator", "format", "characteristic",
              "tolerance", "u")  # fmt: skip
    form = StudyForm(body, fields)
    form.required("values")
    estimator = form.body.get("within_estimator", "range")
    if estimator != "range":
        form.wrong("/input/within_estimator", "one_of", estimator, choices="range")
    size = form.body.get("subgroup_size")
    if size is not None:
        size = form.whole(size, "/input/subgroup_size", 2, 1000)
    declared = _declared(form)
    u = form.number("u", "number_from", 0.0) if "u" in form.body else None
    form.done()
    lower, upper, read = _limits(form)
    found, told = asked_of(lambda: capability(form.body["values"], lower, upper, size, W))
    answer: Answer = {
        "n": found.n, "mean": found.mean, "s": found.s, "n_out_of_tolerance": found.n_out_of_tolerance,
        "lower": lower, "upper": upper, "declared": declared,
        "overall": {"Cp": found.overall.Cp, "Cpk": found.overall.Cpk},
    }  # fmt: skip
    if found.within is not None:
        answer["within"] = {"Cp": found.within.Cp, "Cpk": found.within.Cpk, "s": found.within.s}
    if "characteristic" in form.body:
        answer["characteristic"] = form.body["characteristic"]
    if u is not None and lower is not None and upper is not None and found.overall.Cp > 0.0:
        Q, Cp = 4.0 * u / (upper - lower), found.overall.Cp
        real, more = asked_of(lambda: real_capability([Q], [Cp], W))
        answer |= {"u": u, "Q_MP": Q, "Cp_real": float(real[0, 0])}
        told = (*told, *more)
    return answered(form, answer, (*read, *told, *against_declared(found, declared, W)))


def _declared(form: StudyForm) -> dict[str, float]:
    given = form.body.get("declared", {})
    if not isinstance(given, Mapping):
        form.wrong("/input/declared", "object", given)
        return {}
    found = {}
    for name in ("Cp", "Cpk"):
        if given.get(name) is None:
            continue
        value = number_in(given[name])
        if math.isfinite(value):
            found[name] = value
        else:
            form.add(wrong(f"/input/declared/{name}", "number", given[name]))
    return found


def _limits(form: StudyForm) -> tuple[float | None, float | None, tuple[Finding, ...]]:
    """The limits of a case, or those of a file: numbers, or deviations from the nominal.

    A file may mark as deviations what are plainly the limits themselves: then no value would be in tolerance.
    """
    given = form.body.get("tolerance")
    if not isinstance(given, Mapping):
        lower, upper = form.optional("lower"), form.optional("upper")
        if lower is None and upper is None:
            form.add(absent_or_wrong({}, "lower", W, "limits"))
        form.done()
        return lower, upper, ()
    low, high, nominal = given["lower"], given["upper"], given["nominal"]
    if given["limits"] or nominal is None:
        return low, high, ()
    ends = [None if end is None else nominal + end for end in (low, high)]
    x = np.array([number_in(v) for v in form.body["values"]])
    if low is not None and high is not None and low <= nominal <= high and low <= float(np.median(x)) <= high:
        inside = np.count_nonzero((x >= ends[0]) & (x <= ends[1]))
        if not inside:
            told = {"low": f"{low:g}", "high": f"{high:g}", "nominal": f"{nominal:g}"}
            return low, high, (finding("assurance.capability.limits_read", "/input/file", "warning", "", **told),)
    return ends[0], ends[1], ()
