"""Parts of pages: numbers at their printed digits, strips that measure, words in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("site_data")


def plain(html: str) -> str:
    """What a person who copies it gets."""
    return re.sub(r"<[^>]+>", "", html)


@pytest.mark.parametrize(
    ("text", "copied", "groups"),
    [
        ("-0.082", "−0.082", 0),
        ("100.000062", "100.000062", 1),
        ("299792458", "299792458", 2),
        ("1234", "1234", 0),
        ("0.1234", "0.1234", 0),
        ("0.12345", "0.12345", 1),
        ("1.2e-6", "1.2 × 10−6", 0),
        ("-0.000", "0.000", 0),
    ],
)
def test_digits_are_kept_and_grouped_by_margins(text: str, copied: str, groups: int) -> None:
    from suyuan.site.web.parts.number import digits

    html = digits(text)
    assert plain(html) == copied
    assert html.count('class="g"') == groups


def test_text_that_is_no_number_is_escaped() -> None:
    from suyuan.site.web.parts.number import quantity_html

    assert "<b>" not in quantity_html("<b>5</b>", "<i>", "<u>")


@pytest.mark.parametrize(
    ("value", "u", "shown"),
    [
        (0.2541, 0.0712, "+0.254 ± 0.071"),
        (50.00062313, 0.0000943, "+50.000623 ± 0.000094"),
        (1.0, 0.0996, "+1.00 ± 0.10"),
        (12.345, 1.04, "+12.3 ± 1.0"),
        (12.345, 1.149, "+12.3 ± 1.1"),
        (12.345, 0.01054, "+12.345 ± 0.011"),
        (-0.82, 0.355, "−0.82 ± 0.36"),
    ],
)
def test_uncertainty_to_two_digits_value_to_its_place(value: float, u: float, shown: str) -> None:
    from suyuan.site.web.parts.number import quantity_html

    got = plain(quantity_html(value, u, sign=True)).replace("±", " ± ")
    assert got == shown


def test_what_is_not_known_is_a_word() -> None:
    from suyuan.site.language import spoken
    from suyuan.site.web.parts.number import quantity_html

    assert plain(quantity_html(None, None, "kg")) == "未知"
    assert "未陈述" in plain(quantity_html(9.98, None, "kPa", stated=True))
    with spoken("en"):
        assert plain(quantity_html(None, None, "kg")) == "unknown"


def positions(svg: str) -> list[float]:
    """x of the two gates and the dot."""
    gates = [float(x) for x in re.findall(r'class="tol" d="M([\d.]+)', svg)]
    dot = re.findall(r'<circle class="fac" cx="([\d.]+)"', svg)
    return [*gates, *map(float, dot)]


def test_strip_measures() -> None:
    """At ±0.42 over 224 px, gates ±0.12 lie at 54 and 182 of 236, as the numbers say."""
    from suyuan.site.web.parts.figure import Interval, strip_svg

    svg = strip_svg(Interval(0.21, 0.051), (-0.12, 0.12), stretch=(-0.42, 0.42), unit="µm", label="x")
    lower, upper, dot = positions(svg)
    assert lower == pytest.approx(118 - 32 + 4, abs=0.1)
    assert upper == pytest.approx(118 + 32 - 4, abs=0.1)
    assert dot == pytest.approx(118 + 56, abs=0.1)
    assert 'aria-label="x，(0.210 ± 0.051) µm，允差门 −0.12 … 0.12 µm"' in svg


def test_strip_shows_a_far_value_at_its_end_without_a_dot() -> None:
    from suyuan.site.web.parts.figure import Interval, strip_svg

    svg = strip_svg(Interval(50.0, 0.4), (-1.0, 1.0))
    assert "<circle" not in svg
    assert positions(svg)[0] < positions(svg)[1]


def test_identifiers_do_not_break_and_markup_is_left_alone() -> None:
    from django.utils.safestring import mark_safe

    from suyuan.site.web.parts.text import unbroken

    assert unbroken("见 YT-L-2026-0147。") == '见 <span class="nowrap">YT-L-2026-0147</span>。'
    assert unbroken("<a-b>") == '&lt;<span class="nowrap">a-b</span>&gt;'
    assert unbroken(mark_safe('<i lang="zh-CN">x</i>')) == '<i lang="zh-CN">x</i>'


def test_text_in_another_language_is_marked() -> None:
    from suyuan.site.language import spoken
    from suyuan.site.web.parts.text import text_html

    text = {"zh": "量块", "en": "gauge block"}
    assert text_html(text) == "量块"
    assert text_html(text, beside=True) == '量块<span class="en" lang="en">gauge block</span>'
    with spoken("en"):
        assert text_html(text, beside=True) == "gauge block"
        assert text_html({"zh": "量块"}) == '<span lang="zh-CN">量块</span>'
    assert "未陈述" in text_html({})


def test_finding_shows_all_four_questions() -> None:
    from suyuan.quantity.finding import finding
    from suyuan.site.web.parts.rows import findings_html

    html = findings_html([finding("quantity.unit.unknown", "a.xml:3", "note", unit="<um>"), finding("no.such.code")])
    assert html.index("no.such.code") < html.index("a.xml:3"), "the worst stands first"
    for word in ("何处", "为何", "怎么办"):
        assert word in html
    assert "<um>" not in html


def test_specimen_lists_every_state(site_data: Path) -> None:
    from django.test import Client

    from suyuan.site.web.parts.state import MARKS

    page = Client(SERVER_NAME="localhost").get("/look").content.decode()
    assert all(f'href="#m-{mark}"' in page for mark, _ in MARKS.values())


def test_plot_follows_the_page_and_brings_no_style() -> None:
    """A real matplotlib figure: no style, no script, palette as variables, text kept as text."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("svg")
    import io

    from matplotlib import pyplot

    from suyuan.site.web.parts.plot import plot_html

    with pyplot.rc_context({"svg.fonttype": "none", "svg.hashsalt": "suyuan", "text.color": "#15191c"}):
        figure, axes = pyplot.subplots(figsize=(5.2, 3.6))
        axes.plot([0, 1, 2], [3, 1, 2], color="#17577e")
        axes.set_xlabel("l / mm")
        out = io.BytesIO()
        figure.savefig(out, format="svg", metadata={"Date": None}, transparent=True)
        pyplot.close(figure)
    html = plot_html(out.getvalue(), "U grows <with> l", name="cmc")
    assert "style" not in html and "<metadata" not in html and "xmlns" not in html and 'href="#cmc-' in html
    assert 'stroke="var(--f1)"' in html and "#17577e" not in html
    assert "l / mm" in html and 'aria-label="U grows &lt;with&gt; l"' in html
    assert 'width="499"' in html


def test_plot_leaves_out_what_is_no_drawing() -> None:
    from suyuan.site.web.parts.plot import plot_html

    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><script>alert(1)</script>'
        '<path onclick="x()" d="M0 0"/><foreignObject><p>x</p></foreignObject><image href="http://a/b"/></svg>'
    )
    html = plot_html(svg, "x")
    assert "script" not in html and "onclick" not in html and "http" not in html and "foreign" not in html
    assert '<path d="M0 0"/>' in html


def test_the_dot_of_a_unit_stays() -> None:
    from suyuan.site.web.parts.number import unit_html

    assert "N·m" in unit_html("N·m") and unit_html("1") == ""
