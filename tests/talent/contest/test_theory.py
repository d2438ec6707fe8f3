"""Papers: reproducible, balanced, marked by the published rule; statistics of items against numbers known elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.quantity.finding import Refused
from suyuan.quantity.notation import rounded
from suyuan.talent.contest.item_statistics import alpha, item_statistics
from suyuan.talent.contest.theory import (
    Blueprint,
    Paper,
    PaperMarks,
    allocation,
    bank,
    blueprint,
    mark,
    paper,
    right_letters,
    topics,
)

PLAN = Blueprint(20, {"terms": 3, "uncertainty": 4, "rounding": 2, "conformity": 1})
SEED = b"paper seed of the tests"


def solution(sheet: Paper) -> dict[str, str]:
    return {q.id: right_letters(q, sheet.order[q.id]) for q in sheet.questions}


def test_the_bank_is_large_enough_and_says_where_its_facts_come_from() -> None:
    assert len(bank()) >= 60 and len(topics()) >= 7
    assert {q.kind for q in bank().values()} == {"single", "multiple", "numeric", "order"}
    for q in bank().values():
        assert q.source and set(q.text) == {"zh", "en"} and all(q.text.values())
        assert not any("\u4e00" <= c <= "\u9fff" for c in q.text["en"].replace("检定", ""))
        if q.kind == "numeric":
            assert q.answer is not None and not q.options
            continue
        assert set(q.right) <= set(q.options) and len(q.options) >= 3
        assert len({t["zh"] for t in q.options.values()}) == len(q.options)
        assert (len(q.right) == 1) == (q.kind == "single")
        assert q.kind != "order" or len(q.right) == len(q.options)


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [
        ("rounding-01", "2.45", -1),
        ("rounding-02", "2.35", -1),
        ("rounding-03", "1.050", -1),
        ("rounding-04", "0.2501", -1),
    ],
)
def test_the_questions_on_rounding_are_answered_by_our_own_rule(name: str, value: str, place: int) -> None:
    assert bank()[name].answer == float(rounded(value, place))


def test_a_paper_follows_its_blueprint_and_every_person_sees_other_letters() -> None:
    sheets = [paper(SEED, f"p{i}", PLAN) for i in range(6)]
    assert allocation(PLAN) == {"terms": 6, "uncertainty": 8, "rounding": 4, "conformity": 2}
    assert len({frozenset(q.id for q in s.questions) for s in sheets}) == 1
    assert len({repr(s.order) for s in sheets}) == 6
    assert sheets[0] == paper(SEED, "p0", PLAN) and sheets[0].questions != paper(b"x" * 16, "p0", PLAN).questions
    for topic, count in allocation(PLAN).items():
        assert sum(q.topic == topic for q in sheets[0].questions) == count
    assert "right" not in repr(sheets[0].to_json())


def test_the_solution_of_a_paper_earns_everything() -> None:
    plan = Blueprint(sum(1 for _ in bank()), {t: sum(q.topic == t for q in bank().values()) for t in topics()})
    sheet = paper(SEED, "all", plan)
    found = mark(solution(sheet), sheet)
    assert found.score == 1.0 and found.answered == len(bank()) and not found.findings


def test_partial_credit() -> None:
    q = next(q for q in bank().values() if q.kind == "multiple" and len(q.right) == 4)
    sheet = Paper("p", (q,), {q.id: tuple(q.options)})
    letters = {name: chr(97 + i) for i, name in enumerate(q.options)}
    good = [letters[name] for name in q.right]
    bad = [letters[name] for name in q.options if name not in q.right]
    for text, credit in (
        ("".join(good), 1.0),
        ("".join(good[:2]), 0.5),
        ("".join(good[:2]) + bad[0], 0.25),
        (bad[0], 0.0),
    ):
        assert mark({q.id: text}, sheet).shares[q.id] == credit
    o = next(q for q in bank().values() if q.kind == "order")
    sheet = Paper("p", (o,), {o.id: tuple(o.options)})
    right = right_letters(o, sheet.order[o.id])
    swapped = right[1] + right[0] + right[2:]
    n = len(right)
    assert mark({o.id: swapped}, sheet).shares[o.id] == pytest.approx(1.0 - 4.0 / (n * (n - 1)))
    assert mark({o.id: right[::-1]}, sheet).shares[o.id] == 0.0


def test_what_cannot_be_read_counts_as_not_answered() -> None:
    sheet = paper(SEED, "p", PLAN)
    single = next(q for q in sheet.questions if q.kind == "single")
    number = next(q for q in sheet.questions if q.kind == "numeric")
    found = mark({single.id: "z", number.id: "about two", "nonsense": "a"}, sheet)
    assert found.shares[single.id] is None and found.shares[number.id] is None and found.answered == 0
    assert {f.code for f in found.findings} == {
        "contest.paper.letters", "typed.number.syntax", "contest.paper.question",
    }  # fmt: skip


@given(
    answers=st.dictionaries(st.sampled_from(sorted(bank())), st.one_of(st.text(max_size=6), st.integers(), st.none()))
)
def test_no_answers_bring_the_marking_down(answers: dict[str, object]) -> None:
    found = mark(answers, paper(SEED, "p", PLAN))
    assert 0.0 <= found.score <= 1.0


def test_blueprints_with_faults() -> None:
    for row, code in (
        ({"questions": 5, "shares": {"luck": 1}}, "contest.paper.topic"),
        ({"questions": 0, "shares": {"si": 1}}, "contest.paper.empty"),
        ({"questions": 50, "shares": {"law": 1}}, "contest.paper.few"),
    ):
        made, found = blueprint(row)
        assert made is None and code in {f.code for f in found}
    made, found = blueprint({"questions": 10, "shares": {"si": 1, "terms": 1}, "minutes": 30})
    assert made == Blueprint(10, {"si": 1.0, "terms": 1.0}, 30) and not found
    with pytest.raises(Refused):
        paper(SEED, "p", Blueprint(50, {"law": 1}))


def test_statistics_of_items() -> None:
    """KR-20 by hand: k = 4, Σpq, variance of totals with the same divisor."""
    rows = np.array([[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]], float)
    p = rows.mean(axis=0)
    kr20 = 4.0 / 3.0 * (1.0 - float(np.sum(p * (1.0 - p))) / float(np.var(rows.sum(axis=1))))
    assert alpha(rows) == pytest.approx(kr20)
    marked = [
        PaperMarks(f"p{i}", {f"q{j}": float(x) for j, x in enumerate(row)}, float(row.mean()), 4)
        for i, row in enumerate(rows)
    ]
    found = item_statistics(marked)
    assert found.kr20 and found.alpha == pytest.approx(kr20) and found.persons == 5
    assert found.difficulty.tolist() == pytest.approx(p.tolist())
    rest = rows.sum(axis=1) - rows[:, 1]
    assert found.discrimination[1] == pytest.approx(np.corrcoef(rows[:, 1], rest)[0, 1])
    assert {f.code for f in found.findings} == {"contest.paper.persons"}
    assert np.isnan(item_statistics([]).alpha) and np.isnan(item_statistics(marked[:1]).alpha)
