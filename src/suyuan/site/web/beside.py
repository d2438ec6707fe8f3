"""Fields of a form with what was typed and what is wrong with it, for `part/field.html` and `{% told %}`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from suyuan.quantity.finding import Finding, sentences
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.parts.rows import SEVERITY

Cells = dict[str, dict[str, Any]]


def cells_of(values: Mapping[str, str], told: Mapping[str, Iterable[Finding]], names: Iterable[str] = ()) -> Cells:
    """Name of a field → its value, tone («», warn, bad) and what is said below it.

    values: as typed; told: findings by field; names: of fields that stand on the page whether typed or not.
    """
    return {
        name: cell(name, values.get(name, ""), told.get(name, ())) for name in dict.fromkeys((*names, *values, *told))
    }


def cell(name: str, value: str, found: Iterable[Finding]) -> dict[str, Any]:
    """A field: its text, its tone, and what is said beside it."""
    found = tuple(found)
    rows = []
    for item in found:
        mark, tone = SEVERITY[item.severity]
        said = sentences(item, current())
        if item.code == "typed.field.missing":  # beside its field it needs no name
            said = {"what": term("typed.needed"), "remedy": term("typed.needed.remedy")}
        rows.append({"mark": mark, "tone": tone, "word": term(f"state.{item.severity}"), "what": said["what"],
                     "remedy": said["remedy"]})  # fmt: skip
    worst = "bad" if any(f.severity == "error" for f in found) else "warn" if found else ""
    return {"name": name, "value": value, "told": rows, "tone": worst}
