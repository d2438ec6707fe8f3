"""The mapping of a table's columns as a form: what a row a column says, laid over the mapping it began with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from suyuan.lake.formats.column_mapping import ColumnMapping, TimeColumns, ValueColumn, read_mapping
from suyuan.site.acts.series.intake import Looked

USES = ("time", "value", "label", "unread")
ROWS = 4
MOST = 2000
"""Columns that a form has at most."""


def mapping_of(given: Mapping[str, str]) -> ColumnMapping | None:
    """The mapping that the form holds: its JSON, with the rows of columns laid over. None where it holds none.

    Raises Refused with every fault of it.
    """
    text = given.get("mapping", "").strip()
    if not text:
        return None
    if given.get("column-0") is None:
        return read_mapping(text.encode("utf-8"))
    base = read_mapping(_with_values(text, given).encode("utf-8"))

    def said(key: str) -> str:
        return given.get(key, "").replace("\x00", "").strip()[:200]

    old = {value.column: value for value in base.values}
    values, times, labels = [], [], []
    for n in range(MOST):
        column = given.get(f"column-{n}")
        if column is None:
            break
        use = given.get(f"use-{n}", "unread")
        if use == "time":
            times.append(column)
        elif use == "label":
            labels.append(column)
        elif use == "value":
            kept = old.get(column, ValueColumn(column))
            name, quantity, unit = (said(f"{key}-{n}") for key in ("name", "quantity", "unit"))
            values.append(replace(kept, name=name, quantity=quantity, unit=unit))
    patterns = [p.strip() for p in given.get("pattern", "").split(" | ") if p.strip()]
    made = replace(
        base,
        values=tuple(values),
        labels=tuple(labels),
        time=TimeColumns(tuple(times), tuple(patterns), said("zone"), said("fold")) if times else TimeColumns(),
        decimal="," if given.get("decimal") == "," else ".",
        missing=tuple(code.strip() for code in given.get("missing", "").split() if code.strip()),
    )
    return read_mapping(made.to_bytes())


def _with_values(text: str, given: Mapping[str, str]) -> str:
    """The mapping as typed; where it names no column of values, with those that the rows name."""
    try:
        document = json.loads(text)
    except ValueError:
        return text
    if not isinstance(document, dict) or document.get("values"):
        return text
    rows = (n for n in range(MOST) if given.get(f"use-{n}") == "value")
    return json.dumps({**document, "values": [{"column": given.get(f"column-{n}", "")} for n in rows]})


def columns_of(looked: Looked) -> list[dict[str, Any]]:
    """A row a column of the table, with what is made of it."""
    plan = looked.mapping
    assert plan is not None
    values = {value.column: value for value in plan.values}
    rows = []
    for n, (column, cells) in enumerate(looked.sample.items()):
        value = values.get(column)
        use = (
            "value"
            if value
            else "time"
            if column in plan.time.columns
            else "label"
            if column in plan.labels
            else "unread"
        )
        named = {v.flag: "flag" for v in plan.values if v.flag} | {v.u: "u" for v in plan.values if v.u}
        named |= {plan.names: "names"} if plan.names else {}
        named |= {plan.units: "units"} if plan.units else {}
        rows.append(
            {
                "n": n,
                "column": column,
                "cells": cells[:ROWS],
                "use": use,
                "beside": named.get(column, ""),
                "name": value.name if value else "",
                "quantity": value.quantity if value else "",
                "unit": value.unit if value else "",
                "uses": [{"value": u, "here": u == use} for u in USES],
                "clock": bool(plan.time.columns) and column == plan.time.columns[0],
            }
        )
    return rows
