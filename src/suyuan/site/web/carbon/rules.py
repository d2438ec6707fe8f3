"""Rows of rules on pages: what each says, its value in words, its source and status, and who admitted it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from suyuan.carbon.valued import value_said
from suyuan.carbon.words import source_said, word
from suyuan.quantity.table import Row
from suyuan.site.language import current
from suyuan.site.web.carbon.shown import own_text, slug
from suyuan.site.web.parts.number import digits

WORST = {"from memory": 0, "constructed": 1, "proposed": 2, "recomputed": 3, "confirmed": 4}
"""Status of a rule row → its place in a list, what nobody checked first."""


def status(row: Row) -> dict[str, str]:
    """Status of a rule row: word, tone and mark; only what nobody checked is coloured."""
    name = str(row["status"])
    bad = name in ("from memory", "stated", "constructed")
    return {"key": f"carbon.status.{slug(name)}", "tone": "warn" if bad else "ok",
            "mark": "undecided" if bad else "open" if name == "proposed" else "ok"}  # fmt: skip


def what_of(row: Row) -> str:
    """What a row says in words, in the language of the page where it has both."""
    return str(row.get(f"what_{current()}") or row.get("what_zh") or row.get("name", ""))


def source_of(row: Row) -> str:
    """The source of a row in the language of the page."""
    return source_said(str(row["source"]))[current()]


def scheme_said(name: str) -> str:
    """A rule set by its name in the language of the page."""
    return word("scheme", name)[current()]


def rule_rows(rows: Iterable[Row], overrides: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of rules, those that nobody checked first, each with the override that admitted it."""
    ordered = sorted(rows, key=lambda row: (WORST.get(str(row["status"]), 0), str(row["id"])))
    return [{"id": row["id"], "what": what_of(row), "value": rule_value(row), "clause": row.get("clause", ""),
             "source": source_of(row), "status": status(row), "override": _override(overrides.get(str(row["id"])))}
            for row in ordered]  # fmt: skip


def _override(one: Any) -> dict[str, Any] | None:
    return None if one is None else {"person": one.person, "day": one.day, "reason": own_text(one.reason)}


def rule_value(row: Row) -> SafeString | str:
    """What a row says, short: a number with its unit, else in words."""
    value, unit = row.get("value"), str(row.get("unit") or "")
    if not isinstance(value, int | float) or isinstance(value, bool):
        return value_said(row)[current()]
    return _with_unit(digits(f"{value:.10g}"), "" if unit == "1" else unit)


def _with_unit(text: SafeString | str, unit: str) -> SafeString:
    return format_html('<span class="nowrap">{}<span class="un">{}</span></span>', text, unit) if unit else (
        format_html("{}", text))  # fmt: skip
