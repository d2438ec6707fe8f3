"""Published factors of electricity and fuels, each with its purpose, year, region, source and status; as Excel too.

Factors that were determined here stand before them, each with what it stands for and how a document cites it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from suyuan.carbon.factor import PURPOSES
from suyuan.carbon.fuel.filed_determination import Determination
from suyuan.quantity.notation import number
from suyuan.quantity.table import Row, load
from suyuan.report.papers.sheet import Page, workbook
from suyuan.site.acts.carbon import held
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.carbon.rules import scheme_said, source_of, status
from suyuan.site.web.carbon.shown import workbook_answer

PAGE = 30
NAMES = ("purpose", "year", "region", "status")


def _years(row: Row) -> str:
    """The years that a row stands for."""
    if "year" in row:
        return str(row["year"])
    ends = [str(row[key])[:4] for key in ("valid_from", "valid_to") if row.get(key)]
    return "–".join(dict.fromkeys(ends)) or term("none.unknown")


def _fits(row: Row, asked: Mapping[str, str]) -> bool:
    region = (row["region_zh"], row["region_en"])
    return (
        asked["purpose"] in ("", row["purpose"])
        and (not asked["year"] or asked["year"] in _years(row).split("–") or _within(row, asked["year"]))
        and (not asked["region"] or asked["region"] in region)
        and asked["status"] in ("", row["status"])
    )


def _within(row: Row, year: str) -> bool:
    ends = _years(row).split("–")
    return len(ends) == 2 and year.isdigit() and ends[0] <= year <= ends[1]


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "").replace("\x00", "").strip()[:60] for name in NAMES}


@require_safe
def factors(request: HttpRequest) -> HttpResponse:
    """The page; filters by purpose, year, region and status."""
    asked, every = _asked(request), load("suyuan.carbon", "factors.grid")
    rows = sorted((row for row in every if _fits(row, asked)), key=_years, reverse=True)
    fuels = load("suyuan.carbon", "factors.fuels")
    language = current()
    query = urlencode({name: text for name, text in asked.items() if text})
    at = int(page) if (page := request.GET.get("page", "1")).isascii() and page.isdigit() and len(page) < 6 else 1
    pages = max(1, -(-len(rows) // PAGE))
    at = max(1, min(at, pages))
    return render(request, "carbon_factors.html", {
        "asked": asked, "choices": _choices(every, asked, language), "total": len(every), "found": len(rows),
        "grid": [_grid(row) for row in rows[(at - 1) * PAGE : at * PAGE]], "query": query, "page": at, "pages": pages,
        "before": at - 1 if at > 1 else 0, "after": at + 1 if at < pages else 0, "fuels": [_fuel(row) for row in fuels],
        "shown": len(rows[(at - 1) * PAGE : at * PAGE]), "unconfirmed": sum(r["status"] != "confirmed" for r in every),
        "determined": [_determined(one) for one in held.determined(request.user)],
    })  # fmt: skip


def _choices(every: tuple[Row, ...], asked: Mapping[str, str], language: str) -> list[dict[str, Any]]:
    years = sorted({year for row in every for year in _years(row).split("–")}, reverse=True)
    regions = list(dict.fromkeys(str(row[f"region_{language}"]) for row in every))
    statuses = list(dict.fromkeys(str(row["status"]) for row in every))
    listed: tuple[tuple[str, str, list[tuple[str, str]]], ...] = (
        ("purpose", "carbon.purpose", [(p, term(f"carbon.purpose.{p}")) for p in PURPOSES]),
        ("year", "carbon.year", [(year, year) for year in years]),
        ("region", "carbon.region", [(name, name) for name in regions]),
        ("status", "word.state", [(s, term(f"carbon.status.{s.replace(' ', '_')}")) for s in statuses]),
    )
    made = []
    for name, key, pairs in listed:
        options = [{"value": value, "label": label, "here": value == asked[name]} for value, label in pairs]
        made.append({"name": name, "term": key, "options": options})
    return made


def _grid(row: Row) -> dict[str, Any]:
    return {"purpose": f"carbon.purpose.{row['purpose']}", "year": _years(row), "region": row[f"region_{current()}"],
            "basis": f"carbon.basis.{str(row['basis']).replace(' ', '_')}", "value": _number(row["value"]),
            "unit": row["unit"], "source": source_of(row), "status": status(row)}  # fmt: skip


def _fuel(row: Row) -> dict[str, Any]:
    fuel = row["fuel_zh"] if current() == "zh" and row.get("fuel_zh") else row["fuel"]
    return {"table": scheme_said(row["table"]), "fuel": fuel,
            "value": _number(row["value"]), "unit": row["unit"], "amount": row.get("amount_unit", ""),
            "heat": _number(row["net_calorific_value"]) if "net_calorific_value" in row else "",
            "source": source_of(row), "status": status(row)}  # fmt: skip


def _determined(one: Determination) -> dict[str, Any]:
    """A determined factor, with what a plant's document writes to cite it."""
    found = one.found
    carbon, factor, u = float(found.carbon.value), float(found.factor.value), float(found.factor.u)
    return {"fuel": one.fuel, "year": one.year, "enterprise": one.enterprise, "carbon": number(carbon, 5),
            "factor": number(factor, 5), "u": number(u, 2), "percent": f"{100.0 * u / factor:.2f}",
            "share": f"{100 * found.representativeness:.1f}", "reports": len(found.reports),
            "whole": not found.findings,
            "anchor": f"f-{one.digest[:12]}", "digest": one.digest, "version": found.version,
            "cite": json.dumps(one.cited, ensure_ascii=False, indent=1)}  # fmt: skip


@require_safe
def factor(request: HttpRequest, digest: str) -> HttpResponse:
    """A determined factor where it stands on the page; the page shows those that somebody may see."""
    held.guard(request.user, "factor", digest)
    return redirect(f"{reverse('carbon_factors')}#f-{digest[:12]}")


def _number(value: Any) -> str:
    return f"{float(value):.10g}"


@require_safe
def excel(request: HttpRequest) -> HttpResponse:
    """The factors as they are filtered, and the defaults of fuels, as a workbook."""
    asked = _asked(request)
    rows = [row for row in load("suyuan.carbon", "factors.grid") if _fits(row, asked)]
    grid = Page(term("carbon.factors.grid"), [term(f"carbon.{k}") for k in ("purpose", "year", "region", "basis")]
                + [term("word.value"), term("word.unit"), term("word.state"), term("word.source")], (
        [term(f"carbon.purpose.{row['purpose']}"), _years(row), row[f"region_{current()}"], row["basis"],
         float(row["value"]), row["unit"], term(f"carbon.status.{str(row['status']).replace(' ', '_')}"),
         source_of(row)] for row in rows), (14, 12, 16, 16, 12, 14, 16, 60))  # fmt: skip
    fuels = Page(term("carbon.factors.fuels"), [term(k) for k in (
        "carbon.factors.table", "carbon.fuel", "carbon.factors.heat", "word.value", "word.unit", "word.state",
        "word.source")], (
        [scheme_said(row["table"]), row["fuel_zh"] if current() == "zh" and row.get("fuel_zh") else row["fuel"],
         row.get("net_calorific_value"), float(row["value"]), row["unit"],
         term(f"carbon.status.{str(row['status']).replace(' ', '_')}"), source_of(row)]
        for row in load("suyuan.carbon", "factors.fuels")), (26, 24, 12, 12, 14, 16, 60))  # fmt: skip
    return workbook_answer(workbook([grid, fuels]), "suyuan-carbon-factors")
