"""Theory papers: questions drawn by a seed and a blueprint, options in another order for every person, marks by a rule.

Partial credit, published: single choice and number, all or nothing; multiple choice, (right ones chosen − wrong ones
chosen)/number of right ones, not below 0; order, 2·(share of pairs in the right order) − 1, not below 0.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from suyuan.certificate.certificate import Text
from suyuan.quantity.fields import Fields, canonical
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.table import load
from suyuan.talent.contest.stream import Stream, key

Kind = Literal["single", "multiple", "numeric", "order"]


@dataclass(frozen=True, slots=True)
class Question:
    """id; topic; kind; level: 1 to 3; text; options: id → text, none for a number; right: ids of the right options, of
    an order all of them in their order; answer, tolerance, unit: of a number; source, status: of the fact asked for."""

    id: str
    topic: str
    kind: Kind
    level: int
    text: Text
    options: Mapping[str, Text]
    right: tuple[str, ...]
    answer: float | None
    tolerance: float
    unit: str
    source: str
    status: str


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What a paper holds. questions: how many; shares: topic → weight; minutes: for the paper."""

    questions: int
    shares: Mapping[str, float]
    minutes: int = 60


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper of a person. order: question → its options in the order in which this person sees them."""

    person: str
    questions: tuple[Question, ...]
    order: Mapping[str, tuple[str, ...]]

    def to_json(self) -> list[dict[str, Any]]:
        """The paper as it is shown: options named by letters in this person's order, nothing that tells the answer."""
        return [
            {
                "id": q.id, "topic": q.topic, "kind": q.kind, "text": dict(q.text), "unit": q.unit,
                "options": [
                    {"letter": _letter(i), "text": dict(q.options[name])} for i, name in enumerate(self.order[q.id])
                ],
            }
            for q in self.questions
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PaperMarks:
    """Marks of a paper. shares: question → credit between 0 and 1, None where nothing was answered; score: their mean
    with unanswered ones as 0, between 0 and 1; answered: how many were."""

    person: str
    shares: Mapping[str, float | None]
    score: float
    answered: int
    findings: tuple[Finding, ...] = ()


@cache
def bank() -> Mapping[str, Question]:
    """The questions of the house by id.

    >>> len(bank()) >= 60, bank()["conformity-01"].right
    (True, ('a',))
    """
    return {row["id"]: _question(row) for row in load("suyuan.talent.contest", "questions.questions")}


def _question(row: Mapping[str, Any]) -> Question:
    number = row.get("answer")
    return Question(
        row["id"], row["topic"], row["kind"], row["level"], row["text"],
        {o["id"]: {"zh": o["zh"], "en": o["en"]} for o in row.get("options", ())}, tuple(row.get("right", ())),
        None if number is None else float(number), float(row.get("tolerance", 0.0)), row.get("unit", ""),
        row["source"], row["status"],
    )  # fmt: skip


def topics() -> tuple[str, ...]:
    """The topics of the bank, in its order."""
    return tuple(dict.fromkeys(question.topic for question in bank().values()))


def blueprint(row: Mapping[str, Any]) -> tuple[Blueprint | None, tuple[Finding, ...]]:
    """A blueprint from its JSON object: {"questions": "20", "shares": {"terms": "2", …}, "minutes": "60"}.

    None with findings where a topic is unknown, or the bank has not as many questions of it as are asked for.
    """
    fields = Fields(json.loads(canonical(row)))
    n, minutes = fields.whole("questions"), fields.whole("minutes")
    inner = fields.inner("shares", required=True)
    known, shares = topics(), dict[str, float]()
    for name in inner.content if inner else ():
        weight = inner.number(name) if inner else None
        if name not in known:
            fields.report("contest.paper.topic", "shares", name, topic=name, known=", ".join(known))
        elif weight is not None and weight.value > 0.0:
            shares[name] = weight.value
    if not n or n < 1 or not shares:
        fields.report("contest.paper.empty", "questions", given=str(n))
    if fields.found or n is None:
        return None, tuple(fields.found)
    made = Blueprint(n, shares, minutes or 60)
    for topic, count in allocation(made).items():
        there = sum(question.topic == topic for question in bank().values())
        if count > there:
            fields.report("contest.paper.few", "shares", topic, topic=topic, wanted=count, there=there)
    return (None if fields.found else made), tuple(fields.found)


def allocation(plan: Blueprint) -> dict[str, int]:
    """How many questions each topic gets: shares by the largest remainder, so that they add to the whole.

    >>> allocation(Blueprint(10, {"terms": 1, "si": 1, "rounding": 1}))
    {'terms': 4, 'si': 3, 'rounding': 3}
    """
    total = sum(plan.shares.values())
    exact = {topic: plan.questions * share / total for topic, share in plan.shares.items()}
    counts = {topic: math.floor(x) for topic, x in exact.items()}
    rest = plan.questions - sum(counts.values())
    for topic in sorted(exact, key=lambda t: counts[t] - exact[t])[:rest]:
        counts[topic] += 1
    return counts


def paper(seed: bytes, person: str, plan: Blueprint) -> Paper:
    """The paper of a contest for a person: the same questions for all, in another order with other letters.

    Raises Refused where the bank has too few questions of a topic.
    """
    drawn: list[Question] = []
    for topic, count in allocation(plan).items():
        there = [question for question in bank().values() if question.topic == topic]
        if count > len(there):
            raise Refused(finding("contest.paper.few", "shares", topic=topic, wanted=count, there=len(there)))
        drawn += Stream(key(seed, "paper", topic)).shuffled(there)[:count]
    own = Stream(key(seed, "order", person))
    questions = own.shuffled(drawn)
    return Paper(person, questions, {q.id: own.shuffled(tuple(q.options)) for q in questions})


def mark(given: Mapping[str, Any], sheet: Paper) -> PaperMarks:
    """The marks of a paper. given: question → letters («b», «ac», an order «cabd») or a number as text.

    An answer that cannot be read is a finding and counts as not given; so does one to a question that is not there.
    """
    found: list[Finding] = []
    fields = Fields({name: _text(value) for name, value in given.items()}, "", found)
    shares: dict[str, float | None] = {}
    for question in sheet.questions:
        shares[question.id] = _credit(question, sheet.order[question.id], fields)
    for name in sorted(set(given) - {question.id for question in sheet.questions}):
        found.append(finding("contest.paper.question", f"/{name}", "warning", question=name[:60]))
    known = [share for share in shares.values() if share is not None]
    score = sum(known) / len(shares) if shares else 0.0
    return PaperMarks(sheet.person, shares, score, len(known), tuple(found))


def _text(value: Any) -> Any:
    """Letters given as a list are read as text; a number as its digits."""
    if isinstance(value, (list, tuple)):
        return "".join(str(letter) for letter in value)
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _credit(question: Question, order: Sequence[str], fields: Fields) -> float | None:
    """Credit of one answer between 0 and 1, None where none was given or it cannot be read."""
    if not fields.has(question.id):
        return None
    if question.kind == "numeric":
        number = fields.number(question.id)
        if number is None or question.answer is None:
            return None
        noise = 1e-9 * max(abs(question.answer), 1.0)
        return float(abs(number.value - question.answer) <= question.tolerance + noise)
    letters = "".join(fields.text(question.id).lower().replace(",", " ").replace("、", " ").split())
    known = {_letter(i): name for i, name in enumerate(order)}
    if not letters or set(letters) - set(known) or len(set(letters)) != len(letters):
        fields.report("contest.paper.letters", question.id, severity="warning", given=letters[:20] or "—",
                      letters="".join(known))  # fmt: skip
        return None
    chosen = [known[letter] for letter in letters]
    if question.kind == "order":
        return _ordered(chosen, question.right)
    if question.kind == "single":
        return float(chosen == list(question.right))
    right = set(question.right)
    return max(0.0, (len(right & set(chosen)) - len(set(chosen) - right)) / len(right))


def _ordered(chosen: Sequence[str], right: Sequence[str]) -> float:
    """2·(share of pairs in the right order) − 1, not below 0; an incomplete order earns nothing."""
    if len(chosen) != len(right):
        return 0.0
    place = {name: i for i, name in enumerate(right)}
    rank = [place[name] for name in chosen]
    n = len(rank)
    good = sum(rank[i] < rank[j] for i in range(n) for j in range(i + 1, n))
    return max(0.0, 4.0 * good / (n * (n - 1)) - 1.0)


def _letter(i: int) -> str:
    return chr(ord("a") + i)


def right_letters(question: Question, order: Sequence[str]) -> str:
    """What a person with this order of options would have to answer, for the solution after closing."""
    if question.kind == "numeric":
        return repr(question.answer) if question.answer is not None else ""
    letters = {name: _letter(i) for i, name in enumerate(order)}
    given = [letters[name] for name in question.right]
    return "".join(given if question.kind == "order" else sorted(given))
