"""«Same data, new rule» where stacks and forests are in it: rebuilt on both sides, never a silent zero."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tests.carbon.forest.test_woods import FOREST, table
from tests.carbon.monitoring.test_stacks_in_claims import (
    CERTIFICATES,
    COAL,
    DAY,
    FLOW,
    HOURS,
    LOST,
    OTHER,
    SHOWN,
    STACK,
    YEAR,
    by_loop,
    certificate,
    known,
    rows,
)

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.plant import Plant, read_plant
from suyuan.carbon.rule import rows as rule_rows
from suyuan.quantity.finding import Refused
from suyuan.verbs.carbon.change import Change, change
from suyuan.verbs.carbon.claims import Monitored, claim_of
from suyuan.verbs.carbon.monitored import monitored, stack_years
from suyuan.verbs.carbon.rebuilt import Bring, Side
from suyuan.verbs.carbon.woods import wooded

EU = "EU 2018/2066"
OVERRIDES = [{"row": row["id"], "person": "P", "reason": "constructed", "day": "2026-01-02"}
             for row in rule_rows() if row["status"] == "from memory"]  # fmt: skip


def data(*stacks: Mapping[str, Any], **changed: Any) -> bytes:
    content = {
        "suyuan": "carbon-plant", "enterprise": "E", "unit": "U", "sector": "other", "scheme": "China 2022",
        "year": YEAR, "made": "2026-02-01", "streams": [OTHER], "stacks": list(stacks or (STACK,)),
        "overrides": OVERRIDES, **changed,
    }  # fmt: skip
    return json.dumps({key: value for key, value in content.items() if value != []}).encode()


def bring(by: Any = None, trees: bytes | None = None) -> Bring:
    def found(plant: Plant) -> Monitored:
        made = Monitored()
        if plant.content.get("stacks"):
            made += monitored(plant, stack_years(plant, by or known()))
        if plant.content.get("forests"):
            made += wooded(plant, lambda name: trees or table())
        return made

    return found


def side(document: bytes, by: Any = None, **more: Any) -> Side:
    return Side(document, None, bring(by, **more))


def steps(found: Change) -> list[tuple[str, str]]:
    assert sum(step.effect for step in found.steps) == pytest.approx(found.end - found.start, abs=1e-6)
    return [(step.cause, step.name) for step in found.steps]


def lost_gas() -> Any:
    """Hours of which only the concentration is lost: the rows of both schemes replace it."""
    cells = [f"{x}" for x in SHOWN["co2"]]
    cells[LOST] = [""] * (LOST.stop - LOST.start)
    return known(table=rows(co2=cells, status=["N"] * len(HOURS)))


def test_the_same_hours_under_another_scheme() -> None:
    found = change(side(data(), lost_gas()), side(data({**STACK, "rules": EU}), lost_gas()))
    legal, _ = by_loop()
    assert found.start == pytest.approx(sum(legal) + 600.0, rel=1e-9)
    assert steps(found) == [("rule", "S1")] and found.steps[0].before == "HJ 75-2017" and found.steps[0].after == EU
    assert found.by_rule == pytest.approx(found.end - found.start) != 0.0
    stack = next(one for one in found.parts if one.kind == "monitoring")
    assert stack.moved == pytest.approx(found.by_rule) and not found.findings


def test_hours_that_no_rule_replaces_are_no_zero() -> None:
    """The EU rows have none for a lost flow: there is no legal value under them, and no change of one."""
    with pytest.raises(Refused) as refused:
        change(side(data()), side(data({**STACK, "rules": EU})))
    codes = [item.code for item in refused.value.findings]
    assert codes[0] == "carbon.change.unknown" and "carbon.stack.incomplete" in codes
    coal = {"streams": [OTHER, COAL]}
    found = change(side(data(**coal)), side(data({**STACK, "rules": EU}, **coal)))  # it only checks
    assert "carbon.stack.incomplete" in [item.code for item in found.findings]


def test_other_hours_are_data() -> None:
    more = known(table=rows(co2=[x for x in [11.0] * len(HOURS)]))
    found = change(side(data()), side(data({**STACK, "step": 3600, "note": "other hours"}), more))
    assert steps(found) == [("data", "S1")]


def test_a_certificate_known_later_is_neither_rule_nor_data() -> None:
    """The same document: on the second day it is known that the flow meter's gain is another."""
    later = certificate("F-2", "F-1", FLOW * 0.99, 0.015, "m3/h", known_from=HOURS.end + 80 * DAY)
    every = (*CERTIFICATES, later)
    document = data()
    plant, _ = read_plant(document)
    assert plant is not None
    sides = []
    for made, at in ((date(2026, 2, 1), 60), (date(2026, 5, 1), 100)):
        by = known(every=every, at=HOURS.end + at * DAY)
        mine = replace(plant, made=made)
        claim = claim_of(mine, bring(by)(mine)).claim
        sides.append(Side(document, claim, bring(by)))
    found = change(*sides)
    assert steps(found) == [("known", "S1")]
    assert found.relative == pytest.approx(-0.01 * (found.start - 600.0) / found.start, rel=1e-6)
    assert (found.start, found.end) == tuple(one.claim.legal for one in sides if one.claim is not None)
    with pytest.raises(Refused):
        change(sides[0], sides[0])


