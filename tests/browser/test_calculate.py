"""Calculations in a real browser: paste, choose, calculate, take along; published examples; methods compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser
PAGES = {
    "line": "/calculate/line-fit?example=iso28037-gdr",
    "risk": "/calculate/conformity?example=jcgm106-ball-bearing-risks",
    "anova": "/calculate/anova?example=gum-h5-anova",
    "series": "/calculate/summary-statistics?example=strd-numacc4",
    "factors": "/calculate/coverage-factor?example=s2-coverage-factor-ellipse",
    "index": "/calculate",
    "examples": "/calculate/examples",
}


@pytest.mark.parametrize("name", PAGES)
def test_pages(demo_site: Any, open_page: Callable[..., Any], shot: Any, fits: Any, screens: Any, name: str) -> None:
    page = open_page(demo_site, PAGES[name], role="viewer")
    for width in screens(page):
        shot(page, f"calculate-{name}-{width}")
        fits(page)
        drawn = page.locator("svg.plot:visible")
        assert drawn.count() == page.locator("svg.plot").count() / 2, "one of both widths is seen"


def test_english_and_dark(demo_site: Any, open_page: Callable[..., Any], shot: Any, fits: Any) -> None:
    page = open_page(demo_site, PAGES["risk"], role="viewer", lang="en", dark=True)
    shot(page, "calculate-risk-en-dark")
    fits(page)
    assert "Accepting ≤ 2 µm: consumer's risk 0.802 %" in page.locator(".lead").first.inner_text()
    ink = page.locator("svg.plot text").first.evaluate("e => getComputedStyle(e).fill")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(map(int, ink[4:-1].split(","))) > 600 > 150 > sum(map(int, ground[4:-1].split(",")))


def test_from_paste_to_case(demo_site: Any, open_page: Callable[..., Any]) -> None:
    """A method that needs another column keeps what was pasted; the case that is taken along opens again by itself."""
    page = open_page(demo_site, "/calculate/line-fit", role="metrologist")
    page.locator("#i-data").fill("1\t3.3\t0.5\n2\t5.6\t0.5\n3\t7.1\t0.5\n4\t9.3\t0.5\n5\t10.7\t0.5\n6\t12.1\t0.5")
    page.locator("#i-method").select_option("weighted")
    page.wait_for_function("document.querySelector('#ask')?.innerText.includes('u(y)')")
    assert page.locator("#i-data").input_value().startswith("1\t3.3\t0.5")
    page.get_by_role("button", name="计算", exact=True).click()
    page.wait_for_selector("#outcome")
    assert "斜率 b = 1.76(12)" in page.locator(".lead").first.inner_text()
    with page.expect_download() as download:
        page.get_by_role("button", name="算例 JSON").click()
    with open(download.value.path(), encoding="utf-8") as file:
        case = json.load(file)
    assert case["kind"] == "line_fit" and case["input"]["u_y"] == [0.5] * 6
    page.goto(f"{demo_site.url}/calculate")
    page.locator("#file").set_input_files(
        {"name": "case.json", "mimeType": "application/json", "buffer": json.dumps(case).encode()}
    )
    page.get_by_role("button", name="打开").click()
    page.wait_for_selector("#outcome")
    assert "斜率 b = 1.76(12)" in page.locator(".lead").first.inner_text()


def test_with_the_keyboard_alone(demo_site: Any, open_page: Callable[..., Any]) -> None:
    page = open_page(demo_site, "/calculate/coverage-factor", role="viewer")
    page.locator("#i-outputs").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    page.wait_for_selector("#outcome")
    assert "k = 2.448 (m = 2)" in page.locator(".lead").first.inner_text()


def test_a_published_example_is_drawn_when_asked(demo_site: Any, open_page: Callable[..., Any]) -> None:
    page = open_page(demo_site, "/calculate/examples", role="viewer")
    block = page.locator("#ex-s1-9-2-3-rectangles")
    assert block.locator("td.r").count() == 0
    block.get_by_role("link", name="现在算").click()
    page.wait_for_selector("#ex-s1-9-2-3-rectangles td.r")
    assert "3.88" in block.inner_text() and "不符" not in block.inner_text()
    block.get_by_role("link", name="打开").click()
    page.wait_for_selector("#model")
    assert page.locator("#in-0-kind").input_value() == "rectangular"


def test_methods_of_an_evaluation(
    demo_site: Any, open_page: Callable[..., Any], shot: Any, fits: Any, screens: Any
) -> None:
    page = open_page(demo_site, "/evaluate?example=s1-9.3-mass", role="metrologist")
    page.locator("input[name=want-validation]").check()
    page.locator("#sampling").select_option("1")
    page.locator("#keep button.first").click()
    page.wait_for_selector(".methods")
    told = page.locator(".methods").inner_text()
    assert "一阶未通过" in told and "二阶通过" in told
    for width in screens(page):
        shot(page, f"evaluate-methods-{width}")
        fits(page)
        assert page.locator(".methods svg.plot:visible").count() == 1


def test_two_results_and_their_region(demo_site: Any, open_page: Callable[..., Any], shot: Any, fits: Any) -> None:
    page = open_page(demo_site, "/evaluate?example=s2-9.3-polar-x1%3D0.001-r%3D0", role="viewer", dark=True)
    page.locator("#trials").fill("100000")
    page.locator("#keep button.first").click()
    page.wait_for_selector("#region")
    shot(page, "evaluate-region-dark")
    fits(page)
    assert "相关系数" in page.locator("#region").inner_text()
