"""What is missing, who is the only one, what ends, what to train and when."""

from __future__ import annotations

from datetime import date, timedelta

from suyuan.quantity.finding import LANGUAGES, sentences
from suyuan.talent.base import Course, TrainingBase
from suyuan.talent.columns import columns, states
from suyuan.talent.gap import asked, counted, demand, expiring, gap, gaps_of, matrix, risks, suspensions
from suyuan.talent.plan import plan
from suyuan.talent.records import Requirement
from suyuan.talent.standing import STATES, of_authorisation, standing
from tests.talent.made import DAY, LAB, OTHER, event, granted, outcome, person, records, shown, unit

TRAIN = Requirement("R-1", "U-1", "training", "sum", 16.0, 24)
EXAM = Requirement("R-2", "U-1", "exam", "latest", 60.0)
COURSE = Course("K-1", "B-1", {"zh": "课程"}, ("U-1",), ("training",), 16.0, 3, 2)
PAPER = Course("K-2", "B-1", {"zh": "考试"}, ("U-1", "U-2"), ("exam",), 3.0, 1, 10)
BASE = TrainingBase("B-1", {"zh": "演示基地"}, LAB, "310000", capacity=2)


def test_a_gap_names_each_requirement_with_the_courses_that_close_it() -> None:
    known = records(person(), unit(), granted(), TRAIN, EXAM, shown(value=8.0))
    found = gap(known, "P-1", "U-1", DAY, (COURSE, PAPER))
    assert found.state == "evidence_lapsed"
    assert [(m.kind, m.met.have if m.met else None, m.courses) for m in found.missing] == [
        ("training", 8.0, ("K-1",)), ("exam", None, ("K-2",))]  # fmt: skip
    assert found.courses == ("K-1", "K-2")
    for item in found.missing:
        assert all("?" not in "".join(sentences(item.why, language).values()) for language in LANGUAGES)


def test_a_gap_that_no_evidence_closes() -> None:
    known = records(person(), unit(), granted(), TRAIN, shown(value=16.0), event("suspended", DAY),
                    outcomes=(outcome("unsatisfactory", DAY),))  # fmt: skip
    found = gap(known, "P-1", "U-1", DAY, (COURSE,))
    assert [m.why.code for m in found.missing] == ["talent.standing.suspended", "talent.standing.comparison"]
    assert gap(known, "P-1", "U-1", date(2026, 5, 31)).missing == ()


def test_nothing_is_asked_of_who_left_or_of_who_was_never_asked() -> None:
    known = records(
        person(employed_until=date(2026, 5, 1)), person("P-2", "演示乙"), person("P-3", "演示丙"), unit(), unit("U-2"),
        granted(), shown("E-2", person="P-2", unit="U-2"),
    )  # fmt: skip
    assert asked(known, DAY) == (("P-2", "U-2"),)
    assert [(g.unit, g.state) for g in gaps_of(known, "P-2", DAY)] == [("U-2", "not_authorised")]
    assert gaps_of(known, "P-3", DAY) == ()
    cells = matrix(known, DAY)
    assert (cells.persons, cells.units) == (("P-1", "P-2"), ("U-1", "U-2"))
    assert cells.cells == {(0, 0): "expired", (1, 1): "not_authorised"}
    assert counted(cells)["expired"] == 1 and counted(cells)["authorised"] == 0
    assert matrix(known, DAY, ["P-2"], ["U-1"]).cells == {}


def test_single_persons_are_found_per_laboratory() -> None:
    known = records(
        person(), person("P-2", "演示乙"), unit(), unit("U-2"), unit("U-3"),
        granted(), granted("A-2", "P-2"), granted("A-3", "P-1", "U-2"),
        granted("A-4", "P-2", "U-3", valid_until=date(2026, 1, 1)),
        ("演示乙所", person("P-5", "演示戊", OTHER)), ("演示乙所", granted("A-5", "P-5", laboratory=OTHER)),
    )  # fmt: skip
    found = risks(known, DAY)
    assert [(r.laboratory["zh"], r.unit, r.level) for r in found] == [
        ("演示甲所", "U-3", "nobody"), ("演示乙所", "U-1", "single"), ("演示甲所", "U-2", "single"),
        ("演示甲所", "U-1", "shared"),
    ]  # fmt: skip
    assert [r.unit for r in risks(known, DAY, OTHER)] == ["U-1"]


