"""Rows of a JSON register that do not go in: all of them come back, each with its place, whatever was typed."""

from __future__ import annotations

import copy
import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.procedure.register import Context
from suyuan.report.service.tables import tables_xlsx
from suyuan.verbs.register.cells import AS_DELIVERED, Table
from suyuan.verbs.register.columns.table import KINDS
from suyuan.verbs.register.contradictions import in_register
from suyuan.verbs.register.refused import refused_rows
from suyuan.verbs.register.registers import read
from suyuan.verbs.register.workbook import refused_tables, rows_from_table, template

LAB = {"zh": "演示计量院"}


def example(kind: str) -> dict[str, Any]:
    """The row of the template as JSON."""
    sheet = template([kind])[1]
    filled = ("X-1", *sheet.rows[1][1:])
    return rows_from_table(kind, Table(sheet.name, (sheet.rows[0], filled)), Context(LAB, date(2026, 12, 1))).rows[0]


EXAMPLES = {kind: example(kind) for kind in KINDS}


def document(**rows: Any) -> bytes:
    register = {"suyuan": "register", "organisation": LAB, "number": "1", "day": "2026-12-01", "rows": rows}
    return json.dumps(register, ensure_ascii=False).encode()


def places(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in a row."""
    found = [before] if before else []
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += places(inner, (*before, key))
    return found


ODD = st.sampled_from([None, "", 0, -1, 1e308, "1e999", "x" * 5000, True, [], {}, [[]], {"zh": 3}, ["a", 2], "1~2 mm",
                       "\x0b", "2026-02-30", {"low": 2, "high": 1, "unit": "mm"}])  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(kind=st.sampled_from(KINDS), data=st.data())
def test_as_many_come_back_as_do_not_go_in(kind: str, data: st.DataObject) -> None:
    rows = []
    for n in range(data.draw(st.integers(1, 4))):
        row = copy.deepcopy(EXAMPLES[kind]) | {"id": f"X-{n // 2}"}
        for _ in range(data.draw(st.integers(0, 2))):
            *path, last = data.draw(st.sampled_from(places(row)))
            inner: Any = row
            for key in path:
                inner = inner[key]
            inner[last] = copy.deepcopy(data.draw(ODD))
        rows.append(data.draw(st.sampled_from([row, row, row, "no row", {**row, "removed": True}])))
    whole = document(**{kind: rows})
    register, found = read(whole)
    back = refused_rows(whole)
    count = sum(len(one.rows) for one in back)
    if register is None:
        assert any(
            dict(item.parameters).get("refused") == str(count) for item in found if item.code == "register.empty"
        )
    else:
        assert register.refused == count
        in_register(register, whole, back)
    for one in back:
        assert all(one.wrong) and len(set(one.places)) == len(one.rows) and one.heads[-1] == AS_DELIVERED
    if back:
        assert tables_xlsx(refused_tables(back))


@pytest.mark.parametrize("kind", KINDS)
def test_an_id_twice_comes_back_whole_and_goes_in_when_it_is_mended(kind: str) -> None:
    whole = document(**{kind: [EXAMPLES[kind], EXAMPLES[kind]]})
    (back,) = refused_rows(whole)
    assert back.places == (f"/rows/{kind}/1",) and f"/rows/{kind}/0" in back.wrong[0]
    (sheet,) = refused_tables([back])
    unmended = rows_from_table(kind, sheet, Context(LAB, date(2026, 12, 1)))
    assert not unmended.rows and unmended.refused is not None  # it takes the first one's place only by a person's word
    mended = [list(cells) for cells in sheet.rows]
    mended[1][0] = "X-2"
    taken = rows_from_table(kind, Table(sheet.name, tuple(map(tuple, mended))), Context(LAB, date(2026, 12, 1)))
    assert taken.refused is None and taken.rows[0] == EXAMPLES[kind] | {"id": "X-2"}


def test_what_is_no_register_has_no_rows() -> None:
    assert refused_rows(b"{") == () and refused_rows(b'{"suyuan": "anchor"}') == ()
    assert refused_rows(document(capability="x", horoscope=[{}])) == ()
