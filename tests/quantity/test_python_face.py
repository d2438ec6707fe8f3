"""The face as a newcomer meets it in Python: help, text, sums, refusals that say what to do, files."""

from __future__ import annotations

import inspect
import json
import math
import pydoc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import suyuan as sy
from suyuan.quantity.budget import by_influence
from suyuan.quantity.covariance import covariance
from suyuan.quantity.distribution import LAWS
from suyuan.quantity.finding import LANGUAGES, Refused, finding, sentences, told
from suyuan.quantity.influence import SHAPES
from suyuan.quantity.quantity import Quantity, quantity, stack

GAP = "\u2009"


def refused(act: Any) -> str:
    with pytest.raises(Refused) as caught:
        act()
    (found,) = caught.value.findings
    return found.code


# ---------------------------------------------------------------- the room that is a verb


def test_help_and_signature_are_those_of_the_function() -> None:
    assert inspect.signature(sy.quantity) == inspect.signature(quantity) and sy.quantity.__doc__ == quantity.__doc__
    shown = pydoc.plain(pydoc.render_doc(sy.quantity))
    assert "suyuan.quantity(value: 'ArrayLike', u: 'ArrayLike | None' = None" in shown
    assert "whatever the distribution" in shown and "PACKAGE CONTENTS" not in shown


def test_the_room_stays_a_room() -> None:
    import suyuan.quantity.unit as by_path
    from suyuan.quantity import unit as by_name

    assert sy.quantity.unit is by_path is by_name
    assert sy.quantity.quantity.quantity is quantity
    with pytest.raises(AttributeError):
        _ = sy.quantity.nothing_of_this_name


# ---------------------------------------------------------------- text


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ("", "10.002 36(16) kΩ"),
        ("c", "10.002 36(16) kΩ"),
        (".1c", "10.0024(2) kΩ"),
        ("p", "(10.002 36 ± 0.000 16) kΩ"),
        (".2f", "(10.00 ± 0.000 16) kΩ"),  # never ± 0.00
        (">20", "    10.002 36(16) kΩ"),
    ],
)
def test_format(spec: str, text: str) -> None:
    assert format(quantity(10.00235528, 0.0001624, "kohm"), spec).replace(GAP, " ") == text


def test_text_of_quantities() -> None:
    assert str(quantity(3.0, None, "m")) == "3 m" and f"{quantity(3.0, None, 'm'):.2f}" == "3.00 m"
    assert str(quantity(1.0 + 2.0j, 0.1 + 0.2j, "V")) == "(1.00(10) + j·2.00(20)) V"
    assert str(quantity(1e-7, 1e-9, "m")) == "1.000(10) × 10⁻⁷ m"
    assert str(quantity([1.0, 2.0], 0.1, "V")) == "[1.00(10), 2.00(10)] V"
    many = str(quantity(np.arange(1.0, 1001.0).reshape(10, 100), 0.1))
    assert many.startswith("[1.00(10), 2.00(10), 3.00(10), …,") and many.endswith("] (10 × 100)")
    assert repr(quantity(1.5, 0.1, "V")).startswith("Quantity(array(1.5) V")
    with pytest.raises(ValueError, match="does not format a quantity"):
        format(quantity(1.0, 0.1), "zz")


def test_what_a_prompt_shows_is_short() -> None:
    x, h = quantity([1.0, 2.0, 3.0, 4.0], 0.1), quantity(0.5, 0.01, "m", distribution="rectangular")

    def model(a: Any) -> Any:
        return a * a

    shown = [
        repr(by_influence(h * quantity(2.0, 0.1, label="arm"))), repr(sy.second_order(model, h)),
        repr(sy.monte_carlo(model, h, trials=10_000)), repr(sy.validate(model, h, digits=1)),
        repr(sy.fit_line(x.value, [1.1, 2.0, 3.2, 3.9])), repr(sy.monte_carlo(model, x, trials=10_000)),
    ]  # fmt: skip
    for text in shown:
        assert "Fraction" not in text and len(text) < 700 and max(map(len, text.splitlines())) < 120, text
    assert "arm" in shown[0] and "slope" in shown[4] and "m²" in shown[1]


