"""The text of a query: in proportion to the model, each operation once, numbers exact; nothing heavy is loaded."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import duckdb
import numpy as np
import pytest

from suyuan.quantity.formula.formula import Formula
from suyuan.series.column import Column, Sheet
from suyuan.series.propagated import Propagated, propagated
from suyuan.series.reading import Independent, Reading
from suyuan.series.rows import rows
from suyuan.series.sql import to_sql
from suyuan.series.sums import sums


def chain(length: int) -> Propagated:
    """y ← sin(y)·y + 0.1·b, again and again: as a tree its text would double at every step."""

    def model(a: Any, b: Any) -> Any:
        y = a
        for _ in range(length):
            y = np.sin(y) * y + 0.1 * b
        return y

    inputs = {name: Reading(name, independent=Independent(0.01)) for name in "ab"}
    return propagated(model, inputs)


def test_text_grows_in_proportion_to_the_model() -> None:
    sizes = {n: len(to_sql(sums(chain(n)).expression, pretty=False)) for n in (15, 30, 60)}
    assert sizes[60] < 600 + 420 * 60
    assert sizes[60] - sizes[30] < 2.3 * (sizes[30] - sizes[15])


def test_a_long_chain_has_the_value_of_the_function() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE readings AS SELECT 0.7::DOUBLE AS a, 0.2::DOUBLE AS b")
    value, slope = 0.7, 1.0
    for _ in range(60):
        value, slope = np.sin(value) * value + 0.02, (np.cos(value) * value + np.sin(value)) * slope
    row = connection.execute(to_sql(rows(chain(60)).expression)).fetchnumpy()
    assert row["value"][0] == pytest.approx(value, rel=1e-12)
    assert row["own_1"][0] == pytest.approx(0.01 * slope, rel=1e-10)


def test_each_operation_stands_once() -> None:
    text = to_sql(sums(propagated(Formula("a*log(a/b) + log(a/b)**2*exp(a)"), _noisy("ab"))).expression)
    assert text.count("LN(") == 1 and text.count("EXP(") == 1


def _noisy(names: str) -> dict[str, Reading]:
    return {name: Reading(name, independent=Independent(0.01)) for name in names}


def test_numbers_are_exact() -> None:
    """DuckDB reads 0.1 as a decimal; seventeen digits of one are not the nearest double."""
    number = 0.12345678901234566
    text = to_sql(rows(propagated(Formula(f"x + {number!r}"), {"x": Reading("x")})).expression)
    connection = duckdb.connect()
    connection.execute("CREATE TABLE readings AS SELECT 0::DOUBLE AS x")
    assert connection.execute(text).fetchnumpy()["value"][0] == number


def test_names_of_steps_and_columns_do_not_collide() -> None:
    p = propagated(Formula("x**2*exp(x) + exp(x)"), {"x": Reading("_1", independent=Independent("_2"))}, table="step1")
    connection = duckdb.connect()
    connection.execute('CREATE TABLE step1 AS SELECT 0.5::DOUBLE AS "_1", 0.1::DOUBLE AS "_2"')
    found = connection.execute(to_sql(rows(p).expression)).fetchnumpy()
    assert found["value"][0] == pytest.approx(1.25 * np.exp(0.5), rel=1e-14)
    assert found["u"][0] == pytest.approx(0.1 * np.exp(0.5) * (0.25 + 1.0 + 1.0), rel=1e-14)


def test_equal_operations_are_one_node() -> None:
    sheet = Sheet()
    a, b = sheet.source("a"), sheet.source("b")
    assert isinstance(a * b, Column)
    assert (a * b).index == (b * a).index == (2.0 * a * (3.0 * b)).index
    assert (2.0 * a * (3.0 * b)).scale == 6.0
    assert (a * (1.0 / b)).index == (a / b).index and (1.0 / (a / b)).index == (b / a).index
    assert (-a + 1.0).index == (a - 1.0).index and (-a + 1.0).scale == -1.0


def test_expressions_need_no_engine() -> None:
    code = """
import sys
import suyuan
from suyuan.series import failures, propagated, rows, sql, sums
assert "ibis" not in sys.modules and "sqlglot" not in sys.modules
from suyuan.quantity.formula.formula import Formula
from suyuan.series.reading import Reading
text = sql.to_sql(sums.sums(propagated.propagated(Formula("x**2"), {"x": Reading("x")})).expression)
assert text.startswith("WITH") and not {"duckdb", "pandas", "pyarrow"} & set(sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
