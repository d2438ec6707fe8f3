"""What has no value is counted and named, never a silent not-a-number; what cannot be said on columns is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from suyuan.lake.engine import Engine
from suyuan.quantity.finding import Finding, Refused
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.formula.model import read_model
from suyuan.quantity.influence import Influence
from suyuan.quantity.quantity import quantity
from suyuan.series.propagated import propagated
from suyuan.series.reading import Independent, Reading, Shared
from suyuan.series.rows import rows
from suyuan.series.sums import sums


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(threads=1) as opened:
        yield opened


def refused(work: Any) -> tuple[Finding, ...]:
    with pytest.raises(Refused) as caught:
        work()
    return caught.value.findings


def of(item: Finding) -> dict[str, str]:
    return dict(item.parameters)


NOISE = Independent(0.1)

FAILING = [
    ("x/(y - 2)", [1, 1, 1, 1], [2, 2, 3, 4], "series.value.failed", "formula:1", 2, "x/(y - 2)"),
    ("1/x + log(y)", [1, 1, 1, 1], [-1, 0, 3, 4], "series.value.failed", "formula:7", 2, "log(y)"),
    ("sqrt(x - 2)*y", [1, 1, 1, 3], [1, 2, 3, 4], "series.value.failed", "formula:1", 3, "sqrt(x - 2)"),
    ("asin(x) + y", [1.5, 0.5, 0, 0], [1, 2, 3, 4], "series.value.failed", "formula:1", 1, "asin(x)"),
    ("sin(exp(x))*y", [1000, 1, 1, 1], [1, 2, 3, 4], "series.value.failed", "formula:5", 1, "exp(x)"),
    ("(x - 3)**1.5 + y", [1, 1, 4, 4], [1, 2, 3, 4], "series.value.failed", "formula:1", 2, "(x - 3)**1.5"),
    ("log10(x)/y", [1, 2, 3, 4], [1, 0, 3, 0], "series.value.failed", "formula:1", 2, "log10(x)/y"),
    ("sqrt(x) + y", [0, 0, 1, 1], [1, 2, 3, 4], "series.slope.failed", "inputs.x", 2, ""),
    ("abs(x) + y", [0, -1, 1, 1], [1, 2, 3, 4], "series.slope.failed", "inputs.x", 1, ""),
    ("x + y", [float("nan"), 1, 1, float("inf")], [1, 2, 3, 4], "series.column.not_finite", "x", 2, ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "x", "y", "code", "where", "count", "part"), FAILING, ids=[row[0] for row in FAILING])
@pytest.mark.parametrize("kind", ["sums", "groups", "rows"])
def test_rows_that_fail_are_counted_at_their_place(
    engine: Engine, text: str, x: list[float], y: list[float], code: str, where: str, count: int, part: str, kind: str
) -> None:
    engine.arrow("readings", pa.table({"x": np.array(x, float), "y": np.array(y, float), "g": list("ppqq")}))
    p = propagated(Formula(text), {"x": Reading("x", independent=NOISE), "y": Reading("y", independent=NOISE)})
    if kind == "rows":
        found = refused(lambda: engine.rows(rows(p)))
    else:
        found = refused(lambda: engine.sums(sums(p, by=["g"] if kind == "groups" else [])))
    assert [f.code for f in found] == [code]
    assert (of(found[0])["count"], of(found[0])["rows"]) == (str(count), "4")
    assert found[0].where.endswith(where.removeprefix("formula")) and part in (of(found[0]).get("part", ""))


def test_an_engine_that_answers_null_is_seen_through() -> None:
    """Some engines answer NULL to x/0, and a sum skips it: rows without value are missed by no one."""
    with Engine(threads=1) as engine:
        engine._connection.execute("SET ieee_floating_point_ops = false")
        engine.arrow("readings", pa.table({"x": [1.0, 1.0, 1.0], "y": [0.0, 2.0, 0.0]}))
        assert engine._connection.execute("SELECT sum(x/y) FROM readings").fetchall() == [(0.5,)]
        p = propagated(Formula("x/y"), {"x": Reading("x"), "y": Reading("y")})
        for work in (lambda: engine.sums(sums(p)), lambda: engine.rows(rows(p))):
            found = refused(work)
            assert [(f.code, of(f)["count"]) for f in found] == [("series.value.failed", "2")]


def test_a_python_model_names_the_operation(engine: Engine) -> None:
    engine.arrow("readings", pa.table({"x": [1.0, -1.0]}))
    p = propagated(lambda x: np.log(x) * 2.0, {"x": Reading("x")})
    assert of(refused(lambda: engine.sums(sums(p)))[0])["part"] == "log"


def test_empty_cells_are_counted_and_never_zero(engine: Engine) -> None:
    """A row counts where every cell that it needs has a value: also the uncertainty, which is not nil when missing."""
    table = pa.table(
        {
            "x": pa.array([1.0, None, 3.0, 4.0, 5.0, None]),
            "u": pa.array([0.1, 0.1, None, 0.1, 0.1, 0.1]),
            "g": ["p", "p", "p", "q", "q", "r"],
            "other": pa.array([None, 1.0, 1.0, 1.0, 1.0, 1.0]),
        }
    )
    engine.arrow("readings", table)
    p = propagated(Formula("2*x + 1"), {"x": Reading("x", independent=Independent("u"))})
    totals = engine.sums(sums(p))
    assert (totals.count, totals.missing) == (3, 3)
    assert totals.quantities["result"].value == pytest.approx(23.0)
    assert totals.quantities["result"].u == pytest.approx(0.2 * np.sqrt(3))
    assert [(f.code, f.severity, of(f)["missing"], of(f)["rows"]) for f in totals.findings] == [
        ("series.rows.missing", "warning", "3", "6")
    ]
    grouped = engine.sums(sums(p, by=["g"]))
    by_group = dict(zip(grouped.keys["g"].tolist(), zip(grouped.count, grouped.missing, strict=True), strict=True))
    assert by_group == {"p": (1, 2), "q": (2, 0)}
    assert [f.code for f in grouped.findings] == ["series.rows.missing", "series.group.empty"]
    assert of(grouped.findings[1])["groups"] == "r"
    assert engine.run(rows(p).missing)["rows"][0] == 3


def test_a_sum_of_nothing_is_unknown(engine: Engine) -> None:
    engine.arrow("readings", pa.table({"x": pa.array([None, None], pa.float64())}))
    p = propagated(Formula("x"), {"x": Reading("x")})
    found = refused(lambda: engine.sums(sums(p)))
    assert found[0].code == "series.rows.none" and of(found[0])["missing"] == "2"


def test_a_sum_that_overflows_is_refused(engine: Engine) -> None:
    engine.arrow("readings", pa.table({"x": [1e308, 1e308]}))
    found = refused(lambda: engine.sums(sums(propagated(Formula("x"), {"x": Reading("x")}))))
    assert [f.code for f in found] == ["series.sum.not_finite"]


@pytest.mark.parametrize(
    ("text", "where", "part"),
    [
        ("x - mean(x)", "model:1", "x - mean(x)"),
        ("2 + sum(x*mean(y))", "model:9", "x*mean(y)"),
        ("sqrt(sum((x - y*mean(x))**2))", "model:15", "y*mean(x)"),
    ],
)
def test_rows_and_sums_do_not_mix(text: str, where: str, part: str) -> None:
    found = refused(lambda: propagated(Formula(text), {"x": Reading("x"), "y": Reading("y")}))
    assert [(f.code, f.where, of(f)["part"]) for f in found] == [("series.reduction.mixed", where, part)]


def test_a_model_gives_rows_or_sums() -> None:
    model, _ = read_model({"a": "sum(x)", "b": "x*2"})
    assert model is not None
    found = refused(lambda: propagated(model, {"x": Reading("x")}))
    assert [(f.code, f.where) for f in found] == [("series.reduction.outputs", "model.b")]
    p = propagated(Formula("sum(x)"), {"x": Reading("x")})
    assert refused(lambda: rows(p))[0].code == "series.reduction.rows"
    assert refused(lambda: sums(p, weight="x"))[0].code == "series.reduction.weight"


def test_inputs_that_are_none() -> None:
    pair = Influence("2" * 32, size=2, u=np.ones(2))
    x = Reading("x")
    cases: list[tuple[str, dict[str, Any]]] = [
        ("series.input.array", {"x": x, "k": quantity([1.0, 2.0], 0.1)}),
        ("series.input.missing", {"x": x}),
        ("series.input.no_column", {"x": 1.0, "k": 2.0}),
        ("quantity.value.not_finite", {"x": x, "k": float("nan")}),
        ("quantity.uncertainty.negative", {"x": Reading("x", independent=Independent(-0.1)), "k": 1.0}),
        ("quantity.dof.not_positive", {"x": Reading("x", independent=Independent(0.1, dof=0.0)), "k": 1.0}),
        ("series.input.element", {"x": Reading("x", shared=(Shared(pair, 0.1, element=2),)), "k": 1.0}),
        ("series.input.component", {"x": Reading("x", shared=(Shared(pair, float("inf")),)), "k": 1.0}),
    ]
    for code, inputs in cases:
        found = refused(lambda inputs=inputs: propagated(Formula("x*k"), inputs))  # type: ignore[misc]
        assert found[0].code == code and found[0].where.partition(".")[0] == "inputs", code


def test_one_identity_with_two_contents_is_refused() -> None:
    first, second = (Influence("3" * 32, u=np.ones(1), dof=dof) for dof in (5.0, 6.0))
    inputs = {"x": Reading("x", shared=(Shared(first, 0.1),)), "y": Reading("y", shared=(Shared(second, 0.1),))}
    assert refused(lambda: propagated(Formula("x*y"), inputs))[0].code == "quantity.identity.conflict"


def test_python_models_that_look_at_values() -> None:
    x = {"x": Reading("x")}
    for model in (lambda x: x if x > 0 else -x, lambda x: x.sum(), lambda x: x[0]):
        assert refused(lambda model=model: propagated(model, x))[0].code == "series.model.not_recordable"  # type: ignore[misc]
    weights = np.array([1.0, 2.0])
    assert refused(lambda: propagated(lambda x: x * weights, x))[0].code == "series.operand.shape"
    assert refused(lambda: propagated(lambda x: np.floor(x), x))[0].code == "quantity.operation.unlisted"


def test_scalars_alone_without_a_value() -> None:
    found = refused(lambda: propagated(Formula("x*log(k)"), {"x": Reading("x"), "k": quantity(-1.0, 0.1)}))
    assert [(f.code, of(f)["part"]) for f in found] == [("series.value.scalar", "log(k)")]


def test_names_of_results_and_units() -> None:
    p = propagated(Formula("x"), {"x": Reading("x", "degC")}, unit="degC")
    assert refused(lambda: sums(p))[0].code == "quantity.unit.point"
    q = propagated(Formula("x"), {"x": Reading("x")})
    assert refused(lambda: sums(q, by=["value"]))[0].code == "series.column.reserved"
    assert refused(lambda: sums(q, by=["sum_0"]))[0].code == "series.column.reserved"
    assert refused(lambda: rows(q, ["u"]))[0].code == "series.column.reserved"
    wrong = propagated(Formula("x + y"), {"x": Reading("x", "mm"), "y": Reading("y", "kg")})
    assert [f.code for f in wrong.findings] == ["formula.unit.dimension"]
