"""The calibration engineer, the technical manager and the steward in a real browser, each job within three clicks of
the first page: evaluate, issue, keep a standard valid; confirm what came in; registers and their documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser
Opens = Callable[..., Any]


class Walk:
    """A page whose clicks are counted from the first page on."""

    def __init__(self, page: Any) -> None:
        self.page, self.count = page, 0

    def on(self, selector: str) -> Walk:
        self.page.locator(selector).first.click()
        self.page.wait_for_load_state()
        self.count += 1
        assert self.count <= 3, "each daily job is three clicks away at most"
        return self


def test_evaluate_issue_and_keep_a_standard_valid(demo_site: Any, open_page: Opens) -> None:
    page = Walk(open_page(demo_site, "/", role="metrologist")).on(".nav a[href='/evaluate']").page
    assert page.locator("form.case, form").first.is_visible() and "/evaluate" in page.url

    walk = Walk(open_page(demo_site, "/", role="reviewer")).on("#waiting tbody a[href*='/certificates/']")
    assert "/certificates/" in walk.page.url, "what waits to be issued"
    walk.on("a[href*='/evaluate?from=']")
    assert walk.page.locator("main").inner_text().strip()

    walk = Walk(open_page(demo_site, "/", role="metrologist")).on("#ending tbody a[href*='/certificates/']")
    assert walk.page.locator("#chain, #ladder, h1").first.is_visible(), "what runs out, and who rests on it"
    walk = Walk(open_page(demo_site, "/", role="metrologist")).on("#broken tbody a[href*='/trace/'], #broken a.what")
    assert walk.page.locator("h1").is_visible()


def test_confirm_what_came_in(demo_site: Any, open_page: Opens) -> None:
    walk = Walk(open_page(demo_site, "/", role="manager")).on(".nav a[href='/certificates']")
    walk.on("a[href='/certificates/receive']")
    assert walk.page.locator("input[type=file]").count() == 1
    walk = Walk(open_page(demo_site, "/", role="manager")).on(".nav a[href='/certificates']")
    walk.on("main table a[href^='/certificates/']")
    assert walk.page.locator("h1").is_visible()


def test_a_steward_reaches_the_documents_of_a_delivery(demo_site: Any, open_page: Opens) -> None:
    walk = Walk(open_page(demo_site, "/", role="steward")).on(".nav a[href='/registers']")
    walk.on("#deliveries tbody a")
    assert "/certificates/" in walk.page.url and walk.page.locator("h1").is_visible()
