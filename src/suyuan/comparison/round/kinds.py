"""Whether kind of quantity, unit and nominal value of a measurand belong together."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from suyuan.comparison.round.protocol import Measurand
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.unit import Unit, parse_unit, ratio

KINDS = {
    "m": "length width height thickness diameter distance 长度 宽度 高度 厚度 直径 距离",
    "m^2": "area 面积",
    "m^3": "volume capacity 体积 容积 容量",
    "kg": "mass 质量",
    "kg/m^3": "density 密度",
    "s": "time duration 时间",
    "Hz": "frequency 频率",
    "m/s": "speed velocity 速度",
    "m/s^2": "acceleration 加速度",
    "N": "force 力 力值",
    "N m": "torque 扭矩 力矩",
    "Pa": "pressure 压力 压强",
    "J": "energy 能量",
    "W": "power 功率",
    "K": "temperature 温度",
    "A": "current 电流",
    "V": "voltage 电压",
    "ohm": "resistance 电阻",
    "F": "capacitance 电容",
    "H": "inductance 电感",
    "cd": "luminous_intensity 发光强度",
    "lx": "illuminance 照度 光照度",
    "mol": "amount_of_substance 物质的量",
    "Bq": "activity 活度 放射性活度",
}
"""Kinds of quantity whose dimension is beyond doubt, by a unit of it; what is not listed is taken as it is written."""
_OF_KIND = {kind.replace("_", " "): unit for unit, kinds in KINDS.items() for kind in kinds.split()}
_NOMINAL = re.compile(r"\s*([+−-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*(.*?)\s*")


def nominal_parts(nominal: str) -> tuple[float, str] | None:
    """Number and unit of a nominal value, None where it is written otherwise.

    >>> nominal_parts("50 mm"), nominal_parts("100mm"), nominal_parts("10"), nominal_parts("about ten")
    ((50.0, 'mm'), (100.0, 'mm'), (10.0, ''), None)
    """
    match = _NOMINAL.fullmatch(nominal)
    return None if match is None else (float(match[1].replace("−", "-")), match[2])


def nominal_size(m: Measurand) -> float | None:
    """The size of a nominal value like «50 mm» in the unit of the measurand, None where it is none or zero."""
    parts = nominal_parts(m.nominal)
    if parts is None:
        return None
    try:
        size = abs(parts[0]) * ratio(parse_unit(parts[1] or m.unit), parse_unit(m.unit))
    except Refused:
        return None
    return size if 0.0 < size < math.inf else None


def fitting(m: Measurand, where: str) -> Iterator[Finding]:
    """What does not belong together in a measurand whose unit is known: a length in kg is refused, a relative one
    asked about, and so is a nominal value without a unit or in one of another dimension."""
    unit = parse_unit(m.unit)
    expected = _OF_KIND.get(" ".join(m.quantity.casefold().split()))
    if expected is not None and not _alike(unit, parse_unit(expected)):
        relative = not any(unit.dimension)
        yield finding("comparison.protocol.kind", f"{where}/unit", "warning" if relative else "error",
                      quantity=m.quantity, unit=m.unit, expected=parse_unit(expected).symbol)  # fmt: skip
    parts = nominal_parts(m.nominal)
    if parts is None:
        return
    if not parts[1] and any(unit.dimension):
        yield finding("comparison.protocol.nominal", f"{where}/nominal", "warning", given=m.nominal, unit=m.unit)
        return
    try:
        of_nominal = parse_unit(parts[1])
    except Refused:
        return  # words behind a number are nobody's unit
    if any(unit.dimension) and not _alike(of_nominal, unit):
        yield finding("comparison.protocol.nominal_unit", f"{where}/nominal", "warning", given=m.nominal, unit=m.unit)


def _alike(a: Unit, b: Unit) -> bool:
    return a.dimension == b.dimension
