"""Life-cycle stages × chain nodes: what stands in each cell, what is covered, by whom, and what nobody knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from suyuan.capability.capability import NODES, STAGES, Capability
from suyuan.capability.gaps.industry import industry, need_of, parameters
from suyuan.capability.gaps.matrix import Entry, entries, entries_of_needs, matrix, served
from suyuan.capability.interval import Interval
from suyuan.capability.matching.gate import Support
from suyuan.capability.matching.match import Match, match
from suyuan.capability.need import Need, Target
from suyuan.capability.uncertainty import Uncertainty, Value
from suyuan.quantity.unit import parse_unit

MM, UM = parse_unit("mm"), parse_unit("um")
NEED = Need("N", {"zh": "演示工厂"}, "length", Interval(1.0, 10.0, MM), Target(0.1, UM))


def capability(id: str = "C", lab: str = "演示一", low: float = 1.0, high: float = 10.0, **more: Any) -> Capability:
    return Capability(id, {"zh": lab}, "length", Interval(low, high, MM), Uncertainty(Value(0.05), unit=UM), **more)


def answer(*has: Capability, need: Need = NEED) -> Match:
    return match(need, has, {c.key: Support("complete") for c in has})


def test_each_cell_counts_and_the_whole_counts_once() -> None:
    found = matrix([
        Entry("a", ("production", "use"), ("component",), answer(capability())),
        Entry("b", ("production",), ("component", "system"), answer()),
        Entry("c", ("production",), ("component",), None),
        Entry("d", (), ("system",), answer()),
    ])  # fmt: skip
    cell = found.cells["production", "component"]
    assert (cell.covered, cell.open, cell.unknown) == (("a",), ("b",), ("c",))
    assert cell.coverage == (1 / 3, 2 / 3) and cell.by == {"演示一": 1}
    assert found.cells["use", "component"].coverage == (1.0, 1.0)
    assert found.cells["design", "material"].coverage is None  # nothing stands there: no 0 %, no 100 %
    assert found.whole.count == 4 and found.unplaced == ("d",)
    assert len(found.cells) == len(STAGES) * len(NODES) and len(found.stage("use")) == len(NODES)


def test_a_capability_bound_to_a_stage_covers_only_there() -> None:
    both = answer(capability(stages=("use",)), capability("D", "演示二"))
    one = answer(capability(stages=("use",)))
    found = matrix(
        [Entry("a", ("use", "production"), ("system",), both), Entry("b", ("production",), ("system",), one)]
    )
    assert found.cells["use", "system"].by == {"演示一": 1, "演示二": 1}
    assert found.cells["production", "system"].by == {"演示二": 1}
    assert found.cells["production", "system"].open == ("b",)


def test_a_set_of_laboratories_covers_together() -> None:
    found = matrix([Entry("a", ("use",), ("system",), answer(capability(high=5.0), capability("D", "演示二", 5.0)))])
    assert found.whole.by == {"演示一": 1, "演示二": 1} and found.whole.coverage == (1.0, 1.0)


def test_without_a_target_a_parameter_is_unknown() -> None:
    found = matrix([Entry("a", ("use",), ("system",), answer(capability(), need=replace(NEED, target=None)))])
    assert found.whole.unknown == ("a",) and found.whole.coverage == (0.0, 1.0)


def test_without_a_target_a_cell_that_nothing_serves_is_open() -> None:
    given = answer(capability(stages=("use",)), need=replace(NEED, target=None))
    found = matrix([Entry("a", ("use", "production"), ("system",), given)])
    assert found.cells["use", "system"].unknown == ("a",) == found.whole.unknown
    assert found.cells["production", "system"].open == ("a",)


def test_needs_take_the_cells_of_their_key_parameter() -> None:
    stem = parameters()["sb-plate-thickness"]
    stated, silent = replace(NEED, stage="use", node="system"), replace(NEED, id="M", parameter=stem.id)
    own, taken, nowhere = entries_of_needs([stated, silent, replace(NEED, id="O")], {}, parameters())
    assert (own.stages, own.nodes) == (("use",), ("system",))
    assert (taken.stages, taken.nodes) == (stem.stages, stem.nodes)
    assert matrix([nowhere]).unplaced == ("O",)


def test_an_industry_without_any_capability() -> None:
    item = industry("marine-power")
    assert item is not None
    needs = {p.id: n for p in item.parameters if (n := need_of(p)[0]) is not None}
    found = matrix(entries(item.parameters, {id: match(n, []) for id, n in needs.items()}))
    assert found.whole.count == 30 and not found.whole.covered
    assert sum(cell.count for cell in found.cells.values()) == sum(
        len(p.stages) * len(p.nodes) for p in item.parameters
    )


def test_served_is_what_a_capability_states() -> None:
    found = served([capability(stages=("use",), nodes=("system", "service")), capability("D")])
    assert found["use", "system"] == (("演示一", "C"),) == found["use", "service"]
    assert sum(len(keys) for keys in found.values()) == 2
