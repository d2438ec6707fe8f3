"""Pasted columns: a comma or a blank with two readings is asked about, names above the columns count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.quantity.finding import sentences
from suyuan.site.acts.evaluating.calculation import calculate, filled, forms, sent
from suyuan.site.acts.evaluating.columns import called, columns_of, readings_of, rows_of

FOUR = ("x", "y", "u_x", "u_y")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,01;1,02;1,03", [1.01, 1.02, 1.03]),
        ("1,01\t1,02", [1.01, 1.02]),
        ("1,5;\n1,235;", [1.5, 1.235]),
        ("1, 2, 3", [1.0, 2.0, 3.0]),
        ("1.01,1.02,1.03", [1.01, 1.02, 1.03]),
        ("1,2,3", [1.0, 2.0, 3.0]),
        ("1，2、3", [1.0, 2.0, 3.0]),
        ("20.1 20.3; 20.2", [20.1, 20.3, 20.2]),
        ("100 101 102", [100.0, 101.0, 102.0]),
        ("50.000 623\t50.000 624", [50.000623, 50.000624]),
    ],
)
def test_readings_that_have_one_meaning(text: str, values: list[float]) -> None:
    assert readings_of(text, "values") == (values, [], ())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1,01\n1,02\n1,03", "comma"),
        ("1,5", "comma"),
        ("1,01,1,02", "comma"),
        ("−1,5", "comma"),
        ("20.1\n20,2\n20.3", "comma"),  # a slip for a point among readings
        ("1,234;1,235", "comma"),
        ("1.5;2,5", "comma"),
        ("1,236.5", "thousands"),
        ("1,234,567", "thousands"),
        ("1.236,5", "thousands"),
        ("1,236.5\t2", "thousands"),
        ("1 234.5", "blank"),
        ("10 000", "blank"),
    ],
)
def test_readings_that_have_two_meanings_are_asked_about(text: str, code: str) -> None:
    told = readings_of(text, "values")[2]
    assert {item.code for item in told} == {f"site.calculate.{code}"}
    assert told[0].where == "values"


def test_a_doubt_shows_the_line_and_both_readings() -> None:
    (told,) = readings_of("1.00\n1,5", "values")[2]
    assert sentences(told, "zh")["what"] == "第 2 行「1,5」的逗号有两种读法：1.5，或 1; 5"


@given(
    st.lists(st.integers(-99_999, 99_999).map(lambda n: n / 100), min_size=2, max_size=9),
    st.sampled_from(["; ", ";", "\t", "\n"]),
)
def test_a_decimal_comma_is_never_read_as_two_numbers(values: list[float], between: str) -> None:
    text = between.join(f"{value:.2f}".replace(".", ",") for value in values)
    read, wrong, doubts = readings_of(text, "values")
    assert not wrong
    assert doubts or read == values
    assert between == "\n" or read == values


@pytest.mark.parametrize("text", ["1,5\n2,6", "2,5"])
def test_columns_ask_too(text: str) -> None:
    columns, told = columns_of(text, ("x", "y"), "data")
    assert columns == {"x": [], "y": []}
    assert told[0].code == "site.calculate.comma"


@pytest.mark.parametrize(
    ("text", "x", "y"),
    [
        ("1,2.5\n2,3.5\n3,4", [1.0, 2.0, 3.0], [2.5, 3.5, 4.0]),
        ("x,y\n1,5\n2,6", [1.0, 2.0], [5.0, 6.0]),
        ("y\tx\n1,5\t2\n2,5\t3", [2.0, 3.0], [1.5, 2.5]),
        ("1 234.5\n2 345.1", [1.0, 2.0], [234.5, 345.1]),
        ("1\t2\t\n2\t3\t\n", [1.0, 2.0], [2.0, 3.0]),
        ("\t1\t2\n\t2\t3", [1.0, 2.0], [2.0, 3.0]),
        ("x / mm\ty (mV)\t\n1\t2\t\n2\t3\t", [1.0, 2.0], [2.0, 3.0]),
    ],
)
def test_columns_that_have_one_meaning(text: str, x: list[float], y: list[float]) -> None:
    assert columns_of(text, ("x", "y"), "data") == ({"x": x, "y": y}, ())


@pytest.mark.parametrize(
    "head", ["x\ty\tu_y\tu_x", "X y u(y) u(x)", "x\ty\t不确定度\tux", "x / mm\ty / mV\tu(y) / mV\tu(x) / mm"]
)
def test_names_above_the_columns_count(head: str) -> None:
    between = "\t" if "\t" in head else " "
    columns, told = columns_of(f"{head}\n" + between.join(["1", "2", "0.1", "0.2"]), FOUR, "data")
    assert (columns, told) == ({"x": [1.0], "y": [2.0], "u_x": [0.2], "u_y": [0.1]}, ())


def test_without_names_the_order_is_that_of_a_case_document() -> None:
    columns, _ = columns_of("1\t2\t0.1\t0.2", FOUR, "data")
    assert columns == {"x": [1.0], "y": [2.0], "u_x": [0.1], "u_y": [0.2]}


@pytest.mark.parametrize(
    ("head", "code"),
    [("x\ty\tU(x)\tu_y", "heading"), ("x\ty\tx\tu_y", "heading"), ("No.\tx\ty\tu_y", "heading"), ("x\tu_x", "missing")],
)
def test_an_unknown_name_is_refused_by_name(head: str, code: str) -> None:
    width = head.count("\t") + 1
    _, told = columns_of(f"{head}\n" + "\t".join(["1"] * width), FOUR, "data")
    assert [item.code for item in told] == [f"site.calculate.{code}"]
    assert called("U(x)") == ""


def test_rows_keep_the_place_of_what_is_no_number() -> None:
    _, told = rows_of("1\t2\n3\tx", "data")
    assert dict(told[0].parameters) == {"line": "2", "column": "2", "given": "x"}


def test_the_form_of_a_case_bears_the_names_of_its_columns() -> None:
    form = forms()["line_fit"]
    body = {"method": "errors_in_both", "x": [1, 2, 3], "y": [2, 4, 6.1], "u_x": 0.1, "u_y": 0.2}
    fields = filled(form, body)
    assert fields["data"].startswith("x\ty\tu_x\tu_y\n1\t2\t0.1\t0.2\n")
    assert calculate(form, sent(form, fields)).input["u_x"] == [0.1, 0.1, 0.1]
