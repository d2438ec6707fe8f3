"""The case of survey points: a block against its design, with the certificate of the total station."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.assurance.gauge_study import label
from suyuan.assurance.survey_points import Station, SurveyPoints, measured
from suyuan.assurance.survey_points import survey_points as judged
from suyuan.quantity.conformity.decision import STATES
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.notation import number
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.verbs.assurance.form import Answer, StudyForm, answered, asked_of, stated
from suyuan.verbs.document import number_in
from suyuan.verbs.wants import wrong

W = "/input"
AXES = ("x", "y", "z")
FIELDS = ("points", *AXES, *(f"design_{a}" for a in AXES), "u", *(f"u_{a}" for a in AXES), "covariance", "tolerance",
          "datum", "design_datum", "align", "station", "certificate", "replaced_by", "k", "guard_factor")  # fmt: skip


def survey_points(body: Mapping[str, Any]) -> Answer:
    """n, n_pass, n_fail, n_undecided, deviation (point → dx, dy, dz), U, verdict by point, axis_verdict, tolerance,
    u_mean_ratio; with an alignment rotation, shift, s; with replaced_by changed_by_certificate.

    points, x, y, z, design_x, design_y, design_z, u (or u_x, u_y, u_z of each point, or covariance), tolerance, datum,
    design_datum, align? (names, or «all»), station, certificate? {scale, offset}, replaced_by?, k? (2), guard_factor?
    (1). Raises Refused.
    """
    form = StudyForm(body, FIELDS)
    form.required("points", *AXES, *(f"design_{a}" for a in AXES), "tolerance")
    limits = form.optional("k", 2.0) or 0.0, form.optional("guard_factor", 1.0) or 0.0
    form.done()
    names = _names(form)
    p, design = _matrix(form, ""), _matrix(form, "design_")
    if len(names) != len(p):
        lengths = f"points {len(names)}, x {len(p)}"
        raise Refused(finding("assurance.study.lengths", "/input/points", "error", "", lengths=lengths))
    align, u = _align(form, names), _spread(form)

    def judge(field: str) -> tuple[SurveyPoints, tuple[Finding, ...]]:
        q = measured(p, u, form.body.get("covariance"), _station(form, field), form.unit or "1", W)
        datum = str(form.body.get("datum") or ""), str(form.body.get("design_datum") or "")
        return judged(q, design, form.body["tolerance"], datum, align, limits, W)

    found, told = asked_of(lambda: judge("certificate"))
    ratio = _ratio(found)
    half = np.broadcast_to(np.asarray(form.body["tolerance"], np.float64), 3)
    answer = _answer(names, found) | {"tolerance": half, "u_mean_ratio": ratio}
    extra = []
    if ratio is not None:
        extra.append(finding("cases.survey.shared", "/input", "note", ratio=number(ratio, 2)))
    if "replaced_by" in form.body:
        other, _ = asked_of(lambda: judge("replaced_by"))
        changed = [n for n, a, b in zip(names, found.state, other.state, strict=True) if a != b]
        answer["changed_by_certificate"] = changed
        extra.append(finding("cases.survey.replaced", "/input/replaced_by", "note", count=len(changed), n=len(names)))
    return answered(form, answer, (*told, *extra))


def _answer(names: list[str], found: SurveyPoints) -> Answer:
    count = {state: int(np.count_nonzero(found.state == code)) for code, state in STATES.items()}
    answer: Answer = {"n": len(names), **{f"n_{state}": n for state, n in count.items()}}
    answer["deviation"] = dict(zip(names, found.value.tolist(), strict=True))
    answer["U"] = dict(zip(names, found.U.tolist(), strict=True))
    answer["verdict"] = {name: STATES[int(code)] for name, code in zip(names, found.state, strict=True)}
    answer["axis_verdict"] = {
        name: [STATES[int(code)] for code in row] for name, row in zip(names, found.axis_state, strict=True)
    }
    if found.alignment is not None:
        fit = found.alignment
        answer |= {"rotation": fit.rotation, "shift": fit.shift, "s": fit.s}
        answer["u_alignment"] = fit.parameters.u
    return answer


def _ratio(found: SurveyPoints) -> float | None:
    """u of the mean deviation over what independence would say, at the axis where that differs most."""
    ratios = []
    for q in found.deviation:
        apart = float(np.sqrt(np.sum(np.square(q.u))))
        if apart > 0.0:
            ratios.append(float(q.sum().u) / apart)
    return max(ratios) if ratios else None


def _names(form: StudyForm) -> list[str]:
    """Names of the points; raises Refused where one stands twice, since verdicts go by name."""
    given = form.body["points"]
    if not isinstance(given, list):
        raise Refused(wrong("/input/points", "names", given))
    names = [label(name) for name in given]
    first: dict[str, int] = {}
    for i, name in enumerate(names):
        if first.setdefault(name, i) != i:
            raise Refused(finding("cases.survey.twice", f"/input/points/{i}", name=name[:60]))
    return names


def _spread(form: StudyForm) -> Any:
    """Standard uncertainties of the coordinates: of each point, or as the case gives them for all."""
    columns = [f"u_{a}" for a in AXES]
    if not any(name in form.body for name in columns):
        return form.body.get("u")
    form.required(*columns)
    form.done()
    return _matrix(form, "u_")


def _matrix(form: StudyForm, before: str) -> NDArray[np.float64]:
    """Three columns of the case side by side; raises Refused where they differ in length or are no numbers."""
    given = {f"{before}{a}": form.body[f"{before}{a}"] for a in AXES}
    for name, values in given.items():
        if not isinstance(values, list):
            form.wrong(f"/input/{name}", "numbers", values)
            continue
        for i in [i for i, v in enumerate(values) if not math.isfinite(number_in(v))][:20]:
            form.wrong(f"/input/{name}/{i}", "number", values[i])
    form.done()
    sizes = {name: len(values) for name, values in given.items()}
    if len(set(sizes.values())) > 1:
        text = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise Refused(finding("assurance.study.lengths", f"/input/{before}x", "error", "", lengths=text))
    return np.array([[number_in(v) for v in values] for values in given.values()], np.float64).T


def _align(form: StudyForm, names: list[str]) -> list[int] | None:
    given = form.body.get("align")
    if given is None or given is False:
        return None
    if given in ("all", ["all"], True):
        return list(range(len(names)))
    if not isinstance(given, list):
        raise Refused(wrong("/input/align", "names", given))
    for i, name in enumerate(given):
        if str(name) not in names:
            raise Refused(finding("cases.survey.names", f"/input/align/{i}", name=str(name)[:60]))
    return [names.index(str(name)) for name in given]


def _station(form: StudyForm, field: str) -> Station | None:
    """The station by a certificate of the case; None without one."""
    given = form.body.get(field)
    if given is None:
        return None
    position = form.body.get("station")
    numbers = [number_in(v) for v in position] if isinstance(position, list) else []
    if len(numbers) != 3 or not all(map(math.isfinite, numbers)):
        raise Refused(wrong("/input/station", "numbers", position))
    if not isinstance(given, Mapping):
        raise Refused(wrong(f"/input/{field}", "object", given))
    scale, offset = (
        _stated(given.get(n), u, f"/input/{field}/{n}") for n, u in (("scale", "1"), ("offset", form.unit))
    )
    return Station(scale, offset, np.array(numbers))


def _stated(given: Any, unit: str, where: str) -> Quantity:
    """{value, u} or {value, U, k} of a certificate."""
    if not isinstance(given, Mapping):
        raise Refused(wrong(where, "assigned", given))
    value, u = stated(given)
    if math.isnan(value) or math.isnan(u):
        raise Refused(wrong(where, "assigned", given))
    return quantity(value, u, unit or "1", label=where.rsplit("/", 1)[-1])
