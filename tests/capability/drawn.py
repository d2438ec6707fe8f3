"""Capabilities and needs drawn at random: every form of U, mixed units, conditions, standings, both k."""

from __future__ import annotations

from datetime import date

import numpy as np

from suyuan.capability.capability import Capability, Standing
from suyuan.capability.interval import Interval
from suyuan.capability.matching.gate import Support
from suyuan.capability.need import Need, Target
from suyuan.capability.uncertainty import Formula, Line, Matrix, RootSum, Table, Uncertainty, Value
from suyuan.quantity.finding import finding
from suyuan.quantity.unit import parse_unit, ratio

DAY = date(2026, 6, 1)
SCALES = {
    "length": ("m", 0.0, 1.0, ("mm", "um", "m", "in")),
    "temperature": ("degC", -80.0, 500.0, ("degC", "K", "degF")),
    "torque": ("N.m", 0.0, 1000.0, ("N.m", "kN.m")),
    "amount_fraction": ("umol/mol", 0.0, 1000.0, ("umol/mol", "ppm", "%")),
    "voltage": ("V", -10.0, 10.0, ("V", "mV")),
}
ITEMS = {
    "length": ("量块", "gauge block", "长量块", "", "step gauge"),
    "temperature": ("", "thermocouple", "工业铂热电阻", "Pt100"),
    "torque": ("扭力扳手", "torque wrench", "数显扭矩扳子", ""),
    "amount_fraction": ("", "NO analyser"),
    "voltage": ("", "multimeter", "万用表"),
}
STANDING = ("accredited", "authorised", "cmc", "examined")


def _interval(rng: np.random.Generator, quantity: str) -> Interval:
    unit, low, high, units = SCALES[quantity]
    # Few different ends, so that intervals often share or just miss them.
    ends = sorted(low + (high - low) * rng.integers(0, 9, 2) / 8.0)
    wide = Interval(ends[0], ends[1] if ends[1] > ends[0] or rng.random() < 0.2 else high, parse_unit(unit))
    return wide.to(parse_unit(str(rng.choice(units))))


def _difference(quantity: str, rng: np.random.Generator, size: float):
    """A size in the quantity's base unit as a number and unit of a difference."""
    base, _, _, units = SCALES[quantity]
    unit = parse_unit(str(rng.choice(units))).as_difference()
    return size * ratio(parse_unit(base).as_difference(), unit), unit


def uncertainty(rng: np.random.Generator, quantity: str, interval: Interval) -> Uncertainty | None:
    kind = rng.choice(
        ["value", "root", "line", "table", "formula", "matrix", "none"], p=[0.3, 0.2, 0.15, 0.2, 0.06, 0.06, 0.03]
    )
    if kind == "none":
        return None
    _, low, high, _ = SCALES[quantity]
    k = float(rng.choice([2.0, 2.0, 2.0, 3.0]))
    relative = rng.random() < 0.4
    top = max(abs(interval.low), abs(interval.high), 1e-12)
    if relative:
        a, unit = 10.0 ** rng.uniform(-4.0, -2.0), None
    else:
        a, unit = _difference(quantity, rng, (high - low) * 10.0 ** rng.uniform(-5.0, -2.0))
    b = a * rng.choice([0.0, 0.5, 3.0]) / top
    points = np.linspace(interval.low, interval.high, int(rng.integers(2, 5)))
    if rng.random() < 0.2:
        points = points[:-1] if len(points) > 2 else points
    if interval.low == interval.high or kind == "value":
        form = Value(a)
    elif kind == "root":
        form = RootSum(a, b)
    elif kind == "line":
        form = Line(a, b)
    elif kind == "table":
        form = Table(tuple(points.tolist()), tuple((a * rng.uniform(0.3, 3.0, len(points))).tolist()))
    elif kind == "formula":
        form = Formula(f"{a} + {b}*abs(x)" if b else f"{a} + 0*x")
    else:
        rows = tuple(tuple((a * rng.uniform(0.3, 3.0, 2)).tolist()) for _ in points)
        form = Matrix(tuple(points.tolist()), "frequency", (50.0, 1000.0), parse_unit("Hz"), rows)
    return Uncertainty(form, k, unit)


