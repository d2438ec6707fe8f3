"""Tables that go out: empty ones to fill in, rows of the house as people keep them, refused rows to be mended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from suyuan.verbs.register.cells import WRONG, Refused, Table, Value
from suyuan.verbs.register.columns.table import KINDS, columns
from suyuan.verbs.register.written import cells_of

TEMPLATE_SHEETS = ("说明 how to fill in", "说明", "how to fill in")

FORMATS: Mapping[str, str] = {
    "text": "文字 text", "number": "一个数 one number", "whole": "整数 whole number", "day": "日期 day: 2026-03-01",
    "truth": "是 / 否 yes / no", "choice": "一个词 one word", "choices": "词，用、隔开 words",
    "words": "词，用；隔开 words",
    "interval": "0.5~100 mm", "uncertainty": "U=…, k=2", "target": "U=…, k=2", "stated_u": "U=…, k=2",
    "tolerance": "±0.25 µm", "conditions": "名称=值; … name=value; …", "detail": "名称=值; … name=value; …",
    "keys": "单位|编号; … issuer|number; …", "key": "单位|编号 issuer|number", "pairs": "单位|编号; … issuer|number; …",
    "participants": "编号|前|后|日期|单位; …", "standings": "类别|机构|编号|起|止|出处; …",
    "budget": "符号|名称|u 单位|…; …",
}  # fmt: skip
"""Type of a column → what its cells look like."""


def refused_tables(refused: Iterable[Refused]) -> tuple[Table, ...]:
    """The rows that did not go in, as tables that can be mended and handed in again: the last column says what is
    wrong, the one before it where the row stood."""
    made = []
    for one in refused:
        head = (*one.heads, WRONG)
        rows = [(*row, f"{place}: {wrong}") for row, wrong, place in zip(one.rows, one.wrong, one.places, strict=True)]
        made.append(Table(columns(one.kind).title["zh"], (head, *rows)))
    return tuple(made)


def template(kinds: Sequence[str] = KINDS) -> tuple[Table, ...]:
    """Empty tables with heads and one example row a kind, and first a sheet that explains every column."""
    told: list[tuple[Value, ...]] = [
        ("表 sheet", "列 column", "必填 required", "格式 format", "怎样填", "how to fill in", "可用的词 words")
    ]
    made = []
    for kind in kinds:
        known = columns(kind)
        for column in known.columns:
            told.append((known.title["zh"], column.head, "是 yes" if column.required else None, FORMATS[column.type],
                         column.note.get("zh"), column.note.get("en"), "、".join(column.choices) or None))  # fmt: skip
        heads = tuple(column.head for column in known.columns)
        example = tuple(column.example if column.example != "" else None for column in known.columns)
        made.append(Table(known.title["zh"], (heads, example)))
    return (Table(TEMPLATE_SHEETS[0], tuple(told)), *made)


def table_of(kind: str, rows: Iterable[Any]) -> Table:
    """Rows (values of the house, or JSON rows of a register) as a table with the heads of the template; columns that
    no row fills are left out, except the required ones."""
    known = columns(kind)
    lines = [cells_of(row, known) for row in rows]
    kept = [n for n, c in enumerate(known.columns) if c.required or any(line[n] is not None for line in lines)]
    heads = tuple(known.columns[n].head for n in kept)
    return Table(known.title["zh"], (heads, *(tuple(line[n] for n in kept) for line in lines)))
