"""The demo's steel works: coal, gas, fluxes, electrodes, alloys, the carbon that steel takes with it, and power."""

from __future__ import annotations

import numpy as np

from suyuan.certificate.certificate import Certificate
from suyuan.cli.demo.carbon import chain
from suyuan.cli.demo.carbon.desk import (
    GRID,
    MADE_UP,
    MANAGER,
    SCHEME,
    Desk,
    component,
    last_published,
    of_years,
    override,
)
from suyuan.cli.demo.shelf import Row

ENTERPRISE, UNIT = "演示临港钢铁厂", "炼钢系统"
SEED = 60117
CHINA = "China sector guidelines"
ADMITTED = (
    *(f"china.{row}" for row in ("oxidation_coke", "oxidation_gas", "limestone", "dolomite", "electrode",
                                 "ferrochrome", "crude_steel")),
    "fuel.cn.coke", "fuel.cn.natural_gas",
)  # fmt: skip
"""Rule rows whose text nobody has read, admitted by name."""


def build(desk: Desk) -> Certificate:
    """The document of the year and its claim. Returns the certificate of the works' weighbridge."""
    bridge, rng = chain.weighbridge(desk), np.random.default_rng(SEED)

    def months(level: float, digits: int = 0) -> list[float]:
        return [round(float(x), digits) for x in level * (1.0 + rng.normal(0.0, 0.04, 12))]

    content = {
        "title": "钢铁厂一年（演示） / a year of a steel works (demo)", "note": MADE_UP, "enterprise": ENTERPRISE,
        "unit": UNIT, "sector": "steel", "scheme": SCHEME, "year": desk.year,
        "made": desk.on(3, 6, 1).isoformat(), "by": MANAGER,
        "streams": [
            _fuel(bridge, "焦炭", "coke", months(96000.0)),
            _fuel(bridge, "天然气", "natural gas", months(310.0, 2)),
            _process(bridge, "石灰石", "limestone", months(41000.0)),
            _process(bridge, "白云石", "dolomite", months(9800.0)),
            _process(bridge, "电极", "electrode", months(210.0, 1)),
            _process(bridge, "铬铁", "ferrochrome", months(640.0)),
            _process(bridge, "粗钢", "crude_steel", months(265000.0), "credit"),
            {"name": "购入电力", "kind": "electricity", "amount": months(118000.0), "amount_unit": "MW·h",
             "factor": {"purpose": "statistics", "year": 2023},
             "components": [component("关口电能表", "amount", 0.002, True)]},
        ],
        "overrides": [*(override(row, desk.on(3, 1, 1)) for row in ADMITTED),
                      last_published(GRID, desk.on(3, 1, 1)), *of_years(desk.year, desk.on(3, 1, 1))],
    }  # fmt: skip
    desk.claim(desk.plant("steel.json", content), "claim-steel.json")
    return bridge


def _fuel(bridge: Certificate, name: str, fuel: str, amount: list[float]) -> Row:
    """A fuel by the default heat value and carbon of the guidelines; one weighbridge for all solids of the works."""
    source = {"table": CHINA, "fuel": fuel}
    gas = fuel == "natural gas"
    return {
        "name": name, "kind": "combustion", "amount": amount, "amount_unit": "10⁴ Nm³" if gas else "t",
        "heat_value": source, "carbon_per_heat": source,
        "oxidation": {"rule": "oxidation_gas" if gas else "oxidation_coke"},
        "components": [
            component("燃气流量计", "amount", 0.010, True) if gas else chain.crossing(bridge),
            component("缺省热值与碳", "heat_value", 0.02, True),
        ],
    }  # fmt: skip


def _process(bridge: Certificate, name: str, row: str, amount: list[float], kind: str = "process") -> Row:
    return {"name": name, "kind": kind, "amount": amount, "amount_unit": "t", "factor": {"rule": row},
            "components": [chain.crossing(bridge), component(f"{name}的因子", "factor", 0.01, True)]}  # fmt: skip
