"""Cases of the quality of a monitor: k_v, QAL2 with its test, RATA with bias adjustment, limits of RATA."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from suyuan.carbon.monitoring.quality import qal2 as calibration
from suyuan.carbon.monitoring.quality import rata as audit
from suyuan.carbon.rule import Rules, rules
from suyuan.verbs.assurance.form import Answer, StudyForm, answered, asked_of
from suyuan.verbs.carbon.files import Files
from suyuan.verbs.wants import absent_or_wrong

DAY = date(2024, 1, 1)
"""A case says no day: the rules are those in force on this one, unless it names another."""


def in_force(form: StudyForm, scheme: str, otherwise: date = DAY) -> Rules:
    """The rules of a scheme on the day that a case names («day», ISO), by default on `DAY`."""
    given = form.body.get("day")
    if given is None:
        return rules(scheme, otherwise)
    try:
        return rules(scheme, date.fromisoformat(given))
    except (TypeError, ValueError):
        form.wrong("/input/day", "date", given)
        return rules(scheme, otherwise)


def used(law: Rules) -> list[dict[str, Any]]:
    """The rows that an answer stands on, with their status."""
    keys = ("id", "value", "unit", "clause", "source", "status")
    return [{key: row[key] for key in keys if key in row} for row in law.used.values()]


def kv(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """k_v of the variability test.

    >>> round(kv({"n": 15})["kv"], 4)
    0.9761
    """
    form = StudyForm(body, ("n",))
    n = form.whole(form.body.get("n"), "/input/n", 2, 100_000)
    form.done()
    return answered(form, {"kv": calibration.k_v(n)}, ())


def qal2(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """Both calibration functions, the variability test and the valid range; with `survey` {x, y} also the AST.

    survey: pairs of an annual surveillance test, judged with the calibration function of the method; days: on how many
    days the pairs were measured.
    """
    names = ("x", "y", "elv", "interval_fraction", "zero", "method", "survey", "days", "day")
    form = StudyForm(body, names)
    form.required("x", "y", "elv", "interval_fraction", "zero")
    method = form.body.get("method", "a")
    if method not in ("a", "b"):
        form.wrong("/input/method", "one_of", method, choices="a, b")
    days = None if "days" not in form.body else form.whole(form.body["days"], "/input/days", 1, 366)
    survey = form.body.get("survey")
    if survey is not None and not isinstance(survey, Mapping):
        form.wrong("/input/survey", "object", survey)
    law = in_force(form, calibration.SCHEME)
    form.done()
    b = form.body
    sigma_0 = asked_of(lambda: calibration.spread_allowed(law, b["elv"], b["interval_fraction"]))
    found, told = asked_of(lambda: calibration.calibrated(law, b["x"], b["y"], sigma_0, b["zero"], method, days))
    answer: dict[str, Any] = {
        "n": found.n, "intercept_a": found.a.intercept, "slope_a": found.a.slope,
        "intercept_b": found.b.intercept if found.b else None, "slope_b": found.b.slope if found.b else None,
        "s_D": found.s_D, "kv": found.kv, "sigma_0": found.sigma_0, "passes": found.passes,
        "valid_max": found.valid_max,
    }  # fmt: skip
    if survey is not None:
        yearly, more = asked_of(
            lambda: calibration.surveyed(law, found.line, survey.get("x"), survey.get("y"), found.sigma_0)
        )
        answer["ast"], told = {**_fields(yearly), "passes": yearly.passes}, (*told, *more)
    return answered(form, {**answer, "rules": used(law)}, told)


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in type(record).__slots__}


def rata(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """Mean difference, sd, t, cc, relative accuracy and bias adjustment factor of paired runs; with `parameter` (gas,
    moisture, flow) also the limits and when the next test is due."""
    form = StudyForm(body, ("reference", "monitor", "day", "parameter", "mean_reference_fps"))
    form.required("reference", "monitor")
    parameter = form.body.get("parameter")
    if parameter is not None and parameter not in audit.PARAMETERS:
        form.add(absent_or_wrong(form.body, "parameter", "/input", "one_of", choices=", ".join(audit.PARAMETERS)))
    speed = form.optional("mean_reference_fps")
    law = in_force(form, "40 CFR 75")
    form.done()
    found, told = asked_of(lambda: audit.relative_accuracy(law, form.body["reference"], form.body["monitor"]))
    answer = _fields(found)
    if parameter is not None:
        allowed = audit.limits(law, str(parameter), speed)
        answer |= {**allowed, "next_test": audit.next_test(found, allowed)}
    return answered(form, {**answer, "rules": used(law)}, told)


def rata_limits(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """Limits of relative accuracy for the yearly and half-yearly test, and the alternatives on the mean difference.

    >>> rata_limits({"parameter": "flow", "mean_reference_fps": 10})["annual_alternative"]
    1.5
    """
    form = StudyForm(body, ("parameter", "mean_reference_fps", "day"))
    parameter = form.body.get("parameter")
    if parameter not in audit.PARAMETERS:
        form.add(absent_or_wrong(form.body, "parameter", "/input", "one_of", choices=", ".join(audit.PARAMETERS)))
    speed = form.optional("mean_reference_fps")
    if speed is not None and math.isfinite(speed) and speed < 0.0:
        form.wrong("/input/mean_reference_fps", "number_from", speed, low="0")
    law = in_force(form, "40 CFR 75")
    form.done()
    return answered(form, {**audit.limits(law, str(parameter), speed), "rules": used(law)}, ())
