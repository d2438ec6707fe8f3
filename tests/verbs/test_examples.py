"""The published examples of the package: the same facts as the tests', compared as the tests compare them."""

from __future__ import annotations

import json
import math
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.verbs.examples import allowance, compared, computed, example, examples

from ..reference.compare import differences

CASES = Path(__file__).parents[1] / "reference" / "uncertainty.json"


def test_the_package_holds_the_cases_of_the_tests() -> None:
    inside = resources.files("suyuan.verbs.examples").joinpath("uncertainty.json").read_bytes()
    assert json.loads(inside) == json.loads(CASES.read_bytes())
    assert [e.id for e in examples()] == [case["id"] for case in json.loads(CASES.read_bytes())]


@pytest.mark.parametrize("id", [e.id for e in examples() if not e.trials])
def test_what_is_printed_is_computed(id: str) -> None:
    wrong = [row for row in computed(id) if not row.agrees]
    assert not wrong and computed(id)


def test_an_example_is_a_case_for_the_command_line() -> None:
    found = example("gum-h1-lpu")
    assert found is not None and found.document["kind"] == "model" and set(found.document) == {"kind", "input"}
    assert example("nothing of that name") is None
    with pytest.raises(KeyError):
        computed("nothing of that name")


def test_only_what_is_drawn_waits() -> None:
    trials = {e.id: e.trials for e in examples()}
    assert trials["s1-9.4-loss-x1=0.05-r=0"] == 10_000_000 and trials["gum-h1-lpu"] == 0


# ---------------------------------------------------------------- comparing

numbers = st.floats(-1e6, 1e6, allow_subnormal=False)
trees = st.recursive(
    st.one_of(numbers, st.booleans(), st.none(), st.text("ab", max_size=2)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["u", "value", "k"]), inner, max_size=3)
    ),
    max_leaves=8,
)
tolerances = st.dictionaries(
    st.sampled_from(["*", "u", "value", "value.u", "k"]),
    st.one_of(st.builds(lambda t: {"abs": t}, st.floats(0, 10)), st.builds(lambda t: {"rel": t}, st.floats(0, 1))),
    max_size=3,
)


@given(st.dictionaries(st.sampled_from(["u", "value", "k"]), trees, min_size=1), st.data())
def test_agreement_is_that_of_the_case_form(expected: dict[str, Any], data: st.DataObject) -> None:
    """The page's ticks and the comparison of the tests never say different things."""
    tolerance = data.draw(tolerances)
    changed = data.draw(st.sampled_from(sorted(expected)))
    got = {**expected, changed: data.draw(trees)} if data.draw(st.booleans()) else expected
    rows = list(compared(expected, got, tolerance))
    same_shape = _shape(expected) == _shape(got)
    if same_shape:
        assert all(row.agrees for row in rows) == (not differences(expected, got, tolerance))


def _shape(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _shape(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_shape(value) for value in tree]
    return None


@given(numbers, st.floats(1e-9, 10.0))
def test_the_printed_text_is_the_number(expected: float, allowed: float) -> None:
    row = next(iter(compared({"u": expected}, {"u": expected}, {"u": {"abs": allowed}})))
    assert float(row.printed) == pytest.approx(expected, rel=1e-12, abs=1e-300) and row.computed == row.printed


def test_zeros_that_were_printed_come_back() -> None:
    row = next(iter(compared({"u": 0.8}, {"u": 0.8041}, {"u": {"abs": 0.005}})))
    assert (row.printed, row.computed, row.agrees) == ("0.80", "0.80", True)
    whole = next(iter(compared({"u": 838}, {"u": 837.6}, {"u": {"abs": 0.5}})))
    assert (whole.printed, whole.computed) == ("838", "838")
    exact = next(iter(compared({"value": 10000.0}, {"value": 10000.0}, {"value": {"abs": 1e-9}})))
    assert exact.printed == "10000"


def test_a_number_that_is_missing_is_none_that_agrees() -> None:
    rows = list(compared({"u": 1.0, "r": {"a": {"b": 0.5}}, "k": [1.0, 2.0]}, {"u": math.nan, "k": [1.0]}, {}))
    assert [row.agrees for row in rows] == [False, False, True, False]
    assert [row.computed for row in rows] == ["", "", "1", ""] and rows[3].path == ("k", "1")


def test_the_longest_name_holds() -> None:
    tolerance = {"*": {"abs": 1.0}, "predict": {"abs": 0.5}, "predict.y": {"rel": 0.01}}
    assert allowance(2.0, ("predict", "0", "y"), tolerance) == 0.02
    assert allowance(2.0, ("predict", "3", "u_y"), tolerance) == 0.5
    assert allowance(2.0, ("slope",), tolerance) == 1.0
    assert allowance(0.0, ("y",), {"*": {"rel": 0.01}}) == 0.01 and allowance(2.0, ("y",), {}) == 0.0
