"""Cases of measuring processes: check standards, calibration curves, gauges against each other, three levels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from suyuan.assurance.check_standard import against_baseline
from suyuan.assurance.check_standard import check_standard as checked
from suyuan.assurance.control_chart import LAMBDA, LIMIT
from suyuan.assurance.gauge_study import gauge_bias as biases
from suyuan.assurance.gauge_study import three_levels
from suyuan.assurance.observations import even
from suyuan.verbs.assurance.form import Answer, StudyForm, answered, asked_of
from suyuan.verbs.fits import polynomial_fit

W = "/input"


def check_standard(body: Mapping[str, Any]) -> Answer:
    """n, mean, s_level2, dof_level2; with stds and dofs s_level1, dof_level1; with time slope, u_slope; with
    baseline_before baseline and monitored; with certified (number or certificate) bias; findings. Raises Refused."""
    fields = ("values", "stds", "dofs", "time", "baseline_before", "limit_factor", "ewma_lambda", "certified")
    form = StudyForm(body, fields)
    form.required("values")
    certified = form.reference("certified") if "certified" in form.body else None
    before = form.optional("baseline_before")
    L = form.number("limit_factor", "positive") if "limit_factor" in form.body else LIMIT
    weight = form.number("ewma_lambda", "positive") if "ewma_lambda" in form.body else LAMBDA
    if before is not None:
        form.required("time")
    form.done()
    given = form.body
    found, told = asked_of(
        lambda: checked(
            given["values"], given.get("stds"), given.get("dofs"), given.get("time"), certified, form.unit or "1", W
        )
    )
    answer: Answer = {"n": found.n, "mean": found.mean, "s_level2": found.s_level2, "dof_level2": found.dof_level2}
    if found.s_level1 is not None:
        answer |= {"s_level1": found.s_level1, "dof_level1": found.dof_level1}
    if found.slope is not None:
        answer |= {"slope": found.slope.value, "u_slope": found.slope.u}
    if found.bias is not None:
        answer["bias"] = found.bias
    if before is not None:
        limit = before
        (base, later), more = asked_of(lambda: against_baseline(given["values"], given["time"], limit, L, weight, W))
        answer |= {"baseline": base, "monitored": later}
        told = (*told, *more)
    return answered(form, answer, told)


def calibration_curve(body: Mapping[str, Any]) -> Answer:
    """n, coefficients (constant first), u, s, dof of an ordinary polynomial; also covariance, residuals, findings.

    >>> calibration_curve({"x": [0, 1, 2, 3], "y": [1.0, 3.0, 5.0, 7.0], "degree": 1})["coefficients"]
    [1.0, 2.0]
    """
    kept = {key: value for key, value in body.items() if key not in ("file", "time_unit", "unit")}
    return polynomial_fit({**kept, "method": "ordinary"})


def gauge_bias(body: Mapping[str, Any]) -> Answer:
    """gauge, mean_bias, s_bias, deviations, findings. gauge: names; artefacts: one list of values an artefact. Raises
    Refused.

    >>> gauge_bias({"gauge": [1, 2], "artefacts": [[1.0, 1.2], [2.0, 2.4]]})["gauge"]
    [1, 2]
    """
    form = StudyForm(body, ("gauge", "artefacts"))
    form.required("gauge", "artefacts")
    form.done()
    columns, gauge = form.body["artefacts"], _listed(form, "gauge")
    form.done()
    asked_of(lambda: even(columns, "/input.artefacts", 2))
    rows = [list(row) for row in zip(*columns, strict=True)] if _lists(columns) else columns
    found, told = asked_of(lambda: biases(gauge, rows, W))
    row = {"gauge": gauge, "mean_bias": found.mean_bias, "s_bias": found.s_bias, "deviations": found.deviations}
    return answered(form, row, told)


def nested(body: Mapping[str, Any]) -> Answer:
    """s_level1 (run → s), s_level1_pooled, s_level2 (run → s), dof_level2, s_level3, differences (artefact → second run
    less first), findings. Raises Refused."""
    form = StudyForm(body, ("run", "artefact", "values", "stds"))
    form.required("run", "artefact", "values", "stds")
    form.done()
    run, artefact = _listed(form, "run"), _listed(form, "artefact")
    form.done()
    found, told = asked_of(lambda: three_levels(run, artefact, form.body["values"], form.body["stds"], W))
    answer: Answer = {
        name: dict(zip(found.runs, np.asarray(values).tolist(), strict=True))
        for name, values in (("s_level1", found.s_level1), ("s_level2", found.s_level2),
                             ("dof_level2", found.dof_level2))
    }  # fmt: skip
    answer |= {"s_level1_pooled": found.s_level1_pooled, "s_level3": found.s_level3}
    answer["differences"] = dict(zip(found.artefacts, found.differences.tolist(), strict=True))
    return answered(form, answer, told)


def _listed(form: StudyForm, name: str) -> list[Any]:
    """A list of names: texts or whole numbers."""
    given = form.body.get(name)
    ok = isinstance(given, list) and all(isinstance(v, str | int | float) and not isinstance(v, bool) for v in given)
    if not ok or not given:
        form.wrong(f"/input/{name}", "names", given)
        return []
    return list(given)


def _lists(columns: Any) -> bool:
    return isinstance(columns, list) and bool(columns) and all(isinstance(c, list) for c in columns)
