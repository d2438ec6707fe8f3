"""Centres of the demo: one that is being prepared, one candidate, a data base, a training base, a carbon centre.

Everything is invented. Clauses of the public reply are named as far as they are public, in our own words.
"""

from __future__ import annotations

from datetime import timedelta

from suyuan.centre.commitments import reply_of_2024
from suyuan.cli.demo.service.files import attached
from suyuan.cli.demo.shelf import BATTERY, CITY, ENGINE, Row, Shelf, both

MARINE, VEHICLE, DATA, TRAINING, CARBON = "DEMO-C-01", "DEMO-C-02", "DEMO-D-01", "DEMO-T-01", "DEMO-K-01"


def register(shelf: Shelf) -> dict[str, list[Row]]:
    """Rows of the register of centres, kind → rows; every recorded thing but one brings its document."""
    today = shelf.today

    def ago(days: int) -> str:
        return (today - timedelta(days=days)).isoformat()

    host = both(CITY, "demo city institute")
    return {
        "centre": [
            {
                "id": MARINE,
                "name": both("演示海洋动力装备产业计量测试中心", "demo centre for marine power"),
                "scope": "centre",
                "grade": "municipal",
                "host": host,
                "host_independent": True,
                "laboratories": [CITY, ENGINE],
                "industry": "marine-power",
                "demand": ["N-2026-041", "N-2026-042", "N-2026-032", "N-2026-031"],
                "region": "310000",
                "partners": [ENGINE, "演示轴承厂"],
                "guideline": "DRAFT-CENTRE",
            },
            {
                "id": VEHICLE,
                "name": both("演示电动汽车产业计量测试中心", "demo centre for electric vehicles"),
                "scope": "centre",
                "grade": "municipal",
                "host": both("演示新能源检测院", "demo new energy test institute"),
                "laboratories": [BATTERY, "演示充电设备检测站"],
                "industry": "electric-vehicle",
                "demand": ["N-2026-051", "N-2026-052", "N-2026-053", "N-2026-061"],
                "region": "320400",
                "partners": ["演示充电运营公司"],
                "guideline": "DRAFT-CENTRE",
            },
            {
                "id": DATA,
                "name": both("演示计量数据建设应用基地", "demo metrology data base"),
                "scope": "data_base",
                "grade": "municipal",
                "host": host,
                "host_independent": True,
                "laboratories": [CITY],
                "industry": "environment",
                "region": "310000",
                "guideline": "DRAFT-DATA-BASE",
            },
            {
                "id": TRAINING,
                "name": both("演示计量人才实训基地", "demo training base"),
                "scope": "training_base",
                "grade": "municipal",
                "host": host,
                "host_independent": True,
                "laboratories": [CITY],
                "region": "310000",
                "guideline": "DRAFT-TRAINING-BASE",
            },
            {
                "id": CARBON,
                "name": both("演示碳计量中心", "demo carbon metrology centre"),
                "scope": "carbon_centre",
                "grade": "municipal",
                "host": host,
                "laboratories": [CITY, "演示气体分析中心"],
                "industry": "carbon",
                "demand": ["N-2026-071"],
                "region": "310000",
                "guideline": "DRAFT-CARBON-CENTRE",
            },
        ],
        "centre_record": [_shown(shelf, row) for row in _records(today.year, ago)],
    }


def _shown(shelf: Shelf, row: Row) -> Row:
    """A row with the document that proves it; the second agreement of the demo is only claimed."""
    return row if row["id"] == "M-03" else {**row, "document": attached(shelf, row["title"]["zh"], row["title"]["en"])}


def _records(year: int, ago: object) -> list[Row]:
    day = ago if callable(ago) else str
    rows: list[Row] = []
    money = (
        ("fund_plan", year - 1, CITY, "300"),
        ("fund_actual", year - 1, CITY, "285"),
        ("fund_plan", year, CITY, "320"),
        ("fund_actual", year, CITY, "240"),
        ("fund_plan", year, "演示市财政局", "200"),
        ("fund_actual", year, "演示市财政局", "200"),
        ("fund_actual", year, "演示服务收入", "96"),
        ("fund_plan", year + 1, CITY, "350"),
        ("fund_plan", year + 1, "演示市财政局", "150"),
    )
    for n, (kind, of, group, value) in enumerate(money, 1):
        rows.append(
            {
                "id": f"F-{n:02d}",
                "centre": MARINE,
                "kind": kind,
                "title": both("经费", "funds"),
                "day": day(30),
                "year": str(of),
                "group": group,
                "value": value,
                "unit": "万元",
            }
        )
    rows += [
        {
            "id": "W-03",
            "centre": MARINE,
            "kind": "survey",
            "title": both("海洋动力产业测量需求调查", "survey of needs, marine power"),
            "day": day(125),
        },
        {
            "id": "M-03",
            "centre": MARINE,
            "kind": "agreement",
            "title": both("与演示船厂共建（只有声明）", "with a demo shipyard (claimed only)"),
            "day": day(200),
            "group": "shipyard",
        },
        {
            "id": "M-01",
            "centre": MARINE,
            "kind": "mechanism",
            "title": both("技术委员会章程", "technical committee"),
            "day": day(400),
            "group": "committee",
        },
        {
            "id": "M-02",
            "centre": MARINE,
            "kind": "agreement",
            "title": both("与演示大学联合实验室", "joint laboratory"),
            "day": day(320),
            "group": "university",
        },
        {
            "id": "V-01",
            "centre": MARINE,
            "kind": "environment",
            "title": both("量块室温度", "gauge block room"),
            "day": day(2),
            "group": "L-204",
            "value": "20.06",
            "low": "19.8",
            "high": "20.2",
            "unit": "degC",
        },
        {
            "id": "V-02",
            "centre": MARINE,
            "kind": "environment",
            "title": both("温度室湿度", "humidity, thermal room"),
            "day": day(2),
            "group": "T-110",
            "value": "71",
            "low": "30",
            "high": "65",
            "unit": "%",
        },
        {
            "id": "S-01",
            "centre": MARINE,
            "kind": "stability",
            "title": both("量块标准装置稳定性", "stability of the gauge block standard"),
            "day": day(90),
            "group": "L-01",
            "value": "0.018",
            "low": "0",
            "high": "0.025",
            "unit": "um",
            "valid_until": day(-275),
        },
        {"id": "W-01", "centre": VEHICLE, "kind": "mentor", "title": both("结对导师", "mentor"), "day": day(60)},
        {
            "id": "W-02",
            "centre": VEHICLE,
            "kind": "survey",
            "title": both("产业需求调查", "survey of needs"),
            "day": day(45),
        },
    ]
    return rows


def commitments() -> list[Row]:
    """The clauses of the public reply, told in our own words."""
    return [
        {
            "id": clause.id,
            "document": clause.document,
            "clause": clause.clause,
            "text": dict(clause.text),
            "owner": dict(clause.owner),
            "evidence": list(clause.evidence),
            "source": clause.source,
            "demo": True,
        }
        for clause in reply_of_2024()
    ]
