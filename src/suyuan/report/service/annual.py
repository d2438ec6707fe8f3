"""The annual report of a centre: where it stood, where it stands, what was done, each with its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

from suyuan.centre.dossier import Computed, computed
from suyuan.centre.funds import UNIT
from suyuan.report.papers.document import (
    Block,
    Cell,
    Document,
    Heading,
    Language,
    Number,
    Paragraph,
    Table,
    Text,
    Word,
)
from suyuan.report.service.coverage_figures import VERDICTS, fund_drawn
from suyuan.report.service.dossier import NONE, UNKNOWN, evidence_table, in_unit, money_years, number_cell, short
from suyuan.report.service.drawn import both, headed, pick
from suyuan.report.service.units import unit_text
from suyuan.verbs.centre.annual import Served, Year


def annual_document(year: Year, language: Language = "both") -> Document:
    """The report as a document. The same year gives the same document."""
    now, then = computed(year.now), computed(year.before) if year.before is not None else {}
    blocks: list[Block] = [Paragraph(_lead(year, now, then), "lead")]
    if year.remarks:
        blocks.append(Paragraph(year.remarks))
    sections: tuple[tuple[Text, list[Block]], ...] = (
        (both("指标与上年比较", "Indicators against the year before"), [_compared(now, then)]),
        (both("能力的增减", "Capabilities gained and lost"), list(_changes(year))),
        (both("填补的缺口", "Gaps closed"), [_closed(year)] if year.closed else []),
        (both("对外服务", "Service to others"), list(_service(year))),
        (both("比对、培训、项目与成果", "Comparisons, training, projects and results"), list(_events(year))),
        (both("资金", "Money"), list(_money(year, "en" if language == "en" else "zh"))),
        (both("数字的证据", "Evidence of the numbers"), [evidence_table(now)]),
    )
    for number, (title, inner) in enumerate(sections, 1):
        blocks += [Heading(title, 1, str(number))]
        blocks += inner or [Paragraph(both("本年没有记录。", "Nothing is recorded for the year."))]
    dossier = year.now
    kind = both("年度报告", "Annual report")
    title = both(
        f"{dossier.name} {year.year} 年度报告", f"{pick(dossier.centre.name, 'en')}: annual report {year.year}"
    )
    return Document(
        f"{dossier.centre.id}-{year.year}", title, tuple(blocks), dossier.day, {}, kind, dossier.centre.demo
    )


def annual_fields(year: Year) -> dict[str, Any]:
    """The report as data."""
    now, then = computed(year.now), computed(year.before) if year.before is not None else {}
    return {
        "suyuan": "annual-report", "centre": year.now.centre.id, "year": year.year, "day": year.now.day,
        "numbers": [
            {"name": n.name, "value": n.value, "before": then[n.name].value if n.name in then else None,
             "unit": n.unit, "evidence": list(n.evidence)}
            for n in now.values()
        ],
        "closed": [{"id": c.id, "before": c.before, "after": c.after, "day": c.day, "evidence": list(c.evidence)}
                   for c in year.closed],
        "orders": len(year.orders), "outside_share": outside_share(year.orders),
        "median_days": median_days(year.orders),
    }  # fmt: skip


def outside_share(orders: tuple[Served, ...]) -> tuple[float, float] | None:
    """Share of orders for outside customers, as an interval: those of whom nobody says count for none and for all.

    >>> outside_share((Served("1", True, 3.0), Served("2", False, 4.0), Served("3", None, None)))
    (0.3333333333333333, 0.6666666666666666)
    """
    if not orders:
        return None
    yes, open_ = sum(o.outside is True for o in orders), sum(o.outside is None for o in orders)
    return yes / len(orders), (yes + open_) / len(orders)


def median_days(orders: tuple[Served, ...]) -> float | None:
    """Median days to the result of the orders that are done; None where none is."""
    days = [order.days for order in orders if order.days is not None]
    return median(days) if days else None


def _lead(year: Year, now: Mapping[str, Computed], then: Mapping[str, Computed]) -> Text:
    cover, before = now["coverage"].value, then["coverage"].value if then else None
    first = "未知" if cover is None else f"{cover:.0f} %"
    english = "not known" if cover is None else f"{cover:.0f} %"
    if before is not None:
        first, english = f"{first}（上年 {before:.0f} %）", f"{english} ({before:.0f} % the year before)"
    share = outside_share(year.orders)
    held, closed = now["supported"].value, len(year.closed)
    zh = f"{year.year} 年：需求满足率（加权）{first}；有证据支持的能力 {held:g} 项；填补缺口 {closed} 个"
    en = (
        f"{year.year}: weighted share of needs met {english}; {held:g} capabilities with evidence; {closed} gaps closed"
    )
    if share is not None:
        zh, en = f"{zh}；对外服务占 {_span(share)}", f"{en}; {_span(share)} of the orders for others"
    return both(zh + "。", en + ".")


def _span(share: tuple[float, float]) -> str:
    low, high = (f"{100.0 * end:.0f}" for end in share)
    return f"{low} %" if low == high else f"{low}–{high} %"


def _compared(now: Mapping[str, Computed], then: Mapping[str, Computed]) -> Table:
    if not then:
        return _alone(now)
    heads = headed("指标|Indicator", "上年|Before", "本年|Now", "变化|Change", "单位|Unit", "数自|Counted from")
    rows = []
    for name, number in now.items():
        old = then.get(name)
        change: Cell = UNKNOWN
        if old is not None and old.value is not None and number.value is not None:
            step = number.value - old.value
            change = Number(f"{step:+.1f}".replace("-", "\u2212").removesuffix(".0") if step else "0", step)
        count = len(number.evidence)
        rows.append((number.title, number_cell(old) if old is not None else UNKNOWN, number_cell(number), change,
                     unit_text(number.unit), both(f"{count} 条记录", _records(count))))  # fmt: skip
    return Table(both("指标", "Indicators"), heads, tuple(rows), "lrrrll", (), "indicators")


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"


def _alone(now: Mapping[str, Computed]) -> Table:
    """The indicators where nothing was registered the year before, which is said once."""
    heads = headed("指标|Indicator", "本年|Now", "单位|Unit", "数自|Counted from")
    rows = tuple(
        (n.title, number_cell(n), unit_text(n.unit), both(f"{len(n.evidence)} 条记录", _records(len(n.evidence))))
        for n in now.values()
    )
    note = both("上年年末登记册里还没有这个中心，无从比较。",
                "No register named the centre at the end of the year before: nothing to compare.")  # fmt: skip
    return Table(both("指标", "Indicators"), heads, rows, "lrll", (note,), "indicators")


def _changes(year: Year) -> Iterator[Block]:
    old = {c.id: c for c in year.before.capabilities if c.supported} if year.before is not None else {}
    new = {c.id: c for c in year.now.capabilities if c.supported}
    heads = headed("能力|Capability", "名称|Title", "变化|Change", "证据|Evidence")
    rows: list[tuple[Cell, ...]] = [
        (c.id, c.title, Word(both("新增", "gained"), "good"), c.address) for id, c in new.items() if id not in old
    ]
    rows += [(c.id, c.title, Word(both("失去支持", "lost its support"), "bad"), c.address)
             for id, c in old.items() if id not in new]  # fmt: skip
    if year.before is None:
        yield Paragraph(
            both("没有上年的记录，全部算作新增。", "Nothing is recorded of the year before: all count as gained.")
        )
    if rows:
        yield Table(both("能力的增减", "Capabilities gained and lost"), heads, tuple(rows), "llll", (), "changes")
    else:
        yield Paragraph(both("没有增减。", "None gained and none lost."))


def _closed(year: Year) -> Table:
    heads = headed("编号|Id", "缺口|Gap", "此前|Before", "此后|After", "日期|Day", "证据|Evidence")
    rows = tuple(
        (c.id, c.title, VERDICTS.get(c.before, UNKNOWN), VERDICTS.get(c.after, UNKNOWN), c.day.isoformat(),
         ", ".join(short(one) for one in c.evidence) or NONE)
        for c in year.closed
    )  # fmt: skip
    return Table(both("填补的缺口", "Gaps closed"), heads, rows, "llllll", (), "closed")


def _service(year: Year) -> Iterator[Block]:
    if not year.orders:
        return
    share, days = outside_share(year.orders), median_days(year.orders)
    done = sum(order.days is not None for order in year.orders)
    told = "未知" if days is None else f"{days:g} 天"
    english = "not known" if days is None else f"{days:g} days"
    span = _span(share) if share is not None else "?"
    orders = "1 order" if len(year.orders) == 1 else f"{len(year.orders)} orders"
    yield Paragraph(both(
        f"共 {len(year.orders)} 单，完成 {done} 单；对外 {span}；到出结果的时间中位数 {told}。",
        f"{orders}, {done} done; {span} for others; median time to the result {english}.",
    ))  # fmt: skip
    regions = sorted({order.region for order in year.orders})
    heads = headed("地区|Region", "单数|Orders")
    rows = tuple((r or NONE, Number(str(n), float(n))) for r in regions
                 if (n := sum(order.region == r for order in year.orders)))  # fmt: skip
    yield Table(both("按地区", "By region"), heads, rows, "lr", (), "regions")
    heads = headed("编号|Number", "对外|Outside", "天数|Days", "证据|Evidence")
    words = {True: both("是", "yes"), False: both("否", "no"), None: UNKNOWN}
    lines = tuple(
        (o.number, words[o.outside], UNKNOWN if o.days is None else Number(f"{o.days:g}", o.days), short(o.address))
        for o in year.orders
    )
    yield Table(both("订单", "Orders"), heads, lines, "llrl", (), "orders", len(lines) > 60)


def _events(year: Year) -> Iterator[Block]:
    if not year.happened:
        return
    heads = headed("日期|Day", "类别|Kind", "事项|Title", "结果|Result", "证据|Evidence")
    marks: dict[bool | None, Cell] = {
        True: Word(both("满意", "good"), "good"), False: Word(both("不满意", "not good"), "bad"),
        None: both("不适用", "not applicable"),
    }  # fmt: skip
    claimed = Word(both("只有声明", "claimed only"), "warn")
    rows = tuple((h.day.isoformat(), h.kind, h.title, claimed if h.claimed else marks[h.good], short(h.address) or NONE)
                 for h in sorted(year.happened, key=lambda h: h.day))  # fmt: skip
    yield Table(both("事项", "Events"), heads, rows, "lllll", (), "events")


def _money(year: Year, language: str) -> Iterator[Block]:
    years, unit = in_unit(money_years(year.now)), unit_text(UNIT)["en" if language == "en" else "zh"]
    if years:
        yield from fund_drawn(years, both("资金计划与实际", "Money, plan and actual"), unit, language).blocks
