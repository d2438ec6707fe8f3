"""What of a source, stack or forest is another in a later document: month, field, old and new value.

Rows of a list are compared by what names them (month, name, id, role), not by their order. A field is called what the
workbook of a unit's year calls its column.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from suyuan.carbon.words import word
from suyuan.verbs.carbon.book_sheets import SHEETS

MONTHS = 12
KEYS = ("month", "name", "id", "role", "part", "number")
"""Fields that name a row of a list, the first that it has."""
NONE = "—"
SHORT = 60
"""Characters of a value that is no number."""


@dataclass(frozen=True, slots=True)
class Differs:
    """A value that is another. field: its key; inside: the list that it stands in, «» for the part itself; row: what
    names its row there; month: 1 to 12, 0 where it is of none; before, after: as text, «—» where it is not there."""

    field: str
    inside: str
    row: str
    month: int
    before: str
    after: str

    @property
    def said(self) -> dict[str, str]:
        """As a line in both languages.

        >>> Differs("amount", "", "", 1, "150513 t", "155013 t").said["zh"]
        '1 月 · 用量：150513 t → 155013 t'
        """
        name = field_said(self.inside, self.field)
        of = {"zh": f"{self.month} 月" if self.month else self.row, "en": f"month {self.month}" if self.month else
              self.row}  # fmt: skip
        return {language: (f"{of[language]} · " if of[language] else "")
                + f"{name[language]}{'：' if language == 'zh' else ': '}{self.before} → {self.after}"
                for language in ("zh", "en")}  # fmt: skip

    def fields(self) -> dict[str, Any]:
        """As plain values."""
        return {"field": f"{self.inside}.{self.field}".lstrip("."), "row": self.row or None,
                "month": self.month or None, "before": self.before, "after": self.after}  # fmt: skip


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Differs, ...]:
    """What of one part is another; nothing of one that is on one side only."""
    return tuple(_of(old, new, ("", "", 0))) if old and new else ()


Place = tuple[str, str, int]
"""The list that a value stands in, what names its row, and its month."""


def _of(old: Mapping[str, Any], new: Mapping[str, Any], place: Place) -> Iterator[Differs]:
    for key in dict.fromkeys((*old, *new)):
        pair = old.get(key), new.get(key)
        if pair[0] == pair[1]:
            continue
        if all(isinstance(one, Mapping) for one in pair):
            yield from _of(*pair, (key, place[1], place[2]))  # type: ignore[arg-type]
        elif all(_rows(one) for one in pair):
            yield from _paired(key, *pair)  # type: ignore[arg-type]
        elif all(isinstance(one, list) for one in pair) and len(pair[0]) == len(pair[1]):  # type: ignore[arg-type]
            yield from _listed(key, pair, place, new)  # type: ignore[arg-type]
        else:
            unit = _unit(key, new)
            yield Differs(key, place[0], place[1], place[2], _text(pair[0], unit), _text(pair[1], unit))


def _listed(key: str, pair: tuple[list[Any], list[Any]], place: Place, new: Mapping[str, Any]) -> Iterator[Differs]:
    """Numbers that follow one another: twelve are those of the months."""
    for at, (one, other) in enumerate(zip(*pair, strict=True)):
        if one != other:
            month = at + 1 if len(pair[0]) == MONTHS else place[2]
            row = place[1] if month else f"{place[1]} {at + 1}".strip()
            yield Differs(key, place[0], row, month, _text(one, _unit(key, new)), _text(other, _unit(key, new)))


def _unit(key: str, content: Mapping[str, Any]) -> str:
    return str(content.get(f"{key}_unit") or (content.get("unit") if key == "value" else "") or "")


def _rows(one: Any) -> bool:
    return isinstance(one, list) and all(isinstance(row, Mapping) for row in one) and bool(one)


def _paired(key: str, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> Iterator[Differs]:
    """Rows of two lists by what names them; one that is on one side only is told whole."""
    first, last = _named(old), _named(new)
    for name in dict.fromkeys((*first, *last)):
        one, other = first.get(name), last.get(name)
        shown = other or one or {}
        month = shown.get("month")
        place = key, name[0], int(month) if isinstance(month, int | float) else 0
        if one is not None and other is not None:
            yield from _of(one, other, place)
        else:
            yield Differs("", key, place[1], place[2], _text(one), _text(other))


def _named(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, int], Mapping[str, Any]]:
    """Rows by their name, and which of that name."""
    seen: Counter[str] = Counter()
    found = {}
    for row in rows:
        name = next((_text(row[key]) for key in KEYS if row.get(key) not in (None, "")), "")
        found[name, seen[name]] = row
        seen[name] += 1
    return found


def _text(value: Any, unit: str = "") -> str:
    if value is None:
        return NONE
    if isinstance(value, float):
        text = f"{value:.15g}"
    elif isinstance(value, Mapping | list):
        text = json.dumps(value, ensure_ascii=False)
    else:
        text = str(value)
    short = text if len(text) <= SHORT else f"{text[:SHORT]}…"
    return f"{short} {unit}".strip() if isinstance(value, int | float) and not isinstance(value, bool) else short


def field_said(inside: str, key: str) -> Mapping[str, str]:
    """What a field is called: as the column of the workbook, else by its key.

    >>> field_said("reports", "carbon")["zh"]
    '碳含量，%'
    """
    if not inside and key in ("amount", "carbon", "heat_value", "carbon_per_heat", "oxidation", "factor"):
        return word("factor", key)
    for sheet in SHEETS:
        if not key and sheet.inside.rpartition(".")[2] == inside:
            return {"zh": sheet.zh, "en": sheet.name}
        for column in sheet.columns:
            if column.key == f"{inside}.{key}" or (column.key == key and _of_sheet(sheet.inside, inside)):
                return {"zh": column.zh.partition("：")[0], "en": column.en.partition(":")[0]}
    name = f"{inside}.{key}".strip(".")
    return {"zh": name, "en": name}


def _of_sheet(sheet: str, inside: str) -> bool:
    return sheet == inside if inside else sheet in ("streams", "stacks", "forests")
