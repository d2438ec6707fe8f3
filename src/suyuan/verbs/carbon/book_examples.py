"""A filled year of a unit to begin a workbook with: a power unit, a steel works, a forest; all numbers constructed.

What is the example's own (who admits a rule row, laboratories, numbers of reports, the note that its numbers are
constructed) is known again in a document that is handed in: no claim rests on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from suyuan.quantity.finding import Finding, finding
from suyuan.verbs.carbon.book_trees import FILE

YEAR, MADE, ADMITTED = 2022, "2023-03-01", "2023-02-01"
NOTE = "算例，数字虚构，请换成自己的 / example, constructed numbers: put in your own"
WHO = "例：碳管理员 / carbon manager"
GRID = "grid.accounting.2022"
_OWN = re.compile(rf"\s*(例[:：]|算例|example[,:] |EX-({YEAR}-\d\d|[ME]-1)\s*$)")
"""How a text of an example begins, and the numbers of its reports and certificates."""
Row = dict[str, Any]


def example(kind: str) -> Row:
    """The document of a kind: `power`, `steel`, `forest`."""
    return EXAMPLES[kind]()


def _head(enterprise: str, unit: str, sector: str, rows: tuple[str, ...]) -> Row:
    reason = "算例：原文尚未核对 / example: text not checked yet"
    return {
        "enterprise": enterprise, "unit": unit, "sector": sector, "scheme": "China 2022", "year": YEAR, "made": MADE,
        "by": WHO, "note": NOTE,
        "overrides": [{"row": row, "person": WHO, "reason": reason, "day": ADMITTED} for row in rows],
    }  # fmt: skip


def _component(name: str, of: str, u: float, shared: bool = True) -> Row:
    return {"name": name, "of": of, "u_rel": u, "shared": shared}


def _grid(amount: float) -> Row:
    return {"name": "购入电力", "kind": "electricity", "amount_unit": "MW·h", "meter": "EM-01", "amount": [amount] * 12,
            "factor": {"purpose": "accounting", "year": YEAR},
            "components": [_component("关口电能表", "amount", 0.002)]}  # fmt: skip


def _power() -> Row:
    reports = [
        {"month": month, "issuer": "例：煤质化验室", "number": f"EX-{YEAR}-{month:02d}", "carbon": 61.0 + 0.1 * month,
         "basis": "ad", "u_method": 0.33, "u_month": 0.44, "moisture_ar": 12.0, "u_moisture": 0.2, "moisture_ad": 2.0,
         "issued": f"{YEAR + month // 12}-{month % 12 + 1:02d}-20"}
        for month in range(1, 13)
    ]  # fmt: skip
    coal = {
        "name": "入炉煤", "kind": "combustion", "amount_unit": "t", "fuel": "烟煤", "meter": "BS-01",
        "amount": [150000 + 1000 * month for month in range(12)], "oxidation": {"rule": "oxidation_coal"},
        "reports": reports,
        "components": [_component("皮带秤校准", "amount", 0.003), _component("皮带秤重复性", "amount", 0.004, False),
                       _component("氧化率", "oxidation", 0.005)],
    }  # fmt: skip
    meters = [
        {"id": "BS-01", "name": "入炉煤皮带秤", "carrier": "solid fuel", "level": "unit", "fitted": True,
         "kind": "belt weigher", "accuracy": 0.5, "stream": "入炉煤", "issuer": "例：计量院", "number": "EX-M-1",
         "due": f"{YEAR + 1}-05-31"},
        {"id": "EM-01", "name": "关口电能表", "carrier": "electricity", "level": "unit", "fitted": True,
         "kind": "electricity meter", "accuracy": 0.5, "stream": "购入电力", "issuer": "例：计量院", "number": "EX-E-1",
         "due": f"{YEAR + 3}-11-04"},
    ]  # fmt: skip
    plan = {"version": f"{YEAR}-1", "year": YEAR, "filed": f"{YEAR - 1}-12-20", "parameters": [
        {"stream": "入炉煤", "factor": "amount", "method": "measured", "instrument": "BS-01", "frequency": "每班"},
        {"stream": "入炉煤", "factor": "carbon", "method": "measured", "frequency": "每月",
         "laboratory": "例：煤质化验室"},
        {"stream": "购入电力", "factor": "amount", "method": "measured", "instrument": "EM-01", "frequency": "每月"},
    ]}  # fmt: skip
    head = _head(
        "例：某发电厂", "1 号机组", "power", ("scheme.china_2022", "china.oxidation_coal", "china.report_days", GRID)
    )
    return head | {"streams": [coal, _grid(300.0)], "meters": meters, "plan": plan}


def _steel() -> Row:
    source = {"table": "China sector guidelines", "fuel": "coke"}
    coke = {"name": "焦炭", "kind": "combustion", "amount_unit": "t", "amount": [96000] * 12, "heat_value": source,
            "carbon_per_heat": source, "oxidation": {"rule": "oxidation_coke"},
            "components": [_component("汽车衡校准", "amount", 0.004),
                           _component("缺省热值", "heat_value", 0.02)]}  # fmt: skip

    def process(name: str, rule: str, amount: int, kind: str = "process") -> Row:
        return {"name": name, "kind": kind, "amount_unit": "t", "amount": [amount] * 12, "factor": {"rule": rule},
                "components": [_component(f"{name}的因子", "factor", 0.01)]}  # fmt: skip

    streams = [coke, process("石灰石", "limestone", 41000), process("粗钢", "crude_steel", 265000, "credit"),
               _grid(118000.0)]  # fmt: skip
    rows = ("scheme.china_2022", "china.oxidation_coke", "china.limestone", "china.crude_steel", "fuel.cn.coke", GRID)
    return _head("例：某钢铁厂", "炼钢系统", "steel", rows) | {"streams": streams}


def _forest() -> Row:
    return _head("例：某林场", "人工林", "forest", ("scheme.china_2022",)) | {"forests": [{
        "name": "人工林", "area": 1860.0, "plot_area": 0.06, "years": 5, "root_shoot": 0.25, "u_root_shoot": 0.05,
        "equation": "chave_2014_eq4", "residual_sd": 0.357, "source": "Chave et al. 2014",
        "diameter_error": "chave_2004", "wood_density_sd": 0.07, "height_sd": 0.5,
        "shared": {"wood_density": "species"}, "draws": 500, "seed": 1, "table": {"file": FILE},
    }]}  # fmt: skip


EXAMPLES: Mapping[str, Callable[[], Row]] = {"power": _power, "steel": _steel, "forest": _forest}
"""Kind → its document."""


def left_in(content: Mapping[str, Any]) -> tuple[Finding, ...]:
    """An error for each text of the example that stands in a document still, each text once, where it stands first."""
    found: dict[str, list[str]] = {}
    for pointer, text in _texts(content):
        if _OWN.match(text):
            found.setdefault(text, []).append(pointer)
    return tuple(finding("carbon.book.example", places[0], given=text[:80], more=len(places) - 1 or "")
                 for text, places in found.items())  # fmt: skip


def _texts(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    pairs = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, one in pairs:
        yield from _texts(one, f"{pointer}/{key}")
