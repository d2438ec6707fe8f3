"""Criteria of acceptance of measurement studies: dated, sourced rows; a company or a customer may state its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from suyuan.quantity.table import Row, load


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion. low, high: its limits in the unit of the statistic; rule: source, with the status where it is not
    confirmed, as findings name it; source, status: of its row."""

    low: float
    high: float
    rule: str
    source: str = ""
    status: str = ""


def criterion(name: str) -> Criterion:
    """A criterion of `rules/criteria.json` by name.

    >>> found = criterion("percent_GRR")
    >>> found.low, found.high, found.rule
    (10.0, 30.0, 'AIAG MSA, 4th ed. (from memory)')
    """
    row = _rows()[name]
    low, high = float(row["low"]), float(row.get("high", row["low"]))
    return Criterion(low, high, ruled(row), str(row["source"]), str(row["status"]))


def ruled(row: Row) -> str:
    """How a finding names a row: its source, and its status unless it is confirmed or recomputed."""
    known = row["status"] in ("confirmed", "recomputed")
    return str(row["source"]) if known else f"{row['source']} ({row['status']})"


def _rows() -> Mapping[str, Row]:
    return {str(row["name"]): row for row in load("suyuan.assurance", "criteria")}
