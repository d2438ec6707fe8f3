"""The demo's blast furnace works, whose year is a carbon mass balance: coke and coal go in, iron, steel and gas go out.

Coke, coal, flux and metal cross one weighbridge; the coal that is injected has a factor determined from ten reports of
its year; coke on the heap is surveyed at the end of each month.
"""

from __future__ import annotations

import json

import numpy as np

from suyuan.carbon.fuel.filed_determination import Determination, read_determination
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
from suyuan.quantity.finding import Refused

ENTERPRISE, UNIT = "演示临港钢铁厂", "高炉系统（碳平衡）"
SEED = 60119
COKE, COAL = "外购焦炭", "喷吹煤"
LABORATORY = "演示临港钢铁厂检化验中心"
ADMITTED = ("china.limestone",)
UNSAMPLED = (4, 11)
"""Months without a report of the coal."""


def build(desk: Desk, bridge: Certificate) -> None:
    """The determined factor, the document of the year and its claim. bridge: the weighbridge of the works."""
    rng = np.random.default_rng(SEED)

    def months(level: float, n: int = 12) -> list[float]:
        return [round(float(x)) for x in level * (1.0 + rng.normal(0.0, 0.04, n))]

    injected = months(34000.0)
    coal = _determined(desk, injected, rng)
    flows = [
        _flow(bridge, COKE, "input", months(88000.0), 0.862, 0.006),
        {"name": COAL, "kind": "input", "amount": injected, "amount_unit": "t", "carbon": coal.cited["carbon"],
         "components": [chain.crossing(bridge), *coal.cited["components"]]},
        {"name": "石灰石", "kind": "input", "amount": months(41000.0), "amount_unit": "t",
         "carbon": {"rule": "limestone"},
         "components": [chain.crossing(bridge), component("石灰石的碳", "carbon", 0.01, True)]},
        _flow(bridge, "生铁", "output", months(21000.0), 0.0435, 0.01),
        _flow(bridge, "粗钢", "output", months(205000.0), 0.0021, 0.03),
        _gas(months(4200.0)),
        _heap(months(9000.0, 13)),
        {"name": "购入电力", "kind": "electricity", "amount": months(61000.0), "amount_unit": "MW·h",
         "factor": {"purpose": "statistics", "year": 2023},
         "components": [component("关口电能表", "amount", 0.002, True)]},
    ]  # fmt: skip
    day = desk.on(3, 1, 1)
    content = {
        "title": "高炉系统一年的碳平衡（演示） / a year's carbon balance of blast furnaces (demo)", "note": MADE_UP,
        "enterprise": ENTERPRISE, "unit": UNIT, "sector": "steel", "scheme": SCHEME, "year": desk.year,
        "made": desk.on(3, 8, 1).isoformat(), "by": MANAGER, "streams": flows,
        "overrides": [*(override(row, day) for row in ADMITTED), last_published(GRID, day), *of_years(desk.year, day)],
    }  # fmt: skip
    desk.claim(desk.plant("steel-balance.json", content), "claim-steel-balance.json")


def _determined(desk: Desk, amount: list[float], rng: np.random.Generator) -> Determination:
    """The factor of the injected coal from its reports, as a file and in the store."""
    carbon = 77.4 + rng.normal(0.0, 0.5, 12)
    reports = [
        {"month": month, "issuer": LABORATORY, "number": f"PC-{desk.year}-{month:02d}",
         "carbon": round(float(carbon[month - 1]), 2), "basis": "ar", "u_method": 0.35, "u_month": 0.5, "heat": 29.1,
         "issued": desk.on(month % 12 + 1, 20, month // 12).isoformat(), "accredited": "CMA 000000（演示）"}
        for month in range(1, 13) if month not in UNSAMPLED
    ]  # fmt: skip
    pairs = [[round(float(x), 2) for x in 77.4 + rng.normal(0.0, 0.5) + rng.normal(0.0, 0.4, 2)] for _ in range(8)]
    content = {
        "suyuan": "carbon-factor", "title": "喷吹煤含碳量的测定（演示） / carbon of the injected coal (demo)",
        "note": MADE_UP, "enterprise": ENTERPRISE, "unit": UNIT, "fuel": COAL, "year": desk.year,
        "made": desk.on(2, 25, 1).isoformat(), "by": MANAGER, "amount": amount, "amount_unit": "t",
        "reports": reports, "sampling": pairs,
    }  # fmt: skip
    data = json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8")
    (desk.folder / "factor-coal.json").write_bytes(data)
    desk.shelf.keep(data, "factor-coal.json")
    found, told = read_determination(data)
    if found is None:
        raise Refused(*told)
    return found


def _flow(bridge: Certificate, name: str, kind: str, amount: list[float], carbon: float, u: float) -> Row:
    """A material that crosses the weighbridge; its carbon is the mean of the works laboratory's year."""
    assay: Row = {"issuer": LABORATORY, "number": f"{name} {carbon:g}"}
    return {
        "name": name, "kind": kind, "amount": amount, "amount_unit": "t",
        "carbon": {"value": carbon, "unit": "tC/t", **assay},
        "components": [chain.crossing(bridge), component(f"{name}化验", "carbon", u, True, **assay)],
    }  # fmt: skip


def _gas(amount: list[float]) -> Row:
    """Blast furnace gas that is sold."""
    return {
        "name": "外售高炉煤气", "kind": "output", "amount": amount, "amount_unit": "10⁴ Nm³",
        "carbon": {"value": 2.35, "unit": "tC/(10⁴ Nm³)", "issuer": LABORATORY, "number": "BFG 2.35"},
        "components": [component("煤气流量计", "amount", 0.012, True), component("煤气组分", "carbon", 0.01, True)],
    }  # fmt: skip


def _heap(levels: list[float]) -> Row:
    """The coke heap, surveyed at the end of each month; its carbon is that of the coke that came in."""
    assay: Row = {"issuer": LABORATORY, "number": f"{COKE} 0.862"}
    return {
        "name": "焦炭库存", "kind": "stock", "amount": levels, "amount_unit": "t",
        "carbon": {"value": 0.862, "unit": "tC/t", **assay},
        "components": [component("料堆测量", "amount", 0.04, False),
                       component(f"{COKE}化验", "carbon", 0.006, True, **assay)],
    }  # fmt: skip
