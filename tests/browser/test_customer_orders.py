"""The industry customer's and the provider's daily jobs with orders, in a real browser, each within three clicks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser
Opens = Callable[..., Any]
WIDTHS = pytest.mark.parametrize("width", [1280, 390])


class Clicks:
    """A page whose clicks are counted; filling in a form is no click, sending it is one."""

    def __init__(self, page: Any) -> None:
        self.page, self.count = page, 0

    def on(self, selector: str) -> Clicks:
        self.page.locator(selector).first.click()
        self.page.wait_for_load_state()
        self.count += 1
        return self


@WIDTHS
def test_follow_an_order_and_accept_the_offer(
    demo_site: Any, open_page: Opens, fits: Any, shot: Any, width: int
) -> None:
    page = open_page(demo_site, "/", role="customer", width=width)
    way = Clicks(page).on("nav a[href='/orders']")
    fits(page)
    assert "等您决定" in page.locator(".lead").first.inner_text() or width == 390
    way.on("a.what[href$='ORD-DEMO-002']")
    assert way.count == 2
    fits(page)
    shot(page, f"order-{width}")
    if width == 1280:
        way.on("#step-accepted button[name=do]")
        assert way.count == 3 and "已接受" in page.locator(".head .state").inner_text()
        assert "accepted" in page.content()


def test_book_a_resource(demo_site: Any, open_page: Opens) -> None:
    page = open_page(demo_site, "/", role="customer")
    way = Clicks(page).on("nav a[href='/orders']").on(".head a[href='/resources']").on("a[href*='id=CR-3']")
    assert way.count == 3
    page.locator("input[name=need]").fill("恒温室两天")
    page.locator("input[name=from]").fill("2027-01-11")
    page.locator("input[name=until]").fill("2027-01-12")
    page.locator("button.act.first").click()
    page.wait_for_url("**/matters/order/*")
    assert "已询问" in page.locator(".head .state").inner_text()
    assert "2027 年 1 月 11 日" in page.locator("#order").inner_text()


def test_submit_a_need_into_the_call(demo_site: Any, open_page: Opens, fits: Any) -> None:
    page = open_page(demo_site, "/", role="customer")
    way = Clicks(page).on("nav a[href='/challenges']").on("a.act.first")
    page.locator("select[name=need]").select_option("演示轴承厂 N-2026-034")
    way.on("form.step button")
    assert way.count == 3 and "测不准" in page.locator("main").inner_text()
    fits(page)
    page.locator("button.act.first").click()
    page.wait_for_url("**/matters/challenge/CH-*")
    assert "已征集，待甄别" in page.locator(".head .state").inner_text()
    assert ".docx" in page.locator("#documents").inner_text(), "the need sheet was made"


def test_the_provider_answers_an_order(demo_site: Any, open_page: Opens, fits: Any, shot: Any) -> None:
    page = open_page(demo_site, "/", role="director")
    way = Clicks(page).on("nav a[href='/orders']").on("a[href$='ORD-DEMO-003#now']")
    form = page.locator("#step-offered")
    form.locator("input[name=price]").fill("三百元")
    form.locator("input[name=from]").fill("2027-02-01")
    form.locator("input[name=until]").fill("2027-02-05")
    way.on("#step-offered button[name=do]")
    assert way.count == 3
    beside = page.locator("#x-offered-price")
    assert "不是数" in beside.inner_text() and page.locator("#step-offered input[name=price]").input_value() == "三百元"
    fits(page)
    shot(page, "order-refused")
    page.locator("#step-offered input[name=price]").fill("300")
    page.locator("#step-offered button[name=do]").click()
    page.wait_for_load_state()
    assert "已报价" in page.locator(".head .state").inner_text()


def test_the_provider_sees_how_fast_it_answers(demo_site: Any, open_page: Opens, fits: Any) -> None:
    page = open_page(demo_site, "/", role="director", width=390)
    Clicks(page).on("nav a[href='/orders']")
    fits(page)
    assert "中位数" in page.locator("#times").inner_text() and "对外服务" in page.locator("#times").inner_text()


@pytest.mark.parametrize(
    "path", ["/orders", "/resources", "/gaps?drafts=1", "/industries/electric-vehicle", "/research"]
)
def test_nothing_is_wider_than_the_screen(
    demo_site: Any, open_page: Opens, fits: Any, shot: Any, screens: Any, path: str
) -> None:
    page = open_page(demo_site, path, role="director", dark=True)
    for width in screens(page):
        fits(page)
        small = page.evaluate("""() => [...document.querySelectorAll('main a.act, main button.act, main select')]
            .filter(e => e.getBoundingClientRect().height > 0 && e.getBoundingClientRect().height < 39)
            .map(e => e.textContent.trim().slice(0, 30))""")
        assert width == 1280 or not small, small
        shot(page, f"{path.strip('/').replace('/', '-').replace('?', '-')}-{width}-dark")
