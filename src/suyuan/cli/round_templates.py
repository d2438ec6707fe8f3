"""Filled documents of a round to begin with: protocol, result and whole round of an invented comparison."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

Row = dict[str, Any]
NAMES = (("P", "演示主导实验室", "demo pilot"), ("A", "演示实验室 A", "demo laboratory A"),
         ("B", "演示实验室 B", "demo laboratory B"), ("C", "演示实验室 C", "demo laboratory C"))  # fmt: skip
MEASURED = (
    ("P", "2026-03-05", "40", "30"), ("P", "2026-04-02", "42", "30"), ("P", "2026-04-25", "45", "30"),
    ("A", "2026-03-14", "52", "44"), ("B", "2026-03-24", "31", "36"), ("C", "2026-04-14", "60", "50"),
)  # fmt: skip
"""Member, day, value and U in nm: constructed."""


def protocol_template() -> Row:
    """A petal route with the pilot three times, so that a line of drift can be taken out."""
    from suyuan.comparison.round.route import route_suggestion

    codes = [code for code, *_ in NAMES]
    legs = route_suggestion("petal", codes, date(2026, 3, 2), 10, petal=2)
    return {
        "suyuan": "comparison-protocol", "number": "DEMO-L-1", "version": 1,
        "title": _both("100 mm 量块中心长度（演示）", "central length of a 100 mm gauge block (demo)"),
        "purpose": _both("核查量块校准能力", "check the calibration of gauge blocks"),
        "organiser": _both("演示组织者", "demo organiser"),
        "standards": [{"id": "TS-1", "name": _both("钢制量块 100 mm", "steel gauge block, 100 mm"), "serial": "D-1"}],
        "measurands": [{
            "id": "L100", "name": _both("对标称长度的偏差", "deviation from nominal length"), "quantity": "length",
            "unit": "nm", "nominal": "100 mm", "standard": "TS-1", "low": "-500", "high": "500",
        }],
        "members": [{"code": c, "organisation": _both(zh, en), "pilot": c == "P"} for c, zh, en in NAMES],
        "route": {"kind": "petal", "legs": [
            {"standard": x.standard, "member": x.member, "arrives": str(x.arrives), "leaves": str(x.leaves)}
            for x in legs
        ]},
        "opens": "2026-03-01", "closes": "2026-05-31T17:00:00+08:00", "remark_days": 30, "blind": True, "demo": True,
        "reference": {"method": "weighted_mean", "beside": ["mandel_paule", "median"]},
        "drift": {"model": "linear"}, "decision": {"score": "En", "limit": "1", "coverage": "2"},
        "form": {"uncertainty": "expanded", "budget": False, "certificate": False},
    }  # fmt: skip


def result_template(member: str = "A") -> Row:
    """What a member reports; `suyuan compare seal` writes the digest of the protocol into it."""
    rows = [{"measurand": "L100", "value": value, "U": U, "k": "2", "measured": day}
            for code, day, value, U in MEASURED if code == member]  # fmt: skip
    return {
        "suyuan": "comparison-result", "member": member, "measured_by": "demo person",
        "standards": [{"issuer": "demo institute", "number": f"DEMO-{member}"}], "results": rows,
    }  # fmt: skip


def round_template() -> Row:
    """A protocol with the results of all members and a decision."""
    decision = {"member": "C", "measurand": "L100", "decision": "in", "person": "demo pilot",
                "reason": "no technical reason to leave it out"}  # fmt: skip
    inner = {key: value for key, value in protocol_template().items() if key != "suyuan"}
    results = [{k: v for k, v in result_template(code).items() if k != "suyuan"} for code, *_ in NAMES]
    return {"suyuan": "comparison-round", "protocol": inner, "submissions": results, "decisions": [decision]}


def _both(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


DOCUMENTS: Mapping[str, Callable[[], Row]] = {
    "comparison-round": round_template,
    "comparison-protocol": protocol_template,
    "comparison-result": result_template,
}
