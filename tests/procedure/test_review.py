"""Conflicts of interest, agreement of reviewers, and how sure a ranking is."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import friedmanchisquare, rankdata

from suyuan.procedure.agreement import intraclass, kendall_w, ranks, standing_apart
from suyuan.procedure.conflict import (
    About,
    Affiliation,
    Reviewer,
    Tie,
    barred,
    conflict_rules,
    conflicts,
    free,
    house_rules,
)
from suyuan.procedure.review import Criterion, Panel, Score, ranking, reviewed
from suyuan.quantity.finding import Refused, sentences

DAY = date(2026, 6, 1)
BID = About("B-1", {"bidder": ("演示计量院",), "partner": ("演示大学",), "person": ("李一",)})


def rules_hit(reviewer: Reviewer, about: About = BID) -> list[str]:
    return [c.rule.id for c in conflicts(reviewer, about, house_rules(), DAY)]


def test_conflicts_by_rule_and_time() -> None:
    assert rules_hit(Reviewer(("王二",), (Affiliation(("演示研究所",)),))) == []
    assert rules_hit(Reviewer(("李 一",), (Affiliation(("演示研究所",)),))) == ["itself"]
    assert rules_hit(Reviewer(("王二",), (Affiliation(("演示大学",), date(2020, 1, 1)),))) == ["own_organisation"]
    left = Affiliation(("演示计量院",), date(2010, 1, 1), date(2024, 1, 1))
    assert rules_hit(Reviewer(("王二",), (left,))) == ["former_organisation"]
    long_ago = Affiliation(("演示计量院",), date(2010, 1, 1), date(2023, 1, 1))
    assert rules_hit(Reviewer(("王二",), (long_ago,))) == []
    later = Affiliation(("演示计量院",), date(2026, 9, 1))
    assert rules_hit(Reviewer(("王二",), (later,))) == [], "who begins later works elsewhere today"
    assert rules_hit(Reviewer(("王二",), ties=(Tie("supervisor", "李一"),))) == ["close_person"]
    assert rules_hit(Reviewer(("王二",), ties=(Tie("co_worker", "李一", date(2020, 1, 1)),))) == []
    assert rules_hit(Reviewer(("王二",), ties=(Tie("adviser", "演示大学", date(2025, 1, 1)),))) == ["money"]
    assert rules_hit(Reviewer(("王二",), ties=(Tie("declared", "演示计量院"),))) == ["declared"]


def test_who_works_nowhere_known_is_not_shown_to_be_free() -> None:
    assert [f.code for f in free(Reviewer(("王二",)), (BID,), house_rules(), DAY)] == ["procedure.conflict.unknown"]
    with pytest.raises(Refused):
        conflict_rules([{"id": "x", "test": "smell", "source": "s", "status": "proposed"}])
    told = conflicts(Reviewer(("李一",)), BID, house_rules(), DAY)[0].finding()
    assert "自己参与" in sentences(told, "zh")["what"] and "take part" in sentences(told, "en")["what"]


CRITERIA = (Criterion("idea", {"en": "idea"}, 2), Criterion("plan", {"en": "plan"}, 1, 0, 10))


def test_a_barred_reviewer_never_enters() -> None:
    own = Reviewer(("c",), (Affiliation(("演示计量院",)),))
    found = barred((own,), (BID,), house_rules(), DAY)
    panel = Panel(CRITERIA, ("a", "b", "c"), ("B-1", "B-2"), found)
    scores = [
        Score(r, s, c, v)
        for r, high in (("a", 80), ("b", 70), ("c", 0))
        for s, less in (("B-1", 0), ("B-2", 10))
        for c, v in (("idea", max(high - less, 0)), ("plan", max(high - less, 0) / 10))
    ]
    told = reviewed(panel, scores)
    assert told.reviewers == ("a", "b") and told.mean.round(3).tolist() == [0.75, 0.65]
    codes = [f.code for f in told.findings]
    assert codes.count("procedure.conflict.found") == 1 and codes.count("procedure.review.barred") == 2
    alone = reviewed(Panel(CRITERIA, ("a", "b", "c"), ("B-1", "B-2"), found, competing=False), scores)
    assert alone.reviewers == ("a", "b", "c") and alone.count.tolist() == [2, 3] and alone.missing == ()


def test_missing_scores_are_unknown_and_apart() -> None:
    panel = Panel(CRITERIA, ("a", "b"), ("x", "y", "z"))
    told = reviewed(panel, [
        Score("a", "x", "idea", 50), Score("a", "x", "plan", 5), Score("b", "x", "idea", 60),
        Score("a", "y", "idea", 0),
        Score("a", "x", "plan", 6), Score("q", "x", "plan", 6), Score("b", "z", "plan", 11),
    ])  # fmt: skip
    assert told.count.tolist() == [1, 0, 0] and math.isclose(told.mean[0], (2 * 0.5 + 0.6) / 3)
    assert np.isnan(told.mean[1]) and np.isnan(told.s[0]) and len(told.missing) == 8
    codes = {f.code for f in told.findings}
    assert {"procedure.review.missing", "procedure.review.unscored", "procedure.review.stranger",
            "procedure.review.scale"} <= codes  # fmt: skip
    assert told.ranking.order == (0,) and np.isnan(told.ranking.first).all()
    nobody = reviewed(Panel(CRITERIA, (), ("x",)), [])
    assert nobody.concordance is None and nobody.agreement is None and np.isnan(nobody.mean).all()
    for bad in ((), (Criterion("a", {}), Criterion("a", {})), (Criterion("a", {}, 0),), (Criterion("a", {}, 1, 5, 5),)):
        with pytest.raises(Refused):
            reviewed(Panel(bad, ("a",), ("x",)), [])


def test_intraclass_of_shrout_and_fleiss() -> None:
    """Six targets, four judges (Psychol. Bull. 86, 1979): ICC(2,1) = .29."""
    table = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7.0]]).T
    found = intraclass(table)
    assert found is not None and round(found.value, 4) == 0.2898
    assert (round(found.low, 3), round(found.high, 3)) == (0.019, 0.761)
    assert intraclass(np.array([[1.0, 2, 3], [1, 2, 3]])).value == 1  # type: ignore[union-attr]
    assert intraclass(np.ones((3, 4))) is None


@settings(max_examples=50, deadline=None)
@given(st.integers(3, 6), st.integers(3, 9), st.integers(0, 10**6))
def test_kendall_is_friedman(m: int, n: int, seed: int) -> None:
    """χ² = m (n − 1) W is Friedman's statistic, with ties."""
    rows = np.random.default_rng(seed).integers(0, 5, (m, n)).astype(float)
    assert np.array_equal(ranks(rows), np.array([rankdata(row) for row in rows]))
    found = kendall_w(rows)
    if all(len(set(row)) == 1 for row in rows):
        assert found is None
        return
    other = friedmanchisquare(*rows.T)
    assert found is not None and np.isclose(found.chi2, other.statistic) and np.isclose(found.p, other.pvalue)


