"""A data steward's day in a real browser: registers in and out, and the defects; each within three clicks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser
Opens = Callable[..., Any]


@pytest.mark.parametrize("width", [1280, 390])
def test_the_defects_are_two_clicks_away(demo_site: Any, open_page: Opens, fits: Any, shot: Any, width: int) -> None:
    page = open_page(demo_site, "/today", role="steward", width=width)
    page.locator(".nav a[href='/registers']").click()
    page.wait_for_url("**/registers")
    fits(page)
    page.get_by_role("link", name="登记册里的毛病").click()
    page.wait_for_url("**/registers/defects")
    assert "EAST-L-01" in page.locator("#list").inner_text()
    fits(page)
    shot(page, f"defects-{width}")


def test_a_template_and_an_export(demo_site: Any, open_page: Opens) -> None:
    page = open_page(demo_site, "/today", role="steward")
    page.locator(".nav a[href='/registers']").click()
    page.wait_for_url("**/registers")
    row = page.locator("#kinds tbody tr", has_text="校准测量能力")
    for name, begins in (("下载模板", "suyuan-template-capability"), ("导出 Excel", "suyuan-capability-")):
        with page.expect_download() as download:
            row.get_by_role("link", name=name).click()
        assert download.value.suggested_filename.startswith(begins)


def test_deliveries_lead_to_their_documents(demo_site: Any, open_page: Opens) -> None:
    page = open_page(demo_site, "/registers", role="steward", lang="en")
    page.locator("#deliveries tbody a").first.click()
    page.wait_for_url("**/certificates/*")
    assert page.locator("h1").is_visible()
