"""The dossier of a centre as a document, generated from its records; every number says what it was counted from.

One section a document of the list, in its order; what is missing is said in its place and again at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from suyuan.capability.gaps.industry import industry
from suyuan.centre.dossier import STAGES, Claimed, Computed, Dossier, Staff, computed, documents, limits, wanted
from suyuan.centre.dossier_checks import completeness
from suyuan.centre.funds import UNIT, amount_in
from suyuan.quantity.finding import Finding, errors
from suyuan.report.papers.document import (
    Block,
    Cell,
    Document,
    Facts,
    Findings,
    Heading,
    Language,
    Number,
    Paragraph,
    Table,
    Text,
    Word,
)
from suyuan.report.service.coverage_figures import MoneyYear, fund_drawn
from suyuan.report.service.drawn import both, headed, pick
from suyuan.report.service.units import unit_text

KIND: Mapping[str, Text] = {
    "apply": both("申报材料", "Application dossier"), "run": both("年度材料", "Yearly dossier"),
    "accept": both("验收材料", "Acceptance dossier"),
}  # fmt: skip
GRADES: Mapping[str, Text] = {
    "national": both("国家级", "national"), "provincial": both("省级", "provincial"),
    "municipal": both("市级", "municipal"),
}  # fmt: skip
UNKNOWN, NONE = both("未知", "unknown"), both("未陈述", "not stated")
GOOD, BAD, OPEN = "good", "bad", "warn"
ABSENT = both("这份文件还没有；以下由登记的记录生成。",
              "There is no such document yet; what follows is generated from registered records.")  # fmt: skip
MOST_ADDRESSES = 6
"""Addresses that stand beside a number; the appendix has all."""
STATES: Mapping[str, Word] = {
    "valid": Word(both("有效", "valid"), "good"), "expired": Word(both("已过期", "expired"), "bad"),
    "withdrawn": Word(both("已撤回", "withdrawn"), "bad"), "suspended": Word(both("已暂停", "suspended"), "bad"),
    "none": Word(both("无授权", "none"), "bad"), "unknown": Word(both("未知", "unknown"), "warn"),
}  # fmt: skip


def dossier_document(dossier: Dossier, language: Language = "both") -> Document:
    """The dossier as a document, with what its completeness check found. The same dossier gives the same document.

    language: of the words inside figures.
    """
    found, numbers = completeness(dossier), computed(dossier)
    blocks: list[Block] = [Paragraph(_lead(dossier, found), "lead"), numbers_table(numbers, _numbered(dossier))]
    for place, (name, title) in enumerate(_sections(dossier), 1):
        blocks.append(Heading(title, 1, str(place)))
        paper = dossier.paper(name)
        if paper is None:
            blocks.append(Paragraph(ABSENT, "alert"))
        elif paper.text:
            blocks.append(Paragraph({**paper.text}))
        if name in _CONTENTS:
            blocks += _CONTENTS[name](dossier, numbers)
        if name == "funding_letter":
            blocks += _money_drawn(dossier, "en" if language == "en" else "zh")
        elif paper is not None:
            blocks.append(Paragraph(both("见所附文件。", "See the document attached.")))
    blocks += [Heading(both("附录：文件清单", "Appendix: documents"), 1, "A"), _papers(dossier)]
    blocks += [Heading(both("附录：完整性检查", "Appendix: completeness"), 1, "B")]
    blocks += [Findings(found)] if found else [Paragraph(both("没有发现问题。", "Nothing was found."))]
    blocks += [Heading(both("附录：数字的证据", "Appendix: evidence of the numbers"), 1, "C"), evidence_table(numbers)]
    blocks.append(_limits())
    title = both(f"{dossier.name}：{KIND[dossier.stage]['zh']}",
                 f"{pick(dossier.centre.name, 'en')}: {KIND[dossier.stage]['en']}")  # fmt: skip
    state = both("未齐备", "not complete") if errors(found) else {}
    number = dossier.number or f"{dossier.centre.id}-{dossier.stage}-{dossier.day:%Y%m%d}"
    return Document(number, title, tuple(blocks), dossier.day, state, KIND[dossier.stage], dossier.centre.demo)


def dossier_fields(dossier: Dossier) -> dict[str, Any]:
    """The dossier as data: numbers with evidence, documents with digests, findings."""
    return {
        "suyuan": "dossier", "centre": dossier.centre.id, "name": dict(dossier.centre.name), "stage": dossier.stage,
        "day": dossier.day,
        "numbers": [
            {"name": n.name, "value": n.value, "unit": n.unit, "evidence": list(n.evidence)}
            for n in computed(dossier).values()
        ],
        "documents": [{"name": p.name, "digest": p.digest, "day": p.day, "signed": p.signed} for p in dossier.papers],
        "findings": [item.to_json() for item in completeness(dossier)],
    }  # fmt: skip


def _numbered(dossier: Dossier) -> dict[str, str]:
    """Address → number of the certificates of the standards."""
    return {address: number for number, address in dossier.standards.items() if address.startswith("document:")}


def _industry_name(id: str) -> Cell:
    known = industry(id) if id else None
    return NONE if not id else id if known is None else known.name


def _lead(dossier: Dossier, found: Iterable[Finding]) -> Text:
    items = tuple(found)
    wrong, rest = len(errors(items)), len(items) - len(errors(items))
    if not items:
        return both(f"截至 {dossier.day}，材料齐备，没有发现问题。",
                    f"As of {dossier.day} the dossier is complete and nothing was found.")  # fmt: skip
    return both(f"截至 {dossier.day}，有 {wrong} 处必须改正，{rest} 处要说明，见附录 B。",
                f"As of {dossier.day}, {wrong} faults must be mended and {rest} answered, see appendix B.")  # fmt: skip


def _sections(dossier: Dossier) -> Iterator[tuple[str, Text]]:
    upto = STAGES[: STAGES.index(dossier.stage) + 1]
    for row in documents():
        if dossier.centre.scope in row["scopes"] and row["stage"] in upto:
            yield row["name"], both(row["zh"], row["en"].capitalize())


# ---------------------------------------------------------------- numbers and their evidence


def number_cell(number: Computed) -> Cell:
    """A number of a dossier with its unit apart; unknown as a word."""
    if number.value is None:
        return UNKNOWN
    text = f"{number.value:.0f}" if number.value == int(number.value) else f"{number.value:.1f}"
    return Number(text, number.value)


def numbers_table(numbers: Mapping[str, Computed], named: Mapping[str, str] | None = None) -> Table:
    """The numbers that the records give, each with the first addresses of what was counted."""
    heads = headed("数字|Number", "值|Value", "单位|Unit", "数自|Counted from")
    rows = tuple(
        (n.title, number_cell(n), unit_text(n.unit), _addresses(n.evidence, named or {})) for n in numbers.values()
    )
    note = both("未知的不当作零；数字由登记的记录算得，不是自报。",
                "The unknown is not zero; numbers are computed from registered records and not told.")  # fmt: skip
    return Table(both("由记录算得的数字", "Numbers that the records give"), heads, rows, "lrll", (note,), "numbers")


def _addresses(evidence: tuple[str, ...], numbers: Mapping[str, str]) -> Cell:
    if not evidence:
        return both("没有记录", "no record")
    more = "" if len(evidence) <= MOST_ADDRESSES else f", … ({len(evidence)})"
    english = [short(one, numbers) for one in evidence[:MOST_ADDRESSES]]
    return both(", ".join(map(_in_chinese, english)) + more, ", ".join(english) + more)


def _in_chinese(said: str) -> str:
    kind, space, rest = said.partition(" ")
    return f"{KINDS_SAID.get(kind, kind)}{space}{rest}"


KINDS_SAID: Mapping[str, str] = {
    "need": "需求", "capability": "能力", "person": "人员", "document": "文件", "certificate": "证书", "matter": "事项",
    "centre": "中心", "centre_record": "记录", "comparison": "比对",
}  # fmt: skip
"""Kinds of evidence in Chinese."""


def short(address: str, numbers: Mapping[str, str] | None = None) -> str:
    """An address as a person reads it: kind, number where it has one, of a digest the first eight signs.

    numbers: address → number of the document. The full addresses stand in the appendix.

    >>> short("document:" + "0f" * 32), short("row:capability/C-1"), short("document:" + "0f" * 32, {})
    ('document 0f0f0f0f', 'capability C-1', 'document 0f0f0f0f')
    """
    kind, _, rest = address.partition(":")
    if kind == "row":
        kind, _, rest = rest.partition("/")
    digest = len(rest) == 64 and not rest.strip("0123456789abcdef")
    named = (numbers or {}).get(address, "")
    return " ".join(part for part in (kind, named, rest[:8] if digest else rest) if part)


def evidence_table(numbers: Mapping[str, Computed]) -> Table:
    """Every address, a row each."""
    heads = headed("数字|Number", "证据地址|Address of the evidence")
    rows = tuple((n.title, address) for n in numbers.values() for address in n.evidence)
    return Table(both("证据地址", "Addresses of the evidence"), heads, rows, "ll", (), "evidence", len(rows) > 300)


def _limits() -> Table:
    heads = headed("限值|Limit", "值|Value", "出处|Source", "状态|Status")
    rows = tuple(
        (both(row["zh"], row["en"]), Number(f"{row['value']:g}", float(row["value"])), row["source"], row["status"])
        for row in limits().values()
    )
    note = both("拟议的限值，不是官方要求。", "Proposed limits, no official requirement.")
    return Table(both("检查用的限值", "Limits of the check"), heads, rows, "lrll", (note,), "limits")


# ---------------------------------------------------------------- sections


def _application(dossier: Dossier, numbers: Mapping[str, Computed]) -> list[Block]:
    centre = dossier.centre
    independent = UNKNOWN if centre.host_independent is None else both("是", "yes") if centre.host_independent else (
        Word(both("否", "no"), "bad"))  # fmt: skip
    rows: tuple[tuple[Text, Cell], ...] = (
        (both("名称", "Name"), centre.name), (both("级别", "Grade"), GRADES.get(centre.grade, centre.grade)),
        (both("依托单位", "Host"), centre.host or NONE), (both("独立法人", "Independent legal person"), independent),
        (both("产业", "Industry"), _industry_name(centre.industry)),
        (both("实验室", "Laboratories"), ", ".join(centre.laboratories) or NONE),
        (both("共建单位", "Partners"), ", ".join(centre.partners) or NONE),
        (both("地区", "Region"), centre.region or NONE), (both("指引", "Guideline"), centre.guideline or NONE),
        (both("法人证明", "Proof of the host's status"), centre.document or NONE),
    )  # fmt: skip
    return [Facts(rows), *_staff(dossier)]


def _ends(one: Staff) -> tuple[date | None, ...]:
    """Where each authorisation of a person ends; the latest end where they are not told apart."""
    return one.ends or (one.valid_until,) * max(1, len(one.units))


def _staff(dossier: Dossier) -> list[Block]:
    heads = headed(
        "编号|Id",
        "姓名|Name",
        "单位|Organisation",
        "授权|Authorised for",
        "有效止|Until",
        "状态|State",
        "证据|Evidence",
    )
    rows = tuple(
        (one.id, one.name, one.organisation, unit or NONE, until.isoformat() if until else NONE, STATES[one.state],
         one.address)
        for one in dossier.staff
        for unit, until in zip(one.units or ("",), _ends(one), strict=True)
    )  # fmt: skip
    return [Table(both("人员", "Persons"), heads, rows, "lllllll", (), "persons")] if rows else []


def _task_book(dossier: Dossier, numbers: Mapping[str, Computed]) -> list[Block]:
    heads = headed("编号|Id", "节点|Milestone", "开始|Start", "结束|End", "负责人|Owner", "在其后|After")
    rows = tuple(
        (m.id, m.title, m.start.isoformat() if m.start else NONE, m.end.isoformat() if m.end else NONE,
         m.owner or NONE, ", ".join(m.after) or both("无", "none"))
        for m in dossier.milestones
    )  # fmt: skip
    blocks: list[Block] = []
    if dossier.term is not None:
        first, last = dossier.term
        blocks.append(Paragraph(both(f"筹建期：{first} 至 {last}。", f"Term of preparation: {first} to {last}.")))
    return [*blocks, Table(both("节点", "Milestones"), heads, rows, "llllll", (), "milestones")] if rows else blocks


def _feasibility(dossier: Dossier, numbers: Mapping[str, Computed]) -> list[Block]:
    cover, met, needs = numbers["coverage"], numbers["needs_met"], numbers["needs"]
    share = "未知" if cover.value is None else f"{cover.value:.1f} %"
    english = "not known" if cover.value is None else f"{cover.value:.1f} %"
    open_ = [need for need in dossier.needs if not need.met]
    heads = headed("需求|Need", "名称|Title", "区间|Interval", "目标|Target", "结论|Verdict", "证据|Evidence")
    rows = tuple((n.id, n.title, n.interval or NONE, n.target or NONE, _met(n.met), n.address) for n in open_)
    told = Paragraph(both(
        f"{needs.value:g} 项需求中 {met.value:g} 项现在能测，按关键程度加权的满足率为 {share}；"
        "以下是还不能测或没有结论的。",
        f"Of {needs.value:g} needs {met.value:g} can be met today, {english} weighted by criticality; "
        "those below cannot be met yet, or nobody knows.",
    ))  # fmt: skip
    if not rows:
        return [told]
    return [told, Table(both("待建的能力", "Capability to be built"), heads, rows, "llllll", (), "open needs")]


def _met(met: bool | None) -> Word:
    if met is None:
        return Word(UNKNOWN, "warn")
    return Word(both("能测", "can"), "good") if met else Word(both("还不能", "not yet"), "bad")


def _survey(dossier: Dossier, numbers: Mapping[str, Computed]) -> list[Block]:
    heads = headed(
        "需求|Need",
        "名称|Title",
        "提出单位|Organisation",
        "区间|Interval",
        "目标|Target",
        "结论|Verdict",
        "证据|Evidence",
    )
    rows = tuple(
        (n.id, n.title, n.organisation or NONE, n.interval or NONE, n.target or NONE, _met(n.met), n.address)
        for n in dossier.needs
    )
    return [Table(both("需求清单", "Needs"), heads, rows, "lllllll", (), "needs", len(rows) > 200)] if rows else []


def _plan(dossier: Dossier, numbers: Mapping[str, Computed]) -> list[Block]:
    heads = headed(
        "能力|Capability",
        "名称|Title",
        "区间|Interval",
        "不确定度|Uncertainty",
        "标准器证书|Certificates",
        "链|Chain",
        "有证据支持|Supported",
        "证据|Evidence",
    )
    rows = tuple(
        (c.id, c.title, c.interval or NONE, c.uncertainty or NONE, _certificates(c), _chain(c.chain),
         Word(both("是", "yes"), "good") if c.supported else Word(both("否", "no"), "bad"), c.address)
        for c in dossier.capabilities
    )  # fmt: skip
    return (
        [Table(both("能力", "Capabilities"), heads, rows, "llllllll", (), "capabilities", size="small")] if rows else []
    )


def _certificates(claim: Claimed) -> Cell:
    if not claim.backings:
        return NONE
    return "; ".join(f"{b.issuer} {b.number} ({b.valid_until or '?'}, {pick(STATES[b.state].text, 'zh')})"
                     for b in claim.backings)  # fmt: skip


def _chain(chain: bool | None) -> Word:
    if chain is None:
        return Word(UNKNOWN, "warn")
    return Word(both("完整", "complete"), "good") if chain else Word(both("断", "broken"), "bad")


def money_years(dossier: Dossier) -> tuple[MoneyYear, ...]:
    """Plan and actual by year, in CNY; None where nobody entered one or the amount of a line is not known."""
    years = sorted({line.year for line in dossier.money if line.year is not None})
    return tuple(MoneyYear(year, *(_sum(dossier, year, kind) for kind in ("plan", "actual"))) for year in years)


def _sum(dossier: Dossier, year: int, kind: str) -> float | None:
    amounts = [line.yuan for line in dossier.money if line.year == year and line.kind == kind]
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if amounts and len(known) == len(amounts) else None


def _funding(dossier: Dossier, numbers: Mapping[str, Computed]) -> list[Block]:
    heads = headed("编号|Id", "年度|Year", "类别|Kind", "金额|Amount", "单位|Unit", "来源|Source", "证据|Evidence")
    kinds = {"plan": both("计划", "plan"), "actual": both("实际", "actual")}
    rows = tuple(
        (m.id, str(m.year) if m.year else NONE, kinds[m.kind],
         Number(f"{m.amount:.0f}", m.amount) if m.amount is not None else NONE, unit_text(m.unit), m.source or NONE,
         m.document or NONE)
        for m in dossier.money
    )  # fmt: skip
    return [Table(both("资金", "Money"), heads, rows, "lllrlll", (), "money")] if rows else []


def _money_drawn(dossier: Dossier, language: str) -> tuple[Block, ...]:
    years = in_unit(money_years(dossier))
    caption = both("资金计划与实际", "Money, plan and actual")
    unit = unit_text(UNIT)["en" if language == "en" else "zh"]
    return fund_drawn(years, caption, unit, language).blocks if years else ()


def in_unit(years: Iterable[MoneyYear]) -> list[MoneyYear]:
    """Years of which nothing is negative, in the unit that all of the house's money is in.

    >>> in_unit([MoneyYear(2026, 3e6, None)])
    [MoneyYear(year=2026, plan=300.0, actual=None)]
    """
    return [
        MoneyYear(y.year, *(amount_in(a, "CNY") for a in (y.plan, y.actual)))
        for y in years
        if (y.plan or 0.0) >= 0.0 and (y.actual or 0.0) >= 0.0
    ]


def _papers(dossier: Dossier) -> Table:
    heads = headed("文件|Document", "日期|Day", "签署|Signed", "状态|State", "SHA-256|SHA-256")
    rows: list[tuple[Cell, ...]] = []
    needed = {row["name"] for row in wanted(dossier)}
    for name, title in _sections(dossier):
        paper = dossier.paper(name)
        if paper is None:
            mark = Word(both("缺", "missing"), "bad") if name in needed else Word(both("不要求", "not asked for"))
            rows.append((title, NONE, NONE, mark, NONE))
        else:
            state = Word(both("有", "there"), "good") if paper.digest else Word(both("无文件", "no file"), "bad")
            day = paper.day.isoformat() if paper.day else NONE
            rows.append((title, day, paper.signed or NONE, state, paper.digest or NONE))
    return Table(both("文件清单", "Documents"), heads, tuple(rows), "lllll", (), "documents")


_CONTENTS = {
    "application": _application, "task_book": _task_book, "feasibility": _feasibility, "demand_survey": _survey,
    "capability_plan": _plan, "funding_letter": _funding,
}  # fmt: skip
