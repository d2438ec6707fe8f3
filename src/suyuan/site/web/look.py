"""A specimen page: every part once, with invented numbers; shown in the demonstration and while developing."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from suyuan.quantity.finding import Finding, finding
from suyuan.site.web.parts.number import digits
from suyuan.site.web.parts.state import MARKS

Row = dict[str, Any]
BLOCKS = ((1, 0.031, 0.051, 0.12), (10, -0.018, 0.051, 0.12), (25, 0.047, 0.052, 0.14))
MORE_BLOCKS = ((50, -0.082, 0.056, 0.20), (75, 0.118, 0.063, 0.25), (100, 0.254, 0.071, 0.30))
BUDGET = (
    (
        "热膨胀系数差",
        "difference of expansion",
        "1.2e-6",
        "K⁻¹",
        "triangular",
        50.0,
        20.8,
        "材料证明",
        "material report",
    ),
    ("两块温差", "temperature difference", "16", "mK", "rectangular", math.inf, 18.4, "T-38 · 2026-01", ""),
    ("标准量块 KB-12", "standard block KB-12", "18.0", "nm", "normal", 18.0, 18.0, "CN-L-2025-0318A", ""),
    ("比较仪读数", "comparator reading", "9.6", "nm", "normal", 24.0, 9.6, "10 次读数 A 类", "10 readings, Type A"),
    ("比较仪非线性", "comparator non-linearity", "6.1", "nm", "rectangular", math.inf, 6.1, "CMP-3 · 2025-11", ""),
    ("研合层", "wringing film", "5.0", "nm", "rectangular", math.inf, 5.0, "经验，未复核", "experience, not reviewed"),
)


def results() -> list[Row]:
    """Six gauge blocks with their verdicts."""
    rows = []
    for nominal, value, expanded, limit in BLOCKS + MORE_BLOCKS:
        verdict = "pass" if abs(value) + expanded <= limit else "undecided"
        rows.append(
            {
                "nominal": nominal,
                "value": f"{value:.3f}",
                "U": f"{expanded:.3f}",
                "limit": f"{limit:.2f}",
                "verdict": verdict,
            }
        )
    return rows


def budget() -> tuple[list[Row], float]:
    """The budget's rows, largest first, and the combined standard uncertainty in nanometres."""
    combined = math.sqrt(sum(row[6] ** 2 for row in BUDGET))
    names = ("zh", "en", "u", "unit", "distribution", "dof", "size", "source_zh", "source_en")
    rows: list[Row] = [dict(zip(names, row, strict=True)) for row in BUDGET]
    for row in rows:
        row["share"] = (row["size"] / combined) ** 2
        row["source_en"] = row["source_en"] or row["source_zh"]
        row["dof"] = digits("∞" if math.isinf(row["dof"]) else f"{row['dof']:.0f}")
    return rows, combined


def chain(*, broken: bool) -> list[Row]:
    """Five steps from the metre to this certificate; with `broken`, the fourth certificate was withdrawn."""
    end = {"zh": "100 mm 处 U = 71 nm", "en": "U = 71 nm at 100 mm"}
    return [
        {
            "name": {"zh": "米 m", "en": "metre"},
            "say": [{"zh": "c = 299 792 458 m/s，精确", "en": "c = 299 792 458 m/s"}],
        },
        {
            "name": {"zh": "633 nm 碘稳频激光", "en": "633 nm laser"},
            "say": {"zh": "国家基准", "en": "national standard"},
        },
        {
            "name": {"zh": "量块干涉仪", "en": "gauge block interferometer"},
            "say": ["U = 20 nm … 28 nm", {"zh": "至 2027-01-15", "en": "until 2027-01-15"}],
        },
        {
            "name": {"zh": "量块组 KB-12", "en": "gauge block set KB-12"},
            "say": [{"zh": "100 mm 处 U = 36 nm", "en": "U = 36 nm at 100 mm"}, "CN-L-2025-0318"],
            "state": "withdrawn" if broken else "valid",
            "address": "#budget",
        },
        {
            "name": {"zh": "本证书", "en": "this certificate"},
            "say": [end, {"zh": "校准 2026-03-06", "en": "calibrated 2026-03-06"}],
            "here": True,
        },
    ]


def ladder() -> list[Row]:
    """Nine rungs in all their states."""
    return [
        {"name": "well_formed", "state": "passed", "say": "UTF-8, 41 kB"},
        {"name": "schema", "state": "passed", "say": "DCC 3.3.0, D-SI 2.2.1"},
        {"name": "rules", "state": "not_checked"},
        {"name": "units", "state": "failed", "findings": findings()[:1]},
        {"name": "meaning", "state": "passed", "say": {"zh": "六个值、六个 U、k 成对", "en": "six values, six U, k"}},
        {"name": "chain", "state": "passed", "say": {"zh": "三级至 SI", "en": "three steps to the SI"}},
        {"name": "signature", "state": "passed", "say": "XAdES-T"},
        {"name": "revocation", "state": "unknown", "say": {"zh": "无当日吊销列表", "en": "no list of that day"}},
        {"name": "scope", "state": "passed", "say": "CMC L-03: 0.5 mm … 100 mm"},
    ]


def findings() -> list[Finding]:
    """One of each severity."""
    code = "quantity.unit.unknown"
    return [
        finding(code, "QH-2026-055.xml:212", unit="um."),
        finding(code, "/dcc:digitalCalibrationCertificate/dcc:measurementResults/dcc:result[3]", "warning", unit="Mm"),
        finding(code, "input T", "note", unit="C"),
    ]


@login_not_required
def look(request: HttpRequest) -> HttpResponse:
    """Show the parts."""
    rows, combined = budget()
    context = {
        "day": date(2026, 3, 12),
        "results": results(),
        "budget": rows,
        "combined": f"{combined:.1f}",
        "chain": chain(broken=False),
        "broken_chain": chain(broken=True),
        "rungs": ladder(),
        "findings": findings(),
        "states": list(MARKS),
        "digest": "9f3c0a" + "0" * 54 + "71be",
    }
    return render(request, "look.html", context)
