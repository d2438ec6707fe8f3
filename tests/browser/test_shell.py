"""The shell in a real browser: parts at both widths, both languages, the choice of a role, errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_parts(empty_site: Any, open_page: Callable[..., Any], shot: Any, fits: Any, width: int, dark: bool) -> None:
    page = open_page(empty_site, "/look", width=width, dark=dark, role="reviewer")
    shot(page, f"look-{width}{'-dark' if dark else ''}")
    fits(page)
    assert page.locator("svg.strip").count() >= 17
    assert page.locator(".ladder li.broken .what").inner_text().startswith("单位")
    strip = page.locator(".vals svg.strip").last
    assert "(0.254 ± 0.071) µm" in strip.get_attribute("aria-label")


def test_english_is_complete(empty_site: Any, open_page: Callable[..., Any], shot: Any, fits: Any) -> None:
    page = open_page(empty_site, "/look", role="viewer", lang="en")
    shot(page, "look-en")
    fits(page)
    left = page.evaluate(
        """() => { const out = []; const w = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
             while (w.nextNode()) { const n = w.currentNode;
               if (/[\\u4e00-\\u9fff]/.test(n.data) && !n.parentElement.closest('[lang|=zh]')) out.push(n.data); }
             return out; }"""
    )
    # The laboratory's own words in an invented document may be Chinese; the page's never.
    assert not left, left
    assert page.locator("html").get_attribute("lang") == "en"


def test_choose_a_role_and_a_language(empty_site: Any, open_page: Callable[..., Any], shot: Any, fits: Any) -> None:
    page = open_page(empty_site, "/look", width=390)
    page.goto(f"{empty_site.url}/enter?next=/look")
    shot(page, "enter-390")
    fits(page)
    page.get_by_role("button", name="以审核员进入").click()
    assert page.url.endswith("/look")
    assert page.locator(".tools").inner_text().count("沈砚") == 1
    page.get_by_role("link", name="English").click()
    assert page.locator(".tools").inner_text().count("Shen Yan") == 1
    page.goto(f"{empty_site.url}/enter")
    shot(page, "enter-390-en")
    assert page.get_by_text("present role").count() == 1


def test_keyboard_reaches_the_first_act(empty_site: Any, open_page: Callable[..., Any], shot: Any) -> None:
    page = open_page(empty_site, "/enter")
    shot(page, "enter-1280")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "role":
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/enter" not in url)
    assert page.locator(".tools").inner_text().count("陆青") == 1