def _conditions(rng: np.random.Generator, wanted: bool):
    found = {}
    if rng.random() < 0.5:
        word = str(rng.choice(["现场", "on-site", "lab", "实验室"]))
        found["site"] = word if wanted else (word,)
    if rng.random() < 0.4:
        low = float(rng.choice([50.0, 100.0, 500.0]))
        own = Interval(low, low if wanted else 1000.0, parse_unit("Hz"))
        found["frequency"] = own if rng.random() < 0.6 else own.to(parse_unit("kHz"))
    if rng.random() < 0.2:
        low, high = (15.0, 25.0) if wanted else (float(rng.choice([18.0, 10.0])), 22.0)
        found["ambient_temperature"] = Interval(low, high, parse_unit("degC"))
    return found


def capability(rng: np.random.Generator, at: int) -> Capability:
    quantity = str(rng.choice(list(SCALES)))
    interval = _interval(rng, quantity)
    until = date(2026, 1, 1) if rng.random() < 0.15 else date(2028, 1, 1)
    standings = tuple(
        Standing(
            str(rng.choice(STANDING)),
            "CNAS",
            str(rng.choice(["", "L1", "L1"])),
            valid_until=until if rng.random() < 0.5 else None,
        )
        for _ in range(int(rng.integers(0, 3)))
    )
    return Capability(
        f"C{at}", {"en": f"lab {int(rng.integers(0, 8))}"}, quantity, interval, uncertainty(rng, quantity, interval),
        item=str(rng.choice(ITEMS[quantity])),
        analyte=str(rng.choice(["", "NO", "no"])) if "amount" in quantity else "",
        interval_of="electric_current" if rng.random() < 0.03 else "", conditions=_conditions(rng, False),
        standings=standings, stages=("production",) if rng.random() < 0.3 else (),
        days=float(rng.integers(1, 30)) if rng.random() < 0.8 else None, price=float(rng.integers(1, 900)),
        persons=int(rng.integers(0, 2)), valid_until=until if rng.random() < 0.2 else None,
    )  # fmt: skip


def need(rng: np.random.Generator, at: int) -> Need:
    quantity = str(rng.choice(list(SCALES)))
    _, low, high, _ = SCALES[quantity]
    target = None
    if rng.random() < 0.95:
        k = float(rng.choice([2.0, 2.0, 3.0]))
        if rng.random() < 0.4:
            target = Target(10.0 ** rng.uniform(-4.0, -1.5), None, k)
        else:
            target = Target(*_difference(quantity, rng, (high - low) * 10.0 ** rng.uniform(-4.0, -1.5)), k)
    interval = _interval(rng, quantity)
    if rng.random() < 0.06:  # where nobody is
        interval = Interval(*(end + 1e6 * (1.0 + abs(interval.high)) for end in (interval.low, interval.high)),
                            interval.unit)  # fmt: skip
    return Need(
        f"N{at}", {"en": "factory"}, quantity, interval, target,
        item=str(rng.choice(ITEMS[quantity])), analyte="NO" if "amount" in quantity and rng.random() < 0.5 else "",
        interval_of="electric_current" if rng.random() < 0.03 else "",
        conditions=_conditions(rng, True) if rng.random() < 0.4 else {},
        standing=str(rng.choice(["", "", "accredited", "cmc", "authorised"])),
        day=DAY if rng.random() < 0.5 else None, stage=str(rng.choice(["", "", "production", "use"])),
        days_most=14.0 if rng.random() < 0.3 else None, price_most=500.0 if rng.random() < 0.2 else None,
    )  # fmt: skip


DENIED = finding("capability.support.budget.sum", "", "warning", "", id="C", U="1", total="2", k="2")


def support(rng: np.random.Generator, quantity: str = "") -> Support:
    """quantity: of the capability, whose standards may then cover only a part of it."""
    reach = _interval(rng, quantity) if quantity and rng.random() < 0.4 else None
    return Support(
        str(rng.choice(["complete", "complete", "complete", "broken", "unknown", "unstated"])),
        tested=str(rng.choice(["untested", "untested", "supported", "contradicted"])),
        findings=(DENIED,) if rng.random() < 0.1 else (),
        persons=[None, 0, 1, 2][int(rng.integers(0, 4))],
        reach=None if reach is None else reach.to(reach.unit.coherent()),
    )
