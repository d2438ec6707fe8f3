"""Figures of comparisons measure what they say: places are read back from the SVG in the units of the axes."""

from __future__ import annotations

import json
import os
import re
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from suyuan.report.figures.competence import ExpiryWords, State, Term, competence_figure, expiry_figure
from suyuan.report.figures.credibility import Contour, CredibilityWords, Deviations, duewer_figure, naji_figure
from suyuan.report.figures.density import DensityWords, Kernel, Upright, density_figure
from suyuan.report.figures.dress import ACCENT, BAD, COLOURS, HAIR, INK, PAPER, WARN, Axis, italic
from suyuan.report.figures.drift import Pilot, Trend, Visits, drift_figure
from suyuan.report.figures.equivalence import (
    EquivalenceWords,
    Estimates,
    Line,
    Whiskers,
    equivalence_figure,
    references_figure,
)
from suyuan.report.figures.mandel import MandelWords, Statistic, mandel_figure
from suyuan.report.figures.marks import Mark, handle, path
from suyuan.report.figures.pairwise import PairWords, pairwise_figure
from suyuan.report.figures.participants import ROWS, TURNED, Participants, arranged
from suyuan.report.figures.region import Ellipse
from suyuan.report.figures.route import RouteWords, Stay, route_figure
from suyuan.report.figures.scores import Rule, Scores, ScoreWords, scores_figure
from suyuan.report.figures.youden import YoudenWords, youden_figure

SVG = {"s": "http://www.w3.org/2000/svg"}
REFERENCE = Path(os.environ.get("SUYUAN_REFERENCE", Path(__file__).parents[3] / "shared" / "reference"))

# CCL-K1, a gauge block, deviations in nm and standard uncertainties as NICOB's manual gives them
LABS = ("OFMET", "NPL", "LNE", "NRC", "NIST", "CENAM", "CSIRO", "NRLM", "KRISS")
X = np.array([15.0, 15.0, 30.0, 18.0, 24.0, -9.0, 33.0, 12.5, 8.8])
U = 2.0 * np.array([9.0, 14.0, 10.0, 13.0, 9.0, 7.0, 9.0, 8.6, 10.0])
IN = np.array([True] * 5 + [False] + [True] * 3)
OUT = ~IN
PEOPLE = Participants(LABS, IN, OUT, 2)
WORDS = EquivalenceWords("计入", "未计入", "不满意", "本院", "U", "含实验室间", "参考值", "相对", "超出图外")


def tree(svg: str) -> etree._Element:
    return etree.fromstring(svg.encode())


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in tree(svg).iter("{http://www.w3.org/2000/svg}text")]


def scale(svg: str, axis: str, group: str = "axes_1") -> tuple[float, float]:
    """Slope and zero that turn places of the SVG into numbers, from the ticks of one plane."""
    places, numbers = [], []
    plane = next(g for g in tree(svg).iter("{http://www.w3.org/2000/svg}g") if g.get("id") == group)
    for tick in plane.iter("{http://www.w3.org/2000/svg}g"):
        if re.fullmatch(rf"{axis}tick_\d+", tick.get("id", "")):
            use, text = tick.find(".//s:use", SVG), tick.find(".//s:text", SVG)
            if use is not None and text is not None:
                written = "".join(text.itertext()).replace("\u2212", "-").replace("\u2009", "")
                places.append(float(use.get(axis)))
                numbers.append(float(written))
    slope, zero = np.polyfit(places, numbers, 1)
    return float(slope), float(zero)


def paths(svg: str, colour: str, clipped: bool = True) -> list[np.ndarray]:
    """Points of all lines of a colour."""
    found = []
    for line in tree(svg).iter("{http://www.w3.org/2000/svg}path"):
        if f"stroke: {colour}" in line.get("style", "") and (line.get("clip-path") or not clipped):
            found.append(np.array(re.findall(r"(-?[\d.]+) (-?[\d.]+)", line.get("d")), dtype=float))
    return found


def marks(svg: str, style: str, clipped: bool = True) -> np.ndarray:
    """Places of the marks whose style holds a text, (n, 2)."""
    return np.array(
        [
            (float(use.get("x")), float(use.get("y")))
            for use in tree(svg).iter("{http://www.w3.org/2000/svg}use")
            if style in use.get("style", "") and (use.getparent().get("clip-path") or not clipped)
        ]
    ).reshape(-1, 2)


def fills(svg: str, colour: str) -> list[np.ndarray]:
    found = []
    for area in tree(svg).iter("{http://www.w3.org/2000/svg}path"):
        if f"fill: {colour}" in area.get("style", "") and area.get("clip-path"):
            found.append(np.array(re.findall(r"(-?[\d.]+) (-?[\d.]+)", area.get("d")), dtype=float))
    return found