# ---------------------------------------------------------------- sums, joining, choosing


def test_a_sum_of_quantities_begins_with_nothing() -> None:
    a, b = quantity(1.0, 0.1, "V"), quantity(2.0, 0.2, "mV")
    assert sum([a, b]).same_as(a + b) and sum([a]) is a
    assert refused(lambda: 1 + a) == refused(lambda: 0.0 + a) == "quantity.unit.dimension"


def world() -> tuple[Quantity, Quantity]:
    """Two arrays that share a standard, an influence array and a sum over it."""
    standard, noise = quantity(1.0, 0.1), quantity([1.0, 3.0, 2.0, 5.0], [0.1, 0.2, 0.3, 0.4])
    return noise * standard, noise[::-1] + noise.sum() - standard


def parts_of(q: Quantity) -> list[Quantity]:
    return [q[i] for i in range(len(q))]


def check_same(q: Quantity, single: list[Quantity]) -> None:
    """Against the values one by one: estimates, uncertainties, covariances."""
    apart = stack(single)
    np.testing.assert_allclose(q.value, apart.value)
    np.testing.assert_allclose(covariance(q, q), covariance(apart, apart), atol=1e-15)
    assert q.same_as(apart)


def test_joining_and_choosing_keep_identity() -> None:
    a, b = world()
    check_same(np.concatenate([a, b, a]), [*parts_of(a), *parts_of(b), *parts_of(a)])
    mask = np.array([True, False, False, True])
    check_same(np.where(mask, a, b), [(a if m else b)[i] for i, m in enumerate(mask)])
    check_same(np.where(a > b, a, 0.0), [a[i] if a.value[i] > b.value[i] else quantity(0.0) for i in range(4)])
    check_same(np.diff(b), [b[i + 1] - b[i] for i in range(3)])
    check_same(np.diff(a, 2), [a[i + 2] - 2.0 * a[i + 1] + a[i] for i in range(2)])
    for q in (a, b):
        check_same(np.cumsum(q), [sum(parts_of(q)[: i + 1]) for i in range(4)])
    assert np.max(a).same_as(a[3]) and np.min(a).same_as(a[0]) and (np.argmax(a), np.argmin(a)) == (3, 0)


def test_joining_tables_and_units() -> None:
    a, b = (q.reshape(2, 2) for q in world())
    wide = np.concatenate([a, b], axis=1)
    assert wide.shape == (2, 4) and wide[:, :2].same_as(a) and wide[:, 2:].same_as(b)
    metre, millimetre = quantity([1.0], 0.1, "m"), quantity([500.0], 1.0, "mm")
    assert np.concatenate([metre, millimetre]).unit == metre.unit
    assert np.concatenate([metre, millimetre])[1].same_as(millimetre[0])
    z = quantity([1.0 + 1.0j, 2.0], 0.1 + 0.1j)
    assert np.concatenate([z, z])[2:].same_as(z) and np.cumsum(z)[1].same_as(z.sum())
    assert refused(lambda: np.concatenate([metre, quantity([1.0], 0.1, "s")])) == "quantity.unit.dimension"
    assert refused(lambda: np.concatenate([metre, metre[0]])) == "quantity.shape.rank"
    assert refused(lambda: np.concatenate([metre[0], metre[0]])) == "quantity.shape.rank"
    assert refused(lambda: np.cumsum(quantity([1.0, 2.0], 0.1, "degC"))) == "quantity.unit.point"
    assert refused(lambda: np.max(z)) == "quantity.complex.order"
    assert refused(lambda: np.cumsum(quantity(np.ones(20_000), 0.1))) == "quantity.components.too_large"


