"""Persons of the demo: who can do what at the city institute, what is missing, where only one person stands.

All names are invented. Days follow from today, so that something always runs out soon.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from suyuan.cli.demo.shelf import CITY, Row, both

Ago = Callable[[int], str]
REGISTERED = ("一级注册计量师", "registered metrologist, level 1")
STAFF: Sequence[tuple[str, str, str, str, tuple[str, str]]] = (
    ("P-01", "陆青", "Lu Qing", "metrologist", ("校准员", "calibration engineer")),
    ("P-02", "沈砚", "Shen Yan", "reviewer", ("技术负责人", "technical manager")),
    ("P-03", "周予", "Zhou Yu", "manager", ("质量负责人", "quality manager")),
    ("P-04", "柳习", "Liu Xi", "trainer", ("实训教师", "instructor")),
    ("P-05", "田新", "Tian Xin", "trainee", ("见习校准员", "trainee calibration engineer")),
    ("P-06", "顾衡", "Gu Heng", "pilot", ("学科带头人", "discipline leader")),
)
UNITS: Sequence[tuple[str, str, str, str, str, str, str, str]] = (
    ("U-GB-P", "量块校准：操作", "gauge blocks: perform", "perform", "length", "gauge block", "JJG 146-2011", "mm"),
    ("U-GB-S", "量块校准：签发", "gauge blocks: sign", "sign", "length", "gauge block", "JJG 146-2011", "mm"),
    ("U-RG-P", "环规校准：操作", "ring gauges: perform", "perform", "length", "ring gauge", "JJG 894-1995", "mm"),
    ("U-RG-S", "环规校准：签发", "ring gauges: sign", "sign", "length", "ring gauge", "JJG 894-1995", "mm"),
    ("U-DT-P", "数字温度计校准：操作", "digital thermometers: perform", "perform", "temperature",
     "digital thermometer", "JJF 1366-2012", "degC"),
    ("U-DT-S", "数字温度计校准：签发", "digital thermometers: sign", "sign", "temperature",
     "digital thermometer", "JJF 1366-2012", "degC"),
    ("U-T-L", "长度类授课", "teaching of length", "teach", "length", "", "", ""),
)  # fmt: skip
SPANS = {"mm": ("0.5", "150"), "degC": ("0", "100")}
GRANTED: Sequence[tuple[str, str, int, int]] = (
    ("P-01", "U-GB-P", 700, 400),
    ("P-01", "U-RG-P", 700, 40),
    ("P-02", "U-GB-S", 700, 700),
    ("P-02", "U-RG-S", 700, 700),
    ("P-01", "U-DT-P", 900, -20),
    ("P-02", "U-DT-S", 300, 800),
    ("P-06", "U-GB-P", 500, 600),
    ("P-06", "U-GB-S", 500, 600),
    ("P-04", "U-T-L", 300, 700),
    ("P-03", "U-DT-P", 200, 500),
    ("P-06", "U-DT-P", 500, 600),
)
"""Person, unit, granted so many days ago, ending so many days ahead (negative: ended)."""

EQUIPMENT: list[Row] = [
    {"issuer": "演示国家计量院", "number": "DEMO-NMI-L-0202"},
    {"issuer": "演示国家计量院", "number": "DEMO-NMI-L-0417"},
    {"issuer": CITY, "number": "DEMO-CITY-T-0092"},
]
"""Certificates of what the training base works with; the thermometer's has run out."""


def register(today: date) -> dict[str, list[Row]]:
    """Rows of the register of persons, kind → rows."""

    def ago(days: int) -> str:
        return (today - timedelta(days=days)).isoformat()

    return {
        "person": _persons(),
        "competence_unit": _units(),
        "requirement": _requirements(),
        "evidence": _evidence(ago),
        "authorisation": [
            {
                "id": f"A-{n:02d}",
                "person": person,
                "unit": unit,
                "granted": ago(begun),
                "valid_from": ago(begun),
                "valid_until": ago(-ahead),
                "by": "P-03" if person != "P-03" else "P-02",
                "basis": [f"E-W-{person}-{unit}"],
            }
            for n, (person, unit, begun, ahead) in enumerate(GRANTED, 1)
        ],
        "authorisation_event": [
            {
                "id": "AE-01",
                "authorisation": "A-10",
                "kind": "suspended",
                "day": ago(12),
                "by": "P-02",
                "reason": both(
                    "见证评价发现读数方法不当（演示）", "a witnessed assessment found a wrong reading (demo)"
                ),
            },
        ],
        **_base(ago),
    }


def _persons() -> list[Row]:
    return [
        {
            "id": id,
            "name": both(zh, en),
            "account": account,
            "title": both(*title),
            "employed_from": "2015-07-01",
            "branch": both("几何量", "dimensional metrology") if n != 2 else both("热学", "thermometry"),
            "leader": id == "P-06",
        }
        for n, (id, zh, en, account, title) in enumerate(STAFF)
    ]


def _units() -> list[Row]:
    return [
        {
            "id": id,
            "title": both(zh, en),
            "activity": activity,
            "quantity": quantity,
            "item": item,
            "method": method,
            "level": {"sign": "signatory", "teach": "assessor"}.get(activity, "independent"),
            **({"interval": {"low": SPANS[unit][0], "high": SPANS[unit][1], "unit": unit}} if unit else {}),
        }
        for id, zh, en, activity, quantity, item, method, unit in UNITS
    ]


