"""The traceability page in a real browser: both drawings, both languages, dark, keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", ["/trace", "/trace/DEMO-ENG-0302", "/trace/DEMO-NMI-L-0201"])
def test_pictures(demo_site: Any, open_page: Callable[..., Any], shot: Any, fits: Any, width: int, path: str) -> None:
    page = open_page(demo_site, path, width=width, role="reviewer")
    shot(page, f"trace-{path.rsplit('/', 1)[-1]}-{width}")
    fits(page)
    wide, narrow = page.locator("svg.wide").first, page.locator("svg.narrow")
    assert wide.is_visible() == (width == 1280) and narrow.is_visible() == (width == 390)
    drawn = narrow if width == 390 else page.locator("svg.wide")
    assert any("已撤回" in text for text in drawn.all_text_contents())
    # names do not run into each other: no two texts of the figure overlap
    clashes = page.evaluate(
        """() => { const all = [...document.querySelectorAll('figure svg')].filter(s => s.getBoundingClientRect().width)
             .flatMap(s => [...s.querySelectorAll('text')]).map(t => [t.getBoundingClientRect(), t.textContent]);
           const out = [];
           for (let i = 0; i < all.length; i++) for (let j = i + 1; j < all.length; j++) {
             const [a, b] = [all[i][0], all[j][0]];
             const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
             const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
             if (x > 2 && y > 6) out.push(all[i][1] + ' | ' + all[j][1]); }
           return out; }"""
    )
    assert not clashes, clashes


def test_dark_and_english(demo_site: Any, open_page: Callable[..., Any], shot: Any, fits: Any) -> None:
    page = open_page(demo_site, "/trace", role="viewer", lang="en", dark=True)
    shot(page, "trace-en-dark")
    fits(page)
    assert page.locator("h1").inner_text() == "Traceability: the whole laboratory"
    assert page.locator(".lead").inner_text().startswith("5 breaks: standard gauge block KB-12, 50 mm (demo) withdrawn")


def test_keyboard_walks_the_picture_to_a_certificate(demo_site: Any, open_page: Callable[..., Any]) -> None:
    page = open_page(demo_site, "/trace/DEMO-ENG-0302", role="viewer")
    page.locator("svg.wide a").first.focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    for _ in range(3):
        page.keyboard.press("Tab")
    told = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert (told and "DEMO-" in told) or "mm" in told
    page.keyboard.press("Enter")
    page.wait_for_url("**/certificates/*")


def test_find_by_number(demo_site: Any, open_page: Callable[..., Any]) -> None:
    page = open_page(demo_site, "/trace", role="viewer")
    page.locator("#key").fill("DEMO-BAT-0404")
    page.locator("#key").press("Enter")
    page.wait_for_url("**/trace/DEMO-BAT-0404")
    assert "使用时已过期" in page.locator(".lead").inner_text()


def test_paper_lies_across(demo_site: Any, open_page: Callable[..., Any]) -> None:
    page = open_page(demo_site, "/trace", role="viewer")
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF") and (b"841" in pdf or b"842" in pdf)
