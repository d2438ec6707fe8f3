"""The rows of a JSON register that do not go in, as a table that can be mended and handed in again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from suyuan.procedure.register import LARGEST, REGISTER, Context
from suyuan.quantity.fields import Fields, open_document
from suyuan.quantity.finding import LANGUAGES, Finding, errors, finding, sentences
from suyuan.verbs.register.cells import AS_DELIVERED, Refused, Value
from suyuan.verbs.register.columns.table import columns
from suyuan.verbs.register.registers import readers
from suyuan.verbs.register.written import cells_as_given

MAX_CELL = 32_000
"""Characters that a cell of a workbook can hold."""


def refused_rows(document: bytes, beside: Mapping[str, Finding] | None = None) -> tuple[Refused, ...]:
    """The rows that `procedure.register.read_register` leaves out, kind by kind, in the order of the document.

    document: bytes of a register; beside: JSON pointer of a row → what else keeps it out. Each row comes back with the
    heads of the template, with its own JSON in a last column (what no column knows is not lost), with its JSON pointer
    as its place, and with its errors only: what was merely remarked on keeps no row out. Of rows with one id the first
    good one goes in; the others come back without it. Empty where the head of the register itself cannot be read.
    """
    root, found = open_document(document, REGISTER, LARGEST)
    if root is None:
        return ()
    organisation, day = root.names("organisation"), root.day("day")
    kinds = root.inner("rows")
    if errors(found) or day is None or kinds is None:
        return ()
    context = Context(organisation, day, root.content.get("demo") is True)
    known = {kind: rows for kind, rows in kinds.content.items() if kind in readers() and isinstance(rows, list)}
    made = (_of_kind(kind, rows, kinds, context, beside or {}) for kind, rows in known.items())
    return tuple(one for one in made if one is not None)


def _of_kind(
    kind: str, rows: list[Any], kinds: Fields, context: Context, beside: Mapping[str, Finding]
) -> Refused | None:
    wrong = list(_wrong(kind, rows, kinds, context, beside))
    if not wrong:
        return None
    given = [rows[at] if isinstance(rows[at], Mapping) else {} for at, _ in wrong]
    known = columns(kind)
    lines = [list(cells_as_given(row, known)) for row in given]
    for line, (_, told_of) in zip(lines, wrong, strict=True):  # its id is the first one's until a person types it again
        if any(item.code == "register.twice" for item in told_of):
            line[[c.path for c in known.columns].index("id")] = None
    kept = [n for n, c in enumerate(known.columns) if c.required or any(line[n] is not None for line in lines)]
    heads = (*(known.columns[n].head for n in kept), AS_DELIVERED)
    cells = tuple((*(line[n] for n in kept), _json(rows[at])) for line, (at, _) in zip(lines, wrong, strict=True))
    said = tuple("; ".join(dict.fromkeys(_in_a_line(item, kinds.where(kind, at)) for item in told))
                 for at, told in wrong)  # fmt: skip
    told = tuple({language: _said(items, language) for language in LANGUAGES} for _, items in wrong)
    return Refused(kind, heads, cells, said, tuple(kinds.where(kind, at) for at, _ in wrong), told)


def _wrong(
    kind: str, rows: list[Any], kinds: Fields, context: Context, beside: Mapping[str, Finding]
) -> Iterator[tuple[int, tuple[Finding, ...]]]:
    """Number of each row that does not go in, with its errors or what else keeps it out."""
    read = readers()[kind]
    good: dict[str, str] = {}
    for at, content in enumerate(rows):
        place = kinds.where(kind, at)
        if not isinstance(content, Mapping):
            told = finding("typed.field.type", place, field=f"{kind}/{at}", expected_zh="对象", expected_en="an object")
            yield at, (told,)
            continue
        row = Fields(content, place)
        if content.get("removed") is True:
            row.text("id", required=True)
            if errors(row.found):
                yield at, errors(row.found)
            continue
        value = read(row, context)
        if value is not None and not errors(row.found):
            if value.id in good:
                row.report("register.twice", "id", id=value.id, first=good[value.id])
            good.setdefault(value.id, place)
        if value is None or errors(row.found):
            yield at, errors(row.found) or (finding("workbook.row.unread", place),)
        elif place in beside:
            yield at, (beside[place],)


def _json(row: Any) -> Value:
    text = json.dumps(row, ensure_ascii=False)
    return text if len(text) <= MAX_CELL else f"{text[: MAX_CELL - 1]}…"


def _said(items: tuple[Finding, ...], language: str) -> str:
    """What is wrong with a row, each fault once."""
    mark = "；" if language == "zh" else "; "
    return mark.join(dict.fromkeys(sentences(item, language)["what"] for item in items))


def _in_a_line(item: Finding, row: str) -> str:
    """A finding in both languages, with the field that it is about."""
    field = item.where.removeprefix(row).strip("/")
    told = " / ".join(sentences(item, language)["what"] for language in LANGUAGES)
    return f"«{field}» {told}" if field else told
