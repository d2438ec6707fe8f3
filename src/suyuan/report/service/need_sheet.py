"""A need sheet (需求表) as Word or PDF: what an industry customer hands to whoever may help, well formed."""

from __future__ import annotations

from datetime import date
from typing import Any

from suyuan.capability.need import Need
from suyuan.quantity.finding import Finding
from suyuan.quantity.notation import behind
from suyuan.report.papers.document import Block, Document, Findings, Heading, Paragraph
from suyuan.report.service.drawn import both, pick
from suyuan.report.service.proof import need_facts, target_text
from suyuan.verbs.register.columns.table import columns
from suyuan.verbs.register.written import cells_of


def need_sheet(need: Need, issued: date, findings: tuple[Finding, ...] = ()) -> Document:
    """The sheet as a document. findings: what is to be said of the need (a target that follows from a tolerance, what
    is missing). A confidential need says so on every page."""
    state = both("保密：只公开结论与类别", "confidential: verdict and kind only may be published")
    blocks: list[Block] = [Paragraph(_sentence(need), "lead")]
    blocks += [Heading(both("需求", "The need"), 1, "1"), need_facts(need, False)]
    if findings:
        blocks += [Heading(both("说明", "Remarks"), 1, "2"), Findings(findings)]
    kind = both("测量需求表", "Need sheet")
    named = both(
        f"{kind['zh']}：{pick(need.title, 'zh') or need.id}", f"{kind['en']}: {pick(need.title, 'en') or need.id}"
    )
    return Document(need.id, named, tuple(blocks), issued, state if need.confidential else {}, kind, need.demo)


def _sentence(need: Need) -> dict[str, str]:
    interval = f"{need.interval.low:g}–{need.interval.high:g}{behind(need.interval.unit)}"
    target = target_text(need)
    zh = f"要测 {need.quantity}，{interval}，" + (f"不确定度不大于 {target}。" if target else "还没有写明要多准。")
    en = f"Wanted: {need.quantity}, {interval}, " + (
        f"U at most {target}." if target else "how well is not stated yet."
    )
    return {"zh": zh, "en": en}


def need_fields(need: Need) -> dict[str, Any]:
    """The sheet as data: the cells of its row in a workbook of needs, by column."""
    known = columns("need")
    cells = zip(known.columns, cells_of(need, known), strict=True)
    return {"suyuan": "need-sheet", **{column.path: value for column, value in cells if value is not None}}
