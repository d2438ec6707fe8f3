"""Values of the pure floors as the figures of this room: one function a value, nothing computed twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from suyuan.capability.capability import Capability
from suyuan.capability.gaps.cluster import Ranked, Ranking
from suyuan.capability.gaps.matrix import Matrix
from suyuan.capability.matching.match import Match
from suyuan.centre.funds import Funds
from suyuan.centre.guideline import Guideline
from suyuan.centre.scorecard import Scorecard
from suyuan.centre.sensitivity import Sensitivity
from suyuan.procedure.review import Reviewed
from suyuan.report.figures.competence import State, competence_figure
from suyuan.report.papers.document import Cell, Table, Text, Word
from suyuan.report.service.coverage_figures import (
    Gap,
    MoneyYear,
    Region,
    fund_drawn,
    gap_drawn,
    matrix_drawn,
    region_drawn,
)
from suyuan.report.service.drawn import Drawn, both, drawn_by, pick
from suyuan.report.service.score_figures import Bar, Judged, rank_drawn, reviewers_drawn, score_drawn
from suyuan.talent.gap import Cells
from suyuan.talent.standing import WORDS

LOOKS: Mapping[str, State] = {
    "authorised": State("", "ok", "ok"), "evidence_lapsed": State("", "due", "warn"),
    "superseded": State("", "open", "mute"),
    "method_revised": State("", "due", "warn"), "suspended": State("", "undecided", "warn"),
    "not_yet": State("", "wait", "mute"), "expired": State("", "expired", "bad"),
    "withdrawn": State("", "withdrawn", "bad"), "not_authorised": State("", "open", "mute"),
    "unknown": State("", "unknown", "warn"),
}  # fmt: skip
"""How the state of an authorisation looks."""


# ---------------------------------------------------------------- centres


def score_of(card: Scorecard, guideline: Guideline, language: str = "zh") -> Drawn:
    """A centre's card by its conditions, the unknown apart."""
    titles = {condition.id: condition.title for condition in guideline.conditions}
    bars = [
        Bar(pick(titles.get(id, {}), language) or id, low, max(low, high), whole)
        for id, (low, high, whole) in card.conditions.items()
    ]
    caption = both("各条件得分", "Score by condition")
    return score_drawn(bars, _drafted(caption, guideline), language)


def scores_of(cards: Iterable[Scorecard], names: Mapping[str, Text], language: str = "zh", mine: str = "") -> Drawn:
    """Several centres, the highest lower end first. names: id → names; mine: the reader's."""
    order = sorted(cards, key=lambda card: (-card.low, -card.high, card.centre))
    bars = [
        Bar(pick(names.get(c.centre, {}), language) or c.centre, c.low, max(c.low, c.high), c.total, c.centre == mine)
        for c in order
    ]
    return score_drawn(bars, both("各中心总分", "Total of the centres"), language)


def _drafted(caption: Text, guideline: Guideline) -> Text:
    """Weights that nobody published are not shown as official."""
    if guideline.status == "confirmed":
        return caption
    return both(
        f"{caption['zh']}（拟议的指引 {guideline.version}）",
        f"{caption['en']} (proposed guideline {guideline.version})",
    )


def ranks_of(found: Sensitivity, names: Mapping[str, Text], language: str = "zh") -> Drawn:
    """Ranks under drawn weights."""
    shown = [pick(names.get(id, {}), language) or id for id in found.centres]
    ends = ([int(rank) for rank in found.best], [int(rank) for rank in found.worst])
    caption = both(f"权重变化时的名次（抽取 {found.draws} 次）", f"Rank under other weights ({found.draws} draws)")
    return rank_drawn(shown, found.shares, ends, caption, language)


def money_of(found: Funds, language: str = "zh", unit: str = "CNY") -> Drawn | None:
    """Plan and actual by year; None where nobody recorded any money."""
    years = [MoneyYear(y.year, y.plan, y.actual) for y in found.years]
    caption = both("资金计划与实际", "Money, plan and actual")
    return fund_drawn(years, caption, unit, language) if years else None


def spread_of(found: Reviewed, names: Mapping[str, Text], language: str = "zh") -> Drawn | None:
    """Totals of the reviewers for each subject, 0 to 1; None where nobody scored anything."""
    totals = np.asarray(found.total, np.float64).T
    items = [
        Judged(pick(names.get(subject, {}), language) or subject, tuple(float(v) for v in row))
        for subject, row in zip(found.subjects, totals, strict=True)
        if np.isfinite(row).any()
    ]
    return reviewers_drawn(items, both("评审专家评分", "Scores of the reviewers"), language) if items else None


# ---------------------------------------------------------------- capability


def matrix_of(found: Matrix, language: str = "zh") -> Drawn:
    """Stages × nodes: what is covered of what stands in each; the unknown counts as uncovered."""
    cells = {place: (len(cell.covered), cell.count) for place, cell in found.cells.items() if cell.count}
    caption = both("寿命周期阶段 × 产业链环节", "Life-cycle stage × chain node")
    drawn = matrix_drawn(cells, caption, language)
    unknown = sum(len(cell.unknown) for cell in found.cells.values())
    if not unknown:
        return drawn
    note = both(
        f"其中 {unknown} 项没有结论，按未覆盖计。", f"{unknown} of them without an answer, counted as not covered."
    )
    table = drawn.table
    noted = Table(table.caption, table.heads, table.rows, table.alignment, (*table.notes, note), table.sheet)
    return Drawn(drawn.wide, drawn.narrow, drawn.caption, drawn.alternative, noted)


