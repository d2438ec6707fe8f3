"""A year of hours of the demo's stack: what was true, what the instruments showed, and what went wrong.

True: 505 t/h of CO2 at full load; load follows the day and the season; the unit stands for twenty days in October.
Shown: true values as the certificates of `chain` correct them. Lost: an hour of calibration a week, six of
maintenance in April, ten days of a fault in July, five hours that were never sent, two in which zero was recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.calendar import calendar
from suyuan.cli.demo.carbon.chain import AREA, FIRST_ERROR, GAS, OTHERS, READ, RENEWED, RIGHT_ERROR
from suyuan.cli.demo.carbon.desk import Desk
from suyuan.cli.demo.lake.made import ZONE, start_of

SEED, FULL = 60115, 505.0
"""Of the readings; t/h of CO2 at full load."""
STOOD = ((10, 5), 20 * 24)
"""First day and hours of the stop."""
DENSITY = 44.0095 / 22.414
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Year:
    """month (h,): 1 to 12; rate (h,): true t/h, 0 while the unit stands; columns: of the table, as text."""

    month: NDArray[np.int8]
    rate: Array
    columns: dict[str, list[str]]

    def tonnes(self) -> Array:
        """True CO2 of each month, t (12,)."""
        found: Array = np.bincount(self.month, self.rate, minlength=13)[1:].astype(float)
        return found


def build(desk: Desk) -> Year:
    """The hours of the claimed year."""
    hours = calendar(desk.year, ZONE)
    rng = np.random.default_rng(SEED)
    load = _load(hours, rng)
    first = int(np.searchsorted(hours.begin, start_of(desk.on(*STOOD[0]))))
    load[first : first + STOOD[1]] = 0.0
    rate = FULL * load
    shown = _shown(desk, hours.begin, load, rate, rng)
    status = np.full(len(hours), "N", dtype=object)
    _lose(desk, hours.begin, status, shown)
    status[load == 0.0] = "F"
    for column in shown.values():
        column[load == 0.0] = np.nan
    sent = np.ones(len(hours), bool)
    at = int(np.searchsorted(hours.begin, start_of(desk.on(9, 16)))) + 2
    sent[at : at + 5] = False
    time = (hours.begin + 8 * 3600 * 1_000_000).astype("datetime64[us]").astype("datetime64[m]").astype(str)
    columns = {"time": [f"{one}+08:00" for one in time[sent].tolist()]}
    digits = {"co2": 2, "velocity": 2, "temperature": 1, "pressure": 2, "moisture": 1}
    for name, column in shown.items():
        columns[name] = ["" if np.isnan(x) else f"{x:.{digits[name]}f}" for x in column[sent].tolist()]
    columns["load"] = [f"{600 * x:.0f}" for x in load[sent].tolist()]
    columns["status"] = status[sent].tolist()
    return Year(hours.month, rate, columns)


def _load(hours: Any, rng: np.random.Generator) -> Array:
    """Load from 0.4 to 1: more in summer and winter, less at night."""
    n = np.arange(len(hours))
    season = 0.70 + 0.10 * np.cos(4.0 * np.pi * hours.day / 365.0)
    day = 0.14 * np.sin(2.0 * np.pi * (n % 24 - 8) / 24.0)
    slow = np.convolve(rng.normal(0.0, 0.25, len(n) + 47), np.full(48, 1.0 / 48.0), "valid")
    found: Array = np.clip(season + day + slow, 0.4, 1.0)
    return found


def _shown(
    desk: Desk, begin: NDArray[np.int64], load: Array, rate: Array, rng: np.random.Generator
) -> dict[str, Array]:
    """What the instruments show."""
    size = len(load)
    co2 = 11.2 + 1.6 * load + rng.normal(0.0, 0.05, size)
    temperature = 50.0 + 3.0 * load + rng.normal(0.0, 0.2, size)
    pressure = 100.9 + 0.2 * load + rng.normal(0.0, 0.03, size)
    moisture = 12.0 + 0.8 * load + rng.normal(0.0, 0.15, size)
    standard = 3600.0 * 273.15 / (temperature + 273.15) * pressure / 101.325
    velocity = rate * 1000.0 / (co2 / 100.0 * DENSITY * (1.0 - moisture / 100.0) * AREA * standard)
    error = np.where(begin < start_of(desk.on(*RENEWED)), FIRST_ERROR, RIGHT_ERROR)
    return {
        "co2": co2 * READ / float(GAS), "velocity": velocity * (1.0 + error) + rng.normal(0.0, 0.05, size),
        "temperature": temperature - float(OTHERS["temperature"].number),
        "pressure": pressure - float(OTHERS["pressure"].number),
        "moisture": moisture / float(OTHERS["moisture"].number),
    }  # fmt: skip


def _lose(desk: Desk, begin: NDArray[np.int64], status: NDArray[Any], shown: dict[str, Array]) -> None:
    """Marks of the instruments; zeros that bear none."""
    status[201 : len(status) : 168] = "C"  # no look-back on the year before is needed
    for (month, day), hour, count, mark in (((4, 17), 8, 6, "M"), ((7, 8), 3, 235, "D")):
        at = int(np.searchsorted(begin, start_of(desk.on(month, day)))) + hour
        status[at : at + count] = mark
    at = int(np.searchsorted(begin, start_of(desk.on(11, 20)))) + 14
    shown["co2"][at : at + 2] = 0.0
