"""Lists on paper: the challenges of a call, and who can do what on a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from suyuan.report.papers.document import Block, Cell, Document, Heading, Number, Paragraph, Table, Text, Word
from suyuan.report.service.coverage_figures import MASKED, VERDICTS, Gap, gap_drawn
from suyuan.report.service.drawn import Drawn, both, headed
from suyuan.talent.gap import Expiry, Risk

NONE = both("未陈述", "not stated")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge of a list. number; title; owner: who has the need; wanted: quantity, interval and target in words;
    verdict: why nobody can; firms; budget: in words; due: last day for bids; state: in words; shown: False masks all
    but number, verdict and state; address."""

    number: str
    title: Text
    owner: str
    wanted: str
    verdict: str
    firms: int = 1
    budget: str = ""
    due: date | None = None
    state: Text | None = None
    shown: bool = True
    address: str = ""


def challenge_list(
    challenges: Sequence[Challenge], issued: date, title: Text, gaps: Sequence[Gap] = (), demo: bool = False
) -> Document:
    """The list of a call (榜单): every challenge with what is wanted and why nobody can today, the gaps behind it.

    title: of the call. The same list gives the same document.
    """
    heads = headed("编号|Number", "题目|Title", "需要|Wanted", "提出单位|Owner", "现状|Today", "企业数|Firms",
                   "预算|Budget", "截止|Due", "状态|State")  # fmt: skip
    order = sorted(challenges, key=lambda c: (c.due or date.max, c.number))
    masked = sum(not c.shown for c in order)
    lead = both(
        f"共 {len(order)} 题；{masked} 题保密，只列编号与现状。" if masked else f"共 {len(order)} 题。",
        f"{len(order)} challenges; {masked} of them confidential, with number and verdict only." if masked
        else f"{len(order)} challenges.",
    )  # fmt: skip
    blocks: list[Block] = [Paragraph(lead, "lead"), Heading(both("榜单", "The list"), 1, "1")]
    blocks.append(Table(both("题目", "Challenges"), heads, tuple(map(_challenge, order)), "lllllrlll", (), "challenges",
                        size="small"))  # fmt: skip
    if gaps:
        blocks += [Heading(both("背后的缺口", "The gaps behind them"), 1, "2")]
        blocks += gap_drawn(gaps, both("缺口按权重", "Gaps by weight")).blocks
    kind = both("揭榜挂帅榜单", "List of challenges")
    return Document(f"CALL-{issued:%Y%m%d}", title, tuple(blocks), issued, {}, kind, demo)


def _challenge(one: Challenge) -> tuple[Cell, ...]:
    verdict, state = VERDICTS.get(one.verdict, VERDICTS["unknown"]), one.state or NONE
    due: Cell = one.due.isoformat() if one.due else NONE
    if not one.shown:
        return one.number, MASKED, MASKED, MASKED, verdict, MASKED, MASKED, due, state
    firms = Number(str(one.firms), float(one.firms))
    wanted, owner = one.wanted or NONE, one.owner or NONE
    return one.number, one.title, wanted, owner, verdict, firms, one.budget or NONE, due, state


@dataclass(frozen=True, slots=True)
class People:
    """Names for a page on competence. persons, units: id → names."""

    persons: Mapping[str, Text]
    units: Mapping[str, Text]


def competence_pages(
    organisation: Text, day: date, matrix: Drawn | None, risks: Iterable[Risk], expiring: Iterable[Expiry],
    people: People,
) -> Document:  # fmt: skip
    """Who can do what on a day, where one absence stops the service, and what ends soon."""
    risky, ending = [r for r in risks if r.level != "shared"], sorted(expiring, key=lambda e: (e.until, e.person))
    lead = both(
        f"截至 {day}：{len(risky)} 个能力单元只有一人或无人；{len(ending)} 项将到期。",
        f"As of {day}: {len(risky)} units rest on one person or nobody; {len(ending)} things end soon.",
    )
    blocks: list[Block] = [Paragraph(lead, "lead"), Heading(both("能力矩阵", "Matrix"), 1, "1")]
    blocks += matrix.blocks if matrix is not None else [Paragraph(both("没有人员登记。", "No persons are registered."))]
    blocks.append(Heading(both("单人风险", "Resting on one"), 1, "2"))
    words = {"nobody": Word(both("无人", "nobody"), "bad"), "single": Word(both("一人", "one person"), "warn")}
    lines = tuple(
        (people.units.get(r.unit) or r.unit, r.laboratory, words[r.level],
         ", ".join(_name(people.persons, p) for p in r.persons) or both("无", "none"))
        for r in risky
    )  # fmt: skip
    heads = headed("能力单元|Unit", "实验室|Laboratory", "人数|Persons", "姓名|Names")
    blocks.append(_table(both("单人风险", "Resting on one"), heads, lines, "risks"))
    blocks.append(Heading(both("将到期", "Ending soon"), 1, "3"))
    kinds = {"authorisation": both("授权", "authorisation"), "evidence": both("证据", "evidence"),
             "employment": both("聘用", "employment")}  # fmt: skip
    ends = tuple(
        (e.until.isoformat(), people.persons.get(e.person) or e.person, people.units.get(e.unit) or e.unit,
         kinds[e.what], f"row:authorisation/{e.authorisation}")
        for e in ending
    )  # fmt: skip
    heads = headed("到期|Until", "人员|Person", "能力单元|Unit", "什么|What", "证据|Evidence")
    blocks.append(_table(both("将到期", "Ending soon"), heads, ends, "ends"))
    kind = both("人员能力", "Competence of persons")
    name = organisation.get("zh") or next(iter(organisation.values()), "")
    title = both(f"{name}：人员能力", f"{organisation.get('en', name)}: competence of persons")
    return Document(f"COMPETENCE-{day:%Y%m%d}", title, tuple(blocks), day, {}, kind)


def _table(caption: Text, heads: tuple[Text, ...], rows: tuple[tuple[Cell, ...], ...], sheet: str) -> Block:
    if not rows:
        return Paragraph(both("没有。", "None."))
    return Table(caption, heads, rows, "l" * len(heads), (), sheet)


def _name(names: Mapping[str, Text], id: str) -> str:
    text = names.get(id, {})
    return text.get("zh") or next(iter(text.values()), id)
