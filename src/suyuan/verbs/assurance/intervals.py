"""Cases of calibration intervals: from counts in tolerance, and from measured drift."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from suyuan.assurance.calibration_interval import from_attributes, from_drift
from suyuan.assurance.observations import column, not_negative
from suyuan.assurance.reliability import MODELS
from suyuan.verbs.assurance.form import Answer, StudyForm, answered, asked_of


def interval_attributes(body: Mapping[str, Any]) -> Answer:
    """Model → log_likelihood, AIC, interval, a, b, lower, upper, deviance, dof, p; also best, supported, shortest,
    longest, findings; null where there is none. time, n, in_tolerance, target, models?, confidence?. Raises Refused."""
    form = StudyForm(body, ("time", "n", "in_tolerance", "target", "models", "confidence"))
    form.required("time", "n", "in_tolerance")
    target, confidence = form.number("target"), form.optional("confidence", 0.95)
    models = form.body.get("models", list(MODELS))
    if not isinstance(models, list) or not all(isinstance(m, str) for m in models):
        form.wrong("/input/models", "some_of", models, choices=", ".join(MODELS))
    form.done()
    given = form.body
    found, told = asked_of(
        lambda: from_attributes(
            given["time"], given["n"], given["in_tolerance"], target, models, confidence or 0.95, "/input"
        )
    )
    answer: Answer = {
        f.model: {
            "log_likelihood": f.log_likelihood, "AIC": f.aic, "interval": f.interval, "a": f.a, "b": f.b,
            "lower": f.lower, "upper": f.upper, "deviance": f.deviance, "dof": f.dof, "p": f.p,
        }
        for f in found.fits
    }  # fmt: skip
    spread = {"supported": found.supported, "shortest": found.shortest, "longest": found.longest}
    return answered(form, {**answer, "best": found.best, **spread}, told)


def interval_variables(body: Mapping[str, Any]) -> Answer:
    """coefficients, s, dof, covariance, interval, findings. time, drift, degree, u0, u_target. Raises Refused."""
    form = StudyForm(body, ("time", "drift", "degree", "u0", "u_target"))
    form.required("time", "drift")
    degree = form.whole(form.body.get("degree"), "/input/degree", 1, 20)
    u0, target = form.number("u0", "number_from", 0.0), form.number("u_target", "positive")
    form.done()
    for name, value in (("u0", u0), ("u_target", target)):
        asked_of(partial(not_negative, value, f"/input.{name}"))
    for name in ("time", "drift"):
        asked_of(partial(column, form.body[name], f"/input.{name}"))
    found, told = asked_of(lambda: from_drift(form.body["time"], form.body["drift"], degree, u0, target, "/input"))
    answer = {
        "coefficients": found.coefficients, "s": found.s, "dof": found.dof, "covariance": found.covariance,
        "interval": found.interval,
    }  # fmt: skip
    return answered(form, answer, told)
