"""Places in a case as the form knows them: the field that a finding is about, and what people call it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from suyuan.quantity.finding import Finding
from suyuan.site.acts.evaluating.draft import FIELDS, SLOTS, Draft
from suyuan.site.terms import term
from suyuan.site.web.beside import cell

ALONE: Mapping[str, tuple[str, str]] = {
    "model": ("model", "evaluate.model"),
    "definitions": ("definitions", "evaluate.formula"),
    "guard_factor": ("guard", "evaluate.guard"),
    "coverage_probability": ("p", "evaluate.p"),
    "day": ("day", "evaluate.day"),
    "trials": ("trials", "evaluate.trials"),
    "seed": ("seed", "evaluate.seed"),
    "interval": ("interval", "evaluate.interval"),
    "digits": ("sampling", "evaluate.sampling"),
    "want": ("", "evaluate.methods"),
    "inputs": ("", "evaluate.inputs"),
    "correlations": ("", "evaluate.correlations"),
}
"""Name in the `input` of a case → field of the form and its word."""
OF_INPUT: Mapping[str, tuple[str, str]] = {
    "name": ("name", "evaluate.symbol"),
    "unit": ("unit", "evaluate.unit"),
    "dof": ("dof", "evaluate.dof"),
    "distribution": ("kind", "evaluate.kind"),
    "values": ("values", "evaluate.readings"),
    "at": ("at", "evaluate.at"),
}
"""Name in an input of a case → last part of the field and its word."""


def place(where: str, draft: Draft) -> tuple[str, str]:
    """The field of a place in the case, and its name in words; «» where the form has none.

    where: a JSON pointer of the case, or the same without `/input`; a column of a formula follows after a colon.
    """
    parts = [part for part in re.split(r"[/.]", where.split(":")[0].split(" (")[0]) if part]
    parts = parts[1:] if parts[:1] == ["input"] else parts
    if not parts:
        return "", ""
    if parts[0] == "inputs" and len(parts) > 1 and parts[1].isdecimal():
        return _of_input(int(parts[1]), parts[2:], draft)
    if parts[0] in ("limits", "unit"):
        return _of_result(parts, draft)
    if parts[0] == "correlations" and len(parts) > 1 and parts[1].isdecimal():
        return _of_pair(int(parts[1]), draft, where.startswith("/"))
    field, key = ALONE.get(parts[0], ("", ""))
    return field, term(key) if key else ""


def _of_input(position: int, parts: list[str], draft: Draft) -> tuple[str, str]:
    """A field of the row that stands at a position of the case, from which empty rows are left out."""
    rows = [n for n, row in enumerate(draft.rows) if not row.empty]
    if position >= len(rows):
        return "", ""
    n = rows[position]
    row, last = draft.rows[n], parts[-1] if parts else "name"
    last = parts[1] if len(parts) > 2 and parts[0] == "parameters" else last
    called = f"{term('word.input_quantity')} {row.name.strip() or f'#{n + 1}'}"
    keys = FIELDS.get(row.kind, ())
    if last in keys and parts[:1] != [last]:
        return f"in-{n}-{SLOTS[keys.index(last)]}", f"{called} · {term(f'evaluate.slot.{last}')}"
    if last not in OF_INPUT:
        return f"in-{n}-name", called
    field, key = OF_INPUT[last]
    return f"in-{n}-{field}", called if last == "name" else f"{called} · {term(key)}"


def _of_result(parts: list[str], draft: Draft) -> tuple[str, str]:
    side = next((part for part in parts[1:] if part in ("lower", "upper")), "lower")
    names = [target.name for target in draft.targets]
    n = next((names.index(part) for part in parts[1:] if part in names), 0)
    what = "unit" if parts[0] == "unit" else side
    return f"out-{n}-{what}", f"{names[n]} {term(f'evaluate.{what}')}".strip()


def _of_pair(position: int, draft: Draft, stated: bool) -> tuple[str, str]:
    """stated: the position is that of the case, which leaves incomplete pairs out."""
    whole = [n for n, pair in enumerate(draft.correlations) if all(part.strip() for part in pair)]
    n = whole[position] if stated and position < len(whole) else position
    if n >= len(draft.correlations):
        return "", term("evaluate.correlations")
    a, b, _ = draft.correlations[n]
    return f"r-{n}-r", f"r({a.strip()}, {b.strip()})"


def nearer(item: Finding) -> str:
    """The place of a finding; where it is that of a whole input, the field that it speaks of."""
    if not re.fullmatch(r"/input/inputs/\d+", item.where):
        return item.where
    told = dict(item.parameters)
    of = told.get("parameter") or told.get("field")
    if item.code.startswith("quantity.unit."):
        return f"{item.where}/unit"
    if item.code.startswith("evaluation.readings."):
        return f"{item.where}/parameters/values"
    return f"{item.where}/parameters/{of}" if of else item.where


def placed(item: Finding, draft: Draft) -> Finding:
    """A finding whose place is in the words of the form."""
    _, words = place(nearer(item), draft)
    column = item.where.rpartition(":")[2] if re.search(r":\d+$", item.where) else ""
    return replace(item, where=f"{words}:{column}" if words and column else words or item.where)


def beside(found: Iterable[Finding], draft: Draft) -> dict[str, Any]:
    """Field → what is to be said beside it; the formula tells its own faults below itself."""
    own: dict[str, list[Finding]] = {}
    for item in found:
        field, _ = place(nearer(item), draft)
        if field and item.severity == "error":
            own.setdefault(field, []).append(item)
    return {field: cell(field, "", () if field == "model" else items) | {"tone": "bad"} for field, items in own.items()}