def test_who_stands_apart() -> None:
    rng = np.random.default_rng(4)
    truth = np.linspace(0.3, 0.9, 8)
    total = truth + rng.normal(0, 0.03, (5, 8))
    assert not standing_apart(total).deviates.any()
    harsh = total.copy()
    harsh[2] -= 0.3
    assert np.flatnonzero(standing_apart(harsh).deviates).tolist() == [2]
    backwards = total.copy()
    backwards[4] = backwards[4][::-1]
    assert 4 in np.flatnonzero(standing_apart(backwards).deviates)
    assert not standing_apart(total[:2]).deviates.any(), "of two nobody can say who is apart"


def test_ranking_says_how_sure_it_is() -> None:
    clear = ranking(np.array([[0.9, 0.5, 0.1]] * 4))
    assert clear.order == (0, 1, 2) and clear.first.tolist() == [1, 0, 0] and clear.low.tolist() == [1, 2, 3]
    close = np.array([[0.9, 0.1], [0.1, 0.9], [0.9, 0.1], [0.1, 0.9]])
    unsure = ranking(close)
    assert unsure.place.tolist() == [1.5, 1.5] and 0.4 < unsure.first[0] < 0.6
    assert (unsure.low[0], unsure.high[0]) == (1, 2)
    assert np.array_equal(ranking(close, seed=5).first, ranking(close, seed=5).first)
    assert np.isnan(ranking(np.array([[0.9, 0.1]])).first).all(), "one reviewer cannot say how sure it is"
