"""A whole contest as a matter of its procedure: rubric first, seed bound, answers, practice, appeals, ranking."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.procedure.admission import admit
from suyuan.procedure.matter import Event, Matter, followed
from suyuan.procedure.matter import verify as chain_faults
from suyuan.procedure.read import procedure, read_matter
from suyuan.procedure.write import matter_document
from suyuan.quantity.finding import Refused
from suyuan.talent.badge import credential, did_key, sign, verify
from suyuan.talent.contest.contest import _STEPS, commitment, contest, publication
from suyuan.talent.contest.marks import PersonMarks, ranking
from suyuan.talent.contest.rubric import rubrics
from suyuan.talent.contest.theory import Blueprint, right_letters
from suyuan.talent.contest.variants import Variant
from suyuan.talent.contest.witnessed import checklists
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.matter.matters import evaluated, take
from suyuan.verbs.people.contest import (
    badge,
    check_exercise,
    event_formed,
    evidence,
    exercise,
    exercises,
    grade,
    guards,
    results,
    standing,
    statements,
    tasks_for,
)
from suyuan.verbs.snapshot import Documents, snapshot

SEED = bytes(range(32))
KEYS = [
    "rubric", "seed_commitment", "templates", "blueprint", "checklist", "person", "part", "answers", "sheet", "seed",
    "item", "reason", "decision", "share", "shares", "assessor", "serial", "certificate", "remarks", "value", "U", "k",
    "documents", "parts", "ties", "title", "pass_mark", "questions", "mass_abba/0", "terms-01", "data", "leak",
]  # fmt: skip
START = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
TASKS = ["mass_abba", "gauge_block", "resistance", "normalised_error"]
RULES = procedure("suyuan.talent", "contest")
ROLES = {
    "organiser": ("organiser",), "contestant": ("Li", "Wang", "Zhao"), "assessor": ("A", "B"), "jury": ("judge",),
}  # fmt: skip
EMPTY = Matter("contest", "2026-1", {"zh": "演示比武", "en": "demo contest"}, {"zh": "演示院"}, roles=ROLES, demo=True)
RUBRIC = rubrics()["general"]
PUBLISHED: dict[str, Any] = {
    "rubric": RUBRIC.fields(), "rubric_digest": RUBRIC.digest, "seed_commitment": commitment(SEED), "templates": TASKS,
    "blueprint": {"questions": 8, "shares": {"terms": 1, "uncertainty": 1}}, "checklist": "pressure_gauge",
}  # fmt: skip


def step(matter: Matter, act: str, who: str, role: str, **content: Any) -> Matter:
    time = START + timedelta(minutes=len(matter.events))
    made = Event(act, time, who, role, content)
    asked = {**guards(matter), "event_formed": event_formed(None, matter, made)}
    return admit(RULES, matter, made, asked)


def kept(matter: Matter, act: str, who: str, role: str, **content: Any) -> Matter:
    """The same without any question: a chain that comes from elsewhere."""
    return followed(matter, Event(act, START + timedelta(minutes=len(matter.events)), who, role, content))


def begun() -> Matter:
    matter = step(EMPTY, "published", "organiser", "organiser", **PUBLISHED)
    for person in ROLES["contestant"]:
        matter = step(matter, "enrolled", person, "contestant")
    return step(matter, "started", "organiser", "organiser")


def right(v: Variant) -> dict[str, Any]:
    truth = v.truth
    if not v.template.k:
        return {"value": f"{truth.value:.2f}", "decision": truth.decision}
    return {"value": f"{truth.value:.4f}", "U": f"{truth.U:.4f}", "k": "2", "unit": v.template.unit}


def answered(matter: Matter, person: str, wrong: int = 0) -> Matter:
    """Answers of a person: right ones, the first `wrong` data tasks with U taken twice and a value off by 2U."""
    tasks = tasks_for(matter, person, SEED)
    assert tasks.paper is not None
    data = {v.id: right(v) for v in tasks.data}
    for v in tasks.data[:wrong]:
        data[v.id] |= {"value": f"{v.truth.value + 2.5 * v.truth.U:.4f}", "U": f"{2.0 * v.truth.U:.4f}"}
    theory = {q.id: right_letters(q, tasks.paper.order[q.id]) for q in tasks.paper.questions}
    matter = step(matter, "answered", person, "contestant", part="data", answers=data)
    return step(matter, "answered", person, "contestant", part="theory", answers=theory)


def watched(matter: Matter, person: str, **shares: float) -> Matter:
    steps = {s.id: 1 for s in checklists()["pressure_gauge"].steps} | shares
    for assessor in ROLES["assessor"]:
        sheet = {"person": person, "assessor": assessor, "checklist": "pressure_gauge", "serial": "S1",
                 "certificate": "C1", "shares": steps}  # fmt: skip
        matter = step(matter, "watched", assessor, "assessor", sheet=sheet)
    return matter


def finished() -> Matter:
    """Li is right in all, Wang has one wrong task and a failed mandatory step, Zhao did no practice."""
    matter = begun()
    for person, wrong in (("Li", 0), ("Wang", 1), ("Zhao", 0)):
        matter = answered(matter, person, wrong)
    matter = watched(watched(matter, "Li"), "Wang", leak=0)
    matter = step(matter, "closed", "organiser", "organiser")
    return step(matter, "revealed", "organiser", "organiser", seed=SEED.hex())


def test_a_whole_contest() -> None:
    matter = finished()
    found = results(matter)
    assert [(r.rank, r.marks.person) for r in found.ranked] == [(1, "Li"), (2, "Zhao"), (3, "Wang")]
    li, zhao, wang = (r.marks for r in found.ranked)
    assert li.parts["theory"] == 1.0 and li.parts["practice"] == 1.0 and li.passed is True
    assert li.parts["data"] == pytest.approx(1.0, abs=0.06)  # rounding to more than two digits costs a little
    assert zhao.parts["practice"] is None and zhao.high - zhao.low == pytest.approx(30.0)
    assert zhao.passed is None and wang.parts["practice"] == 0.0 and wang.passed is False
    assert found.statistics is not None and found.statistics.persons == 3
    assert not [f for f in found.findings if f.severity == "error"]
    found.to_json()


def test_the_matter_survives_its_document_and_gives_the_same_results() -> None:
    matter = finished()
    again, found = read_matter(matter_document(matter))
    assert again is not None and not found and not chain_faults(again)
    assert results(again).to_json() == results(matter).to_json()


def test_tasks_are_secret_until_the_seed_is_known() -> None:
    matter = begun()
    with pytest.raises(Refused) as refused:
        tasks_for(matter, "Li")
    assert refused.value.findings[0].code == "contest.seed.secret"
    with pytest.raises(Refused) as refused:
        tasks_for(matter, "Li", bytes(32))
    assert refused.value.findings[0].code == "contest.seed.other"
    with pytest.raises(Refused) as refused:
        tasks_for(matter, "Nobody", SEED)
    assert refused.value.findings[0].code == "contest.person.unknown"
    with pytest.raises(Refused):
        results(matter)
    assert tasks_for(finished(), "Li") == tasks_for(matter, "Li", SEED)
    shown = str(tasks_for(matter, "Li", SEED).to_json())
    assert "truth" not in shown and SEED.hex() not in shown


def test_another_seed_or_another_rubric_is_not_used() -> None:
    matter = begun()
    matter = step(matter, "closed", "organiser", "organiser")
    other = kept(matter, "revealed", "organiser", "organiser", seed=bytes(32).hex())
    assert standing(other).seed is None
    assert {f.code for f in standing(other).findings} == {"contest.seed.other"}
    forged = PUBLISHED | {"rubric": RUBRIC.fields() | {"pass_mark": 10}}
    bad = contest(kept(EMPTY, "published", "organiser", "organiser", **forged))
    with pytest.raises(Refused):
        step(EMPTY, "published", "organiser", "organiser", **forged)
    with pytest.raises(Refused):
        step(matter, "revealed", "organiser", "organiser", seed=bytes(32).hex())
    assert bad.rubric is None and {f.code for f in bad.findings} == {"contest.rubric.digest"}


def event(act: str, who: str, minute: int, **content: Any) -> Event:
    return Event(act, START + timedelta(minutes=minute), who, "", content)


def test_answers_before_the_rubric_and_after_closing_do_not_count() -> None:
    """Of a chain that nobody admitted (from elsewhere): what is out of order is told and left out."""
    answers = {"part": "data", "answers": {"mass_abba/0": {"value": "1"}}}
    events = (
        event("answered", "Li", 0, **answers), event("published", "organiser", 1, **PUBLISHED),
        event("answered", "Wang", 2, **answers), event("closed", "organiser", 3),
        event("answered", "Zhao", 4, **answers), event("answered", "Li", 5, part="luck"),
    )  # fmt: skip
    found = contest(replace(EMPTY, events=events))
    assert [person for person, _ in found.answers] == ["Wang"] and len(found.late) == 2
    assert [f.code for f in found.findings] == [
        "contest.answers.before_rubric", "contest.answers.late", "contest.answers.form",
    ]  # fmt: skip
    forged = replace(event("answered", "Li", 2, **answers, person="Wang"), role="contestant")
    assert {person for person, _ in contest(replace(EMPTY, events=(events[1], forged))).answers} == {"Li"}
    for act in ("published", "enrolled", "answered", "watched", "revealed", "appealed", "appeal_decided", "final"):
        contest(replace(EMPTY, events=(event(act, "x", 0),)))  # nothing in it: findings, no traceback


def test_the_newest_answer_before_closing_counts() -> None:
    matter = answered(answered(begun(), "Li", 2), "Li", 0)
    matter = step(matter, "closed", "organiser", "organiser")
    matter = step(matter, "revealed", "organiser", "organiser", seed=SEED.hex())
    li = next(r.marks for r in results(matter).ranked if r.marks.person == "Li")
    assert all(one.passed for one in li.data)


def test_what_is_drawn_from_is_bound_too() -> None:
    """A publication binds tasks, questions and checklist; under another edition of them a warning says so."""
    plan = Blueprint(8, {"terms": 1.0, "uncertainty": 1.0})
    content = publication(RUBRIC, TASKS, plan, "pressure_gauge", SEED)
    found = contest(step(EMPTY, "published", "organiser", "organiser", **content))
    assert not found.findings and found.blueprint == plan and found.templates == tuple(TASKS)
    changed = content | {"material_digest": "0" * 64}
    told = contest(step(EMPTY, "published", "organiser", "organiser", **changed)).findings
    assert [(f.code, f.severity) for f in told] == [("contest.material.changed", "warning")]
    later = content | {"rubric": RUBRIC.fields() | {"grading": "2"}, "rubric_digest": ""}
    assert contest(kept(EMPTY, "published", "organiser", "organiser", **later)).rubric is None


def test_appeals() -> None:
    matter = finished()
    item = tasks_for(matter, "Wang").data[0].id
    before = next(r.marks for r in results(matter).ranked if r.marks.person == "Wang")
    matter = step(matter, "appealed", "Wang", "contestant", part="data", item=item, reason="another reading")
    with pytest.raises(Refused):
        step(matter, "final", "organiser", "organiser")
    decided = {"person": "Wang", "part": "data", "item": item, "decision": "accepted", "reason": "agreed", "share": 1}
    matter = step(matter, "appeal_decided", "judge", "jury", **decided)
    found = results(matter)
    after = next(r.marks for r in found.ranked if r.marks.person == "Wang")
    assert (after.parts["data"] or 0.0) > (before.parts["data"] or 0.0) and len(after.changed) == 1
    assert not found.waiting
    final = step(matter, "final", "organiser", "organiser")
    assert results(final).contest.final
    twice = kept(matter, "appeal_decided", "judge", "jury", **decided)
    assert "contest.appeal.none" in {f.code for f in standing(twice).findings}


def test_graded_without_being_kept() -> None:
    matter = begun()
    tasks = tasks_for(matter, "Li", SEED)
    found = grade(matter, "Li", {"data": {v.id: right(v) for v in tasks.data}}, SEED)
    assert all(one.passed for one in found.data) and found.paper is None and found.pattern is not None


def test_ties_share_a_place() -> None:
    def one(name: str, low: float, data: float | None) -> PersonMarks:
        return PersonMarks(name, {"theory": 0.5, "practice": 0.5, "data": data}, low, low, None)

    rows = [one("a", 70.0, 0.7), one("b", 80.0, 0.5), one("c", 80.0, 0.6), one("d", 70.0, 0.7), one("e", 60.0, None)]
    placed = [(r.rank, r.marks.person) for r in ranking(rows, RUBRIC)]
    assert placed == [(1, "c"), (2, "b"), (3, "a"), (3, "d"), (5, "e")]


def test_exercises_have_no_end_and_a_diagnosis() -> None:
    assert [t.level for t in exercises()] == sorted(t.level for t in exercises())
    v = exercise("gauge_block", "12")
    found = check_exercise("gauge_block", "12", {"value": f"{v.truth.value:.2f}", "U": f"{v.truth.u:.3f}", "k": "2"})
    assert "contest.slip.U_is_u" in {f.code for f in found.slips} and found.mark < 100.0
    assert len({repr(exercise("gauge_block", str(i)).inputs) for i in range(30)}) == 30


def test_a_matter_of_another_procedure_is_no_contest() -> None:
    with pytest.raises(Refused) as refused:
        results(replace(EMPTY, procedure="challenge"))
    assert refused.value.findings[0].code == "contest.procedure"
    with pytest.raises(Refused) as refused:
        commitment(b"short")
    assert refused.value.findings[0].code == "contest.seed.short"


def test_what_follows_from_results() -> None:
    """Evidence, statements and a badge that verifies; nobody who did not pass gets one."""
    found = results(finished())
    given = {item.person: item for item in evidence(found, START.date(), "mass")}
    assert set(given) == {"Li", "Wang"} and given["Li"].good and not given["Wang"].good
    assert given["Li"].kind == "contest" and given["Li"].unit == "mass"
    told = statements(found, "https://suyuan.example/accounts", START)
    assert [s["verb"]["display"]["en"] for s in told] == ["passed", "scored", "failed"]
    key = bytes(range(1, 33))
    public = Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw()
    made = badge(found, "Li", (did_key(public), "演示院"), "urn:uuid:5b0f8c8e-0f1c-4b63-9d0e-4f2f5d2f0c11",
                 (START, START + timedelta(days=1000)))  # fmt: skip
    assert not verify(sign(credential(made), key, START), public, START + timedelta(days=1))
    assert RUBRIC.digest in made.achievement.criteria
    with pytest.raises(Refused):
        badge(found, "Wang", (did_key(public), "演示院"), made.id, (START, START + timedelta(days=1000)))


def test_a_sheet_in_the_name_of_another_assessor_does_not_count() -> None:
    sheet = {"person": "Li", "assessor": "B", "checklist": "pressure_gauge", "serial": "S1", "certificate": "C1",
             "shares": {"leak": 1}}  # fmt: skip
    found = standing(kept(begun(), "watched", "A", "assessor", sheet=sheet))
    assert not found.sheets and [f.code for f in found.findings] == ["contest.practice.sheet"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.text(max_size=6)
    | st.sampled_from(["1", "Li", "mass_abba", "data", "pressure_gauge"]),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from(KEYS), x, max_size=4),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None)
@given(
    acts=st.lists(st.sampled_from(sorted(_STEPS)), min_size=1, max_size=6),
    contents=st.lists(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=5), min_size=6, max_size=6),
)
def test_no_chain_of_events_brings_the_reading_down(acts: list[str], contents: list[dict[str, Any]]) -> None:
    """Whatever stands in the events, before and after a sound publication: findings, never a traceback."""
    wild = [event(act, "Li", i + 1, **content) for i, (act, content) in enumerate(zip(acts, contents, strict=False))]
    sound = event("published", "organiser", 0, **PUBLISHED)
    for first in ((), (sound,)):
        end = (event("closed", "organiser", 20), event("revealed", "organiser", 21, seed=SEED.hex()))
        matter = replace(EMPTY, events=(*first, *wild, *end))
        found = standing(matter)
        assert found.rubric is not None or not first, "a sound publication stands, whatever comes after it"
        if found.rubric is not None and found.seed is not None:
            assert json.dumps(results(matter).to_json(), allow_nan=False)


@pytest.mark.parametrize(
    ("act", "content"),
    [
        ("published", PUBLISHED | {"rubric": RUBRIC.fields() | {"ties": True}}),
        ("published", PUBLISHED | {"rubric": RUBRIC.fields() | {"pass_mark": []}}),
        ("published", PUBLISHED | {"templates": {"a": 1}, "blueprint": {"shares": []}, "checklist": ["x"]}),
        ("watched", {"sheet": {"person": "Li", "assessor": "A", "checklist": "weighing", "remarks": "good"}}),
        ("answered", {"part": ["data"], "answers": {}}),
        ("answered", {"part": "data", "answers": {"mass_abba/0": [1]}, "documents": "none"}),
        ("appeal_decided", {"person": ["Li"], "share": True, "decision": {}}),
    ],
)
def test_contents_of_a_wrong_kind(act: str, content: dict[str, Any]) -> None:
    found = standing(replace(EMPTY, events=(event(act, "A", 0, **content),)))
    assert found.findings


def test_the_house_asks_the_guards_of_a_contest() -> None:
    """As a page does: every guard of the procedure has an answer, and a bad publication is refused."""
    nothing = snapshot(Evidence(), Documents(), START.date())
    opened_ = take(nothing, EMPTY, Event("published", START, "organiser", "organiser", PUBLISHED))
    assert standing(opened_).rubric == RUBRIC
    asked = evaluated(nothing, opened_, Event("final", START, "organiser", "organiser"), RULES.guards)
    assert set(asked) == {"event_formed", "appeals_decided"} and None not in asked.values()
    with pytest.raises(Refused) as refused:
        take(nothing, EMPTY, Event("published", START, "organiser", "organiser", PUBLISHED | {"seed_commitment": "x"}))
    assert "contest.seed.commitment" in {f.code for f in refused.value.findings}
