"""The demo's coal power plant: calculated from coal and its laboratory, monitored on its stack, claimed twice."""

from __future__ import annotations

from typing import Any

import numpy as np

from suyuan.cli.demo.carbon import chain, stack
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
from suyuan.cli.demo.shelf import CITY, Row

ENTERPRISE, UNIT, STACK, COAL = "演示滨江发电厂", "2 号机组", "1 号烟囱", "入炉煤"
SEED = 60116
OXIDATION, TOTAL, SAMPLE = 0.99, 12.0, 2.0
"""Oxidation of coal as the rules have it; moisture as fired and of the air-dried sample, %."""
OF_COAL = ("china.oxidation_coal", "china.report_days")
OF_STACK = tuple(f"hj75.{row}" for row in (
    "valid_minutes", "valid_scope", "event_minutes", "day_hours", "availability", "substituted", "substitution.1",
    "substitution.2"))  # fmt: skip
"""Rule rows whose text nobody has read, admitted by name; those of the stack in the year that has one."""
WEIGHED = 0.992
"""What the year's coal says of what left the stack: weighers and laboratories err within their uncertainty."""


def build(desk: Desk) -> None:
    """Certificates, hours, both years' documents, and three claims: the year before, the year, and the year again."""
    behind, hours = chain.build(desk), stack.build(desk)
    desk.table(ENTERPRISE, "stack1.csv", hours.columns)
    rng = np.random.default_rng(SEED)
    earlier = _year(desk, behind, -1, hours.tonnes() * 1.031, rng)
    desk.claim(desk.plant("power-before.json", earlier), "claim-power-before.json")
    content = _year(desk, behind, 0, hours.tonnes(), rng) | {
        "stacks": [_stack(desk)], "meters": _meters(desk), "plan": _plan(desk),
    }  # fmt: skip
    plant = desk.plant("power.json", content)
    first = desk.claim(plant, "claim-power-first.json")
    again = desk.on(4, 28, 1), (first, "流速仪证书 DEMO-CITY-F-0042 被撤销，改用 0042A / flow certificate withdrawn")
    last = desk.claim(plant, "claim-power.json", *again)
    desk.verified(first, "power-first.json", desk.on(4, 2, 1))
    desk.verified(last, "power.json", desk.on(5, 12, 1),
                  (180.0, "入炉煤量多录一车 / one train of coal entered twice"))  # fmt: skip