# ---------------------------------------------------------------- one of each


def an_equivalence(size: str = "wide", **more: object) -> str:
    given_ = {"whiskers": Whiskers(X, U, np.hypot(U, 12.0)), "participants": PEOPLE, "line": Line(18.0, 7.0),
              "axis": Axis(italic("x"), "nm"), "words": WORDS} | more  # fmt: skip
    return equivalence_figure(**given_, size=size)  # type: ignore[arg-type]


def some_references(size: str = "wide", **more: object) -> str:
    given_ = {"estimates": Estimates(("加权平均", "中位数"), np.array([18.0, 15.0]), np.array([11.0, 8.0]),
                                     np.array([25.0, 21.0]), 0),
              "axis": Axis("x", "nm"), "results": X, "names": ("选定", "结果")} | more  # fmt: skip
    return references_figure(**given_, size=size)  # type: ignore[arg-type]


def some_pairs(size: str = "wide", **more: object) -> str:
    given_ = {"names": LABS, "d": X[:, None] - X, "U": np.hypot(U[:, None], U), "mine": 2,
              "words": PairWords("至多一半", "一半到一", "大于一")} | more  # fmt: skip
    return pairwise_figure(**given_, size=size)  # type: ignore[arg-type]


def some_scores(size: str = "wide", **more: object) -> str:
    ten, hundred = np.array([0.2, -1.4, 2.5, 0.9]), np.array([0.1, np.nan, -9.0, 0.3])
    given_ = {"scores": [Scores("十", ten), Scores("百", hundred)],
              "names": ("甲", "乙", "丙", "丁"), "rule": Rule("ζ", 3.0, 2.0), "mine": 0,
              "words": ScoreWords("满意", "有问题", "不满意", "无结果", "本院")} | more  # fmt: skip
    return scores_figure(**given_, size=size)  # type: ignore[arg-type]


COVARIANCE = np.array([[1.0, 0.7], [0.7, 1.2]])


def youden_points() -> np.ndarray:
    points = np.random.default_rng(2).multivariate_normal([10.0, 12.0], COVARIANCE, 20)
    points[0] = [14.0, 9.0]
    return points


def a_youden(size: str = "wide", **more: object) -> str:
    points = youden_points()
    given_ = {"x": points[:, 0], "y": points[:, 1], "participants": Participants(tuple(f"L{i}" for i in range(20))),
              "ellipse": Ellipse("椭圆", np.array([10.0, 12.0]), COVARIANCE, 2.45),
              "axes": (Axis("A", "mg"), Axis("B", "mg")),
              "words": YoudenWords("内", "外", "中位数", "四十五度")} | more  # fmt: skip
    return youden_figure(**given_, size=size)  # type: ignore[arg-type]


def gaussian(values: np.ndarray, h: float) -> Kernel:
    x = np.linspace(values.min() - 4.0 * h, values.max() + 4.0 * h, 401)
    y = np.exp(-0.5 * ((x[:, None] - values) / h) ** 2).mean(axis=1) / (h * np.sqrt(2.0 * np.pi))
    peak = np.flatnonzero((y[1:-1] > y[:-2]) & (y[1:-1] > y[2:])) + 1
    return Kernel(f"带宽 {h}", x, y, x[peak])


def a_density(size: str = "wide", **more: object) -> str:
    given_ = {"values": X, "kernels": [gaussian(X, 5.0), gaussian(X, 2.0)], "participants": PEOPLE,
              "axis": Axis("x", "nm"), "words": DensityWords("密度", "结果", "众数", "本院", "不满意"),
              "uprights": [Upright("指定值", 18.0)]} | more  # fmt: skip
    return density_figure(**given_, size=size)  # type: ignore[arg-type]


H = np.array([[0.2, -1.9, 0.4, 1.3], [0.1, -0.2, -1.2, 1.3]])


def a_mandel(size: str = "wide", **more: object) -> str:
    line = np.array([1.2, 1.2]), np.array([1.5, 1.5])
    given_ = {"h": Statistic("h", H, *line), "k": Statistic("k", np.abs(H), *line),
              "laboratories": ("甲", "乙", "丙", "丁"), "materials": ("铅", "铜"),
              "words": MandelWords("正常", "可疑", "离群", "5 %", "1 %", "本院"), "mine": 0} | more  # fmt: skip
    return mandel_figure(**given_, size=size)  # type: ignore[arg-type]


CREDIBLE = CredibilityWords("结果", "不满意", "本院", "超出图外")


