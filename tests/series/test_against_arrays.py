"""The same model on DuckDB and on arrays: value, u and every influence sum agree, for any formula of the language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from suyuan.lake.engine import Engine
from suyuan.quantity.block import Block, Dense
from suyuan.quantity.derivative import OPERATIONS
from suyuan.quantity.formula.formula import FUNCTIONS, Formula
from suyuan.quantity.influence import Influence
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.quantity.unit import ONE
from suyuan.series.propagated import propagated
from suyuan.series.reading import Independent, Reading, Shared
from suyuan.series.rows import rows
from suyuan.series.sums import sums

from .world import same_total, world

QUIET = settings(max_examples=70, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(threads=1) as opened:
        yield opened


# ---------------------------------------------------------------- random formulas

NAMES = ("a", "b", "c", "k", "m", "s", "e")
ALONE = {
    "sqrt": "sqrt(2 + sin({0}))", "exp": "exp(tanh({0}))", "log": "log(3 - cos({0}))", "log10": "log10(2.5 + sin({0}))",
    "sin": "sin({0})", "cos": "cos({0})", "tan": "tan(0.5*sin({0}))", "asin": "asin(0.7*sin({0}))",
    "acos": "acos(0.6*cos({0}))", "atan": "atan({0})", "sinh": "sinh(sin({0}))", "cosh": "cosh(cos({0}))",
    "tanh": "tanh({0})", "expm1": "expm1(0.3*sin({0}))", "log1p": "log1p(0.6*sin({0}))",
    "abs": "abs(3 + sin({0}))", "negative": "-({0})", "square": "({0})**2", "cube": "({0})**3",
    "power": "(2 + sin({0}))**1.7", "root": "(2 + cos({0}))**0.5", "inverse": "1/(2 + cos({0}))",
    "literal": "0.3*({0}) - 1.25", "minus": "4 - ({0})", "of_e": "e**({0})/(2 + e**({0}))",
}  # fmt: skip
BOTH = {
    "add": "({0}) + ({1})", "subtract": "({0}) - ({1})", "multiply": "({0})*({1})", "divide": "({0})/(3 + sin({1}))",
    "ratio": "(2 + sin({0}))/(2 + cos({1}))", "power": "(2 + sin({0}))**tanh({1})", "hypot": "hypot({0}, 2 + cos({1}))",
    "atan2": "atan2({0}, 2 + cos({1}))", "log of ratio": "log((2 + sin({0}))/(2 + sin({1})))",
}  # fmt: skip


@st.composite
def formulas(draw: Any) -> str:
    """A formula of up to nine operations on columns, scalars and numbers, with repeated inputs and sub-expressions."""
    pool = [*NAMES, "a", "b", "a*k", "pi"]
    for _ in range(draw(st.integers(1, 9))):
        if draw(st.booleans()):
            text = ALONE[draw(st.sampled_from(sorted(ALONE)))].format(draw(st.sampled_from(pool)))
        else:
            text = BOTH[draw(st.sampled_from(sorted(BOTH)))].format(*(draw(st.sampled_from(pool)) for _ in range(2)))
        if len(text) < 400:
            pool += [text, text]
    return pool[-1]


@QUIET
@given(formulas(), st.integers(0, 1000))
def test_random_formulas(engine: Engine, text: str, seed: int) -> None:
    w, formula = world(seed), Formula(text)
    assume({"a", "b", "c"} & set(formula.names))
    expected: Quantity = formula.evaluate(w.arrays)
    assume(np.all(np.isfinite(expected.value)) and np.all(np.abs(expected.value) < 1e4) and np.all(expected.u < 1e4))
    p = propagated(formula, w.columns)
    engine.arrow("readings", w.table)
    size = float(np.sum(np.abs(expected.value)) + np.sum(expected.u)) + 40.0
    same_total(engine.sums(sums(p)).quantities["result"], expected.sum(), size)
    kept, found = engine.rows(rows(p, ["id"]))
    order = np.argsort(kept["id"])
    y = found["result"][order]
    np.testing.assert_allclose(y.value, expected.value, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(y.u, expected.u, rtol=1e-11, atol=1e-13)
    same_total(y.sum(), expected.sum(), size)


@settings(QUIET, max_examples=15)
@given(formulas(), st.integers(0, 1000))
def test_random_formulas_by_group(engine: Engine, text: str, seed: int) -> None:
    w, formula = world(seed), Formula(text)
    assume({"a", "b", "c"} & set(formula.names))
    engine.arrow("readings", w.table)
    totals = engine.sums(sums(propagated(formula, w.columns), by=["g"]))
    labels = list(totals.keys["g"])
    assert sorted(labels) == sorted(set(w.table["g"].to_pylist()))
    for i, label in enumerate(labels):
        expected = formula.evaluate(w.of_group(label))
        assume(np.all(np.isfinite(expected.value)) and np.all(np.abs(expected.value) < 1e4))
        size = float(np.sum(np.abs(expected.value)) + np.sum(expected.u)) + 40.0
        same_total(totals.quantities["result"][i], expected.sum(), size)
        assert totals.count[i] == expected.size


def test_every_function_of_the_language_is_drawn() -> None:
    text = " ".join((*ALONE.values(), *BOTH.values()))
    assert {name for name in FUNCTIONS if name not in ("sum", "mean")} <= set(text.replace("(", " ").split())


# ---------------------------------------------------------------- each operation of the table

DOMAIN = {
    "power": (0.2, 3.0), "sqrt": (0.1, 9.0), "log": (1e-3, 9.0), "log10": (1e-3, 9.0), "log1p": (-0.9, 4.0),
    "arcsin": (-0.95, 0.95), "arccos": (-0.95, 0.95), "reciprocal": (0.3, 4.0), "divide": (0.3, 4.0),
}  # fmt: skip
ON_COLUMNS = [row for row in OPERATIONS.values() if row.column is not None]


def influence(letter: str) -> Influence:
    return Influence(letter * 32, u=np.ones(1), label=letter)


@pytest.mark.parametrize("row", ON_COLUMNS, ids=lambda row: row.name)
def test_each_operation(engine: Engine, row: Any) -> None:
    low, high = DOMAIN.get(row.name, (-3.0, 3.0))
    rng = np.random.default_rng(20_260_101)
    points = [rng.uniform(low, high, 300) for _ in range(row.ufunc.nin)]
    if low < 0.0:  # small arguments are where differences would cancel
        points[0][:50] = np.geomspace(1e-12, 0.3, 50) * np.where(np.arange(50) % 2, 1.0, -1.0)
    names = "xy"[: len(points)]
    marks = {name: influence(letter) for name, letter in zip(names, "12", strict=False)}
    inputs = {name: Reading(name, shared=(Shared(marks[name], 1.0),)) for name in names}
    arrays = [
        Quantity(x, ONE, {marks[name].id: Block(marks[name], None, Dense(np.ones((1, 300))))})
        for name, x in zip(names, points, strict=True)
    ]
    expected = row.ufunc(*arrays)
    engine.arrow("readings", pa.table({**dict(zip(names, points, strict=True)), "id": np.arange(300)}))
    query = rows(propagated(lambda **values: row.ufunc(*values.values()), inputs), ["id"])
    kept, found = engine.rows(query)
    y = found["result"][np.argsort(kept["id"])]
    np.testing.assert_allclose(y.value, expected.value, rtol=3e-15, atol=1e-300)
    for mark in marks.values():
        part, wanted = y.blocks[mark.id].dense, expected.blocks[mark.id].dense
        assert part is not None and wanted is not None
        np.testing.assert_allclose(part.scale, np.broadcast_to(wanted.scale, (1, 300)), rtol=1e-13, atol=1e-15)


def test_the_table_says_most_operations_on_columns() -> None:
    missing = {row.name for row in OPERATIONS.values() if row.column is None}
    assert missing <= {"conjugate", "real", "imag", "angle"}


@pytest.mark.parametrize("exponent", [-3.0, -1.0, -0.5, 0.5, 1.0, 2.0, 3.0, 4.0, 2.5])
def test_constant_powers(engine: Engine, exponent: float) -> None:
    w = world(3)
    engine.arrow("readings", w.table)
    formula = Formula(f"a**{exponent}" if exponent > 0 else f"a**({exponent})")
    found = engine.sums(sums(propagated(formula, w.columns))).quantities["result"]
    same_total(found, formula.evaluate(w.arrays).sum(), 100.0)


# ---------------------------------------------------------------- models


def test_several_outputs_keep_their_correlation(engine: Engine) -> None:
    """Two sums over the same rows share what each row has of its own, and their ratio knows it."""
    w = world(11)

    def model(a: Any, b: Any, k: Any) -> dict[str, Any]:
        return {"mass": k * a * b, "volume": a / b, "difference": a - b}

    arrays = {name: w.arrays[name] for name in "abk"}
    expected = model(**arrays)
    engine.arrow("readings", w.table)
    totals = engine.sums(sums(propagated(model, {name: w.columns[name] for name in "abk"})))
    found = totals.quantities
    for name, y in expected.items():
        same_total(found[name], y.sum(), 200.0)
    for x, y in (("mass", "volume"), ("mass", "difference"), ("volume", "difference")):
        ratio, wanted = found[x] / found[y], expected[x].sum() / expected[y].sum()
        np.testing.assert_allclose(ratio.u, wanted.u, rtol=1e-9)
    _, by_row = engine.rows(rows(propagated(model, {name: w.columns[name] for name in "abk"})))
    ratio, wanted = by_row["mass"] / by_row["volume"], expected["mass"] / expected["volume"]
    np.testing.assert_allclose(np.sort(ratio.u), np.sort(wanted.u), rtol=1e-9)


def test_groups_of_several_outputs(engine: Engine) -> None:
    w = world(12)
    engine.arrow("readings", w.table)
    p = propagated(lambda a, b: (a * b, a / b), {name: w.columns[name] for name in "ab"})
    totals = engine.sums(sums(p, by=["g"]))
    found = totals.quantities["0"] / totals.quantities["1"]
    for i, label in enumerate(totals.keys["g"]):
        q = w.of_group(label)
        wanted = (q["a"] * q["b"]).sum() / (q["a"] / q["b"]).sum()
        np.testing.assert_allclose(found[i].value, wanted.value, rtol=1e-12)
        np.testing.assert_allclose(found[i].u, wanted.u, rtol=1e-9)


@pytest.mark.parametrize("by", [(), ("g",)])
def test_results_that_no_column_enters(engine: Engine, by: tuple[str, ...]) -> None:
    w = world(13)
    engine.arrow("readings", w.table)
    p = propagated(lambda a, k: (k * 2.0, a), {name: w.columns[name] for name in "ak"})
    alone = propagated(lambda a, k: k * 2.0, {name: w.columns[name] for name in "ak"})
    expected = w.arrays["k"] * 2.0
    for found in (engine.sums(sums(p, by=by)).quantities["0"], engine.sums(sums(alone, by=by)).quantities["result"]):
        total = found.sum() if by else found
        same_total(total, expected * 40.0, 200.0)


def test_weights_and_means(engine: Engine) -> None:
    w = world(5)
    engine.arrow("readings", w.table)
    formula, weight = Formula("k*a + b"), np.array(w.table["w"])
    totals = engine.sums(sums(propagated(formula, w.columns), weight="w"))
    expected = (formula.evaluate(w.arrays) * weight).sum()
    same_total(totals.quantities["result"], expected, 200.0)
    assert totals.weight == pytest.approx(weight.sum(), rel=1e-14)
    mean = totals.mean("result")
    np.testing.assert_allclose(mean.u, (expected / weight.sum()).u, rtol=1e-12)


def test_units_of_a_python_model(engine: Engine) -> None:
    """Flow in L/min times hours, in kg: conversions are recorded as for arrays."""
    rng = np.random.default_rng(2)
    flow, hours = rng.uniform(1.0, 2.0, 30), rng.uniform(0.9, 1.1, 30)
    density = quantity(0.9982, 0.0002, "kg/L", label="density")

    def model(flow: Any, density: Any, gap: Any) -> Any:
        return flow * density * gap + quantity(0.1, None, "g")

    mark = influence("f")
    arrays = Quantity(flow, quantity(1.0, None, "L/min").unit, {mark.id: Block(mark, None, Dense(0.01 * flow[None]))})
    expected = model(arrays, density, quantity(hours, None, "h")).sum().to("kg")
    inputs = {
        "flow": Reading("flow", "L/min", shared=(Shared(mark, 0.01, relative=True),)),
        "density": density,
        "gap": Reading("gap", "h"),
    }
    engine.arrow("readings", pa.table({"flow": flow, "gap": hours}))

    def without_constant(flow: Any, density: Any, gap: Any) -> Any:
        return flow * density * gap

    found = engine.sums(sums(propagated(without_constant, inputs))).quantities["result"].to("kg")
    np.testing.assert_allclose(found.value + 30 * 1e-4, expected.value, rtol=1e-12)
    np.testing.assert_allclose(found.u, expected.u, rtol=1e-12)
    assert set(found.blocks) == set(expected.blocks)


def test_a_result_joins_the_lineage(engine: Engine) -> None:
    """What is summed in the lake and what is computed on arrays cancel where they share an influence."""
    w = world(8)
    engine.arrow("readings", w.table)
    k = w.columns["k"]
    total = engine.sums(sums(propagated(Formula("k*c"), w.columns))).quantities["result"]
    factor = float(np.sum(np.array(w.table["c"])))
    assert (total / factor).same_as(k, 1e-10)
    s = engine.sums(sums(propagated(Formula("s*c"), w.columns))).quantities["result"]
    assert float((s / factor - w.columns["s"]).u) < 1e-14


def test_a_query_read_twice_is_the_same_quantity(engine: Engine) -> None:
    w = world(9)
    engine.arrow("readings", w.table)
    inputs = {"c": Reading("c", independent=Independent(0.01))}
    query, other = sums(propagated(Formula("c**2"), inputs)), sums(propagated(Formula("c**2"), inputs))
    first, second, third = (engine.sums(q).quantities["result"] for q in (query, query, other))
    assert first.same_as(second) and not first.same_as(third)
    by_row = rows(propagated(Formula("c**2"), inputs), ["id"])
    again = [engine.rows(by_row)[1]["result"] for _ in range(2)]
    assert again[0].same_as(again[1])


@pytest.mark.parametrize(
    "text",
    [
        "sum(a*b)",
        "sum(a*w)/sum(w) + k",
        "mean(a)",
        "k*mean(a*b)/mean(b)**2 - sum(s) + e",
        "sqrt(sum(a)*sum(b))/mean(e)",
    ],
)
@pytest.mark.parametrize("by", [(), ("g",)])
def test_sums_within_a_formula(engine: Engine, text: str, by: tuple[str, ...]) -> None:
    w, formula = world(21), Formula(text)
    engine.arrow("readings", w.table)
    columns = {**w.columns, "w": Reading("w")}
    totals = engine.sums(sums(propagated(formula, columns), by=by))
    weights = quantity(np.array(w.table["w"]))
    if not by:
        same = formula.evaluate({**w.arrays, "w": weights})
        np.testing.assert_allclose(totals.quantities["result"].value, same.value, rtol=1e-12)
        np.testing.assert_allclose(totals.quantities["result"].u, same.u, rtol=1e-10)
    for i, label in enumerate(totals.keys["g"] if by else ()):
        mask = np.array(w.table["g"].to_pylist()) == label
        same = formula.evaluate({**w.of_group(label), "w": weights[mask]})
        np.testing.assert_allclose(totals.quantities["result"][i].value, same.value, rtol=1e-12)
        np.testing.assert_allclose(totals.quantities["result"][i].u, same.u, rtol=1e-10)


def test_degrees_of_freedom_of_a_sum(engine: Engine) -> None:
    """Σ over independent rows of ν degrees of freedom each: (Σc²)²·ν/Σc⁴ (GUM G.4.1), as the array has it."""
    w = world(6)
    engine.arrow("readings", w.table)
    inputs = {"b": Reading("b", independent=Independent("ub", dof=5.0))}
    found = engine.sums(sums(propagated(Formula("b**2"), inputs))).quantities["result"]
    q = quantity(np.array(w.table["b"]), np.array(w.table["ub"]), dof=5.0)
    np.testing.assert_allclose(found.dof, (q**2).sum().dof, rtol=1e-12)