def sized(ranking: Ranking) -> bool:
    """Whether every cluster has a size and all sizes one unit, so that criticality × firms × size compares."""
    return not ranking.apart and len(ranking.known) == 1


def gap_rows(ranking: Ranking, owner: str = "") -> tuple[Gap, ...]:
    """Clusters of gaps as rows, ranked by criticality × firms × size where `sized`, else by criticality × firms: sizes
    in different units, and unknown ones, do not compare.

    owner: organisation whose own confidential needs it may see; others' are masked.
    """
    rows = [row for group in ranking.known.values() for row in group] + list(ranking.apart)
    by_size = sized(ranking)
    made = [_gap(row, by_size, owner) for row in rows]
    order = sorted(range(len(made)), key=lambda n: (-made[n].weight, n))
    return tuple(replace(made[n], id=f"G-{place}") for place, n in enumerate(order, 1))


def _gap(row: Ranked, by_size: bool, owner: str) -> Gap:
    cluster = row.cluster
    hidden = any(g.need.confidential and owner not in g.need.organisation.values() for g in cluster.gaps)
    need, kinds = cluster.envelope, cluster.kinds
    title = need.title or need.measurand or {"": f"{need.quantity} {need.item}".strip()}
    weight = row.score if by_size and row.score is not None else cluster.weight[0]
    return Gap("", title, weight, cluster.firms, max(kinds, key=lambda kind: kinds[kind]), not hidden)


def gaps_of(ranking: Ranking, language: str = "zh", owner: str = "") -> Drawn | None:
    """The gaps by weight; None where there is none."""
    rows = gap_rows(ranking, owner)
    return gap_drawn(rows, both("缺口按权重", "Gaps by weight"), language, sized(ranking)) if rows else None


def coverage_by_region(matches: Iterable[Match], names: Mapping[str, Text]) -> tuple[Region, ...]:
    """Needs met of all needs, by the region of the need; a region of which no need has an answer is not known."""
    met: dict[str, int] = {}
    known: dict[str, int] = {}
    whole: dict[str, int] = {}
    for match in matches:
        code = match.need.region
        if code:
            whole[code] = whole.get(code, 0) + 1
            known[code] = known.get(code, 0) + (match.verdict != "unknown")
            met[code] = met.get(code, 0) + (match.verdict == "can")
    return tuple(
        Region(code, names.get(code, {"": code}), met[code] if known[code] else None, count)
        for code, count in sorted(whole.items())
    )


def capability_by_region(capabilities: Iterable[Capability], good: Mapping[tuple[str, str], bool],
                         names: Mapping[str, Text]) -> tuple[Region, ...]:  # fmt: skip
    """Capabilities that hold of all that are claimed, by region. good: key → whether it holds on the day."""
    whole: dict[str, list[bool]] = {}
    for one in capabilities:
        if one.region:
            whole.setdefault(one.region, []).append(good.get(one.key, False))
    return tuple(Region(c, names.get(c, {"": c}), sum(held), len(held)) for c, held in sorted(whole.items()))


def regions_of(regions: Sequence[Region], language: str = "zh") -> Drawn | None:
    """The tiles; None where no region is known."""
    return region_drawn(regions, both("各地区的覆盖", "Coverage by region"), language) if regions else None


# ---------------------------------------------------------------- persons


def competence_of(
    found: Cells, persons: Mapping[str, Text], units: Mapping[str, Text], language: str = "zh"
) -> Drawn | None:
    """Persons × units with the state of each; None where there is nobody or nothing. persons, units: id → names."""
    if not found.persons or not found.units:
        return None
    who = tuple(pick(persons.get(id, {}), language) or id for id in found.persons)
    what = tuple(pick(units.get(id, {}), language) or id for id in found.units)
    used = {state: State(pick(WORDS[state], language), look.mark, look.tone) for state, look in LOOKS.items()  # type: ignore[index]
            }  # fmt: skip
    cells = {place: str(state) for place, state in found.cells.items()}
    heads = (both("人员", "Person"), *(both(text, text) for text in what))
    marks = {"ok": "good", "warn": "warn", "bad": "bad", "mute": ""}
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (who[n], *(_state(cells.get((n, m)), marks) for m in range(len(what)))) for n in range(len(who))
    )
    bad = sum(LOOKS[state].tone == "bad" for state in cells.values())
    caption = both("人员能力矩阵", "Competence of persons")
    told = both(f"{len(who)} 人、{len(what)} 个能力单元，其中 {bad} 格已到期或撤销",
                f"{len(who)} persons, {len(what)} units; {bad} fields expired or withdrawn")  # fmt: skip
    table = Table(caption, heads, rows, "l" * len(heads), (), "competence")
    return drawn_by(lambda size: competence_figure(who, what, cells, used, size), caption, told, table)


def _state(state: str | None, marks: Mapping[str, str]) -> Word:
    if state is None:
        return Word(both("不要求", "not asked for"))
    return Word(WORDS[state], marks[LOOKS[state].tone])  # type: ignore[arg-type,index]