def a_naji(size: str = "wide", **more: object) -> str:
    given_ = {"deviations": Deviations(X - 18.0, U / 2.0, 3.0), "contours": [Contour("二", 2.0), Contour("三", 3.0)],
              "participants": PEOPLE, "axes": (Axis("u²", "nm²"), Axis("D", "nm")),
              "words": CREDIBLE} | more  # fmt: skip
    return naji_figure(**given_, size=size)  # type: ignore[arg-type]


def a_duewer(size: str = "wide", **more: object) -> str:
    given_ = {"deviations": Deviations(X - 18.0, U / 2.0), "spread": 12.0, "contours": [Contour("二", 2.0)],
              "participants": PEOPLE, "axes": (Axis("精密度"), Axis("一致性")), "words": CREDIBLE} | more  # fmt: skip
    return duewer_figure(**given_, size=size)  # type: ignore[arg-type]


T = np.array([0.0, 30.0, 60.0, 90.0])


def a_drift(size: str = "wide", **more: object) -> str:
    given_ = {"pilot": Pilot("主导", T, 10.0 + 0.01 * T, np.full(4, 0.1)),
              "trend": Trend("直线", T, 10.0 + 0.01 * T, np.full(4, 0.15), "± U"),
              "visits": Visits("参加", np.array([10.0, 45.0]), Participants(("甲", "乙")), np.array([10.2, 10.4]),
                               np.array([0.2, 0.3])),
              "axes": (Axis("时间", "d"), Axis("x", "mm"))} | more  # fmt: skip
    return drift_figure(**given_, size=size)  # type: ignore[arg-type]


DAY = date(2026, 3, 2)
ROUTE = RouteWords("约定", "在手", "现在此", "逾期", "迟 {days} 天", "今天", "其他 {n} 家")


def stays(n: int = 3, late: int = 0) -> list[Stay]:
    """A ring with the pilot at both ends; the second stay is kept `late` days too long, all later ones move with it."""
    members = ["主导", *(f"实验室{i}" for i in range(1, n + 1)), "主导"]
    found = []
    for k, member in enumerate(members):
        start = DAY + timedelta(days=10 * k)
        slip, end = timedelta(days=late if k > 1 else 0), start + timedelta(days=7)
        found.append(Stay("TS-1", member, start, end, start + slip, end + timedelta(days=late if k > 0 else 0)))
    return found


def a_route(size: str = "wide", **more: object) -> str:
    given_ = {"stays": stays(3, 4), "pilot": "主导", "today": DAY + timedelta(days=60), "words": ROUTE,
              "mine": "实验室2"} | more  # fmt: skip
    return route_figure(**given_, size=size)  # type: ignore[arg-type]


STATES = {
    "valid": State("有效", "ok", "ok"),
    "expired": State("已过期", "expired", "bad"),
    "due": State("将到期", "due", "warn"),
}


def a_competence(size: str = "wide", **more: object) -> str:
    given_ = {"persons": ("示例甲", "示例乙"), "units": ("量块", "环规"), "states": STATES, "mine": 1,
              "cells": {(0, 0): "valid", (0, 1): "expired", (1, 0): "due"}} | more  # fmt: skip
    return competence_figure(**given_, size=size)  # type: ignore[arg-type]


EXPIRY = ExpiryWords("有效", "暂停", "已过期", "将到期", "长期", "今天")


def an_expiry(size: str = "wide", **more: object) -> str:
    gap = ((DAY - timedelta(days=60), DAY - timedelta(days=30)),)
    given_ = {"terms": [Term("示例甲", DAY - timedelta(days=400), DAY - timedelta(days=10)),
                        Term("示例乙", DAY - timedelta(days=200), DAY + timedelta(days=40), gap),
                        Term("示例丙", DAY - timedelta(days=100), None)],
              "today": DAY, "soon": DAY + timedelta(days=90), "words": EXPIRY} | more  # fmt: skip
    return expiry_figure(**given_, size=size)  # type: ignore[arg-type]


EVERY = [an_equivalence, some_references, some_pairs, some_scores, a_youden, a_density, a_mandel, a_naji, a_duewer,
         a_drift, a_route, a_competence, an_expiry]  # fmt: skip


@cache
def once(make, size: str = "wide") -> str:
    """The figure with its own values, drawn once for all tests that look at it."""
    return make(size)


@pytest.mark.parametrize("make", EVERY)
def test_the_same_values_give_the_same_bytes(make) -> None:
    assert once(make) == make()


