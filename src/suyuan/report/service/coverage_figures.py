"""Where there is coverage and where not: stages by nodes, regions as tiles, gaps by size; and money, plan and actual.

Regions are tiles in the order of their codes: a list that is looked over at once, and no map of anybody's borders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from suyuan.report.figures.competence import State, competence_figure
from suyuan.report.figures.dress import (
    ACCENT,
    HAIR,
    INK,
    INK2,
    INK3,
    PAPER,
    TEXT,
    WARN,
    WASH,
    WIDTH,
    Size,
    breadth,
    drawn,
    named,
    number_axis,
    power_of,
    remembered,
    shortened,
)
from suyuan.report.figures.participants import FINE, legend_below
from suyuan.report.papers.document import Number, Table, Text, Word
from suyuan.report.service.drawn import Drawn, both, drawn_by, pick

STAGES: Mapping[str, Text] = {
    "design": both("设计", "design"), "production": both("生产", "production"), "test": both("试验", "test"),
    "use": both("使用", "use"), "maintenance": both("维护", "maintenance"), "disposal": both("处置", "disposal"),
}  # fmt: skip
NODES: Mapping[str, Text] = {
    "material": both("材料", "material"), "component": both("零部件", "component"),
    "equipment": both("装备", "equipment"), "system": both("系统", "system"), "service": both("服务", "service"),
}  # fmt: skip


def matrix_drawn(cells: Mapping[tuple[str, str], tuple[int, int]], caption: Text, language: str = "zh") -> Drawn:
    """Life-cycle stages × chain nodes.

    cells: (stage, node) → (key parameters covered, key parameters that the industry has there); a cell that is missing
    is not asked for. A field says covered, in part, or not.
    """
    states = {
        "all": State(pick(both("全覆盖", "covered"), language), "ok", "ok"),
        "part": State(pick(both("部分", "in part"), language), "due", "warn"),
        "none": State(pick(both("未覆盖", "none"), language), "fail", "bad"),
    }
    stages, nodes = list(STAGES), list(NODES)
    marks = {
        (stages.index(s), nodes.index(n)): "all" if have >= want else "part" if have else "none"
        for (s, n), (have, want) in cells.items()
        if want
    }
    rows_, columns_ = tuple(pick(STAGES[s], language) for s in stages), tuple(pick(NODES[n], language) for n in nodes)
    heads = (both("阶段", "Stage"), *(NODES[n] for n in nodes))
    rows = tuple((STAGES[s], *(_of(cells.get((s, n))) for n in nodes)) for s in stages)
    empty = [f"{pick(STAGES[s], 'zh')}×{pick(NODES[n], 'zh')}" for (s, n), (h, w) in cells.items() if w and not h]
    empty_en = [f"{s} × {n}" for (s, n), (h, w) in cells.items() if w and not h]
    told = both(
        f"寿命周期与产业链矩阵，{len(marks)} 格有关键参数；未覆盖：{'、'.join(empty) or '无'}",
        f"life cycle by chain, {len(marks)} fields with key parameters; empty: {', '.join(empty_en) or 'none'}",
    )
    note = both("覆盖的关键参数 / 该格的关键参数。", "Key parameters covered / key parameters of the field.")
    return drawn_by(lambda size: competence_figure(rows_, columns_, marks, states, size), caption, told,
                    Table(caption, heads, rows, "l" + "r" * len(nodes), (note,), "matrix"))  # fmt: skip


def _of(pair: tuple[int, int] | None) -> Word | Text:
    if pair is None or not pair[1]:
        return both("不适用", "not asked")
    mark = "good" if pair[0] >= pair[1] else "warn" if pair[0] else "bad"
    return Word(both(f"{pair[0]}/{pair[1]}", f"{pair[0]}/{pair[1]}"), mark)  # type: ignore[arg-type]


# ---------------------------------------------------------------- regions


@dataclass(frozen=True, slots=True)
class Region:
    """One region. code; name; have, want: met and all needs (or whatever is counted); have None: not known."""

    code: str
    name: Text
    have: int | None
    want: int


@remembered
def region_figure(regions: Sequence[Region], language: str, words: tuple[str, str], size: Size = "wide") -> str:
    """A tile a region, in the order of the codes: name, number, and a bar as long as the share.

    words: met, unknown. Returns the SVG as text. Raises ValueError for no region.
    """
    if not regions:
        raise ValueError("regions: there is none")
    order = sorted(regions, key=lambda r: r.code)
    columns = min(len(order), 5 if size == "wide" else 3)
    lines = -(-len(order) // columns)
    wide = WIDTH[size] * 72.0
    tile, tall = wide / columns, 46.0

    def paint(figure: Figure) -> None:
        figure.set_layout_engine("none")
        plane = figure.add_subplot()
        plane.set_position((0.0, 0.0, 1.0, 1.0))
        plane.set_xlim(0.0, wide)
        plane.set_ylim(lines * tall + 18.0, 0.0)
        plane.set_axis_off()
        for n, region in enumerate(order):
            _tile(plane, region, (n % columns * tile, n // columns * tall), (tile - 8.0, tall - 8.0), language)
        for x, (text, colour, hatch) in zip(
            (0.0, 0.3 * wide), ((words[0], ACCENT, None), (words[1], WARN, "////")), strict=True
        ):
            plane.add_patch(Rectangle((x, lines * tall + 4.0), 12.0, 8.0, facecolor=PAPER if hatch else colour,
                                      edgecolor=colour, hatch=hatch, linewidth=0.6))  # fmt: skip
            plane.text(x + 17.0, lines * tall + 8.0, text, va="center", fontsize=FINE)

    return drawn(size, (lines * tall + 18.0) / 72.0, paint)


def _tile(plane: Any, region: Region, at: tuple[float, float], extent: tuple[float, float], language: str) -> None:
    (x, y), (wide, tall) = at, extent
    plane.plot([x, x + wide], [y + tall, y + tall], color=HAIR, linewidth=0.7)
    numbers = f"{'?' if region.have is None else region.have}/{region.want}"
    plane.text(x, y + 9.0, shortened(pick(region.name, language), (wide - 30.0) * TEXT / FINE), va="center",
               fontsize=FINE, color=INK)  # fmt: skip
    plane.text(x + wide, y + 9.0, numbers, va="center", ha="right", fontsize=FINE, color=INK2)
    plane.add_patch(Rectangle((x, y + 18.0), wide, 9.0, facecolor=WASH, linewidth=0))
    if region.have is None:
        plane.add_patch(Rectangle((x, y + 18.0), wide, 9.0, facecolor=PAPER, edgecolor=WARN, hatch="////",
                                  linewidth=0.6))  # fmt: skip
    elif region.want:
        share = min(1.0, region.have / region.want)
        plane.add_patch(Rectangle((x, y + 18.0), share * wide, 9.0, facecolor=ACCENT, linewidth=0))


def region_drawn(regions: Sequence[Region], caption: Text, language: str = "zh") -> Drawn:
    """The tiles with their words and table."""
    heads = (both("代码", "Code"), both("地区", "Region"), both("满足", "Met"), both("全部", "All"),
             both("份额 / %", "Share / %"))  # fmt: skip
    order = sorted(regions, key=lambda r: r.code)
    unknown = both("未知", "unknown")
    rows = tuple(
        (r.code, r.name, unknown if r.have is None else Number(str(r.have), float(r.have)),
         Number(str(r.want), float(r.want)),
         unknown if r.have is None or not r.want else Number(f"{100.0 * r.have / r.want:.0f}", 100.0 * r.have / r.want))
        for r in order
    )  # fmt: skip
    none, open_ = ([r for r in order if r.have == have and r.want] for have in (0, None))
    zh, en = (
        [", ".join(pick(r.name, language) for r in rows_) for rows_ in (none, open_)] for language in ("zh", "en")
    )
    told = both(
        f"{len(order)} 个地区的覆盖；完全没有的：{zh[0] or '无'}；未知的：{zh[1] or '无'}",
        f"coverage of {len(order)} regions; none at all: {en[0] or 'none'}; unknown: {en[1] or 'none'}",
    )
    words = ("满足的份额", "未知") if language != "en" else ("share met", "unknown")
    return drawn_by(lambda size: region_figure(regions, language, words, size), caption, told,
                    Table(caption, heads, rows, "llrrr", (), "regions"))  # fmt: skip


# ---------------------------------------------------------------- gaps


@dataclass(frozen=True, slots=True)
class Gap:
    """A cluster of gaps. weight: criticality × firms (× size where all sizes compare), by which it ranks; verdict:
    cannot, partly, not_accurate; shown: whether its title may be published (confidential ones are masked)."""

    id: str
    title: Text
    weight: float
    firms: int
    verdict: str
    shown: bool = True


VERDICTS: Mapping[str, Text] = {
    "cannot": both("测不了", "cannot"), "partly": both("测不全", "in part"),
    "not_accurate": both("测不准", "not accurately enough"), "can": both("能测", "can"),
    "unknown": both("未知", "unknown"),
}  # fmt: skip
MASKED = both("（保密）", "(confidential)")


def _weight(gap: Gap) -> float:
    """What may be seen of it: of a confidential gap nothing but its verdict."""
    return gap.weight if gap.shown else 0.0


def _ordered(gaps: Sequence[Gap]) -> list[Gap]:
    """The heaviest first, confidential ones at the end, where their place says nothing."""
    return sorted(gaps, key=lambda g: (not g.shown, -_weight(g), g.verdict, g.id))


@remembered
def gap_figure(gaps: Sequence[Gap], language: str, axis: str, size: Size = "wide", *, most: int = 20) -> str:
    """A bar a gap, the heaviest at the top, its verdict beside it. Returns the SVG as text. Raises ValueError for no
    gap."""
    if not gaps:
        raise ValueError("gaps: there is none")
    shown = _ordered(gaps)[:most]
    names = [pick(g.title if g.shown else MASKED, language) or g.id for g in shown]
    longest = 170.0 if size == "wide" else 104.0

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        top = max(_weight(g) for g in shown) or 1.0
        for n, gap in enumerate(shown):
            dash = {"cannot": INK, "partly": INK2, "not_accurate": INK3}.get(gap.verdict, INK3)
            plane.barh([n], [_weight(gap)], 0.44, facecolor=dash, linewidth=0, zorder=2)
            plane.annotate(pick(VERDICTS.get(gap.verdict, VERDICTS["unknown"]), language), (_weight(gap), n),
                           xytext=(5, 0), textcoords="offset points", va="center", fontsize=FINE)  # fmt: skip
            if n:
                plane.axhline(n - 0.5, color=HAIR, linewidth=0.5, zorder=0)
        plane.set_yticks(range(len(shown)), [shortened(n, longest * TEXT / FINE) for n in names], fontsize=FINE)
        plane.tick_params(axis="y", which="both", length=0, pad=4)
        plane.spines["left"].set_visible(False)
        plane.set_ylim(len(shown) - 0.4, -0.6)
        plane.set_xlim(0.0, top * 1.28)
        plane.minorticks_off()
        beside = min(max(breadth(n) for n in names), longest)
        number_axis(plane.xaxis, WIDTH[size] * 72.0 - beside - 20.0)
        named(plane, axis, "")

    return drawn(size, (19.0 * len(shown) + 34.0) / 72.0, paint)


def gap_drawn(gaps: Sequence[Gap], caption: Text, language: str = "zh", by_size: bool = False) -> Drawn:
    """The gaps with their words and table; a confidential one shows its verdict only. by_size: whether the size is a
    factor of the weight."""
    heads = (both("编号", "Id"), both("缺口", "Gap"), both("结论", "Verdict"), both("企业数", "Firms"),
             both("权重", "Weight"))  # fmt: skip
    order = _ordered(gaps)
    rows = tuple(
        (g.id, g.title, VERDICTS.get(g.verdict, VERDICTS["unknown"]), Number(str(g.firms), float(g.firms)),
         Number(f"{g.weight:.3g}", g.weight))
        if g.shown
        else ("—", MASKED, VERDICTS.get(g.verdict, VERDICTS["unknown"]), MASKED, MASKED)
        for g in order
    )  # fmt: skip
    first = order[0] if order else None
    told = both(
        f"{len(gaps)} 组缺口按权重排列；最重的：{pick(first.title if first and first.shown else MASKED, 'zh')}",
        f"{len(gaps)} gaps by weight; the heaviest: {pick(first.title if first and first.shown else MASKED, 'en')}",
    )
    zh, en = ("关键程度 × 企业数", "criticality × firms")
    axis = pick(both(f"{zh} × 规模", f"{en} × size") if by_size else both(zh, en), language)
    return drawn_by(lambda size: gap_figure(gaps, language, axis, size), caption, told,
                    Table(caption, heads, rows, "lllrr", (), "gaps"))  # fmt: skip


# ---------------------------------------------------------------- money


@dataclass(frozen=True, slots=True)
class MoneyYear:
    """A year. plan, actual: amounts, None where nobody entered one."""

    year: int
    plan: float | None
    actual: float | None


@remembered
def fund_figure(years: Sequence[MoneyYear], words: tuple[str, str], unit: str, size: Size = "wide") -> str:
    """A year a pair of columns: hollow as planned, filled as spent. words: plan, actual; unit: of the amounts.

    Returns the SVG as text. Raises ValueError for no year and negative amounts.
    """
    amounts = [a for y in years for a in (y.plan, y.actual) if a is not None]
    if not years or any(a < 0.0 for a in amounts):
        raise ValueError("money: there is no year, or a negative amount")
    power = power_of([0.0, *amounts])  # equal amounts are short too
    scale = 10.0**-power

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        for n, year in enumerate(years):
            if year.plan is not None:
                plane.bar([n - 0.17], [year.plan * scale], 0.3, facecolor=PAPER, edgecolor=INK, linewidth=1.0)
            if year.actual is not None:
                plane.bar([n + 0.17], [year.actual * scale], 0.3, facecolor=ACCENT, linewidth=0)
        plane.set_xticks(range(len(years)), [str(y.year) for y in years])
        plane.set_xlim(-0.6, len(years) - 0.4)
        plane.set_ylim(0.0, max([*amounts, 1.0 / scale]) * scale * 1.1 if amounts else 1.0)
        plane.minorticks_off()
        number_axis(plane.yaxis, 120.0)
        plane.tick_params(axis="x", length=0)
        named(plane, "", f"10{_raised(power)} {unit}" if power else unit)
        handles = [
            Rectangle((0, 0), 1, 1, facecolor=PAPER, edgecolor=INK, linewidth=1.0, label=words[0]),
            Rectangle((0, 0), 1, 1, facecolor=ACCENT, label=words[1]),
        ]
        legend_below(figure, handles, size)

    return drawn(size, 2.4, paint)


def _raised(power: int) -> str:
    return str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _amount(amount: float) -> Number:
    return Number(f"{amount:.0f}" if amount == round(amount) else f"{amount:.2f}", amount)


def fund_drawn(years: Sequence[MoneyYear], caption: Text, unit: str = "CNY", language: str = "zh") -> Drawn:
    """Plan and actual with words and table; what nobody entered is unknown."""
    unknown = both("未知", "unknown")
    heads = (both("年度", "Year"), both(f"计划 / {unit}", f"Plan / {unit}"), both(f"实际 / {unit}", f"Actual / {unit}"),
             both("实际/计划", "Actual/plan"))  # fmt: skip
    rows = tuple(
        (str(y.year), *(unknown if a is None else _amount(a) for a in (y.plan, y.actual)),
         unknown if y.actual is None or not y.plan else Number(f"{y.actual / y.plan:.2f}", y.actual / y.plan))
        for y in years
    )  # fmt: skip
    low = [str(y.year) for y in years if y.plan and y.actual is not None and y.actual < 0.8 * y.plan]
    told = both(
        f"{len(years)} 个年度的计划与实际资金；实际不到计划八成的：{'、'.join(low) or '无'}",
        f"money of {len(years)} years, plan and actual; less than 80 % spent: {', '.join(low) or 'none'}",
    )
    words = ("计划", "实际") if language != "en" else ("plan", "actual")
    return drawn_by(lambda size: fund_figure(years, words, unit, size), caption, told,
                    Table(caption, heads, rows, "lrrr", (), "funds"))  # fmt: skip
