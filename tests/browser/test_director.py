"""A centre's director at work in a real browser: dossier and annual report as by-products, gaps, records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser
Opens = Callable[..., Any]


class Clicks:
    """A page whose clicks are counted: each daily job takes three at most from the first page."""

    def __init__(self, page: Any) -> None:
        self.page, self.count = page, 0

    def on(self, selector: str) -> None:
        """Click the first that fits."""
        self.count += 1
        self.page.locator(selector).first.click()

    def done(self) -> None:
        assert self.count <= 3, self.count


def test_the_dossier_is_checked_and_downloaded(demo_site: Any, open_page: Opens, fits: Any, shot: Any) -> None:
    clicks = Clicks(open_page(demo_site, "/", role="director"))
    clicks.on(".nav a[href='/centres']")
    clicks.on("a[href='/centres/DEMO-C-01']")
    page = clicks.page
    assert "道门槛未通过" in page.locator(".lead").first.inner_text()
    fits(page)
    clicks.on(".acts a.first")
    clicks.done()
    assert "还不能报" in page.locator(".lead").first.inner_text()
    assert page.locator(".findings li").count() >= 8
    shot(page, "director-dossier")
    with page.expect_download() as held:
        page.locator("a[href*='dossier.docx']").click()
    assert held.value.suggested_filename.endswith(".docx")


def test_the_annual_report_is_handed_in(demo_site: Any, open_page: Opens, fits: Any) -> None:
    clicks = Clicks(open_page(demo_site, "/", role="director"))
    clicks.on(".nav a[href='/centres']")
    clicks.on("a[href='/centres/DEMO-C-01']")
    clicks.on(".acts a[href*='/annual/']")
    clicks.done()
    page = clicks.page
    assert "项能力中" in page.locator(".lead").first.inner_text()
    fits(page)
    page.locator("button", has_text="提交年度报告").click()
    page.locator(".told").wait_for()
    assert "已提交" in page.locator(".told").inner_text()
    assert page.locator("button", has_text="提交年度报告").count() == 0


def test_gaps_and_projects_are_two_clicks_away(demo_site: Any, open_page: Opens, fits: Any, shot: Any) -> None:
    clicks = Clicks(open_page(demo_site, "/", role="director"))
    clicks.on(".nav a[href='/centres']")
    clicks.on("a[href='/centres/DEMO-C-01']")
    clicks.on(".toc a[href='#demand']")
    clicks.done()
    page = clicks.page
    assert "测不准" in page.locator("#demand").inner_text()
    assert "RS-DEMO-001" in page.locator("#demand").inner_text()
    shot(page, "director-centre")
    narrow = open_page(demo_site, "/centres/DEMO-C-01", role="director", width=390)
    fits(narrow)
    shot(narrow, "director-centre-390")
    english = open_page(demo_site, "/centres/DEMO-C-01", role="director", width=390, lang="en")
    fits(english)


def test_a_record_is_delivered_with_its_file(demo_site: Any, open_page: Opens, fits: Any) -> None:
    page = open_page(demo_site, "/centres/DEMO-C-01", role="director")
    form = page.locator("#deliver details", has=page.locator("input[value=fund_plan]"))
    form.locator("summary").click()
    form.locator("[name=year]").fill("2028")
    form.locator("[name=value]").fill("a lot")
    form.locator("[name=unit]").select_option("万元")
    form.locator("[name=group]").fill("依托单位 host")
    form.locator("[name=file]").set_input_files(
        {"name": "letter.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}
    )
    form.locator("button[type=submit]").click()
    page.locator("#deliver .field.bad").wait_for()
    assert "不是数" in page.locator("#deliver .field.bad").inner_text()
    fits(page)
    form = page.locator("#deliver details[open]")
    assert form.locator("[name=year]").input_value() == "2028", "what was typed is kept"
    form.locator("[name=value]").fill("360")
    form.locator("[name=file]").set_input_files(
        {"name": "letter.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}
    )
    form.locator("button[type=submit]").click()
    page.locator(".told").wait_for()
    assert "2028" in page.locator("#money table").inner_text()