@pytest.mark.parametrize("size", ["wide", "narrow"])
@pytest.mark.parametrize("make", EVERY)
def test_a_figure_asks_nothing_from_elsewhere(make, size: str) -> None:
    svg = once(make) if size == "wide" else make(size)
    root = tree(svg)
    assert not re.findall(r'(?:href|src)="(?!#)', svg)
    assert not root.findall(".//s:script", SVG) and not root.findall(".//s:image", SVG)
    # a page keeps neither patterns nor filters of a figure
    assert not root.findall(".//s:pattern", SVG) and not root.findall(".//s:filter", SVG)
    assert any(ord(c) > 0x4E00 for text in texts(svg) for c in text)
    assert float(root.get("viewBox").split()[2]) == pytest.approx(374.4 if size == "wide" else 266.4)


@pytest.mark.parametrize("make", EVERY)
def test_a_figure_uses_the_palette_alone(make) -> None:
    """The page turns these colours into its own in the dark; another one would stay."""
    known = {
        INK,
        ACCENT,
        WARN,
        BAD,
        HAIR,
        PAPER,
        *COLOURS,
        "#485157",
        "#626b70",
        "#646d72",
        "#e3eef5",
        "#000000",
        "#ffffff",
    }
    assert set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", once(make))) <= known


# ---------------------------------------------------------------- results about a reference value


def test_results_stand_in_order_at_their_values_and_hollow_where_they_do_not_count() -> None:
    svg = once(an_equivalence)
    slope, zero = scale(svg, "y")
    dots = np.concatenate([marks(svg, f"fill: {c}; stroke: {c}; stroke-width: 0.9") for c in (INK, ACCENT)])
    hollow = marks(svg, f"fill: {PAPER}; stroke: {BAD}")
    assert hollow[:, 1] * slope + zero == pytest.approx([-9.0], abs=0.2)
    inside = dots[np.argsort(dots[:, 0])][:, 1] * slope + zero
    seen = [value for value in inside if any(abs(value - x) < 0.2 for x in X[IN])]
    assert seen == pytest.approx(sorted(X[IN]), abs=0.2)


def test_whiskers_are_as_long_as_U_and_the_second_as_the_larger_one() -> None:
    svg = once(an_equivalence)
    slope, _ = scale(svg, "y")
    upright = [
        abs(float(np.ptp(p[:, 1])) * slope)
        for c in (INK, ACCENT, BAD)
        for p in paths(svg, c)
        if len(p) == 2 and p[0, 0] == p[1, 0]
    ]
    for want in (*(2.0 * U), *(2.0 * np.hypot(U, 12.0))):
        assert any(length == pytest.approx(want, abs=0.3) for length in upright)


def test_a_failed_result_has_a_triangle_and_its_word() -> None:
    svg = once(an_equivalence)
    assert texts(svg).count("不满意") == 1  # at the result itself
    many = an_equivalence(participants=Participants(tuple(f"L{i}" for i in range(60)), failed=np.arange(60) == 7),
                          whiskers=Whiskers(np.arange(60.0), np.full(60, 3.0)))  # fmt: skip
    assert texts(many).count("不满意") == 1  # in the legend
    none = an_equivalence(participants=Participants(LABS))
    assert "不满意" not in texts(none)


def test_the_second_axis_is_percent_of_the_whole() -> None:
    svg = an_equivalence(whiskers=Whiskers(X - 18.0, U), line=Line(0.0, 0.0, 200.0), deviations=True)
    left, right = scale(svg, "y"), scale(svg, "y", "axes_2")
    for place in (60.0, 120.0):
        assert (place * right[0] + right[1]) == pytest.approx((place * left[0] + left[1]) / 2.0, abs=0.02)
    assert any(text.startswith("+") for text in texts(svg)) and "相对 / %" in texts(svg)


def test_one_whisker_out_of_all_measure_is_cut_and_said_so() -> None:
    long = U.copy()
    long[3] = 9000.0
    svg = an_equivalence(whiskers=Whiskers(X, long))
    slope, _ = scale(svg, "y")
    assert abs(slope) * 200.0 < 500.0 and "超出图外" in texts(svg)
    assert "超出图外" not in texts(once(an_equivalence))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.floats(150.0, 330.0), st.integers(0, 10_000))
