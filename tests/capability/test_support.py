"""What a capability rests on: chains, comparisons and its own claims, judged by the day that is asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest

from suyuan.capability.capability import Capability, Term
from suyuan.capability.holding.overlap import overlaps
from suyuan.capability.holding.support import supports
from suyuan.capability.interval import Interval
from suyuan.capability.matching.gate import Support
from suyuan.capability.uncertainty import Formula, Line, RootSum, Table, Uncertainty, Value
from suyuan.certificate.certificate import Certificate
from suyuan.certificate.typed import read_typed
from suyuan.quantity.finding import LANGUAGES, sentences
from suyuan.quantity.unit import parse_unit
from suyuan.traceability.evidence import Anchor, Evidence, Outcome, Statement
from suyuan.traceability.graph import build
from suyuan.traceability.survey import survey

DAY = date(2026, 3, 1)
MM, UM = parse_unit("mm"), parse_unit("um")
LAB = {"zh": "演示长度实验室", "en": "demo length laboratory"}


@dataclass
class World:
    evidence: Evidence = field(default_factory=Evidence)

    def add(self, **more: Any) -> None:
        grown: dict[str, Any] = {name: (*getattr(self.evidence, name), *new) for name, new in more.items()}
        self.evidence = replace(self.evidence, **grown)

    def certificate(self, number: str, parents: tuple[str, ...] = (), **more: Any) -> Certificate:
        """A typed certificate of blocks of 10 mm and 100 mm, k = 2, that names its standards."""
        document = {
            "suyuan": "typed-certificate", "issuer": "NIM", "number": number, "act": "calibration",
            "ended": "2026-01-10", "issued": "2026-01-12", "valid_until": "2027-01-11",
            "item": {"name": {"zh": "量块", "en": "gauge block"}},
            "equipment": [
                {"name": {"zh": "标准"}, "certificate": {"issuer": "NIM", "number": parent}} for parent in parents
            ],
            "results": [{"name": {"en": "length"}, "value": ["10.00002", "100.00003"], "unit": "mm",
                         "U": ["0.00004", "0.00008"], "k": "2"}],
        } | more  # fmt: skip
        certificate, found = read_typed(json.dumps(document).encode())
        assert certificate is not None, [f.to_json() for f in found]
        self.add(certificates=(certificate,))
        return certificate

    def anchor(self, number: str, **more: Any) -> None:
        name = {"en": "primary standard of length"}
        self.add(anchors=(Anchor("national_primary_standard", "NIM", number, name, "KCDB", **more),))

    def support(self, capability: Capability, day: date = DAY) -> Support:
        graph = build(self.evidence)
        return supports([capability], survey(graph, self.evidence), self.evidence, day)[capability.key]


@pytest.fixture
def world() -> World:
    """A working standard, calibrated by a reference standard, which is a declared anchor."""
    made = World()
    made.certificate("R-1", ended="2025-06-01", issued="2025-06-02", valid_until="2028-06-01")
    made.anchor("R-1")
    made.certificate("W-1", parents=("R-1",))
    return made


def lengths(id: str = "L", *standards: str, low: float = 10.0, high: float = 100.0, **more: Any) -> Capability:
    given: dict[str, Any] = {"uncertainty": Uncertainty(RootSum(0.1, 0.0005), unit=UM)} | more
    return Capability(
        id, LAB, "length", Interval(low, high, MM), standards=tuple(("NIM", number) for number in standards), **given
    )


def codes(support: Support) -> list[str]:
    return [item.code for item in support.findings]


def test_a_whole_chain_on_a_valid_day_is_complete(world: World) -> None:
    found = world.support(lengths("L", "W-1"))
    assert (found.chain, found.tested, found.persons) == ("complete", "untested", None)
    assert not [item for item in found.findings if item.severity != "note"]


@pytest.mark.parametrize(("on", "chain"), [
    ("2026-01-09", "broken"), ("2026-01-10", "complete"), ("2027-01-11", "complete"), ("2027-01-12", "broken"),
])  # fmt: skip
def test_a_standard_carries_from_its_calibration_to_its_last_day(world: World, on: str, chain: str) -> None:
    assert world.support(lengths("L", "W-1"), date.fromisoformat(on)).chain == chain


def test_a_withdrawn_standard_breaks_it_from_that_day(world: World) -> None:
    world.add(statements=(Statement("withdrawn", "NIM", "W-1", date(2026, 2, 1), date(2026, 2, 3)),))
    assert world.support(lengths("L", "W-1"), date(2026, 1, 20)).chain == "complete"
    found = world.support(lengths("L", "W-1"))
    assert found.chain == "broken" and "validity.withdrawn" in codes(found)
    assert found.findings[0].severity == "error"


def test_a_superseded_standard_breaks_it(world: World) -> None:
    world.add(
        statements=(Statement("superseded", "NIM", "W-1", date(2026, 2, 1), date(2026, 2, 3), {}, ("NIM", "W-2")),)
    )
    assert world.support(lengths("L", "W-1")).chain == "broken"


def test_what_breaks_higher_up_reaches_the_capability(world: World) -> None:
    world.add(statements=(Statement("withdrawn", "NIM", "R-1", date(2026, 2, 1), date(2026, 2, 3)),))
    found = world.support(lengths("L", "W-1"))
    assert found.chain == "broken" and "validity.withdrawn" in " ".join(codes(found))


def test_without_an_anchor_the_chain_is_broken() -> None:
    lonely = World()
    lonely.certificate("W-9")
    assert lonely.support(lengths("L", "W-9")).chain == "broken"


def test_what_is_not_at_hand_is_unknown_and_not_nil(world: World) -> None:
    gone = world.support(lengths("L", "W-1", "W-404"))
    assert gone.chain == "unknown" and "capability.support.standard.unknown" in codes(gone)
    world.certificate("W-3", parents=("R-404",))
    assert world.support(lengths("L", "W-3")).chain == "unknown"  # a document higher up is missing
    assert world.support(lengths("L")).chain == "unstated"


def test_one_broken_standard_outweighs_an_unknown_one(world: World) -> None:
    world.certificate("W-4", parents=("R-1",), valid_until="2026-02-01")
    assert world.support(lengths("L", "W-404", "W-4", "W-1")).chain == "broken"


def test_an_anchor_itself_may_be_the_standard(world: World) -> None:
    world.anchor("P-1")
    world.anchor("P-2", valid_until=date(2026, 1, 1))
    assert world.support(lengths("L", "P-1")).chain == "complete"
    assert world.support(lengths("L", "P-2")).chain == "broken"


def test_a_standard_whose_declaration_as_an_anchor_has_run_out(world: World) -> None:
    world.certificate("S-1", valid_until="2030-01-01")
    world.anchor("S-1", valid_until=date(2026, 2, 28))
    assert world.support(lengths("L", "S-1"), date(2026, 2, 28)).chain == "complete"
    late = world.support(lengths("L", "S-1"))
    assert late.chain == "broken" and "traceability.anchor.expired" in codes(late)
    world.anchor("S-1", valid_until=date(2031, 1, 1), digest="renewed")
    assert world.support(lengths("L", "S-1")).chain == "complete"


def test_an_unstated_end_of_validity_is_a_note(world: World) -> None:
    world.certificate("W-5", parents=("R-1",), valid_until="")
    found = world.support(lengths("L", "W-5"))
    assert found.chain == "complete"
    assert [item.severity for item in found.findings if item.code == "validity.unknown"] == ["note"]


def outcome(verdict: Any, **more: Any) -> Outcome:
    given: dict[str, Any] = {
        "comparison": "DEMO-K1", "digest": f"d-{verdict}", "member": "A", "laboratory": LAB, "measurand": "L50",
        "name": {"en": "50 mm"}, "unit": "mm", "measured": date(2026, 2, 1), "verdict": verdict, "score_name": "En",
        "score": 1.8, "value": 50.0, "U": 0.1, "d": 0.2, "U_d": 0.1, "quantity": "长度", "nominal": "50 mm",
    } | more  # fmt: skip
    return Outcome(**given)


def test_comparisons_support_and_contradict_by_the_day(world: World) -> None:
    world.add(outcomes=(outcome("unsatisfactory", remedied=date(2026, 5, 1)),))
    capability = lengths("L", "W-1")
    assert world.support(capability, date(2026, 1, 31)).tested == "untested"
    failed = world.support(capability)
    assert failed.tested == "contradicted" and "capability.support.comparison.failed" in codes(failed)
    assert world.support(capability, date(2026, 5, 1)).tested == "supported"


@pytest.mark.parametrize(("change", "tested"), [
    ({}, "supported"),
    ({"quantity": "mass", "nominal": ""}, "untested"),  # another kind of quantity
    ({"nominal": "500 mm"}, "untested"),  # outside the interval
    ({"nominal": "0.05 m"}, "supported"),
    ({"nominal": ""}, "supported"),
    ({"laboratory": {"zh": "别家"}}, "untested"),
    ({"laboratory": {"zh": "别家"}, "quantity": "", "standards": (("NIM", "W-1"),)}, "supported"),
])  # fmt: skip
def test_a_comparison_counts_where_it_concerns_the_capability(world: World, change: Any, tested: str) -> None:
    world.add(outcomes=(outcome("satisfactory", **change),))
    assert world.support(lengths("L", "W-1")).tested == tested


@pytest.mark.parametrize("form", [
    Value(0.03), RootSum(0.03, 0.0), Line(0.03, 0.0), Table((10.0, 100.0), (0.03, 0.03))
])  # fmt: skip
def test_a_promise_below_the_standards_own_uncertainty_is_found(world: World, form: Any) -> None:
    # U = 0.04 µm at 10 mm and 0.08 µm at 100 mm stand on the certificate
    found = world.support(lengths("L", "W-1", uncertainty=Uncertainty(form, unit=UM)))
    assert found.chain == "complete"
    told = next(item for item in found.findings if item.code == "capability.support.uncertainty.below_standard")
    said = dict(told.parameters)
    assert (said["at"], said["U"], said["U_standard"], said["unit"]) == ("100 mm", "0.03", "0.08", "µm")


def test_relative_promises_are_compared_at_the_same_value(world: World) -> None:
    good = world.support(lengths("L", "W-1", uncertainty=Uncertainty(Value(5e-6))))
    poor = world.support(lengths("L", "W-1", uncertainty=Uncertainty(Value(1e-6))))
    assert "capability.support.uncertainty.below_standard" not in codes(good)  # 0.05 µm and 0.5 µm
    assert "capability.support.uncertainty.below_standard" in codes(poor)  # 0.01 µm at 10 mm


def test_k_counts_when_promises_are_compared(world: World) -> None:
    three = Uncertainty(RootSum(0.1, 0.0), k=3.0, unit=UM)  # u = 0.033 µm, the standard's at 100 mm is 0.04 µm
    assert "capability.support.uncertainty.below_standard" in codes(
        world.support(lengths("L", "W-1", uncertainty=three))
    )


@pytest.mark.parametrize(("a", "found"), [(0.5, True), (1.5, False)])
def test_deviations_are_no_sizes_but_nothing_is_better_than_they_are(world: World, a: float, found: bool) -> None:
    world.certificate(
        "W-6",
        parents=("R-1",),
        results=[
            {
                "name": {"zh": "中心长度偏差", "en": "deviation of length"},
                "value": "20",
                "unit": "um",
                "U": "1",
                "k": "2",
            }
        ],
    )
    # U from a to √(a² + 0.05²) µm; 20 µm is no length of a block and would lie far below the interval
    told = codes(world.support(lengths("L", "W-6", uncertainty=Uncertainty(RootSum(a, 0.0005), unit=UM))))
    assert ("capability.support.uncertainty.below_standard" in told) is found
    assert "capability.support.interval.beyond_standards" not in told


def test_a_claim_beyond_the_standards_is_found(world: World) -> None:
    assert "capability.support.interval.beyond_standards" not in codes(world.support(lengths("L", "W-1")))
    told = [item for item in world.support(lengths("L", "W-1", high=500.0)).findings
            if item.code == "capability.support.interval.beyond_standards"]  # fmt: skip
    assert dict(told[0].parameters)["end"] == "100" and told[0].severity == "warning"
    reach = world.support(lengths("L", "W-1", high=500.0)).reach
    assert reach is not None and reach.to(MM).high == pytest.approx(100.0, abs=1e-3)
    assert world.support(lengths("L", "W-1")).reach is None
    unsure = world.support(lengths("L", "W-1", "W-404", high=500.0))  # the other standard may cover the rest
    assert "capability.support.interval.beyond_standards" not in codes(unsure)


COMPARATOR = [{"name": {"zh": "系统误差", "en": "systematic error"}, "value": "0.003", "unit": "um", "U": "0.012",
               "k": "2", "range": {"lower": "-1", "upper": "1", "unit": "um"}}]  # fmt: skip


def beyond(support: Support) -> dict[str, str]:
    return next((dict(item.parameters) for item in support.findings
                 if item.code == "capability.support.interval.beyond_standards"), {})  # fmt: skip


@pytest.mark.parametrize("item", ["量块比较仪 CMP-3", "装置 X"])
def test_the_range_of_a_comparator_is_no_length(world: World, item: str) -> None:
    world.certificate("C-1", parents=("R-1",), item={"name": {"zh": item}}, results=COMPARATOR)
    seen = world.support(lengths("L", "W-1", "C-1", low=0.0))
    assert beyond(seen)["start"] == "10", "blocks begin at 10 mm; ±1 µm of a comparator does not join them to nil"
    assert seen.reach is not None and seen.reach.low == pytest.approx(0.01, rel=1e-5)
    assert not beyond(world.support(lengths("L", "W-1", "C-1")))


def test_other_kinds_of_one_dimension_widen_nothing(world: World) -> None:
    laser = [{"name": {"zh": "真空波长"}, "value": "632.99", "unit": "nm", "U": "0.0001", "k": "2"}]
    world.certificate("LA-1", parents=("R-1",), item={"name": {"zh": "碘稳频激光"}}, results=laser)
    assert beyond(world.support(lengths("L", "W-1", "LA-1", low=0.001)))["start"] == "10"
    rough = [
        {"name": {"en": "surface roughness Ra"}, "value": ["0.00001", "500"], "unit": "mm", "U": "0.000001", "k": "2"}
    ]
    world.certificate("RO-1", parents=("R-1",), results=rough)
    seen = world.support(lengths("L", "W-1", "RO-1", high=400.0))
    assert beyond(seen)["end"] == "100"
    roughness = replace(lengths("R", "W-1", low=0.001, high=0.01), quantity="roughness")
    assert not beyond(world.support(roughness)), "the range of lengths says nothing of a roughness"
    assert not beyond(world.support(replace(lengths("D", "W-1"), quantity="diameter"))), "a diameter is a length"


def test_a_correction_is_no_temperature_but_its_range_is(world: World) -> None:
    degree = parse_unit("degC")
    world.certificate("T-1", parents=("R-1",), item={"name": {"zh": "标准铂电阻温度计"}}, results=[
        {"name": {"zh": "20 °C 处的修正"}, "value": "0.01", "unit": "K", "U": "0.002", "k": "2",
         "range": {"lower": "0", "upper": "60", "unit": "degC"}}])  # fmt: skip
    hot = Capability("T", LAB, "temperature", Interval(0.0, 100.0, degree),
                     Uncertainty(Value(0.05), unit=parse_unit("K")), standards=(("NIM", "T-1"),))  # fmt: skip
    assert beyond(world.support(hot))["end"] == "60"


def test_what_does_not_say_its_kind_is_told(world: World) -> None:
    world.certificate("X-1", parents=("R-1",), item={"name": {"zh": "装置 X"}}, results=[
        {"name": {"zh": "结果一"}, "value": ["1", "500"], "unit": "mm", "U": "0.00002", "k": "2"}])  # fmt: skip
    alone = world.support(lengths("L", "X-1", high=600.0))
    assert beyond(alone)["end"] == "500" and "capability.support.interval.kind_unstated" in codes(alone)
    beside = world.support(lengths("L", "W-1", "X-1", high=400.0))
    assert beyond(beside)["end"] == "100" and "capability.support.interval.kind_left_out" in codes(beside)
    inside = world.support(lengths("L", "W-1", "X-1"))
    assert not [code for code in codes(inside) if ".kind_" in code]


def test_the_range_of_an_instrument_counts_in_its_own_unit(world: World) -> None:
    world.certificate("TT-1", parents=("R-1",), item={"name": {"zh": "扭矩传感器"}}, results=[
        {"name": {"zh": "示值比"}, "value": "1.0001", "unit": "1", "U": "0.0002", "k": "2",
         "range": {"lower": "0.5", "upper": "1000", "unit": "N.m"}}])  # fmt: skip
    wide = Capability("T", LAB, "torque", Interval(1.0, 2000.0, parse_unit("N.m")), Uncertainty(Value(0.005)),
                      standards=(("NIM", "TT-1"),))  # fmt: skip
    assert beyond(world.support(wide))["end"] == "1000"


def test_a_budget_that_its_certificates_deny_proves_nothing(world: World) -> None:
    terms = (Term("u_s", {"en": "standard"}, 0.01, certificate=("NIM", "W-1")), Term("u_r", {"en": "repeat"}, 0.03))
    tight = Uncertainty(Value(0.085), unit=UM)  # 2·√(0.04² + 0.03²) = 0.1 µm for the largest, 0.072 for the smallest
    kept = world.support(lengths("L", "W-1", budget=terms, uncertainty=tight))
    assert "capability.support.budget.term" in codes(kept) and not kept.contradicts
    world.certificate("W-9", parents=("R-1",), results=[
        {"name": {"en": "length"}, "value": ["10.00002", "100.00003"], "unit": "mm", "U": "0.00008",
         "k": "2"}])  # fmt: skip
    terms = (replace(terms[0], certificate=("NIM", "W-9")), terms[1])
    denied = world.support(lengths("L", "W-9", budget=terms, uncertainty=tight))
    assert [item.code for item in denied.contradicts] == ["capability.support.budget.denied"]
    assert dict(denied.contradicts[0].parameters)["recomputed"] == "0.1 µm"
    rounding = replace(tight, form=Value(0.096))  # 0.1 is within two digits of it
    assert not world.support(lengths("L", "W-9", budget=terms, uncertainty=rounding)).contradicts


def test_the_certificate_beats_the_budget(world: World) -> None:
    terms = (Term("u_s", {"en": "standard"}, 0.01, certificate=("NIM", "W-1")), Term("u_r", {"en": "repeat"}, 0.03))
    found = world.support(lengths("L", "W-1", budget=terms))
    said = dict(next(item for item in found.findings if item.code == "capability.support.budget.term").parameters)
    assert (said["budget"], said["certificate"]) == ("0.01 µm", "0.02 µm")  # 0.04/2
    assert said["recomputed"] == f"{2 * (0.02**2 + 0.03**2) ** 0.5:.3g} µm"
    right = (replace(terms[0], u=0.03), terms[1])
    assert "capability.support.budget.term" not in codes(world.support(lengths("L", "W-1", budget=right)))


def test_a_budget_that_gives_more_than_is_promised_is_found(world: World) -> None:
    terms = (Term("u_r", {"en": "repeat"}, 0.2),)
    said = [dict(item.parameters) for item in world.support(lengths("L", "W-1", budget=terms)).findings
            if item.code == "capability.support.budget.sum"]  # fmt: skip
    assert said[0]["total"] == "0.4 µm"
    hump = Uncertainty(Formula("0.1 + 0.02*x*(10 - x)"), unit=UM)  # 0.6 µm in the middle, 0.1 µm at the ends
    inside = lengths("L", "W-1", low=0.0, high=10.0, budget=terms, uncertainty=hump)
    assert "capability.support.budget.sum" not in codes(world.support(inside))


def test_each_finding_has_its_sentences(world: World) -> None:
    world.add(outcomes=(outcome("unsatisfactory"),))
    terms = (Term("u_s", {}, 0.001, certificate=("NIM", "W-1")), Term("u_r", {}, 0.3))
    seen = world.support(lengths("L", "W-1", high=500.0, budget=terms, uncertainty=Uncertainty(Value(0.01), unit=UM)))
    assert len(set(codes(seen))) >= 5
    for item in (*seen.findings, *overlaps([lengths("1"), lengths("2"), lengths("3", uncertainty=None)])):
        for language in LANGUAGES:
            assert "{" not in " ".join(sentences(item, language).values())


def test_many_capabilities_share_few_standards(world: World) -> None:
    graph = build(world.evidence)
    whole = survey(graph, world.evidence)
    many = [lengths(f"L{i}", "W-1", high=20.0 + i % 80) for i in range(5000)]
    found = supports(many, whole, world.evidence, DAY, {many[0].key: 2})
    assert len(found) == 5000 and {s.chain for s in found.values()} == {"complete"}
    assert found[many[0].key].persons == 2 and found[many[1].key].persons is None
    assert len({id(s) for s in found.values()}) == 2  # one judgement, shared


# ---------------------------------------------------------------- overlapping rows


def test_overlapping_rows_of_one_laboratory() -> None:
    first = lengths("1", high=100.0)
    other = Uncertainty(Value(0.5), unit=UM)
    assert not overlaps([first, lengths("2", low=100.0, high=200.0, uncertainty=other)])  # they adjoin
    told = overlaps([first, lengths("2", low=80.0, high=200.0, uncertainty=other)])
    assert [item.code for item in told] == ["capability.support.overlap.contradictory"]
    assert {"low": "80", "high": "100"}.items() <= dict(told[0].parameters).items()
    assert [item.code for item in overlaps([first, lengths("2", low=50.0)])] == ["capability.support.overlap.repeated"]
    metres = replace(first, id="2", interval=Interval(0.01, 0.1, parse_unit("m")),
                     uncertainty=Uncertainty(RootSum(100.0, 500.0), unit=parse_unit("nm")))  # fmt: skip
    assert [item.code for item in overlaps([first, metres])] == ["capability.support.overlap.repeated"]
    metres = replace(metres, uncertainty=Uncertainty(RootSum(100.0, 900.0), unit=parse_unit("nm")))
    assert [item.code for item in overlaps([first, metres])] == ["capability.support.overlap.contradictory"]


@pytest.mark.parametrize("change", [
    {"item": "量块"}, {"method": "JJF 2"}, {"quantity": "diameter"}, {"laboratory": {"zh": "演示二"}},
    {"conditions": {"site": ("on_site",)}}, {"conditions": {"temperature": Interval(20.0, 20.0, parse_unit("degC"))}},
])  # fmt: skip
def test_rows_that_differ_in_something_do_not_contradict(change: Any) -> None:
    second = replace(lengths("2", uncertainty=Uncertainty(Value(0.5), unit=UM)), **change)
    assert not overlaps([lengths("1"), second])
