"""Equations of 40 CFR 75, appendix F: mass of CO2, CO2 from O2, heat input; on numbers, arrays and quantities alike.

A concentration stands in the basis that its equation prescribes, in percent; flow is wet, in scf/h; heat in mmBtu/h.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from suyuan.carbon.rule import Rules
from suyuan.quantity.finding import Refused, finding

SCHEME = "40 CFR 75"


@dataclass(frozen=True, slots=True)
class Equation:
    """One equation. inputs: names of what it needs; result: name of what it gives; basis: of its concentration."""

    inputs: tuple[str, ...]
    result: str
    basis: str
    value: Callable[[Rules, Mapping[str, Any]], Any]


def _f11(rules: Rules, x: Mapping[str, Any]) -> Any:
    return rules.value("co2_mass") * x["co2_percent"] * x["flow_scfh"]


def _dry(x: Mapping[str, Any]) -> Any:
    return 100.0 - x["h2o_percent"]


def _f14a(rules: Rules, x: Mapping[str, Any]) -> Any:
    air = rules.value("oxygen_in_air")
    return 100.0 * x["Fc"] / x["Fd"] * (air - x["o2_percent"]) / air


def _f17(rules: Rules, x: Mapping[str, Any]) -> Any:
    air = rules.value("oxygen_in_air")
    return x["flow_scfh"] / x["Fd"] * (air / 100.0 * _dry(x) - x["o2_percent"]) / air


def _f18(rules: Rules, x: Mapping[str, Any]) -> Any:
    air = rules.value("oxygen_in_air")
    return x["flow_scfh"] * _dry(x) * (air - x["o2_percent"]) / (100.0 * air * x["Fd"])


EQUATIONS: Mapping[str, Equation] = {
    "F-11": Equation(("flow_scfh", "co2_percent"), "co2_mass_rate", "wet", _f11),
    "F-2": Equation(
        ("flow_scfh", "co2_percent", "h2o_percent"), "co2_mass_rate", "dry", lambda r, x: _f11(r, x) * _dry(x) / 100.0
    ),
    "F-14A": Equation(("o2_percent", "Fc", "Fd"), "co2_percent", "dry", _f14a),
    "F-15": Equation(
        ("flow_scfh", "co2_percent", "Fc"), "heat_input_rate", "wet",
        lambda r, x: x["flow_scfh"] * x["co2_percent"] / (100.0 * x["Fc"]),
    ),
    "F-16": Equation(
        ("flow_scfh", "co2_percent", "h2o_percent", "Fc"), "heat_input_rate", "dry",
        lambda r, x: x["flow_scfh"] * _dry(x) * x["co2_percent"] / (1e4 * x["Fc"]),
    ),
    "F-17": Equation(("flow_scfh", "o2_percent", "h2o_percent", "Fd"), "heat_input_rate", "wet", _f17),
    "F-18": Equation(("flow_scfh", "o2_percent", "h2o_percent", "Fd"), "heat_input_rate", "dry", _f18),
}  # fmt: skip
LIMITS: Mapping[str, tuple[float, float]] = {
    "flow_scfh": (0.0, 1e12), "co2_percent": (0.0, 100.0), "o2_percent": (0.0, 100.0), "h2o_percent": (0.0, 100.0),
    "Fc": (1e-9, 1e9), "Fd": (1e-9, 1e9),
}  # fmt: skip
"""Below or above these a number cannot be what its name says; a divisor is not zero."""


def equation(name: str) -> Equation:
    """The equation of a name. Raises Refused that names those there are."""
    found = EQUATIONS.get(name)
    if found is None:
        raise Refused(finding("carbon_monitoring.equation.unknown", "equation", name=name[:40],
                              known=", ".join(EQUATIONS)))  # fmt: skip
    return found


def evaluated(rules: Rules, name: str, inputs: Mapping[str, Any]) -> Any:
    """What an equation gives, in short ton/h, percent or mmBtu/h.

    F-11: 5.7e-7·CO2w·Q; F-2: that with dry CO2, ·(100 − H2O)/100; F-14A: 100·Fc/Fd·(20.9 − O2d)/20.9;
    F-15: Q·CO2w/(100 Fc); F-16: Q(100 − H2O)CO2d/(10⁴ Fc); F-17: Q/Fd·(0.209(100 − H2O) − O2w)/20.9;
    F-18: Q(100 − H2O)(20.9 − O2d)/(2090 Fd).

    rules: of 40 CFR 75; inputs: by name, numbers, arrays or quantities of unit 1. Raises Refused.

    >>> from datetime import date
    >>> from suyuan.carbon.rule import rules
    >>> part75 = rules(SCHEME, date(2024, 1, 1))
    >>> round(evaluated(part75, "F-11", {"co2_percent": 11.8, "flow_scfh": 64e6}), 3)
    430.464

    Source: 40 CFR 75, appendix F.
    """
    found = equation(name)
    if "o2_percent" in found.inputs:
        _below_air(rules, name, inputs)
    return found.value(rules, inputs)


def _below_air(rules: Rules, name: str, x: Mapping[str, Any]) -> None:
    """Raises Refused for oxygen that is not below that of air, of wet air where the equation is a wet one: a flue gas
    of air alone gives no heat, and one with more a negative one."""
    air: Any = float(rules.value("oxygen_in_air"))
    oxygen = np.asarray(getattr(x["o2_percent"], "value", x["o2_percent"]), float)
    if name == "F-17":
        air = air * np.asarray(_dry(x).value if hasattr(x["h2o_percent"], "value") else _dry(x), float) / 100.0
    beyond = np.broadcast_to(oxygen >= air, np.broadcast_shapes(np.shape(oxygen), np.shape(air)))
    if beyond.any():
        worst = float(np.max(np.broadcast_to(oxygen, beyond.shape)[beyond]))
        raise Refused(finding("carbon_monitoring.equation.oxygen", "o2_percent", name=name, given=f"{worst:g}",
                              air=f"{float(np.min(air)):g}"))  # fmt: skip
