"""Outcomes of comparisons: what they support, what a failed one touches, and what a remedy gives back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from suyuan.traceability.breaks import Break
from suyuan.traceability.chain import chain
from suyuan.traceability.evidence import Outcome
from suyuan.traceability.graph import build
from suyuan.traceability.outcome import of_laboratory, of_person, of_standard
from suyuan.traceability.survey import survey

from .conftest import World, day

STANDARD = ("NIM", "B-1")


def outcome(verdict: Any, measured: str, **more: Any) -> Outcome:
    """An outcome of the city laboratory with its standard B-1, for gauge blocks of 100 mm."""
    told = {"satisfactory": 0.4, "unsatisfactory": -1.35, "undetermined": None}
    return Outcome(
        "K1", f"digest-{measured}", "F", {"zh": "市院", "en": "city"}, "L100", {"en": "block"}, "nm", day(measured),
        verdict, "En", told[verdict], 12.0, 24.0, -35.0, 26.0, "length", "100 mm", (STANDARD,), "Li", **more,
    )  # fmt: skip


def failed(world: World, used: str, *outcomes: Outcome) -> list[Break]:
    """Breaks by comparisons in the chain of a result that the city made on a day with the standard B-1."""
    block = world.typed("B-1", "50.0", "0.0001", ended="2024-01-10", valid_until="2026-12-31")
    world.anchor("NIM", "B-1")
    made = world.issued("city", "C-1", world.case("b", [world.taken("b", block)]), on=used)
    world.add(*outcomes)
    way = chain(build(world.evidence), world.evidence, made.digest)
    return [b for b in way.breaks if b.kind == "comparison_failed"]


@pytest.mark.parametrize(
    ("used", "outcomes", "severity"),
    [
        ("2024-07-01", [outcome("unsatisfactory", "2024-06-15")], "error"),
        ("2024-06-01", [outcome("unsatisfactory", "2024-06-15")], "warning"),
        ("2024-06-01", [outcome("satisfactory", "2024-06-05"), outcome("unsatisfactory", "2024-06-15")], None),
        ("2024-06-10", [outcome("satisfactory", "2024-06-05"), outcome("unsatisfactory", "2024-06-15")], "warning"),
        ("2024-07-01", [outcome("unsatisfactory", "2024-06-15", remedied=date(2024, 6, 30))], None),
        ("2024-06-20", [outcome("unsatisfactory", "2024-06-15", remedied=date(2024, 6, 30))], "error"),
        ("2024-07-01", [outcome("satisfactory", "2024-06-15")], None),
        ("2024-07-01", [outcome("undetermined", "2024-06-15")], None),
    ],
)
def test_which_uses_a_failed_comparison_touches(
    world: World, used: str, outcomes: list[Outcome], severity: str | None
) -> None:
    found = failed(world, used, *outcomes)
    assert [b.severity for b in found] == ([severity] if severity else [])


def test_other_laboratories_with_the_same_standard_are_not_touched(world: World) -> None:
    block = world.typed("B-1", "50.0", "0.0001", ended="2024-01-10", valid_until="2026-12-31")
    world.anchor("NIM", "B-1")
    world.issued("harbour", "H-1", world.case("b", [world.taken("b", block)]), on="2024-07-01")
    world.add(outcome("unsatisfactory", "2024-06-15"))
    graph = build(world.evidence)
    assert not [b for b in survey(graph, world.evidence).breaks if b.kind == "comparison_failed"]


def test_what_rests_on_a_touched_result_is_touched_too(world: World) -> None:
    failed(world, "2024-07-01", outcome("unsatisfactory", "2024-06-15"))
    made = world.evidence.certificates[-1]
    saved = world.saved("R-1", world.case("2*c", [world.taken("c", made)]), "2024-08-01")
    graph = build(world.evidence)
    touched = survey(graph, world.evidence).touched
    assert {made.digest, saved.digest} <= touched.keys()


def test_an_outcome_is_a_node_below_the_standard_that_it_tested(world: World) -> None:
    block = world.typed("B-1", "50.0", "0.0001")
    one = outcome("satisfactory", "2024-06-15")
    world.add(one)
    graph = build(world.evidence)
    assert [(link.child, link.kind) for link in graph.children(block.digest)] == [(one.id, "tested")]
    assert graph.downstream(block.digest) == ()  # a test is no use: no value passes


def test_standard_laboratory_and_person_from_the_same_outcomes(world: World) -> None:
    good, bad = outcome("satisfactory", "2023-06-15"), outcome("unsatisfactory", "2024-06-15")
    world.add(good, bad)
    for found in (
        of_standard(world.evidence, STANDARD, day("2024-07-01")),
        of_laboratory(world.evidence, ("市院",), day("2024-07-01"), "length"),
        of_person(world.evidence, "Li", day("2024-07-01")),
    ):
        assert (found.state, found.supports, found.contradicts) == ("contradicted", (good,), (bad,))
    assert of_standard(world.evidence, STANDARD, day("2024-01-01")).state == "supported"
    assert of_laboratory(world.evidence, ("市院",), day("2024-07-01"), "mass").state == "untested"
    assert of_person(world.evidence, "", day("2024-07-01")).state == "untested"
