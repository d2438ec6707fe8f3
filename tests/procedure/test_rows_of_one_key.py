"""One capability is one row, whoever delivered it: its laboratory and its id name it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from suyuan.procedure.register import Register, merged
from suyuan.verbs.register.contradictions import in_register
from suyuan.verbs.register.registers import read

LAB, OTHER = {"zh": "演示计量院"}, {"zh": "演示市计量院"}
ROW = {"id": "C-1", "laboratory": LAB, "quantity": "length", "interval": {"low": "0", "high": "1", "unit": "m"}}


def delivered(organisation: dict[str, str], day: str, *rows: Any) -> Register:
    register, _ = read(
        json.dumps({"suyuan": "register", "organisation": organisation, "number": day, "day": day,
                    "rows": {"capability": rows}}).encode()
    )  # fmt: skip
    assert register is not None
    return register


def with_u(u: str) -> dict[str, Any]:
    return {**ROW, "uncertainty": {"form": "value", "U": u, "unit": "nm", "k": "2"}}


def test_a_capability_from_two_houses_is_one_row() -> None:
    first, second = delivered(LAB, "2026-01-01", with_u("1")), delivered(OTHER, "2026-02-01", with_u("2"))
    ((register, row),) = merged([first, second], "capability", date(2026, 3, 1))
    assert register is second and row.key == ("演示计量院", "C-1")


def test_who_delivered_it_for_a_laboratory_takes_it_out_again() -> None:
    first = delivered(OTHER, "2026-01-01", with_u("1"))
    gone = delivered(OTHER, "2026-02-01", {"id": "C-1", "removed": True})
    assert merged([first, gone], "capability", date(2026, 3, 1)) == ()
    assert len(merged([first, gone], "capability", date(2026, 1, 15))) == 1
    others = delivered({"zh": "演示轴承厂"}, "2026-02-01", {"id": "C-1", "removed": True})
    assert len(merged([first, others], "capability", date(2026, 3, 1))) == 1


def test_rows_of_another_laboratory_are_told() -> None:
    document = delivered(OTHER, "2026-02-01", with_u("2"))
    (told,) = in_register(document, json.dumps({"rows": {"capability": [with_u("2")]}}).encode())
    assert told.code == "register.whose.others" and dict(told.parameters)["labs"] == "演示计量院"
    own = delivered(LAB, "2026-02-01", with_u("2"))
    assert in_register(own, json.dumps({"rows": {"capability": [with_u("2")]}}).encode()) == ()
