"""The case of an inspected part: characteristics of a QIF file with U and a verdict each, by the machine's certificate.

Whatever the file declares (PASS, FAIL) stands beside the verdict and does not enter it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from suyuan.assurance.inspected_part import Machine, inspected, machine
from suyuan.quantity.conformity.decision import STATES
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.verbs.document import number_in
from suyuan.verbs.wants import absent_or_wrong, missing, wrong

FIELDS = ("characteristics", "certificate", "u", "k", "guard_factor", "unit", "file", "title", "rule")
STATED = {"PASS": "pass", "FAIL": "fail"}
Answer = dict[str, Any]


def inspected_part(body: Mapping[str, Any]) -> Answer:
    """n, n_pass, n_fail, n_undecided; n_other_than_stated: verdicts that are
    not what the file states; characteristics: with value, u, U, limits, verdict and what is stated.

    characteristics: [{name, value, lower?, upper?, stated?}, …], of a QIF file where one is named; certificate:
    {length, error, U, k?}, each a list in the unit of the values; u: standard uncertainty of a value without the
    certificate's part; k? (2), guard_factor? (1). Raises Refused with every wrong field.
    """
    unknown = sorted(set(body) - set(FIELDS))
    found: list[Finding] = [finding("case.field.unknown", f"/input/{key}", field=key) for key in unknown]
    rows = _rows(body, found)
    k, r = (_number(body, name, default, found) for name, default in (("k", 2.0), ("guard_factor", 1.0)))
    u = _number(body, "u", None, found)
    held = _machine(body, found)
    if found or held is None:
        raise Refused(*found)
    unit = str(body.get("unit") or "mm")
    limits = [[_limit(row.get("lower"), -math.inf), _limit(row.get("upper"), math.inf)] for row in rows]
    made, told = inspected([row["value"] for row in rows], limits, held, u, (k, r), unit, "/input/characteristics")
    verdicts = [STATES[int(state)] for state in made.state]
    listed = [
        {"characteristic": row["name"], "value": float(made.value.value[i]), "u": float(made.value.u[i]),
         "U": float(made.U[i]), "lower": row.get("lower"), "upper": row.get("upper"), "verdict": verdicts[i],
         "stated": row.get("stated") or None}
        for i, row in enumerate(rows)
    ]  # fmt: skip
    count = {f"n_{state}": verdicts.count(state) for state in ("pass", "fail", "undecided")}
    other = [x["characteristic"] for x in listed if STATED.get(str(x["stated"]), x["verdict"]) != x["verdict"]]
    if other:
        names = ", ".join(map(str, other[:12]))
        told = (*told, finding("cases.inspected.other", "/input/characteristics", "note", n=len(other), names=names))
    return {
        "n": len(rows), **count, "n_other_than_stated": len(other), "k": k, "guard_factor": r,
        "share_of_certificate": float(np.median(made.share)), "characteristics": listed,
        "findings": [f.to_json() for f in told],
    }  # fmt: skip


def _rows(body: Mapping[str, Any], found: list[Finding]) -> list[dict[str, Any]]:
    given = body.get("characteristics")
    if not isinstance(given, list) or not given:
        found.append(absent_or_wrong(body, "characteristics", "/input", "rows", fields="name, value, lower, upper"))
        return []
    for i, row in enumerate(given):
        where = f"/input/characteristics/{i}"
        if not isinstance(row, Mapping):
            found.append(wrong(where, "row", row, fields="name, value, lower, upper"))
            continue
        if not math.isfinite(number_in(row.get("value"))):
            found.append(wrong(f"{where}/value", "number", row.get("value")))
        if row.get("lower") is None and row.get("upper") is None:
            found.append(missing(f"{where}/lower", "limits"))
        for key in ("lower", "upper"):
            if row.get(key) is not None and not math.isfinite(number_in(row[key])):
                found.append(wrong(f"{where}/{key}", "number", row[key]))
    return [] if found else [{**row, "name": str(row.get("name") or i + 1)} for i, row in enumerate(given)]


def _limit(given: Any, none: float) -> float:
    return none if given is None else number_in(given)


def _number(body: Mapping[str, Any], name: str, default: float | None, found: list[Finding]) -> float:
    if body.get(name) is None and default is not None:
        return default
    value = number_in(body.get(name))
    if not (math.isfinite(value) and value >= 0.0):
        found.append(absent_or_wrong(body, name, "/input", "number_from", low=0))
    return value


def _machine(body: Mapping[str, Any], found: list[Finding]) -> Machine | None:
    given, where = body.get("certificate"), "/input/certificate"
    if not isinstance(given, Mapping):
        found.append(absent_or_wrong(body, "certificate", "/input", "object"))
        return None
    columns = {}
    for name in ("length", "error", "U"):
        column = given.get(name)
        if not isinstance(column, list) or not all(math.isfinite(number_in(x)) for x in column):
            found.append(wrong(f"{where}/{name}", "numbers", column) if column is not None
                         else missing(f"{where}/{name}", "numbers"))  # fmt: skip
            continue
        columns[name] = np.array([number_in(x) for x in column])
    k = number_in(given.get("k", 2))
    if not k > 0.0:
        found.append(wrong(f"{where}/k", "positive", given.get("k")))
    if found:
        return None
    return machine(columns["length"], columns["error"], columns["U"] / k, where)
