"""A base relies on traceable equipment and on instructors who may teach: both are computed for the day."""

from __future__ import annotations

from datetime import date
from typing import Any

from suyuan.certificate.certificate import Certificate
from suyuan.quantity.finding import LANGUAGES, sentences
from suyuan.talent.base import Course, TrainingBase, evaluation, of_base
from suyuan.talent.joined import Records
from suyuan.traceability.evidence import Anchor, Evidence, Statement
from suyuan.traceability.graph import build
from suyuan.traceability.survey import Survey, survey
from tests.talent.made import DAY, LAB, granted, person, records, shown, unit

KEY = ("演示国家院", "C-1")
BASE = TrainingBase("B-1", {"zh": "演示基地"}, LAB, equipment=(KEY,), instructors=("P-1",), capacity=10)
COURSE = Course("K-1", "B-1", {"zh": "课程"}, ("U-1",))


def proof(*statements: Statement, **more: Any) -> tuple[Evidence, Survey]:
    given = {"ended": date(2026, 1, 10), "issued": date(2026, 1, 12), "valid_until": date(2027, 1, 9), **more}
    standard = Certificate("typed", *KEY, "c" * 64, "1", **given)
    anchor = Anchor("cmc", *KEY, {"zh": "演示 CMC"}, "演示来源")
    evidence = Evidence((standard,), statements, (anchor,))
    return evidence, survey(build(evidence), evidence)


def people(*more: Any) -> Records:
    return records(person(), unit(), unit("U-T", activity="teach"), *more)


TEACHES = granted("A-T", "P-1", "U-T")


def test_a_course_is_ready_while_equipment_and_instructor_hold() -> None:
    found = of_base(BASE, (COURSE,), people(TEACHES), proof(), DAY)
    assert [c.good for c in found.equipment] == [True] and [c.good for c in found.instructors] == [True]
    assert found.courses[0].ready is True and found.courses[0].reasons == ()


def test_an_expired_or_withdrawn_certificate_closes_the_course() -> None:
    late = of_base(BASE, (COURSE,), people(TEACHES), proof(valid_until=date(2026, 5, 31)), DAY)
    assert late.courses[0].ready is False and late.courses[0].reasons
    said = Statement("withdrawn", *KEY, date(2026, 5, 1), date(2026, 5, 1))
    assert of_base(BASE, (COURSE,), people(TEACHES), proof(said), DAY).courses[0].ready is False


def test_a_certificate_that_is_not_at_hand_is_unknown() -> None:
    other = TrainingBase("B-1", {"zh": "演示基地"}, LAB, equipment=(("演示国家院", "C-9"),), instructors=("P-1",))
    found = of_base(other, (COURSE,), people(TEACHES), proof(), DAY)
    assert found.equipment[0].good is None and found.courses[0].ready is None


def test_who_may_not_teach_holds_no_course() -> None:
    for known, code in (
        (people(), "talent.base.instructor"),
        (people(granted("A-T", "P-1", "U-T", valid_until=date(2026, 5, 31))), "talent.standing.expired"),
        (records(person(), unit(), unit("U-T", "mass", "teach"), TEACHES), "talent.course.instructor"),
    ):
        found = of_base(BASE, (COURSE,), known, proof(), DAY)
        assert found.courses[0].ready is False
        told = found.courses[0].reasons
        assert code in [f.code for f in told]
        assert all("?" not in "".join(sentences(f, language).values()) for f in told for language in LANGUAGES)


def test_a_course_for_a_unit_that_nobody_knows_is_unknown() -> None:
    odd = Course("K-2", "B-1", {"zh": "课程"}, ("U-1", "U-9"))
    assert of_base(BASE, (odd,), people(TEACHES), proof(), DAY).courses[0].ready is None


def test_what_came_of_a_course() -> None:
    known = records(
        person(), person("P-2", "演示乙"), unit(), shown("E-1", value=80.0, detail={"course": "K-1"}),
        shown("E-2", person="P-2", good=False, detail={"course": "K-1"}),
        shown("E-3", person="P-2", value=70.0, day=date(2026, 6, 2), detail={"course": "K-1"}),
    )  # fmt: skip
    found = evaluation(known, "K-1", DAY)
    assert (found.trained, found.passed, found.mean) == (2, 1, 80.0)
    assert evaluation(known, "K-9", DAY).mean is None
