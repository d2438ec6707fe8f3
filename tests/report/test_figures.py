"""Figures measure what they say: shapes are read back from the SVG in the units of their axes."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from scipy import stats

from suyuan.report.figures.budget import MOST, Term, budget_figure, shown
from suyuan.report.figures.conformity import OperatingNames, Risk, operating_characteristic_figure, risk_figure
from suyuan.report.figures.distribution import Density, Draws, Interval, distribution_figure
from suyuan.report.figures.dress import Axis, breadth, italic, power_of, settings, shortened, written
from suyuan.report.figures.fit import Curve, Data, Residuals, fit_figure
from suyuan.report.figures.region import MOST as DOTS
from suyuan.report.figures.region import Ellipse, Rectangle, outline, region_figure

NAMES = OperatingNames("接收概率", "允差限", "接收限", "误收", "误拒")
SVG = {"s": "http://www.w3.org/2000/svg"}


def tree(svg: str) -> etree._Element:
    return etree.fromstring(svg.encode())


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in tree(svg).iter("{http://www.w3.org/2000/svg}text")]


def a_distribution(size: str = "wide", **more: object) -> str:
    rng = np.random.default_rng(3)
    counts, edges = np.histogram(rng.normal(10.0, 0.5, 20_000), bins=60)
    taken = {
        "draws": Draws("蒙特卡洛", edges, counts.astype(float)), "density": Density("一阶", 10.0, 0.5),
        "intervals": [Interval("对称 95 %", 9.02, 10.98, 10.0), Interval("一阶 95 %", 9.0, 11.0, 10.0, True)],
        "axis": Axis("长度", "mm"), "ordinate": "概率密度",
    } | more  # fmt: skip
    return distribution_figure(**taken, size=size)  # type: ignore[arg-type]


def a_fit(size: str = "wide", **more: object) -> str:
    x = np.arange(1.0, 7.0)
    y = np.array([3.3, 5.6, 7.1, 9.3, 10.7, 12.1])  # ISO/TS 28037:2010 6.3
    line = 1.867 + 1.757 * x
    return fit_figure(
        Data("数据", x, y, U_y=np.full(6, 1.0), **more),  # type: ignore[arg-type]
        Curve("直线", x, line, np.full(6, 0.4), "直线 ± U"), Residuals((y - line) / 0.5, Axis("残差 / u"), 2.0),
        (Axis("x", "°C"), Axis("y", "mV")), size,
    )  # type: ignore[arg-type]  # fmt: skip


def a_region(size: str = "wide") -> str:
    cov = np.array([[1.0, 0.7], [0.7, 2.0]])
    draws = np.random.default_rng(5).multivariate_normal([5.0, 20.0], cov, 5000)
    mean = np.array([5.0, 20.0])
    regions = [Ellipse("椭圆", mean, cov, 2.45), Rectangle("矩形", mean, np.array([2.2, 3.1]))]
    return region_figure(draws, regions, (Axis("R", "Ω"), Axis("X", "Ω")), "抽样", size)  # type: ignore[arg-type]


def an_operating_characteristic(size: str = "wide") -> str:
    x = np.linspace(-0.5, 0.5, 101)
    chance = stats.norm.cdf((0.25 - x) / 0.04) - stats.norm.cdf((-0.25 - x) / 0.04)
    return operating_characteristic_figure(
        x, chance, (-0.3, 0.3), (-0.25, 0.25), Axis("真值", "µm"), NAMES, size  # type: ignore[arg-type]
    )  # fmt: skip


def a_risk(size: str = "wide") -> str:
    w = np.linspace(0.0, 0.1, 21)
    risks = [Risk("消费者风险", 0.03 * np.exp(-50.0 * w), 0.0025), Risk("生产者风险", 0.02 + w, 0.07)]
    return risk_figure(
        w, risks, Axis("保护带", "µm"), "风险", used=(0.05, "w = 0.05 µm"), target=(0.02, "要求 2 %"),
        size=size,  # type: ignore[arg-type]
    )  # fmt: skip


def a_budget(size: str = "wide") -> str:
    terms = [Term("量块长度", 18.0, 0.26), Term("块温", 20.8, 0.79), Term("相关", 8.0, -0.05)]
    return budget_figure(terms, 35.3, Axis("|c| u", "nm"), ("合成", "其余 {count} 项"), size)  # type: ignore[arg-type]


EVERY = [a_distribution, a_fit, a_region, an_operating_characteristic, a_risk, a_budget]


@pytest.mark.parametrize("size", ["wide", "narrow"])
@pytest.mark.parametrize("make", EVERY)
def test_the_same_values_give_the_same_bytes(make, size: str) -> None:
    assert make(size) == make(size)


@pytest.mark.parametrize("size", ["wide", "narrow"])
@pytest.mark.parametrize("make", EVERY)
def test_a_figure_asks_nothing_from_elsewhere_and_its_text_is_text(make, size: str) -> None:
    svg = make(size)
    root = tree(svg)
    assert not re.findall(r'(?:href|src)="(?!#)', svg)
    assert not root.findall(".//s:script", SVG) and not root.findall(".//s:image", SVG)
    assert any(ord(c) > 0x4E00 for text in texts(svg) for c in text)
    wide = float(root.get("viewBox").split()[2])
    assert wide == pytest.approx(374.4 if size == "wide" else 266.4)


@pytest.mark.parametrize("make", EVERY)
def test_the_paper_shows_through(make) -> None:
    """No white ground: on a dark page the figure stands on the page's own."""
    background = tree(make()).find(".//s:g[@id='patch_1']/s:path", SVG)
    assert background is not None
    assert "fill: none" in background.get("style", "") or "opacity: 0" in background.get("style", "")


