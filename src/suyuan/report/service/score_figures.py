"""Scores of centres as figures: bars with the unknown part hatched, ranks under drawn weights, spread of reviewers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

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
    Floats,
    Size,
    breadth,
    drawn,
    named,
    number_axis,
    remembered,
    shortened,
)
from suyuan.report.figures.participants import FINE, legend_below, legend_lines
from suyuan.report.papers.document import Cell, Number, Table, Text
from suyuan.report.service.drawn import Drawn, both, drawn_by, pick

ROW = 19.0
MOST = 40
"""Rows that a figure draws; the table has all."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One row. low, high: points with the unknown at nothing and at its best; whole: points that there are; mine: the
    reader's."""

    name: str
    low: float
    high: float
    whole: float
    mine: bool = False


def _names(plane: Any, names: Sequence[str], longest: float) -> None:
    cut = [shortened(name, longest * TEXT / FINE) for name in names]
    plane.set_yticks(range(len(names)), cut, fontsize=FINE)
    plane.tick_params(axis="y", which="both", length=0, pad=4)
    plane.spines["left"].set_visible(False)
    plane.set_ylim(len(names) - 0.4, -0.6)


def _beside(names: Sequence[str], size: Size) -> float:
    return min(max(breadth(n) * FINE / TEXT for n in names) + 8.0, 150.0 if size == "wide" else 96.0)


@remembered
def score_figure(bars: Sequence[Bar], words: tuple[str, str, str], axis: str, size: Size = "wide") -> str:
    """A bar a row: filled as far as evidence shows, hatched for what is unknown, a tick at all there is.

    words: proven, unknown, all. Returns the SVG as text. Raises ValueError for no bar or low > high.
    """
    if not bars or any(not 0.0 <= b.low <= b.high <= b.whole * (1 + 1e-9) for b in bars):
        raise ValueError("score: there is no bar, or 0 ≤ low ≤ high ≤ whole does not hold")
    shown = list(bars[:MOST])
    lines = legend_lines(words, size)

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        beside = _beside([b.name for b in shown], size)
        for n, bar in enumerate(shown):
            colour = ACCENT if bar.mine else INK2
            plane.barh([n], [bar.low], 0.46, facecolor=colour, linewidth=0, zorder=2)
            plane.barh([n], [bar.high - bar.low], 0.46, [bar.low], facecolor=PAPER, edgecolor=WARN, hatch="////",
                       linewidth=0.7, zorder=2)  # fmt: skip
            plane.plot([bar.whole] * 2, [n - 0.34, n + 0.34], color=INK, linewidth=1.0, zorder=3)
            if n:
                plane.axhline(n - 0.5, color=HAIR, linewidth=0.5, zorder=0)
            text = f"{bar.low:.1f}" if bar.high == bar.low else f"{bar.low:.1f}–{bar.high:.1f}"
            plane.annotate(text, (max(b.whole for b in shown), n), xytext=(6, 0), textcoords="offset points",
                           va="center", ha="left", fontsize=FINE, annotation_clip=False, color=INK)  # fmt: skip
        _names(plane, [b.name for b in shown], beside)
        plane.set_xlim(0.0, max(b.whole for b in shown) * 1.005)
        plane.minorticks_off()
        number_axis(plane.xaxis, WIDTH[size] * 72.0 - beside - 70.0)
        named(plane, axis, "")
        handles = [
            Rectangle((0, 0), 1, 1, facecolor=INK2, label=words[0]),
            Rectangle((0, 0), 1, 1, facecolor=PAPER, edgecolor=WARN, hatch="////", linewidth=0.7, label=words[1]),
            plane.plot([], [], "|", markersize=9, color=INK, label=words[2])[0],
        ]
        legend_below(figure, handles, size)

    return drawn(size, (ROW * len(shown) + 44.0 + 15.0 * lines) / 72.0, paint)