def test_a_stack_that_only_checks_moves_no_total_but_is_shown() -> None:
    coal = {"streams": [OTHER, COAL]}
    found = change(side(data(**coal)), side(data({**STACK, "rules": EU}, **coal)))
    assert not found.steps and found.start == found.end
    stack = next(one for one in found.parts if one.kind == "monitoring")
    assert not stack.counted and stack.moved != 0.0


def test_what_the_total_stands_on_is_a_step() -> None:
    coal = {"streams": [OTHER, COAL]}
    found = change(side(data(**coal)), side(data(legal_basis="monitoring", **coal)))
    assert steps(found) == [("rule", "legal_basis")]
    legal, _ = by_loop()
    assert found.end == pytest.approx(sum(legal) + 600.0, rel=1e-9)


def test_forests_are_rebuilt_and_one_more_is_data() -> None:
    some = {"forests": [FOREST]}
    found = change(side(data(**some)), side(data(forests=[FOREST, {**FOREST, "name": "V", "area": 600}])))
    assert steps(found) == [("data", "V")] and found.steps[0].before == "—" and found.steps[0].effect < 0.0
    wood = next(one for one in found.parts if one.name == "W")
    assert wood.moved == 0.0 and wood.before == pytest.approx(2.0 * found.steps[0].effect)


def test_a_part_that_counts_and_is_out_of_reach_is_no_zero() -> None:
    for document in (data(), data(streams=[OTHER, COAL], forests=[FOREST], stacks=[])):
        with pytest.raises(Refused) as refused:
            change(Side(document), Side(document.replace(b"2026-02-01", b"2026-02-02")))
        codes = [item.code for item in refused.value.findings]
        assert codes[0] == "carbon.change.unknown" and "carbon.change.no_rows" in codes


def test_a_check_that_is_out_of_reach_is_unknown_and_told() -> None:
    coal = {"streams": [OTHER, COAL]}
    more = {"streams": [OTHER, {**COAL, "oxidation": {"value": 1.0, "unit": "1", "source": "constructed"}}]}
    found = change(Side(data(**coal)), Side(data(**more)))
    assert steps(found) == [("data", "coal")]
    stack = next(one for one in found.parts if one.kind == "monitoring")
    assert stack.unknown and stack.moved is None and stack.before is None
    assert {item.code for item in found.findings} == {"carbon.change.no_rows", "carbon.change.unbuilt"}


def test_claims_stand_in_for_what_is_out_of_reach() -> None:
    sides = []
    for document in (data(), data({**STACK, "rules": EU})):
        plant, _ = read_plant(document)
        assert plant is not None
        claim: Claim = claim_of(plant, bring(lost_gas())(plant), filed="ab" * 32).claim
        sides.append((document, claim))
    found = change(*(Side(document, claim) for document, claim in sides))
    assert steps(found) == [("rest", "S1")] and "carbon.change.as_claimed" in [item.code for item in found.findings]
    assert (found.start, found.end) == tuple(pytest.approx(claim.legal) for _, claim in sides)
    bare = change(Side(None, sides[0][1]), Side(None, replace(sides[1][1], plant="")))
    assert steps(bare) == [("rest", "S1")]
    assert [item.code for item in bare.findings] == ["carbon.change.no_document", "carbon.change.unbound"]


def test_a_claim_that_does_not_come_out_again_is_told() -> None:
    document = data()
    plant, _ = read_plant(document)
    assert plant is not None
    claim = claim_of(plant, bring()(plant)).claim
    more = bring(known(table=rows(co2=[11.0] * len(HOURS))))
    found = change(Side(document, claim, more), side(data({**STACK, "note": "the same hours"})))
    assert "carbon.change.departs" in [item.code for item in found.findings]
