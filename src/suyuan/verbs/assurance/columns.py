"""The data of a study from the file that its case names, put where they might as well stand inline.

Text tables: `skip` lines, columns by number (from 1, separated by blanks), `where` column number → value that rows must
have. CSV: columns by header name. What stands in the case itself counts.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from suyuan.quantity.finding import Refused, finding
from suyuan.verbs.document import number_in
from suyuan.verbs.wants import absent_or_wrong, wrong

Files = Callable[[str], bytes]
Row = Mapping[str, Any]
WORDS = frozenset(("date", "time_of_day", "gauge", "run", "artefact", "points"))
"""Terms whose cells may be words."""
CONTROL = ("file", "columns", "skip", "where")


@dataclass(frozen=True, slots=True)
class Table:
    """A file as text cells. header: name → place, empty for a text table; rows: cells; lines: number of each row."""

    name: str
    header: Mapping[str, int]
    rows: Sequence[Sequence[str]]
    lines: Sequence[int]


def inlined(body: Row, files: Files | None, words: frozenset[str] = WORDS) -> dict[str, Any]:
    """The input of a case with the columns of its file as lists; without «columns» it is returned as it is.

    A term → column, list of columns, or object name → column becomes a list, list of lists, or name → list. words:
    terms whose cells may be words; every other cell must be a number, `missing` (a code, or an empty cell) becomes nan
    where the case declares a code, and is refused elsewhere. Raises Refused.

    >>> inlined({"file": "a", "columns": {"x": 1, "y": [2, 3]}, "skip": 1}, lambda name: b"X Y Z\\n1 2 3\\n4 5 6\\n")
    {'x': [1.0, 4.0], 'y': [[2.0, 5.0], [3.0, 6.0]]}
    """
    columns = body.get("columns")
    if columns is None:
        return dict(body)
    if not isinstance(columns, Mapping):
        raise Refused(wrong("/input/columns", "object", columns))
    table = _table(body, columns, files)
    missing = body.get("missing")
    code = number_in(missing)
    if missing is not None and not math.isfinite(code):
        raise Refused(wrong("/input/missing", "number", missing))
    found = {key: value for key, value in body.items() if key not in CONTROL}
    for term, chosen in columns.items():
        if body.get(term) is None:
            found[term] = _filled(table, chosen, f"/input/columns/{term}", term in words, code)
    counted = body.get("count_missing")
    if isinstance(counted, list):
        found["count_missing"] = {name: _lacking(table, name, f"/input/count_missing/{i}", code)
                                  for i, name in enumerate(counted)}  # fmt: skip
    return found


def _table(body: Row, columns: Row, files: Files | None) -> Table:
    name = body.get("file")
    if not isinstance(name, str) or not name.strip():
        raise Refused(absent_or_wrong(body, "file", "/input", "text"))
    if files is None:
        raise Refused(finding("assurance_studies.file.not_at_hand", "/input/file", name=name[:120]))
    text = _text(files(name), name)
    return _csv(text, name) if _names(columns) else _blanks(text, name, body)


def _names(columns: Any) -> bool:
    """Whether columns are chosen by header names."""
    if isinstance(columns, Mapping):
        return any(_names(value) for value in columns.values())
    if isinstance(columns, list):
        return any(_names(value) for value in columns)
    return isinstance(columns, str)


def _text(data: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Refused(finding("assurance_studies.file.encoding", "/input/file", name=name[:120]))


def _csv(text: str, name: str) -> Table:
    """A table with a header, separated by what its first line has most of: comma, semicolon or tab."""
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    rows, lines = [], []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    header: list[str] | None = None
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if header is None:
                header = [cell.strip() for cell in row]
                continue
            rows.append(row)
            lines.append(reader.line_num)
    except csv.Error:
        raise Refused(finding("assurance_studies.file.encoding", "/input/file", name=name[:120])) from None
    if not rows or header is None:
        raise Refused(finding("assurance_studies.file.rows", "/input/file", name=name[:120], n=0))
    return Table(name[:120], {word: place for place, word in reversed(list(enumerate(header)))}, rows, lines)


def _blanks(text: str, name: str, body: Row) -> Table:
    """A table of columns separated by blanks, after `skip` lines, of the rows that meet `where`."""
    skip = body.get("skip", 0)
    if isinstance(skip, bool) or not isinstance(skip, int) or skip < 0:
        raise Refused(wrong("/input/skip", "whole_from", skip, low=0))
    cells = [(number, line.split()) for number, line in enumerate(text.splitlines(), 1) if number > skip]
    cells = [(number, row) for number, row in cells if row]
    conditions = body.get("where") or {}
    if not isinstance(conditions, Mapping):
        raise Refused(wrong("/input/where", "object", conditions))
    read = len(cells)
    for key, value in conditions.items():
        if not str(key).isdecimal() or int(key) < 1:
            raise Refused(wrong(f"/input/where/{key}", "whole_from", key, low=1))
        allowed = value if isinstance(value, list) else [value]
        place = int(key) - 1
        cells = [
            (number, row) for number, row in cells if place < len(row) and any(_is(row[place], v) for v in allowed)
        ]
    if not cells:
        raise Refused(finding("assurance_studies.file.rows", "/input/file", name=name[:120], n=read))
    return Table(name[:120], {}, [row for _, row in cells], [number for number, _ in cells])


def _is(cell: str, value: Any) -> bool:
    """Whether a cell is a value: as numbers where both are, else as text."""
    number = number_in(value)
    if math.isfinite(number):
        return number_of(cell) == number
    return cell.strip() == str(value).strip()


def _filled(table: Table, chosen: Any, where: str, words: bool, code: float) -> Any:
    if isinstance(chosen, list):
        return [_column(table, one, f"{where}/{i}", words, code) for i, one in enumerate(chosen)]
    if isinstance(chosen, Mapping):
        return {name: _column(table, one, f"{where}/{name}", words, code) for name, one in chosen.items()}
    return _column(table, chosen, where, words, code)


def _place(table: Table, chosen: Any, where: str) -> int:
    if table.header:
        if isinstance(chosen, str) and chosen.strip() in table.header:
            return table.header[chosen.strip()]
        known = ", ".join(list(table.header)[:30])
    else:
        width = max(map(len, table.rows))
        if isinstance(chosen, int) and not isinstance(chosen, bool) and 1 <= chosen <= width:
            return chosen - 1
        known = f"1 … {width}"
    told = {"column": str(chosen)[:40], "known": known}
    raise Refused(finding("assurance_studies.file.column", where, "error", "", name=table.name, **told))


def _column(table: Table, chosen: Any, where: str, words: bool, code: float) -> list[Any]:
    place = _place(table, chosen, where)
    cells = [row[place] if place < len(row) else "" for row in table.rows]
    if words:
        return [_word(cell) for cell in cells]
    values = _numbers(table, cells, chosen, where)
    if math.isfinite(code):
        return [math.nan if value == code else value for value in values]
    lacking = [i for i, value in enumerate(values) if math.isnan(value)]
    if lacking:
        line, n = table.lines[lacking[0]], len(lacking)
        raise Refused(
            finding("assurance_studies.file.missing", where, name=table.name, column=str(chosen)[:40], n=n, line=line)
        )
    return values


def _numbers(table: Table, cells: Sequence[str], chosen: Any, where: str) -> list[float]:
    """Cells as numbers, an empty one as nan; any other text is refused with its line."""
    try:
        return [float(value) for value in np.array(cells, dtype=np.str_).astype(np.float64)]
    except ValueError:
        pass
    found = []
    for line, cell in zip(table.lines, cells, strict=True):
        value = number_of(cell) if cell.strip() else math.nan
        if math.isnan(value) and cell.strip():
            told = {"column": str(chosen)[:40], "given": cell.strip()[:40]}
            raise Refused(
                finding("assurance_studies.file.cell", where, "error", "", name=table.name, line=line, **told)
            )
        found.append(value)
    return found


def number_of(cell: str) -> float:
    """A cell as a finite number, with a decimal comma where there is no point; nan for anything else."""
    text = cell.strip()
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if not text[:1].isascii() or text[:1] in ("n", "N", "i", "I", "_"):
        return math.nan
    try:
        value = float(text) if "_" not in text else math.nan
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _word(cell: str) -> Any:
    """A cell as a number where it is one, else as text."""
    value = number_of(cell)
    if math.isfinite(value) and cell.strip().replace(".", "", 1).isdecimal():
        return int(value) if value.is_integer() else value
    return cell.strip()


def _lacking(table: Table, chosen: Any, where: str, code: float) -> int:
    """How many cells of a column are empty or hold the code of a missing value."""
    place = _place(table, chosen, where)
    cells = [row[place] if place < len(row) else "" for row in table.rows]
    return sum(not cell.strip() or number_of(cell) == code for cell in cells)
