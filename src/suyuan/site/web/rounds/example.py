"""An example of a protocol to begin with: a ring of a gauge block among four laboratories. Invented, and it says so."""

from __future__ import annotations

from datetime import date, timedelta

from suyuan.comparison.round.route import route_suggestion
from suyuan.comparison.round.write import PROTOCOL
from suyuan.quantity.fields import canonical
from suyuan.site.records.authority import DEMO_GROUPS

NAMES = {
    "P": ("云汀市计量院（示例）", "Yunting City Institute of Metrology (example)"),
    "A": ("澄江量具厂计量室（示例）", "Chengjiang Gauge Works, metrology room (example)"),
    "B": ("岚山精密检测中心（示例）", "Lanshan Precision Test Centre (example)"),
    "C": ("沐阳县计量所（示例）", "Muyang County Metrology Station (example)"),
}


def _participants() -> list[str]:
    return sorted(person for person, group in DEMO_GROUPS.items() if group == "participant")


def example(today: date, account: str, demo: bool) -> bytes:
    """The document, with dates from today on. demo: the three participants are those of the demonstration."""
    opens = today + timedelta(days=1)
    legs = route_suggestion("ring", list(NAMES), opens, 7)
    accounts = dict(zip(NAMES, (account, *_participants()), strict=True)) if demo else {"P": account}
    fields = {
        "suyuan": PROTOCOL,
        "number": f"SY-L-{today:%Y}-01",
        "version": "1",
        "title": {"zh": "量块中心长度", "en": "Central length of a gauge block"},
        "purpose": {
            "zh": "核查市内长度实验室对 100 mm 钢制量块的校准能力",
            "en": "Check how the city's length laboratories calibrate a steel gauge block of 100 mm",
        },
        "organiser": {"zh": "云汀市市场监督管理局（示例）", "en": "Yunting City market administration (example)"},
        "standards": [
            {"id": "TS-1", "name": {"zh": "钢制量块 100 mm", "en": "steel gauge block, 100 mm"}, "serial": "D-0417"}
        ],
        "measurands": [
            {
                "id": "L100", "name": {"zh": "对标称长度的偏差", "en": "deviation from nominal length"},
                "quantity": "length", "unit": "nm", "standard": "TS-1", "nominal": "100 mm", "low": "-500",
                "high": "500", "conditions": {"zh": "20 °C，水平支承", "en": "20 °C, supported horizontally"},
            }
        ],
        "members": [
            {
                "code": code, "organisation": {"zh": zh, "en": en}, "pilot": code == "P",
                "account": accounts.get(code, ""),
            }
            for code, (zh, en) in NAMES.items()
        ],
        "route": {
            "kind": "ring",
            "legs": [
                {"standard": leg.standard, "member": leg.member, "arrives": leg.arrives, "leaves": leg.leaves}
                for leg in legs
            ],
        },
        "opens": opens,
        "closes": f"{legs[-1].leaves + timedelta(days=7)}T09:00:00+08:00",
        "reference": {"method": "weighted_mean"},
        "decision": {"score": "En", "limit": "1", "coverage": "2"},
        "form": {"uncertainty": "expanded"},
        "instructions": {
            "zh": "按 JJG 146 测中心长度，温度修正到 20 °C；到样当日确认状态，七日内送走",
            "en": "Measure the central length, corrected to 20 °C; confirm the condition on arrival, send on in a week",
        },
        "confidentiality": {
            "zh": "报告发布前只用代号；发布后公开各实验室名称与结果",
            "en": "Codes only until the report is released; then names and results are public",
        },
        "remark_days": "14",
        "blind": True,
        "public": True,
        "demo": demo,
    }  # fmt: skip
    return canonical(fields)
