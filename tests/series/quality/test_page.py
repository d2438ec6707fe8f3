"""The tables of docs/quality.md are those of the rows: who changes a row changes the page."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from suyuan.series.quality.check import RULES
from suyuan.series.quality.rows import in_force, rows_of

DAY = date(2026, 11, 29)
PAGE = Path(__file__).parents[3] / "docs" / "quality.md"


def table_of_rules() -> str:
    """The rules in their order."""
    rows, lines = in_force(DAY), ["| rule | | says | severity | source | status |", "|---|---|---|---|---|---|"]
    for rule in RULES:
        row = rows[rule.__name__]
        lines.append(f"| `{row['id']}`@{row['version']} | {row['title_zh']} | {row['checks_en']} | {row['severity']} "
                     f"| {row['source']} | {row['status']} |")  # fmt: skip
    return "\n".join(lines)


def table_of_limits() -> str:
    """Limits of nature."""
    lines = ["| limit | of | status |", "|---|---|---|"]
    for row in rows_of("limits", DAY):
        lines.append(f"| {row['title_en']} | {', '.join([*row['quantities'], *row.get('words', [])])} "
                     f"| {row['status']} |")  # fmt: skip
    return "\n".join(lines)


def table_of_codes() -> str:
    """Codes for «missing»."""
    lines = ["| code | source | status |", "|---|---|---|"]
    lines += [f"| {row['value']} | {row['source']} | {row['status']} |" for row in rows_of("missing_codes", DAY)]
    return "\n".join(lines)


def table_of_use() -> str:
    """Which flags make a reading usable."""
    lines = ["| rule of use | says | status |", "|---|---|---|"]
    for row in rows_of("usable", DAY):
        name = f"`{row['id']}`" + (" (default)" if row["default"] else "")
        lines.append(f"| {name} | {row['title_en']} | {row['status']} |")
    return "\n".join(lines)


def test_the_tables_of_the_page_are_those_of_the_rows() -> None:
    text = PAGE.read_text("utf-8")
    for made in (table_of_rules(), table_of_limits(), table_of_codes(), table_of_use()):
        assert made in text, f"put this into {PAGE.name}:\n{made}"
