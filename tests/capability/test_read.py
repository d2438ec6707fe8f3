"""Rows of capabilities and needs: every fault with its place, nothing assumed in silence; written rows read back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.capability.capability import NODES, STAGES, Capability, Standing, Term
from suyuan.capability.interval import Interval
from suyuan.capability.matching.match import match
from suyuan.capability.need import Need, Target, Tolerance
from suyuan.capability.read import capability, need, nested
from suyuan.capability.target import rules, target_of
from suyuan.capability.uncertainty import Formula, Line, Matrix, RootSum, Table, Uncertainty, Value, at
from suyuan.capability.write import capability_row, flat, need_row
from suyuan.procedure.register import Context, read_register
from suyuan.quantity.finding import Finding, errors, sentences
from suyuan.quantity.unit import parse_unit
from suyuan.verbs.matching.written import match_json

CONTEXT = Context({"zh": "演示院"}, date(2026, 1, 1))
GOOD: dict[str, Any] = {
    "id": "C1", "quantity": "length", "item": "gauge block", "interval": {"low": 0.5, "high": 100, "unit": "mm"},
    "uncertainty": {"form": "root_sum", "a": 0.03, "b": 0.0003, "unit": "um", "k": 2},
}  # fmt: skip
NEED: dict[str, Any] = {
    "id": "N1", "quantity": "length", "interval": {"low": 1, "high": 100, "unit": "mm"},
    "target": {"U": 0.05, "unit": "um", "k": 2},
}  # fmt: skip


def delivered(kind: str, *rows: dict[str, Any]) -> tuple[tuple[Any, ...], tuple[Finding, ...]]:
    """Rows through a register, as they come."""
    document = {"suyuan": "register", "organisation": {"zh": "演示院"}, "number": "1", "day": "2026-01-01",
                "rows": {kind: list(rows)}}  # fmt: skip
    reader = {"capability": capability, "need": need}
    register, found = read_register(json.dumps(document).encode(), reader)
    for item in found:
        for language in ("zh", "en"):
            assert "?" not in sentences(item, language)["what"].replace("??", ""), item
    return (register.rows[kind] if register else ()), found


def laid(base: dict[str, Any], **over: Any) -> dict[str, Any]:
    return {key: value for key, value in {**base, **over}.items() if value is not None}


def test_a_good_row_has_no_finding() -> None:
    rows, found = delivered("capability", GOOD)
    assert not found and rows[0].laboratory == {"zh": "演示院"} and rows[0].uncertainty.form == RootSum(0.03, 0.0003)
    rows, found = delivered("need", NEED)
    assert not found and rows[0].target == Target(0.05, parse_unit("um"), 2.0)


def uncertain(**over: Any) -> dict[str, Any]:
    return laid(GOOD, uncertainty=laid(GOOD["uncertainty"], **over))


def table(**over: Any) -> dict[str, Any]:
    base = {"form": "table", "points": [0.5, 10, 100], "U": [1, 2, 3], "unit": "um", "k": 2}
    return laid(GOOD, uncertainty={**base, **over})


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    (laid(GOOD, interval={"low": 100, "high": 0.5, "unit": "mm"}), "capability.read.backwards", "/interval/low"),
    (laid(GOOD, interval={"low": 1, "high": 2}), "typed.field.missing", "/interval/unit"),
    (laid(GOOD, interval={"low": 1, "high": 2, "unit": "quux"}), "quantity.unit.unknown", "/interval/unit"),
    (laid(GOOD, interval={"low": 1, "unit": "mm"}), "typed.field.missing", "/interval/high"),
    (laid(GOOD, interval={"low": "a", "high": 2, "unit": "mm"}), "typed.number.syntax", "/interval/low"),
    (uncertain(unit="K"), "capability.read.U_dimension", "/uncertainty/unit"),
    (uncertain(unit=None), "typed.field.missing", "/uncertainty/unit"),
    (uncertain(relative=True), "capability.read.relative_unit", "/uncertainty/unit"),
    (uncertain(k=0), "capability.read.positive", "/uncertainty/k"),
    (uncertain(a=-1), "capability.read.negative", "/uncertainty/a"),
    (uncertain(a=0, b=0), "capability.read.positive", "/uncertainty/a"),
    (uncertain(form="values"), "typed.field.choice", "/uncertainty/form"),
    (uncertain(form="value", U=0, a=None, b=None), "capability.read.positive", "/uncertainty/U"),
    (uncertain(form="value", U=-0.1, a=None, b=None), "capability.read.positive", "/uncertainty/U"),
    (uncertain(form="value", U=[1, 2], a=None, b=None), "capability.read.one_U", "/uncertainty/U"),
    (table(points=[0.5, 50, 10]), "capability.read.ascending", "/uncertainty/points/2"),
    (table(U=[1, 2]), "capability.read.table", "/uncertainty/U"),
    (table(U=[1, 0, 2]), "capability.read.positive", "/uncertainty/U/1"),
    (uncertain(form="formula", text="evil(x)", a=None, b=None), "formula.function.unknown", "/uncertainty/text"),
    (laid(GOOD, standings=[{"kind": "accredited", "valid_from": "2026-01-01", "valid_until": "2025-01-01"}]),
     "capability.read.period", "/standings/0/valid_from"),
    (laid(GOOD, standings=[{"kind": "famous"}]), "typed.field.choice", "/standings/0/kind"),
    (laid(GOOD, stages=["producing"]), "typed.field.choice", "/stages"),
    (laid(GOOD, nodes="parts"), "typed.field.choice", "/nodes"),
    (laid(GOOD, valid_until="2026-02-30"), "typed.date.impossible", "/valid_until"),
    (laid(GOOD, price=-5), "capability.read.negative", "/price"),
    (laid(GOOD, persons=-1), "capability.read.count", "/persons"),
    (laid(GOOD, quantity=""), "typed.field.missing", "/quantity"),
    (laid(GOOD, conditions={"voltage": {"unit": "V"}}), "capability.read.condition", "/conditions/voltage"),
    (laid(GOOD, conditions={"voltage": {"low": 9, "high": 1, "unit": "V"}}), "capability.read.backwards",
     "/conditions/voltage/low"),
    (laid(GOOD, standards=[{"issuer": "X"}]), "typed.field.missing", "/standards/0/number"),
    (laid(GOOD, budget=[{"symbol": "t", "u": -1}]), "capability.read.negative", "/budget/0/u"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "code", "place"), FAULTS, ids=lambda x: x if isinstance(x, str) else "")
def test_a_fault_keeps_the_row_out_and_the_others_in(row: dict[str, Any], code: str, place: str) -> None:
    rows, found = delivered("capability", {**row, "id": "bad"}, GOOD)
    assert [r.id for r in rows] == ["C1"]
    assert (code, "/rows/capability/0" + place) in [(f.code, f.where.partition(":")[0]) for f in found], found


@pytest.mark.parametrize(("row", "code", "place"), [
    (laid(GOOD, interval={"low": 100, "high": 0.5, "unit": "mm"}), "capability.read.backwards", "/interval/low"),
    (laid(GOOD, interval={"low": 1, "high": 2, "unit": "quux"}, budget=[{"symbol": "t", "u": 1}]),
     "quantity.unit.unknown", "/interval/unit"),
    (uncertain(form="values"), "typed.field.choice", "/uncertainty/form"),
    (laid(GOOD, interval={"lower": 1, "high": 2, "unit": "mm"}), "capability.read.end", "/interval/lower"),
])  # fmt: skip
def test_one_fault_is_one_finding(row: dict[str, Any], code: str, place: str) -> None:
    _, found = delivered("capability", {**row, "id": "bad"}, GOOD)
    assert [(f.code, f.where) for f in found] == [(code, "/rows/capability/0" + place)], found


WARNED: list[tuple[dict[str, Any], str]] = [
    (uncertain(k=None), "capability.read.k_assumed"),
    (table(points=[1, 10, 100]), "capability.read.points_short"),
    (table(points=[0.1, 10, 100]), "capability.read.points_beyond"),
    (laid(GOOD, uncertainty=None), "capability.read.no_uncertainty"),
    (laid(GOOD, quantity="quality of cheese"), "capability.read.quantity"),
    (laid(GOOD, quantity="mass"), "capability.read.quantity_unit"),
    (laid(GOOD, quantity="temperature", interval={"low": 1, "high": 2, "unit": "degC"},
          uncertainty={"U": 1, "unit": "%", "k": 2}), "capability.read.relative_point"),
    (laid(GOOD, colour="red"), "typed.field.unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "code"), WARNED, ids=[code for _, code in WARNED])
def test_what_is_assumed_or_odd_is_told_and_goes_in(row: dict[str, Any], code: str) -> None:
    rows, found = delivered("capability", row)
    assert len(rows) == 1 and code in [f.code for f in found] and all(f.severity != "error" for f in found)


def test_an_unknown_quantity_is_a_warning_that_names_the_nearest_words() -> None:
    rows, found = delivered("capability", laid(GOOD, quantity="长渡"), laid(GOOD, id="C2", quantity="mood"))
    assert len(rows) == 2 and {(f.code, f.severity) for f in found} == {("capability.read.quantity", "warning")}
    said = [sentences(f, "zh")["what"] for f in found]
    assert "是不是「长度" in said[0] and "是不是" not in said[1]
    assert "meant: “长度" in sentences(found[0], "en")["what"]
    _, found = delivered("need", laid(NEED, quantity="lenght", target={"U": 1, "unit": "um", "k": 2}))
    assert [dict(f.parameters)["near"] for f in found] == ["length"]


def test_k_is_two_only_with_a_finding() -> None:
    rows, _ = delivered("capability", uncertain(k=None))
    assert rows[0].uncertainty.k == 2.0


def test_per_cent_is_relative_and_a_fraction() -> None:
    rows, found = delivered("capability", laid(GOOD, uncertainty={"U": 0.5, "unit": "%", "k": 2}))
    assert not found and rows[0].uncertainty == Uncertainty(Value(0.005), 2.0, None)
    gas = laid(GOOD, quantity="amount_fraction", interval={"low": 1, "high": 9, "unit": "umol/mol"})
    rows, _ = delivered("capability", laid(gas, uncertainty={"U": 0.1, "unit": "umol/mol", "k": 2}))
    assert not rows[0].uncertainty.relative
    rows, _ = delivered("capability", laid(gas, uncertainty={"U": 1, "unit": "%", "relative": True, "k": 2}))
    assert rows[0].uncertainty == Uncertainty(Value(0.01), 2.0, None)


def test_an_open_end_of_a_condition() -> None:
    rows, found = delivered("capability", laid(GOOD, conditions={"voltage": {"high": 750, "unit": "V"}}))
    assert not found and rows[0].conditions["voltage"] == Interval(float("-inf"), 750.0, parse_unit("V"))


def test_a_need_without_a_target_is_told() -> None:
    rows, found = delivered("need", laid(NEED, target=None))
    assert rows[0].target is None and [f.code for f in found] == ["capability.read.no_target"]
    wrong = {"half_width": 0.25, "unit": "um", "rule": "as good as can be"}
    rows, found = delivered("need", laid(NEED, target=None, tolerance=wrong))
    assert rows[0].target is None
    assert [f.code for f in found] == ["capability.read.rule"], "it says that no target follows"


def test_the_target_follows_from_a_tolerance() -> None:
    half = {"half_width": 0.25, "unit": "um", "rule": "one_fifth"}
    rows, found = delivered("need", laid(NEED, target=None, tolerance=half))
    assert rows[0].target == Target(0.05, parse_unit("um"), 2.0)
    assert [f.code for f in found] == ["capability.target.derived"]
    assert "0.05 µm" in sentences(found[0], "zh")["what"] and "U = T/5" in sentences(found[0], "en")["what"]


@pytest.mark.parametrize("name", list(rules()))
def test_every_rule_gives_a_target_with_its_sentence(name: str) -> None:
    target, found = target_of(Tolerance(3.0, None, name))
    assert target is not None and 0.0 < target.U < 3.0 and target.relative
    said = sentences(found[0], "zh")
    assert "?" not in said["what"] + said["why"] and rules()[name].source in said["why"]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("target", {"U": 1, "unit": "K", "k": 2}, "capability.read.U_dimension"),
        ("target", {"U": 0, "unit": "um", "k": 2}, "capability.read.positive"),
        ("target", {"unit": "um", "k": 2}, "typed.field.missing"),
        ("conditions", {"site": ["lab", "on-site"]}, "capability.read.one_word"),
        ("standing", "royal", "typed.field.choice"),
        ("criticality", 9, "capability.read.count"),
        ("days_most", -1, "capability.read.negative"),
        ("confidential", "maybe", "typed.field.type"),
    ],
)
def test_a_faulty_need_is_kept_out(field: str, value: Any, code: str) -> None:
    rows, found = delivered("need", laid(NEED, id="bad", **{field: value}), NEED)
    assert [r.id for r in rows] == ["N1"] and code in [f.code for f in found]


# ---------------------------------------------------------------- there and back

words = st.text("abc 量块", min_size=1, max_size=6).map(str.strip).filter(bool)
sizes = st.floats(1e-6, 1e6)
days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
units = st.sampled_from([parse_unit(u) for u in ("mm", "um", "m")])
names = st.dictionaries(st.sampled_from(("zh", "en")), words, min_size=1)
places = st.floats(-1e4, 1e4).filter(lambda x: x == 0.0 or abs(x) > 1e-90)
ordered = st.lists(places, min_size=2, max_size=4, unique=True).map(lambda x: tuple(sorted(x)))
some = st.one_of(st.none(), sizes)


@st.composite
def uncertainties(draw: Any) -> Uncertainty:
    kind = draw(st.sampled_from(("value", "root_sum", "line", "table", "formula", "matrix")))
    given_units: tuple[Any, ...] = ()
    if kind == "value":
        form: Any = Value(draw(sizes))
    elif kind in ("root_sum", "line"):
        form = (RootSum if kind == "root_sum" else Line)(draw(sizes), draw(sizes))
    elif kind == "table":
        points = draw(ordered)
        form = Table(points, tuple(draw(sizes) for _ in points))
    elif kind == "formula":
        form, given_units = Formula("0.1 + f*x"), (("f", parse_unit("kHz")),)
    else:
        points, grid = draw(ordered), draw(ordered)
        U = tuple(tuple(draw(sizes) for _ in grid) for _ in points)
        form = Matrix(points, "frequency", grid, parse_unit("kHz"), U)
    return Uncertainty(form, draw(st.floats(1, 3)), draw(st.one_of(st.none(), units)), given_units)


intervals = st.builds(lambda e, u: Interval(e[0], e[-1], u), ordered, units)
stated = st.one_of(st.lists(words, min_size=1, max_size=3, unique=True).map(tuple), intervals)


@st.composite
def capabilities(draw: Any) -> Capability:
    since = draw(days)
    standing = Standing("cmc", draw(words), "1", since, draw(st.one_of(st.none(), st.just(date(2031, 1, 1)))))
    term = Term("t", draw(names), draw(sizes), draw(st.one_of(st.just(0.0), sizes)), ("issuer", "7"), "ab" * 16, "own")
    return Capability(
        draw(words), draw(names), draw(words), draw(intervals), draw(st.one_of(st.none(), uncertainties())),
        measurand=draw(names), item=draw(words), conditions=draw(st.dictionaries(words, stated, max_size=3)),
        standings=draw(st.sampled_from(((), (standing,)))), standards=draw(st.sampled_from(((), (("a", "b"),)))),
        budget=draw(st.sampled_from(((), (term,)))),
        stages=tuple(draw(st.lists(st.sampled_from(STAGES), unique=True))),
        nodes=tuple(draw(st.lists(st.sampled_from(NODES), unique=True))), region="310000", days=draw(some),
        price=draw(some), capacity=draw(some), persons=draw(st.integers(0, 9)), valid_from=since,
        demo=draw(st.booleans()),
    )  # fmt: skip


@st.composite
def needs(draw: Any) -> Need:
    wanted = st.one_of(words, intervals)
    target = Target(draw(sizes), draw(st.one_of(st.none(), units)), draw(st.floats(1, 3)))
    return Need(
        draw(words), draw(names), draw(words), draw(intervals), target,
        draw(st.one_of(st.none(), st.builds(Tolerance, sizes, st.one_of(st.none(), units), st.just("one_third")))),
        title=draw(names), conditions=draw(st.dictionaries(words, wanted, max_size=3)),
        standing=draw(st.sampled_from(("", "accredited"))), day=draw(st.one_of(st.none(), days)), days_most=draw(some),
        stage=draw(st.sampled_from(("", *STAGES))), criticality=draw(st.integers(1, 5)), firms=draw(st.integers(1, 99)),
        size=draw(some), confidential=draw(st.booleans()),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(capabilities())
def test_a_written_capability_reads_back(item: Capability) -> None:
    row = capability_row(item)
    assert nested(flat(row)) == row or any("." in name for name in item.conditions)
    rows, found = delivered("capability", row)
    assert rows == (item,), found


@settings(max_examples=60, deadline=None)
@given(needs())
def test_a_written_need_reads_back(item: Need) -> None:
    rows, found = delivered("need", need_row(item))
    assert rows == (item,), found


# ---------------------------------------------------------------- whatever is typed

anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.floats(allow_nan=False), st.text(max_size=4),
              st.sampled_from(("mm", "%", "value", "table", "matrix", "formula", "x+1", "true", "1e400"))),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(
        st.sampled_from(("form", "U", "unit", "k", "low", "high", "value", "points", "grid", "grid_unit", "condition",
                         "relative", "text", "units", "issuer", "number", "kind", "symbol", "u", "zh", "rule",
                         "half_width", "x")), inner, max_size=5)),
    max_leaves=8,
)  # fmt: skip
FIELDS = (
    "id", "laboratory", "quantity", "measurand", "item", "analyte", "interval", "interval_of", "uncertainty",
    "conditions", "method", "standings", "standards", "budget", "stages", "nodes", "place", "days", "price", "persons",
    "parameters", "valid_from", "demo", "target", "tolerance", "standing", "day", "stage", "criticality",
    "confidential",
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(("capability", "need")), st.dictionaries(st.sampled_from(FIELDS), anything, min_size=1, max_size=4)
)
def test_nothing_that_is_typed_ends_in_a_traceback(kind: str, over: dict[str, Any]) -> None:
    base = GOOD if kind == "capability" else NEED
    rows, found = delivered(kind, {**base, **over}, {**base, "id": "other"})
    assert rows[-1].id == "other"
    assert len(rows) == 2 or any(f.where.startswith(f"/rows/{kind}/0") for f in found)


@settings(max_examples=60, deadline=None)
@given(st.lists(capabilities(), max_size=3, unique_by=lambda c: c.id), needs(), st.sampled_from(("evidence", "stated")))
def test_whatever_is_read_can_be_matched_and_written(items: list[Capability], wants: Need, proof: Any) -> None:
    several = [replace(item, quantity="length", item="") for item in items]
    found = match(replace(wants, quantity="length", item=""), several, {}, date(2026, 1, 1), proof)
    assert len(found.examined) == len(items)
    json.dumps(match_json(found), allow_nan=False)
    whole = len(found.uncovered) == 0 and bool(found.covered)
    asked = not found.covered and "capability.match.unsure" in {f.code for f in found.findings}
    open_ = ("cannot", "unknown") if asked else ("cannot", "partly")  # a condition that nobody stated is asked about
    assert found.verdict in (open_ if not whole else ("not_accurate", "can"))


@pytest.mark.parametrize(
    "form",
    [{"form": "value", "U": "0.6"}, {"form": "line", "a": "0.5", "b": "0.001"},
     {"form": "formula", "text": "0.5 + 0.001*x"}],
)  # fmt: skip
@pytest.mark.parametrize(("unit", "part"), [("%", 0.01), ("ppm", 1e-6), ("mV", None)])
def test_every_form_and_the_budget_are_read_in_the_unit_of_U(
    form: dict[str, Any], unit: str, part: float | None
) -> None:
    rows, found = delivered("capability", {
        "id": "C2", "quantity": "voltage", "interval": {"low": 1, "high": 1000, "unit": "V"},
        "uncertainty": {**form, "unit": unit, "k": 2}, "budget": [{"symbol": "s", "u": "0.2", "slope": "0.0004"}],
    })  # fmt: skip
    assert not errors(found)
    read, volt = rows[0], parse_unit("V")
    assert at(read.uncertainty, 100.0, volt) == pytest.approx(0.6 * (100.0 * part if part else 1.0))
    assert read.budget[0].u == pytest.approx(0.2 * (part or 1.0))
    assert read.budget[0].slope == pytest.approx(0.0004 * (part or 1.0))
    again, _ = delivered("capability", capability_row(read))
    assert again[0].uncertainty == read.uncertainty and again[0].budget == read.budget


def test_a_condition_that_says_nothing_is_told() -> None:
    rows, found = delivered("capability", laid(GOOD, conditions={"frequency": {}, "site": "lab"}))
    told = [(f.code, f.where) for f in found]
    assert ("typed.field.missing", "/rows/capability/0/conditions/frequency/unit") in told and not rows


@pytest.mark.parametrize(
    ("over", "where"),
    [
        ({"interval": {"low": 1, "high": 1e200, "unit": "mm"}}, "interval/high"),
        ({"uncertainty": {"form": "value", "U": 1e-200, "k": 2, "unit": "um"}}, "uncertainty/U"),
        ({"uncertainty": {"form": "line", "a": 1, "b": 1e180, "k": 2, "unit": "um"}}, "uncertainty/b"),
        ({"budget": [{"symbol": "t", "u": 1e120}]}, "budget/0/u"),
    ],
)
def test_a_number_of_absurd_size_is_told_at_its_place(over: dict[str, Any], where: str) -> None:
    _, found = delivered("capability", {**GOOD, **over})
    assert ("capability.read.absurd", f"/rows/capability/0/{where}") in [(f.code, f.where) for f in found]


def test_a_value_below_the_least_of_its_kind_is_told_and_kept() -> None:
    below = laid(GOOD, interval={"low": -5, "high": 100, "unit": "mm"})
    rows, found = delivered("capability", below)
    assert len(rows) == 1 and "capability.read.below_least" in {f.code for f in found}
    cold = laid(NEED, quantity="temperature", interval={"low": -300, "high": 100, "unit": "degC"}, target=None)
    assert "capability.read.below_least" in {f.code for f in delivered("need", cold)[1]}
    frost = laid(NEED, quantity="temperature", interval={"low": -40, "high": 100, "unit": "degC"}, target=None)
    assert "capability.read.below_least" not in {f.code for f in delivered("need", frost)[1]}


@pytest.mark.parametrize("many", [401, 5000])
def test_a_name_that_is_no_name_is_refused(many: int) -> None:
    rows, found = delivered("need", laid(NEED, organisation="厂" * many))
    assert not rows and {"capability.read.name_long", "typed.field.text"} & {f.code for f in found}
    assert len(delivered("need", laid(NEED, organisation="厂" * 400))[0]) == 1
