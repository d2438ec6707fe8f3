"""What is plausible of readings, by the rows, and the numbers that stand for «missing»."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from suyuan.carbon.monitoring.hours.stack import UNITS
from suyuan.quantity.table import Row, load


@dataclass(frozen=True, eq=False)
class Limits:
    """What is plausible. low, high: by role, in the units of the model; codes: numbers that stand for «missing»;
    burning: least CO2 and largest oxygen, %, of a unit that burns whatever its load says."""

    low: Mapping[str, float]
    high: Mapping[str, float]
    codes: tuple[float, ...] = ()
    burning: Mapping[str, float] = field(default_factory=dict)


def plausible_row(name: str) -> Row:
    """A row of what is plausible, by name."""
    return next(row for row in load("suyuan.carbon", "monitoring_plausible") if row["name"] == name)


def plausible_limits(own: Mapping[str, tuple[float, float]] | None = None) -> Limits:
    """What is plausible by role, in the units of the model, and the numbers that stand for «missing».

    own: by role, instead of the usual limits.

    >>> plausible_limits().high["co2"]
    30.0
    """
    rows = {role: plausible_row(role)["value"] for role in UNITS} | dict(own or {})
    codes = tuple(float(code) for code in plausible_row("missing_codes")["value"])
    burning = {role: float(value) for role, value in plausible_row("burning")["value"].items()}
    return Limits({r: float(v[0]) for r, v in rows.items()}, {r: float(v[1]) for r, v in rows.items()}, codes, burning)