# ---------------------------------------------------------------- what is drawn lies where it belongs


def scale(svg: str, axis: str) -> tuple[float, float]:
    """Slope and zero that turn places of the SVG into numbers, from the ticks of an axis with at least two of them."""
    places, numbers = [], []
    coordinate = "x" if axis == "x" else "y"
    for group in tree(svg).iter("{http://www.w3.org/2000/svg}g"):
        if not re.fullmatch(rf"{axis}tick_\d+", group.get("id", "")):
            continue
        use, text = group.find(".//s:use", SVG), group.find(".//s:text", SVG)
        if use is None or text is None:
            continue
        written_ = "".join(text.itertext()).replace("\u2212", "-").replace("\u2009", "")
        places.append(float(use.get(coordinate)))
        numbers.append(float(written_))
    slope, zero = np.polyfit(places, numbers, 1)
    return float(slope), float(zero)


def paths(svg: str, colour: str) -> list[np.ndarray]:
    found = []
    for path in tree(svg).iter("{http://www.w3.org/2000/svg}path"):
        if f"stroke: {colour}" in path.get("style", ""):
            found.append(np.array(re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.get("d")), dtype=float))
    return found


def test_an_interval_ends_where_its_numbers_say() -> None:
    svg = a_distribution()
    slope, zero = scale(svg, "x")
    bars = [p for p in paths(svg, "#17577e") if p.shape == (2, 2) and p[0, 1] == p[1, 1] and p[0, 0] != p[1, 0]]
    ends = sorted(tuple(np.round(p[:, 0] * slope + zero, 2)) for p in bars)
    assert (9.02, 10.98) in ends


def test_the_line_is_the_density() -> None:
    for dof in (math.inf, 4.0):
        density = Density("一阶", 3.0, 0.2, dof)
        x = np.linspace(2.0, 4.0, 41)
        truth = stats.norm.pdf(x, 3.0, 0.2) if math.isinf(dof) else stats.t.pdf(x, dof, 3.0, 0.2)
        assert density(x) == pytest.approx(truth, rel=1e-12)


def test_the_wash_has_the_area_of_a_density() -> None:
    """The outline of the histogram encloses the share of draws that is shown."""
    svg = a_distribution(density=None)
    slope, zero = scale(svg, "x")
    rise, _ = scale(svg, "y")
    outline_ = max(paths(svg, "#17577e"), key=len)
    x, y = outline_[:, 0] * slope + zero, outline_[:, 1] * rise
    area = abs(float(np.sum(0.5 * (y[1:] + y[:-1] - 2.0 * y[0]) * np.diff(x))))
    assert area == pytest.approx(1.0, abs=0.01)


