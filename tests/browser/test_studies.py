"""Measurement studies in a real browser: from the list to an example, a table pasted, a report taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser
PAGES = {
    "list": "/studies",
    "gauge": "/studies/gauge-rr?example=1",
    "chart": "/studies/control-chart?example=xbar_r",
    "check": "/studies/check-standard?example=1",
    "capability": "/studies/capability-with-uncertainty?example=1",
    "balance": "/studies/energy-balance?example=1",
    "colocation": "/studies/colocation?example=1",
}


@pytest.mark.parametrize("name", PAGES)
def test_pages(demo_site: Any, open_page: Callable[..., Any], shot: Any, fits: Any, screens: Any, name: str) -> None:
    page = open_page(demo_site, PAGES[name], role="metrologist")
    for width in screens(page):
        shot(page, f"studies-{name}-{width}")
        fits(page)
        drawn = page.locator("svg.plot:visible")
        assert drawn.count() == page.locator("svg.plot").count() / 2, "one of both widths is seen"


def test_paste_and_take(demo_site: Any, open_page: Callable[..., Any], shot: Any, fits: Any) -> None:
    page = open_page(demo_site, "/studies", role="metrologist", lang="en")
    page.get_by_role("link", name="Bias study", exact=True).click()
    page.fill("#i-reference", "10")
    page.fill("#i-reference_U", "0.006")
    page.fill("#i-data", "value\n10.012\n10.015\n10.011\n10.013\n10.014")
    page.get_by_role("button", name="Answer").last.click()
    shot(page, "studies-pasted")
    fits(page)
    assert "off the reference" in page.locator("#answer").inner_text()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Excel", exact=True).evaluate("button => button.click()")
    assert taken.value.suggested_filename.endswith(".xlsx")