def _requirements() -> list[Row]:
    """Whoever performs or signs was witnessed within three years; whoever signs is registered."""

    def row(unit: str, kind: str, **more: str) -> Row:
        id = f"R-{unit}-{kind[0].upper()}"
        fixed = {"measure": "count", "least": "1", "source": "demo rule", "status": "proposed"}
        return {"id": id, "unit": unit, "kind": kind, **fixed, **more}

    rows: list[Row] = []
    for unit, *_ in UNITS:
        if unit.endswith(("-P", "-S")):
            rows.append(row(unit, "witnessed", months="36"))
        if unit.endswith("-S"):
            rows.append(row(unit, "registration"))
    return rows


PROVEN: Sequence[tuple[str, str, str, int, str, str, str, Row]] = (
    ("E-R-P-02", "P-02", "registration", 1100, "演示省局", *REGISTERED, {"value": "1"}),
    ("E-R-P-06", "P-06", "registration", 1100, "演示省局", *REGISTERED, {"value": "1"}),
    ("E-T-P-05-1", "P-05", "training", 60, "P-04", "量块校准基础", "basics of gauge blocks",
     {"unit": "U-GB-P", "value": "16"}),
    ("E-S-P-05-1", "P-05", "supervised", 30, "P-01", "带教操作 12 件", "12 pieces under supervision",
     {"unit": "U-GB-P", "value": "12"}),
    ("E-P-P-06-1", "P-06", "project", 200, CITY, "大尺寸环规测量不确定度研究（演示）",
     "uncertainty of large rings (demo)", {}),
    ("E-P-P-06-2", "P-06", "paper", 120, CITY, "量块比较仪线性的现场核查（演示）",
     "checking the linearity of a comparator (demo)", {}),
)  # fmt: skip
"""id, person, kind, days ago, by whom, 中文, English, and what else stands in the row."""


def _evidence(ago: Ago) -> list[Row]:
    rows: list[Row] = [
        {
            "id": f"E-W-{person}-{unit}",
            "person": person,
            "unit": unit,
            "kind": "witnessed",
            "day": ago(begun + 5),
            "good": True,
            "by": "P-06" if person != "P-06" else "P-02",
            "title": both("见证评价", "witnessed assessment"),
        }
        for person, unit, begun, _ in GRANTED
    ]
    for id, person, kind, days, by, zh, en, more in PROVEN:
        until = {"valid_until": ago(-700)} if kind == "registration" else {}
        row: Row = {"id": id, "person": person, "kind": kind, "day": ago(days), "by": by, "title": both(zh, en)}
        rows.append({**row, **more, **until})
    return rows


def _base(ago: Ago) -> dict[str, list[Row]]:
    def course(id: str, title: Row, units: Sequence[str], days: str, start: int, **more: Any) -> Row:
        fixed: Row = {"base": "B-01", "gives": ["training"], "instructors": ["P-04"]}
        return {"id": id, "title": title, "units": units, "days": days, "start": ago(start), **fixed, **more}

    return {
        "training_base": [
            {
                "id": "B-01",
                "name": both("演示计量实训基地", "demo training base"),
                "place": both("演示路 1 号", "demo road 1"),
                "region": "310000",
                "quantities": ["length", "temperature"],
                "items": ["gauge block", "digital thermometer"],
                "equipment": EQUIPMENT,
                "instructors": ["P-04", "P-06"],
                "capacity": "24",
            }
        ],
        "course": [
            course(
                "C-01", both("量块校准：从读数到证书", "gauge blocks: from reading to certificate"),
                ["U-GB-P", "U-GB-S"], "2", -20, hours="16", seats="12", equipment=EQUIPMENT[:2],
            ),
            course("C-02", both("数字温度计校准", "digital thermometers"), ["U-DT-P"], "1", -34, hours="8", seats="8"),
        ],
        "programme": [
            {
                "id": "PR-2026",
                "title": both("演示计量职业能力提升行动", "demo skill programme"),
                "year": "2026",
                "measure": both("总分（满分 100）", "total mark (of 100)"),
                "organisation": both("演示市场监督管理局", "demo market administration"),
                "participants": [
                    {"person": "P-01", "before": "71", "after": "84"},
                    {"person": "P-05", "before": "52", "after": "73"},
                    {"person": "P-03", "before": "66", "after": "70"},
                    {"person": "P-06", "after": "93"},
                ],
            }
        ],
    }  # fmt: skip


def judges() -> list[Row]:
    """Experts who sit on panels, each employed where no demo centre or bidder is."""
    where = (
        ("judge", "严鉴", "Yan Jian", "演示大学", "demo university"),
        ("judge_b", "林衡之", "Lin Hengzhi", "演示西部计量院", "demo western institute"),
        ("judge_c", "唐析", "Tang Xi", "演示船级社", "demo classification society"),
    )
    return [
        {
            "id": f"J-{n:02d}",
            "name": both(zh, en),
            "account": account,
            "title": both("评审专家", "reviewer"),
            "organisation": both(of_zh, of_en),
            "employed_from": "2012-03-01",
        }
        for n, (account, zh, en, of_zh, of_en) in enumerate(where, 1)
    ]


def customers() -> list[Row]:
    """The customer's own employment, so that the bearing works speak for themselves."""
    return [
        {
            "id": "K-01",
            "name": both("孟求", "Meng Qiu"),
            "account": "customer",
            "title": both("工艺工程师", "process engineer"),
            "employed_from": "2019-09-01",
        }
    ]