def score_drawn(bars: Sequence[Bar], caption: Text, language: str = "zh") -> Drawn:
    """The figure with its words and table."""
    said = {"zh": ("有证据的", "未知（0 至满分）", "满分"), "en": ("proven", "unknown (nothing to all)", "all")}
    axis = pick(both("分", "points"), language)
    heads = (both("项", "Item"), both("下限", "Lower"), both("上限", "Upper"), both("满分", "Of"))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (b.name, *(Number(f"{v:.1f}", v) for v in (b.low, b.high, b.whole))) for b in bars
    )
    note = both("下限：未知按 0 计；上限：未知按满分计。", "Lower: the unknown counts nothing; upper: it counts all.")
    open_ = [b.name for b in bars if b.high > b.low]
    told = both(
        f"{len(bars)} 项得分，未知部分划斜线；有未知的：{'、'.join(open_) or '无'}",
        f"scores of {len(bars)} items, the unknown part hatched; with something unknown: {', '.join(open_) or 'none'}",
    )
    chosen = said.get(language, said["zh"])
    return drawn_by(
        lambda size: score_figure(bars, (chosen[0], chosen[1], chosen[2]), axis, size), caption, told,
        Table(caption, heads, rows, "lrrr", (note,), "score"),
    )  # fmt: skip


# ---------------------------------------------------------------- ranks


