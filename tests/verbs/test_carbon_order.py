"""Claims in their order: one that comes late says so, also one that takes the place of another."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from suyuan.quantity.finding import sentences
from suyuan.verbs.carbon.order import difference_told, late_told, order_told
from tests.verbs.test_carbon_needs import HEAT, SCALE, made, plant


def test_a_claim_after_its_day_is_late_and_so_is_one_that_supersedes() -> None:
    """A claim that superseded another in April passed without a word: the first had come in time."""
    claim, _ = made(plant(SCALE, HEAT))
    assert not late_told(replace(claim, made=date(2026, 3, 31)))
    after = replace(claim, made=date(2026, 4, 2))
    (late,) = late_told(after)
    assert late.code == "carbon.claim.late" and dict(late.parameters)["days"] == "2"
    (again,) = late_told(replace(after, supersedes="f" * 64, reason="a scale was wrong"))
    assert again.code == "carbon.claim.late_again" and again.severity == "warning"
    said = sentences(again, "en")
    assert "f" * 12 in said["what"] and "from memory" in said["why"]


def test_the_difference_to_what_is_superseded_or_to_the_year_before_is_told() -> None:
    """A basis typed as received lifted the tonnes by 11 %, and the claim beside it was not named."""
    claim, _ = made(plant(SCALE, HEAT))
    assert not difference_told(claim, [])
    before = replace(claim, year=claim.year - 1, digest="b" * 64)
    (told,) = difference_told(claim, [before])
    assert told.severity == "note" and dict(told.parameters)["percent"] == "+0.0"
    part = claim.parts[0]
    half = replace(
        part, legal=tuple(t / 2 for t in part.legal), methods={how: t / 2 for how, t in part.methods.items()}
    )
    less = replace(claim, digest="c" * 64, parts=(half, *claim.parts[1:]))
    (told,) = difference_told(replace(claim, supersedes=less.digest), [before, less])
    said = dict(told.parameters)
    assert said["digest"] == "c" * 12 and said["difference"] == f"{claim.legal - less.legal:+,.0f}"


def test_one_unit_written_two_ways_does_not_count_twice() -> None:
    claim, _ = made(plant(SCALE, HEAT))
    stands = replace(claim, unit="2 号机组", digest="a" * 64)
    for name in ("2号机组", "二号机组", "第２号机组"):
        (told,) = order_told(replace(claim, unit=name), [stands])
        assert told.code == "carbon.claim.unit_alike" and told.severity == "error"
        (told,) = order_told(replace(claim, unit=name, supersedes=stands.digest, reason="renamed"), [stands])
        assert told.code == "carbon.claim.unit_alike"
    for other in ({"unit": "12 号机组"}, {"unit": "3 号机组"}, {"unit": "2号机组", "enterprise": "another"},
                  {"unit": "2号机组", "year": claim.year + 1}):  # fmt: skip
        assert "carbon.claim.unit_alike" not in [one.code for one in order_told(replace(claim, **other), [stands])]
