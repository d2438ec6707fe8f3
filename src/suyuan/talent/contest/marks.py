"""Marks of a contest: total = weighted theory + practice + data by the published rubric; ties, ranking, the unknown.

total = 100 Σ w_p s_p / Σ w_p over the parts of the rubric. A part that was not taken is unknown: it counts as nothing
in the lower end of the total and as everything in the upper one, and the ranking goes by the lower end. A practice in
which a mandatory step failed counts as nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.talent.contest.contest import Appeal, Contest
from suyuan.talent.contest.grading import ItemGrade, Pattern, grade, pattern
from suyuan.talent.contest.rubric import Rubric
from suyuan.talent.contest.theory import PaperMarks, mark, paper
from suyuan.talent.contest.variants import variants
from suyuan.talent.contest.witnessed import Practice, assess


@dataclass(frozen=True, slots=True)
class PersonMarks:
    """Marks of one person. parts: part of the rubric → score between 0 and 1, None where unknown; low, high: total of
    100 with unknown parts as nothing and as everything; passed: by the pass mark and mandatory steps, None where it is
    open or there is no pass mark; changed: appeals that changed a share."""

    person: str
    parts: Mapping[str, float | None]
    low: float
    high: float
    passed: bool | None
    data: tuple[ItemGrade, ...] = ()
    paper: PaperMarks | None = None
    practice: Practice | None = None
    pattern: Pattern | None = None
    changed: tuple[Appeal, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place in the ranking; several persons share a place where neither total nor the parts for ties differ."""

    rank: int
    marks: PersonMarks


def marks(standing: Contest, person: str) -> PersonMarks:
    """The marks of a person. Raises Refused where no rubric was published or the seed is not revealed."""
    if standing.rubric is None:
        raise Refused(finding("contest.rubric.missing", "rubric"))
    if standing.seed is None:
        raise Refused(finding("contest.seed.secret", "seed"))
    rubric, seed = standing.rubric, standing.seed
    changed = tuple(a for a in standing.appeals if a.person == person and a.share is not None)
    data = data_part(standing, person, seed, rubric)
    sheet = _paper(standing, person, seed)
    practice = assess(standing.sheets[person]) if person in standing.sheets else None
    scores: dict[str, float | None] = {
        "data": _mean(data, changed) if data else None,
        "theory": None if sheet is None else _theory(sheet, changed),
        "practice": _practice(practice, changed),
    }
    parts = {name: scores[name] for name in rubric.parts}
    low, high = total(parts, rubric, _spread(practice))
    steps = practice.passed if practice is not None else None if "practice" in rubric.parts else True
    seen = pattern(data) if data else None
    return PersonMarks(
        person, parts, low, high, _passed(low, high, rubric, steps), data, sheet, practice, seen, changed,
        seen.findings if seen else (),
    )  # fmt: skip


def data_part(standing: Contest, person: str, seed: bytes, rubric: Rubric) -> tuple[ItemGrade, ...]:
    """The graded data tasks of a person; a task that is not in the answers is graded as not answered. Empty where the
    person handed in nothing."""
    given = standing.answers.get((person, "data"))
    if given is None:
        return ()
    own = variants(standing.templates, seed, person)
    answers = {v.id: given.answers.get(v.id) for v in own}
    return tuple(
        grade(v, a if isinstance(a, Mapping) else {}, rubric) for v, a in zip(own, answers.values(), strict=True)
    )


def _paper(standing: Contest, person: str, seed: bytes) -> PaperMarks | None:
    given = standing.answers.get((person, "theory"))
    if given is None or standing.blueprint is None:
        return None
    return mark(given.answers, paper(seed, person, standing.blueprint))


def _new(changed: Sequence[Appeal], part: str, item: str) -> float | None:
    """The share that the newest accepted appeal gives an item."""
    found = [a.share for a in changed if (a.part, a.item) == (part, item)]
    return found[-1] if found else None


def _mean(data: Sequence[ItemGrade], changed: Sequence[Appeal]) -> float:
    shares = []
    for one in data:
        new = _new(changed, "data", one.variant.id)
        shares.append(one.mark / 100.0 if new is None else new)
    return sum(shares) / len(shares)


def _theory(sheet: PaperMarks, changed: Sequence[Appeal]) -> float:
    if not sheet.shares:
        return 0.0
    shares = {name: share or 0.0 for name, share in sheet.shares.items()}
    for name in shares:
        new = _new(changed, "theory", name)
        shares[name] = shares[name] if new is None else new
    return sum(shares.values()) / len(shares)


def _practice(practice: Practice | None, changed: Sequence[Appeal]) -> float | None:
    new = _new(changed, "practice", "")
    if new is not None or practice is None or practice.low is None:
        return new
    return 0.0 if practice.failed else practice.low


def _spread(practice: Practice | None) -> float:
    """How much steps that nobody saw could add to the score of the practice."""
    if practice is None or practice.low is None or practice.high is None or practice.failed:
        return 0.0
    return practice.high - practice.low


def total(parts: Mapping[str, float | None], rubric: Rubric, unseen: float = 0.0) -> tuple[float, float]:
    """Lower and upper end of the total of 100. unseen: share of the practice that nobody saw.

    >>> from suyuan.talent.contest.rubric import rubrics
    >>> total({"theory": 0.8, "practice": None, "data": 0.5}, rubrics()["general"])
    (44.0, 74.0)
    """
    whole = sum(rubric.parts.values())
    known = sum(w * (parts.get(name) or 0.0) for name, w in rubric.parts.items())
    open_ = sum(w for name, w in rubric.parts.items() if parts.get(name) is None)
    more = rubric.parts.get("practice", 0.0) * unseen if parts.get("practice") is not None else 0.0
    return 100.0 * known / whole, 100.0 * (known + open_ + more) / whole


def _passed(low: float, high: float, rubric: Rubric, steps: bool | None) -> bool | None:
    """steps: whether all mandatory steps of the practice were done, None where nobody knows."""
    if rubric.pass_mark is None:
        return None
    if steps is False or high < rubric.pass_mark:
        return False
    return True if steps and low >= rubric.pass_mark else None


def ranking(marked: Sequence[PersonMarks], rubric: Rubric) -> tuple[Ranked, ...]:
    """Persons by their totals, then by the parts that the rubric names for ties; equals share a place (1, 2, 2, 4)."""

    def measure(one: PersonMarks) -> tuple[float, ...]:
        ties = [one.parts.get(name) for name in rubric.ties]
        return (round(one.low, 6), *(round(-1.0 if share is None else share, 9) for share in ties))

    ordered = sorted(marked, key=lambda one: (*(-x for x in measure(one)), one.person))
    places: list[Ranked] = []
    for i, one in enumerate(ordered):
        same = bool(places) and measure(places[-1].marks) == measure(one)
        places.append(Ranked(places[-1].rank if same else i + 1, one))
    return tuple(places)


def all_marks(standing: Contest) -> tuple[Ranked, ...]:
    """The ranking of everybody who enrolled or handed in."""
    if standing.rubric is None:
        raise Refused(finding("contest.rubric.missing", "rubric"))
    return ranking([marks(standing, person) for person in standing.people], standing.rubric)


def without_names(ranked: Sequence[Ranked]) -> tuple[Ranked, ...]:
    """The ranking with numbers in place of names, for publishing before names are released."""
    return tuple(replace(one, marks=replace(one.marks, person=f"{i + 1:03d}")) for i, one in enumerate(ranked))
