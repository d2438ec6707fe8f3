"""Contests and practice as cli and site ask for them: tasks of a person, grades, results, unlimited exercises.

A contest is a matter of the procedure «contest». Its seed is secret until closing: until then whoever keeps it hands it
in; afterwards it stands in the matter and anybody computes the same marks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from suyuan.procedure.matter import Event, Matter
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.talent.badge import Achievement, Badge
from suyuan.talent.contest.contest import PROCEDURE, Contest, appeals_decided, contest
from suyuan.talent.contest.grading import ItemGrade, Pattern, pattern
from suyuan.talent.contest.grading import grade as grade_item
from suyuan.talent.contest.item_statistics import ItemStatistics, item_statistics
from suyuan.talent.contest.marks import Ranked, all_marks
from suyuan.talent.contest.rubric import Rubric, rubrics
from suyuan.talent.contest.tasks import Template, templates
from suyuan.talent.contest.teams import TeamPlace, team_places
from suyuan.talent.contest.theory import Blueprint, Paper, PaperMarks, mark, paper
from suyuan.talent.contest.variants import Variant, variant, variants
from suyuan.talent.records import EvidenceItem
from suyuan.talent.xapi import Activity, Score, Told, statement

EXERCISES = b"suyuan-exercise-1"
"""Seed of exercises: no secret, so that an exercise can be given again by its number."""
EXERCISE_RUBRIC = "data_only"
PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


@dataclass(frozen=True, slots=True)
class PersonTasks:
    """What a person works on: data tasks, a paper (None without one), the id of the checklist of the practice."""

    person: str
    data: tuple[Variant, ...]
    paper: Paper | None
    checklist: str

    def to_json(self) -> dict[str, Any]:
        """As it is shown to the person; no answer is in it."""
        return {
            "person": self.person, "data": [v.to_json() for v in self.data],
            "theory": self.paper.to_json() if self.paper else [], "checklist": self.checklist,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Graded:
    """What was handed in, graded: data tasks with their pattern, the paper; None for a part without answers."""

    person: str
    data: tuple[ItemGrade, ...]
    pattern: Pattern | None
    paper: PaperMarks | None


@dataclass(frozen=True)
class Results:
    """Results of a contest. ranked: everybody in order; statistics: of the paper, None without papers; waiting: appeals
    that are not decided; findings: about the contest's events; teams: in order, () where persons alone are ranked."""

    contest: Contest
    ranked: tuple[Ranked, ...]
    statistics: ItemStatistics | None
    waiting: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    teams: tuple[TeamPlace, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For pages, export and `--json`."""
        return {
            "number": self.contest.number, "final": self.contest.final,
            "ranking": [_row(one) for one in self.ranked],
            **({"teams": [asdict(team) for team in self.teams]} if self.teams else {}),
            "reliability": None if self.statistics is None else _number(self.statistics.alpha),
            "waiting": [f.to_json() for f in self.waiting], "findings": [f.to_json() for f in self.findings],
        }  # fmt: skip


def _row(one: Ranked) -> dict[str, Any]:
    marked = one.marks
    return {
        "rank": one.rank, "person": marked.person, "parts": dict(marked.parts), "low": marked.low, "high": marked.high,
        "passed": marked.passed, "budget": marked.pattern.budget if marked.pattern else "unknown",
        "appeals": [{k: v for k, v in asdict(a).items() if k != "time"} for a in marked.changed],
    }  # fmt: skip


def _number(value: float) -> float | None:
    return value if value == value else None


def standing(matter: Matter) -> Contest:
    """Where the contest of a matter stands. Raises Refused for a matter of another procedure."""
    if matter.procedure != PROCEDURE:
        raise Refused(finding("contest.procedure", matter.number, number=matter.number, procedure=matter.procedure))
    return contest(matter)


def guards(matter: Matter) -> Mapping[str, Sequence[Finding]]:
    """What the guards of the procedure found, for admitting an event."""
    return {"appeals_decided": appeals_decided(standing(matter))}


def event_formed(known: object, matter: Matter, event: Event) -> tuple[Finding, ...]:
    """A guard: what is wrong with an event in this contest, so that it is refused and not kept without effect.

    known: the snapshot, which a contest does not need.
    """
    before = standing(matter).findings
    after = standing(replace(matter, events=(*matter.events, event))).findings
    return errors(after[len(before) :])


def tasks_for(matter: Matter, person: str, seed: bytes | None = None) -> PersonTasks:
    """The tasks of a person in a contest.

    seed: of the contest while it is secret; None takes the revealed one. Raises Refused for a person who is not in the
    contest, without a seed, and for a seed that is not the one that was bound.
    """
    found = standing(matter)
    if person not in found.people:
        raise Refused(finding("contest.person.unknown", "person", person=person))
    key = _seed(found, seed)
    plan = found.blueprint
    return PersonTasks(
        person, variants(found.templates, key, person), paper(key, person, plan) if plan else None, found.checklist
    )


def grade(matter: Matter, person: str, answers: Mapping[str, Mapping[str, Any]], seed: bytes | None = None) -> Graded:
    """Answers graded as the contest would: {"data": {task → answer}, "theory": {question → letters}}.

    Nothing is kept; what counts in the contest is what its events hold. Raises Refused as `tasks_for` does, and without
    a published rubric.
    """
    found, tasks = standing(matter), tasks_for(matter, person, seed)
    if found.rubric is None:
        raise Refused(finding("contest.rubric.missing", "rubric"))
    data, theory = (answers.get(part) for part in ("data", "theory"))
    items = _graded(tasks.data, data, found.rubric) if isinstance(data, Mapping) else ()
    sheet = mark(theory, tasks.paper) if isinstance(theory, Mapping) and tasks.paper else None
    return Graded(person, items, pattern(items) if items else None, sheet)


def _graded(own: Sequence[Variant], given: Mapping[str, Any], rubric: Rubric) -> tuple[ItemGrade, ...]:
    answers = [given.get(v.id) for v in own]
    return tuple(grade_item(v, a if isinstance(a, Mapping) else {}, rubric) for v, a in zip(own, answers, strict=True))


def results(matter: Matter) -> Results:
    """The ranking of a contest from its events alone, so that anybody computes the same.

    Raises Refused before the rubric is published or the seed revealed.
    """
    found = standing(matter)
    ranked = all_marks(found)
    papers = [one.marks.paper for one in ranked if one.marks.paper is not None]
    told = tuple(f for one in ranked for f in one.marks.findings)
    rule = found.rubric.team if found.rubric is not None else None
    return Results(
        found, ranked, item_statistics(papers) if papers else None, appeals_decided(found), (*found.findings, *told),
        team_places([one.marks for one in ranked], found.teams, rule),
    )  # fmt: skip


def _seed(found: Contest, given: bytes | None) -> bytes:
    """The seed that counts: the revealed one, or the given one where it is the one that was bound."""
    if found.seed is not None:
        return found.seed
    if given is None:
        raise Refused(finding("contest.seed.secret", "seed"))
    if hashlib.sha256(given).hexdigest() != found.commitment:
        raise Refused(finding("contest.seed.other", "seed", stated=found.commitment[:12] or "—"))
    return given


# ---------------------------------------------------------------- practice without a contest


def exercises() -> tuple[Template, ...]:
    """The templates that can be practised, easiest first."""
    return tuple(sorted(templates().values(), key=lambda template: template.level))


def exercise(template: str, number: str) -> Variant:
    """An exercise: the variant of a template with a number, of which there is no end; the same number gives it again.

    Raises Refused for a template that is not known.

    >>> exercise("mass_abba", "7").to_json()["unit"], exercise("mass_abba", "7") == exercise("mass_abba", "8")
    ('mg', False)
    """
    return variant(template, EXERCISES, f"exercise {number}")


def check_exercise(template: str, number: str, answer: Mapping[str, Any]) -> ItemGrade:
    """An answer to an exercise graded at once, with what slip it is consistent with and the right treatment."""
    return grade_item(exercise(template, number), answer, rubrics()[EXERCISE_RUBRIC])


def practice_paper(number: str, plan: Blueprint) -> Paper:
    """A theory paper for practice, by its number."""
    return paper(EXERCISES + number.encode(), "practice", plan)


def check_practice_paper(number: str, plan: Blueprint, answers: Mapping[str, Any]) -> PaperMarks:
    """A practice paper marked at once."""
    return mark(answers, practice_paper(number, plan))


# ---------------------------------------------------------------- what follows from results


def evidence(found: Results, day: date, unit: str = "") -> tuple[EvidenceItem, ...]:
    """The results as evidence of competence: one piece a person, value the lower end of the total.

    day: of the final results; unit: competence unit that the contest speaks for, «» for none, which the reader of the
    register tells. Nobody who may still pass or fail (a part is unknown) is in it.
    """
    number = found.contest.number
    return tuple(
        EvidenceItem(
            f"contest-{number}-{one.marks.person}", one.marks.person, "contest", day, unit, round(one.marks.low, 2),
            bool(one.marks.passed), by=number, title=found.contest.title, detail={"rank": str(one.rank)},
        )
        for one in found.ranked
        if one.marks.passed is not None
    )  # fmt: skip


def statements(found: Results, home_page: str, time: datetime) -> tuple[dict[str, Any], ...]:
    """The results as xAPI statements: passed, failed, or (without a pass mark, or while it is open) scored.

    home_page: IRI of the accounts of this site; time: of the results.
    """
    number = found.contest.number
    activity = Activity(f"urn:suyuan:contest:{quoted(number)}", "assessment", _worded(found.contest.title))
    verbs: Mapping[bool | None, str] = {True: "passed", False: "failed", None: "scored"}
    made = []
    for one in found.ranked:
        passed = one.marks.passed
        told = Told(Score(round(one.marks.low, 6)), success=passed, completion=True)
        made.append(statement((home_page, one.marks.person), verbs[passed], activity, time, told=told))
    return tuple(made)


def badge(found: Results, person: str, issuer: tuple[str, str], id: str, period: tuple[datetime, datetime]) -> Badge:
    """The badge of a person who passed, to be signed: the criteria are the published rubric, known by its digest.

    issuer: IRI and name; id: IRI of the badge; period: from when until when. Raises Refused for somebody who did not
    pass.
    """
    one = next((r for r in found.ranked if r.marks.person == person and r.marks.passed), None)
    rubric = found.contest.rubric
    if one is None or rubric is None:
        raise Refused(finding("contest.badge.not_passed", "person", person=person))
    number, title = found.contest.number, next(iter(found.contest.title.values()), found.contest.number)
    done = Achievement(
        f"urn:suyuan:contest:{quoted(number)}", title, f"{title} ({number})",
        f"Total of at least {rubric.pass_mark:g} of 100 by rubric «{rubric.name}» {rubric.version}, "
        f"SHA-256 {rubric.digest}; |E_n| ≤ 1 and U ≤ U_max in data tasks; no mandatory step failed.", "Assessment",
    )  # fmt: skip
    results_ = {"total": f"{one.marks.low:.1f}", "rank": str(one.rank)}
    return Badge(id, issuer, done, period[0], period[1], identifier=person, results=results_)


def quoted(number: str) -> str:
    """A number of a contest as part of a URN: letters and digits stay, the rest is written by its bytes.

    >>> quoted("比武 1")
    '%E6%AF%94%E6%AD%A6%201'
    """
    return "".join(chr(b) if chr(b) in PLAIN else f"%{b:02X}" for b in number.encode())


def _worded(title: Mapping[str, str]) -> Mapping[str, str]:
    return {language or "zh": text for language, text in title.items()}
