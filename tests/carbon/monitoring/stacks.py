"""A stack with constructed minutes and certificates, and the same year by a plain loop over its minutes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta, timezone
from typing import Any

import numpy as np

from suyuan.carbon.monitoring.hours.calendar import calendar
from suyuan.carbon.monitoring.hours.minutes import Flags, Minutes
from suyuan.carbon.monitoring.hours.month import Course
from suyuan.carbon.monitoring.hours.stack import Channel, Stack
from suyuan.carbon.monitoring.year.year import StackYear
from suyuan.carbon.rule import Rules, rules
from suyuan.quantity.correction import Correction, gain_and_offset
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.verbs.carbon.stack import course_of, stack_year

ZONE = timezone(timedelta(hours=8))
YEAR = 2024
HOURS = calendar(YEAR, ZONE)
KNOWN = HOURS.end
MINUTE = 60_000_000
LEGEND = ("measured", "calibration", "fault", "not operating", "out of control", "maintenance")
TRUE = {"co2": (1.01, 0.004, 0.05, 0.02), "velocity": (0.98, 0.015, 0.1, 0.05), "temperature": (1.0, 0.001, -0.4, 0.3),
        "pressure": (1.0, 0.0005, 0.02, 0.03), "moisture": (1.02, 0.03, 0.1, 0.1)}  # fmt: skip
"""Role → gain, its u, offset, its u."""
UNITS = {"co2": "%", "velocity": "m/s", "temperature": "degC", "pressure": "kPa", "moisture": "%"}
HJ75, PART75, MRR = "HJ 75-2017", "40 CFR 75", "EU 2018/2066"


def law(scheme: str = HJ75) -> Rules:
    return rules(scheme, date(YEAR, 6, 1))


def channels(u: float = 0.0, **basis: str) -> tuple[Channel, ...]:
    """Five channels; CO2 dry and velocity wet where nothing else is said."""
    said = {"co2": "dry", **basis}
    return tuple(Channel(role, role, unit, f"{role}-1", said.get(role, "wet"), u=u) for role, unit in UNITS.items())


def area(u: float = 0.3) -> Quantity:
    return quantity(38.5, u, "m2", label="area", id=identity("area", str(u)), source=Source("survey", "A-1"))


def plant(u: float = 0.0, **changes: Any) -> Stack:
    return replace(Stack("S1", channels(u), {"area": area()}), **changes)


def certificate(
    role: str, since: int | None = None, until: int | None = None, number: str = "", scale: float = 1.0, **more: Any
) -> Correction:
    """A line for one channel; scale: of its uncertainties."""
    gain, u_gain, offset, u_offset = TRUE[role]
    name = number or f"{role}-C1"
    source = Source("lab", name)
    model, parameters = gain_and_offset(
        quantity(gain, u_gain * scale, label=f"{name} gain", id=identity(name, "gain"), source=source),
        quantity(offset, u_offset * scale, UNITS[role], label=f"{name} offset", id=identity(name, "offset"),
                 source=source),
    )  # fmt: skip
    begin = int(HOURS.begin[0]) - 10**12 if since is None else since
    return Correction(name, f"{role}-1", model, parameters, begin, more.pop("known_from", 0), "lab", name, UNITS[role],
                      UNITS[role], valid_until=until, **more)  # fmt: skip


def certificates() -> list[Correction]:
    return [certificate(role) for role in UNITS]


def minutes(month: int, seed: int = 0, lost: Sequence[tuple[int, int, int]] = (), hours: int | None = None) -> Minutes:
    """The minutes of a month, or of its first hours. lost: (first minute, number of minutes, code of `LEGEND`)."""
    first, last = HOURS.span(month)
    if hours is not None:
        last = first + hours * 60 * MINUTE
    time = np.arange(first, last, MINUTE)
    rng = np.random.default_rng((seed, month))
    load = 1.0 + 0.2 * np.sin(np.arange(len(time)) / 700.0 + month)
    columns = {
        "co2": 11.0 + 1.5 * load + rng.normal(0, 0.1, len(time)),
        "velocity": 14.0 * load + rng.normal(0, 0.2, len(time)),
        "temperature": 110.0 + 10.0 * load,
        "pressure": 101.3 + 0.1 * load,
        "moisture": 7.0 + load,
    }
    code = np.zeros(len(time), np.int8)
    for begin, count, what in lost:
        code[begin : begin + count] = what
    return Minutes(time, columns, (Flags(code, LEGEND),), f"made {seed}")


def year(
    scheme: str, read: Mapping[int, Minutes], stack: Stack | None = None, every: Sequence[Correction] | None = None
) -> tuple[StackYear, Course]:
    """The months that are read, as a year."""
    made = law(scheme)
    course = course_of(stack or plant(), made, every or certificates(), KNOWN, YEAR, ZONE)
    return stack_year(course, made, KNOWN, read.__getitem__, tuple(read)), course


@dataclass
class Loop:
    """A year of one line a channel by a loop over minutes. gain, offset: by role; area; hours (h): rate or None."""

    gain: dict[str, float]
    offset: dict[str, float]
    area: float = 38.5

    @classmethod
    def of_truth(cls) -> Loop:
        return cls({role: row[0] for role, row in TRUE.items()}, {role: row[2] for role, row in TRUE.items()})

    def rates(self, read: Mapping[int, Minutes]) -> tuple[list[float | None], list[float]]:
        """Rate of each running hour in t/h, None where it is lost, and the fraction of the hour that the unit ran."""
        rates: list[float | None] = []
        shares: list[float] = []
        for month in sorted(read):
            given = read[month]
            for begin in HOURS.begin[HOURS.of_month(month)].tolist():
                rows = [i for i in range(*np.searchsorted(given.time, [begin, begin + 60 * MINUTE]).tolist())]
                codes = [LEGEND[given.flags[0].code[i]] for i in rows]
                stood = codes.count("not operating")
                if stood == 60:
                    continue
                good = [i for i, code in zip(rows, codes, strict=True) if code == "measured"]
                shares.append(1.0 - stood / 60.0)
                rates.append(self._rate(given, good) if len(good) >= 45 else None)
        return rates, shares

    def _rate(self, given: Minutes, good: list[int]) -> float:
        x = {role: self.gain[role] * float(np.mean(given.columns[role][good])) + self.offset[role] for role in UNITS}
        flow = x["velocity"] * self.area * 3600.0 * 273.15 / (x["temperature"] + 273.15) * x["pressure"] / 101.325
        return x["co2"] / 100.0 * flow * (1.0 - x["moisture"] / 100.0) * 44.0095 / 22.414 / 1000.0


def together(rates: Sequence[float | None]) -> list[list[tuple[int, int]]]:
    """Runs of lost hours that hang together: fewer valid hours between two than the shorter has lost."""
    found: list[list[tuple[int, int]]] = []
    at = 0
    while at < len(rates):
        stop = at
        while stop < len(rates) and rates[stop] is None:
            stop += 1
        if stop > at:
            found.append([(at, stop)])
            while len(found) > 1:
                a, b = found[-2:]
                lost = [sum(end - begin for begin, end in one) for one in (a, b)]
                if b[0][0] - a[-1][1] >= min(lost):
                    break
                found[-2:] = [a + b]
        at = stop + 1
    return found


def hj75_totals(rates: Sequence[float | None], shares: Sequence[float], look_back: int) -> tuple[float, float]:
    """Legal and best total of gaps that are all replaced by the largest of the last valid hours."""
    legal = best = math.fsum(r * s for r, s in zip(rates, shares, strict=True) if r is not None)
    for group in together(rates):
        before = [x for x in rates[: group[0][0]] if x is not None][-24:]
        around = before + [x for x in rates[group[-1][1] :] if x is not None][:24]
        for start, stop in group:
            share = sum(shares[start:stop])
            legal += max([x for x in rates[:start] if x is not None][-look_back:]) * share
            best += math.fsum(around) / len(around) * share
    return legal, best