def test_draws_are_joined_as_quantities_are() -> None:
    a = quantity([1.0, 2.0, 4.0], [0.1, 0.2, 0.3], "kohm")

    def model(x: Any) -> Any:
        return np.cumsum(np.concatenate([np.diff(x), x[:1]]))

    first, drawn = model(a), sy.monte_carlo(model, a, trials=40_000)
    np.testing.assert_allclose(drawn.mean, first.value, atol=0.01)
    np.testing.assert_allclose(drawn.u, first.u, rtol=0.03)
    assert drawn.unit == first.unit
    for act in (lambda x: np.concatenate([x, x[0]]), lambda x: np.cumsum(x, axis=0)):
        with pytest.raises(Refused):
            sy.monte_carlo(act, a, trials=10_000)


# ---------------------------------------------------------------- refusals


def test_unknown_distributions_are_refused_where_the_quantity_is_made() -> None:
    assert set(LAWS) | {"constant"} == SHAPES
    for word, meant in (("uniform", "rectangular"), ("gaussian", "normal"), ("banana", "")):
        with pytest.raises(Refused) as caught:
            sy.quantity(1.0, 0.1, distribution=word)
        (found,) = caught.value.findings
        assert found.code == "evaluation.distribution.unknown" and dict(found.parameters)["nearest"] == meant
    assert refused(lambda: sy.quantity([1, 2], 0.1, distribution="flat")) == "evaluation.distribution.unknown"
    assert refused(lambda: sy.joint([1.0], [0.1], [[1.0]], distribution="flat")) == "evaluation.distribution.unknown"


def test_a_refusal_says_what_where_why_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused) as caught:
        sy.quantity(1.0, -0.1)
    monkeypatch.setenv("SUYUAN_LANG", "en")
    what, why, remedy = str(caught.value).splitlines()
    assert what.startswith("the standard uncertainty -0.1 is negative") and "quantity.uncertainty.negative" in what
    assert why.startswith("  why: ") and remedy.startswith("  what to do: ")
    monkeypatch.setenv("SUYUAN_LANG", "zh")
    assert "为何：" in str(caught.value) and "怎么办：" in str(caught.value) and "「」" not in str(caught.value)
    with pytest.raises(Refused) as caught:
        sy.quantity(1.0, -0.1, label="gauge")
    assert "何处：gauge" in str(caught.value) and "「gauge」" in str(caught.value)


@pytest.mark.parametrize(
    "code", ["quantity.uncertainty.negative", "evaluation.readings.few", "quantity.complex.uncertainty"]
)
def test_no_empty_name_between_marks(code: str) -> None:
    for language in LANGUAGES:
        text = told(finding(code), language)
        assert "“”" not in text and "「」" not in text and "  " not in text.replace("\n  ", "\n"), text
        assert sentences(finding(code, "x"), language) != sentences(finding(code), language)


def test_what_numpy_would_say_in_its_own_words() -> None:
    assert refused(lambda: sy.quantity([1, 2, 3], [0.1, 0.2])) == "quantity.uncertainty.shape"
    assert refused(lambda: sy.quantity("1,5")) == "quantity.value.form"
    assert refused(lambda: sy.quantity(1.0, 0.1, 5)) == "quantity.unit.unknown"


# ---------------------------------------------------------------- expanded, decided, evaluated


def test_expanded_uncertainty_of_a_quantity() -> None:
    q = sy.quantity(50_000_838.0, 32.0, "nm", dof=16.7)  # GUM H.1.7
    spread = sy.expanded(q, 0.99, truncate=True)
    assert (round(spread.U), spread.dof) == (93, 16.0) == (round(sy.expanded(q, p=0.99, truncate=True).U), 16.0)
    assert sy.expanded(50_000_838.0, 32.0, 16.7, 0.99) == sy.expanded(float(q.value), 32.0, float(q.dof), 0.99)
    assert np.shape(sy.expanded(sy.quantity([1.0, 2.0], 0.1), 0.95).U) == (2,)
    assert refused(lambda: sy.expanded(q)) == "evaluation.coverage.probability"
    assert refused(lambda: sy.expanded(sy.quantity(1j, 0.1j + 0.1), 0.95)) == "quantity.complex.operation"
    with pytest.raises(TypeError):
        sy.expanded(1.0, 0.1)


