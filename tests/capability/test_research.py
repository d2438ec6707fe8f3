"""Research projects linked to their gap, and results on their way to a specification with examples that recompute."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from importlib import resources
from typing import Any

import pytest

from suyuan.capability.challenges.conversion import Example, examples_recompute
from suyuan.capability.challenges.research import milestones, results
from suyuan.traceability.evidence import SavedResult
from tests.capability.service import (
    BIDDER,
    FACTORY,
    INSTITUTE,
    OTHER,
    SHA,
    World,
    documents,
    need,
    person,
    traced,
)

PROJECT, DRAFT = ("research", "R-1"), ("conversion", "T-1")
LEADER, OFFICE = ("主", "leader"), ("办", "office")
GUM_H1 = json.loads(resources.files("suyuan.verbs.examples").joinpath("uncertainty.json").read_text("utf-8"))[0]
"""End gauge calibration (JCGM 100:2008, H.1)."""


@pytest.fixture
def world() -> World:
    made = World()
    made.register("2026-01-01", need=[need()])
    made.open(*PROJECT, BIDDER, {"links": {"need": [f"{FACTORY} N-1"]}}, leader=("主",), office=("办",))
    return made


def run(world: World) -> None:
    world.step(PROJECT, "proposed", "2026-02-01", *LEADER, documents=documents("proposal"))
    world.step(PROJECT, "approved", "2026-02-20", *OFFICE, documents=documents("approval"))
    plan = [{"name": "方案", "day": "2026-05-01"}, {"name": "样机", "day": "2026-08-01"}]
    world.step(PROJECT, "started", "2026-03-01", *LEADER, documents=documents("task_book"), due="2026-10-31",
               milestones=plan)  # fmt: skip


def accept(world: World) -> None:
    run(world)
    world.step(PROJECT, "result", "2026-10-01", *LEADER, documents=documents("result_document"), result_kind="device",
               result_name="干涉仪")  # fmt: skip
    world.step(PROJECT, "delivered", "2026-10-20", *LEADER, documents=documents("result_report"))
    world.step(PROJECT, "accepted", "2026-11-10", *OFFICE, documents=documents("acceptance"))


def test_a_project_names_a_gap_that_exists(world: World) -> None:
    for fields, code in (
        ({}, "capability.research.no_gap"),
        ({"links": {"need": ["N-7"]}}, "capability.research.lost_gap"),
    ):
        key = ("research", f"R-{code}")
        world.open(*key, BIDDER, fields, leader=("主",))
        assert code in world.refused(key, "proposed", "2026-02-01", *LEADER, documents=documents("proposal"))


def test_milestones_are_planned_reached_and_late(world: World) -> None:
    run(world)
    assert "capability.research.milestone" in world.refused(
        PROJECT, "milestone", "2026-05-05", *LEADER, documents=documents("milestone_report"), milestone="定型"
    )
    world.step(PROJECT, "milestone", "2026-05-05", *LEADER, documents=documents("milestone_report"), milestone="方案")
    rows = milestones(world.matters[PROJECT], date(2026, 8, 11))
    assert [(m.name, m.reached, m.late) for m in rows] == [("方案", date(2026, 5, 5), 4), ("样机", None, 10)]
    assert [m.late for m in milestones(world.matters[PROJECT], date(2026, 4, 1))] == [0, 0]


def test_results_need_a_kind_and_a_document(world: World) -> None:
    run(world)
    assert "capability.research.nothing" in world.refused(
        PROJECT, "delivered", "2026-10-20", *LEADER, documents=documents("result_report")
    )
    assert "capability.research.kind" in world.refused(
        PROJECT, "result", "2026-10-01", *LEADER, documents=documents("result_document"), result_kind="paper",
        result_name="x",
    )  # fmt: skip
    assert "procedure.step.document" in world.refused(
        PROJECT, "result", "2026-10-01", *LEADER, result_kind="device", result_name="x"
    )
    assert results(world.matters.values(), date(2026, 12, 1)) == ()


def test_a_project_closes_its_gap_with_evidence(world: World) -> None:
    accept(world)
    assert [(r.kind, r.name) for r in results(world.matters.values(), date(2026, 12, 1))] == [("device", "干涉仪")]
    given: dict[str, Any] = {"documents": {"evidence_before": SHA, "evidence_after": OTHER},
                             "verdict_before": "cannot", "verdict_after": "can"}  # fmt: skip
    assert "challenge.gap.differs" in world.refused(PROJECT, "gap_shown", "2026-12-10", *LEADER, **given)
    assert "challenge.gap.not_shown" in world.refused(PROJECT, "closed", "2026-12-10", *OFFICE)
    traced(world)
    world.step(PROJECT, "gap_shown", "2026-12-10", *LEADER, **given)
    assert world.step(PROJECT, "closed", "2026-12-11", *OFFICE).ended


def saved(world: World) -> dict[str, str]:
    """The end gauge is kept as a case, with the numbers that the guide prints for it."""
    case = {"kind": GUM_H1["kind"], "input": GUM_H1["input"] | {"unit": "nm"}}
    world.evidence = replace(world.evidence, results=(SavedResult("S-1", date(2026, 1, 2), case, b"", digest=SHA),))
    return {"value": "50000838", "u": "32", "U": "93"}


def test_a_specification_reuses_only_examples_that_recompute(world: World) -> None:
    accept(world)
    stated = saved(world)
    reviewers = [person(name, INSTITUTE) for name in ("审一", "审二")]
    world.register("2026-01-01", INSTITUTE, person=reviewers)
    world.open(
        *DRAFT, BIDDER, {"links": {"research": "R-1"}}, drafter=("主",), office=("办",), reviewer=("审一", "审二")
    )
    drafter = ("主", "drafter")
    world.step(DRAFT, "registered", "2026-11-11", *drafter, documents=documents("result_document"), target="JJF")
    wrong = [{"case": SHA, "stated": {"U": "9.99"}}]
    lost = [{"case": OTHER, "stated": stated}]
    for examples, code in (
        (wrong, "capability.conversion.differs"), (lost, "procedure.guard.unknown"),
        ([{"case": SHA}], "capability.conversion.nothing_stated"),
        ([{"case": SHA, "stated": {"colour": "1"}}], "capability.conversion.no_number"),
        ("many", "capability.conversion.no_example"),
    ):  # fmt: skip
        told = world.refused(DRAFT, "drafted", "2026-11-12", *drafter, documents=documents("draft"), examples=examples)
        assert code in told
    good = [{"case": SHA, "stated": stated}]
    world.step(DRAFT, "drafted", "2026-11-12", *drafter, documents=documents("draft"), examples=good)
    world.step(DRAFT, "submitted", "2026-12-01", *drafter, documents=documents("review_draft", "comments_handled"),
               examples=good)  # fmt: skip
    world.step(DRAFT, "approved", "2026-12-20", *OFFICE, documents=documents("opinion"))
    where = world.step(DRAFT, "published", "2027-02-01", *OFFICE, documents=documents("specification"),
                       number="JJF 1-2027", examples=good)  # fmt: skip
    assert where.state.name == "published"


def test_a_conversion_rests_on_an_accepted_result(world: World) -> None:
    run(world)
    world.open(*DRAFT, BIDDER, {"links": {"research": "R-1"}}, drafter=("主",), office=("办",))
    told = world.refused(DRAFT, "registered", "2026-11-11", "主", "drafter", documents=documents("result_document"),
                         target="JJF")  # fmt: skip
    assert "capability.conversion.not_accepted" in told
    bare = ("conversion", "T-2")
    world.open(*bare, BIDDER, drafter=("主",))
    told = world.refused(bare, "registered", "2026-11-11", "主", "drafter", documents=documents("result_document"),
                         target="JJF")  # fmt: skip
    assert "capability.conversion.no_project" in told


def test_printed_digits_decide() -> None:
    example = Example(SHA, {"U": "0.050", "x": "12"})
    assert examples_recompute([example], lambda _: {"U": 0.0504, "x": 12.4}) == ()
    told = examples_recompute([example], lambda _: {"U": 0.0506, "x": 12.4})
    assert told is not None and [f.code for f in told] == ["capability.conversion.differs"]
    assert examples_recompute([example], lambda _: None) is None