def _year(desk: Desk, behind: chain.Behind, ago: int, tonnes: Any, rng: np.random.Generator) -> Row:
    """The document of a year. ago: years from the claimed one; tonnes (12,): true CO2 of its months."""
    year = desk.year + ago
    carbon = np.round(61.0 + rng.normal(0.0, 0.5, 12), 2)
    received = carbon / 100.0 * (100.0 - TOTAL) / (100.0 - SAMPLE)
    coal = np.round(tonnes * WEIGHED / (received * OXIDATION * 44.0 / 12.0)).astype(int)
    reports: list[Row] = []
    for month in range(1, 13):
        due = desk.on(month % 12 + 1, 25 if month != 8 else 18, ago + month // 12)
        issued = due if month != 8 else desk.on(10, 21, ago)  # one is late
        reports.append({
            "month": month, "issuer": chain.LABORATORY, "number": f"DEMO-LAB-C-{year}-{month:02d}",
            "carbon": float(carbon[month - 1]),
            "basis": "ad", "u_method": 0.33, "u_month": 0.44, "moisture_ar": TOTAL, "u_moisture": 0.2,
            "moisture_ad": SAMPLE, "heat": round(float(received[month - 1]) / 0.0264, 2), "issued": issued.isoformat(),
            "accredited": "CNAS L00000（演示）",
        })  # fmt: skip
        chain.report(desk, behind.gas, year, reports[-1])
    return {
        "title": "煤电机组一年（演示） / a year of a coal unit (demo)", "note": MADE_UP,
        "enterprise": ENTERPRISE, "unit": UNIT, "sector": "power", "scheme": SCHEME, "year": year,
        "made": desk.on(2, 20, ago + 1).isoformat(), "by": MANAGER,
        "streams": [_coal(behind, ago, coal.tolist(), reports), _power(behind, ago)],
        "overrides": [*(override(row, desk.on(1, 20, ago + 1)) for row in (OF_COAL if ago else OF_COAL + OF_STACK)),
                      last_published(GRID, desk.on(1, 20, ago + 1)), *of_years(year, desk.on(1, 20, ago + 1))],
    }  # fmt: skip


def _coal(behind: chain.Behind, ago: int, amount: list[int], reports: list[Row]) -> Row:
    """Coal as fired. The laboratory's carbon analyser hangs on the gas standard of the stack's."""
    first, second = behind.scales
    return {
        "name": COAL, "kind": "combustion", "amount": amount, "amount_unit": "t", "fuel": "烟煤（演示）",
        "meter": "BS-01",
        "oxidation": {"rule": "oxidation_coal"}, "reports": reports,
        "components": [
            *([] if ago else [
                component("皮带秤校准", "amount", 0.003, True, first, months=[1, 2, 3, 4, 5]),
                component("皮带秤校准", "amount", 0.003, True, second, months=[6, 7, 8, 9, 10, 11, 12]),
            ]),
            *([component("皮带秤校准", "amount", 0.003, True)] if ago else []),
            component("皮带秤重复性", "amount", 0.004, False),
            {"name": "碳分析仪的标准气体", "of": "carbon", "shared": True, "issuer": behind.gas.issuer, "place": "0/0",
             "number": behind.gas.number, "value": float(chain.GAS), "unit": "%", "U": chain.GAS_U, "k": 2},
            component("氧化率", "oxidation", 0.005, True),
        ],
    }  # fmt: skip


def _power(behind: chain.Behind, ago: int) -> Row:
    amount = [310, 280, 305, 290, 300, 295, 320, 315, 300, 2480, 300, 310]
    return {
        "name": "购入电力", "kind": "electricity", "amount": amount, "amount_unit": "MW·h", "meter": "EM-07",
        "factor": {"purpose": "statistics", "year": 2023},
        "components": [component("关口电能表", "amount", 0.002, True, None if ago else behind.meter)],
    }  # fmt: skip


def _stack(desk: Desk) -> Row:
    units = {"co2": "%", "velocity": "m/s", "temperature": "degC", "pressure": "kPa", "moisture": "%"}
    letters = {"co2": "CO2", "velocity": "V", "temperature": "T", "pressure": "P", "moisture": "H"}
    own = {"co2": 0.05, "velocity": 0.05, "temperature": 0.2, "pressure": 0.03, "moisture": 0.15}
    return {
        "id": STACK, "rules": "HJ 75-2017", "zone": "Asia/Shanghai", "step": 3600, "load": "load",
        "table": {"file": "stack1.csv", "time": "time", "status": "status"},
        "channels": [
            {"role": role, "column": role, "unit": unit, "instrument": f"CEMS-{letters[role]}-02",
             "basis": "dry" if role == "co2" else "wet", "u": own[role]}
            for role, unit in units.items()
        ],
        "constants": [{"name": "area", "value": chain.AREA, "unit": "m2", "U": 0.20, "k": 2, "issuer": CITY,
                       "number": "DEMO-CITY-L-0371", "place": "0/0"}],
        "flags": {"N": "measured", "C": "calibration", "M": "maintenance", "D": "fault", "F": "not operating"},
        "note": f"演示数据，虚构；种子 {stack.SEED} / synthetic, seed {stack.SEED}",
    }  # fmt: skip


def _meters(desk: Desk) -> list[Row]:
    """The register: one meter that is needed is not there, one has no certificate."""
    soon = desk.shelf.ago(-25).isoformat()
    return [
        {"id": "BS-01", "name": "入炉煤皮带秤", "carrier": "solid fuel", "level": "unit", "fitted": True,
         "kind": "belt weigher", "accuracy": 0.5, "stream": COAL, "issuer": CITY, "number": "DEMO-CITY-M-0812",
         "due": desk.shelf.ago(-140).isoformat()},
        {"id": "EM-07", "name": "启备变关口电能表", "carrier": "electricity", "level": "unit", "fitted": True,
         "kind": "electricity meter", "accuracy": 0.5, "stream": "购入电力", "issuer": CITY,
         "number": "DEMO-CITY-E-0731", "due": soon},
        *({"id": f"EM-1{at}", "name": f"{name}电能表", "carrier": "electricity", "level": "equipment",
           "fitted": at != 3, "kind": "electricity meter", "accuracy": 0.5, "issuer": CITY if at != 2 else "",
           "number": f"DEMO-CITY-E-07{at}0" if at != 2 else "", "due": desk.shelf.ago(-200).isoformat()}
          for at, name in enumerate(("送风机", "引风机", "给水泵", "脱硫循环泵"))),
        {"id": "SM-01", "name": "供热蒸汽流量计", "carrier": "steam", "level": "unit", "fitted": True,
         "kind": "steam meter", "accuracy": 2.5, "issuer": CITY, "number": "DEMO-CITY-F-0107",
         "due": desk.shelf.ago(12).isoformat()},
    ]  # fmt: skip


def _plan(desk: Desk) -> Row:
    """The control plan of the year, filed in the December before it; it says nothing of the factor of bought power."""
    rows = (
        (COAL, "amount", "measured", "BS-01", "每班", "", "发电量反推 / from generation", "燃运分场"),
        (COAL, "carbon", "measured", "", "每日采样，每月缩分 / daily, combined monthly", chain.LABORATORY,
         "规则缺省值 / default of the rules", "化验班"),
        (COAL, "oxidation", "default", "", "", "", "", MANAGER),
        ("购入电力", "amount", "measured", "EM-07", "每月 / monthly", "", "", "电气分场"),
    )  # fmt: skip
    names = ("stream", "factor", "method", "instrument", "frequency", "laboratory", "substitute", "responsible")
    return {"version": f"{desk.year}-1", "year": desk.year, "filed": desk.on(12, 20, -1).isoformat(),
            "parameters": [dict(zip(names, row, strict=True)) for row in rows]}  # fmt: skip
