"""Answer the statistical kinds of case: analysis of variance, summary of values, coverage factor of a region.

Each function takes the `input` of a case and returns the object of its kind; every wrong field is a finding.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.coverage import Numbers
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.montecarlo.region import coverage_factor_ellipsoid
from suyuan.quantity.type_a.anova import one_way_from_means
from suyuan.quantity.type_a.readings import dependent
from suyuan.quantity.type_a.summary import Block, Summary, summary
from suyuan.verbs.document import number_in
from suyuan.verbs.wants import absent_or_wrong, called, wrong

WITHOUT_EFFECT = frozenset(("unit", "x_unit", "y_unit", "title"))
MOST_OUTPUTS = 1_000_000
MOST_TIMES = 10**15
Answer = dict[str, Any]


def anova(body: Mapping[str, Any]) -> Answer:
    """Balanced one-way analysis from group means, standard deviations and size (GUM H.5).

    group_means, group_stds: J numbers each; group_size: n. Returns mean, u_mean, s_means, s_between, s_within, F,
    dof_between, dof_within, and also p, u_all, dof_all, s_between_component, findings; what is unknown is null.

    >>> a = anova({"group_means": [1.0, 2.0, 3.0], "group_stds": [1.0, 1.0, 1.0], "group_size": 4})
    >>> a["F"], a["dof_between"], a["dof_within"]
    (4.0, 2, 9)
    """
    faults = list(_unknown(body, {"group_means", "group_stds", "group_size"}))
    means = _numbers(body, "group_means", faults)
    stds = _numbers(body, "group_stds", faults)
    size = _whole(body, "group_size", 2, 10**9, faults)
    if not faults and means.size < 2:
        faults.append(wrong("/input/group_means", "groups", body["group_means"]))
    if not faults and means.size != stds.size:
        faults.append(wrong("/input/group_stds", "one_each", body["group_stds"], count=means.size))
    for i in np.flatnonzero(stds < 0.0):
        faults.append(wrong(f"/input/group_stds/{i}", "number_from", float(stds[i]), low=0))
    if faults:
        raise Refused(*faults)
    found, told = one_way_from_means(means, stds, size, "/input")
    return {
        "mean": _known(found.mean),
        "u_mean": _known(found.u_mean),
        "s_means": _known(found.s_means),
        "s_between": _known(found.s_between),
        "s_within": _known(found.s_within),
        "F": _known(found.F),
        "p": _known(found.p),
        "dof_between": int(found.dof_between),
        "dof_within": int(found.dof_within),
        "s_between_component": _known(found.sigma_between),
        "u_all": _known(found.u_all),
        "dof_all": int(found.dof_all),
        "findings": [f.to_json() for f in called(told, "group_means")],
    }


def summary_statistics(body: Mapping[str, Any]) -> Answer:
    """n, mean, std, u_mean = std/√n and lag-1 autocorrelation of values, or of blocks laid end to end so many times.

    values: numbers; or blocks: list of {values, times}. std and u_mean are null for one value, autocorrelation where
    nothing scatters, and findings say so; they warn where autocorrelation makes u_mean too small. A
    repeated block costs no more than the block.

    >>> s = summary_statistics({"blocks": [{"values": [1.0], "times": 1}, {"values": [0.0, 2.0], "times": 500}]})
    >>> s["n"], s["mean"], round(s["std"], 12)
    (1001, 1.0, 1.0)
    """
    body = {name: value for name, value in body.items() if value is not None}
    faults = list(_unknown(body, {"values", "blocks"}))
    if ("values" in body) == ("blocks" in body):
        faults.append(wrong("/input/values", "values_or_blocks"))
        raise Refused(*faults)
    blocks = [Block(_numbers(body, "values", faults), 1)] if "values" in body else _blocks(body["blocks"], faults)
    if faults:
        raise Refused(*faults)
    try:
        found = summary(blocks)
    except Refused as refused:
        raise Refused(*(replace(f, where="/input") for f in refused.findings)) from None
    return {
        "n": found.n,
        "mean": found.mean,
        "std": _known(found.std),
        "u_mean": _known(found.std / math.sqrt(found.n)),
        "autocorrelation": _known(found.autocorrelation),
        "findings": [f.to_json() for f in _told(found, "values" if "values" in body else "blocks")],
    }


def _told(found: Summary, field: str) -> Iterator[Finding]:
    """Why a statistic is null, or must not be used as it stands."""
    if found.n == 1:
        yield finding("evaluation.readings.single", f"/input/{field}", "warning", input=field)
    elif found.std == 0.0:
        yield finding("evaluation.readings.constant", f"/input/{field}", "warning", n=found.n, input=field)
    else:
        yield from called(dependent(found.autocorrelation, found.n, f"/input/{field}"), field)


def coverage_factor(body: Mapping[str, Any]) -> Answer:
    """Coverage factors of an ellipsoidal region, k² = χ² quantile with m degrees of freedom (JCGM 102:2011 7.7).

    region: «ellipsoid»; probability: 0 < p < 1; outputs: list of numbers m of output quantities.

    >>> k = coverage_factor({"region": "ellipsoid", "probability": 0.95, "outputs": [1, 2, 3]})["k"]
    >>> [round(x, 2) for x in k]
    [1.96, 2.45, 2.8]
    """
    faults = list(_unknown(body, {"region", "probability", "outputs"}))
    if body.get("region") != "ellipsoid":
        faults.append(absent_or_wrong(body, "region", "/input", "one_of", choices="ellipsoid"))
    p = number_in(body.get("probability"))
    if not 0.0 < p < 1.0:
        faults.append(absent_or_wrong(body, "probability", "/input", "number_between", low=0, high=1))
    outputs = body.get("outputs")
    if not isinstance(outputs, list) or not outputs:
        faults.append(absent_or_wrong(body, "outputs", "/input", "whole_numbers"))
        outputs = []
    for i, m in enumerate(outputs):
        if isinstance(m, bool) or not isinstance(m, int) or not 1 <= m <= MOST_OUTPUTS:
            faults.append(wrong(f"/input/outputs/{i}", "whole_from_to", m, low=1, high=MOST_OUTPUTS))
    if faults:
        raise Refused(*faults)
    return {"k": [coverage_factor_ellipsoid(p, m) for m in outputs]}


def _blocks(rows: Any, faults: list[Finding]) -> list[Block]:
    if not isinstance(rows, list) or not rows:
        faults.append(wrong("/input/blocks", "blocks", rows))
        return []
    blocks = []
    for i, row in enumerate(rows):
        where = f"/input/blocks/{i}"
        if not isinstance(row, Mapping):
            faults.append(wrong(where, "block", row))
            continue
        faults += _unknown(row, {"values", "times"}, where)
        values = _numbers(row, "values", faults, where)
        times = _whole(row, "times", 1, MOST_TIMES, faults, where)
        blocks.append(Block(values, times))
    return blocks


def _numbers(row: Mapping[str, Any], name: str, faults: list[Finding], where: str = "/input") -> NDArray[np.float64]:
    """A list of finite numbers; its faults, with the place of each, are added."""
    values = row.get(name)
    if not isinstance(values, Sequence) or isinstance(values, str) or not values:
        faults.append(absent_or_wrong(row, name, where, "numbers"))
        return np.zeros(0)
    if set(map(type, values)) <= {float}:  # a long list in one step
        array = np.array(values, np.float64)
    else:
        array = np.array([number_in(v) for v in values])
    for i in np.flatnonzero(~np.isfinite(array))[:20]:
        faults.append(wrong(f"{where}/{name}/{i}", "number", values[i]))
    return array


def _whole(
    row: Mapping[str, Any], name: str, least: int, most: int, faults: list[Finding], where: str = "/input"
) -> int:
    value = row.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        faults.append(absent_or_wrong(row, name, where, "whole_from_to", low=least, high=most))
        return least
    return value


def _known(number: Numbers) -> float | None:
    """A float; infinite or undefined is null, since JSON has no word for it."""
    value = float(np.asarray(number))
    return value if math.isfinite(value) else None


def _unknown(row: Mapping[str, Any], known: set[str], where: str = "/input") -> Iterator[Finding]:
    for name in sorted(set(row) - known - WITHOUT_EFFECT):
        yield finding("case.field.unknown", f"{where}/{name}", field=name)
