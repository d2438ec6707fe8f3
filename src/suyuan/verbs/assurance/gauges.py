"""Cases of measurement system analysis: gauge R&R, bias, linearity, type 1, attribute agreement, stability."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from suyuan.assurance.attribute_agreement import attribute_agreement as agreement_of
from suyuan.assurance.bias import bias as bias_of
from suyuan.assurance.bias import linearity as linearity_of
from suyuan.assurance.bias import type_1 as type_1_of
from suyuan.assurance.gauge_rr import Components, Constants, k_constants
from suyuan.assurance.gauge_rr import gauge_rr as crossed
from suyuan.assurance.gauge_rr_nested import gauge_rr_nested as nested_study
from suyuan.assurance.observations import column, table
from suyuan.assurance.stability import stability as stability_of
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.verbs.assurance.form import Answer, StudyForm, answered, asked_of, plain
from suyuan.verbs.document import number_in
from suyuan.verbs.wants import wrong

MULTIPLES = (6.0,)


def gauge_rr(body: Mapping[str, Any]) -> Answer:
    """Gauge R&R, design «crossed» (default) or «nested»; keys of the case form, and `advised`, `findings`.

    constants: {K1, K2, K3}, or «computed»; the range method is left out without them; operators, parts: their names,
    for figures and reports. Nested: SS, dof, F and p of operator and part, and `components`. Raises Refused.

    >>> x = [[[1.0, 1.2], [2.0, 2.1], [3.1, 2.9]], [[1.1, 1.3], [2.2, 2.1], [3.0, 3.2]]]
    >>> round(gauge_rr({"readings": x})["anova"]["SS"]["part"], 4)
    7.22
    """
    fields = ("readings", "design", "constants", "tolerance", "sigma_multiples", "alpha", "operators", "parts")
    form = StudyForm(body, fields)
    design = form.body.get("design", "crossed")
    if design not in ("crossed", "nested"):
        form.wrong("/input/design", "one_of", design, choices="crossed, nested")
    form.required("readings")
    tolerance, alpha = form.optional("tolerance"), form.optional("alpha")
    multiples = form.body.get("sigma_multiples", MULTIPLES)
    form.done()
    readings = form.body["readings"]
    if design == "nested":
        found, told = asked_of(lambda: nested_study(readings, tolerance, multiples, "/input"))
        row = plain(found)
        parts = row.pop("components")
        return answered(form, {**row, "components": _tolerance(parts, tolerance)}, told)
    constants = _constants(form, readings)
    form.done()
    study, told = asked_of(lambda: crossed(readings, constants, tolerance, multiples, alpha, "/input"))
    answer: Answer = {}
    if study.average_range is not None:
        answer["average_range"] = _tolerance(plain(study.average_range), tolerance)
    anova = study.anova
    ss = plain(anova.SS)
    sources = ("operator", "part", "interaction", "repeat")
    answer["anova"] = {
        "SS": {name: ss[name] for name in sources},
        "dof": {name: ss[f"dof_{name}"] for name in sources},
        "F_interaction": anova.F_interaction,
        "p_interaction": anova.p_interaction,
        "with_interaction": _components(anova.with_interaction, tolerance),
        "pooled": _components(anova.pooled, tolerance),
        "advised": anova.advised,
    }
    return answered(form, answer, told)


def bias_study(body: Mapping[str, Any]) -> Answer:
    """Bias at one reference: n, mean, s, bias (value, u, dof), t, p, U, findings.

    values; reference: number, or {value, u} or {value, U, k} of its certificate. Raises Refused.
    """
    form = StudyForm(body, ("values", "reference"))
    form.required("values")
    reference = form.reference()
    form.done()
    found, told = asked_of(lambda: bias_of(form.body["values"], reference, form.unit or "1", "/input"))
    return answered(form, plain(found), told)


def linearity(body: Mapping[str, Any]) -> Answer:
    """bias_mean, slope, intercept, R_squared, s, t_slope, t_intercept; also u of both, p of both, n, findings.

    reference: list of numbers; u_reference: standard uncertainty common to all of them (one standard), optional;
    readings: list of lists. Raises Refused.
    """
    form = StudyForm(body, ("reference", "readings", "u_reference"))
    form.required("reference", "readings")
    common = form.number("u_reference", "number_from", 0.0) if "u_reference" in form.body else None
    form.done()
    reference = form.body["reference"]
    if common is not None:
        reference = asked_of(lambda: _shared(reference, common, form.unit or "1"))
    found, told = asked_of(lambda: linearity_of(reference, form.body["readings"], form.unit or "1", "/input"))
    answer = {
        "bias_mean": found.bias_mean, "slope": found.line.estimates[1], "intercept": found.line.estimates[0],
        "u_slope": found.line.u[1], "u_intercept": found.line.u[0], "R_squared": found.R_squared, "s": found.s,
        "t_slope": found.t_slope, "t_intercept": found.t_intercept, "p_slope": found.p_slope,
        "p_intercept": found.p_intercept, "n": found.line.n, "dof": found.line.dof,
    }  # fmt: skip
    return answered(form, answer, told)


def type_1(body: Mapping[str, Any]) -> Answer:
    """n, mean, s, Cg, Cgk; also bias (value, u), resolution_percent, findings; null where nothing scatters.

    values, counts?, reference (number or certificate), tolerance, resolution?. Raises Refused.
    """
    form = StudyForm(body, ("values", "counts", "reference", "tolerance", "resolution"))
    form.required("values")
    reference, tolerance, resolution = form.reference(), form.number("tolerance"), form.optional("resolution")
    form.done()
    values, counts = form.body["values"], form.body.get("counts")
    found, told = asked_of(
        lambda: type_1_of(values, reference, tolerance, counts, resolution, form.unit or "1", "/input")
    )
    return answered(form, plain(found), told)


def attribute_agreement(body: Mapping[str, Any]) -> Answer:
    """kappa (appraiser → appraiser → kappa), n_consistent; also categories, fleiss, n_all_agree, findings, and with a
    reference (the right decision of each part) kappa_reference and n_right. Raises Refused.

    >>> d = [[[1, 1], [0, 0], [1, 0], [0, 0]], [[1, 1], [0, 0], [0, 0], [0, 1]]]
    >>> round(attribute_agreement({"appraisers": ["A", "B"], "decisions": d})["kappa"]["A"]["B"], 4)
    0.4667
    """
    form = StudyForm(body, ("appraisers", "decisions", "reference"))
    form.required("appraisers", "decisions")
    form.done()
    given = form.body
    found, told = asked_of(
        lambda: agreement_of(given["appraisers"], given["decisions"], given.get("reference"), "/input")
    )
    names = found.appraisers
    answer: Answer = {
        "kappa": {a: dict(zip(names, row, strict=True)) for a, row in zip(names, found.kappa.tolist(), strict=True)},
        "n_consistent": dict(zip(names, found.n_consistent.tolist(), strict=True)),
        "n_parts": found.parts, "n_all_agree": found.n_all_agree, "categories": found.categories,
        "fleiss": found.fleiss, "fleiss_within": dict(zip(names, found.fleiss_within.tolist(), strict=True)),
    }  # fmt: skip
    if found.kappa_reference is not None and found.n_right is not None:
        answer["kappa_reference"] = dict(zip(names, found.kappa_reference.tolist(), strict=True))
        answer["n_right"] = dict(zip(names, found.n_right.tolist(), strict=True))
    return answered(form, answer, told)


def stability_study(body: Mapping[str, Any]) -> Answer:
    """Charts of means and ranges of a reference part over time: means, ranges, signals, drift, bias, findings.

    time, readings[time][trial], reference? (certificate), rules?. Raises Refused.
    """
    form = StudyForm(body, ("time", "readings", "reference", "rules"))
    form.required("time", "readings")
    reference = form.reference() if "reference" in form.body else None
    form.done()
    known = quantity(reference, None, form.unit or "1") if isinstance(reference, float) else reference
    rules = str(form.body.get("rules", "western_electric"))
    given = form.body
    found, told = asked_of(lambda: stability_of(given["time"], given["readings"], known, rules, "/input"))
    answer = {
        name: {"n": c.n, "centre": c.centre, "ucl": c.ucl, "lcl": c.lcl, "n_outside": c.n_outside, "points": c.points}
        for name, c in (("means", found.means), ("ranges", found.ranges))
    }
    signals = {s.rule: s.points for s in found.signals}
    return answered(form, {**answer, "signals": signals, "drift": found.drift, "bias": found.bias}, told)


def _constants(form: StudyForm, readings: Any) -> Constants | None:
    given = form.body.get("constants")
    if given is None:
        return None
    if given == "computed":
        x = asked_of(lambda: table(readings, "/input.readings", ("operator", "part", "trial"), (2, 2, 2)))
        return k_constants(*x.shape)
    if not isinstance(given, Mapping):
        form.wrong("/input/constants", "object", given)
        return None
    values = [number_in(given.get(name)) for name in ("K1", "K2", "K3")]
    for name, value in zip(("K1", "K2", "K3"), values, strict=True):
        if not value > 0.0:
            form.add(wrong(f"/input/constants/{name}", "positive", given.get(name)))
    return Constants(*values)


def _components(found: Components | None, tolerance: float | None) -> Any:
    return None if found is None else _tolerance(plain(found), tolerance)


def _tolerance(row: Answer, tolerance: float | None) -> Answer:
    """Components without the share of a tolerance that was not given."""
    return row if tolerance is not None else {key: value for key, value in row.items() if key != "percent_tolerance"}


def _shared(reference: Any, u: float, unit: str) -> Quantity:
    """References of one standard: an array quantity whose one influence all of them share."""
    values = column(reference, "/input.reference", 2, "reference")
    shared: Quantity = quantity(values, None, unit) + quantity(0.0, u, unit, label="reference")
    return shared
