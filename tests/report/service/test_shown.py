"""Values of the pure floors become figures and lists: the numbers are theirs, what is confidential stays masked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
from tests.report.service.test_documents_of_service import CAPABILITIES, NEED, matched

from suyuan.capability.gaps.cluster import clusters, rank
from suyuan.capability.gaps.gap import gaps
from suyuan.capability.gaps.matrix import entries_of_needs, matrix
from suyuan.capability.matching.match import match
from suyuan.centre.columns import columns
from suyuan.centre.facts import Fact
from suyuan.centre.funds import funds
from suyuan.centre.scorecard import score
from suyuan.centre.sensitivity import sensitivity
from suyuan.centre.shipped import guideline
from suyuan.procedure.review import Criterion, Panel, Score, reviewed
from suyuan.report.papers.html import html
from suyuan.report.service.lists import Challenge, People, challenge_list, competence_pages
from suyuan.report.service.shown import (
    capability_by_region,
    competence_of,
    coverage_by_region,
    gap_rows,
    gaps_of,
    matrix_of,
    money_of,
    ranks_of,
    regions_of,
    score_of,
    scores_of,
    spread_of,
)
from suyuan.talent.gap import Cells, Expiry, Risk

DAY = date(2026, 11, 28)
DRAFT = guideline("DRAFT-CENTRE", "1")
assert DRAFT is not None
NAMES = {"a": {"zh": "甲中心", "en": "A"}, "b": {"zh": "乙中心", "en": "B"}}
FACTS = [Fact("a", "standard", f"S{n}", n < 3, evidence="x") for n in range(4)] + [Fact("b", "standard", "S", True)]


def test_a_scorecard_is_drawn_with_its_own_numbers() -> None:
    assert DRAFT is not None
    cards = score(columns(FACTS, ("a", "b")), DRAFT, DAY)
    drawn = score_of(cards.card("a"), DRAFT)
    assert "拟议" in drawn.caption["zh"] and "proposed" in drawn.caption["en"]
    low, high, whole = (cell.value for cell in drawn.table.rows[1][1:])  # type: ignore[union-attr]
    assert (low, high, whole) == tuple(cards.card("a").conditions[DRAFT.conditions[1].id])
    both_ = scores_of([cards.card("a"), cards.card("b")], NAMES, mine="b")
    assert {row[0] for row in both_.table.rows} == {"甲中心", "乙中心"}
    ranks = ranks_of(sensitivity(cards, draws=50), NAMES, "en")
    assert [row[0] for row in ranks.table.rows] == ["A", "B"]


def test_money_is_drawn_where_there_is_some() -> None:
    facts = [
        Fact("a", "fund_plan", "x", value=3e6, group="s", origin="recorded", evidence="d", detail={"year": "2026"})
    ]
    drawn = money_of(funds(facts, "a", DAY))
    assert drawn is not None and drawn.table.rows[0][2] == {"zh": "未知", "en": "unknown"}
    assert money_of(funds([], "a", DAY)) is None


def test_reviewers_spread_is_that_of_the_review() -> None:
    panel = Panel((Criterion("P", {}, low=0.0, high=10.0),), ("甲", "乙", "丙"), ("a", "b"))
    given = [Score(who, subject, "P", value) for subject, values in (("a", (2.0, 9.0, 5.0)), ("b", (6.0, 6.0, 6.0)))
             for who, value in zip("甲乙丙", values, strict=True)]  # fmt: skip
    found = reviewed(panel, given)
    drawn = spread_of(found, NAMES)
    assert drawn is not None
    spread = {row[0]: row[2].value for row in drawn.table.rows}  # type: ignore[union-attr]
    assert np.isclose(spread["甲中心"], found.s[found.subjects.index("a")]) and spread["乙中心"] == 0.0
    assert "甲中心" in drawn.alternative["zh"] and "乙中心" not in drawn.alternative["zh"]
    assert spread_of(reviewed(panel, []), NAMES) is None


def test_gaps_are_ranked_and_confidential_ones_masked() -> None:
    secret = replace(
        NEED, id="N-32", confidential=True, title={"zh": "机密环"}, criticality=5, organisation={"zh": "机密厂"}
    )
    matches = [match(need, CAPABILITIES, {}, DAY) for need in (NEED, replace(secret, item="ring gauge"))]
    ranking = rank(clusters(gaps(matches)))
    rows = gap_rows(ranking)
    assert len(rows) == 2 and {row.shown for row in rows} == {True, False}
    drawn = gaps_of(ranking)
    assert drawn is not None and "机密环" not in str(drawn)
    own = gaps_of(ranking, owner="机密厂")
    assert own is not None and "机密环" in str(own.table)
    assert gaps_of(rank(clusters([]))) is None


def test_matrix_and_regions_count_what_is_met() -> None:
    need = replace(NEED, stage="production", node="component", region="310000")
    found = matched(need)
    drawn = matrix_of(matrix(entries_of_needs([need], {(need.organisation["zh"], need.id): found})))
    assert "生产×零部件" in drawn.alternative["zh"]
    regions = coverage_by_region([found], {"310000": {"zh": "上海"}})
    assert [(r.code, r.have, r.want) for r in regions] == [("310000", 0, 1)]
    unknown = replace(found, verdict="unknown")
    assert coverage_by_region([unknown], {})[0].have is None
    assert regions_of(regions) is not None and regions_of(()) is None
    placed = [replace(c, region="310000") for c in CAPABILITIES]
    assert capability_by_region(placed, {placed[0].key: True}, {})[0].have == 1


def test_competence_pages() -> None:
    cells = Cells(("P1", "P2"), ("U1",), {(0, 0): "authorised", (1, 0): "expired"})
    people = People({"P1": {"zh": "演示甲"}, "P2": {"zh": "演示乙"}}, {"U1": {"zh": "量块检定"}})
    drawn = competence_of(cells, people.persons, people.units)
    assert drawn is not None and "1 格已到期" in drawn.alternative["zh"]
    risks = [Risk({"zh": "演示院"}, "U1", ("P1",)), Risk({"zh": "演示院"}, "U2", ("P1", "P2"))]
    ends = [Expiry("P1", "U1", "A1", date(2026, 12, 31), "authorisation")]
    document = competence_pages({"zh": "演示院", "en": "Demo"}, DAY, drawn, risks, ends, people)
    told = html(document).decode()
    assert "1 个能力单元只有一人或无人" in told and "2026-12-31" in told and "row:authorisation/A1" in told
    assert competence_of(Cells((), (), {}), {}, {}) is None
    assert "没有人员登记" in html(competence_pages({"zh": "x"}, DAY, None, [], [], people)).decode()


def test_a_challenge_list_masks_what_is_confidential() -> None:
    rows = [
        Challenge("T-1", {"zh": "台阶高度"}, "演示厂", "1 nm", "not_accurate", 12, "50 万元", date(2027, 1, 1)),
        Challenge("T-2", {"zh": "机密题"}, "机密厂", "x", "cannot", shown=False),
    ]
    told = html(challenge_list(rows, DAY, {"zh": "演示榜单", "en": "demo call"}, demo=True)).decode()
    assert "台阶高度" in told and "T-2" in told and "测不了" in told
    assert "机密题" not in told and "机密厂" not in told


def test_sizes_that_do_not_compare_are_no_weight() -> None:
    """One need states its market and the other does not: the weight is then criticality × firms for both."""
    other = replace(NEED, id="N-40", item="ring gauge", criticality=5, firms=2, title={"zh": "环规"})
    sizes = (replace(NEED, size=1e6, size_unit="CNY"), other)
    mixed = gap_rows(rank(clusters(gaps([match(need, CAPABILITIES, {}, DAY) for need in sizes]))))
    assert [(row.id, row.weight) for row in mixed] == [("G-1", 10.0), ("G-2", 3.0)]
    both_ = (sizes[0], replace(other, size=1.0, size_unit="CNY"))
    same = gap_rows(rank(clusters(gaps([match(need, CAPABILITIES, {}, DAY) for need in both_]))))
    assert [row.weight for row in same] == [3e6, 10.0]