@given(st.floats(-1e12, 1e12), st.floats(1e-12, 1e9), st.floats(0.5, 1e6))
def test_a_density_of_any_size_is_a_number(mean: float, u: float, dof: float) -> None:
    assert np.isfinite(Density("", mean, u, dof)(np.array([mean - 9.0 * u, mean, mean + 9.0 * u]))).all()


def test_a_result_with_late_digits_is_drawn_in_full() -> None:
    svg = distribution_figure(
        None,
        Density("一阶", 50_000_838.0, 32.0, 16.0),
        [Interval("一阶 99 %", 50_000_745.0, 50_000_931.0, 50_000_838.0)],
        Axis("l", "nm"),
        "概率密度",
    )
    assert any("50\u2009000\u2009" in text for text in texts(svg)) and "l / nm" in texts(svg)


def test_bars_are_as_long_as_the_contributions() -> None:
    svg = a_budget()
    slope, _ = scale(svg, "x")
    lengths = []
    for group in tree(svg).iter("{http://www.w3.org/2000/svg}g"):
        for path in group.findall("s:path", SVG):
            style = path.get("style", "")
            if ("fill: #17577e" in style or "fill: #485157" in style or "stroke: #485157" in style) and path.get(
                "clip-path"
            ):
                corners = np.array(re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.get("d")), dtype=float)
                lengths.append(float(np.ptp(corners[:, 0]) * slope))
    assert sorted(round(n, 1) for n in lengths if n > 1.0) == [8.0, 18.0, 20.8]
    assert "−5 %" in texts(svg)


@given(st.lists(st.tuples(st.floats(0.0, 1e3), st.floats(-1.0, 1.0)), min_size=1, max_size=40))
def test_the_rest_is_the_rest(rows: list[tuple[float, float]]) -> None:
    """However many terms there are, the rows drawn have the same sum of shares and squares as all."""
    terms = [Term(str(n), size, share) for n, (size, share) in enumerate(rows)]
    drawn = shown(terms, "{count}")
    assert len(drawn) <= MOST
    assert math.fsum(t.share for t in drawn) == pytest.approx(math.fsum(t.share for t in terms), abs=1e-9)
    if len(terms) > MOST:
        assert drawn[-1].name == str(len(terms) - MOST + 1)


def test_an_ellipse_is_a_line_of_equal_distance() -> None:
    cov = np.array([[1.0, 0.7], [0.7, 2.0]])
    border = outline(Ellipse("", np.array([5.0, 20.0]), cov, 2.45)) - np.array([5.0, 20.0])
    assert np.einsum("ni,ij,nj->n", border, np.linalg.inv(cov), border) == pytest.approx(2.45**2)


def test_a_cloud_is_thinned_evenly() -> None:
    dots = [p for p in paths(a_region(), "#646d72") if len(p) > 100]
    assert len(dots) == 1 and DOTS / 2 < len(dots[0]) // 2 <= DOTS


def test_the_band_of_a_curve_is_as_wide_as_stated() -> None:
    svg = a_fit()
    edges = [p for p in paths(svg, "#17577e") if len(p) == 6]
    assert len(edges) == 3  # lower edge, upper edge, the line between
    heights = sorted(p[0, 1] for p in edges)
    assert heights[1] - heights[0] == pytest.approx(heights[2] - heights[1], abs=0.03)


def test_whiskers_go_both_ways_where_both_are_known() -> None:
    def across(svg: str) -> list[float]:
        level = [p[:, 0] for p in paths(svg, "#15191c") if len(p) == 2 and p[0, 1] == p[1, 1]]
        return [round(float(np.ptp(x)), 1) for x in level if 10.0 < np.ptp(x) < 60.0]

    svg = a_fit(U_x=np.full(6, 0.2))
    slope, _ = scale(svg, "x")
    assert across(a_fit()) == [] and across(svg) == pytest.approx([0.4 / slope] * 6, abs=0.11)


# ---------------------------------------------------------------- numbers and names


