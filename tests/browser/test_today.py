"""The first page in a real browser: both widths, dark and paper, both languages, by keyboard, and into the evidence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser
Opens = Callable[..., Any]

FOREIGN = """() => { const out = []; const w = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (w.nextNode()) { const n = w.currentNode;
    if (/[\\u4e00-\\u9fff]/.test(n.data) && !n.parentElement.closest('[lang|=zh], td, th')) out.push(n.data.trim()); }
  return out; }"""


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_today(demo_site: Any, open_page: Opens, shot: Any, fits: Any, width: int, dark: bool) -> None:
    page = open_page(demo_site, "/today", width=width, dark=dark, role="metrologist")
    shot(page, f"today-{width}{'-dark' if dark else ''}")
    fits(page)
    assert page.locator(".lead").first.inner_text().startswith("五处断了，牵连十个结果。")
    assert page.locator("#broken tbody tr").count() == 5
    assert page.locator("#ending tbody tr").count() == 4
    visible = page.locator("#ending figure svg:visible")
    assert visible.count() == 1
    assert visible.locator("circle").count() == 4


def test_english(demo_site: Any, open_page: Opens, shot: Any, fits: Any) -> None:
    page = open_page(demo_site, "/today", role="viewer", lang="en")
    shot(page, "today-en")
    fits(page)
    # What laboratories call themselves and their things stays in their words; it stands in tables.
    assert page.evaluate(FOREIGN) == []
    assert page.locator(".lead").first.inner_text().startswith("Five things are broken and touch ten results.")


def test_from_a_break_to_its_evidence_by_keyboard(demo_site: Any, open_page: Opens) -> None:
    page = open_page(demo_site, "/today", role="metrologist")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('#broken') !== null"):
            break
    assert "KB-12" in page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    page.wait_for_url("**/certificates/*")
    assert page.locator("h1").inner_text().startswith("校准证书 DEMO-NMI-L-0201")
    assert "撤回" in page.locator(".lead").first.inner_text()


def test_paper(demo_site: Any, open_page: Opens) -> None:
    page = open_page(demo_site, "/today", role="metrologist")
    page.emulate_media(media="print")
    assert not page.locator(".nav").is_visible()
    assert page.locator("#broken table").is_visible()
