"""Capabilities and needs as rows: what `suyuan.capability.read` reads back as the same values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from suyuan.capability.capability import Capability, Standing, Term
from suyuan.capability.interval import Interval
from suyuan.capability.need import Need, Target, Tolerance
from suyuan.capability.uncertainty import Formula, Line, Matrix, RootSum, Table, Uncertainty, Value
from suyuan.quantity.unit import Unit

Row = dict[str, Any]


def capability_row(item: Capability) -> Row:
    """A capability as a row; what is empty is left out.

    >>> from suyuan.quantity.unit import parse_unit
    >>> capability_row(Capability("C1", {"zh": "演示"}, "mass", Interval(0.0, 1.0, parse_unit("kg")), None))["interval"]
    {'low': 0.0, 'high': 1.0, 'unit': 'kg'}
    """
    row = _plain(item)
    row["uncertainty"] = uncertainty_row(item.uncertainty) if item.uncertainty is not None else None
    row["conditions"] = {n: interval_row(v) if isinstance(v, Interval) else list(v) for n, v in item.conditions.items()}
    row["standings"] = [_tidy(_plain(standing)) for standing in item.standings]
    row["standards"] = [_key(key) for key in item.standards]
    row["budget"] = [_term(term) for term in item.budget]
    return _tidy(row)


def need_row(item: Need) -> Row:
    """A need as a row; what is empty is left out."""
    row = _plain(item)
    row["conditions"] = {n: interval_row(v) if isinstance(v, Interval) else v for n, v in item.conditions.items()}
    row["target"] = {"U": item.target.U, "k": item.target.k, **_unit(item.target.unit)} if item.target else None
    if item.tolerance is not None:
        half = item.tolerance
        row["tolerance"] = {"half_width": half.half_width, "rule": half.rule, **_unit(half.unit)}
    for name in row.pop("unstated"):
        row.pop(name, None)
    return _tidy(row)


def interval_row(interval: Interval) -> Row:
    """An interval; an open end is left out."""
    ends = {"low": interval.low, "high": interval.high}
    return {**{name: end for name, end in ends.items() if math.isfinite(end)}, "unit": interval.unit.symbol}


def uncertainty_row(u: Uncertainty) -> Row:
    """An uncertainty in the shape of its form."""
    form, row = u.form, {"k": u.k, **_unit(u.unit)}
    if isinstance(form, Value):
        return {"form": "value", "U": form.U, **row}
    if isinstance(form, Table):
        return {"form": "table", "points": list(form.points), "U": list(form.U), **row}
    if isinstance(form, RootSum | Line):
        name = "root_sum" if isinstance(form, RootSum) else "line"
        return {"form": name, "a": form.a, "b": form.b, **row}
    if isinstance(form, Formula):
        return {"form": "formula", "text": form.text, "units": {n: unit.symbol for n, unit in u.units}, **row}
    assert isinstance(form, Matrix)
    grid = {"condition": form.condition, "grid": list(form.grid), "grid_unit": form.unit.symbol}
    return {"form": "matrix", "points": list(form.points), **grid, "U": [list(values) for values in form.U], **row}


def flat(row: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """A row with dots in its keys in place of objects in objects; lists stay as they are.

    >>> flat({"id": "C1", "interval": {"low": 0.0, "unit": "mm"}})
    {'id': 'C1', 'interval.low': 0.0, 'interval.unit': 'mm'}
    """
    return dict(_flat(row, before))


def _flat(row: Mapping[str, Any], before: str) -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield before + key, value


def _plain(item: Capability | Need | Standing | Term) -> Row:
    """The fields that are written as they are."""
    row: Row = {}
    for name in (f.name for f in fields(item)):
        value = getattr(item, name)
        if isinstance(value, Interval):
            row[name] = interval_row(value)
        elif isinstance(value, date):
            row[name] = value.isoformat()
        elif not isinstance(value, Uncertainty | Target | Tolerance):
            row[name] = (
                dict(value) if isinstance(value, Mapping) else list(value) if isinstance(value, tuple) else value
            )
    return row


def _term(term: Term) -> Row:
    row = _plain(term)
    row["certificate"] = _key(term.certificate) if term.certificate is not None else None
    row["slope"] = term.slope or None
    return _tidy(row)


def _key(key: tuple[str, str]) -> Row:
    return {"issuer": key[0], "number": key[1]}


def _unit(unit: Unit | None) -> Row:
    return {"relative": True} if unit is None else {"unit": unit.symbol}


def _tidy(row: Row) -> Row:
    """Without what is empty, with a text that has no language as plain text."""
    result: Row = {}
    for name, value in row.items():
        if isinstance(value, dict) and set(value) == {""}:
            value = value[""]
        if value is None or value is False or value in ("", [], {}):
            continue
        result[name] = value
    return result
