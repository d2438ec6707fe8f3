"""Centres of the demo: one that is being prepared, one candidate, a data base, a training base, a carbon centre.

Everything is invented. Clauses of the public reply are named as far as they are public, in our own words.
"""

from __future__ import annotations

from typing import Any

from suyuan.centre.commitments import reply_of_2024
from suyuan.cli.demo.service.files import attached
from suyuan.cli.demo.shelf import BATTERY, CITY, ENGINE, Row, Shelf, both

MARINE, VEHICLE, DATA, TRAINING, CARBON = "DEMO-C-01", "DEMO-C-02", "DEMO-D-01", "DEMO-T-01", "DEMO-K-01"
HOST = both(CITY, "demo city institute")


def register(shelf: Shelf) -> dict[str, list[Row]]:
    """Rows of the register of centres, kind → rows; every recorded thing but one brings its document."""
    rows = (*_money(shelf.today.year), *_RECORDS)
    return {
        "centre": [*_centres(), *_bases()],
        "centre_record": [_shown(shelf, _record(shelf, row)) for row in rows],
    }


def _centre(id: str, zh: str, en: str, scope: str, region: str, guideline: str, **more: Any) -> Row:
    return {
        "id": id,
        "name": both(zh, en),
        "scope": scope,
        "grade": "municipal",
        "region": region,
        "guideline": guideline,
        **more,
    }


def _centres() -> list[Row]:
    return [
        _centre(
            MARINE, "演示海洋动力装备产业计量测试中心", "demo centre for marine power",
            "centre", "310000", "DRAFT-CENTRE",
            host=HOST, host_independent=True, laboratories=[CITY, ENGINE], industry="marine-power",
            demand=["N-2026-041", "N-2026-042", "N-2026-032", "N-2026-031"], partners=[ENGINE, "演示轴承厂"],
        ),
        _centre(
            VEHICLE, "演示电动汽车产业计量测试中心", "demo centre for electric vehicles",
            "centre", "320400", "DRAFT-CENTRE",
            host=both("演示新能源检测院", "demo new energy test institute"),
            laboratories=[BATTERY, "演示充电设备检测站"], industry="electric-vehicle",
            demand=["N-2026-051", "N-2026-052", "N-2026-053", "N-2026-061"], partners=["演示充电运营公司"],
        ),
    ]  # fmt: skip


def _bases() -> list[Row]:
    own: Row = {"host": HOST, "host_independent": True, "laboratories": [CITY]}
    return [
        _centre(
            DATA, "演示计量数据建设应用基地", "demo metrology data base", "data_base", "310000", "DRAFT-DATA-BASE",
            industry="environment", **own,
        ),
        _centre(
            TRAINING, "演示计量人才实训基地", "demo training base", "training_base", "310000", "DRAFT-TRAINING-BASE",
            **own,
        ),
        _centre(
            CARBON, "演示碳计量中心", "demo carbon metrology centre", "carbon_centre", "310000", "DRAFT-CARBON-CENTRE",
            host=HOST, laboratories=[CITY, "演示气体分析中心"], industry="carbon", demand=["N-2026-071"],
        ),
    ]  # fmt: skip


def _shown(shelf: Shelf, row: Row) -> Row:
    """A row with the document that proves it; the second agreement of the demo is only claimed."""
    return row if row["id"] == "M-03" else {**row, "document": attached(shelf, row["title"]["zh"], row["title"]["en"])}


Record = tuple[str, str, str, str, str, int, Row]
"""id, centre, kind, 中文, English, days ago, and what else stands in the row."""

_RECORDS: tuple[Record, ...] = (
    ("W-03", MARINE, "survey", "海洋动力产业测量需求调查", "survey of needs, marine power", 125, {}),
    ("M-03", MARINE, "agreement", "与演示船厂共建（只有声明）", "with a demo shipyard (claimed only)", 200,
     {"group": "shipyard"}),
    ("M-01", MARINE, "mechanism", "技术委员会章程", "technical committee", 400, {"group": "committee"}),
    ("M-02", MARINE, "agreement", "与演示大学联合实验室", "joint laboratory", 320, {"group": "university"}),
    ("V-01", MARINE, "environment", "量块室温度", "gauge block room", 2,
     {"group": "L-204", "value": "20.06", "low": "19.8", "high": "20.2", "unit": "degC"}),
    ("V-02", MARINE, "environment", "温度室湿度", "humidity, thermal room", 2,
     {"group": "T-110", "value": "71", "low": "30", "high": "65", "unit": "%"}),
    ("S-01", MARINE, "stability", "量块标准装置稳定性", "stability of the gauge block standard", 90,
     {"group": "L-01", "value": "0.018", "low": "0", "high": "0.025", "unit": "um", "valid_for": 275}),
    ("W-01", VEHICLE, "mentor", "结对导师", "mentor", 60, {}),
    ("W-02", VEHICLE, "survey", "产业需求调查", "survey of needs", 45, {}),
)  # fmt: skip


def _record(shelf: Shelf, record: Record) -> Row:
    """A record as its row; `valid_for` is days from today."""
    id, centre, kind, zh, en, days, given = record
    more = dict(given)
    valid = more.pop("valid_for", None)
    row: Row = {
        "id": id,
        "centre": centre,
        "kind": kind,
        "title": both(zh, en),
        "day": shelf.ago(days).isoformat(),
        **more,
    }
    return row if valid is None else {**row, "valid_until": shelf.ago(-valid).isoformat()}


def _money(year: int) -> list[Record]:
    """Funds of last year, this year and the next, planned and spent, in 万元."""
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
    return [
        (f"F-{n:02d}", MARINE, kind, "经费", "funds", 30,
         {"year": str(of), "group": group, "value": value, "unit": "万元"})
        for n, (kind, of, group, value) in enumerate(money, 1)
    ]  # fmt: skip


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