def test_a_new_unit_that_nobody_was_granted_is_known() -> None:
    """It stands with nobody where its register has persons, and is nobody's where the register has none."""
    known = records(person(), unit(), unit("U-9"), granted("A-1"), ("演示学会", unit("U-S")))
    assert [(r.unit, r.level, r.laboratory["zh"]) for r in risks(known, DAY)] == [
        ("U-9", "nobody", "演示甲所"), ("U-1", "single", "演示甲所"),
    ]  # fmt: skip
    cells = matrix(known, DAY)
    assert cells.units == ("U-1", "U-9") and cells.cells == {(0, 0): "authorised"}, "a column, and nobody in it"


def test_what_ends_soon_and_why() -> None:
    known = records(
        person(employed_until=date(2026, 8, 1)), person("P-2", "演示乙"), person("P-3", "演示丙"),
        person("P-4", "演示丁"), unit(), unit("U-2"), TRAIN, granted("A-1", "P-1", "U-2"), granted("A-2", "P-2"),
        granted("A-3", "P-3", "U-2", valid_until=date(2026, 7, 1)), granted("A-4", "P-4", "U-2"),
        shown(person="P-2", value=20.0, day=date(2024, 6, 20)),
    )  # fmt: skip
    found = expiring(known, DAY, 90)
    assert [(e.person, e.until, e.what) for e in found] == [
        ("P-2", date(2026, 6, 20), "evidence"), ("P-3", date(2026, 7, 1), "authorisation"),
        ("P-1", date(2026, 8, 1), "employment"),
    ]  # fmt: skip
    assert expiring(known, DAY, 18) == () and len(expiring(known, DAY, 19)) == 1
    assert len(expiring(known, DAY, 10_000_000)) == 4


def test_when_it_was_suspended() -> None:
    known = records(
        person(), unit(), granted(), event("suspended", date(2026, 1, 1), "X-1"),
        event("resumed", date(2026, 2, 1), "X-2"), event("suspended", date(2026, 5, 1), "X-3"),
        event("suspended", date(2026, 5, 2), "X-4"),
    )  # fmt: skip
    assert suspensions(known, "A-1") == ((date(2026, 1, 1), date(2026, 2, 1)), (date(2026, 5, 1), None))


def test_demand_and_plan_within_the_seats_of_the_base() -> None:
    people = [person(f"P-{n}", f"演示{n}") for n in range(5)]
    known = records(*people, unit(), TRAIN, *(granted(f"A-{n}", f"P-{n}") for n in range(5)))
    (wanted,) = demand(known, DAY, (COURSE,), {"演示甲所": "310000"})
    assert (wanted.region, len(wanted.persons), wanted.short, wanted.courses) == ("310000", 5, 2, ("K-1",))
    found = plan((wanted,), (COURSE,), (BASE,), DAY)
    placed = [((r.start - DAY).days, (r.end - DAY).days, r.seats) for r in found.runs]
    assert placed == [(0, 2, 2), (3, 5, 2), (6, 8, 1)]
    assert [p for r in found.runs for p in r.persons] == [f"P-{n}" for n in range(5)]
    short = plan((wanted,), (COURSE,), (BASE,), DAY, days=5)
    assert short.left == {"K-1": 3} and [f.code for f in short.found] == ["talent.plan.full"]


