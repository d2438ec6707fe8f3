"""The budget of a summary of readings in the terminal: rows in both languages, a parameter each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from suyuan.cli import measured, service
from suyuan.cli.language import Language, term
from suyuan.cli.output import Page

if TYPE_CHECKING:
    from suyuan.series.shares import Share


def plain(rows: Sequence[Share], u: float) -> list[dict[str, Any]]:
    """Rows for programs; share: of u², below zero where a correlation takes away, and so u."""
    return [
        {
            "influence": row.influence.label or row.influence.id[:8], "kind": row.kind, "certificate": row.certificate,
            "parameter": row.parameter, "name": {one.value: name(row, one) for one in Language}, "u": row.u,
            "share": row.variance / u**2 if u else None,
        }
        for row in rows
    ]  # fmt: skip


def show(page: Page, rows: Sequence[Share], u: float) -> None:
    """The table for people."""
    heads = service.columns("influence", "certificate", "u", "of_variance")
    page.table(heads, [
        [name(row), row.certificate, ("−" if row.variance < 0.0 else "") + measured.pair(0.0, abs(row.u))[1],
         f"{row.variance / u**2:.0%}" if u else ""] for row in rows
    ], (2, 3))  # fmt: skip


def name(row: Share, into: Language | None = None) -> str:
    """What a row is: its parameter, a correlation, a shared standard, or the readings themselves."""
    names = [one.strip() for one in row.parameter.split(",") if one.strip()]
    words = ", ".join(term(f"part.{one}", into) if one in ("gain", "offset") else one for one in names)
    return words if row.kind == "parameter" else term(f"part.{row.kind}", into, names=words)
