"""`suyuan carbon factor`: published factors, and one determined from assays and sampling, kept where asked for."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import reading
from suyuan.cli.carbon import columns, row_status
from suyuan.cli.carbon_budget import budget_json, show_budget
from suyuan.cli.command import Data, today
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Refused, errors, finding

if TYPE_CHECKING:
    from suyuan.carbon.fuel.filed_determination import Determination
    from suyuan.quantity.quantity import Quantity

DETERMINE, SECTOR = "determine", "China sector guidelines"
REPORT = ("month", "issuer", "number", "carbon", "basis", "u_method", "u_month", "moisture_ar", "moisture_ad", "ash_ar",
          "u_moisture", "heat", "hydrogen", "sulphur", "issued", "accredited")  # fmt: skip
"""Columns of a table of assays that a report has; beside them `amount`, and `duplicate` for a second sample."""


@dataclass(frozen=True, kw_only=True)
class AskFactor:
    """A published factor, or one to be determined."""

    act: Annotated[str, typer.Argument(metavar="[determine]", help=term("help.carbon.factor_act"))] = ""
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help=term("help.carbon.assays"))] = None
    purpose: Annotated[str, typer.Option("--purpose", help=term("help.carbon.purpose"))] = ""
    year: Annotated[int, typer.Option("--year", help=term("help.carbon.year"))] = 0
    region: Annotated[str, typer.Option("--region", help=term("help.carbon.region"))] = "全国"
    fuel: Annotated[str, typer.Option("--fuel", help=term("help.carbon.fuel_name"))] = ""
    table: Annotated[str, typer.Option("--table", help=term("help.carbon.table"))] = ""
    enterprise: Annotated[str, typer.Option("--enterprise", help=term("help.carbon.enterprise"))] = ""
    data: Data = None
    keep: Annotated[bool, typer.Option("--keep", help=term("help.carbon.keep_factor"))] = False


def factor(asked: AskFactor) -> Answer:
    """A grid factor by purpose, year and region, or the default of a fuel, with source and status; without anything
    asked, what there is; or a factor determined from assays."""
    if asked.act == DETERMINE and asked.file is not None:
        return _determined(asked, asked.file)
    if asked.act or asked.keep:
        raise Refused(finding("cli.carbon.factor_act", "factor", given=asked.act[:40] or "--keep"))
    return _published(asked)


def _published(asked: AskFactor) -> Answer:
    from suyuan.carbon import factor as published

    if asked.fuel:
        found = [published.fuel_default(asked.fuel, asked.table or SECTOR)]
    elif asked.purpose and asked.year:
        found = [published.grid_factor(asked.purpose, asked.year, asked.region)]
    else:
        found = published.listed(asked.purpose, asked.table)
    values = {"factors": [dict(row) for row in found]}
    return Answer(values, lambda page: page.table(columns("carbon.row", "value", "unit", "status", "source"), [
        [str(row["id"]), f"{row['value']:g}", str(row["unit"]), row_status(str(row["status"])), str(row["source"])]
        for row in found
    ], (1,)))  # fmt: skip


# ---------------------------------------------------------------- determined


def _determined(asked: AskFactor, file: Path) -> Answer:
    from suyuan.carbon.fuel.filed_determination import read_determination

    data = reading.read_bytes(file)
    if file.suffix.lower() == ".csv":
        data = _document(asked, data, file)
    one, told = read_determination(data)
    told = tuple(reading.in_file(item, file) for item in told)
    if one is None:
        raise Refused(*told)
    if asked.keep:
        _keep(asked, data, one)
    return Answer(determination_json(one), lambda page: _shown(page, one), told)


def _document(asked: AskFactor, data: bytes, file: Path) -> bytes:
    """A table of assays as the document that it stands for; what a table cannot say is asked for by options."""
    missing = [f"--{name}" for name in ("enterprise", "fuel", "year") if not getattr(asked, name)]
    if missing:
        raise Refused(finding("cli.carbon.factor_options", missing[0], missing=", ".join(missing)))
    try:
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refused(finding("carbon.table.unreadable", str(file), name=file.name, reason=str(error)[:200])) from None
    names = set(rows[0]) if rows else set()
    foreign = sorted(str(name) for name in names - {*REPORT, "amount", "duplicate"})
    if not names or "amount" not in names or foreign:
        raise Refused(finding("carbon.table.column", str(file), column=", ".join(foreign) or "amount", name=file.name,
                              known=", ".join((*REPORT, "amount", "duplicate"))))  # fmt: skip
    assayed = [row for row in rows if (row.get("carbon") or "").strip()]
    content: dict[str, Any] = {
        "suyuan": "carbon-factor", "enterprise": asked.enterprise, "fuel": asked.fuel, "year": str(asked.year),
        "made": today().isoformat(), "amount": _amounts(rows), "amount_unit": "t",
        "reports": [{name: row[name].strip() for name in REPORT if (row.get(name) or "").strip()} for row in assayed],
        "sampling": [[row["carbon"], row["duplicate"]] for row in assayed if (row.get("duplicate") or "").strip()],
    }  # fmt: skip
    return json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8")


def _amounts(rows: list[dict[str, Any]]) -> list[str]:
    """Amounts in the order of the months; the reader refuses another number than twelve."""
    by_month = {(row.get("month") or "").strip(): (row.get("amount") or "").strip() for row in rows}
    return [by_month[str(month)] for month in range(1, 13) if by_month.get(str(month))]


def _keep(asked: AskFactor, data: bytes, one: Determination) -> None:
    if asked.data is None:
        raise Refused(finding("cli.carbon.keep", "--keep"))
    added = reading.open_store(asked.data).add(data, f"factor-{one.fuel}-{one.year}.json")
    if not added.stored and errors(added.findings):
        raise Refused(*errors(added.findings))


def determination_json(one: Determination) -> dict[str, Any]:
    """A determined factor as plain values, with what a plant's document writes to cite it."""
    from suyuan.quantity.budget import by_influence

    found = one.found
    return {
        "enterprise": one.enterprise, "fuel": one.fuel, "year": one.year, "made": one.made, "by": one.by,
        "carbon": _value(found.carbon, "tC/t"), "factor": _value(found.factor, "tCO2/t"),
        "per_heat": None if found.per_heat is None else _value(found.per_heat, "tCO2/GJ"), "oxidation": one.oxidation,
        "reports": len(found.reports), "months": list(found.months), "representativeness": found.representativeness,
        "version": found.version, "document": one.digest, "number": one.number, "cite": one.cited,
        "influences": budget_json(by_influence(found.factor)),
    }  # fmt: skip


