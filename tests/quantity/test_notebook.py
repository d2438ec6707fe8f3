"""Tables for notebooks: what they show is what the quantity says, text is escaped, nothing else is loaded."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from suyuan.quantity.budget import Budget, BudgetRow, by_certificate, by_influence, by_input
from suyuan.quantity.complex_quantity import complex_quantity
from suyuan.quantity.coverage import expanded
from suyuan.quantity.fit.polynomial import fit_line
from suyuan.quantity.influence import Source
from suyuan.quantity.montecarlo.simulation import monte_carlo
from suyuan.quantity.montecarlo.validation import validate
from suyuan.quantity.notation import grouped, number
from suyuan.quantity.notebook import budget_html, evaluation_html, quantity_html
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.quantity.second_order import second_order
from suyuan.verbs.evaluate import evaluate


class Cells(HTMLParser):
    """Rows of cells of every table in order of their beginning; an element that is not closed in order fails."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.open: list[str] = []
        self.within: list[list[str]] = []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag != "br":
            self.open.append(tag)
        if tag == "tr":  # a row may hold a table
            self.rows.append([])
            self.within.append(self.rows[-1])
        if tag in ("td", "th"):
            self.within[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "tr":
            self.within.pop()

    def handle_data(self, data: str) -> None:
        if self.within and self.within[-1]:
            self.within[-1][-1] += data


def rows(html: str) -> list[list[str]]:
    return [[re.sub(r"[\u2009\u202f\u00a0]", " ", cell) for cell in row] for row in Cells(html).rows]


def test_a_scalar_shows_value_u_dof_and_its_influences() -> None:
    y = quantity(50.000623, 25e-6, "mm", dof=18, label="standard") - quantity(
        0.000102, 9.7e-6, "mm", label="comparator"
    )
    head, result, titles, first, second = rows(y._repr_html_())
    assert head == ["值 value", "u", "ν"]
    assert result[0] == "50.000 521(27) mm" and result[1].startswith("2.68 × 10") and float(result[2]) == 23.8
    assert titles[6] == "|c|·u / mm"
    assert (first[0], first[2], first[3], first[4], first[5]) == ("standard", "mm", "normal", "18", "1")
    assert (second[0], second[4], second[5], second[7]) == ("comparator", "∞", "−1", "13.1 %")


def test_arrays_show_both_ends_and_what_is_left_out() -> None:
    found = rows(quantity_html(quantity(np.arange(60.0).reshape(6, 10), 0.1, "V")))
    assert len(found) == 1 + 20 + 1
    assert found[1][:2] == ["[0, 0]", "0.00(10) V"] and found[-1][:2] == ["[5, 9]", "59.00(10) V"]
    assert [row[0] for row in found if row[0].startswith("…")] == ["… 40"]
    assert "6 × 10 V" in quantity_html(quantity(np.arange(60.0).reshape(6, 10), 0.1, "V"))
    short = rows(quantity_html(quantity([1.0, 2.0], [0.1, 0.2], dof=7)))
    assert [row[1:] for row in short[1:]] == [["1.00(10)", "0.1", "7"], ["2.00(20)", "0.2", "7"]]
    assert len(rows(quantity_html(quantity(np.zeros((0, 3)), 0.1)))) == 1


def test_constants_and_complex_quantities() -> None:
    assert rows(quantity_html(quantity(2.5, None, "V")))[1] == ["2.5 V", "0", "∞"]
    z = complex_quantity(3 - 4j, 0.1 + 0.2j, "V", dof=9)
    assert rows(quantity_html(z))[1] == ["3.00(10) V + j·−4.00(20) V", "0.1 + j·0.2", "9"]
    assert rows(quantity_html(z * np.ones(2)))[2][1].startswith("3.00(10) V + j·")


def test_text_is_escaped() -> None:
    y = quantity(1.0, 0.1, label="<script>", source=Source("A & B", "<7>")) + quantity(1.0, 0.1, label="</table>")
    for html in (quantity_html(y), budget_html(by_influence(y)), budget_html(by_certificate(y))):
        assert "<script>" not in html and "<7>" not in html and "& B" not in html
        Cells(html)
    assert [re.sub("A & B.*", "", row[0]) for row in rows(quantity_html(y))[3:]] == ["<script>", "</table>"]


def test_a_budget_shows_its_rest_and_unfolds() -> None:
    many = sum((quantity(0.0, 1.0 + i / 100.0, label=f"x{i}") for i in range(30)), quantity(0.0, None))
    budget = by_influence(many)
    found = rows(budget._repr_html_())
    assert len(found) == 22 and found[-1][0] == "… 10"
    told = [float(row[-1].removesuffix(" %")) for row in found[1:]]
    assert sum(told) == pytest.approx(100.0, abs=1.1)
    assert rows(budget_html(tuple(budget))) == found
    readings = quantity(np.zeros(20), 0.1, "V", label="readings").mean()
    html = budget_html(by_influence(readings))
    assert "<details>" in html and "readings[0]" in html and "… 12" in html
    a, b = quantity(1.0, 0.1, label="a"), quantity(1.0, 0.1, label="b")
    x = {"p": a + b, "q": a - 0.5 * b}
    negative = by_input(x["p"] - x["q"], x, {"p": 1.0, "q": -1.0})
    assert rows(budget_html(negative))[-1][0] == "相关 correlation"
    assert rows(budget_html(negative))[-1][-1].startswith("−")


@dataclass(frozen=True)
class Result:
    quantity: Quantity
    expanded: Any
    budget: Budget | tuple[BudgetRow, ...]


def test_an_evaluation_shows_each_output() -> None:
    x = quantity(10.0, 0.5, "mg", label="x")
    y = 2.0 * x
    one = Result(y, expanded(float(y.value), float(y.u), float(y.dof), 0.9545), by_input(y, {"x": x}, {"x": 2.0}))
    found = rows(evaluation_html({"y<1>": one}))
    assert found[1][:2] == ["y<1>", "(20.0 ± 2.0) mg"] and found[1][4] == "∞"
    assert found[3][0] == "x" and found[3][-1] == "100.0 %"


def test_nothing_heavy_is_loaded() -> None:
    code = """
import sys
from suyuan.quantity.quantity import quantity
quantity(1.0, 0.1)._repr_html_()
assert not {"scipy.stats", "matplotlib", "IPython", "pint", "jinja2", "pyarrow"} & set(sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


# ---------------------------------------------------------------- methods


def test_simulations_validations_second_order_and_fits_are_tables() -> None:
    a, b = quantity(1.0, 0.1, "m", id="1" * 32), quantity(2.0, 0.1, "m", id="2" * 32)

    def area(a: Any, b: Any) -> Any:
        return a * b

    y = monte_carlo(area, a, b, trials=20_000)
    head, row = rows(y._repr_html_())
    assert head[:2] == ["平均 mean", "u"]
    assert row[2] == grouped(number(float(y.symmetric.low), 6)).replace(
        "\u2009", " "
    ) and "M = 20 000, m²" in y._repr_html_().replace("\u2009", " ")
    many = Cells(monte_carlo(np.square, quantity(np.arange(50.0), 0.1), trials=20_000)._repr_html_()).rows
    assert len(many) == 22 and many[16][0] == "… 30" and {len(row) for row in many} == {7}
    verdicts = {row[0]: row[-1] for row in rows(validate(area, a, b, digits=1)._repr_html_())}
    assert verdicts["一阶 first order"] in ("是 yes", "否 no") and verdicts["蒙特卡洛 Monte Carlo"] == ""
    assert rows(second_order(area, a, b)._repr_html_())[1][0] == "2"
    fit = fit_line([1.0, 2.0, 3.0, 4.0], [1.0, 2.1, 2.9, 4.2])
    found = rows(fit._repr_html_())
    assert [row[0] for row in found] == ["参数 parameter", "intercept", "slope"] and found[2][1] == "1.04"


def test_what_must_not_be_used_says_so_in_a_notebook() -> None:
    inputs = [
        {"name": name, "distribution": "normal", "parameters": {"mean": 1.0, "std": 0.1}, "unit": unit}
        for name, unit in (("L", "m"), ("T", "s"))
    ]
    html = evaluate({"kind": "model", "input": {"model": "L + T", "inputs": inputs, "unit": "m"}})._repr_html_()
    assert html.startswith("<p>✗") and "L + T" in html.partition("</p>")[0]
    wild = monte_carlo(lambda x: 1.0 / x, quantity(1.0, 1.0, id="3" * 32), trials=20_000)
    assert wild._repr_html_().startswith("<p>!")
