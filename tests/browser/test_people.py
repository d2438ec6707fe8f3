"""The daily jobs of whoever authorises, trains and learns, each in at most three clicks from the first page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install -e '.[test]'")
Open = Callable[..., Any]
PAGES = ("/people", "/people/P-01", "/people/may?quantity=length&item=gauge block&low=1&high=500&unit=mm",
         "/people/authorise?person=P-05&unit=U-GB-P", "/people/revise?method=JJG 146", "/people/evidence",
         "/people/authorisations/A-10", "/bases", "/bases/B-01", "/training/TR-DEMO-001", "/programmes", "/leaders",
         "/mentoring", "/mentoring/MT-DEMO-001")  # fmt: skip


class Walk:
    """Clicks that are counted."""

    def __init__(self, page: Any) -> None:
        self.page, self.clicks = page, 0

    def click(self, name: str, role: str = "link", within: str = "body") -> Walk:
        self.page.locator(within).get_by_role(role, name=name).first.click()
        self.clicks += 1
        return self


def said(page: Any) -> str:
    return str(page.locator("main").inner_text())


def test_who_authorises(demo_site: Any, open_page: Open) -> None:
    """The quality manager: what ends, who may sign, an authorisation."""
    page = open_page(demo_site, "/", role="manager")
    walk = Walk(page).click("全部", within="nav").click("人才", within="main")
    assert "90 天内到期" in said(page) and "只有一个人" in said(page) and walk.clicks == 2
    walk.click("续授权", within="#ends")
    assert walk.clicks == 3 and page.locator("#i-person").input_value() == "P-01"
    page.fill("#i-valid_until", (date.today() + timedelta(700)).isoformat())
    page.get_by_role("button", name="授予").click()
    assert "已授权陆青" in page.locator(".told").inner_text()

    page = open_page(demo_site, "/", role="manager")
    walk = Walk(page).click("全部", within="nav").click("某日谁可签发", within="main")
    page.fill("#i-quantity", "长度")
    page.fill("#i-item", "量块")
    page.fill("#i-method", "JJG 146-2011")
    page.fill("#i-low", "1")
    page.fill("#i-high", "100")
    page.fill("#i-unit", "mm")
    walk.click("查", "button", "main")
    assert walk.clicks == 3 and "可以签发：沈砚" in said(page)

    page = open_page(demo_site, "/", role="manager")
    walk = Walk(page).click("全部", within="nav").click("人才", within="main").click("周予", within="#matrix table")
    assert walk.clicks == 3 and "读数方法不当" in said(page)
    page.get_by_role("link", name="暂停、恢复、撤销").first.click()
    page.fill("#i-reason", "复核通过")
    page.get_by_role("button", name="恢复").click()
    assert "已恢复周予" in page.locator(".told").inner_text()


def test_who_trains_and_who_learns(demo_site: Any, open_page: Open) -> None:
    """The trainee applies; the trainer admits who was supported and sees what the gaps ask for."""
    page = open_page(demo_site, "/", role="trainee")
    walk = Walk(page).click("人才", within="nav").click("实训基地", within="main")
    page.locator("#courses").get_by_role("button", name="报名").last.click()
    walk.clicks += 1
    assert walk.clicks == 3 and "已报名" in page.locator(".told").inner_text()

    page = open_page(demo_site, "/", role="trainer")
    walk = Walk(page).click("人才", within="nav").click("实训基地", within="main")
    assert "按缺口" in said(page)
    walk.click("量块校准培训报名", within="#mine")
    assert walk.clicks == 3 and "该您（实训基地）办" in said(page)
    page.get_by_role("button", name="录取").first.click()
    assert "已录取" in page.locator(".told").inner_text()

    page = open_page(demo_site, "/", role="trainee")
    walk = Walk(page).click("人才", within="nav").click("田新", within="#matrix table")
    assert walk.clicks == 2 and "缺现场见证考核" in said(page).replace(" ", "")


def test_nothing_is_wider_than_the_screen(demo_site: Any, open_page: Open, fits: Any, shot: Any, screens: Any) -> None:
    page = open_page(demo_site, "/", role="manager", dark=True)
    for n, path in enumerate(PAGES):
        for language in ("zh", "en"):
            page.goto(f"{demo_site.url}{path}{'&' if '?' in path else '?'}lang={language}")
            for width in screens(page):
                fits(page)
                shot(page, f"people-{n}-{width}-{language}")


def test_by_keyboard(demo_site: Any, open_page: Open) -> None:
    """A form is filled and sent without a mouse."""
    page = open_page(demo_site, "/people/may", role="viewer")
    page.focus("#i-quantity")
    page.keyboard.type("length")
    page.keyboard.press("Enter")
    page.wait_for_url("**/people/may?*")
    assert "没有人确定可以签发" in said(page).replace(" ", "")
