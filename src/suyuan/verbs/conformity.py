"""Answer a conformity case: specific risk from a value, or global risks from item, error and acceptance limits.

Form: `limits` with `value`; or with `item`, `error` and one of `acceptance` and `target_consumer_risk`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from suyuan.quantity.conformity.guard_band import for_consumer_risk
from suyuan.quantity.conformity.risk import Interval, global_risks, interval, specific_risk
from suyuan.quantity.conformity.variable import Variable, variable
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.type_b import from_case_parameters
from suyuan.verbs.document import number_in
from suyuan.verbs.wants import called, missing, wrong

FIELDS = frozenset(("limits", "value", "item", "error", "acceptance", "target_consumer_risk"))
WITHOUT_EFFECT = frozenset(("unit", "x_unit", "y_unit", "title"))
MISSING = {"value": "distribution", "item": "value_item", "error": "distribution", "limits": "limits",
           "acceptance": "acceptance"}  # fmt: skip
"""Field → what is wanted where it is missing."""
Answer = dict[str, Any]
T = TypeVar("T")


def conformity(body: Mapping[str, Any]) -> Answer:
    """The answer to a conformity case, from its `input`.

    With `value`: p_conforming, p_nonconforming. With `item` and `error`: these of the items, p_accepted, consumer_risk,
    consumer_risk_accepted, producer_risk, producer_risk_rejected, acceptance, and guard_band where a risk is wanted; a
    share of nothing is null. Raises Refused with every wrong field.

    >>> known = {"distribution": "normal", "parameters": {"mean": -5.47, "std": 0.05}}
    >>> round(conformity({"limits": {"upper": -5.4}, "value": known})["p_conforming"], 3)
    0.919
    """
    body = {name: value for name, value in body.items() if value is not None}
    faults: list[Finding] = _wrong_fields(body)
    limits = _read(lambda: limits_at(body.get("limits"), "limits"), faults)
    if "value" in body:
        known = _read(lambda: variable_at(body["value"], "value"), faults)
        if faults or known is None or limits is None:
            raise Refused(*faults)
        risk = specific_risk(known, limits)
        return {"p_conforming": risk.p_conforming, "p_nonconforming": risk.p_nonconforming}
    item = _read(lambda: variable_at(body.get("item"), "item"), faults)
    error = _read(lambda: variable_at(body.get("error"), "error"), faults)
    if "target_consumer_risk" in body:
        target = _read(lambda: _risk(body["target_consumer_risk"]), faults)
        if faults or limits is None or item is None or error is None or target is None:
            raise Refused(*faults)
        return _at("target_consumer_risk", lambda: _sought(item, error, limits, target))
    acceptance = _read(lambda: limits_at(body.get("acceptance"), "acceptance"), faults)
    if faults or limits is None or item is None or error is None or acceptance is None:
        raise Refused(*faults)
    return _at("acceptance", lambda: _risks(item, error, limits, acceptance))


def variable_at(row: Any, name: str) -> Variable:
    """{distribution, parameters} of a case as a random variable. Raises Refused with the place of each fault."""
    where = f"/input/{name}"
    if not isinstance(row, Mapping):
        raise Refused(wrong(where, "distribution", row) if row is not None else missing(where, MISSING[name]))
    unknown = sorted(set(row) - {"distribution", "parameters", "unit"})
    if unknown:
        raise Refused(*(finding("case.field.unknown", f"{where}/{key}", field=key) for key in unknown))
    try:
        known, _ = from_case_parameters(row.get("distribution"), row.get("parameters"), where)
    except Refused as refused:
        raise Refused(*called(refused.findings, name)) from None
    return variable(known)


def limits_at(row: Any, name: str) -> Interval:
    """{lower?, upper?} of a case as an interval; null is no limit. Raises Refused with the place of each fault."""
    where = f"/input/{name}"
    if not isinstance(row, Mapping):
        raise Refused(wrong(where, "limits", row) if row is not None else missing(where, MISSING[name]))
    faults = [
        finding("case.field.unknown", f"{where}/{key}", field=key) for key in sorted(set(row) - {"lower", "upper"})
    ]
    for side in ("lower", "upper"):
        if row.get(side) is not None and not math.isfinite(number_in(row[side])):
            faults.append(wrong(f"{where}/{side}", "number", row[side]))
    if faults:
        raise Refused(*faults)
    lower, upper = (None if row.get(side) is None else float(row[side]) for side in ("lower", "upper"))
    return interval(lower, upper, where)


def _risks(item: Variable, error: Variable, limits: Interval, acceptance: Interval) -> Answer:
    found = global_risks(item, error, limits, acceptance)
    return {
        "p_conforming": found.p_conforming,
        "p_nonconforming": found.p_nonconforming,
        "p_accepted": found.p_accepted,
        "consumer_risk": found.consumer,
        "consumer_risk_accepted": _known(found.consumer_accepted),
        "producer_risk": found.producer,
        "producer_risk_rejected": _known(found.producer_rejected),
        "acceptance": _limits(acceptance),
    }


def _sought(item: Variable, error: Variable, limits: Interval, target: float) -> Answer:
    band = for_consumer_risk(item, error, limits, target)
    widths = {"lower": _known(band.w_lower), "upper": _known(band.w_upper)}
    return {
        **_risks(item, error, limits, band.acceptance),
        "guard_band": {side: w for side, w in widths.items() if w is not None},
    }


def _limits(zone: Interval) -> Answer:
    return {side: x for side, x in (("lower", zone.lower), ("upper", zone.upper)) if math.isfinite(x)}


def _known(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _risk(value: Any) -> float:
    number = number_in(value)
    if not 0.0 < number < 1.0:
        raise Refused(wrong("/input/target_consumer_risk", "number_between", value, low=0, high=1))
    return number


def _wrong_fields(body: Mapping[str, Any]) -> list[Finding]:
    """Fields that are not known, and questions of both kinds at once."""
    unknown = sorted(set(body) - FIELDS - WITHOUT_EFFECT)
    faults = [finding("case.field.unknown", f"/input/{key}", field=key) for key in unknown]
    one = {"value"} & set(body), {"item", "error", "acceptance", "target_consumer_risk"} & set(body)
    if all(one):
        faults.append(wrong("/input/value", "value_or_item"))
    if {"acceptance", "target_consumer_risk"} <= set(body):
        faults.append(wrong("/input/acceptance", "acceptance_or_risk"))
    return faults


def _read(read: Callable[[], T], faults: list[Finding]) -> T | None:
    """What `read` returns; its faults join the others, so that a person sees all at once."""
    try:
        return read()
    except Refused as refused:
        faults.extend(refused.findings)
        return None


def _at(field: str, compute: Callable[[], Answer]) -> Answer:
    """Findings of the computation at the field of the case that it was asked by."""
    try:
        return compute()
    except Refused as refused:
        raise Refused(*(replace(f, where=f"/input/{field}") for f in refused.findings)) from None
