"""Forms of Type A evaluation: groups of readings, one long series, and coverage factors of regions."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from suyuan.quantity.finding import finding
from suyuan.site.acts.evaluating.calculation import Form, Reader, mapping, number_text, numbers, title_text
from suyuan.site.acts.evaluating.columns import columns_of, pasted, readings_of, rows_of, shown
from suyuan.site.acts.evaluating.numbers import MOST

NAMED = ("title", "unit")
GIVEN = ("readings", "means")
"""How groups are given: their readings, one column a group; or mean and standard deviation, one line a group."""


def _named(reader: Reader) -> dict[str, Any]:
    return {name: text for name in NAMED if (text := reader.text(name))}


def _names(body: Mapping[str, Any]) -> dict[str, str]:
    return {"title": title_text(body.get("title")), "unit": str(body.get("unit") or "")}


# ---------------------------------------------------------------- analysis of variance


def _anova(reader: Reader) -> dict[str, Any]:
    if (reader.text("given") or "readings") == "means":
        columns, found = columns_of(reader.fields.get("data", ""), ("mean", "s"), "data")
        reader.told(found)
        means, stds, size = columns.get("mean", []), columns.get("s", []), reader.whole("size")
    else:
        means, stds, size = _groups(reader)
    return {"group_means": means, "group_stds": stds, "group_size": size, **_named(reader)}


def _groups(reader: Reader) -> tuple[list[float], list[float], int]:
    """Means and standard deviations of readings, one column a group."""
    rows, wrong = rows_of(reader.fields.get("data", ""), "data")
    reader.told(wrong)
    if wrong:
        return [], [], 0
    if not rows:
        reader.findings.append(finding("site.calculate.no_data", "data", columns="1, 2, 3 …"))
        return [], [], 0
    width = max(len(row) for row in rows)
    sizes = [sum(1 for row in rows if len(row) > n) for n in range(width)]
    if len(set(sizes)) > 1:
        told = ", ".join(str(size) for size in sizes)
        reader.findings.append(finding("site.calculate.groups", "data", sizes=told))
        return [], [], 0
    if width < 2 or len(rows) < 2:
        reader.findings.append(finding("site.calculate.few", "data", groups=width, size=len(rows)))
        return [], [], 0
    table = np.array(rows)
    shift = table[0]  # readings that differ in late digits keep them
    means = shift + (table - shift).mean(axis=0)
    return means.tolist(), (table - shift).std(axis=0, ddof=1).tolist(), len(rows)


def _from_anova(body: Mapping[str, Any]) -> dict[str, str]:
    data = pasted(numbers(body.get("group_means")), numbers(body.get("group_stds")))
    return _names(body) | {"given": "means", "size": number_text(body.get("group_size")), "data": data}


def _anova_place(parts: list[str]) -> str:
    return {"group_means": "data", "group_stds": "data", "group_size": "size"}.get(parts[0], parts[0])


# ---------------------------------------------------------------- one long series


def _series(reader: Reader) -> dict[str, Any]:
    if not reader.text("values") and mapping(reader.rest).get("blocks"):
        return _named(reader)  # too long to be shown: the blocks travel as they came
    values, wrong, doubts = readings_of(reader.fields.get("values", ""), "values")
    reader.told(doubts)
    if wrong:
        given = ", ".join(wrong[:6])
        reader.findings.append(finding("site.calculate.number", "values", given=given))
    elif not values and not doubts:
        reader.findings.append(finding("site.calculate.no_data", "values", columns="x"))
    return {"values": values, "blocks": None, **_named(reader)}


def _from_series(body: Mapping[str, Any]) -> dict[str, str]:
    if "values" in body or "blocks" not in body:
        return _names(body) | {"values": "\n".join(map(number_text, numbers(body.get("values"))))}
    values: list[Any] = []
    for block in numbers(body["blocks"]):
        times, row = mapping(block).get("times"), numbers(mapping(block).get("values"))
        if isinstance(times, bool) or not isinstance(times, int) or not 0 < times * len(row) <= MOST:
            return _names(body)
        values += row * times
    return _names(body) | {"values": "\n".join(map(number_text, values)) if len(values) <= MOST else ""}


def _series_place(parts: list[str]) -> str:
    return "values" if parts[0] in ("values", "blocks") else parts[0]


# ---------------------------------------------------------------- coverage factors


def _factors(reader: Reader) -> dict[str, Any]:
    counts, wrong, doubts = readings_of(reader.fields.get("outputs", ""), "outputs")
    reader.told(doubts)
    if wrong:
        reader.findings.append(finding("site.calculate.number", "outputs", given=", ".join(wrong[:6])))
    elif not counts and not doubts:
        reader.findings.append(finding("site.calculate.empty", "outputs"))
    outputs = [int(count) if math.isfinite(count) and count.is_integer() else count for count in counts]
    return {
        "region": reader.text("region") or "ellipsoid", "probability": reader.number("probability"),
        "outputs": outputs, **_named(reader),
    }  # fmt: skip


def _from_factors(body: Mapping[str, Any]) -> dict[str, str]:
    outputs = numbers(body.get("outputs"))
    return _names(body) | {
        "region": str(body.get("region") or "ellipsoid"),
        "probability": number_text(body.get("probability")),
        "outputs": ", ".join(shown(n) if not isinstance(n, list | dict) else json.dumps(n) for n in outputs),
    }


FORMS = (
    Form(
        "anova", (*NAMED, "given", "size", "data"), frozenset((*NAMED, "group_means", "group_stds", "group_size")),
        _anova, _from_anova, _anova_place, {"given": "readings"},
    ),
    Form(
        "summary_statistics", (*NAMED, "values"), frozenset((*NAMED, "values")), _series, _from_series,
        _series_place,
    ),
    Form(
        "coverage_factor", ("title", "region", "probability", "outputs"),
        frozenset(("title", "region", "probability", "outputs")), _factors, _from_factors, lambda parts: parts[0],
        {"region": "ellipsoid", "probability": "0.95", "outputs": "1, 2, 3"},
    ),
)  # fmt: skip
