"""A challenge from the need to the closed gap, and every door that must stay shut on the way."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from suyuan.capability.challenges.challenge import (
    Verdicts,
    closings,
    criteria,
    gap_closed,
    outcomes,
    scores_formed,
    sheet,
    well_formed,
)
from suyuan.procedure.matter import Event
from suyuan.verbs.matter.guards import first_or_reason
from suyuan.verbs.matter.matters import late, outlook, waiting
from suyuan.verbs.matter.panels import review_of
from tests.capability.service import (
    BID,
    BIDDER,
    CHALLENGE,
    FACTORY,
    OTHER,
    REVIEWERS,
    RIVAL,
    RIVAL_BID,
    SHA,
    World,
    at,
    challenge_world,
    documents,
    need,
    person,
    traced,
)

ORG = ("org", "organiser")


def scores(first: float, second: float) -> dict[str, Any]:
    names = ("fits", "traceable", "team", "plan", "spread")
    return {"B-1": dict.fromkeys(names, first), "B-2": dict.fromkeys(names, second)}


@pytest.fixture
def world() -> World:
    return challenge_world()


def publish(world: World) -> None:
    world.step(CHALLENGE, "submitted", "2026-02-02", "厂", "needer", documents=documents("need_sheet"))
    world.step(CHALLENGE, "published", "2026-03-02", *ORG, documents=documents("need_sheet"), due="2026-03-31")


def bid(world: World) -> None:
    for key, who in ((BID, "甲"), (RIVAL_BID, "乙")):
        world.step(key, "submitted", "2026-03-20", who, "bidder", documents=documents("proposal"), approach="干涉法")


def choose(world: World) -> None:
    world.step(CHALLENGE, "review_opened", "2026-04-01", *ORG, roles={"reviewer": list(REVIEWERS)})
    for name in REVIEWERS:
        world.step(CHALLENGE, "declared", "2026-04-02", name, "reviewer", declaration="none")
    for name, first in zip(REVIEWERS, (80, 85, 90), strict=True):
        world.step(CHALLENGE, "scored", "2026-04-05", name, "reviewer", scores=scores(first, first - 20))
    second = {"documents": documents("review_report"), "bid": "B-2", "roles": {"bidder": ["乙"]}}
    told = world.refused(CHALLENGE, "chosen", "2026-04-10", *ORG, **second)
    assert told == ["procedure.guard.failed", "challenge.score.not_first"]
    where = Event("chosen", at("2026-04-10"), *ORG, {**second, "reason": "交付期更短"})
    assert first_or_reason(world.known("2026-04-10"), world.matters[CHALLENGE], where) == ()
    world.step(CHALLENGE, "chosen", "2026-04-10", *ORG, documents=documents("review_report"), bid="B-1",
               roles={"bidder": ["甲"]})  # fmt: skip


def carry_out(world: World) -> None:
    world.step(CHALLENGE, "contracted", "2026-05-01", "甲", "bidder", documents=documents("contract"), amount="300000")
    world.step(CHALLENGE, "started", "2026-05-10", "甲", "bidder", documents=documents("task_book"), due="2026-11-30")
    world.step(CHALLENGE, "milestone", "2026-08-01", "甲", "bidder", documents=documents("milestone_report"),
               milestone="样机")  # fmt: skip
    world.step(CHALLENGE, "resulted", "2026-11-20", "甲", "bidder", documents=documents("result_report"),
               result_kind="device")  # fmt: skip
    world.step(CHALLENGE, "accepted", "2026-12-01", "厂", "needer", documents=documents("acceptance"))


EVIDENCE = {"documents": {"evidence_before": SHA, "evidence_after": OTHER}, "verdict_before": "cannot"}


def test_from_need_to_closed_gap(world: World) -> None:
    publish(world)
    bid(world)
    choose(world)
    world.step(BID, "chosen", "2026-04-11", *ORG)
    world.step(RIVAL_BID, "not_chosen", "2026-04-11", *ORG, reason="名次在后")
    carry_out(world)
    assert world.refused(CHALLENGE, "gap_shown", "2026-12-10", *ORG, verdict_after="can", **EVIDENCE) == [
        "procedure.guard.failed", "challenge.gap.differs"
    ], "a verdict is computed, not written"  # fmt: skip
    traced(world)
    world.step(CHALLENGE, "gap_shown", "2026-12-10", *ORG, verdict_after="can", **EVIDENCE)
    assert closings(world.matters.values(), date(2026, 12, 31))[0][1] == "CH-1"
    assert world.refused(CHALLENGE, "closed", "2027-06-01", *ORG)[1] == "challenge.follow.short"
    assert world.refused(CHALLENGE, "closed", "2028-12-10", *ORG)[1] == "challenge.follow.never"
    world.step(CHALLENGE, "followed", "2028-12-05", *ORG, finding="在用")
    where = world.step(CHALLENGE, "closed", "2028-12-10", *ORG)
    assert where.ended and where.state.name == "closed"
    found = outcomes(world.matters.values(), date(2029, 1, 1), "CALL-1")
    counts = {kind: found.count(kind) for kind in found.numbers}
    assert counts == {
        "needs": 1, "returned": 0, "merged": 0, "solvable": 0, "published": 1, "matched": 1, "contracted": 1,
        "started": 1, "resulted": 1, "accepted": 1, "gap_shown": 1, "closed": 1, "bids": 2, "with_bids": 1,
        "unsolved": 0, "withdrawn": 0,
    }  # fmt: skip
    assert (found.amount, found.unstated) == (300000, 0)
    early = outcomes(world.matters.values(), date(2026, 3, 25))
    assert (early.count("bids"), early.count("matched")) == (2, 0), "a past day counts what was known then"
    assert outcomes(world.matters.values(), date(2029, 1, 1), "CALL-2").count("needs") == 0


def test_a_need_that_can_be_met_is_no_challenge(world: World) -> None:
    traced(world)
    world.step(CHALLENGE, "submitted", "2026-11-02", "厂", "needer", documents=documents("need_sheet"))
    told = world.refused(
        CHALLENGE, "published", "2026-11-03", *ORG, documents=documents("need_sheet"), due="2027-01-01"
    )
    assert told == ["procedure.guard.failed", "challenge.need.solvable"]
    where = world.step(CHALLENGE, "matched_directly", "2026-11-03", *ORG, capability=f"{BIDDER} C-1")
    assert where.state.name == "solvable" and where.ended


def test_vague_repeated_and_unknown_needs_are_not_published(world: World) -> None:
    publish(world)
    for number, needs, code in (
        ("CH-2", [need("N-3", 1, 5, None)], "challenge.need.target"),
        ("CH-3", [need()], "challenge.need.repeated"),
        ("CH-4", [need("N-9")], "challenge.need.unregistered"),
        ("CH-5", [], "challenge.need.none"),
    ):
        key = ("challenge", number)
        world.open(*key, FACTORY, sheet(needs), organiser=("org",), needer=("厂",))
        world.step(key, "submitted", "2026-03-03", "厂", "needer", documents=documents("need_sheet"))
        told = world.refused(key, "published", "2026-03-04", *ORG, documents=documents("need_sheet"), due="2026-04-01")
        assert code in told, (number, told)
    told = world.refused(("challenge", "CH-3"), "merged", "2026-03-04", *ORG, into="CH-3", reason="同一需求")
    assert told[1] == "challenge.need.lost"
    world.step(("challenge", "CH-3"), "merged", "2026-03-04", *ORG, into="CH-1", reason="同一需求")
    assert [f.code for f in well_formed(need("N", 1, float("inf")))] == ["challenge.need.open"]


def test_bids_come_in_time_once_and_from_others(world: World) -> None:
    proposal: dict[str, Any] = {"documents": documents("proposal"), "approach": "x"}
    world.step(CHALLENGE, "submitted", "2026-02-02", "厂", "needer", documents=documents("need_sheet"))
    assert "challenge.bid.not_open" in world.refused(BID, "submitted", "2026-02-03", "甲", "bidder", **proposal)
    world.step(CHALLENGE, "published", "2026-03-02", *ORG, documents=documents("need_sheet"), due="2026-03-31")
    assert world.refused(BID, "submitted", "2026-04-01", "甲", "bidder", **proposal)[1] == "challenge.bid.late"
    own = ("bid", "B-3")
    world.open(*own, FACTORY, {"links": {"challenge": "CH-1"}}, bidder=("厂",))
    assert world.refused(own, "submitted", "2026-03-20", "厂", "bidder", **proposal)[1] == "challenge.bid.own"
    bid(world)
    again = ("bid", "B-4")
    world.open(*again, BIDDER, {"links": {"challenge": "CH-1"}}, bidder=("甲",))
    assert world.refused(again, "submitted", "2026-03-21", "甲", "bidder", **proposal)[1] == "challenge.bid.second"
    lost = ("bid", "B-5")
    world.open(*lost, RIVAL, {"links": {"challenge": "CH-77"}}, bidder=("乙",))
    assert "challenge.bid.no_challenge" in world.refused(lost, "submitted", "2026-03-21", "乙", "bidder", **proposal)
    told = world.refused(CHALLENGE, "review_opened", "2026-03-25", *ORG, roles={"reviewer": list(REVIEWERS)})
    assert "challenge.bid.too_early" in told
    assert "challenge.bid.some" in world.refused(CHALLENGE, "no_bid", "2026-04-02", *ORG, reason="无")


def test_a_reviewer_with_a_conflict_is_refused_and_named(world: World) -> None:
    publish(world)
    bid(world)
    world.register("2026-01-02", BIDDER, person=[person("李", BIDDER)])
    names = {"reviewer": ["赵", "钱", "李"]}
    assert "procedure.conflict.found" in world.refused(CHALLENGE, "review_opened", "2026-04-01", *ORG, roles=names)
    names = {"reviewer": ["赵", "钱", "陌生人"]}
    assert "procedure.conflict.unknown" in world.refused(CHALLENGE, "review_opened", "2026-04-01", *ORG, roles=names)
    world.step(CHALLENGE, "review_opened", "2026-04-01", *ORG, roles={"reviewer": list(REVIEWERS)})
    world.register("2026-04-02", BIDDER, person=[person("孙", RIVAL)])
    told = world.refused(CHALLENGE, "scored", "2026-04-03", "赵", "reviewer", scores=scores(80, 90))
    assert "centre.panel.undeclared" in told, "nobody scores before they declared"
    for name in REVIEWERS:
        world.step(CHALLENGE, "declared", "2026-04-03", name, "reviewer", declaration="none")
    told = world.refused(CHALLENGE, "scored", "2026-04-05", "孙", "reviewer", scores=scores(80, 90))
    assert "procedure.conflict.found" in told, "who took a post with a bidder meanwhile is out"
    for bad, code in (
        ({}, "procedure.step.field"), ({"B-9": {"fits": 1}}, "challenge.score.subject"),
        ({"B-1": {"looks": 1}}, "challenge.score.criterion"), ({"B-1": {"fits": 101}}, "challenge.score.scale"),
    ):  # fmt: skip
        assert code in world.refused(CHALLENGE, "scored", "2026-04-05", "赵", "reviewer", scores=bad)
    for name in ("赵", "钱"):
        world.step(CHALLENGE, "scored", "2026-04-05", name, "reviewer", scores=scores(80, 60))
    told = world.refused(CHALLENGE, "chosen", "2026-04-06", *ORG, documents=documents("review_report"), bid="B-1",
                         roles={"bidder": ["甲"]})  # fmt: skip
    assert {"challenge.score.few", "procedure.conflict.found"} <= set(told)
    found = review_of(world.known("2026-04-06"), world.matters[CHALLENGE], date(2026, 4, 6))
    assert found.reviewers == ("赵", "钱") and {c.reviewer for c in found.refused} == {"孙"}
    assert found.mean.round(3).tolist() == [0.8, 0.6] and found.ranking.order == (0, 1)


def test_the_chosen_bid_is_one_of_them_and_the_bids_follow(world: World) -> None:
    publish(world)
    bid(world)
    assert "procedure.guard.unknown" in world.refused(BID, "chosen", "2026-04-01", *ORG)
    choose(world)
    assert "challenge.bid.other" in world.refused(RIVAL_BID, "chosen", "2026-04-12", *ORG)
    assert "challenge.bid.is_chosen" in world.refused(BID, "not_chosen", "2026-04-12", *ORG, reason="x")


def test_a_gap_is_closed_by_two_documents_and_two_verdicts() -> None:
    both = {"evidence_before": SHA, "evidence_after": OTHER}
    assert gap_closed(Verdicts("partly", "can"), both) == ()
    for given, documents_, code in (
        (Verdicts("can", "can"), both, "challenge.gap.never_open"),
        (Verdicts("unknown", "can"), both, "challenge.gap.never_open"),
        (Verdicts("partly", "not_accurate"), both, "challenge.gap.still_open"),
        (Verdicts("partly", "can", "can", "can"), both, "challenge.gap.differs"),
        (Verdicts("partly", "can"), {"evidence_before": SHA}, "challenge.gap.evidence"),
        (Verdicts("partly", "can"), dict.fromkeys(both, SHA), "challenge.gap.same_evidence"),
    ):
        assert [f.code for f in gap_closed(given, documents_)] == [code]


def test_what_waits_for_whom_and_what_is_late(world: World) -> None:
    publish(world)
    bid(world)
    rows = waiting(world.matters.values(), date(2026, 4, 10))
    assert [(r.matter.number, r.persons) for r in rows] == [
        ("CH-1", ("org",)), ("B-1", ("org",)), ("B-2", ("org",))
    ]  # fmt: skip
    assert waiting(world.matters.values(), date(2026, 4, 10), "nobody") == ()
    assert [(r.matter.number, r.standing.overdue) for r in late(world.matters.values(), date(2026, 4, 10))] == [
        ("CH-1", 10)
    ]
    assert late(world.matters.values(), date(2026, 3, 25)) == ()
    told = outlook(world.known("2026-03-25"), world.matters[CHALLENGE], at("2026-03-25"))
    assert [f.code for f in told["review_opened"]["bids_ended"] or ()] == ["challenge.bid.too_early"]
    assert [f.code for f in told["review_opened"]["reviewers_free"] or ()] == ["challenge.panel.nobody"]
    assert told["review_opened"]["bids_there"] == ()


def test_a_number_is_taken_once(world: World) -> None:
    publish(world)
    double = ("challenge", "CH-1")
    world.matters["challenge", "copy"] = world.matters.pop(double)
    world.open(*double, FACTORY, sheet([need("N-2")]), needer=("厂",), king=("x",))
    told = world.refused(double, "submitted", "2026-03-03", "厂", "needer", documents=documents("need_sheet"))
    assert told == ["procedure.matter.taken", "procedure.event.roles"]


def test_a_call_ends_when_its_needs_have(world: World) -> None:
    call = ("call", "CALL-1")
    world.open(*call, "演示主办方", organiser=("org",))
    world.step(call, "called", "2026-01-05", *ORG, documents=documents("call"), due="2026-02-28")
    assert "challenge.call.empty" in world.refused(call, "collected", "2026-02-01", *ORG)
    world.step(CHALLENGE, "submitted", "2026-02-02", "厂", "needer", documents=documents("need_sheet"))
    world.step(call, "collected", "2026-03-01", *ORG)
    told = world.refused(call, "announced", "2026-03-02", *ORG, documents=documents("need_list"), due="2026-04-01")
    assert "challenge.call.open" in told


def test_a_score_that_is_no_number_is_told_as_such_in_the_words_of_the_criterion() -> None:
    from suyuan.quantity.finding import sentences

    first = criteria()[0]
    found = scores_formed({"BID-1": {first.id: "abc"}}, ["BID-1"], criteria())
    assert [f.code for f in found] == ["challenge.score.number"]
    assert first.title["zh"] in sentences(found[0], "zh")["what"] and first.id not in sentences(found[0], "zh")["what"]
    assert first.title["en"] in sentences(found[0], "en")["what"]
    assert [f.code for f in scores_formed({"BID-1": {first.id: "180"}}, ["BID-1"], criteria())] == [
        "challenge.score.scale"
    ]