def test_two_courses_share_the_seats_of_a_base() -> None:
    known = records(person(), person("P-2", "演示乙"), unit(), unit("U-2"), TRAIN, granted(),
                    shown("E-2", person="P-2", unit="U-2"), shown("E-3", person="P-1", unit="U-2"))  # fmt: skip
    wanted = demand(known, DAY, (COURSE, PAPER), {})
    long = Course("K-3", "B-1", {"zh": "长课"}, ("U-2",), ("exam",), 3.0, 4, 2)
    found = plan(wanted, (COURSE, long), (BASE,), DAY)
    taken: dict[date, int] = {}
    for run in found.runs:
        for n in range((run.end - run.start).days + 1):
            taken[run.start + timedelta(n)] = taken.get(run.start + timedelta(n), 0) + run.seats
    assert len(found.runs) >= 2 and max(taken.values()) <= 2


def test_a_plan_tells_what_it_cannot_place() -> None:
    known = records(person(), unit(), TRAIN, granted())
    wanted = demand(known, DAY, (), {})
    assert wanted[0].region == ""
    found = plan(wanted, (), (BASE,), DAY)
    assert found.uncovered == {"U-1": ("P-1",)} and [f.code for f in found.found] == ["talent.plan.no_course"]
    broken = plan(wanted, (COURSE,), (BASE,), DAY, ready={"K-1": False})
    assert broken.runs == () and [f.code for f in broken.found] == ["talent.plan.not_ready"]
    doubtful = plan(wanted, (COURSE,), (BASE,), DAY, ready={"K-1": None})
    # one person with a gap, and one more so that nobody is the only one
    assert [(r.persons, r.unnamed) for r in doubtful.runs] == [(("P-1",), 1)]
    assert [f.code for f in doubtful.found] == ["talent.plan.unknown"]


def test_what_rests_on_evidence_that_runs_out_ends_with_it() -> None:
    shown_ = shown("E-1", "comparison", date(2024, 11, 8), unit="U-1", valid_until=date(2026, 7, 10))
    one = records(person(), unit(), shown_, granted(basis=("E-1",)))
    assert standing(one, "P-1", "U-1", date(2026, 7, 11)).state == "evidence_lapsed"
    assert standing(one, "P-1", "U-1", DAY).until == date(2026, 7, 10)
    assert [(e.until, e.what) for e in expiring(one, DAY)] == [(date(2026, 7, 10), "evidence")]
    later = shown("E-2", "comparison", date(2025, 3, 1), valid_until=date(2026, 8, 1))
    two = records(person(), unit(), shown_, later, granted(basis=("E-1",)))
    assert standing(two, "P-1", "U-1", DAY).until == date(2026, 8, 1)
    endless = shown("E-3", "comparison", date(2025, 3, 1))
    three = records(person(), unit(), shown_, endless, granted(basis=("E-1",)))
    assert standing(three, "P-1", "U-1", DAY).until == date(2027, 1, 9) and not expiring(three, DAY)


def test_an_employment_that_is_renewed_goes_on() -> None:
    first, then = person(employed_until=date(2026, 6, 30)), person(employed_from=date(2026, 7, 1))
    known = records(first, then, unit(), granted())
    assert standing(known, "P-1", "U-1", DAY).until == date(2027, 1, 9) and not expiring(known, DAY)
    later = records(first, person(employed_from=date(2026, 7, 2)), unit(), granted())
    assert standing(later, "P-1", "U-1", DAY).until == date(2026, 6, 30)


def test_what_was_renewed_does_not_warn() -> None:
    """The old row ends in 90 days, the new one holds for two years more: nothing ends, in one pass and one by one."""
    day = date(2026, 12, 1)
    old = granted()
    assert [e.authorisation for e in expiring(records(person(), unit(), old), day)] == ["A-1"]
    later = {"valid_from": date(2027, 1, 10), "valid_until": date(2029, 1, 9)}
    for start in (later, later | {"valid_from": date(2026, 11, 1)}):
        known = records(person(), unit(), old, granted("A-2", granted=date(2026, 11, 1), **start))
        assert expiring(known, day) == ()
        for on in (day, date(2027, 1, 9), date(2027, 1, 10)):
            found = states(columns(known), on)
            assert [STATES[c] for c in found.of_authorisation] == [
                of_authorisation(known, a, on).state for a in known.authorisations
            ]
            assert found.state("P-1", "U-1") == "authorised" == standing(known, "P-1", "U-1", on).state
