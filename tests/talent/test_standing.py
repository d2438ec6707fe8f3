"""Who is authorised on a day: each way to lose it, and each way back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from suyuan.quantity.finding import LANGUAGES, sentences
from suyuan.talent.record_checks import checks
from suyuan.talent.records import AuthorisationEvent, Requirement
from suyuan.talent.standing import Standing, of_authorisation, standing
from tests.talent.made import (
    DAY,
    LAB,
    OTHER,
    event,
    granted,
    interval,
    outcome,
    person,
    records,
    shown,
    unit,
)

ONE = timedelta(1)


def codes(found: Standing) -> list[str]:
    for told in found.reasons:
        for language in LANGUAGES:
            assert "?" not in "".join(sentences(told, language).values())
    return [told.code for told in found.reasons]


def test_an_authorisation_counts_on_its_first_and_its_last_day() -> None:
    known = records(person(), unit(), granted())
    found = [standing(known, "P-1", "U-1", d).state for d in (
        date(2025, 1, 9), date(2025, 1, 10), date(2027, 1, 9), date(2027, 1, 10))]  # fmt: skip
    assert found == ["not_yet", "authorised", "authorised", "expired"]
    assert standing(known, "P-1", "U-1", DAY).until == date(2027, 1, 9)


def test_nobody_granted_and_nobody_known() -> None:
    known = records(person(), unit(), person("P-2", "演示乙"), granted())
    assert standing(known, "P-2", "U-1", DAY).state == "not_authorised"
    assert standing(known, "P-7", "U-1", DAY).state == "unknown"
    assert standing(known, "P-1", "U-7", DAY).state == "unknown"


def test_suspended_resumed_and_withdrawn() -> None:
    known = records(
        person(), unit(), granted(),
        event("suspended", date(2026, 1, 1), "X-1"), event("resumed", date(2026, 2, 1), "X-2"),
        event("withdrawn", date(2026, 7, 1), "X-3"), event("resumed", date(2026, 8, 1), "X-4"),
    )  # fmt: skip
    days = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 2, 1), date(2026, 7, 1), date(2026, 9, 1))
    assert [standing(known, "P-1", "U-1", d).state for d in days] == [
        "authorised", "suspended", "authorised", "withdrawn", "withdrawn"]  # fmt: skip
    assert codes(standing(known, "P-1", "U-1", days[1])) == ["talent.standing.suspended"]


@pytest.mark.parametrize("edition", ["2011", ""])
def test_a_revised_method_stops_every_authorisation_for_it_until_renewed(edition: str) -> None:
    revised = event("method_revised", date(2026, 3, 1), authorisation="", method="JJG 146", edition="2026")
    known = records(person(), unit(), granted(edition=edition), revised)
    assert standing(known, "P-1", "U-1", date(2026, 2, 28)).state == "authorised"
    found = standing(known, "P-1", "U-1", date(2026, 3, 1))
    assert (found.state, codes(found)) == ("method_revised", ["talent.standing.method_revised"])
    renewed = granted("A-2", granted=date(2026, 4, 1), valid_from=date(2026, 4, 1), edition="2026" if edition else "")
    known = records(person(), unit(edition="2026"), granted(edition=edition), renewed, revised)
    assert standing(known, "P-1", "U-1", date(2026, 4, 1)).authorisation == "A-2"
    resumed = event("resumed", date(2026, 5, 1), "X-2", edition="2026")
    known = records(person(), unit(), granted(edition=edition), revised, resumed)
    assert [standing(known, "P-1", "U-1", d).state for d in (date(2026, 4, 30), date(2026, 5, 1))] == [
        "method_revised", "authorised"]  # fmt: skip


def test_a_resumption_of_something_else_covers_no_new_edition() -> None:
    revised = event("method_revised", date(2026, 3, 1), authorisation="", method="JJG 146", edition="2026")
    known = records(person(), unit(), granted(), revised, event("resumed", date(2026, 5, 1), "X-2"))
    assert standing(known, "P-1", "U-1", DAY).state == "method_revised"


def test_a_revision_in_one_register_leaves_other_laboratories_alone_and_one_of_an_authority_does_not() -> None:
    revised = event("method_revised", date(2026, 3, 1), authorisation="", method="JJG 146", edition="2026")
    rows = (person(), unit(), granted())
    elsewhere = (("演示乙所", person("P-5", "演示戊", OTHER)), ("演示乙所", granted("A-5", "P-5", laboratory=OTHER)))
    known = records(*rows, *elsewhere, ("演示乙所", revised))
    assert standing(known, "P-1", "U-1", DAY).state == "authorised"
    assert standing(known, "P-5", "U-1", DAY).state == "method_revised"
    known = records(*rows, *elsewhere, ("演示发布机构", revised))
    assert standing(known, "P-1", "U-1", DAY).state == standing(known, "P-5", "U-1", DAY).state == "method_revised"


def test_an_authorisation_never_travels() -> None:
    rows = (unit(), granted())
    here = person(employed_from=date(2024, 1, 1), employed_until=date(2026, 5, 31))
    there = ("演示乙所", person(organisation=OTHER, employed_from=date(2026, 6, 1)))
    known = records(here, there, *rows)
    assert standing(known, "P-1", "U-1", date(2026, 5, 31)).state == "authorised"
    assert standing(known, "P-1", "U-1", date(2026, 5, 31)).until == date(2026, 5, 31)
    assert standing(known, "P-1", "U-1", DAY).state == "expired"
    assert standing(known, "P-1", "U-1", DAY, OTHER).state == "not_authorised"
    assert standing(records(person(organisation=OTHER), *rows), "P-1", "U-1", DAY).state == "not_authorised"
    late = records(person(employed_from=date(2026, 7, 1)), *rows)
    assert standing(late, "P-1", "U-1", DAY).state == "not_yet"


def test_a_requirement_lapses_when_its_months_are_over() -> None:
    rule = Requirement("R-1", "U-1", "training", "sum", 16.0, 24)
    known = records(person(), unit(), granted(), rule, shown(value=16.0, day=date(2024, 6, 30)))
    assert standing(known, "P-1", "U-1", date(2026, 6, 30)).state == "authorised"
    assert standing(known, "P-1", "U-1", DAY).until == date(2026, 6, 30)
    found = standing(known, "P-1", "U-1", date(2026, 7, 1))
    assert (found.state, codes(found)) == ("evidence_lapsed", ["talent.standing.requirement"])
    assert found.met[0].have == 0.0 and not found.met[0].good


def test_a_contest_without_its_unit_speaks_for_none() -> None:
    asked = Requirement("R-1", "U-1", "contest", "count", 1.0, 0)

    def state(of: str) -> str:
        given = records(person(), unit(), unit("U-2"), granted(), asked, shown(kind="contest", unit=of))
        return standing(given, "P-1", "U-1", DAY).state

    assert [state(of) for of in ("U-1", "U-2", "")] == ["authorised", "evidence_lapsed", "evidence_lapsed"]
    every = records(person(), unit(), granted(), replace(asked, kind="training"), shown(kind="training"))
    assert standing(every, "P-1", "U-1", DAY).state == "authorised", "other evidence without a unit speaks for all"


def test_hours_without_a_value_are_not_counted() -> None:
    rule = Requirement("R-1", "U-1", "training", "sum", 16.0)
    known = records(person(), unit(), granted(), rule, shown(value=None), shown("E-2", value=15.9))
    assert standing(known, "P-1", "U-1", DAY).state == "evidence_lapsed"
    known = records(person(), unit(), granted(), rule, *(shown(f"E-{n}", value=1.6) for n in range(10)))
    assert standing(known, "P-1", "U-1", DAY).state == "authorised"


def test_the_latest_score_counts_not_the_best() -> None:
    rule = Requirement("R-1", "U-1", "exam", "latest", 60.0)
    good, bad = shown(kind="exam", value=90.0), shown("E-2", "exam", date(2026, 1, 1), value=40.0)
    assert standing(records(person(), unit(), granted(), rule, good), "P-1", "U-1", DAY).authorised
    assert not standing(records(person(), unit(), granted(), rule, good, bad), "P-1", "U-1", DAY).authorised


def test_what_it_rests_on_has_run_out() -> None:
    known = records(person(), unit(), granted(basis=("E-1",)),
                    shown(kind="registration", valid_until=date(2026, 3, 31)))  # fmt: skip
    assert standing(known, "P-1", "U-1", date(2026, 3, 31)).authorised
    found = standing(known, "P-1", "U-1", date(2026, 4, 1))
    assert (found.state, codes(found)) == ("evidence_lapsed", ["talent.standing.basis"])
    renewed = shown("E-2", "registration", date(2026, 3, 20), valid_until=date(2031, 3, 19))
    known = records(person(), unit(), granted(basis=("E-1",)), renewed,
                    shown(kind="registration", valid_until=date(2026, 3, 31)))  # fmt: skip
    assert standing(known, "P-1", "U-1", DAY).authorised


def test_a_failed_comparison_of_the_person_counts_until_it_is_remedied() -> None:
    failed = outcome("unsatisfactory", date(2026, 4, 1), remedied=date(2026, 5, 20))
    known = records(person(), unit(), granted(), outcomes=(failed,))
    states = [standing(known, "P-1", "U-1", d).state for d in (
        date(2026, 3, 31), date(2026, 4, 1), date(2026, 5, 19), date(2026, 5, 20))]  # fmt: skip
    assert states == ["authorised", "evidence_lapsed", "evidence_lapsed", "authorised"]
    assert codes(standing(known, "P-1", "U-1", date(2026, 4, 1))) == ["talent.standing.comparison"]


@pytest.mark.parametrize(
    "named", [{"person": "demo-account"}, {"person": "演示甲"}, {"person": "Demo 演示甲"}, {"person": "P-1"}]
)
def test_who_measured_is_known_by_id_account_or_name(named: dict[str, str]) -> None:
    failed = outcome("unsatisfactory", date(2026, 4, 1), **named)
    known = records(person(account="demo-account"), unit(), granted(), outcomes=(failed,))
    assert standing(known, "P-1", "U-1", DAY).state == "evidence_lapsed"


def test_a_failed_comparison_elsewhere_says_nothing() -> None:
    """Another quantity, a nominal value outside the interval, a namesake of another laboratory."""
    rows = (person(), unit(), granted())
    for other in ({"quantity": "mass"}, {"nominal": "500 mm"}, {"laboratory": OTHER}, {"person": "P-8"}):
        failed = outcome("unsatisfactory", date(2026, 4, 1), **other)  # type: ignore[arg-type]
        assert standing(records(*rows, outcomes=(failed,)), "P-1", "U-1", DAY).authorised, other
    wide = records(person(), unit(interval=interval(0.0, 1.0, "m")), granted(),
                   outcomes=(outcome("unsatisfactory", date(2026, 4, 1), nominal="500 mm"),))  # fmt: skip
    assert standing(wide, "P-1", "U-1", DAY).state == "evidence_lapsed"


def test_what_is_computed_takes_the_place_of_what_is_declared() -> None:
    rule = Requirement("R-1", "U-1", "comparison", "count", 1.0, 36)
    declared = shown(kind="comparison", day=date(2026, 4, 2), detail={"comparison": "演示比对-1"})
    rows = (person(), unit(), granted(), rule, declared)
    assert standing(records(*rows), "P-1", "U-1", DAY).authorised
    assert not standing(
        records(*rows, outcomes=(outcome("unsatisfactory", date(2026, 4, 1)),)), "P-1", "U-1", DAY
    ).authorised
    assert standing(records(*rows, outcomes=(outcome("satisfactory", date(2026, 4, 1)),)), "P-1", "U-1", DAY).authorised


def test_a_failed_assessment_counts_until_one_is_passed() -> None:
    bad, good = shown("E-1", "witnessed", date(2026, 2, 1), good=False), shown("E-2", "witnessed", date(2026, 3, 1))
    known = records(person(), unit(), granted(), bad, good)
    assert [standing(known, "P-1", "U-1", d).state for d in (date(2026, 2, 28), date(2026, 3, 1))] == [
        "evidence_lapsed", "authorised"]  # fmt: skip


def test_two_laboratories_number_their_people_alike() -> None:
    known = records(
        person(), unit(), granted(), event("suspended", date(2026, 1, 1)),
        ("演示乙所", person("P-1", "演示丁", OTHER)), ("演示乙所", granted(laboratory=OTHER)),
    )  # fmt: skip
    assert set(known.persons) == {"P-1@演示甲所", "P-1@演示乙所"}
    assert standing(known, "P-1@演示甲所", "U-1", DAY).state == "suspended"
    assert standing(known, "P-1@演示乙所", "U-1", DAY).state == "authorised"
    assert "talent.record.shared" in [told.code for told in known.found]


def test_every_reference_that_leads_nowhere_is_told() -> None:
    known = records(
        person(), granted(person="P-7", unit="U-7", basis=("E-7",)), event("withdrawn", DAY, authorisation="A-7"),
        Requirement("R-1", "U-6", "training"), shown(person="P-6", unit="U-5"),
        outcomes=(outcome("satisfactory", DAY, "nobody"),),
    )  # fmt: skip
    told = checks(known)
    given = {dict(f.parameters).get("given") or dict(f.parameters).get("person") for f in told}
    assert given == {"P-7", "U-7", "E-7", "A-7", "U-6", "P-6", "U-5", "nobody"}
    assert all("?" not in "".join(sentences(f, language).values()) for f in told for language in LANGUAGES)


def test_borrowed_evidence_and_foreign_authorisations_are_told() -> None:
    known = records(
        person(organisation=OTHER), person("P-2", "演示乙"), unit(), granted(basis=("E-1", "E-2", "E-3")),
        shown(person="P-2"), shown("E-2", good=False), shown("E-3", day=date(2025, 6, 1)),
    )  # fmt: skip
    found = [f.code for f in checks(known)]
    assert found.count("talent.authorisation.borrowed") == 3 and "talent.authorisation.foreign" in found
    assert LAB["zh"] not in known.persons


def renewal(**more: Any) -> Any:
    given = {"granted": date(2026, 12, 1), "valid_from": date(2026, 12, 1), "valid_until": date(2028, 11, 30)}
    return granted("A-2", **(given | more))


def test_a_renewal_takes_the_place_of_the_older() -> None:
    known = records(person(), unit(), granted(), renewal())
    old, _ = known.authorisations
    assert (old.valid_until, dict(known.renewed)) == (date(2026, 11, 30), {"A-1": "A-2"})
    before = standing(known, "P-1", "U-1", date(2026, 11, 20))
    assert (before.state, before.authorisation, before.until) == ("authorised", "A-1", date(2028, 11, 30))
    after = of_authorisation(known, old, date(2026, 12, 5))
    assert after.state == "superseded" and codes(after)[0] == "talent.standing.renewed"
    assert standing(known, "P-1", "U-1", date(2026, 12, 5)).authorisation == "A-2"
    # a renewal that was stopped leaves nothing older to stand in for it
    stopped = records(person(), unit(), granted(), renewal(),
                      AuthorisationEvent("E", "A-2", "withdrawn", date(2026, 12, 10), "P-9"))  # fmt: skip
    assert standing(stopped, "P-1", "U-1", date(2026, 12, 11)).state == "withdrawn"


@pytest.mark.parametrize(
    "other",
    [
        {"edition": "2023"}, {"laboratory": OTHER}, {"unit": "U-2"},
        {"valid_from": date(2027, 2, 1), "granted": date(2027, 2, 1)},
    ],
)  # fmt: skip
def test_what_is_no_renewal(other: dict[str, Any]) -> None:
    assert records(person(), unit(), unit("U-2"), granted(), renewal(**other)).renewed == {}


def test_events_that_do_not_follow_and_a_person_twice_are_told() -> None:
    def told(*rows: Any) -> list[tuple[str, str]]:
        found = checks(records(*rows))
        for item in found:
            for language in LANGUAGES:
                assert "?" not in "".join(sentences(item, language).values())
        return [(f.code, dict(f.parameters).get("fault_en", "")) for f in found]

    base = (person(), unit(), granted())
    order = "talent.event.order"
    assert told(*base, event("suspended", DAY), event("resumed", DAY + ONE, id="E-2")) == []
    assert told(*base, event("resumed", DAY)) == [(order, "it had not been suspended")]
    twice = event("suspended", DAY + ONE, id="E-2")
    assert told(*base, event("suspended", DAY), twice) == [(order, "it was suspended already")]
    after = event("resumed", DAY + ONE, id="E-2")
    assert told(*base, event("withdrawn", DAY), after) == [(order, "it was withdrawn already")]
    early = event("suspended", date(2024, 12, 1))
    assert told(*base, early) == [(order, "it had not been granted by then")]
    assert ("talent.person.doubled", "") in told(*base, person("P-2"))
    assert told(*base, person("P-2", "演示乙", account="b")) == []