def test_decisions_on_quantities() -> None:
    q = sy.quantity(10.08, 0.005, "mm")
    told = sy.decide(q, upper=sy.quantity(0.01010, None, "m"))
    assert (
        told.state == "pass" and math.isclose(told.U, 1.96 * 0.005, abs_tol=1e-5) and told.upper == pytest.approx(10.10)
    )
    assert sy.decide(q, upper=10.085).state == "undecided" and sy.decide(q, upper=10.0).state == "fail"
    assert sy.decide(q, upper=10.09, p=0.99).state == "undecided"
    assert sy.decide(sy.quantity([9.0, 11.0], 0.01), lower=8.0, upper=10.0).state.tolist() == [1, -1]
    assert refused(lambda: sy.decide(q, upper=sy.quantity(1.0, None, "s"))) == "quantity.unit.dimension"


def test_limits_and_expanded_uncertainties_make_quantities() -> None:
    q = sy.type_b.rectangular(20.0, half_width=0.5).quantity("degC", label="bath")
    assert float(q.u) == pytest.approx(0.5 / math.sqrt(3.0)) and q.influences()[0].distribution == "rectangular"
    assert float(sy.type_b.normal_from_expanded(1000.000325, U=240e-6, k=3).quantity("g").u) == pytest.approx(80e-6)
    assert sy.type_b.constant(2.0).quantity().blocks == {}
    assert sy.type_b.trapezoid(0.0, 1.0, 0.5).quantity().influences()[0].parameters


def test_evaluate_takes_paths_and_every_kind(tmp_path: Path) -> None:
    case = {"kind": "coverage_factor", "input": {"region": "ellipsoid", "probability": 0.95, "outputs": [2]}}
    (tmp_path / "k.json").write_text(json.dumps(case))
    assert sy.evaluate(case) == sy.evaluate(tmp_path / "k.json") == sy.evaluate(str(tmp_path / "k.json"))
    model = {"kind": "model", "input": {"model": "2*a", "inputs": [
        {"name": "a", "distribution": "normal", "parameters": {"mean": 1.0, "std": 0.1}}]}}  # fmt: skip
    (output,) = sy.evaluate(model).outputs.values()
    assert output.u == pytest.approx(0.2) and "2.00 ± 0.39" in repr(sy.evaluate(model))
    assert refused(lambda: sy.evaluate(3)) == "face.case.form"
    assert refused(lambda: sy.evaluate(tmp_path / "none.json")) == "face.file.not_read"
    assert refused(lambda: sy.evaluate("a\0b")) == "face.file.not_read"
    assert refused(lambda: sy.evaluate({"kind": "horoscope", "input": {}})) == "case.kind.unknown"


def test_an_archive_is_not_overwritten_unasked(tmp_path: Path) -> None:
    path, a, b = tmp_path / "a.json", sy.quantity(1.0, 0.1), sy.quantity(2.0, 0.1)
    sy.save(path, {"a": a})
    assert refused(lambda: sy.save(path, {"a": b})) == "face.file.exists"
    assert sy.load(path)["a"].same_as(a)
    sy.save(path, {"a": b}, overwrite=True)
    assert sy.load(path)["a"].same_as(b)
    assert refused(lambda: sy.save(tmp_path / "no" / "a.json", {"a": a})) == "face.file.not_written"
    assert refused(lambda: sy.load(tmp_path / "no.json")) == "face.file.not_read"
    assert refused(lambda: sy.load(tmp_path)) == "face.file.not_read"