@remembered
def rank_figure(
    names: Sequence[str], shares: Floats, best: Sequence[int], worst: Sequence[int], axis: str, size: Size = "wide"
) -> str:
    """A row a centre, a column a rank: squares whose area is the share of drawn weights that give this rank, a line
    from the best to the worst rank that the unknown allows.

    shares: (c, c). Returns the SVG as text. Raises ValueError for shapes that do not fit.
    """
    count = len(names)
    if count == 0 or shares.shape != (count, count) or len(best) != count or len(worst) != count:
        raise ValueError(f"ranks: {count} names and shares of shape {shares.shape}")
    shown = min(count, MOST)

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        beside = _beside(names[:shown], size)
        room = WIDTH[size] * 72.0 - beside - 16.0
        edge = min(room / count, ROW) * 0.92
        for n in range(shown):
            if n:
                plane.axhline(n - 0.5, color=HAIR, linewidth=0.5, zorder=0)
            plane.plot([best[n], worst[n]], [n, n], color=INK3, linewidth=1.0, zorder=1)
            here = np.flatnonzero(shares[n] >= 0.005)
            sizes = (edge * np.sqrt(shares[n][here])) ** 2
            plane.scatter(here + 1, np.full(here.size, n), s=sizes, marker="s", color=ACCENT, linewidths=0, zorder=2)
        _names(plane, names[:shown], beside)
        plane.set_xlim(0.4, count + 0.6)
        step = max(1, -(-count // int(max(2.0, room / 22.0))))
        plane.set_xticks([1, *range(step, count + 1, step)] if step > 1 else range(1, count + 1))
        plane.minorticks_off()
        named(plane, axis, "")

    return drawn(size, (ROW * shown + 40.0) / 72.0, paint)


def rank_drawn(
    names: Sequence[str], shares: Floats, ends: tuple[Sequence[int], Sequence[int]], caption: Text,
    language: str = "zh",
) -> Drawn:  # fmt: skip
    """The figure with its words and table. ends: best and worst rank of each."""
    best, worst = ends
    heads = (both("中心", "Centre"), both("最可能的名次", "Likeliest rank"), both("份额", "Share"),
             both("最好", "Best"), both("最差", "Worst"))  # fmt: skip
    top = shares.argmax(axis=1)
    rows = tuple(
        (name, Number(str(top[n] + 1), float(top[n] + 1)), Number(f"{shares[n, top[n]]:.2f}", float(shares[n, top[n]])),
         Number(str(best[n]), float(best[n])), Number(str(worst[n]), float(worst[n])))
        for n, name in enumerate(names)
    )  # fmt: skip
    sure = [name for n, name in enumerate(names) if shares[n, top[n]] >= 0.95]
    told = both(
        f"{len(names)} 家中心在抽取的权重下的名次；名次几乎不变的：{'、'.join(sure) or '无'}",
        f"ranks of {len(names)} centres under drawn weights; hardly moving: {', '.join(sure) or 'none'}",
    )
    axis = pick(both("名次", "rank"), language)
    return drawn_by(lambda size: rank_figure(names, shares, best, worst, axis, size), caption, told,
                    Table(caption, heads, rows, "lrrrr", (), "ranks"))  # fmt: skip


# ---------------------------------------------------------------- reviewers


@dataclass(frozen=True, slots=True)
class Judged:
    """One judged item. scores: of the reviewers, 0 to 1, in their order, NaN where one did not judge."""

    name: str
    scores: tuple[float, ...]


@remembered
def reviewers_figure(items: Sequence[Judged], words: tuple[str, str], axis: str, size: Size = "wide") -> str:
    """A row an item: a ring a reviewer, a line from the least to the most, a bar at the mean.

    words: reviewer, mean. Returns the SVG as text. Raises ValueError for no item and scores outside 0 to 1.
    """
    values = [np.asarray(item.scores, np.float64) for item in items]
    if not items or any(v.size == 0 or np.nanmin(v) < 0.0 or np.nanmax(v) > 1.0 for v in values):
        raise ValueError("reviewers: there is no item, or a score outside 0 to 1")
    lines = legend_lines(words, size)

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        beside = _beside([item.name for item in items], size)
        for n, scores in enumerate(values[:MOST]):
            known = scores[np.isfinite(scores)]
            wide = known.size > 1 and float(np.ptp(known)) > 0.3
            plane.axhspan(n - 0.5, n + 0.5, color=WASH if wide else "none", linewidth=0, zorder=0)
            plane.plot([known.min(), known.max()], [n, n], color=WARN if wide else INK3, linewidth=1.0, zorder=1)
            for value, times in zip(*np.unique(known, return_counts=True), strict=True):
                plane.plot([value], [n], "o", markersize=5, markerfacecolor=PAPER, markeredgecolor=INK, zorder=3)
                if times > 1:
                    plane.annotate(f"×{times}", (value, n), xytext=(0, 6), textcoords="offset points", ha="center",
                                   va="bottom", fontsize=FINE - 1.5, color=INK2)  # fmt: skip
            plane.plot([known.mean()] * 2, [n - 0.32, n + 0.32], color=ACCENT, linewidth=2.0, zorder=2)
            if n:
                plane.axhline(n - 0.5, color=HAIR, linewidth=0.5, zorder=0)
        _names(plane, [item.name for item in items[:MOST]], beside)
        plane.set_xlim(-0.02, 1.02)
        plane.minorticks_off()
        number_axis(plane.xaxis, WIDTH[size] * 72.0 - beside - 20.0)
        named(plane, axis, "")
        ring = plane.plot([], [], "o", markersize=5, markerfacecolor=PAPER, markeredgecolor=INK, label=words[0])[0]
        mean = plane.plot([], [], "|", markersize=9, markeredgewidth=2.0, color=ACCENT, label=words[1])[0]
        legend_below(figure, [ring, mean], size)

    return drawn(size, (24.0 * min(len(items), MOST) + 42.0 + 15.0 * lines) / 72.0, paint)


def reviewers_drawn(items: Sequence[Judged], caption: Text, language: str = "zh") -> Drawn:
    """The figure with its words and table: mean, spread (standard deviation) and number of reviewers."""
    heads = (both("项", "Item"), both("平均", "Mean"), both("标准偏差", "Std deviation"), both("人数", "Reviewers"))
    rows, apart = [], []
    for item in items:
        known = np.asarray([s for s in item.scores if np.isfinite(s)])
        spread = (
            Number(f"{known.std(ddof=1):.2f}", float(known.std(ddof=1))) if known.size > 1 else both("未知", "unknown")
        )
        rows.append((item.name, Number(f"{known.mean():.2f}", float(known.mean())), spread,
                     Number(str(known.size), float(known.size))))  # fmt: skip
        if known.size > 1 and float(np.ptp(known)) > 0.3:
            apart.append(item.name)
    told = both(
        f"评审专家对 {len(items)} 项的评分；分歧大于 0.3 的：{'、'.join(apart) or '无'}",
        f"scores of the reviewers for {len(items)} items; more than 0.3 apart: {', '.join(apart) or 'none'}",
    )
    words = ("一位评审专家", "平均") if language != "en" else ("one reviewer", "mean")
    axis = pick(both("评分", "score"), language)
    return drawn_by(lambda size: reviewers_figure(items, words, axis, size), caption, told,
                    Table(caption, heads, tuple(rows), "lrrr", (), "reviewers"))  # fmt: skip
