"""Where a matter stands, and which steps it admits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from suyuan.procedure.admission import admit, allowed_now
from suyuan.procedure.calendar import CHINA, NONE, days_between, due_day, holidays, is_working, overdue_days
from suyuan.procedure.matter import Event, Matter, followed
from suyuan.procedure.standing import standing
from suyuan.quantity.finding import Refused, finding, sentences
from tests.procedure.matters import SHA, asked, at, event, licence, matter

GOOD = {"complete": ()}


def refused(made: Matter, tried: Event, **more: object) -> list[str]:
    with pytest.raises(Refused) as told:
        admit(licence(), made, tried, **more)  # type: ignore[arg-type]
    for item in told.value.findings:
        for language in ("zh", "en"):
            assert "?" not in "".join(sentences(item, language).values())
    return [f.code for f in told.value.findings]


def test_deadline_overdue_and_extension() -> None:
    made = admit(licence(), matter(), asked())
    where = standing(licence(), made, date(2026, 3, 12))
    assert (where.state.name, where.due, where.overdue, where.keepers) == ("asked", date(2026, 3, 12), 0, ("Officer",))
    assert standing(licence(), made, date(2026, 3, 15)).overdue == 3
    longer = admit(licence(), made, event("extend", "2026-03-11", due="2026-03-20", reason="r"))
    where = standing(licence(), longer, date(2026, 3, 15))
    assert (where.due, where.overdue, len(where.history)) == (date(2026, 3, 20), 0, 2)
    assert standing(licence(), longer, date(2026, 3, 10)).due == date(2026, 3, 12), "not yet extended on that day"
    assert standing(licence(), longer, date(2026, 1, 1)).state.name == "new"


def test_history_with_durations_and_findings_about_the_calendar() -> None:
    made = admit(licence(), matter(), asked())
    made = admit(licence(), made, event("examine", "2026-03-06"), GOOD)
    made = admit(licence(), made, event("grant", "2026-03-20"))
    where = standing(licence(), made, date(2026, 12, 31), NONE)
    assert [(p.state, p.days, p.late) for p in where.history] == [
        ("new", 0, 0), ("asked", 4, 0), ("examined", 14, 5), ("granted", 286, 0)
    ]  # fmt: skip
    assert where.ended and where.overdue == 0 and [f.code for f in where.findings] == ["procedure.calendar.empty"]
    assert sentences(where.findings[0], "en")["what"].startswith("there is no table of holidays for 2026")
    told = standing(licence(), made, date(2026, 12, 31))
    assert told.findings == () and told.history[2].due == date(2026, 3, 13)


def test_an_odd_history_is_told_and_moves_nothing() -> None:
    made = followed(matter(), asked())
    made = followed(made, event("grant", "2026-03-03"))
    made = followed(made, event("juggle", "2026-03-03"))
    made = followed(made, event("examine", "2026-03-03", "Applicant", "applicant"))
    made = followed(made, event("extend", "2026-03-01", due="soon"))
    where = standing(licence(), made, date(2026, 3, 4))
    assert where.state.name == "asked" and where.due == date(2026, 3, 12)
    assert [f.code for f in where.findings] == [
        "procedure.step.order", "procedure.step.unknown", "procedure.step.role",
        "procedure.standing.earlier", "procedure.standing.due",
    ]  # fmt: skip
    bare = replace(asked(), content={})
    assert standing(licence(), followed(matter(), bare), date(2026, 3, 4)).missing == ("application",)


def test_a_step_out_of_order_says_what_comes_first() -> None:
    with pytest.raises(Refused) as told:
        admit(licence(), matter(), event("grant", "2026-03-03"))
    text = sentences(told.value.findings[0], "en")
    assert "at: examined" in text["why"] and "First must come: ask, examine" in text["why"]
    assert "ask, hand over, withdraw" in text["remedy"]
    ended = admit(licence(), matter(), event("withdraw", "2026-03-03", reason="r"))
    assert refused(ended, asked()) == ["procedure.event.earlier"]
    assert refused(ended, replace(asked(), time=at("2026-03-04"))) == ["procedure.step.order"]


def test_who_what_when_and_guards() -> None:
    made = admit(licence(), matter(), asked())
    assert refused(matter(), replace(asked(), content={})) == ["procedure.step.document"]
    assert refused(matter(), replace(asked(), content={"documents": {"application": "x"}})) == ["procedure.step.digest"]
    assert refused(matter(), replace(asked(), person="Stranger")) == ["procedure.step.holder"]
    assert refused(matter(), replace(asked(), person="")) == ["procedure.step.nobody"]
    assert refused(matter(), replace(asked(), role="office")) == ["procedure.step.role"]
    assert refused(matter(), replace(asked(), time=asked().time.replace(tzinfo=None))) == ["procedure.event.zone"]
    assert refused(matter(), asked(), now=at("2026-03-01")) == ["procedure.event.future"]
    assert refused(made, event("examine", "2026-03-06")) == ["procedure.guard.unknown"]
    assert refused(made, event("examine", "2026-03-06"), guards={"complete": None}) == ["procedure.guard.unknown"]
    failed = finding("procedure.step.field", step_zh="一", step_en="a", field_zh="二", field_en="b")
    assert refused(made, event("examine", "2026-03-06"), guards={"complete": (failed,)}) == [
        "procedure.guard.failed", "procedure.step.field"
    ]  # fmt: skip
    assert refused(made, event("extend", "2026-03-06", due="2026-04-01", reason=" ")) == ["procedure.step.field"]
    assert refused(made, event("extend", "2026-03-06", due="x", reason="r")) == ["procedure.event.due"]
    assert refused(made, event("juggle", "2026-03-06")) == ["procedure.step.unknown"]
    assert refused(replace(made, procedure="other"), event("juggle", "2026-03-06")) == ["procedure.step.other"]
    given = admit(licence(), made, event("examine", "2026-03-06", "Deputy"), GOOD, roles={"office": ("Deputy",)})
    assert standing(licence(), given, date(2026, 3, 7)).state.name == "examined"


def test_nobody_extends_a_deadline_or_makes_a_judge_on_the_way() -> None:
    made = admit(licence(), matter(), asked())
    assert refused(made, event("examine", "2026-03-06", due="2030-01-01"), guards=GOOD) == ["procedure.step.not_asked"]
    tried = replace(asked(), content={"documents": {"application": SHA}, "roles": {"office": ["Applicant"]}})
    assert refused(matter(), tried) == ["procedure.step.not_asked"]
    assert refused(made, event("hand_over", "2026-03-06", roles={"king": ["A"]})) == ["procedure.event.roles"]
    over = admit(licence(), made, event("hand_over", "2026-03-06", roles={"office": ["Second"]}))
    assert refused(over, event("examine", "2026-03-07"), guards=GOOD) == ["procedure.step.holder"]
    where = standing(licence(), over, date(2026, 3, 7))
    assert where.keepers == ("Second",)
    assert [(s.act, role) for s, role in allowed_now(where, "Second")] == [
        ("extend", "office"), ("examine", "office"), ("hand_over", "office"), ("withdraw", "office")
    ]  # fmt: skip


def test_working_days_know_holidays_and_worked_weekends() -> None:
    notice = {"source": "made up", "status": "proposed"}
    table = holidays(
        [{"day": f"2026-10-0{d}", "kind": "off", **notice} for d in range(1, 8)]
        + [{"day": "2026-10-10", "kind": "worked", **notice}]
    )
    assert due_day(date(2026, 9, 30), 3, True, table) == date(2026, 10, 10)
    assert is_working(date(2026, 10, 10), table) and not is_working(date(2026, 10, 1), table)
    assert days_between(date(2026, 9, 30), date(2026, 10, 12), True, table) == 4
    assert days_between(date(2026, 10, 12), date(2026, 9, 30), True, table) == -4
    for days in range(1, 40):
        assert days_between(date(2026, 9, 1), due_day(date(2026, 9, 1), days, True, table), True, table) == days
    assert due_day(date.max, 9) == date.max
    with pytest.raises(Refused):
        holidays([{"day": "2026-10-01", "kind": "off"}])


def test_the_notices_of_three_years() -> None:
    """国办发明电〔2023〕7号, 〔2024〕12号 and the notice of 4 November 2025, day by day."""
    assert CHINA.years == {2024, 2025, 2026} and CHINA.unknown(date(2026, 12, 1), date(2028, 1, 1)) == (2027, 2028)
    assert [sum(d.year == year for d in CHINA.off) for year in (2024, 2025, 2026)] == [28, 28, 33], (
        "the sums of the notices"
    )
    for day in (date(2025, 1, 26), date(2025, 2, 8), date(2026, 1, 4), date(2026, 9, 20)):
        assert day.weekday() > 4 and is_working(day)
    for day in (date(2025, 10, 8), date(2026, 2, 23), date(2026, 6, 19)):
        assert day.weekday() < 5 and not is_working(day)


def test_a_period_that_ends_on_a_day_off_ends_on_the_next_working_day() -> None:
    """Civil Code, article 203; article 201 for the first day."""
    assert due_day(date(2026, 9, 1), 30) == date(2026, 10, 8), "1 October: the holiday ends on the 7th"
    assert due_day(date(2026, 9, 1), 25) == date(2026, 9, 28), "26 September: the holiday, then Monday"
    assert due_day(date(2026, 9, 1), 19) == date(2026, 9, 20), "a Sunday that is worked is no day off"
    assert due_day(date(2027, 9, 1), 30) == date(2027, 10, 1), "nobody has said which days of 2027 are off"
    assert due_day(date(2026, 9, 26), 0) == date(2026, 9, 26)


def test_late_counts_in_the_unit_of_the_period() -> None:
    friday = date(2026, 9, 18)
    assert overdue_days(friday, friday, True) == 0
    assert overdue_days(friday, date(2026, 9, 19), True) == 1, "over is over, also on a Saturday"
    assert overdue_days(friday, date(2026, 9, 28), True) == 6 and overdue_days(friday, date(2026, 9, 28)) == 10
    made = admit(licence(), matter(), asked())
    made = admit(licence(), made, event("examine", "2026-09-14"), GOOD)
    where = standing(licence(), made, date(2026, 10, 9))
    assert (where.due, where.overdue, where.working) == (date(2026, 9, 20), 9, True), "holidays and weekends out"
    assert where.findings == () and where.history[-1].late == 9 and where.history[-1].working


def test_a_year_without_a_table_is_told_once_and_by_name() -> None:
    made = admit(licence(), matter(), asked())
    made = admit(licence(), made, event("examine", "2026-12-29"), GOOD)
    where = standing(licence(), made, date(2027, 2, 1))
    assert [f.code for f in where.findings] == ["procedure.calendar.empty"]
    what = sentences(where.findings[0], "zh")["what"]
    assert "2027" in what and "2026" not in what


@pytest.mark.parametrize(
    ("due", "code"),
    [("2020-01-01", "due_past"), ("2026-03-12", "due_shorter"), ("2026-03-05", "due_shorter"), ("soon", "due"),
     ("2026-03-13", "")],
)  # fmt: skip
def test_a_due_day_is_ahead_and_an_extension_is_later(due: str, code: str) -> None:
    open_ = admit(licence(), matter(), asked())  # due on 12 March
    extension = event("extend", "2026-03-04", due=due, reason="late papers")
    if not code:
        assert standing(licence(), admit(licence(), open_, extension), date(2026, 3, 13)).overdue == 0
        return
    with pytest.raises(Refused) as refused:
        admit(licence(), open_, extension)
    assert [f.code for f in refused.value.findings] == [f"procedure.event.{code}"]
