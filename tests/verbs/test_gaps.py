"""Gaps of a snapshot and over time; what a certificate that ends does to capabilities, needs and gaps together."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from suyuan.capability.capability import Capability
from suyuan.capability.interval import Interval
from suyuan.capability.need import Need, Target
from suyuan.capability.uncertainty import RootSum, Uncertainty
from suyuan.centre.records import Centre
from suyuan.certificate.certificate import Certificate
from suyuan.certificate.typed import read_typed
from suyuan.procedure.register import Register
from suyuan.quantity.finding import Refused
from suyuan.quantity.unit import parse_unit
from suyuan.traceability.evidence import Anchor, Evidence, Outcome
from suyuan.verbs.matching.gaps import (
    gaps_of,
    gaps_of_centre,
    gaps_of_industry,
    matrix_of_industry,
    matrix_of_needs,
    over_time,
)
from suyuan.verbs.matching.what_holds import (
    Expired,
    Failed,
    Withdrawn,
    events_on_capabilities,
    holds_if,
    resting_on,
    what_if,
)
from suyuan.verbs.snapshot import Documents, Snapshot, snapshot

MM, UM = parse_unit("mm"), parse_unit("um")
LAB, FIRM = {"zh": "演示长度实验室"}, {"zh": "演示船厂"}
DAY = date(2026, 6, 1)
ROOT, WORK, NEXT = ("NIM", "R-1"), ("NIM", "W-1"), ("NIM", "W-2")


def certificate(number: str, *parents: str, **more: Any) -> Certificate:
    document = {
        "suyuan": "typed-certificate", "issuer": "NIM", "number": number, "act": "calibration",
        "ended": "2026-01-10", "issued": "2026-01-12", "valid_until": "2027-01-11",
        "item": {"name": {"zh": "量块"}},
        "equipment": [{"name": {"zh": "标准"}, "certificate": {"issuer": "NIM", "number": p}} for p in parents],
        "results": [{"name": {"en": "length"}, "value": ["10", "100"], "unit": "mm", "U": "0.00002", "k": "2"}],
    } | more  # fmt: skip
    found, told = read_typed(json.dumps(document).encode())
    assert found is not None, [f.to_json() for f in told]
    return found


EVIDENCE = Evidence(
    certificates=(
        certificate("R-1", ended="2025-01-01", issued="2025-01-02", valid_until="2030-01-01"),
        certificate("W-1", "R-1"),
        certificate(
            "W-2",
            "R-1",
            ended="2027-03-01",
            issued="2027-03-02",
            valid_until="2028-03-01",
            results=[{"name": {"en": "length"}, "value": ["10", "300"], "unit": "mm", "U": "0.00002", "k": "2"}],
        ),
    ),
    anchors=(Anchor("national_primary_standard", *ROOT, {"en": "primary"}, "KCDB"),),
)


def capability(id: str, *standards: tuple[str, str], high: float = 100.0, **more: Any) -> Capability:
    return Capability(id, LAB, "length", Interval(0.5, high, MM), Uncertainty(RootSum(0.03, 0.0001), unit=UM),
                      standards=standards, **more)  # fmt: skip


def need(id: str, high: float = 100.0, **more: Any) -> Need:
    given: dict[str, Any] = {"target": Target(0.05, UM)} | more
    return Need(id, FIRM, "length", Interval(10.0, high, MM), **given)


def register(day: date, organisation: dict[str, str], number: str, **rows: Any) -> Register:
    return Register(organisation, number, day, {k: tuple(v) for k, v in rows.items()}, digest=f"digest-{number}")


FIRST = register(date(2026, 2, 1), LAB, "1", capability=[capability("C", WORK)])
LATER = register(date(2027, 4, 1), LAB, "2", capability=[capability("C", NEXT, high=300.0)])
WANTS = register(date(2026, 2, 1), FIRM, "3", need=[
    need("met"), need("wide", 300.0), need("open", target=None), need("fine", target=Target(0.005, UM)),
    Need("mass", FIRM, "mass", Interval(1.0, 2.0, parse_unit("kg")), Target(1e-6)),
])  # fmt: skip


def at(day: date = DAY, evidence: Evidence = EVIDENCE, *more: Register) -> Snapshot:
    return snapshot(evidence, Documents((FIRST, LATER, WANTS, *more)), day)


def verdicts(of: Snapshot) -> dict[str, str]:
    return {match.need.id: match.verdict for match in gaps_of(of).matches}


def test_the_gaps_of_a_day() -> None:
    found = gaps_of(at())
    assert verdicts(at()) == {
        "met": "can",
        "wide": "partly",
        "open": "unknown",
        "fine": "not_accurate",
        "mass": "cannot",
    }
    assert found.counts == {"cannot": 1, "partly": 1, "not_accurate": 1, "unknown": 1, "can": 1}
    assert [gap.need.id for gap in found.gaps] == ["wide", "fine", "mass"]
    assert [gap.need.id for gap in found.unknown] == ["open"]
    assert len(found.ranking.apart) == 3 and not found.ranking.known  # nobody stated a size


def test_others_counts_every_capability_that_does_not_agree() -> None:
    other = register(date(2026, 2, 1), {"zh": "演示质量室"}, "4", capability=[
        Capability("M", {"zh": "演示质量室"}, "mass", Interval(1.0, 2.0, parse_unit("kg")))])  # fmt: skip
    by_id = {match.need.id: match for match in gaps_of(at(DAY, EVIDENCE, other)).matches}
    assert (by_id["met"].others, by_id["mass"].others) == (1, 1)


def test_gaps_close_and_open_over_time_with_both_sides_evidence() -> None:
    days = [date(2026, 1, 15), date(2026, 6, 1), date(2027, 2, 1), date(2027, 6, 1)]
    found = over_time(EVIDENCE, Documents((FIRST, LATER, WANTS)), reversed(days))
    assert found.days == tuple(days)
    assert [c["can"] for c in found.counts] == [0, 1, 0, 2]
    assert [(day, gap.need.id, gap.gate) for day, gap in found.opened] == [(date(2027, 2, 1), "met", "chain")]
    assert {c.need.id for c in found.closings} == {"met", "wide"} and found.per_year == {2027: 2}
    closing = next(c for c in found.closings if c.need.id == "wide")
    assert closing.kind == "partly" and (closing.before.day, closing.after.day) == (days[2], days[3])
    by_number = {c.number: c.digest for c in EVIDENCE.certificates}
    assert set(closing.before.documents) == {"digest-1", "digest-3", by_number["W-1"], by_number["R-1"]}
    assert set(closing.after.documents) == {"digest-2", "digest-3", by_number["W-2"], by_number["R-1"]}


def test_a_need_made_easier_closes_nothing() -> None:
    easier = register(date(2026, 5, 1), FIRM, "5", need=[need("fine", target=Target(0.06, UM))])
    found = over_time(EVIDENCE, Documents((FIRST, WANTS, easier)), [date(2026, 4, 1), date(2026, 6, 1)])
    assert found.counts[1]["can"] == 2 and not found.closings


def test_a_need_for_a_fixed_day_is_closed_all_the_same() -> None:
    fixed = register(date(2026, 1, 1), FIRM, "6", need=[need("fixed", day=date(2026, 12, 1))])
    found = over_time(EVIDENCE, Documents((FIRST, fixed)), [date(2026, 1, 15), date(2026, 6, 1)])
    assert [c.need.id for c in found.closings] == ["fixed"]


# ---------------------------------------------------------------- industry and centre


def test_gaps_of_an_industry_with_and_without_drafts() -> None:
    mine = register(
        date(2026, 2, 1),
        FIRM,
        "7",
        need=[need("named", industry="shipbuilding"), need("stem", parameter="sb-plate-thickness"), need("else")],
    )
    found = gaps_of_industry(at(DAY, EVIDENCE, mine), "shipbuilding", drafts=False)
    assert {m.need.id for m in found.matches} == {"named", "stem"}
    both = gaps_of_industry(at(DAY, EVIDENCE, mine), "shipbuilding")
    assert len(both.matches) == 2 + 29  # one parameter in dB cannot be a need
    assert [f.code for f in both.findings if f.severity == "warning"] == ["capability.industry.unit.unusable"]


def test_gaps_of_a_centre_by_its_own_or_by_all_capabilities() -> None:
    centre = Centre("Z", {"zh": "演示中心"}, "centre", "municipal", {"zh": "演示主体"}, laboratories=("别处",),
                    demand=("met", "mass"))  # fmt: skip
    assert gaps_of_centre(at(), centre).counts["can"] == 1
    own = gaps_of_centre(at(), centre, own=True)
    assert own.counts["cannot"] == 2 and len(own.matches) == 2
    assert gaps_of_centre(at(), replace(centre, demand=(), industry="shipbuilding")).matches == ()


def test_matrices() -> None:
    assert matrix_of_industry(at(), "environment").whole.count == 32
    found = matrix_of_needs(at(), [need("met", stage="use", node="component")])
    assert found.cells["use", "component"].by == {LAB["zh"]: 1}


# ---------------------------------------------------------------- what holds


@pytest.mark.parametrize("event", [
    Expired(WORK), Withdrawn(WORK), Withdrawn(ROOT), Failed(LAB, "length"), Failed({"zh": "别家"}, "length", (WORK,)),
])  # fmt: skip
def test_one_event_reaches_capability_need_and_gap_together(event: Any) -> None:
    now = at()
    found = holds_if(now, event)
    assert [c.capability.id for c in found.lost] == ["C"] and found.lost[0].findings
    assert [(t.need.id, t.verdicts, t.worse) for t in found.needs] == [("met", ("can", "not_accurate"), True)]
    after = gaps_of(what_if(now, event))
    assert next(gap for gap in after.gaps if gap.need.id == "met").gate == "chain"
    assert verdicts(now)["met"] == "can"  # nothing was written


def test_what_does_not_concern_a_capability_changes_nothing() -> None:
    assert holds_if(at(), Failed({"zh": "别家"}, "length")).nothing
    assert holds_if(at(), Failed(LAB, "mass")).nothing
    assert holds_if(at(), Failed(LAB, "length", nominal="500 mm")).nothing
    with pytest.raises(Refused):
        what_if(at(), Expired(("NIM", "W-404")))


def test_what_a_day_brings() -> None:
    ended = events_on_capabilities(at(date(2027, 1, 11)), at(date(2027, 1, 12)))
    assert [c.capability.id for c in ended.lost] == ["C"] and not ended.gained
    back = events_on_capabilities(at(date(2027, 3, 20)), at(date(2027, 4, 1)))
    assert [c.capability.id for c in back.gained] == ["C"]
    assert {t.need.id: t.verdicts[1] for t in back.needs} == {"met": "can", "wide": "can"}
    assert events_on_capabilities(at(), at(date(2026, 6, 2))).nothing


def test_a_capability_that_is_taken_out_or_ends_is_lost() -> None:
    gone = replace(register(date(2026, 7, 1), LAB, "8"), removed={"capability": ("C",)})
    found = events_on_capabilities(at(), at(date(2026, 7, 1), EVIDENCE, gone))
    assert found.lost[0].after is None and found.needs[0].verdicts[1] == "cannot"
    ends = register(date(2026, 7, 1), LAB, "9", capability=[capability("C", WORK, valid_until=date(2026, 6, 30))])
    found = events_on_capabilities(at(), at(date(2026, 7, 1), EVIDENCE, ends))
    assert [c.capability.id for c in found.lost] == ["C"]


def test_a_remedied_comparison_gains_it_back() -> None:
    bad = Outcome(
        "K1", "d", "A", LAB, "L", {}, "mm", date(2026, 5, 1), "unsatisfactory", "En", 2.0, 10.0, 0.1, 0.2, 0.1,
        "length", "10 mm", (), "", date(2026, 9, 1),
    )  # fmt: skip
    evidence = replace(EVIDENCE, outcomes=(bad,))
    found = events_on_capabilities(at(date(2026, 8, 31), evidence), at(date(2026, 9, 1), evidence))
    assert [c.capability.id for c in found.gained] == ["C"]


def test_what_rests_on_a_certificate() -> None:
    assert [c.id for c in resting_on(at(), ROOT)] == ["C"] == [c.id for c in resting_on(at(), WORK)]
    assert resting_on(at(), ("NIM", "W-404")) == ()
