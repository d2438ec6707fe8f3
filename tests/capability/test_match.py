"""Matching: verdicts against a slow checker that looks at single values, and the case form against its own words."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.capability.capability import Capability, Standing, Term
from suyuan.capability.gaps.gap import gap
from suyuan.capability.interval import Interval
from suyuan.capability.matching.gate import Support
from suyuan.capability.matching.match import match
from suyuan.capability.need import Need, Target
from suyuan.capability.uncertainty import RootSum, Uncertainty, Value
from suyuan.quantity.finding import Refused, sentences
from suyuan.quantity.unit import parse_unit
from suyuan.verbs.cases import answer

MM, UM, NM, PERCENT = (parse_unit(u) for u in ("mm", "um", "nm", "%"))
DAY = date(2026, 6, 1)

# ---------------------------------------------------------------- verdicts against single values


@st.composite
def worlds(draw: Any) -> tuple[Need, list[Capability], dict[Any, Support]]:
    low = draw(st.integers(0, 40))
    need = Need(
        "N", {}, "length", Interval(float(low), float(low + draw(st.integers(1, 60))), MM),
        draw(st.sampled_from((Target(0.05, UM), Target(0.08, UM), Target(80.0, NM), Target(2e-6)))),
        conditions=draw(st.sampled_from(({}, {"site": "lab"}))), standing=draw(st.sampled_from(("", "accredited"))),
    )  # fmt: skip
    capabilities, supports = [], {}
    for n in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, 60))
        item = Capability(
            f"C{n}", {"en": draw(st.sampled_from(("A", "B")))}, draw(st.sampled_from(("length", "length", "mass"))),
            Interval(float(start), float(start + draw(st.integers(1, 80))), MM),
            draw(st.sampled_from((
                None, Uncertainty(Value(0.05), unit=UM), Uncertainty(Value(0.09), unit=UM),
                Uncertainty(RootSum(0.03, 0.001), unit=UM), Uncertainty(Value(1e-6)), Uncertainty(Value(0.06), 3.0, UM),
            ))),
            conditions=draw(st.sampled_from(({}, {"site": ("lab",)}, {"site": ("on-site",)}))),
            standings=draw(st.sampled_from(((), (Standing("cmc", "KCDB", "1", valid_until=date(2026, 5, 1)),),
                                            (Standing("cmc", "KCDB", "1"),)))),
            persons=draw(st.sampled_from((0, 0, 2))),
        )  # fmt: skip
        capabilities.append(item)
        supports[item.key] = Support(
            draw(st.sampled_from(("complete", "complete", "broken", "unstated"))), (),
            draw(st.sampled_from(("untested", "supported", "contradicted"))), draw(st.sampled_from((None, 1, 2))),
        )  # fmt: skip
    return need, capabilities, supports


def covers_at(need: Need, item: Capability, y: float) -> bool:
    site = need.conditions.get("site")
    return (
        item.quantity == need.quantity and item.interval.low <= y <= item.interval.high
        and (site is None or site in item.conditions.get("site", ()))
    )  # fmt: skip


def proves_at(need: Need, item: Capability, support: Support, y: float, proof: str) -> bool:
    if not covers_at(need, item, y) or item.uncertainty is None or support.tested == "contradicted":
        return False
    if not (support.chain == "complete" or (support.chain == "unstated" and proof == "stated")):
        return False
    if item.persons and (support.persons is None or support.persons < item.persons):
        return False
    if need.standing and not any(s.holds(DAY) for s in item.standings):
        return False
    form = item.uncertainty.form
    U = form.U if isinstance(form, Value) else math.hypot(form.a, form.b * y)  # type: ignore[union-attr]
    U *= 2.0 / item.uncertainty.k
    U = U * y * 1000.0 if item.uncertainty.unit is None else U  # µm
    assert need.target is not None
    target = need.target
    T = target.U * y * 1000.0 if target.unit is None else target.U * (1e-3 if target.unit == NM else 1.0)
    return U <= T * (1 + 1e-9)


@settings(max_examples=150, deadline=None)
@given(worlds(), st.sampled_from(("evidence", "stated")))
def test_the_verdict_is_that_of_every_single_value(world: Any, proof: Any) -> None:
    need, capabilities, supports = world
    found = match(need, capabilities, supports, DAY, proof)
    low, high = need.interval.low, need.interval.high
    values = [low + (high - low) * (i + 0.5) / 997 for i in range(997)]
    covered = [any(covers_at(need, c, y) for c in capabilities) for y in values]
    proven = [any(proves_at(need, c, supports[c.key], y, proof) for c in capabilities) for y in values]
    said = [replace(c, conditions={"site": ("lab",), **c.conditions}) for c in capabilities]
    if not any(covered):
        asked = any(covers_at(need, c, y) for c in said for y in values)
        expected = "unknown" if asked else "cannot"
    elif not all(covered):
        expected = "partly"
    else:
        expected = "can" if all(proven) else "not_accurate"
    near_nil = need.target is not None and need.target.relative and low == 0.0
    if not near_nil:
        assert found.verdict == expected
    for y, is_covered, is_proven in zip(values, covered, proven, strict=True):
        assert is_covered == any(p.low <= y <= p.high for p in found.covered)
        if not any(abs(y - end) < 1e-6 for p in found.adequate for end in (p.low, p.high)):
            assert is_proven == any(p.low <= y <= p.high for p in found.adequate)
    alone = [c.id for c in capabilities if all(proves_at(need, c, supports[c.key], y, proof) for y in values)]
    if not near_nil:
        assert sorted(e.capability.id for e in found.single) == sorted(alone)
    assert found.others == sum(c.quantity != "length" for c in capabilities)
    assert len(found.examined) + found.others == len(capabilities)
    assert (found.verdict == "can") == (not found.unproven and bool(found.covered)) or found.uncovered
    if found.verdict != "can":
        assert found.routes[-1].kind == "challenge"
        assert found.nearest is not None or not found.examined


def test_without_a_target_it_is_never_can() -> None:
    has = Capability("C", {"en": "A"}, "length", Interval(0.0, 10.0, MM), Uncertainty(Value(0.1), unit=UM))
    need = Need("N", {}, "length", Interval(1.0, 2.0, MM))
    found = match(need, [has], proof="stated")
    assert found.verdict == "unknown" and not found.single
    assert [f.code for f in found.findings] == ["capability.match.no_target"]
    assert match(replace(need, interval=Interval(1.0, 20.0, MM)), [has]).verdict == "partly"


def test_a_need_without_an_item_is_not_silently_proven_by_who_calibrates_gauge_blocks() -> None:
    """A shaft of 30 mm is no gauge block: whoever names no item is asked."""
    shaft = Need("N", {}, "length", Interval(29.98, 30.02, MM), Target(2.5, UM))
    blocks = Capability("C", {"en": "A"}, "length", Interval(0.5, 100.0, MM), Uncertainty(Value(0.06), unit=UM),
                        item="量块")  # fmt: skip
    told = [f for f in match(shaft, [blocks], proof="stated").findings if f.code == "capability.match.item_open"]
    assert len(told) == 1 and told[0].severity == "warning"
    assert "校准的是量块" in sentences(told[0], "zh")["what"] and "gauge block" in sentences(told[0], "en")["what"]
    for need, those in ((replace(shaft, item="量块"), [blocks]), (shaft, [replace(blocks, item="")]),
                        (shaft, [blocks, replace(blocks, id="D", item="")])):  # fmt: skip
        found = match(need, those, proof="stated")
        assert found.verdict == "can" and "capability.match.item_open" not in [f.code for f in found.findings]


def test_a_condition_that_nobody_stated_is_told() -> None:
    has = Capability("C", {"en": "A"}, "length", Interval(0.0, 10.0, MM), Uncertainty(Value(0.1), unit=UM))
    need = Need("N", {}, "length", Interval(1.0, 2.0, MM), Target(1.0, UM), conditions={"site": "lab"})
    found = match(need, [has], proof="stated")
    assert found.verdict == "unknown" and "capability.match.unsure" in [f.code for f in found.findings]
    asked = gap(found)
    assert asked is not None and not asked.proven and asked.missing == (need.interval,)
    for conditions, verdict in (({"site": ("on-site",)}, "cannot"), ({"site": ("lab",)}, "can")):
        stated = match(need, [replace(has, conditions=conditions)], proof="stated")
        assert stated.verdict == verdict and not stated.findings
    both = match(need, [has, replace(has, id="D", conditions={"site": ("on-site",)})], proof="stated")
    assert both.verdict == "unknown"
    assert match(replace(need, interval=Interval(20.0, 30.0, MM)), [has], proof="stated").verdict == "cannot"


# ---------------------------------------------------------------- the spacer rings of the look

UC = 0.0291  # µm, at 100 mm
TERMS = (
    Term("θ", {"en": "temperature of the block"}, 0.0220), Term("φ", {"en": "wringing"}, 0.0100),
    Term("α", {"en": "expansion"}, 0.0100), Term("f", {"en": "fringe fraction"}, 0.0090),
    Term("s", {"en": "surface"}, 0.0066), Term("n", {"en": "refractive index"}, 0.0062),
)  # fmt: skip
RINGS = Need("N-2026-031", {}, "length", Interval(0.5, 100.0, MM), Target(0.05, UM))
NEAR = Capability("L-03", {"zh": "演示云汀院"}, "length", Interval(0.5, 100.0, MM),
                  Uncertainty(RootSum(0.03, 0.0005), unit=UM), budget=TERMS)  # fmt: skip
EXPIRED = replace(NEAR, id="G-2", laboratory={"zh": "演示海川所"}, uncertainty=Uncertainty(Value(0.044), unit=UM))
SILENT = replace(NEAR, id="G-7", laboratory={"zh": "演示东塘所"}, uncertainty=None)
FAR = replace(NEAR, id="K-11", laboratory={"zh": "演示北岭"}, uncertainty=Uncertainty(Value(0.072), unit=UM))
SUPPORTS = {c.key: Support("broken" if c is EXPIRED else "complete") for c in (NEAR, EXPIRED, SILENT, FAR)}


def test_the_nearest_comes_first_with_its_dominant_term() -> None:
    found = match(RINGS, [SILENT, EXPIRED, FAR, NEAR], SUPPORTS, DAY)
    assert found.verdict == "not_accurate"
    assert [e.capability.id for e in found.examined][:2] == ["L-03", "K-11"]
    assert [e.failed for e in found.examined] == [("uncertainty",), ("uncertainty",), ("chain",), ("uncertainty",)]
    assert found.nearest is found.examined[0]
    worst = found.nearest.adequacy.worst
    assert worst is not None and worst.place == 100.0 and round(worst.excess, 4) == 0.0083
    dominant = found.dominant
    assert dominant is not None and dominant.term.symbol == "θ" and dominant.contribution == pytest.approx(0.022)
    assert dominant.share == pytest.approx(0.57, abs=0.005)
    assert dominant.needed is not None
    rest = worst.U**2 / 4 - 0.022**2
    assert 4 * (rest + dominant.needed**2) == pytest.approx(0.05**2)
    assert found.dominant is not None and found.dominant.said(dominant.needed).endswith("µm")
    assert [(p.low, p.high) for p in found.unproven] == [(80.0, 100.0)]


def test_numbers_of_absurd_size_are_weighed_and_break_nothing() -> None:
    heavy = replace(NEAR, budget=(*TERMS, Term("slip", {"en": "a slip of the pen"}, 1e200)))
    dominant = match(RINGS, [heavy], SUPPORTS, DAY).dominant
    assert dominant is not None and dominant.term.symbol == "slip" and dominant.needed is None
    huge = replace(NEAR, uncertainty=Uncertainty(Value(1e200), unit=UM))
    assert match(RINGS, [huge], SUPPORTS, DAY).verdict == "not_accurate"


def test_the_routes() -> None:
    found = match(RINGS, [SILENT, EXPIRED, FAR, NEAR], SUPPORTS, DAY)
    kinds = [route.kind for route in found.routes]
    assert kinds == ["improve", "narrow", "recalibrate", "state_uncertainty", "challenge"]
    narrow = found.routes[1]
    assert [(p.low, p.high) for p in narrow.parts] == [(0.5, 80.0)]
    for route in found.routes:
        for language in ("zh", "en"):
            assert "?" not in "".join(sentences(route.said, language).values())


def test_where_even_nil_does_not_suffice_nothing_is_promised() -> None:
    strict = replace(RINGS, target=Target(0.02, UM))
    found = match(strict, [NEAR], SUPPORTS, DAY)
    assert found.dominant is not None and found.dominant.needed is None
    assert "improve" not in [route.kind for route in found.routes]


def test_those_that_can_are_ranked_by_place_price_and_time() -> None:
    base = replace(NEAR, uncertainty=Uncertainty(Value(0.01), unit=UM))
    rows = [
        replace(base, id="far", region="110000", price=1.0, days=1.0),
        replace(base, id="dear", region="310000", price=9.0, days=1.0),
        replace(base, id="slow", region="310000", price=5.0, days=9.0),
        replace(base, id="fast", region="310000", price=5.0, days=2.0),
        replace(base, id="silent", region="310000"),
    ]
    supports = {row.key: Support("complete") for row in rows}
    found = match(replace(RINGS, region="310000"), rows, supports, DAY)
    assert [e.capability.id for e in found.single] == ["fast", "slow", "dear", "silent", "far"]
    assert found.verdict == "can" and not found.routes


# ---------------------------------------------------------------- the case form

UNITS = {"mm": 1.0, "um": 1e-3, "m": 1e3}
rows = st.fixed_dictionaries(
    {
        "lab": st.sampled_from(("P", "Q")),
        "quantity": st.sampled_from(("length", "length", "height")),
        "lo": st.integers(0, 6).map(lambda x: 10.0 * x),
        "width": st.integers(1, 10).map(lambda x: 10.0 * x),
        "unit": st.sampled_from(("mm", "m")),
        "k": st.sampled_from((2, 3)),
        "accreditation": st.sampled_from(("CMC", "accredited", "none", "authorised")),
        "u": st.sampled_from(("rel", "abs", "Q", "none")),
    },
    optional={
        "item": st.sampled_from(("ring", "block")),
        "analyte": st.sampled_from(("NO", "CO")),
        "matrix": st.sampled_from(("N2", "air")),
        "site": st.sampled_from(("lab", "on-site")),
        "voltage_max_V": st.sampled_from((500, 1000)),
        "days": st.integers(1, 20),
        "valid_to": st.sampled_from(("2026-05-31", "2026-06-01", "2027-01-01")),
    },
)
demands = st.fixed_dictionaries(
    {"lo": st.integers(0, 8).map(lambda x: 10.0 * x), "width": st.integers(0, 6).map(lambda x: 10.0 * x)},
    optional={
        "item": st.sampled_from(("ring", "block")),
        "analyte": st.sampled_from(("NO", "CO")),
        "matrix": st.sampled_from(("N2", "air")),
        "site": st.sampled_from(("lab", "on-site")),
        "voltage_V": st.sampled_from((500, 1000)),
        "accreditation": st.sampled_from(("accredited", "CMC")),
        "date": st.sampled_from(("2026-06-01", "2026-06-02")),
        "max_days": st.integers(1, 20),
        "U_relative": st.sampled_from((0.001, 0.01)),
        "U_absolute": st.sampled_from((0.05, 0.5)),
    },
)


def row_of(n: int, drawn: dict[str, Any]) -> dict[str, Any]:
    row = {key: value for key, value in drawn.items() if key not in ("width", "u", "site", "voltage_max_V")}
    scale = 1.0 if row["unit"] == "mm" else 1e-3
    row |= {"id": f"R{n}", "lo": drawn["lo"] * scale, "hi": (drawn["lo"] + drawn["width"]) * scale}
    row["conditions"] = {key: drawn[key] for key in ("site", "voltage_max_V") if key in drawn}
    shapes = {"rel": {"u_rel": 0.002}, "abs": {"u_abs": 60, "u_unit": "um"},
              "Q": {"u_abs": 20, "u_lin": 800, "u_unit": "um", "lin_per": "m"}, "none": {}}  # fmt: skip
    return row | shapes[drawn["u"]]


def slow_gates(row: dict[str, Any], demand: dict[str, Any], drawn: dict[str, Any]) -> list[str]:
    """The gates of the form, from its words, in millimetres."""
    failed = []
    low, high = drawn["lo"], drawn["lo"] + drawn["width"]
    if not (low <= demand["lo"] and demand["hi"] <= high):
        failed.append("range")
    a, b = max(low, demand["lo"]), min(high, demand["hi"])
    if a <= b and ("U_relative" in demand or "U_absolute" in demand):
        for i in range(201):
            y = a + (b - a) * i / 200
            U = {"rel": 0.002 * y, "abs": 0.06, "Q": math.hypot(0.02, 0.0008 * y), "none": math.inf}[drawn["u"]]
            U *= 2.0 / drawn["k"]
            limits = [demand["U_relative"] * y] if "U_relative" in demand else []
            limits += [demand["U_absolute"]] if "U_absolute" in demand else []
            if any(limit * (1 + 1e-9) < U for limit in limits):
                failed.append("uncertainty")
                break
    if (
        any(name in demand and drawn.get(name) != demand[name] for name in ("matrix", "site"))
        or ("voltage_V" in demand and not demand["voltage_V"] <= drawn.get("voltage_max_V", -1))
    ):  # fmt: skip
        failed.append("conditions")
    meets = {"accredited": ("accredited", "CMC"), "CMC": ("CMC",)}
    if ("accreditation" in demand and drawn["accreditation"] not in meets[demand["accreditation"]]) or (
        "date" in demand and drawn.get("valid_to", "9999-12-31") < demand["date"]
    ):
        failed.append("standing")
    if "max_days" in demand and not drawn.get("days", 1e9) <= demand["max_days"]:
        failed.append("logistics")
    return failed


@settings(max_examples=150, deadline=None)
@given(st.lists(rows, max_size=5), demands)
def test_a_case_is_answered_as_its_words_say(several: list[dict[str, Any]], wanted: dict[str, Any]) -> None:
    demand = {"quantity": "length", "unit": "mm", **wanted, "hi": wanted["lo"] + wanted["width"]}
    del demand["width"]
    if "U_absolute" in demand:
        demand["U_unit"] = "mm"
    if demand["lo"] == 0.0:
        demand.pop("U_relative", None)  # nil against nil
    given_rows = [row_of(n, drawn) for n, drawn in enumerate(several)]
    got = answer({"kind": "match", "input": {"capabilities": given_rows, "demand": demand}})
    assert not got["findings"]
    failed: dict[str, list[str]] = {}
    for row, drawn in zip(given_rows, several, strict=True):
        if all(demand.get(name) in (None, drawn.get(name)) for name in ("quantity", "item", "analyte")):
            failed[row["id"]] = slow_gates(row, demand, drawn)
    assert got["single"] == sorted(name for name, gates in failed.items() if not gates)
    assert got["failed"] == {name: gates for name, gates in failed.items() if gates}
    short = [(n, d) for n, d in enumerate(several) if failed.get(f"R{n}") == ["range"]]
    halves = [demand["lo"] + 5.0 * i for i in range(int((demand["hi"] - demand["lo"]) / 5.0) + 1)]

    def cover(chosen: tuple[tuple[int, dict[str, Any]], ...]) -> bool:
        return all(any(d["lo"] <= y <= d["lo"] + d["width"] for _, d in chosen) for y in halves)

    good = [
        {n for n, _ in c} for size in range(2, len(short) + 1) for c in combinations(short, size)
        if len({d["lab"] for _, d in c}) == 1 and cover(c)
    ]  # fmt: skip
    minimal = [s for s in good if not any(other < s for other in good)]
    if demand["hi"] > demand["lo"]:
        assert got["composite"] == sorted(sorted(f"R{n}" for n in s) for s in minimal)


DEMAND: dict[str, Any] = {"quantity": "length", "lo": 1, "hi": 2, "unit": "mm", "U_absolute": 1, "U_unit": "um"}
ROW: dict[str, Any] = {"id": "R", "lab": "P", "quantity": "length", "lo": 0, "hi": 9, "unit": "mm", "u_abs": 1,
                       "u_unit": "um", "k": 2}  # fmt: skip


@pytest.mark.parametrize(
    ("over", "code", "where"),
    [
        ({"lo": 3}, "capability.read.backwards", "/input/demand/lo"),
        ({"unit": None}, "case.field.missing", "/input/demand/unit"),
        ({"unit": "wat"}, "quantity.unit.unknown", "/input/demand/unit"),
        ({"U_unit": "K"}, "capability.read.U_dimension", "/input/demand/U_unit"),
        ({"U_absolute": -1}, "case.field.wrong", "/input/demand/U_absolute"),
        ({"date": "soon"}, "case.field.wrong", "/input/demand/date"),
        ({"quantity": 5}, "case.field.wrong", "/input/demand/quantity"),
        ({"lo": "1"}, "case.field.wrong", "/input/demand/lo"),
    ],
)
def test_a_faulty_demand_is_refused_with_its_place(over: dict[str, Any], code: str, where: str) -> None:
    with pytest.raises(Refused) as raised:
        answer({"kind": "match", "input": {"capabilities": [ROW], "demand": {**DEMAND, **over}}})
    assert (code, where) in [(f.code, f.where) for f in raised.value.findings]


@pytest.mark.parametrize(
    "over",
    [{"lo": 10}, {"unit": "wat"}, {"u_unit": "K"}, {"k": 0}, {"id": None}, {"valid_to": "x"}, {"conditions": 5}, 7],
)
def test_a_faulty_capability_is_a_warning_and_the_others_count(over: Any) -> None:
    bad = {**ROW, **over} if isinstance(over, dict) else over
    got = answer({"kind": "match", "input": {"capabilities": [bad, {**ROW, "id": "good"}], "demand": DEMAND}})
    assert got["single"] == ["good"] and [f["severity"] for f in got["findings"]] == ["warning"]
    assert got["findings"][0]["where"].startswith("/input/capabilities/0")


def test_an_id_that_stands_twice_is_told_and_the_first_counts() -> None:
    got = answer({"kind": "match", "input": {"capabilities": [ROW, {**ROW, "hi": 1}], "demand": DEMAND}})
    assert got["single"] == ["R"] and [f["code"] for f in got["findings"]] == ["register.twice"]


def test_a_file_is_read_through_the_argument_only() -> None:
    case = {"kind": "match", "input": {"file": "rows.json", "demand": DEMAND}}
    with pytest.raises(Refused) as raised:
        answer(case)
    assert [f.code for f in raised.value.findings] == ["verbs.case_file.not_at_hand"]
    import json

    got = answer(case, files=lambda name: json.dumps({"capabilities": [{**ROW, "id": name}]}).encode())
    assert got["single"] == ["rows.json"]


def test_files_beside_the_case_and_nowhere_else(tmp_path: Any) -> None:
    from suyuan.store.case_files import case_files

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.json").write_text("{}")
    (tmp_path / "b.json").write_text("{}")
    read = case_files(tmp_path / "in", tmp_path / "reference")
    assert read("a.json") == b"{}"
    for name, code in (("../b.json", "outside"), (str(tmp_path / "b.json"), "outside"), ("c.json", "missing")):
        with pytest.raises(Refused) as raised:
            read(name)
        assert [f.code for f in raised.value.findings] == [f"store.case_file.{code}"]


anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.floats(allow_nan=False), st.text(max_size=3),
              st.sampled_from(("mm", "K", "N.m", "2026-01-01"))),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=4,
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(
    st.dictionaries(st.sampled_from((*DEMAND, "item", "matrix", "site", "voltage_V", "date", "max_days")), anything),
    st.dictionaries(st.sampled_from((*ROW, "u_lin", "lin_per", "u_rel", "conditions", "valid_to", "days")), anything),
)
def test_no_case_ends_in_a_traceback(demand: dict[str, Any], row: dict[str, Any]) -> None:
    case = {"capabilities": [{**ROW, **row}, {**ROW, "id": "other"}], "demand": {**DEMAND, **demand}}
    try:
        got = answer({"kind": "match", "input": case})
    except Refused as refused:
        assert all(f.where.startswith("/input/demand") for f in refused.findings)
    else:
        assert set(got["single"]) | set(got["failed"]) >= ({"other"} if not demand else set())