def test_names_never_lie_on_each_other(n: int, room: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    who = Participants(tuple(f"实验室{i}" for i in range(n)), failed=rng.random(n) < 0.2, mine=int(rng.integers(n)))
    order = rng.permutation(n)
    labels = arranged([who.names[i] for i in order], room, who.foremost(order))
    assert int(np.flatnonzero(order == who.mine)[0]) in labels.texts
    for row in range(ROWS):
        at = sorted(labels.at[p] for p in labels.texts if labels.row[p] == row)
        apart = np.diff(at) * room / n
        assert (apart >= (TURNED - 0.7 if labels.turned else 19.9)).all()
    assert all(-0.5 <= at <= n - 0.5 for at in labels.at.values())


@pytest.mark.parametrize(("n", "size"), [(1, "wide"), (2, "narrow"), (60, "wide"), (60, "narrow"), (200, "narrow")])
def test_from_one_laboratory_to_two_hundred(n: int, size: str) -> None:
    rng = np.random.default_rng(n)
    found, who = Whiskers(rng.normal(10.0, 1.0, n), rng.uniform(1.0, 3.0, n)), tuple(f"L{i:03d}" for i in range(n))
    svg = an_equivalence(size, whiskers=found, line=Line(10.0, 0.3, 10.0), participants=Participants(who, mine=0))
    named = [text for text in texts(svg) if re.fullmatch(r"L\d{3}", text)]
    assert "L000" in named and len(named) == len(set(named))
    assert len(named) == n if n <= 60 else len(named) in (10, 11)  # one's own and five at either end
    assert float(tree(svg).get("viewBox").split()[3]) < 400.0


def test_a_long_name_ends_in_an_ellipsis() -> None:
    names = ("某某省计量测试研究院长度计量中心第一实验室（示例）" * 2, *LABS[1:])
    assert any(text.endswith("…") for text in texts(an_equivalence(participants=Participants(names))))


def test_methods_stand_side_by_side_with_their_intervals() -> None:
    svg = once(some_references)
    slope, zero = scale(svg, "x")
    ends = [
        tuple(np.round(p[:, 0] * slope + zero, 1))
        for c in (ACCENT, INK)
        for p in paths(svg, c)
        if len(p) == 2 and p[0, 1] == p[1, 1]
    ]
    assert (11.0, 25.0) in ends and (8.0, 21.0) in ends


# ---------------------------------------------------------------- pairs, scores, Youden


def test_a_field_says_what_its_pair_is() -> None:
    svg = once(some_pairs)
    order = np.argsort(X, kind="stable")
    ratio = (X[:, None] - X)[np.ix_(order, order)] / np.hypot(U[:, None], U)[np.ix_(order, order)]
    off = ~np.eye(9, dtype=bool)
    numbers = [t for t in texts(svg) if re.fullmatch(r"[+\u2212]?\d\.\d\d", t)]
    want = [f"{abs(r):.2f}" for r in ratio[off]]
    assert sorted(n.lstrip("+\u2212") for n in numbers) == sorted(want)
    assert sum(n[0] == "+" for n in numbers) == sum(n[0] == "\u2212" for n in numbers)  # antisymmetric
    dark = [f for f in fills(svg, BAD) if len(f) >= 4]
    assert len(dark) == int((np.abs(ratio) > 1.0).sum())


def test_fields_too_small_for_a_number_bear_none() -> None:
    rng = np.random.default_rng(1)
    x, u = rng.normal(size=60), rng.uniform(0.3, 1.0, 60)
    svg = some_pairs(names=tuple(f"L{i}" for i in range(60)), d=x[:, None] - x, U=2.0 * np.hypot(u[:, None], u))
    assert not [t for t in texts(svg) if re.fullmatch(r"[+\u2212]?\d\.\d+", t)]
    ratio = np.abs(x[:, None] - x) / (2.0 * np.hypot(u[:, None], u))
    strokes = next(p for p in paths(svg, BAD))
    side = 60.0 / float(np.ptp(paths(svg, "#646d72", clipped=False)[0][:, 0]))
    fields = float(np.abs(strokes[1::2, 0] - strokes[::2, 0]).sum()) * side
    assert fields == pytest.approx(int((ratio > 1.0).sum()), rel=0.01)


def test_columns_are_as_high_as_the_scores_and_what_is_cut_bears_its_number() -> None:
    svg = some_scores(scores=[Scores("", np.array([0.5, -1.5, 2.5, -40.0]))])
    slope, zero = scale(svg, "y")

    def tall(colour: str) -> list[float]:
        return [float(np.ptp(f[:, 1]) * abs(slope)) for f in fills(svg, colour) if len(f) >= 4]

    assert any(h == pytest.approx(1.5, abs=0.1) for h in tall(PAPER))
    assert any(h == pytest.approx(2.5, abs=0.1) for h in tall(COLOURS[1]))
    assert max(tall(BAD)) == pytest.approx(12.0, abs=0.1) and "−40.0" in texts(svg)
    assert zero / -slope > 0.0
    assert {"满意", "有问题", "不满意", "± 2", "± 3"} <= set(texts(svg)) and "无结果" not in texts(svg)


def test_who_gave_no_result_is_not_a_score_of_nil() -> None:
    svg = once(some_scores)
    assert "无结果" in texts(svg)


def test_the_ellipse_decides_who_lies_outside() -> None:
    svg = once(a_youden)
    assert "L0" in texts(svg) and "外" in texts(svg)
    (sx, zx), (sy, zy) = scale(svg, "x"), scale(svg, "y")
    away = youden_points() - [10.0, 12.0]
    outside = youden_points()[np.einsum("ni,ij,nj->n", away, np.linalg.inv(COVARIANCE), away) > 2.45**2]
    triangles = marks(svg, f"fill-opacity: 0; stroke: {BAD}") * [sx, sy] + [zx, zy]
    assert 1 <= len(outside) < 20
    np.testing.assert_allclose(triangles, outside, atol=0.05)
    assert len([p for p in paths(svg, INK) if len(p) > 30]) == 1
    diagonal = next(p for p in paths(svg, "#626b70") if p[0, 0] != p[-1, 0] and p[0, 1] != p[-1, 1])
    rise = (diagonal[-1] - diagonal[0]) * np.array([1.0, -1.0])
    assert rise[1] / rise[0] == pytest.approx(1.0, abs=0.01)


# ---------------------------------------------------------------- densities, h and k, credibility, drift


def test_modes_stand_on_the_curve_and_strokes_at_the_results() -> None:
    svg = once(a_density)
    slope, zero = scale(svg, "x")
    places = [float(p[0, 0]) * slope + zero for p in paths(svg, INK) if len(p) == 2 and p[0, 0] == p[1, 0]]
    for i in range(9):
        if i not in (2, 5):  # one's own, and the one that failed, have other marks
            assert any(abs(place - X[i]) < 0.2 for place in places)
    rise, nil = scale(svg, "y")
    peaks = marks(svg, f"fill: {INK}")
    first = gaussian(X, 5.0)
    for mode, height in zip(first.modes, np.interp(first.modes, first.x, first.y), strict=True):
        assert any(abs(x * slope + zero - mode) < 0.3 and abs(y * rise + nil - height) < 0.001 for x, y in peaks)


def test_outliers_of_h_are_dark_and_stragglers_half_dark() -> None:
    svg = once(a_mandel)
    assert len([f for f in fills(svg, BAD) if len(f) >= 4]) == 2  # |−1.9| in h and in k
    assert len([f for f in fills(svg, COLOURS[1]) if len(f) >= 4]) == 4  # 1.3 twice in h and in k
    assert {"铅", "铜", "5 %", "1 %"} <= set(texts(svg)) and texts(svg).count("甲") == 2


def test_the_parabola_is_where_the_score_is_constant() -> None:
    svg = once(a_naji)
    (sx, zx), (sy, zy) = scale(svg, "x"), scale(svg, "y")
    curves = [p for p in paths(svg, "#485157") if len(p) > 10]
    assert len(curves) == 4
    for factor, curve in zip((2.0, 2.0, 3.0, 3.0), curves, strict=True):
        square, D = curve[:, 0] * sx + zx, curve[:, 1] * sy + zy
        assert np.abs(D) / np.sqrt(np.maximum(square, 0.0) + 9.0) == pytest.approx(
            np.full(square.size, factor), abs=0.05
        )


def test_circles_are_round_and_a_far_result_stands_at_the_edge() -> None:
    svg = once(a_duewer)
    (sx, zx), (sy, zy) = scale(svg, "x"), scale(svg, "y")
    radii = [np.hypot(p[:, 0] * sx + zx, p[:, 1] * sy + zy) for p in paths(svg, HAIR) if len(p) > 20]
    assert (
        sorted(round(float(r.mean()), 1) for r in radii) == [1.0, 2.0, 3.0]
        and max(float(np.ptp(r)) for r in radii) < 0.05
    )
    assert abs(sx) == pytest.approx(abs(sy), rel=0.01)
    dots = marks(svg, f"fill: {ACCENT}; stroke: {ACCENT}", clipped=False)  # LNE: u = 10, D = 12, both over 12
    assert any(abs(x * sx + zx - 10.0 / 12.0) < 0.02 and abs(y * sy + zy - 1.0) < 0.02 for x, y in dots)
    far = X - 18.0
    far[0] = 900.0
    assert "超出图外" in texts(a_duewer(deviations=Deviations(far, U / 2.0))) and "超出图外" not in texts(svg)


def test_the_course_lies_where_it_was_modelled() -> None:
    svg = once(a_drift)
    (sx, zx), (sy, zy) = scale(svg, "x"), scale(svg, "y")
    line = next(p for p in paths(svg, ACCENT) if p[0, 1] * sy + zy == pytest.approx(10.0, abs=0.02))
    assert line[-1, 0] * sx + zx == pytest.approx(90.0, abs=0.5) and line[-1, 1] * sy + zy == pytest.approx(
        10.9, abs=0.02
    )
    assert {"甲", "乙", "主导", "直线"} <= set(texts(svg))


def test_days_are_written_as_dates() -> None:
    start = date(2025, 11, 20).toordinal()
    days = start + T
    trend = Trend("直线", days, 10.0 + 0.01 * T, np.full(4, 0.1), "U")
    svg = a_drift(pilot=Pilot("主导", days, 10.0 + 0.01 * T), trend=trend, visits=None, calendar=True)
    assert {"2025-12", "2026-01", "02"} <= set(texts(svg))


# ---------------------------------------------------------------- route and competence


def test_who_received_it_late_is_not_late() -> None:
    today = DAY + timedelta(days=90)
    assert [stay.late(today) for stay in stays(3, 4)] == [0, 4, 0, 0, 0]
    assert texts(once(a_route)).count("迟 4 天") == 1
    held = Stay("TS-1", "甲", DAY, DAY + timedelta(days=7), DAY)
    assert held.late(DAY + timedelta(days=7)) == 0 and held.late(DAY + timedelta(days=9)) == 2
    assert Stay("TS-1", "乙", DAY, DAY + timedelta(days=7)).late(today) == 0  # it never arrived


def test_many_members_share_a_row_but_not_those_that_are_sought() -> None:
    svg = a_route(stays=stays(80, 4), today=DAY + timedelta(days=1000), mine="实验室33")
    assert {"主导", "实验室1", "实验室33", "其他 78 家"} <= set(texts(svg)) and "实验室40" not in texts(svg)


def test_each_state_has_its_own_mark_and_its_word() -> None:
    svg = once(a_competence)
    for word in ("有效", "已过期", "将到期"):
        assert texts(svg).count(word) == 2  # in its field and below
    shapes = {name: path(name).vertices.tobytes() for name in get_args(Mark)}
    assert len(set(shapes.values())) == len(shapes)
    assert handle("ok", INK, "有效").get_label() == "有效"
    narrow = a_competence(units=tuple(f"JJG {i}-2020" for i in range(30)), cells={(0, 29): "expired"})
    assert texts(narrow).count("已过期") == 1


def test_the_first_to_end_stands_at_the_top() -> None:
    svg = once(an_expiry)
    names = [text for text in texts(svg) if text.startswith("示例")]
    assert names == ["示例甲", "示例乙", "示例丙"]
    assert {"2026-02-20", "2026-04-11", "已过期", "将到期", "暂停", "长期", "今天"} <= set(texts(svg))
    few = an_expiry(most=1)
    assert "示例乙" not in texts(few)


# ---------------------------------------------------------------- what cannot be drawn is refused


NAN = np.array([np.nan] * 9)


@pytest.mark.parametrize(
    "make",
    [
        lambda: an_equivalence(whiskers=Whiskers(NAN, U)),
        lambda: an_equivalence(whiskers=Whiskers(X, -U)),
        lambda: an_equivalence(whiskers=Whiskers(X[:3], U)),
        lambda: an_equivalence(whiskers=Whiskers(X, U, 0.5 * U)),
        lambda: an_equivalence(line=Line(np.nan, 1.0)),
        lambda: an_equivalence(line=Line(18.0, -1.0)),
        lambda: an_equivalence(line=Line(18.0, 1.0, 0.0)),
        lambda: an_equivalence(participants=Participants(LABS, np.ones(8, bool))),
        lambda: an_equivalence(participants=Participants(LABS, np.ones(9))),  # type: ignore[arg-type]
        lambda: an_equivalence(participants=Participants(LABS, mine=9)),
        lambda: an_equivalence(participants=Participants(()), whiskers=Whiskers(X[:0], U[:0])),
        lambda: some_references(estimates=Estimates(("a",), np.array([1.0]), np.array([2.0]), np.array([3.0]))),
        lambda: some_references(estimates=Estimates(("a",), np.array([1.0]), np.array([0.0]), np.array([3.0]), 1)),
        lambda: some_pairs(d=np.ones((9, 9))),
        lambda: some_pairs(U=np.zeros((9, 9))),
        lambda: some_pairs(U=U),
        lambda: some_pairs(names=("a",), d=np.zeros((1, 1)), U=np.zeros((1, 1)), mine=None),
        lambda: some_pairs(mine=9),
        lambda: some_scores(scores=[]),
        lambda: some_scores(scores=[Scores("", np.array([np.inf, 0.0, 0.0, 0.0]))]),
        lambda: some_scores(scores=[Scores("", np.full(4, np.nan))]),
        lambda: some_scores(rule=Rule("z", 2.0, 3.0)),
        lambda: a_youden(axes=(Axis("A", "mg"), Axis("B", "g"))),
        lambda: a_youden(x=np.ones(3)),
        lambda: a_density(kernels=[]),
        lambda: a_density(kernels=[Kernel("", np.array([1.0, 0.0]), np.ones(2), np.zeros(0))]),
        lambda: a_density(kernels=[Kernel("", np.array([0.0, 1.0]), -np.ones(2), np.zeros(0))]),
        lambda: a_mandel(h=Statistic("h", H[:1], np.ones(2), np.ones(2))),
        lambda: a_mandel(h=Statistic("h", H, np.array([2.0, 2.0]), np.ones(2))),
        lambda: a_mandel(h=Statistic("h", H, np.ones(2), np.array([np.nan, 1.0]))),
        lambda: a_mandel(mine=4),
        lambda: a_naji(deviations=Deviations(X, -U, 1.0)),
        lambda: a_naji(contours=[]),
        lambda: a_naji(deviations=Deviations(X, U, np.nan)),
        lambda: a_duewer(spread=0.0),
        lambda: a_duewer(deviations=Deviations(X, -U)),
        lambda: a_drift(trend=Trend("", T[::-1], T, np.ones(4), "")),
        lambda: a_drift(trend=Trend("", T, T, -np.ones(4), "")),
        lambda: a_drift(pilot=Pilot("", T[:0], T[:0])),
        lambda: a_drift(calendar=True),
        lambda: a_route(stays=[]),
        lambda: a_route(stays=[Stay("s", "m", DAY, DAY - timedelta(days=1))]),
        lambda: a_route(stays=[Stay("s", "m", DAY, DAY, None, DAY)]),
        lambda: a_competence(persons=()),
        lambda: a_competence(cells={(2, 0): "valid"}),
        lambda: a_competence(cells={(0, 0): "nobody"}),
        lambda: a_competence(mine=2),
        lambda: an_expiry(terms=[]),
        lambda: an_expiry(soon=DAY - timedelta(days=1)),
        lambda: an_expiry(terms=[Term("a", DAY, DAY - timedelta(days=1))]),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(make) -> None:
    with pytest.raises(ValueError):
        make()


# ---------------------------------------------------------------- published comparisons


@pytest.mark.skipif(not (REFERENCE / "comparison.json").exists(), reason=f"no reference cases in {REFERENCE}")
def test_published_comparisons_are_drawn_with_every_name() -> None:
    for case in json.loads((REFERENCE / "comparison.json").read_text(encoding="utf-8")):
        if case["id"] not in (
            "kc-gauge",
            "kc-triple",
            "kc-k30",
            "sir-ba-133-2022",
            "sir-cs-134-2022",
            "sir-gd-153-2021",
        ):
            continue
        rows = case["input"]["data"]
        x, u = (np.array([row[key] for row in rows], dtype=float) for key in ("value", "u"))
        chosen = np.array([row.get("in_kcrv", True) for row in rows])
        middle = float(np.median(x))
        who = Participants(tuple(row["lab"] for row in rows), chosen, np.abs(x - middle) > 2.0 * u, 0)
        line = Line(middle, float(np.median(u)), middle or None)
        svg = an_equivalence(whiskers=Whiskers(x, 2.0 * u), participants=who, line=line)
        found = texts(svg)
        for row in rows:
            assert any(
                text == row["lab"] or (text.endswith("…") and row["lab"].startswith(text[:-1])) for text in found
            )


def test_whiskers_of_unknown_length_end_nowhere_and_do_not_move_the_limits() -> None:
    values, U = np.array([1.0, 2.0, 3.0]), np.array([0.5, np.nan, 0.5])
    words = EquivalenceWords("in", "out", "failed", whisker="U", unknown="nobody knows")
    who = Participants(("A", "B", "C"))

    def drawn(spread: np.ndarray[Any, Any]) -> str:
        return equivalence_figure(Whiskers(values, spread), who, Line(2.0, 0.1), Axis("x"), words)

    assert "nobody knows" in drawn(U) and "nobody knows" not in drawn(np.full(3, 0.5))
    assert "nobody knows" in drawn(np.full(3, np.nan))
    for bad in (np.array([0.5, np.inf, 0.5]), np.array([0.5, -1.0, np.nan])):
        with pytest.raises(ValueError, match=r"finite|negative"):
            drawn(bad)
