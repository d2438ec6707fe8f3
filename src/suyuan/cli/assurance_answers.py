"""Gauge studies on a terminal: the methods side by side, since the choice of method may decide the verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from suyuan.cli.answers import kind_name
from suyuan.cli.language import term
from suyuan.cli.output import Page
from suyuan.quantity.notation import grouped, number

Values = Mapping[str, Any]
DIGITS = 4
ROWS = (
    ("EV", "EV", "s_repeatability"), ("AV", "AV", ""), ("GRR", "GRR", "s_grr"), ("PV", "PV", "s_part"),
    ("TV", "TV", "s_total"), ("percent_EV", "percent_EV", "percent_EV"), ("percent_AV", "percent_AV", "percent_AV"),
    ("percent_GRR", "percent_GRR", "percent_GRR"), ("percent_PV", "percent_PV", "percent_PV"),
    ("ndc", "ndc", "ndc"), ("percent_tolerance", "percent_tolerance", "percent_tolerance"),
)  # fmt: skip
"""Row, and its key in the range method and in an analysis of variance."""


def gauge_rr(page: Page, document: Values, values: Values) -> None:
    """Ranges and analysis of variance with and without interaction in one table; then the analysis itself."""
    page.title(kind_name(str(document["kind"])))
    anova = values["anova"]
    ranges = values.get("average_range") or {}
    names = [n for n in ("with_interaction", "pooled") if anova[n]]
    heads = ([term("study.ranges")] if ranges else []) + [term(f"study.{n}") for n in names]
    rows = []
    for row, own, other in ROWS:
        cells = [_cell(ranges.get(own))] if ranges else []
        cells += [_cell(_part(anova[n], other)) for n in names]
        if any(cells):
            rows.append([row, *cells])
    page.table(["", *heads], rows, range(1, len(heads) + 1))
    p = anova["p_interaction"]
    facts = [(term("study.advised"), term(f"study.{anova['advised']}"))]
    if p is not None:
        facts.insert(0, (term("study.p_interaction"), _cell(p)))
    page.facts(facts)


def _part(components: Values, key: str) -> Any:
    if key:
        return components.get(key)
    return math.hypot(components["s_operator"], components["s_interaction"])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "  ".join(_cell(x) for x in value)
    return str(grouped(number(float(value), DIGITS)))