@given(st.floats(-1e8, 1e8), st.integers(0, 8))
def test_a_tick_reads_back_as_its_number(value: float, decimals: int) -> None:
    text = written(value, decimals)
    assert "-" not in text
    assert float(text.replace("\u2212", "-").replace("\u2009", "")) == float(f"{value:.{decimals}f}")


def test_powers_of_ten_are_named_on_the_axis() -> None:
    assert power_of([0.0, 3e-7]) == -9
    assert Axis("δ", "m").label(-9) == "δ / (10⁻⁹ m)"
    assert power_of([50_000_600.0, 50_000_700.0]) == 0  # the digits that differ must be seen
    assert power_of([0.0]) == 0
    assert 10.0 ** -power_of([5e-324]) == 1e300 and 10.0 ** -power_of([1.7e308]) == 1e-300


def test_a_name_is_no_mathematics() -> None:
    """A dollar sign, an underscore or a backslash of a user's name stays what it is."""
    svg = budget_figure([Term(r"$x_1$ \alpha", 1.0, 1.0)], 1.0, Axis("u"), ("u", "{count}"))
    assert r"$x_1$ \alpha" in texts(svg)


def test_symbols_slope_and_are_copied_upright() -> None:
    svg = budget_figure([Term("a", 1.0, 1.0)], 1.0, Axis(italic("u"), "nm"), (italic("u"), ""))
    assert "u / nm" in texts(svg) and "font-style: italic" in svg


def test_a_long_name_is_cut_to_its_room() -> None:
    assert breadth(shortened("计量" * 40, 100.0)) <= 100.0 and shortened("短", 100.0) == "短"


def test_the_face_measures_chinese() -> None:
    assert settings()["font.family"]


# ---------------------------------------------------------------- what cannot be drawn is refused


@pytest.mark.parametrize(
    "make",
    [
        lambda: a_distribution(draws=None, density=None),
        lambda: a_distribution(draws=Draws("", np.array([1.0, 0.0]), np.array([3.0]))),
        lambda: a_distribution(draws=Draws("", np.array([0.0, 1.0]), np.array([0.0]))),
        lambda: a_distribution(density=Density("", 0.0, 0.0)),
        lambda: a_distribution(intervals=[Interval("", 0.0, math.inf, 1.0)]),
        lambda: budget_figure([], 1.0, Axis("u"), ("", "")),
        lambda: budget_figure([Term("a", math.nan, 1.0)], 1.0, Axis("u"), ("", "")),
        lambda: budget_figure([Term("a", 1.0, 1.0)], 0.0, Axis("u"), ("", "")),
        lambda: risk_figure(np.array([0.0, 1.0]), [], Axis("w"), ""),
        lambda: risk_figure(np.array([0.0, 1.0]), [Risk("", np.array([math.nan, 0.0]))], Axis("w"), ""),
        lambda: risk_figure(np.array([0.0]), [Risk("", np.array([0.0]))], Axis("w"), ""),
        lambda: operating_characteristic_figure(
            np.array([1.0, 0.0]), np.array([0.0, 1.0]), (None, 0.5), (None, 0.4), Axis("x"), NAMES
        ),
        lambda: a_fit(U_x=np.array([1.0])),
        lambda: region_figure(None, [], (Axis("a"), Axis("b")), ""),
        lambda: region_figure(np.zeros(3), [Rectangle("", np.zeros(2), np.ones(2))], (Axis("a"), Axis("b")), ""),
        lambda: outline(Ellipse("", np.zeros(2), np.array([[1.0, 2.0], [2.0, 1.0]]), 2.0)),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(make) -> None:
    with pytest.raises(ValueError):
        make()


def test_open_limits_and_a_single_point_are_drawn() -> None:
    x = np.linspace(0.0, 1.0, 11)
    assert operating_characteristic_figure(x, 1.0 - x, (None, 0.5), (None, 0.4), Axis("x"), NAMES)
    one = np.array([1.0])
    assert fit_figure(Data("d", one, one), Curve("c", one, one), None, (Axis("x"), Axis("y")))
    assert fit_figure(
        Data("d", one, one), Curve("c", one, one), Residuals(np.zeros(1), Axis("r")), (Axis("x"), Axis("y"))
    )
