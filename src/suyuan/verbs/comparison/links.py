"""Answer drift and linking cases: the travelling standard along its route, and two comparisons joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from suyuan.comparison.drift import HIGHEST, MODELS, Drift, DriftModel, Pilot, against_drift, brought_to_date
from suyuan.comparison.drift import drift as along_route
from suyuan.comparison.linking import link, linked, through
from suyuan.quantity.finding import Finding, Refused
from suyuan.verbs.comparison.form import Answer, Array, Form, Rows, known, listed
from suyuan.verbs.wants import called


def drift(body: Mapping[str, Any]) -> Answer:
    """The standard on each participant's day, d and E_n against it; keys of the case form, and more.

    Beside intercept, slope, residual_sd, reference, u_reference, d, En also U and their correlation, the significance p
    of the change, coefficients, and the results brought to one day with their covariance. Models: linear, polynomial
    (with degree), random_walk (with walk, or estimated), none; rows of the pilot may state u, their repeatability.

    >>> pilot = [{"t": t, "value": v} for t, v in ((0, 10.0002), (30, 10.0011), (61, 10.0019), (92, 10.0031))]
    >>> participants = [{"lab": "A", "t": 10, "value": 10.0013, "u": 0.0008}]
    >>> found = drift({"unit": "V", "model": "linear", "pilot": pilot, "u_pilot": 0.0005, "participants": participants})
    >>> round(found["intercept"], 6), round(found["En"][0], 4)
    (10.000159, 0.4387)
    """
    form = Form(body, ("model", "degree", "pilot", "u_pilot", "walk", "date", "participants"))
    model = _model(form)
    degree = form.whole(form.body.get("degree", 1), "/input/degree", 1, HIGHEST)
    u_pilot = form.number("u_pilot", "number_from", 0.0)
    walk = form.number("walk", "number_from", 0.0) if "walk" in form.body else None
    date = form.number("date") if "date" in form.body else None
    repeats = form.table("pilot", ("t", "value", "u", "unit"))
    days = repeats.numbers("t")
    values, repeat = repeats.in_unit(
        (repeats.numbers("value"), False), (repeats.numbers("u", "positive", otherwise=np.nan), True)
    )
    stated = np.isfinite(repeat)
    if np.any(stated) and not np.all(stated):
        form.fail("comparison.case.repeat_some", "/input/pilot")
    rows = form.table("participants", ("lab", "t", "value", "u", "unit"))
    labs, t = rows.labels(), rows.numbers("t")
    x, u = rows.in_unit((rows.numbers("value"), False), (rows.numbers("u", "positive"), True))
    form.done()
    pilot = Pilot(days, values, u_pilot, repeat if np.all(stated) else None, walk)
    try:
        found = along_route(pilot, t, model, degree, date)
    except Refused as refused:
        raise Refused(*(replace(f, where=f"/input/{f.where}") for f in refused.findings)) from None
    told = tuple(_placed(f, rows, labs) for f in found.findings)
    return {**_drift_answer(found, x, u, u_pilot), "findings": [f.to_json() for f in (*form.findings, *told)]}


def _drift_answer(found: Drift, x: Array, u: Array, u_pilot: float) -> Answer:
    against, joint = against_drift(x, u, found)
    moved, covariance = brought_to_date(x, u, found)
    answer: Answer = {"model": found.model}
    if found.coefficients.size:
        whole = np.hypot(found.u_coefficients[0], u_pilot)  # what all of the pilot's measurements share is in it too
        answer |= {"intercept": known(found.coefficients[0]), "u_intercept": known(whole)}
    if found.coefficients.size > 1:
        answer |= {"slope": known(found.coefficients[1]), "u_slope": known(found.u_coefficients[1])}
    if found.coefficients.size > 2:
        answer |= {"coefficients": listed(found.coefficients), "u": listed(found.u_coefficients)}
    answer |= {
        "residual_sd": None if found.residual_sd is None else known(found.residual_sd),
        "dof": known(found.dof), "walk": None if found.walk is None else known(found.walk),
        "p_no_change": None if found.p is None else known(found.p),
        "reference": listed(found.reference), "u_reference": listed(found.u_reference), "d": listed(against.d),
        "U": listed(against.U), "En": listed(against.En),
        "correlation_d": [listed(row) for row in joint / np.outer(against.u, against.u)],
        "date": found.date, "value_at_date": listed(moved), "covariance_at_date": [listed(row) for row in covariance],
    }  # fmt: skip
    return answer


def _model(form: Form) -> DriftModel:
    given = form.body.get("model", "linear")
    found = next((model for model in MODELS if model == given), None)
    if found is None:
        form.wrong("/input/model", "one_of", given, choices=", ".join(MODELS))
    return found or "linear"


def _placed(item: Finding, rows: Rows, labs: tuple[str, ...]) -> Finding:
    """A finding of the pure floor at its place in the case; a participant is called by its name."""
    parts = item.where.split("/")
    if parts[0] != "participants":
        return replace(item, where=f"/input/{item.where}")
    at = int(parts[1])
    return called([replace(item, where=rows.place(at, parts[2]))], labs[at])[0]


def linking(body: Mapping[str, Any]) -> Answer:
    """The shift from linking laboratories, and d, U of the regional ones; keys of the case form, and more.

    Beside correction, u_correction, d, U also each linking laboratory's weight and difference, the χ² of their
    agreement, and `pairs`: d, U between all laboratories of both comparisons, linking ones first with the degrees of
    equivalence that they have.

    >>> rows = [{"lab": "L1", "d_cipm": 0.12, "u_cipm": 0.08, "y_rmo": 0.30, "u_rmo": 0.09, "r": 0.3}]
    >>> found = linking({"unit": "V", "linking": rows, "rmo_only": [{"lab": "R1", "y_rmo": 0.25, "u": 0.1}]})
    >>> round(found["correction"], 6), round(found["d"][0], 6)
    (-0.18, 0.07)
    """
    form = Form(body, ("linking", "rmo_only"))
    rows = form.table("linking", ("lab", "d_cipm", "u_cipm", "y_rmo", "u_rmo", "r", "unit"))
    labs = rows.labels()
    d, y = rows.numbers("d_cipm"), rows.numbers("y_rmo")
    u_d, u_y = rows.numbers("u_cipm", "positive"), rows.numbers("u_rmo", "positive")
    r = rows.numbers("r", otherwise=0.0)
    for at in np.flatnonzero(np.abs(r) > 1.0):
        form.wrong(rows.place(int(at), "r"), "number_from_to", float(r[at]), low=-1, high=1)
    d, u_d, y, u_y = rows.in_unit((d, True), (u_d, True), (y, False), (u_y, True))
    others = form.table("rmo_only", ("lab", "y_rmo", "u", "unit"), 0) if "rmo_only" in form.body else None
    names = labs if others is None else (*labs, *others.labels())
    y_other, u_other = np.zeros(0), np.zeros(0)
    if others is not None and len(others):
        y_other, u_other = others.in_unit((others.numbers("y_rmo"), False), (others.numbers("u", "positive"), True))
    for name in sorted({name for name in names if names.count(name) > 1}):
        form.warn("comparison.case.lab_twice", "/input", lab=name)
    form.done()
    try:
        found = link(d, u_d, y, u_y, r)
    except Refused as refused:
        moved = called(refused.findings, "linking")
        raise Refused(*(replace(f, where="/input/linking") for f in moved)) from None
    answer: Answer = {"correction": found.correction, "u_correction": found.u, "d": [], "U": []}
    if y_other.size:
        degrees = through(y_other, u_other, found)
        answer |= {"d": listed(degrees.d), "U": listed(degrees.U)}
    answer |= {"weights": listed(found.weights), "differences": listed(found.differences)}
    if found.consistency is not None:
        agree = found.consistency
        answer["consistency"] = {"chi2": known(agree.chi2), "dof": agree.dof, "p": known(agree.p)}
    pairs = _all_pairs(d, u_d, y, u_y, r, y_other, u_other)
    matrices = {name: [listed(row) for row in matrix] for name, matrix in zip(("d", "U"), pairs, strict=True)}
    answer["pairs"] = {"labs": list(names), **matrices}
    told = [replace(f, where="/input/linking") for f in found.findings]
    return {**answer, "findings": [f.to_json() for f in (*form.findings, *told)]}


def _all_pairs(*columns: Array) -> tuple[Array, Array]:
    """d and U between all laboratories, from the least-squares system of both comparisons."""
    d, u_d, y, u_y, r, y_other, u_other = columns
    n, m = d.size, y_other.size
    u = np.concatenate([u_d, u_y, u_other])
    covariance = np.diag(u**2)
    at = np.arange(n)
    covariance[at, n + at] = covariance[n + at, at] = r * u_d * u_y
    system = linked(d, np.concatenate([y, y_other]), covariance, [(i, i) for i in range(n)])
    assert system.pairs.d.shape == (n + m, n + m)
    return system.pairs.d, system.pairs.U
