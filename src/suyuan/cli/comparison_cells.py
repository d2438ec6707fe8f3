"""Cells of the tables of comparison answers: numbers at the place that their uncertainty allows, scores with marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Values = Mapping[str, Any]
BEYOND = "bold red"
"""Style of what is beyond a limit; its mark stands beside it."""


def lab_of(name: object) -> str:
    return str(name).strip()


def unit_of(body: Values) -> str:
    unit = str(body.get("unit") or "")
    return "" if unit == "1" else unit


def n(value: Any, digits: int) -> str:
    """A number to so many digits; «» for none."""
    from suyuan.quantity.notation import grouped, number

    return grouped(number(value, digits)) if isinstance(value, int | float) else ""


def at(value: Any, u: Any) -> str:
    """A number at the place that its uncertainty allows."""
    from suyuan.quantity.notation import grouped, notate

    if not isinstance(value, int | float):
        return ""
    if isinstance(u, int | float) and u > 0.0:
        return grouped(notate(float(value), float(u)).value_text)
    return n(value, 8)


def u_text(u: Any) -> str:
    """An uncertainty to its two digits; «» for none."""
    if not isinstance(u, int | float):
        return ""
    return at(u, u) if u > 0.0 else "0"


def ratio(d: float, U: float | None) -> tuple[object, object]:
    """|d|/U with a mark where it is above 1."""
    if not U:
        return "", ""
    share = abs(d) / U
    return n(share, 3), ("! > 1", BEYOND) if share > 1.0 else ""


def size_of(d: float, U: float | None) -> object:
    if not U:
        return ""
    ratio = abs(d) / U
    return (f"{ratio:.2f} !", BEYOND) if ratio > 1.0 else f"{ratio:.2f}"


def score(value: float | None, questionable: float, limit: float) -> tuple[str, Any]:
    """A score with its mark: «!» beyond the limit, «?» from where it is questionable."""
    if value is None:
        return "", ""
    size = abs(value)
    mark: Any = (
        ("!", BEYOND)
        if size > limit or (size >= limit and limit > 1.0)
        else ("?", "yellow")
        if size > questionable
        else ""
    )
    return f"{value:.2f}".replace("-", "−"), mark