def _value(quantity: Quantity, unit: str) -> dict[str, Any]:
    return {"value": float(quantity.value), "u": float(quantity.u), "unit": unit}


def _shown(page: Page, one: Determination) -> None:
    from suyuan.quantity.budget import by_influence

    found = one.found
    page.title(f"{one.enterprise}  {one.fuel}  {one.year}")
    page.facts([
        (term("carbon.factor.carbon"), _worded(found.carbon, "tC/t")),
        (term("carbon.factor.emission"), _worded(found.factor, "tCO2/t")),
        *([(term("carbon.factor.per_heat"), _worded(found.per_heat, "tCO2/GJ"))] if found.per_heat is not None else []),
        (term("carbon.factor.oxidation"), f"{one.oxidation:g}"),
        (term("carbon.factor.reports"), f"{len(found.reports)}"),
        (term("carbon.factor.share"), f"{100 * found.representativeness:.1f} %"),
        (term("carbon.factor.version"), found.version), ("SHA-256", one.digest),
    ])  # fmt: skip
    show_budget(page, by_influence(found.factor), "influence", "carbon.factor.contribution")
    page.title(term("carbon.factor.cite"))
    page.text(json.dumps(one.cited, ensure_ascii=False))


def _worded(quantity: Quantity, unit: str) -> str:
    from suyuan.quantity.notation import number

    value, u = float(quantity.value), float(quantity.u)
    return f"{number(value, 5)} {unit}, u = {number(u, 2)}" + (f" ({100 * u / value:.2f} %)" if value else "")


COMMANDS = (("factor", AskFactor, factor),)
