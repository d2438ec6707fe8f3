"""An industry customer's day in a real browser: can somebody measure it, state a need, see why not; clicks counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.demonstration import demonstration_in

pytestmark = pytest.mark.browser
Opens = Callable[..., Any]


class Clicks:
    """Presses of the mouse on the way from the first page."""

    def __init__(self, page: Any) -> None:
        self.page, self.count = page, 0

    def on(self, selector: Any) -> None:
        place = self.page.locator(selector) if isinstance(selector, str) else selector
        place.first.click()
        self.count += 1


def test_who_can_measure_it_in_two_clicks(demo_site: Any, open_page: Opens, fits: Any) -> None:
    page = open_page(demo_site, "/today", role="customer")
    clicks = Clicks(page)
    clicks.on(".nav a[href='/match']")
    page.fill("#q", "扭力扳手 200 N·m 1%")
    page.wait_for_selector("#hits tbody tr")
    assert "TQ-01" in page.locator("#hits").inner_text() and "够" in page.locator("#hits").inner_text()
    fits(page)
    clicks.on("#hits tbody a")
    page.wait_for_url("**/capabilities/**")
    assert "今天成立" in page.locator(".lead3").inner_text()
    assert clicks.count <= 3


@pytest.mark.parametrize("width", [1280, 390])
def test_why_not_and_by_how_much(demo_site: Any, open_page: Opens, fits: Any, shot: Any, width: int) -> None:
    page = open_page(demo_site, "/today", role="customer", width=width)
    clicks = Clicks(page)
    clicks.on(".nav a[href='/match']")
    clicks.on(page.get_by_role("link", name="定距环长度"))
    page.wait_for_url("**/N-2026-031")
    assert page.locator(".verdict").inner_text() == "测不准"
    assert "差 0.022" in page.locator(".lead3").inner_text()
    assert page.locator("#gates figure svg:visible").count() == 1
    assert page.locator("#gates ol.gates > li").count() == 8
    fits(page)
    shot(page, f"need-{width}")
    assert clicks.count <= 3


def test_state_a_need_without_knowing_the_terms(serve: Any, tmp_path: Any, open_page: Opens, fits: Any) -> None:
    with serve(demonstration_in(tmp_path / "data"), "--demo") as site:
        page = open_page(site, "/today", role="customer")
        clicks = Clicks(page)
        clicks.on(".nav a[href='/match']")
        clicks.on("a.act.first")
        page.wait_for_url("**/match/new")
        page.fill("#i-product", "轴")
        page.select_option("#i-check", "diameter")
        page.wait_for_selector("#asks:not([hidden])")
        page.fill("#i-nominal", "30")
        page.fill("#i-unit", "mm")
        page.fill("#i-tolerance", "10")
        page.fill("#i-tolerance_unit", "um")
        page.check("#use-accept")
        page.wait_for_selector("#preview .verdict")  # the answer is there before anything is kept
        assert "0.0025" in page.locator("#preview").inner_text()
        page.fill("#i-organisation", "试验轴厂")
        fits(page)
        clicks.on("button[value=save]")
        page.wait_for_url("**/N-2026-001")
        assert "需求 N-2026-001" in page.locator("h1").inner_text()
        assert clicks.count <= 3
        page.goto(site.url + "/match/new?way=direct")
        assert page.input_value("#i-organisation") == "试验轴厂"  # asked once
        page.fill("#i-quantity", "长度")
        page.fill("#i-interval_low", "9")
        page.fill("#i-interval_high", "3")
        page.fill("#i-interval_unit", "mm")
        page.keyboard.press("Tab")
        page.wait_for_selector("#preview .st.bad")
        assert "对调" not in page.locator("#preview .st.bad").first.locator("..").inner_text()
        assert page.input_value("#i-interval_low") == "9"  # and never exchanged


@pytest.mark.parametrize("path", ["/match", "/match/new", "/match/new?way=direct", "/capabilities"])
def test_narrow_dark_and_english(demo_site: Any, open_page: Opens, fits: Any, path: str) -> None:
    page = open_page(demo_site, path, role="customer", width=390, dark=True, lang="en")
    fits(page)
    low = page.evaluate(
        "() => [...document.querySelectorAll('.act')].filter(e => e.offsetParent && e.offsetHeight < 36)"
        ".map(e => e.textContent)"
    )
    assert not low, low


def test_by_keyboard_to_a_need(demo_site: Any, open_page: Opens) -> None:
    page = open_page(demo_site, "/match", role="customer")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('#open tbody') !== null"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/match/*/*")
    assert page.locator(".verdict").is_visible()


def test_on_a_phone_the_choices_of_what_it_is_for_stand_in_one_line(demo_site: Any, open_page: Opens) -> None:
    page = open_page(demo_site, "/match/new", role="customer", width=390)
    boxes = page.locator("input[name=use]").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect()).map(box => [box.left, box.width, box.height])"
    )
    assert len(boxes) > 3 and len({tuple(box) for box in boxes}) == 1
