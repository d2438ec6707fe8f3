"""Scorecards as plain values for open data and other programs: JSON in, no infinities, unknown is null.

A card written so and computed again from the same day, guideline and evidence is equal, which anybody can check by its
provenance.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from suyuan.centre.scorecard import GateRow, Row, Scorecard


def card_fields(card: Scorecard) -> dict[str, Any]:
    """One card as JSON values. Totals and points lie between «low» and «high»; a value of which nothing is known is
    null at both ends, with «unknown» true."""
    source = card.provenance
    return {
        "centre": card.centre,
        "total": card.total,
        "low": _number(card.low),
        "high": _number(card.high),
        "reviewers_spread": _number(card.spread),
        "gates_passed": card.passed,
        "conditions": {
            id: {"low": _number(low), "high": _number(high), "of": weight}
            for id, (low, high, weight) in card.conditions.items()
        },
        "indicators": [_row(row) for row in card.rows],
        "gates": [_gate(row) for row in card.gates],
        "unknown": [row.indicator.id for row in card.unknown],
        "provenance": {
            "guideline": source.guideline,
            "version": source.version,
            "guideline_sha256": source.guideline_digest,
            "day": source.day.isoformat(),
            "inputs_sha256": source.inputs,
            "code": source.code,
        },
    }


def table(cards: Iterable[Scorecard]) -> list[dict[str, Any]]:
    """One row a centre and indicator, for a spreadsheet."""
    return [
        {"centre": card.centre, "day": card.provenance.day.isoformat(), "guideline": card.provenance.guideline,
         "version": card.provenance.version, **_flat(_row(row))}
        for card in cards for row in card.rows
    ]  # fmt: skip


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    titles = {f"title_{language}": text for language, text in row["title"].items()}
    return {"indicator": row["id"], **titles, **{k: v for k, v in row.items() if k not in ("id", "title")}}


def _row(row: Row) -> dict[str, Any]:
    indicator, points = row.indicator, row.points
    return {
        "id": indicator.id, "title": dict(indicator.title), "condition": row.condition, "weight": indicator.weight,
        "unit": indicator.unit, "value_low": _number(row.low), "value_high": _number(row.high),
        "score_low": row.score_low, "score_high": row.score_high, "points_low": points[0], "points_high": points[1],
        "unknown": row.unknown, "facts": row.facts, "spread": _number(row.spread), "judged": indicator.judged,
        "source": indicator.source, "status": indicator.status,
    }  # fmt: skip


def _gate(row: GateRow) -> dict[str, Any]:
    gate = row.gate
    return {
        "id": gate.id, "title": dict(gate.title), "passed": row.passed, "value_low": _number(row.low),
        "value_high": _number(row.high), "least": gate.least, "most": gate.most, "document": gate.document,
        "facts": row.facts, "source": gate.source, "status": gate.status,
    }  # fmt: skip


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value
