"""Rule tables: every row has its source and status, dates select, and our own tables have the shape they promise."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from suyuan.quantity.atom import rational
from suyuan.quantity.finding import Refused
from suyuan.quantity.table import STATUSES, checked, kind_named, kinds, load, valid_on

GOOD: dict[str, Any] = {"source": "JJG 99, 4", "status": "confirmed", "value": 1}
SECTIONS = {
    "codes.quantity_kinds": 91,
    "codes.non_si_units": 71,
    "codes.verification_periods": 49,
    "codes.regulation_dates": 21,
    "codes.measurement_standard_codes.first_level": 18,
    "codes.measurement_standard_codes.examples": 3,
}


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("text", "mapping"),
        ({"status": "confirmed"}, "source"),
        (GOOD | {"source": "  "}, "source"),
        (GOOD | {"status": "certain"}, "status"),
        (GOOD | {"valid_from": "2024-13-01"}, "valid_from"),
        (GOOD | {"valid_to": "soon"}, "valid_to"),
        (GOOD | {"valid_to": "20"}, "valid_to"),
    ],
)
def test_a_bad_row_is_refused_with_its_number(row: object, fault: str) -> None:
    with pytest.raises(Refused) as caught:
        checked([GOOD, row], "somewhere.json")
    (found,) = caught.value.findings
    parameters = dict(found.parameters)
    assert (found.code, found.where, parameters["fault"], parameters["number"]) == (
        "quantity.table.row", "somewhere.json", fault, "2",
    )  # fmt: skip


def test_rows_are_read_only_and_a_table_is_a_list() -> None:
    (row,) = checked([GOOD], "")
    with pytest.raises(TypeError):
        row["value"] = 2  # type: ignore[index]
    with pytest.raises(Refused):
        checked({"row": GOOD}, "")


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "day", "inside"),
    [
        (None, None, date(1900, 1, 1), True),
        ("2024-03-01", None, date(2024, 2, 29), False),
        ("2024-03-01", None, date(2024, 3, 1), True),
        (None, "2024-03-01", date(2024, 3, 1), True),
        (None, "2024-03-01", date(2024, 3, 2), False),
        ("2024", None, date(2024, 1, 1), True),
        ("2024", None, date(2023, 12, 31), False),
        (None, 2024, date(2024, 12, 31), True),
        (None, "2024", date(2025, 1, 1), False),
    ],
)
def test_rows_in_force(valid_from: str | None, valid_to: str | int | None, day: date, inside: bool) -> None:
    rows = checked([GOOD | {"valid_from": valid_from, "valid_to": valid_to}], "")
    assert bool(valid_on(rows, day)) is inside


@pytest.mark.parametrize(("name", "length"), SECTIONS.items())
def test_shape_of_our_codes(name: str, length: int) -> None:
    rows = load("suyuan.quantity", name)
    assert len(rows) == length
    assert {row["status"] for row in rows} <= STATUSES


def test_codes_of_measurement_standards() -> None:
    """JJF 1022: eight digits in four levels of two, padded with 0."""
    first = load("suyuan.quantity", "codes.measurement_standard_codes.first_level")
    codes = [row["code"] for row in first]
    assert len(set(codes)) == len(codes) and all(len(code) == 2 and code.isdigit() for code in codes)
    for row in load("suyuan.quantity", "codes.measurement_standard_codes.examples"):
        assert len(row["code"]) == 8


def test_dates_of_regulations_run_forward() -> None:
    for row in load("suyuan.quantity", "codes.regulation_dates"):
        assert row["issued"] is None or row["issued"] <= row["valid_from"], row["number"]
    assert all(row["months"] > 0 for row in load("suyuan.quantity", "codes.verification_periods"))


def test_exact_factors_of_units_outside_the_si() -> None:
    """The two tables agree where they overlap: rows of codes.json were typed, those of units.json computed."""
    units = {name: row for row in load("suyuan.quantity", "units") for name in (row["symbol"], *row["spellings"])}
    both = [row for row in load("suyuan.quantity", "codes.non_si_units") if row["unit"] in units and row["factor"]]
    assert len(both) > 45
    for row in both:
        if row["kind"] == "absorbed dose":  # the rad of 1953; units.json has the radian
            continue
        other = units[row["unit"]]
        factor = float(rational(other["factor"])) * 3.141592653589793 ** other["pi"]
        assert factor == pytest.approx(row["factor"], rel=3e-16), row["unit"]


def test_rational() -> None:
    assert rational("550*0.3048/12") == Fraction(550) * Fraction("0.3048") / 12
    assert rational("1/3") == Fraction(1, 3)


def test_kinds_in_two_languages() -> None:
    names = [name for kind in kinds() for name in (*kind.zh, *kind.en)]
    assert len(set(names)) == len(names)
    for kind in kinds():
        assert kind.zh[0] and kind.en[0] and kind.symbol and kind.unit
        assert kind_named(kind.zh[0]) is kind_named(kind.en[0]) is kind
    torque = kind_named("扭矩")
    assert torque is not None and torque.en == ("torque",) and torque.unit == "N.m"
    assert kind_named("  dynamic   VISCOSITY ") is not None
    assert kind_named("") is None
