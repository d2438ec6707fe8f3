"""Answer a case of the public exchange form: `kind` and `input` in, an object with the keys of the kind out.

Only `kind` and `input` are read, never an id or prose.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from suyuan.quantity.covariance import correlation
from suyuan.quantity.coverage import Expanded
from suyuan.quantity.finding import Refused, errors, finding
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.case_form import Case, Limits
from suyuan.verbs.document import parse_json
from suyuan.verbs.evaluate import Evaluation, evaluate, prepare
from suyuan.verbs.further import Further, further
from suyuan.verbs.wants import absent_or_wrong, missing

if TYPE_CHECKING:
    from suyuan.quantity.montecarlo.simulation import Simulated
    from suyuan.quantity.montecarlo.validation import Validation

Answer = dict[str, Any]
Files = Callable[[str], bytes]
"""Name of a file as a case writes it → its bytes; raises Refused. See `suyuan.store.case_files`."""


def answer(case: Mapping[str, Any], evidence: Evidence | None = None, files: Files | None = None) -> Answer:
    """The object that the kind of case asks for (the keys of `expected`, and perhaps more).

    files: opens the file that a case may name, since no file is opened here.
    Raises Refused for a kind that is not known, and for bad input.
    """
    if case.get("kind") is None:
        raise Refused(missing("/kind", "one_of", choices=", ".join(("model", *KINDS))))
    kind = str(case["kind"])
    if kind == "model":
        return _model(case, evidence)
    if kind not in KINDS:
        raise Refused(finding("case.kind.unknown", "/kind", kind=kind[:60], known=", ".join(("model", *KINDS))))
    body = case.get("input")
    if not isinstance(body, dict):
        raise Refused(absent_or_wrong(case, "input", "", "object"))
    body = _with_file(body, FROM_FILE.get(kind, ()), files)
    if kind == "inspected_part":
        body = import_module(f"{STUDIES}.qif").inspected(body, files)
    if KINDS[kind].startswith(STUDIES):
        body = import_module(f"{STUDIES}.files").opened(kind, body, files)
    with np.errstate(all="ignore"):  # what is beyond a float is a finding of the method, not a warning of NumPy
        asked = getattr(import_module(KINDS[kind]), kind)
        result: Answer = asked(body, files) if KINDS[kind].startswith(CARBON) else asked(body)
    return result


KINDS: Mapping[str, str] = {
    "coverage_factor": "suyuan.verbs.statistics",
    "line_fit": "suyuan.verbs.fits",
    "polynomial_fit": "suyuan.verbs.fits",
    "curve_fit": "suyuan.verbs.fits",
    "anova": "suyuan.verbs.statistics",
    "summary_statistics": "suyuan.verbs.statistics",
    "conformity": "suyuan.verbs.conformity",
    "key_comparison": "suyuan.verbs.comparison.cases",
    "proficiency": "suyuan.verbs.comparison.statistics",
    "precision": "suyuan.verbs.comparison.precision",
    "homogeneity": "suyuan.verbs.comparison.statistics",
    "stability": "suyuan.verbs.comparison.proficiency",
    "assigned_value": "suyuan.verbs.comparison.proficiency",
    "within_laboratory": "suyuan.verbs.comparison.proficiency",
    "multi_round": "suyuan.verbs.comparison.proficiency",
    "scores": "suyuan.verbs.comparison.statistics",
    "linking": "suyuan.verbs.comparison.links",
    "drift": "suyuan.verbs.comparison.links",
    "youden": "suyuan.verbs.comparison.precision",
    "match": "suyuan.verbs.matching.match_case",
    "asof_correction": "suyuan.verbs.series.asof",
    "inspected_part": "suyuan.verbs.inspected_case",
    "survey_points": "suyuan.verbs.assurance.surveys",
    "gauge_rr": "suyuan.verbs.assurance.gauges",
    "bias_study": "suyuan.verbs.assurance.gauges",
    "linearity": "suyuan.verbs.assurance.gauges",
    "type_1": "suyuan.verbs.assurance.gauges",
    "attribute_agreement": "suyuan.verbs.assurance.gauges",
    "stability_study": "suyuan.verbs.assurance.gauges",
    "control_chart": "suyuan.verbs.assurance.charts",
    "check_standard": "suyuan.verbs.assurance.processes",
    "calibration_curve": "suyuan.verbs.assurance.processes",
    "gauge_bias": "suyuan.verbs.assurance.processes",
    "nested": "suyuan.verbs.assurance.processes",
    "capability_with_uncertainty": "suyuan.verbs.assurance.capabilities",
    "declared_statistics": "suyuan.verbs.assurance.capabilities",
    "interval_attributes": "suyuan.verbs.assurance.intervals",
    "interval_variables": "suyuan.verbs.assurance.intervals",
    "energy_balance": "suyuan.verbs.assurance.networks",
    "colocation": "suyuan.verbs.assurance.networks",
    "biomass": "suyuan.verbs.carbon.forest",
    "biomass_draws": "suyuan.verbs.carbon.forest",
    "plot_estimator": "suyuan.verbs.carbon.forest",
    "height_model": "suyuan.verbs.carbon.forest",
    "biomass_monte_carlo": "suyuan.verbs.carbon.forest",
    "diameter_error": "suyuan.verbs.carbon.forest",
    "grid_factor": "suyuan.verbs.carbon.factors",
    "default_factor": "suyuan.verbs.carbon.factors",
    "fuel_emission": "suyuan.verbs.carbon.factors",
    "constant": "suyuan.verbs.carbon.factors",
    "gas_density": "suyuan.verbs.carbon.factors",
    "kv": "suyuan.verbs.carbon.quality",
    "qal2": "suyuan.verbs.carbon.quality",
    "rata": "suyuan.verbs.carbon.quality",
    "rata_limits": "suyuan.verbs.carbon.quality",
    "part75_equation": "suyuan.verbs.carbon.monitoring",
    "part75_method_code": "suyuan.verbs.carbon.monitoring",
    "part75_initial_hours": "suyuan.verbs.carbon.monitoring",
    "tier_limits": "suyuan.verbs.carbon.monitoring",
    "substitution": "suyuan.verbs.carbon.monitoring",
    "series_statistics": "suyuan.verbs.carbon.monitoring",
    "hourly_consistency": "suyuan.verbs.carbon.monitoring",
    "emission_intensity": "suyuan.verbs.carbon.monitoring",
    "fuel_emission_uncertainty": "suyuan.verbs.carbon.totals",
    "stack_total": "suyuan.verbs.carbon.totals",
    "cross_check": "suyuan.verbs.carbon.totals",
}
"""Kinds besides «model», each a function of its name in a module that is loaded when it is asked for."""
FROM_FILE: Mapping[str, tuple[str, ...]] = {"match": ("capabilities",), "asof_correction": ("certificates", "readings")}
"""Kind → the fields that may stand in a JSON file named by «file» instead of in the case."""
STUDIES = "suyuan.verbs.assurance"
"""The room of measurement studies, whose data may stand in a table that the case names."""
CARBON = "suyuan.verbs.carbon"
"""The room of carbon cases, which open the tables that they name themselves."""


def _with_file(body: Mapping[str, Any], fields: Sequence[str], files: Files | None) -> Mapping[str, Any]:
    """The input with the fields that its file holds; what stands in the case itself counts."""
    name = body.get("file")
    absent = [field for field in fields if body.get(field) is None]
    if not absent or name is None:
        return body
    if not isinstance(name, str) or not name.strip():
        raise Refused(absent_or_wrong(body, "file", "/input", "text"))
    if files is None:
        raise Refused(finding("verbs.case_file.not_at_hand", "/input/file", name=name[:120], field=absent[0]))
    document = parse_json(files(name), name[:120])
    return {**body, **{field: document.get(field) for field in absent}}


def _model(document: Mapping[str, Any], evidence: Evidence | None) -> Answer:
    wanted = document.get("input")
    wanted = wanted.get("want") if isinstance(wanted, dict) else None
    if isinstance(wanted, list) and wanted and "first_order" not in wanted:
        case, inputs = prepare(document, evidence)
        first, found = {}, further(case, dict.fromkeys(case.outputs, inputs))
    else:
        evaluation = evaluate(document, evidence)
        case, found, first = evaluation.case, evaluation.further, {"first_order": first_order(evaluation)}
    if errors(found.findings):
        raise Refused(*found.findings)
    return {**first, **beyond(case, found)}


def beyond(case: Case, found: Further) -> Answer:
    """Second order and Monte Carlo as the case form has them, as far as they could be had."""
    result: Answer = {}
    if found.second_order:
        result["second_order"] = _shaped(case, {n: _spread(e) for n, e in found.second_order.items()})
    if found.monte_carlo:
        rows = {n: _simulated(s, case.sampling.interval, case.limits.get(n)) for n, s in found.monte_carlo.items()}
        result["monte_carlo"] = _shaped(case, rows)
    if found.validation:
        result["validation"] = _shaped(case, {n: _validated(v) for n, v in found.validation.items()})
    return result


def first_order(evaluation: Evaluation) -> Answer:
    """value, u, u_relative, dof, k, U, low, high; by output name where the model has several, then also r."""
    rows = {}
    for name, output in evaluation.outputs.items():
        relative = _number(output.u / abs(output.value)) if output.value else None
        rows[name] = {**_spread(output.expanded), "u_relative": relative}
    result = _shaped(evaluation.case, rows)
    if not evaluation.case.single:
        result["r"] = {
            a: {b: _number(correlation(x.quantity, y.quantity)) for b, y in evaluation.outputs.items()}
            for a, x in evaluation.outputs.items()
        }
    return result


def _shaped(case: Case, rows: Mapping[str, Mapping[str, Any]]) -> Answer:
    """The row of the one output, or entry → output → value."""
    keys = dict.fromkeys(key for row in rows.values() for key in row)
    if case.single:
        return dict(next(iter(rows.values())))
    return {key: {name: row[key] for name, row in rows.items() if key in row} for key in keys}


def _spread(e: Expanded) -> Answer:
    return {key: _number(getattr(e, key)) for key in ("value", "u", "dof", "k", "U", "low", "high")}


def _simulated(s: Simulated, interval: str, limits: Limits | None) -> Answer:
    """Mean and standard deviation of the draws, the interval that the case states, and the share inside the limits."""
    ends = s.shortest if interval == "shortest" else s.symmetric
    row = {"value": s.mean, "u": s.u, "low": ends.low, "high": ends.high, "trials": s.trials}
    if limits is not None:
        below = 0 if limits.lower is None else int(np.searchsorted(s.draws, limits.lower, side="left"))
        above = s.trials if limits.upper is None else int(np.searchsorted(s.draws, limits.upper, side="right"))
        row["p_conforming"] = (above - below) / s.trials
    return row


def _validated(v: Validation) -> Answer:
    """δ, and for each order the differences of the ends of the intervals and whether both are within δ."""
    row: Answer = {"delta": v.delta, "low": v.low, "high": v.high, "trials": v.simulated.trials}
    for name, order in (("first_order", v.first), ("second_order", v.second)):
        for key in ("d_low", "d_high", "validated"):
            row[f"{name}_{key}"] = None if order is None else getattr(order, key)
    return row


def _number(value: Any) -> float | None:
    """A float; infinite or undefined is null, since JSON has no word for it."""
    number = float(np.asarray(value))
    return number if math.isfinite(number) else None
