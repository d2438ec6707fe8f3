"""Meters, control plan, deadlines, verification: counts against hand counts, edges, bad input."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from suyuan.carbon.claim.claim import Claim, Evidence, Part
from suyuan.carbon.claim.material import materiality
from suyuan.carbon.component import Component, with_components
from suyuan.carbon.fuel.stream import SourceStream
from suyuan.carbon.management.meters import Meter, ending, examined, rates, read_meters, state_of
from suyuan.carbon.management.oversight import deadlines, moved, near
from suyuan.carbon.management.plan import Parameter, Plan, differences, followed, read_plan
from suyuan.carbon.management.verification import (
    Engagement,
    Misstatement,
    Population,
    Remark,
    Sampled,
    Statement,
    confidence,
    escaped,
    needed,
    opined,
    sample,
    statement,
)
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Refused, sentences
from suyuan.quantity.influence import Source
from suyuan.quantity.quantity import quantity

DAY = date(2026, 3, 1)


def claim(level: float = 1000.0, **changed: Any) -> Claim:
    gas = Component("gas", 0.006, source=Source("Demo", "G-1", "CO2"))
    flow = Component("flow", 0.02, source=Source("Demo", "F-1", "q"))
    parts = tuple(
        Part(name, "monitoring", with_components(np.full(12, tonnes), [gas, flow], "t"), (tonnes,) * 12,
             {"measured": 12 * tonnes})
        for name, tonnes in (("large", level), ("small", level / 100))
    )  # fmt: skip
    given = {"evidence": (Evidence("gas", "Demo", "G-1", "", date(2026, 3, 20)),
                          Evidence("flow", "Demo", "F-1", "", date(2026, 4, 20)),
                          Evidence("other", "Demo", "X-1", "", date(2027, 4, 20)))}  # fmt: skip
    return Claim("Demo works", "unit 1", changed.pop("year", 2025), "s", parts, (), made=DAY, **{**given, **changed})


def test_rates_count_what_is_needed_and_not_there() -> None:
    held = [Meter(f"E{i}", "", "electricity", "equipment", i < 19, "electricity meter", 0.5) for i in range(20)]
    held += [Meter("C1", "", "solid fuel", "unit", True), Meter("W", "", "water", "unit", True)]
    found = {(r.carrier, r.level): (r.rate, r.kept) for r in rates(held)}
    assert found == {("electricity", "equipment"): (0.95, True), ("solid fuel", "unit"): (1.0, True),
                     ("water", "unit"): (1.0, None)}  # fmt: skip
    assert rates([replace(held[0], fitted=False), *held[1:]])[0].kept is False


def test_meters_that_need_a_person() -> None:
    good = Meter("A", "", "solid fuel", "unit", True, "belt weigher", 0.5, issuer="D", number="1", due=date(2027, 1, 1))
    held = [good, replace(good, id="B", due=date(2026, 2, 28)), replace(good, id="C", due=date(2026, 4, 30)),
            replace(good, id="D", accuracy=1.0), replace(good, id="E", number="", due=None)]  # fmt: skip
    assert [(item.code.rsplit(".", 1)[1], item.where) for item in examined(held, DAY)] == [
        ("rates_ended", "/meters"), ("overdue", "B"), ("due", "C"), ("coarse", "D"), ("no_certificate", "E"),
        ("no_due", "E"),
    ]  # fmt: skip
    for due, ahead, count in ((date(2026, 5, 1), 60, 1), (date(2027, 1, 1), 400, 2)):
        assert len(examined([replace(good, due=due)], DAY, ahead)) == count


def test_certificates_that_end_soon_rank_by_tonnes() -> None:
    found = ending([claim(), claim(500.0)], DAY)
    assert [(e.evidence.number, e.days) for e in found] == [("F-1", 50), ("G-1", 19)]
    first, second = found[0].claims
    assert first.u == pytest.approx(12 * 1010.0 * 0.02) and first.share == pytest.approx(4 / 4.36)
    assert found[0].u == pytest.approx(first.u + second.u)  # both hang on one influence: their parts add as they are


def test_a_meter_follows_its_certificate_before_its_typed_day() -> None:
    held = Meter("A", "", "solid fuel", "unit", True, issuer="D", number="1", due=date(2027, 1, 1))
    for known, state, code in (({}, "valid", None), ({("D", "1"): "expired"}, "ended", "carbon.meter.ended"),
                               ({("D", "1"): "withdrawn"}, "withdrawn", "carbon.meter.withdrawn")):  # fmt: skip
        assert state_of(held, DAY, known) == state
        assert [item.code for item in examined([held], DAY, 60, known)][1:] == ([code] if code else [])
    assert state_of(replace(held, number=""), DAY, {}) == "no_certificate"
    assert state_of(replace(held, fitted=False), DAY, {("D", "1"): "valid"}) == "missing"


def test_a_certificate_that_another_followed_does_not_end_and_who_shares_one_is_named() -> None:
    items = (Evidence("flow", "Demo", "F-0", "", date(2026, 2, 1), (1, 2), "large", "flow"),
             Evidence("flow", "Demo", "F-1", "", date(2026, 4, 20), (), "large", "flow"))  # fmt: skip
    found = ending([claim(evidence=items), replace(claim(500.0, evidence=items), enterprise="Other works")], DAY)
    assert [(e.evidence.number, e.enterprises) for e in found] == [("F-1", ("Demo works", "Other works"))]


def test_bad_meters_have_places() -> None:
    fields = Fields({"meters": [{"id": "A", "carrier": "steam", "level": "unit", "fitted": "yes"},
                                {"id": "A", "carrier": "steem", "level": "unit", "fitted": True}]})  # fmt: skip
    read_meters(fields)
    assert [(item.where, item.code) for item in fields.found] == [
        ("/meters/0/fitted", "typed.field.type"), ("/meters/1/carrier", "typed.field.choice"),
        ("/meters", "carbon.meter.twice"),
    ]  # fmt: skip


def test_a_plan_and_what_departs_from_it() -> None:
    coal = SourceStream("coal", "combustion", np.ones(12), {"carbon": 0.5, "oxidation": 1.0}, defaults=frozenset({2}))
    rows = (Parameter("coal", "amount", "measured", "BS-1"), Parameter("coal", "carbon", "measured"))
    plan = Plan("1", 2025, rows, date(2024, 12, 1))
    codes = [item.code.rsplit(".", 1)[1] for item in followed(plan, "unit 1", 2025, [coal])]
    assert codes == ["default", "absent", "instrument"]
    late = replace(plan, filed=date(2025, 2, 1), year=2024)
    assert [item.code.rsplit(".", 1)[1] for item in followed(late, "unit 1", 2025, [])] == [
        "year",
        "late",
        "instrument",
    ]
    assert followed(None, "unit 1", 2025, [])[0].code == "carbon.plan.none"
    other = replace(plan, parameters=(replace(rows[0], instrument="BS-2"), Parameter("coal", "ncv", "default")))
    assert [(d.parameter, d.field, d.after) for d in differences(plan, other)] == [
        ("coal · amount", "instrument", "BS-2"), ("coal · carbon", "method", ""), ("coal · ncv", "method", "default"),
    ]  # fmt: skip


@pytest.mark.parametrize(("legal", "limit"), [(500_000.0, 25_000.0), (500_001.0, 10_000.02), (-100.0, 5.0)])
def test_materiality_at_its_edge(legal: float, limit: float) -> None:
    assert materiality("EU", legal)[0] == pytest.approx(limit)


def test_every_tonne_has_the_same_chance() -> None:
    one = claim()
    hits = np.zeros(24)
    for seed in range(400):
        for item in sample(one, 6, seed):
            hits[(0 if item.part == "large" else 12) + item.month - 1] += item.hits
    assert hits.sum() == 2400
    assert hits[:12].sum() / 2400 == pytest.approx(100 / 101, abs=0.01)
    assert sample(one, 24, 7) == sample(one, 24, 7)
    assert {item.month for item in sample(one, 24, 7) if item.part == "large"} == set(range(1, 13))
    for size, start in ((0, 1), (2001, 1), (12, -1)):
        with pytest.raises(Refused):
            sample(one, size, start)


def stated(one: Claim, errors: Any = (), **changed: Any) -> Statement:
    given = {"claim": one.digest, "verifier": "A", "day": DAY, "scheme": "EU", "size": 24, "seed": 1,
             "rest_checked": True, **changed}  # fmt: skip
    return statement(one, Engagement(misstatements=tuple(errors), **given))


def test_a_statement_projects_what_was_found() -> None:
    """Large months are as found, of small ones the share by which they are wrong stands for a step."""
    one = claim()
    seed = next(at for at in range(99) if sample(one, 24, at)[-1].part == "small")
    drawn = sample(one, 24, seed)
    large, small = drawn[0], drawn[-1]
    assert (large.tonnes, small.tonnes) == (1000.0, 10.0)
    step = 12120.0 / 24
    found = stated(one, [Misstatement("large", large.month, 940.0, "basis")], seed=seed).opined
    assert (found.stated, found.projected) == (60.0, 60.0)
    found = stated(one, [Misstatement("small", small.month, 8.0, "basis")], seed=seed).opined
    assert found.projected == pytest.approx(0.2 * step * small.hits)
    unlooked = 120.0 - sum(item.tonnes for item in drawn if item.part == "small")
    assert found.unseen == pytest.approx(unlooked)  # 3 steps are 1500 t, of which there are not so many
    assert found.opinion == "reasonable"
    census = stated(one, size=1212)
    assert census.opined.unseen == 0.0 and census.opined.opinion == "reasonable"
    gone = [Misstatement(item.part, item.month, 0.0, "no evidence") for item in drawn]
    assert stated(one, gone, seed=seed).opined.opinion == "adverse"
    for wrong in ({"errors": [Misstatement("elsewhere", 1, 0.0, "")]}, {"verifier": " "}, {"supersedes": "0" * 64},
                  {"rest_checked": False}, {"errors": [Misstatement("large", 1, 1e99, "typo")]}):  # fmt: skip
        with pytest.raises(Refused):
            stated(one, **wrong)


def test_a_projection_does_not_lean_on_the_size_of_the_items() -> None:
    """12 months of 5000 t that are right, 360 items of 100 t that are half overstated: 18 000 t of 96 000 too many."""
    step, projected, whole = 96_000.0 / 24, [], Population((5000.0,) * 12 + (100.0,) * 360)
    months = [Sampled("large", month, 5000.0, 1) for month in range(1, 13)]
    for seed in range(300):
        rng = np.random.default_rng(seed)
        hits = rng.multinomial(24 - 15, np.full(360, 1 / 360))  # 60 000 t of the 96 000 are large: 15 steps
        small = [Sampled(f"s{at // 12}", at % 12 + 1, 100.0, int(n)) for at, n in enumerate(hits) if n]
        items = tuple(Misstatement(one.part, one.month, one.tonnes / (2 if one.part != "large" else 1), "x")
                      for one in (*months, *small))  # fmt: skip
        did = Engagement("", "A", DAY, "EU", 24, seed, items)
        projected.append(opined(96_000.0, whole, [*months, *small], did, {"value": 0.05}))
    assert np.mean([one.projected for one in projected]) == pytest.approx(0.5 * step * 9) == 18_000.0
    assert {one.opinion for one in projected} == {"adverse"}


def test_remarks_and_a_deduction() -> None:
    """A deduction that does not hold is tonnes too few; an open remark leaves a reservation; its tonnes count."""
    part = Part("credit", "credit", quantity(np.full(12, -10.0), None, "t"), (-10.0,) * 12, {"measured": -120.0})
    one = replace(claim(), parts=(*claim().parts, part))
    size = needed(Population.of(one), 606.0)
    assert size == 13  # from there on the step is below 1000 t: all large months are looked at, 240 t are left
    found = stated(one, [Misstatement("credit", 3, 0.0, "no proof")], size=1224).opined
    assert (found.stated, found.projected) == (-10.0, -10.0)
    assert stated(one, remarks=(Remark("plan", "not filed"),), size=1224).opined.opinion == "qualified"
    assert stated(one, remarks=(Remark("plan", "not filed", 0.0, True),), size=1224).opined.opinion == "reasonable"
    over = stated(one, remarks=(Remark("boundary", "a boiler left out", -700.0),), size=1224)
    assert (over.opined.stated, over.opined.opinion) == (-700.0, "adverse")
    assert needed(Population((2.0,) * 500), 50.0) == 60  # 95 %: −ln 0.05 = 2.996 steps
    assert needed(Population((2.0,) * 500), 0.001) == 500 and needed(Population(()), 0.0) == 2000
    assert confidence() == 0.95


def test_who_is_late() -> None:
    held = deadlines("unit 1", 2025, {("carbon_report", 1): date(2025, 3, 12), ("carbon_report", 2): date(2025, 4, 10)})
    reports = {one.month: one for one in held if one.name == "carbon_report"}
    assert (reports[1].due, reports[1].late(DAY)) == (date(2025, 3, 12), 0)
    assert reports[2].late(DAY) == 1 and reports[3].late(DAY) == (DAY - date(2025, 5, 10)).days
    assert reports[12].due == date(2026, 2, 9)
    for year in (2025, 2027):  # February of 2028 has 29 days
        due = [one.due for one in deadlines("unit 1", year, {}) if one.name == "annual_report"]
        assert due == [date(year + 1, 3, 31)]


def test_near_an_edge_and_what_moved() -> None:
    assert [(n.value, n.edge) for n in near("u", "capture", [74.0, 80.0, 89.9, 93.0], [75.0, 90.0])] == [
        (89.9, 90.0), (74.0, 75.0),
    ]  # fmt: skip
    found = moved([claim(), claim(1100.0, year=2026)])
    assert [(one.before.year, one.after.year) for one in found] == [(2025, 2026)]
    assert found[0].relative == pytest.approx(0.1)
    assert found[0].in_u == pytest.approx(1212.0 / (1212.0 * (0.006**2 + 0.02**2) ** 0.5))  # certificates are shared


def test_what_escaped_is_bounded_by_what_nobody_looked_at_and_grows_with_errors() -> None:
    """500 items of 2 t, 20 draws of a step of 50 t: 3.00 steps without an error, 4.74 less the projected one with one
    that is wrong wholly (sampling by monetary units)."""
    population, step = Population((2.0,) * 500), 50.0
    drawn = [Sampled(f"p{at}", 1, 2.0, 1) for at in range(20)]
    assert escaped(population, drawn, 20, ()) == pytest.approx(2.9957 * step, rel=1e-4)
    assert escaped(population, drawn, 20, (1.0,)) == pytest.approx(3.7439 * step, rel=1e-4)
    assert escaped(population, drawn, 20, (0.1, 1.0)) == pytest.approx((3.7439 + 0.1 * 0.5519) * step, rel=1e-4)
    assert escaped(Population((2.0,) * 21), drawn, 20, ()) == pytest.approx(2.0)
    assert escaped(Population((2.0,) * 20), drawn, 20, (1.0,)) == 0.0


def test_what_nobody_can_tell_is_no_change_of_nothing() -> None:
    """From nil, or without some hours, there is no relative change; it stood as 0 %, or as a decrease."""
    nil = replace(claim(), parts=(replace(claim().parts[0], legal=(0.0,) * 12, methods={}),))
    (found,) = moved([nil, claim(1100.0, year=2026)])
    assert found.relative is None
    stack, small = claim(1100.0, year=2026).parts
    after = replace(claim(1100.0, year=2026), parts=(replace(stack, missing=(10.0,) * 12, unknown=(1.0,) * 12), small))
    (found,) = moved([claim(), after])
    assert (found.relative, found.in_u) == (None, None)


def test_a_plan_says_its_year() -> None:
    fields = Fields({"plan": {"version": "1", "parameters": []}})
    read_plan(fields)
    assert [(item.code, item.where) for item in fields.found] == [("typed.field.missing", "/plan/year")]


def test_rates_that_are_not_in_force_any_more_are_told() -> None:
    meter = Meter("M1", "", "electricity", "unit", True, number="1", due=date(2027, 1, 1))
    assert "carbon.meter.rates_ended" not in [one.code for one in examined([meter], date(2026, 1, 31))]
    (told,) = (one for one in examined([meter], date(2026, 2, 1)) if one.code == "carbon.meter.rates_ended")
    assert "GB 17167-2025" in sentences(told, "zh")["why"] and told.severity == "note"
    water = Meter("M2", "", "water", "unit", True)  # of which there is no rate
    assert not [one for one in examined([water], date(2026, 2, 1)) if one.code == "carbon.meter.rates_ended"]
